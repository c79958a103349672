//! Bouncy Castle and OpenSSL judge the chains, lists and requests of ours, and we judge theirs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use eseal::cert::{
    Certificate, CertificateDraft, CertificateRequest, Identity, IdentityKind, Issuer, PathValidator, Profile, Purpose,
    Reason, RevocationList, RevocationListDraft, Revoked, SerialNumber, Services, Trust,
};
use eseal::key::{SecretKey, Signer, SoftSigner};
use eseal::time::{Instant, Period};

use crate::support::java::{bouncy_castle, witness};
use crate::support::office::{FakeOffice, now};
use crate::support::{DISTID, both_streams, run, tool};
use crate::witness_certificate::link;

/// Bouncy Castle believes no revocation list at a time that lies ahead of its own clock.
fn past() -> Instant {
    Instant::utc(2024, 3, 1, 9, 0, 0).unwrap()
}

/// The lists of both CAs of an office; the issuing one revokes these.
fn lists(office: &FakeOffice, revoked: &[&Certificate]) -> [RevocationList; 2] {
    [(&office.root, &[][..]), (&office.issuing, revoked)].map(|(ca, revoked)| {
        let entries = revoked.iter().map(|one| Revoked::new(one.serial().clone(), past(), Reason::KeyCompromise));
        let draft = RevocationListDraft::new(past(), past().plus_days(30), 1, entries.collect());
        Issuer::new(ca.certificate.clone(), &ca.signer).unwrap().revocation_list(&draft).unwrap()
    })
}

/// A certificate of every profile that the issuing CA signs, good for a hundred days.
fn of_every_profile(office: &FakeOffice, services: &Services, identity: &Identity) -> Vec<(String, Certificate)> {
    let issuer = Issuer::new(office.issuing.certificate.clone(), &office.issuing.signer).unwrap();
    let key = SoftSigner::new(SecretKey::generate().unwrap());
    let profiles = Profile::standard().iter().filter(|profile| !profile.is_ca());
    let issued = profiles.map(|profile| {
        let draft = CertificateDraft {
            subject: office.clerk.certificate.subject(),
            key: key.public_key(),
            profile,
            serial: SerialNumber::random().unwrap(),
            validity: Period::days(office.clerk.certificate.validity().from().plus_days(30), 100),
            identity: if profile.has_identity() { identity } else { &Identity::default() },
            services,
        };
        (profile.name().to_owned(), issuer.issue_draft(&draft).unwrap())
    });
    issued.collect()
}

/// Everything that a CA can say about its services.
fn services() -> Services {
    Services::default()
        .with_crl("http://crl.example.cn/{issuer}/{shard}.crl", 4)
        .and_then(|services| services.with_ocsp("http://ocsp.example.cn/"))
        .and_then(|services| services.with_ca_issuers("http://ca.example.cn/{issuer}.cer"))
        .and_then(|services| services.with_policy("1.2.156.99999.1"))
        .unwrap()
}

fn identity() -> Identity {
    Identity::default().with(IdentityKind::OrganizationCode, "91350100M000100Y43").unwrap()
}

#[test]
fn openssl_verifies_a_certificate_of_every_profile_with_all_that_it_can_say() {
    let Some(openssl) = tool("openssl") else { return };
    let office = FakeOffice::new();
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, certificate: &Certificate| {
        fs::write(folder.path().join(name), certificate.to_pem()).unwrap();
    };
    write("issuing.pem", &office.issuing.certificate);
    write("root.pem", &office.root.certificate);
    for (profile, certificate) in of_every_profile(&office, &services(), &identity()) {
        write("leaf.pem", &certificate);
        let output = link(&openssl, folder.path(), "leaf.pem", "issuing.pem");
        assert!(output.status.success(), "{profile}: {}", both_streams(&output));
        let output = link(&openssl, folder.path(), "leaf.pem", "root.pem");
        assert!(!output.status.success(), "{profile}: the root did not sign it");
    }
}

