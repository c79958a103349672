use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use std::sync::OnceLock;

use crate::lang::vocabulary;
use crate::oid;
use crate::sm::PublicKey;
use crate::sm::Sm3Digest;
use crate::sm::sm3;
use crate::time::Instant;

use super::super::CertError;
use super::super::Certificate;
use super::super::KeyPurpose;
use super::super::Name;
use super::super::Reason;
use super::super::ResponderFault;
use super::super::SerialNumber;
use super::super::asn1;
use super::super::asn1::Reader;
use super::super::extension;
use super::super::signed;
use super::super::signed::Algorithm;
use super::CertId;
use super::CertIdHash;
use super::OcspRequest;
use super::id::key_hash;
use super::request::nonce_bytes;
use super::request::read_extensions;

vocabulary! {
    /// Whether a responder answered at all; RFC 6960, 4.2.1.
    pub enum OcspStatus: word {
        /// There are answers.
        Successful = "successful", "成功", "successful";
        /// The request is no request.
        MalformedRequest = "malformed-request", "请求格式错误", "malformed request";
        /// The responder is in trouble.
        InternalError = "internal-error", "服务内部错误", "internal error";
        /// Not now.
        TryLater = "try-later", "请稍后再试", "try later";
        /// Only signed requests are answered.
        SignatureRequired = "signature-required", "请求须签名", "the request must be signed";
        /// Whoever asks may not, or the responder cannot say.
        Unauthorized = "unauthorized", "无权查询", "unauthorized";
    }
}

impl OcspStatus {
    /// The number on the wire; 4 is not used.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Successful => 0,
            Self::MalformedRequest => 1,
            Self::InternalError => 2,
            Self::TryLater => 3,
            Self::SignatureRequired => 5,
            Self::Unauthorized => 6,
        }
    }

    fn of_number(number: u8) -> Option<Self> {
        Self::ALL.iter().copied().find(|status| status.number() == number)
    }
}

/// How a certificate stands by the word of a responder; RFC 6960, 2.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OcspState {
    /// Neither revoked nor on hold.
    Good,
    /// Revoked, or on hold when the reason says so.
    Revoked {
        /// Since when.
        at: Instant,
        /// Why; `None` when the responder does not say.
        reason: Option<Reason>,
        /// Since when the key may have been in wrong hands, if that is known.
        invalidity: Option<Instant>,
    },
    /// The responder does not know this certificate; never to be taken for good.
    Unknown,
}

impl OcspState {
    /// The stable word: `good`, `revoked`, `unknown`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Revoked { .. } => "revoked",
            Self::Unknown => "unknown",
        }
    }
}

/// The answer about one certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SingleAnswer {
    /// The certificate, as it was asked about.
    pub id: CertId,
    /// How it stands.
    pub state: OcspState,
    /// Since when the responder knows this.
    pub this_update: Instant,
    /// Until when newer information will be there; without it, newer information can always be had.
    pub next_update: Option<Instant>,
}

impl SingleAnswer {
    /// How far the clocks of two machines may be apart, in seconds.
    pub const SKEW: i64 = 300;

    /// Whether the answer speaks for this time, clocks apart by [`SKEW`](Self::SKEW) at most.
    #[must_use]
    pub fn is_current(&self, at: Instant) -> bool {
        let until = self.next_update.unwrap_or(self.this_update);
        self.this_update <= at.plus_seconds(Self::SKEW) && until >= at.plus_seconds(-Self::SKEW)
    }
}

/// A responder's answer (OCSP 响应); RFC 6960, 4.2.
///
/// Keeps the bytes it was read from, and its signature is checked over them. Cloning is cheap.
#[derive(Clone)]
pub struct OcspResponse(Arc<Inner>);

struct Inner {
    der: Box<[u8]>,
    status: OcspStatus,
    basic: Option<Basic>,
    sm3: OnceLock<Sm3Digest>,
}

/// `BasicOCSPResponse`, read.
struct Basic {
    part: Range<usize>,
    signature: Range<usize>,
    algorithm: String,
    is_sm2: bool,
    responder: ResponderId,
    produced_at: Instant,
    answers: Vec<SingleAnswer>,
    nonce: Option<Vec<u8>>,
    certificates: Vec<Certificate>,
}

