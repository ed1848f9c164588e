//! Makes assets of server declarations.

use aispm_collect::{Kept, ReadContext, Reader, VirtualFile, is_binary};
use aispm_formats::doc::Node;
use aispm_types::{Asset, AssetId, AssetKind, Batch, Relation, RelationKind, Sensitive};

use super::access::{directories, is_broad};
use super::find::{Found, address, client, command, declarations, may_declare};
use super::hazard::{fetches_code, is_privileged};
use super::launch::{Launch, Package, launch};
use crate::document::{asset_in, document};
use crate::literal::{credential, shown_argument};

/// Reads the configurations of agents' clients: JSON, YAML and TOML that declare MCP servers.
#[derive(Debug, Default)]
pub(crate) struct ClientConfigurationReader;

impl Reader for ClientConfigurationReader {
    fn name(&self) -> &'static str {
        "mcp-configurations"
    }
    fn wants(&self, file: &VirtualFile) -> bool {
        !is_binary(&file.head) && may_declare(file)
    }
    fn read(&self, file: &VirtualFile, cx: &ReadContext, out: &mut Batch) -> Option<Kept> {
        let doc = document(file, cx, out)?;
        for found in declarations(file, &doc) {
            emit(&found, file, cx, out);
        }
        None
    }
}

fn emit(found: &Found<'_>, file: &VirtualFile, cx: &ReadContext, out: &mut Batch) {
    let mut asset = asset_in(file, cx, AssetKind::McpServer, &found.name, found.line).with("declared", true);
    if let Some(client) = client(&file.path, file) {
        asset = asset.with("client", client);
    }
    let mut secrets = Vec::new();
    let started = command(found.node);
    let mut package = None;
    if let Some((program, args)) = &started {
        let launch = launch(program, args);
        asset = with_command(asset, program, args, &launch, &mut secrets);
        package = launch.package;
    }
    let remote = address(found.node).map(str::to_owned).or_else(|| {
        // A bridge to a remote server is that remote server.
        let bridge = package
            .as_ref()
            .is_some_and(|p| matches!(p.name.as_str(), "mcp-remote" | "supergateway" | "mcp-proxy"));
        let args = started.as_ref().map(|(_, args)| args).filter(|_| bridge)?;
        args.iter().find(|a| a.contains("://")).cloned()
    });
    asset = with_address(
        asset,
        remote.as_deref(),
        started.is_some(),
        found.node,
        &mut secrets,
    );
    asset = with_environment(asset, found.node, &mut secrets);
    asset = with_consent(asset, found.node);
    let mut names: Vec<String> = secrets.iter().map(|(name, _)| name.clone()).collect();
    names.sort();
    names.dedup();
    asset = asset.with("inline_secrets", names);
    for (_, secret) in secrets {
        out.secret(Sensitive::new(secret));
    }
    let id = out.asset(asset);
    if let Some(package) = package {
        emit_package(&package, &id, found, file, cx, out);
    }
}

fn with_command(
    asset: Asset,
    program: &str,
    args: &[String],
    launch: &Launch,
    secrets: &mut Vec<(String, String)>,
) -> Asset {
    let mut shown = Vec::with_capacity(args.len());
    let mut before: Option<&str> = None;
    for a in args {
        let (text, found) = shown_argument(a, before);
        shown.push(text);
        secrets.extend(found);
        before = Some(a);
    }
    let written = program;
    let (program, found) = shown_argument(program, None);
    secrets.extend(found);
    let reach = directories(&launch.runner, args, launch.own_from);
    let mut asset = asset
        .with("command", program)
        .with("args", shown)
        .with("runner", launch.runner.as_str())
        .with("broad_file_access", reach.iter().any(|d| is_broad(d)))
        .with("fetches_code", fetches_code(written, args))
        .with("privileged", is_privileged(&launch.runner, args));
    if !reach.is_empty() {
        asset = asset.with("file_access", reach);
    }
    if let Some(package) = &launch.package {
        asset = asset
            .with("package", package.name.as_str())
            .with("pinned", package.pinned);
        if let Some(version) = &package.version {
            asset = asset.with("version", version.as_str());
        }
    }
    asset
}

