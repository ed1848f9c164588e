//! Text for people at a terminal: an executive's first screen, then worst first, then what was not read.

mod drift;
mod explain;
mod findings;
mod fixes;
mod gaps;
mod inventory;
mod paths;
pub(crate) mod pen;
pub(crate) mod style;
mod summary;
mod systems;
mod table;
pub mod view;

use std::io::{self, Write};

use aispm_types::Report;

use crate::{Options, grouping, index::Index};
use pen::{Line, Pen};
pub(crate) use summary::counted;

/// Writes the whole report.
pub(crate) fn render(report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let index = Index::new(report);
    let pen = &mut Pen::new(options, out);
    summary::write(report, &index, pen)?;
    if !report.systems.is_empty() {
        pen.heading("AI systems")?;
        systems::table(report, &index, pen)?;
    }
    if !report.paths.is_empty() {
        pen.heading("Attack paths")?;
        paths::list(
            report,
            &index,
            if options.all { usize::MAX } else { paths::DRAWN },
            pen,
        )?;
    }
    if !report.findings.is_empty() {
        pen.heading("Findings")?;
        findings::blocks(report, &index, options.all, pen)?;
    }
    gaps::write(report, options.all, pen)?;
    next(report, pen)
}

/// What to type next.
fn next(report: &Report, pen: &mut Pen<'_>) -> io::Result<()> {
    let worst = grouping::by_rule(report)
        .first()
        .and_then(|g| g.first())
        .map(|f| format!("aispm explain {}", f.id));
    let path = report.paths.first().map(|p| format!("aispm explain {}", p.id));
    let mut commands: Vec<String> = worst.into_iter().chain(path).collect();
    if !report.fixes.is_empty() {
        commands.push("aispm fixes".to_owned());
    }
    if report.assets.is_empty() {
        return Ok(());
    }
    if commands.is_empty() {
        commands.push("aispm inventory".to_owned());
    }
    let mut line = Line::new().bold("Next  ");
    for (i, command) in commands.into_iter().enumerate() {
        line = if i == 0 { line } else { line.dim("  ·  ") };
        line = line.with(style::COMMAND, command);
    }
    pen.blank()?;
    pen.line(line)
}
