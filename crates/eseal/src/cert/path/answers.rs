//! OCSP responses as sources: who signed them, and what they say.

use super::super::CertError;
use super::super::Certificate;
use super::super::ocsp::Held;
use super::super::ocsp::OcspResponse;
use super::Cause;
use super::Ground;
use super::RevocationPolicy;
use super::constraints;
use super::found;
use super::found::Found;
use super::found::Said;
use super::search::Budget;
use super::search::Search;
use super::word::Word;

/// The most responses about one certificate that are looked at: each costs up to nine signature checks.
const MAX_RESPONSES: usize = 16;

impl Search<'_> {
    /// Adds what responses say about a certificate, by responders whom its issuer entrusted.
    pub(super) fn answer_words(
        &mut self,
        certificate: &Certificate,
        issuer: &Certificate,
        said: &mut Said,
    ) -> Result<(), Budget> {
        let validator = self.validator;
        let responses = validator.responses.get(certificate.serial()).map(Vec::as_slice).unwrap_or_default();
        for response in responses.iter().take(MAX_RESPONSES) {
            let Some(answer) = response.answer_for(issuer, certificate.serial()) else { continue };
            if let Some(cause) = self.distrust(response, issuer)? {
                said.trouble(Ground::about(cause, certificate));
                continue;
            }
            match Word::of_answer(answer) {
                Some(word) => said.words.push(word),
                None => said.trouble(Ground::about(Cause::OcspUnknown, certificate)),
            }
        }
        Ok(())
    }

    /// Why a response is not to be believed about certificates of this issuer.
    fn distrust(&mut self, response: &OcspResponse, issuer: &Certificate) -> Result<Option<Cause>, Budget> {
        let found =
            response.responder(issuer, |held: Held<'_>, key| self.check(held.sm3(), key, || held.holds(key)))?;
        let responder = match found {
            Ok(responder) => responder,
            Err(CertError::BadSignature { .. }) => return Ok(Some(Cause::OcspBadSignature)),
            Err(CertError::SignatureAlgorithm { .. } | CertError::KeyAlgorithm { .. }) => {
                return Ok(Some(Cause::OcspUnsupported));
            }
            Err(_) => return Ok(Some(Cause::OcspNotEntrusted)),
        };
        if responder == *issuer {
            return Ok(None);
        }
        if constraints::critical_extension(&responder).is_some() {
            return Ok(Some(Cause::OcspNotEntrusted));
        }
        if responder.extension(&crate::oid::OCSP_NOCHECK).is_some() {
            return Ok(None);
        }
        // Without the issuer's word that nobody need ask, lists tell; a response cannot speak for its own responder.
        let Some(at) = response.produced_at() else { return Ok(Some(Cause::OcspNotEntrusted)) };
        let mut said = Said::default();
        self.list_words(&responder, issuer, &mut said)?;
        Ok(match found::judge(&responder, &said.words, at) {
            Found::Good | Found::Later(_) => None,
            Found::Revoked(_) | Found::OnHold(_) => Some(Cause::OcspNotEntrusted),
            _ if self.validator.policy == RevocationPolicy::Required => Some(Cause::OcspNotEntrusted),
            _ => None,
        })
    }
}
