//! `eseal cert issue --out-dir`: many certificates, one answer a file.
//!
//! The registry remembers which row was issued: each row's order is named after its request and profile. So a run that was
//! killed is simply run again; rows that are done give the answer that was kept, and nothing is issued twice.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;

use eseal::authority::{Authority, Filled, Issued, OfficeRules, Order};
use eseal::cert::{CertificateRequest, Identity, IdentityKind, Name, Profile, ProfileSet, RequestPolicy, Role};
use eseal::lang::Lang;
use eseal::sm::sm3;
use eseal::time::Period;
use serde_json::{Map, Value as Json, json};

use super::issue;
use super::people::{self, Row};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::interrupt::Interrupt;
use crate::messages::Messages;
use crate::office::{self, Acting};
use crate::output::{Shape, write_one_of_many};
use crate::parallel;
use crate::pin::PinSource;

/// How many rows one write of the registry takes: enough that waiting for the disk does not count, few enough that Ctrl-C
/// is heard within a second.
const ROWS_A_WRITE: usize = 64;

/// The file that says what each row came to.
const RESULTS: &str = "results.jsonl";

/// What a run is to do.
pub(super) struct Plan<'p> {
    /// The rows.
    pub(super) rows: Vec<Row>,
    /// Where the answers go.
    pub(super) folder: &'p Path,
    /// Whether an encryption certificate comes with each.
    pub(super) pair: bool,
    /// The profile of rows that name none.
    pub(super) profile: Option<&'p str>,
    /// The days of rows that name none.
    pub(super) days: Option<u32>,
    /// Which requests are accepted.
    pub(super) policy: RequestPolicy,
    /// The rules of the office.
    pub(super) rules: OfficeRules,
    /// Whether other files in the place of answers are replaced.
    pub(super) force: bool,
}

/// A row that can be ordered.
struct Ready {
    id: String,
    subject: Name,
    request: CertificateRequest,
    profile: Profile,
    days: Option<u32>,
    identity: Identity,
    organization: Option<String>,
    region: Option<String>,
}

/// How many rows came to what.
#[derive(Default)]
struct Tally {
    issued: usize,
    already: usize,
    failed: usize,
}

pub(super) fn run(context: &Context, pin: Option<&PinSource>, plan: &Plan<'_>) -> Outcome {
    let ending = if plan.pair { "resp" } else { "pem" };
    let files = people::file_names(&plan.rows, ending);
    let profiles = crate::configuration::profiles(context)?;
    // A profile that is not there is wrong for every row: say so before a PIN is typed.
    plan.profile.map(|profile| profiles.find(profile)).transpose()?;
    fs::create_dir_all(plan.folder).map_err(|error| Failure::file("output-write", plan.folder, &error))?;
    let mut acting = Acting::open(context, office::Authority::Issuing, pin)?;
    if plan.pair {
        office::tell_unarchived(context)?;
    }
    let mut authority = acting.authority();
    let mut results = Results::begin(context, plan.folder)?;
    let interrupt = Interrupt::watch();
    let bar = context.output.progress(plan.rows.len());
    let mut tally = Tally::default();
    let mut done = 0;
    let english = Messages::new(Lang::En);
    for (rows, files) in plan.rows.chunks(ROWS_A_WRITE).zip(files.chunks(ROWS_A_WRITE)) {
        if interrupt.came() {
            break;
        }
        let outcomes = issue_rows(context, plan, &profiles, &mut authority, rows, files)?;
        for ((row, file), outcome) in rows.iter().zip(files).zip(outcomes) {
            match &outcome {
                Ok(issued) if issued.filled == Filled::Now => tally.issued += 1,
                Ok(_) => tally.already += 1,
                Err(failure) => {
                    tally.failed += 1;
                    bar.suspend(|| tell_failure(context, row, failure));
                }
            }
            results.line(&line(&english, row, file, &outcome))?;
        }
        results.flush()?;
        done += rows.len();
        bar.inc(rows.len() as u64);
    }
    bar.finish_and_clear();
    if done < plan.rows.len() {
        return Err(Interrupt::failure(done, plan.rows.len()));
    }
    results.end()?;
    tell(context, plan, &tally)
}

