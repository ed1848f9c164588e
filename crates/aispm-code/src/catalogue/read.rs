//! Reads the catalogue's YAML.

use std::collections::BTreeMap;

use aispm_formats::doc::{Limits, Node, parse_yaml};

use super::{Entry, Library, Names, On, Pattern, Role, Selector};
use crate::ir::Language;

/// What the files say so far.
#[derive(Default)]
pub(super) struct Parts {
    pub(super) libraries: Vec<Library>,
    pub(super) entries: Vec<Entry>,
    pub(super) names: Names,
    pub(super) problems: Vec<String>,
}

const ROLES: &[(&str, Role)] = &[
    ("client", Role::Client),
    ("model", Role::Model),
    ("chat", Role::Chat),
    ("embed", Role::Embed),
    ("agent", Role::Agent),
    ("run", Role::Run),
    ("tool", Role::Tool),
    ("vector", Role::Vector),
    ("retrieve", Role::Retrieve),
    ("dataset", Role::Dataset),
    ("train", Role::Train),
    ("load", Role::Load),
    ("mcp_server", Role::McpServer),
    ("mcp_transport", Role::McpTransport),
    ("mcp_client", Role::McpClient),
    ("guardrail", Role::Guardrail),
    ("prompt", Role::Prompt),
    ("app", Role::App),
    ("route", Role::Route),
    ("auth", Role::Auth),
    ("sink", Role::Sink),
    ("sanitizer", Role::Sanitizer),
    ("origin", Role::Origin),
    ("passes", Role::Passes),
    ("capability", Role::Capability),
];

/// Names of arguments' roles; anything else is a typing error.
const ARGS: &[&str] = &[
    "model",
    "host",
    "llm",
    "tools",
    "prompt",
    "name",
    "description",
    "path",
    "function",
    "command",
    "args",
    "url",
    "engine",
    "input",
    "agents",
    "guardrail",
    "retriever",
    "dataset",
    "output",
    "approval",
    "delegation",
    "dangerous",
    "code_execution",
    "max_iterations",
    "route",
    "method",
    "handler",
    "auth",
    "revision",
    "trust_remote_code",
    "weights_only",
    "memory",
    "env",
    "servers",
    "value",
    "produces",
    "transport",
    "listen",
    "files",
];

/// Names of constants.
const TEXTS: &[&str] = &[
    "provider",
    "names",
    "default",
    "framework",
    "engine",
    "capabilities",
    "text",
    "unsafe",
    "remote",
    "transport",
    "runner",
    "origin",
    "sink",
    "capability",
    "filters",
    "method",
    "untrusted",
    "writes",
    "egress",
    "approval",
    "code_execution",
    "sandboxed",
    "what",
    "role_of",
    "needs_ml",
    "safe_for",
    "dangerous",
    "model_prefix",
    "list",
    "general",
    "package",
    "result",
    "handler_follows",
    "argv",
    "wraps",
    "methods",
    "returns",
    "builders",
];

pub(super) fn file(path: &str, text: &str, out: &mut Parts) {
    let doc = match parse_yaml(text, &Limits::default()) {
        Ok(doc) => doc,
        Err(e) => {
            out.problems.push(format!("{path}: {e}"));
            return;
        }
    };
    for (key, node) in doc.entries() {
        match key.text.as_str() {
            "libraries" => node.items().iter().for_each(|l| library(path, l, out)),
            "families" => {
                for (provider, globs) in node.entries() {
                    for glob in texts(globs) {
                        out.names
                            .families
                            .push((Pattern::new(&glob), provider.text.clone()));
                    }
                }
            }
            "prefixes" => {
                for (prefix, provider) in node.entries() {
                    out.names
                        .prefixes
                        .insert(prefix.text.clone(), provider.scalar().unwrap_or_default());
                }
            }
            "hosts" => {
                for (host, provider) in node.entries() {
                    out.names
                        .hosts
                        .push((host.text.clone(), provider.scalar().unwrap_or_default()));
                }
            }
            other => out
                .problems
                .push(format!("{path}:{}: `{other}` is no section", key.line)),
        }
    }
}

