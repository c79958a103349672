//! `eseal cert list`: what the registry knows, page by page, so that a million certificates need no more memory than a page.

use eseal::registry::{CertificateQuery, CertificateRecord, Registry, Standing};
use eseal::time::Instant;
use serde_json::{Value as Json, json};

use crate::args::AtArgs;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Outcome, one_line};
use crate::output::{Shape, local_time, to_stdout};
use crate::table::{Sheet, table};

#[derive(clap::Args)]
pub(crate) struct ListArgs {
    #[arg(long, value_name = "SPAN", value_parser = span)]
    expiring: Option<i64>,
    #[arg(long, value_name = "STATUS", value_parser = standing())]
    status: Option<String>,
    #[arg(long, value_name = "PROFILE")]
    profile: Option<String>,
    #[arg(long, value_name = "CODE")]
    org: Option<String>,
    #[arg(long, value_name = "TEXT")]
    subject: Option<String>,
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    #[command(flatten)]
    at: AtArgs,
}

fn standing() -> clap::builder::PossibleValuesParser {
    Standing::ALL.iter().map(|standing| standing.word()).collect::<Vec<_>>().into()
}

/// A span of time in days: `30d`, `4w`, `1y`; a year has 365 days.
fn span(text: &str) -> Result<i64, String> {
    let fault = || "span".to_owned();
    let unit = text.chars().next_back().ok_or_else(fault)?;
    let days = match unit {
        'd' => 1,
        'w' => 7,
        'y' => 365,
        _ => return Err(fault()),
    };
    // A hundred years is longer than any certificate.
    let count: u16 = text[..text.len() - 1].parse().map_err(|_| fault())?;
    let span = i64::from(count) * days;
    if span <= 36_500 { Ok(span) } else { Err(fault()) }
}

pub(crate) fn run(context: &Context, args: &ListArgs) -> Outcome {
    let at = context.at(&args.at);
    let status = args.status.as_deref().and_then(Standing::from_word);
    // What is over or revoked does not expire any more; who wants it asks with --status.
    let standing = status.or(args.expiring.map(|_| Standing::Active));
    let query = CertificateQuery {
        standing: standing.map(|standing| (standing, at)),
        ends_by: args.expiring.map(|days| at.plus_days(days)),
        profile: args.profile.clone(),
        subject: args.subject.clone(),
        org: args.org.clone(),
        ..CertificateQuery::default()
    };
    let registry = crate::office::registry(context)?;
    let mut left = args.limit.unwrap_or(usize::MAX);
    // The first page is asked for before anything is printed: a registry that cannot be read leaves no half of an object.
    let mut page = registry.certificates(&CertificateQuery { limit: query.limit.min(left), ..query.clone() })?;
    let mut printer = Printer::begin(context, at)?;
    while left > 0 {
        left -= page.records.len().min(left);
        printer.page(&page.records)?;
        let Some(after) = page.next.filter(|_| left > 0) else { break };
        page = registry.certificates(&CertificateQuery { after, limit: query.limit.min(left), ..query.clone() })?;
    }
    printer.end()?;
    Ok(Exit::Done)
}

/// What the registry knows of a certificate, as JSON.
pub(crate) fn record_json(record: &CertificateRecord, at: Instant) -> Json {
    let revocation = record.revocation();
    json!({
        "serial": record.serial.to_string(),
        "subject": record.subject,
        "issuer": record.issuer,
        "profile": record.profile,
        "status": record.standing(at).word(),
        "not_before": record.validity.from().to_rfc3339(),
        "not_after": record.validity.to().to_rfc3339(),
        "revocation": revocation.map(|revocation| json!({
            "at": revocation.at.to_rfc3339(),
            "reason": revocation.reason.word(),
            "invalidity_date": revocation.invalidity.map(Instant::to_rfc3339),
        })),
        "organization": record.organization,
        "region": record.region,
        "partner": record.partner.as_ref().map(ToString::to_string),
        "replaces": record.replaces.as_ref().map(ToString::to_string),
        "order": record.order,
    })
}