#[test]
fn bouncy_castle_validates_a_chain_of_every_profile_and_refuses_the_revoked_and_the_foreign() {
    let Some(class_path) = bouncy_castle() else { return };
    let office = FakeOffice::at(past());
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let write = |name: &str, der: &[u8]| fs::write(folder.path().join(name), der).unwrap();
    write("root.der", office.root.certificate.as_der());
    write("issuing.der", office.issuing.certificate.as_der());

    let issued = of_every_profile(&office, &Services::default(), &Identity::default());
    let with_all = of_every_profile(&office, &services(), &identity());
    let revoked = &office.clerk.certificate;
    for (index, list) in lists(&office, &[revoked]).iter().enumerate() {
        write(&format!("{index}.crl"), list.as_der());
    }
    let lists = format!("{},{}", path("0.crl"), path("1.crl"));

    let later = past().plus_days(1).to_rfc3339();
    let too_late = past().plus_days(200).to_rfc3339();
    let mut arguments: Vec<String> = Vec::new();
    let mut ask = |time: &str, anchor: &str, lists: &str, leaf: &str, above: &[&str]| {
        let words = [time, &path(anchor), lists, &path(leaf)].map(str::to_owned);
        let separator = (!arguments.is_empty()).then(|| "--".to_owned());
        arguments.extend(separator.into_iter().chain(words).chain(above.iter().map(|name| path(name))));
    };
    for (profile, certificate) in &issued {
        let name = format!("{profile}.der");
        write(&name, certificate.as_der());
        ask(&later, "root.der", &lists, &name, &["issuing.der"]);
    }
    // Whose certificate names a list has to fetch it, which this witness may not.
    for (profile, certificate) in &with_all {
        let name = format!("{profile}-with-all.der");
        write(&name, certificate.as_der());
        ask(&later, "root.der", "none", &name, &["issuing.der"]);
    }
    write("foreign.der", office.maker.certificate.as_der());
    write("revoked.der", revoked.as_der());
    write("old.der", issued[0].1.as_der());
    ask(&later, "root.der", &lists, "revoked.der", &["issuing.der"]);
    ask(&later, "root.der", "none", "foreign.der", &[]);
    ask(&too_late, "root.der", "none", "old.der", &["issuing.der"]);
    let said = witness(&class_path, "Chains.java", "judge", &arguments);

    let line = |name: &str| {
        let start = format!("{} ", path(name));
        said.lines().find_map(|line| line.strip_prefix(&start)).unwrap_or_else(|| panic!("{name}\n{said}"))
    };
    for (profile, _) in &issued {
        assert_eq!(line(&format!("{profile}.der")), "good", "{said}");
        assert_eq!(line(&format!("{profile}-with-all.der")), "good", "{said}");
    }
    assert!(line("revoked.der").contains("keyCompromise"), "{said}");
    assert!(line("foreign.der").starts_with("BAD"), "the root did not sign the maker's: {said}");
    assert!(line("old.der").starts_with("BAD"), "{said}");
}

#[test]
fn bouncy_castle_verifies_a_request() {
    let Some(class_path) = bouncy_castle() else { return };
    let office = FakeOffice::new();
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, der: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, der).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let mut changed = office.request.as_der().to_vec();
    let at = changed.windows(5).position(|part| part == b"clerk").unwrap();
    changed[at] ^= 1;
    let files = [file("request.der", office.request.as_der()), file("changed.der", &changed)];
    let said = witness(&class_path, "Chains.java", "request", &files);
    assert!(said.contains("request.der good") && said.contains("changed.der BAD"), "{said}");
}

