//! Officers and their approvals; a lost token is replaced, and its encryption key is given back under two of them.

#![allow(missing_docs, reason = "tests document themselves by their names")]
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod office;

use std::fs;
use std::path::PathBuf;

use eseal::cert::CertificateResponse;
use eseal::key::Decrypter;
use eseal::time::Instant;
use eseal::token::{KdfCost, NewToken, Pin, Token, TokenFile};
use office::{Ran, office, run};
use serde_json::Value;

const KEY: [&str; 4] = ["--home", "demo/office", "--key-pin-from", "file:demo/tokens/office.pin"];
const HOME: [&str; 2] = ["--home", "demo/office"];
const PIN: [&str; 2] = ["--pin-from", "file:pin.txt"];
const PIN_TEXT: &str = "correct horse battery";

/// An office in `demo/office` with two officers for recovery, and a holder with a pair in a token.
struct Scene {
    folder: PathBuf,
}

impl Scene {
    fn new(name: &str) -> Self {
        let folder = office(name);
        fs::write(folder.join("pin.txt"), format!("{PIN_TEXT}\n")).unwrap();
        let scene = Self { folder };
        for (name, subject) in
            [("one", "CN=示例经办人一,O=示例市数据局,C=CN"), ("two", "CN=示例经办人二,O=示例市数据局,C=CN")]
        {
            scene.certify(name, subject);
            scene.done(&[&["officer", "appoint", &format!("{name}.resp"), "--duty", "recovery"], &HOME[..]].concat());
        }
        scene.certify("user", "CN=示例用户一,O=示例市数据局,C=CN");
        scene
    }

    /// A token whose PIN costs little to try, with a pair in it.
    fn certify(&self, name: &str, subject: &str) {
        self.request(name, subject);
        let (request, response) = (format!("{name}.req"), format!("{name}.resp"));
        let issue = ["cert", "issue", &request, "--profile", "person", "--pair", "-o", &response];
        self.done(&[&issue[..], &KEY].concat());
        self.done(&[&["token", "install", &format!("{name}.token"), &response], &PIN[..]].concat());
    }

