use std::fs;
use std::fs::File;
use std::fs::OpenOptions;
use std::io;
use std::io::Read;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;

use super::container::MAX_BYTES;
use super::medium::Held;
use super::medium::Medium;

/// A token in a file of its own, readable by its owner alone.
///
/// Every write goes to a new file beside it, is synced, and takes the name by a rename; the folder is synced after it.
/// While a token is held, the file itself is locked, and so is the file that is to take its place, before it takes it:
/// a waiter who got the old file sees that it no longer has the name, and waits for the new one.
#[derive(Clone, Debug)]
pub struct TokenFile {
    path: PathBuf,
}

impl TokenFile {
    /// The token at a path; nothing is opened yet. A symbolic link is followed, not replaced.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// The path as given.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Medium for TokenFile {
    fn create(&self, bytes: &[u8]) -> io::Result<()> {
        // Asked first only to spare a file with a new name; the link below decides.
        if self.path.symlink_metadata().is_ok() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let new = NewFile::write(&self.path, bytes)?;
        match fs::hard_link(&new.path, &self.path) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Err(error),
            // No links on this file system: between question and rename another could slip in, there is no better way.
            Err(_) if self.path.symlink_metadata().is_ok() => return Err(io::ErrorKind::AlreadyExists.into()),
            Err(_) => fs::rename(&new.path, &self.path)?,
        }
        drop(new);
        sync_folder(&self.path)
    }

    fn read(&self) -> io::Result<Vec<u8>> {
        read(&File::open(&self.path)?)
    }

    fn hold(&self) -> io::Result<Box<dyn Held + '_>> {
        // Waiting ends: each turn waits for another holder to finish.
        loop {
            let path = fs::canonicalize(&self.path)?;
            let lock = Lock::take(&path)?;
            if lock.still_names(&path)? {
                sweep(&path);
                return Ok(Box::new(HeldFile { path, locks: vec![lock] }));
            }
        }
    }
}

struct HeldFile {
    path: PathBuf,
    /// Every file that had or has the name since the token is held.
    locks: Vec<Lock>,
}

impl Held for HeldFile {
    fn read(&mut self) -> io::Result<Vec<u8>> {
        read(&File::open(&self.path)?)
    }

    fn replace(&mut self, bytes: &[u8]) -> io::Result<()> {
        // A rename asks only for the right to write the folder: a file marked read-only means it.
        if fs::metadata(&self.path)?.permissions().readonly() {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        let new = NewFile::write(&self.path, bytes)?;
        if let Some(lock) = Lock::of_new(&new)? {
            self.locks.push(lock);
        }
        fs::rename(&new.path, &self.path)?;
        sync_folder(&self.path)
    }
}

/// A file beside the target that is not yet it; removed when dropped, unless it was renamed.
struct NewFile {
    path: PathBuf,
    file: File,
}

impl NewFile {
    fn write(target: &Path, bytes: &[u8]) -> io::Result<Self> {
        let mut random = [0; 8];
        crate::sm::random(&mut random).map_err(io::Error::other)?;
        let mut new_name = prefix(target).ok_or(io::ErrorKind::InvalidInput)?;
        new_name.push(format!("{:016x}{SUFFIX}", u64::from_be_bytes(random)));
        let path = target.with_file_name(new_name);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path)?;
        // From here on dropping it removes the file.
        let mut new = Self { path, file };
        new.file.write_all(bytes)?;
        new.file.sync_all()?;
        Ok(new)
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        // After a rename there is nothing under this name, and that is as it should be.
        let _ = fs::remove_file(&self.path);
    }
}

/// What the name of a file that is to replace a token ends with; 16 hexadecimal digits stand before it.
const SUFFIX: &str = ".tmp";

/// What the name of a file that is to replace this token begins with.
fn prefix(target: &Path) -> Option<std::ffi::OsString> {
    let mut prefix = std::ffi::OsString::from(".");
    prefix.push(target.file_name()?);
    prefix.push(".");
    Some(prefix)
}

/// Removes what a writer left that was killed before its rename. Nobody else writes while the token is held, and what is
/// left may be of before a lock: its PIN slot must not outlive the one that was destroyed.
///
/// What cannot be removed stays: it keeps nobody from the token.
fn sweep(path: &Path) {
    let Some(prefix) = prefix(path) else { return };
    let is_left = |name: &std::ffi::OsStr| {
        let rest = name.as_encoded_bytes().strip_prefix(prefix.as_encoded_bytes());
        let digits = rest.and_then(|rest| rest.strip_suffix(SUFFIX.as_bytes()));
        digits.is_some_and(|digits| digits.len() == 16 && digits.iter().all(u8::is_ascii_hexdigit))
    };
    for entry in fs::read_dir(folder_of(path)).into_iter().flatten().flatten() {
        if is_left(&entry.file_name()) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."))
}

/// Reads at most one byte more than a token may have, so that the reader sees that it is too large.
fn read(file: &File) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Makes a rename in this folder survive a loss of power, where folders can be synced.
fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(folder_of(path))?.sync_all()?;
    }
    Ok(())
}

/// An exclusive lock; let go when dropped.
#[cfg(unix)]
struct Lock(File);

#[cfg(unix)]
impl Lock {
    fn take(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        file.lock()?;
        Ok(Self(file))
    }

