//! Edits that keep a document's formatting, and the diffs that show them.
//!
//! An editor parses the document for its spans, replaces or inserts the few bytes that the edit is about, and parses the result
//! again: it must mean what the old one meant, but for the edit. Comments, line ends, indentation, a byte-order mark and
//! everything else between are never touched, because they are never written. What cannot be edited so is refused with a
//! reason, in words that quote nothing of the document, which may hold secrets.

pub mod diff;
pub mod hcl;
mod json;
mod path;
mod requirements;
mod source;
mod splice;
mod toml;
mod tree;
mod yaml;

pub use path::{Path, Step};
pub use requirements::{pin_requirement, set_requirement};
pub use source::{Language, import_module, replace_literal, set_argument};
pub use splice::{Splice, splice};

use aispm_types::Value;

/// Largest document that is edited, in bytes; larger ones are data, and nobody reviews their diff.
pub const LARGEST: usize = 4 << 20;

/// Why a document is not edited. Says where and what kind of trouble, and never quotes the document.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("{0}")]
pub struct Refusal(pub String);

impl Refusal {
    pub(crate) fn new(why: impl Into<String>) -> Self {
        Self(why.into())
    }
}

/// Formats whose documents are trees of maps, lists and scalars.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// JSON, with comments and trailing commas as editors write it.
    Json,
    /// YAML 1.2, several documents a file.
    Yaml,
    /// TOML.
    Toml,
}

impl Format {
    /// By the file's name.
    pub fn of(path: &str) -> Option<Self> {
        let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
        match name.rsplit_once('.').map(|(_, e)| e) {
            Some("json" | "jsonc" | "code-workspace") => Some(Self::Json),
            Some("yaml" | "yml") => Some(Self::Yaml),
            Some("toml") => Some(Self::Toml),
            _ => None,
        }
    }
}

/// One edit of a tree.
#[derive(Clone, Debug, PartialEq)]
pub enum Edit {
    /// The value at a path becomes this scalar; maps on the way are made where they are missing.
    Set(Path, Value),
    /// The item of a list at this path goes.
    Remove(Path),
}

/// The documents of a file as plain values: several for YAML, one for the others. Aliases are [`Value::Unknown`].
///
/// # Errors
/// It is no document of this format, or is over a budget.
pub fn read(format: Format, text: &str) -> Result<Vec<Value>, Refusal> {
    let (_, text) = split_mark(text);
    Ok(parse(format, text)?.iter().map(tree::Node::to_value).collect())
}

/// Edits document number `document` of a file. Gives back the same text where the edit changes nothing.
///
/// # Errors
/// The document cannot be edited so without touching more.
pub fn edit(format: Format, text: &str, document: usize, edit: &Edit) -> Result<String, Refusal> {
    let (mark, text) = split_mark(text);
    let before = parse(format, text)?;
    let root = before
        .get(document)
        .ok_or_else(|| Refusal::new("the file has no such document"))?;
    let splices = match edit {
        Edit::Set(path, value) => tree::set(format, text, root, path, value)?,
        Edit::Remove(path) => tree::remove(format, text, root, path)?,
    };
    let after = splice(text, splices)?;
    let mut wanted: Vec<Value> = before.iter().map(tree::Node::to_value).collect();
    if let Some(value) = wanted.get_mut(document) {
        path::apply(value, edit)?;
    }
    let got = parse(format, &after).map_err(|_| damage())?;
    if got.iter().map(tree::Node::to_value).ne(wanted) {
        return Err(damage());
    }
    Ok(format!("{mark}{after}"))
}

/// What an edit ends with that would change more than it should.
fn damage() -> Refusal {
    Refusal::new(
        "the edit would change more than it should: the document is written in a way that is not understood here",
    )
}

/// A byte-order mark, and the rest.
fn split_mark(text: &str) -> (&str, &str) {
    text.strip_prefix('\u{feff}')
        .map_or(("", text), |rest| ("\u{feff}", rest))
}

fn parse(format: Format, text: &str) -> Result<Vec<tree::Node>, Refusal> {
    if text.len() > LARGEST {
        return Err(Refusal::new(format!(
            "it is larger than {LARGEST} bytes, which are edited at most"
        )));
    }
    match format {
        Format::Json => json::parse(text).map(|n| vec![n]),
        Format::Yaml => yaml::parse(text),
        Format::Toml => toml::parse(text).map(|n| vec![n]),
    }
}

#[cfg(test)]
mod tests;
