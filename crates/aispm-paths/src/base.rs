//! Base facts: what the graph and the findings say, as atoms that the steps' tests ask for.
//!
//! An atom is "this test holds of this asset (or pair)". It stands as long as one of its witnesses does: two dangerous
//! callables in one model file are two witnesses of one atom, and removing one leaves the attack as it was.

use std::collections::{BTreeMap, BTreeSet};

use aispm_graph::World;
use aispm_types::{Asset, AssetId, Certainty, Finding, Location};

use crate::step::{AssetTest, AttackStep, Need, RelationTest};
use crate::support::Support;

/// An asset's place in id order.
pub(crate) type AssetIx = usize;
/// An atom's place.
pub(crate) type AtomIx = usize;

/// The tests of all steps, each once.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tests {
    pub(crate) assets: Vec<AssetTest>,
    pub(crate) pairs: Vec<RelationTest>,
}

impl Tests {
    pub(crate) fn of(steps: &[AttackStep]) -> Self {
        let mut tests = Self::default();
        for need in steps.iter().flat_map(|s| &s.needs) {
            match need {
                Need::Asset(t, _) if !tests.assets.contains(t) => tests.assets.push(t.clone()),
                Need::Relation(t, _, _) if !tests.pairs.contains(t) => tests.pairs.push(t.clone()),
                _ => {}
            }
        }
        tests
    }
}

/// One thing that was seen and makes an atom true.
#[derive(Clone, Debug)]
pub(crate) struct Witness {
    pub(crate) certainty: Certainty,
    pub(crate) evidence: Option<Location>,
    /// Places in [`Support::findings`]; any of them resolved takes the witness away.
    pub(crate) findings: Vec<usize>,
}

/// Atoms of one test of pairs, indexed both ways.
#[derive(Default)]
pub(crate) struct Pairs {
    by_from: BTreeMap<(AssetIx, AssetIx), AtomIx>,
    by_to: BTreeMap<(AssetIx, AssetIx), AtomIx>,
}

impl Pairs {
    pub(crate) fn get(&self, from: AssetIx, to: AssetIx) -> Option<AtomIx> {
        self.by_from.get(&(from, to)).copied()
    }
    pub(crate) fn from(&self, from: AssetIx) -> impl Iterator<Item = (AssetIx, AtomIx)> {
        let range = (from, 0)..=(from, AssetIx::MAX);
        self.by_from.range(range).map(|((_, to), atom)| (*to, *atom))
    }
    pub(crate) fn to(&self, to: AssetIx) -> impl Iterator<Item = (AssetIx, AtomIx)> {
        let range = (to, 0)..=(to, AssetIx::MAX);
        self.by_to.range(range).map(|((_, from), atom)| (*from, *atom))
    }
    pub(crate) fn all(&self) -> impl Iterator<Item = (AssetIx, AssetIx, AtomIx)> {
        self.by_from.iter().map(|((from, to), atom)| (*from, *to, *atom))
    }
}

/// Everything the derivation starts from.
pub(crate) struct Base<'a> {
    assets: Vec<&'a Asset>,
    /// Atoms by test of [`Tests::assets`], then by asset.
    pub(crate) of_assets: Vec<BTreeMap<AssetIx, AtomIx>>,
    /// Atoms by test of [`Tests::pairs`].
    pub(crate) of_pairs: Vec<Pairs>,
    /// Witnesses of each atom, strongest first.
    atoms: Vec<Vec<Witness>>,
    support: Support<'a>,
}

impl<'a> Base<'a> {
    pub(crate) fn new(tests: &Tests, world: &World<'a>, findings: &'a [Finding]) -> Self {
        let assets: Vec<_> = world.graph.assets().collect();
        let mut base = Self {
            of_assets: Vec::with_capacity(tests.assets.len()),
            of_pairs: Vec::with_capacity(tests.pairs.len()),
            atoms: Vec::new(),
            support: Support::new(world.graph, findings),
            assets,
        };
        for test in &tests.assets {
            base.assess_assets(test, world);
        }
        for test in &tests.pairs {
            base.assess_pairs(test, world);
        }
        base
    }

    fn assess_assets(&mut self, test: &AssetTest, world: &World<'a>) {
        let mut atoms = BTreeMap::new();
        for (ix, asset) in self.assets.iter().enumerate() {
            let mut witnesses = witnesses(test, asset, world, &self.support);
            if !witnesses.is_empty() {
                strongest_first(&mut witnesses);
                atoms.insert(ix, self.atoms.len());
                self.atoms.push(witnesses);
            }
        }
        self.of_assets.push(atoms);
    }

