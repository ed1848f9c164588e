//! Conda's `environment.yml`.

use aispm_formats::doc::Node;

use super::{normalised, requirement};
use crate::declaration::{Dependency, Manifest};

/// Reads an environment: Conda's own packages (`name=1.2=build`, `name>=1`) and pip's beneath `pip:`. A Conda package is read as
/// the Python package of its name, and kept only where that is in the catalogue. `None` where it is no environment.
pub(crate) fn environment(doc: &Node) -> Option<Manifest> {
    let list = doc.get("dependencies").filter(|d| d.is_seq())?;
    let mut out = Manifest {
        name: doc.get("name").and_then(Node::as_str).map(str::to_owned),
        language: "python",
        is_service: true,
        ..Manifest::default()
    };
    for item in list.items() {
        if let Some(text) = item.as_str() {
            out.dependencies.extend(conda_dependency(text, item.line));
        }
        for pip in item.get("pip").map_or(&[][..], Node::items) {
            out.dependencies
                .extend(pip.as_str().and_then(|t| requirement(t, pip.line)));
        }
    }
    Some(out)
}

fn conda_dependency(text: &str, line: u32) -> Option<Dependency> {
    let text = text.rsplit("::").next()?.trim();
    let end = text
        .find(['=', '<', '>', '!', '~', ' ', '['])
        .unwrap_or(text.len());
    let (name, rest) = text.split_at_checked(end)?;
    let name = match normalised(name).as_str() {
        "pytorch" | "pytorch-gpu" | "pytorch-cpu" => "torch".to_owned(),
        "python" | "pip" | "" => return None,
        other => other.to_owned(),
    };
    let rest = rest.trim();
    // One `=` is Conda's prefix match; a build string after the second makes it one build.
    let constraint = match rest.strip_prefix('=') {
        Some(exact) if exact.starts_with('=') => rest.to_owned(),
        Some(version) => match version.split_once('=') {
            Some((version, _build)) => format!("=={version}"),
            None if version.ends_with('*') => format!("=={version}"),
            None => format!("=={version}.*"),
        },
        None => rest.replace(' ', ""),
    };
    Some(Dependency {
        declared: text.to_owned(),
        ..Dependency::new(name, constraint, line)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use aispm_formats::doc::{Limits, parse_yaml};

    #[test]
    fn conda_and_pip_packages() {
        let text = "name: lab\nchannels: [conda-forge]\ndependencies:\n  - python=3.11\n  - conda-forge::pytorch=2.1\n  - transformers=4.30.0=py311\n  - scikit-learn>=1.3\n  - pip:\n    - openai==1.2\n";
        let m = environment(&parse_yaml(text, &Limits::default()).unwrap()).unwrap();
        let read: Vec<_> = m
            .dependencies
            .iter()
            .map(|d| (d.name.as_str(), d.constraint.as_str()))
            .collect();
        assert_eq!(
            read,
            [
                ("torch", "==2.1.*"),
                ("transformers", "==4.30.0"),
                ("scikit-learn", ">=1.3"),
                ("openai", "==1.2")
            ]
        );
    }
}
