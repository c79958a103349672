//! Every file of ../shared/samples/vectors has the outcome that its README gives: `testdata/vectors.tsv`.
//!
//! A row names a file, its password, an act with its arguments, and the outcome: what the act found, or the code of its
//! error. A file may have several rows, and none may be without.

mod certificates;
mod keys;
mod messages;
mod sealed;
mod sm;
mod sm9;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{shared, workspace};

/// One row of the table, about to be asked.
struct Vector<'a> {
    folder: &'a Path,
    file: &'a str,
    password: Option<&'a str>,
    arguments: &'a [&'a str],
}

/// What an act found, in the words of the table; an error is its code.
type Outcome = Result<String, &'static str>;

impl Vector<'_> {
    fn bytes(&self) -> Vec<u8> {
        self.other(self.file)
    }

    /// Another file of the vectors.
    fn other(&self, name: &str) -> Vec<u8> {
        fs::read(self.folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.bytes()).unwrap()
    }
}

/// An act by the name it has in the table.
type Act = (&'static str, fn(&Vector) -> Outcome);

const ACTS: &[Act] = &[
    ("sm2-standard", sm::standard),
    ("sm2-verify", sm::verify),
    ("sm2-decrypt", sm::decrypt),
    ("sm2-key-exchange", sm::key_exchange),
    ("sm3", sm::hashes),
    ("sm3-macs", sm::macs),
    ("sm4", sm::ciphers),
    ("sm4-gcm", sm::gcm),
    ("sm9-facts", sm9::facts),
    ("token-construction", sm::token),
    ("certificate", certificates::certificate),
    ("key-usage", certificates::key_usage),
    ("signed-by", certificates::signed_by),
    ("judge", certificates::judge),
    ("request", certificates::request),
    ("request-accepting-empty-id", certificates::request_accepting_empty_id),
    ("revocation-list", certificates::revocation_list),
    ("revokes", certificates::revokes),
    ("key", keys::key),
    ("key-of", keys::key_of),
    ("key-certified-by", keys::key_certified_by),
    ("public-key", keys::public_key),
    ("envelope", keys::envelope),
    ("skf-blob", keys::skf_blob),
    ("escrow", keys::escrow),
    ("response", keys::response),
    ("enveloped", keys::enveloped),
    ("encrypted", keys::encrypted),
    ("signed", messages::signed_attached),
    ("signed-detached", messages::signed_detached),
    ("signed-over", messages::signed_over),
    ("content", messages::content),
    ("content-of", messages::content_of),
    ("ocsp-request", messages::ocsp_request),
    ("ocsp-response", messages::ocsp_response),
    ("timestamp-request", messages::timestamp_request),
    ("timestamp-response", messages::timestamp_response),
];

fn hex(text: &str) -> Vec<u8> {
    assert!(text.len().is_multiple_of(2), "{text}");
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Every file below a folder, as a path with slashes from there.
fn files(folder: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut open = vec![PathBuf::new()];
    while let Some(below) = open.pop() {
        for entry in fs::read_dir(folder.join(&below)).unwrap() {
            let path = below.join(entry.unwrap().file_name());
            if folder.join(&path).is_dir() {
                open.push(path);
            } else {
                found.insert(path.to_str().unwrap().to_owned());
            }
        }
    }
    found
}

#[test]
fn every_file_of_the_vectors_has_the_outcome_of_its_readme() {
    let Some(folder) = shared().map(|shared| shared.join("samples/vectors")) else { return };
    let table = fs::read_to_string(workspace().join("testdata/vectors.tsv")).unwrap();
    let rows: Vec<Vec<&str>> =
        table.lines().filter(|line| !line.starts_with('#')).map(|line| line.split('\t').collect()).collect();

    let named: BTreeSet<String> = rows.iter().map(|row| row[0].to_owned()).collect();
    let mut there = files(&folder);
    there.remove("README.md");
    assert_eq!(there.difference(&named).collect::<Vec<_>>(), Vec::<&String>::new(), "files without a row");
    assert_eq!(named.difference(&there).collect::<Vec<_>>(), Vec::<&String>::new(), "rows without a file");

    let mut wrong = Vec::new();
    for row in &rows {
        let [file, password, act, expected] = row[..] else { panic!("a row has four columns: {row:?}") };
        let words: Vec<&str> = act.split(' ').collect();
        let (_, ask) = ACTS.iter().find(|(name, _)| *name == words[0]).unwrap_or_else(|| panic!("the act {act}"));
        let password = (password != "-").then_some(password);
        let vector = Vector { folder: &folder, file, password, arguments: &words[1..] };
        let found = ask(&vector).unwrap_or_else(str::to_owned);
        if found != expected {
            wrong.push(format!("{file}\t{act}: {found:?}, not {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} rows:\n{}", wrong.len(), wrong.join("\n"));
}
