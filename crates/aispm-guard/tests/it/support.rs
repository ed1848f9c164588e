//! What all tests use: a route, a judge of one text, a key of any format.

use std::sync::Arc;

use aispm_guard::{Action, Judged, Screen, Settings, Sink};

/// Hosts the tests' routes allow.
pub(crate) const ALLOWED: &[&str] = &["docs.acme.example", "*.cdn.acme.example", "github.com"];

/// A route that fails closed.
pub(crate) fn route(sink: Sink) -> Arc<Settings> {
    Arc::new(Settings::new(sink).allowing(ALLOWED))
}

/// What a text becomes, and what was done.
pub(crate) fn judge(sink: Sink, text: &str) -> (String, bool, Vec<Judged>) {
    let mut screen = Screen::new(route(sink));
    let mut out = String::new();
    screen.push(text, &mut out);
    screen.finish(&mut out);
    (out, screen.is_stopped(), screen.judged())
}

/// Whether a text was stopped, or the part of it that matters masked or removed, for this reason.
pub(crate) fn acted(done: &[Judged], reason: aispm_guard::Reason) -> bool {
    done.iter()
        .any(|d| d.0 == reason && matches!(d.1, Action::Stopped | Action::Masked | Action::Removed))
}

/// A body of an alphabet that looks random and is the same every time.
pub(crate) fn body(length: usize, alphabet: &str) -> String {
    let letters: Vec<char> = alphabet.chars().collect();
    let mut state = 0x2545_F491_4F6C_DD1Du64;
    (0..length)
        .map(|_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            letters[(state >> 33) as usize % letters.len()]
        })
        .collect()
}

const ALNUM: &str = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
const HEX: &str = "0123456789abcdef";

/// Keys of formats with a prefix.
pub(crate) fn keys() -> Vec<String> {
    [
        ("gsk_", 52, ALNUM),
        ("hf_", 34, ALNUM),
        ("sk-or-v1-", 64, HEX),
        ("pplx-", 48, ALNUM),
        ("r8_", 37, ALNUM),
        ("tvly-", 32, ALNUM),
        ("nvapi-", 64, ALNUM),
        ("csk-", 48, ALNUM),
        ("AIza", 35, ALNUM),
        ("dop_v1_", 64, HEX),
        ("dckr_pat_", 27, ALNUM),
        ("sk_live_", 24, ALNUM),
        ("lin_api_", 40, ALNUM),
        ("tgp_v1_", 43, ALNUM),
        ("rpa_", 46, ALNUM),
    ]
    .into_iter()
    .map(|(prefix, length, alphabet)| format!("{prefix}{}", body(length, alphabet)))
    .collect()
}

/// A private key's block.
pub(crate) fn pem() -> String {
    let line = body(64, ALNUM);
    format!("-----BEGIN RSA PRIVATE KEY-----\n{line}\n{line}\n{line}\n-----END RSA PRIVATE KEY-----")
}
