//! Letting the holder in again (解锁): by the unlocker's grant, or by the code on paper. Both seal the token anew.

use std::sync::Arc;

use crate::sm::SecretKey;
use crate::sm::ct_eq;
use crate::time::Instant;

use super::DeviceSecret;
use super::GrantId;
use super::KdfCost;
use super::KeyUse;
use super::PendingUnlock;
use super::Pin;
use super::RecoveryCode;
use super::Session;
use super::Token;
use super::TokenError;
use super::TokenInfo;
use super::TokenPolicy;
use super::UnlockGrant;
use super::UnlockReceipt;
use super::UnlockRequest;
use super::container::Container;
use super::container::Keys;
use super::crypto;
use super::crypto::Key;
use super::crypto::Purpose;
use super::crypto::new_key;
use super::crypto::unwrap;
use super::crypto::wrapping_key;
use super::kdf::Stretch;
use super::slot::Slot;
use super::store::add_recovery;
use super::store::pin_slot;
use super::store::unlock_slot;
use super::unlock_request::RequestDraft;

/// The PIN that a token gets when it is unlocked, and what guessing at it costs.
#[derive(Clone, Copy, Debug)]
pub struct NewPin<'a> {
    /// The PIN; must be strong enough for the token's policy.
    pub pin: &'a Pin,
    /// What a guess costs; more if the forgotten PIN cost more and its slot is still there
    /// ([`KdfCost::or_stronger`]). A locked token has no such slot any more.
    pub kdf: KdfCost,
    /// The holder's own numbers, which may not be the PIN.
    pub holder_numbers: &'a [&'a str],
}

impl<'a> NewPin<'a> {
    /// A PIN with the usual cost.
    #[must_use]
    pub const fn new(pin: &'a Pin) -> Self {
        Self { pin, kdf: KdfCost::DEFAULT, holder_numbers: &[] }
    }

    fn check(&self, container: &Container) -> Result<(), TokenError> {
        let least = container.header.policy.min_pin_length.max(TokenPolicy::LEAST_PIN_LENGTH);
        self.pin.check_strength(least, self.holder_numbers)
    }
}

/// A token that was let in again.
#[derive(Debug)]
pub struct Unlocked {
    /// Logged in with the new PIN.
    pub session: Session,
    /// The new recovery code, to be written down once, if the token had one: the old code opens nothing any more.
    pub recovery: Option<RecoveryCode>,
}

impl Token {
    /// Asks to be let in again: what to send to the unlocker, and what to keep on this device meanwhile.
    ///
    /// Changes nothing in the token and asks for no PIN, so the token need not be locked.
    ///
    /// # Errors
    /// [`TokenError::NoUnlocker`] when the token has no slot for one; [`TokenError::DeviceSecretMissing`],
    /// [`TokenError::DeviceMismatch`]; what reading may fail with.
    pub fn request_unlock(
        &self,
        reason: Option<&str>,
        device: Option<&DeviceSecret>,
        now: Instant,
    ) -> Result<(UnlockRequest, PendingUnlock), TokenError> {
        let container = Container::parse(&self.medium.read()?)?;
        container.bound_to(device)?;
        let share = container.slots.iter().find_map(|slot| match slot {
            Slot::Unlock(slot) => Some(slot.share.as_bytes()),
            _ => None,
        });
        let share = share.ok_or(TokenError::NoUnlocker)?;
        // Newest first: of a token with more certificates than a request names, the oldest stay out.
        let objects = TokenInfo::of(&container)?.objects.into_iter();
        let certificates: Vec<_> = objects.flat_map(|object| object.certificates).rev().collect();
        let key = SecretKey::generate()?;
        let request = UnlockRequest::make(&RequestDraft {
            serial: container.serial(),
            epoch: container.header.epoch,
            certificates: &certificates,
            share,
            ephemeral_key: key.public_key(),
            reason,
            now,
        })?;
        let request_digest = *request.digest().as_bytes();
        Ok((request, PendingUnlock { request_digest, key, requested_at: now }))
    }

