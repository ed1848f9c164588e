//! The draft of an estate's assets: rows write it, joins complete it, and it goes to a batch at the end.

use std::collections::{BTreeMap, BTreeSet};

use aispm_types::{Asset, AssetId, Batch, Fact, Relation, RelationKind, Value};

use super::{Estate, Reference, Resource};

/// Resource types that stand for the resource they name: a role inside an instance profile, a version of a policy.
const STAND_INS: &[(&str, &str)] = &[
    ("aws_iam_instance_profile", "role"),
    ("aws_s3_object", "bucket"),
    ("aws_s3_bucket_object", "bucket"),
    ("aws_lambda_alias", "function_name"),
    (
        "aws_sagemaker_endpoint_configuration",
        "production_variants.0.model_name",
    ),
    ("aws_bedrock_guardrail_version", "guardrail_arn"),
    ("azurerm_storage_data_lake_gen2_filesystem", "storage_account_id"),
    ("google_storage_bucket_object", "bucket"),
];

/// Assets under construction.
pub(crate) struct Draft<'a> {
    pub(crate) out: &'a mut Batch,
    ids: BTreeMap<String, AssetId>,
    assets: BTreeMap<AssetId, Asset>,
    relations: BTreeSet<Relation>,
}

impl<'a> Draft<'a> {
    pub(crate) fn new(out: &'a mut Batch) -> Self {
        Self {
            out,
            ids: BTreeMap::new(),
            assets: BTreeMap::new(),
            relations: BTreeSet::new(),
        }
    }
    /// Adds the asset of a resource.
    pub(crate) fn declare(&mut self, resource: &Resource, asset: Asset) {
        self.ids.insert(resource.address(), asset.id.clone());
        self.assets.insert(asset.id.clone(), asset);
    }
    /// Adds an asset that no resource declares, or completes the one there is.
    pub(crate) fn mention(&mut self, asset: Asset) -> AssetId {
        let id = asset.id.clone();
        self.assets.entry(id.clone()).or_insert(asset);
        id
    }
    /// The asset of a resource.
    pub(crate) fn id_of(&self, resource: &Resource) -> Option<&AssetId> {
        self.ids.get(&resource.address())
    }
    /// The asset of a resource, to complete it.
    pub(crate) fn asset_of(&mut self, resource: &Resource) -> Option<&mut Asset> {
        let id = self.ids.get(&resource.address())?;
        self.assets.get_mut(id)
    }
    /// An asset by id.
    pub(crate) fn asset(&mut self, id: &AssetId) -> Option<&mut Asset> {
        self.assets.get_mut(id)
    }
    /// Sets a property of the asset of a resource.
    pub(crate) fn set(&mut self, resource: &Resource, name: &str, value: impl Into<Value>) {
        if let Some(asset) = self.asset_of(resource) {
            asset.properties.insert(name.to_owned(), value.into());
        }
    }
    /// Assets that a reference names; resources that only stand for another are followed.
    pub(crate) fn ids_named(&self, estate: &Estate, reference: &Reference) -> Vec<AssetId> {
        self.ids_through(estate, reference, 4)
    }
    fn ids_through(&self, estate: &Estate, reference: &Reference, hops: usize) -> Vec<AssetId> {
        let mut out = Vec::new();
        for target in estate.find(reference) {
            if let Some(id) = self.id_of(target) {
                out.push(id.clone());
                continue;
            }
            let through = STAND_INS.iter().find(|(t, _)| *t == target.resource_type);
            let Some(term) = through.filter(|_| hops > 0).and_then(|(_, path)| target.at(path)) else {
                continue;
            };
            for next in term.references() {
                out.extend(self.ids_through(estate, next, hops - 1));
            }
        }
        out
    }
    /// Adds a relation seen at a resource; only possible where the resource may not exist.
    pub(crate) fn relate(&mut self, from: &AssetId, kind: RelationKind, to: &AssetId, at: &Resource) {
        self.relate_if(from, kind, to, at, None);
    }
    /// Adds a relation that depends on something, in words.
    pub(crate) fn relate_if(
        &mut self,
        from: &AssetId,
        kind: RelationKind,
        to: &AssetId,
        at: &Resource,
        condition: Option<&str>,
    ) {
        let mut relation = Relation::new(from, kind, to).seen(at.location.clone());
        if let Some(condition) = condition.or(at.condition.as_deref()) {
            relation = relation.possible(condition);
        }
        self.relations.insert(relation);
    }
    /// Adds a fact.
    pub(crate) fn fact(&mut self, fact: Fact) {
        self.out.fact(fact);
    }
    /// Says that the asset of a resource is also known as `alias`.
    pub(crate) fn alias(&mut self, alias: &AssetId, of: &AssetId) {
        self.out.alias(alias, of);
    }
    /// Hands the assets over.
    pub(crate) fn finish(self) {
        for mut asset in self.assets.into_values() {
            super::purpose::complete(&mut asset);
            self.out.asset(asset);
        }
        self.out.relations.extend(self.relations);
    }
}
