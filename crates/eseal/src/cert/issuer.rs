use std::fmt;

use crate::key::Signer;
use crate::oid;
use crate::sm::PublicKey;
use crate::sm::sm3;
use crate::time::Period;

use super::CertError;
use super::Certificate;
use super::CertificateDraft;
use super::CertificateRequest;
use super::Identity;
use super::Name;
use super::Profile;
use super::RevocationList;
use super::RevocationListDraft;
use super::Role;
use super::SerialNumber;
use super::Services;
use super::entry::write_part;
use super::extension::extension;
use super::signed::Signed;
use super::write;

/// Who issues certificates and revocation lists (签发者): a CA certificate together with its key.
pub struct Issuer<'a> {
    certificate: Certificate,
    signer: Box<dyn Signer + 'a>,
}

impl<'a> Issuer<'a> {
    /// Joins a CA certificate with the signer of its key.
    ///
    /// # Errors
    /// [`CertError::IssuerNotCa`] when the certificate is no CA or may not sign certificates;
    /// [`CertError::IssuerForeignKey`] when the signer has another key.
    pub fn new(certificate: Certificate, signer: impl Signer + 'a) -> Result<Self, CertError> {
        let may_sign = certificate.key_usage().is_none_or(|usage| usage.cert_sign());
        if certificate.version() != 3 || !certificate.is_ca() || !may_sign {
            return Err(CertError::IssuerNotCa);
        }
        if certificate.public_key()? != signer.public_key() {
            return Err(CertError::IssuerForeignKey);
        }
        Ok(Self { certificate, signer: Box::new(signer) })
    }

    /// Makes a root: a CA certificate signed with its own key, profile [`Profile::root`].
    ///
    /// # Errors
    /// [`CertError::NameEmpty`], or the signer's error.
    pub fn self_signed(
        subject: &Name,
        signer: &dyn Signer,
        serial: SerialNumber,
        validity: Period,
    ) -> Result<Certificate, CertError> {
        let draft = CertificateDraft {
            subject,
            key: signer.public_key(),
            profile: &Profile::root(),
            serial,
            validity,
            identity: &Identity::default(),
            services: &Services::default(),
        };
        draft.sign(subject, None, signer)
    }

    /// The issuer's own certificate.
    #[must_use]
    pub const fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    pub(super) fn signer(&self) -> &dyn Signer {
        &*self.signer
    }

    /// Issues a certificate for the subject and key of a request. Extensions that the request asks for are not taken:
    /// the profile alone decides.
    ///
    /// # Errors
    /// Those of [`issue_for`](Self::issue_for).
    pub fn issue(
        &self,
        request: &CertificateRequest,
        profile: &Profile,
        serial: SerialNumber,
        validity: Period,
    ) -> Result<Certificate, CertError> {
        self.issue_for(request.subject(), request.public_key(), profile, serial, validity)
    }

    /// Issues a certificate for a subject and a key that the caller vouches for; it names no services.
    ///
    /// # Errors
    /// Those of [`issue_draft`](Self::issue_draft).
    pub fn issue_for(
        &self,
        subject: &Name,
        key: &PublicKey,
        profile: &Profile,
        serial: SerialNumber,
        validity: Period,
    ) -> Result<Certificate, CertError> {
        let (identity, services) = (&Identity::default(), &Services::default());
        self.issue_draft(&CertificateDraft { subject, key, profile, serial, validity, identity, services })
    }

    /// Issues a certificate. That the subject owns the key, and that the numbers are the subject's, is for the caller to
    /// know.
    ///
    /// Personal numbers go into the certificate only if the profile publishes them; see
    /// [`Profile::publishes_personal_ids`].
    ///
    /// # Errors
    /// [`CertError::NameEmpty`]; [`CertError::IssuerOutlived`] when the period goes beyond the issuer's own;
    /// [`CertError::IssuerPathLength`] when a CA is asked for that may not be beneath this one;
    /// [`CertError::IssuerRoot`] when a root is asked for; [`CertError::IdentityRole`];
    /// [`CertError::DraftRule`] when the certificate would break a rule of its standards; the signer's error.
    pub fn issue_draft(&self, draft: &CertificateDraft<'_>) -> Result<Certificate, CertError> {
        let own = self.certificate.validity();
        if !own.covers(draft.validity) {
            return Err(CertError::IssuerOutlived { issuer_ends: own.to() });
        }
        if draft.profile.role() == Role::Root {
            return Err(CertError::IssuerRoot);
        }
        if draft.profile.is_ca() && self.certificate.path_len() == Some(0) {
            return Err(CertError::IssuerPathLength);
        }
        draft.sign(self.certificate.subject(), Some(&self.key_id()), self.signer())
    }

