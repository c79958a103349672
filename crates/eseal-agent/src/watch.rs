use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::SystemTime;

use eseal::sm::PublicKey;
use eseal::token::Token;
use eseal::token::TokenError;
use eseal::token::TokenFile;
use eseal::token::TokenInfo;

/// What became of a token since its keys were lent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gone {
    /// It was locked: somebody tried PINs.
    Locked,
    /// It was sealed anew (unlocked elsewhere), replaced, moved, or lost a key.
    Changed,
}

/// Looks after a token whose keys an agent holds. Asked before each use, so it must be quick where nothing has changed.
pub trait Watch: Send + Sync {
    /// Whether the token is still as it was when the keys were taken from it.
    ///
    /// # Errors
    /// What became of it.
    fn look(&self) -> Result<(), Gone>;
}

/// Looks after a token in a file. The file is read only when its place, size or time of change is another one than before.
pub struct FileWatch {
    path: PathBuf,
    serial: String,
    epoch: u64,
    keys: Vec<PublicKey>,
    seen: Mutex<Option<Mark>>,
}

/// What a file system tells about a file without reading it. Tokens are replaced by renaming, so the number changes too.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Mark {
    number: u64,
    length: u64,
    changed: SystemTime,
}

impl Mark {
    fn of(path: &Path) -> Option<Self> {
        let about = fs::metadata(path).ok()?;
        #[cfg(unix)]
        let number = std::os::unix::fs::MetadataExt::ino(&about);
        #[cfg(not(unix))]
        let number = 0;
        Some(Self { number, length: about.len(), changed: about.modified().ok()? })
    }
}

impl FileWatch {
    /// Begins to look after the token in this file, as its session knows it.
    ///
    /// The path must stay good when the process goes elsewhere: an absolute one.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>, info: &TokenInfo) -> Self {
        Self {
            path: path.into(),
            serial: info.serial.clone(),
            epoch: info.epoch,
            keys: info.objects.iter().map(|object| object.public_key.clone()).collect(),
            // Nothing seen yet: the file may have been replaced between the log-in and now.
            seen: Mutex::new(None),
        }
    }

    fn read(&self) -> Result<(), Gone> {
        let info = Token::open(TokenFile::new(&self.path)).and_then(|token| token.info());
        let info = info.map_err(|error| match error {
            TokenError::Locked => Gone::Locked,
            _ => Gone::Changed,
        })?;
        let same = info.serial == self.serial && info.epoch == self.epoch;
        let whole = self.keys.iter().all(|key| info.objects.iter().any(|object| object.public_key == *key));
        match (same && whole, info.locked) {
            (true, false) => Ok(()),
            (true, true) => Err(Gone::Locked),
            (false, _) => Err(Gone::Changed),
        }
    }
}

impl Watch for FileWatch {
    fn look(&self) -> Result<(), Gone> {
        let mark = Mark::of(&self.path).ok_or(Gone::Changed)?;
        // A panic elsewhere leaves a mark that is whole.
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if *seen == Some(mark) {
            return Ok(());
        }
        self.read()?;
        *seen = Some(mark);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use eseal::time::Instant;
    use eseal::token::KdfCost;
    use eseal::token::KeyUse;
    use eseal::token::NewToken;
    use eseal::token::Pin;

    use super::*;

    fn pin(text: &str) -> Pin {
        Pin::new(text).unwrap()
    }

    fn token(path: &Path) -> Token {
        let pin = pin("correct horse battery");
        let new = NewToken { kdf: KdfCost::demo(2), ..NewToken::file("fake token", &pin) };
        Token::create(TokenFile::new(path), new, Instant::from_unix(1_795_000_000)).unwrap().0
    }

    #[test]
    fn a_login_elsewhere_does_not_disturb_and_a_lock_does() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.token");
        let token = token(&path);
        let session = token.log_in(&pin("correct horse battery"), None).unwrap();
        let watch = FileWatch::new(&path, &session.info().unwrap());
        assert_eq!((watch.look(), watch.look()), (Ok(()), Ok(())));
        assert!(token.log_in(&pin("incorrect horse"), None).is_err());
        assert_eq!(watch.look(), Ok(()));
        let mut elsewhere = token.log_in(&pin("correct horse battery"), None).unwrap();
        elsewhere.generate_key(KeyUse::Sign).unwrap();
        assert_eq!(watch.look(), Ok(()), "a new key takes none away");
        for _ in 0..6 {
            assert!(token.log_in(&pin("incorrect horse"), None).is_err());
        }
        assert_eq!(watch.look(), Err(Gone::Locked));
    }

    #[test]
    fn a_file_that_is_gone_damaged_or_another_token_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let (path, other) = (folder.path().join("a.token"), folder.path().join("b.token"));
        let (_, other_token) = (token(&path), token(&other));
        let info = other_token.info().unwrap();
        let watch = FileWatch::new(&path, &info);
        assert_eq!(watch.look(), Err(Gone::Changed), "another serial number");
        let watch = FileWatch::new(&other, &info);
        assert_eq!(watch.look(), Ok(()));
        let bytes = fs::read(&other).unwrap();
        fs::write(&other, &bytes[..bytes.len() / 2]).unwrap();
        assert_eq!(watch.look(), Err(Gone::Changed));
        fs::write(&other, &bytes).unwrap();
        assert_eq!(watch.look(), Ok(()), "it is back");
        fs::remove_file(&other).unwrap();
        assert_eq!(watch.look(), Err(Gone::Changed));
        let sealed_anew = FileWatch { epoch: info.epoch + 1, ..FileWatch::new(&path, &token_info(&path)) };
        assert_eq!(sealed_anew.look(), Err(Gone::Changed));
    }

    fn token_info(path: &Path) -> TokenInfo {
        Token::open(TokenFile::new(path)).unwrap().info().unwrap()
    }
}
