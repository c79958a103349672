//! Reading the shapes that all messages share.

use std::borrow::Cow;
use std::ops::Range;

use const_oid::ObjectIdentifier;

use crate::der::Element;
use crate::der::MAX_BYTES;
use crate::der::Walk;
use crate::der::with_lengths;

use super::CmsDeviation;
use super::CmsError;
use super::Dialect;
use super::MessageKind;

pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;
pub(super) const INTEGER: u8 = 0x02;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const OBJECT_IDENTIFIER: u8 = 0x06;
/// `[0]`, constructed.
pub(super) const ZERO: u8 = 0xa0;
/// `[1]`, constructed.
pub(super) const ONE: u8 = 0xa1;
/// `[0]`, primitive: the short form of a signer's identifier.
pub(super) const ZERO_PRIMITIVE: u8 = 0x80;

/// The most signers, certificates, revocation lists and attributes that are read: real messages have a handful, and each
/// signer costs a signature check.
pub(super) const MOST: usize = 64;

/// A message whose outer frame was read, `ContentInfo`.
pub(super) struct Framed<'a> {
    /// DER: as received, or rewritten if it came without lengths.
    pub(super) der: Cow<'a, [u8]>,
    /// What it says it is.
    pub(super) kind: ObjectIdentifier,
    /// Where in `der` the one element inside is.
    inner: Range<usize>,
}

impl<'a> Framed<'a> {
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, CmsError> {
        if bytes.len() > MAX_BYTES {
            return Err(CmsError::TooLarge { limit: MAX_BYTES });
        }
        let der = match bytes {
            [SEQUENCE, 0x80, ..] => Cow::Owned(with_lengths(bytes).ok_or(Self::MALFORMED)?),
            _ => Cow::Borrowed(bytes),
        };
        let (kind, inner) = Self::parts(&der).ok_or(Self::MALFORMED)?;
        Ok(Self { kind, inner, der })
    }

    const MALFORMED: CmsError = CmsError::Malformed { what: "ContentInfo" };

    fn parts(der: &[u8]) -> Option<(ObjectIdentifier, Range<usize>)> {
        let mut info = Walk::only(der, SEQUENCE)?.inside();
        let kind = object_identifier(&mut info)?;
        let content = info.expect(ZERO)?;
        // What is inside comes last.
        info.is_empty().then_some((kind, der.len() - content.content.len()..der.len()))
    }

    pub(super) fn inner(&self) -> &[u8] {
        &self.der[self.inner.clone()]
    }

    /// The standard of a message of this kind; the identifier of any other is the error.
    pub(super) fn dialect(&self, wanted: MessageKind) -> Result<Dialect, String> {
        match MessageKind::named(&self.kind) {
            Some((dialect, kind)) if kind == wanted => Ok(dialect),
            _ => Err(self.kind.to_string()),
        }
    }

    /// What the frame and the type of the content deviate in.
    pub(super) fn deviations(&self, content_type: &ObjectIdentifier) -> Vec<CmsDeviation> {
        let dialect = |kind: &ObjectIdentifier| MessageKind::named(kind).map(|(dialect, _)| dialect);
        let mixed = dialect(content_type).is_some_and(|inside| Some(inside) != dialect(&self.kind));
        let streamed = matches!(self.der, Cow::Owned(_));
        let found = [(streamed, CmsDeviation::WithoutLengths), (mixed, CmsDeviation::MixedTypes)];
        found.into_iter().filter_map(|(is, deviation)| is.then_some(deviation)).collect()
    }
}

/// The DER in a file: DER itself, or PEM with the label `CMS` or `PKCS7`.
pub(super) fn unarmoured(bytes: &[u8]) -> Result<Cow<'_, [u8]>, CmsError> {
    if bytes.first() == Some(&SEQUENCE) {
        return Ok(Cow::Borrowed(bytes));
    }
    // Base64 takes four bytes for three, and a line break now and then.
    if bytes.len() / 3 * 2 > MAX_BYTES {
        return Err(CmsError::TooLarge { limit: MAX_BYTES });
    }
    match ::der::pem::decode_vec(bytes) {
        Ok(("CMS" | "PKCS7", document)) => Ok(Cow::Owned(document)),
        _ => Err(CmsError::Malformed { what: "ContentInfo" }),
    }
}

pub(super) fn object_identifier(walk: &mut Walk<'_>) -> Option<ObjectIdentifier> {
    ObjectIdentifier::from_bytes(walk.expect(OBJECT_IDENTIFIER)?.content).ok()
}

/// The algorithm of an `AlgorithmIdentifier`; parameters may be anything (absent and NULL are both common).
pub(super) fn algorithm(walk: &mut Walk<'_>) -> Option<ObjectIdentifier> {
    object_identifier(&mut walk.expect(SEQUENCE)?.inside())
}

pub(super) fn list<'a>(mut walk: Walk<'a>, what: &'static str) -> Result<Vec<Element<'a>>, CmsError> {
    let mut elements = Vec::new();
    while !walk.is_empty() {
        if elements.len() == MOST {
            return Err(CmsError::TooMany { what, limit: MOST });
        }
        elements.push(walk.next().ok_or(CmsError::Malformed { what })?);
    }
    Ok(elements)
}

/// The elements inside one that may be absent.
pub(super) fn inside(element: Option<Element<'_>>) -> Walk<'_> {
    element.map_or_else(|| Walk::new(&[]), |element| element.inside())
}
