use ::der::Sequence;
use ::der::Tag;
use ::der::Tagged;
use ::der::asn1::AnyRef;
use ::der::asn1::BitStringRef;
use spki::AlgorithmIdentifierRef;
use zeroize::Zeroize;
use zeroize::Zeroizing;

use crate::der;
use crate::oid;
use crate::sm::PublicKey;
use crate::sm::SecretKey;
use crate::sm::Sm4Key;
use crate::sm::random;
use crate::sm::sm4_ecb_decrypt;
use crate::sm::sm4_ecb_encrypt;

use super::Decrypter;
use super::KeyError;

/// An encryption key on its way to its holder (密钥对保护数据): a key pair of which the private half is encrypted to the
/// holder's signing key.
///
/// DER `SM2EnvelopedKey`, GB/T 35276-2017, 7.4: SM4-ECB over *d* under a key of 16 bytes, which is encrypted with SM2. The
/// form has no integrity of its own; [`Self::open`] therefore demands that *d* belongs to the public key inside, and
/// whoever installs it compares that one with the encryption certificate. Keeps the bytes that it was read from.
#[derive(Clone, PartialEq, Eq)]
pub struct EnvelopedKey {
    der: Vec<u8>,
    key_cipher: Vec<u8>,
    public_key: PublicKey,
    encrypted: Vec<u8>,
}

#[derive(Sequence)]
struct Envelope<'a> {
    algorithm: AlgorithmIdentifierRef<'a>,
    encrypted_key: AnyRef<'a>,
    public_key: BitStringRef<'a>,
    encrypted_private_key: BitStringRef<'a>,
}

impl EnvelopedKey {
    /// The largest envelope that is read: 1 KiB, four times a real one.
    pub const MAX_BYTES: usize = 1 << 10;

    /// Encrypts a key pair to its holder's signing key. Written as GB/T 35276 has it, with 32 bytes of *d* and no padding.
    ///
    /// # Errors
    /// [`KeyError::Sm`] when there is no randomness.
    pub fn seal(secret: &SecretKey, to: &PublicKey) -> Result<Self, KeyError> {
        let mut key = Zeroizing::new([0; 16]);
        random(key.as_mut())?;
        let key_cipher = to.encrypt(key.as_ref())?;
        let mut encrypted = secret.expose().to_vec();
        sm4_ecb_encrypt(&Sm4Key::from_bytes(*key), &mut encrypted);
        Self::assemble(key_cipher, secret.public_key().clone(), encrypted)
    }

    /// Puts the parts of an envelope into the form of GB/T 35276; `key_cipher` is DER `SM2Cipher`.
    pub(super) fn assemble(key_cipher: Vec<u8>, public_key: PublicKey, encrypted: Vec<u8>) -> Result<Self, KeyError> {
        let malformed = |_| KeyError::EnvelopeMalformed;
        let point = public_key.to_sec1();
        let envelope = Envelope {
            algorithm: AlgorithmIdentifierRef { oid: oid::SM4_ECB, parameters: Some(AnyRef::NULL) },
            encrypted_key: AnyRef::try_from(key_cipher.as_slice()).map_err(malformed)?,
            public_key: BitStringRef::from_bytes(&point).map_err(malformed)?,
            encrypted_private_key: BitStringRef::from_bytes(&encrypted).map_err(malformed)?,
        };
        let der = der::encode(&envelope).map_err(malformed)?;
        Ok(Self { der, key_cipher, public_key, encrypted })
    }

