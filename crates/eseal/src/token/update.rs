//! Keeping a token's certificates alive (更新): requests to go on with a key or to change to a new one, what is due, and the
//! end of signing keys that have a successor.

use crate::cert::Certificate;
use crate::cert::CertificateRequest;
use crate::cms::RekeyRequest;
use crate::der;
use crate::key::public_key_to_spki;
use crate::sm::SecretKey;
use crate::sm::random;
use crate::time::Instant;

use super::KeyId;
use super::KeyUse;
use super::ObjectInfo;
use super::Session;
use super::TokenError;
use super::TokenInfo;
use super::container::MAX_OBJECTS;
use super::container::Object;
use super::container::octet_string;
use super::pair::successor;
use super::pair::test_signature;

/// A signing certificate of a token that is in use, and from when on it should be followed by another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// Its key.
    pub key: KeyId,
    /// The certificate: the newest of its key and holder.
    pub certificate: Certificate,
    /// From when on its successor should be asked for.
    pub from: Instant,
    /// Whether that time has come.
    pub is_due: bool,
}

/// The signing certificates of a token that no other one follows, and whether each is due for an update: from `window_days`
/// before its end on, also when it is over. Nothing of it is authenticated, unless the information comes from a session.
///
/// ```
/// use eseal::time::Instant;
/// use eseal::token::{TokenInfo, due};
/// # use eseal::token::{KdfCost, MemoryMedium, NewToken, Pin, Token};
/// # let now = Instant::parse("2026-11-24T08:00:00Z")?;
/// # let pin = Pin::new("correct horse battery")?;
/// # let new = NewToken { kdf: KdfCost::demo(2), ..NewToken::file("示例用户一", &pin) };
/// # let token = Token::create(MemoryMedium::new(), new, now)?.0;
/// let info = token.info()?;
/// assert!(due(&info, now, 30).is_empty(), "it has no certificate yet");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn due(info: &TokenInfo, now: Instant, window_days: u32) -> Vec<Due> {
    let objects = info.objects.iter().enumerate().filter(|(_, object)| object.key_use == KeyUse::Sign);
    let current = objects.filter(|(place, _)| successor(&info.objects, *place).is_none());
    let due = current.filter_map(|(_, object)| {
        let certificate = object.certificates.last()?.clone();
        let from = certificate.validity().to().plus_days(-i64::from(window_days));
        Some(Due { key: object.id, certificate, from, is_due: from <= now })
    });
    due.collect()
}

impl Session {
    /// How long a signing key stays beside its successor: 30 days, in which everybody learns of the new certificate.
    pub const OVERLAP_DAYS: u32 = 30;

    /// Asks for a new certificate of the same key (延期): a PKCS #10 request that the key signs.
    ///
    /// # Errors
    /// [`TokenError::NoSuchKey`] for a certificate of no key of this token, [`TokenError::NotForSigning`],
    /// [`TokenError::Cms`] when the request cannot be made.
    pub fn renewal_request(&self, certificate: &Certificate) -> Result<CertificateRequest, TokenError> {
        let signer = self.signer(certificate)?;
        let made = CertificateRequest::new(certificate.subject(), &signer);
        made.map_err(|error| TokenError::Cms(crate::cms::CmsError::Certificate(error)))
    }

    /// Asks for certificates of a new key (换密钥更新): makes the key in the token, writes the token, and signs the request
    /// with the new key and with the old one.
    ///
    /// A new key that has no certificate yet is asked for again, so that a request that got lost can be made once more and
    /// gets the same answer.
    ///
    /// # Errors
    /// [`TokenError::NoSuchKey`], [`TokenError::NotForSigning`], [`TokenError::TooMany`], [`TokenError::Cms`]; otherwise as
    /// [`Session::generate_key`].
    pub fn rekey_request(&mut self, certificate: &Certificate, now: Instant) -> Result<RekeyRequest, TokenError> {
        let old = self.signer(certificate)?;
        let made = SecretKey::generate()?;
        let mut id = [0; 16];
        random(&mut id)?;
        let new = self.change_if(|container, keys| {
            let objects = &container.header.objects;
            let place = objects.iter().position(|object| object.id.as_bytes() == old.key_id().0);
            let place = place.ok_or(TokenError::NoSuchKey)?;
            let open = |object: &Object| object.key_use == KeyUse::Sign && object.certificates.is_empty();
            if let Some(waiting) = objects.iter().rposition(open).filter(|waiting| *waiting > place) {
                return Ok((KeyId(keys[waiting].0), false));
            }
            if objects.len() >= MAX_OBJECTS {
                return Err(TokenError::TooMany { most: MAX_OBJECTS });
            }
            container.header.objects.push(Object {
                id: octet_string(&id),
                key_use: KeyUse::Sign,
                public_key: der::decode(&public_key_to_spki(made.public_key())).expect("just encoded"),
                certificates: Vec::new(),
            });
            keys.push((id, made));
            Ok((KeyId(id), true))
        })?;
        Ok(RekeyRequest::new(certificate, &old, &self.signer(new)?, now)?)
    }

