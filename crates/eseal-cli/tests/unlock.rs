//! Who forgot the PIN is let in again: by the authority's ticket, or by the recovery code. Holder and authority have a home each.

#![allow(missing_docs, reason = "tests document themselves by their names")]
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod office;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use eseal::audit::Note;
use eseal::authority::{Approval, Duty, appoint};
use eseal::cert::{Certificate, CertificateResponse};
use eseal::time::Instant;
use eseal::token::{DeviceSecret, KdfCost, NewToken, Pin, Token, TokenFile, UnlockRequest};
use eseal_store::StoreUrl;
use office::{Ran, eseal, office, run};
use serde_json::Value;

const KEY: [&str; 4] = ["--home", "demo/office", "--key-pin-from", "file:demo/tokens/office.pin"];
const HOME: [&str; 2] = ["--home", "demo/office"];
const OLD: [&str; 2] = ["--pin-from", "file:old.txt"];
const NEW: [&str; 2] = ["--new-pin-from", "file:new.txt"];

/// An office in `demo/office`, and a holder in `home` who has a token with a pair in it.
struct Scene {
    folder: PathBuf,
}

impl Scene {
    fn new(name: &str) -> Self {
        let folder = office(name);
        fs::write(folder.join("old.txt"), "the forgotten one\n").unwrap();
        fs::write(folder.join("new.txt"), "the new one, at last\n").unwrap();
        fs::write(folder.join("wrong.txt"), "surely a wrong one\n").unwrap();
        let scene = Self { folder };
        scene.done(&[&["ca", "export", "--unlocker", "-o", "unlocker.pem"], &HOME[..]].concat());
        scene.token("user", true);
        scene.certify("user", "CN=示例用户一,O=示例市数据局,C=CN", "person");
        scene
    }

    /// A token that costs little to guess at: derivation is not what is tested here. Gives its recovery code back.
    fn token(&self, name: &str, device: bool) -> String {
        let path = self.folder.join(format!("{name}.token"));
        let unlocker = Certificate::from_bytes(&fs::read(self.folder.join("unlocker.pem")).unwrap()).unwrap();
        let pin = Pin::new("the forgotten one").unwrap();
        let device = device.then(|| self.device());
        let new = match &device {
            Some(device) => NewToken::device(name, &pin, device),
            None => NewToken::file(name, &pin),
        };
        let new = NewToken { kdf: KdfCost::demo(2), unlocker: Some(unlocker), ..new };
        let (_, code) = Token::create(TokenFile::new(path), new, Instant::from_unix(1_795_000_000)).unwrap();
        let code = code.unwrap().reveal().to_string();
        fs::write(self.folder.join(format!("{name}.code")), format!("{code}\n")).unwrap();
        code
    }

    fn device(&self) -> DeviceSecret {
        let path = self.folder.join("home/device.key");
        if let Ok(text) = fs::read_to_string(&path) {
            return DeviceSecret::from_text(&text).unwrap();
        }
        let device = DeviceSecret::generate().unwrap();
        fs::write(&path, device.to_text().as_bytes()).unwrap();
        device
    }

    fn certify(&self, name: &str, subject: &str, profile: &str) {
        let file = |ending: &str| format!("{name}.{ending}");
        let (token, request, response) = (file("token"), file("req"), file("resp"));
        self.done(&[&["request", "new", "--token", &token, "--subject", subject, "-o", &request], &OLD[..]].concat());
        let issue = ["cert", "issue", &request, "--profile", profile, "--pair", "-o", &response];
        self.done(&[&issue[..], &KEY].concat());
        self.done(&[&["token", "install", &token, &response], &OLD[..]].concat());
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        run(&self.folder, arguments)
    }

    #[track_caller]
    fn done(&self, arguments: &[&str]) -> Ran {
        self.run(arguments).done()
    }

    #[track_caller]
    fn refused(&self, arguments: &[&str], code: &str) -> Ran {
        let ran = self.run(arguments);
        ran.refused(code);
        ran
    }

    #[track_caller]
    fn json(&self, arguments: &[&str]) -> Value {
        self.run(&[arguments, &["--json"]].concat()).json()
    }

