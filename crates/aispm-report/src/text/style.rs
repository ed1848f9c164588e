//! Styles of text.

use aispm_types::{Certainty, Severity};
use anstyle::{AnsiColor, Style};

pub(crate) const PLAIN: Style = Style::new();
pub(crate) const BOLD: Style = Style::new().bold();
pub(crate) const DIM: Style = Style::new().dimmed();
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
pub(crate) const WARN: Style = AnsiColor::Yellow.on_default();
pub(crate) const COMMAND: Style = AnsiColor::Cyan.on_default();
pub(crate) const PLACE: Style = AnsiColor::Blue.on_default();

/// The colour of a severity; the word always stands beside it.
pub(crate) fn severity(severity: Severity) -> Style {
    match severity {
        Severity::Critical => AnsiColor::BrightWhite.on(AnsiColor::Red).bold(),
        Severity::High => AnsiColor::Red.on_default().bold(),
        Severity::Medium => AnsiColor::Yellow.on_default(),
        Severity::Low => AnsiColor::Cyan.on_default(),
        Severity::Info => DIM,
    }
}

/// The colour of a certainty.
pub(crate) fn certainty(certainty: Certainty) -> Style {
    match certainty {
        Certainty::Certain => BOLD,
        Certainty::Possible => DIM,
    }
}
