//! The certificates of one order, made and put into words for the registry.

use crate::cert::Certificate;
use crate::cert::CertificateDraft;
use crate::cert::CertificateResponse;
use crate::cert::Identity;
use crate::cert::Issuer;
use crate::cert::Profile;
use crate::cert::SerialNumber;
use crate::cert::Services;
use crate::key::EnvelopedKey;
use crate::key::KeyError;
use crate::key::PublicKey;
use crate::key::SecretKey;
use crate::registry::AnswerRecord;
use crate::registry::CertificateRecord;
use crate::registry::Change;

use super::AuthorityError;
use super::Filled;
use super::Issued;
use super::Order;
use super::Partner;
use super::escrow;

/// What was signed for an order and is not written yet.
pub(super) struct Made {
    encryption_profile: Option<Profile>,
    answer: CertificateResponse,
    /// The change that keeps the encryption key.
    escrowed: Option<Change>,
}

impl Made {
    /// Signs what an order asks for.
    pub(super) fn new(
        order: &Order<'_>,
        issuer: &Issuer<'_>,
        services: &Services,
        escrow: Option<&PublicKey>,
    ) -> Result<Self, AuthorityError> {
        let sign = |key: &PublicKey, profile: &Profile, identity: &Identity| {
            let serial = SerialNumber::random()?;
            let Order { subject, validity, .. } = *order;
            issuer.issue_draft(&CertificateDraft { subject, key, profile, serial, validity, identity, services })
        };
        let encryption_profile = match order.partner {
            Partner::None => None,
            Partner::NewKey | Partner::SameKey(_) => {
                let profile = order.profile.partner();
                Some(profile.ok_or_else(|| AuthorityError::NoPair { profile: order.profile.name().to_owned() })?)
            }
        };
        let signing = sign(order.key, order.profile, &order.identity)?;
        let chain = vec![signing, issuer.certificate().clone()];
        let encryption = |key: &PublicKey| -> Result<Vec<Certificate>, AuthorityError> {
            let profile = encryption_profile.as_ref().expect("an order with a partner has its profile");
            Ok(vec![sign(key, profile, &order.identity)?])
        };
        let mut escrowed = None;
        let answer = match order.partner {
            Partner::None => CertificateResponse::new(chain),
            Partner::NewKey => {
                // The key exists here only until the envelope is closed.
                let secret = SecretKey::generate().map_err(KeyError::from)?;
                let envelope = EnvelopedKey::seal(&secret, order.key)?;
                let encryption = encryption(secret.public_key())?;
                if let (Some(escrow), Some(certificate)) = (escrow, encryption.first()) {
                    escrowed = Some(escrow::kept(certificate, escrow, &EnvelopedKey::seal(&secret, escrow)?));
                }
                CertificateResponse::with_pair(chain, encryption, envelope)?
            }
            Partner::SameKey(key) => CertificateResponse::renewed_pair(chain, encryption(key)?)?,
        };
        Ok(Self { encryption_profile, answer, escrowed })
    }

    /// What is to be written.
    pub(super) fn changes(&self, order: &Order<'_>, issuer_key: &PublicKey) -> Result<Vec<Change>, AuthorityError> {
        let record = |certificate: &Certificate, profile: &Profile| {
            let record = CertificateRecord::new(certificate, issuer_key, profile.name())?;
            let record = record.with_organization(order.organization.clone(), order.region.clone());
            Ok::<_, AuthorityError>(CertificateRecord { replaces: order.replaces.clone(), ..record })
        };
        let signing = &self.answer.signing()[0];
        let mut own = record(signing, order.profile)?;
        own.order.clone_from(&order.id);
        let mut changes = Vec::with_capacity(3);
        let pair = self.answer.encryption().first().zip(self.encryption_profile.as_ref());
        match pair {
            None => changes.push(Change::CertificateIssued(own)),
            Some((encryption, profile)) => {
                own.partner = Some(encryption.serial().clone());
                let mut other = record(encryption, profile)?;
                other.partner = Some(signing.serial().clone());
                // It replaces the other half's own predecessor, which its record leads to.
                other.replaces = None;
                changes.extend([Change::CertificateIssued(own), Change::CertificateIssued(other)]);
            }
        }
        if let Some(order) = &order.id {
            let answer = AnswerRecord { order: order.clone(), der: self.answer.to_der() };
            changes.push(Change::AnswerKept(answer));
        }
        changes.extend(self.escrowed.clone());
        Ok(changes)
    }

    /// What goes back to whoever ordered.
    pub(super) fn issued(self) -> Result<Issued, AuthorityError> {
        Ok(Issued::from_answer(self.answer, Filled::Now).expect("an answer begins with its certificate"))
    }
}
