//! Findings of other tools: read from OCSF (Prowler) and SARIF (Checkov, Trivy, Semgrep), joined to the assets of a scan.
//!
//! [`read`] turns a file into [`Imported`] findings. [`join`] says which asset each is about, by identity (a cloud id, a name, a
//! file and line), and what it means for it: where the catalogue knows what a check looks at, the fact it established is set on the
//! asset, so that rules and attack paths stand on it. What concerns nothing that AI stands on is counted, not listed.

mod join;
mod meaning;
mod ocsf;
mod resource;
mod sarif;

pub use join::{Joined, join};
pub use meaning::{Meaning, meanings};

use aispm_types::Severity;

/// A file of findings, as its tool wrote it.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportFile {
    /// What the user called it.
    pub name: String,
    /// Findings that are open, in the file's order.
    pub findings: Vec<Imported>,
    /// Results that are no finding: passed, suppressed, muted or not applicable.
    pub others: usize,
}

/// One finding of another tool.
#[derive(Clone, Debug, PartialEq)]
pub struct Imported {
    /// The tool, as it calls itself: `Prowler`, `Checkov`.
    pub tool: String,
    /// Its version, where it says.
    pub version: String,
    /// The check: `s3_bucket_public_access`, `CKV_AWS_122`.
    pub check: String,
    /// What is wrong.
    pub title: String,
    /// What was seen.
    pub why: String,
    /// So what; empty where the tool does not say.
    pub impact: String,
    /// How to fix it; empty where the tool does not say.
    pub fix: String,
    /// Where to read more.
    pub url: Option<String>,
    /// How bad the tool finds it.
    pub severity: Severity,
    /// What it is about.
    pub resource: Resource,
}

/// What a finding is about: whatever its tool says of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resource {
    /// A cloud id: ARN, ARM id, Google resource name.
    pub uid: Option<String>,
    /// A name.
    pub name: Option<String>,
    /// A kind, in the tool's words: `AwsS3Bucket`.
    pub kind: Option<String>,
    /// A file, with `/` separators.
    pub path: Option<String>,
    /// A line in it, from 1.
    pub line: Option<u32>,
    /// The last line of what it is about.
    pub end: Option<u32>,
}

/// Largest file that is read (bytes).
pub const FILE_BUDGET: u64 = 64 << 20;

/// A file that is neither.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// No JSON.
    #[error("it is no JSON: {0}")]
    Json(String),
    /// JSON of another shape.
    #[error("it is neither SARIF 2.1.0 (`runs`) nor OCSF (objects with `class_uid` and `finding_info`)")]
    Shape,
    /// SARIF of another version.
    #[error("it is SARIF {0}; 2.1.0 is read")]
    Version(String),
}

/// Reads a file of findings.
///
/// # Errors
/// Where it is no JSON, or JSON of neither shape. An object of OCSF's shape whose class is no finding is counted among the others.
pub fn read(name: &str, text: &str) -> Result<ImportFile, ImportError> {
    let text = text.trim_start_matches('\u{feff}');
    let json = |e: serde_json::Error| ImportError::Json(format!("line {}, column {}", e.line(), e.column()));
    let value: serde_json::Value = match serde_json::from_str(text) {
        Ok(value) => value,
        // One object a line.
        Err(whole) => {
            let lines = text.lines().filter(|l| !l.trim().is_empty());
            let objects: Result<Vec<serde_json::Value>, _> = lines.map(serde_json::from_str).collect();
            match objects {
                Ok(objects) if !objects.is_empty() => serde_json::Value::Array(objects),
                _ => return Err(json(whole)),
            }
        }
    };
    if value.get("runs").is_some() {
        return sarif::read(name, &value);
    }
    ocsf::read(name, &value).ok_or(ImportError::Shape)
}

/// A text of a JSON object, by path.
fn text<'v>(value: &'v serde_json::Value, path: &[&str]) -> Option<&'v str> {
    path.iter()
        .try_fold(value, |v, key| v.get(key))?
        .as_str()
        .filter(|t| !t.is_empty())
}
