//! Markdown: the MCP servers that code blocks of documentation tell people to start. Nothing else in documentation is in use.

use aispm_collect::{Kept, ReadContext, Reader, VirtualFile, is_binary};
use aispm_types::{AssetKind, Batch};

use crate::analyse::analyse;
use crate::catalogue::catalogue;
use crate::cross::Cross;
use crate::lower;

/// Larger documents are not read (bytes).
const DOCUMENT_BUDGET: u64 = 1 << 20;
/// Blocks read of one document.
const BLOCKS: usize = 64;

/// Reads fenced code blocks of Markdown files.
#[derive(Debug, Default)]
pub struct MarkdownReader;

impl Reader for MarkdownReader {
    fn name(&self) -> &'static str {
        "markdown-code"
    }

    fn wants(&self, file: &VirtualFile) -> bool {
        matches!(file.extension().as_str(), "md" | "mdx")
            && file.source.len() <= DOCUMENT_BUDGET
            && !is_binary(&file.head)
    }

    fn read(&self, file: &VirtualFile, cx: &ReadContext, out: &mut Batch) -> Option<Kept> {
        let text = file.text()?;
        for (extension, block) in blocks(text).into_iter().take(BLOCKS) {
            let Some((language, _)) = lower::front(extension) else {
                continue;
            };
            if !catalogue().may_matter(language, block.as_bytes()) {
                continue;
            }
            // A block that does not parse is prose to us.
            let Ok(module) = lower::lower(&file.path, extension, &block) else {
                continue;
            };
            let found = analyse(&module, cx, &Cross::default()).batch;
            for asset in found.assets {
                if asset.kind == AssetKind::McpServer && asset.is("declared") {
                    out.asset(asset.with("test_code", true).with("source", "config"));
                }
            }
        }
        None
    }
}

/// Fenced blocks with the extension of their language, each after as many empty lines as stand before it.
fn blocks(text: &str) -> Vec<(&'static str, String)> {
    let mut out = Vec::new();
    let mut open: Option<(&str, Option<&'static str>, String)> = None;
    for (i, line) in text.lines().enumerate() {
        let bare = line.trim_start();
        match &mut open {
            Some((fence, extension, block)) => {
                if bare.starts_with(*fence) {
                    if let Some(extension) = *extension {
                        out.push((extension, std::mem::take(block)));
                    }
                    open = None;
                } else {
                    block.push_str(line);
                    block.push('\n');
                }
            }
            None => {
                let Some(fence) = ["```", "~~~"].into_iter().find(|f| bare.starts_with(f)) else {
                    continue;
                };
                let word = bare
                    .trim_start_matches(['`', '~'])
                    .split([' ', '{', ','])
                    .next()
                    .unwrap_or("");
                let extension = match word.trim().to_ascii_lowercase().as_str() {
                    "python" | "py" | "python3" => Some("py"),
                    "javascript" | "js" => Some("js"),
                    "typescript" | "ts" => Some("ts"),
                    "csharp" | "cs" | "c#" => Some("cs"),
                    _ => None,
                };
                open = Some((fence, extension, "\n".repeat(i + 1)));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::blocks;

    #[test]
    fn lines_of_blocks_are_those_of_the_document() {
        let found = blocks("# t\n```python\na = 1\n```\n~~~ts\nb\n~~~\n```bash\nls\n```\n");
        assert_eq!(
            found,
            [
                ("py", "\n\na = 1\n".to_owned()),
                ("ts", "\n\n\n\n\nb\n".to_owned())
            ]
        );
    }
}
