//! The tests that every store of a registry has to pass (feature `lab`).
//!
//! A store calls [`run`] with a way to make an empty registry. The records are made up: a registry never parses them.

mod dossiers;
mod reads;
mod writes;

use crate::audit::Act;
use crate::audit::AuditError;
use crate::audit::Checkpoint;
use crate::audit::Note;
use crate::audit::verify_chain;
use crate::cert::Reason;
use crate::cert::SerialNumber;
use crate::seal::SealKind;
use crate::sm::Sm3Digest;
use crate::sm::sm3;
use crate::time::Instant;
use crate::time::Period;

use super::AnswerRecord;
use super::CertificateQuery;
use super::CertificateRecord;
use super::CertificateStatus;
use super::Change;
use super::Cursor;
use super::DossierKind;
use super::DossierRecord;
use super::EntryQuery;
use super::KeyId;
use super::MAX_CHANGES;
use super::Registry;
use super::RegistryError;
use super::Revocation;
use super::RevocationListRecord;
use super::SealQuery;
use super::SealRecord;
use super::SealState;
use super::Standing;
use super::TimestampRecord;
use super::verify_registry;

/// Runs all tests, each on a registry of its own.
///
/// # Panics
/// When the store does not do as it should.
pub fn run<R: Registry>(mut empty: impl FnMut() -> R) {
    let tests: &[fn(&mut dyn Registry)] = &[
        writes::an_empty_registry_answers,
        writes::what_is_written_reads_back,
        writes::every_change_leaves_one_chained_entry,
        writes::one_bad_change_leaves_nothing_of_the_write,
        writes::serials_and_seal_numbers_are_taken_once,
        writes::a_certificate_lives_by_its_rules,
        writes::a_revocation_needs_a_final_reason,
        reads::the_revoked_of_an_issuer_are_those_of_no_other,
        reads::list_numbers_only_grow,
        reads::lists_come_in_pages_that_stay_right,
        reads::queries_select,
        reads::organizations_and_ends_select,
        reads::lists_bounded_by_their_end_come_in_that_order,
        writes::an_order_is_filled_once_and_answered_once,
        writes::a_pair_names_each_other,
        writes::fields_that_are_not_of_their_form_are_refused,
        reads::status_changes_tell_what_a_delta_list_has_to_say,
        writes::a_delta_list_goes_on_from_a_full_one_of_its_scope,
        writes::timestamp_serials_only_grow,
        reads::certificates_of_a_key_are_found,
        reads::entries_are_found_by_what_they_say,
        dossiers::a_dossier_replaces_the_one_that_its_writer_saw,
        dossiers::a_dossier_takes_the_acts_of_its_kind_and_fields_of_their_form,
        dossiers::dossiers_come_by_kind_in_the_order_of_their_first_keeping,
        writes::a_seal_must_match_its_bytes,
        writes::a_write_needs_an_actor_and_a_change,
    ];
    for test in tests {
        test(&mut empty());
    }
}

/// A moment in 2026 from which the suite counts.
pub const START: Instant = Instant::from_unix(1_795_500_000);

/// A note that the suite writes with.
#[must_use]
pub fn note() -> Note {
    Note::new(START, "suite")
}

/// The serial number with these last four bytes.
///
/// # Panics
/// Never.
#[must_use]
pub fn serial(number: u32) -> SerialNumber {
    let mut bytes = [0x40; 16];
    bytes[12..].copy_from_slice(&number.to_be_bytes());
    SerialNumber::from_bytes(&bytes).expect("16 bytes, positive")
}

/// A made-up key name.
#[must_use]
pub const fn issuer(number: u8) -> KeyId {
    KeyId::from_bytes([number; 20])
}

/// A made-up certificate of issuer 1.
#[must_use]
pub fn certificate(number: u32) -> CertificateRecord {
    CertificateRecord {
        serial: serial(number),
        subject: format!("CN=示例用户{number},O=示例市数据局,C=CN"),
        issuer: "CN=示例根,C=CN".into(),
        issuer_key: issuer(1),
        subject_key: KeyId::from_bytes([9; 20]),
        profile: if number.is_multiple_of(2) { "person" } else { "organization" }.into(),
        validity: Period::days(START, 100 + number),
        status: CertificateStatus::Active,
        organization: None,
        region: None,
        partner: None,
        replaces: None,
        order: None,
        der: format!("certificate {number}").into_bytes(),
    }
}

/// A made-up certificate that fills an order, of an organization: its region is 520100 for even numbers, 330100 for odd.
#[must_use]
pub fn ordered(number: u32) -> CertificateRecord {
    let region = if number.is_multiple_of(2) { "520100" } else { "330100" };
    let record = CertificateRecord { order: Some(format!("order-{number}")), ..certificate(number) };
    record.with_organization(Some(format!("91{region}MA{number:08}")), None)
}

/// A made-up time stamp, as a change.
#[must_use]
pub fn timestamp(serial: u64) -> Change {
    let sm3 = sm3(&serial.to_be_bytes());
    Change::TimestampIssued(TimestampRecord { serial, at: START, imprint: vec![5; 32], sm3 })
}

/// A made-up answer to an order, as a change.
#[must_use]
pub fn answer(order: &str) -> Change {
    Change::AnswerKept(AnswerRecord { order: order.into(), der: format!("answer to {order}").into_bytes() })
}

/// A made-up dossier of a token, kept for the first time, as a change.
#[must_use]
pub fn dossier(number: u32) -> Change {
    let record =
        DossierRecord::new(DossierKind::Token, format!("{number:08x}"), format!("token {number}").into_bytes());
    Change::DossierKept { act: Act::UnlockGranted, record, before: None }
}

/// A made-up seal and its bytes, as a change.
#[must_use]
pub fn seal(number: u32) -> Change {
    let bytes = format!("seal {number}").into_bytes();
    let record = SealRecord {
        id: format!("33010600{number:06}"),
        name: "示例市数据局".into(),
        kind: SealKind::ORGANIZATION,
        organization: (number != 0).then(|| format!("示例单位{}", number % 2)),
        maker: "CN=示例制章者,C=CN".into(),
        created: START,
        validity: Period::years(START, 3),
        state: SealState::Active,
        sm3: sm3(&bytes),
    };
    Change::SealMade { record, bytes }
}

/// A made-up revocation list.
#[must_use]
pub fn list(issuer_key: KeyId, number: u64) -> Change {
    let sm3 = Sm3Digest::from_bytes([7; 32]);
    let next_update = START.plus_days(30);
    Change::RevocationListIssued(RevocationListRecord {
        issuer_key,
        number,
        this_update: START,
        next_update,
        entries: number,
        sm3,
        base: None,
        point: None,
    })
}

fn issued(numbers: std::ops::Range<u32>) -> Vec<Change> {
    numbers.map(|number| Change::CertificateIssued(certificate(number))).collect()
}

fn code(result: Result<Vec<crate::audit::Entry>, RegistryError>) -> &'static str {
    result.map_err(|error| error.code()).err().unwrap_or("done")
}

fn revocation(reason: Reason) -> Revocation {
    Revocation { at: START.plus_days(2), reason, invalidity: Some(START.plus_days(1)) }
}
