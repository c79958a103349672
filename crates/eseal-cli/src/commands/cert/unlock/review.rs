//! `eseal cert unlock --review`: what an officer has to know before a grant; writes nothing.

use std::path::Path;

use eseal::authority::{AuthorityError, UnlockObstacle, UnlockReview};
use eseal::time::Instant;
use serde_json::{Value as Json, json};

use super::{Desk, read_request};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::messages::Messages;
use crate::output::{Colour, local_time};
use crate::table::{Sheet, table};

pub(super) fn run(context: &Context, path: &Path, at: Instant) -> Outcome {
    let request = read_request(context, path)?;
    let review = Desk::open(context)?.office().review(&request, at)?;
    if context.output.is_json() {
        context.output.json(&json(&review, at))?;
    } else {
        context.output.text(&sheet(context, &review, at))?;
    }
    Ok(if review.obstacles.is_empty() { Exit::Done } else { Exit::Refused })
}

fn failure(obstacle: &UnlockObstacle) -> Failure {
    Failure::from(AuthorityError::from(obstacle.clone()))
}

fn json(review: &UnlockReview, at: Instant) -> Json {
    let english = Messages::new(eseal::lang::Lang::En);
    json!({
        "schema": "eseal.cert-unlock-review/1",
        "at": at.to_rfc3339(),
        "token": review.token,
        "code": review.code,
        "epoch": review.epoch,
        "known_epoch": review.history.epoch(),
        "requested_at": review.requested_at.to_rfc3339(),
        "reason": review.reason,
        "holder_known": review.holder_known,
        "needs_second_officer": review.needs_second,
        "granted_lately": review.lately,
        "alarms": review.history.alarms,
        "granted": review.living.as_ref().map(|grant| grant.id.to_string()),
        "certificates": review.certificates.iter().map(|one| json!({
            "issuer": one.issuer.to_string(),
            "serial": one.serial.to_string(),
            "subject": one.record.as_ref().map(|record| record.subject.as_str()),
            "profile": one.record.as_ref().map(|record| record.profile.as_str()),
            "status": one.standing.map(|standing| standing.word()),
        })).collect::<Vec<_>>(),
        "obstacles": review.obstacles.iter().map(|obstacle| failure(obstacle).json(&english)).collect::<Vec<_>>(),
    })
}

/// The review for people.
pub(super) fn sheet(context: &Context, review: &UnlockReview, at: Instant) -> String {
    let lang = context.messages.lang();
    let label = |id: &str| context.text(&format!("text-label-{id}"), &[]);
    let text = |id: &str| context.text(&format!("text-unlock-{id}"), &[]);
    let mut sheet = Sheet::default();
    sheet.line(label("token"), &review.token);
    sheet.line(label("unlock-code"), &review.code);
    let known = review.history.epoch().map_or_else(|| text("unknown-token"), |known| known.to_string());
    sheet.line(label("sealing"), review.epoch.to_string());
    sheet.line(label("known-sealing"), known);
    sheet.line(label("requested-at"), local_time(review.requested_at));
    sheet.maybe(label("reason"), review.reason.as_ref());
    sheet.line(label("granted-lately"), review.lately.to_string());
    if review.history.alarms > 0 {
        let last = review.history.alarmed.unwrap_or(at);
        sheet.line(label("alarms"), format!("{} ({})", review.history.alarms, local_time(last)));
    }
    let mut out = sheet.text(0);
    let mut rows = Vec::with_capacity(review.certificates.len());
    for one in &review.certificates {
        let state = one.standing.map_or_else(|| text("not-issued-here"), |standing| standing.label(lang).to_owned());
        let (subject, profile) = one.record.as_ref().map_or_else(
            || (one.issuer.to_string(), String::new()),
            |record| (record.subject.clone(), record.profile.clone()),
        );
        let cells = [one.serial.to_string(), state, profile, subject];
        rows.push(cells.map(|cell| crate::failure::one_line(&cell)).to_vec());
    }
    out.push('\n');
    out.push_str(&table(&rows));
    out.push('\n');
    if !review.holder_known {
        out.push_str(&format!("{}\n", text("nothing-proven")));
    }
    if review.needs_second {
        out.push_str(&format!("{}\n", text("needs-second")));
    }
    if review.living.is_some() {
        out.push_str(&format!("{}\n", text("granted-already")));
    }
    for obstacle in &review.obstacles {
        let failure = failure(obstacle);
        let line = format!("{} [{}]", failure.sentence(&context.messages), failure.code());
        out.push_str(&format!("{}\n", context.output.paint(Colour::Bad, &line)));
    }
    if review.obstacles.is_empty() {
        out.push_str(&format!("{}\n", text("nothing-in-the-way")));
    }
    out
}
