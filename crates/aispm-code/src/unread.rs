//! Code that nothing here reads: where it mentions AI, the report says so.
//!
//! A service in Go that asks a model is no less of an AI system than one in Python. Until a front end for its language exists, silence about
//! it would be read as "clean"; a file that mentions no AI software stays silent.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};
use aispm_collect::{Kept, ReadContext, Reader, VirtualFile, is_test_path};
use aispm_formats::doc::{Limits, Node, parse_yaml};
use aispm_types::Batch;

/// Files that a gap names; more are counted.
const NAMED: usize = 5;
/// Bytes of a file that are searched.
const SEARCHED: usize = 1 << 20;

/// Reads which files were not read.
pub(crate) struct UnreadCodeReader;

/// `catalogue/unread/languages.yaml`.
#[derive(Default)]
struct Unread {
    /// Extensions, names and directories, each with its language.
    ends: BTreeMap<String, String>,
    acts_only: Vec<String>,
    mentions: Option<AhoCorasick>,
}

static UNREAD: LazyLock<Unread> = LazyLock::new(|| {
    let text = aispm_content::catalogue().find(|(path, _)| path.ends_with("unread/languages.yaml"));
    text.and_then(|(_, text)| parse_yaml(text, &Limits::default()).ok())
        .map_or_else(Unread::default, |node| Unread::of(&node))
});

impl Unread {
    fn of(node: &Node) -> Self {
        let languages = node.get("languages").map(Node::entries).unwrap_or_default();
        let ends = languages.iter().flat_map(|(language, ends)| {
            let ends = ends.items().iter().filter_map(Node::as_str);
            ends.map(|end| (end.to_owned(), language.text.clone()))
        });
        let mentions = node.get("mentions").map(Node::items).unwrap_or_default();
        let prose = node.get("acts_only").map(Node::items).unwrap_or_default();
        Self {
            ends: ends.collect(),
            acts_only: prose.iter().filter_map(Node::as_str).map(str::to_owned).collect(),
            mentions: AhoCorasick::builder()
                .ascii_case_insensitive(true)
                .match_kind(MatchKind::LeftmostLongest)
                .build(mentions.iter().filter_map(Node::as_str))
                .ok(),
        }
    }

    fn language(&self, path: &str) -> Option<&str> {
        let name = path.rsplit('/').next().unwrap_or(path);
        let extension = name.rsplit_once('.').map_or("", |(_, e)| e);
        let directory = || {
            self.ends
                .iter()
                .find(|(end, _)| {
                    end.ends_with('/')
                        && (path.starts_with(end.as_str()) || path.contains(&format!("/{end}")))
                })
                .map(|(_, language)| language)
        };
        self.ends
            .get(name)
            .or_else(|| self.ends.get(extension))
            .or_else(directory)
            .map(String::as_str)
    }

    /// The first whole word of a file's text that names AI software.
    fn mention<'t>(&self, path: &str, text: &'t str) -> Option<&'t str> {
        let language = self.language(path);
        let act = self.acts_only.iter().any(|l| Some(l.as_str()) == language);
        let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        self.mentions.as_ref()?.find_iter(text).find_map(|m| {
            let before = text.get(..m.start()).and_then(|t| t.chars().next_back());
            let after = text.get(m.end()..).and_then(|t| t.chars().next());
            let said = text.get(m.range())?;
            let ends = !said.ends_with(word) || !after.is_some_and(word);
            (ends && !before.is_some_and(word) && (!act || said.contains(['.', '/', ' ']))).then_some(said)
        })
    }
}

impl Reader for UnreadCodeReader {
    fn name(&self) -> &'static str {
        "unread code"
    }

    fn wants(&self, file: &VirtualFile) -> bool {
        UNREAD.language(&file.path).is_some() && !is_test_path(&file.path)
    }

    fn read(&self, file: &VirtualFile, _cx: &ReadContext, _out: &mut Batch) -> Option<Kept> {
        let text = file.text()?;
        let mut end = text.len().min(SEARCHED);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let mention = UNREAD.mention(&file.path, text.get(..end)?)?;
        Some(Box::new(mention.to_owned()))
    }

    fn finish(&self, kept: Vec<(String, Kept)>, _cx: &ReadContext, out: &mut Batch) {
        let mut files: BTreeMap<&str, Vec<(String, String)>> = BTreeMap::new();
        for (path, mention) in &kept {
            if let (Some(language), Some(mention)) = (UNREAD.language(path), mention.downcast_ref::<String>())
            {
                files
                    .entry(language)
                    .or_default()
                    .push((path.clone(), mention.clone()));
            }
        }
        for (language, files) in files {
            let named: Vec<_> = files
                .iter()
                .take(NAMED)
                .map(|(path, mention)| format!("{path} ({mention})"))
                .collect();
            let more = match files.len().saturating_sub(NAMED) {
                0 => String::new(),
                n => format!(" and {n} more"),
            };
            let scope = match files.as_slice() {
                [(path, _)] => path.as_str(),
                _ => language,
            };
            let what = if files.len() == 1 {
                "file mentions"
            } else {
                "files mention"
            };
            out.gap(
                scope,
                format!(
                    "{language}: {} {what} AI and cannot be read yet: {}{more}",
                    files.len(),
                    named.join(", ")
                ),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_of_a_language_by_its_end_name_or_place() {
        for (path, language) in [
            ("cmd/main.go", Some("Go")),
            ("pom.xml", Some("Java")),
            ("x/.github/workflows/ai.yml", Some("workflows of code hosts")),
            (".github/workflows/ai.yml", Some("workflows of code hosts")),
            ("deploy/ai.yml", None),
            ("app.py", None),
            ("web/app.ts", None),
            ("Modelfile", Some("Ollama model files")),
        ] {
            assert_eq!(UNREAD.language(path), language, "{path}");
        }
    }

    #[test]
    fn only_whole_words_that_name_ai_software_count() {
        for (path, text, mention) in [
            ("lint.sh", "grep -r langchain src", None),
            ("up.sh", "exec ollama serve", Some("ollama serve")),
            (
                "up.sh",
                "claude --dangerously-skip-permissions",
                Some("claude --"),
            ),
            ("index.html", "<p>Ask OpenAI about it</p>", None),
            (
                "index.html",
                "fetch('https://api.openai.com/v1/x')",
                Some("api.openai.com"),
            ),
            (
                "a.go",
                "import \"github.com/sashabaranov/go-openai\"",
                Some("go-openai"),
            ),
            (
                "a.go",
                "- uses: anthropics/claude-code-action@v1",
                Some("anthropics/claude-code-action"),
            ),
            ("a.go", "FROM llama3\nollama run x", Some("ollama run")),
            ("a.go", "func openaiLike() {}", None),
            ("a.go", "a coherent description of an ordinary service", None),
        ] {
            assert_eq!(UNREAD.mention(path, text), mention, "{text}");
        }
    }
}
