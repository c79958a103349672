use super::*;
use crate::audit::Act;
use crate::audit::Note;
use crate::authority::Approval;
use crate::authority::Authority;
use crate::authority::AuthorityError;
use crate::authority::CodeRule;
use crate::authority::Duty;
use crate::authority::Order;
use crate::authority::appoint;
use crate::authority::hold;
use crate::authority::revoke;
use crate::cert::Certificate;
use crate::cert::Issuer;
use crate::cert::Name;
use crate::cert::Profile;
use crate::cert::Reason;
use crate::cert::SerialNumber;
use crate::key::Signer;
use crate::key::SoftSigner;
use crate::registry::Cursor;
use crate::registry::EntryQuery;
use crate::registry::MemoryRegistry;
use crate::registry::Registry;
use crate::registry::verify_registry;
use crate::sm::SecretKey;
use crate::time::Instant;
use crate::time::Period;
use crate::token::KdfCost;
use crate::token::KeyUse;
use crate::token::MemoryMedium;
use crate::token::NewPin;
use crate::token::NewToken;
use crate::token::PendingUnlock;
use crate::token::Pin;
use crate::token::Token;
use crate::token::UnlockGrant;
use crate::token::UnlockReceipt;
use crate::token::UnlockRequest;

const NOW: Instant = Instant::from_unix(1_795_500_000);

fn note() -> Note {
    Note::new(NOW, "registrar")
}

fn later(days: i64) -> Note {
    Note::new(NOW.plus_days(days), "registrar")
}

fn key(byte: u8) -> SoftSigner {
    SoftSigner::deterministic(SecretKey::from_bytes(&[byte; 32]).unwrap())
}

fn name(common: &str) -> Name {
    Name::parse(&format!("CN={common},O=示例市数据局,C=CN")).unwrap()
}

/// An office with its unlocker, and holders with tokens that name it.
struct Fixture {
    registry: MemoryRegistry,
    issuer: Issuer<'static>,
    unlocker: Certificate,
    unlocker_key: SoftSigner,
}

struct Holder {
    medium: MemoryMedium,
    token: Token,
    certificate: Certificate,
}

impl Fixture {
    fn new() -> Self {
        let mut registry = MemoryRegistry::new();
        let root = Authority::found(&name("示例根"), &key(1), Period::years(NOW, 20), &mut registry, &note()).unwrap();
        let issuer = Issuer::new(root, key(1)).unwrap();
        let unlocker_key = key(2);
        let profile = Profile::unlocker();
        let unlocker = issue(&issuer, &mut registry, "示例解锁", &unlocker_key, &profile, 9);
        Self { registry, issuer, unlocker, unlocker_key }
    }

    fn holder(&mut self, common: &str, profile: &Profile) -> Holder {
        let (medium, pin) = (MemoryMedium::new(), Pin::new("the forgotten one").unwrap());
        let new = NewToken {
            kdf: KdfCost::demo(2),
            unlocker: Some(self.unlocker.clone()),
            ..NewToken::file("fake token", &pin)
        };
        let (mut session, _) = Token::create_open(medium.clone(), new, NOW).unwrap();
        session.generate_key(KeyUse::Sign).unwrap();
        let signer = session.signer(KeyUse::Sign).unwrap();
        let certificate = issue(&self.issuer, &mut self.registry, common, &signer, profile, 3);
        session.install(std::slice::from_ref(&certificate)).unwrap();
        Holder { token: Token::open(medium.clone()).unwrap(), medium, certificate }
    }

