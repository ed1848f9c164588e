//! Base64 tokens that may hide text: one level, bounded.

use std::ops::Range;

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::alphabet::{Alphabet, part};

/// Shortest token worth decoding (characters): a key of 24 bytes makes 32.
const SHORTEST: usize = 32;
/// Distance between two looks; any token of [`SHORTEST`] covers two of them in a row.
const STRIDE: usize = 15;
/// Most characters of one token that are decoded.
const LONGEST: usize = 64 << 10;

const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);

/// A Base64 token and the text inside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encoded {
    /// The token, in bytes of the outer text.
    pub range: Range<usize>,
    /// What it decodes to.
    pub inner: Vec<u8>,
}

/// The Base64 tokens of a text whose content is printable. Images, digests and other binary content are told by their first
/// bytes and not decoded further.
pub fn encoded(text: &[u8]) -> impl Iterator<Item = Encoded> + '_ {
    let is = |i: usize| text.get(i).is_some_and(|b| Alphabet::Base64.has(*b));
    let mut look = STRIDE;
    std::iter::from_fn(move || {
        while look < text.len() {
            let at = look;
            look += STRIDE;
            // Words are shorter than the stride: most places are left after a few looks.
            if !(is(at) && is(at + STRIDE) && is(at + 7) && is(at + 11) && is(at + 4)) {
                continue;
            }
            let left = part(text, at.saturating_sub(STRIDE)..at)
                .iter()
                .rev()
                .take_while(|b| Alphabet::Base64.has(**b))
                .count();
            let start = at - left;
            let length = left + Alphabet::Base64.run(text, at, usize::MAX);
            if length < SHORTEST {
                continue;
            }
            look = start + length + STRIDE;
            if let Some(inner) = decode(part(text, start..start + length)) {
                return Some(Encoded {
                    range: start..start + length,
                    inner,
                });
            }
        }
        None
    })
}

/// Decodes one Base64 token that is known to be one (a value of a Kubernetes `Secret`, however short).
pub fn decode_token(token: &[u8]) -> Option<Vec<u8>> {
    let token = token.trim_ascii();
    let inner = STANDARD
        .decode(part(token, 0..token.len().min(LONGEST) / 4 * 4))
        .ok()?;
    (!inner.is_empty()
        && inner
            .iter()
            .all(|b| *b >= 0x80 || !b.is_ascii_control() || b.is_ascii_whitespace()))
    .then_some(inner)
}

fn decode(token: &[u8]) -> Option<Vec<u8>> {
    let printable = |bytes: &[u8]| {
        bytes
            .iter()
            .all(|b| b.is_ascii_graphic() || matches!(b, b' ' | b'\n' | b'\r' | b'\t'))
    };
    let head = STANDARD.decode(part(token, 0..16)).ok()?;
    if !printable(&head) {
        return None;
    }
    let end = token.len().min(LONGEST) / 4 * 4;
    let whole = if token.len() <= LONGEST {
        token
    } else {
        part(token, 0..end)
    };
    let mut inner = STANDARD.decode(whole).ok()?;
    // The last bytes of a cut token may be torn.
    let clean = inner
        .iter()
        .take_while(|b| printable(std::slice::from_ref(b)) || **b >= 0x80)
        .count();
    inner.truncate(clean);
    (clean >= SHORTEST / 2).then_some(inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_text_and_skips_images() {
        let inner = b"OPENAI_API_KEY=sk-not-a-key-but-long";
        let text = format!(
            "data:\n  env: {}\n  png: iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ\n",
            STANDARD.encode(inner)
        );
        let all: Vec<_> = encoded(text.as_bytes()).map(|e| e.inner).collect();
        assert_eq!(all, [inner.to_vec()]);
    }

    #[test]
    fn a_token_at_every_offset_is_found() {
        let token = STANDARD.encode(b"twenty-four bytes inside");
        for pad in 0..60 {
            let text = format!("{}{token} ", " ".repeat(pad));
            assert_eq!(encoded(text.as_bytes()).count(), 1, "{pad}");
        }
    }
}
