use super::Certificate;
use super::Name;

/// The certificates that are trusted as they are (信任锚): nothing is trusted that the caller did not add.
///
/// An anchor need not be signed by itself: an office may trust an issuing CA without its root. Its signature is not
/// checked, its period and its right to issue are.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    anchors: Vec<Certificate>,
}

impl Trust {
    /// Trusts nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self { anchors: Vec::new() }
    }

    /// Trusts these certificates.
    #[must_use]
    pub fn from_certificates(certificates: impl IntoIterator<Item = Certificate>) -> Self {
        let mut trust = Self::new();
        certificates.into_iter().for_each(|certificate| trust.add(certificate));
        trust
    }

    /// Trusts one more certificate; one that is there already is not added again.
    pub fn add(&mut self, certificate: Certificate) {
        if !self.holds(&certificate) {
            self.anchors.push(certificate);
        }
    }

    /// Whether nothing is trusted.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.anchors.is_empty()
    }

    /// The anchors in the order in which they were added.
    #[must_use]
    pub fn anchors(&self) -> &[Certificate] {
        &self.anchors
    }

    /// Whether this very certificate, byte for byte, is an anchor.
    #[must_use]
    pub fn holds(&self, certificate: &Certificate) -> bool {
        self.anchors.contains(certificate)
    }

    /// The anchors that bear a name.
    pub fn named(&self, name: &Name) -> impl Iterator<Item = &Certificate> {
        self.anchors.iter().filter(move |anchor| anchor.subject() == name)
    }
}

impl FromIterator<Certificate> for Trust {
    fn from_iter<I: IntoIterator<Item = Certificate>>(certificates: I) -> Self {
        Self::from_certificates(certificates)
    }
}
