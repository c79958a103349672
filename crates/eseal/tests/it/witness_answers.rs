//! OCSP and time stamps: OpenSSL asks and reads our answers, Bouncy Castle judges ours, and we judge its.

use std::fs;
use std::path::Path;
use std::process::Command;

use eseal::cert::ocsp::{
    CertId, CertIdHash, OcspRequest, OcspResponder, OcspResponse, OcspState, OcspStatus, ResponderName, StatusSource,
};
use eseal::cert::{CertError, Certificate, Issuer, Name, PathValidator, Profile, Purpose, Reason, SerialNumber, Trust};
use eseal::key::{SecretKey, Signer, SoftSigner};
use eseal::timestamp::{
    ImprintHash, Rejection, TimestampAuthority, TimestampFault, TimestampRequest, TimestampResponse,
};

use crate::support::java::{bouncy_castle, witness};
use crate::support::office::{FakeOffice, Holder, now};
use crate::support::{run, tool};

/// The clerk is revoked, the maker good, everybody else unknown.
struct Known<'o>(&'o FakeOffice);

impl StatusSource for Known<'_> {
    type Error = CertError;

    fn state(&self, _: &Certificate, serial: &SerialNumber) -> Result<OcspState, CertError> {
        let at = now().plus_days(-3);
        Ok(match serial {
            serial if serial == self.0.maker.certificate.serial() => OcspState::Good,
            serial if serial == self.0.clerk.certificate.serial() => {
                let invalidity = Some(at.plus_days(-1));
                OcspState::Revoked { at, reason: Some(Reason::KeyCompromise), invalidity }
            }
            _ => OcspState::Unknown,
        })
    }
}

/// A holder of this profile beneath the issuing authority.
fn served(office: &FakeOffice, profile: &Profile) -> Holder {
    let signer = SoftSigner::new(SecretKey::generate().unwrap());
    let issuer = Issuer::new(office.issuing.certificate.clone(), &office.issuing.signer).unwrap();
    let name = Name::parse("CN=fake service,O=示例市数据局,C=CN").unwrap();
    let period = office.clerk.certificate.validity();
    let serial = SerialNumber::random().unwrap();
    let certificate = issuer.issue_for(&name, signer.public_key(), profile, serial, period).unwrap();
    Holder { certificate, signer }
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> String {
    let path = folder.join(name);
    fs::write(&path, bytes).unwrap();
    path.to_str().unwrap().to_owned()
}

/// What a witness said about a file.
fn about<'s>(said: &'s str, file: &str) -> &'s str {
    let start = format!("{file} ");
    said.lines().find_map(|line| line.strip_prefix(&start)).unwrap_or_else(|| panic!("{file}\n{said}"))
}

#[test]
fn bouncy_castle_judges_our_ocsp_responses() {
    let Some(class_path) = bouncy_castle() else { return };
    let office = FakeOffice::new();
    let folder = tempfile::tempdir().unwrap();
    let issuing = &office.issuing.certificate;
    let issuer = Issuer::new(issuing.clone(), &office.issuing.signer).unwrap();
    let holder = served(&office, &Profile::ocsp());
    let issuer_file = write(folder.path(), "issuer.der", issuing.as_der());
    let root_file = write(folder.path(), "root.der", office.root.certificate.as_der());
    let nobody = SerialNumber::from_bytes(&[9]).unwrap();
    let asked = [office.maker.certificate.serial(), office.clerk.certificate.serial(), &nobody];
    let mut arguments = Vec::new();
    let mut files = Vec::new();
    for hash in CertIdHash::ALL {
        let ids: Vec<_> = asked.iter().map(|serial| CertId::of(issuing, serial, *hash).unwrap()).collect();
        let nonce = OcspRequest::fresh_nonce().unwrap();
        let request = OcspRequest::new(&ids, Some(&nonce)).unwrap();
        let request_file = write(folder.path(), &format!("{}.request", hash.word()), request.as_der());
        for (delegated, name) in
            [(false, ResponderName::Name), (true, ResponderName::Name), (true, ResponderName::KeySha1)]
        {
            let responder = match delegated {
                false => OcspResponder::new(&issuer).unwrap(),
                true => OcspResponder::delegated(issuing.clone(), holder.certificate.clone(), &holder.signer).unwrap(),
            };
            let answer = responder
                .named(name)
                .respond(request.as_der(), &Known(&office), now(), Some(now().plus_days(1)))
                .unwrap();
            let file = write(folder.path(), &format!("{}-{delegated}-{name:?}.response", hash.word()), &answer);
            arguments.extend([issuer_file.clone(), request_file.clone(), file.clone()]);
            files.push(file);
        }
        let mut changed = fs::read(files.last().unwrap()).unwrap();
        let at = changed.windows(16).position(|part| part == &asked[1].as_bytes()[..16]).unwrap();
        changed[at] ^= 1;
        let file = write(folder.path(), &format!("{}.changed", hash.word()), &changed);
        arguments.extend([issuer_file.clone(), request_file.clone(), file]);
    }
    // By an issuer that it is not about.
    let foreign = write(folder.path(), "foreign", &fs::read(&files[0]).unwrap());
    arguments.extend([root_file, arguments[1].clone(), foreign]);
    let said = witness(&class_path, "Answers.java", "ocsp", &arguments);
    for file in &files {
        assert_eq!(about(&said, file), "good good revoked:1 unknown", "{said}");
    }
    assert_eq!(said.lines().filter(|line| line.contains(".changed BAD signature")).count(), 3, "{said}");
    assert!(said.contains("foreign BAD"), "{said}");
}

