//! What looks like an example rather than a real key.

use crate::alphabet::{Mix, at, entropy};
use crate::formats::FORMATS;

/// Words that mark an example wherever they stand. Four letters and more of mixed content only: a random body of a hundred
/// characters must not hold one by chance.
const WORDS: &[&str] = &[
    "example",
    "xxxx",
    "changeme",
    "change-me",
    "change_me",
    "placeholder",
    "redacted",
    "insert",
    "your-",
    "your_",
    "yourkey",
    "yourapi",
    "yourtoken",
    "yoursecret",
    "yourpassword",
    "replace",
    "dummy",
    "sample",
    "goes-here",
    "goes_here",
    "here>",
    "-here",
    "_here",
    "****",
    "....",
    "todo",
    "fixme",
    "notreal",
    "not-real",
    "not_real",
    "not-a-real",
    "fake-",
    "fake_",
    "fakekey",
    "test-key",
    "test_key",
    "testkey",
    "mock-",
    "mock_",
    "deadbeef",
    "cafebabe",
    "lorem",
];

/// Keys that vendors print in their documentation.
const DOCUMENTED: &[&str] = &[
    "AKIAIOSFODNN7EXAMPLE",
    "AKIAI44QH8DHBEXAMPLE",
    "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY",
    // The well-known accounts of the Azure storage and Cosmos DB emulators.
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==",
    "C2y6yDjf5/R+ob0N8A7Cgv30VRDJIWEHLM+4QDU5DE2nQ9nDuVTqobD4b8mGGyPMbIZnqyMsEcaGQy67XIw/Jw==",
];

/// The signature of the token that jwt.io and half of all documentation show.
const DOCUMENTED_SIGNATURE: &str = ".SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c";

/// Values that are no secret though they stand where one would: defaults, types, switches.
const COMMON: &[&str] = &[
    "access",
    "admin",
    "administrator",
    "anonymous",
    "anthropic",
    "api_key",
    "apikey",
    "azure",
    "azure_openai",
    "basic",
    "bearer",
    "boolean",
    "bytes",
    "callable",
    "credentials",
    "default",
    "development",
    "dict",
    "disable",
    "disabled",
    "docker",
    "empty",
    "enable",
    "enabled",
    "environment",
    "false",
    "float",
    "function",
    "github",
    "gitlab",
    "google",
    "guest",
    "hidden",
    "huggingface",
    "integer",
    "internal",
    "json",
    "kubernetes",
    "localhost",
    "managed",
    "minio",
    "minioadmin",
    "missing",
    "mistral",
    "mongodb",
    "mysql",
    "nobody",
    "none",
    "null",
    "number",
    "object",
    "ollama",
    "openai",
    "openrouter",
    "optional",
    "pass",
    "passw0rd",
    "passwd",
    "password",
    "pgvector",
    "postgres",
    "postgresql",
    "private",
    "process",
    "production",
    "public",
    "rabbitmq",
    "redis",
    "refresh",
    "required",
    "root",
    "secret",
    "secrets",
    "service",
    "staging",
    "string",
    "system",
    "test",
    "testing",
    "token",
    "true",
    "undefined",
    "unknown",
    "unset",
    "user",
    "username",
    "value",
    "vault",
];

