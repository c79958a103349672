use ::der::Encode;
use ::der::Tag;
use ::der::TagNumber;

use crate::der::Raw;
use crate::der::Walk;
use crate::oid;

use super::CmsError;
use super::SignedMessage;
use super::asn1;
use super::asn1::WrittenAttribute;
use super::read::Framed;
use super::read::MOST;
use super::read::ONE;

impl SignedMessage {
    /// The message with a time-stamp token over its signature value; RFC 3161, appendix A. The token, DER, is not judged here.
    ///
    /// What is signed stays as it was, byte for byte.
    ///
    /// # Errors
    /// [`CmsError::TooMany`] when the message has not one signer, [`CmsError::Malformed`] for a token that is not DER, and what
    /// reading the result finds.
    pub fn with_timestamp(&self, token: &[u8]) -> Result<Self, CmsError> {
        const MALFORMED: CmsError = CmsError::Malformed { what: "SignedData" };
        if self.signers().len() != 1 {
            return Err(CmsError::TooMany { what: "signers", limit: 1 });
        }
        let token = crate::der::decode(token).map_err(|_| CmsError::Malformed { what: "TimeStampToken" })?;
        let attribute = WrittenAttribute { kind: oid::TIMESTAMP_TOKEN, values: asn1::set([token]) };
        let attribute = asn1::raw(&asn1::encode(&attribute));

        let framed = Framed::read(self.as_der())?;
        let mut data = parts(framed.inner()).ok_or(MALFORMED)?;
        let signers = data.pop().ok_or(MALFORMED)?;
        let mut info = parts(signers.value()).ok_or(MALFORMED)?;
        let unsigned = asn1::set(earlier(&mut info).ok_or(MALFORMED)?.into_iter().chain([attribute]));
        // [1] IMPLICIT SET OF: the content of the set under another tag.
        let tag = Tag::ContextSpecific { constructed: true, number: TagNumber(1) };
        let members: Vec<u8> = unsigned.iter().flat_map(asn1::encode).collect();
        info.push(Raw::new(tag, members).map_err(|_| MALFORMED)?);
        let signers = asn1::set([asn1::raw(&asn1::encode(&info))]);
        data.push(asn1::raw(&signers.to_der().map_err(|_| MALFORMED)?));
        Self::from_der(&asn1::content_info(framed.kind, &asn1::encode(&data)))
    }
}

/// The elements of a SEQUENCE.
fn parts(sequence: &[u8]) -> Option<Vec<Raw>> {
    let elements = Walk::only(sequence, 0x30)?.inside().all(MOST)?;
    Some(elements.iter().map(|element| asn1::raw(element.whole)).collect())
}

/// Takes the attributes that are not signed out of a `SignerInfo`.
fn earlier(info: &mut Vec<Raw>) -> Option<Vec<Raw>> {
    let last = asn1::encode(info.last()?);
    if last.first() != Some(&ONE) {
        return Some(Vec::new());
    }
    info.pop();
    let elements = Walk::only(&last, ONE)?.inside().all(MOST)?;
    Some(elements.iter().map(|element| asn1::raw(element.whole)).collect())
}
