//! Whether a page shows the picture of the seal.

use crate::document::pdf::FoundSignature;
use crate::document::pdf::Pdf;
use crate::seal::Seal;

use super::Code;
use super::Requirement;
use super::Verifier;
use super::finding::Answer;
use super::seal_questions::absent;

/// One answer: what is shown is not compared yet.
pub(super) fn ask(verifier: &Verifier, _pdf: &Pdf<'_>, signature: &FoundSignature, _seal: &Seal) -> Vec<Answer> {
    let visible = signature.widgets.iter().any(|widget| widget.is_visible());
    let code = if visible { Code::PictureNotComparable } else { Code::PictureInvisible };
    vec![absent(verifier, Requirement::Picture, code)]
}
