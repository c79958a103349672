//! Other media: keys that come in from key files and envelopes, and keys that leave as one where the policy allows it.
//!
//! A private key leaves only encrypted, to a password or to a public key. Nothing in a token says where a key was made, so
//! nothing is claimed of one that was imported.

use zeroize::Zeroizing;

use crate::cert::Certificate;
use crate::cert::KeyUsage;
use crate::der;
use crate::key::EnvelopedKey;
use crate::key::KeyEntry;
use crate::key::KeyError;
use crate::key::KeyFile;
use crate::key::KeyFileEncoding;
use crate::key::KeyFileScheme;
use crate::key::KeyFileTarget;
use crate::key::Password;
use crate::key::public_key_to_spki;
use crate::sm::PublicKey;
use crate::sm::SecretKey;
use crate::sm::SmError;
use crate::sm::random;

use super::KeyChoice;
use super::KeyId;
use super::KeyUse;
use super::ObjectInfo;
use super::Session;
use super::TokenError;
use super::TokenInfo;
use super::container::Container;
use super::container::Keys;
use super::container::MAX_OBJECTS;
use super::container::Object;
use super::container::octet_string;
use super::pair::add;
use super::pair::age;
use super::pair::newest_encryption;
use super::pair::retire;

/// A key that was taken into a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedKey {
    /// Its number in the token.
    pub id: KeyId,
    /// What it is for from now on: an encryption key that is older than the holder's present one decrypts old messages.
    pub key_use: KeyUse,
    /// How many certificates came with it.
    pub certificates: usize,
}

