//! A soft certificate that comes to its end: asked for again with its key or with a new one, answered, installed, and its
//! old key ended; and what is said of the seals that list it.

#![allow(missing_docs, reason = "tests document themselves by their names")]
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod office;

use std::fs;
use std::path::{Path, PathBuf};

use office::{Ran, office, run};
use serde_json::Value;

const KEY: [&str; 4] = ["--home", "demo/office", "--key-pin-from", "file:demo/tokens/office.pin"];
const PIN: [&str; 2] = ["--pin-from", "file:pin.txt"];
const SUBJECT: &str = "CN=示例用户一,O=示例市数据局,C=CN";

/// A demo office, and a holder whose token got a pair for so many days.
struct Holder(PathBuf);

impl Holder {
    fn new(name: &str, days: &str) -> Self {
        let folder = office(name);
        fs::write(folder.join("pin.txt"), "fake-holder-4711-pin\n").unwrap();
        let holder = Self(folder);
        holder.done(&[&["token", "new", "user.token", "--level", "file"], &PIN[..]].concat());
        let request = ["request", "new", "--token", "user.token", "--subject", SUBJECT, "-o", "user.req"];
        holder.done(&[&request[..], &PIN].concat());
        let issue = ["cert", "issue", "user.req", "--profile", "person", "--pair", "--days", days, "-o", "user.resp"];
        holder.done(&[&issue[..], &KEY].concat());
        holder.install("user.resp");
        holder
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        run(&self.0, arguments)
    }

    #[track_caller]
    fn done(&self, arguments: &[&str]) -> Ran {
        self.run(arguments).done()
    }

    #[track_caller]
    fn refused(&self, arguments: &[&str], code: &str) {
        self.run(arguments).refused(code);
    }

    fn install(&self, response: &str) -> Ran {
        self.done(&[&["token", "install", "user.token", response], &PIN[..]].concat())
    }

    fn update(&self, arguments: &[&str]) -> Ran {
        self.run(&[&["token", "update", "user.token"], arguments, &PIN].concat())
    }

    fn json(&self, arguments: &[&str]) -> Value {
        self.run(&[arguments, &["--json"]].concat()).json()
    }

    fn renew(&self, request: &str, response: &str) -> Value {
        self.json(&[&["cert", "renew", request, "-o", response], &KEY[..]].concat())
    }

    /// The uses of the token's keys, each with its number of certificates.
    fn keys(&self) -> Vec<(String, usize)> {
        let shown = self.json(&["token", "show", "user.token"]);
        let keys = shown["keys"].as_array().unwrap().iter();
        keys.map(|key| (key["use"].as_str().unwrap().into(), key["certificates"].as_array().unwrap().len())).collect()
    }

    fn bytes(&self, name: &str) -> Vec<u8> {
        fs::read(self.0.join(name)).unwrap()
    }
}

fn keys(expected: &[(&str, usize)]) -> Vec<(String, usize)> {
    expected.iter().map(|(key_use, count)| ((*key_use).to_owned(), *count)).collect()
}

#[test]
fn a_certificate_near_its_end_is_renewed_with_its_key() {
    let holder = Holder::new("update-renewal", "20");
    let asked = holder.update(&["--if-due", "-o", "renew.req"]);
    assert_eq!(asked.code, Some(0), "{}", asked.stderr);
    assert!(asked.stderr.contains("cert renew"), "{}", asked.stderr);
    let renewed = holder.renew("renew.req", "renew.resp");
    assert_eq!(renewed["certificates"][0]["outcome"], "issued");
    assert!(renewed["certificates"][0]["replaces"].is_string());
    assert_eq!(renewed["certificates"][0]["seals"].as_array().unwrap().len(), 0);
    holder.install("renew.resp");
    assert_eq!(holder.keys(), keys(&[("sign", 2), ("encrypt", 2)]));
    // The answer a second time changes nothing, and neither does the first answer, played again.
    for answer in ["renew.resp", "user.resp"] {
        let again = holder.install(answer);
        assert!(again.stderr.contains("nothing was changed"), "{}", again.stderr);
    }
    assert_eq!(holder.keys(), keys(&[("sign", 2), ("encrypt", 2)]));
}

