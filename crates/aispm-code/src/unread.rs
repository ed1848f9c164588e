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
    languages: Vec<Language>,
    /// Words that count in every language without words of its own.
    mentions: Option<AhoCorasick>,
}

/// One kind of file.
struct Language {
    name: String,
    /// Extensions, names and directories.
    ends: Vec<String>,
    /// Only addresses, actions and commands count.
    acts_only: bool,
    /// Words of its own, which alone count.
    own: Option<AhoCorasick>,
}

static UNREAD: LazyLock<Unread> = LazyLock::new(|| {
    let text = aispm_content::catalogue().find(|(path, _)| path.ends_with("unread/languages.yaml"));
    text.and_then(|(_, text)| parse_yaml(text, &Limits::default()).ok())
        .map_or_else(Unread::default, |node| Unread::of(&node))
});

fn texts(node: Option<&Node>) -> Vec<String> {
    let items = node.map(Node::items).unwrap_or_default();
    items.iter().filter_map(Node::as_str).map(str::to_owned).collect()
}

fn words(words: &[String]) -> Option<AhoCorasick> {
    AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .match_kind(MatchKind::LeftmostLongest)
        .build(words)
        .ok()
}

impl Unread {
    fn of(node: &Node) -> Self {
        let acts_only = texts(node.get("acts_only"));
        let own = node.get("own_mentions");
        let languages = node.get("languages").map(Node::entries).unwrap_or_default();
        let languages = languages.iter().map(|(name, ends)| Language {
            name: name.text.clone(),
            ends: texts(Some(ends)),
            acts_only: acts_only.contains(&name.text),
            own: own
                .and_then(|o| o.get(&name.text))
                .and_then(|w| words(&texts(Some(w)))),
        });
        Self {
            languages: languages.collect(),
            mentions: words(&texts(node.get("mentions"))),
        }
    }

    /// What a file may be: by its name, else its extension, else its directory; kinds with words of their own come last.
    fn languages(&self, path: &str) -> impl Iterator<Item = &Language> {
        let all = || self.languages.iter();
        let by = |way: fn(&str, &str) -> bool| {
            all().find(move |l| l.own.is_none() && l.ends.iter().any(|end| way(path, end)))
        };
        let one = by(is_named)
            .or_else(|| by(has_extension))
            .or_else(|| by(is_below));
        let own = all().filter(move |l| l.own.is_some() && l.ends.iter().any(|e| has_extension(path, e)));
        one.into_iter().chain(own)
    }

    /// The first whole word of a file's text that names AI software, with the kind of file it makes of it.
    fn mention<'t>(&self, path: &str, text: &'t str) -> Option<(&str, &'t str)> {
        self.languages(path).find_map(|language| {
            let words = language.own.as_ref().or(self.mentions.as_ref())?;
            words
                .find_iter(text)
                .find_map(|m| language.counts(text, m.range()))
                .map(|said| (language.name.as_str(), said))
        })
    }
}

fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn is_named(path: &str, end: &str) -> bool {
    name(path) == end
}

fn has_extension(path: &str, end: &str) -> bool {
    name(path).rsplit_once('.').is_some_and(|(_, e)| e == end)
}

fn is_below(path: &str, end: &str) -> bool {
    end.ends_with('/') && (path.starts_with(end) || path.contains(&format!("/{end}")))
}

impl Language {
    /// A word where it stands alone and says something in this language.
    fn counts<'t>(&self, text: &'t str, at: std::ops::Range<usize>) -> Option<&'t str> {
        let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let before = text.get(..at.start).and_then(|t| t.chars().next_back());
        let after = text.get(at.end..).and_then(|t| t.chars().next());
        let said = text.get(at)?;
        let ends = !said.ends_with(word) || !after.is_some_and(word);
        (ends && !before.is_some_and(word) && (!self.acts_only || said.contains(['.', '/', ' '])))
            .then_some(said)
    }
}

impl Reader for UnreadCodeReader {
    fn name(&self) -> &'static str {
        "unread code"
    }

    fn wants(&self, file: &VirtualFile) -> bool {
        UNREAD.languages(&file.path).next().is_some() && !is_test_path(&file.path)
    }

    fn read(&self, file: &VirtualFile, _cx: &ReadContext, _out: &mut Batch) -> Option<Kept> {
        let text = file.text()?;
        let mut end = text.len().min(SEARCHED);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let (language, mention) = UNREAD.mention(&file.path, text.get(..end)?)?;
        Some(Box::new((language.to_owned(), mention.to_owned())))
    }

    fn finish(&self, kept: Vec<(String, Kept)>, _cx: &ReadContext, out: &mut Batch) {
        let mut files: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
        for (path, mention) in kept {
            if let Ok(found) = mention.downcast::<(String, String)>() {
                let (language, mention) = *found;
                files.entry(language).or_default().push((path, mention));
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
                _ => language.as_str(),
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
            ("infra/main.bicep", Some("Bicep")),
        ] {
            let found = UNREAD.languages(path).find(|l| l.own.is_none());
            assert_eq!(found.map(|l| l.name.as_str()), language, "{path}");
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
            (
                "stack.yaml",
                "    Type: AWS::SageMaker::NotebookInstance",
                Some("AWS::SageMaker"),
            ),
            (
                "azuredeploy.json",
                "\"type\": \"Microsoft.CognitiveServices/accounts\"",
                Some("Microsoft.CognitiveServices/"),
            ),
            ("openapi.json", "{\"x\": \"https://api.openai.com/v1\"}", None),
            (
                "lib/stack.ts",
                "import * as sm from 'aws-cdk-lib/aws-sagemaker';",
                Some("aws-cdk-lib/aws-sagemaker"),
            ),
            ("app.py", "import openai", None),
        ] {
            assert_eq!(UNREAD.mention(path, text).map(|(_, m)| m), mention, "{text}");
        }
    }
}
