//! Which fields a message may have, and what becomes of the others.

use serde_json::Value;

/// Texts of a message, in the order in which they are judged when they come together.
pub(super) const TEXTS: &[&str] = &["reasoning_content", "reasoning", "content", "refusal"];

/// Fields that providers add and that clients can do without: never passed on.
const DROPPED: &[&str] = &[
    "content_filter_results",
    "kv_transfer_params",
    "matched_stop",
    "native_finish_reason",
    "obfuscation",
    "prompt_filter_results",
    "prompt_logprobs",
    "prompt_token_ids",
    "provider",
    "stop_reason",
    "timings",
    "token_ids",
    "x_groq",
];

/// What becomes of a field that no code asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Other {
    /// Left out, as it says nothing.
    Silent,
    /// Left out, and told: it repeats the text.
    Details,
    /// Nobody knows what it holds.
    Unknown,
}

pub(super) fn other(name: &str, value: &Value) -> Other {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => Other::Silent,
        Value::String(s) if s.is_empty() => Other::Silent,
        Value::Array(a) if a.is_empty() => Other::Silent,
        Value::Object(o) if o.is_empty() => Other::Silent,
        _ if name == "logprobs" => Other::Details,
        _ if DROPPED.contains(&name) => Other::Silent,
        _ => Other::Unknown,
    }
}

/// Names, ids and versions: too short and too plain to carry a text.
pub(super) fn is_word(text: &str) -> bool {
    text.len() <= 128
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b':' | b'/' | b'@' | b'+'))
}

/// A field of the envelope that passes as it is.
pub(super) fn passes(name: &str, value: &Value) -> bool {
    match (name, value) {
        ("id" | "object" | "model" | "system_fingerprint" | "service_tier", Value::String(s)) => is_word(s),
        ("created", Value::Number(_)) => true,
        ("usage", value) => is_count(value, 4),
        ("id" | "object" | "model" | "system_fingerprint" | "service_tier" | "created", Value::Null) => true,
        _ => false,
    }
}

/// Numbers, in objects and lists of them.
fn is_count(value: &Value, depth: usize) -> bool {
    match value {
        Value::Null | Value::Number(_) | Value::Bool(_) => true,
        Value::Object(o) if depth > 0 => o.iter().all(|(k, v)| is_word(k) && is_count(v, depth - 1)),
        Value::Array(a) if depth > 0 => a.iter().all(|v| is_count(v, depth - 1)),
        _ => false,
    }
}

/// Why a choice ended, as far as it is a word.
pub(super) fn finish_reason(value: Option<&Value>) -> Result<Option<&str>, ()> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(s)) if s.is_empty() => Ok(None),
        Some(Value::String(s)) if s.len() <= 32 && is_word(s) => Ok(Some(s)),
        Some(_) => Err(()),
    }
}
