use ::der::asn1::BitStringRef;
use const_oid::ObjectIdentifier;

use crate::lang::Lang;
use crate::oid;

use super::CertError;
use super::asn1;
use super::asn1::Reader;
use super::write;

/// One purpose in keyUsage (密钥用法); RFC 5280, 4.2.1.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyPurpose {
    /// Signatures other than those on certificates and revocation lists.
    DigitalSignature,
    /// Signatures that shall bind their maker.
    NonRepudiation,
    /// Encrypting keys.
    KeyEncipherment,
    /// Encrypting data.
    DataEncipherment,
    /// Agreeing on keys.
    KeyAgreement,
    /// Signing certificates.
    CertificateSign,
    /// Signing revocation lists.
    RevocationListSign,
    /// Only encrypting while agreeing on keys.
    EncipherOnly,
    /// Only decrypting while agreeing on keys.
    DecipherOnly,
}

impl KeyPurpose {
    /// Every purpose in the order of its bits.
    pub const ALL: [Self; 9] = [
        Self::DigitalSignature,
        Self::NonRepudiation,
        Self::KeyEncipherment,
        Self::DataEncipherment,
        Self::KeyAgreement,
        Self::CertificateSign,
        Self::RevocationListSign,
        Self::EncipherOnly,
        Self::DecipherOnly,
    ];

    /// The standard's own word, for JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::DigitalSignature => "digitalSignature",
            Self::NonRepudiation => "nonRepudiation",
            Self::KeyEncipherment => "keyEncipherment",
            Self::DataEncipherment => "dataEncipherment",
            Self::KeyAgreement => "keyAgreement",
            Self::CertificateSign => "keyCertSign",
            Self::RevocationListSign => "cRLSign",
            Self::EncipherOnly => "encipherOnly",
            Self::DecipherOnly => "decipherOnly",
        }
    }

    /// The name for people.
    #[must_use]
    pub const fn label(self, lang: Lang) -> &'static str {
        match self {
            Self::DigitalSignature => lang.pick("数字签名", "digital signature"),
            Self::NonRepudiation => lang.pick("不可否认", "non-repudiation"),
            Self::KeyEncipherment => lang.pick("密钥加密", "key encipherment"),
            Self::DataEncipherment => lang.pick("数据加密", "data encipherment"),
            Self::KeyAgreement => lang.pick("密钥协商", "key agreement"),
            Self::CertificateSign => lang.pick("证书签发", "certificate signing"),
            Self::RevocationListSign => lang.pick("CRL 签发", "revocation list signing"),
            Self::EncipherOnly => lang.pick("仅加密", "encipher only"),
            Self::DecipherOnly => lang.pick("仅解密", "decipher only"),
        }
    }

    const fn mask(self) -> u16 {
        1 << self as u8
    }
}

/// The set of purposes in a certificate's keyUsage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct KeyUsage(u16);

impl KeyUsage {
    /// The set of these purposes.
    #[must_use]
    pub const fn of(purposes: &[KeyPurpose]) -> Self {
        let mut set = 0;
        let mut index = 0;
        while index < purposes.len() {
            set |= purposes[index].mask();
            index += 1;
        }
        Self(set)
    }

    /// Whether a purpose is in the set.
    #[must_use]
    pub const fn has(self, purpose: KeyPurpose) -> bool {
        self.0 & purpose.mask() != 0
    }

    /// The purposes in the order of their bits.
    pub fn purposes(self) -> impl Iterator<Item = KeyPurpose> {
        KeyPurpose::ALL.into_iter().filter(move |purpose| self.has(*purpose))
    }

    /// Whether the key may sign documents: digitalSignature or nonRepudiation.
    #[must_use]
    pub const fn can_sign(self) -> bool {
        self.has(KeyPurpose::DigitalSignature) || self.has(KeyPurpose::NonRepudiation)
    }

    /// Whether the key may encrypt or agree on keys.
    #[must_use]
    pub const fn can_encipher(self) -> bool {
        self.has(KeyPurpose::KeyEncipherment)
            || self.has(KeyPurpose::DataEncipherment)
            || self.has(KeyPurpose::KeyAgreement)
    }

    /// Whether the key may sign certificates.
    #[must_use]
    pub const fn cert_sign(self) -> bool {
        self.has(KeyPurpose::CertificateSign)
    }

    /// Whether the key may sign revocation lists.
    #[must_use]
    pub const fn crl_sign(self) -> bool {
        self.has(KeyPurpose::RevocationListSign)
    }

