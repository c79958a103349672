//! Keys in hardware: `--token pkcs11:…`, a PKCS #11 URI (RFC 7512), through the maker's module.

use eseal::cert::Certificate;

use crate::context::Context;
use crate::failure::{Failure, Outcome};
use crate::pin::PinSource;
use crate::signer::AnySigner;

/// The newest certificate in the token that fits, with the signer for its key; asks for the PIN.
#[cfg(feature = "pkcs11")]
pub(crate) fn open(
    context: &Context,
    text: &str,
    source: Option<&PinSource>,
    fits: impl Fn(&Certificate) -> bool,
) -> Outcome<(Certificate, AnySigner)> {
    let (session, uri) = connect(context, text, source)?;
    let mut certificates = session.certificates(&uri)?;
    if certificates.is_empty() {
        // The label may be that of the key alone.
        certificates = session.certificates_of(eseal::key::Signer::public_key(&session.signer(&uri)?))?;
    }
    certificates.sort_by_key(|one| one.certificate.validity().from());
    let chosen = crate::signer::newest(certificates.iter(), |one| &one.certificate, fits);
    let certificate = chosen.ok_or_else(|| Failure::new("token-no-certificate"))?.certificate.clone();
    let signer = session.signer_for(&certificate, &uri)?;
    Ok((certificate, Box::new(signer)))
}

/// The key that the URI names, which need not have a certificate yet; asks for the PIN.
#[cfg(feature = "pkcs11")]
pub(crate) fn key(context: &Context, text: &str, source: Option<&PinSource>) -> Outcome<AnySigner> {
    let (session, uri) = connect(context, text, source)?;
    Ok(Box::new(session.signer(&uri)?))
}

/// Loads the module and logs in to the token.
#[cfg(feature = "pkcs11")]
fn connect(
    context: &Context,
    text: &str,
    source: Option<&PinSource>,
) -> Outcome<(eseal_pkcs11::Pkcs11Session, eseal_pkcs11::Pkcs11Uri)> {
    use eseal_pkcs11::{Pkcs11Module, Pkcs11Uri};

    let uri = Pkcs11Uri::parse(text)?;
    let named = std::env::var_os(MODULE).map(std::path::PathBuf::from);
    let Some(path) = uri.module_path().map(ToOwned::to_owned).or(named) else {
        return Err(Failure::new("pkcs11-no-module"));
    };
    let module = Pkcs11Module::load(&path).map_err(|error| Failure::from(error).at(&path))?;
    let pin = if module.wants_pin(&uri)? { Some(pin(context, &uri, source)?) } else { None };
    let session = module.open(&uri, pin.as_ref().map(|pin| pin.as_str()))?;
    Ok((session, uri))
}

/// Names the module where the URI does not.
#[cfg(feature = "pkcs11")]
const MODULE: &str = "ESEAL_PKCS11_MODULE";

/// The PIN: from `--pin-from`, else from where the URI says, else from the terminal.
#[cfg(feature = "pkcs11")]
fn pin(
    context: &Context,
    uri: &eseal_pkcs11::Pkcs11Uri,
    source: Option<&PinSource>,
) -> Outcome<zeroize::Zeroizing<String>> {
    use crate::pin::{Wanted, read_secret};

    let of_uri = match uri.pin_source() {
        Some(told) if source.is_none() => Some(pin_source(told)?),
        _ => None,
    };
    read_secret(source.or(of_uri.as_ref()), Wanted::PIN, !context.globals.no_input, &context.messages)
}

/// A `file:` URI or a path, RFC 7512, 2.4; never a program.
#[cfg(feature = "pkcs11")]
fn pin_source(told: &str) -> Outcome<PinSource> {
    let path = told.strip_prefix("file:").map_or(told, |path| path.strip_prefix("//").unwrap_or(path));
    if path.starts_with('/') {
        Ok(PinSource::File(path.into()))
    } else {
        Err(Failure::new("pkcs11-uri").with("what", "pin-source"))
    }
}

/// Without the feature: says so.
#[cfg(not(feature = "pkcs11"))]
pub(crate) fn open(
    _context: &Context,
    _text: &str,
    _source: Option<&PinSource>,
    _fits: impl Fn(&Certificate) -> bool,
) -> Outcome<(Certificate, AnySigner)> {
    Err(Failure::not_yet("--token pkcs11:"))
}

/// Without the feature: says so.
#[cfg(not(feature = "pkcs11"))]
pub(crate) fn key(_context: &Context, _text: &str, _source: Option<&PinSource>) -> Outcome<AnySigner> {
    Err(Failure::not_yet("--token pkcs11:"))
}

#[cfg(all(test, feature = "pkcs11"))]
mod tests {
    use super::*;

    #[test]
    fn a_pin_source_is_a_file_and_never_a_program() {
        for told in ["file:/run/pin", "file:///run/pin", "/run/pin"] {
            assert_eq!(pin_source(told).unwrap(), PinSource::File("/run/pin".into()));
        }
        for told in ["|cat /run/pin", "pin", "http://example.org/pin", "file:pin"] {
            assert_eq!(pin_source(told).unwrap_err().code(), "pkcs11-uri");
        }
    }
}