    fn office(&mut self) -> UnlockOffice<'_> {
        UnlockOffice::new(&mut self.registry)
    }

    fn grant_with(
        &mut self,
        request: &UnlockRequest,
        confirmation: &Confirmation<'_>,
        note: &Note,
    ) -> Result<UnlockGrant, AuthorityError> {
        let (certificate, key) = (self.unlocker.clone(), key(2));
        let unlocker = Unlocker { certificate: &certificate, signer: &key, decrypter: &key };
        self.office().grant(request, unlocker, confirmation, note)
    }

    fn grant(&mut self, request: &UnlockRequest, note: &Note) -> Result<UnlockGrant, AuthorityError> {
        let code = request.code();
        self.grant_with(request, &Confirmation { code: Some(&code), ..Confirmation::default() }, note)
    }

    fn receipt(&mut self, receipt: &UnlockReceipt) -> Result<UnlockHistory, AuthorityError> {
        self.office().receipt(receipt, &later(1))
    }

    fn acts(&self, act: Act) -> Vec<String> {
        let query = EntryQuery { act: Some(act), ..EntryQuery::default() };
        self.registry.find_entries(&query).unwrap().records.into_iter().map(|entry| entry.actor).collect()
    }

    fn sound(&self) {
        verify_registry(&self.registry).unwrap().unwrap();
    }
}

fn issue(
    issuer: &Issuer<'_>,
    registry: &mut dyn Registry,
    common: &str,
    signer: &dyn Signer,
    profile: &Profile,
    years: u16,
) -> Certificate {
    let subject = name(common);
    let order = Order::new(&subject, signer.public_key(), profile, Period::years(NOW, years));
    Authority::new(issuer, registry).issue_all(&[order], &note()).unwrap().remove(0).signing
}

impl Holder {
    fn request(&self, days: i64) -> (UnlockRequest, PendingUnlock) {
        self.token.request_unlock(Some("忘记口令"), None, NOW.plus_days(days)).unwrap()
    }

    /// Uses a grant; gives the receipt back.
    fn unlock(&self, grant: &UnlockGrant, pending: &PendingUnlock, days: i64) -> UnlockReceipt {
        let (pin, at) = (Pin::new("the new one, at last").unwrap(), NOW.plus_days(days));
        let new = NewPin { kdf: KdfCost::demo(2), ..NewPin::new(&pin) };
        let unlocked = self.token.unlock(grant, Some(pending), new, None, at).unwrap();
        unlocked.session.unlock_receipt(grant.id(), at).unwrap()
    }

    /// A token as it was before.
    fn copy(&self, bytes: Vec<u8>) -> Self {
        let medium = MemoryMedium::with_bytes(bytes);
        Self { token: Token::open(medium.clone()).unwrap(), medium, certificate: self.certificate.clone() }
    }
}

fn code<T: std::fmt::Debug>(result: Result<T, AuthorityError>) -> &'static str {
    result.unwrap_err().code()
}

/// The request with other certificates in it than its token has.
fn claiming(request: &UnlockRequest, other: &UnlockRequest) -> UnlockRequest {
    let serial = |request: &UnlockRequest| request.certificates()[0].1.as_bytes().to_vec();
    let (own, other) = (serial(request), serial(other));
    assert_eq!(own.len(), other.len());
    let mut der = request.as_der().to_vec();
    let at = der.windows(own.len()).position(|window| window == own).unwrap();
    der[at..at + own.len()].copy_from_slice(&other);
    UnlockRequest::from_bytes(&der).unwrap()
}

