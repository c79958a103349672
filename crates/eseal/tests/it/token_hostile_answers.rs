//! What an authority that means harm could answer, and that a token takes none of it.

use eseal::cert::{Certificate, CertificateResponse, Issuer, Name, Profile, SerialNumber};
use eseal::key::{Decrypter, EnvelopedKey, PublicKey, SecretKey, Signer, SoftSigner};
use eseal::time::{Instant, Period};
use eseal::token::{
    InstalledPair, KdfCost, KeyUse, MemoryMedium, NewToken, Pin, Session, Token, TokenError, TokenInfo,
};

const HOLDER: &str = "CN=示例用户一,O=示例市数据局,C=CN";

fn day(days: i64) -> Instant {
    Instant::utc(2026, 11, 24, 8, 0, 0).unwrap().plus_days(days)
}

fn pin() -> Pin {
    Pin::new("correct horse battery").unwrap()
}

fn secret(byte: u8) -> SecretKey {
    SecretKey::from_bytes(&[byte; 32]).unwrap()
}

/// A holder's token with one signing key that has no certificate yet.
struct Holder {
    medium: MemoryMedium,
    session: Session,
    key: PublicKey,
}

impl Holder {
    fn new() -> Self {
        let pin = pin();
        let medium = MemoryMedium::new();
        let new = NewToken { kdf: KdfCost::demo(2), ..NewToken::file("fake token", &pin) };
        let (mut session, _) = Token::create_open(medium.clone(), new, day(0)).unwrap();
        let key = new_key(&mut session);
        Self { medium, session, key }
    }

    fn install(&mut self, answer: &CertificateResponse) -> Result<InstalledPair, TokenError> {
        self.session.install_pair(answer)
    }

    fn info(&self) -> TokenInfo {
        TokenInfo::from_bytes(&self.medium.bytes().unwrap()).unwrap()
    }

    /// Installs something and demands that it is refused with this code, and that not a byte was written.
    fn refuses(&mut self, answer: &CertificateResponse, code: &str) {
        let before = self.medium.bytes();
        match self.install(answer) {
            Err(error) => assert_eq!(error.code(), code, "{error}"),
            Ok(_) => panic!("the answer was installed, expected {code}"),
        }
        assert!(self.medium.bytes() == before, "{code}: the token was written");
    }

    fn uses(&self) -> Vec<KeyUse> {
        self.info().objects.iter().map(|object| object.key_use).collect()
    }
}

fn new_key(session: &mut Session) -> PublicKey {
    let id = session.generate_key(KeyUse::Sign).unwrap();
    Signer::public_key(&session.signer(id).unwrap()).clone()
}

/// A certificate of the authority: for whom, which key, of which profile, from which day on.
fn certificate_of(holder: &str, key: &PublicKey, profile: &Profile, from: i64) -> Certificate {
    let ca = SoftSigner::deterministic(secret(1));
    let period = Period::years(day(-5_000), 60);
    let root = Issuer::self_signed(&Name::parse("CN=fake root").unwrap(), &ca, serial(), period).unwrap();
    let issuer = Issuer::new(root, ca).unwrap();
    issuer.issue_for(&Name::parse(holder).unwrap(), key, profile, serial(), Period::days(day(from), 365)).unwrap()
}

fn serial() -> SerialNumber {
    SerialNumber::random().unwrap()
}

fn signing(key: &PublicKey, from: i64) -> Certificate {
    certificate_of(HOLDER, key, &Profile::person(), from)
}

fn encryption(byte: u8, from: i64) -> Certificate {
    certificate_of(HOLDER, secret(byte).public_key(), &Profile::encryption(), from)
}

/// A pair: the encryption key of this byte, enveloped to the signing key.
fn pair(signing: &Certificate, byte: u8, from: i64) -> CertificateResponse {
    let envelope = EnvelopedKey::seal(&secret(byte), signing.public_key().unwrap()).unwrap();
    CertificateResponse::with_pair(vec![signing.clone()], vec![encryption(byte, from)], envelope).unwrap()
}

