//! Components: models, data and software.

use std::collections::{BTreeMap, BTreeSet};

use aispm_types::{AssetKind, RelationKind, Report, ReportedAsset, Value as Property};
use serde_json::{Map, Value, json};

use super::{license, reference};
use crate::inert::inert;

/// One component.
pub(super) fn component(
    reported: &ReportedAsset,
    report: &Report,
    listed: &BTreeMap<&str, &ReportedAsset>,
) -> Value {
    let asset = &reported.asset;
    let mut c = Map::new();
    c.insert("type".into(), component_type(asset.kind).into());
    c.insert("bom-ref".into(), reference(asset.id.as_str()).into());
    if let Some(provider) = &asset.provider {
        c.insert("publisher".into(), inert(provider).into());
    }
    c.insert("name".into(), inert(&asset.name).into());
    if let Some(version) = version(reported) {
        c.insert("version".into(), inert(version).into());
    }
    if let Some(purl) = purl(reported) {
        c.insert("purl".into(), purl.into());
    }
    if let Some(digest) = digest(reported) {
        c.insert("hashes".into(), json!([{"alg": "SHA-256", "content": digest}]));
    }
    if let Some(written) = asset.text("license") {
        c.insert("licenses".into(), license::licenses(written));
    }
    match asset.kind {
        AssetKind::Model | AssetKind::ModelVersion => {
            if let Some(card) = model_card(reported, report, listed) {
                c.insert("modelCard".into(), card);
            }
        }
        AssetKind::Dataset => {
            c.insert("data".into(), json!([data(reported)]));
        }
        AssetKind::Prompt => {
            c.insert(
                "data".into(),
                json!([{"type": "definition", "name": inert(&asset.name)}]),
            );
        }
        _ => {}
    }
    c.insert("properties".into(), properties(reported).into());
    Value::Object(c)
}

fn component_type(kind: AssetKind) -> &'static str {
    match kind {
        AssetKind::Model | AssetKind::ModelVersion => "machine-learning-model",
        AssetKind::Dataset | AssetKind::Prompt => "data",
        AssetKind::Package => "library",
        AssetKind::Image => "container",
        AssetKind::Notebook => "file",
        _ => "application",
    }
}

fn version(reported: &ReportedAsset) -> Option<&str> {
    let names: &[&str] = match reported.asset.kind {
        AssetKind::Package => &["version"],
        AssetKind::Image => &["digest", "tag"],
        AssetKind::Model | AssetKind::Dataset => &["revision"],
        AssetKind::ModelVersion => &["sha256"],
        _ => &[],
    };
    names.iter().find_map(|n| reported.asset.text(n))
}

/// The package URL in a package's id; `@*` stands for no known version and is left out.
fn purl(reported: &ReportedAsset) -> Option<String> {
    if reported.asset.kind != AssetKind::Package {
        return None;
    }
    let purl = reported.asset.id.as_str().strip_prefix("package:")?;
    let purl = purl.strip_suffix("@*").unwrap_or(purl);
    let clean = purl.starts_with("pkg:") && purl.chars().all(|c| c.is_ascii_graphic());
    clean.then(|| purl.to_owned())
}

/// A SHA-256 digest in hexadecimal; anything else is no digest.
fn digest(reported: &ReportedAsset) -> Option<&str> {
    let written = reported
        .asset
        .text("sha256")
        .or_else(|| reported.asset.text("digest")?.strip_prefix("sha256:"))?;
    (written.len() == 64 && written.bytes().all(|b| b.is_ascii_hexdigit())).then_some(written)
}

/// What is known of a model; nothing where nothing is.
fn model_card(
    reported: &ReportedAsset,
    report: &Report,
    listed: &BTreeMap<&str, &ReportedAsset>,
) -> Option<Value> {
    let asset = &reported.asset;
    let mut parameters = Map::new();
    if let Some(architecture) = asset.text("architecture") {
        parameters.insert("modelArchitecture".into(), inert(architecture).into());
    }
    // The job that made a model stands between it and its data.
    let makers: BTreeSet<&str> = report
        .relations
        .iter()
        .filter(|r| r.kind == RelationKind::Produces && r.to == asset.id)
        .map(|r| r.from.as_str())
        .chain([asset.id.as_str()])
        .collect();
    let datasets: BTreeSet<&str> = report
        .relations
        .iter()
        .filter(|r| r.kind == RelationKind::TrainedOn && makers.contains(r.from.as_str()))
        .map(|r| r.to.as_str())
        .filter(|id| listed.get(id).is_some_and(|a| a.asset.kind == AssetKind::Dataset))
        .collect();
    if !datasets.is_empty() {
        let refs: Vec<Value> = datasets
            .into_iter()
            .map(|id| json!({"ref": reference(id)}))
            .collect();
        parameters.insert("datasets".into(), refs.into());
    }
    (!parameters.is_empty()).then(|| json!({"modelParameters": parameters}))
}

fn data(reported: &ReportedAsset) -> Value {
    let asset = &reported.asset;
    let mut data = json!({"type": "dataset", "name": inert(&asset.name)});
    if let Some(object) = data.as_object_mut() {
        if let Some(class) = asset.text("data_class") {
            object.insert("classification".into(), inert(class).into());
        }
        let uri = asset.text("uri").filter(|u| {
            u.contains(':')
                && u.chars()
                    .all(|c| c.is_ascii_graphic() && !"<>\"{}|\\^`".contains(c))
        });
        if let Some(uri) = uri {
            object.insert("contents".into(), json!({"url": uri}));
        }
    }
    data
}

/// Properties as names and texts, with kind, system and places; unknown ones say why.
pub(super) fn properties(reported: &ReportedAsset) -> Vec<Value> {
    let asset = &reported.asset;
    let own = asset.properties.iter().flat_map(|(name, value)| {
        texts(value)
            .into_iter()
            .map(move |v| (format!("aispm:{name}"), v))
    });
    let places = asset
        .locations
        .iter()
        .map(|l| ("aispm:location".to_owned(), format!("{}: {l}", l.target)));
    [("aispm:kind".to_owned(), asset.kind.as_str().to_owned())]
        .into_iter()
        .chain(
            reported
                .system
                .iter()
                .map(|s| ("aispm:system".to_owned(), s.clone())),
        )
        .chain(places)
        .chain(own)
        .map(|(name, value)| json!({"name": inert(&name), "value": inert(&value)}))
        .collect()
}

fn texts(value: &Property) -> Vec<String> {
    match value {
        Property::Null => Vec::new(),
        Property::Bool(b) => vec![b.to_string()],
        Property::Int(i) => vec![i.to_string()],
        Property::Float(f) => vec![f.to_string()],
        Property::Str(s) => vec![s.clone()],
        Property::List(items) => items.iter().flat_map(texts).collect(),
        Property::Map(map) => map
            .iter()
            .flat_map(|(k, v)| texts(v).into_iter().map(move |t| format!("{k}={t}")))
            .collect(),
        Property::Unknown(reason) => vec![format!("unknown: {reason}")],
    }
}
