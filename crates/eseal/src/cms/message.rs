use const_oid::ObjectIdentifier;

use crate::Lang;
use crate::cert::Certificate;
use crate::cert::Name;
use crate::der::Element;
use crate::der::MAX_BYTES;
use crate::der::Walk;
use crate::oid;
use crate::time::Instant;

use super::CmsError;

const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const INTEGER: u8 = 0x02;
const OCTET_STRING: u8 = 0x04;
const OBJECT_IDENTIFIER: u8 = 0x06;
/// `[0]`, constructed.
const ZERO: u8 = 0xa0;
/// `[1]`, constructed.
const ONE: u8 = 0xa1;
/// `[0]`, primitive: the short form of a signer's identifier.
const ZERO_PRIMITIVE: u8 = 0x80;

/// The most signers, certificates, revocation lists and attributes that are read: real messages have a handful, and each
/// signer costs a signature check.
const MOST: usize = 64;

/// Which standard a message names itself after.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// GB/T 35275 (and GM/T 0010).
    Gbt35275,
    /// RFC 5652 (and PKCS #7).
    Rfc5652,
}

impl Dialect {
    /// The stable word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Gbt35275 => "gbt-35275",
            Self::Rfc5652 => "rfc-5652",
        }
    }

    /// The name to show.
    #[must_use]
    pub const fn label(self, lang: Lang) -> &'static str {
        match self {
            Self::Gbt35275 => lang.pick("GB/T 35275 签名数据", "GB/T 35275 signed data"),
            Self::Rfc5652 => lang.pick("RFC 5652 签名数据", "RFC 5652 signed data"),
        }
    }
}

/// How a message names the certificate of a signer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignerIdentifier {
    /// By issuer and serial number.
    IssuerAndSerial {
        /// The issuer's name.
        issuer: Name,
        /// The serial number's bytes, as received.
        serial: Vec<u8>,
    },
    /// By the key identifier in the certificate.
    KeyId(Vec<u8>),
}

impl SignerIdentifier {
    pub(super) fn names(&self, certificate: &Certificate) -> bool {
        match self {
            Self::IssuerAndSerial { issuer, serial } => {
                without_zeros(serial) == without_zeros(certificate.serial().as_bytes())
                    && issuer.matches(certificate.issuer())
            }
            Self::KeyId(id) => certificate.subject_key_id() == Some(id),
        }
    }
}

fn without_zeros(bytes: &[u8]) -> &[u8] {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    &bytes[zeros..]
}

/// An attribute: its type, and its values as received.
#[derive(Clone, Debug)]
pub(super) struct Attribute {
    pub(super) kind: ObjectIdentifier,
    pub(super) values: Vec<Vec<u8>>,
}

/// Attributes that are signed: the received bytes, and what is in them.
#[derive(Clone, Debug)]
pub(super) struct SignedAttributes {
    /// Tag `[0]`, length and content, as received.
    pub(super) received: Vec<u8>,
    pub(super) list: Vec<Attribute>,
}

/// One signer of a message (签名者信息, `SignerInfo`).
#[derive(Clone, Debug)]
pub struct MessageSigner {
    pub(super) identifier: SignerIdentifier,
    pub(super) digest_algorithm: ObjectIdentifier,
    pub(super) signature_algorithm: ObjectIdentifier,
    pub(super) attributes: Option<SignedAttributes>,
    pub(super) signature: Vec<u8>,
    pub(super) unsigned: Vec<Attribute>,
}

impl MessageSigner {
    /// How the message names the signer's certificate.
    #[must_use]
    pub const fn identifier(&self) -> &SignerIdentifier {
        &self.identifier
    }

    /// The digest algorithm's identifier, dotted.
    #[must_use]
    pub fn digest_algorithm(&self) -> String {
        self.digest_algorithm.to_string()
    }

    /// The signature algorithm's identifier, dotted.
    #[must_use]
    pub fn signature_algorithm(&self) -> String {
        self.signature_algorithm.to_string()
    }

