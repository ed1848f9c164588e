//! Outcomes of rules, findings, fixes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    AssetId, Certainty, Confidence, ControlId, Effort, Location, Properties, Remediation, Severity,
    digest::short_hash,
};

/// Why a check was not assessed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reason(pub String);

/// One way in which a rule failed on an asset.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Violation {
    /// Tells this violation from others of the same rule on the same asset by meaning (an attribute, a callable, a package),
    /// never by place.
    pub discriminator: String,
    /// The sighting whose content is at fault, where the asset was merged from several; keeps the id stable under merging.
    pub sighting: Option<AssetId>,
    /// Where; empty means where the asset is.
    pub locations: Vec<Location>,
    /// What was seen, in a sentence that names values.
    pub why: String,
    /// What was seen, as data.
    pub evidence: Properties,
    /// A severity other than the rule's, with the reason.
    pub severity: Option<(Severity, String)>,
}

/// How a rule ended on an asset. There is no fifth way.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Looked, and all is well.
    Pass,
    /// Looked, and found these.
    Fail(Vec<Violation>),
    /// Could not know.
    NotAssessed(Reason),
    /// The rule does not concern this asset.
    NotApplicable,
}

/// The outcome of a check as the report lists it; passes are counted only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CheckOutcome {
    /// The rule held.
    Pass,
    /// The rule failed.
    Fail,
    /// Could not know.
    NotAssessed,
}

/// One rule on one asset.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Check {
    /// The rule.
    pub rule: String,
    /// The asset.
    pub asset: AssetId,
    /// How it ended.
    pub outcome: CheckOutcome,
    /// Why it was not assessed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
}

/// A rule that failed on an asset.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// `F-` and twelve digits: rule + asset identity + discriminator, see [`Finding::identity`].
    pub id: String,
    /// The rule.
    pub rule: String,
    /// The defect.
    pub title: String,
    /// How bad, here.
    pub severity: Severity,
    /// Why it differs from the rule's severity.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub severity_reason: Option<String>,
    /// How sure.
    pub confidence: Confidence,
    /// On which asset.
    pub asset: AssetId,
    /// Where.
    pub locations: Vec<Location>,
    /// What was seen.
    pub why: String,
    /// So what.
    pub impact: String,
    /// What was seen, as data.
    pub evidence: Properties,
    /// How to fix it.
    pub remediation: Remediation,
    /// Controls it bears on.
    pub controls: Vec<ControlId>,
    /// Set where the organisation accepted it: who, why, until when. An accepted finding is shown, and does not count for
    /// `--fail-on`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub accepted: Option<String>,
    /// Other tools that found it, with their names for it: `Prowler 5.46.0: s3_bucket_public_access`.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub sources: Vec<String>,
    /// Tells it from others of its rule on its asset.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub discriminator: String,
}

impl Finding {
    /// The id of a finding: the same for the same rule, thing and meaning, wherever the lines have moved.
    pub fn identity(rule: &str, asset: &AssetId, discriminator: &str) -> String {
        format!("F-{}", short_hash(&[rule, asset.as_str(), discriminator]))
    }
}

/// Findings that one change resolves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Fix {
    /// `X-` and twelve digits, from what the change touches.
    pub id: String,
    /// What to do, as an imperative.
    pub title: String,
    /// Findings it resolves.
    pub findings: Vec<String>,
    /// Attack paths that are gone once it is done.
    pub paths_cut: Vec<String>,
    /// AI systems it touches.
    pub systems: Vec<String>,
    /// Who would do it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub owner: Option<String>,
    /// How much work.
    pub effort: Effort,
    /// True where it cannot break a working system.
    pub safe: bool,
    /// The worst severity among its findings.
    pub severity: Severity,
    /// Where the change is made.
    pub locations: Vec<Location>,
}

impl Certainty {
    /// The weaker of two.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        self.min(other)
    }
}
