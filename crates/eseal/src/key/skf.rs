//! The envelope of hardware tokens: `ENVELOPEDKEYBLOB`, GM/T 0016-2012, 6.4 (clause not checked), packed, little-endian.

use zeroize::Zeroizing;

use crate::sm::PublicKey;
use crate::sm::SecretKey;
use crate::sm::Sm4Key;
use crate::sm::random;
use crate::sm::sm2_cipher;
use crate::sm::sm2_cipher_parts;
use crate::sm::sm4_ecb_encrypt;

use super::EnvelopedKey;
use super::KeyError;

/// `Version` and `ulSymmAlgID` (SGD_SM4_ECB) and `ulBits`.
const VERSION: u32 = 1;
const SM4_ECB: u32 = 0x401;
const BITS: u32 = 256;
/// The most bytes of `Cipher`: an SM4 key has 16.
const MOST_CIPHER: usize = 64;

/// Fields one after another.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], KeyError> {
        let (field, rest) = self.0.split_at_checked(length).ok_or(KeyError::EnvelopeMalformed)?;
        self.0 = rest;
        Ok(field)
    }

    fn number(&mut self) -> Result<u32, KeyError> {
        let bytes = self.take(4)?.try_into().map_err(|_| KeyError::EnvelopeMalformed)?;
        Ok(u32::from_le_bytes(bytes))
    }

    /// A number of 32 bytes in a field of 64, at its right.
    fn wide(&mut self) -> Result<&'a [u8], KeyError> {
        let field = self.take(64)?;
        if field[..32] == [0; 32] { Ok(&field[32..]) } else { Err(KeyError::EnvelopeMalformed) }
    }

    fn demand(&mut self, value: u32) -> Result<(), KeyError> {
        if self.number()? == value { Ok(()) } else { Err(KeyError::EnvelopeMalformed) }
    }
}

impl EnvelopedKey {
    /// Reads `ENVELOPEDKEYBLOB`, the envelope of the token interface, and puts it into the form of GB/T 35276.
    ///
    /// Two habits are read: SM4 over 64 bytes, of which the left half was zero, or over the right half alone with the left
    /// one zero in clear.
    ///
    /// # Errors
    /// [`KeyError::EnvelopeMalformed`]; [`KeyError::EnvelopeAlgorithm`] for another cipher than SM4-ECB, with its number;
    /// [`KeyError::Sm`] when the public key is no point.
    pub fn from_skf_blob(bytes: &[u8]) -> Result<Self, KeyError> {
        let mut fields = Fields(bytes);
        fields.demand(VERSION)?;
        match fields.number()? {
            SM4_ECB => {}
            other => return Err(KeyError::EnvelopeAlgorithm { oid: format!("SGD {other:#x}") }),
        }
        fields.demand(BITS)?;
        let encrypted = fields.take(64)?;
        let encrypted = if encrypted[..32] == [0; 32] { &encrypted[32..] } else { encrypted };
        fields.demand(BITS)?;
        let point = [&[4], fields.wide()?, fields.wide()?].concat();
        let (x, y, hash) = (fields.wide()?, fields.wide()?, fields.take(32)?);
        let length = usize::try_from(fields.number()?).map_err(|_| KeyError::EnvelopeMalformed)?;
        if length == 0 || length > MOST_CIPHER {
            return Err(KeyError::EnvelopeMalformed);
        }
        let cipher = fields.take(length)?;
        if !fields.0.is_empty() {
            return Err(KeyError::EnvelopeMalformed);
        }
        let key_cipher = sm2_cipher(x, y, hash, cipher).ok_or(KeyError::EnvelopeMalformed)?;
        Self::assemble(key_cipher, PublicKey::from_sec1(&point)?, encrypted.to_vec())
    }

