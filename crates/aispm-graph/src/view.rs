//! The immutable view.

use std::collections::{BTreeMap, BTreeSet};

use aispm_types::{Asset, AssetId, AssetKind, Fact, FactKind, Policy, Relation, RelationKind};
use jiff::civil::Date;

/// Everything a judgement may depend on. Same world in, same outcome out.
#[derive(Clone, Copy, Debug)]
pub struct World<'a> {
    /// What there is.
    pub graph: &'a GraphView,
    /// What the organisation declares.
    pub policy: &'a Policy,
    /// The scan to compare with, if any.
    pub baseline: Option<&'a Snapshot>,
    /// The day to judge on; never read from the clock.
    pub as_of: Date,
}

/// What an earlier scan saw: asset ids with the digests of model versions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// Ids of the assets of that scan.
    pub assets: BTreeSet<AssetId>,
    /// Ids of its findings.
    pub findings: BTreeSet<String>,
}

/// Assets, relations and facts after resolution, indexed both ways. Built once by [`crate::resolve`].
#[derive(Clone, Debug, Default)]
pub struct GraphView {
    pub(crate) assets: BTreeMap<AssetId, Asset>,
    pub(crate) sightings: BTreeMap<AssetId, Vec<AssetId>>,
    pub(crate) origins: BTreeMap<AssetId, BTreeMap<String, AssetId>>,
    pub(crate) aliases: BTreeMap<AssetId, AssetId>,
    pub(crate) relations: Vec<Relation>,
    pub(crate) outgoing: BTreeMap<AssetId, Vec<usize>>,
    pub(crate) incoming: BTreeMap<AssetId, Vec<usize>>,
    pub(crate) facts: BTreeMap<AssetId, Vec<Fact>>,
}

impl GraphView {
    /// Rebuilds both indexes from the relations.
    pub(crate) fn reindex(&mut self) {
        self.outgoing.clear();
        self.incoming.clear();
        for (i, r) in self.relations.iter().enumerate() {
            self.outgoing.entry(r.from.clone()).or_default().push(i);
            self.incoming.entry(r.to.clone()).or_default().push(i);
        }
    }
    /// The graph with more facts on its assets; facts on what is not in it are dropped.
    #[must_use]
    pub fn with_facts(mut self, facts: Vec<Fact>) -> Self {
        crate::resolve::attach(&mut self, facts);
        self
    }
    /// The graph with what somebody else established about its assets, over what was read; of assets that are not in it nothing is
    /// kept.
    #[must_use]
    pub fn with_properties(mut self, seen: &BTreeMap<AssetId, aispm_types::Properties>) -> Self {
        for (id, properties) in seen {
            let id = self.canonical(id).clone();
            if let Some(asset) = self.assets.get_mut(&id) {
                asset
                    .properties
                    .extend(properties.iter().map(|(k, v)| (k.clone(), v.clone())));
            }
        }
        self
    }
    /// All assets, in id order.
    pub fn assets(&self) -> impl Iterator<Item = &Asset> {
        self.assets.values()
    }
    /// Assets of one kind, in id order.
    pub fn of_kind(&self, kind: AssetKind) -> impl Iterator<Item = &Asset> {
        self.assets.values().filter(move |a| a.kind == kind)
    }
    /// An asset by any of its names.
    pub fn asset(&self, id: &AssetId) -> Option<&Asset> {
        self.assets.get(self.canonical(id))
    }
    /// The name the graph keeps for what `id` names.
    pub fn canonical<'a>(&'a self, id: &'a AssetId) -> &'a AssetId {
        self.aliases.get(id).unwrap_or(id)
    }
    /// The ids an asset was seen under, in order; at least its own.
    pub fn sightings(&self, id: &AssetId) -> &[AssetId] {
        self.sightings.get(self.canonical(id)).map_or(&[], Vec::as_slice)
    }
    /// The sighting a property came from; finding ids use it, so that merging never changes them.
    pub fn origin(&self, id: &AssetId, property: &str) -> Option<&AssetId> {
        self.origins.get(self.canonical(id))?.get(property)
    }
    /// All relations, sorted.
    pub fn relations(&self) -> &[Relation] {
        &self.relations
    }
    /// Relations that start at an asset.
    pub fn outgoing<'a>(&'a self, id: &'a AssetId) -> impl Iterator<Item = &'a Relation> {
        self.outgoing
            .get(self.canonical(id))
            .into_iter()
            .flatten()
            .filter_map(|i| self.relations.get(*i))
    }
    /// Relations that end at an asset.
    pub fn incoming<'a>(&'a self, id: &'a AssetId) -> impl Iterator<Item = &'a Relation> {
        self.incoming
            .get(self.canonical(id))
            .into_iter()
            .flatten()
            .filter_map(|i| self.relations.get(*i))
    }
    /// Assets that an asset has this relation to.
    pub fn related<'a>(&'a self, id: &'a AssetId, kind: RelationKind) -> impl Iterator<Item = &'a Asset> {
        self.outgoing(id)
            .filter(move |r| r.kind == kind)
            .filter_map(|r| self.assets.get(&r.to))
    }
    /// Assets that have this relation to an asset.
    pub fn related_from<'a>(
        &'a self,
        id: &'a AssetId,
        kind: RelationKind,
    ) -> impl Iterator<Item = &'a Asset> {
        self.incoming(id)
            .filter(move |r| r.kind == kind)
            .filter_map(|r| self.assets.get(&r.from))
    }
    /// Facts on an asset, in kind and place order.
    pub fn facts(&self, id: &AssetId) -> &[Fact] {
        self.facts.get(self.canonical(id)).map_or(&[], Vec::as_slice)
    }
    /// Facts of one kind on an asset.
    pub fn facts_of<'a>(&'a self, id: &'a AssetId, kind: FactKind) -> impl Iterator<Item = &'a Fact> {
        self.facts(id).iter().filter(move |f| f.kind == kind)
    }
    /// All facts.
    pub fn all_facts(&self) -> impl Iterator<Item = &Fact> {
        self.facts.values().flatten()
    }
}
