//! MCP servers: implemented here, or started and called from here.

use aispm_types::{Asset, AssetId, AssetKind, Value};

use super::{Analysis, Hit};
use crate::analyse::names::host_of;
use crate::catalogue::Role;
use crate::ir::{ExprId, ExprKind};

impl Analysis<'_> {
    /// Makes the server a hit stands for.
    pub(super) fn mcp(&mut self, hit: &Hit) -> Vec<AssetId> {
        if hit.role == Role::McpServer {
            return self.implemented(hit);
        }
        if let Some(servers) = self.argument(hit, "servers").and_then(|e| self.r.followed(e, 8)) {
            let pairs = match self.module().kind(servers) {
                ExprKind::Dict(pairs) => pairs.clone(),
                _ => Vec::new(),
            };
            let inner = self
                .r
                .entry_of(servers, "mcpServers", 8)
                .map(|e| self.module().kind(e).clone());
            let pairs = match inner {
                Some(ExprKind::Dict(inner)) => inner,
                _ => pairs,
            };
            return pairs
                .into_iter()
                .filter_map(|(key, value)| {
                    let name = key.and_then(|k| self.module().text(k)).map(str::to_owned);
                    self.declared(value, name, |a, part| a.r.entry_of(value, part, 12))
                })
                .collect();
        }
        let name = self.argument(hit, "name").and_then(|e| self.r.text(e));
        let h = hit.clone();
        self.declared(hit.expr, name, |a, part| a.argument(&h, part))
            .into_iter()
            .collect()
    }

    fn implemented(&mut self, hit: &Hit) -> Vec<AssetId> {
        let name = self
            .argument(hit, "name")
            .and_then(|e| self.r.text(e))
            .or_else(|| self.bound_name(hit.expr))
            .unwrap_or_else(|| "mcp".to_owned());
        let asset = Asset::new(AssetKind::McpServer, self.place(&name), name.as_str())
            .with("declared", false)
            .at(self.at(hit.expr));
        vec![self.draft.asset(self.dressed(asset))]
    }

    /// A server that is started by command or reached by URL.
    fn declared(
        &mut self,
        e: ExprId,
        name: Option<String>,
        part: impl Fn(&Self, &str) -> Option<ExprId>,
    ) -> Option<AssetId> {
        let text = |a: &Self, p: &str| part(a, p).and_then(|e| a.r.text(e));
        let command = text(self, "command");
        let url = text(self, "url");
        let list: Vec<String> = part(self, "args")
            .and_then(|e| self.r.followed(e, 8))
            .map(|e| match self.module().kind(e) {
                ExprKind::List(items) => items.iter().filter_map(|i| self.r.text(*i)).collect(),
                _ => Vec::new(),
            })
            .unwrap_or_default();
        if command.is_none()
            && url.is_none()
            && part(self, "command").is_none()
            && part(self, "url").is_none()
        {
            return None;
        }
        let mut words: Vec<String> = command
            .iter()
            .flat_map(|c| c.split_whitespace().map(str::to_owned))
            .collect();
        words.extend(list);
        let started = Started::read(&words);
        let name = name
            .or_else(|| started.package.clone())
            .or_else(|| self.bound_name(e))
            .or_else(|| url.as_deref().and_then(host_of))
            .unwrap_or_else(|| "mcp".to_owned());
        let mut asset = Asset::new(AssetKind::McpServer, self.place(&name), name.as_str())
            .with("declared", true)
            .at(self.at(e));
        if let Some(url) = url {
            if let Some(host) = host_of(&url) {
                asset = asset.with("url_host", host);
            }
            asset = asset.with("tls", url.starts_with("https://")).with(
                "transport",
                if url.trim_end_matches('/').ends_with("/sse") {
                    "sse"
                } else {
                    "http"
                },
            );
        } else {
            asset = asset.with("transport", "stdio");
            match words.first() {
                Some(command) => asset = asset.with("command", command.as_str()),
                None => asset = asset.with("command", Value::unknown("computed at run time")),
            }
            if let Some(runner) = started.runner {
                asset = asset.with("runner", runner);
            }
            if let Some(package) = started.package {
                asset = asset
                    .with("package", package)
                    .with("pinned", started.version.is_some());
            }
            if let Some(version) = started.version {
                asset = asset.with("version", version);
            }
        }
        let keys =
            part(self, "env")
                .and_then(|e| self.r.followed(e, 8))
                .map(|e| match self.module().kind(e) {
                    ExprKind::Dict(pairs) => pairs
                        .iter()
                        .filter_map(|(k, _)| k.and_then(|k| self.module().text(k)).map(str::to_owned))
                        .collect::<Vec<_>>(),
                    _ => Vec::new(),
                });
        if let Some(keys) = keys.filter(|k| !k.is_empty()) {
            asset = asset.with("env_keys", keys);
        }
        let id = self.draft.asset(self.dressed(asset));
        let at = self.at(e);
        self.draft.used_at(&id, at);
        Some(id)
    }

    /// Says by which transport servers of this file are reached, and relates them to what their tools use.
    pub(super) fn relate_servers(&mut self) {
        for hit in self.hits.of(Role::McpTransport) {
            let Some(entry) = self.entry(&hit) else { continue };
            let transport = self
                .argument(&hit, "transport")
                .and_then(|e| self.r.text(e))
                .or_else(|| entry.texts.get("transport").cloned());
            let Some(transport) = transport.map(|t| match t.as_str() {
                "streamable-http" | "streamable_http" | "httpStream" => "http".to_owned(),
                _ => t,
            }) else {
                continue;
            };
            let at = self.at(hit.expr);
            let owner = self.server_of(&hit, &transport);
            self.draft.seen(&owner, at);
            let listen = match transport.as_str() {
                "stdio" => None,
                _ => self
                    .argument(&hit, "listen")
                    .or_else(|| self.listens(&owner))
                    .and_then(|e| self.r.text(e)),
            };
            self.draft.set(&owner, "transport", transport);
            if let Some(listen) = listen {
                self.draft.set(
                    &owner,
                    "binds_all_interfaces",
                    listen == "0.0.0.0" || listen == "::",
                );
            }
        }
    }

    /// The address that a server was told to listen on before it runs: as it was made, or in its settings.
    fn listens(&self, owner: &AssetId) -> Option<ExprId> {
        let module = self.module();
        let settings = module.bindings.iter().rev().find_map(|b| {
            let ExprKind::Attr(settings, host) = module.kind(b.target) else {
                return None;
            };
            let ExprKind::Attr(server, name) = module.kind(*settings) else {
                return None;
            };
            (&**host == "host" && &**name == "settings" && self.refs(*server).contains(owner))
                .then_some(b.value)
        });
        let made = || {
            let servers = self.hits.of(Role::McpServer);
            let mut own = servers
                .iter()
                .filter(|h| self.made.get(&h.expr).is_some_and(|m| m.contains(owner)));
            own.find_map(|h| self.argument(h, "listen"))
        };
        settings.or_else(made)
    }

    /// The server a transport belongs to: its receiver, the file's only one, one of another file, else one of its own.
    fn server_of(&mut self, hit: &Hit, transport: &str) -> AssetId {
        let is_server = |id: &AssetId| Self::is_kind(id, AssetKind::McpServer);
        let receiver = self.select(hit.expr, &[crate::catalogue::Selector::Receiver]);
        if let Some(found) = receiver
            .map(|e| self.refs(e))
            .unwrap_or_default()
            .into_iter()
            .find(is_server)
        {
            return found;
        }
        let here: Vec<AssetId> = self
            .hits
            .of(Role::McpServer)
            .iter()
            .flat_map(|h| self.made.get(&h.expr).cloned().unwrap_or_default())
            .collect();
        if let Some(first) = here.into_iter().next() {
            return first;
        }
        let elsewhere = self
            .module()
            .calls()
            .filter_map(|(_, callee, _)| self.r.path(callee))
            .filter_map(|path| self.cross_export(&path))
            .flat_map(|x| x.reaches.iter().chain(&x.assets))
            .find(|id| is_server(id))
            .cloned();
        let rest = match &elsewhere {
            Some(id) => id.as_str().split_once(':').map_or("", |(_, r)| r).to_owned(),
            None => self.place(transport),
        };
        let name = match &elsewhere {
            Some(id) => id.as_str().rsplit('#').next().unwrap_or("mcp").to_owned(),
            None => format!("mcp ({transport})"),
        };
        let asset = Asset::new(AssetKind::McpServer, rest, name)
            .with("declared", false)
            .at(self.at(hit.expr));
        self.draft.asset(self.dressed(asset))
    }
}

