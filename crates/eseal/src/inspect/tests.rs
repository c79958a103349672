//! Every sample file is listed as what it is, no secret is shown, and nothing hostile does harm.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use super::*;
use crate::Lang;
use crate::auth::Audience;
use crate::auth::Challenge;
use crate::auth::respond;
use crate::cert::Issuer;
use crate::cert::Name;
use crate::cert::Profile;
use crate::cert::SerialNumber;
use crate::cms::RekeyRequest;
use crate::key::Signer;
use crate::key::SoftSigner;
use crate::key::secret_key_from_bytes;
use crate::sm::SecretKey;
use crate::test_support::shared;
use crate::time::Instant;
use crate::time::Period;
use crate::token::KdfCost;
use crate::token::KeyUse;
use crate::token::MemoryMedium;
use crate::token::NewToken;
use crate::token::Pin;
use crate::token::Token;
use crate::token::UnlockGrant;

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.sort();
    found.into_iter().flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

fn sample(name: &str) -> Option<Node> {
    Some(inspect(&fs::read(shared()?.join("samples").join(name)).unwrap()).unwrap())
}

/// Every text of a listing, one line each.
fn lines(node: &Node) -> Vec<String> {
    let own = format!("{} {}", node.key.word(), node.value.to_text(Lang::En));
    std::iter::once(own).chain(node.children.iter().flat_map(lines)).collect()
}

fn find<'n>(node: &'n Node, path: &[Key]) -> &'n Node {
    path.iter()
        .fold(node, |node, key| node.child(*key).unwrap_or_else(|| panic!("no {} in {}", key.word(), node.key.word())))
}

fn text(node: &Node, path: &[Key]) -> String {
    find(node, path).value.to_text(Lang::En)
}

#[test]
fn every_sample_is_listed_as_what_it_is() {
    let Some(shared) = shared() else { return };
    let samples = shared.join("samples");
    for path in files(&samples) {
        let bytes = fs::read(&path).unwrap();
        let name = path.strip_prefix(&samples).unwrap().to_str().unwrap().to_owned();
        let (folder, _) = name.rsplit_once('/').unwrap_or(("", &name));
        let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
        let expected: &[&str] = match (folder, ending) {
            (_, "md" | "json" | "xml" | "txt" | "bin") => &["inspect-unknown"],
            (_, "ofd") => &["zip"],
            (_, "png") => &["picture"],
            (_, "p12") => &["pkcs12"],
            (_, "key") => &["secret-key"],
            (_, "pdf") => &["pdf", "pdf-xref-broken", "pdf-startxref-broken", "pdf-leading-bytes"],
            ("seals", _) => &["seal"],
            ("signed-values", _) => &["seal-signature"],
            ("pdf" | "vectors/certs", _) => &["certificate"],
            ("vectors/crl", _) => &["revocation-list"],
            ("vectors/csr", _) => &["request"],
            ("vectors/cms", _) => &["signed-message", "message", "certificate", "secret-key"],
            ("vectors/pki", _) => &["certificate", "revocation-list"],
            ("keys", _) => &["certificate", "secret-key"],
            ("vectors/keys", _) if name.contains("spki") => &["public-key-file"],
            ("vectors/keys", _) if name.contains("cfca") => &["der"],
            ("vectors/keys", _) => &["secret-key"],
            ("vectors/enveloped-key", _) => &["der", "certificate", "certificate-response", "secret-key", "message"],
            ("vectors/tsp", _) => &["der", "timestamp-response"],
            ("vectors/ocsp", _) => &["der"],
            _ => panic!("{name}: say what it is"),
        };
        let found = inspect(&bytes).map_or_else(|error| error.code(), |node| node.key.word());
        assert!(expected.contains(&found), "{name}: {found}");
    }
}

#[test]
fn no_listing_shows_a_private_key() {
    let Some(shared) = shared() else { return };
    let mut seen = 0;
    for path in files(&shared.join("samples")) {
        let bytes = fs::read(&path).unwrap();
        let Ok((key, _)) = secret_key_from_bytes(&bytes) else { continue };
        let Ok(node) = inspect(&bytes) else { panic!("{} is a key", path.display()) };
        let secret = node::hex(key.expose().as_ref());
        assert!(!lines(&node).iter().any(|line| line.contains(&secret[8..24])), "{}", path.display());
        seen += 1;
    }
    assert!(seen > 10);
}

