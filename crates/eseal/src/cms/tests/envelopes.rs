//! Encrypted messages of others, with the outcome that their collection states, our own, and broken ones.

use super::super::*;
use super::people::Person;
use crate::cert::Certificate;
use crate::der::Walk;
use crate::key::Decrypter;
use crate::key::EnvelopedKey;
use crate::key::KeyError;
use crate::key::PublicKey;
use crate::key::SecretKey;
use crate::key::secret_key_from_bytes;
use crate::sm::Sm4Key;
use crate::test_support::shared;

const TEXT: &[u8] = "只给接收者看的内容".as_bytes();

fn sample(name: &str) -> Option<Vec<u8>> {
    Some(std::fs::read(shared()?.join("samples/vectors").join(name)).unwrap())
}

fn key(hex: &str) -> SecretKey {
    let bytes: Vec<u8> = (0..32).map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap()).collect();
    SecretKey::from_bytes(&bytes).unwrap()
}

fn sample_key(name: &str) -> SecretKey {
    secret_key_from_bytes(&sample(name).unwrap()).unwrap().0
}

fn sample_certificate(name: &str) -> Certificate {
    Certificate::from_bytes(&sample(name).unwrap()).unwrap()
}

#[test]
fn a_message_to_a_certificate_opens_with_its_key() {
    let Some(bytes) = sample("cms/gbt35275-enveloped.der") else { return };
    let message = EnvelopedMessage::from_bytes(&bytes).unwrap();
    assert_eq!((message.dialect(), message.deviations()), (Dialect::Gbt35275, &[][..]));
    let (secret, certificate) = (sample_key("pki/enc.key"), sample_certificate("pki/enc.pem"));
    assert!(message.recipients()[0].is(&certificate));
    let content = message.open(&secret, Some(&certificate)).unwrap();
    assert!(!content.is_empty());
    assert_eq!(message.open(&secret, None).unwrap(), content);
    let other = sample_certificate("pki/sign.pem");
    assert_eq!(message.open(&sample_key("pki/sign.key"), Some(&other)).unwrap_err(), CmsError::NoRecipient);
    assert_eq!(message.open(&sample_key("pki/sign.key"), None).unwrap_err(), CmsError::CannotOpen);
    let mixed = message.open(&sample_key("pki/sign.key"), Some(&certificate)).unwrap_err();
    assert_eq!(mixed.code(), "cms-wrong-key");
}

#[test]
fn cfcas_message_opens_and_its_deviations_are_named() {
    let Some(bytes) = sample("cms/cfca-enveloped-skid.p7.pem") else { return };
    let message = EnvelopedMessage::from_bytes(&bytes).unwrap();
    assert_eq!(message.deviations(), [CmsDeviation::RecipientByKeyId, CmsDeviation::CipherWithoutMode]);
    let certificate = sample_certificate("cms/cfca-enveloped-skid.cert.pem");
    let secret = key("f043481ce3ba1332cc266ae795f2a41f100e52e47ee560de15d9e014acab35c9");
    assert_eq!(*message.open(&secret, Some(&certificate)).unwrap(), b"Hello World!");
}

#[test]
fn gmssls_message_is_read_and_its_deviation_is_named() {
    let Some(bytes) = sample("cms/gmssl-enveloped.pem") else { return };
    let message = EnvelopedMessage::from_bytes(&bytes).unwrap();
    assert_eq!(message.deviations(), [CmsDeviation::KeyExchangeNamed]);
    assert!(message.recipients()[0].is(&sample_certificate("cms/gmssl-enc-cert.pem")));
}

#[test]
fn a_message_under_a_key_opens_with_it_alone() {
    let Some(bytes) = sample("cms/gbt35275-encrypteddata.der") else { return };
    let message = EncryptedMessage::from_bytes(&bytes).unwrap();
    assert_eq!((message.dialect(), message.deviations()), (Dialect::Gbt35275, &[][..]));
    let standard = [0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0xfe, 0xdc, 0xba, 0x98, 0x76, 0x54, 0x32, 0x10];
    assert!(!message.open(&Sm4Key::from_bytes(standard)).unwrap().is_empty());
    assert_eq!(message.open(&Sm4Key::from_bytes([7; 16])).unwrap_err(), CmsError::CannotOpen);
}

