//! Replacing bytes of a text.

use std::ops::Range;

use crate::Refusal;

/// Bytes to replace, and with what. An empty range inserts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Splice {
    /// Which bytes of the old text.
    pub at: Range<usize>,
    /// What stands there afterwards.
    pub with: String,
}

impl Splice {
    pub(crate) fn new(at: Range<usize>, with: impl Into<String>) -> Self {
        Self {
            at,
            with: with.into(),
        }
    }
    pub(crate) fn insert(at: usize, with: impl Into<String>) -> Self {
        Self::new(at..at, with)
    }
}

/// Makes every replacement. Insertions at one place keep their order.
///
/// # Errors
/// Two of them overlap, or one lies outside the text.
pub fn splice(text: &str, mut splices: Vec<Splice>) -> Result<String, Refusal> {
    splices.sort_by_key(|s| s.at.start);
    let mut out = String::with_capacity(text.len() + 64);
    let mut done = 0;
    for s in splices {
        let kept = text.get(done..s.at.start);
        let gone = text.get(s.at.clone());
        let (Some(kept), Some(_)) = (kept, gone) else {
            return Err(Refusal::new("two edits meet at one place"));
        };
        out.push_str(kept);
        out.push_str(&s.with);
        done = s.at.end;
    }
    out.push_str(text.get(done..).unwrap_or_default());
    Ok(out)
}

/// The line end that a text uses: that of its first line.
pub(crate) fn line_end(text: &str) -> &'static str {
    match text.find('\n') {
        Some(at) if text.as_bytes().get(at.wrapping_sub(1)) == Some(&b'\r') => "\r\n",
        _ => "\n",
    }
}

/// Where the line begins that holds a byte.
pub(crate) fn line_start(text: &str, at: usize) -> usize {
    text.get(..at).and_then(|t| t.rfind('\n')).map_or(0, |i| i + 1)
}

/// Where the line ends that holds a byte: at its line end, or at the end of the text.
pub(crate) fn line_stop(text: &str, at: usize) -> usize {
    let stop = text
        .get(at..)
        .and_then(|t| t.find('\n'))
        .map_or(text.len(), |i| at + i);
    let carriage = stop > at && text.as_bytes().get(stop - 1) == Some(&b'\r');
    if carriage { stop - 1 } else { stop }
}

/// Blanks at the beginning of the line that holds a byte.
pub(crate) fn indentation(text: &str, at: usize) -> &str {
    let line = text.get(line_start(text, at)..at).unwrap_or_default();
    let rest = line.trim_start_matches([' ', '\t']);
    line.get(..line.len() - rest.len()).unwrap_or_default()
}
