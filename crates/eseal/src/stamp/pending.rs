//! Between preparing and signing, and the result.

use crate::cert::Certificate;
use crate::document::pdf::Coverage;
use crate::document::pdf::Pdf;
use crate::document::pdf::Reserved;
use crate::key::SignDigest;
use crate::key::Signature;
use crate::seal::Seal;
use crate::seal::SealSignature;
use crate::seal::ToBeSigned;
use crate::sm::Sm3Digest;
use crate::time::Instant;

use super::StampError;
use super::act::{admit, require_valid};

/// A prepared document that waits for its signature (待签): made elsewhere, by hardware, a service, after an approval.
///
/// Holds no secret. [`to_bytes`](Self::to_bytes) stores document, seal, certificate and time; on reading, what a
/// [`Stamp`](super::Stamp) demands is demanded again, and what has to be signed is computed anew.
#[derive(Clone, Debug)]
pub struct Pending<'a> {
    reserved: Reserved<'a>,
    to_be_signed: ToBeSigned,
    seal: Seal,
    certificate: Certificate,
    time: Instant,
}

/// A stamped document.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Stamped {
    /// The document; the received bytes are its beginning.
    pub bytes: Vec<u8>,
    /// How many bytes were received.
    pub received: usize,
    /// The seal signature inside.
    pub signature: SealSignature,
    /// SM3 over what the signature covers.
    pub data_hash: Sm3Digest,
    /// What it covers: start and length of two ranges.
    pub byte_range: [u64; 4],
}

/// First bytes of a stored [`Pending`].
const MAGIC: &[u8; 16] = b"eseal.pending/1\n";

impl<'a> Pending<'a> {
    pub(super) fn new(
        reserved: Reserved<'a>,
        seal: &Seal,
        certificate: &Certificate,
        time: Instant,
    ) -> Result<Self, StampError> {
        let property_info = reserved.property_info();
        let to_be_signed = ToBeSigned::new(seal, certificate, time, reserved.data_hash(), &property_info)?;
        Ok(Self { reserved, to_be_signed, seal: seal.clone(), certificate: certificate.clone(), time })
    }

    /// What the signer's key has to sign: SM2's *e*, with the identity `1234567812345678`.
    #[must_use]
    pub fn digest(&self) -> SignDigest {
        self.to_be_signed.digest()
    }

    /// The signed part of the seal signature (签章信息), DER: for signers that hash themselves.
    #[must_use]
    pub fn to_be_signed(&self) -> &[u8] {
        self.to_be_signed.as_der()
    }

    /// SM3 over what the signature will cover.
    #[must_use]
    pub const fn data_hash(&self) -> &Sm3Digest {
        self.reserved.data_hash()
    }

    /// The seal.
    #[must_use]
    pub const fn seal(&self) -> &Seal {
        &self.seal
    }

    /// The certificate whose key has to sign.
    #[must_use]
    pub const fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// When it was prepared: the claimed time of the stamp.
    #[must_use]
    pub const fn time(&self) -> Instant {
        self.time
    }

    /// The second step: puts the signature in.
    ///
    /// # Errors
    /// [`StampError::SignatureMismatch`] when it does not hold.
    pub fn complete(self, signature: &Signature) -> Result<Stamped, StampError> {
        let signature = self.to_be_signed.close(signature)?;
        let received = self.reserved.original().len();
        let data_hash = *self.reserved.data_hash();
        let byte_range = self.reserved.byte_range();
        let bytes = self.reserved.fill(signature.as_der())?;
        Ok(Stamped { bytes, received, signature, data_hash, byte_range })
    }

    /// Everything, to be kept until the signature is there.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        out.extend_from_slice(&self.time.unix().to_be_bytes());
        for part in [self.seal.as_der(), self.certificate.as_der()] {
            out.extend_from_slice(&(part.len() as u64).to_be_bytes());
            out.extend_from_slice(part);
        }
        out.extend_from_slice(&self.reserved.to_bytes());
        out
    }

    /// Reads what [`to_bytes`](Self::to_bytes) wrote.
    ///
    /// # Errors
    /// [`StampError::PreparedMalformed`]; [`PdfError::PreparedChanged`](crate::document::pdf::PdfError::PreparedChanged)
    /// when the document is not what it was; that this certificate cannot stamp with this seal at this time.
    pub fn from_bytes(bytes: &[u8]) -> Result<Pending<'static>, StampError> {
        let rest = bytes.strip_prefix(MAGIC).ok_or(StampError::PreparedMalformed)?;
        let (time, rest) = rest.split_first_chunk::<8>().ok_or(StampError::PreparedMalformed)?;
        let time = Instant::from_unix(i64::from_be_bytes(*time));
        let (seal, rest) = part(rest)?;
        let (certificate, rest) = part(rest)?;
        let seal = Seal::from_bytes(seal).map_err(StampError::Seal)?;
        let certificate = Certificate::from_der(certificate).map_err(StampError::SignerCertificate)?;
        admit(&seal, &certificate)?;
        require_valid(&seal, &certificate, time)?;
        Pending::new(Reserved::from_bytes(rest)?, &seal, &certificate, time)
    }
}

/// A length of eight bytes and so many bytes.
fn part(bytes: &[u8]) -> Result<(&[u8], &[u8]), StampError> {
    let (length, rest) = bytes.split_first_chunk::<8>().ok_or(StampError::PreparedMalformed)?;
    let length = usize::try_from(u64::from_be_bytes(*length)).map_err(|_| StampError::PreparedMalformed)?;
    rest.split_at_checked(length).ok_or(StampError::PreparedMalformed)
}

impl Stamped {
    /// What was put behind the received bytes.
    #[must_use]
    pub fn appended(&self) -> &[u8] {
        self.bytes.get(self.received..).unwrap_or_default()
    }

    /// Reads the document again and demands that exactly this seal signature is in it, over the whole file.
    ///
    /// Cheaper than verifying, and no substitute for it: it asks whether we wrote what we meant, not whether anybody
    /// should believe it.
    ///
    /// # Errors
    /// [`StampError::SelfCheck`], or why the document cannot be read again.
    pub fn check(&self) -> Result<(), StampError> {
        let pdf = Pdf::parse(&self.bytes)?;
        let whole = pdf.signatures()?.iter().any(|found| {
            found.contents == self.signature.as_der()
                && found.coverage == Coverage::WholeFile
                && found.faults.is_empty()
                && found.hash_covered(&pdf).is_some_and(|hash| hash == self.data_hash)
        });
        if whole { Ok(()) } else { Err(StampError::SelfCheck) }
    }
}