/// Issues some rows in one write and puts their answers into files.
fn issue_rows(
    context: &Context,
    plan: &Plan<'_>,
    profiles: &ProfileSet,
    authority: &mut Authority<'_>,
    rows: &[Row],
    files: &[String],
) -> Outcome<Vec<Outcome<Issued>>> {
    let mut ready = Vec::with_capacity(rows.len());
    let jobs = parallel::jobs(None, rows.len());
    // Checking the signature of a request takes longer than making a certificate.
    parallel::in_order(
        rows,
        jobs,
        |row| prepare(context, plan, profiles, row),
        |_, outcome| {
            ready.push(outcome);
            Ok(())
        },
    )?;
    for (ready, file) in ready.iter_mut().zip(files) {
        let path = plan.folder.join(file);
        if let Ok(row) = ready
            && !plan.force
            && fs::symlink_metadata(&path).is_ok()
            && authority.registry().certificate_by_order(&row.id)?.is_none()
        {
            // Not an answer of ours: nothing may be issued that cannot be handed out.
            *ready = Err(Failure::new("output-exists").at(&path));
        }
    }
    let orders: Vec<Order<'_>> = ready.iter().flatten().map(|row| order(context, plan, authority, row)).collect();
    let note = office::note_about(context, ready.iter().flatten().map(|row| &row.request));
    let mut issued = authority.issue_each(&orders, &note)?.into_iter();
    let mut outcomes = Vec::with_capacity(rows.len());
    for (ready, file) in ready.into_iter().zip(files) {
        outcomes.push(match ready {
            Ok(_) => match issued.next().expect("one answer for each order") {
                Ok(issued) => hand_out(plan, file, &issued).map(|()| issued),
                Err(error) => Err(Failure::from(error)),
            },
            Err(failure) => Err(failure),
        });
    }
    Ok(outcomes)
}

/// Reads and checks what a row speaks of.
fn prepare(context: &Context, plan: &Plan<'_>, profiles: &ProfileSet, row: &Row) -> Outcome<Ready> {
    if row.request.as_os_str().is_empty() {
        return Err(Failure::new("people-request-missing"));
    }
    let name = row.profile.as_deref().or(plan.profile).ok_or_else(|| Failure::new("people-profile-missing"))?;
    let profile = profiles.find(name)?;
    if profile.is_ca() {
        return Err(Failure::new("people-authority").with("profile", profile.name().to_owned()));
    }
    let request = issue::request(context, &row.request, plan.policy)?;
    issue::check_unbound(&plan.rules, &request).map_err(|failure| failure.at(&row.request))?;
    let subject = row.name()?.unwrap_or_else(|| request.subject().clone());
    let mut identity = Identity::default();
    if let Some(number) = &row.id_number {
        if profile.role() != Role::Person {
            return Err(Failure::new("people-id-number").with("profile", profile.name().to_owned()));
        }
        identity = identity.with(IdentityKind::ResidentId, number)?;
    }
    let mut organization = None;
    if let Some(code) = &row.organization_code {
        let code = IdentityKind::OrganizationCode.normalize(code)?;
        if matches!(profile.role(), Role::Person | Role::Organization | Role::SealMaker) {
            identity = identity.with(IdentityKind::OrganizationCode, &code)?;
        }
        organization = Some(code);
    }
    let digest = sm3(request.as_der()).to_string();
    // Half of the digest tells a hundred thousand requests apart, and leaves room for the profile.
    let id = format!("request:{}:{}", digest.get(..32).unwrap_or(&digest), profile.name());
    Ok(Ready { id, subject, days: row.days()?, request, profile, identity, organization, region: row.region.clone() })
}

fn order<'r>(context: &Context, plan: &Plan<'_>, authority: &Authority<'_>, row: &'r Ready) -> Order<'r> {
    let validity = match row.days.or(plan.days) {
        Some(days) => Period::days(context.now, days),
        None => authority.default_validity(&row.profile, context.now),
    };
    let order = Order::new(&row.subject, row.request.public_key(), &row.profile, validity).named(&row.id);
    let order = if plan.pair { order.pair() } else { order };
    Order {
        identity: row.identity.clone(),
        organization: row.organization.clone(),
        region: row.region.clone(),
        ..order
    }
}

