//! Names that promise a credential, and values that look like one given literally.

/// Whether a variable, argument or attribute of this name usually holds a credential.
pub(crate) fn is_credential_name(name: &str) -> bool {
    let lower = name.to_ascii_lowercase().replace(['-', '.'], "_");
    let not = [
        "_name",
        "_id",
        "_arn",
        "_path",
        "_file",
        "_url",
        "_uri",
        "_ref",
        "_length",
        "_policy",
        "_type",
        "_ttl",
        "_count",
        "_version",
        "_enabled",
        "_rotation",
        "_days",
        "_limit",
        "_budget",
    ];
    if not.iter().any(|s| lower.ends_with(s)) && !lower.ends_with("access_key_id") {
        return false;
    }
    let parts: Vec<&str> = lower.split('_').collect();
    [
        "password",
        "passwd",
        "secret",
        "apikey",
        "credential",
        "credentials",
        "pat",
    ]
    .iter()
    .any(|w| parts.contains(w))
        || [
            "password",
            "secret_key",
            "api_key",
            "apikey",
            "access_key",
            "account_key",
            "private_key",
            "connection_string",
        ]
        .iter()
        .any(|w| lower.contains(w))
        || (parts.contains(&"token") && !lower.contains("max_token") && !lower.starts_with("tokens"))
        || (parts.last() == Some(&"key")
            && parts
                .iter()
                .any(|p| ["auth", "master", "encryption", "signing"].contains(p)))
}

/// Whether a value stands there literally, rather than as a reference or a placeholder.
pub(crate) fn is_literal(value: &str) -> bool {
    let v = value.trim();
    let reference = v.starts_with('$') || v.contains("${") || v.starts_with("{{") || v.starts_with('<');
    let location =
        v.starts_with("arn:") || v.starts_with("projects/") || v.starts_with('/') || v.starts_with("http");
    v.len() >= 6
        && !reference
        && !location
        && !matches!(
            v.to_ascii_lowercase().as_str(),
            "changeme" | "disabled" | "enabled" | "secret" | "password"
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_credentials() {
        for yes in [
            "OPENAI_API_KEY",
            "db_password",
            "HF_TOKEN",
            "AWS_SECRET_ACCESS_KEY",
            "azure-openai-api-key",
            "PGPASSWORD",
        ] {
            assert!(is_credential_name(yes), "{yes}");
        }
        for no in [
            "MAX_TOKENS",
            "max_token_limit",
            "kms_key_id",
            "key_name",
            "SECRET_NAME",
            "token_count",
            "password_policy",
            "PATH",
        ] {
            assert!(!is_credential_name(no), "{no}");
        }
    }

    #[test]
    fn literal_values() {
        assert!(is_literal("hunter2hunter2"));
        for no in [
            "${var.x}",
            "$(SECRET)",
            "{{ .Values.key }}",
            "<your key>",
            "",
            "arn:aws:secretsmanager:x",
        ] {
            assert!(!is_literal(no), "{no}");
        }
    }
}