/// How a key leaves a token (导出格式). All of them encrypt it.
#[derive(Clone, Copy, Debug)]
pub enum ExportForm<'a> {
    /// PKCS #12: any number of keys with their certificates.
    Pkcs12(FileProtection<'a>),
    /// Encrypted PKCS #8 in PEM: one key, without its certificates.
    Pkcs8(FileProtection<'a>),
    /// The SM2 file of CFCA: one key and its newest certificate. Its protection is weak: one hash of the password.
    Cfca(&'a Password),
    /// `ENVELOPEDKEYBLOB` of GM/T 0016 for a hardware token with this signing key: one encryption key.
    Skf(&'a PublicKey),
}

/// What a key file is encrypted with.
#[derive(Clone, Copy, Debug)]
pub struct FileProtection<'a> {
    /// Its algorithms.
    pub scheme: KeyFileScheme,
    /// Its password, not empty.
    pub password: &'a Password,
    /// Iterations of the derivation; `None` for those of the scheme.
    pub iterations: Option<u32>,
}

/// A key file that was made of keys of a token.
#[derive(Debug)]
pub struct Export {
    /// The file; wipes itself.
    pub bytes: Zeroizing<Vec<u8>>,
    /// The keys in it.
    pub keys: Vec<KeyId>,
    /// How many certificates of theirs the form has no room for.
    pub certificates_left_out: usize,
}

impl Session {
    /// Takes the keys of a key file into the token with their certificates, and writes the token: all of them, or none.
    ///
    /// What a key is for its certificates say (keyUsage). `wanted` says it for keys that have none, and must agree with
    /// those that have. A key never counts as newer than one whose certificate begins later: it takes its place in the
    /// order of the certificates, and of two encryption keys of one holder the older becomes one for old messages.
    /// Certificates in the file that belong to none of its keys are left out.
    ///
    /// # Errors
    /// [`TokenError::KeyExists`]; [`TokenError::KeyUseUnknown`], [`TokenError::KeyUseDiffers`];
    /// [`TokenError::UnreadableCertificate`]; [`TokenError::TooMany`]; otherwise as [`Session::generate_key`].
    pub fn import(&mut self, file: KeyFile, wanted: Option<KeyUse>) -> Result<Vec<ImportedKey>, TokenError> {
        let entries = file.into_entries();
        let mut incoming = Vec::with_capacity(entries.len());
        for entry in entries {
            let certificates = entry
                .certificates
                .iter()
                .map(|der| Certificate::from_der(der).map_err(|source| TokenError::UnreadableCertificate { source }))
                .collect::<Result<Vec<_>, _>>()?;
            let key_use = use_of(&certificates, wanted)?;
            incoming.push(Incoming { secret: entry.secret, key_use, certificates });
        }
        self.take_in(incoming)
    }

    /// Opens an enveloped encryption key with a signing key of this token, as the authority or another medium sealed it,
    /// and takes it in like [`Self::import`].
    ///
    /// `certificates`: those of the key inside, if they are at hand.
    ///
    /// # Errors
    /// [`TokenError::Key`] when no signing key of the token opens it, or what is inside does not fit;
    /// [`TokenError::ForeignCertificate`] when a certificate is not that of the key inside; otherwise as
    /// [`Self::import`].
    pub fn import_envelope(
        &mut self,
        envelope: &EnvelopedKey,
        certificates: &[Certificate],
    ) -> Result<ImportedKey, TokenError> {
        if let Some(foreign) = certificates.iter().find(|one| one.public_key().ok() != Some(envelope.public_key())) {
            return Err(TokenError::ForeignCertificate { subject: foreign.subject().to_string() });
        }
        let key_use = use_of(certificates, Some(KeyUse::Encrypt))?;
        let secret = self.open_envelope(envelope)?;
        let incoming = Incoming { secret, key_use, certificates: certificates.to_vec() };
        self.take_in(vec![incoming])?.pop().ok_or(TokenError::NoSuchKey)
    }

    /// Writes keys of the token as a key file, if its policy allows that; `None` of `choice` means every key in PKCS #12,
    /// and the newest that fits in the other forms.
    ///
    /// What has left cannot be called back: whoever has the file and its password has the keys.
    ///
    /// ```
    /// use eseal::key::{KeyFile, KeyFileLimits, KeyFileScheme, Password};
    /// use eseal::time::Instant;
    /// use eseal::token::{ExportForm, FileProtection, KdfCost, KeyUse, MemoryMedium, NewToken, Pin, Token, TokenPolicy};
    ///
    /// let pin = Pin::new("correct horse battery")?;
    /// let policy = TokenPolicy { export_allowed: true, ..TokenPolicy::default() };
    /// let new = NewToken { kdf: KdfCost::demo(1000), policy, ..NewToken::file("示例用户一", &pin) };
    /// let (mut session, _) = Token::create_open(MemoryMedium::new(), new, Instant::parse("2026-11-24T08:00:00Z")?)?;
    /// session.generate_key(KeyUse::Sign)?;
    ///
    /// let password = Password::new("fake password")?;
    /// let protection = FileProtection { scheme: KeyFileScheme::Gm, password: &password, iterations: Some(10_000) };
    /// let export = session.export(None, ExportForm::Pkcs12(protection))?;
    ///
    /// let file = KeyFile::read(&export.bytes, Some(&password), KeyFileLimits::DEFAULT)?;
    /// let new = NewToken { kdf: KdfCost::demo(1000), ..NewToken::file("another", &pin) };
    /// let (mut other, _) = Token::create_open(MemoryMedium::new(), new, Instant::parse("2026-11-24T08:00:00Z")?)?;
    /// other.import(file, Some(KeyUse::Sign))?; // no certificate says it here
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`TokenError::ExportForbidden`]; [`TokenError::NoSuchKey`]; [`TokenError::ExportOfSigningKey`] for SKF and a
    /// signing key, since hardware makes its own; [`TokenError::Key`] with what the form asks for.
    pub fn export(&self, choice: Option<KeyChoice<'_>>, form: ExportForm<'_>) -> Result<Export, TokenError> {
        let objects = self.info()?;
        if !objects.export_allowed {
            return Err(TokenError::ExportForbidden);
        }
        let newest = || match form {
            ExportForm::Skf(_) => KeyChoice::Use(KeyUse::Encrypt),
            _ => KeyChoice::Use(KeyUse::Sign),
        };
        let places = match (choice, form) {
            (None, ExportForm::Pkcs12(_)) => (0..objects.objects.len()).collect(),
            (choice, _) => vec![self.place(choice.unwrap_or_else(newest))?],
        };
        let mut entries = Vec::with_capacity(places.len());
        for place in &places {
            let object = &objects.objects[*place];
            let label = match object.key_use {
                KeyUse::Sign => "sign",
                KeyUse::Encrypt => "enc",
                KeyUse::OldDecrypt => "enc-old",
            };
            entries.push(KeyEntry {
                secret: self.copy_of(*place)?,
                label: Some(label.to_owned()),
                local_id: None,
                // The newest first: readers take the first for the key's.
                certificates: object.certificates.iter().rev().map(|one| one.as_der().to_vec()).collect(),
            });
        }
        let certificates: usize = entries.iter().map(|entry| entry.certificates.len()).sum();
        let (bytes, written) = match form {
            ExportForm::Pkcs12(protection) => {
                (write(entries, KeyFileTarget::Pkcs12(protection.scheme), &protection)?, certificates)
            }
            ExportForm::Pkcs8(protection) => {
                (write(entries, KeyFileTarget::EncryptedPkcs8(protection.scheme), &protection)?, 0)
            }
            ExportForm::Cfca(password) => {
                let file = KeyFile::new(entries, Vec::new());
                (file.write(KeyFileTarget::CfcaSm2, KeyFileEncoding::Pem, Some(password), None)?, 1)
            }
            ExportForm::Skf(to) => {
                if objects.objects[places[0]].key_use == KeyUse::Sign {
                    return Err(TokenError::ExportOfSigningKey);
                }
                (Zeroizing::new(EnvelopedKey::seal_skf_blob(&entries[0].secret, to)?), 0)
            }
        };
        let keys = places.iter().map(|place| objects.objects[*place].id).collect();
        Ok(Export { bytes, keys, certificates_left_out: certificates.saturating_sub(written) })
    }

    /// The private key in the envelope: tried with every signing key, the newest first.
    fn open_envelope(&self, envelope: &EnvelopedKey) -> Result<SecretKey, TokenError> {
        let mut refused = TokenError::NoSuchKey;
        for object in self.info()?.objects.iter().rev().filter(|object| object.key_use == KeyUse::Sign) {
            match envelope.open(&self.decrypter(object.id)?) {
                Ok(secret) => return Ok(secret),
                // Sealed to another key; anything else is wrong with the envelope itself.
                Err(error @ KeyError::Sm(SmError::CannotDecrypt)) => refused = error.into(),
                Err(error) => return Err(error.into()),
            }
        }
        Err(refused)
    }

    fn take_in(&mut self, incoming: Vec<Incoming>) -> Result<Vec<ImportedKey>, TokenError> {
        self.change(|container, keys| incoming.into_iter().map(|one| one.enter(container, keys)).collect())
    }
}

fn write(
    entries: Vec<KeyEntry>,
    target: KeyFileTarget,
    protection: &FileProtection<'_>,
) -> Result<Zeroizing<Vec<u8>>, TokenError> {
    let file = KeyFile::new(entries, Vec::new());
    Ok(file.write(target, KeyFileEncoding::Pem, Some(protection.password), protection.iterations)?)
}

/// A key on its way in.
struct Incoming {
    secret: SecretKey,
    key_use: KeyUse,
    certificates: Vec<Certificate>,
}

impl Incoming {
    fn enter(self, container: &mut Container, keys: &mut Keys) -> Result<ImportedKey, TokenError> {
        if keys.iter().any(|(_, key)| key.public_key() == self.secret.public_key()) {
            return Err(TokenError::KeyExists);
        }
        if container.header.objects.len() >= MAX_OBJECTS {
            return Err(TokenError::TooMany { most: MAX_OBJECTS });
        }
        let held = TokenInfo::of(container)?.objects;
        let key_use = match self.key_use {
            KeyUse::Encrypt => self.settle(container, &held),
            other => other,
        };
        let place = self.place(&held, key_use);
        let mut id = [0; 16];
        random(&mut id)?;
        let object = Object {
            id: octet_string(&id),
            key_use,
            public_key: der::decode(&public_key_to_spki(self.secret.public_key())).expect("what was just encoded"),
            certificates: Vec::new(),
        };
        container.header.objects.insert(place, object);
        keys.insert(place, (id, self.secret));
        let mut certificates = self.certificates;
        certificates.sort_by_key(age);
        for certificate in &certificates {
            add(container, place, certificate)?;
        }
        Ok(ImportedKey { id: KeyId(id), key_use, certificates: certificates.len() })
    }

    /// Before the first key of the same use with a newer certificate: the last place means the newest.
    fn place(&self, held: &[ObjectInfo], key_use: KeyUse) -> usize {
        let Some(own) = self.certificates.iter().map(age).max() else { return held.len() };
        let is_newer = |object: &ObjectInfo| {
            object.key_use == key_use && object.certificates.iter().map(age).max().is_some_and(|newest| newest > own)
        };
        held.iter().position(is_newer).unwrap_or(held.len())
    }

    /// Of the encryption keys of one holder the one with the newest certificate is the present one.
    fn settle(&self, container: &mut Container, held: &[ObjectInfo]) -> KeyUse {
        let Some(own) = self.certificates.iter().max_by_key(|one| age(one)) else { return KeyUse::Encrypt };
        if newest_encryption(held, own.subject()).is_some_and(|newest| newest > age(own)) {
            return KeyUse::OldDecrypt;
        }
        retire(container, held, own.subject());
        KeyUse::Encrypt
    }
}

/// What a key is for, by its certificates; one that may do both, as in a single certificate (单证), signs.
fn use_of(certificates: &[Certificate], wanted: Option<KeyUse>) -> Result<KeyUse, TokenError> {
    let signs = |usage: KeyUsage| usage.can_sign() || usage.cert_sign() || usage.crl_sign();
    let usages: Vec<_> = certificates.iter().filter_map(Certificate::key_usage).collect();
    let told = if usages.iter().any(|usage| signs(*usage)) {
        Some(KeyUse::Sign)
    } else if usages.iter().any(|usage| usage.can_encipher()) {
        Some(KeyUse::Encrypt)
    } else {
        None
    };
    match (told, wanted) {
        (None, None) => Err(TokenError::KeyUseUnknown),
        (Some(told), None) => Ok(told),
        (None, Some(wanted)) => Ok(wanted),
        (Some(told), Some(wanted)) => {
            let fits = match wanted {
                KeyUse::Sign => told == KeyUse::Sign,
                KeyUse::Encrypt | KeyUse::OldDecrypt => usages.iter().any(|usage| usage.can_encipher()),
            };
            if fits { Ok(wanted) } else { Err(TokenError::KeyUseDiffers { certified: told, wanted }) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cert::Issuer;
    use crate::cert::Name;
    use crate::cert::Profile;
    use crate::cert::SerialNumber;
    use crate::key::Decrypter;
    use crate::key::KeyFileLimits;
    use crate::key::Signer;
    use crate::key::SoftSigner;
    use crate::test_support::shared;
    use crate::time::Instant;
    use crate::time::Period;
    use crate::token::KdfCost;
    use crate::token::MemoryMedium;
    use crate::token::NewToken;
    use crate::token::Pin;
    use crate::token::Token;
    use crate::token::TokenPolicy;

    fn pin() -> Pin {
        Pin::new("correct horse battery").unwrap()
    }

    fn password() -> Password {
        Password::new("fake 口令").unwrap()
    }

    fn token(export_allowed: bool) -> (Token, Session) {
        let pin = pin();
        let policy = TokenPolicy { export_allowed, ..TokenPolicy::default() };
        let new = NewToken { kdf: KdfCost::demo(2), policy, ..NewToken::file("fake token", &pin) };
        let (token, _) = Token::create(MemoryMedium::new(), new, Instant::from_unix(0)).unwrap();
        let session = token.log_in(&pin, None).unwrap();
        (token, session)
    }

    fn key(byte: u8) -> SecretKey {
        SecretKey::from_bytes(&[byte; 32]).unwrap()
    }

    /// A certificate that begins so many days after 1970.
    fn certificate(name: &str, byte: u8, profile: &Profile, day: i64) -> Certificate {
        let root = SoftSigner::deterministic(key(1));
        let serial = SerialNumber::from_bytes(&[byte]).unwrap();
        let period = |day| Period::days(Instant::from_unix(0).plus_days(day), 1000);
        let root_name = Name::parse("CN=fake root").unwrap();
        let whole = Period::years(Instant::from_unix(0), 20);
        let own = Issuer::self_signed(&root_name, &root, SerialNumber::from_bytes(&[1]).unwrap(), whole).unwrap();
        let issuer = Issuer::new(own, root).unwrap();
        issuer.issue_for(&Name::parse(name).unwrap(), key(byte).public_key(), profile, serial, period(day)).unwrap()
    }

    fn entry(byte: u8, certificates: &[&Certificate]) -> KeyEntry {
        let certificates = certificates.iter().map(|one| one.as_der().to_vec()).collect();
        KeyEntry { certificates, ..KeyEntry::from(key(byte)) }
    }

    fn file(entries: Vec<KeyEntry>) -> KeyFile {
        KeyFile::new(entries, Vec::new())
    }

    fn uses(token: &Token) -> Vec<KeyUse> {
        token.info().unwrap().objects.iter().map(|object| object.key_use).collect()
    }

    fn code<T>(result: Result<T, TokenError>) -> &'static str {
        result.map_or_else(|error| error.code(), |_| "ok")
    }

    fn protection(password: &Password) -> FileProtection<'_> {
        FileProtection { scheme: KeyFileScheme::Gm, password, iterations: Some(10_000) }
    }

    #[test]
    fn a_pair_comes_in_with_its_certificates_and_each_key_is_for_what_they_say() {
        let (token, mut session) = token(false);
        let signing = certificate("CN=fake", 7, &Profile::person(), 0);
        let encryption = certificate("CN=fake", 8, &Profile::encryption(), 0);
        let imported = session.import(file(vec![entry(8, &[&encryption]), entry(7, &[&signing])]), None).unwrap();
        assert_eq!(imported.iter().map(|one| one.key_use).collect::<Vec<_>>(), [KeyUse::Encrypt, KeyUse::Sign]);
        assert!(imported.iter().all(|one| one.certificates == 1));
        let session = token.log_in(&pin(), None).unwrap();
        assert_eq!(Signer::public_key(&session.signer(&signing).unwrap()), key(7).public_key());
        let cipher = key(8).public_key().encrypt(b"message").unwrap();
        assert_eq!(*session.decrypter(&encryption).unwrap().decrypt(&cipher).unwrap(), b"message");
    }

    #[test]
    fn a_key_that_is_there_stays_and_nothing_else_of_the_file_comes_in() {
        let (token, mut session) = token(false);
        session.import(file(vec![entry(7, &[])]), Some(KeyUse::Sign)).unwrap();
        let again = session.import(file(vec![entry(9, &[]), entry(7, &[])]), Some(KeyUse::Sign));
        assert_eq!(code(again), "token-key-exists");
        let twice = session.import(file(vec![entry(9, &[]), entry(9, &[])]), Some(KeyUse::Sign));
        assert_eq!(code(twice), "token-key-exists");
        assert_eq!(uses(&token), [KeyUse::Sign]);
    }

    #[test]
    fn what_a_key_is_for_is_neither_guessed_nor_believed_against_its_certificate() {
        let (token, mut session) = token(false);
        let signing = certificate("CN=fake", 7, &Profile::person(), 0);
        let encryption = certificate("CN=fake", 8, &Profile::encryption(), 0);
        let mut import = |entry: KeyEntry, wanted| code(session.import(file(vec![entry]), wanted));
        assert_eq!(import(entry(9, &[]), None), "token-key-use-unknown");
        assert_eq!(import(entry(7, &[&signing]), Some(KeyUse::Encrypt)), "token-key-use-differs");
        assert_eq!(import(entry(8, &[&encryption]), Some(KeyUse::Sign)), "token-key-use-differs");
        let broken = KeyEntry { certificates: vec![vec![0x30, 0]], ..KeyEntry::from(key(9)) };
        assert_eq!(import(broken, Some(KeyUse::Sign)), "token-unreadable-certificate");
        assert!(uses(&token).is_empty());
        assert_eq!(import(entry(8, &[&encryption]), Some(KeyUse::OldDecrypt)), "ok");
        assert_eq!(uses(&token), [KeyUse::OldDecrypt]);
    }

    #[test]
    fn an_older_key_that_comes_later_is_never_the_newest() {
        let (token, mut session) = token(false);
        let cert = |byte, profile: &Profile, day| certificate("CN=fake", byte, profile, day);
        let new = [cert(7, &Profile::person(), 100), cert(8, &Profile::encryption(), 100)];
        let old = [cert(9, &Profile::person(), 0), cert(10, &Profile::encryption(), 0)];
        session.import(file(vec![entry(7, &[&new[0]]), entry(8, &[&new[1]])]), None).unwrap();
        let imported = session.import(file(vec![entry(9, &[&old[0]]), entry(10, &[&old[1]])]), None).unwrap();
        assert_eq!(imported[1].key_use, KeyUse::OldDecrypt);
        let session = token.log_in(&pin(), None).unwrap();
        assert_eq!(Signer::public_key(&session.signer(KeyUse::Sign).unwrap()), key(7).public_key());
        assert_eq!(session.decrypter(KeyUse::Encrypt).unwrap().public_key(), key(8).public_key());
        assert_eq!(session.certificates().unwrap().len(), 4);
    }

    #[test]
    fn a_newer_encryption_key_retires_the_one_of_the_same_holder_only() {
        let (token, mut session) = token(false);
        let cert = |name, byte, day| certificate(name, byte, &Profile::encryption(), day);
        let all = [cert("CN=fake", 7, 0), cert("CN=fake other", 8, 0), cert("CN=fake", 9, 100)];
        for (byte, certificate) in (7..).zip(&all) {
            session.import(file(vec![entry(byte, &[certificate])]), None).unwrap();
        }
        assert_eq!(uses(&token), [KeyUse::OldDecrypt, KeyUse::Encrypt, KeyUse::Encrypt]);
    }

    #[test]
    fn an_envelope_is_opened_by_the_signing_key_of_the_token_and_no_other() {
        let (token, mut session) = token(false);
        session.import(file(vec![entry(7, &[])]), Some(KeyUse::Sign)).unwrap();
        session.import(file(vec![entry(6, &[])]), Some(KeyUse::Sign)).unwrap();
        let encryption = certificate("CN=fake", 8, &Profile::encryption(), 0);
        let sealed = |inside, to: u8| {
            let blob = EnvelopedKey::seal_skf_blob(&key(inside), key(to).public_key()).unwrap();
            EnvelopedKey::from_skf_blob(&blob).unwrap()
        };
        let mut import = |envelope: &EnvelopedKey, certificates: &[Certificate]| {
            code(session.import_envelope(envelope, certificates))
        };
        assert_eq!(import(&sealed(8, 9), &[]), "sm-cannot-decrypt");
        let other = std::slice::from_ref(&encryption);
        assert_eq!(import(&sealed(9, 7), other), "token-foreign-certificate");
        let signing = certificate("CN=fake", 8, &Profile::person(), 0);
        assert_eq!(import(&sealed(8, 7), &[signing]), "token-key-use-differs");
        assert_eq!(uses(&token), [KeyUse::Sign; 2]);
        assert_eq!(import(&sealed(8, 7), other), "ok");
        assert_eq!(import(&sealed(8, 7), other), "token-key-exists");
        assert_eq!(uses(&token), [KeyUse::Sign, KeyUse::Sign, KeyUse::Encrypt]);
    }

    #[test]
    fn the_sample_blob_of_a_hardware_token_comes_in() {
        let Some(folder) = shared().map(|shared| shared.join("samples/vectors")) else { return };
        let (_, mut session) = token(false);
        let read = |name: &str| std::fs::read(folder.join(name)).unwrap();
        let file = KeyFile::read(&read("pki/sign.key"), None, KeyFileLimits::DEFAULT).unwrap();
        session.import(file, Some(KeyUse::Sign)).unwrap();
        let envelope = EnvelopedKey::from_skf_blob(&read("enveloped-key/skf-envelopedkeyblob.bin")).unwrap();
        let certificate = Certificate::from_bytes(&read("pki/enc.pem")).unwrap();
        let imported = session.import_envelope(&envelope, &[certificate]).unwrap();
        assert_eq!((imported.key_use, imported.certificates), (KeyUse::Encrypt, 1));
    }

    #[test]
    fn a_token_lets_no_key_out_unless_it_was_made_to() {
        let (_, mut session) = token(false);
        session.import(file(vec![entry(7, &[])]), Some(KeyUse::Sign)).unwrap();
        let password = password();
        for form in [ExportForm::Pkcs12(protection(&password)), ExportForm::Skf(key(9).public_key())] {
            assert_eq!(code(session.export(None, form)), "token-export-forbidden");
        }
    }

    #[test]
    fn what_leaves_in_every_form_comes_into_another_token() {
        let (_, mut session) = token(true);
        let signing = certificate("CN=fake", 7, &Profile::person(), 0);
        let encryption = certificate("CN=fake", 8, &Profile::encryption(), 0);
        session.import(file(vec![entry(7, &[&signing]), entry(8, &[&encryption])]), None).unwrap();
        let password = password();
        let forms = [
            (ExportForm::Pkcs12(protection(&password)), None, 2, 0),
            (ExportForm::Pkcs8(protection(&password)), Some(KeyUse::Sign), 1, 1),
            (ExportForm::Cfca(&password), None, 1, 0),
        ];
        for (form, wanted, keys, left_out) in forms {
            let export = session.export(None, form).unwrap();
            assert_eq!((export.keys.len(), export.certificates_left_out), (keys, left_out), "{form:?}");
            let file = KeyFile::read(&export.bytes, Some(&password), KeyFileLimits::DEFAULT).unwrap();
            let (other, mut session) = token(false);
            assert_eq!(session.import(file, wanted).unwrap().len(), keys, "{form:?}");
            assert_eq!(uses(&other)[0], KeyUse::Sign);
            assert_eq!(session.certificates().unwrap().len(), keys - left_out, "{form:?}");
        }
        let pkcs8 = session.export(Some((&encryption).into()), ExportForm::Pkcs8(protection(&password))).unwrap();
        let read = KeyFile::read(&pkcs8.bytes, Some(&password), KeyFileLimits::DEFAULT).unwrap();
        assert_eq!(read.entries()[0].secret.public_key(), key(8).public_key());
    }

    #[test]
    fn hardware_gets_the_encryption_key_and_never_a_signing_key() {
        let (_, mut session) = token(true);
        let to = key(9);
        let form = ExportForm::Skf(to.public_key());
        assert_eq!(code(session.export(None, form)), "token-no-such-key");
        session.import(file(vec![entry(7, &[])]), Some(KeyUse::Sign)).unwrap();
        session.import(file(vec![entry(8, &[])]), Some(KeyUse::Encrypt)).unwrap();
        assert_eq!(code(session.export(Some(KeyUse::Sign.into()), form)), "token-export-of-signing-key");
        let export = session.export(None, form).unwrap();
        let opened = EnvelopedKey::from_skf_blob(&export.bytes).unwrap().open(&to).unwrap();
        assert_eq!(opened.public_key(), key(8).public_key());
    }
}
