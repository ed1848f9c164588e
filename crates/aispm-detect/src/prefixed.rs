//! One format that has a prefix of its own, held against a text.

use std::ops::Range;

use aispm_types::Confidence;

use crate::alphabet::{Alphabet, at, ends, near, part, random, wordy};
use crate::checksum::Verdict;
use crate::detector::{Class, KeyMatch};
use crate::formats::Format;
use crate::placeholder::is_placeholder;

/// Checks one format at its prefix.
pub(crate) fn format_match(text: &[u8], hit: &Range<usize>, f: &Format) -> Option<KeyMatch> {
    if part(text, hit.clone()) != f.prefix.as_bytes() {
        return None;
    }
    let limit = f.exact.1.max(f.loose.1) + 1;
    let mut length = f.body.run(text, hit.end, limit);
    // A full stop or a dash after a key ends a sentence or a list.
    while matches!(f.body, Alphabet::Dotted | Alphabet::Url)
        && length > f.exact.0
        && length <= f.exact.1 + 1
        && part(text, hit.end..hit.end + length).last() == Some(&b'.')
    {
        length -= 1;
    }
    let body = part(text, hit.end..hit.end + length);
    let exact = (f.exact.0..=f.exact.1).contains(&length) && length > 0;
    let verdict = match f.proof {
        Some(proof) if exact => proof(body),
        Some(_) => Verdict::Refuted,
        None => Verdict::Plausible,
    };
    let holds = exact && verdict != Verdict::Refuted;
    // A shape that fails its own proof may still be a variant of the format, where the format has loose lengths.
    let checksum_failed = exact && verdict == Verdict::Refuted && f.class == Class::Service && random(body);
    let loose = (f.loose.0..=f.loose.1).contains(&length) && length > 0 && random(body);
    if !(holds || loose || checksum_failed) || length == limit || !ends(text, hit.end + length) {
        return None;
    }
    if !f.needs.is_empty() && !near(text, hit, f.needs) {
        return None;
    }
    // `sk_car_rental_form` is an identifier: words with separators between.
    let separated = body.iter().any(|b| !b.is_ascii_alphanumeric());
    if holds && f.proof.is_none() && separated && wordy(body) {
        return None;
    }
    let key_only = f.prefix.ends_with(['=', '/']);
    let start = if key_only { hit.end } else { hit.start };
    let certain = holds && (f.proof.is_none() || verdict == Verdict::Proven) && f.needs.is_empty();
    let key = String::from_utf8_lossy(body);
    Some(KeyMatch {
        detector: f.id,
        vendor: f.vendor,
        class: f.class,
        ai: f.class == Class::Ai,
        range: start..hit.end + length,
        confidence: if holds {
            Confidence::High
        } else {
            Confidence::Medium
        },
        verified_structure: certain,
        placeholder: is_placeholder(&key)
            || is_placeholder(&String::from_utf8_lossy(part(text, start..hit.end + length))),
        host: None,
    })
}

/// A key with text after it that its alphabet takes in (`…key_old`), of a length nobody wrote down, or without the words its
/// format needs: sure enough to be masked, never to be reported. Its body must look random.
pub(crate) fn glued_match(text: &[u8], hit: &Range<usize>, f: &Format) -> Option<KeyMatch> {
    /// Shortest random body that is masked on the strength of a prefix.
    const SHORTEST: usize = 20;
    if part(text, hit.clone()) != f.prefix.as_bytes() {
        return None;
    }
    let shortest = [f.exact.0, f.loose.0]
        .into_iter()
        .filter(|n| *n > 0)
        .min()
        .unwrap_or(SHORTEST);
    let longest = f.exact.1.max(f.loose.1);
    let length = f.body.run(text, hit.end, longest);
    let body = part(text, hit.end..hit.end + length);
    // `task-…` is another word: where more than the prefix must speak for a key, no letter stands before it.
    let joined = hit
        .start
        .checked_sub(1)
        .and_then(|i| at(text, i))
        .is_some_and(|b| b.is_ascii_alphanumeric());
    let weak = !f.needs.is_empty() && joined;
    let head = part(text, hit.end..hit.end + shortest.min(length));
    let plausible = random(body) || (f.proof.is_some_and(|p| p(head) == Verdict::Proven));
    if length < shortest.max(SHORTEST.min(longest)) || weak || !plausible {
        return None;
    }
    let start = if f.prefix.ends_with(['=', '/']) {
        hit.end
    } else {
        hit.start
    };
    Some(KeyMatch {
        detector: f.id,
        vendor: f.vendor,
        class: f.class,
        ai: f.class == Class::Ai,
        range: start..hit.end + length,
        confidence: Confidence::High,
        verified_structure: false,
        placeholder: false,
        host: None,
    })
}
