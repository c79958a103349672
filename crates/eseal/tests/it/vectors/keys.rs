//! Key files, and keys on their way to their holders.

use eseal::cert::{Certificate, CertificateResponse};
use eseal::cms::{CmsDeviation, CmsError, EncryptedMessage, EnvelopedMessage, read_enveloped_key};
use eseal::key::{
    EnvelopedKey, EscrowedKey, KeyEntry, KeyError, KeyFile, KeyFileLimits, KeyProtection, Password, SecretKey,
    public_key_from_spki,
};
use eseal::sm::Sm4Key;

use super::sm::array;
use super::{Outcome, Vector, hex};

/// The private keys that the README gives a name.
const KNOWN: [(&str, &str); 3] = [
    ("K1", "b817ff47118810fe47161ef693b3a4ab40e80ff79e53a2e43c000394afc02487"),
    ("K2", "9865657df0c5403fc1c76f495da054489b972a94c31c84e0308c2ca30181972a"),
    ("K3", "59d64a9dba9c00d45e4f40e42a97a94e48fe1e81263af25d57138e9cdaaef621"),
];

fn code(error: KeyError) -> &'static str {
    error.code()
}

fn cms_code(error: CmsError) -> &'static str {
    error.code()
}

impl Vector<'_> {
    fn key_file(&self, name: &str) -> Result<KeyFile, KeyError> {
        let bytes = self.other(name);
        let password = self.password.map(|password| Password::new(password).unwrap());
        let password = password.filter(|_| KeyFile::describe(&bytes).is_ok_and(|info| info.is_encrypted()));
        KeyFile::read(&bytes, password.as_ref(), KeyFileLimits::DEFAULT)
    }

    /// A key by the name the README gives it, by its file, or as it is.
    fn key_named(&self, name: &str) -> SecretKey {
        match KNOWN.iter().find(|(known, _)| *known == name) {
            Some((_, d)) => SecretKey::from_bytes(&hex(d)).unwrap(),
            None if name.contains('/') => self.key_file(name).unwrap().into_entries().remove(0).secret,
            None => SecretKey::from_bytes(&hex(name)).unwrap(),
        }
    }

    /// Whether it is the key of the first argument: the public keys tell, since a private one is never given out.
    fn compare(&self, key: &SecretKey) -> &'static str {
        let expected = self.key_named(self.arguments[0]);
        if expected.public_key() == key.public_key() { "yes" } else { "another key" }
    }
}

fn protection(protection: &KeyProtection) -> String {
    let hash = protection.hash.map_or("", |hash| hash.word());
    let cipher = protection.cipher.map_or("", |cipher| cipher.word());
    let words = [protection.derivation.word(), hash, cipher].map(str::to_owned);
    let words: Vec<_> = words.into_iter().filter(|word| !word.is_empty()).collect();
    format!("{} x{}", words.join(" "), protection.iterations)
}

fn certificates(entry: &KeyEntry) -> impl Iterator<Item = Certificate> {
    entry.certificates.iter().map(|der| Certificate::from_der(der).unwrap())
}

/// Opens a key file with the key of the argument in it: its format, how it is protected, label and certificate.
pub(super) fn key(vector: &Vector) -> Outcome {
    let file = vector.key_file(vector.file).map_err(code)?;
    let [entry] = file.entries() else { panic!("{} keys", file.entries().len()) };
    let mut found = vec![vector.compare(&entry.secret).to_owned(), file.info().format.word().to_owned()];
    found.extend(file.info().protections.iter().map(protection));
    found.extend(file.info().mac.iter().map(|mac| format!("mac {}", protection(mac))));
    found.extend(entry.label.clone());
    found.extend(certificates(entry).map(|certificate| certificate.subject().to_string()));
    Ok(found.join("; "))
}

