//! What the user's side configures: policy, rules of his own, the store. Never read from a target.

use std::path::{Path, PathBuf};

use aispm_collect::read_bounded;
use aispm_engine::Content;
use aispm_policy::Known;
use aispm_types::Policy;
use anyhow::Context;

use crate::Usage;
use crate::args::Common;

/// Loads rules and attack steps, the user's rules included.
pub(crate) fn content(common: &Common) -> anyhow::Result<Content> {
    let extra = common.rules.as_deref().map(rule_files).transpose()?;
    Content::load(extra).map_err(|e| {
        if common.rules.is_some() {
            Usage(e.to_string()).into()
        } else {
            anyhow::Error::new(e)
        }
    })
}

fn rule_files(dir: &Path) -> anyhow::Result<Vec<(String, String)>> {
    let mut out = Vec::new();
    let mut todo = vec![dir.to_path_buf()];
    while let Some(at) = todo.pop() {
        let entries = std::fs::read_dir(&at)
            .map_err(|e| Usage(format!("cannot read rules from `{}`: {e}", at.display())))?;
        for entry in entries {
            let path = entry?.path();
            if path.is_dir() && todo.len() < 1000 {
                todo.push(path);
            } else if path.extension().is_some_and(|e| e == "yaml" || e == "yml") {
                let bytes = read_bounded(&path, 1 << 20)
                    .map_err(|e| Usage(format!("cannot read rule `{}`: {e}", path.display())))?;
                let shown = path.strip_prefix(dir).unwrap_or(&path).display().to_string();
                out.push((shown, String::from_utf8_lossy(&bytes).into_owned()));
            }
        }
    }
    out.sort();
    Ok(out)
}

/// Reads the policy: `--config`, else `aispm.toml` of the working directory, else none. The working directory's file is not
/// read where it lies inside a target: there it is data.
pub(crate) fn policy(common: &Common, targets: &[PathBuf], rules: &[String]) -> anyhow::Result<Policy> {
    let path = match &common.config {
        Some(path) => path.clone(),
        None => match default_policy(targets) {
            Some(path) => path,
            None => return Ok(Policy::default()),
        },
    };
    let bytes = read_bounded(&path, 4 << 20)
        .map_err(|e| Usage(format!("cannot read policy `{}`: {e}", path.display())))?;
    let text =
        String::from_utf8(bytes).map_err(|_| Usage(format!("policy `{}` is not UTF-8", path.display())))?;
    let shown = path.file_name().map_or_else(
        || path.display().to_string(),
        |n| n.to_string_lossy().into_owned(),
    );
    let entry_points: Vec<String> = aispm_paths::Entry::ALL
        .iter()
        .map(|e| e.as_str().to_owned())
        .collect();
    let known = Known {
        rules,
        entry_points: &entry_points,
    };
    aispm_policy::parse(&text, &shown, &known).map_err(|errors| {
        let all: Vec<String> = errors.iter().map(ToString::to_string).collect();
        Usage(format!(
            "the policy `{}` has {} error(s)\n{}",
            path.display(),
            all.len(),
            all.join("\n")
        ))
        .into()
    })
}

fn default_policy(targets: &[PathBuf]) -> Option<PathBuf> {
    let here = std::env::current_dir().ok()?;
    let file = here.join("aispm.toml");
    let inside = targets
        .iter()
        .filter_map(|t| std::fs::canonicalize(t).ok())
        .any(|t| here.starts_with(&t));
    if !file.is_file() {
        return None;
    }
    if inside {
        let hint = "aispm.toml of the working directory lies inside the target and was not read as policy; name it with --config aispm.toml to trust it";
        // A command that scans several times says it once.
        static SAID: std::sync::Once = std::sync::Once::new();
        SAID.call_once(|| crate::terminal::note(&format!("note: {hint}")));
        return None;
    }
    Some(PathBuf::from("aispm.toml"))
}

/// The store's URL: `--store`, else a file under the XDG data directory.
pub(crate) fn store_url(common: &Common) -> anyhow::Result<String> {
    if let Some(url) = &common.store {
        return Ok(url.clone());
    }
    let data = std::env::var_os("XDG_DATA_HOME")
        .map(PathBuf::from)
        .filter(|p| p.is_absolute());
    let data = data.or_else(|| std::env::var_os("HOME").map(|h| PathBuf::from(h).join(".local/share")));
    let data = data
        .context("no place for the store: neither XDG_DATA_HOME nor HOME is set; use --store sqlite:PATH")?;
    Ok(format!("sqlite:{}", data.join("aispm/aispm.db").display()))
}

/// The audit log: where the user says, else beside the store.
pub(crate) fn audit_log(common: &Common, named: Option<&Path>) -> anyhow::Result<PathBuf> {
    if let Some(path) = named {
        return Ok(path.to_path_buf());
    }
    let url = store_url(common)?;
    let path = url.strip_prefix("sqlite:").unwrap_or(&url);
    let path = path.strip_prefix("//").unwrap_or(path);
    Ok(Path::new(path).with_file_name("audit.log"))
}
