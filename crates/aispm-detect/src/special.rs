//! Credentials that are no prefix and body: private keys, JSON web tokens, passwords in URLs, signatures, client secrets.

use std::ops::Range;

use aispm_types::Confidence;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::alphabet::{Alphabet, Mix, at, before, ends, part, random, starts};
use crate::detector::{Class, KeyMatch};
use crate::placeholder::is_placeholder;

/// Detectors of this module, for the list of all.
pub(crate) const SPECIAL: &[(&str, &str, Class)] = &[
    ("private-key", "", Class::Service),
    ("gcp-service-account-key", "google", Class::Cloud),
    ("json-web-token", "", Class::Service),
    ("database-url-password", "", Class::Service),
    ("url-password", "", Class::Generic),
    ("azure-sas-signature", "azure", Class::Cloud),
    ("azure-client-secret", "azure", Class::Cloud),
    ("generic-secret", "", Class::Generic),
    ("command-line-credential", "", Class::Generic),
];

/// Longest private key looked at (bytes): RSA 16384 with room for indentation.
const PEM: usize = 20 << 10;

fn found(id: &str, range: Range<usize>, confidence: Confidence) -> Option<KeyMatch> {
    let (detector, vendor, class) = SPECIAL.iter().copied().find(|(name, ..)| *name == id)?;
    Some(KeyMatch {
        detector,
        vendor,
        class,
        ai: false,
        range,
        confidence,
        verified_structure: false,
        placeholder: false,
        host: None,
    })
}

/// Remembers where the next end marker is, so that a text of nothing but beginnings stays linear.
#[derive(Debug, Default)]
pub(crate) struct PemEnds {
    next: Option<usize>,
    none_left: bool,
}

impl PemEnds {
    fn after(&mut self, text: &[u8], from: usize) -> Option<usize> {
        if self.none_left {
            return None;
        }
        if let Some(next) = self.next.filter(|n| *n >= from) {
            return Some(next);
        }
        self.next = memchr::memmem::find(part(text, from..text.len()), b"-----END ").map(|n| from + n);
        self.none_left = self.next.is_none();
        self.next
    }
}

/// A private key block at `-----BEGIN `.
pub(crate) fn private_key(text: &[u8], begin: &Range<usize>, pem: &mut PemEnds) -> Option<KeyMatch> {
    let label = part(text, begin.end..(begin.end + 48).min(text.len()));
    let close = memchr::memmem::find(label, b"-----")?;
    if !part(label, 0..close).ends_with(b"PRIVATE KEY") {
        return None;
    }
    let start = begin.end + close + 5;
    let end = pem.after(text, start).filter(|e| e - start <= PEM)?;
    let body = part(text, start..end);
    let inside = body.iter().filter(|b| Alphabet::Base64.has(**b)).count();
    let allowed = |b: &u8| {
        Alphabet::Base64.has(*b) || b.is_ascii_whitespace() || matches!(b, b'\\' | b'"' | b'\'' | b',' | b'+')
    };
    let clean = body.iter().filter(|b| allowed(b)).count();
    // A traditional key may carry `Proc-Type` and `DEK-Info` lines; a sentence about keys carries many other characters.
    if inside < 64 || clean * 10 < body.len() * 9 {
        return None;
    }
    let around = part(text, begin.start.saturating_sub(400)..begin.start);
    let gcp = memchr::memmem::find(around, b"private_key_id").is_some()
        || memchr::memmem::find(around, b"service_account").is_some();
    let id = if gcp {
        "gcp-service-account-key"
    } else {
        "private-key"
    };
    let mut m = found(id, begin.start..end, Confidence::High)?;
    m.verified_structure = true;
    m.placeholder = Mix::of(body).distinct < 20 || memchr::memmem::find(body, b"...").is_some();
    Some(m)
}

/// A JSON web token at `eyJ`: two JSON parts and a signature.
pub(crate) fn web_token(text: &[u8], anchor: &Range<usize>) -> Option<KeyMatch> {
    if !starts(text, anchor.start) || before(text, anchor.start) == Some(b'.') {
        return None;
    }
    let segment = |from: usize| Alphabet::Url.run(text, from, 4096);
    let header = segment(anchor.start);
    let payload_at = anchor.start + header + 1;
    let payload = segment(payload_at);
    let signature_at = payload_at + payload + 1;
    let signature = segment(signature_at);
    let dots = at(text, payload_at - 1) == Some(b'.') && at(text, signature_at - 1) == Some(b'.');
    if !dots || !(12..1024).contains(&header) || payload < 12 || signature < 20 {
        return None;
    }
    let decode = |from: usize, len: usize| URL_SAFE_NO_PAD.decode(part(text, from..from + len)).ok();
    let header = decode(anchor.start, header)?;
    memchr::memmem::find(&header, b"\"alg\"")?;
    let mut m = found(
        "json-web-token",
        anchor.start..signature_at + signature,
        Confidence::Medium,
    )?;
    m.verified_structure = true;
    let payload = decode(payload_at, payload).unwrap_or_default();
    if is_publishable(&payload) {
        return None;
    }
    m.placeholder = [&b"John Doe"[..], b"1234567890", b"example"]
        .iter()
        .any(|w| memchr::memmem::find(&payload, w).is_some());
    Some(m)
}

