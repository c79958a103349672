use std::fmt;
use std::hash::Hash;
use std::hash::Hasher;
use std::ops::Range;
use std::sync::Arc;
use std::sync::OnceLock;

use const_oid::ObjectIdentifier;

use crate::key::KeyDialect;
use crate::oid;
use crate::sm::PublicKey;
use crate::sm::Sm3Digest;
use crate::sm::sm3;
use crate::time::Period;

use super::CertError;
use super::ExtensionInfo;
use super::KeyUsage;
use super::LinkAlgorithm;
use super::Name;
use super::SerialNumber;
use super::asn1;
use super::asn1::Reader;
use super::extension;
use super::extension::BasicConstraints;
use super::link::LinkScheme;
use super::pem;
use super::signed;
use super::signed::Algorithm;
use super::signed::Signed;
use super::subject_key::SubjectKey;

/// A digital certificate (数字证书).
///
/// X.509 by RFC 5280 and GB/T 20518-2018 (clauses 5.2 not checked). Keeps the bytes it was read from and checks its
/// signature over them, so the deviations of real certificates (a default that is written out, names that are too long,
/// extension values that are no ASN.1) do no harm; lengths are strict and nothing may follow the end. Reading does not
/// check the signature: [`check_signature_by`](Self::check_signature_by) and [`PathValidator`](super::PathValidator)
/// do. Cloning is cheap.
#[derive(Clone)]
pub struct Certificate(Arc<Inner>);

struct Inner {
    der: Box<[u8]>,
    tbs: Range<usize>,
    signature: Range<usize>,
    algorithm: ObjectIdentifier,
    scheme: Option<LinkScheme>,
    version: u8,
    serial: SerialNumber,
    issuer: Name,
    subject: Name,
    validity: Period,
    spki: Range<usize>,
    extensions: Vec<Extension>,
    key_usage: Option<KeyUsage>,
    extended_key_usage: Option<Vec<ObjectIdentifier>>,
    basic_constraints: BasicConstraints,
    subject_key_id: Option<Range<usize>>,
    authority_key_id: Option<Range<usize>>,
    key: OnceLock<Result<SubjectKey, CertError>>,
    sm3: OnceLock<Sm3Digest>,
}

struct Extension {
    kind: ObjectIdentifier,
    critical: bool,
    value: Range<usize>,
}

/// The labels under which certificates stand in PEM files.
const PEM_LABELS: [&str; 3] = ["CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE"];

impl Certificate {
    /// The largest certificate that is read: 64 KiB. Real ones have one to three.
    pub const MAX_BYTES: usize = 64 << 10;
    /// The largest file that is read for several certificates: 16 MiB.
    pub const MAX_FILE: usize = 16 << 20;

