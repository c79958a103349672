//! What revocation lists say about a certificate: full lists, lists of one distribution point, delta lists upon them.

use super::super::Certificate;
use super::super::RevocationList;
use super::super::scope::Reasons;
use super::Cause;
use super::Ground;
use super::found::Said;
use super::search::Budget;
use super::search::Search;
use super::word::Word;

impl Search<'_> {
    /// Adds what the lists of its issuer say about a certificate.
    pub(super) fn list_words(
        &mut self,
        certificate: &Certificate,
        issuer: &Certificate,
        said: &mut Said,
    ) -> Result<(), Budget> {
        let lists = self.validator.lists.get(certificate.issuer()).map(Vec::as_slice).unwrap_or_default();
        let mut lists: Vec<_> = lists.iter().collect();
        // Those that name the issuer's key first, so that namesakes do not use up the budget before them.
        lists.sort_by_key(|list| match (list.authority_key_id(), issuer.subject_key_id()) {
            (Some(named), Some(own)) => named != own,
            _ => false,
        });
        let (mut full, mut deltas, mut out_of_budget) = (Vec::new(), Vec::new(), false);
        let mut other_part = None;
        for list in lists {
            if !list.covers(certificate) {
                other_part = Some(Ground::about(Cause::CrlOtherPart, certificate).maybe("point", list.point()));
            } else if let Some(extension) = list.obstacle() {
                said.trouble(Ground::about(Cause::CrlUnsupported, certificate).with("extension", extension));
            } else if issuer.key_usage().is_some_and(|usage| !usage.crl_sign()) {
                said.trouble(Ground::about(Cause::CrlIssuerUsage, issuer));
            } else {
                match self.list_holds(list, issuer) {
                    Ok(true) if list.is_delta() => deltas.push(list),
                    Ok(true) => full.push(list),
                    Ok(false) => said.trouble(Ground::about(Cause::CrlBadSignature, certificate)),
                    Err(Budget) => {
                        out_of_budget = true;
                        break;
                    }
                }
            }
        }
        said.words.extend(full.iter().map(|list| Word::of_list(list, certificate, list.reasons())));
        for delta in deltas {
            match full.iter().filter(|base| fits(base, delta)).max_by_key(|base| base.number()) {
                Some(base) => said.words.push(Word::of_delta(delta, base, certificate)),
                None => {
                    // What it names has been revoked all the same; its silence says nothing.
                    said.words.push(Word::of_list(delta, certificate, Reasons::NONE));
                    said.trouble(Ground::about(Cause::CrlDeltaAlone, certificate).maybe("base", delta.base()));
                }
            }
        }
        // Lists of other parts are as they should be: what is wrong with one that ought to help says more.
        other_part.into_iter().for_each(|ground| said.trouble(ground));
        if out_of_budget { Err(Budget) } else { Ok(()) }
    }
}

/// Whether a delta list can be read upon a full list; RFC 5280, 5.2.4. Both are of the same issuer and key.
fn fits(base: &RevocationList, delta: &RevocationList) -> bool {
    let (Some(number), Some(own), Some(since)) = (base.number(), delta.number(), delta.base()) else { return false };
    (since..own).contains(&number) && base.this_update() <= delta.this_update() && base.is_of_same_part(delta)
}
