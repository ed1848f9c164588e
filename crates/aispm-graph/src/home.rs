//! Finds a home for what was seen in files: the service whose directory encloses it.
//!
//! Readers of source do not know services; they hang what they see on the repository, with its place. Here it moves to the
//! nearest enclosing service, and what lives in a service's directory becomes part of it.

use std::collections::{BTreeMap, BTreeSet};

use aispm_types::{Asset, AssetId, AssetKind, Batch, FactKind, Location, Relation, RelationKind, Value};

/// Moves relations and facts from repositories to the services that enclose them, and adds `contains` from services to what
/// lives in their directories and `runs` from workloads to the services whose image they run.
pub fn settle(batch: &mut Batch) {
    name_roles(batch);
    name_datasets(batch);
    let homes = Homes::new(&batch.assets);
    for r in batch
        .relations
        .iter_mut()
        .filter(|r| r.kind != RelationKind::Contains)
    {
        if let Some(home) = r.evidence.as_ref().and_then(|at| homes.of(&r.from, at)) {
            r.from = home.clone();
        }
    }
    for f in &mut batch.facts {
        if let Some(home) = f.location.as_ref().and_then(|at| homes.of(&f.asset, at)) {
            f.asset = home.clone();
        }
    }
    let mut contained: Vec<Relation> = Vec::new();
    for asset in batch.assets.iter().filter(|a| lives_in_code(a)) {
        for at in asset.locations.iter().take(1) {
            if let Some(home) = homes.enclosing(at) {
                contained.push(Relation::new(home, RelationKind::Contains, &asset.id).seen(at.clone()));
            }
        }
    }
    contained.extend(images(&batch.assets));
    contained.extend(loads(batch));
    batch.relations.extend(contained);
}

/// Code names a file of training data relative to a working directory as it does a model file: it is the nearest that was seen.
fn name_datasets(batch: &mut Batch) {
    let sets = || batch.assets.iter().filter(|a| a.kind == AssetKind::Dataset);
    let files = Places::of(sets().filter(|d| d.text("uri").is_none()));
    let named = sets().filter_map(|d| {
        let file = files.nearest(d.text("uri")?, d.locations.first()?)?;
        Some((d.id.clone(), file.clone()))
    });
    for (named, file) in named.collect::<Vec<_>>() {
        batch.alias(&named, &file);
    }
}

/// Assets by target and path.
struct Places<'a>(BTreeMap<&'a str, BTreeMap<&'a str, &'a AssetId>>);

impl<'a> Places<'a> {
    fn of(assets: impl Iterator<Item = &'a Asset>) -> Self {
        let mut all: BTreeMap<&str, BTreeMap<&str, &AssetId>> = BTreeMap::new();
        for asset in assets {
            for at in &asset.locations {
                let path = at.path.as_deref().unwrap_or("");
                all.entry(&at.target).or_default().insert(path, &asset.id);
            }
        }
        Self(all)
    }

    /// What a path means that stands in a file: relative to the file's directory or to one above it, the nearest that there is.
    fn nearest(&self, path: &str, at: &Location) -> Option<&'a AssetId> {
        let places = self.0.get(at.target.as_str())?;
        let path = path.trim_start_matches("./");
        let mut dir = directory(at);
        loop {
            let found = match dir.as_str() {
                "." => places.get(path),
                dir => places.get(format!("{dir}/{path}").as_str()),
            };
            if found.is_some() || dir == "." {
                return found.copied();
            }
            dir = dir
                .rsplit_once('/')
                .map_or_else(|| String::from("."), |(up, _)| up.to_owned());
        }
    }
}

/// Code names a model file relative to a working directory that is known only when it runs: the file's own directory or one
/// above it. The nearest that holds such a model is taken.
fn loads(batch: &Batch) -> Vec<Relation> {
    let models = Places::of(batch.assets.iter().filter(|a| a.kind == AssetKind::Model));
    let mut out = Vec::new();
    for f in batch.facts.iter().filter(|f| f.kind == FactKind::ModelLoad) {
        let (Some(path), Some(at)) = (f.text("path"), &f.location) else {
            continue;
        };
        if let Some(model) = models.nearest(path, at) {
            out.push(Relation::new(&f.asset, RelationKind::Loads, model).seen(at.clone()));
        }
    }
    out
}

/// A manifest names an AWS role by ARN, infrastructure code declares it by name and does not say in which account: where a
/// role of that name is declared, it is most likely the one.
fn name_roles(batch: &mut Batch) {
    let declared: BTreeSet<&AssetId> = batch.aliases.iter().map(|a| &a.alias).collect();
    for r in batch
        .relations
        .iter_mut()
        .filter(|r| r.to.as_str().starts_with("role:arn:"))
    {
        let name = r.to.as_str().rsplit('/').next().unwrap_or_default();
        let by_name = AssetId::new(AssetKind::Role, format!("aws/{name}"));
        if declared.contains(&by_name) {
            let condition = format!("the role `{name}` that is declared here is the one that is meant");
            *r = Relation {
                to: by_name,
                ..r.clone()
            }
            .possible(condition);
        }
    }
}

