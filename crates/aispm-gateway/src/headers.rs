//! Which headers go on. Hop-by-hop headers (RFC 9110, section 7.6.1) never do, in either direction; of the upstream's only
//! those that clients of the API read, for what a header does to a browser nobody judged.

use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};

/// Headers of one hop, and those that the guard writes itself.
const NEVER: &[&str] = &[
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "host",
    "content-length",
    "accept-encoding",
    "expect",
    "cookie",
    "http2-settings",
];

/// Where clients put keys.
pub(crate) const KEYS: &[&str] = &["authorization", "api-key", "x-api-key"];

/// Headers of answers that clients of the API read.
const ANSWER: &[&str] = &[
    "date",
    "openai-model",
    "openai-organization",
    "openai-processing-ms",
    "openai-version",
    "request-id",
    "retry-after",
    "retry-after-ms",
    "x-ms-region",
    "x-ms-request-id",
    "x-request-id",
    "x-should-retry",
];

/// Names in `Connection` are of this hop too.
fn named(headers: &HeaderMap) -> Vec<String> {
    let values = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|v| v.to_str().ok());
    values
        .flat_map(|v| v.split(','))
        .map(|n| n.trim().to_ascii_lowercase())
        .collect()
}

/// What goes on to the upstream. `keep_keys` says whether the client's own key is among it.
pub(crate) fn request(from: &HeaderMap, keep_keys: bool) -> HeaderMap {
    let hop = named(from);
    let mut to = HeaderMap::with_capacity(from.len() + 1);
    for (name, value) in from {
        let own = NEVER.contains(&name.as_str()) || hop.iter().any(|h| h == name.as_str());
        let key = KEYS.contains(&name.as_str());
        if !own && (keep_keys || !key) {
            to.append(name.clone(), value.clone());
        }
    }
    // What is compressed cannot be judged as it comes.
    to.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    to
}

/// What goes back to the client.
pub(crate) fn answer(from: &HeaderMap) -> HeaderMap {
    let mut to = HeaderMap::new();
    for (name, value) in from {
        let known = ANSWER.contains(&name.as_str()) || name.as_str().starts_with("x-ratelimit-");
        let short = value.len() <= 256 && value.as_bytes().iter().all(|b| matches!(b, 0x20..0x7F));
        if known && short {
            to.append(name.clone(), value.clone());
        }
    }
    to.insert(
        HeaderName::from_static("x-content-type-options"),
        HeaderValue::from_static("nosniff"),
    );
    to.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    to
}

/// How a body is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Media {
    /// `application/json`.
    Json,
    /// `text/event-stream`.
    Events,
    /// Anything else, or nothing.
    Other,
}

/// Which of them a body says it is.
pub(crate) fn media(headers: &HeaderMap) -> Media {
    let value = headers
        .get(header::CONTENT_TYPE)
        .and_then(|v| v.to_str().ok())
        .unwrap_or("");
    let essence = value.split(';').next().unwrap_or("").trim();
    if essence.eq_ignore_ascii_case("application/json") {
        Media::Json
    } else if essence.eq_ignore_ascii_case("text/event-stream") {
        Media::Events
    } else {
        Media::Other
    }
}

/// Whether a body comes as it is.
pub(crate) fn is_identity(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::CONTENT_ENCODING)
        .iter()
        .all(|v| v.as_bytes().eq_ignore_ascii_case(b"identity") || v.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(pairs: &[(&str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(n, v)| {
                (
                    n.parse::<HeaderName>().unwrap(),
                    v.parse::<HeaderValue>().unwrap(),
                )
            })
            .collect()
    }

    fn names(map: &HeaderMap) -> Vec<&str> {
        let mut all: Vec<&str> = map.keys().map(HeaderName::as_str).collect();
        all.sort_unstable();
        all
    }

    #[test]
    fn headers_of_one_hop_stay_there() {
        let from = map(&[
            ("connection", "close, X-Mine"),
            ("x-mine", "1"),
            ("te", "trailers"),
            ("upgrade", "h2c"),
            ("host", "guard"),
            ("accept-encoding", "gzip"),
            ("cookie", "a=b"),
            ("authorization", "Bearer t"),
            ("openai-beta", "x"),
            ("x-stainless-lang", "python"),
            ("content-type", "application/json"),
        ]);
        assert_eq!(
            names(&request(&from, true)),
            [
                "accept-encoding",
                "authorization",
                "content-type",
                "openai-beta",
                "x-stainless-lang"
            ]
        );
        assert_eq!(request(&from, false).get("authorization"), None);
        assert_eq!(request(&from, true)["accept-encoding"], "identity");
    }

    #[test]
    fn of_an_answer_only_what_clients_read_goes_back() {
        let from = map(&[
            ("x-request-id", "r-1"),
            ("set-cookie", "a=b"),
            ("link", "</x>; rel=preload"),
            ("refresh", "0; url=//evil.example"),
            ("x-ratelimit-remaining-tokens", "9"),
            ("location", "//evil.example"),
            ("content-length", "7"),
        ]);
        assert_eq!(
            names(&answer(&from)),
            [
                "cache-control",
                "x-content-type-options",
                "x-ratelimit-remaining-tokens",
                "x-request-id"
            ]
        );
    }
}
