//! What was not read and what was not assessed, and why.

use std::collections::BTreeSet;
use std::io;

use aispm_types::Report;

use super::pen::{Line, Pen};
use super::style::{self, WARN};
use crate::grouping;

/// Reasons shown, and scopes named for one reason, unless everything is asked for.
const SHOWN: usize = 8;

pub(crate) fn write(report: &Report, all: bool, pen: &mut Pen<'_>) -> io::Result<()> {
    let limit = if all { usize::MAX } else { SHOWN };
    let gaps: Vec<Row<'_>> = grouping::gaps_by_reason(report)
        .into_iter()
        .map(|(reason, rows)| Row {
            reason,
            count: rows.len(),
            names: rows.into_iter().map(|r| r.scope.as_str()).collect(),
        })
        .collect();
    let unassessed: Vec<Row<'_>> = grouping::unassessed_by_reason(report)
        .into_iter()
        .map(|(reason, checks)| Row {
            reason,
            count: checks.len(),
            names: checks.into_iter().map(|c| c.rule.as_str()).collect(),
        })
        .collect();
    if !gaps.is_empty() {
        pen.heading("Gaps: what was not read")?;
        section(&gaps, limit, pen)?;
    }
    if !unassessed.is_empty() {
        pen.heading("Checks not assessed")?;
        section(&unassessed, limit, pen)?;
    }
    let reach = &report.tool.advisories;
    if !reach.is_empty() {
        pen.line(Line::new().dim(format!("  Advisories are known up to: {reach}.")))?;
    }
    Ok(())
}

/// What shares a reason.
struct Row<'a> {
    reason: &'a str,
    count: usize,
    names: BTreeSet<&'a str>,
}

fn section(rows: &[Row<'_>], limit: usize, pen: &mut Pen<'_>) -> io::Result<()> {
    let indent = Line::new().plain(" ".repeat(9));
    for row in rows.iter().take(limit) {
        let count = Line::new().with(WARN, format!("  {:>4} × ", row.count));
        pen.wrap(count, &indent, style::PLAIN, row.reason)?;
        let mut named = row
            .names
            .iter()
            .take(limit)
            .copied()
            .collect::<Vec<_>>()
            .join(", ");
        if row.names.len() > limit {
            named.push_str(&format!(" and {} more", row.names.len() - limit));
        }
        pen.wrap(indent.clone(), &indent, style::DIM, &named)?;
    }
    if rows.len() > limit {
        let rest: usize = rows.iter().skip(limit).map(|r| r.count).sum();
        let reasons = rows.len() - limit;
        pen.line(Line::new().dim(format!(
            "  {rest:>4} × for {reasons} other reasons; `--format json` lists all"
        )))?;
    }
    Ok(())
}
