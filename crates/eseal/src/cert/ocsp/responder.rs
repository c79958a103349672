use std::fmt;

use ::der::Choice;
use ::der::Sequence;
use ::der::TagMode;
use ::der::TagNumber;
use ::der::asn1::AnyRef;
use ::der::asn1::BitStringRef;
use ::der::asn1::ContextSpecific;
use ::der::asn1::GeneralizedTime;
use ::der::asn1::Null;
use ::der::asn1::OctetStringRef;
use const_oid::ObjectIdentifier;

use crate::key::Signer;
use crate::oid;
use crate::sm::UserId;
use crate::time::Instant;

use super::super::CertError;
use super::super::Certificate;
use super::super::Issuer;
use super::super::Reason;
use super::super::ResponderFault;
use super::super::SerialNumber;
use super::super::extension::extension;
use super::super::write;
use super::super::write::AlgorithmIdentifier;
use super::CertId;
use super::CertIdHash;
use super::OcspRequest;
use super::OcspState;
use super::OcspStatus;
use super::id::IssuerHashes;
use super::id::key_hash;
use super::response::unfit;

/// Who knows how certificates stand: a registry, or a revocation list.
pub trait StatusSource {
    /// Why it could not be known.
    type Error: From<CertError>;

    /// How the certificate of this issuer with this serial number stands.
    ///
    /// # Errors
    /// When the source fails; an unknown certificate is [`OcspState::Unknown`] and no error.
    fn state(&self, issuer: &Certificate, serial: &SerialNumber) -> Result<OcspState, Self::Error>;
}

/// How a responder names itself in its responses; RFC 6960, 4.2.2.3.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ResponderName {
    /// By the subject of its certificate: the default, because every client understands it.
    #[default]
    Name,
    /// By SHA-1 of its key, as the RFC has it.
    KeySha1,
    /// By SM3 of its key, as GmSSL has it; the clients of others may not find the responder.
    KeySm3,
}

/// Who answers for an issuer (OCSP 响应者): the issuer itself, or a responder that it entrusted with this.
///
/// ```
/// use eseal::cert::{CertError, Certificate, Issuer, Name, SerialNumber};
/// use eseal::cert::ocsp::{CertId, CertIdHash, OcspRequest, OcspResponder, OcspResponse, OcspState, StatusSource};
/// # use eseal::key::{SecretKey, SoftSigner};
/// # use eseal::time::{Instant, Period};
///
/// struct AllGood;
/// impl StatusSource for AllGood {
///     type Error = CertError;
///     fn state(&self, _: &Certificate, _: &SerialNumber) -> Result<OcspState, CertError> {
///         Ok(OcspState::Good)
///     }
/// }
///
/// # let (now, key) = (Instant::from_unix(1_795_000_000), SoftSigner::new(SecretKey::generate()?));
/// # let root = Issuer::self_signed(&Name::parse("CN=示例根")?, &key, SerialNumber::random()?, Period::years(now, 9))?;
/// let issuer = Issuer::new(root.clone(), &key)?;
/// let serial = SerialNumber::from_hex("4a01")?;
/// let nonce = OcspRequest::fresh_nonce()?;
/// let request = OcspRequest::new(&[CertId::of(&root, &serial, CertIdHash::Sm3)?], Some(&nonce))?;
///
/// let answer = OcspResponder::new(&issuer)?.respond(request.as_der(), &AllGood, now, Some(now.plus_days(1)))?;
///
/// let response = OcspResponse::from_der(&answer)?;
/// response.check_answers(&request)?;
/// response.check_signature_by(&root)?;
/// assert_eq!(response.answer_for(&root, &serial).map(|answer| answer.state), Some(OcspState::Good));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct OcspResponder<'a> {
    issuer: Certificate,
    /// The certificate of a delegated responder, which goes into every response.
    delegate: Option<Certificate>,
    signer: Box<dyn Signer + 'a>,
    /// For every hash that a request may name the issuer by.
    hashes: Vec<IssuerHashes>,
    /// `ResponderID`, encoded.
    responder_id: Vec<u8>,
}

impl<'a> OcspResponder<'a> {
    /// The issuer answers for itself.
    ///
    /// # Errors
    /// [`CertError::KeyAlgorithm`] or [`CertError::BadKey`] for an issuer without an SM2 key.
    pub fn new(issuer: &'a Issuer<'a>) -> Result<Self, CertError> {
        Self::with(issuer.certificate().clone(), None, Box::new(issuer.signer()))
    }

