//! AI systems, derived from the graph: what shares a service, an endpoint or a deployment is one application.

use std::collections::{BTreeMap, BTreeSet};

use aispm_types::{
    AiSystem, Asset, AssetClass, AssetId, AssetKind, Policy, Posture, Properties, Relation, RelationKind,
    SystemOverride,
};
use globset::{Glob, GlobSet};

use crate::GraphView;

/// Properties that name an asset as people know it, beside its id and name.
const NAMES: [&str; 7] = [
    "bucket_name",
    "model_name",
    "host",
    "address",
    "uri",
    "package",
    "reference",
];

/// Whether a policy's glob fits an asset: its id, the id without its kind, its name, one of its paths, or what else names it.
pub fn matches(glob: &GlobSet, asset: &Asset) -> bool {
    let id = asset.id.as_str();
    glob.is_match(id)
        || id.split_once(':').is_some_and(|(_, rest)| glob.is_match(rest))
        || glob.is_match(&asset.name)
        || asset
            .locations
            .iter()
            .filter_map(|l| l.path.as_deref())
            .any(|p| glob.is_match(p))
        || NAMES
            .iter()
            .filter_map(|n| asset.text(n))
            .any(|n| glob.is_match(n))
}

/// Compiles a glob that policy validation has already accepted; one it has not fits nothing.
pub fn glob(pattern: &str) -> GlobSet {
    Glob::new(pattern)
        .and_then(|g| GlobSet::builder().add(g).build())
        .unwrap_or_default()
}

/// Who owns a path of a target, by CODEOWNERS.
pub type Owners<'a> = &'a dyn Fn(&str, &str) -> Option<String>;

/// Derives the AI systems of a graph. Posture and paths are filled in later.
pub fn derive_systems(graph: &GraphView, policy: &Policy, owners: Owners<'_>) -> Vec<AiSystem> {
    let mut taken: BTreeSet<AssetId> = BTreeSet::new();
    let mut systems: Vec<AiSystem> = policy
        .systems
        .iter()
        .map(|s| declared(s, graph, &mut taken))
        .collect();
    for members in groups(graph, &taken).into_values() {
        if members.iter().any(|a| is_ai(a) || uses_ai(a, graph)) {
            systems.push(derived(&members, graph, policy, owners));
        }
    }
    systems.retain(|s| !s.assets.is_empty());
    add_shared(graph, &mut systems);
    unique_names(&mut systems);
    systems.sort_by(|a, b| a.id.cmp(&b.id));
    systems
}

fn is_ai(a: &Asset) -> bool {
    let counts = a.kind.class() == AssetClass::Ai && a.kind != AssetKind::Prompt;
    counts
        || a.is("ai")
            && matches!(
                a.kind,
                AssetKind::Workload | AssetKind::Package | AssetKind::Compute
            )
}

/// Code that calls a hosted model or depends on AI software is an AI system, whatever else is known of it.
fn uses_ai(a: &Asset, graph: &GraphView) -> bool {
    let used = graph
        .outgoing(&a.id)
        .filter(|r| joins(r.kind))
        .filter_map(|r| graph.asset(&r.to));
    used.into_iter().any(|b| b.kind == AssetKind::Model || b.is("ai"))
}

fn declared(s: &SystemOverride, graph: &GraphView, taken: &mut BTreeSet<AssetId>) -> AiSystem {
    let globs: Vec<_> = s.include.iter().map(|p| glob(p)).collect();
    let assets: Vec<AssetId> = graph
        .assets()
        .filter(|a| !is_shared(a) && globs.iter().any(|g| matches(g, a)))
        .map(|a| a.id.clone())
        .collect();
    taken.extend(assets.iter().cloned());
    AiSystem {
        id: AssetId::new(AssetKind::AiSystem, &s.name),
        name: s.name.clone(),
        owner: s.owner.clone(),
        lifecycle: s.lifecycle.clone(),
        purpose: s.purpose.clone(),
        risk_class: s.risk_class.clone(),
        assets,
        posture: Posture::default(),
        assessed: String::from("never"),
        not_assessed_because: Vec::new(),
        paths: Vec::new(),
    }
}

/// Things that many systems use and that therefore join none.
fn is_shared(a: &Asset) -> bool {
    match a.kind {
        AssetKind::Model => a.is("hosted"),
        AssetKind::Account => {
            a.text("host").is_none() && a.locations.iter().all(|_| a.text("resource_type").is_none())
        }
        AssetKind::Package
        | AssetKind::Image
        | AssetKind::Identity
        | AssetKind::Role
        | AssetKind::Secret
        | AssetKind::Bucket
        | AssetKind::Network
        | AssetKind::Repository => true,
        AssetKind::Dataset => a.is("remote"),
        _ => false,
    }
}

