//! The path from a certificate to a trust anchor: four questions, each with its own answer.

mod answer;
mod answers;
mod cache;
mod constraints;
mod found;
mod lists;
mod names;
mod policies;
mod revocation;
mod search;
mod usage;
mod word;

use std::collections::HashMap;

use crate::lang::vocabulary;
use crate::time::Instant;

use super::AlgorithmPolicy;
use super::Certificate;
use super::Name;
use super::RevocationList;
use super::SerialNumber;
use super::Trust;
use super::ocsp::OcspResponse;

use search::Complete;
use search::Search;

pub use answer::Answer;
pub use answer::Cause;
pub use answer::Ground;
pub use cache::LinkCache;

vocabulary! {
    /// What a certificate is judged for.
    pub enum Purpose: word {
        /// To stamp or sign documents (签章).
        Seal = "seal", "签章", "signing documents";
        /// To make seals (制章).
        SealMaker = "seal-maker", "制章", "making seals";
        /// To sign time stamps.
        Timestamp = "tsa", "签发时间戳", "signing time stamps";
        /// To answer for an authority whether certificates hold.
        Ocsp = "ocsp", "应答 OCSP", "answering OCSP requests";
        /// To receive keys and data (加密).
        Encryption = "encryption", "加密", "encryption";
        /// To log in to a service (身份认证).
        Login = "login", "身份认证", "logging in";
        /// To issue certificates.
        Ca = "ca", "签发证书", "issuing certificates";
    }
}

impl Purpose {
    /// What a certificate seems to be made for, by what it says of itself.
    #[must_use]
    pub fn of(certificate: &Certificate) -> Self {
        usage::purpose_of(certificate)
    }
}

vocabulary! {
    /// What is asked about a certificate.
    pub enum Question: word {
        /// Whether signatures lead to an anchor.
        Chain = "chain", "证书链", "chain";
        /// Whether every certificate was within its period.
        Period = "period", "有效期", "period";
        /// Whether the certificate may be used for the purpose.
        Usage = "usage", "用途", "usage";
        /// Whether no certificate was revoked.
        Revocation = "revocation", "撤销状态", "revocation";
    }
}

/// What it means that nothing says whether a certificate was revoked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum RevocationPolicy {
    /// The answer is unknown: the default.
    #[default]
    Required,
    /// It is noted, no more.
    IfAvailable,
    /// Nobody asks.
    None,
}

/// What it means that a trust anchor was outside its own period.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum AnchorPeriod {
    /// The period fails, as for every other certificate: the default.
    #[default]
    Enforced,
    /// It is noted: the anchor is trusted as it is.
    Noted,
}

/// Judges certificates against trust anchors; RFC 5280, 6 for SM2, with the readings of real Chinese certificates.
///
/// Everything is an argument: anchors, other certificates, revocation lists, the time. At most 8 certificates make a
/// path, and at most 100 signatures are checked for one judgement, however many certificates are at hand.
///
/// ```
/// # use eseal::cert::{Issuer, Name, PathValidator, Profile, Purpose, RevocationPolicy, SerialNumber, Trust};
/// # use eseal::key::{SecretKey, Signer, SoftSigner};
/// # use eseal::time::{Instant, Period};
/// # let (root_key, key) = (SoftSigner::new(SecretKey::generate()?), SoftSigner::new(SecretKey::generate()?));
/// # let now = Instant::from_unix(1_795_000_000);
/// let root = Issuer::self_signed(&Name::parse("CN=示例根")?, &root_key, SerialNumber::random()?, Period::years(now, 9))?;
/// let issuer = Issuer::new(root.clone(), &root_key)?;
/// let name = Name::parse("CN=示例用户,O=示例市数据局,C=CN")?;
/// let serial = SerialNumber::random()?;
/// let leaf = issuer.issue_for(&name, key.public_key(), &Profile::person(), serial, Period::years(now, 1))?;
///
/// let validator = PathValidator::new(&Trust::from_certificates([root])).policy(RevocationPolicy::IfAvailable);
/// assert!(validator.judge(&leaf, Purpose::Seal, now).is_good());
///
/// let stranger = PathValidator::new(&Trust::new()).judge(&leaf, Purpose::Seal, now);
/// assert_eq!(stranger.chain.code(), Some("chain-no-trust"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct PathValidator {
    trust: Trust,
    intermediates: HashMap<Name, Vec<Certificate>>,
    lists: HashMap<Name, Vec<RevocationList>>,
    responses: HashMap<SerialNumber, Vec<OcspResponse>>,
    policy: RevocationPolicy,
    anchor_period: AnchorPeriod,
    algorithms: AlgorithmPolicy,
    cache: LinkCache,
}

