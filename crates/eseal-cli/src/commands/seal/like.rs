//! `eseal seal make --like`: a seal that lends name, kind, picture and signers to the one that follows it.

use std::path::Path;

use eseal::cert::Certificate;
use eseal::registry::Registry;
use eseal::seal::{Seal, SignerEntry};

use crate::context::{Context, SMALL};
use crate::failure::{Failure, Outcome};
use crate::office;

/// The seal in a file, or that of this number in the registry.
pub(super) fn find(context: &Context, what: &Path) -> Outcome<Seal> {
    if !what.exists()
        && let Some(id) = what.to_str()
        && let Some(bytes) = office::registry(context)?.seal_bytes(id)?
    {
        return Seal::from_bytes(&bytes).map_err(|error| Failure::from(error).at(what));
    }
    let bytes = context.read(what, SMALL)?;
    Seal::from_bytes(&bytes).map_err(|error| Failure::from(error).at(what))
}

/// The signers of the new seal: those of the old one, where each new certificate takes the place of its holder's old one.
pub(super) fn signers(like: &Seal, new: Vec<Certificate>) -> Outcome<Vec<Certificate>> {
    let mut signers = Vec::new();
    for entry in like.signers().entries() {
        let SignerEntry::Certificate(der) = entry else {
            // A digest names no certificate that could go into another seal.
            return Err(Failure::new("seal-like-digests").with("id", like.id().to_owned()));
        };
        let old = Certificate::from_der(der)?;
        if !new.iter().any(|one| one.subject().matches(old.subject())) {
            signers.push(old);
        }
    }
    signers.extend(new);
    Ok(signers)
}
