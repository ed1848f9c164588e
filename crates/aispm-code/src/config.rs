//! Model configurations of code frameworks: YAML and JSON files that name a model under a key that says so.
//!
//! Only names of known families count, so that a file that merely has a key `model` says nothing.

use std::sync::OnceLock;

use aho_corasick::AhoCorasick;
use aispm_collect::{ReadContext, Reader, VirtualFile, is_binary, is_test_path};
use aispm_formats::doc::{Limits, Node, NodeValue, parse_json, parse_yaml_all};
use aispm_types::{Asset, AssetId, AssetKind, Batch, Relation, RelationKind};

use crate::catalogue::catalogue;

/// Larger files are data, not configuration (bytes).
const CONFIG_BUDGET: u64 = 256 << 10;
/// Larger JSON files are data.
const JSON_BUDGET: u64 = 64 << 10;
/// Models taken from one file.
const MODELS: usize = 64;
/// Keys that name a model.
const KEYS: &[&str] = &[
    "model",
    "model_name",
    "modelName",
    "llm",
    "model_id",
    "modelId",
    "deployment",
    "deployment_name",
    "deploymentName",
    "azure_deployment",
    "chat_model",
    "embedding_model",
    "default_model",
    "llm_model",
    "function_calling_llm",
    "manager_llm",
    "planning_llm",
];
/// Files that other readers own, or that are data.
const NOT_OURS: &[&str] = &[
    "package.json",
    "package-lock.json",
    "tsconfig.json",
    "composer.json",
    "openapi.json",
    "mcp.json",
    ".mcp.json",
];

/// Reads model configurations.
#[derive(Debug, Default)]
pub struct ModelConfigReader;

impl Reader for ModelConfigReader {
    fn name(&self) -> &'static str {
        "model-config"
    }

    fn wants(&self, file: &VirtualFile) -> bool {
        let limit = match file.extension().as_str() {
            "yaml" | "yml" => CONFIG_BUDGET,
            "json" => JSON_BUDGET,
            _ => return false,
        };
        file.source.len() <= limit && !is_binary(&file.head) && !NOT_OURS.contains(&file.name())
    }

    fn read(&self, file: &VirtualFile, cx: &ReadContext, out: &mut Batch) -> Option<aispm_collect::Kept> {
        static NEEDLES: OnceLock<Option<AhoCorasick>> = OnceLock::new();
        let text = file.text()?;
        let needles = NEEDLES.get_or_init(|| AhoCorasick::new(["model", "llm", "deployment"]).ok());
        if !needles.as_ref().is_some_and(|n| n.is_match(text)) {
            return None;
        }
        let docs = if file.extension() == "json" {
            parse_json(text, &Limits::default()).map(|d| vec![d])
        } else {
            parse_yaml_all(text, &Limits::default())
        };
        // A file that does not read as configuration names no model; those who own the format report it.
        let docs = docs.ok()?;
        let mut found = 0;
        for doc in &docs {
            // Kubernetes objects, Compose files and infrastructure templates have readers of their own.
            if doc.get("apiVersion").is_some() && doc.get("kind").is_some()
                || doc.get("services").is_some()
                || doc.get("Resources").is_some()
            {
                continue;
            }
            visit(doc, file, cx, out, &mut found);
        }
        None
    }
}

fn visit(doc: &Node, file: &VirtualFile, cx: &ReadContext, out: &mut Batch, found: &mut usize) {
    let mut work: Vec<(&Node, Option<&str>)> = vec![(doc, None)];
    while let Some((node, provider)) = work.pop() {
        match &node.value {
            NodeValue::Seq(items) => work.extend(items.iter().map(|i| (i, provider))),
            NodeValue::Map(entries) => {
                let here = component(node).or(provider);
                for (key, value) in entries {
                    match value.as_str() {
                        Some(text) if KEYS.contains(&key.text.as_str()) => {
                            if *found < MODELS && take(text, value.line, here, file, cx, out) {
                                *found += 1;
                            }
                        }
                        _ => work.push((value, here)),
                    }
                }
            }
            _ => {}
        }
    }
}

/// The provider that a map names beside its model: AutoGen's component path, GraphRAG's type, a base address.
fn component(node: &Node) -> Option<&'static str> {
    let catalogue = catalogue();
    [
        "provider",
        "type",
        "api_type",
        "model_provider",
        "component_provider",
    ]
    .iter()
    .find_map(|k| {
        let written = node.get(k)?.as_str()?.to_ascii_lowercase();
        let last = written.rsplit('.').next().unwrap_or(&written);
        let plain = last.replace(['-', '_'], "");
        catalogue
            .names
            .prefixes
            .iter()
            .filter(|(p, _)| p.len() > 3 && plain.starts_with(&p.replace(['-', '_'], "")))
            .max_by_key(|(p, _)| p.len())
            .map(|(_, provider)| provider.as_str())
    })
    .or_else(|| {
        let base = ["api_base", "base_url", "azure_endpoint", "endpoint"]
            .iter()
            .find_map(|k| node.get(k)?.as_str())?;
        let host = crate::analyse::host_of(base)?;
        Some(catalogue.provider_at(&host)).filter(|p| *p != "self-hosted")
    })
}

fn take(
    text: &str,
    line: u32,
    provider: Option<&'static str>,
    file: &VirtualFile,
    cx: &ReadContext,
    out: &mut Batch,
) -> bool {
    let catalogue = catalogue();
    if !crate::analyse::is_model_name(text) {
        return false;
    }
    let prefixed = text
        .split_once(['/', ':'])
        .and_then(|(p, rest)| Some((catalogue.names.prefixes.get(p)?.as_str(), rest)));
    let (provider, name) = match (prefixed, catalogue.family(text)) {
        // `ollama/x` may name anything; other prefixes and bare names must be of a known family.
        (Some((p, rest)), family) if family.is_some() || p == "ollama" => {
            (provider.filter(|q| *q == "azure-openai").unwrap_or(p), rest)
        }
        (None, Some(family)) => (provider.unwrap_or(family), text),
        _ => return false,
    };
    let mut asset = Asset::new(AssetKind::Model, format!("{provider}/{name}"), name)
        .provider(provider)
        .with("model_name", name)
        .with("hosted", true)
        .with("source", "config")
        .at(cx.at(&file.path, line));
    if is_test_path(&file.path) {
        asset = asset.with("test_code", true);
    }
    let id = out.asset(asset);
    let repository = AssetId::new(AssetKind::Repository, &cx.repository);
    out.relation(Relation::new(&repository, RelationKind::Uses, &id).seen(cx.at(&file.path, line)));
    true
}
