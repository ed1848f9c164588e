//! Alphabets of key bodies, and bounded runs over them.

use std::ops::Range;

/// Which bytes a key's body is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Alphabet {
    /// `0-9 a-f`, either case.
    Hex,
    /// `A-Z 2-7`.
    Base32,
    /// `0-9 A-Z a-z`.
    Alnum,
    /// `0-9 A-Z a-z _`.
    Snake,
    /// `0-9 A-Z a-z _ -`: Base64 for URLs.
    Url,
    /// `0-9 A-Z a-z + / =`.
    Base64,
    /// `0-9 A-Z a-z _ - .`.
    Dotted,
}

impl Alphabet {
    /// Whether a byte belongs to it.
    pub(crate) fn has(self, b: u8) -> bool {
        MEMBERS
            .get(usize::from(b))
            .is_some_and(|m| m & (1 << self as u8) != 0)
    }
    /// Whether all bytes belong to it.
    pub(crate) fn all(self, bytes: &[u8]) -> bool {
        bytes.iter().all(|b| self.has(*b))
    }
    /// Length of the run that starts at `from`, at most `limit`.
    pub(crate) fn run(self, text: &[u8], from: usize, limit: usize) -> usize {
        text.get(from..)
            .unwrap_or(&[])
            .iter()
            .take(limit)
            .take_while(|b| self.has(**b))
            .count()
    }
}

/// For each byte the alphabets it belongs to, one bit each: runs over megabytes of Base64 are common.
#[expect(
    clippy::indexing_slicing,
    reason = "evaluated at compile time, where an index out of bounds is a build error"
)]
const MEMBERS: [u8; 256] = {
    let mut all = [0; 256];
    let mut b = 0;
    while b < 256 {
        let c = b as u8;
        let alnum = c.is_ascii_alphanumeric();
        let underscore = alnum || c == b'_';
        let url = underscore || c == b'-';
        let member = [
            (Alphabet::Hex, c.is_ascii_hexdigit()),
            (Alphabet::Base32, matches!(c, b'A'..=b'Z' | b'2'..=b'7')),
            (Alphabet::Alnum, alnum),
            (Alphabet::Snake, underscore),
            (Alphabet::Url, url),
            (Alphabet::Base64, alnum || matches!(c, b'+' | b'/' | b'=')),
            (Alphabet::Dotted, url || c == b'.'),
        ];
        let mut i = 0;
        while i < member.len() {
            all[b] |= (member[i].1 as u8) << member[i].0 as u8;
            i += 1;
        }
        b += 1;
    }
    all
};

/// The bytes of a range; empty where it is out of bounds.
pub(crate) fn part(text: &[u8], range: Range<usize>) -> &[u8] {
    text.get(range).unwrap_or(&[])
}

/// The byte at a place, if there is one.
pub(crate) fn at(text: &[u8], i: usize) -> Option<u8> {
    text.get(i).copied()
}

/// The byte before a place, if there is one.
pub(crate) fn before(text: &[u8], i: usize) -> Option<u8> {
    i.checked_sub(1).and_then(|i| at(text, i))
}

/// Whether a key may start at `i`: no identifier runs into it. An escape (`\n`, `%3D`, `\u003d`) before it is no identifier.
pub(crate) fn starts(text: &[u8], i: usize) -> bool {
    let Some(prev) = before(text, i) else {
        return true;
    };
    if !Alphabet::Url.has(prev) {
        return true;
    }
    let back = |n: usize| i.checked_sub(n).and_then(|j| at(text, j));
    let escape = matches!(prev, b'n' | b'r' | b't') && back(2) == Some(b'\\');
    let percent = back(3) == Some(b'%') && Alphabet::Hex.all(part(text, i.saturating_sub(2)..i));
    let unicode = back(6) == Some(b'\\')
        && back(5) == Some(b'u')
        && Alphabet::Hex.all(part(text, i.saturating_sub(4)..i));
    escape || percent || unicode
}

/// Whether a key may end before `i`.
pub(crate) fn ends(text: &[u8], i: usize) -> bool {
    at(text, i).is_none_or(|b| !Alphabet::Snake.has(b))
}

/// Window searched for words that say whose key it is (bytes before and after).
const NEAR: (usize, usize) = (200, 120);

/// Whether one of `words` (lower-case) stands near a range, in any case.
pub(crate) fn near(text: &[u8], range: &Range<usize>, words: &[&str]) -> bool {
    distance(text, range, words).is_some()
}

/// Bytes between a range and the nearest of `words` (lower-case), in any case; none where none is near.
pub(crate) fn distance(text: &[u8], range: &Range<usize>, words: &[&str]) -> Option<usize> {
    let from = range.start.saturating_sub(NEAR.0);
    let to = range.end.saturating_add(NEAR.1).min(text.len());
    let before = part(text, from..range.start).to_ascii_lowercase();
    let after = part(text, range.start..to).to_ascii_lowercase();
    let distances = words.iter().flat_map(|word| {
        let word = word.as_bytes();
        let last = memchr::memmem::rfind(&before, word).map(|at| before.len() - at - word.len());
        [last, memchr::memmem::find(&after, word)]
    });
    distances.flatten().min()
}

