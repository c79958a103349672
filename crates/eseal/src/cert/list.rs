use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use std::sync::OnceLock;

use const_oid::ObjectIdentifier;

use crate::oid;
use crate::sm::PublicKey;
use crate::sm::Sm3Digest;
use crate::sm::sm3;
use crate::time::Instant;

use super::CertError;
use super::Certificate;
use super::ExtensionInfo;
use super::LinkAlgorithm;
use super::Name;
use super::Revoked;
use super::SerialNumber;
use super::asn1;
use super::asn1::Reader;
use super::entry::EntryView;
use super::extension;
use super::link::LinkScheme;
use super::pem;
use super::scope::Reasons;
use super::scope::Scope;
use super::signed;
use super::signed::Algorithm;
use super::signed::Signed;
use super::subject_key::SubjectKey;

/// A certificate revocation list (证书撤销列表, CRL).
///
/// RFC 5280, 5; GB/T 20518-2018, clause not checked. Keeps the bytes it was read from. Entries are checked once and
/// then read where they lie, so a list of a million entries costs little more memory than its bytes. Cloning is cheap.
#[derive(Clone)]
pub struct RevocationList(Arc<Inner>);

struct Inner {
    der: Box<[u8]>,
    part: Range<usize>,
    signature: Range<usize>,
    algorithm: ObjectIdentifier,
    scheme: Option<LinkScheme>,
    issuer: Name,
    this_update: Instant,
    next_update: Option<Instant>,
    number: Option<Box<[u8]>>,
    authority_key_id: Option<Range<usize>>,
    extensions: Vec<(ObjectIdentifier, bool, Range<usize>)>,
    scope: Scope,
    /// Where each entry begins, in the order of the list.
    entries: Vec<u32>,
    /// The same, in the order of serial numbers: made when a certificate is first looked up.
    by_serial: OnceLock<Vec<u32>>,
    sm3: OnceLock<Sm3Digest>,
}

/// The labels under which revocation lists stand in PEM files.
const PEM_LABELS: [&str; 1] = ["X509 CRL"];

impl RevocationList {
    /// The largest list that is read: 96 MiB. An entry takes at most 81 bytes when its serial number has 20, with a
    /// reason and an invalidity date in the longest form, so every list of a million certificates fits.
    pub const MAX_BYTES: usize = 96 << 20;
    /// The largest file that is read for lists: Base64 with line ends takes about 1.37 times the bytes.
    pub const MAX_FILE: usize = Self::MAX_BYTES / 2 * 3;

    /// Reads one list in DER and nothing after it. Does not check its signature.
    ///
    /// # Errors
    /// [`CertError::TooLarge`], [`CertError::Malformed`], [`CertError::AlgorithmMismatch`].
    pub fn from_der(der: &[u8]) -> Result<Self, CertError> {
        if der.len() > Self::MAX_BYTES {
            return Err(CertError::TooLarge { limit: Self::MAX_BYTES });
        }
        Self::from_vec(der.to_vec())
    }

