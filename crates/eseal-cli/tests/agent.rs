//! An agent from end to end: started once, it stamps and signs without a PIN until it is locked, stopped, or its time is over.

#![cfg(target_os = "linux")]
#![allow(missing_docs, reason = "tests document themselves by their names")]
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod office;

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant as Clock};

use office::{Ran, eseal, office, run};
use serde_json::Value;

const TOKEN: &str = "demo/tokens/organization.token";
const PIN: [&str; 2] = ["--pin-from", "file:demo/tokens/organization.pin"];

/// An office, and a place for a socket whose path is short enough. What still runs at the end is stopped.
struct Place {
    folder: PathBuf,
    sockets: tempfile::TempDir,
}

impl Place {
    fn new(name: &str) -> Self {
        Self { folder: office(name), sockets: tempfile::tempdir().unwrap() }
    }

    fn socket(&self) -> String {
        self.sockets.path().join("own/agent.sock").to_str().unwrap().to_owned()
    }

    fn eseal(&self) -> Command {
        let mut command = eseal(&self.folder);
        command.env("ESEAL_AGENT_SOCK", self.socket());
        command
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        self.eseal().args(arguments).output().unwrap().into()
    }

    fn start(&self, more: &[&str]) -> Ran {
        self.run(&[&["agent", "start", TOKEN][..], &PIN, more].concat())
    }

    fn started(&self, more: &[&str]) -> Value {
        let ran = self.start(&[more, &["--json"]].concat());
        assert_eq!(ran.code, Some(0), "{}{}", ran.stdout, ran.stderr);
        serde_json::from_str(&ran.stdout).unwrap()
    }

    fn sign(&self, token: &str) -> Ran {
        fs::write(self.folder.join("note.txt"), "a note").unwrap();
        self.run(&["sign", "note.txt", "-o", "note.p7s", "--force", "--no-input", "--token", token])
    }

    fn status(&self) -> Value {
        let ran = self.run(&["agent", "status", "--json"]);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        serde_json::from_str(&ran.stdout).unwrap()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = self.run(&["agent", "stop"]);
    }
}

fn wait_until(what: &str, mut is: impl FnMut() -> bool) {
    let since = Clock::now();
    while !is() {
        assert!(since.elapsed() < Duration::from_secs(20), "{what}");
        thread::sleep(Duration::from_millis(20));
    }
}

fn alive(process: i64) -> bool {
    // A process that has ended and was not waited for is a zombie.
    let status = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    !status.is_empty() && !status.rsplit(')').next().unwrap_or_default().trim_start().starts_with('Z')
}

#[test]
fn one_login_stamps_and_signs_without_a_pin_and_the_results_verify() {
    let place = Place::new("agent-stamp");
    let started = place.started(&[]);
    assert_eq!((started["schema"].as_str(), started["outcome"].as_str()), (Some("eseal.agent/1"), Some("started")));
    assert_eq!(started["socket"], place.socket());
    let label = started["tokens"][0]["label"].as_str().unwrap().to_owned();
    let serial = started["tokens"][0]["serial"].as_str().unwrap().to_owned();

    let listed = place.run(&["agent", "list", "--json"]);
    let listed: Value = serde_json::from_str(&listed.stdout).unwrap();
    assert_eq!(listed["schema"], "eseal.agent-list/1");
    assert_eq!(
        (listed["keys"][0]["use"].as_str(), &listed["keys"][0]["token"]["label"]),
        (Some("sign"), &label.clone().into())
    );
    let certificate = listed["keys"][0]["certificates"][0]["serial"].as_str().unwrap();

    let trusted = ["--trust", "demo/trust", "--crl", "demo/trust"];
    for which in ["agent:", &format!("agent:{label}"), &format!("agent:{serial}"), &format!("agent:{certificate}")] {
        let mut stamp = vec!["stamp", "demo/documents/notice.pdf", "-o", "stamped.pdf", "--force", "--no-input"];
        stamp.extend(["--place", "-1:right-40mm,bottom-40mm", "--seal", "demo/seals/organization.esl"]);
        let stamped = place.run(&[&stamp[..], &["--token", which]].concat());
        assert_eq!(stamped.code, Some(0), "{which}: {}", stamped.stderr);
        let verified = place.run(&[&["verify", "stamped.pdf"][..], &trusted].concat());
        assert_eq!(verified.code, Some(0), "{}", verified.stdout);
        let signed = place.sign(which);
        assert_eq!(signed.code, Some(0), "{which}: {}", signed.stderr);
        let verified = place.run(&[&["verify", "note.p7s", "--content", "note.txt"][..], &trusted].concat());
        assert_eq!(verified.code, Some(0), "{}", verified.stdout);
    }
    assert_eq!(place.status()["signatures"], 8);

    let strange = place.sign("agent:nobody");
    assert_eq!(strange.code, Some(6));
    assert!(strange.stderr.contains("error[agent-unknown-key]"), "{}", strange.stderr);
}

