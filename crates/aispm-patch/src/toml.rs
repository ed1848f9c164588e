//! TOML with spans.

use aispm_types::Value;
use toml_edit::{Document, Item, TableLike, Value as Toml};

use crate::Refusal;
use crate::tree::{Entry, Kind, Node};

pub(crate) fn parse(text: &str) -> Result<Node, Refusal> {
    let doc = Document::parse(text).map_err(|_| Refusal::new("it is no valid TOML"))?;
    Ok(Node {
        at: 0..text.len(),
        kind: table(doc.as_table()),
        flow: false,
        fixed: None,
    })
}

fn table(table: &dyn TableLike) -> Kind {
    let entry = |(name, item): (&str, &Item)| Entry {
        key: name.to_owned(),
        at: table.key(name).and_then(toml_edit::Key::span).unwrap_or(0..0),
        value: convert(item),
    };
    Kind::Map(table.iter().map(entry).collect())
}

fn convert(item: &Item) -> Node {
    let kind = match item {
        Item::None => Kind::Scalar(Value::Null),
        Item::Value(v) => return value(v),
        Item::Table(t) => table(t),
        Item::ArrayOfTables(tables) => Kind::List(
            tables
                .iter()
                .map(|t| Node {
                    at: t.span().unwrap_or(0..0),
                    kind: table(t),
                    flow: false,
                    fixed: None,
                })
                .collect(),
        ),
    };
    Node {
        at: item.span().unwrap_or(0..0),
        kind,
        flow: false,
        fixed: None,
    }
}

fn value(value_: &Toml) -> Node {
    let kind = match value_ {
        Toml::String(s) => Kind::Scalar(Value::Str(s.value().clone())),
        Toml::Integer(i) => Kind::Scalar(Value::Int(*i.value())),
        Toml::Float(f) => Kind::Scalar(Value::Unknown(format!("number {}", f.value()))),
        Toml::Boolean(b) => Kind::Scalar(Value::Bool(*b.value())),
        Toml::Datetime(d) => Kind::Scalar(Value::Unknown(format!("time {}", d.value()))),
        Toml::Array(a) => Kind::List(a.iter().map(value).collect()),
        Toml::InlineTable(t) => table(t),
    };

    Node {
        at: value_.span().unwrap_or(0..0),
        kind,
        flow: true,
        fixed: None,
    }
}
