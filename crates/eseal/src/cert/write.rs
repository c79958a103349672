//! The structures of X.509 that are written; the crate `der` lays them out.
//!
//! Parts that were received, or written before, go in as they are ([`raw`]). Names the crate `der` and not the room: the
//! derive of `Choice` asks for that.

use std::time::Duration;

use const_oid::ObjectIdentifier;
use der::Choice;
use der::Encode;
use der::Sequence;
use der::Tag;
use der::asn1::AnyRef;
use der::asn1::BitStringRef;
use der::asn1::GeneralizedTime;
use der::asn1::Ia5StringRef;
use der::asn1::Null;
use der::asn1::OctetStringRef;
use der::asn1::UtcTime;

use crate::oid;
use crate::time::Instant;
pub(super) use crate::time::generalized;

use super::asn1;

/// DER of a structure whose parts are in memory.
pub(super) fn encode<T: Encode>(value: &T) -> Vec<u8> {
    value.to_der().expect("what is written is far smaller than DER allows")
}

/// An element that was encoded before, as it is.
pub(super) fn raw(element: &[u8]) -> AnyRef<'_> {
    AnyRef::try_from(element).expect("one encoded element")
}

/// Elements that were encoded before, as they are.
pub(super) fn raw_list<'e, E: AsRef<[u8]> + 'e>(elements: impl IntoIterator<Item = &'e E>) -> Vec<AnyRef<'e>> {
    elements.into_iter().map(|element| raw(element.as_ref())).collect()
}

pub(super) fn octets(bytes: &[u8]) -> &OctetStringRef {
    OctetStringRef::new(bytes).expect("a short string")
}

pub(super) fn bits(bytes: &[u8]) -> BitStringRef<'_> {
    BitStringRef::from_bytes(bytes).expect("a short string")
}

/// A string of the type with this tag, UTF8String if it is none of those that are written; its characters were checked.
pub(super) fn string(tag: u8, text: &str) -> AnyRef<'_> {
    let tag = match tag {
        asn1::PRINTABLE_STRING => Tag::PrintableString,
        asn1::IA5_STRING => Tag::Ia5String,
        _ => Tag::Utf8String,
    };
    AnyRef::new(tag, text.as_bytes()).expect("a short string")
}

/// An identifier by its content: one with an arc that [`ObjectIdentifier`] does not hold.
pub(super) fn identifier(content: &[u8]) -> AnyRef<'_> {
    AnyRef::new(Tag::ObjectIdentifier, content).expect("a short string")
}

/// ENUMERATED of one byte.
pub(super) fn enumerated(number: &[u8; 1]) -> AnyRef<'_> {
    AnyRef::new(Tag::Enumerated, number).expect("one byte")
}

/// AlgorithmIdentifier; RFC 5280, 4.1.1.2.
#[derive(Clone, Copy, Sequence)]
pub(super) struct AlgorithmIdentifier {
    kind: ObjectIdentifier,
    #[asn1(optional = "true")]
    parameters: Option<Null>,
}

/// SM2 with SM3, parameters absent: what every signature here is.
pub(super) const SM2_WITH_SM3: AlgorithmIdentifier = AlgorithmIdentifier { kind: oid::SM2_WITH_SM3, parameters: None };

impl AlgorithmIdentifier {
    pub(super) const fn with_null(kind: ObjectIdentifier) -> Self {
        Self { kind, parameters: Some(Null) }
    }
}

/// `SEQUENCE { signed part, AlgorithmIdentifier, BIT STRING }`.
#[derive(Sequence)]
pub(super) struct Signed<'a> {
    pub(super) part: AnyRef<'a>,
    pub(super) algorithm: AlgorithmIdentifier,
    pub(super) signature: BitStringRef<'a>,
}

/// Time; RFC 5280, 4.1.2.5.
#[derive(Clone, Copy, Choice)]
pub(super) enum Time {
    #[asn1(type = "UTCTime")]
    Utc(UtcTime),
    #[asn1(type = "GeneralizedTime")]
    Generalized(GeneralizedTime),
}

impl Time {
    /// UTCTime through 2049, GeneralizedTime from 2050 on. What lies before 1970 is written as 1970.
    pub(super) fn of(at: Instant) -> Self {
        match UtcTime::from_unix_duration(since_1970(at)) {
            Ok(time) => Self::Utc(time),
            Err(_) => Self::Generalized(generalized(at)),
        }
    }
}

fn since_1970(at: Instant) -> Duration {
    Duration::from_secs(u64::try_from(at.unix()).unwrap_or(0))
}

/// Validity; RFC 5280, 4.1.2.5.
#[derive(Sequence)]
pub(super) struct Validity {
    pub(super) not_before: Time,
    pub(super) not_after: Time,
}

/// TBSCertificate of version 3; RFC 5280, 4.1.
#[derive(Sequence)]
pub(super) struct TbsCertificate<'a> {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    pub(super) version: u8,
    pub(super) serial: AnyRef<'a>,
    pub(super) signature: AlgorithmIdentifier,
    pub(super) issuer: AnyRef<'a>,
    pub(super) validity: Validity,
    pub(super) subject: AnyRef<'a>,
    pub(super) public_key: AnyRef<'a>,
    #[asn1(context_specific = "3", tag_mode = "EXPLICIT")]
    pub(super) extensions: Vec<AnyRef<'a>>,
}

