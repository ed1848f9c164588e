//! Resolution of identities: sightings under many names become one asset each.

use std::collections::{BTreeMap, BTreeSet};

use aispm_types::{Asset, AssetId, Batch, Fact, Properties, Relation, Value};

use crate::GraphView;

/// Merges sightings into assets through the alias table. Relations to and from things nobody saw are dropped; unknown gives
/// way to known; where two sightings know different values, the declaring one (the alias target) wins. The outcome depends
/// on the set of observations alone, never on their order.
pub fn resolve(batch: Batch) -> GraphView {
    let Batch {
        mut assets,
        relations,
        facts,
        aliases,
        ..
    } = batch;
    let names = canonical_names(&aliases);
    let canonical = |id: &AssetId| names.get(id).cloned().unwrap_or_else(|| id.clone());

    // The canonical sighting first, then by id and content: a total order that no thread decides.
    assets.sort_by_cached_key(|a| {
        let to = canonical(&a.id);
        (
            to.clone(),
            a.id != to,
            a.id.clone(),
            a.locations.clone(),
            fingerprint(&a.properties),
        )
    });
    let mut view = GraphView::default();
    for asset in assets {
        let to = canonical(&asset.id);
        merge(&mut view, to, asset);
    }
    for asset in view.assets.values_mut() {
        asset.locations.sort();
        asset.locations.dedup();
    }
    view.aliases = names
        .into_iter()
        .filter(|(_, to)| view.assets.contains_key(to))
        .collect();
    connect(&mut view, relations);
    attach(&mut view, facts);
    view
}

fn fingerprint(properties: &Properties) -> String {
    format!("{properties:?}")
}

/// Follows alias chains to their end; a cycle ends at its least member.
fn canonical_names(aliases: &[aispm_types::Alias]) -> BTreeMap<AssetId, AssetId> {
    let mut next: BTreeMap<&AssetId, &AssetId> = BTreeMap::new();
    for a in aliases.iter().filter(|a| a.alias != a.of) {
        let of = next.entry(&a.alias).or_insert(&a.of);
        *of = (*of).min(&a.of);
    }
    next.keys()
        .map(|start| {
            let mut seen = BTreeSet::from([*start]);
            let mut at = *start;
            while let Some(to) = next.get(at) {
                if !seen.insert(to) {
                    at = seen.iter().next().copied().unwrap_or(at);
                    break;
                }
                at = to;
            }
            ((*start).clone(), at.clone())
        })
        .filter(|(from, to)| from != to)
        .collect()
}

fn merge(view: &mut GraphView, to: AssetId, sighting: Asset) {
    let from = sighting.id.clone();
    let sightings = view.sightings.entry(to.clone()).or_default();
    if !sightings.contains(&from) {
        sightings.push(from.clone());
    }
    let origins = view.origins.entry(to.clone()).or_default();
    let target = view.assets.entry(to.clone()).or_insert_with(|| Asset {
        id: to,
        kind: sighting.kind,
        name: sighting.name.clone(),
        provider: sighting.provider.clone(),
        locations: Vec::new(),
        properties: Properties::new(),
        places: BTreeMap::new(),
    });
    let mut places = sighting.places;
    target.provider = target.provider.take().or(sighting.provider);
    target.locations.extend(sighting.locations);
    for (name, value) in sighting.properties {
        let known = target
            .properties
            .get(&name)
            .is_some_and(|v| !v.is_unknown() && *v != Value::Null);
        if !known {
            origins.insert(name.clone(), from.clone());
            target.places.remove(&name);
            target.places.extend(places.remove_entry(&name));
            target.properties.insert(name, value);
        }
    }
}

fn connect(view: &mut GraphView, relations: Vec<Relation>) {
    let mut unique: BTreeMap<(AssetId, aispm_types::RelationKind, AssetId), Relation> = BTreeMap::new();
    for mut r in relations {
        r.from = view.canonical(&r.from).clone();
        r.to = view.canonical(&r.to).clone();
        if !view.assets.contains_key(&r.from) || !view.assets.contains_key(&r.to) || r.from == r.to {
            continue;
        }
        let key = (r.from.clone(), r.kind, r.to.clone());
        match unique.get_mut(&key) {
            // A certain sighting beats a possible one; among equals the first place wins.
            Some(kept) => {
                let better = (r.certainty, std::cmp::Reverse(&r.evidence))
                    > (kept.certainty, std::cmp::Reverse(&kept.evidence));
                if better {
                    *kept = r;
                }
            }
            None => {
                unique.insert(key, r);
            }
        }
    }
    view.relations = unique.into_values().collect();
    view.reindex();
}

pub(crate) fn attach(view: &mut GraphView, facts: Vec<Fact>) {
    for mut f in facts {
        f.asset = view.canonical(&f.asset).clone();
        if view.assets.contains_key(&f.asset) {
            view.facts.entry(f.asset.clone()).or_default().push(f);
        }
    }
    for facts in view.facts.values_mut() {
        facts.sort_by_cached_key(|f| (f.kind, f.location.clone(), fingerprint(&f.properties)));
        facts.dedup();
    }
}
