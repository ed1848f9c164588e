//! The parallel walk over a directory.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use aispm_types::{Batch, Coverage, Gap, Scope};
use ignore::{DirEntry, WalkBuilder, WalkState};

use crate::guarded::open_regular;
use crate::ignored::{Ignores, Summary};
use crate::{Budgets, Kept, ReadContext, Reader, Source, Unpacker, VirtualFile};

/// Told how the walk proceeds; called from many threads.
pub trait Progress: Send + Sync {
    /// One more file was read.
    fn file_read(&self, path: &str);
}

/// Readers and unpackers of a walk.
#[derive(Default)]
pub struct Readers {
    /// What turns files into observations, in a fixed order.
    pub readers: Vec<Box<dyn Reader>>,
    /// What turns archives into files.
    pub unpackers: Vec<Box<dyn Unpacker>>,
}

/// What to walk and how.
#[derive(Clone, Copy, Debug)]
pub struct WalkOptions<'a> {
    /// A directory or a file.
    pub root: &'a Path,
    /// Respect `.gitignore` and `.ignore` inside the target, for what is not tracked by git. Those of parent directories and
    /// of the machine never count, so that a checkout's place does not change the result.
    pub respect_ignore_files: bool,
}

/// Files that are read otherwise than they lie on the disk, by their path below the root: other bytes, or as if they were not
/// there. So a change is tried before anything is changed.
#[derive(Clone, Debug, Default)]
pub struct Overlay(pub BTreeMap<String, Option<Arc<[u8]>>>);

/// What a walk saw.
#[derive(Debug, Default)]
pub struct WalkOutcome {
    /// Observations, in path order; gaps are in `coverage`.
    pub batch: Batch,
    /// What was read.
    pub coverage: Coverage,
    /// Files read, members of archives included.
    pub files: u64,
    /// Bytes of the files on disk.
    pub bytes: u64,
    /// Paths that ignore files left out; a directory is one, whatever it holds.
    pub left_out: u64,
}

/// What the readers saw in one file on disk and its members.
struct Seen {
    path: String,
    batch: Batch,
    kept: Vec<(usize, String, Kept)>,
}

/// Walks a directory or reads a file, hands every file to the readers that want it, and joins what they saw in path order,
/// so that neither threads nor the order of directory entries show in the outcome.
pub fn walk(
    options: WalkOptions<'_>,
    readers: &Readers,
    cx: &ReadContext,
    progress: &dyn Progress,
) -> WalkOutcome {
    walk_over(options, &Overlay::default(), readers, cx, progress)
}

/// [`walk`], with some files read otherwise than they lie on the disk.
pub fn walk_over(
    options: WalkOptions<'_>,
    overlay: &Overlay,
    readers: &Readers,
    cx: &ReadContext,
    progress: &dyn Progress,
) -> WalkOutcome {
    let shared = Shared {
        overlay,
        readers,
        cx,
        progress,
        seen: Mutex::default(),
        files: AtomicU64::new(0),
        bytes: AtomicU64::new(0),
    };
    let queued = AtomicUsize::new(0);
    let ignores = options
        .respect_ignore_files
        .then(|| Arc::new(Ignores::new(options.root)));
    let walker = walker(options, &cx.budgets, ignores.clone());
    walker.run(|| {
        let mut mine = Flush {
            seen: Vec::new(),
            into: &shared.seen,
        };
        let (shared, queued) = (&shared, &queued);
        Box::new(move |entry| {
            match entry {
                Ok(entry) => return visit(&entry, options.root, shared, queued, &mut mine.seen),
                Err(e) => mine.seen.push(unreadable(&e, options.root)),
            }
            WalkState::Continue
        })
    });
    let files = shared.files.load(Ordering::Relaxed);
    let bytes = shared.bytes.load(Ordering::Relaxed);
    let mut seen = shared.seen.into_inner().unwrap_or_else(PoisonError::into_inner);
    seen.sort_by(|a, b| a.path.cmp(&b.path));
    let left_out = ignores.map(|i| i.summary()).unwrap_or_default();
    finish(seen, left_out, readers, cx, (files, bytes))
}

