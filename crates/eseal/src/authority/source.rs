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
///
/// ```
/// use eseal::authority::{Authority, RegistryStatus, revoke};
/// use eseal::cert::ocsp::{CertId, CertIdHash, OcspRequest, OcspResponder, OcspResponse};
/// # use eseal::audit::Note;
/// # use eseal::cert::{CertificateRequest, Issuer, Name, Profile, Reason};
/// # use eseal::key::{SecretKey, SoftSigner};
/// # use eseal::registry::MemoryRegistry;
/// # use eseal::time::{Instant, Period};
/// # let now = Instant::parse("2026-11-24T08:00:00Z")?;
/// # let note = Note::new(now, "registrar");
/// # let (ca, user) = (SoftSigner::new(SecretKey::generate()?), SoftSigner::new(SecretKey::generate()?));
/// # let mut registry = MemoryRegistry::new();
/// # let root = Authority::found(&Name::parse("CN=示例根")?, &ca, Period::years(now, 30), &mut registry, &note)?;
/// # let issuer = Issuer::new(root.clone(), &ca)?;
/// let request = OcspRequest::new(&[CertId::of(&root, root.serial(), CertIdHash::Sm3)?], None)?;
/// let responder = OcspResponder::new(&issuer)?;
/// let answer = responder.respond(request.as_der(), &RegistryStatus::new(&registry), now, Some(now.plus_days(1)))?;
/// assert_eq!(OcspResponse::from_der(&answer)?.answers()[0].state.word(), "good");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::Note;
    use crate::authority::Authority;
    use crate::authority::hold;
    use crate::authority::release;
    use crate::authority::revoke;
    use crate::cert::CertificateRequest;
    use crate::cert::Issuer;
    use crate::cert::Name;
    use crate::cert::Profile;
    use crate::cert::Reason;
    use crate::key::SoftSigner;
    use crate::registry::MemoryRegistry;
    use crate::sm::SecretKey;
    use crate::time::Instant;
    use crate::time::Period;

    fn signer(byte: u8) -> SoftSigner {
        SoftSigner::deterministic(SecretKey::from_bytes(&[byte; 32]).unwrap())
    }

    #[test]
    fn the_registry_tells_good_held_revoked_and_unknown() {
        let note = Note::new(Instant::from_unix(1_795_000_000), "registrar");
        let mut registry = MemoryRegistry::new();
        let name = |text| Name::parse(text).unwrap();
        let years = |years| Period::years(note.at, years);
        let root = Authority::found(&name("CN=fake"), &signer(1), years(9), &mut registry, &note).unwrap();
        let other = Authority::found(&name("CN=other"), &signer(3), years(9), &mut registry, &note).unwrap();
        let issuer = Issuer::new(root.clone(), signer(1)).unwrap();
        let request = CertificateRequest::new(&name("CN=user"), &signer(2)).unwrap();
        let leaf = Authority::new(&issuer, &mut registry).issue(&request, &Profile::person(), years(1), &note).unwrap();
        let serial = leaf.serial();
        let state = |registry: &MemoryRegistry, issuer| RegistryStatus::new(registry).state(issuer, serial).unwrap();
        assert_eq!(state(&registry, &root), OcspState::Good);
        assert_eq!(state(&registry, &other), OcspState::Unknown, "another key signed it");
        hold(&mut registry, serial, &note).unwrap();
        let on_hold = OcspState::Revoked { at: note.at, reason: Some(Reason::CertificateHold), invalidity: None };
        assert_eq!(state(&registry, &root), on_hold);
        release(&mut registry, serial, &note).unwrap();
        assert_eq!(state(&registry, &root), OcspState::Good);
        let invalidity = Some(note.at.plus_days(-2));
        revoke(&mut registry, serial, Reason::KeyCompromise, invalidity, &note).unwrap();
        let lost = OcspState::Revoked { at: note.at, reason: Some(Reason::KeyCompromise), invalidity };
        assert_eq!(state(&registry, &root), lost);
        let nobody = SerialNumber::from_bytes(&[9]).unwrap();
        assert_eq!(RegistryStatus::new(&registry).state(&root, &nobody).unwrap(), OcspState::Unknown);
    }
}
