//! The vectors of SM2, SM3 and SM4: what eseal does is asked of eseal; the rest of a file is computed from the same
//! primitives, so that no case of it goes unread.

use elliptic_curve::ops::Reduce;
use elliptic_curve::sec1::ToSec1Point;
use eseal::key::{PublicKey, SecretKey, Signature};
use eseal::sm::{SignDigest, UserId, sm3};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sm2::{AffinePoint, ProjectivePoint, Scalar};
use sm3::Sm3;

use super::{Vector, hex, sealed, to_hex};

pub(super) fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("{key} in {value}"))
}

pub(super) fn bytes(value: &Value, key: &str) -> Vec<u8> {
    hex(text(value, key))
}

fn number(value: &Value, key: &str) -> usize {
    usize::try_from(value[key].as_u64().unwrap()).unwrap()
}

pub(super) fn array<const N: usize>(bytes: &[u8]) -> [u8; N] {
    bytes.try_into().unwrap_or_else(|_| panic!("{} bytes, not {N}", bytes.len()))
}

fn cases(count: usize) -> Result<String, &'static str> {
    Ok(format!("{count} cases"))
}

fn scalar(bytes: &[u8]) -> Scalar {
    <Scalar as Reduce<elliptic_curve::FieldBytes<sm2::Sm2>>>::reduce(&array::<32>(bytes).into())
}

fn point(sec1: &[u8]) -> ProjectivePoint {
    sm2::PublicKey::from_sec1_bytes(sec1).unwrap().to_projective()
}

/// The coordinates of a point, x ‖ y.
fn coordinates(point: ProjectivePoint) -> Vec<u8> {
    AffinePoint::from(point).to_sec1_point(false).as_bytes()[1..].to_vec()
}

/// The key derivation of GB/T 32918.4, 5.4.3.
pub(super) fn derive(z: &[u8], length: usize) -> Vec<u8> {
    let blocks = (1..=u32::MAX).flat_map(|count| *sm3(&[z, &count.to_be_bytes()].concat()).as_bytes());
    blocks.take(length).collect()
}

pub(super) fn xor(left: &[u8], right: &[u8]) -> Vec<u8> {
    left.iter().zip(right).map(|(left, right)| left ^ right).collect()
}

fn z(identity: &[u8], public: &[u8]) -> Vec<u8> {
    let key = PublicKey::from_sec1(public).unwrap();
    key.z(UserId::new(identity).unwrap()).as_bytes().to_vec()
}

/// The examples of GB/T 32918.5: signature, encryption and key exchange with the numbers of the standard.
pub(super) fn standard(vector: &Vector) -> Result<String, &'static str> {
    let file = vector.json();
    signature_of_the_standard(&file["sign"]);
    encryption_of_the_standard(&file["encrypt"]);
    exchange_of_the_standard(&file["key_exchange"]);
    Ok("sign, encrypt, key exchange".into())
}

fn signature_of_the_standard(case: &Value) {
    let key = SecretKey::from_bytes(&bytes(case, "d")).unwrap();
    let public = key.public_key();
    assert_eq!(public.to_sec1()[1..], [bytes(case, "px"), bytes(case, "py")].concat());
    let identity = bytes(case, "id_hex");
    let identity = UserId::new(&identity).unwrap();
    assert_eq!(public.z(identity).as_bytes().as_slice(), bytes(case, "za"));
    let digest = public.digest(identity, &bytes(case, "msg_hex"));
    assert_eq!(digest.as_bytes().as_slice(), bytes(case, "e"));

    let (d, k) = (scalar(&bytes(case, "d")), scalar(&bytes(case, "k")));
    let x = coordinates(ProjectivePoint::GENERATOR * k)[..32].to_vec();
    let r = scalar(digest.as_bytes()) + scalar(&x);
    let s = (Scalar::ONE + d).invert().unwrap() * (k - r * d);
    assert_eq!([r.to_bytes(), s.to_bytes()].concat(), [bytes(case, "r"), bytes(case, "s")].concat());
    let signature = Signature::from_der(&bytes(case, "sig_der")).unwrap();
    assert_eq!(signature.to_raw().as_slice(), [r.to_bytes(), s.to_bytes()].concat());
    public.verify(&digest, &signature).unwrap();
}

