//! Whether a named value is a credential that stands there in the clear.

/// Parts of names that promise a credential.
const NAMES: [&str; 9] = [
    "KEY",
    "TOKEN",
    "SECRET",
    "PASSWORD",
    "PASSWD",
    "CREDENTIAL",
    "APIKEY",
    "AUTH",
    "DSN",
];

/// The value, where its name promises a credential and it is neither empty, nor a reference, nor an obvious example.
pub(crate) fn literal_credential<'a>(name: &str, value: &'a str) -> Option<&'a str> {
    let name = name.to_ascii_uppercase();
    let value = value.trim();
    let named =
        NAMES.iter().any(|n| name.contains(n)) && !name.ends_with("_FILE") && !name.ends_with("_PATH");
    let reference = value.contains(['$', '<', '{', ' ']) || value.starts_with('/');
    (named && !reference && value.len() >= 8).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_literal_credentials_count() {
        for (name, value, is) in [
            ("OPENAI_API_KEY", "abcdefgh12345678", true),
            ("OPENAI_API_KEY", "${KEY}", false),
            ("OPENAI_API_KEY", "", false),
            ("KEY_FILE", "/run/secrets/key", false),
            ("MODEL", "abcdefgh12345678", false),
        ] {
            assert_eq!(literal_credential(name, value).is_some(), is, "{name}");
        }
    }
}
