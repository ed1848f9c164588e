//! What a target's own `.ignore` and `.gitignore` files leave out of a walk, as git means them: what is tracked is never left
//! out, whatever they say.

mod index;

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};

use aispm_types::Gap;
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use ignore::{DirEntry, Match};

use crate::guarded::{read_inside, read_regular};
use crate::walk::relative;

pub use index::Index;

/// Largest ignore file (bytes).
const FILE: u64 = 256 << 10;
/// All ignore files of a target together (bytes).
const BYTES: usize = 2 << 20;
/// Ignore files of a target.
const FILES: usize = 16_384;
/// Largest index (bytes).
const INDEX: u64 = 256 << 20;
/// Paths of one directory that are named one by one; more are told as the directory.
const NAMED: usize = 64;
/// Rows of what was left out; more are told by the top-level directory.
const ROWS: usize = 10_000;

/// The ignore files of a target as the walk meets them.
pub(crate) struct Ignores {
    root: PathBuf,
    /// By the directory's path below the root; directories without rules are not in it.
    rules: RwLock<BTreeMap<Vec<u8>, Arc<Rules>>>,
    any: AtomicBool,
    files: AtomicUsize,
    bytes: AtomicUsize,
    tracked: OnceLock<Option<Index>>,
    /// Directories that are walked for what is tracked in them alone.
    entered: RwLock<BTreeSet<Vec<u8>>>,
    gaps: Mutex<Vec<Gap>>,
    left_out: Mutex<BTreeMap<(String, String), LeftOut>>,
}

/// The files of one directory: `.ignore` of any directory goes before `.gitignore` of any.
#[derive(Default)]
struct Rules {
    ignore: Option<Gitignore>,
    git: Option<Gitignore>,
}

/// Paths of one directory that one ignore file left out.
#[derive(Default)]
struct LeftOut {
    count: u64,
    names: BTreeSet<String>,
}

/// What ignore files left out, for coverage.
#[derive(Debug, Default)]
pub(crate) struct Summary {
    /// Each path with the reason; `directory/*` for many paths in it.
    pub(crate) scopes: Vec<Gap>,
    /// How many paths.
    pub(crate) paths: u64,
    /// Ignore files that were refused, and an index that cannot be read.
    pub(crate) gaps: Vec<Gap>,
}

impl Ignores {
    pub(crate) fn new(root: &Path) -> Self {
        let new = Self {
            root: root.to_path_buf(),
            rules: RwLock::default(),
            any: AtomicBool::new(false),
            files: AtomicUsize::new(0),
            bytes: AtomicUsize::new(0),
            tracked: OnceLock::new(),
            entered: RwLock::default(),
            gaps: Mutex::default(),
            left_out: Mutex::default(),
        };
        new.load(root);
        new
    }

    /// Whether to walk on; asked of a directory before anything in it.
    pub(crate) fn keeps(&self, entry: &DirEntry) -> bool {
        let is_dir = entry.file_type().is_some_and(|t| t.is_dir());
        if self.any.load(Ordering::Acquire)
            && let Some(by) = self.left_out_by(entry.path(), is_dir)
        {
            self.count(entry.path(), by);
            return false;
        }
        if is_dir {
            self.load(entry.path());
        }
        true
    }

    /// The ignore file that leaves a path out; what is tracked is not left out.
    fn left_out_by(&self, path: &Path, is_dir: bool) -> Option<String> {
        let below = path.strip_prefix(&self.root).ok()?.as_os_str().as_bytes();
        let (by, from) = self
            .entered_by(below)
            .or_else(|| self.ruled_out(path, below, is_dir))?;
        if let Some(index) = self.tracked() {
            // In a submodule's checkout only its own files count, as for git there.
            let elsewhere = ancestors(below).any(|a| a.len() > from.len() && index.is_submodule(a));
            if elsewhere {
                return None;
            }
            if index.tracks(below) {
                if is_dir && !index.is_submodule(below) {
                    write(&self.entered).insert(below.to_vec());
                }
                return None;
            }
        }
        Some(by)
    }

    /// A directory that is left out takes what is in it along; nothing in it brings that back.
    fn entered_by(&self, below: &[u8]) -> Option<(String, Vec<u8>)> {
        let entered = self.entered.read().unwrap_or_else(PoisonError::into_inner);
        let in_it = !entered.is_empty() && ancestors(below).any(|a| entered.contains(a));
        in_it.then(|| (String::from("an ignore file"), Vec::new()))
    }

    fn ruled_out(&self, path: &Path, below: &[u8], is_dir: bool) -> Option<(String, Vec<u8>)> {
        let rules = self.rules.read().unwrap_or_else(PoisonError::into_inner);
        let holders: Vec<(&[u8], &Arc<Rules>)> = ancestors(below)
            .filter_map(|a| rules.get(a).map(|r| (a, r)))
            .collect();
        let says = |kind: fn(&Rules) -> Option<&Gitignore>, name: &str| {
            holders
                .iter()
                .find_map(|(directory, rules)| match kind(rules)?.matched(path, is_dir) {
                    Match::None => None,
                    Match::Whitelist(_) => Some(None),
                    Match::Ignore(_) => {
                        let at = relative(
                            &self.root.join(std::ffi::OsStr::from_bytes(directory)).join(name),
                            &self.root,
                        );
                        Some(Some((at, directory.to_vec())))
                    }
                })
        };
        says(|r| r.ignore.as_ref(), ".ignore")
            .or_else(|| says(|r| r.git.as_ref(), ".gitignore"))
            .flatten()
    }