    /// Six wrong PINs.
    fn lock(&self, token: &str) {
        for left in (0..6).rev() {
            let ran = self.run(&["token", "change-pin", token, "--pin-from", "file:wrong.txt"]);
            assert_eq!(ran.code, Some(5), "{}", ran.stderr);
            assert!(
                ran.stderr.contains("token-wrong-pin") && ran.stderr.contains(&format!("{left} ")),
                "{}",
                ran.stderr
            );
        }
    }

    /// Makes a request; gives the code back that the holder reads aloud.
    fn ask(&self, token: &str, request: &str) -> String {
        let ran = self.done(&["token", "unlock-request", token, "-o", request, "--force", "--reason", "忘记口令"]);
        ran.stdout.trim().to_owned()
    }

    fn grant(&self, request: &str, code: &str, ticket: &str) -> Ran {
        self.run(&[&["cert", "unlock", request, "--code", code, "-o", ticket, "--force"], &KEY[..]].concat())
    }

    fn unlock(&self, token: &str, ticket: &str) -> Ran {
        self.run(&[&["token", "unlock", token, "--ticket", ticket], &NEW[..]].concat())
    }

    /// Makes the holder of `user.token` an officer, who approves of a request.
    fn approve(&self, request: &str, out: &str) {
        let since = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs();
        let now = Instant::from_unix(i64::try_from(since).unwrap());
        let read = |name: &str| fs::read(self.path(name)).unwrap();
        let certificate = CertificateResponse::from_bytes(&read("user.resp")).unwrap().signing()[0].clone();
        let mut registry = StoreUrl::Sqlite(self.path("demo/office/eseal.db")).open().unwrap();
        appoint(&mut registry, &certificate, &[Duty::Unlock], &Note::new(now, "registrar")).unwrap();
        let token = Token::open(TokenFile::new(self.path("user.token"))).unwrap();
        let session = token.log_in(&Pin::new("the forgotten one").unwrap(), Some(&self.device())).unwrap();
        let signer = session.signer(&certificate).unwrap();
        let object = UnlockRequest::from_bytes(&read(request)).unwrap().digest();
        let approval = Approval::sign(Duty::Unlock, object, &certificate, &signer, now).unwrap();
        fs::write(self.path(out), approval.as_der()).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Acts of this kind in the office's log, as who did them.
    fn acts(&self, act: &str) -> Vec<String> {
        let all = self.json(&[&["audit", "list", "--act", act], &HOME[..]].concat());
        all["entries"].as_array().unwrap().iter().map(|entry| entry["actor"].as_str().unwrap().to_owned()).collect()
    }
}

#[test]
fn six_wrong_pins_lock_and_a_ticket_lets_in_again_once() {
    let scene = Scene::new("unlock-ticket");
    scene.lock("user.token");
    scene.refused(&[&["token", "change-pin", "user.token"], &OLD[..]].concat(), "token-locked");
    let shown = scene.json(&["token", "show", "user.token"]);
    assert_eq!((shown["locked"].as_bool(), shown["escrow"].as_str()), (Some(true), Some("authority-file-and-device")));

    let code = scene.ask("user.token", "unlock.req");
    assert_eq!(code.len(), 8);
    assert!(scene.path("user.token.pending").exists());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(scene.path("user.token.pending")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let review = scene.json(&[&["cert", "unlock", "unlock.req", "--review"], &HOME[..]].concat());
    assert_eq!((review["code"].as_str(), review["reason"].as_str()), (Some(&*code), Some("忘记口令")));
    assert_eq!(review["certificates"].as_array().unwrap().len(), 2);
    assert_eq!((review["holder_known"].as_bool(), review["obstacles"].as_array().unwrap().len()), (Some(false), 0));

    let granted = scene.grant("unlock.req", &code, "ticket");
    assert_eq!(granted.code, Some(0), "{}", granted.stderr);
    let unlock = ["token", "unlock", "user.token", "--ticket", "ticket", "--receipt", "unlock.receipt", "--json"];
    let unlocked: Value = serde_json::from_str(&scene.done(&[&unlock[..], &NEW].concat()).stdout).unwrap();
    assert_eq!((unlocked["epoch"].as_u64(), unlocked["by"].as_str()), (Some(1), Some("ticket")));
    assert_eq!(unlocked["recovery_code"].as_str().map(str::len), Some(39));
    assert!(!scene.path("user.token.pending").exists());
    let receipt = scene.json(&[&["cert", "unlock", "--receipt", "unlock.receipt"], &HOME[..]].concat());
    assert_eq!((receipt["epoch"].as_u64(), receipt["schema"].as_str()), (Some(1), Some("eseal.cert-unlock-receipt/1")));

    // The new PIN opens, the old one does not, the ticket is of no use any more.
    let sign = ["sign", "old.txt", "--token", "user.token"];
    scene.done(&[&sign[..], &["-o", "x.p7s", "--pin-from", "file:new.txt"]].concat());
    scene.refused(&[&sign[..], &["-o", "y.p7s"], &OLD].concat(), "token-wrong-pin");
    let again = scene.unlock("user.token", "ticket");
    assert!(again.code == Some(5) && again.stderr.contains("error[token-grant-used]"), "{}", again.stderr);
    assert!(scene.acts("unlock-granted")[0].ends_with("; code compared"));
    assert_eq!(scene.acts("token-unlocked").len(), 1);
    let list = scene.json(&[&["cert", "unlock", "--list"], &HOME[..]].concat());
    assert_eq!(list["tokens"][0]["grants"][0]["state"], "used");
    let text = scene.done(&[&["cert", "unlock", "--list", "--lang", "zh-CN"], &HOME[..]].concat());
    assert!(text.stdout.contains("已使用") && text.stderr.contains("1 个介质"), "{}{}", text.stdout, text.stderr);
    scene.done(&[&["audit", "verify"], &HOME[..]].concat());
}

#[test]
fn the_recovery_code_lets_in_without_anybody_and_a_new_one_comes() {
    let scene = Scene::new("unlock-recovery");
    for (name, device) in [("bound", true), ("plain", false)] {
        let token = format!("{name}.token");
        let code = scene.token(name, device);
        scene.lock(&token);
        fs::write(scene.path("wrong.code"), "AAAA-AAAA-AAAA-AAAA-AAAA-AAAA-AAAA-AAAA\n").unwrap();
        let unlock =
            |source: &str| scene.run(&[&["token", "unlock", &token, "--recovery-from", source], &NEW[..]].concat());
        let wrong = unlock("file:wrong.code");
        assert!(wrong.code == Some(5) && wrong.stderr.contains("error[token-wrong-recovery-code]"), "{}", wrong.stderr);
        let right = unlock(&format!("file:{name}.code"));
        assert_eq!(right.code, Some(0), "{}", right.stderr);
        let next = right.stdout.trim().to_owned();
        assert!(next.len() == code.len() && next != code);
        let used = unlock(&format!("file:{name}.code"));
        assert!(used.stderr.contains("error[token-wrong-recovery-code]"), "{}", used.stderr);
        let request = ["request", "new", "--token", &token, "--subject", "CN=示例用户一,C=CN", "-o", "-"];
        scene.done(&[&request[..], &["--pin-from", "file:new.txt"]].concat());
    }
}

#[test]
fn who_lost_the_paper_gets_a_new_code_by_the_pin_and_the_old_one_opens_nothing() {
    let scene = Scene::new("unlock-new-code");
    let old = scene.token("plain", false);
    let made = scene.done(&[&["token", "recovery-code", "plain.token"], &OLD[..]].concat());
    let new = made.stdout.trim().to_owned();
    assert!(new.len() == old.len() && new != old);
    fs::write(scene.path("new.code"), &new).unwrap();
    let unlock = |code: &str, more: &[&str]| {
        scene.run(&[&["token", "unlock", "plain.token", "--recovery-from", code], &NEW[..], more].concat())
    };
    let refused = unlock("file:plain.code", &[]);
    assert!(refused.stderr.contains("error[token-wrong-recovery-code]"), "{}", refused.stderr);
    // Of a locked token nobody knows what its PIN cost: that can be said again.
    scene.lock("plain.token");
    assert_eq!(unlock("file:new.code", &["--kdf", "argon2id"]).code, Some(0));
    assert!(scene.done(&["token", "show", "plain.token"]).stdout.contains("Argon2id"));
}

#[test]
fn an_old_copy_a_changed_header_and_an_edited_ticket_are_refused_with_their_codes() {
    let scene = Scene::new("unlock-copies");
    let before = fs::read(scene.path("user.token")).unwrap();
    let code = scene.ask("user.token", "first.req");
    assert_eq!(scene.grant("first.req", &code, "ticket").code, Some(0));

    // The label in the header, changed by hand: found when the token is let in again.
    let text = String::from_utf8(before.clone()).unwrap();
    fs::write(scene.path("edited.token"), edited(&text)).unwrap();
    fs::copy(scene.path("user.token.pending"), scene.path("edited.token.pending")).unwrap();
    let ran = scene.unlock("edited.token", "ticket");
    assert!(ran.code == Some(5) && ran.stderr.contains("error[token-"), "{}", ran.stderr);
    assert!(ran.stderr.contains("token-tampered") || ran.stderr.contains("token-device-mismatch"), "{}", ran.stderr);

    // A ticket with a changed byte.
    let mut ticket = fs::read(scene.path("ticket")).unwrap();
    let middle = ticket.len() - 20;
    ticket[middle] ^= 1;
    fs::write(scene.path("edited-ticket"), &ticket).unwrap();
    let ran = scene.unlock("user.token", "edited-ticket");
    assert!(
        ran.stderr.contains("token-unlock-signature") || ran.stderr.contains("token-unlock-malformed"),
        "{}",
        ran.stderr
    );

    assert_eq!(scene.unlock("user.token", "ticket").code, Some(0));
    let code = scene.ask("user.token", "second.req");
    assert_eq!(scene.grant("second.req", &code, "second-ticket").code, Some(0));
    // The old copy is put back: the ticket of the newest sealing does not open it, and the office sees it by its request.
    fs::write(scene.path("old.token"), &before).unwrap();
    let ran = scene.unlock("old.token", "second-ticket");
    assert!(ran.code == Some(5) && ran.stderr.contains("error[token-grant-newer]"), "{}", ran.stderr);
    let code = scene.ask("old.token", "old.req");
    let ran = scene.grant("old.req", &code, "old-ticket");
    assert!(ran.code == Some(5) && ran.stderr.contains("error[unlock-epoch-old]"), "{}", ran.stderr);
    assert!(scene.acts("unlock-refused")[0].ends_with("; unlock-epoch-old"));
    let review = scene.run(&[&["cert", "unlock", "old.req", "--review"], &HOME[..]].concat());
    assert!(review.code == Some(5) && review.stdout.contains("unlock-epoch-old"), "{}", review.stdout);
    assert!(review.stdout.contains("Alarms"), "{}", review.stdout);
}

/// The token with another label in its header, of the same length.
fn edited(pem: &str) -> Vec<u8> {
    let body: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let mut der = base64(&body);
    let at = der.windows(6).position(|window| window == b"\x0c\x04user").unwrap();
    der[at + 2] = b'U';
    der
}

fn base64(text: &str) -> Vec<u8> {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut bytes, mut bits, mut held) = (Vec::new(), 0_u32, 0);
    for byte in text.bytes().filter(|byte| *byte != b'=') {
        let value = ALPHABET.iter().position(|letter| *letter == byte).unwrap();
        (bits, held) = (bits << 6 | u32::try_from(value).unwrap(), held + 6);
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from(bits >> held & 0xff).unwrap());
        }
    }
    bytes
}

