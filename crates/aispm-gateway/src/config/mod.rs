//! `aispm-guard.toml`: what the guard listens on, whom it serves, and its routes.

mod address;
mod fields;
mod keys;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use aispm_guard::{AllowList, OnError, Settings, Sink};
use aispm_policy::{PolicyError, suggestion};
use hyper::Uri;
use toml_edit::{Document, TableLike};

use address::{base_path, host_pattern, variable};
use fields::{Checker, Fields, Span, tables};
use keys::{CLIENT, GUARD, Key, ROUTE};

pub(crate) use address::{is_loopback, segments_are_plain};

/// A checked configuration.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where to listen.
    pub listen: SocketAddr,
    /// The log's file.
    pub log: PathBuf,
    /// Most connections at one time.
    pub connections: usize,
    /// Most bytes of one request.
    pub max_request: usize,
    /// Longest a client may take to send one.
    pub request_time: Duration,
    /// Who may ask; everybody who reaches the port where it is empty.
    pub clients: Vec<ClientConfig>,
    /// Longest path first.
    pub routes: Vec<RouteConfig>,
}

/// One application.
#[derive(Clone, Debug)]
pub struct ClientConfig {
    /// Its name in the log and the inventory.
    pub name: String,
    /// Where its token is.
    pub token_env: String,
}

/// Header of an upstream's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyHeader {
    /// `Authorization: Bearer …`
    Authorization,
    /// `api-key: …`
    ApiKey,
}

/// One route.
#[derive(Clone, Debug)]
pub struct RouteConfig {
    /// Its name in the log.
    pub name: String,
    /// Path on the guard, without a slash at its end.
    pub path: String,
    /// The API's base, without a slash at its end.
    pub upstream: Uri,
    /// What the guard asks of answers.
    pub settings: Arc<Settings>,
    /// Calls whose answers cannot be judged pass, and the log says so.
    pub other_calls_pass: bool,
    /// The provider's word.
    pub provider: String,
    /// The application, where no client is known.
    pub application: Option<String>,
    /// Where the upstream's key is.
    pub key_env: Option<String>,
    /// The key's header.
    pub key_header: KeyHeader,
    /// Certificates to trust beside the machine's.
    pub ca_file: Option<PathBuf>,
    /// Longest to wait for a connection.
    pub connect_time: Duration,
    /// Longest the upstream may say nothing.
    pub silence: Duration,
}

impl Config {
    /// Reads a configuration. `file_name` is shown in errors.
    ///
    /// # Errors
    /// Every error of the file, in line order; where TOML itself cannot be read, that one alone.
    pub fn parse(text: &str, file_name: &str) -> Result<Self, Vec<PolicyError>> {
        let document = Document::parse(text).map_err(|e| {
            let message = e.message().lines().next().unwrap_or("cannot be read").to_owned();
            vec![PolicyError::new(
                file_name,
                text,
                e.span(),
                format!("not valid TOML: {message}"),
                None,
            )]
        })?;
        let mut c = Checker {
            text,
            path: file_name,
            errors: Vec::new(),
        };
        let config = read(&mut c, document.as_table());
        match config {
            Some(config) if c.errors.is_empty() => Ok(config),
            _ => {
                c.errors.sort_by_key(|e| (e.line, e.column));
                Err(c.errors)
            }
        }
    }
}

