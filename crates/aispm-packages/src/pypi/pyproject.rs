//! `pyproject.toml`: PEP 621, PEP 735 dependency groups, Poetry, uv, PDM.

use aispm_formats::doc::Node;

use super::{normalised, requirement};
use crate::declaration::{Dependency, Manifest, names_content, shown_address};

/// Reads a project file.
pub(crate) fn pyproject(doc: &Node) -> Manifest {
    let poetry = doc.at(&["tool", "poetry"]);
    let project = doc.get("project");
    let name = [project, poetry]
        .into_iter()
        .flatten()
        .find_map(|t| t.get("name").and_then(Node::as_str));
    let mut out = Manifest {
        name: name.map(str::to_owned),
        language: "python",
        entry_point: entry_point(doc),
        // A file that only configures tools makes no service.
        is_service: project.is_some() || poetry.is_some(),
        ..Manifest::default()
    };
    if let Some(project) = project {
        take_list(project.get("dependencies"), false, &mut out);
        for (_, list) in project
            .get("optional-dependencies")
            .map_or(&[][..], Node::entries)
        {
            take_list(Some(list), false, &mut out);
        }
    }
    for groups in [
        doc.get("dependency-groups"),
        doc.at(&["tool", "pdm", "dev-dependencies"]),
    ] {
        for (_, list) in groups.map_or(&[][..], Node::entries) {
            take_list(Some(list), true, &mut out);
        }
    }
    take_list(doc.at(&["tool", "uv", "dev-dependencies"]), true, &mut out);
    if let Some(poetry) = poetry {
        take_poetry(poetry, &mut out);
    }
    out
}

fn entry_point(doc: &Node) -> Option<String> {
    [&["project", "scripts"][..], &["tool", "poetry", "scripts"]]
        .into_iter()
        .find_map(|path| {
            let (_, target) = doc.at(path)?.entries().first()?;
            target.as_str().map(str::to_owned)
        })
}

fn take_list(list: Option<&Node>, dev: bool, out: &mut Manifest) {
    for item in list.map_or(&[][..], Node::items) {
        if let Some(mut dependency) = item.as_str().and_then(|t| requirement(t, item.line)) {
            dependency.dev = dev;
            out.dependencies.push(dependency);
        }
    }
}

fn take_poetry(poetry: &Node, out: &mut Manifest) {
    let mut tables = vec![
        (poetry.get("dependencies"), false),
        (poetry.get("dev-dependencies"), true),
    ];
    for (group, body) in poetry.get("group").map_or(&[][..], Node::entries) {
        let dev = matches!(
            group.text.as_str(),
            "dev" | "test" | "tests" | "lint" | "docs" | "typing"
        );
        tables.push((body.get("dependencies"), dev));
    }
    for (table, dev) in tables {
        for (name, value) in table.map_or(&[][..], Node::entries) {
            if name.text != "python"
                && let Some(mut dependency) = poetry_dependency(&name.text, value, name.line)
            {
                dependency.dev = dev;
                out.dependencies.push(dependency);
            }
        }
    }
}

/// `name = "^1.2"`, `name = {version = "…", extras = […]}`, `name = {git = "…", rev = "…"}`, or a list of these by platform.
pub(super) fn poetry_dependency(name: &str, value: &Node, line: u32) -> Option<Dependency> {
    let value = value.items().first().unwrap_or(value);
    let text = |key| value.get(key).and_then(Node::as_str);
    if text("path").is_some() || value.get("workspace").is_some() {
        return None; // a part of this repository
    }
    if let Some(address) = text("git").or_else(|| text("url")) {
        let fixed = text("rev").is_some_and(names_content) || names_content(address);
        return Some(Dependency {
            address: Some(fixed),
            declared: format!("{name} @ {}", shown_address(address)),
            ..Dependency::new(normalised(name), "", line)
        });
    }
    let written = value.as_str().or_else(|| text("version")).unwrap_or_default();
    Some(Dependency {
        declared: format!("{name} {written}").trim().to_owned(),
        ..Dependency::new(normalised(name), poetry_constraint(written), line)
    })
}

