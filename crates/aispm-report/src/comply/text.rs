//! Compliance at a terminal: the counts, then every control with what speaks for and against it.

use std::io::{self, Write};

use aispm_types::{Compliance, ControlResult, ControlStatus};

use super::{SHARE, tested};
use crate::Options;
use crate::text::pen::{Line, Pen};
use crate::text::style::{DIM, GOOD, PLAIN, WARN, severity};

/// Findings shown under a control without `all`.
const SHOWN: usize = 5;

pub(crate) fn render(compliance: &Compliance, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let pen = &mut Pen::new(options, out);
    let n = compliance.counts;
    pen.line(
        Line::new()
            .bold(format!("{} {}", compliance.title, compliance.version))
            .dim(format!("  {}", compliance.url)),
    )?;
    pen.line(
        Line::new()
            .with(
                severity(aispm_types::Severity::High),
                format!("{} failed", n.failed),
            )
            .plain("  ")
            .with(GOOD, format!("{} passed", n.passed))
            .plain("  ")
            .with(WARN, format!("{} not assessed", n.not_assessed))
            .plain(format!("  {} manual", n.manual)),
    )?;
    let targets = compliance.targets.join(", ");
    pen.line(Line::new().dim(format!(
        "scan {} of {targets}, {}",
        compliance.scan, compliance.scanned_at
    )))?;
    if compliance.gaps > 0 {
        pen.line(Line::new().with(
            WARN,
            format!(
                "{} places of the scan were not read; `aispm inventory` of a `--strict` scan names them",
                compliance.gaps
            ),
        ))?;
    }
    for control in &compliance.controls {
        block(control, options.all, pen)?;
    }
    pen.blank()?;
    pen.wrap(Line::new(), &Line::new(), DIM, SHARE)
}

fn block(control: &ControlResult, all: bool, pen: &mut Pen<'_>) -> io::Result<()> {
    pen.blank()?;
    let style = match control.status {
        ControlStatus::Passed => GOOD,
        ControlStatus::Failed => severity(aispm_types::Severity::High),
        ControlStatus::NotAssessed => WARN,
        ControlStatus::Manual => PLAIN,
    };
    pen.spread(
        Line::new()
            .with(style, format!("{:<13}", control.status.as_str()))
            .bold(&control.id)
            .plain(format!("  {}", control.title)),
        Line::new().dim(tested(control)),
    )?;
    let indent = Line::new().plain(" ".repeat(13));
    if let Some(reason) = &control.reason {
        pen.wrap(indent.clone(), &indent, DIM, reason)?;
    }
    let shown = if all { usize::MAX } else { SHOWN };
    for f in control.findings.iter().take(shown) {
        let place = f.locations.first().map(ToString::to_string).unwrap_or_default();
        let first = indent
            .clone()
            .with(severity(f.severity), format!("{:<9}", f.severity.as_str()))
            .dim(format!("{} ", f.id));
        let rest = Line::new().plain(" ".repeat(22));
        let accepted = f
            .accepted
            .as_ref()
            .map(|why| format!(" Accepted: {why}"))
            .unwrap_or_default();
        pen.wrap(first, &rest, PLAIN, &format!("{}{accepted} {place}", f.why))?;
    }
    let more = control.findings.len().saturating_sub(shown);
    if more > 0 {
        pen.line(indent.clone().dim(format!("and {more} more; `--all` lists them")))?;
    }
    let unmade = control.rules.iter().filter(|r| r.not_assessed > 0);
    for r in unmade {
        let why = format!(
            "{} checks of {} not made: {}",
            r.not_assessed,
            r.rule,
            r.reasons.join("; ")
        );
        pen.wrap(indent.clone(), &indent, DIM, &why)?;
    }
    Ok(())
}
