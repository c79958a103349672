//! OpenSSL 3 reads the keys we write, verifies what we sign, opens what we encrypt, and the other way round.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use eseal::key::{SecretKey, Signature, public_key_to_spki, secret_key_from_bytes, secret_key_to_pkcs8};
use eseal::sm::UserId;

use crate::support::{DISTID, run, tool};

/// A secret key of ours in a folder, for OpenSSL: `fake.p8` and `fake.pub`, both DER.
fn fake_key(folder: &Path) -> SecretKey {
    let key = SecretKey::generate().unwrap();
    fs::write(folder.join("fake.p8"), &*secret_key_to_pkcs8(&key)).unwrap();
    fs::write(folder.join("fake.pub"), public_key_to_spki(key.public_key())).unwrap();
    key
}

/// Files `message` and `out` in a folder, and OpenSSL's `pkeyutl` about to work on them.
fn pkeyutl(openssl: &PathBuf, folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(openssl);
    command.current_dir(folder).arg("pkeyutl").args(arguments);
    command
}

const VERIFY: [&str; 13] = [
    "-verify", "-rawin", "-digest", "sm3", "-pkeyopt", DISTID, "-pubin", "-keyform", "DER", "-inkey", "fake.pub",
    "-in", "message",
];

#[test]
fn openssl_verifies_what_we_sign() {
    let Some(openssl) = tool("openssl") else { return };
    let folder = tempfile::tempdir().unwrap();
    let key = fake_key(folder.path());
    // Short and long, empty and not: the digest is made by OpenSSL from the message itself.
    for message in [&b""[..], b"a", &[0x5a; 100_000]] {
        let signature = key.sign(&key.public_key().digest(UserId::DEFAULT, message)).unwrap();
        fs::write(folder.path().join("message"), message).unwrap();
        fs::write(folder.path().join("signature"), signature.to_der()).unwrap();
        run(pkeyutl(&openssl, folder.path(), &VERIFY).args(["-sigfile", "signature"]));
        fs::write(folder.path().join("message"), [message, b"!"].concat()).unwrap();
        let refused = pkeyutl(&openssl, folder.path(), &VERIFY).args(["-sigfile", "signature"]).output().unwrap();
        assert!(!refused.status.success(), "another message is refused");
    }
}

#[test]
fn we_verify_what_openssl_signs() {
    let Some(openssl) = tool("openssl") else { return };
    let folder = tempfile::tempdir().unwrap();
    let key = fake_key(folder.path());
    let message = "原文".as_bytes();
    fs::write(folder.path().join("message"), message).unwrap();
    let sign = ["-sign", "-rawin", "-digest", "sm3", "-pkeyopt", DISTID, "-keyform", "DER", "-inkey", "fake.p8"];
    run(pkeyutl(&openssl, folder.path(), &sign).args(["-in", "message", "-out", "signature"]));
    let signature = Signature::from_der(&fs::read(folder.path().join("signature")).unwrap()).unwrap();
    let public = key.public_key();
    public.verify(&public.digest(UserId::DEFAULT, message), &signature).unwrap();
    assert!(public.verify(&public.digest(UserId::EMPTY, message), &signature).is_err(), "the identity counts");
}

#[test]
fn openssl_reads_our_key_files_and_we_read_its() {
    let Some(openssl) = tool("openssl") else { return };
    let folder = tempfile::tempdir().unwrap();
    let key = fake_key(folder.path());
    let mut pkey = Command::new(&openssl);
    pkey.current_dir(folder.path()).args(["pkey", "-inform", "DER", "-in", "fake.p8", "-pubout", "-outform", "DER"]);
    assert_eq!(run(&mut pkey).stdout, public_key_to_spki(key.public_key()));

    let mut generate = Command::new(&openssl);
    generate.current_dir(folder.path()).args(["genpkey", "-algorithm", "SM2", "-out", "theirs.pem"]);
    run(&mut generate);
    let (theirs, _) = secret_key_from_bytes(&fs::read(folder.path().join("theirs.pem")).unwrap()).unwrap();
    let mut public = Command::new(&openssl);
    public.current_dir(folder.path()).args(["pkey", "-in", "theirs.pem", "-pubout", "-outform", "DER"]);
    assert_eq!(run(&mut public).stdout, public_key_to_spki(theirs.public_key()));
}

#[test]
fn what_one_encrypts_the_other_opens() {
    let Some(openssl) = tool("openssl") else { return };
    let folder = tempfile::tempdir().unwrap();
    let key = fake_key(folder.path());
    fs::write(folder.path().join("message"), key.public_key().encrypt(b"a data key").unwrap()).unwrap();
    let decrypt = ["-decrypt", "-keyform", "DER", "-inkey", "fake.p8", "-in", "message"];
    assert_eq!(run(&mut pkeyutl(&openssl, folder.path(), &decrypt)).stdout, b"a data key");

    fs::write(folder.path().join("message"), b"another data key").unwrap();
    let encrypt = ["-encrypt", "-pubin", "-keyform", "DER", "-inkey", "fake.pub", "-in", "message"];
    let cipher = run(&mut pkeyutl(&openssl, folder.path(), &encrypt)).stdout;
    assert_eq!(*key.decrypt(&cipher).unwrap(), b"another data key");
}
