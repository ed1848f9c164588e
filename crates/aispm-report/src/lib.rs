//! Reports: pure functions from an [`aispm_types::Report`] to bytes.
//!
//! Every format is one file or folder with the same shape, `render(report, options, out)`. Names in a report come from the
//! files that were scanned and are hostile: each format makes them inert in its own way.

mod comply;
mod controls;
mod csv;
mod cyclonedx;
mod drift;
mod format;
mod grouping;
mod html;
mod index;
mod inert;
mod json;
mod md;
mod ocsf;
mod opengraph;
mod sarif;
mod text;

pub use comply::{ComplianceFormat, render_compliance};
pub use drift::{AssetRef, ChangedAsset, Drift, FindingRef, PathRef, drift};
pub use format::{Format, UnknownFormat, render};
pub use json::{render as render_json, schema, write as write_json};
pub use text::view;

/// How a report is written. The binary decides: whether the stream is a terminal, how wide it is, what the user asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Write ANSI styles into text.
    pub color: bool,
    /// Use ASCII only for lines and marks of text.
    pub ascii: bool,
    /// Columns of text; at least 60 are used.
    pub width: usize,
    /// List everything in text, where the report otherwise shows the worst and counts the rest.
    pub all: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            color: false,
            ascii: false,
            width: 100,
            all: false,
        }
    }
}
