//! What plans are made from: a report, and the files it is about.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Component, Path, PathBuf};

use aispm_types::{Asset, AssetId, Finding, Recipe, Report};

/// A file of a target, by the names of the report.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct FileId {
    /// The target's name.
    pub target: String,
    /// Path inside it, `/`-separated.
    pub path: String,
}

/// Why a file is not changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unreadable(pub String);

/// What plans are made from.
pub struct Estate<'a> {
    /// The scan.
    pub report: &'a Report,
    /// Where each target lies, by its name.
    pub roots: &'a BTreeMap<String, PathBuf>,
    /// The edits that resolve what a rule finds.
    pub recipes: &'a dyn Fn(&str) -> &'a [Recipe],
    /// Why nothing is planned for a rule.
    pub by_hand: &'a dyn Fn(&str) -> Option<&'a str>,
    /// Whether a text is, or holds, a secret.
    pub is_secret: &'a dyn Fn(&str) -> bool,
}

impl std::fmt::Debug for Estate<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Estate")
            .field("roots", self.roots)
            .finish_non_exhaustive()
    }
}

impl<'a> Estate<'a> {
    /// The asset of a finding.
    pub(crate) fn asset(&self, id: &AssetId) -> Option<&'a Asset> {
        self.report.assets.iter().map(|a| &a.asset).find(|a| a.id == *id)
    }

    /// The files where a finding and its asset were seen, the finding's first, each once.
    pub(crate) fn files(&self, finding: &Finding) -> Vec<FileId> {
        let asset = self.asset(&finding.asset);
        let mut out: Vec<FileId> = Vec::new();
        for at in finding
            .locations
            .iter()
            .chain(asset.iter().flat_map(|a| &a.locations))
        {
            if let Some(path) = &at.path {
                let file = FileId {
                    target: at.target.clone(),
                    path: path.clone(),
                };
                if !out.contains(&file) {
                    out.push(file);
                }
            }
        }
        out
    }

    /// Where a file lies, where it is one that may be changed: a regular file inside its target, reached through no link,
    /// with no other name, and writable by its owner.
    ///
    /// # Errors
    /// Why it may not be changed.
    pub fn place(&self, file: &FileId) -> Result<PathBuf, Unreadable> {
        place(self.roots, file)
    }

    /// The text of a file that may be changed.
    ///
    /// # Errors
    /// Why it may not be changed.
    pub fn text(&self, file: &FileId) -> Result<String, Unreadable> {
        let path = self.place(file)?;
        let bytes = read(&path, aispm_patch::LARGEST as u64)?;
        String::from_utf8(bytes).map_err(|_| Unreadable(format!("`{}` is not UTF-8", file.path)))
    }
}

pub(crate) fn place(roots: &BTreeMap<String, PathBuf>, file: &FileId) -> Result<PathBuf, Unreadable> {
    let no = |why: &str| Err(Unreadable(format!("`{}` {why}", file.path)));
    let Some(root) = roots.get(&file.target) else {
        return no("lies in no directory that was scanned");
    };
    if file.path.contains("!/") {
        return no("is a member of an archive");
    }
    let relative = Path::new(&file.path);
    if !relative.components().all(|c| matches!(c, Component::Normal(_))) {
        return no("leads out of its target");
    }
    let mut at = root.clone();
    if root.is_file() {
        if root.file_name().is_none_or(|n| n.to_string_lossy() != file.path) {
            return no("lies outside of its target");
        }
    } else {
        for part in relative.components() {
            at.push(part);
            if at.symlink_metadata().is_ok_and(|m| m.is_symlink()) {
                return no("is reached through a link");
            }
        }
    }
    match at.symlink_metadata() {
        Err(e) => Err(Unreadable(format!(
            "`{}` cannot be read: {}",
            file.path,
            e.kind()
        ))),
        Ok(m) if !m.is_file() => no("is no regular file"),
        Ok(m) if m.nlink() > 1 => no("has other names (hard links), which a change would cut off"),
        Ok(m) if m.permissions().mode() & 0o200 == 0 => no("is read-only"),
        Ok(_) => Ok(at),
    }
}

/// At most `limit` bytes of a file.
pub(crate) fn read(path: &Path, limit: u64) -> Result<Vec<u8>, Unreadable> {
    let shown = path.display();
    let failed = |e: std::io::Error| Unreadable(format!("`{shown}` cannot be read: {}", e.kind()));
    let mut bytes = Vec::new();
    #[expect(clippy::disallowed_methods, reason = "bounded by take")]
    File::open(path)
        .map_err(failed)?
        .take(limit + 1)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    if bytes.len() as u64 > limit {
        return Err(Unreadable(format!("`{shown}` is larger than {limit} bytes")));
    }
    Ok(bytes)
}
