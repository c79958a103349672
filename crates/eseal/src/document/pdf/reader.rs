//! The file as a whole.

use std::collections::HashMap;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, OnceLock};

use super::changes::References;
use super::error::PdfError;
use super::faults::{Fault, FaultKind};
use super::fields::{Fields, read_fields};
use super::limits::Limits;
use super::object::{Dictionary, IndirectObject, ObjectId};
use super::pages::{Pages, read_pages};
use super::picture::EncodedImage;
use super::resolver::{ObjectStream, View};
use super::revision::{Placed, Revision, check_offsets, history, read_chain};
use super::signatures::{FoundSignature, Orphan, find_orphans, read_signatures};
use super::xref::Section;

/// A PDF file, opened for reading.
///
/// Borrows the file. Objects are read when asked for and kept; each knows its bytes. `parse` follows every
/// cross-reference section and checks that each offset leads to its object; nothing is repaired.
///
/// ```no_run
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let bytes = std::fs::read("notice.pdf")?;
/// let pdf = eseal::document::pdf::Pdf::parse(&bytes)?;
/// println!("{} pages, {} revisions", pdf.pages()?.count(), pdf.revisions().len());
/// # Ok(())
/// # }
/// ```
pub struct Pdf<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) limits: Limits,
    pub(crate) sections: Vec<Section>,
    pub(crate) history: Vec<Placed>,
    pub(crate) cache: Vec<OnceLock<Arc<IndirectObject<'a>>>>,
    pub(crate) object_streams: Mutex<HashMap<usize, Arc<ObjectStream>>>,
    pub(crate) values_spent: AtomicUsize,
    pub(crate) decoded_spent: AtomicUsize,
    pub(crate) parsed_spent: AtomicUsize,
    pub(crate) compared_spent: AtomicUsize,
    version: (u8, u8),
    faults: Vec<Fault>,
    revisions: Vec<Revision>,
    encryption: Option<Encryption>,
    pages: OnceLock<Result<Pages, PdfError>>,
    fields: OnceLock<Result<Fields, PdfError>>,
    signatures: OnceLock<Result<Vec<FoundSignature>, PdfError>>,
    references: OnceLock<Result<References, PdfError>>,
    pub(crate) last_picture: Mutex<Option<(ObjectId, Arc<EncodedImage>)>>,
}

/// How a file is encrypted (ISO 32000-1, 7.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encryption {
    /// With a password: the standard security handler.
    Password,
    /// For certificates, or by a handler of some vendor.
    PublicKey,
}

impl Encryption {
    /// Why nothing inside can be read.
    #[must_use]
    pub const fn refusal(self) -> PdfError {
        match self {
            Self::Password => PdfError::Encrypted,
            Self::PublicKey => PdfError::EncryptedPublicKey,
        }
    }
}