#[test]
fn a_timer_asks_only_when_it_is_due_and_needs_no_pin_before() {
    let holder = Holder::new("update-timer", "365");
    let update = ["token", "update", "user.token", "-o", "renew.req", "--if-due"];
    let told = holder.json(&[&update[..], &["60"]].concat());
    assert_eq!((told["schema"].as_str(), told["outcome"].as_str()), (Some("eseal.token-update/1"), Some("not-due")));
    assert!(told["due_from"].is_string() && !holder.0.join("renew.req").exists());
    let text = holder.done(&update);
    assert!(text.stderr.contains("Not due"), "{}", text.stderr);
    let told = holder.json(&[&update[..], &["400"], &PIN].concat());
    assert_eq!((told["outcome"].as_str(), told["kind"].as_str()), (Some("requested"), Some("renewal")));
    // What is there is not written over, and nobody is asked for a PIN to hear it.
    holder.refused(&[&update[..], &["400"]].concat(), "output-exists");
}

#[test]
fn a_new_key_is_asked_for_with_the_old_one_and_the_old_one_ends_after_its_overlap() {
    let holder = Holder::new("update-rekey", "365");
    let asked = holder.update(&["--rekey", "-o", "rekey.req"]);
    assert_eq!(asked.code, Some(0), "{}", asked.stderr);
    assert_eq!(holder.keys(), keys(&[("sign", 1), ("encrypt", 1), ("sign", 0)]));
    let shown = holder.json(&["request", "show", "rekey.req"]);
    assert_eq!(shown["subject"], SUBJECT);
    assert!(shown["replaces"]["serial"].is_string() && shown["replaces"]["signed_at"].is_string());
    let issued = holder.renew("rekey.req", "rekey.resp");
    assert_eq!(issued["certificates"][0]["serials"].as_array().unwrap().len(), 2);
    // Lost on its way: asked again, answered again, for the same key.
    assert_eq!(holder.update(&["--rekey", "-o", "again.req"]).code, Some(0));
    let again = holder.json(&[&["cert", "rekey", "again.req", "-o", "again.resp"], &KEY[..]].concat());
    assert_eq!(again["certificates"][0]["outcome"], "already");
    assert_eq!(holder.bytes("again.resp"), holder.bytes("rekey.resp"));
    holder.done(&[&["token", "install", "user.token", "rekey.resp", "--request", "rekey.req"], &PIN[..]].concat());
    assert_eq!(holder.keys(), keys(&[("sign", 1), ("old-decrypt", 1), ("sign", 1), ("encrypt", 1)]));

    // Nothing is over yet, and nobody is asked for a PIN.
    let told = holder.json(&["token", "update", "user.token", "--finish"]);
    assert_eq!(told["outcome"], "nothing-to-finish");
    let finish = [&["token", "update", "user.token", "--finish", "--overlap", "0"], &PIN[..]].concat();
    let told = holder.json(&finish);
    assert_eq!((told["outcome"].as_str(), told["destroyed"].as_array().unwrap().len()), (Some("finished"), 1));
    assert_eq!(holder.keys(), keys(&[("old-decrypt", 1), ("sign", 1), ("encrypt", 1)]));
    let replayed = [&["token", "install", "user.token", "user.resp"], &PIN[..]].concat();
    holder.refused(&replayed, "token-foreign-certificate");
}

