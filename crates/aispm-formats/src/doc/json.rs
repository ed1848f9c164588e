//! JSON, with what editors allow on top: comments and trailing commas (RFC 8259 and JSONC).

use jsonc_parser::ast::{ObjectPropName, Value as Ast};
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

use super::{DocError, Key, Limits, Lines, Meter, Node, NodeValue};

/// Reads one JSON document.
pub fn parse_json(text: &str, limits: &Limits) -> Result<Node, DocError> {
    let lines = Lines::new(text);
    let mut meter = Meter::new("JSON", limits);
    let parsed = parse_to_ast(text, &CollectOptions::default(), &ParseOptions::default()).map_err(|e| {
        let (line, _) = lines.at(e.range().start);
        let deep = matches!(
            e.kind(),
            jsonc_parser::errors::ParseErrorKind::NestingDepthExceeded
        );
        meter.error(
            line,
            if deep {
                "nested too deep (depth budget)"
            } else {
                "no valid JSON"
            },
        )
    })?;
    match parsed.value {
        Some(value) => convert(&value, &lines, 0, &mut meter),
        None => Err(meter.error(1, "empty document")),
    }
}

fn convert(value: &Ast<'_>, lines: &Lines, depth: usize, meter: &mut Meter) -> Result<Node, DocError> {
    let (line, column) = lines.at(value.start());
    meter.count(1, depth, line)?;
    let value = match value {
        Ast::NullKeyword(_) => NodeValue::Null,
        Ast::BooleanLit(b) => NodeValue::Bool(b.value),
        Ast::StringLit(s) => NodeValue::Str(s.value.to_string()),
        Ast::NumberLit(n) => number(n.value),
        Ast::Array(a) => NodeValue::Seq(
            a.elements
                .iter()
                .map(|v| convert(v, lines, depth + 1, meter))
                .collect::<Result<_, _>>()?,
        ),
        Ast::Object(o) => NodeValue::Map(
            o.properties
                .iter()
                .map(|p| {
                    let (line, column) = lines.at(p.start());
                    let text = match &p.name {
                        ObjectPropName::String(s) => s.value.to_string(),
                        ObjectPropName::Word(w) => w.value.to_owned(),
                    };
                    Ok((
                        Key { text, line, column },
                        convert(&p.value, lines, depth + 1, meter)?,
                    ))
                })
                .collect::<Result<_, DocError>>()?,
        ),
    };
    Ok(Node { value, line, column })
}

fn number(text: &str) -> NodeValue {
    text.parse()
        .map(NodeValue::Int)
        .or_else(|_| text.parse().map(NodeValue::Float))
        .unwrap_or_else(|_| NodeValue::Str(text.to_owned()))
}