#[test]
fn the_authoritys_envelope_gives_the_encryption_key() {
    let Some(bytes) = sample("enveloped-key/gmcert-enc-key.p7.pem") else { return };
    let message = SignedAndEnvelopedMessage::from_bytes(&bytes).unwrap();
    let deviations = [CmsDeviation::RecipientWithoutIssuer, CmsDeviation::CipherWithoutMode, CmsDeviation::CipherEcb];
    assert_eq!(message.deviations(), deviations);
    let holder = sample_key("enveloped-key/gmcert-sign-key.pem");
    for open in [open_enveloped_key, read_enveloped_key] {
        let opened = open(&bytes, &holder).unwrap();
        assert_eq!(opened.layout, EnvelopeLayout::Gbt35275);
        let expected = sample_key("enveloped-key/gmcert-enc-key-expected.pem");
        assert_eq!(opened.secret.public_key(), expected.public_key());
        let certificate = sample_certificate("enveloped-key/gmcert-enc-cert.pem");
        assert_eq!(opened.secret.public_key(), certificate.public_key().unwrap());
        assert_eq!(opened.sender.as_ref(), message.certificates().first());
    }
    assert_eq!(open_enveloped_key(&bytes, &sample_key("pki/sign.key")).unwrap_err(), CmsError::CannotOpen);
}

#[test]
fn the_standards_envelope_gives_the_encryption_key() {
    let (holder, inside) = (Person::signer(1), Person::receiver(2));
    let envelope = EnvelopedKey::seal(&inside.secret(), holder.secret().public_key()).unwrap();
    let opened = read_enveloped_key(envelope.as_der(), &holder.secret()).unwrap();
    assert_eq!((opened.layout, opened.sender.is_none()), (EnvelopeLayout::Gbt35276, true));
    assert_eq!(opened.secret.public_key(), inside.secret().public_key());
    assert!(!format!("{opened:?}").contains("02020202"));
    assert_eq!(read_enveloped_key(b"neither", &holder.secret()).unwrap_err().code(), "key-envelope-malformed");
}

#[test]
fn every_layout_is_told_by_its_first_bytes() {
    let Some(blob) = sample("enveloped-key/skf-envelopedkeyblob.bin") else { return };
    let inside = sample_key("pki/enc.key");
    let opened = read_enveloped_key(&blob, &sample_key("pki/sign.key")).unwrap();
    assert_eq!((opened.layout, opened.secret.public_key()), (EnvelopeLayout::Skf, inside.public_key()));
    let text = sample("enveloped-key/cfca-escrow.txt").unwrap();
    let temporary = key("cacece36cac24aab94e52bcd5c0f552c95028f2856053135a1e47510b4c307ba");
    let opened = read_enveloped_key(&text, &temporary).unwrap();
    let inside = key("f6e02c941a0dfdac58d8b3b1bc1bd136f179741b7465ebc7b0b25bb381840a3b");
    assert_eq!((opened.layout, opened.secret.public_key()), (EnvelopeLayout::Cfca, inside.public_key()));
    for bytes in [&[][..], &[0x30], &[0x30, 0x80], &[1, 0, 0, 0], b"-----BEGIN PKCS7-----", b"MIHG"] {
        assert!(read_enveloped_key(bytes, &temporary).is_err());
    }
}