/// What is to say about a certificate at a time.
#[derive(Clone, Debug)]
pub struct PathJudgement {
    /// Whether a chain of signatures leads to a trust anchor, through certificates that may issue.
    pub chain: Answer,
    /// Whether every certificate of the chain was within its period; without a chain, the certificate itself.
    pub period: Answer,
    /// Whether the certificate may be used for the purpose.
    pub usage: Answer,
    /// Whether no certificate of the chain was revoked.
    pub revocation: Answer,
    /// The chain, the certificate first and the anchor last; without one, as far as signatures hold.
    pub path: Vec<Certificate>,
}

impl PathJudgement {
    /// Every question with its answer, in the order in which they are asked.
    #[must_use]
    pub const fn answers(&self) -> [(Question, &Answer); 4] {
        [
            (Question::Chain, &self.chain),
            (Question::Period, &self.period),
            (Question::Usage, &self.usage),
            (Question::Revocation, &self.revocation),
        ]
    }

    /// Whether no question failed or stayed open.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.answers().iter().all(|(_, answer)| answer.weight() <= 1)
    }
}

impl PathValidator {
    /// Judges by these anchors; without any, every chain is unknown.
    #[must_use]
    pub fn new(trust: &Trust) -> Self {
        Self {
            trust: trust.clone(),
            intermediates: HashMap::new(),
            lists: HashMap::new(),
            responses: HashMap::new(),
            policy: RevocationPolicy::default(),
            anchor_period: AnchorPeriod::default(),
            algorithms: AlgorithmPolicy::default(),
            cache: LinkCache::new(),
        }
    }

    /// Adds certificates that may stand between a leaf and an anchor; they are not trusted.
    #[must_use]
    pub fn intermediates(mut self, certificates: &[Certificate]) -> Self {
        for certificate in certificates {
            self.intermediates.entry(certificate.subject().clone()).or_default().push(certificate.clone());
        }
        self
    }

    /// Adds revocation lists; each counts only if its issuer signed it.
    #[must_use]
    pub fn revocation(mut self, lists: &[RevocationList]) -> Self {
        for list in lists {
            self.lists.entry(list.issuer().clone()).or_default().push(list.clone());
        }
        self
    }

    /// Adds OCSP responses; each counts only if the issuer of the certificate signed it, or a responder whom the issuer
    /// entrusted. Whether they answer a request of the caller's is for the caller to know
    /// ([`OcspResponse::check_answers`]).
    #[must_use]
    pub fn ocsp(mut self, responses: &[OcspResponse]) -> Self {
        for response in responses {
            for answer in response.answers() {
                let known = self.responses.entry(answer.id.serial().clone()).or_default();
                if known.last().is_none_or(|last| last.sm3() != response.sm3()) {
                    known.push(response.clone());
                }
            }
        }
        self
    }

    /// Says what a lack of revocation lists and OCSP answers means.
    #[must_use]
    pub const fn policy(mut self, policy: RevocationPolicy) -> Self {
        self.policy = policy;
        self
    }

    /// Says what an anchor outside its period means.
    #[must_use]
    pub const fn anchor_period(mut self, policy: AnchorPeriod) -> Self {
        self.anchor_period = policy;
        self
    }

    /// Says which algorithms may sign certificates and revocation lists; without it, only SM2 with SM3.
    #[must_use]
    pub fn algorithms(mut self, policy: AlgorithmPolicy) -> Self {
        self.algorithms = policy;
        self
    }

    /// Shares what other validators found out about signatures.
    #[must_use]
    pub fn cache(mut self, cache: &LinkCache) -> Self {
        self.cache = cache.clone();
        self
    }

    /// Judges a certificate for a purpose at a time.
    #[must_use]
    pub fn judge(&self, leaf: &Certificate, purpose: Purpose, at: Instant) -> PathJudgement {
        self.judge_with(leaf, &[], purpose, at)
    }

    /// Judges a certificate with further certificates that came along with it, such as those in a signed message.
    #[must_use]
    pub fn judge_with(
        &self,
        leaf: &Certificate,
        extra: &[Certificate],
        purpose: Purpose,
        at: Instant,
    ) -> PathJudgement {
        let usage = usage::usage(leaf, purpose);
        let search = Search::new(self, extra, at);
        let only_leaf = || vec![leaf.clone()];
        let found = if self.trust.is_empty() {
            Err((Answer::Unknown(Ground::about(Cause::ChainNoTrust, leaf)), only_leaf()))
        } else {
            search.run(leaf)
        };
        match found {
            Ok(Complete { path, period, revocation }) => {
                PathJudgement { chain: Answer::Pass, period, usage, revocation, path }
            }
            Err((chain, path)) => {
                let search = Search::new(self, extra, at);
                let period = search.period(&only_leaf());
                let revocation = search.lacking(Ground::about(Cause::RevocationUnknown, leaf).with("chain", "none"));
                PathJudgement { chain, period, usage, revocation, path }
            }
        }
    }
}

#[cfg(test)]
mod tests;
