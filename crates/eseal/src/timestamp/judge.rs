use ::sha1::Sha1;
use ::sha2::Digest as _;
use ::sha2::Sha256;

use crate::cert::Answer;
use crate::cert::Cause;
use crate::cert::Certificate;
use crate::cert::PathJudgement;
use crate::cert::PathValidator;
use crate::cert::Purpose;
use crate::cert::Reason;
use crate::cms::CmsOutcome;
use crate::cms::Content;
use crate::der;
use crate::lang::vocabulary;
use crate::oid;
use crate::sm::sm3;
use crate::time::Instant;

use super::Imprint;
use super::TimestampToken;
use super::asn1::Algorithm;
use super::asn1::IssuerSerial;
use super::asn1::SigningCertificateV1;
use super::asn1::SigningCertificateV2;

vocabulary! {
    /// What is wrong with a time stamp itself; what is wrong with its authority's certificate, the path says.
    pub enum TimestampFault: code {
        /// It is about something else.
        OtherImprint = "timestamp-other-imprint", "时间戳针对的是另外的内容", "the time stamp is about something else";
        /// The authority's certificate is neither inside nor given.
        NoCertificate = "timestamp-no-certificate", "缺少时间戳服务证书", "the authority's certificate is not there";
        /// Signed with another algorithm than SM2 with SM3.
        UnsupportedAlgorithm =
            "timestamp-unsupported-algorithm", "时间戳使用不支持的算法", "the time stamp uses another algorithm";
        /// The signature does not hold.
        BadSignature = "timestamp-bad-signature", "时间戳签名不成立", "the signature of the time stamp does not hold";
        /// The token does not name the certificate that it was made with.
        CertificateNotNamed =
            "timestamp-certificate-not-named", "时间戳未指明签名证书", "the token does not name its certificate";
        /// The token names another certificate than the one whose key verifies.
        OtherCertificate =
            "timestamp-other-certificate", "时间戳指明的是另一张证书", "the token names another certificate";
        /// The certificate is named by a hash that is not known here.
        UnknownHash = "timestamp-unknown-hash", "以未知的杂凑算法指明证书", "the certificate is named by an unknown hash";
        /// From the future.
        Future = "timestamp-future", "时间戳晚于验证时间", "the time stamp is from the future";
        /// The key was, or may have been, in other hands: its stamps may be backdated.
        KeyCompromised =
            "timestamp-key-compromised", "时间戳服务的密钥已泄露", "the key of the time-stamp authority was compromised";
    }
}

/// What was found out about a time stamp.
#[derive(Clone, Debug)]
pub struct TokenJudgement {
    /// What is wrong with the token itself, the gravest first; `None` when nothing is.
    pub fault: Option<TimestampFault>,
    /// The authority's certificate, if it was found.
    pub signer: Option<Certificate>,
    /// The authority's chain at the time of the stamp, for the purpose of time stamps; `None` without a certificate.
    pub path: Option<PathJudgement>,
}

impl TokenJudgement {
    /// Whether the time is proven: nothing is wrong with the token, and no question about its authority failed or stayed
    /// open.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.fault.is_none() && self.path.as_ref().is_some_and(PathJudgement::is_good)
    }
}

impl TimestampToken {
    /// How far the clocks of two machines may be apart, in seconds.
    const SKEW: i64 = 300;

