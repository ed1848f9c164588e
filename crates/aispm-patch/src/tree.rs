//! Documents as trees with spans, and edits as splices of their text.

use std::ops::Range;

use aispm_types::{Properties, Value};

use crate::splice::{indentation, line_end, line_start, line_stop};
use crate::{Format, Refusal, Splice, Step};

/// A node and its bytes.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    /// Brackets and quotes included; of a block map or list from its first entry to its last.
    pub(crate) at: Range<usize>,
    pub(crate) kind: Kind,
    /// Written with brackets, or a scalar.
    pub(crate) flow: bool,
    /// Why nothing at or below it is edited.
    pub(crate) fixed: Option<&'static str>,
}

#[derive(Clone, Debug)]
pub(crate) enum Kind {
    Scalar(Value),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// A key with its bytes, and its value.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) at: Range<usize>,
    pub(crate) value: Node,
}

impl Entry {
    fn end(&self) -> usize {
        if self.value.is_nothing() {
            self.at.end
        } else {
            self.value.end()
        }
    }
}

impl Node {
    /// A null that is written as nothing at all: its span says little.
    fn is_nothing(&self) -> bool {
        self.at.is_empty() && matches!(self.kind, Kind::Scalar(Value::Null))
    }
    /// Where its last byte ends.
    pub(crate) fn end(&self) -> usize {
        match &self.kind {
            _ if self.flow => self.at.end,
            Kind::Scalar(_) => self.at.end,
            Kind::List(items) => items.last().map_or(self.at.end, Self::end),
            Kind::Map(entries) => entries.last().map_or(self.at.end, Entry::end),
        }
    }
    /// The same without places. Keys that stand twice, and merge keys, stay visible, so that no edit loses one.
    pub(crate) fn to_value(&self) -> Value {
        match &self.kind {
            Kind::Scalar(v) => v.clone(),
            Kind::List(items) => Value::List(items.iter().map(Self::to_value).collect()),
            Kind::Map(entries) => {
                let mut map = Properties::new();
                for e in entries {
                    let mut key = e.key.clone();
                    while map.contains_key(&key) {
                        key.push('\u{0}');
                    }
                    map.insert(key, e.value.to_value());
                }
                Value::Map(map)
            }
        }
    }
    fn open(&self) -> Result<(), Refusal> {
        self.fixed.map_or(Ok(()), |why| Err(Refusal::new(why)))
    }
}

/// The splices that set the scalar at a path.
pub(crate) fn set(
    format: Format,
    text: &str,
    root: &Node,
    path: &[Step],
    value: &Value,
) -> Result<Vec<Splice>, Refusal> {
    let (mut node, mut rest) = (root, path);
    let mut above: Option<&Entry> = None;
    while let Some((step, below)) = rest.split_first() {
        node.open()?;
        match (step, &node.kind) {
            (Step::Key(key), Kind::Map(entries)) => {
                let mut same = entries.iter().filter(|e| e.key == *key);
                match (same.next(), same.next()) {
                    (Some(_), Some(_)) => return Err(Refusal::new("a key on the way stands twice")),
                    (Some(entry), None) => (node, above) = (&entry.value, Some(entry)),
                    (None, _) if entries.iter().any(|e| e.key == "<<") && !below.is_empty() => {
                        return Err(Refusal::new("what is to be edited may come by a merge key"));
                    }
                    (None, _) => return insert(format, text, node, key, &nested(below, value)?),
                }
            }
            (Step::Item(i), Kind::List(items)) => {
                node = items
                    .get(*i)
                    .ok_or_else(|| Refusal::new("the list has no such item"))?;
                above = None;
            }
            (Step::Key(_), Kind::Scalar(Value::Null)) => break,
            _ => return Err(Refusal::new("something else stands where the edit leads")),
        }
        rest = below;
    }
    node.open()?;
    replace(format, text, node, above, &nested(rest, value)?)
}

/// A value under the maps that are still to be made.
fn nested(path: &[Step], value: &Value) -> Result<Value, Refusal> {
    path.iter()
        .rev()
        .try_fold(value.clone(), |inner, step| match step {
            Step::Key(key) => Ok(Value::Map(Properties::from([(key.clone(), inner)]))),
            Step::Item(_) => Err(Refusal::new("the list is not there")),
        })
}