fn walker(
    options: WalkOptions<'_>,
    budgets: &Budgets,
    ignores: Option<Arc<Ignores>>,
) -> ignore::WalkParallel {
    WalkBuilder::new(options.root)
        // Ignore files are hostile input like any other file: `Ignores` reads them.
        .standard_filters(false)
        .threads(budgets.threads)
        .follow_links(false)
        .max_depth(Some(budgets.directory_depth + 1))
        .filter_entry(move |e| {
            e.depth() == 0 || (e.file_name() != ".git" && ignores.as_ref().is_none_or(|i| i.keeps(e)))
        })
        .build_parallel()
}

/// What all threads of a walk share.
struct Shared<'a> {
    overlay: &'a Overlay,
    readers: &'a Readers,
    cx: &'a ReadContext,
    progress: &'a dyn Progress,
    seen: Mutex<Vec<Seen>>,
    files: AtomicU64,
    bytes: AtomicU64,
}

/// One thread's observations, handed over when the thread ends: one lock a thread, none a file.
struct Flush<'a> {
    seen: Vec<Seen>,
    into: &'a Mutex<Vec<Seen>>,
}

impl Drop for Flush<'_> {
    fn drop(&mut self) {
        self.into
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .append(&mut self.seen);
    }
}

fn visit(
    entry: &DirEntry,
    root: &Path,
    shared: &Shared<'_>,
    queued: &AtomicUsize,
    mine: &mut Vec<Seen>,
) -> WalkState {
    // What cannot be read of a target that is one file is the whole target.
    let path = relative(entry.path(), root);
    let scope = if entry.depth() == 0 {
        String::from(".")
    } else {
        path.clone()
    };
    let budgets = &shared.cx.budgets;
    let Some(kind) = kind(entry) else {
        return WalkState::Continue;
    };
    if kind.is_dir() {
        if entry.depth() > budgets.directory_depth {
            let reason = format!(
                "nested deeper than {} directories (directory depth budget)",
                budgets.directory_depth
            );
            mine.push(Seen::gap(path, reason));
            return WalkState::Skip;
        }
        return WalkState::Continue;
    }
    if kind.is_symlink() {
        mine.extend(link_gap(entry.path(), root).map(|reason| Seen::gap(scope, reason)));
        return WalkState::Continue;
    }
    if !kind.is_file() {
        let reason = String::from("is a pipe, a socket or a device: not read");
        mine.push(Seen::gap(scope, reason));
        return WalkState::Continue;
    }
    if queued.fetch_add(1, Ordering::Relaxed) >= budgets.files {
        let reason = format!(
            "more than {} files (file budget); scan parts of it one by one",
            budgets.files
        );
        mine.push(Seen::gap(String::from("."), reason));
        return WalkState::Quit;
    }
    let opened = match shared.overlay.0.get(&path) {
        Some(None) => return WalkState::Continue,
        Some(Some(bytes)) => Ok(VirtualFile::memory(path.as_str(), Arc::clone(bytes))),
        None => open(entry, &path, budgets),
    };
    match opened {
        Ok(file) => {
            shared.bytes.fetch_add(file.source.len(), Ordering::Relaxed);
            let mut seen = Seen::new(path);
            let mut left = Left {
                members: budgets.archive_members,
                bytes: budgets.archive_bytes,
            };
            read(&file, shared, 0, &mut left, &mut seen);
            if !seen.is_empty() {
                mine.push(seen);
            }
        }
        Err(e) => mine.push(Seen::gap(scope, format!("could not be opened: {}", describe(&e)))),
    }
    WalkState::Continue
}

