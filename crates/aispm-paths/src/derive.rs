//! Forward chaining to a fixpoint: semi-naive, every derivation recorded.
//!
//! Capabilities are taken up one at a time. A step is joined when one of its needs is the capability just taken up, with the
//! others among those taken up before, so each combination is found once and the work is that of the answers, not of
//! all combinations.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::base::{AssetIx, AtomIx, Base, Tests};
use crate::hypergraph::{Derivation, Node};
use crate::step::{AttackStep, Need};
use crate::{Capability, Entry};

/// Budgets of one derivation.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Derivations recorded.
    pub derivations: usize,
    /// Candidates that joins look at.
    pub candidates: usize,
    /// Times that the search for cuts solves the graph again.
    pub solutions: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            derivations: 1_000_000,
            candidates: 100_000_000,
            solutions: 20_000,
        }
    }
}

/// A need with its test's place instead of the test.
#[derive(Clone, Debug)]
enum Term {
    Entry(u8),
    Capability(Vec<Capability>, usize),
    Asset(usize, usize),
    Pair(usize, usize, usize),
}

impl Term {
    /// How much of it is bound: lower is better to do next.
    fn rank(&self, bound: &BTreeSet<usize>) -> usize {
        match self {
            Self::Entry(_) => 0,
            Self::Asset(_, v) if bound.contains(v) => 1,
            Self::Capability(_, v) if bound.contains(v) => 2,
            Self::Pair(_, a, b) => match (bound.contains(a), bound.contains(b)) {
                (true, true) => 1,
                (false, false) => 7,
                _ => 3,
            },
            Self::Capability(..) => 5,
            Self::Asset(..) => 6,
        }
    }
    fn variables(&self) -> Vec<usize> {
        match self {
            Self::Entry(_) => Vec::new(),
            Self::Capability(_, v) | Self::Asset(_, v) => vec![*v],
            Self::Pair(_, a, b) => vec![*a, *b],
        }
    }
}

/// A step, ready to be joined.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// Terms in the order to join them, by the term that starts it; the starting one is left out.
    starts: Vec<(Start, Vec<Term>)>,
    grants: Vec<(Capability, usize)>,
    variables: usize,
}

/// What sets a join off.
#[derive(Clone, Debug)]
enum Start {
    /// Nothing: the step begins at an entry point.
    Entry,
    /// A capability newly held, bound to a variable.
    Capability(Vec<Capability>, usize),
}

impl Plan {
    pub(crate) fn new(step: &AttackStep, tests: &Tests) -> Self {
        let terms: Vec<_> = step.needs.iter().filter_map(|n| term(n, tests)).collect();
        let mut starts: Vec<_> = terms
            .iter()
            .enumerate()
            .filter_map(|(i, t)| match t {
                Term::Capability(any_of, v) => {
                    let rest = terms.iter().enumerate().filter(|(j, _)| *j != i);
                    let rest = rest.map(|(_, t)| t.clone()).collect();
                    Some((Start::Capability(any_of.clone(), *v), ordered(rest, Some(*v))))
                }
                _ => None,
            })
            .collect();
        if starts.is_empty() {
            starts.push((Start::Entry, ordered(terms, None)));
        }
        Self {
            starts,
            grants: step.grants.iter().map(|(c, v)| (*c, v.0)).collect(),
            variables: step.variables.len(),
        }
    }
}

fn term(need: &Need, tests: &Tests) -> Option<Term> {
    Some(match need {
        Need::Entry(any_of) => Term::Entry(any_of.iter().fold(0, |bits, e| bits | e.bit())),
        Need::Capability(any_of, v) => Term::Capability(any_of.clone(), v.0),
        Need::Asset(test, v) => Term::Asset(tests.assets.iter().position(|t| t == test)?, v.0),
        Need::Relation(test, a, b) => Term::Pair(tests.pairs.iter().position(|t| t == test)?, a.0, b.0),
    })
}

/// Most bound first, at each place.
fn ordered(mut rest: Vec<Term>, start: Option<usize>) -> Vec<Term> {
    let mut bound: BTreeSet<usize> = start.into_iter().collect();
    let mut out = Vec::with_capacity(rest.len());
    while let Some((next, _)) = rest.iter().enumerate().min_by_key(|(i, t)| (t.rank(&bound), *i)) {
        let term = rest.remove(next);
        bound.extend(term.variables());
        out.push(term);
    }
    out
}

