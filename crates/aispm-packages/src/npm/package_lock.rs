//! `package-lock.json` and `npm-shrinkwrap.json`, versions 1 to 3.

use aispm_formats::doc::Node;

use crate::declaration::Lockfile;

/// Reads a lockfile. Version 1 nests `dependencies`; 2 and 3 list `packages` by their place under `node_modules`.
pub(crate) fn package_lock(doc: &Node) -> Lockfile {
    let mut out = Lockfile::default();
    match doc.get("packages") {
        Some(packages) => {
            for (place, package) in packages.entries() {
                take_package(&place.text, package, &mut out);
            }
        }
        None => {
            if let Some(dependencies) = doc.get("dependencies") {
                take_tree(dependencies, true, &mut out);
            }
        }
    }
    out
}

fn take_package(place: &str, package: &Node, out: &mut Lockfile) {
    let Some((parent, name)) = place.rsplit_once("node_modules/") else {
        return; // the project itself, or a workspace
    };
    if package.get("link").and_then(Node::as_bool) == Some(true) {
        out.own.insert(name.to_owned());
        return;
    }
    if let Some(version) = package.get("version").and_then(Node::as_str) {
        // An alias keeps its own place and tells the real name.
        let real = package.get("name").and_then(Node::as_str).unwrap_or(name);
        out.add(real, version);
        if !parent.contains("node_modules") {
            out.direct.insert(
                (parent.trim_end_matches('/').to_owned(), real.to_owned()),
                version.to_owned(),
            );
        }
    }
}

/// Depth is bounded by the document reader's budget.
fn take_tree(dependencies: &Node, top: bool, out: &mut Lockfile) {
    for (name, package) in dependencies.entries() {
        if let Some(version) = package.get("version").and_then(Node::as_str) {
            out.add(&name.text, version);
            if top {
                out.direct
                    .insert((String::new(), name.text.clone()), version.to_owned());
            }
        }
        if let Some(inner) = package.get("dependencies") {
            take_tree(inner, false, out);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aispm_formats::doc::{Limits, parse_json};

    #[test]
    fn lockfiles_of_versions_1_and_3() {
        let v3 = r#"{"lockfileVersion": 3, "packages": {"": {"version": "1.0.0"}, "node_modules/openai": {"version": "4.1.0"},
            "node_modules/@langchain/core": {"version": "0.3.1"}, "node_modules/x/node_modules/openai": {"version": "3.0.0"},
            "apps/a": {"version": "1.0.0"}, "node_modules/@acme/a": {"resolved": "apps/a", "link": true}, "apps/a/node_modules/openai": {"version": "5.0.0"}}}"#;
        let lock = package_lock(&parse_json(v3, &Limits::default()).unwrap());
        assert_eq!(lock.versions["openai"].len(), 3);
        assert_eq!(lock.direct[&(String::new(), "openai".to_owned())], "4.1.0");
        assert_eq!(lock.direct[&("apps/a".to_owned(), "openai".to_owned())], "5.0.0");
        assert_eq!(lock.direct.len(), 3);
        assert!(lock.own.contains("@acme/a"));
        let v1 = r#"{"lockfileVersion": 1, "dependencies": {"openai": {"version": "4.1.0", "dependencies": {"ai": {"version": "3.0.0"}}}}}"#;
        let lock = package_lock(&parse_json(v1, &Limits::default()).unwrap());
        assert!(lock.versions["openai"].contains("4.1.0") && lock.versions["ai"].contains("3.0.0"));
    }
}
