//! Whether a finding still stands: what it rests on is read again.
//!
//! First only the files that the finding, its asset and the asset's relations name. Seen there, it is still there. Not seen
//! there, it may rest on more than was named, so its targets are read whole before anybody says that it is gone.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use aispm_types::{CheckOutcome, Finding, Report, ScopeStatus};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Largest file that is copied to be read alone.
const LARGEST: u64 = 256 << 20;
/// Files that are copied at most; beyond, targets are read whole at once.
const FILES: usize = 200;

/// What reading again says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It was found again.
    StillThere,
    /// What it stood on was read, its check was made, and it is not found.
    Gone,
    /// What it stands on could not be read, or its check could not be made.
    CannotTell,
}

/// The answer about one finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Answer {
    /// F-…
    pub finding: String,
    /// What reading again says.
    pub verdict: Verdict,
    /// Why.
    pub why: String,
}

impl Answer {
    fn new(finding: &str, verdict: Verdict, why: impl Into<String>) -> Self {
        Self {
            finding: finding.to_owned(),
            verdict,
            why: why.into(),
        }
    }
    /// It was found again.
    pub fn still_there(finding: &str, why: impl Into<String>) -> Self {
        Self::new(finding, Verdict::StillThere, why)
    }
    /// Nobody knows.
    pub fn cannot_tell(finding: &str, why: impl Into<String>) -> Self {
        Self::new(finding, Verdict::CannotTell, why)
    }
}

/// What is read again, in the report's order of targets, so that they get the same names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Each target as it is written for a scan.
    pub targets: Vec<String>,
    /// Files to read alone, by place of their target; none where they cannot be told.
    pub files: Option<BTreeMap<usize, BTreeSet<String>>>,
}

/// Plans reading a finding again. `scopes` are the scan's targets as the store knows them: name and private key.
///
/// # Errors
/// Why it cannot be read again, in words.
pub fn plan(report: &Report, scopes: &[(Option<String>, String)], finding: &Finding) -> Result<Plan, String> {
    let names = &report.scan.targets;
    let mut targets = Vec::new();
    for name in names {
        let key = match (names.as_slice(), scopes) {
            ([_], [(_, key)]) => Some(key),
            _ => scopes
                .iter()
                .find(|(n, _)| n.as_ref() == Some(name))
                .map(|(_, key)| key),
        };
        let key =
            key.ok_or_else(|| format!("the store does not know where target `{name}` lies; scan again"))?;
        targets.push(written(name, key, names.len() == 1)?);
    }
    let absolute = names.len() == 1 || targets.iter().all(|t| Path::new(t).is_absolute());
    Ok(Plan {
        files: absolute.then(|| files(report, finding)).flatten(),
        targets,
    })
}

/// A target as it must be written to get its name again.
fn written(name: &str, key: &str, alone: bool) -> Result<String, String> {
    let Some(path) = key.strip_prefix("path:") else {
        return Ok(key.to_owned());
    };
    if !Path::new(path).exists() {
        return Err(format!("the target `{path}` is not there"));
    }
    let base = name.split('#').next().unwrap_or(name);
    let last = Path::new(path).file_name().map(|n| n.to_string_lossy());
    if alone || last.is_some_and(|l| l == base) {
        return Ok(path.to_owned());
    }
    // Named by a path relative to where that scan was started.
    match std::fs::canonicalize(name) {
        Ok(whole) if whole == Path::new(path) => Ok(name.to_owned()),
        _ => Err(format!(
            "the target `{name}` was named from another directory; verify there"
        )),
    }
}

/// The files that a finding names, and its asset, and the relations of that.
fn files(report: &Report, finding: &Finding) -> Option<BTreeMap<usize, BTreeSet<String>>> {
    let asset = report.assets.iter().filter(|a| a.asset.id == finding.asset);
    let relations = report
        .relations
        .iter()
        .filter(|r| r.from == finding.asset || r.to == finding.asset);
    let places = finding
        .locations
        .iter()
        .chain(asset.flat_map(|a| &a.asset.locations))
        .chain(relations.filter_map(|r| r.evidence.as_ref()));
    let mut out: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
    for place in places {
        let target = report.scan.targets.iter().position(|t| *t == place.target)?;
        // A member of an archive is read with its archive.
        let path = place.path.as_deref()?.split("!/").next()?;
        let plain = Path::new(path)
            .components()
            .all(|c| matches!(c, Component::Normal(_)));
        if !plain {
            return None;
        }
        out.entry(target).or_default().insert(path.to_owned());
    }
    let count: usize = out.values().map(BTreeSet::len).sum();
    (1..=FILES).contains(&count).then_some(out)
}

