//! The first screen: an executive's question, answered in under thirty lines.

use std::collections::BTreeSet;
use std::io;

use aispm_types::{AiSystem, CoverageRow, Effort, Fix, Report, ScopeStatus, Severity};

use super::pen::{Line, Pen, wrapped};
use super::style::{self, BOLD, DIM, GOOD, WARN};
use super::table::{self, Column};
use crate::index::{Index, scanned};
use crate::{grouping, inert::shortened};

/// Fix groups on the first screen.
const FIXES: usize = 5;
const FIX_COLUMNS: &[Column] = &[
    Column::right(" "),
    Column::flexible("change", 30),
    Column::right("paths cut"),
    Column::right("findings"),
    Column::left("work"),
    Column::flexible("owner", 8),
];
/// Columns that the table of fix groups needs beside their titles.
const BESIDE: usize = 56;
/// Systems named on the first screen for one reason.
const NAMED: usize = 3;
/// Width of the labels.
const LABEL: usize = 18;

pub(crate) fn write(report: &Report, index: &Index<'_>, pen: &mut Pen<'_>) -> io::Result<()> {
    let mut title = Line::new().bold("AI security posture");
    if let Some(scanned) = scanned(report) {
        title = title.plain(" of ").bold(shortened(&scanned, 60));
    }
    let read = format!("{} read", counted(report.summary.files_read, "file"));
    pen.spread(title, Line::new().dim(read))?;
    pen.blank()?;
    if report.assets.is_empty() {
        nothing(report, pen)?;
    } else {
        systems(report, pen)?;
        posture(report, pen)?;
        why_not_assessed(report, pen)?;
    }
    if !report.findings.is_empty() || !report.assets.is_empty() {
        findings(report, pen)?;
        paths(report, pen)?;
    }
    imported(report, pen)?;
    not_read(report, pen)?;
    left_out(report, pen)?;
    do_first(report, index, pen)
}

fn label(text: &str) -> Line {
    Line::new().dim(format!("  {text:<LABEL$}"))
}

fn rest() -> Line {
    Line::new().plain(" ".repeat(LABEL + 2))
}

fn nothing(report: &Report, pen: &mut Pen<'_>) -> io::Result<()> {
    let read = |r: &CoverageRow| matches!(r.status, ScopeStatus::Complete | ScopeStatus::Excluded);
    let whole = report.scan.coverage.iter().all(read);
    let line = Line::new().plain("  ").with(
        if whole && report.summary.paths_left_out == 0 {
            GOOD
        } else {
            WARN
        },
        "No AI asset found",
    );
    pen.line(if whole && report.summary.paths_left_out == 0 {
        line.plain(" in what was read, and everything was read.")
    } else if whole {
        line.plain(" in what was read; ignore files of the target left out the rest.")
    } else {
        line.plain(" in what could be read.")
    })
}

fn systems(report: &Report, pen: &mut Pen<'_>) -> io::Result<()> {
    let s = &report.summary;
    let mut line = label("AI systems").bold(s.systems.to_string());
    for (n, text, style) in [
        (s.systems_unowned, "without an owner", WARN),
        (s.systems_never_assessed, "never assessed", WARN),
    ] {
        line = line
            .plain("   ")
            .with(if n == 0 { DIM } else { style }, format!("{n} {text}"));
    }
    pen.line(line)?;
    let unowned: Vec<&AiSystem> = report.systems.iter().filter(|s| s.owner.is_none()).collect();
    if !unowned.is_empty() {
        pen.wrap(label("  no owner"), &rest(), style::PLAIN, &named(&unowned))?;
    }
    Ok(())
}

fn named(systems: &[&AiSystem]) -> String {
    let mut names: Vec<String> = systems.iter().take(NAMED).map(|s| s.name.clone()).collect();
    if systems.len() > NAMED {
        names.push(format!("{} more", systems.len() - NAMED));
    }
    names.join(", ")
}