/// Judges what another program left in a folder: root.pem, ca.pem, leaf.pem, revoked.pem, root.crl, ca.crl.
fn judge_theirs(folder: &Path, at: Instant) {
    let read = |name: &str| fs::read(folder.join(name)).unwrap();
    let certificate = |name| Certificate::from_bytes(&read(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    let lists = ["root.crl", "ca.crl"].map(|name| RevocationList::from_bytes(&read(name)).unwrap());
    let validator = PathValidator::new(&Trust::from_certificates([certificate("root.pem")]))
        .intermediates(&[certificate("ca.pem")])
        .revocation(&lists);
    let judge = |name, at| validator.judge(&certificate(name), Purpose::Seal, at);
    let leaf = judge("leaf.pem", at);
    assert!(leaf.is_good() && leaf.path.len() == 3, "{leaf:?}");
    assert_eq!(judge("revoked.pem", at).revocation.code(), Some("revoked"));
    assert_eq!(judge("leaf.pem", at.plus_days(-100)).period.code(), Some("cert-not-yet-valid"));
    let stranger = PathValidator::new(&Trust::from_certificates([FakeOffice::at(at).root.certificate]));
    assert_eq!(stranger.judge(&certificate("leaf.pem"), Purpose::Seal, at).chain.code(), Some("chain-no-issuer"));
    CertificateRequest::from_bytes(&read("request.pem")).unwrap();
}

#[test]
fn we_judge_the_chain_the_lists_and_the_request_of_bouncy_castle() {
    let Some(class_path) = bouncy_castle() else { return };
    let folder = tempfile::tempdir().unwrap();
    let arguments = [folder.path().to_str().unwrap().to_owned(), now().to_rfc3339()];
    witness(&class_path, "Chains.java", "make", &arguments);
    judge_theirs(folder.path(), now());
}

/// OpenSSL as a CA in a folder.
struct OpenSsl {
    program: PathBuf,
    folder: tempfile::TempDir,
}

impl OpenSsl {
    fn run(&self, arguments: &str) {
        let mut command = Command::new(&self.program);
        command.current_dir(self.folder.path()).args(arguments.split(' ').map(|word| match word {
            "ID" => DISTID,
            word => word,
        }));
        run(&mut command);
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.folder.path().join(name), text).unwrap();
    }
}

const CONFIGURATION: &str = "\
[ca]
default_ca = office
[office]
database = index.txt
crlnumber = number
default_md = sm3
default_crl_days = 7
[leaf]
basicConstraints = critical,CA:false
keyUsage = critical,digitalSignature,nonRepudiation
[ca_above]
basicConstraints = critical,CA:true
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[req]
distinguished_name = name
[name]
";

#[test]
fn we_judge_the_chain_the_lists_and_the_request_of_openssl() {
    let Some(program) = tool("openssl") else { return };
    let openssl = OpenSsl { program, folder: tempfile::tempdir().unwrap() };
    openssl.write("openssl.cnf", CONFIGURATION);
    for name in ["root", "ca", "leaf", "revoked"] {
        openssl.run(&format!("genpkey -algorithm SM2 -out {name}.key"));
        openssl.run(&format!(
            "req -new -config openssl.cnf -sm3 -sigopt ID -key {name}.key -subj /C=CN/O=Fake/CN={name} -out {name}.req"
        ));
    }
    openssl.run(
        "req -x509 -config openssl.cnf -extensions ca_above -sm3 -sigopt ID -key root.key -subj /C=CN/O=Fake/CN=root \
         -days 300 -out root.pem",
    );
    for (name, issuer, part) in [("ca", "root", "ca_above"), ("leaf", "ca", "leaf"), ("revoked", "ca", "leaf")] {
        openssl.run(&format!(
            "x509 -req -in {name}.req -vfyopt ID -sigopt ID -sm3 -CA {issuer}.pem -CAkey {issuer}.key -CAcreateserial \
             -extfile openssl.cnf -extensions {part} -days 200 -out {name}.pem"
        ));
    }
    for issuer in ["root", "ca"] {
        openssl.write("index.txt", "");
        openssl.write("number", "01");
        let sign = format!("ca -config openssl.cnf -sigopt ID -cert {issuer}.pem -keyfile {issuer}.key");
        if issuer == "ca" {
            openssl.run(&format!("{sign} -revoke revoked.pem -crl_reason keyCompromise"));
        }
        openssl.run(&format!("{sign} -gencrl -out {issuer}.crl"));
    }
    fs::rename(openssl.folder.path().join("leaf.req"), openssl.folder.path().join("request.pem")).unwrap();
    // OpenSSL writes its own time into what it makes.
    let made = fs::read(openssl.folder.path().join("ca.crl")).unwrap();
    judge_theirs(openssl.folder.path(), RevocationList::from_bytes(&made).unwrap().this_update());
}
