//! Why a PDF cannot be read or written.

use super::object::ObjectId;
use super::obstacles::Obstacle;

/// Why a PDF cannot be read or written.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PdfError {
    /// No `%PDF-` header at the start.
    #[error("not a PDF: no %PDF- header")]
    NotPdf,
    /// The header does not stand at the first byte, so offsets have two meanings.
    #[error("{bytes} bytes stand before the %PDF- header")]
    LeadingBytes {
        /// How many.
        bytes: usize,
    },
    /// No `startxref` with a usable offset and `%%EOF` at the end.
    #[error("the last startxref is missing or points nowhere")]
    StartxrefBroken,
    /// The cross-reference information contradicts the file; a repair would be a guess.
    #[error("broken cross-reference at byte {offset}: {what}")]
    XrefBroken {
        /// Where.
        offset: usize,
        /// What is wrong.
        what: &'static str,
    },
    /// The trailer lacks what it must have.
    #[error("broken trailer at byte {offset}: {what}")]
    TrailerBroken {
        /// Where.
        offset: usize,
        /// What is wrong.
        what: &'static str,
    },
    /// Bytes that are no PDF object.
    #[error("syntax error at byte {offset}: {what}")]
    Syntax {
        /// Where, in the file or in the decoded object stream.
        offset: usize,
        /// What was expected.
        what: &'static str,
    },
    /// The extent of a stream is not what its `/Length` says.
    #[error("the /Length of the stream at byte {offset} does not lead to its end")]
    StreamLength {
        /// Where the object starts.
        offset: usize,
    },
    /// A stream does not decode.
    #[error("a stream cannot be decoded: {what}")]
    StreamBroken {
        /// What is wrong.
        what: &'static str,
    },
    /// A filter that is not supported where the reader needs the content.
    #[error("unsupported filter {filter}")]
    FilterUnsupported {
        /// Its name.
        filter: String,
    },
    /// An object stream contradicts itself.
    #[error("broken object stream {number}: {what}")]
    ObjectStreamBroken {
        /// Its object number.
        number: u32,
        /// What is wrong.
        what: &'static str,
    },
    /// A limit of [`Limits`](super::Limits) was passed.
    #[error("over the limit: {what} (at most {limit})")]
    OverLimit {
        /// Of what.
        what: &'static str,
        /// The limit.
        limit: usize,
    },
    /// References that only lead to each other.
    #[error("references lead in a circle from object {id}")]
    ReferenceLoop {
        /// Where it began.
        id: ObjectId,
    },
    /// The file is encrypted with a password.
    #[error("the file is encrypted")]
    Encrypted,
    /// The file is encrypted for certificates.
    #[error("the file is encrypted for certificates (public-key security handler)")]
    EncryptedPublicKey,
    /// No usable document catalog.
    #[error("broken document catalog: {what}")]
    CatalogBroken {
        /// What is wrong.
        what: &'static str,
    },
    /// The page tree cannot be followed.
    #[error("broken page tree: {what}")]
    PagesBroken {
        /// What is wrong.
        what: &'static str,
    },
    /// The interactive form cannot be followed.
    #[error("broken form: {what}")]
    FormBroken {
        /// What is wrong.
        what: &'static str,
    },
    /// The file, as it is, must not be updated.
    #[error(transparent)]
    Obstacle(#[from] Obstacle),
    /// A picture has a side of 0 or over the limit, or not as many pixels as it says.
    #[error("a picture of {width} by {height} pixels cannot be used")]
    PictureSize {
        /// Columns.
        width: u32,
        /// Rows.
        height: u32,
    },
    /// The document has no such page.
    #[error("no page {page}, the document has {count}")]
    NoSuchPage {
        /// The page asked for, from 1.
        page: usize,
        /// How many there are.
        count: usize,
    },
    /// The page has no size: no `/MediaBox` of some area, its own or inherited.
    #[error("page {page} has no media box")]
    NoMediaBox {
        /// The page, from 1.
        page: usize,
    },
    /// The form has no field of this name.
    #[error("no form field {name}")]
    NoSuchField {
        /// The full name asked for.
        name: String,
    },
    /// The form field is not for signatures.
    #[error("the form field {name} is not a signature field")]
    FieldNotSignature {
        /// Its full name.
        name: String,
    },
    /// The signature field holds a signature.
    #[error("the signature field {name} is signed already")]
    FieldSigned {
        /// Its full name.
        name: String,
    },
    /// A new field cannot have the name of another.
    #[error("there is a form field {name} already")]
    FieldNameTaken {
        /// The name.
        name: String,
    },
    /// A new field's name is empty, too long or has a dot.
    #[error("not a name for a new form field: {name}")]
    FieldNameMalformed {
        /// The name, cut to 64 characters.
        name: String,
    },
    /// An existing field cannot show in several places, and a new one has at most so many.
    #[error("too many places for one signature field: {count}")]
    TooManyWidgets {
        /// Places asked for.
        count: usize,
    },
    /// The updated file would need offsets of more than ten digits, or object numbers beyond the limit.
    #[error("the file is too large for an update")]
    FileTooLarge,
    /// The signature is larger than the hole reserved for it; nothing was cut.
    #[error("a signature of {needed} bytes does not fit into the {reserved} bytes reserved")]
    HoleTooSmall {
        /// Its size.
        needed: usize,
        /// The room there is.
        reserved: usize,
    },
    /// Stored preparations cannot be read.
    #[error("not a prepared document")]
    PreparedMalformed,
    /// A prepared document was changed since.
    #[error("the prepared document was changed")]
    PreparedChanged,
    /// The operating system gave no randomness.
    #[error("no randomness from the operating system")]
    NoRandomness,
}