fn replace(
    format: Format,
    text: &str,
    node: &Node,
    above: Option<&Entry>,
    value: &Value,
) -> Result<Vec<Splice>, Refusal> {
    match &node.kind {
        Kind::Scalar(old) if old == value => return Ok(Vec::new()),
        Kind::Scalar(_) => {}
        _ if node.to_value() == *value => return Ok(Vec::new()),
        _ => {
            return Err(Refusal::new(
                "a list or a map stands where one value is to be set",
            ));
        }
    }
    let old = text.get(node.at.clone()).unwrap_or_default();
    let new = inline(format, value, old)?;
    if !node.is_nothing() {
        return Ok(vec![Splice::new(node.at.clone(), new)]);
    }
    // Nothing after the colon.
    let key = above.ok_or_else(|| Refusal::new("an item that is written as nothing is not edited"))?;
    let colon = text
        .get(key.at.end..)
        .and_then(|t| t.find(':'))
        .map(|i| key.at.end + i + 1);
    let colon = colon.ok_or_else(|| Refusal::new("a key without a colon"))?;
    Ok(vec![Splice::insert(colon, format!(" {new}"))])
}

fn insert(format: Format, text: &str, map: &Node, key: &str, value: &Value) -> Result<Vec<Splice>, Refusal> {
    let Kind::Map(entries) = &map.kind else {
        return Err(Refusal::new("something else stands where a map is needed"));
    };
    if format == Format::Toml {
        return Err(Refusal::new("keys are not added to TOML"));
    }
    if map.flow {
        return insert_flow(format, text, map, entries, key, value);
    }
    let (Some(first), Some(last)) = (entries.first(), entries.last()) else {
        return Err(Refusal::new("an empty map is not edited"));
    };
    let before = text
        .get(line_start(text, first.at.start)..first.at.start)
        .unwrap_or_default();
    if before.contains('\t') {
        return Err(Refusal::new("it is indented by tabs"));
    }
    let indent = " ".repeat(before.chars().count());
    let eol = line_end(text);
    // A block of text may end with line ends of its own; the new entry follows its last line that holds something.
    let end = text
        .get(..last.end())
        .unwrap_or_default()
        .trim_end()
        .len()
        .max(last.at.end);
    let stop = line_stop(text, end);
    let lines = block(key, value, &indent, eol)?;
    Ok(vec![Splice::insert(stop, format!("{eol}{lines}"))])
}

fn insert_flow(
    format: Format,
    text: &str,
    map: &Node,
    entries: &[Entry],
    key: &str,
    value: &Value,
) -> Result<Vec<Splice>, Refusal> {
    let quoted = entries
        .first()
        .is_some_and(|e| text.get(e.at.clone()).is_some_and(|k| k.starts_with('"')));
    let name = match format {
        Format::Json => string(key),
        _ if quoted => string(key),
        _ => plain(key),
    };
    let entry = format!(
        "{name}: {}",
        inline(format, value, if quoted { "\"" } else { "" })?
    );
    let (Some(first), Some(last)) = (entries.first(), entries.last()) else {
        return Ok(vec![Splice::insert(map.at.start + 1, entry)]);
    };
    let end = last.end();
    let comma = comma_after(text, end);
    let brace = map.at.end.saturating_sub(1);
    let lines = text
        .get(map.at.start..first.at.start)
        .is_some_and(|t| t.contains('\n'));
    if !lines {
        return Ok(vec![match comma {
            Some(comma) => Splice::insert(comma + 1, format!(" {entry},")),
            None => Splice::insert(end, format!(", {entry}")),
        }]);
    }
    let after = comma.map_or(end, |c| c + 1);
    let stop = line_stop(text, after);
    let place = if stop < brace { stop } else { after };
    let line = format!("{}{}{entry}", line_end(text), indentation(text, first.at.start));
    Ok(match comma {
        Some(_) => vec![Splice::insert(place, format!("{line},"))],
        None if place == end => vec![Splice::insert(end, format!(",{line}"))],
        None => vec![Splice::insert(end, ","), Splice::insert(place, line)],
    })
}

/// The comma behind an entry, over blanks and comments.
fn comma_after(text: &str, from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        let rest = text.get(at..)?;
        let blank = rest.len() - rest.trim_start().len();
        let rest = rest.trim_start();
        at += blank;
        at += if rest.starts_with("//") || rest.starts_with('#') {
            rest.find('\n')?
        } else if rest.starts_with("/*") {
            rest.find("*/")? + 2
        } else {
            return rest.starts_with(',').then_some(at);
        };
    }
}

