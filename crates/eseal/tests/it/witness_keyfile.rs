//! OpenSSL, Bouncy Castle and keytool read the key files we write, and we read theirs.

use std::fs;
use std::path::Path;
use std::process::Command;

use eseal::cert::{Issuer, Name, SerialNumber};
use eseal::key::{
    EnvelopedKey, KeyEntry, KeyFile, KeyFileEncoding, KeyFileFormat, KeyFileLimits, KeyFileScheme, KeyFileTarget,
    Password, SecretKey, SoftSigner, public_key_to_spki,
};
use eseal::time::{Instant, Period};

use crate::support::java::{bouncy_castle, witness};
use crate::support::{run, tool};

/// Beyond ASCII, where UTF-8 and UTF-16 differ.
const PASSWORD: &str = "fake 口令";
const SCHEMES: [KeyFileScheme; 3] = [KeyFileScheme::PortableAes, KeyFileScheme::Gm, KeyFileScheme::Sm4Sha256];

const SCALAR: [u8; 32] = [0x42; 32];

fn key() -> SecretKey {
    SecretKey::from_bytes(&SCALAR).unwrap()
}

fn digits() -> String {
    "42".repeat(32)
}

fn password() -> Password {
    Password::new(PASSWORD).unwrap()
}

/// A key with a certificate for it.
fn file() -> KeyFile {
    let signer = SoftSigner::new(key());
    let period = Period::years(Instant::utc(2026, 11, 24, 8, 0, 0).unwrap(), 3);
    let name = Name::parse("CN=fake holder,C=CN").unwrap();
    let certificate = Issuer::self_signed(&name, &signer, SerialNumber::from_bytes(&[7]).unwrap(), period).unwrap();
    let entry = KeyEntry { certificates: vec![certificate.as_der().to_vec()], ..KeyEntry::from(key()) };
    KeyFile::new(vec![entry], Vec::new())
}

fn write(folder: &Path, name: &str, target: KeyFileTarget, encoding: KeyFileEncoding) -> String {
    let path = folder.join(name);
    fs::write(&path, &*file().write(target, encoding, Some(&password()), Some(10_000)).unwrap()).unwrap();
    path.to_str().unwrap().to_owned()
}

/// OpenSSL with the password in its surroundings, and a locale in which it takes the password for UTF-8.
fn openssl(folder: &Path) -> Option<Command> {
    let mut command = Command::new(tool("openssl")?);
    command.current_dir(folder).env("PW", PASSWORD).env("LC_ALL", "C.UTF-8");
    Some(command)
}

