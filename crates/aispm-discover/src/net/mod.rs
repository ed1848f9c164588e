//! `net:CIDR`: which AI services answer on a network that the user names.
//!
//! GET alone, no redirect followed, no credential sent, a capped rate; an answer is read up to a cap and for a few seconds.

mod client;
mod range;
mod services;

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use aispm_collect::{CollectContext, Collected, Collector, Progress};
use aispm_types::{Asset, AssetKind, Coverage, Gap, Location, NetworkUse, Scope, Value};
use tokio::sync::{Mutex, Semaphore};
use tokio::task::JoinSet;
use tokio::time::{Interval, MissedTickBehavior, interval, timeout};

use client::{Answer, Failure};
use range::Range;
use services::{Auth, Service, services};

/// Connections that are open at one time.
const OPEN: usize = 64;
/// Time for all questions to one port.
const PORT: Duration = Duration::from_secs(120);
/// Answers that may fail on one port before it is asked no more.
const FAILED: usize = 3;
/// Gaps that are listed of one range.
const GAPS: usize = 100;

/// Looks for AI services on named addresses.
#[derive(Clone, Copy, Debug)]
pub struct NetCollector;

/// An answer as the matcher sees it, from raw parts: for fuzzing what a server may send.
pub fn read_answer(status: u16, headers: &[(String, String)], body: &[u8]) -> usize {
    let answer = Answer::new(status, headers.to_vec(), body.to_vec());
    services().iter().map(|s| s.held_by(&answer)).sum()
}

impl Collector for NetCollector {
    fn kind(&self) -> &'static str {
        "net"
    }
    fn check(&self, reference: &str) -> Result<(), String> {
        Range::parse(reference).map(|_| ())
    }
    fn collect(&self, reference: &str, cx: &CollectContext, progress: &dyn Progress) -> Collected {
        let mut out = Collected::default();
        let mut fail = |reason: String| out.coverage.gaps.push(Gap::new(".", reason));
        if cx.offline {
            fail(String::from("`net:` needs the network, and --offline forbids it"));
            return out;
        }
        let range = match Range::parse(reference) {
            Ok(range) => range,
            Err(reason) => {
                fail(reason);
                return out;
            }
        };
        let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime,
            Err(e) => {
                fail(format!("could not start: {e}"));
                return out;
            }
        };
        let seen = runtime.block_on(probe(&range, progress));
        report(&range, seen, cx)
    }
}

/// What one address and port turned out to be.
#[derive(Debug)]
enum Found {
    /// Nothing listens.
    Closed,
    /// No answer within the time.
    Silent,
    /// Our own side could not connect.
    Local(std::io::ErrorKind),
    /// It listens and speaks something else than plain HTTP.
    NotHttp,
    /// HTTP, and none of the services.
    Other,
    /// A service.
    Known(Identified),
}

#[derive(Debug)]
struct Identified {
    service: &'static Service,
    version: Value,
    auth: Auth,
}

/// What every probe shares.
struct Shared {
    pace: Mutex<Interval>,
    open: Semaphore,
}

impl Shared {
    async fn get(&self, at: SocketAddr, path: &str) -> Result<Answer, Failure> {
        self.pace.lock().await.tick().await;
        let Ok(_permit) = self.open.acquire().await else {
            return Err(Failure::Silent);
        };
        client::get(at, path).await
    }
}

async fn probe(range: &Range, progress: &dyn Progress) -> BTreeMap<SocketAddr, Found> {
    let mut pace = interval(Duration::from_micros(1_000_000 / u64::from(range.rate)));
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let shared = Arc::new(Shared {
        pace: Mutex::new(pace),
        open: Semaphore::new(OPEN),
    });
    let mut todo = range
        .addresses()
        .flat_map(|ip| range.ports.iter().map(move |port| SocketAddr::new(ip, *port)));
    let mut tasks = JoinSet::new();
    let mut seen = BTreeMap::new();
    loop {
        while tasks.len() < 2 * OPEN
            && let Some(at) = todo.next()
        {
            let shared = Arc::clone(&shared);
            tasks.spawn(async move {
                let found = timeout(PORT, identify(at, &shared)).await;
                (at, found.unwrap_or(Found::NotHttp))
            });
        }
        match tasks.join_next().await {
            Some(Ok((at, found))) => {
                progress.file_read(&at.to_string());
                seen.insert(at, found);
            }
            Some(Err(_)) => {} // a task never panics; were it to, the port is missing and `report` says so
            None => return seen,
        }
    }
}

