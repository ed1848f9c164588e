//! Cuts: the smallest sets of fixes that remove a path.
//!
//! Every cut must break the cheapest derivation, so only fixes that touch it are tried; where one does not suffice, the derivation
//! that remains must be broken too, and so on (Reiter's hitting-set tree, Artificial Intelligence 32(1), 1987). The sets found at
//! the first size that has any are exactly the smallest ones.

use std::collections::{BTreeMap, BTreeSet};

use aispm_types::{AttackPath, Fix, Gap};

use crate::Entry;
use crate::derive::Limits;
use crate::engine::Derived;
use crate::hypergraph::Solution;

/// Largest set of fixes that is looked for.
const MAX_SIZE: usize = 3;
/// Sets that are kept for a path.
const MAX_CUTS: usize = 5;

/// A set of fixes, by place, in order.
type Set = BTreeSet<usize>;

pub(crate) struct Cuts<'a, 'w> {
    derived: &'a Derived<'w>,
    /// Places of findings that each fix resolves.
    fixes: Vec<BTreeSet<usize>>,
    solved: BTreeMap<(Entry, Set), Solution>,
    limits: Limits,
    exhausted: bool,
}

/// Fills `paths_cut` of each fix and `cuts` of each path. A gap says where the search ended early.
pub(crate) fn apply(
    derived: &Derived<'_>,
    limits: &Limits,
    paths: &mut [AttackPath],
    fixes: &mut [Fix],
) -> Vec<Gap> {
    let mut cuts = Cuts {
        derived,
        fixes: fixes.iter().map(|f| derived.base.places(&f.findings)).collect(),
        solved: BTreeMap::new(),
        limits: *limits,
        exhausted: false,
    };
    for fix in fixes.iter_mut() {
        fix.paths_cut.clear();
    }
    for path in paths.iter_mut() {
        path.cuts.clear();
        let Some((entry, jewel)) = derived.origin(path) else {
            continue;
        };
        let mut sets = cuts.smallest(entry, jewel);
        sets.sort_by_cached_key(|set| {
            let chosen: Vec<_> = set.iter().filter_map(|i| fixes.get(*i)).collect();
            (
                chosen.iter().map(|f| f.effort as u32).sum::<u32>(),
                chosen.iter().filter(|f| !f.safe).count(),
                chosen.iter().map(|f| f.id.clone()).collect::<Vec<_>>(),
            )
        });
        for set in &sets {
            if let (1, Some(fix)) = (set.len(), set.first().and_then(|i| fixes.get_mut(*i))) {
                fix.paths_cut.push(path.id.clone());
            }
        }
        let ids = |set: &Set| {
            let mut ids: Vec<_> = set
                .iter()
                .filter_map(|i| fixes.get(*i))
                .map(|f| f.id.clone())
                .collect();
            ids.sort();
            ids
        };
        path.cuts = sets.iter().take(MAX_CUTS).map(ids).collect();
    }
    for fix in fixes.iter_mut() {
        fix.paths_cut.sort();
        fix.paths_cut.dedup();
    }
    if !cuts.exhausted {
        return Vec::new();
    }
    vec![Gap::new(
        "attack paths",
        format!(
            "the search for cuts ended after {} solutions (solution budget); a path without cuts may have some",
            limits.solutions
        ),
    )]
}

impl Cuts<'_, '_> {
    /// All cuts of the smallest size that has any.
    fn smallest(&mut self, entry: Entry, jewel: usize) -> Vec<Set> {
        let mut level: BTreeSet<Set> = BTreeSet::from([Set::new()]);
        for _ in 0..MAX_SIZE {
            let mut found = Vec::new();
            let mut next = BTreeSet::new();
            for set in &level {
                for fix in self.breaking(entry, jewel, set) {
                    let mut larger = set.clone();
                    if !larger.insert(fix) || next.contains(&larger) || found.contains(&larger) {
                        continue;
                    }
                    match self.falls(entry, jewel, &larger) {
                        Some(false) => found.push(larger),
                        Some(true) => drop(next.insert(larger)),
                        None => return found,
                    }
                }
            }
            if !found.is_empty() {
                return found;
            }
            level = next;
        }
        Vec::new()
    }

    fn resolved(&self, set: &Set) -> BTreeSet<usize> {
        let chosen = set.iter().filter_map(|i| self.fixes.get(*i));
        chosen.flatten().copied().collect()
    }

    fn solution(&mut self, entry: Entry, set: &Set) -> Option<&Solution> {
        let key = (entry, set.clone());
        if !self.solved.contains_key(&key) {
            if self.solved.len() >= self.limits.solutions {
                self.exhausted = true;
                return None;
            }
            let solution = self.derived.solve(entry, &self.resolved(set));
            self.solved.insert(key.clone(), solution);
        }
        self.solved.get(&key)
    }

    /// Whether the jewel still falls with these fixes made; `None` where the budget is spent.
    fn falls(&mut self, entry: Entry, jewel: usize, set: &Set) -> Option<bool> {
        let derived = self.derived;
        let solution = self.solution(entry, set)?;
        Some(derived.worst(jewel, solution).is_some())
    }

    /// Fixes that break the cheapest derivation left by `set`.
    fn breaking(&mut self, entry: Entry, jewel: usize, set: &Set) -> Vec<usize> {
        let resolved = self.resolved(set);
        let derived = self.derived;
        let Some(solution) = self.solution(entry, set) else {
            return Vec::new();
        };
        let Some((_, _, node)) = derived.worst(jewel, solution) else {
            return Vec::new();
        };
        let stands_on: BTreeSet<_> = solution
            .derivation_of(node, &derived.graph)
            .into_iter()
            .filter_map(|i| derived.graph.derivations.get(i))
            .flat_map(|d| &d.atoms)
            .filter_map(|a| derived.base.witness(*a, &resolved))
            .flat_map(|w| &w.findings)
            .copied()
            .collect();
        let touching =
            |(i, findings): (usize, &BTreeSet<usize>)| (!findings.is_disjoint(&stands_on)).then_some(i);
        self.fixes.iter().enumerate().filter_map(touching).collect()
    }
}
