//! `eseal audit list|verify|prove`: the log of acts, whether it holds, and proofs for those who do not have it.

use std::path::{Path, PathBuf};

use eseal::audit::{Act, AuditError, ConsistencyProof, Entry, InclusionProof, TreeHead, tree_head};
use eseal::registry::{CertificateRecord, Cursor, EntryQuery, Registry, RegistryError, verify_registry};
use eseal::sm::Sm3Digest;
use eseal::time::Instant;
use serde_json::{Value as Json, json};

use crate::args::AtArgs;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome, one_line};
use crate::messages::Messages;
use crate::office;
use crate::output::{Colour, Shape, Target, local_time, parse_time, to_stdout};
use crate::table::{Sheet, table};

/// Largest proof: two digests for each bit of a number, and a few words.
const PROOF: u64 = 64 << 10;

#[derive(clap::Subcommand)]
pub(crate) enum AuditCommand {
    List(ListArgs),
    Verify(VerifyArgs),
    Prove(ProveArgs),
}

#[derive(clap::Args)]
pub(crate) struct ListArgs {
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    since: Option<Instant>,
    #[arg(long, value_name = "RECORD")]
    subject: Option<String>,
    #[arg(long, value_name = "ACT", value_parser = acts())]
    act: Option<String>,
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    #[command(flatten)]
    at: AtArgs,
}

fn acts() -> clap::builder::PossibleValuesParser {
    Act::ALL.iter().map(|act| act.word()).collect::<Vec<_>>().into()
}

#[derive(clap::Args)]
pub(crate) struct VerifyArgs {
    #[arg(long, value_name = "HEAD", value_parser = parse_head)]
    kept: Option<TreeHead>,
    #[arg(long, value_name = "FILE")]
    proof: Option<PathBuf>,
}

#[derive(clap::Args)]
pub(crate) struct ProveArgs {
    #[arg(long, value_name = "N", required_unless_present = "from", conflicts_with_all = ["from", "to"])]
    entry: Option<u64>,
    #[arg(long, value_name = "N", conflicts_with_all = ["from", "to"])]
    size: Option<u64>,
    #[arg(long, value_name = "N")]
    from: Option<u64>,
    #[arg(long, value_name = "N")]
    to: Option<u64>,
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[arg(long)]
    force: bool,
}

pub(crate) fn run(context: &Context, command: &AuditCommand) -> Outcome {
    match command {
        AuditCommand::List(args) => list(context, args),
        AuditCommand::Verify(args) => match &args.proof {
            Some(path) => verify_proof(context, path, args.kept.as_ref()),
            None => verify(context, args.kept.as_ref()),
        },
        AuditCommand::Prove(args) => prove(context, args),
    }
}

/// A digest as it is shown.
fn parse_digest(text: &str) -> Option<Sm3Digest> {
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    let mut bytes = [0; 32];
    for (index, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * index..2 * index + 2)?, 16).ok()?;
    }
    Some(Sm3Digest::from_bytes(bytes))
}

/// A tree head as `audit verify` prints it: size and root.
fn parse_head(text: &str) -> Result<TreeHead, String> {
    let head = text
        .split_once(':')
        .and_then(|(size, root)| Some(TreeHead { size: size.parse().ok()?, root: parse_digest(root)? }));
    head.ok_or_else(|| "tree-head".to_owned())
}

/// What people type for a record: as entries call it, or the serial number of a certificate.
fn subject(text: &str) -> String {
    match eseal::cert::SerialNumber::from_hex(text) {
        Ok(serial) => CertificateRecord::audit_subject(&serial),
        Err(_) => text.to_owned(),
    }
}

fn entry_json(entry: &Entry) -> Json {
    json!({
        "entry": entry.sequence,
        "at": entry.at.to_rfc3339(),
        "actor": entry.actor,
        "act": entry.act.word(),
        "subject": entry.subject,
        "record": entry.record.to_string(),
        "previous": entry.previous.to_string(),
        "digest": entry.digest.to_string(),
    })
}

