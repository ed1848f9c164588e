//! What is known of a rule apart from its condition.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{AssetKind, Confidence, Severity};

/// One requirement of one version of one framework, written `framework@version:id` (`owasp-llm@2025:LLM05`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct ControlId {
    /// Framework key: `owasp-llm`, `atlas`, `nist-ai-rmf`, `eu-ai-act`, `mcsb`, …
    pub framework: String,
    /// Version of the framework.
    pub version: String,
    /// The requirement's own id.
    pub id: String,
}

impl std::fmt::Display for ControlId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}@{}:{}", self.framework, self.version, self.id)
    }
}

impl std::str::FromStr for ControlId {
    type Err = String;
    fn from_str(s: &str) -> Result<Self, Self::Err> {
        let parts = s
            .split_once('@')
            .and_then(|(f, rest)| rest.split_once(':').map(|(v, id)| (f, v, id)));
        match parts {
            Some((f, v, id)) if !f.is_empty() && !v.is_empty() && !id.is_empty() => Ok(Self {
                framework: f.to_owned(),
                version: v.to_owned(),
                id: id.to_owned(),
            }),
            _ => Err(format!(
                "`{s}` is no control; write framework@version:id, as in owasp-llm@2025:LLM05"
            )),
        }
    }
}

/// How much work a fix is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Effort {
    /// Minutes: one attribute, one version.
    Low,
    /// Hours: a key to rotate, a role to narrow.
    Medium,
    /// Days: a design to change.
    High,
}

/// How to fix what a rule finds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Remediation {
    /// What to do, in one or two imperative sentences.
    pub summary: String,
    /// The same as Terraform.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub terraform: Option<String>,
    /// The same as a command.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cli: Option<String>,
    /// The same as source code or configuration.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub code: Option<String>,
    /// How much work it is.
    pub effort: Effort,
    /// True where the change cannot break a working system.
    pub safe: bool,
}

/// Whether a rule is a YAML file or Rust.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RuleForm {
    /// A YAML file with a CEL condition.
    Data,
    /// A Rust file.
    Rust,
}

/// What `aispm rules list --format json` shows of a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RuleMeta {
    /// Names the defect, not the control: `model-pickle-unsafe-global`.
    pub id: String,
    /// The defect in a short sentence.
    pub title: String,
    /// How bad.
    pub severity: Severity,
    /// How sure.
    pub confidence: Confidence,
    /// Kinds of asset it looks at.
    pub applies_to: Vec<AssetKind>,
    /// Controls it tests.
    pub controls: Vec<ControlId>,
    /// What it finds.
    pub finds: String,
    /// Why it matters: the impact shown with a finding.
    pub impact: String,
    /// How to fix.
    pub remediation: Remediation,
    /// When it may be wrong.
    pub false_positives: String,
    /// Specifications, advisories, papers.
    pub references: Vec<String>,
    /// Data or Rust.
    pub form: RuleForm,
}
