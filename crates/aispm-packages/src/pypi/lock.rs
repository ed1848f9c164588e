//! `poetry.lock`, `uv.lock`, `pdm.lock`, `pylock.toml` (PEP 751) and `Pipfile.lock`.

use aispm_formats::doc::Node;

use super::normalised;
use crate::declaration::Lockfile;

/// The TOML lockfiles all list `[[package]]` (PEP 751: `[[packages]]`) with `name` and `version`.
pub(crate) fn lock_toml(doc: &Node) -> Lockfile {
    let mut out = Lockfile::default();
    for package in doc
        .get("package")
        .or_else(|| doc.get("packages"))
        .map_or(&[][..], Node::items)
    {
        // A part of the workspace itself is locked by nobody.
        let own = ["editable", "virtual", "directory"]
            .iter()
            .any(|k| package.at(&["source", k]).is_some());
        let Some(name) = package.get("name").and_then(Node::as_str).map(normalised) else {
            continue;
        };
        if own {
            out.own.insert(name);
        } else if let Some(version) = package.get("version").and_then(Node::as_str) {
            out.add(name, version);
        }
    }
    out
}

/// `Pipfile.lock`: `default` and `develop` map names to `{"version": "==1.2"}`.
pub(crate) fn pipfile_lock(doc: &Node) -> Lockfile {
    let mut out = Lockfile::default();
    for section in ["default", "develop"] {
        for (name, value) in doc.get(section).map_or(&[][..], Node::entries) {
            if let Some(version) = value.get("version").and_then(Node::as_str) {
                out.add(normalised(&name.text), version.trim_start_matches('='));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use aispm_formats::doc::{Limits, parse_json, parse_toml};

    #[test]
    fn lockfiles_of_all_tools() {
        let limits = Limits::default();
        let toml = "version = 1\n[[package]]\nname = \"OpenAI\"\nversion = \"1.2.3\"\n\n[[package]]\nname = \"own\"\nversion = \"0.1\"\nsource = { editable = \".\" }\n";
        let lock = lock_toml(&parse_toml(toml, &limits).unwrap());
        assert_eq!(lock.versions.keys().collect::<Vec<_>>(), ["openai"]);
        assert!(lock.own.contains("own"));
        assert!(lock.versions["openai"].contains("1.2.3"));
        let json = r#"{"_meta": {}, "default": {"openai": {"version": "==1.2.3"}}, "develop": {"ragas": {"version": "==0.1"}}}"#;
        let lock = pipfile_lock(&parse_json(json, &limits).unwrap());
        assert!(lock.versions["openai"].contains("1.2.3") && lock.versions["ragas"].contains("0.1"));
    }
}