/// How a response names its responder.
enum ResponderId {
    Name(Name),
    Key(Vec<u8>),
}

/// What a signature has to be checked on, with the key it is to hold by.
pub(in super::super) enum Held<'h> {
    /// The response itself.
    Response(&'h OcspResponse),
    /// The certificate of a responder.
    Responder(&'h Certificate),
}

impl Held<'_> {
    /// The digest under which the outcome can be remembered.
    pub(in super::super) fn sm3(&self) -> Sm3Digest {
        match self {
            Self::Response(response) => response.sm3(),
            Self::Responder(certificate) => certificate.sm3(),
        }
    }

    /// One verification.
    pub(in super::super) fn holds(&self, key: &PublicKey) -> bool {
        match self {
            Self::Response(response) => response.signature_holds(key),
            Self::Responder(certificate) => certificate.signature_holds(key),
        }
    }
}

impl OcspResponse {
    /// The largest response that is read: 1 MiB, room for [`OcspRequest::MAX_IDS`] answers and the certificates.
    pub const MAX_BYTES: usize = 1 << 20;
    /// The most certificates that are read from a response: a responder's own, and a chain that nobody needs.
    const MAX_CERTIFICATES: usize = 16;
    /// The most certificates that may be the responder's; each costs two signature checks.
    const MAX_CANDIDATES: usize = 4;

    /// Reads a response in DER and nothing after it. Does not check its signature.
    ///
    /// # Errors
    /// [`CertError::TooLarge`], [`CertError::Malformed`]; the latter also for more answers than can be asked for, and for
    /// a critical extension that is not understood.
    pub fn from_der(der: &[u8]) -> Result<Self, CertError> {
        if der.len() > Self::MAX_BYTES {
            return Err(CertError::TooLarge { limit: Self::MAX_BYTES });
        }
        let mut outer = Reader::open(der, asn1::SEQUENCE, "OCSPResponse")?;
        let status = match outer.expect(asn1::ENUMERATED)?.content {
            [number] => OcspStatus::of_number(*number).ok_or(outer.fault())?,
            _ => return Err(outer.fault()),
        };
        let basic = match outer.take(asn1::context(0))? {
            Some(explicit) => {
                let mut bytes = Reader::open(explicit.content, asn1::SEQUENCE, "ResponseBytes")?;
                if bytes.oid()? != oid::OCSP_BASIC {
                    return Err(bytes.fault());
                }
                let content = bytes.expect(asn1::OCTET_STRING)?.content;
                bytes.end()?;
                Some(Basic::read(content, der)?)
            }
            None => None,
        };
        outer.end()?;
        if basic.is_some() != (status == OcspStatus::Successful) {
            return Err(outer.fault());
        }
        Ok(Self(Arc::new(Inner { der: der.into(), status, basic, sm3: OnceLock::new() })))
    }

