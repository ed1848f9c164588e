//! Counts who used what, and makes assets of it.

use std::collections::{BTreeMap, BTreeSet};

use aispm_types::{
    Asset, AssetId, AssetKind, Batch, Fact, FactKind, Gap, Location, Relation, RelationKind, Value,
};
use jiff::civil::Date;

use super::domains::{Service, domains};
use super::{Request, When};

/// Pairs of a user and a service.
const PAIRS: usize = 200_000;
/// Users that an account names.
const NAMED: usize = 20;
/// Models of one service.
const MODELS: usize = 1_000;
/// Characters of a user's name.
const NAME: usize = 256;

/// One use of a service.
pub(crate) struct Use<'l> {
    pub(crate) file: &'l str,
    pub(crate) line: Option<u64>,
    pub(crate) service: usize,
    pub(crate) user: &'l str,
    pub(crate) when: When<'l>,
    pub(crate) bytes: u64,
    pub(crate) denied: bool,
    pub(crate) via: &'static str,
    pub(crate) model: Option<&'l str>,
}

#[derive(Debug)]
struct Count {
    requests: u64,
    denied: u64,
    bytes: u64,
    first: Option<String>,
    last: Option<String>,
    via: &'static str,
    file: String,
    line: Option<u64>,
}

/// What was counted so far.
#[derive(Debug)]
pub(crate) struct Tally {
    as_of: Date,
    counts: BTreeMap<(usize, String), Count>,
    models: BTreeSet<(usize, String, String)>,
    overflow: u64,
}

impl Tally {
    pub(crate) fn new(as_of: Date) -> Self {
        Self {
            as_of,
            counts: BTreeMap::new(),
            models: BTreeSet::new(),
            overflow: 0,
        }
    }

    /// A request to a host, which may or may not be an AI service.
    pub(crate) fn request(&mut self, file: &str, line: u64, r: &Request<'_>) {
        if let Some(service) = domains().by_host(r.host) {
            self.count(&Use {
                file,
                line: Some(line),
                service,
                user: r.user,
                when: r.when,
                bytes: r.bytes,
                denied: r.denied,
                via: r.via,
                model: None,
            });
        }
    }

    /// A use.
    pub(crate) fn count(&mut self, u: &Use<'_>) {
        let user: String = u.user.chars().filter(|c| !c.is_control()).take(NAME).collect();
        let key = (u.service, user);
        if self.counts.len() >= PAIRS && !self.counts.contains_key(&key) {
            self.overflow += 1;
            return;
        }
        if let Some(model) = u.model.filter(|_| !u.denied && self.models.len() < MODELS) {
            let model = model.chars().filter(|c| !c.is_control()).take(NAME).collect();
            self.models.insert((u.service, key.1.clone(), model));
        }
        let count = self.counts.entry(key).or_insert_with(|| Count {
            requests: 0,
            denied: 0,
            bytes: 0,
            first: None,
            last: None,
            via: u.via,
            file: u.file.to_owned(),
            line: u.line,
        });
        if u.denied {
            count.denied += 1;
            return;
        }
        count.requests += 1;
        count.bytes = count.bytes.saturating_add(u.bytes);
        if let Some(time) = u.when.text(self.as_of) {
            if count.first.as_ref().is_none_or(|f| time < *f) {
                count.first = Some(time.clone());
            }
            if count.last.as_ref().is_none_or(|l| time > *l) {
                count.last = Some(time);
            }
        }
    }

