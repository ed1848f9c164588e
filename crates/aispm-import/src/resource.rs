//! Which asset a tool's resource is.

use aispm_graph::GraphView;
use aispm_types::{Asset, AssetKind};

use crate::Resource;

/// The asset a resource is; none where none is, or where several could be.
pub(crate) fn asset<'g>(resource: &Resource, graph: &'g GraphView) -> Option<&'g Asset> {
    by_id(resource, graph)
        .or_else(|| by_name(resource, graph))
        .or_else(|| by_place(resource, graph))
}

/// By its cloud id, where the asset is known by it.
fn by_id<'g>(resource: &Resource, graph: &'g GraphView) -> Option<&'g Asset> {
    let uid = resource.uid.as_deref()?;
    // An id of ours, or the part of it that the cloud gave.
    let ours = |id: &str| id == uid || id.split_once(':').is_some_and(|(_, rest)| rest == uid);
    let known = |a: &&Asset| {
        ["arn", "cloud_id", "resource_id"]
            .iter()
            .any(|p| a.text(p) == Some(uid))
            || graph.sightings(&a.id).iter().any(|s| ours(s.as_str()))
    };
    only(graph.assets().filter(known))
}

/// By its name among assets of the kind that the id or the tool's word for it names.
fn by_name<'g>(resource: &Resource, graph: &'g GraphView) -> Option<&'g Asset> {
    let uid = resource.uid.as_deref().unwrap_or("");
    let kinds = kinds(uid, resource.kind.as_deref().unwrap_or(""));
    let last = uid.rsplit(['/', ':']).next().filter(|l| !l.is_empty());
    let names: Vec<&str> = last.into_iter().chain(resource.name.as_deref()).collect();
    if kinds.is_empty() || names.is_empty() {
        return None;
    }
    let goes_by = |a: &Asset, name: &str| {
        a.name == name
            || ["name", "bucket", "function_name", "role_name", "resource_name"]
                .iter()
                .any(|p| a.text(p) == Some(name))
    };
    let fits = |a: &&Asset| kinds.contains(&a.kind) && names.iter().any(|n| goes_by(a, n));
    only(graph.assets().filter(fits))
}

/// By file and line. What a resource of infrastructure code is about begins on the line that is named; of source code it is the last
/// asset that begins at or before the line.
fn by_place<'g>(resource: &Resource, graph: &'g GraphView) -> Option<&'g Asset> {
    let (path, line) = (resource.path.as_deref()?, resource.line.unwrap_or(1));
    let source = SOURCES.iter().any(|e| path.ends_with(e));
    let until = resource.end.unwrap_or(line).max(line);
    let mut best: Option<(u32, &Asset)> = None;
    for a in graph.assets().filter(|a| a.kind != AssetKind::Repository) {
        for at in &a.locations {
            let (Some(file), Some(begins)) = (at.path.as_deref(), at.line) else {
                continue;
            };
            let fits = if source {
                begins <= line
            } else {
                (line..=until).contains(&begins)
            };
            // In source the nearest before, in a block the first in it.
            let better = best.is_none_or(|(b, _)| if source { begins > b } else { begins < b });
            if fits && better && same_file(file, path) {
                best = Some((begins, a));
            }
        }
    }
    best.map(|(_, a)| a)
}

/// Ends of names of source code.
const SOURCES: &[&str] = &[
    ".py", ".ts", ".tsx", ".js", ".jsx", ".mjs", ".cjs", ".cs", ".ipynb",
];

/// The same file, whichever directory above it each tool began at.
fn same_file(a: &str, b: &str) -> bool {
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    long == short
        || short.contains('/')
            && long
                .strip_suffix(short)
                .is_some_and(|before| before.ends_with('/'))
}

/// Words in ids and types, and the kinds of asset they speak of.
const KINDS: &[(&str, &[AssetKind])] = &[
    (":s3:::", &[AssetKind::Bucket]),
    ("s3bucket", &[AssetKind::Bucket]),
    ("storage.googleapis.com/bucket", &[AssetKind::Bucket]),
    ("/buckets/", &[AssetKind::Bucket]),
    ("storageaccounts", &[AssetKind::Bucket]),
    ("notebook-instance", &[AssetKind::Notebook, AssetKind::Compute]),
    ("sagemakernotebook", &[AssetKind::Notebook, AssetKind::Compute]),
    ("notebookinstances", &[AssetKind::Notebook, AssetKind::Compute]),
    (
        ":sagemaker:",
        &[
            AssetKind::Endpoint,
            AssetKind::Model,
            AssetKind::TrainingJob,
            AssetKind::Notebook,
        ],
    ),
    (
        ":bedrock:",
        &[
            AssetKind::Agent,
            AssetKind::Guardrail,
            AssetKind::Model,
            AssetKind::Account,
            AssetKind::VectorIndex,
        ],
    ),
    (":lambda:", &[AssetKind::Function]),
    (":function:", &[AssetKind::Function]),
    (":iam:", &[AssetKind::Role, AssetKind::Identity]),
    ("iamrole", &[AssetKind::Role]),
    (":ec2:", &[AssetKind::Compute, AssetKind::Network]),
    (":instance/", &[AssetKind::Compute]),
    (":ecs:", &[AssetKind::Workload]),
    (":eks:", &[AssetKind::Workload]),
    (":ecr:", &[AssetKind::Image]),
    (":secretsmanager:", &[AssetKind::Secret]),
    (":rds:", &[AssetKind::Database]),
    ("microsoft.cognitiveservices/accounts", &[AssetKind::Account]),
    ("microsoft.search/", &[AssetKind::Account, AssetKind::VectorIndex]),
    (
        "microsoft.machinelearningservices/workspaces",
        &[AssetKind::Account],
    ),
    (
        "aiplatform.googleapis.com",
        &[AssetKind::Endpoint, AssetKind::Model, AssetKind::Notebook],
    ),
];

fn kinds(uid: &str, word: &str) -> Vec<AssetKind> {
    let words = format!("{uid} {word}").to_ascii_lowercase();
    let fitting = KINDS.iter().filter(|(part, _)| words.contains(part));
    fitting.flat_map(|(_, kinds)| kinds.iter().copied()).collect()
}

/// The one there is; none where there are more.
fn only<'g>(mut all: impl Iterator<Item = &'g Asset>) -> Option<&'g Asset> {
    let first = all.next()?;
    all.next().is_none().then_some(first)
}
