//! Drift between two scans.

use std::io;

use super::pen::{Line, Pen};
use super::style::{self, BOLD, DIM, GOOD, WARN};
use crate::{AssetRef, Drift, FindingRef, PathRef};

pub(crate) fn write(drift: &Drift, pen: &mut Pen<'_>) -> io::Result<()> {
    pen.line(
        Line::new()
            .bold("What changed")
            .plain(" from scan ")
            .bold(&drift.from)
            .plain(" to scan ")
            .bold(&drift.to),
    )?;
    if drift.is_empty() {
        pen.blank()?;
        return pen.line(Line::new().with(GOOD, "  Nothing."));
    }
    paths("New attack paths", "+", &drift.new_paths, pen)?;
    paths("Attack paths that are cut", "-", &drift.cut_paths, pen)?;
    paths(
        "Attack paths nobody looked at this time (what they stand on was not read, or left out)",
        "?",
        &drift.unknown_paths,
        pen,
    )?;
    findings("New findings", "+", &drift.new_findings, pen)?;
    findings("Fixed findings", "-", &drift.fixed_findings, pen)?;
    findings(
        "Findings nobody looked at this time (not read, left out, or not assessed)",
        "?",
        &drift.unknown_findings,
        pen,
    )?;
    assets(
        "New assets",
        "+",
        drift.new_assets.iter().map(|a| (a, String::new())),
        pen,
    )?;
    assets(
        "Gone assets",
        "-",
        drift.gone_assets.iter().map(|a| (a, String::new())),
        pen,
    )?;
    assets(
        "Assets nobody looked at this time (not read, or left out)",
        "?",
        drift.unknown_assets.iter().map(|a| (a, String::new())),
        pen,
    )?;
    let changed = drift
        .changed_assets
        .iter()
        .map(|c| (&c.asset, c.changed.join(", ")));
    assets("Changed assets", "~", changed, pen)
}

fn section(title: &str, count: usize, pen: &mut Pen<'_>) -> io::Result<()> {
    pen.blank()?;
    pen.line(
        Line::new()
            .plain("  ")
            .with(BOLD, title)
            .dim(format!(" ({count})")),
    )
}

fn mark(sign: &str) -> Line {
    let style = match sign {
        "+" => WARN,
        "-" => GOOD,
        _ => DIM,
    };
    Line::new().with(style, format!("    {sign} "))
}

fn paths(title: &str, sign: &str, paths: &[PathRef], pen: &mut Pen<'_>) -> io::Result<()> {
    if paths.is_empty() {
        return Ok(());
    }
    section(title, paths.len(), pen)?;
    for p in paths {
        let left = mark(sign)
            .with(style::severity(p.severity), p.severity.as_str())
            .plain("  ")
            .plain(&p.title);
        pen.spread(left, Line::new().with(style::COMMAND, &p.id))?;
    }
    Ok(())
}

fn findings(title: &str, sign: &str, findings: &[FindingRef], pen: &mut Pen<'_>) -> io::Result<()> {
    if findings.is_empty() {
        return Ok(());
    }
    section(title, findings.len(), pen)?;
    for f in findings {
        let left = mark(sign)
            .with(style::severity(f.severity), f.severity.as_str())
            .plain("  ")
            .plain(&f.title);
        let right = Line::new().with(style::COMMAND, &f.id);
        let room = pen.width().saturating_sub(right.width() + 2);
        pen.spread(left.dim(format!("  {}", f.asset)).cut(room), right)?;
    }
    Ok(())
}

fn assets<'a>(
    title: &str,
    sign: &str,
    assets: impl ExactSizeIterator<Item = (&'a AssetRef, String)>,
    pen: &mut Pen<'_>,
) -> io::Result<()> {
    if assets.len() == 0 {
        return Ok(());
    }
    section(title, assets.len(), pen)?;
    for (asset, what) in assets {
        let left = mark(sign)
            .dim(format!("{} ", asset.kind.as_str().replace('_', " ")))
            .plain(&asset.name);
        pen.spread(left, Line::new().dim(what))?;
    }
    Ok(())
}
