//! The structures that are written, as both standards have them; GB/T 35275-2017 (clauses not checked), RFC 5652, 3 to 5.

use ::der::Sequence;
use ::der::ValueOrd;
use ::der::asn1::AnyRef;
use ::der::asn1::OctetStringRef;
use ::der::asn1::SetOfVec;
use const_oid::ObjectIdentifier;

use crate::cert::Certificate;
use crate::der;
use crate::der::Raw;

/// `ContentInfo`.
#[derive(Sequence)]
pub(super) struct ContentInfo<'a> {
    pub(super) kind: ObjectIdentifier,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    pub(super) content: AnyRef<'a>,
}

/// `AlgorithmIdentifier` without parameters, which is how SM2 and SM3 are written.
#[derive(Clone, Copy, PartialEq, Eq, Sequence, ValueOrd)]
pub(super) struct Algorithm {
    pub(super) kind: ObjectIdentifier,
}

/// `EncapsulatedContentInfo`.
#[derive(Sequence)]
pub(super) struct Encapsulated<'a> {
    pub(super) kind: ObjectIdentifier,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    pub(super) content: Option<&'a OctetStringRef>,
}

/// `SignedData`.
#[derive(Sequence)]
pub(super) struct SignedData<'a> {
    pub(super) version: u8,
    pub(super) digest_algorithms: SetOfVec<Algorithm>,
    pub(super) encapsulated: Encapsulated<'a>,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", constructed = "true", optional = "true")]
    pub(super) certificates: Option<SetOfVec<Raw>>,
    pub(super) signers: SetOfVec<Raw>,
}

/// `IssuerAndSerialNumber`: both as the certificate has them.
#[derive(Clone, Sequence)]
pub(super) struct IssuerAndSerial {
    pub(super) issuer: Raw,
    pub(super) serial: Raw,
}

impl IssuerAndSerial {
    /// How this certificate is named.
    pub(super) fn of(certificate: &Certificate) -> Self {
        Self { issuer: raw(certificate.issuer().as_der()), serial: raw(&certificate.serial().to_der()) }
    }
}

/// `Attribute`.
#[derive(Sequence)]
pub(super) struct WrittenAttribute {
    pub(super) kind: ObjectIdentifier,
    pub(super) values: SetOfVec<Raw>,
}

/// `SignerInfo`.
#[derive(Sequence)]
pub(super) struct SignerInfo<'a> {
    pub(super) version: u8,
    pub(super) identifier: IssuerAndSerial,
    pub(super) digest_algorithm: Algorithm,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", constructed = "true", optional = "true")]
    pub(super) attributes: Option<SetOfVec<Raw>>,
    pub(super) signature_algorithm: Algorithm,
    pub(super) signature: &'a OctetStringRef,
}

/// `KeyTransRecipientInfo`.
#[derive(Sequence)]
pub(super) struct RecipientInfo<'a> {
    pub(super) version: u8,
    pub(super) identifier: IssuerAndSerial,
    pub(super) algorithm: Algorithm,
    pub(super) encrypted_key: &'a OctetStringRef,
}

/// `AlgorithmIdentifier` of a cipher whose parameter is its IV.
#[derive(Sequence)]
pub(super) struct CipherAlgorithm<'a> {
    pub(super) kind: ObjectIdentifier,
    pub(super) iv: &'a OctetStringRef,
}

/// `EncryptedContentInfo`.
#[derive(Sequence)]
pub(super) struct EncryptedContentInfo<'a> {
    pub(super) kind: ObjectIdentifier,
    pub(super) algorithm: CipherAlgorithm<'a>,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT")]
    pub(super) content: &'a OctetStringRef,
}

/// `EnvelopedData`.
#[derive(Sequence)]
pub(super) struct EnvelopedData<'a> {
    pub(super) version: u8,
    pub(super) recipients: SetOfVec<Raw>,
    pub(super) content: EncryptedContentInfo<'a>,
}

/// `SignedAndEnvelopedData`, GB/T 35275-2017 (clause not checked).
#[derive(Sequence)]
pub(super) struct SignedAndEnvelopedData<'a> {
    pub(super) version: u8,
    pub(super) recipients: SetOfVec<Raw>,
    pub(super) digest_algorithms: SetOfVec<Algorithm>,
    pub(super) content: EncryptedContentInfo<'a>,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", constructed = "true", optional = "true")]
    pub(super) certificates: Option<SetOfVec<Raw>>,
    pub(super) signers: SetOfVec<Raw>,
}

/// `EncryptedData`.
#[derive(Sequence)]
pub(super) struct EncryptedData<'a> {
    pub(super) version: u8,
    pub(super) content: EncryptedContentInfo<'a>,
}

/// Encodes what is bounded by a limit checked before.
pub(super) fn encode<T: ::der::Encode>(value: &T) -> Vec<u8> {
    der::encode(value).expect("a structure within the limits of a message encodes")
}

/// One encoded element, for a place whose type is somebody else's.
pub(super) fn raw(element: &[u8]) -> Raw {
    der::decode(element).expect("an element that this program encoded or read")
}

/// OCTET STRING.
pub(super) fn octets(bytes: &[u8]) -> Vec<u8> {
    encode(&OctetStringRef::new(bytes).expect("within the limits of a message"))
}

/// SET OF: sorted, and what comes twice comes once.
pub(super) fn set<T: Clone + PartialEq + ::der::DerOrd>(members: impl IntoIterator<Item = T>) -> SetOfVec<T> {
    let mut list: Vec<T> = Vec::new();
    for member in members {
        if !list.contains(&member) {
            list.push(member);
        }
    }
    SetOfVec::try_from(list).expect("no member comes twice, which is the only fault of a set")
}

/// Wraps a message's inner structure.
pub(super) fn content_info(kind: ObjectIdentifier, inner: &[u8]) -> Vec<u8> {
    encode(&ContentInfo { kind, content: AnyRef::try_from(inner).expect("a structure that was just encoded") })
}
