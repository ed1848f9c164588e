//! Texts out of scanned files, made fit to be shown: shortened, made visible, and with whatever may be a credential masked.

/// Shortest run of key-like characters that is masked.
const KEY_LENGTH: usize = 20;

/// Names after which a value is masked, however short it is.
const KEY_NAMES: &[&str] = &[
    "password",
    "passwd",
    "pwd",
    "token",
    "secret",
    "apikey",
    "api_key",
    "api-key",
    "access_key",
    "authorization",
    "bearer",
    "credential",
    "auth",
];

/// At most `max` characters of `text`, on one line, control and invisible characters written as `\u{…}`, key-like runs and
/// values of key-like names masked.
pub fn excerpt(text: &str, max: usize) -> String {
    // Four characters of input give at most one masked run; reading more than this could not change the output.
    let mut head: String = text
        .chars()
        .take(max.saturating_mul(4).saturating_add(256))
        .collect();
    if head.len() < text.len() {
        // A run that the cut made short would no longer look like a key.
        head.truncate(head.trim_end_matches(is_key_char).len());
    }
    let masked = mask(&head);
    let mut out = String::new();
    let mut written = 0;
    for c in masked.chars() {
        if written >= max {
            out.push('…');
            return out;
        }
        if is_hidden(c) {
            let shown = c.escape_unicode().to_string();
            written += shown.len();
            out.push_str(&shown);
        } else {
            written += 1;
            out.push(c);
        }
    }
    if head.len() < text.len() {
        out.push('…');
    }
    out
}

/// Characters that a person does not see or that act on a terminal.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}')
}

fn is_key_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '+' | '=' | '/' | '%' | '~')
}

fn mask(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut named = false;
    for piece in split_runs(text) {
        if !piece.starts_with(is_key_char) {
            // `token: "x"`: separators between a name and its value keep the name in force.
            named &= piece
                .chars()
                .all(|c| matches!(c, ' ' | ':' | '"' | '\'' | '\\' | '\t'));
            out.push_str(piece);
            continue;
        }
        let (kept, value) = match piece.split_once('=') {
            Some((name, value)) if is_key_name(name) && !value.is_empty() => (Some(name), value),
            _ => (None, piece),
        };
        if let Some(name) = kept {
            out.push_str(name);
            out.push('=');
        }
        if kept.is_some() || looks_like_key(value) || (named && !is_key_name(value)) {
            out.push_str("[masked]");
            named = false;
        } else {
            out.push_str(value);
            named = is_key_name(value.trim_end_matches('='));
        }
    }
    out
}

/// Runs of key-like characters and what stands between them, in order.
fn split_runs(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let key = is_key_char(rest.chars().next()?);
        let end = rest.find(|c| is_key_char(c) != key).unwrap_or(rest.len());
        let (piece, tail) = rest.split_at_checked(end)?;
        rest = tail;
        Some(piece)
    })
}

fn is_key_name(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    KEY_NAMES
        .iter()
        .any(|n| lower == *n || lower.ends_with(&format!("_{n}")) || lower.ends_with(&format!("-{n}")))
}

/// Long, and of mixed characters: what people write is words and paths, what keys are made of is neither.
fn looks_like_key(run: &str) -> bool {
    let parts = run.split('/').collect::<Vec<_>>();
    let dense = |s: &str| {
        s.len() >= KEY_LENGTH
            && s.bytes().any(|b| b.is_ascii_digit())
            && s.bytes().any(|b| b.is_ascii_alphabetic())
    };
    let mixed = |s: &str| {
        dense(s) && s.bytes().any(|b| b.is_ascii_uppercase()) && s.bytes().any(|b| b.is_ascii_lowercase())
    };
    parts.iter().any(|p| dense(p)) || (parts.len() > 1 && mixed(run))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_a_credential_is_masked() {
        let key = ["sk", "-proj-", "abcdEFGH1234ijklMNOP5678"].concat();
        for (given, shown) in [
            ("rm -rf /home/user".to_owned(), "rm -rf /home/user".to_owned()),
            (
                format!("curl -H 'x: {key}' h"),
                "curl -H 'x: [masked]' h".to_owned(),
            ),
            (
                "--password=hunter2 go".to_owned(),
                "--password=[masked] go".to_owned(),
            ),
            (
                "Authorization: Bearer abc".to_owned(),
                "Authorization: Bearer [masked]".to_owned(),
            ),
            ("token 'abc' rest".to_owned(), "token '[masked]' rest".to_owned()),
            (
                "/usr/lib/python3/dist-packages/pip/main".to_owned(),
                "/usr/lib/python3/dist-packages/pip/main".to_owned(),
            ),
        ] {
            assert_eq!(excerpt(&given, 100), shown);
        }
        let cut = excerpt(&format!("aa {key}"), 10);
        assert!(!cut.contains("abcdEFGH"), "{cut}");
    }

    #[test]
    fn invisible_characters_are_shown_and_length_is_kept() {
        assert_eq!(excerpt("a\nb\u{200b}c", 50), "a\\u{a}b\\u{200b}c");
        assert_eq!(excerpt(&"x y ".repeat(100), 5), "x y x…");
    }
}
