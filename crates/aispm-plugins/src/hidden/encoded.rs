//! Payloads that only decoding shows.

use super::patterns::patterns;
use super::{Confidence, HiddenInstruction, PLACES, Technique, excerpt, line_of};

/// Shortest and longest text that is decoded (bytes).
const SHORTEST: usize = 24;
const LONGEST: usize = 8192;

/// Encoded text that decodes to orders or commands, and orders to decode and obey.
pub(super) fn find(text: &str) -> Vec<HiddenInstruction> {
    let mut out = Vec::new();
    let Some(p) = patterns() else {
        return out;
    };
    for (at, word) in words(text) {
        if out.len() >= PLACES {
            break;
        }
        if let Some(decoded) = decoded(word).filter(|d| is_order(d)) {
            out.push(HiddenInstruction {
                line: line_of(text, at),
                technique: Technique::Encoded,
                confidence: Confidence::High,
                excerpt: excerpt(&format!("decodes to: {decoded}")),
            });
        }
    }
    out.extend(rotated(text));
    let lower = text.to_ascii_lowercase();
    for paragraph in lower.split("\n\n").filter(|b| !p.discussion.is_match(b)) {
        let start = paragraph.as_ptr() as usize - lower.as_ptr() as usize;
        if let Some(m) = p.decode.find(paragraph).filter(|_| out.len() < PLACES) {
            let negated = paragraph.get(..m.start()).is_some_and(|b| {
                b.get(b.len().saturating_sub(40)..)
                    .is_some_and(|b| p.negation.is_match(b))
            });
            // An order to obey what is decoded needs something to decode beside it.
            let payload = m.as_str().contains("base64 -")
                || m.as_str().contains('(')
                || text
                    .get(start..start + paragraph.len())
                    .is_some_and(|original| words(original).any(|(_, w)| decoded(w).is_some()));
            let at = start + m.start();
            if payload && !negated {
                out.push(HiddenInstruction {
                    line: line_of(text, at),
                    technique: Technique::Encoded,
                    confidence: Confidence::Medium,
                    excerpt: excerpt(text.get(at..).unwrap_or_default()),
                });
            }
        }
    }
    out
}

/// Text in the ROT13 alphabet, where a text speaks of it.
fn rotated(text: &str) -> Option<HiddenInstruction> {
    let lower = text.to_ascii_lowercase();
    if !["rot13", "rot-13", "rot 13", "caesar"]
        .iter()
        .any(|w| lower.contains(w))
    {
        return None;
    }
    let turned: String = text
        .chars()
        .map(|c| match c {
            'a'..='m' | 'A'..='M' => char::from_u32(u32::from(c) + 13).unwrap_or(c),
            'n'..='z' | 'N'..='Z' => char::from_u32(u32::from(c) - 13).unwrap_or(c),
            c => c,
        })
        .collect();
    let found = aispm_detect::framed_decoded(&turned).into_iter().next()?;
    Some(HiddenInstruction {
        line: line_of(text, found.start),
        technique: Technique::Encoded,
        confidence: Confidence::High,
        excerpt: excerpt(&format!(
            "decodes to: {}",
            turned.get(found.start..found.end)?.trim()
        )),
    })
}

/// Long words of the base64 or hexadecimal alphabets.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=' | '-' | '_')))
        .filter(|w| (SHORTEST..=LONGEST).contains(&w.len()))
        .map(|w| (w.as_ptr() as usize - text.as_ptr() as usize, w))
}

fn decoded(word: &str) -> Option<String> {
    base64(word).or_else(|| hexadecimal(word))
}

fn base64(word: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(word.len() * 3 / 4);
    let (mut buffer, mut bits) = (0u32, 0u32);
    for c in word.trim_end_matches('=').bytes() {
        let value = match c {
            b'A'..=b'Z' => c - b'A',
            b'a'..=b'z' => c - b'a' + 26,
            b'0'..=b'9' => c - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        buffer = (buffer << 6 | u32::from(value)) & 0xff_ffff;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from(buffer >> bits & 0xff).ok()?);
        }
    }
    printable(bytes)
}

fn hexadecimal(word: &str) -> Option<String> {
    if word.len() % 2 == 1 || !word.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let pairs = word.as_bytes().chunks_exact(2);
    let bytes: Option<Vec<u8>> = pairs
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect();
    printable(bytes?)
}

fn printable(bytes: Vec<u8>) -> Option<String> {
    let text = String::from_utf8(bytes).ok()?;
    let plain = text
        .chars()
        .all(|c| !c.is_control() || matches!(c, '\n' | '\t' | '\r'));
    (plain && text.contains(' ')).then_some(text)
}

/// Whether decoded text orders or commands something.
fn is_order(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let command = [
        "curl ",
        "wget ",
        "bash -",
        "/bin/sh",
        "| sh",
        "|sh",
        "|bash",
        "| bash",
        "powershell",
        "/dev/tcp",
        "eval(",
        "exec(",
        "import os",
        "subprocess",
        "rm -rf",
        ".ssh",
        "ignore ",
        "system prompt",
        "api key",
        "do not tell",
        "send ",
        "exfil",
    ];
    command.iter().any(|c| lower.contains(c)) || !aispm_detect::framed_decoded(text).is_empty()
}
