//! Installing an authority's answer: the certificates beside their keys, and the encryption key of a pair (双证).
//!
//! The answer is looked at as if its sender meant harm: what does not belong to a key here, names somebody else, swaps the
//! uses of keys, or would make an old key the newest, changes nothing.

use crate::cert::Certificate;
use crate::cert::CertificateResponse;
use crate::cert::KeyUsage;
use crate::cert::Name;
use crate::der;
use crate::key::public_key_to_spki;
use crate::sm::SecretKey;
use crate::sm::UserId;
use crate::sm::random;
use crate::time::Instant;

use super::KeyId;
use super::KeyUse;
use super::ObjectInfo;
use super::Session;
use super::TokenError;
use super::TokenInfo;
use super::container::Container;
use super::container::MAX_OBJECTS;
use super::container::Object;
use super::container::octet_string;

/// Where the parts of an answer were put.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstalledPair {
    /// The signing key whose certificate came.
    pub signing: KeyId,
    /// The encryption key, if the answer had a certificate for one.
    pub encryption: Option<KeyId>,
    /// Whether anything was new; an answer that was installed before changes nothing.
    pub changed: bool,
}

impl Session {
    /// Installs an authority's answer and writes the token: all of it, or nothing. What is there already stays as it is.
    ///
    /// The signing certificate must have a signing key of this token. The envelope of a pair is opened with that key, here
    /// in the token; the key inside must belong to the encryption certificate (GB/T 35276-2017, 7.4). An answer without an
    /// envelope brings certificates alone: the renewed ones of keys that the token has. Before anything is written, a test
    /// signature is verified with the certificate and a test message to the encryption certificate is opened.
    ///
    /// The subject must be that of the certificates that the key has; a key without one takes a subject that the token
    /// has, and an empty token any. Use [`Self::install_pair_for`] where the subject of the request is known.
    ///
    /// An encryption key that the holder had before under the same name is kept to read old messages. One that comes with
    /// an older certificate, or for a signing key that has a successor, is kept for old messages from the start: so an
    /// answer of the past, and a key recovered from the archive, never become the newest.
    ///
    /// # Errors
    /// [`TokenError::ForeignCertificate`] when no signing certificate belongs to a signing key of this token;
    /// [`TokenError::OtherSubject`], [`TokenError::WrongUsage`], [`TokenError::AmbiguousAnswer`],
    /// [`TokenError::AnswerDiffers`], [`TokenError::SelfTest`]; [`TokenError::Key`] when the envelope does not open with
    /// that key, or its key is another than the certificate's; [`TokenError::TooMany`]; otherwise as
    /// [`Session::generate_key`]. Then nothing was changed.
    pub fn install_pair(&mut self, response: &CertificateResponse) -> Result<InstalledPair, TokenError> {
        self.install_answer(response, None)
    }

    /// As [`Self::install_pair`], of an answer to a request for this subject.
    ///
    /// # Errors
    /// As [`Self::install_pair`].
    pub fn install_pair_for(
        &mut self,
        response: &CertificateResponse,
        subject: &Name,
    ) -> Result<InstalledPair, TokenError> {
        self.install_answer(response, Some(subject))
    }

