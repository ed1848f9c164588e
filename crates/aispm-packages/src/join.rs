//! Joins manifests with the lockfiles that fix them, and says what services there are.

use std::collections::{BTreeMap, BTreeSet};

use aispm_collect::{ReadContext, is_test_path};
use aispm_types::{Asset, AssetId, AssetKind, Batch, Relation, RelationKind};

use crate::declaration::{Declared, Dependency, Lockfile, Manifest};
use crate::package::{Locked, Sighting, emit_package, join_path};
use crate::pypi::normalised;
use crate::{Ecosystem, advisory, catalogue, version};

/// What part a file plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Declares dependencies.
    Manifest,
    /// Narrows versions of what others declare.
    Constraints,
    /// Fixes versions.
    Lockfile,
}

/// One file that was read.
#[derive(Debug)]
pub(crate) struct Seen {
    /// Its part.
    pub(crate) kind: Kind,
    /// Its ecosystem.
    pub(crate) ecosystem: Ecosystem,
    /// What it says.
    pub(crate) declared: Declared,
}

fn directory(path: &str) -> &str {
    path.rsplit_once('/').map_or(".", |(d, _)| d)
}

/// A directory and those above it, up to the top.
fn ancestors(from: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(from), |at| match at.rsplit_once('/') {
        Some((above, _)) => Some(above),
        None => (*at != ".").then_some("."),
    })
}

/// Emits services, packages and facts of all files of a target.
pub(crate) fn join(seen: &[(String, Seen)], cx: &ReadContext, out: &mut Batch) {
    let locks = Locks::new(seen);
    let pins = constraint_pins(seen);
    let taken_in = taken_in(seen);
    let mut by_directory: BTreeMap<&str, Vec<(&str, Ecosystem, &Manifest)>> = BTreeMap::new();
    for (path, file) in seen {
        if let (Kind::Manifest, Declared::Manifest(m)) = (file.kind, &file.declared) {
            by_directory
                .entry(
                    taken_in
                        .get(path)
                        .copied()
                        .unwrap_or_else(|| service_directory(path)),
                )
                .or_default()
                .push((path, file.ecosystem, m));
        }
    }
    not_taken_in(seen, out);
    // What a lockfile installs runs somewhere, whoever wrote the manifest.
    for (path, file) in seen {
        if let Declared::Lockfile(lock) = &file.declared
            && lock
                .versions
                .keys()
                .any(|name| catalogue::package_role(file.ecosystem, name).is_some())
        {
            let within = |at: &&str| ancestors(at).any(|above| above == directory(path));
            let alone = !by_directory.keys().any(within);
            if alone {
                by_directory.insert(directory(path), vec![(path, file.ecosystem, &LOCKED_ALONE)]);
            }
        }
    }
    if by_directory.is_empty() {
        return;
    }
    let joined = Joined {
        locks,
        pins,
        declared: declared_names(seen),
        projects: project_names(seen),
    };
    let repository = emit_repository(&joined.locks, cx, out);
    for (directory, manifests) in &by_directory {
        if manifests.iter().any(|(_, _, m)| m.is_service) {
            let service = emit_service(directory, manifests, cx, out);
            out.relation(Relation::new(&repository, RelationKind::Contains, &service));
            emit_dependencies(&service, manifests, &joined, cx, out);
            emit_locked(&service, directory, &joined, cx, out);
        }
    }
}

/// Stands for the manifest that a lockfile was made of and that is not there.
static LOCKED_ALONE: Manifest = Manifest {
    name: None,
    language: "",
    entry_point: None,
    dependencies: Vec::new(),
    includes: BTreeSet::new(),
    is_service: true,
};

/// Lists that a list takes in (`-r`, `-c`) and that were not read are gaps: what stands in them is installed too.
fn not_taken_in(seen: &[(String, Seen)], out: &mut Batch) {
    let read: BTreeSet<&str> = seen.iter().map(|(path, _)| path.as_str()).collect();
    for (path, file) in seen {
        let Declared::Manifest(manifest) = &file.declared else {
            continue;
        };
        for include in &manifest.includes {
            if !read.contains(join_path(directory(path), include).as_str()) {
                out.gap(path, format!("takes in `{include}`, which was not read"));
            }
        }
    }
}

/// Lists that one other list takes in, with the directory of the service that this makes them part of.
fn taken_in(seen: &[(String, Seen)]) -> BTreeMap<String, &str> {
    let mut out: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for (path, file) in seen {
        if let (Kind::Manifest, Declared::Manifest(manifest)) = (file.kind, &file.declared) {
            for include in &manifest.includes {
                let taken = join_path(directory(path), include);
                out.entry(taken).or_default().insert(service_directory(path));
            }
        }
    }
    out.into_iter()
        .filter_map(|(path, by)| Some((path, by.first().copied().filter(|_| by.len() == 1)?)))
        .collect()
}

