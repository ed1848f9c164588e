//! Drift: what changed between two scans of the same scope.

use std::collections::{BTreeMap, BTreeSet};

use aispm_types::{
    Asset, AssetId, AssetKind, AttackPath, CheckOutcome, CoverageRow, Finding, Location, PathStep, Report,
    ScopeStatus, Severity, Unseen,
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
    /// Assets that only the earlier one has, while all places where they were seen were read again.
    pub gone_assets: Vec<AssetRef>,
    /// Assets that only the earlier one has, in places that nobody looked at this time.
    #[serde(default)]
    pub unknown_assets: Vec<AssetRef>,
    /// Assets whose name, provider or properties differ.
    pub changed_assets: Vec<ChangedAsset>,
    /// Findings that only the later one has, worst first.
    pub new_findings: Vec<FindingRef>,
    /// Findings that only the earlier one has, worst first: fixed, where what they stood on was read again.
    pub fixed_findings: Vec<FindingRef>,
    /// Findings that only the earlier one has while nobody can know: their check was not assessed this time, or a place
    /// where they were seen was not read or was left out.
    pub unknown_findings: Vec<FindingRef>,
    /// Attack paths that only the later one has, worst first.
    pub new_paths: Vec<PathRef>,
    /// Attack paths that only the earlier one has, worst first.
    pub cut_paths: Vec<PathRef>,
    /// Attack paths that only the earlier one has and that stand on what nobody looked at this time, worst first.
    #[serde(default)]
    pub unknown_paths: Vec<PathRef>,
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

/// Compares two reports. What is missing was fixed, cut or is gone where every place it was seen in was read again and its
/// check could be made; otherwise nobody knows.
pub fn drift(from: &Report, to: &Report) -> Drift {
    let before: BTreeMap<_, _> = from.assets.iter().map(|a| (&a.asset.id, &a.asset)).collect();
    let after: BTreeMap<_, _> = to.assets.iter().map(|a| (&a.asset.id, &a.asset)).collect();
    let blind = Blind::new(from, to);
    // An asset that is still there was seen; one that is missing may be in a place that was not.
    let hidden = |id: &AssetId| {
        let missing = before.get(id).filter(|_| !after.contains_key(id));
        missing.is_some_and(|a| blind.any(&a.locations))
    };
    let (unknown_assets, gone_assets) = refs(&before, &after).into_iter().partition(|a| hidden(&a.id));
    let missing = only_in(&from.findings, &to.findings, |f| &f.id);
    let (unknown, fixed): (Vec<_>, Vec<_>) = missing.into_iter().partition(|f| {
        blind.unassessed.contains(&(f.rule.as_str(), &f.asset)) || blind.any(&f.locations) || hidden(&f.asset)
    });
    let lost: BTreeSet<&String> = unknown.iter().map(|f| &f.id).collect();
    let missing = only_in(&from.paths, &to.paths, |p| &p.id);
    let (unknown_paths, cut_paths): (Vec<_>, Vec<_>) = missing.into_iter().partition(|p| {
        let step = |s: &PathStep| {
            hidden(&s.to)
                || s.evidence.iter().any(|e| blind.unseen.holds(e))
                || s.findings.iter().any(|f| lost.contains(f))
        };
        hidden(&p.target) || p.steps.iter().any(step)
    });
    Drift {
        from: from.run.id.clone(),
        to: to.run.id.clone(),
        new_assets: refs(&after, &before),
        gone_assets,
        unknown_assets,
        changed_assets: before
            .iter()
            .filter_map(|(id, old)| changed(old, after.get(*id)?))
            .collect(),
        new_findings: worst_first(only_in(&to.findings, &from.findings, |f| &f.id)),
        fixed_findings: worst_first(fixed),
        unknown_findings: worst_first(unknown),
        new_paths: paths(only_in(&to.paths, &from.paths, |p| &p.id)),
        cut_paths: paths(cut_paths),
        unknown_paths: paths(unknown_paths),
    }
}

/// What the later scan did not look at.
struct Blind<'a> {
    unseen: Unseen,
    unassessed: BTreeSet<(&'a str, &'a AssetId)>,
}

impl<'a> Blind<'a> {
    fn new(from: &Report, to: &'a Report) -> Self {
        // What was not read of a file in the same way before hides nothing new; of a whole target it may be other files.
        let whole = |r: &CoverageRow| r.scope == "." || r.scope.ends_with("/.");
        let same =
            |r: &CoverageRow| r.status == ScopeStatus::Gap && !whole(r) && from.scan.coverage.contains(r);
        Self {
            unseen: Unseen::of(to.scan.coverage.iter().filter(|r| !same(r))),
            unassessed: to
                .checks
                .iter()
                .filter(|c| c.outcome == CheckOutcome::NotAssessed)
                .map(|c| (c.rule.as_str(), &c.asset))
                .collect(),
        }
    }
    /// Whether any of the places was not looked at; what has no place may be anywhere.
    fn any(&self, places: &[Location]) -> bool {
        if places.is_empty() {
            return !self.unseen.is_empty();
        }
        places.iter().any(|p| self.unseen.holds(p))
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