    /// Makes a revocation list. What the registry knows goes in; what is no longer on hold is left out by the caller.
    ///
    /// # Errors
    /// [`CertError::IssuerNotCa`] when the certificate may not sign revocation lists; [`CertError::Malformed`] when the
    /// next update lies before this one, or a serial number comes twice; the signer's error.
    pub fn revocation_list(&self, draft: &RevocationListDraft) -> Result<RevocationList, CertError> {
        if self.certificate.key_usage().is_some_and(|usage| !usage.crl_sign()) {
            return Err(CertError::IssuerNotCa);
        }
        let authority = authority_extension(&self.key_id());
        let part = write_part(draft, self.certificate.subject(), &authority)?;
        let list = RevocationList::from_vec(Signed::write(&part, self.signer())?)?;
        list.check_signature_by(&self.certificate)?;
        Ok(list)
    }

    /// The identifier of the issuer's key as its certificate has it, or as this program would compute it.
    pub(super) fn key_id(&self) -> Vec<u8> {
        let own = self.certificate.subject_key_id().map(<[u8]>::to_vec);
        own.unwrap_or_else(|| key_id(self.signer.public_key()))
    }
}

impl fmt::Debug for Issuer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Issuer({:?})", self.certificate)
    }
}

/// The leftmost 20 bytes of SM3 over the point: the method of RFC 7093, 2 with SM3, so that SHA-1 is not needed.
pub(super) fn key_id(key: &PublicKey) -> Vec<u8> {
    sm3(&key.to_sec1()).as_bytes()[..20].to_vec()
}

