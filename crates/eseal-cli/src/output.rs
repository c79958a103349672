//! Everything the command prints or writes: text and JSON to stdout, the rest to stderr, files all or nothing.

use std::fs::{self, File};
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::path::{Path, PathBuf};

use eseal::time::Instant;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::tz::TimeZone;
use serde_json::Value as Json;
use tempfile::NamedTempFile;

use crate::failure::{Failure, Outcome, reason};

/// How results are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// For people.
    Text,
    /// One JSON object.
    Json,
    /// One JSON object a line.
    JsonLines,
}

/// When something is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum When {
    /// When the stream is a terminal.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// A colour, by what it says.
#[derive(Clone, Copy)]
pub(crate) enum Colour {
    /// It holds.
    Good,
    /// It does not hold.
    Bad,
    /// It could not be told.
    Doubt,
    /// Beside the point.
    Dim,
}

/// Where and how a run prints.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    /// The shape of results.
    pub(crate) shape: Shape,
    /// Whether text on stdout has colours.
    pub(crate) coloured: bool,
    /// Only errors on stderr.
    pub(crate) quiet: bool,
    /// More lines for people.
    pub(crate) verbose: bool,
    /// When a progress bar shows.
    pub(crate) progress: When,
}

impl Output {
    /// Whether results are JSON.
    pub(crate) fn is_json(self) -> bool {
        self.shape != Shape::Text
    }

    /// Prints a JSON object in the chosen shape.
    pub(crate) fn json(self, value: &Json) -> Outcome<()> {
        let mut text = if self.shape == Shape::JsonLines { value.to_string() } else { format!("{value:#}") };
        text.push('\n');
        to_stdout(text.as_bytes())
    }

    /// Prints text for people on stdout.
    pub(crate) fn text(self, text: &str) -> Outcome<()> {
        to_stdout(text.as_bytes())
    }

    /// Says something beside the result, on stderr, unless that was not wanted.
    pub(crate) fn note(self, line: &str) {
        if !self.quiet {
            // Nothing can be done when stderr is gone.
            let _ = writeln!(io::stderr(), "{}", crate::failure::one_line(line));
        }
    }

    /// The text in a colour, if colours are wanted.
    pub(crate) fn paint(self, colour: Colour, text: &str) -> String {
        let number = match colour {
            Colour::Good => 32,
            Colour::Bad => 31,
            Colour::Doubt => 33,
            Colour::Dim => 2,
        };
        if self.coloured { format!("\u{1b}[{number}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    /// A progress bar over this many files; silent for one file and where it is not wanted.
    pub(crate) fn progress(self, files: usize) -> ProgressBar {
        let shown = match self.progress {
            When::Always => true,
            When::Never => false,
            When::Auto => files > 1 && !self.quiet && io::stderr().is_terminal(),
        };
        if !shown {
            return ProgressBar::hidden();
        }
        let target = ProgressDrawTarget::stderr_with_hz(10);
        let bar = ProgressBar::with_draw_target(u64::try_from(files).ok(), target);
        let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {wide_msg}");
        bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
    }
}

/// Prints on stderr; what cannot be printed there is lost.
pub(crate) fn to_stderr(text: &str) {
    let _ = io::stderr().write_all(text.as_bytes());
}

/// Prints on stdout. A reader that has gone away is its own affair: the exit code still tells the truth.
pub(crate) fn to_stdout(bytes: &[u8]) -> Outcome<()> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::new("output-stdout").fill("reason", reason(&error)))
        }
        _ => Ok(()),
    }
}

/// Who may read a result.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Readers {
    AsUsual,
    OwnerAlone,
}

/// Where a result file goes: a path, or `-` for stdout.
#[derive(Clone, Debug)]
pub(crate) struct Target<'p> {
    path: &'p Path,
    force: bool,
}

impl<'p> Target<'p> {
    /// A target; checked here so that nobody types a PIN before hearing that the file is already there.
    pub(crate) fn new(path: &'p Path, force: bool) -> Outcome<Self> {
        if is_stdout(path) {
            if io::stdout().is_terminal() {
                return Err(Failure::new("output-terminal"));
            }
        } else if !force && fs::symlink_metadata(path).is_ok() {
            return Err(Failure::new("output-exists").at(path));
        }
        Ok(Self { path, force })
    }

