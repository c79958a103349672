use ::der::asn1::OctetStringRef;
use const_oid::ObjectIdentifier;
use zeroize::Zeroizing;

use crate::der::Element;
use crate::der::MAX_BYTES;
use crate::der::Walk;
use crate::oid;
use crate::sm::Sm4Key;
use crate::sm::random;
use crate::sm::sm4_cbc_decrypt;
use crate::sm::sm4_cbc_encrypt;
use crate::sm::sm4_ecb_decrypt;

use super::CmsDeviation;
use super::CmsError;
use super::Dialect;
use super::MessageKind;
use super::asn1;
use super::asn1::CipherAlgorithm;
use super::asn1::EncryptedContentInfo;
use super::asn1::EncryptedData;
use super::read::Framed;
use super::read::INTEGER;
use super::read::OCTET_STRING;
use super::read::ONE;
use super::read::SEQUENCE;
use super::read::ZERO;
use super::read::ZERO_PRIMITIVE;
use super::read::object_identifier;
use super::read::unarmoured;

/// The largest content that is put into an encrypted message, in bytes.
pub(super) const MAX_CONTENT: usize = MAX_BYTES - (1 << 20);

/// The encrypted content of a message, `EncryptedContentInfo`.
#[derive(Clone, Debug)]
pub(super) struct EncryptedContent {
    pub(super) content_type: ObjectIdentifier,
    pub(super) algorithm: ObjectIdentifier,
    cipher: Cipher,
    bytes: Vec<u8>,
}

#[derive(Clone, Debug)]
enum Cipher {
    Cbc { iv: [u8; 16] },
    Ecb,
    Unsupported,
}

impl EncryptedContent {
    pub(super) fn read(data: &mut Walk<'_>) -> Option<Self> {
        let mut info = data.expect(SEQUENCE)?.inside();
        let content_type = object_identifier(&mut info)?;
        let mut algorithm = info.expect(SEQUENCE)?.inside();
        let kind = object_identifier(&mut algorithm)?;
        let bytes = match info.take(ZERO) {
            // In pieces, as writers of streams leave it.
            Some(pieces) => joined(pieces)?,
            None => info.expect(ZERO_PRIMITIVE)?.content.to_vec(),
        };
        let cipher = Self::cipher(&kind, algorithm);
        info.is_empty().then_some(Self { content_type, algorithm: kind, cipher, bytes })
    }

    fn cipher(kind: &ObjectIdentifier, mut parameters: Walk<'_>) -> Cipher {
        let iv = parameters.take(OCTET_STRING).map(|iv| <[u8; 16]>::try_from(iv.content));
        match (*kind, iv) {
            (oid::SM4_CBC | oid::SM4, Some(Ok(iv))) => Cipher::Cbc { iv },
            (oid::SM4_ECB | oid::SM4, None) => Cipher::Ecb,
            _ => Cipher::Unsupported,
        }
    }

    pub(super) fn deviations(&self) -> Vec<CmsDeviation> {
        let bare = (self.algorithm == oid::SM4).then_some(CmsDeviation::CipherWithoutMode);
        let ecb = matches!(self.cipher, Cipher::Ecb).then_some(CmsDeviation::CipherEcb);
        bare.into_iter().chain(ecb).collect()
    }

    /// Refuses a cipher that is not done, before anything is asked of a key.
    pub(super) fn check_cipher(&self) -> Result<(), CmsError> {
        match self.cipher {
            Cipher::Unsupported => Err(CmsError::UnsupportedCipher { oid: self.algorithm.to_string() }),
            _ => Ok(()),
        }
    }

    /// What was encrypted. In ECB mode padding stays where it is: nobody says whether there is some.
    pub(super) fn decrypt(&self, key: &Sm4Key) -> Result<Zeroizing<Vec<u8>>, CmsError> {
        match &self.cipher {
            Cipher::Cbc { iv } => sm4_cbc_decrypt(key, iv, &self.bytes).ok_or(CmsError::CannotOpen),
            Cipher::Ecb if self.bytes.len().is_multiple_of(16) => {
                let mut plain = Zeroizing::new(self.bytes.clone());
                sm4_ecb_decrypt(key, &mut plain);
                Ok(plain)
            }
            Cipher::Ecb => Err(CmsError::CannotOpen),
            Cipher::Unsupported => Err(CmsError::UnsupportedCipher { oid: self.algorithm.to_string() }),
        }
    }

    /// How many bytes are encrypted, padding among them.
    pub(super) const fn len(&self) -> usize {
        self.bytes.len()
    }
}

fn joined(pieces: Element<'_>) -> Option<Vec<u8>> {
    let mut walk = pieces.inside();
    let mut bytes = Vec::with_capacity(pieces.content.len());
    while !walk.is_empty() {
        bytes.extend_from_slice(walk.expect(OCTET_STRING)?.content);
    }
    Some(bytes)
}

/// A content encrypted with SM4-CBC, waiting to be put into its message.
pub(super) struct Sealed {
    kind: ObjectIdentifier,
    iv: [u8; 16],
    bytes: Vec<u8>,
}