/// What an entry is; a target that is itself a link is what the link leads to.
fn kind(entry: &DirEntry) -> Option<std::fs::FileType> {
    let kind = entry.file_type()?;
    if entry.depth() == 0 && kind.is_symlink() {
        return std::fs::metadata(entry.path()).ok().map(|m| m.file_type());
    }
    Some(kind)
}

/// Why what a link leads to is not read: links are not followed, and what lies inside the target is read where it lies.
fn link_gap(link: &Path, root: &Path) -> Option<String> {
    let inside = |to: &Path| std::fs::canonicalize(root).is_ok_and(|root| to.starts_with(root));
    match std::fs::canonicalize(link) {
        Ok(to) if inside(&to) => None,
        Ok(_) => Some(String::from(
            "is a link that leads out of the target: not followed; scan what it leads to as a target of its own",
        )),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Some(String::from("is a link to nothing")),
        Err(_) => Some(String::from(
            "is a link that cannot be resolved: it loops, or may not be read",
        )),
    }
}

impl Seen {
    fn new(path: String) -> Self {
        Self {
            path,
            batch: Batch::default(),
            kept: Vec::new(),
        }
    }
    fn gap(path: String, reason: String) -> Self {
        let mut seen = Self::new(path.clone());
        seen.batch.gap(path, reason);
        seen
    }
    fn is_empty(&self) -> bool {
        let b = &self.batch;
        self.kept.is_empty()
            && b.assets.is_empty()
            && b.relations.is_empty()
            && b.facts.is_empty()
            && b.aliases.is_empty()
            && b.gaps.is_empty()
            && b.secrets.is_empty()
    }
}

/// What is left of the archive budgets of one file on disk.
struct Left {
    members: usize,
    bytes: u64,
}

impl Left {
    /// The budget that nothing is left of.
    fn used_up(&self) -> Option<&'static str> {
        match (self.members, self.bytes) {
            (0, _) => Some("archive members"),
            (_, 0) => Some("archive bytes"),
            _ => None,
        }
    }
}

fn read(file: &VirtualFile, shared: &Shared<'_>, depth: usize, left: &mut Left, seen: &mut Seen) {
    shared.files.fetch_add(1, Ordering::Relaxed);
    shared.progress.file_read(&file.path);
    for (i, reader) in shared.readers.readers.iter().enumerate() {
        if !reader.wants(file) {
            continue;
        }
        // A reader that panics is a defect of ours; the scan goes on and says what it did not see.
        match catch_unwind(AssertUnwindSafe(|| {
            let mut batch = Batch::default();
            let kept = reader.read(file, shared.cx, &mut batch);
            (batch, kept)
        })) {
            Ok((batch, kept)) => {
                seen.batch.append(batch);
                seen.kept.extend(kept.map(|k| (i, file.path.clone(), k)));
            }
            Err(_) => {
                let reason = format!(
                    "the {} reader failed on it (internal error); please report the file's kind",
                    reader.name()
                );
                seen.batch.gap(file.path.clone(), reason);
            }
        }
    }
    for unpacker in shared.readers.unpackers.iter().filter(|u| u.wants(file)) {
        if depth >= shared.cx.budgets.archive_depth {
            let reason = format!(
                "archives nested deeper than {} (archive depth budget)",
                shared.cx.budgets.archive_depth
            );
            seen.batch.gap(file.path.clone(), reason);
            return;
        }
        let budgets = Budgets {
            archive_members: left.members,
            archive_bytes: left.bytes,
            ..shared.cx.budgets.clone()
        };
        let gaps = unpacker.unpack(file, &budgets, &mut |member| {
            left.members = left.members.saturating_sub(1);
            left.bytes = left.bytes.saturating_sub(member.source.len());
            read(&member, shared, depth + 1, left, seen);
            left.used_up()
        });
        seen.batch.gaps.extend(gaps);
    }
}

