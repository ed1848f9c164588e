//! All derivations as a hypergraph, and the cheapest one of each capability.
//!
//! A node is a capability on an asset; a derivation is an edge from all the nodes it needs to the nodes it grants. Because steps
//! are positive, what holds once facts are taken away is found on the recorded edges alone, without joining again: that is
//! exact, and makes what-if questions and cuts cheap.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use aispm_types::Certainty;

use crate::base::{AssetIx, AtomIx, Base};
use crate::derive::Fixpoint;
use crate::step::AttackStep;
use crate::{Capability, Entry};

/// A capability on an asset.
pub(crate) type Node = (Capability, AssetIx);

/// One application of a step.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Derivation {
    /// The step's place.
    pub(crate) step: usize,
    /// The asset of each of its variables.
    pub(crate) binding: Vec<AssetIx>,
    /// Nodes it needs, sorted.
    pub(crate) needs: Vec<usize>,
    /// Atoms it stands on.
    pub(crate) atoms: Vec<AtomIx>,
    /// Nodes it grants.
    pub(crate) grants: Vec<usize>,
    /// Entry points it may begin at, as bits; `None` where it begins at none.
    pub(crate) entries: Option<u8>,
}

/// Weight of a derivation: certain ones come before possible ones, cheap ones before dear ones. The cost is that of the tree:
/// what two branches share counts twice (the exact minimum over shared steps is NP-hard).
pub(crate) type Weight = (Reverse<Certainty>, u32);

/// Nodes and derivations in an order that only the things themselves decide, so that something unrelated changes nothing.
pub(crate) struct Hypergraph {
    pub(crate) nodes: Vec<Node>,
    pub(crate) derivations: Vec<Derivation>,
    node_of: BTreeMap<Node, usize>,
    /// Derivations by node they need.
    needed_by: Vec<Vec<usize>>,
    /// Derivations by finding that one of their atoms stands on.
    touched_by: BTreeMap<usize, Vec<usize>>,
    /// How surely each derivation stands with nothing resolved, and what it costs.
    standing: Vec<(Option<Certainty>, u32)>,
}

/// The cheapest derivation of every node that one entry point leads to.
pub(crate) struct Solution {
    best: Vec<Option<(Weight, usize)>>,
}

impl Solution {
    pub(crate) fn weight(&self, node: usize) -> Option<Weight> {
        self.best.get(node).copied().flatten().map(|(w, _)| w)
    }

    /// The derivations that lead to a node, each after those it needs. Walks without recursion: chains may be long.
    pub(crate) fn derivation_of(&self, node: usize, graph: &Hypergraph) -> Vec<usize> {
        let mut out = Vec::new();
        let mut done = BTreeSet::new();
        let mut stack = vec![(node, false)];
        while let Some((at, expanded)) = stack.pop() {
            let Some((_, derivation)) = self.best.get(at).copied().flatten() else {
                continue;
            };
            if expanded {
                if done.insert(derivation) {
                    out.push(derivation);
                }
            } else if !done.contains(&derivation) {
                stack.push((at, true));
                let needs = graph.derivations.get(derivation).map(|d| d.needs.as_slice());
                stack.extend(needs.into_iter().flatten().rev().map(|n| (*n, false)));
            }
        }
        out
    }
}

impl Hypergraph {
    pub(crate) fn new(found: Fixpoint, steps: &[AttackStep], base: &Base<'_>) -> Self {
        let (nodes, derivations) = canonical(found);
        let mut needed_by = vec![Vec::new(); nodes.len()];
        let mut touched_by: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (i, d) in derivations.iter().enumerate() {
            for n in &d.needs {
                if let Some(list) = needed_by.get_mut(*n) {
                    list.push(i);
                }
            }
            let findings: BTreeSet<_> = d.atoms.iter().flat_map(|a| base.findings_of(*a)).collect();
            for f in findings {
                touched_by.entry(f).or_default().push(i);
            }
        }
        let mut graph = Self {
            node_of: nodes.iter().enumerate().map(|(i, n)| (*n, i)).collect(),
            nodes,
            derivations,
            needed_by,
            touched_by,
            standing: Vec::new(),
        };
        let nothing = BTreeSet::new();
        graph.standing = graph
            .derivations
            .iter()
            .map(|d| {
                let step = steps.get(d.step);
                let own = step.map_or(Certainty::Possible, |s| s.certainty);
                (
                    stands(d, base, &nothing).map(|c| c.and(own)),
                    step.map_or(0, |s| s.cost),
                )
            })
            .collect();
        graph
    }

    pub(crate) fn node(&self, node: Node) -> Option<usize> {
        self.node_of.get(&node).copied()
    }

    /// Solves for one entry point with some findings resolved.
    pub(crate) fn solve(
        &self,
        entry: Entry,
        resolved: &BTreeSet<usize>,
        steps: &[AttackStep],
        base: &Base<'_>,
    ) -> Solution {
        let mut standing = self.standing.clone();
        for i in resolved.iter().filter_map(|f| self.touched_by.get(f)).flatten() {
            if let (Some(d), Some(slot)) = (self.derivations.get(*i), standing.get_mut(*i)) {
                let own = steps.get(d.step).map_or(Certainty::Possible, |s| s.certainty);
                slot.0 = stands(d, base, resolved).map(|c| c.and(own));
            }
        }
        self.cheapest(entry, &standing)
    }