    /// The signature value as received.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// Whether attributes are signed, and not the content itself.
    #[must_use]
    pub const fn has_signed_attributes(&self) -> bool {
        self.attributes.is_some()
    }

    /// The types of the signed attributes, dotted, in the order found.
    #[must_use]
    pub fn signed_attributes(&self) -> Vec<String> {
        let list = self.attributes.as_ref().map_or(&[][..], |attributes| &attributes.list);
        list.iter().map(|attribute| attribute.kind.to_string()).collect()
    }

    /// The types of the attributes that are not signed, dotted, in the order found.
    #[must_use]
    pub fn unsigned_attributes(&self) -> Vec<String> {
        self.unsigned.iter().map(|attribute| attribute.kind.to_string()).collect()
    }

    /// When the signer says it signed: the signed attribute, as good as the signer's word.
    #[must_use]
    pub fn signing_time(&self) -> Option<Instant> {
        time(self.signed_value(&oid::SIGNING_TIME)?)
    }

    /// A time-stamp token over the signature value, if one came with it; DER, not checked here.
    #[must_use]
    pub fn timestamp(&self) -> Option<&[u8]> {
        let attribute = self.unsigned.iter().find(|attribute| attribute.kind == oid::TIMESTAMP_TOKEN)?;
        attribute.values.first().map(Vec::as_slice)
    }

    /// The one value of a signed attribute; `None` when it is absent, or given twice or with two values.
    pub(super) fn signed_value(&self, kind: &ObjectIdentifier) -> Option<&[u8]> {
        let mut found = self.attributes.as_ref()?.list.iter().filter(|attribute| attribute.kind == *kind);
        match (found.next(), found.next()) {
            (Some(Attribute { values, .. }), None) => match values.as_slice() {
                [value] => Some(value),
                _ => None,
            },
            _ => None,
        }
    }
}

fn time(value: &[u8]) -> Option<Instant> {
    let since = match value.first()? {
        0x17 => crate::der::decode::<::der::asn1::UtcTime>(value).ok()?.to_unix_duration(),
        _ => crate::der::decode::<::der::asn1::GeneralizedTime>(value).ok()?.to_unix_duration(),
    };
    i64::try_from(since.as_secs()).ok().map(Instant::from_unix)
}

/// A signed message (签名数据, `SignedData`), GB/T 35275 and RFC 5652, 5. Keeps the bytes it was read from.
///
/// DER with strict lengths, at most [`Self::MAX_BYTES`]; at most 64 signers, certificates, revocation lists and attributes
/// (our limits, not the standards').
#[derive(Clone, Debug)]
pub struct SignedMessage {
    received: Vec<u8>,
    dialect: Dialect,
    pub(super) content_type: ObjectIdentifier,
    pub(super) content: Option<Vec<u8>>,
    pub(super) certificates: Vec<Certificate>,
    unread_certificates: usize,
    revocation_lists: Vec<Vec<u8>>,
    pub(super) signers: Vec<MessageSigner>,
}

impl SignedMessage {
    /// The largest message that is read, in bytes.
    pub const MAX_BYTES: usize = MAX_BYTES;