    /// As [`from_der`](Self::from_der), keeping these bytes instead of a copy: for lists of many megabytes.
    ///
    /// # Errors
    /// Those of [`from_der`](Self::from_der).
    pub fn from_vec(der: Vec<u8>) -> Result<Self, CertError> {
        if der.len() > Self::MAX_BYTES {
            return Err(CertError::TooLarge { limit: Self::MAX_BYTES });
        }
        let at = |part: &[u8]| {
            let start = part.as_ptr().addr() - der.as_ptr().addr();
            start..start + part.len()
        };
        let Signed { part, algorithm, signature } = Signed::read(&der, "CertificateList")?;
        let mut tbs = Reader::open(part, asn1::SEQUENCE, "TBSCertList")?;
        if tbs.peek() == Some(asn1::INTEGER) && tbs.small()? != 1 {
            return Err(tbs.fault());
        }
        if Algorithm::read(&mut tbs)?.whole != algorithm.whole {
            return Err(CertError::AlgorithmMismatch);
        }
        let issuer = Name::from_der(tbs.expect(asn1::SEQUENCE)?.whole)?;
        let this_update = tbs.time()?;
        let has_next = matches!(tbs.peek(), Some(asn1::UTC_TIME | asn1::GENERALIZED_TIME));
        let next_update = if has_next { Some(tbs.time()?) } else { None };
        let mut scope = Scope::new();
        let mut entries = Vec::new();
        if let Some(list) = tbs.take(asn1::SEQUENCE)? {
            let mut list = Reader::new(list.content, "revokedCertificates");
            while !list.is_empty() {
                let entry = list.expect(asn1::SEQUENCE)?;
                if EntryView::read(entry.content)?.foreign {
                    scope.refuse("entry");
                }
                entries.push(u32::try_from(at(entry.whole).start).expect("a list is shorter than 4 GiB"));
            }
            entries.shrink_to_fit();
        }
        let (mut number, mut authority_key_id, mut extensions) = (None, None, Vec::new());
        if let Some(list) = tbs.take(asn1::context(0))? {
            let list = Reader::open(list.content, asn1::SEQUENCE, "crlExtensions")?;
            extension::extensions(list, |extension| {
                match extension.kind {
                    oid::CRL_NUMBER => number = Some(Reader::new(extension.value, "cRLNumber").integer()?.into()),
                    oid::AUTHORITY_KEY_IDENTIFIER => {
                        authority_key_id = extension::authority_key_identifier(extension.value).map(at);
                    }
                    _ => scope.take(&extension)?,
                }
                extensions.push((extension.kind, extension.critical, at(extension.value)));
                Ok(())
            })?;
        }
        tbs.end()?;
        Ok(Self(Arc::new(Inner {
            part: at(part),
            signature: at(signature),
            algorithm: algorithm.kind,
            scheme: algorithm.scheme(),
            issuer,
            this_update,
            next_update,
            number,
            authority_key_id,
            extensions,
            scope,
            entries,
            by_serial: OnceLock::new(),
            sm3: OnceLock::new(),
            der: der.into(),
        })))
    }

    /// Reads one list: DER, PEM (the first of its blocks), or bare Base64.
    ///
    /// # Errors
    /// [`CertError::UnknownFormat`], and those of [`from_der`](Self::from_der).
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CertError> {
        if pem::is_der(bytes) {
            return Self::from_der(bytes);
        }
        Self::from_vec(Self::blocks(bytes)?.swap_remove(0))
    }

    /// Reads every list of a PEM file, or the one of a DER file.
    ///
    /// # Errors
    /// Those of [`from_bytes`](Self::from_bytes), for the first list that is at fault.
    pub fn many_from_bytes(bytes: &[u8]) -> Result<Vec<Self>, CertError> {
        if pem::is_der(bytes) {
            return Ok(vec![Self::from_der(bytes)?]);
        }
        Self::blocks(bytes)?.into_iter().map(Self::from_vec).collect()
    }

    fn blocks(bytes: &[u8]) -> Result<Vec<Vec<u8>>, CertError> {
        if bytes.len() > Self::MAX_FILE {
            return Err(CertError::TooLarge { limit: Self::MAX_FILE });
        }
        pem::blocks(bytes, &PEM_LABELS, "revocation list")
    }