    /// Seals what waits for a grant, for a file beside the token: under the device secret, if the token is bound to one.
    ///
    /// # Errors
    /// As [`Self::request_unlock`].
    pub fn seal_pending(&self, pending: &PendingUnlock, device: Option<&DeviceSecret>) -> Result<Vec<u8>, TokenError> {
        let container = Container::parse(&self.medium.read()?)?;
        let key = pending_key(&container, container.bound_to(device)?);
        Ok(crypto::seal(&key, crypto::CONTEXT_PENDING, &[container.binding().as_bytes()], &pending.to_plain())?)
    }

    /// Opens what [`Self::seal_pending`] made.
    ///
    /// # Errors
    /// [`TokenError::GrantForeignRequest`] when it belongs to another token or sealing, or was changed.
    pub fn open_pending(&self, sealed: &[u8], device: Option<&DeviceSecret>) -> Result<PendingUnlock, TokenError> {
        let container = Container::parse(&self.medium.read()?)?;
        let key = pending_key(&container, container.bound_to(device)?);
        let plain = crypto::open(&key, crypto::CONTEXT_PENDING, &[container.binding().as_bytes()], sealed);
        plain.and_then(|plain| PendingUnlock::from_plain(&plain)).ok_or(TokenError::GrantForeignRequest)
    }

    /// Whether a grant could be used now, before anybody thinks of a new PIN. Changes nothing.
    ///
    /// # Errors
    /// As [`Self::unlock`], but for what shows only when the token is opened.
    pub fn check_grant(
        &self,
        grant: &UnlockGrant,
        pending: Option<&PendingUnlock>,
        device: Option<&DeviceSecret>,
        now: Instant,
    ) -> Result<(), TokenError> {
        let container = Container::parse(&self.medium.read()?)?;
        container.bound_to(device)?;
        check_grant(&container, grant, pending, now).map(|_| ())
    }

    /// Uses a grant: sets a new PIN and seals the token anew, so that the grant is of no use a second time.
    ///
    /// `pending` is what the device kept for this request; without it a grant opens nothing, and what is wrong with the
    /// grant is told all the same.
    ///
    /// # Errors
    /// [`TokenError::NoUnlocker`]; [`TokenError::GrantForeignUnlocker`], [`TokenError::GrantForeignToken`],
    /// [`TokenError::GrantUsed`], [`TokenError::GrantNewer`], [`TokenError::GrantNotNow`],
    /// [`TokenError::GrantForeignRequest`], [`TokenError::PendingExpired`]; [`TokenError::WeakPin`];
    /// [`TokenError::Tampered`] when the token is not the one that was sealed. Then nothing was changed.
    pub fn unlock(
        &self,
        grant: &UnlockGrant,
        pending: Option<&PendingUnlock>,
        new: NewPin<'_>,
        device: Option<&DeviceSecret>,
        now: Instant,
    ) -> Result<Unlocked, TokenError> {
        let mut held = self.medium.hold()?;
        let container = Container::parse(&held.read()?)?;
        let device = container.bound_to(device)?;
        let pending = check_grant(&container, grant, pending, now)?;
        new.check(&container)?;
        let share = pending.key.decrypt(&grant.share)?;
        let binding = container.binding();
        let data_key = container.slots.iter().find_map(|slot| match slot {
            Slot::Unlock(slot) => {
                let key = wrapping_key(&share, device.map(DeviceSecret::bytes), &binding, Purpose::Unlock);
                unwrap(&key, &binding, Purpose::Unlock, slot.wrapped.as_bytes())
            }
            _ => None,
        });
        let data_key = data_key.ok_or(TokenError::Tampered)?;
        let keys = container.open_secrets(&data_key)?;
        let sealed = Sealed::anew(container, keys, new, device)?;
        held.replace(&sealed.container.to_pem())?;
        drop(held);
        sealed.unlocked(self, device)
    }

