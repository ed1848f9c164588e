//! YAML with spans, built from events.

use std::ops::Range;

use aispm_types::Value;
use saphyr_parser::{Event, Parser, ScalarStyle, Span};

use crate::Refusal;
use crate::tree::{Entry, Kind, Node};

/// Depth of nesting.
const DEPTH: usize = 96;
/// Nodes of a file.
const NODES: usize = 200_000;

/// A collection that is still open.
struct Open {
    node: Node,
    key: Option<(String, Range<usize>)>,
    /// The place of a key that is no plain text; nothing below is edited.
    odd: bool,
}

pub(crate) fn parse(text: &str) -> Result<Vec<Node>, Refusal> {
    if brackets(text) > DEPTH * 64 {
        return Err(Refusal::new("it is nested too deep"));
    }
    let bytes = Bytes::new(text);
    let mut open: Vec<Open> = Vec::new();
    let mut documents = Vec::new();
    let mut nodes = 0usize;
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|e| {
            let line = e.marker().line().max(1);
            Refusal::new(format!(
                "it is no valid YAML (line {line}): templates are not edited"
            ))
        })?;
        nodes += 1;
        if nodes > NODES || open.len() > DEPTH {
            return Err(Refusal::new("it is too large or nested too deep"));
        }
        let at = bytes.range(&span);
        let done = match event {
            Event::Scalar(value, style, anchor, tag) => {
                let plain = matches!(style, ScalarStyle::Plain);
                let fixed = match (anchor > 0, tag.is_some(), style) {
                    (true, ..) => Some("it is an anchor, which other places of the document use"),
                    (_, true, _) => Some("it has a tag"),
                    (_, _, ScalarStyle::Literal | ScalarStyle::Folded) => Some("it is a block of text"),
                    _ => None,
                };
                let value = if plain && tag.is_none() {
                    scalar(&value)
                } else {
                    Value::Str(value.into_owned())
                };
                Some(Node {
                    at,
                    kind: Kind::Scalar(value),
                    flow: true,
                    fixed,
                })
            }
            Event::Alias(_) => Some(Node {
                at,
                kind: Kind::Scalar(Value::unknown("an alias")),
                flow: true,
                fixed: Some("it is an alias: the value stands elsewhere in the document"),
            }),
            Event::SequenceStart(anchor, tag) | Event::MappingStart(anchor, tag) if open.len() > DEPTH => {
                let _ = (anchor, tag);
                return Err(Refusal::new("it is nested too deep"));
            }
            Event::SequenceStart(anchor, _) => {
                open.push(opened(text, at, Kind::List(Vec::new()), anchor));
                None
            }
            Event::MappingStart(anchor, _) => {
                open.push(opened(text, at, Kind::Map(Vec::new()), anchor));
                None
            }
            Event::SequenceEnd | Event::MappingEnd => open.pop().map(|mut o| {
                o.node.at.end = if o.node.flow { at.end } else { o.node.end() };
                if o.odd {
                    o.node.fixed = Some("it has keys that are no plain text");
                }
                o.node
            }),
            _ => None,
        };
        if let Some(node) = done {
            finish(node, &mut open, &mut documents);
        }
    }
    Ok(documents)
}

fn opened(text: &str, at: Range<usize>, kind: Kind, anchor: usize) -> Open {
    let flow = matches!(text.as_bytes().get(at.start), Some(b'{' | b'['));
    Open {
        node: Node {
            at,
            kind,
            flow,
            fixed: (anchor > 0).then_some("it is an anchor, which other places of the document use"),
        },
        key: None,
        odd: false,
    }
}

fn finish(node: Node, open: &mut [Open], documents: &mut Vec<Node>) {
    let Some(parent) = open.last_mut() else {
        documents.push(node);
        return;
    };
    match &mut parent.node.kind {
        Kind::List(items) => items.push(node),
        Kind::Map(entries) => match parent.key.take() {
            None => {
                let text = match &node.kind {
                    Kind::Scalar(Value::Str(s)) => Some(s.clone()),
                    Kind::Scalar(Value::Int(i)) => Some(i.to_string()),
                    Kind::Scalar(Value::Bool(b)) => Some(b.to_string()),
                    _ => None,
                };
                parent.odd |= text.is_none() || node.fixed.is_some();
                parent.key = Some((text.unwrap_or_else(|| String::from("?")), node.at));
            }
            Some((key, at)) => entries.push(Entry { key, at, value: node }),
        },
        Kind::Scalar(_) => {}
    }
}

/// Deepest run of opening brackets; the parser's scanner keeps a stack of its own.
fn brackets(text: &str) -> usize {
    let (mut depth, mut most) = (0usize, 0usize);
    for b in text.bytes() {
        match b {
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        most = most.max(depth);
    }
    most
}

/// YAML 1.2 core schema, section 10.3.2; numbers with a fraction by their text.
pub(crate) fn scalar(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" => return Value::Bool(true),
        "false" | "False" | "FALSE" => return Value::Bool(false),
        _ => {}
    }
    if let Ok(i) = text.parse::<i64>() {
        return Value::Int(i);
    }
    let numeric = text
        .bytes()
        .all(|b| b.is_ascii_digit() || b".+-eExoabcdfABCDF".contains(&b))
        && text
            .bytes()
            .next()
            .is_some_and(|b| b.is_ascii_digit() || b"+-.".contains(&b));
    if numeric && (text.parse::<f64>().is_ok() || text.starts_with("0x") || text.starts_with("0o")) {
        return Value::Unknown(format!("number {text}"));
    }
    Value::Str(text.to_owned())
}

/// Marks count characters; texts are cut at bytes.
struct Bytes {
    /// Empty where the text is ASCII.
    offsets: Vec<usize>,
    len: usize,
}

impl Bytes {
    fn new(text: &str) -> Self {
        let offsets = if text.is_ascii() {
            Vec::new()
        } else {
            text.char_indices().map(|(i, _)| i).collect()
        };
        Self {
            offsets,
            len: text.len(),
        }
    }
    fn at(&self, index: usize) -> usize {
        if self.offsets.is_empty() {
            return index.min(self.len);
        }
        self.offsets.get(index).copied().unwrap_or(self.len)
    }
    fn range(&self, span: &Span) -> Range<usize> {
        self.at(span.start.index())..self.at(span.end.index())
    }
}
