//! Files of instructions that agents load by themselves: `AGENTS.md`, `CLAUDE.md`, rules of editors, prompts and commands.

use aispm_collect::{Kept, ReadContext, Reader, VirtualFile, is_binary};
use aispm_types::{Asset, AssetKind, Batch, hex};
use sha2::{Digest, Sha256};

use crate::document::{located, text};
use crate::hidden::{facts, hidden_instructions};

/// Reads instruction files.
#[derive(Debug, Default)]
pub(crate) struct InstructionsReader;

impl Reader for InstructionsReader {
    fn name(&self) -> &'static str {
        "agent-instructions"
    }
    fn wants(&self, file: &VirtualFile) -> bool {
        !is_binary(&file.head) && is_instructions(&file.path)
    }
    fn read(&self, file: &VirtualFile, cx: &ReadContext, out: &mut Batch) -> Option<Kept> {
        let text = text(file, cx, out)?;
        if text.trim().is_empty() {
            return None;
        }
        let asset = Asset::new(AssetKind::Prompt, cx.place(&file.path), file.name())
            .with("role", "system")
            .with("length", text.chars().count())
            .with("sha256", hex(&Sha256::digest(text.as_bytes())));
        let id = out.asset(located(asset, file, cx, 1));
        for fact in facts(hidden_instructions(text), &id, |line| cx.at(&file.path, line)) {
            out.fact(fact);
        }
        None
    }
}

/// Whether agents load the file by its name or place, without being told to.
fn is_instructions(path: &str) -> bool {
    const NAMES: [&str; 14] = [
        "AGENTS.md",
        "AGENT.md",
        "CLAUDE.md",
        "CLAUDE.local.md",
        "GEMINI.md",
        "CODEX.md",
        ".cursorrules",
        ".windsurfrules",
        ".clinerules",
        ".roorules",
        ".goosehints",
        ".rules",
        "copilot-instructions.md",
        "CONVENTIONS.aider.md",
    ];
    const PLACES: [&str; 14] = [
        ".cursor/rules/",
        ".cursor/commands/",
        ".windsurf/rules/",
        ".windsurf/workflows/",
        ".clinerules/",
        ".roo/rules",
        ".claude/agents/",
        ".claude/commands/",
        ".claude/rules/",
        ".github/instructions/",
        ".github/prompts/",
        ".continue/rules/",
        ".kiro/steering/",
        ".junie/guidelines",
    ];
    let name = path.rsplit('/').next().unwrap_or(path);
    let markdown = [".md", ".mdc", ".txt"].iter().any(|e| name.ends_with(e));
    NAMES.contains(&name)
        || (markdown
            && PLACES
                .iter()
                .any(|p| path.starts_with(p) || path.contains(&format!("/{p}"))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instruction_files_are_known_by_name_and_place() {
        for (path, is) in [
            ("AGENTS.md", true),
            ("apps/a/CLAUDE.md", true),
            (".cursor/rules/style.mdc", true),
            ("x/.github/copilot-instructions.md", true),
            (".github/instructions/py.instructions.md", true),
            (".claude/agents/reviewer.md", true),
            ("README.md", false),
            ("docs/agents.md", false),
            (".cursor/rules/data.json", false),
        ] {
            assert_eq!(is_instructions(path), is, "{path}");
        }
    }
}
