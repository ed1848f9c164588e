//! What follows from the steps, found the slow and obvious way. Shares no code with the engine's derivation: it tries every
//! assignment of assets to variables until nothing new follows.

use std::collections::BTreeSet;

use aispm_graph::World;
use aispm_paths::{AssetTest, AttackStep, Capability, Entry, Need, crown_jewels, path_id};
use aispm_types::{Asset, AssetId, Certainty, Finding};

/// A property of an asset that a fix takes away, whatever its value.
pub(crate) type Taken = BTreeSet<(AssetId, String)>;

type Held<'a> = BTreeSet<(Capability, &'a AssetId)>;

/// Ids of the paths there must be.
pub(crate) fn path_ids(
    steps: &[AttackStep],
    world: &World<'_>,
    findings: &[Finding],
    taken: &Taken,
) -> BTreeSet<String> {
    let assets: Vec<_> = world.graph.assets().collect();
    let mut out = BTreeSet::new();
    for entry in Entry::ALL {
        let case = Case {
            world,
            assets: &assets,
            findings,
            taken,
            entry: *entry,
        };
        let held = case.everything(steps);
        for jewel in crown_jewels(world) {
            if jewel
                .falls_by
                .iter()
                .any(|(c, _)| held.contains(&(*c, &jewel.asset.id)))
            {
                out.insert(path_id(*entry, &jewel.asset.id));
            }
        }
    }
    out
}

struct Case<'a> {
    world: &'a World<'a>,
    assets: &'a [&'a Asset],
    findings: &'a [Finding],
    taken: &'a Taken,
    entry: Entry,
}

impl<'a> Case<'a> {
    fn everything(&self, steps: &[AttackStep]) -> Held<'a> {
        let mut held = Held::new();
        loop {
            let mut new = Held::new();
            for step in steps {
                self.assign(step, &mut Vec::new(), &held, &mut new);
            }
            let before = held.len();
            held.extend(new);
            if held.len() == before {
                return held;
            }
        }
    }

    fn assign(&self, step: &AttackStep, bound: &mut Vec<&'a Asset>, held: &Held<'a>, new: &mut Held<'a>) {
        let decided = |need: &&Need| match need {
            Need::Entry(_) => bound.is_empty(),
            Need::Capability(_, v) | Need::Asset(_, v) => v.0 + 1 == bound.len(),
            Need::Relation(_, a, b) => a.0.max(b.0) + 1 == bound.len(),
        };
        if !step
            .needs
            .iter()
            .filter(decided)
            .all(|n| self.holds(n, bound, held))
        {
            return;
        }
        if bound.len() == step.variables.len() {
            new.extend(step.grants.iter().map(|(c, v)| (*c, &bound[v.0].id)));
            return;
        }
        for asset in self.assets {
            bound.push(asset);
            self.assign(step, bound, held, new);
            bound.pop();
        }
    }

    fn holds(&self, need: &Need, bound: &[&Asset], held: &Held<'a>) -> bool {
        match need {
            Need::Entry(any_of) => any_of.contains(&self.entry),
            Need::Capability(any_of, v) => any_of.iter().any(|c| held.contains(&(*c, &bound[v.0].id))),
            Need::Relation(test, a, b) => self.world.graph.relations().iter().any(|r| {
                r.from == bound[a.0].id
                    && r.to == bound[b.0].id
                    && test.kinds.contains(&r.kind)
                    && (!test.certain || r.certainty == Certainty::Certain)
            }),
            Need::Asset(test, v) => self.passes(test, bound[v.0]),
        }
    }

    fn passes(&self, test: &AssetTest, asset: &Asset) -> bool {
        match test {
            AssetTest::Kind(kinds) => kinds.contains(&asset.kind),
            AssetTest::Property {
                name, test: value, ..
            } => {
                !self.taken.contains(&(asset.id.clone(), name.clone()))
                    && value.test(asset.get(name)).is_some()
            }
            AssetTest::Fact(kinds, tests) => self.world.graph.facts(&asset.id).iter().any(|f| {
                kinds.contains(&f.kind)
                    && tests
                        .iter()
                        .all(|(name, test)| test.test(f.properties.get(name)).is_some())
            }),
            AssetTest::Finding(rules) => self
                .findings
                .iter()
                .any(|f| f.asset == asset.id && rules.contains(&f.rule)),
        }
    }
}
