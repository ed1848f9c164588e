//! Tables of the file, checked key by key against the definitions; every error is collected, with its place.

use std::collections::BTreeMap;
use std::ops::Range;

use aispm_policy::{PolicyError, suggestion};
use toml_edit::{Item, TableLike, Value};

use super::keys::{Key, Kind};

/// A place in the file.
pub(super) type Span = Option<Range<usize>>;

/// A value that fits its key's kind.
#[derive(Clone, Debug, PartialEq)]
enum Checked {
    Text(String),
    Texts(Vec<(String, Span)>),
    Number(u64),
    Flag(bool),
}

/// One table whose keys have all been checked.
#[derive(Clone, Debug, Default)]
pub(super) struct Fields {
    values: BTreeMap<&'static str, (Checked, Span)>,
    pub(super) span: Span,
}

impl Fields {
    pub(super) fn text(&self, key: &str) -> Option<&str> {
        match self.values.get(key) {
            Some((Checked::Text(t), _)) => Some(t),
            _ => None,
        }
    }
    pub(super) fn texts(&self, key: &str) -> &[(String, Span)] {
        match self.values.get(key) {
            Some((Checked::Texts(t), _)) => t,
            _ => &[],
        }
    }
    pub(super) fn number(&self, key: &str) -> Option<u64> {
        match self.values.get(key) {
            Some((Checked::Number(n), _)) => Some(*n),
            _ => None,
        }
    }
    pub(super) fn flag(&self, key: &str) -> bool {
        matches!(self.values.get(key), Some((Checked::Flag(true), _)))
    }
    pub(super) fn at(&self, key: &str) -> Span {
        self.values
            .get(key)
            .and_then(|(_, s)| s.clone())
            .or_else(|| self.span.clone())
    }
}

/// The file while it is checked.
pub(super) struct Checker<'a> {
    pub(super) text: &'a str,
    pub(super) path: &'a str,
    pub(super) errors: Vec<PolicyError>,
}

impl Checker<'_> {
    pub(super) fn error(&mut self, span: Span, message: impl Into<String>, help: impl Into<Option<String>>) {
        self.errors
            .push(PolicyError::new(self.path, self.text, span, message, help.into()));
    }

    /// Checks the keys of one table; `tables` are names of tables inside it that somebody else checks.
    pub(super) fn table(
        &mut self,
        table: &dyn TableLike,
        span: Span,
        section: &str,
        keys: &'static [Key],
        tables: &[&str],
    ) -> Fields {
        let mut fields = Fields {
            values: BTreeMap::new(),
            span: span.clone(),
        };
        for (name, item) in table.iter().filter(|(n, _)| !tables.contains(n)) {
            let key_span = table.key(name).and_then(toml_edit::Key::span);
            let Some(key) = keys.iter().find(|k| k.name == name) else {
                let names: Vec<&str> = keys
                    .iter()
                    .map(|k| k.name)
                    .chain(tables.iter().copied())
                    .collect();
                self.error(
                    key_span,
                    format!("unknown key `{name}` in `{section}`"),
                    suggestion(name, &names),
                );
                continue;
            };
            let value_span = item.span().or(key_span);
            if let Some(value) = self.value(key, item, &value_span) {
                fields.values.insert(key.name, (value, value_span));
            }
        }
        for key in keys.iter().filter(|k| k.required && !table.contains_key(k.name)) {
            let help = format!("add `{} = {}`: {}", key.name, key.example, key.doc);
            self.error(
                span.clone(),
                format!("`{section}` needs the key `{}`", key.name),
                help,
            );
        }
        fields
    }

    fn value(&mut self, key: &Key, item: &Item, span: &Span) -> Option<Checked> {
        let value = item.as_value();
        let checked = match key.kind {
            Kind::Text => value.and_then(Value::as_str).map(|t| Checked::Text(t.to_owned())),
            Kind::Flag => value.and_then(Value::as_bool).map(Checked::Flag),
            Kind::Texts => value.and_then(Value::as_array).and_then(|array| {
                let texts = array
                    .iter()
                    .map(|e| Some((e.as_str()?.to_owned(), e.span().or_else(|| span.clone()))));
                texts.collect::<Option<Vec<_>>>().map(Checked::Texts)
            }),
            Kind::Choice(words) => {
                let text = value.and_then(Value::as_str);
                if let Some(text) = text.filter(|t| !words.contains(t)) {
                    let list = format!("use one of `{}`", words.join("`, `"));
                    let help = suggestion(text, words).map_or(list.clone(), |s| format!("{s} Or {list}"));
                    self.error(span.clone(), format!("`{}` cannot be `{text}`", key.name), help);
                    return None;
                }
                text.map(|t| Checked::Text(t.to_owned()))
            }
            Kind::Number(from, to) => match value.and_then(Value::as_integer) {
                Some(n) => match u64::try_from(n) {
                    Ok(n) if (from..=to).contains(&n) => Some(Checked::Number(n)),
                    _ => {
                        let help = format!("use a whole number from {from} to {to}");
                        self.error(span.clone(), format!("`{}` is {n}", key.name), help);
                        return None;
                    }
                },
                None => None,
            },
        };
        if checked.is_none() {
            let found = value.map_or("a table", Value::type_name);
            let message = format!("`{}` should be {}, is {found}", key.name, key.kind.describe());
            self.error(
                span.clone(),
                message,
                format!("write it as `{} = {}`", key.name, key.example),
            );
        }
        if matches!(&checked, Some(Checked::Text(t)) if t.trim().is_empty()) {
            self.error(span.clone(), format!("`{}` is empty", key.name), None);
            return None;
        }
        checked
    }
}

/// A table, and where it stands.
pub(super) type Placed<'i> = (&'i dyn TableLike, Span);

/// The tables of `[[name]]`, or of `name = [{…}]`.
pub(super) fn tables(item: &Item) -> Option<Vec<Placed<'_>>> {
    if let Some(tables) = item.as_array_of_tables() {
        return Some(tables.iter().map(|t| (t as &dyn TableLike, t.span())).collect());
    }
    let inline = |v: &'_ Value| v.as_inline_table().is_some();
    let array = item.as_array()?;
    if !array.iter().all(inline) {
        return None;
    }
    Some(
        array
            .iter()
            .filter_map(|v| v.as_inline_table().map(|t| (t as &dyn TableLike, v.span())))
            .collect(),
    )
}
