//! Attack paths, drawn: each step under the one before it, with what it needs where that is not simply the step before.

use std::io;

use aispm_types::{AttackPath, Certainty, PathStep, Report};

use super::pen::{Line, Pen};
use super::style::{self, DIM, PLACE, WARN};
use crate::{controls, index::Index};

/// Paths the whole report draws; the rest becomes one line each.
pub(crate) const DRAWN: usize = 5;
/// Places named for one step.
const PLACES: usize = 2;
/// Cuts shown.
const CUTS: usize = 2;

pub(crate) fn list(report: &Report, index: &Index<'_>, drawn: usize, pen: &mut Pen<'_>) -> io::Result<()> {
    for (i, path) in report.paths.iter().take(drawn).enumerate() {
        if i > 0 {
            pen.blank()?;
        }
        draw(path, index, pen)?;
    }
    if report.paths.len() > drawn {
        pen.blank()?;
        for path in report.paths.iter().skip(drawn) {
            let id = Line::new().with(style::COMMAND, &path.id);
            let room = pen.width().saturating_sub(id.width() + 2);
            pen.spread(title(path).bold(&path.title).cut(room), id)?;
        }
    }
    Ok(())
}

fn title(path: &AttackPath) -> Line {
    Line::new()
        .with(style::severity(path.severity), format!(" {:<8} ", path.severity))
        .plain(format!(" {:>3.0}  ", path.score))
}

pub(crate) fn draw(path: &AttackPath, index: &Index<'_>, pen: &mut Pen<'_>) -> io::Result<()> {
    pen.wrap(
        title(path),
        &Line::new().plain(" ".repeat(16)),
        style::BOLD,
        &path.title,
    )?;
    let mut entry = Line::new().plain("  ● ").bold(index.called(&path.entry));
    if path.certainty == Certainty::Possible {
        entry = entry.with(WARN, "   possible: it stands on something nobody could read");
    }
    pen.spread(entry, Line::new().with(style::COMMAND, &path.id))?;
    let last = path.steps.len().saturating_sub(1);
    let mut before: Option<&PathStep> = None;
    for (i, step) in path.steps.iter().enumerate() {
        pen.line(Line::new().dim("  │"))?;
        draw_step(step, before, i == last, index, pen)?;
        before = Some(step);
    }
    cuts(path, index, pen)
}

fn draw_step(
    step: &PathStep,
    before: Option<&PathStep>,
    last: bool,
    index: &Index<'_>,
    pen: &mut Pen<'_>,
) -> io::Result<()> {
    let mark = if last { "  ╰▶ " } else { "  ├▶ " };
    let rail = Line::new()
        .dim(if last { "     " } else { "  │  " })
        .plain("     ");
    let mut left = Line::new().dim(mark).dim(format!("{:<4} ", step.id));
    if step.from != step.to.as_str() {
        left = left
            .dim(kind(&step.from, index))
            .plain(index.called(&step.from))
            .dim(" → ");
    }
    left = left.dim(kind(step.to.as_str(), index)).bold(index.name(&step.to));
    if let Some(needs) = needs(step, before) {
        left = left.with(WARN, format!("   {needs}"));
    }
    let technique = step
        .technique
        .as_ref()
        .map_or_else(Line::new, |t| Line::new().dim(controls::short(t)));
    pen.spread(left, technique)?;
    let certainty = match step.certainty {
        Certainty::Certain => String::new(),
        Certainty::Possible => " (possible)".to_owned(),
    };
    pen.wrap(
        rail.clone(),
        &rail,
        style::certainty(step.certainty),
        &format!("{}{certainty}", step.grants),
    )?;
    pen.wrap(rail.clone(), &rail, style::PLAIN, &step.why)?;
    evidence(step, &rail, index, pen)
}

/// The kind of an asset and a space; nothing for an entry point.
fn kind(id: &str, index: &Index<'_>) -> String {
    let kind = index
        .assets
        .get(id)
        .map(|a| a.asset.kind.as_str().replace('_', " "));
    kind.map_or_else(String::new, |k| format!("{k} "))
}

/// What a step needs, where it is not just the step before it.
fn needs(step: &PathStep, before: Option<&PathStep>) -> Option<String> {
    match (step.needs.as_slice(), before) {
        ([], None) => None,
        ([], Some(_)) => Some("straight from the entry".to_owned()),
        ([one], Some(b)) if *one == b.id => None,
        (many, _) => Some(format!("needs {}", many.join(" AND "))),
    }
}

fn evidence(step: &PathStep, rail: &Line, index: &Index<'_>, pen: &mut Pen<'_>) -> io::Result<()> {
    if step.evidence.is_empty() && step.findings.is_empty() {
        return Ok(());
    }
    let mut line = rail.clone();
    for (i, place) in step.evidence.iter().take(PLACES).enumerate() {
        line = line
            .plain(if i == 0 { "" } else { "  " })
            .with(PLACE, index.place(place));
    }
    if step.evidence.len() > PLACES {
        line = line.dim(format!(" and {} more", step.evidence.len() - PLACES));
    }
    let findings = step
        .findings
        .iter()
        .take(PLACES)
        .cloned()
        .collect::<Vec<_>>()
        .join(" ");
    pen.spread(line, Line::new().dim(findings))
}

/// The sets of fixes that remove the path.
fn cuts(path: &AttackPath, index: &Index<'_>, pen: &mut Pen<'_>) -> io::Result<()> {
    for (i, cut) in path.cuts.iter().take(CUTS).enumerate() {
        let label = if i == 0 { "  cut by  " } else { "  or by   " };
        let named: Vec<String> = cut
            .iter()
            .map(|id| match index.fixes.get(id.as_str()) {
                Some(fix) => format!("{} ({id})", fix.title.trim_end_matches('.')),
                None => id.clone(),
            })
            .collect();
        let first = Line::new().with(style::GOOD, label);
        pen.wrap(
            first,
            &Line::new().plain(" ".repeat(10)),
            style::PLAIN,
            &named.join(" AND "),
        )?;
    }
    if path.cuts.is_empty() {
        pen.line(Line::new().with(DIM, "  no single known change removes this path"))?;
    }
    Ok(())
}
