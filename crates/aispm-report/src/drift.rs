//! Drift: what changed between two scans of the same scope.

use std::collections::{BTreeMap, BTreeSet};

use aispm_types::{
    Asset, AssetId, AssetKind, AttackPath, CheckOutcome, Finding, Report, ScopeStatus, Severity,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What changed from an earlier report to a later one. All lists are sorted.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Drift {
    /// The earlier scan.
    pub from: String,
    /// The later scan.
    pub to: String,
    /// Assets that only the later one has.
    pub new_assets: Vec<AssetRef>,
    /// Assets that only the earlier one has.
    pub gone_assets: Vec<AssetRef>,
    /// Assets whose name, provider or properties differ.
    pub changed_assets: Vec<ChangedAsset>,
    /// Findings that only the later one has, worst first.
    pub new_findings: Vec<FindingRef>,
    /// Findings that only the earlier one has, worst first: fixed, where what they stood on was read again.
    pub fixed_findings: Vec<FindingRef>,
    /// Findings that only the earlier one has while nobody can know: their check was not assessed this time, or the later
    /// scan has gaps and does not list their asset.
    pub unknown_findings: Vec<FindingRef>,
    /// Attack paths that only the later one has, worst first.
    pub new_paths: Vec<PathRef>,
    /// Attack paths that only the earlier one has, worst first.
    pub cut_paths: Vec<PathRef>,
}

/// An asset by id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct AssetRef {
    /// Identity.
    pub id: AssetId,
    /// What it is.
    pub kind: AssetKind,
    /// What people call it.
    pub name: String,
}

/// An asset that is not what it was.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct ChangedAsset {
    /// The asset.
    #[serde(flatten)]
    pub asset: AssetRef,
    /// Names of what differs, sorted: `name`, `provider` or a property.
    pub changed: Vec<String>,
}

/// A finding by id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FindingRef {
    /// Its id.
    pub id: String,
    /// Its rule.
    pub rule: String,
    /// The defect.
    pub title: String,
    /// How bad.
    pub severity: Severity,
    /// On which asset.
    pub asset: AssetId,
}

/// An attack path by id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PathRef {
    /// Its id.
    pub id: String,
    /// A sentence an executive understands.
    pub title: String,
    /// How bad.
    pub severity: Severity,
}

impl Drift {
    /// True where nothing changed.
    pub fn is_empty(&self) -> bool {
        let Self { from, to, .. } = self;
        *self
            == Self {
                from: from.clone(),
                to: to.clone(),
                ..Self::default()
            }
    }
}

/// Compares two reports. Whether a finding that is missing was fixed or merely not looked at is told apart: it counts as
/// fixed where the later scan read everything or still lists the asset, and could make the check.
pub fn drift(from: &Report, to: &Report) -> Drift {
    let before: BTreeMap<_, _> = from.assets.iter().map(|a| (&a.asset.id, &a.asset)).collect();
    let after: BTreeMap<_, _> = to.assets.iter().map(|a| (&a.asset.id, &a.asset)).collect();
    let complete = to.scan.coverage.iter().all(|r| r.status == ScopeStatus::Complete);
    let unassessed: BTreeSet<(&str, &AssetId)> = to
        .checks
        .iter()
        .filter(|c| c.outcome == CheckOutcome::NotAssessed)
        .map(|c| (c.rule.as_str(), &c.asset))
        .collect();
    let missing = only_in(&from.findings, &to.findings, |f| &f.id);
    let (fixed, unknown): (Vec<_>, Vec<_>) = missing.into_iter().partition(|f| {
        let blind = unassessed.contains(&(f.rule.as_str(), &f.asset));
        !blind && (complete || after.contains_key(&f.asset))
    });
    Drift {
        from: from.run.id.clone(),
        to: to.run.id.clone(),
        new_assets: refs(&after, &before),
        gone_assets: refs(&before, &after),
        changed_assets: before
            .iter()
            .filter_map(|(id, old)| changed(old, after.get(*id)?))
            .collect(),
        new_findings: worst_first(only_in(&to.findings, &from.findings, |f| &f.id)),
        fixed_findings: worst_first(fixed),
        unknown_findings: worst_first(unknown),
        new_paths: paths(only_in(&to.paths, &from.paths, |p| &p.id)),
        cut_paths: paths(only_in(&from.paths, &to.paths, |p| &p.id)),
    }
}

fn only_in<'a, T>(these: &'a [T], those: &[T], id: fn(&T) -> &String) -> Vec<&'a T> {
    let known: BTreeSet<&String> = those.iter().map(id).collect();
    these.iter().filter(|t| !known.contains(id(t))).collect()
}

fn refs(these: &BTreeMap<&AssetId, &Asset>, those: &BTreeMap<&AssetId, &Asset>) -> Vec<AssetRef> {
    these
        .iter()
        .filter(|(id, _)| !those.contains_key(*id))
        .map(|(_, a)| AssetRef::of(a))
        .collect()
}

impl AssetRef {
    fn of(asset: &Asset) -> Self {
        Self {
            id: asset.id.clone(),
            kind: asset.kind,
            name: asset.name.clone(),
        }
    }
}

/// Places are left out: a line that moved is no change of the thing.
fn changed(old: &Asset, new: &Asset) -> Option<ChangedAsset> {
    let names: BTreeSet<&String> = old.properties.keys().chain(new.properties.keys()).collect();
    let mut changed: BTreeSet<&str> = names
        .into_iter()
        .filter(|n| old.properties.get(*n) != new.properties.get(*n))
        .map(String::as_str)
        .collect();
    if old.name != new.name {
        changed.insert("name");
    }
    if old.provider != new.provider {
        changed.insert("provider");
    }
    (!changed.is_empty()).then(|| ChangedAsset {
        asset: AssetRef::of(new),
        changed: changed.into_iter().map(str::to_owned).collect(),
    })
}

fn worst_first(findings: Vec<&Finding>) -> Vec<FindingRef> {
    let mut refs: Vec<FindingRef> = findings
        .into_iter()
        .map(|f| FindingRef {
            id: f.id.clone(),
            rule: f.rule.clone(),
            title: f.title.clone(),
            severity: f.severity,
            asset: f.asset.clone(),
        })
        .collect();
    refs.sort_by(|a, b| {
        b.severity
            .cmp(&a.severity)
            .then_with(|| (&a.rule, &a.id).cmp(&(&b.rule, &b.id)))
    });
    refs
}

fn paths(paths: Vec<&AttackPath>) -> Vec<PathRef> {
    let mut refs: Vec<PathRef> = paths
        .into_iter()
        .map(|p| PathRef {
            id: p.id.clone(),
            title: p.title.clone(),
            severity: p.severity,
        })
        .collect();
    refs.sort_by(|a, b| b.severity.cmp(&a.severity).then_with(|| a.id.cmp(&b.id)));
    refs
}