    /// Reads one certificate in DER and nothing after it.
    ///
    /// # Errors
    /// [`CertError::TooLarge`], [`CertError::Malformed`] with the part, [`CertError::AlgorithmMismatch`].
    pub fn from_der(der: &[u8]) -> Result<Self, CertError> {
        if der.len() > Self::MAX_BYTES {
            return Err(CertError::TooLarge { limit: Self::MAX_BYTES });
        }
        // Ranges are cut out of one copy, so nothing else of the certificate is copied.
        let at = |part: &[u8]| {
            let start = part.as_ptr().addr() - der.as_ptr().addr();
            start..start + part.len()
        };
        let Signed { part, algorithm, signature } = Signed::read(der, "Certificate")?;
        let mut tbs = Reader::open(part, asn1::SEQUENCE, "TBSCertificate")?;
        let version = match tbs.take(asn1::context(0))? {
            None => 1,
            Some(version) => {
                let mut reader = Reader::new(version.content, "version");
                let number = reader.small()?;
                reader.end()?;
                u8::try_from(number).ok().filter(|number| *number <= 2).ok_or(reader.fault())? + 1
            }
        };
        let serial = SerialNumber::received(tbs.expect(asn1::INTEGER)?.content)?;
        if Algorithm::read(&mut tbs)?.whole != algorithm.whole {
            return Err(CertError::AlgorithmMismatch);
        }
        let issuer = Name::from_der(tbs.expect(asn1::SEQUENCE)?.whole)?;
        let validity = read_validity(&mut tbs)?;
        let subject = Name::from_der(tbs.expect(asn1::SEQUENCE)?.whole)?;
        let spki = at(tbs.expect(asn1::SEQUENCE)?.whole);
        // Unique identifiers ([1], [2]) are not to be used; what they hold has no effect.
        tbs.take(0x81)?;
        tbs.take(0x82)?;
        let mut inner = Inner {
            tbs: at(part),
            signature: at(signature),
            algorithm: algorithm.kind,
            scheme: algorithm.scheme(),
            version,
            serial,
            issuer,
            subject,
            validity,
            spki,
            extensions: Vec::new(),
            key_usage: None,
            extended_key_usage: None,
            basic_constraints: BasicConstraints::default(),
            subject_key_id: None,
            authority_key_id: None,
            key: OnceLock::new(),
            sm3: OnceLock::new(),
            der: der.into(),
        };
        if let Some(list) = tbs.take(asn1::context(3))? {
            let list = Reader::open(list.content, asn1::SEQUENCE, "extensions")?;
            extension::extensions(list, |ExtensionInfo { kind, critical, value }| {
                match kind {
                    oid::KEY_USAGE => inner.key_usage = Some(KeyUsage::from_der(value)?),
                    oid::EXTENDED_KEY_USAGE => {
                        inner.extended_key_usage = Some(extension::extended_key_usage(value)?);
                    }
                    oid::BASIC_CONSTRAINTS => inner.basic_constraints = BasicConstraints::from_der(value)?,
                    oid::SUBJECT_KEY_IDENTIFIER => {
                        inner.subject_key_id = extension::subject_key_identifier(value).map(at);
                    }
                    oid::AUTHORITY_KEY_IDENTIFIER => {
                        inner.authority_key_id = extension::authority_key_identifier(value).map(at);
                    }
                    _ => {}
                }
                inner.extensions.push(Extension { kind, critical, value: at(value) });
                Ok(())
            })?;
        }
        tbs.end()?;
        Ok(Self(Arc::new(inner)))
    }

    /// Reads one certificate: DER, PEM (the first of its blocks), or bare Base64.
    ///
    /// # Errors
    /// [`CertError::UnknownFormat`], and those of [`from_der`](Self::from_der).
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CertError> {
        if pem::is_der(bytes) {
            return Self::from_der(bytes);
        }
        let first = Self::blocks(bytes)?.into_iter().next().expect("there is a block, or an error");
        Self::from_der(&first)
    }

    /// Reads one certificate in PEM; the same as [`from_bytes`](Self::from_bytes), which also takes DER.
    ///
    /// # Errors
    /// Those of [`from_bytes`](Self::from_bytes).
    pub fn from_pem(pem: &[u8]) -> Result<Self, CertError> {
        Self::from_bytes(pem)
    }

    /// Reads every certificate of a PEM file, or the one of a DER file.
    ///
    /// # Errors
    /// Those of [`from_bytes`](Self::from_bytes), for the first certificate that is at fault.
    pub fn many_from_bytes(bytes: &[u8]) -> Result<Vec<Self>, CertError> {
        if pem::is_der(bytes) {
            return Ok(vec![Self::from_der(bytes)?]);
        }
        Self::blocks(bytes)?.iter().map(|der| Self::from_der(der)).collect()
    }

    fn blocks(bytes: &[u8]) -> Result<Vec<Vec<u8>>, CertError> {
        if bytes.len() > Self::MAX_FILE {
            return Err(CertError::TooLarge { limit: Self::MAX_FILE });
        }
        pem::blocks(bytes, &PEM_LABELS, "certificate")
    }