/// Relations that make two things one application.
fn joins(kind: RelationKind) -> bool {
    use RelationKind as R;
    matches!(
        kind,
        R::Contains
            | R::Uses
            | R::Serves
            | R::CallsTool
            | R::GroundedOn
            | R::PromptedBy
            | R::Loads
            | R::TrainedOn
            | R::Produces
            | R::Runs
            | R::GuardedBy
    )
}

/// Groups what is not shared: joined by relations, else by an application tag, else by the directory that declares it.
fn groups<'a>(graph: &'a GraphView, taken: &BTreeSet<AssetId>) -> BTreeMap<AssetId, Vec<&'a Asset>> {
    let free: Vec<&Asset> = graph
        .assets()
        .filter(|a| !taken.contains(&a.id) && !is_shared(a))
        .collect();
    let mut sets = Sets::new(free.iter().map(|a| &a.id));
    for r in graph.relations() {
        // A workload's own endpoint is the workload; a network's is not the network.
        let own = r.kind == RelationKind::Exposes
            && graph
                .asset(&r.from)
                .is_some_and(|a| a.kind == AssetKind::Workload);
        if joins(r.kind) || own {
            sets.join(&r.from, &r.to);
        }
    }
    let mut by_place: BTreeMap<String, &AssetId> = service_names(&free);
    for a in free.iter().filter(|a| is_ai(a)) {
        let alone = sets.is_alone(&a.id);
        let place = written_in(a).or_else(|| if alone { declared_in(a) } else { None });
        let Some(key) = application_tag(a).or(place) else {
            continue;
        };
        let first = by_place.entry(key).or_insert(&a.id);
        sets.join(first, &a.id);
    }
    let mut out: BTreeMap<AssetId, Vec<&Asset>> = BTreeMap::new();
    for a in free {
        out.entry(sets.root(&a.id)).or_default().push(a);
    }
    out
}

fn application_tag(a: &Asset) -> Option<String> {
    let tags = a.get("tags")?.as_map()?;
    let value = [
        "system",
        "application",
        "app",
        "app.kubernetes.io/part-of",
        "project",
    ]
    .iter()
    .find_map(|wanted| {
        tags.iter()
            .find(|(k, _)| k.eq_ignore_ascii_case(wanted))
            .and_then(|(_, v)| v.as_str())
    })?;
    let target = a.locations.first().map_or("", |l| l.target.as_str());
    Some(tag_key(target, value))
}

/// An application tag that is a service's name means that service; a name that several services share means none.
fn service_names<'a>(free: &[&'a Asset]) -> BTreeMap<String, &'a AssetId> {
    let mut names: BTreeMap<String, Vec<&AssetId>> = BTreeMap::new();
    for a in free.iter().filter(|a| a.kind == AssetKind::Service) {
        let target = a.locations.first().map_or("", |l| l.target.as_str());
        names.entry(tag_key(target, &a.name)).or_default().push(&a.id);
    }
    names
        .into_iter()
        .filter_map(|(k, ids)| {
            if let [one] = ids.as_slice() {
                Some((k, *one))
            } else {
                None
            }
        })
        .collect()
}

fn tag_key(target: &str, name: &str) -> String {
    format!("tag\u{0}{target}\u{0}{}", name.to_ascii_lowercase())
}

/// What one script or notebook makes is one application; infrastructure code declares many in a file.
fn written_in(a: &Asset) -> Option<String> {
    let declared = matches!(
        a.text("source"),
        Some("terraform" | "kubernetes" | "compose" | "cloud" | "config" | "manifest")
    );
    let at = a
        .locations
        .first()
        .filter(|_| !declared && a.kind != AssetKind::Package)?;
    let path = at.path.as_deref()?.split("!/").next()?;
    Some(format!("file\u{0}{}\u{0}{path}", at.target))
}

fn declared_in(a: &Asset) -> Option<String> {
    let at = a.locations.first()?;
    let dir = at.path.as_deref()?.rsplit_once('/').map_or(".", |(d, _)| d);
    Some(format!("dir\u{0}{}\u{0}{dir}", at.target))
}

