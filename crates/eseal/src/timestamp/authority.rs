use std::fmt;

use ::der::asn1::GeneralizedTime;
use ::der::asn1::Int;
use ::der::asn1::OctetString;
use const_oid::ObjectIdentifier;

use crate::cert::Certificate;
use crate::cert::KeyPurpose;
use crate::cms::CmsError;
use crate::cms::Dialect;
use crate::cms::MessageDraft;
use crate::der;
use crate::der::Raw;
use crate::key::Signer;
use crate::oid;
use crate::sm::sm3;
use crate::time::Instant;

use super::ImprintHash;
use super::Rejection;
use super::TimestampError;
use super::TimestampRequest;
use super::TimestampResponse;
use super::TimestampToken;
use super::asn1::Accuracy;
use super::asn1::Algorithm;
use super::asn1::EssCertIdV2;
use super::asn1::SigningCertificateV2;
use super::asn1::TstInfo;
use super::request::policy_oid;

/// Who makes time stamps (时间戳服务): a certificate for this alone, its key, and the policy it works by.
///
/// ```
/// use eseal::timestamp::{ImprintHash, TimestampAuthority, TimestampRequest};
/// # use eseal::cert::{Issuer, Name, PathValidator, Profile, RevocationPolicy, SerialNumber, Trust};
/// # use eseal::key::{SecretKey, Signer, SoftSigner};
/// # use eseal::time::{Instant, Period};
/// # let (now, ca) = (Instant::from_unix(1_795_000_000), SoftSigner::new(SecretKey::generate()?));
/// # let years = |years| Period::years(now, years);
/// # let root = Issuer::self_signed(&Name::parse("CN=示例根")?, &ca, SerialNumber::random()?, years(9))?;
/// # let issuer = Issuer::new(root.clone(), &ca)?;
/// # let key = SoftSigner::new(SecretKey::generate()?);
/// # let name = Name::parse("CN=示例时间戳")?;
/// # let certificate =
/// #     issuer.issue_for(&name, key.public_key(), &Profile::tsa(), SerialNumber::random()?, years(5))?;
/// let imprint = ImprintHash::Sm3.imprint(b"what was there at that time");
/// let nonce = TimestampRequest::fresh_nonce()?;
/// let request = TimestampRequest::new(&imprint, Some(&nonce))?;
///
/// let authority = TimestampAuthority::new(certificate, &key, "1.2.3.4.1")?;
/// let response = authority.respond(request.as_der(), 1, now)?; // the caller keeps the serial numbers
///
/// let token = response.token_for(&request)?;
/// # let validator =
/// #     PathValidator::new(&Trust::from_certificates([root])).policy(RevocationPolicy::IfAvailable);
/// assert!(token.judge(&imprint, &validator, &[], now).is_good());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct TimestampAuthority<'a> {
    certificate: Certificate,
    signer: Box<dyn Signer + 'a>,
    policy: ObjectIdentifier,
    chain: Vec<Certificate>,
    accuracy: u32,
}

impl<'a> TimestampAuthority<'a> {
    /// Joins a certificate for time stamps with the signer of its key and a policy, an object identifier in dots.
    ///
    /// # Errors
    /// [`TimestampError::NotForTimestamps`] unless the certificate names this purpose, alone and critical (RFC 3161,
    /// 2.3); [`TimestampError::Message`] when the signer has another key; [`TimestampError::PolicySyntax`].
    pub fn new(certificate: Certificate, signer: impl Signer + 'a, policy: &str) -> Result<Self, TimestampError> {
        let subject = || certificate.subject().to_string();
        let alone = certificate.extended_key_usage() == Some(vec![oid::EKU_TIMESTAMPING.to_string()]);
        let kind = oid::EXTENDED_KEY_USAGE.to_string();
        let critical = certificate.extensions().any(|extension| extension.critical && extension.oid() == kind);
        let signs = certificate
            .key_usage()
            .is_none_or(|usage| usage.has(KeyPurpose::DigitalSignature) || usage.has(KeyPurpose::NonRepudiation));
        if !alone || !critical || !signs {
            return Err(TimestampError::NotForTimestamps { subject: subject() });
        }
        if certificate.public_key()? != signer.public_key() {
            return Err(CmsError::WrongKey { subject: subject() }.into());
        }
        let policy = policy_oid(policy)?;
        Ok(Self { certificate, signer: Box::new(signer), policy, chain: Vec::new(), accuracy: 1 })
    }

    /// Puts these certificates beside the authority's own into a token whose request wants certificates.
    #[must_use]
    pub fn chain(mut self, certificates: &[Certificate]) -> Self {
        self.chain = certificates.to_vec();
        self
    }

    /// Says how many seconds the caller's clock may be off; 1 unless said otherwise.
    #[must_use]
    pub const fn accuracy(mut self, seconds: u32) -> Self {
        self.accuracy = seconds;
        self
    }

