//! A prepared document: everything is written but the signature, whose hole is filled with zeros.

use std::borrow::Cow;
use std::ops::Range;

use super::error::PdfError;
use crate::sm::{Sm3, Sm3Digest, sm3};

/// The width of a filled or empty `/ByteRange` array: three numbers of ten digits, which is what a
/// cross-reference table can tell too.
pub(super) const BYTE_RANGE_WIDTH: usize = "[0 9999999999 9999999999 9999999999]".len();

/// A document with a hole for a signature (预留签名空间).
///
/// Holds no secret. Serialized by [`to_bytes`](Self::to_bytes) it can wait for a signature made elsewhere.
#[derive(Clone, Debug)]
pub struct Reserved<'a> {
    original: Cow<'a, [u8]>,
    appended: Vec<u8>,
    /// The hexadecimal digits of `/Contents` in `appended`, without the angle brackets.
    hole: Range<usize>,
    data_hash: Sm3Digest,
}

/// First bytes of a serialized [`Reserved`].
const MAGIC: &[u8; 17] = b"eseal.prepared/1\n";
/// Magic, four lengths of eight bytes, the hash of what follows.
const HEAD: usize = MAGIC.len() + 4 * 8 + 32;

impl<'a> Reserved<'a> {
    /// `hole` are the digits of `/Contents` in `appended`, `byte_range` the place of its array there.
    ///
    /// Writes the byte range and hashes what it covers, without a second copy of the file.
    pub(super) fn new(
        original: Cow<'a, [u8]>,
        mut appended: Vec<u8>,
        hole: Range<usize>,
        byte_range: usize,
    ) -> Result<Self, PdfError> {
        let array = byte_range_text(ranges(original.len(), appended.len(), &hole));
        if array.len() > BYTE_RANGE_WIDTH {
            return Err(PdfError::FileTooLarge);
        }
        let place = appended.get_mut(byte_range..byte_range + BYTE_RANGE_WIDTH).ok_or(PdfError::PreparedMalformed)?;
        place.fill(b' ');
        place[..array.len()].copy_from_slice(array.as_bytes());
        let data_hash = hash_around(&original, &appended, &hole);
        Ok(Self { original, appended, hole, data_hash })
    }

    /// SM3 over everything but the hole with its angle brackets (原文杂凑值).
    #[must_use]
    pub const fn data_hash(&self) -> &Sm3Digest {
        &self.data_hash
    }

    /// The four numbers of `/ByteRange`: start and length of the two covered ranges.
    #[must_use]
    pub fn byte_range(&self) -> [u64; 4] {
        ranges(self.original.len(), self.appended.len(), &self.hole)
    }

    /// The covered range in words for the signed part of a seal signature (原文属性), for example `[0 840 9012 377]`.
    ///
    /// The standard asks that the signed part tell what is protected, and leaves the form open.
    #[must_use]
    pub fn property_info(&self) -> String {
        byte_range_text(self.byte_range())
    }

    /// The longest text that [`property_info`](Self::property_info) can be, for sizing the hole beforehand.
    #[must_use]
    pub fn longest_property_info() -> String {
        byte_range_text([0, 9_999_999_999, 9_999_999_999, 9_999_999_999])
    }

    /// How many bytes of signature the hole takes.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.hole.len() / 2
    }

    /// The received document.
    #[must_use]
    pub fn original(&self) -> &[u8] {
        &self.original
    }

    /// What stands behind the received document.
    #[must_use]
    pub fn appended(&self) -> &[u8] {
        &self.appended
    }

    /// Puts the signature into the hole: the finished document.
    ///
    /// # Errors
    /// [`PdfError::HoleTooSmall`]; nothing is cut.
    pub fn fill(self, der: &[u8]) -> Result<Vec<u8>, PdfError> {
        let original = self.original.clone();
        let appended = self.fill_appended(der)?;
        let mut bytes = Vec::with_capacity(original.len() + appended.len());
        bytes.extend_from_slice(&original);
        bytes.extend_from_slice(&appended);
        Ok(bytes)
    }

    /// Puts the signature into the hole and returns only what stands behind the received document.
    ///
    /// # Errors
    /// [`PdfError::HoleTooSmall`]; nothing is cut.
    pub fn fill_appended(self, der: &[u8]) -> Result<Vec<u8>, PdfError> {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let capacity = self.capacity();
        if der.len() > capacity || der.is_empty() {
            return Err(PdfError::HoleTooSmall { needed: der.len(), reserved: capacity });
        }
        let mut appended = self.appended;
        let (pairs, _) = appended[self.hole].as_chunks_mut::<2>();
        for (pair, byte) in pairs.iter_mut().zip(der) {
            *pair = [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]];
        }
        Ok(appended)
    }

    /// The prepared document and where its hole is, to be kept until the signature is there.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(HEAD + self.original.len() + self.appended.len());
        out.extend_from_slice(MAGIC);
        for length in [self.original.len(), self.appended.len(), self.hole.start, self.hole.end] {
            out.extend_from_slice(&(length as u64).to_be_bytes());
        }
        let mut hasher = Sm3::new();
        hasher.update(&self.original).update(&self.appended);
        out.extend_from_slice(hasher.finish().as_bytes());
        out.extend_from_slice(&self.original);
        out.extend_from_slice(&self.appended);
        out
    }

    /// Reads what [`to_bytes`](Self::to_bytes) wrote.
    ///
    /// # Errors
    /// [`PdfError::PreparedMalformed`] when it is something else, [`PdfError::PreparedChanged`] when a byte of the
    /// document is not what it was, or something was put into the hole.
    pub fn from_bytes(bytes: &[u8]) -> Result<Reserved<'static>, PdfError> {
        let (head, document) = bytes.split_at_checked(HEAD).ok_or(PdfError::PreparedMalformed)?;
        let head = head.strip_prefix(MAGIC).ok_or(PdfError::PreparedMalformed)?;
        let (lengths, hash) = head.split_at(32);
        let (lengths, _) = lengths.as_chunks::<8>();
        let mut lengths = lengths.iter().map(|length| usize::try_from(u64::from_be_bytes(*length)).ok());
        let mut length = || lengths.next().flatten().ok_or(PdfError::PreparedMalformed);
        let (original, appended, start, end) = (length()?, length()?, length()?, length()?);
        let hole = start..end;
        let whole = original.checked_add(appended) == Some(document.len());
        if !whole || start == 0 || start > end || end >= appended || hole.len() % 2 != 0 {
            return Err(PdfError::PreparedMalformed);
        }
        if sm3(document).as_bytes() != hash {
            return Err(PdfError::PreparedChanged);
        }
        let (original, appended) = document.split_at(original);
        let empty = appended[start - 1] == b'<'
            && appended[end] == b'>'
            && appended[hole.clone()].iter().all(|&digit| digit == b'0');
        if !empty {
            return Err(PdfError::PreparedChanged);
        }
        let data_hash = hash_around(original, appended, &hole);
        Ok(Reserved { original: Cow::Owned(original.to_vec()), appended: appended.to_vec(), hole, data_hash })
    }
}