fn derived(members: &[&Asset], graph: &GraphView, policy: &Policy, owners: Owners<'_>) -> AiSystem {
    let leader = leader(members);
    let owner = declared_owner(members, policy)
        .or_else(|| most_common(members.iter().filter_map(|a| a.text("owner"))))
        .or_else(|| code_owner(leader, members, owners));
    let lifecycle = lifecycle(members, leader);
    let mut assets: BTreeSet<AssetId> = members.iter().map(|a| a.id.clone()).collect();
    // Versions, prompts and the like hang on members by `contains` and are members already; keys and roles join here.
    for m in members {
        let attached = graph.outgoing(&m.id).filter(|r| {
            matches!(
                r.kind,
                RelationKind::HoldsSecret | RelationKind::RunsAs | RelationKind::BuiltFrom
            )
        });
        assets.extend(attached.map(|r| r.to.clone()));
    }
    AiSystem {
        id: AssetId::new(AssetKind::AiSystem, &leader.id),
        name: display_name(leader),
        owner,
        lifecycle,
        purpose: None,
        risk_class: None,
        assets: assets.into_iter().collect(),
        posture: Posture::default(),
        assessed: String::from("never"),
        not_assessed_because: Vec::new(),
        paths: Vec::new(),
    }
}

/// The member that names the system: its service, else what answers, else what is declared first.
fn leader<'a>(members: &[&'a Asset]) -> &'a Asset {
    let rank = |a: &Asset| match a.kind {
        AssetKind::Service => 0,
        AssetKind::Endpoint => 1,
        AssetKind::Agent => 2,
        AssetKind::Workload => 3,
        AssetKind::Notebook => 4,
        AssetKind::Account => 5,
        AssetKind::Model => 6,
        _ => 7,
    };
    let shallow = |a: &Asset| {
        a.locations
            .first()
            .and_then(|l| l.path.as_deref())
            .map_or(0, |p| p.matches('/').count())
    };
    // `members` comes from groups and is never empty; the first is the fallback the type system asks for.
    let mut best = members.first().copied();
    for a in members {
        if best.is_none_or(|b| (rank(a), shallow(a), &a.id) < (rank(b), shallow(b), &b.id)) {
            best = Some(a);
        }
    }
    best.unwrap_or(&NOBODY)
}

static NOBODY: std::sync::LazyLock<Asset> =
    std::sync::LazyLock::new(|| Asset::new(AssetKind::AiSystem, "", ""));

fn display_name(leader: &Asset) -> String {
    match (leader.kind, application_tag(leader)) {
        (AssetKind::Service, _) => leader.name.clone(),
        (_, Some(tag)) => tag.rsplit('\u{0}').next().unwrap_or_default().to_owned(),
        // Files that nothing uses are called after their directory.
        (AssetKind::Dataset | AssetKind::Model, None) => {
            directory_name(leader).unwrap_or_else(|| leader.name.clone())
        }
        _ => leader.name.clone(),
    }
}

fn directory_name(a: &Asset) -> Option<String> {
    let path = a.locations.first()?.path.as_deref()?;
    let (dir, _) = path.rsplit_once('/')?;
    dir.rsplit('/').next().map(str::to_owned)
}

fn declared_owner(members: &[&Asset], policy: &Policy) -> Option<String> {
    policy
        .owners
        .iter()
        .find(|o| {
            let g = glob(&o.pattern);
            members.iter().any(|a| matches(&g, a))
        })
        .map(|o| o.owner.clone())
}

fn code_owner(leader: &Asset, members: &[&Asset], owners: Owners<'_>) -> Option<String> {
    let of = |a: &Asset| {
        a.locations
            .iter()
            .find_map(|l| owners(&l.target, l.path.as_deref()?))
    };
    of(leader).or_else(|| {
        most_common(
            members
                .iter()
                .filter_map(|a| of(a))
                .collect::<Vec<_>>()
                .iter()
                .map(String::as_str),
        )
    })
}

fn most_common<'a>(values: impl Iterator<Item = &'a str>) -> Option<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for v in values {
        *counts.entry(v).or_default() += 1;
    }
    counts
        .into_iter()
        .max_by(|a, b| a.1.cmp(&b.1).then(b.0.cmp(a.0)))
        .map(|(v, _)| v.to_owned())
}

fn lifecycle(members: &[&Asset], leader: &Asset) -> Option<String> {
    let words = [
        "pilot",
        "poc",
        "prototype",
        "experiment",
        "sandbox",
        "hackathon",
        "hackday",
        "spike",
        "demo",
    ];
    let place = leader
        .locations
        .first()
        .and_then(|l| l.path.as_deref())
        .unwrap_or("");
    let place = format!("{place}/{}", leader.name).to_ascii_lowercase();
    let is_pilot = place
        .split(['/', '-', '_', '.', ' '])
        .any(|w| words.contains(&w.trim_end_matches('s')));
    if is_pilot {
        return Some(String::from("pilot"));
    }
    let environment = most_common(members.iter().filter_map(|a| a.text("environment")))?;
    matches!(
        environment.to_ascii_lowercase().as_str(),
        "production" | "prod" | "prd" | "live"
    )
    .then(|| String::from("production"))
}

