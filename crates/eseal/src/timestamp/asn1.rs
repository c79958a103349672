//! The structures of RFC 3161, and those of RFC 5035 that name the signer's certificate.

use ::der::Sequence;
use ::der::asn1::BitString;
use ::der::asn1::Int;
use ::der::asn1::OctetString;
use const_oid::ObjectIdentifier;

use crate::der::Raw;

/// `AlgorithmIdentifier`; parameters are absent or NULL, both for SM3.
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub(super) struct Algorithm {
    pub(super) kind: ObjectIdentifier,
    pub(super) parameters: Option<Raw>,
}

impl Algorithm {
    pub(super) const fn of(kind: ObjectIdentifier) -> Self {
        Self { kind, parameters: None }
    }
}

/// `MessageImprint`, RFC 3161, 2.4.1.
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub(super) struct MessageImprint {
    pub(super) algorithm: Algorithm,
    pub(super) hash: OctetString,
}

/// `Extension`, RFC 5280, 4.1.
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub(super) struct Extension {
    pub(super) kind: ObjectIdentifier,
    #[asn1(default = "no")]
    pub(super) critical: bool,
    pub(super) value: OctetString,
}

/// `TimeStampReq`, RFC 3161, 2.4.1.
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub(super) struct TimeStampReq {
    pub(super) version: u8,
    pub(super) imprint: MessageImprint,
    pub(super) policy: Option<ObjectIdentifier>,
    pub(super) nonce: Option<Int>,
    #[asn1(default = "no")]
    pub(super) certificates: bool,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", constructed = "true", optional = "true")]
    pub(super) extensions: Option<Vec<Extension>>,
}

/// `TimeStampResp`, RFC 3161, 2.4.2.
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub(super) struct TimeStampResp {
    pub(super) status: StatusInfo,
    pub(super) token: Option<Raw>,
}

/// `PKIStatusInfo`, RFC 3161, 2.4.2.
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub(super) struct StatusInfo {
    pub(super) status: u8,
    pub(super) text: Option<Vec<String>>,
    pub(super) failure: Option<BitString>,
}

/// `TSTInfo`, RFC 3161, 2.4.2.
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub(super) struct TstInfo {
    pub(super) version: u8,
    pub(super) policy: ObjectIdentifier,
    pub(super) imprint: MessageImprint,
    pub(super) serial: Int,
    /// GeneralizedTime, which may have parts of a second here.
    pub(super) at: Raw,
    pub(super) accuracy: Option<Accuracy>,
    #[asn1(default = "no")]
    pub(super) ordering: bool,
    pub(super) nonce: Option<Int>,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    pub(super) authority: Option<Raw>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", constructed = "true", optional = "true")]
    pub(super) extensions: Option<Vec<Extension>>,
}

/// `Accuracy`, RFC 3161, 2.4.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Sequence)]
pub(super) struct Accuracy {
    pub(super) seconds: Option<u32>,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", optional = "true")]
    pub(super) millis: Option<u16>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true")]
    pub(super) micros: Option<u16>,
}

/// `SigningCertificateV2`, RFC 5035, 3.
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub(super) struct SigningCertificateV2 {
    pub(super) certificates: Vec<EssCertIdV2>,
    pub(super) policies: Option<Raw>,
}

/// `ESSCertIDv2`, RFC 5035, 4: without an algorithm the hash is SHA-256.
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub(super) struct EssCertIdV2 {
    pub(super) algorithm: Option<Algorithm>,
    pub(super) hash: OctetString,
    pub(super) issuer_serial: Option<IssuerSerial>,
}

/// `SigningCertificate`, RFC 2634, 5.4: with SHA-1, read only.
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub(super) struct SigningCertificateV1 {
    pub(super) certificates: Vec<EssCertIdV1>,
    pub(super) policies: Option<Raw>,
}

/// `ESSCertID`, RFC 2634, 5.4.1.
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub(super) struct EssCertIdV1 {
    pub(super) hash: OctetString,
    pub(super) issuer_serial: Option<IssuerSerial>,
}

/// `IssuerSerial`, RFC 5035, 4.
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
pub(super) struct IssuerSerial {
    pub(super) issuer: Vec<Raw>,
    pub(super) serial: Int,
}

const fn no() -> bool {
    false
}