    /// The signing keys that have done their service: a newer key has a certificate for the same holder that is valid now,
    /// and the overlap is over, `overlap_days` after that certificate began or when the old one ended.
    ///
    /// # Errors
    /// [`TokenError::Malformed`] when a certificate in the token cannot be read.
    pub fn superseded(&self, now: Instant, overlap_days: u32) -> Result<Vec<ObjectInfo>, TokenError> {
        Ok(superseded(&self.info()?, now, overlap_days))
    }

    /// Destroys the signing keys that have done their service, with their certificates, in one write; see
    /// [`Self::superseded`]. Before that each successor makes a test signature. Decryption keys stay for ever.
    ///
    /// A copy of the token that was made before has the keys still.
    ///
    /// # Errors
    /// [`TokenError::SelfTest`] when a successor's test signature does not hold; otherwise as [`Session::generate_key`].
    pub fn destroy_superseded(&mut self, now: Instant, overlap_days: u32) -> Result<Vec<ObjectInfo>, TokenError> {
        self.change_if(|container, keys| {
            let objects = TokenInfo::of(container)?.objects;
            let done = superseded_places(&objects, now, overlap_days);
            for (_, newer) in &done {
                let certificate = objects[*newer].certificates.last().ok_or(TokenError::SelfTest)?;
                test_signature(certificate, &keys[*newer].1)?;
            }
            // From behind, so that the places in front stay what they are.
            for (place, _) in done.iter().rev() {
                container.header.objects.remove(*place);
                keys.remove(*place);
            }
            let gone: Vec<_> = done.iter().map(|(place, _)| objects[*place].clone()).collect();
            Ok((gone, !done.is_empty()))
        })
    }
}

/// As [`Session::superseded`], without a log-in: nothing of it is authenticated, unless the information comes from a session.
#[must_use]
pub fn superseded(info: &TokenInfo, now: Instant, overlap_days: u32) -> Vec<ObjectInfo> {
    let done = superseded_places(&info.objects, now, overlap_days);
    done.into_iter().map(|(place, _)| info.objects[place].clone()).collect()
}