/// Adds hosted models, accounts, data and packages that a system's members stand on.
fn add_shared(graph: &GraphView, systems: &mut [AiSystem]) {
    for s in systems {
        let mut all: BTreeSet<AssetId> = s.assets.iter().cloned().collect();
        for id in &s.assets {
            let shared = graph
                .outgoing(id)
                .filter(|r| joins(r.kind) || matches!(r.kind, RelationKind::StoredIn))
                .filter_map(|r| graph.asset(&r.to))
                .filter(|a| is_shared(a));
            all.extend(
                shared
                    .filter(|a| a.kind != AssetKind::Repository)
                    .map(|a| a.id.clone()),
            );
        }
        s.assets = all.into_iter().collect();
    }
}

/// Two systems of one name get their directory behind it.
fn unique_names(systems: &mut [AiSystem]) {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for s in systems.iter() {
        *counts.entry(s.name.clone()).or_default() += 1;
    }
    for s in systems
        .iter_mut()
        .filter(|s| counts.get(&s.name).is_some_and(|n| *n > 1))
    {
        let place = s.id.as_str().splitn(3, ':').last().unwrap_or_default();
        s.name = format!("{} ({place})", s.name);
    }
}

impl GraphView {
    /// The graph with its AI systems as assets, so that rules judge them like anything else.
    #[must_use]
    pub fn with_systems(mut self, systems: &[AiSystem]) -> Self {
        for s in systems {
            let mut properties = Properties::new();
            properties.insert("has_owner".into(), s.owner.is_some().into());
            properties.insert("declared".into(), s.purpose.is_some().into());
            properties.insert(
                "lifecycle".into(),
                s.lifecycle.clone().unwrap_or_else(|| "unknown".into()).into(),
            );
            for (name, value) in [
                ("owner", &s.owner),
                ("risk_class", &s.risk_class),
                ("purpose", &s.purpose),
            ] {
                if let Some(v) = value {
                    properties.insert(name.into(), v.clone().into());
                }
            }
            let place = s
                .assets
                .iter()
                .filter_map(|id| self.assets.get(id))
                .filter(|a| !is_shared(a))
                .flat_map(|a| a.locations.first())
                .min();
            let locations = place.cloned().into_iter().collect();
            let asset = Asset {
                id: s.id.clone(),
                kind: AssetKind::AiSystem,
                name: s.name.clone(),
                provider: None,
                locations,
                properties,
                places: BTreeMap::new(),
            };
            self.sightings.insert(s.id.clone(), vec![s.id.clone()]);
            self.assets.insert(s.id.clone(), asset);
            self.relations.extend(
                s.assets
                    .iter()
                    .map(|a| Relation::new(&s.id, RelationKind::Contains, a)),
            );
        }
        self.relations.sort();
        self.reindex();
        self
    }
}

/// Disjoint sets over asset ids; the least id stands for its set.
struct Sets {
    parent: BTreeMap<AssetId, AssetId>,
    size: BTreeMap<AssetId, usize>,
}

impl Sets {
    fn new<'a>(ids: impl Iterator<Item = &'a AssetId>) -> Self {
        let parent: BTreeMap<_, _> = ids.map(|id| (id.clone(), id.clone())).collect();
        let size = parent.keys().map(|id| (id.clone(), 1)).collect();
        Self { parent, size }
    }
    fn root(&self, id: &AssetId) -> AssetId {
        let mut at = id;
        while let Some(up) = self.parent.get(at).filter(|up| *up != at) {
            at = up;
        }
        at.clone()
    }
    /// Joins two sets; what is in no set (shared things) joins nothing.
    fn join(&mut self, a: &AssetId, b: &AssetId) {
        if !self.parent.contains_key(a) || !self.parent.contains_key(b) {
            return;
        }
        let (a, b) = (self.root(a), self.root(b));
        if a != b {
            // The larger set keeps its root, so that chains stay short; ties go to the lesser id.
            let (na, nb) = (
                self.size.get(&a).copied().unwrap_or(1),
                self.size.get(&b).copied().unwrap_or(1),
            );
            let (up, down) = if (nb, &a) < (na, &b) || (na == nb && a < b) {
                (a, b)
            } else {
                (b, a)
            };
            self.parent.insert(down, up.clone());
            self.size.insert(up, na + nb);
        }
    }
    fn is_alone(&self, id: &AssetId) -> bool {
        let root = self.root(id);
        self.size.get(&root).copied() == Some(1)
    }
}
