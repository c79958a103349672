use std::fmt;

use ::der::Sequence;
use ::der::asn1::GeneralizedTime;
use ::der::asn1::OctetString;

use crate::audit::Act;
use crate::audit::Note;
use crate::cert::Certificate;
use crate::cert::CertificateResponse;
use crate::der;
use crate::der::Raw;
use crate::key::Decrypter;
use crate::key::EnvelopedKey;
use crate::key::KeyError;
use crate::key::PublicKey;
use crate::registry::Change;
use crate::registry::DossierKind;
use crate::registry::DossierRecord;
use crate::registry::KeyId;
use crate::registry::Registry;
use crate::registry::RegistryError;

use super::Approval;
use super::AuthorityError;
use super::RecoveryFault;
use super::RecoveryOrder;
use super::asn1;
use super::recovery::Resolved;

/// The most recoveries that a dossier lists, the last ones; the audit log has an entry for each.
const MOST_RECOVERIES: usize = 32;

/// The longest name that is listed, in characters: the log is for people.
const MAX_NAME: usize = 256;

/// An escrowed key as its dossier has it.
#[derive(Clone, Sequence)]
struct Body {
    version: u8,
    certificate: Raw,
    /// The name of the key that opens the envelope.
    escrow: OctetString,
    /// `SM2EnvelopedKey`, GB/T 35276-2017, 7.4.
    envelope: Raw,
    recoveries: Vec<Recovered>,
}

/// A time that the key was given back.
#[derive(Clone, Sequence)]
struct Recovered {
    order: OctetString,
    signing: String,
    officers: Vec<String>,
    at: GeneralizedTime,
}

const VERSION: u8 = 1;

/// An escrowed key, with the dossier that it was read from.
pub(super) struct Kept {
    body: Body,
    before: DossierRecord,
    escrow: KeyId,
    envelope: EnvelopedKey,
}

impl Kept {
    fn from_record(before: DossierRecord) -> Result<Self, AuthorityError> {
        let damaged = || RegistryError::DamagedRecord { what: "escrow", subject: before.audit_subject() };
        let read = || {
            let body: Body = der::decode(&before.der).ok()?;
            let escrow = KeyId::from_bytes(body.escrow.as_bytes().try_into().ok()?);
            let envelope = EnvelopedKey::from_der(&der::encode(&body.envelope).ok()?).ok()?;
            (body.version == VERSION).then_some((body, escrow, envelope))
        };
        let (body, escrow, envelope) = read().ok_or_else(damaged)?;
        Ok(Self { body, before, escrow, envelope })
    }

    /// The dossier after the key was given back once more.
    fn after(&self, recovered: Recovered) -> DossierRecord {
        let mut body = self.body.clone();
        body.recoveries.push(recovered);
        let surplus = body.recoveries.len().saturating_sub(MOST_RECOVERIES);
        body.recoveries.drain(..surplus);
        record(&self.before.key, &body)
    }
}

fn record(key: &str, body: &Body) -> DossierRecord {
    DossierRecord::new(DossierKind::Escrow, key, der::encode(body).expect("a certificate and an envelope encode"))
}

/// The change that keeps an encryption key, enveloped to the escrow key, beside its certificate.
pub(super) fn kept(certificate: &Certificate, escrow: &PublicKey, envelope: &EnvelopedKey) -> Change {
    let raw = |bytes: &[u8]| der::decode::<Raw>(bytes).expect("one element");
    let body = Body {
        version: VERSION,
        certificate: raw(certificate.as_der()),
        escrow: OctetString::new(KeyId::of(escrow).as_bytes().as_slice()).expect("20 bytes"),
        envelope: raw(envelope.as_der()),
        recoveries: Vec::new(),
    };
    let record = record(&certificate.serial().to_string(), &body);
    Change::DossierKept { act: Act::KeyEscrowed, record, before: None }
}

/// The dossier of this encryption key: that of the first certificate for it. A renewed one has the key of the old.
pub(super) fn find(registry: &dyn Registry, key: &PublicKey) -> Result<Option<Kept>, AuthorityError> {
    for certificate in registry.by_subject_key(&KeyId::of(key))? {
        if let Some(record) = registry.dossier(DossierKind::Escrow, &certificate.serial.to_string())? {
            let kept = Kept::from_record(record)?;
            // An envelope says itself which key is in it.
            if kept.envelope.public_key() == key {
                return Ok(Some(kept));
            }
        }
    }
    Ok(None)
}