    fn request(&self, name: &str, subject: &str) {
        let (token, request) = (format!("{name}.token"), format!("{name}.req"));
        let pin = Pin::new(PIN_TEXT).unwrap();
        let new = NewToken { kdf: KdfCost::demo(2), ..NewToken::file(name, &pin) };
        Token::create(TokenFile::new(self.folder.join(&token)), new, Instant::from_unix(1_795_000_000)).unwrap();
        self.done(&[&["request", "new", "--token", &token, "--subject", subject, "-o", &request], &PIN[..]].concat());
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

    /// The user's token is lost: a new one, certified in place of the old.
    fn replace(&self) {
        // Certificates count in seconds, and the token tells the older of two pairs by them.
        std::thread::sleep(std::time::Duration::from_millis(1_100));
        self.request("new", "CN=示例用户一,O=示例市数据局,C=CN");
        let replace = ["cert", "replace", "new.req", "--replaces", "user.resp", "-o", "new.resp"];
        self.done(&[&replace[..], &KEY].concat());
        self.done(&[&["token", "install", "new.token", "new.resp"], &PIN[..]].concat());
    }

    fn order(&self, reason: &str, out: &str) -> Value {
        let order = ["key", "recover", "--order", "user.resp", "--to", "new.resp", "--reason", reason, "-o", out];
        self.json(&[&order[..], &HOME].concat())
    }

    fn approve(&self, officer: &str, order: &str, out: &str) -> Ran {
        let token = format!("{officer}.token");
        self.done(&[&["officer", "approve", "--recovery", order, "--token", &token, "-o", out], &PIN[..]].concat())
    }

    /// The arguments that carry an order out with these approvals.
    fn recover<'a>(&self, order: &'a str, approvals: &[&'a str]) -> Vec<&'a str> {
        let mut arguments = vec!["key", "recover", order, "-o", "old.resp", "--force"];
        approvals.iter().for_each(|approval| arguments.extend(["--approval", approval]));
        arguments.extend(KEY);
        arguments
    }

    fn response(&self, name: &str) -> CertificateResponse {
        CertificateResponse::from_bytes(&fs::read(self.folder.join(name)).unwrap()).unwrap()
    }

    fn entries(&self) -> usize {
        self.json(&[&["audit", "verify"], &HOME[..]].concat())["size"].as_u64().map_or(0, |size| size as usize)
    }
}

#[test]
fn officers_are_appointed_listed_and_dismissed() {
    let scene = Scene::new("officers");
    let listed = scene.json(&[&["officer", "list"], &HOME[..]].concat());
    assert_eq!(listed["schema"], "eseal.officers/1");
    let officers = listed["officers"].as_array().unwrap();
    assert_eq!(officers.len(), 2);
    assert_eq!((&officers[0]["duties"][0], &officers[0]["status"]), (&"recovery".into(), &"active".into()));
    let serial = officers[0]["serial"].as_str().unwrap().to_owned();
    let appointed =
        scene.json(&[&["officer", "appoint", &serial, "--duty", "unlock,registration"], &HOME[..]].concat());
    assert_eq!(appointed["duties"], serde_json::json!(["registration", "unlock"]));
    let with = scene.json(&[&["officer", "list", "--duty", "recovery"], &HOME[..]].concat());
    assert_eq!(with["officers"].as_array().unwrap().len(), 1);
    scene.done(&[&["officer", "dismiss", &serial], &HOME[..]].concat());
    scene.refused(&[&["officer", "dismiss", &serial], &HOME[..]].concat(), "authority-officer-dismissed");
    scene.refused(&[&["officer", "dismiss", "user.resp"], &HOME[..]].concat(), "authority-not-an-officer");
    let ca = ["officer", "appoint", "demo/trust/issuing.pem", "--duty", "unlock"];
    scene.refused(&[&ca[..], &HOME].concat(), "authority-officer-cannot-sign");
    let text = scene.done(&[&["officer", "list"], &HOME[..]].concat()).stdout;
    assert!(text.contains("dismissed") && text.contains("key recovery"), "{text}");
    let before = scene.json(&[&["officer", "list", "--at", "2020-01-01T00:00:00Z"], &HOME[..]].concat());
    assert_eq!(before["officers"], serde_json::json!([]));
}

#[test]
fn a_lost_token_is_replaced_and_its_encryption_key_comes_back_under_two_officers() {
    let scene = Scene::new("officers-recovery");
    let old = scene.response("user.resp");
    scene.replace();
    let revoked = scene.json(&[&["cert", "show", &old.signing()[0].serial().to_string()], &HOME[..]].concat());
    assert_eq!(revoked["record"]["status"], "revoked");
    let again = ["cert", "replace", "new.req", "--replaces", "user.resp", "-o", "again.resp", "--json"];
    let again: Value = serde_json::from_str(&scene.done(&[&again[..], &KEY].concat()).stdout).unwrap();
    assert_eq!(again["certificates"][0]["outcome"], "already");

    let order = scene.order("介质遗失，第 12 号", "order.pem");
    assert_eq!(
        (&order["outcome"], &order["of"]),
        (&"ordered".into(), &old.encryption()[0].serial().to_string().into())
    );
    let shown = scene.approve("one", "order.pem", "one.p7s").stderr;
    assert!(shown.contains("示例用户一") && shown.contains("介质遗失"), "the officer sees what it is: {shown}");
    scene.approve("two", "order.pem", "two.p7s");
    let ran = scene.done(&scene.recover("order.pem", &["one.p7s", "two.p7s"]));
    assert!(ran.stderr.contains("Recovered"), "{}", ran.stderr);
    scene.done(&[&["token", "install", "new.token", "old.resp"], &PIN[..]].concat());

    // What was encrypted to the lost token is read again.
    let encryption = &old.encryption()[0];
    let cipher = encryption.public_key().unwrap().encrypt(b"a letter").unwrap();
    let token = Token::open(TokenFile::new(scene.folder.join("new.token"))).unwrap();
    let session = token.log_in(&Pin::new(PIN_TEXT).unwrap(), None).unwrap();
    assert_eq!(session.decrypter(encryption).unwrap().decrypt(&cipher).unwrap().as_slice(), b"a letter");

    let log = scene.json(&[&["audit", "list", "--act", "key-recovered"], &HOME[..]].concat());
    assert_eq!(log["entries"].as_array().unwrap().len(), 1);
    assert_eq!(log["entries"][0]["subject"], format!("escrow:{}", encryption.serial()));
    scene.done(&[&["audit", "verify"], &HOME[..]].concat());
}

#[test]
fn a_recovery_is_refused_without_two_officers_who_may_and_for_another_order() {
    let scene = Scene::new("officers-refused");
    scene.replace();
    scene.order("介质遗失", "order.pem");
    scene.order("另一理由", "other.pem");
    for (officer, order, out) in
        [("one", "order.pem", "one.p7s"), ("two", "order.pem", "two.p7s"), ("two", "other.pem", "other.p7s")]
    {
        scene.approve(officer, order, out);
    }
    scene.approve("user", "order.pem", "user.p7s");
    let before = scene.entries();
    for (approvals, code) in [
        (&[][..], "authority-approvals-missing"),
        (&["one.p7s"], "authority-approvals-missing"),
        (&["one.p7s", "one.p7s"], "authority-approval-twice"),
        (&["one.p7s", "other.p7s"], "authority-approval-differs"),
        (&["one.p7s", "user.p7s"], "authority-not-an-officer"),
    ] {
        scene.refused(&scene.recover("order.pem", approvals), code);
    }
    scene.refused(&scene.recover("other.pem", &["one.p7s", "other.p7s"]), "authority-approval-differs");

    // An order edited by one letter is another order.
    let text = fs::read_to_string(scene.folder.join("order.pem")).unwrap();
    let order = eseal::authority::RecoveryOrder::from_bytes(text.as_bytes()).unwrap();
    let mut der = order.as_der().to_vec();
    let at = der.windows(3).position(|window| window == "介".as_bytes()).unwrap();
    der[at + 2] ^= 1;
    fs::write(scene.folder.join("edited.der"), der).unwrap();
    scene.refused(&scene.recover("edited.der", &["one.p7s", "two.p7s"]), "authority-approval-differs");
    let damaged = fs::read(scene.folder.join("two.p7s")).unwrap();
    fs::write(scene.folder.join("cut.p7s"), &damaged[..damaged.len() - 1]).unwrap();
    let cut = scene.run(&scene.recover("order.pem", &["one.p7s", "cut.p7s"]));
    assert_eq!(cut.code, Some(6), "{}", cut.stderr);
    assert!(cut.stderr.contains("authority-approval-malformed"), "{}", cut.stderr);

    scene.done(&[&["cert", "hold", "two.resp"], &HOME[..]].concat());
    scene.refused(&scene.recover("order.pem", &["one.p7s", "two.p7s"]), "authority-officer-not-in-force");
    scene.done(&[&["cert", "release", "two.resp"], &HOME[..]].concat());
    scene.done(&[&["officer", "dismiss", "two.resp"], &HOME[..]].concat());
    scene.refused(&scene.recover("order.pem", &["one.p7s", "two.p7s"]), "authority-officer-dismissed");
    scene.done(&[&["officer", "appoint", "two.resp", "--duty", "unlock"], &HOME[..]].concat());
    scene.refused(&scene.recover("order.pem", &["one.p7s", "two.p7s"]), "authority-officer-without-duty");
    assert!(!scene.folder.join("old.resp").exists());
    // Hold, release, dismissal, appointment: what was refused wrote nothing.
    assert!(scene.entries() >= before);
    let log = scene.json(&[&["audit", "list", "--act", "key-recovered"], &HOME[..]].concat());
    assert_eq!(log["entries"], serde_json::json!([]));
}

#[test]
fn a_replacement_is_for_the_same_holder_and_another_key() {
    let scene = Scene::new("officers-replace");
    scene.request("stranger", "CN=示例用户二,O=示例市数据局,C=CN");
    let replace = |request: &'static str| {
        [&["cert", "replace", request, "--replaces", "user.resp", "-o", "x.resp"][..], &KEY].concat()
    };
    let other = scene.run(&replace("stranger.req"));
    assert_eq!(other.code, Some(5), "{}", other.stderr);
    scene.refused(&replace("user.req"), "authority-key-unchanged");
    assert!(!scene.folder.join("x.resp").exists());
    let standing = scene.response("user.resp").signing()[0].serial().to_string();
    let record = scene.json(&[&["cert", "show", &standing], &HOME[..]].concat());
    assert_eq!(record["record"]["status"], "active", "nothing was revoked");
}

#[test]
fn an_application_is_approved_by_an_officer_with_that_duty() {
    let scene = Scene::new("officers-application");
    let one = ["officer", "appoint", "one.resp", "--duty", "registration"];
    scene.done(&[&one[..], &HOME].concat());
    let apply = ["cert", "apply", "--subject", "CN=示例用户三,O=示例市数据局,C=CN", "--profile", "person"];
    let reference = scene.done(&[&apply[..], &HOME].concat()).stdout.trim().to_owned();
    let approve = |token: &str, out: &str| {
        let arguments = ["officer", "approve", "--application", &reference, "--token", token, "-o", out];
        scene.done(&[&arguments[..], &PIN, &HOME].concat())
    };
    let shown = approve("one.token", "one.p7s").stderr;
    assert!(shown.contains("示例用户三"), "{shown}");
    approve("two.token", "two.p7s");
    let by = |approval: &'static str| ["cert", "approve", &reference, "--approval", approval].map(str::to_owned);
    let run = |approval| {
        let arguments = by(approval);
        scene.run(&[&arguments.iter().map(String::as_str).collect::<Vec<_>>()[..], &HOME].concat())
    };
    let refused = run("two.p7s");
    assert_eq!(refused.code, Some(5), "{}", refused.stderr);
    assert!(refused.stderr.contains("authority-officer-without-duty"), "{}", refused.stderr);
    let approved = run("one.p7s");
    assert_eq!(approved.code, Some(0), "{}", approved.stderr);
    assert_eq!(approved.stdout.trim().len(), 19, "the code: {}", approved.stdout);
}

#[test]
fn an_office_without_an_escrow_key_says_that_a_pair_is_not_archived() {
    let scene = Scene::new("officers-no-escrow");
    fs::remove_file(scene.folder.join("demo/office/keys/escrow.token")).unwrap();
    scene.request("late", "CN=示例用户二,O=示例市数据局,C=CN");
    let issue = |more: &[&str]| {
        scene.done(&[&["cert", "issue", "late.req", "--profile", "person"], more, &KEY[..]].concat()).stderr
    };
    assert!(!issue(&["-o", "alone.resp"]).contains("escrow"));
    assert!(issue(&["--pair", "-o", "pair.resp"]).contains("not archived"));
    assert!(issue(&["--pair", "--out-dir", "several"]).contains("not archived"));
}
