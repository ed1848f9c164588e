//! Pod templates: where each workload kind keeps them, their containers and how they are confined.

use aispm_formats::doc::Node;
use aispm_types::{Properties, Value};

use crate::serving::Container;

/// Where kinds keep their pod template, relative to the manifest; the first that is there counts.
const TEMPLATES: &[(&str, &[&[&str]])] = &[
    ("Pod", &[&[]]),
    ("CronJob", &[&["spec", "jobTemplate", "spec", "template"]]),
    ("RayCluster", RAY),
    ("RayJob", RAY_IN),
    ("RayService", RAY_SERVICE),
    (
        "PyTorchJob",
        &[
            &["spec", "pytorchReplicaSpecs", "Master", "template"],
            &["spec", "pytorchReplicaSpecs", "Worker", "template"],
        ],
    ),
    (
        "TFJob",
        &[
            &["spec", "tfReplicaSpecs", "Chief", "template"],
            &["spec", "tfReplicaSpecs", "Worker", "template"],
        ],
    ),
    ("MPIJob", &[&["spec", "mpiReplicaSpecs", "Launcher", "template"]]),
    (
        "XGBoostJob",
        &[&["spec", "xgbReplicaSpecs", "Master", "template"]],
    ),
];
const USUAL: &[&[&str]] = &[&["spec", "template"]];
const RAY: &[&[&str]] = &[&["spec", "headGroupSpec", "template"]];
const RAY_IN: &[&[&str]] = &[&["spec", "rayClusterSpec", "headGroupSpec", "template"]];
const RAY_SERVICE: &[&[&str]] = &[&["spec", "rayClusterConfig", "headGroupSpec", "template"]];

/// The pod template of a workload: a node with `metadata` and `spec`.
pub(crate) fn template<'a>(kind: &str, manifest: &'a Node) -> Option<&'a Node> {
    let paths = TEMPLATES
        .iter()
        .find(|(k, _)| *k == kind)
        .map_or(USUAL, |(_, p)| *p);
    paths.iter().find_map(|p| manifest.at(p))
}

/// The pod's own specification. KServe keeps it in the predictor itself.
pub(crate) fn spec<'a>(kind: &str, manifest: &'a Node) -> Option<&'a Node> {
    match kind {
        "InferenceService" => manifest.at(&["spec", "predictor"]),
        "ServingRuntime" | "ClusterServingRuntime" | "NIMService" => manifest.get("spec"),
        "SeldonDeployment" => manifest
            .at(&["spec", "predictors"])?
            .items()
            .first()?
            .get("componentSpecs")?
            .items()
            .first()?
            .get("spec"),
        _ => template(kind, manifest)?.get("spec"),
    }
}

fn texts(node: Option<&Node>) -> Vec<String> {
    match node {
        Some(n) if n.is_seq() => n.items().iter().filter_map(Node::scalar).collect(),
        Some(n) => n.scalar().into_iter().collect(),
        None => Vec::new(),
    }
}

/// A container in Kubernetes' words.
pub(crate) fn container(node: &Node) -> Container {
    let mut out = Container {
        image: node.get("image").and_then(Node::scalar),
        image_line: node.get("image").map(|n| n.line),
        port_line: node.get("ports").and_then(|p| p.items().first()).map(|n| n.line),
        ..Container::default()
    };
    for part in ["command", "args"] {
        for word in texts(node.get(part)) {
            // `sh -c "…"` holds the command in one text.
            if word.contains(' ') {
                out.push_words(&word)
            } else {
                out.words.push(word)
            }
        }
    }
    for entry in node.get("env").map_or(&[][..], Node::items) {
        if let Some(name) = entry.get("name").and_then(Node::scalar) {
            out.env.insert(name, entry.get("value").and_then(Node::scalar));
        }
    }
    for port in node.get("ports").map_or(&[][..], Node::items) {
        out.ports.extend(port.get("containerPort").and_then(Node::as_int));
    }
    out
}

/// All containers of a pod, initial ones included.
pub(crate) fn containers(spec: &Node) -> Vec<&Node> {
    ["containers", "initContainers"]
        .iter()
        .filter_map(|k| spec.get(k))
        .flat_map(Node::items)
        .take(100)
        .collect()
}

/// How a pod is confined. Defaults are those of the Pod API: not privileged, root unless forbidden, token mounted.
pub(crate) fn confinement(spec: &Node, properties: &mut Properties) {
    let all = containers(spec);
    let own = |n: &Node, key: &str| n.at(&["securityContext", key]).and_then(Node::as_bool);
    let pod_non_root = own(spec, "runAsNonRoot").unwrap_or(false) || user(spec).is_some_and(|u| u > 0);
    let privileged = all.iter().any(|c| own(c, "privileged") == Some(true));
    let root = all.iter().any(|c| match (own(c, "runAsNonRoot"), user(c)) {
        (Some(true), _) => false,
        (_, Some(u)) => u == 0,
        _ => !pod_non_root,
    });
    let limited = !all.is_empty()
        && spec
            .get("containers")
            .map_or(&[][..], Node::items)
            .iter()
            .all(|c| {
                c.at(&["resources", "limits", "memory"]).is_some()
                    && c.at(&["resources", "limits", "cpu"]).is_some()
            });
    let host_paths: Vec<String> = spec
        .get("volumes")
        .map_or(&[][..], Node::items)
        .iter()
        .filter_map(|v| v.at(&["hostPath", "path"]).and_then(Node::scalar))
        .collect();
    let flag = |key: &str, default: bool| match spec.get(key) {
        Some(n) => truth(n),
        None => Value::Bool(default),
    };
    let privileged = if privileged {
        Value::Bool(true)
    } else {
        all.iter()
            .filter_map(|c| c.at(&["securityContext", "privileged"]))
            .map(truth)
            .find(Value::is_unknown)
            .unwrap_or(Value::Bool(false))
    };
    let mut set = |name: &str, value: Value| drop(properties.insert(name.to_owned(), value));
    set("privileged", privileged);
    set("runs_as_root", Value::Bool(root));
    set("host_network", flag("hostNetwork", false));
    set("automount_token", flag("automountServiceAccountToken", true));
    set("resource_limits", Value::Bool(limited));
    if !host_paths.is_empty() {
        set("host_paths", host_paths.into());
    }
}

/// A truth value; anything else in its place (a variable, what only an apply knows) is unknown.
fn truth(node: &Node) -> Value {
    match (node.as_bool(), node.as_str()) {
        (Some(b), _) => Value::Bool(b),
        (None, Some("true")) => Value::Bool(true),
        (None, Some("false")) => Value::Bool(false),
        _ => Value::unknown("no truth value is written here"),
    }
}

fn user(node: &Node) -> Option<i64> {
    node.at(&["securityContext", "runAsUser"]).and_then(Node::as_int)
}
