//! Opening tokens: the one way by which commands get at a key.
//!
//! A holder's key is named by `--token`: a file, a key of a running agent, or one behind a PKCS#11 module. A command says which
//! certificate fits and gets a certificate with a signer; where the key lies is settled here alone.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use eseal::cert::{Certificate, Passphrase};
use eseal::key::Signer;
use eseal::token::{DeviceSecret, Level, Pin, Session, Token, TokenFile, TokenInfo, TokenSigner};

use zeroize::Zeroizing;

use crate::args::SignerArgs;
use crate::context::Context;
use crate::failure::{Failure, Outcome};
use crate::hardware;
use crate::pin::{PinSource, Wanted, read_secret};

/// The file in the home that holds the secret of this device.
pub(crate) const DEVICE: &str = "device.key";

/// What `--token` names.
///
/// A file whose name begins with `agent:` or `pkcs11:` is named with its folder: `./agent:x`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TokenSource {
    /// A soft token.
    File(PathBuf),
    /// A key that an agent holds: `agent:` for the newest that fits, `agent:LABEL` or `agent:SERIAL` for those of one token or
    /// one certificate.
    Agent {
        /// The label or serial number of a token, or the serial number of a certificate.
        which: Option<String>,
    },
    /// A key behind a PKCS#11 module, by its URI (RFC 7512).
    Pkcs11(String),
}

impl From<OsString> for TokenSource {
    fn from(text: OsString) -> Self {
        match text.to_str() {
            Some(text) if text.starts_with("pkcs11:") => Self::Pkcs11(text.to_owned()),
            Some(text) => match text.strip_prefix("agent:") {
                Some(which) => Self::Agent { which: Some(which.to_owned()).filter(|which| !which.is_empty()) },
                None => Self::File(text.into()),
            },
            None => Self::File(text.into()),
        }
    }
}

impl TokenSource {
    /// The file, for what can be done with a soft token only.
    pub(crate) fn file(&self) -> Outcome<&Path> {
        match self {
            Self::File(path) => Ok(path),
            Self::Agent { .. } | Self::Pkcs11(_) => Err(Failure::new("usage-token-file")),
        }
    }
}

/// A key that signs, wherever it lies.
pub(crate) type AnySigner = Box<dyn Signer + Send + Sync>;

/// A certificate that was chosen to sign with, and the way to its key. For a soft token nothing has been asked for yet.
pub(crate) struct Chosen<'a> {
    certificate: Certificate,
    way: Way<'a>,
}

/// How the key of a chosen certificate is got at.
enum Way<'a> {
    /// By a log-in to a soft token.
    File { path: &'a Path, pin_from: Option<&'a PinSource> },
    /// Finding the certificate has opened it: an agent lends it, or a module is logged in to.
    Opened(AnySigner),
}

impl<'a> Chosen<'a> {
    /// Chooses the newest certificate that fits; if none does, the newest, so that the act itself can say why not.
    pub(crate) fn of(context: &Context, args: &'a SignerArgs, fits: impl Fn(&Certificate) -> bool) -> Outcome<Self> {
        match &args.token {
            TokenSource::File(path) => {
                let (_, info) = token_info(path)?;
                let certificates = info.objects.iter().flat_map(|object| object.certificates.iter());
                let certificate = newest(certificates, |one| *one, fits).cloned();
                let certificate = certificate.ok_or_else(|| Failure::new("token-no-certificate").at(path))?;
                Ok(Self { certificate, way: Way::File { path, pin_from: args.pin_from.as_ref() } })
            }
            TokenSource::Agent { which } => {
                let (certificate, signer) = crate::agent::signing_key(context, which.as_deref(), fits)?;
                Ok(Self { certificate, way: Way::Opened(signer) })
            }
            TokenSource::Pkcs11(uri) => {
                let (certificate, signer) = hardware::open(context, uri, args.pin_from.as_ref(), fits)?;
                Ok(Self { certificate, way: Way::Opened(signer) })
            }
        }
    }

    /// The certificate.
    pub(crate) const fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// Opens the key; asks for a PIN where one is needed.
    pub(crate) fn open(self, context: &Context) -> Outcome<(Certificate, AnySigner)> {
        let signer = match self.way {
            Way::File { path, pin_from } => {
                let session = log_in(context, path, pin_from, Wanted::PIN)?;
                Box::new(session.signer(&self.certificate).map_err(|error| Failure::from(error).at(path))?)
            }
            Way::Opened(signer) => signer,
        };
        Ok((self.certificate, signer))
    }
}

