//! `eseal explain CODE`: what a code means, why it comes, what to do next.

use eseal::cert::LintRule;
use serde_json::json;

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::judge::topic;
use crate::messages::Messages;

#[derive(clap::Args)]
pub(crate) struct ExplainArgs {
    #[arg(value_name = "CODE")]
    code: String,
}

pub(crate) fn run(context: &Context, args: &ExplainArgs) -> Outcome {
    let code = args.code.trim().trim_start_matches("error[").trim_end_matches(']').to_ascii_lowercase();
    let text = |messages: &Messages, part: &str| {
        messages.find(&format!("{part}-{}", topic(&code)), &[]).map(|text| blank(&text))
    };
    let rule = LintRule::ALL.iter().find(|rule| rule.id() == code);
    // Errors have their sentence here, findings and rules for certificates their name in the library.
    let what = |messages: &Messages| {
        let finding = || eseal::verify::label_of(&code, messages.lang()).map(str::to_owned);
        let broken = || rule.map(|rule| format!("{} ({})", rule.label(messages.lang()), rule.clause()));
        text(messages, "err").or_else(finding).or_else(broken)
    };
    let Some(told) = what(&context.messages) else {
        return Err(Failure::new("explain-unknown").with("code", args.code.clone()));
    };
    if context.output.is_json() {
        let english = Messages::new(eseal::Lang::En);
        context.output.json(&json!({
            "schema": "eseal.explain/1",
            "code": code,
            "message": what(&english),
            "cause": text(&english, "cause"),
            "next": text(&english, "hint"),
            "exit": english.has(&format!("err-{code}")).then(|| Exit::of_code(&code).code()),
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

/// Puts a mark where a sentence would be filled: only the code is known here. Fluent leaves `{$name}` there.
fn blank(text: &str) -> String {
    let mut parts = text.split("{$");
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        filled.push('…');
        filled.push_str(part.split_once('}').map_or(part, |(_, rest)| rest));
    }
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_sentence_would_be_filled_with_becomes_a_mark() {
        assert_eq!(blank("wrong PIN, {$left} of {$limit}"), "wrong PIN, … of …");
        assert_eq!(blank("plain"), "plain");
    }
}