fn ranges(original: usize, appended: usize, hole: &Range<usize>) -> [u64; 4] {
    let open = (original + hole.start - 1) as u64;
    let behind = (original + hole.end + 1) as u64;
    [0, open, behind, (original + appended) as u64 - behind]
}

fn byte_range_text([start, first, second, rest]: [u64; 4]) -> String {
    format!("[{start} {first} {second} {rest}]")
}

fn hash_around(original: &[u8], appended: &[u8], hole: &Range<usize>) -> Sm3Digest {
    let mut hasher = Sm3::new();
    hasher.update(original).update(&appended[..hole.start - 1]).update(&appended[hole.end + 1..]);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORIGINAL: &[u8] = b"%PDF-1.7 original\n";
    const BEFORE: &str = "7 0 obj << /ByteRange ";

    fn reserved() -> Reserved<'static> {
        let mut appended = BEFORE.as_bytes().to_vec();
        appended.extend([b' '; BYTE_RANGE_WIDTH]);
        appended.extend_from_slice(b" /Contents <");
        let hole = appended.len()..appended.len() + 8;
        appended.extend_from_slice(b"00000000> >> endobj\n");
        Reserved::new(Cow::Borrowed(ORIGINAL), appended, hole, BEFORE.len()).unwrap()
    }

    #[test]
    fn the_byte_range_leaves_out_exactly_the_hole_with_its_brackets() {
        let reserved = reserved();
        let file = [reserved.original(), reserved.appended()].concat();
        let [start, first, second, rest] = reserved.byte_range().map(|number| usize::try_from(number).unwrap());
        assert_eq!(start, 0);
        assert_eq!(&file[first..second], b"<00000000>");
        assert_eq!(second + rest, file.len());
        let covered = [&file[..first], &file[second..]].concat();
        assert_eq!(reserved.data_hash(), &sm3(&covered));
        assert!(String::from_utf8(file).unwrap().contains(&format!("/ByteRange {} ", reserved.property_info())));
        assert!(reserved.property_info().len() <= Reserved::longest_property_info().len());
    }

    #[test]
    fn filling_changes_only_the_hole_and_pads_with_zeros() {
        let empty = [reserved().original(), reserved().appended()].concat();
        let full = reserved().fill(&[0x30, 0x01, 0xAF]).unwrap();
        assert!(full.starts_with(ORIGINAL));
        assert_eq!(empty.len(), full.len());
        assert!(full.windows(10).any(|window| window == b"<3001af00>"));
        assert_eq!(empty.iter().zip(&full).filter(|(a, b)| a != b).count(), 4);
    }

    #[test]
    fn a_signature_that_is_too_large_is_not_cut() {
        assert_eq!(reserved().fill(&[1; 5]), Err(PdfError::HoleTooSmall { needed: 5, reserved: 4 }));
        assert!(reserved().fill(&[]).is_err());
        assert!(reserved().fill(&[1; 4]).is_ok());
    }

    #[test]
    fn a_prepared_document_survives_being_stored() {
        let stored = reserved().to_bytes();
        let read = Reserved::from_bytes(&stored).unwrap();
        assert_eq!(read.data_hash(), reserved().data_hash());
        assert_eq!(read.byte_range(), reserved().byte_range());
        assert_eq!(read.fill(&[0x30]).unwrap(), reserved().fill(&[0x30]).unwrap());
    }

    #[test]
    fn any_changed_or_missing_byte_of_a_stored_document_is_noticed() {
        let stored = reserved().to_bytes();
        for at in 0..stored.len() {
            let mut broken = stored.clone();
            broken[at] ^= 1;
            assert!(Reserved::from_bytes(&broken).is_err(), "byte {at}");
            assert!(Reserved::from_bytes(&stored[..at]).is_err(), "cut at {at}");
        }
        assert!(Reserved::from_bytes(&[stored, vec![0]].concat()).is_err());
    }

    #[test]
    fn a_hole_that_was_filled_by_someone_else_is_refused() {
        let mut foreign = reserved();
        foreign.appended[foreign.hole.start] = b'3';
        assert!(matches!(Reserved::from_bytes(&foreign.to_bytes()), Err(PdfError::PreparedChanged)));
    }
}
