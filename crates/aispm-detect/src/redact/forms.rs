//! The forms in which a known secret may stand in a text.

use aispm_types::hex;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// Shortest encoded form searched for (bytes): shorter ones would meet by chance.
const SHORTEST: usize = 8;

/// All forms of a secret, itself first.
pub(super) fn forms(secret: &str) -> Vec<Vec<u8>> {
    let bytes = secret.as_bytes();
    let mut all: Vec<Vec<u8>> = vec![bytes.to_vec()];
    let mut add = |form: String| {
        if form.len() >= SHORTEST && form != secret {
            all.push(form.into_bytes());
        }
    };
    for shift in 0..3 {
        add(base64_at(bytes, shift, &STANDARD_NO_PAD));
        add(base64_at(bytes, shift, &URL_SAFE_NO_PAD));
    }
    add(hex(bytes));
    add(hex(bytes).to_ascii_uppercase());
    for safe in ["-_.~", "-_.~/", "-_.~!*'()", "-_.~:/@+=&"] {
        let upper = percent(bytes, safe);
        add(upper.replace("%20", "+"));
        add(upper.to_ascii_lowercase_escapes());
        add(upper);
    }
    add(escaped(secret, false));
    add(escaped(secret, true));
    // An escaped string inside another, as in a notebook's source.
    add(escaped(&escaped(secret, false), false));
    add(secret
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;"));
    add(secret.replace('\'', "''"));
    all
}

/// The characters of a Base64 text that depend on the secret alone, when `shift` bytes stand before it.
fn base64_at(bytes: &[u8], shift: usize, engine: &impl Engine) -> String {
    let mut padded = vec![0u8; shift];
    padded.extend_from_slice(bytes);
    let encoded = engine.encode(&padded);
    // A character that mixes in a neighbour's bits is not ours.
    let skip = (shift * 8).div_ceil(6);
    let whole = padded.len() * 8 / 6;
    encoded.get(skip..whole).unwrap_or("").to_owned()
}

fn percent(bytes: &[u8], safe: &str) -> String {
    use std::fmt::Write;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len()), |mut out, b| {
            if b.is_ascii_alphanumeric() || safe.as_bytes().contains(b) {
                out.push(char::from(*b));
            } else {
                let _ = write!(out, "%{b:02X}");
            }
            out
        })
}

trait LowerEscapes {
    fn to_ascii_lowercase_escapes(&self) -> String;
}

impl LowerEscapes for String {
    /// Lower-cases the two digits after each `%`.
    fn to_ascii_lowercase_escapes(&self) -> String {
        let mut digits = 0;
        self.chars()
            .map(|c| match c {
                '%' => {
                    digits = 2;
                    c
                }
                c if digits > 0 => {
                    digits -= 1;
                    c.to_ascii_lowercase()
                }
                c => c,
            })
            .collect()
    }
}

/// As JSON and double-quoted YAML write it; with `ascii` also everything outside ASCII.
fn escaped(secret: &str, ascii: bool) -> String {
    use std::fmt::Write;
    let mut out = String::with_capacity(secret.len() + 8);
    for c in secret.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '/' if ascii => out.push_str("\\/"),
            c if c.is_control() || (ascii && (!c.is_ascii() || matches!(c, '<' | '>' | '&' | '\''))) => {
                let mut units = [0u16; 2];
                for unit in c.encode_utf16(&mut units) {
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::engine::general_purpose::STANDARD;

    #[test]
    fn base64_is_found_at_every_alignment() {
        let secret = "hunter2!Canary/\u{fc}";
        for before in 0..6 {
            let text = STANDARD.encode(format!("{}{secret}tail", "x".repeat(before)));
            let hit = forms(secret)
                .iter()
                .any(|f| memchr::memmem::find(text.as_bytes(), f).is_some());
            assert!(hit, "{before}");
        }
    }

    #[test]
    fn escapes_and_percents() {
        let all = forms("p@ss\"w/ord");
        for want in [
            "p%40ss%22w%2Ford",
            "p%40ss%22w%2ford",
            "p@ss\\\"w/ord",
            "p@ss\\\"w\\/ord",
        ] {
            assert!(all.iter().any(|f| f == want.as_bytes()), "{want}");
        }
    }
}