#[test]
fn a_grant_is_reviewed_written_down_used_and_its_receipt_kept() {
    let mut fixture = Fixture::new();
    let holder = fixture.holder("示例用户一", &Profile::person());
    let (request, pending) = holder.request(0);
    let review = fixture.office().review(&request, NOW).unwrap();
    assert_eq!((review.epoch, review.history.epoch(), review.lately), (0, None, 0));
    assert_eq!((review.holder_known, review.needs_second, review.obstacles.len()), (false, false, 0));
    assert_eq!(review.reason.as_deref(), Some("忘记口令"));
    assert_eq!(review.certificates[0].record.as_ref().unwrap().der, holder.certificate.as_der());
    assert!(fixture.acts(Act::UnlockGranted).is_empty(), "a review writes nothing");

    let confirmation =
        Confirmation { code: Some(&review.code), life: 3600, note: Some("已核对身份"), ..Confirmation::default() };
    let grant = fixture.grant_with(&request, &confirmation, &note()).unwrap();
    assert_eq!((grant.note(), grant.period().to()), (Some("已核对身份"), NOW.plus_seconds(3600)));
    assert_eq!(fixture.acts(Act::UnlockGranted), ["registrar; code compared"]);

    let receipt = holder.unlock(&grant, &pending, 0);
    let history = fixture.receipt(&receipt).unwrap();
    assert_eq!((history.told, history.epoch(), history.grants[0].state), (Some(1), Some(1), GrantState::Used));
    assert_eq!(fixture.receipt(&receipt).unwrap().grants, history.grants);
    assert_eq!(fixture.acts(Act::TokenUnlocked).len(), 1, "told twice, written once");
    let all = fixture.office().histories(Cursor::START, 10).unwrap().records;
    assert_eq!((all.len(), all[0].token == request.token()), (1, true));
    fixture.sound();
}

#[test]
fn the_same_request_gets_the_same_grant_while_it_lives_and_nothing_after_it_was_used() {
    let mut fixture = Fixture::new();
    let holder = fixture.holder("示例用户一", &Profile::person());
    let (request, pending) = holder.request(0);
    let first = fixture.grant(&request, &note()).unwrap();
    let again = fixture.grant(&request, &note()).unwrap();
    assert_eq!((first.id(), first.period()), (again.id(), again.period()));
    assert_eq!(fixture.acts(Act::UnlockGranted).len(), 2, "each time it is handed out is written down");
    let history = fixture.office().review(&request, NOW).unwrap().history;
    assert_eq!((history.grants.len(), history.grants[0].handed), (1, 2));
    assert_eq!(code(fixture.grant(&request, &later(2))), "unlock-request-again");
    let receipt = holder.unlock(&again, &pending, 0);
    fixture.receipt(&receipt).unwrap();
    assert_eq!(code(fixture.grant(&request, &note())), "unlock-epoch-old");
}

#[test]
fn an_old_copy_of_the_token_is_refused_with_an_alarm() {
    let mut fixture = Fixture::new();
    let holder = fixture.holder("示例用户一", &Profile::person());
    let before = holder.medium.bytes().unwrap();
    let (request, pending) = holder.request(0);
    let grant = fixture.grant(&request, &note()).unwrap();
    let receipt = holder.unlock(&grant, &pending, 0);
    fixture.receipt(&receipt).unwrap();
    let (old, _) = holder.copy(before).request(1);
    for count in 1..=2 {
        assert_eq!(code(fixture.grant(&old, &later(1))), "unlock-epoch-old");
        let review = fixture.office().review(&old, NOW).unwrap();
        assert_eq!((review.history.alarms, review.history.alarmed), (count, Some(NOW.plus_days(1))));
        assert_eq!(review.obstacles[0], UnlockObstacle::EpochOld { epoch: 0, known: 1 });
    }
    assert_eq!(fixture.acts(Act::UnlockRefused), ["registrar; unlock-epoch-old"; 2]);
    // Also when no receipt came, as soon as a later sealing has asked.
    let (second, pending) = holder.request(1);
    let grant = fixture.grant(&second, &later(1)).unwrap();
    holder.unlock(&grant, &pending, 1);
    let (third, _) = holder.request(2);
    fixture.grant(&third, &later(2)).unwrap();
    assert_eq!(code(fixture.grant(&second, &later(2))), "unlock-epoch-old");
    fixture.sound();
}

#[test]
fn a_fourth_unlocking_in_thirty_days_is_refused_until_the_first_is_over() {
    let mut fixture = Fixture::new();
    let holder = fixture.holder("示例用户一", &Profile::person());
    for day in 0..3 {
        let (request, _) = holder.request(day);
        fixture.grant(&request, &later(day)).unwrap();
    }
    let (request, _) = holder.request(25);
    match fixture.grant(&request, &later(25)) {
        Err(AuthorityError::Unlock(UnlockObstacle::TooMany { most: 3, days: 30, from })) => {
            assert_eq!(from, NOW.plus_days(30));
        }
        other => panic!("{other:?}"),
    }
    assert!(fixture.grant(&request, &later(30)).is_ok());
    assert!(fixture.acts(Act::UnlockRefused).is_empty(), "it is no alarm");
}

