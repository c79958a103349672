use super::*;
use crate::test_support::shared;

const D: &str = "3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8";

fn hex(text: &str) -> Vec<u8> {
    assert!(text.len().is_multiple_of(2), "{text}");
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

fn vectors(path: &str) -> Option<serde_json::Value> {
    let bytes = std::fs::read(shared()?.join("samples/vectors").join(path)).unwrap();
    Some(serde_json::from_slice(&bytes).unwrap())
}

fn text<'a>(value: &'a serde_json::Value, key: &str) -> &'a str {
    value[key].as_str().unwrap()
}

/// GB/T 32918.5-2017, annex A: the key, Z and e; its signature verifies.
#[test]
fn the_example_of_the_standard_holds() {
    let key = SecretKey::from_bytes(&hex(D)).unwrap();
    let public = key.public_key();
    assert_eq!(
        public.z(UserId::DEFAULT).to_string(),
        "b2e14c5c79c6df5b85f4fe7ed8db7a262b9da7e07ccb0ea9f4747b8ccda8a4f3"
    );
    let digest = public.digest(UserId::DEFAULT, b"message digest");
    assert_eq!(digest.as_bytes(), hex("f0b43e94ba45accaace692ed534382eb17e6ab5a19ce7b31f4486fdfc0d28640").as_slice());
    let der = hex("3046022100f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3\
         022100b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa");
    let signature = Signature::from_der(&der).unwrap();
    assert_eq!(signature.to_der(), der);
    public.verify(&digest, &signature).unwrap();
    assert_eq!(
        public.verify(&public.digest(UserId::EMPTY, b"message digest"), &signature),
        Err(SmError::SignatureMismatch)
    );
}