    /// Reads DER, or PEM with the label `CMS` or `PKCS7`.
    ///
    /// # Errors
    /// As [`Self::from_der`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CmsError> {
        if bytes.first() == Some(&SEQUENCE) {
            return Self::from_der(bytes);
        }
        // Base64 takes four bytes for three, and a line break now and then.
        if bytes.len() / 3 * 2 > Self::MAX_BYTES {
            return Err(CmsError::TooLarge { limit: Self::MAX_BYTES });
        }
        match ::der::pem::decode_vec(bytes) {
            Ok(("CMS" | "PKCS7", document)) => Self::from_der(&document),
            _ => Err(CmsError::Malformed { what: "ContentInfo" }),
        }
    }

    /// Reads DER that must fill the input.
    ///
    /// # Errors
    /// [`CmsError::TooLarge`], [`CmsError::Malformed`], [`CmsError::NotSigned`], [`CmsError::TooMany`].
    pub fn from_der(bytes: &[u8]) -> Result<Self, CmsError> {
        if bytes.len() > Self::MAX_BYTES {
            return Err(CmsError::TooLarge { limit: Self::MAX_BYTES });
        }
        let (kind, inner) = content_info(bytes).ok_or(CmsError::Malformed { what: "ContentInfo" })?;
        let dialect = match kind {
            oid::GM_SIGNED_DATA => Dialect::Gbt35275,
            oid::CMS_SIGNED_DATA => Dialect::Rfc5652,
            other => return Err(CmsError::NotSigned { oid: other.to_string() }),
        };
        Parts::read(inner).ok_or(CmsError::Malformed { what: "SignedData" })?.message(bytes, dialect)
    }

    /// The bytes it was read from.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        &self.received
    }

    /// Which standard it names itself after.
    #[must_use]
    pub const fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// The identifier of the type of its content, dotted.
    #[must_use]
    pub fn content_type(&self) -> String {
        self.content_type.to_string()
    }

    /// The content, if it came inside.
    #[must_use]
    pub fn content(&self) -> Option<&[u8]> {
        self.content.as_deref()
    }

    /// The certificates that came with it, in the order found; not judged.
    #[must_use]
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// How many certificates came with it that could not be read.
    #[must_use]
    pub const fn unread_certificates(&self) -> usize {
        self.unread_certificates
    }

    /// The revocation lists that came with it, DER, in the order found; not judged.
    pub fn revocation_lists(&self) -> impl Iterator<Item = &[u8]> {
        self.revocation_lists.iter().map(Vec::as_slice)
    }

    /// Its signers, in the order found. None at all in a message that only carries certificates.
    #[must_use]
    pub fn signers(&self) -> &[MessageSigner] {
        &self.signers
    }
}

/// What a `ContentInfo` says it holds, and the one element it holds.
fn content_info(bytes: &[u8]) -> Option<(ObjectIdentifier, &[u8])> {
    let mut info = Walk::only(bytes, SEQUENCE)?.inside();
    let kind = object_identifier(&mut info)?;
    let content = info.expect(ZERO)?;
    info.is_empty().then_some((kind, content.content))
}

fn object_identifier(walk: &mut Walk<'_>) -> Option<ObjectIdentifier> {
    ObjectIdentifier::from_bytes(walk.expect(OBJECT_IDENTIFIER)?.content).ok()
}

/// The algorithm of an `AlgorithmIdentifier`; parameters may be anything (absent and NULL are both common).
fn algorithm(walk: &mut Walk<'_>) -> Option<ObjectIdentifier> {
    object_identifier(&mut walk.expect(SEQUENCE)?.inside())
}

/// The parts of a `SignedData` whose order and tags were right.
struct Parts<'a> {
    content_type: ObjectIdentifier,
    content: Option<&'a [u8]>,
    certificates: Walk<'a>,
    revocation_lists: Walk<'a>,
    signers: Walk<'a>,
}

