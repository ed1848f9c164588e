//! The raw file: TOML with spans, checked key by key against the definitions.

use std::collections::BTreeMap;
use std::ops::Range;

use aispm_types::Location;
use jiff::civil::Date;
use toml_edit::{Item, TableLike, Value};

use crate::error::PolicyError;
use crate::keys::{Key, Kind};
use crate::parse::Known;

/// A value that fits its key's kind.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Checked {
    Text(String),
    Texts(Vec<String>),
    Number(i64),
    Date(Date),
}

/// One table whose keys have all been checked.
#[derive(Clone, Debug)]
pub(crate) struct Fields {
    values: BTreeMap<&'static str, (Checked, Range<usize>)>,
    pub(crate) at: Location,
    pub(crate) span: Option<Range<usize>>,
}

impl Fields {
    pub(crate) fn text(&self, key: &str) -> Option<String> {
        match self.values.get(key) {
            Some((Checked::Text(t), _)) => Some(t.clone()),
            _ => None,
        }
    }
    pub(crate) fn texts(&self, key: &str) -> Option<Vec<String>> {
        match self.values.get(key) {
            Some((Checked::Texts(t), _)) => Some(t.clone()),
            _ => None,
        }
    }
    pub(crate) fn number(&self, key: &str) -> Option<i64> {
        match self.values.get(key) {
            Some((Checked::Number(n), _)) => Some(*n),
            _ => None,
        }
    }
    pub(crate) fn date(&self, key: &str) -> Option<Date> {
        match self.values.get(key) {
            Some((Checked::Date(d), _)) => Some(*d),
            _ => None,
        }
    }
    pub(crate) fn span(&self, key: &str) -> Option<Range<usize>> {
        self.values.get(key).map(|(_, s)| s.clone())
    }
}

/// The file while it is checked: collects every error.
pub(crate) struct Checker<'a> {
    pub(crate) text: &'a str,
    pub(crate) path: &'a str,
    pub(crate) known: &'a Known<'a>,
    pub(crate) errors: Vec<PolicyError>,
}