/// The places of signing keys whose overlap is over, in their order, each with that of its successor.
fn superseded_places(objects: &[ObjectInfo], now: Instant, overlap_days: u32) -> Vec<(usize, usize)> {
    let over = |(place, object): (usize, &ObjectInfo)| {
        if object.key_use != KeyUse::Sign {
            return None;
        }
        let newer = successor(objects, place)?;
        let (first, newest) = (objects[newer].certificates.first()?, objects[newer].certificates.last()?);
        let overlap = first.validity().from().plus_days(i64::from(overlap_days));
        let end = object.certificates.iter().map(|one| one.validity().to()).max()?;
        (newest.validity().contains(now) && now >= overlap.min(end)).then_some((place, newer))
    };
    objects.iter().enumerate().filter_map(over).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cert::CertificateResponse;
    use crate::cert::Issuer;
    use crate::cert::Name;
    use crate::cert::Profile;
    use crate::cert::SerialNumber;
    use crate::key::Decrypter;
    use crate::key::EnvelopedKey;
    use crate::key::PublicKey;
    use crate::key::Signer;
    use crate::key::SoftSigner;
    use crate::time::Period;
    use crate::token::KdfCost;
    use crate::token::MemoryMedium;
    use crate::token::NewToken;
    use crate::token::Pin;
    use crate::token::Token;

    fn day(days: i64) -> Instant {
        Instant::utc(2026, 11, 24, 8, 0, 0).unwrap().plus_days(days)
    }

    fn certificate(name: &str, key: &PublicKey, profile: &Profile, from: i64) -> Certificate {
        let root = SoftSigner::deterministic(SecretKey::from_bytes(&[1; 32]).unwrap());
        let serial = || SerialNumber::random().unwrap();
        let root_name = Name::parse("CN=fake root").unwrap();
        let period = Period::years(day(-999), 30);
        let own = Issuer::self_signed(&root_name, &root, serial(), period).unwrap();
        let issuer = Issuer::new(own, root).unwrap();
        issuer.issue_for(&Name::parse(name).unwrap(), key, profile, serial(), Period::days(day(from), 365)).unwrap()
    }

    /// A token with a signing key that has a pair from day 0 on, byte 7 for encryption.
    fn token() -> (MemoryMedium, Session, Certificate) {
        let pin = Pin::new("correct horse battery").unwrap();
        let new = NewToken { kdf: KdfCost::demo(2), ..NewToken::file("fake token", &pin) };
        let medium = MemoryMedium::new();
        let (mut session, _) = Token::create_open(medium.clone(), new, day(0)).unwrap();
        let id = session.generate_key(KeyUse::Sign).unwrap();
        let key = Signer::public_key(&session.signer(id).unwrap()).clone();
        let signing = certificate("CN=fake", &key, &Profile::person(), 0);
        session.install_pair(&pair(&signing, 7, 0)).unwrap();
        (medium, session, signing)
    }

    fn pair(signing: &Certificate, byte: u8, from: i64) -> CertificateResponse {
        let secret = SecretKey::from_bytes(&[byte; 32]).unwrap();
        let encryption = certificate("CN=fake", secret.public_key(), &Profile::encryption(), from);
        let envelope = EnvelopedKey::seal(&secret, signing.public_key().unwrap()).unwrap();
        CertificateResponse::with_pair(vec![signing.clone()], vec![encryption], envelope).unwrap()
    }

    fn answer(asked: &RekeyRequest, byte: u8, from: i64) -> CertificateResponse {
        pair(&certificate("CN=fake", asked.request().public_key(), &Profile::person(), from), byte, from)
    }

    #[test]
    fn a_renewal_is_asked_for_by_the_same_key_and_writes_nothing() {
        let (medium, session, signing) = token();
        let before = medium.bytes();
        let request = session.renewal_request(&signing).unwrap();
        assert_eq!(request.public_key(), signing.public_key().unwrap());
        assert_eq!(request.subject(), signing.subject());
        assert!(medium.bytes() == before);
        let encryption = session.certificates().unwrap().remove(1);
        assert_eq!(session.renewal_request(&encryption).unwrap_err().code(), "token-not-for-signing");
        let key = SecretKey::from_bytes(&[9; 32]).unwrap();
        let foreign = certificate("CN=fake", key.public_key(), &Profile::person(), 0);
        assert_eq!(session.renewal_request(&foreign).unwrap_err().code(), "token-no-such-key");
    }

    #[test]
    fn a_rekey_is_asked_for_by_both_keys_and_a_second_time_for_the_same_new_key() {
        let (_, mut session, signing) = token();
        let asked = session.rekey_request(&signing, day(300)).unwrap();
        assert_eq!(asked.old_certificate(), &signing);
        assert_ne!(asked.request().public_key(), signing.public_key().unwrap());
        // The old key is the one in use until the answer is there.
        assert_eq!(*Signer::public_key(&session.signer(KeyUse::Sign).unwrap()), *signing.public_key().unwrap());
        let again = session.rekey_request(&signing, day(301)).unwrap();
        assert_eq!(again.request().public_key(), asked.request().public_key());
        assert_eq!(session.info().unwrap().objects.len(), 3);

        session.install_pair(&answer(&asked, 8, 300)).unwrap();
        assert_eq!(Signer::public_key(&session.signer(KeyUse::Sign).unwrap()), asked.request().public_key());
        let key = |byte: u8| SecretKey::from_bytes(&[byte; 32]).unwrap();
        assert_eq!(session.decrypter(KeyUse::Encrypt).unwrap().public_key(), key(8).public_key());
        assert_eq!(session.decrypter(KeyUse::OldDecrypt).unwrap().public_key(), key(7).public_key());
        // The next one is for another new key.
        let newest = session.info().unwrap().objects[2].certificates[0].clone();
        let next = session.rekey_request(&newest, day(600)).unwrap();
        assert_ne!(next.request().public_key(), asked.request().public_key());
        let encryption = session.certificates().unwrap().pop().unwrap();
        assert_eq!(session.rekey_request(&encryption, day(600)).unwrap_err().code(), "token-not-for-signing");
    }

    #[test]
    fn what_is_due_is_the_newest_certificate_within_its_window_or_over() {
        let (medium, mut session, signing) = token();
        let info = || TokenInfo::from_bytes(&medium.bytes().unwrap()).unwrap();
        let is_due = |at: i64| due(&info(), day(at), 30).iter().map(|one| one.is_due).collect::<Vec<_>>();
        assert_eq!(is_due(334), [false]);
        assert_eq!(is_due(335), [true]);
        assert_eq!(is_due(999), [true]);
        assert_eq!(due(&info(), day(0), 30)[0].from, day(335));
        assert_eq!(due(&info(), day(0), 365)[0].certificate, signing);
        let asked = session.rekey_request(&signing, day(300)).unwrap();
        assert_eq!(is_due(335), [true], "asked for is not answered");
        session.install_pair(&answer(&asked, 8, 340)).unwrap();
        assert_eq!(is_due(341), [false], "the old one is followed by another");
    }

    #[test]
    fn a_signing_key_is_destroyed_after_its_overlap_and_decryption_keys_never() {
        let (medium, mut session, signing) = token();
        assert!(session.destroy_superseded(day(999), 30).unwrap().is_empty(), "nothing follows it");
        let asked = session.rekey_request(&signing, day(300)).unwrap();
        assert!(session.destroy_superseded(day(999), 30).unwrap().is_empty(), "asked for is not answered");
        session.install_pair(&answer(&asked, 8, 300)).unwrap();
        let before = medium.bytes();
        for at in [300, 329] {
            assert!(session.superseded(day(at), 30).unwrap().is_empty(), "{at}");
            assert!(session.destroy_superseded(day(at), 30).unwrap().is_empty(), "{at}");
        }
        // A successor that is over, or not yet valid, succeeds nobody.
        for at in [299, 300 + 366] {
            assert!(session.destroy_superseded(day(at), 0).unwrap().is_empty(), "{at}");
        }
        assert!(medium.bytes() == before, "nothing was written");
        assert_eq!(session.superseded(day(330), 30).unwrap()[0].certificates[0], signing);
        assert_eq!(session.superseded(day(365), 300).unwrap().len(), 1, "the old certificate is over");
        let gone = session.destroy_superseded(day(330), 30).unwrap();
        assert_eq!(gone[0].certificates[0], signing);
        let uses: Vec<_> = session.info().unwrap().objects.iter().map(|object| object.key_use).collect();
        assert_eq!(uses, [KeyUse::OldDecrypt, KeyUse::Sign, KeyUse::Encrypt]);
        // After a new log-in too; and the old answer brings nothing back.
        let token = Token::open(medium).unwrap();
        let mut session = token.log_in(&Pin::new("correct horse battery").unwrap(), None).unwrap();
        assert!(!session.owns(&signing));
        let replayed = session.install_pair(&pair(&signing, 7, 0)).unwrap_err();
        assert_eq!(replayed.code(), "token-foreign-certificate");
        assert_eq!(Signer::public_key(&session.signer(KeyUse::Sign).unwrap()), asked.request().public_key());
        let key = SecretKey::from_bytes(&[7; 32]).unwrap();
        assert_eq!(session.decrypter(KeyUse::OldDecrypt).unwrap().public_key(), key.public_key());
    }

    #[test]
    fn the_keys_of_another_name_of_the_holder_are_left_alone() {
        let (_, mut session, _) = token();
        let id = session.generate_key(KeyUse::Sign).unwrap();
        let key = Signer::public_key(&session.signer(id).unwrap()).clone();
        let other = certificate("CN=fake other", &key, &Profile::person(), 0);
        let answer = CertificateResponse::new(vec![other.clone()]);
        session.install_pair_for(&answer, other.subject()).unwrap();
        assert!(session.superseded(day(364), 30).unwrap().is_empty());
        assert_eq!(due(&session.info().unwrap(), day(364), 30).len(), 2);
    }
}