fn encryption_of_the_standard(case: &Value) {
    let key = SecretKey::from_bytes(&bytes(case, "d")).unwrap();
    let (message, k) = (bytes(case, "msg_hex"), scalar(&bytes(case, "k")));
    let first = ProjectivePoint::GENERATOR * k;
    assert_eq!([vec![4], coordinates(first)].concat(), bytes(case, "c1"));
    let shared = coordinates(point(&key.public_key().to_sec1()) * k);
    assert_eq!(xor(&message, &derive(&shared, message.len())), bytes(case, "c2"));
    let check = sm3(&[&shared[..32], &message, &shared[32..]].concat());
    assert_eq!(check.as_bytes().as_slice(), bytes(case, "c3"));
    for format in ["asn1", "c1c3c2", "c1c2c3"] {
        let cipher = sm2_cipher(format, &bytes(case, format)).unwrap();
        assert_eq!(*key.decrypt(&cipher).unwrap(), message, "{format}");
    }
}

/// What both sides of a key exchange compute: `[t](P + [x̄]R)` (GB/T 32918.3, 6.1).
fn exchange(own: &[u8], own_once: &[u8], other: ProjectivePoint, other_once: ProjectivePoint) -> Vec<u8> {
    let shortened = |x: &[u8]| {
        let mut low = [0; 32];
        low[16..].copy_from_slice(&x[16..32]);
        low[16] |= 0x80;
        scalar(&low)
    };
    let own_x = coordinates(ProjectivePoint::GENERATOR * scalar(own_once));
    let t = scalar(own) + shortened(&own_x) * scalar(own_once);
    coordinates((other + other_once * shortened(&coordinates(other_once))) * t)
}

fn exchange_of_the_standard(case: &Value) {
    let read = |key: &str| bytes(case, key);
    for [identity, public, expected] in [["idA_hex", "PA", "ZA"], ["idB_hex", "PB", "ZB"]] {
        assert_eq!(z(&read(identity), &read(public)), read(expected));
    }
    let ours = exchange(&read("dA"), &read("rA"), point(&read("PB")), point(&read("RB")));
    let theirs = exchange(&read("dB"), &read("rB"), point(&read("PA")), point(&read("RA")));
    assert_eq!([vec![4], ours.clone()].concat(), read("U"));
    assert_eq!(ours, theirs);
    let key = derive(&[ours.clone(), read("ZA"), read("ZB")].concat(), number(case, "klen_bits") / 8);
    assert_eq!(key, read("K"));
    let inner = sm3(&[&ours[..32], &read("ZA"), &read("ZB"), &read("RA")[1..], &read("RB")[1..]].concat());
    for (tag, check) in [(2, "SB_S1"), (3, "SA_S2")] {
        let value = sm3(&[&[tag], &ours[32..], inner.as_bytes().as_slice()].concat());
        assert_eq!(value.as_bytes().as_slice(), read(check), "{check}");
    }
}

pub(super) fn key_exchange(vector: &Vector) -> Result<String, &'static str> {
    let file = vector.json();
    let all = file.as_array().unwrap();
    for case in all {
        let read = |key| scalar(&bytes(case, key));
        let other = |key| ProjectivePoint::GENERATOR * read(key);
        let (own, once) = (bytes(case, "localStatic"), bytes(case, "localEphemeral"));
        let shared = exchange(&own, &once, other("remoteStatic"), other("remoteEphemeral"));
        assert_eq!([vec![4], shared].concat(), bytes(case, "shared_point"));
    }
    cases(all.len())
}

pub(super) fn verify(vector: &Vector) -> Result<String, &'static str> {
    let file = vector.json();
    let all = file["cases"].as_array().unwrap();
    for case in all {
        let (message, signature, identity) = (bytes(case, "msg_hex"), bytes(case, "sig_hex"), bytes(case, "id_hex"));
        let mode = text(case, "mode");
        let holds = PublicKey::from_sec1(&bytes(case, "pub")).and_then(|key| {
            let signature = match mode {
                "za-raw64" => Signature::from_der_or_raw(&signature)?.0,
                _ => Signature::from_der(&signature)?,
            };
            let digest = match mode {
                "prehashed-e" => SignDigest::from_bytes(array(&message)),
                _ => key.digest(UserId::new(&identity).unwrap(), &message),
            };
            key.verify(&digest, &signature)
        });
        assert_eq!(Some(holds.is_ok()), case["valid"].as_bool(), "{}: {holds:?}", text(case, "name"));
    }
    cases(all.len())
}