    /// Locks a file that is about to take the name; nobody else can have it.
    fn of_new(new: &NewFile) -> io::Result<Option<Self>> {
        let file = new.file.try_clone()?;
        file.lock()?;
        Ok(Some(Self(file)))
    }

    fn still_names(&self, path: &Path) -> io::Result<bool> {
        use std::os::unix::fs::MetadataExt;
        let (locked, named) = (self.0.metadata()?, fs::metadata(path)?);
        Ok((locked.dev(), locked.ino()) == (named.dev(), named.ino()))
    }
}

/// Elsewhere a locked file cannot be replaced: a file beside it, which stays, is locked instead.
#[cfg(not(unix))]
struct Lock(#[expect(dead_code, reason = "held for its lock")] File);

#[cfg(not(unix))]
impl Lock {
    fn take(path: &Path) -> io::Result<Self> {
        let mut name = path.as_os_str().to_owned();
        name.push(".lock");
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(name)?;
        file.lock()?;
        Ok(Self(file))
    }

    fn of_new(_: &NewFile) -> io::Result<Option<Self>> {
        Ok(None)
    }

    fn still_names(&self, _: &Path) -> io::Result<bool> {
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::Barrier;

    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn what_a_killed_writer_left_is_gone_when_the_token_is_held_again() {
        let folder = tempfile::tempdir().unwrap();
        let file = TokenFile::new(folder.path().join("user.token"));
        file.create(b"one").unwrap();
        let others = [".user.token.0123456789abcdef.bak", ".user.token.0123.tmp", ".users.token.0123456789abcdef.tmp"];
        for name in others.iter().copied().chain([".user.token.0123456789abcdef.tmp"]) {
            fs::write(folder.path().join(name), b"half").unwrap();
        }
        drop(file.hold().unwrap());
        let mut expected: Vec<_> = others.into_iter().chain(["user.token"]).collect();
        expected.sort_unstable();
        assert_eq!(names(folder.path()), expected, "and nothing that only looks like it");
        assert_eq!(file.read().unwrap(), b"one");
    }

    #[test]
    fn a_new_file_refuses_to_overwrite_and_leaves_no_litter() {
        let folder = tempfile::tempdir().unwrap();
        let file = TokenFile::new(folder.path().join("user.token"));
        assert_eq!(file.read().unwrap_err().kind(), io::ErrorKind::NotFound);
        assert_eq!(file.hold().err().unwrap().kind(), io::ErrorKind::NotFound);
        file.create(b"one").unwrap();
        assert_eq!(file.create(b"two").unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(file.read().unwrap(), b"one");
        assert_eq!(names(folder.path()), ["user.token"]);
    }

    #[test]
    fn a_replaced_file_has_the_new_bytes_and_leaves_no_litter() {
        let folder = tempfile::tempdir().unwrap();
        let file = TokenFile::new(folder.path().join("user.token"));
        file.create(b"one").unwrap();
        let mut held = file.hold().unwrap();
        held.replace(b"two").unwrap();
        held.replace(b"three").unwrap();
        assert_eq!(held.read().unwrap(), b"three");
        drop(held);
        assert_eq!(file.read().unwrap(), b"three");
        assert_eq!(names(folder.path()), ["user.token"]);
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_may_read_the_file() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let file = TokenFile::new(folder.path().join("user.token"));
        file.create(b"one").unwrap();
        let mode = || fs::metadata(file.path()).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(), 0o600);
        file.hold().unwrap().replace(b"two").unwrap();
        assert_eq!(mode(), 0o600);
    }

    #[cfg(unix)]
    #[test]
    fn a_symbolic_link_is_followed_and_stays_one() {
        let folder = tempfile::tempdir().unwrap();
        let (real, link) = (folder.path().join("real.token"), folder.path().join("link.token"));
        TokenFile::new(&real).create(b"one").unwrap();
        std::os::unix::fs::symlink(&real, &link).unwrap();
        TokenFile::new(&link).hold().unwrap().replace(b"two").unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read(&real).unwrap(), b"two");
    }

    #[test]
    fn a_file_marked_read_only_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let file = TokenFile::new(folder.path().join("user.token"));
        file.create(b"one").unwrap();
        let mut permissions = fs::metadata(file.path()).unwrap().permissions();
        permissions.set_readonly(true);
        fs::set_permissions(file.path(), permissions).unwrap();
        let error = file.hold().unwrap().replace(b"two").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::PermissionDenied);
        assert_eq!(file.read().unwrap(), b"one");
    }

    #[test]
    fn no_step_of_many_holders_is_lost() {
        let folder = tempfile::tempdir().unwrap();
        let file = TokenFile::new(folder.path().join("count"));
        file.create(b"0").unwrap();
        let start = Arc::new(Barrier::new(8));
        let threads: Vec<_> = (0..8)
            .map(|_| {
                let (file, start) = (file.clone(), Arc::clone(&start));
                std::thread::spawn(move || {
                    start.wait();
                    for _ in 0..10 {
                        // Two writes while held, as a log-in does: the name changes its file between them.
                        let mut held = file.hold().unwrap();
                        let count: u32 = String::from_utf8(held.read().unwrap()).unwrap().parse().unwrap();
                        held.replace(b"writing").unwrap();
                        held.replace((count + 1).to_string().as_bytes()).unwrap();
                    }
                })
            })
            .collect();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        assert_eq!(file.read().unwrap(), b"80");
        assert_eq!(names(folder.path()), ["count"]);
    }
}