    /// Reads DER `SM2EnvelopedKey`. The algorithm is SM4-ECB, also under the identifier of SM4 without a mode; parameters
    /// are NULL or absent.
    ///
    /// # Errors
    /// [`KeyError::EnvelopeMalformed`], [`KeyError::EnvelopeAlgorithm`]; [`KeyError::Sm`] when the public key is no point.
    pub fn from_der(bytes: &[u8]) -> Result<Self, KeyError> {
        if bytes.len() > Self::MAX_BYTES {
            return Err(KeyError::EnvelopeMalformed);
        }
        let envelope: Envelope<'_> = der::decode(bytes).map_err(|_| KeyError::EnvelopeMalformed)?;
        let plain = envelope.algorithm.parameters.is_none_or(|parameters| parameters.is_null());
        if !plain || !matches!(envelope.algorithm.oid, oid::SM4_ECB | oid::SM4) {
            return Err(KeyError::EnvelopeAlgorithm { oid: envelope.algorithm.oid.to_string() });
        }
        if envelope.encrypted_key.tag() != Tag::Sequence {
            return Err(KeyError::EnvelopeMalformed);
        }
        let encrypted = envelope.encrypted_private_key.as_bytes().ok_or(KeyError::EnvelopeMalformed)?;
        // d alone, d with the padding of PKCS #7, or 32 zero bytes and d.
        if !matches!(encrypted.len(), 32 | 48 | 64) {
            return Err(KeyError::EnvelopeMalformed);
        }
        Ok(Self {
            der: bytes.to_vec(),
            key_cipher: der::encode(&envelope.encrypted_key).map_err(|_| KeyError::EnvelopeMalformed)?,
            public_key: PublicKey::from_sec1(envelope.public_key.as_bytes().ok_or(KeyError::EnvelopeMalformed)?)?,
            encrypted: encrypted.to_vec(),
        })
    }

    /// DER `SM2EnvelopedKey`: the bytes it was read from, or as it was sealed.
    #[must_use]
    pub fn to_der(&self) -> Vec<u8> {
        self.der.clone()
    }

    /// DER `SM2EnvelopedKey`, borrowed.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        &self.der
    }

    /// The public half of the key pair inside: that of the encryption certificate.
    #[must_use]
    pub const fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// Opens the envelope with the key that it was made for.
    ///
    /// # Errors
    /// [`KeyError::Sm`] when this key does not open it; [`KeyError::EnvelopeMalformed`] when what is inside is no private
    /// key in a known form; [`KeyError::Mismatch`] when the private key does not belong to the public key beside it.
    pub fn open(&self, with: &dyn Decrypter) -> Result<SecretKey, KeyError> {
        let key = self.data_key(with)?;
        let mut plain = Zeroizing::new(self.encrypted.clone());
        sm4_ecb_decrypt(&key, &mut plain);
        secret_key_of(&plain, &self.public_key)
    }

    /// The key under which the private key is encrypted.
    pub(super) fn data_key(&self, with: &dyn Decrypter) -> Result<Sm4Key, KeyError> {
        let key = with.decrypt(&self.key_cipher)?;
        let mut bytes: [u8; 16] = key.as_slice().try_into().map_err(|_| KeyError::EnvelopeMalformed)?;
        let key = Sm4Key::from_bytes(bytes);
        bytes.zeroize();
        Ok(key)
    }
}

impl std::fmt::Debug for EnvelopedKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "EnvelopedKey({:?})", self.public_key)
    }
}

/// The private key in the plaintext of an envelope, in one of the forms that are met: *d* alone; *d* with the padding of
/// PKCS #7; 32 zero bytes and *d*, as structures of GM/T 0016 have it. It must belong to the public key.
pub(crate) fn secret_key_of(plain: &[u8], public: &PublicKey) -> Result<SecretKey, KeyError> {
    let secret = secret_key_in(plain)?;
    if secret.public_key() == public { Ok(secret) } else { Err(KeyError::Mismatch) }
}

