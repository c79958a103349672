use std::fmt;

use ::der::Sequence;
use ::der::asn1::GeneralizedTime;
use ::der::asn1::OctetString;

use crate::cert::Certificate;
use crate::cms::MessageDraft;
use crate::cms::SignedMessage;
use crate::cms::Statement;
use crate::cms::StatementFault;
use crate::der;
use crate::key::Signer;
use crate::sm::Sm3Digest;
use crate::time::Instant;

use super::AuthorityError;
use super::Duty;
use super::asn1;

/// `Approval` of our own: no standard has one.
#[derive(Sequence)]
struct Body {
    version: u8,
    duty: Duty,
    /// SM3 of what is approved.
    object: OctetString,
    at: GeneralizedTime,
    #[asn1(optional = "true")]
    note: Option<String>,
}

const VERSION: u8 = 1;

/// The longest note of an officer, in bytes of UTF-8: a sentence or two.
const MAX_NOTE: usize = 512;

/// An officer's word that something may be done (审批意见): a signed message of GB/T 35275 about one object, for one duty.
///
/// A value of this type has had its signature checked by the key of the certificate that came along. Whether that is an
/// officer's, and of which duty, [`approvals::check`](super::approvals::check) asks the registry. That it
/// is an approval is signed along, so no signature over a file, a seal or a challenge passes for one.
///
/// ```
/// use eseal::authority::{Approval, Duty};
/// # use eseal::lab::{LabSettings, Office, Which};
/// # use eseal::sm::sm3;
/// # let now = eseal::time::Instant::utc(2026, 11, 24, 0, 0, 0)?;
/// # let office = Office::new(LabSettings::memory(now))?;
/// # let holder = office.holder(Which::Person.signer());
/// # let (certificate, signer) = (&holder.certificate, holder.signer());
/// let object = sm3(b"what is to be approved, byte for byte");
/// let approval = Approval::sign(Duty::Unlock, object, certificate, signer, now)?;
///
/// let read = Approval::from_bytes(approval.as_der())?;
/// assert_eq!((read.duty(), read.object(), read.at()), (Duty::Unlock, &object, now));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Approval {
    message: SignedMessage,
    certificate: Certificate,
    duty: Duty,
    object: Sm3Digest,
    at: Instant,
    note: Option<String>,
}

impl Approval {
    /// The largest approval that is read, in bytes: 64 KiB, room for a chain of certificates.
    pub const MAX_BYTES: usize = 64 << 10;

    /// How long an approval counts, in seconds: seven days.
    pub const LONGEST: i64 = 7 * 24 * 60 * 60;

    /// Approves an object, by its SM3, at this time.
    ///
    /// # Errors
    /// [`AuthorityError::Cms`] when the certificate is not for signing, not within its period, or the key is not its own.
    pub fn sign(
        duty: Duty,
        object: Sm3Digest,
        certificate: &Certificate,
        signer: &dyn Signer,
        now: Instant,
    ) -> Result<Self, AuthorityError> {
        Self::sign_with_note(duty, object, None, certificate, signer, now)
    }

    /// Approves an object, and says why: at most 512 bytes.
    ///
    /// # Errors
    /// As [`sign`](Self::sign), and [`AuthorityError::ApprovalMalformed`] for a longer note.
    pub fn sign_with_note(
        duty: Duty,
        object: Sm3Digest,
        note: Option<&str>,
        certificate: &Certificate,
        signer: &dyn Signer,
        now: Instant,
    ) -> Result<Self, AuthorityError> {
        MessageDraft::new(certificate)?.require_valid(now)?;
        let body = Body {
            version: VERSION,
            duty,
            object: asn1::digest(&object),
            at: asn1::generalized(now),
            note: note.map(str::to_owned),
        };
        let body = der::encode(&body).expect("a short structure encodes");
        let message = Statement::Approval.sign(certificate, signer, now, &body)?;
        Self::from_bytes(message.as_der())
    }

    /// Reads an approval, DER or PEM, and checks its signature.
    ///
    /// # Errors
    /// [`AuthorityError::ApprovalMalformed`] for what is none, [`AuthorityError::ApprovalSignature`] when the signature
    /// does not hold.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, AuthorityError> {
        let malformed = || AuthorityError::ApprovalMalformed;
        let statement = Statement::Approval.read(bytes, Self::MAX_BYTES).map_err(|fault| match fault {
            StatementFault::Malformed | StatementFault::OtherKind => malformed(),
            StatementFault::Signature => AuthorityError::ApprovalSignature,
        })?;
        let body: Body = der::decode(&statement.content).map_err(|_| malformed())?;
        let at = asn1::instant(body.at);
        let sound = body.version == VERSION
            && body.note.as_ref().is_none_or(|note| note.len() <= MAX_NOTE)
            && statement.signing_time == Some(at);
        if !sound {
            return Err(malformed());
        }
        Ok(Self {
            message: statement.message,
            certificate: statement.signer,
            duty: body.duty,
            object: asn1::digest_in(&body.object).ok_or_else(malformed)?,
            at,
            note: body.note,
        })
    }

    /// The approval, DER.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        self.message.as_der()
    }

    /// The certificate that signed it.
    #[must_use]
    pub const fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// By which duty it is given.
    #[must_use]
    pub const fn duty(&self) -> Duty {
        self.duty
    }

    /// SM3 of what it approves.
    #[must_use]
    pub const fn object(&self) -> &Sm3Digest {
        &self.object
    }

    /// When it was given, by the officer's clock.
    #[must_use]
    pub const fn at(&self) -> Instant {
        self.at
    }

    /// What the officer said to it.
    #[must_use]
    pub fn note(&self) -> Option<&str> {
        self.note.as_deref()
    }

    /// The officer's name, as the certificate has it.
    #[must_use]
    pub fn name(&self) -> String {
        self.certificate.subject().to_string()
    }
}

impl fmt::Debug for Approval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Approval({}, {}, {})", self.name(), self.duty.word(), self.object)
    }
}
