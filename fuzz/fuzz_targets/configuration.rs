//! The configuration of a CA: what is read can issue, and every profile in it is found by its name.
#![no_main]

use eseal::cert::ProfileSet;
use eseal::lang::Lang;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(set) = ProfileSet::from_toml(text) else { return };
    for profile in set.iter() {
        assert_eq!(set.find(profile.name()).as_ref(), Ok(profile));
        assert!(!profile.label(Lang::ZhCn).is_empty() && profile.default_days() > 0);
        let _ = (profile.partner(), profile.key_usage(), profile.extended_key_usage());
    }
    let services = set.services();
    if services.shards() < 100 {
        let points = services.points(&[0xab]);
        assert!(points.len() <= 100 && points.iter().all(|point| point.contains("://")));
    }
});