/// Kinds of characters a text mixes, and how many different ones it has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mix {
    pub(crate) lower: usize,
    pub(crate) upper: usize,
    pub(crate) digit: usize,
    pub(crate) other: usize,
    pub(crate) distinct: usize,
}

impl Mix {
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let mut mix = Self::default();
        let mut seen = [false; 256];
        for b in bytes {
            match b {
                b'a'..=b'z' => mix.lower += 1,
                b'A'..=b'Z' => mix.upper += 1,
                b'0'..=b'9' => mix.digit += 1,
                _ => mix.other += 1,
            }
            if let Some(s) = seen.get_mut(usize::from(*b)) {
                mix.distinct += usize::from(!*s);
                *s = true;
            }
        }
        mix
    }
    /// How many of lower, upper, digit, other occur.
    pub(crate) fn classes(self) -> usize {
        [self.lower, self.upper, self.digit, self.other]
            .iter()
            .filter(|n| **n > 0)
            .count()
    }
}

/// Bits per character (Shannon), over the text's own characters.
pub(crate) fn entropy(bytes: &[u8]) -> f64 {
    let mut counts = [0u32; 256];
    for b in bytes {
        if let Some(c) = counts.get_mut(usize::from(*b)) {
            *c += 1;
        }
    }
    let n = bytes.len() as f64;
    counts
        .iter()
        .filter(|c| **c > 0)
        .map(|c| f64::from(*c) / n)
        .map(|p| -p * p.log2())
        .sum()
}

/// Whether a text is made of words (`my-secret-name`, `fading-circle`, `GetTokenFactory`): every piece between separators and case
/// changes is letters with a vowel, or a short number.
pub(crate) fn wordy(bytes: &[u8]) -> bool {
    let mut pieces = 0;
    for chunk in bytes.split(|b| !b.is_ascii_alphanumeric()) {
        let mut start = 0;
        for i in 0..chunk.len() {
            let (prev, this) = (before(chunk, i), at(chunk, i));
            let turn = prev.zip(this).is_some_and(|(p, t)| {
                // `apiKey`, and the second word of `AIKey`.
                let capital = t.is_ascii_uppercase()
                    && (p.is_ascii_lowercase()
                        || (p.is_ascii_uppercase()
                            && at(chunk, i + 1).is_some_and(|n| n.is_ascii_lowercase())));
                capital || p.is_ascii_digit() != t.is_ascii_digit()
            });
            if turn {
                if !is_word(part(chunk, start..i)) {
                    return false;
                }
                pieces += 1;
                start = i;
            }
        }
        if !is_word(part(chunk, start..chunk.len())) {
            return false;
        }
        pieces += 1;
    }
    // Random text makes many tiny pieces; words and their numbers are two and a half characters on average or more.
    pieces * 5 <= bytes.len() * 2
}

fn is_word(piece: &[u8]) -> bool {
    if piece.iter().all(u8::is_ascii_digit) {
        return piece.len() <= 4;
    }
    let vowel = |b: &u8| matches!(b.to_ascii_lowercase(), b'a' | b'e' | b'i' | b'o' | b'u' | b'y');
    let tail = piece.iter().skip(1);
    let one_case = tail.clone().all(u8::is_ascii_lowercase) || piece.iter().all(u8::is_ascii_uppercase);
    let longest = piece.split(vowel).map(<[u8]>::len).max().unwrap_or(0);
    one_case && (piece.len() <= 3 || (piece.iter().any(vowel) && longest <= 4))
}

/// Whether a key's body could come from a random generator: enough different characters, and no words.
pub(crate) fn random(bytes: &[u8]) -> bool {
    let mix = Mix::of(bytes);
    let enough = match bytes.len() {
        0..=15 => mix.distinct >= 6,
        16..=31 => mix.distinct >= 8,
        _ => mix.distinct >= 10,
    };
    enough && mix.digit > 0 && !wordy(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_random_text_differ() {
        for word in [
            "fading-circle",
            "my_secret_name",
            "GetTokenFactory",
            "openAIKey",
            "api-key-v2",
            "text-embedding-3-small",
        ] {
            assert!(wordy(word.as_bytes()), "{word}");
        }
        for random in [
            "a8Kd92mXpQ0zLw3vTn5R",
            "9f86d081884c7d659a2feaa0",
            "xQz7-Lk2_pW9sV4t",
        ] {
            assert!(!wordy(random.as_bytes()), "{random}");
        }
    }

    #[test]
    fn a_key_does_not_start_inside_an_identifier() {
        assert!(starts(b"x=sk-1", 2));
        assert!(!starts(b"task-1", 2));
        assert!(starts(br"x\nsk-1", 3));
        assert!(starts(b"k%3Dsk-1", 4));
    }
}
