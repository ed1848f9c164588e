//! Manifests written as Terraform resources: the `kubernetes` provider's typed resources, and whole manifests inside
//! `kubernetes_manifest` and `kubectl_manifest`.

use std::cell::Cell;
use std::collections::BTreeMap;

use aispm_collect::ReadContext;
use aispm_formats::doc::{Key, Limits, Node, NodeValue, parse_yaml_all};
use aispm_types::Batch;

use super::{Manifest, cluster, gather};
use crate::normal::{Estate, Resource, Term};

/// Typed resources, without the version that newer names end with, and what they declare.
const KINDS: &[(&str, &str)] = &[
    ("kubernetes_deployment", "Deployment"),
    ("kubernetes_stateful_set", "StatefulSet"),
    ("kubernetes_daemonset", "DaemonSet"),
    ("kubernetes_daemon_set", "DaemonSet"),
    ("kubernetes_replica_set", "ReplicaSet"),
    ("kubernetes_pod", "Pod"),
    ("kubernetes_job", "Job"),
    ("kubernetes_cron_job", "CronJob"),
    ("kubernetes_service", "Service"),
    ("kubernetes_ingress", "Ingress"),
    ("kubernetes_service_account", "ServiceAccount"),
    ("kubernetes_role", "Role"),
    ("kubernetes_cluster_role", "ClusterRole"),
    ("kubernetes_role_binding", "RoleBinding"),
    ("kubernetes_cluster_role_binding", "ClusterRoleBinding"),
    ("kubernetes_network_policy", "NetworkPolicy"),
    ("kubernetes_secret", "Secret"),
];

/// Blocks that may stand several times: their name here, and the list's name in a manifest.
const LISTS: &[(&str, &str)] = &[
    ("container", "containers"),
    ("init_container", "initContainers"),
    ("env", "env"),
    ("env_from", "envFrom"),
    ("port", "ports"),
    ("volume", "volumes"),
    ("volume_mount", "volumeMounts"),
    ("rule", "rules"),
    ("path", "paths"),
    ("subject", "subjects"),
    ("tls", "tls"),
    ("toleration", "tolerations"),
    ("match_expressions", "matchExpressions"),
];

/// Depth of blocks that is followed.
const MAX_DEPTH: usize = 24;

/// Nodes that are made of one root. A manifest that refers to itself twice doubles with every level.
const MAX_NODES: usize = 50_000;

/// Resources, and how many nodes may still be made of them.
struct Nodes<'a> {
    estate: &'a Estate,
    left: Cell<usize>,
}

impl Nodes<'_> {
    fn take(&self) -> bool {
        let left = self.left.get();
        self.left.set(left.saturating_sub(1));
        left > 0
    }
}

/// Emits what the manifests of a root say.
pub(crate) fn emit(estate: &Estate, cx: &ReadContext, out: &mut Batch) {
    let mut manifests = Vec::new();
    let nodes = Nodes {
        estate,
        left: Cell::new(MAX_NODES),
    };
    for resource in estate.resources() {
        let before = manifests.len();
        let path = resource.location.path.clone().unwrap_or_default();
        match resource.resource_type.as_str() {
            "kubernetes_manifest" => {
                if let Some(term) = resource.at("manifest") {
                    gather(&path, verbatim(&term, &nodes, MAX_DEPTH), &mut manifests, 4);
                }
            }
            "kubectl_manifest" => match estate.text(resource, "yaml_body") {
                Some(text) => match parse_yaml_all(&text, &Limits::default()) {
                    Ok(documents) => documents
                        .into_iter()
                        .for_each(|d| gather(&path, d, &mut manifests, 4)),
                    Err(e) => out.gap(&path, format!("`{}`: {e}", resource.address())),
                },
                None => out.gap(
                    &path,
                    format!("`{}`: its manifest is known after the apply", resource.address()),
                ),
            },
            "helm_release" => {
                let chart = estate.text(resource, "chart");
                let chart = chart.map_or_else(
                    || String::from("a chart known after the apply"),
                    |c| format!("chart `{c}`"),
                );
                out.gap(
                    &path,
                    format!(
                        "`{}`: {chart} is not rendered; scan the output of `helm template`",
                        resource.address()
                    ),
                );
            }
            _ => manifests.extend(typed(resource, path, &nodes)),
        }
        for manifest in manifests.iter_mut().skip(before) {
            manifest.declared = Some(resource.location.clone());
        }
    }
    if nodes.left.get() == 0 {
        out.gap(
            "kubernetes",
            format!("manifests in Terraform of more than {MAX_NODES} nodes (node budget)"),
        );
    }
    if !manifests.is_empty() {
        cluster::emit(&manifests, cx, out);
    }
}

