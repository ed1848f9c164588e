//! A target's manifests together: workloads, what they serve, what exposes them, as whom they run.

use std::collections::BTreeMap;

use aispm_collect::ReadContext;
use aispm_formats::doc::Node;
use aispm_types::{
    Asset, AssetId, AssetKind as K, Batch, Location, Properties, Relation, RelationKind as R, Value,
};

use super::{Manifest, engines, operators, pods, security};
use crate::serving::{self, Standing};

/// A workload with what selectors match.
pub(crate) struct Workload {
    pub(crate) id: AssetId,
    pub(crate) namespace: String,
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) account: String,
    /// What it serves, by itself.
    pub(crate) served: Vec<AssetId>,
    pub(crate) at: Location,
}

/// Selector and workload pairs that are compared; more become a gap.
const MAX_COMPARISONS: usize = 5_000_000;

/// Emits everything the manifests say.
pub(crate) fn emit(manifests: &[Manifest], cx: &ReadContext, out: &mut Batch) {
    let mut workloads = Vec::new();
    let mut assets = Vec::new();
    for m in manifests {
        if engines::WORKLOADS.contains(&m.kind.as_str()) {
            let (asset, workload) = workload(m, cx, out);
            assets.push(asset);
            workloads.push(workload);
        } else if engines::is_pipeline(&m.kind, &m.group) {
            out.asset(asset(m, K::Pipeline, cx).with("framework", "kubeflow"));
        }
    }
    if manifests.len().saturating_mul(workloads.len()) > MAX_COMPARISONS {
        out.gap(
            "kubernetes",
            format!("more than {MAX_COMPARISONS} selector comparisons (selector budget)"),
        );
    } else {
        let selected = security::network_policies(manifests, &workloads);
        for (asset, workload) in assets.iter_mut().zip(&workloads) {
            let by_policy = selected.contains(&workload.id);
            asset
                .properties
                .insert(String::from("network_policy"), Value::Bool(by_policy));
        }
        let services = services(manifests, &workloads, cx, out);
        routes(manifests, &services, cx, out);
        operators::doors(manifests, &workloads, cx, out);
    }
    out.assets.extend(assets);
    security::accounts(manifests, &workloads, cx, out);
    security::secrets(manifests, out);
}

/// Place of a manifest.
pub(crate) fn location(m: &Manifest, cx: &ReadContext) -> Location {
    m.declared.clone().unwrap_or_else(|| cx.at(&m.path, m.node.line))
}

/// Rest of the id of what a manifest declares.
pub(crate) fn rest(m: &Manifest, cx: &ReadContext) -> String {
    format!("{}#{}", cx.place(&m.path), m.address())
}

/// An asset of a manifest, with what all kinds share.
pub(crate) fn asset(m: &Manifest, kind: K, cx: &ReadContext) -> Asset {
    let mut asset = Asset::new(kind, rest(m, cx), &m.name)
        .at(location(m, cx))
        .with("source", "kubernetes")
        .with("resource_type", m.kind.as_str())
        .with("address", m.address());
    for part in ["annotations", "labels"] {
        let tags: Properties = Manifest::map(m.node.at(&["metadata", part]))
            .into_iter()
            .map(|(k, v)| (k, Value::Str(v)))
            .collect();
        crate::labels::apply(&tags, &mut asset.properties);
        if part == "labels" && !tags.is_empty() {
            asset = asset.with("tags", tags);
        }
    }
    asset
}

fn workload(m: &Manifest, cx: &ReadContext, out: &mut Batch) -> (Asset, Workload) {
    let mut asset = asset(m, K::Workload, cx)
        .with("kind", m.kind.as_str())
        .with("namespace", m.namespace.as_str());
    let id = asset.id.clone();
    let spec = pods::spec(&m.kind, &m.node);
    let mut containers: Vec<_> = spec
        .map(|s| pods::containers(s).into_iter().map(pods::container).collect())
        .unwrap_or_default();
    containers.extend(engines::containers(&m.kind, &m.node));
    if m.declared.is_some() {
        // Its nodes were made of another language and have no lines.
        containers
            .iter_mut()
            .for_each(|c| (c.image_line, c.port_line) = (None, None));
    }
    if let Some(spec) = spec {
        for (name, value, line) in pods::confinement(spec) {
            asset = asset.with(name, value);
            if m.declared.is_none() {
                asset = asset.placed(name, cx.at(&m.path, line));
            }
        }
    }
    let standing = Standing {
        workload: &id,
        rest: rest(m, cx),
        name: &m.name,
        source: "kubernetes",
        at: location(m, cx),
    };
    let before = out.relations.len();
    serving::describe(&mut asset, &containers, &standing, out);
    let mut served: Vec<AssetId> = out
        .relations
        .iter()
        .skip(before)
        .filter(|r| r.kind == R::Exposes)
        .map(|r| r.to.clone())
        .collect();
    inherent(m, &mut asset, &mut served, &standing, out);
    let template = pods::template(&m.kind, &m.node).and_then(|t| t.at(&["metadata", "labels"]));
    let mut labels = Manifest::map(template);
    if let Some(automatic) = automatic_label(m) {
        labels.insert(automatic.0, automatic.1);
    }
    let account = spec
        .and_then(|s| s.get("serviceAccountName").or_else(|| s.get("serviceAccount")))
        .and_then(Node::scalar);
    let workload = Workload {
        id,
        namespace: m.namespace.clone(),
        labels,
        account: account.unwrap_or_else(|| String::from("default")),
        served,
        at: location(m, cx),
    };
    (asset, workload)
}

