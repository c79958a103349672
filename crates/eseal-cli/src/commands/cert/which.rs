//! How a command line names a certificate of the office.

use std::path::{Path, PathBuf};

use eseal::cert::{Certificate, CertificateResponse, SerialNumber};

use super::status;
use crate::context::{Context, SMALL};
use crate::failure::{Failure, Outcome};

/// A certificate of the office, by its serial number or by a file that it is in.
#[derive(Clone, Debug)]
pub(crate) enum Which {
    /// Its serial number.
    Serial(SerialNumber),
    /// A certificate or an answer of the office.
    File(PathBuf),
}

impl Which {
    /// Takes a file if there is one of this name, else a serial number.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let path = Path::new(text);
        if path.exists() { Ok(Self::File(path.to_owned())) } else { status::serial(text).map(Self::Serial) }
    }

    /// The serial number; of a pair that of the signing certificate.
    pub(crate) fn serial(&self, context: &Context) -> Outcome<SerialNumber> {
        let path = match self {
            Self::Serial(serial) => return Ok(serial.clone()),
            Self::File(path) => path,
        };
        let bytes = context.read(path, SMALL)?;
        let answer = CertificateResponse::from_bytes(&bytes).map_err(|error| Failure::from(error).at(path))?;
        of(&answer).map(|certificate| certificate.serial().clone()).map_err(|failure| failure.at(path))
    }
}

/// The one certificate that an answer is about: that of a holder, or of an authority if it is alone.
pub(super) fn of(answer: &CertificateResponse) -> Outcome<&Certificate> {
    let holders: Vec<&Certificate> = answer.signing().iter().filter(|one| !one.is_ca()).collect();
    match (&holders[..], answer.signing()) {
        ([one], _) => Ok(one),
        ([], [one]) => Ok(one),
        (_, all) => {
            let count = i64::try_from(all.len()).unwrap_or(i64::MAX);
            Err(Failure::new("cert-file-of-several").with("count", count))
        }
    }
}
