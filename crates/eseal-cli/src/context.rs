//! What every command gets: the global flags, the messages, where to print, and the time.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use eseal::cert::ocsp::OcspResponse;
use eseal::cert::{Certificate, CertificateResponse, RevocationList, Trust};
use eseal::cms::{MessageKind, SignedMessage};
use eseal::time::Instant;

use crate::args::{AtArgs, Globals};
use crate::failure::{Failure, Outcome};
use crate::messages::{Messages, Value};
use crate::output::{Output, is_stdout};

/// Largest input that is a certificate, request, list, token, seal or picture; all are far smaller.
pub(crate) const SMALL: u64 = 32 << 20;
/// Largest document; it is held in memory once.
pub(crate) const DOCUMENT: u64 = 2 << 30;

/// The surroundings of a run.
pub(crate) struct Context {
    /// The global flags.
    pub(crate) globals: Globals,
    /// Sentences in the user's language.
    pub(crate) messages: Messages,
    /// Where and how to print.
    pub(crate) output: Output,
    /// The time of this run, read from the clock once.
    pub(crate) now: Instant,
}

impl Context {
    /// A sentence in the user's language.
    pub(crate) fn text(&self, id: &str, values: &[(&str, Value)]) -> String {
        self.messages.text(id, values)
    }

    /// The office's folder: `--home`, `ESEAL_HOME`, else `eseal` among the user's data.
    pub(crate) fn home(&self) -> Outcome<PathBuf> {
        if let Some(home) = &self.globals.home {
            return Ok(home.clone());
        }
        let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        variable("XDG_DATA_HOME")
            .or_else(|| variable("HOME").map(|home| home.join(".local/share")))
            .map(|data| data.join("eseal"))
            .ok_or_else(|| Failure::new("home-unknown"))
    }

    /// The time to judge by.
    pub(crate) fn at(&self, args: &AtArgs) -> Instant {
        args.at.unwrap_or(self.now)
    }

    /// Reads one certificate.
    pub(crate) fn certificate(&self, path: &Path) -> Outcome<Certificate> {
        let bytes = self.read(path, SMALL)?;
        Certificate::from_bytes(&bytes).map_err(|error| Failure::from(error).at(path))
    }

    /// Reads a holder's certificate: alone, or the first of an authority's answer.
    pub(crate) fn holder_certificate(&self, path: &Path) -> Outcome<Certificate> {
        let bytes = self.read(path, SMALL)?;
        let response = CertificateResponse::from_bytes(&bytes).map_err(|error| Failure::from(error).at(path))?;
        response.signing().first().cloned().ok_or_else(|| Failure::new("trust-empty").at(path))
    }

    /// The certificates to trust: `--trust`, else the paths in `ESEAL_TRUST`. None given is an empty trust.
    pub(crate) fn trust(&self) -> Outcome<Known> {
        let mut paths = self.globals.trust.clone();
        if paths.is_empty() {
            paths.extend(std::env::var_os("ESEAL_TRUST").iter().flat_map(std::env::split_paths));
            paths.retain(|path| !path.as_os_str().is_empty());
        }
        Known::read(&paths)
    }

    /// The revocation lists of these paths; in a folder, the files that end in `.crl`.
    pub(crate) fn revocation_lists(&self, paths: &[PathBuf]) -> Outcome<Vec<RevocationList>> {
        let mut lists = Vec::new();
        for path in paths {
            let found = files(path, &["crl"])?;
            if found.is_empty() {
                return Err(Failure::new("crl-empty").at(path));
            }
            for file in found {
                let bytes = self.read(&file, RevocationList::MAX_FILE as u64)?;
                lists.extend(RevocationList::many_from_bytes(&bytes).map_err(|error| Failure::from(error).at(&file))?);
            }
        }
        Ok(lists)
    }

    /// The OCSP responses of these paths; in a folder, the files that end in `.ors` or `.ocsp`.
    pub(crate) fn ocsp_responses(&self, paths: &[PathBuf]) -> Outcome<Vec<OcspResponse>> {
        let mut responses = Vec::new();
        for path in paths {
            for file in files(path, &["ors", "ocsp"])? {
                let bytes = self.read(&file, SMALL)?;
                responses.push(OcspResponse::from_der(&bytes).map_err(|error| Failure::from(error).at(&file))?);
            }
        }
        Ok(responses)
    }

