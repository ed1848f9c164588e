//! What every request passes first and every answer last: whose name was asked for, from which page, within which time; and
//! the headers that keep a browser from doing more than it should.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::problem::Problem;
use crate::state::Shared;

/// Longest one answer may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// Longest a verification may take: it reads targets again.
const PATIENCE_VERIFY: Duration = Duration::from_secs(300);

/// Content security policy of every answer: this server's files and nothing else, no inline script, no frame around us.
pub(crate) const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
    connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// Names under which the server may be asked. Any other is somebody's DNS pointing at us (DNS rebinding).
#[derive(Clone, Debug)]
pub struct Hosts {
    allowed: BTreeSet<String>,
    tls: bool,
}

impl Hosts {
    /// The server's own address, on loopback `localhost` too, and what the user names.
    pub fn new(address: SocketAddr, named: &[String], tls: bool) -> Self {
        let port = address.port();
        let mut names: Vec<String> = named.iter().map(|n| n.to_ascii_lowercase()).collect();
        match address.ip() {
            ip if ip.is_loopback() => {
                names.extend(["localhost", "127.0.0.1", "[::1]"].map(str::to_owned));
                if let IpAddr::V4(ip) = ip {
                    names.push(ip.to_string());
                }
            }
            ip if ip.is_unspecified() => {}
            IpAddr::V4(ip) => names.push(ip.to_string()),
            IpAddr::V6(ip) => names.push(format!("[{ip}]")),
        }
        let usual = port == if tls { 443 } else { 80 };
        let mut allowed = BTreeSet::new();
        for name in names {
            // A name with a port is of a proxy in front, and taken as it is.
            if name
                .rsplit_once(':')
                .is_some_and(|(_, p)| p.parse::<u16>().is_ok())
                && !name.ends_with(']')
            {
                allowed.insert(name);
                continue;
            }
            if usual || named.contains(&name) {
                allowed.insert(name.clone());
            }
            allowed.insert(format!("{name}:{port}"));
        }
        Self { allowed, tls }
    }
    /// Whether it speaks TLS.
    pub(crate) fn tls(&self) -> bool {
        self.tls
    }
    fn knows(&self, host: &str) -> bool {
        self.allowed.contains(&host.to_ascii_lowercase())
    }
    /// Whether a page of this origin is ours.
    fn is_ours(&self, origin: &str) -> bool {
        let host = origin
            .strip_prefix("https://")
            .or_else(|| origin.strip_prefix("http://").filter(|_| !self.tls));
        host.is_some_and(|h| self.knows(h))
    }
}

/// The outermost layer.
pub(crate) async fn pass(State(app): State<Shared>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let patience = if path.ends_with("/verify") {
        PATIENCE_VERIFY
    } else {
        PATIENCE
    };
    let is_api = path.starts_with("/api/");
    // Probes of an orchestrator ask by address; they learn nothing.
    let is_probe = matches!(path, "/healthz" | "/readyz");
    let judged = if is_probe {
        Ok(())
    } else {
        judge(&app.hosts, &request)
    };
    let mut response = match judged {
        Ok(()) => match tokio::time::timeout(patience, next.run(request)).await {
            Ok(response) => response,
            Err(_) => Problem::Unavailable("this took too long").into_response(),
        },
        Err(problem) => problem.into_response(),
    };
    cover(response.headers_mut(), app.hosts.tls(), is_api);
    response
}

fn judge(hosts: &Hosts, request: &Request) -> Result<(), Problem> {
    let text = |name: HeaderName| request.headers().get(name).map(|v| v.to_str().unwrap_or("?"));
    let host = request
        .uri()
        .authority()
        .map(|a| a.as_str())
        .or(text(header::HOST));
    if !host.is_some_and(|h| hosts.knows(h)) {
        return Err(Problem::Misdirected);
    }
    if text(header::ORIGIN).is_some_and(|o| !hosts.is_ours(o)) {
        return Err(Problem::Forbidden(
            "requests from pages of other sites are refused",
        ));
    }
    // A link from elsewhere may open the dashboard; nothing else may come from other sites.
    let site = text(HeaderName::from_static("sec-fetch-site"));
    let mode = text(HeaderName::from_static("sec-fetch-mode"));
    let foreign = matches!(site, Some("cross-site" | "same-site"));
    if foreign && !(request.method().is_safe() && mode == Some("navigate")) {
        return Err(Problem::Forbidden(
            "requests from pages of other sites are refused",
        ));
    }
    Ok(())
}

fn cover(headers: &mut HeaderMap, tls: bool, is_api: bool) {
    for (name, value) in [
        ("content-security-policy", CSP),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        (
            "permissions-policy",
            "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        ),
    ] {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    if tls {
        headers.insert(
            header::STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static("max-age=31536000"),
        );
    }
    if is_api {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_names_are_known() {
        let loopback = Hosts::new(SocketAddr::from(([127, 0, 0, 1], 8787)), &[], false);
        let named = Hosts::new(
            SocketAddr::from(([0, 0, 0, 0], 8443)),
            &[
                String::from("aispm.acme.example"),
                String::from("edge.acme.example:443"),
            ],
            true,
        );
        for (hosts, host, known) in [
            (&loopback, "localhost:8787", true),
            (&loopback, "LOCALHOST:8787", true),
            (&loopback, "127.0.0.1:8787", true),
            (&loopback, "[::1]:8787", true),
            (&loopback, "localhost", false),
            (&loopback, "localhost:80", false),
            (&loopback, "evil.example:8787", false),
            (&loopback, "localhost.evil.example:8787", false),
            (&named, "aispm.acme.example:8443", true),
            (&named, "aispm.acme.example", true),
            (&named, "edge.acme.example:443", true),
            (&named, "localhost:8443", false),
        ] {
            assert_eq!(hosts.knows(host), known, "{host}");
        }
        assert!(loopback.is_ours("http://localhost:8787"));
        assert!(!loopback.is_ours("http://evil.example"));
        assert!(!loopback.is_ours("null"));
        assert!(named.is_ours("https://aispm.acme.example"));
        assert!(
            !named.is_ours("http://aispm.acme.example"),
            "a page without TLS is not ours"
        );
    }
}