#[test]
fn a_seal_is_listed_with_its_parts() {
    let Some(seal) = sample("seals/UserV4.esl") else { return };
    assert_eq!(text(&seal, &[Key::Standard]), "GB/T 38540-2020");
    assert_eq!(text(&seal, &[Key::Created]), "2020-04-22T02:09:00Z");
    assert_eq!(text(&seal, &[Key::Picture, Key::SizeMm]), "40 40");
    assert_eq!(text(&seal, &[Key::Picture, Key::Format]), "PNG");
    assert!(text(&seal, &[Key::Maker, Key::Subject]).contains("CN="));
    assert_eq!(find(&seal, &[Key::Signers]).children.len(), 1);

    let odd = sample("seals/real-gomain-chongqing-test.esl").unwrap();
    assert!(lines(find(&odd, &[Key::Deviations])).len() > 1, "an explicit default is told");
}

#[test]
fn a_seal_signature_is_listed_with_the_seal_inside() {
    let Some(signature) = sample("signed-values/SignedValueV4.dat") else { return };
    assert_eq!(text(&signature, &[Key::ClaimedTime]), "2020-10-12T11:14:03Z");
    assert_eq!(text(&signature, &[Key::DataHash]), "0".repeat(64));
    assert_eq!(find(&signature, &[Key::Seal, Key::Kind]).key, Key::Kind);
}

#[test]
fn an_enveloped_message_is_listed_with_its_recipients_and_deviations() {
    let Some(message) = sample("vectors/cms/cfca-enveloped-skid.p7.pem") else { return };
    assert_eq!(text(&message, &[Key::Kind]), "enveloped data");
    assert_eq!(text(&message, &[Key::Cipher]), "1.2.156.10197.1.104 (SM4)");
    let recipient = find(&message, &[Key::Recipients, Key::Recipient]);
    assert_eq!(text(recipient, &[Key::Algorithm]), "1.2.156.10197.1.301.3 (SM2_ENCRYPT)");
    assert_eq!(text(recipient, &[Key::KeyId]).len(), 40);
    assert_eq!(find(&message, &[Key::Deviations]).children.len(), 2);

    let both = sample("vectors/enveloped-key/gmcert-enc-key.p7.pem").unwrap();
    assert_eq!(text(&both, &[Key::Kind]), "signed and enveloped data");
    assert_eq!(find(&both, &[Key::MessageSigner]).key, Key::MessageSigner);
    assert_eq!(find(&both, &[Key::Certificates]).children.len(), 1);
    let encrypted = sample("vectors/cms/gbt35275-encrypteddata.der").unwrap();
    assert_eq!(text(&encrypted, &[Key::EncryptedSize]), "32");
}

#[test]
fn a_signed_pdf_is_listed_with_its_signatures() {
    let Some(pdf) = sample("pdf/pyhanko-rsa-signed-twice.pdf") else { return };
    let signatures = find(&pdf, &[Key::Signatures]);
    assert_eq!(signatures.children.len(), 2);
    let first = &signatures.children[0];
    assert!(text(first, &[Key::ByteRange]).starts_with("[0 "));
    assert_eq!(find(first, &[Key::Contents, Key::SignedMessage, Key::MessageSigner]).key, Key::MessageSigner);
    assert!(pdf.child(Key::Revisions).unwrap().children.len() >= 2);
    assert!(pdf.child(Key::Pages).is_some());
}

#[test]
fn an_encrypted_pdf_is_listed_as_far_as_it_goes() {
    let Some(pdf) = sample("pdf/enc-r6-aes256-user-unicode.pdf") else { return };
    assert_eq!(text(&pdf, &[Key::Encrypted]), "with a password");
    assert!(!find(&pdf, &[Key::Revisions]).children.is_empty());
}

#[test]
fn a_request_names_the_application_that_it_is_bound_to() {
    let request = inspect(include_bytes!("../../../../testdata/requests/activated.req")).unwrap();
    assert_eq!(text(&request, &[Key::Application]), "2026000123");
}

#[test]
fn a_request_that_does_not_hold_is_listed_by_its_elements_with_the_reason() {
    let Some(request) = sample("vectors/csr/openssl-empty-id.csr.pem") else { return };
    assert_eq!(text(&request, &[Key::Unreadable]), "request-empty-id");
    assert!(lines(find(&request, &[Key::Der])).len() > 10);
}

