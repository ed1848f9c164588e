//! Kubernetes manifests: any YAML (or JSON) document with `apiVersion` and `kind`. Templates are not rendered.

mod cluster;
mod engines;
mod operators;
mod pods;
mod provider;
mod security;

use std::collections::{BTreeMap, BTreeSet};

use aispm_collect::{Kept, ReadContext, Reader, VirtualFile};
use aispm_formats::doc::{Limits, Node, parse_yaml_all};
use aispm_types::{Batch, Location};

pub(crate) use provider::emit as emit_provider;

/// Manifests of one target that are kept; more become a gap.
const MAX_MANIFESTS: usize = 50_000;

/// Reads Kubernetes manifests.
pub(crate) struct KubernetesReader;

/// What is kept of one file.
enum File {
    Manifests(Vec<Node>),
    /// A template of the Helm chart in this directory, if it is one; true where it is a manifest whatever the directory is.
    Template(String, bool),
    /// `Chart.yaml`: its directory is a Helm chart.
    Chart,
}

/// One manifest with its place.
pub(crate) struct Manifest {
    pub(crate) path: String,
    pub(crate) kind: String,
    pub(crate) group: String,
    pub(crate) name: String,
    pub(crate) namespace: String,
    pub(crate) node: Node,
    /// Where it is declared, where that is no line of YAML.
    pub(crate) declared: Option<Location>,
}

impl Manifest {
    /// `Kind/namespace/name`.
    pub(crate) fn address(&self) -> String {
        format!("{}/{}/{}", self.kind, self.namespace, self.name)
    }
    /// Labels of a map of labels.
    pub(crate) fn map(node: Option<&Node>) -> BTreeMap<String, String> {
        node.map_or(BTreeMap::new(), |n| {
            n.entries()
                .iter()
                .filter_map(|(k, v)| Some((k.text.clone(), v.scalar()?)))
                .collect()
        })
    }
}

impl Reader for KubernetesReader {
    fn name(&self) -> &'static str {
        "kubernetes"
    }

    fn wants(&self, file: &VirtualFile) -> bool {
        let extension = file.extension();
        if !matches!(extension.as_str(), "yaml" | "yml" | "json" | "tpl") {
            return false;
        }
        let head = String::from_utf8_lossy(&file.head);
        // A template's head may be conditions only; charts keep theirs in one directory.
        let chart = file.path.contains("templates/") && head.contains("{{");
        chart
            || file.name() == "Chart.yaml"
            || is_kustomization(file.name())
            || (head.contains("apiVersion") && head.contains("kind") && extension != "tpl")
    }

    fn read(&self, file: &VirtualFile, cx: &ReadContext, out: &mut Batch) -> Option<Kept> {
        if file.name() == "Chart.yaml" {
            return Some(Box::new(File::Chart));
        }
        if file.source.len() > cx.budgets.text_file {
            let reason = format!(
                "YAML larger than {} bytes (text file budget)",
                cx.budgets.text_file
            );
            out.gap(&file.path, reason);
            return None;
        }
        let Some(text) = file.text() else {
            out.gap(&file.path, "YAML that is no UTF-8 text");
            return None;
        };
        if let Some(chart) = chart_of(&file.path).filter(|_| text.contains("{{")) {
            let manifest = text.contains("apiVersion:") && text.contains("kind:");
            return Some(Box::new(File::Template(chart, manifest)));
        }
        match parse_yaml_all(text, &Limits::default()) {
            Ok(documents) => {
                if is_kustomization(file.name()) {
                    documents.iter().for_each(|d| overlay(&file.path, d, out));
                }
                Some(Box::new(File::Manifests(documents)))
            }
            // Other readers say what is wrong with a file that is not ours.
            Err(_) if text.contains("{{") => {
                out.gap(&file.path, "a template in YAML is not rendered");
                None
            }
            Err(e) => {
                out.gap(&file.path, e.to_string());
                None
            }
        }
    }

    fn finish(&self, kept: Vec<(String, Kept)>, cx: &ReadContext, out: &mut Batch) {
        let mut manifests = Vec::new();
        let mut templates: BTreeMap<String, usize> = BTreeMap::new();
        let mut charts = BTreeSet::new();
        for (path, kept) in kept {
            match kept.downcast::<File>().map(|f| *f) {
                Ok(File::Manifests(documents)) => {
                    for document in documents {
                        gather(&path, document, &mut manifests, 4);
                    }
                }
                Ok(File::Template(chart, manifest)) => {
                    if manifest {
                        charts.insert(chart.clone());
                    }
                    *templates.entry(chart).or_default() += 1;
                }
                Ok(File::Chart) => {
                    charts.insert(path.rsplit_once('/').map_or(".", |(d, _)| d).to_owned());
                }
                Err(_) => {}
            }
        }
        for (chart, templates) in templates.into_iter().filter(|(c, _)| charts.contains(c)) {
            let reason = format!(
                "Helm chart: {templates} templates are not rendered; scan the output of `helm template`"
            );
            out.gap(chart, reason);
        }
        if manifests.len() > MAX_MANIFESTS {
            out.gap(
                "kubernetes",
                format!("more than {MAX_MANIFESTS} manifests (manifest budget)"),
            );
            manifests.truncate(MAX_MANIFESTS);
        }
        cluster::emit(&manifests, cx, out);
    }
}

fn is_kustomization(name: &str) -> bool {
    matches!(name, "kustomization.yaml" | "kustomization.yml" | "Kustomization")
}

/// Fields of an overlay that change or make manifests.
const OVERLAY: &[&str] = &[
    "patches",
    "patchesStrategicMerge",
    "patchesJson6902",
    "images",
    "replacements",
    "components",
    "helmCharts",
    "generators",
    "transformers",
];

/// Manifests are read as they stand in their own files; what an overlay makes of them is not.
fn overlay(path: &str, document: &Node, out: &mut Batch) {
    let used: Vec<&str> = OVERLAY
        .iter()
        .copied()
        .filter(|k| document.get(k).is_some())
        .collect();
    if !used.is_empty() {
        let used = used.join(", ");
        out.gap(
            path,
            format!("Kustomize: {used} are not applied; scan the output of `kustomize build`"),
        );
    }
}

/// Directory of the Helm chart whose template this is.
fn chart_of(path: &str) -> Option<String> {
    let (chart, _) = path
        .split_once("/templates/")
        .or_else(|| path.strip_prefix("templates/").map(|r| (".", r)))?;
    Some(chart.to_owned())
}

/// A manifest, or the items of a List.
fn gather(path: &str, node: Node, out: &mut Vec<Manifest>, depth: usize) {
    let text = |n: Option<&Node>| n.and_then(Node::scalar).unwrap_or_default();
    let (version, kind) = (text(node.get("apiVersion")), text(node.get("kind")));
    if version.is_empty() || kind.is_empty() || depth == 0 {
        return;
    }
    if kind.ends_with("List") && node.get("items").is_some_and(Node::is_seq) {
        for item in node.get("items").map_or(&[][..], Node::items) {
            gather(path, item.clone(), out, depth - 1);
        }
        return;
    }
    let name = text(node.at(&["metadata", "name"]));
    if name.is_empty() || out.len() > MAX_MANIFESTS {
        return;
    }
    let namespace = text(node.at(&["metadata", "namespace"]));
    out.push(Manifest {
        path: path.to_owned(),
        group: version
            .split_once('/')
            .map_or(String::new(), |(g, _)| g.to_owned()),
        kind,
        name,
        namespace: if namespace.is_empty() {
            String::from("default")
        } else {
            namespace
        },
        node,
        declared: None,
    });
}
