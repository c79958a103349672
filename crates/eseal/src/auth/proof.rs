use std::fmt;

use ::der::Sequence;
use ::der::asn1::GeneralizedTime;
use ::der::asn1::OctetString;

use crate::cert::Answer;
use crate::cert::Certificate;
use crate::cert::Name;
use crate::cert::PathJudgement;
use crate::cert::PathValidator;
use crate::cert::Purpose;
use crate::cms::CmsOutcome;
use crate::cms::Content;
use crate::cms::MessageDraft;
use crate::cms::SignedMessage;
use crate::der;
use crate::key::Signer;
use crate::oid;
use crate::sm::Sm3Digest;
use crate::time::Instant;

use super::Audience;
use super::AuthError;
use super::Challenge;
use super::SKEW;
use super::asn1::VERSION;
use super::asn1::generalized;
use super::asn1::instant;

/// The word that the structure begins with.
const KIND: &str = "eseal auth proof";

/// `AuthProof` of our own: no standard has one.
#[derive(Sequence)]
pub(super) struct Body {
    pub(super) kind: String,
    pub(super) version: u32,
    /// SM3 of the challenge.
    pub(super) challenge: OctetString,
    pub(super) audience: String,
    /// SM3 of the signer's certificate: another certificate of the same key cannot be put in its place.
    pub(super) certificate: OctetString,
    pub(super) at: GeneralizedTime,
}

/// Answers a challenge (应答挑战) with a certificate and its key.
///
/// `audience` is whom the caller believes to talk to: the address that was dialled, never what the challenge says. That is
/// what keeps a service in between from passing on the challenge of another.
///
/// # Errors
/// [`AuthError::AudienceDiffers`], [`AuthError::Expired`], [`AuthError::Clock`]: then nothing was signed. [`AuthError::Cms`]
/// when the certificate is not for signing, is not in its period, or the key is not its own.
pub fn respond(
    challenge: &Challenge,
    audience: &Audience,
    certificate: &Certificate,
    signer: &dyn Signer,
    now: Instant,
) -> Result<Proof, AuthError> {
    respond_with_chain(challenge, audience, certificate, &[], signer, now)
}

/// Answers as [`respond`] does, and sends certificates along that stand between the signer's and an anchor.
///
/// # Errors
/// As [`respond`].
pub fn respond_with_chain(
    challenge: &Challenge,
    audience: &Audience,
    certificate: &Certificate,
    chain: &[Certificate],
    signer: &dyn Signer,
    now: Instant,
) -> Result<Proof, AuthError> {
    challenge.check(audience, now)?;
    let draft = MessageDraft::new(certificate)?;
    draft.require_valid(now)?;
    let digest = |digest: Sm3Digest| OctetString::new(*digest.as_bytes()).expect("32 bytes");
    let body = Body {
        kind: KIND.into(),
        version: VERSION,
        challenge: digest(challenge.digest()),
        audience: audience.as_str().into(),
        certificate: digest(certificate.sm3()),
        at: generalized(now),
    };
    let body = der::encode(&body).expect("a short structure encodes");
    let message = draft.chain(chain).content_type(oid::AUTH_PROOF).attached(&body)?.sign(signer)?;
    Proof::from_bytes(message.as_der())
}

/// The answer to a challenge (认证应答): a signed message of GB/T 35275. Read, not yet verified.
#[derive(Clone)]
pub struct Proof {
    message: SignedMessage,
    challenge: [u8; 32],
    audience: Audience,
    certificate: [u8; 32],
    at: Instant,
}

impl Proof {
    /// The largest proof that is read, in bytes: 64 KiB, room for a long chain of certificates.
    pub const MAX_BYTES: usize = 64 << 10;

