//! What `aispm rules new` writes.

/// A commented rule file that loads and whose examples hold; `id` names the defect.
pub fn skeleton(id: &str) -> String {
    SKELETON.replace("RULE-ID", id)
}

const SKELETON: &str = include_str!("skeleton.yaml");
