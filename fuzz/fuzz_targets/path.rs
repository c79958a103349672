//! Paths through whatever certificates and lists a PEM file holds: judging ends, and what is good leads to the anchor.
#![no_main]

use eseal::cert::{
    AlgorithmPolicy, Certificate, LinkAlgorithm, PathValidator, Purpose, RevocationList, RevocationPolicy, Trust,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(certificates) = Certificate::many_from_bytes(bytes) else { return };
    let lists = RevocationList::many_from_bytes(bytes).unwrap_or_default();
    let Some(anchor) = certificates.last() else { return };
    let validator = PathValidator::new(&Trust::from_certificates([anchor.clone()]))
        .intermediates(&certificates)
        .revocation(&lists)
        .policy(RevocationPolicy::IfAvailable)
        .algorithms(AlgorithmPolicy::Listed(LinkAlgorithm::ALL.to_vec()));
    for leaf in certificates.iter().take(2) {
        for at in [leaf.validity().from(), leaf.validity().to()] {
            let judgement = validator.judge(leaf, Purpose::of(leaf), at);
            assert_eq!(judgement.path.first(), Some(leaf));
            if judgement.is_good() {
                assert_eq!(judgement.path.last(), Some(anchor));
            }
        }
    }
});
