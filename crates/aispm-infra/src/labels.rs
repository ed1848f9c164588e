//! Owners and environments from tags and labels.

use aispm_types::{Properties, Value};

/// Names that people give the tag that says who answers for a thing.
const OWNER: &[&str] = &[
    "owner",
    "owners",
    "team",
    "squad",
    "owned_by",
    "owner_email",
    "contact",
    "maintainer",
];
const ENVIRONMENT: &[&str] = &["environment", "env", "stage"];

/// Sets `owner` and `environment` where a tag or label says so. Prefixes (`acme.io/owner`) and letter case do not matter.
pub(crate) fn apply(tags: &Properties, properties: &mut Properties) {
    for (property, names) in [("owner", OWNER), ("environment", ENVIRONMENT)] {
        let found = names.iter().find_map(|wanted| {
            tags.iter()
                .find(|(k, v)| short(k) == *wanted && !matches!(v, Value::Str(t) if t.is_empty()))
                .map(|(_, v)| v.clone())
        });
        if let Some(value) = found {
            properties.insert(property.to_owned(), value);
        }
    }
}

fn short(key: &str) -> String {
    let last = key.rsplit(['/', ':']).next().unwrap_or(key);
    last.to_ascii_lowercase().replace(['-', '.', ' '], "_")
}
