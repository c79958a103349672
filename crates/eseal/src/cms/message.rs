use const_oid::ObjectIdentifier;

use crate::cert::Certificate;
use crate::der::MAX_BYTES;
use crate::der::Walk;

use super::CmsDeviation;
use super::CmsError;
use super::Dialect;
use super::MessageKind;
use super::MessageSigner;
use super::judge::Signers;
use super::read::Framed;
use super::read::INTEGER;
use super::read::OCTET_STRING;
use super::read::ONE;
use super::read::SEQUENCE;
use super::read::SET;
use super::read::ZERO;
use super::read::inside;
use super::read::list;
use super::read::object_identifier;
use super::read::unarmoured;

/// A signed message (签名数据, `SignedData`), GB/T 35275 and RFC 5652, 5. Keeps the bytes it was read from.
///
/// DER with strict lengths, at most [`Self::MAX_BYTES`]; at most 64 signers, certificates, revocation lists and attributes
/// (our limits, not the standards').
#[derive(Clone, Debug)]
pub struct SignedMessage {
    received: Vec<u8>,
    dialect: Dialect,
    pub(super) content: Option<Vec<u8>>,
    revocation_lists: Vec<Vec<u8>>,
    pub(super) signers: Signers,
    deviations: Vec<CmsDeviation>,
}

impl SignedMessage {
    /// The largest message that is read, in bytes.
    pub const MAX_BYTES: usize = MAX_BYTES;

    /// Reads DER, or PEM with the label `CMS` or `PKCS7`.
    ///
    /// # Errors
    /// As [`Self::from_der`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CmsError> {
        Self::from_der(&unarmoured(bytes)?)
    }

    /// Reads DER that must fill the input; also BER whose elements come without lengths, which is told as a deviation.
    ///
    /// # Errors
    /// [`CmsError::TooLarge`], [`CmsError::Malformed`], [`CmsError::NotSigned`], [`CmsError::TooMany`].
    pub fn from_der(bytes: &[u8]) -> Result<Self, CmsError> {
        let framed = Framed::read(bytes)?;
        let dialect = framed.dialect(MessageKind::Signed).map_err(|oid| CmsError::NotSigned { oid })?;
        let parts = Parts::read(framed.inner()).ok_or(CmsError::Malformed { what: "SignedData" })?;
        parts.message(&framed, dialect)
    }

    /// The bytes it was read from; with lengths, if they had none.
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
        self.signers.content_type.to_string()
    }

    /// The content, if it came inside.
    #[must_use]
    pub fn content(&self) -> Option<&[u8]> {
        self.content.as_deref()
    }

    /// The certificates that came with it, in the order found; not judged.
    #[must_use]
    pub fn certificates(&self) -> &[Certificate] {
        &self.signers.certificates
    }

    /// How many certificates came with it that could not be read.
    #[must_use]
    pub const fn unread_certificates(&self) -> usize {
        self.signers.unread_certificates
    }

    /// The revocation lists that came with it, DER, in the order found; not judged.
    pub fn revocation_lists(&self) -> impl Iterator<Item = &[u8]> {
        self.revocation_lists.iter().map(Vec::as_slice)
    }

    /// Its signers, in the order found. None at all in a message that only carries certificates.
    #[must_use]
    pub fn signers(&self) -> &[MessageSigner] {
        &self.signers.list
    }

    /// Where the message leaves its standard, and is read all the same.
    #[must_use]
    pub fn deviations(&self) -> &[CmsDeviation] {
        &self.deviations
    }
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
        let certificates = inside(data.take(ZERO));
        let revocation_lists = inside(data.take(ONE));
        let signers = data.expect(SET)?.inside();
        data.is_empty().then_some(Self { content_type, content, certificates, revocation_lists, signers })
    }

    fn message(self, framed: &Framed<'_>, dialect: Dialect) -> Result<SignedMessage, CmsError> {
        let revocation_lists = list(self.revocation_lists, "revocation lists")?;
        Ok(SignedMessage {
            received: framed.der.to_vec(),
            dialect,
            content: self.content.map(<[u8]>::to_vec),
            revocation_lists: revocation_lists.iter().map(|element| element.whole.to_vec()).collect(),
            signers: Signers::read(self.content_type, self.certificates, self.signers)?,
            deviations: framed.deviations(&self.content_type),
        })
    }
}