    /// The path as it was given.
    pub(crate) const fn path(&self) -> &'p Path {
        self.path
    }

    /// Writes the whole content or nothing.
    pub(crate) fn write(&self, bytes: &[u8]) -> Outcome<()> {
        self.write_for(Readers::AsUsual, bytes)
    }

    /// The same for a secret: only its owner can read the file, also where another one is replaced.
    pub(crate) fn write_private(&self, bytes: &[u8]) -> Outcome<()> {
        self.write_for(Readers::OwnerAlone, bytes)
    }

    /// Lets `fill` write a secret of any length piece by piece: the whole of it, or nothing.
    pub(crate) fn stream_private(&self, fill: impl FnOnce(&mut dyn Write) -> Outcome<()>) -> Outcome<()> {
        if is_stdout(self.path) {
            return fill(&mut io::stdout().lock());
        }
        let failed = |error: &io::Error| match error.kind() {
            ErrorKind::AlreadyExists => Failure::new("output-exists").at(self.path),
            _ => Failure::file("output-write", self.path, error),
        };
        let (path, file) = temporary(self.path, self.force, Readers::OwnerAlone).map_err(|error| failed(&error))?;
        let mut out = io::BufWriter::new(file);
        fill(&mut out)?;
        let file = out.into_inner().map_err(|error| failed(error.error()))?;
        finish(file, &path, self.force, || {}).map_err(|error| failed(&error))
    }

    fn write_for(&self, readers: Readers, bytes: &[u8]) -> Outcome<()> {
        if is_stdout(self.path) {
            return to_stdout(bytes);
        }
        write_file(self.path, bytes, self.force, readers, || {}).map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => Failure::new("output-exists").at(self.path),
            _ => Failure::file("output-write", self.path, &error),
        })
    }
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Whether the path means stdin or stdout.
pub(crate) fn is_stdout(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Writes beside the target, syncs, then renames: whoever looks sees the old file or the new one, never half of one.
///
/// `before_rename` runs between the two, for the test that dies there.
fn write_file(
    path: &Path,
    bytes: &[u8],
    force: bool,
    readers: Readers,
    before_rename: impl FnOnce(),
) -> io::Result<()> {
    let (path, mut file) = temporary(path, force, readers)?;
    file.write_all(bytes)?;
    finish(file, &path, force, before_rename)
}

/// A temporary file beside the target, and where it has to go in the end.
fn temporary(path: &Path, force: bool, readers: Readers) -> io::Result<(PathBuf, NamedTempFile)> {
    // Replacing a link would leave the file it points at untouched: follow it.
    let path: PathBuf =
        if force { fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()) } else { path.to_owned() };
    let folder = folder_of(&path);
    let mut builder = tempfile::Builder::new();
    builder.prefix(".eseal-");
    // A temporary file is its owner's alone unless it is told otherwise.
    #[cfg(unix)]
    if readers == Readers::AsUsual {
        use std::os::unix::fs::PermissionsExt;
        // An ordinary file's mode, cut by the umask; a replaced file keeps the mode it had.
        let mode = fs::metadata(&path).map_or(0o666, |old| old.permissions().mode() & 0o777);
        builder.permissions(fs::Permissions::from_mode(mode));
    }
    let file = builder.tempfile_in(folder)?;
    Ok((path, file))
}

/// Syncs a file that is whole and gives it its name.
fn finish(file: NamedTempFile, path: &Path, force: bool, before_rename: impl FnOnce()) -> io::Result<()> {
    file.as_file().sync_all()?;
    before_rename();
    let folder = folder_of(path).to_owned();
    if force {
        file.persist(path).map_err(|error| error.error)?;
    } else {
        file.persist_noclobber(path).map_err(|error| error.error)?;
    }
    // The name itself is on disk only when its folder is. Not every file system can, and the content is safe by now.
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
    Ok(())
}

/// Writes a file all or nothing without waiting for the disk: for one of many, which can be had again should the machine
/// stop. What a killed run left half written beside it is written anew.
pub(crate) fn write_one_of_many(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let beside = path.with_file_name(format!(".eseal-{name}.part"));
    fs::write(&beside, bytes)?;
    fs::rename(&beside, path)
}