    /// The received (or written) DER.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        &self.0.der
    }

    /// PEM, `CERTIFICATE`.
    #[must_use]
    pub fn to_pem(&self) -> String {
        pem::write(PEM_LABELS[0], &self.0.der)
    }

    /// The signed part as received, TBSCertificate.
    #[must_use]
    pub fn tbs(&self) -> &[u8] {
        &self.0.der[self.0.tbs.clone()]
    }

    /// The version as people count it: 3 for nearly every certificate.
    #[must_use]
    pub fn version(&self) -> u8 {
        self.0.version
    }

    /// The serial number.
    #[must_use]
    pub fn serial(&self) -> &SerialNumber {
        &self.0.serial
    }

    /// Whose certificate it is.
    #[must_use]
    pub fn subject(&self) -> &Name {
        &self.0.subject
    }

    /// Who issued it, by the certificate's own word.
    #[must_use]
    pub fn issuer(&self) -> &Name {
        &self.0.issuer
    }

    /// The validity period (有效期).
    #[must_use]
    pub fn validity(&self) -> Period {
        self.0.validity
    }

    /// The SM2 public key.
    ///
    /// # Errors
    /// [`CertError::KeyAlgorithm`] for a key of another algorithm, [`CertError::BadKey`] for no point of the curve.
    pub fn public_key(&self) -> Result<&PublicKey, CertError> {
        self.sm2_key().map(|(key, _)| key)
    }

    /// How the public key is written; what is not [`KeyDialect::Standard`] does not conform.
    ///
    /// # Errors
    /// Those of [`public_key`](Self::public_key).
    pub fn key_dialect(&self) -> Result<KeyDialect, CertError> {
        self.sm2_key().map(|(_, dialect)| *dialect)
    }

    fn sm2_key(&self) -> Result<(&PublicKey, &KeyDialect), CertError> {
        match self.subject_key()? {
            SubjectKey::Sm2(key, dialect) => Ok((key, dialect)),
            other => Err(CertError::KeyAlgorithm { oid: other.kind().to_string() }),
        }
    }

    /// The public key, of whatever algorithm.
    pub(super) fn subject_key(&self) -> Result<&SubjectKey, CertError> {
        self.0.key.get_or_init(|| SubjectKey::read(self.spki())).as_ref().map_err(Clone::clone)
    }

    /// SubjectPublicKeyInfo as received.
    #[must_use]
    pub fn spki(&self) -> &[u8] {
        &self.0.der[self.0.spki.clone()]
    }

    /// SM3 over the whole certificate: its fingerprint (指纹).
    #[must_use]
    pub fn sm3(&self) -> Sm3Digest {
        *self.0.sm3.get_or_init(|| sm3(&self.0.der))
    }

    /// The identifier of the signature's algorithm, in dots.
    #[must_use]
    pub fn signature_algorithm(&self) -> String {
        self.0.algorithm.to_string()
    }

    /// Whether the signature's algorithm is SM2 with SM3.
    #[must_use]
    pub fn is_signed_with_sm2(&self) -> bool {
        self.link_algorithm() == Some(LinkAlgorithm::Sm2)
    }

    /// The algorithm of the signature, if it is known here; known does not mean accepted.
    #[must_use]
    pub fn link_algorithm(&self) -> Option<LinkAlgorithm> {
        self.0.scheme.map(|scheme| scheme.algorithm)
    }

    /// The bytes of the signature: DER of r and s, if the issuer kept to the rule.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        &self.0.der[self.0.signature.clone()]
    }

    /// keyUsage, if the certificate has it.
    #[must_use]
    pub fn key_usage(&self) -> Option<KeyUsage> {
        self.0.key_usage
    }

    /// The identifiers in extKeyUsage in dots, if the certificate has it.
    #[must_use]
    pub fn extended_key_usage(&self) -> Option<Vec<String>> {
        self.extended_key_usages().map(|kinds| kinds.iter().map(ToString::to_string).collect())
    }

    pub(super) fn extended_key_usages(&self) -> Option<&[ObjectIdentifier]> {
        self.0.extended_key_usage.as_deref()
    }

    /// Whether basicConstraints says that this is a CA.
    #[must_use]
    pub fn is_ca(&self) -> bool {
        self.0.basic_constraints.ca
    }

    /// How many further CAs may come beneath this one, if it is limited.
    #[must_use]
    pub fn path_len(&self) -> Option<u32> {
        self.0.basic_constraints.path_length
    }

    /// The identifier of its own key; opaque, of any length.
    #[must_use]
    pub fn subject_key_id(&self) -> Option<&[u8]> {
        self.0.subject_key_id.clone().map(|range| &self.0.der[range])
    }

    /// The identifier of its issuer's key; opaque, of any length.
    #[must_use]
    pub fn authority_key_id(&self) -> Option<&[u8]> {
        self.0.authority_key_id.clone().map(|range| &self.0.der[range])
    }

    /// The extensions in their order.
    pub fn extensions(&self) -> impl Iterator<Item = ExtensionInfo<'_>> {
        self.0.extensions.iter().map(|Extension { kind, critical, value }| ExtensionInfo {
            kind: *kind,
            critical: *critical,
            value: &self.0.der[value.clone()],
        })
    }

    pub(super) fn extension(&self, kind: &ObjectIdentifier) -> Option<ExtensionInfo<'_>> {
        self.extensions().find(|extension| extension.kind == *kind)
    }

    /// Whether subject and issuer are the same name: it may be signed with its own key, or not.
    #[must_use]
    pub fn is_self_issued(&self) -> bool {
        self.0.subject == self.0.issuer
    }

    /// Checks the signature over the received bytes with the issuer's key and the default SM2 identity.
    ///
    /// # Errors
    /// [`CertError::SignatureAlgorithm`] for another algorithm; [`CertError::BadSignature`] with the known mistake that
    /// explains it, if one does.
    pub fn check_signature_by(&self, key: &PublicKey) -> Result<(), CertError> {
        if !self.is_signed_with_sm2() {
            return Err(CertError::SignatureAlgorithm { oid: self.signature_algorithm() });
        }
        if self.signature_holds(key) {
            return Ok(());
        }
        Err(CertError::BadSignature { fault: signed::explain(key, self.tbs(), self.signature()) })
    }

    /// One SM2 verification, no search for a cause.
    pub(super) fn signature_holds(&self, key: &PublicKey) -> bool {
        self.is_signed_with_sm2() && signed::holds(key, self.tbs(), self.signature())
    }

    /// One verification with a key of whatever algorithm.
    pub(super) fn link_holds(&self, key: &SubjectKey) -> bool {
        self.0.scheme.is_some_and(|scheme| scheme.holds(key, self.tbs(), self.signature()))
    }
}

