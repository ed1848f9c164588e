//! Webhooks: findings that are new or back after a scan, signed, sent to where an admin said and nowhere else.
//!
//! A webhook must not become a way to reach what only this server reaches: addresses are checked after the name was resolved
//! and the checked address is the one that is connected to, redirects are not followed, and what comes back is not shown.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use aispm_engine::clock;
use aispm_store::{Delivery, Webhook};
use aispm_types::{Finding, Severity};
use hmac::{Hmac, KeyInit, Mac};
use hyper::Request;
use hyper::header::{CONTENT_TYPE, HOST, USER_AGENT};
use hyper_util::rt::TokioIo;
use sha2::Sha256;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::CryptoProvider;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::estate::Loaded;
use crate::problem::Problem;
use crate::state::{self, App};

/// Longest one message may take.
const PATIENCE: Duration = Duration::from_secs(15);
/// Tries of one message, and the pause after the first; each next one is twice as long.
const TRIES: u32 = 3;
const PAUSE: Duration = Duration::from_secs(2);
/// Findings that are named in one message; the rest is counted.
const NAMED: usize = 50;

/// Sends messages.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Notifier {
    /// Messages may go to this machine, without TLS.
    pub(crate) loopback: bool,
    /// Nothing may be sent.
    pub(crate) offline: bool,
}

/// Where a message goes.
#[derive(Debug, PartialEq, Eq)]
struct Address {
    tls: bool,
    host: String,
    port: u16,
    /// Path and query.
    path: String,
}

/// The host of an address, for showing.
pub(crate) fn host(url: &str) -> String {
    parse(url).map_or_else(|_| String::from("?"), |a| a.host)
}

fn parse(url: &str) -> Result<Address, String> {
    let wrong = || String::from("`url` is `https://HOST[:PORT]/PATH`, without user or fragment");
    let uri: hyper::Uri = url.parse().map_err(|_| wrong())?;
    let tls = match uri.scheme_str() {
        Some("https") => true,
        Some("http") => false,
        _ => return Err(wrong()),
    };
    let authority = uri.authority().ok_or_else(wrong)?;
    let host = authority.host().to_ascii_lowercase();
    if authority.as_str().contains('@') || host.is_empty() || url.contains('#') {
        return Err(wrong());
    }
    Ok(Address {
        tls,
        host,
        port: authority.port_u16().unwrap_or(if tls { 443 } else { 80 }),
        path: uri
            .path_and_query()
            .map_or_else(|| String::from("/"), ToString::to_string),
    })
}

impl Notifier {
    /// Whether an address is one that messages may go to, as far as can be told without asking anybody.
    pub(crate) fn check(self, url: &str) -> Result<(), String> {
        let address = parse(url)?;
        if !address.tls && !self.loopback {
            return Err(String::from(
                "`url` is https; http is for this machine alone, with --loopback-webhooks",
            ));
        }
        match literal(&address.host) {
            Some(ip) => self.check_ip(ip, address.tls),
            None => Ok(()),
        }
    }

    fn check_ip(self, ip: IpAddr, tls: bool) -> Result<(), String> {
        let ip = ip.to_canonical();
        if ip.is_loopback() && self.loopback {
            return Ok(());
        }
        if tls && is_public(ip) {
            return Ok(());
        }
        Err(String::from("the host is no public address"))
    }

    /// Sends one message, with tries. What went wrong is told without anything that the other side said.
    async fn send(self, hook: &Webhook, body: &str) -> Result<(), String> {
        if self.offline {
            return Err(String::from("not sent: the server is offline"));
        }
        let mut pause = PAUSE;
        let mut last = String::new();
        for attempt in 1..=TRIES {
            match tokio::time::timeout(PATIENCE, self.post(hook, body)).await {
                Ok(Ok(())) => return Ok(()),
                Ok(Err(why)) => last = why,
                Err(_) => last = String::from("it took too long"),
            }
            if attempt < TRIES {
                tokio::time::sleep(pause).await;
                pause *= 2;
            }
        }
        Err(last)
    }

    async fn post(self, hook: &Webhook, body: &str) -> Result<(), String> {
        let address = parse(&hook.url)?;
        let at = self.resolve(&address).await?;
        let stream = TcpStream::connect(at)
            .await
            .map_err(|_| "no connection".to_owned())?;
        let signed = signature(&hook.secret, clock::now().as_second(), body);
        let request = Request::post(&address.path)
            .header(HOST, authority(&address))
            .header(CONTENT_TYPE, "application/json")
            .header(USER_AGENT, concat!("aispm/", env!("CARGO_PKG_VERSION")))
            .header("x-aispm-signature", signed)
            .body(body.to_owned())
            .map_err(|_| "the address cannot be written as a request".to_owned())?;
        if !address.tls {
            return exchange(stream, request).await;
        }
        let name = ServerName::try_from(address.host.trim_matches(['[', ']']).to_owned())
            .map_err(|_| "the host is no name for a certificate".to_owned())?;
        let connector = TlsConnector::from(client()?);
        let stream = connector.connect(name, stream).await;
        exchange(
            stream.map_err(|_| "no TLS with a trusted certificate".to_owned())?,
            request,
        )
        .await
    }

    /// The address to connect to; every one that the name has must be allowed.
    async fn resolve(self, address: &Address) -> Result<SocketAddr, String> {
        let host = address.host.trim_matches(['[', ']']);
        let all: Vec<SocketAddr> = tokio::net::lookup_host((host, address.port))
            .await
            .map_err(|_| "the host has no address".to_owned())?
            .collect();
        for at in &all {
            self.check_ip(at.ip(), address.tls)?;
        }
        all.first()
            .copied()
            .ok_or_else(|| "the host has no address".to_owned())
    }
}