fn list(context: &Context, args: &ListArgs) -> Outcome {
    let registry = office::registry(context)?;
    let query = EntryQuery {
        since: args.since,
        subject: args.subject.as_deref().map(subject),
        act: args.act.as_deref().and_then(Act::from_word),
        ..EntryQuery::default()
    };
    let shape = context.output.shape;
    if shape == Shape::Json {
        to_stdout(b"{\n  \"schema\": \"eseal.audit-list/1\",\n  \"entries\": [")?;
    }
    let (mut count, mut after, mut left) = (0_usize, Cursor::START, args.limit.unwrap_or(usize::MAX));
    while left > 0 {
        let page = registry.find_entries(&EntryQuery { after, ..query.clone() })?;
        // Entries may stand out of the order of their times: several clocks write them.
        let shown = page.records.iter().filter(|entry| args.at.at.is_none_or(|at| entry.at <= at)).take(left);
        let shown: Vec<&Entry> = shown.collect();
        print_page(context, shape, &shown, count)?;
        count += shown.len();
        left -= shown.len();
        let Some(next) = page.next else { break };
        after = next;
    }
    match shape {
        Shape::Json => to_stdout(if count == 0 { b"]\n}\n" } else { b"\n  ]\n}\n" })?,
        Shape::JsonLines => {
            to_stdout(
                format!("{}\n", json!({"kind": "summary", "schema": "eseal.audit-list/1", "count": count})).as_bytes(),
            )?;
        }
        Shape::Text => {
            let count = i64::try_from(count).unwrap_or(i64::MAX);
            context.output.note(&context.text("text-audit-listed", &[("count", count.into())]));
        }
    }
    Ok(Exit::Done)
}

fn print_page(context: &Context, shape: Shape, entries: &[&Entry], before: usize) -> Outcome<()> {
    if entries.is_empty() {
        return Ok(());
    }
    let mut text = String::new();
    match shape {
        Shape::Json => {
            for (index, entry) in entries.iter().enumerate() {
                text.push_str(if before + index == 0 { "\n    " } else { ",\n    " });
                text.push_str(&entry_json(entry).to_string());
            }
        }
        Shape::JsonLines => entries.iter().for_each(|entry| text.push_str(&format!("{}\n", entry_json(entry)))),
        Shape::Text => {
            let lang = context.messages.lang();
            let mut rows = Vec::with_capacity(entries.len() + 1);
            if before == 0 {
                let label = |id: &str| context.text(&format!("text-label-{id}"), &[]);
                rows.push(["audit-entry", "at", "act", "audit-subject", "actor"].map(label).to_vec());
            }
            rows.extend(entries.iter().map(|entry| {
                vec![
                    entry.sequence.to_string(),
                    local_time(entry.at),
                    entry.act.label(lang).to_owned(),
                    one_line(&entry.subject),
                    one_line(&entry.actor),
                ]
            }));
            text = table(&rows);
        }
    }
    to_stdout(text.as_bytes())
}

/// What a check found: nothing, or a fault told like an error.
struct Found {
    /// The id of the sentences: what was checked.
    about: &'static str,
    head: Option<TreeHead>,
    fault: Option<Failure>,
    /// The number of the entry and the record, where the fault has them.
    entry: Option<u64>,
    subject: Option<String>,
}

impl Found {
    const fn good(about: &'static str, head: TreeHead) -> Self {
        Self { about, head: Some(head), fault: None, entry: None, subject: None }
    }
}

/// Checks the chain, every record against it, and the head that was kept.
fn check(registry: &dyn Registry, kept: Option<&TreeHead>) -> Outcome<Found> {
    let end = match verify_registry(registry)? {
        Ok(end) => end,
        Err(fault) => {
            let (entry, subject) = (fault.sequence(), fault.subject().map(str::to_owned));
            return Ok(Found { about: "audit", head: None, fault: Some(Failure::from(fault)), entry, subject });
        }
    };
    let digests = |after, limit| registry.entry_digests(after, limit);
    let head = tree_head::<RegistryError>(end.length, digests)?;
    if let Some(kept) = kept {
        let then = if kept.size > end.length { None } else { Some(tree_head::<RegistryError>(kept.size, digests)?) };
        if then.as_ref() != Some(kept) {
            let fault = Failure::new("audit-not-as-kept")
                .with("size", kept.size.to_string())
                .with("root", kept.root.to_string());
            // The entry after the last one that could have been kept is the first that may differ; which, nobody can say.
            return Ok(Found { about: "audit", head: Some(head), fault: Some(fault), entry: None, subject: None });
        }
    }
    Ok(Found::good("audit", head))
}

