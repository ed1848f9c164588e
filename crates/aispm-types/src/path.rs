//! Attack paths.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{AssetId, Certainty, ControlId, Location, Severity};

/// Certainty of a step; the word of DESIGN for paths.
pub type StepCertainty = Certainty;

/// One step: from what the attacker has to what he gains. Steps are in an order in which each one's needs come before it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PathStep {
    /// Place in the path, from `s1`; `needs` of later steps refer to it.
    pub id: String,
    /// Where the attacker stands.
    pub from: String,
    /// What he gains something on.
    pub to: AssetId,
    /// The attack step's id, as in `attack-steps/`.
    pub kind: String,
    /// The capability gained, in words.
    pub grants: String,
    /// Earlier steps that this one needs, all of them.
    pub needs: Vec<String>,
    /// The technique (ATLAS).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub technique: Option<ControlId>,
    /// Why it works here, naming the things.
    pub why: String,
    /// Where the facts it stands on were seen.
    pub evidence: Vec<Location>,
    /// Findings it stands on.
    pub findings: Vec<String>,
    /// Certain or possible.
    pub certainty: Certainty,
}

/// How an attacker gets from an entry point to a crown jewel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AttackPath {
    /// `P-` and twelve digits, from entry and target capability.
    pub id: String,
    /// A sentence an executive understands.
    pub title: String,
    /// How bad.
    pub severity: Severity,
    /// 0–100, by the formula in the docs (entry likelihood, step costs, target value).
    pub score: f64,
    /// Certain where every step is.
    pub certainty: Certainty,
    /// Where it begins: an entry point of the policy.
    pub entry: String,
    /// The crown jewel.
    pub target: AssetId,
    /// The cheapest derivation, in order.
    pub steps: Vec<PathStep>,
    /// Smallest sets of fixes that remove it, fewest and easiest first.
    pub cuts: Vec<Vec<String>>,
}