/// authorityKeyIdentifier with a key identifier only.
pub(super) fn authority_extension(key_id: &[u8]) -> Vec<u8> {
    let value = write::AuthorityKeyIdentifier { key: write::octets(key_id) };
    extension(&oid::AUTHORITY_KEY_IDENTIFIER, false, &write::encode(&value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cert::KeyPurpose;
    use crate::cert::KeyUsage;
    use crate::key::KeyError;
    use crate::key::SoftSigner;
    use crate::sm::SecretKey;
    use crate::sm::SignDigest;
    use crate::sm::Signature;
    use crate::time::Instant;
    use der::Decode;
    use der::Encode;

    fn signer(byte: u8) -> SoftSigner {
        SoftSigner::deterministic(SecretKey::from_bytes(&[byte; 32]).unwrap())
    }

    fn period() -> Period {
        Period::years(Instant::utc(2026, 11, 24, 0, 0, 0).unwrap(), 30)
    }

    fn serial(byte: u8) -> SerialNumber {
        SerialNumber::from_bytes(&[byte]).unwrap()
    }

    fn root() -> Certificate {
        let name = Name::parse("CN=Fake Root,O=示例,C=CN").unwrap();
        Issuer::self_signed(&name, &signer(1), serial(1), period()).unwrap()
    }

    fn issue(profile: Profile) -> Certificate {
        let issuer = Issuer::new(root(), signer(1)).unwrap();
        let name = Name::parse("CN=示例用户,O=示例市数据局,C=CN").unwrap();
        let validity = Period::years(period().from(), 2);
        issuer.issue_for(&name, signer(2).public_key(), &profile, serial(0xee), validity).unwrap()
    }

    #[test]
    fn an_issued_certificate_says_what_was_asked_and_holds() {
        let root = root();
        let issued = issue(Profile::organization());
        issued.check_signature_by(root.public_key().unwrap()).unwrap();
        assert_eq!(issued.issuer(), root.subject());
        assert_eq!(issued.subject().to_string(), "CN=示例用户,O=示例市数据局,C=CN");
        assert_eq!(issued.serial().to_string(), "ee");
        assert_eq!(issued.version(), 3);
        assert_eq!(issued.authority_key_id(), root.subject_key_id());
        assert_eq!(issued.subject_key_id().unwrap(), key_id(signer(2).public_key()));
        assert_eq!(
            issued.key_usage().unwrap(),
            KeyUsage::of(&[KeyPurpose::DigitalSignature, KeyPurpose::NonRepudiation])
        );
        assert!(!issued.is_ca() && root.is_ca() && root.path_len().is_none() && root.authority_key_id().is_none());
    }

    #[test]
    fn the_same_inputs_give_the_same_bytes() {
        assert_eq!(issue(Profile::person()).as_der(), issue(Profile::person()).as_der());
    }

    #[test]
    fn a_strict_parser_of_others_reads_what_is_written_and_writes_the_same_bytes() {
        let certificates = [root(), issue(Profile::sub_ca()), issue(Profile::tsa()), issue(Profile::ocsp())];
        for certificate in certificates {
            let read = x509_cert::Certificate::from_der(certificate.as_der()).unwrap();
            assert_eq!(read.to_der().unwrap(), certificate.as_der());
        }
    }

    #[test]
    fn extensions_follow_the_table_of_the_profiles() {
        let of = |profile: Profile| {
            issue(profile)
                .extensions()
                .map(|extension| format!("{}{}", extension.name().unwrap(), if extension.critical { "!" } else { "" }))
                .collect::<Vec<_>>()
        };
        let ids = ["authorityKeyIdentifier", "subjectKeyIdentifier"];
        assert_eq!(of(Profile::seal_maker()), [ids[0], ids[1], "keyUsage!"]);
        assert_eq!(of(Profile::sub_ca()), [ids[0], ids[1], "basicConstraints!", "keyUsage!"]);
        assert_eq!(of(Profile::tsa()), [ids[0], ids[1], "keyUsage!", "extKeyUsage!"]);
        assert_eq!(of(Profile::ocsp()), [ids[0], ids[1], "keyUsage!", "extKeyUsage", "ocsp-nocheck"]);
        let root = root();
        let root: Vec<_> = root.extensions().filter_map(|extension| extension.name()).collect();
        assert_eq!(root, [ids[1], "basicConstraints", "keyUsage"]);
        assert_eq!(issue(Profile::sub_ca()).path_len(), Some(0));
    }

    #[test]
    fn the_templates_of_the_notes_stand_in_what_is_written() {
        let hex = crate::cert::hex(issue(Profile::person()).as_der());
        assert!(hex.contains("301306072a8648ce3d020106082a811ccf5501822d"));
        assert_eq!(hex.matches("300a06082a811ccf55018375").count(), 2);
    }

    #[test]
    fn who_is_no_ca_or_has_another_key_cannot_issue() {
        let leaf = issue(Profile::organization());
        assert_eq!(Issuer::new(leaf, signer(2)).unwrap_err(), CertError::IssuerNotCa);
        assert_eq!(Issuer::new(root(), signer(2)).unwrap_err(), CertError::IssuerForeignKey);
    }

    #[test]
    fn a_certificate_may_not_outlive_its_issuer_nor_a_ca_stand_where_none_may() {
        let name = Name::parse("CN=x").unwrap();
        let key = signer(3);
        let issuer = Issuer::new(root(), signer(1)).unwrap();
        let long = Period::new(period().from(), period().to().plus_seconds(1)).unwrap();
        assert!(matches!(
            issuer.issue_for(&name, key.public_key(), &Profile::person(), serial(2), long),
            Err(CertError::IssuerOutlived { .. })
        ));
        let short = Period::years(period().from(), 1);
        let beneath =
            |issuer: &Issuer<'_>, profile| issuer.issue_for(&name, key.public_key(), &profile, serial(2), short);
        assert_eq!(beneath(&issuer, Profile::root()), Err(CertError::IssuerRoot));
        let sub = Issuer::new(issue(Profile::sub_ca()), signer(2)).unwrap();
        assert_eq!(beneath(&sub, Profile::sub_ca()), Err(CertError::IssuerPathLength));
        assert!(beneath(&sub, Profile::person()).is_ok());
        let empty = Name::from_der(&[0x30, 0]).unwrap();
        assert_eq!(
            sub.issue_for(&empty, key.public_key(), &Profile::person(), serial(2), short),
            Err(CertError::NameEmpty)
        );
    }

    #[test]
    fn a_signer_that_signs_something_else_gets_no_certificate_out() {
        struct Broken(SoftSigner);
        impl Signer for Broken {
            fn public_key(&self) -> &PublicKey {
                self.0.public_key()
            }
            fn sign_digest(&self, _: &SignDigest) -> Result<Signature, KeyError> {
                self.0.sign_digest(&SignDigest::from_bytes([9; 32]))
            }
        }
        let name = Name::parse("CN=x").unwrap();
        assert!(matches!(
            Issuer::self_signed(&name, &Broken(signer(1)), serial(1), period()),
            Err(CertError::BadSignature { .. })
        ));
    }
}
