//! Text views over a report, one for each command that reads a scan: `aispm systems`, `inventory`, `findings`, `fixes`,
//! `paths`, `diff`, `explain`. Machine-readable forms are the report's own lists, through [`crate::write_json`].

use std::io::{self, Write};

use aispm_types::{Report, RuleMeta};

use super::pen::{Line, Pen};
use super::{
    drift as drift_text, explain, findings as blocks, fixes as fix_list, inventory as list, paths as drawn,
    systems as table,
};
use crate::{Drift, Options, index::Index};

/// Says that there is nothing to list.
fn none(what: &str, pen: &mut Pen<'_>) -> io::Result<()> {
    pen.line(Line::new().plain("No ").plain(what).plain(" in this scan."))
}

/// AI systems: a table, then each one with its assets by kind.
pub fn systems(report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let pen = &mut Pen::new(options, out);
    if report.systems.is_empty() {
        return none("AI systems", pen);
    }
    let index = Index::new(report);
    table::table(report, &index, pen)?;
    table::details(report, &index, pen)
}

/// Assets, AI first.
pub fn inventory(report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let pen = &mut Pen::new(options, out);
    if report.assets.is_empty() {
        return none("AI assets", pen);
    }
    list::list(report, &Index::new(report), pen)
}

/// Every finding, worst first, one block for each rule.
pub fn findings(report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let pen = &mut Pen::new(options, out);
    if report.findings.is_empty() {
        return none("findings", pen);
    }
    blocks::blocks(report, &Index::new(report), true, pen)
}

/// Every fix group, most effective first.
pub fn fixes(report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let pen = &mut Pen::new(options, out);
    if report.fixes.is_empty() {
        return none("fix groups", pen);
    }
    fix_list::list(report, &Index::new(report), pen)
}

/// Every attack path, drawn, worst first.
pub fn paths(report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let pen = &mut Pen::new(options, out);
    if report.paths.is_empty() {
        return none("attack paths", pen);
    }
    drawn::list(report, &Index::new(report), usize::MAX, pen)
}

/// What changed between two scans.
pub fn diff(drift: &Drift, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    drift_text::write(drift, &mut Pen::new(options, out))
}

/// A rule: what it finds, why it matters, how to fix it, when it may be wrong.
pub fn rule(rule: &RuleMeta, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    explain::rule(rule, &mut Pen::new(options, out))
}

/// What has this id in the report, told whole: a finding (`F-…`), an attack path (`P-…`) or a fix group (`X-…`).
/// Gives back false, having written nothing, where the report has no such id.
pub fn explain(id: &str, report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<bool> {
    let pen = &mut Pen::new(options, out);
    let index = Index::new(report);
    if let Some(finding) = index.findings.get(id) {
        explain::finding(finding, report, &index, pen)?;
    } else if let Some(path) = index.paths.get(id) {
        drawn::draw(path, &index, pen)?;
    } else if let Some(at) = report.fixes.iter().position(|f| f.id == id) {
        fix_list::one(at, report, &index, pen)?;
    } else {
        return Ok(false);
    }
    Ok(true)
}
