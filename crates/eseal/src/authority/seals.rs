use crate::audit::Note;
use crate::cert::Certificate;
use crate::registry::Change;
use crate::registry::Registry;
use crate::registry::RegistryError;
use crate::registry::SealRecord;
use crate::registry::Standing;
use crate::seal::Seal;
use crate::seal::SealDraft;
use crate::seal::SealMaker;

use super::AuthorityError;

/// Makes a seal (制作印章) and remembers it; the time of making is that of the note.
///
/// A certificate in the draft that the registry knows must be active; one it does not know is taken as it is.
/// `organization` tells whose seal it is, for lists.
///
/// # Errors
/// [`AuthorityError::SealCertificateNotActive`]; [`AuthorityError::Seal`]; [`AuthorityError::Registry`], among them
/// `registry-seal-taken`. Then no seal is handed out.
pub fn make_seal(
    maker: &SealMaker<'_>,
    draft: &SealDraft,
    organization: Option<String>,
    registry: &mut dyn Registry,
    note: &Note,
) -> Result<Seal, AuthorityError> {
    // Asked before signing, so that a number taken long ago costs no signature; the write asks again.
    if registry.seal(draft.id.as_str())?.is_some() {
        return Err(RegistryError::SealTaken { id: draft.id.to_string() }.into());
    }
    for certificate in draft.signers.iter().chain([maker.certificate()]) {
        check_active(certificate, registry, note)?;
    }
    let seal = maker.make(draft, note.at)?;
    let record = SealRecord::new(&seal, &maker.certificate().subject().to_string(), organization);
    registry.write(&[Change::SealMade { record, bytes: seal.as_der().to_vec() }], note)?;
    Ok(seal)
}

fn check_active(certificate: &Certificate, registry: &dyn Registry, note: &Note) -> Result<(), AuthorityError> {
    match registry.certificate(certificate.serial())? {
        Some(record) if record.der == certificate.as_der() => match record.standing(note.at) {
            Standing::Active => Ok(()),
            standing => {
                let subject = certificate.subject().to_string();
                Err(AuthorityError::SealCertificateNotActive { subject, standing })
            }
        },
        _ => Ok(()),
    }
}
