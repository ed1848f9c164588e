//! Checksums that key formats carry.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use crate::alphabet::{Alphabet, part};

/// What a format's own proof says of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// A checksum or a constant inside holds.
    Proven,
    /// Nothing to check, or the check is only a hint.
    Plausible,
    /// It has the shape, and its checksum is wrong: an example or a typing error.
    Refuted,
}

/// GitHub and npm: the last six characters are CRC-32 of the ones between prefix and checksum, in Base62 (GitHub engineering
/// blog, "Behind GitHub's new authentication token formats").
pub(crate) fn crc32_base62(body: &[u8]) -> Verdict {
    let Some((payload, sum)) = body.len().checked_sub(6).and_then(|at| body.split_at_checked(at)) else {
        return Verdict::Refuted;
    };
    if base62(crc32fast::hash(payload)) == *sum {
        Verdict::Proven
    } else {
        Verdict::Refuted
    }
}

fn base62(mut n: u32) -> [u8; 6] {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut out = [b'0'; 6];
    for place in out.iter_mut().rev() {
        *place = DIGITS.get((n % 62) as usize).copied().unwrap_or(b'0');
        n /= 62;
    }
    out
}

/// OpenAI: the constant `T3BlbkFJ` (Base64 of "OpenAI") between two halves of equal length.
pub(crate) fn openai_marker(body: &[u8]) -> Verdict {
    match memchr::memmem::find(body, b"T3BlbkFJ") {
        Some(at) if at * 2 + 8 == body.len() => Verdict::Proven,
        Some(_) => Verdict::Plausible,
        None => Verdict::Refuted,
    }
}

/// Anthropic: the body ends with `AA`.
pub(crate) fn ends_aa(body: &[u8]) -> Verdict {
    if body.ends_with(b"AA") {
        Verdict::Proven
    } else {
        Verdict::Refuted
    }
}

/// Bedrock long-lived keys: Base64 of `BedrockAPIKey-…`.
pub(crate) fn bedrock(body: &[u8]) -> Verdict {
    let head = part(body, 0..16.min(body.len()));
    let decoded = STANDARD_NO_PAD.decode(head).unwrap_or_default();
    if memchr::memmem::find(&decoded, b"BedrockAPI").is_some() {
        Verdict::Proven
    } else {
        Verdict::Plausible
    }
}

/// Azure keys with an embedded signature: 84 characters, `JQQJ` after 52, `ACOG` before the last four.
pub(crate) fn azure_cask(key: &[u8]) -> Verdict {
    let whole = key.len() == 84 && Alphabet::Base64.all(key);
    if whole && part(key, 52..56) == b"JQQJ" && part(key, 76..80) == b"ACOG" {
        Verdict::Proven
    } else {
        Verdict::Plausible
    }
}

/// LangSmith and others whose bodies are hexadecimal groups of fixed lengths joined by `separator`.
pub(crate) fn hex_groups(body: &[u8], separator: u8, lengths: &[usize]) -> bool {
    let groups: Vec<&[u8]> = body.split(|b| *b == separator).collect();
    groups.len() == lengths.len()
        && groups
            .iter()
            .zip(lengths)
            .all(|(g, n)| g.len() == *n && Alphabet::Hex.all(g))
}

/// `8-4-4-4-12` hexadecimal digits.
pub(crate) fn is_uuid(body: &[u8]) -> bool {
    hex_groups(body, b'-', &[8, 4, 4, 4, 12])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crc_is_the_one_of_the_published_format() {
        let payload = b"0123456789abcdefghijABCDEFGHIJ";
        let mut body = payload.to_vec();
        body.extend(base62(crc32fast::hash(payload)));
        assert_eq!(crc32_base62(&body), Verdict::Proven);
        body.pop();
        body.push(b'~');
        assert_eq!(crc32_base62(&body), Verdict::Refuted);
        assert_eq!(crc32_base62(b"short"), Verdict::Refuted);
    }

    #[test]
    fn marker_stands_in_the_middle() {
        assert_eq!(openai_marker(b"aaaaT3BlbkFJbbbb"), Verdict::Proven);
        assert_eq!(openai_marker(b"aaT3BlbkFJbbbb"), Verdict::Plausible);
        assert_eq!(openai_marker(b"aaaabbbb"), Verdict::Refuted);
    }
}
