use std::fmt;
use std::sync::Arc;

use zeroize::Zeroizing;

use crate::cert::Certificate;
use crate::der;
use crate::key::Decrypter;
use crate::key::KeyError;
use crate::key::Signer;
use crate::key::public_key_to_spki;
use crate::sm::PublicKey;
use crate::sm::SecretKey;
use crate::sm::SignDigest;
use crate::sm::Signature;
use crate::sm::random;

use super::DeviceSecret;
use super::KdfCost;
use super::KeyUse;
use super::Medium;
use super::Pin;
use super::RecoveryCode;
use super::TokenError;
use super::TokenInfo;
use super::TokenPolicy;
use super::container::Container;
use super::container::Keys;
use super::container::MAX_OBJECTS;
use super::container::MAX_SLOTS;
use super::container::Object;
use super::container::octet_string;
use super::crypto::Key;
use super::pair::add;
use super::slot::Slot;
use super::store::add_recovery;
use super::store::pin_slot;

/// The number of a key in its token: 16 random bytes, shown in hexadecimal.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyId(pub(super) [u8; 16]);

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}

/// Which key of a token is meant.
#[derive(Clone, Copy, Debug)]
pub enum KeyChoice<'a> {
    /// The newest key for this use that has a certificate; if none has one, the newest.
    Use(KeyUse),
    /// The key with this number.
    Id(KeyId),
    /// The key that this certificate belongs to.
    Certificate(&'a Certificate),
}

impl From<KeyUse> for KeyChoice<'_> {
    fn from(key_use: KeyUse) -> Self {
        Self::Use(key_use)
    }
}

impl From<KeyId> for KeyChoice<'_> {
    fn from(id: KeyId) -> Self {
        Self::Id(id)
    }
}

impl<'a> From<&'a Certificate> for KeyChoice<'a> {
    fn from(certificate: &'a Certificate) -> Self {
        Self::Certificate(certificate)
    }
}

/// A token after log-in. Wipes what it knows when dropped; signers that were taken from it keep their own key.
///
/// The token itself is held only while it is read or written, so several programs can be logged in. Each change is made to
/// the token as it is then, checked anew.
pub struct Session {
    medium: Arc<dyn Medium>,
    container: Container,
    keys: Vec<(KeyId, Arc<SecretKey>)>,
    data_key: Key,
    device: Option<DeviceSecret>,
    /// The cost that the PIN was derived with: what a new PIN gets. Not read from the file again, where somebody may have
    /// lowered it since.
    cost: KdfCost,
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Session([redacted])")
    }
}

impl Session {
    pub(super) fn new(
        medium: Arc<dyn Medium>,
        container: Container,
        keys: Keys,
        data_key: Key,
        device: Option<&DeviceSecret>,
        cost: KdfCost,
    ) -> Result<Self, TokenError> {
        // Whatever is shown of a session is authenticated: make sure that it can be shown.
        TokenInfo::of(&container)?;
        Ok(Self { medium, container, keys: shared(keys), data_key, device: device.map(DeviceSecret::copy), cost })
    }

    /// The token's serial number.
    pub(super) fn serial(&self) -> [u8; 16] {
        self.container.serial()
    }

    /// Where the token lies.
    pub(super) fn medium(&self) -> Arc<dyn Medium> {
        Arc::clone(&self.medium)
    }

    /// What the token is made of, authenticated by the log-in.
    ///
    /// # Errors
    /// [`TokenError::Malformed`] when a certificate in it cannot be read.
    pub fn info(&self) -> Result<TokenInfo, TokenError> {
        TokenInfo::of(&self.container)
    }

    /// Every certificate in the token, in the order of the keys and of their installation.
    ///
    /// # Errors
    /// [`TokenError::Malformed`] when a certificate in it cannot be read.
    pub fn certificates(&self) -> Result<Vec<Certificate>, TokenError> {
        Ok(self.info()?.objects.into_iter().flat_map(|object| object.certificates).collect())
    }

    /// Makes a key inside the token and writes the token.
    ///
    /// # Errors
    /// [`TokenError::TooMany`]; [`TokenError::Stale`] when the token was sealed anew elsewhere; what writing may fail with.
    pub fn generate_key(&mut self, key_use: KeyUse) -> Result<KeyId, TokenError> {
        let key = SecretKey::generate()?;
        let mut id = [0; 16];
        random(&mut id)?;
        let spki = public_key_to_spki(key.public_key());
        let object = Object {
            id: octet_string(&id),
            key_use,
            public_key: der::decode(&spki).expect("what was just encoded"),
            certificates: Vec::new(),
        };
        self.change(|container, keys| {
            if container.header.objects.len() >= MAX_OBJECTS {
                return Err(TokenError::TooMany { most: MAX_OBJECTS });
            }
            container.header.objects.push(object);
            keys.push((id, key));
            Ok(())
        })?;
        Ok(KeyId(id))
    }