/// Labels that operators put on the pods they make.
fn automatic_label(m: &Manifest) -> Option<(String, String)> {
    let key = match m.kind.as_str() {
        "InferenceService" => "serving.kserve.io/inferenceservice",
        "RayCluster" => "ray.io/cluster",
        "SeldonDeployment" => "seldon-deployment-id",
        "Notebook" => "notebook-name",
        _ => return None,
    };
    Some((key.to_owned(), m.name.clone()))
}

/// What a custom resource is by itself: an inference service is an endpoint whatever its image.
fn inherent(
    m: &Manifest,
    workload: &mut Asset,
    served: &mut Vec<AssetId>,
    standing: &Standing<'_>,
    out: &mut Batch,
) {
    if let Some((kind, engine)) = engines::inherent(&m.kind, &m.group) {
        workload.properties.insert(String::from("ai"), Value::Bool(true));
        workload
            .properties
            .entry(String::from("engine"))
            .or_insert_with(|| Value::from(engine));
        if served.is_empty() {
            let property = if kind == K::TrainingJob {
                "framework"
            } else {
                "engine"
            };
            let mut asset = Asset::new(kind, &standing.rest, &m.name)
                .at(standing.at.clone())
                .with("source", "kubernetes")
                .with("resource_type", m.kind.as_str());
            if kind != K::Notebook {
                asset = asset.with(property, engine);
            }
            // Ray's dashboard and job API have no authentication of their own.
            if kind == K::Endpoint && engine.starts_with("ray") {
                asset = asset.with("authenticated", false);
                workload
                    .properties
                    .insert(String::from("authenticated"), Value::Bool(false));
            }
            let id = out.asset(asset);
            out.relation(Relation::new(standing.workload, R::Exposes, &id).seen(standing.at.clone()));
            served.push(id);
        }
    }
    for stored in engines::storage(&m.kind, &m.node) {
        let relation = if stored.kind == K::Model {
            R::Serves
        } else {
            R::Uses
        };
        let from = if stored.kind == K::Model {
            served.first().unwrap_or(standing.workload).clone()
        } else {
            standing.workload.clone()
        };
        let id = out.asset(stored.at(standing.at.clone()));
        out.relation(Relation::new(&from, relation, &id).seen(standing.at.clone()));
    }
}

/// Whether a label selector's `matchLabels`, or a Service's plain selector, fits labels. An empty one fits all.
pub(crate) fn selects(selector: &BTreeMap<String, String>, labels: &BTreeMap<String, String>) -> bool {
    selector.iter().all(|(k, v)| labels.get(k) == Some(v))
}

/// Annotations that keep a cloud's load balancer inside.
const INTERNAL: &[&str] = &[
    "service.beta.kubernetes.io/aws-load-balancer-internal",
    "service.beta.kubernetes.io/azure-load-balancer-internal",
    "networking.gke.io/load-balancer-type",
    "cloud.google.com/load-balancer-type",
    "service.beta.kubernetes.io/aws-load-balancer-scheme",
];

pub(crate) fn is_internal(m: &Manifest) -> bool {
    let annotations = Manifest::map(m.node.at(&["metadata", "annotations"]));
    INTERNAL
        .iter()
        .filter_map(|k| annotations.get(*k))
        .any(|v| matches!(v.to_ascii_lowercase().as_str(), "true" | "internal" | "0.0.0.0/0"))
        || annotations
            .get("alb.ingress.kubernetes.io/scheme")
            .is_some_and(|s| s == "internal")
}

/// Whether a Service of this type is open to the internet. A node port is open on every node, whose addresses no manifest
/// tells.
pub(crate) fn public(ty: &str, kept_inside: bool) -> Value {
    match ty {
        "LoadBalancer" => Value::Bool(!kept_inside),
        "NodePort" => Value::unknown("a node port is as open as the addresses of the nodes"),
        _ => Value::Bool(false),
    }
}

/// A Service as routes name it.
struct Service {
    namespace: String,
    name: String,
    id: AssetId,
    /// Workloads its selector takes, and what they serve.
    leads_to: Vec<AssetId>,
}