fn with_address(
    asset: Asset,
    address: Option<&str>,
    started: bool,
    node: &Node,
    secrets: &mut Vec<(String, String)>,
) -> Asset {
    let stated = ["type", "transport"].iter().find_map(|k| node.get(k)?.as_str());
    let Some(address) = address else {
        return if started {
            asset.with("transport", "stdio")
        } else {
            asset
        };
    };
    secrets.extend(shown_argument(address, None).1);
    let sse = stated.map_or_else(
        || address.trim_end_matches('/').ends_with("/sse"),
        |s| s.contains("sse"),
    );
    let mut asset = asset.with("transport", if sse { "sse" } else { "http" });
    if let Some((scheme, rest)) = address.split_once("://") {
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let host = authority.rsplit('@').next().unwrap_or_default();
        let host = host.rsplit_once(':').map_or(host, |(h, _)| h);
        if !host.is_empty() && !host.contains(['$', '{']) {
            asset = asset.with("url_host", host.to_ascii_lowercase());
        }
        asset = asset.with("tls", matches!(scheme, "https" | "wss"));
    }
    let headers = ["headers", "http_headers", "requestInit", "requestOptions"]
        .iter()
        .find_map(|k| node.get(k))
        .map(|h| h.get("headers").unwrap_or(h));
    for (name, value) in headers.map_or(&[][..], Node::entries) {
        if let Some(secret) = value.as_str().and_then(|v| credential(&name.text, v)) {
            secrets.push((name.text.clone(), secret.to_owned()));
        }
    }
    let shows_itself = headers.is_some_and(|h| {
        h.entries()
            .iter()
            .any(|(k, _)| crate::literal::is_credential_name(&k.text))
    }) || ["bearer_token_env_var", "oauth", "auth", "authProviderType"]
        .iter()
        .any(|k| node.get(k).is_some());
    if shows_itself {
        asset = asset.with("authenticated", true);
    }
    asset
}

fn with_environment(asset: Asset, node: &Node, secrets: &mut Vec<(String, String)>) -> Asset {
    let environment = ["env", "environment", "envs"]
        .iter()
        .find_map(|k| node.get(k))
        .or_else(|| node.at(&["command", "env"]));
    let mut keys = Vec::new();
    for (name, value) in environment.map_or(&[][..], Node::entries) {
        keys.push(name.text.clone());
        let value = value.scalar().unwrap_or_default();
        if let Some(secret) = credential(&name.text, &value) {
            secrets.push((name.text.clone(), secret.to_owned()));
        }
    }
    if keys.is_empty() {
        return asset;
    }
    keys.sort();
    asset.with("env_keys", keys)
}

/// What runs without asking, and whether the server is switched off.
fn with_consent(asset: Asset, node: &Node) -> Asset {
    let mut approved: Vec<String> = Vec::new();
    for key in [
        "autoApprove",
        "alwaysAllow",
        "auto_approve",
        "always_allow",
        "autoAllow",
    ] {
        match node.get(key) {
            Some(list) if list.is_seq() => approved.extend(list.items().iter().filter_map(Node::scalar)),
            Some(all) if all.as_bool() == Some(true) => approved.push("*".to_owned()),
            _ => {}
        }
    }
    if ["trust", "trusted"]
        .iter()
        .any(|k| node.get(k).and_then(Node::as_bool) == Some(true))
    {
        approved.push("*".to_owned());
    }
    approved.sort();
    approved.dedup();
    let off = node.get("disabled").and_then(Node::as_bool) == Some(true)
        || node.get("enabled").and_then(Node::as_bool) == Some(false);
    asset.with("auto_approve", approved).with("disabled", off)
}

fn emit_package(
    package: &Package,
    server: &AssetId,
    found: &Found<'_>,
    file: &VirtualFile,
    cx: &ReadContext,
    out: &mut Batch,
) {
    let at = cx.at(&file.path, found.line);
    let asset = match package.ecosystem {
        "npm" | "pypi" => {
            let version = package.version.as_deref().filter(|_| package.pinned);
            let name = package.name.replacen('@', "%40", 1);
            let purl = format!("pkg:{}/{name}@{}", package.ecosystem, version.unwrap_or("*"));
            let asset = Asset::new(AssetKind::Package, purl, package.name.as_str())
                .with("ecosystem", package.ecosystem)
                .with("pinned", package.pinned)
                .with("ai", true)
                .with("role", "mcp");
            match version {
                Some(v) => asset.with("version", v),
                None => asset,
            }
        }
        "docker" => {
            let tag = package.version.as_deref().unwrap_or("latest");
            let join = if tag.contains(':') { '@' } else { ':' };
            let reference = format!("{}{join}{tag}", package.name);
            Asset::new(AssetKind::Image, &reference, package.name.as_str())
                .with("reference", reference.as_str())
                .with("tag", tag)
                .with("pinned", package.pinned)
                .with("ai", true)
        }
        _ => return,
    };
    let id = out.asset(asset.at(at.clone()).with("source", "config"));
    out.relation(Relation::new(server, RelationKind::Uses, &id).seen(at));
}
