use std::fmt;

use crate::cert::Certificate;
use crate::der::Walk;
use crate::key::Decrypter;
use crate::key::EnvelopedKey;
use crate::key::EscrowedKey;
use crate::key::SecretKey;
use crate::key::secret_key_in;
use crate::lang::vocabulary;

use super::CmsError;
use super::SignedAndEnvelopedMessage;
use super::read::OBJECT_IDENTIFIER;
use super::read::SEQUENCE;

vocabulary! {
    /// In which form an encryption key came to its holder.
    #[non_exhaustive]
    pub enum EnvelopeLayout: word {
        /// `SM2EnvelopedKey`, GB/T 35276-2017, 7.4: the form that is written.
        Gbt35276 = "gbt-35276", "GB/T 35276 密钥对保护数据", "GB/T 35276 enveloped key";
        /// `SignedAndEnvelopedData`, GB/T 35275: signed by the authority.
        Gbt35275 = "gbt-35275", "GB/T 35275 签名及数字信封数据", "GB/T 35275 signed and enveloped data";
        /// `ENVELOPEDKEYBLOB`, GM/T 0016: the structure of token interfaces.
        Skf = "skf", "GM/T 0016 密钥对保护结构", "GM/T 0016 enveloped key structure";
        /// The text of CFCA's SADK, opened with the temporary key of the request.
        Cfca = "cfca", "CFCA 加密密钥文本", "CFCA escrow text";
    }
}

/// An encryption key that came in an envelope, and was opened.
pub struct OpenedKey {
    /// The key. Where the envelope names its public key it belongs to that; that it is the key of the encryption
    /// certificate is for the caller to see.
    pub secret: SecretKey,
    /// The form of the envelope.
    pub layout: EnvelopeLayout,
    /// Who signed the envelope, if its form has signatures: they hold, whether to trust the certificate is for the caller.
    pub sender: Option<Certificate>,
}

impl fmt::Debug for OpenedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenedKey").field("layout", &self.layout).field("sender", &self.sender).finish_non_exhaustive()
    }
}

/// Opens an encryption key that came as signed and enveloped data; GB/T 35275, and GM/T 0014 (clauses not checked).
///
/// DER, or PEM. The recipient may be named in any way, since authorities name the encryption certificate instead of the
/// signing one; the key decides. There must be a signature, and each must hold over the content.
///
/// # Errors
/// Those of reading and opening; [`CmsError::KeyNotSigned`]; [`CmsError::Key`] when the content is no private key.
pub fn open_enveloped_key(bytes: &[u8], with: &dyn Decrypter) -> Result<OpenedKey, CmsError> {
    let opened = SignedAndEnvelopedMessage::from_bytes(bytes)?.open(with, None, &[])?;
    if let Some(code) = opened.checks.iter().find_map(|check| check.outcome.code()) {
        return Err(CmsError::KeyNotSigned { code });
    }
    let sender = opened.checks.into_iter().find_map(|check| check.signer);
    if sender.is_none() {
        return Err(CmsError::KeyNotSigned { code: "cms-no-certificate" });
    }
    Ok(OpenedKey { secret: secret_key_in(&opened.content)?, layout: EnvelopeLayout::Gbt35275, sender })
}

/// Opens an encryption key in whichever form it came; what it is, its first bytes say.
///
/// # Errors
/// Those of the form: [`open_enveloped_key`], or those of [`EnvelopedKey`] and [`EscrowedKey`] as [`CmsError::Key`].
pub fn read_enveloped_key(bytes: &[u8], with: &dyn Decrypter) -> Result<OpenedKey, CmsError> {
    // A digit 0 of the escrow text is the tag of SEQUENCE, so the whole element has to be there.
    let first = Walk::only(bytes, SEQUENCE).map(|outer| outer.inside().next().map(|element| element.tag));
    let (layout, secret) = match (first, bytes) {
        (Some(Some(OBJECT_IDENTIFIER)), _) | (None, [SEQUENCE, 0x80, ..] | [b'-', b'-', ..]) => {
            return open_enveloped_key(bytes, with);
        }
        (Some(_), _) => (EnvelopeLayout::Gbt35276, EnvelopedKey::from_der(bytes)?.open(with)?),
        // The version, little-endian.
        (None, [1, 0, 0, 0, ..]) => (EnvelopeLayout::Skf, EnvelopedKey::from_skf_blob(bytes)?.open(with)?),
        (None, _) => (EnvelopeLayout::Cfca, EscrowedKey::from_text(bytes)?.open(with)?),
    };
    Ok(OpenedKey { secret, layout, sender: None })
}
