use crate::oid;
use crate::sm;
use ::der::Sequence;
use ::der::asn1::AnyRef;

use super::super::CertError;
use super::super::asn1;
use super::super::asn1::Reader;
use super::super::extension;
use super::super::extension::extension;
use super::super::write;
use super::CertId;

/// A question about certificates (OCSP 请求); RFC 6960, 4.1.
///
/// Keeps the bytes it was read from. A signature on a request is tolerated and not checked: it says who asks, and
/// anybody may ask here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OcspRequest {
    der: Vec<u8>,
    ids: Vec<CertId>,
    nonce: Option<Vec<u8>>,
    signed: bool,
}

/// `OCSPRequest` that nobody signed; RFC 6960, 4.1.1.
#[derive(Sequence)]
struct Written<'a> {
    part: WrittenPart<'a>,
}

/// `TBSRequest` of version 1, without the name of who asks.
#[derive(Sequence)]
struct WrittenPart<'a> {
    requests: Vec<WrittenRequest<'a>>,
    #[asn1(context_specific = "2", tag_mode = "EXPLICIT", optional = "true")]
    extensions: Option<Vec<AnyRef<'a>>>,
}

/// `Request` about one certificate.
#[derive(Sequence)]
struct WrittenRequest<'a> {
    id: AnyRef<'a>,
}

impl OcspRequest {
    /// The largest request that is read: 64 KiB, room for [`MAX_IDS`](Self::MAX_IDS) certificates and a signature.
    pub const MAX_BYTES: usize = 64 << 10;
    /// The most certificates of one request: 256. Each costs the responder a look-up, and real clients ask about one.
    pub const MAX_IDS: usize = 256;
    /// The longest nonce, in bytes; RFC 9654, 2.1.
    pub const MAX_NONCE: usize = 128;

    /// Asks about these certificates, with a nonce that the answer has to repeat, or without.
    ///
    /// # Errors
    /// [`CertError::Malformed`] for no certificate, more than [`MAX_IDS`](Self::MAX_IDS), or a nonce that is empty or
    /// longer than [`MAX_NONCE`](Self::MAX_NONCE).
    pub fn new(ids: &[CertId], nonce: Option<&[u8]>) -> Result<Self, CertError> {
        let nonce = nonce.map(|nonce| extension(&oid::OCSP_NONCE, false, &write::encode(&write::octets(nonce))));
        let part = WrittenPart {
            requests: ids.iter().map(|id| WrittenRequest { id: write::raw(id.as_der()) }).collect(),
            extensions: nonce.as_ref().map(|nonce| write::raw_list([nonce])),
        };
        Self::from_der(&write::encode(&Written { part }))
    }

    /// Thirty-two random bytes, for a nonce; the length that RFC 9654, 2.1 asks of clients.
    ///
    /// # Errors
    /// [`CertError::Sm`] when the operating system gives no randomness.
    pub fn fresh_nonce() -> Result<[u8; 32], CertError> {
        let mut nonce = [0; 32];
        sm::random(&mut nonce)?;
        Ok(nonce)
    }

    /// Reads a request in DER and nothing after it.
    ///
    /// # Errors
    /// [`CertError::TooLarge`], [`CertError::Malformed`]; the latter also for more certificates than are looked up, a
    /// nonce that is too long, and a critical extension that is not understood.
    pub fn from_der(der: &[u8]) -> Result<Self, CertError> {
        if der.len() > Self::MAX_BYTES {
            return Err(CertError::TooLarge { limit: Self::MAX_BYTES });
        }
        let mut outer = Reader::open(der, asn1::SEQUENCE, "OCSPRequest")?;
        let mut part = outer.enter(asn1::SEQUENCE)?;
        let signed = outer.take(asn1::context(0))?.is_some();
        outer.end()?;
        if let Some(version) = part.take(asn1::context(0))? {
            let mut version = Reader::new(version.content, "OCSPRequest");
            if version.small()? != 0 || !version.is_empty() {
                return Err(version.fault());
            }
        }
        // requestorName: a name that nothing is decided by.
        part.take(asn1::context(1))?;
        let mut list = part.enter(asn1::SEQUENCE)?;
        let mut ids = Vec::new();
        while !list.is_empty() {
            let mut single = list.enter(asn1::SEQUENCE)?;
            ids.push(CertId::read(&mut single)?);
            if let Some(extensions) = single.take(asn1::context(0))? {
                let extensions = Reader::open(extensions.content, asn1::SEQUENCE, "singleRequestExtensions")?;
                extension::extensions(extensions, |extension| match extension.critical {
                    true => Err(single.fault()),
                    false => Ok(()),
                })?;
            }
            single.end()?;
            if ids.len() > Self::MAX_IDS {
                return Err(list.fault());
            }
        }
        let nonce = match part.take(asn1::context(2))? {
            Some(extensions) => read_extensions(extensions.content, "requestExtensions")?,
            None => None,
        };
        part.end()?;
        if ids.is_empty() {
            return Err(part.fault());
        }
        Ok(Self { der: der.to_vec(), ids, nonce, signed })
    }

    /// The received (or written) DER.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        &self.der
    }

    /// The certificates asked about, in their order.
    #[must_use]
    pub fn ids(&self) -> &[CertId] {
        &self.ids
    }

    /// The nonce that the answer has to repeat, if there is one.
    #[must_use]
    pub fn nonce(&self) -> Option<&[u8]> {
        self.nonce.as_deref().map(nonce_bytes)
    }

    /// The value of the nonce's extension as received.
    pub(super) fn nonce_value(&self) -> Option<&[u8]> {
        self.nonce.as_deref()
    }

    /// Whether it bears a signature, which is not checked.
    #[must_use]
    pub const fn is_signed(&self) -> bool {
        self.signed
    }
}

/// The value of the nonce's extension among the extensions of a request or a response.
///
/// Other extensions (which responses are acceptable, where the service is) may be passed over unless they are critical.
pub(super) fn read_extensions(explicit: &[u8], what: &'static str) -> Result<Option<Vec<u8>>, CertError> {
    let list = Reader::open(explicit, asn1::SEQUENCE, what)?;
    let mut nonce = None;
    extension::extensions(list, |extension| {
        if extension.kind == oid::OCSP_NONCE {
            if !(1..=OcspRequest::MAX_NONCE).contains(&nonce_bytes(extension.value).len()) {
                return Err(CertError::Malformed { what: "nonce" });
            }
            nonce = Some(extension.value.to_vec());
        } else if extension.critical {
            return Err(list.fault());
        }
        Ok(())
    })?;
    Ok(nonce)
}

/// The nonce itself: an OCTET STRING since RFC 6960; older programs put the bare bytes.
pub(super) fn nonce_bytes(value: &[u8]) -> &[u8] {
    let mut reader = Reader::new(value, "nonce");
    match reader.expect(asn1::OCTET_STRING) {
        Ok(element) if reader.is_empty() => element.content,
        _ => value,
    }
}