/// Service directories by target, and repositories by target.
struct Homes {
    services: BTreeMap<(String, String), AssetId>,
    repositories: BTreeMap<String, AssetId>,
}

impl Homes {
    fn new(assets: &[Asset]) -> Self {
        let mut homes = Self {
            services: BTreeMap::new(),
            repositories: BTreeMap::new(),
        };
        for a in assets {
            for at in &a.locations {
                match a.kind {
                    AssetKind::Service => {
                        let dir = a
                            .text("service_root")
                            .map_or_else(|| directory(at), str::to_owned);
                        let home = homes
                            .services
                            .entry((at.target.clone(), dir))
                            .or_insert_with(|| a.id.clone());
                        if a.id < *home {
                            *home = a.id.clone();
                        }
                    }
                    AssetKind::Repository => {
                        homes
                            .repositories
                            .entry(at.target.clone())
                            .or_insert_with(|| a.id.clone());
                    }
                    _ => {}
                }
            }
        }
        homes
    }

    /// The new home of something that hangs on a repository, seen there.
    fn of(&self, holder: &AssetId, at: &Location) -> Option<&AssetId> {
        holder
            .as_str()
            .starts_with("repository:")
            .then(|| self.service(at))
            .flatten()
    }

    /// The nearest service whose directory encloses a place.
    fn service(&self, at: &Location) -> Option<&AssetId> {
        let mut dir = directory(at);
        loop {
            if let Some(id) = self.services.get(&(at.target.clone(), dir.clone())) {
                return Some(id);
            }
            if dir == "." {
                return None;
            }
            dir = dir
                .rsplit_once('/')
                .map_or_else(|| String::from("."), |(up, _)| up.to_owned());
        }
    }

    /// The nearest enclosing service, or the repository.
    fn enclosing(&self, at: &Location) -> Option<&AssetId> {
        self.service(at).or_else(|| self.repositories.get(&at.target))
    }
}

/// The directory of a place; a member of an archive lives where the archive lives.
fn directory(at: &Location) -> String {
    let path = at.path.as_deref().unwrap_or("");
    let path = path.split_once("!/").map_or(path, |(archive, _)| archive);
    path.rsplit_once('/')
        .map_or_else(|| String::from("."), |(d, _)| d.to_owned())
}

/// What stands in source trees and is shipped with the service around it. What infrastructure code declares is deployed
/// by itself, and hosted models live at their provider.
fn lives_in_code(a: &Asset) -> bool {
    let declared = matches!(
        a.text("source"),
        Some("terraform" | "kubernetes" | "compose" | "cloud")
    );
    let kind = matches!(
        a.kind,
        AssetKind::Agent
            | AssetKind::Tool
            | AssetKind::McpServer
            | AssetKind::Prompt
            | AssetKind::Notebook
            | AssetKind::Skill
            | AssetKind::Endpoint
            | AssetKind::Dataset
            | AssetKind::Model
            | AssetKind::VectorIndex
            | AssetKind::TrainingJob
            | AssetKind::Pipeline
            | AssetKind::Guardrail
    );
    let hosted = a.get("hosted").and_then(Value::as_bool) == Some(true);
    let remote = a.get("remote").and_then(Value::as_bool) == Some(true);
    kind && !declared && !hosted && !remote
}

/// A workload whose image is called like a service of the estate most likely runs it.
fn images(assets: &[Asset]) -> Vec<Relation> {
    let mut services: BTreeMap<&str, Vec<&Asset>> = BTreeMap::new();
    for s in assets.iter().filter(|a| a.kind == AssetKind::Service) {
        services.entry(s.name.as_str()).or_default().push(s);
    }
    let mut out = Vec::new();
    for w in assets
        .iter()
        .filter(|a| matches!(a.kind, AssetKind::Workload | AssetKind::Function))
    {
        let Some(image) = w.text("image") else { continue };
        let name = image
            .split('@')
            .next()
            .unwrap_or(image)
            .rsplit('/')
            .next()
            .unwrap_or(image);
        let name = name.split(':').next().unwrap_or(name);
        if let Some([service]) = services.get(name).map(Vec::as_slice) {
            let condition = format!("image `{name}` is built from the service of that name");
            let mut r = Relation::new(&w.id, RelationKind::Runs, &service.id).possible(condition);
            r.evidence = w.locations.first().cloned();
            out.push(r);
        }
    }
    out
}