#[test]
fn a_request_for_a_new_key_that_was_changed_or_is_of_a_revoked_certificate_is_refused() {
    let holder = Holder::new("update-refused", "365");
    assert_eq!(holder.update(&["--rekey", "-o", "rekey.req"]).code, Some(0));
    let renew = [&["cert", "renew", "rekey.req", "-o", "rekey.resp"], &KEY[..]].concat();
    let pem = String::from_utf8(holder.bytes("rekey.req")).unwrap();
    // A character in the last line of the signature.
    let lines: Vec<&str> = pem.lines().collect();
    let last = lines[lines.len() - 2];
    let changed = if last.starts_with('A') { "B" } else { "A" };
    fs::write(holder.0.join("changed.req"), pem.replace(last, &format!("{changed}{}", &last[1..]))).unwrap();
    let ran = holder.run(&[&["cert", "renew", "changed.req", "-o", "x.resp"], &KEY[..]].concat());
    assert!(matches!(ran.code, Some(5 | 6)) && ran.stderr.contains("cms-"), "{:?} {}", ran.code, ran.stderr);
    holder.done(&["cert", "hold", "user.resp", "--home", "demo/office"]);
    holder.refused(&renew, "authority-not-renewable");
    holder.done(&["cert", "revoke", "user.resp", "--reason", "keyCompromise", "--home", "demo/office"]);
    holder.refused(&renew, "authority-not-renewable");
    assert!(!holder.0.join("rekey.resp").exists());
}

#[test]
fn an_answer_for_somebody_else_is_refused_by_the_request_that_was_sent() {
    let holder = Holder::new("update-other", "365");
    holder.done(&[&["token", "new", "new.token", "--level", "file"], &PIN[..]].concat());
    let request = |subject: &str, out: &str, token: &str| {
        holder.done(&[&["request", "new", "--token", token, "--subject", subject, "-o", out], &PIN[..]].concat());
    };
    request("CN=示例用户二,C=CN", "other.req", "new.token");
    let issue = ["cert", "issue", "other.req", "--profile", "person", "-o", "other.resp"];
    holder.done(&[&issue[..], &KEY].concat());
    let install = ["token", "install", "new.token", "other.resp", "--request"];
    holder.refused(&[&install[..], &["user.req"], &PIN].concat(), "token-other-subject");
    let told = holder.json(&[&install[..], &["other.req"], &PIN].concat());
    assert_eq!((told["schema"].as_str(), told["changed"].as_bool()), (Some("eseal.token-install/1"), Some(true)));
    assert_eq!(told["signing"]["subject"], "CN=示例用户二,C=CN");
}

fn make_seal(holder: &Holder, arguments: &[&str]) -> Ran {
    let key = ["--home", "demo/office", "--pin-from", "file:demo/tokens/office.pin"];
    holder.run(&[&["seal", "make"], arguments, &key].concat())
}