impl Checker<'_> {
    pub(crate) fn error(
        &mut self,
        span: Option<Range<usize>>,
        message: impl Into<String>,
        help: Option<String>,
    ) {
        self.errors
            .push(PolicyError::new(self.path, self.text, span, message, help));
    }

    /// The place of a span, as a location in the policy file.
    pub(crate) fn at(&self, span: Option<&Range<usize>>) -> Location {
        let start = span.map_or(0, |s| s.start).min(self.text.len());
        let lines = self.text.get(..start).unwrap_or("").matches('\n').count();
        Location::file("policy", self.path).line(u32::try_from(lines + 1).unwrap_or(u32::MAX))
    }

    /// Line number of a span, for messages that point at a second place.
    pub(crate) fn line(&self, span: Option<&Range<usize>>) -> u32 {
        self.at(span).line.unwrap_or(1)
    }

    /// Checks the keys of one table; nothing where one of them is wrong or a required one is missing.
    pub(crate) fn table(
        &mut self,
        table: &dyn TableLike,
        span: Option<Range<usize>>,
        section: &str,
        keys: &'static [Key],
    ) -> Option<Fields> {
        let errors = self.errors.len();
        let mut values = BTreeMap::new();
        for (name, item) in table.iter() {
            let key_span = table.key(name).and_then(toml_edit::Key::span);
            let Some(key) = keys.iter().find(|k| k.name == name) else {
                let names: Vec<&str> = keys.iter().map(|k| k.name).collect();
                self.error(
                    key_span,
                    format!("unknown key `{name}` in `{section}`"),
                    suggestion(name, &names),
                );
                continue;
            };
            let value_span = item.span().or(key_span).unwrap_or(0..0);
            if let Some(value) = self.value(key, item, value_span.clone()) {
                values.insert(key.name, (value, value_span));
            }
        }
        for key in keys.iter().filter(|k| k.required && !table.contains_key(k.name)) {
            let help = format!("add `{} = {}`: {}", key.name, key.example, key.doc);
            self.error(
                span.clone(),
                format!("`{section}` needs the key `{}`", key.name),
                Some(help),
            );
        }
        let at = self.at(span.as_ref());
        (self.errors.len() == errors).then_some(Fields { values, at, span })
    }

    fn value(&mut self, key: &Key, item: &Item, span: Range<usize>) -> Option<Checked> {
        let value = item.as_value();
        match key.kind {
            Kind::Globs | Kind::Texts | Kind::EntryPoints => self.list(key, value, span).map(Checked::Texts),
            Kind::Number(from, to) => match value.and_then(Value::as_integer) {
                Some(n) if (from..=to).contains(&n) => Some(Checked::Number(n)),
                Some(n) => {
                    self.error(
                        Some(span),
                        format!("`{}` is {n}", key.name),
                        Some(format!("use a whole number from {from} to {to}")),
                    );
                    None
                }
                None => self.wrong_type(key, item, span),
            },
            Kind::Date => self.date(key, item, span).map(Checked::Date),
            Kind::Text | Kind::Glob | Kind::Choice(_) | Kind::Finding | Kind::Rule => {
                let Some(text) = value.and_then(Value::as_str) else {
                    return self.wrong_type(key, item, span);
                };
                self.word(key, text, &span)
                    .then(|| Checked::Text(text.to_owned()))
            }
        }
    }

    fn list(&mut self, key: &Key, value: Option<&Value>, span: Range<usize>) -> Option<Vec<String>> {
        let Some(array) = value.and_then(Value::as_array) else {
            let found = value.map_or("a table", Value::type_name);
            self.error(
                Some(span),
                format!("`{}` should be a {}, is {found}", key.name, key.kind.describe()),
                Some(format!("write it as `{} = {}`", key.name, key.example)),
            );
            return None;
        };
        let errors = self.errors.len();
        let mut out = Vec::new();
        for entry in array {
            let entry_span = entry.span().unwrap_or_else(|| span.clone());
            match entry.as_str() {
                Some(text) => {
                    self.word(key, text, &entry_span);
                    out.push(text.to_owned());
                }
                None => self.error(
                    Some(entry_span),
                    format!("`{}` holds texts, this is {}", key.name, entry.type_name()),
                    None,
                ),
            }
        }
        (self.errors.len() == errors).then_some(out)
    }

    /// Whether one text fits its kind.
    fn word(&mut self, key: &Key, text: &str, span: &Range<usize>) -> bool {
        let errors = self.errors.len();
        let span = Some(span.clone());
        if text.trim().is_empty() {
            self.error(span, format!("`{}` is empty", key.name), None);
            return false;
        }
        match key.kind {
            Kind::Glob | Kind::Globs => {
                if let Err(e) = globset::Glob::new(text) {
                    self.error(
                        span,
                        format!("`{}` is no glob: {}", key.name, e.kind()),
                        Some("`*` fits anything, `?` one character, `{a,b}` either; escape with `\\`".into()),
                    );
                }
            }
            Kind::Choice(words) => self.one_of(key.name, text, span, words),
            Kind::EntryPoints => {
                let words: Vec<&str> = self.known.entry_points.iter().map(AsRef::as_ref).collect();
                self.one_of(key.name, text, span, &words);
            }
            Kind::Rule => self.rule(text, span),
            Kind::Finding => {
                let hex = text
                    .strip_prefix("F-")
                    .is_some_and(|h| h.len() == 12 && h.bytes().all(|b| b.is_ascii_hexdigit()));
                if !hex {
                    self.error(
                        span,
                        format!("`{text}` is no finding id"),
                        Some("copy it from the report: `F-` and twelve digits".into()),
                    );
                }
            }
            Kind::Text | Kind::Texts | Kind::Number(..) | Kind::Date => {}
        }
        self.errors.len() == errors
    }

    pub(crate) fn rule(&mut self, text: &str, span: Option<Range<usize>>) {
        if !self.known.rules.iter().any(|r| r == text) {
            let names: Vec<&str> = self.known.rules.iter().map(String::as_str).collect();
            let help = suggestion(text, &names).or_else(|| Some("`aispm rules list` shows them all".into()));
            self.error(span, format!("no rule is called `{text}`"), help);
        }
    }

    pub(crate) fn one_of(&mut self, key: &str, text: &str, span: Option<Range<usize>>, words: &[&str]) {
        if !words.contains(&text) {
            let list = format!("use one of `{}`", words.join("`, `"));
            self.error(
                span,
                format!("`{key}` cannot be `{text}`"),
                Some(suggestion(text, words).map_or(list.clone(), |s| format!("{s} Or {list}"))),
            );
        }
    }

    fn date(&mut self, key: &Key, item: &Item, span: Range<usize>) -> Option<Date> {
        let written = match item.as_value() {
            Some(Value::Datetime(d)) => d.value().date.map(|d| d.to_string()),
            Some(Value::String(s)) => Some(s.value().clone()),
            _ => None,
        };
        let Some(written) = written else {
            return self.wrong_type(key, item, span);
        };
        match written.parse::<Date>() {
            Ok(date) => Some(date),
            Err(_) => {
                self.error(
                    Some(span),
                    format!("`{}` is no day of the calendar", key.name),
                    Some("write year, month, day: `2026-12-31`".into()),
                );
                None
            }
        }
    }

    fn wrong_type<T>(&mut self, key: &Key, item: &Item, span: Range<usize>) -> Option<T> {
        let found = item.as_value().map_or("a table", Value::type_name);
        self.error(
            Some(span),
            format!("`{}` should be {}, is {found}", key.name, key.kind.describe()),
            Some(format!("write it as `{} = {}`", key.name, key.example)),
        );
        None
    }
}

/// The name that was probably meant.
pub fn suggestion(written: &str, names: &[&str]) -> Option<String> {
    names
        .iter()
        .map(|n| {
            (
                strsim::jaro_winkler(written, n),
                strsim::damerau_levenshtein(written, n),
                n,
            )
        })
        .filter(|(near, edits, _)| *near > 0.8 || *edits <= 2)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, _, n)| format!("did you mean `{n}`?"))
}