    /// Puts certificates beside the keys they belong to, and writes the token: all of them, or none. One that is there
    /// already stays as it is.
    ///
    /// # Errors
    /// [`TokenError::ForeignCertificate`] when one belongs to no key of this token; [`TokenError::TooMany`]; otherwise as
    /// [`Self::generate_key`].
    pub fn install(&mut self, certificates: &[Certificate]) -> Result<Vec<KeyId>, TokenError> {
        let mut places = Vec::with_capacity(certificates.len());
        self.change(|container, keys| {
            for certificate in certificates {
                let place = keys
                    .iter()
                    .position(|(_, key)| belongs(certificate, key))
                    .ok_or_else(|| TokenError::ForeignCertificate { subject: certificate.subject().to_string() })?;
                add(container, place, certificate)?;
                places.push(KeyId(keys[place].0));
            }
            Ok(())
        })?;
        Ok(places)
    }

    /// Whether a certificate belongs to a key of this token.
    #[must_use]
    pub fn owns(&self, certificate: &Certificate) -> bool {
        self.keys.iter().any(|(_, key)| belongs(certificate, key))
    }

    /// Sets a new PIN and writes the token. The data key stays; the cost of a guess is that of the old PIN.
    ///
    /// `holder_numbers`: see [`Pin::check_strength`].
    ///
    /// # Errors
    /// [`TokenError::WeakPin`]; [`TokenError::Stale`] when the token was locked or sealed anew elsewhere; what writing may
    /// fail with.
    pub fn change_pin(&mut self, new: &Pin, holder_numbers: &[&str]) -> Result<(), TokenError> {
        let least = self.container.header.policy.min_pin_length.max(TokenPolicy::LEAST_PIN_LENGTH);
        new.check_strength(least, holder_numbers)?;
        let slot = pin_slot(&self.container, new, self.device.as_ref(), self.cost, &self.data_key)?;
        self.change(|container, _| {
            container.set_pin_slot(slot);
            Ok(())
        })
    }

    /// Gives the token a new recovery code, to be written down once, and takes the old one away; writes the token.
    ///
    /// A copy of the token that was made before still opens with the old code.
    ///
    /// # Errors
    /// [`TokenError::TooMany`] when there is no room for another slot; otherwise as [`Self::change_pin`].
    pub fn renew_recovery(&mut self) -> Result<RecoveryCode, TokenError> {
        let data_key = self.data_key.clone();
        self.change(|container, _| {
            container.slots.retain(|slot| !matches!(slot, Slot::Recovery(_)));
            if container.slots.len() >= MAX_SLOTS {
                return Err(TokenError::TooMany { most: MAX_SLOTS });
            }
            add_recovery(container, &data_key)
        })
    }