fn literal(host: &str) -> Option<IpAddr> {
    host.trim_matches(['[', ']']).parse().ok()
}

fn authority(address: &Address) -> String {
    let usual = address.port == if address.tls { 443 } else { 80 };
    if usual {
        address.host.clone()
    } else {
        format!("{}:{}", address.host, address.port)
    }
}

/// An address on the public internet: none of the ranges that the IANA registries keep for special purposes
/// (<https://www.iana.org/assignments/iana-ipv4-special-registry>, <https://www.iana.org/assignments/iana-ipv6-special-registry>).
fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => {
            let [a, b, c, _] = ip.octets();
            let special = matches!(
                (a, b, c),
                (0 | 10 | 127, ..)
                    | (100, 64..=127, _)
                    | (169, 254, _)
                    | (172, 16..=31, _)
                    | (192, 0, 0 | 2)
                    | (192, 88, 99)
                    | (192, 168, _)
                    | (198, 18 | 19, _)
                    | (198, 51, 100)
                    | (203, 0, 113)
                    | (224..=255, ..)
            );
            !special
        }
        IpAddr::V6(ip) => {
            let [a, b, ..] = ip.segments();
            // Global unicast is 2000::/3; inside it: protocol assignments, documentation, and 6to4, which embeds IPv4.
            (0x2000..=0x3fff).contains(&a)
                && !(a == 0x2001 && (b < 0x200 || b == 0xdb8))
                && a != 0x2002
                && !(a == 0x3fff && b < 0x1000)
        }
    }
}

/// Sends a request and reads the status; the rest of the answer is of no interest.
async fn exchange(
    stream: impl tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
    request: Request<String>,
) -> Result<(), String> {
    let failed = |_| "the connection broke".to_owned();
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .map_err(failed)?;
    let drive = tokio::spawn(connection);
    let answer = sender.send_request(request).await.map_err(failed);
    drive.abort();
    let status = answer?.status();
    if status.is_success() {
        Ok(())
    } else {
        Err(format!("it answered {}", status.as_u16()))
    }
}

/// Cryptography of TLS, named rather than taken from the process, so that nobody else decides which.
pub(crate) fn provider() -> Arc<CryptoProvider> {
    Arc::new(tokio_rustls::rustls::crypto::ring::default_provider())
}

fn client() -> Result<Arc<ClientConfig>, String> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let config = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|_| "no TLS".to_owned())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

/// `t=SECONDS,v1=HEX`: HMAC-SHA256 of `SECONDS.BODY`. Whoever receives it refuses old times, so that nobody plays it back.
pub(crate) fn signature(secret: &str, at: i64, body: &str) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
        return String::new(); // HMAC takes keys of any length
    };
    mac.update(format!("{at}.{body}").as_bytes());
    format!("t={at},v1={}", aispm_types::hex(&mac.finalize().into_bytes()))
}

/// Sends what a scan found new to every webhook.
pub(crate) async fn announce(app: &App, scan: &str) -> Result<(), Problem> {
    let hooks = app.store.webhooks().await?;
    if hooks.iter().all(|h| !h.enabled) {
        return Ok(());
    }
    let loaded = app.estates.load(&app.store, Some(scan)).await?;
    for hook in hooks.iter().filter(|h| h.enabled) {
        let least = hook.least_severity.parse().unwrap_or(Severity::High);
        let news = news(&loaded, least);
        if news.is_empty() {
            continue;
        }
        let body = match hook.format.as_str() {
            "slack" => slack(&loaded, &news),
            _ => json(&loaded, &news),
        };
        let outcome = match app.notifier.send(hook, &body).await {
            Ok(()) => String::from("delivered"),
            Err(why) => why,
        };
        app.store
            .put_delivery(&Delivery {
                webhook: hook.id.clone(),
                scan: scan.to_owned(),
                at: state::now(),
                outcome,
            })
            .await?;
    }
    Ok(())
}

/// Findings that this scan saw first, or saw again after they were gone.
fn news(loaded: &Loaded, least: Severity) -> Vec<&Finding> {
    let scan = loaded.report.run.id.as_str();
    loaded
        .report
        .findings
        .iter()
        .filter(|f| f.severity >= least && f.accepted.is_none())
        .filter(|f| loaded.first_seen(&f.id) == Some(scan) || loaded.regressed(&f.id))
        .collect()
}

fn json(loaded: &Loaded, news: &[&Finding]) -> String {
    let one = |f: &&Finding| {
        serde_json::json!({
            "id": f.id,
            "rule": f.rule,
            "title": f.title,
            "severity": f.severity,
            "asset": { "id": f.asset, "name": loaded.name_of(&f.asset) },
            "system": loaded.system_of(&f.asset).map(|s| &s.name),
            "regressed": loaded.regressed(&f.id),
        })
    };
    serde_json::json!({
        "type": "findings.new",
        "scan": loaded.report.run.id,
        "total": news.len(),
        "findings": news.iter().take(NAMED).map(one).collect::<Vec<_>>(),
    })
    .to_string()
}

/// Slack's own text format, in which three characters mean something (<https://docs.slack.dev/messaging/formatting-message-text>).
fn slack(loaded: &Loaded, news: &[&Finding]) -> String {
    let plain = |s: &str| s.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let mut text = format!("aispm: {} new finding(s)", news.len());
    for f in news.iter().take(10) {
        text.push_str(&format!(
            "\n• {} {} — {} ({})",
            f.severity,
            plain(&f.title),
            plain(&loaded.name_of(&f.asset)),
            f.id
        ));
    }
    if news.len() > 10 {
        text.push_str(&format!("\n… and {} more", news.len() - 10));
    }
    serde_json::json!({ "text": text }).to_string()
}

#[cfg(test)]
#[path = "notify_tests.rs"]
mod tests;
