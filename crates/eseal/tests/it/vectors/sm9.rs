//! The facts of the SM9 file that its README checked as well: parameters, points on their curves, multiplications in the
//! group of P1, H1, what is derived from a shared key, and the DER forms. eseal has no SM9 and nothing here computes a pairing.

use elliptic_curve::bigint::{NonZero, Odd, U256, U512};
use eseal::sm::sm3;
use serde_json::Value;

use super::sm::{array, bytes, derive, text, xor};
use super::{Vector, hex, sealed, to_hex};
use crate::support::elements;

/// Arithmetic modulo the field's prime, and with pairs over u² = −2.
struct Field(NonZero<U256>);

type Pair = (U256, U256);
type Point = (U256, U256);

impl Field {
    fn multiply(&self, left: U256, right: U256) -> U256 {
        left.mul_mod_vartime(&right, &self.0)
    }

    fn add(&self, left: U256, right: U256) -> U256 {
        left.add_mod(&right, &self.0)
    }

    fn subtract(&self, left: U256, right: U256) -> U256 {
        left.sub_mod(&right, &self.0)
    }

    fn divide(&self, left: U256, right: U256) -> U256 {
        let modulus = Odd::new(self.0.get()).expect("the field's prime is odd");
        self.multiply(left, right.invert_odd_mod_vartime(&modulus).expect("not zero"))
    }

    /// (high · u + low) of two such pairs multiplied.
    fn multiply_pairs(&self, left: Pair, right: Pair) -> Pair {
        let high = self.add(self.multiply(left.0, right.1), self.multiply(left.1, right.0));
        let both_high = self.multiply(left.0, right.0);
        (high, self.subtract(self.multiply(left.1, right.1), self.add(both_high, both_high)))
    }

    /// y² = x³ + 5.
    fn holds_point(&self, (x, y): Point) -> bool {
        let cube = self.multiply(self.multiply(x, x), x);
        self.multiply(y, y) == self.add(cube, U256::from_u8(5))
    }

    /// y² = x³ + 5u over pairs.
    fn holds_twisted(&self, bytes: &[u8]) -> bool {
        let pair = |at: usize| (number(&bytes[at..at + 32]), number(&bytes[at + 32..at + 64]));
        let (x, y) = (pair(0), pair(64));
        let cube = self.multiply_pairs(self.multiply_pairs(x, x), x);
        self.multiply_pairs(y, y) == (self.add(cube.0, U256::from_u8(5)), cube.1)
    }

    fn add_points(&self, left: Point, right: Point) -> Point {
        let slope = if left == right {
            let square = self.multiply(left.0, left.0);
            self.divide(self.add(self.add(square, square), square), self.add(left.1, left.1))
        } else {
            self.divide(self.subtract(left.1, right.1), self.subtract(left.0, right.0))
        };
        let x = self.subtract(self.subtract(self.multiply(slope, slope), left.0), right.0);
        (x, self.subtract(self.multiply(slope, self.subtract(left.0, x)), left.1))
    }

    /// `[times]point`, for a factor that is neither zero nor close to the order.
    fn multiply_point(&self, times: &[u8], point: Point) -> Point {
        let bits = times.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1));
        let step = |sum: Option<Point>, bit| {
            let doubled = sum.map(|sum| self.add_points(sum, sum));
            if bit == 0 { doubled } else { Some(doubled.map_or(point, |sum| self.add_points(sum, point))) }
        };
        bits.fold(None, step).expect("not zero")
    }
}

fn number(bytes: &[u8]) -> U256 {
    U256::from_be_slice(&array::<32>(bytes))
}

fn point(sec1: &[u8]) -> Point {
    let bytes = sec1.strip_prefix(&[4]).unwrap_or(sec1);
    (number(&bytes[..32]), number(&bytes[32..]))
}

fn encoded((x, y): Point) -> String {
    to_hex(&[x.to_be_bytes().as_ref(), y.to_be_bytes().as_ref()].concat())
}

/// A polynomial of the parameter t, the highest coefficient first.
fn polynomial(t: U256, coefficients: [u8; 5]) -> U256 {
    coefficients
        .into_iter()
        .fold(U256::ZERO, |sum, coefficient| sum.wrapping_mul(&t).wrapping_add(&U256::from_u8(coefficient)))
}

