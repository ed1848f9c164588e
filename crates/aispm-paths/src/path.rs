//! Attack paths from derivations: the steps, the words and the score.

use std::collections::{BTreeMap, BTreeSet};

use aispm_types::{Asset, AssetId, AttackPath, Certainty, PathStep, Severity, short_hash};

use crate::base::Base;
use crate::hypergraph::{Derivation, Hypergraph, Solution};
use crate::jewels::CrownJewel;
use crate::step::AttackStep;
use crate::{Capability, Entry};

/// Share of the score that is left after one point of cost.
const DECAY: f64 = 0.96;
/// Share of the score of a path that is only possible.
const POSSIBLE: f64 = 0.6;

/// The score of a path, 0–100 with one decimal: see the crate's documentation.
pub fn score(entry: Entry, costs: u32, value: u8, lost: f64, certainty: Certainty) -> f64 {
    let sure = if certainty == Certainty::Certain {
        1.0
    } else {
        POSSIBLE
    };
    let decay = DECAY.powi(i32::try_from(costs).unwrap_or(i32::MAX));
    let raw = 100.0 * entry.likelihood() * decay * (f64::from(value.min(10)) / 10.0) * lost * sure;
    (raw * 10.0).round() / 10.0
}

/// The severity that a score stands for. A path that is only possible is never critical.
pub fn severity(score: f64, certainty: Certainty) -> Severity {
    let severity = match score {
        s if s >= 60.0 => Severity::Critical,
        s if s >= 40.0 => Severity::High,
        s if s >= 20.0 => Severity::Medium,
        _ => Severity::Low,
    };
    if certainty == Certainty::Certain {
        severity
    } else {
        severity.min(Severity::High)
    }
}

/// The id of the path from an entry point to a crown jewel. It names neither steps nor capability: it stays as long as any
/// derivation of any harm remains, so that taking a fact away never makes a new path appear.
pub fn path_id(entry: Entry, target: &AssetId) -> String {
    format!("P-{}", short_hash(&["path", entry.as_str(), target.as_str()]))
}

/// What paths are made from.
pub(crate) struct Assembly<'a> {
    pub(crate) base: &'a Base<'a>,
    pub(crate) graph: &'a Hypergraph,
    pub(crate) steps: &'a [AttackStep],
    pub(crate) resolved: &'a BTreeSet<usize>,
}

/// The worst harm to a jewel that a solution reaches: the largest loss, then the surest and cheapest derivation.
pub(crate) fn worst(
    jewel: &CrownJewel<'_>,
    base: &Base<'_>,
    graph: &Hypergraph,
    solution: &Solution,
) -> Option<(Capability, f64, usize)> {
    let asset = base.ix(&jewel.asset.id)?;
    let reached = jewel.falls_by.iter().filter_map(|(capability, lost)| {
        let node = graph.node((*capability, asset))?;
        Some((*capability, *lost, node, solution.weight(node)?))
    });
    // A certain smaller loss says more than a possible larger one.
    reached
        .min_by(|a, b| {
            (a.3.0.cmp(&b.3.0))
                .then(b.1.total_cmp(&a.1))
                .then((a.3, a.2).cmp(&(b.3, b.2)))
        })
        .map(|(capability, lost, node, _)| (capability, lost, node))
}

