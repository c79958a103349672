//! `eseal explain CODE`: what a code means, why it comes, what to do next.

use serde_json::json;

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::messages::{Messages, Value};

#[derive(clap::Args)]
pub(crate) struct ExplainArgs {
    #[arg(value_name = "CODE")]
    code: String,
}

/// Every variable that a sentence can have, with what stands for it when only the code is known.
const UNKNOWN: &[&str] = &[
    "argument", "at", "code", "command", "count", "date", "detail", "fault", "field", "flag", "from", "id", "left",
    "limit", "name", "near", "number", "oid", "other", "page", "path", "place", "reason", "serial", "size", "subject",
    "text", "to", "value", "values", "version", "what",
];

pub(crate) fn run(context: &Context, args: &ExplainArgs) -> Outcome {
    let code = args.code.trim().trim_start_matches("error[").trim_end_matches(']').to_ascii_lowercase();
    let text = |messages: &Messages, part: &str| messages.find(&format!("{part}-{code}"), &blanks());
    let what = |messages: &Messages| text(messages, "err").or_else(|| text(messages, "finding"));
    let Some(told) = what(&context.messages) else {
        return Err(Failure::usage("explain-unknown").with("code", args.code.clone()));
    };
    if context.output.is_json() {
        let english = Messages::new(eseal::Lang::En);
        context.output.json(&json!({
            "schema": "eseal.explain/1",
            "code": code,
            "message": what(&english),
            "cause": text(&english, "cause"),
            "next": text(&english, "hint"),
            "exit": Exit::of_code(&code).code(),
        }))?;
        return Ok(Exit::Done);
    }
    let mut page = format!("{code}\n  {told}\n");
    for (part, label) in [("cause", "text-explain-cause"), ("hint", "text-explain-next")] {
        if let Some(more) = text(&context.messages, part) {
            page.push_str(&format!("  {}\n", context.text(label, &[("text", more.into())])));
        }
    }
    context.output.text(&page)?;
    Ok(Exit::Done)
}

fn blanks() -> Vec<(&'static str, Value)> {
    UNKNOWN.iter().map(|name| (*name, Value::from("…"))).collect()
}

#[cfg(test)]
mod tests {
    use eseal::Lang;

    use super::*;
    use crate::messages::tests::ids;

    #[test]
    fn every_code_can_be_told_without_knowing_its_values() {
        let source = include_str!("../../i18n/en-US/eseal.ftl");
        for lang in [Lang::En, Lang::ZhCn] {
            let messages = Messages::new(lang);
            for id in ids(source)
                .keys()
                .filter(|id| ["err-", "cause-", "hint-", "finding-"].iter().any(|p| id.starts_with(p)))
            {
                let text = messages.text(id, &blanks());
                assert!(!text.contains("{$"), "{id}: {text}");
            }
        }
    }
}
