//! One requirement (PEP 508): `name[extras] specifier; marker`, or `name @ address`.

use crate::declaration::{Dependency, names_content, shown_address};

/// A name as PEP 503 compares it.
pub(crate) fn normalised(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for c in name.trim().chars() {
        match c {
            '-' | '_' | '.' if out.ends_with('-') => {}
            '-' | '_' | '.' => out.push('-'),
            c => out.push(c.to_ascii_lowercase()),
        }
    }
    out
}

/// Reads one requirement; `None` where it is none.
pub(crate) fn requirement(text: &str, line: u32) -> Option<Dependency> {
    let text = text.trim();
    if let Some(address) = text
        .strip_prefix("git+")
        .or_else(|| text.contains("://").then_some(text))
        && !text.contains(" @ ")
        && text
            .split("://")
            .next()
            .is_some_and(|s| !s.contains([' ', '=', '<', '>', '@', ';']))
    {
        return from_address(address, line);
    }
    let body = text.split(';').next()?.trim();
    let end = body
        .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')))
        .unwrap_or(body.len());
    let (name, mut rest) = body.split_at_checked(end)?;
    if !name.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return None;
    }
    rest = rest.trim_start();
    if let Some(extras) = rest.strip_prefix('[') {
        rest = extras.split_once(']')?.1.trim_start();
    }
    if rest.starts_with('@') {
        // From the whole text: a `;` may be part of an address.
        let address = text.split_once('@')?.1.trim();
        let declared = format!("{name} @ {}", shown_address(address));
        return Some(Dependency {
            address: Some(names_content(address)),
            declared,
            ..Dependency::new(normalised(name), "", line)
        });
    }
    let constraint = rest.trim_start_matches('(').trim_end_matches(')').trim();
    if !constraint.is_empty() && !constraint.starts_with(['=', '<', '>', '~', '!']) {
        return None;
    }
    let constraint: String = constraint.chars().filter(|c| !c.is_whitespace()).collect();
    Some(Dependency {
        declared: format!("{name}{constraint}"),
        ..Dependency::new(normalised(name), constraint, line)
    })
}

/// `git+https://host/owner/name@ref#egg=name`, or the address of an archive.
fn from_address(address: &str, line: u32) -> Option<Dependency> {
    let egg = address
        .split_once("#")
        .and_then(|(_, fragment)| fragment.split('&').find_map(|p| p.strip_prefix("egg=")))
        .map(|egg| egg.split('[').next().unwrap_or(egg));
    let path = address.split(['#', '?', ';', ' ']).next()?;
    let last = path.trim_end_matches('/').rsplit('/').next()?;
    let last = last.split('@').next()?.trim_end_matches(".git");
    // A wheel's name is its first part, an archive's all before its version.
    let from_path = if last.ends_with(".whl") || last.ends_with(".tar.gz") || last.ends_with(".zip") {
        last.split("-").next()?
    } else {
        last
    };
    let name = egg.unwrap_or(from_path);
    if name.is_empty() {
        return None;
    }
    Some(Dependency {
        address: Some(names_content(address)),
        declared: shown_address(address),
        ..Dependency::new(normalised(name), "", line)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requirements_in_all_their_forms() {
        for (text, expected) in [
            ("openai", Some(("openai", "", None))),
            ("OpenAI_Agents == 1.2", Some(("openai-agents", "==1.2", None))),
            (
                "langchain[all]>=0.1,<0.4 ; python_version < '3.12'",
                Some(("langchain", ">=0.1,<0.4", None)),
            ),
            ("torch (>=2.0)", Some(("torch", ">=2.0", None))),
            (
                "crewai @ git+https://github.com/a/crewai@main",
                Some(("crewai", "", Some(false))),
            ),
            (
                "git+https://github.com/a/vllm.git@0123456789012345678901234567890123456789#egg=vllm",
                Some(("vllm", "", Some(true))),
            ),
            (
                "https://h/w/torch-2.0-cp310.whl",
                Some(("torch", "", Some(false))),
            ),
            ("./local/dir", None),
            ("-e .", None),
            ("this is prose", None),
            ("", None),
        ] {
            let read = requirement(text, 1);
            let read = read
                .as_ref()
                .map(|d| (d.name.as_str(), d.constraint.as_str(), d.address));
            assert_eq!(read, expected, "{text}");
        }
    }

    #[test]
    fn credentials_in_addresses_are_not_kept() {
        let d = requirement("x @ git+https://tok:hunter2@github.com/a/x@v1", 1).unwrap();
        assert_eq!(d.declared, "x @ git+https://github.com/a/x@v1");
    }
}
