//! Content as data, embedded: rules, frameworks, the catalogue of AI software, attack steps and advisories.
//!
//! A leaf of the workspace, so that editing content rebuilds little. Nothing here parses: each part of aispm reads what it
//! owns. `README.md` files are for people and are left out.

use std::sync::OnceLock;

use include_dir::{Dir, DirEntry, include_dir};
use sha2::{Digest, Sha256};

static RULES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/../../rules");
static FRAMEWORKS: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/../../frameworks");
static CATALOGUE: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/../../catalogue");
static ATTACK_STEPS: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/../../attack-steps");
static ADVISORIES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/../../advisories");

/// A file of content: its path relative to its directory, with `/` separators, and its text.
pub type Entry = (&'static str, &'static str);

/// Rules written as data, `<family>/<id>.yaml`, sorted by path.
pub fn rules() -> impl Iterator<Item = Entry> {
    files(&RULES).into_iter()
}

/// Control frameworks, `<key>.yaml`, sorted by path.
pub fn frameworks() -> impl Iterator<Item = Entry> {
    files(&FRAMEWORKS).into_iter()
}

/// The catalogue of AI software, sorted by path.
pub fn catalogue() -> impl Iterator<Item = Entry> {
    files(&CATALOGUE).into_iter()
}

/// Steps of attacks, sorted by path.
pub fn attack_steps() -> impl Iterator<Item = Entry> {
    files(&ATTACK_STEPS).into_iter()
}

/// Advisories on AI software, sorted by path.
pub fn advisories() -> impl Iterator<Item = Entry> {
    files(&ADVISORIES).into_iter()
}

/// Up to when the tables of advisories reach, by source, as `advisories/vendors.tsv` says it.
pub fn advisories_reach() -> &'static str {
    const SAYS: &str = "# Reaches to: ";
    advisories()
        .flat_map(|(_, text)| text.lines())
        .find_map(|line| line.strip_prefix(SAYS))
        .unwrap_or("")
}

/// Twelve hexadecimal digits over all content, for the report's `tool.content_version`: two programs with the same digits judge
/// by the same rules, steps, catalogue and advisories.
pub fn content_version() -> &'static str {
    static VERSION: OnceLock<String> = OnceLock::new();
    VERSION.get_or_init(|| {
        let all = [
            ("rules", &RULES),
            ("frameworks", &FRAMEWORKS),
            ("catalogue", &CATALOGUE),
            ("attack-steps", &ATTACK_STEPS),
            ("advisories", &ADVISORIES),
        ];
        let mut hash = Sha256::new();
        for (name, dir) in all {
            for (path, text) in files(dir) {
                // Lengths before the parts, so that no two sets of files run together into the same bytes.
                for part in [name, path, text] {
                    hash.update((part.len() as u64).to_le_bytes());
                    hash.update(part.as_bytes());
                }
            }
        }
        hash.finalize()
            .iter()
            .take(6)
            .map(|b| format!("{b:02x}"))
            .collect()
    })
}

/// Every text file below `dir`, sorted by path.
fn files(dir: &'static Dir<'static>) -> Vec<Entry> {
    let mut out = Vec::new();
    gather(dir, &mut out);
    out.sort_unstable_by_key(|(path, _)| *path);
    out
}

fn gather(dir: &'static Dir<'static>, out: &mut Vec<Entry>) {
    for entry in dir.entries() {
        match entry {
            DirEntry::Dir(inner) => gather(inner, out),
            DirEntry::File(file) => {
                let readme = file.path().file_name().is_some_and(|n| n == "README.md");
                if let (Some(path), Some(text), false) = (file.path().to_str(), file.contents_utf8(), readme)
                {
                    out.push((path, text));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_sorted_and_readmes_left_out() {
        for entries in [
            files(&RULES),
            files(&FRAMEWORKS),
            files(&CATALOGUE),
            files(&ATTACK_STEPS),
        ] {
            assert!(entries.is_sorted_by_key(|(path, _)| *path));
            assert!(entries.iter().all(|(path, _)| !path.ends_with("README.md")));
        }
    }

    #[test]
    fn the_version_is_short_and_stable() {
        assert_eq!(content_version().len(), 12);
        assert!(content_version().bytes().all(|b| b.is_ascii_hexdigit()));
        assert_eq!(content_version(), content_version());
    }
}
