//! What was read, and what was not and why.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{CoverageRow, Location};

/// A part of a target that is read as one: `.` for a whole directory, a file, a region, a service.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Scope(pub String);

/// Why a scope was not read completely. `reason` names the budget, the denial or the format; it quotes no content.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Gap {
    /// What was not read.
    pub scope: Scope,
    /// Why, and what to try.
    pub reason: String,
}

impl Gap {
    /// A gap.
    pub fn new(scope: impl Into<String>, reason: impl Into<String>) -> Self {
        Self {
            scope: Scope(scope.into()),
            reason: reason.into(),
        }
    }
}

/// What a collector read. Only `complete` scopes may be swept as gone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Scopes read completely.
    pub complete: Vec<Scope>,
    /// Scopes that were not, each with its reason.
    pub gaps: Vec<Gap>,
    /// Scopes that the target's own ignore files left out: no gap, and nothing in them is known. `directory/*` stands for
    /// many paths in it.
    pub left_out: Vec<Gap>,
}

/// Whether a scope was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ScopeStatus {
    /// Read completely.
    Complete,
    /// Read, except for the gaps inside it.
    Partial,
    /// Not read.
    Gap,
    /// Left out by ignore files of the target.
    Excluded,
}

/// What a scan did not look at, by place: what was seen there before and is missing now is neither fixed nor gone.
#[derive(Clone, Debug, Default)]
pub struct Unseen {
    whole: bool,
    scopes: BTreeSet<String>,
}

impl Unseen {
    /// The rows that say that something was not read, or was left out.
    pub fn of<'a>(rows: impl IntoIterator<Item = &'a CoverageRow>) -> Self {
        let mut new = Self::default();
        for row in rows {
            if matches!(row.status, ScopeStatus::Complete | ScopeStatus::Partial) {
                continue;
            }
            // `directory/*` is many paths of a directory, `target/.` all of a target.
            let scope = match row.scope.as_str() {
                "." | "*" => "",
                scope => scope
                    .strip_suffix("/*")
                    .or(scope.strip_suffix("/."))
                    .unwrap_or(scope),
            };
            if scope.is_empty() {
                new.whole = true;
            } else {
                new.scopes.insert(scope.to_owned());
            }
        }
        new
    }

    /// Whether there is anything that was not looked at.
    pub fn is_empty(&self) -> bool {
        !self.whole && self.scopes.is_empty()
    }

    /// Whether a place was not looked at: it, what it lies in, or its target.
    pub fn holds(&self, at: &Location) -> bool {
        if self.whole {
            return true;
        }
        let name = match (at.target.as_str(), at.path.as_deref()) {
            (".", Some(path)) => path.to_owned(),
            (target, Some(path)) => format!("{target}/{path}"),
            (target, None) => target.to_owned(),
        };
        let ends = name.match_indices(['/', '!']).map(|(i, _)| i).chain([name.len()]);
        ends.filter_map(|end| name.get(..end))
            .any(|part| self.scopes.contains(part))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_in_what_was_not_looked_at_are_unseen() {
        let row = |scope: &str, status| CoverageRow {
            scope: scope.to_owned(),
            status,
            reason: None,
        };
        let one = Unseen::of(&[
            row(".", ScopeStatus::Partial),
            row("app.py", ScopeStatus::Gap),
            row("lib", ScopeStatus::Gap),
            row("m.zip", ScopeStatus::Gap),
            row("data/*", ScopeStatus::Excluded),
        ]);
        for (path, unseen) in [
            ("app.py", true),
            ("lib/a/b.py", true),
            ("m.zip!/x/y.pkl", true),
            ("data/many.csv", true),
            ("app.pyc", false),
            ("lib.py", false),
            ("src/app.py", false),
            ("database/x", false),
        ] {
            assert_eq!(one.holds(&Location::file(".", path)), unseen, "{path}");
        }
        let several = Unseen::of(&[row("a/.", ScopeStatus::Gap), row("b/x", ScopeStatus::Gap)]);
        for (target, path, unseen) in [
            ("a", "x", true),
            ("b", "x", true),
            ("b", "y", false),
            ("c", "x", false),
        ] {
            assert_eq!(
                several.holds(&Location::file(target, path)),
                unseen,
                "{target}/{path}"
            );
        }
        assert!(Unseen::of(&[row(".", ScopeStatus::Gap)]).holds(&Location::file(".", "any")));
        assert!(Unseen::of(&[row(".", ScopeStatus::Complete)]).is_empty());
    }
}