#[test]
fn the_seals_that_list_the_old_certificate_are_named_with_the_command_that_makes_them_anew() {
    let holder = Holder::new("update-seals", "20");
    let picture = "demo/seals/person.png";
    let first = ["--id", "33010600000901", "--name", "示例用户一的章", "--kind", "person", "--picture", picture];
    let first =
        [&first[..], &["--size", "20", "--signer", "user.resp", "demo/tokens/person.pem", "-o", "own.esl"]].concat();
    let made = make_seal(&holder, &first);
    assert_eq!(made.code, Some(0), "{}", made.stderr);
    assert_eq!(holder.update(&["-o", "renew.req"]).code, Some(0));
    let renewed = holder.renew("renew.req", "renew.resp");
    let seal = &renewed["certificates"][0]["seals"][0];
    assert_eq!((seal["id"].as_str(), seal["name"].as_str()), (Some("33010600000901"), Some("示例用户一的章")));
    let remake = seal["remake"].as_str().unwrap();
    assert_eq!(remake, "eseal seal make --like 33010600000901 --id NEW-ID --signer renew.resp -o NEW-ID.esl");
    let text = holder.done(&[&["cert", "renew", "renew.req", "-o", "text.resp"], &KEY[..]].concat());
    assert!(text.stderr.contains("33010600000901") && text.stderr.contains("seal make --like"), "{}", text.stderr);

    // The holder hears it as well.
    let install = ["token", "install", "user.token", "renew.resp", "--seal", "own.esl", "demo/seals/finance.esl"];
    let told = holder.json(&[&install[..], &PIN].concat());
    assert_eq!(told["seals"].as_array().unwrap().iter().filter(|seal| seal["listed"] == false).count(), 2);

    // The command as it was printed, with a number.
    let command: Vec<String> = remake.split(' ').skip(3).map(|word| word.replace("NEW-ID", "33010600000902")).collect();
    let command: Vec<&str> = command.iter().map(String::as_str).collect();
    let anew = make_seal(&holder, &command);
    assert_eq!(anew.code, Some(0), "{}", anew.stderr);
    let shown = holder.json(&["seal", "show", "33010600000902.esl"]);
    let before = holder.json(&["seal", "show", "own.esl"]);
    for same in ["name", "type", "picture"] {
        assert_eq!(shown[same], before[same], "{same}");
    }
    assert_eq!(shown["signers"].as_array().unwrap().len(), 2, "the other signer stays");
    let install = ["token", "install", "user.token", "renew.resp", "--seal", "33010600000902.esl"];
    let told = holder.json(&[&install[..], &PIN].concat());
    assert_eq!((told["seals"][0]["listed"].as_bool(), told["changed"].as_bool()), (Some(true), Some(false)));
}

#[test]
fn a_seal_like_another_needs_that_other() {
    let holder = Holder::new("update-like", "365");
    let arguments = ["--like", "no-such-seal", "--id", "33010600000903", "--signer", "user.resp", "-o", "x.esl"];
    let ran = make_seal(&holder, &arguments);
    assert!(ran.code == Some(6) && ran.stderr.contains("input-unreadable"), "{:?} {}", ran.code, ran.stderr);
    let ran = make_seal(&holder, &arguments[2..]);
    assert!(ran.code == Some(2) && ran.stderr.contains("usage-argument-missing"), "{}", ran.stderr);
    assert!(!holder.0.join("x.esl").exists());
}

#[test]
fn a_token_without_a_certificate_has_nothing_to_update() {
    let folder = office("update-empty");
    fs::write(folder.join("pin.txt"), "fake-holder-4711-pin\n").unwrap();
    let made = run(&folder, [&["token", "new", "user.token", "--level", "file"], &PIN[..]].concat());
    assert_eq!(made.code, Some(0), "{}", made.stderr);
    for more in [&["-o", "x.req"][..], &["-o", "x.req", "--if-due"], &["-o", "x.req", "--rekey"]] {
        let ran = run(&folder, [&["token", "update", "user.token"], more].concat());
        assert!(ran.stderr.contains("token-no-certificate"), "{more:?}: {}", ran.stderr);
    }
    let usage = |arguments: &[&str]| run(&folder, [&["token", "update", "user.token"], arguments].concat()).code;
    assert_eq!(usage(&[]), Some(2), "without -o and --finish");
    assert_eq!(usage(&["--finish", "--rekey"]), Some(2));
    assert!(!Path::new(&folder).join("x.req").exists());
}

#[test]
fn a_holder_may_ask_early_and_gets_one_successor_however_often_the_request_comes() {
    let holder = Holder::new("update-early", "700");
    assert_eq!(holder.update(&["-o", "renew.req"]).code, Some(0));
    let answer = |name: &str| holder.done(&[&["cert", "renew", "renew.req", "-o", name], &KEY[..]].concat());
    assert!(answer("renew.resp").stderr.contains("as its holder asks"));
    assert!(!answer("again.resp").stderr.contains("as its holder asks"), "nothing was renewed a second time");
    assert_eq!(holder.bytes("renew.resp"), holder.bytes("again.resp"));
    holder.install("renew.resp");
    assert_eq!(holder.keys(), keys(&[("sign", 2), ("encrypt", 2)]));
}