    /// The authority's own certificate.
    #[must_use]
    pub const fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// Why a request would be refused; `None` when it would be granted.
    #[must_use]
    pub fn refuses(&self, request: &[u8]) -> Option<Rejection> {
        self.examine(request).err()
    }

    fn examine(&self, request: &[u8]) -> Result<TimestampRequest, Rejection> {
        let request = TimestampRequest::from_der(request).map_err(|_| Rejection::BadDataFormat)?;
        if request.version != 1 {
            return Err(Rejection::BadRequest);
        }
        if request.imprint().algorithm() != Some(ImprintHash::Sm3) {
            return Err(Rejection::BadAlgorithm);
        }
        if request.imprint().hash().len() != 32 {
            return Err(Rejection::BadDataFormat);
        }
        if request.policy.is_some_and(|policy| policy != self.policy) {
            return Err(Rejection::UnacceptedPolicy);
        }
        if request.extended {
            return Err(Rejection::UnacceptedExtension);
        }
        Ok(request)
    }

    /// Answers a request, DER in: a token with this serial number and time, or a refusal with its reason, which uses up
    /// no serial number.
    ///
    /// Serial numbers must never come twice: keep them, and hand out a response only when its number is kept.
    ///
    /// # Errors
    /// [`TimestampError::NotValid`] when the authority's certificate is not valid at `now`; the signer's error. A service
    /// that has to say something nevertheless sends [`refusal`](Self::refusal).
    pub fn respond(&self, request: &[u8], serial: u64, now: Instant) -> Result<TimestampResponse, TimestampError> {
        match self.examine(request) {
            Ok(request) => TimestampResponse::granted(&self.stamp(&request, serial, now)?),
            Err(rejection) => Self::refusal(rejection),
        }
    }

    fn stamp(&self, request: &TimestampRequest, serial: u64, now: Instant) -> Result<TimestampToken, TimestampError> {
        const MALFORMED: TimestampError = TimestampError::Malformed { what: "TSTInfo" };
        if !self.certificate.validity().contains(now) {
            return Err(TimestampError::NotValid { at: now });
        }
        let info = TstInfo {
            version: 1,
            policy: self.policy,
            imprint: request.imprint().written(),
            serial: number(serial),
            at: generalized(now).ok_or(MALFORMED)?,
            accuracy: Some(Accuracy { seconds: Some(self.accuracy), millis: None, micros: None }),
            ordering: false,
            nonce: request.nonce.clone(),
            authority: None,
            extensions: None,
        };
        let mut draft = MessageDraft::new(&self.certificate)?
            .dialect(Dialect::Rfc5652)
            .content_type(oid::TST_INFO)
            .signing_time(now)
            .attribute(oid::SIGNING_CERTIFICATE_V2, &[self.named_certificate()]);
        draft = if request.wants_certificates() { draft.chain(&self.chain) } else { draft.without_certificates() };
        let content = der::encode(&info).map_err(|_| MALFORMED)?;
        let message = draft.attached(&content)?.sign(&self.signer)?;
        TimestampToken::from_der(message.as_der())
    }

    /// `SigningCertificateV2` with SM3, said explicitly: without an algorithm it would mean SHA-256.
    fn named_certificate(&self) -> Vec<u8> {
        let hash = OctetString::new(*sm3(self.certificate.as_der()).as_bytes()).expect("32 bytes");
        let id = EssCertIdV2 { algorithm: Some(Algorithm::of(oid::SM3)), hash, issuer_serial: None };
        der::encode(&SigningCertificateV2 { certificates: vec![id], policies: None }).expect("short parts encode")
    }

    /// A refusal; nobody signs it.
    ///
    /// # Errors
    /// None in practice: a refusal is always written and read back.
    pub fn refusal(rejection: Rejection) -> Result<TimestampResponse, TimestampError> {
        TimestampResponse::rejected(rejection)
    }
}

impl fmt::Debug for TimestampAuthority<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TimestampAuthority({:?} under {})", self.certificate, self.policy)
    }
}

/// A positive INTEGER.
fn number(value: u64) -> Int {
    let bytes = [&[0][..], &value.to_be_bytes()].concat();
    let zeros = bytes.windows(2).take_while(|pair| pair[0] == 0 && pair[1] & 0x80 == 0).count();
    Int::new(&bytes[zeros..]).expect("nine bytes at most")
}

/// GeneralizedTime; `None` before 1970, when there were no time stamps.
fn generalized(at: Instant) -> Option<Raw> {
    let since = std::time::Duration::from_secs(u64::try_from(at.unix()).ok()?);
    Raw::encode_from(&GeneralizedTime::from_unix_duration(since).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_serial_number_is_a_minimal_positive_integer() {
        for (value, bytes) in [(0, &[0][..]), (1, &[1]), (127, &[127]), (128, &[0, 128]), (256, &[1, 0])] {
            assert_eq!(number(value).as_bytes(), bytes);
        }
        assert_eq!(number(u64::MAX).as_bytes(), [0, 255, 255, 255, 255, 255, 255, 255, 255]);
    }
}
