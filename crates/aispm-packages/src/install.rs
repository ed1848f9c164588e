//! Packages that commands install: in Dockerfiles, in cells of notebooks, in shell scripts.

use aispm_collect::{Kept, ReadContext, Reader, VirtualFile, is_binary, is_test_path};
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
        let mut found = Vec::new();
        for (number, line) in (1u32..).zip(text.lines()) {
            let Some(command) = command(line, notebook) else {
                continue;
            };
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

/// The command of a line; of a notebook, whose lines of code are JSON strings, one that begins with `!` or `%`.
fn command(line: &str, notebook: bool) -> Option<String> {
    if !line.contains(" install ") && !line.contains(" add ") {
        return None;
    }
    let line = line.trim_start();
    if !notebook {
        return (!line.starts_with('#')).then(|| line.to_owned());
    }
    let code = line.strip_prefix("\"source\": [").unwrap_or(line).trim_start();
    let code = code.strip_prefix('"')?.trim_start();
    let end = code.rfind('"').unwrap_or(code.len());
    let code = code.get(..end)?;
    let shell = code.starts_with(['!', '%']);
    shell.then(|| code.strip_suffix("\\n").unwrap_or(code).replace("\\\"", "\""))
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
        for (line, notebook, words) in [
            (
                r#"    "%pip install -q openai==1.0 langchain\n","#,
                true,
                &["openai==1.0", "langchain"][..],
            ),
            (
                r#"    "!python -m pip install \"transformers>=4\"""#,
                true,
                &["transformers>=4"],
            ),
            (r#"   "source": ["!uv pip install vllm"],"#, true, &["vllm"]),
            (
                r#"    "Successfully installed openai, or pip install openai\n""#,
                true,
                &[],
            ),
            ("pip install torch # first", false, &["torch"]),
            ("# pip install torch", false, &[]),
            ("apt-get install -y git", false, &[]),
        ] {
            let command = command(line, notebook).unwrap_or_default();
            let found: Vec<&str> = installed_words(&command)
                .into_iter()
                .map(|(_, word)| word)
                .collect();
            assert_eq!(found, words, "{line}");
        }
    }
}
