use std::io;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

/// Where a token lies: a file ([`TokenFile`](super::TokenFile)), memory ([`MemoryMedium`]), or something of the caller's.
///
/// The kinds of error tell what a person can do: `NotFound`, `AlreadyExists`, `PermissionDenied` and
/// `ReadOnlyFilesystem`, `StorageFull`; see [`TokenError`](super::TokenError).
pub trait Medium: Send + Sync {
    /// Puts down the bytes of a new token; refuses with `AlreadyExists` when there is one.
    ///
    /// # Errors
    /// What the system said.
    fn create(&self, bytes: &[u8]) -> io::Result<()>;

    /// Reads the token, without waiting for who holds it. Never sees half of a write.
    ///
    /// # Errors
    /// What the system said.
    fn read(&self) -> io::Result<Vec<u8>>;

    /// Waits until nobody else holds the token, and holds it until the value is dropped.
    ///
    /// # Errors
    /// What the system said.
    fn hold(&self) -> io::Result<Box<dyn Held + '_>>;
}

/// A token that nobody else can change at this time.
pub trait Held {
    /// Reads the token.
    ///
    /// # Errors
    /// What the system said.
    fn read(&mut self) -> io::Result<Vec<u8>>;

    /// Replaces the token: when this returns, the new bytes survive a loss of power; when it fails, or is killed, the
    /// old or the new bytes are there, never half of one.
    ///
    /// # Errors
    /// What the system said.
    fn replace(&mut self, bytes: &[u8]) -> io::Result<()>;
}

/// A token in memory; clones share it.
#[derive(Clone, Debug, Default)]
pub struct MemoryMedium(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    /// Held for as long as the token is.
    gate: Mutex<()>,
    bytes: Mutex<Option<Vec<u8>>>,
}

impl MemoryMedium {
    /// An empty place for a token.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A token that came from elsewhere.
    #[must_use]
    pub fn with_bytes(bytes: Vec<u8>) -> Self {
        let medium = Self::default();
        *medium.bytes_lock() = Some(bytes);
        medium
    }

    /// A copy of the token's bytes, if there is one.
    #[must_use]
    pub fn bytes(&self) -> Option<Vec<u8>> {
        self.bytes_lock().clone()
    }

    fn bytes_lock(&self) -> MutexGuard<'_, Option<Vec<u8>>> {
        // A panic elsewhere cannot leave half of the bytes: they are replaced as one.
        self.0.bytes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Medium for MemoryMedium {
    fn create(&self, bytes: &[u8]) -> io::Result<()> {
        let mut place = self.bytes_lock();
        if place.is_some() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        *place = Some(bytes.to_vec());
        Ok(())
    }

    fn read(&self) -> io::Result<Vec<u8>> {
        self.bytes().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn hold(&self) -> io::Result<Box<dyn Held + '_>> {
        let gate = self.0.gate.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(Box::new(HeldMemory { medium: self, _gate: gate }))
    }
}

struct HeldMemory<'m> {
    medium: &'m MemoryMedium,
    _gate: MutexGuard<'m, ()>,
}

impl Held for HeldMemory<'_> {
    fn read(&mut self) -> io::Result<Vec<u8>> {
        self.medium.read()
    }

    fn replace(&mut self, bytes: &[u8]) -> io::Result<()> {
        *self.medium.bytes_lock() = Some(bytes.to_vec());
        Ok(())
    }
}