/// A ciphertext in another form as the DER of GB/T 35276 that eseal reads; `None` when it has no such form.
fn sm2_cipher(format: &str, bytes: &[u8]) -> Option<Vec<u8>> {
    let plain = match format {
        "asn1" => return Some(bytes.to_vec()),
        "c1c3c2" | "c1c2c3" => bytes.strip_prefix(&[4])?,
        "c1c3c2-no04" | "c1c2c3-no04" => bytes,
        other => panic!("the form {other}"),
    };
    let (first, rest) = plain.split_at_checked(64)?;
    let length = rest.len().checked_sub(32)?;
    let (check, cipher) =
        if format.starts_with("c1c3c2") { rest.split_at(32) } else { (&rest[length..], &rest[..length]) };
    let integer = |bytes: &[u8]| {
        let start = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len() - 1);
        let sign = if bytes[start] >= 0x80 { &[0][..] } else { &[] };
        element(2, &[sign, &bytes[start..]].concat())
    };
    let parts = [integer(&first[..32]), integer(&first[32..]), element(4, check), element(4, cipher)];
    Some(element(0x30, &parts.concat()))
}

fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let header = if length < 0x80 { vec![tag, length as u8] } else { vec![tag, 0x81, u8::try_from(length).unwrap()] };
    [&header, content].concat()
}

pub(super) fn decrypt(vector: &Vector) -> Result<String, &'static str> {
    let file = vector.json();
    let all = file["cases"].as_array().unwrap();
    for case in all {
        let key = SecretKey::from_bytes(&bytes(case, "d")).unwrap();
        let cipher = sm2_cipher(text(case, "format"), &bytes(case, "ct_hex"));
        let opened = cipher.and_then(|cipher| key.decrypt(&cipher).ok()).map(|message| message.to_vec());
        let expected = case["valid"].as_bool().unwrap().then(|| bytes(case, "msg_hex"));
        assert_eq!(opened, expected, "{}", text(case, "name"));
    }
    cases(all.len())
}

pub(super) fn mac(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sm3>::new_from_slice(key).unwrap();
    mac.update(message);
    mac.finalize().into_bytes().to_vec()
}

pub(super) fn hashes(vector: &Vector) -> Result<String, &'static str> {
    let file = vector.json();
    let mut count = 1;
    assert_eq!(sm3(&vec![b'a'; 1_000_000]).to_string(), text(&file, "million_a"));
    for case in file["sm3"].as_array().unwrap() {
        assert_eq!(sm3(&bytes(case, "msg_hex")).to_string(), text(case, "sm3"));
        count += 1;
    }
    for case in file["hmac_sm3"].as_array().unwrap() {
        assert_eq!(mac(&bytes(case, "key_hex"), &bytes(case, "msg_hex")), bytes(case, "mac"));
        count += 1;
    }
    for case in file["kdf_gbt32918"].as_array().unwrap() {
        assert_eq!(derive(&bytes(case, "z_hex"), number(case, "len")), bytes(case, "out"));
        count += 1;
    }
    for case in file["pbkdf2_hmac_sm3"].as_array().unwrap() {
        let mut key = vec![0; bytes(case, "dk_hex").len()];
        let (password, rounds) = (text(case, "password"), u32::try_from(number(case, "iter")).unwrap());
        pbkdf2::pbkdf2_hmac::<Sm3>(password.as_bytes(), &bytes(case, "salt_hex"), rounds, &mut key);
        assert_eq!(to_hex(&key), text(case, "dk_hex"));
        count += 1;
    }
    cases(count)
}

/// Each test of a file in Wycheproof's shape with its group.
fn wycheproof(file: &Value) -> impl Iterator<Item = (&Value, &Value)> {
    let groups = file["testGroups"].as_array().unwrap();
    groups.iter().flat_map(|group| group["tests"].as_array().unwrap().iter().map(move |test| (group, test)))
}

pub(super) fn macs(vector: &Vector) -> Result<String, &'static str> {
    let file = vector.json();
    let mut count = 0;
    for (group, case) in wycheproof(&file) {
        let tag = mac(&bytes(case, "key"), &bytes(case, "msg"));
        let same = tag[..number(group, "tagSize") / 8] == bytes(case, "tag");
        assert_eq!(same, text(case, "result") == "valid", "{}", case["tcId"]);
        count += 1;
    }
    cases(count)
}

