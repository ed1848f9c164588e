//! Files as located documents, within the budgets.

use aispm_collect::{ReadContext, VirtualFile, is_test_path};
use aispm_formats::doc::{DocError, Limits, Node, parse_json, parse_toml, parse_yaml};
use aispm_types::{Asset, AssetKind, Batch};

/// Whether the file's extension promises one of the three formats.
pub(crate) fn is_document(file: &VirtualFile) -> bool {
    matches!(
        file.extension().as_str(),
        "json" | "jsonc" | "json5" | "yaml" | "yml" | "toml"
    )
}

/// Whether any of the needles stands in the file's bytes.
pub(crate) fn mentions(file: &VirtualFile, needles: &[&str]) -> bool {
    file.source.bytes().is_some_and(|b| {
        needles
            .iter()
            .any(|n| memchr::memmem::find(b, n.as_bytes()).is_some())
    })
}

/// The text of a file within the budget; a gap says so where it is too large or no text.
pub(crate) fn text<'f>(file: &'f VirtualFile, cx: &ReadContext, out: &mut Batch) -> Option<&'f str> {
    if file.source.len() > cx.budgets.text_file {
        let limit = cx.budgets.text_file;
        out.gap(
            &file.path,
            format!("larger than {limit} bytes (text file budget)"),
        );
        return None;
    }
    let text = file.text();
    if text.is_none() {
        out.gap(&file.path, "no UTF-8 text");
    }
    text
}

/// The document in a file; a gap says where it cannot be read.
pub(crate) fn document(file: &VirtualFile, cx: &ReadContext, out: &mut Batch) -> Option<Node> {
    let text = text(file, cx, out)?;
    match parse(&file.extension(), text) {
        Ok(doc) => Some(doc),
        Err(e) => {
            out.gap(&file.path, e.to_string());
            None
        }
    }
}

fn parse(extension: &str, text: &str) -> Result<Node, DocError> {
    let limits = Limits::default();
    match extension {
        "toml" => parse_toml(text, &limits),
        "yaml" | "yml" => parse_yaml(text, &limits),
        _ => parse_json(text, &limits),
    }
}

/// An asset that lives at a line of the file, `#name` inside it.
pub(crate) fn asset_in(
    file: &VirtualFile,
    cx: &ReadContext,
    kind: AssetKind,
    name: &str,
    line: u32,
) -> Asset {
    located(
        Asset::new(kind, format_args!("{}#{name}", cx.place(&file.path)), name),
        file,
        cx,
        line,
    )
}

/// The asset at a line of the file, with what its path says.
pub(crate) fn located(asset: Asset, file: &VirtualFile, cx: &ReadContext, line: u32) -> Asset {
    let asset = asset
        .at(cx.at(&file.path, line))
        .with("source", "config")
        .with("service_root", root_of(&file.path));
    if is_test_path(&file.path) {
        asset.with("test_code", true)
    } else {
        asset
    }
}

/// The directory that a file in hidden directories (`.vscode/mcp.json`, `.claude/skills/x/SKILL.md`) is meant for.
fn root_of(path: &str) -> &str {
    let hidden = path
        .match_indices('/')
        .map(|(i, _)| i)
        .chain([path.len()])
        .scan(0, |start, end| {
            let part = path.get(*start..end).unwrap_or_default();
            let at = *start;
            *start = end + 1;
            Some((at, end, part))
        })
        .find(|(_, end, part)| part.len() > 1 && part.starts_with('.') && *end < path.len());
    let directory = match hidden {
        Some((0, ..)) => "",
        Some((at, ..)) => path.get(..at - 1).unwrap_or_default(),
        None => path.rsplit_once('/').map_or("", |(d, _)| d),
    };
    if directory.is_empty() { "." } else { directory }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_directories_belong_to_what_holds_them() {
        for (path, root) in [
            (".mcp.json", "."),
            (".vscode/mcp.json", "."),
            ("apps/a/.cursor/mcp.json", "apps/a"),
            ("apps/a/mcp.json", "apps/a"),
            (".claude/skills/x/SKILL.md", "."),
        ] {
            assert_eq!(root_of(path), root, "{path}");
        }
    }
}