/// The last of these whose certificate fits; if none does, the last.
pub(crate) fn newest<T>(
    mut items: impl DoubleEndedIterator<Item = T> + Clone,
    certificate: impl Fn(&T) -> &Certificate,
    fits: impl Fn(&Certificate) -> bool,
) -> Option<T> {
    items.clone().rev().find(|item| fits(certificate(item))).or_else(|| items.next_back())
}

/// The newest certificate that fits with the signer for its key, wherever `--token` says that it lies.
pub(crate) fn signing_key_of(
    context: &Context,
    args: &SignerArgs,
    fits: impl Fn(&Certificate) -> bool,
) -> Outcome<(Certificate, AnySigner)> {
    Chosen::of(context, args, fits)?.open(context)
}

/// Asks for a PIN by its source.
pub(crate) fn pin(context: &Context, source: Option<&PinSource>, wanted: Wanted) -> Outcome<Pin> {
    let secret = read_secret(source, wanted, !context.globals.no_input, &context.messages)?;
    Ok(Pin::new(&secret)?)
}

/// The fewest digits of a number in a certificate that may not be the PIN; a year or a region is not the holder's own.
const OWN_NUMBER: usize = 6;

/// The holder's own numbers, which may not be the PIN: those of these sources, and those in these certificates' subjects.
pub(crate) fn holder_numbers(
    context: &Context,
    sources: &[PinSource],
    certificates: &[Certificate],
) -> Outcome<Vec<Zeroizing<String>>> {
    let mut numbers = Vec::new();
    for source in sources {
        numbers.push(read_secret(Some(source), Wanted::HOLDER_NUMBER, !context.globals.no_input, &context.messages)?);
    }
    for certificate in certificates {
        let subject = certificate.subject().to_string();
        let digits = subject.split(|letter: char| !letter.is_ascii_digit()).filter(|run| run.len() >= OWN_NUMBER);
        numbers.extend(digits.map(|run| Zeroizing::new(run.to_owned())));
    }
    Ok(numbers)
}

/// Asks for the revocation passphrase of a certificate by its source.
pub(crate) fn passphrase(context: &Context, source: &PinSource, wanted: Wanted) -> Outcome<Passphrase> {
    let secret = read_secret(Some(source), wanted, !context.globals.no_input, &context.messages)?;
    Ok(Passphrase::new(&secret)?)
}

/// What a token tells without a PIN.
pub(crate) fn token_info(path: &Path) -> Outcome<(Token, TokenInfo)> {
    let token = Token::open(TokenFile::new(path)).map_err(|error| Failure::from(error).at(path))?;
    let info = token.info().map_err(|error| Failure::from(error).at(path))?;
    Ok((token, info))
}

/// Logs in to a token. Whatever can be refused before the PIN is asked for, is.
pub(crate) fn log_in(context: &Context, path: &Path, source: Option<&PinSource>, wanted: Wanted) -> Outcome<Session> {
    let (token, device) = ready_for_pin(context, path)?;
    let pin = pin(context, source, wanted)?;
    token.log_in(&pin, device.as_ref()).map_err(|error| Failure::from(error).at(path))
}

/// A token that its PIN can open here: not locked, and with the secret of its device at hand.
pub(crate) fn ready_for_pin(context: &Context, path: &Path) -> Outcome<(Token, Option<DeviceSecret>)> {
    let (token, info) = token_info(path)?;
    if info.locked {
        return Err(Failure::new("token-locked").at(path));
    }
    let device = device_secret_for(context, path, &info)?;
    Ok((token, device))
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

/// The secret of this device, if a token is bound to one.
pub(crate) fn device_secret_for(context: &Context, path: &Path, info: &TokenInfo) -> Outcome<Option<DeviceSecret>> {
    if info.level != Level::Device {
        return Ok(None);
    }
    match device_secret(context)? {
        None => Err(Failure::new("token-device-secret-missing").at(path)),
        secret => Ok(secret),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_a_file_unless_it_says_otherwise() {
        let source = |text: &str| TokenSource::from(OsString::from(text));
        assert_eq!(source("user.token"), TokenSource::File("user.token".into()));
        assert_eq!(source("./agent:x"), TokenSource::File("./agent:x".into()));
        assert_eq!(source("agent"), TokenSource::File("agent".into()));
        assert_eq!(source("agent:"), TokenSource::Agent { which: None });
        assert_eq!(source("agent:\u{793a}\u{4f8b}:1"), TokenSource::Agent { which: Some("\u{793a}\u{4f8b}:1".into()) });
        assert_eq!(source("pkcs11:token=a"), TokenSource::Pkcs11("pkcs11:token=a".into()));
        assert_eq!(source("pkcs11:token=a").file().unwrap_err().code(), "usage-token-file");
    }
}