    /// The received (or written) DER.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        &self.0.der
    }

    /// PEM, `X509 CRL`.
    #[must_use]
    pub fn to_pem(&self) -> String {
        pem::write(PEM_LABELS[0], &self.0.der)
    }

    /// Who issued it, by the list's own word.
    #[must_use]
    pub fn issuer(&self) -> &Name {
        &self.0.issuer
    }

    /// When it was issued.
    #[must_use]
    pub fn this_update(&self) -> Instant {
        self.0.this_update
    }

    /// When the next one will be there at the latest; some lists do not say.
    #[must_use]
    pub fn next_update(&self) -> Option<Instant> {
        self.0.next_update
    }

    /// Its number, if it has one; a number over 16 bytes is given as the largest value.
    #[must_use]
    pub fn number(&self) -> Option<u128> {
        self.0.number.as_deref().map(number)
    }

    /// Whether it is a delta list (增量撤销列表), which says only what has changed since its base; RFC 5280, 5.2.4.
    #[must_use]
    pub fn is_delta(&self) -> bool {
        self.0.scope.base().is_some()
    }

    /// For a delta list the number of the full list that it builds upon; as with [`number`](Self::number).
    #[must_use]
    pub fn base(&self) -> Option<u128> {
        self.0.scope.base().map(number)
    }

    /// The first URI of its issuingDistributionPoint: for one part of several (分区撤销列表) its distribution point.
    #[must_use]
    pub fn point(&self) -> Option<&str> {
        self.0.scope.point()
    }

    /// The identifier of the key that signed it; opaque.
    #[must_use]
    pub fn authority_key_id(&self) -> Option<&[u8]> {
        self.0.authority_key_id.clone().map(|range| &self.0.der[range])
    }

    /// The extensions of the list as a whole, in their order.
    pub fn extensions(&self) -> impl Iterator<Item = ExtensionInfo<'_>> {
        self.0.extensions.iter().map(|(kind, critical, value)| ExtensionInfo {
            kind: *kind,
            critical: *critical,
            value: &self.0.der[value.clone()],
        })
    }

    /// The identifier of the signature's algorithm, in dots.
    #[must_use]
    pub fn signature_algorithm(&self) -> String {
        self.0.algorithm.to_string()
    }

    /// The algorithm of the signature, if it is known here; known does not mean accepted.
    #[must_use]
    pub fn link_algorithm(&self) -> Option<LinkAlgorithm> {
        self.0.scheme.map(|scheme| scheme.algorithm)
    }

    /// SM3 over the whole list; computed once.
    #[must_use]
    pub fn sm3(&self) -> Sm3Digest {
        *self.0.sm3.get_or_init(|| sm3(&self.0.der))
    }

    /// How many certificates it lists.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.entries.len()
    }

    /// Whether it lists no certificate.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.entries.is_empty()
    }

    /// The entries in the order of the list.
    pub fn entries(&self) -> impl Iterator<Item = Revoked> {
        self.0.entries.iter().map(|offset| self.entry(*offset))
    }

    /// The entry for a serial number. If the list names it twice, the one that takes effect first.
    #[must_use]
    pub fn find(&self, serial: &SerialNumber) -> Option<Revoked> {
        let by_serial = self.0.by_serial.get_or_init(|| {
            let mut sorted = self.0.entries.clone();
            if !sorted.is_sorted_by_key(|offset| self.serial_at(*offset)) {
                sorted.sort_unstable_by_key(|offset| self.serial_at(*offset));
            }
            sorted
        });
        let start = by_serial.partition_point(|offset| self.serial_at(*offset) < serial.content());
        by_serial[start..]
            .iter()
            .take_while(|offset| self.serial_at(**offset) == serial.content())
            .map(|offset| self.entry(*offset))
            .min_by_key(|entry| (entry.is_hold(), entry.effective()))
    }

    fn entry_content(&self, offset: u32) -> &[u8] {
        let start = usize::try_from(offset).expect("an address has at least 32 bits");
        Reader::new(&self.0.der[start..], "entry").next().expect("checked when the list was read").content
    }

    fn serial_at(&self, offset: u32) -> &[u8] {
        let mut entry = Reader::new(self.entry_content(offset), "entry");
        entry.expect(asn1::INTEGER).expect("checked when the list was read").content
    }

    fn entry(&self, offset: u32) -> Revoked {
        EntryView::read(self.entry_content(offset)).expect("checked when the list was read").to_revoked()
    }

    /// Why the list cannot be used to judge a certificate, if it cannot: an indirect list, or one with a critical
    /// extension that is not understood. A delta list has no obstacle of its own, but needs its base.
    #[must_use]
    pub fn obstacle(&self) -> Option<&'static str> {
        self.0.scope.obstacle()
    }

    /// Whether the list is about certificates such as this one: of its issuer, of its kind, of its distribution point.
    #[must_use]
    pub fn covers(&self, certificate: &Certificate) -> bool {
        self.0.issuer == *certificate.issuer() && self.0.scope.part.covers(certificate)
    }

    /// The reasons that the list is about.
    pub(super) fn reasons(&self) -> Reasons {
        self.0.scope.part.reasons
    }

    /// Whether two lists are about the same certificates of their issuers.
    pub(super) fn is_of_same_part(&self, other: &Self) -> bool {
        self.0.scope.part == other.0.scope.part
    }

    /// Checks that this issuer made the list: its name, its right to sign lists, and the signature over the received
    /// bytes with the default SM2 identity.
    ///
    /// # Errors
    /// [`CertError::ListForeignIssuer`], [`CertError::IssuerNotCa`] without the right, [`CertError::SignatureAlgorithm`],
    /// [`CertError::BadSignature`].
    pub fn check_signature_by(&self, issuer: &Certificate) -> Result<(), CertError> {
        if self.0.issuer != *issuer.subject() {
            return Err(CertError::ListForeignIssuer);
        }
        if issuer.key_usage().is_some_and(|usage| !usage.crl_sign()) {
            return Err(CertError::IssuerNotCa);
        }
        if self.link_algorithm() != Some(LinkAlgorithm::Sm2) {
            return Err(CertError::SignatureAlgorithm { oid: self.signature_algorithm() });
        }
        let key = issuer.public_key()?;
        if self.signature_holds(key) {
            return Ok(());
        }
        let signature = &self.0.der[self.0.signature.clone()];
        Err(CertError::BadSignature { fault: signed::explain(key, &self.0.der[self.0.part.clone()], signature) })
    }

    /// One SM2 verification, no search for a cause.
    fn signature_holds(&self, key: &PublicKey) -> bool {
        let signature = &self.0.der[self.0.signature.clone()];
        signed::holds(key, &self.0.der[self.0.part.clone()], signature)
    }

    /// One verification with a key of whatever algorithm.
    pub(super) fn link_holds(&self, key: &SubjectKey) -> bool {
        let (part, signature) = (&self.0.der[self.0.part.clone()], &self.0.der[self.0.signature.clone()]);
        self.0.scheme.is_some_and(|scheme| scheme.holds(key, part, signature))
    }
}

