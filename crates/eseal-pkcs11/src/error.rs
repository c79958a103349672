use cryptoki::error::Error;
use cryptoki::error::RvError;

/// Why a key behind a PKCS#11 module could not be used.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Pkcs11Error {
    /// The text is no PKCS #11 URI (RFC 7512), or has a part that this program cannot honour.
    #[error("not a usable PKCS #11 URI: {what}")]
    Uri {
        /// The attribute, or what is wrong.
        what: String,
    },
    /// The URI carries the PIN itself, where everybody can read it.
    #[error("the PKCS #11 URI has the PIN in it")]
    PinInUri,
    /// No module was named.
    #[error("no PKCS #11 module is named")]
    NoModule,
    /// The module's path is not absolute, so what would be loaded depends on the folder.
    #[error("the path of a PKCS #11 module must be absolute")]
    RelativeModule,
    /// The module cannot be loaded or does not start.
    #[error("the PKCS #11 module cannot be loaded: {reason}")]
    Load {
        /// What the system or the module said.
        reason: String,
    },
    /// No slot of the module holds the token.
    #[error("no token in the module fits")]
    NoToken,
    /// More than one token fits.
    #[error("{count} tokens in the module fit")]
    SeveralTokens {
        /// How many.
        count: usize,
    },
    /// The token asks for a PIN and none was given.
    #[error("the hardware token asks for a PIN")]
    PinNeeded,
    /// The PIN is wrong. Hardware counts by itself and tells at most that few tries are left.
    #[error("wrong PIN of the hardware token")]
    WrongPin {
        /// Whether the token says that one more wrong PIN locks it.
        last_try: bool,
    },
    /// The token is locked, and was not asked again.
    #[error("the hardware token is locked")]
    PinLocked,
    /// No private key of the token fits.
    #[error("no SM2 key in the hardware token fits")]
    NoKey,
    /// More than one private key fits.
    #[error("{count} SM2 keys in the hardware token fit")]
    SeveralKeys {
        /// How many.
        count: usize,
    },
    /// The public half of the key is nowhere in the token, so nothing it signs could be verified.
    #[error("the public half of the key is not in the hardware token")]
    NoPublicKey,
    /// The key asks for its PIN before every use, which this program does not do.
    #[error("the key asks for a PIN at every use")]
    AlwaysAuthenticate,
    /// The number is none that a module may give a mechanism.
    #[error("{number:#x} is not a usable mechanism number")]
    MechanismNumber {
        /// The number.
        number: u64,
    },
    /// The token does not offer the mechanism: another maker's number, or no SM2 at all.
    #[error("the hardware token does not offer mechanism {number:#x}")]
    NoMechanism {
        /// The number.
        number: u64,
    },
    /// The mechanisms name no decryption.
    #[error("no mechanism for decryption is named")]
    NoDecryption,
    /// The module refused or failed.
    #[error("the PKCS #11 module refused: {reason}")]
    Refused {
        /// Its return value by name.
        reason: String,
    },
}

impl Pkcs11Error {
    /// Every code of this enum.
    pub const CODES: &[&str] = &[
        "pkcs11-uri",
        "pkcs11-pin-in-uri",
        "pkcs11-no-module",
        "pkcs11-relative-module",
        "pkcs11-load",
        "pkcs11-no-token",
        "pkcs11-several-tokens",
        "pkcs11-pin-needed",
        "pkcs11-wrong-pin",
        "pkcs11-pin-locked",
        "pkcs11-no-key",
        "pkcs11-several-keys",
        "pkcs11-no-public-key",
        "pkcs11-always-authenticate",
        "pkcs11-mechanism-number",
        "pkcs11-no-mechanism",
        "pkcs11-no-decryption",
        "pkcs11-refused",
    ];

    /// The stable word for this error.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Uri { .. } => "pkcs11-uri",
            Self::PinInUri => "pkcs11-pin-in-uri",
            Self::NoModule => "pkcs11-no-module",
            Self::RelativeModule => "pkcs11-relative-module",
            Self::Load { .. } => "pkcs11-load",
            Self::NoToken => "pkcs11-no-token",
            Self::SeveralTokens { .. } => "pkcs11-several-tokens",
            Self::PinNeeded => "pkcs11-pin-needed",
            Self::WrongPin { .. } => "pkcs11-wrong-pin",
            Self::PinLocked => "pkcs11-pin-locked",
            Self::NoKey => "pkcs11-no-key",
            Self::SeveralKeys { .. } => "pkcs11-several-keys",
            Self::NoPublicKey => "pkcs11-no-public-key",
            Self::AlwaysAuthenticate => "pkcs11-always-authenticate",
            Self::MechanismNumber { .. } => "pkcs11-mechanism-number",
            Self::NoMechanism { .. } => "pkcs11-no-mechanism",
            Self::NoDecryption => "pkcs11-no-decryption",
            Self::Refused { .. } => "pkcs11-refused",
        }
    }
}

impl From<Error> for Pkcs11Error {
    /// Return values keep their name, without the paragraphs that the binding has for each.
    fn from(error: Error) -> Self {
        match error {
            Error::Pkcs11(RvError::PinLocked, _) => Self::PinLocked,
            Error::Pkcs11(RvError::PinIncorrect, _) => Self::WrongPin { last_try: false },
            Error::Pkcs11(value, function) => Self::Refused { reason: format!("{value:?} ({function})") },
            other => Self::Refused { reason: other.to_string() },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_codes_is_the_codes_in_order() {
        let errors = [
            Pkcs11Error::Uri { what: String::new() },
            Pkcs11Error::PinInUri,
            Pkcs11Error::NoModule,
            Pkcs11Error::RelativeModule,
            Pkcs11Error::Load { reason: String::new() },
            Pkcs11Error::NoToken,
            Pkcs11Error::SeveralTokens { count: 2 },
            Pkcs11Error::PinNeeded,
            Pkcs11Error::WrongPin { last_try: true },
            Pkcs11Error::PinLocked,
            Pkcs11Error::NoKey,
            Pkcs11Error::SeveralKeys { count: 2 },
            Pkcs11Error::NoPublicKey,
            Pkcs11Error::AlwaysAuthenticate,
            Pkcs11Error::MechanismNumber { number: 1 },
            Pkcs11Error::NoMechanism { number: 1 },
            Pkcs11Error::NoDecryption,
            Pkcs11Error::Refused { reason: String::new() },
        ];
        assert_eq!(errors.iter().map(Pkcs11Error::code).collect::<Vec<_>>(), Pkcs11Error::CODES);
    }
}
