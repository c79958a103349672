//! `eseal ca profiles`: the profiles in force, and what certificates say about the office's services.

use eseal::cert::{KeyPurpose, Profile, Services};
use eseal::lang::Lang;
use serde_json::{Value as Json, json};

use crate::configuration;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Outcome;
use crate::table::{Sheet, table};

#[derive(clap::Args)]
pub(crate) struct ProfilesArgs {}

pub(crate) fn run(context: &Context, _: &ProfilesArgs) -> Outcome {
    let set = configuration::profiles(context)?;
    if context.output.is_json() {
        context.output.json(&json!({
            "schema": "eseal.ca-profiles/1",
            "services": services_json(set.services()),
            "profiles": set.iter().map(profile_json).collect::<Vec<_>>(),
        }))?;
        return Ok(Exit::Done);
    }
    let lang = context.messages.lang();
    let label = |id: &str| context.text(&format!("text-label-{id}"), &[]);
    let mut rows = vec![["profile", "purpose", "days", "key-usage", "extended-key-usage"].map(label).to_vec()];
    rows.extend(set.iter().map(|profile| {
        let usage: Vec<_> = profile.key_usage().purposes().map(|purpose| purpose.label(lang)).collect();
        vec![
            profile.name().to_owned(),
            profile.label(lang),
            profile.default_days().to_string(),
            usage.join(", "),
            profile.extended_key_usage().join(", "),
        ]
    }));
    let services = services_sheet(set.services(), label).text(0);
    let gap = if services.is_empty() { "" } else { "\n" };
    context.output.text(&format!("{}{gap}{services}", table(&rows)))?;
    Ok(Exit::Done)
}

fn profile_json(profile: &Profile) -> Json {
    json!({
        "name": profile.name(),
        "role": profile.role().word(),
        "label": profile.label(Lang::En),
        "days": profile.default_days(),
        "key_usage": profile.key_usage().purposes().map(KeyPurpose::word).collect::<Vec<_>>(),
        "extended_key_usage": profile.extended_key_usage(),
        "ca": profile.is_ca(),
        "path_len": profile.path_len(),
        "policies": profile.policies(),
        "pair": profile.partner().is_some(),
        "publish_personal_ids": profile.publishes_personal_ids(),
    })
}

fn services_json(services: &Services) -> Json {
    json!({
        "crl": services.crl().map(ToString::to_string),
        "shards": services.shards(),
        "ocsp": services.ocsp().map(ToString::to_string),
        "ca_issuers": services.ca_issuers().map(ToString::to_string),
        "policies": services.policies(),
    })
}

fn services_sheet(services: &Services, label: impl Fn(&str) -> String) -> Sheet {
    let mut sheet = Sheet::default();
    if let Some(crl) = services.crl() {
        sheet.line(label("crl-at"), crl.as_str());
        sheet.line(label("shards"), services.shards().to_string());
    }
    sheet.maybe(label("ocsp-at"), services.ocsp().map(ToString::to_string));
    sheet.maybe(label("ca-issuers-at"), services.ca_issuers().map(ToString::to_string));
    for policy in services.policies() {
        sheet.line(label("policy"), policy);
    }
    sheet
}
