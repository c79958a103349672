use crate::key::Signer;
use crate::key::public_key_to_spki;
use crate::oid;
use crate::sm::PublicKey;
use crate::time::Period;

use super::CertError;
use super::Certificate;
use super::Identity;
use super::LintFinding;
use super::LintSeverity;
use super::Name;
use super::Profile;
use super::Role;
use super::SerialNumber;
use super::Services;
use super::asn1;
use super::extension::extension;
use super::issuer::authority_extension;
use super::issuer::key_id;
use super::lint_as;
use super::signed::Signed;
use super::write;
use super::write::TbsCertificate;
use super::write::Time;
use super::write::Validity;

/// What a certificate is to say, for [`Issuer::issue_draft`](super::Issuer::issue_draft).
#[derive(Clone, Debug)]
pub struct CertificateDraft<'d> {
    /// Whose certificate it will be.
    pub subject: &'d Name,
    /// The key that is certified.
    pub key: &'d PublicKey,
    /// What for.
    pub profile: &'d Profile,
    /// Its number, unique within the issuer.
    pub serial: SerialNumber,
    /// For how long.
    pub validity: Period,
    /// Who the subject is, by numbers.
    pub identity: &'d Identity,
    /// What the CA says about itself in every certificate.
    pub services: &'d Services,
}

impl CertificateDraft<'_> {
    /// Signs the draft. `authority` identifies the issuer's key; a root names none.
    pub(super) fn sign(
        &self,
        issuer: &Name,
        authority: Option<&[u8]>,
        signer: &dyn Signer,
    ) -> Result<Certificate, CertError> {
        if self.subject.is_empty() || issuer.is_empty() {
            return Err(CertError::NameEmpty);
        }
        if !self.identity.is_empty() && !self.profile.has_identity() {
            return Err(CertError::IdentityRole { profile: self.profile.name().to_owned() });
        }
        let extensions = self.extensions(authority);
        let (serial, public_key) = (self.serial.to_der(), public_key_to_spki(self.key));
        let tbs = write::encode(&TbsCertificate {
            version: 2,
            serial: write::raw(&serial),
            signature: write::SM2_WITH_SM3,
            issuer: write::raw(issuer.as_der()),
            validity: Validity { not_before: Time::of(self.validity.from()), not_after: Time::of(self.validity.to()) },
            subject: write::raw(self.subject.as_der()),
            public_key: write::raw(&public_key),
            extensions: write::raw_list(&extensions),
        });
        self.check(&tbs)?;
        let certificate = Certificate::from_der(&Signed::write(&tbs, signer)?)?;
        // A signer elsewhere may be broken: nothing leaves here that does not hold.
        if !signer.signs_here() {
            certificate.check_signature_by(signer.public_key())?;
        }
        Ok(certificate)
    }

    /// Lints what is about to be signed; errors forbid it.
    fn check(&self, tbs: &[u8]) -> Result<(), CertError> {
        // Any signature will do: this certificate never leaves here.
        const PLACE: [u8; 8] = [asn1::SEQUENCE, 6, asn1::INTEGER, 1, 1, asn1::INTEGER, 1, 1];
        let unsigned = write::encode(&write::Signed {
            part: write::raw(tbs),
            algorithm: write::SM2_WITH_SM3,
            signature: write::bits(&PLACE),
        });
        let findings = lint_as(&Certificate::from_der(&unsigned)?, self.profile.role());
        match findings.into_iter().find(|found| found.severity() == LintSeverity::Error) {
            Some(LintFinding { rule, detail }) => Err(CertError::DraftRule { rule, detail }),
            None => Ok(()),
        }
    }

    /// The extensions by the table of roles in GB/T 20518-2018, annex C (clause not checked).
    fn extensions(&self, authority: Option<&[u8]>) -> Vec<Vec<u8>> {
        let mut list = Vec::new();
        list.extend(authority.map(authority_extension));
        let own = write::encode(&write::octets(&key_id(self.key)));
        list.push(extension(&oid::SUBJECT_KEY_IDENTIFIER, false, &own));
        list.extend(self.profile.extensions());
        let Some(issuer) = authority else { return list };
        list.extend(self.profile.policies_extension(self.services));
        if self.profile.role() != Role::Ocsp {
            list.extend(self.services.points_extension(issuer, &self.serial));
            list.extend(self.services.access_extension(issuer));
        }
        list.extend(self.identity.extensions(self.profile.publishes_personal_ids()));
        list
    }
}