/// What the fixpoint found.
pub(crate) struct Fixpoint {
    pub(crate) nodes: Vec<Node>,
    pub(crate) derivations: Vec<Derivation>,
    /// The budget that ended it early.
    pub(crate) hit: Option<&'static str>,
}

/// Runs the steps to a fixpoint, for all entry points together.
pub(crate) fn fixpoint(
    plans: &[Plan],
    base: &Base<'_>,
    entries: &BTreeSet<Entry>,
    limits: &Limits,
) -> Fixpoint {
    let mut run = Run {
        base,
        entries: entries.iter().fold(0, |bits, e| bits | e.bit()),
        limits,
        nodes: Vec::new(),
        node_of: BTreeMap::new(),
        held: BTreeMap::new(),
        queue: VecDeque::new(),
        seen: BTreeSet::new(),
        derivations: Vec::new(),
        candidates: 0,
        hit: None,
    };
    for (step, plan) in plans.iter().enumerate() {
        for (start, terms) in &plan.starts {
            if matches!(start, Start::Entry) {
                run.join(step, plan, terms, None);
            }
        }
    }
    while let Some(node) = run.queue.pop_front() {
        if run.hit.is_some() {
            break;
        }
        let Some(&(capability, asset)) = run.nodes.get(node) else {
            continue;
        };
        run.held.entry(capability).or_default().insert(asset, node);
        for (step, plan) in plans.iter().enumerate() {
            for (start, terms) in &plan.starts {
                match start {
                    Start::Capability(any_of, v) if any_of.contains(&capability) => {
                        run.join(step, plan, terms, Some((*v, asset, node)));
                    }
                    _ => {}
                }
            }
        }
    }
    Fixpoint {
        nodes: run.nodes,
        derivations: run.derivations,
        hit: run.hit,
    }
}

struct Run<'a> {
    base: &'a Base<'a>,
    entries: u8,
    limits: &'a Limits,
    nodes: Vec<Node>,
    node_of: BTreeMap<Node, usize>,
    /// Capabilities taken up so far.
    held: BTreeMap<Capability, BTreeMap<AssetIx, usize>>,
    queue: VecDeque<usize>,
    seen: BTreeSet<(usize, Vec<AssetIx>, Vec<usize>)>,
    derivations: Vec<Derivation>,
    candidates: usize,
    hit: Option<&'static str>,
}

/// A join under way.
struct Partial<'p> {
    step: usize,
    plan: &'p Plan,
    binding: Vec<Option<AssetIx>>,
    needs: Vec<usize>,
    atoms: Vec<AtomIx>,
    entries: Option<u8>,
}

impl Partial<'_> {
    fn get(&self, v: usize) -> Option<AssetIx> {
        self.binding.get(v).copied().flatten()
    }
    fn set(&mut self, v: usize, to: Option<AssetIx>) {
        if let Some(slot) = self.binding.get_mut(v) {
            *slot = to;
        }
    }
}