fn verify(context: &Context, kept: Option<&TreeHead>) -> Outcome {
    let registry = office::registry(context)?;
    let found = check(&registry, kept)?;
    tell(context, &found)
}

/// Prints what a check found, and gives its exit.
fn tell(context: &Context, found: &Found) -> Outcome {
    let valid = found.fault.is_none();
    if context.output.is_json() {
        let mut fault = found.fault.as_ref().map(|fault| fault.json(&Messages::new(eseal::Lang::En)));
        if let Some(Json::Object(members)) = &mut fault {
            // An answer of the check, not an error of the command.
            members.remove("exit");
            members.insert("entry".into(), found.entry.into());
            members.insert("subject".into(), found.subject.clone().into());
        }
        context.output.json(&json!({
            "schema": "eseal.audit-verify/1",
            "verdict": if valid { "valid" } else { "invalid" },
            "entries": found.head.map(|head| head.size),
            "root": found.head.map(|head| head.root.to_string()),
            "fault": fault,
        }))?;
    } else {
        let sentence = |outcome: &str| context.text(&format!("text-{}-{outcome}", found.about), &[]);
        let mut text = String::new();
        match &found.fault {
            None => text.push_str(&context.output.paint(Colour::Good, &sentence("holds"))),
            Some(fault) => {
                text.push_str(&context.output.paint(Colour::Bad, &sentence("fails")));
                text.push_str(&format!("\n  {} [{}]", fault.sentence(&context.messages), fault.code()));
                if let Some(hint) = fault.hint(&context.messages) {
                    text.push_str(&format!("\n  {hint}"));
                }
            }
        }
        text.push('\n');
        if let Some(head) = found.head {
            let mut sheet = Sheet::default();
            sheet.line(context.text("text-label-entries", &[]), head.size.to_string());
            sheet.line(context.text("text-label-tree-head", &[]), format!("{}:{}", head.size, head.root));
            text.push_str(&sheet.text(2));
        }
        context.output.text(&text)?;
    }
    Ok(if valid { Exit::Done } else { Exit::Invalid })
}

/// What `store check` asks besides the storage.
pub(crate) fn check_and_tell(context: &Context, registry: &dyn Registry) -> Outcome {
    let found = check(registry, None)?;
    tell(context, &found)
}

fn prove(context: &Context, args: &ProveArgs) -> Outcome {
    let target = args.out.as_deref().map(|path| Target::new(path, args.force)).transpose()?;
    let registry = office::registry(context)?;
    let length = registry.checkpoint()?.length;
    let digests = |after, limit| registry.entry_digests(after, limit);
    let head = |size| tree_head::<RegistryError>(size, digests);
    let hexes = |path: &[Sm3Digest]| path.iter().map(ToString::to_string).collect::<Vec<_>>();
    let proof = if let Some(number) = args.entry {
        let size = args.size.unwrap_or(length);
        if size > length {
            return Err(AuditError::NoSuchEntry { entry: size, size: length }.into());
        }
        let proof = InclusionProof::make::<RegistryError>(number, size, digests)?;
        let missing = || AuditError::NoSuchEntry { entry: number, size: length };
        let entry = registry.entries(number - 1, 1)?.pop().ok_or_else(missing)?;
        // What is proven is what the entry says, so it has to say it.
        if entry.digest != entry.computed_digest() {
            return Err(AuditError::ProofFails.into());
        }
        json!({
            "schema": "eseal.audit-proof/1",
            "kind": "inclusion",
            "entry": number,
            "size": size,
            "root": head(size)?.root.to_string(),
            "path": hexes(&proof.path),
            "said": entry_json(&entry),
        })
    } else {
        let from = args.from.unwrap_or_default();
        let to = args.to.unwrap_or(length);
        if to > length {
            return Err(AuditError::NoSuchEntry { entry: to, size: length }.into());
        }
        let proof = ConsistencyProof::make::<RegistryError>(from, to, digests)?;
        json!({
            "schema": "eseal.audit-proof/1",
            "kind": "consistency",
            "from": from,
            "to": to,
            "first_root": head(from)?.root.to_string(),
            "second_root": head(to)?.root.to_string(),
            "path": hexes(&proof.path),
        })
    };
    match target {
        Some(target) => target.write(format!("{proof:#}\n").as_bytes())?,
        None => context.output.json(&proof)?,
    }
    Ok(Exit::Done)
}