/// The same where no public key lies beside it.
pub(crate) fn secret_key_in(plain: &[u8]) -> Result<SecretKey, KeyError> {
    let scalar = match plain.len() {
        32 => plain,
        48 if plain[32..] == [16; 16] => &plain[..32],
        64 if plain[..32] == [0; 32] => &plain[32..],
        _ => return Err(KeyError::EnvelopeMalformed),
    };
    SecretKey::from_bytes(scalar).map_err(|_| KeyError::Mismatch)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::secret_key_from_bytes;
    use crate::sm::SmError;
    use crate::test_support::shared;

    fn key(byte: u8) -> SecretKey {
        SecretKey::from_bytes(&[byte; 32]).unwrap()
    }

    #[test]
    fn what_is_sealed_opens_with_the_holders_key_and_no_other() {
        let sealed = EnvelopedKey::seal(&key(7), key(8).public_key()).unwrap();
        let read = EnvelopedKey::from_der(sealed.as_der()).unwrap();
        assert_eq!(read, sealed);
        assert_eq!(read.public_key(), key(7).public_key());
        assert_eq!(read.open(&key(8)).unwrap().public_key(), key(7).public_key());
        assert_eq!(read.open(&key(9)).unwrap_err(), KeyError::Sm(SmError::CannotDecrypt));
        assert_ne!(EnvelopedKey::seal(&key(7), key(8).public_key()).unwrap(), sealed, "a new key each time");
        assert!(!format!("{sealed:?}").contains("0707"));
    }

    #[test]
    fn an_envelope_cut_anywhere_or_with_more_behind_is_refused() {
        let der = EnvelopedKey::seal(&key(7), key(8).public_key()).unwrap().to_der();
        for end in 0..der.len() {
            assert!(EnvelopedKey::from_der(&der[..end]).is_err(), "{end}");
        }
        assert_eq!(EnvelopedKey::from_der(&[&der[..], &[0]].concat()), Err(KeyError::EnvelopeMalformed));
        assert_eq!(EnvelopedKey::from_der(&vec![0x30; EnvelopedKey::MAX_BYTES + 1]), Err(KeyError::EnvelopeMalformed));
    }

    #[test]
    fn a_changed_byte_never_gives_another_key() {
        let der = EnvelopedKey::seal(&key(7), key(8).public_key()).unwrap().to_der();
        for at in 0..der.len() {
            let mut changed = der.clone();
            changed[at] ^= 1;
            let opened = EnvelopedKey::from_der(&changed).and_then(|envelope| envelope.open(&key(8)));
            // The parameters of the algorithm may be absent; everything else counts.
            assert!(opened.is_err(), "byte {at}");
        }
    }

    #[test]
    fn the_private_key_must_belong_to_the_public_key_beside_it() {
        let sealed = EnvelopedKey::seal(&key(7), key(8).public_key()).unwrap();
        let other = EnvelopedKey::assemble(sealed.key_cipher, key(9).public_key().clone(), sealed.encrypted).unwrap();
        assert_eq!(other.open(&key(8)).unwrap_err(), KeyError::Mismatch);
    }

    #[test]
    fn every_known_form_of_the_plaintext_is_read_and_no_other() {
        let secret = key(7);
        let scalar = secret.expose();
        let public = secret.public_key();
        let padded = [scalar.as_slice(), &[16; 16]].concat();
        let long = [&[0; 32], scalar.as_slice()].concat();
        for plain in [scalar.as_slice(), &padded, &long] {
            assert_eq!(secret_key_of(plain, public).unwrap().public_key(), public);
        }
        let bad_padding = [scalar.as_slice(), &[15; 16]].concat();
        let not_zero = [&[1; 32], scalar.as_slice()].concat();
        for plain in [&[][..], &scalar[..31], &bad_padding, &not_zero, &[0; 33]] {
            assert_eq!(secret_key_of(plain, public).unwrap_err(), KeyError::EnvelopeMalformed);
        }
        assert_eq!(secret_key_of(&[0; 32], public).unwrap_err(), KeyError::Mismatch);
    }

    #[test]
    fn the_envelopes_of_other_programs_have_their_outcome() {
        let Some(shared) = shared() else { return };
        let folder = shared.join("samples/vectors");
        let (holder, _) = secret_key_from_bytes(&std::fs::read(folder.join("pki/sign.key")).unwrap()).unwrap();
        let (inside, _) = secret_key_from_bytes(&std::fs::read(folder.join("pki/enc.key")).unwrap()).unwrap();
        for (name, outcome) in [
            ("sm2envelopedkey-std.der", Ok(())),
            ("sm2envelopedkey-oid104-noparams.der", Ok(())),
            ("sm2envelopedkey-pad64.der", Ok(())),
            ("sm2envelopedkey-pubkey-mismatch.der", Err("key-mismatch")),
            ("sm2envelopedkey-cbc-oid.der", Err("key-envelope-algorithm")),
        ] {
            let bytes = std::fs::read(folder.join("enveloped-key").join(name)).unwrap();
            let opened = EnvelopedKey::from_der(&bytes).and_then(|envelope| envelope.open(&holder));
            let opened = opened.map(|secret| assert_eq!(*secret.expose(), *inside.expose(), "{name}"));
            assert_eq!(opened.map_err(|error| error.code()), outcome, "{name}");
        }
    }
}
