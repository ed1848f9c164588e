//! Image references (`registry/path:tag@digest`), as container tools read them.

/// A reference in its parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageReference {
    /// Registry; `docker.io` where none is written.
    pub registry: String,
    /// Repository path; `library/` is left out.
    pub path: String,
    /// Tag, where written.
    pub tag: Option<String>,
    /// Digest, where written (`sha256:…`).
    pub digest: Option<String>,
}

impl ImageReference {
    /// Reads a reference; any text has a reading.
    pub fn parse(text: &str) -> Self {
        let text = text.trim().trim_start_matches("docker://");
        let (name, digest) = text
            .split_once('@')
            .map_or((text, None), |(n, d)| (n, Some(d.to_owned())));
        // A colon after the last slash begins the tag; one before it belongs to the registry's port.
        let (name, tag) = match name.rsplit_once(':') {
            Some((n, t)) if !t.contains('/') => (n, Some(t.to_owned())),
            _ => (name, None),
        };
        let (registry, path) = match name.split_once('/') {
            Some(("index.docker.io" | "registry-1.docker.io", rest)) => ("docker.io", rest),
            Some((host, rest)) if host.contains(['.', ':']) || host == "localhost" => (host, rest),
            _ => ("docker.io", name),
        };
        let path = match registry {
            "docker.io" => path.strip_prefix("library/").unwrap_or(path),
            _ => path,
        };
        Self {
            registry: registry.to_ascii_lowercase(),
            path: path.to_owned(),
            tag,
            digest,
        }
    }
    /// Registry and path, without tag and digest.
    pub fn name(&self) -> String {
        format!("{}/{}", self.registry, self.path)
    }
    /// The rest of the id of its asset, the same whoever names the image: its digest names the content, and a tag beside it is
    /// what the author remembers; a tag stands for the content where no digest does, `latest` where neither is written.
    pub fn identity(&self) -> String {
        match (&self.digest, &self.tag) {
            (Some(digest), _) => format!("{}@{digest}", self.name()),
            (None, Some(tag)) => format!("{}:{tag}", self.name()),
            (None, None) => format!("{}:latest", self.name()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_in_all_their_forms() {
        for (text, identity, tag) in [
            ("python", "docker.io/python:latest", None),
            ("library/python:3.12", "docker.io/python:3.12", Some("3.12")),
            (
                "index.docker.io/library/python:3",
                "docker.io/python:3",
                Some("3"),
            ),
            ("ghcr.io/library/python:3", "ghcr.io/library/python:3", Some("3")),
            (
                "vllm/vllm-openai:v0.8",
                "docker.io/vllm/vllm-openai:v0.8",
                Some("v0.8"),
            ),
            ("localhost:5000/a/b", "localhost:5000/a/b:latest", None),
            ("ghcr.io/a/b@sha256:00ff", "ghcr.io/a/b@sha256:00ff", None),
            (
                "nvcr.io/nvidia/x:24.05@sha256:00ff",
                "nvcr.io/nvidia/x@sha256:00ff",
                Some("24.05"),
            ),
        ] {
            let r = ImageReference::parse(text);
            assert_eq!(
                (r.identity().as_str(), r.tag.as_deref()),
                (identity, tag),
                "{text}"
            );
        }
    }
}