#[test]
fn a_key_whose_signature_does_not_hold_is_refused() {
    let (authority, holder, inside) = (Person::signer(1), Person::receiver(2), Person::receiver(3));
    let scalar = inside.secret().expose();
    let recipients = std::slice::from_ref(&holder.certificate);
    let seal = |content: &[u8]| {
        SignedAndEnvelopedMessage::seal(content, recipients, &authority.certificate, &authority.signer).unwrap()
    };
    let sealed = seal(scalar.as_ref());
    let opened = open_enveloped_key(sealed.as_der(), &holder.secret()).unwrap();
    assert_eq!(opened.secret.public_key(), inside.secret().public_key());
    assert_eq!(opened.sender.unwrap(), authority.certificate);
    assert_eq!(open_enveloped_key(seal(TEXT).as_der(), &holder.secret()).unwrap_err().code(), "key-envelope-malformed");

    // The signature value comes last in the message: one bit of s.
    let mut broken = sealed.as_der().to_vec();
    *broken.last_mut().unwrap() ^= 1;
    let refused = open_enveloped_key(&broken, &holder.secret()).unwrap_err();
    assert_eq!(refused, CmsError::KeyNotSigned { code: "cms-signature-mismatch" });
    // No signer at all: the last element becomes an empty SET.
    let unsigned = without_last_element(sealed.as_der());
    let refused = open_enveloped_key(&unsigned, &holder.secret()).unwrap_err();
    assert_eq!(refused, CmsError::KeyNotSigned { code: "cms-no-certificate" });
}

fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).unwrap().to_be_bytes();
    [&[tag, 0x82], &length[..], content].concat()
}

/// The last element of the inner structure becomes an empty SET.
fn without_last_element(message: &[u8]) -> Vec<u8> {
    let mut outer = Walk::only(message, 0x30).unwrap().inside();
    let kind = outer.next().unwrap().whole;
    let data = Walk::only(outer.next().unwrap().content, 0x30).unwrap();
    let parts = data.inside().all(10).unwrap();
    let before: Vec<u8> = parts[..parts.len() - 1].iter().flat_map(|part| part.whole.to_vec()).collect();
    let data = element(0x30, &[&before[..], &[0x31, 0x00]].concat());
    element(0x30, &[kind, &element(0xa0, &data)].concat())
}

#[test]
fn what_is_enveloped_opens_for_every_recipient_and_nobody_else() {
    let people: Vec<_> = (1..=3).map(Person::receiver).collect();
    let certificates: Vec<_> = people[..2].iter().map(|person| person.certificate.clone()).collect();
    for dialect in [Dialect::Gbt35275, Dialect::Rfc5652] {
        let message = EnvelopedMessage::seal(TEXT, &certificates, dialect).unwrap();
        assert_eq!((message.dialect(), message.deviations(), message.recipients().len()), (dialect, &[][..], 2));
        for person in &people[..2] {
            assert_eq!(*message.open(&person.secret(), Some(&person.certificate)).unwrap(), TEXT);
            assert_eq!(*message.open(&person.secret(), None).unwrap(), TEXT);
        }
        let other = &people[2];
        assert_eq!(message.open(&other.secret(), Some(&other.certificate)).unwrap_err(), CmsError::NoRecipient);
        assert_eq!(message.open(&other.secret(), None).unwrap_err(), CmsError::CannotOpen);
        let again = EnvelopedMessage::seal(TEXT, &certificates, dialect).unwrap();
        assert_ne!(again.as_der(), message.as_der(), "a new key each time");
    }
}

#[test]
fn what_is_signed_and_enveloped_opens_with_its_signer() {
    let (sender, reader) = (Person::signer(1), Person::receiver(2));
    let recipients = std::slice::from_ref(&reader.certificate);
    let message = SignedAndEnvelopedMessage::seal(TEXT, recipients, &sender.certificate, &sender.signer).unwrap();
    assert_eq!(message.deviations(), []);
    let opened = message.open(&reader.secret(), Some(&reader.certificate), &[]).unwrap();
    assert_eq!(*opened.content, TEXT);
    assert_eq!(opened.checks.len(), 1);
    assert_eq!(opened.checks[0].outcome, CmsOutcome::Valid);
    assert_eq!(opened.checks[0].signer, Some(sender.certificate.clone()));
    assert!(format!("{opened:?}").contains("[redacted]"));
    let wrong = SignedAndEnvelopedMessage::seal(TEXT, recipients, &sender.certificate, &reader.signer);
    assert_eq!(wrong.unwrap_err().code(), "cms-wrong-key");
}

