//! Where server declarations stand in a configuration, whoever's it is.

use aispm_collect::VirtualFile;
use aispm_formats::doc::Node;

use crate::document::{is_document, mentions};

/// One declaration.
pub(crate) struct Found<'d> {
    /// Name it is given.
    pub(crate) name: String,
    /// Its line.
    pub(crate) line: u32,
    /// What it says.
    pub(crate) node: &'d Node,
}

/// How deep declarations are looked for: `projects` of `~/.claude.json` and dev containers nest them.
const DEPTH: usize = 8;

/// Names of maps of servers, in the clients that have one of their own.
const SERVER_MAPS: [&str; 4] = ["mcpServers", "mcp_servers", "context_servers", "mcp.servers"];

/// Whether the file may declare servers: cheap, on its name and the words in it.
pub(crate) fn may_declare(file: &VirtualFile) -> bool {
    let lock = matches!(
        file.name(),
        "package-lock.json" | "pnpm-lock.yaml" | "poetry.lock"
    );
    is_document(file)
        && !lock
        && (mentions(file, &SERVER_MAPS)
            || is_server_file(file)
            || (mentions(file, &["\"mcp\""]) && mentions(file, &["\"command\"", "\"url\""]))
            || (mentions(file, &["extensions:"]) && mentions(file, &["cmd:"])))
}

/// Files that are nothing but server declarations.
fn is_server_file(file: &VirtualFile) -> bool {
    matches!(
        file.name(),
        "mcp.json" | ".mcp.json" | "mcp.jsonc" | "mcp_config.json"
    )
}

/// Every declaration in a document.
pub(crate) fn declarations<'d>(file: &VirtualFile, doc: &'d Node) -> Vec<Found<'d>> {
    let mut out = Vec::new();
    visit(doc, "", is_server_file(file), 0, &mut out);
    // `.mcp.json` of a plugin may leave the outer map away.
    if out.is_empty() && is_server_file(file) {
        take(doc, &mut out);
    }
    out
}

fn visit<'d>(node: &'d Node, parent: &str, server_file: bool, depth: usize, out: &mut Vec<Found<'d>>) {
    if depth > DEPTH {
        return;
    }
    for (key, value) in node.entries() {
        let name = key.text.as_str();
        let is_map = SERVER_MAPS.contains(&name)
            || name.ends_with(".mcpServers")
            || (name == "servers" && (parent == "mcp" || (depth == 0 && server_file)))
            || (name == "extensions" && value.entries().iter().any(|(_, v)| v.get("cmd").is_some()));
        if is_map {
            take(value, out);
            continue;
        }
        if name == "mcp" {
            take(value, out);
        }
        visit(value, name, server_file, depth + 1, out);
    }
}

/// Takes the declarations out of a map of servers, or a list whose items have names.
fn take<'d>(servers: &'d Node, out: &mut Vec<Found<'d>>) {
    for (key, node) in servers.entries() {
        if is_server(node) {
            out.push(Found {
                name: key.text.clone(),
                line: key.line,
                node,
            });
        }
    }
    for node in servers.items() {
        if let (true, Some(name)) = (is_server(node), node.get("name").and_then(Node::as_str)) {
            out.push(Found {
                name: name.to_owned(),
                line: node.line,
                node,
            });
        }
    }
}

/// A declaration starts a program or names an address; a JSON schema of one does neither.
fn is_server(node: &Node) -> bool {
    command(node).is_some() || address(node).is_some()
}

/// The program and its arguments: `command` as text with `args`, as a list, or as a map with `path`.
pub(crate) fn command(node: &Node) -> Option<(String, Vec<String>)> {
    let command = node.get("command").or_else(|| node.get("cmd"))?;
    let words = |n: Option<&Node>| -> Vec<String> {
        n.map_or(&[][..], Node::items)
            .iter()
            .filter_map(Node::scalar)
            .collect()
    };
    if let Some(path) = command.get("path").and_then(Node::as_str) {
        return Some((path.to_owned(), words(command.get("args"))));
    }
    if let Some((first, rest)) = words(Some(command)).split_first() {
        return Some((first.clone(), rest.to_vec()));
    }
    let text = command.as_str()?;
    let mut args = words(node.get("args"));
    // Some write the whole line into `command`; a path with blanks has its arguments beside it.
    match text.split_once(' ') {
        Some((program, rest)) if args.is_empty() && !program.contains(['/', '\\']) => {
            args = rest.split_whitespace().map(str::to_owned).collect();
            Some((program.to_owned(), args))
        }
        _ => Some((text.to_owned(), args)),
    }
}

/// The address of a remote server.
pub(crate) fn address(node: &Node) -> Option<&str> {
    ["url", "serverUrl", "httpUrl", "uri", "endpoint"]
        .iter()
        .find_map(|k| node.get(k)?.as_str())
        .filter(|a| a.contains("://") || a.starts_with('$'))
}

/// Whose configuration it is, by its path and shape.
pub(crate) fn client(path: &str, file: &VirtualFile) -> Option<&'static str> {
    const BY_PATH: [(&str, &str); 20] = [
        (".cursor/", "cursor"),
        (".vscode/", "vscode"),
        ("Code/User/", "vscode"),
        (".code-workspace", "vscode"),
        (".devcontainer", "vscode"),
        ("claude_desktop_config", "claude"),
        (".claude", "claude"),
        ("windsurf", "windsurf"),
        (".continue/", "continue"),
        (".codex/", "codex"),
        (".gemini/", "gemini"),
        ("gemini-extension.json", "gemini"),
        ("goose", "goose"),
        ("opencode", "opencode"),
        (".roo/", "roo"),
        ("cline", "cline"),
        (".amazonq/", "amazonq"),
        (".kiro/", "kiro"),
        (".junie/", "junie"),
        ("/zed/", "zed"),
    ];
    BY_PATH
        .iter()
        .find(|(part, _)| path.contains(part))
        .map(|(_, client)| *client)
        .or_else(|| mentions(file, &["context_servers"]).then_some("zed"))
        // The project-wide file that Claude Code reads.
        .or_else(|| (file.name() == ".mcp.json").then_some("claude"))
}
