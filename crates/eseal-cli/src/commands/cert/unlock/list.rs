//! `eseal cert unlock --list`: the tokens that were asked about, page by page.

use eseal::authority::{GrantState, UnlockHistory};
use eseal::registry::{Cursor, MAX_PAGE};
use eseal::time::Instant;
use serde_json::{Value as Json, json};

use super::Desk;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Outcome;
use crate::output::{Shape, local_time, to_stdout};
use crate::table::table;

pub(super) fn run(context: &Context, at: Instant) -> Outcome {
    let mut desk = Desk::open(context)?;
    let office = desk.office();
    let shape = context.output.shape;
    let (mut count, mut after) = (0_usize, Cursor::START);
    // The first page is asked for before anything is printed: a registry that cannot be read leaves no half of an object.
    let mut page = office.histories(after, MAX_PAGE)?;
    if shape == Shape::Json {
        let at = Json::from(at.to_rfc3339());
        to_stdout(
            format!("{{\n  \"schema\": \"eseal.cert-unlock-list/1\",\n  \"at\": {at},\n  \"tokens\": [").as_bytes(),
        )?;
    }
    loop {
        to_stdout(print(context, &page.records, count, at).as_bytes())?;
        count += page.records.len();
        let Some(next) = page.next else { break };
        after = next;
        page = office.histories(after, MAX_PAGE)?;
    }
    match shape {
        Shape::Json => to_stdout(if count == 0 { b"]\n}\n" } else { b"\n  ]\n}\n" })?,
        Shape::JsonLines => {
            let summary = json!({
                "kind": "summary", "schema": "eseal.cert-unlock-list/1", "at": at.to_rfc3339(), "count": count,
            });
            to_stdout(format!("{summary}\n").as_bytes())?;
        }
        Shape::Text => {
            let count = i64::try_from(count).unwrap_or(i64::MAX);
            context.output.note(&context.text("text-unlock-listed", &[("count", count.into())]));
        }
    }
    Ok(Exit::Done)
}

/// What was granted up to a time.
fn granted(history: &UnlockHistory, at: Instant) -> impl DoubleEndedIterator<Item = &eseal::authority::GrantRecord> {
    history.grants.iter().filter(move |grant| grant.at <= at)
}

fn history_json(history: &UnlockHistory, at: Instant) -> Json {
    json!({
        "token": history.token,
        "epoch": history.epoch(),
        "alarms": history.alarms,
        "last_alarm": history.alarmed.map(Instant::to_rfc3339),
        "grants": granted(history, at).map(|grant| json!({
            "grant": grant.id.to_string(),
            "request": grant.request.to_string(),
            "epoch": grant.epoch,
            "state": grant.state.word(),
            "at": grant.at.to_rfc3339(),
            "not_after": grant.until.to_rfc3339(),
            "handed_out": grant.handed,
            "unlocked_at": grant.used.map(Instant::to_rfc3339),
            "certificates": grant.certificates.iter().map(ToString::to_string).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
    })
}

fn print(context: &Context, histories: &[UnlockHistory], before: usize, at: Instant) -> String {
    let mut text = String::new();
    match context.output.shape {
        Shape::Json => {
            for (index, history) in histories.iter().enumerate() {
                text.push_str(if before + index == 0 { "\n    " } else { ",\n    " });
                text.push_str(&history_json(history, at).to_string());
            }
        }
        Shape::JsonLines => {
            histories.iter().for_each(|history| text.push_str(&format!("{}\n", history_json(history, at))));
        }
        Shape::Text => {
            let lang = context.messages.lang();
            let label = |id: &str| context.text(&format!("text-label-{id}"), &[]);
            let mut rows = Vec::with_capacity(histories.len() + 1);
            if before == 0 && !histories.is_empty() {
                rows.push(["token", "sealing", "grants", "last-grant", "status", "alarms"].map(label).to_vec());
            }
            for history in histories {
                let last = granted(history, at).next_back();
                let given = granted(history, at).filter(|grant| grant.state != GrantState::Failed).count();
                rows.push(vec![
                    history.token.clone(),
                    history.epoch().map(|epoch| epoch.to_string()).unwrap_or_default(),
                    given.to_string(),
                    last.map(|grant| local_time(grant.at)).unwrap_or_default(),
                    last.map(|grant| grant.state.label(lang).to_owned()).unwrap_or_default(),
                    history.alarms.to_string(),
                ]);
            }
            text = table(&rows);
        }
    }
    text
}
