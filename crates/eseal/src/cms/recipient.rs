use ::der::asn1::OctetStringRef;
use const_oid::ObjectIdentifier;
use zeroize::Zeroize;
use zeroize::Zeroizing;

use crate::cert::Certificate;
use crate::der::Raw;
use crate::der::Walk;
use crate::key::Decrypter;
use crate::key::KeyError;
use crate::oid;
use crate::sm::Sm4Key;
use crate::sm::random;

use super::CertificateIdentifier;
use super::CmsDeviation;
use super::CmsError;
use super::Dialect;
use super::asn1;
use super::asn1::Algorithm;
use super::asn1::IssuerAndSerial;
use super::asn1::RecipientInfo;
use super::read::INTEGER;
use super::read::MOST;
use super::read::OCTET_STRING;
use super::read::SEQUENCE;
use super::read::algorithm;
use super::read::list;
use super::signer::recipient_identifier;

/// One recipient of a message (接收者信息, `RecipientInfo`): whose certificate the content's key is encrypted to.
#[derive(Clone, Debug)]
pub struct Recipient {
    identifier: CertificateIdentifier,
    algorithm: ObjectIdentifier,
    encrypted_key: Vec<u8>,
}

impl Recipient {
    /// How the message names the recipient's certificate.
    #[must_use]
    pub const fn identifier(&self) -> &CertificateIdentifier {
        &self.identifier
    }

    /// The identifier of the algorithm that encrypts the key, dotted.
    #[must_use]
    pub fn algorithm(&self) -> String {
        self.algorithm.to_string()
    }

    /// The encrypted key as received: DER `SM2Cipher`, if the algorithm is SM2.
    #[must_use]
    pub fn encrypted_key(&self) -> &[u8] {
        &self.encrypted_key
    }

    /// Whether this recipient is the holder of a certificate.
    #[must_use]
    pub fn is(&self, certificate: &Certificate) -> bool {
        self.identifier.names(certificate)
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let mut info = Walk::only(bytes, SEQUENCE)?.inside();
        info.expect(INTEGER)?;
        let identifier = recipient_identifier(&mut info)?;
        let algorithm = algorithm(&mut info)?;
        let encrypted_key = info.expect(OCTET_STRING)?.content.to_vec();
        info.is_empty().then_some(Self { identifier, algorithm, encrypted_key })
    }

    /// The content's key. `None`: this key does not open it.
    fn open(&self, with: &dyn Decrypter) -> Result<Option<Sm4Key>, CmsError> {
        if ![oid::SM2_ENCRYPT, oid::SM2_KEY_EXCHANGE].contains(&self.algorithm) {
            return Err(CmsError::UnsupportedCipher { oid: self.algorithm.to_string() });
        }
        let key = match with.decrypt(&self.encrypted_key) {
            Ok(key) => key,
            Err(KeyError::Sm(_)) => return Ok(None),
            // Who has the key refused: that is no matter of this message.
            Err(error) => return Err(error.into()),
        };
        Ok(<[u8; 16]>::try_from(key.as_slice()).ok().map(|mut bytes| {
            let key = Sm4Key::from_bytes(bytes);
            bytes.zeroize();
            key
        }))
    }
}

/// The recipients of a message.
#[derive(Clone, Debug)]
pub(super) struct Recipients {
    pub(super) list: Vec<Recipient>,
    /// Those that share a key in other ways than SM2 encryption (key agreement, passwords).
    pub(super) others: usize,
}

impl Recipients {
    pub(super) fn read(walk: Walk<'_>) -> Result<Self, CmsError> {
        let mut read = Self { list: Vec::new(), others: 0 };
        for element in list(walk, "recipients")? {
            // RFC 5652, 6.2: what is no SEQUENCE is of another kind.
            if element.tag == SEQUENCE {
                let recipient = Recipient::read(element.whole).ok_or(CmsError::Malformed { what: "RecipientInfo" })?;
                read.list.push(recipient);
            } else {
                read.others += 1;
            }
        }
        Ok(read)
    }

    pub(super) fn deviations(&self, dialect: Dialect) -> Vec<CmsDeviation> {
        let any = |is: fn(&Recipient) -> bool| self.list.iter().any(is);
        let by_key = any(|one| matches!(one.identifier, CertificateIdentifier::KeyId(_)));
        let nameless = any(|one| match &one.identifier {
            CertificateIdentifier::IssuerAndSerial { issuer, .. } => issuer.is_empty(),
            CertificateIdentifier::KeyId(_) => false,
        });
        let exchange = any(|one| one.algorithm == oid::SM2_KEY_EXCHANGE);
        [
            (exchange, CmsDeviation::KeyExchangeNamed),
            (by_key && dialect == Dialect::Gbt35275, CmsDeviation::RecipientByKeyId),
            (nameless, CmsDeviation::RecipientWithoutIssuer),
        ]
        .into_iter()
        .filter_map(|(is, deviation)| is.then_some(deviation))
        .collect()
    }

    /// Finds the content's key: for the holder of this certificate, or, without one, for whoever the key opens it.
    pub(super) fn open(&self, with: &dyn Decrypter, certificate: Option<&Certificate>) -> Result<Sm4Key, CmsError> {
        if let Some(certificate) = certificate
            && certificate.public_key().map_err(CmsError::Certificate)? != with.public_key()
        {
            return Err(CmsError::WrongKey { subject: certificate.subject().to_string() });
        }
        let mut found = CmsError::NoRecipient;
        for recipient in self.list.iter().filter(|one| certificate.is_none_or(|certificate| one.is(certificate))) {
            match recipient.open(with) {
                Ok(Some(key)) => return Ok(key),
                Ok(None) => found = CmsError::CannotOpen,
                Err(error @ CmsError::UnsupportedCipher { .. }) if found == CmsError::NoRecipient => found = error,
                Err(CmsError::UnsupportedCipher { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Err(found)
    }
}

/// A fresh key for a content, and that key for each recipient.
pub(super) struct Wrapped {
    pub(super) key: Sm4Key,
    pub(super) recipients: Vec<Raw>,
}

impl Wrapped {
    pub(super) fn new(recipients: &[Certificate], dialect: Dialect) -> Result<Self, CmsError> {
        if recipients.is_empty() {
            return Err(CmsError::NoRecipient);
        }
        if recipients.len() > MOST {
            return Err(CmsError::TooMany { what: "recipients", limit: MOST });
        }
        let mut bytes = Zeroizing::new([0; 16]);
        random(bytes.as_mut()).map_err(KeyError::Sm)?;
        let wrap = |certificate: &Certificate| {
            let subject = || certificate.subject().to_string();
            if certificate.key_usage().is_some_and(|usage| !usage.can_encipher()) {
                return Err(CmsError::NotForEncryption { subject: subject() });
            }
            let key = certificate.public_key().map_err(CmsError::Certificate)?;
            let encrypted = key.encrypt(bytes.as_ref()).map_err(KeyError::Sm)?;
            let info = RecipientInfo {
                // RFC 5652, 6.2.1: 0 for issuer and serial number; GB/T 35275 knows 1 only.
                version: if dialect == Dialect::Rfc5652 { 0 } else { 1 },
                identifier: IssuerAndSerial::of(certificate),
                algorithm: Algorithm { kind: oid::SM2_ENCRYPT },
                encrypted_key: OctetStringRef::new(&encrypted).expect("a short string"),
            };
            Ok(asn1::raw(&asn1::encode(&info)))
        };
        let recipients = recipients.iter().map(wrap).collect::<Result<_, _>>()?;
        Ok(Self { key: Sm4Key::from_bytes(*bytes), recipients })
    }
}
