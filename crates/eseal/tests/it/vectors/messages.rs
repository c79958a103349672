//! Signed messages, OCSP and time stamps.

use eseal::cert::ocsp::{OcspRequest, OcspResponse, OcspState};
use eseal::cert::{PathValidator, RevocationPolicy, Trust};
use eseal::cms::{CmsOutcome, Content, SignatureForm, SignedMessage};
use eseal::time::Instant;
use eseal::timestamp::{ImprintHash, TimestampRequest, TimestampResponse};

use super::{Outcome, Vector};

fn signed(bytes: &[u8], detached: Option<&[u8]>) -> Outcome {
    let message = SignedMessage::from_bytes(bytes).map_err(|error| error.code())?;
    let pieces = detached.map(|content| [content]);
    let content = pieces.as_ref().map_or(Content::Attached, |pieces| Content::Detached(pieces));
    let checks = message.verify(content, &[]);
    let [check] = &checks[..] else {
        return Ok(format!("{} certificates, {} signers", message.certificates().len(), checks.len()));
    };
    match &check.outcome {
        CmsOutcome::Valid => {
            let raw = if check.form == Some(SignatureForm::Raw) { ", raw" } else { "" };
            Ok(format!("{} {}{raw}", message.dialect().word(), check.variant.word()))
        }
        other => Err(other.code().expect("only what holds has no code")),
    }
}

/// Verifies a message whose content is inside: the standard it follows, and how content and signature hang together.
pub(super) fn signed_attached(vector: &Vector) -> Outcome {
    signed(&vector.bytes(), None)
}

/// The same over the content of a file.
pub(super) fn signed_detached(vector: &Vector) -> Outcome {
    signed(&vector.bytes(), Some(&vector.other(vector.arguments[0])))
}

/// The same over the words of the table.
pub(super) fn signed_over(vector: &Vector) -> Outcome {
    signed(&vector.bytes(), Some(vector.arguments.join(" ").as_bytes()))
}

/// The content of a signed message, as text.
pub(super) fn content(vector: &Vector) -> Outcome {
    let message = SignedMessage::from_bytes(&vector.bytes()).map_err(|error| error.code())?;
    Ok(String::from_utf8_lossy(message.content().unwrap_or_default()).into_owned())
}

/// Whether the file is what the message of the argument signed.
pub(super) fn content_of(vector: &Vector) -> Outcome {
    signed(&vector.other(vector.arguments[0]), Some(&vector.bytes()))
}

/// Reads a request: hash and serial number of each certificate asked about.
pub(super) fn ocsp_request(vector: &Vector) -> Outcome {
    let request = OcspRequest::from_der(&vector.bytes()).map_err(|error| error.code())?;
    let ids = request.ids().iter().map(|id| format!("{} {}", id.hash().map_or("?", |hash| hash.word()), id.serial()));
    Ok(ids.collect::<Vec<_>>().join(", "))
}

/// Judges a response by the issuer: the responder, and how each certificate of the arguments stands.
pub(super) fn ocsp_response(vector: &Vector) -> Outcome {
    let [issuer, asked @ ..] = vector.arguments else { panic!("the issuer, then certificates") };
    let response = OcspResponse::from_der(&vector.bytes()).map_err(|error| error.code())?;
    let issuer = vector.certificate(issuer);
    let responder = response.check_signature_by(&issuer).map_err(|error| error.code())?;
    let mut answers = vec![responder.subject().common_name().unwrap_or_default()];
    for name in asked {
        let answer = response.answer_for(&issuer, vector.certificate(name).serial()).ok_or("no answer")?;
        answers.push(match answer.state {
            OcspState::Revoked { reason: Some(reason), .. } => format!("revoked {}", reason.word()),
            state => state.word().into(),
        });
    }
    assert_eq!(response.answers().len(), asked.len());
    Ok(answers.join(", "))
}

/// Reads a request, which is about the words of the arguments.
pub(super) fn timestamp_request(vector: &Vector) -> Outcome {
    let request = TimestampRequest::from_der(&vector.bytes()).map_err(|error| error.code())?;
    let asked = ImprintHash::Sm3.imprint(vector.arguments.join(" ").as_bytes());
    Ok(if *request.imprint() == asked { "SM3" } else { "another imprint" }.into())
}

/// Judges a time stamp over a message by an anchor and a certificate beneath it: the time it proves.
pub(super) fn timestamp_response(vector: &Vector) -> Outcome {
    let [anchor, between, message @ ..] = vector.arguments else { panic!("an anchor, a certificate, the message") };
    let response = TimestampResponse::from_der(&vector.bytes()).map_err(|error| error.code())?;
    let token = response.token().ok_or("no token")?;
    let validator = PathValidator::new(&Trust::from_certificates([vector.certificate(anchor)]))
        .intermediates(&[vector.certificate(between)])
        .policy(RevocationPolicy::None);
    let imprint = ImprintHash::Sm3.imprint(message.join(" ").as_bytes());
    let judgement = token.judge(&imprint, &validator, &[], Instant::parse("2027-06-01T00:00:00Z").unwrap());
    match judgement.fault {
        Some(fault) => Err(fault.code()),
        None if judgement.is_good() => Ok(token.at().to_rfc3339()),
        None => Ok(format!("{:?}", judgement.path)),
    }
}