#[test]
fn certificates_that_are_held_revoked_expired_or_unknown_stop_it() {
    let mut fixture = Fixture::new();
    let holder = fixture.holder("示例用户一", &Profile::person());
    let serial = holder.certificate.serial().clone();
    let (request, _) = holder.request(0);
    hold(&mut fixture.registry, &serial, &note()).unwrap();
    assert_eq!(code(fixture.grant(&request, &note())), "unlock-certificate-held");
    revoke(&mut fixture.registry, &serial, Reason::Superseded, None, &note()).unwrap();
    assert_eq!(code(fixture.grant(&request, &note())), "unlock-certificate-revoked");

    let holder = fixture.holder("示例用户二", &Profile::person());
    let (request, _) = holder.request(4 * 365);
    assert_eq!(code(fixture.grant(&request, &later(4 * 365))), "unlock-certificate-expired");

    let mut stranger = Fixture::new();
    let (request, _) = stranger.holder("示例用户三", &Profile::person()).request(0);
    assert_eq!(code(fixture.grant(&request, &note())), "unlock-certificate-unknown");

    let pin = Pin::new("the forgotten one").unwrap();
    let new = NewToken {
        kdf: KdfCost::demo(2),
        unlocker: Some(fixture.unlocker.clone()),
        ..NewToken::file("fake token", &pin)
    };
    let (empty, _) = Token::create(MemoryMedium::new(), new, NOW).unwrap();
    let (request, _) = empty.request_unlock(None, None, NOW).unwrap();
    assert_eq!(code(fixture.grant(&request, &note())), "unlock-no-certificate");
    assert!(fixture.acts(Act::UnlockGranted).is_empty());
}

#[test]
fn an_ended_or_superseded_certificate_does_not_stop_it_beside_one_in_force() {
    let mut fixture = Fixture::new();
    let holder = fixture.holder("示例用户一", &Profile::person());
    let mut session = holder.token.log_in(&Pin::new("the forgotten one").unwrap(), None).unwrap();
    let signer = session.signer(KeyUse::Sign).unwrap();
    let newer = issue(&fixture.issuer, &mut fixture.registry, "示例用户一", &signer, &Profile::person(), 5);
    session.install(std::slice::from_ref(&newer)).unwrap();
    let (request, _) = holder.request(4 * 365);
    let review = fixture.office().review(&request, NOW.plus_days(4 * 365)).unwrap();
    assert_eq!(review.certificates[0].serial, *newer.serial(), "the newest comes first");
    assert_eq!(review.obstacles, []);
    revoke(&mut fixture.registry, newer.serial(), Reason::KeyCompromise, None, &note()).unwrap();
    let (request, _) = holder.request(0);
    assert_eq!(code(fixture.grant(&request, &note())), "unlock-certificate-revoked");
}

#[test]
fn a_request_that_is_too_old_or_from_the_future_is_refused() {
    let mut fixture = Fixture::new();
    let holder = fixture.holder("示例用户一", &Profile::person());
    let (request, _) = holder.request(0);
    assert!(fixture.office().review(&request, NOW.plus_days(7)).unwrap().obstacles.is_empty());
    assert_eq!(code(fixture.grant(&request, &later(8))), "unlock-request-old");
    let (request, _) = holder.request(2);
    assert_eq!(code(fixture.grant(&request, &note())), "unlock-request-not-yet");
}