/// A directory that only holds requirement files (`requirements/base.txt`) belongs to the one above it.
fn service_directory(path: &str) -> &str {
    let inner = directory(path);
    match inner.rsplit_once('/') {
        Some((outer, "requirements")) => outer,
        None if inner == "requirements" => ".",
        _ => inner,
    }
}

fn emit_repository(locks: &Locks<'_>, cx: &ReadContext, out: &mut Batch) -> AssetId {
    let name = cx.name();
    let mut repository = Asset::new(AssetKind::Repository, &cx.repository, name).with("source", "manifest");
    let lockfiles: Vec<&str> = locks.files.values().flatten().map(|(path, _)| *path).collect();
    if !lockfiles.is_empty() {
        repository = repository.with("lockfiles", lockfiles);
    }
    out.asset(repository)
}

fn emit_service(
    directory: &str,
    manifests: &[(&str, Ecosystem, &Manifest)],
    cx: &ReadContext,
    out: &mut Batch,
) -> AssetId {
    let stated = manifests.iter().find_map(|(_, _, m)| m.name.as_deref());
    let last = match directory {
        "." => Some(cx.name()),
        d => d.rsplit('/').next(),
    };
    let name = stated.or(last).unwrap_or(directory);
    let mut service = Asset::new(AssetKind::Service, cx.place(directory), name)
        .with("source", "manifest")
        .with("service_root", directory);
    // The manifest that states a name says most about the service.
    let main = manifests
        .iter()
        .find(|(_, _, m)| m.name.is_some())
        .or_else(|| manifests.iter().find(|(_, _, m)| !m.language.is_empty()))
        .or(manifests.first());
    if let Some((path, _, m)) = main {
        service = service.at(cx.file(path)).with("manifest", *path);
        if !m.language.is_empty() {
            service = service.with("language", m.language);
        }
        if let Some(entry) = &m.entry_point {
            service = service.with("entry_point", entry.as_str());
        }
        if is_test_path(path) {
            service = service.with("test_code", true);
        }
    }
    let ai = manifests.iter().any(|(_, ecosystem, m)| {
        m.dependencies
            .iter()
            .any(|d| catalogue::package_role(*ecosystem, &d.name).is_some())
    });
    out.asset(service.with("ai", ai))
}

fn emit_dependencies(
    service: &AssetId,
    manifests: &[(&str, Ecosystem, &Manifest)],
    joined: &Joined<'_>,
    cx: &ReadContext,
    out: &mut Batch,
) {
    let is_ai = |e: Ecosystem, d: &Dependency| catalogue::package_role(e, &d.name).is_some();
    let ai_service = manifests
        .iter()
        .any(|(_, e, m)| m.dependencies.iter().any(|d| is_ai(*e, d)));
    let mut told = BTreeSet::new();
    for (path, ecosystem, manifest) in manifests {
        for declared in &manifest.dependencies {
            if joined
                .locks
                .is_own(*ecosystem, path, &declared.name, &joined.projects)
            {
                continue;
            }
            let pinned = joined.pins.get(&(directory(path), declared.name.as_str()));
            let narrowed = narrowed(declared, pinned.copied(), manifest, path);
            let dependency = narrowed.as_ref().unwrap_or(declared);
            let sighting = Sighting {
                ecosystem: *ecosystem,
                dependency,
                manifest: path,
                locked: joined.locks.locked(*ecosystem, path, dependency),
            };
            let known = advisory::is_known(*ecosystem, &dependency.name);
            let applies = known && ai_service && !sighting.advisories(service).is_empty();
            if (is_ai(*ecosystem, dependency) || applies)
                // One manifest may name a package in several groups; the first, which is the one for running, counts.
                && told.insert((*path, dependency.name.as_str().to_owned()))
            {
                emit_package(&sighting, service, cx, out);
            }
        }
    }
}

/// AI software that no manifest names and that the lockfiles of a service install all the same.
fn emit_locked(service: &AssetId, directory: &str, joined: &Joined<'_>, cx: &ReadContext, out: &mut Batch) {
    for ecosystem in [Ecosystem::Pypi, Ecosystem::Npm] {
        let locks = joined.locks.files.get(&(directory, ecosystem));
        for (path, lock) in locks.into_iter().flatten() {
            let others = lock.versions.iter().filter(|(name, _)| {
                catalogue::package_role(ecosystem, name).is_some()
                    && !joined.declared.contains(&(ecosystem, name.as_str()))
                    && !lock.own.contains(*name)
            });
            for (name, version) in others.flat_map(|(name, all)| all.iter().map(move |v| (name, v))) {
                let sighting = Sighting {
                    ecosystem,
                    dependency: &Dependency::new(name, "", 0),
                    manifest: path,
                    locked: Some(Locked {
                        version: Some(version.clone()),
                    }),
                };
                emit_package(&sighting, service, cx, out);
            }
        }
    }
}

