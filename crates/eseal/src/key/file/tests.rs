//! Every key file of other programs with its outcome, what is written read back, and files broken in one way each.

use super::*;
use crate::test_support::shared;

const PASSWORD: &str = "fake 口令";

fn password(text: &str) -> Password {
    Password::new(text).unwrap()
}

fn key(byte: u8) -> SecretKey {
    SecretKey::from_bytes(&[byte; 32]).unwrap()
}

fn scalar(key: &SecretKey) -> String {
    key.expose().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn one(byte: u8) -> KeyFile {
    KeyFile::new(vec![key(byte).into()], Vec::new())
}

/// What only looks like a certificate: its key stands where a key stands.
fn fake_certificate(byte: u8) -> Vec<u8> {
    let spki = crate::key::public_key_to_spki(key(byte).public_key());
    let sequence = |content: &[u8]| [&[0x30, u8::try_from(content.len()).unwrap()], content].concat();
    let before = [&[0x02, 0x01, byte][..], &[0x30, 0x00].repeat(4)].concat();
    sequence(&sequence(&[before, spki].concat()))
}

const SCHEMES: [KeyFileScheme; 3] = [KeyFileScheme::PortableAes, KeyFileScheme::Gm, KeyFileScheme::Sm4Sha256];

fn write(file: &KeyFile, target: KeyFileTarget) -> Zeroizing<Vec<u8>> {
    file.write(target, KeyFileEncoding::Der, Some(&password(PASSWORD)), Some(10_000)).unwrap()
}

fn read(bytes: &[u8], with: &str) -> Result<KeyFile, KeyError> {
    KeyFile::read(bytes, Some(&password(with)), KeyFileLimits::DEFAULT)
}

fn code(bytes: &[u8], with: &str) -> &'static str {
    read(bytes, with).map_or_else(|error| error.code(), |_| "ok")
}

#[test]
fn every_form_reads_back_as_pem_and_as_der() {
    let mut targets = vec![KeyFileTarget::Sec1, KeyFileTarget::Pkcs8];
    targets.extend(SCHEMES.map(KeyFileTarget::EncryptedPkcs8));
    targets.extend(SCHEMES.map(KeyFileTarget::Pkcs12));
    for target in targets {
        for encoding in [KeyFileEncoding::Pem, KeyFileEncoding::Der] {
            let written = one(7).write(target, encoding, Some(&password(PASSWORD)), Some(10_000)).unwrap();
            let file = read(&written, PASSWORD).unwrap_or_else(|error| panic!("{target:?}: {error}"));
            assert_eq!(file.entries().len(), 1);
            assert_eq!(scalar(&file.entries()[0].secret), scalar(&key(7)), "{target:?}");
            let info = KeyFile::describe(&written).unwrap();
            assert_eq!(&info, file.info());
            let encrypted = !matches!(target, KeyFileTarget::Sec1 | KeyFileTarget::Pkcs8);
            assert_eq!(info.is_encrypted(), encrypted);
            assert!(info.protections.iter().all(|protection| !protection.is_weak()));
            if encrypted {
                assert_eq!(KeyFile::read(&written, None, KeyFileLimits::DEFAULT).unwrap_err(), KeyError::Encrypted);
                assert_eq!(code(&written, "wrong"), "key-wrong-password");
                assert_eq!(code(&written, ""), "key-wrong-password");
            }
        }
    }
}

#[test]
fn a_pair_with_its_certificates_travels_in_one_file() {
    let entry = |byte, label: Option<&str>| KeyEntry {
        certificates: vec![fake_certificate(byte)],
        label: label.map(str::to_owned),
        ..KeyEntry::from(key(byte))
    };
    let file = KeyFile::new(vec![entry(7, None), entry(8, Some("加密"))], vec![fake_certificate(9)]);
    for scheme in SCHEMES {
        let read = read(&write(&file, KeyFileTarget::Pkcs12(scheme)), PASSWORD).unwrap();
        let labels: Vec<_> = read.entries().iter().map(|entry| entry.label.as_deref()).collect();
        assert_eq!(labels, [Some("sign"), Some("加密")]);
        for (entry, byte) in read.entries().iter().zip([7, 8]) {
            assert_eq!(scalar(&entry.secret), scalar(&key(byte)));
            assert_eq!(entry.certificates, [fake_certificate(byte)]);
            assert_eq!(entry.local_id.as_ref().map(Vec::len), Some(20));
        }
        assert_eq!(read.certificates(), [fake_certificate(9)]);
    }
    let single = file.write(KeyFileTarget::Pkcs8, KeyFileEncoding::Pem, None, None);
    assert_eq!(single.unwrap_err(), KeyError::SeveralKeys { count: 2 });
}

