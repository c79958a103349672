use crate::Lang;
use crate::seal::ClaimedTime;
use crate::seal::Deviation;
use crate::seal::Extension;
use crate::seal::Seal;
use crate::seal::SealKind;
use crate::seal::SealSignature;
use crate::seal::SealVersion;
use crate::seal::SignatureForm;
use crate::seal::SignerEntry;
use crate::sm::Signature;

use super::Key;
use super::Node;
use super::Value;
use super::picture;
use super::shape;

pub(super) fn seal(bytes: &[u8]) -> Node {
    match Seal::from_bytes(bytes) {
        Ok(seal) => parts(&seal),
        Err(error) => shape::unreadable(Key::Seal, error.code(), bytes),
    }
}

pub(super) fn seal_signature(bytes: &[u8]) -> Node {
    let signature = match SealSignature::from_bytes(bytes) {
        Ok(signature) => signature,
        Err(error) => return shape::unreadable(Key::SealSignature, error.code(), bytes),
    };
    let time = match signature.claimed_time() {
        ClaimedTime::Utc(at) => Value::Time(*at),
        ClaimedTime::Text { text, .. } => Value::Text(text.clone()),
        ClaimedTime::Token(token) => Value::bytes(token),
    };
    let node = Node::group(Key::SealSignature)
        .with(Key::Standard, signature.version().standard())
        .with(Key::Version, signature.stated_version())
        .with(Key::ClaimedTime, time)
        .with(Key::DataHash, signature.data_hash())
        .with(Key::PropertyInfo, signature.property_info())
        .with(Key::Algorithm, Value::oid(&signature.algorithm()));
    signed(node, signature.signature_value(), signature.timestamp())
        .with(Key::Size, bytes.len())
        .list(Key::Extensions, super::MAX_LISTED, signature.extensions().iter().map(extension))
        .list(Key::Deviations, super::MAX_LISTED, signature.deviations().iter().map(deviation))
        .and(shape::certificate_or_tree(Key::Signer, signature.signer_der()))
        .and(parts(signature.seal()))
}

/// An SM2 signature with nothing around it.
pub(super) fn bare_signature(bytes: &[u8]) -> Option<Node> {
    let signature = Signature::from_der(bytes).ok()?;
    let raw = signature.to_raw();
    Some(signed(Node::group(Key::Signature), bytes, None).with(Key::Value, &raw[..]))
}

fn parts(seal: &Seal) -> Node {
    let kind = seal.kind();
    let hint =
        kind_word(seal).map(|word| Value::word(word, |lang| kind.hint(seal.version(), lang).unwrap_or_default()));
    let node = Node::group(Key::Seal)
        .with(Key::Standard, seal.version().standard())
        .with(Key::HeaderId, seal.header_id())
        .with(Key::HeaderVersion, seal.header_version())
        .with(Key::Vendor, seal.vendor())
        .with(Key::Id, seal.id())
        .with(Key::Name, seal.name())
        .with(Key::Kind, kind.number())
        .maybe(Key::KindHint, hint)
        .with(Key::Created, seal.created())
        .with(Key::NotBefore, seal.validity().from())
        .with(Key::NotAfter, seal.validity().to())
        .with(Key::Algorithm, Value::oid(&seal.algorithm()));
    signed(node, seal.signature_value(), seal.timestamp())
        .with(Key::Size, seal.as_der().len())
        .with(Key::Sm3, &seal.sm3().as_bytes()[..])
        .list(Key::Extensions, super::MAX_LISTED, seal.extensions().iter().map(extension))
        .list(Key::Deviations, super::MAX_LISTED, seal.deviations().iter().map(deviation))
        .and(picture::in_seal(seal.picture()))
        .list(Key::Signers, super::MAX_LISTED, seal.signers().entries().iter().map(signer))
        .and(shape::certificate_or_tree(Key::Maker, seal.maker_der()))
}

/// The word of what the number of a seal's kind probably means; V1 has numbers of its own.
fn kind_word(seal: &Seal) -> Option<&'static str> {
    let kind = seal.kind();
    kind.hint(seal.version(), Lang::En)?;
    match (seal.version(), kind.number()) {
        (SealVersion::V1, 1) => Some("organization"),
        (SealVersion::V1, 2) => Some("person"),
        _ => SealKind::words().find(|word| SealKind::parse(word) == Some(kind)),
    }
}

fn signed(node: Node, value: &[u8], timestamp: Option<&[u8]>) -> Node {
    let form = Signature::from_der_or_raw(value).ok().map(|(_, form)| match form {
        SignatureForm::Der => Value::word("der", |_| "DER"),
        SignatureForm::Raw => Value::word("raw", |_| "r ‖ s"),
    });
    node.with(Key::SignatureValue, value).maybe(Key::SignatureForm, form).maybe(Key::Timestamp, timestamp)
}

fn signer(entry: &SignerEntry) -> Node {
    match entry {
        SignerEntry::Certificate(der) => shape::certificate_or_tree(Key::Certificate, der),
        SignerEntry::Digest { kind, value } => {
            Node::new(Key::SignerDigest, value.as_slice()).with(Key::Kind, kind.as_str())
        }
        SignerEntry::Other(bytes) => Node::new(Key::SignerOther, bytes.as_slice()),
    }
}

fn extension(extension: &Extension) -> Node {
    Node::new(Key::Extension, Value::oid(&extension.id))
        .with(Key::Critical, extension.critical)
        .with(Key::Value, extension.value.as_slice())
}

fn deviation(deviation: &Deviation) -> Node {
    let kind = deviation.kind();
    Node::new(Key::Deviation, Value::word(kind.code(), |lang| kind.label(lang))).with(Key::Field, deviation.field())
}
