//! Requirements of Python packages: lines of `requirements.txt`, and the same words in `pyproject.toml` (PEP 508).

use crate::splice::line_stop;
use crate::{LARGEST, Refusal, Splice, splice, split_mark};

/// Fixes the version of a package in a requirements file.
///
/// # Errors
/// The package is not there once, or is there in a way that a version does not fix: a URL, hashes, a continued line.
pub fn set_requirement(text: &str, package: &str, version: &str) -> Result<String, Refusal> {
    let (mark, text) = split_mark(text);
    if text.len() > LARGEST {
        return Err(Refusal::new(format!(
            "it is larger than {LARGEST} bytes, which are edited at most"
        )));
    }
    let mut found = None;
    let mut start = 0;
    let mut continued = false;
    while start < text.len() {
        let stop = line_stop(text, start);
        let line = text.get(start..stop).unwrap_or_default();
        let names = !continued && name(line.trim_start()).is_some_and(|n| normal(n) == normal(package));
        continued = line.trim_end().ends_with('\\');
        if names {
            if continued {
                return Err(Refusal::new(
                    "its line is continued, as lines with hashes are: lock it again instead",
                ));
            }
            if found.replace((start, line)).is_some() {
                return Err(Refusal::new("the package stands there more than once"));
            }
        }
        start = text
            .get(stop..)
            .and_then(|t| t.find('\n'))
            .map_or(text.len(), |i| stop + i + 1);
    }
    let (start, line) = found.ok_or_else(|| Refusal::new("the package does not stand in this file"))?;
    // A comment begins with a blank before the sharp.
    let comment = line.find(" #").or_else(|| line.find("\t#")).unwrap_or(line.len());
    let (words, _) = line.split_at_checked(comment).unwrap_or((line, ""));
    let end = words.trim_end().len();
    let new = pin_requirement(words.get(..end).unwrap_or_default(), version)?;
    let after = splice(text, vec![Splice::new(start..start + end, new)])?;
    Ok(format!("{mark}{after}"))
}

/// Fixes the version in one requirement; its extras and markers stay.
///
/// # Errors
/// The requirement names a URL, options or nothing that is understood.
pub fn pin_requirement(requirement: &str, version: &str) -> Result<String, Refusal> {
    let odd = || Refusal::new("the requirement is written in a way that is not understood here");
    if !is_version(version) {
        return Err(Refusal::new("the version is none that can be written"));
    }
    if requirement.contains('@') || requirement.contains("--") || requirement.contains('\n') {
        return Err(Refusal::new("the requirement names a URL, a file or options"));
    }
    let lead = requirement.len() - requirement.trim_start().len();
    let body = requirement.get(lead..).unwrap_or_default();
    let name = name(body).ok_or_else(odd)?;
    let mut head = lead + name.len();
    let rest = requirement.get(head..).ok_or_else(odd)?;
    let blank = rest.len() - rest.trim_start().len();
    if let Some(extras) = rest.trim_start().strip_prefix('[') {
        head += blank + 1 + extras.find(']').ok_or_else(odd)? + 1;
    }
    let rest = requirement.get(head..).ok_or_else(odd)?;
    let marker = rest.find(';').unwrap_or(rest.len());
    let (specifier, marker) = rest.split_at_checked(marker).ok_or_else(odd)?;
    let known = specifier.trim().trim_start_matches('(').trim_end_matches(')');
    if !known
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b"<>=!~.,*+-_ ".contains(&b))
    {
        return Err(odd());
    }
    let gap = if marker.is_empty() || !specifier.ends_with(' ') {
        ""
    } else {
        " "
    };
    let head = requirement.get(..head).ok_or_else(odd)?;
    Ok(format!("{head}=={version}{gap}{marker}"))
}

/// The name a requirement begins with.
fn name(text: &str) -> Option<&str> {
    let end = text
        .bytes()
        .position(|b| !(b.is_ascii_alphanumeric() || b"._-".contains(&b)))
        .unwrap_or(text.len());
    let name = text.get(..end)?.trim_end_matches(['-', '.', '_']);
    (!name.is_empty() && !name.starts_with(['-', '.', '_'])).then_some(name)
}

/// PEP 503.
fn normal(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for c in name.chars() {
        let c = if matches!(c, '_' | '.') {
            '-'
        } else {
            c.to_ascii_lowercase()
        };
        if c != '-' || !out.ends_with('-') {
            out.push(c);
        }
    }
    out
}

fn is_version(version: &str) -> bool {
    version.bytes().next().is_some_and(|b| b.is_ascii_digit())
        && version
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b".+-!".contains(&b))
}