fn services(
    manifests: &[Manifest],
    workloads: &[Workload],
    cx: &ReadContext,
    out: &mut Batch,
) -> Vec<Service> {
    let mut made = Vec::new();
    for m in manifests
        .iter()
        .filter(|m| m.kind == "Service" && m.group.is_empty())
    {
        let ty = m.node.at(&["spec", "type"]).and_then(Node::scalar);
        let ty = ty.as_deref().unwrap_or("ClusterIP");
        let ranges = m
            .node
            .at(&["spec", "loadBalancerSourceRanges"])
            .map_or(&[][..], Node::items);
        let narrowed = !ranges.is_empty() && !ranges.iter().any(|r| r.as_str() == Some("0.0.0.0/0"));
        let kind = if ty == "LoadBalancer" {
            "load_balancer"
        } else {
            "service"
        };
        let mut service = asset(m, K::Network, cx)
            .with("kind", kind)
            .with("public", public(ty, is_internal(m) || narrowed));
        if service.is("public") {
            let ports: Vec<String> = m
                .node
                .at(&["spec", "ports"])
                .map_or(&[][..], Node::items)
                .iter()
                .filter_map(|p| p.get("port").and_then(Node::scalar))
                .collect();
            service = service.with("open_to_internet", ports);
        }
        let id = out.asset(service);
        let selector = Manifest::map(m.node.at(&["spec", "selector"]));
        let mut leads_to = Vec::new();
        for w in workloads.iter().filter(|w| w.namespace == m.namespace) {
            if !selector.is_empty() && selects(&selector, &w.labels) {
                leads_to.extend(std::iter::once(&w.id).chain(&w.served).cloned());
            }
        }
        expose(&id, &leads_to, &location(m, cx), out);
        made.push(Service {
            namespace: m.namespace.clone(),
            name: m.name.clone(),
            id,
            leads_to,
        });
    }
    made
}

pub(crate) fn expose(network: &AssetId, leads_to: &[AssetId], at: &Location, out: &mut Batch) {
    for to in leads_to {
        out.relation(Relation::new(network, R::Exposes, to).seen(at.clone()));
    }
}

/// Ingresses and routes lead to Services by name.
fn routes(manifests: &[Manifest], services: &[Service], cx: &ReadContext, out: &mut Batch) {
    for m in manifests {
        let kind = match m.kind.as_str() {
            "Ingress" => "ingress",
            "HTTPRoute" | "GRPCRoute" | "TCPRoute" | "VirtualService" | "Route" => "gateway",
            _ => continue,
        };
        let mut names = Vec::new();
        backends(&m.node, &mut names, 24);
        let annotations = Manifest::map(m.node.at(&["metadata", "annotations"]));
        let signs_in = annotations.keys().any(|k| {
            [
                "/auth-url",
                "/auth-type",
                "/auth-signin",
                "/auth-tls-secret",
                "alb.ingress.kubernetes.io/auth-type",
                "iap",
            ]
            .iter()
            .any(|end| k.ends_with(end))
        });
        let mut route = asset(m, K::Network, cx).with("kind", kind);
        if kind == "ingress" {
            route = route
                .with("public", !is_internal(m))
                .with("tls", m.node.at(&["spec", "tls"]).is_some())
                .with("authenticated", signs_in);
        } else {
            route = route.with("public", Value::unknown("the gateway it is attached to decides"));
        }
        let id = out.asset(route);
        for service in services
            .iter()
            .filter(|s| s.namespace == m.namespace && names.contains(&s.name))
        {
            out.relation(Relation::new(&id, R::Exposes, &service.id).seen(location(m, cx)));
            expose(&id, &service.leads_to, &location(m, cx), out);
        }
    }
}

/// Names of Services anywhere below a route.
fn backends(node: &Node, names: &mut Vec<String>, depth: usize) {
    if depth == 0 {
        return;
    }
    for (key, value) in node.entries() {
        match key.text.as_str() {
            "service" => names.extend(
                value
                    .get("name")
                    .and_then(Node::scalar)
                    .or_else(|| value.scalar()),
            ),
            "serviceName" => names.extend(value.scalar()),
            "backendRefs" | "to" => {
                let list = if value.is_seq() {
                    value.items()
                } else {
                    std::slice::from_ref(value)
                };
                names.extend(list.iter().filter_map(|b| b.get("name").and_then(Node::scalar)));
            }
            "destination" => {
                let host = value.get("host").and_then(Node::scalar);
                names.extend(host.map(|h| h.split('.').next().unwrap_or_default().to_owned()));
            }
            _ => {}
        }
        backends(value, names, depth - 1);
    }
    for item in node.items() {
        backends(item, names, depth - 1);
    }
}
