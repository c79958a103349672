use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

use crate::sm::Sm3Digest;

/// Remembers which signatures on certificates and revocation lists hold, so that many documents with the same chain
/// cost one verification a link. Clones share what they remember; safe to use from several threads.
#[derive(Clone, Default)]
pub struct LinkCache(Arc<Mutex<HashMap<Link, bool>>>);

/// What is remembered: the hash of the whole signed object, its signature with it, and that of the key.
type Link = (Sm3Digest, Sm3Digest);

/// The most links that are remembered, about 2 MB; when there are more, all are forgotten.
const MAX_LINKS: usize = 1 << 14;

impl LinkCache {
    /// Remembers nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    pub(super) fn get(&self, object: Sm3Digest, key: Sm3Digest) -> Option<bool> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&(object, key)).copied()
    }

    pub(super) fn put(&self, object: Sm3Digest, key: Sm3Digest, holds: bool) {
        let mut links = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if links.len() >= MAX_LINKS {
            links.clear();
        }
        links.insert((object, key), holds);
    }
}

impl fmt::Debug for LinkCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkCache")
    }
}