#[test]
fn keys_and_certificates_in_one_text_are_all_read() {
    let plain = one(7).write(KeyFileTarget::Pkcs8, KeyFileEncoding::Pem, None, None).unwrap();
    let sec1 = one(8).write(KeyFileTarget::Sec1, KeyFileEncoding::Pem, None, None).unwrap();
    let certificate = pem::write("CERTIFICATE", &fake_certificate(8));
    let parameters = b"-----BEGIN EC PARAMETERS-----\nBggqgRzPVQGCLQ==\n-----END EC PARAMETERS-----\n";
    let text = [b"a note\n", &plain[..], &parameters[..], &sec1, &certificate].concat();
    let file = KeyFile::read(&text, None, KeyFileLimits::DEFAULT).unwrap();
    assert_eq!(file.info().format, KeyFileFormat::Pkcs8);
    assert_eq!(file.entries().len(), 2);
    assert_eq!(file.entries()[1].certificates, [fake_certificate(8)]);
    let alone = KeyFile::read(&certificate, None, KeyFileLimits::DEFAULT);
    assert_eq!(alone.unwrap_err(), KeyError::NoKey);
}

#[test]
fn a_file_cut_anywhere_or_with_a_changed_byte_never_gives_another_key() {
    let forms = [
        KeyFileTarget::Sec1,
        KeyFileTarget::Pkcs8,
        KeyFileTarget::EncryptedPkcs8(KeyFileScheme::Gm),
        KeyFileTarget::Pkcs12(KeyFileScheme::PortableAes),
    ];
    for target in forms {
        let written = write(&one(7), target);
        for end in 0..written.len() {
            assert!(KeyFile::describe(&written[..end]).is_err(), "{target:?} cut to {end}");
        }
        assert!(KeyFile::describe(&[&written[..], &[0]].concat()).is_err());
        // A changed byte can make the derivation ten times as long: every byte of a short one, a few of a long one.
        let step = if matches!(target, KeyFileTarget::Sec1 | KeyFileTarget::Pkcs8) { 1 } else { 23 };
        for at in (0..written.len()).step_by(step) {
            let mut changed = written.to_vec();
            changed[at] ^= 1;
            if let Ok(file) = read(&changed, PASSWORD) {
                assert_eq!(scalar(&file.entries()[0].secret), scalar(&key(7)), "{target:?} byte {at}");
            }
        }
    }
}

#[test]
fn what_asks_for_too_much_is_refused_before_it_is_done() {
    let written = write(&one(7), KeyFileTarget::EncryptedPkcs8(KeyFileScheme::Gm));
    // INTEGER 10,000, which makes room for nothing larger in two bytes: lower the limit instead.
    let limits = KeyFileLimits { iterations: 9999, ..KeyFileLimits::DEFAULT };
    let refused = KeyFile::read(&written, Some(&password(PASSWORD)), limits).unwrap_err();
    assert_eq!(refused, KeyError::IterationsTooMany { iterations: 10_000, most: 9999 });
    // The three parts of a PKCS #12 file draw on one budget, each in turn.
    let mut entry = KeyEntry::from(key(7));
    entry.certificates.push(fake_certificate(7));
    let written = write(&KeyFile::new(vec![entry], Vec::new()), KeyFileTarget::Pkcs12(KeyFileScheme::PortableAes));
    for (iterations, enough) in [(29_999, false), (30_000, true)] {
        let limits = KeyFileLimits { iterations, ..KeyFileLimits::DEFAULT };
        assert_eq!(KeyFile::read(&written, Some(&password(PASSWORD)), limits).is_ok(), enough, "{iterations}");
    }
    let too_large = vec![0x30; KeyFile::MAX_BYTES + 1];
    assert_eq!(KeyFile::describe(&too_large).unwrap_err(), KeyError::FileTooLarge { limit: KeyFile::MAX_BYTES });
}