/// What the registry knows of a certificate beside what the certificate says, for people.
pub(crate) fn record_lines(context: &Context, record: &CertificateRecord, at: Instant) -> Sheet {
    let label = |id: &str| context.text(&format!("text-label-{id}"), &[]);
    let lang = context.messages.lang();
    let mut sheet = Sheet::default();
    sheet.line(label("profile"), &record.profile);
    sheet.line(label("status"), record.standing(at).label(lang));
    if let Some(revocation) = record.revocation() {
        sheet.line(label("since"), format!("{} ({})", local_time(revocation.at), revocation.reason.label(lang)));
        sheet.maybe(label("invalid-since"), revocation.invalidity.map(local_time));
    }
    sheet.maybe(label("organization-code"), record.organization.as_ref());
    sheet.maybe(label("region"), record.region.as_ref());
    sheet.maybe(label("partner"), record.partner.as_ref().map(ToString::to_string));
    sheet.maybe(label("replaces"), record.replaces.as_ref().map(ToString::to_string));
    sheet.maybe(label("order"), record.order.as_ref());
    sheet
}

/// Prints pages as they come: one JSON object in all, a JSON object a line, or a table a page.
struct Printer<'c> {
    context: &'c Context,
    at: Instant,
    count: usize,
}

impl<'c> Printer<'c> {
    fn begin(context: &'c Context, at: Instant) -> Outcome<Self> {
        if context.output.shape == Shape::Json {
            let at = Json::from(at.to_rfc3339());
            to_stdout(
                format!("{{\n  \"schema\": \"eseal.cert-list/1\",\n  \"at\": {at},\n  \"certificates\": [").as_bytes(),
            )?;
        }
        Ok(Self { context, at, count: 0 })
    }

    fn page(&mut self, records: &[CertificateRecord]) -> Outcome<()> {
        let mut text = String::new();
        match self.context.output.shape {
            Shape::Text if records.is_empty() => {}
            Shape::Text => text = self.table(records),
            Shape::Json => {
                for (index, record) in records.iter().enumerate() {
                    text.push_str(if self.count + index == 0 { "\n    " } else { ",\n    " });
                    text.push_str(&record_json(record, self.at).to_string());
                }
            }
            Shape::JsonLines => {
                for record in records {
                    text.push_str(&record_json(record, self.at).to_string());
                    text.push('\n');
                }
            }
        }
        self.count += records.len();
        to_stdout(text.as_bytes())
    }

    fn end(self) -> Outcome<()> {
        match self.context.output.shape {
            Shape::Json => to_stdout(if self.count == 0 { b"]\n}\n" } else { b"\n  ]\n}\n" }),
            Shape::JsonLines => {
                let summary = json!({
                    "kind": "summary", "schema": "eseal.cert-list/1", "at": self.at.to_rfc3339(), "count": self.count,
                });
                to_stdout(format!("{summary}\n").as_bytes())
            }
            Shape::Text => {
                let count = i64::try_from(self.count).unwrap_or(i64::MAX);
                self.context.output.note(&self.context.text("text-listed", &[("count", count.into())]));
                Ok(())
            }
        }
    }

    fn table(&self, records: &[CertificateRecord]) -> String {
        let lang = self.context.messages.lang();
        let mut rows = Vec::with_capacity(records.len() + 1);
        if self.count == 0 {
            let label = |id: &str| self.context.text(&format!("text-label-{id}"), &[]);
            rows.push(["serial", "status", "not-after", "profile", "subject"].map(label).to_vec());
        }
        rows.extend(records.iter().map(|record| {
            vec![
                record.serial.to_string(),
                record.standing(self.at).label(lang).to_owned(),
                local_time(record.validity.to()),
                record.profile.clone(),
                one_line(&record.subject),
            ]
        }));
        table(&rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_a_number_and_a_unit() {
        assert_eq!(span("30d"), Ok(30));
        assert_eq!(span("4w"), Ok(28));
        assert_eq!(span("1y"), Ok(365));
        for text in ["", "d", "30", "30m", "-1d", "1.5d", "101y", "99999d", "天"] {
            assert!(span(text).is_err(), "{text}");
        }
    }
}
