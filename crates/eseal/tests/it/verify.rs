//! Verifying stamped PDFs: good ones, forged ones, and ones that were damaged at every byte.

mod office;
mod timestamps;

use std::sync::atomic::{AtomicUsize, Ordering};

use eseal::document::pdf::Pdf;
use eseal::seal::SealVersion;
use eseal::time::Instant;
use eseal::verify::{
    AllowLater, ChangeClass, Check, Finding, Outcome, Policy, Report, Requirement, RevocationPolicy, StampKind,
    Verdict, Verifier,
};

use office::{Forgery, Office, PLAIN, append, now};

fn report(verifier: &Verifier, bytes: &[u8], at: Instant) -> Report {
    verifier.verify(&Pdf::parse(bytes).unwrap(), at).unwrap()
}

/// Checks with an outcome, of the first stamp.
fn with(report: &Report, outcome: Outcome) -> Vec<(Check, &'static str)> {
    let of_stamp = |finding: &&Finding| finding.outcome == outcome;
    report.stamps[0].findings.iter().filter(of_stamp).map(|finding| (finding.check, finding.code)).collect()
}

#[test]
fn a_stamped_file_is_valid_with_trust_and_indeterminate_without() {
    let office = Office::open();
    for version in [SealVersion::V4, SealVersion::V5] {
        let seal = office.seal(|draft| draft.version = version);
        let bytes = office.stamp(PLAIN, &seal, now());
        let good = report(&office.verifier(), &bytes, now());
        assert_eq!(good.verdict(), Verdict::Valid, "{:#?}", good.stamps[0].findings);
        assert_eq!(good.later_changes, ChangeClass::None);
        assert_eq!(good.uncovered, []);
        let stamp = &good.stamps[0];
        assert_eq!((stamp.kind, stamp.format), (StampKind::Seal, Some(version.standard())));
        assert_eq!((stamp.valid_when_stamped, stamp.valid_now), (Some(true), Some(true)));
        assert_eq!((stamp.claimed_time(), stamp.proven_time()), (Some(now()), None));
        assert_eq!(stamp.seal.as_ref().unwrap().id(), seal.id());
        assert_eq!(stamp.signer.as_ref().unwrap().as_der(), office.signer.0.as_der());
        assert_eq!(stamp.places.len(), 1);
        let [x, y, width, height] = stamp.places[0].rect_mm;
        for (found, wanted) in [(x, 10.0), (y, 20.0), (width, 30.0), (height, 30.0)] {
            assert!((found - wanted).abs() < 0.01, "{:?}", stamp.places);
        }

        let alone = report(&Verifier::new(&eseal::cert::Trust::new()), &bytes, now());
        assert_eq!(alone.verdict(), Verdict::Indeterminate);
        let unknown = with(&alone, Outcome::Unknown);
        assert!(unknown.contains(&(Check::SignerChain, "chain-no-trust")), "{unknown:?}");
        assert!(unknown.contains(&(Check::MakerChain, "chain-no-trust")), "{unknown:?}");
        assert_eq!(alone.stamps[0].valid_when_stamped, None);
    }
}

#[test]
fn every_question_is_asked_of_a_good_file_and_of_a_bad_one() {
    let office = Office::open();
    let good = office.stamp(PLAIN, &office.seal(|_| ()), now());
    let mut bad = good.clone();
    bad[20] ^= 1;
    for bytes in [good, bad] {
        let Ok(pdf) = Pdf::parse(&bytes) else { continue };
        let report = office.verifier().verify(&pdf, now()).unwrap();
        for check in Check::ALL {
            assert!(report.stamps[0].findings.iter().any(|finding| finding.check == *check), "{check}");
        }
        assert!(report.stamps[0].findings.is_sorted_by_key(|finding| finding.check));
    }
}

#[test]
fn the_picture_of_another_seal_on_the_page_is_invalid() {
    let office = Office::open();
    let seal = office.seal(|_| ());
    let shown = report(&office.verifier(), &office.stamp(PLAIN, &seal, now()), now());
    assert!(with(&shown, Outcome::Pass).contains(&(Check::PictureShown, "ok")));
    let other = report(&office.verifier(), &office.stamp_showing(PLAIN, &seal, [0, 0, 255]), now());
    assert_eq!(with(&other, Outcome::Fail), [(Check::PictureShown, "picture-differs")]);
}

