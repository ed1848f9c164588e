//! AI software in containers: which engine an image or command runs, what it serves, and whether callers must sign in.
//!
//! Kubernetes, compose, ECS, Cloud Run and Container Apps all describe containers; this is what they share.

mod catalogue;
mod image;
mod script;

use std::collections::BTreeMap;

use crate::normal::Resource;
use aispm_types::{
    Asset, AssetId, AssetKind, Batch, Location, Properties, Relation, RelationKind, Sensitive, Value,
};

pub(crate) use catalogue::{Auth, Engine, Role};
pub(crate) use image::image_asset;
pub(crate) use script::{Program, programs};

/// A container as all platforms describe it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Container {
    pub(crate) image: Option<String>,
    /// Command and arguments, split into words.
    pub(crate) words: Vec<String>,
    /// Environment: literal values, or none where the value comes from elsewhere.
    pub(crate) env: BTreeMap<String, Option<String>>,
    /// Ports it names.
    pub(crate) ports: Vec<i64>,
    /// Line of its image and of its first port, where they are lines of the file it is declared in.
    pub(crate) image_line: Option<u32>,
    pub(crate) port_line: Option<u32>,
}

impl Container {
    /// Splits a command given as one text: what a shell would be given.
    pub(crate) fn push_words(&mut self, text: &str) {
        self.words.extend(
            text.split_whitespace()
                .map(|w| w.trim_matches(['"', '\'']).to_owned())
                .take(500),
        );
    }
    /// Its own line in the file where the workload stands; the workload's where it has none.
    fn place(&self, line: Option<u32>, workload: &Location) -> Location {
        match line {
            Some(line) => workload.clone().line(line),
            None => workload.clone(),
        }
    }
    /// The engine its image or command runs.
    pub(crate) fn engine(&self) -> Option<&'static Engine> {
        let image = self
            .image
            .as_deref()
            .map(|i| image::repository(i).to_ascii_lowercase());
        catalogue::find(image.as_deref(), &self.words)
    }
    /// Value of a flag: `--name value` or `--name=value`.
    pub(crate) fn flag(&self, name: &str) -> Option<&str> {
        self.words.iter().enumerate().find_map(|(i, w)| {
            let rest = w.strip_prefix(name)?;
            match rest.strip_prefix('=') {
                Some(v) => Some(v),
                None if rest.is_empty() => Some(self.words.get(i + 1).map_or("", String::as_str)),
                None => None,
            }
        })
    }
    /// Names of variables that hold a literal credential; their values go to the redaction chokepoint.
    pub(crate) fn inline_secrets(&self, out: &mut Batch) -> Vec<String> {
        let mut names = Vec::new();
        for (name, value) in &self.env {
            let Some(value) = value.as_deref() else { continue };
            if crate::credential::is_credential_name(name) && crate::credential::is_literal(value) {
                out.secret(Sensitive::new(value));
                names.push(name.clone());
            }
        }
        for flag in ["--api-key", "--token", "--password"] {
            if let Some(value) = self.flag(flag).filter(|v| crate::credential::is_literal(v)) {
                out.secret(Sensitive::new(value));
                names.push(flag.to_owned());
            }
        }
        names
    }
    /// Whether callers of `engine` must show who they are, by its documented defaults and what is set here.
    pub(crate) fn authenticated(&self, engine: &Engine) -> Option<bool> {
        let set = |keys: &[&str]| {
            keys.iter().any(|k| match k.strip_prefix("--") {
                Some(_) => self.flag(k).is_some(),
                None => self.env.get(*k).is_some_and(|v| v.as_deref() != Some("")),
            })
        };
        match engine.auth {
            Auth::None => Some(false),
            Auth::Always => Some(true),
            Auth::OnWith(keys) => Some(set(keys)),
            Auth::OffWith(values) => Some(!values.iter().any(|(key, off)| {
                let value = match key.strip_prefix("--") {
                    Some(_) => self.flag(key).map(str::to_owned),
                    None => self.env.get(*key).cloned().flatten(),
                };
                value.is_some_and(|v| v.trim_matches(['\'', '"']).eq_ignore_ascii_case(off))
            })),
            Auth::Varies => None,
        }
    }
    /// Models that arguments and environment name.
    pub(crate) fn models(&self, engine: &Engine) -> Vec<Asset> {
        let flags = [
            "--model",
            "--model-id",
            "--model-path",
            "--model_name_or_path",
            "-hf",
            "--hf-repo",
            "--model-name",
        ];
        let mut names: Vec<&str> = flags.iter().filter_map(|f| self.flag(f)).collect();
        let variables = [
            "MODEL_ID",
            "HF_MODEL_ID",
            "MODEL",
            "MODEL_NAME",
            "VLLM_MODEL",
            "OLLAMA_MODEL",
            "LLM_MODEL",
        ];
        names.extend(variables.iter().filter_map(|v| self.env.get(*v)?.as_deref()));
        let verbs: &[&str] = if engine.name == "ollama" {
            &["run", "pull"]
        } else {
            &["serve"]
        };
        for pair in self.words.windows(2) {
            if let [verb, model] = pair
                && verbs.contains(&verb.as_str())
                && !model.starts_with('-')
            {
                names.push(model);
            }
        }
        let revision = self
            .flag("--revision")
            .or_else(|| self.flag("--model-revision"))
            .or_else(|| self.env.get("REVISION")?.as_deref());
        let mut models: Vec<Asset> = names.iter().filter_map(|n| model(engine, n, revision)).collect();
        models.sort_by(|a, b| a.id.cmp(&b.id));
        models.dedup_by(|a, b| a.id == b.id);
        models
    }
}