    /// The received (or written) DER.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        &self.0.der
    }

    /// SM3 over the whole response; computed once.
    #[must_use]
    pub fn sm3(&self) -> Sm3Digest {
        *self.0.sm3.get_or_init(|| sm3(&self.0.der))
    }

    /// Whether the responder answered.
    #[must_use]
    pub fn status(&self) -> OcspStatus {
        self.0.status
    }

    /// When it was signed; `None` without answers.
    #[must_use]
    pub fn produced_at(&self) -> Option<Instant> {
        self.0.basic.as_ref().map(|basic| basic.produced_at)
    }

    /// The answers, in their order.
    #[must_use]
    pub fn answers(&self) -> &[SingleAnswer] {
        self.0.basic.as_ref().map_or(&[], |basic| &basic.answers)
    }

    /// The nonce it repeats, if there is one.
    #[must_use]
    pub fn nonce(&self) -> Option<&[u8]> {
        self.0.basic.as_ref()?.nonce.as_deref().map(nonce_bytes)
    }

    /// The responder's name, if it is named so.
    #[must_use]
    pub fn responder_name(&self) -> Option<&Name> {
        match &self.0.basic.as_ref()?.responder {
            ResponderId::Name(name) => Some(name),
            ResponderId::Key(_) => None,
        }
    }

    /// The hash of the responder's key, if it is named so: SHA-1 by the RFC, SM3 by some programs.
    #[must_use]
    pub fn responder_key_hash(&self) -> Option<&[u8]> {
        match &self.0.basic.as_ref()?.responder {
            ResponderId::Name(_) => None,
            ResponderId::Key(hash) => Some(hash),
        }
    }

    /// The certificates that came with it; not judged.
    #[must_use]
    pub fn certificates(&self) -> &[Certificate] {
        self.0.basic.as_ref().map_or(&[], |basic| &basic.certificates)
    }

    /// The answer about a certificate of this issuer. If there are several, the newest.
    #[must_use]
    pub fn answer_for(&self, issuer: &Certificate, serial: &SerialNumber) -> Option<&SingleAnswer> {
        let about = |answer: &&SingleAnswer| answer.id.serial() == serial && answer.id.is_of(issuer);
        self.answers().iter().filter(about).max_by_key(|answer| answer.this_update)
    }

    /// Whether it answers a request: every certificate asked about is there, and the nonce is the same.
    ///
    /// # Errors
    /// [`CertError::OcspStatus`] when the responder refused; [`CertError::OcspNonce`] when the request had a nonce and the
    /// response has another or none; [`CertError::OcspOtherCertificate`] when a certificate is missing.
    pub fn check_answers(&self, request: &OcspRequest) -> Result<(), CertError> {
        if self.0.status != OcspStatus::Successful {
            return Err(CertError::OcspStatus { status: self.0.status });
        }
        if request.nonce().is_some_and(|nonce| self.nonce() != Some(nonce)) {
            return Err(CertError::OcspNonce);
        }
        // Compared by what the identifiers say: some responders write absent parameters as NULL.
        let same = |one: &CertId, other: &CertId| {
            (one.hash(), one.issuer_name_hash(), one.issuer_key_hash(), one.serial())
                == (other.hash(), other.issuer_name_hash(), other.issuer_key_hash(), other.serial())
        };
        match request.ids().iter().find(|id| !self.answers().iter().any(|answer| same(&answer.id, id))) {
            Some(id) => Err(CertError::OcspOtherCertificate { serial: id.serial().to_string() }),
            None => Ok(()),
        }
    }

    /// Checks the signature over the received bytes, for certificates of this issuer, and gives the responder's
    /// certificate: the issuer's own, or one that the issuer made for this (RFC 6960, 4.2.2.2), valid when the response
    /// was signed.
    ///
    /// Whether the responder's certificate was revoked is not asked here: see
    /// [`PathValidator::ocsp`](super::super::PathValidator::ocsp).
    ///
    /// # Errors
    /// [`CertError::OcspStatus`] without answers; [`CertError::SignatureAlgorithm`]; [`CertError::OcspResponder`] when the
    /// issuer did not entrust whoever signed; [`CertError::BadSignature`].
    pub fn check_signature_by(&self, issuer: &Certificate) -> Result<Certificate, CertError> {
        let holds = |held: Held<'_>, key: &PublicKey| Ok::<_, std::convert::Infallible>(held.holds(key));
        match self.responder(issuer, holds) {
            Ok(Ok(responder)) => Ok(responder),
            Ok(Err(CertError::BadSignature { .. })) => {
                let fault = issuer.public_key().ok().and_then(|key| self.explain(key));
                Err(CertError::BadSignature { fault })
            }
            Ok(Err(error)) => Err(error),
            Err(never) => match never {},
        }
    }

    /// Who signed, as far as `check` allows the signature checks that it takes; its error ends the search.
    pub(in super::super) fn responder<E>(
        &self,
        issuer: &Certificate,
        mut check: impl FnMut(Held<'_>, &PublicKey) -> Result<bool, E>,
    ) -> Result<Result<Certificate, CertError>, E> {
        let Some(basic) = &self.0.basic else {
            return Ok(Err(CertError::OcspStatus { status: self.0.status }));
        };
        if !basic.is_sm2 {
            return Ok(Err(CertError::SignatureAlgorithm { oid: basic.algorithm.clone() }));
        }
        let issuer_key = match issuer.public_key() {
            Ok(key) => key,
            Err(error) => return Ok(Err(error)),
        };
        let mut problem = CertError::OcspResponder { fault: ResponderFault::NotThere };
        if basic.responder.is(issuer) {
            if check(Held::Response(self), issuer_key)? {
                return Ok(Ok(issuer.clone()));
            }
            problem = CertError::BadSignature { fault: None };
        }
        let named = basic.certificates.iter().filter(|candidate| basic.responder.is(candidate));
        for candidate in named.filter(|candidate| *candidate != issuer).take(Self::MAX_CANDIDATES) {
            let fault = match unfit(candidate, issuer, basic.produced_at) {
                Some(fault) => Some(fault),
                None if !check(Held::Responder(candidate), issuer_key)? => Some(ResponderFault::NotByIssuer),
                None => None,
            };
            if let Some(fault) = fault {
                problem = CertError::OcspResponder { fault };
                continue;
            }
            if let Ok(key) = candidate.public_key()
                && check(Held::Response(self), key)?
            {
                return Ok(Ok(candidate.clone()));
            }
            problem = CertError::BadSignature { fault: None };
        }
        Ok(Err(problem))
    }

    fn signature_holds(&self, key: &PublicKey) -> bool {
        let Some(basic) = &self.0.basic else { return false };
        let (part, signature) = (&self.0.der[basic.part.clone()], &self.0.der[basic.signature.clone()]);
        basic.is_sm2 && signed::holds(key, part, signature)
    }

    fn explain(&self, issuer_key: &PublicKey) -> Option<super::super::SignatureFault> {
        let basic = self.0.basic.as_ref()?;
        let named = basic.certificates.iter().find(|candidate| basic.responder.is(candidate));
        let key = named.and_then(|candidate| candidate.public_key().ok()).unwrap_or(issuer_key);
        signed::explain(key, &self.0.der[basic.part.clone()], &self.0.der[basic.signature.clone()])
    }
}