/// Copies the files of a plan into `under`, and gives back targets with the same names that hold them alone. None where
/// there is nothing to copy.
///
/// # Errors
/// A copy failed.
pub fn narrow(plan: &Plan, under: &Path) -> std::io::Result<Option<Vec<PathBuf>>> {
    let Some(files) = &plan.files else {
        return Ok(None);
    };
    let mut out = Vec::new();
    for (i, target) in plan.targets.iter().enumerate() {
        let root = Path::new(target);
        let Some(name) = root.file_name().filter(|_| root.is_dir()) else {
            return Ok(None);
        };
        let copy = under.join(i.to_string()).join(name);
        std::fs::create_dir_all(&copy)?;
        // Names the repository, which identities are made from.
        let own = [String::from(".git/config")];
        for path in files.get(&i).into_iter().flatten().chain(&own) {
            copy_file(root, &copy, path)?;
        }
        out.push(copy);
    }
    Ok(Some(out))
}

fn copy_file(root: &Path, copy: &Path, path: &str) -> std::io::Result<()> {
    let from = root.join(path);
    // Links are not followed out of the target, and what is gone is gone.
    let regular = std::fs::symlink_metadata(&from).is_ok_and(|m| m.is_file() && m.len() <= LARGEST);
    let inside = std::fs::canonicalize(&from)
        .is_ok_and(|f| std::fs::canonicalize(root).is_ok_and(|r| f.starts_with(r)));
    if !regular || !inside {
        return Ok(());
    }
    let to = copy.join(path);
    if let Some(directory) = to.parent() {
        std::fs::create_dir_all(directory)?;
    }
    std::fs::copy(from, to).map(|_| ())
}

/// What reading a finding's targets whole says.
pub fn verdict(before: &Report, finding: &Finding, after: &Report) -> Answer {
    let id = &finding.id;
    if after.findings.iter().any(|f| f.id == *id) {
        return Answer::still_there(id, "it was found again");
    }
    if after.scan.targets != before.scan.targets {
        return Answer::cannot_tell(id, "the targets have other names than in the scan");
    }
    let mine = |c: &&aispm_types::Check| c.rule == finding.rule && c.asset == finding.asset;
    let open = after
        .checks
        .iter()
        .filter(mine)
        .find(|c| c.outcome == CheckOutcome::NotAssessed);
    if let Some(check) = open {
        let why = check.reason.as_deref().unwrap_or("its check could not be made");
        return Answer::cannot_tell(id, format!("its check was not assessed: {why}"));
    }
    if let Some(gap) = gap(before, finding, after) {
        return Answer::cannot_tell(id, gap);
    }
    if after.assets.iter().any(|a| a.asset.id == finding.asset) {
        return Answer::new(
            id,
            Verdict::Gone,
            "what it stood on was read, and no longer has it",
        );
    }
    Answer::new(
        id,
        Verdict::Gone,
        "what it stood on was read, and is not there any more",
    )
}

/// A gap of the later scan where the finding or its asset stood.
fn gap(before: &Report, finding: &Finding, after: &Report) -> Option<String> {
    let asset = before.assets.iter().filter(|a| a.asset.id == finding.asset);
    let places: Vec<_> = finding
        .locations
        .iter()
        .chain(asset.flat_map(|a| &a.asset.locations))
        .collect();
    after
        .scan
        .coverage
        .iter()
        .filter(|r| r.status == ScopeStatus::Gap)
        .find(|row| {
            places.is_empty()
                || places.iter().any(|p| {
                    let path = p.path.as_deref().unwrap_or_default();
                    let whole = if p.target == "." {
                        path.to_owned()
                    } else {
                        format!("{}/{path}", p.target)
                    };
                    let everything = row.scope == "." || row.scope == format!("{}/.", p.target);
                    everything
                        || whole == row.scope
                        || inside(&whole, &row.scope)
                        || inside(&row.scope, &whole)
                })
        })
        .map(|row| {
            let why = row.reason.as_deref().unwrap_or("no reason was given");
            format!("{} could not be read: {why}", row.scope)
        })
}

/// Whether a path lies below another, or inside it as an archive's member.
fn inside(path: &str, of: &str) -> bool {
    path.strip_prefix(of)
        .is_some_and(|rest| rest.starts_with('/') || rest.starts_with("!/"))
}

#[cfg(test)]
#[path = "verify_tests.rs"]
mod tests;