    /// A responder answers that the issuer made a certificate for, profile [`Profile::ocsp`](super::super::Profile::ocsp).
    ///
    /// # Errors
    /// [`CertError::OcspResponder`] when the issuer did not make the certificate, or not for this;
    /// [`CertError::IssuerForeignKey`] when the signer has another key.
    pub fn delegated(
        issuer: Certificate,
        certificate: Certificate,
        signer: impl Signer + 'a,
    ) -> Result<Self, CertError> {
        // The time of each answer is asked about when it is given.
        let fault = unfit(&certificate, &issuer, certificate.validity().from());
        if let Some(fault) = fault {
            return Err(CertError::OcspResponder { fault });
        }
        if certificate.check_signature_by(issuer.public_key()?).is_err() {
            return Err(CertError::OcspResponder { fault: ResponderFault::NotByIssuer });
        }
        if certificate.public_key()? != signer.public_key() {
            return Err(CertError::IssuerForeignKey);
        }
        Self::with(issuer, Some(certificate), Box::new(signer))
    }

    fn with(
        issuer: Certificate,
        delegate: Option<Certificate>,
        signer: Box<dyn Signer + 'a>,
    ) -> Result<Self, CertError> {
        let hashes =
            CertIdHash::ALL.iter().map(|hash| IssuerHashes::of(&issuer, *hash)).collect::<Result<Vec<_>, _>>()?;
        let responder = Self { issuer, delegate, signer, hashes, responder_id: Vec::new() };
        Ok(responder.named(ResponderName::default()))
    }

    /// Says how the responder names itself.
    #[must_use]
    pub fn named(mut self, name: ResponderName) -> Self {
        let key = |hash| write::encode(&write::octets(&key_hash(hash, self.signer.public_key())));
        let tagged = |number, value: &[u8]| {
            let tag_number = TagNumber(number);
            write::encode(&ContextSpecific { tag_number, tag_mode: TagMode::Explicit, value: write::raw(value) })
        };
        self.responder_id = match name {
            ResponderName::Name => tagged(1, self.certificate().subject().as_der()),
            ResponderName::KeySha1 => tagged(2, &key(CertIdHash::Sha1)),
            ResponderName::KeySm3 => tagged(2, &key(CertIdHash::Sm3)),
        };
        self
    }

    /// The certificate whose key signs the responses.
    #[must_use]
    pub fn certificate(&self) -> &Certificate {
        self.delegate.as_ref().unwrap_or(&self.issuer)
    }

    /// Answers a request, DER in and DER out: one answer for each certificate asked about, in their order.
    ///
    /// A certificate of another issuer is answered with [`OcspState::Unknown`]; what is no request, with the status
    /// [`OcspStatus::MalformedRequest`]. The nonce is repeated. Without a `next_update` the answer says that newer
    /// information can always be had.
    ///
    /// # Errors
    /// [`CertError::OcspResponder`] when the responder's certificate is not valid at `now`; [`CertError::Malformed`] when
    /// `next_update` lies before `now`; the signer's error, and that of the source. A service that has to say something
    /// nevertheless sends [`refusal`](Self::refusal).
    pub fn respond<S: StatusSource + ?Sized>(
        &self,
        request: &[u8],
        source: &S,
        now: Instant,
        next_update: Option<Instant>,
    ) -> Result<Vec<u8>, S::Error> {
        let Ok(request) = OcspRequest::from_der(request) else {
            return Ok(Self::refusal(OcspStatus::MalformedRequest));
        };
        if !self.certificate().validity().contains(now) {
            return Err(CertError::OcspResponder { fault: ResponderFault::Period }.into());
        }
        if next_update.is_some_and(|next| next < now) {
            return Err(CertError::Malformed { what: "nextUpdate" }.into());
        }
        let mut answers = Vec::with_capacity(request.ids().len());
        for id in request.ids() {
            let known = self.hashes.iter().any(|hashes| hashes.fit(id));
            let state = if known { source.state(&self.issuer, id.serial())? } else { OcspState::Unknown };
            answers.push(single(id, state, now, next_update));
        }
        Ok(self.sign(&answers, request.nonce_value(), now)?)
    }