/// Why a certificate may not answer for an issuer, as far as the certificate itself tells.
pub(super) fn unfit(responder: &Certificate, issuer: &Certificate, at: Instant) -> Option<ResponderFault> {
    let entrusted = responder.extended_key_usages().is_some_and(|kinds| kinds.contains(&oid::EKU_OCSP_SIGNING));
    let signs = responder.key_usage().is_none_or(|usage| usage.has(KeyPurpose::DigitalSignature));
    if responder.issuer() != issuer.subject() {
        Some(ResponderFault::NotByIssuer)
    } else if !entrusted || !signs {
        Some(ResponderFault::Usage)
    } else if !responder.validity().contains(at) {
        Some(ResponderFault::Period)
    } else {
        None
    }
}

impl ResponderId {
    fn is(&self, certificate: &Certificate) -> bool {
        match self {
            Self::Name(name) => name == certificate.subject(),
            // RFC 6960 says SHA-1; GmSSL writes SM3.
            Self::Key(hash) => certificate.public_key().is_ok_and(|key| {
                [CertIdHash::Sha1, CertIdHash::Sm3].into_iter().any(|kind| key_hash(kind, key) == *hash)
            }),
        }
    }
}

impl Basic {
    /// `content` lies inside `der`, from which ranges are counted.
    fn read(content: &[u8], der: &[u8]) -> Result<Self, CertError> {
        let at = |part: &[u8]| {
            let start = part.as_ptr().addr() - der.as_ptr().addr();
            start..start + part.len()
        };
        let mut outer = Reader::open(content, asn1::SEQUENCE, "BasicOCSPResponse")?;
        let part = outer.expect(asn1::SEQUENCE)?.whole;
        let algorithm = Algorithm::read(&mut outer)?;
        let signature = outer.bits()?;
        let mut certificates = Vec::new();
        if let Some(explicit) = outer.take(asn1::context(0))? {
            let mut list = Reader::open(explicit.content, asn1::SEQUENCE, "certs")?;
            while !list.is_empty() {
                if certificates.len() == OcspResponse::MAX_CERTIFICATES {
                    return Err(list.fault());
                }
                certificates.push(Certificate::from_der(list.expect(asn1::SEQUENCE)?.whole)?);
            }
        }
        outer.end()?;
        let mut data = Reader::open(part, asn1::SEQUENCE, "ResponseData")?;
        if let Some(version) = data.take(asn1::context(0))? {
            let mut version = Reader::new(version.content, "ResponseData");
            if version.small()? != 0 || !version.is_empty() {
                return Err(version.fault());
            }
        }
        let named = data.next()?;
        let responder = match named.tag {
            tag if tag == asn1::context(1) => ResponderId::Name(Name::from_der(named.content)?),
            tag if tag == asn1::context(2) => {
                let mut key = Reader::new(named.content, "ResponderID");
                let hash = key.expect(asn1::OCTET_STRING)?.content.to_vec();
                key.end()?;
                ResponderId::Key(hash)
            }
            _ => return Err(data.fault()),
        };
        let produced_at = generalized(&mut data)?;
        let mut list = data.enter(asn1::SEQUENCE)?;
        let mut answers = Vec::new();
        while !list.is_empty() {
            if answers.len() == OcspRequest::MAX_IDS {
                return Err(list.fault());
            }
            answers.push(read_answer(list.enter(asn1::SEQUENCE)?)?);
        }
        let nonce = match data.take(asn1::context(1))? {
            Some(extensions) => read_extensions(extensions.content, "responseExtensions")?,
            None => None,
        };
        data.end()?;
        Ok(Self {
            part: at(part),
            signature: at(signature),
            algorithm: algorithm.kind.to_string(),
            is_sm2: algorithm.is_sm2(),
            responder,
            produced_at,
            answers,
            nonce,
            certificates,
        })
    }
}

