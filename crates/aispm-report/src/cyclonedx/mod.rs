//! CycloneDX 1.6 ML-BOM: models with their cards, data, software and services, how they depend on each other, and the
//! advisories that apply to them. Identities, roles, networks, machines and secrets are no parts of a bill of materials.

mod component;
mod license;
mod service;
mod vulnerability;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use aispm_types::{AssetKind, Relation, RelationKind, Report, ReportedAsset, hex};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{Options, index::scanned, inert::inert, json as writer};

/// Writes the bill of materials. Its serial number is a hash of its content; only the time stamp is of the run.
pub(crate) fn render(report: &Report, _options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let listed: BTreeMap<&str, &ReportedAsset> = report
        .assets
        .iter()
        .filter(|a| Part::of(a.asset.kind).is_some())
        .map(|a| (a.asset.id.as_str(), a))
        .collect();
    let of_part = |part| {
        listed
            .values()
            .copied()
            .filter(move |a| Part::of(a.asset.kind) == Some(part))
    };
    let content = json!({
        "components": of_part(Part::Component).map(|a| component::component(a, report, &listed)).collect::<Vec<_>>(),
        "services": of_part(Part::Service).map(service::service).collect::<Vec<_>>(),
        "dependencies": dependencies(report, &listed),
        "vulnerabilities": vulnerability::vulnerabilities(report, &listed),
    });
    let metadata = metadata(report);
    let hashed = json!([metadata, content]).to_string();
    let mut bom = json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": format!("urn:uuid:{}", uuid(hashed.as_bytes())),
        "version": 1,
        "metadata": metadata,
    });
    if !report.run.finished_at.is_empty()
        && let Some(metadata) = bom.get_mut("metadata").and_then(Value::as_object_mut)
    {
        metadata.insert("timestamp".into(), report.run.finished_at.clone().into());
    }
    if let (Some(bom), Value::Object(content)) = (bom.as_object_mut(), content) {
        bom.extend(content);
    }
    writer::write(&bom, out)
}

/// Which list an asset stands in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Component,
    Service,
}

impl Part {
    fn of(kind: AssetKind) -> Option<Self> {
        use AssetKind as K;
        match kind {
            K::Model
            | K::ModelVersion
            | K::Dataset
            | K::Prompt
            | K::Package
            | K::Image
            | K::Agent
            | K::Tool
            | K::Skill
            | K::Notebook
            | K::Service
            | K::Workload
            | K::Function
            | K::TrainingJob
            | K::Pipeline
            | K::Guardrail => Some(Self::Component),
            K::Endpoint | K::McpServer | K::VectorIndex | K::Database | K::Bucket | K::Account => {
                Some(Self::Service)
            }
            K::AiSystem | K::Identity | K::Role | K::Secret | K::Compute | K::Network | K::Repository => None,
        }
    }
}

fn metadata(report: &Report) -> Value {
    json!({
        "lifecycles": [{"phase": "discovery"}],
        "tools": {"components": [{
            "type": "application",
            "name": report.tool.name,
            "version": report.tool.version,
            "properties": [{"name": "aispm:content_version", "value": report.tool.content_version}],
        }]},
        "component": {
            "type": "application",
            "bom-ref": ROOT,
            "name": inert(&scanned(report).unwrap_or_else(|| "scanned directory".to_owned())),
        },
    })
}

/// The reference of what was scanned as a whole.
const ROOT: &str = "aispm:scan";

/// A reference; asset ids are unique, and never begin with `urn:cdx:`.
fn reference(id: &str) -> String {
    inert(id).into_owned()
}

/// Who depends on whom. An edge that reads the other way round in our graph (a job that produces a model) is turned.
fn dependencies(report: &Report, listed: &BTreeMap<&str, &ReportedAsset>) -> Vec<Value> {
    let mut edges: BTreeMap<&str, BTreeSet<&str>> = listed.keys().map(|id| (*id, BTreeSet::new())).collect();
    let mut needed: BTreeSet<&str> = BTreeSet::new();
    for relation in &report.relations {
        if let Some((from, to)) = dependency(relation)
            && from != to
            && listed.contains_key(to)
            && let Some(on) = edges.get_mut(from)
        {
            on.insert(to);
            needed.insert(to);
        }
    }
    let tops: BTreeSet<&str> = listed.keys().copied().filter(|id| !needed.contains(id)).collect();
    std::iter::once((ROOT, tops))
        .chain(edges)
        .map(|(from, on)| {
            let on: BTreeSet<String> = on.into_iter().map(reference).collect();
            json!({"ref": reference(from), "dependsOn": on})
        })
        .collect()
}

fn dependency(relation: &Relation) -> Option<(&str, &str)> {
    use RelationKind as R;
    let forward = (relation.from.as_str(), relation.to.as_str());
    match relation.kind {
        R::Uses
        | R::Contains
        | R::TrainedOn
        | R::Serves
        | R::Loads
        | R::Runs
        | R::CallsTool
        | R::GroundedOn
        | R::GuardedBy
        | R::PromptedBy
        | R::StoredIn
        | R::BuiltFrom => Some(forward),
        R::Produces => Some((forward.1, forward.0)),
        R::CanAssume
        | R::CanRead
        | R::CanWrite
        | R::CanInvoke
        | R::Exposes
        | R::HoldsSecret
        | R::Unlocks
        | R::RunsAs => None,
    }
}

/// A UUID in the form of version 5 (RFC 9562), the newest that SARIF admits, from SHA-256 of `content`.
pub(crate) fn uuid(content: &[u8]) -> String {
    let mut bytes = [0u8; 16];
    for (to, from) in bytes.iter_mut().zip(Sha256::digest(content)) {
        *to = from;
    }
    if let Some(b) = bytes.get_mut(6) {
        *b = *b & 0x0f | 0x50;
    }
    if let Some(b) = bytes.get_mut(8) {
        *b = *b & 0x3f | 0x80;
    }
    let parts = [0..4, 4..6, 6..8, 8..10, 10..16];
    parts.map(|p| bytes.get(p).map(hex).unwrap_or_default()).join("-")
}

#[cfg(test)]
mod tests {
    #[test]
    fn uuids_are_of_the_content() {
        let id = super::uuid(b"content");
        assert_eq!(id, super::uuid(b"content"));
        assert_ne!(id, super::uuid(b"other"));
        let groups: Vec<usize> = id.split('-').map(str::len).collect();
        assert_eq!(groups, [8, 4, 4, 4, 12]);
        assert_eq!(id.chars().nth(14), Some('5'));
        assert!(id.chars().nth(19).is_some_and(|c| "89ab".contains(c)));
    }
}
