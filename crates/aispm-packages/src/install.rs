//! Packages that commands install: in Dockerfiles, in cells of notebooks, in shell scripts.

use aispm_collect::{Kept, ReadContext, Reader, VirtualFile, is_binary, is_test_path};
use aispm_formats::doc::{Limits, Node, parse_json};
use aispm_types::{Asset, AssetId, AssetKind, Batch};

use crate::package::{self, Sighting, text_within_budget};
use crate::{Ecosystem, catalogue};

/// Installs of one file that are told of; AI software is named a few times at most.
const MOST: usize = 200;

/// Reads what notebooks and scripts install.
#[derive(Debug, Default)]
pub(crate) struct InstallReader;

impl Reader for InstallReader {
    fn name(&self) -> &'static str {
        "installs"
    }
    fn wants(&self, file: &VirtualFile) -> bool {
        let extension = file.extension();
        matches!(extension.as_str(), "ipynb" | "sh" | "bash")
            && !is_binary(&file.head)
            && !is_test_path(&file.path)
    }
    fn read(&self, file: &VirtualFile, cx: &ReadContext, out: &mut Batch) -> Option<Kept> {
        let notebook = file.extension() == "ipynb";
        let text = text_within_budget(file, cx, out)?;
        let lines = if notebook { cells(text) } else { script(text) };
        let mut found = Vec::new();
        for (number, command) in lines {
            for (ecosystem, word) in installed_words(&command) {
                let known = package::installed(ecosystem, word, number)
                    .filter(|d| catalogue::package_role(ecosystem, &d.name).is_some());
                found.extend(known.map(|dependency| (ecosystem, dependency)));
            }
        }
        if found.is_empty() {
            return None;
        }
        let home = if notebook {
            AssetId::new(AssetKind::Notebook, cx.place(&file.path))
        } else {
            out.asset(Asset::new(AssetKind::Repository, &cx.repository, cx.name()).with("source", "manifest"))
        };
        for (ecosystem, dependency) in found.iter().take(MOST) {
            let sighting = Sighting {
                ecosystem: *ecosystem,
                dependency,
                manifest: &file.path,
                locked: None,
            };
            package::emit_package(&sighting, &home, cx, out);
        }
        None
    }
}

/// Commands of a script with their lines; one that is continued is one.
fn script(text: &str) -> Vec<(u32, String)> {
    let mut out: Vec<(u32, String)> = Vec::new();
    let mut continued = false;
    for (number, line) in (1u32..).zip(text.lines()) {
        let code = line.trim();
        let (code, continues) = match code.strip_suffix('\\') {
            Some(code) => (code, true),
            None => (code, false),
        };
        match out.last_mut().filter(|_| continued) {
            Some((_, last)) => {
                last.push(' ');
                last.push_str(code);
            }
            None if code.starts_with('#') => {}
            None => out.push((number, code.to_owned())),
        }
        continued = continues;
    }
    out
}

/// What code cells of a notebook run in a shell, with the lines of the file where it has them.
fn cells(text: &str) -> Vec<(u32, String)> {
    if !text.contains("install") {
        return Vec::new();
    }
    let Ok(document) = parse_json(text, &Limits::default()) else {
        return Vec::new();
    };
    let cells = document.get("cells").map(Node::items).unwrap_or_default();
    let code = cells
        .iter()
        .filter(|c| c.get("cell_type").and_then(Node::as_str) == Some("code"));
    let sources = code.filter_map(|c| c.get("source"));
    let mut out = Vec::new();
    for source in sources {
        let parts = source.items().iter().chain([source]);
        let lines: Vec<(u32, &str)> = parts
            .filter_map(|part| Some((part.line, part.as_str()?)))
            .flat_map(|(line, text)| text.lines().map(move |l| (line, l)))
            .collect();
        let shell = lines
            .first()
            .is_some_and(|(_, l)| matches!(l.trim(), "%%bash" | "%%sh" | "%%script bash"));
        out.extend(
            lines
                .into_iter()
                .filter(|(_, l)| shell || l.trim_start().starts_with(['!', '%']))
                .map(|(number, l)| (number, l.to_owned())),
        );
    }
    out
}

/// Words after `pip install`, `uv pip install`, `npm install -g` and their like, options left out.
pub(crate) fn installed_words(command: &str) -> Vec<(Ecosystem, &str)> {
    let mut out = Vec::new();
    for part in command.split(['\n', ';']).flat_map(|c| c.split("&&")) {
        let words: Vec<&str> = part.split_whitespace().collect();
        let Some(verb) = words.iter().position(|w| matches!(*w, "install" | "add" | "i")) else {
            continue;
        };
        let before = words.get(..verb).unwrap_or(&[]);
        let ecosystem = match before.iter().rev().find(|w| !w.starts_with('-')) {
            Some(w) => match w.trim_start_matches(['!', '%']) {
                "pip" | "pip3" | "uv" => Ecosystem::Pypi,
                "npm" | "pnpm" | "yarn" | "global" | "bun" => Ecosystem::Npm,
                w if w.ends_with("/pip") || w.ends_with("/pip3") => Ecosystem::Pypi,
                _ => continue,
            },
            None => continue,
        };
        let mut words = words.iter().skip(verb + 1);
        while let Some(word) = words.next() {
            let word = word.trim_matches(['"', '\'']);
            if word.starts_with('-') {
                let takes_value = matches!(
                    word,
                    "-r" | "-c"
                        | "-i"
                        | "-f"
                        | "-t"
                        | "--requirement"
                        | "--constraint"
                        | "--index-url"
                        | "--extra-index-url"
                        | "--find-links"
                        | "--target"
                        | "--prefix"
                        | "--trusted-host"
                );
                if takes_value {
                    words.next();
                }
            } else if word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '@') {
                out.push((ecosystem, word));
            } else if word.starts_with(['|', '>', '<', '#']) {
                break;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_of_cells_and_scripts() {
        let cell = |source: &str| {
            cells(&format!(
                r#"{{"cells": [{{"cell_type": "code", "source": {source}}}]}}"#
            ))
        };
        for (lines, words) in [
            (
                cell(r#"["%pip install -q openai==1.0 langchain\n", "import openai\n"]"#),
                &["openai==1.0", "langchain"][..],
            ),
            (
                cell(r#""!python -m pip install \"transformers>=4\"\n""#),
                &["transformers>=4"],
            ),
            (cell(r#""%%bash\npip install vllm\n""#), &["vllm"]),
            (cell(r#""print('Run pip install openai')""#), &[]),
            (script("pip install torch # first"), &["torch"]),
            (script("pip install a \\\n  torch"), &["a", "torch"]),
            (script("# pip install torch"), &[]),
            (script("apt-get install -y git"), &[]),
        ] {
            let found: Vec<&str> = lines
                .iter()
                .flat_map(|(_, c)| installed_words(c))
                .map(|(_, word)| word)
                .collect();
            assert_eq!(found, words, "{lines:?}");
        }
    }
}
