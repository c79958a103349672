use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::OnceLock;
use std::sync::PoisonError;

use crate::document::pdf::EncodedImage;
use crate::seal::PictureError;
use crate::seal::Raster;
use crate::seal::Seal;
use crate::seal::SealError;
use crate::seal::SignatureForm;

use super::shown::Likeness;

/// The most seals that are remembered.
const MAX_SEALS: usize = 64;
/// The most bytes of seals that are remembered.
const MAX_SEAL_BYTES: usize = 64 << 20;
/// Decoded pictures over this size are decoded again every time.
const MAX_RASTER: usize = 4 << 20;
/// The most pictures from pages that are remembered for one seal.
const MAX_SHOWN: usize = 4;
/// The largest picture from a page, as it lies in the file, that is remembered.
const MAX_SHOWN_BYTES: usize = 256 << 10;

/// What has been found out about seals, kept from one document to the next.
///
/// Together the limits above allow some 400 MB, which only hostile seals come near: real ones need a tenth of a megabyte
/// and a decoded picture each. Only what never changes is kept: whether a signature value holds, and what a picture looks like. Judgements that
/// depend on time or trust are made anew for every document.
#[derive(Default)]
pub(super) struct Cache {
    seals: Mutex<Seals>,
}

#[derive(Default)]
struct Seals {
    facts: HashMap<Seal, Arc<SealFacts>>,
    bytes: usize,
}

impl Cache {
    /// What is known about a seal, found by all of its bytes.
    pub(super) fn facts(&self, seal: &Seal) -> Arc<SealFacts> {
        let mut seals = self.seals.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(facts) = seals.facts.get(seal) {
            return Arc::clone(facts);
        }
        if seals.facts.len() >= MAX_SEALS || seals.bytes.saturating_add(seal.as_der().len()) > MAX_SEAL_BYTES {
            *seals = Seals::default();
        }
        let facts = Arc::new(SealFacts::of(seal.clone()));
        seals.bytes += seal.as_der().len();
        seals.facts.insert(seal.clone(), Arc::clone(&facts));
        facts
    }
}

impl fmt::Debug for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cache")
    }
}

/// What never changes about a seal; found out when first asked.
pub(super) struct SealFacts {
    seal: Seal,
    signature: OnceLock<Result<SignatureForm, SealError>>,
    raster: OnceLock<Result<Arc<Raster>, PictureError>>,
    shown: Mutex<HashMap<Arc<EncodedImage>, Likened>>,
}

/// How a shown picture relates to the seal's, or why that cannot be told.
type Likened = Result<Likeness, &'static str>;

impl SealFacts {
    fn of(seal: Seal) -> Self {
        Self { seal, signature: OnceLock::new(), raster: OnceLock::new(), shown: Mutex::default() }
    }

    /// How a picture found on a page relates to the seal's. The same picture comes with every stamp of one seal by one
    /// program: it is decoded and compared once.
    pub(super) fn likeness(&self, image: &Arc<EncodedImage>, compare: impl FnOnce() -> Likened) -> Likened {
        let shown = || self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = shown().get(image) {
            return *known;
        }
        let found = compare();
        // What could not be told may be for want of budget in this file, and another file has its own.
        if found.is_ok() && image.size() <= MAX_SHOWN_BYTES {
            let mut shown = shown();
            if shown.len() >= MAX_SHOWN {
                shown.clear();
            }
            shown.insert(Arc::clone(image), found);
        }
        found
    }

    /// Whether the maker's signature holds.
    pub(super) fn signature(&self) -> &Result<SignatureForm, SealError> {
        self.signature.get_or_init(|| self.seal.check_signature())
    }

    /// The picture's bytes.
    pub(super) fn picture(&self) -> &[u8] {
        self.seal.picture().bytes()
    }

    /// The decoded picture.
    pub(super) fn raster(&self) -> Result<Arc<Raster>, PictureError> {
        if let Some(known) = self.raster.get() {
            return known.clone();
        }
        let decoded = self.seal.picture().decode().map(Arc::new);
        match &decoded {
            Ok(raster) if raster.rgba.len() > MAX_RASTER => decoded,
            _ => self.raster.get_or_init(|| decoded).clone(),
        }
    }
}
