//! Text that tries to steer an agent behind the back of whoever reads it: tool descriptions, skills, instruction files.
//!
//! It is read by `aispm_detect`; here are the scripts beside it, and what of an argument is a credential.
//! `tests/hidden.rs` holds the labelled texts that precision and recall are measured on.

mod script;

pub use aispm_detect::{Confidence, HiddenInstruction, Technique};
pub use script::script_hazards;

/// Every suspicious place of a text, in order; one a line and technique. Only the first mebibyte is searched.
pub fn hidden_instructions(text: &str) -> Vec<HiddenInstruction> {
    let mut out = aispm_detect::hidden_instructions(text);
    for found in &mut out {
        found.excerpt = masked(&found.excerpt);
    }
    out
}

/// Text as a report may show it: on one line, what looks like a key masked, at most 160 characters.
fn excerpt(text: &str) -> String {
    masked(&aispm_detect::shown(text))
}

fn masked(text: &str) -> String {
    let words: Vec<String> = text
        .split_whitespace()
        .map(|word| crate::literal::shown_argument(word, None).0)
        .collect();
    words.join(" ")
}

/// Facts of the suspicious places of a text.
pub(crate) fn facts(
    found: Vec<HiddenInstruction>,
    asset: &aispm_types::AssetId,
    at: impl Fn(u32) -> aispm_types::Location,
) -> Vec<aispm_types::Fact> {
    found
        .into_iter()
        .map(|h| {
            let at = at(h.line);
            h.fact(asset, at)
        })
        .collect()
}