#[test]
fn an_invisible_stamp_is_noted_unless_a_picture_is_required() {
    let office = Office::open();
    let bytes = office.stamp_invisible(PLAIN, &office.seal(|_| ()));
    let shown = report(&office.verifier(), &bytes, now());
    assert_eq!((shown.verdict(), shown.stamps[0].places.len()), (Verdict::Valid, 0));
    assert!(with(&shown, Outcome::Note).contains(&(Check::PictureShown, "picture-invisible")));
    let policy = Policy { require: [Requirement::Picture].into_iter().collect(), ..Policy::default() };
    assert_eq!(report(&office.verifier().policy(policy), &bytes, now()).verdict(), Verdict::Indeterminate);
}

#[test]
fn a_file_without_a_stamp_is_not_stamped() {
    let report = report(&Office::open().verifier(), PLAIN, now());
    assert_eq!((report.verdict(), report.stamps.len()), (Verdict::NotStamped, 0));
    assert_eq!(report.sm3, eseal::sm::sm3(PLAIN));
}

#[test]
fn a_second_stamp_leaves_the_first_valid() {
    let office = Office::open();
    let once = office.stamp(PLAIN, &office.seal(|_| ()), now());
    let other = office.seal(|draft| draft.id = eseal::seal::SealId::new("33010600000002").unwrap());
    let twice = office.stamp_at(&once, &other, now().plus_seconds(60), [80.0, 20.0, 30.0, 30.0]);
    let report = report(&office.verifier(), &twice, now().plus_days(1));
    assert_eq!(report.verdict(), Verdict::Valid, "{:#?}", report.stamps);
    assert_eq!(report.stamps.len(), 2);
    assert_eq!(report.later_changes, ChangeClass::Stamps);
    assert_eq!(with(&report, Outcome::Fail), []);
    let first = report.stamps[0].findings.iter().find(|finding| finding.check == Check::LaterChanges).unwrap();
    assert_eq!((first.outcome, first.code), (Outcome::Pass, "later-stamps"));
}

/// What must fail, and with which code, for each way of forging.
#[test]
fn every_forgery_is_invalid_by_the_question_it_offends() {
    let office = Office::open();
    let cases: [(Forgery, Check, &str); 9] = [
        (Forgery::SwappedSeal, Check::Signature, "signature-mismatch"),
        (Forgery::ChangedPicture, Check::Signature, "signature-mismatch"),
        (Forgery::SignerNotListed, Check::SignerInSeal, "signer-not-listed"),
        (Forgery::RenewedSigner, Check::SignerInSeal, "signer-renewed"),
        (Forgery::ExpiredSeal, Check::SealPeriod, "seal-expired"),
        (Forgery::SelfSignedOfficial, Check::MakerChain, "chain-self-signed"),
        (Forgery::ForeignMaker, Check::MakerChain, "chain-no-issuer"),
        (Forgery::RevokedSigner, Check::SignerRevocation, "revoked"),
        (Forgery::ResignedSealInfo, Check::SealSignature, "signature-mismatch"),
    ];
    for (forgery, check, code) in cases {
        let (verifier, bytes) = office.forge(forgery);
        let report = report(&verifier, &bytes, now());
        let failed = with(&report, Outcome::Fail);
        assert!(failed.contains(&(check, code)), "{forgery:?}: {failed:?}");
        assert_eq!(report.verdict(), Verdict::Invalid, "{forgery:?}");
    }
}