fn typed(resource: &Resource, path: String, nodes: &Nodes<'_>) -> Option<Manifest> {
    let name = &resource.resource_type;
    let unversioned = match name.rsplit_once("_v") {
        Some((before, version)) if version.starts_with(|c: char| c.is_ascii_digit()) => before,
        _ => name,
    };
    let (_, kind) = KINDS.iter().find(|(t, _)| *t == unversioned)?;
    let entries = resource.attributes.iter();
    let node = Node {
        value: NodeValue::Map(entries.map(|(k, v)| entry(k, v, nodes, MAX_DEPTH)).collect()),
        line: resource.location.line.unwrap_or(1),
        column: 1,
    };
    let text = |key: &str| node.at(&["metadata", key]).and_then(Node::scalar);
    Some(Manifest {
        path,
        kind: (*kind).to_owned(),
        group: String::new(),
        name: text("name").unwrap_or_else(|| resource.address()),
        namespace: text("namespace").unwrap_or_else(|| String::from("default")),
        node,
        declared: None,
    })
}

fn key(text: String) -> Key {
    Key {
        text,
        line: 1,
        column: 1,
    }
}

fn leaf(value: NodeValue) -> Node {
    Node {
        value,
        line: 1,
        column: 1,
    }
}

/// `host_network` as `hostNetwork`.
fn camel(name: &str) -> String {
    let mut out = String::new();
    for (i, part) in name.split('_').enumerate() {
        let mut letters = part.chars();
        match letters.next().filter(|_| i > 0) {
            Some(first) => {
                out.extend(first.to_uppercase());
                out.push_str(letters.as_str());
            }
            None => out.push_str(part),
        }
    }
    out
}

/// An attribute or block under its name in a manifest. Maps that are attributes (labels, limits) keep their keys.
fn entry(name: &str, term: &Term, nodes: &Nodes<'_>, depth: usize) -> (Key, Node) {
    let blocks = match term {
        Term::List(l) if depth > 0 && l.iter().any(|t| matches!(t, Term::Map(_))) => l,
        _ => return (key(camel(name)), verbatim(term, nodes, depth)),
    };
    let mut made = blocks.iter().map(|b| match b {
        Term::Map(m) => block(m, nodes, depth - 1),
        other => verbatim(other, nodes, depth - 1),
    });
    match LISTS.iter().find(|(n, _)| *n == name) {
        Some((_, list)) => (key((*list).to_owned()), leaf(NodeValue::Seq(made.collect()))),
        None if blocks.len() == 1 => (key(camel(name)), made.next().unwrap_or(leaf(NodeValue::Null))),
        None => (key(camel(name)), leaf(NodeValue::Seq(made.collect()))),
    }
}

fn block(map: &BTreeMap<String, Term>, nodes: &Nodes<'_>, depth: usize) -> Node {
    leaf(NodeValue::Map(
        map.iter().map(|(k, v)| entry(k, v, nodes, depth)).collect(),
    ))
}

/// A term as it stands. What only an apply knows is text that no truth value and no name reads.
fn verbatim(term: &Term, nodes: &Nodes<'_>, depth: usize) -> Node {
    if depth == 0 || !nodes.take() {
        return leaf(NodeValue::Null);
    }
    let value = match nodes.estate.resolve(term) {
        Term::Null => NodeValue::Null,
        Term::Bool(b) => NodeValue::Bool(b),
        Term::Int(i) => NodeValue::Int(i),
        Term::Float(f) => NodeValue::Float(f),
        Term::Text(t) => NodeValue::Str(t),
        Term::List(l) => NodeValue::Seq(l.iter().map(|t| verbatim(t, nodes, depth - 1)).collect()),
        Term::Map(m) => NodeValue::Map(
            m.iter()
                .map(|(k, v)| (key(k.clone()), verbatim(v, nodes, depth - 1)))
                .collect(),
        ),
        Term::Ref(r) => NodeValue::Str(format!("${{{r}}}")),
        Term::Template(_) | Term::Unknown(_) | Term::Missing(_) => NodeValue::Str(String::from("${unknown}")),
    };
    leaf(value)
}
