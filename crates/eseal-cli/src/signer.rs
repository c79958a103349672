//! Opening tokens: the one way by which commands get at a key.

use std::fs;
use std::path::Path;

use eseal::cert::Certificate;
use eseal::token::{DeviceSecret, Level, Pin, Session, Token, TokenFile, TokenInfo, TokenSigner};

use crate::context::Context;
use crate::failure::{Failure, Outcome};
use crate::pin::{PinSource, Wanted, read_secret};

/// The file in the home that holds the secret of this device.
const DEVICE: &str = "device.key";

/// Asks for a PIN by its source.
pub(crate) fn pin(context: &Context, source: Option<&PinSource>, wanted: Wanted) -> Outcome<Pin> {
    let secret = read_secret(source, wanted, !context.globals.no_input, &context.messages)?;
    Ok(Pin::new(&secret)?)
}

/// What a token tells without a PIN.
pub(crate) fn token_info(path: &Path) -> Outcome<(Token, TokenInfo)> {
    let token = Token::open(TokenFile::new(path)).map_err(|error| Failure::from(error).at(path))?;
    let info = token.info().map_err(|error| Failure::from(error).at(path))?;
    Ok((token, info))
}

/// Logs in to a token. Whatever can be refused before the PIN is asked for, is.
pub(crate) fn log_in(context: &Context, path: &Path, source: Option<&PinSource>, wanted: Wanted) -> Outcome<Session> {
    let (token, info) = token_info(path)?;
    if info.locked {
        return Err(Failure::new("token-locked").at(path));
    }
    let device = if info.level == Level::Device { device_secret(context)? } else { None };
    if info.level == Level::Device && device.is_none() {
        return Err(Failure::new("token-device-secret-missing").at(path));
    }
    let pin = pin(context, source, wanted)?;
    token.log_in(&pin, device.as_ref()).map_err(|error| Failure::from(error).at(path))
}

/// The newest certificate of a token that fits, with the signer for its key.
pub(crate) fn signing_key(
    session: &Session,
    path: &Path,
    fits: impl Fn(&Certificate) -> bool,
) -> Outcome<(Certificate, TokenSigner)> {
    let located = |error| Failure::from(error).at(path);
    let certificate = session.certificates().map_err(located)?.into_iter().rev().find(fits);
    let certificate = certificate.ok_or_else(|| Failure::new("token-no-certificate").at(path))?;
    let signer = session.signer(&certificate).map_err(located)?;
    Ok((certificate, signer))
}

/// The secret of this device, if there is one.
pub(crate) fn device_secret(context: &Context) -> Outcome<Option<DeviceSecret>> {
    let path = context.home()?.join(DEVICE);
    match fs::read_to_string(&path) {
        Ok(text) => {
            let text = zeroize::Zeroizing::new(text);
            DeviceSecret::from_text(text.trim()).map(Some).map_err(|error| Failure::from(error).at(&path))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::file("input-unreadable", &path, &error)),
    }
}

/// The secret of this device; made, for its owner's eyes only, when there is none.
pub(crate) fn device_secret_or_new(context: &Context) -> Outcome<DeviceSecret> {
    if let Some(secret) = device_secret(context)? {
        return Ok(secret);
    }
    let home = context.home()?;
    let secret = DeviceSecret::generate()?;
    create_private_folder(&home)?;
    write_private(&home.join(DEVICE), secret.to_text().as_bytes())?;
    Ok(secret)
}

/// Makes a folder that only its owner can look into, with those above it.
pub(crate) fn create_private_folder(path: &Path) -> Outcome<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|error| Failure::file("output-write", path, &error))
}

/// Writes a file that only its owner can read; never over another one.
pub(crate) fn write_private(path: &Path, bytes: &[u8]) -> Outcome<()> {
    crate::output::write_new_private(path, bytes).map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => Failure::new("output-exists").at(path),
        _ => Failure::file("output-write", path, &error),
    })
}