#[test]
fn bytes_after_the_signature_are_never_passed_over() {
    let office = Office::open();
    let stamped = office.stamp(PLAIN, &office.seal(|_| ()), now());
    let verifier = office.verifier();
    for (what, bytes) in [
        (
            "a page content that was appended",
            append(&stamped, "4 0 obj\n<</Length 3>>stream\nBT \nendstream\nendobj\n", &[4]),
        ),
        ("a page that was turned", {
            let page = "3 0 obj\n<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Rotate 90/Contents 4 0 R>>\nendobj\n";
            append(&stamped, page, &[3])
        }),
        (
            "an object that no section lists",
            append(&stamped, "4 0 obj\n<</Length 3>>stream\nBT \nendstream\nendobj\n", &[]),
        ),
    ] {
        let Ok(pdf) = Pdf::parse(&bytes) else { continue };
        let report = verifier.verify(&pdf, now()).unwrap();
        assert_eq!(report.verdict(), Verdict::Invalid, "{what}: {:#?}", report.stamps[0].findings);
        assert_eq!(report.later_changes, ChangeClass::Other, "{what}");
        assert!(!report.uncovered.is_empty(), "{what}");
    }
    let mut garbage = stamped.clone();
    garbage.extend_from_slice(b"\nmore");
    if let Ok(pdf) = Pdf::parse(&garbage) {
        assert_eq!(verifier.verify(&pdf, now()).unwrap().verdict(), Verdict::Invalid);
    }
}

#[test]
fn a_stamp_that_a_later_revision_hides_is_still_found() {
    let office = Office::open();
    let stamped = office.stamp(PLAIN, &office.seal(|_| ()), now());
    let hidden = append(&stamped, "1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n", &[1]);
    let report = report(&office.verifier(), &hidden, now());
    assert_eq!(report.verdict(), Verdict::Invalid);
    assert_eq!(with(&report, Outcome::Fail), [(Check::Coverage, "orphan-signature")]);
}

#[test]
fn a_seal_that_was_used_before_it_was_made_is_invalid() {
    let office = Office::open();
    let seal = office.seal(|draft| draft.validity = eseal::time::Period::years(now().plus_days(-29), 3));
    let bytes = office.stamp(PLAIN, &seal, now().plus_days(-25));
    let report = report(&office.verifier(), &bytes, now());
    assert_eq!(with(&report, Outcome::Fail), [(Check::SealPeriod, "seal-made-later")]);
}

#[test]
fn signatures_that_cross_do_not_make_the_file_be_hashed_again_and_again() {
    let office = Office::open();
    let mut bytes = office.stamp(PLAIN, &office.seal(|_| ()), now());
    for _ in 0..4 {
        bytes = office.stamp_invisible(&bytes, &office.seal(|_| ()));
    }
    // All reach to the end of the file, as far as their digits allow.
    let length = bytes.len();
    let mut from = 0;
    while let Some(at) = bytes[from..].windows(11).position(|window| window == b"/ByteRange ") {
        let array = from + at + 11;
        let end = array + bytes[array..].iter().position(|byte| *byte == b']').unwrap();
        let text = String::from_utf8(bytes[array + 1..end].to_vec()).unwrap();
        let numbers: Vec<usize> = text.split_whitespace().map(|number| number.parse().unwrap()).collect();
        let rest = (length - numbers[2]).to_string();
        let written = format!("[{} {} {} {rest}]", numbers[0], numbers[1], numbers[2]);
        let room = end + 1 - array + bytes[end + 1..].iter().take_while(|byte| **byte == b' ').count();
        bytes.splice(array..array + room, format!("{written:<room$}").into_bytes());
        from = array + room;
    }
    assert_eq!(bytes.len(), length);
    let report = report(&office.verifier(), &bytes, now());
    assert_eq!(report.verdict(), Verdict::Invalid);
    let unclear = report.stamps.iter().flat_map(|stamp| &stamp.findings);
    assert!(unclear.filter(|finding| finding.code == "document-range-unclear").count() >= 3);
}

#[test]
fn what_expired_after_stamping_is_noted_and_stays_valid() {
    let office = Office::open();
    let bytes = office.stamp(PLAIN, &office.seal(|_| ()), now());
    let later = now().plus_years(5);
    let report = report(&office.verifier(), &bytes, later);
    assert_eq!(report.verdict(), Verdict::Valid, "{:#?}", report.stamps[0].findings);
    let notes = with(&report, Outcome::Note);
    assert!(notes.contains(&(Check::SignerPeriod, "certificate-expired-since")), "{notes:?}");
    assert!(notes.contains(&(Check::SealPeriod, "seal-expired-since")), "{notes:?}");
    assert_eq!((report.stamps[0].valid_when_stamped, report.stamps[0].valid_now), (Some(true), Some(false)));
}