/// What the files of a target say together.
struct Joined<'a> {
    locks: Locks<'a>,
    pins: BTreeMap<(&'a str, &'a str), &'a Dependency>,
    /// Names that some manifest declares.
    declared: BTreeSet<(Ecosystem, &'a str)>,
    projects: BTreeSet<String>,
}

fn declared_names(seen: &[(String, Seen)]) -> BTreeSet<(Ecosystem, &str)> {
    seen.iter()
        .filter_map(|(_, file)| match &file.declared {
            Declared::Manifest(m) => Some((file.ecosystem, m)),
            Declared::Lockfile(_) => None,
        })
        .flat_map(|(ecosystem, m)| m.dependencies.iter().map(move |d| (ecosystem, d.name.as_str())))
        .collect()
}

/// Names that the manifests here state for themselves.
fn project_names(seen: &[(String, Seen)]) -> BTreeSet<String> {
    seen.iter()
        .filter_map(|(_, file)| match &file.declared {
            Declared::Manifest(m) => m.name.as_deref().map(|name| match file.ecosystem {
                Ecosystem::Pypi => normalised(name),
                _ => name.to_owned(),
            }),
            Declared::Lockfile(_) => None,
        })
        .collect()
}

/// Exact versions of constraints files, by directory and name.
fn constraint_pins(seen: &[(String, Seen)]) -> BTreeMap<(&str, &str), &Dependency> {
    let mut out = BTreeMap::new();
    for (path, file) in seen {
        if let (Kind::Constraints, Declared::Manifest(m)) = (file.kind, &file.declared) {
            for d in &m.dependencies {
                if version::exact(file.ecosystem, &d.constraint).is_some() {
                    out.insert((directory(path), d.name.as_str()), d);
                }
            }
        }
    }
    out
}

/// The dependency at the version that an included constraints file pins it to.
fn narrowed(
    declared: &Dependency,
    pin: Option<&Dependency>,
    manifest: &Manifest,
    path: &str,
) -> Option<Dependency> {
    let pin = pin?;
    let included = manifest
        .includes
        .iter()
        .any(|i| i.contains("constraints") && directory(&join_path(directory(path), i)) == directory(path));
    included.then(|| Dependency {
        constraint: pin.constraint.clone(),
        ..declared.clone()
    })
}

/// Lockfiles by directory and ecosystem.
struct Locks<'a> {
    files: BTreeMap<(&'a str, Ecosystem), Vec<(&'a str, &'a Lockfile)>>,
}

impl<'a> Locks<'a> {
    fn new(seen: &'a [(String, Seen)]) -> Self {
        let mut files: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (path, file) in seen {
            if let Declared::Lockfile(lock) = &file.declared {
                files
                    .entry((directory(path), file.ecosystem))
                    .or_default()
                    .push((path.as_str(), lock));
            }
        }
        Self { files }
    }

    /// Whether a lockfile at or above a manifest says that a name is a part of the repository; without any lockfile, whether
    /// another manifest here states that name.
    fn is_own(&self, ecosystem: Ecosystem, manifest: &str, name: &str, projects: &BTreeSet<String>) -> bool {
        let mut locks = ancestors(directory(manifest))
            .filter_map(|at| self.files.get(&(at, ecosystem)))
            .flatten()
            .peekable();
        match locks.peek() {
            None => projects.contains(name),
            Some(_) => locks.any(|(_, lock)| lock.own.contains(name)),
        }
    }

    /// What the nearest lockfile at or above a manifest says of a dependency; one further up counts only where it names it.
    fn locked(&self, ecosystem: Ecosystem, manifest: &str, dependency: &Dependency) -> Option<Locked> {
        let from = directory(manifest);
        for at in ancestors(from) {
            for (_, lock) in self.files.get(&(at, ecosystem)).into_iter().flatten() {
                if let Some(versions) = lock.versions.get(&dependency.name) {
                    let relative = match at {
                        "." => from,
                        at => from.strip_prefix(at).unwrap_or("").trim_start_matches('/'),
                    };
                    let version = chosen(lock, relative, dependency, versions);
                    return Some(Locked { version });
                }
            }
        }
        None
    }
}

/// The version a project gets: what the lockfile states for it, else for the top, else the only one there is.
fn chosen(
    lock: &Lockfile,
    relative: &str,
    dependency: &Dependency,
    versions: &BTreeSet<String>,
) -> Option<String> {
    let relative = if relative == "." { "" } else { relative };
    [relative, "", dependency.constraint.as_str()]
        .into_iter()
        .find_map(|key| lock.direct.get(&(key.to_owned(), dependency.name.clone())))
        .or_else(|| versions.first().filter(|_| versions.len() == 1))
        .cloned()
}
