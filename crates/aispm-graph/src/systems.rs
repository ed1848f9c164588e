//! AI systems, derived from the graph.

use aispm_types::{AiSystem, Asset, Policy};

use crate::GraphView;

/// Whether a policy's glob fits an asset: its id, its name or one of its paths.
pub fn matches(glob: &globset::GlobMatcher, asset: &Asset) -> bool {
    glob.is_match(asset.id.as_str())
        || glob.is_match(&asset.name)
        || asset
            .locations
            .iter()
            .filter_map(|l| l.path.as_deref())
            .any(|p| glob.is_match(p))
}

/// Derives the AI systems of a graph.
pub fn derive_systems(_graph: &GraphView, _policy: &Policy) -> Vec<AiSystem> {
    Vec::new()
}