    /// The index, read when the first path is about to be left out.
    fn tracked(&self) -> Option<&Index> {
        let read = || {
            let refused = |why: &str| {
                self.gap(
                    String::from(".git/index"),
                    format!("{why}: what ignore files leave out may be tracked; scan with --no-ignore"),
                );
                None
            };
            match read_inside(&self.root, ".git/index", INDEX) {
                Ok(None) => None,
                Ok(Some(bytes)) => Index::parse(&bytes).map_or_else(refused, Some),
                Err(why) => refused(&why),
            }
        };
        self.tracked.get_or_init(read).as_ref()
    }

    /// Reads the ignore files of a directory.
    fn load(&self, directory: &Path) {
        let rules = Rules {
            ignore: self.file(directory, ".ignore"),
            git: self.file(directory, ".gitignore"),
        };
        if rules.ignore.is_some() || rules.git.is_some() {
            let below = directory.strip_prefix(&self.root).unwrap_or(directory);
            write(&self.rules).insert(below.as_os_str().as_bytes().to_vec(), Arc::new(rules));
            self.any.store(true, Ordering::Release);
        }
    }

    fn file(&self, directory: &Path, name: &str) -> Option<Gitignore> {
        let path = directory.join(name);
        let refused = |why: &str| {
            self.gap(
                relative(&path, &self.root),
                format!("is an ignore file that is not followed: {why}"),
            );
            None
        };
        let text = match read_regular(&path, FILE) {
            Ok(text) => text?,
            Err(why) => return refused(&why),
        };
        let files = self.files.fetch_add(1, Ordering::Relaxed);
        let bytes = self.bytes.fetch_add(text.len(), Ordering::Relaxed);
        if files >= FILES || bytes.saturating_add(text.len()) > BYTES {
            return refused("there are too many of them in the target (ignore files budget)");
        }
        let text = String::from_utf8_lossy(&text);
        let mut builder = GitignoreBuilder::new(directory);
        for line in text.trim_start_matches('\u{feff}').lines() {
            // A line that is no pattern leaves nothing out, as for git.
            let _ = builder.add_line(None, line);
        }
        match builder.build() {
            Ok(rules) if rules.is_empty() => None,
            Ok(rules) => Some(rules),
            Err(_) => refused("its patterns are too large"),
        }
    }

    fn gap(&self, scope: String, reason: String) {
        lock(&self.gaps).push(Gap::new(scope, reason));
    }

    fn count(&self, path: &Path, by: String) {
        let shown = relative(path, &self.root);
        let directory = shown.rsplit_once('/').map_or("", |(d, _)| d).to_owned();
        let mut left_out = lock(&self.left_out);
        let of = left_out.entry((directory, by)).or_default();
        of.count += 1;
        if of.count <= NAMED as u64 {
            of.names.insert(shown);
        } else {
            of.names.clear();
        }
    }

    /// What was left out, once the walk is done.
    pub(crate) fn summary(&self) -> Summary {
        let left_out = std::mem::take(&mut *lock(&self.left_out));
        let paths = left_out.values().map(|l| l.count).sum();
        let mut scopes = Vec::new();
        for ((directory, by), of) in &left_out {
            let reason = format!("left out by {by}");
            if of.names.is_empty() {
                scopes.push(Gap::new(
                    inside(directory),
                    format!("{} paths {reason}", of.count),
                ));
            }
            scopes.extend(of.names.iter().map(|n| Gap::new(n.as_str(), reason.as_str())));
        }
        if scopes.len() > ROWS {
            let top = |scope: &str| {
                scope
                    .split_once('/')
                    .map_or(String::new(), |(top, _)| top.to_owned())
            };
            let tops: BTreeSet<String> = scopes.iter().map(|g| top(&g.scope.0)).collect();
            let reason = "paths in it are left out by ignore files";
            scopes = tops.iter().map(|t| Gap::new(inside(t), reason)).collect();
        }
        Summary {
            scopes,
            paths,
            gaps: std::mem::take(&mut *lock(&self.gaps)),
        }
    }
}

fn inside(directory: &str) -> String {
    if directory.is_empty() {
        String::from("*")
    } else {
        format!("{directory}/*")
    }
}

/// Directories above a path, the nearest first, the root (empty) last.
fn ancestors(below: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(below).filter(|b| !b.is_empty());
    std::iter::from_fn(move || {
        let path = rest?;
        let up = memchr::memrchr(b'/', path).map_or(&[][..], |i| path.get(..i).unwrap_or(&[]));
        rest = Some(up).filter(|b| !b.is_empty());
        Some(up)
    })
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn write<T>(lock: &RwLock<T>) -> std::sync::RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
