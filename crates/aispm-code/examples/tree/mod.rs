//! Trees on disk for the example programs: files in path order.

use std::path::{Path, PathBuf};

use aispm_collect::{VirtualFile, read_bounded};

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