#[test]
fn what_cannot_be_enveloped_is_refused() {
    let (signer, reader) = (Person::signer(1), Person::receiver(2));
    let seal = |content: &[u8], recipients: &[Certificate]| {
        EnvelopedMessage::seal(content, recipients, Dialect::Gbt35275).map(drop).unwrap_err().code()
    };
    assert_eq!(seal(TEXT, &[]), "cms-no-recipient");
    assert_eq!(seal(TEXT, &[reader.certificate.clone(), signer.certificate]), "cms-not-for-encryption");
    assert_eq!(seal(TEXT, &vec![reader.certificate.clone(); 65]), "cms-too-many");
    let content = vec![0; EnvelopedMessage::MAX_CONTENT + 1];
    assert_eq!(seal(&content, std::slice::from_ref(&reader.certificate)), "cms-too-large");
    let largest =
        EnvelopedMessage::seal(&content[1..], std::slice::from_ref(&reader.certificate), Dialect::Rfc5652).unwrap();
    assert_eq!(largest.open(&reader.secret(), None).unwrap().len(), EnvelopedMessage::MAX_CONTENT);
    let empty = EnvelopedMessage::seal(&[], std::slice::from_ref(&reader.certificate), Dialect::Rfc5652).unwrap();
    assert!(empty.open(&reader.secret(), None).unwrap().is_empty());
}

#[test]
fn cut_at_any_length_it_is_refused_and_no_changed_byte_gives_a_panic() {
    let (sender, reader) = (Person::signer(1), Person::receiver(2));
    let recipients = std::slice::from_ref(&reader.certificate);
    let enveloped = EnvelopedMessage::seal(TEXT, recipients, Dialect::Gbt35275).unwrap();
    let encrypted = EncryptedMessage::seal(TEXT, &Sm4Key::from_bytes([7; 16]), Dialect::Rfc5652).unwrap();
    let both = SignedAndEnvelopedMessage::seal(TEXT, recipients, &sender.certificate, &sender.signer).unwrap();
    for length in 0..both.as_der().len() {
        let cut = |bytes: &'_ [u8]| bytes.get(..length).map(<[u8]>::to_vec).filter(|cut| cut.len() < bytes.len());
        assert!(cut(enveloped.as_der()).is_none_or(|cut| EnvelopedMessage::from_der(&cut).is_err()), "{length}");
        assert!(cut(encrypted.as_der()).is_none_or(|cut| EncryptedMessage::from_der(&cut).is_err()), "{length}");
        assert!(cut(both.as_der()).is_none_or(|cut| SignedAndEnvelopedMessage::from_der(&cut).is_err()), "{length}");
    }
    let secret = reader.secret();
    for at in 0..enveloped.as_der().len() {
        let mut broken = enveloped.as_der().to_vec();
        broken[at] ^= 1;
        if let Ok(message) = EnvelopedMessage::from_der(&broken) {
            let _ = message.open(&secret, None);
        }
    }
}

#[test]
fn every_damage_to_key_or_padding_gives_the_same_error() {
    let reader = Person::receiver(2);
    let message = EnvelopedMessage::seal(TEXT, std::slice::from_ref(&reader.certificate), Dialect::Gbt35275).unwrap();
    let damaged = |at: usize| {
        let mut bytes = message.as_der().to_vec();
        bytes[at] ^= 0x80;
        EnvelopedMessage::from_der(&bytes).unwrap().open(&reader.secret(), None).unwrap_err()
    };
    let bytes = message.as_der();
    let key = message.recipients()[0].encrypted_key();
    let key_at = bytes.windows(key.len()).position(|window| window == key).unwrap();
    assert_eq!(damaged(key_at + key.len() - 1), CmsError::CannotOpen, "the encrypted key");
    assert_eq!(damaged(bytes.len() - 17), CmsError::CannotOpen, "the padding, through the block before it");
}