    /// Reads DER or PEM.
    ///
    /// # Errors
    /// [`AuthError::NotAProof`] for a signed message of another kind, [`AuthError::Malformed`],
    /// [`AuthError::UnsupportedVersion`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, AuthError> {
        let malformed = || AuthError::Malformed { what: "proof" };
        if bytes.len() > Self::MAX_BYTES {
            return Err(malformed());
        }
        let message = SignedMessage::from_bytes(bytes).map_err(|_| malformed())?;
        if message.content_type() != oid::AUTH_PROOF.to_string() {
            return Err(AuthError::NotAProof);
        }
        // Only signed attributes bind the type of the content: a signature over the content itself may have been given
        // for a file that somebody wrote for the purpose.
        match message.signers() {
            [signer] if signer.has_signed_attributes() => {}
            [_] => return Err(AuthError::NotAProof),
            _ => return Err(malformed()),
        }
        let body: Body = der::decode(message.content().ok_or_else(malformed)?).map_err(|_| malformed())?;
        if body.kind != KIND {
            return Err(AuthError::NotAProof);
        }
        if body.version != VERSION {
            return Err(AuthError::UnsupportedVersion { version: body.version });
        }
        let digest = |octets: &OctetString| <[u8; 32]>::try_from(octets.as_bytes()).map_err(|_| malformed());
        Ok(Self {
            challenge: digest(&body.challenge)?,
            audience: Audience::new(body.audience).map_err(|_| malformed())?,
            certificate: digest(&body.certificate)?,
            at: instant(body.at),
            message,
        })
    }

    /// The proof, DER.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        self.message.as_der()
    }

    /// SM3 of the challenge that it says it answers.
    #[must_use]
    pub const fn challenge(&self) -> &[u8; 32] {
        &self.challenge
    }

    /// Whom it says it is for.
    #[must_use]
    pub const fn audience(&self) -> &Audience {
        &self.audience
    }

    /// When it says it was made, by the clock of the holder.
    #[must_use]
    pub const fn at(&self) -> Instant {
        self.at
    }

    /// The certificates that came with it, in the order found; not judged.
    #[must_use]
    pub fn certificates(&self) -> &[Certificate] {
        self.message.certificates()
    }

    /// Verifies the proof as of `now` for the challenge that it has to answer. Whether the challenge is answered for the
    /// first time is for the caller to know.
    ///
    /// # Errors
    /// [`AuthError::AudienceDiffers`], [`AuthError::Expired`], [`AuthError::ChallengeDiffers`], [`AuthError::Clock`],
    /// [`AuthError::Signature`], [`AuthError::CertificateDiffers`]; [`AuthError::NotTrusted`] when a question about the
    /// certificate failed or stayed open.
    pub fn check(
        &self,
        challenge: &Challenge,
        expectation: &Expectation<'_>,
        now: Instant,
    ) -> Result<Login, AuthError> {
        challenge.check(expectation.audience, now)?;
        if self.challenge != *challenge.digest().as_bytes() {
            return Err(AuthError::ChallengeDiffers);
        }
        if self.audience != *expectation.audience {
            let (expected, found) = (expectation.audience.to_string(), self.audience.to_string());
            return Err(AuthError::AudienceDiffers { expected, found });
        }
        let from = challenge.period().from().plus_seconds(-SKEW);
        if self.at < from || self.at > now.plus_seconds(SKEW) {
            return Err(AuthError::Clock { claimed: self.at, now });
        }
        let certificate = self.signer()?;
        let judgement =
            expectation.validator.judge_with(&certificate, self.message.certificates(), Purpose::Login, now);
        // What failed is graver than what stayed open, whatever the order of the questions.
        let worst = |wanted: fn(&Answer) -> bool| {
            judgement
                .answers()
                .into_iter()
                .find(|(_, answer)| wanted(answer))
                .map(|(question, answer)| (question, answer.clone()))
        };
        let refused = worst(|answer| matches!(answer, Answer::Fail(_)))
            .or_else(|| worst(|answer| matches!(answer, Answer::Unknown(_))));
        match refused {
            Some((question, Answer::Fail(ground) | Answer::Unknown(ground))) => {
                Err(AuthError::NotTrusted { question, ground, judgement: Box::new(judgement) })
            }
            _ => Ok(Login { certificate, at: self.at, judgement }),
        }
    }

    /// The certificate whose key signed, if the signature holds and the proof names that certificate.
    fn signer(&self) -> Result<Certificate, AuthError> {
        let checks = self.message.verify(Content::Attached, &[]);
        let check = checks.into_iter().next().ok_or(AuthError::Malformed { what: "proof" })?;
        let signer = match (check.outcome, check.signer) {
            (CmsOutcome::Valid, Some(signer)) => signer,
            (outcome, _) => {
                let code = outcome.code().unwrap_or(CmsOutcome::NoCertificate.code().unwrap_or_default());
                return Err(AuthError::Signature { code });
            }
        };
        if *signer.sm3().as_bytes() != self.certificate {
            return Err(AuthError::CertificateDiffers { subject: signer.subject().to_string() });
        }
        Ok(signer)
    }
}

impl fmt::Debug for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Proof({}, {})", self.audience, self.at)
    }
}

/// What a service expects of a proof.
#[derive(Clone, Copy, Debug)]
pub struct Expectation<'a> {
    /// Its own address, as its visitors know it.
    pub audience: &'a Audience,
    /// Which certificates it accepts: anchors, revocation, and what a lack of it means.
    pub validator: &'a PathValidator,
}

/// Who logged in (登录结果).
#[derive(Clone, Debug)]
pub struct Login {
    /// The certificate, judged for logging in.
    pub certificate: Certificate,
    /// When the proof was made, by the clock of the holder.
    pub at: Instant,
    /// Every question about the certificate with its answer: none failed or stayed open, some may have a note.
    pub judgement: PathJudgement,
}

impl Login {
    /// The name in the certificate.
    #[must_use]
    pub fn subject(&self) -> &Name {
        self.certificate.subject()
    }
}

/// Verifies the answer to a challenge (验证应答) as of `now`.
///
/// ```
/// use eseal::auth::{Audience, Challenge, Expectation, respond, verify};
/// use eseal::cert::{PathValidator, RevocationPolicy};
/// # use eseal::lab::{LabSettings, Office, Who};
/// # let now = eseal::time::Instant::utc(2026, 11, 24, 0, 0, 0)?;
/// # let office = Office::new(LabSettings::memory(now))?;
/// # let holder = office.holder(Who::Person);
/// # let (certificate, signer) = (&holder.certificate, holder.signer());
/// # let trust = office.trust();
/// # let intermediates = office.intermediates();
/// // The service asks,
/// let audience = Audience::new("https://service.example")?;
/// let challenge = Challenge::new(&audience, now, Challenge::USUAL)?;
///
/// // the holder's program answers, with the address that it dialled,
/// let proof = respond(&challenge, &Audience::new("https://service.example")?, certificate, signer, now)?;
///
/// // the service verifies.
/// let validator = PathValidator::new(&trust).intermediates(&intermediates).policy(RevocationPolicy::IfAvailable);
/// let expectation = Expectation { audience: &audience, validator: &validator };
/// let login = verify(&challenge, proof.as_der(), &expectation, now)?;
/// assert_eq!(login.subject(), certificate.subject());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// As [`Proof::from_bytes`] and [`Proof::check`].
pub fn verify(
    challenge: &Challenge,
    proof: &[u8],
    expectation: &Expectation<'_>,
    now: Instant,
) -> Result<Login, AuthError> {
    Proof::from_bytes(proof)?.check(challenge, expectation, now)
}
