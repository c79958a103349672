//! What stamping refuses to do, done on purpose. Nothing outside `lab` can reach it.

use std::fmt::Write;
use std::ops::Range;

use crate::document::pdf::Appearance;
use crate::document::pdf::FieldChoice;
use crate::document::pdf::Pdf;
use crate::document::pdf::Reserved;
use crate::document::pdf::Shown;
use crate::document::pdf::SignatureDraft;
use crate::document::pdf::WidgetPlace;
use crate::document::pdf::reserve;
use crate::seal::Seal;
use crate::seal::ToBeSigned;
use crate::sm::Sm3;
use crate::sm::Sm3Digest;
use crate::time::Instant;

use super::Holder;
use super::LabError;

/// A stamp that nobody questions.
pub(super) struct Forgery<'f> {
    pub(super) seal: &'f Seal,
    pub(super) holder: &'f Holder,
    /// The time that is claimed.
    pub(super) at: Instant,
    /// The seal whose picture is shown; not necessarily the one that signs.
    pub(super) shown: &'f Seal,
}

/// Stamps page 1 with whatever seal, by whoever, whenever.
pub(super) fn stamp(document: &[u8], forgery: &Forgery<'_>) -> Result<Vec<u8>, LabError> {
    let pdf = Pdf::parse(document)?;
    let raster = forgery.shown.picture().decode()?;
    let appearance = Appearance::rgba(raster.width, raster.height, &raster.rgba)?;
    let size = forgery.shown.picture().size().ok_or_else(|| LabError::lost("the size of a picture"))?;
    let size_mm = (f64::from(size.width_mm()), f64::from(size.height_mm()));
    let certificate = &forgery.holder.certificate;
    let room = ToBeSigned::reserve(forgery.seal, certificate, Reserved::longest_property_info().len());
    let common = certificate.subject().common_name();
    let draft = SignatureDraft {
        field: FieldChoice::New { name: None },
        filter: "Adobe.PPKLite",
        sub_filter: "GM.sm2seal",
        name: common.as_deref(),
        reason: None,
        location: None,
        signing_time: Some(forgery.at),
        shown: Some(Shown { appearance: &appearance, size_mm }),
        places: &[WidgetPlace { page: 1, seen_mm: [120.0, 60.0, size_mm.0, size_mm.1] }],
        certify: None,
        contents_len: room,
    };
    let reserved = reserve(&pdf, &draft)?;
    let der = sign(forgery, reserved.data_hash(), &reserved.property_info())?;
    Ok(reserved.fill(&der)?)
}

/// A seal signature over this hash, DER.
pub(super) fn sign(forgery: &Forgery<'_>, data_hash: &Sm3Digest, property_info: &str) -> Result<Vec<u8>, LabError> {
    let certificate = &forgery.holder.certificate;
    let part = ToBeSigned::new(forgery.seal, certificate, forgery.at, data_hash, property_info)?;
    let signature = forgery.holder.signer().sign_digest(&part.digest())?;
    Ok(part.close(&signature)?.as_der().to_vec())
}

/// A seal signature that consists of a signed part and a signature value made for another.
pub(super) fn mismatched(part: &ToBeSigned, certificate: &[u8], signature_value: &[u8]) -> Vec<u8> {
    /// 1.2.156.10197.1.501, SM2 with SM3.
    const ALGORITHM: &[u8] = &[0x06, 0x08, 0x2A, 0x81, 0x1C, 0xCF, 0x55, 0x01, 0x83, 0x75];
    let certificate = element(0x04, &[certificate]);
    let value = element(0x03, &[&[0], signature_value]);
    element(0x30, &[part.as_der(), &certificate, ALGORITHM, &value])
}

fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let length = (content.len() as u64).to_be_bytes();
    let significant = &length[length.iter().take_while(|byte| **byte == 0).count().min(7)..];
    let mut out = vec![tag];
    if content.len() < 0x80 {
        out.push(significant[0]);
    } else {
        out.push(0x80 | u8::try_from(significant.len()).unwrap_or(8));
        out.extend(significant);
    }
    out.extend(content);
    out
}

/// The last signature of a document: what its `/Contents` holds, and where the digits of it are.
pub(super) struct Hole {
    pub(super) der: Vec<u8>,
    pub(super) digits: Range<usize>,
}

pub(super) fn hole(document: &[u8]) -> Result<Hole, LabError> {
    let lost = || LabError::lost("the signature of a document");
    let pdf = Pdf::parse(document)?;
    let signature = pdf.signatures()?.last().ok_or_else(lost)?;
    let [_, open, behind, _] = signature.byte_range.ok_or_else(lost)?;
    let index = |number: u64| usize::try_from(number).map_err(|_| lost());
    Ok(Hole { der: signature.contents.clone(), digits: index(open)? + 1..index(behind)? - 1 })
}

