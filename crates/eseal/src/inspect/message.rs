use crate::cms::CertificateIdentifier;
use crate::cms::CmsError;
use crate::cms::MessageSigner;
use crate::cms::SignedMessage;
use crate::der::Walk;

use super::Key;
use super::MAX_LISTED;
use super::Node;
use super::Value;
use super::certificate;
use super::shape;
use super::tree::tree;

/// A message of GB/T 35275 or RFC 5652: a signed one by its parts, another by its elements.
pub(super) fn node(bytes: &[u8]) -> Option<Node> {
    match SignedMessage::from_der(bytes) {
        Ok(message) => Some(signed(&message)),
        Err(CmsError::NotSigned { oid }) => {
            let node = Node::group(Key::Message).with(Key::ContentType, Value::oid(&oid)).with(Key::Size, bytes.len());
            tree(Key::Der, bytes).map(|tree| node.and(tree))
        }
        Err(error) => Some(shape::unreadable(Key::SignedMessage, error.code(), bytes)),
    }
}

/// `TimeStampResp`, RFC 3161, 2.4.2: a status, and a message by its first identifier.
pub(super) fn is_timestamp_response(bytes: &[u8]) -> bool {
    timestamp_parts(bytes).is_some()
}

fn timestamp_parts(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut parts = Walk::only(bytes, 0x30)?.inside();
    let (status, token) = (parts.expect(0x30)?, parts.expect(0x30)?);
    let status = status.inside().expect(0x02)?.content;
    token.inside().expect(0x06)?;
    parts.is_empty().then_some((status, token.whole))
}

pub(super) fn timestamp_response(bytes: &[u8]) -> Node {
    let node = Node::group(Key::TimestampResponse).with(Key::Size, bytes.len());
    match timestamp_parts(bytes) {
        Some((status, token)) => {
            let mut node = node.with(Key::Status, status);
            node.children.extend(self::node(token));
            node
        }
        None => node,
    }
}

fn signed(message: &SignedMessage) -> Node {
    let dialect = message.dialect();
    let certificates = message.certificates().iter().map(|found| certificate::certificate(Key::Certificate, found));
    let unread = Some(message.unread_certificates()).filter(|count| *count > 0);
    let mut node = Node::group(Key::SignedMessage)
        .with(Key::Dialect, Value::word(dialect.word(), |lang| dialect.label(lang)))
        .with(Key::ContentType, Value::oid(&message.content_type()))
        .maybe(Key::Content, message.content())
        .with(Key::Size, message.as_der().len());
    for found in message.signers() {
        node.push(signer(found));
    }
    node.list(Key::Certificates, MAX_LISTED, certificates).maybe(Key::UnreadCertificates, unread).list(
        Key::RevocationLists,
        MAX_LISTED,
        message.revocation_lists().map(certificate::revocation_list),
    )
}

fn signer(signer: &MessageSigner) -> Node {
    let node = Node::group(Key::MessageSigner);
    let node = match signer.identifier() {
        CertificateIdentifier::IssuerAndSerial { issuer, serial } => {
            node.with(Key::Issuer, issuer.to_string()).with(Key::SerialNumber, serial.as_slice())
        }
        CertificateIdentifier::KeyId(id) => node.with(Key::KeyId, id.as_slice()),
    };
    let list = |oids: Vec<String>| oids.into_iter().map(|oid| Node::new(Key::Attribute, Value::oid(&oid)));
    node.with(Key::DigestAlgorithm, Value::oid(&signer.digest_algorithm()))
        .with(Key::SignatureAlgorithm, Value::oid(&signer.signature_algorithm()))
        .maybe(Key::SigningTime, signer.signing_time())
        .list(Key::SignedAttributes, MAX_LISTED, list(signer.signed_attributes()))
        .with(Key::SignatureValue, signer.signature())
        .list(Key::UnsignedAttributes, MAX_LISTED, list(signer.unsigned_attributes()))
        .maybe(Key::Timestamp, signer.timestamp())
}
