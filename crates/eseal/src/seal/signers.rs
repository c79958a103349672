use crate::cert::Certificate;
use crate::sm::Sm3;
use crate::sm::UserId;
use crate::sm::sm3;

/// Who may use a seal (签章者证书列表, `SES_CertList`), as the seal lists them.
///
/// GB/T 38540-2020, 6.1 has two forms, certificates or their digests. The V1 text leaves the element's type open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignerList {
    entries: Vec<SignerEntry>,
}

/// One entry of a [`SignerList`].
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignerEntry {
    /// A certificate, DER.
    Certificate(Vec<u8>),
    /// The digest of a certificate.
    Digest {
        /// The standard leaves its meaning open ("custom").
        kind: String,
        /// The digest.
        value: Vec<u8>,
    },
    /// Something else: seen as text in a real V1 seal. It admits nobody.
    Other(Vec<u8>),
}

/// How a certificate relates to a [`SignerList`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listed {
    /// It is listed, byte for byte or by its SM3 digest.
    Yes,
    /// Its digest is listed, but computed over Z and the certificate: some products do so, against the text.
    WithZ,
    /// Not it but another certificate with the same key is listed: it was renewed, and the seal has to be made anew.
    SameKey,
    /// It is not listed.
    No,
}

impl SignerList {
    pub(super) const fn new(entries: Vec<SignerEntry>) -> Self {
        Self { entries }
    }

    /// The entries in the seal's order.
    #[must_use]
    pub fn entries(&self) -> &[SignerEntry] {
        &self.entries
    }

    /// The listed certificates, DER.
    pub fn certificates(&self) -> impl Iterator<Item = &[u8]> {
        self.entries.iter().filter_map(|entry| match entry {
            SignerEntry::Certificate(der) => Some(der.as_slice()),
            _ => None,
        })
    }

    /// Whether the certificate may use the seal: listed byte for byte, or by its SM3 digest; GB/T 38540-2020, 7.3.
    #[must_use]
    pub fn lists(&self, certificate: &Certificate) -> bool {
        self.find(certificate) == Listed::Yes
    }

    /// Looks a certificate up, and tells the near misses apart.
    #[must_use]
    pub fn find(&self, certificate: &Certificate) -> Listed {
        let der = certificate.as_der();
        let digest = sm3(der);
        let listed = self.entries.iter().any(|entry| match entry {
            SignerEntry::Certificate(listed) => listed == der,
            SignerEntry::Digest { value, .. } => value == digest.as_bytes(),
            SignerEntry::Other(_) => false,
        });
        if listed {
            return Listed::Yes;
        }
        let Ok(key) = certificate.public_key() else { return Listed::No };
        let mut with_z = Sm3::new();
        with_z.update(key.z(UserId::DEFAULT).as_bytes()).update(der);
        let with_z = with_z.finish();
        if self
            .entries
            .iter()
            .any(|entry| matches!(entry, SignerEntry::Digest { value, .. } if value == with_z.as_bytes()))
        {
            return Listed::WithZ;
        }
        let same_key = self
            .certificates()
            .filter_map(|listed| Certificate::from_der(listed).ok())
            .any(|listed| listed.public_key().is_ok_and(|other| other == key));
        if same_key { Listed::SameKey } else { Listed::No }
    }
}