#[test]
fn tickets_that_are_over_for_another_token_or_by_another_unlocker_are_refused_with_their_codes() {
    let scene = Scene::new("unlock-tickets");
    let code = scene.ask("user.token", "unlock.req");
    let grant = ["cert", "unlock", "unlock.req", "--code", &code, "--hours", "1", "-o", "ticket"];
    scene.done(&[&grant[..], &KEY].concat());

    // Another token.
    scene.token("other", true);
    scene.certify("other", "CN=示例用户二,O=示例市数据局,C=CN", "person");
    scene.ask("other.token", "other.req");
    let ran = scene.unlock("other.token", "ticket");
    assert!(ran.code == Some(5) && ran.stderr.contains("error[token-grant-foreign-token]"), "{}", ran.stderr);

    // A newer request took the place of the one that was granted; or what waited for it is gone.
    scene.ask("user.token", "newer.req");
    let ran = scene.unlock("user.token", "ticket");
    assert!(ran.code == Some(5) && ran.stderr.contains("error[token-grant-foreign-request]"), "{}", ran.stderr);
    fs::remove_file(scene.path("user.token.pending")).unwrap();
    let ran = scene.unlock("user.token", "ticket");
    assert!(ran.stderr.contains("error[token-grant-foreign-request]"), "{}", ran.stderr);

    // Another office's unlocker, whatever its request says.
    scene.done(&["lab", "elsewhere"]);
    let code = scene.ask("user.token", "unlock.req");
    let key = ["--home", "elsewhere/office", "--key-pin-from", "file:elsewhere/tokens/office.pin"];
    let elsewhere = ["cert", "unlock", "unlock.req", "--code", &code, "-o", "foreign-ticket"];
    scene.refused(&[&elsewhere[..], &key].concat(), "unlock-certificate-unknown");

    // What is no ticket at all.
    let ran = scene.unlock("user.token", "unlock.req");
    assert!(ran.code == Some(6) && ran.stderr.contains("error[token-unlock-malformed]"), "{}", ran.stderr);
}

