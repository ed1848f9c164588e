//! The report contract, `aispm-report/1`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{AiSystem, Asset, AssetClass, AttackPath, Check, Finding, Fix, Relation, ScopeStatus};

/// The value of `schema` in every report of this shape.
pub const REPORT_SCHEMA: &str = "aispm-report/1";

/// Everything one scan has to say. All lists are sorted; only `run` differs between two scans of the same input.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// [`REPORT_SCHEMA`].
    pub schema: String,
    /// What differs between runs.
    pub run: RunInfo,
    /// Who made it.
    pub tool: ToolInfo,
    /// What was scanned.
    pub scan: ScanInfo,
    /// AI systems.
    pub systems: Vec<AiSystem>,
    /// Assets: AI ones, and the supporting ones that AI stands on.
    pub assets: Vec<ReportedAsset>,
    /// Relations among them.
    pub relations: Vec<Relation>,
    /// Failed and not assessed checks.
    pub checks: Vec<Check>,
    /// Findings, worst first.
    pub findings: Vec<Finding>,
    /// Fix groups, most effective first.
    pub fixes: Vec<Fix>,
    /// Attack paths, worst first.
    pub paths: Vec<AttackPath>,
    /// Counts.
    pub summary: Summary,
}

/// An asset as the report shows it.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ReportedAsset {
    /// The asset.
    #[serde(flatten)]
    pub asset: Asset,
    /// AI or supporting.
    pub class: AssetClass,
    /// The AI system it belongs to.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub system: Option<String>,
}

/// What differs between two runs over the same input.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct RunInfo {
    /// The scan's id in the store.
    pub id: String,
    /// When it began, RFC 3339, UTC.
    pub started_at: String,
    /// When it ended.
    pub finished_at: String,
    /// The machine it ran on.
    pub host: String,
    /// Milliseconds by stage.
    pub durations: BTreeMap<String, u64>,
    /// Every host contacted and why.
    pub network: Vec<NetworkUse>,
}

/// One host contacted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct NetworkUse {
    /// Host name or address.
    pub host: String,
    /// Why it was contacted.
    pub why: String,
}

/// Who made the report.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ToolInfo {
    /// `aispm`.
    pub name: String,
    /// Program version.
    pub version: String,
    /// Version of rules, catalogue and attack steps: a hash over their text.
    pub content_version: String,
    /// Up to when its tables of advisories reach, by source; later ones are not known.
    #[serde(default)]
    pub advisories: String,
}

/// What was scanned.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct ScanInfo {
    /// Targets by name.
    pub targets: Vec<String>,
    /// What was read and what was not.
    pub coverage: Vec<CoverageRow>,
    /// Findings of other tools that were imported.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub imports: Vec<ImportRow>,
}

/// What one file of another tool's findings gave.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct ImportRow {
    /// The file.
    pub file: String,
    /// The tool; empty where the file has no finding.
    pub tool: String,
    /// Its version.
    pub version: String,
    /// Open findings in the file.
    pub findings: usize,
    /// Those on assets of this scan; the others concern what no AI stands on, or what cannot be told apart.
    pub joined: usize,
    /// Results that are no open finding: passed, muted, suppressed.
    pub others: usize,
}

/// Whether one scope was read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct CoverageRow {
    /// The scope, `target` or `target/path`.
    pub scope: String,
    /// Whether it was read.
    pub status: ScopeStatus,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
}

/// Counts.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct Summary {
    /// AI systems.
    pub systems: usize,
    /// AI systems without an owner.
    pub systems_unowned: usize,
    /// AI systems that were never assessed.
    pub systems_never_assessed: usize,
    /// Reported assets by kind.
    pub assets_by_kind: BTreeMap<String, usize>,
    /// Findings by severity, accepted ones left out.
    pub findings_by_severity: BTreeMap<String, usize>,
    /// Findings the organisation accepted.
    pub findings_accepted: usize,
    /// Attack paths by severity.
    pub paths_by_severity: BTreeMap<String, usize>,
    /// Checks by outcome.
    pub checks: CheckCounts,
    /// Checks by rule, of the rules that met something they apply to.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub checks_by_rule: BTreeMap<String, CheckCounts>,
    /// Files read by the walk.
    pub files_read: u64,
    /// Paths that ignore files of the target left out; a directory is one, whatever it holds.
    #[serde(skip_serializing_if = "is_zero", default)]
    pub paths_left_out: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
fn is_zero(n: &u64) -> bool {
    *n == 0
}

/// Checks by outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CheckCounts {
    /// Checks that held.
    pub passed: u64,
    /// Checks that failed.
    pub failed: u64,
    /// Checks that could not be made.
    pub not_assessed: u64,
}