impl Sealed {
    pub(super) fn new(content: &[u8], key: &Sm4Key, dialect: Dialect) -> Result<Self, CmsError> {
        if content.len() > MAX_CONTENT {
            return Err(CmsError::TooLarge { limit: MAX_CONTENT });
        }
        let mut iv = [0; 16];
        random(&mut iv).map_err(crate::key::KeyError::Sm)?;
        Ok(Self { kind: MessageKind::Data.identifier(dialect), iv, bytes: sm4_cbc_encrypt(key, &iv, content) })
    }

    pub(super) fn info(&self) -> EncryptedContentInfo<'_> {
        let octets = |bytes| OctetStringRef::new(bytes).expect("within the limits of a message");
        EncryptedContentInfo {
            kind: self.kind,
            algorithm: CipherAlgorithm { kind: oid::SM4_CBC, iv: octets(&self.iv) },
            content: octets(&self.bytes),
        }
    }
}

/// A message encrypted with a key that its reader has already (加密数据, `EncryptedData`), GB/T 35275 and RFC 5652, 8.
///
/// SM4-CBC is read and written, SM4-ECB read. Nothing in it shows whether it was changed on the way.
///
/// ```
/// use eseal::cms::{Dialect, EncryptedMessage};
/// use eseal::sm::Sm4Key;
///
/// let key = Sm4Key::from_bytes([7; 16]);
/// let message = EncryptedMessage::seal(b"secret", &key, Dialect::Gbt35275)?;
/// assert_eq!(*EncryptedMessage::from_der(message.as_der())?.open(&key)?, b"secret");
/// # Ok::<(), eseal::cms::CmsError>(())
/// ```
#[derive(Clone, Debug)]
pub struct EncryptedMessage {
    received: Vec<u8>,
    dialect: Dialect,
    content: EncryptedContent,
    deviations: Vec<CmsDeviation>,
}

impl EncryptedMessage {
    /// Encrypts a content with SM4-CBC and a fresh IV.
    ///
    /// # Errors
    /// [`CmsError::TooLarge`]; [`CmsError::Key`] when there is no randomness.
    pub fn seal(content: &[u8], key: &Sm4Key, dialect: Dialect) -> Result<Self, CmsError> {
        let sealed = Sealed::new(content, key, dialect)?;
        // RFC 5652, 8: 0 without unprotected attributes; GB/T 35275 knows 1 only.
        let version = if dialect == Dialect::Rfc5652 { 0 } else { 1 };
        let data = asn1::encode(&EncryptedData { version, content: sealed.info() });
        Self::from_der(&asn1::content_info(MessageKind::Encrypted.identifier(dialect), &data))
    }

    /// Reads DER, or PEM with the label `CMS` or `PKCS7`.
    ///
    /// # Errors
    /// As [`Self::from_der`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CmsError> {
        Self::from_der(&unarmoured(bytes)?)
    }

    /// Reads DER that must fill the input; also BER whose elements come without lengths.
    ///
    /// # Errors
    /// [`CmsError::TooLarge`], [`CmsError::Malformed`], [`CmsError::NotEncrypted`].
    pub fn from_der(bytes: &[u8]) -> Result<Self, CmsError> {
        let framed = Framed::read(bytes)?;
        let dialect = framed.dialect(MessageKind::Encrypted).map_err(|oid| CmsError::NotEncrypted { oid })?;
        let content = Self::parts(framed.inner()).ok_or(CmsError::Malformed { what: "EncryptedData" })?;
        let mut deviations = framed.deviations(&content.content_type);
        deviations.extend(content.deviations());
        Ok(Self { received: framed.der.to_vec(), dialect, content, deviations })
    }

    fn parts(inner: &[u8]) -> Option<EncryptedContent> {
        let mut data = Walk::only(inner, SEQUENCE)?.inside();
        data.expect(INTEGER)?;
        let content = EncryptedContent::read(&mut data)?;
        data.take(ONE);
        data.is_empty().then_some(content)
    }

    /// The bytes it was read from; with lengths, if they had none.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        &self.received
    }

    /// Which standard it names itself after.
    #[must_use]
    pub const fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// The identifier of the type of its content, dotted.
    #[must_use]
    pub fn content_type(&self) -> String {
        self.content.content_type.to_string()
    }

    /// The identifier of the cipher, dotted.
    #[must_use]
    pub fn cipher(&self) -> String {
        self.content.algorithm.to_string()
    }

    /// How many bytes are encrypted, padding among them.
    #[must_use]
    pub const fn encrypted_bytes(&self) -> usize {
        self.content.len()
    }

    /// Where the message leaves its standard, and is read all the same.
    #[must_use]
    pub fn deviations(&self) -> &[CmsDeviation] {
        &self.deviations
    }

    /// Opens it. In ECB mode padding stays: nobody says whether there is some.
    ///
    /// # Errors
    /// [`CmsError::UnsupportedCipher`]; [`CmsError::CannotOpen`] for another key and a damaged content alike.
    pub fn open(&self, key: &Sm4Key) -> Result<Zeroizing<Vec<u8>>, CmsError> {
        self.content.decrypt(key)
    }
}