#[test]
fn bouncy_castle_validates_our_time_stamps_and_understands_our_refusals() {
    let Some(class_path) = bouncy_castle() else { return };
    let office = FakeOffice::new();
    let folder = tempfile::tempdir().unwrap();
    let holder = served(&office, &Profile::tsa());
    let certificate = write(folder.path(), "tsa.der", holder.certificate.as_der());
    let other = write(folder.path(), "other.der", served(&office, &Profile::tsa()).certificate.as_der());
    let authority = TimestampAuthority::new(holder.certificate.clone(), &holder.signer, "1.2.3.4.1")
        .unwrap()
        .chain(std::slice::from_ref(&office.issuing.certificate));
    let imprint = ImprintHash::Sm3.imprint(b"witnessed");
    let nonce = TimestampRequest::fresh_nonce().unwrap();
    let usual = TimestampRequest::new(&imprint, Some(&nonce)).unwrap();
    let bare = TimestampRequest::new(&imprint, None).unwrap().without_certificates().unwrap();
    let policy = usual.under_policy("1.2.3.4.2").unwrap();
    let sha256 = TimestampRequest::new(&ImprintHash::Sha256.imprint(b"witnessed"), None).unwrap();
    let mut arguments = Vec::new();
    for (name, request) in [("usual", &usual), ("bare", &bare), ("policy", &policy), ("sha256", &sha256)] {
        let response = authority.respond(request.as_der(), 0x8000, now()).unwrap();
        arguments.push(write(folder.path(), &format!("{name}.request"), request.as_der()));
        arguments.push(write(folder.path(), name, response.as_der()));
        arguments.push(certificate.clone());
    }
    let stamp = arguments[1].clone();
    let mut changed = fs::read(&stamp).unwrap();
    let at = changed.windows(32).position(|part| part == imprint.hash()).unwrap();
    changed[at] ^= 1;
    let changed = write(folder.path(), "changed", &changed);
    arguments.extend([arguments[0].clone(), changed.clone(), certificate]);
    let said = witness(&class_path, "Answers.java", "timestamp", &arguments);
    let good = format!("good {} 32768", now());
    assert_eq!(about(&said, &stamp), good, "{said}");
    assert_eq!(about(&said, &arguments[4]), good, "{said}");
    assert!(about(&said, &arguments[7]).starts_with("refused "), "{said}");
    assert!(about(&said, &arguments[10]).starts_with("refused "), "{said}");
    assert!(about(&said, &changed).starts_with("BAD "), "{said}");
    let said = witness(&class_path, "Answers.java", "timestamp", &[arguments[0].clone(), stamp.clone(), other]);
    assert!(about(&said, &stamp).starts_with("BAD "), "{said}");
}

