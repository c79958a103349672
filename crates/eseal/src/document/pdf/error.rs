//! Why a PDF cannot be read or written.

use super::object::ObjectId;

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
}

impl PdfError {
    /// Every code of this enum.
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
        ];
        let codes: Vec<_> = all.iter().map(PdfError::code).collect();
        assert_eq!(codes, PdfError::CODES);
    }
}
