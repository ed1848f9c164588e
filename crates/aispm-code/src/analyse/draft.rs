//! Observations of one file while they are gathered: one asset an id, sightings joined.

use std::collections::{BTreeMap, BTreeSet};

use aispm_types::{Asset, AssetId, Batch, Fact, Location, Relation, RelationKind, Value};

/// Observations that grow.
#[derive(Default)]
pub(crate) struct Draft {
    assets: BTreeMap<AssetId, Asset>,
    relations: BTreeMap<(AssetId, RelationKind, AssetId), Relation>,
    facts: Vec<Fact>,
    usable: BTreeMap<AssetId, Location>,
    places: BTreeSet<(AssetId, Location)>,
    known_facts: BTreeSet<(AssetId, Option<Location>, String)>,
}

impl Draft {
    /// Adds an asset, or a sighting of it: locations join, a property once known stays.
    pub(crate) fn asset(&mut self, asset: Asset) -> AssetId {
        let id = asset.id.clone();
        match self.assets.get_mut(&id) {
            None => {
                let places = asset.locations.iter().map(|at| (id.clone(), at.clone()));
                self.places.extend(places);
                self.assets.insert(id.clone(), asset);
            }
            Some(known) => {
                for at in asset.locations {
                    if self.places.insert((id.clone(), at.clone())) {
                        known.locations.push(at);
                    }
                }
                for (name, value) in asset.properties {
                    match known.properties.get_mut(&name) {
                        None => {
                            known.properties.insert(name, value);
                        }
                        Some(old) if old.is_unknown() && !value.is_unknown() => *old = value,
                        Some(_) => {}
                    }
                }
            }
        }
        id
    }
    /// An asset that somebody must be using: a model, an account, a store.
    pub(crate) fn used_at(&mut self, asset: &AssetId, at: Location) {
        self.usable.entry(asset.clone()).or_insert(at);
    }
    /// Adds a place to an asset.
    pub(crate) fn seen(&mut self, id: &AssetId, at: Location) {
        if let Some(asset) = self.assets.get_mut(id)
            && self.places.insert((id.clone(), at.clone()))
        {
            asset.locations.push(at);
        }
    }
    /// Sets a property.
    pub(crate) fn set(&mut self, id: &AssetId, name: &str, value: impl Into<Value>) {
        if let Some(asset) = self.assets.get_mut(id) {
            asset.properties.insert(name.to_owned(), value.into());
        }
    }
    /// Adds a relation; a certain one stays certain.
    pub(crate) fn relation(&mut self, relation: Relation) {
        if relation.from == relation.to {
            return;
        }
        let key = (relation.from.clone(), relation.kind, relation.to.clone());
        match self.relations.get(&key) {
            Some(known) if known.certainty >= relation.certainty => {}
            _ => {
                self.relations.insert(key, relation);
            }
        }
    }
    /// `from` uses `to`.
    pub(crate) fn uses(&mut self, from: &AssetId, to: &AssetId, at: Location) {
        self.relation(Relation::new(from, RelationKind::Uses, to).seen(at));
    }
    /// Adds a fact once.
    pub(crate) fn fact(&mut self, fact: Fact) {
        let key = (
            fact.asset.clone(),
            fact.location.clone(),
            format!("{:?} {:?}", fact.kind, fact.properties),
        );
        if self.known_facts.insert(key) {
            self.facts.push(fact);
        }
    }
    /// What something is related to already.
    pub(crate) fn used(&self) -> BTreeSet<AssetId> {
        self.relations.keys().map(|(_, _, to)| to.clone()).collect()
    }
    /// What somebody must be using.
    pub(crate) fn usable(&self) -> Vec<(AssetId, Location)> {
        self.usable.iter().map(|(a, l)| (a.clone(), l.clone())).collect()
    }
    /// As a batch.
    pub(crate) fn finish(self) -> Batch {
        let mut batch = Batch {
            assets: self.assets.into_values().collect(),
            relations: self.relations.into_values().collect(),
            facts: self.facts,
            ..Batch::default()
        };
        for asset in &mut batch.assets {
            asset.locations.sort();
        }
        batch
    }
}
