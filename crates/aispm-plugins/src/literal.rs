//! Whether a value that stands in a configuration is a credential in the clear, and how to show arguments without one.

use std::sync::LazyLock;

use regex::Regex;

/// What masked text is shown as.
const MASK: &str = "[secret]";

/// Beginnings that vendors give their keys, each with the length that a real one has at least.
const BEGINNINGS: [(&str, usize); 24] = [
    ("sk-", 20),
    ("ghp_", 20),
    ("gho_", 20),
    ("ghs_", 20),
    ("github_pat_", 30),
    ("glpat-", 16),
    ("xoxb-", 20),
    ("xoxp-", 20),
    ("xapp-", 20),
    ("AKIA", 16),
    ("ASIA", 16),
    ("AIza", 30),
    ("hf_", 20),
    ("gsk_", 20),
    ("r8_", 20),
    ("npm_", 20),
    ("pypi-", 30),
    ("eyJ", 30),
    ("tvly-", 16),
    ("fc-", 20),
    ("ntn_", 20),
    ("secret_", 20),
    ("lin_api_", 20),
    ("pat-", 20),
];

// Patterns are in lower case, and so is the text they are tried on.

/// Parts of names that promise a credential.
static NAMED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(api[-_]?key|apikey|access[-_]?key|token|secret|passw(or)?d|credential|authorization|auth[-_]?key|private[-_]?key|connection[-_]?string|(^|[-_])(key|pat|pass|pwd|dsn|auth)$)").ok()
});

/// Text that only stands for a value: references of shells, editors and vaults, and what people write in examples.
static STANDS_FOR: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(\$\{|\$\(|\$[a-z_]|%[a-z_]+%|\{\{|<[^>]*>|^op://|^vault:|^env:|^file:|^aws-sm:|your[-_ ]|[-_ ]here\b|^x{3,}|x{6,}|\*{3,}|\.{3}|…|changeme|change[-_]me|placeholder|example|dummy|^(todo|none|null|test|secret|password|token|string|key|value|true|false)$|insert|replace|redacted|my[-_]?(api|token|key|secret))").ok()
});

fn fits(pattern: &LazyLock<Option<Regex>>, text: &str) -> bool {
    pattern
        .as_ref()
        .is_some_and(|p| p.is_match(&text.to_ascii_lowercase()))
}

/// Whether a name promises a credential.
pub(crate) fn is_credential_name(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let count = [
        "max_token",
        "max-token",
        "maxtoken",
        "token_limit",
        "tokens",
        "tokenizer",
        "_file",
        "_path",
        "-file",
        "_url",
        "_env_var",
    ];
    fits(&NAMED, name) && !count.iter().any(|c| lower.contains(c))
}

/// The credential in a named value, if one stands there in the clear; the scheme of an `Authorization` header is left out.
pub(crate) fn credential<'v>(name: &str, value: &'v str) -> Option<&'v str> {
    let value = value.trim();
    let bare = ["Bearer ", "bearer ", "Basic ", "token ", "Token "]
        .iter()
        .find_map(|scheme| value.strip_prefix(scheme))
        .unwrap_or(value)
        .trim();
    if let Some(password) = password_in_url(value) {
        return Some(password);
    }
    if bare.is_empty() || fits(&STANDS_FOR, bare) {
        return None;
    }
    let known = BEGINNINGS
        .iter()
        .any(|(b, least)| bare.starts_with(b) && bare.len() >= *least && !bare.contains(char::is_whitespace));
    let named = is_credential_name(name)
        && bare.len() >= 8
        && !bare.contains(char::is_whitespace)
        && !bare.contains("://")
        && !bare.starts_with(['/', '~', '.'])
        && !is_uniform(bare);
    (known || named).then_some(bare)
}

/// `password` of `scheme://user:password@host`.
pub(crate) fn password_in_url(value: &str) -> Option<&str> {
    let authority = value.split_once("://")?.1.split(['/', '?', '#']).next()?;
    let (user, _) = authority.rsplit_once('@')?;
    let password = user.split_once(':')?.1;
    (!password.is_empty() && !fits(&STANDS_FOR, password)).then_some(password)
}

/// One letter many times, or a run such as `12345678`: what people type to fill a field.
fn is_uniform(text: &str) -> bool {
    let mut letters: Vec<char> = text.chars().collect();
    letters.sort_unstable();
    letters.dedup();
    letters.len() <= 3
}

/// Long text of mixed letters and digits that reads like no path, name or version: masked when shown, though not called a secret.
fn looks_random(text: &str) -> bool {
    let is_word = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'+' | b'=');
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let upper = text.bytes().filter(u8::is_ascii_uppercase).count();
    let lower = text.bytes().filter(u8::is_ascii_lowercase).count();
    text.len() >= 24
        && text.bytes().all(is_word)
        && digits >= 4
        && (upper >= 2 || lower >= 6)
        && !is_uniform(text)
}