/// What a command starts.
#[derive(Debug, Default, PartialEq, Eq)]
struct Started {
    runner: Option<String>,
    package: Option<String>,
    version: Option<String>,
}

impl Started {
    /// Reads a command line: `npx -y @scope/server@1.2.3`, `uvx server==1.0`, `docker run image:tag`.
    fn read(words: &[String]) -> Self {
        let Some((command, rest)) = words.split_first() else {
            return Self::default();
        };
        let program = command.rsplit(['/', '\\']).next().unwrap_or(command);
        let program = program
            .strip_suffix(".cmd")
            .or(program.strip_suffix(".exe"))
            .unwrap_or(program);
        let runner = match program {
            "npx" | "bunx" | "pnpx" | "uvx" | "pipx" | "docker" | "podman" | "node" | "deno" | "uv"
            | "bun" | "pnpm" | "npm" | "yarn" => program,
            p if p.starts_with("python") => "python",
            _ => "binary",
        };
        let mut plain = rest.iter().filter(|w| !w.starts_with('-'));
        let package = match runner {
            "npx" | "bunx" | "pnpx" | "uvx" => plain.next(),
            "pipx" | "pnpm" | "npm" | "yarn" | "bun" => {
                plain.find(|w| !matches!(w.as_str(), "run" | "exec" | "dlx" | "x"))
            }
            "docker" | "podman" => plain.find(|w| w.contains('/') && !w.contains('=') && !w.starts_with('/')),
            _ => None,
        };
        let Some(package) = package else {
            return Self {
                runner: Some(runner.to_owned()),
                ..Self::default()
            };
        };
        let docker = matches!(runner, "docker" | "podman");
        let (name, version) = match package.split_once("==") {
            Some((n, v)) => (n, Some(v)),
            None if docker => package
                .split_once("@sha256:")
                .map_or((package.as_str(), None), |(n, d)| (n, Some(d))),
            // The first `@` of `@scope/name@1.0` belongs to the name.
            None => match package.get(1..).and_then(|t| t.find('@')).map(|i| i + 1) {
                Some(i) => (package.get(..i).unwrap_or(package), package.get(i + 1..)),
                None => (package.as_str(), None),
            },
        };
        let exact =
            version.filter(|v| docker || (v.starts_with(|c: char| c.is_ascii_digit()) && v.contains('.')));
        Self {
            runner: Some(runner.to_owned()),
            package: Some(name.to_owned()),
            version: exact.map(str::to_owned),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Started;

    #[test]
    fn commands_name_their_packages() {
        let cases: &[(&str, &str, Option<&str>, Option<&str>)] = &[
            (
                "npx -y @playwright/mcp@latest --headless",
                "npx",
                Some("@playwright/mcp"),
                None,
            ),
            (
                "npx -y @scope/server@1.2.3",
                "npx",
                Some("@scope/server"),
                Some("1.2.3"),
            ),
            ("uvx mcp-server-fetch", "uvx", Some("mcp-server-fetch"), None),
            (
                "uvx mcp-server-git==2025.1.14",
                "uvx",
                Some("mcp-server-git"),
                Some("2025.1.14"),
            ),
            ("python server.py", "python", None, None),
            (
                "/usr/bin/docker run -i --rm ghcr.io/acme/mcp:1.0",
                "docker",
                Some("ghcr.io/acme/mcp:1.0"),
                None,
            ),
        ];
        for (line, runner, package, version) in cases {
            let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
            let started = Started::read(&words);
            assert_eq!(started.runner.as_deref(), Some(*runner), "{line}");
            assert_eq!(started.package.as_deref(), *package, "{line}");
            assert_eq!(started.version.as_deref(), *version, "{line}");
        }
    }
}
