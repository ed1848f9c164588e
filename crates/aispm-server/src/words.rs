//! Words of the report's types, for the OpenAPI document.
#![expect(dead_code, reason = "these describe values of other types and are never made")]

use utoipa::ToSchema;

/// How bad.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
pub(crate) enum Severity {
    Critical,
    High,
    Medium,
    Low,
    Info,
}

/// How sure a rule is.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
pub(crate) enum Confidence {
    High,
    Medium,
    Low,
}

/// Whether something is so, or may be.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
pub(crate) enum Certainty {
    Certain,
    Possible,
}

/// How much work a fix is.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
pub(crate) enum Effort {
    Low,
    Medium,
    High,
}

/// Whether a scope was read.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
pub(crate) enum ScopeStatus {
    Complete,
    Partial,
    Gap,
    Excluded,
}

/// AI or what AI stands on.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
pub(crate) enum AssetClass {
    Ai,
    Supporting,
}

/// A place inside a target.
#[derive(ToSchema)]
pub(crate) struct Location {
    /// The target's name.
    target: String,
    /// Path inside the target.
    path: Option<String>,
    /// Line, from 1.
    line: Option<u32>,
    /// Column, from 1.
    column: Option<u32>,
}

/// One requirement of one version of one framework.
#[derive(ToSchema)]
pub(crate) struct Control {
    framework: String,
    version: String,
    id: String,
}

/// How to fix it.
#[derive(ToSchema)]
pub(crate) struct Remediation {
    /// What to do.
    summary: String,
    /// The same as Terraform.
    terraform: Option<String>,
    /// The same as a command.
    cli: Option<String>,
    /// The same as source code or configuration.
    code: Option<String>,
    #[schema(inline)]
    effort: Effort,
    /// It cannot break a working system.
    safe: bool,
}

/// Checks by outcome.
#[derive(ToSchema)]
pub(crate) struct Posture {
    passed: u32,
    failed: u32,
    not_assessed: u32,
}