#[test]
fn the_code_is_compared_or_the_log_says_that_nobody_did_or_the_rule_refuses() {
    let scene = Scene::new("unlock-code");
    let code = scene.ask("user.token", "unlock.req");
    let ran = scene.grant("unlock.req", "AAAAAAAA", "ticket");
    assert!(ran.code == Some(5) && ran.stderr.contains("error[unlock-code-differs]"), "{}", ran.stderr);
    let bare = [&["cert", "unlock", "unlock.req", "-o", "ticket"], &KEY[..]].concat();
    fs::write(scene.path("demo/office/ca.toml"), "[unlock]\ncode = \"required\"\n").unwrap();
    scene.refused(&bare, "unlock-code-missing");
    scene.done(&[&["ca", "profiles"], &HOME[..]].concat());
    fs::write(scene.path("demo/office/ca.toml"), "[unlock]\ncode = \"perhaps\"\n").unwrap();
    assert_eq!(scene.run(&bare).code, Some(2));
    fs::remove_file(scene.path("demo/office/ca.toml")).unwrap();
    let output = eseal(&scene.folder).args(&bare).stdin(Stdio::null()).output().unwrap();
    let ran = Ran::from(output);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(ran.stderr.contains(&code) && ran.stderr.contains("Nobody compared"), "{}", ran.stderr);
    assert!(scene.acts("unlock-granted")[0].ends_with("; code not compared"));
    let long = scene.run(&[&bare[..], &["--hours", "25", "--force"]].concat());
    assert!(long.code == Some(2) && long.stderr.contains("error[unlock-life]"), "{}", long.stderr);
}