    /// A named BIT STRING; bits over those that have a name, and trailing zeros, are tolerated.
    pub(super) fn from_der(value: &[u8]) -> Result<Self, CertError> {
        let mut reader = Reader::new(value, "keyUsage");
        let content = reader.expect(asn1::BIT_STRING)?.content;
        reader.end()?;
        let [unused @ 0..=7, bytes @ ..] = content else { return Err(reader.fault()) };
        if bytes.is_empty() && *unused != 0 {
            return Err(reader.fault());
        }
        let set = (0..9_usize)
            .filter(|bit| bytes.get(bit / 8).is_some_and(|byte| byte & 0x80 >> (bit % 8) != 0))
            .fold(0, |set, bit| set | 1 << bit);
        Ok(Self(set))
    }

    /// DER: no trailing zero bits.
    pub(super) fn to_der(self) -> Vec<u8> {
        let turned = self.0.reverse_bits().to_be_bytes();
        let length = if turned[1] != 0 { 2 } else { usize::from(turned[0] != 0) };
        let unused = turned[..length].last().map_or(0, |byte| byte.trailing_zeros());
        let unused = u8::try_from(unused).expect("at most 7");
        write::encode(&BitStringRef::new(unused, &turned[..length]).expect("the unused bits are zero"))
    }
}

/// An extension as it stands in a certificate, request or revocation list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExtensionInfo<'a> {
    pub(super) kind: ObjectIdentifier,
    /// Whether who does not understand it must refuse.
    pub critical: bool,
    /// The value; not always DER in real certificates.
    pub value: &'a [u8],
}

impl ExtensionInfo<'_> {
    /// The identifier in dots.
    #[must_use]
    pub fn oid(&self) -> String {
        self.kind.to_string()
    }

    /// What a vendor's or a single CA's own extension holds, if it has been seen in real certificates.
    #[must_use]
    pub fn private_label(&self, lang: Lang) -> Option<&'static str> {
        let own = self.kind.as_bytes();
        // Whole arcs: the last byte of an arc has its top bit clear, so a prefix of bytes is a prefix of numbers.
        let (_, zh, en) = PRIVATE.iter().find(|(arc, ..)| own.starts_with(arc.as_bytes()))?;
        Some(lang.pick(zh, en))
    }

    /// The standard's name of the extension, if it is known here.
    #[must_use]
    pub fn name(&self) -> Option<&'static str> {
        name(&self.kind)
    }
}

