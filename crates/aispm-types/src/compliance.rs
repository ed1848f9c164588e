//! What a scan shows of the requirements of one framework.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{AssetId, Location, Severity};

/// The value of `schema` in every compliance report of this shape.
pub const COMPLIANCE_SCHEMA: &str = "aispm-compliance/1";

/// One version of a framework held against one scan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Compliance {
    /// [`COMPLIANCE_SCHEMA`].
    pub schema: String,
    /// Key of the framework, `owasp-llm`.
    pub framework: String,
    /// Its version.
    pub version: String,
    /// What people call it.
    pub title: String,
    /// Where it is published.
    pub url: String,
    /// Licence of its text.
    pub licence: String,
    /// The scan that was held against it.
    pub scan: String,
    /// When that scan ended, RFC 3339, UTC.
    pub scanned_at: String,
    /// What was scanned.
    pub targets: Vec<String>,
    /// How many scopes of the scan were not, or not wholly, read: a pass speaks of the rest.
    pub gaps: usize,
    /// Controls by status.
    pub counts: StatusCounts,
    /// Every control of the framework, in its order.
    pub controls: Vec<ControlResult>,
}

/// How many controls have each status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StatusCounts {
    /// Every check was made and held.
    pub passed: usize,
    /// A check failed.
    pub failed: usize,
    /// No check, or not every check, could be made.
    pub not_assessed: usize,
    /// Only people can answer.
    pub manual: usize,
}

/// How a control stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ControlStatus {
    /// Every check that applies was made and held.
    Passed,
    /// At least one check failed.
    Failed,
    /// No rule tests it, nothing in the scan is concerned, or a check could not be made.
    NotAssessed,
    /// It asks for people, processes or documents; what can be read found nothing against it.
    Manual,
}

impl ControlStatus {
    /// The word shown to people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::NotAssessed => "not assessed",
            Self::Manual => "manual",
        }
    }
}

/// One control, what was found and how much of it was tested.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ControlResult {
    /// Its id.
    pub id: String,
    /// Its title; empty where the licence lets us show ids only.
    pub title: String,
    /// How it stands.
    pub status: ControlStatus,
    /// Why it is not assessed or manual.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    /// How much of it was tested.
    pub tested: Tested,
    /// What failed.
    pub findings: Vec<ControlFinding>,
    /// What held, and what could not be checked, by rule.
    pub rules: Vec<RuleCounts>,
}

/// How much of a control was tested.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Tested {
    /// Rules that test some of it.
    pub rules: usize,
    /// Those of them that met something they apply to.
    pub rules_applied: usize,
    /// Checks that ended in pass or fail.
    pub checks: u64,
    /// Checks that could not be made.
    pub checks_not_assessed: u64,
    /// `checks` in all checks, 0 to 1, rounded to two places; 0 where there is none.
    pub share: f64,
}

/// One finding against a control.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ControlFinding {
    /// Its id, `F-…`.
    pub id: String,
    /// The rule.
    pub rule: String,
    /// How bad.
    pub severity: Severity,
    /// What was found, on what.
    pub why: String,
    /// The asset.
    pub asset: AssetId,
    /// Where.
    pub locations: Vec<Location>,
    /// Why the organisation accepted it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub accepted: Option<String>,
}

/// How the checks of one rule ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RuleCounts {
    /// The rule.
    pub rule: String,
    /// Checks that held.
    pub passed: u64,
    /// Checks that failed.
    pub failed: u64,
    /// Checks that could not be made.
    pub not_assessed: u64,
    /// Why not: each reason once.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub reasons: Vec<String>,
}
