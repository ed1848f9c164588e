//! Crown jewels: what the policy declares, and otherwise what an AI estate cannot afford to lose.

use aispm_graph::{GraphView, World, glob, matches};
use aispm_types::{Asset, AssetId, AssetKind, FactKind, Jewel, RelationKind, Value};
use globset::GlobSet;

use crate::{Capability, falls_by};

/// A crown jewel: what it is worth and by which capabilities it falls.
#[derive(Clone, Debug, PartialEq)]
pub struct CrownJewel<'a> {
    /// The asset.
    pub asset: &'a Asset,
    /// 1–10.
    pub value: u8,
    /// Capabilities that matter on it, each with the share of the value that is lost, worst first.
    pub falls_by: Vec<(Capability, f64)>,
}

/// Tools with one of these can do harm by themselves.
const HARMFUL: &[&str] = &[
    "shell",
    "code",
    "file-write",
    "network-out",
    "email-send",
    "cloud",
    "payment",
];

/// Sinks that run what they are given; those of the attack step `output-runs-as-code`.
const RUNS: &[&str] = &["code", "shell", "deserialize", "template"];

/// Values of `engine` that name a way to write a web service, and say nothing of a model.
const FRAMEWORKS: &[&str] = &[
    "fastapi",
    "flask",
    "django",
    "starlette",
    "aiohttp",
    "express",
    "koa",
    "hono",
    "nest",
    "nextjs",
    "aspnet",
    "spring",
    "http",
    "unknown",
];

/// Actions that start the training of a model.
const TRAINS: &[&str] = &[
    "sagemaker:CreateTrainingJob",
    "sagemaker:CreateHyperParameterTuningJob",
    "bedrock:CreateModelCustomizationJob",
];

/// Providers whose accounts are AI accounts.
const AI_PROVIDERS: &[&str] = &[
    "openai",
    "azure-openai",
    "anthropic",
    "google",
    "gemini",
    "bedrock",
    "vertex",
    "cohere",
    "mistral",
    "groq",
    "huggingface",
    "together",
    "openrouter",
    "deepseek",
    "xai",
    "replicate",
    "perplexity",
    "fireworks",
    "elevenlabs",
    "stability",
    "pinecone",
    "langsmith",
    "wandb",
];

/// Kinds of account that are AI accounts, whoever runs them.
const AI_ACCOUNTS: &[&str] = &[
    "azure_openai",
    "ai_services",
    "ai_search",
    "azure_ml_workspace",
    "foundry_hub",
    "foundry_project",
    "cognitive_services",
];

/// Whether a declared jewel's pattern fits an asset under any of its names.
fn declared(asset: &Asset, jewel: &Jewel, glob: &GlobSet, graph: &GraphView) -> bool {
    matches(glob, asset) || goes_by(asset, glob, &jewel.pattern, graph)
}

/// Declared crown jewels whose pattern fits no asset: a typo, or a thing that is gone.
pub fn dead_jewels<'a>(world: &World<'a>) -> Vec<&'a Jewel> {
    let fits = |jewel: &Jewel| {
        let glob = glob(&jewel.pattern);
        world
            .graph
            .assets()
            .any(|a| declared(a, jewel, &glob, world.graph))
    };
    world.policy.crown_jewels.iter().filter(|j| !fits(j)).collect()
}

/// The crown jewels of a world, in id order. Where the policy declares none, or none that is there: models that are trained, stored or served
/// here, data they are trained on and buckets that hold it, agents whose tools change something or send data out, AI accounts, engines that
/// answer whoever asks, services that run what a model writes or what its publisher ships, and MCP servers that run what they are sent. Test code holds none.
pub fn crown_jewels<'a>(world: &World<'a>) -> Vec<CrownJewel<'a>> {
    let globs: Vec<_> = world
        .policy
        .crown_jewels
        .iter()
        .map(|j| (glob(&j.pattern), j))
        .collect();
    let graph = world.graph;
    // A policy whose every pattern is dead must not look like an estate without attack paths.
    let by_default = globs
        .iter()
        .all(|(glob, jewel)| !graph.assets().any(|a| declared(a, jewel, glob, graph)));
    let assets = graph.assets().filter(|a| !a.is("test_code"));
    let valued = assets.filter_map(|asset| {
        let value = if by_default {
            default_value(asset, graph)
        } else {
            let fitting = globs
                .iter()
                .filter(|(glob, jewel)| declared(asset, jewel, glob, graph));
            fitting.map(|(_, jewel)| jewel.value.clamp(1, 10)).max()
        };
        Some((asset, value?))
    });
    valued
        .map(|(asset, value)| CrownJewel {
            asset,
            value,
            falls_by: falls(asset, by_default, graph),
        })
        .filter(|j| !j.falls_by.is_empty())
        .collect()
}

