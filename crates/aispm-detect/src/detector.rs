//! What a detector is, and what it gives back.

use std::ops::Range;

use aispm_types::Confidence;

use crate::{contextual::CONTEXTUAL, formats::FORMATS, special::SPECIAL};

/// What a credential opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// A password or token of no known format: masked everywhere, never a sighting by itself.
    Generic,
    /// A service that is neither AI nor a cloud: source hosting, packages, chat, databases, private keys.
    Service,
    /// A cloud account or one of its resources.
    Cloud,
    /// An AI service.
    Ai,
}

/// One credential in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyMatch {
    /// The detector's id: `openai-api-key`.
    pub detector: &'static str,
    /// Whose key it is: `openai`; empty for [`Class::Generic`].
    pub vendor: &'static str,
    /// What it opens.
    pub class: Class,
    /// It opens an AI service.
    pub ai: bool,
    /// The credential itself, in bytes of the text.
    pub range: Range<usize>,
    /// High where the structure or the name proves it.
    pub confidence: Confidence,
    /// A checksum, a constant inside, or the exact published structure holds.
    pub verified_structure: bool,
    /// It looks like an example.
    pub placeholder: bool,
    /// Host of the account it opens, where one stands near (`acme.openai.azure.com`).
    pub host: Option<String>,
}

impl KeyMatch {
    /// The credential as text; empty where it is no UTF-8.
    pub fn value<'t>(&self, text: &'t [u8]) -> &'t str {
        text.get(self.range.clone())
            .and_then(|b| std::str::from_utf8(b).ok())
            .unwrap_or("")
    }
}

/// Every detector as `(id, vendor, class)`, in id order, for documentation and tests.
pub fn detectors() -> Vec<(&'static str, &'static str, Class)> {
    let mut all: Vec<_> = FORMATS
        .iter()
        .map(|f| (f.id, f.vendor, f.class))
        .chain(CONTEXTUAL.iter().map(|c| (c.id, c.vendor, c.class)))
        .chain(SPECIAL.iter().copied())
        .collect();
    all.sort_unstable();
    all.dedup();
    all
}