/// Whether a value is a template that something else fills: `${…}`, `{{…}}`, `<…>`, `%(…)s`, `$NAME`.
pub fn is_template(value: &str) -> bool {
    let v = value.trim();
    let wrapped = |open: char, close: char| v.starts_with(open) && v.ends_with(close);
    let inside = |open: &str, close: &str| {
        v.find(open)
            .is_some_and(|i| v.get(i..).is_some_and(|r| r.contains(close)))
    };
    let variable = v
        .strip_prefix('$')
        .is_some_and(|r| r.len() > 1 && r.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'));
    wrapped('<', '>')
        || wrapped('[', ']')
        || wrapped('{', '}')
        || wrapped('%', '%')
        || inside("${", "}")
        || inside("$(", ")")
        || inside("{{", "}}")
        || inside("%(", ")s")
        || inside("<%", "%>")
        || v.contains("[redacted")
        || variable
}

/// Whether a value is a common word that stands where secrets stand and must not be masked elsewhere.
pub(crate) fn is_common(value: &str) -> bool {
    COMMON.binary_search(&value.to_ascii_lowercase().as_str()).is_ok()
}

/// Whether a value looks like an example: a documented key, a template, words like "your-key-here", one character repeated, an
/// alphabet or count in order, or too few different characters for its length.
pub fn is_placeholder(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    DOCUMENTED.contains(&value)
        || is_template(value)
        || is_common(value)
        || WORDS.iter().any(|w| lower.contains(w))
        || ordered(value.as_bytes())
        || monotonous(value.as_bytes())
}

/// Whether a value is nobody's secret, for certain: printed in a vendor's documentation, filled by something else, or without
/// anything random in it. A placeholder that is one by a word in it only may still be a secret that somebody chose.
pub fn is_certain_example(value: &str) -> bool {
    let body = FORMATS
        .iter()
        .filter_map(|f| value.strip_prefix(f.prefix))
        .min_by_key(|b| b.len())
        .unwrap_or(value);
    DOCUMENTED.contains(&value)
        || value.ends_with(DOCUMENTED_SIGNATURE)
        || is_template(value)
        || body.len() >= 6 && (ordered(body.as_bytes()) || monotonous(body.as_bytes()))
}

/// More than half of the characters follow their predecessor by one step (`abcdef`, `123456`) or repeat it, or one such
/// sequence makes two fifths of the text.
fn ordered(bytes: &[u8]) -> bool {
    let (mut steps, mut up, mut longest) = (0, 0, 0);
    for i in 1..bytes.len() {
        let (a, b) = (at(bytes, i - 1).unwrap_or(0), at(bytes, i).unwrap_or(0));
        steps += usize::from(a.abs_diff(b) <= 1);
        up = if a.wrapping_add(1) == b { up + 1 } else { 0 };
        longest = longest.max(up);
    }
    bytes.len() >= 6 && (steps * 2 > bytes.len() || (longest >= 7 && longest * 5 >= bytes.len() * 2))
}

/// Too few different characters to be random.
fn monotonous(bytes: &[u8]) -> bool {
    let distinct = Mix::of(bytes).distinct;
    let floor = match bytes.len() {
        0..=7 => 2,
        8..=15 => 4,
        16..=31 => 6,
        _ => 8,
    };
    distinct < floor || (bytes.len() >= 20 && entropy(bytes) < 2.5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_words_are_sorted() {
        assert!(COMMON.is_sorted());
    }

    #[test]
    fn certain_examples_hold_nothing_random() {
        for (value, certain) in [
            ("AKIAIOSFODNN7EXAMPLE", true),
            ("AKIAXXXXXXXXXXXXXXXX", true),
            ("hf_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", true),
            (
                "sk-ant-api03-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
                true,
            ),
            ("sk-1234567890abcdef1234567890abcdef", true),
            ("todo-9Kd72mXpQ0zLw3", false),
            ("sk-a8Kd92mXpQ0zLw3vTn5Rb1Yc", false),
            ("9f86d081884c7d659a2feaa0c55ad015", false),
        ] {
            assert_eq!(is_certain_example(value), certain, "{value}");
        }
    }

    #[test]
    fn examples_are_told_from_keys() {
        for example in [
            "AKIAIOSFODNN7EXAMPLE",
            "sk-xxxxxxxxxxxxxxxxxxxxxxxx",
            "your-api-key-here",
            "<API_KEY>",
            "${OPENAI_API_KEY}",
            "{{ secrets.KEY }}",
            "$OPENAI_API_KEY",
            "sk-abcdefghijklmnopqrstuvwxyz012345",
            "00000000000000000000000000000000",
            "abababababababababababab",
            "password",
            "sk-proj-1234567890",
        ] {
            assert!(is_placeholder(example), "{example}");
        }
        for key in [
            "a8Kd92mXpQ0zLw3vTn5R",
            "9f86d081884c7d659a2feaa0c55ad015",
            "hunter2!Canary",
            "S3cure-Pa55phrase",
        ] {
            assert!(!is_placeholder(key), "{key}");
        }
    }
}
