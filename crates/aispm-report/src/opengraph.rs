//! BloodHound's OpenGraph: assets as nodes, relations and steps of attack paths as edges.

use std::collections::BTreeMap;
use std::io::{self, Write};

use aispm_types::{Report, Value as Known};
use serde_json::{Map, Value, json};

use crate::{Options, inert::inert, json as writer};

/// Writes `{"metadata", "graph": {"nodes", "edges"}}`. Node kinds are `AI` and the asset's, edge kinds the relation's, each in one
/// word (`AIModel`, `CanRead`), and `Attack…` for steps of paths.
pub(crate) fn render(report: &Report, _options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let mut nodes: BTreeMap<String, Value> = BTreeMap::new();
    for a in &report.assets {
        let id = a.asset.id.as_str();
        let mut properties = Map::new();
        properties.insert("name".into(), inert(&a.asset.name).into());
        properties.insert("class".into(), json!(a.class));
        if let Some(system) = &a.system {
            properties.insert("ai_system".into(), inert(system).into());
        }
        if let Some(place) = a.asset.locations.first() {
            properties.insert("location".into(), inert(&place.to_string()).into());
        }
        let worst = report.findings.iter().find(|f| f.asset.as_str() == id);
        let count = report.findings.iter().filter(|f| f.asset.as_str() == id).count();
        properties.insert("findings".into(), count.into());
        if let Some(f) = worst {
            properties.insert("worst_finding".into(), f.severity.as_str().into());
        }
        for (name, value) in &a.asset.properties {
            if let Some(value) = plain(value) {
                properties.entry(name.clone()).or_insert(value);
            }
        }
        nodes.insert(id.to_owned(), node(id, a.asset.kind.as_str(), properties));
    }
    let mut edges: Vec<Value> = Vec::new();
    for r in &report.relations {
        let certainty = json!({"certainty": r.certainty});
        edges.push(edge(
            &camel(r.kind.as_str()),
            r.from.as_str(),
            r.to.as_str(),
            certainty,
        ));
    }
    for p in &report.paths {
        let entry = format!("entry:{}", p.entry);
        nodes.entry(entry.clone()).or_insert_with(|| {
            let mut properties = Map::new();
            properties.insert("name".into(), p.entry.clone().into());
            node(&entry, "entry_point", properties)
        });
        for s in &p.steps {
            let about = json!({"path": p.id, "why": inert(&s.why), "severity": p.severity.as_str()});
            let start = if nodes.contains_key(&s.from) {
                &s.from
            } else {
                &entry
            };
            if nodes.contains_key(s.to.as_str()) && start != s.to.as_str() {
                edges.push(edge(
                    &format!("Attack{}", camel(&s.kind)),
                    start,
                    s.to.as_str(),
                    about,
                ));
            }
        }
    }
    let graph = json!({
        "metadata": {"source_kind": "AISPM"},
        "graph": {"nodes": nodes.into_values().collect::<Vec<_>>(), "edges": edges},
    });
    writer::write(&graph, out)
}

fn node(id: &str, kind: &str, properties: Map<String, Value>) -> Value {
    json!({"id": inert(id), "kinds": [format!("AI{}", camel(kind)), "AISPM"], "properties": properties})
}

fn edge(kind: &str, from: &str, to: &str, properties: Value) -> Value {
    let end = |id: &str| json!({"match_by": "id", "value": inert(id)});
    json!({"kind": kind, "start": end(from), "end": end(to), "properties": properties})
}

/// Properties are plain there: no objects, no null, lists of texts only.
fn plain(value: &Known) -> Option<Value> {
    if let Some(list) = value.as_list() {
        let texts: Vec<String> = list
            .iter()
            .filter_map(|v| v.as_str())
            .map(|t| inert(t).into_owned())
            .collect();
        return (texts.len() == list.len()).then(|| json!(texts));
    }
    match serde_json::to_value(value) {
        Ok(Value::String(text)) => Some(inert(&text).into()),
        Ok(v @ (Value::Bool(_) | Value::Number(_))) => Some(v),
        _ => None,
    }
}

/// `can_read` and `entry-internet` as `CanRead` and `EntryInternet`.
fn camel(word: &str) -> String {
    word.split(['_', '-'])
        .flat_map(|part| {
            let mut chars = part.chars();
            chars
                .next()
                .map(|c| c.to_ascii_uppercase())
                .into_iter()
                .chain(chars)
                .collect::<Vec<_>>()
        })
        .collect()
}