fn read_answer(mut single: Reader<'_>) -> Result<SingleAnswer, CertError> {
    let id = CertId::read(&mut single)?;
    let status = single.next()?;
    let mut state = match (status.tag, status.content) {
        (0x80, []) => OcspState::Good,
        (0xa1, revoked) => {
            let mut revoked = Reader::new(revoked, "RevokedInfo");
            let at = generalized(&mut revoked)?;
            let reason = match revoked.take(asn1::context(0))? {
                Some(explicit) => {
                    let mut explicit = Reader::new(explicit.content, "CRLReason");
                    let number = explicit.expect(asn1::ENUMERATED)?.content;
                    explicit.end()?;
                    let [number] = number else { return Err(explicit.fault()) };
                    Some(Reason::from_number(*number).ok_or(explicit.fault())?)
                }
                None => None,
            };
            revoked.end()?;
            OcspState::Revoked { at, reason, invalidity: None }
        }
        (0x82, []) => OcspState::Unknown,
        _ => return Err(single.fault()),
    };
    let this_update = generalized(&mut single)?;
    let next_update = match single.take(asn1::context(0))? {
        Some(explicit) => {
            let mut explicit = Reader::new(explicit.content, "nextUpdate");
            let at = generalized(&mut explicit)?;
            explicit.end()?;
            Some(at)
        }
        None => None,
    };
    if let Some(explicit) = single.take(asn1::context(1))? {
        let list = Reader::open(explicit.content, asn1::SEQUENCE, "singleExtensions")?;
        extension::extensions(list, |extension| {
            if extension.kind == oid::INVALIDITY_DATE {
                // Extensions of a revocation list's entries may stand here; RFC 6960, 4.4.5.
                let mut value = Reader::new(extension.value, "invalidityDate");
                let since = generalized(&mut value)?;
                value.end()?;
                if let OcspState::Revoked { invalidity, .. } = &mut state {
                    *invalidity = Some(since);
                }
            } else if extension.critical {
                return Err(list.fault());
            }
            Ok(())
        })?;
    }
    single.end()?;
    if next_update.is_some_and(|next| next < this_update) {
        return Err(single.fault());
    }
    Ok(SingleAnswer { id, state, this_update, next_update })
}

/// GeneralizedTime and no other form.
fn generalized(reader: &mut Reader<'_>) -> Result<Instant, CertError> {
    if reader.peek() == Some(asn1::GENERALIZED_TIME) { reader.time() } else { Err(reader.fault()) }
}

impl fmt::Debug for OcspResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OcspResponse({}, {} answers)", self.status().word(), self.answers().len())
    }
}
