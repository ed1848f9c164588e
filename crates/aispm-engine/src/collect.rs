//! The first stage: every target is read, and what was seen is joined.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use aispm_collect::{
    CollectContext, Collector, Overlay, ReadContext, Readers, WalkOptions, WalkOutcome, read_inside,
    walk_over,
};
use aispm_detect::Redactor;
use aispm_packages::Codeowners;
use aispm_types::{Asset, AssetKind, Batch, Gap, Location, NetworkUse};

use crate::Target;
use crate::scan::{Progress, ScanRequest, Scope};
use crate::target::{CONFIG, CONFIG_SIZE, labels, remote};

/// Observations of all targets, before and after redaction.
pub(crate) struct Collected {
    pub(crate) batch: Batch,
    pub(crate) labels: Vec<String>,
    pub(crate) gaps: Vec<(String, Gap)>,
    /// What ignore files of targets left out.
    pub(crate) left_out: Vec<(String, Gap)>,
    pub(crate) paths_left_out: u64,
    pub(crate) scopes: Vec<Scope>,
    pub(crate) owners: BTreeMap<String, Codeowners>,
    pub(crate) network: Vec<NetworkUse>,
    pub(crate) files: u64,
    pub(crate) unread: bool,
    /// Knows every secret met, once everything was read.
    pub(crate) redactor: Redactor,
}

struct Files<'a>(&'a dyn Progress);

impl aispm_collect::Progress for Files<'_> {
    fn file_read(&self, path: &str) {
        self.0.file(path);
    }
}

/// Every reader of local files, and what unpacks archives for them.
pub fn readers(key: &[u8]) -> Readers {
    let mut all = Vec::new();
    all.extend(aispm_code::readers());
    all.extend(aispm_infra::readers());
    all.extend(aispm_packages::readers());
    all.extend(aispm_plugins::readers());
    all.extend(aispm_artifacts::readers());

    all.extend(aispm_secrets::readers(key));
    Readers {
        readers: all,
        unpackers: aispm_artifacts::unpackers(),
    }
}

/// Every collector of the local profile.
pub fn collectors() -> Vec<Box<dyn Collector>> {
    let mut all = aispm_discover::collectors(readers);
    all.push(Box::new(aispm_guard_log::GuardLog));
    all.push(Box::new(aispm_data::DataCollector::default()));
    all
}

/// Reads every target.
pub(crate) fn collect(
    request: &ScanRequest<'_>,
    overlays: &BTreeMap<String, Overlay>,
    progress: &dyn Progress,
) -> Collected {
    let none = Overlay::default();
    let labels = labels(request.targets);
    let mut out = Collected {
        batch: Batch::default(),
        labels: labels.clone(),
        gaps: Vec::new(),
        left_out: Vec::new(),
        paths_left_out: 0,
        scopes: Vec::new(),
        owners: BTreeMap::new(),
        network: Vec::new(),
        files: 0,
        unread: false,
        redactor: Redactor::default(),
    };
    let directories: Vec<(PathBuf, String)> = request
        .targets
        .iter()
        .zip(&labels)
        .filter_map(|(t, label)| {
            let root = std::fs::canonicalize(t.path()?).ok()?;
            let repository = remote(&root).unwrap_or_else(|| label.clone());
            Some((root, repository))
        })
        .collect();
    for (target, label) in request.targets.iter().zip(labels) {
        let seen = match target {
            Target::Path(root) => {
                let overlay = overlays.get(&label).unwrap_or(&none);
                directory(root, &label, request, overlay, progress, &mut out)
            }
            Target::Remote { kind, reference } => {
                remote_target(kind, reference, &label, request, &directories, progress)
            }
        };
        tracing::debug!(target = %label, read = seen.read, gaps = seen.coverage.gaps.len(), "target read");
        out.batch.append(seen.batch);
        out.files += seen.read;
        out.network.extend(seen.network);
        out.unread |= seen.read == 0 && seen.coverage.complete.is_empty();
        out.scopes.push(Scope {
            key: target.key(),
            complete: seen.coverage.gaps.is_empty(),
        });
        let own = |gaps: Vec<Gap>| gaps.into_iter().map(|g| (label.clone(), g)).collect::<Vec<_>>();
        out.gaps.extend(own(seen.coverage.gaps));
        out.left_out.extend(own(seen.coverage.left_out));
    }
    aispm_packages::image_advisories(&mut out.batch);
    out.network.sort();
    out.network.dedup();
    out
}

