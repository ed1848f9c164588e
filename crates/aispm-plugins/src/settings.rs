//! Settings of coding agents: what they may do without asking.

use aispm_collect::{Kept, ReadContext, Reader, VirtualFile, is_binary};
use aispm_formats::doc::Node;
use aispm_types::{Asset, AssetKind, Batch};

use crate::document::{document, is_document, located, mentions};
use crate::hidden::{facts, script_hazards};
use crate::literal::shown_argument;
use crate::server::speaks_to_network;

/// Reads the settings of Claude Code, Codex, Gemini and VS Code.
#[derive(Debug, Default)]
pub(crate) struct ClientSettingsReader;

/// What settings say about consent.
#[derive(Debug, Default)]
struct Consent {
    framework: &'static str,
    /// Line of what says so.
    line: u32,
    /// The file speaks of consent at all; one that only lists hooks does not.
    says: bool,
    /// Nobody is asked before commands run.
    unasked: bool,
    /// May run commands.
    commands: bool,
    /// Commands are confined; `None` where the settings do not say.
    sandboxed: Option<bool>,
}

impl Reader for ClientSettingsReader {
    fn name(&self) -> &'static str {
        "agent-settings"
    }
    fn wants(&self, file: &VirtualFile) -> bool {
        const NEEDLES: [&str; 11] = [
            "\"permissions\"",
            "\"hooks\"",
            "Helper\"",
            "_BASE_URL\"",
            "\"aws",
            "approval_policy",
            "sandbox_mode",
            "autoApprove",
            "autoAccept",
            "\"sandbox\"",
            "enableAllProjectMcpServers",
        ];
        is_document(file)
            && !is_binary(&file.head)
            && family(&file.path).is_some()
            && mentions(file, &NEEDLES)
    }
    fn read(&self, file: &VirtualFile, cx: &ReadContext, out: &mut Batch) -> Option<Kept> {
        let family = family(&file.path)?;
        let doc = document(file, cx, out)?;
        let consent = match family {
            "claude-code" => claude(&doc),
            "cursor" => cursor(&doc),
            "codex" => codex(&doc),
            "gemini-cli" => gemini(&doc),
            _ => vscode(&doc),
        }?;
        let hooks = hook_commands(&doc);
        let calling: Vec<String> = hooks
            .iter()
            .filter(|(_, command)| speaks_to_network(command))
            .map(|(_, command)| shown(command))
            .collect();
        let mut asset = Asset::new(AssetKind::Agent, cx.place(&file.path), consent.framework)
            .with("framework", consent.framework)
            .with("hooks_network", calling);
        if let Some((host, tls)) = endpoint(&doc) {
            asset = asset.with("model_endpoint", host).with("model_endpoint_tls", tls);
        }
        if consent.says {
            asset = asset
                .with("human_approval", !consent.unasked)
                .with("code_execution", consent.commands)
                .with("allow_dangerous", consent.unasked);
        }
        if family == "claude-code" {
            let all = doc.get("enableAllProjectMcpServers").and_then(Node::as_bool);
            asset = asset.with("project_servers_unasked", all == Some(true));
        }
        if let Some(sandboxed) = consent.sandboxed {
            asset = asset.with("sandboxed", sandboxed);
        }
        let id = out.asset(located(asset, file, cx, consent.line));
        for (line, command) in hooks {
            for fact in facts(script_hazards(command), &id, |_| cx.at(&file.path, line)) {
                out.fact(fact);
            }
        }
        None
    }
}

fn family(path: &str) -> Option<&'static str> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let inside = |directory: &str| path.starts_with(directory) || path.contains(&format!("/{directory}"));
    if inside(".claude/") && name.starts_with("settings") {
        Some("claude-code")
    } else if inside(".cursor/") && name == "hooks.json" {
        Some("cursor")
    } else if inside(".codex/") && name == "config.toml" {
        Some("codex")
    } else if inside(".gemini/") && name == "settings.json" {
        Some("gemini-cli")
    } else if (inside(".vscode/") && name == "settings.json") || name.ends_with(".code-workspace") {
        Some("github-copilot")
    } else {
        None
    }
}

/// `permissions.allow` with every shell command, or a mode that asks nobody.
fn claude(doc: &Node) -> Option<Consent> {
    let permissions = doc.get("permissions");
    let hooks = doc.get("hooks");
    let says = permissions
        .or(hooks)
        .or_else(|| doc.get("enableAllProjectMcpServers"));
    let runs = HELPERS.iter().find_map(|h| doc.get(h));
    let line = says.or(runs).or_else(|| doc.get("env"))?.line;
    let allowed: Vec<&str> = permissions
        .and_then(|p| p.get("allow"))
        .map_or(&[][..], Node::items)
        .iter()
        .filter_map(Node::as_str)
        .collect();
    let any_command = allowed
        .iter()
        .any(|a| matches!(*a, "*" | "Bash" | "Bash(*)" | "Bash(:*)" | "Bash(**)"));
    let bypass = permissions
        .and_then(|p| p.get("defaultMode"))
        .and_then(Node::as_str)
        == Some("bypassPermissions");
    Some(Consent {
        framework: "claude-code",
        line,
        says: says.is_some(),
        unasked: any_command || bypass,
        commands: any_command || bypass || allowed.iter().any(|a| a.starts_with("Bash")),
        sandboxed: doc.at(&["sandbox", "enabled"]).and_then(Node::as_bool),
    })
}

