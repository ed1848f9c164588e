//! TOML 1.1.

use toml_edit::{Document, Item, TableLike, Value as Toml};

use super::{DocError, Key, Limits, Lines, Meter, Node, NodeValue};

/// Reads one TOML document.
pub fn parse_toml(text: &str, limits: &Limits) -> Result<Node, DocError> {
    let lines = Lines::new(text);
    let mut meter = Meter::new("TOML", limits);
    let doc = Document::parse(text).map_err(|e| {
        let (line, _) = lines.at(e.span().map_or(0, |s| s.start));
        meter.error(line, "no valid TOML")
    })?;
    let value = table(doc.as_table(), &lines, 0, &mut meter)?;
    Ok(Node {
        value,
        line: 1,
        column: 1,
    })
}

fn table(
    table: &dyn TableLike,
    lines: &Lines,
    depth: usize,
    meter: &mut Meter,
) -> Result<NodeValue, DocError> {
    let mut out = Vec::new();
    for (name, item) in table.iter() {
        let span = table
            .key(name)
            .and_then(toml_edit::Key::span)
            .or_else(|| item.span());
        let (line, column) = lines.at(span.map_or(0, |s| s.start));
        let key = Key {
            text: name.to_owned(),
            line,
            column,
        };
        out.push((key, convert(item, lines, depth + 1, meter)?));
    }
    Ok(NodeValue::Map(out))
}

fn convert(item: &Item, lines: &Lines, depth: usize, meter: &mut Meter) -> Result<Node, DocError> {
    let (line, column) = lines.at(item.span().map_or(0, |s| s.start));
    meter.count(1, depth, line)?;
    let value = match item {
        Item::None => NodeValue::Null,
        Item::Value(v) => return scalar(v, lines, depth, meter),
        Item::Table(t) => table(t, lines, depth, meter)?,
        Item::ArrayOfTables(tables) => NodeValue::Seq(
            tables
                .iter()
                .map(|t| {
                    let (line, column) = lines.at(t.span().map_or(0, |s| s.start));
                    Ok(Node {
                        value: table(t, lines, depth + 1, meter)?,
                        line,
                        column,
                    })
                })
                .collect::<Result<_, DocError>>()?,
        ),
    };
    Ok(Node { value, line, column })
}

fn scalar(value: &Toml, lines: &Lines, depth: usize, meter: &mut Meter) -> Result<Node, DocError> {
    let (line, column) = lines.at(value.span().map_or(0, |s| s.start));
    meter.count(1, depth, line)?;
    let value = match value {
        Toml::String(s) => NodeValue::Str(s.value().clone()),
        Toml::Integer(i) => NodeValue::Int(*i.value()),
        Toml::Float(f) => NodeValue::Float(*f.value()),
        Toml::Boolean(b) => NodeValue::Bool(*b.value()),
        Toml::Datetime(d) => NodeValue::Str(d.value().to_string()),
        Toml::Array(a) => NodeValue::Seq(
            a.iter()
                .map(|v| scalar(v, lines, depth + 1, meter))
                .collect::<Result<_, _>>()?,
        ),
        Toml::InlineTable(t) => table(t, lines, depth, meter)?,
    };
    Ok(Node { value, line, column })
}