fn bundle(certificates: &[&Certificate]) -> CertificateResponse {
    CertificateResponse::new(certificates.iter().map(|one| (*one).clone()).collect())
}

#[test]
fn a_certificate_for_another_key_is_refused() {
    let mut holder = Holder::new();
    let foreign = signing(secret(9).public_key(), 0);
    holder.refuses(&bundle(&[&foreign]), "token-foreign-certificate");
    holder.refuses(&pair(&foreign, 7, 0), "token-foreign-certificate");
}

#[test]
fn an_encryption_key_that_does_not_open_or_does_not_match_is_refused() {
    let mut holder = Holder::new();
    let own = signing(&holder.key, 0);
    let to_another = EnvelopedKey::seal(&secret(7), secret(9).public_key()).unwrap();
    let answer = CertificateResponse::with_pair(vec![own.clone()], vec![encryption(7, 0)], to_another).unwrap();
    holder.refuses(&answer, "sm-cannot-decrypt");
    // The envelope names the certificate's key, and has another inside.
    let der = EnvelopedKey::seal(&secret(8), &holder.key).unwrap().to_der();
    let at = der.windows(65).position(|window| window == secret(8).public_key().to_sec1()).unwrap();
    let swapped = [&der[..at], &secret(7).public_key().to_sec1(), &der[at + 65..]].concat();
    let swapped = EnvelopedKey::from_der(&swapped).unwrap();
    let answer = CertificateResponse::with_pair(vec![own], vec![encryption(7, 0)], swapped).unwrap();
    holder.refuses(&answer, "key-mismatch");
    assert_eq!(holder.uses(), [KeyUse::Sign]);
    assert!(holder.info().objects[0].certificates.is_empty());
}

#[test]
fn a_byte_changed_anywhere_in_an_answer_never_brings_another_key() {
    let mut holder = Holder::new();
    let der = pair(&signing(&holder.key, 0), 7, 0).to_der();
    let envelope = EnvelopedKey::seal(&secret(7), &holder.key).unwrap().to_der().len();
    // The certificates' own signatures are for whoever verifies; the envelope and the keys are for the token.
    for at in (0..der.len()).step_by(7).chain(der.len() - envelope..der.len()) {
        let mut changed = der.clone();
        changed[at] ^= 1;
        let Ok(answer) = CertificateResponse::from_bytes(&changed) else { continue };
        let _ = holder.install(&answer);
        for object in holder.info().objects {
            let known = object.public_key == holder.key || object.public_key == *secret(7).public_key();
            assert!(known, "byte {at} brought another key");
        }
    }
}

#[test]
fn a_replayed_answer_changes_nothing() {
    let mut holder = Holder::new();
    let first = pair(&signing(&holder.key, 0), 7, 0);
    assert!(holder.install(&first).unwrap().changed);
    let before = holder.medium.bytes();
    assert!(!holder.install(&first).unwrap().changed);
    assert!(holder.medium.bytes() == before, "not even written");
}

#[test]
fn an_old_answer_after_a_newer_one_never_makes_an_old_key_the_newest() {
    let mut holder = Holder::new();
    let first = pair(&signing(&holder.key, 0), 7, 0);
    holder.install(&first).unwrap();
    let second_key = new_key(&mut holder.session);
    holder.install(&pair(&signing(&second_key, 300), 8, 300)).unwrap();
    let before = holder.medium.bytes();
    assert!(!holder.install(&first).unwrap().changed);
    assert!(holder.medium.bytes() == before);
    assert_eq!(*Signer::public_key(&holder.session.signer(KeyUse::Sign).unwrap()), second_key);
    assert_eq!(holder.session.decrypter(KeyUse::Encrypt).unwrap().public_key(), secret(8).public_key());
    // The old key may even get a certificate that was never installed, and an encryption key beside it.
    holder.install(&pair(&signing(&holder.key.clone(), 400), 9, 400)).unwrap();
    assert_eq!(*Signer::public_key(&holder.session.signer(KeyUse::Sign).unwrap()), second_key);
    assert_eq!(holder.session.decrypter(KeyUse::Encrypt).unwrap().public_key(), secret(8).public_key());
    assert_eq!(holder.uses(), [KeyUse::Sign, KeyUse::OldDecrypt, KeyUse::Sign, KeyUse::Encrypt, KeyUse::OldDecrypt]);
}