pub(super) fn ciphers(vector: &Vector) -> Result<String, &'static str> {
    let file = vector.json();
    let case = &file["gbt32907"];
    let cipher = sealed::Sm4::new(&bytes(case, "key"));
    let mut block = array(&bytes(case, "pt"));
    for round in 1..=1_000_000 {
        block = cipher.block(block);
        assert!(round > 1 || block.as_slice() == bytes(case, "ct"));
    }
    assert_eq!(block.as_slice(), bytes(case, "ct_1000000_rounds"));
    let modes = file["modes"].as_object().unwrap();
    for (mode, case) in modes.iter().map(|(mode, case)| (mode.as_str(), case)).chain([("cbc", &file["cbc_pkcs7"])]) {
        let mut plain = bytes(case, "pt");
        if !plain.len().is_multiple_of(16) {
            let missing = 16 - plain.len() % 16;
            plain.resize(plain.len() + missing, missing as u8);
        }
        let cipher = sealed::Sm4::new(&bytes(case, "key"));
        assert_eq!(to_hex(&cipher.mode(mode, &bytes(case, "iv"), &plain)), text(case, "ct"), "{mode}");
    }
    for (mode, name) in [("gcm", "rfc8998_gcm"), ("ccm", "rfc8998_ccm")] {
        let case = &file[name];
        let cipher = sealed::Sm4::new(&bytes(case, "key"));
        let (iv, aad, plain) = (bytes(case, "iv"), bytes(case, "aad"), bytes(case, "pt"));
        let made = if mode == "gcm" { cipher.gcm(&iv, &aad, &plain) } else { cipher.ccm(&iv, &aad, &plain) };
        assert_eq!((made.0, made.1.to_vec()), (bytes(case, "ct"), bytes(case, "tag")), "{mode}");
    }
    cases(modes.len() + 4)
}

pub(super) fn gcm(vector: &Vector) -> Result<String, &'static str> {
    let file = vector.json();
    let mut count = 0;
    for (_, case) in wycheproof(&file) {
        let cipher = sealed::Sm4::new(&bytes(case, "key"));
        let (iv, aad, plain) = (bytes(case, "iv"), bytes(case, "aad"), bytes(case, "msg"));
        // An empty initialization vector would give away the authentication key: nothing is made with it.
        let made = (!iv.is_empty()).then(|| cipher.gcm(&iv, &aad, &plain));
        let same = made.is_some_and(|(made, tag)| made == bytes(case, "ct") && tag.as_slice() == bytes(case, "tag"));
        assert_eq!(same, text(case, "result") == "valid", "{}", case["tcId"]);
        count += 1;
    }
    cases(count)
}

/// The construction of a soft token's seals and slots, from the primitives alone.
pub(super) fn token(vector: &Vector) -> Result<String, &'static str> {
    let file = vector.json();
    let expand = |key: &[u8], salt: &[u8], info: &[u8], length| {
        let mut output = vec![0; length];
        hkdf::Hkdf::<Sm3>::new(Some(salt), key).expand(info, &mut output).unwrap();
        output
    };
    let seal = |key: &[u8], salt: &[u8], context: &str, aad: &[u8], plain: &[u8]| {
        let keys = expand(key, salt, context.as_bytes(), 64);
        let cipher = sealed::Sm4::new(&keys[..16]).mode("ctr", &keys[16..32], plain);
        let length = (aad.len() as u64).to_be_bytes();
        let tag = mac(&keys[32..], &[&length, aad, &cipher].concat());
        [salt, &cipher, &tag].concat()
    };
    let case = &file["seal"];
    let sealed = seal(
        &bytes(case, "key"),
        &bytes(case, "salt"),
        text(case, "context"),
        &bytes(case, "aad"),
        &bytes(case, "plaintext"),
    );
    assert_eq!(to_hex(&sealed), text(case, "sealed"));

    let pin = &file["pin_slot"];
    assert_eq!(vector.password, Some(text(pin, "pin_utf8")));
    let mut stretched = vec![0; 32];
    let rounds = u32::try_from(number(pin, "iterations")).unwrap();
    pbkdf2::pbkdf2_hmac::<Sm3>(text(pin, "pin_utf8").as_bytes(), &bytes(pin, "salt"), rounds, &mut stretched);
    assert_eq!(to_hex(&stretched), text(pin, "stretched"));
    let binding = [bytes(pin, "token_serial"), pin["epoch"].as_u64().unwrap().to_be_bytes().to_vec()].concat();
    let device = [stretched.clone(), bytes(pin, "device_secret")].concat();
    assert_eq!(to_hex(&expand(&stretched, &binding, b"eseal token v1 pin", 32)), text(pin, "kek_without_device"));
    assert_eq!(to_hex(&expand(&device, &binding, b"eseal token v1 pin", 32)), text(pin, "kek"));
    let unlock = &file["unlock_slot"];
    let device = [bytes(unlock, "share_a"), bytes(unlock, "device_secret")].concat();
    assert_eq!(to_hex(&expand(&device, &binding, b"eseal token v1 unlock", 32)), text(unlock, "kek"));
    for slot in [pin, unlock] {
        let (kek, salt, aad) = (bytes(slot, "kek"), bytes(slot, "slot_salt"), bytes(slot, "slot_aad"));
        assert_eq!(to_hex(&seal(&kek, &salt, "eseal token v1 slot", &aad, &bytes(pin, "dek"))), text(slot, "slot"));
    }
    Ok("seal, pin slot, unlock slot".into())
}
