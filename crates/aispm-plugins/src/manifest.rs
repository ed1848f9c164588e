//! Manifests of MCP servers: the registry's `server.json`, bundles' `manifest.json` (MCPB, formerly DXT) and lists of tools.

use aispm_collect::{Kept, ReadContext, Reader, VirtualFile, is_binary};
use aispm_formats::doc::Node;
use aispm_types::{Asset, AssetId, AssetKind, Batch, Relation, RelationKind, Value};

use crate::document::{asset_in, document, located, mentions};
use crate::hidden::{facts, hidden_instructions};

/// Reads manifests of servers that are written or packed here.
#[derive(Debug, Default)]
pub(crate) struct ServerManifestReader;

/// Most tools that are told of one server.
const TOOLS: usize = 500;

impl Reader for ServerManifestReader {
    fn name(&self) -> &'static str {
        "mcp-manifests"
    }
    fn wants(&self, file: &VirtualFile) -> bool {
        file.extension() == "json"
            && !is_binary(&file.head)
            && (mentions(
                file,
                &["inputSchema", "input_schema", "dxt_version", "mcp_config"],
            ) || (mentions(file, &["modelcontextprotocol"])
                && mentions(file, &["\"packages\"", "\"remotes\""])))
    }
    fn read(&self, file: &VirtualFile, cx: &ReadContext, out: &mut Batch) -> Option<Kept> {
        let doc = document(file, cx, out)?;
        let tools = tools(&doc);
        let bundle = doc
            .get("server")
            .filter(|s| s.get("mcp_config").is_some() || s.get("entry_point").is_some());
        let registry = is_registry(&doc);
        if tools.is_empty() && bundle.is_none() && !registry {
            return None;
        }
        let name = doc
            .get("name")
            .or_else(|| doc.at(&["serverInfo", "name"]))
            .and_then(Node::as_str)
            .unwrap_or_else(|| stem(file));
        let mut server = asset_in(file, cx, AssetKind::McpServer, name, doc.line).with("declared", false);
        if registry {
            server = with_registry(server, &doc);
        }
        if let Some(bundle) = bundle {
            server = with_bundle(server, bundle);
        }
        let id = out.asset(server);
        if let Some(description) = doc.get("description").and_then(Node::as_str) {
            let line = doc.get("description").map_or(1, |d| d.line);
            for fact in facts(hidden_instructions(description), &id, |_| cx.at(&file.path, line)) {
                out.fact(fact);
            }
        }
        for tool in tools.iter().take(TOOLS) {
            emit_tool(tool, &id, file, cx, out);
        }
        if tools.len() > TOOLS {
            out.gap(&file.path, format!("more than {TOOLS} tools (tool budget)"));
        }
        None
    }
}

fn stem(file: &VirtualFile) -> &str {
    file.name().split('.').next().unwrap_or_default()
}

/// `tools` at the top or in a recorded answer (`result.tools`): items with a name and a description or a schema.
fn tools(doc: &Node) -> Vec<&Node> {
    [doc.get("tools"), doc.at(&["result", "tools"])]
        .into_iter()
        .flatten()
        .find(|t| t.is_seq())
        .map_or(&[][..], Node::items)
        .iter()
        .filter(|t| t.get("name").and_then(Node::as_str).is_some())
        .filter(|t| {
            let bundle = doc.get("server").is_some() && t.get("description").is_some();
            bundle || t.get("inputSchema").is_some() || t.get("input_schema").is_some()
        })
        .collect()
}

fn is_registry(doc: &Node) -> bool {
    let schema = doc.get("$schema").and_then(Node::as_str).unwrap_or_default();
    schema.contains("modelcontextprotocol")
        && doc.get("name").is_some()
        && (doc.get("packages").is_some() || doc.get("remotes").is_some())
}

