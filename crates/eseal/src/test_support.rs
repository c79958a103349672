//! What unit tests share: where the sample files are, if they are there.

use std::io::Write;
use std::path::PathBuf;

/// The folder of sample files beside the project, or `None` with a printed reason.
///
/// In CI (`CI=true`) its absence fails the test.
pub(crate) fn shared() -> Option<PathBuf> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    if path.is_dir() {
        return Some(path);
    }
    assert!(std::env::var("CI").as_deref() != Ok("true"), "../shared must be there in CI");
    // Past the test runner's capture, so that a skipped test is seen.
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    let _ = writeln!(std::io::stderr(), "skipped: {test}: ../shared is not there");
    None
}
