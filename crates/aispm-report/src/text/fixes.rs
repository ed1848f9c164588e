//! Fix groups: what a person works through.

use std::io;

use aispm_types::{Fix, Report};

use super::pen::{Line, Pen};
use super::style::{self, DIM, GOOD, PLACE};
use super::summary::{counted, effort};
use crate::index::Index;

/// Findings and paths named in one block.
const NAMED: usize = 5;

pub(crate) fn list(report: &Report, index: &Index<'_>, pen: &mut Pen<'_>) -> io::Result<()> {
    for (i, fix) in report.fixes.iter().enumerate() {
        if i > 0 {
            pen.blank()?;
        }
        block(i + 1, fix, NAMED, report, index, pen)?;
    }
    Ok(())
}

/// The fix group at a place of the report, with all its findings and paths.
pub(crate) fn one(at: usize, report: &Report, index: &Index<'_>, pen: &mut Pen<'_>) -> io::Result<()> {
    match report.fixes.get(at) {
        Some(fix) => block(at + 1, fix, usize::MAX, report, index, pen),
        None => Ok(()),
    }
}

fn block(
    n: usize,
    fix: &Fix,
    named: usize,
    report: &Report,
    index: &Index<'_>,
    pen: &mut Pen<'_>,
) -> io::Result<()> {
    let left = Line::new()
        .dim(format!("{n:>3}  "))
        .bold(fix.title.trim_end_matches('.'));
    pen.spread(left, Line::new().with(style::COMMAND, &fix.id))?;
    let severity = Line::new()
        .plain("     ")
        .with(style::severity(fix.severity), fix.severity.as_str())
        .plain("  ");
    pen.wrap(
        severity,
        &Line::new().plain("       "),
        style::PLAIN,
        &facts(fix, report),
    )?;
    if let Some(place) = fix.locations.first() {
        let more = fix.locations.len().saturating_sub(1);
        let tail = if more == 0 {
            String::new()
        } else {
            format!(" and {}", counted(more as u64, "other place"))
        };
        pen.line(
            Line::new()
                .plain("     at ")
                .with(PLACE, index.place(place))
                .dim(tail),
        )?;
    }
    for id in fix.paths_cut.iter().take(named) {
        if let Some(path) = index.paths.get(id.as_str()) {
            let line = Line::new().with(GOOD, "     cuts ").dim(format!("{id}  "));
            pen.wrap(
                line,
                &Line::new().plain(" ".repeat(26)),
                style::PLAIN,
                &path.title,
            )?;
        }
    }
    more(fix.paths_cut.len(), named, "path", pen)?;
    for id in fix.findings.iter().take(named) {
        if let Some(finding) = index.findings.get(id.as_str()) {
            let line = Line::new().dim(format!("     ends {id}  "));
            pen.wrap(line, &Line::new().plain(" ".repeat(26)), DIM, &finding.title)?;
        }
    }
    more(fix.findings.len(), named, "finding", pen)
}

fn more(count: usize, named: usize, noun: &str, pen: &mut Pen<'_>) -> io::Result<()> {
    if count > named {
        pen.line(Line::new().dim(format!(
            "          and {}",
            counted((count - named) as u64, &format!("more {noun}"))
        )))?;
    }
    Ok(())
}

fn facts(fix: &Fix, report: &Report) -> String {
    let mut words = vec![
        format!(
            "{} of {} cut",
            fix.paths_cut.len(),
            counted(report.paths.len() as u64, "path")
        ),
        counted(fix.findings.len() as u64, "finding"),
        effort(fix.effort).to_owned(),
        if fix.safe {
            "safe"
        } else {
            "may break something: test it"
        }
        .to_owned(),
    ];
    if !fix.systems.is_empty() {
        words.push(format!("touches {}", counted(fix.systems.len() as u64, "system")));
    }
    words.push(match &fix.owner {
        Some(owner) => format!("owner {owner}"),
        None => "no owner".to_owned(),
    });
    words.join(" · ")
}
