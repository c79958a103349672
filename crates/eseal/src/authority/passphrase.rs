//! Reporting a loss (挂失) by the holder, who has lost the key too: by the passphrase that came with the request.

use ::der::Sequence;
use ::der::asn1::GeneralizedTime;

use crate::audit::Act;
use crate::audit::Note;
use crate::cert::Passphrase;
use crate::cert::PassphraseVerifier;
use crate::cert::SerialNumber;
use crate::cert::VerifierDer;
use crate::der;
use crate::registry::Change;
use crate::registry::DossierKind;
use crate::registry::DossierRecord;
use crate::registry::KeyId;
use crate::registry::Registry;
use crate::registry::RegistryError;
use crate::time::Instant;

use super::ATTEMPTS;
use super::Authority;
use super::AuthorityError;
use super::asn1::generalized;
use super::asn1::instant;
use super::status;

/// So many wrong passphrases for one key are taken in [`HOURS`].
const MOST_WRONG: usize = 5;
/// So many hours a wrong passphrase counts.
const HOURS: i64 = 24;
/// So many predecessors of a certificate are asked for a passphrase: more successors with a new key nobody has.
const MOST_PREDECESSORS: usize = 16;
const VERSION: u8 = 1;

/// What is kept of a holder's passphrase, under the name of the key that was certified with it.
#[derive(Sequence)]
struct PassphraseDer {
    version: u8,
    verifier: VerifierDer,
    /// When wrong ones were given, the newest last; at most [`MOST_WRONG`].
    wrong: Vec<GeneralizedTime>,
}

struct Kept {
    verifier: PassphraseVerifier,
    wrong: Vec<Instant>,
}

impl Kept {
    fn read(record: &DossierRecord) -> Result<Self, AuthorityError> {
        let damaged = || RegistryError::DamagedRecord { what: "passphrase", subject: record.audit_subject() };
        let read: PassphraseDer = der::decode(&record.der).map_err(|_| damaged())?;
        let verifier = PassphraseVerifier::from_structure(&read.verifier);
        match verifier {
            Some(verifier) if read.version == VERSION && read.wrong.len() <= MOST_WRONG => {
                Ok(Self { verifier, wrong: read.wrong.into_iter().map(instant).collect() })
            }
            _ => Err(damaged().into()),
        }
    }

    fn record(&self, key: &KeyId) -> DossierRecord {
        let written = PassphraseDer {
            version: VERSION,
            verifier: self.verifier.to_structure(),
            wrong: self.wrong.iter().copied().map(generalized).collect(),
        };
        let der = der::encode(&written).expect("a few short fields encode");
        DossierRecord::new(DossierKind::Passphrase, key.to_string(), der)
    }
}

/// The change that keeps a passphrase for a key, in the place of one that is there.
pub(super) fn set(
    registry: &dyn Registry,
    key: &KeyId,
    verifier: &PassphraseVerifier,
) -> Result<Change, AuthorityError> {
    let before = registry.dossier(DossierKind::Passphrase, &key.to_string())?;
    let record = Kept { verifier: verifier.clone(), wrong: Vec::new() }.record(key);
    Ok(Change::DossierKept { act: Act::PassphraseSet, record, before: before.as_ref().map(DossierRecord::digest) })
}

/// Puts a certificate on hold (挂失) for whoever knows the passphrase that its holder chose with the request; of a pair the
/// other goes with it. The serial number of either will do. A successor with a new key that came without a passphrase has
/// that of the one it replaced. Gives back the serial numbers that moved.
///
/// A wrong passphrase is counted before it is answered, and stands in the audit log; after five in 24 hours none is
/// looked at any more.
///
/// # Errors
/// [`AuthorityError::PassphraseNone`], [`AuthorityError::PassphraseWrong`], [`AuthorityError::PassphraseBlocked`];
/// [`AuthorityError::Registry`] when the certificate is unknown, on hold or revoked; then it stands as before.
pub fn hold_by_passphrase(
    registry: &mut dyn Registry,
    serial: &SerialNumber,
    passphrase: &Passphrase,
    note: &Note,
) -> Result<Vec<SerialNumber>, AuthorityError> {
    for attempt in 1.. {
        let (key, before) = kept_for(registry, serial)?;
        let mut kept = Kept::read(&before)?;
        let since = note.at.plus_seconds(-HOURS * 3_600);
        kept.wrong.retain(|at| *at > since);
        if let [first, ..] = kept.wrong[..]
            && kept.wrong.len() >= MOST_WRONG
        {
            let until = first.plus_seconds(HOURS * 3_600);
            return Err(AuthorityError::PassphraseBlocked { serial: serial.to_string(), until });
        }
        let right = kept.verifier.verify(passphrase);
        let (act, mut changes, serials) = if right {
            kept.wrong.clear();
            let (serials, changes) = status::holding(registry, serial, note.at)?;
            (Act::PassphraseSet, changes, serials)
        } else {
            kept.wrong.push(note.at);
            (Act::PassphraseRefused, Vec::new(), Vec::new())
        };
        // Written with a right one too: of several that come at once, each is counted before the next is looked at.
        changes.push(Change::DossierKept { act, record: kept.record(&key), before: Some(before.digest()) });
        let note = Note::new(note.at, format!("{}; by revocation passphrase", note.actor));
        match registry.write(&changes, &note) {
            Err(RegistryError::DossierChanged { .. }) if attempt < ATTEMPTS => {}
            Err(error) => return Err(error.into()),
            Ok(_) if right => return Ok(serials),
            Ok(_) => {
                let left = MOST_WRONG - kept.wrong.len();
                return Err(AuthorityError::PassphraseWrong { serial: serial.to_string(), left });
            }
        }
    }
    unreachable!("the last attempt returns")
}

/// What is kept for the key of a certificate, for that of the other of its pair, or for those that it came to replace.
fn kept_for(registry: &dyn Registry, serial: &SerialNumber) -> Result<(KeyId, DossierRecord), AuthorityError> {
    let record = |serial: &SerialNumber| {
        let unknown = || RegistryError::UnknownCertificate { serial: serial.to_string() };
        registry.certificate(serial)?.ok_or_else(unknown)
    };
    let mut next = Some(serial.clone());
    for _ in 0..MOST_PREDECESSORS {
        let Some(asked) = next else { break };
        let one = record(&asked)?;
        let partner = one.partner.as_ref().map(record).transpose()?;
        for key in [Some(&one), partner.as_ref()].into_iter().flatten().map(|record| record.subject_key) {
            if let Some(kept) = registry.dossier(DossierKind::Passphrase, &key.to_string())? {
                return Ok((key, kept));
            }
        }
        // Of a pair, only the signing certificate says what it replaces.
        next = one.replaces.or(partner.and_then(|partner| partner.replaces));
    }
    Err(AuthorityError::PassphraseNone { serial: serial.to_string() })
}

impl Authority<'_> {
    /// Puts a certificate of this issuer on hold by its holder's passphrase, as [`hold_by_passphrase`] does.
    ///
    /// # Errors
    /// [`AuthorityError::NotIssuedHere`], and those of [`hold_by_passphrase`].
    pub fn hold_by_passphrase(
        &mut self,
        serial: &SerialNumber,
        passphrase: &Passphrase,
        note: &Note,
    ) -> Result<Vec<SerialNumber>, AuthorityError> {
        self.check_issued_here(serial)?;
        hold_by_passphrase(self.registry, serial, passphrase, note)
    }
}
