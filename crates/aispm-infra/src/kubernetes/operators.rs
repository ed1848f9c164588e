//! Services that an operator makes for a custom resource: no manifest of their own declares them.

use aispm_collect::ReadContext;
use aispm_formats::doc::Node;
use aispm_types::{Asset, AssetId, AssetKind as K, Batch};

use super::Manifest;
use super::cluster::{Workload, expose, is_internal, location, public, rest};

/// Where a kind says of which type the Service of its head is, relative to the manifest.
const DOORS: &[(&str, &[&[&str]])] = &[
    (
        "RayCluster",
        &[
            &["spec", "headGroupSpec", "serviceType"],
            &["spec", "headGroupSpec", "headServiceType"],
            &["spec", "headServiceType"],
            &["spec", "headGroupSpec", "headService", "spec", "type"],
        ],
    ),
    (
        "RayJob",
        &[
            &["spec", "rayClusterSpec", "headGroupSpec", "serviceType"],
            &[
                "spec",
                "rayClusterSpec",
                "headGroupSpec",
                "headService",
                "spec",
                "type",
            ],
        ],
    ),
    (
        "RayService",
        &[
            &["spec", "rayClusterConfig", "headGroupSpec", "serviceType"],
            &[
                "spec",
                "rayClusterConfig",
                "headGroupSpec",
                "headService",
                "spec",
                "type",
            ],
            &["spec", "serveService", "spec", "type"],
        ],
    ),
    ("NIMService", &[&["spec", "expose", "service", "type"]]),
];

/// Emits the Services that operators make, where they lead further than the cluster.
pub(crate) fn doors(manifests: &[Manifest], workloads: &[Workload], cx: &ReadContext, out: &mut Batch) {
    for m in manifests {
        let paths = DOORS
            .iter()
            .find(|(k, _)| *k == m.kind)
            .map_or(&[][..], |(_, p)| *p);
        let types: Vec<String> = paths
            .iter()
            .filter_map(|p| m.node.at(p).and_then(Node::scalar))
            .collect();
        let Some(ty) = ["LoadBalancer", "NodePort"]
            .iter()
            .find(|t| types.iter().any(|x| x == *t))
        else {
            continue;
        };
        let own = AssetId::new(K::Workload, rest(m, cx));
        let Some(workload) = workloads.iter().find(|w| w.id == own) else {
            continue;
        };
        let kind = if *ty == "LoadBalancer" {
            "load_balancer"
        } else {
            "service"
        };
        let door = Asset::new(
            K::Network,
            format!("{}/service", rest(m, cx)),
            format!("{} service", m.name),
        )
        .at(location(m, cx))
        .with("source", "kubernetes")
        .with("resource_type", m.kind.as_str())
        .with("kind", kind)
        .with("public", public(ty, is_internal(m)));
        let id = out.asset(door);
        let leads_to: Vec<AssetId> = std::iter::once(&own).chain(&workload.served).cloned().collect();
        expose(&id, &leads_to, &location(m, cx), out);
    }
}
