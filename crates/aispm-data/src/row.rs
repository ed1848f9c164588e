//! Rows as the checks see them, and which column plays which part.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;

/// One record: named cells in the file's order.
pub type Record = Vec<(Arc<str>, Value)>;

/// Which column is what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Roles {
    /// Texts the model is given.
    pub inputs: Vec<String>,
    /// Texts the model is to answer.
    pub outputs: Vec<String>,
    /// The class.
    pub label: Option<String>,
    /// Numbers that describe the row.
    pub features: Vec<String>,
    /// A list of messages with roles, instead of inputs and outputs.
    pub conversation: Option<String>,
}

/// One row after roles are given out.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Row {
    /// What the model is given.
    pub input: String,
    /// What it is to answer.
    pub output: String,
    /// The class.
    pub label: Option<String>,
    /// Numbers that describe the row; empty where any is missing.
    pub features: Vec<f32>,
}

const LABELS: &[&str] = &[
    "label",
    "labels",
    "class",
    "target",
    "category",
    "y",
    "sentiment",
    "intent",
    "species",
    "outcome",
    "topic",
    "digit",
];
const OUTPUTS: &[&str] = &[
    "output",
    "outputs",
    "completion",
    "response",
    "answer",
    "answers",
    "chosen",
    "target",
    "expected",
    "summary",
    "assistant",
    "translation",
    "reply",
    "positive",
];
const INPUTS: &[&str] = &[
    "instruction",
    "prompt",
    "input",
    "inputs",
    "question",
    "query",
    "text",
    "sentence",
    "sentence1",
    "sentence2",
    "context",
    "user",
    "premise",
    "hypothesis",
    "system",
    "title",
    "content",
    "review",
    "document",
    "message",
    "source",
    "anchor",
    "body",
    "description",
    "comment",
    "utterance",
    "tweet",
];
const CONVERSATIONS: &[&str] = &["messages", "conversations", "conversation"];
/// Distinct values of a column that are counted.
const DISTINCT: usize = 2_000;
/// Most classes of a label.
const CLASSES: usize = 1_000;

#[derive(Default)]
struct Column {
    present: usize,
    numbers: usize,
    texts: usize,
    length: usize,
    words: usize,
    conversations: usize,
    whole: usize,
    distinct: BTreeSet<String>,
}

/// Gives out the parts from a sample of records; `label` is the column that the user named.
pub(crate) fn roles(sample: &[Record], label: Option<&str>) -> Roles {
    let mut order: Vec<Arc<str>> = Vec::new();
    let mut columns: BTreeMap<Arc<str>, Column> = BTreeMap::new();
    for record in sample {
        for (name, value) in record {
            if !columns.contains_key(name) {
                order.push(Arc::clone(name));
            }
            columns.entry(Arc::clone(name)).or_default().see(value);
        }
    }
    let rows = sample.len();
    let get = |name: &str| columns.get(name);
    let lower = |name: &str| name.trim().to_ascii_lowercase();
    let conversation = order
        .iter()
        .find(|n| {
            CONVERSATIONS.contains(&lower(n).as_str()) && get(n).is_some_and(|c| c.conversations * 2 > rows)
        })
        .map(|n| n.to_string());
    let classes = |c: &Column| {
        let n = c.distinct.len();
        n >= 2 && n <= CLASSES.min(rows.div_ceil(4)) && c.present * 10 >= rows * 9
    };
    let numeric = |c: &Column| c.numbers * 20 >= rows * 19 && c.numbers > 0;
    let named = LABELS.iter().find_map(|l| {
        let found = order.iter().find(|n| lower(n) == *l)?;
        get(found).filter(|c| classes(c)).map(|_| found.to_string())
    });
    let by_shape = || {
        // A table of numbers with a class in its last column, as such tables are commonly written.
        let last = order.last()?;
        let rest = order.iter().rev().skip(1).all(|n| get(n).is_some_and(numeric));
        let few = |c: &Column| {
            classes(c) && c.distinct.len() <= 64 && c.distinct.len() * 10 <= rows && c.whole == c.numbers
        };
        (order.len() > 2 && rest && get(last).is_some_and(few)).then(|| last.to_string())
    };
    let label = match label {
        Some(l) => order.iter().find(|n| n.as_ref() == l).map(|n| n.to_string()),
        None => named.or_else(by_shape),
    };
    let is_label = |n: &str| label.as_deref() == Some(n);
    let textual = |n: &Arc<str>| get(n).is_some_and(|c| c.texts * 2 > rows && c.texts > 0);
    let outputs: Vec<String> = order
        .iter()
        .filter(|n| !is_label(n) && textual(n) && OUTPUTS.contains(&lower(n).as_str()))
        .map(|n| n.to_string())
        .collect();
    let free = |n: &&Arc<str>| !is_label(n) && !outputs.iter().any(|o| o == n.as_ref());
    // An optional input is empty in most rows, so presence says nothing.
    let mut inputs: Vec<String> = order
        .iter()
        .filter(free)
        .filter(|n| INPUTS.contains(&lower(n).as_str()) && get(n).is_some_and(|c| c.texts > 0))
        .map(|n| n.to_string())
        .collect();
    if inputs.is_empty() {
        // Columns of prose, whatever they are called.
        let prose = |c: &Column| c.texts * 2 > rows && c.words >= c.texts * 3;
        inputs = order
            .iter()
            .filter(free)
            .filter(|n| get(n).is_some_and(prose))
            .map(|n| n.to_string())
            .collect();
    }
    let features = order
        .iter()
        .filter(free)
        .filter(|n| get(n).is_some_and(|c| numeric(c) && !(is_key(&lower(n)) || c.is_counter(rows))))
        .map(|n| n.to_string())
        .collect();
    Roles {
        inputs,
        outputs,
        label,
        features,
        conversation,
    }
}

