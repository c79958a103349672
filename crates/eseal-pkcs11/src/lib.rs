//! `key::Signer` over a PKCS#11 module (密码设备接口): keys in hardware, by the names that the module's maker gave to SM2.
//!
//! PKCS #11 has no SM2: each maker has numbers of its own, which [`Mechanisms`] holds. Because such a number may mean
//! something else in another module, **every signature is verified before it is handed out**; one that does not hold is
//! refused, never used.
//!
//! Loading a module runs its code in this process, with all that this process may do. Name only modules that you trust.
//!
//! ```no_run
//! use eseal_pkcs11::{Pkcs11Module, Pkcs11Uri};
//!
//! let uri = Pkcs11Uri::parse("pkcs11:token=office;object=seal?module-path=/usr/lib/vendor.so&x-eseal-vendor=sansec")?;
//! let module = Pkcs11Module::load(uri.module_path().expect("given above"))?;
//! let session = module.open(&uri, Some("fake PIN"))?;
//! let signer = session.signer(&uri)?; // an eseal::key::Signer
//! # Ok::<(), eseal_pkcs11::Pkcs11Error>(())
//! ```

mod error;
mod mechanism;
mod module;
mod session;
mod signer;
mod uri;

pub use error::Pkcs11Error;
pub use mechanism::CipherForm;
pub use mechanism::Decryption;
pub use mechanism::Mechanisms;
pub use mechanism::Vendor;
pub use module::Pkcs11Module;
pub use module::TokenSummary;
pub use session::ObjectId;
pub use session::Pkcs11Certificate;
pub use session::Pkcs11Session;
pub use signer::Pkcs11Decrypter;
pub use signer::Pkcs11Signer;
pub use uri::Pkcs11Uri;
