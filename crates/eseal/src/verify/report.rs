use std::ops::Range;

use crate::cert::Certificate;
use crate::document::pdf::ChangeClass;
use crate::lang::Lang;
use crate::seal::ClaimedTime;
use crate::seal::Seal;
use crate::sm::Sm3Digest;
use crate::time::Instant;

use super::Finding;
use super::Verdict;

/// What verifying one file found (验证报告).
#[non_exhaustive]
#[derive(Clone, Debug)]
pub struct Report {
    /// As of when it was judged.
    pub at: Instant,
    /// SM3 of the whole file.
    pub sm3: Sm3Digest,
    /// What stands in the file, in the order in which it was made.
    pub stamps: Vec<StampReport>,
    /// The gravest kind of change after any of the signatures.
    pub later_changes: ChangeClass,
    /// Bytes that no signature covers, apart from the signatures themselves.
    pub uncovered: Vec<Range<u64>>,
}

impl Report {
    /// The verdict over the file: that of its worst stamp.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        self.stamps.iter().map(StampReport::verdict).max().unwrap_or(Verdict::NotStamped)
    }

    /// The stamps and other signatures.
    #[must_use]
    pub fn stamps(&self) -> &[StampReport] {
        &self.stamps
    }
}

/// What kind of signature was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StampKind {
    /// A seal signature (电子签章).
    Seal,
    /// A plain digital signature (数字签名).
    Signature,
    /// A time stamp over the document (文档时间戳).
    Timestamp,
}

impl StampKind {
    /// Its stable word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Seal => "seal",
            Self::Signature => "signature",
            Self::Timestamp => "timestamp",
        }
    }

    /// The kind in words.
    #[must_use]
    pub const fn label(self, lang: Lang) -> &'static str {
        match self {
            Self::Seal => lang.pick("电子签章", "seal signature"),
            Self::Signature => lang.pick("数字签名", "digital signature"),
            Self::Timestamp => lang.pick("文档时间戳", "document time stamp"),
        }
    }
}

/// Where a stamp shows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ShownAt {
    /// The page, from 1.
    pub page: usize,
    /// `[x, y, width, height]` in millimetres from the top-left corner of the page as seen.
    pub rect_mm: [f64; 4],
}

/// What was found about one stamp, signature or time stamp.
#[non_exhaustive]
#[derive(Clone, Debug)]
pub struct StampReport {
    /// What it is.
    pub kind: StampKind,
    /// The standard that its data follows, if that could be told.
    pub format: Option<&'static str>,
    /// The name of its form field.
    pub field: Option<String>,
    /// Where it shows; nowhere if it is invisible.
    pub places: Vec<ShownAt>,
    /// The seal, if it is a seal signature that could be read.
    pub seal: Option<Seal>,
    /// The signer's certificate, if it could be read.
    pub signer: Option<Certificate>,
    /// The signing time, as the signer states it.
    pub claimed: Option<ClaimedTime>,
    /// The signing time that a time stamp proves.
    pub proven: Option<Instant>,
    /// The answers to all questions, in order.
    pub findings: Vec<Finding>,
    /// Whether certificates and seal were good at the proven time, or else the claimed one; `None` if that could not be
    /// told.
    pub valid_when_stamped: Option<bool>,
    /// Whether certificates and seal are good as of the time of verifying; `None` if that could not be told.
    pub valid_now: Option<bool>,
}

impl StampReport {
    /// The verdict over this stamp.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        Verdict::of(&self.findings)
    }

    /// The answers to all questions, in order.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The claimed signing time, if it names an instant.
    #[must_use]
    pub fn claimed_time(&self) -> Option<Instant> {
        self.claimed.as_ref().and_then(ClaimedTime::instant)
    }

    /// The signing time that a time stamp proves, if one does: what is stamped was there by then.
    #[must_use]
    pub const fn proven_time(&self) -> Option<Instant> {
        self.proven
    }
}

/// What was found about a time stamp that stands alone (时间戳验证).
#[non_exhaustive]
#[derive(Clone, Debug)]
pub struct TimestampReport {
    /// As of when it was judged.
    pub at: Instant,
    /// The time that it proves, if it does.
    pub proven: Option<Instant>,
    /// The certificate of the authority, if it was found.
    pub signer: Option<Certificate>,
    /// The answers to all questions, in order.
    pub findings: Vec<Finding>,
}

impl TimestampReport {
    /// The verdict over the time stamp.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        Verdict::of(&self.findings)
    }

    /// The answers to all questions, in order.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }
}

/// What was found about a seal alone (印章验证).
#[non_exhaustive]
#[derive(Clone, Debug)]
pub struct SealReport {
    /// As of when it was judged.
    pub at: Instant,
    /// The answers to all questions, in order.
    pub findings: Vec<Finding>,
}

impl SealReport {
    /// The verdict over the seal.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        Verdict::of(&self.findings)
    }

    /// The answers to all questions, in order.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }
}

/// What was found about a signed message outside a document: one report for each signer, in the order found.
#[non_exhaustive]
#[derive(Clone, Debug)]
pub struct MessageReport {
    /// As of when it was judged.
    pub at: Instant,
    /// The signers; nobody in a message that only carries certificates.
    pub signers: Vec<StampReport>,
}

impl MessageReport {
    /// The verdict over the message: that of its worst signer.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        self.signers.iter().map(StampReport::verdict).max().unwrap_or(Verdict::NotStamped)
    }

    /// One report for each signer.
    #[must_use]
    pub fn signers(&self) -> &[StampReport] {
        &self.signers
    }
}