    /// Uses the code on paper (恢复码): sets a new PIN and seals the token anew. The code is used up; a new one comes back.
    ///
    /// The code is random and as long as a key, so a wrong one is not counted.
    ///
    /// # Errors
    /// [`TokenError::NoRecovery`], [`TokenError::WrongRecoveryCode`]; [`TokenError::WeakPin`]; [`TokenError::Tampered`];
    /// [`TokenError::DeviceSecretMissing`], [`TokenError::DeviceMismatch`]. Then nothing was changed.
    pub fn recover(
        &self,
        code: &RecoveryCode,
        new: NewPin<'_>,
        device: Option<&DeviceSecret>,
    ) -> Result<Unlocked, TokenError> {
        let mut held = self.medium.hold()?;
        let container = Container::parse(&held.read()?)?;
        let device = container.bound_to(device)?;
        let slots: Vec<_> = container.slots.iter().filter(|slot| matches!(slot, Slot::Recovery(_))).collect();
        if slots.is_empty() {
            return Err(TokenError::NoRecovery);
        }
        new.check(&container)?;
        let binding = container.binding();
        let key = wrapping_key(code.bytes(), None, &binding, Purpose::Recovery);
        let data_key = slots.iter().find_map(|slot| match slot {
            Slot::Recovery(slot) => unwrap(&key, &binding, Purpose::Recovery, slot.wrapped.as_bytes()),
            _ => None,
        });
        let data_key = data_key.ok_or(TokenError::WrongRecoveryCode)?;
        let keys = container.open_secrets(&data_key)?;
        let sealed = Sealed::anew(container, keys, new, device)?;
        held.replace(&sealed.container.to_pem())?;
        drop(held);
        sealed.unlocked(self, device)
    }
}

/// What has to hold before a grant is used; gives back what waited for it.
fn check_grant<'p>(
    container: &Container,
    grant: &UnlockGrant,
    pending: Option<&'p PendingUnlock>,
    now: Instant,
) -> Result<&'p PendingUnlock, TokenError> {
    let unlocker = container.header.unlocker.as_ref().ok_or(TokenError::NoUnlocker)?;
    if unlocker.cert_digest.as_bytes() != grant.unlocker().sm3().as_bytes() {
        return Err(TokenError::GrantForeignUnlocker { name: grant.unlocker().subject().to_string() });
    }
    if grant.serial != container.serial() {
        return Err(TokenError::GrantForeignToken);
    }
    match grant.epoch.cmp(&container.header.epoch) {
        std::cmp::Ordering::Less => return Err(TokenError::GrantUsed),
        std::cmp::Ordering::Greater => return Err(TokenError::GrantNewer),
        std::cmp::Ordering::Equal => {}
    }
    if !grant.period().contains(now) {
        return Err(TokenError::GrantNotNow { from: grant.period().from(), to: grant.period().to() });
    }
    let pending = pending.ok_or(TokenError::GrantForeignRequest)?;
    if !ct_eq(&pending.request_digest, &grant.request_digest) {
        return Err(TokenError::GrantForeignRequest);
    }
    if now > pending.requested_at.plus_seconds(PendingUnlock::LONGEST) {
        return Err(TokenError::PendingExpired);
    }
    Ok(pending)
}

/// The key that seals what waits for a grant. Without a device secret it protects from nothing but mistakes.
fn pending_key(container: &Container, device: Option<&DeviceSecret>) -> Key {
    let nothing = [0; 32];
    let secret = device.map_or(&nothing, DeviceSecret::bytes);
    wrapping_key(secret, None, &container.binding(), Purpose::Pending)
}

/// A token sealed anew: new data key, next epoch, new slots, no tries used.
struct Sealed {
    container: Container,
    keys: Keys,
    data_key: Key,
    recovery: Option<RecoveryCode>,
    cost: KdfCost,
}

impl Sealed {
    fn anew(
        mut container: Container,
        keys: Keys,
        new: NewPin<'_>,
        device: Option<&DeviceSecret>,
    ) -> Result<Self, TokenError> {
        // The slot is not authenticated, but what it may ask for is bounded, and less than is wanted counts for nothing.
        let old = container.pin_slot().and_then(|slot| Stretch::from_algorithm(&slot.kdf).ok()).map(|old| old.cost());
        let cost = old.map_or(new.kdf, |old| new.kdf.or_stronger(old));
        let had_recovery = container.slots.iter().any(|slot| matches!(slot, Slot::Recovery(_)));
        // A slot that this program cannot wrap anew would keep an old data key alive: it goes.
        container.slots.clear();
        container.state.failed = 0;
        container.state.locked = false;
        container.header.epoch = container.header.epoch.checked_add(1).ok_or(TokenError::Malformed)?;
        container.header_changed();
        let data_key = new_key()?;
        container.set_pin_slot(pin_slot(&container, new.pin, device, cost, &data_key)?);
        if let Some(slot) = unlock_slot(&container, device, &data_key)? {
            container.slots.push(Slot::Unlock(slot));
        }
        let recovery = if had_recovery { Some(add_recovery(&mut container, &data_key)?) } else { None };
        let with_numbers: Vec<_> = keys.iter().map(|(id, key)| (*id, key)).collect();
        container.seal_secrets(&data_key, &with_numbers)?;
        container.seal_state(device);
        // What could not be read again must not be written.
        Container::parse(&container.to_pem())?;
        Ok(Self { container, keys, data_key, recovery, cost })
    }