    /// A signer for one of the keys. It keeps working when the session is gone, until it is dropped itself.
    ///
    /// # Errors
    /// [`TokenError::NoSuchKey`], [`TokenError::NotForSigning`].
    pub fn signer<'a>(&self, choice: impl Into<KeyChoice<'a>>) -> Result<TokenSigner, TokenError> {
        let place = self.place(choice.into())?;
        if self.container.header.objects[place].key_use != KeyUse::Sign {
            return Err(TokenError::NotForSigning);
        }
        let (id, key) = &self.keys[place];
        Ok(TokenSigner { id: *id, key: Arc::clone(key) })
    }

    /// Opens what was encrypted to one of the keys, whatever the key is for: an encryption key arrives in an envelope to
    /// the signing key. It keeps working when the session is gone, until it is dropped itself.
    ///
    /// # Errors
    /// [`TokenError::NoSuchKey`].
    pub fn decrypter<'a>(&self, choice: impl Into<KeyChoice<'a>>) -> Result<TokenDecrypter, TokenError> {
        let (id, key) = &self.keys[self.place(choice.into())?];
        Ok(TokenDecrypter { id: *id, key: Arc::clone(key) })
    }

    /// Where the chosen key lies.
    pub(super) fn place(&self, choice: KeyChoice<'_>) -> Result<usize, TokenError> {
        let objects = &self.container.header.objects;
        let place = match choice {
            KeyChoice::Use(wanted) => {
                let newest = |certified: bool| {
                    objects
                        .iter()
                        .rposition(|object| object.key_use == wanted && (!certified || !object.certificates.is_empty()))
                };
                newest(true).or_else(|| newest(false))
            }
            KeyChoice::Id(id) => self.keys.iter().position(|(of_key, _)| *of_key == id),
            KeyChoice::Certificate(certificate) => self.keys.iter().position(|(_, key)| belongs(certificate, key)),
        };
        place.ok_or(TokenError::NoSuchKey)
    }

    /// A second copy of the private key in this place, for an export.
    pub(super) fn copy_of(&self, place: usize) -> Result<SecretKey, TokenError> {
        Ok(SecretKey::from_bytes(self.keys[place].1.expose().as_ref())?)
    }

    /// Holds the token, checks that it is still the one of this session, changes it and writes it.
    pub(super) fn change<T>(
        &mut self,
        act: impl FnOnce(&mut Container, &mut Keys) -> Result<T, TokenError>,
    ) -> Result<T, TokenError> {
        self.change_if(|container, keys| Ok((act(container, keys)?, true)))
    }

    /// As [`Self::change`], and writes only if the act says that it changed something.
    pub(super) fn change_if<T>(
        &mut self,
        act: impl FnOnce(&mut Container, &mut Keys) -> Result<(T, bool), TokenError>,
    ) -> Result<T, TokenError> {
        let mut held = self.medium.hold()?;
        let mut container = Container::parse(&held.read()?)?;
        let device = container.bound_to(self.device.as_ref())?;
        let same =
            container.serial() == self.container.serial() && container.header.epoch == self.container.header.epoch;
        if !same || container.is_locked() {
            return Err(TokenError::Stale);
        }
        let mut keys = container.open_secrets(&self.data_key)?;
        let (done, changed) = act(&mut container, &mut keys)?;
        if changed {
            container.header_changed();
            let with_numbers: Vec<_> = keys.iter().map(|(id, key)| (*id, key)).collect();
            container.seal_secrets(&self.data_key, &with_numbers)?;
            container.seal_state(device);
            let pem = container.to_pem();
            // What could not be read again must not be written.
            Container::parse(&pem)?;
            held.replace(&pem)?;
        }
        drop(held);
        self.container = container;
        self.keys = shared(keys);
        Ok(done)
    }
}

fn shared(keys: Keys) -> Vec<(KeyId, Arc<SecretKey>)> {
    keys.into_iter().map(|(id, key)| (KeyId(id), Arc::new(key))).collect()
}

pub(super) fn belongs(certificate: &Certificate, key: &SecretKey) -> bool {
    certificate.public_key().is_ok_and(|public| public == key.public_key())
}

/// Signs with a key of a token, after log-in. Wipes its key when it and its session are dropped.
#[derive(Clone)]
pub struct TokenSigner {
    id: KeyId,
    key: Arc<SecretKey>,
}

impl TokenSigner {
    /// The number of the key in its token.
    #[must_use]
    pub const fn key_id(&self) -> KeyId {
        self.id
    }
}

impl fmt::Debug for TokenSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenSigner({}, [redacted])", self.id)
    }
}

impl Signer for TokenSigner {
    fn public_key(&self) -> &PublicKey {
        self.key.public_key()
    }

    fn sign_digest(&self, digest: &SignDigest) -> Result<Signature, KeyError> {
        Ok(self.key.sign(digest)?)
    }

    fn signs_here(&self) -> bool {
        true
    }
}

impl Decrypter for TokenSigner {
    fn public_key(&self) -> &PublicKey {
        self.key.public_key()
    }

    fn decrypt(&self, cipher: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        Ok(self.key.decrypt(cipher)?)
    }
}

/// Opens what was encrypted to a key of a token, after log-in. Wipes its key when it and its session are dropped.
#[derive(Clone)]
pub struct TokenDecrypter {
    id: KeyId,
    key: Arc<SecretKey>,
}

impl TokenDecrypter {
    /// The number of the key in its token.
    #[must_use]
    pub const fn key_id(&self) -> KeyId {
        self.id
    }
}

impl fmt::Debug for TokenDecrypter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenDecrypter({}, [redacted])", self.id)
    }
}

impl Decrypter for TokenDecrypter {
    fn public_key(&self) -> &PublicKey {
        self.key.public_key()
    }

    fn decrypt(&self, cipher: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        Ok(self.key.decrypt(cipher)?)
    }
}
