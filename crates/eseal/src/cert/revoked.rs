use crate::lang::Lang;
use crate::time::Instant;

use super::SerialNumber;

/// Why a certificate was revoked (撤销原因); RFC 5280, 5.3.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// No reason was given.
    Unspecified,
    /// The holder's key is, or may be, in other hands.
    KeyCompromise,
    /// The CA's key is, or may be, in other hands.
    CaCompromise,
    /// The name or another statement in the certificate has changed.
    AffiliationChanged,
    /// Another certificate took its place.
    Superseded,
    /// The certificate is no longer needed.
    CessationOfOperation,
    /// On hold (冻结): the only reason that can be undone.
    CertificateHold,
    /// No longer on hold; in delta lists only.
    RemoveFromCrl,
    /// A right that the certificate spoke of was withdrawn.
    PrivilegeWithdrawn,
    /// The key of an attribute authority is, or may be, in other hands.
    AaCompromise,
}

impl Reason {
    /// Every reason in the order of its number.
    pub const ALL: [Self; 10] = [
        Self::Unspecified,
        Self::KeyCompromise,
        Self::CaCompromise,
        Self::AffiliationChanged,
        Self::Superseded,
        Self::CessationOfOperation,
        Self::CertificateHold,
        Self::RemoveFromCrl,
        Self::PrivilegeWithdrawn,
        Self::AaCompromise,
    ];

    /// The number on the wire; 7 is not used.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Unspecified => 0,
            Self::KeyCompromise => 1,
            Self::CaCompromise => 2,
            Self::AffiliationChanged => 3,
            Self::Superseded => 4,
            Self::CessationOfOperation => 5,
            Self::CertificateHold => 6,
            Self::RemoveFromCrl => 8,
            Self::PrivilegeWithdrawn => 9,
            Self::AaCompromise => 10,
        }
    }

    /// The reason of a number.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.number() == number)
    }

    /// The standard's own word, for JSON and for flags.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Unspecified => "unspecified",
            Self::KeyCompromise => "keyCompromise",
            Self::CaCompromise => "cACompromise",
            Self::AffiliationChanged => "affiliationChanged",
            Self::Superseded => "superseded",
            Self::CessationOfOperation => "cessationOfOperation",
            Self::CertificateHold => "certificateHold",
            Self::RemoveFromCrl => "removeFromCRL",
            Self::PrivilegeWithdrawn => "privilegeWithdrawn",
            Self::AaCompromise => "aACompromise",
        }
    }

    /// The reason of a word; case does not count.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.word().eq_ignore_ascii_case(word))
    }

    /// The name for people.
    #[must_use]
    pub const fn label(self, lang: Lang) -> &'static str {
        match self {
            Self::Unspecified => lang.pick("未说明", "unspecified"),
            Self::KeyCompromise => lang.pick("密钥泄露", "key compromise"),
            Self::CaCompromise => lang.pick("CA 密钥泄露", "CA compromise"),
            Self::AffiliationChanged => lang.pick("从属关系变更", "affiliation changed"),
            Self::Superseded => lang.pick("证书被取代", "superseded"),
            Self::CessationOfOperation => lang.pick("停止使用", "cessation of operation"),
            Self::CertificateHold => lang.pick("证书冻结", "on hold"),
            Self::RemoveFromCrl => lang.pick("解除冻结", "removed from the list"),
            Self::PrivilegeWithdrawn => lang.pick("权限收回", "privilege withdrawn"),
            Self::AaCompromise => lang.pick("属性机构密钥泄露", "attribute authority compromise"),
        }
    }

    /// Whether the key may have been in other hands before the revocation was entered.
    #[must_use]
    pub const fn is_compromise(self) -> bool {
        matches!(self, Self::KeyCompromise | Self::CaCompromise | Self::AaCompromise)
    }
}