impl<'a> Pdf<'a> {
    /// Opens a file with the default [`Limits`].
    ///
    /// An encrypted file opens, see [`encryption`](Self::encryption), but its pages and signatures cannot be read.
    ///
    /// # Errors
    /// When the file is no PDF, its cross-reference sections contradict the file, or it has no catalog.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, PdfError> {
        Self::parse_with(bytes, &Limits::default())
    }

    /// Opens a file with other limits.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub fn parse_with(bytes: &'a [u8], limits: &Limits) -> Result<Self, PdfError> {
        let version = read_header(bytes)?;
        let mut faults = Vec::new();
        let mut chain = read_chain(bytes, limits, &mut faults)?;
        let mut history = history(&mut chain);
        check_offsets(bytes, &mut history, &chain.revisions, limits, &mut faults)?;
        let mut cache = Vec::new();
        cache.resize_with(history.len(), OnceLock::new);
        let mut pdf = Self {
            bytes,
            limits: limits.clone(),
            sections: chain.sections,
            history,
            cache,
            object_streams: Mutex::default(),
            values_spent: AtomicUsize::new(0),
            decoded_spent: AtomicUsize::new(0),
            parsed_spent: AtomicUsize::new(0),
            compared_spent: AtomicUsize::new(0),
            version,
            faults,
            revisions: chain.revisions,
            encryption: None,
            pages: OnceLock::new(),
            fields: OnceLock::new(),
            signatures: OnceLock::new(),
            references: OnceLock::new(),
            last_picture: Mutex::default(),
        };
        pdf.encryption = pdf.find_encryption();
        if pdf.encryption.is_none() {
            let catalog = pdf.latest().catalog()?;
            if catalog.dictionary().is_some_and(Dictionary::has_duplicates) {
                pdf.faults.push(Fault::of(FaultKind::DuplicateKey, catalog.id));
            }
        }
        Ok(pdf)
    }

    fn find_encryption(&self) -> Option<Encryption> {
        // The trailer of any revision counts: what one reader decrypts, another must not take for plain.
        let (revision, entry) = (0..self.revisions.len())
            .rev()
            .find_map(|at| self.at(at).trailer().get(b"Encrypt").map(|entry| (at, entry)))?;
        let found = self.at(revision).resolve(entry).ok();
        let standard = found
            .as_ref()
            .and_then(|found| found.as_dictionary())
            .is_some_and(|dictionary| dictionary.is_name(b"Filter", b"Standard"));
        Some(if standard { Encryption::Password } else { Encryption::PublicKey })
    }

    /// The file.
    #[must_use]
    pub const fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The version in the header, for example `(1, 7)`; the catalog may name a later one.
    #[must_use]
    pub const fn version(&self) -> (u8, u8) {
        self.version
    }

    /// What a strict reader objects to in the structure: header, cross-reference sections, trailers, catalog.
    ///
    /// Pages and signatures carry their own faults.
    #[must_use]
    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }

    /// The revisions, oldest first; there is at least one.
    #[must_use]
    pub fn revisions(&self) -> &[Revision] {
        &self.revisions
    }

    /// How the file is encrypted, if it is.
    #[must_use]
    pub const fn encryption(&self) -> Option<Encryption> {
        self.encryption
    }

    /// An error if the file is encrypted.
    pub(crate) fn readable(&self) -> Result<(), PdfError> {
        self.encryption.map_or(Ok(()), |encryption| Err(encryption.refusal()))
    }

    /// The pages.
    ///
    /// # Errors
    /// When the page tree cannot be followed, or the file is encrypted.
    pub fn pages(&self) -> Result<&Pages, PdfError> {
        self.pages
            .get_or_init(|| {
                self.readable()?;
                read_pages(self.latest())
            })
            .as_ref()
            .map_err(Clone::clone)
    }

    /// The fields of the interactive form; none without a form.
    ///
    /// # Errors
    /// When the field tree cannot be followed, or the file is encrypted.
    pub fn fields(&self) -> Result<&Fields, PdfError> {
        self.fields
            .get_or_init(|| {
                self.readable()?;
                read_fields(self.latest())
            })
            .as_ref()
            .map_err(Clone::clone)
    }

    /// The signatures that fields hold, in the order in which they were made.
    ///
    /// # Errors
    /// When pages or fields cannot be followed, or the file is encrypted. A broken signature is no error: it is listed
    /// with its faults.
    pub fn signatures(&self) -> Result<&[FoundSignature], PdfError> {
        self.signatures.get_or_init(|| read_signatures(self)).as_ref().map(Vec::as_slice).map_err(Clone::clone)
    }

    /// Which objects refer to which, read when first asked for.
    pub(crate) fn references(&self) -> Result<&References, PdfError> {
        self.references.get_or_init(|| References::read(self)).as_ref().map_err(Clone::clone)
    }

    /// Dictionaries that look like signatures although no field holds them, in any revision.
    ///
    /// # Errors
    /// As [`signatures`](Self::signatures).
    pub fn orphans(&self) -> Result<Vec<Orphan>, PdfError> {
        find_orphans(self)
    }

    /// The file as it was after a revision; a number past the last means the last.
    #[must_use]
    pub fn at(&self, revision: usize) -> View<'_, 'a> {
        View { pdf: self, revision: revision.min(self.revisions.len() - 1) }
    }

    /// The file as it is.
    #[must_use]
    pub fn latest(&self) -> View<'_, 'a> {
        self.at(usize::MAX)
    }
}

impl std::fmt::Debug for Pdf<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pdf")
            .field("bytes", &self.bytes.len())
            .field("version", &self.version)
            .field("revisions", &self.revisions.len())
            .field("faults", &self.faults)
            .finish_non_exhaustive()
    }
}

/// Readers look for the header this far into the file.
const HEADER_WITHIN: usize = 1024;

fn read_header(bytes: &[u8]) -> Result<(u8, u8), PdfError> {
    let head = &bytes[..bytes.len().min(HEADER_WITHIN)];
    match memchr::memmem::find(head, b"%PDF-") {
        None => Err(PdfError::NotPdf),
        Some(0) => match bytes.get(5..8) {
            Some([major @ b'1'..=b'9', b'.', minor @ b'0'..=b'9']) => Ok((major - b'0', minor - b'0')),
            _ => Err(PdfError::NotPdf),
        },
        Some(at) => Err(PdfError::LeadingBytes { bytes: at }),
    }
}