fn posture(report: &Report, pen: &mut Pen<'_>) -> io::Result<()> {
    let c = report.summary.checks;
    let made = c.passed + c.failed;
    let line = label("Posture");
    let line = match (c.passed * 100).checked_div(made) {
        Some(percent) => line
            .bold(format!("{percent} %"))
            .plain(format!(" of {} passed", counted(made, "check"))),
        None => line.plain("no check could be made"),
    };
    let unassessed = if c.not_assessed == 0 { DIM } else { WARN };
    let line = line
        .plain("   ")
        .with(unassessed, format!("{} more not assessed", c.not_assessed));
    let unread = grouping::unread(report).count();
    pen.line(if unread == 0 {
        line
    } else {
        line.plain("   ")
            .with(WARN, format!("and {unread} not read, so not checked"))
    })
}

fn why_not_assessed(report: &Report, pen: &mut Pen<'_>) -> io::Result<()> {
    let never: Vec<&AiSystem> = report.systems.iter().filter(|s| s.assessed == "never").collect();
    for system in never.iter().take(NAMED) {
        let why = system
            .not_assessed_because
            .first()
            .map_or("no rule applied to what was read of it", String::as_str);
        pen.wrap(
            label("  never assessed"),
            &rest(),
            style::PLAIN,
            &format!("{}: {why}", system.name),
        )?;
    }
    if never.len() > NAMED {
        pen.line(rest().dim(format!("and {} more, see `aispm systems`", never.len() - NAMED)))?;
    }
    Ok(())
}

/// `3 critical   7 high`, each in its colour.
pub(crate) fn by_severity(mut line: Line, count: impl Fn(Severity) -> usize) -> Line {
    let mut first = true;
    for severity in Severity::WORST_FIRST {
        let n = count(severity);
        if n > 0 {
            line = if first { line } else { line.plain("   ") };
            line = line.with(style::severity(severity), format!("{n} {severity}"));
            first = false;
        }
    }
    if first { line.with(GOOD, "none") } else { line }
}

fn findings(report: &Report, pen: &mut Pen<'_>) -> io::Result<()> {
    let counts = &report.summary.findings_by_severity;
    let mut line = by_severity(label("Findings"), |s| {
        counts.get(s.as_str()).copied().unwrap_or(0)
    });
    if report.summary.findings_accepted > 0 {
        line = line.dim(format!("   {} accepted", report.summary.findings_accepted));
    }
    pen.line(line)
}

fn paths(report: &Report, pen: &mut Pen<'_>) -> io::Result<()> {
    let counts = &report.summary.paths_by_severity;
    pen.line(by_severity(label("Attack paths"), |s| {
        counts.get(s.as_str()).copied().unwrap_or(0)
    }))?;
    match report.paths.first() {
        Some(worst) => pen.wrap(label("  the worst"), &rest(), style::PLAIN, &worst.title),
        None => Ok(()),
    }
}

fn not_read(report: &Report, pen: &mut Pen<'_>) -> io::Result<()> {
    let gaps = grouping::unread(report).count();
    if gaps == 0 {
        return Ok(());
    }
    let verb = if gaps == 1 { "was" } else { "were" };
    pen.line(
        label("Not read")
            .with(WARN, counted(gaps as u64, "scope"))
            .plain(format!(" {verb} not read completely, see the gaps below")),
    )
}

/// What the target's own ignore files kept from being read: nobody looked there.
fn left_out(report: &Report, pen: &mut Pen<'_>) -> io::Result<()> {
    let paths = report.summary.paths_left_out;
    if paths == 0 {
        return Ok(());
    }
    let text = format!(
        " left out by ignore files ({}); --no-ignore reads them",
        ignore_files(report)
    );
    pen.wrap(
        label("Left out"),
        &rest(),
        style::PLAIN,
        &(counted(paths, "path") + &text),
    )
}