    fn assess_pairs(&mut self, test: &RelationTest, world: &World<'a>) {
        let mut found: BTreeMap<(AssetIx, AssetIx), Vec<Witness>> = BTreeMap::new();
        for r in world.graph.relations() {
            if !test.kinds.contains(&r.kind) || (test.certain && r.certainty != Certainty::Certain) {
                continue;
            }
            if let (Some(from), Some(to)) = (self.ix(&r.from), self.ix(&r.to)) {
                found.entry((from, to)).or_default().push(Witness {
                    certainty: r.certainty,
                    evidence: r.evidence.clone(),
                    findings: self.support.relation(r, &test.shown_by),
                });
            }
        }
        let mut pairs = Pairs::default();
        for ((from, to), mut witnesses) in found {
            strongest_first(&mut witnesses);
            pairs.by_from.insert((from, to), self.atoms.len());
            pairs.by_to.insert((to, from), self.atoms.len());
            self.atoms.push(witnesses);
        }
        self.of_pairs.push(pairs);
    }

    /// An asset's place.
    pub(crate) fn ix(&self, id: &AssetId) -> Option<AssetIx> {
        self.assets.binary_search_by(|a| a.id.cmp(id)).ok()
    }
    pub(crate) fn asset(&self, ix: AssetIx) -> Option<&'a Asset> {
        self.assets.get(ix).copied()
    }
    pub(crate) fn findings(&self) -> &[&'a Finding] {
        self.support.findings()
    }
    /// Places of findings by their ids; unknown ids are left out.
    pub(crate) fn places<'i>(&self, ids: impl IntoIterator<Item = &'i String>) -> BTreeSet<usize> {
        ids.into_iter()
            .filter_map(|id| self.findings().binary_search_by(|f| f.id.cmp(id)).ok())
            .collect()
    }
    /// The witness that carries an atom once some findings are resolved.
    pub(crate) fn witness(&self, atom: AtomIx, resolved: &BTreeSet<usize>) -> Option<&Witness> {
        self.atoms
            .get(atom)?
            .iter()
            .find(|w| w.findings.iter().all(|f| !resolved.contains(f)))
    }
    /// Findings that any witness of an atom stands on.
    pub(crate) fn findings_of(&self, atom: AtomIx) -> impl Iterator<Item = usize> {
        self.atoms
            .get(atom)
            .into_iter()
            .flatten()
            .flat_map(|w| w.findings.iter().copied())
    }
}

/// Certain before possible; among equals those that no fix removes, then by place.
fn strongest_first(witnesses: &mut [Witness]) {
    witnesses.sort_by(|a, b| {
        (
            std::cmp::Reverse(a.certainty),
            a.findings.len(),
            &a.evidence,
            &a.findings,
        )
            .cmp(&(
                std::cmp::Reverse(b.certainty),
                b.findings.len(),
                &b.evidence,
                &b.findings,
            ))
    });
}

fn witnesses(test: &AssetTest, asset: &Asset, world: &World<'_>, support: &Support<'_>) -> Vec<Witness> {
    match test {
        AssetTest::Kind(kinds) => kinds
            .contains(&asset.kind)
            .then_some(Witness {
                certainty: Certainty::Certain,
                evidence: None,
                findings: Vec::new(),
            })
            .into_iter()
            .collect(),
        AssetTest::Property { name, test, shown_by } => test
            .test(asset.get(name))
            .map(|certainty| {
                let findings = support.property(asset, name, shown_by);
                let shown = findings
                    .iter()
                    .find_map(|i| support.findings().get(*i)?.locations.first());
                Witness {
                    certainty,
                    evidence: shown.or(asset.locations.first()).cloned(),
                    findings,
                }
            })
            .into_iter()
            .collect(),
        AssetTest::Fact(kinds, tests) => world
            .graph
            .facts(&asset.id)
            .iter()
            .filter(|f| kinds.contains(&f.kind))
            .filter_map(|f| {
                let mut certainty = Certainty::Certain;
                for (name, test) in tests {
                    certainty = certainty.and(test.test(f.properties.get(name))?);
                }
                Some(Witness {
                    certainty,
                    evidence: f.location.clone().or_else(|| asset.locations.first().cloned()),
                    findings: support.fact(f),
                })
            })
            .collect(),
        AssetTest::Finding(rules) => support
            .rule(&asset.id, rules)
            .into_iter()
            .map(|i| Witness {
                certainty: Certainty::Certain,
                evidence: support
                    .findings()
                    .get(i)
                    .and_then(|f| f.locations.first())
                    .cloned(),
                findings: vec![i],
            })
            .collect(),
    }
}
