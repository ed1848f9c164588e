//! Image references.

use aispm_types::{Asset, AssetKind, ImageReference};

/// Registry and repository of a reference, without tag and digest.
pub(crate) fn repository(reference: &str) -> &str {
    let name = reference.split('@').next().unwrap_or(reference);
    match name.rsplit_once(':') {
        Some((before, after)) if !after.contains('/') => before,
        _ => name,
    }
}

/// The image a reference names.
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
    let parsed = ImageReference::parse(reference);
    let mut asset = Asset::new(AssetKind::Image, parsed.identity(), repository(reference))
        .with("reference", reference)
        .with("pinned", parsed.digest.is_some());
    let latest = parsed.digest.is_none().then_some("latest");
    if let Some(tag) = parsed.tag.as_deref().or(latest) {
        asset = asset.with("tag", tag);
    }
    if let Some(digest) = &parsed.digest {
        asset = asset.with("digest", digest.as_str());
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
            ("redis:7", "image:docker.io/redis:7", false),
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
