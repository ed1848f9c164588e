//! Texts that only decoding shows: Base64, hexadecimal, ROT13, percent signs, entities, digits for letters, spaced letters.

use std::ops::Range;

/// A text as it reads decoded.
pub(super) struct View {
    pub(super) text: String,
    /// What the encoding itself says: nobody hides what is honest.
    pub(super) weight: u32,
    /// The token that was decoded; none where the lines of the view are those of the text.
    token: Option<Range<usize>>,
}

impl View {
    /// Where in the text stands what the view shows at a place.
    pub(super) fn place(&self, text: &str, at: usize) -> (usize, usize) {
        if let Some(token) = &self.token {
            return (token.start, token.end);
        }
        let before = self.text.get(..at).unwrap_or("").matches('\n').count();
        // A statement begins with the blanks and line ends before it.
        let blank = self.text.get(at..).unwrap_or("");
        let line = before
            + blank
                .chars()
                .take_while(|c| c.is_whitespace())
                .filter(|c| *c == '\n')
                .count();
        let start = match line.checked_sub(1) {
            Some(n) => text.match_indices('\n').nth(n).map_or(text.len(), |(i, _)| i + 1),
            None => 0,
        };
        let length = text.get(start..).and_then(|t| t.find('\n'));
        (start, length.map_or(text.len(), |n| start + n))
    }
}

/// Shortest and longest hexadecimal token (bytes), and most tokens of one text.
const HEX: Range<usize> = 24..8192;
const TOKENS: usize = 64;

/// Every view of a text that differs from it.
pub(super) fn views(text: &str) -> Vec<View> {
    let mut out: Vec<View> = crate::encoded(text.as_bytes())
        .take(TOKENS)
        .filter_map(|e| Some((e.range, String::from_utf8(e.inner).ok()?)))
        .chain(hexadecimal(text).take(TOKENS))
        .filter(|(_, inner)| inner.contains(' '))
        .map(|(token, text)| View {
            text,
            weight: 3,
            token: Some(token),
        })
        .collect();
    let lower = text.to_ascii_lowercase();
    if ["rot13", "rot-13", "rot 13", "caesar"]
        .iter()
        .any(|w| lower.contains(w))
    {
        out.push(whole(text, 3, |line| Some(line.chars().map(rotated).collect())));
    }
    if text.contains("&#") {
        out.push(whole(text, 0, entities));
    }
    if text.contains("%20") {
        out.push(whole(text, 0, percent));
    }
    out.push(whole(text, 2, digits));
    out.push(whole(text, 2, spaced));
    out.retain(|v| !v.text.trim().is_empty());
    out
}

/// The lines of a text that read otherwise decoded, the rest blank.
fn whole(text: &str, weight: u32, decode: fn(&str) -> Option<String>) -> View {
    let lines: Vec<String> = text.split('\n').map(|l| decode(l).unwrap_or_default()).collect();
    View {
        text: lines.join("\n"),
        weight,
        token: None,
    }
}

fn hexadecimal(text: &str) -> impl Iterator<Item = (Range<usize>, String)> {
    text.split(|c: char| !c.is_ascii_hexdigit())
        .filter(|w| HEX.contains(&w.len()) && w.len() % 2 == 0)
        .filter_map(|w| {
            let bytes: Option<Vec<u8>> = w
                .as_bytes()
                .chunks_exact(2)
                .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
                .collect();
            let inner = String::from_utf8(bytes?).ok()?;
            let start = w.as_ptr() as usize - text.as_ptr() as usize;
            let plain = inner.chars().all(|c| !c.is_control() || c.is_whitespace());
            plain.then_some((start..start + w.len(), inner))
        })
}

fn rotated(c: char) -> char {
    match c {
        'a'..='m' | 'A'..='M' => char::from_u32(u32::from(c) + 13).unwrap_or(c),
        'n'..='z' | 'N'..='Z' => char::from_u32(u32::from(c) - 13).unwrap_or(c),
        c => c,
    }
}

/// `&#73;`, `&#x49;`.
fn entities(line: &str) -> Option<String> {
    let mut parts = line.split("&#");
    let mut out = parts.next()?.to_owned();
    let mut any = false;
    for part in parts {
        let decoded = part
            .split_once(';')
            .filter(|(n, _)| n.len() <= 7)
            .and_then(|(n, rest)| {
                let code = match n.strip_prefix(['x', 'X']) {
                    Some(hex) => u32::from_str_radix(hex, 16).ok(),
                    None => n.parse().ok(),
                };
                Some((char::from_u32(code?)?, rest))
            });
        match decoded {
            Some((c, rest)) => {
                any = true;
                out.push(if c.is_control() { ' ' } else { c });
                out.push_str(rest);
            }
            None => {
                out.push_str("&#");
                out.push_str(part);
            }
        }
    }
    any.then_some(out)
}

/// `%20`, where a line has several: sentences, not the names of files.
fn percent(line: &str) -> Option<String> {
    if line.matches("%20").count() < 4 {
        return None;
    }
    let mut bytes = Vec::with_capacity(line.len());
    let mut rest = line.as_bytes();
    while let Some((b, tail)) = rest.split_first() {
        let pair = tail.get(..2).and_then(|p| std::str::from_utf8(p).ok());
        match pair
            .and_then(|p| u8::from_str_radix(p, 16).ok())
            .filter(|_| *b == b'%')
        {
            Some(decoded) => {
                bytes.push(if decoded.is_ascii_control() { b' ' } else { decoded });
                rest = tail.get(2..).unwrap_or(&[]);
            }
            None => {
                bytes.push(*b);
                rest = tail;
            }
        }
    }
    String::from_utf8(bytes).ok()
}

/// `1gn0re pr3vi0us`: at least three words of a line with digits between letters.
fn digits(line: &str) -> Option<String> {
    let written = |word: &str| {
        let letters = word.bytes().filter(u8::is_ascii_alphabetic).count();
        let digits = word.bytes().filter(u8::is_ascii_digit).count();
        letters >= 2 && digits >= 1 && digits <= letters && word.len() >= 3
    };
    let words = || line.split_inclusive(|c: char| !c.is_ascii_alphanumeric());
    let bare = |w: &str| written(w.trim_end_matches(|c: char| !c.is_ascii_alphanumeric()));
    if !line.bytes().any(|b| b.is_ascii_digit()) || words().filter(|w| bare(w)).count() < 3 {
        return None;
    }
    Some(
        words()
            .flat_map(|w| {
                let turn = bare(w);
                w.chars().map(move |c| match c {
                    '0' if turn => 'o',
                    '1' if turn => 'i',
                    '3' if turn => 'e',
                    '4' if turn => 'a',
                    '5' if turn => 's',
                    '7' if turn => 't',
                    c => c,
                })
            })
            .collect(),
    )
}

/// `I g n o r e   a l l`: letters with single blanks between, words with more.
fn spaced(line: &str) -> Option<String> {
    let single = line.split(' ').filter(|w| w.chars().count() == 1).count();
    if single < 12 || !line.contains("  ") {
        return None;
    }
    let words = line.split("  ").map(|word| {
        let letters = word.split(' ').filter(|w| !w.is_empty());
        let apart = letters.clone().all(|l| l.chars().count() == 1);
        letters.collect::<Vec<_>>().join(if apart { "" } else { " " })
    });
    Some(words.filter(|w| !w.is_empty()).collect::<Vec<_>>().join(" "))
}
