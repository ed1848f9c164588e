//! The catalogue of AI software as code sees it: `catalogue/code/*.yaml`, read once and indexed by the last part of each path.
//!
//! A path is what [`crate::resolve`] makes of a callee: dotted, `()` after what was called, `?` where it starts from something
//! unknown. In patterns `*` stands for any text inside a part, `**` for any number of parts, `{a,b}` for either.

mod pattern;
mod read;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, MatchKind};

use crate::ir::Language;
pub(crate) use pattern::Pattern;

/// What a matched name means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Role {
    /// A connection to a provider, without a model.
    Client,
    /// An object that stands for one model.
    Model,
    /// A call that gives a model's text back.
    Chat,
    /// A call or object that embeds text.
    Embed,
    /// An agent, crew or chain of them.
    Agent,
    /// A call whose result is a model's or an agent's text; the receiver says whose.
    Run,
    /// A tool, its class or its decorator.
    Tool,
    /// A vector store.
    Vector,
    /// A call that gives stored text back.
    Retrieve,
    /// A dataset that is loaded.
    Dataset,
    /// Training or tuning.
    Train,
    /// A model file or hub model loaded into the process.
    Load,
    /// An MCP server implemented here.
    McpServer,
    /// A transport of an MCP server implemented here.
    McpTransport,
    /// An MCP server that is started or called.
    McpClient,
    /// A filter on what goes in or out.
    Guardrail,
    /// A prompt.
    Prompt,
    /// A web application.
    App,
    /// A route of a web application.
    Route,
    /// Something that lets nobody in who is not known.
    Auth,
    /// A place that interprets text.
    Sink,
    /// Makes text harmless for a sink.
    Sanitizer,
    /// Brings text from outside.
    Origin,
    /// Passes text on unchanged.
    Passes,
    /// A call that shows what a tool can do.
    Capability,
}

/// Where a pattern applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum On {
    /// A call or construction.
    Call,
    /// A decorator, bare or called.
    Decorator,
    /// A base class.
    Base,
    /// A name that is read, called or not.
    Read,
    /// A member that is given something.
    Assign,
}

/// Which argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Selector {
    /// By position, from 0.
    Position(usize),
    /// By name: a keyword, a key of an object argument, dots going down.
    Name(String),
    /// Every argument.
    All,
    /// The object the method is called on.
    Receiver,
}

/// One thing of a library.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) role: Role,
    pub(crate) on: On,
    pub(crate) patterns: Vec<Pattern>,
    pub(crate) args: BTreeMap<String, Vec<Selector>>,
    pub(crate) texts: BTreeMap<String, String>,
    pub(crate) when: Vec<(Selector, String)>,
    pub(crate) library: usize,
}

impl Entry {
    /// Selectors of an argument's role.
    pub(crate) fn selectors(&self, name: &str) -> &[Selector] {
        self.args.get(name).map_or(&[], Vec::as_slice)
    }
    /// A switch.
    pub(crate) fn is(&self, name: &str) -> bool {
        self.texts.get(name).is_some_and(|t| t == "true")
    }
    /// A comma-separated list.
    pub(crate) fn list(&self, name: &str) -> Vec<String> {
        self.texts
            .get(name)
            .map(|t| {
                t.split(',')
                    .map(|p| p.trim().to_owned())
                    .filter(|p| !p.is_empty())
                    .collect()
            })
            .unwrap_or_default()
    }
}

/// A library.
#[derive(Clone, Debug)]
pub(crate) struct Library {
    pub(crate) name: String,
    pub(crate) language: Language,
    pub(crate) roots: Vec<String>,
    pub(crate) needles: Vec<String>,
    pub(crate) texts: BTreeMap<String, String>,
    /// Part of every program rather than AI software: its entries say nothing alone.
    pub(crate) general: bool,
}

/// Families of models, prefixes and hosts: what a name alone tells about its provider.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    /// Glob of a model name → provider.
    pub(crate) families: Vec<(Pattern, String)>,
    /// `azure/` or `openai:` → provider.
    pub(crate) prefixes: BTreeMap<String, String>,
    /// Host or suffix of one → provider.
    pub(crate) hosts: Vec<(String, String)>,
}

/// All of it.
#[derive(Debug)]
pub(crate) struct Catalogue {
    pub(crate) libraries: Vec<Library>,
    pub(crate) entries: Vec<Entry>,
    pub(crate) names: Names,
    by_last: BTreeMap<Language, BTreeMap<String, Vec<(usize, usize)>>>,
    open: BTreeMap<Language, Vec<(usize, usize)>>,
    roots: BTreeSet<(Language, String)>,
    reads: BTreeMap<Language, BTreeSet<String>>,
    prefilter: BTreeMap<Language, AhoCorasick>,
}

/// The catalogue that is built in. Content is checked by a test; a file that does not read is left out.
pub(crate) fn catalogue() -> &'static Catalogue {
    static ALL: OnceLock<Catalogue> = OnceLock::new();
    ALL.get_or_init(|| {
        let (catalogue, _problems) = load();
        catalogue
    })
}

