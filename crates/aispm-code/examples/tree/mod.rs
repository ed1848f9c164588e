//! Trees on disk for the example programs: files in path order, read with the readers of this crate.

use std::path::{Path, PathBuf};

use aispm_collect::{Budgets, Kept, ReadContext, VirtualFile, read_bounded};
use aispm_types::Batch;

/// Regular files below `root`, sorted; version control and installed packages left out.
pub(crate) fn files(root: &Path) -> Vec<PathBuf> {
    let mut paths = Vec::new();
    let mut work = vec![root.to_path_buf()];
    while let Some(at) = work.pop() {
        for entry in std::fs::read_dir(&at).into_iter().flatten().flatten() {
            let Ok(kind) = entry.file_type() else { continue };
            if kind.is_dir() && entry.file_name() != ".git" && entry.file_name() != "node_modules" {
                work.push(entry.path());
            } else if kind.is_file() {
                paths.push(entry.path());
            }
        }
    }
    paths.sort();
    paths
}

/// A file of the tree as readers see it.
pub(crate) fn open(root: &Path, path: &Path) -> Option<VirtualFile> {
    let name = path
        .strip_prefix(root)
        .unwrap_or(path)
        .to_string_lossy()
        .into_owned();
    Some(VirtualFile::memory(name, read_bounded(path, 16 << 20).ok()?))
}

/// Everything the readers see in a tree.
pub(crate) fn scan(root: &Path) -> Batch {
    let cx = ReadContext {
        target: "estate".into(),
        repository: "estate".into(),
        budgets: Budgets::default(),
    };
    let paths = files(root);
    let mut out = Batch::default();
    for reader in aispm_code::readers() {
        let mut kept: Vec<(String, Kept)> = Vec::new();
        for file in paths.iter().filter_map(|p| open(root, p)) {
            if reader.wants(&file)
                && let Some(k) = reader.read(&file, &cx, &mut out)
            {
                kept.push((file.path.clone(), k));
            }
        }
        reader.finish(kept, &cx, &mut out);
    }
    out
}
