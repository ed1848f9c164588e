//! Sentences with holes: `{{ CEL }}` is replaced by the value, so that a finding names what was seen.

use super::fields::{Fields, Text};
use crate::condition::{Condition, Gives, Names, Scope};

/// A sentence with holes.
#[derive(Debug)]
pub(crate) struct Template {
    parts: Vec<Part>,
}

#[derive(Debug)]
enum Part {
    Words(String),
    Hole(Condition),
}

impl Template {
    /// Reads a template; problems go to `fields`.
    pub(crate) fn compile(text: &Text, names: &Names<'_>, fields: &mut Fields<'_>) -> Self {
        let mut parts = Vec::new();
        let mut rest = text.source.trim();
        while let Some((words, after)) = rest.split_once("{{") {
            parts.push(Part::Words(words.to_owned()));
            let Some((hole, after)) = after.split_once("}}") else {
                fields.error(text.line, "`{{` without `}}`");
                break;
            };
            match Condition::compile(hole.trim(), names, Gives::Anything) {
                Ok(condition) => parts.push(Part::Hole(condition)),
                Err(problems) => problems.into_iter().for_each(|p| fields.error(text.line, p)),
            }
            rest = after;
        }
        parts.push(Part::Words(rest.to_owned()));
        Self { parts }
    }

    /// Fills the holes.
    pub(crate) fn render(&self, scope: &Scope<'_, '_>) -> String {
        let part = |p: &Part| match p {
            Part::Words(words) => words.clone(),
            Part::Hole(condition) => condition.text(scope),
        };
        self.parts.iter().map(part).collect()
    }
}
