//! Bouncy Castle verifies and opens our messages, and we verify and open its; OpenSSL reads what we write as far as it goes.

use std::fs;
use std::path::Path;
use std::process::Command;

use eseal::cert::{Certificate, Issuer, Name, Profile, SerialNumber};
use eseal::cms::{
    CmsDeviation, CmsOutcome, Content, Dialect, EnvelopedMessage, MessageDraft, MessageKind, SignedMessage,
};
use eseal::key::{SecretKey, secret_key_from_bytes, secret_key_to_pkcs8};

use crate::support::java::{bouncy_castle, witness};
use crate::support::office::{FakeOffice, now};
use crate::support::{run, tool};

const TEXT: &[u8] = "witnessed 见证".as_bytes();
const FAMILIES: [(&str, Dialect); 2] = [("gm", Dialect::Gbt35275), ("rfc", Dialect::Rfc5652)];

fn write(folder: &Path, name: &str, bytes: &[u8]) -> String {
    let path = folder.join(name);
    fs::write(&path, bytes).unwrap();
    path.to_str().unwrap().to_owned()
}

/// Every form of a signed message: its name, and whether the content is elsewhere.
fn signed(office: &FakeOffice) -> Vec<(String, bool, SignedMessage)> {
    let mut messages = Vec::new();
    for (family, dialect) in FAMILIES {
        let draft = || MessageDraft::new(&office.clerk.certificate).unwrap().dialect(dialect);
        for (form, draft) in [("attributes", draft().signing_time(now())), ("bare", draft().without_attributes())] {
            let attached = draft.clone().attached(TEXT).unwrap().sign(&office.clerk.signer).unwrap();
            messages.push((format!("{family}-{form}-attached.p7s"), false, attached));
            let mut content = draft.detached();
            content.update(TEXT);
            let detached = content.finish().sign(&office.clerk.signer).unwrap();
            messages.push((format!("{family}-{form}-detached.p7s"), true, detached));
        }
    }
    messages
}

#[test]
fn bouncy_castle_verifies_our_signed_messages_and_refuses_another_content() {
    let Some(class_path) = bouncy_castle() else { return };
    let office = FakeOffice::new();
    let folder = tempfile::tempdir().unwrap();
    let content = write(folder.path(), "content", TEXT);
    let other = write(folder.path(), "other", b"something else");
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    for (name, detached, message) in signed(&office) {
        let file = write(folder.path(), &name, message.as_der());
        if detached {
            good.extend([file.clone(), content.clone()]);
            bad.extend([file, other.clone()]);
        } else {
            good.extend([file, "-".to_owned()]);
        }
    }
    let said = witness(&class_path, "Messages.java", "verify", &good);
    assert_eq!(said.lines().count(), 8, "{said}");
    assert!(said.lines().all(|line| line.ends_with(" good")), "{said}");
    let said = witness(&class_path, "Messages.java", "verify", &bad);
    assert_eq!(said.lines().filter(|line| line.contains(" BAD ")).count(), 4, "{said}");
}

#[test]
fn bouncy_castle_opens_our_enveloped_messages_with_the_recipients_key_alone() {
    let Some(class_path) = bouncy_castle() else { return };
    let office = FakeOffice::new();
    let folder = tempfile::tempdir().unwrap();
    let issuer = Issuer::new(office.issuing.certificate.clone(), &office.issuing.signer).unwrap();
    let recipient = |key: &SecretKey| {
        let name = Name::parse("CN=fake reader,C=CN").unwrap();
        let period = office.clerk.certificate.validity();
        let serial = SerialNumber::random().unwrap();
        issuer.issue_for(&name, key.public_key(), &Profile::encryption(), serial, period).unwrap()
    };
    let (first, second, stranger) =
        (SecretKey::generate().unwrap(), SecretKey::generate().unwrap(), SecretKey::generate().unwrap());
    let recipients = [recipient(&first), recipient(&second)];
    let files = FAMILIES.map(|(family, dialect)| {
        let message = EnvelopedMessage::seal(TEXT, &recipients, dialect).unwrap();
        write(folder.path(), &format!("{family}.p7m"), message.as_der())
    });
    for (key, opens) in [(&first, true), (&second, true), (&stranger, false)] {
        let key = write(folder.path(), "key.der", &secret_key_to_pkcs8(key));
        let arguments: Vec<_> = std::iter::once(key).chain(files.iter().cloned()).collect();
        let said = witness(&class_path, "Messages.java", "open", &arguments);
        let opened = said.lines().filter(|line| line.ends_with("good witnessed 见证")).count();
        assert_eq!(opened, if opens { 2 } else { 0 }, "{said}");
    }
}

