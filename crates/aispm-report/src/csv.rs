//! CSV (RFC 4180): one row for each finding.

use std::io::{self, Write};

use aispm_types::Report;

use crate::{Options, index::Index, inert::inert};

const COLUMNS: &[&str] = &[
    "id",
    "severity",
    "confidence",
    "rule",
    "title",
    "system",
    "owner",
    "asset",
    "kind",
    "target",
    "path",
    "line",
    "places",
    "why",
    "impact",
    "fix",
    "effort",
    "safe",
    "controls",
    "paths",
    "accepted",
];

/// Writes a header and a row for each finding, worst first. Cells that a spreadsheet would take for a formula get an
/// apostrophe in front (OWASP: CSV injection).
pub(crate) fn render(report: &Report, _options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let index = Index::new(report);
    row(COLUMNS.iter().copied(), out)?;
    for f in &report.findings {
        let system = index.system_of(&f.asset);
        let place = f.locations.first();
        let paths = index.paths_on(&f.id);
        let controls: Vec<String> = f.controls.iter().map(ToString::to_string).collect();
        let line = place
            .and_then(|p| p.line)
            .map_or_else(String::new, |l| l.to_string());
        let cells: [&str; 21] = [
            &f.id,
            f.severity.as_str(),
            &word(f.confidence),
            &f.rule,
            &f.title,
            system.map_or("", |s| &s.name),
            system.and_then(|s| s.owner.as_deref()).unwrap_or(""),
            f.asset.as_str(),
            index
                .assets
                .get(f.asset.as_str())
                .map_or("", |a| a.asset.kind.as_str()),
            place.map_or("", |p| &p.target),
            place.and_then(|p| p.path.as_deref()).unwrap_or(""),
            &line,
            &f.locations.len().to_string(),
            &f.why,
            &f.impact,
            &f.remediation.summary,
            &word(f.remediation.effort),
            if f.remediation.safe { "yes" } else { "no" },
            &controls.join(" "),
            &paths.join(" "),
            f.accepted.as_deref().unwrap_or(""),
        ];
        row(cells.into_iter(), out)?;
    }
    Ok(())
}

/// The word an enum is written with in JSON.
fn word(value: impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(s)) => s,
        _ => String::new(),
    }
}

pub(crate) fn row<'a>(cells: impl Iterator<Item = &'a str>, out: &mut dyn Write) -> io::Result<()> {
    let line = cells.map(cell).collect::<Vec<_>>().join(",");
    write!(out, "{line}\r\n")
}

fn cell(text: &str) -> String {
    let text = inert(text);
    let guard = if text
        .trim_start()
        .starts_with(['=', '+', '-', '@', '|', '%', '＝', '＋', '－', '＠'])
    {
        "'"
    } else {
        ""
    };
    if text.contains(['"', ',', ';', '\'']) || text.starts_with(' ') || text.ends_with(' ') {
        format!("\"{guard}{}\"", text.replace('"', "\"\""))
    } else {
        format!("{guard}{text}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_never_formulas() {
        for (given, expected) in [
            ("plain", "plain"),
            ("a,b", "\"a,b\""),
            ("say \"hi\"", "\"say \"\"hi\"\"\""),
            ("=1+1", "'=1+1"),
            (
                "=HYPERLINK(\"http://x\",\"y\")",
                "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\"",
            ),
            ("@SUM(A1)", "'@SUM(A1)"),
            (" +1", "\"' +1\""),
            ("\t=1", "\"' =1\""),
            ("two\nlines", "two lines"),
            ("\u{1b}[2J", "\\u{1b}[2J"),
        ] {
            assert_eq!(cell(given), expected, "{given:?}");
        }
    }
}