/// A model by the name an engine is started with. Only a whole commit id pins it: a branch or tag moves.
fn model(engine: &Engine, name: &str, revision: Option<&str>) -> Option<Asset> {
    let name = name.trim_matches(['"', '\'', ';', '&']);
    let plain = name.len() > 1
        && name.len() < 200
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "/._-:@".contains(c))
        && !name.starts_with(['/', '.', '-']);
    let provider = if engine.name == "ollama" {
        "ollama"
    } else if name.matches('/').count() == 1 && !name.contains(':') {
        "huggingface"
    } else {
        return None;
    };
    let commit = |r: &str| r.len() == 40 && r.bytes().all(|b| b.is_ascii_hexdigit());
    plain.then(|| {
        let asset = Asset::new(AssetKind::Model, format!("{provider}/{name}"), name)
            .provider(provider)
            .with("model_name", name)
            .with("hosted", false)
            .with(
                "pinned",
                provider == "huggingface" && revision.is_some_and(commit),
            );
        match revision {
            Some(revision) => asset.with("revision", revision),
            None => asset,
        }
    })
}

/// Where a workload stands, for what is made of its containers.
pub(crate) struct Standing<'a> {
    pub(crate) workload: &'a AssetId,
    /// Rest of the ids of what it serves.
    pub(crate) rest: String,
    pub(crate) name: &'a str,
    pub(crate) source: &'a str,
    pub(crate) at: Location,
}

impl<'a> Standing<'a> {
    /// As a Terraform resource declares it.
    pub(crate) fn declared(resource: &'a Resource, workload: &'a AssetId) -> Self {
        Self {
            workload,
            rest: format!("{}#{}", resource.place, resource.address()),
            name: &resource.name,
            source: "terraform",
            at: resource.location.clone(),
        }
    }
}

