//! What stands beside the weights in a model directory as Hugging Face lays it out: configuration, model card, tokenizer.

use aispm_collect::{ReadContext, VirtualFile, is_test_path};
use aispm_detect::{HiddenInstruction, planted_instructions};
use aispm_formats::doc::{Limits, Node, parse_json, parse_yaml};
use aispm_formats::{Hazard, chat_template_hazards, excerpt, template_text};
use aispm_types::{Asset, AssetId, AssetKind, Batch, Fact, FactKind, Relation, RelationKind};

use crate::model::FoundModel;

/// One file beside the weights.
pub(crate) struct Beside {
    /// Its directory.
    directory: String,
    architecture: Option<String>,
    license: Option<String>,
    base_model: Option<String>,
    datasets: Vec<String>,
    hazards: Vec<Hazard>,
    /// What chat templates tell the model behind the user's back.
    steering: Vec<HiddenInstruction>,
}

/// Datasets of one card.
const MAX_DATASETS: usize = 64;

/// Whether it is such a file, by name and first bytes.
pub(crate) fn wants(file: &VirtualFile) -> bool {
    let has = |word: &[u8]| memchr::memmem::find(&file.head, word).is_some();
    match file.name() {
        "config.json" | "adapter_config.json" => [
            &b"\"architectures\""[..],
            b"\"model_type\"",
            b"\"auto_map\"",
            b"\"base_model_name_or_path\"",
        ]
        .iter()
        .any(|w| has(w)),
        "tokenizer_config.json" | "chat_template.json" => has(b"chat_template") || has(b"tokenizer_class"),
        "chat_template.jinja" => true,
        "README.md" => file.head.starts_with(b"---\n") || file.head.starts_with(b"---\r\n"),
        _ => false,
    }
}

/// Reads one such file. A file that is no such document after all is no gap: it is read elsewhere, or it is nobody's.
pub(crate) fn read(file: &VirtualFile) -> Option<Beside> {
    let text = file.text()?;
    let mut out = Beside {
        directory: file.directory().to_owned(),
        architecture: None,
        license: None,
        base_model: None,
        datasets: Vec::new(),
        hazards: Vec::new(),
        steering: Vec::new(),
    };
    match file.name() {
        "README.md" => card(text, &mut out)?,
        "chat_template.jinja" => template(text, "chat_template.jinja", &mut out),
        "tokenizer_config.json" | "chat_template.json" => {
            let node = parse_json(text, &Limits::default()).ok()?;
            templates(&node, file.name(), &mut out);
            remote_code(&node, &mut out);
        }
        _ => {
            let node = parse_json(text, &Limits::default()).ok()?;
            let first = node
                .get("architectures")
                .and_then(|a| a.items().first())
                .and_then(Node::as_str);
            let named = first.or_else(|| node.get("model_type").and_then(Node::as_str));
            out.architecture = named.map(|n| excerpt(n, 120));
            out.base_model = node
                .get("base_model_name_or_path")
                .and_then(Node::as_str)
                .filter(|b| !b.is_empty())
                .map(|b| excerpt(b, 160));
            remote_code(&node, &mut out);
        }
    }
    Some(out)
}

/// A template, or a list of named ones.
fn templates(node: &Node, name: &str, out: &mut Beside) {
    let Some(all) = node.get("chat_template") else {
        return;
    };
    let named = all.items().iter().filter_map(|one| one.get("template"));
    for text in named.chain([all]).filter_map(Node::as_str) {
        template(text, name, out);
    }
}

/// What a template runs, and what it tells the model.
fn template(text: &str, name: &str, out: &mut Beside) {
    out.hazards.extend(chat_template_hazards(text, name));
    out.steering.extend(planted_instructions(&template_text(text)));
}

/// `auto_map` names Python code of the model's repository, which `trust_remote_code` runs.
fn remote_code(node: &Node, out: &mut Beside) {
    for (key, value) in node.get("auto_map").map(Node::entries).unwrap_or_default() {
        let class = value
            .as_str()
            .or_else(|| value.items().first().and_then(Node::as_str))
            .unwrap_or("");
        out.hazards.push(Hazard {
            hazard: "remote-code",
            detail: format!("{} is {}", excerpt(&key.text, 60), excerpt(class, 80)),
            member: None,
            executes: false,
        });
    }
}

/// The front matter of a model card.
fn card(text: &str, out: &mut Beside) -> Option<()> {
    let body = text
        .strip_prefix("---\r\n")
        .or_else(|| text.strip_prefix("---\n"))?;
    let (front, _) = body.split_once("\n---")?;
    let node = parse_yaml(front, &Limits::default()).ok()?;
    let texts = |key: &str| -> Vec<String> {
        let value = node.get(key);
        let one = value.and_then(Node::as_str).map(|t| vec![t]);
        one.or_else(|| value.map(|v| v.items().iter().filter_map(Node::as_str).collect()))
            .unwrap_or_default()
            .into_iter()
            .map(|t| excerpt(t, 160))
            .collect()
    };
    out.license = texts("license").into_iter().next();
    out.base_model = texts("base_model").into_iter().next();
    out.datasets = texts("datasets").into_iter().take(MAX_DATASETS).collect();
    Some(())
}

