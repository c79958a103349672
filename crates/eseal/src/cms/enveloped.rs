use zeroize::Zeroizing;

use crate::cert::Certificate;
use crate::der::Walk;
use crate::key::Decrypter;

use super::CmsDeviation;
use super::CmsError;
use super::Dialect;
use super::MessageKind;
use super::Recipient;
use super::asn1;
use super::asn1::EnvelopedData;
use super::encrypted::EncryptedContent;
use super::encrypted::Sealed;
use super::read::Framed;
use super::read::INTEGER;
use super::read::ONE;
use super::read::SEQUENCE;
use super::read::SET;
use super::read::ZERO;
use super::read::unarmoured;
use super::recipient::Recipients;
use super::recipient::Wrapped;

/// A message encrypted to the certificates of its recipients (数字信封数据, `EnvelopedData`), GB/T 35275 and RFC 5652, 6.
///
/// The content is encrypted with SM4 under a fresh key, that key with SM2 for each recipient. Nothing in it shows who made
/// it or whether it was changed on the way: do not let strangers learn whether a message opened, and sign what matters.
/// At most [`Self::MAX_BYTES`] and 64 recipients (our limits, not the standards').
///
/// ```
/// use eseal::cms::{Dialect, EnvelopedMessage};
/// # use eseal::cert::{Issuer, Name, Profile, SerialNumber};
/// # use eseal::key::{SecretKey, SoftSigner};
/// # use eseal::time::{Instant, Period};
/// # let year = Period::years(Instant::utc(2026, 11, 24, 0, 0, 0)?, 1);
/// # let (root, key) = (SoftSigner::new(SecretKey::generate()?), SecretKey::generate()?);
/// # let authority = Issuer::self_signed(&Name::parse("CN=Test CA")?, &root, SerialNumber::random()?, year)?;
/// # let issuer = Issuer::new(authority, &root)?;
/// # let (name, profile) = (Name::parse("CN=Reader")?, Profile::encryption());
/// # let certificate = issuer.issue_for(&name, key.public_key(), &profile, SerialNumber::random()?, year)?;
/// let message = EnvelopedMessage::seal(b"for the reader only", std::slice::from_ref(&certificate), Dialect::Gbt35275)?;
/// let read = EnvelopedMessage::from_der(message.as_der())?;
/// assert_eq!(*read.open(&key, Some(&certificate))?, b"for the reader only");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct EnvelopedMessage {
    received: Vec<u8>,
    dialect: Dialect,
    recipients: Recipients,
    content: EncryptedContent,
    deviations: Vec<CmsDeviation>,
}

impl EnvelopedMessage {
    /// The largest message that is read, in bytes.
    pub const MAX_BYTES: usize = crate::der::MAX_BYTES;
    /// The largest content that is put into a message, in bytes.
    pub const MAX_CONTENT: usize = super::encrypted::MAX_CONTENT;

    /// Encrypts a content to the holders of these certificates: SM4-CBC with a fresh key.
    ///
    /// # Errors
    /// [`CmsError::TooLarge`]; [`CmsError::NoRecipient`] without a recipient, [`CmsError::TooMany`] with more than 64;
    /// [`CmsError::NotForEncryption`] for a certificate of another use, [`CmsError::Certificate`] for one without an SM2
    /// key; [`CmsError::Key`] when there is no randomness.
    pub fn seal(content: &[u8], recipients: &[Certificate], dialect: Dialect) -> Result<Self, CmsError> {
        let Wrapped { key, recipients } = Wrapped::new(recipients, dialect)?;
        let sealed = Sealed::new(content, &key, dialect)?;
        let data = EnvelopedData {
            // RFC 5652, 6.1: 0 where every recipient is named by issuer and serial number; GB/T 35275 knows 1 only.
            version: if dialect == Dialect::Rfc5652 { 0 } else { 1 },
            recipients: asn1::set(recipients),
            content: sealed.info(),
        };
        Self::from_der(&asn1::content_info(MessageKind::Enveloped.identifier(dialect), &asn1::encode(&data)))
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
    /// [`CmsError::TooLarge`], [`CmsError::Malformed`], [`CmsError::NotEnveloped`], [`CmsError::TooMany`].
    pub fn from_der(bytes: &[u8]) -> Result<Self, CmsError> {
        let framed = Framed::read(bytes)?;
        let dialect = framed.dialect(MessageKind::Enveloped).map_err(|oid| CmsError::NotEnveloped { oid })?;
        let parts = Self::parts(framed.inner()).ok_or(CmsError::Malformed { what: "EnvelopedData" })?;
        let (recipients, content) = (Recipients::read(parts.0)?, parts.1);
        let mut deviations = framed.deviations(&content.content_type);
        deviations.extend(recipients.deviations(dialect));
        deviations.extend(content.deviations());
        Ok(Self { received: framed.der.to_vec(), dialect, recipients, content, deviations })
    }

    fn parts(inner: &[u8]) -> Option<(Walk<'_>, EncryptedContent)> {
        let mut data = Walk::only(inner, SEQUENCE)?.inside();
        data.expect(INTEGER)?;
        // Certificates of an originator, which only key agreement needs.
        data.take(ZERO);
        let recipients = data.expect(SET)?.inside();
        let content = EncryptedContent::read(&mut data)?;
        data.take(ONE);
        data.is_empty().then_some((recipients, content))
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

    /// Its recipients, in the order found.
    #[must_use]
    pub fn recipients(&self) -> &[Recipient] {
        &self.recipients.list
    }

    /// How many further recipients share the key in other ways: key agreement, passwords.
    #[must_use]
    pub const fn other_recipients(&self) -> usize {
        self.recipients.others
    }

    /// The identifier of the type of its content, dotted.
    #[must_use]
    pub fn content_type(&self) -> String {
        self.content.content_type.to_string()
    }

    /// The identifier of the content's cipher, dotted.
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

    /// Opens it as the holder of a certificate; without one, as whichever recipient the key opens it for.
    ///
    /// In ECB mode padding stays: nobody says whether there is some.
    ///
    /// # Errors
    /// [`CmsError::NoRecipient`], [`CmsError::UnsupportedCipher`]; [`CmsError::WrongKey`] when the key is not the
    /// certificate's; [`CmsError::CannotOpen`] for another key and a damaged message alike; [`CmsError::Key`] when whoever
    /// has the key refuses.
    pub fn open(
        &self,
        with: &dyn Decrypter,
        certificate: Option<&Certificate>,
    ) -> Result<Zeroizing<Vec<u8>>, CmsError> {
        self.content.check_cipher()?;
        self.content.decrypt(&self.recipients.open(with, certificate)?)
    }
}