fn read(path: &Path) -> KeyFile {
    let bytes = fs::read(path).unwrap();
    KeyFile::read(&bytes, Some(&password()), KeyFileLimits::DEFAULT)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn openssl_reads_every_key_file_of_ours_that_it_knows_how_to() {
    let folder = tempfile::tempdir().unwrap();
    for (place, target) in [
        KeyFileTarget::Sec1,
        KeyFileTarget::Pkcs8,
        KeyFileTarget::EncryptedPkcs8(KeyFileScheme::PortableAes),
        KeyFileTarget::EncryptedPkcs8(KeyFileScheme::Sm4Sha256),
    ]
    .into_iter()
    .enumerate()
    {
        for (encoding, form) in [(KeyFileEncoding::Pem, "PEM"), (KeyFileEncoding::Der, "DER")] {
            let path = write(folder.path(), &format!("{place}.{form}"), target, encoding);
            let Some(mut command) = openssl(folder.path()) else { return };
            command.args(["pkey", "-in", &path, "-inform", form, "-passin", "env:PW", "-pubout", "-outform", "DER"]);
            assert_eq!(run(&mut command).stdout, public_key_to_spki(key().public_key()), "{target:?} {form}");
        }
    }
}

#[test]
fn openssl_reads_our_pkcs12_with_its_certificate() {
    let folder = tempfile::tempdir().unwrap();
    // HMAC-SM3 inside PBKDF2 is unknown to OpenSSL 3.0: the scheme of GmSSL stays out.
    for scheme in [KeyFileScheme::PortableAes, KeyFileScheme::Sm4Sha256] {
        let path = write(folder.path(), "fake.p12", KeyFileTarget::Pkcs12(scheme), KeyFileEncoding::Der);
        let Some(mut command) = openssl(folder.path()) else { return };
        let opened = run(command.args(["pkcs12", "-in", &path, "-passin", "env:PW", "-nodes"]));
        let found = KeyFile::read(&opened.stdout, None, KeyFileLimits::DEFAULT).unwrap();
        assert_eq!(found.entries()[0].secret.public_key(), key().public_key(), "{scheme:?}");
        assert_eq!(found.entries()[0].certificates.len(), 1);
        let text = String::from_utf8_lossy(&opened.stdout);
        assert!(text.contains("friendlyName: sign"), "{text}");
    }
}

#[test]
fn we_read_every_protection_that_openssl_writes() {
    let folder = tempfile::tempdir().unwrap();
    let plain = write(folder.path(), "plain.pem", KeyFileTarget::Pkcs8, KeyFileEncoding::Pem);
    let certificate = eseal::cert::Certificate::from_der(&file().entries()[0].certificates[0]).unwrap().to_pem();
    fs::write(folder.path().join("plain.crt"), certificate).unwrap();
    let pkcs8: [&[&str]; 8] = [
        &["-v2", "aes-128-cbc"],
        &["-v2", "aes-192-cbc", "-v2prf", "hmacWithSHA1"],
        &["-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA384"],
        &["-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA512"],
        &["-v2", "sm4-cbc", "-iter", "12345"],
        &["-v2", "des3"],
        &["-v1", "PBE-SHA1-3DES"],
        &["-scrypt", "-v2", "sm4-cbc"],
    ];
    for options in pkcs8 {
        let Some(mut command) = openssl(folder.path()) else { return };
        command.args(["pkcs8", "-topk8", "-in", &plain, "-passout", "env:PW", "-out", "out.pem"]).args(options);
        run(&mut command);
        let found = read(&folder.path().join("out.pem"));
        assert_eq!(found.entries()[0].secret.public_key(), key().public_key(), "{options:?}");
        let legacy = options[0] == "-v1";
        assert_eq!(found.info().format == KeyFileFormat::EncryptedPkcs8Legacy, legacy, "{options:?}");
    }
    let pkcs12: [&[&str]; 5] = [
        &[],
        &["-keypbe", "sm4-cbc", "-certpbe", "sm4-cbc", "-macalg", "sm3"],
        &["-macalg", "sha512", "-keypbe", "NONE"],
        &["-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-3DES", "-macalg", "sha1"],
        &["-nomac", "-certpbe", "NONE"],
    ];
    for options in pkcs12 {
        let Some(mut command) = openssl(folder.path()) else { return };
        command.args(["pkcs12", "-export", "-inkey", &plain, "-in", "plain.crt", "-name", "示例"]);
        run(command.args(["-passout", "env:PW", "-out", "out.p12"]).args(options));
        let found = read(&folder.path().join("out.p12"));
        assert_eq!(found.entries()[0].secret.public_key(), key().public_key(), "{options:?}");
        assert_eq!(found.entries()[0].label.as_deref(), Some("示例"), "{options:?}");
        assert_eq!(found.entries()[0].certificates.len(), 1, "{options:?}");
        assert_eq!(found.info().mac.is_none(), options.first() == Some(&"-nomac"));
    }
}

#[test]
fn bouncy_castle_and_keytool_read_our_key_files() {
    let Some(class_path) = bouncy_castle() else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut arguments = vec![PASSWORD.to_owned()];
    for (place, scheme) in SCHEMES.into_iter().enumerate() {
        let target = KeyFileTarget::EncryptedPkcs8(scheme);
        arguments.push(write(folder.path(), &format!("{place}.p8"), target, KeyFileEncoding::Der));
    }
    let said = witness(&class_path, "KeyFiles.java", "pkcs8", &arguments);
    let expected: String = arguments[1..].iter().map(|file| format!("{file} {}\n", digits())).collect();
    assert_eq!(said, expected);

    let target = KeyFileTarget::Pkcs12(KeyFileScheme::PortableAes);
    let path = write(folder.path(), "fake.p12", target, KeyFileEncoding::Der);
    let said = witness(&class_path, "KeyFiles.java", "pkcs12", &[PASSWORD.to_owned(), path.clone()]);
    assert_eq!(said, format!("{path} sign {} certified\n", digits()));

    // Java's own store knows no SM2 curve: keytool lists the file through Bouncy Castle, then looks for weak algorithms
    // with its own store, and ends in failure there.
    let Some(keytool) = tool("keytool") else { return };
    let mut command = Command::new(keytool);
    command.args(["-list", "-keystore", &path, "-storetype", "PKCS12", "-storepass:env", "PW", "-providerpath"]);
    command.arg(&class_path).args(["-providerclass", "org.bouncycastle.jce.provider.BouncyCastleProvider"]);
    let listed = command.args(["-providername", "BC"]).env("PW", PASSWORD).env("LC_ALL", "C.UTF-8").output().unwrap();
    let listed = String::from_utf8_lossy(&listed.stdout);
    assert!(listed.contains("sign, ") && listed.contains("PrivateKeyEntry"), "{listed}");
}

#[test]
fn we_read_what_bouncy_castle_writes() {
    let Some(class_path) = bouncy_castle() else { return };
    let folder = tempfile::tempdir().unwrap();
    let arguments = [PASSWORD.to_owned(), folder.path().to_str().unwrap().to_owned()];
    let said = witness(&class_path, "KeyFiles.java", "make", &arguments);
    assert_eq!(said.lines().count(), 4, "{said}");
    for line in said.lines() {
        let (name, scalar) = line.split_once(' ').unwrap();
        let scalar: Vec<u8> =
            (0..64).step_by(2).map(|at| u8::from_str_radix(&scalar[at..at + 2], 16).unwrap()).collect();
        let found = read(&folder.path().join(name));
        let expected = SecretKey::from_bytes(&scalar).unwrap();
        assert_eq!(found.entries()[0].secret.public_key(), expected.public_key(), "{name}");
        assert_eq!(found.entries()[0].certificates.len(), usize::from(name.ends_with(".p12")), "{name}");
    }
}

#[test]
fn openssl_opens_the_envelope_of_an_encryption_key() {
    // SM2 for the key of the envelope, SM4 in ECB mode for the private key: OpenSSL has both parts.
    let folder = tempfile::tempdir().unwrap();
    let holder = SecretKey::generate().unwrap();
    let sealed = EnvelopedKey::seal(&key(), holder.public_key()).unwrap().to_der();
    let parts = crate::support::elements(&sealed);
    let signer = KeyFile::new(vec![KeyEntry::from(holder)], Vec::new());
    let plain = signer.write(KeyFileTarget::Pkcs8, KeyFileEncoding::Pem, None, None).unwrap();
    fs::write(folder.path().join("holder.pem"), &*plain).unwrap();
    fs::write(folder.path().join("cipher"), parts[1]).unwrap();
    let Some(mut command) = openssl(folder.path()) else { return };
    let data_key = run(command.args(["pkeyutl", "-decrypt", "-inkey", "holder.pem", "-in", "cipher"])).stdout;
    let data_key: String = data_key.iter().map(|byte| format!("{byte:02x}")).collect();
    // The BIT STRING's content begins with the number of unused bits.
    fs::write(folder.path().join("sealed"), &parts[3][3..]).unwrap();
    let Some(mut command) = openssl(folder.path()) else { return };
    command.args(["enc", "-d", "-sm4-ecb", "-nopad", "-K", &data_key, "-in", "sealed"]);
    assert_eq!(run(&mut command).stdout, SCALAR);
}