/// Joins them to the models of the same directory.
pub(crate) fn join(
    beside: &[(String, Beside)],
    models: &[(String, FoundModel)],
    cx: &ReadContext,
    out: &mut Batch,
) {
    for (path, b) in beside {
        hazards(path, b, models, cx, out);
        let here = |p: &String| p.rsplit_once('/').map_or(".", |(d, _)| d) == b.directory;
        for (at, m) in models.iter().filter(|(p, _)| here(p)) {
            describe(b, m, path, cx, out);
            let model = AssetId::new(AssetKind::Model, cx.place(&m.logical));
            for dataset in &b.datasets {
                let id = out.asset(
                    Asset::new(
                        AssetKind::Dataset,
                        format!("huggingface/{dataset}"),
                        dataset.clone(),
                    )
                    .provider("huggingface")
                    .with("format", "huggingface")
                    .with("remote", true)
                    .with("uri", format!("hf://datasets/{dataset}"))
                    .at(cx.file(path)),
                );
                out.relation(Relation::new(&model, RelationKind::TrainedOn, &id).seen(cx.file(at)));
            }
        }
    }
}

/// Names under which libraries look for the weights of a directory.
const WEIGHTS: &[&str] = &[
    "model",
    "pytorch_model",
    "tf_model",
    "flax_model",
    "adapter_model",
    "diffusion_pytorch_model",
    "consolidated",
];

/// What is wrong beside the weights is wrong with the directory's model, once, however many files it has.
fn hazards(path: &str, b: &Beside, models: &[(String, FoundModel)], cx: &ReadContext, out: &mut Batch) {
    if b.hazards.is_empty() && b.steering.is_empty() {
        return;
    }
    let model = model_of(&b.directory, models).map_or_else(
        || directory_model(path, b, cx, out),
        |logical| AssetId::new(AssetKind::Model, cx.place(logical)),
    );
    for h in &b.hazards {
        out.fact(
            Fact::new(FactKind::ModelHazard, &model)
                .with("hazard", h.hazard)
                .with("detail", h.detail.as_str())
                .with("executes", h.executes)
                .at(cx.file(path)),
        );
    }
    for found in &b.steering {
        out.fact(found.clone().fact(&model, cx.file(path)));
    }
}

/// The logical model that a directory's configuration speaks of: its only one, or the one whose name libraries look for.
/// None where unrelated files lie side by side, or no weights at all.
fn model_of<'a>(directory: &str, models: &'a [(String, FoundModel)]) -> Option<&'a str> {
    let here = models
        .iter()
        .filter(|(p, _)| p.rsplit_once('/').map_or(".", |(d, _)| d) == directory);
    let mut all: Vec<&FoundModel> = here.map(|(_, m)| m).collect();
    let rank = |m: &FoundModel| {
        let stem = m.name.split('.').next().unwrap_or("");
        let known = WEIGHTS.iter().position(|w| *w == stem);
        known.unwrap_or(usize::MAX)
    };
    let unsafe_format = |m: &FoundModel| !m.name.ends_with(".safetensors");
    all.sort_by(|a, b| (rank(a), unsafe_format(a), &a.logical).cmp(&(rank(b), unsafe_format(b), &b.logical)));
    let first = all.first()?;
    let only = all.iter().all(|m| m.logical == first.logical);
    (only || rank(first) < usize::MAX).then_some(first.logical.as_str())
}

/// A model that only its configuration shows.
fn directory_model(path: &str, b: &Beside, cx: &ReadContext, out: &mut Batch) -> AssetId {
    let place = match b.directory.as_str() {
        "." => cx.repository.clone(),
        directory => cx.place(directory),
    };
    let last = place.rsplit('/').next().unwrap_or("");
    let name = if matches!(last, "" | ".") { "model" } else { last }.to_owned();
    out.asset(
        Asset::new(AssetKind::Model, format!("{place}#model"), name)
            .with("hosted", false)
            .with("source", "file")
            .with("test_code", is_test_path(path))
            .at(cx.file(path)),
    )
}

/// A further sighting of the version, with what the file beside it says.
fn describe(b: &Beside, m: &FoundModel, path: &str, cx: &ReadContext, out: &mut Batch) {
    let name = m.name.clone();
    let mut asset = Asset {
        id: m.version.clone(),
        kind: AssetKind::ModelVersion,
        name,
        provider: None,
        locations: vec![cx.file(path)],
        properties: aispm_types::Properties::new(),
        places: std::collections::BTreeMap::new(),
    };
    if let (Some(a), true) = (&b.architecture, m.lacks_architecture) {
        asset = asset.with("architecture", a.as_str());
    }
    if let Some(l) = &b.license {
        asset = asset.with("license", l.as_str());
    }
    if let Some(base) = &b.base_model {
        asset = asset.with("base_model", base.as_str());
    }
    if !asset.properties.is_empty() {
        out.asset(asset);
    }
}