impl PdfError {
    /// Every code of this enum, without those of [`Obstacle`].
    pub const CODES: &[&str] = &[
        "pdf-not-pdf",
        "pdf-leading-bytes",
        "pdf-startxref-broken",
        "pdf-xref-broken",
        "pdf-trailer-broken",
        "pdf-syntax",
        "pdf-stream-length",
        "pdf-stream-broken",
        "pdf-filter-unsupported",
        "pdf-object-stream-broken",
        "pdf-over-limit",
        "pdf-reference-loop",
        "pdf-encrypted",
        "pdf-encrypted-public-key",
        "pdf-catalog-broken",
        "pdf-pages-broken",
        "pdf-form-broken",
        "pdf-picture-size",
        "pdf-no-such-page",
        "pdf-no-media-box",
        "pdf-no-such-field",
        "pdf-field-not-signature",
        "pdf-field-signed",
        "pdf-field-name-taken",
        "pdf-field-name-malformed",
        "pdf-too-many-widgets",
        "pdf-file-too-large",
        "pdf-hole-too-small",
        "pdf-prepared-malformed",
        "pdf-prepared-changed",
        "pdf-no-randomness",
    ];

    /// The stable word for this error.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotPdf => "pdf-not-pdf",
            Self::LeadingBytes { .. } => "pdf-leading-bytes",
            Self::StartxrefBroken => "pdf-startxref-broken",
            Self::XrefBroken { .. } => "pdf-xref-broken",
            Self::TrailerBroken { .. } => "pdf-trailer-broken",
            Self::Syntax { .. } => "pdf-syntax",
            Self::StreamLength { .. } => "pdf-stream-length",
            Self::StreamBroken { .. } => "pdf-stream-broken",
            Self::FilterUnsupported { .. } => "pdf-filter-unsupported",
            Self::ObjectStreamBroken { .. } => "pdf-object-stream-broken",
            Self::OverLimit { .. } => "pdf-over-limit",
            Self::ReferenceLoop { .. } => "pdf-reference-loop",
            Self::Encrypted => "pdf-encrypted",
            Self::EncryptedPublicKey => "pdf-encrypted-public-key",
            Self::CatalogBroken { .. } => "pdf-catalog-broken",
            Self::PagesBroken { .. } => "pdf-pages-broken",
            Self::FormBroken { .. } => "pdf-form-broken",
            Self::PictureSize { .. } => "pdf-picture-size",
            Self::NoSuchPage { .. } => "pdf-no-such-page",
            Self::NoMediaBox { .. } => "pdf-no-media-box",
            Self::NoSuchField { .. } => "pdf-no-such-field",
            Self::FieldNotSignature { .. } => "pdf-field-not-signature",
            Self::FieldSigned { .. } => "pdf-field-signed",
            Self::FieldNameTaken { .. } => "pdf-field-name-taken",
            Self::FieldNameMalformed { .. } => "pdf-field-name-malformed",
            Self::TooManyWidgets { .. } => "pdf-too-many-widgets",
            Self::FileTooLarge => "pdf-file-too-large",
            Self::HoleTooSmall { .. } => "pdf-hole-too-small",
            Self::PreparedMalformed => "pdf-prepared-malformed",
            Self::PreparedChanged => "pdf-prepared-changed",
            Self::NoRandomness => "pdf-no-randomness",
            Self::Obstacle(obstacle) => obstacle.code(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_listed_once() {
        let id = ObjectId::new(1);
        let all = [
            PdfError::NotPdf,
            PdfError::LeadingBytes { bytes: 1 },
            PdfError::StartxrefBroken,
            PdfError::XrefBroken { offset: 0, what: "" },
            PdfError::TrailerBroken { offset: 0, what: "" },
            PdfError::Syntax { offset: 0, what: "" },
            PdfError::StreamLength { offset: 0 },
            PdfError::StreamBroken { what: "" },
            PdfError::FilterUnsupported { filter: String::new() },
            PdfError::ObjectStreamBroken { number: 1, what: "" },
            PdfError::OverLimit { what: "", limit: 0 },
            PdfError::ReferenceLoop { id },
            PdfError::Encrypted,
            PdfError::EncryptedPublicKey,
            PdfError::CatalogBroken { what: "" },
            PdfError::PagesBroken { what: "" },
            PdfError::FormBroken { what: "" },
            PdfError::PictureSize { width: 0, height: 0 },
            PdfError::NoSuchPage { page: 1, count: 0 },
            PdfError::NoMediaBox { page: 1 },
            PdfError::NoSuchField { name: String::new() },
            PdfError::FieldNotSignature { name: String::new() },
            PdfError::FieldSigned { name: String::new() },
            PdfError::FieldNameTaken { name: String::new() },
            PdfError::FieldNameMalformed { name: String::new() },
            PdfError::TooManyWidgets { count: 0 },
            PdfError::FileTooLarge,
            PdfError::HoleTooSmall { needed: 1, reserved: 0 },
            PdfError::PreparedMalformed,
            PdfError::PreparedChanged,
            PdfError::NoRandomness,
        ];
        let codes: Vec<_> = all.iter().map(PdfError::code).collect();
        assert_eq!(codes, PdfError::CODES);
    }
}