#[test]
fn a_token_on_hold_unlocked_too_often_or_of_a_unit_is_not_let_in() {
    let scene = Scene::new("unlock-limits");
    for _ in 0..3 {
        let code = scene.ask("user.token", "unlock.req");
        assert_eq!(scene.grant("unlock.req", &code, "ticket").code, Some(0));
    }
    let code = scene.ask("user.token", "unlock.req");
    let ran = scene.grant("unlock.req", &code, "ticket");
    assert!(ran.code == Some(5) && ran.stderr.contains("error[unlock-too-many]"), "{}", ran.stderr);

    scene.token("other", false);
    scene.certify("other", "CN=示例用户二,O=示例市数据局,C=CN", "person");
    scene.done(&[&["cert", "hold", "other.resp"], &HOME[..]].concat());
    let code = scene.ask("other.token", "other.req");
    let ran = scene.grant("other.req", &code, "ticket");
    assert!(ran.code == Some(5) && ran.stderr.contains("error[unlock-certificate-held]"), "{}", ran.stderr);

    scene.token("unit", false);
    scene.certify("unit", "CN=示例市数据局,O=示例市数据局,C=CN", "organization");
    let code = scene.ask("unit.token", "unit.req");
    let ran = scene.grant("unit.req", &code, "unit-ticket");
    assert!(ran.code == Some(5) && ran.stderr.contains("error[unlock-second-officer]"), "{}", ran.stderr);
    assert!(!scene.path("unit-ticket").exists());
}