#[test]
fn a_signer_revoked_later_is_noted_unless_the_key_was_lost() {
    use eseal::cert::Reason;
    let office = Office::open();
    let bytes = office.stamp(PLAIN, &office.seal(|_| ()), now());
    let later = now().plus_days(10);
    let revoked = |reason| office.verifier_with(&[(&office.signer.0, now().plus_days(5), reason)], later);
    let kept = report(&revoked(Reason::CessationOfOperation), &bytes, later);
    assert_eq!(kept.verdict(), Verdict::Valid, "{:#?}", kept.stamps[0].findings);
    assert!(with(&kept, Outcome::Note).contains(&(Check::SignerRevocation, "revoked-later")));
    assert_eq!(kept.stamps[0].valid_now, Some(false));
    let lost = report(&revoked(Reason::KeyCompromise), &bytes, later);
    assert_eq!(lost.verdict(), Verdict::Indeterminate);
    assert!(with(&lost, Outcome::Unknown).contains(&(Check::SignerRevocation, "compromised-since")));
}

#[test]
fn the_policy_says_what_missing_revocation_lists_mean() {
    let office = Office::open();
    let bytes = office.stamp(PLAIN, &office.seal(|_| ()), now());
    let without = Verifier::new(&office.trust).intermediates(std::slice::from_ref(&office.issuing.0));
    for (revocation, verdict, outcome) in [
        (RevocationPolicy::Required, Verdict::Indeterminate, Outcome::Unknown),
        (RevocationPolicy::IfAvailable, Verdict::Valid, Outcome::Note),
        (RevocationPolicy::None, Verdict::Valid, Outcome::Note),
    ] {
        let verifier = without.clone().policy(Policy { revocation, ..Policy::default() });
        let report = report(&verifier, &bytes, now());
        assert_eq!(report.verdict(), verdict, "{revocation:?}");
        assert!(with(&report, outcome).iter().any(|(check, _)| *check == Check::SignerRevocation), "{revocation:?}");
    }
}

#[test]
fn what_is_required_and_absent_makes_a_valid_file_indeterminate() {
    let office = Office::open();
    let seal = office.seal(|_| ());
    for requirement in [Requirement::Status, Requirement::Timestamp] {
        let policy = Policy { require: [requirement].into_iter().collect(), ..Policy::default() };
        let bytes = office.stamp(PLAIN, &seal, now());
        let report = report(&office.verifier().policy(policy), &bytes, now());
        assert_eq!(report.verdict(), Verdict::Indeterminate, "{requirement:?}");
    }
    let policy = Policy { allow_later: AllowLater::Annotations, ..Policy::default() };
    assert_eq!(
        report(&office.verifier().policy(policy), &office.stamp(PLAIN, &seal, now()), now()).verdict(),
        Verdict::Valid
    );
}

/// The largest flip test runs over some thousand positions: each costs a verification.
#[test]
fn a_bit_flipped_anywhere_is_never_valid() {
    let office = Office::open();
    let bytes = office.stamp(PLAIN, &office.seal(|_| ()), now());
    let verifier = office.verifier();
    assert_eq!(report(&verifier, &bytes, now()).verdict(), Verdict::Valid);
    let reported = AtomicUsize::new(0);
    let half = bytes.len() / 2;
    std::thread::scope(|scope| {
        for range in [0..half, half..bytes.len()] {
            let (bytes, verifier, reported) = (&bytes, &verifier, &reported);
            scope.spawn(move || {
                for position in range {
                    let mut flipped = bytes.clone();
                    flipped[position] ^= 1;
                    let Ok(pdf) = Pdf::parse(&flipped) else { continue };
                    let Ok(report) = verifier.verify(&pdf, now()) else { continue };
                    reported.fetch_add(1, Ordering::Relaxed);
                    assert_eq!(report.verdict(), Verdict::Invalid, "byte {position}: {:#?}", report.stamps);
                }
            });
        }
    });
    assert!(reported.into_inner() > half, "most flips can be reported on");
}

#[test]
fn a_file_cut_at_any_length_is_never_valid() {
    let office = Office::open();
    let bytes = office.stamp(PLAIN, &office.seal(|_| ()), now());
    let verifier = office.verifier();
    for length in 0..bytes.len() {
        let Ok(pdf) = Pdf::parse(&bytes[..length]) else { continue };
        let Ok(report) = verifier.verify(&pdf, now()) else { continue };
        // As long as nothing of the signature is there, it is the unstamped file with something after it.
        let begun = bytes[..length].windows(10).any(|window| window == b"/ByteRange");
        let expected = if begun { Verdict::Invalid } else { Verdict::NotStamped };
        assert_eq!(report.verdict(), expected, "cut to {length}");
    }
}

