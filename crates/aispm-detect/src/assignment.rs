//! `name = value` in the many ways people write it: code, `.env`, JSON, YAML, HCL, XML, command lines, headers, and the same
//! inside a notebook's escaped strings. Bounded on every side, so that it stays linear.

use std::ops::Range;

use crate::alphabet::{Alphabet, at, before, part};
use crate::literal::{Literal, literal};

/// Longest name looked at (bytes to each side of the keyword).
const NAME: usize = 64;

/// A name and the literal it is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Assignment {
    pub(crate) name: Range<usize>,
    pub(crate) value: Literal,
    /// The value merely follows in a list or call (`"API_KEY", "…"`): weaker than an operator.
    pub(crate) listed: bool,
}

/// The assignment whose name holds the keyword at `keyword`, if one follows.
pub(crate) fn assignment(text: &[u8], keyword: &Range<usize>) -> Option<Assignment> {
    let name = name(text, keyword);
    let (mut i, closed) = closers(text, name.end);
    // A type annotation (`key: str = "…"`) stands between name and value.
    let (next, listed) = operator(text, i, &name, closed)?;
    i = annotation(text, next).unwrap_or(next);
    let value = literal(text, i)?;
    Some(Assignment { name, value, listed })
}

/// Extends a keyword to the identifier around it.
fn name(text: &[u8], keyword: &Range<usize>) -> Range<usize> {
    let left = part(text, keyword.start.saturating_sub(NAME)..keyword.start)
        .iter()
        .rev()
        .take_while(|b| Alphabet::Dotted.has(**b))
        .count();
    let mut start = keyword.start - left;
    // `\nAPI_KEY` in an escaped string: the `n` is no part of the name.
    if before(text, start) == Some(b'\\')
        && matches!(at(text, start), Some(b'n' | b't' | b'r'))
        && start < keyword.start
    {
        start += 1;
    }
    start..keyword.end + Alphabet::Dotted.run(text, keyword.end, NAME)
}

/// Skips what closes a name: quotes (escaped or not), brackets, blanks. Says whether a quote was closed.
fn closers(text: &[u8], from: usize) -> (usize, bool) {
    let mut closed = false;
    let skipped = part(text, from..(from + 8).min(text.len()))
        .iter()
        .take_while(|b| {
            closed |= matches!(b, b'"' | b'\'');
            matches!(b, b'"' | b'\'' | b'`' | b'\\' | b']' | b')' | b' ' | b'\t' | b'?')
        })
        .count();
    (from + skipped, closed)
}

/// The place after the operator, and whether it was only a comma.
fn operator(text: &[u8], i: usize, name: &Range<usize>, closed: bool) -> Option<(usize, bool)> {
    let rest = part(text, i..text.len());
    for op in [&b"=>"[..], b":=", b"==", b"=", b":"] {
        if rest.starts_with(op) {
            return (op != b"==").then_some((i + op.len(), false));
        }
    }
    if let Some(at) = paired(text, i) {
        return Some((at, false));
    }
    if closed && rest.first() == Some(&b',') {
        return Some((i + 1, true));
    }
    if rest.first() == Some(&b'>') && before(text, name.start) == Some(b'<') {
        return Some((i + 1, false));
    }
    // `--api-key VALUE`, `ENV KEY VALUE`, `password VALUE` (netrc): the blanks were skipped as closers.
    let dashed = part(text, name.clone()).starts_with(b"--");
    let line = part(text, name.start.saturating_sub(48)..name.start);
    let line = line.rsplit(|b| *b == b'\n').next().unwrap_or(line);
    let declared = [&b"ENV "[..], b"ARG ", b"setx ", b"setenv ", b"machine ", b"login "]
        .iter()
        .any(|w| memchr::memmem::find(line, w).is_some())
        // fish: `set -gx NAME VALUE`.
        || line.trim_ascii_start().starts_with(b"set -") && line.ends_with(b" ");
    let blank = before(text, i).is_some_and(|b| b == b' ' || b == b'\t');
    (blank && !closed && (dashed || declared)).then_some((i, false))
}

/// `name: API_KEY⏎ value: …`, `{"name": "API_KEY", "value": "…"}`, `variable "api_key" { default = "…" }`: the place after the second
/// key's operator.
fn paired(text: &[u8], i: usize) -> Option<usize> {
    let window = part(text, i..(i + 240).min(text.len()));
    let blank = |b: &u8| b.is_ascii_whitespace() || matches!(b, b',' | b'"' | b'\'' | b'\\' | b'{');
    let lead = window.iter().take_while(|b| blank(b)).count();
    let opened = part(window, 0..lead).contains(&b'{');
    let rest = part(window, lead..window.len());
    let after = |key: &[u8], from: usize| {
        let tail = part(window, from + key.len()..window.len());
        let skip = tail
            .iter()
            .take_while(|b| b.is_ascii_whitespace() || matches!(b, b'"' | b'\'' | b'\\'))
            .count();
        matches!(tail.get(skip), Some(b':' | b'=')).then_some(i + from + key.len() + skip + 1)
    };
    if opened {
        let end = memchr::memchr(b'}', window).unwrap_or(window.len());
        let found = memchr::memmem::find(part(window, 0..end), b"default")?;
        return after(b"default", found);
    }
    if lead == 0 {
        return None;
    }
    [&b"value"[..], b"Value"]
        .iter()
        .find(|k| rest.starts_with(k))
        .and_then(|k| after(k, lead))
}

