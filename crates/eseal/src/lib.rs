//! Chinese electronic seals (电子印章) and SM2 soft certificates (软证书).
mod der;
mod oid;

pub mod audit;
pub mod authority;
pub mod cert;
pub mod cms;
pub mod document;
pub mod inspect;
pub mod key;
#[cfg(feature = "lab")]
pub mod lab;
pub mod lang;
pub mod registry;
pub mod seal;
pub mod sm;
pub mod stamp;
pub mod time;
pub mod token;
pub mod verify;

#[cfg(test)]
mod test_support;

pub use lang::Lang;