/// Reads the catalogue, with what is wrong in it.
pub(crate) fn load() -> (Catalogue, Vec<String>) {
    let mut parts = read::Parts::default();
    for (path, text) in aispm_content::catalogue().filter(|(p, _)| p.starts_with("code/")) {
        read::file(path, text, &mut parts);
    }
    let read::Parts {
        libraries,
        entries,
        names,
        mut problems,
    } = parts;
    let mut by_last: BTreeMap<Language, BTreeMap<String, Vec<(usize, usize)>>> = BTreeMap::new();
    let mut reads: BTreeMap<Language, BTreeSet<String>> = BTreeMap::new();
    let mut open: BTreeMap<Language, Vec<(usize, usize)>> = BTreeMap::new();
    for (i, entry) in entries.iter().enumerate() {
        let Some(language) = libraries.get(entry.library).map(|l| l.language) else {
            continue;
        };
        for (j, pattern) in entry.patterns.iter().enumerate() {
            match pattern.last_words() {
                Some(words) => {
                    if entry.on == On::Read {
                        reads.entry(language).or_default().extend(words.iter().cloned());
                    }
                    for word in words {
                        let words = by_last.entry(language).or_default();
                        words.entry(word).or_default().push((i, j));
                    }
                }
                None => open.entry(language).or_default().push((i, j)),
            }
        }
    }
    let roots = libraries
        .iter()
        .flat_map(|l| {
            l.roots
                .iter()
                .map(|r| (l.language, r.split('.').next().unwrap_or(r).to_owned()))
        })
        .collect();
    let mut prefilter = BTreeMap::new();
    for language in [Language::Python, Language::JavaScript, Language::CSharp] {
        let needles: BTreeSet<String> = libraries
            .iter()
            .filter(|l| l.language == language)
            .flat_map(Library::search_for)
            .collect();
        match AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .build(needles)
        {
            Ok(automaton) => {
                prefilter.insert(language, automaton);
            }
            Err(e) => problems.push(format!("prefilter of {language:?}: {e}")),
        }
    }
    let catalogue = Catalogue {
        libraries,
        entries,
        names,
        by_last,
        open,
        roots,
        reads,
        prefilter,
    };
    (catalogue, problems)
}

impl Library {
    /// Texts that stand in every file that uses the library.
    fn search_for(&self) -> Vec<String> {
        if !self.needles.is_empty() {
            return self.needles.clone();
        }
        if self.general {
            return Vec::new();
        }
        self.roots
            .iter()
            .flat_map(|root| match self.language {
                Language::Python => vec![format!("import {root}"), format!("from {root}")],
                Language::JavaScript => vec![format!("\"{root}"), format!("'{root}")],
                Language::CSharp => vec![root.clone()],
            })
            .collect()
    }
}

impl Catalogue {
    /// Whether a file's bytes name anything of the catalogue, so that it is worth parsing.
    pub(crate) fn may_matter(&self, language: Language, bytes: &[u8]) -> bool {
        self.prefilter.get(&language).is_some_and(|a| a.is_match(bytes))
    }
    /// Whether a name is the import root of a library.
    pub(crate) fn is_root(&self, language: Language, name: &str) -> bool {
        self.roots.contains(&(language, name.to_owned()))
    }
    /// Whether any entry is about reading something of this name, so that its path is worth asking for.
    pub(crate) fn is_read(&self, language: Language, name: &str) -> bool {
        self.reads.get(&language).is_some_and(|r| r.contains(name))
    }
    /// Entries that a path fits, each with its index, in the catalogue's order.
    pub(crate) fn matches<'a>(&'a self, language: Language, on: On, path: &str) -> Vec<(usize, &'a Entry)> {
        let parts: Vec<&str> = path.split('.').collect();
        let Some(last) = parts.last() else {
            return Vec::new();
        };
        let word = last.split('(').next().unwrap_or(last);
        let candidates = self
            .by_last
            .get(&language)
            .and_then(|words| words.get(word))
            .into_iter()
            .chain(self.open.get(&language))
            .flatten();
        let mut found: BTreeSet<usize> = BTreeSet::new();
        for (i, j) in candidates {
            if let Some(entry) = self.entries.get(*i)
                && entry.on == on
                && entry.patterns.get(*j).is_some_and(|p| p.fits(&parts))
            {
                found.insert(*i);
            }
        }
        found
            .into_iter()
            .filter_map(|i| Some((i, self.entries.get(i)?)))
            .collect()
    }
    /// The library of an entry.
    pub(crate) fn library(&self, entry: &Entry) -> Option<&Library> {
        self.libraries.get(entry.library)
    }
    /// A constant of an entry, or of its library.
    pub(crate) fn constant<'a>(&'a self, entry: &'a Entry, name: &str) -> Option<&'a str> {
        entry
            .texts
            .get(name)
            .or_else(|| self.library(entry)?.texts.get(name))
            .map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_reads_without_a_complaint() {
        let (catalogue, problems) = load();
        assert_eq!(problems, Vec::<String>::new());
        let count = |language| {
            catalogue
                .libraries
                .iter()
                .filter(|l| l.language == language && !l.general)
                .count()
        };
        let counts = [Language::Python, Language::JavaScript, Language::CSharp].map(count);
        println!(
            "libraries: Python {}, JavaScript {}, C# {}",
            counts[0], counts[1], counts[2]
        );
        assert!(counts[0] >= 60 && counts[1] >= 25 && counts[2] >= 8, "{counts:?}");
    }

    #[test]
    fn names_of_libraries_are_unique() {
        let (catalogue, _) = load();
        let mut names: Vec<_> = catalogue
            .libraries
            .iter()
            .map(|l| (l.language, &l.name))
            .collect();
        names.sort_unstable();
        let all = names.len();
        names.dedup();
        assert_eq!(names.len(), all);
    }
}