/// Skips `str =` of `: str = "…"`.
fn annotation(text: &[u8], i: usize) -> Option<usize> {
    let window = part(text, i..(i + 48).min(text.len()));
    let ty = window
        .iter()
        .take_while(|b| b.is_ascii_alphabetic() || matches!(b, b' ' | b'[' | b']' | b'|' | b'.' | b'_'))
        .count();
    let named = part(window, 0..ty).iter().any(u8::is_ascii_alphabetic);
    (named && window.get(ty) == Some(&b'=') && window.get(ty + 1) != Some(&b'=')).then_some(i + ty + 1)
}

/// What a name promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Promise {
    /// Chosen by a person: any text may be one.
    Password,
    /// Made by a machine: random.
    Token,
    /// Only a key if a vendor's shape fits.
    Key,
}

/// Words that make a name secret, separators removed; the longest that fits decides.
const SECRET_WORDS: &[(&str, Promise)] = &[
    ("passphrase", Promise::Password),
    ("password", Promise::Password),
    ("passwort", Promise::Password),
    ("passwd", Promise::Password),
    ("pwd", Promise::Password),
    ("secret", Promise::Token),
    ("token", Promise::Token),
    ("apikey", Promise::Token),
    ("accesskey", Promise::Token),
    ("accountkey", Promise::Token),
    ("adminkey", Promise::Token),
    ("authkey", Promise::Token),
    ("encryptionkey", Promise::Token),
    ("functionkey", Promise::Token),
    ("masterkey", Promise::Token),
    ("privatekey", Promise::Token),
    ("secretkey", Promise::Token),
    ("sessionkey", Promise::Token),
    ("sharedkey", Promise::Token),
    ("signingkey", Promise::Token),
    ("storagekey", Promise::Token),
    ("subscriptionkey", Promise::Token),
    ("credential", Promise::Token),
    ("credentials", Promise::Token),
    ("authorization", Promise::Token),
    ("bearer", Promise::Token),
    ("key", Promise::Key),
    ("pat", Promise::Key),
];

/// What may follow the secret word in a name.
const TAILS: &[&str] = &[
    "",
    "value",
    "val",
    "prod",
    "production",
    "dev",
    "staging",
    "test",
    "live",
    "string",
    "str",
    "plain",
    "plaintext",
    "raw",
    "primary",
    "secondary",
    "default",
    "env",
    "b64",
    "base64",
    "data",
    "openai",
    "new",
    "old",
];

/// What a name (`db.prod.DB_PASSWORD_1`) promises; nothing where it names something else (`token_type`, `max_tokens`, `keyboard`).
pub(crate) fn promise(name: &[u8]) -> Option<Promise> {
    let flat: String = flatten(name);
    let flat = flat.trim_end_matches(|c: char| c.is_ascii_digit());
    if flat.contains("public") {
        return None;
    }
    if name.to_ascii_lowercase().ends_with(b"_pass") || flat == "pass" {
        return Some(Promise::Password);
    }
    SECRET_WORDS.iter().find_map(|(word, promise)| {
        let at = flat.rfind(word)?;
        let tail = flat.get(at + word.len()..)?;
        TAILS.contains(&tail).then_some(*promise)
    })
}

/// A name in lower case without separators.
pub(crate) fn flatten(name: &[u8]) -> String {
    name.iter()
        .filter(|b| b.is_ascii_alphanumeric())
        .map(|b| char::from(b.to_ascii_lowercase()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn value<'t>(text: &'t str, word: &str) -> Option<&'t str> {
        let start = text.find(word)?;
        let a = assignment(text.as_bytes(), &(start..start + word.len()))?;
        text.get(a.value.range)
    }

    #[test]
    fn every_way_to_write_it() {
        let cases = [
            ("API_KEY=abc123def", "KEY"),
            ("export API_KEY='abc123def'", "KEY"),
            (r#"{"api_key": "abc123def"}"#, "key"),
            (r#"os.environ["API_KEY"] = "abc123def""#, "KEY"),
            (r#""os.environ[\"API_KEY\"] = \"abc123def\"\n","#, "KEY"),
            (r#"os.environ.setdefault("API_KEY", "abc123def")"#, "KEY"),
            ("api_key: str = 'abc123def'", "key"),
            ("api_key: abc123def # yes", "key"),
            ("- name: API_KEY\n  value: abc123def\n", "KEY"),
            (r#"{"name": "API_KEY", "value": "abc123def"}"#, "KEY"),
            (
                "variable \"api_key\" {\n  type = string\n  default = \"abc123def\"\n}",
                "key",
            ),
            ("<ApiKey>abc123def</ApiKey>", "Key"),
            ("tool --api-key abc123def --x", "key"),
            ("ENV API_KEY abc123def", "KEY"),
            ("machine api.example.org login u password abc123def", "password"),
            ("Authorization: Bearer abc123def", "Authorization"),
            ("new Client({ apiKey: `abc123def` })", "Key"),
            ("api_key => 'abc123def'", "key"),
            ("Server=db;Password=abc123def;Encrypt=1", "Password"),
        ];
        for (text, word) in cases {
            assert_eq!(value(text, word), Some("abc123def"), "{text}");
        }
    }

    #[test]
    fn names_promise_secrets_or_not() {
        for (name, want) in [
            ("DB_PASSWORD", Some(Promise::Password)),
            ("db_pass", Some(Promise::Password)),
            ("password1", Some(Promise::Password)),
            ("client-secret", Some(Promise::Token)),
            ("OPENAI_API_KEY", Some(Promise::Token)),
            ("COHERE_KEY", Some(Promise::Key)),
            ("max_tokens", None),
            ("token_type", None),
            ("tokenizer", None),
            ("secretName", None),
            ("password_file", None),
            ("keyboard", None),
            ("PublicKeyToken", None),
            ("compass", None),
        ] {
            assert_eq!(promise(name.as_bytes()), want, "{name}");
        }
    }
}
