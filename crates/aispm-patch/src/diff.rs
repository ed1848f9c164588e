//! Unified diffs that `git apply` and `patch` take, and the way back.

use similar::{ChangeTag, TextDiff};

use crate::{Refusal, Splice};

/// One line of a diff.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `diff --git`, `---`, `+++`.
    Header,
    /// `@@`.
    Hunk,
    /// Unchanged.
    Context,
    /// Gone.
    Removed,
    /// New.
    Added,
    /// `\ No newline at end of file`.
    Note,
}

/// A line with its mark, without line end unless the file's own is part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What it is.
    pub kind: Kind,
    /// As it stands in a patch; a carriage return of the file included.
    pub text: String,
}

/// The unified diff of one file with `context` lines around each change. Empty where nothing changed.
pub fn unified(path: &str, before: &str, after: &str, context: usize) -> Vec<Line> {
    if before == after {
        return Vec::new();
    }
    let line = |kind, text: String| Line { kind, text };
    let (old, new) = (quoted("a/", path), quoted("b/", path));
    let mut out = vec![
        line(Kind::Header, format!("diff --git {old} {new}")),
        line(Kind::Header, format!("--- {old}")),
        line(Kind::Header, format!("+++ {new}")),
    ];
    let (old, new) = (lines(before), lines(after));
    let diff = TextDiff::from_slices(&old, &new);
    for hunk in diff.unified_diff().context_radius(context).iter_hunks() {
        out.push(line(Kind::Hunk, hunk.header().to_string()));
        for change in hunk.iter_changes() {
            let (kind, mark) = match change.tag() {
                ChangeTag::Equal => (Kind::Context, ' '),
                ChangeTag::Delete => (Kind::Removed, '-'),
                ChangeTag::Insert => (Kind::Added, '+'),
            };
            let value = change.value();
            out.push(line(
                kind,
                format!("{mark}{}", value.strip_suffix('\n').unwrap_or(value)),
            ));
            if !value.ends_with('\n') {
                out.push(line(Kind::Note, String::from("\\ No newline at end of file")));
            }
        }
    }
    out
}

/// Lines as git counts them: a carriage return alone ends none.
fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

/// A name as git writes it: quoted where it holds control characters, quotes or backslashes (git-config `core.quotePath`).
fn quoted(side: &str, path: &str) -> String {
    let whole = format!("{side}{path}");
    if !whole.chars().any(|c| c.is_control() || matches!(c, '"' | '\\')) {
        return whole;
    }
    let mut out = String::from("\"");
    for c in whole.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => c
                .to_string()
                .bytes()
                .for_each(|b| out.push_str(&format!("\\{b:03o}"))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// The splices that make `before` of `after`: whole lines, so that nothing else of the file need be kept to undo a change.
pub fn way_back(before: &str, after: &str) -> Vec<Splice> {
    let (old, new) = (lines(after), lines(before));
    let diff = TextDiff::from_slices(&old, &new);
    let mut out: Vec<Splice> = Vec::new();
    let mut at = 0;
    for change in diff.iter_all_changes() {
        let value = change.value();
        let (gone, new) = match change.tag() {
            ChangeTag::Equal => {
                at += value.len();
                continue;
            }
            ChangeTag::Delete => (value.len(), ""),
            ChangeTag::Insert => (0, value),
        };
        match out.last_mut() {
            Some(last) if last.at.end == at => {
                last.at.end += gone;
                last.with.push_str(new);
            }
            _ => out.push(Splice::new(at..at + gone, new)),
        }
        at += gone;
    }
    out
}

/// Goes back.
///
/// # Errors
/// The splices do not fit the text.
pub fn go_back(after: &str, way: Vec<Splice>) -> Result<String, Refusal> {
    crate::splice(after, way)
}
