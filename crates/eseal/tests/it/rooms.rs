//! The walls of the house, held against ARCHITECTURE.md: which room may use which, and what the core never touches.

mod scan;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use crate::support::workspace;
use scan::{Use, scan};

/// Names that the crate root offers beside its rooms.
const ROOT_ITEMS: [&str; 2] = ["Lang", "test_support"];

/// What the core may never name outside its tests: a clock, the network, SQL, a terminal, the environment.
const FORBIDDEN: [(&str, &str); 15] = [
    ("SystemTime", "reads a clock"),
    ("std::time::Instant", "reads a clock"),
    ("Instant::now", "reads a clock"),
    ("Timestamp::now", "reads a clock"),
    ("Zoned::now", "reads a clock"),
    ("TimeZone::system", "depends on the machine"),
    ("std::net", "is the network"),
    ("std::process", "starts or ends a process"),
    ("std::env", "depends on the machine"),
    ("io::stdin", "is a terminal"),
    ("io::stdout", "is a terminal"),
    ("io::stderr", "is a terminal"),
    ("println!", "is a terminal"),
    ("eprintln!", "is a terminal"),
    ("rusqlite", "is SQL"),
];

/// Crates for ASN.1, PDF or SM, which only the library may name: whole names, or beginnings with a star.
const NOT_FOR_THE_COMMAND: [&str; 20] = [
    "asn1*",
    "cms",
    "const-oid",
    "der",
    "digest",
    "ecdsa",
    "elliptic-curve",
    "flate2",
    "gm-*",
    "hayro*",
    "hkdf",
    "hmac",
    "libsm",
    "lopdf",
    "openssl*",
    "pdf*",
    "pkcs*",
    "rasn*",
    "sm*",
    "x509*",
];

/// The table of ARCHITECTURE.md, rows in their order.
struct Rooms {
    rows: Vec<(String, BTreeSet<String>)>,
}

impl Rooms {
    fn of(document: &str) -> Self {
        let words = |cell: &str| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
        let mut rows = Vec::new();
        for line in document.lines().skip_while(|line| !line.starts_with("| Room |")).skip(2) {
            let cells: Vec<&str> = line.split('|').map(str::trim).collect();
            let [_, room, _, uses, _] = cells.as_slice() else { break };
            let [room] = words(room).try_into().expect("a row names one room");
            rows.push((room, words(uses).into_iter().collect()));
        }
        Self { rows }
    }

    fn names(&self) -> BTreeSet<String> {
        self.rows.iter().map(|(room, _)| room.clone()).collect()
    }

    /// What each room may use: what its row names, with what those use.
    fn allowed(&self) -> BTreeMap<String, BTreeSet<String>> {
        let mut allowed = BTreeMap::<String, BTreeSet<String>>::new();
        for (room, uses) in &self.rows {
            let mut all = BTreeSet::new();
            for used in uses {
                let below = allowed.get(used).unwrap_or_else(|| panic!("{room} uses {used}, which is not above it"));
                all.extend(below.iter().cloned());
                all.insert(used.clone());
            }
            assert!(allowed.insert(room.clone(), all).is_none(), "{room} has two rows");
        }
        allowed
    }
}

fn documented_rooms() -> Rooms {
    Rooms::of(&fs::read_to_string(workspace().join("ARCHITECTURE.md")).unwrap())
}

fn sources() -> PathBuf {
    workspace().join("crates/eseal/src")
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// Every breach of a wall under a folder of sources, one line each.
fn breaches(sources: &Path, rooms: &Rooms) -> Vec<String> {
    let allowed = rooms.allowed();
    let mut found = Vec::new();
    for file in rust_files(sources) {
        let inside = file.strip_prefix(sources).unwrap();
        let mut parts: Vec<&str> = inside.iter().map(|part| part.to_str().unwrap()).collect();
        let name = parts.pop().unwrap();
        let Some(room) = parts.first().copied() else { continue };
        let depth = parts.len() + usize::from(name != "mod.rs");
        let of_tests = name == "tests.rs" || parts.contains(&"tests");
        let text = fs::read_to_string(&file).unwrap();
        for Use { line, name, of_test, .. } in scan(&text, depth).uses {
            let at = format!("{}:{line}", inside.display());
            if name == room || (name == "test_support" && (of_test || of_tests)) || name == "Lang" {
                continue;
            }
            if name == "{" || name == "*" {
                found.push(format!("{at}: names several rooms in one line"));
            } else if !allowed.contains_key(&name) {
                found.push(format!("{at}: {name} is no room"));
            } else if !allowed.get(room).is_some_and(|allowed| allowed.contains(&name)) {
                found.push(format!("{at}: the room {room} may not use {name}"));
            }
        }
    }
    found
}

/// Every place outside tests where the core names something of [`FORBIDDEN`].
fn worldly_names(sources: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for file in rust_files(sources) {
        if file.ends_with("test_support.rs") || file.ends_with("tests.rs") {
            continue;
        }
        let text = fs::read_to_string(&file).unwrap();
        for (number, line) in scan(&text, 0).code_outside_tests.lines().enumerate() {
            for (name, why) in FORBIDDEN {
                if line.contains(name) {
                    found.push(format!("{}:{}: {name} {why}", file.display(), number + 1));
                }
            }
        }
    }
    found
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}

/// The breaches of a copy of the sources to whose file `name` a line was added.
fn breaches_with(name: &str, line: &str) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    copy(&sources(), folder.path());
    let file = folder.path().join(name);
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, format!("{text}\n{line}\n")).unwrap();
    let mut found = breaches(folder.path(), &documented_rooms());
    found.extend(worldly_names(folder.path()));
    found
}