/// The ignore files that left something out, a few by name.
fn ignore_files(report: &Report) -> String {
    let rows = report
        .scan
        .coverage
        .iter()
        .filter(|r| r.status == ScopeStatus::Excluded);
    let by: BTreeSet<&str> = rows
        .filter_map(|r| Some(r.reason.as_deref()?.split_once(" by ")?.1))
        .collect();
    let mut names: Vec<String> = by
        .iter()
        .take(NAMED)
        .map(|n| shortened(n, 40).into_owned())
        .collect();
    if by.len() > NAMED {
        names.push(format!("{} more", by.len() - NAMED));
    }
    names.join(", ")
}

/// What other tools found, and how much of it concerns this estate.
fn imported(report: &Report, pen: &mut Pen<'_>) -> io::Result<()> {
    for row in &report.scan.imports {
        let tool = format!("{} {}", row.tool, row.version);
        pen.line(
            label("Imported")
                .plain(counted(row.findings as u64, "finding"))
                .plain(format!(" of {}: ", shortened(tool.trim(), 30)))
                .bold(row.joined.to_string())
                .plain(" on assets here, the others on what no AI stands on"),
        )?;
    }
    Ok(())
}

fn do_first(report: &Report, index: &Index<'_>, pen: &mut Pen<'_>) -> io::Result<()> {
    if report.fixes.is_empty() {
        return Ok(());
    }
    pen.blank()?;
    let cuts = report.fixes.iter().any(|x| !x.paths_cut.is_empty());
    let heading = match (report.paths.is_empty(), cuts) {
        (true, _) => "Do first",
        (false, true) => "Do first, to cut most paths",
        (false, false) => "Do first (no single change cuts a path: each has more than one way)",
    };
    pen.line(Line::new().plain("  ").with(BOLD, heading))?;
    // Titles are sentences: they wrap, with what the change does beside their first line.
    let room = pen.width().saturating_sub(BESIDE);
    let mut rows = Vec::new();
    for (i, fix) in report.fixes.iter().take(FIXES).enumerate() {
        let mut lines = wrapped(fix.title.trim_end_matches('.'), room).into_iter();
        rows.push(row(i + 1, lines.next().unwrap_or_default(), fix, report, index));
        rows.extend(lines.map(|line| vec![Line::new(), Line::new().plain(line)]));
    }
    table::write(FIX_COLUMNS, &rows, pen)?;
    if report.fixes.len() > FIXES {
        pen.line(Line::new().dim(format!("      {} more: aispm fixes", report.fixes.len() - FIXES)))?;
    }
    Ok(())
}

/// What a fix group does, in a few words.
fn row(n: usize, title: String, fix: &Fix, report: &Report, index: &Index<'_>) -> Vec<Line> {
    let cut = fix.paths_cut.len();
    let style = if cut == 0 { DIM } else { GOOD };
    let ends = fix
        .findings
        .iter()
        .filter(|f| index.findings.contains_key(f.as_str()))
        .count();
    vec![
        Line::new().dim(n.to_string()),
        Line::new().plain(title),
        Line::new().with(
            style,
            if report.paths.is_empty() {
                String::from("—")
            } else {
                format!("{cut} of {}", report.paths.len())
            },
        ),
        Line::new().plain(ends.to_string()),
        Line::new().plain(effort(fix.effort)),
        Line::new().plain(shortened(fix.owner.as_deref().unwrap_or("nobody"), 16)),
    ]
}

/// The effort in words.
pub(crate) fn effort(effort: Effort) -> &'static str {
    match effort {
        Effort::Low => "minutes",
        Effort::Medium => "hours",
        Effort::High => "days",
    }
}

/// `1 file`, `2 files`.
pub(crate) fn counted(n: u64, noun: &str) -> String {
    let plural = if n == 1 { "" } else { "s" };
    format!("{n} {noun}{plural}")
}
