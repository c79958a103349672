use std::fmt;
use std::sync::Arc;

use crate::cert::Certificate;
use crate::der;
use crate::key::public_key_from_spki;
use crate::key::public_key_to_spki;
use crate::sm::random;
use crate::time::Instant;

use super::DeviceSecret;
use super::KdfCost;
use super::Level;
use super::Medium;
use super::Pin;
use super::RecoveryCode;
use super::Session;
use super::TokenError;
use super::TokenInfo;
use super::container::Container;
use super::container::Keys;
use super::container::MAX_LABEL;
use super::container::MAX_TRIES;
use super::container::Policy;
use super::container::Unlocker;
use super::container::octet_string;
use super::container::unlock_share;
use super::crypto::Key;
use super::crypto::Purpose;
use super::crypto::new_key;
use super::crypto::unwrap;
use super::crypto::wrap;
use super::crypto::wrapping_key;
use super::kdf::Stretch;
use super::kdf::recovery_algorithm;
use super::slot::PinSlot;
use super::slot::RecoverySlot;
use super::slot::Slot;
use super::slot::UnlockSlot;

/// What a token asks of its PIN, and how often it may be wrong (口令策略).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenPolicy {
    /// Fewest characters of a PIN; never below 8 for a token in a file.
    pub min_pin_length: u32,
    /// Wrong PINs in a row until the token locks, 1 to 100.
    pub max_tries: u32,
    /// Whether private keys may be exported, encrypted, by whoever knows the PIN: [`Session::export`].
    pub export_allowed: bool,
}

impl TokenPolicy {
    /// The fewest characters of a PIN that any policy may ask for: a file can be copied and guessed at.
    pub const LEAST_PIN_LENGTH: u32 = 8;
}

impl Default for TokenPolicy {
    /// Eight characters, six tries, no export.
    fn default() -> Self {
        Self { min_pin_length: Self::LEAST_PIN_LENGTH, max_tries: 6, export_allowed: false }
    }
}

/// Whether a token gets a recovery code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Recovery {
    /// Yes: given back once, for paper.
    #[default]
    Code,
    /// No: a forgotten PIN loses the keys, unless an unlocker helps.
    None,
}

/// What a new token is made from.
#[derive(Debug)]
pub struct NewToken<'a> {
    /// A name for people, at most 256 bytes.
    pub label: String,
    /// The PIN; must be strong enough for the policy.
    pub pin: &'a Pin,
    /// What protects it besides the PIN.
    pub level: Level,
    /// What a guess costs.
    pub kdf: KdfCost,
    /// What is asked of the PIN.
    pub policy: TokenPolicy,
    /// Who may permit an unlock: a certificate whose key may encrypt.
    pub unlocker: Option<Certificate>,
    /// The device secret; needed for [`Level::Device`].
    pub device: Option<&'a DeviceSecret>,
    /// Whether to make a recovery code.
    pub recovery: Recovery,
    /// The holder's own numbers, which may not be the PIN.
    pub holder_numbers: &'a [&'a str],
}

impl<'a> NewToken<'a> {
    /// A token in a file that is bound to no device, with the defaults of everything else.
    #[must_use]
    pub fn file(label: impl Into<String>, pin: &'a Pin) -> Self {
        Self {
            label: label.into(),
            pin,
            level: Level::File,
            kdf: KdfCost::DEFAULT,
            policy: TokenPolicy::default(),
            unlocker: None,
            device: None,
            recovery: Recovery::Code,
            holder_numbers: &[],
        }
    }

    /// A token that opens only together with a device's secret, with the defaults of everything else.
    #[must_use]
    pub fn device(label: impl Into<String>, pin: &'a Pin, device: &'a DeviceSecret) -> Self {
        Self { level: Level::Device, device: Some(device), ..Self::file(label, pin) }
    }

    fn check(&self) -> Result<(), TokenError> {
        if self.level == Level::Server {
            return Err(TokenError::UnsupportedLevel { level: self.level });
        }
        if self.label.len() > MAX_LABEL {
            return Err(TokenError::LabelTooLong { most: MAX_LABEL });
        }
        // A PIN of more than 64 characters is typed by nobody: asking for one locks the holder out.
        if !(1..=MAX_TRIES).contains(&self.policy.max_tries) || self.policy.min_pin_length > 64 {
            return Err(TokenError::BadPolicy);
        }
        self.pin.check_strength(self.policy.min_pin_length.max(TokenPolicy::LEAST_PIN_LENGTH), self.holder_numbers)
    }
}

