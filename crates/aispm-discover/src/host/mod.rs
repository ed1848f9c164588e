//! `host:`: what of AI runs and lies on this machine, or below `host:/PATH`, a mounted one.
//!
//! Everything is read from files and from `/proc`. Nothing is executed, asked or written, and no argument or variable of a
//! process is kept: they hold keys.

mod clients;
mod environments;
mod models;
mod processes;

use std::path::{Path, PathBuf};

use aispm_collect::{CollectContext, Collected, Collector, Progress, Readers, read_bounded};
use aispm_types::{Asset, AssetId, AssetKind, Batch, Coverage, Gap, Location, Relation, RelationKind, Scope};

/// Gaps that are listed.
const GAPS: usize = 200;

/// Reads this machine.
#[derive(Clone, Copy, Debug)]
pub struct HostCollector {
    readers: fn(&[u8]) -> Readers,
}

impl HostCollector {
    /// `readers` gives the readers of files, which judge the configurations found.
    pub fn new(readers: fn(&[u8]) -> Readers) -> Self {
        Self { readers }
    }
}

/// What the parts of the collector share.
pub(crate) struct Machine<'a> {
    pub(crate) root: &'a Path,
    pub(crate) name: String,
    pub(crate) id: AssetId,
    pub(crate) cx: &'a CollectContext,
    pub(crate) out: Batch,
    pub(crate) gaps: Vec<Gap>,
    pub(crate) read: u64,
}

impl Collector for HostCollector {
    fn kind(&self) -> &'static str {
        "host"
    }
    fn check(&self, reference: &str) -> Result<(), String> {
        if reference.is_empty() {
            return Ok(());
        }
        if !reference.starts_with('/') {
            return Err(String::from(
                "write `host:` for this machine, or `host:/PATH` for the root of a mounted one; other machines are not logged in to",
            ));
        }
        if Path::new(reference).is_dir() {
            Ok(())
        } else {
            Err(format!("there is no directory `{reference}`"))
        }
    }
    fn collect(&self, reference: &str, cx: &CollectContext, progress: &dyn Progress) -> Collected {
        let root = PathBuf::from(if reference.is_empty() { "/" } else { reference });
        let name = hostname(&root);
        let mut machine = Machine {
            root: &root,
            id: AssetId::new(AssetKind::Compute, format!("host/{name}")),
            name,
            cx,
            out: Batch::default(),
            gaps: Vec::new(),
            read: 0,
        };
        progress.file_read("processes");
        machine.processes();
        let homes = machine.homes();
        for home in &homes {
            progress.file_read(&machine.shown(home));
            machine.models(home);
            machine.clients(home, self.readers);
        }
        progress.file_read("environments");
        machine.environments(&homes);
        machine.finish()
    }
}

fn hostname(root: &Path) -> String {
    let places = ["proc/sys/kernel/hostname", "etc/hostname"];
    let read = |p: &&str| read_bounded(&root.join(p), 4096).ok();
    let text = places.iter().find_map(read).unwrap_or_default();
    let name: String = String::from_utf8_lossy(&text)
        .trim()
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_'))
        .take(253)
        .collect();
    if name.is_empty() {
        String::from("machine")
    } else {
        name
    }
}

impl Machine<'_> {
    /// A path as the report shows it: below the root, without the slash it begins with.
    pub(crate) fn shown(&self, path: &Path) -> String {
        let rest = path.strip_prefix(self.root).unwrap_or(path);
        let text = rest.to_string_lossy().into_owned();
        if text.is_empty() { String::from(".") } else { text }
    }

    pub(crate) fn at(&self, path: &Path) -> Location {
        Location::file(&self.cx.target, self.shown(path))
    }

    pub(crate) fn gap(&mut self, path: &Path, error: &std::io::Error) {
        let reason = match error.kind() {
            std::io::ErrorKind::PermissionDenied => {
                String::from("permission denied; scan as a user who may read it")
            }
            kind => format!("could not be read: {kind}"),
        };
        let scope = self.shown(path);
        self.gaps.push(Gap::new(scope, reason));
    }

    /// Adds what is on the machine.
    pub(crate) fn found(&mut self, asset: Asset) -> AssetId {
        let at = asset.locations.first().cloned();
        let id = self.out.asset(asset);
        let relation = Relation::new(&self.id, RelationKind::Contains, &id);
        self.out.relation(match at {
            Some(at) => relation.seen(at),
            None => relation,
        });
        id
    }

    /// Names in a directory, sorted; none where it is not there, a gap where it cannot be listed.
    pub(crate) fn list(&mut self, dir: &Path, limit: usize) -> Vec<PathBuf> {
        let entries = match std::fs::read_dir(dir) {
            Ok(entries) => entries,
            Err(e)
                if matches!(
                    e.kind(),
                    std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory
                ) =>
            {
                return Vec::new();
            }
            Err(e) => {
                self.gap(dir, &e);
                return Vec::new();
            }
        };
        let mut out: Vec<PathBuf> = entries.flatten().take(limit + 1).map(|e| e.path()).collect();
        if out.len() > limit {
            let scope = self.shown(dir);
            self.gaps.push(Gap::new(
                scope,
                format!("more than {limit} entries (file budget)"),
            ));
            out.truncate(limit);
        }
        out.sort();
        out
    }

    /// Home directories: of root, below `/home`, and the caller's own.
    fn homes(&mut self) -> Vec<PathBuf> {
        let mut homes = self.list(&self.root.join("home"), 10_000);
        let of_root = self.root.join("root");
        if of_root.is_dir() {
            homes.push(of_root);
        }
        if self.root == Path::new("/")
            && let Some(own) = std::env::home_dir().filter(|h| h.is_absolute())
        {
            homes.push(own);
        }
        homes.retain(|h| h.symlink_metadata().is_ok_and(|m| m.is_dir()));
        homes.sort();
        homes.dedup();
        let mut readable = Vec::new();
        for home in homes {
            match std::fs::read_dir(&home) {
                Ok(_) => {
                    self.read += 1;
                    readable.push(home);
                }
                Err(e) => self.gap(&home, &e),
            }
        }
        readable
    }

    fn finish(mut self) -> Collected {
        let ai = !self.out.assets.is_empty();
        let at = Location {
            target: self.cx.target.clone(),
            ..Location::default()
        };
        let mut machine = Asset::new(AssetKind::Compute, "", self.name.as_str())
            .at(at)
            .with("source", "host")
            .with("ai", ai);
        machine.id = self.id.clone();
        self.out.asset(machine);
        let mut gaps = std::mem::take(&mut self.out.gaps);
        gaps.append(&mut self.gaps);
        gaps.sort();
        gaps.dedup();
        if gaps.len() > GAPS {
            let more = gaps.len() - GAPS;
            gaps.truncate(GAPS);
            gaps.push(Gap::new(
                "(more)",
                format!("{more} more places could not be read"),
            ));
        }
        if self.read == 0 {
            gaps.push(Gap::new(
                ".",
                "neither processes nor a home directory could be read",
            ));
        }
        Collected {
            batch: self.out,
            coverage: Coverage {
                complete: (self.read > 0)
                    .then(|| Scope(String::from(".")))
                    .into_iter()
                    .collect(),
                gaps,
                left_out: Vec::new(),
            },
            network: Vec::new(),
            read: self.read,
        }
    }
}

#[cfg(test)]
mod tests;