/// Whether a token's claims say that it is handed to everybody: Supabase's key of the role `anon` stands in every page.
fn is_publishable(payload: &[u8]) -> bool {
    let compact: Vec<u8> = payload
        .iter()
        .copied()
        .filter(|b| !b.is_ascii_whitespace())
        .collect();
    [&b"\"role\":\"anon\""[..], b"\"iss\":\"supabase"]
        .iter()
        .all(|claim| memchr::memmem::find(&compact, claim).is_some())
}

/// Schemes of databases and brokers.
const STORES: &[&str] = &[
    "postgres",
    "postgresql",
    "mysql",
    "mariadb",
    "mongodb",
    "redis",
    "rediss",
    "amqp",
    "amqps",
    "mssql",
    "sqlserver",
    "oracle",
    "clickhouse",
    "cockroachdb",
    "neo4j",
    "bolt",
    "cassandra",
    "snowflake",
    "jdbc",
    "milvus",
];

/// The password of `scheme://user:password@host` at `://`.
pub(crate) fn url_password(text: &[u8], anchor: &Range<usize>) -> Option<KeyMatch> {
    let window = part(text, anchor.end..(anchor.end + 256).min(text.len()));
    let stop = |b: &u8| {
        b.is_ascii_whitespace() || matches!(b, b'/' | b'?' | b'#' | b'"' | b'\'' | b'`' | b'<' | b'>' | b'\\')
    };
    let authority = part(window, 0..window.iter().position(stop).unwrap_or(window.len()));
    let sign = memchr::memrchr(b'@', authority)?;
    let colon = memchr::memchr(b':', part(authority, 0..sign))?;
    let range = anchor.end + colon + 1..anchor.end + sign;
    let password = std::str::from_utf8(part(text, range.clone())).ok()?;
    if password.is_empty() || password.contains(['{', '$', '}', '%']) && !password.contains('%') {
        return None;
    }
    let scheme: Vec<u8> = part(text, anchor.start.saturating_sub(24)..anchor.start)
        .iter()
        .rev()
        .take_while(|b| b.is_ascii_alphanumeric() || **b == b'+')
        .map(u8::to_ascii_lowercase)
        .collect();
    let scheme: String = scheme.iter().rev().map(|b| char::from(*b)).collect();
    let base = scheme.split('+').next().unwrap_or("");
    let id = if STORES.contains(&base) {
        "database-url-password"
    } else {
        "url-password"
    };
    let mut m = found(id, range, Confidence::Medium)?;
    let user = std::str::from_utf8(part(authority, 0..colon)).unwrap_or("");
    m.placeholder = is_placeholder(password) || user == password || password.len() < 4;
    Some(m)
}

/// The signature of an Azure shared access signature at `sig=`.
pub(crate) fn sas_signature(text: &[u8], anchor: &Range<usize>) -> Option<KeyMatch> {
    let from = anchor.end;
    let length = part(text, from..(from + 96).min(text.len()))
        .iter()
        .take_while(|b| Alphabet::Base64.has(**b) || **b == b'%')
        .count();
    let around = part(text, from.saturating_sub(320)..(from + 320).min(text.len()));
    let query = |k: &[u8]| memchr::memmem::find(around, k).is_some();
    if !(43..=70).contains(&length) || !query(b"sv=") && !query(b"sr=") || !query(b"se=") {
        return None;
    }
    let mut m = found("azure-sas-signature", from..from + length, Confidence::High)?;
    m.verified_structure = true;
    Some(m)
}

/// A client secret of Microsoft Entra ID at `Q~`: three characters, a digit, `Q~`, 31 to 34 characters.
pub(crate) fn client_secret(text: &[u8], anchor: &Range<usize>) -> Option<KeyMatch> {
    let start = anchor.start.checked_sub(4)?;
    let body = |b: &u8| Alphabet::Dotted.has(*b) || *b == b'~';
    let tail = part(text, anchor.end..(anchor.end + 40).min(text.len()))
        .iter()
        .take_while(|b| body(b))
        .count();
    let head = part(text, start..anchor.start);
    let shaped =
        head.iter().all(body) && head.last().is_some_and(u8::is_ascii_digit) && (31..=34).contains(&tail);
    let free = before(text, start).is_none_or(|b| !body(&b)) && ends(text, anchor.end + tail);
    if !shaped || !free || !random(part(text, anchor.end..anchor.end + tail)) {
        return None;
    }
    let mut m = found("azure-client-secret", start..anchor.end + tail, Confidence::High)?;
    m.verified_structure = true;
    Some(m)
}

/// A secret that a command is given.
pub(crate) fn command_line(range: Range<usize>) -> Option<KeyMatch> {
    found("command-line-credential", range, Confidence::Medium)
}

/// A secret of no known format, by the name it is given.
pub(crate) fn generic(range: Range<usize>) -> Option<KeyMatch> {
    found("generic-secret", range, Confidence::Low)
}