#[test]
fn we_judge_the_ocsp_responses_and_time_stamps_of_bouncy_castle() {
    let Some(class_path) = bouncy_castle() else { return };
    let folder = tempfile::tempdir().unwrap();
    let arguments = [folder.path().to_str().unwrap().to_owned(), now().to_rfc3339()];
    witness(&class_path, "Answers.java", "make", &arguments);
    let read = |name: &str| fs::read(folder.path().join(name)).unwrap();
    let certificate = |name: &str| Certificate::from_der(&read(name)).unwrap();
    let (root, responder, tsa) = (certificate("root.der"), certificate("responder.der"), certificate("tsa.der"));
    let lost = SerialNumber::from_bytes(&[9]).unwrap();

    let request = OcspRequest::from_der(&read("ocsp-request.der")).unwrap();
    let hashes: Vec<_> = request.ids().iter().map(CertId::hash).collect();
    assert_eq!(hashes, [Some(CertIdHash::Sm3), Some(CertIdHash::Sha1)]);
    for name in ["ocsp-by-name.der", "ocsp-by-key.der"] {
        let response = OcspResponse::from_der(&read(name)).unwrap();
        response.check_answers(&request).unwrap();
        assert_eq!(response.check_signature_by(&root).unwrap(), responder, "{name}");
        assert_eq!(response.answer_for(&root, tsa.serial()).unwrap().state, OcspState::Good);
        let state = response.answer_for(&root, &lost).unwrap().state;
        assert!(matches!(state, OcspState::Revoked { reason: Some(Reason::KeyCompromise), .. }), "{state:?}");
        let stranger = &FakeOffice::new().root.certificate;
        assert!(response.check_signature_by(stranger).is_err());
    }
    let direct = OcspResponse::from_der(&read("ocsp-direct.der")).unwrap();
    assert_eq!(direct.check_signature_by(&root).unwrap(), root);
    let refused = OcspResponse::from_der(&read("ocsp-refused.der")).unwrap();
    assert_eq!(refused.status(), OcspStatus::TryLater);

    // Their answer is what the path to their authority is judged by.
    let validator = PathValidator::new(&Trust::from_certificates([root])).ocsp(&[direct]);
    assert!(validator.judge(&tsa, Purpose::Timestamp, now()).is_good());
    let imprint = ImprintHash::Sm3.imprint(b"witnessed");
    let request = TimestampRequest::from_der(&read("timestamp-request.der")).unwrap();
    assert_eq!(request.imprint(), &imprint);
    // The second names its certificate by SHA-256, which goes without saying.
    for name in ["timestamp-sm3.der", "timestamp-sha256.der"] {
        let response = TimestampResponse::from_der(&read(name)).unwrap();
        let token = response.token_for(&request).unwrap();
        let judged = token.judge(&imprint, &validator, &[], now());
        assert!(judged.is_good(), "{name}: {judged:?}");
        assert_eq!((judged.signer.as_ref(), token.at(), token.accuracy()), (Some(&tsa), now(), Some(2)));
        let other = ImprintHash::Sm3.imprint(b"something else");
        let fault = token.judge(&other, &validator, &[], now()).fault;
        assert_eq!(fault, Some(TimestampFault::OtherImprint));
    }
    let refused = TimestampResponse::from_der(&read("timestamp-refused.der")).unwrap();
    assert_eq!(refused.rejection(), Some(Rejection::BadAlgorithm));
}

#[test]
fn openssl_asks_us_and_reads_what_we_answer() {
    let Some(openssl) = tool("openssl") else { return };
    let office = FakeOffice::new();
    let folder = tempfile::tempdir().unwrap();
    let issuing = &office.issuing.certificate;
    write(folder.path(), "issuer.pem", issuing.to_pem().as_bytes());
    for (name, holder) in [("maker", &office.maker), ("clerk", &office.clerk)] {
        write(folder.path(), &format!("{name}.pem"), holder.certificate.to_pem().as_bytes());
    }
    let command = |arguments: &str| {
        let mut command = Command::new(&openssl);
        command.current_dir(folder.path()).args(arguments.split(' '));
        String::from_utf8(run(&mut command).stdout).unwrap()
    };
    let issuer = Issuer::new(issuing.clone(), &office.issuing.signer).unwrap();
    for hash in CertIdHash::ALL {
        let word = hash.word();
        command(&format!(
            "ocsp -{word} -issuer issuer.pem -cert maker.pem -{word} -cert clerk.pem -reqout {word}.request"
        ));
        let request = OcspRequest::from_der(&fs::read(folder.path().join(format!("{word}.request"))).unwrap()).unwrap();
        assert!(request.ids().iter().all(|id| id.hash() == Some(*hash) && id.is_of(issuing)), "{word}");
        assert!(request.nonce().is_some());
        let answer = OcspResponder::new(&issuer)
            .unwrap()
            .respond(request.as_der(), &Known(&office), now(), Some(now().plus_days(1)))
            .unwrap();
        write(folder.path(), &format!("{word}.response"), &answer);
        let text = command(&format!("ocsp -respin {word}.response -resp_text -noverify"));
        for wanted in ["OCSP Response Status: successful", "Cert Status: good", "Cert Status: revoked", "keyCompromise"]
        {
            assert!(text.contains(wanted), "{wanted} is missing in\n{text}");
        }
    }

    write(folder.path(), "data", b"witnessed");
    command("ts -query -data data -sm3 -cert -out query");
    let request = TimestampRequest::from_der(&fs::read(folder.path().join("query")).unwrap()).unwrap();
    assert_eq!(request.imprint(), &ImprintHash::Sm3.imprint(b"witnessed"));
    let holder = served(&office, &Profile::tsa());
    let authority = TimestampAuthority::new(holder.certificate, &holder.signer, "1.2.3.4.1").unwrap();
    let response = authority.respond(request.as_der(), 77, now()).unwrap();
    write(folder.path(), "reply", response.as_der());
    let text = command("ts -reply -in reply -text");
    for wanted in ["Status: Granted", "Hash Algorithm: sm3", "Policy OID: tsa_policy1", "Serial number: 0x4D"] {
        assert!(text.contains(wanted), "{wanted} is missing in\n{text}");
    }
    let refused = authority.respond(b"no request", 78, now()).unwrap();
    write(folder.path(), "refused", refused.as_der());
    assert!(command("ts -reply -in refused -text").contains("the data submitted has the wrong format"));
}
