//! Pod templates: where each workload kind keeps them, their containers and how they are confined.

use aispm_formats::doc::Node;
use aispm_types::Value;

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

/// How a pod is confined, each property with the line that says it, or that lacks it. Defaults are those of the Pod API: not
/// privileged, root unless forbidden, token mounted.
pub(crate) fn confinement(spec: &Node) -> Vec<(&'static str, Value, u32)> {
    let all = containers(spec);
    let own = |n: &Node, key: &str| n.at(&["securityContext", key]).and_then(Node::as_bool);
    let flag = |key: &str, default: bool| match spec.get(key) {
        Some(n) => (truth(n), n.line),
        None => (Value::Bool(default), spec.line),
    };
    let mut out = Vec::new();
    let mut set = |name, (value, line): (Value, u32)| out.push((name, value, line));

    let privileged = || {
        all.iter()
            .filter_map(|c| c.at(&["securityContext", "privileged"]))
    };
    let said = |wanted: fn(&Value) -> bool| {
        let mut found = privileged().map(|n| (truth(n), n.line));
        found.find(|(value, _)| wanted(value))
    };
    let said = said(|v| v.as_bool() == Some(true)).or_else(|| said(Value::is_unknown));
    set("privileged", said.unwrap_or((Value::Bool(false), spec.line)));

    let pod_non_root = own(spec, "runAsNonRoot").unwrap_or(false) || user(spec).is_some_and(|u| u > 0);
    let root = all.iter().find(|c| match (own(c, "runAsNonRoot"), user(c)) {
        (Some(true), _) => false,
        (_, Some(u)) => u == 0,
        _ => !pod_non_root,
    });
    let by = |c: &Node| {
        let user = c.at(&["securityContext", "runAsUser"]);
        user.or_else(|| c.get("securityContext")).unwrap_or(c).line
    };
    set(
        "runs_as_root",
        (Value::Bool(root.is_some()), root.map_or(spec.line, |c| by(c))),
    );
    set("host_network", flag("hostNetwork", false));
    set("automount_token", flag("automountServiceAccountToken", true));

    let limits = |c: &&Node| {
        let limit = |name| c.at(&["resources", "limits", name]).is_some();
        !(limit("memory") && limit("cpu"))
    };
    let main = spec.get("containers").map_or(&[][..], Node::items);
    let unlimited = main.iter().find(limits);
    let line = unlimited.map(|c| c.get("resources").unwrap_or(c).line);
    set(
        "resource_limits",
        (
            Value::Bool(unlimited.is_none() && !all.is_empty()),
            line.unwrap_or(spec.line),
        ),
    );
    let volumes = spec.get("volumes").map_or(&[][..], Node::items);
    let paths: Vec<&Node> = volumes
        .iter()
        .filter_map(|v| v.at(&["hostPath", "path"]))
        .collect();
    if let Some(first) = paths.first() {
        let paths: Vec<String> = paths.iter().filter_map(|p| p.scalar()).collect();
        set("host_paths", (paths.into(), first.line));
    }
    out
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
