//! Compose files: `services:` with an image or a build, by content.

use aispm_collect::{Kept, ReadContext, Reader, VirtualFile};
use aispm_formats::doc::{Limits, Node, parse_yaml};
use aispm_types::{Asset, AssetKind as K, Batch, Properties, Relation, RelationKind as R, Value};

use crate::serving::{self, Container, Standing};

/// Services of one file; more become a gap.
const MAX_SERVICES: usize = 2_000;

/// Reads compose files.
pub(crate) struct ComposeReader;

impl Reader for ComposeReader {
    fn name(&self) -> &'static str {
        "compose"
    }

    fn wants(&self, file: &VirtualFile) -> bool {
        let name = file.name().to_ascii_lowercase();
        if !(name.ends_with(".yml") || name.ends_with(".yaml")) {
            return false;
        }
        let head = String::from_utf8_lossy(&file.head);
        let services = head.starts_with("services:") || head.contains("\nservices:");
        services
            && (name.contains("compose")
                || head.contains("image:")
                || head.contains("build:")
                || head.contains("extends:"))
    }

    fn read(&self, file: &VirtualFile, cx: &ReadContext, out: &mut Batch) -> Option<Kept> {
        if file.source.len() > cx.budgets.text_file {
            let reason = format!(
                "compose file larger than {} bytes (text file budget)",
                cx.budgets.text_file
            );
            out.gap(&file.path, reason);
            return None;
        }
        let root = match file.text().map(|t| parse_yaml(t, &Limits::default())) {
            Some(Ok(root)) => root,
            Some(Err(e)) => {
                out.gap(&file.path, e.to_string());
                return None;
            }
            None => {
                out.gap(&file.path, "YAML that is no UTF-8 text");
                return None;
            }
        };
        let services = root.get("services").map_or(&[][..], Node::entries);
        let known = |s: &Node| ["image", "build", "extends"].iter().any(|k| s.get(k).is_some());
        if !services.iter().any(|(_, s)| known(s)) {
            return None;
        }
        if services.len() > MAX_SERVICES {
            out.gap(
                &file.path,
                format!("more than {MAX_SERVICES} services (service budget)"),
            );
        }
        for (name, service) in services.iter().take(MAX_SERVICES).filter(|(_, s)| s.is_map()) {
            emit(&name.text, name.line, service, &file.path, cx, out);
        }
        None
    }
}

fn emit(name: &str, line: u32, service: &Node, path: &str, cx: &ReadContext, out: &mut Batch) {
    let at = cx.at(path, line);
    if service.get("extends").is_some() {
        out.gap(
            path,
            format!("`{name}`: what it inherits by `extends` is not read; scan the output of `docker compose config`"),
        );
    }
    let rest = format!("{}#{name}", cx.place(path));
    let mut workload = Asset::new(K::Workload, &rest, name)
        .at(at.clone())
        .with("source", "compose")
        .with("kind", "compose")
        .with("address", name)
        .with(
            "privileged",
            service.get("privileged").and_then(Node::as_bool) == Some(true),
        )
        .with(
            "host_network",
            service.get("network_mode").and_then(Node::as_str) == Some("host"),
        );
    let tags: Properties = pairs(service.get("labels"))
        .into_iter()
        .map(|(k, v)| (k, Value::Str(v.unwrap_or_default())))
        .collect();
    crate::labels::apply(&tags, &mut workload.properties);
    let ports: Vec<Published> = service
        .get("ports")
        .map_or(&[][..], Node::items)
        .iter()
        .filter_map(published)
        .collect();
    workload = workload.with("binds_all_interfaces", ports.iter().any(|p| p.all_interfaces));
    if !ports.is_empty() {
        workload = workload.with(
            "exposed_ports",
            ports.iter().map(|p| p.host.clone()).collect::<Vec<_>>(),
        );
    }
    let published = reach(&ports, workload.is("host_network"));
    workload = workload.with("published", published);
    let mounts: Vec<String> = service
        .get("volumes")
        .map_or(&[][..], Node::items)
        .iter()
        .filter_map(host_path)
        .collect();
    if !mounts.is_empty() {
        workload = workload.with("host_paths", mounts);
    }
    let container = container(service, &ports);
    let id = workload.id.clone();
    let standing = Standing {
        workload: &id,
        rest,
        name,
        source: "compose",
        at: at.clone(),
    };
    serving::describe(&mut workload, &[container], &standing, out);
    if let Some(context) = build_context(service, path) {
        let code = aispm_types::AssetId::new(K::Service, cx.place(&context));
        out.relation(Relation::new(&id, R::Runs, &code).seen(at.clone()));
    }
    out.asset(workload);
}

