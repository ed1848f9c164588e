//! AI systems: what people own and decide about.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::AssetId;

/// Share of applicable checks passed; what was not assessed stands beside it and is never folded in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Posture {
    /// Checks that held.
    pub passed: u32,
    /// Checks that failed.
    pub failed: u32,
    /// Checks that could not be made.
    pub not_assessed: u32,
}

/// One application of AI: code, endpoints, models, data, agents and identities together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AiSystem {
    /// `ai_system:` and what it was derived from.
    pub id: AssetId,
    /// What people call it.
    pub name: String,
    /// Who answers for it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub owner: Option<String>,
    /// Pilot, production, retired, unknown.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub lifecycle: Option<String>,
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub purpose: Option<String>,
    /// Risk class under the EU AI Act, where declared.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub risk_class: Option<String>,
    /// Its assets.
    pub assets: Vec<AssetId>,
    /// Checks on its assets.
    pub posture: Posture,
    /// `assessed`, `partly` or `never`.
    pub assessed: String,
    /// Why it was not assessed completely.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub not_assessed_because: Vec<String>,
    /// Attack paths to its assets.
    pub paths: Vec<String>,
}
