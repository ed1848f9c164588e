//! Small estates, written the way readers write them.

use aispm_graph::{GraphView, World, resolve};
use aispm_types::{
    Asset, AssetId, AssetKind, Batch, Fact, FactKind, Finding, Location, Policy, Properties, Relation,
    RelationKind, Value,
};

/// An estate under construction.
#[derive(Clone, Default, Debug)]
pub struct Estate {
    pub batch: Batch,
    pub findings: Vec<Finding>,
    pub policy: Policy,
}

/// A line of the estate's only file.
pub fn place(line: u32) -> Location {
    Location::file("estate", "app/main.py").line(line)
}

impl Estate {
    pub fn asset(mut self, kind: AssetKind, name: &str, properties: &[(&str, Value)]) -> Self {
        let mut asset = Asset::new(kind, name, name).at(place(1));
        for (key, value) in properties {
            asset = asset.with(key, value.clone());
        }
        self.batch.asset(asset);
        self
    }
    pub fn rel(mut self, from: &str, kind: RelationKind, to: &str) -> Self {
        let (from, to) = (AssetId::parse(from), AssetId::parse(to));
        self.batch
            .relation(Relation::new(&from, kind, &to).seen(place(2)));
        self
    }
    pub fn fact(mut self, kind: FactKind, on: &str, properties: &[(&str, Value)]) -> Self {
        let mut fact = Fact::new(kind, &AssetId::parse(on)).at(place(3));
        for (key, value) in properties {
            fact = fact.with(key, value.clone());
        }
        self.batch.fact(fact);
        self
    }
    pub fn graph(&self) -> GraphView {
        resolve(self.batch.clone())
    }
    pub fn world<'a>(&'a self, graph: &'a GraphView) -> World<'a> {
        World {
            graph,
            policy: &self.policy,
            baseline: None,
            as_of: jiff::civil::date(2025, 1, 1),
        }
    }
}

/// Properties from pairs.
pub fn properties(pairs: &[(&str, Value)]) -> Properties {
    pairs.iter().map(|(k, v)| ((*k).to_owned(), v.clone())).collect()
}
