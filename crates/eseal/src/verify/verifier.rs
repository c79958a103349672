use std::sync::Arc;

use crate::cert::AlgorithmPolicy;
use crate::cert::Certificate;
use crate::cert::PathValidator;
use crate::cert::RevocationList;
use crate::cert::Trust;
use crate::cert::ocsp::OcspResponse;
use crate::document::pdf::Pdf;
use crate::seal::Seal;
use crate::seal::SealSignature;
use crate::sm::Sm3Digest;
use crate::time::Instant;
use crate::timestamp::Imprint;
use crate::timestamp::TimestampToken;

use super::Check;
use super::Code;
use super::Policy;
use super::Report;
use super::Requirement;
use super::SealReport;
use super::StampKind;
use super::StampReport;
use super::TimestampReport;
use super::VerifyError;
use super::cache::Cache;
use super::clause::clause;
use super::finding::Answer;
use super::pdf_questions;
use super::seal_questions;
use super::seal_questions::Moment;
use super::signature_questions;
use super::signature_questions::DocumentHash;
use super::signature_questions::summary;
use super::timestamp_questions;

/// Verifies seals, seal signatures and stamped documents against trust that the caller brings.
///
/// Every question is asked even after one was answered badly. Nothing is trusted, fetched or assumed to be now by
/// itself: anchors, revocation lists and the time of verifying are arguments. One verifier serves many documents and
/// threads; it remembers which signatures of seals and certificates hold, so that the second document with the same
/// seal costs little. A clone shares that memory.
///
/// # Example
/// ```
/// use eseal::cert::Trust;
/// use eseal::time::Instant;
/// use eseal::verify::{Verdict, Verifier};
///
/// let pdf = b"%PDF-1.4\n\
///     1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n\
///     2 0 obj\n<</Type/Pages/Count 1/Kids[3 0 R]>>\nendobj\n\
///     3 0 obj\n<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>\nendobj\n\
///     xref\n0 4\n0000000000 65535 f \n0000000009 00000 n \n0000000054 00000 n \n0000000105 00000 n \n\
///     trailer\n<</Size 4/Root 1 0 R>>\nstartxref\n170\n%%EOF\n";
/// let pdf = eseal::document::pdf::Pdf::parse(pdf)?;
/// let report = Verifier::new(&Trust::new()).verify(&pdf, Instant::parse("2026-11-24T00:00:00Z")?)?;
/// assert_eq!(report.verdict(), Verdict::NotStamped);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Verifier {
    paths: PathValidator,
    intermediates: Vec<Certificate>,
    policy: Policy,
    cache: Arc<Cache>,
}

impl Verifier {
    /// A verifier that trusts these anchors and nothing else; the policy is the strict default.
    #[must_use]
    pub fn new(trust: &Trust) -> Self {
        Self {
            paths: PathValidator::new(trust),
            intermediates: Vec::new(),
            policy: Policy::default(),
            cache: Arc::default(),
        }
    }

    /// Certificates that may stand between a signer and an anchor. They are not trusted.
    #[must_use]
    pub fn intermediates(mut self, certificates: &[Certificate]) -> Self {
        self.intermediates.extend_from_slice(certificates);
        self.paths = self.paths.intermediates(certificates);
        self
    }

    /// Revocation lists to consult.
    #[must_use]
    pub fn revocation(mut self, lists: &[RevocationList]) -> Self {
        self.paths = self.paths.revocation(lists);
        self
    }

    /// OCSP responses to consult.
    #[must_use]
    pub fn ocsp(mut self, responses: &[OcspResponse]) -> Self {
        self.paths = self.paths.ocsp(responses);
        self
    }

    /// Which algorithms may sign the certificates and revocation lists of a chain; without it, only SM2 with SM3.
    #[must_use]
    pub fn algorithms(mut self, policy: AlgorithmPolicy) -> Self {
        self.paths = self.paths.algorithms(policy);
        self
    }

    /// What the caller asks beyond the standards.
    #[must_use]
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self.paths = self.paths.policy(policy.revocation);
        self
    }

    /// Verifies every stamp, signature and time stamp of a PDF, as of `now`.
    ///
    /// A bad document is a report, not an error.
    ///
    /// # Errors
    /// [`VerifyError::Pdf`] when pages or form cannot be followed, so that nobody can tell what is stamped; also for
    /// an encrypted file.
    pub fn verify(&self, pdf: &Pdf<'_>, now: Instant) -> Result<Report, VerifyError> {
        pdf_questions::ask(self, pdf, now)
    }

    /// Verifies a seal alone (印章验证), as of `at`; GB/T 38540-2020, 6.3.
    #[must_use]
    pub fn verify_seal(&self, seal: &Seal, at: Instant) -> SealReport {
        let stamped = timestamp_questions::of_seal(self, seal, at);
        let proven = stamped.as_ref().and_then(|stamped| stamped.proven);
        let moment = Moment { used: Some(at), now: at, proven };
        let mut answers: Vec<_> = seal_questions::format(seal.deviations().iter())
            .into_iter()
            .map(|answer| (Check::Format, answer))
            .collect();
        answers.extend(seal_questions::ask(self, seal, moment).answers);
        // Only V5 has one, and there it may be left out.
        let stamped = stamped.map_or_else(|| Answer::note(Code::SealTimestampAbsent), |stamped| stamped.answer);
        answers.push((Check::Timestamp, stamped));
        let version = seal.version();
        let findings = answers.into_iter().map(|(check, answer)| answer.to(check, clause(check, version, true)));
        SealReport { at, findings: findings.collect() }
    }

    /// Verifies a seal signature (签章验证) outside a carrier, as of `at`; without the document's hash the question
    /// about the document stays open.
    #[must_use]
    pub fn verify_seal_signature(
        &self,
        signature: &SealSignature,
        document: Option<&Sm3Digest>,
        at: Instant,
    ) -> StampReport {
        let document = document.map_or(DocumentHash::NotGiven, |hash| DocumentHash::Known(*hash));
        let asked = signature_questions::ask(self, signature, document, at);
        StampReport {
            kind: StampKind::Seal,
            format: Some(signature.version().standard()),
            field: None,
            places: Vec::new(),
            seal: Some(signature.seal().clone()),
            signer: signature.signer().ok().cloned(),
            claimed: Some(signature.claimed_time().clone()),
            proven: asked.proven,
            findings: asked.findings,
            valid_when_stamped: summary(&asked.then),
            valid_now: summary(&asked.now),
        }
    }

    /// Verifies a time stamp (时间戳) that is to be about this imprint, as of `now`.
    #[must_use]
    pub fn verify_timestamp(&self, token: &TimestampToken, imprint: &Imprint, now: Instant) -> TimestampReport {
        timestamp_questions::alone(self, token, imprint, now)
    }

    pub(super) fn cache(&self) -> &Cache {
        &self.cache
    }

    pub(super) const fn the_policy(&self) -> &Policy {
        &self.policy
    }

    pub(super) const fn demands(&self, requirement: Requirement) -> bool {
        self.policy.require.demand(requirement)
    }

    pub(super) const fn paths(&self) -> &PathValidator {
        &self.paths
    }

    /// Certificates in which signers may be looked for.
    pub(super) fn known(&self) -> &[Certificate] {
        &self.intermediates
    }
}
