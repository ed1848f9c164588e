//! JSON with spans.

use std::ops::Range;

use aispm_types::Value;
use jsonc_parser::ast::{ObjectPropName, Value as Ast};
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

use crate::Refusal;
use crate::tree::{Entry, Kind, Node};

pub(crate) fn parse(text: &str) -> Result<Node, Refusal> {
    let parsed = parse_to_ast(text, &CollectOptions::default(), &ParseOptions::default())
        .map_err(|_| Refusal::new("it is no valid JSON"))?;
    parsed
        .value
        .as_ref()
        .map(convert)
        .ok_or_else(|| Refusal::new("it is an empty document"))
}

/// The parser's own bound on depth bounds this recursion.
fn convert(value: &Ast<'_>) -> Node {
    let kind = match value {
        Ast::NullKeyword(_) => Kind::Scalar(Value::Null),
        Ast::BooleanLit(b) => Kind::Scalar(Value::Bool(b.value)),
        Ast::StringLit(s) => Kind::Scalar(Value::Str(s.value.to_string())),
        Ast::NumberLit(n) => Kind::Scalar(number(n.value)),
        Ast::Array(a) => Kind::List(a.elements.iter().map(convert).collect()),
        Ast::Object(o) => Kind::Map(
            o.properties
                .iter()
                .map(|p| {
                    let (key, at) = match &p.name {
                        ObjectPropName::String(s) => (s.value.to_string(), range(s)),
                        ObjectPropName::Word(w) => (w.value.to_owned(), range(w)),
                    };
                    Entry {
                        key,
                        at,
                        value: convert(&p.value),
                    }
                })
                .collect(),
        ),
    };
    Node {
        at: range(value),
        kind,
        flow: true,
        fixed: None,
    }
}

fn range(of: &impl Ranged) -> Range<usize> {
    of.start()..of.end()
}

/// Numbers by their text, so that no digit is lost between two readings.
fn number(text: &str) -> Value {
    text.parse()
        .map(Value::Int)
        .unwrap_or_else(|_| Value::Unknown(format!("number {text}")))
}