fn library(path: &str, node: &Node, out: &mut Parts) {
    let mut texts_of = BTreeMap::new();
    let mut roots = Vec::new();
    let mut needles = Vec::new();
    let mut languages = Vec::new();
    let mut name = String::new();
    for (key, value) in node.entries() {
        match key.text.as_str() {
            "name" => name = value.scalar().unwrap_or_default(),
            "language" => languages = texts(value),
            "roots" => roots = texts(value),
            "needles" => needles = texts(value),
            "entries" => {}
            other if TEXTS.contains(&other) => {
                texts_of.insert(other.to_owned(), value.scalar().unwrap_or_default());
            }
            other => out
                .problems
                .push(format!("{path}:{}: `{other}` is nothing a library has", key.line)),
        }
    }
    for language in languages {
        let language = match language.as_str() {
            "python" => Language::Python,
            "javascript" => Language::JavaScript,
            "csharp" => Language::CSharp,
            other => {
                out.problems
                    .push(format!("{path}:{}: `{other}` is no language", node.line));
                continue;
            }
        };
        let index = out.libraries.len();
        out.libraries.push(Library {
            name: name.clone(),
            language,
            roots: roots.clone(),
            needles: needles.clone(),
            general: texts_of.get("general").is_some_and(|g| g == "true"),
            texts: texts_of.clone(),
        });
        for item in node.get("entries").map_or(&[][..], Node::items) {
            entry(path, item, index, out);
        }
    }
}

fn entry(path: &str, node: &Node, library: usize, out: &mut Parts) {
    let mut made = Entry {
        role: Role::Passes,
        on: On::Call,
        patterns: Vec::new(),
        args: BTreeMap::new(),
        texts: BTreeMap::new(),
        when: Vec::new(),
        library,
    };
    for (key, value) in node.entries() {
        let word = key.text.as_str();
        // `model: {…}` under `args` is an argument; at the top it is the role with its patterns.
        if made.patterns.is_empty()
            && !matches!(word, "on" | "args" | "when")
            && let Some((_, role)) = ROLES.iter().find(|(n, _)| *n == word)
        {
            made.role = *role;
            made.patterns = texts(value).iter().flat_map(|t| Pattern::all(t)).collect();
            continue;
        }
        match word {
            "on" => {
                made.on = match value.as_str() {
                    Some("decorator") => On::Decorator,
                    Some("base") => On::Base,
                    Some("read") => On::Read,
                    Some("assign") => On::Assign,
                    _ => On::Call,
                }
            }
            "args" => {
                for (name, selectors) in value.entries() {
                    if !ARGS.contains(&name.text.as_str()) {
                        out.problems
                            .push(format!("{path}:{}: `{}` is no argument", name.line, name.text));
                    }
                    let list = texts(selectors).iter().map(|s| selector(s)).collect();
                    made.args.insert(name.text.clone(), list);
                }
            }
            "when" => {
                for (name, wanted) in value.entries() {
                    made.when
                        .push((selector(&name.text), wanted.scalar().unwrap_or_default()));
                }
            }
            // What a sink, an origin or a capability is of.
            "as" => {
                let name = match made.role {
                    Role::Sink => "sink",
                    Role::Capability => "capability",
                    _ => "origin",
                };
                made.texts
                    .insert(name.to_owned(), value.scalar().unwrap_or_default());
            }
            _ if TEXTS.contains(&word) => {
                made.texts
                    .insert(word.to_owned(), value.scalar().unwrap_or_default());
            }
            _ => out
                .problems
                .push(format!("{path}:{}: `{word}` is nothing an entry has", key.line)),
        }
    }
    if made.patterns.is_empty() {
        out.problems.push(format!(
            "{path}:{}: an entry begins with its role and patterns",
            node.line
        ));
        return;
    }
    out.entries.push(made);
}

fn selector(written: &str) -> Selector {
    match written {
        "*" => Selector::All,
        "@" => Selector::Receiver,
        w => w
            .parse()
            .map_or_else(|_| Selector::Name(w.to_owned()), Selector::Position),
    }
}

fn texts(node: &Node) -> Vec<String> {
    match node.scalar() {
        Some(one) => vec![one],
        None => node.items().iter().filter_map(Node::scalar).collect(),
    }
}
