//! `Pipfile`.

use aispm_formats::doc::Node;

use super::pyproject::poetry_dependency;
use crate::declaration::Manifest;

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
    out
}
