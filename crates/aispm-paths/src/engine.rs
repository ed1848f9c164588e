//! The engine: loaded steps, and what they derive from a world.

use std::collections::BTreeSet;

use aispm_graph::World;
use aispm_types::{AttackPath, Finding, Fix, Gap};

use crate::base::{Base, Tests};
use crate::derive::{Limits, Plan, fixpoint};
use crate::hypergraph::{Hypergraph, Solution};
use crate::jewels::{CrownJewel, crown_jewels};
use crate::path::{Assembly, worst};
use crate::step::{AssetTest, AttackStep, Need};
use crate::{Capability, Entry, StepError, cuts, load, path};

/// The attack steps, loaded and ready. Holds no world: one engine serves many.
#[derive(Clone, Debug)]
pub struct Engine {
    steps: Vec<AttackStep>,
    tests: Tests,
    plans: Vec<Plan>,
    limits: Limits,
}

/// What an engine derives from a world.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PathOutcome {
    /// One path for each entry point and crown jewel that it leads to, the highest score first.
    pub paths: Vec<AttackPath>,
    /// Where a budget ended the search; paths may be missing then.
    pub gaps: Vec<Gap>,
}

impl Engine {
    /// The steps that come with aispm.
    ///
    /// # Errors
    /// Every step that does not load, with its line and what was probably meant.
    pub fn load() -> Result<Self, Vec<StepError>> {
        let yaml = aispm_content::attack_steps().filter(|(path, _)| path.ends_with(".yaml"));
        Self::from_files(yaml)
    }

    /// Steps from `(path, text)`.
    ///
    /// # Errors
    /// As [`Engine::load`].
    pub fn from_files<'a>(files: impl Iterator<Item = (&'a str, &'a str)>) -> Result<Self, Vec<StepError>> {
        let steps = load::load(files)?;
        let tests = Tests::of(&steps);
        Ok(Self {
            plans: steps.iter().map(|s| Plan::new(s, &tests)).collect(),
            tests,
            steps,
            limits: Limits::default(),
        })
    }

    /// The same engine with other budgets.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The steps, in id order.
    pub fn steps(&self) -> &[AttackStep] {
        &self.steps
    }

    /// Rules that steps name in `finding` and `shown_by`, so that whoever knows the rules can check that they exist.
    pub fn rules_named(&self) -> BTreeSet<&str> {
        let needs = self.steps.iter().flat_map(|s| &s.needs);
        needs
            .filter_map(|n| match n {
                Need::Asset(AssetTest::Finding(rules), _) => Some(rules),
                Need::Asset(AssetTest::Property { shown_by, .. }, _) => Some(shown_by),
                Need::Relation(test, ..) => Some(&test.shown_by),
                _ => None,
            })
            .flatten()
            .map(String::as_str)
            .collect()
    }

    /// The attack paths of a world.
    pub fn derive(&self, world: &World<'_>, findings: &[Finding]) -> PathOutcome {
        let derived = self.derivations(world, findings);
        PathOutcome {
            paths: derived.paths(&BTreeSet::new()),
            gaps: derived.gaps(),
        }
    }

    /// The paths that remain once some findings are resolved, by id.
    pub fn what_if(
        &self,
        world: &World<'_>,
        findings: &[Finding],
        resolved: &BTreeSet<String>,
    ) -> Vec<AttackPath> {
        let derived = self.derivations(world, findings);
        derived.paths(&derived.base.places(resolved))
    }

    /// Fills `paths_cut` of each fix, exactly, and the smallest cuts of each path. The gaps name the budget that ended the
    /// search early.
    pub fn apply_fixes(
        &self,
        world: &World<'_>,
        findings: &[Finding],
        paths: &mut [AttackPath],
        fixes: &mut [Fix],
    ) -> Vec<Gap> {
        let derived = self.derivations(world, findings);
        cuts::apply(&derived, &self.limits, paths, fixes)
    }

    fn derivations<'w>(&'w self, world: &World<'w>, findings: &'w [Finding]) -> Derived<'w> {
        let base = Base::new(&self.tests, world, findings);
        let jewels = crown_jewels(world);
        let declared = &world.policy.entry_points;
        let entries: BTreeSet<_> = Entry::ALL
            .iter()
            .copied()
            .filter(|e| declared.is_empty() || declared.iter().any(|d| d == e.as_str()))
            .collect();
        let found = fixpoint(&self.plans, &base, &entries, &self.limits);
        let hit = found.hit;
        let targets = jewels
            .iter()
            .filter_map(|j| Some((j, base.ix(&j.asset.id)?)))
            .flat_map(|(j, ix)| j.falls_by.iter().map(move |(c, _)| (*c, ix)))
            .collect();
        let found = Hypergraph::leading_to(found, &targets);
        Derived {
            graph: Hypergraph::new(found, &self.steps, &base),
            steps: &self.steps,
            base,
            jewels,
            entries,
            hit,
        }
    }
}

/// All derivations in one world.
pub(crate) struct Derived<'w> {
    pub(crate) base: Base<'w>,
    pub(crate) graph: Hypergraph,
    steps: &'w [AttackStep],
    jewels: Vec<CrownJewel<'w>>,
    entries: BTreeSet<Entry>,
    hit: Option<&'static str>,
}

impl Derived<'_> {
    pub(crate) fn solve(&self, entry: Entry, resolved: &BTreeSet<usize>) -> Solution {
        self.graph.solve(entry, resolved, self.steps, &self.base)
    }

    /// The worst harm to a jewel, by its place: capability, share lost, node.
    pub(crate) fn worst(&self, jewel: usize, solution: &Solution) -> Option<(Capability, f64, usize)> {
        worst(self.jewels.get(jewel)?, &self.base, &self.graph, solution)
    }

    /// Entry point and jewel of a path, by place.
    pub(crate) fn origin(&self, path: &AttackPath) -> Option<(Entry, usize)> {
        let entry = Entry::parse(&path.entry)?;
        let jewel = self.jewels.iter().position(|j| j.asset.id == path.target)?;
        self.entries.contains(&entry).then_some((entry, jewel))
    }

    fn paths(&self, resolved: &BTreeSet<usize>) -> Vec<AttackPath> {
        let assembly = Assembly {
            base: &self.base,
            graph: &self.graph,
            steps: self.steps,
            resolved,
        };
        let mut paths = Vec::new();
        for entry in &self.entries {
            let solution = self.solve(*entry, resolved);
            let jewels = self.jewels.iter();
            paths.extend(jewels.filter_map(|j| assembly.path(*entry, j, &solution)));
        }
        paths.sort_by(path::worst_first);
        paths
    }

    fn gaps(&self) -> Vec<Gap> {
        let reason =
            |budget| format!("the derivation ended at its budget of {budget}; more attack paths may exist");
        self.hit
            .map(|budget| Gap::new("attack paths", reason(budget)))
            .into_iter()
            .collect()
    }
}