fn remote_target(
    kind: &str,
    reference: &str,
    label: &str,
    request: &ScanRequest<'_>,
    directories: &[(PathBuf, String)],
    progress: &dyn Progress,
) -> aispm_collect::Collected {
    let Some(collector) = request.collectors.iter().find(|c| c.kind() == kind) else {
        let mut none = aispm_collect::Collected::default();
        let reason = format!("no collector of this build reads `{kind}:` targets");
        none.coverage.gaps.push(Gap::new(".", reason));
        return none;
    };
    let cx = CollectContext {
        target: label.to_owned(),
        budgets: request.budgets.clone(),
        offline: request.offline,
        as_of: request.as_of,
        fingerprint_key: request.fingerprint_key.to_vec(),
        directories: directories.iter().cloned().chain(checkout(reference)).collect(),
    };
    collector.collect(reference, &cx, &Files(progress))
}

fn directory(
    root: &Path,
    label: &str,
    request: &ScanRequest<'_>,
    overlay: &Overlay,
    progress: &dyn Progress,
    out: &mut Collected,
) -> aispm_collect::Collected {
    let origin = remote(root);
    let repository = origin.clone().unwrap_or_else(|| label.to_owned());
    let cx = ReadContext {
        target: label.to_owned(),
        repository: repository.clone(),
        budgets: request.budgets.clone(),
    };
    let options = WalkOptions {
        root,
        respect_ignore_files: request.respect_ignore_files,
    };
    let readers = readers(request.fingerprint_key);
    let WalkOutcome {
        batch: seen,
        mut coverage,
        files,
        left_out,
        ..
    } = walk_over(options, overlay, &readers, &cx, &Files(progress));
    out.paths_left_out += left_out;
    if let Err(why) = read_inside(root, CONFIG, CONFIG_SIZE) {
        coverage.gaps.push(Gap::new(
            CONFIG,
            format!("{why}: the repository's remote is not known"),
        ));
    }
    if let Some(owners) = codeowners(root, &mut coverage.gaps) {
        out.owners.insert(label.to_owned(), owners);
    }
    let mut batch = Batch::default();
    batch.asset(repository_asset(&repository, label, origin));
    batch.append(seen);
    aispm_collect::Collected {
        batch,
        coverage,
        network: Vec::new(),
        read: files,
    }
}

/// The checkout that a path lies in, with the prefix of ids that a scan of it alone gives.
fn checkout(reference: &str) -> Option<(PathBuf, String)> {
    let path = std::fs::canonicalize(reference).ok()?;
    let root = path.ancestors().skip(1).find(|a| a.join(".git").exists())?;
    Some((
        root.to_path_buf(),
        remote(root).unwrap_or_else(|| String::from(".")),
    ))
}

fn repository_asset(repository: &str, label: &str, origin: Option<String>) -> Asset {
    let name = repository.rsplit('/').next().unwrap_or(repository);
    let at = Location {
        target: label.to_owned(),
        ..Location::default()
    };
    let asset = Asset::new(
        AssetKind::Repository,
        repository,
        if name == "." { "this directory" } else { name },
    )
    .at(at);
    match origin {
        Some(remote) => asset.with("remote", remote),
        None => asset,
    }
}

/// CODEOWNERS is looked for where GitHub and GitLab look.
fn codeowners(root: &Path, gaps: &mut Vec<Gap>) -> Option<Codeowners> {
    let places = [
        ".github/CODEOWNERS",
        "CODEOWNERS",
        ".gitlab/CODEOWNERS",
        "docs/CODEOWNERS",
    ];
    let text = places.iter().find_map(|place| {
        read_inside(root, place, 3 << 20).unwrap_or_else(|why| {
            gaps.push(Gap::new(
                *place,
                format!("{why}: the owners it names are not known"),
            ));
            None
        })
    })?;
    Some(Codeowners::parse(&String::from_utf8_lossy(&text)))
}
