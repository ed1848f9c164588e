//! Reads maps of a YAML file whose keys are known, and collects everything that is wrong with them.

use std::str::FromStr;

use aispm_formats::doc::{Limits, Node, parse_yaml};

use crate::RuleError;
use crate::suggest::did_you_mean;

/// Collects problems of one file.
#[derive(Debug)]
pub(crate) struct Fields<'a> {
    path: &'a str,
    pub(crate) errors: Vec<RuleError>,
}

/// A piece of text and where it stands.
#[derive(Clone, Debug, Default)]
pub(crate) struct Text {
    pub(crate) source: String,
    pub(crate) line: u32,
}

impl<'a> Fields<'a> {
    pub(crate) fn new(path: &'a str) -> Self {
        Self {
            path,
            errors: Vec::new(),
        }
    }

    /// Parses the file.
    pub(crate) fn parse(&mut self, text: &str) -> Option<Node> {
        match parse_yaml(text, &Limits::default()) {
            Ok(node) if node.is_map() => Some(node),
            Ok(node) => {
                self.error(node.line, "the file must be a map of keys");
                None
            }
            Err(e) => {
                self.error(e.line, e.problem);
                None
            }
        }
    }

    pub(crate) fn error(&mut self, line: u32, problem: impl Into<String>) {
        self.errors.push(RuleError {
            path: self.path.to_owned(),
            line,
            problem: problem.into(),
        });
    }

    /// Refuses keys that are not among `known`, and keys that stand twice.
    pub(crate) fn closed(&mut self, node: &Node, known: &[&str]) {
        let mut seen = Vec::new();
        for (key, _) in node.entries() {
            if !known.contains(&key.text.as_str()) {
                let hint = did_you_mean(&key.text, known.iter().copied());
                self.error(key.line, format!("`{}` is no key here{hint}", key.text));
            } else if seen.contains(&key.text.as_str()) {
                self.error(key.line, format!("`{}` stands twice", key.text));
            }
            seen.push(key.text.as_str());
        }
    }

    /// Text under a key, if it is there.
    pub(crate) fn optional(&mut self, node: &Node, key: &str) -> Option<Text> {
        let value = node.get(key)?;
        match value.scalar() {
            Some(source) => Some(Text {
                source,
                line: value.line,
            }),
            None => {
                self.error(value.line, format!("`{key}` must be text"));
                None
            }
        }
    }

    /// Text under a key that must be there and not be empty.
    pub(crate) fn required(&mut self, node: &Node, key: &str) -> Text {
        match self.optional(node, key) {
            Some(text) if !text.source.trim().is_empty() => text,
            Some(text) => {
                self.error(text.line, format!("`{key}` is empty"));
                text
            }
            None => {
                if node.get(key).is_none() {
                    self.error(node.line, format!("`{key}` is missing"));
                }
                Text::default()
            }
        }
    }

    /// A word of a closed set under a key that must be there.
    pub(crate) fn word<T: FromStr>(&mut self, node: &Node, key: &str, known: &[&str]) -> Option<T> {
        let text = self.required(node, key);
        if text.source.is_empty() {
            return None;
        }
        self.parsed(&text, known)
    }

    /// A word of a closed set.
    pub(crate) fn parsed<T: FromStr>(&mut self, text: &Text, known: &[&str]) -> Option<T> {
        let parsed = text.source.parse().ok();
        if parsed.is_none() {
            let hint = did_you_mean(&text.source, known.iter().copied());
            self.error(
                text.line,
                format!("`{}` is none of {}{hint}", text.source, known.join(", ")),
            );
        }
        parsed
    }

    /// A list of texts under a key.
    pub(crate) fn texts(&mut self, node: &Node, key: &str) -> Vec<Text> {
        let Some(value) = node.get(key) else {
            return Vec::new();
        };
        if !value.is_seq() {
            self.error(value.line, format!("`{key}` must be a list"));
        }
        let mut out = Vec::new();
        for item in value.items() {
            match item.scalar() {
                Some(source) => out.push(Text {
                    source,
                    line: item.line,
                }),
                None => self.error(item.line, format!("an item of `{key}` must be text")),
            }
        }
        out
    }

    /// True or false under a key that must be there.
    pub(crate) fn truth(&mut self, node: &Node, key: &str) -> bool {
        match node.get(key) {
            Some(value) => value.as_bool().unwrap_or_else(|| {
                self.error(value.line, format!("`{key}` must be true or false"));
                false
            }),
            None => {
                self.error(node.line, format!("`{key}` is missing"));
                false
            }
        }
    }
}
