//! Custom resources of serving and training: what their fields say beyond their containers.

use aispm_formats::doc::Node;
use aispm_types::{Asset, AssetKind, Value};

use crate::normal::Named;
use crate::serving::Container;

/// Resource kinds that are workloads.
pub(crate) const WORKLOADS: &[&str] = &[
    "Pod",
    "Deployment",
    "StatefulSet",
    "DaemonSet",
    "ReplicaSet",
    "Job",
    "CronJob",
    "InferenceService",
    "ServingRuntime",
    "ClusterServingRuntime",
    "RayCluster",
    "RayService",
    "RayJob",
    "Notebook",
    "PyTorchJob",
    "TFJob",
    "MPIJob",
    "XGBoostJob",
    "SeldonDeployment",
    "NIMService",
];

/// The AI asset that a custom resource is by itself, whatever its image: its kind and engine.
pub(crate) fn inherent(kind: &str, group: &str) -> Option<(AssetKind, &'static str)> {
    Some(match kind {
        "InferenceService" if group.contains("kserve") || group.contains("kubeflow") => {
            (AssetKind::Endpoint, "kserve")
        }
        "RayCluster" if group.starts_with("ray.") => (AssetKind::Endpoint, "ray"),
        "RayService" if group.starts_with("ray.") => (AssetKind::Endpoint, "ray-serve"),
        "RayJob" if group.starts_with("ray.") => (AssetKind::TrainingJob, "ray"),
        "SeldonDeployment" => (AssetKind::Endpoint, "seldon"),
        "NIMService" => (AssetKind::Endpoint, "nim"),
        "Notebook" if group.contains("kubeflow") => (AssetKind::Notebook, "jupyter"),
        "PyTorchJob" | "TFJob" | "MPIJob" | "XGBoostJob" if group.contains("kubeflow") => {
            (AssetKind::TrainingJob, "kubeflow")
        }
        _ => return None,
    })
}

/// Kinds that are pipelines.
pub(crate) fn is_pipeline(kind: &str, group: &str) -> bool {
    matches!(kind, "ScheduledWorkflow" | "PipelineVersion") && group.contains("kubeflow")
}

/// Containers of a custom resource that are written without the word `containers`.
pub(crate) fn containers(kind: &str, manifest: &Node) -> Vec<Container> {
    match kind {
        "InferenceService" => manifest
            .at(&["spec", "predictor", "model"])
            .map(|m| vec![super::pods::container(m)])
            .unwrap_or_default(),
        "NIMService" => {
            let image = manifest.at(&["spec", "image"]);
            let part = |k: &str| image.and_then(|i| i.get(k)).and_then(Node::scalar);
            part("repository")
                .map(|repository| Container {
                    image: Some(match part("tag") {
                        Some(tag) => format!("{repository}:{tag}"),
                        None => repository,
                    }),
                    ..Container::default()
                })
                .into_iter()
                .collect()
        }
        _ => Vec::new(),
    }
}

/// Where a custom resource fetches its model: the model, and the bucket it is in.
pub(crate) fn storage(kind: &str, manifest: &Node) -> Vec<Asset> {
    let predictor = manifest.at(&["spec", "predictor"]);
    let uri = match kind {
        // Every framework has a field of its own, and new ones come; what has an address of storage is one.
        "InferenceService" => predictor.and_then(|p| {
            let of_framework = p.entries().iter().find_map(|(_, f)| f.get("storageUri"));
            p.get("storageUri").or(of_framework)?.scalar()
        }),
        "SeldonDeployment" => manifest
            .at(&["spec", "predictors"])
            .and_then(|p| p.items().first()?.at(&["graph", "modelUri"])?.scalar()),
        _ => None,
    };
    let Some(uri) = uri else { return Vec::new() };
    if let Some(name) = uri.strip_prefix("hf://") {
        let (name, revision) = name.split_once(':').map_or((name, None), |(n, r)| (n, Some(r)));
        let mut model = Asset::new(AssetKind::Model, format!("huggingface/{name}"), name)
            .provider("huggingface")
            .with("model_name", name)
            .with("hosted", false)
            .with("pinned", revision.is_some_and(|r| r.len() == 40));
        if let Some(revision) = revision {
            model = model.with("revision", revision);
        }
        return vec![model];
    }
    if let Some(rest) = uri.strip_prefix("http://") {
        return vec![
            fetched("http", rest)
                .with("plain_http", true)
                .with("pinned", false),
        ];
    }
    let Some((scheme, rest)) = uri.split_once("://") else {
        return Vec::new();
    };
    let bucket = Named::Bucket("s3")
        .asset(&uri)
        .filter(|_| matches!(scheme, "s3" | "gs"));
    let model = fetched(scheme, rest).with("pinned", Value::unknown("the storage decides what stands there"));
    bucket.into_iter().chain([model]).collect()
}

/// A model at an address, without the parts of it that may hold a credential; its files are not read.
fn fetched(scheme: &str, rest: &str) -> Asset {
    let rest = rest.split(['?', '#']).next().unwrap_or(rest);
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let host = host.rsplit('@').next().unwrap_or(host);
    let address = format!("{scheme}://{host}/{path}");
    let name = path
        .rsplit('/')
        .find(|p| !p.is_empty())
        .unwrap_or(host)
        .to_owned();
    Asset::new(AssetKind::Model, &address, name)
        .with("model_name", address.as_str())
        .with("hosted", false)
        .with("format", Value::unknown("the files at the address are not read"))
}