fn finish(
    seen: Vec<Seen>,
    left_out: Summary,
    readers: &Readers,
    cx: &ReadContext,
    (files, bytes): (u64, u64),
) -> WalkOutcome {
    let mut batch = Batch::default();
    let mut kept: Vec<Vec<(String, Kept)>> = readers.readers.iter().map(|_| Vec::new()).collect();
    for s in seen {
        batch.append(s.batch);
        for (reader, path, k) in s.kept {
            if let Some(list) = kept.get_mut(reader) {
                list.push((path, k));
            }
        }
    }
    for (reader, kept) in readers.readers.iter().zip(kept) {
        let done = catch_unwind(AssertUnwindSafe(|| {
            let mut out = Batch::default();
            reader.finish(kept, cx, &mut out);
            out
        }));
        match done {
            Ok(out) => batch.append(out),
            Err(_) => batch.gap(
                ".",
                format!(
                    "the {} reader failed to join its files (internal error)",
                    reader.name()
                ),
            ),
        }
    }
    let mut gaps: Vec<Gap> = std::mem::take(&mut batch.gaps);
    gaps.extend(left_out.gaps);
    gaps.sort();
    gaps.dedup();
    let whole = !gaps.iter().any(|g| g.scope.0 == ".");
    let complete = if whole {
        vec![Scope(String::from("."))]
    } else {
        Vec::new()
    };
    WalkOutcome {
        batch,
        coverage: Coverage {
            complete,
            gaps,
            left_out: left_out.scopes,
        },
        files,
        bytes,
        left_out: left_out.paths,
    }
}

fn open(entry: &DirEntry, shown: &str, budgets: &Budgets) -> io::Result<VirtualFile> {
    // A target that is itself a link was named by the user.
    let mut file = match entry.depth() {
        0 => open_regular(&std::fs::canonicalize(entry.path())?)?,
        _ => open_regular(entry.path())?,
    };
    let len = file.metadata()?.len();
    if len > budgets.in_memory_file {
        let mut head = vec![0u8; 8192];
        let source = Source::Disk(Arc::new(file), len);
        let n = source.read_at(0, &mut head)?;
        head.truncate(n);
        return Ok(VirtualFile {
            path: shown.to_owned(),
            source,
            head: head.into(),
        });
    }
    let mut bytes = Vec::with_capacity(usize::try_from(len).unwrap_or(0));
    #[expect(
        clippy::disallowed_methods,
        reason = "capped by `take`: the file may grow while it is read"
    )]
    Read::by_ref(&mut file)
        .take(budgets.in_memory_file)
        .read_to_end(&mut bytes)?;
    Ok(VirtualFile::memory(shown, bytes))
}

/// The path below the root with `/` separators; bytes that are no UTF-8 as `\xNN`, so that two names never collide.
pub(crate) fn relative(path: &Path, root: &Path) -> String {
    let rest = path.strip_prefix(root).unwrap_or(path);
    if rest.as_os_str().is_empty() {
        return root
            .file_name()
            .map_or_else(|| String::from("."), |n| printable(n.as_bytes()));
    }
    printable(rest.as_os_str().as_bytes())
}

fn printable(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        for b in chunk.invalid() {
            out.push_str(&format!("\\x{b:02x}"));
        }
    }
    out
}

fn unreadable(error: &ignore::Error, root: &Path) -> Seen {
    let path = path_of(error).map_or_else(
        || String::from("."),
        |p| {
            if p == root {
                String::from(".")
            } else {
                relative(p, root)
            }
        },
    );
    let reason = match error.io_error() {
        Some(e) => format!("could not be read: {}", describe(e)),
        None => String::from("could not be read: an ignore file there is invalid, or the directory loops"),
    };
    Seen::gap(path, reason)
}

fn path_of(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => path_of(err),
        ignore::Error::Partial(errors) => errors.first().and_then(path_of),
        _ => None,
    }
}

fn describe(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::PermissionDenied => String::from("permission denied; scan as a user who may read it"),
        io::ErrorKind::NotFound => String::from("it vanished during the scan"),
        kind => kind.to_string(),
    }
}

#[cfg(test)]
mod tests;
