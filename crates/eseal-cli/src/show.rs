//! How certificates and their kin are shown: as lines for people and as JSON.

use eseal::cert::Certificate;
use eseal::time::{Instant, Period};
use serde_json::{Value as Json, json};

use crate::context::Context;
use crate::output::local_time;
use crate::table::{Sheet, hex};

/// A period for people.
pub(crate) fn period(period: Period) -> String {
    format!("{} – {}", local_time(period.from()), local_time(period.to()))
}

/// How a period stands at a time, as a stable word: `valid`, `not-yet`, `over`.
pub(crate) fn standing(period: Period, at: Instant) -> &'static str {
    if at < period.from() {
        "not-yet"
    } else if period.contains(at) {
        "valid"
    } else {
        "over"
    }
}

/// What a certificate says, as JSON.
pub(crate) fn certificate_json(certificate: &Certificate, at: Instant) -> Json {
    let validity = certificate.validity();
    json!({
        "serial": certificate.serial().to_string(),
        "subject": certificate.subject().to_string(),
        "issuer": certificate.issuer().to_string(),
        "not_before": validity.from().to_rfc3339(),
        "not_after": validity.to().to_rfc3339(),
        "period": standing(validity, at),
        "key": match certificate.public_key() {
            Ok(key) => json!({"algorithm": "SM2", "public": hex(&key.to_sec1())}),
            Err(error) => json!({"error": error.code()}),
        },
        "signature_algorithm": certificate.signature_algorithm(),
        "ca": certificate.is_ca(),
        "path_len": certificate.path_len(),
        "key_usage": certificate.key_usage().map(|usage| usage.purposes().map(|one| one.word()).collect::<Vec<_>>()),
        "extended_key_usage": certificate.extended_key_usage(),
        "subject_key_id": certificate.subject_key_id().map(hex),
        "authority_key_id": certificate.authority_key_id().map(hex),
        "identity": certificate.identity_numbers().iter().map(|one| json!({
            "kind": one.kind.word(),
            "number": one.number,
        })).collect::<Vec<_>>(),
        "extensions": certificate.extensions().map(|extension| json!({
            "oid": extension.oid(),
            "name": extension.name(),
            "critical": extension.critical,
        })).collect::<Vec<_>>(),
        "sm3": certificate.sm3().to_string(),
    })
}

/// What a certificate says, for people.
pub(crate) fn certificate_lines(context: &Context, certificate: &Certificate, at: Instant) -> Sheet {
    let label = |id: &str| context.text(&format!("text-label-{id}"), &[]);
    let mut sheet = Sheet::default();
    sheet.line(label("subject"), certificate.subject().to_string());
    sheet.line(label("issuer"), certificate.issuer().to_string());
    sheet.line(label("serial"), certificate.serial().to_string());
    let validity = certificate.validity();
    let state = context.text(&format!("text-period-{}", standing(validity, at)), &[]);
    sheet.line(label("validity"), format!("{} ({state})", period(validity)));
    match certificate.public_key() {
        Ok(_) => sheet.line(label("key"), "SM2"),
        Err(error) => sheet.line(label("key"), crate::failure::Failure::from(error).sentence(&context.messages)),
    }
    let lang = context.messages.lang();
    sheet.maybe(
        label("key-usage"),
        certificate.key_usage().map(|usage| usage.purposes().map(|one| one.label(lang)).collect::<Vec<_>>().join(", ")),
    );
    sheet.maybe(label("extended-key-usage"), certificate.extended_key_usage().map(|list| list.join(", ")));
    for number in certificate.identity_numbers() {
        sheet.line(number.kind.label(lang), number.number);
    }
    if certificate.is_ca() {
        let depth = certificate.path_len().map_or_else(String::new, |depth| format!(" ({depth})"));
        sheet.line(label("ca"), format!("{}{depth}", context.text("text-yes", &[])));
    }
    if context.output.verbose {
        for extension in certificate.extensions() {
            let critical = if extension.critical { context.text("text-critical", &[]) } else { String::new() };
            sheet.line(
                label("extension"),
                format!(
                    "{} {} {critical}",
                    extension.oid(),
                    extension.name().or_else(|| extension.private_label(lang)).unwrap_or_default()
                ),
            );
        }
    }
    sheet.line("SM3", certificate.sm3().to_string());
    sheet
}

/// A word as a POSIX shell takes it, for commands that people copy.
pub(crate) fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./=:,@%+".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_for_the_shell_is_quoted_where_it_must_be() {
        assert_eq!(shell_word("33010600000001"), "33010600000001");
        assert_eq!(shell_word("示例/user-1.resp"), "示例/user-1.resp");
        assert_eq!(shell_word("a b"), "'a b'");
        assert_eq!(shell_word("it's; rm"), "'it'\\''s; rm'");
        assert_eq!(shell_word(""), "''");
    }
}