/// TBSCertList of version 2; RFC 5280, 5.1.
#[derive(Sequence)]
pub(super) struct TbsCertList<'a> {
    pub(super) version: u8,
    pub(super) signature: AlgorithmIdentifier,
    pub(super) issuer: AnyRef<'a>,
    pub(super) this_update: Time,
    pub(super) next_update: Time,
    /// All entries, encoded; an empty list must be left out; RFC 5280, 5.1.2.6.
    #[asn1(optional = "true")]
    pub(super) entries: Option<AnyRef<'a>>,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    pub(super) extensions: Vec<AnyRef<'a>>,
}

/// An entry of revokedCertificates; RFC 5280, 5.1.
#[derive(Sequence)]
pub(super) struct RevokedCertificate<'a> {
    pub(super) serial: AnyRef<'a>,
    pub(super) at: Time,
    #[asn1(optional = "true")]
    pub(super) extensions: Option<Vec<AnyRef<'a>>>,
}

/// Attribute with one value; RFC 2986, 4.1.
#[derive(Sequence)]
pub(super) struct Attribute<'a> {
    pub(super) kind: AnyRef<'a>,
    /// A SET of one is in order.
    pub(super) values: AnyRef<'a>,
}

/// CertificationRequestInfo; RFC 2986, 4.1.
#[derive(Sequence)]
pub(super) struct RequestInfo<'a> {
    pub(super) version: u8,
    pub(super) subject: AnyRef<'a>,
    pub(super) public_key: AnyRef<'a>,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", constructed = "true")]
    pub(super) attributes: Vec<AnyRef<'a>>,
}

/// Extension; RFC 5280, 4.1.
#[derive(Sequence)]
pub(super) struct Extension<'a> {
    pub(super) kind: ObjectIdentifier,
    #[asn1(default = "Default::default")]
    pub(super) critical: bool,
    pub(super) value: &'a OctetStringRef,
}

/// basicConstraints; RFC 5280, 4.2.1.9.
#[derive(Sequence)]
pub(super) struct BasicConstraints {
    #[asn1(default = "Default::default")]
    pub(super) ca: bool,
    #[asn1(optional = "true")]
    pub(super) path_length: Option<u32>,
}

/// authorityKeyIdentifier with the key's identifier alone; RFC 5280, 4.2.1.1.
#[derive(Sequence)]
pub(super) struct AuthorityKeyIdentifier<'a> {
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT")]
    pub(super) key: &'a OctetStringRef,
}

/// PolicyInformation without qualifiers; RFC 5280, 4.2.1.4.
#[derive(Sequence)]
pub(super) struct PolicyInformation {
    pub(super) policy: ObjectIdentifier,
}

/// GeneralName that is a URI; RFC 5280, 4.2.1.6.
#[derive(Clone, Copy, Choice)]
pub(super) enum GeneralName<'a> {
    #[asn1(context_specific = "6", tag_mode = "IMPLICIT")]
    Uri(Ia5StringRef<'a>),
}

impl<'a> GeneralName<'a> {
    /// A URI in printable ASCII; `None` for any other.
    pub(super) fn uri(text: &'a str) -> Option<Self> {
        Ia5StringRef::new(text).ok().map(Self::Uri)
    }
}

/// DistributionPointName with full names; RFC 5280, 4.2.1.13.
#[derive(Choice)]
pub(super) enum PointName<'a> {
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", constructed = "true")]
    Full(Vec<GeneralName<'a>>),
}

/// DistributionPoint, and IssuingDistributionPoint, with a name alone; RFC 5280, 4.2.1.13 and 5.2.5.
#[derive(Sequence)]
pub(super) struct Point<'a> {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    pub(super) name: PointName<'a>,
}

impl<'a> Point<'a> {
    /// A point with this address; `None` when it is not in ASCII.
    pub(super) fn uri(text: &'a str) -> Option<Self> {
        Some(Self { name: PointName::Full(vec![GeneralName::uri(text)?]) })
    }
}

/// AccessDescription; RFC 5280, 4.2.2.1.
#[derive(Sequence)]
pub(super) struct AccessDescription<'a> {
    pub(super) method: ObjectIdentifier,
    pub(super) location: GeneralName<'a>,
}

/// AttributeTypeAndValue; RFC 5280, 4.1.2.4.
#[derive(Sequence)]
pub(super) struct AttributeTypeAndValue<'a> {
    pub(super) kind: ObjectIdentifier,
    pub(super) value: AnyRef<'a>,
}

/// SET OF: elements that were encoded before, in ascending order.
pub(super) fn set_of(mut elements: Vec<Vec<u8>>) -> Vec<u8> {
    elements.sort();
    constructed(Tag::Set, &elements.concat())
}

/// An element of a constructed type around what was encoded before, in the order it has.
pub(super) fn constructed(tag: Tag, content: &[u8]) -> Vec<u8> {
    encode(&AnyRef::new(tag, content).expect("what is written is far smaller than DER allows"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cert::asn1::Reader;

    #[test]
    fn times_change_their_form_in_2050_and_begin_in_1970() {
        for (text, tag) in [("2049-12-31T23:59:59Z", 0x17), ("2050-01-01T00:00:00Z", 0x18)] {
            let at = Instant::parse(text).unwrap();
            let written = encode(&Time::of(at));
            assert_eq!(written[0], tag);
            assert_eq!(Reader::new(&written, "x").time().unwrap(), at);
        }
        let early = encode(&Time::of(Instant::parse("1955-01-01T00:00:00Z").unwrap()));
        assert_eq!(Reader::new(&early, "x").time().unwrap(), Instant::from_unix(0));
        let last = Instant::parse("9999-12-30T00:00:00Z").unwrap();
        assert_eq!(Reader::new(&encode(&Time::of(last)), "x").time().unwrap(), last);
    }
}