/// A soft token on its medium. Holds no secret: those are in a [`Session`].
///
/// ```
/// use eseal::time::Instant;
/// use eseal::token::{KdfCost, KeyUse, MemoryMedium, NewToken, Pin, Token, TokenError};
///
/// let now = Instant::parse("2026-11-24T08:00:00Z")?;
/// let pin = Pin::new("correct horse battery")?;
/// let new = NewToken { kdf: KdfCost::demo(1000), ..NewToken::file("示例用户", &pin) };
/// let (token, recovery) = Token::create(MemoryMedium::new(), new, now)?;
/// assert!(recovery.is_some(), "to be written down once");
///
/// let mut session = token.log_in(&pin, None)?;
/// let key = session.generate_key(KeyUse::Sign)?;
/// let signer = session.signer(key)?;
///
/// let wrong = token.log_in(&Pin::new("incorrect horse")?, None);
/// assert!(matches!(wrong, Err(TokenError::WrongPin { left: 5 })));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Token {
    pub(super) medium: Arc<dyn Medium>,
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token")
    }
}

impl Token {
    /// Makes a token without keys on an empty medium. The recovery code, if one was asked for, exists only in what this
    /// returns.
    ///
    /// # Errors
    /// [`TokenError::WeakPin`], [`TokenError::BadPolicy`], [`TokenError::LabelTooLong`], [`TokenError::UnsupportedLevel`],
    /// [`TokenError::DeviceSecretMissing`], [`TokenError::UnusableUnlocker`]; [`TokenError::Exists`] when the medium is
    /// not empty; what writing may fail with.
    pub fn create(
        medium: impl Medium + 'static,
        new: NewToken<'_>,
        now: Instant,
    ) -> Result<(Self, Option<RecoveryCode>), TokenError> {
        let (session, code) = Self::create_open(medium, new, now)?;
        Ok((Self { medium: session.medium() }, code))
    }

    /// Makes a token and stays logged in: who just chose the PIN need not wait for it to be stretched once more.
    ///
    /// # Errors
    /// As [`Self::create`].
    pub fn create_open(
        medium: impl Medium + 'static,
        new: NewToken<'_>,
        now: Instant,
    ) -> Result<(Session, Option<RecoveryCode>), TokenError> {
        new.check()?;
        let device = match new.level {
            Level::Device => Some(new.device.ok_or(TokenError::DeviceSecretMissing)?),
            Level::File | Level::Server => None,
        };
        let mut serial = [0; 16];
        random(&mut serial)?;
        let policy = Policy {
            min_pin_length: new.policy.min_pin_length.max(TokenPolicy::LEAST_PIN_LENGTH),
            max_tries: new.policy.max_tries,
            level: new.level,
            export_allowed: new.policy.export_allowed,
        };
        let mut container = Container::new(&serial, new.label, now, policy);
        let data_key = new_key()?;
        container.set_pin_slot(pin_slot(&container, new.pin, device, new.kdf, &data_key)?);
        if let Some(unlocker) = &new.unlocker {
            add_unlocker(&mut container, unlocker, device, &data_key)?;
        }
        let code = match new.recovery {
            Recovery::Code => Some(add_recovery(&mut container, &data_key)?),
            Recovery::None => None,
        };
        container.seal_secrets(&data_key, &[])?;
        container.seal_state(device);
        medium.create(&container.to_pem())?;
        let session = Session::new(Arc::new(medium), container, Keys::new(), data_key, device, new.kdf)?;
        Ok((session, code))
    }

    /// Opens a token: looks whether it is one. Asks for no PIN and counts no try.
    ///
    /// # Errors
    /// [`TokenError::NotFound`], [`TokenError::Malformed`], [`TokenError::UnsupportedVersion`], and the like.
    pub fn open(medium: impl Medium + 'static) -> Result<Self, TokenError> {
        Container::parse(&medium.read()?)?;
        Ok(Self { medium: Arc::new(medium) })
    }

