//! `package.json`.

use aispm_formats::doc::Node;

use crate::declaration::{Dependency, Manifest, names_content, shown_address};

/// Reads a package file.
pub(crate) fn package_json(doc: &Node) -> Manifest {
    let text = |path: &[&str]| doc.at(path).and_then(Node::as_str).map(str::to_owned);
    let mut out = Manifest {
        name: text(&["name"]),
        language: "javascript",
        entry_point: text(&["scripts", "start"])
            .filter(|s| s.len() <= 120)
            .or_else(|| text(&["main"]))
            .or_else(|| text(&["module"])),
        // `{"type": "module"}` in a directory of sources is a marker for Node and no project.
        is_service: doc.get("name").is_some() || doc.get("dependencies").is_some(),
        ..Manifest::default()
    };
    for (section, dev) in [
        ("dependencies", false),
        ("optionalDependencies", false),
        ("peerDependencies", false),
        ("devDependencies", true),
    ] {
        for (name, value) in doc.get(section).map_or(&[][..], Node::entries) {
            if name.text == "typescript" {
                out.language = "typescript";
            }
            // A peer is installed by whoever uses the package; what it names elsewhere too is told there.
            let told = out.dependencies.iter().any(|d| d.name == name.text);
            if let (Some(written), false) = (value.as_str(), told && section == "peerDependencies")
                && let Some(mut dependency) = dependency(&name.text, written, name.line)
            {
                dependency.dev = dev;
                out.dependencies.push(dependency);
            }
        }
    }
    out
}

/// `^1.2`, `npm:other@^1`, an address, `owner/name#ref`; what lies in this repository is left out.
fn dependency(name: &str, written: &str, line: u32) -> Option<Dependency> {
    if ["file:", "link:", "portal:", "workspace:", "catalog:"]
        .iter()
        .any(|p| written.starts_with(p))
    {
        return None;
    }
    if let Some(alias) = written.strip_prefix("npm:") {
        let at = alias.get(1..)?.find('@').map(|i| i + 1);
        let (real, constraint) = at.and_then(|i| alias.split_at_checked(i)).unwrap_or((alias, ""));
        return Some(Dependency::new(real, constraint.trim_start_matches('@'), line));
    }
    let is_range = written.split("||").all(|alternative| !alternative.contains('/'));
    if written.contains("://") || !is_range {
        return Some(Dependency {
            address: Some(names_content(written)),
            declared: format!("{name} {}", shown_address(written)),
            ..Dependency::new(name, "", line)
        });
    }
    Some(Dependency::new(name, written.trim(), line))
}

#[cfg(test)]
mod tests {
    use super::*;
    use aispm_formats::doc::{Limits, parse_json};

    #[test]
    fn a_package_file_in_all_its_forms() {
        let doc = r#"{"name": "@acme/chat", "scripts": {"start": "node dist/main.js"}, "dependencies": {"openai": "^4.1.0", "ai": "3.4.0",
            "x": "npm:@langchain/core@~0.3.1", "y": "github:acme/y#main", "z": "workspace:*", "w": "git+https://t:s@h/w.git"},
            "devDependencies": {"typescript": "5", "promptfoo": "latest"}, "peerDependencies": {"openai": "*"}}"#;
        let m = package_json(&parse_json(doc, &Limits::default()).unwrap());
        let read: Vec<_> = m
            .dependencies
            .iter()
            .map(|d| (d.name.as_str(), d.constraint.as_str(), d.address, d.dev))
            .collect();
        assert_eq!(
            read,
            [
                ("openai", "^4.1.0", None, false),
                ("ai", "3.4.0", None, false),
                ("@langchain/core", "~0.3.1", None, false),
                ("y", "", Some(false), false),
                ("w", "", Some(false), false),
                ("typescript", "5", None, true),
                ("promptfoo", "latest", None, true),
            ]
        );
        assert_eq!(
            (m.language, m.entry_point.as_deref()),
            ("typescript", Some("node dist/main.js"))
        );
        assert!(m.dependencies.iter().all(|d| !d.declared.contains("t:s")));
    }
}