/// Poetry's and Pipenv's own operators in PEP 440: `^1.2` is `>=1.2,<2`, `~1.2` is `>=1.2,<1.3`, a bare version is exact, `*` is any.
fn poetry_constraint(written: &str) -> String {
    let mut parts = Vec::new();
    for part in written
        .split(',')
        .map(str::trim)
        .filter(|p| !p.is_empty() && *p != "*")
    {
        let bare = part.trim_start_matches(['^', '~']).trim();
        let numbers: Option<Vec<u64>> = bare.split('.').map(|n| n.parse().ok()).collect();
        let upper = |at: usize, numbers: &[u64]| -> Option<String> {
            let mut next: Vec<u64> = numbers.iter().copied().take(at + 1).collect();
            let last = next.last_mut()?;
            *last = last.checked_add(1)?;
            Some(next.iter().map(u64::to_string).collect::<Vec<_>>().join("."))
        };
        let ranged = |at: usize, numbers: Vec<u64>| upper(at, &numbers).map(|u| format!(">={bare},<{u}"));
        let converted = if part.starts_with('^') {
            numbers.and_then(|n| {
                let at = n.iter().position(|x| *x > 0).unwrap_or(n.len().saturating_sub(1));
                ranged(at, n)
            })
        } else if part.starts_with('~') && !part.starts_with("~=") {
            numbers.and_then(|n| ranged(usize::from(n.len() > 1), n))
        } else if part.starts_with(|c: char| c.is_ascii_digit()) {
            Some(format!("=={part}"))
        } else {
            Some(part.replace(' ', ""))
        };
        match converted {
            Some(c) => parts.push(c),
            None => return written.to_owned(), // not PEP 440 then: nothing is claimed on it
        }
    }
    parts.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;
    use aispm_formats::doc::{Limits, parse_toml};

    fn read(text: &str) -> (Manifest, Vec<(String, String, bool)>) {
        let m = pyproject(&parse_toml(text, &Limits::default()).unwrap());
        let d = m
            .dependencies
            .iter()
            .map(|d| (d.name.clone(), d.constraint.clone(), d.dev))
            .collect();
        (m, d)
    }

    fn owned(list: &[(&str, &str, bool)]) -> Vec<(String, String, bool)> {
        list.iter()
            .map(|(n, c, d)| ((*n).to_owned(), (*c).to_owned(), *d))
            .collect()
    }

    #[test]
    fn pep_621_groups_and_uv() {
        let (m, d) = read(
            "[project]\nname = \"chat\"\ndependencies = [\"openai>=1\", \"Lang_Chain==0.3\"]\n[project.optional-dependencies]\nx = [\"vllm\"]\n\
             [project.scripts]\nchat = \"chat.main:run\"\n[dependency-groups]\ndev = [\"ragas\", {include-group = \"x\"}]\n\
",
        );
        assert_eq!(
            (m.name.as_deref(), m.entry_point.as_deref(), m.is_service),
            (Some("chat"), Some("chat.main:run"), true)
        );
        assert_eq!(
            d,
            owned(&[
                ("openai", ">=1", false),
                ("lang-chain", "==0.3", false),
                ("vllm", "", false),
                ("ragas", "", true)
            ])
        );
    }

    #[test]
    fn poetry_operators_become_pep_440() {
        let (m, d) = read(
            "[tool.poetry]\nname = \"p\"\n[tool.poetry.dependencies]\npython = \"^3.11\"\na = \"^1.2.3\"\nb = \"^0.2.3\"\nc = \"~1.2\"\nd = \"1.4\"\n\
             e = \"*\"\nf = {version = \"^0.0.3\", extras = [\"x\"]}\ng = {git = \"https://h/g.git\", rev = \"main\"}\nh = {path = \"../h\"}\ni = \">=1, <2\"\n\
             [tool.poetry.group.dev.dependencies]\nj = \"~=1.1\"\n",
        );
        assert_eq!(m.name.as_deref(), Some("p"));
        assert_eq!(
            d,
            owned(&[
                ("a", ">=1.2.3,<2", false),
                ("b", ">=0.2.3,<0.3", false),
                ("c", ">=1.2,<1.3", false),
                ("d", "==1.4", false),
                ("e", "", false),
                ("f", ">=0.0.3,<0.0.4", false),
                ("g", "", false),
                ("i", ">=1,<2", false),
                ("j", "~=1.1", true),
            ])
        );
    }

    #[test]
    fn tool_settings_alone_make_no_service() {
        assert!(!read("[tool.ruff]\nline-length = 1\n").0.is_service);
    }
}