/// Extensions of vendors and single CAs, seen in real certificates: an identifier with what lies beneath it, and what it
/// holds. They are shown and have no effect.
const PRIVATE: [(ObjectIdentifier, &str, &str); 12] = [
    (ObjectIdentifier::new_unwrap("1.2.86.11.7.1"), "身份证号码（吉大正元）", "identity card number (JIT)"),
    (ObjectIdentifier::new_unwrap("1.2.86.11.7.3"), "工商注册号（吉大正元）", "business registration number (JIT)"),
    (ObjectIdentifier::new_unwrap("1.2.86.11.7.4"), "组织机构代码（吉大正元）", "organization code (JIT)"),
    (ObjectIdentifier::new_unwrap("1.2.86.11.7.5"), "税号（吉大正元）", "taxation number (JIT)"),
    (ObjectIdentifier::new_unwrap("1.2.86.11.7"), "吉大正元私有扩展", "private extension (JIT)"),
    (ObjectIdentifier::new_unwrap("1.2.156.11.7"), "私有身份扩展", "private identity extension"),
    (ObjectIdentifier::new_unwrap("1.2.86.21.1.1"), "卫生行业私有扩展", "private extension (health care)"),
    (ObjectIdentifier::new_unwrap("1.2.5.29.1"), "单位代码（云南 CA）", "organization code (Yunnan CA)"),
    (ObjectIdentifier::new_unwrap("1.3.6.1.4.1.5315.100"), "江苏 CA 私有扩展", "private extension (Jiangsu CA)"),
    (ObjectIdentifier::new_unwrap("2.16.840.1.113731.9"), "税务私有扩展", "private extension (taxation)"),
    (ObjectIdentifier::new_unwrap("2.16.840.1.113730.1.1"), "Netscape 证书类型", "Netscape certificate type"),
    (ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.15"), "S/MIME 能力", "S/MIME capabilities"),
];

/// The standard's name of an extension.
pub(super) fn name(kind: &ObjectIdentifier) -> Option<&'static str> {
    Some(match *kind {
        oid::SUBJECT_KEY_IDENTIFIER => "subjectKeyIdentifier",
        oid::KEY_USAGE => "keyUsage",
        oid::SUBJECT_ALT_NAME => "subjectAltName",
        oid::BASIC_CONSTRAINTS => "basicConstraints",
        oid::CRL_NUMBER => "cRLNumber",
        oid::REASON_CODE => "reasonCode",
        oid::INVALIDITY_DATE => "invalidityDate",
        oid::DELTA_CRL_INDICATOR => "deltaCRLIndicator",
        oid::ISSUING_DISTRIBUTION_POINT => "issuingDistributionPoint",
        oid::CERTIFICATE_ISSUER => "certificateIssuer",
        oid::NAME_CONSTRAINTS => "nameConstraints",
        oid::CRL_DISTRIBUTION_POINTS => "cRLDistributionPoints",
        oid::FRESHEST_CRL => "freshestCRL",
        oid::CERTIFICATE_POLICIES => "certificatePolicies",
        oid::AUTHORITY_KEY_IDENTIFIER => "authorityKeyIdentifier",
        oid::POLICY_MAPPINGS => "policyMappings",
        oid::POLICY_CONSTRAINTS => "policyConstraints",
        oid::EXTENDED_KEY_USAGE => "extKeyUsage",
        oid::INHIBIT_ANY_POLICY => "inhibitAnyPolicy",
        oid::AUTHORITY_INFO_ACCESS => "authorityInfoAccess",
        oid::OCSP_NOCHECK => "ocsp-nocheck",
        oid::IDENTIFY_CODE => "identifyCode",
        oid::INSURANCE_NUMBER => "insuranceNumber",
        oid::IC_REGISTRATION_NUMBER => "iCRegistrationNumber",
        oid::ORGANIZATION_CODE => "organizationCode",
        oid::TAXATION_NUMBER => "taxationNumber",
        _ => return None,
    })
}

/// The most extensions that are read in one place; real certificates have about twelve.
const MAX_EXTENSIONS: usize = 100;

/// Extensions ::= SEQUENCE OF Extension; each kind at most once.
pub(super) fn extensions<'a>(
    mut list: Reader<'a>,
    mut each: impl FnMut(ExtensionInfo<'a>) -> Result<(), CertError>,
) -> Result<(), CertError> {
    let (first, mut count) = (list, 0);
    while !list.is_empty() {
        let mut extension = list.enter(asn1::SEQUENCE)?;
        let kind = extension.oid()?;
        let critical = extension.boolean_or_false()?;
        let value = extension.expect(asn1::OCTET_STRING)?.content;
        extension.end()?;
        // Walking over the few before again costs less than keeping them: a list has millions of such places.
        let mut before = first;
        for _ in 0..count {
            if before.enter(asn1::SEQUENCE)?.oid()? == kind {
                return Err(list.fault());
            }
        }
        count += 1;
        if count > MAX_EXTENSIONS {
            return Err(list.fault());
        }
        each(ExtensionInfo { kind, critical, value })?;
    }
    Ok(())
}

/// Reads one encoded extension.
pub(super) fn one(der: &[u8]) -> Option<ExtensionInfo<'_>> {
    let mut extension = Reader::open(der, asn1::SEQUENCE, "Extension").ok()?;
    let kind = extension.oid().ok()?;
    let critical = extension.boolean_or_false().ok()?;
    let value = extension.expect(asn1::OCTET_STRING).ok()?.content;
    extension.is_empty().then_some(ExtensionInfo { kind, critical, value })
}

/// One encoded extension.
pub(super) fn extension(kind: &ObjectIdentifier, critical: bool, value: &[u8]) -> Vec<u8> {
    write::encode(&write::Extension { kind: *kind, critical, value: write::octets(value) })
}

/// basicConstraints; RFC 5280, 4.2.1.9. An explicit FALSE is tolerated: it is common in real certificates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct BasicConstraints {
    pub(super) ca: bool,
    pub(super) path_length: Option<u32>,
}

impl BasicConstraints {
    pub(super) fn from_der(value: &[u8]) -> Result<Self, CertError> {
        let mut reader = Reader::open(value, asn1::SEQUENCE, "basicConstraints")?;
        let ca = reader.boolean_or_false()?;
        let path_length = if reader.is_empty() { None } else { Some(reader.small()?) };
        reader.end()?;
        Ok(Self { ca, path_length })
    }
}