/// A proof as it was read, with what it speaks of.
enum Proof {
    Inclusion { proof: InclusionProof, said: Entry, head: TreeHead },
    Consistency { proof: ConsistencyProof, first: TreeHead, second: TreeHead },
}

fn read_proof(value: &Json) -> Option<Proof> {
    let digest = |name: &str| parse_digest(value[name].as_str()?);
    let path = value["path"].as_array()?.iter().map(|one| parse_digest(one.as_str()?)).collect::<Option<Vec<_>>>()?;
    if value["schema"] != "eseal.audit-proof/1" {
        return None;
    }
    match value["kind"].as_str()? {
        "inclusion" => {
            let (entry, size) = (value["entry"].as_u64()?, value["size"].as_u64()?);
            let head = TreeHead { size, root: digest("root")? };
            Some(Proof::Inclusion {
                proof: InclusionProof { entry, size, path },
                said: read_entry(&value["said"])?,
                head,
            })
        }
        "consistency" => {
            let (from, to) = (value["from"].as_u64()?, value["to"].as_u64()?);
            let first = TreeHead { size: from, root: digest("first_root")? };
            let second = TreeHead { size: to, root: digest("second_root")? };
            Some(Proof::Consistency { proof: ConsistencyProof { from, to, path }, first, second })
        }
        _ => None,
    }
}

fn read_entry(value: &Json) -> Option<Entry> {
    let digest = |name: &str| parse_digest(value[name].as_str()?);
    let text = |name: &str| value[name].as_str();
    Some(Entry {
        sequence: value["entry"].as_u64()?,
        at: Instant::parse(text("at")?).ok()?,
        actor: text("actor")?.to_owned(),
        act: Act::from_word(text("act")?)?,
        subject: text("subject")?.to_owned(),
        record: digest("record")?,
        previous: digest("previous")?,
        digest: digest("digest")?,
    })
}

/// Checks a proof without the log: against its own digests, and against the head that was kept.
fn verify_proof(context: &Context, path: &Path, kept: Option<&TreeHead>) -> Outcome {
    let bytes = context.read(path, PROOF)?;
    let value = serde_json::from_slice(&bytes).ok();
    let proof = value.as_ref().and_then(read_proof).ok_or_else(|| Failure::new("audit-proof-malformed").at(path))?;
    let (held, known, head) = match &proof {
        // The digest is made anew from what the entry says, so that the proof is one of that.
        Proof::Inclusion { proof, said, head } => {
            let held = if said.sequence == proof.entry { Ok(()) } else { Err(AuditError::ProofFails) };
            (held.and(proof.verify(&said.computed_digest(), head)), head, head)
        }
        Proof::Consistency { proof, first, second } => (proof.verify(first, second), first, second),
    };
    let held = held.and(if kept.is_some_and(|kept| kept != known) { Err(AuditError::ProofFails) } else { Ok(()) });
    let found = match held {
        Ok(()) => Found::good("proof", *head),
        Err(error) => Found { about: "proof", head: None, fault: Some(error.into()), entry: None, subject: None },
    };
    tell(context, &found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_head_is_a_size_and_a_root() {
        let root = "0a".repeat(32);
        assert_eq!(parse_head(&format!("12:{root}")).unwrap().size, 12);
        for text in ["", "12", ":", "12:", &format!(":{root}"), &format!("-1:{root}"), &format!("1:{root}0"), "1:zz"] {
            assert!(parse_head(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_record_is_named_as_entries_do_or_by_a_serial_number() {
        assert_eq!(subject("0A1B"), "certificate:0a1b");
        assert_eq!(subject("seal:33010600000001"), "seal:33010600000001");
    }
}