#[test]
fn we_verify_and_open_what_bouncy_castle_makes() {
    let Some(class_path) = bouncy_castle() else { return };
    let folder = tempfile::tempdir().unwrap();
    witness(&class_path, "Messages.java", "make", &[folder.path().to_str().unwrap().to_owned(), now().to_rfc3339()]);
    let read = |name: &str| fs::read(folder.path().join(name)).unwrap();
    let certificate = Certificate::from_der(&read("certificate.der")).unwrap();
    let (key, _) = secret_key_from_bytes(&read("key.der")).unwrap();
    let content = read("content");
    for (name, detached, dialect, deviations) in [
        ("rfc-attached.p7s", false, Dialect::Rfc5652, &[][..]),
        ("rfc-attached-ber.p7s", false, Dialect::Rfc5652, &[CmsDeviation::WithoutLengths]),
        ("rfc-detached.p7s", true, Dialect::Rfc5652, &[]),
        ("gm-attached.p7s", false, Dialect::Gbt35275, &[]),
        ("gm-attributes-ber.p7s", false, Dialect::Gbt35275, &[CmsDeviation::WithoutLengths]),
    ] {
        let message = SignedMessage::from_bytes(&read(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!((message.dialect(), message.deviations()), (dialect, deviations), "{name}");
        assert_eq!(message.content().is_none(), detached, "{name}");
        let pieces = [content.as_slice()];
        let asked = if detached { Content::Detached(&pieces) } else { Content::Attached };
        let checks = message.verify(asked, &[]);
        assert_eq!((checks.len(), &checks[0].outcome), (1, &CmsOutcome::Valid), "{name}");
        assert_eq!(checks[0].signer.as_ref(), Some(&certificate), "{name}");
        let other = message.verify(Content::Detached(&[b"other"]), &[]);
        assert_ne!(other[0].outcome, CmsOutcome::Valid, "{name}");
    }
    for (name, dialect, deviations) in [
        ("gm-enveloped.p7m", Dialect::Gbt35275, &[][..]),
        ("gm-enveloped-ber.p7m", Dialect::Gbt35275, &[CmsDeviation::WithoutLengths]),
        ("rfc-enveloped.p7m", Dialect::Rfc5652, &[]),
        ("rfc-enveloped-ber.p7m", Dialect::Rfc5652, &[CmsDeviation::WithoutLengths]),
    ] {
        let message = EnvelopedMessage::from_bytes(&read(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!((message.dialect(), message.deviations()), (dialect, deviations), "{name}");
        assert_eq!(*message.open(&key, Some(&certificate)).unwrap(), content, "{name}");
        assert!(message.open(&SecretKey::generate().unwrap(), None).is_err(), "{name}");
    }
}

#[test]
fn openssl_reads_the_structure_and_the_content_of_our_messages() {
    let Some(openssl) = tool("openssl") else { return };
    let office = FakeOffice::new();
    let folder = tempfile::tempdir().unwrap();
    // OpenSSL 3.0 cannot be told the signer's identity in `cms`, and knows the identifiers of RFC 5652 alone.
    let messages = signed(&office).into_iter().filter(|(name, ..)| name.starts_with("rfc"));
    for (name, detached, message) in messages {
        let file = write(folder.path(), &name, message.as_der());
        let mut show = Command::new(&openssl);
        show.args(["cms", "-cmsout", "-print", "-noout", "-inform", "DER", "-in", &file]);
        let text = String::from_utf8_lossy(&run(&mut show).stdout).into_owned();
        for expected in ["pkcs7-signedData", "algorithm: sm3", "SM2-with-SM3", "issuer: "] {
            assert!(text.contains(expected), "{name}: {expected} is missing in\n{text}");
        }
        if !detached {
            let mut verify = Command::new(&openssl);
            verify.args(["cms", "-verify", "-noverify", "-nosigs", "-no_attr_verify", "-no_content_verify"]);
            verify.args(["-binary", "-inform", "DER", "-in", &file]);
            assert_eq!(run(&mut verify).stdout, TEXT, "{name}");
        }
    }
}

#[test]
fn openssl_bundles_of_certificates_are_read() {
    let Some(openssl) = tool("openssl") else { return };
    let office = FakeOffice::new();
    let folder = tempfile::tempdir().unwrap();
    let mut bundle = Command::new(openssl);
    bundle.args(["crl2pkcs7", "-nocrl"]);
    for (name, holder) in [("root.pem", &office.root), ("issuing.pem", &office.issuing)] {
        bundle.args(["-certfile", &write(folder.path(), name, holder.certificate.to_pem().as_bytes())]);
    }
    let bundle = run(&mut bundle).stdout;
    assert_eq!(MessageKind::of(&bundle), Some((Dialect::Rfc5652, MessageKind::Signed)));
    let message = SignedMessage::from_bytes(&bundle).unwrap();
    assert_eq!((message.certificates().len(), message.signers().len(), message.unread_certificates()), (2, 0, 0));
    assert!(message.certificates().contains(&office.root.certificate));
}
