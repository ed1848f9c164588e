//! Escapes: character references of HTML, backslashes of Markdown.

/// Named references that stand for a character an address is made of. Others with a semicolon are not guessed at.
const NAMED: &[(&str, char)] = &[
    ("amp", '&'),
    ("lt", '<'),
    ("gt", '>'),
    ("quot", '"'),
    ("apos", '\''),
    ("nbsp", '\u{A0}'),
    ("Tab", '\t'),
    ("NewLine", '\n'),
    ("colon", ':'),
    ("sol", '/'),
    ("bsol", '\\'),
    ("period", '.'),
    ("num", '#'),
    ("quest", '?'),
    ("equals", '='),
    ("commat", '@'),
    ("percnt", '%'),
    ("lpar", '('),
    ("rpar", ')'),
    ("comma", ','),
    ("excl", '!'),
    ("ndash", '\u{2013}'),
    ("mdash", '\u{2014}'),
    ("hellip", '\u{2026}'),
    ("copy", '\u{A9}'),
];

/// The text with its character references decoded; none where one is unknown, for then nobody knows what a browser reads.
pub(crate) fn decode_references(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let (c, next) = reference(after)?;
        match c {
            Some(c) => out.push(c),
            None => out.push('&'),
        }
        rest = next;
    }
    out.push_str(rest);
    Some(out)
}

/// The character a reference stands for (none: a bare `&`), and what follows it.
fn reference(after: &str) -> Option<(Option<char>, &str)> {
    if let Some(numeric) = after.strip_prefix('#') {
        let (digits, radix) = match numeric.strip_prefix(['x', 'X']) {
            Some(hex) => (hex, 16),
            None => (numeric, 10),
        };
        let end = digits.find(|c: char| !c.is_digit(radix)).unwrap_or(digits.len());
        let (number, next) = digits.split_at_checked(end)?;
        if number.is_empty() {
            return Some((None, after));
        }
        let code = u32::from_str_radix(number, radix).unwrap_or(u32::MAX);
        let c = char::from_u32(code).unwrap_or('\u{FFFD}');
        return Some((Some(c), next.strip_prefix(';').unwrap_or(next)));
    }
    let end = after
        .find(|c: char| !c.is_ascii_alphanumeric())
        .unwrap_or(after.len());
    let (name, next) = after.split_at_checked(end)?;
    match next.strip_prefix(';') {
        // `?a=1&b=2`: no reference.
        None => Some((None, after)),
        Some(_) if name.is_empty() => Some((None, after)),
        Some(next) => {
            let (_, c) = NAMED.iter().find(|(n, _)| *n == name)?;
            Some((Some(*c), next))
        }
    }
}

/// The text without the backslashes that escape punctuation in Markdown.
pub(crate) fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match chars.peek() {
            Some(next) if c == '\\' && next.is_ascii_punctuation() => out.extend(chars.next()),
            _ => out.push(c),
        }
    }
    out
}
