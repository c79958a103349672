//! `eseal cert …`: issuing, listing and judging certificates, and their life after issue.

mod applications;
mod bulk;
mod issue;
mod lint;
mod list;
mod people;
mod renew;
mod replace;
mod status;
mod unlock;
pub(crate) mod verify;
pub(crate) mod which;

use std::path::PathBuf;

use eseal::cert::{Certificate, CertificateResponse};
use serde_json::json;

use crate::args::AtArgs;
use crate::context::{Context, SMALL};
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::office;
use crate::show;

#[derive(clap::Subcommand)]
pub(crate) enum CertCommand {
    Apply(applications::ApplyArgs),
    Approve(applications::ApproveArgs),
    Refuse(applications::RefuseArgs),
    Applications(applications::ApplicationsArgs),
    Issue(issue::IssueArgs),
    List(list::ListArgs),
    Show(ShowArgs),
    Renew(renew::RenewArgs),
    Rekey(renew::RekeyArgs),
    Replace(replace::ReplaceArgs),
    Verify(verify::VerifyArgs),
    Hold(status::HoldArgs),
    Release(status::StatusArgs),
    Revoke(status::RevokeArgs),
    Unlock(unlock::UnlockArgs),
}

#[derive(clap::Args)]
pub(crate) struct ShowArgs {
    // A file, or the serial number of a certificate of this office.
    #[arg(value_name = "FILE-OR-SERIAL")]
    file: PathBuf,
    #[arg(long)]
    lint: bool,
    #[command(flatten)]
    at: AtArgs,
}

pub(crate) fn run(context: &Context, command: &CertCommand) -> Outcome {
    match command {
        CertCommand::Apply(args) => applications::apply(context, args),
        CertCommand::Approve(args) => applications::approve(context, args),
        CertCommand::Refuse(args) => applications::refuse(context, args),
        CertCommand::Applications(args) => applications::list(context, args),
        CertCommand::Issue(args) => issue::run(context, args),
        CertCommand::List(args) => list::run(context, args),
        CertCommand::Show(args) => show(context, args),
        CertCommand::Renew(args) => renew::renew(context, args),
        CertCommand::Rekey(args) => renew::rekey(context, args),
        CertCommand::Replace(args) => replace::run(context, args),
        CertCommand::Verify(args) => verify::run(context, args),
        CertCommand::Hold(args) => status::hold(context, args),
        CertCommand::Release(args) => status::release(context, args),
        CertCommand::Revoke(args) => status::revoke(context, args),
        CertCommand::Unlock(args) => unlock::run(context, args),
    }
}

fn show(context: &Context, args: &ShowArgs) -> Outcome {
    let at = context.at(&args.at);
    let record = match args.file.to_str().filter(|_| !args.file.exists()).map(status::serial) {
        Some(Ok(serial)) => Some(office::record(context, &serial)?),
        _ => None,
    };
    let answer = match &record {
        Some(record) => CertificateResponse::from_bytes(&record.der)?,
        None => {
            let bytes = context.read(&args.file, SMALL)?;
            CertificateResponse::from_bytes(&bytes).map_err(|error| Failure::from(error).at(&args.file))?
        }
    };
    let all: Vec<&Certificate> = answer.signing().iter().chain(answer.encryption()).collect();
    let linted: Vec<_> = all.iter().map(|one| args.lint.then(|| lint::findings(one, &all))).collect();
    if context.output.is_json() {
        let mut objects: Vec<_> = all.iter().map(|one| show::certificate_json(one, at)).collect();
        for (object, findings) in objects.iter_mut().zip(&linted) {
            if let Some(findings) = findings {
                object["lint"] = lint::json(findings);
            }
        }
        context.output.json(&json!({
            "schema": "eseal.cert/1",
            "at": at.to_rfc3339(),
            "path": record.is_none().then(|| args.file.to_string_lossy()),
            "record": record.as_ref().map(|record| list::record_json(record, at)),
            "certificates": objects,
        }))?;
    } else {
        let mut sheets: Vec<_> = all.iter().map(|one| show::certificate_lines(context, one, at).text(0)).collect();
        for (sheet, findings) in sheets.iter_mut().zip(&linted) {
            if let Some(findings) = findings {
                sheet.push_str(&lint::text(context, findings));
            }
        }
        sheets.extend(record.map(|record| list::record_lines(context, &record, at).text(0)));
        context.output.text(&sheets.join("\n"))?;
    }
    let broken = linted.iter().flatten().any(|findings| lint::is_broken(findings));
    Ok(if broken { Exit::Invalid } else { Exit::Done })
}
