//! Revocation lists: every entry can be found again by its serial number.
#![no_main]

use eseal::cert::RevocationList;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(lists) = RevocationList::many_from_bytes(bytes) else { return };
    for list in lists {
        let _ = (list.issuer().to_string(), list.next_update(), list.number(), list.obstacle());
        let _ = (list.base(), list.point(), list.link_algorithm());
        assert_eq!(list.entries().count(), list.len());
        for entry in list.entries().take(64) {
            assert!(list.find(&entry.serial).is_some());
        }
    }
});