/// The document with another `/Contents` in the same hole.
pub(super) fn with_contents(document: &[u8], digits: Range<usize>, der: &[u8]) -> Result<Vec<u8>, LabError> {
    let mut hex = String::with_capacity(digits.len());
    for byte in der {
        let _ = write!(hex, "{byte:02x}");
    }
    if hex.len() > digits.len() {
        return Err(LabError::lost("room for a signature"));
    }
    let mut forged = document.to_vec();
    forged[digits.clone()].fill(b'0');
    forged[digits.start..digits.start + hex.len()].copy_from_slice(hex.as_bytes());
    Ok(forged)
}

/// The document with one bit of one byte changed, where these bytes are found for the first time.
pub(super) fn with_changed_byte(document: &[u8], text: &[u8]) -> Result<Vec<u8>, LabError> {
    let at = find(document, text).ok_or_else(|| LabError::lost("a text"))?;
    let mut forged = document.to_vec();
    forged[at] ^= 1;
    Ok(forged)
}

pub(super) fn find(within: &[u8], bytes: &[u8]) -> Option<usize> {
    memchr::memmem::find(within, bytes)
}

/// Signs anew with a `/ByteRange` whose first range ends `before` bytes earlier, and whose second ends `after` earlier.
///
/// The hash that is signed is that of exactly what the range says.
pub(super) fn with_ranges(
    document: &[u8],
    forgery: &Forgery<'_>,
    before: usize,
    after: usize,
) -> Result<Vec<u8>, LabError> {
    let lost = || LabError::lost("a byte range");
    let Hole { digits, .. } = hole(document)?;
    let (open, behind) = (digits.start - 1 - before, digits.end + 1);
    let rest = document.len() - behind - after;
    let array = format!("[0 {open} {behind} {rest}]");
    let mut forged = document.to_vec();
    let at = memchr::memmem::rfind(&document[..digits.start], b"/ByteRange").ok_or_else(lost)?;
    let start = at + find(&document[at..], b"[").ok_or_else(lost)?;
    // The array with the spaces behind it that were left for larger numbers.
    let width = document[start..].iter().position(|byte| *byte == b'\n').ok_or_else(lost)?;
    if array.len() > width {
        return Err(lost());
    }
    forged[start..start + width].fill(b' ');
    forged[start..start + array.len()].copy_from_slice(array.as_bytes());
    let mut hash = Sm3::new();
    hash.update(&forged[..open]).update(&forged[behind..behind + rest]);
    let der = sign(forgery, &hash.finish(), &array)?;
    with_contents(&forged, digits, &der)
}

/// Replaces an object by one more revision, correct in form.
pub(super) fn with_revision(document: &[u8], number: u32, body: &str) -> Result<Vec<u8>, LabError> {
    let (last, size) = end(document)?;
    let mut forged = document.to_vec();
    let at = forged.len();
    forged.extend(format!("{number} 0 obj\n{body}\nendobj\n").into_bytes());
    let xref = forged.len();
    let section = format!("xref\n{number} 1\n{at:010} 00000 n \n");
    let trailer = format!("trailer\n<< /Size {size} /Root 1 0 R /Prev {last} >>\nstartxref\n{xref}\n%%EOF\n");
    forged.extend((section + &trailer).into_bytes());
    Ok(forged)
}

/// Puts an object behind the end that no cross-reference lists, with an end of its own that leads to the old one: what
/// a reader that repairs files would take, and a strict one does not see (the incremental saving attack, variant 3).
pub(super) fn with_tail(document: &[u8], number: u32, body: &str) -> Result<Vec<u8>, LabError> {
    let (last, _) = end(document)?;
    let mut forged = document.to_vec();
    forged.extend(format!("{number} 0 obj\n{body}\nendobj\nstartxref\n{last}\n%%EOF\n").into_bytes());
    Ok(forged)
}

/// Where the last cross-reference section is, and one more than the greatest object number.
fn end(document: &[u8]) -> Result<(usize, i64), LabError> {
    let pdf = Pdf::parse(document)?;
    let last = pdf.revisions().last().ok_or_else(|| LabError::lost("a revision"))?;
    let size = pdf.latest().trailer().get(b"Size").and_then(crate::document::pdf::Value::as_integer);
    Ok((last.xref_offset, size.ok_or_else(|| LabError::lost("a trailer's size"))?))
}