#[test]
fn a_revocation_list_is_listed_with_its_entries() {
    let Some(list) = sample("vectors/pki/sub.crl.pem") else { return };
    let entries = find(&list, &[Key::Revoked]);
    assert!(entries.children.iter().any(|entry| text(entry, &[Key::Reason]).contains("compromise")), "{entries:?}");
}

#[test]
fn a_token_is_listed_without_its_pin() {
    let pin = Pin::new("correct horse battery").unwrap();
    let new = NewToken { kdf: KdfCost::demo(2), ..NewToken::file("fake token", &pin) };
    let medium = MemoryMedium::new();
    let (token, _) = Token::create(medium.clone(), new, Instant::from_unix(1_795_000_000)).unwrap();
    token.log_in(&pin, None).unwrap().generate_key(KeyUse::Sign).unwrap();
    let pem = medium.bytes().unwrap();
    let (_, document) = ::der::pem::decode_vec(&pem).unwrap();
    for bytes in [&pem, &document] {
        let node = inspect(bytes).unwrap();
        assert_eq!((node.key, text(&node, &[Key::Label])), (Key::Token, "fake token".into()));
        assert_eq!(text(&node, &[Key::KdfDemo]), "yes");
        assert_eq!(text(&node, &[Key::TriesLeft]), "6");
        assert_eq!(text(&node, &[Key::Escrow]), "nobody else can open it");
        assert_eq!(find(&node, &[Key::Keys]).children.len(), 1);
    }
}

#[test]
fn a_request_for_unlocking_and_its_grant_are_told_by_what_they_say() {
    let key = SoftSigner::new(SecretKey::from_bytes(&[7; 32]).unwrap());
    let (name, now) = (Name::parse("CN=fake unlocker").unwrap(), Instant::from_unix(1_795_000_000));
    let serial = SerialNumber::from_bytes(&[1]).unwrap();
    let root = Issuer::self_signed(&name, &key, serial.clone(), Period::years(now, 9)).unwrap();
    let issuer = Issuer::new(root, SoftSigner::new(SecretKey::from_bytes(&[7; 32]).unwrap())).unwrap();
    let period = Period::years(now, 5);
    let unlocker = issuer.issue_for(&name, key.public_key(), &Profile::unlocker(), serial, period).unwrap();
    let pin = Pin::new("correct horse battery").unwrap();
    let new =
        NewToken { kdf: KdfCost::demo(2), unlocker: Some(unlocker.clone()), ..NewToken::file("fake token", &pin) };
    let (token, _) = Token::create(MemoryMedium::new(), new, now).unwrap();
    let (request, _) = token.request_unlock(Some("忘记口令"), None, now).unwrap();
    for bytes in [request.as_der(), request.to_pem().as_bytes()] {
        let node = inspect(bytes).unwrap();
        assert_eq!((node.key, text(&node, &[Key::UnlockCode])), (Key::UnlockRequest, request.code()));
        assert_eq!(text(&node, &[Key::Reason]), "忘记口令");
    }
    let mut newer = request.as_der().to_vec();
    // The version, behind a length of two bytes.
    newer[6] = 9;
    assert_eq!(text(&inspect(&newer).unwrap(), &[Key::Unreadable]), "token-unlock-malformed");

    let grant = UnlockGrant::issue(&request, &unlocker, &key, &key, now).unwrap();
    let node = inspect(grant.as_der()).unwrap();
    assert_eq!(text(&node, &[Key::MessageSigner, Key::ContentHint]), "eseal unlock grant 1");
    assert!(node.children.iter().any(|child| child.key == Key::Der), "what it says is listed");
}

#[test]
fn a_request_for_a_new_key_is_listed_with_the_request_inside() {
    let key = |byte: u8| SoftSigner::deterministic(SecretKey::from_bytes(&[byte; 32]).unwrap());
    let (now, name) = (Instant::from_unix(1_795_000_000), Name::parse("CN=fake").unwrap());
    let serial = || SerialNumber::from_bytes(&[1]).unwrap();
    let root = Issuer::self_signed(&name, &key(1), serial(), Period::years(now, 3)).unwrap();
    let issuer = Issuer::new(root, key(1)).unwrap();
    let (old, new) = (key(2), key(3));
    let period = Period::years(now, 1);
    let certificate = issuer.issue_for(&name, old.public_key(), &Profile::person(), serial(), period).unwrap();
    let asked = RekeyRequest::new(&certificate, &old, &new, now).unwrap();
    for bytes in [asked.as_der(), asked.to_pem().as_bytes()] {
        let node = inspect(bytes).unwrap();
        assert_eq!(node.key, Key::SignedMessage);
        assert_eq!(text(&node, &[Key::Request, Key::Subject]), "CN=fake");
    }
}