    fn sign(&self, answers: &[Vec<u8>], nonce: Option<&[u8]>, now: Instant) -> Result<Vec<u8>, CertError> {
        let nonce = nonce.map(|nonce| extension(&oid::OCSP_NONCE, false, nonce));
        let part = write::encode(&ResponseData {
            responder: write::raw(&self.responder_id),
            produced_at: write::generalized(now),
            answers: write::raw_list(answers),
            extensions: nonce.as_ref().map(|nonce| write::raw_list([nonce])),
        });
        let signature = self.signer.sign_digest(&self.signer.public_key().digest(UserId::DEFAULT, &part))?;
        let signature = signature.to_der();
        let basic = write::encode(&BasicResponse {
            part: write::raw(&part),
            algorithm: write::SM2_WITH_SM3,
            signature: write::bits(&signature),
            certificates: self.delegate.as_ref().map(|own| vec![write::raw(own.as_der())]),
        });
        let bytes = ResponseBytes { kind: oid::OCSP_BASIC, response: write::octets(&basic) };
        let status = [OcspStatus::Successful.number()];
        Ok(write::encode(&Response { status: write::enumerated(&status), bytes: Some(bytes) }))
    }

    /// A response without answers; nobody signs it. The status [`OcspStatus::Successful`] is written as an internal
    /// error, for it needs answers.
    #[must_use]
    pub fn refusal(reason: OcspStatus) -> Vec<u8> {
        let reason = if reason == OcspStatus::Successful { OcspStatus::InternalError } else { reason };
        write::encode(&Response { status: write::enumerated(&[reason.number()]), bytes: None })
    }
}

impl fmt::Debug for OcspResponder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OcspResponder({:?} for {:?})", self.certificate(), self.issuer)
    }
}

/// `OCSPResponse`; RFC 6960, 4.2.1.
#[derive(Sequence)]
struct Response<'a> {
    status: AnyRef<'a>,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    bytes: Option<ResponseBytes<'a>>,
}

/// `ResponseBytes`.
#[derive(Sequence)]
struct ResponseBytes<'a> {
    kind: ObjectIdentifier,
    response: &'a OctetStringRef,
}

/// `BasicOCSPResponse`.
#[derive(Sequence)]
struct BasicResponse<'a> {
    part: AnyRef<'a>,
    algorithm: AlgorithmIdentifier,
    signature: BitStringRef<'a>,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    certificates: Option<Vec<AnyRef<'a>>>,
}

/// `ResponseData` of version 1.
#[derive(Sequence)]
struct ResponseData<'a> {
    responder: AnyRef<'a>,
    produced_at: GeneralizedTime,
    answers: Vec<AnyRef<'a>>,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    extensions: Option<Vec<AnyRef<'a>>>,
}

/// `SingleResponse`.
#[derive(Sequence)]
struct SingleResponse<'a> {
    id: AnyRef<'a>,
    status: CertStatus<'a>,
    this_update: GeneralizedTime,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    next_update: Option<GeneralizedTime>,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    extensions: Option<Vec<AnyRef<'a>>>,
}

/// `CertStatus`.
#[derive(Choice)]
enum CertStatus<'a> {
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT")]
    Good(Null),
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", constructed = "true")]
    Revoked(RevokedInfo<'a>),
    #[asn1(context_specific = "2", tag_mode = "IMPLICIT")]
    Unknown(Null),
}

/// `RevokedInfo`.
#[derive(Sequence)]
struct RevokedInfo<'a> {
    at: GeneralizedTime,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    reason: Option<AnyRef<'a>>,
}

fn single(id: &CertId, state: OcspState, now: Instant, next_update: Option<Instant>) -> Vec<u8> {
    let number;
    let mut since = None;
    let status = match state {
        OcspState::Good => CertStatus::Good(Null),
        OcspState::Revoked { at, reason, invalidity } => {
            since = invalidity;
            // "unspecified" is said by saying nothing; RFC 5280, 5.3.1.
            let reason = reason.filter(|reason| *reason != Reason::Unspecified);
            number = reason.map(|reason| [reason.number()]);
            let reason = number.as_ref().map(write::enumerated);
            CertStatus::Revoked(RevokedInfo { at: write::generalized(at), reason })
        }
        OcspState::Unknown => CertStatus::Unknown(Null),
    };
    let since = since.map(|since| extension(&oid::INVALIDITY_DATE, false, &write::encode(&write::generalized(since))));
    write::encode(&SingleResponse {
        id: write::raw(id.as_der()),
        status,
        this_update: write::generalized(now),
        next_update: next_update.map(write::generalized),
        extensions: since.as_ref().map(|since| write::raw_list([since])),
    })
}
