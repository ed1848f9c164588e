//! Licences of models as SPDX names them.

use serde_json::{Value, json};

/// Ids that model headers and cards usually name, in SPDX's spelling.
const KNOWN: &[&str] = &[
    "AGPL-3.0-only",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC-BY-4.0",
    "CC-BY-NC-4.0",
    "CC-BY-NC-ND-4.0",
    "CC-BY-NC-SA-4.0",
    "CC-BY-SA-3.0",
    "CC-BY-SA-4.0",
    "CC0-1.0",
    "GPL-3.0-only",
    "LGPL-3.0-only",
    "MIT",
    "MPL-2.0",
    "Unlicense",
];

/// The `licenses` of a component: an id where SPDX knows it, else the name as written.
pub(super) fn licenses(written: &str) -> Value {
    let id = KNOWN.iter().find(|id| {
        id.eq_ignore_ascii_case(written)
            || id
                .strip_suffix("-only")
                .is_some_and(|short| short.eq_ignore_ascii_case(written))
    });
    match id {
        Some(id) => json!([{"license": {"id": id}}]),
        None => json!([{"license": {"name": crate::inert::inert(written)}}]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_ids_get_their_spelling() {
        for (given, expected) in [
            ("apache-2.0", json!([{"license": {"id": "Apache-2.0"}}])),
            ("gpl-3.0", json!([{"license": {"id": "GPL-3.0-only"}}])),
            ("llama3", json!([{"license": {"name": "llama3"}}])),
        ] {
            assert_eq!(licenses(given), expected);
        }
    }
}