/// The splices that take an item out of a list.
pub(crate) fn remove(format: Format, text: &str, root: &Node, path: &[Step]) -> Result<Vec<Splice>, Refusal> {
    let mut node = root;
    let Some((Step::Item(last), way)) = path.split_last() else {
        return Err(Refusal::new("only items of lists are taken out"));
    };
    for step in way {
        node.open()?;
        node = match (step, &node.kind) {
            (Step::Key(key), Kind::Map(entries)) => {
                let mut same = entries.iter().filter(|e| e.key == *key);
                match (same.next(), same.next()) {
                    (Some(e), None) => &e.value,
                    _ => return Err(Refusal::new("a key on the way is missing or stands twice")),
                }
            }
            (Step::Item(i), Kind::List(items)) => items
                .get(*i)
                .ok_or_else(|| Refusal::new("the list has no such item"))?,
            _ => return Err(Refusal::new("something else stands where the edit leads")),
        };
    }
    node.open()?;
    let Kind::List(items) = &node.kind else {
        return Err(Refusal::new("there is no list where the edit leads"));
    };
    let item = items
        .get(*last)
        .ok_or_else(|| Refusal::new("the list has no such item"))?;
    item.open()?;
    if format == Format::Yaml && !node.flow {
        return remove_line(text, item);
    }
    let (from, to) = match (
        items.get(last + 1),
        last.checked_sub(1).and_then(|i| items.get(i)),
    ) {
        (Some(next), _) => (item.at.start, next.at.start),
        (None, Some(previous)) => (previous.end(), item.end()),
        (None, None) => (item.at.start, item.end()),
    };
    let own = |i: usize| (item.at.start..item.end()).contains(&i);
    let around = text.get(from..to).unwrap_or_default();
    let lost = around
        .char_indices()
        .any(|(i, c)| !own(from + i) && c != ',' && !c.is_whitespace());
    if lost {
        return Err(Refusal::new("a comment would be lost with the item"));
    }
    Ok(vec![Splice::new(from..to, "")])
}

fn remove_line(text: &str, item: &Node) -> Result<Vec<Splice>, Refusal> {
    let start = line_start(text, item.at.start);
    let stop = line_stop(text, item.end());
    let alone = text.get(start..item.at.start).is_some_and(|b| b.trim() == "-")
        && text.get(item.end()..stop).is_some_and(|b| b.trim().is_empty());
    if !alone {
        return Err(Refusal::new("the item shares its line with something else"));
    }
    let next = text
        .get(stop..)
        .and_then(|t| t.find('\n'))
        .map_or(text.len(), |i| stop + i + 1);
    Ok(vec![Splice::new(start..next, "")])
}

/// A value on one line, in the way of what stood there before.
fn inline(format: Format, value: &Value, old: &str) -> Result<String, Refusal> {
    let item = |v: &Value| inline(format, v, old);
    Ok(match value {
        Value::Null => String::from("null"),
        Value::Bool(b) => b.to_string(),
        Value::Int(i) => i.to_string(),
        Value::Str(s) if format == Format::Toml => toml_edit::Value::from(s.as_str()).to_string(),
        Value::Str(s) if format == Format::Json || old.starts_with('"') => string(s),
        Value::Str(s) if old.starts_with('\'') && !s.contains(['\'', '\n', '\r']) => format!("'{s}'"),
        Value::Str(s) => plain(s),
        Value::List(items) => format!(
            "[{}]",
            items.iter().map(item).collect::<Result<Vec<_>, _>>()?.join(", ")
        ),
        Value::Map(map) => {
            let entry = |(k, v): (&String, &Value)| {
                let key = if format == Format::Json {
                    string(k)
                } else {
                    plain(k)
                };
                Ok(format!("{key}: {}", item(v)?))
            };
            format!(
                "{{{}}}",
                map.iter()
                    .map(entry)
                    .collect::<Result<Vec<_>, Refusal>>()?
                    .join(", ")
            )
        }
        Value::Float(_) | Value::Unknown(_) => {
            return Err(Refusal::new("a value of this kind is not written"));
        }
    })
}

/// An entry of a block map, without the line end behind it.
fn block(key: &str, value: &Value, indent: &str, eol: &str) -> Result<String, Refusal> {
    let name = plain(key);
    Ok(match value {
        Value::Map(map) if !map.is_empty() => {
            let deeper = format!("{indent}  ");
            let lines = map
                .iter()
                .map(|(k, v)| block(k, v, &deeper, eol))
                .collect::<Result<Vec<_>, _>>()?;
            format!("{indent}{name}:{eol}{}", lines.join(eol))
        }
        Value::List(items) if !items.is_empty() => {
            let line = |v: &Value| Ok(format!("{indent}  - {}", inline(Format::Yaml, v, "")?));
            let lines = items.iter().map(line).collect::<Result<Vec<_>, Refusal>>()?;
            format!("{indent}{name}:{eol}{}", lines.join(eol))
        }
        other => format!("{indent}{name}: {}", inline(Format::Yaml, other, "")?),
    })
}

/// Text in double quotes, as JSON and YAML both read it.
fn string(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Text without quotes where every YAML reader, those of version 1.1 included, takes it for text.
fn plain(text: &str) -> String {
    let word = text
        .bytes()
        .next()
        .is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"_-./".contains(&b));
    let special = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];
    if word && !special.contains(&text.to_ascii_lowercase().as_str()) {
        text.to_owned()
    } else {
        string(text)
    }
}
