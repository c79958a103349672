use crate::cert::CertError;
use crate::cert::Certificate;
use crate::cert::CertificateRequest;
use crate::cert::CertificateResponse;
use crate::cert::ExtensionInfo;
use crate::cert::RevocationList;
use crate::cert::Revoked;
use crate::der::Walk;
use crate::key::EnvelopedKey;

use super::Key;
use super::MAX_LISTED;
use super::Node;
use super::Value;
use super::shape;

pub(super) fn certificate(key: Key, certificate: &Certificate) -> Node {
    let node = Node::group(key)
        .with(Key::Subject, certificate.subject().to_string())
        .with(Key::Issuer, certificate.issuer().to_string())
        .with(Key::SerialNumber, certificate.serial().as_bytes())
        .with(Key::Version, u32::from(certificate.version()))
        .with(Key::NotBefore, certificate.validity().from())
        .with(Key::NotAfter, certificate.validity().to());
    let node = match certificate.public_key() {
        Ok(key) => node.with(Key::PublicKey, &key.to_sec1()[..]),
        Err(CertError::KeyAlgorithm { oid }) => node.with(Key::KeyAlgorithm, Value::oid(&oid)),
        Err(error) => node.with(Key::Unreadable, error.code()),
    };
    let usages = certificate.key_usage().into_iter().flat_map(|usage| usage.purposes().collect::<Vec<_>>());
    let usages = usages.map(|purpose| Node::new(Key::Kind, Value::word(purpose.word(), |lang| purpose.label(lang))));
    let extended = certificate.extended_key_usage().unwrap_or_default();
    let extended = extended.iter().map(|oid| Node::new(Key::Kind, Value::oid(oid)));
    node.list(Key::KeyUsage, MAX_LISTED, usages)
        .list(Key::ExtendedKeyUsage, MAX_LISTED, extended)
        .with(Key::Ca, certificate.is_ca())
        .maybe(Key::PathLength, certificate.path_len())
        .maybe(Key::SubjectKeyId, certificate.subject_key_id())
        .maybe(Key::AuthorityKeyId, certificate.authority_key_id())
        .list(Key::Extensions, MAX_LISTED, certificate.extensions().map(|info| extension(&info)))
        .with(Key::SignatureAlgorithm, Value::oid(&certificate.signature_algorithm()))
        .with(Key::SignatureValue, certificate.signature())
        .with(Key::Sm3, &certificate.sm3().as_bytes()[..])
        .with(Key::Size, certificate.as_der().len())
}

/// What is signed in the way of X.509: a certificate, a request or a revocation list.
pub(super) fn signed(bytes: &[u8]) -> Option<Node> {
    let mut tbs = Walk::only(bytes, 0x30)?.inside().next()?.inside();
    let first: Vec<_> = std::iter::from_fn(|| tbs.next()).map(|part| part.tag).take(4).collect();
    match first.as_slice() {
        // INTEGER 0, Name, SubjectPublicKeyInfo, [0] attributes.
        [0x02, 0x30, 0x30] | [0x02, 0x30, 0x30, 0xa0] => Some(request(bytes)),
        // INTEGER 1 or nothing, AlgorithmIdentifier, Name, time.
        [0x02, 0x30, 0x30, 0x17 | 0x18] | [0x30, 0x30, 0x17 | 0x18, ..] => Some(revocation_list(bytes)),
        // [0] version, serial number; or serial number, AlgorithmIdentifier, Name, validity.
        [0xa0, 0x02, ..] | [0x02, 0x30, 0x30, 0x30] => Some(shape::certificate_or_tree(Key::Certificate, bytes)),
        _ => None,
    }
}

fn request(bytes: &[u8]) -> Node {
    match CertificateRequest::from_bytes(bytes) {
        Ok(request) => requested(&request),
        Err(error) => shape::unreadable(Key::Request, error.code(), bytes),
    }
}

pub(super) fn requested(request: &CertificateRequest) -> Node {
    let attributes =
        request.attributes().map(|(oid, value)| Node::new(Key::Attribute, Value::oid(&oid)).with(Key::Value, value));
    let mut node = Node::group(Key::Request)
        .with(Key::Subject, request.subject().to_string())
        .with(Key::PublicKey, &request.public_key().to_sec1()[..]);
    if let Some(activation) = request.activation() {
        node.push(Node::new(Key::Application, activation.reference().to_owned()));
    }
    node.list(Key::Attributes, MAX_LISTED, attributes)
        .list(Key::Extensions, MAX_LISTED, request.requested_extensions().iter().map(extension))
        .with(Key::Size, request.as_der().len())
}

pub(super) fn revocation_list(bytes: &[u8]) -> Node {
    let list = match RevocationList::from_bytes(bytes) {
        Ok(list) => list,
        Err(error) => return shape::unreadable(Key::RevocationList, error.code(), bytes),
    };
    let number =
        list.number().map(|number| i128::try_from(number).map_or_else(|_| number.to_string().into(), Value::Number));
    Node::group(Key::RevocationList)
        .with(Key::Issuer, list.issuer().to_string())
        .with(Key::ThisUpdate, list.this_update())
        .maybe(Key::NextUpdate, list.next_update())
        .maybe(Key::ListNumber, number)
        .maybe(Key::AuthorityKeyId, list.authority_key_id())
        .list(Key::Extensions, MAX_LISTED, list.extensions().map(|info| extension(&info)))
        .list(Key::Revoked, MAX_LISTED, list.entries().map(|entry| revoked(&entry)))
        .with(Key::SignatureAlgorithm, Value::oid(&list.signature_algorithm()))
        .with(Key::Sm3, &list.sm3().as_bytes()[..])
        .with(Key::Size, bytes.len())
}

fn revoked(entry: &Revoked) -> Node {
    let reason = entry.reason.map(|reason| Value::word(reason.word(), |lang| reason.label(lang)));
    Node::new(Key::Entry, entry.serial.as_bytes())
        .with(Key::RevokedAt, entry.at)
        .maybe(Key::Reason, reason)
        .maybe(Key::InvalidityDate, entry.invalidity_date)
}

/// The answer to a request: certificates, perhaps with an enveloped key.
pub(super) fn response(bytes: &[u8]) -> Option<Node> {
    let response = CertificateResponse::from_bytes(bytes).ok()?;
    let mut node = Node::group(Key::CertificateResponse);
    for found in response.signing().iter().chain(response.encryption()) {
        node.push(certificate(Key::Certificate, found));
    }
    Some(node.maybe(Key::Envelope, response.envelope().map(EnvelopedKey::as_der)).with(Key::Size, bytes.len()))
}

fn extension(info: &ExtensionInfo<'_>) -> Node {
    Node::new(Key::Extension, Value::Oid { dotted: info.oid(), name: info.name() })
        .with(Key::Critical, info.critical)
        .with(Key::Value, info.value)
}
