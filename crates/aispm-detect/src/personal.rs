//! Personal data that can be told by its form: payment cards (Luhn, ISO/IEC 7812), IBANs (ISO 13616), e-mail addresses.

use std::collections::BTreeSet;
use std::ops::Range;

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PersonalKind {
    /// The number of a payment card; its check digit holds.
    PaymentCard,
    /// An IBAN; its check digits hold.
    BankAccount,
    /// Somebody's address.
    Email,
}

impl PersonalKind {
    /// The word for people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PaymentCard => "payment card",
            Self::BankAccount => "bank account",
            Self::Email => "e-mail address",
        }
    }
}

/// A value in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Personal {
    /// Its bytes.
    pub range: Range<usize>,
    /// What it is.
    pub kind: PersonalKind,
    /// Nobody's, as far as its form says: a number of the manuals, a reserved domain (RFC 2606), a list of digits.
    pub example: bool,
}

/// Longest run looked at: the longest IBAN is 34 characters, in groups of four.
const LONGEST: usize = 34;

/// All personal data of a text, in order, without overlaps.
pub fn personal(text: &str) -> Vec<Personal> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut i = 0;
    while let Some(b) = bytes.get(i) {
        let before = i.checked_sub(1).and_then(|p| bytes.get(p));
        // A key, an identifier or a decimal fraction goes on; a number in the middle of it is none of ours.
        let free = before.is_none_or(|p| !p.is_ascii_alphanumeric() && *p != b'_')
            && !(before == Some(&b'.') && i >= 2 && bytes.get(i - 2).is_some_and(u8::is_ascii_digit));
        let hit = match b {
            b'2'..=b'6' if free => card(bytes, i),
            b'A'..=b'Z' | b'a'..=b'z' if free => iban(bytes, i),
            b'@' => email(bytes, i, found.last().map_or(0, |p: &Personal| p.range.end)),
            _ => None,
        };
        match hit {
            Some(hit) => {
                i = hit.range.end;
                found.push(hit);
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

fn card(bytes: &[u8], from: usize) -> Option<Personal> {
    let digits = run(bytes, from, u8::is_ascii_digit);
    // The longest number of the brand's lengths that ends where a number can end: what follows may be its expiry date.
    (13..=19).rev().find_map(|n| {
        let number: Vec<u8> = digits.get(..n)?.iter().map(|(d, _)| d - b'0').collect();
        let end = digits.get(n - 1)?.1;
        // As manuals write them: 4111 1111 …, 4242 4242 …
        let few = || number.iter().collect::<BTreeSet<_>>().len() <= 3;
        let spelled = || end - from >= n + n / 2;
        (ends(bytes, end) && is_brand(&number) && luhn(&number)).then(|| Personal {
            range: from..end,
            kind: PersonalKind::PaymentCard,
            example: few() || spelled(),
        })
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

fn iban(bytes: &[u8], from: usize) -> Option<Personal> {
    let country = bytes.get(from..from + 2)?.to_ascii_uppercase();
    let (_, length) = LENGTHS.iter().find(|(c, _)| c[..] == country[..])?;
    if !bytes.get(from + 2..from + 4)?.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let all = run(bytes, from, u8::is_ascii_alphanumeric);
    let number = all.get(..*length)?;
    let end = number.last()?.1;
    let (head, tail) = number.split_at_checked(4)?;
    // Account numbers are mostly digits; a few words of the right length are none.
    if tail.iter().filter(|(b, _)| b.is_ascii_digit()).count() < 8 {
        return None;
    }
    let rest = tail.iter().chain(head).try_fold(0u32, |rest, (b, _)| {
        let value = char::from(*b).to_digit(36)?;
        Some((if value > 9 { rest * 100 } else { rest * 10 } + value) % 97)
    })?;
    (ends(bytes, end) && rest == 1).then_some(Personal {
        range: from..end,
        kind: PersonalKind::BankAccount,
        example: false,
    })
}

/// The address around an `@`; nothing before `from` belongs to it.
fn email(bytes: &[u8], at: usize, from: usize) -> Option<Personal> {
    let part = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b'+');
    let local = bytes
        .get(from..at)?
        .iter()
        .rev()
        .take(64)
        .take_while(part)
        .count();
    let domain = bytes.get(at + 1..)?.iter().take(255).take_while(part).count();
    let domain = std::str::from_utf8(bytes.get(at + 1..at + 1 + domain)?).ok()?;
    let domain = domain.trim_end_matches(['.', '-', '_', '+']);
    let (name, top) = domain.rsplit_once('.')?;
    let named =
        local > 0 && !name.is_empty() && top.len() >= 2 && top.bytes().all(|b| b.is_ascii_alphabetic());
    let lower = domain.to_ascii_lowercase();
    let reserved = [
        "example",
        "test",
        "invalid",
        "localhost",
        "example.com",
        "example.org",
        "example.net",
    ];
    let under = |r: &&str| {
        lower
            .strip_suffix(*r)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    named.then(|| Personal {
        range: at - local..at + 1 + domain.len(),
        kind: PersonalKind::Email,
        example: reserved.iter().any(under),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_by_their_form() {
        for (text, expected) in [
            ("mail me at jo.doe+x@corp.acme.io please", &["e-mail address"][..]),
            ("user@example.com, a@b and @handle, x@mail.example.org", &[]),
            ("jo@notexample.com", &["e-mail address"]),
            ("card 4539 1488 0343 6467, thanks", &["payment card"]),
            ("card 4539148803436468", &[]),
            ("test cards 4111111111111111, 4242 4242 4242 4242", &[]),
            ("pixels 4 5 3 9 1 4 8 8 0 3 4 3 6 4 6 7 of it", &[]),
            ("IBAN DE89 3704 0044 0532 0130 00.", &["bank account"]),
            ("IBAN DE88370400440532013000", &[]),
            ("x4539148803436467", &[]),
            ("0.4539148803436467", &[]),
            (
                "4539148803436467,jo@corp.acme.io",
                &["payment card", "e-mail address"],
            ),
        ] {
            let found = personal(text);
            let kinds: Vec<&str> = found
                .iter()
                .filter(|p| !p.example)
                .map(|p| p.kind.as_str())
                .collect();
            assert_eq!(kinds, expected, "{text}");
        }
        let text = "to jo@corp.acme.io.";
        assert_eq!(
            personal(text).first().and_then(|p| text.get(p.range.clone())),
            Some("jo@corp.acme.io")
        );
    }
}
