//! Located documents: JSON (with comments, as editors write it), YAML and TOML read into one tree whose nodes know their line.
//!
//! Bounded by [`Limits`]: depth, nodes and the nodes that YAML aliases may stand for ("billion laughs"). Error texts say where
//! and what kind of trouble, and never quote the document, which may hold secrets.

mod json;
mod toml;
mod yaml;

pub use json::parse_json;
pub use toml::parse_toml;
pub use yaml::{parse_yaml, parse_yaml_all};

use aispm_types::Value;

/// Limits of one document.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Depth of nesting.
    pub depth: usize,
    /// Nodes, those that aliases stand for included.
    pub nodes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            depth: 96,
            nodes: 500_000,
        }
    }
}

/// A document that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{format} line {line}: {problem}")]
pub struct DocError {
    /// `JSON`, `YAML` or `TOML`.
    pub format: &'static str,
    /// Line, from 1.
    pub line: u32,
    /// What is wrong, without quoting the document.
    pub problem: String,
}

/// A node with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// What it is.
    pub value: NodeValue,
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1.
    pub column: u32,
}

/// A key of a map with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Key {
    /// The key as text.
    pub text: String,
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1.
    pub column: u32,
}

/// What a node is.
#[derive(Clone, Debug, PartialEq)]
pub enum NodeValue {
    /// Null, or nothing after the colon.
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number with a fraction.
    Float(f64),
    /// Text.
    Str(String),
    /// A list.
    Seq(Vec<Node>),
    /// A map in the document's order; a key that stands twice is there twice.
    Map(Vec<(Key, Node)>),
}

impl Node {
    /// The value under a key of a map; the last one where it stands twice, as most readers decide.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entries()
            .iter()
            .rev()
            .find(|(k, _)| k.text == key)
            .map(|(_, v)| v)
    }
    /// Follows keys downwards.
    pub fn at(&self, path: &[&str]) -> Option<&Node> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }
    /// Entries of a map; none for anything else.
    pub fn entries(&self) -> &[(Key, Node)] {
        match &self.value {
            NodeValue::Map(m) => m,
            _ => &[],
        }
    }
    /// Items of a list; none for anything else.
    pub fn items(&self) -> &[Node] {
        match &self.value {
            NodeValue::Seq(s) => s,
            _ => &[],
        }
    }
    /// The text, if this is text.
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            NodeValue::Str(s) => Some(s),
            _ => None,
        }
    }
    /// The truth value, if this is one.
    pub fn as_bool(&self) -> Option<bool> {
        match self.value {
            NodeValue::Bool(b) => Some(b),
            _ => None,
        }
    }
    /// The whole number, if this is one.
    pub fn as_int(&self) -> Option<i64> {
        match self.value {
            NodeValue::Int(i) => Some(i),
            _ => None,
        }
    }
    /// True for a map.
    pub fn is_map(&self) -> bool {
        matches!(self.value, NodeValue::Map(_))
    }
    /// True for a list.
    pub fn is_seq(&self) -> bool {
        matches!(self.value, NodeValue::Seq(_))
    }
    /// Text, numbers and truth values as text; nothing else.
    pub fn scalar(&self) -> Option<String> {
        match &self.value {
            NodeValue::Str(s) => Some(s.clone()),
            NodeValue::Bool(b) => Some(b.to_string()),
            NodeValue::Int(i) => Some(i.to_string()),
            NodeValue::Float(f) => Some(f.to_string()),
            NodeValue::Null | NodeValue::Seq(_) | NodeValue::Map(_) => None,
        }
    }
    /// The same tree without places.
    pub fn to_value(&self) -> Value {
        match &self.value {
            NodeValue::Null => Value::Null,
            NodeValue::Bool(b) => Value::Bool(*b),
            NodeValue::Int(i) => Value::Int(*i),
            NodeValue::Float(f) => Value::Float(*f),
            NodeValue::Str(s) => Value::Str(s.clone()),
            NodeValue::Seq(s) => Value::List(s.iter().map(Self::to_value).collect()),
            NodeValue::Map(m) => Value::Map(m.iter().map(|(k, v)| (k.text.clone(), v.to_value())).collect()),
        }
    }
}

/// Counts nodes and depth while a tree is built.
struct Meter {
    limits: Limits,
    nodes: usize,
    format: &'static str,
}

impl Meter {
    fn new(format: &'static str, limits: &Limits) -> Self {
        Self {
            limits: *limits,
            nodes: 0,
            format,
        }
    }
    fn error(&self, line: u32, problem: impl Into<String>) -> DocError {
        DocError {
            format: self.format,
            line,
            problem: problem.into(),
        }
    }
    fn count(&mut self, nodes: usize, depth: usize, line: u32) -> Result<(), DocError> {
        self.nodes = self.nodes.saturating_add(nodes);
        if self.nodes > self.limits.nodes {
            return Err(self.error(
                line,
                format!("more than {} nodes (node budget)", self.limits.nodes),
            ));
        }
        if depth > self.limits.depth {
            return Err(self.error(
                line,
                format!("nested deeper than {} (depth budget)", self.limits.depth),
            ));
        }
        Ok(())
    }
}

