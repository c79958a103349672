//! Installing an authority's answer: the certificates beside their keys, and the encryption key of a pair (双证).

use crate::cert::Certificate;
use crate::cert::CertificateResponse;
use crate::der;
use crate::key::public_key_to_spki;
use crate::sm::random;

use super::KeyId;
use super::KeyUse;
use super::Session;
use super::TokenError;
use super::container::Container;
use super::container::Keys;
use super::container::MAX_OBJECTS;
use super::container::Object;
use super::container::octet_string;
use super::session::belongs;

/// Where the parts of an answer were put.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstalledPair {
    /// The signing key whose certificates came.
    pub signing: KeyId,
    /// The encryption key, if the answer had a certificate for one.
    pub encryption: Option<KeyId>,
}

impl Session {
    /// Installs an authority's answer and writes the token: all of it, or nothing. What is there already stays as it is.
    ///
    /// The envelope of a pair is opened with the signing key, here in the token; the key inside must belong to the
    /// encryption certificate (GB/T 35276-2017, 7.4). An encryption key that the holder had before under the same name is
    /// kept to read old messages. An answer without an envelope brings certificates alone: the renewed ones of keys that
    /// the token has.
    ///
    /// # Errors
    /// [`TokenError::ForeignCertificate`] when no signing certificate belongs to a key of this token;
    /// [`TokenError::Key`] when the envelope does not open with that key, or its key is another than the certificate's;
    /// [`TokenError::TooMany`]; otherwise as [`Session::generate_key`].
    pub fn install_pair(&mut self, response: &CertificateResponse) -> Result<InstalledPair, TokenError> {
        let mut id = [0; 16];
        random(&mut id)?;
        self.change(|container, keys| {
            let place = |keys: &Keys, one: &Certificate| keys.iter().position(|(_, key)| belongs(one, key));
            let mut signing = None;
            for certificate in response.signing() {
                // What a response holds besides the holder's own are the certificates above it.
                if let Some(place) = place(keys, certificate) {
                    add(container, place, certificate)?;
                    signing.get_or_insert(place);
                }
            }
            let signing = signing.ok_or_else(|| TokenError::ForeignCertificate {
                subject: response.signing().first().map(|one| one.subject().to_string()).unwrap_or_default(),
            })?;
            if let (Some(envelope), Some(certificate)) = (response.envelope(), response.encryption_certificate()) {
                let secret = envelope.open(&keys[signing].1)?;
                if place(keys, certificate).is_none() {
                    retire(container, certificate)?;
                    let object = Object {
                        id: octet_string(&id),
                        key_use: KeyUse::Encrypt,
                        public_key: der::decode(&public_key_to_spki(secret.public_key())).expect("just encoded"),
                        certificates: Vec::new(),
                    };
                    if container.header.objects.len() >= MAX_OBJECTS {
                        return Err(TokenError::TooMany { most: MAX_OBJECTS });
                    }
                    container.header.objects.push(object);
                    keys.push((id, secret));
                }
            }
            let mut encryption = None;
            for certificate in response.encryption() {
                if let Some(place) = place(keys, certificate) {
                    add(container, place, certificate)?;
                    encryption.get_or_insert(place);
                }
            }
            let number = |place: usize| KeyId(keys[place].0);
            Ok(InstalledPair { signing: number(signing), encryption: encryption.map(number) })
        })
    }
}

/// Puts a certificate beside the key in this place, once.
pub(super) fn add(container: &mut Container, place: usize, certificate: &Certificate) -> Result<(), TokenError> {
    let object = &mut container.header.objects[place];
    let raw = der::decode(certificate.as_der()).map_err(|_| TokenError::Malformed)?;
    if !object.certificates.contains(&raw) {
        if object.certificates.len() >= MAX_OBJECTS {
            return Err(TokenError::TooMany { most: MAX_OBJECTS });
        }
        object.certificates.push(raw);
    }
    Ok(())
}

/// The holder's encryption keys until now, under the name of the new certificate, become keys of the past.
fn retire(container: &mut Container, new: &Certificate) -> Result<(), TokenError> {
    for object in container.header.objects.iter_mut().filter(|object| object.key_use == KeyUse::Encrypt) {
        for raw in &object.certificates {
            let bytes = der::encode(raw).map_err(|_| TokenError::Malformed)?;
            let old = Certificate::from_der(&bytes).map_err(|_| TokenError::Malformed)?;
            if old.subject().matches(new.subject()) {
                object.key_use = KeyUse::OldDecrypt;
            }
        }
    }
    Ok(())
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
        let signing = certificate("CN=fake", to, 2, &Profile::person());
        let encryption = certificate("CN=fake", key(byte).public_key(), byte, &Profile::encryption());
        let envelope = EnvelopedKey::seal(&key(byte), to).unwrap();
        CertificateResponse::with_pair(vec![signing], vec![encryption], envelope).unwrap()
    }

    #[test]
    fn a_pair_is_installed_and_its_encryption_key_opens_after_a_new_log_in() {
        let (token, mut session, own) = token();
        let response = answer(&own, 7);
        let installed = session.install_pair(&response).unwrap();
        assert_eq!(session.install_pair(&response).unwrap(), installed, "a second time changes nothing");
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
