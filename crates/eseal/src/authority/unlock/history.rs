use ::der::Enumerated;
use ::der::Sequence;
use ::der::asn1::GeneralizedTime;
use ::der::asn1::OctetString;

use crate::authority::asn1::generalized;
use crate::authority::asn1::instant;
use crate::cert::SerialNumber;
use crate::der;
use crate::lang::vocabulary;
use crate::registry::DossierKind;
use crate::registry::DossierRecord;
use crate::registry::RegistryError;
use crate::sm::Sm3Digest;
use crate::sm::sm3;
use crate::time::Instant;
use crate::token::GrantId;

const VERSION: u32 = 1;
/// The most grants that are remembered, the newest; more than three years of as many as are allowed would need.
const MAX_GRANTS: usize = 64;
/// The most certificates of a grant that are remembered: those that count for a receipt are the newest, which come first.
const MAX_CERTIFICATES: usize = 16;
/// The most holders of a token that are remembered; a second one is rare.
const MAX_HOLDERS: usize = 16;

vocabulary! {
    /// What became of a grant (授权状态).
    pub enum GrantState: word {
        /// It was given; whether it was used is not known yet.
        Granted = "granted", "已授权", "granted";
        /// The token said that it was unlocked with it.
        Used = "used", "已使用", "used";
        /// It was written down and then not given, because the sealed share was not what the request said.
        Failed = "failed", "未签发", "not given";
    }
}

/// What became of a grant, as it is written down.
#[derive(Clone, Copy, PartialEq, Eq, Enumerated)]
#[asn1(type = "ENUMERATED")]
#[repr(u8)]
enum StateNumber {
    Granted = 0,
    Used = 1,
    Failed = 2,
}

/// A grant as an authority remembers it (授权记录).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantRecord {
    /// Its number.
    pub id: GrantId,
    /// SM3 of the request that it answers.
    pub request: Sm3Digest,
    /// Which sealing of the token it is for.
    pub epoch: u64,
    /// When it was given first.
    pub at: Instant,
    /// Until when it may be used.
    pub until: Instant,
    /// How often it was handed out: the same request, brought again, gets the same grant.
    pub handed: u32,
    /// What became of it.
    pub state: GrantState,
    /// When the token was unlocked, as it says.
    pub used: Option<Instant>,
    /// The serial numbers of the certificates that the request named and this registry knows.
    pub certificates: Vec<SerialNumber>,
}

/// What an authority remembers of a token (软证书解锁档案).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnlockHistory {
    /// The token's serial number, hexadecimal.
    pub token: String,
    /// The newest sealing that the token itself told in a receipt.
    pub told: Option<u64>,
    /// How often something about it had to be looked into.
    pub alarms: u32,
    /// When that was last.
    pub alarmed: Option<Instant>,
    /// What was granted, oldest first.
    pub grants: Vec<GrantRecord>,
    /// SM3 of the subjects that the token belongs to, as far as grants and receipts say.
    pub(super) holders: Vec<Sm3Digest>,
    /// The digest of the dossier that this was read from.
    pub(super) before: Option<Sm3Digest>,
}

#[derive(Sequence)]
struct GrantBody {
    id: OctetString,
    request: OctetString,
    epoch: u64,
    at: GeneralizedTime,
    until: GeneralizedTime,
    handed: u32,
    state: StateNumber,
    #[asn1(context_specific = "0", optional = "true")]
    used: Option<GeneralizedTime>,
    certificates: Vec<OctetString>,
}

#[derive(Sequence)]
struct HistoryBody {
    version: u32,
    #[asn1(context_specific = "0", optional = "true")]
    told: Option<u64>,
    alarms: u32,
    #[asn1(context_specific = "1", optional = "true")]
    alarmed: Option<GeneralizedTime>,
    holders: Vec<OctetString>,
    grants: Vec<GrantBody>,
}

fn octets(bytes: &[u8]) -> OctetString {
    OctetString::new(bytes).expect("short strings")
}

const fn damaged() -> RegistryError {
    RegistryError::Damaged { what: "token dossier" }
}

fn array<const N: usize>(string: &OctetString) -> Result<[u8; N], RegistryError> {
    string.as_bytes().try_into().map_err(|_| damaged())
}

impl GrantRecord {
    fn read(body: &GrantBody) -> Result<Self, RegistryError> {
        let serial = |bytes: &OctetString| SerialNumber::from_bytes(bytes.as_bytes()).map_err(|_| damaged());
        Ok(Self {
            id: GrantId::from_bytes(array(&body.id)?),
            request: Sm3Digest::from_bytes(array(&body.request)?),
            epoch: body.epoch,
            at: instant(body.at),
            until: instant(body.until),
            handed: body.handed,
            state: match body.state {
                StateNumber::Granted => GrantState::Granted,
                StateNumber::Used => GrantState::Used,
                StateNumber::Failed => GrantState::Failed,
            },
            used: body.used.map(instant),
            certificates: body.certificates.iter().map(serial).collect::<Result<_, _>>()?,
        })
    }

    fn body(&self) -> GrantBody {
        GrantBody {
            id: octets(self.id.as_bytes()),
            request: octets(self.request.as_bytes()),
            epoch: self.epoch,
            at: generalized(self.at),
            until: generalized(self.until),
            handed: self.handed,
            state: match self.state {
                GrantState::Granted => StateNumber::Granted,
                GrantState::Used => StateNumber::Used,
                GrantState::Failed => StateNumber::Failed,
            },
            used: self.used.map(generalized),
            certificates: self.certificates.iter().take(MAX_CERTIFICATES).map(|one| octets(one.as_bytes())).collect(),
        }
    }