    fn install_answer(
        &mut self,
        response: &CertificateResponse,
        asked: Option<&Name>,
    ) -> Result<InstalledPair, TokenError> {
        let mut id = [0; 16];
        random(&mut id)?;
        self.change_if(|container, keys| {
            let held = TokenInfo::of(container)?.objects;
            let own = Own::find(response, &held)?;
            own.check_subjects(&held, asked)?;
            let mut changed = false;
            let encryption = match own.encryption {
                None => None,
                Some((Some(place), _)) => Some(place),
                Some((None, certificate)) => {
                    let envelope = response.envelope().expect("its certificate was found by it");
                    let secret = envelope.open(&keys[own.signing.0].1)?;
                    let key_use = own.use_of_new_key(&held, certificate)?;
                    if container.header.objects.len() >= MAX_OBJECTS {
                        return Err(TokenError::TooMany { most: MAX_OBJECTS });
                    }
                    if key_use == KeyUse::Encrypt {
                        retire(container, &held, certificate.subject());
                    }
                    container.header.objects.push(Object {
                        id: octet_string(&id),
                        key_use,
                        public_key: der::decode(&public_key_to_spki(secret.public_key())).expect("just encoded"),
                        certificates: Vec::new(),
                    });
                    keys.push((id, secret));
                    changed = true;
                    Some(keys.len() - 1)
                }
            };
            let (signing, certificate) = own.signing;
            changed |= add(container, signing, certificate)?;
            test_signature(certificate, &keys[signing].1)?;
            if let (Some(place), Some((_, certificate))) = (encryption, own.encryption) {
                changed |= add(container, place, certificate)?;
                test_decryption(certificate, &keys[place].1)?;
            }
            let number = |place: usize| KeyId(keys[place].0);
            let installed = InstalledPair { signing: number(signing), encryption: encryption.map(number), changed };
            Ok((installed, changed))
        })
    }
}

