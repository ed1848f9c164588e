//! Findings, worst first, one block for each rule.

use std::io;

use aispm_types::{AssetId, Finding, Location, Report, Severity};

use super::pen::{Line, Pen};
use super::style::{self, DIM, PLACE};
use super::summary::{counted, effort};
use crate::grouping::{self, Group};
use crate::{controls, index::Index};

/// Findings of one block that are shown, unless everything is asked for.
const SHOWN: usize = 6;
/// Blocks shown, unless everything is asked for; the rest, and what is low, becomes one line each.
const BLOCKS: usize = 25;

pub(crate) fn blocks(report: &Report, index: &Index<'_>, all: bool, pen: &mut Pen<'_>) -> io::Result<()> {
    let groups = grouping::by_rule(report);
    let whole = |i: usize, g: &Group<'_>| all || (i < BLOCKS && g.severity >= Severity::Medium);
    let mut short = Vec::new();
    for (i, group) in groups.iter().enumerate() {
        if !whole(i, group) {
            short.push(group);
            continue;
        }
        if i > 0 {
            pen.blank()?;
        }
        block(group, index, if all { usize::MAX } else { SHOWN }, pen)?;
    }
    if !short.is_empty() {
        pen.blank()?;
        for first in short
            .iter()
            .filter_map(|g| g.first().map(|f| (f, g.findings.len())))
        {
            pen.spread(
                title(first.0, first.1),
                Line::new().with(PLACE, place(first.0, index)),
            )?;
        }
        pen.line(Line::new().dim("  `aispm findings` tells more of these"))?;
    }
    accepted(report, index, pen)
}

fn title(finding: &Finding, count: usize) -> Line {
    let line = Line::new()
        .with(
            style::severity(finding.severity),
            format!(" {:<8} ", finding.severity),
        )
        .plain(" ")
        .bold(&finding.title);
    if count > 1 {
        line.dim(format!("  × {count}"))
    } else {
        line
    }
}

fn block(group: &Group<'_>, index: &Index<'_>, limit: usize, pen: &mut Pen<'_>) -> io::Result<()> {
    let Some(first) = group.first() else {
        return Ok(());
    };
    pen.line(title(first, group.findings.len()))?;
    let shown = group
        .findings
        .get(..limit.min(group.findings.len()))
        .unwrap_or(&[]);
    // What was seen is told once for neighbours that say the same.
    for alike in shown.chunk_by(|a, b| (&a.why, &a.severity_reason) == (&b.why, &b.severity_reason)) {
        for finding in alike {
            place_row(finding, index, pen)?;
        }
        if let Some(first) = alike.first() {
            seen(first, pen)?;
        }
    }
    if group.findings.len() > limit {
        pen.line(Line::new().dim(format!(
            "    … and {} more: aispm findings",
            group.findings.len() - limit
        )))?;
    }
    labelled(pen, "so what", &first.impact)?;
    let safe = if first.remediation.safe { ", safe" } else { "" };
    let fix = format!(
        "{} ({}{safe})",
        first.remediation.summary,
        effort(first.remediation.effort)
    );
    labelled(pen, "fix", &fix)?;
    let mut sources: Vec<&str> = group
        .findings
        .iter()
        .flat_map(|f| f.sources.iter().map(String::as_str))
        .collect();
    sources.sort_unstable();
    sources.dedup();
    if !sources.is_empty() {
        labelled(pen, "found by", &sources.join(", "))?;
    }
    let controls = first.controls.iter().map(controls::short);
    let names: Vec<String> = std::iter::once(first.rule.clone()).chain(controls).collect();
    let label = Line::new().dim(format!("    {:<9}", "rule"));
    pen.wrap(label, &Line::new().plain(" ".repeat(13)), DIM, &names.join(" · "))
}

/// Where and in which system.
fn place_row(finding: &Finding, index: &Index<'_>, pen: &mut Pen<'_>) -> io::Result<()> {
    let places = place(finding, index);
    let mut line = Line::new().plain("    ").with(PLACE, places);
    if let Some(system) = index.system_of(&finding.asset) {
        line = line.dim(format!("  {}", system.name));
    }
    pen.spread(line, Line::new().with(style::COMMAND, &finding.id))
}

/// What was seen, and why it is worse or milder here.
fn seen(finding: &Finding, pen: &mut Pen<'_>) -> io::Result<()> {
    let indent = Line::new().plain(" ".repeat(6));
    pen.wrap(indent.clone(), &indent, style::PLAIN, &finding.why)?;
    if let Some(reason) = &finding.severity_reason {
        pen.wrap(
            indent.clone(),
            &indent,
            DIM,
            &format!("{} here: {reason}", finding.severity),
        )?;
    }
    Ok(())
}

/// The first place, and how many others; the asset's name where it has no place.
pub(crate) fn place(finding: &Finding, index: &Index<'_>) -> String {
    match finding.locations.split_first() {
        Some((first, [])) => index.place(first),
        Some((first, more)) => format!(
            "{} and {}",
            index.place(first),
            counted(more.len() as u64, "other place")
        ),
        None => first_place_of(&finding.asset, index),
    }
}

fn first_place_of(asset: &AssetId, index: &Index<'_>) -> String {
    let place: Option<&Location> = index
        .assets
        .get(asset.as_str())
        .and_then(|a| a.asset.locations.first());
    place.map_or_else(|| asset.to_string(), |p| index.place(p))
}

fn labelled(pen: &mut Pen<'_>, label: &str, prose: &str) -> io::Result<()> {
    let first = Line::new().dim(format!("    {label:<9}"));
    pen.wrap(first, &Line::new().plain(" ".repeat(13)), style::PLAIN, prose)
}

/// Findings the organisation accepted: shown, never hidden.
fn accepted(report: &Report, index: &Index<'_>, pen: &mut Pen<'_>) -> io::Result<()> {
    let mut first = true;
    for finding in &report.findings {
        let Some(reason) = &finding.accepted else {
            continue;
        };
        if first {
            pen.blank()?;
            pen.line(Line::new().plain("  ").bold("Accepted by the organisation"))?;
            first = false;
        }
        let left = Line::new().dim(format!("    {}  {}", finding.severity, finding.title));
        pen.spread(
            left.dim(format!("  {}", place(finding, index))),
            Line::new().dim(&finding.id),
        )?;
        let indent = Line::new().plain(" ".repeat(6));
        pen.wrap(indent.clone(), &indent, DIM, reason)?;
    }
    Ok(())
}
