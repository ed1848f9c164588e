//! Tasks of the repository: `cargo xtask gen [--check]` writes the generated pages under `docs/` and the API's document for
//! `web/`, or fails where one is stale.

mod cli;
mod pages;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["gen"] => write(),
        ["gen", "--check"] => check(),
        _ => Err(anyhow::anyhow!("usage: cargo xtask gen [--check]")),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            say(&format!("error: {e:#}"));
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stderr, reason = "a task talks to whoever runs it")]
fn say(text: &str) {
    eprintln!("{text}");
}

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs")
}

/// Directories that hold generated pages only: what is in them and not generated is stale.
const OWNED: [&str; 3] = ["rules", "man", "schema"];

fn generated() -> anyhow::Result<BTreeMap<String, String>> {
    let mut out = BTreeMap::new();
    out.insert(
        String::from("schema/report.json"),
        format!("{}\n", serde_json::to_string_pretty(&aispm_report::schema())?),
    );
    out.insert(String::from("cli.md"), cli::reference(&aispm::definition()));
    out.insert(String::from("configuration.md"), aispm_policy::reference());
    out.insert(String::from("properties.md"), pages::properties());
    // The dashboard's client is made from it.
    out.insert(String::from("../web/openapi.json"), aispm_server::openapi());
    out.extend(cli::man_pages(aispm::definition())?);
    out.extend(pages::rules()?);
    Ok(out)
}

fn write() -> anyhow::Result<()> {
    let docs = docs();
    for dir in OWNED {
        let _ = std::fs::remove_dir_all(docs.join(dir)); // it may not be there yet
    }
    let pages = generated()?;
    for (path, text) in &pages {
        let at = docs.join(path);
        if let Some(dir) = at.parent() {
            std::fs::create_dir_all(dir)?;
        }
        std::fs::write(&at, text).with_context(|| format!("writing {}", at.display()))?;
    }
    say(&format!("wrote {} pages", pages.len()));
    Ok(())
}

fn check() -> anyhow::Result<()> {
    let docs = docs();
    let pages = generated()?;
    let mut stale: Vec<String> = Vec::new();
    for (path, text) in &pages {
        #[expect(clippy::disallowed_methods, reason = "our own pages")]
        let there = std::fs::read_to_string(docs.join(path)).unwrap_or_default();
        if there != *text {
            stale.push(path.clone());
        }
    }
    for dir in OWNED {
        for entry in std::fs::read_dir(docs.join(dir)).into_iter().flatten() {
            let path = format!("{dir}/{}", entry?.file_name().to_string_lossy());
            if !pages.contains_key(&path) {
                stale.push(format!("{path} (no longer generated)"));
            }
        }
    }
    anyhow::ensure!(
        stale.is_empty(),
        "stale pages under docs/; run `cargo xtask gen`:\n  {}",
        stale.join("\n  ")
    );
    Ok(())
}
