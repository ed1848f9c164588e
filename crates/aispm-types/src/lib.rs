//! The plain data that every part of aispm speaks: assets, relations, facts, coverage, findings, paths, the report.
//!
//! Nothing here reads, judges or stores. The words are those of `ARCHITECTURE.md`'s vocabulary; each has one type.

mod asset;
mod batch;
mod compliance;
mod coverage;
mod digest;
mod fact;
mod finding;
mod image;
mod location;
mod path;
mod policy;
mod recipe;
mod relation;
mod report;
mod rule;
pub mod schema;
mod sensitive;
mod severity;
mod system;
mod value;

pub use asset::{Asset, AssetClass, AssetId, AssetKind};
pub use batch::{Alias, Batch};
pub use compliance::{
    COMPLIANCE_SCHEMA, Compliance, ControlFinding, ControlResult, ControlStatus, RuleCounts, StatusCounts,
    Tested,
};
pub use coverage::{Coverage, Gap, Scope, ScopeStatus, Unseen};
pub use digest::{Fingerprint, hex, short_hash};
pub use fact::{Fact, FactKind};
pub use finding::{Check, CheckOutcome, Finding, Fix, Outcome, Reason, Violation};
pub use image::ImageReference;
pub use location::Location;
pub use path::{AttackPath, PathStep, StepCertainty};
pub use policy::{Access, Approved, Exception, Jewel, Owner, Policy, Sensitivity, SystemOverride};
pub use recipe::{Place, Recipe};
pub use relation::{Certainty, Relation, RelationKind};
pub use report::{
    CheckCounts, CoverageRow, ImportRow, NetworkUse, REPORT_SCHEMA, Report, ReportedAsset, RunInfo, ScanInfo,
    Summary, ToolInfo,
};
pub use rule::{ControlId, Effort, Remediation, RuleForm, RuleMeta};
pub use sensitive::Sensitive;
pub use severity::{Confidence, Severity};
pub use system::{AiSystem, Posture};
pub use value::{Properties, Value};
