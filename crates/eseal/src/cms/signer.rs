use const_oid::ObjectIdentifier;
use sha1::Digest;
use sha1::Sha1;

use crate::cert::Certificate;
use crate::cert::Name;
use crate::der::Element;
use crate::der::Walk;
use crate::oid;
use crate::time::Instant;

use super::CmsError;
use super::read::INTEGER;
use super::read::MOST;
use super::read::OCTET_STRING;
use super::read::ONE;
use super::read::SEQUENCE;
use super::read::SET;
use super::read::ZERO;
use super::read::ZERO_PRIMITIVE;
use super::read::algorithm;
use super::read::list;
use super::read::object_identifier;

/// How a message names the certificate of a signer or a recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CertificateIdentifier {
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

impl CertificateIdentifier {
    pub(super) fn names(&self, certificate: &Certificate) -> bool {
        match self {
            Self::IssuerAndSerial { issuer, serial } => {
                without_zeros(serial) == without_zeros(certificate.serial().as_bytes())
                    && issuer.matches(certificate.issuer())
            }
            Self::KeyId(id) => names_key(id, certificate),
        }
    }
}

/// Whether this is the identifier of the certificate's key: as the certificate has it, or SHA-1 of the point, which some
/// write whatever the certificate says.
fn names_key(id: &[u8], certificate: &Certificate) -> bool {
    let sha1 = || certificate.public_key().is_ok_and(|key| Sha1::digest(key.to_sec1()).as_slice() == id);
    certificate.subject_key_id() == Some(id) || sha1()
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
    pub(super) identifier: CertificateIdentifier,
    pub(super) digest_algorithm: ObjectIdentifier,
    pub(super) signature_algorithm: ObjectIdentifier,
    pub(super) attributes: Option<SignedAttributes>,
    pub(super) signature: Vec<u8>,
    pub(super) unsigned: Vec<Attribute>,
}

impl MessageSigner {
    /// How the message names the signer's certificate.
    #[must_use]
    pub const fn identifier(&self) -> &CertificateIdentifier {
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
    pub(crate) fn signed_value(&self, kind: &ObjectIdentifier) -> Option<&[u8]> {
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

/// Reads one `SignerInfo`.
pub(super) fn signer(element: &Element<'_>) -> Result<MessageSigner, CmsError> {
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

/// How a certificate is named: the pair of issuer and serial number, or `[0]` with the key's identifier.
fn identifier(info: &mut Walk<'_>) -> Option<CertificateIdentifier> {
    if let Some(id) = info.take(ZERO_PRIMITIVE) {
        return Some(CertificateIdentifier::KeyId(id.content.to_vec()));
    }
    issuer_and_serial(info, |issuer| Name::from_der(issuer.whole).ok())
}

/// The same for a recipient, where gmcert.org leaves an empty element of no type for the issuer.
pub(super) fn recipient_identifier(info: &mut Walk<'_>) -> Option<CertificateIdentifier> {
    if info.rest().first() == Some(&ZERO_PRIMITIVE) {
        return identifier(info);
    }
    issuer_and_serial(info, |issuer| match issuer.whole {
        [0, 0] => Name::from_der(&[SEQUENCE, 0]).ok(),
        whole => Name::from_der(whole).ok(),
    })
}

fn issuer_and_serial(
    info: &mut Walk<'_>,
    name: impl FnOnce(Element<'_>) -> Option<Name>,
) -> Option<CertificateIdentifier> {
    let mut pair = info.expect(SEQUENCE)?.inside();
    let issuer = name(pair.next()?)?;
    let serial = pair.expect(INTEGER)?.content.to_vec();
    pair.is_empty().then_some(CertificateIdentifier::IssuerAndSerial { issuer, serial })
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