/// Reads it; nothing, or something unfinished, where there are errors.
fn read(c: &mut Checker<'_>, root: &toml_edit::Table) -> Option<Config> {
    for (name, _) in root.iter().filter(|(n, _)| *n != "guard") {
        let span = root.key(name).and_then(toml_edit::Key::span);
        let all: Vec<&str> = GUARD.iter().map(|k| k.name).collect();
        let help = if all.contains(&name) || matches!(name, "route" | "client") {
            Some(format!(
                "it belongs into `[guard]`: write `{}`",
                if all.contains(&name) {
                    "[guard]"
                } else if name == "route" {
                    "[[guard.route]]"
                } else {
                    "[[guard.client]]"
                }
            ))
        } else {
            suggestion(name, &["guard"])
        };
        c.error(span, format!("unknown section `{name}`"), help);
    }
    let Some(guard) = root.get("guard").and_then(|i| i.as_table_like()) else {
        c.error(
            None,
            "there is no `[guard]`",
            "see `aispm guard run --example`".to_owned(),
        );
        return None;
    };
    let span = root.key("guard").and_then(toml_edit::Key::span);
    let own = c.table(guard, span.clone(), "guard", GUARD, &["client", "route"]);
    let clients = each(c, guard, "client", CLIENT);
    let routes = each(c, guard, "route", ROUTE);
    if routes.is_empty() && c.errors.is_empty() {
        c.error(
            span,
            "there is no route",
            "add a `[[guard.route]]`; `aispm guard run --example` shows one".to_owned(),
        );
    }
    unique(c, "client", "name", &clients);
    unique(c, "client", "token_env", &clients);
    unique(c, "route", "name", &routes);
    let clients: Vec<ClientConfig> = clients.iter().filter_map(|f| client(c, f)).collect();
    let mut routes: Vec<(RouteConfig, Span)> = routes
        .iter()
        .filter_map(|f| Some((route(c, f, !clients.is_empty())?, f.at("path"))))
        .collect();
    let mut paths: BTreeMap<String, ()> = BTreeMap::new();
    for (route, at) in &routes {
        if paths.insert(route.path.clone(), ()).is_some() {
            c.error(
                at.clone(),
                format!("two routes have the path `{}`", route.path),
                None,
            );
        }
    }
    // Of `/v1` and `/v1/team` the longer one is meant where both fit.
    routes.sort_by(|(a, _), (b, _)| b.path.len().cmp(&a.path.len()).then_with(|| a.path.cmp(&b.path)));
    let seconds = |key: &str, default: u64| Duration::from_secs(own.number(key).unwrap_or(default));
    Some(Config {
        listen: listen(c, &own, !clients.is_empty())?,
        log: own.text("log").unwrap_or("guard.jsonl").into(),
        connections: size(own.number("connections").unwrap_or(512)),
        max_request: size(own.number("max_request").unwrap_or(16 << 20)),
        request_time: seconds("request_seconds", 30),
        clients,
        routes: routes.into_iter().map(|(r, _)| r).collect(),
    })
}

fn size(n: u64) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}

fn each(c: &mut Checker<'_>, guard: &dyn TableLike, name: &str, keys: &'static [Key]) -> Vec<Fields> {
    let Some(item) = guard.get(name) else {
        return Vec::new();
    };
    let key = guard.key(name).and_then(toml_edit::Key::span);
    let Some(all) = tables(item) else {
        let help = format!("write `[[guard.{name}]]` before each");
        c.error(key, format!("`guard.{name}` should be a list of tables"), help);
        return Vec::new();
    };
    let section = format!("guard.{name}");
    all.into_iter()
        .map(|(t, span)| c.table(t, span.or_else(|| key.clone()), &section, keys, &[]))
        .collect()
}

fn unique(c: &mut Checker<'_>, section: &str, key: &str, all: &[Fields]) {
    let mut seen = BTreeMap::new();
    for f in all {
        if let Some(value) = f.text(key)
            && seen.insert(value.to_owned(), ()).is_some()
        {
            c.error(
                f.at(key),
                format!("`{key} = \"{value}\"` stands twice in `guard.{section}`"),
                None,
            );
        }
    }
}

fn listen(c: &mut Checker<'_>, f: &Fields, clients: bool) -> Option<SocketAddr> {
    let written = f.text("listen").unwrap_or("127.0.0.1:8788");
    let Ok(address) = written.parse::<SocketAddr>() else {
        c.error(
            f.at("listen"),
            format!("`{written}` is no address and port"),
            "write `127.0.0.1:8788` or `[::1]:8788`".to_owned(),
        );
        return None;
    };
    if !address.ip().is_loopback() {
        if !clients {
            c.error(
                f.at("listen"),
                "the guard would serve anybody who reaches this port",
                "name who may ask in `[[guard.client]]`, or listen on 127.0.0.1".to_owned(),
            );
        }
        if !f.flag("plain_http") {
            c.error(
                f.at("listen"),
                "tokens and answers would cross the network in the clear",
                "listen on 127.0.0.1 behind what brings TLS, or say `plain_http = true`".to_owned(),
            );
        }
    }
    Some(address)
}