    /// Knuth's generalisation of Dijkstra's algorithm to derivations with several needs (Information Processing Letters 6(1),
    /// 1977): correct because a derivation always weighs more than each of the nodes it needs.
    fn cheapest(&self, entry: Entry, standing: &[(Option<Certainty>, u32)]) -> Solution {
        let mut best: Vec<Option<(Weight, usize)>> = vec![None; self.nodes.len()];
        let mut open: Vec<(usize, Weight)> = self
            .derivations
            .iter()
            .zip(standing)
            .map(|(d, (c, cost))| (d.needs.len(), (Reverse(c.unwrap_or(Certainty::Possible)), *cost)))
            .collect();
        let usable = |i: usize, d: &Derivation| {
            standing.get(i).is_some_and(|(c, _)| c.is_some())
                && d.entries.is_none_or(|bits| bits & entry.bit() != 0)
        };
        let mut heap: BinaryHeap<Reverse<(Weight, usize, usize)>> = BinaryHeap::new();
        for (i, d) in self.derivations.iter().enumerate() {
            if d.needs.is_empty() && usable(i, d) {
                let weight = open.get(i).map_or((Reverse(Certainty::Possible), 0), |o| o.1);
                heap.extend(d.grants.iter().map(|n| Reverse((weight, i, *n))));
            }
        }
        while let Some(Reverse((weight, derivation, node))) = heap.pop() {
            match best.get_mut(node) {
                Some(slot @ None) => *slot = Some((weight, derivation)),
                _ => continue,
            }
            for i in self.needed_by.get(node).into_iter().flatten() {
                let (Some(d), Some(state)) = (self.derivations.get(*i), open.get_mut(*i)) else {
                    continue;
                };
                state.0 = state.0.saturating_sub(1);
                state.1 = (state.1.0.max(weight.0), state.1.1.saturating_add(weight.1));
                if state.0 == 0 && usable(*i, d) {
                    heap.extend(d.grants.iter().map(|n| Reverse((state.1, *i, *n))));
                }
            }
        }
        Solution { best }
    }

    /// Keeps the derivations from which one of `targets` can follow: the rest can be on no path.
    pub(crate) fn leading_to(found: Fixpoint, targets: &BTreeSet<Node>) -> Fixpoint {
        let mut granted_by = vec![Vec::new(); found.nodes.len()];
        for (i, d) in found.derivations.iter().enumerate() {
            for n in &d.grants {
                if let Some(list) = granted_by.get_mut(*n) {
                    list.push(i);
                }
            }
        }
        let mut wanted = vec![false; found.nodes.len()];
        let mut kept = vec![false; found.derivations.len()];
        let mut stack: Vec<usize> = (0..found.nodes.len())
            .filter(|i| found.nodes.get(*i).is_some_and(|n| targets.contains(n)))
            .collect();
        while let Some(node) = stack.pop() {
            match wanted.get_mut(node) {
                Some(seen @ false) => *seen = true,
                _ => continue,
            }
            for i in granted_by.get(node).into_iter().flatten() {
                if let (Some(slot @ false), Some(d)) = (kept.get_mut(*i), found.derivations.get(*i)) {
                    *slot = true;
                    stack.extend(&d.needs);
                }
            }
        }
        let derivations = found.derivations.into_iter().zip(kept);
        Fixpoint {
            derivations: derivations.filter_map(|(d, keep)| keep.then_some(d)).collect(),
            ..found
        }
    }
}

/// How surely the atoms of a derivation stand.
fn stands(d: &Derivation, base: &Base<'_>, resolved: &BTreeSet<usize>) -> Option<Certainty> {
    d.atoms.iter().try_fold(Certainty::Certain, |certainty, atom| {
        base.witness(*atom, resolved).map(|w| certainty.and(w.certainty))
    })
}

/// Nodes sorted by capability and asset, derivations by step and binding, and every reference changed with them.
fn canonical(found: Fixpoint) -> (Vec<Node>, Vec<Derivation>) {
    let mut order: Vec<usize> = (0..found.nodes.len()).collect();
    order.sort_by_key(|i| found.nodes.get(*i));
    let mut place = vec![0; order.len()];
    for (new, old) in order.iter().enumerate() {
        if let Some(slot) = place.get_mut(*old) {
            *slot = new;
        }
    }
    let moved = |list: &mut Vec<usize>| {
        for n in list.iter_mut() {
            *n = place.get(*n).copied().unwrap_or(*n);
        }
    };
    let mut derivations = found.derivations;
    for d in &mut derivations {
        moved(&mut d.needs);
        d.needs.sort_unstable();
        moved(&mut d.grants);
    }
    derivations.sort();
    let nodes = order
        .iter()
        .filter_map(|i| found.nodes.get(*i).copied())
        .collect();
    (nodes, derivations)
}