/// Whether a pattern fits another name of an asset: one it was seen under, or one that something declares for it.
fn goes_by(asset: &Asset, glob: &GlobSet, pattern: &str, graph: &GraphView) -> bool {
    let written = AssetId::parse(pattern);
    *graph.canonical(&written) == asset.id
        || graph
            .sightings(&asset.id)
            .iter()
            .any(|id| glob.is_match(id.as_str()))
}

fn default_value(asset: &Asset, graph: &GraphView) -> Option<u8> {
    match asset.kind {
        AssetKind::Model => (is_ours(asset, graph) || is_served(asset, graph)).then_some(8),
        AssetKind::Dataset => (!asset.is("remote")).then_some(8),
        AssetKind::Agent => is_armed(asset, graph).then_some(8),
        AssetKind::Bucket => is_training_store(asset, graph).then_some(8),
        AssetKind::Account => is_ai_account(asset, graph).then_some(7),
        // Code on it is worth more than the model: all that it reaches follows.
        AssetKind::Endpoint | AssetKind::Service | AssetKind::Function if obeys(asset, RUNS, graph) => {
            Some(9)
        }
        AssetKind::Endpoint | AssetKind::Service | AssetKind::Function if obeys(asset, &["sql"], graph) => {
            Some(8)
        }
        AssetKind::Service | AssetKind::Function => runs_code_of_a_model(asset, graph).then_some(7),
        AssetKind::McpServer => runs_what_it_is_sent(asset, graph).then_some(9),
        // A model that nothing names is still used, and copied, through it.
        AssetKind::Endpoint => is_open_engine(asset).then_some(7),
        _ => None,
    }
}

/// What a model writes reaches one of these sinks on it, so that whoever steers the model decides what runs there.
fn obeys(asset: &Asset, sinks: &[&str], graph: &GraphView) -> bool {
    graph.facts_of(&asset.id, FactKind::TaintTrace).any(|trace| {
        let said = &trace.properties;
        let sink = said.get("sink").and_then(Value::as_str);
        sink.is_some_and(|s| sinks.contains(&s))
            && said.get("sanitized").and_then(Value::as_bool) != Some(true)
    })
}

/// It loads a model with code from the model's repository, at whatever revision is the newest.
fn runs_code_of_a_model(service: &Asset, graph: &GraphView) -> bool {
    let pinned = |model: &Asset| model.get("pinned").and_then(Value::as_bool);
    graph
        .related(&service.id, RelationKind::Loads)
        .any(|model| model.is("trust_remote_code") && pinned(model) == Some(false))
}

/// One of its tools runs commands or code.
fn runs_what_it_is_sent(server: &Asset, graph: &GraphView) -> bool {
    graph
        .related(&server.id, RelationKind::CallsTool)
        .any(|tool| has_capability(tool, &["shell", "code"]) || obeys(tool, RUNS, graph))
}

/// It runs software that answers with models, not merely a web framework, and asks nobody who he is.
fn is_open_engine(asset: &Asset) -> bool {
    let engine = asset.text("engine");
    engine.is_some_and(|e| !FRAMEWORKS.contains(&e))
        && asset.get("authenticated").and_then(Value::as_bool) == Some(false)
}

/// What is lost by which capability. Reading a model that anyone can download is no loss, and to steer what an endpoint answers is
/// what its callers are for, as reading a service's source is what developers are for, unless the policy says that it matters. Where a model is named behind an engine, code on the engine is told
/// as the loss of the model.
fn falls(asset: &Asset, by_default: bool, graph: &GraphView) -> Vec<(Capability, f64)> {
    let public_weights = asset.kind == AssetKind::Model && !is_ours(asset, graph);
    let only_code = by_default
        && matches!(
            asset.kind,
            AssetKind::Endpoint | AssetKind::McpServer | AssetKind::Service | AssetKind::Function
        );
    let told_of_model = by_default
        && asset.kind == AssetKind::Endpoint
        && answers_with_a_jewel(asset, graph)
        && !obeys(asset, RUNS, graph);
    let kept = |(c, _): &(Capability, f64)| match c {
        Capability::Read => !public_weights && !only_code,
        Capability::Execute => !told_of_model,
        _ => !only_code,
    };
    let mut falls: Vec<(Capability, f64)> = falls_by(asset.kind).iter().copied().filter(kept).collect();
    if asset.kind == AssetKind::Endpoint && is_open_engine(asset) {
        // To call it is to use, and by asking long enough to copy, what it answers with.
        falls.push((Capability::Invoke, 0.8));
    }
    let has = |c| falls.iter().any(|(f, _)| *f == c);
    if by_default && obeys(asset, &["sql"], graph) && !has(Capability::UseTool) {
        falls.push((Capability::UseTool, 0.9));
    }
    falls
}