    /// Asks every question about the token: whether it is about this imprint, whether its signature holds, by which
    /// certificate, and whether that may make time stamps by the validator's trust at the time of the stamp.
    ///
    /// `further` are certificates to look for the authority's in besides those inside. `now` is when the question is
    /// asked: a token from after it is refused, and an authority whose key was found compromised by then proves nothing,
    /// whatever time the token bears.
    #[must_use]
    pub fn judge(
        &self,
        imprint: &Imprint,
        validator: &PathValidator,
        further: &[Certificate],
        now: Instant,
    ) -> TokenJudgement {
        let checks = self.message.verify(Content::Attached, further);
        let check = checks.first().expect("a token has exactly one signer");
        let signature = match &check.outcome {
            CmsOutcome::Valid => None,
            CmsOutcome::Unsupported { .. } => Some(TimestampFault::UnsupportedAlgorithm),
            CmsOutcome::NoCertificate => Some(TimestampFault::NoCertificate),
            _ => Some(TimestampFault::BadSignature),
        };
        let extra = [self.certificates(), further].concat();
        let judge = |signer: &Certificate, at| validator.judge_with(signer, &extra, Purpose::Timestamp, at);
        let path = check.signer.as_ref().map(|signer| judge(signer, self.at()));
        let compromised = || {
            check.signer.as_ref().is_some_and(|signer| {
                let answer = validator.judge_with(signer, &extra, Purpose::Timestamp, now).revocation;
                is_compromise(&answer)
            })
        };
        let fault = signature
            .or_else(|| (self.imprint() != imprint).then_some(TimestampFault::OtherImprint))
            .or_else(|| check.signer.as_ref().and_then(|signer| self.names(signer)))
            .or_else(|| (self.at() > now.plus_seconds(Self::SKEW)).then_some(TimestampFault::Future))
            .or_else(|| compromised().then_some(TimestampFault::KeyCompromised));
        TokenJudgement { fault, signer: check.signer.clone(), path }
    }

    /// Whether the token names this certificate as its own; RFC 5816, 2.2.1. The older form with SHA-1 is read too.
    fn names(&self, certificate: &Certificate) -> Option<TimestampFault> {
        let signer = &self.message.signers()[0];
        let der = certificate.as_der();
        let (digest, hash, issuer_serial) = if let Some(value) = signer.signed_value(&oid::SIGNING_CERTIFICATE_V2) {
            let Ok(named) = der::decode::<SigningCertificateV2>(value) else {
                return Some(TimestampFault::OtherCertificate);
            };
            // The first is the signer's; RFC 5035, 5.4.1.1.
            let Some(first) = named.certificates.into_iter().next() else {
                return Some(TimestampFault::CertificateNotNamed);
            };
            let digest = match first.algorithm {
                None => Sha256::digest(der).to_vec(),
                Some(Algorithm { kind: oid::SHA256, .. }) => Sha256::digest(der).to_vec(),
                Some(Algorithm { kind: oid::SM3, .. }) => sm3(der).as_bytes().to_vec(),
                Some(_) => return Some(TimestampFault::UnknownHash),
            };
            (digest, first.hash, first.issuer_serial)
        } else if let Some(value) = signer.signed_value(&oid::SIGNING_CERTIFICATE) {
            let Ok(named) = der::decode::<SigningCertificateV1>(value) else {
                return Some(TimestampFault::OtherCertificate);
            };
            let Some(first) = named.certificates.into_iter().next() else {
                return Some(TimestampFault::CertificateNotNamed);
            };
            (Sha1::digest(der).to_vec(), first.hash, first.issuer_serial)
        } else {
            return Some(TimestampFault::CertificateNotNamed);
        };
        let same = hash.as_bytes() == digest && issuer_serial.is_none_or(|named| fits(&named, certificate));
        (!same).then_some(TimestampFault::OtherCertificate)
    }
}

/// Whether issuer and serial number are the certificate's; the issuer is a list of names, one of them `[4]`.
fn fits(named: &IssuerSerial, certificate: &Certificate) -> bool {
    let issuer = named.issuer.iter().any(|name| {
        der::encode(name).is_ok_and(|name| name.ends_with(certificate.issuer().as_der()) && name[0] == 0xa4)
    });
    issuer && super::request::unsigned(&named.serial) == certificate.serial().as_bytes()
}

/// Whether a revocation says that the key may have been in other hands.
fn is_compromise(answer: &Answer) -> bool {
    let Answer::Fail(ground) = answer else { return false };
    let told =
        |(key, value): &(&str, String)| *key == "reason" && Reason::parse(value).is_some_and(Reason::is_compromise);
    ground.cause == Cause::Revoked && ground.detail.iter().any(told)
}
