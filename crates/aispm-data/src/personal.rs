//! Personal data that can be told by its form: payment cards (Luhn, ISO/IEC 7812), IBANs (ISO 13616), e-mail addresses.

/// Kinds of personal data in a text, each once.
pub(crate) fn personal(text: &str) -> Vec<&'static str> {
    let mut out = Vec::new();
    if text.bytes().any(|b| b == b'@') && email(text) {
        out.push("e-mail address");
    }
    let mut run = String::new();
    let mut kinds = (false, false);
    for c in text.chars().chain([' ', ' ', ' ']) {
        match c {
            '0'..='9' | 'A'..='Z' => run.push(c),
            // Numbers are written in groups.
            ' ' | '-' if !run.is_empty() && !run.ends_with(' ') => run.push(' '),
            _ => {
                judge(&run, &mut kinds);
                run.clear();
                if c.is_alphanumeric() || c == '_' || c == '.' {
                    run.push('~'); // the middle of a word is no beginning of a number
                }
            }
        }
        if run.len() > 64 {
            let rest = run.split_off(24);
            judge(&run, &mut kinds);
            run = rest;
        }
    }
    if kinds.0 {
        out.push("payment card");
    }
    if kinds.1 {
        out.push("bank account");
    }
    out
}

fn judge(run: &str, kinds: &mut (bool, bool)) {
    let groups: Vec<&str> = run.split(' ').filter(|g| !g.is_empty()).collect();
    for from in 0..groups.len() {
        let mut joined = String::new();
        for group in groups.iter().skip(from).take(9) {
            joined.push_str(group);
            if joined.len() > 34 {
                break;
            }
            kinds.0 |= card(&joined);
            kinds.1 |= iban(&joined);
        }
    }
}

fn card(number: &str) -> bool {
    let digits: Option<Vec<u32>> = number.chars().map(|c| c.to_digit(10)).collect();
    let Some(digits) = digits else { return false };
    let head = digits.iter().take(2).fold(0, |n, d| n * 10 + d);
    let brand = match digits.len() {
        13 | 19 => head / 10 == 4,
        15 => matches!(head, 34 | 37),
        16 => head / 10 == 4 || matches!(head, 22..=27 | 35 | 51..=55 | 60 | 62 | 65),
        _ => false,
    };
    // Test numbers of the manuals are nobody's.
    let example = digits.iter().skip(1).take(11).all(|d| Some(d) == digits.get(1));
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(i, d)| {
            if i % 2 == 1 {
                (d * 2) / 10 + (d * 2) % 10
            } else {
                *d
            }
        })
        .sum();
    brand && !example && sum.is_multiple_of(10)
}

fn iban(text: &str) -> bool {
    let shaped = (15..=34).contains(&text.len())
        && text.bytes().take(2).all(|b| b.is_ascii_uppercase())
        && text.bytes().skip(2).take(2).all(|b| b.is_ascii_digit())
        && text.bytes().skip(4).filter(u8::is_ascii_digit).count() >= 8
        && text.bytes().all(|b| b.is_ascii_alphanumeric());
    let Some((head, rest)) = text.split_at_checked(4).filter(|_| shaped) else {
        return false;
    };
    let remainder = rest.chars().chain(head.chars()).try_fold(0u32, |n, c| {
        let v = c.to_digit(36)?;
        Some(if v > 9 {
            (n * 100 + v) % 97
        } else {
            (n * 10 + v) % 97
        })
    });
    remainder == Some(1)
}

/// Somebody's address; those of the reserved names (RFC 2606) are nobody's.
fn email(text: &str) -> bool {
    let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '+');
    text.match_indices('@').take(64).any(|(at, _)| {
        let before = text.get(..at).unwrap_or("");
        let after = text.get(at + 1..).unwrap_or("");
        let local = before.chars().rev().take(64).take_while(|c| part(*c)).count();
        let domain: String = after.chars().take(255).take_while(|c| part(*c)).collect();
        let domain = domain.trim_end_matches(['.', '-', '_', '+']).to_ascii_lowercase();
        let top = domain.rsplit('.').next().unwrap_or("");
        let reserved = matches!(top, "example" | "test" | "invalid" | "localhost")
            || ["example.com", "example.org", "example.net"]
                .iter()
                .any(|d| domain.ends_with(d));
        local > 0
            && domain.contains('.')
            && top.len() >= 2
            && top.bytes().all(|b| b.is_ascii_lowercase())
            && !reserved
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_by_their_form() {
        for (text, expected) in [
            ("mail me at jo.doe+x@corp.acme.io please", vec!["e-mail address"]),
            ("user@example.com, a@b and @handle", vec![]),
            ("card 4539 1488 0343 6467, thanks", vec!["payment card"]),
            ("card 4539148803436468", vec![]),
            ("test card 4111111111111111", vec![]),
            ("IBAN DE89 3704 0044 0532 0130 00.", vec!["bank account"]),
            ("IBAN DE88370400440532013000", vec![]),
            ("x4539148803436467", vec![]),
            ("0.4539148803436467", vec![]),
        ] {
            assert_eq!(personal(text), expected, "{text}");
        }
    }
}