/// Completes a workload from its containers and emits what they serve: endpoint, models, vector index, notebook, images.
/// What the workload already says of its door holds for what it serves: how far it is open, and that the platform asks
/// callers who they are.
pub(crate) fn describe(
    workload: &mut Asset,
    containers: &[Container],
    standing: &Standing<'_>,
    out: &mut Batch,
) -> Option<Served> {
    let images: Vec<&str> = containers.iter().filter_map(|c| c.image.as_deref()).collect();
    let found = containers.iter().find_map(|c| c.engine().map(|e| (c, e)));
    let shown = found
        .and_then(|(c, _)| c.image.as_deref())
        .or(images.first().copied());
    if let Some(asset) = shown.and_then(image_asset)
        && let Some(reference) = asset.text("reference")
    {
        workload
            .properties
            .insert(String::from("image"), Value::from(reference));
    }
    for container in containers {
        if let Some(asset) = container.image.as_deref().and_then(image_asset) {
            let at = container.place(container.image_line, &standing.at);
            let ai = containers
                .iter()
                .any(|c| c.image == container.image && c.engine().is_some());
            let id = out.asset(asset.with("ai", ai).at(at.clone()));
            out.relation(Relation::new(standing.workload, RelationKind::Runs, &id).seen(at));
        } else if let Some(image) = container
            .image
            .as_deref()
            .filter(|_| container.engine().is_none())
        {
            let place = standing.at.path.as_deref().unwrap_or(standing.name);
            let shown: String = image.chars().take(80).collect();
            out.gap(
                place,
                format!(
                    "`{}`: its image `{shown}` is chosen when it is deployed, so what it runs is not known",
                    standing.name
                ),
            );
            workload.properties.insert(
                String::from("image"),
                Value::unknown("the image is chosen when it is deployed"),
            );
        }
    }
    let keys: Vec<Value> = containers
        .iter()
        .flat_map(|c| c.env.keys())
        .map(|k| Value::from(k.as_str()))
        .collect();
    if !keys.is_empty() {
        workload
            .properties
            .insert(String::from("env_keys"), Value::List(keys));
    }
    let secrets: Vec<String> = containers.iter().flat_map(|c| c.inline_secrets(out)).collect();
    if !secrets.is_empty() {
        workload
            .properties
            .insert(String::from("inline_secrets"), secrets.into());
    }
    let (container, engine) = found?;
    let set = &mut workload.properties;
    set.insert(String::from("engine"), Value::from(engine.name));
    set.insert(String::from("ai"), Value::Bool(true));
    let trust = container.words.iter().any(|w| {
        let w = w.replace('_', "-");
        w == "--trust-remote-code" || w == "--trust-remote-code=true"
    });
    let told = |value: &str| matches!(value.to_ascii_lowercase().as_str(), "1" | "true" | "yes" | "on");
    let trust = trust
        || container
            .env
            .iter()
            .any(|(name, value)| name.ends_with("TRUST_REMOTE_CODE") && value.as_deref().is_some_and(told));
    set.insert(String::from("trust_remote_code"), Value::Bool(trust));
    let by_platform = set.get("authenticated").and_then(Value::as_bool) == Some(true);
    let authenticated = if by_platform {
        Some(true)
    } else {
        container.authenticated(engine)
    };
    if let Some(authenticated) = authenticated {
        set.insert(String::from("authenticated"), Value::Bool(authenticated));
    }
    let door = ["public", "published"]
        .iter()
        .filter_map(|p| Some(((*p).to_owned(), workload.get(p)?.clone())))
        .collect();
    Some(serve(container, engine, authenticated, door, standing, out))
}

/// What a workload serves.
pub(crate) struct Served {
    pub(crate) id: AssetId,
    /// The port it answers on.
    pub(crate) port: Option<i64>,
}

fn serve(
    container: &Container,
    engine: &Engine,
    authenticated: Option<bool>,
    door: Properties,
    standing: &Standing<'_>,
    out: &mut Batch,
) -> Served {
    let kind = match engine.role {
        Role::Serving | Role::App => AssetKind::Endpoint,
        Role::VectorStore => AssetKind::VectorIndex,
        Role::Notebook => AssetKind::Notebook,
        Role::Tracking => AssetKind::Pipeline,
        Role::Training => AssetKind::TrainingJob,
    };
    let at = container.place(container.port_line.or(container.image_line), &standing.at);
    let mut served = Asset::new(kind, &standing.rest, standing.name)
        .at(at)
        .with("source", standing.source);
    let property = if kind == AssetKind::Pipeline || kind == AssetKind::TrainingJob {
        "framework"
    } else {
        "engine"
    };
    if kind != AssetKind::Notebook {
        served = served.with(property, engine.name);
    }
    if matches!(kind, AssetKind::Endpoint | AssetKind::VectorIndex)
        && let Some(a) = authenticated
    {
        served = served.with("authenticated", a);
    }
    let port = container.ports.first().copied().or(engine.port);
    if let Some(port) = port.filter(|_| kind == AssetKind::Endpoint) {
        served = served.with("port", port);
    }
    served.properties.extend(door);
    let id = out.asset(served);
    out.relation(Relation::new(standing.workload, RelationKind::Exposes, &id).seen(standing.at.clone()));
    if engine.role == Role::Serving {
        for model in container.models(engine) {
            let at = container.place(container.image_line, &standing.at);
            let model = out.asset(model.at(at.clone()));
            out.relation(Relation::new(&id, RelationKind::Serves, &model).seen(at));
        }
    }
    Served { id, port }
}