/// extKeyUsage; RFC 5280, 4.2.1.12.
pub(super) fn extended_key_usage(value: &[u8]) -> Result<Vec<ObjectIdentifier>, CertError> {
    let mut reader = Reader::open(value, asn1::SEQUENCE, "extKeyUsage")?;
    let mut kinds = Vec::new();
    while kinds.is_empty() || !reader.is_empty() {
        kinds.push(reader.oid()?);
        if kinds.len() > MAX_EXTENSIONS {
            return Err(reader.fault());
        }
    }
    Ok(kinds)
}

/// The keyIdentifier of authorityKeyIdentifier; a hint only, so what cannot be read is no hint.
pub(super) fn authority_key_identifier(value: &[u8]) -> Option<&[u8]> {
    let mut reader = Reader::open(value, asn1::SEQUENCE, "authorityKeyIdentifier").ok()?;
    reader.take(0x80).ok()?.map(|element| element.content)
}

/// subjectKeyIdentifier; a hint only.
pub(super) fn subject_key_identifier(value: &[u8]) -> Option<&[u8]> {
    let mut reader = Reader::new(value, "subjectKeyIdentifier");
    let content = reader.expect(asn1::OCTET_STRING).ok()?.content;
    reader.is_empty().then_some(content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_usage_is_written_as_der_and_read_back() {
        let usage = KeyUsage::of(&[KeyPurpose::DigitalSignature, KeyPurpose::NonRepudiation]);
        assert_eq!(usage.to_der(), [0x03, 0x02, 0x06, 0xc0]);
        assert_eq!(KeyUsage::of(&[KeyPurpose::DecipherOnly]).to_der(), [0x03, 0x03, 0x07, 0x00, 0x80]);
        assert_eq!(KeyUsage::of(&[]).to_der(), [0x03, 0x01, 0x00]);
        for purpose in KeyPurpose::ALL {
            let usage = KeyUsage::of(&[purpose]);
            assert_eq!(KeyUsage::from_der(&usage.to_der()).unwrap().purposes().collect::<Vec<_>>(), [purpose]);
        }
        // Not minimal, but its meaning is clear.
        assert_eq!(KeyUsage::from_der(&[0x03, 0x02, 0x00, 0xc0]).unwrap(), usage);
        for value in [&[0x03, 0x00][..], &[0x03, 0x01, 0x01], &[0x03, 0x02, 0x08, 0xc0], &[0x04, 0x02, 0x06, 0xc0]] {
            assert!(KeyUsage::from_der(value).is_err());
        }
    }

    #[test]
    fn private_extensions_are_named_by_their_arc_and_no_arc_by_half() {
        let label = |oid: &str| {
            let info = ExtensionInfo { kind: ObjectIdentifier::new(oid).unwrap(), critical: false, value: b"x" };
            info.private_label(Lang::En)
        };
        assert_eq!(label("1.2.86.11.7.1"), Some("identity card number (JIT)"));
        assert_eq!(label("1.2.86.11.7.99"), Some("private extension (JIT)"));
        assert_eq!(label("1.3.6.1.4.1.5315.100.2.1"), Some("private extension (Jiangsu CA)"));
        for oid in ["1.2.86.11.70.1", "1.2.86.11", "1.2.5.29.15", "2.5.29.15", "1.3.6.1.4.1.5315.10"] {
            assert_eq!(label(oid), None, "{oid}");
        }
    }

    #[test]
    fn basic_constraints_may_say_false_although_it_is_the_default() {
        let read = |bytes: &[u8]| BasicConstraints::from_der(bytes).map(|read| (read.ca, read.path_length));
        assert_eq!(read(&[0x30, 0x00]), Ok((false, None)));
        assert_eq!(read(&[0x30, 0x03, 0x01, 0x01, 0x00]), Ok((false, None)));
        assert_eq!(read(&[0x30, 0x06, 0x01, 0x01, 0xff, 0x02, 0x01, 0x00]), Ok((true, Some(0))));
        assert!(read(&[0x30, 0x03, 0x01, 0x01, 0x01]).is_err());
        assert!(read(&[0x30, 0x06, 0x01, 0x01, 0xff, 0x02, 0x01, 0xff]).is_err());
        assert!(read(&[0x30, 0x05, 0x01, 0x01, 0xff, 0x05, 0x00]).is_err());
    }
}