/// Turns byte offsets into lines and columns.
struct Lines {
    starts: Vec<usize>,
}

impl Lines {
    fn new(text: &str) -> Self {
        Self {
            starts: std::iter::once(0)
                .chain(memchr::memchr_iter(b'\n', text.as_bytes()).map(|i| i + 1))
                .collect(),
        }
    }
    /// Line and column, from 1; the column counts bytes.
    fn at(&self, offset: usize) -> (u32, u32) {
        let line = self.starts.partition_point(|s| *s <= offset).max(1);
        let start = self.starts.get(line - 1).copied().unwrap_or(0);
        (to_u32(line), to_u32(offset.saturating_sub(start) + 1))
    }
}

fn to_u32(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_formats_give_one_tree() {
        let limits = Limits::default();
        let json = parse_json("{\n // why not\n \"a\": {\"b\": [1, true, \"x\",]}}", &limits).unwrap();
        let yaml = parse_yaml("# c\n\na:\n  b: [1, true, x]\n", &limits).unwrap();
        let toml = parse_toml("[a]\n\nb = [1, true, \"x\"]\n", &limits).unwrap();
        assert_eq!(json.to_value(), yaml.to_value());
        assert_eq!(json.to_value(), toml.to_value());
        for doc in [json, yaml] {
            let b = doc.at(&["a", "b"]).unwrap();
            assert_eq!(b.items().len(), 3);
        }
        let yaml = parse_yaml("# c\n\na:\n  b: [1, true, x]\n", &limits).unwrap();
        assert_eq!(yaml.at(&["a", "b"]).unwrap().line, 4);
        assert_eq!(toml.at(&["a", "b"]).unwrap().line, 3);
    }

    #[test]
    fn bombs_end_with_the_budget_they_hit() {
        let limits = Limits::default();
        let mut laughs = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for i in 1..10 {
            let prior = format!("*a{},", i - 1).repeat(10);
            laughs.push_str(&format!("a{i}: &a{i} [{prior}]\n"));
        }
        assert!(
            parse_yaml(&laughs, &limits)
                .unwrap_err()
                .problem
                .contains("node budget")
        );
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            let deep = format!("{}1{}", open.repeat(50_000), close.repeat(50_000));
            assert!(parse_json(&deep, &limits).unwrap_err().problem.contains("depth"));
            assert!(parse_yaml(&deep, &limits).is_err());
        }
        let deep = format!("a = {}1{}", "[".repeat(50_000), "]".repeat(50_000));
        assert!(parse_toml(&deep, &limits).is_err());
        let deep: String = (0..20_000)
            .map(|i| format!("{}- \n", " ".repeat(i % 300)))
            .collect();
        let _ = parse_yaml(&deep, &limits);
    }

    #[test]
    fn errors_do_not_quote_the_document() {
        let limits = Limits::default();
        let canary = "hunter2canary";
        for e in [
            parse_json(&format!("{{\"a\": {canary}"), &limits).unwrap_err(),
            parse_yaml(&format!("a: [{canary}\nb: }}"), &limits).unwrap_err(),
            parse_toml(&format!("a = {canary}"), &limits).unwrap_err(),
        ] {
            assert!(!e.to_string().contains(canary), "{e}");
        }
    }

    #[test]
    fn yaml_scalars_follow_the_core_schema() {
        let doc = parse_yaml(
            "a: no\nb: \"1\"\nc: 0x10\nd: ~\ne: 1.5\nf: true\ng: 007\n",
            &Limits::default(),
        )
        .unwrap();
        let kinds: Vec<_> = doc.entries().iter().map(|(_, v)| v.value.clone()).collect();
        use NodeValue::*;
        assert_eq!(
            kinds,
            [
                Str("no".into()),
                Str("1".into()),
                Int(16),
                Null,
                Float(1.5),
                Bool(true),
                Int(7)
            ]
        );
    }

    #[test]
    fn yaml_merge_keys_and_documents() {
        let docs = parse_yaml_all(
            "base: &b {x: 1}\nuse:\n  <<: *b\n  y: 2\n---\nz: 3\n",
            &Limits::default(),
        )
        .unwrap();
        assert_eq!(docs.len(), 2);
        assert_eq!(docs[0].at(&["use", "x"]).and_then(Node::as_int), Some(1));
        assert_eq!(docs[1].get("z").map(|n| n.line), Some(6));
    }
}