#[test]
fn another_kind_or_cipher_is_named() {
    let Some(bytes) = sample("cms/gbt35275-attached-noattrs.der") else { return };
    let oid = || "1.2.156.10197.6.1.4.2.2".to_owned();
    assert_eq!(EnvelopedMessage::from_der(&bytes).unwrap_err(), CmsError::NotEnveloped { oid: oid() });
    assert_eq!(SignedAndEnvelopedMessage::from_der(&bytes).unwrap_err(), CmsError::NotEnveloped { oid: oid() });
    assert_eq!(EncryptedMessage::from_der(&bytes).unwrap_err(), CmsError::NotEncrypted { oid: oid() });
    assert_eq!(MessageKind::of(&bytes), Some((Dialect::Gbt35275, MessageKind::Signed)));
    assert_eq!(MessageKind::of(b"\x30\x00"), None);

    // SM4-CBC becomes SM4-GCM, SM2 encryption another algorithm of SM2.
    let reader = Person::receiver(2);
    let message = EnvelopedMessage::seal(TEXT, std::slice::from_ref(&reader.certificate), Dialect::Gbt35275).unwrap();
    for (from, to, oid) in [
        (&[0x01, 0x68, 0x02][..], &[0x01, 0x68, 0x08][..], "1.2.156.10197.1.104.8"),
        (&[0x01, 0x82, 0x2d, 0x03], &[0x01, 0x82, 0x2d, 0x09], "1.2.156.10197.1.301.9"),
    ] {
        let mut bytes = message.as_der().to_vec();
        let at = bytes.windows(from.len()).position(|window| window == from).unwrap();
        bytes[at..at + to.len()].copy_from_slice(to);
        let refused = EnvelopedMessage::from_der(&bytes).unwrap().open(&reader.secret(), None).unwrap_err();
        assert!(matches!(&refused, CmsError::UnsupportedCipher { oid: found } if found == oid), "{refused:?}");
    }
}

#[test]
fn a_key_that_its_holder_does_not_lend_is_no_fault_of_the_message() {
    struct Locked(PublicKey);
    impl Decrypter for Locked {
        fn public_key(&self) -> &PublicKey {
            &self.0
        }
        fn decrypt(&self, _: &[u8]) -> Result<zeroize::Zeroizing<Vec<u8>>, KeyError> {
            Err(KeyError::SignerRefused { reason: "token-locked" })
        }
    }
    let reader = Person::receiver(2);
    let message = EnvelopedMessage::seal(TEXT, std::slice::from_ref(&reader.certificate), Dialect::Gbt35275).unwrap();
    let locked = Locked(reader.secret().public_key().clone());
    let refused = message.open(&locked, Some(&reader.certificate)).unwrap_err();
    assert_eq!(refused, CmsError::Key(KeyError::SignerRefused { reason: "token-locked" }));
}

#[test]
fn a_content_in_pieces_opens() {
    let reader = Person::receiver(2);
    let message = EnvelopedMessage::seal(TEXT, std::slice::from_ref(&reader.certificate), Dialect::Rfc5652).unwrap();
    let open = |tag: u8, content: &[u8]| [&[tag, 0x80], content, &[0, 0]].concat();
    let mut outer = Walk::only(message.as_der(), 0x30).unwrap().inside();
    let kind = outer.next().unwrap().whole;
    let parts = Walk::only(outer.next().unwrap().content, 0x30).unwrap().inside().all(10).unwrap();
    let info = parts[2].inside().all(3).unwrap();
    let pieces: Vec<u8> =
        info[2].content.chunks(10).flat_map(|piece| [&[0x04, piece.len() as u8], piece].concat()).collect();
    let info = open(0x30, &[info[0].whole, info[1].whole, &open(0xa0, &pieces)].concat());
    let data = open(0x30, &[parts[0].whole, parts[1].whole, &info].concat());
    let streamed = EnvelopedMessage::from_der(&open(0x30, &[kind, &open(0xa0, &data)].concat())).unwrap();
    assert_eq!(streamed.deviations(), [CmsDeviation::WithoutLengths]);
    assert_eq!(*streamed.open(&reader.secret(), None).unwrap(), TEXT);
}
