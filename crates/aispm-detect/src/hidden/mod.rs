//! Text that tries to steer an agent behind the back of whoever reads it: tool descriptions, skills, instruction files.
//!
//! What is said is read by `steer`; here are the characters that hide it.

mod invisible;
mod steering;

use std::sync::OnceLock;

use aispm_types::{AssetId, Fact, FactKind, Location};

use crate::Redactor;

/// How text is hidden or what it asks for; the words of the `technique` property.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Technique {
    /// Tells the agent to set its instructions aside, or to act unseen by the user.
    ImperativeToAgent,
    /// Characters that show as nothing or reorder what is shown.
    HiddenUnicode,
    /// An order inside a comment that rendered text does not show.
    HtmlComment,
    /// Terminal codes that hide or overwrite text.
    AnsiEscape,
    /// A payload that only decoding shows.
    Encoded,
    /// Asks to send data out.
    ExfiltrationRequest,
    /// Asks to read credentials that the task does not need.
    CredentialRequest,
    /// Changes how other tools are used.
    Shadowing,
    /// Fetches code and runs it unseen.
    RemoteScript,
}

impl Technique {
    /// The word used in facts.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ImperativeToAgent => "imperative-to-agent",
            Self::HiddenUnicode => "hidden-unicode",
            Self::HtmlComment => "html-comment",
            Self::AnsiEscape => "ansi-escape",
            Self::Encoded => "encoded",
            Self::ExfiltrationRequest => "exfiltration-request",
            Self::CredentialRequest => "credential-request",
            Self::Shadowing => "shadowing",
            Self::RemoteScript => "remote-script",
        }
    }
}

/// How sure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confidence {
    /// Usually meant ill.
    Medium,
    /// No harmless reading is known.
    High,
}

impl Confidence {
    /// The word used in facts.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// One suspicious place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HiddenInstruction {
    /// Line, from 1.
    pub line: u32,
    /// Technique.
    pub technique: Technique,
    /// How sure.
    pub confidence: Confidence,
    /// What is asked for and where, up to 160 characters, made visible and masked.
    pub excerpt: String,
}

impl HiddenInstruction {
    /// As a fact of what carries the text.
    pub fn fact(self, asset: &AssetId, at: Location) -> Fact {
        Fact::new(FactKind::HiddenInstruction, asset)
            .with("technique", self.technique.as_str())
            .with("excerpt", self.excerpt)
            .with("confidence", self.confidence.as_str())
            .at(at)
    }
}

/// Most places that are told of one text, and most of it that is searched (bytes).
const PLACES: usize = 20;
const LONGEST: usize = 1 << 20;

/// Every suspicious place of a text, in order; one a line and technique. Only the first mebibyte is searched.
pub fn hidden_instructions(text: &str) -> Vec<HiddenInstruction> {
    let mut end = text.len().min(LONGEST);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let text = text.get(..end).unwrap_or_default();
    let mut out = invisible::find(text);
    out.extend(steering::find(text));
    out.sort();
    out.dedup_by_key(|h| (h.line, h.technique));
    out.truncate(PLACES);
    out
}

/// The same of a text that speaks to people as well: only what steers there, too.
pub fn planted_instructions(text: &str) -> Vec<HiddenInstruction> {
    let ordered: std::collections::BTreeSet<u32> = crate::steer::steering(text)
        .iter()
        .filter(|s| s.is_order())
        .map(|s| line_of(text, s.start))
        .collect();
    let hides =
        |h: &HiddenInstruction| matches!(h.technique, Technique::HiddenUnicode | Technique::AnsiEscape);
    let mut out = hidden_instructions(text);
    out.retain(|h| hides(h) || ordered.contains(&h.line));
    out
}

/// Line of a byte offset, from 1.
fn line_of(text: &str, offset: usize) -> u32 {
    let before = text.as_bytes().get(..offset).unwrap_or_default();
    u32::try_from(memchr::memchr_iter(b'\n', before).count() + 1).unwrap_or(u32::MAX)
}

/// Text as a report may show it: invisible characters by their number, what looks like a key masked, at most 160 characters.
pub fn shown(text: &str) -> String {
    let visible: String = text
        .trim()
        .chars()
        .take(240)
        .flat_map(|c| {
            let shown: Vec<char> = if c.is_whitespace() {
                vec![' ']
            } else if c.is_control() || invisible::is_invisible(c) {
                c.escape_unicode().collect()
            } else {
                vec![c]
            };
            shown
        })
        .collect();
    static REDACTOR: OnceLock<Redactor> = OnceLock::new();
    let mut masked = visible.split_whitespace().collect::<Vec<_>>().join(" ");
    REDACTOR.get_or_init(|| Redactor::new(&[])).text(&mut masked);
    match masked.char_indices().nth(159) {
        Some((end, _)) => format!("{}…", masked.get(..end).unwrap_or_default()),
        None => masked,
    }
}