/// An entry of a revocation list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revoked {
    /// Which certificate of the list's issuer.
    pub serial: SerialNumber,
    /// When it was revoked.
    pub at: Instant,
    /// Why; `None` when the list does not say.
    pub reason: Option<Reason>,
    /// When the key may have been lost already; RFC 5280, 5.3.2.
    pub invalidity_date: Option<Instant>,
}

impl Revoked {
    /// A revocation without more to say.
    #[must_use]
    pub const fn new(serial: SerialNumber, at: Instant, reason: Reason) -> Self {
        Self { serial, at, reason: Some(reason), invalidity_date: None }
    }

    /// Whether it is only on hold.
    #[must_use]
    pub fn is_hold(&self) -> bool {
        self.reason == Some(Reason::CertificateHold)
    }

    /// From when on signatures of this certificate do not count: the revocation, or for a compromised key the
    /// invalidity date if that is earlier.
    #[must_use]
    pub fn effective(&self) -> Instant {
        match self.invalidity_date {
            Some(date) if self.reason.is_some_and(Reason::is_compromise) => date.min(self.at),
            _ => self.at,
        }
    }
}

/// What a new revocation list shall say; see [`Issuer::revocation_list`](super::Issuer::revocation_list).
#[derive(Clone, Debug)]
pub struct RevocationListDraft {
    /// When it is issued.
    pub this_update: Instant,
    /// When the next one will be there at the latest.
    pub next_update: Instant,
    /// Its number: one more than that of the last list of this issuer.
    pub number: u64,
    /// The revoked certificates; one that is no longer on hold is left out of a full list, and stands in a delta list
    /// with [`Reason::RemoveFromCrl`].
    pub entries: Vec<Revoked>,
    /// For a delta list (增量撤销列表): the number of the full list that it builds upon; RFC 5280, 5.2.4.
    pub base: Option<u64>,
    /// For one part of several (分区撤销列表): the URI of its distribution point, as certificates name it in
    /// cRLDistributionPoints; RFC 5280, 5.2.5.
    pub point: Option<String>,
    /// Where delta lists upon this one are to be had, if it shall say so; RFC 5280, 5.2.6.
    pub freshest: Option<String>,
}

impl RevocationListDraft {
    /// A full list of everything that the issuer has revoked.
    #[must_use]
    pub const fn new(this_update: Instant, next_update: Instant, number: u64, entries: Vec<Revoked>) -> Self {
        Self { this_update, next_update, number, entries, base: None, point: None, freshest: None }
    }

    /// Makes it a delta list upon the full list of this number: its entries are what has changed since.
    #[must_use]
    pub const fn delta_from(mut self, base: u64) -> Self {
        self.base = Some(base);
        self
    }

    /// Makes it the list of one distribution point: its entries are those of the certificates that name the point.
    #[must_use]
    pub fn for_point(mut self, uri: impl Into<String>) -> Self {
        self.point = Some(uri.into());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_words_lead_back_to_their_reason() {
        for reason in Reason::ALL {
            assert_eq!(Reason::from_number(reason.number()), Some(reason));
            assert_eq!(Reason::parse(&reason.word().to_lowercase()), Some(reason));
            assert_ne!(reason.label(Lang::ZhCn), reason.label(Lang::En));
        }
        assert_eq!(Reason::from_number(7), None);
        assert_eq!(Reason::from_number(11), None);
    }

    #[test]
    fn only_for_a_compromised_key_does_an_earlier_invalidity_date_count() {
        let at = Instant::from_unix(100);
        let mut entry = Revoked::new(SerialNumber::from_bytes(&[1]).unwrap(), at, Reason::KeyCompromise);
        entry.invalidity_date = Some(Instant::from_unix(50));
        assert_eq!(entry.effective().unix(), 50);
        entry.reason = Some(Reason::Superseded);
        assert_eq!(entry.effective().unix(), 100);
        entry.reason = Some(Reason::KeyCompromise);
        entry.invalidity_date = Some(Instant::from_unix(150));
        assert_eq!(entry.effective().unix(), 100);
    }
}
