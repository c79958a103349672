use crate::cert::Certificate;
use crate::cert::SerialNumber;
use crate::cert::ocsp::OcspState;
use crate::cert::ocsp::StatusSource;
use crate::registry::KeyId;
use crate::registry::Registry;

use super::AuthorityError;

/// What an OCSP responder answers from: the registry, as it stands at the moment of asking.
///
/// A certificate that this registry does not know, or that another authority issued, is unknown and never good.
#[derive(Clone, Copy)]
pub struct RegistryStatus<'r>(&'r dyn Registry);

impl<'r> RegistryStatus<'r> {
    /// Answers from this registry.
    #[must_use]
    pub const fn new(registry: &'r dyn Registry) -> Self {
        Self(registry)
    }
}

impl StatusSource for RegistryStatus<'_> {
    type Error = AuthorityError;

    fn state(&self, issuer: &Certificate, serial: &SerialNumber) -> Result<OcspState, AuthorityError> {
        let own = KeyId::of(issuer.public_key()?);
        let Some(record) = self.0.certificate(serial)?.filter(|record| record.issuer_key == own) else {
            return Ok(OcspState::Unknown);
        };
        Ok(match record.revocation() {
            None => OcspState::Good,
            Some(revocation) => OcspState::Revoked {
                at: revocation.at,
                reason: Some(revocation.reason),
                invalidity: revocation.invalidity,
            },
        })
    }
}

impl std::fmt::Debug for RegistryStatus<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RegistryStatus")
    }
}
