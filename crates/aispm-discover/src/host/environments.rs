//! Python and conda environments with AI packages in them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use aispm_formats::doc::{Limits, parse_yaml};
use aispm_types::{Asset, AssetId, AssetKind, Gap, Relation, RelationKind};

use super::Machine;
use crate::catalogue::texts;

/// Directories that are looked into below one place.
const DIRECTORIES: usize = 40_000;
/// Depth of an environment below a home directory.
const DEPTH: usize = 8;
/// Packages of one environment.
const PACKAGES: usize = 20_000;

/// Whole names and beginnings of AI packages, normalised.
struct Names {
    whole: BTreeSet<String>,
    beginnings: Vec<String>,
}

fn names() -> &'static Names {
    static NAMES: OnceLock<Names> = OnceLock::new();
    NAMES.get_or_init(|| {
        let mut out = Names {
            whole: BTreeSet::new(),
            beginnings: Vec::new(),
        };
        for (path, text) in aispm_content::catalogue() {
            if !path.starts_with("packages/") {
                continue;
            }
            let Ok(doc) = parse_yaml(text, &Limits::default()) else {
                continue;
            };
            for name in texts(&doc, "pypi") {
                match name.strip_suffix('*') {
                    Some(beginning) => out.beginnings.push(beginning.to_owned()),
                    None => {
                        out.whole.insert(name);
                    }
                }
            }
        }
        out
    })
}

fn is_ai(name: &str) -> bool {
    let names = names();
    names.whole.contains(name)
        || names
            .beginnings
            .iter()
            .any(|b| name.len() > b.len() && name.starts_with(b))
}

/// Name and version of `Name-1.2.dist-info` or `Name-1.2-py3.11.egg-info`, the name normalised (PEP 503).
pub(crate) fn distribution(entry: &str) -> Option<(String, String)> {
    let stem = entry
        .strip_suffix(".dist-info")
        .or_else(|| entry.strip_suffix(".egg-info"))?;
    let mut parts = stem.split('-');
    let (name, version) = (parts.next()?, parts.next()?);
    let fine = |t: &str| {
        (1..=128).contains(&t.len())
            && t.bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'+' | b'!'))
    };
    let mut plain = String::new();
    for c in name.to_ascii_lowercase().chars() {
        let c = if matches!(c, '_' | '.') { '-' } else { c };
        if !(c == '-' && plain.ends_with('-')) {
            plain.push(c);
        }
    }
    (fine(name) && fine(version)).then(|| (plain, version.to_owned()))
}

impl Machine<'_> {
    /// Environments of the system and below homes.
    pub(crate) fn environments(&mut self, homes: &[PathBuf]) {
        let mut sites = BTreeSet::new();
        for dir in ["usr/lib", "usr/local/lib", "opt", "srv"] {
            self.sites(&self.root.join(dir), &mut sites);
        }
        for home in homes {
            self.sites(home, &mut sites);
        }
        for site in &sites {
            self.environment(site);
        }
    }

    /// Directories of installed packages, found breadth first.
    fn sites(&mut self, top: &Path, out: &mut BTreeSet<PathBuf>) {
        let mut level = vec![top.to_owned()];
        let mut seen = 0usize;
        for _ in 0..=DEPTH {
            let mut next = Vec::new();
            for dir in &level {
                seen += 1;
                if seen > DIRECTORIES {
                    let scope = self.shown(top);
                    let reason = format!(
                        "more than {DIRECTORIES} directories (file budget): Python environments deeper in it are not known"
                    );
                    self.gaps.push(Gap::new(scope, reason));
                    return;
                }
                let entries = match std::fs::read_dir(dir) {
                    Ok(entries) => entries,
                    Err(e) if e.kind() == std::io::ErrorKind::NotFound => continue,
                    Err(e) => {
                        self.gap(dir, &e);
                        continue;
                    }
                };
                for entry in entries.flatten() {
                    if !entry.file_type().is_ok_and(|t| t.is_dir()) {
                        continue; // links are not followed
                    }
                    let name = entry.file_name();
                    match name.to_string_lossy().as_ref() {
                        "site-packages" | "dist-packages" => {
                            out.insert(entry.path());
                        }
                        name if is_dull(name) => {}
                        _ => next.push(entry.path()),
                    }
                }
            }
            next.sort();
            level = next;
        }
    }

    fn environment(&mut self, site: &Path) {
        let mut packages: BTreeMap<String, String> = BTreeMap::new();
        for entry in self.list(site, PACKAGES) {
            let name = entry.file_name().map(|n| n.to_string_lossy().into_owned());
            if let Some((name, version)) = name.as_deref().and_then(distribution)
                && is_ai(&name)
            {
                packages.insert(name, version);
            }
        }
        self.read += 1;
        for (name, version) in packages {
            let mut asset = Asset::new(AssetKind::Package, "", name.as_str())
                .at(self.at(site))
                .with("source", "host")
                .with("ecosystem", "pypi")
                .with("version", version.as_str())
                .with("pinned", true)
                .with("ai", true);
            asset.id = AssetId::new(AssetKind::Package, format!("pkg:pypi/{name}@{version}"));
            let at = self.at(site);
            let id = self.out.asset(asset);
            self.out
                .relation(Relation::new(&self.id, RelationKind::Uses, &id).seen(at));
        }
    }
}

/// Directories in which no environment stands, and which are large.
fn is_dull(name: &str) -> bool {
    matches!(
        name,
        "node_modules"
            | ".git"
            | "__pycache__"
            | ".cargo"
            | ".rustup"
            | ".npm"
            | ".cache"
            | "target"
            | "snap"
            | "pkgs"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_entries_tell_distributions() {
        for (entry, expected) in [
            ("openai-2.8.0.dist-info", Some(("openai", "2.8.0"))),
            ("Langchain_Core-1.0.dist-info", Some(("langchain-core", "1.0"))),
            ("torch-2.5.1+cpu.dist-info", Some(("torch", "2.5.1+cpu"))),
            ("old-1.0-py3.11.egg-info", Some(("old", "1.0"))),
            ("openai", None),
            ("openai.dist-info", None),
            ("a b-1.dist-info", None),
        ] {
            let expected = expected.map(|(n, v)| (n.to_owned(), v.to_owned()));
            assert_eq!(distribution(entry), expected, "{entry}");
        }
        assert!(is_ai("openai") && !is_ai("requests"));
    }
}