#[test]
fn a_maker_can_be_lent_as_well_and_a_request_cannot() {
    let place = Place::new("agent-maker");
    place.started(&[]);
    let refused = place.run(&["request", "new", "--token", "agent:", "--subject", "CN=x,C=CN", "-o", "x.req"]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.stderr.contains("error[usage-token-file]"), "{}", refused.stderr);
    let mut make = vec!["seal", "make", "--id", "33010600000009", "--name", "x", "--kind", "organization"];
    make.extend(["--picture", "demo/seals/organization.png", "--size", "42x42", "-o", "x.esl"]);
    make.extend(["--signer", "demo/tokens/organization.pem", "--maker", "agent:"]);
    let made = place.run(&make);
    assert_eq!(made.code, Some(0), "{}", made.stderr);
    assert_eq!(place.status()["signatures"], 1);
}

#[test]
fn a_login_at_a_service_needs_no_pin_either() {
    let place = Place::new("agent-login");
    place.started(&[]);
    let service = ["--audience", "https://service.example"];
    let challenge = [&["auth", "challenge", "-o", "c.pem"][..], &service].concat();
    assert_eq!(place.run(&challenge).code, Some(0));
    let respond =
        [&["auth", "respond", "c.pem", "-o", "r.p7s", "--no-input", "--token", "agent:"][..], &service].concat();
    let answered = place.run(&respond);
    assert_eq!(answered.code, Some(0), "{}", answered.stderr);
    let verify = ["auth", "verify", "c.pem", "r.p7s", "--trust", "demo/trust", "--crl", "demo/trust"];
    let verified = place.run(&[&verify[..], &service].concat());
    assert_eq!(verified.code, Some(0), "{}{}", verified.stdout, verified.stderr);
}

#[test]
fn a_token_of_this_device_without_a_certificate_is_held_and_signs_for_nobody() {
    let place = Place::new("agent-device");
    fs::write(place.folder.join("pin.txt"), "correct horse battery\n").unwrap();
    let pin = ["--pin-from", "file:pin.txt"];
    assert_eq!(place.run(&[&["token", "new", "own.token", "--level", "device"][..], &pin].concat()).code, Some(0));
    let request = ["request", "new", "--token", "own.token", "--subject", "CN=x,C=CN", "-o", "x.req"];
    assert_eq!(place.run(&[&request[..], &pin].concat()).code, Some(0));
    // From another home its PIN opens nothing, and no try is used to find that out.
    let elsewhere = ["agent", "start", "own.token", "--home", "elsewhere"];
    let refused = place.run(&[&elsewhere[..], &pin].concat());
    assert!(refused.stderr.contains("error[token-device-secret-missing]"), "{}", refused.stderr);
    let started = place.run(&[&["agent", "start", "own.token"][..], &pin].concat());
    assert_eq!(started.code, Some(0), "{}", started.stderr);
    let listed = place.run(&["agent", "list"]);
    assert!(listed.stdout.contains("no certificate yet"), "{}", listed.stdout);
    let refused = place.sign("agent:");
    assert_eq!(refused.code, Some(6));
    assert!(refused.stderr.contains("error[agent-unknown-key]"), "{}", refused.stderr);
}

