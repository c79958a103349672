use super::*;
use crate::cert::Certificate;
use crate::document::pdf::Pdf;
use crate::registry::MemoryRegistry;
use crate::registry::verify_registry;
use crate::seal::Seal;
use crate::time::Instant;
use crate::token::KdfCost;
use crate::token::MemoryMedium;
use crate::token::Pin;
use crate::token::Token;
use crate::verify::Outcome;

#[test]
fn a_small_office_is_whole() {
    let office = small_office();
    for which in Which::ALL {
        let seal = office.seal(*which);
        assert!(seal.check_signature().is_ok(), "{which:?}");
        assert!(seal.signers().lists(&office.holder(which.signer()).certificate), "{which:?}");
    }
    let [root, issuing] = office.revocation_lists();
    assert!(root.is_empty());
    assert!(issuing.find(office.holder(Who::Departed).certificate.serial()).is_some());
    assert_eq!(issuing.len(), 1);
}

#[test]
fn an_office_is_remembered_in_a_registry_that_holds() {
    let mut registry = MemoryRegistry::new();
    let settings = LabSettings::memory(Instant::from_unix(1_795_507_200));
    Office::in_registry(settings, &mut registry).unwrap();
    // Eleven certificates, seven seals, one revocation, two lists.
    assert_eq!(verify_registry(&registry).unwrap().unwrap().length, 21);
}

#[test]
fn every_document_is_judged_as_expected() {
    let office = small_office();
    let verifier = office.verifier();
    let files = office.documents().unwrap();
    assert!(files.iter().filter(|file| file.path.starts_with("broken/")).count() >= 12);
    let mut differences = Vec::new();
    for file in files {
        let Some(expected) = file.expected else { continue };
        let pdf = Pdf::parse(&file.bytes).unwrap();
        let report = verifier.verify(&pdf, office.now()).unwrap();
        let failed: Vec<_> = report
            .stamps()
            .iter()
            .flat_map(|stamp| stamp.findings())
            .filter(|finding| finding.outcome == Outcome::Fail)
            .map(|finding| finding.check.word())
            .collect();
        let verdict = report.verdict().word();
        let found = expected.finding.is_none_or(|finding| failed.contains(&finding));
        if verdict != expected.verdict || !found {
            let all: Vec<_> = report.stamps().iter().flat_map(|stamp| stamp.findings()).collect();
            differences.push(format!("{}: {verdict} {all:#?}", file.path));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn what_is_said_to_be_one_changed_byte_is_one_byte() {
    let files = small_office().documents().unwrap();
    let content = |name: &str| {
        let path = format!("broken/{name}.pdf");
        files.iter().find(|file| file.path == path).unwrap().bytes.clone()
    };
    // All copies come from one stamped document, which is whole in the one that only has something appended.
    let appended = content("page-content-appended");
    for name in ["content-byte-changed", "seal-picture-byte-changed", "signature-byte-changed"] {
        let broken = content(name);
        let differing = broken.iter().zip(&appended).filter(|(one, other)| one != other).count();
        assert_eq!(differing, 1, "{name}");
    }
}

#[test]
fn the_token_files_open_with_the_pins_given_out() {
    let now = Instant::from_unix(1_795_507_200);
    let settings = LabSettings { now, custody: Custody::Tokens(KdfCost::demo(10)) };
    let office = Office::new(settings).unwrap();
    let files = office.files().unwrap();
    let content = |path: &str| {
        let file = files.iter().find(|file| file.path == path).unwrap_or_else(|| panic!("{path}"));
        file.bytes.clone()
    };
    let pin = |path: &str| Pin::new(String::from_utf8(content(path)).unwrap().trim_end()).unwrap();
    for role in office.roles() {
        let token = Token::open(MemoryMedium::with_bytes(content(&role.token))).unwrap();
        let session = token.log_in(&pin(&role.pin_file), None).unwrap();
        let certificate = Certificate::from_bytes(&content(&role.certificate)).unwrap();
        assert!(session.owns(&certificate), "{role:?}");
        assert_eq!(session.certificates().unwrap(), std::slice::from_ref(&certificate));
        if let Some(seal) = role.seal {
            assert!(Seal::from_bytes(&content(&seal)).unwrap().signers().lists(&certificate), "{seal}");
        }
    }
    for name in ["root", "issuing", "maker", "tsa", "unlocker", "escrow"] {
        let medium = MemoryMedium::with_bytes(content(&format!("office/keys/{name}.token")));
        Token::open(medium).unwrap().log_in(&pin(office.office_pin_file()), None).unwrap();
    }
    for path in ["trust/root.pem", "trust/issuing.crl", "seals/revoked.esl", "tokens/PINS.txt", "seals/person.png"] {
        content(path);
    }
    let mut paths: Vec<_> = files.iter().map(|file| file.path.as_str()).collect();
    paths.sort_unstable();
    paths.dedup();
    assert_eq!(paths.len(), files.len(), "no path is given twice");
    assert!(files.iter().filter(|file| file.path.ends_with(".token")).all(|file| file.secret));
}

#[test]
fn an_office_without_tokens_has_no_token_files() {
    assert_eq!(small_office().files().unwrap_err().code(), "lab-failed");
}
