//! Addresses: the allow-list, and what a browser would make of a link's text.

use std::collections::BTreeSet;

use crate::event::Reason;

/// Hosts that images and links may name.
#[derive(Clone, Debug, Default)]
pub struct AllowList {
    exact: BTreeSet<String>,
    below: Vec<String>,
}

impl AllowList {
    /// A list of host names. `example.com` allows that host alone; `*.example.com` allows every host below it.
    pub fn new<'a>(hosts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut list = Self::default();
        for host in hosts {
            let host = host.trim().trim_end_matches('.').to_ascii_lowercase();
            match host.strip_prefix('*') {
                Some(suffix) if suffix.starts_with('.') => list.below.push(suffix.to_owned()),
                Some(_) => {}
                None if host.is_empty() => {}
                None => {
                    list.exact.insert(host);
                }
            }
        }
        list
    }

    /// Whether a host, in lower case, may be named.
    pub fn allows(&self, host: &str) -> bool {
        self.exact.contains(host)
            || self
                .below
                .iter()
                .any(|s| host.len() > s.len() && host.ends_with(s.as_str()))
    }
}

/// Raster images that `data:` may carry; SVG is a document and not among them.
const RASTER: &[&str] = &[
    "data:image/png;base64,",
    "data:image/jpeg;base64,",
    "data:image/gif;base64,",
    "data:image/webp;base64,",
];

/// Judges an address as a browser would read it, entities and escapes already decoded. The error has the host or scheme.
pub(crate) fn judge_address(address: &str, allow: &AllowList) -> Result<(), (Reason, String)> {
    // WHATWG URL: blanks and controls around are cut, tabs and line ends inside vanish, `\` is `/`.
    let cleaned: String = address
        .trim_matches(|c: char| c <= ' ')
        .chars()
        .filter(|c| !matches!(c, '\t' | '\n' | '\r'))
        .collect();
    // Renderers of Markdown write `%5C` for it, and then what stands before an `@` is a user's name.
    if cleaned.contains('\\') {
        judge_cleaned(&cleaned.replace('\\', "%5C"), allow)?;
    }
    judge_cleaned(&cleaned.replace('\\', "/"), allow)
}

fn judge_cleaned(cleaned: &str, allow: &AllowList) -> Result<(), (Reason, String)> {
    let Some((scheme, rest)) = split_scheme(cleaned) else {
        return match cleaned.strip_prefix("//") {
            Some(rest) => judge_host(rest, allow),
            None => Ok(()),
        };
    };
    match scheme.as_str() {
        // `https:host` and `https:///host` name a host too.
        "http" | "https" | "ftp" | "ws" | "wss" => judge_host(rest, allow),
        // A query could carry text to whoever the address belongs to.
        "mailto" | "tel" if !rest.contains(['?', '#']) => Ok(()),
        "data" if RASTER.iter().any(|r| starts_with_ignoring_case(cleaned, r)) => Ok(()),
        _ => Err((Reason::DangerousScheme, scheme.chars().take(24).collect())),
    }
}

fn starts_with_ignoring_case(text: &str, prefix: &str) -> bool {
    text.get(..prefix.len())
        .is_some_and(|head| head.eq_ignore_ascii_case(prefix))
}

fn split_scheme(address: &str) -> Option<(String, &str)> {
    let (scheme, rest) = address.split_once(':')?;
    let shaped = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
    shaped.then(|| (scheme.to_ascii_lowercase(), rest))
}

/// Judges what follows the scheme, or `//`.
fn judge_host(rest: &str, allow: &AllowList) -> Result<(), (Reason, String)> {
    let rest = rest.trim_start_matches('/');
    let authority = rest.split(['/', '?', '#']).next().unwrap_or("");
    let host_and_port = authority.rsplit('@').next().unwrap_or("");
    let host = match host_and_port.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => host_and_port,
    };
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    // What is not plain ASCII (`%`, full-width letters, ideographic stops) a browser maps to something else.
    if allow.allows(&host) {
        return Ok(());
    }
    Err((Reason::ForeignHost, host.chars().take(120).collect()))
}
