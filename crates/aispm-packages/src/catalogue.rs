//! The catalogue of AI software: which packages and images are AI, and what part they play.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use aispm_formats::doc::{Limits, Node, parse_yaml};

use crate::Ecosystem;

/// Names of one kind: whole names and beginnings, each with what it stands for.
#[derive(Debug, Default)]
struct Names {
    whole: BTreeMap<String, String>,
    beginnings: Vec<(String, String)>,
}

impl Names {
    fn add(&mut self, name: &str, meaning: &str) {
        match name.strip_suffix('*') {
            Some(beginning) => self.beginnings.push((beginning.to_owned(), meaning.to_owned())),
            None => {
                self.whole
                    .entry(name.to_owned())
                    .or_insert_with(|| meaning.to_owned());
            }
        }
    }
    /// The whole name, else the longest beginning.
    fn find(&self, name: &str) -> Option<&str> {
        self.whole.get(name).map(String::as_str).or_else(|| {
            self.beginnings
                .iter()
                .filter(|(b, _)| name.len() > b.len() && name.starts_with(b.as_str()))
                .max_by_key(|(b, _)| b.len())
                .map(|(_, meaning)| meaning.as_str())
        })
    }
}

#[derive(Debug, Default)]
struct Catalogue {
    pypi: Names,
    npm: Names,
    images: Names,
}

fn catalogue() -> &'static Catalogue {
    static CATALOGUE: OnceLock<Catalogue> = OnceLock::new();
    CATALOGUE.get_or_init(|| {
        let mut out = Catalogue::default();
        for (path, text) in aispm_content::catalogue() {
            let Ok(doc) = parse_yaml(text, &Limits::default()) else {
                continue; // the test below reads every file
            };
            if path.starts_with("packages/") {
                let role = doc.get("role").and_then(Node::as_str).unwrap_or_default();
                for (key, names) in [("pypi", &mut out.pypi), ("npm", &mut out.npm)] {
                    for name in doc
                        .get(key)
                        .map_or(&[][..], Node::items)
                        .iter()
                        .filter_map(Node::as_str)
                    {
                        names.add(name, role);
                    }
                }
            } else if path.starts_with("images/") {
                for image in doc.get("images").map_or(&[][..], Node::items) {
                    if let (Some(path), Some(engine)) = (
                        image.get("path").and_then(Node::as_str),
                        image.get("engine").and_then(Node::as_str),
                    ) {
                        out.images.add(path, engine);
                    }
                }
            }
        }
        out
    })
}

/// What part an AI package plays (`llm-sdk`, `agent-framework`, …); `None` for other packages. `name` is normalised.
pub fn package_role(ecosystem: Ecosystem, name: &str) -> Option<&'static str> {
    match ecosystem {
        Ecosystem::Pypi => catalogue().pypi.find(name),
        Ecosystem::Npm => catalogue().npm.find(name),
        Ecosystem::Docker => None,
    }
}

/// The AI engine inside an image (`vllm`, `ollama`, …), by the reference's repository path, whatever registry mirrors it.
pub fn image_engine(reference: &str) -> Option<&'static str> {
    let path = aispm_types::ImageReference::parse(reference).path;
    // A mirror keeps the path and puts its own parts before it: try every ending.
    std::iter::once(path.as_str())
        .chain(path.match_indices('/').filter_map(|(i, _)| path.get(i + 1..)))
        .find_map(|ending| {
            let whole = ending.len() == path.len();
            // One bare word is too little to know an image by, except where it is the image's whole name.
            (whole || ending.contains('/'))
                .then(|| catalogue().images.find(ending))
                .flatten()
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_read_and_every_role_is_known() {
        let roles = [
            "llm-sdk",
            "agent-framework",
            "ml-framework",
            "serving",
            "vector-store",
            "evaluation",
            "guardrail",
            "mcp",
        ];
        for (path, text) in aispm_content::catalogue() {
            if path.starts_with("packages/") {
                let doc = parse_yaml(text, &Limits::default()).expect(path);
                assert!(
                    roles.contains(&doc.get("role").and_then(Node::as_str).unwrap()),
                    "{path}"
                );
            }
        }
        let (pypi, npm) = (&catalogue().pypi, &catalogue().npm);
        assert!(pypi.whole.len() >= 150, "{}", pypi.whole.len());
        assert!(npm.whole.len() >= 60, "{}", npm.whole.len());
        assert!(
            pypi.whole
                .keys()
                .all(|n| *n == crate::pypi::normalised(n) || n.contains('.'))
        );
    }

    #[test]
    fn packages_and_images_are_known_by_name_or_beginning() {
        use Ecosystem::{Npm, Pypi};
        for (ecosystem, name, role) in [
            (Pypi, "openai", Some("llm-sdk")),
            (Pypi, "langchain-acme", Some("agent-framework")),
            (Pypi, "langchain-openai", Some("llm-sdk")),
            (Pypi, "requests", None),
            (Pypi, "mcp-server-git", Some("mcp")),
            (Npm, "@langchain/core", Some("agent-framework")),
            (Npm, "@ai-sdk/openai", Some("llm-sdk")),
            (Npm, "react", None),
        ] {
            assert_eq!(package_role(ecosystem, name), role, "{name}");
        }
        for (reference, engine) in [
            ("vllm/vllm-openai:v0.8.1", Some("vllm")),
            ("registry.acme.io:5000/mirror/vllm/vllm-openai", Some("vllm")),
            ("nvcr.io/nvidia/tritonserver:24.05-py3", Some("triton")),
            ("python:3.12-slim", None),
            ("acme/chat-api", None),
        ] {
            assert_eq!(image_engine(reference), engine, "{reference}");
        }
    }
}