#[test]
fn what_cannot_be_written_is_refused_by_its_reason() {
    let encrypted = KeyFileTarget::EncryptedPkcs8(KeyFileScheme::Gm);
    let write = |file: &KeyFile, with: Option<&str>, iterations| {
        let with = with.map(password);
        file.write(encrypted, KeyFileEncoding::Der, with.as_ref(), Some(iterations)).map_err(|error| error.code())
    };
    assert_eq!(write(&one(7), None, 10_000), Err("key-password-needed"));
    assert_eq!(write(&one(7), Some(""), 10_000), Err("key-password-needed"));
    assert_eq!(write(&one(7), Some("x"), 9999), Err("key-bad-parameters"));
    assert_eq!(write(&one(7), Some("x"), 2_500_001), Err("key-bad-parameters"));
    assert_eq!(write(&KeyFile::new(Vec::new(), Vec::new()), Some("x"), 10_000), Err("key-none"));
    let p12 = KeyFileTarget::Pkcs12(KeyFileScheme::Gm);
    let empty = KeyFile::new(Vec::new(), Vec::new());
    let refused = empty.write(p12, KeyFileEncoding::Der, Some(&password("x")), Some(10_000));
    assert_eq!(refused.unwrap_err(), KeyError::NoKey);
}

#[test]
fn the_file_of_cfca_is_written_as_cfca_writes_it() {
    let target = KeyFileTarget::CfcaSm2;
    let entry = |key: u8, certificate: Option<u8>| KeyEntry {
        certificates: certificate.map(fake_certificate).into_iter().collect(),
        ..KeyEntry::from(self::key(key))
    };
    let write = |entries: Vec<KeyEntry>, with: Option<&str>| {
        let with = with.map(password);
        KeyFile::new(entries, Vec::new()).write(target, KeyFileEncoding::Pem, with.as_ref(), None)
    };
    let written = write(vec![entry(7, Some(7))], Some(PASSWORD)).unwrap();
    let file = read(&written, PASSWORD).unwrap();
    assert_eq!(scalar(&file.entries()[0].secret), scalar(&key(7)));
    assert_eq!(file.entries()[0].certificates, [fake_certificate(7)]);
    assert!(file.info().protections.iter().all(|protection| protection.is_weak()), "and nobody is told otherwise");
    assert_eq!(code(&written, "wrong"), "key-wrong-password");

    let refused = |entries, with| write(entries, with).unwrap_err().code();
    assert_eq!(refused(vec![entry(7, None)], Some(PASSWORD)), "key-certificate-needed");
    assert_eq!(refused(vec![entry(7, Some(8))], Some(PASSWORD)), "key-mismatch");
    assert_eq!(refused(vec![entry(7, Some(7)), entry(8, Some(8))], Some(PASSWORD)), "key-several");
    assert_eq!(refused(vec![entry(7, Some(7))], Some("")), "key-password-needed");
    assert_eq!(refused(vec![entry(7, Some(7))], None), "key-password-needed");

    // Without salt the same input gives the same file: theirs, byte for byte.
    let Some(shared) = shared() else { return };
    let theirs = std::fs::read(shared.join("samples/vectors/keys/cfca-sm2.pem")).unwrap();
    let file = read(&theirs, "123456").unwrap();
    let ours = file.write(target, KeyFileEncoding::Pem, Some(&password("123456")), None).unwrap();
    let lines = |text: &[u8]| String::from_utf8(text.to_vec()).unwrap().split_whitespace().collect::<String>();
    assert_eq!(lines(&ours), lines(&theirs));
}

#[test]
fn what_is_no_key_file_is_refused() {
    for bytes in [
        &b""[..],
        b"hello",
        b"-----BEGIN PRIVATE KEY-----\nMAA=\n",
        b"-----BEGIN PRIVATE KEY-----\nM*A=\n-----END PRIVATE KEY-----\n",
        b"-----BEGIN X-----\nMAA=\n-----END X-----\n",
        &[0x30, 0x00],
        &[0x30, 0x80, 0x02, 0x01, 0x03, 0x30, 0x80],
        &[0x30, 0x81, 0x04, 0x02, 0x01, 0x03, 0x30],
    ] {
        assert_eq!(KeyFile::describe(bytes).unwrap_err(), KeyError::UnknownFormat, "{bytes:02x?}");
    }
    let old = b"-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: DES-CBC,00\n\nMAA=\n-----END EC PRIVATE KEY-----\n";
    assert_eq!(KeyFile::describe(old).unwrap_err().code(), "key-protection-unknown");
}