#[test]
fn the_line_that_start_prints_is_for_a_shell() {
    let place = Place::new("agent-shell");
    let started = place.start(&[]);
    assert_eq!(started.code, Some(0), "{}", started.stderr);
    assert_eq!(started.stdout, format!("ESEAL_AGENT_SOCK={0}; export ESEAL_AGENT_SOCK\n", place.socket()));
    assert!(started.stderr.starts_with("The agent holds one key until "), "{}", started.stderr);
    let listed = place.run(&["agent", "list"]);
    assert!(listed.stdout.starts_with("signing ") && listed.stdout.contains("Subject"), "{}", listed.stdout);
    let status = place.run(&["agent", "status", "--lang", "zh-CN"]);
    assert!(status.stdout.contains("持有密钥"), "{}", status.stdout);
}

#[test]
fn lock_wipes_and_stays_and_stop_ends() {
    let place = Place::new("agent-lock");
    let process = place.started(&[])["process"].as_i64().unwrap();
    assert_eq!(place.run(&["agent", "lock"]).code, Some(0));
    let refused = place.sign("agent:");
    assert_eq!(refused.code, Some(5));
    assert!(refused.stderr.contains("error[agent-locked]"), "{}", refused.stderr);
    assert_eq!(place.run(&["agent", "list"]).code, Some(5));
    assert_eq!(place.status()["locked"], true);
    let stopped = place.run(&["agent", "stop", "--json"]);
    assert_eq!(serde_json::from_str::<Value>(&stopped.stdout).unwrap()["outcome"], "stopped");
    wait_until("the process ends", || !alive(process));
    assert!(!Path::new(&place.socket()).exists());
    for command in ["list", "status", "lock", "stop"] {
        let ran = place.run(&["agent", command]);
        assert_eq!(ran.code, Some(6));
        assert!(ran.stderr.contains("error[agent-not-running]"), "{}", ran.stderr);
    }
    assert!(place.sign("agent:").stderr.contains("error[agent-not-running]"));
}

#[test]
fn a_wrong_pin_is_one_try_and_leaves_no_agent() {
    let place = Place::new("agent-wrong");
    fs::write(place.folder.join("wrong.txt"), "correct horse battery\n").unwrap();
    let tries = || {
        let shown = place.run(&["token", "show", TOKEN, "--json"]);
        serde_json::from_str::<Value>(&shown.stdout).unwrap()["tries_left"].as_i64().unwrap()
    };
    let before = tries();
    let wrong = place.run(&["agent", "start", TOKEN, "--pin-from", "file:wrong.txt"]);
    assert_eq!(wrong.code, Some(5));
    assert!(wrong.stderr.contains("error[token-wrong-pin]") && wrong.stdout.is_empty(), "{}", wrong.stderr);
    assert_eq!(tries(), before - 1);
    assert!(!Path::new(&place.socket()).exists());
    let json = place.run(&["agent", "start", TOKEN, "--pin-from", "file:wrong.txt", "--json"]);
    let told: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!((json.code, &told["error"]["code"]), (Some(5), &"token-wrong-pin".into()));
    assert_eq!(tries(), before - 2);
    place.started(&[]);
    assert_eq!(tries(), before);
}

#[test]
fn what_can_be_refused_without_a_pin_is_and_uses_no_try() {
    let place = Place::new("agent-refused");
    let nobody = place.run(&["agent", "start", "no.token", "--pin-from", "file:none.txt"]);
    assert!(nobody.stderr.contains("error[token-not-found]"), "{}", nobody.stderr);
    let no_pin = place.run(&["agent", "start", TOKEN, "--no-input"]);
    assert_eq!(no_pin.code, Some(5));
    assert!(no_pin.stderr.contains("error[pin-no-terminal]"), "{}", no_pin.stderr);
    for (more, code, exit) in [
        (&["--for", "8d"][..], "agent-bad-limit", 2),
        (&["--idle", "0s"], "agent-bad-limit", 2),
        (&["--for", "long"], "usage-duration", 2),
        (&["--pin-from", "stdin", "--pin-from", "stdin"], "usage-agent-pins", 2),
        (&["--socket", "demo/agent.sock"], "agent-folder", 5),
        (&["--confirm", "./no-such-program"], "input-unreadable", 6),
        (&["--confirm", "no-such-program"], "input-unreadable", 6),
        (&["--confirm", "demo/lab.json"], "input-unreadable", 6),
    ] {
        let ran = place.start(more);
        assert_eq!(ran.code, Some(exit), "{code}: {}", ran.stderr);
        assert!(ran.stderr.contains(&format!("error[{code}]")), "{}", ran.stderr);
    }
    place.started(&[]);
    let second = place.start(&[]);
    assert_eq!(second.code, Some(5));
    assert!(second.stderr.contains("error[agent-running]"), "{}", second.stderr);
    assert_eq!(place.sign("agent:").code, Some(0), "the first is as it was");
}