#[test]
fn an_older_certificate_of_a_key_does_not_come_before_the_newer_one() {
    let mut holder = Holder::new();
    let (old, new) = (signing(&holder.key, 0), signing(&holder.key, 300));
    holder.install(&bundle(&[&new])).unwrap();
    assert!(holder.install(&bundle(&[&old])).unwrap().changed);
    assert_eq!(holder.info().objects[0].certificates, [old, new], "oldest first");
}

#[test]
fn an_older_encryption_certificate_brings_a_key_for_old_messages() {
    let mut holder = Holder::new();
    let own = signing(&holder.key, 300);
    holder.install(&pair(&own, 8, 300)).unwrap();
    // As the archive answers: the signing certificate that is here, and an encryption key of the past.
    let recovered = holder.install(&pair(&own, 7, 0)).unwrap();
    assert_eq!(holder.uses(), [KeyUse::Sign, KeyUse::Encrypt, KeyUse::OldDecrypt]);
    let old = holder.session.decrypter(recovered.encryption.unwrap()).unwrap();
    let message = secret(7).public_key().encrypt(b"an old message").unwrap();
    assert_eq!(*old.decrypt(&message).unwrap(), b"an old message");
    assert_eq!(holder.session.decrypter(KeyUse::Encrypt).unwrap().public_key(), secret(8).public_key());
}

#[test]
fn two_answers_for_one_request_with_two_encryption_keys_are_refused() {
    let mut holder = Holder::new();
    let own = signing(&holder.key, 0);
    holder.install(&pair(&own, 7, 0)).unwrap();
    for from in [0, 1] {
        holder.refuses(&pair(&own, 8, from), "token-answer-differs");
    }
}

#[test]
fn an_answer_with_two_certificates_for_one_key_is_refused() {
    let mut holder = Holder::new();
    let (one, other) = (signing(&holder.key, 0), signing(&holder.key, 1));
    holder.refuses(&bundle(&[&one, &other]), "token-ambiguous-answer");
    let envelope = || EnvelopedKey::seal(&secret(7), &holder.key).unwrap();
    let twice = vec![encryption(7, 0), encryption(7, 1)];
    let answer = CertificateResponse::with_pair(vec![one.clone()], twice, envelope()).unwrap();
    holder.refuses(&answer, "token-ambiguous-answer");
    // The same one twice is one.
    assert!(holder.install(&bundle(&[&one, &one])).unwrap().changed);
    assert_eq!(holder.info().objects[0].certificates.len(), 1);
}

#[test]
fn an_answer_for_two_keys_of_the_token_is_refused() {
    let mut holder = Holder::new();
    let second = new_key(&mut holder.session);
    let answer = bundle(&[&signing(&holder.key, 0), &signing(&second, 0)]);
    holder.refuses(&answer, "token-ambiguous-answer");
}