#[test]
fn one_verifier_serves_several_threads() {
    let office = Office::open();
    let bytes = office.stamp(PLAIN, &office.seal(|_| ()), now());
    let verifier = office.verifier();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| assert_eq!(report(&verifier, &bytes, now()).verdict(), Verdict::Valid));
        }
    });
}

#[test]
fn signatures_of_algorithms_that_are_not_supported_are_listed_and_unknown() {
    let Some(shared) = crate::support::shared() else { return };
    for (name, count, algorithm) in [
        ("signed-rsa-approval-pades-bb.pdf", 1, "1.2.840.113549.1.1.11"),
        ("signed-ecdsa-existing-field.pdf", 1, "1.2.840.10045.4.3.2"),
        ("nodesignpdf-rsa-signed-once.pdf", 1, "1.2.840.113549.1.1.1"),
        ("pyhanko-rsa-signed-twice.pdf", 2, "1.2.840.113549.1.1.11"),
    ] {
        let bytes = std::fs::read(shared.join("samples/pdf").join(name)).unwrap();
        let report = report(&Office::open().verifier(), &bytes, now());
        assert_eq!(report.stamps.len(), count, "{name}");
        assert!(report.later_changes <= ChangeClass::Stamps, "{name}");
        for stamp in &report.stamps {
            let finding = stamp.findings.iter().find(|finding| finding.check == Check::Signature).unwrap();
            assert_eq!((finding.outcome, finding.code), (Outcome::Unknown, "algorithm-unsupported"), "{name}");
            assert_eq!(finding.detail, [("algorithm", algorithm.to_owned())], "{name}");
            assert_eq!(stamp.kind, StampKind::Signature);
            assert_eq!(stamp.format, Some("RFC 5652"));
            assert_ne!(stamp.verdict(), Verdict::Valid, "{name}");
        }
    }
}

#[test]
fn no_sample_without_a_signature_is_called_stamped() {
    let Some(shared) = crate::support::shared() else { return };
    let verifier = Office::open().verifier();
    let mut counted = 0;
    for entry in std::fs::read_dir(shared.join("samples/pdf")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if !name.ends_with(".pdf") || name.contains("signed") {
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        let Ok(pdf) = Pdf::parse(&bytes) else { continue };
        let Ok(report) = verifier.verify(&pdf, now()) else { continue };
        assert_eq!(report.verdict(), Verdict::NotStamped, "{name}");
        counted += 1;
    }
    assert!(counted > 20, "{counted}");
}

#[test]
fn a_plain_sm2_signature_is_verified_beside_a_seal() {
    let office = Office::open();
    for (attributes, format, time) in [(true, "RFC 5652", now()), (false, "GB/T 35275-2017", now())] {
        let signed = office.sign_message(PLAIN, attributes);
        let stamped = office.stamp(&signed, &office.seal(|_| ()), now());
        let good = report(&office.verifier(), &stamped, now());
        assert_eq!(good.verdict(), Verdict::Valid, "{:#?}", good.stamps);
        let kinds: Vec<_> = good.stamps.iter().map(|stamp| (stamp.kind, stamp.places.len())).collect();
        assert_eq!(kinds, [(StampKind::Signature, 0), (StampKind::Seal, 1)]);
        assert_eq!((good.stamps[0].format, good.stamps[0].claimed_time()), (Some(format), Some(time)));

        let mut changed = signed.clone();
        // The page becomes a little higher.
        let height = changed.windows(3).position(|window| window == b"842").unwrap();
        changed[height + 2] = b'3';
        let bad = report(&office.verifier(), &changed, now());
        assert_eq!(with(&bad, Outcome::Fail), [(Check::DocumentHash, "document-hash-mismatch")]);
        assert_eq!(bad.verdict(), Verdict::Invalid);
        let stranger = report(&Verifier::new(&eseal::cert::Trust::new()), &signed, now());
        assert_eq!(stranger.verdict(), Verdict::Indeterminate);
    }
}