const K1: &str = "b817ff47118810fe47161ef693b3a4ab40e80ff79e53a2e43c000394afc02487";
const K2: &str = "9865657df0c5403fc1c76f495da054489b972a94c31c84e0308c2ca30181972a";

/// Folder and name, password, layout, and the private key or the code.
type Row = (&'static str, &'static str, Result<(KeyFileFormat, &'static str), &'static str>);

#[test]
fn the_key_files_of_other_programs_have_their_outcome() {
    use KeyFileFormat::*;
    let Some(shared) = shared() else { return };
    let gmssl = "4d99c9de1d914b37d60ef2c37df7529e696b0bebfb8a08ad2c1218930b30cda4";
    let rows: [Row; 24] = [
        ("keys/openssl-pkcs8-plain.pem", "", Ok((Pkcs8, K1))),
        ("keys/sec1.pem", "", Ok((Sec1, K1))),
        ("keys/sec1-no-params-no-pub.pem", "", Err("key-no-curve")),
        ("keys/pkcs8-alg-sm2-sm2.der", "", Ok((Pkcs8CurveAlgorithm, K1))),
        (
            "keys/botan-pkcs8-plain.pem",
            "",
            Ok((Pkcs8SignatureAlgorithm, "9eac3f1b4f0ede875ed5757d09e436889b8bf11c434fcb8cd7cf992dccca9c20")),
        ),
        ("keys/enc-p8-openssl-aes256-sha256.pem", "123456", Ok((EncryptedPkcs8, K1))),
        ("keys/enc-p8-openssl-sm4-sha256.pem", "123456", Ok((EncryptedPkcs8, K1))),
        ("keys/enc-p8-gmssl-sm4-hmacsm3.pem", "123456", Ok((EncryptedPkcs8, gmssl))),
        ("keys/enc-p8-sm4-hmacsm3-null.der", "123456", Ok((EncryptedPkcs8, K1))),
        ("keys/enc-p8-sm4-hmacsm3-40131.der", "123456", Ok((EncryptedPkcs8, K1))),
        ("keys/enc-p8-gmt0091-oids.der", "123456", Ok((EncryptedPkcs8Gmt0091, K1))),
        ("keys/enc-p8-gmt0091-gmsm-typo.der", "123456", Ok((EncryptedPkcs8Gmsm, K1))),
        ("keys/enc-p8-bad-padding.der", "123456", Err("key-wrong-password")),
        ("keys/enc-p8-huge-iterations.der", "123456", Err("key-iterations-too-many")),
        (
            "keys/enc-p8-gmsm-sm4-hmacsm3.pem",
            "Password1",
            Ok((EncryptedPkcs8, "6c5a0a0b2eed3cbec3e4f1252bfe0e28c504a1c6bf1999eebb0af9ef0f8e6c85")),
        ),
        ("keys/bc-enc-p8-aes256-sha256.pem", "123456", Ok((EncryptedPkcs8, K2))),
        (
            "keys/cfca-sm2.pem",
            "123456",
            Ok((CfcaSm2, "d3f24d61bb2816882b8474b778dd7c3166d665f9455dc9d551c989c161e76ab0")),
        ),
        ("keys/spki-alg-sm2-sm2.der", "", Err("key-unknown-format")),
        ("pkcs12/openssl-p12-default.p12", "123456", Ok((Pkcs12, K1))),
        ("pkcs12/openssl-p12-sm4-sm3.p12", "123456", Ok((Pkcs12, K1))),
        ("pkcs12/bc-default.p12", "123456", Ok((Pkcs12, K2))),
        (
            "pkcs12/ofdrw-USER.p12",
            "777777",
            Ok((Pkcs12, "0da34de03f754d55f5263ea6538337ffc9036407ae5f5c5a61a4840300e595e5")),
        ),
        (
            "pkcs12/gmcert-withoutca.p12",
            "123456",
            Ok((Pkcs12, "f72a8a75a4b4416d51992ef723c7a47f23413742fc03826df161c05a8f591df9")),
        ),
        ("cms/gmssl-enc-key.pem", "123456", Ok((EncryptedPkcs8, ""))),
    ];
    for (name, with, outcome) in rows {
        let bytes = std::fs::read(shared.join("samples/vectors").join(name)).unwrap();
        let file = read(&bytes, with);
        match (&file, outcome) {
            (Ok(file), Ok((format, expected))) => {
                let found = scalar(&file.entries()[0].secret);
                assert!(found == expected || expected.is_empty(), "{name}: {found}");
                assert_eq!((file.info().format, file.entries().len()), (format, 1), "{name}");
                let certificates = file.entries()[0].certificates.len();
                assert_eq!(certificates, usize::from(matches!(format, Pkcs12 | CfcaSm2)), "{name}");
                if file.info().is_encrypted() {
                    assert_eq!(code(&bytes, "654321"), "key-wrong-password", "{name}");
                }
            }
            (Err(error), Err(code)) => assert_eq!(error.code(), code, "{name}"),
            _ => panic!("{name}: {file:?}"),
        }
    }
}

/// Name, derivation, its hash and iterations, and the ciphers in the order of the file.
type Told = (&'static str, KeyDerivation, Option<KeyFileHash>, u64, &'static [KeyFileCipher]);

#[test]
fn what_protects_the_files_of_other_programs_is_told_without_a_password() {
    use KeyFileCipher::*;
    let Some(shared) = shared() else { return };
    let describe = |name: &str| KeyFile::describe(&std::fs::read(shared.join("samples/vectors").join(name)).unwrap());
    let rows: [Told; 8] = [
        ("keys/enc-p8-openssl-sm4-sha256.pem", KeyDerivation::Pbkdf2, Some(KeyFileHash::Sha256), 2048, &[Sm4]),
        ("keys/enc-p8-gmssl-sm4-hmacsm3.pem", KeyDerivation::Pbkdf2, Some(KeyFileHash::Sm3), 65_536, &[Sm4]),
        ("keys/enc-p8-sm4-hmacsm3-40131.der", KeyDerivation::Pbkdf2, Some(KeyFileHash::Sm3Gmt0091), 10_000, &[Sm4]),
        ("keys/enc-p8-huge-iterations.der", KeyDerivation::Pbkdf2, Some(KeyFileHash::Sm3), 2_147_483_647, &[Sm4]),
        ("keys/cfca-sm2.pem", KeyDerivation::CfcaSm3, Some(KeyFileHash::Sm3), 1, &[Sm4]),
        ("pkcs12/openssl-p12-default.p12", KeyDerivation::Pbkdf2, Some(KeyFileHash::Sha256), 2048, &[Aes256]),
        ("pkcs12/bc-default.p12", KeyDerivation::Pkcs12, Some(KeyFileHash::Sha1), 51_200, &[TripleDes, Rc2Weak]),
        ("pkcs12/gmcert-withoutca.p12", KeyDerivation::Pkcs12, Some(KeyFileHash::Sha1), 2048, &[Rc2Weak, TripleDes]),
    ];
    for (name, derivation, hash, iterations, ciphers) in rows {
        let info = describe(name).unwrap();
        let found: Vec<_> = info.protections.iter().map(|protection| protection.cipher.unwrap()).collect();
        assert_eq!(found, ciphers, "{name}");
        for protection in &info.protections {
            assert_eq!((protection.derivation, protection.hash, protection.iterations), (derivation, hash, iterations));
        }
    }
    let sm3 = describe("pkcs12/openssl-p12-sm4-sm3.p12").unwrap().mac.unwrap();
    assert_eq!((sm3.derivation, sm3.hash, sm3.cipher), (KeyDerivation::Pkcs12, Some(KeyFileHash::Sm3), None));
    assert!(describe("pkcs12/bc-default.p12").unwrap().protections.iter().all(KeyProtection::is_weak));
}

/// A file of the project's own test data; see its README.
fn testdata(name: &str) -> Vec<u8> {
    std::fs::read(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/keys").join(name)).unwrap()
}

#[test]
fn files_without_an_authentication_code_are_read_and_told() {
    for (name, ciphers) in [
        ("fake-open.p12", &[][..]),
        ("fake-sealed.p12", &[KeyFileCipher::Sm4]),
        ("fake-legacy.p12", &[KeyFileCipher::TripleDes]),
    ] {
        let bytes = testdata(name);
        let file = read(&bytes, "fake").unwrap();
        assert_eq!((file.entries().len(), file.entries()[0].certificates.len()), (1, 1), "{name}");
        assert_eq!((file.entries()[0].label.as_deref(), file.info().mac), (Some("fake"), None), "{name}");
        let found: Vec<_> = file.info().protections.iter().filter_map(|protection| protection.cipher).collect();
        assert!(
            found.iter().all(|cipher| ciphers.contains(cipher)) && found.is_empty() == ciphers.is_empty(),
            "{name}"
        );
        if ciphers.is_empty() {
            assert!(KeyFile::read(&bytes, None, KeyFileLimits::DEFAULT).is_ok());
        } else {
            assert_eq!(code(&bytes, "false"), "key-wrong-password", "{name}");
        }
    }
}

#[test]
fn files_cut_or_changed_in_any_byte_are_read_or_refused_and_nothing_else() {
    for name in ["fake-open.p12", "fake-sealed.p12", "fake-legacy.p12"] {
        let bytes = testdata(name);
        for at in 0..bytes.len() {
            assert!(KeyFile::describe(&bytes[..at]).is_err(), "{name} cut to {at}");
            for change in [1, 0x80, 0xff] {
                let mut changed = bytes.clone();
                changed[at] ^= change;
                let limits = KeyFileLimits { iterations: 100, memory: 1 << 20 };
                let _ = KeyFile::read(&changed, Some(&password("fake")), limits);
            }
        }
    }
}

/// `fake-open.p12` with the authentication code of RFC 9579 around it.
fn with_pbmac1(with: &str, key_length: Option<u16>) -> Vec<u8> {
    use ::der::asn1::AnyRef;
    use ::der::asn1::OctetStringRef;
    use spki::AlgorithmIdentifierRef;

    let open = testdata("fake-open.p12");
    let pfx: pkcs12::Pfx<'_> = crate::der::decode(&open).unwrap();
    let salt = OctetStringRef::new(b"fake salt").unwrap();
    let prf = AlgorithmIdentifierRef { oid: crate::oid::HMAC_SM3, parameters: None };
    let parameters = pbes::Pbkdf2Parameters { salt, iterations: 3, key_length, prf: Some(prf) };
    let parameters = crate::der::encode(&parameters).unwrap();
    let derivation = AlgorithmIdentifierRef {
        oid: crate::oid::PBKDF2,
        parameters: Some(AnyRef::try_from(parameters.as_slice()).unwrap()),
    };
    let length = key_length.map_or(32, usize::from);
    let mut key = vec![0; length];
    crate::sm::pbkdf2_sm3(with.as_bytes(), b"fake salt", 3, &mut key);
    let digest = crate::sm::hmac_sm3(&key, &[pfx.auth_safe.content.value()]);
    let parameters = crate::der::encode(&pkcs12::Pbmac1Parameters { derivation, scheme: prf }).unwrap();
    let algorithm = AlgorithmIdentifierRef {
        oid: crate::oid::PBMAC1,
        parameters: Some(AnyRef::try_from(parameters.as_slice()).unwrap()),
    };
    let mac = pkcs12::DigestInfo { algorithm, digest: OctetStringRef::new(&digest).unwrap() };
    let mac = pkcs12::MacData { mac, salt: OctetStringRef::new(b"NOT USED").unwrap(), iterations: Some(1) };
    crate::der::encode(&pkcs12::Pfx { mac: Some(mac), ..pfx }).unwrap()
}

#[test]
fn the_authentication_code_of_rfc_9579_is_checked() {
    for key_length in [None, Some(32), Some(20)] {
        let bytes = with_pbmac1("fake", key_length);
        let file = read(&bytes, "fake").unwrap();
        let mac = file.info().mac.unwrap();
        assert_eq!((mac.derivation, mac.hash), (KeyDerivation::Pbkdf2, Some(KeyFileHash::Sm3)));
        assert_eq!(code(&bytes, "false"), "key-wrong-password");
    }
    assert_eq!(code(&with_pbmac1("fake", Some(7)), "fake"), "key-bad-parameters");
    assert_eq!(code(&with_pbmac1("fake", Some(129)), "fake"), "key-bad-parameters");
}