#[test]
fn a_code_that_differs_is_refused_and_one_that_nobody_heard_is_noted_or_refused() {
    let mut fixture = Fixture::new();
    let holder = fixture.holder("示例用户一", &Profile::person());
    let (request, _) = holder.request(0);
    let heard = |code| Confirmation { code: Some(code), ..Confirmation::default() };
    assert_eq!(code(fixture.grant_with(&request, &heard("AAAAAAAA"), &note())), "unlock-code-differs");
    assert_eq!(code(fixture.grant_with(&request, &heard(""), &note())), "unlock-code-differs");
    let (certificate, key) = (fixture.unlocker.clone(), key(2));
    let unlocker = Unlocker { certificate: &certificate, signer: &key, decrypter: &key };
    let mut strict = fixture.office().code(CodeRule::Required);
    assert_eq!(code(strict.grant(&request, unlocker, &Confirmation::default(), &note())), "unlock-code-missing");
    fixture.grant_with(&request, &Confirmation::default(), &note()).unwrap();
    let spoken = format!("{} - {}", &request.code()[..4], &request.code()[4..]).to_lowercase();
    fixture.grant_with(&request, &heard(&spoken), &note()).unwrap();
    assert_eq!(fixture.acts(Act::UnlockGranted), ["registrar; code not compared", "registrar; code compared"]);
    let long = Confirmation { life: UnlockGrant::LONGEST + 1, ..Confirmation::default() };
    assert_eq!(code(fixture.grant_with(&request, &long, &note())), "unlock-life");
}

#[test]
fn a_share_that_is_not_what_the_request_says_is_an_alarm_and_no_grant() {
    let mut fixture = Fixture::new();
    let holder = fixture.holder("示例用户一", &Profile::person());
    let (request, _) = holder.request(0);
    let mut lie = request.as_der().to_vec();
    let at = lie.windows(3).position(|window| window == [0x02, 0x01, 0x00]).unwrap();
    lie[at + 2] = 90;
    let lie = UnlockRequest::from_bytes(&lie).unwrap();
    assert_eq!(code(fixture.grant(&lie, &note())), "unlock-share-foreign");
    assert_eq!(fixture.acts(Act::UnlockRefused), ["registrar; code compared; unlock-share-foreign"]);
    // The lie about the epoch does not stick, and does not count as an unlocking.
    let history = fixture.office().review(&request, NOW).unwrap().history;
    assert_eq!((history.epoch(), history.grants[0].state, history.alarms), (None, GrantState::Failed, 1));
    for _ in 0..3 {
        assert_eq!(code(fixture.grant(&lie, &note())), "unlock-share-foreign");
    }
    assert!(fixture.grant(&request, &note()).is_ok());

    // A share that was made for another unlocker.
    let mut other = Fixture::new();
    other.unlocker_key = key(3);
    let profile = Profile::unlocker();
    other.unlocker = issue(&other.issuer, &mut other.registry, "另一解锁", &other.unlocker_key, &profile, 9);
    let holder = other.holder("示例用户二", &Profile::person());
    other.unlocker = issue(&other.issuer, &mut other.registry, "示例解锁", &key(2), &profile, 9);
    let (request, _) = holder.request(0);
    assert_eq!(code(other.grant(&request, &note())), "unlock-share-foreign");
}

#[test]
fn a_unit_is_not_unlocked_by_one_officer() {
    let mut fixture = Fixture::new();
    for profile in [Profile::organization(), Profile::seal_maker()] {
        let holder = fixture.holder("示例市数据局", &profile);
        let (request, _) = holder.request(0);
        assert!(fixture.office().review(&request, NOW).unwrap().needs_second);
        assert_eq!(code(fixture.grant(&request, &note())), "unlock-second-officer");
    }
}

