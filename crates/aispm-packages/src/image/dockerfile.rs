//! The Dockerfile language, as far as it says what an image is made of: stages, arguments, users, copies, commands.

use std::collections::BTreeMap;

/// One instruction, continued lines and here-documents joined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Instruction {
    /// Upper-case name.
    pub(crate) name: String,
    /// What follows it.
    pub(crate) rest: String,
    /// Line, from 1.
    pub(crate) line: u32,
}

/// One stage.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Stage {
    /// Base as written, arguments put in; `None` where an argument has no default.
    pub(crate) base: Option<String>,
    /// Name after `AS`.
    pub(crate) name: Option<String>,
    /// Line of its `FROM`.
    pub(crate) line: u32,
    /// What follows the `FROM`.
    pub(crate) instructions: Vec<Instruction>,
}

/// Most instructions that are read.
const INSTRUCTIONS: usize = 5_000;

/// Reads a Dockerfile into its stages; none where it has no `FROM`. True beside them where the budget of instructions was hit.
pub(crate) fn stages(text: &str) -> (Vec<Stage>, bool) {
    let all = instructions(text);
    let cut = all.len() >= INSTRUCTIONS;
    let mut arguments: BTreeMap<String, String> = BTreeMap::new();
    let mut out: Vec<Stage> = Vec::new();
    for instruction in all {
        if instruction.name == "FROM" {
            let mut words = instruction
                .rest
                .split_whitespace()
                .filter(|w| !w.starts_with("--"));
            let base = words.next().and_then(|w| substitute(w, &arguments));
            let name = words
                .next()
                .filter(|w| w.eq_ignore_ascii_case("as"))
                .and_then(|_| words.next());
            out.push(Stage {
                base,
                name: name.map(str::to_ascii_lowercase),
                line: instruction.line,
                instructions: Vec::new(),
            });
        } else if let Some(stage) = out.last_mut() {
            stage.instructions.push(instruction);
        } else if instruction.name == "ARG"
            && let Some((name, value)) = instruction.rest.split_once('=')
        {
            // Only arguments before the first FROM reach a FROM.
            if let Some(value) = substitute(value.trim().trim_matches(['"', '\'']), &arguments) {
                arguments.insert(name.trim().to_owned(), value);
            }
        }
    }
    (out, cut)
}

/// Puts arguments into `$NAME`, `${NAME}` and `${NAME:-default}`; `None` where one is not known.
pub(crate) fn substitute(text: &str, arguments: &BTreeMap<String, String>) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        let (name, default, tail) = match after.strip_prefix('{') {
            Some(braced) => {
                let (inside, tail) = braced.split_once('}')?;
                let (name, default) = inside
                    .split_once(":-")
                    .map_or((inside, None), |(n, d)| (n, Some(d)));
                (name, default, tail)
            }
            None => {
                let end = after
                    .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
                    .unwrap_or(after.len());
                let (name, tail) = after.split_at_checked(end)?;
                (name, None, tail)
            }
        };
        out.push_str(arguments.get(name).map(String::as_str).or(default)?);
        // Arguments stand for short texts; what doubles itself is no reference.
        if out.len() > 4096 {
            return None;
        }
        rest = tail;
    }
    out.push_str(rest);
    Some(out)
}

/// Splits into instructions: comments are left out, `\` (or the escape directive's back-tick) continues a line, `<<EOF` takes in
/// lines up to its end.
fn instructions(text: &str) -> Vec<Instruction> {
    let escape = if text
        .lines()
        .take(3)
        .any(|l| l.trim().replace(' ', "") == "#escape=`")
    {
        '`'
    } else {
        '\\'
    };
    let mut out: Vec<Instruction> = Vec::new();
    let mut continued = false;
    let mut heredoc: Option<String> = None;
    for (number, raw) in (1u32..).zip(text.lines()) {
        if let Some(end) = &heredoc {
            if raw.trim() == end {
                heredoc = None;
            } else if let Some(last) = out.last_mut() {
                last.rest.push('\n');
                last.rest.push_str(raw);
            }
            continue;
        }
        let line = raw.trim();
        if line.starts_with('#') || (line.is_empty() && continued) {
            continue;
        }
        let (body, continues) = match line.strip_suffix(escape) {
            Some(b) => (b.trim_end(), true),
            None => (line, false),
        };
        if continued {
            if let Some(last) = out.last_mut() {
                last.rest.push(' ');
                last.rest.push_str(body);
            }
        } else if !body.is_empty() {
            if out.len() >= INSTRUCTIONS {
                break;
            }
            let (name, rest) = body.split_once(char::is_whitespace).unwrap_or((body, ""));
            out.push(Instruction {
                name: name.to_ascii_uppercase(),
                rest: rest.trim().to_owned(),
                line: number,
            });
        }
        continued = continues;
        heredoc = (!continued).then(|| heredoc_end(body)).flatten();
    }
    out
}

fn heredoc_end(line: &str) -> Option<String> {
    let (_, after) = line.split_once("<<")?;
    let word = after.trim_start_matches('-').split_whitespace().next()?;
    let word = word.trim_matches(['"', '\'']);
    let named = word.starts_with(|c: char| c.is_ascii_alphabetic())
        && word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    named.then(|| word.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_arguments_and_continuations() {
        let text = "# syntax=docker/dockerfile:1\nARG TAG=v0.8\nARG NONE\nFROM --platform=linux/amd64 vllm/vllm-openai:${TAG} AS Base\nRUN pip install \\\n    # why\n    openai \\\n    torch\nFROM x:$NONE\nFROM base\nRUN <<EOF\npip install langchain\nEOF\nUSER 1000\n";
        let (stages, cut) = stages(text);
        assert!(!cut);
        let read: Vec<_> = stages
            .iter()
            .map(|s| (s.base.as_deref(), s.name.as_deref(), s.line))
            .collect();
        assert_eq!(
            read,
            [
                (Some("vllm/vllm-openai:v0.8"), Some("base"), 4),
                (None, None, 9),
                (Some("base"), None, 10)
            ]
        );
        assert_eq!(
            stages[0].instructions[0].rest,
            "pip install  openai  torch".replace("  ", " ")
        );
        assert_eq!(stages[2].instructions[0].rest, "<<EOF\npip install langchain");
        assert_eq!(stages[2].instructions[1].name, "USER");
    }

    #[test]
    fn arguments_that_double_end() {
        let mut text = String::from("ARG A0=xxxxxxxxxx\n");
        for i in 1..60 {
            text.push_str(&format!("ARG A{i}=${{A{}}}${{A{}}}\n", i - 1, i - 1));
        }
        text.push_str("FROM $A59\n");
        assert_eq!(stages(&text).0[0].base, None);
    }
}