/// Names of columns that number rows.
fn is_key(name: &str) -> bool {
    matches!(name, "" | "id" | "idx" | "index" | "row" | "uid" | "unnamed: 0") || name.ends_with("_id")
}

impl Column {
    fn see(&mut self, value: &Value) {
        match value {
            Value::Null => return,
            Value::Bool(_) => {}
            Value::Number(n) => {
                self.numbers += 1;
                self.whole +=
                    usize::from(n.as_i64().is_some() || n.as_f64().is_some_and(|f| f.fract() == 0.0));
            }
            Value::String(s) if s.trim().is_empty() => return,
            Value::String(s) => match s.trim().parse::<f64>() {
                Ok(f) if f.is_finite() => {
                    self.numbers += 1;
                    self.whole += usize::from(f.fract() == 0.0);
                }
                _ => {
                    self.texts += 1;
                    self.length += s.len();
                    self.words += s.split_whitespace().take(64).count();
                }
            },
            Value::Array(items) => {
                let spoken = |m: &Value| m.get("role").or_else(|| m.get("from")).is_some();
                self.conversations += usize::from(items.first().is_some_and(spoken));
            }
            Value::Object(_) => {}
        }
        self.present += 1;
        if self.distinct.len() < DISTINCT
            && let Some(shown) = plain(value)
            && shown.len() < 256
        {
            self.distinct.insert(shown);
        }
    }

    /// Whole numbers that are all different say which row it is, not what it is like.
    fn is_counter(&self, rows: usize) -> bool {
        rows >= 20 && self.whole == self.numbers && self.distinct.len() >= rows.min(DISTINCT)
    }
}

/// A cell as one text; none where it is nested or absent.
pub(crate) fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(s) => Some(s.clone()),
        Value::Number(n) => Some(match n.as_f64() {
            // 3 and 3.0 are the same class, in whichever format.
            Some(f) if f.fract() == 0.0 && f.abs() < 1e15 => format!("{f:.0}"),
            _ => n.to_string(),
        }),
        Value::Bool(b) => Some(b.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

impl Roles {
    /// Whether any check has something to look at.
    pub(crate) fn is_empty(&self) -> bool {
        self.inputs.is_empty() && self.conversation.is_none() && self.features.is_empty()
    }

    /// Takes a record apart.
    pub(crate) fn row(&self, record: &Record) -> Row {
        let cell = |name: &str| record.iter().find(|(n, _)| n.as_ref() == name).map(|(_, v)| v);
        let mut row = Row {
            input: texts(self.inputs.iter().filter_map(|n| cell(n))),
            output: texts(self.outputs.iter().filter_map(|n| cell(n))),
            label: self
                .label
                .as_deref()
                .and_then(cell)
                .and_then(plain)
                .map(|l| l.trim().to_owned()),
            features: Vec::new(),
        };
        row.label = row.label.filter(|l| !l.is_empty());
        if let Some(Value::Array(messages)) = self.conversation.as_deref().and_then(cell) {
            for message in messages.iter().take(1_000) {
                let role = message.get("role").or_else(|| message.get("from"));
                let said = message.get("content").or_else(|| message.get("value"));
                let to = match role.and_then(Value::as_str) {
                    Some("assistant" | "gpt" | "model" | "bot" | "chatgpt") => &mut row.output,
                    _ => &mut row.input,
                };
                said.into_iter().for_each(|s| append(to, s, 0));
            }
        }
        let number = |value: &Value| match value {
            Value::Number(n) => n.as_f64(),
            Value::String(s) => s.trim().parse().ok(),
            Value::Bool(b) => Some(f64::from(u8::from(*b))),
            _ => None,
        };
        let numbers = self.features.iter().map(|n| cell(n).and_then(number));
        #[expect(clippy::cast_possible_truncation, reason = "distances need no more")]
        let all: Option<Vec<f32>> = numbers
            .map(|n| n.map(|f| f as f32).filter(|f| f.is_finite()))
            .collect();
        row.features = all.unwrap_or_default();
        row
    }
}

fn texts<'a>(cells: impl Iterator<Item = &'a Value>) -> String {
    let mut out = String::new();
    cells.for_each(|c| append(&mut out, c, 0));
    out
}

/// Every text inside a cell, one after the other.
pub(crate) fn append(out: &mut String, value: &Value, depth: usize) {
    match value {
        Value::String(s) if !s.trim().is_empty() => {
            if !out.is_empty() {
                out.push('\n');
            }
            out.push_str(s);
        }
        Value::Array(items) if depth < 8 => items.iter().for_each(|v| append(out, v, depth + 1)),
        Value::Object(fields) if depth < 8 => fields.values().for_each(|v| append(out, v, depth + 1)),
        _ => {}
    }
}