    /// Encrypts a key pair to the signing key of a hardware token, as its `SKF_ImportECCKeyPair` takes it:
    /// `ENVELOPEDKEYBLOB` with SM4-ECB over all 64 bytes of the private key's field.
    ///
    /// # Errors
    /// [`KeyError::Sm`] when there is no randomness.
    pub fn seal_skf_blob(secret: &SecretKey, to: &PublicKey) -> Result<Vec<u8>, KeyError> {
        let mut key = Zeroizing::new([0; 16]);
        random(key.as_mut())?;
        let cipher = to.encrypt(key.as_ref())?;
        let parts = sm2_cipher_parts(&cipher).ok_or(KeyError::EnvelopeMalformed)?;
        let mut field = Zeroizing::new([0; 64]);
        field[32..].copy_from_slice(secret.expose().as_ref());
        sm4_ecb_encrypt(&Sm4Key::from_bytes(*key), field.as_mut());

        let wide = |number: &[u8]| [&[0; 32], number].concat();
        let mut blob = Vec::new();
        for number in [VERSION, SM4_ECB, BITS] {
            blob.extend_from_slice(&number.to_le_bytes());
        }
        blob.extend_from_slice(field.as_ref());
        let point = secret.public_key().to_sec1();
        blob.extend_from_slice(&BITS.to_le_bytes());
        blob.extend_from_slice(&wide(&point[1..33]));
        blob.extend_from_slice(&wide(&point[33..]));
        // 04 ‖ x ‖ y ‖ C3 ‖ C2.
        blob.extend_from_slice(&wide(&parts[1..33]));
        blob.extend_from_slice(&wide(&parts[33..65]));
        blob.extend_from_slice(&parts[65..97]);
        let length = u32::try_from(parts.len() - 97).map_err(|_| KeyError::EnvelopeMalformed)?;
        blob.extend_from_slice(&length.to_le_bytes());
        blob.extend_from_slice(&parts[97..]);
        Ok(blob)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::secret_key_from_bytes;
    use crate::test_support::shared;

    fn sample() -> Option<(Vec<u8>, crate::sm::SecretKey, crate::sm::SecretKey)> {
        let folder = shared()?.join("samples/vectors");
        let key = |name: &str| secret_key_from_bytes(&std::fs::read(folder.join(name)).unwrap()).unwrap().0;
        let blob = std::fs::read(folder.join("enveloped-key/skf-envelopedkeyblob.bin")).unwrap();
        Some((blob, key("pki/sign.key"), key("pki/enc.key")))
    }

    #[test]
    fn the_blob_of_a_token_opens_and_becomes_an_envelope_of_the_standard() {
        let Some((blob, holder, inside)) = sample() else { return };
        let envelope = EnvelopedKey::from_skf_blob(&blob).unwrap();
        assert_eq!(*envelope.open(&holder).unwrap().expose(), *inside.expose());
        let again = EnvelopedKey::from_der(envelope.as_der()).unwrap();
        assert_eq!(*again.open(&holder).unwrap().expose(), *inside.expose());
    }

    #[test]
    fn both_habits_of_the_private_key_are_read() {
        let Some((mut blob, holder, inside)) = sample() else { return };
        // The key inside is the one that the sample's cipher holds: encrypt the whole field with it.
        let envelope = EnvelopedKey::from_skf_blob(&blob).unwrap();
        let key = envelope.data_key(&holder).unwrap();
        let mut field = [&[0; 32], inside.expose().as_slice()].concat();
        crate::sm::sm4_ecb_encrypt(&key, &mut field);
        blob[12..76].copy_from_slice(&field);
        let opened = EnvelopedKey::from_skf_blob(&blob).unwrap().open(&holder).unwrap();
        assert_eq!(*opened.expose(), *inside.expose());
    }

    #[test]
    fn what_is_sealed_for_a_hardware_token_reads_back_and_opens() {
        let (inside, holder) = (SecretKey::from_bytes(&[7; 32]).unwrap(), SecretKey::from_bytes(&[9; 32]).unwrap());
        let blob = EnvelopedKey::seal_skf_blob(&inside, holder.public_key()).unwrap();
        assert_eq!(blob.len(), 12 + 64 + 132 + 164 + 16);
        let read = EnvelopedKey::from_skf_blob(&blob).unwrap();
        assert_eq!(read.public_key(), inside.public_key());
        assert_eq!(*read.open(&holder).unwrap().expose(), *inside.expose());
        assert!(read.open(&inside).is_err());
    }

    #[test]
    fn a_blob_that_is_cut_longer_or_has_another_number_is_refused() {
        let Some((blob, ..)) = sample() else { return };
        for end in 0..blob.len() {
            assert_eq!(EnvelopedKey::from_skf_blob(&blob[..end]), Err(KeyError::EnvelopeMalformed), "{end}");
        }
        let longer = [&blob[..], &[0]].concat();
        assert_eq!(EnvelopedKey::from_skf_blob(&longer), Err(KeyError::EnvelopeMalformed));
        // Version, bits, bits of the public key, the left half of a coordinate, the length of the cipher.
        for at in [0, 8, 76, 80, 208, 371] {
            let mut changed = blob.clone();
            changed[at] = 0x55;
            assert_eq!(EnvelopedKey::from_skf_blob(&changed), Err(KeyError::EnvelopeMalformed), "byte {at}");
        }
        let mut other = blob.clone();
        other[4] = 2;
        let refused = EnvelopedKey::from_skf_blob(&other).unwrap_err();
        assert_eq!(refused, KeyError::EnvelopeAlgorithm { oid: "SGD 0x402".into() });
    }
}