/// Directory a service is built from, relative to the target.
fn build_context(service: &Node, path: &str) -> Option<String> {
    let build = service.get("build")?;
    let context = build
        .as_str()
        .or_else(|| build.get("context").and_then(Node::as_str))
        .unwrap_or(".");
    let directory = path.rsplit_once('/').map_or(".", |(d, _)| d);
    (!context.contains("://") && !context.starts_with('/') && !context.contains('$'))
        .then(|| crate::terraform::join(directory, context))
        .flatten()
}

fn container(service: &Node, ports: &[Published]) -> Container {
    let mut out = Container {
        image: service
            .get("image")
            .and_then(Node::scalar)
            .map(|i| default_of(&i)),
        image_line: service.get("image").map(|n| n.line),
        port_line: service
            .get("ports")
            .and_then(|p| p.items().first())
            .map(|n| n.line),
        ports: ports.iter().filter_map(|p| p.container).collect(),
        ..Container::default()
    };
    for part in ["entrypoint", "command"] {
        match service.get(part) {
            Some(n) if n.is_seq() => n.items().iter().filter_map(Node::scalar).for_each(|w| {
                if w.contains(' ') {
                    out.push_words(&w)
                } else {
                    out.words.push(w)
                }
            }),
            Some(n) => out.push_words(&n.scalar().unwrap_or_default()),
            None => {}
        }
    }
    for (name, value) in pairs(service.get("environment")) {
        let value = value
            .filter(|v| !v.starts_with("${") || v.contains(":-"))
            .map(|v| default_of(&v));
        out.env.insert(name, value);
    }
    out
}

/// `${NAME:-default}` inside a text read as its default: what runs where nobody sets the variable.
fn default_of(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        out.push_str(before);
        let Some((inside, tail)) = after.split_once('}') else {
            out.push_str("${");
            rest = after;
            continue;
        };
        match inside.split_once(":-").or_else(|| inside.split_once('-')) {
            Some((_, default)) => out.push_str(default),
            None => out.push_str(&format!("${{{inside}}}")),
        }
        rest = tail;
    }
    out.push_str(rest);
    out
}

/// `NAME=value` items or a map.
fn pairs(node: Option<&Node>) -> Vec<(String, Option<String>)> {
    let Some(node) = node else { return Vec::new() };
    if node.is_seq() {
        return node
            .items()
            .iter()
            .filter_map(Node::scalar)
            .map(|t| match t.split_once('=') {
                Some((k, v)) => (k.to_owned(), Some(v.to_owned())),
                None => (t, None),
            })
            .collect();
    }
    node.entries()
        .iter()
        .map(|(k, v)| (k.text.clone(), v.scalar()))
        .collect()
}

/// A published port.
pub(crate) struct Published {
    pub(crate) host: String,
    pub(crate) container: Option<i64>,
    pub(crate) all_interfaces: bool,
    /// Only the host itself reaches it.
    loopback: bool,
}

/// How far ports are published, the farthest of them.
pub(crate) fn reach(ports: &[Published], host_network: bool) -> &'static str {
    if host_network || ports.iter().any(|p| !p.loopback) {
        "network"
    } else if ports.is_empty() {
        "project"
    } else {
        "loopback"
    }
}

fn is_loopback(address: &str) -> bool {
    let address = address.trim_matches(['[', ']']);
    address == "localhost" || address == "::1" || address.starts_with("127.")
}

/// `[address:][host:]container[/protocol]`, or the long form.
fn published(node: &Node) -> Option<Published> {
    if node.is_map() {
        let address = node.get("host_ip").and_then(Node::scalar);
        return Some(Published {
            host: node.get("published").and_then(Node::scalar)?,
            container: node.get("target").and_then(Node::as_int),
            loopback: address.as_deref().is_some_and(is_loopback),
            all_interfaces: address.is_none_or(|a| a == "0.0.0.0" || a == "::"),
        });
    }
    published_text(&default_of(&node.scalar()?))
}

/// `[address:][host:]container[/protocol]`.
pub(crate) fn published_text(text: &str) -> Option<Published> {
    let text = text.split('/').next().unwrap_or_default();
    let mut parts = text.rsplitn(3, ':');
    let container = parts.next()?;
    let host = parts.next();
    let address = parts.next();
    Some(Published {
        host: host.unwrap_or(container).to_owned(),
        container: container.parse().ok(),
        loopback: address.is_some_and(is_loopback),
        all_interfaces: address.is_none_or(|a| matches!(a, "0.0.0.0" | "" | "[::]" | "::")),
    })
}

/// Source of a bind mount outside the project: absolute or from the home directory.
fn host_path(node: &Node) -> Option<String> {
    let source = match node.scalar() {
        Some(t) => t.split(':').next().map(str::to_owned)?,
        None => node.get("source").and_then(Node::scalar)?,
    };
    (source.starts_with('/') || source.starts_with('~')).then_some(source)
}