    /// What the token tells without its PIN, as it is now: label, tries left, keys, certificates.
    ///
    /// Nothing of this is authenticated before a log-in.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn info(&self) -> Result<TokenInfo, TokenError> {
        TokenInfo::of(&Container::parse(&self.medium.read()?)?)
    }

    /// Logs in (登录). The device secret is looked at only if the token is bound to a device.
    ///
    /// The order is fixed: hold the token; refuse a locked one; write the try down, synced; only then derive and test. A
    /// program that is killed in between has used up a try, never gained one.
    ///
    /// # Errors
    /// [`TokenError::WrongPin`], [`TokenError::Locked`]; [`TokenError::DeviceSecretMissing`] and
    /// [`TokenError::DeviceMismatch`], which use no try; [`TokenError::Tampered`] when the PIN is right and the rest is
    /// not; [`TokenError::ReadOnly`] and [`TokenError::Full`] when the try could not be written down.
    pub fn log_in(&self, pin: &Pin, device: Option<&DeviceSecret>) -> Result<Session, TokenError> {
        let mut held = self.medium.hold()?;
        let mut container = Container::parse(&held.read()?)?;
        if container.is_locked() {
            return Err(TokenError::Locked);
        }
        let device = container.bound_to(device)?;
        let max_tries = container.header.policy.max_tries;
        if container.state.failed >= max_tries {
            // Killed after the last try was written down and before the slot was destroyed: make up for it.
            container.destroy_pin_slot();
            container.seal_state(device);
            held.replace(&container.to_pem())?;
            return Err(TokenError::Locked);
        }
        let slot = container.pin_slot().ok_or(TokenError::Locked)?.clone();
        // Before the try is counted: a token that asks for hours of hashing is refused, not hashed.
        let stretch = Stretch::from_algorithm(&slot.kdf)?;
        let ready = stretch.prepare()?;

        container.state.failed += 1;
        container.seal_state(device);
        held.replace(&container.to_pem())?;

        let secret = ready.stretch(pin);
        let binding = container.binding();
        let key = wrapping_key(secret.as_ref(), device.map(DeviceSecret::bytes), &binding, Purpose::Pin);
        let Some(data_key) = unwrap(&key, &binding, Purpose::Pin, slot.wrapped.as_bytes()) else {
            let left = max_tries - container.state.failed;
            if left == 0 {
                container.destroy_pin_slot();
                container.seal_state(device);
                held.replace(&container.to_pem())?;
            }
            return Err(TokenError::WrongPin { left });
        };
        let keys = container.open_secrets(&data_key)?;
        container.state.failed = 0;
        container.seal_state(device);
        held.replace(&container.to_pem())?;
        drop(held);
        Session::new(Arc::clone(&self.medium), container, keys, data_key, device, stretch.cost())
    }
}

/// A slot that this PIN opens.
pub(super) fn pin_slot(
    container: &Container,
    pin: &Pin,
    device: Option<&DeviceSecret>,
    cost: KdfCost,
    data_key: &Key,
) -> Result<PinSlot, TokenError> {
    let stretch = Stretch::new(cost)?;
    let secret = stretch.stretch(pin)?;
    let binding = container.binding();
    let key = wrapping_key(secret.as_ref(), device.map(DeviceSecret::bytes), &binding, Purpose::Pin);
    let wrapped = wrap(&key, &binding, Purpose::Pin, data_key)?;
    Ok(PinSlot { kdf: stretch.to_algorithm(), device_bound: device.is_some(), wrapped: octet_string(&wrapped) })
}

/// Names the unlocker in the header and gives it a share, which alone opens nothing.
fn add_unlocker(
    container: &mut Container,
    certificate: &Certificate,
    device: Option<&DeviceSecret>,
    data_key: &Key,
) -> Result<(), TokenError> {
    let public_key = certificate.public_key().map_err(|_| TokenError::UnusableUnlocker)?;
    if certificate.key_usage().is_some_and(|usage| !usage.can_encipher()) {
        return Err(TokenError::UnusableUnlocker);
    }
    let spki = public_key_to_spki(public_key);
    container.header.unlocker = Some(Unlocker {
        cert_digest: octet_string(certificate.sm3().as_bytes()),
        public_key: der::decode(&spki).expect("what was just encoded"),
        name: certificate.subject().to_string(),
    });
    container.header_changed();
    if let Some(slot) = unlock_slot(container, device, data_key)? {
        container.slots.push(Slot::Unlock(slot));
    }
    Ok(())
}

/// A slot that opens with a new share, encrypted to the unlocker that the header names.
pub(super) fn unlock_slot(
    container: &Container,
    device: Option<&DeviceSecret>,
    data_key: &Key,
) -> Result<Option<UnlockSlot>, TokenError> {
    let Some(unlocker) = &container.header.unlocker else { return Ok(None) };
    let spki = der::encode(&unlocker.public_key).map_err(|_| TokenError::Malformed)?;
    let (public_key, _) = public_key_from_spki(&spki).map_err(|_| TokenError::UnusableUnlocker)?;
    let share = new_key()?;
    let plain = unlock_share(&container.serial(), container.header.epoch, &share);
    let binding = container.binding();
    let key = wrapping_key(share.as_ref(), device.map(DeviceSecret::bytes), &binding, Purpose::Unlock);
    Ok(Some(UnlockSlot {
        authority: unlocker.cert_digest.clone(),
        share: octet_string(&public_key.encrypt(&plain)?),
        device_bound: device.is_some(),
        wrapped: octet_string(&wrap(&key, &binding, Purpose::Unlock, data_key)?),
    }))
}

/// A slot that the code on paper opens. The code is random, so it needs no stretching; it is not bound to a device, since
/// it has to help where the PIN does not.
pub(super) fn add_recovery(container: &mut Container, data_key: &Key) -> Result<RecoveryCode, TokenError> {
    let code = RecoveryCode::generate()?;
    let binding = container.binding();
    let key = wrapping_key(code.bytes(), None, &binding, Purpose::Recovery);
    let wrapped = wrap(&key, &binding, Purpose::Recovery, data_key)?;
    container.slots.push(Slot::Recovery(RecoverySlot { kdf: recovery_algorithm(), wrapped: octet_string(&wrapped) }));
    Ok(code)
}
