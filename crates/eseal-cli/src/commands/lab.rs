//! `eseal lab DIR`: a whole demo office that works, checked against what is expected of it.
//!
//! It is made in a folder beside DIR and gets its name when it is whole.

use std::fs;
use std::path::{Path, PathBuf};

use eseal::lab::{LabFile, LabSettings, Office};
use eseal::verify::{Outcome as Answer, Policy, Verdict};
use eseal_store::SqliteRegistry;
use serde_json::{Map, Value as Json, json};

use crate::args::{Revocation, RevocationArgs};
use crate::context::{Context, DOCUMENT, Known, read};
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::judge;
use crate::output::Colour;
use crate::signer::write_private;
use crate::table::table;

#[derive(clap::Args)]
pub(crate) struct LabArgs {
    #[arg(value_name = "DIR")]
    dir: PathBuf,
    #[arg(long)]
    force: bool,
}

/// The file by which a demo office is known again.
const MARK: &str = "lab.json";

pub(crate) fn run(context: &Context, args: &LabArgs) -> Outcome {
    check_free(args)?;
    let parent = match args.dir.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    fs::create_dir_all(parent).map_err(|error| Failure::file("output-write", parent, &error))?;
    let fresh = tempfile::Builder::new()
        .prefix(".eseal-lab-")
        .tempdir_in(parent)
        .map_err(|error| Failure::file("output-write", parent, &error))?;
    let files = build(context, fresh.path())?;
    give_name(fresh, &args.dir, args.force)?;
    let rows = check(context, &args.dir, &files)?;
    tell(context, &args.dir, &rows)
}

fn check_free(args: &LabArgs) -> Outcome<()> {
    match fs::symlink_metadata(&args.dir) {
        Err(_) => Ok(()),
        Ok(_) if !args.force => Err(Failure::new("lab-exists").at(&args.dir)),
        // Only what lab made is ever taken away.
        Ok(_) if !args.dir.join(MARK).is_file() => Err(Failure::new("lab-not-a-lab").at(&args.dir)),
        Ok(_) => Ok(()),
    }
}

/// Writes the whole office under a folder.
fn build(context: &Context, folder: &Path) -> Outcome<Vec<LabFile>> {
    let home = folder.join("office");
    crate::signer::create_private_folder(&home.join("keys"))?;
    let mut registry = SqliteRegistry::create(&home.join("eseal.db"))?;
    let office = Office::in_registry(LabSettings::tokens(context.now), &mut registry)?;
    drop(registry);
    let files = office.files()?;
    for file in &files {
        write(folder, &file.path, &file.bytes, file.secret)?;
    }
    let mut expected = Map::new();
    for file in &files {
        if let Some(want) = &file.expected {
            expected.insert(file.path.clone(), json!({"verdict": want.verdict, "finding": want.finding}));
        }
    }
    write(folder, "expected.json", format!("{:#}\n", Json::from(expected)).as_bytes(), false)?;
    let mut lab = Map::new();
    for role in office.roles() {
        lab.insert(
            role.name.into(),
            json!({
                "token": role.token,
                "pin_file": role.pin_file,
                "certificate": role.certificate,
                "seal": role.seal,
            }),
        );
    }
    lab.insert("office".into(), json!({"home": "office", "pin_file": office.office_pin_file()}));
    lab.insert("trust".into(), json!("trust"));
    lab.insert("made".into(), json!(context.now.to_rfc3339()));
    write(folder, MARK, format!("{:#}\n", Json::from(lab)).as_bytes(), false)?;
    Ok(files)
}

fn write(folder: &Path, path: &str, bytes: &[u8], secret: bool) -> Outcome<()> {
    let path = folder.join(path);
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(|error| Failure::file("output-write", parent, &error))?;
    }
    if secret {
        return write_private(&path, bytes);
    }
    fs::write(&path, bytes).map_err(|error| Failure::file("output-write", &path, &error))
}

/// Puts the finished office in its place; an old one goes only after that.
fn give_name(fresh: tempfile::TempDir, dir: &Path, force: bool) -> Outcome<()> {
    let failed = |error: std::io::Error| Failure::file("output-write", dir, &error);
    let old = if force && dir.exists() {
        let parent = fresh.path().parent().unwrap_or(Path::new("."));
        let aside = tempfile::Builder::new().prefix(".eseal-lab-old-").tempdir_in(parent).map_err(failed)?;
        fs::rename(dir, aside.path().join("office")).map_err(failed)?;
        Some(aside)
    } else {
        None
    };
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // A temporary folder is its owner's alone; the demo may be looked at, its secrets have their own mode.
        fs::set_permissions(fresh.path(), fs::Permissions::from_mode(0o755)).map_err(failed)?;
    }
    if let Err(error) = fs::rename(fresh.path(), dir) {
        if let Some(aside) = &old {
            // The old office comes back; if even that fails, it still lies beside.
            let _ = fs::rename(aside.path().join("office"), dir);
        }
        return Err(failed(error));
    }
    // Nothing is left there to take away.
    let _ = fresh.keep();
    Ok(())
}

/// A file with what was expected of it and what was found.
struct Row {
    path: String,
    expected: (&'static str, Option<&'static str>),
    verdict: Option<Verdict>,
    failed: Vec<&'static str>,
    agrees: bool,
}

