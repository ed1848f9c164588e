//! CODEOWNERS: who answers for which path (GitHub's rules; GitLab's sections are read as plain lines).

use aispm_collect::{Kept, ReadContext, Reader, VirtualFile};
use aispm_types::{Asset, AssetKind, Batch};
use globset::{GlobBuilder, GlobMatcher};

/// Most lines and longest pattern that are read.
const LINES: usize = 10_000;
const PATTERN: usize = 512;

/// The owners of a repository's paths.
#[derive(Clone, Debug, Default)]
pub struct Codeowners {
    rules: Vec<(Vec<GlobMatcher>, Vec<String>)>,
}

impl Codeowners {
    /// Where the file may stand, in the order GitHub looks; the first that exists counts.
    pub const PLACES: [&'static str; 4] = [
        ".github/CODEOWNERS",
        "CODEOWNERS",
        "docs/CODEOWNERS",
        ".gitlab/CODEOWNERS",
    ];

    /// Reads a file; lines that are no rule are skipped, as GitHub skips them.
    pub fn parse(text: &str) -> Self {
        let rules = text
            .lines()
            .take(LINES)
            .filter_map(|line| {
                let line = line.trim();
                if line.is_empty() || line.starts_with(['#', '[', '^', '!']) {
                    return None;
                }
                let mut words = words(line).into_iter();
                let pattern = words.next()?;
                let matchers = matchers(&pattern)?;
                Some((matchers, words.take_while(|w| !w.starts_with('#')).collect()))
            })
            .collect();
        Self { rules }
    }

    /// Owners of a path (relative to the repository, `/`-separated): those of the last rule that fits; none where that rule names none.
    pub fn owners(&self, path: &str) -> &[String] {
        self.rules
            .iter()
            .rev()
            .find(|(matchers, _)| matchers.iter().any(|m| m.is_match(path)))
            .map_or(&[], |(_, owners)| owners)
    }

    /// First owner of a path.
    pub fn owner(&self, path: &str) -> Option<&str> {
        self.owners(path).first().map(String::as_str)
    }
}

/// Words of a line; `\ ` keeps a blank inside one.
fn words(line: &str) -> Vec<String> {
    let (mut out, mut word, mut escaped) = (Vec::new(), String::new(), false);
    for c in line.chars() {
        if escaped {
            word.push(c);
            escaped = false;
        } else if c == '\\' {
            escaped = true;
        } else if c.is_whitespace() {
            if !word.is_empty() {
                out.push(std::mem::take(&mut word));
            }
        } else {
            word.push(c);
        }
    }
    if !word.is_empty() {
        out.push(word);
    }
    out
}

/// A pattern as gitignore reads it: anchored where a `/` stands before its end, a directory stands for all below it, `*` stays
/// inside a directory. GitHub knows neither `!` nor `[ ]`.
fn matchers(pattern: &str) -> Option<Vec<GlobMatcher>> {
    if pattern.len() > PATTERN || pattern.contains(['[', ']', '{', '}']) {
        return None;
    }
    let directory = pattern.ends_with('/');
    let body = pattern.trim_matches('/');
    let anchored = pattern.trim_end_matches('/').contains('/');
    let base = match (anchored, body.is_empty()) {
        (_, true) => "**".to_owned(),
        (true, _) => body.to_owned(),
        (false, _) => format!("**/{body}"),
    };
    let mut globs = Vec::new();
    if !directory {
        globs.push(base.clone());
    }
    // `docs/*` owns the files of that directory alone.
    if !body.ends_with("/*") {
        globs.push(format!("{base}/**"));
    }
    globs
        .iter()
        .map(|g| {
            GlobBuilder::new(g)
                .literal_separator(true)
                .build()
                .ok()
                .map(|g| g.compile_matcher())
        })
        .collect()
}

/// Notes that a repository has a CODEOWNERS file; the engine asks [`Codeowners`] itself.
#[derive(Debug, Default)]
pub(crate) struct CodeownersReader;

impl Reader for CodeownersReader {
    fn name(&self) -> &'static str {
        "codeowners"
    }
    fn wants(&self, file: &VirtualFile) -> bool {
        Codeowners::PLACES.contains(&file.path.as_str())
    }
    fn read(&self, file: &VirtualFile, cx: &ReadContext, out: &mut Batch) -> Option<Kept> {
        let name = cx.name();
        let repository = Asset::new(AssetKind::Repository, &cx.repository, name)
            .at(cx.file(&file.path))
            .with("codeowners", true);
        out.asset(repository);
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_rule_that_fits_decides() {
        let owners = Codeowners::parse(
            "# all\n* @org/all\n*.py @py # trailing\n/agents/ @org/agents @second\ndocs/* docs@acme.io\napps/**/infra @infra\n/agents/free\nwith\\ blank.txt @blank\n[Section]\n",
        );
        for (path, owner) in [
            ("README.md", Some("@org/all")),
            ("deep/x.py", Some("@py")),
            ("agents/run.py", Some("@org/agents")),
            ("agents/free/x.py", None),
            ("src/agents/run.rs", Some("@org/all")),
            ("docs/a.md", Some("docs@acme.io")),
            ("docs/deep/a.md", Some("@org/all")),
            ("apps/a/b/infra/main.tf", Some("@infra")),
            ("with blank.txt", Some("@blank")),
        ] {
            assert_eq!(owners.owner(path), owner, "{path}");
        }
        assert_eq!(owners.owners("agents/run.py").len(), 2);
        assert_eq!(Codeowners::parse("").owner("x"), None);
    }
}
