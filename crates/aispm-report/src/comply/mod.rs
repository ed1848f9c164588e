//! A compliance report: what a scan shows of a framework, for people, browsers, spreadsheets and programs.

mod csv;
mod html;
mod text;

use std::io::{self, Write};

use aispm_types::{Compliance, ControlResult};

use crate::{Options, json};

/// Said on every form, because a control usually asks for more than a scanner can read.
const SHARE: &str = "A result speaks of what was read. Passed means that every check that applies was made and held; a control may ask for more than can be read.";

/// A format of a compliance report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ComplianceFormat {
    /// For people at a terminal.
    Text,
    /// One self-contained page without a script.
    Html,
    /// For programs: [`Compliance`] as it is.
    Json,
    /// One row for each control.
    Csv,
}

/// Writes `compliance` to `out` in `format`.
pub fn render_compliance(
    format: ComplianceFormat,
    compliance: &Compliance,
    options: &Options,
    out: &mut dyn Write,
) -> io::Result<()> {
    match format {
        ComplianceFormat::Text => text::render(compliance, options, out),
        ComplianceFormat::Html => html::render(compliance, out),
        ComplianceFormat::Json => json::write(compliance, out),
        ComplianceFormat::Csv => csv::render(compliance, out),
    }
}

/// `12 of 14 checks made (86 %), 3 of 5 rules apply`; empty where no rule tests the control.
fn tested(control: &ControlResult) -> String {
    let t = control.tested;
    if t.rules == 0 {
        return String::new();
    }
    let rules = format!("{} of {} rules apply", t.rules_applied, t.rules);
    match t.checks + t.checks_not_assessed {
        0 => rules,
        all => format!(
            "{} of {all} checks made ({:.0} %), {rules}",
            t.checks,
            t.share * 100.0
        ),
    }
}