/// A model that is a crown jewel itself answers at it.
fn answers_with_a_jewel(endpoint: &Asset, graph: &GraphView) -> bool {
    let behind = graph
        .related_from(&endpoint.id, RelationKind::Exposes)
        .flat_map(|w| graph.related(&w.id, RelationKind::Serves));
    graph
        .related(&endpoint.id, RelationKind::Serves)
        .chain(behind)
        .any(|m| m.kind == AssetKind::Model && default_value(m, graph).is_some())
}

/// Its weights are in this estate, or it was trained here.
fn is_ours(model: &Asset, graph: &GraphView) -> bool {
    let out = graph.outgoing(&model.id).any(|r| {
        matches!(
            r.kind,
            RelationKind::Contains | RelationKind::StoredIn | RelationKind::TrainedOn
        )
    });
    out || graph
        .related_from(&model.id, RelationKind::Produces)
        .next()
        .is_some()
}

/// Something in this estate answers with it, and not merely on behalf of a provider.
fn is_served(model: &Asset, graph: &GraphView) -> bool {
    !model.is("hosted")
        && graph.related_from(&model.id, RelationKind::Serves).any(|by| {
            matches!(
                by.kind,
                AssetKind::Workload | AssetKind::Endpoint | AssetKind::Compute
            )
        })
}

/// It holds training data that no dataset of the graph stands for.
fn is_training_store(bucket: &Asset, graph: &GraphView) -> bool {
    let trains = bucket.text("purpose") == Some("training-data")
        || graph
            .related_from(&bucket.id, RelationKind::TrainedOn)
            .next()
            .is_some();
    let mut stored = graph.related_from(&bucket.id, RelationKind::StoredIn);
    (trains || feeds_training(bucket, graph)) && !stored.any(|a| a.kind == AssetKind::Dataset)
}

/// Something that may start training uses it.
fn feeds_training(bucket: &Asset, graph: &GraphView) -> bool {
    graph
        .related_from(&bucket.id, RelationKind::Uses)
        .flat_map(|user| graph.related(&user.id, RelationKind::RunsAs))
        .filter_map(|role| role.get("actions")?.as_list())
        .flatten()
        .filter_map(|action| action.as_str())
        .any(|action| TRAINS.contains(&action))
}

fn is_armed(agent: &Asset, graph: &GraphView) -> bool {
    agent.is("code_execution")
        || graph
            .related(&agent.id, RelationKind::CallsTool)
            .any(|tool| tool.is("writes") || tool.is("egress") || has_capability(tool, HARMFUL))
}

fn has_capability(tool: &Asset, any_of: &[&str]) -> bool {
    let capabilities = tool.get("capabilities").and_then(Value::as_list);
    let mut named = capabilities.unwrap_or_default().iter().filter_map(Value::as_str);
    named.any(|c| any_of.contains(&c))
}

fn is_ai_account(account: &Asset, graph: &GraphView) -> bool {
    let named = |list: &[&str], word: Option<&str>| word.is_some_and(|w| list.contains(&w));
    // `account:{provider}` or `account:{provider}/{host}`.
    let by_id = account.id.as_str().split([':', '/']).nth(1);
    named(AI_ACCOUNTS, account.text("kind"))
        || named(AI_PROVIDERS, account.text("kind"))
        || named(AI_PROVIDERS, account.provider.as_deref())
        || named(AI_PROVIDERS, by_id)
        || graph
            .related(&account.id, RelationKind::Contains)
            .any(|a| a.kind == AssetKind::Model)
        || graph
            .related_from(&account.id, RelationKind::Unlocks)
            .any(|s| s.is("ai"))
}