/// H1 of GB/T 38635.2 (clause not checked): 40 bytes of SM3 taken modulo N − 1, plus one.
fn h1(id: &str, hid: u8, order: U256) -> U256 {
    let hashed = derive(&[&[1], id.as_bytes(), &[hid]].concat(), 40);
    let mut wide = [0; 64];
    wide[24..].copy_from_slice(&hashed);
    let below = NonZero::new(order.wrapping_sub(&U256::ONE).resize::<{ U512::LIMBS }>()).unwrap();
    U512::from_be_slice(&wide).rem_vartime(&below).resize::<{ U256::LIMBS }>().wrapping_add(&U256::ONE)
}

/// What is inside the only BIT STRING or OCTET STRING of these bytes, with one length byte or two.
fn inside(der: &[u8]) -> &[u8] {
    if der[1] == 0x81 { &der[3..] } else { &der[2..] }
}

pub(super) fn facts(vector: &Vector) -> Result<String, &'static str> {
    let file = vector.json();
    let params = &file["params"];
    let number_of = |case: &Value, key: &str| number(&bytes(case, key));
    let t = U256::from_u64(u64::from_be_bytes(array(&bytes(params, "t"))));
    let order = number_of(params, "N");
    assert_eq!(number_of(params, "q"), polynomial(t, [36, 36, 24, 6, 1]));
    assert_eq!(order, polynomial(t, [36, 36, 18, 6, 1]));
    let field = Field(NonZero::new(number_of(params, "q")).unwrap());

    let generator = point(&bytes(params, "P1"));
    for (case, key) in [(params, "P1"), (&file["sign"], "S"), (&file["enc_key"], "Ppube"), (&file["kem"], "C")] {
        assert!(field.holds_point(point(&bytes(case, key))), "{key}");
    }
    for (case, key) in [(params, "P2"), (&file["sign"], "Ppubs"), (&file["enc_key"], "de")] {
        assert!(field.holds_twisted(&bytes(case, key)[1..]), "{key}");
    }
    let case = &file["h1"];
    assert_eq!(h1(text(case, "id"), 1, order), number_of(case, "h1"));

    let case = &file["enc_key"];
    let master = point(&bytes(case, "Ppube"));
    assert_eq!(field.multiply_point(&bytes(case, "ke"), generator), master);
    let hashed = h1(text(case, "id"), 3, order).to_be_bytes();
    let recipient = field.add_points(field.multiply_point(hashed.as_ref(), generator), master);
    for (case, key) in [(&file["encrypt_xor"], "C1"), (&file["kem"], "C")] {
        let sent = encoded(field.multiply_point(&bytes(case, "r"), recipient));
        assert_eq!(Some(sent.as_str()), text(case, key).get(text(case, key).len() - 128..), "{key}");
    }

    let case = &file["encrypt_xor"];
    let (message, keys) = (text(case, "msg").as_bytes(), bytes(case, "K1K2"));
    let (first, second) = keys.split_at(message.len());
    let cipher = xor(message, first);
    assert_eq!(to_hex(&cipher), text(case, "C2"));
    assert_eq!(sm3(&[&cipher, second].concat()).to_string(), text(case, "C3"));
    let case = &file["encrypt_sm4ecb"];
    let (message, keys) = (text(case, "msg").as_bytes(), bytes(case, "K1K2"));
    let padding = 16 - message.len() % 16;
    let padded = [message, &vec![padding as u8; padding]].concat();
    let cipher = sealed::Sm4::new(&keys[..16]).mode("ecb", &[], &padded);
    assert_eq!(to_hex(&cipher), text(case, "C2"));
    assert_eq!(sm3(&[&cipher, &keys[16..]].concat()).to_string(), text(case, "C3"));

    let master = bytes(&file["verify_der"], "mpk_bitstring_der");
    assert_eq!(inside(&master)[1..], bytes(&file["sign"], "Ppubs"));
    let secret = bytes(&file["decrypt_der"], "de_bitstring_der");
    assert_eq!(inside(&secret)[1..], bytes(&file["enc_key"], "de"));
    for (case, key, parts) in [("verify_der", "sig_der", 2), ("decrypt_der", "ct_der", 4)] {
        let der = hex(text(&file[case], key));
        let found = elements(&der);
        assert_eq!(found.len(), parts, "{key}");
        let on_curve = found.iter().find(|part| part[0] == 3).unwrap();
        assert!(field.holds_point(point(&inside(on_curve)[1..])), "{key}");
    }
    Ok("parameters, points, H1, C2 and C3, DER".into())
}
