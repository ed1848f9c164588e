//! Small estates, written the way readers write them.

use aispm_graph::{GraphView, World, resolve};
use aispm_types::{
    Asset, AssetId, AssetKind, Batch, Confidence, Effort, Fact, FactKind, Finding, Fix, Jewel, Location,
    Policy, Properties, Relation, RelationKind, Remediation, Severity, Value,
};

/// An estate under construction.
#[derive(Clone, Default, Debug)]
pub(crate) struct Estate {
    pub(crate) batch: Batch,
    pub(crate) findings: Vec<Finding>,
    pub(crate) policy: Policy,
}

/// A line of the estate's only file.
pub(crate) fn place(line: u32) -> Location {
    Location::file("estate", "app/main.py").line(line)
}

impl Estate {
    pub(crate) fn asset(mut self, kind: AssetKind, name: &str, properties: &[(&str, Value)]) -> Self {
        let mut asset = Asset::new(kind, name, name).at(place(1));
        for (key, value) in properties {
            asset = asset.with(key, value.clone());
        }
        self.batch.asset(asset);
        self
    }
    pub(crate) fn rel(mut self, from: &str, kind: RelationKind, to: &str) -> Self {
        let (from, to) = (AssetId::parse(from), AssetId::parse(to));
        self.batch
            .relation(Relation::new(&from, kind, &to).seen(place(2)));
        self
    }
    pub(crate) fn fact(mut self, kind: FactKind, on: &str, properties: &[(&str, Value)]) -> Self {
        let mut fact = Fact::new(kind, &AssetId::parse(on)).at(place(3));
        for (key, value) in properties {
            fact = fact.with(key, value.clone());
        }
        self.batch.fact(fact);
        self
    }
    /// Declares a crown jewel of value 9.
    pub(crate) fn jewel(mut self, pattern: &str) -> Self {
        self.policy.crown_jewels.push(Jewel {
            pattern: pattern.to_owned(),
            value: 9,
            at: Location::default(),
        });
        self
    }
    pub(crate) fn graph(&self) -> GraphView {
        resolve(self.batch.clone())
    }
    pub(crate) fn world<'a>(&'a self, graph: &'a GraphView) -> World<'a> {
        World {
            graph,
            policy: &self.policy,
            baseline: None,
            as_of: jiff::civil::date(2025, 1, 1),
        }
    }
}

/// A finding of `rule` on an asset, with its evidence.
pub(crate) fn finding(rule: &str, on: &str, evidence: &[(&str, Value)]) -> Finding {
    let asset = AssetId::parse(on);
    let evidence: Properties = evidence
        .iter()
        .map(|(k, v)| ((*k).to_owned(), v.clone()))
        .collect();
    Finding {
        id: Finding::identity(rule, &asset, &format!("{evidence:?}")),
        rule: rule.to_owned(),
        title: rule.to_owned(),
        severity: Severity::High,
        severity_reason: None,
        confidence: Confidence::High,
        asset,
        locations: vec![place(1)],
        why: String::from("so"),
        impact: String::from("so what"),
        evidence,
        remediation: Remediation {
            summary: String::from("Change it."),
            terraform: None,
            cli: None,
            code: None,
            effort: Effort::Low,
            safe: true,
        },
        controls: Vec::new(),
        accepted: None,
        sources: Vec::new(),
        discriminator: String::new(),
    }
}

/// A fix that resolves these findings.
pub(crate) fn fix(id: &str, findings: &[&Finding]) -> Fix {
    Fix {
        id: id.to_owned(),
        title: String::from("Change it"),
        findings: findings.iter().map(|f| f.id.clone()).collect(),
        paths_cut: Vec::new(),
        systems: Vec::new(),
        owner: None,
        effort: Effort::Low,
        safe: true,
        severity: Severity::High,
        locations: Vec::new(),
    }
}