impl<'a> Parts<'a> {
    fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut data = Walk::only(bytes, SEQUENCE)?.inside();
        data.expect(INTEGER)?;
        data.expect(SET)?;
        let mut encapsulated = data.expect(SEQUENCE)?.inside();
        let content_type = object_identifier(&mut encapsulated)?;
        let content = match encapsulated.take(ZERO) {
            // PKCS #7 allows any type here; everyone signs the content of an octet string.
            Some(explicit) => Some(Walk::only(explicit.content, OCTET_STRING)?.content),
            None => None,
        };
        if !encapsulated.is_empty() {
            return None;
        }
        let inside = |element: Option<Element<'a>>| element.map_or_else(|| Walk::new(&[]), |element| element.inside());
        let certificates = inside(data.take(ZERO));
        let revocation_lists = inside(data.take(ONE));
        let signers = data.expect(SET)?.inside();
        data.is_empty().then_some(Self { content_type, content, certificates, revocation_lists, signers })
    }

    fn message(self, received: &[u8], dialect: Dialect) -> Result<SignedMessage, CmsError> {
        let found = list(self.certificates, "certificates")?;
        // A certificate of another kind (an attribute certificate) is no fault of the signature.
        let certificates: Vec<_> =
            found.iter().filter_map(|element| Certificate::from_der(element.whole).ok()).collect();
        let revocation_lists = list(self.revocation_lists, "revocation lists")?;
        let mut signers = Vec::new();
        for element in list(self.signers, "signers")? {
            signers.push(signer(&element)?);
        }
        Ok(SignedMessage {
            received: received.to_vec(),
            dialect,
            content_type: self.content_type,
            content: self.content.map(<[u8]>::to_vec),
            unread_certificates: found.len() - certificates.len(),
            certificates,
            revocation_lists: revocation_lists.iter().map(|element| element.whole.to_vec()).collect(),
            signers,
        })
    }
}

fn list<'a>(mut walk: Walk<'a>, what: &'static str) -> Result<Vec<Element<'a>>, CmsError> {
    let mut elements = Vec::new();
    while !walk.is_empty() {
        if elements.len() == MOST {
            return Err(CmsError::TooMany { what, limit: MOST });
        }
        elements.push(walk.next().ok_or(CmsError::Malformed { what })?);
    }
    Ok(elements)
}

fn signer(element: &Element<'_>) -> Result<MessageSigner, CmsError> {
    const MALFORMED: CmsError = CmsError::Malformed { what: "SignerInfo" };
    if element.tag != SEQUENCE {
        return Err(MALFORMED);
    }
    let mut info = element.inside();
    info.expect(INTEGER).ok_or(MALFORMED)?;
    let identifier = identifier(&mut info).ok_or(MALFORMED)?;
    let digest_algorithm = algorithm(&mut info).ok_or(MALFORMED)?;
    let attributes = match info.take(ZERO) {
        Some(element) => Some(SignedAttributes { received: element.whole.to_vec(), list: attributes_of(&element)? }),
        None => None,
    };
    let signature_algorithm = algorithm(&mut info).ok_or(MALFORMED)?;
    let signature = info.expect(OCTET_STRING).ok_or(MALFORMED)?.content.to_vec();
    let unsigned = match info.take(ONE) {
        Some(element) => attributes_of(&element)?,
        None => Vec::new(),
    };
    if !info.is_empty() {
        return Err(MALFORMED);
    }
    Ok(MessageSigner { identifier, digest_algorithm, signature_algorithm, attributes, signature, unsigned })
}

fn identifier(info: &mut Walk<'_>) -> Option<SignerIdentifier> {
    if let Some(id) = info.take(ZERO_PRIMITIVE) {
        return Some(SignerIdentifier::KeyId(id.content.to_vec()));
    }
    let mut pair = info.expect(SEQUENCE)?.inside();
    let issuer = Name::from_der(pair.expect(SEQUENCE)?.whole).ok()?;
    let serial = pair.expect(INTEGER)?.content.to_vec();
    pair.is_empty().then_some(SignerIdentifier::IssuerAndSerial { issuer, serial })
}

fn attributes_of(element: &Element<'_>) -> Result<Vec<Attribute>, CmsError> {
    let mut attributes = Vec::new();
    for element in list(element.inside(), "attributes")? {
        attributes.push(attribute(&element).ok_or(CmsError::Malformed { what: "Attribute" })?);
    }
    Ok(attributes)
}

fn attribute(element: &Element<'_>) -> Option<Attribute> {
    if element.tag != SEQUENCE {
        return None;
    }
    let mut parts = element.inside();
    let kind = object_identifier(&mut parts)?;
    let values = parts.expect(SET)?.inside().all(MOST)?;
    parts.is_empty().then(|| Attribute { kind, values: values.iter().map(|value| value.whole.to_vec()).collect() })
}
