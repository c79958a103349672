//! Key files: which kind of key, never its secret bytes.

use crate::Lang;
use crate::der::Walk;
use crate::key::public_key_from_spki;

use super::Key;
use super::Node;
use super::Value;

/// How a private key is written.
#[derive(Clone, Copy)]
enum Form {
    Pkcs8,
    EncryptedPkcs8,
    Sec1,
    Pkcs1,
    Other,
}

impl Form {
    const fn word(self) -> &'static str {
        match self {
            Self::Pkcs8 => "pkcs8",
            Self::EncryptedPkcs8 => "encrypted-pkcs8",
            Self::Sec1 => "sec1",
            Self::Pkcs1 => "pkcs1-rsa",
            Self::Other => "other",
        }
    }

    const fn label(self, lang: Lang) -> &'static str {
        match self {
            Self::Pkcs8 => lang.pick("PKCS#8（未加密）", "PKCS #8, not encrypted"),
            Self::EncryptedPkcs8 => lang.pick("PKCS#8（加密）", "PKCS #8, encrypted"),
            Self::Sec1 => lang.pick("SEC1（未加密）", "SEC1, not encrypted"),
            Self::Pkcs1 => lang.pick("PKCS#1 RSA（未加密）", "PKCS #1 RSA, not encrypted"),
            Self::Other => lang.pick("其他", "other"),
        }
    }

    fn node(self, encrypted: bool, algorithms: &[String]) -> Node {
        let mut node = Node::new(Key::SecretKey, Value::word(self.word(), |lang| self.label(lang)))
            .with(Key::Encrypted, encrypted);
        for algorithm in algorithms {
            node.push(Node::new(Key::Algorithm, Value::oid(algorithm)));
        }
        node
    }
}

/// A PEM block whose label says that it is a private key, whatever is in it.
pub(super) fn secret_block(label: &str, block: &str) -> Node {
    let document = ::der::pem::decode_vec(block.trim_end().as_bytes()).ok();
    let document = document.map(|(_, document)| zeroize::Zeroizing::new(document));
    if let Some(node) = document.and_then(|document| secret(&document)) {
        return node;
    }
    let encrypted = label.starts_with("ENCRYPTED") || block.contains("ENCRYPTED");
    let form = if label.starts_with("EC ") { Form::Sec1 } else { Form::Other };
    form.node(encrypted, &[])
}

/// A key file in DER: private, public, or PKCS #12.
pub(super) fn node(bytes: &[u8]) -> Option<Node> {
    secret(bytes).or_else(|| public(bytes)).or_else(|| pkcs12(bytes))
}

/// `PFX`, RFC 7292, 4: INTEGER 3 and a ContentInfo. Many writers use indefinite lengths, so only the beginning is looked
/// at. Nothing inside is listed: bags may lie open.
fn pkcs12(bytes: &[u8]) -> Option<Node> {
    let long = match bytes {
        [0x30, 0x80, ..] => 0,
        [0x30, long @ 0x81..=0x84, ..] => usize::from(long & 0x0f),
        _ => return None,
    };
    let content = bytes.get(2 + long..)?;
    content.starts_with(&[0x02, 0x01, 0x03, 0x30]).then(|| Node::group(Key::Pkcs12).with(Key::Size, bytes.len()))
}

/// The identifiers in an `AlgorithmIdentifier`: the algorithm, and a curve in its parameters.
fn algorithms(content: &[u8]) -> Option<Vec<String>> {
    let mut walk = Walk::new(content);
    let mut found = vec![oid(walk.expect(0x06)?.content)?];
    found.extend(walk.take(0x06).and_then(|element| oid(element.content)));
    Some(found)
}

fn oid(content: &[u8]) -> Option<String> {
    const_oid::ObjectIdentifier::from_bytes(content).ok().map(|oid| oid.to_string())
}

fn secret(bytes: &[u8]) -> Option<Node> {
    let parts = Walk::only(bytes, 0x30)?.inside().all(16)?;
    let shape: Vec<_> = parts.iter().map(|part| part.tag).collect();
    let number = |at: usize| parts.get(at).map(|part| part.content);
    match shape.as_slice() {
        // INTEGER 0 or 1, AlgorithmIdentifier, OCTET STRING, attributes, public key: RFC 5208 and 5958, for any algorithm.
        [0x02, 0x30, 0x04, rest @ ..] if rest.iter().all(|tag| tag & 0xc0 == 0x80) => {
            algorithms(parts[1].content).map(|found| Form::Pkcs8.node(false, &found))
        }
        // AlgorithmIdentifier, OCTET STRING: the algorithm is one of encryption.
        [0x30, 0x04] => algorithms(parts[0].content).map(|found| Form::EncryptedPkcs8.node(true, &found[..1])),
        // INTEGER 1, OCTET STRING, [0] curve, [1] public key: RFC 5915.
        [0x02, 0x04, rest @ ..] if rest.iter().all(|tag| tag & 0xc0 == 0x80) && number(0) == Some(&[1]) => {
            let curve = parts.iter().find(|part| part.tag == 0xa0);
            let curve = curve.and_then(|part| algorithms(part.content)).unwrap_or_default();
            Some(Form::Sec1.node(false, &curve))
        }
        // INTEGER 0 and eight more: RFC 8017, A.1.2. DSA keys look alike with five.
        [0x02, 0x02, 0x02, 0x02, 0x02, 0x02, ..] if number(0) == Some(&[0]) && shape.iter().all(|tag| *tag == 0x02) => {
            Some(Form::Pkcs1.node(false, &[]))
        }
        _ => None,
    }
}

fn public(bytes: &[u8]) -> Option<Node> {
    let parts = Walk::only(bytes, 0x30)?.inside().all(2)?;
    let [algorithm, bits] = parts.as_slice() else { return None };
    if (algorithm.tag, bits.tag) != (0x30, 0x03) {
        return None;
    }
    let found = algorithms(algorithm.content)?;
    let mut node = Node::group(Key::PublicKeyFile);
    for algorithm in &found {
        node.push(Node::new(Key::Algorithm, Value::oid(algorithm)));
    }
    let value = match public_key_from_spki(bytes) {
        Ok((key, _)) => Value::bytes(&key.to_sec1()),
        Err(_) => Value::bytes(bits.content.get(1..).unwrap_or_default()),
    };
    Some(node.with(Key::PublicKey, value))
}