fn read_validity(tbs: &mut Reader<'_>) -> Result<Period, CertError> {
    let mut reader = Reader::open(tbs.expect(asn1::SEQUENCE)?.whole, asn1::SEQUENCE, "validity")?;
    let (from, to) = (reader.time()?, reader.time()?);
    reader.end()?;
    Period::new(from, to).map_err(|_| reader.fault())
}

impl PartialEq for Certificate {
    /// Byte for byte.
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0.der == other.0.der
    }
}

impl Eq for Certificate {}

impl Hash for Certificate {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.der.hash(state);
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({} #{} by {})", self.0.subject, self.0.serial, self.0.issuer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cert::Issuer;
    use crate::cert::Profile;
    use crate::cert::asn1::by_hand;
    use crate::key::Signer;
    use crate::key::SoftSigner;
    use crate::sm::SecretKey;
    use crate::time::Instant;

    fn signer(byte: u8) -> SoftSigner {
        SoftSigner::deterministic(SecretKey::from_bytes(&[byte; 32]).unwrap())
    }

    fn pair() -> [Certificate; 2] {
        let name = |text| Name::parse(text).unwrap();
        let period = Period::years(Instant::from_unix(0), 60);
        let serial = SerialNumber::from_bytes(&[9]).unwrap();
        let root = Issuer::self_signed(&name("CN=fake root"), &signer(1), serial.clone(), period).unwrap();
        let issuer = Issuer::new(root.clone(), signer(1)).unwrap();
        let key = signer(2);
        let leaf = issuer.issue_for(&name("CN=示例,C=CN"), key.public_key(), &Profile::tsa(), serial, period);
        [leaf.unwrap(), root]
    }

    #[test]
    fn a_certificate_cut_anywhere_is_refused_and_one_changed_anywhere_does_not_hold() {
        let [leaf, root] = pair();
        let key = root.public_key().unwrap();
        let der = leaf.as_der();
        leaf.check_signature_by(key).unwrap();
        for at in 0..der.len() {
            assert!(Certificate::from_der(&der[..at]).is_err(), "cut to {at}");
            for change in [1, 0x80, 0xff] {
                let mut changed = der.to_vec();
                changed[at] = changed[at].wrapping_add(change);
                let holds = Certificate::from_der(&changed).is_ok_and(|read| read.check_signature_by(key).is_ok());
                assert!(!holds, "byte {at} changed by {change}");
            }
        }
        assert!(Certificate::from_der(&[der, &[0]].concat()).is_err());
    }

    /// Every length byte of the structure, made one larger and the structure around it left alone or made to fit.
    #[test]
    fn a_length_that_says_one_more_than_there_is_is_refused() {
        let der = pair()[0].as_der().to_vec();
        let mut at = 0;
        // The headers on the way to the issuer's name: Certificate, TBSCertificate, version, its INTEGER, serial, …
        for _ in 0..6 {
            let long = usize::from(der[at + 1] & 0x7f) * usize::from(der[at + 1] >> 7);
            let last = at + 1 + long;
            let mut longer = der.clone();
            longer[last] += 1;
            assert!(Certificate::from_der(&longer).is_err(), "the length at {last}");
            // Into what is constructed, past what is not.
            at = last + 1 + if der[at] & 0x20 == 0 { usize::from(der[last]) } else { 0 };
        }
    }

    #[test]
    fn the_algorithm_inside_must_be_the_one_outside_byte_for_byte() {
        let leaf = &pair()[0];
        let read = Signed::read(leaf.as_der(), "x").unwrap();
        let with_null = by_hand::sequence(&[&by_hand::oid(&oid::SM2_WITH_SM3), &[asn1::NULL, 0]]);
        let der = by_hand::sequence(&[read.part, &with_null, &by_hand::bits(read.signature)]);
        assert_eq!(Certificate::from_der(&der).unwrap_err(), CertError::AlgorithmMismatch);
    }

    #[test]
    fn what_is_too_large_is_not_looked_at() {
        let der = by_hand::element(asn1::SEQUENCE, &[&vec![0; Certificate::MAX_BYTES]]);
        assert_eq!(Certificate::from_der(&der).unwrap_err(), CertError::TooLarge { limit: Certificate::MAX_BYTES });
        assert!(matches!(Certificate::from_bytes(b"hello"), Err(CertError::UnknownFormat { .. })));
        assert!(matches!(Certificate::many_from_bytes(b""), Err(CertError::UnknownFormat { .. })));
    }

    #[test]
    fn a_file_of_several_certificates_gives_them_in_their_order() {
        let [leaf, root] = pair();
        let file = format!("text before\n{}{}", leaf.to_pem(), root.to_pem());
        assert_eq!(Certificate::many_from_bytes(file.as_bytes()).unwrap(), [leaf.clone(), root]);
        assert_eq!(Certificate::from_pem(file.as_bytes()).unwrap(), leaf);
        assert_eq!(Certificate::many_from_bytes(leaf.as_der()).unwrap(), std::slice::from_ref(&leaf));
    }
}
