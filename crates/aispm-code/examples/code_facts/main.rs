//! Recall on the table of hand-checked facts: `code_facts TABLE ESTATES`, where ESTATES holds a checkout for each repository.
//!
//! A fact is found where an asset or a fact of the right provider or model stands in the right file within three lines.

#[path = "../tree/scan.rs"]
mod scan;
#[path = "../tree/mod.rs"]
mod tree;

use std::path::{Path, PathBuf};

use aispm_collect::read_bounded;
use aispm_types::Batch;

fn main() -> std::process::ExitCode {
    let mut args = std::env::args().skip(1);
    let (Some(table), Some(estates)) = (args.next(), args.next()) else {
        return say("usage: code_facts TABLE ESTATES", 2);
    };
    let Ok(table) = read_bounded(Path::new(&table), 1 << 20) else {
        return say("the table cannot be read", 2);
    };
    let table = String::from_utf8_lossy(&table).into_owned();
    let (mut found, mut all) = (0, 0);
    for repository in ["crewAI-examples", "autogen", "servers"] {
        let root = PathBuf::from(&estates).join(repository);
        let batch = scan::scan(&root);
        for row in table.lines().skip(1) {
            let cells: Vec<&str> = row.split('\t').collect();
            let [repo, _, path, line, kind, symbol, value, ..] = cells.as_slice() else {
                continue;
            };
            if !repo.ends_with(repository) {
                continue;
            }
            all += 1;
            let near = near(&batch, path, line.parse().unwrap_or(0));
            let hit = matches(&near, kind, symbol, value);
            found += usize::from(hit);
            say(
                &format!(
                    "{} {path}:{line} {kind} {symbol} {value}\n     {}",
                    if hit { "ok  " } else { "MISS" },
                    near.join("\n     ")
                ),
                0,
            );
        }
    }
    say(&format!("{found} of {all} facts found"), 0)
}

#[expect(clippy::print_stdout, reason = "a tool for people")]
fn say(text: &str, code: u8) -> std::process::ExitCode {
    println!("{text}");
    code.into()
}

/// What stands within three lines of a place.
fn near(batch: &Batch, path: &str, line: u32) -> Vec<String> {
    let close = |l: &aispm_types::Location| {
        l.path.as_deref() == Some(path) && l.line.is_some_and(|n| n.abs_diff(line) <= 3)
    };
    let assets = batch
        .assets
        .iter()
        .filter(|a| a.locations.iter().any(close))
        .map(|a| {
            let capabilities = a
                .get("capabilities")
                .map(|c| format!("{c:?}"))
                .unwrap_or_default();
            let transport = a.text("transport").unwrap_or_default();
            format!(
                "{} {} {capabilities} {transport}",
                a.id,
                a.provider.as_deref().unwrap_or("-")
            )
        });
    let facts = batch
        .facts
        .iter()
        .filter(|f| f.location.as_ref().is_some_and(close))
        .map(|f| format!("fact {} {:?}", f.kind.as_str(), f.text("callee")));
    assets.chain(facts).collect()
}

/// Whether one of the sightings is of the right provider or model.
fn matches(near: &[String], kind: &str, symbol: &str, value: &str) -> bool {
    let any = |needle: &str| {
        near.iter()
            .any(|n| n.to_lowercase().contains(&needle.to_lowercase()))
    };
    match kind {
        "mcp_server" => any("mcp_server:"),
        "mcp_tool" => any("tool:") && any(value),
        "mcp_remote_transport" => {
            any("mcp_server:") && any(if symbol.starts_with("SSE") { "sse" } else { "http" })
        }
        "mcp_unpinned_package" | "mcp_client_config" => any("mcp_server:"),
        "sink_exec" => any("\"code\""),
        "sink_shell_llm_code" => any("\"shell\""),
        _ if value.is_empty()
            || matches!(value, "env" | "config" | "yaml")
            || value.contains(':') && !value.contains("latest") =>
        {
            let provider = [
                ("Azure", "azure-openai"),
                ("OpenAI", "openai"),
                ("openai", "openai"),
                ("Ollama", "ollama"),
                ("Anthropic", "anthropic"),
                ("Gemini", "google"),
            ]
            .iter()
            .find(|(s, _)| symbol.contains(s))
            .map_or("model:", |(_, p)| *p);
            near.iter()
                .any(|n| (n.starts_with("model:") || n.starts_with("account:")) && n.contains(provider))
        }
        _ => {
            let model = value.split('@').next().unwrap_or(value);
            near.iter().any(|n| n.starts_with("model:") && n.contains(model))
        }
    }
}