fn with_registry(mut server: Asset, doc: &Node) -> Asset {
    if let Some(package) = doc.get("packages").and_then(|p| p.items().first()) {
        let text = |keys: &[&str]| {
            keys.iter()
                .find_map(|k| package.get(k)?.as_str())
                .map(str::to_owned)
        };
        if let Some(name) = text(&["identifier", "name"]) {
            server = server.with("package", name);
        }
        if let Some(version) = text(&["version"]) {
            server = server.with("version", version);
        }
        if let Some(transport) = package.at(&["transport", "type"]).and_then(Node::as_str) {
            server = server.with("transport", transport_word(transport));
        }
    }
    if let Some(remote) = doc.get("remotes").and_then(|r| r.items().first()) {
        if let Some(kind) = remote
            .get("type")
            .or_else(|| remote.get("transport_type"))
            .and_then(Node::as_str)
        {
            server = server.with("transport", transport_word(kind));
        }
        if let Some((scheme, rest)) = remote
            .get("url")
            .and_then(Node::as_str)
            .and_then(|u| u.split_once("://"))
        {
            let host = rest.split(['/', ':', '?']).next().unwrap_or_default();
            server = server.with("url_host", host).with("tls", scheme == "https");
        }
    }
    server
}

fn transport_word(written: &str) -> &'static str {
    match written {
        "stdio" => "stdio",
        w if w.contains("sse") => "sse",
        _ => "http",
    }
}

fn with_bundle(server: Asset, bundle: &Node) -> Asset {
    let config = bundle.get("mcp_config");
    let mut server = server.with("transport", "stdio");
    if let Some(kind) = bundle.get("type").and_then(Node::as_str) {
        server = server.with("runner", kind);
    }
    if let Some(command) = config.and_then(|c| c.get("command")).and_then(Node::as_str) {
        server = server.with("command", command);
    }
    let mut keys: Vec<String> = config
        .and_then(|c| c.get("env"))
        .map_or(&[][..], Node::entries)
        .iter()
        .map(|(k, _)| k.text.clone())
        .collect();
    if !keys.is_empty() {
        keys.sort();
        server = server.with("env_keys", keys);
    }
    server
}

fn emit_tool(tool: &Node, server: &AssetId, file: &VirtualFile, cx: &ReadContext, out: &mut Batch) {
    let Some(name) = tool.get("name").and_then(Node::as_str) else {
        return;
    };
    let asset = Asset::new(
        AssetKind::Tool,
        format_args!("{}#{name}", cx.place(&file.path)),
        name,
    );
    let mut asset = located(asset, file, cx, tool.line);
    if let Some(description) = tool.get("description").and_then(Node::as_str) {
        let short: String = description.chars().take(500).collect();
        asset = asset.with("description", short);
    }
    if let Some(hints) = tool.get("annotations") {
        asset = with_hints(asset, hints);
    }
    let id = out.asset(asset);
    out.relation(Relation::new(server, RelationKind::CallsTool, &id).seen(cx.at(&file.path, tool.line)));
    let mut texts = Vec::new();
    gather_texts(tool, 0, &mut texts);
    for (line, text) in texts {
        for fact in facts(hidden_instructions(text), &id, |_| cx.at(&file.path, line)) {
            out.fact(fact);
        }
    }
}

/// `readOnlyHint` and `openWorldHint` are what the server says of itself: taken as stated, never as proof.
fn with_hints(asset: Asset, hints: &Node) -> Asset {
    let hint = |key: &str| hints.get(key).and_then(Node::as_bool);
    let asset = match hint("readOnlyHint") {
        Some(read_only) => asset.with("writes", !read_only),
        None => asset,
    };
    match hint("openWorldHint") {
        Some(open) => asset.with("egress", Value::Bool(open)),
        None => asset,
    }
}

/// Every text of a tool that a model is shown: names, titles, defaults and descriptions of parameters too.
fn gather_texts<'n>(node: &'n Node, depth: usize, out: &mut Vec<(u32, &'n str)>) {
    if depth > 24 || out.len() >= 400 {
        return;
    }
    if let Some(text) = node.as_str().filter(|t| t.len() >= 16) {
        out.push((node.line, text));
    }
    for (_, value) in node.entries() {
        gather_texts(value, depth + 1, out);
    }
    for item in node.items() {
        gather_texts(item, depth + 1, out);
    }
}
