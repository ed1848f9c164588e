//! Settings in what shells run and in variables: Dockerfiles, scripts, pipelines, requirements, cells of notebooks.
//!
//! Options and variables are named alike in all of them, so the text is read as words, whatever holds them.

use super::{Role, Setting};
use crate::Ecosystem::{self, Npm, Pypi};

/// Options by name; where the third is true, only as a part of a command that installs.
const OPTIONS: &[(&str, Role, Ecosystem, bool)] = &[
    ("extra-index-url", Role::Extra, Pypi, false),
    ("index-url", Role::Main, Pypi, false),
    ("pypi-url", Role::Main, Pypi, true),
    ("find-links", Role::Links, Pypi, false),
    ("trusted-host", Role::Unchecked, Pypi, false),
    ("allow-insecure-host", Role::Unchecked, Pypi, false),
    ("index", Role::Extra, Pypi, true),
    ("default-index", Role::Main, Pypi, true),
    ("i", Role::Main, Pypi, true),
    ("f", Role::Links, Pypi, true),
    ("registry", Role::Main, Npm, true),
];

/// Variables that installers read, in upper case.
const VARIABLES: &[(&str, Role, Ecosystem)] = &[
    ("PIP_EXTRA_INDEX_URL", Role::Extra, Pypi),
    ("PIP_INDEX_URL", Role::Main, Pypi),
    ("PIP_FIND_LINKS", Role::Links, Pypi),
    ("PIP_TRUSTED_HOST", Role::Unchecked, Pypi),
    ("UV_EXTRA_INDEX_URL", Role::Extra, Pypi),
    ("UV_INDEX", Role::Extra, Pypi),
    ("UV_INDEX_URL", Role::Main, Pypi),
    ("UV_DEFAULT_INDEX", Role::Main, Pypi),
    ("UV_FIND_LINKS", Role::Links, Pypi),
    ("UV_INSECURE_HOST", Role::Unchecked, Pypi),
    ("PIPENV_PYPI_MIRROR", Role::Main, Pypi),
    ("PDM_PYPI_URL", Role::Main, Pypi),
    ("NPM_CONFIG_REGISTRY", Role::Main, Npm),
    ("YARN_NPM_REGISTRY_SERVER", Role::Main, Npm),
    ("YARN_REGISTRY", Role::Main, Npm),
];

/// One word, its line, and whether it begins a command of its own.
struct Word<'t> {
    text: &'t str,
    line: u32,
    begins: bool,
}

/// Reads a text. `installer` is whose options stand there without a command: pip's in a requirements file.
pub(super) fn settings(text: &str, installer: Option<Ecosystem>) -> Vec<Setting> {
    let words = words(text);
    let mut out = Vec::new();
    let mut command = installer;
    for (at, word) in words.iter().enumerate() {
        if word.begins || word.text.starts_with(['&', '|']) {
            command = installer;
        }
        let program = word.text.rsplit('/').next().unwrap_or_default();
        command = program_of(program).or(command);
        let (name, value) = match word.text.find(['=', ':']) {
            Some(i) => (word.text.get(..i).unwrap_or_default(), word.text.get(i + 1..)),
            None => (word.text, None),
        };
        let after = words.get(at + 1..).unwrap_or(&[]);
        let option = option_of(name, command);
        let variable = VARIABLES.iter().find(|v| v.0.eq_ignore_ascii_case(name));
        if let Some((role, ecosystem)) = option {
            let value = value.filter(|v| !v.is_empty()).map(|v| (v, word.line));
            let given = value.or_else(|| {
                after
                    .iter()
                    .find(|w| !is_filler(w.text))
                    .map(|w| (w.text, w.line))
            });
            out.extend(given.and_then(|(v, line)| Setting::new(role, ecosystem, name, v, line)));
        } else if let Some((_, role, ecosystem)) = variable {
            out.extend(
                variable_values(value, word, after)
                    .into_iter()
                    .filter_map(|v| Setting::new(*role, *ecosystem, name, v, word.line)),
            );
        }
    }
    out
}

/// What stands between a name and its value in lists and maps.
fn is_filler(word: &str) -> bool {
    matches!(word, "-" | "=" | ":" | "value:" | "value")
}

fn program_of(word: &str) -> Option<Ecosystem> {
    let word = word.trim_start_matches(['!', '%', '@']);
    match word {
        "pip" | "pip3" | "uv" | "uvx" | "pipx" | "poetry" | "pdm" | "pipenv" => Some(Pypi),
        "npm" | "npx" | "pnpm" | "yarn" | "bun" | "bunx" => Some(Npm),
        w if w.starts_with("pip3.") || w.starts_with("pip2") => Some(Pypi),
        _ => None,
    }
}

/// `--index-url`, `-i` of pip, and `global.index-url` of `pip config set`; `registry` of `npm config set`.
fn option_of(name: &str, command: Option<Ecosystem>) -> Option<(Role, Ecosystem)> {
    let bare = name.trim_start_matches('-');
    let dashes = name.len() - bare.len();
    let configured = (dashes == 0 && command.is_some()).then(|| bare.rsplit('.').next().unwrap_or(bare));
    let (_, role, ecosystem, _) = OPTIONS.iter().find(|(option, _, ecosystem, bound)| {
        let written = match configured {
            Some(last) => {
                option.len() > 1
                    && *option != "index"
                    && last == *option
                    && (last != bare || *option == "registry")
            }
            None => bare == *option && dashes == if option.len() > 1 { 2 } else { 1 },
        };
        written && (!bound || command == Some(*ecosystem))
    })?;
    Some((*role, *ecosystem))
}

/// `NAME=value`, `NAME: value`, `NAME value`, and `name: NAME` above `value: value`; several addresses in one value.
fn variable_values<'w>(value: Option<&'w str>, word: &Word<'w>, after: &[Word<'w>]) -> Vec<&'w str> {
    let assigned = value.is_some();
    let mut out: Vec<&str> = value.into_iter().filter(|v| !v.is_empty()).collect();
    let mut rest = after.iter().peekable();
    let mut assigned_there = assigned;
    while let Some(filler) = rest.next_if(|w| is_filler(w.text)) {
        assigned_there |= filler.text != "-";
    }
    while let Some(next) = rest.next_if(|w| {
        let here = w.line == word.line || (out.is_empty() && assigned_there && !assigned);
        here && (w.text.contains("://") || (out.is_empty() && (assigned_there || !w.begins)))
    }) {
        out.push(next.text);
    }
    out
}

fn words(text: &str) -> Vec<Word<'_>> {
    let mut out = Vec::new();
    let mut continued = false;
    for (line, raw) in (1u32..).zip(text.lines()) {
        let code = uncommented(raw);
        let mut begins = !continued;
        for text in code
            .split(|c: char| c.is_whitespace() || "\"'`,[]();\\".contains(c))
            .filter(|w| !w.is_empty())
        {
            out.push(Word { text, line, begins });
            begins = false;
        }
        continued = raw.trim_end().ends_with(['\\', '`', '^']) || (continued && code.trim().is_empty());
    }
    out
}

/// A line up to its comment: a `#` at its start or after a blank, outside quotes.
fn uncommented(line: &str) -> &str {
    let mut quote: Option<char> = None;
    let mut before = ' ';
    for (i, c) in line.char_indices() {
        match (quote, c) {
            (None, '#') if before.is_whitespace() => return line.get(..i).unwrap_or(line),
            (None, '"' | '\'') => quote = Some(c),
            (Some(q), c) if q == c => quote = None,
            _ => {}
        }
        before = c;
    }
    line
}