#[test]
fn a_unit_is_unlocked_with_a_second_officers_approval_of_this_very_request() {
    let mut fixture = Fixture::new();
    let holder = fixture.holder("示例市数据局", &Profile::organization());
    let (request, _) = holder.request(0);
    let (officer, stranger) = (key(4), key(5));
    let officer_certificate =
        issue(&fixture.issuer, &mut fixture.registry, "经办人二", &officer, &Profile::person(), 3);
    let stranger_certificate =
        issue(&fixture.issuer, &mut fixture.registry, "示例用户二", &stranger, &Profile::person(), 3);
    appoint(&mut fixture.registry, &officer_certificate, &[Duty::Unlock], &note()).unwrap();
    let approve = |duty, object, certificate: &Certificate, key: &SoftSigner| {
        Approval::sign(duty, object, certificate, key, NOW).unwrap()
    };
    let right = approve(Duty::Unlock, request.digest(), &officer_certificate, &officer);
    let other_request = holder.request(0).0.digest();
    for (wrong, refused) in [
        (approve(Duty::Unlock, other_request, &officer_certificate, &officer), "approval-differs"),
        (approve(Duty::Recovery, request.digest(), &officer_certificate, &officer), "approval-differs"),
        (approve(Duty::Unlock, request.digest(), &stranger_certificate, &stranger), "not-an-officer"),
    ] {
        let approvals = [wrong];
        let confirmation = Confirmation { approvals: &approvals, ..Confirmation::default() };
        let told = code(fixture.grant_with(&request, &confirmation, &note()));
        assert!(told.ends_with(refused), "{told}");
    }
    let twice = [right.clone(), right.clone()];
    let confirmation = Confirmation { approvals: &twice, ..Confirmation::default() };
    assert!(code(fixture.grant_with(&request, &confirmation, &note())).ends_with("twice"));
    let approvals = [right];
    let confirmation = Confirmation { approvals: &approvals, ..Confirmation::default() };
    fixture.grant_with(&request, &confirmation, &note()).unwrap();
    let said = "registrar; code not compared; approved by CN=经办人二,O=示例市数据局,C=CN";
    assert_eq!(fixture.acts(Act::UnlockGranted), [said]);
}

#[test]
fn an_officer_does_not_approve_their_own_unlocking() {
    let mut fixture = Fixture::new();
    let holder = fixture.holder("经办人一", &Profile::person());
    appoint(&mut fixture.registry, &holder.certificate, &[Duty::Unlock], &note()).unwrap();
    let session = holder.token.log_in(&Pin::new("the forgotten one").unwrap(), None).unwrap();
    let (request, _) = holder.request(0);
    let signer = session.signer(KeyUse::Sign).unwrap();
    let own = [Approval::sign(Duty::Unlock, request.digest(), &holder.certificate, &signer, NOW).unwrap()];
    let confirmation = Confirmation { approvals: &own, ..Confirmation::default() };
    assert!(code(fixture.grant_with(&request, &confirmation, &note())).ends_with("concerned"));
    // A person's token needs no approval.
    assert!(fixture.grant(&request, &note()).is_ok());
}

#[test]
fn who_claims_another_holders_token_is_found_out_by_what_is_remembered_of_it() {
    let mut fixture = Fixture::new();
    let holder = fixture.holder("示例用户一", &Profile::person());
    let thief = fixture.holder("示例用户二", &Profile::person());
    let (request, _) = holder.request(0);
    let (of_thief, _) = thief.request(0);
    // Nothing but the request says whose token it is, the first time: the receipt brings it to light.
    let lie = claiming(&request, &of_thief);
    fixture.grant(&lie, &note()).unwrap();
    let honest = fixture.office().review(&request, NOW).unwrap();
    assert_eq!(honest.obstacles, [UnlockObstacle::HolderDiffers]);

    let mut fixture = Fixture::new();
    let holder = fixture.holder("示例用户一", &Profile::person());
    let thief = fixture.holder("示例用户二", &Profile::person());
    let (first, first_pending) = holder.request(0);
    let grant = fixture.grant(&first, &note()).unwrap();
    let receipt = holder.unlock(&grant, &first_pending, 0);
    fixture.receipt(&receipt).unwrap();
    let (request, _) = holder.request(1);
    let lie = claiming(&request, &thief.request(1).0);
    assert_eq!(code(fixture.grant(&lie, &later(1))), "unlock-holder-differs");
    assert_eq!(fixture.acts(Act::UnlockRefused).len(), 1);
}

