//! Personal data that proves itself: payment cards (Luhn, ISO/IEC 7812) and IBANs (ISO 13616).

use std::ops::Range;

use crate::event::Reason;

/// Longest run looked at: the longest IBAN is 34 characters, in groups of four.
const LONGEST: usize = 34;

/// Every payment card and IBAN of a text, in order, without overlaps.
pub(crate) fn personal(text: &str) -> Vec<(Range<usize>, Reason)> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut i = 0;
    while let Some(b) = bytes.get(i) {
        let before = i.checked_sub(1).and_then(|p| bytes.get(p));
        // A key, an identifier or a decimal fraction goes on; a number in the middle of it is none of ours.
        let free = before.is_none_or(|p| !p.is_ascii_alphanumeric() && *p != b'_')
            && !(before == Some(&b'.') && i >= 2 && bytes.get(i - 2).is_some_and(u8::is_ascii_digit));
        let hit = match b {
            b'2'..=b'6' if free => card(bytes, i).map(|end| (end, Reason::PaymentCard)),
            b'A'..=b'Z' | b'a'..=b'z' if free => iban(bytes, i).map(|end| (end, Reason::BankAccount)),
            _ => None,
        };
        match hit {
            Some((end, reason)) => {
                found.push((i..end, reason));
                i = end;
            }
            None => i += 1,
        }
    }
    found
}

/// Characters of the run at `from`, single blanks or dashes between them skipped, each with the place after it.
fn run(bytes: &[u8], from: usize, wanted: fn(&u8) -> bool) -> Vec<(u8, usize)> {
    let mut all = Vec::new();
    let mut i = from;
    while all.len() <= LONGEST {
        match (bytes.get(i), bytes.get(i + 1)) {
            (Some(b), _) if wanted(b) => {
                all.push((*b, i + 1));
                i += 1;
            }
            (Some(b' ' | b'-'), Some(next)) if wanted(next) && !all.is_empty() => i += 1,
            _ => break,
        }
    }
    all
}

/// The number ends here: neither a letter nor a digit follows without a separator.
fn ends(bytes: &[u8], at: usize) -> bool {
    bytes
        .get(at)
        .is_none_or(|b| !b.is_ascii_alphanumeric() && *b != b'_')
}

fn card(bytes: &[u8], from: usize) -> Option<usize> {
    let digits = run(bytes, from, u8::is_ascii_digit);
    // The longest number of the brand's lengths that ends where a number can end: what follows may be its expiry date.
    (13..=19).rev().find_map(|n| {
        let number: Vec<u8> = digits.get(..n)?.iter().map(|(d, _)| d - b'0').collect();
        let end = digits.get(n - 1)?.1;
        (ends(bytes, end) && is_brand(&number) && luhn(&number)).then_some(end)
    })
}

/// Ranges of issuers, by prefix and length.
fn is_brand(number: &[u8]) -> bool {
    let head = number.iter().take(4).fold(0u32, |n, d| n * 10 + u32::from(*d));
    match number.len() {
        13 | 19 => head / 1000 == 4 || number.len() == 19 && head / 100 == 62,
        14 => matches!(head / 10, 300..=305) || matches!(head / 100, 36 | 38 | 39),
        15 => matches!(head / 100, 34 | 37),
        16 => {
            head / 1000 == 4
                || matches!(head / 100, 51..=55 | 62 | 65)
                || matches!(head, 2221..=2720 | 6011 | 3528..=3589)
                || matches!(head / 10, 644..=649)
        }
        17 | 18 => head / 100 == 62,
        _ => false,
    }
}

fn luhn(number: &[u8]) -> bool {
    let doubled = |d: u8| if d > 4 { d * 2 - 9 } else { d * 2 };
    let sum: u32 = number
        .iter()
        .rev()
        .enumerate()
        .map(|(i, d)| u32::from(if i % 2 == 1 { doubled(*d) } else { *d }))
        .sum();
    sum.is_multiple_of(10)
}

/// Lengths by country (the registry's, SWIFT).
const LENGTHS: &[(&[u8; 2], usize)] = &[
    (b"AD", 24),
    (b"AE", 23),
    (b"AL", 28),
    (b"AT", 20),
    (b"AZ", 28),
    (b"BA", 20),
    (b"BE", 16),
    (b"BG", 22),
    (b"BH", 22),
    (b"BI", 27),
    (b"BR", 29),
    (b"BY", 28),
    (b"CH", 21),
    (b"CR", 22),
    (b"CY", 28),
    (b"CZ", 24),
    (b"DE", 22),
    (b"DJ", 27),
    (b"DK", 18),
    (b"DO", 28),
    (b"EE", 20),
    (b"EG", 29),
    (b"ES", 24),
    (b"FI", 18),
    (b"FK", 18),
    (b"FO", 18),
    (b"FR", 27),
    (b"GB", 22),
    (b"GE", 22),
    (b"GI", 23),
    (b"GL", 18),
    (b"GR", 27),
    (b"GT", 28),
    (b"HR", 21),
    (b"HU", 28),
    (b"IE", 22),
    (b"IL", 23),
    (b"IQ", 23),
    (b"IS", 26),
    (b"IT", 27),
    (b"JO", 30),
    (b"KW", 30),
    (b"KZ", 20),
    (b"LB", 28),
    (b"LC", 32),
    (b"LI", 21),
    (b"LT", 20),
    (b"LU", 20),
    (b"LV", 21),
    (b"LY", 25),
    (b"MC", 27),
    (b"MD", 24),
    (b"ME", 22),
    (b"MK", 19),
    (b"MN", 20),
    (b"MR", 27),
    (b"MT", 31),
    (b"MU", 30),
    (b"NI", 28),
    (b"NL", 18),
    (b"NO", 15),
    (b"OM", 23),
    (b"PK", 24),
    (b"PL", 28),
    (b"PS", 29),
    (b"PT", 25),
    (b"QA", 29),
    (b"RO", 24),
    (b"RS", 22),
    (b"RU", 33),
    (b"SA", 24),
    (b"SC", 31),
    (b"SD", 18),
    (b"SE", 24),
    (b"SI", 19),
    (b"SK", 24),
    (b"SM", 27),
    (b"SO", 23),
    (b"ST", 25),
    (b"SV", 28),
    (b"TL", 23),
    (b"TN", 24),
    (b"TR", 26),
    (b"UA", 29),
    (b"VA", 22),
    (b"VG", 24),
    (b"XK", 20),
    (b"YE", 30),
];

fn iban(bytes: &[u8], from: usize) -> Option<usize> {
    let country = bytes.get(from..from + 2)?.to_ascii_uppercase();
    let (_, length) = LENGTHS.iter().find(|(c, _)| c[..] == country[..])?;
    if !bytes.get(from + 2..from + 4)?.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let all = run(bytes, from, u8::is_ascii_alphanumeric);
    let number = all.get(..*length)?;
    let end = number.last()?.1;
    let (head, tail) = number.split_at_checked(4)?;
    let rest = tail.iter().chain(head).try_fold(0u32, |rest, (b, _)| {
        let value = char::from(*b).to_digit(36)?;
        Some((if value > 9 { rest * 100 } else { rest * 10 } + value) % 97)
    })?;
    (ends(bytes, end) && rest == 1).then_some(end)
}
