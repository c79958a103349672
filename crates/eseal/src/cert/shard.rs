use crate::sm::sm3;

use super::SerialNumber;

/// The part of a partitioned revocation list (分区撤销列表) that a certificate belongs to: 0 to `shards` - 1.
///
/// The first eight bytes of SM3 over the serial number's bytes, most significant first, modulo the number of parts. An
/// office that has issued certificates by this rule must keep it and its number of parts, for the distribution point
/// in a certificate names the part. No part, or one, gives 0.
#[must_use]
pub fn shard_of(serial: &SerialNumber, shards: u32) -> u32 {
    let digest = sm3(serial.as_bytes());
    let first: [u8; 8] = digest.as_bytes()[..8].try_into().expect("a digest has 32 bytes");
    let shard = u64::from_be_bytes(first) % u64::from(shards.max(1));
    u32::try_from(shard).expect("less than the number of parts")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn serial(number: u32) -> SerialNumber {
        SerialNumber::from_bytes(&number.to_be_bytes()).unwrap()
    }

    #[test]
    fn the_rule_never_changes() {
        let shards: Vec<_> = (1..=8).map(|number| shard_of(&serial(number), 16)).collect();
        // Computed with another program.
        assert_eq!(shards, [9, 13, 3, 13, 6, 9, 8, 10]);
    }

    #[test]
    fn every_part_gets_about_its_share_and_no_part_is_out_of_range() {
        let mut counts = [0_u32; 7];
        for number in 1..=7_000 {
            counts[usize::try_from(shard_of(&serial(number), 7)).unwrap()] += 1;
        }
        assert!(counts.iter().all(|count| (850..1150).contains(count)), "{counts:?}");
        assert_eq!((shard_of(&serial(9), 0), shard_of(&serial(9), 1)), (0, 0));
    }

    #[test]
    fn the_zero_byte_that_keeps_a_number_positive_does_not_count() {
        let high = SerialNumber::from_hex("ee").unwrap();
        assert_eq!(shard_of(&high, 1 << 20), shard_of(&SerialNumber::from_hex("00ee").unwrap(), 1 << 20));
    }
}
