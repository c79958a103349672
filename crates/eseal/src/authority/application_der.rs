//! How an application is written in its dossier.
//!
//! Names the crate `der` and not the room: the derive of `Choice` asks for that.

use der::Choice;
use der::Sequence;
use der::asn1::Any;
use der::asn1::GeneralizedTime;
use der::asn1::Null;
use der::asn1::OctetString;

/// An application as it stands.
#[derive(Sequence)]
pub(super) struct ApplicationDer {
    pub(super) version: u8,
    /// [`FilingDer`], as it was written when it was filed.
    pub(super) filing: Any,
    pub(super) wrong_codes: u8,
    pub(super) state: StateDer,
}

impl ApplicationDer {
    pub(super) const VERSION: u8 = 1;
}

/// What was filed; never changed.
#[derive(Sequence)]
pub(super) struct FilingDer {
    pub(super) reference: String,
    pub(super) subject: Any,
    pub(super) profile: String,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    pub(super) organization: Option<String>,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    pub(super) region: Option<String>,
    #[asn1(context_specific = "2", tag_mode = "EXPLICIT", optional = "true")]
    pub(super) days: Option<u32>,
    pub(super) pair: bool,
    pub(super) by: String,
    pub(super) at: GeneralizedTime,
}

/// What became of it.
#[derive(Choice)]
pub(super) enum StateDer {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", constructed = "true")]
    Filed(Null),
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", constructed = "true")]
    Approved(ApprovedDer),
    #[asn1(context_specific = "2", tag_mode = "EXPLICIT", constructed = "true")]
    Refused(RefusedDer),
    #[asn1(context_specific = "3", tag_mode = "EXPLICIT", constructed = "true")]
    Answered(AnsweredDer),
}

#[derive(Sequence)]
pub(super) struct ApprovedDer {
    pub(super) by: String,
    pub(super) officers: Vec<String>,
    pub(super) at: GeneralizedTime,
    pub(super) until: GeneralizedTime,
    /// `SM2Cipher` to the key of the authority that issues.
    pub(super) code_key: OctetString,
}

#[derive(Sequence)]
pub(super) struct RefusedDer {
    pub(super) by: String,
    pub(super) at: GeneralizedTime,
    pub(super) reason: String,
}

#[derive(Sequence)]
pub(super) struct AnsweredDer {
    pub(super) approved: ApprovedDer,
    /// Which key was certified.
    pub(super) key: OctetString,
    pub(super) at: GeneralizedTime,
}
