use std::fmt;

use zeroize::Zeroizing;

use crate::cert::Certificate;
use crate::der::Walk;
use crate::key::Decrypter;
use crate::key::Signer;
use crate::oid;

use super::CmsCheck;
use super::CmsDeviation;
use super::CmsError;
use super::Dialect;
use super::MessageDraft;
use super::MessageKind;
use super::MessageSigner;
use super::Recipient;
use super::asn1;
use super::asn1::Algorithm;
use super::asn1::SignedAndEnvelopedData;
use super::encrypted::EncryptedContent;
use super::encrypted::Sealed;
use super::judge::Bound;
use super::judge::Signers;
use super::read::Framed;
use super::read::INTEGER;
use super::read::ONE;
use super::read::SEQUENCE;
use super::read::SET;
use super::read::ZERO;
use super::read::inside;
use super::read::unarmoured;
use super::recipient::Recipients;
use super::recipient::Wrapped;

/// A message that is signed, and encrypted to the certificates of its recipients (签名及数字信封数据,
/// `SignedAndEnvelopedData`), GB/T 35275.
///
/// The signature is over the plain content, with the default identity and without attributes; PKCS #7 would encrypt the
/// digest as well, which the Chinese practice does not. Authorities send encryption keys in it.
#[derive(Clone, Debug)]
pub struct SignedAndEnvelopedMessage {
    received: Vec<u8>,
    recipients: Recipients,
    content: EncryptedContent,
    signers: Signers,
    deviations: Vec<CmsDeviation>,
}

/// What was in a message that was signed and enveloped; the content wipes itself.
pub struct Opened {
    /// The content.
    pub content: Zeroizing<Vec<u8>>,
    /// Whether each signature over it holds, in the order found. An empty list is no approval.
    pub checks: Vec<CmsCheck>,
}

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opened").field("content", &"[redacted]").field("checks", &self.checks).finish()
    }
}

impl SignedAndEnvelopedMessage {
    /// Signs a content with the key of a certificate, which goes along, and encrypts it to the holders of others.
    ///
    /// # Errors
    /// Those of [`MessageDraft::new`], [`PendingMessage::sign`](super::PendingMessage::sign) and
    /// [`EnvelopedMessage::seal`](super::EnvelopedMessage::seal).
    pub fn seal(
        content: &[u8],
        recipients: &[Certificate],
        sender: &Certificate,
        signer: &dyn Signer,
    ) -> Result<Self, CmsError> {
        let mut hasher = MessageDraft::new(sender)?.without_attributes().detached();
        hasher.update(content);
        let info = hasher.finish().signer_info(signer)?;
        let Wrapped { key, recipients } = Wrapped::new(recipients, Dialect::Gbt35275)?;
        let sealed = Sealed::new(content, &key, Dialect::Gbt35275)?;
        let data = SignedAndEnvelopedData {
            version: 1,
            recipients: asn1::set(recipients),
            digest_algorithms: asn1::set([Algorithm { kind: oid::SM3 }]),
            content: sealed.info(),
            certificates: Some(asn1::set([asn1::raw(sender.as_der())])),
            signers: asn1::set([info]),
        };
        Self::from_der(&asn1::content_info(oid::GM_SIGNED_AND_ENVELOPED_DATA, &asn1::encode(&data)))
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
        let not_enveloped = |oid| CmsError::NotEnveloped { oid };
        match framed.dialect(MessageKind::SignedAndEnveloped).map_err(not_enveloped)? {
            Dialect::Gbt35275 => {}
            Dialect::Rfc5652 => return Err(not_enveloped(framed.kind.to_string())),
        }
        let parts = Parts::read(framed.inner()).ok_or(CmsError::Malformed { what: "SignedAndEnvelopedData" })?;
        let recipients = Recipients::read(parts.recipients)?;
        let signers = Signers::read(parts.content.content_type, parts.certificates, parts.signers)?;
        let mut deviations = framed.deviations(&parts.content.content_type);
        deviations.extend(recipients.deviations(Dialect::Gbt35275));
        deviations.extend(parts.content.deviations());
        Ok(Self { received: framed.der.to_vec(), recipients, content: parts.content, signers, deviations })
    }

    /// The bytes it was read from; with lengths, if they had none.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        &self.received
    }

    /// Its recipients, in the order found.
    #[must_use]
    pub fn recipients(&self) -> &[Recipient] {
        &self.recipients.list
    }

    /// Its signers, in the order found.
    #[must_use]
    pub fn signers(&self) -> &[MessageSigner] {
        &self.signers.list
    }

    /// The certificates that came with it, in the order found; not judged.
    #[must_use]
    pub fn certificates(&self) -> &[Certificate] {
        &self.signers.certificates
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

    /// Opens it as [`EnvelopedMessage::open`](super::EnvelopedMessage::open) does, and checks each signature over what was
    /// inside. `further` are certificates to look for the signers in besides those that came along.
    ///
    /// # Errors
    /// As [`EnvelopedMessage::open`](super::EnvelopedMessage::open). A signature that does not hold is no error.
    pub fn open(
        &self,
        with: &dyn Decrypter,
        certificate: Option<&Certificate>,
        further: &[Certificate],
    ) -> Result<Opened, CmsError> {
        self.content.check_cipher()?;
        let content = self.content.decrypt(&self.recipients.open(with, certificate)?)?;
        let checks = self.signers.check_all(&Bound::inside(&content), further);
        Ok(Opened { content, checks })
    }
}

/// The parts of a `SignedAndEnvelopedData` whose order and tags were right.
struct Parts<'a> {
    recipients: Walk<'a>,
    content: EncryptedContent,
    certificates: Walk<'a>,
    signers: Walk<'a>,
}

impl<'a> Parts<'a> {
    fn read(inner: &'a [u8]) -> Option<Self> {
        let mut data = Walk::only(inner, SEQUENCE)?.inside();
        data.expect(INTEGER)?;
        let recipients = data.expect(SET)?.inside();
        data.expect(SET)?;
        let content = EncryptedContent::read(&mut data)?;
        let certificates = inside(data.take(ZERO));
        data.take(ONE);
        let signers = data.expect(SET)?.inside();
        data.is_empty().then_some(Self { recipients, content, certificates, signers })
    }
}
