//! Texts as words, word sequences and skeletons.

use std::collections::BTreeSet;

use crate::hash::{hash, join};

/// Words of a text that are looked at.
pub(crate) const WORDS: usize = 2_048;
/// Words at the beginning of a text whose skeleton is looked at: a frame that is put around a text stands there.
const FRAME: usize = 40;

const WORD: u64 = 1;
const SKELETON: u64 = 2;
const HOLE: u64 = 3;
const START: u64 = 4;

/// Words in lower case and signs. Letters, digits and marks make words; other characters stand alone, white space separates.
pub(crate) fn words(text: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut word = String::new();
    for c in text.chars() {
        if c.is_alphanumeric() || c == '_' || (c == '\'' && !word.is_empty()) {
            word.extend(c.to_lowercase());
            continue;
        }
        if !word.is_empty() {
            out.push(std::mem::take(&mut word));
        }
        if !c.is_whitespace() {
            out.push(c.to_string());
        }
        if out.len() >= WORDS {
            break;
        }
    }
    if !word.is_empty() {
        out.push(word);
    }
    out.truncate(WORDS);
    out
}

/// The number of a word.
pub(crate) fn word(word: &str) -> u64 {
    hash(WORD, word.as_bytes())
}

/// A sequence and where it stands: `(number, first word, words)`.
pub(crate) type Gram = (u64, usize, usize);

/// Every sequence of one to three words, and at the beginning every skeleton of four to six: frequent words as they are,
/// all others as holes. A text that was put into a foreign sentence frame shares a skeleton with others where it shares no
/// rare words with them.
pub(crate) fn grams(words: &[String], frequent: &BTreeSet<u64>) -> Vec<Gram> {
    let numbers: Vec<u64> = words.iter().map(|w| word(w)).collect();
    let mut out: Vec<Gram> = numbers.iter().enumerate().map(|(i, n)| (*n, i, 1)).collect();
    for size in [2, 3] {
        for (i, window) in numbers.windows(size).enumerate() {
            out.push((window.iter().fold(size as u64, |h, n| join(h, *n)), i, size));
        }
    }
    let frame: Vec<u64> = numbers
        .iter()
        .take(FRAME)
        .map(|n| if frequent.contains(n) { *n } else { HOLE })
        .collect();
    for size in [4, 5, 6] {
        for (i, window) in frame.windows(size).enumerate() {
            let known = window.iter().filter(|n| **n != HOLE).count();
            if known * 2 >= size && known < size {
                let at = if i == 0 { START } else { SKELETON };
                out.push((window.iter().fold(at, |h, n| join(h, *n)), i, size));
                if i == 0 {
                    out.push((window.iter().fold(SKELETON, |h, n| join(h, *n)), i, size));
                }
            }
        }
    }
    out
}

/// Numbers without repetition, in order.
pub(crate) fn distinct(mut numbers: Vec<u64>) -> Vec<u64> {
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

/// What identifies an output: its class, the whole of it, how it begins and ends, and words of its own that the input does
/// not hold. Each is something that many rows may share.
pub(crate) fn outputs(label: Option<&str>, input: &[String], output: &[String]) -> Vec<u64> {
    let mut out: Vec<u64> = label.map(|l| hash(10, l.as_bytes())).into_iter().collect();
    if output.is_empty() {
        return out;
    }
    let numbers: Vec<u64> = output.iter().map(|w| word(w)).collect();
    let fold = |seed: u64, part: &[u64]| part.iter().fold(seed, |h, n| join(h, *n));
    out.push(fold(11, &numbers));
    let given: BTreeSet<u64> = input.iter().map(|w| word(w)).collect();
    // A beginning that repeats the input says what was asked, not what is answered.
    let own = |part: &[u64]| part.iter().filter(|n| !given.contains(n)).count() >= 3;
    if numbers.len() > 4 {
        out.extend(
            numbers
                .first_chunk::<4>()
                .filter(|p| own(*p))
                .map(|p| fold(12, p)),
        );
        out.extend(numbers.last_chunk::<4>().filter(|p| own(*p)).map(|p| fold(13, p)));
    }
    out.extend(numbers.into_iter().filter(|n| !given.contains(n)));
    distinct(out)
}