#[test]
fn receipts_of_others_of_unknown_grants_or_sealings_are_refused() {
    let mut fixture = Fixture::new();
    let holder = fixture.holder("示例用户一", &Profile::person());
    let other = fixture.holder("示例用户二", &Profile::person());
    let (request, pending) = holder.request(0);
    let grant = fixture.grant(&request, &note()).unwrap();
    let receipt = holder.unlock(&grant, &pending, 0);
    let session = other.token.log_in(&Pin::new("the forgotten one").unwrap(), None).unwrap();
    let of_other = session.unlock_receipt(grant.id(), NOW).unwrap();
    assert_eq!(code(fixture.receipt(&of_other)), "unlock-receipt-grant", "the other token has no such grant");
    let session = holder.token.log_in(&Pin::new("the new one, at last").unwrap(), None).unwrap();
    let unknown = session.unlock_receipt(crate::token::GrantId::from_bytes([7; 16]), NOW).unwrap();
    assert_eq!(code(fixture.receipt(&unknown)), "unlock-receipt-grant");
    fixture.receipt(&receipt).unwrap();

    // A receipt by a key that the request did not name.
    let (request, pending) = holder.request(1);
    let grant = fixture.grant(&request, &later(1)).unwrap();
    let mut session = holder.token.log_in(&Pin::new("the new one, at last").unwrap(), None).unwrap();
    let id = session.generate_key(KeyUse::Sign).unwrap();
    let signer = session.signer(id).unwrap();
    let own = issue(&fixture.issuer, &mut fixture.registry, "示例用户三", &signer, &Profile::person(), 3);
    session.install(&[own]).unwrap();
    let receipt = holder.unlock(&grant, &pending, 1);
    assert_eq!(code(fixture.receipt(&receipt)), "unlock-receipt-holder");
    assert_eq!(fixture.acts(Act::UnlockRefused).len(), 1);
    fixture.sound();
}

#[test]
fn an_unlocker_that_is_revoked_or_over_grants_nothing() {
    let mut fixture = Fixture::new();
    let holder = fixture.holder("示例用户一", &Profile::person());
    let (request, _) = holder.request(0);
    let serial: SerialNumber = fixture.unlocker.serial().clone();
    assert_eq!(code(fixture.grant(&request, &later(-3))), "authority-issuer-not-valid");
    revoke(&mut fixture.registry, &serial, Reason::KeyCompromise, None, &note()).unwrap();
    assert_eq!(code(fixture.grant(&request, &note())), "authority-issuer-not-active");
}

#[test]
fn a_signer_that_fails_leaves_a_grant_that_the_same_request_gets_later() {
    struct Refusing(SoftSigner);
    impl Signer for Refusing {
        fn public_key(&self) -> &crate::key::PublicKey {
            self.0.public_key()
        }
        fn sign_digest(&self, _: &crate::key::SignDigest) -> Result<crate::key::Signature, crate::key::KeyError> {
            Err(crate::key::KeyError::SignerRefused { reason: "fake" })
        }
    }
    let mut fixture = Fixture::new();
    let holder = fixture.holder("示例用户一", &Profile::person());
    let (request, pending) = holder.request(0);
    let (certificate, refusing, opens) = (fixture.unlocker.clone(), Refusing(key(2)), key(2));
    let unlocker = Unlocker { certificate: &certificate, signer: &refusing, decrypter: &opens };
    let failed = fixture.office().grant(&request, unlocker, &Confirmation::default(), &note());
    assert_eq!(code(failed), "key-signer-refused");
    let grant = fixture.grant(&request, &note()).unwrap();
    assert_eq!(fixture.office().review(&request, NOW).unwrap().history.grants.len(), 1);
    holder.unlock(&grant, &pending, 0);
}
