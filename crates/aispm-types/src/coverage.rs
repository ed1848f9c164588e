//! What was read, and what was not and why.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A part of a target that is read as one: `.` for a whole directory, a file, a region, a service.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Scope(pub String);

/// Why a scope was not read completely. `reason` names the budget, the denial or the format; it quotes no content.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Gap {
    /// What was not read.
    pub scope: Scope,
    /// Why, and what to try.
    pub reason: String,
}

impl Gap {
    /// A gap.
    pub fn new(scope: impl Into<String>, reason: impl Into<String>) -> Self {
        Self {
            scope: Scope(scope.into()),
            reason: reason.into(),
        }
    }
}

/// What a collector read. Only `complete` scopes may be swept as gone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Scopes read completely.
    pub complete: Vec<Scope>,
    /// Scopes that were not, each with its reason.
    pub gaps: Vec<Gap>,
}

/// Whether a scope was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ScopeStatus {
    /// Read completely.
    Complete,
    /// Read, except for the gaps inside it.
    Partial,
    /// Not read.
    Gap,
}
