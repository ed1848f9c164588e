//! Where something was seen.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A place inside a target. `path` is relative to the target with `/` separators; a member of an archive is
/// `file.pt!/archive/data.pkl`. Lines and columns count from 1.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Location {
    /// The target's name, as in `scan.targets[]`.
    pub target: String,
    /// Path inside the target.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub path: Option<String>,
    /// Line, from 1.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub line: Option<u32>,
    /// Column, from 1.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub column: Option<u32>,
}

impl Location {
    /// A file of a target.
    pub fn file(target: impl Into<String>, path: impl Into<String>) -> Self {
        Self {
            target: target.into(),
            path: Some(path.into()),
            line: None,
            column: None,
        }
    }
    /// The same file at a line (from 1).
    #[must_use]
    pub fn line(mut self, line: u32) -> Self {
        self.line = Some(line);
        self
    }
    /// The same place at a column (from 1).
    #[must_use]
    pub fn column(mut self, column: u32) -> Self {
        self.column = Some(column);
        self
    }
}

impl std::fmt::Display for Location {
    /// `path:line`, or the target alone.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.path.as_deref().unwrap_or(&self.target))?;
        self.line.map_or(Ok(()), |l| write!(f, ":{l}"))
    }
}