    /// Whether it counts as an unlocking that was allowed.
    pub(super) fn counts(&self) -> bool {
        self.state != GrantState::Failed
    }
}

impl UnlockHistory {
    /// Of a token that nobody asked about before.
    pub(super) const fn new(token: String) -> Self {
        Self { token, told: None, alarms: 0, alarmed: None, grants: Vec::new(), holders: Vec::new(), before: None }
    }

    /// The newest sealing that is known: told by a receipt, or proven by a share that was opened.
    #[must_use]
    pub fn epoch(&self) -> Option<u64> {
        let granted = self.grants.iter().filter(|grant| grant.counts()).map(|grant| grant.epoch);
        granted.chain(self.told).max()
    }

    /// Reads what was kept.
    pub(super) fn read(record: &DossierRecord) -> Result<Self, RegistryError> {
        let body: HistoryBody = der::decode(&record.der).map_err(|_| damaged())?;
        if body.version != VERSION {
            return Err(damaged());
        }
        Ok(Self {
            token: record.key.clone(),
            told: body.told,
            alarms: body.alarms,
            alarmed: body.alarmed.map(instant),
            holders: body
                .holders
                .iter()
                .map(|holder| array(holder).map(Sm3Digest::from_bytes))
                .collect::<Result<_, _>>()?,
            grants: body.grants.iter().map(GrantRecord::read).collect::<Result<_, _>>()?,
            before: Some(record.digest()),
        })
    }

    /// The dossier to keep: the newest grants and holders.
    pub(super) fn record(&self) -> DossierRecord {
        let (old_grants, old_holders) =
            (self.grants.len().saturating_sub(MAX_GRANTS), self.holders.len().saturating_sub(MAX_HOLDERS));
        let body = HistoryBody {
            version: VERSION,
            told: self.told,
            alarms: self.alarms,
            alarmed: self.alarmed.map(generalized),
            holders: self.holders[old_holders..].iter().map(|holder| octets(holder.as_bytes())).collect(),
            grants: self.grants[old_grants..].iter().map(GrantRecord::body).collect(),
        };
        let bytes = der::encode(&body).expect("bounded lists of short fields encode");
        DossierRecord::new(DossierKind::Token, self.token.clone(), bytes)
    }

    /// Whether the token is known to belong to this subject, by its text.
    pub(super) fn is_of(&self, subject: &str) -> bool {
        self.holders.contains(&sm3(subject.as_bytes()))
    }

    /// Remembers that the token belongs to this subject.
    pub(super) fn belongs_to(&mut self, subject: &str) {
        let holder = sm3(subject.as_bytes());
        if !self.holders.contains(&holder) {
            self.holders.push(holder);
        }
    }

    /// Remembers that something has to be looked into.
    pub(super) const fn alarm(&mut self, at: Instant) {
        self.alarms = self.alarms.saturating_add(1);
        self.alarmed = Some(at);
    }

    /// The grants since a time.
    pub(super) fn granted_since(&self, since: Instant) -> impl Iterator<Item = &GrantRecord> {
        self.grants.iter().filter(move |grant| grant.counts() && grant.at > since)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant(number: u8) -> GrantRecord {
        GrantRecord {
            id: GrantId::from_bytes([number; 16]),
            request: sm3(&[number]),
            epoch: u64::from(number),
            at: Instant::from_unix(1_795_500_000),
            until: Instant::from_unix(1_795_500_060),
            handed: 1,
            state: GrantState::ALL[usize::from(number % 3)],
            used: number.is_multiple_of(2).then_some(Instant::from_unix(1_795_500_030)),
            certificates: vec![SerialNumber::from_bytes(&[number, 7]).unwrap()],
        }
    }

    #[test]
    fn what_is_kept_is_read_again() {
        let mut history = UnlockHistory::new("00ff".into());
        assert_eq!(history.epoch(), None);
        history.alarm(Instant::from_unix(1_795_500_001));
        history.belongs_to("CN=fake");
        history.belongs_to("CN=fake");
        history.grants = (1..6).map(grant).collect();
        history.told = Some(3);
        let record = history.record();
        let read = UnlockHistory::read(&record).unwrap();
        assert_eq!(read, UnlockHistory { before: Some(record.digest()), ..history });
        assert!(read.is_of("CN=fake") && !read.is_of("CN=other") && read.holders.len() == 1);
        assert_eq!(read.epoch(), Some(4), "number 5 failed");
    }

    #[test]
    fn a_long_history_keeps_its_newest_end_and_fits() {
        let mut history = UnlockHistory::new("00ff".into());
        let serials = (0..64).map(|byte| SerialNumber::from_bytes(&[byte + 1; 20]).unwrap()).collect::<Vec<_>>();
        history.grants =
            (0..200).map(|number| GrantRecord { certificates: serials.clone(), ..grant(number) }).collect();
        (0..200).for_each(|number| history.belongs_to(&format!("CN=fake {number}")));
        let record = history.record();
        assert!(record.der.len() <= DossierRecord::MAX_BYTES, "{}", record.der.len());
        let read = UnlockHistory::read(&record).unwrap();
        assert_eq!((read.grants.len(), read.grants[63].id, read.holders.len()), (64, grant(199).id, 16));
        assert!(read.is_of("CN=fake 199"));
    }

    #[test]
    fn bytes_that_are_no_history_are_damage() {
        let whole = UnlockHistory::new("00ff".into()).record();
        for end in 0..whole.der.len() {
            let cut = DossierRecord::new(DossierKind::Token, "00ff", whole.der[..end].to_vec());
            assert_eq!(UnlockHistory::read(&cut).unwrap_err().code(), "registry-damaged");
        }
    }
}