impl Assembly<'_> {
    /// The path to a jewel, if the entry point leads to it.
    pub(crate) fn path(
        &self,
        entry: Entry,
        jewel: &CrownJewel<'_>,
        solution: &Solution,
    ) -> Option<AttackPath> {
        let (capability, lost, node) = worst(jewel, self.base, self.graph, solution)?;
        let derivations: Vec<_> = solution
            .derivation_of(node, self.graph)
            .into_iter()
            .filter_map(|i| self.graph.derivations.get(i))
            .collect();
        let chain = Chain {
            entry,
            target: node,
            granted_at: places(&derivations),
            derivations: &derivations,
        };
        let steps: Vec<_> = derivations
            .iter()
            .enumerate()
            .filter_map(|(i, d)| self.step(&chain, i, d))
            .collect();
        let certainty = steps.iter().fold(Certainty::Certain, |c, s| c.and(s.certainty));
        let costs = derivations
            .iter()
            .filter_map(|d| self.steps.get(d.step))
            .map(|s| s.cost)
            .sum();
        let score = score(entry, costs, jewel.value, lost, certainty);
        Some(AttackPath {
            id: path_id(entry, &jewel.asset.id),
            title: title(entry, capability, jewel.asset, certainty),
            severity: severity(score, certainty),
            score,
            certainty,
            entry: entry.as_str().to_owned(),
            target: jewel.asset.id.clone(),
            steps,
            cuts: Vec::new(),
        })
    }

    fn step(&self, chain: &Chain<'_>, at: usize, d: &Derivation) -> Option<PathStep> {
        let step = self.steps.get(d.step)?;
        let granted = chain.purpose(at, d)?;
        let (capability, asset) = self.graph.nodes.get(granted)?;
        let to = self.base.asset(*asset)?;
        let from = d
            .needs
            .first()
            .and_then(|n| self.base.asset(self.graph.nodes.get(*n)?.1))
            .map_or_else(|| chain.entry.as_str().to_owned(), |a| a.id.to_string());
        let witnesses: Vec<_> = d
            .atoms
            .iter()
            .filter_map(|a| self.base.witness(*a, self.resolved))
            .collect();
        let mut evidence: BTreeSet<_> = witnesses.iter().filter_map(|w| w.evidence.clone()).collect();
        if evidence.is_empty() {
            evidence.extend(to.locations.first().cloned());
        }
        let findings: BTreeSet<_> = witnesses
            .iter()
            .flat_map(|w| &w.findings)
            .filter_map(|i| self.base.findings().get(*i))
            .map(|f| f.id.clone())
            .collect();
        let needs: BTreeSet<_> = d.needs.iter().filter_map(|n| chain.granted_at.get(n)).collect();
        Some(PathStep {
            id: format!("s{}", at + 1),
            from,
            to: to.id.clone(),
            kind: step.id.clone(),
            grants: capability.on(&name(to)),
            needs: needs.into_iter().map(|i| format!("s{}", i + 1)).collect(),
            technique: step.technique.clone(),
            why: self.why(step, d),
            evidence: evidence.into_iter().collect(),
            findings: findings.into_iter().collect(),
            certainty: witnesses.iter().fold(step.certainty, |c, w| c.and(w.certainty)),
        })
    }

    /// The step's template with the names of the things.
    fn why(&self, step: &AttackStep, d: &Derivation) -> String {
        let mut out = String::with_capacity(step.why.len() + 32);
        let mut parts = step.why.split("{?");
        out.push_str(parts.next().unwrap_or_default());
        for part in parts {
            let (variable, rest) = part.split_once('}').unwrap_or((part, ""));
            let asset = step
                .variables
                .iter()
                .position(|v| v == variable)
                .and_then(|v| d.binding.get(v))
                .and_then(|ix| self.base.asset(*ix));
            out.push_str(&asset.map_or_else(String::new, name));
            out.push_str(rest);
        }
        out
    }
}

/// The derivations of one path, in order.
struct Chain<'d> {
    entry: Entry,
    /// The node it leads to.
    target: usize,
    /// Which of them grants each node first.
    granted_at: BTreeMap<usize, usize>,
    derivations: &'d [&'d Derivation],
}

impl Chain<'_> {
    /// Of several grants, the one that the step is there for: the target, or what a later step needs.
    fn purpose(&self, at: usize, d: &Derivation) -> Option<usize> {
        if let [only] = d.grants.as_slice() {
            return Some(*only);
        }
        let last = at + 1 == self.derivations.len();
        let needed = |n: &usize| {
            self.derivations
                .iter()
                .skip(at + 1)
                .any(|later| later.needs.contains(n))
        };
        let wanted = |n: &&usize| last && **n == self.target || needed(n);
        d.grants.iter().find(wanted).or_else(|| d.grants.first()).copied()
    }
}

/// Which step of the path grants each node first.
fn places(derivations: &[&Derivation]) -> BTreeMap<usize, usize> {
    let mut out = BTreeMap::new();
    for (i, d) in derivations.iter().enumerate() {
        for n in &d.grants {
            out.entry(*n).or_insert(i);
        }
    }
    out
}

/// A thing in a sentence: "the agent `support`".
fn name(asset: &Asset) -> String {
    let kind = asset
        .kind
        .as_str()
        .replace('_', " ")
        .replace("mcp", "MCP")
        .replace("ai ", "AI ");
    format!("the {kind} `{}`", asset.name)
}

fn title(entry: Entry, capability: Capability, target: &Asset, certainty: Certainty) -> String {
    let can = if certainty == Certainty::Certain {
        "can"
    } else {
        "may be able to"
    };
    format!(
        "{} {can} {}",
        entry.who(),
        capability.verb(target.kind, &name(target))
    )
}

/// The order in which paths are listed: severity, score, then id.
pub(crate) fn worst_first(a: &AttackPath, b: &AttackPath) -> std::cmp::Ordering {
    b.severity
        .cmp(&a.severity)
        .then(b.score.total_cmp(&a.score))
        .then_with(|| a.id.cmp(&b.id))
}