/// One argument as it may be shown, and the credentials in it. `before` is the argument before it, which may name it.
pub(crate) fn shown_argument(argument: &str, before: Option<&str>) -> (String, Vec<(String, String)>) {
    let mut found = Vec::new();
    // `--api-key=…`, `KEY=…` (after `-e`), `Authorization: …` (after `--header`).
    let split = argument
        .split_once('=')
        .or_else(|| argument.split_once(": "))
        .filter(|(name, _)| !name.contains("://") && name.len() <= 64);
    let (name, value) = match (split, before) {
        (Some((name, value)), _) => (name.trim_start_matches('-'), value),
        // `-e TOKEN` hands a variable on: what follows a name is the next argument.
        (None, Some(flag)) if flag.starts_with('-') && !matches!(flag, "-e" | "--env") => {
            (flag.trim_start_matches('-'), argument)
        }
        (None, _) => ("", argument),
    };
    let mut shown = argument.to_owned();
    if let Some(secret) = credential(name, value) {
        let label = match (split.is_some(), before) {
            (false, Some(flag)) if flag.starts_with('-') => flag.to_owned(),
            (false, _) => "argument".to_owned(),
            (true, _) => split.map_or_else(String::new, |(n, _)| n.to_owned()),
        };
        found.push((label, secret.to_owned()));
        shown = shown.replace(secret, MASK);
    }
    if let Some((address, query)) = shown.clone().split_once('?').filter(|(a, _)| a.contains("://")) {
        let pairs: Vec<String> = query
            .split('&')
            .map(|pair| match pair.split_once('=') {
                Some((n, v)) if credential(n, v).is_some() => {
                    found.push((n.to_owned(), v.to_owned()));
                    format!("{n}={MASK}")
                }
                _ => pair.to_owned(),
            })
            .collect();
        shown = format!("{address}?{}", pairs.join("&"));
    }
    let shown = shown
        .split_inclusive([' ', '=', '/', ':', ',', '@', '&', '?'])
        .map(|piece| {
            let bare = piece.trim_end_matches([' ', '=', '/', ':', ',', '@', '&', '?']);
            if looks_random(bare) && !argument.contains("sha256:") {
                piece.replace(bare, MASK)
            } else {
                piece.to_owned()
            }
        })
        .collect();
    (shown, found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fake(parts: &[&str]) -> String {
        parts.concat()
    }

    #[test]
    fn credentials_and_what_only_stands_for_one() {
        let key = fake(&["sk-", "proj-", "A1b2C3d4E5f6G7h8I9j0K1l2"]);
        for (name, value, is) in [
            ("OPENAI_API_KEY", key.as_str(), true),
            ("WHATEVER", key.as_str(), true),
            ("OPENAI_API_KEY", "${OPENAI_API_KEY}", false),
            ("OPENAI_API_KEY", "${input:openai}", false),
            ("OPENAI_API_KEY", "$OPENAI_API_KEY", false),
            ("API_KEY", "<your key>", false),
            ("API_KEY", "YOUR_API_KEY_HERE", false),
            ("API_KEY", "your-api-key", false),
            ("API_KEY", "xxxxxxxxxxxx", false),
            ("API_KEY", "sk-...", false),
            ("API_KEY", "", false),
            ("DB_PASSWORD", "hunter2hunter9", true),
            ("MAX_TOKENS", "409600000", false),
            ("TOKEN_FILE", "/run/secrets/token", false),
            ("LOG_LEVEL", "debugging", false),
            ("DATABASE_URL", "postgres://u:s3cr3tpw@db/x", true),
            ("DATABASE_URL", "postgres://u:${PW}@db/x", false),
            ("Authorization", "Bearer abcdef0123456789", true),
            ("Authorization", "Bearer ${TOKEN}", false),
            ("API_KEY", "op://vault/item/field", false),
        ] {
            assert_eq!(credential(name, value).is_some(), is, "{name} {value}");
        }
    }

    #[test]
    fn arguments_are_shown_without_credentials() {
        for (argument, before, shown, names) in [
            (
                "--api-key=abcdef0123456789",
                None,
                "--api-key=[secret]",
                vec!["--api-key"],
            ),
            (
                "abcdef0123456789",
                Some("--api-key"),
                "[secret]",
                vec!["--api-key"],
            ),
            (
                "GITHUB_TOKEN=abcdef0123456789",
                Some("-e"),
                "GITHUB_TOKEN=[secret]",
                vec!["GITHUB_TOKEN"],
            ),
            ("GITHUB_TOKEN", Some("-e"), "GITHUB_TOKEN", vec![]),
            (
                "Authorization: Bearer abcdef0123456789",
                Some("--header"),
                "Authorization: Bearer [secret]",
                vec!["Authorization"],
            ),
            (
                "https://h/sse?api_key=abcdef0123456789&x=1",
                None,
                "https://h/sse?api_key=[secret]&x=1",
                vec!["api_key"],
            ),
            (
                "postgresql://u:s3cr3tpw@h/db",
                None,
                "postgresql://u:[secret]@h/db",
                vec!["argument"],
            ),
            (
                "@modelcontextprotocol/server-filesystem@2025.1.14",
                Some("-y"),
                "@modelcontextprotocol/server-filesystem@2025.1.14",
                vec![],
            ),
            ("/Users/me/projects", None, "/Users/me/projects", vec![]),
        ] {
            let (text, found) = shown_argument(argument, before);
            assert_eq!(text, shown);
            assert_eq!(
                found.iter().map(|(n, _)| n.as_str()).collect::<Vec<_>>(),
                names,
                "{argument}"
            );
        }
    }
}
