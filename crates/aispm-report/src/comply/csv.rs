//! Compliance as CSV (RFC 4180): one row for each control.

use std::io::{self, Write};

use aispm_types::Compliance;

use crate::csv::row;

const COLUMNS: &[&str] = &[
    "framework",
    "version",
    "control",
    "title",
    "status",
    "reason",
    "rules",
    "rules_applied",
    "checks",
    "checks_not_assessed",
    "share_tested",
    "findings",
    "worst",
    "rules_passed",
    "rules_failed",
];

pub(crate) fn render(compliance: &Compliance, out: &mut dyn Write) -> io::Result<()> {
    row(COLUMNS.iter().copied(), out)?;
    for c in &compliance.controls {
        let ids: Vec<&str> = c.findings.iter().map(|f| f.id.as_str()).collect();
        let rules = |failed: bool| {
            let of = c
                .rules
                .iter()
                .filter(move |r| (r.failed > 0) == failed && r.passed + r.failed > 0);
            of.map(|r| r.rule.as_str()).collect::<Vec<_>>().join(" ")
        };
        let cells: [&str; 15] = [
            &compliance.framework,
            &compliance.version,
            &c.id,
            &c.title,
            c.status.as_str(),
            c.reason.as_deref().unwrap_or(""),
            &c.tested.rules.to_string(),
            &c.tested.rules_applied.to_string(),
            &c.tested.checks.to_string(),
            &c.tested.checks_not_assessed.to_string(),
            &c.tested.share.to_string(),
            &ids.join(" "),
            c.findings.first().map_or("", |f| f.severity.as_str()),
            &rules(false),
            &rules(true),
        ];
        row(cells.into_iter(), out)?;
    }
    Ok(())
}
