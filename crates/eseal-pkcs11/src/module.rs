use std::fmt;
use std::path::Path;

use cryptoki::context::CInitializeArgs;
use cryptoki::context::CInitializeFlags;
use cryptoki::context::Pkcs11;
use cryptoki::error::Error;
use cryptoki::error::RvError;
use cryptoki::session::UserType;
use cryptoki::slot::Slot;
use cryptoki::slot::TokenInfo;
use cryptoki::types::AuthPin;

use crate::Pkcs11Error;
use crate::Pkcs11Session;
use crate::Pkcs11Uri;

/// A loaded PKCS#11 module. Clones share it; it stays loaded until the process ends.
#[derive(Clone)]
pub struct Pkcs11Module {
    context: Pkcs11,
}

impl fmt::Debug for Pkcs11Module {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pkcs11Module")
    }
}

/// A token in one of the slots of a module, as it describes itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenSummary {
    /// The number of its slot.
    pub slot: u64,
    /// Its label.
    pub label: String,
    /// Its serial number.
    pub serial: String,
    /// Its model.
    pub model: String,
    /// Its maker.
    pub manufacturer: String,
    /// Whether the user's PIN is locked.
    pub locked: bool,
}

impl Pkcs11Module {
    /// Loads a module and starts it. Its code runs in this process from now on.
    ///
    /// Never ended (`C_Finalize`): other parts of the process may use the same module, and to end it is to end them.
    ///
    /// # Errors
    /// [`Pkcs11Error::RelativeModule`], [`Pkcs11Error::Load`].
    pub fn load(path: &Path) -> Result<Self, Pkcs11Error> {
        if !path.is_absolute() {
            return Err(Pkcs11Error::RelativeModule);
        }
        let reason = |error: Error| match error {
            Error::Pkcs11(value, function) => Pkcs11Error::Load { reason: format!("{value:?} ({function})") },
            other => Pkcs11Error::Load { reason: other.to_string() },
        };
        let context = Pkcs11::new(path).map_err(reason)?;
        match context.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
            Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => Ok(Self { context }),
            Err(error) => Err(reason(error)),
        }
    }

    /// The tokens that are there now.
    ///
    /// # Errors
    /// [`Pkcs11Error::Refused`].
    pub fn tokens(&self) -> Result<Vec<TokenSummary>, Pkcs11Error> {
        Ok(self.slots()?.into_iter().map(|(slot, info)| summary(slot, &info)).collect())
    }

    /// Opens the one token that the URI names, and logs in to it.
    ///
    /// A PIN is sent once. A module keeps one login for the whole process: where somebody is logged in already, the PIN is not
    /// looked at. `None` of `pin` is for tokens without one, or with keys of their own to type it on.
    ///
    /// # Errors
    /// [`Pkcs11Error::NoToken`], [`Pkcs11Error::SeveralTokens`]; [`Pkcs11Error::PinLocked`] without asking the token,
    /// [`Pkcs11Error::PinNeeded`], [`Pkcs11Error::WrongPin`]; [`Pkcs11Error::Refused`].
    pub fn open(&self, uri: &Pkcs11Uri, pin: Option<&str>) -> Result<Pkcs11Session, Pkcs11Error> {
        let (slot, info) = self.token(uri)?;
        let session = self.context.open_ro_session(slot)?;
        if info.login_required() {
            let pin = pin.map(|pin| AuthPin::new(pin.into()));
            if pin.is_none() && !info.protected_authentication_path() {
                return Err(Pkcs11Error::PinNeeded);
            }
            if info.user_pin_locked() {
                return Err(Pkcs11Error::PinLocked);
            }
            match session.login(UserType::User, pin.as_ref()) {
                Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => {}
                Err(Error::Pkcs11(RvError::PinIncorrect | RvError::PinLenRange | RvError::PinInvalid, _)) => {
                    return Err(self.after_wrong_pin(slot));
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(Pkcs11Session::new(session, self.context.clone(), slot))
    }

    /// Whether the token that the URI names wants a PIN from here.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn wants_pin(&self, uri: &Pkcs11Uri) -> Result<bool, Pkcs11Error> {
        let (_, info) = self.token(uri)?;
        if info.login_required() && info.user_pin_locked() {
            return Err(Pkcs11Error::PinLocked);
        }
        Ok(info.login_required() && !info.protected_authentication_path())
    }

    fn after_wrong_pin(&self, slot: Slot) -> Pkcs11Error {
        match self.context.get_token_info(slot) {
            Ok(info) if info.user_pin_locked() => Pkcs11Error::PinLocked,
            Ok(info) => Pkcs11Error::WrongPin { last_try: info.user_pin_final_try() },
            Err(_) => Pkcs11Error::WrongPin { last_try: false },
        }
    }

    fn slots(&self) -> Result<Vec<(Slot, TokenInfo)>, Pkcs11Error> {
        let mut slots = Vec::new();
        for slot in self.context.get_slots_with_initialized_token()? {
            slots.push((slot, self.context.get_token_info(slot)?));
        }
        Ok(slots)
    }

    fn token(&self, uri: &Pkcs11Uri) -> Result<(Slot, TokenInfo), Pkcs11Error> {
        let fits = |(slot, info): &(Slot, TokenInfo)| {
            let one = summary(*slot, info);
            let same = |wanted: &Option<String>, found: &str| wanted.as_ref().is_none_or(|wanted| wanted == found);
            same(&uri.token, &one.label)
                && same(&uri.serial, &one.serial)
                && same(&uri.model, &one.model)
                && same(&uri.manufacturer, &one.manufacturer)
                && uri.slot.is_none_or(|slot| slot == one.slot)
        };
        let mut fitting: Vec<_> = self.slots()?.into_iter().filter(fits).collect();
        match fitting.len() {
            0 => Err(Pkcs11Error::NoToken),
            1 => Ok(fitting.remove(0)),
            count => Err(Pkcs11Error::SeveralTokens { count }),
        }
    }
}

fn summary(slot: Slot, info: &TokenInfo) -> TokenSummary {
    let trimmed = |text: &str| text.trim_end().to_owned();
    TokenSummary {
        slot: slot.id(),
        label: trimmed(info.label()),
        serial: trimmed(info.serial_number()),
        model: trimmed(info.model()),
        manufacturer: trimmed(info.manufacturer_id()),
        locked: info.user_pin_locked(),
    }
}
