//! What `eseal cert show --lint` finds: the rules that a certificate breaks, with their clauses.

use eseal::cert::{Certificate, LintFinding, LintSeverity, lint, lint_beneath};
use eseal::lang::Lang;
use serde_json::{Value as Json, json};

use crate::context::Context;
use crate::failure::one_line;
use crate::output::Colour;
use crate::table::table;

/// The findings about a certificate, and about it beneath its issuer where that is among the others.
pub(super) fn findings(certificate: &Certificate, others: &[&Certificate]) -> Vec<LintFinding> {
    let mut found = lint(certificate);
    let above = others.iter().find(|other| ***other != *certificate && other.subject() == certificate.issuer());
    found.extend(above.map(|issuer| lint_beneath(certificate, issuer)).unwrap_or_default());
    found
}

/// Whether the certificate breaks what a standard demands.
pub(super) fn is_broken(findings: &[LintFinding]) -> bool {
    findings.iter().any(|found| found.severity() == LintSeverity::Error)
}

pub(super) fn json(findings: &[LintFinding]) -> Json {
    let one = |found: &LintFinding| {
        json!({
            "rule": found.rule.id(),
            "severity": found.severity().word(),
            "clause": found.rule.clause(),
            "label": found.rule.label(Lang::En),
            "detail": found.detail,
        })
    };
    findings.iter().map(one).collect()
}

pub(super) fn text(context: &Context, findings: &[LintFinding]) -> String {
    if findings.is_empty() {
        return format!("{}\n", context.text("text-lint-none", &[]));
    }
    let lang = context.messages.lang();
    let rows: Vec<_> = (findings.iter())
        .map(|found| {
            let colour = match found.severity() {
                LintSeverity::Error => Colour::Bad,
                LintSeverity::Warning => Colour::Doubt,
                LintSeverity::Notice => Colour::Dim,
            };
            let detail = if found.detail.is_empty() { String::new() } else { format!(": {}", one_line(&found.detail)) };
            vec![
                context.output.paint(colour, found.severity().label(lang)),
                found.rule.id().to_owned(),
                format!("{}{detail} ({})", found.rule.label(lang), found.rule.clause()),
            ]
        })
        .collect();
    table(&rows)
}
