//! AI systems.

use std::io;

use aispm_types::{AiSystem, Report, Severity};

use super::pen::{Line, Pen};
use super::style::{self, DIM, GOOD, WARN};
use super::table::{self, Column};
use crate::index::Index;

const COLUMNS: &[Column] = &[
    Column::flexible("system", 28),
    Column::flexible("owner", 10),
    Column::left("life cycle"),
    Column::left("assessed"),
    Column::right("posture"),
    Column::left("findings"),
    Column::right("paths"),
];

pub(crate) fn table(report: &Report, index: &Index<'_>, pen: &mut Pen<'_>) -> io::Result<()> {
    let rows: Vec<Vec<Line>> = report.systems.iter().map(|s| row(s, index)).collect();
    table::write(COLUMNS, &rows, pen)
}

fn row(system: &AiSystem, index: &Index<'_>) -> Vec<Line> {
    vec![
        Line::new().bold(&system.name),
        match &system.owner {
            Some(owner) => Line::new().plain(owner),
            None => Line::new().with(WARN, "nobody"),
        },
        Line::new().plain(system.lifecycle.as_deref().unwrap_or("unknown")),
        match system.assessed.as_str() {
            "assessed" => Line::new().with(GOOD, "yes"),
            "never" => Line::new().with(WARN, "never"),
            other => Line::new().plain(other),
        },
        posture(system),
        severities(index.findings_of(system)),
        Line::new().plain(system.paths.len().to_string()),
    ]
}

/// The share of checks passed; a dash where none could be made.
pub(crate) fn posture(system: &AiSystem) -> Line {
    let p = system.posture;
    match (u64::from(p.passed) * 100).checked_div(u64::from(p.passed) + u64::from(p.failed)) {
        Some(percent) => Line::new().plain(format!("{percent} %")),
        None => Line::new().dim("—"),
    }
}

/// `2C 3H 1M`, each in its colour.
fn severities(counts: [usize; 5]) -> Line {
    let mut line = Line::new();
    for (severity, n) in Severity::WORST_FIRST
        .into_iter()
        .zip(counts)
        .filter(|(_, n)| *n > 0)
    {
        let letter = severity.as_str().get(..1).unwrap_or("").to_ascii_uppercase();
        let style = if severity == Severity::Critical {
            style::severity(Severity::High)
        } else {
            style::severity(severity)
        };
        line = if line.width() == 0 { line } else { line.plain(" ") };
        line = line.with(style, format!("{n}{letter}"));
    }
    if line.width() == 0 {
        Line::new().with(DIM, "—")
    } else {
        line
    }
}

/// Every system with what is known of it, for `aispm systems`.
pub(crate) fn details(report: &Report, index: &Index<'_>, pen: &mut Pen<'_>) -> io::Result<()> {
    for system in &report.systems {
        pen.blank()?;
        pen.line(
            Line::new()
                .plain("  ")
                .bold(&system.name)
                .plain("  ")
                .dim(system.id.as_str()),
        )?;
        for (label, value) in [
            ("purpose", system.purpose.as_deref()),
            ("risk class", system.risk_class.as_deref()),
        ] {
            if let Some(value) = value {
                field(pen, label, value)?;
            }
        }
        field(pen, "checks", &checks(system))?;
        for reason in &system.not_assessed_because {
            field(pen, "not assessed", reason)?;
        }
        let mut kinds: std::collections::BTreeMap<&str, Vec<&str>> = std::collections::BTreeMap::new();
        for id in &system.assets {
            if let Some(a) = index.assets.get(id.as_str()) {
                kinds
                    .entry(a.asset.kind.as_str())
                    .or_default()
                    .push(&a.asset.name);
            }
        }
        for (kind, mut names) in kinds {
            names.sort_unstable();
            names.dedup();
            let more = names.len().saturating_sub(6);
            names.truncate(6);
            let tail = if more > 0 {
                format!(" and {more} more")
            } else {
                String::new()
            };
            field(
                pen,
                &kind.replace('_', " "),
                &format!("{}{tail}", names.join(", ")),
            )?;
        }
    }
    Ok(())
}

fn checks(system: &AiSystem) -> String {
    let p = system.posture;
    format!(
        "{} passed, {} failed, {} not assessed",
        p.passed, p.failed, p.not_assessed
    )
}

fn field(pen: &mut Pen<'_>, label: &str, value: &str) -> io::Result<()> {
    let first = Line::new().dim(format!("    {label:<16}"));
    pen.wrap(first, &Line::new().plain(" ".repeat(20)), style::PLAIN, value)
}