fn client(c: &mut Checker<'_>, f: &Fields) -> Option<ClientConfig> {
    let (name, token_env) = (f.text("name")?, f.text("token_env")?);
    word(c, f, "name", name);
    variable(c, f, "token_env", token_env);
    Some(ClientConfig {
        name: name.into(),
        token_env: token_env.into(),
    })
}

/// Names stand in the log and in ids.
fn word(c: &mut Checker<'_>, f: &Fields, key: &str, name: &str) {
    let plain = name.len() <= 64
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-_./".contains(&b));
    if !plain {
        c.error(
            f.at(key),
            format!("`{key}` is no plain name"),
            "use letters, digits and `-_./`, at most 64".to_owned(),
        );
    }
}

fn route(c: &mut Checker<'_>, f: &Fields, clients: bool) -> Option<RouteConfig> {
    for key in ["name", "provider", "application"] {
        if let Some(name) = f.text(key) {
            word(c, f, key, name);
        }
    }
    if let Some(key) = f.text("key_env") {
        variable(c, f, "key_env", key);
    }
    let upstream = address::upstream(c, f)?;
    let path = base_path(c, f)?;
    if clients && f.text("application").is_some() {
        c.error(
            f.at("application"),
            "`application` is told by the client's token here",
            "leave it out, or leave out `[[guard.client]]`".to_owned(),
        );
    }
    let mut hosts = Vec::new();
    for (host, at) in f.texts("allow_hosts") {
        match host_pattern(host) {
            Ok(()) => hosts.push(host.as_str()),
            Err(help) => c.error(at.clone(), format!("`{host}` is no host"), help),
        }
    }
    let sink = match f.text("sink")? {
        "html" => Sink::Html,
        "markdown" => Sink::Markdown,
        _ => Sink::Plain,
    };
    let mut settings = Settings::new(sink);
    settings.allow_hosts = AllowList::new(hosts);
    settings.on_error = if f.text("on_error") == Some("open") {
        OnError::Open
    } else {
        OnError::Closed
    };
    settings.hold = f.number("hold").map_or(settings.hold, size);
    settings.hold_call = f.number("hold_call").map_or(settings.hold_call, size);
    settings.message = f.number("max_answer").map_or(settings.message, size);
    let host = upstream.host().unwrap_or("unknown").to_owned();
    Some(RouteConfig {
        name: f.text("name")?.into(),
        path,
        upstream,
        settings: Arc::new(settings),
        other_calls_pass: f.text("other_calls") == Some("pass"),
        provider: f.text("provider").map_or(host, str::to_owned),
        application: f.text("application").map(str::to_owned),
        key_env: f.text("key_env").map(str::to_owned),
        key_header: if f.text("key_header") == Some("api-key") {
            KeyHeader::ApiKey
        } else {
            KeyHeader::Authorization
        },
        ca_file: f.text("ca_file").map(PathBuf::from),
        connect_time: Duration::from_secs(f.number("connect_seconds").unwrap_or(10)),
        silence: Duration::from_secs(f.number("silence_seconds").unwrap_or(300)),
    })
}

/// A commented configuration with every key; what is optional is commented out, with its default where it has one.
pub fn example() -> String {
    let mut out = String::from(
        "# Configuration of `aispm guard run`. Keys come from the environment, never from this file.\n",
    );
    for (header, keys) in [
        ("[guard]", GUARD),
        ("[[guard.client]]", CLIENT),
        ("[[guard.route]]", ROUTE),
    ] {
        // Without clients everybody on this machine may ask.
        let off = header.contains("client");
        out.push_str(&format!("\n{}{header}\n", if off { "# " } else { "" }));
        for key in keys {
            let mark = if key.required && !off { "" } else { "# " };
            out.push_str(&format!("# {}\n{mark}{} = {}\n", key.doc, key.name, key.example));
        }
    }
    out
}