#[test]
fn sm3_of_abc_is_that_of_the_standard() {
    assert_eq!(sm3(b"abc").to_string(), "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
    let mut pieces = Sm3::new();
    pieces.update(b"a").update(b"").update(b"bc");
    assert_eq!(pieces.finish(), sm3(b"abc"));
}

#[test]
fn signatures_hold_for_their_digest_and_no_other() {
    let key = SecretKey::generate().unwrap();
    let digest = key.public_key().digest(UserId::DEFAULT, b"one");
    let other = key.public_key().digest(UserId::DEFAULT, b"two");
    let signature = key.sign(&digest).unwrap();
    key.public_key().verify(&digest, &signature).unwrap();
    assert!(key.public_key().verify(&other, &signature).is_err());
    assert!(SecretKey::generate().unwrap().public_key().verify(&digest, &signature).is_err());
    assert_ne!(key.sign(&digest).unwrap(), signature, "fresh randomness goes into each signature");
    assert_eq!(key.sign_deterministic(&digest).unwrap(), key.sign_deterministic(&digest).unwrap());
}

#[test]
fn a_signature_is_written_as_der_and_raw_bytes_are_read_only_where_asked() {
    let key = SecretKey::generate().unwrap();
    let digest = key.public_key().digest(UserId::DEFAULT, b"m");
    let signature = key.sign(&digest).unwrap();
    let der = signature.to_der();
    assert_eq!(der[0], 0x30);
    assert!(der.len() <= Signature::MAX_DER);
    assert_eq!(Signature::from_der(&signature.to_raw()), Err(SmError::MalformedSignature));
    assert_eq!(Signature::from_der_or_raw(&signature.to_raw()), Ok((signature, SignatureForm::Raw)));
    assert_eq!(Signature::from_der_or_raw(&der), Ok((signature, SignatureForm::Der)));
}

#[test]
fn malformed_signatures_are_refused() {
    let order = hex("fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123");
    let good = [7; 32];
    for (r, s) in [
        ([0; 32].as_slice(), good.as_slice()),
        (&good, &[0; 32]),
        (&order, &good),
        (&good, &order),
        (&[255; 32], &good),
    ] {
        let raw: [u8; 64] = [r, s].concat().try_into().unwrap();
        assert_eq!(Signature::from_raw(&raw), Err(SmError::MalformedSignature));
    }
    for der in [
        "",
        "30",
        "3000",
        "3006020101020101ff",    // a byte after the end
        "3006020101820101",      // not an INTEGER
        "30060201ff020101",      // negative
        "3008020200010202 0001", // not minimal
        "308006020101020101",    // indefinite length
        "30030201 01",           // s is missing
    ] {
        let der = hex(&der.replace(' ', ""));
        assert_eq!(Signature::from_der(&der), Err(SmError::MalformedSignature), "{der:02x?}");
        assert!(Signature::from_der_or_raw(&der).is_err());
    }
}

#[test]
fn keys_out_of_range_or_off_the_curve_are_refused() {
    let order_minus_one = hex("fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54122");
    for bad in [vec![0; 32], order_minus_one, vec![255; 32], vec![1; 33], vec![]] {
        assert_eq!(SecretKey::from_bytes(&bad).unwrap_err(), SmError::BadSecretKey);
    }
    let mut padded = vec![0; 2];
    padded.extend(hex(D));
    assert!(SecretKey::from_bytes(&padded).is_ok());
    let good = SecretKey::from_bytes(&hex(D)).unwrap().public_key().to_sec1();
    assert!(PublicKey::from_sec1(&good).is_ok());
    let mut off = good;
    off[64] ^= 1;
    let mut compressed = good[..33].to_vec();
    compressed[0] = 2 + (good[64] & 1);
    assert_eq!(PublicKey::from_sec1(&compressed).unwrap().to_sec1(), good);
    let mut compact = compressed.clone();
    compact[0] = 5;
    for bad in [&off[..], &good[..64], &compact, &[4; 65], &[0], &[]] {
        assert_eq!(PublicKey::from_sec1(bad), Err(SmError::BadPublicKey));
    }
}

#[test]
fn secrets_print_redacted() {
    let key = SecretKey::from_bytes(&hex(D)).unwrap();
    assert_eq!(format!("{key:?}"), "SecretKey([redacted])");
    assert_eq!(format!("{:?}", Sm4Key::from_bytes([7; 16])), "Sm4Key([redacted])");
}

#[test]
fn encryption_round_trips_and_every_damage_is_one_error() {
    let key = SecretKey::generate().unwrap();
    let cipher = key.public_key().encrypt(b"share").unwrap();
    assert_eq!(key.decrypt(&cipher).unwrap().as_slice(), b"share");
    assert_eq!(key.public_key().encrypt(b""), Err(SmError::EmptyMessage));
    for at in 0..cipher.len() {
        assert_eq!(key.decrypt(&cipher[..at]).unwrap_err(), SmError::CannotDecrypt);
        let mut damaged = cipher.clone();
        damaged[at] ^= 1;
        assert_eq!(key.decrypt(&damaged).unwrap_err(), SmError::CannotDecrypt, "byte {at}");
    }
    assert!(SecretKey::generate().unwrap().decrypt(&cipher).is_err());
}

#[test]
fn every_verification_vector_has_its_outcome() {
    let Some(file) = vectors("sm2/sm2-verify.json") else { return };
    for case in file["cases"].as_array().unwrap() {
        let name = text(case, "name");
        let (message, bytes) = (hex(text(case, "msg_hex")), hex(text(case, "sig_hex")));
        let id = hex(text(case, "id_hex"));
        let holds = PublicKey::from_sec1(&hex(text(case, "pub"))).and_then(|key| {
            let signature = match text(case, "mode") {
                "za-raw64" => Signature::from_der_or_raw(&bytes)?.0,
                _ => Signature::from_der(&bytes)?,
            };
            let digest = match text(case, "mode") {
                "prehashed-e" => SignDigest::from_bytes(message.as_slice().try_into().unwrap()),
                _ => key.digest(UserId::new(&id).unwrap(), &message),
            };
            key.verify(&digest, &signature)
        });
        assert_eq!(holds.is_ok(), case["valid"].as_bool().unwrap(), "{name}: {holds:?}");
    }
}

#[test]
fn every_decryption_vector_in_asn1_has_its_outcome() {
    let Some(file) = vectors("sm2/sm2-decrypt.json") else { return };
    let cases = file["cases"].as_array().unwrap().iter().filter(|case| text(case, "format") == "asn1");
    for case in cases {
        let opened = SecretKey::from_bytes(&hex(text(case, "d"))).unwrap().decrypt(&hex(text(case, "ct_hex")));
        let expected = case["valid"].as_bool().unwrap().then(|| hex(text(case, "msg_hex")));
        assert_eq!(opened.ok().map(|message| message.to_vec()), expected, "{}", text(case, "name"));
    }
}

#[test]
fn the_hash_vectors_agree() {
    let Some(file) = vectors("sm3/sm3.json") else { return };
    for case in file["sm3"].as_array().unwrap() {
        assert_eq!(sm3(&hex(text(case, "msg_hex"))).to_string(), text(case, "sm3"));
    }
    let Some(file) = vectors("sm3/wycheproof_hmac_sm3_test.json") else { return };
    for group in file["testGroups"].as_array().unwrap() {
        let length = usize::try_from(group["tagSize"].as_u64().unwrap() / 8).unwrap();
        for case in group["tests"].as_array().unwrap() {
            let tag = hmac_sm3(&hex(text(case, "key")), &[&hex(text(case, "msg"))]);
            let same = ct_eq(&tag[..length], &hex(text(case, "tag")));
            assert_eq!(same, text(case, "result") == "valid", "{}", case["tcId"]);
        }
    }
}

/// GB/T 32907-2016, annex A.1, run through the counter mode: E(k, counter) ⊕ 0.
#[test]
fn sm4_encrypts_the_block_of_the_standard() {
    let block: [u8; 16] = hex("0123456789abcdeffedcba9876543210").try_into().unwrap();
    let mut data = [0; 16];
    sm4_ctr(&Sm4Key::from_bytes(block), &block, &mut data);
    assert_eq!(data.as_slice(), hex("681edf34d206965e86b3e94f536e4246"));
    let Some(file) = vectors("sm4/sm4.json") else { return };
    let case = &file["modes"]["ctr"];
    let mut data = hex(text(case, "pt"));
    let bytes = |key| <[u8; 16]>::try_from(hex(text(case, key))).unwrap();
    sm4_ctr(&Sm4Key::from_bytes(bytes("key")), &bytes("iv"), &mut data);
    assert_eq!(data, hex(text(case, "ct")));
}

#[test]
fn every_code_is_listed() {
    for error in [
        SmError::BadPublicKey,
        SmError::BadSecretKey,
        SmError::MalformedSignature,
        SmError::SignatureMismatch,
        SmError::CannotDecrypt,
        SmError::EmptyMessage,
        SmError::SigningFailed,
        SmError::NoRandomness,
    ] {
        assert!(SmError::CODES.contains(&error.code()));
    }
}