#[test]
fn a_certificate_of_another_subject_is_refused() {
    let mut holder = Holder::new();
    let other = |key: &PublicKey| certificate_of("CN=示例用户二,C=CN", key, &Profile::person(), 0);
    // What was asked for is known.
    let asked = Name::parse(HOLDER).unwrap();
    let refused = holder.session.install_pair_for(&bundle(&[&other(&holder.key)]), &asked).unwrap_err();
    assert_eq!(refused.code(), "token-other-subject");
    holder.install(&bundle(&[&signing(&holder.key, 0)])).unwrap();
    // What the key has is known, or what the token has.
    holder.refuses(&bundle(&[&other(&holder.key.clone())]), "token-other-subject");
    let second = new_key(&mut holder.session);
    holder.refuses(&bundle(&[&other(&second)]), "token-other-subject");
    // The holder has a second name, and asked for it.
    let asked = Name::parse("CN=示例用户二,C=CN").unwrap();
    assert!(holder.session.install_pair_for(&bundle(&[&other(&second)]), &asked).unwrap().changed);
}

#[test]
fn an_encryption_certificate_of_another_subject_is_refused() {
    let mut holder = Holder::new();
    let own = signing(&holder.key, 0);
    let other = certificate_of("CN=示例用户二,C=CN", secret(7).public_key(), &Profile::encryption(), 0);
    let envelope = EnvelopedKey::seal(&secret(7), &holder.key).unwrap();
    let answer = CertificateResponse::with_pair(vec![own], vec![other], envelope).unwrap();
    holder.refuses(&answer, "token-other-subject");
}

#[test]
fn swapped_halves_are_refused() {
    let mut holder = Holder::new();
    let enciphers = certificate_of(HOLDER, &holder.key, &Profile::encryption(), 0);
    holder.refuses(&bundle(&[&enciphers]), "token-wrong-usage");
    let own = signing(&holder.key, 0);
    // The authority knows the encryption key: were its certificate one for signing, it could sign for the holder.
    for profile in [Profile::person(), Profile::unlocker(), Profile::sub_ca()] {
        let signs = certificate_of(HOLDER, secret(7).public_key(), &profile, 0);
        let envelope = EnvelopedKey::seal(&secret(7), &holder.key).unwrap();
        let answer = CertificateResponse::with_pair(vec![own.clone()], vec![signs], envelope).unwrap();
        holder.refuses(&answer, "token-wrong-usage");
    }
    // The signing key's certificate in the place of the encryption certificate.
    let answer = CertificateResponse::renewed_pair(vec![own.clone()], vec![own.clone()]).unwrap();
    holder.refuses(&answer, "token-wrong-usage");
    // A signing certificate for the encryption key that is here.
    holder.install(&pair(&own, 7, 0)).unwrap();
    let signs = certificate_of(HOLDER, secret(7).public_key(), &Profile::person(), 0);
    holder.refuses(&bundle(&[&own, &signs]), "token-wrong-usage");
}

#[test]
fn an_encryption_key_that_is_the_signing_key_is_refused() {
    // The token's own signing key, named by an encryption certificate.
    let mut holder = Holder::new();
    let own = signing(&holder.key, 0);
    let enciphers = certificate_of(HOLDER, &holder.key, &Profile::encryption(), 0);
    let answer = CertificateResponse::renewed_pair(vec![own], vec![enciphers]).unwrap();
    holder.refuses(&answer, "token-wrong-usage");
}

#[test]
fn an_answer_is_taken_whole_or_not_at_all() {
    let mut holder = Holder::new();
    holder.install(&pair(&signing(&holder.key.clone(), 0), 7, 0)).unwrap();
    // The signing certificate alone would do; what comes with it does not.
    let renewed = signing(&holder.key, 300);
    let wrong = certificate_of("CN=示例用户二,C=CN", secret(7).public_key(), &Profile::encryption(), 300);
    let answer = CertificateResponse::renewed_pair(vec![renewed.clone()], vec![wrong]).unwrap();
    holder.refuses(&answer, "token-other-subject");
    assert_eq!(holder.info().objects[0].certificates.len(), 1);
    let answer = CertificateResponse::renewed_pair(vec![renewed], vec![encryption(7, 300)]).unwrap();
    assert!(holder.install(&answer).unwrap().changed);
    assert!(holder.info().objects.iter().all(|object| object.certificates.len() == 2));
}
