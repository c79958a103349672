//! What is to be done about an order: fill it, give an earlier answer again, or refuse.

use std::collections::HashMap;
use std::collections::HashSet;

use crate::cert::Certificate;
use crate::cert::CertificateResponse;
use crate::cert::Name;
use crate::key::PublicKey;
use crate::registry::CertificateRecord;
use crate::registry::CertificateStatus;
use crate::registry::KeyId;
use crate::registry::RegistryError;

use super::Authority;
use super::AuthorityError;
use super::Filled;
use super::Issued;
use super::Order;
use super::Partner;

/// Where an order stands.
pub(super) enum Settled {
    /// It has to be filled.
    Open,
    /// An order before it in the same list has its name.
    Twice,
    /// It is filled, or refused.
    Done(Box<Result<Issued, AuthorityError>>),
}

impl Settled {
    /// Whether it cannot be filled.
    pub(super) fn is_refused(&self) -> bool {
        matches!(self, Self::Done(done) if done.is_err())
    }
}

impl Authority<'_> {
    /// Looks at every order. An `Err` is the registry's failure; what is wrong with an order stands at its place.
    pub(super) fn settle(&self, orders: &[Order<'_>]) -> Result<Vec<Settled>, AuthorityError> {
        let mut names = HashSet::new();
        let mut holders: HashMap<&PublicKey, &Name> = HashMap::new();
        let mut all = Vec::with_capacity(orders.len());
        for order in orders {
            let settled = match &order.id {
                Some(id) if !names.insert(id.as_str()) => Settled::Twice,
                _ => {
                    let refused = |error| Ok(Settled::Done(Box::new(Err(error))));
                    let looked = match self.known(order) {
                        Ok(Some(issued)) => Ok(Settled::Done(Box::new(Ok(issued)))),
                        Ok(None) => match self.check_key(order, &mut holders) {
                            Ok(()) => Ok(Settled::Open),
                            Err(AuthorityError::Registry(error)) => Err(error),
                            Err(error) => refused(error),
                        },
                        Err(AuthorityError::Registry(error)) => Err(error),
                        Err(error) => refused(error),
                    };
                    looked?
                }
            };
            all.push(settled);
        }
        Ok(all)
    }

    /// The answer to an order that was filled before.
    pub(super) fn known(&self, order: &Order<'_>) -> Result<Option<Issued>, AuthorityError> {
        let Some(id) = &order.id else { return Ok(None) };
        let Some(record) = self.registry.certificate_by_order(id)? else { return Ok(None) };
        let own = KeyId::of(order.key);
        let same = record.subject_key == own
            && record.profile == order.profile.name()
            && record.partner.is_some() == (order.partner != Partner::None)
            && certificate(&record)?.subject().matches(order.subject);
        if !same {
            return Err(AuthorityError::OrderDiffers { order: id.clone(), serial: record.serial.to_string() });
        }
        let kept = self.registry.answer(id)?.ok_or(RegistryError::Damaged { what: "answer" })?;
        let answer = CertificateResponse::from_bytes(&kept)?;
        Ok(Issued::from_answer(answer, Filled::Before))
    }

    /// A key belongs to one subject, and one that was in wrong hands is never certified again; GM/T 0092-2020 (clause not
    /// checked).
    fn check_key<'o>(
        &self,
        order: &Order<'o>,
        holders: &mut HashMap<&'o PublicKey, &'o Name>,
    ) -> Result<(), AuthorityError> {
        let holder = *holders.entry(order.key).or_insert(order.subject);
        if !holder.matches(order.subject) || order.key == self.issuer_key()? {
            return Err(AuthorityError::KeyOfAnother { subject: holder.to_string() });
        }
        for record in self.registry.by_subject_key(&KeyId::of(order.key))? {
            if matches!(record.status, CertificateStatus::Revoked(revocation) if revocation.reason.is_compromise()) {
                return Err(AuthorityError::KeyCompromised { serial: record.serial.to_string() });
            }
            if !certificate(&record)?.subject().matches(order.subject) {
                return Err(AuthorityError::KeyOfAnother { subject: record.subject });
            }
        }
        Ok(())
    }
}

/// The certificate of a record.
pub(super) fn certificate(record: &CertificateRecord) -> Result<Certificate, AuthorityError> {
    Certificate::from_der(&record.der).map_err(|_| RegistryError::Damaged { what: "certificate" }.into())
}