/// The value of an INTEGER's content, or the largest value for what does not fit.
fn number(content: &[u8]) -> u128 {
    let value = content.iter().try_fold(0_u128, |sum, byte| (sum >> 120 == 0).then_some(sum << 8 | u128::from(*byte)));
    value.unwrap_or(u128::MAX)
}

impl fmt::Debug for RevocationList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RevocationList({} at {}, {} entries)", self.0.issuer, self.0.this_update, self.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cert::Issuer;
    use crate::cert::Profile;
    use crate::cert::Reason;
    use crate::cert::RevocationListDraft;
    use crate::cert::SignatureFault;
    use crate::cert::asn1::by_hand;
    use crate::key::Signer;
    use crate::key::SoftSigner;
    use crate::sm::SecretKey;
    use crate::time::Period;
    use der::Decode;
    use der::Encode;

    fn signer(byte: u8) -> SoftSigner {
        SoftSigner::deterministic(SecretKey::from_bytes(&[byte; 32]).unwrap())
    }

    fn serial(byte: u8) -> SerialNumber {
        SerialNumber::from_bytes(&[byte]).unwrap()
    }

    fn issuer() -> Issuer<'static> {
        let name = Name::parse("CN=Fake Root,C=CN").unwrap();
        let period = Period::years(Instant::from_unix(0), 60);
        Issuer::new(Issuer::self_signed(&name, &signer(1), serial(1), period).unwrap(), signer(1)).unwrap()
    }

    fn draft(entries: Vec<Revoked>) -> RevocationListDraft {
        let this_update = Instant::from_unix(1_000_000);
        RevocationListDraft::new(this_update, this_update.plus_days(30), 200, entries)
    }

    fn three() -> Vec<Revoked> {
        let at = Instant::from_unix(900_000);
        let mut lost = Revoked::new(serial(0xee), at, Reason::KeyCompromise);
        lost.invalidity_date = Some(Instant::from_unix(800_000));
        let unspecified = Revoked { reason: None, ..Revoked::new(serial(3), at, Reason::Unspecified) };
        vec![lost, Revoked::new(serial(2), at, Reason::CertificateHold), unspecified]
    }

    #[test]
    fn a_list_reads_back_and_finds_its_entries() {
        let issuer = issuer();
        let list = issuer.revocation_list(&draft(three())).unwrap();
        assert_eq!(list.entries().collect::<Vec<_>>(), three());
        for entry in three() {
            assert_eq!(list.find(&entry.serial), Some(entry));
        }
        for absent in [1, 4, 0x7f, 0xef] {
            assert_eq!(list.find(&serial(absent)), None);
        }
        assert_eq!((list.number(), list.len(), list.obstacle()), (Some(200), 3, None));
        assert_eq!(list.authority_key_id(), issuer.certificate().subject_key_id());
        assert_eq!(RevocationList::from_bytes(list.to_pem().as_bytes()).unwrap().as_der(), list.as_der());
        list.check_signature_by(issuer.certificate()).unwrap();
    }

    #[test]
    fn a_strict_parser_of_others_reads_what_is_written_and_writes_the_same_bytes() {
        for entries in [Vec::new(), three()] {
            let list = issuer().revocation_list(&draft(entries)).unwrap();
            let read = x509_cert::crl::CertificateList::<x509_cert::certificate::Rfc5280>::from_der(list.as_der());
            assert_eq!(read.unwrap().to_der().unwrap(), list.as_der());
        }
    }

    #[test]
    fn a_list_of_another_issuer_or_one_that_was_changed_is_refused() {
        let issuer = issuer();
        let list = issuer.revocation_list(&draft(three())).unwrap();
        let name = Name::parse("CN=Someone Else").unwrap();
        let period = Period::years(Instant::from_unix(0), 9);
        let other = Issuer::self_signed(&name, &signer(1), serial(1), period).unwrap();
        assert_eq!(list.check_signature_by(&other), Err(CertError::ListForeignIssuer));
        let same_name = Issuer::self_signed(list.issuer(), &signer(2), serial(1), period).unwrap();
        assert_eq!(list.check_signature_by(&same_name), Err(CertError::BadSignature { fault: None }));
        let key = signer(3);
        let leaf = issuer.issue_for(list.issuer(), key.public_key(), &Profile::person(), serial(9), period).unwrap();
        assert_eq!(list.check_signature_by(&leaf), Err(CertError::IssuerNotCa));
    }

    #[test]
    fn a_draft_that_contradicts_itself_is_refused() {
        let issuer = issuer();
        let refused = |draft| matches!(issuer.revocation_list(&draft), Err(CertError::Malformed { .. }));
        let entry = Revoked::new(serial(2), Instant::from_unix(0), Reason::Superseded);
        assert!(refused(draft(vec![entry.clone(), entry.clone()])));
        assert!(refused(draft(vec![Revoked { reason: Some(Reason::RemoveFromCrl), ..entry.clone() }])));
        assert!(refused(RevocationListDraft { next_update: Instant::from_unix(0), ..draft(Vec::new()) }));
        assert!(refused(draft(Vec::new()).delta_from(200)), "a delta list is younger than its base");
        let freshest = Some("http://crl.test/delta.crl".into());
        assert!(refused(RevocationListDraft { freshest, ..draft(Vec::new()).delta_from(1) }));
        for uri in ["", "http://a b", "http://例.test", "http://a\n"] {
            assert!(refused(draft(Vec::new()).for_point(uri)), "{uri}");
        }
    }

    #[test]
    fn a_delta_list_and_the_list_of_one_point_say_what_they_are() {
        let uri = "http://crl.test/3.crl";
        let mut released = three();
        released[1].reason = Some(Reason::RemoveFromCrl);
        let list = issuer().revocation_list(&draft(released.clone()).delta_from(150).for_point(uri)).unwrap();
        assert_eq!((list.is_delta(), list.base(), list.point()), (true, Some(150), Some(uri)));
        assert_eq!((list.number(), list.obstacle()), (Some(200), None));
        assert_eq!(list.find(&serial(2)), Some(released[1].clone()));
        let read = x509_cert::crl::CertificateList::<x509_cert::certificate::Rfc5280>::from_der(list.as_der()).unwrap();
        assert_eq!(read.to_der().unwrap(), list.as_der());
        let critical = |kind| list.extensions().find(|extension| extension.kind == kind).map(|it| it.critical);
        assert_eq!(critical(oid::DELTA_CRL_INDICATOR), Some(true));
        assert_eq!(critical(oid::ISSUING_DISTRIBUTION_POINT), Some(true));
        assert_eq!(critical(oid::FRESHEST_CRL), None);

        let freshest = RevocationListDraft { freshest: Some(uri.into()), ..draft(three()) };
        let list = issuer().revocation_list(&freshest).unwrap();
        assert_eq!((list.is_delta(), list.base(), list.point()), (false, None, None));
        assert!(list.extensions().any(|extension| extension.kind == oid::FRESHEST_CRL && !extension.critical));
    }

    #[test]
    fn a_list_cut_anywhere_is_refused_and_one_changed_anywhere_does_not_hold() {
        let issuer = issuer();
        let der = issuer.revocation_list(&draft(three())).unwrap().as_der().to_vec();
        for at in 0..der.len() {
            assert!(RevocationList::from_der(&der[..at]).is_err(), "cut to {at}");
            let mut changed = der.clone();
            changed[at] = changed[at].wrapping_add(1);
            let holds = RevocationList::from_der(&changed)
                .is_ok_and(|list| list.check_signature_by(issuer.certificate()).is_ok());
            assert!(!holds, "byte {at} changed");
        }
        assert!(RevocationList::from_der(&[der, vec![0]].concat()).is_err());
    }

    /// A list with these list and entry extensions, rightly signed.
    fn with(extensions: &[Vec<u8>], entry_extensions: &[Vec<u8>]) -> RevocationList {
        let join = |list: &[Vec<u8>]| by_hand::sequence(&list.iter().map(Vec::as_slice).collect::<Vec<_>>());
        let entry_extensions = if entry_extensions.is_empty() { Vec::new() } else { join(entry_extensions) };
        let at = by_hand::time(Instant::from_unix(900_000));
        let entry = by_hand::sequence(&[&by_hand::small(2), &at, &entry_extensions]);
        let part = by_hand::sequence(&[
            &by_hand::small(1),
            &crate::cert::write::encode(&crate::cert::write::SM2_WITH_SM3),
            issuer().certificate().subject().as_der(),
            &at,
            &at,
            &by_hand::sequence(&[&entry]),
            &by_hand::element(asn1::context(0), &[&join(extensions)]),
        ]);
        RevocationList::from_der(&Signed::write(&part, &signer(1)).unwrap()).unwrap()
    }

    #[test]
    fn a_list_that_needs_more_than_is_understood_says_so() {
        let idp = |value: &[u8]| {
            vec![extension::extension(&oid::ISSUING_DISTRIBUTION_POINT, true, &by_hand::sequence(&[value]))]
        };
        let critical = |kind| vec![extension::extension(kind, true, &[asn1::NULL, 0])];
        let reason = extension::extension(&oid::REASON_CODE, true, &[asn1::ENUMERATED, 1, 1]);
        assert_eq!(with(&[], &[]).obstacle(), None);
        assert_eq!(with(&[], &[reason]).obstacle(), None);
        assert_eq!(with(&idp(&[0x81, 1, 0xff]), &[]).obstacle(), None);
        assert_eq!(with(&idp(&[0x84, 1, 0x00]), &[]).obstacle(), None);
        assert_eq!(with(&idp(&[0x84, 1, 0xff]), &[]).obstacle(), Some("indirectCRL"));
        assert_eq!(with(&idp(&[0x83, 2, 0, 0x80]), &[]).obstacle(), None);
        let delta = with(&[extension::extension(&oid::DELTA_CRL_INDICATOR, true, &by_hand::small(7))], &[]);
        assert_eq!((delta.obstacle(), delta.base()), (None, Some(7)));
        assert_eq!(with(&critical(&oid::INSURANCE_NUMBER), &[]).obstacle(), Some("insuranceNumber"));
        assert_eq!(with(&[], &critical(&oid::CERTIFICATE_ISSUER)).obstacle(), Some("entry"));
        assert_eq!(with(&[], &critical(&oid::INSURANCE_NUMBER)).obstacle(), Some("entry"));
    }

    #[test]
    fn a_list_for_one_kind_or_one_distribution_point_covers_no_other() {
        let issuer = issuer();
        let key = signer(3);
        let name = Name::parse("CN=x").unwrap();
        let period = Period::years(Instant::from_unix(0), 9);
        let of = |profile| issuer.issue_for(&name, key.public_key(), &profile, serial(9), period).unwrap();
        let (person, ca) = (of(Profile::person()), of(Profile::sub_ca()));
        let list = |value: &[u8]| {
            with(&[extension::extension(&oid::ISSUING_DISTRIBUTION_POINT, true, &by_hand::sequence(&[value]))], &[])
        };
        let users = list(&[0x81, 1, 0xff]);
        assert!(users.covers(&person) && !users.covers(&ca));
        let cas = list(&[0x82, 1, 0xff]);
        assert!(!cas.covers(&person) && cas.covers(&ca));
        let uri = by_hand::element(0x86, &[b"http://example.test/1.crl"]);
        let point = list(&by_hand::element(0xa0, &[&by_hand::element(0xa0, &[&uri])]));
        assert_eq!(point.obstacle(), None);
        assert!(!point.covers(&person), "the certificate names no distribution point");
        let foreign = Issuer::self_signed(&name, &key, serial(1), period).unwrap();
        assert!(!users.covers(&foreign));
    }

    #[test]
    fn a_raw_signature_on_a_list_is_refused_and_named() {
        let list = issuer().revocation_list(&draft(Vec::new())).unwrap();
        let signed = Signed::read(list.as_der(), "x").unwrap();
        let raw = crate::sm::Signature::from_der(signed.signature).unwrap().to_raw();
        let der = by_hand::sequence(&[signed.part, signed.algorithm.whole, &by_hand::bits(&raw)]);
        let fault = Some(SignatureFault::Raw);
        assert_eq!(
            RevocationList::from_der(&der).unwrap().check_signature_by(issuer().certificate()),
            Err(CertError::BadSignature { fault })
        );
    }
}
