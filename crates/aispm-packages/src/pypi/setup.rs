//! `setup.cfg`, and what stands as a literal in `setup.py`, which is never run.

use super::requirement;
use crate::declaration::Manifest;

/// `setup.cfg`: an INI file; `install_requires` and `[options.extras_require]` are lists, one requirement a line.
pub(crate) fn setup_cfg(text: &str) -> Manifest {
    let mut out = Manifest {
        language: "python",
        ..Manifest::default()
    };
    let (mut section, mut key) = (String::new(), String::new());
    for (number, raw) in (1u32..).zip(text.lines()) {
        let line = raw.trim();
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        if let Some(name) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
            name.clone_into(&mut section);
            key.clear();
            continue;
        }
        let value = if raw.starts_with([' ', '\t']) {
            line
        } else {
            let (k, v) = line.split_once('=').unwrap_or((line, ""));
            k.trim().clone_into(&mut key);
            v.trim()
        };
        match (section.as_str(), key.as_str()) {
            ("metadata", "name") => out.name = Some(value.to_owned()),
            ("options", "install_requires") | ("options.extras_require", _) => {
                out.dependencies.extend(requirement(value, number));
            }
            _ => {}
        }
    }
    out.is_service = out.name.is_some() || !out.dependencies.is_empty();
    out
}

/// `setup.py`: the strings in the list after `install_requires=`, and `name=` where it is a literal. What is computed is not read;
/// its environment then shows in a lockfile or in the imports.
pub(crate) fn setup_py(text: &str) -> Manifest {
    let mut out = Manifest {
        language: "python",
        is_service: true,
        ..Manifest::default()
    };
    if let Some((before, after)) = text.split_once("install_requires") {
        let first = u32::try_from(before.lines().count()).unwrap_or(u32::MAX).max(1);
        let list = after.trim_start().strip_prefix('=').map(str::trim_start);
        if let Some(list) = list.and_then(|l| l.strip_prefix('[')) {
            for (line, text) in strings_until_bracket(list, first) {
                out.dependencies.extend(requirement(text, line));
            }
        }
    }
    out.name = text
        .match_indices("name=")
        .filter(|(at, _)| {
            text.get(..*at)
                .is_some_and(|b| b.ends_with([' ', '(', ',', '\n', '\t']))
        })
        .find_map(|(at, found)| {
            let rest = text.get(at + found.len()..)?.trim_start();
            let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
            rest.get(1..)?.split(quote).next().map(str::to_owned)
        });
    out
}

/// The string literals of a Python list, up to its end; comments are skipped.
fn strings_until_bracket(text: &str, first_line: u32) -> Vec<(u32, &str)> {
    let mut out = Vec::new();
    let (mut line, mut rest) = (first_line, text);
    while let Some(at) = rest.find(['"', '\'', '#', ']', '\n']) {
        let Some((_, tail)) = rest.split_at_checked(at) else {
            break;
        };
        let mut chars = tail.chars();
        let found = chars.next().unwrap_or(']');
        rest = chars.as_str();
        match found {
            '\n' => line = line.saturating_add(1),
            '#' => rest = rest.find('\n').and_then(|n| rest.get(n..)).unwrap_or(""),
            quote @ ('"' | '\'') => {
                let Some((string, tail)) = rest.split_once(quote) else {
                    break;
                };
                out.push((line, string));
                rest = tail;
            }
            _ => break,
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_of_setup_files() {
        let cfg = setup_cfg(
            "[metadata]\nname = chat\n[options]\ninstall_requires =\n    openai>=1\n    # no\n    torch\npython_requires = >=3.9\n[options.extras_require]\nx = vllm\n",
        );
        let names = |m: &Manifest| m.dependencies.iter().map(|d| d.name.clone()).collect::<Vec<_>>();
        assert_eq!(
            (cfg.name.as_deref(), names(&cfg)),
            (Some("chat"), vec!["openai".into(), "torch".into(), "vllm".into()])
        );
        let py = setup_py(
            "from setuptools import setup\nsetup(\n  name='chat',\n  install_requires=[\n    'openai>=1', # 'no'\n    \"torch\",\n  ],\n  x=['vllm'])\n",
        );
        assert_eq!(
            (py.name.as_deref(), names(&py)),
            (Some("chat"), vec!["openai".into(), "torch".into()])
        );
        assert_eq!(py.dependencies[0].line, 5);
        assert_eq!(
            names(&setup_py("setup(install_requires=read('requirements.txt'))")),
            Vec::<String>::new()
        );
    }
}
