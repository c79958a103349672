//! Room `token`: a soft token (软证书介质), a file that keeps keys and certificates behind a PIN with counted tries.
//!
//! Uses `cms` and what that uses. Container of version 1: one random data key seals the private keys together with
//! a digest of the readable part; slots wrap the data key, one for the PIN (stretched slowly, with the secret of a device
//! if it is bound to one), one for a recovery code on paper, one for an unlocker's certificate. Certificates are readable
//! without the PIN and authenticated once it is known.
//!
//! A try is written down, synced, before the PIN is tried; when the tries are used up, the PIN slot is destroyed in that
//! copy. A copy made before escapes the counter: against that stand only the cost of a guess and the device secret, and
//! this room never pretends otherwise. Who forgot the PIN is let in again by the code on paper, or by a grant of the
//! unlocker that only the device that asked can use; both seal the token anew under a new data key.
//!
//! Never reads a clock, never hands out a private key (except encrypted, as an export that the policy allows), never writes a state that a log-in was not counted in.

mod common_pins;
mod container;
mod crypto;
mod error;
mod file;
mod info;
mod kdf;
mod kdf_cost;
mod media;
mod medium;
mod pair;
mod pending;
mod pin;
mod secret;
mod session;
mod slot;
mod store;
#[cfg(test)]
mod tests;
mod unlock;
mod unlock_grant;
mod unlock_message;
mod unlock_receipt;
mod unlock_request;
mod update;

pub use container::KeyUse;
pub use container::Level;
pub use error::TokenError;
pub use file::TokenFile;
pub use info::Escrow;
pub use info::ObjectInfo;
pub use info::SlotKind;
pub use info::TokenInfo;
pub use info::UnlockerInfo;
pub use kdf_cost::Kdf;
pub use kdf_cost::KdfCost;
pub use media::Export;
pub use media::ExportForm;
pub use media::FileProtection;
pub use media::ImportedKey;
pub use medium::Held;
pub use medium::Medium;
pub use medium::MemoryMedium;
pub use pair::InstalledPair;
pub use pending::PendingUnlock;
pub use pin::Pin;
pub use pin::PinFault;
pub use secret::DeviceSecret;
pub use secret::RecoveryCode;
pub use session::KeyChoice;
pub use session::KeyId;
pub use session::Session;
pub use session::TokenDecrypter;
pub use session::TokenSigner;
pub use store::NewToken;
pub use store::Recovery;
pub use store::Token;
pub use store::TokenPolicy;
pub use unlock::NewPin;
pub use unlock::Unlocked;
pub use unlock_grant::GrantId;
pub use unlock_grant::GrantTerms;
pub use unlock_grant::UnlockGrant;
pub use unlock_receipt::UnlockReceipt;
pub use unlock_request::UnlockRequest;
pub use update::Due;
pub use update::due;
pub use update::superseded;
