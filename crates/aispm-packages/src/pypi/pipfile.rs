//! `Pipfile`.

use aispm_formats::doc::Node;

use super::pyproject::poetry_dependency;
use crate::declaration::{Manifest, host};

/// Reads a Pipfile; its values are Poetry's, except that a bare version is written with `==`.
pub(crate) fn pipfile(doc: &Node) -> Manifest {
    let mut out = Manifest {
        language: "python",
        is_service: true,
        ..Manifest::default()
    };
    for (section, dev) in [("packages", false), ("dev-packages", true)] {
        for (name, value) in doc.get(section).map_or(&[][..], Node::entries) {
            if let Some(mut dependency) = poetry_dependency(&name.text, value, name.line) {
                dependency.dev = dev;
                out.dependencies.push(dependency);
            }
        }
    }
    for source in doc.get("source").map_or(&[][..], Node::items) {
        out.indexes
            .extend(source.get("url").and_then(Node::as_str).and_then(host));
    }
    out.indexes.retain(|h| h != "pypi.org");
    out
}