/// Opens a key file with a certificate in it that the one of the argument signed.
pub(super) fn key_certified_by(vector: &Vector) -> Outcome {
    let file = vector.key_file(vector.file).map_err(code)?;
    let issuer = vector.certificate(vector.arguments[0]);
    let certificate = certificates(&file.entries()[0]).next().ok_or("no certificate")?;
    certificate.check_signature_by(issuer.public_key().unwrap()).map_err(|error| error.code())?;
    Ok("holds".into())
}

/// Opens a key file, to whose key the certificate of the argument belongs.
pub(super) fn key_of(vector: &Vector) -> Outcome {
    let file = vector.key_file(vector.file).map_err(code)?;
    let certificate = vector.certificate(vector.arguments[0]);
    let same = certificate.public_key().unwrap() == file.entries()[0].secret.public_key();
    Ok(if same { "yes" } else { "another key" }.into())
}

/// Reads a public key, in whichever dialect.
pub(super) fn public_key(vector: &Vector) -> Outcome {
    let (_, dialect) = public_key_from_spki(&vector.bytes()).map_err(code)?;
    Ok(format!("{dialect:?}"))
}

/// Opens an envelope with the second key; the first is inside: the layout.
pub(super) fn envelope(vector: &Vector) -> Outcome {
    let holder = vector.key_named(vector.arguments[1]);
    let opened = read_enveloped_key(&vector.bytes(), &holder).map_err(cms_code)?;
    Ok(format!("{}, {}", vector.compare(&opened.secret), opened.layout.word()))
}

/// The same with the structure of SKF drivers.
pub(super) fn skf_blob(vector: &Vector) -> Outcome {
    let holder = vector.key_named(vector.arguments[1]);
    let opened = EnvelopedKey::from_skf_blob(&vector.bytes()).and_then(|blob| blob.open(&holder)).map_err(code)?;
    Ok(vector.compare(&opened).into())
}

/// The same with the text that CFCA sends.
pub(super) fn escrow(vector: &Vector) -> Outcome {
    let holder = vector.key_named(vector.arguments[1]);
    let opened = EscrowedKey::from_text(&vector.bytes()).and_then(|text| text.open(&holder)).map_err(code)?;
    Ok(vector.compare(&opened).into())
}

/// Opens the envelope of a response with the second key; the first is inside, and an encryption certificate is its.
pub(super) fn response(vector: &Vector) -> Outcome {
    let response = CertificateResponse::from_bytes(&vector.bytes()).map_err(|error| error.code())?;
    let holder = vector.key_named(vector.arguments[1]);
    response.certificate_for(holder.public_key()).map_err(|error| error.code())?;
    let opened = response.envelope().ok_or("no envelope")?.open(&holder).map_err(code)?;
    let belongs = response.encryption().iter().any(|one| one.public_key().unwrap() == opened.public_key());
    Ok(format!("{}, {}", vector.compare(&opened), if belongs { "certified" } else { "not certified" }))
}

fn read(content: &[u8], deviations: &[CmsDeviation]) -> String {
    let mut found = vec![String::from_utf8_lossy(content).trim_end().to_owned()];
    found.extend(deviations.iter().map(|deviation| deviation.code().to_owned()));
    found.join("; ")
}

/// Opens an enveloped message with the key of the argument: the content, and how it deviates from its standard.
pub(super) fn enveloped(vector: &Vector) -> Outcome {
    let message = EnvelopedMessage::from_bytes(&vector.bytes()).map_err(cms_code)?;
    let content = message.open(&vector.key_named(vector.arguments[0]), None).map_err(cms_code)?;
    Ok(read(&content, message.deviations()))
}

/// Opens an encrypted message with the symmetric key of the argument.
pub(super) fn encrypted(vector: &Vector) -> Outcome {
    let message = EncryptedMessage::from_bytes(&vector.bytes()).map_err(cms_code)?;
    let content = message.open(&Sm4Key::from_bytes(array(&hex(vector.arguments[0])))).map_err(cms_code)?;
    Ok(read(&content, message.deviations()))
}
