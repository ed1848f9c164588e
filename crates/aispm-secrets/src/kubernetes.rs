//! Values of Kubernetes `Secret` manifests, which are Base64 however short they are.

use aispm_collect::VirtualFile;
use aispm_detect::decode_token;

/// Most values of one file.
const VALUES: usize = 2_000;

/// `(name, place, value)` of each decoded value of a file that declares a `Secret`. Read line by line: names and values that a
/// manifest's author wraps over several lines are found by the general search for Base64.
pub(crate) fn secret_values(file: &VirtualFile, text: &[u8]) -> Vec<(String, usize, String)> {
    let manifest = matches!(file.extension().as_str(), "yaml" | "yml" | "json" | "tpl");
    let declares = [
        &b"kind: Secret"[..],
        b"kind: \"Secret\"",
        b"\"kind\": \"Secret\"",
        b"\"kind\":\"Secret\"",
    ]
    .iter()
    .any(|k| memchr::memmem::find(text, k).is_some());
    if !manifest || !declares {
        return Vec::new();
    }
    let mut out = Vec::new();
    let mut place = 0;
    for line in text.split(|b| *b == b'\n') {
        out.extend(
            std::str::from_utf8(line)
                .ok()
                .and_then(pair)
                .map(|(n, v)| (n, place, v)),
        );
        place += line.len() + 1;
        if out.len() >= VALUES {
            break;
        }
    }
    out
}

/// `name: c2VjcmV0` as its name and decoded value.
fn pair(line: &str) -> Option<(String, String)> {
    let unquote = |s: &str| s.trim().trim_matches(['"', '\'', ',']).trim().to_owned();
    let (name, value) = line.split_once(':')?;
    let (name, value) = (unquote(name), unquote(value));
    let token = value.len() >= 8
        && value.len() % 4 == 0
        && value
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'='));
    if !token
        || name.is_empty()
        || matches!(
            name.as_str(),
            "kind" | "apiVersion" | "name" | "namespace" | "type"
        )
    {
        return None;
    }
    let inner = String::from_utf8(decode_token(value.as_bytes())?).ok()?;
    Some((name, inner.trim().to_owned()))
}
