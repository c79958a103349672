use const_oid::ObjectIdentifier;

use crate::cms::CertificateIdentifier;
use crate::cms::CmsDeviation;
use crate::cms::Dialect;
use crate::cms::EncryptedMessage;
use crate::cms::EnvelopedMessage;
use crate::cms::MessageKind;
use crate::cms::MessageSigner;
use crate::cms::Recipient;
use crate::cms::RekeyRequest;
use crate::cms::SignedAndEnvelopedMessage;
use crate::cms::SignedMessage;
use crate::der::Walk;

use super::Key;
use super::MAX_LISTED;
use super::Node;
use super::Value;
use super::auth;
use super::certificate;
use super::shape;
use super::tree::tree;

/// A message of GB/T 35275 or RFC 5652 by its parts; one of a kind that is not read, by its elements.
pub(super) fn node(bytes: &[u8]) -> Option<Node> {
    let (key, read) = match MessageKind::of(bytes) {
        Some((_, MessageKind::Signed)) => {
            (Key::SignedMessage, SignedMessage::from_der(bytes).map(|message| signed(&message)))
        }
        Some((_, MessageKind::Enveloped)) => {
            (Key::Message, EnvelopedMessage::from_der(bytes).map(|message| enveloped(&message)))
        }
        Some((Dialect::Gbt35275, MessageKind::SignedAndEnveloped)) => {
            (Key::Message, SignedAndEnvelopedMessage::from_der(bytes).map(|message| signed_and_enveloped(&message)))
        }
        Some((_, MessageKind::Encrypted)) => {
            (Key::Message, EncryptedMessage::from_der(bytes).map(|message| encrypted(&message)))
        }
        other => return elements(other, bytes),
    };
    Some(read.unwrap_or_else(|error| shape::unreadable(key, error.code(), bytes)))
}

fn elements(kind: Option<(Dialect, MessageKind)>, bytes: &[u8]) -> Option<Node> {
    let mut outer = Walk::only(bytes, 0x30)?.inside();
    let identifier = ObjectIdentifier::from_bytes(outer.expect(0x06)?.content).ok()?;
    let node = Node::group(Key::Message)
        .maybe(Key::Kind, kind.map(|(_, kind)| Value::word(kind.word(), |lang| kind.label(lang))))
        .with(Key::ContentType, Value::oid(&identifier.to_string()))
        .with(Key::Size, bytes.len());
    tree(Key::Der, bytes).map(|tree| node.and(tree))
}

fn message(kind: MessageKind, dialect: Dialect, content_type: &str) -> Node {
    Node::group(Key::Message)
        .with(Key::Kind, Value::word(kind.word(), |lang| kind.label(lang)))
        .with(Key::Dialect, Value::word(dialect.word(), |lang| dialect.label(lang)))
        .with(Key::ContentType, Value::oid(content_type))
}

fn enveloped(found: &EnvelopedMessage) -> Node {
    let others = Some(found.other_recipients()).filter(|count| *count > 0);
    message(MessageKind::Enveloped, found.dialect(), &found.content_type())
        .with(Key::Cipher, Value::oid(&found.cipher()))
        .with(Key::EncryptedSize, found.encrypted_bytes())
        .with(Key::Size, found.as_der().len())
        .list(Key::Recipients, MAX_LISTED, found.recipients().iter().map(recipient))
        .maybe(Key::OtherRecipients, others)
        .list(Key::Deviations, MAX_LISTED, found.deviations().iter().map(deviation))
}

fn signed_and_enveloped(found: &SignedAndEnvelopedMessage) -> Node {
    let certificates = found.certificates().iter().map(|one| certificate::certificate(Key::Certificate, one));
    let mut node = message(MessageKind::SignedAndEnveloped, Dialect::Gbt35275, &found.content_type())
        .with(Key::Cipher, Value::oid(&found.cipher()))
        .with(Key::EncryptedSize, found.encrypted_bytes())
        .with(Key::Size, found.as_der().len())
        .list(Key::Recipients, MAX_LISTED, found.recipients().iter().map(recipient));
    found.signers().iter().for_each(|one| node.push(signer(one)));
    node.list(Key::Certificates, MAX_LISTED, certificates).list(
        Key::Deviations,
        MAX_LISTED,
        found.deviations().iter().map(deviation),
    )
}

fn encrypted(found: &EncryptedMessage) -> Node {
    message(MessageKind::Encrypted, found.dialect(), &found.content_type())
        .with(Key::Cipher, Value::oid(&found.cipher()))
        .with(Key::EncryptedSize, found.encrypted_bytes())
        .with(Key::Size, found.as_der().len())
        .list(Key::Deviations, MAX_LISTED, found.deviations().iter().map(deviation))
}

fn recipient(recipient: &Recipient) -> Node {
    named(Node::group(Key::Recipient), recipient.identifier())
        .with(Key::Algorithm, Value::oid(&recipient.algorithm()))
        .with(Key::EncryptedKey, recipient.encrypted_key())
}

fn deviation(deviation: &CmsDeviation) -> Node {
    Node::new(Key::Deviation, Value::word(deviation.code(), |lang| deviation.label(lang)))
}

/// How a message names a certificate.
fn named(node: Node, identifier: &CertificateIdentifier) -> Node {
    match identifier {
        CertificateIdentifier::IssuerAndSerial { issuer, serial } => {
            node.with(Key::Issuer, issuer.to_string()).with(Key::SerialNumber, serial.as_slice())
        }
        CertificateIdentifier::KeyId(id) => node.with(Key::KeyId, id.as_slice()),
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
        .and_maybe(auth::proof(message.as_der()))
        .with(Key::Size, message.as_der().len());
    // What a machine acts on is signed with a hint, and is ASN.1: a grant, a receipt, an approval.
    let hinted = message.signers().iter().any(|signer| signer.content_hint().is_some());
    if let Some(said) = message.content().filter(|_| hinted).and_then(|content| tree(Key::Der, content)) {
        node.push(said);
    }
    for found in message.signers() {
        node.push(signer(found));
    }
    // What the old key signed for a new one; a message of that kind which does not hold shows its parts alone.
    if let Ok(rekey) = RekeyRequest::from_bytes(message.as_der()) {
        node.push(certificate::requested(rekey.request()));
    }
    node.list(Key::Certificates, MAX_LISTED, certificates)
        .maybe(Key::UnreadCertificates, unread)
        .list(Key::RevocationLists, MAX_LISTED, message.revocation_lists().map(certificate::revocation_list))
        .list(Key::Deviations, MAX_LISTED, message.deviations().iter().map(deviation))
}

fn signer(signer: &MessageSigner) -> Node {
    let node = named(Node::group(Key::MessageSigner), signer.identifier());
    let list = |oids: Vec<String>| oids.into_iter().map(|oid| Node::new(Key::Attribute, Value::oid(&oid)));
    node.with(Key::DigestAlgorithm, Value::oid(&signer.digest_algorithm()))
        .with(Key::SignatureAlgorithm, Value::oid(&signer.signature_algorithm()))
        .maybe(Key::SigningTime, signer.signing_time())
        .maybe(Key::ContentHint, signer.content_hint())
        .list(Key::SignedAttributes, MAX_LISTED, list(signer.signed_attributes()))
        .with(Key::SignatureValue, signer.signature())
        .list(Key::UnsignedAttributes, MAX_LISTED, list(signer.unsigned_attributes()))
        .maybe(Key::Timestamp, signer.timestamp())
}
