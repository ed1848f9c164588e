//! What the organisation declares in `aispm.toml`, after validation. Reading it is `aispm-policy`'s job.

use jiff::civil::Date;

use crate::Location;

/// The organisation's policy. An empty one declares nothing, and every default applies.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Policy {
    /// What must not fall.
    pub crown_jewels: Vec<Jewel>,
    /// Entry points that exist here: `internet`, `untrusted-content`, `leaked-key`, `malicious-package`, `employee`.
    /// Empty means all of them.
    pub entry_points: Vec<String>,
    /// How sensitive data is.
    pub data: Vec<Sensitivity>,
    /// Who may access what.
    pub access: Vec<Access>,
    /// What may be used.
    pub approved: Approved,
    /// Who answers for what.
    pub owners: Vec<Owner>,
    /// AI systems the organisation draws itself.
    pub systems: Vec<SystemOverride>,
    /// Findings it accepts.
    pub exceptions: Vec<Exception>,
    /// Severity changes by rule id; `None` switches a rule off.
    pub rules: std::collections::BTreeMap<String, Option<crate::Severity>>,
}

/// A crown jewel: assets whose id, name or path matches the pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Jewel {
    /// Glob over asset id, name and path.
    pub pattern: String,
    /// 1–10; 10 is the firm itself.
    pub value: u8,
    /// Where it is declared.
    pub at: Location,
}

/// How sensitive the data behind a pattern is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sensitivity {
    /// Glob over asset id, name and path.
    pub pattern: String,
    /// `public`, `internal`, `confidential`, `restricted`.
    pub class: String,
    /// Where it is declared.
    pub at: Location,
}

/// Who may do what to which assets. Where any entry covers an asset, everyone else may not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// Glob over asset id, name and path.
    pub pattern: String,
    /// `read`, `write` or `invoke`.
    pub action: String,
    /// Globs over identities' ids and names.
    pub allow: Vec<String>,
    /// Where it is declared.
    pub at: Location,
}

/// Allow-lists; `None` means everything is approved, an empty list means nothing is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Approved {
    /// Globs over `provider/model`.
    pub models: Option<Vec<String>>,
    /// Providers.
    pub providers: Option<Vec<String>>,
    /// Cloud regions.
    pub regions: Option<Vec<String>>,
    /// Signer identities or key fingerprints for models.
    pub signers: Option<Vec<String>>,
    /// Globs over MCP servers' packages, commands or hosts.
    pub mcp_servers: Option<Vec<String>>,
    /// Where the list is declared.
    pub at: Location,
}

/// Who answers for what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// Glob over asset id, name and path.
    pub pattern: String,
    /// A team or a person.
    pub owner: String,
    /// Where it is declared.
    pub at: Location,
}

/// An AI system the organisation draws itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SystemOverride {
    /// Its name.
    pub name: String,
    /// Globs over asset id, name and path of what belongs to it.
    pub include: Vec<String>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// Pilot, production, retired, unknown.
    pub lifecycle: Option<String>,
    /// What it is for.
    pub purpose: Option<String>,
    /// Risk class under the EU AI Act.
    pub risk_class: Option<String>,
    /// Where it is declared.
    pub at: Location,
}

/// An accepted finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exception {
    /// A finding id, or a rule id together with `asset`.
    pub finding: Option<String>,
    /// A rule id.
    pub rule: Option<String>,
    /// Glob over asset id, name and path, with `rule`.
    pub asset: Option<String>,
    /// Why it is accepted.
    pub reason: String,
    /// Who accepted it.
    pub by: String,
    /// Last day on which it holds.
    pub until: Date,
    /// Where it is declared.
    pub at: Location,
}
