//! What came of a change: two reports side by side.

use std::collections::BTreeSet;

use aispm_types::{CheckOutcome, Report, ScopeStatus};

/// The difference that a change makes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Effect {
    /// Findings that are gone, and that were really looked for.
    pub resolved: BTreeSet<String>,
    /// Findings that were not there before.
    pub raised: BTreeSet<String>,
    /// Attack paths that are gone.
    pub paths_cut: BTreeSet<String>,
    /// Attack paths that were not there before.
    pub paths_opened: BTreeSet<String>,
    /// Findings that are not seen any more, because their check could not be made.
    pub lost: BTreeSet<String>,
    /// What can no longer be read.
    pub gaps: BTreeSet<String>,
}

impl Effect {
    /// Compares two scans of the same targets.
    pub fn between(before: &Report, after: &Report) -> Self {
        let ids = |r: &Report| r.findings.iter().map(|f| f.id.clone()).collect::<BTreeSet<_>>();
        let paths = |r: &Report| r.paths.iter().map(|p| p.id.clone()).collect::<BTreeSet<_>>();
        let gaps = |r: &Report| {
            r.scan
                .coverage
                .iter()
                .filter(|c| c.status == ScopeStatus::Gap)
                .map(|c| format!("{}: {}", c.scope, c.reason.as_deref().unwrap_or("not read")))
                .collect::<BTreeSet<_>>()
        };
        let (old, new) = (ids(before), ids(after));
        let open = |id: &String| {
            before.findings.iter().find(|f| f.id == *id).is_some_and(|f| {
                after
                    .checks
                    .iter()
                    .any(|c| c.rule == f.rule && c.asset == f.asset && c.outcome == CheckOutcome::NotAssessed)
            })
        };
        let (lost, resolved) = old.difference(&new).cloned().partition(open);
        let (old_paths, new_paths) = (paths(before), paths(after));
        Self {
            resolved,
            lost,
            raised: new.difference(&old).cloned().collect(),
            paths_cut: old_paths.difference(&new_paths).cloned().collect(),
            paths_opened: new_paths.difference(&old_paths).cloned().collect(),
            gaps: gaps(after).difference(&gaps(before)).cloned().collect(),
        }
    }

    /// True where it makes nothing worse.
    pub fn is_clean(&self) -> bool {
        self.raised.is_empty() && self.paths_opened.is_empty() && self.lost.is_empty() && self.gaps.is_empty()
    }

    /// Why a change with these claims is not made; none where it does what it claims and makes nothing worse.
    pub fn objection(&self, claims: &BTreeSet<&str>) -> Option<String> {
        let list = |set: &BTreeSet<String>| set.iter().take(3).cloned().collect::<Vec<_>>().join(", ");
        if let Some(id) = claims.iter().find(|c| !self.resolved.contains(**c)) {
            return Some(format!("tried in memory, it does not resolve {id}"));
        }
        if !self.raised.is_empty() {
            return Some(format!("tried in memory, it raises {}", list(&self.raised)));
        }
        if !self.paths_opened.is_empty() {
            return Some(format!(
                "tried in memory, it opens the attack path {}",
                list(&self.paths_opened)
            ));
        }
        if !self.gaps.is_empty() {
            return Some(format!(
                "tried in memory, it leaves something unread: {}",
                list(&self.gaps)
            ));
        }
        if !self.lost.is_empty() {
            return Some(format!(
                "tried in memory, {} could not be judged any more",
                list(&self.lost)
            ));
        }
        None
    }
}
