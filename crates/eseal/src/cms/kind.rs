use const_oid::ObjectIdentifier;

use crate::lang::vocabulary;
use crate::oid;

use super::read::Framed;
use super::read::unarmoured;

vocabulary! {
    /// Which standard a message names itself after.
    pub enum Dialect: word {
        /// GB/T 35275 (and GM/T 0010).
        Gbt35275 = "gbt-35275", "GB/T 35275 消息", "GB/T 35275 message";
        /// RFC 5652 (and PKCS #7).
        Rfc5652 = "rfc-5652", "RFC 5652 消息", "RFC 5652 message";
    }
}

vocabulary! {
    /// What kind of message it is.
    #[non_exhaustive]
    pub enum MessageKind: word {
        /// Plain data.
        Data = "data", "数据", "data";
        /// Signed data.
        Signed = "signed", "签名数据", "signed data";
        /// Data encrypted to the certificates of its recipients.
        Enveloped = "enveloped", "数字信封数据", "enveloped data";
        /// Data that is signed, and encrypted to the certificates of its recipients.
        SignedAndEnveloped = "signed-and-enveloped", "签名及数字信封数据", "signed and enveloped data";
        /// Data encrypted with a key that its reader has.
        Encrypted = "encrypted", "加密数据", "encrypted data";
        /// Parameters of a key agreement.
        KeyAgreement = "key-agreement", "密钥协商数据", "key agreement data";
    }
}

/// The identifier of each kind in each standard. RFC 5652 has no data that is signed and enveloped in one: the identifier is
/// that of PKCS #7, 1.5.
const IDENTIFIERS: &[(ObjectIdentifier, Dialect, MessageKind)] = &[
    (oid::GM_DATA, Dialect::Gbt35275, MessageKind::Data),
    (oid::GM_SIGNED_DATA, Dialect::Gbt35275, MessageKind::Signed),
    (oid::GM_ENVELOPED_DATA, Dialect::Gbt35275, MessageKind::Enveloped),
    (oid::GM_SIGNED_AND_ENVELOPED_DATA, Dialect::Gbt35275, MessageKind::SignedAndEnveloped),
    (oid::GM_ENCRYPTED_DATA, Dialect::Gbt35275, MessageKind::Encrypted),
    (oid::GM_KEY_AGREEMENT_INFO, Dialect::Gbt35275, MessageKind::KeyAgreement),
    (oid::CMS_DATA, Dialect::Rfc5652, MessageKind::Data),
    (oid::CMS_SIGNED_DATA, Dialect::Rfc5652, MessageKind::Signed),
    (oid::CMS_ENVELOPED_DATA, Dialect::Rfc5652, MessageKind::Enveloped),
    (oid::PKCS7_SIGNED_AND_ENVELOPED_DATA, Dialect::Rfc5652, MessageKind::SignedAndEnveloped),
    (oid::CMS_ENCRYPTED_DATA, Dialect::Rfc5652, MessageKind::Encrypted),
];

impl MessageKind {
    /// The kind of a message and its standard, by its first identifier; DER, BER or PEM. `None` when it is no message, or of
    /// another kind.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Option<(Dialect, Self)> {
        Self::named(&Framed::read(&unarmoured(bytes).ok()?).ok()?.kind)
    }

    pub(super) fn named(identifier: &ObjectIdentifier) -> Option<(Dialect, Self)> {
        let found = IDENTIFIERS.iter().find(|(known, ..)| known == identifier);
        found.map(|(_, dialect, kind)| (*dialect, *kind))
    }

    /// The identifier that this standard has for this kind.
    pub(super) fn identifier(self, dialect: Dialect) -> ObjectIdentifier {
        let found = IDENTIFIERS.iter().find(|(_, of, kind)| (*of, *kind) == (dialect, self));
        found
            .map(|(identifier, ..)| *identifier)
            .expect("every kind that is written is in the table for both standards")
    }
}