    fn unlocked(self, token: &Token, device: Option<&DeviceSecret>) -> Result<Unlocked, TokenError> {
        let Self { container, keys, data_key, recovery, cost } = self;
        let session = Session::new(Arc::clone(&token.medium), container, keys, data_key, device, cost)?;
        Ok(Unlocked { session, recovery })
    }
}

impl Session {
    /// Says to the authority that the grant was used, and what the token's epoch is now; signed by the newest signing key
    /// that has a certificate.
    ///
    /// # Errors
    /// [`TokenError::NoSuchKey`] when no signing key has a certificate; [`TokenError::Cms`].
    pub fn unlock_receipt(&self, grant: GrantId, now: Instant) -> Result<UnlockReceipt, TokenError> {
        let info = self.info()?;
        let certified =
            info.objects.iter().rev().find(|object| object.key_use == KeyUse::Sign && !object.certificates.is_empty());
        let holder = certified.and_then(|object| object.certificates.last()).ok_or(TokenError::NoSuchKey)?;
        let signer = self.signer(holder)?;
        UnlockReceipt::make(grant, &self.serial(), info.epoch, holder, &signer, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cert::Certificate;
    use crate::cert::Issuer;
    use crate::cert::KeyPurpose;
    use crate::cert::Name;
    use crate::cert::Profile;
    use crate::cert::SerialNumber;
    use crate::key::PublicKey;
    use crate::key::Signer;
    use crate::key::SoftSigner;
    use crate::time::Period;
    use crate::token::KeyUse;
    use crate::token::MemoryMedium;
    use crate::token::NewToken;
    use crate::token::SlotKind;

    const NOW: Instant = Instant::from_unix(1_795_500_000);

    fn pin(text: &str) -> Pin {
        Pin::new(text).unwrap()
    }

    fn key(byte: u8) -> SoftSigner {
        SoftSigner::deterministic(SecretKey::from_bytes(&[byte; 32]).unwrap())
    }

    fn certificate(name: &str, of: &PublicKey, profile: &Profile) -> Certificate {
        let (root, period) = (key(1), Period::years(NOW, 9));
        let serial = |byte| SerialNumber::from_bytes(&[byte]).unwrap();
        let own = Issuer::self_signed(&Name::parse("CN=fake root").unwrap(), &root, serial(1), period).unwrap();
        let issuer = Issuer::new(own, root).unwrap();
        issuer.issue_for(&Name::parse(name).unwrap(), of, profile, serial(2), period).unwrap()
    }

    /// A certificate whose key usage allows both signing and encryption: what the profile for unlockers says.
    fn unlocker(byte: u8) -> (Certificate, SoftSigner) {
        let key = key(byte);
        let certificate = certificate("CN=fake unlocker", key.public_key(), &Profile::unlocker());
        let usage = certificate.key_usage().unwrap();
        assert!(usage.can_sign() && usage.has(KeyPurpose::KeyEncipherment));
        (certificate, key)
    }

    struct Fixture {
        medium: MemoryMedium,
        token: Token,
        public: PublicKey,
        code: Option<RecoveryCode>,
        device: Option<DeviceSecret>,
    }

    fn fixture(device: bool) -> Fixture {
        let device = device.then(|| DeviceSecret::generate().unwrap());
        let (medium, old) = (MemoryMedium::new(), pin("the forgotten one"));
        let new = match &device {
            Some(device) => NewToken::device("fake token", &old, device),
            None => NewToken::file("fake token", &old),
        };
        let new = NewToken { kdf: KdfCost::demo(2), unlocker: Some(unlocker(7).0), ..new };
        let (mut session, code) = Token::create_open(medium.clone(), new, NOW).unwrap();
        session.generate_key(KeyUse::Sign).unwrap();
        let public = Signer::public_key(&session.signer(KeyUse::Sign).unwrap()).clone();
        session.install(&[certificate("CN=fake", &public, &Profile::person())]).unwrap();
        let token = Token::open(medium.clone()).unwrap();
        Fixture { medium, token, public, code, device }
    }

    impl Fixture {
        fn lock(&self) {
            for _ in 0..6 {
                self.token.log_in(&pin("a wrong one, surely"), self.device.as_ref()).unwrap_err();
            }
            assert!(self.token.info().unwrap().locked);
        }

        fn request(&self) -> (UnlockRequest, PendingUnlock) {
            self.token.request_unlock(Some("忘记口令"), self.device.as_ref(), NOW).unwrap()
        }

        fn unlock(
            &self,
            grant: &UnlockGrant,
            pending: Option<&PendingUnlock>,
            at: Instant,
        ) -> Result<Unlocked, TokenError> {
            let new = pin("the new one, at last");
            let new = NewPin { kdf: KdfCost::demo(2), ..NewPin::new(&new) };
            self.token.unlock(grant, pending, new, self.device.as_ref(), at)
        }

        fn recover(&self, code: &RecoveryCode) -> Result<Unlocked, TokenError> {
            let new = pin("the new one, at last");
            let new = NewPin { kdf: KdfCost::demo(2), ..NewPin::new(&new) };
            self.token.recover(code, new, self.device.as_ref())
        }

        fn log_in(&self, text: &str) -> Result<Session, TokenError> {
            self.token.log_in(&pin(text), self.device.as_ref())
        }
    }

    fn grant(request: &UnlockRequest) -> UnlockGrant {
        let (certificate, key) = unlocker(7);
        UnlockGrant::issue(request, &certificate, &key, &key, NOW).unwrap()
    }

    fn code<T: std::fmt::Debug>(result: Result<T, TokenError>) -> &'static str {
        result.unwrap_err().code()
    }

    #[test]
    fn a_locked_token_is_unlocked_by_a_grant_and_keeps_its_keys() {
        for device in [false, true] {
            let fixture = fixture(device);
            fixture.lock();
            let (request, pending) = fixture.request();
            let request = UnlockRequest::from_bytes(request.to_pem().as_bytes()).unwrap();
            assert_eq!((request.reason(), request.epoch(), request.code().len()), (Some("忘记口令"), 0, 8));
            assert_eq!(request.certificates()[0].1.to_string(), "02");
            let kept = fixture.token.seal_pending(&pending, fixture.device.as_ref()).unwrap();
            let pending = fixture.token.open_pending(&kept, fixture.device.as_ref()).unwrap();

            let grant = UnlockGrant::from_bytes(grant(&request).as_der()).unwrap();
            let unlocked = fixture.unlock(&grant, Some(&pending), NOW.plus_seconds(60)).unwrap();
            let receipt = unlocked.session.unlock_receipt(grant.id(), NOW).unwrap();
            let receipt = UnlockReceipt::from_bytes(receipt.as_der()).unwrap();
            assert_eq!((receipt.grant(), receipt.epoch(), receipt.token()), (grant.id(), 1, request.token()));
            assert_eq!(receipt.holder().public_key().unwrap(), &fixture.public);

            let session = fixture.log_in("the new one, at last").unwrap();
            assert_eq!(Signer::public_key(&session.signer(KeyUse::Sign).unwrap()), &fixture.public);
            let info = fixture.token.info().unwrap();
            assert_eq!((info.epoch, info.locked, info.tries_left), (1, false, 6));
            assert_eq!(info.slots, [SlotKind::Pin, SlotKind::Unlock, SlotKind::Recovery]);
            assert_eq!(code(fixture.log_in("the forgotten one")), "token-wrong-pin");
        }
    }

    #[test]
    fn a_grant_is_of_no_use_a_second_time_nor_on_an_old_copy_nor_too_late() {
        let fixture = fixture(false);
        let (request, pending) = fixture.request();
        let (early, late) = (NOW.plus_seconds(-1), NOW.plus_seconds(UnlockGrant::LONGEST + 1));
        let grant = grant(&request);
        assert_eq!(code(fixture.unlock(&grant, Some(&pending), early)), "token-grant-not-now");
        assert_eq!(code(fixture.unlock(&grant, Some(&pending), late)), "token-grant-not-now");
        let old_copy = fixture.medium.bytes().unwrap();
        fixture.unlock(&grant, Some(&pending), NOW).unwrap();
        assert_eq!(code(fixture.unlock(&grant, Some(&pending), NOW)), "token-grant-used");
        assert_eq!(code(fixture.unlock(&grant, None, NOW)), "token-grant-used");

        // A grant for the next sealing, on a copy from before.
        let (request, pending) = fixture.request();
        let next = self::grant(&request);
        let old = Fixture { token: Token::open(MemoryMedium::with_bytes(old_copy)).unwrap(), ..self::fixture(false) };
        assert_eq!(code(old.unlock(&next, Some(&pending), NOW)), "token-grant-newer");
    }

    #[test]
    fn a_grant_for_another_token_another_request_or_by_another_is_refused() {
        let (fixture, other) = (fixture(true), fixture(true));
        let (request, pending) = fixture.request();
        let right = grant(&request);
        assert_eq!(code(other.unlock(&right, Some(&pending), NOW)), "token-grant-foreign-token");
        assert_eq!(code(fixture.unlock(&right, None, NOW)), "token-grant-foreign-request");
        let (_, another) = fixture.request();
        assert_eq!(code(fixture.unlock(&right, Some(&another), NOW)), "token-grant-foreign-request");
        let (stranger, key) = unlocker(8);
        let (_, opener) = unlocker(7);
        let by_another = UnlockGrant::issue(&request, &stranger, &key, &opener, NOW).unwrap();
        assert_eq!(code(fixture.unlock(&by_another, Some(&pending), NOW)), "token-grant-foreign-unlocker");
        let (certificate, _) = unlocker(7);
        assert_eq!(code(UnlockGrant::issue(&request, &certificate, &key, &key, NOW)), "sm-cannot-decrypt");
        assert_eq!(code(fixture.unlock(&right, Some(&pending), NOW.plus_days(8))), "token-grant-not-now");
        assert!(fixture.log_in("the forgotten one").is_ok(), "nothing was changed");
    }

    #[test]
    fn a_request_that_claims_another_sealing_than_its_share_is_refused_by_the_unlocker() {
        let fixture = fixture(false);
        let (request, _) = fixture.request();
        let mut lie = request.as_der().to_vec();
        let at = lie.windows(3).position(|window| window == [0x02, 0x01, 0x00]).unwrap();
        lie[at + 2] = 5;
        let lie = UnlockRequest::from_bytes(&lie).unwrap();
        assert_eq!(lie.epoch(), 5);
        let (certificate, key) = unlocker(7);
        assert_eq!(code(UnlockGrant::issue(&lie, &certificate, &key, &key, NOW)), "token-unlock-share-foreign");
    }

    #[test]
    fn messages_cut_or_changed_anywhere_are_refused() {
        let fixture = fixture(false);
        let (request, pending) = fixture.request();
        let grant = grant(&request);
        for end in 0..request.as_der().len() {
            assert!(UnlockRequest::from_bytes(&request.as_der()[..end]).is_err(), "{end}");
        }
        for at in 0..grant.as_der().len() {
            assert!(UnlockGrant::from_bytes(&grant.as_der()[..at]).is_err(), "{at}");
            let mut changed = grant.as_der().to_vec();
            changed[at] ^= 1;
            // What still reads as a grant has to be refused by the token: by whom it is, or for what.
            if let Ok(changed) = UnlockGrant::from_bytes(&changed)
                && changed.unlocker().as_der() != grant.unlocker().as_der()
            {
                assert_eq!(code(fixture.unlock(&changed, Some(&pending), NOW)), "token-grant-foreign-unlocker");
            }
        }
    }

    #[test]
    fn a_header_that_was_changed_is_found_when_the_token_is_let_in_again() {
        let fixture = fixture(false);
        let (request, pending) = fixture.request();
        let grant = grant(&request);
        let mut container = Container::parse(&fixture.medium.bytes().unwrap()).unwrap();
        container.header.label = "another label".into();
        container.header_changed();
        let changed = Token::open(MemoryMedium::with_bytes(container.to_pem())).unwrap();
        let changed = Fixture { token: changed, ..self::fixture(false) };
        assert_eq!(code(changed.unlock(&grant, Some(&pending), NOW)), "token-tampered");
        assert_eq!(code(changed.recover(fixture.code.as_ref().unwrap())), "token-tampered");
    }

    #[test]
    fn the_code_on_paper_lets_in_once_and_a_new_one_comes() {
        for device in [false, true] {
            let fixture = fixture(device);
            fixture.lock();
            let first = fixture.code.as_ref().unwrap();
            let typed = RecoveryCode::parse(&first.reveal().to_lowercase().replace('-', " ")).unwrap();
            assert_eq!(code(fixture.recover(&RecoveryCode::generate().unwrap())), "token-wrong-recovery-code");
            let second = fixture.recover(&typed).unwrap().recovery.unwrap();
            assert!(fixture.log_in("the new one, at last").is_ok());
            assert_eq!(code(fixture.recover(first)), "token-wrong-recovery-code");
            assert!(fixture.recover(&second).is_ok());
        }
    }

    #[test]
    fn a_new_code_by_the_pin_takes_the_place_of_the_old_one_and_is_given_where_there_was_none() {
        let pin = pin("a fine PIN of today");
        for recovery in [super::super::Recovery::Code, super::super::Recovery::None] {
            let new = NewToken { kdf: KdfCost::demo(2), recovery, ..NewToken::file("x", &pin) };
            let (token, old) = Token::create(MemoryMedium::new(), new, NOW).unwrap();
            let code = token.log_in(&pin, None).unwrap().renew_recovery().unwrap();
            let codes = token.info().unwrap().slots.iter().filter(|slot| **slot == SlotKind::Recovery).count();
            assert_eq!(codes, 1);
            let next = || NewPin { kdf: KdfCost::demo(2), ..NewPin::new(&pin) };
            if let Some(old) = old {
                assert_eq!(token.recover(&old, next(), None).unwrap_err().code(), "token-wrong-recovery-code");
            }
            assert!(token.recover(&code, next(), None).is_ok());
        }
    }

    #[test]
    fn who_has_no_unlocker_or_no_code_is_told_so() {
        let old = pin("the forgotten one");
        let new =
            NewToken { kdf: KdfCost::demo(2), recovery: super::super::Recovery::None, ..NewToken::file("x", &old) };
        let (token, _) = Token::create(MemoryMedium::new(), new, NOW).unwrap();
        let bare = Fixture { token, ..fixture(false) };
        assert_eq!(code(bare.token.request_unlock(None, None, NOW)), "token-no-unlocker");
        assert_eq!(code(bare.recover(&RecoveryCode::generate().unwrap())), "token-no-recovery");
    }

    #[test]
    fn a_weak_new_pin_changes_nothing() {
        let fixture = fixture(false);
        let (request, pending) = fixture.request();
        let weak = pin("12345678");
        let refused = fixture.token.unlock(&grant(&request), Some(&pending), NewPin::new(&weak), None, NOW);
        assert_eq!(code(refused), "token-weak-pin");
        assert!(fixture.log_in("the forgotten one").is_ok());
    }

    #[test]
    fn what_waits_is_opened_by_its_device_alone() {
        let (fixture, other) = (fixture(true), fixture(true));
        let (_, pending) = fixture.request();
        let kept = fixture.token.seal_pending(&pending, fixture.device.as_ref()).unwrap();
        assert_eq!(code(other.token.open_pending(&kept, other.device.as_ref())), "token-grant-foreign-request");
        for end in 0..kept.len() {
            assert!(fixture.token.open_pending(&kept[..end], fixture.device.as_ref()).is_err());
        }
        assert_eq!(format!("{pending:?}"), "PendingUnlock([redacted])");
    }

    #[test]
    fn a_forgotten_pin_is_never_followed_by_a_cheaper_one() {
        let fixture = fixture(false);
        let next = pin("the new one, at last");
        let with = |kdf| NewPin { kdf, ..NewPin::new(&next) };
        let unlocked = fixture.token.recover(fixture.code.as_ref().unwrap(), with(KdfCost::demo(1)), None).unwrap();
        assert_eq!(fixture.token.info().unwrap().kdf, Some(KdfCost::demo(2)));
        fixture.token.recover(&unlocked.recovery.unwrap(), with(KdfCost::demo(3)), None).unwrap();
        assert_eq!(fixture.token.info().unwrap().kdf, Some(KdfCost::demo(3)));
        assert!(fixture.log_in("the new one, at last").is_ok());
    }
}
