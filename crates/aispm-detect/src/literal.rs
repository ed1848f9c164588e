//! The literal at a place: quoted, escaped-quoted or bare.

use std::ops::Range;

use crate::alphabet::{at, part};

/// Longest literal looked at (bytes).
const LONGEST: usize = 512;

/// A literal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Literal {
    pub(crate) range: Range<usize>,
    pub(crate) quoted: bool,
}

/// The literal at `from`, blanks, string prefixes (`f"`) and authentication schemes (`Bearer `) skipped.
pub(crate) fn literal(text: &[u8], from: usize) -> Option<Literal> {
    let mut i = from + blanks(text, from);
    if matches!(at(text, i), Some(b'f' | b'b' | b'r' | b'u')) && matches!(at(text, i + 1), Some(b'"' | b'\''))
    {
        i += 1;
    }
    let (open, quote) = opening(text, i);
    i += open;
    if let Some(quote) = quote {
        i += scheme(text, i);
        let end = i + closing(text, i, quote, open)?;
        return (end > i).then_some(Literal {
            range: i..end,
            quoted: true,
        });
    }
    i += scheme(text, i);
    let bare = part(text, i..(i + LONGEST).min(text.len()))
        .iter()
        .take_while(|b| {
            b.is_ascii_graphic()
                && !matches!(b, b'"' | b'\'' | b'`' | b',' | b';' | b'<' | b'&' | b'\\' | b'|')
                || **b >= 0x80
        })
        .count();
    // A bracket that was opened before the value closes after it.
    let value = part(text, i..i + bare);
    let trimmed = match value.last() {
        Some(b')') if !value.contains(&b'(') => bare - 1,
        Some(b'}') if !value.contains(&b'{') => bare - 1,
        Some(b']') if !value.contains(&b'[') => bare - 1,
        _ => bare,
    };
    (trimmed > 0).then_some(Literal {
        range: i..i + trimmed,
        quoted: false,
    })
}

fn blanks(text: &[u8], from: usize) -> usize {
    part(text, from..(from + 64).min(text.len()))
        .iter()
        .take_while(|b| matches!(b, b' ' | b'\t'))
        .count()
}

/// Length of the opening quote with its backslash, and the quote.
fn opening(text: &[u8], i: usize) -> (usize, Option<u8>) {
    let quote = |b: Option<u8>| b.filter(|b| matches!(b, b'"' | b'\'' | b'`'));
    if at(text, i) == Some(b'\\')
        && let Some(q) = quote(at(text, i + 1))
    {
        return (2, Some(q));
    }
    match quote(at(text, i)) {
        // Python's and TOML's triple quotes.
        Some(q) if at(text, i + 1) == Some(q) && at(text, i + 2) == Some(q) => (3, Some(q)),
        Some(q) => (1, Some(q)),
        None => (0, None),
    }
}

/// Length of the text up to the closing quote on the same line.
fn closing(text: &[u8], i: usize, quote: u8, open: usize) -> Option<usize> {
    let mut escaped = false;
    for (n, b) in part(text, i..(i + LONGEST).min(text.len())).iter().enumerate() {
        if *b == b'\n' && open != 3 {
            return None;
        }
        if open == 2 {
            // Inside an escaped string the closing quote is escaped once more.
            if escaped && *b == quote {
                return Some(n - 1);
            }
            escaped = *b == b'\\' && !escaped;
            continue;
        }
        if *b == quote && !escaped {
            return Some(n);
        }
        escaped = *b == b'\\' && !escaped;
    }
    None
}

fn scheme(text: &[u8], i: usize) -> usize {
    [
        &b"Bearer "[..],
        b"bearer ",
        b"Basic ",
        b"Token ",
        b"token ",
        b"ApiKey ",
    ]
    .iter()
    .find(|s| part(text, i..i + s.len()) == **s)
    .map_or(0, |s| s.len())
}