#[test]
fn several_tokens_get_their_pins_one_by_one() {
    let place = Place::new("agent-several");
    let pins: String = ["organization", "person"]
        .map(|who| {
            fs::read_to_string(place.folder.join(format!("demo/tokens/{who}.pin"))).unwrap().trim().to_owned() + "\n"
        })
        .concat();
    let mut child = place
        .eseal()
        .args(["agent", "start", TOKEN, "demo/tokens/person.token", "--pin-from", "stdin"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(pins.as_bytes()).unwrap();
    let ran: Ran = child.wait_with_output().unwrap().into();
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let status = place.status();
    assert_eq!((&status["tokens"], &status["keys"]), (&2.into(), &2.into()));
    // The newest that the seal lists, not the newest of all.
    let mut stamp = vec!["stamp", "demo/documents/notice.pdf", "-o", "stamped.pdf", "--token", "agent:"];
    stamp.extend(["--place", "-1:right-40mm,bottom-40mm", "--seal", "demo/seals/organization.esl"]);
    assert_eq!(place.run(&stamp).code, Some(0));
}

#[test]
fn it_locks_when_nobody_uses_it_and_ends_when_its_time_is_over() {
    let place = Place::new("agent-times");
    let process = place.started(&["--for", "4s", "--idle", "1s"])["process"].as_i64().unwrap();
    wait_until("it locks", || place.run(&["agent", "list"]).code == Some(5));
    wait_until("it ends", || !alive(process));
    assert!(place.sign("agent:").stderr.contains("error[agent-not-running]"));
}

#[test]
fn a_signal_ends_it_and_nothing_is_left() {
    for signal in ["TERM", "HUP", "INT"] {
        let place = Place::new(&format!("agent-signal-{signal}"));
        let process = place.started(&[])["process"].as_i64().unwrap();
        assert!(Command::new("kill").args([format!("-{signal}"), process.to_string()]).status().unwrap().success());
        wait_until("it ends", || !alive(process));
        assert!(!Path::new(&place.socket()).exists());
        place.started(&[]);
    }
}

#[test]
fn a_killed_agent_leaves_a_socket_that_the_next_one_replaces() {
    let place = Place::new("agent-killed");
    let process = place.started(&[])["process"].as_i64().unwrap();
    assert!(Command::new("kill").args(["-KILL", &process.to_string()]).status().unwrap().success());
    wait_until("it ends", || !alive(process));
    assert!(Path::new(&place.socket()).exists());
    assert!(place.sign("agent:").stderr.contains("error[agent-not-running]"));
    place.started(&[]);
    assert_eq!(place.sign("agent:").code, Some(0));
}

#[test]
fn a_token_locked_elsewhere_is_let_go_of() {
    let place = Place::new("agent-token-locked");
    place.started(&[]);
    assert_eq!(place.sign("agent:").code, Some(0));
    fs::write(place.folder.join("wrong.txt"), "correct horse battery\n").unwrap();
    for _ in 0..6 {
        assert_eq!(place.run(&["token", "change-pin", TOKEN, "--pin-from", "file:wrong.txt"]).code, Some(5));
    }
    let refused = place.sign("agent:");
    assert_eq!(refused.code, Some(5));
    assert!(refused.stderr.contains("error[agent-token-locked]"), "{}", refused.stderr);
    assert_eq!(place.status()["keys"], 0);
}

#[test]
fn nobody_can_look_into_the_process() {
    let place = Place::new("agent-hard");
    let process = place.started(&[])["process"].as_i64().unwrap();
    let limits = fs::read_to_string(format!("/proc/{process}/limits")).unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    assert_eq!(core.split_whitespace().skip(4).take(2).collect::<Vec<_>>(), ["0", "0"], "{core}");
    // No terminal, and no folder that it keeps busy.
    assert_eq!(fs::read_link(format!("/proc/{process}/cwd")).unwrap(), Path::new("/"));
    for stream in 0..3 {
        assert_eq!(fs::read_link(format!("/proc/{process}/fd/{stream}")).unwrap(), Path::new("/dev/null"));
    }
    // The PIN is neither among its arguments nor in its environment.
    let pin = fs::read_to_string(place.folder.join("demo/tokens/organization.pin")).unwrap();
    for file in ["cmdline", "environ"] {
        let bytes = fs::read(format!("/proc/{process}/{file}")).unwrap();
        assert!(!String::from_utf8_lossy(&bytes).contains(pin.trim()), "{file}");
    }
}

#[test]
fn a_program_that_is_asked_first_decides() {
    let place = Place::new("agent-confirm");
    let program = place.folder.join("ask.sh");
    let script = "#!/bin/sh\necho \"$ESEAL_AGENT_ACT $ESEAL_AGENT_TOKEN $1\" >> \"$(dirname \"$0\")/asked.txt\"\ntest -e \"$(dirname \"$0\")/yes\"\n";
    fs::write(&program, script).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    place.started(&["--confirm", "./ask.sh"]);
    let refused = place.sign("agent:");
    assert_eq!(refused.code, Some(5));
    assert!(refused.stderr.contains("error[agent-denied]"), "{}", refused.stderr);
    fs::write(place.folder.join("yes"), "").unwrap();
    assert_eq!(place.sign("agent:").code, Some(0));
    let asked = fs::read_to_string(place.folder.join("asked.txt")).unwrap();
    assert_eq!(asked.lines().count(), 2);
    assert!(asked.starts_with("sign ") && asked.contains("eseal (") && asked.contains("wants a signature"), "{asked}");
    let status = place.status();
    assert_eq!((&status["signatures"], &status["refused"]), (&1.into(), &1.into()));
}

#[test]
fn in_the_foreground_a_service_manager_holds_it() {
    let place = Place::new("agent-foreground");
    let mut child = place
        .eseal()
        .args([&["agent", "start", TOKEN, "--foreground"][..], &PIN].concat())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    wait_until("it listens", || place.run(&["agent", "status"]).code == Some(0));
    assert_eq!(place.status()["process"], child.id());
    assert_eq!(place.sign("agent:").code, Some(0));
    assert_eq!(place.run(&["agent", "stop"]).code, Some(0));
    assert!(child.wait().unwrap().success());
}

#[test]
fn without_a_variable_the_socket_is_in_a_folder_of_ones_own() {
    let place = Place::new("agent-default");
    let runtime = place.sockets.path().join("run");
    fs::create_dir(&runtime).unwrap();
    let start = |command: &mut Command| -> Ran {
        command.args([&["agent", "start", TOKEN, "--json"][..], &PIN].concat()).output().unwrap().into()
    };
    let started = start(eseal(&place.folder).env("XDG_RUNTIME_DIR", &runtime));
    let told: Value = serde_json::from_str(&started.stdout).unwrap();
    assert_eq!(told["socket"], runtime.join("eseal-agent/agent.sock").to_str().unwrap());
    let stopped: Ran =
        eseal(&place.folder).env("XDG_RUNTIME_DIR", &runtime).args(["agent", "stop"]).output().unwrap().into();
    assert_eq!(stopped.code, Some(0));
    // The path of the home may be too long for a socket: then that is said before a PIN is asked for.
    let long = place.sockets.path().join("x".repeat(120));
    let refused: Ran =
        run(&place.folder, [&["agent", "start", TOKEN, "--home"][..], &[long.to_str().unwrap()], &PIN].concat());
    assert_eq!(refused.code, Some(2));
    assert!(refused.stderr.contains("error[agent-path-too-long]"), "{}", refused.stderr);
}