/// `.cursor/hooks.json`: commands only.
fn cursor(doc: &Node) -> Option<Consent> {
    Some(Consent {
        framework: "cursor",
        line: doc.get("hooks")?.line,
        ..Consent::default()
    })
}

/// `approval_policy = "never"` and `sandbox_mode = "danger-full-access"`.
fn codex(doc: &Node) -> Option<Consent> {
    let approval = doc.get("approval_policy");
    let sandbox = doc.get("sandbox_mode");
    let unconfined = sandbox.and_then(Node::as_str) == Some("danger-full-access");
    Some(Consent {
        framework: "codex",
        line: approval.or(sandbox)?.line,
        says: true,
        unasked: approval.and_then(Node::as_str) == Some("never"),
        commands: true,
        sandboxed: sandbox.map(|_| !unconfined),
    })
}

fn gemini(doc: &Node) -> Option<Consent> {
    let accept = doc.get("autoAccept").or_else(|| doc.at(&["tools", "autoAccept"]));
    let sandbox = doc.get("sandbox").or_else(|| doc.at(&["tools", "sandbox"]));
    Some(Consent {
        framework: "gemini-cli",
        line: accept.or(sandbox)?.line,
        says: true,
        unasked: accept.and_then(Node::as_bool) == Some(true),
        commands: true,
        sandboxed: sandbox.map(|s| s.as_bool() != Some(false)),
    })
}

/// `chat.tools.autoApprove`: every tool of every server and the terminal run unasked (CVE-2025-53773 wrote it).
fn vscode(doc: &Node) -> Option<Consent> {
    let settings = doc.get("settings").unwrap_or(doc);
    let (key, value) = ["chat.tools.autoApprove", "chat.tools.global.autoApprove"]
        .iter()
        .find_map(|k| settings.entries().iter().find(|(key, _)| key.text == *k))?;
    Some(Consent {
        framework: "github-copilot",
        line: key.line,
        says: true,
        unasked: value.as_bool() == Some(true),
        commands: true,
        sandboxed: None,
    })
}

/// Settings of Claude Code that are commands, which it runs for keys, headers and its status line.
const HELPERS: &[&str] = &[
    "apiKeyHelper",
    "awsAuthRefresh",
    "awsCredentialExport",
    "otelHeadersHelper",
];

/// Where an agent sends what it is asked and reads, if settings move that from its provider: the host, and whether over TLS. Prompts, files
/// and the key itself go there before anybody is asked (CVE-2026-21852).
fn endpoint(doc: &Node) -> Option<(String, bool)> {
    const OWN: &[&str] = &[
        ".anthropic.com",
        ".amazonaws.com",
        ".googleapis.com",
        ".azure.com",
    ];
    let env = doc.get("env").map(Node::entries).unwrap_or_default();
    env.iter().find_map(|(key, value)| {
        let names = key.text.starts_with("ANTHROPIC_") && key.text.ends_with("_BASE_URL");
        let url = value.as_str().filter(|_| names)?;
        let (scheme, rest) = url.split_once("://")?;
        let authority = rest.split(['/', '?', '#']).next()?;
        let host = authority.rsplit('@').next()?.to_ascii_lowercase();
        let name = host.split(':').next().unwrap_or(&host);
        let own = OWN.iter().any(|o| format!(".{name}").ends_with(o));
        let here =
            host.starts_with("[::1]") || matches!(name, "localhost" | "127.0.0.1" | "host.docker.internal");
        (!own && !here && !name.is_empty()).then(|| (host.clone(), scheme.eq_ignore_ascii_case("https")))
    })
}

/// Commands that run on the agent's events: `hooks.EVENT[].hooks[].command`, or `hooks.EVENT[].command`; and those that settings are.
fn hook_commands(doc: &Node) -> Vec<(u32, &str)> {
    let helpers = HELPERS.iter().filter_map(|h| doc.get(h));
    let mut out: Vec<(u32, &str)> = helpers
        .chain(doc.at(&["statusLine", "command"]))
        .filter_map(|command| Some((command.line, command.as_str()?)))
        .collect();
    for (_, groups) in doc.get("hooks").map_or(&[][..], Node::entries) {
        for group in groups.items() {
            let inner = group.get("hooks").map_or(&[][..], Node::items);
            for hook in inner.iter().chain([group]) {
                if let Some(command) = hook.get("command")
                    && let Some(text) = command.as_str()
                {
                    out.push((command.line, text));
                }
            }
        }
    }
    out
}

/// A command as a report may show it: keys masked, at most 120 characters.
fn shown(command: &str) -> String {
    let words: Vec<String> = command
        .split_whitespace()
        .take(60)
        .map(|word| shown_argument(word, None).0)
        .collect();
    words.join(" ").chars().take(120).collect()
}
