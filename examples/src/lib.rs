//! What the example programs share: the time, and files in a folder.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use eseal::cert::Certificate;
use eseal::key::{SoftSigner, secret_key_from_bytes};
use eseal::time::Instant;

/// The time by this machine's clock. The library never asks: its callers say what time it is.
///
/// # Errors
/// When the clock stands before 1970 or far beyond.
pub fn now() -> Result<Instant, Box<dyn Error>> {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    Ok(Instant::from_unix(i64::try_from(seconds)?))
}

/// Reads `NAME.pem`.
///
/// # Errors
/// When it is not there or no certificate.
pub fn certificate(folder: &Path, name: &str) -> Result<Certificate, Box<dyn Error>> {
    Ok(Certificate::from_bytes(&fs::read(folder.join(name).with_extension("pem"))?)?)
}

/// Reads `NAME.key`: a bare key file, good enough for an example. Real keys belong into a token or into hardware.
///
/// # Errors
/// When it is not there or no SM2 key.
pub fn signer(folder: &Path, name: &str) -> Result<SoftSigner, Box<dyn Error>> {
    let (key, _) = secret_key_from_bytes(&fs::read(folder.join(name).with_extension("key"))?)?;
    Ok(SoftSigner::new(key))
}

/// The arguments, or how to use the program.
///
/// # Errors
/// When their number is wrong.
pub fn arguments<const N: usize>(usage: &str) -> Result<[String; N], Box<dyn Error>> {
    let given: Vec<String> = std::env::args().skip(1).collect();
    given.try_into().map_err(|_| format!("usage: {usage}").into())
}