impl Run<'_> {
    fn join(&mut self, step: usize, plan: &Plan, terms: &[Term], start: Option<(usize, AssetIx, usize)>) {
        let mut partial = Partial {
            step,
            plan,
            binding: vec![None; plan.variables],
            needs: Vec::new(),
            atoms: Vec::new(),
            entries: None,
        };
        if let Some((v, asset, node)) = start {
            partial.set(v, Some(asset));
            partial.needs.push(node);
        }
        self.extend(&mut partial, terms);
    }

    /// Depth is bounded by the needs of a step.
    fn extend(&mut self, partial: &mut Partial<'_>, terms: &[Term]) {
        let Some((term, rest)) = terms.split_first() else {
            return self.record(partial);
        };
        match term {
            Term::Entry(bits) => {
                if bits & self.entries != 0 {
                    partial.entries = Some(bits & self.entries);
                    self.extend(partial, rest);
                    partial.entries = None;
                }
            }
            Term::Capability(any_of, v) => {
                for capability in any_of {
                    let found = self.holders(*capability, partial.get(*v));
                    self.each(
                        partial,
                        rest,
                        &[*v],
                        found.into_iter().map(|(a, n)| (vec![a], Ok(n))),
                    );
                }
            }
            Term::Asset(test, v) => {
                let atoms = self.base.of_assets.get(*test);
                let found: Vec<_> = match (atoms, partial.get(*v)) {
                    (Some(atoms), Some(a)) => atoms.get(&a).map(|atom| (a, *atom)).into_iter().collect(),
                    (Some(atoms), None) => atoms.iter().map(|(a, atom)| (*a, *atom)).collect(),
                    (None, _) => Vec::new(),
                };
                self.each(
                    partial,
                    rest,
                    &[*v],
                    found.into_iter().map(|(a, atom)| (vec![a], Err(atom))),
                );
            }
            Term::Pair(test, a, b) => {
                let found = self.pairs(*test, partial.get(*a), partial.get(*b));
                let found = found.into_iter().map(|(x, y, atom)| (vec![x, y], Err(atom)));
                self.each(partial, rest, &[*a, *b], found);
            }
        }
    }

    /// Goes on with each candidate: its assets bound to `vars`, and the node (`Ok`) or atom (`Err`) that it stands on.
    fn each(
        &mut self,
        partial: &mut Partial<'_>,
        rest: &[Term],
        vars: &[usize],
        found: impl Iterator<Item = (Vec<AssetIx>, Result<usize, AtomIx>)>,
    ) {
        let before: Vec<_> = vars.iter().map(|v| partial.get(*v)).collect();
        for (assets, on) in found {
            self.candidates += 1;
            if self.candidates > self.limits.candidates {
                self.hit = Some("candidates");
            }
            if self.hit.is_some() {
                return;
            }
            // A relation from a thing to itself under one variable binds it twice; both must agree.
            let mut fits = true;
            for (v, a) in vars.iter().zip(&assets) {
                fits &= partial.get(*v).is_none_or(|b| b == *a);
                partial.set(*v, Some(*a));
            }
            if fits {
                match on {
                    Ok(node) => partial.needs.push(node),
                    Err(atom) => partial.atoms.push(atom),
                }
                self.extend(partial, rest);
                match on {
                    Ok(_) => drop(partial.needs.pop()),
                    Err(_) => drop(partial.atoms.pop()),
                }
            }
            for (v, b) in vars.iter().zip(&before) {
                partial.set(*v, *b);
            }
        }
    }

    fn holders(&self, capability: Capability, on: Option<AssetIx>) -> Vec<(AssetIx, usize)> {
        let Some(held) = self.held.get(&capability) else {
            return Vec::new();
        };
        match on {
            Some(a) => held.get(&a).map(|n| (a, *n)).into_iter().collect(),
            None => held.iter().map(|(a, n)| (*a, *n)).collect(),
        }
    }

    fn pairs(
        &self,
        test: usize,
        from: Option<AssetIx>,
        to: Option<AssetIx>,
    ) -> Vec<(AssetIx, AssetIx, AtomIx)> {
        let Some(pairs) = self.base.of_pairs.get(test) else {
            return Vec::new();
        };
        match (from, to) {
            (Some(a), Some(b)) => pairs.get(a, b).map(|atom| (a, b, atom)).into_iter().collect(),
            (Some(a), None) => pairs.from(a).map(|(b, atom)| (a, b, atom)).collect(),
            (None, Some(b)) => pairs.to(b).map(|(a, atom)| (a, b, atom)).collect(),
            (None, None) => pairs.all().collect(),
        }
    }

    fn record(&mut self, partial: &Partial<'_>) {
        let Some(binding) = partial.binding.iter().copied().collect::<Option<Vec<_>>>() else {
            return;
        };
        let mut needs = partial.needs.clone();
        needs.sort_unstable();
        needs.dedup();
        let grants: Vec<_> = partial
            .plan
            .grants
            .iter()
            .filter_map(|(c, v)| Some((*c, partial.get(*v)?)))
            .map(|node| self.node(node))
            .filter(|n| !needs.contains(n))
            .collect();
        let key = (partial.step, binding, needs);
        if grants.is_empty() || self.seen.contains(&key) {
            return;
        }
        if self.derivations.len() >= self.limits.derivations {
            self.hit = Some("derivations");
            return;
        }
        self.derivations.push(Derivation {
            step: partial.step,
            binding: key.1.clone(),
            needs: key.2.clone(),
            atoms: partial.atoms.clone(),
            grants,
            entries: partial.entries,
        });
        self.seen.insert(key);
    }

    /// The place of a node; a new one is queued.
    fn node(&mut self, node: Node) -> usize {
        if let Some(at) = self.node_of.get(&node) {
            return *at;
        }
        let at = self.nodes.len();
        self.nodes.push(node);
        self.node_of.insert(node, at);
        self.queue.push_back(at);
        at
    }
}