#[test]
fn every_room_uses_only_the_rooms_that_the_architecture_allows_it() {
    let found = breaches(&sources(), &documented_rooms());
    assert!(found.is_empty(), "walls are broken:\n{}", found.join("\n"));
}

#[test]
fn the_architecture_names_every_room_of_the_crate_and_no_other() {
    let root = fs::read_to_string(sources().join("lib.rs")).unwrap();
    let declared: BTreeSet<String> =
        scan(&root, 0).modules.into_iter().filter(|name| !ROOT_ITEMS.contains(&name.as_str())).collect();
    assert_eq!(declared, documented_rooms().names());
}

#[test]
fn a_carrier_that_uses_a_seal_is_caught() {
    for line in [
        "use crate::seal::Seal;",
        "use super::seal::Seal;",
        "pub(crate) fn f(_: &crate::seal::Seal) {}",
        "mod a { mod b { use super::super::super::seal; } }",
        "#[cfg(test)] mod more { use crate::seal::Seal; }",
    ] {
        let found = breaches_with("document/mod.rs", line);
        assert!(found.len() == 1 && found[0].contains("the room document may not use seal"), "{line}: {found:?}");
    }
}

#[test]
fn two_rooms_in_one_line_are_caught() {
    let found = breaches_with("verify/mod.rs", "use crate::{sm, time};");
    assert!(found.len() == 1 && found[0].contains("several rooms in one line"), "{found:?}");
}

#[test]
fn what_only_comments_and_texts_say_is_no_use() {
    let line = "// crate::seal\n/* crate::seal /* */ crate::seal */ const _A: &str = \"crate::seal\"; const _B: &str = r#\"\"crate::seal\"#;";
    assert_eq!(breaches_with("document/mod.rs", line), Vec::<String>::new());
}

#[test]
fn the_core_names_no_clock_no_network_no_sql_and_no_terminal() {
    let found = worldly_names(&sources());
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn a_clock_in_the_core_is_caught() {
    let found = breaches_with("verify/mod.rs", "pub(crate) fn f() { std::time::SystemTime::now(); }");
    assert!(found.len() == 1 && found[0].contains("SystemTime reads a clock"), "{found:?}");
    let in_a_test = "#[cfg(test)]\nmod more { fn f() { std::time::SystemTime::now(); } }";
    assert_eq!(breaches_with("verify/mod.rs", in_a_test), Vec::<String>::new());
}

#[test]
fn every_room_begins_with_what_it_is_for() {
    for room in documented_rooms().names() {
        let file = sources().join(&room).join("mod.rs");
        let text = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        assert!(
            text.starts_with(&format!("//! Room `{room}`")),
            "{room}/mod.rs begins with: //! Room `{room}`: its purpose"
        );
    }
}

#[test]
fn the_command_names_no_crate_for_asn1_pdf_or_sm() {
    let manifest = fs::read_to_string(workspace().join("crates/eseal-cli/Cargo.toml")).unwrap();
    let mut in_dependencies = false;
    for line in manifest.lines() {
        if line.starts_with('[') {
            in_dependencies = line.contains("dependencies");
            continue;
        }
        let name = line.split(['=', '.']).next().unwrap_or_default().trim();
        let foreign = NOT_FOR_THE_COMMAND.iter().any(|pattern| match pattern.strip_suffix('*') {
            Some(beginning) => name.starts_with(beginning),
            None => name == *pattern,
        });
        assert!(!(in_dependencies && foreign), "eseal-cli names {name}: that belongs in the library");
    }
}
