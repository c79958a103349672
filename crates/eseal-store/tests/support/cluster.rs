//! A PostgreSQL server for tests: the one that `ESEAL_TEST_POSTGRES` names, else one of its own in a temporary folder.
//!
//! Its own server listens on a socket in that folder only, and ends with the test program, however that ends. Where
//! PostgreSQL is not installed the tests are skipped aloud, except where `CI` is set.

use std::path::Path;
use std::path::PathBuf;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::sync::OnceLock;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering;
use std::time::Duration;
use std::time::Instant;

use postgres::Client;
use postgres::NoTls;

/// Whether the server waits for the disk. Benches measure what would outlive a power failure; tests only kill processes,
/// and what was written outlives that anyway.
pub(crate) static DURABLE: AtomicBool = AtomicBool::new(false);

/// A database that is dropped with this value.
pub(crate) struct Database {
    pub(crate) url: String,
    server: String,
    name: String,
}

impl Database {
    /// A new, empty database; `None` where there is no PostgreSQL.
    pub(crate) fn new() -> Option<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let server = server()?.to_owned();
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("eseal_test_{}_{number}", std::process::id());
        let mut client = Client::connect(&server, NoTls).expect("the server answers");
        client.batch_execute(&format!("DROP DATABASE IF EXISTS {name}")).expect("drops what an earlier run left");
        client.batch_execute(&format!("CREATE DATABASE {name}")).expect("makes a database");
        let url = with_database(&server, &name);
        Some(Self { url, server, name })
    }

    /// A connection beside the store, for whoever edits by hand.
    pub(crate) fn client(&self) -> Client {
        Client::connect(&self.url, NoTls).expect("the server answers")
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Ok(mut client) = Client::connect(&self.server, NoTls) {
            let _ = client.batch_execute(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name));
        }
    }
}

/// The address with another database in it.
fn with_database(url: &str, name: &str) -> String {
    let (scheme, rest) = url.split_once("://").expect("an address has a scheme");
    let (path, query) = rest.split_once('?').map_or((rest, String::new()), |(path, query)| (path, format!("?{query}")));
    let authority = path.split('/').next().unwrap_or_default();
    format!("{scheme}://{authority}/{name}{query}")
}

/// The address of the server, started once for this program.
fn server() -> Option<&'static str> {
    static SERVER: OnceLock<Option<(String, Option<Child>)>> = OnceLock::new();
    let server = SERVER.get_or_init(|| {
        if let Ok(url) = std::env::var("ESEAL_TEST_POSTGRES") {
            return Some((url, None));
        }
        let Some(programs) = programs() else {
            assert!(std::env::var_os("CI").is_none(), "PostgreSQL is not installed, and CI is set");
            eprintln!("skipped: PostgreSQL is not installed, and ESEAL_TEST_POSTGRES names no server");
            return None;
        };
        Some(start(&programs))
    });
    server.as_ref().map(|(url, _)| url.as_str())
}

/// Where `initdb` and `postgres` are: Debian keeps them out of the path.
fn programs() -> Option<PathBuf> {
    let mut folders: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .map(|versions| versions.flatten().map(|version| version.path().join("bin")).collect())
        .unwrap_or_default();
    folders.sort();
    folders.reverse();
    folders.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
    folders.into_iter().find(|folder| folder.join("initdb").is_file() && folder.join("postgres").is_file())
}

/// Runs a script as a user that PostgreSQL accepts: it refuses root.
fn shell(script: &str) -> Command {
    let root = Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n");
    let mut command = if root {
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--", "sh", "-c", script]);
        command
    } else {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    };
    command.current_dir("/");
    command
}

fn start(programs: &Path) -> (String, Option<Child>) {
    let made = shell("mktemp -d /tmp/eseal-postgres-XXXXXX").output().expect("makes a folder");
    let folder = String::from_utf8(made.stdout).expect("a path").trim().to_owned();
    assert!(!folder.is_empty(), "no folder: {}", String::from_utf8_lossy(&made.stderr));
    let programs = programs.display();
    let fsync = if DURABLE.load(Ordering::Relaxed) { "on" } else { "off" };
    // The server ends when its standard input does, which is when this program has gone.
    let script = format!(
        "cd {folder} || exit 1
         {programs}/initdb -D data -A trust -U postgres -E UTF8 --no-locale --no-sync >initdb.log 2>&1 || exit 1
         {programs}/postgres -D data -c fsync={fsync} -c listen_addresses= -c unix_socket_directories={folder} >server.log 2>&1 &
         server=$!
         cat >/dev/null
         kill -INT $server; wait $server; cd /; rm -rf {folder}"
    );
    let mut child =
        shell(&script).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("starts");
    let url = format!("postgres:///postgres?user=postgres&host={folder}");
    let limit = Instant::now() + Duration::from_secs(60);
    while Client::connect(&url, NoTls).is_err() {
        if Instant::now() > limit || child.try_wait().is_ok_and(|ended| ended.is_some()) {
            let log = |name: &str| std::fs::read_to_string(format!("{folder}/{name}")).unwrap_or_default();
            panic!("PostgreSQL does not start: {} {}", log("initdb.log"), log("server.log"));
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    (url, Some(child))
}