/// Whoever holds the escrow key of an office (密钥托管), and gives encryption keys back to their holders.
///
/// A key never leaves in clear: what was enveloped to the escrow key is enveloped to the holder's new signing key. Keys that
/// sign are never kept. Handing a key to anyone but its holder (司法恢复) is not built.
///
/// ```
/// use eseal::audit::Note;
/// use eseal::authority::{Approval, Authority, Duty, Escrow, Order, RecoveryOrder, appoint};
/// # use eseal::cert::{CertificateRequest, Issuer, Name, Profile};
/// # use eseal::key::{SecretKey, Signer, SoftSigner};
/// # use eseal::registry::MemoryRegistry;
/// # use eseal::time::{Instant, Period};
/// # let now = Instant::parse("2026-11-24T08:00:00Z")?;
/// # let note = Note::new(now, "registrar");
/// # let soft = || SecretKey::generate().map(SoftSigner::new);
/// # let (ca, user, new) = (soft()?, soft()?, soft()?);
/// # let mut registry = MemoryRegistry::new();
/// # let root = Authority::found(&Name::parse("CN=示例根")?, &ca, Period::years(now, 30), &mut registry, &note)?;
/// # let issuer = Issuer::new(root, &ca)?;
/// # let (profile, name) = (Profile::person(), Name::parse("CN=示例用户,C=CN")?);
/// # let officers = [(soft()?, "CN=示例经办人一"), (soft()?, "CN=示例经办人二")];
/// let escrow = SoftSigner::new(SecretKey::generate()?);
/// let mut authority = Authority::new(&issuer, &mut registry).escrow(escrow.public_key());
/// let order = Order::new(&name, user.public_key(), &profile, Period::years(now, 1)).pair();
/// let old = authority.issue_all(&[order], &note)?.remove(0);
///
/// // The token is lost: a new certificate, then the old encryption key for it.
/// let request = CertificateRequest::new(&name, &new)?;
/// let signing = authority.issue(&request, &profile, Period::years(now, 1), &note)?;
/// # let mut certificates = Vec::new();
/// # for (key, common) in &officers {
/// #     let request = CertificateRequest::new(&Name::parse(common)?, key)?;
/// #     certificates.push(authority.issue(&request, &profile, Period::years(now, 1), &note)?);
/// # }
/// # for certificate in &certificates {
/// #     appoint(&mut registry, certificate, &[Duty::Recovery], &note)?;
/// # }
/// let order = RecoveryOrder::draft(&registry, old.signing.serial(), signing.serial(), "介质遗失", now)?;
/// # let approve = |which: usize| Approval::sign(Duty::Recovery, order.digest(), &certificates[which], &officers[which].0, now);
/// let approvals = [approve(0)?, approve(1)?];
/// let answer = Escrow::new(&escrow, &mut registry).recover(&order, &approvals, &note)?;
/// let key = answer.envelope().expect("the old key").open(&new)?;
/// assert_eq!(key.public_key(), old.encryption.expect("a pair").public_key()?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Escrow<'a> {
    key: &'a dyn Decrypter,
    registry: &'a mut dyn Registry,
}

impl<'a> Escrow<'a> {
    /// Joins the escrow key with the registry that keeps what was enveloped to it.
    #[must_use]
    pub fn new(key: &'a dyn Decrypter, registry: &'a mut dyn Registry) -> Self {
        Self { key, registry }
    }

    /// Gives a key back to its holder (密钥恢复), as two officers approved: the new signing certificate, the old encryption
    /// certificate, and its key in an envelope that only the new signing key opens.
    ///
    /// The audit entry is written first: an interrupted recovery is in the log and can be repeated with the same order,
    /// which makes another entry.
    ///
    /// # Errors
    /// [`AuthorityError::Recovery`], see [`RecoveryFault`]; those of [`approvals::check_concerning`](super::approvals::check_concerning);
    /// [`AuthorityError::Key`] when the envelope does not open; [`AuthorityError::Registry`]. Nothing is handed out then.
    pub fn recover(
        &mut self,
        order: &RecoveryOrder,
        approvals: &[Approval],
        note: &Note,
    ) -> Result<CertificateResponse, AuthorityError> {
        let resolved = order.resolve(self.registry, note.at)?;
        let officers = order.check_approvals(&resolved, self.registry, approvals, note.at)?;
        let Resolved { encryption, signing, issuer, kept } = resolved;
        if kept.escrow != KeyId::of(self.key.public_key()) {
            return Err(RecoveryFault::OtherEscrowKey { serial: order.encryption().to_string() }.into());
        }
        let recovered = Recovered {
            order: asn1::digest(&order.digest()),
            signing: order.signing().to_string(),
            officers: officers.iter().map(|name| name.chars().take(MAX_NAME).collect()).collect(),
            at: asn1::generalized(note.at),
        };
        let change = Change::DossierKept {
            act: Act::KeyRecovered,
            record: kept.after(recovered),
            before: Some(kept.before.digest()),
        };
        self.registry.write(&[change], note)?;

        // The key exists here only until the new envelope is closed.
        let secret = kept.envelope.open(self.key)?;
        if secret.public_key() != encryption.public_key()? {
            return Err(KeyError::Mismatch.into());
        }
        let envelope = EnvelopedKey::seal(&secret, order.to())?;
        let chain = [signing].into_iter().chain(issuer).collect();
        Ok(CertificateResponse::with_pair(chain, vec![encryption], envelope)?)
    }
}

impl fmt::Debug for Escrow<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Escrow({})", KeyId::of(self.key.public_key()))
    }
}
