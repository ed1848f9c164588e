//! Which findings a base fact stands on: with the finding resolved, the fact is gone.
//!
//! | base fact | stands on a finding of the same asset when |
//! | --- | --- |
//! | property | its evidence names the property; texts and circumstances (`test_code`, `declared`, …) stand on nothing |
//! | fact | its evidence agrees with the fact in what tells facts of this kind apart, or it names the fact's line too |
//! | relation | (either end) its evidence names the relation, or the other end by id; or it is a credential or a load at the relation's place; or the relation is access, and the evidence names what grants it |
//! | finding | it is that finding |
//!
//! A step may name further rules that show a property or a relation (`shown_by`), where the evidence cannot.
//!
//! The kind of an asset stands on nothing: no fix changes what a thing is.

use std::collections::BTreeMap;

use aispm_graph::GraphView;
use aispm_types::{Asset, AssetId, Fact, FactKind, Finding, Location, Relation, RelationKind, Value};

/// Properties that say in which circumstances a thing stands rather than what is wrong with it: findings mention them to weigh
/// severity, and no fix changes them.
const CIRCUMSTANCES: &[&str] = &[
    "ai",
    "declared",
    "dev_only",
    "disabled",
    "hosted",
    "remote",
    "test_code",
];

/// Properties of a principal that say what its policies grant; a finding about one of them is about the access itself.
const GRANTING: &[&str] = &[
    "actions",
    "admin",
    "policies",
    "trusts_anyone",
    "trusted_principals",
    "wildcard_actions",
];

/// Findings by the asset they are on, in id order.
pub(crate) struct Support<'a> {
    findings: Vec<&'a Finding>,
    by_asset: BTreeMap<&'a AssetId, Vec<usize>>,
}

impl<'a> Support<'a> {
    pub(crate) fn new(graph: &'a GraphView, findings: &'a [Finding]) -> Self {
        let mut sorted: Vec<_> = findings.iter().collect();
        sorted.sort_by(|a, b| a.id.cmp(&b.id));
        sorted.dedup_by(|a, b| a.id == b.id);
        let mut by_asset: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (i, f) in sorted.iter().enumerate() {
            by_asset.entry(graph.canonical(&f.asset)).or_default().push(i);
        }
        Self {
            findings: sorted,
            by_asset,
        }
    }

    /// The findings, in id order; their places are what every other method gives.
    pub(crate) fn findings(&self) -> &[&'a Finding] {
        &self.findings
    }

    fn on(&self, asset: &AssetId) -> impl Iterator<Item = (usize, &'a Finding)> {
        let places = self.by_asset.get(asset).map_or(&[][..], Vec::as_slice);
        places
            .iter()
            .filter_map(|i| self.findings.get(*i).map(|f| (*i, *f)))
    }

    fn select(&self, asset: &AssetId, keep: impl Fn(&Finding) -> bool) -> Vec<usize> {
        self.on(asset).filter(|(_, f)| keep(f)).map(|(i, _)| i).collect()
    }

    pub(crate) fn property(&self, asset: &Asset, name: &str, shown_by: &[String]) -> Vec<usize> {
        let describes = asset.text(name).is_some() || CIRCUMSTANCES.contains(&name);
        self.select(&asset.id, |f| {
            !describes && f.evidence.contains_key(name) || shown_by.contains(&f.rule)
        })
    }

    pub(crate) fn rule(&self, asset: &AssetId, rules: &[String]) -> Vec<usize> {
        self.select(asset, |f| rules.contains(&f.rule))
    }

    pub(crate) fn fact(&self, fact: &Fact) -> Vec<usize> {
        let telling = telling_apart(fact.kind);
        self.select(&fact.asset, |f| {
            let said = || {
                telling
                    .iter()
                    .filter_map(|key| Some((f.evidence.get(*key)?, *key)))
            };
            let agrees =
                || said().all(|(said, key)| fact.properties.get(key).is_none_or(|seen| same(said, seen)));
            // A finding at several places shows the worst one as evidence.
            said().next().is_some() && (agrees() || same_line(f, fact.location.as_ref()))
        })
    }

    pub(crate) fn relation(&self, r: &Relation, shown_by: &[String]) -> Vec<usize> {
        let mut out = self.select(&r.from, |f| relates(f, r, &r.to) || shown_by.contains(&f.rule));
        out.extend(self.select(&r.to, |f| relates(f, r, &r.from)));
        out.sort_unstable();
        out.dedup();
        out
    }
}

/// Properties that tell facts of a kind on one asset apart.
fn telling_apart(kind: FactKind) -> &'static [&'static str] {
    match kind {
        FactKind::PickleCall => &["module", "name"],
        FactKind::ModelHazard => &["hazard"],
        FactKind::FormatDefect | FactKind::DataDefect => &["defect"],
        FactKind::TaintTrace => &["sink", "callee"],
        FactKind::PromptInput => &["origin", "callee"],
        FactKind::ModelLoad => &["callee"],
        FactKind::SecretSighting => &["detector", "kind"],
        FactKind::Advisory => &["id"],
        FactKind::UnpinnedDependency => &["declared", "manifest", "ecosystem"],
        FactKind::PackageIndex => &["declared", "manifest"],
        FactKind::PolicyStatement => &["actions", "resources"],
        FactKind::NetworkRule => &["ports", "direction"],
        FactKind::HiddenInstruction => &["technique"],
        FactKind::PolicyDeparture => &["departure"],
        // What was seen at run time is shown by no rule on the asset alone.
        FactKind::GuardEvent | FactKind::AiUse => &[],
    }
}

fn relates(f: &Finding, r: &Relation, other: &AssetId) -> bool {
    use RelationKind as R;
    let grants = || {
        GRANTING
            .iter()
            .any(|k| f.evidence.get(*k).is_some_and(says_something))
    };
    let mentions = |v: &Value| v.as_str() == Some(other.as_str());
    let on_from = *other == r.to;
    f.evidence.contains_key(r.kind.as_str())
        || f.evidence
            .values()
            .any(|v| mentions(v) || v.as_list().is_some_and(|l| l.iter().any(mentions)))
        || match r.kind {
            R::HoldsSecret => {
                same_place(f, r.evidence.as_ref()) || on_from && f.evidence.contains_key("inline_secrets")
            }
            R::Loads => on_from && f.evidence.contains_key("callee") && same_line(f, r.evidence.as_ref()),
            R::CanRead | R::CanWrite | R::CanInvoke | R::CanAssume => on_from && grants(),
            _ => false,
        }
}

/// Neither absent, nor false, nor empty.
fn says_something(value: &Value) -> bool {
    !matches!(value, Value::Null | Value::Bool(false)) && value.as_list() != Some(&[])
}

/// Equal, or one of a list.
fn same(said: &Value, seen: &Value) -> bool {
    said == seen || said.as_list().is_some_and(|l| l.contains(seen))
}

fn same_place(f: &Finding, at: Option<&Location>) -> bool {
    at.is_some_and(|at| {
        f.locations
            .iter()
            .any(|l| l.path == at.path && l.line == at.line && l.target == at.target)
    })
}

fn same_line(f: &Finding, at: Option<&Location>) -> bool {
    at.is_some_and(|l| l.line.is_some()) && same_place(f, at)
}