#[test]
fn several_pem_blocks_are_listed_one_after_another() {
    let Some(shared) = shared() else { return };
    let read = |name: &str| fs::read(shared.join("samples/vectors/pki").join(name)).unwrap();
    let bundle = [read("root.pem"), read("sub.pem"), read("sign.key")].concat();
    let node = inspect(&bundle).unwrap();
    let keys: Vec<_> = node.children.iter().map(|child| child.key).collect();
    assert_eq!((node.key, keys), (Key::Pem, vec![Key::Certificate, Key::Certificate, Key::SecretKey]));
}

#[test]
fn what_is_nothing_known_is_refused() {
    let code = |bytes: &[u8]| inspect(bytes).map_or_else(|error| error.code(), |node| node.key.word());
    assert_eq!(code(b""), "inspect-empty");
    assert_eq!(code(b"hello"), "inspect-unknown");
    assert_eq!(code(b"-----BEGIN CERTIFICATE-----\n"), "inspect-unknown");
    assert_eq!(code(b"-----BEGIN X-----\n!\n-----END X-----\n"), "inspect-unknown");
    assert_eq!(code(b"-----BEGIN RSA PRIVATE KEY-----\n!\n-----END RSA PRIVATE KEY-----\n"), "secret-key");
    assert_eq!(code(&vec![0x30; 4 * (16 << 20) + 1]), "inspect-too-large");
    assert_eq!(code(&[0x30, 0x00]), "der");
}

#[test]
fn cut_or_flipped_files_never_panic() {
    let Some(shared) = shared() else { return };
    for name in ["seals/UserV5.esl", "vectors/cms/gbt35275-detached-attrs-501.der", "vectors/csr/ali.csr.der"] {
        let bytes = fs::read(shared.join("samples").join(name)).unwrap();
        for at in (0..bytes.len()).step_by(bytes.len() / 300 + 1) {
            let _ = inspect(&bytes[..at]);
            let mut flipped = bytes.clone();
            flipped[at] ^= 0x21;
            let _ = inspect(&flipped);
        }
    }
}

#[test]
fn a_login_challenge_and_the_answer_to_it_say_whom_they_are_for() {
    let now = Instant::from_unix(1_795_500_000);
    let audience = Audience::new("https://service.example").unwrap();
    let challenge = Challenge::new(&audience, now, Challenge::USUAL).unwrap();
    for bytes in [challenge.as_der(), challenge.to_pem().as_bytes()] {
        let node = inspect(bytes).unwrap();
        assert_eq!(node.key, Key::AuthChallenge);
        assert_eq!(text(&node, &[Key::Audience]), "https://service.example");
        assert_eq!(text(&node, &[Key::NotAfter]), now.plus_seconds(300).to_rfc3339());
    }
    let key = |byte| SoftSigner::deterministic(SecretKey::from_bytes(&[byte; 32]).unwrap());
    let (name, serial) = (Name::parse("CN=fake").unwrap(), |byte| SerialNumber::from_bytes(&[byte]).unwrap());
    let period = Period::years(now, 1);
    let issuer = Issuer::new(Issuer::self_signed(&name, &key(1), serial(1), period).unwrap(), key(1)).unwrap();
    let holder = issuer.issue_for(&name, key(2).public_key(), &Profile::person(), serial(2), period).unwrap();
    let proof = respond(&challenge, &audience, &holder, &key(2), now).unwrap();
    let node = inspect(proof.as_der()).unwrap();
    assert_eq!(node.key, Key::SignedMessage);
    assert_eq!(text(&node, &[Key::AuthProof, Key::Audience]), "https://service.example");
    assert_eq!(text(&node, &[Key::AuthProof, Key::AuthChallenge]), challenge.digest().to_string());
    // What only looks like a challenge is listed element by element.
    let edited = [&challenge.as_der()[..10], &[0xff], &challenge.as_der()[11..]].concat();
    assert_eq!(inspect(&edited).unwrap().key, Key::Der);
}