#[test]
fn a_units_token_is_let_in_with_another_officers_approval_of_this_request() {
    let scene = Scene::new("unlock-unit");
    scene.token("unit", false);
    scene.certify("unit", "CN=示例市数据局,O=示例市数据局,C=CN", "organization");
    let code = scene.ask("unit.token", "unit.req");
    scene.approve("unit.req", "approval");
    let grant = |request: &str, code: &str| {
        let unlock = ["cert", "unlock", request, "--code", code, "--approval", "approval", "-o", "ticket", "--force"];
        scene.run(&[&unlock[..], &KEY, &["--json"]].concat())
    };
    let granted = grant("unit.req", &code);
    assert_eq!(granted.code, Some(0), "{}", granted.stderr);
    let granted: Value = serde_json::from_str(&granted.stdout).unwrap();
    assert_eq!(granted["approved_by"][0], "CN=示例用户一,O=示例市数据局,C=CN");
    assert!(scene.acts("unlock-granted")[0].contains("; approved by CN=示例用户一"));
    // The approval is for that request alone.
    let code = scene.ask("unit.token", "next.req");
    let other = grant("next.req", &code);
    assert!(other.code == Some(5) && other.stderr.contains("authority-approval-differs"), "{}", other.stderr);
}

#[test]
fn who_has_no_unlocker_is_told_so_and_results_are_not_replaced() {
    let scene = Scene::new("unlock-none");
    let pin = Pin::new("the forgotten one").unwrap();
    let new = NewToken { kdf: KdfCost::demo(2), ..NewToken::file("bare", &pin) };
    Token::create(TokenFile::new(scene.path("bare.token")), new, Instant::from_unix(1_795_000_000)).unwrap();
    scene.refused(&["token", "unlock-request", "bare.token", "-o", "bare.req"], "token-no-unlocker");
    assert!(!scene.path("bare.req").exists() && !scene.path("bare.token.pending").exists());
    fs::write(scene.path("there"), "x").unwrap();
    scene.refused(&["token", "unlock-request", "user.token", "-o", "there"], "output-exists");
    let code = scene.ask("user.token", "unlock.req");
    let grant = ["cert", "unlock", "unlock.req", "--code", &code, "-o", "there"];
    scene.refused(&[&grant[..], &KEY].concat(), "output-exists");
    scene.refused(&["token", "unlock", "user.token", "--ticket", "there", "--receipt", "there"], "output-exists");
    for wrong in [
        &["token", "unlock", "user.token"][..],
        &["token", "unlock", "user.token", "--ticket", "a", "--recovery-from", "file:b"],
        &["token", "unlock", "user.token", "--recovery-from", "file:b", "--receipt", "c"],
        &["cert", "unlock", "unlock.req"],
        &["cert", "unlock", "--list", "--review"],
        &["cert", "unlock", "unlock.req", "--review", "-o", "x"],
    ] {
        assert_eq!(scene.run(wrong).code, Some(2), "{wrong:?}");
    }
    let elsewhere: &Path = &scene.folder;
    let moved = run(elsewhere, ["token", "unlock-request", "user.token", "-o", "x.req", "--home", "nowhere"]);
    assert!(moved.stderr.contains("error[token-device-secret-missing]"), "{}", moved.stderr);
}
