//! Image references.

use aispm_types::{Asset, AssetKind};

/// Registry and repository of a reference, without tag and digest.
pub(crate) fn repository(reference: &str) -> &str {
    let name = reference.split('@').next().unwrap_or(reference);
    match name.rsplit_once(':') {
        Some((before, after)) if !after.contains('/') => before,
        _ => name,
    }
}

/// The image a reference names: registry and `library/` written out as Docker reads them, known by its digest, else by its
/// tag, which is `latest` where none is given.
/// None where it is no reference (a variable, a template).
pub(crate) fn image_asset(reference: &str) -> Option<Asset> {
    let usable = !reference.is_empty()
        && reference.len() < 512
        && reference
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "/._-:@".contains(c));
    if !usable {
        return None;
    }
    let digest = reference.split_once('@').map(|(_, d)| d);
    let repository = repository(reference);
    let tag = reference
        .split('@')
        .next()
        .and_then(|n| n.strip_prefix(repository))
        .and_then(|t| t.strip_prefix(':'));
    let first = repository.split('/').next().unwrap_or("");
    let full = if repository.contains('/') && (first.contains(['.', ':']) || first == "localhost") {
        repository.to_owned()
    } else if repository.contains('/') {
        format!("docker.io/{repository}")
    } else {
        format!("docker.io/library/{repository}")
    };
    // A digest names the content; a tag beside it is what the author remembers.
    let id = match digest {
        Some(digest) => format!("{full}@{digest}"),
        None => format!("{full}:{}", tag.unwrap_or("latest")),
    };
    let mut asset = Asset::new(AssetKind::Image, id, repository)
        .with("reference", reference)
        .with("pinned", digest.is_some());
    if let Some(tag) = tag.or(digest.is_none().then_some("latest")) {
        asset = asset.with("tag", tag);
    }
    if let Some(digest) = digest {
        asset = asset.with("digest", digest);
    }
    Some(asset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references() {
        for (reference, id, pinned) in [
            (
                "vllm/vllm-openai",
                "image:docker.io/vllm/vllm-openai:latest",
                false,
            ),
            ("redis:7", "image:docker.io/library/redis:7", false),
            ("ghcr.io/a/b:v1@sha256:ab", "image:ghcr.io/a/b@sha256:ab", true),
            (
                "vllm/vllm-openai@sha256:cd",
                "image:docker.io/vllm/vllm-openai@sha256:cd",
                true,
            ),
            ("localhost:5000/x", "image:localhost:5000/x:latest", false),
        ] {
            let asset = image_asset(reference).unwrap();
            assert_eq!(asset.id.as_str(), id);
            assert_eq!(asset.is("pinned"), pinned, "{reference}");
        }
        assert!(image_asset("{{ .Values.image }}").is_none());
        assert!(image_asset("${IMAGE}").is_none());
    }
}