/// Verifies every file as somebody else would: from disk, with the trust and the lists that lie there.
fn check(context: &Context, dir: &Path, files: &[LabFile]) -> Outcome<Vec<Row>> {
    let trust = dir.join("trust");
    let args = RevocationArgs {
        crl: vec![trust.clone()],
        ocsp: Vec::new(),
        revocation: Revocation::Required,
        algorithms: Vec::new(),
    };
    let known = Known::read(&[trust])?;
    let verifier = judge::verifier_of(context, &known, &args, Policy::default())?;
    let mut rows = Vec::new();
    for file in files {
        let Some(want) = &file.expected else { continue };
        let bytes = read(&dir.join(&file.path), DOCUMENT)?;
        let judged = judge::judge(&verifier, &bytes, context.now);
        let verdict = judged.as_ref().ok().map(judge::Judged::verdict);
        let mut failed: Vec<&str> = judged
            .iter()
            .flat_map(judge::Judged::findings)
            .filter(|finding| finding.outcome == Answer::Fail)
            .map(|finding| finding.check.word())
            .collect();
        failed.dedup();
        let as_wanted = match want.finding {
            Some(check) => failed.contains(&check),
            None => failed.is_empty(),
        };
        let agrees = as_wanted && verdict.is_some_and(|verdict| verdict.word() == want.verdict);
        rows.push(Row { path: file.path.clone(), expected: (want.verdict, want.finding), verdict, failed, agrees });
    }
    Ok(rows)
}

fn tell(context: &Context, dir: &Path, rows: &[Row]) -> Outcome {
    let all = rows.iter().all(|row| row.agrees);
    let exit = if all { Exit::Done } else { Exit::Invalid };
    let commands = commands(dir);
    if context.output.is_json() {
        let files: Vec<Json> = rows
            .iter()
            .map(|row| {
                json!({
                    "path": row.path,
                    "expected": {"verdict": row.expected.0, "finding": row.expected.1},
                    "verdict": row.verdict.map(Verdict::word),
                    "failed": row.failed,
                    "agrees": row.agrees,
                })
            })
            .collect();
        context.output.json(&json!({
            "schema": "eseal.lab/1",
            "dir": dir.to_string_lossy(),
            "agrees": all,
            "files": files,
            "commands": commands,
            "exit": exit.code(),
        }))?;
        return Ok(exit);
    }
    let lang = context.messages.lang();
    let heads = ["file", "expected", "found", "failed"].map(|id| context.text(&format!("text-lab-{id}"), &[]));
    let mut cells = vec![std::iter::once(String::from(" ")).chain(heads).collect::<Vec<_>>()];
    for row in rows {
        let label = |word: &str| Verdict::parse(word).map_or_else(|| word.to_owned(), |one| one.label(lang).to_owned());
        let expected = match row.expected.1 {
            Some(check) => format!("{} ({check})", label(row.expected.0)),
            None => label(row.expected.0),
        };
        let found = row.verdict.map_or_else(|| context.text("text-unreadable", &[]), |one| one.label(lang).to_owned());
        let mark = if row.agrees { "✓" } else { "✗" };
        cells.push(vec![mark.to_owned(), row.path.clone(), expected, found, row.failed.join(" ")]);
    }
    // Coloured after the columns are laid out: escapes have no width.
    let mut text: String = table(&cells)
        .lines()
        .map(|line| match line.chars().next() {
            Some(mark @ '✓') => format!("{}{}\n", context.output.paint(Colour::Good, "✓"), &line[mark.len_utf8()..]),
            Some(mark @ '✗') => format!("{}{}\n", context.output.paint(Colour::Bad, "✗"), &line[mark.len_utf8()..]),
            _ => format!("{line}\n"),
        })
        .collect();
    let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    let agreeing = rows.iter().filter(|row| row.agrees).count();
    let values = [("count", count(agreeing).into()), ("limit", count(rows.len()).into())];
    text.push_str(&format!("{}\n\n", context.text("text-lab-agree", &values)));
    text.push_str(&format!("{}\n", context.text("text-lab-try", &[])));
    for command in commands {
        text.push_str(&format!("  {command}\n"));
    }
    text.push_str(&format!("\n{}\n", context.text("text-lab-demo", &[])));
    context.output.text(&text)?;
    Ok(exit)
}

/// What to try next, ready to copy.
fn commands(dir: &Path) -> Vec<String> {
    let path = |rest: &str| quoted(&dir.join(rest).to_string_lossy());
    let trust = path("trust");
    vec![
        format!(
            "eseal stamp {} --seal {} --token {} --pin-from {} --place -1:right-40mm,bottom-40mm -o stamped.pdf",
            path("documents/notice.pdf"),
            path("seals/organization.esl"),
            path("tokens/organization.token"),
            quoted(&format!("file:{}", dir.join("tokens/organization.pin").to_string_lossy())),
        ),
        format!("eseal verify stamped.pdf --trust {trust} --crl {trust}"),
        format!("eseal verify {} --trust {trust} --crl {trust}", path("broken/seal-swapped.pdf")),
        format!("eseal inspect {}", path("stamped/notice-organization.pdf")),
    ]
}

/// A word as a shell reads it back.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '/' | '.' | '-' | '_' | ':' | '+' | ',' | '@' | '=');
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_with_spaces_is_quoted_for_copying() {
        assert_eq!(quoted("demo/trust"), "demo/trust");
        assert_eq!(quoted("演示/trust"), "演示/trust");
        assert_eq!(quoted("my demo"), "'my demo'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
    }
}
