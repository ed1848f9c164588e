//! The formats and the one door to them.

use std::io::{self, Write};
use std::str::FromStr;

use aispm_types::Report;

use crate::{Options, csv, cyclonedx, html, json, md, ocsf, opengraph, sarif, text};

/// A format of a report, as in `--format`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// For people at a terminal.
    #[default]
    Text,
    /// The contract, `aispm-report/1`.
    Json,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// CycloneDX 1.6 ML-BOM.
    Cyclonedx,
    /// One self-contained page.
    Html,
    /// Findings as rows.
    Csv,
    /// For comments on pull requests.
    Md,
    /// OCSF Detection Findings, for whatever takes Prowler's.
    Ocsf,
    /// BloodHound's OpenGraph.
    Opengraph,
}

impl Format {
    /// Every format.
    pub const ALL: &'static [Self] = &[
        Self::Text,
        Self::Json,
        Self::Sarif,
        Self::Cyclonedx,
        Self::Html,
        Self::Csv,
        Self::Md,
        Self::Ocsf,
        Self::Opengraph,
    ];

    /// The word used on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
            Self::Sarif => "sarif",
            Self::Cyclonedx => "cyclonedx",
            Self::Html => "html",
            Self::Csv => "csv",
            Self::Md => "md",
            Self::Ocsf => "ocsf",
            Self::Opengraph => "opengraph",
        }
    }

    /// The usual end of a file name, without the dot.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Text => "txt",
            Self::Json => "json",
            Self::Sarif => "sarif",
            Self::Cyclonedx => "cdx.json",
            Self::Html => "html",
            Self::Csv => "csv",
            Self::Md => "md",
            Self::Ocsf => "ocsf.json",
            Self::Opengraph => "opengraph.json",
        }
    }
}

impl std::fmt::Display for Format {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

/// A word that names no format.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is no format{}. Use text, json, sarif, cyclonedx, html, csv, md, ocsf or opengraph",
    suggestion.map(|s| format!(", did you mean `{s}`")).unwrap_or_default())]
pub struct UnknownFormat {
    /// The word.
    pub given: String,
    /// The nearest format, if one is near.
    pub suggestion: Option<Format>,
}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        let word = s.trim().to_ascii_lowercase();
        Self::ALL
            .iter()
            .copied()
            .find(|f| f.as_str() == word)
            .ok_or_else(|| UnknownFormat {
                given: s.to_owned(),
                suggestion: nearest(&word),
            })
    }
}

/// Other names people use, then the nearest spelling.
fn nearest(word: &str) -> Option<Format> {
    let by_name = match word {
        "markdown" | "github" => Some(Format::Md),
        "table" | "txt" | "human" | "plain" | "console" => Some(Format::Text),
        "cdx" | "bom" | "sbom" | "mlbom" | "aibom" => Some(Format::Cyclonedx),
        "bloodhound" | "graph" => Some(Format::Opengraph),
        "web" | "page" | "htm" => Some(Format::Html),
        _ => None,
    };
    by_name.or_else(|| {
        Format::ALL
            .iter()
            .map(|f| (strsim::damerau_levenshtein(word, f.as_str()), *f))
            .filter(|(distance, f)| *distance <= (f.as_str().len() / 3).max(1))
            .min_by_key(|(distance, _)| *distance)
            .map(|(_, f)| f)
    })
}

/// Writes `report` to `out` in `format`.
pub fn render(format: Format, report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Text => text::render(report, options, out),
        Format::Json => json::render(report, options, out),
        Format::Sarif => sarif::render(report, options, out),
        Format::Cyclonedx => cyclonedx::render(report, options, out),
        Format::Html => html::render(report, options, out),
        Format::Csv => csv::render(report, options, out),
        Format::Md => md::render(report, options, out),
        Format::Ocsf => ocsf::render(report, options, out),
        Format::Opengraph => opengraph::render(report, options, out),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_is_read_back_from_its_word() {
        for format in Format::ALL {
            assert_eq!(format.as_str().parse(), Ok(*format));
        }
    }

    #[test]
    fn a_wrong_word_is_answered_with_the_right_one() {
        for (given, expected) in [
            ("sarfi", Some(Format::Sarif)),
            ("cyclondx", Some(Format::Cyclonedx)),
            ("markdown", Some(Format::Md)),
            ("jsno", Some(Format::Json)),
            ("xml", None),
            ("spreadsheet", None),
        ] {
            let error = given.parse::<Format>().unwrap_err();
            assert_eq!(error.suggestion, expected, "{given}");
        }
        assert_eq!(
            "sarfi".parse::<Format>().unwrap_err().to_string(),
            "`sarfi` is no format, did you mean `sarif`. Use text, json, sarif, cyclonedx, html, csv, md, ocsf or opengraph"
        );
    }
}
