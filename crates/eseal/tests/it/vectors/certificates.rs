//! Certificates, requests and revocation lists.

use eseal::cert::{
    Answer, CertError, Certificate, CertificateRequest, KeyPurpose, PathValidator, Purpose, RevocationList,
    RevocationPolicy, Trust, danger,
};
use eseal::time::Instant;

use super::{Outcome, Vector};

fn code(error: CertError) -> &'static str {
    match error {
        CertError::BadSignature { fault: Some(fault) } => fault.word(),
        error => error.code(),
    }
}

impl Vector<'_> {
    pub(super) fn certificate(&self, name: &str) -> Certificate {
        Certificate::from_bytes(&self.other(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }
}

/// Reads a certificate: its common name.
pub(super) fn certificate(vector: &Vector) -> Outcome {
    let read = Certificate::from_bytes(&vector.bytes()).map_err(code)?;
    read.public_key().map_err(code)?;
    Ok(read.subject().common_name().unwrap_or_default())
}

/// Reads a certificate: what its key is for.
pub(super) fn key_usage(vector: &Vector) -> Outcome {
    let usage = vector.certificate(vector.file).key_usage().unwrap();
    Ok(usage.purposes().map(KeyPurpose::word).collect::<Vec<_>>().join(" "))
}

/// Whether the certificate of the argument signed this one.
pub(super) fn signed_by(vector: &Vector) -> Outcome {
    let issuer = vector.certificate(vector.arguments[0]);
    let key = issuer.public_key().map_err(code)?;
    vector.certificate(vector.file).check_signature_by(key).map_err(code)?;
    Ok("holds".into())
}

/// Judges for a purpose at a time; an anchor, then other certificates: `good`, or what is not.
pub(super) fn judge(vector: &Vector) -> Outcome {
    let [purpose, at, anchor, others @ ..] = vector.arguments else { panic!("purpose, time, anchor, others") };
    let purpose = match *purpose {
        "seal" => Purpose::Seal,
        "seal-maker" => Purpose::SealMaker,
        "timestamp" => Purpose::Timestamp,
        "ca" => Purpose::Ca,
        other => panic!("the purpose {other}"),
    };
    let others: Vec<Certificate> = others.iter().map(|name| vector.certificate(name)).collect();
    let judgement = PathValidator::new(&Trust::from_certificates([vector.certificate(anchor)]))
        .intermediates(&others)
        .policy(RevocationPolicy::None)
        .judge(&vector.certificate(vector.file), purpose, Instant::parse(at).unwrap());
    if judgement.is_good() {
        return Ok("good".into());
    }
    let answers = [judgement.chain, judgement.period, judgement.usage];
    Ok(answers.iter().filter_map(Answer::code).collect::<Vec<_>>().join(" "))
}

fn described(request: &CertificateRequest) -> String {
    match request.challenge() {
        Some(challenge) => format!("{}, challenge {challenge}", request.subject()),
        None => request.subject().to_string(),
    }
}

/// Reads a request, whose signature must hold: the subject.
pub(super) fn request(vector: &Vector) -> Outcome {
    Ok(described(&CertificateRequest::from_bytes(&vector.bytes()).map_err(code)?))
}

/// The same, and the empty identity is allowed.
pub(super) fn request_accepting_empty_id(vector: &Vector) -> Outcome {
    Ok(described(
        &CertificateRequest::from_bytes_with(&vector.bytes(), danger::accept_empty_id_request()).map_err(code)?,
    ))
}

fn list(vector: &Vector) -> Result<RevocationList, &'static str> {
    RevocationList::from_bytes(&vector.bytes()).map_err(code)
}

/// Whether the certificate of the argument signed this list: how many it names, and until when it counts.
pub(super) fn revocation_list(vector: &Vector) -> Outcome {
    let list = list(vector)?;
    list.check_signature_by(&vector.certificate(vector.arguments[0])).map_err(code)?;
    let until = list.next_update().map(|until| until.to_rfc3339()).unwrap_or_default();
    Ok(format!("{} entries until {until}", list.len()))
}

/// What the list says of a certificate, or of the only entry whose serial number ends so.
pub(super) fn revokes(vector: &Vector) -> Outcome {
    let (list, asked) = (list(vector)?, vector.arguments[0]);
    let entry = if asked.ends_with(".pem") {
        list.find(vector.certificate(asked).serial())
    } else {
        list.entries().find(|entry| entry.serial.to_string().ends_with(asked))
    };
    Ok(match entry {
        Some(entry) => entry.reason.map_or("no reason", |reason| reason.word()).into(),
        None => "not revoked".into(),
    })
}
