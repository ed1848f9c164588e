//! Assets of what is called: models, accounts, stores, datasets, training, loads, guardrails, prompts.

use aispm_types::{Asset, AssetId, AssetKind, Fact, FactKind, Relation, RelationKind, Value, hex};
use sha2::{Digest, Sha256};

use super::loads::is_commit;
use super::names::{Style, host_of, is_model_name, provider_in};
use super::{Analysis, Hit};
use crate::catalogue::Role;
use crate::ir::{ExprId, ExprKind};
use crate::resolve::Val;

/// Parts of what names the files of a dataset that are looked at.
const FILES: usize = 64;

impl Analysis<'_> {
    /// Makes the assets of all hits, in source order, so that a call can stand on what was made before it.
    pub(super) fn inventory(&mut self) {
        // Clients first: a call may stand above the place that makes its client (a method above `__init__`).
        for role in [Role::Client, Role::Model, Role::Embed] {
            for hit in self.hits.of(role) {
                self.take(&hit);
            }
        }
        let rest: Vec<Hit> = self.hits.all().cloned().collect();
        for hit in rest {
            if !matches!(hit.role, Role::Client | Role::Model | Role::Embed) {
                self.take(&hit);
            }
        }
        if self.hits.all().any(|h| {
            matches!(
                h.role,
                Role::Chat | Role::Model | Role::Client | Role::Agent | Role::Run
            )
        }) {
            self.role_prompts();
        }
    }

    fn take(&mut self, hit: &Hit) {
        let made = match hit.role {
            Role::Client => self.client(hit),
            Role::Model | Role::Embed => self.model(hit),
            Role::Chat => self.chat(hit),
            Role::Vector => self.vector(hit),
            Role::Dataset => self.dataset(hit),
            Role::Train => self.training(hit),
            Role::Load => self.load(hit),
            Role::Guardrail => self.guardrail(hit),
            Role::Prompt => self
                .argument(hit, "prompt")
                .map(|p| self.prompt(p, "system"))
                .unwrap_or_default(),
            Role::McpServer | Role::McpClient => self.mcp(hit),
            _ => return,
        };
        self.made.entry(hit.expr).or_default().extend(made);
    }

    /// Host that an argument names.
    fn host(&self, hit: &Hit) -> Option<String> {
        let e = self.argument(hit, "host")?;
        self.r.values(e).iter().find_map(|v| host_of(v.text()?))
    }

    /// Provider a hit speaks to: the host it names, the entry's, or its receiver's.
    fn provider(&self, hit: &Hit) -> Option<String> {
        let entry = self.entry(hit)?;
        let declared = self.catalogue.constant(entry, "provider");
        if let Some(host) = self.host(hit) {
            let at = self.catalogue.provider_at(&host);
            // A host we do not know says nothing against a provider that has no common host, Azure's for one.
            if at != "self-hosted" || declared.is_none_or(|d| d == "openai") {
                return Some(at.to_owned());
            }
        } else if self.argument(hit, "host").is_some()
            && declared == Some("openai")
            && hit.role == Role::Client
        {
            return Some("openai".to_owned());
        }
        declared.map(str::to_owned)
    }

    fn client(&mut self, hit: &Hit) -> Vec<AssetId> {
        let Some(provider) = self.provider(hit) else {
            return Vec::new();
        };
        let asset = self
            .account(&provider, self.host(hit).as_deref())
            .at(self.at(hit.expr));
        let id = self.draft.asset(asset);
        self.draft.used_at(&id, self.at(hit.expr));
        vec![id]
    }

    fn model(&mut self, hit: &Hit) -> Vec<AssetId> {
        let mut made = self.models_named(hit);
        if let Some(host) = self.host(hit)
            && let Some(provider) = self.provider(hit)
        {
            let account = self.account(&provider, Some(&host)).at(self.at(hit.expr));
            let account = self.draft.asset(account);
            self.draft.used_at(&account, self.at(hit.expr));
            made.push(account);
        }
        made
    }

    /// Models that a call names by argument, by default, or not at all.
    fn models_named(&mut self, hit: &Hit) -> Vec<AssetId> {
        let Some(entry) = self.entry(hit) else {
            return Vec::new();
        };
        let argument = self.argument(hit, "model");
        let values = match argument {
            Some(e) => self.r.values(e),
            None if self.spreads(hit.expr) => {
                vec![Val::Unknown(
                    "comes from a configuration read at run time".to_owned(),
                )]
            }
            None => match self.catalogue.constant(entry, "default") {
                Some(default) => vec![Val::Text(default.to_owned(), None)],
                None => vec![Val::Unknown("not named where it is made".to_owned())],
            },
        };
        let provider = self.provider(hit).or_else(|| self.receiver_provider(hit));
        self.models_of(
            hit.expr,
            argument,
            &values,
            provider.as_deref(),
            Style::of(self.catalogue.constant(entry, "names")),
        )
    }

    /// Makes models of values; a name the environment may replace makes the use possible, not certain.
    pub(super) fn models_of(
        &mut self,
        call: ExprId,
        argument: Option<ExprId>,
        values: &[Val],
        provider: Option<&str>,
        style: Style,
    ) -> Vec<AssetId> {
        let mut made = Vec::new();
        for value in values {
            let (provider, value) = match value {
                Val::Text(text, env) => {
                    let (p, bare) = self.catalogue.split(text, style, provider);
                    (p.to_owned(), Val::Text(bare.to_owned(), env.clone()))
                }
                other => (
                    provider
                        .filter(|p| *p != "infer")
                        .unwrap_or(super::names::UNKNOWN)
                        .to_owned(),
                    other.clone(),
                ),
            };
            let Some(asset) = self.hosted(&provider, &value) else {
                continue;
            };
            let mut asset = asset.at(self.at(call));
            if let Some(arg) = argument
                && self
                    .module()
                    .expr(arg)
                    .line
                    .abs_diff(self.module().expr(call).line)
                    > 2
            {
                asset = asset.at(self.at(arg));
            }
            let id = self.draft.asset(asset);
            self.draft.used_at(&id, self.at(call));
            if let Val::Text(_, Some(variable)) = &value {
                let relation = Relation::new(&self.home(), RelationKind::Uses, &id)
                    .seen(self.at(call))
                    .possible(format!("unless environment {variable} names another"));
                self.draft.relation(relation);
            }
            made.push(id);
        }
        made
    }

    /// Provider of the client that a method is called on.
    fn receiver_provider(&self, hit: &Hit) -> Option<String> {
        let receiver = self.select(hit.expr, &[crate::catalogue::Selector::Receiver])?;
        let refs = self.refs(receiver);
        refs.iter()
            .filter(|r| Self::is_kind(r, AssetKind::Account))
            .chain(refs.iter().filter(|r| Self::is_kind(r, AssetKind::Model)))
            .find_map(|r| provider_in(r))
            .map(str::to_owned)
    }

    /// A call that gives text back: of the model it names, else of what it is called on.
    fn chat(&mut self, hit: &Hit) -> Vec<AssetId> {
        let Some(entry) = self.entry(hit) else {
            return Vec::new();
        };
        let named = self.argument(hit, "model");
        if named.is_none()
            && let Some(receiver) = self.select(hit.expr, &[crate::catalogue::Selector::Receiver])
        {
            let models: Vec<_> = self
                .refs(receiver)
                .into_iter()
                .filter(|r| Self::is_kind(r, AssetKind::Model))
                .collect();
            if !models.is_empty() {
                return models;
            }
        }
        // A model object passed as the model: `generateText({ model: openai("gpt-4o") })`.
        if let Some(e) = named {
            let models: Vec<_> = self
                .refs(e)
                .into_iter()
                .filter(|r| Self::is_kind(r, AssetKind::Model))
                .collect();
            if !models.is_empty() {
                return models;
            }
        }
        if named.is_none() && entry.selectors("model").is_empty() {
            return Vec::new();
        }
        let values = match named {
            Some(e) => self.r.values(e),
            None if self.spreads(hit.expr) => vec![Val::Unknown(
                "comes from a configuration read at run time".to_owned(),
            )],
            None => match self.catalogue.constant(entry, "default") {
                Some(d) => vec![Val::Text(d.to_owned(), None)],
                None => vec![Val::Unknown("not named where it is called".to_owned())],
            },
        };
        let provider = self.receiver_provider(hit).or_else(|| self.provider(hit));
        let style = Style::of(self.catalogue.constant(entry, "names"));
        self.models_of(hit.expr, named, &values, provider.as_deref(), style)
    }

    fn vector(&mut self, hit: &Hit) -> Vec<AssetId> {
        let Some(entry) = self.entry(hit) else {
            return Vec::new();
        };
        let engine = self
            .catalogue
            .constant(entry, "engine")
            .unwrap_or("unknown")
            .to_owned();
        let name = self
            .argument(hit, "name")
            .and_then(|e| self.r.text(e))
            .filter(|n| n.len() < 120);
        let label = name.clone().unwrap_or_else(|| engine.clone());
        let mut asset = Asset::new(AssetKind::VectorIndex, self.place(&label), label.as_str())
            .with("engine", engine.as_str())
            .at(self.at(hit.expr));
        if let Some(host) = self.host(hit) {
            asset = asset.with("host", host);
        }
        if let Some(e) = self.argument(hit, "dangerous")
            && let Some(Val::Bool(b)) = self.r.values(e).first()
        {
            asset = asset.with("dangerous_deserialization", *b);
        }
        let id = self.draft.asset(self.dressed(asset));
        self.draft.used_at(&id, self.at(hit.expr));
        vec![id]
    }

    fn dataset(&mut self, hit: &Hit) -> Vec<AssetId> {
        let values = self
            .argument(hit, "name")
            .map(|e| self.r.values(self.opened(e).unwrap_or(e)))
            .unwrap_or_default();
        let builders = self.entry(hit).map(|e| e.list("builders")).unwrap_or_default();
        if values
            .iter()
            .filter_map(Val::text)
            .any(|n| builders.iter().any(|b| b == n))
        {
            return self.dataset_of_files(hit);
        }
        let mut made = Vec::new();
        for name in values
            .iter()
            .filter_map(Val::text)
            .filter(|n| is_model_name(n) || n.contains("://"))
        {
            self.code_of_dataset(hit, name);
            let remote = !name.starts_with(['.', '/']) && !name.contains('.') || name.contains("://");
            let hub = remote && !name.contains("://");
            let rest = if hub {
                format!("huggingface/{name}")
            } else {
                self.place(name)
            };
            let mut asset = Asset::new(AssetKind::Dataset, rest, name)
                .with("uri", name)
                .with("remote", remote)
                .at(self.at(hit.expr));
            if hub {
                asset = asset.provider("huggingface").with("format", "huggingface");
                let revision = self.argument(hit, "revision").and_then(|e| self.r.text(e));
                asset = asset.with("pinned", revision.as_deref().is_some_and(is_commit));
                if let Some(revision) = revision {
                    asset = asset.with("revision", revision);
                }
            }
            let id = self.draft.asset(self.dressed(asset));
            self.draft.used_at(&id, self.at(hit.expr));
            made.push(id);
        }
        made
    }

    /// `load_dataset("json", data_files=…)`: what is named first reads a format; the files are the dataset.
    fn dataset_of_files(&mut self, hit: &Hit) -> Vec<AssetId> {
        let given = self.argument(hit, "files");
        let mut work: Vec<ExprId> = given
            .and_then(|e| self.r.followed(e, 8))
            .or(given)
            .into_iter()
            .collect();
        let mut files: Vec<Val> = Vec::new();
        for _ in 0..FILES {
            let Some(e) = work.pop() else { break };
            match self.module().kind(e) {
                ExprKind::List(items) => work.extend(items.iter().rev()),
                ExprKind::Dict(pairs) => work.extend(pairs.iter().rev().map(|(_, v)| *v)),
                _ => files.extend(self.r.values(e)),
            }
        }
        let mut made = Vec::new();
        for file in &files {
            let asset = match file.text() {
                Some(file) => {
                    let remote = file.contains("://") && !file.starts_with("file://");
                    let asset = Asset::new(AssetKind::Dataset, self.place(file), file)
                        .with("uri", file)
                        .with("remote", remote);
                    let revision = file.split_once('@').and_then(|(_, r)| r.split('/').next());
                    // Addresses of others; what lies in a bucket may be one's own.
                    match file.split_once("://").map(|(scheme, _)| scheme) {
                        Some("http" | "https" | "ftp") => asset.with("pinned", false),
                        Some("hf") => asset.with("pinned", revision.is_some_and(is_commit)),
                        _ => asset,
                    }
                }
                None => {
                    let name = self.bound_name(hit.expr).unwrap_or_else(|| "dataset".to_owned());
                    Asset::new(AssetKind::Dataset, self.place(&name), name.as_str())
                        .with("remote", Value::unknown("files are named at run time"))
                }
            };
            let id = self.draft.asset(self.dressed(asset.at(self.at(hit.expr))));
            self.draft.used_at(&id, self.at(hit.expr));
            made.push(id);
        }
        made
    }

    /// The script of a dataset runs where it is allowed to.
    fn code_of_dataset(&mut self, hit: &Hit, name: &str) {
        let Some(allowed) = self.argument(hit, "trust_remote_code") else {
            return;
        };
        let value = match self.r.values(allowed).first() {
            Some(Val::Bool(b)) => Value::Bool(*b),
            Some(Val::Unknown(reason)) => Value::unknown(reason),
            _ => Value::unknown("computed at run time"),
        };
        let mut fact = Fact::new(FactKind::ModelLoad, &self.home())
            .with("callee", hit.path.replace("()", ""))
            .with("unsafe_by_default", false)
            .with("remote", true)
            .with("path", name)
            .with("trust_remote_code", value)
            .at(self.at(hit.expr));
        if let Some(revision) = self.argument(hit, "revision").and_then(|e| self.r.text(e)) {
            fact = fact.with("revision", revision);
        }
        self.draft.fact(fact);
    }

    fn training(&mut self, hit: &Hit) -> Vec<AssetId> {
        let Some(entry) = self.entry(hit) else {
            return Vec::new();
        };
        let framework = self
            .catalogue
            .constant(entry, "framework")
            .unwrap_or("unknown")
            .to_owned();
        let name = hit
            .path
            .rsplit('.')
            .next()
            .unwrap_or("training")
            .replace("()", "");
        let asset = Asset::new(AssetKind::TrainingJob, self.place(&name), name.as_str())
            .with("framework", framework)
            .at(self.at(hit.expr));
        let id = self.draft.asset(self.dressed(asset));
        self.draft.used_at(&id, self.at(hit.expr));
        for part in ["dataset", "model"] {
            let Some(e) = self.argument(hit, part) else {
                continue;
            };
            for other in self.refs(e) {
                let kind = match part {
                    "dataset" if Self::is_kind(&other, AssetKind::Dataset) => RelationKind::TrainedOn,
                    "model" if Self::is_kind(&other, AssetKind::Model) => RelationKind::Uses,
                    _ => continue,
                };
                self.draft
                    .relation(Relation::new(&id, kind, &other).seen(self.at(hit.expr)));
            }
        }
        if let Some(e) = self.argument(hit, "model")
            && self.catalogue.constant(entry, "provider").is_some()
        {
            for model in self.models_named(hit) {
                self.draft
                    .relation(Relation::new(&id, RelationKind::Uses, &model).seen(self.at(e)));
            }
        }
        self.trained(hit, entry.is("remote"), &id);
        vec![id]
    }

    /// The model that a training job makes, where its name or directory is given.
    fn trained(&mut self, hit: &Hit, hosted: bool, job: &AssetId) {
        let named = self.argument(hit, "output").and_then(|e| self.r.text(e));
        let Some(name) = named.filter(|n| (1..=200).contains(&n.len())) else {
            return;
        };
        let model = Asset::new(AssetKind::Model, self.place(&name), name.as_str())
            .with("hosted", hosted)
            .at(self.at(hit.expr));
        let model = self.draft.asset(self.dressed(model));
        self.draft
            .relation(Relation::new(job, RelationKind::Produces, &model).seen(self.at(hit.expr)));
    }

    fn guardrail(&mut self, hit: &Hit) -> Vec<AssetId> {
        let Some(entry) = self.entry(hit) else {
            return Vec::new();
        };
        let engine = self
            .catalogue
            .constant(entry, "engine")
            .or_else(|| self.catalogue.library(entry).map(|l| l.name.as_str()))
            .unwrap_or("guardrail")
            .to_owned();
        let mut asset =
            Asset::new(AssetKind::Guardrail, self.place(&engine), engine.as_str()).at(self.at(hit.expr));
        let filters = entry.list("filters");
        if !filters.is_empty() {
            asset = asset.with("filters", filters);
        }
        let id = self.draft.asset(self.dressed(asset));
        self.draft.used_at(&id, self.at(hit.expr));
        self.draft
            .relation(Relation::new(&self.home(), RelationKind::GuardedBy, &id).seen(self.at(hit.expr)));
        vec![id]
    }

    /// A prompt by its length and digest; its text stays where it is.
    pub(super) fn prompt(&mut self, e: ExprId, role: &str) -> Vec<AssetId> {
        let text = match self.r.followed(e, 8).map(|f| self.module().kind(f)) {
            Some(ExprKind::Str(s)) => s.to_string(),
            Some(ExprKind::Template(parts)) => parts
                .iter()
                .map(|p| self.module().text(*p).unwrap_or("{}"))
                .collect(),
            _ => return Vec::new(),
        };
        if text.trim().chars().count() < 12 {
            return Vec::new();
        }
        let digest = hex(&Sha256::digest(text.as_bytes()));
        let short = digest.get(..12).unwrap_or(&digest);
        let asset = Asset::new(
            AssetKind::Prompt,
            self.place(short),
            format!("{role} prompt {short}"),
        )
        .with("role", role)
        .with("length", text.chars().count())
        .with("sha256", digest.as_str())
        .at(self.at(e));
        let id = self.draft.asset(self.dressed(asset));
        self.draft.used_at(&id, self.at(e));
        vec![id]
    }

    /// `{"role": "system", "content": "…"}` wherever it stands in a file that talks to models.
    fn role_prompts(&mut self) {
        let mut found = Vec::new();
        for expr in &self.module().exprs {
            if let ExprKind::Dict(pairs) = &expr.kind {
                let get = |key: &str| {
                    pairs
                        .iter()
                        .find(|(k, _)| k.and_then(|k| self.module().text(k)) == Some(key))
                        .map(|(_, v)| *v)
                };
                if let (Some(role), Some(content)) = (get("role"), get("content"))
                    && matches!(self.module().text(role), Some("system" | "developer"))
                {
                    found.push(content);
                }
            }
        }
        for content in found {
            self.prompt(content, "system");
        }
    }
}