/// The certificates of an answer that belong to a key of the token or to the key in the answer's envelope, each with the
/// key's place; the other ones are those above them.
struct Own<'r> {
    signing: (usize, &'r Certificate),
    /// Without a place: of the key in the envelope, which is new.
    encryption: Option<(Option<usize>, &'r Certificate)>,
}

impl<'r> Own<'r> {
    fn find(response: &'r CertificateResponse, held: &[ObjectInfo]) -> Result<Self, TokenError> {
        let (mut signing, mut encryption) = (None, None);
        let first = response.signing().iter().map(|certificate| (certificate, false));
        let second = response.encryption().iter().map(|certificate| (certificate, true));
        for (certificate, among_encryption) in first.chain(second) {
            let Ok(key) = certificate.public_key() else { continue };
            let place = held.iter().position(|object| object.public_key == *key);
            let key_use = match place {
                Some(place) => held[place].key_use,
                None if response.envelope().is_some_and(|envelope| envelope.public_key() == key) => KeyUse::Encrypt,
                None => continue,
            };
            let swapped = key_use == KeyUse::Sign && among_encryption;
            if swapped || certificate.key_usage().is_some_and(|usage| !fits(usage, key_use)) {
                return Err(TokenError::WrongUsage { subject: certificate.subject().to_string(), key_use });
            }
            let known = if key_use == KeyUse::Sign { &mut signing } else { &mut encryption };
            match known {
                None => *known = Some((place, certificate)),
                Some((_, known)) if *known == certificate => {}
                Some(_) => {
                    return Err(TokenError::AmbiguousAnswer { subject: certificate.subject().to_string() });
                }
            }
        }
        match signing {
            Some((Some(place), certificate)) => Ok(Self { signing: (place, certificate), encryption }),
            _ => Err(TokenError::ForeignCertificate {
                subject: response.signing().first().map(|one| one.subject().to_string()).unwrap_or_default(),
            }),
        }
    }

    /// One holder throughout: as asked for, as the keys had it before, and the same in both certificates.
    fn check_subjects(&self, held: &[ObjectInfo], asked: Option<&Name>) -> Result<(), TokenError> {
        let (place, certificate) = self.signing;
        if let Some(asked) = asked {
            same(certificate, asked)?;
        }
        match held[place].certificates.last() {
            Some(before) => same(certificate, before.subject())?,
            None if asked.is_some() => {}
            // Nothing is known of what was asked for; but a holder's token has its holder's certificates.
            None => {
                let signing = held.iter().filter(|object| object.key_use == KeyUse::Sign);
                let mut known = signing.filter_map(|object| object.certificates.last()).map(Certificate::subject);
                if let Some(expected) = known.next_back()
                    && !known.any(|subject| subject.matches(certificate.subject()))
                {
                    same(certificate, expected)?;
                }
            }
        }
        if let Some((place, encryption)) = self.encryption {
            same(encryption, certificate.subject())?;
            if let Some(before) = place.and_then(|place| held[place].certificates.last()) {
                same(encryption, before.subject())?;
            }
        }
        Ok(())
    }

    /// Whether the key in the envelope is the holder's newest, or one of the past.
    fn use_of_new_key(&self, held: &[ObjectInfo], encryption: &Certificate) -> Result<KeyUse, TokenError> {
        let (place, signing) = self.signing;
        let Some(newest) = newest_encryption(held, encryption.subject()) else { return Ok(KeyUse::Encrypt) };
        if age(encryption) < newest || successor(held, place).is_some() {
            return Ok(KeyUse::OldDecrypt);
        }
        if held[place].certificates.contains(signing) {
            return Err(TokenError::AnswerDiffers { subject: signing.subject().to_string() });
        }
        Ok(KeyUse::Encrypt)
    }
}

/// The age of the holder's present encryption key, by its newest certificate.
pub(super) fn newest_encryption(held: &[ObjectInfo], holder: &Name) -> Option<(Instant, Instant)> {
    let current = held.iter().filter(|object| object.key_use == KeyUse::Encrypt);
    current.flat_map(|object| &object.certificates).filter(|one| one.subject().matches(holder)).map(age).max()
}

/// Of two certificates the one that begins later is newer; if both begin at once, the one that ends later.
pub(super) fn age(certificate: &Certificate) -> (Instant, Instant) {
    (certificate.validity().from(), certificate.validity().to())
}

/// The newest signing key behind this one that has a certificate for the same holder.
pub(super) fn successor(held: &[ObjectInfo], place: usize) -> Option<usize> {
    let holder = held[place].certificates.last()?.subject();
    held.iter()
        .rposition(|object| {
            object.key_use == KeyUse::Sign
                && object.certificates.last().is_some_and(|one| one.subject().matches(holder))
        })
        .filter(|found| *found > place)
}

fn same(certificate: &Certificate, expected: &Name) -> Result<(), TokenError> {
    if certificate.subject().matches(expected) {
        return Ok(());
    }
    Err(TokenError::OtherSubject { subject: certificate.subject().to_string(), expected: expected.to_string() })
}

/// A signing key signs, be it documents, certificates or lists. An encryption key never does: its authority knows it.
fn fits(usage: KeyUsage, key_use: KeyUse) -> bool {
    let signs = usage.can_sign() || usage.cert_sign() || usage.crl_sign();
    match key_use {
        KeyUse::Sign => signs,
        KeyUse::Encrypt | KeyUse::OldDecrypt => usage.can_encipher() && !signs,
    }
}

/// What a test signature is over: no message of anybody, and it is thrown away.
const TEST: &[u8] = b"eseal token self-test";

/// A signature by the key must verify with the certificate.
pub(super) fn test_signature(certificate: &Certificate, key: &SecretKey) -> Result<(), TokenError> {
    let public = certificate.public_key().map_err(|_| TokenError::SelfTest)?;
    let digest = public.digest(UserId::DEFAULT, TEST);
    public.verify(&digest, &key.sign(&digest)?).map_err(|_| TokenError::SelfTest)
}

/// What is encrypted to the certificate must open with the key.
fn test_decryption(certificate: &Certificate, key: &SecretKey) -> Result<(), TokenError> {
    let public = certificate.public_key().map_err(|_| TokenError::SelfTest)?;
    let opened = key.decrypt(&public.encrypt(TEST)?).map_err(|_| TokenError::SelfTest)?;
    if *opened == TEST { Ok(()) } else { Err(TokenError::SelfTest) }
}

/// Puts a certificate beside the key in this place, once, behind the older ones; whether it was new.
pub(super) fn add(container: &mut Container, place: usize, certificate: &Certificate) -> Result<bool, TokenError> {
    let object = &mut container.header.objects[place];
    let mut known = Vec::with_capacity(object.certificates.len());
    for raw in &object.certificates {
        let bytes = der::encode(raw).map_err(|_| TokenError::Malformed)?;
        known.push(Certificate::from_der(&bytes).map_err(|_| TokenError::Malformed)?);
    }
    if known.contains(certificate) {
        return Ok(false);
    }
    if known.len() >= MAX_OBJECTS {
        return Err(TokenError::TooMany { most: MAX_OBJECTS });
    }
    let behind = known.iter().take_while(|one| age(one) <= age(certificate)).count();
    object.certificates.insert(behind, der::decode(certificate.as_der()).map_err(|_| TokenError::Malformed)?);
    Ok(true)
}

/// The holder's encryption keys until now, under this name, become keys of the past.
pub(super) fn retire(container: &mut Container, held: &[ObjectInfo], holder: &Name) {
    for (object, info) in container.header.objects.iter_mut().zip(held) {
        if object.key_use == KeyUse::Encrypt && info.certificates.iter().any(|one| one.subject().matches(holder)) {
            object.key_use = KeyUse::OldDecrypt;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cert::Issuer;
    use crate::cert::Name;
    use crate::cert::Profile;
    use crate::cert::SerialNumber;
    use crate::key::Decrypter;
    use crate::key::EnvelopedKey;
    use crate::key::KeyError;
    use crate::key::PublicKey;
    use crate::key::SecretKey;
    use crate::key::Signer;
    use crate::key::SoftSigner;
    use crate::sm::SmError;
    use crate::time::Instant;
    use crate::time::Period;
    use crate::token::KdfCost;
    use crate::token::MemoryMedium;
    use crate::token::NewToken;
    use crate::token::Pin;
    use crate::token::Token;

    fn pin() -> Pin {
        Pin::new("correct horse battery").unwrap()
    }

    /// A token with one signing key, and its session.
    fn token() -> (Token, Session, PublicKey) {
        let pin = pin();
        let new = NewToken { kdf: KdfCost::demo(2), ..NewToken::file("fake token", &pin) };
        let (token, _) = Token::create(MemoryMedium::new(), new, Instant::from_unix(0)).unwrap();
        let mut session = token.log_in(&pin, None).unwrap();
        session.generate_key(KeyUse::Sign).unwrap();
        let public = Signer::public_key(&session.signer(KeyUse::Sign).unwrap()).clone();
        (token, session, public)
    }

    fn key(byte: u8) -> SecretKey {
        SecretKey::from_bytes(&[byte; 32]).unwrap()
    }

    fn certificate(name: &str, key: &PublicKey, serial: u8, profile: &Profile) -> Certificate {
        let root = SoftSigner::deterministic(self::key(1));
        let serial = SerialNumber::from_bytes(&[serial]).unwrap();
        let period = Period::years(Instant::from_unix(0), 9);
        let root_name = Name::parse("CN=fake root").unwrap();
        let own = Issuer::self_signed(&root_name, &root, SerialNumber::from_bytes(&[1]).unwrap(), period).unwrap();
        let issuer = Issuer::new(own, root).unwrap();
        issuer.issue_for(&Name::parse(name).unwrap(), key, profile, serial, period).unwrap()
    }

    fn answer(to: &PublicKey, byte: u8) -> CertificateResponse {
        let signing = certificate("CN=fake", to, byte + 100, &Profile::person());
        let encryption = certificate("CN=fake", key(byte).public_key(), byte, &Profile::encryption());
        let envelope = EnvelopedKey::seal(&key(byte), to).unwrap();
        CertificateResponse::with_pair(vec![signing], vec![encryption], envelope).unwrap()
    }

    #[test]
    fn a_pair_is_installed_and_its_encryption_key_opens_after_a_new_log_in() {
        let (token, mut session, own) = token();
        let response = answer(&own, 7);
        let installed = session.install_pair(&response).unwrap();
        assert!(installed.changed);
        let again = session.install_pair(&response).unwrap();
        assert_eq!(again, InstalledPair { changed: false, ..installed.clone() });
        let info = token.info().unwrap();
        assert_eq!(info.objects.iter().map(|one| one.key_use).collect::<Vec<_>>(), [KeyUse::Sign, KeyUse::Encrypt]);
        assert!(info.objects.iter().all(|object| object.certificates.len() == 1));
        let session = token.log_in(&pin(), None).unwrap();
        let decrypter = session.decrypter(KeyUse::Encrypt).unwrap();
        assert_eq!(Some(decrypter.key_id()), installed.encryption);
        let cipher = key(7).public_key().encrypt(b"message").unwrap();
        assert_eq!(*decrypter.decrypt(&cipher).unwrap(), b"message");
        assert!(matches!(session.signer(decrypter.key_id()), Err(TokenError::NotForSigning)));
    }

    #[test]
    fn the_next_encryption_key_of_the_same_holder_keeps_the_old_one_for_old_messages() {
        let (token, mut session, own) = token();
        session.install_pair(&answer(&own, 7)).unwrap();
        session.install_pair(&answer(&own, 8)).unwrap();
        let uses: Vec<_> = token.info().unwrap().objects.iter().map(|one| one.key_use).collect();
        assert_eq!(uses, [KeyUse::Sign, KeyUse::OldDecrypt, KeyUse::Encrypt]);
        let session = token.log_in(&pin(), None).unwrap();
        assert_eq!(session.decrypter(KeyUse::Encrypt).unwrap().public_key(), key(8).public_key());
        assert_eq!(session.decrypter(KeyUse::OldDecrypt).unwrap().public_key(), key(7).public_key());
    }

    #[test]
    fn renewed_certificates_without_an_envelope_go_to_the_keys_that_are_there() {
        let (token, mut session, own) = token();
        session.install_pair(&answer(&own, 7)).unwrap();
        let bundle = |one: &Certificate| CertificateResponse::from_bytes(one.as_der()).unwrap();
        let renewed = bundle(&certificate("CN=fake", &own, 9, &Profile::person()));
        assert_eq!(session.install_pair(&renewed).unwrap().encryption, None);
        assert_eq!(token.info().unwrap().objects[0].certificates.len(), 2);
    }

    #[test]
    fn an_envelope_for_another_key_or_with_another_key_inside_installs_nothing() {
        let (token, mut session, own) = token();
        let signing = certificate("CN=fake", &own, 2, &Profile::person());
        let encryption = certificate("CN=fake", key(7).public_key(), 7, &Profile::encryption());
        let for_another = EnvelopedKey::seal(&key(7), key(9).public_key()).unwrap();
        let response =
            CertificateResponse::with_pair(vec![signing.clone()], vec![encryption.clone()], for_another).unwrap();
        let refused = session.install_pair(&response).unwrap_err();
        assert!(matches!(refused, TokenError::Key(KeyError::Sm(SmError::CannotDecrypt))), "{refused:?}");

        // The public key in the envelope is the certificate's, the private key is not.
        let der = EnvelopedKey::seal(&key(8), &own).unwrap().to_der();
        let at = der.windows(65).position(|window| window == key(8).public_key().to_sec1()).unwrap();
        let swapped = [&der[..at], &key(7).public_key().to_sec1(), &der[at + 65..]].concat();
        let swapped = EnvelopedKey::from_der(&swapped).unwrap();
        let response = CertificateResponse::with_pair(vec![signing], vec![encryption], swapped).unwrap();
        assert!(matches!(session.install_pair(&response), Err(TokenError::Key(KeyError::Mismatch))));
        assert!(token.info().unwrap().objects[0].certificates.is_empty(), "nothing was written");
    }

    #[test]
    fn an_answer_for_another_token_is_refused_by_its_subject() {
        let (_, mut session, _) = token();
        let refused = session.install_pair(&answer(key(5).public_key(), 7));
        assert!(matches!(refused, Err(TokenError::ForeignCertificate { subject }) if subject == "CN=fake"));
    }
}