    /// Accounts, identities, and who uses what. A service that was asked for and always refused is not in use.
    pub(crate) fn finish(self, target: &str, gaps: &mut Vec<Gap>) -> Batch {
        let mut out = Batch::default();
        if self.overflow > 0 {
            let reason = format!(
                "more than {PAIRS} pairs of users and services: {} requests are not counted; read parts of it one by one",
                self.overflow
            );
            gaps.push(Gap::new("(users)", reason));
        }
        let mut by_service: BTreeMap<usize, Vec<(&String, &Count)>> = BTreeMap::new();
        for ((service, user), count) in &self.counts {
            if count.requests > 0 {
                by_service.entry(*service).or_default().push((user, count));
            }
        }
        for (at, mut users) in by_service {
            let Some(service) = domains().get(at) else {
                continue;
            };
            // The most active first, then by name.
            users.sort_by(|a, b| (b.1.requests, a.0).cmp(&(a.1.requests, b.0)));
            emit(service, &users, target, &mut out);
        }
        for (at, user, model) in &self.models {
            if let Some(service) = domains().get(*at) {
                emit_model(service, user, model, &mut out);
            }
        }
        out
    }
}

fn place(target: &str, count: &Count) -> Location {
    let at = Location::file(target, count.file.as_str());
    match count.line.and_then(|l| u32::try_from(l).ok()) {
        Some(line) => at.line(line),
        None => at,
    }
}

fn identity(user: &str) -> AssetId {
    AssetId::new(AssetKind::Identity, user)
}

fn emit(service: &Service, users: &[(&String, &Count)], target: &str, out: &mut Batch) {
    let sum = |f: fn(&Count) -> u64| users.iter().map(|(_, c)| f(c)).sum::<u64>();
    let first = users.iter().filter_map(|(_, c)| c.first.as_deref()).min();
    let last = users.iter().filter_map(|(_, c)| c.last.as_deref()).max();
    let mut named: Vec<String> = users.iter().take(NAMED).map(|(u, _)| (*u).clone()).collect();
    if users.len() > NAMED {
        named.push(format!("and {} more", users.len() - NAMED));
    }
    let earliest = users.iter().map(|(_, c)| place(target, c)).min();
    let mut account = Asset::new(AssetKind::Account, &service.id, service.name.as_str())
        .provider(service.provider.as_str())
        .with("kind", service.provider.replace('-', "_"))
        .with("category", service.category.as_str())
        .with("source", "log")
        .with("ai", true)
        .with("requests", sum(|c| c.requests))
        .with("bytes", sum(|c| c.bytes))
        .with("users", users.len())
        .with("used_by", named)
        .with("first_seen", first)
        .with("last_seen", last)
        .with(
            "sanctioned",
            Value::unknown("the policy names no approved providers (`[approved] providers` in aispm.toml)"),
        );
    account.locations.extend(earliest);
    let account = out.asset(account);
    for (user, count) in users {
        let at = place(target, count);
        let id = identity(user);
        let mut person = Asset::new(AssetKind::Identity, user, user.as_str())
            .at(at.clone())
            .with("source", "log")
            .with("kind", kind_of(user));
        person.id = id.clone();
        out.asset(person);
        out.relation(Relation::new(&id, RelationKind::Uses, &account).seen(at.clone()));
        out.fact(
            Fact::new(FactKind::AiUse, &account)
                .with("user", user.as_str())
                .with("via", count.via)
                .with("requests", count.requests)
                .with("denied", count.denied)
                .with("bytes", count.bytes)
                .with("first_seen", count.first.clone())
                .with("last_seen", count.last.clone())
                .at(at),
        );
    }
}

/// An address, a role, or a person's name.
fn kind_of(user: &str) -> &'static str {
    if user.parse::<std::net::IpAddr>().is_ok() {
        "client_address"
    } else if user.contains(":role/") {
        "role"
    } else {
        "user"
    }
}

fn emit_model(service: &Service, user: &str, model: &str, out: &mut Batch) {
    // An ARN of a foundation model or profile ends with its name.
    let name = model.rsplit('/').next().unwrap_or(model);
    let asset = Asset::new(AssetKind::Model, format!("{}/{name}", service.provider), name)
        .provider(service.provider.as_str())
        .with("model_name", name)
        .with("hosted", true)
        .with("source", "log");
    let id = out.asset(asset);
    out.relation(Relation::new(&identity(user), RelationKind::Uses, &id));
}
