use std::io;

use crate::cert::CertError;
use crate::cms::CmsError;
use crate::key::KeyError;
use crate::sm::SmError;
use crate::time::Instant;

use super::KeyUse;
use super::Level;
use super::PinFault;

/// Why an act on a token could not be done.
#[non_exhaustive]
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The bytes are no soft token, or are damaged in their outer structure.
    #[error("not a soft token, or damaged")]
    Malformed,
    /// The token is larger than this program reads.
    #[error("the token is over {most} bytes")]
    TooLarge {
        /// Most bytes that are read.
        most: usize,
    },
    /// The container has a version that this program does not know.
    #[error("soft token of version {version}, only 1 is known")]
    UnsupportedVersion {
        /// The version found.
        version: u32,
    },
    /// The level needs a service that this program does not speak to.
    #[error("tokens of this level ({level:?}) are not supported")]
    UnsupportedLevel {
        /// The level found or asked for.
        level: Level,
    },
    /// The PIN is stretched by a function that this program does not know.
    #[error("the PIN is stretched by an unknown function ({oid})")]
    UnsupportedKdf {
        /// Its identifier.
        oid: String,
    },
    /// The derivation would take so long that it looks like an attack; nothing was hashed.
    #[error("the token asks for {iterations} iterations, at most {most} are done")]
    KdfTooCostly {
        /// Iterations asked for.
        iterations: u64,
        /// Most iterations that are done.
        most: u32,
    },
    /// Argon2id would take so much memory or time that it looks like an attack; nothing was hashed.
    #[error("the token asks for {passes} passes over {memory_kib} KiB in {lanes} lanes, which is too much")]
    Argon2TooCostly {
        /// Memory asked for, in KiB.
        memory_kib: u64,
        /// Passes asked for.
        passes: u64,
        /// Lanes asked for.
        lanes: u64,
    },
    /// The system does not give the memory that stretching the PIN needs; no try was used.
    #[error("no memory to stretch the PIN ({kib} KiB)")]
    NoMemory {
        /// Memory needed, in KiB.
        kib: u32,
    },
    /// A new PIN is too easy to guess.
    #[error("the new PIN is too easy to guess ({fault:?})")]
    WeakPin {
        /// What is wrong with it.
        fault: PinFault,
    },
    /// The policy for a new token makes no sense: no tries, too many, or a PIN length that nobody types.
    #[error("the token policy is out of its limits")]
    BadPolicy,
    /// A label is longer than fits.
    #[error("the label is over {most} bytes")]
    LabelTooLong {
        /// Most bytes of UTF-8.
        most: usize,
    },
    /// The PIN is wrong, or the PIN slot is damaged; the try is written down.
    #[error("wrong PIN, {left} tries left")]
    WrongPin {
        /// Tries left before the token locks; 0 when this one locked it.
        left: u32,
    },
    /// Too many wrong PINs: the PIN slot of this copy is destroyed.
    #[error("the token is locked")]
    Locked,
    /// The token is bound to a device and no device secret was given.
    #[error("the token is bound to a device, and no device secret was given")]
    DeviceSecretMissing,
    /// The token is bound to another device, or was changed outside this program. No try was used.
    #[error("the token belongs to another device, or was changed from outside")]
    DeviceMismatch,
    /// The bytes are no device secret.
    #[error("not a device secret")]
    BadDeviceSecret,
    /// The PIN is right, but header, certificates or keys are not those that were sealed.
    #[error("the token was changed from outside")]
    Tampered,
    /// Since this log-in the token was sealed anew elsewhere, or locked.
    #[error("the token was sealed anew since this log-in")]
    Stale,
    /// The token has no such key.
    #[error("the token has no such key")]
    NoSuchKey,
    /// The key is not for signing.
    #[error("the key is not for signing")]
    NotForSigning,
    /// The certificate's key is none of this token's.
    #[error("the certificate of {subject} belongs to no key of this token")]
    ForeignCertificate {
        /// The subject named in it.
        subject: String,
    },
    /// The key that was to be taken in is there already.
    #[error("the token has this key already")]
    KeyExists,
    /// A key without a certificate that says what it is for, and nobody said it.
    #[error("nothing says what the key is for")]
    KeyUseUnknown,
    /// The certificate of a key says that it is for something else.
    #[error("the key is certified for {certified:?}, not for {wanted:?}")]
    KeyUseDiffers {
        /// What its certificate says.
        certified: KeyUse,
        /// What was asked for.
        wanted: KeyUse,
    },
    /// A certificate that came with a key cannot be read.
    #[error("a certificate that came with the key cannot be read")]
    UnreadableCertificate {
        /// What is wrong with it.
        #[source]
        source: CertError,
    },
    /// The token's policy lets no key out.
    #[error("the token's policy allows no export")]
    ExportForbidden,
    /// Signing keys do not go into hardware from outside.
    #[error("this form takes an encryption key, not a signing key")]
    ExportOfSigningKey,
    /// The certificate is for another subject than the request, or than the certificates that its key has.
    #[error("the certificate is for {subject}, and not for {expected}")]
    OtherSubject {
        /// The subject named in it.
        subject: String,
        /// The subject that it should name.
        expected: String,
    },
    /// The certificate's key usage does not fit what its key is for in the token: signing and encryption are swapped.
    #[error("the certificate of {subject} does not fit a key for {}", key_use.word())]
    WrongUsage {
        /// The subject named in it.
        subject: String,
        /// What the key is for.
        key_use: KeyUse,
    },
    /// An answer has several certificates for keys of this token where one is expected.
    #[error("the answer has several certificates of {subject} for keys of this token")]
    AmbiguousAnswer {
        /// The subject named in one of them.
        subject: String,
    },
    /// A signing certificate that is here already comes with another encryption key than it came with first.
    #[error("the certificate of {subject} came with another encryption key before")]
    AnswerDiffers {
        /// The subject named in it.
        subject: String,
    },
    /// A test signature or a test decryption with a new certificate failed; nothing was written.
    #[error("the test of the new certificate and its key failed")]
    SelfTest,
    /// The token is full.
    #[error("the token holds no more than {most} keys, and as many certificates for each")]
    TooMany {
        /// Most keys, and most certificates of a key.
        most: usize,
    },
    /// The unlocker's certificate has no SM2 key, or one that is not for encryption.
    #[error("the unlocker's certificate has no SM2 key that may encrypt")]
    UnusableUnlocker,
    /// The token names nobody who may unlock it.
    #[error("the token names nobody who may unlock it")]
    NoUnlocker,
    /// The token was made without a recovery code.
    #[error("the token has no recovery code")]
    NoRecovery,
    /// What was typed is no recovery code: 32 characters of base32.
    #[error("not a recovery code")]
    BadRecoveryCode,
    /// The recovery code does not open this token; it may have been used up by an earlier unlocking.
    #[error("the recovery code is not that of this token")]
    WrongRecoveryCode,
    /// The bytes are no unlock request, grant or receipt.
    #[error("not an unlock request, grant or receipt, or damaged")]
    UnlockMalformed,
    /// The signature of a grant or a receipt does not hold.
    #[error("the signature of the grant or receipt does not hold")]
    UnlockSignature,
    /// What the unlocker's key opened belongs to another token, or another sealing of it, than the request says.
    #[error("the share in the request is of another token or sealing")]
    UnlockShareForeign,
    /// The grant is for another token.
    #[error("the grant is for another token")]
    GrantForeignToken,
    /// The grant was made for an earlier sealing of the token: it was used, or the token was unlocked otherwise since.
    #[error("the grant was for an earlier sealing of the token, so it was used")]
    GrantUsed,
    /// The grant was made for a later sealing of the token: this is an old copy of it.
    #[error("the grant is for a later sealing: this is an old copy of the token")]
    GrantNewer,
    /// The grant answers another request than the one that this device keeps, or it keeps none.
    #[error("the grant answers another request than the one this device keeps")]
    GrantForeignRequest,
    /// The request was made more than seven days ago.
    #[error("the request is older than seven days")]
    PendingExpired,
    /// The grant was signed by somebody whom this token does not name.
    #[error("the grant is by {name}, whom this token does not name")]
    GrantForeignUnlocker {
        /// Who signed it.
        name: String,
    },
    /// The grant is not valid at this time.
    #[error("the grant is valid from {from} to {to}")]
    GrantNotNow {
        /// From when on.
        from: Instant,
        /// Until when.
        to: Instant,
    },
    /// A message of the unlocking could not be made.
    #[error(transparent)]
    Cms(#[from] CmsError),
    /// There is no token there.
    #[error("there is no token there")]
    NotFound,
    /// There is a token there already.
    #[error("there is a token there already")]
    Exists,
    /// The token cannot be written, so a try could not be counted.
    #[error("the token cannot be written")]
    ReadOnly {
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The disk is full; the token is as it was.
    #[error("no room to write the token")]
    Full {
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Reading or writing failed.
    #[error("the token could not be read or written")]
    Medium {
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The enveloped encryption key does not open, or does not fit.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The arithmetic beneath failed, or the system gave no randomness.
    #[error(transparent)]
    Sm(#[from] SmError),
}

impl TokenError {
    /// Every code of this enum; those of [`KeyError`], [`CmsError`] and [`SmError`] come beside them.
    pub const CODES: &[&str] = &[
        "token-malformed",
        "token-too-large",
        "token-unsupported-version",
        "token-unsupported-level",
        "token-unsupported-kdf",
        "token-kdf-too-costly",
        "token-argon2-too-costly",
        "token-no-memory",
        "token-weak-pin",
        "token-bad-policy",
        "token-label-too-long",
        "token-wrong-pin",
        "token-locked",
        "token-device-secret-missing",
        "token-device-mismatch",
        "token-bad-device-secret",
        "token-tampered",
        "token-stale",
        "token-no-such-key",
        "token-not-for-signing",
        "token-foreign-certificate",
        "token-key-exists",
        "token-key-use-unknown",
        "token-key-use-differs",
        "token-unreadable-certificate",
        "token-export-forbidden",
        "token-export-of-signing-key",
        "token-other-subject",
        "token-wrong-usage",
        "token-ambiguous-answer",
        "token-answer-differs",
        "token-self-test",
        "token-too-many",
        "token-unusable-unlocker",
        "token-no-unlocker",
        "token-no-recovery",
        "token-bad-recovery-code",
        "token-wrong-recovery-code",
        "token-unlock-malformed",
        "token-unlock-signature",
        "token-unlock-share-foreign",
        "token-grant-foreign-token",
        "token-grant-used",
        "token-grant-newer",
        "token-grant-foreign-request",
        "token-pending-expired",
        "token-grant-foreign-unlocker",
        "token-grant-not-now",
        "token-not-found",
        "token-exists",
        "token-read-only",
        "token-full",
        "token-medium",
    ];

    /// The stable word for this error.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Malformed => "token-malformed",
            Self::TooLarge { .. } => "token-too-large",
            Self::UnsupportedVersion { .. } => "token-unsupported-version",
            Self::UnsupportedLevel { .. } => "token-unsupported-level",
            Self::UnsupportedKdf { .. } => "token-unsupported-kdf",
            Self::KdfTooCostly { .. } => "token-kdf-too-costly",
            Self::Argon2TooCostly { .. } => "token-argon2-too-costly",
            Self::NoMemory { .. } => "token-no-memory",
            Self::WeakPin { .. } => "token-weak-pin",
            Self::BadPolicy => "token-bad-policy",
            Self::LabelTooLong { .. } => "token-label-too-long",
            Self::WrongPin { .. } => "token-wrong-pin",
            Self::Locked => "token-locked",
            Self::DeviceSecretMissing => "token-device-secret-missing",
            Self::DeviceMismatch => "token-device-mismatch",
            Self::BadDeviceSecret => "token-bad-device-secret",
            Self::Tampered => "token-tampered",
            Self::Stale => "token-stale",
            Self::NoSuchKey => "token-no-such-key",
            Self::NotForSigning => "token-not-for-signing",
            Self::ForeignCertificate { .. } => "token-foreign-certificate",
            Self::KeyExists => "token-key-exists",
            Self::KeyUseUnknown => "token-key-use-unknown",
            Self::KeyUseDiffers { .. } => "token-key-use-differs",
            Self::UnreadableCertificate { .. } => "token-unreadable-certificate",
            Self::ExportForbidden => "token-export-forbidden",
            Self::ExportOfSigningKey => "token-export-of-signing-key",
            Self::OtherSubject { .. } => "token-other-subject",
            Self::WrongUsage { .. } => "token-wrong-usage",
            Self::AmbiguousAnswer { .. } => "token-ambiguous-answer",
            Self::AnswerDiffers { .. } => "token-answer-differs",
            Self::SelfTest => "token-self-test",
            Self::TooMany { .. } => "token-too-many",
            Self::UnusableUnlocker => "token-unusable-unlocker",
            Self::NoUnlocker => "token-no-unlocker",
            Self::NoRecovery => "token-no-recovery",
            Self::BadRecoveryCode => "token-bad-recovery-code",
            Self::WrongRecoveryCode => "token-wrong-recovery-code",
            Self::UnlockMalformed => "token-unlock-malformed",
            Self::UnlockSignature => "token-unlock-signature",
            Self::UnlockShareForeign => "token-unlock-share-foreign",
            Self::GrantForeignToken => "token-grant-foreign-token",
            Self::GrantUsed => "token-grant-used",
            Self::GrantNewer => "token-grant-newer",
            Self::GrantForeignRequest => "token-grant-foreign-request",
            Self::PendingExpired => "token-pending-expired",
            Self::GrantForeignUnlocker { .. } => "token-grant-foreign-unlocker",
            Self::GrantNotNow { .. } => "token-grant-not-now",
            Self::NotFound => "token-not-found",
            Self::Exists => "token-exists",
            Self::ReadOnly { .. } => "token-read-only",
            Self::Full { .. } => "token-full",
            Self::Medium { .. } => "token-medium",
            Self::Key(error) => error.code(),
            Self::Cms(error) => error.code(),
            Self::Sm(error) => error.code(),
        }
    }
}

impl From<io::Error> for TokenError {
    /// Sorts what the system said by what a person can do about it.
    fn from(source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::NotFound => Self::NotFound,
            io::ErrorKind::AlreadyExists => Self::Exists,
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Self::ReadOnly { source },
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
                Self::Full { source }
            }
            _ => Self::Medium { source },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one_of_each() -> Vec<TokenError> {
        let io = || io::Error::other("fake");
        vec![
            TokenError::Malformed,
            TokenError::TooLarge { most: 1 },
            TokenError::UnsupportedVersion { version: 2 },
            TokenError::UnsupportedLevel { level: Level::Server },
            TokenError::UnsupportedKdf { oid: "1.2".into() },
            TokenError::KdfTooCostly { iterations: 2, most: 1 },
            TokenError::Argon2TooCostly { memory_kib: 2, passes: 1, lanes: 1 },
            TokenError::NoMemory { kib: 1 },
            TokenError::WeakPin { fault: PinFault::Common },
            TokenError::BadPolicy,
            TokenError::LabelTooLong { most: 1 },
            TokenError::WrongPin { left: 1 },
            TokenError::Locked,
            TokenError::DeviceSecretMissing,
            TokenError::DeviceMismatch,
            TokenError::BadDeviceSecret,
            TokenError::Tampered,
            TokenError::Stale,
            TokenError::NoSuchKey,
            TokenError::NotForSigning,
            TokenError::ForeignCertificate { subject: "CN=fake".into() },
            TokenError::KeyExists,
            TokenError::KeyUseUnknown,
            TokenError::KeyUseDiffers { certified: KeyUse::Sign, wanted: KeyUse::Encrypt },
            TokenError::UnreadableCertificate { source: CertError::SerialNumber },
            TokenError::ExportForbidden,
            TokenError::ExportOfSigningKey,
            TokenError::OtherSubject { subject: "CN=x".into(), expected: "CN=y".into() },
            TokenError::WrongUsage { subject: "CN=x".into(), key_use: KeyUse::Sign },
            TokenError::AmbiguousAnswer { subject: "CN=x".into() },
            TokenError::AnswerDiffers { subject: "CN=x".into() },
            TokenError::SelfTest,
            TokenError::TooMany { most: 1 },
            TokenError::UnusableUnlocker,
            TokenError::NoUnlocker,
            TokenError::NoRecovery,
            TokenError::BadRecoveryCode,
            TokenError::WrongRecoveryCode,
            TokenError::UnlockMalformed,
            TokenError::UnlockSignature,
            TokenError::UnlockShareForeign,
            TokenError::GrantForeignToken,
            TokenError::GrantUsed,
            TokenError::GrantNewer,
            TokenError::GrantForeignRequest,
            TokenError::PendingExpired,
            TokenError::GrantForeignUnlocker { name: "CN=fake".into() },
            TokenError::GrantNotNow { from: Instant::from_unix(0), to: Instant::from_unix(1) },
            TokenError::NotFound,
            TokenError::Exists,
            TokenError::ReadOnly { source: io() },
            TokenError::Full { source: io() },
            TokenError::Medium { source: io() },
        ]
    }

    #[test]
    fn the_list_of_codes_is_the_codes_in_order() {
        let codes: Vec<_> = one_of_each().iter().map(TokenError::code).collect();
        assert_eq!(codes, TokenError::CODES);
        assert_eq!(TokenError::from(SmError::NoRandomness).code(), "sm-no-randomness");
    }

    #[test]
    fn what_the_system_says_is_sorted_by_what_a_person_can_do() {
        for (kind, code) in [
            (io::ErrorKind::NotFound, "token-not-found"),
            (io::ErrorKind::AlreadyExists, "token-exists"),
            (io::ErrorKind::PermissionDenied, "token-read-only"),
            (io::ErrorKind::ReadOnlyFilesystem, "token-read-only"),
            (io::ErrorKind::StorageFull, "token-full"),
            (io::ErrorKind::Other, "token-medium"),
        ] {
            assert_eq!(TokenError::from(io::Error::from(kind)).code(), code);
        }
    }
}
