//! YAML 1.2, built from events so that aliases are counted before they are copied.

use std::collections::BTreeMap;

use saphyr_parser::{Event, Parser, ScalarStyle, Span};

use super::{DocError, Key, Limits, Meter, Node, NodeValue, to_u32};

/// Reads the first YAML document; an empty stream is null.
pub fn parse_yaml(text: &str, limits: &Limits) -> Result<Node, DocError> {
    let first = parse_yaml_all(text, limits)?.into_iter().next();
    Ok(first.unwrap_or(Node {
        value: NodeValue::Null,
        line: 1,
        column: 1,
    }))
}

/// Reads every document of a YAML stream.
pub fn parse_yaml_all(text: &str, limits: &Limits) -> Result<Vec<Node>, DocError> {
    let mut meter = Meter::new("YAML", limits);
    flow_depth(text, &meter)?;
    let mut builder = Builder::default();
    let mut line = 1;
    for event in Parser::new_from_str(text) {
        let (event, span) =
            event.map_err(|e| meter.error(to_u32(e.marker().line()).max(1), "no valid YAML"))?;
        line = to_u32(span.start.line()).max(1);
        builder.take(event, &span, &mut meter)?;
    }
    if !builder.open.is_empty() {
        return Err(meter.error(line, "ends inside a collection"));
    }
    Ok(builder.documents)
}

/// Refuses runs of opening brackets before the parser sees them: its scanner keeps a stack of its own.
fn flow_depth(text: &str, meter: &Meter) -> Result<(), DocError> {
    let (mut depth, mut line) = (0usize, 1u32);
    for b in text.bytes() {
        match b {
            b'\n' => line = line.saturating_add(1),
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        // Brackets inside text count too, so the bound is far above the depth budget.
        if depth > meter.limits.depth.saturating_mul(64) {
            return Err(meter.error(line, "nested too deep (depth budget)"));
        }
    }
    Ok(())
}

/// A collection that is still open, with the id of its anchor (0 for none).
struct Open {
    node: Node,
    key: Option<Key>,
    anchor: usize,
    nodes_before: usize,
}

#[derive(Default)]
struct Builder {
    documents: Vec<Node>,
    open: Vec<Open>,
    anchors: BTreeMap<usize, (Node, usize)>,
}

impl Builder {
    fn take(&mut self, event: Event<'_>, span: &Span, meter: &mut Meter) -> Result<(), DocError> {
        let (line, column) = (to_u32(span.start.line()).max(1), to_u32(span.start.col() + 1));
        let node = |value| Node { value, line, column };
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                meter.count(1, self.open.len(), line)?;
                let plain = matches!(style, ScalarStyle::Plain) && tag.is_none();
                let value = if plain {
                    plain_scalar(&text)
                } else {
                    NodeValue::Str(text.into_owned())
                };
                self.finish(node(value), anchor, 1, meter)?;
            }
            Event::SequenceStart(anchor, _) => self.open(node(NodeValue::Seq(Vec::new())), anchor, meter)?,
            Event::MappingStart(anchor, _) => self.open(node(NodeValue::Map(Vec::new())), anchor, meter)?,
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some(done) = self.open.pop() {
                    let nodes = meter.nodes - done.nodes_before;
                    self.finish(done.node, done.anchor, nodes, meter)?;
                }
            }
            Event::Alias(id) => {
                let (mut target, nodes) = self
                    .anchors
                    .get(&id)
                    .cloned()
                    .unwrap_or((node(NodeValue::Null), 1));
                meter.count(nodes, self.open.len(), line)?;
                (target.line, target.column) = (line, column);
                self.finish(target, 0, nodes, meter)?;
            }
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentStart(_) => {}
            Event::DocumentEnd => self.anchors.clear(),
        }
        Ok(())
    }

    fn open(&mut self, node: Node, anchor: usize, meter: &mut Meter) -> Result<(), DocError> {
        meter.count(1, self.open.len() + 1, node.line)?;
        self.open.push(Open {
            node,
            key: None,
            anchor,
            nodes_before: meter.nodes - 1,
        });
        Ok(())
    }

    /// Puts a finished node where it belongs.
    fn finish(&mut self, node: Node, anchor: usize, nodes: usize, meter: &mut Meter) -> Result<(), DocError> {
        if anchor > 0 {
            meter.count(nodes, 0, node.line)?; // the copy kept for aliases costs as much as the original
            self.anchors.insert(anchor, (node.clone(), nodes));
        }
        let Some(parent) = self.open.last_mut() else {
            self.documents.push(node);
            return Ok(());
        };
        match &mut parent.node.value {
            NodeValue::Seq(items) => items.push(node),
            NodeValue::Map(entries) => match parent.key.take() {
                None => {
                    let text = node.scalar().unwrap_or_else(|| String::from("?"));
                    parent.key = Some(Key {
                        text,
                        line: node.line,
                        column: node.column,
                    });
                }
                // YAML 1.1 merge key: what is merged comes first, so that the map's own keys win.
                Some(key) if key.text == "<<" => {
                    let merged = match node.value {
                        NodeValue::Map(m) => m,
                        NodeValue::Seq(s) => s.into_iter().rev().flat_map(|n| n.entries().to_vec()).collect(),
                        _ => Vec::new(),
                    };
                    entries.splice(0..0, merged);
                }
                Some(key) => entries.push((key, node)),
            },
            _ => {}
        }
        Ok(())
    }
}

/// YAML 1.2 core schema, section 10.3.2.
fn plain_scalar(text: &str) -> NodeValue {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return NodeValue::Null,
        "true" | "True" | "TRUE" => return NodeValue::Bool(true),
        "false" | "False" | "FALSE" => return NodeValue::Bool(false),
        _ => {}
    }
    let radix = |prefix, radix| {
        text.strip_prefix(prefix)
            .and_then(|d| i64::from_str_radix(d, radix).ok())
    };
    if let Some(i) = text
        .parse()
        .ok()
        .or_else(|| radix("0x", 16))
        .or_else(|| radix("0o", 8))
    {
        return NodeValue::Int(i);
    }
    let numeric = text.bytes().all(|b| b.is_ascii_digit() || b".+-eE".contains(&b))
        && text.bytes().any(|b| b.is_ascii_digit());
    match text.parse::<f64>() {
        Ok(f) if numeric => NodeValue::Float(f),
        _ => NodeValue::Str(text.to_owned()),
    }
}