/// Writes a new file that only its owner can read, all or nothing.
pub(crate) fn write_new_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = folder_of(path);
    // A temporary file has mode 0600 from its first byte on.
    let mut file = tempfile::Builder::new().prefix(".eseal-").tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist_noclobber(path).map(|_| ()).map_err(|error| error.error)
}

/// A time as people read it, in the time zone of this machine.
pub(crate) fn local_time(at: Instant) -> String {
    match jiff::Timestamp::from_second(at.unix()) {
        Ok(stamp) => stamp.to_zoned_datetime(TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S %:z").to_string(),
        Err(_) => at.to_rfc3339(),
    }
}

/// Reads a time: RFC 3339, or a date or a date and a time of this machine's zone.
pub(crate) fn parse_time(text: &str) -> Result<Instant, String> {
    if let Ok(at) = Instant::parse(text) {
        return Ok(at);
    }
    let fault = || "time".to_owned();
    let local = text.trim().replacen(' ', "T", 1);
    let civil: jiff::civil::DateTime = local.parse().map_err(|_| fault())?;
    let zoned = civil.to_zoned_datetime(TimeZone::system()).map_err(|_| fault())?;
    Ok(Instant::from_unix(zoned.timestamp().as_second()))
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn a_file_is_not_replaced_without_force() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out");
        fs::write(&path, b"old").unwrap();
        assert_eq!(Target::new(&path, false).unwrap_err().code(), "output-exists");
        // It may also appear between the look and the write.
        let late = Target { path: &path, force: false }.write(b"new").unwrap_err();
        assert_eq!(late.code(), "output-exists");
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(names(folder.path()), ["out"]);
        Target::new(&path, true).unwrap().write(b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
    }

    #[test]
    fn a_writer_that_dies_before_the_rename_leaves_the_old_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out");
        fs::write(&path, b"old").unwrap();
        let died = catch_unwind(AssertUnwindSafe(|| {
            write_file(&path, b"new", true, Readers::AsUsual, || panic!("killed here"))
        }));
        assert!(died.is_err());
        assert_eq!(fs::read(&path).unwrap(), b"old");
        let fresh = folder.path().join("fresh");
        assert!(
            catch_unwind(AssertUnwindSafe(|| write_file(&fresh, b"new", false, Readers::AsUsual, || panic!(
                "killed here"
            ))))
            .is_err()
        );
        assert!(!fresh.exists());
    }

    #[test]
    fn at_the_rename_the_whole_content_already_lies_beside_the_target() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out");
        write_file(&path, b"whole", false, Readers::AsUsual, || {
            let beside = names(folder.path());
            assert_eq!(beside.len(), 1);
            assert_eq!(fs::read(folder.path().join(&beside[0])).unwrap(), b"whole");
        })
        .unwrap();
        assert_eq!(names(folder.path()), ["out"]);
    }

    #[test]
    fn a_folder_that_is_not_there_and_a_full_disk_are_could_not() {
        let folder = tempfile::tempdir().unwrap();
        let missing = folder.path().join("no/such/out");
        let failure = Target::new(&missing, false).unwrap().write(b"x").unwrap_err();
        assert_eq!((failure.code(), failure.exit()), ("output-write", crate::exit::Exit::CouldNot));
    }

    #[cfg(unix)]
    #[test]
    fn force_writes_through_a_link_and_keeps_the_mode() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = tempfile::tempdir().unwrap();
        let (real, link) = (folder.path().join("real"), folder.path().join("link"));
        fs::write(&real, b"old").unwrap();
        fs::set_permissions(&real, fs::Permissions::from_mode(0o600)).unwrap();
        symlink(&real, &link).unwrap();
        Target::new(&link, true).unwrap().write(b"new").unwrap();
        assert_eq!(fs::read(&real).unwrap(), b"new");
        assert_eq!(fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(fs::symlink_metadata(&link).unwrap().file_type().is_symlink());
    }

    #[test]
    fn times_are_read_with_an_offset_or_as_local() {
        assert_eq!(parse_time("2026-11-24T14:00:00+08:00").unwrap().to_rfc3339(), "2026-11-24T06:00:00Z");
        assert!(parse_time("2026-11-24").is_ok());
        assert!(parse_time("2026-11-24 08:30").is_ok());
        for text in ["", "yesterday", "2026-13-01", "24.11.2026"] {
            assert!(parse_time(text).is_err(), "{text}");
        }
    }
}
