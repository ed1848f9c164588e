//! `pnpm-lock.yaml`, versions 5 to 9.

use aispm_formats::doc::Node;

use crate::declaration::Lockfile;

/// Reads a lockfile: `packages` by `/name/1.2.3`, `/name@1.2.3(peer@1)` or `name@1.2.3`; `importers` tell what each project itself gets.
pub(crate) fn pnpm_lock(doc: &Node) -> Lockfile {
    let mut out = Lockfile::default();
    for (key, _) in doc.get("packages").map_or(&[][..], Node::entries) {
        if let Some((name, version)) = key_parts(&key.text) {
            out.add(name, version);
        }
    }
    for (directory, importer) in doc.get("importers").map_or(&[][..], Node::entries) {
        take_importer(&directory.text, importer, &mut out);
    }
    if doc.get("importers").is_none() {
        take_importer(".", doc, &mut out);
    }
    out
}

fn take_importer(directory: &str, importer: &Node, out: &mut Lockfile) {
    let directory = if directory == "." { "" } else { directory };
    for section in ["dependencies", "devDependencies", "optionalDependencies"] {
        for (name, value) in importer.get(section).map_or(&[][..], Node::entries) {
            let version = value.get("version").unwrap_or(value).scalar().unwrap_or_default();
            let version = version.split(['(', '_']).next().unwrap_or_default();
            if version.starts_with(|c: char| c.is_ascii_digit()) {
                out.direct
                    .insert((directory.to_owned(), name.text.clone()), version.to_owned());
                out.add(&name.text, version);
            }
        }
    }
}

fn key_parts(key: &str) -> Option<(&str, &str)> {
    let key = key.trim_start_matches('/').split('(').next()?;
    // A scope's own `/` is part of the name; the next `/` (version 5) or `@` ends it.
    let scope = if key.starts_with('@') {
        key.find('/')? + 1
    } else {
        0
    };
    let end = key.get(scope..)?.find(['@', '/'])? + scope;
    let (name, version) = key.split_at_checked(end)?;
    let version = version.get(1..)?.split('_').next()?;
    version
        .starts_with(|c: char| c.is_ascii_digit())
        .then_some((name, version))
}

#[cfg(test)]
mod tests {
    use super::*;
    use aispm_formats::doc::{Limits, parse_yaml};

    #[test]
    fn lockfiles_of_versions_5_6_and_9() {
        for text in [
            "lockfileVersion: 5.4\ndependencies:\n  openai: 4.1.0_x@1\npackages:\n  /openai/4.1.0_x@1:\n    dev: false\n  /@langchain/core/0.3.5:\n    dev: false\n",
            "lockfileVersion: '6.0'\ndependencies:\n  openai:\n    specifier: ^4\n    version: 4.1.0(x@1)\npackages:\n  /openai@4.1.0(x@1):\n    dev: false\n  /@langchain/core@0.3.5:\n    dev: false\n",
            "lockfileVersion: '9.0'\nimporters:\n  .:\n    dependencies:\n      openai:\n        specifier: ^4\n        version: 4.1.0(x@1)\npackages:\n  openai@4.1.0:\n    x: 1\n  '@langchain/core@0.3.5':\n    x: 1\n",
        ] {
            let lock = pnpm_lock(&parse_yaml(text, &Limits::default()).unwrap());
            assert!(lock.versions["openai"].contains("4.1.0"), "{text}");
            assert!(lock.versions["@langchain/core"].contains("0.3.5"), "{text}");
            assert_eq!(lock.direct[&(String::new(), "openai".to_owned())], "4.1.0");
        }
    }
}