/// Puts an answer into its file, unless it lies there already.
fn hand_out(plan: &Plan<'_>, file: &str, issued: &Issued) -> Outcome<()> {
    let path = plan.folder.join(file);
    let bytes = issue::answer(&issued.answer);
    match fs::read(&path) {
        Ok(there) if there == bytes => return Ok(()),
        // A machine that stopped may leave an empty file or the beginning of one.
        Ok(there) if !bytes.starts_with(&there) && !plan.force => return Err(Failure::new("output-exists").at(&path)),
        _ => {}
    }
    write_one_of_many(&path, &bytes).map_err(|error| Failure::file("output-write", &path, &error))
}

/// The lines of `results.jsonl`: written beside it while the run goes on, so that the name stands for a whole run.
struct Results<'c> {
    context: &'c Context,
    folder: &'c Path,
    part: BufWriter<File>,
}

impl<'c> Results<'c> {
    fn begin(context: &'c Context, folder: &'c Path) -> Outcome<Self> {
        let path = folder.join(format!("{RESULTS}.part"));
        let part = File::create(&path).map_err(|error| Failure::file("output-write", &path, &error))?;
        Ok(Self { context, folder, part: BufWriter::new(part) })
    }

    fn line(&mut self, line: &Json) -> Outcome<()> {
        if self.context.output.shape == Shape::JsonLines {
            self.context.output.json(line)?;
        }
        writeln!(self.part, "{line}").map_err(|error| self.failure(&error))
    }

    fn flush(&mut self) -> Outcome<()> {
        self.part.flush().map_err(|error| self.failure(&error))
    }

    fn end(mut self) -> Outcome<()> {
        self.flush()?;
        self.part.get_ref().sync_all().map_err(|error| self.failure(&error))?;
        let name = self.folder.join(RESULTS);
        fs::rename(self.folder.join(format!("{RESULTS}.part")), &name).map_err(|error| self.failure(&error))
    }

    fn failure(&self, error: &std::io::Error) -> Failure {
        Failure::file("output-write", &self.folder.join(RESULTS), error)
    }
}

fn line(english: &Messages, row: &Row, file: &str, outcome: &Outcome<Issued>) -> Json {
    let mut line = Map::new();
    line.insert("row".into(), row.number.into());
    line.insert("request".into(), row.request.to_string_lossy().into());
    match outcome {
        Ok(issued) => {
            if let Json::Object(issued) = issue::issued_json(issued) {
                line.extend(issued);
            }
            line.insert("file".into(), file.into());
        }
        Err(failure) => {
            line.insert("outcome".into(), "failed".into());
            line.insert("error".into(), failure.json(english));
        }
    }
    Json::Object(line)
}

fn tell_failure(context: &Context, row: &Row, failure: &Failure) {
    let values = [
        ("row", i64::try_from(row.number).unwrap_or(i64::MAX).into()),
        ("path", row.request.to_string_lossy().into_owned().into()),
        ("reason", failure.sentence(&context.messages).into()),
        ("code", failure.code().to_owned().into()),
    ];
    context.output.note(&context.text("text-row-failed", &values));
}

fn tell(context: &Context, plan: &Plan<'_>, tally: &Tally) -> Outcome {
    let Tally { issued, already, failed } = *tally;
    let results = plan.folder.join(RESULTS);
    if context.output.is_json() {
        context.output.json(&json!({
            "kind": "summary",
            "schema": "eseal.cert-issue/1",
            "rows": plan.rows.len(),
            "issued": issued,
            "already": already,
            "failed": failed,
            "results": results.to_string_lossy(),
        }))?;
    } else {
        let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX).into();
        let values = [
            ("issued", count(issued)),
            ("already", count(already)),
            ("failed", count(failed)),
            ("path", results.to_string_lossy().into_owned().into()),
        ];
        context.output.note(&context.text("text-bulk-done", &values));
    }
    Ok(if failed == 0 { Exit::Done } else { Exit::Invalid })
}