    /// Reads a whole file, or stdin for `-`, up to a limit.
    pub(crate) fn read(&self, path: &Path, limit: u64) -> Outcome<Vec<u8>> {
        read(path, limit)
    }
}

/// Certificates that were given to judge by.
pub(crate) struct Known {
    /// Trusted by themselves.
    pub(crate) anchors: Trust,
    /// Trusted as far as their own issuer says so.
    pub(crate) intermediates: Vec<Certificate>,
}

impl Known {
    /// Reads the certificates of these paths, files or folders.
    pub(crate) fn read(paths: &[PathBuf]) -> Outcome<Self> {
        let mut given = Vec::new();
        for path in paths {
            let found = files(path, &["pem", "crt", "cer", "der", "p7b", "p7c"])?;
            if found.is_empty() {
                return Err(Failure::new("trust-empty").at(path));
            }
            for file in found {
                let bytes = read(&file, SMALL)?;
                given.extend(certificates_in(&bytes).map_err(|failure| failure.at(&file))?);
            }
        }
        Ok(Self::sort(given))
    }

    /// A certificate whose issuer was given as well is no anchor: it counts as long as that issuer stands behind it. So a
    /// folder may hold a root with the authorities beneath it, and revoking one of those has an effect.
    fn sort(given: Vec<Certificate>) -> Self {
        let issued_by_another = |one: &Certificate| {
            !one.is_self_issued() && given.iter().any(|other| other != one && other.subject().matches(one.issuer()))
        };
        let (intermediates, anchors): (Vec<_>, Vec<_>) = given.iter().cloned().partition(issued_by_another);
        Self { anchors: anchors.into_iter().collect(), intermediates }
    }
}

/// Every certificate in a file: PEM, one in DER, or those of a message that carries a chain (p7b).
pub(crate) fn certificates_in(bytes: &[u8]) -> Outcome<Vec<Certificate>> {
    match MessageKind::of(bytes) {
        Some((_, MessageKind::Signed)) => Ok(SignedMessage::from_bytes(bytes)?.certificates().to_vec()),
        _ => Ok(Certificate::many_from_bytes(bytes)?),
    }
}

/// Reads a whole file, or stdin for `-`, up to a limit in bytes.
pub(crate) fn read(path: &Path, limit: u64) -> Outcome<Vec<u8>> {
    let unreadable = |error: std::io::Error| Failure::file("input-unreadable", path, &error);
    let (mut input, size): (Box<dyn Read>, u64) = if is_stdout(path) {
        (Box::new(std::io::stdin().lock()), 0)
    } else {
        let file = fs::File::open(path).map_err(unreadable)?;
        let about = file.metadata().map_err(unreadable)?;
        if about.is_dir() {
            return Err(Failure::new("input-folder").at(path));
        }
        (Box::new(file), about.len())
    };
    let mut bytes = Vec::with_capacity(usize::try_from(size.min(limit)).unwrap_or(0));
    input.by_ref().take(limit + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > limit {
        let limit = i64::try_from(limit >> 20).unwrap_or(i64::MAX);
        return Err(Failure::new("input-too-large").at(path).with("limit", limit));
    }
    Ok(bytes)
}

/// Hands the bytes of a file, or of stdin for `-`, on piece by piece: for files of any size.
pub(crate) fn stream(path: &Path, mut take: impl FnMut(&[u8])) -> Outcome<()> {
    let unreadable = |error: std::io::Error| Failure::file("input-unreadable", path, &error);
    let mut input: Box<dyn Read> = if is_stdout(path) {
        Box::new(std::io::stdin().lock())
    } else if path.is_dir() {
        return Err(Failure::new("input-folder").at(path));
    } else {
        Box::new(fs::File::open(path).map_err(unreadable)?)
    };
    let mut buffer = vec![0; 1 << 20];
    loop {
        match input.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(count) => take(&buffer[..count]),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(unreadable(error)),
        }
    }
}

/// The files a path names: itself, or what lies directly in a folder with one of these endings, by name.
pub(crate) fn files(path: &Path, endings: &[&str]) -> Outcome<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let unreadable = |error: std::io::Error| Failure::file("input-unreadable", path, &error);
    let mut found = Vec::new();
    for entry in fs::read_dir(path).map_err(unreadable)? {
        let file = entry.map_err(unreadable)?.path();
        let ending = file.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
        if file.is_file() && endings.contains(&ending.as_str()) {
            found.push(file);
        }
    }
    found.sort();
    Ok(found)
}