/// Asks for the front page first, then for what tells the services apart, those usual on the port before the others; each
/// path once.
async fn identify(at: SocketAddr, shared: &Shared) -> Found {
    let mut answers: BTreeMap<&str, Option<Answer>> = BTreeMap::new();
    match shared.get(at, "/").await {
        Ok(answer) => answers.insert("/", Some(answer)),
        Err(Failure::Refused) => return Found::Closed,
        Err(Failure::Silent) => return Found::Silent,
        Err(Failure::Local(kind)) => return Found::Local(kind),
        Err(Failure::NotHttp) => return Found::NotHttp,
    };
    let usual = |s: &Service| s.ports.contains(&at.port());
    let all = services();
    let (first, rest): (Vec<&Service>, Vec<&Service>) = all.iter().partition(|s| usual(s));
    for service in first.into_iter().chain(rest) {
        let mut holds = true;
        for marker in &service.markers {
            ask(&mut answers, &marker.path, at, shared).await;
            holds = matches!(answers.get(marker.path.as_str()), Some(Some(a)) if marker.holds(a));
            if !holds {
                break;
            }
        }
        if !holds {
            continue;
        }
        for probe in service.version.iter().chain([&service.open]) {
            ask(&mut answers, &probe.path, at, shared).await;
        }
        let answer = |path: &str| answers.get(path).and_then(Option::as_ref);
        let version = service.version.as_ref().and_then(|v| v.version(answer(&v.path)?));
        return Found::Known(Identified {
            service,
            version: version.map_or_else(
                || Value::unknown("the service does not tell it to strangers"),
                Value::Str,
            ),
            auth: service.auth(answer(&service.open.path)),
        });
    }
    Found::Other
}

async fn ask<'p>(
    answers: &mut BTreeMap<&'p str, Option<Answer>>,
    path: &'p str,
    at: SocketAddr,
    shared: &Shared,
) {
    if !answers.contains_key(path) {
        let failed = answers.values().filter(|a| a.is_none()).count();
        let answer = if failed < FAILED {
            shared.get(at, path).await.ok()
        } else {
            None
        };
        answers.insert(path, answer);
    }
}

fn report(range: &Range, seen: BTreeMap<SocketAddr, Found>, cx: &CollectContext) -> Collected {
    let mut out = Collected::default();
    let mut hosts: BTreeMap<IpAddr, Vec<(&SocketAddr, &Found)>> = BTreeMap::new();
    for (at, found) in &seen {
        hosts.entry(at.ip()).or_default().push((at, found));
    }
    let mut gaps = Vec::new();
    for ip in range.addresses() {
        out.network.push(NetworkUse {
            host: ip.to_string(),
            why: format!("asked {} ports for AI services (net:)", range.ports.len()),
        });
        let found = hosts.get(&ip).map_or(&[][..], Vec::as_slice);
        out.read += u64::from(host(ip, found, range, cx, &mut out.batch, &mut gaps));
    }
    let unlisted = gaps.len().saturating_sub(GAPS);
    gaps.truncate(GAPS);
    if unlisted > 0 {
        gaps.push(Gap::new(
            "(more)",
            format!("{unlisted} more ports or hosts could not be judged"),
        ));
    }
    if out.read == 0 {
        gaps.push(Gap::new(
            ".",
            "no address answered: nothing is there, or a filter stands between; look from inside the network",
        ));
    }
    out.coverage = Coverage {
        complete: (out.read > 0)
            .then(|| Scope(String::from(".")))
            .into_iter()
            .collect(),
        gaps,
        left_out: Vec::new(),
    };
    out
}

/// One address; gives back whether it answered at all.
fn host(
    ip: IpAddr,
    found: &[(&SocketAddr, &Found)],
    range: &Range,
    cx: &CollectContext,
    out: &mut aispm_types::Batch,
    gaps: &mut Vec<Gap>,
) -> bool {
    let (mut answered, mut silent) = (false, 0usize);
    let mut failed: BTreeSet<String> = BTreeSet::new();
    for (at, found) in found {
        match found {
            Found::Closed | Found::Other => answered = true,
            Found::Silent => silent += 1,
            Found::Local(kind) => {
                failed.insert(kind.to_string());
            }
            Found::NotHttp => {
                answered = true;
                let reason = "listens and gives no answer to plain HTTP in time (TLS or another protocol): what it is stays unknown";
                gaps.push(Gap::new(at.to_string(), reason));
            }
            Found::Known(known) => {
                answered = true;
                out.asset(asset(at, known, cx));
            }
        }
    }
    let missing = range.ports.len().saturating_sub(found.len());
    if !failed.is_empty() || missing > 0 {
        let why = failed.into_iter().collect::<Vec<_>>().join(", ");
        gaps.push(Gap::new(ip.to_string(), format!("could not be asked: {why}")));
    }
    if answered && silent > 0 {
        gaps.push(Gap::new(
            ip.to_string(),
            format!(
                "{silent} of {} ports gave no answer (filtered?)",
                range.ports.len()
            ),
        ));
    }
    answered
}

fn asset(at: &SocketAddr, known: &Identified, cx: &CollectContext) -> Asset {
    let service = known.service;
    let ip = at.ip();
    let published = if ip.is_loopback() { "loopback" } else { "network" };
    let asset = Asset::new(service.kind, at, format!("{} at {at}", service.title))
        .at(Location::file(&cx.target, at.to_string()))
        .with("source", "network")
        .with("engine", service.name.as_str())
        .with("host", ip.to_string())
        .with("published", published)
        .with("version", known.version.clone())
        .with("authenticated", known.auth.value());
    let asset = if range::is_public(ip) {
        asset.with("public", true)
    } else {
        asset
    };
    match service.kind {
        AssetKind::Endpoint => asset.with("port", u32::from(at.port())).with("tls", false),
        _ => asset,
    }
}

#[cfg(test)]
mod tests;
