//! Fields: how one attribute of a resource becomes one property of an asset.

use aispm_types::{Properties, Value};

use super::{Estate, Resource, Term};

/// How an attribute is read.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Read {
    /// Text.
    Text,
    /// What is named there: text, or the address of the resource it refers to.
    Address,
    /// True or false.
    Bool,
    /// The opposite of a truth value.
    Not,
    /// Whether the text equals this one, letter case aside.
    Is(&'static str),
    /// Whether the text is something else.
    IsNot(&'static str),
    /// Whole number.
    Int,
    /// Whether anything is set there.
    Present,
    /// A customer's key: whether one is set. Text that names a key the provider owns (`alias/aws/…`) counts as none.
    Key,
    /// Names of a map's entries.
    Names,
}

/// What stands where the attribute is absent.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Absent {
    /// Nothing: absent stays absent.
    Leave,
    /// The platform's documented default.
    Bool(bool),
    /// The platform's documented default.
    Int(i64),
    /// The platform's documented default.
    Text(&'static str),
    /// Known to be nothing.
    Null,
}

/// One property from one attribute.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field {
    pub(crate) property: &'static str,
    pub(crate) path: &'static str,
    pub(crate) read: Read,
    pub(crate) absent: Absent,
}

impl Field {
    pub(crate) const fn new(property: &'static str, path: &'static str, read: Read, absent: Absent) -> Self {
        Self {
            property,
            path,
            read,
            absent,
        }
    }
    /// Text, absent where absent.
    pub(crate) const fn text(property: &'static str, path: &'static str) -> Self {
        Self::new(property, path, Read::Text, Absent::Leave)
    }
    /// A truth value with the provider's default.
    pub(crate) const fn flag(property: &'static str, path: &'static str, default: bool) -> Self {
        Self::new(property, path, Read::Bool, Absent::Bool(default))
    }
    /// The opposite of a truth value; `default` is the property's.
    pub(crate) const fn not(property: &'static str, path: &'static str, default: bool) -> Self {
        Self::new(property, path, Read::Not, Absent::Bool(default))
    }
    /// Whether something is set there.
    pub(crate) const fn present(property: &'static str, path: &'static str) -> Self {
        Self::new(property, path, Read::Present, Absent::Bool(false))
    }
    /// Whether a customer's key encrypts it.
    pub(crate) const fn customer_key(path: &'static str) -> Self {
        Self::new(
            "encrypted_with_customer_key",
            path,
            Read::Key,
            Absent::Bool(false),
        )
    }
    /// The key that encrypts it, null where none is set.
    pub(crate) const fn key(path: &'static str) -> Self {
        Self::new("kms_key", path, Read::Address, Absent::Null)
    }
    /// Always this text.
    pub(crate) const fn fixed(property: &'static str, text: &'static str) -> Self {
        Self::new(property, "", Read::Text, Absent::Text(text))
    }
    /// Always this truth value.
    pub(crate) const fn always(property: &'static str, value: bool) -> Self {
        Self::new(property, "", Read::Bool, Absent::Bool(value))
    }

    /// Reads the field into `properties`.
    pub(crate) fn apply(&self, resource: &Resource, estate: &Estate, properties: &mut Properties) {
        let found = resource
            .at(self.path)
            .filter(|t| !(self.path.is_empty() || t.is_blank()));
        let value = match found {
            Some(term) => Some(self.read(&term, estate)),
            None => match self.absent {
                Absent::Leave => None,
                Absent::Bool(b) => Some(Value::Bool(b)),
                Absent::Int(i) => Some(Value::Int(i)),
                Absent::Text(t) => Some(Value::from(t)),
                Absent::Null => Some(Value::Null),
            },
        };
        if let Some(value) = value {
            properties.insert(self.property.to_owned(), value);
        }
    }

    fn read(&self, term: &Term, estate: &Estate) -> Value {
        let known = estate.resolve(term);
        match (self.read, &known) {
            (Read::Address, Term::Ref(r)) => Value::Str(r.to_string()),
            (Read::Text | Read::Address, t) => text(t),
            (Read::Bool, t) => truth(t),
            (Read::Not, t) => match truth(t) {
                Value::Bool(b) => Value::Bool(!b),
                other => other,
            },
            (Read::Is(word), Term::Text(t)) => Value::Bool(t.eq_ignore_ascii_case(word)),
            (Read::IsNot(word), Term::Text(t)) => Value::Bool(!t.eq_ignore_ascii_case(word)),
            (Read::Int, Term::Int(i)) => Value::Int(*i),
            (Read::Int, Term::Text(t)) => t.parse().map_or(Value::unknown("no whole number"), Value::Int),
            (Read::Key, Term::Text(t)) => {
                Value::Bool(!t.contains("alias/aws/") && !t.eq_ignore_ascii_case("AWS_OWNED_KMS_KEY"))
            }
            (Read::Present | Read::Key, Term::Ref(_) | Term::Template(_)) => Value::Bool(true),
            (Read::Present | Read::Key, Term::Unknown(_) | Term::Missing(_)) => known.to_value(),
            (Read::Present | Read::Key, _) => Value::Bool(true),
            (Read::Names, Term::Map(m)) => Value::List(m.keys().map(|k| Value::from(k.as_str())).collect()),
            (_, t) => match t.to_value() {
                v @ Value::Unknown(_) => v,
                _ => Value::unknown(format!("`{}` has an unexpected type", self.path)),
            },
        }
    }
}

fn text(term: &Term) -> Value {
    match term.to_value() {
        v @ (Value::Str(_) | Value::Unknown(_) | Value::Null) => v,
        Value::Bool(b) => Value::Str(b.to_string()),
        Value::Int(i) => Value::Str(i.to_string()),
        Value::Float(f) => Value::Str(f.to_string()),
        _ => Value::unknown("a text is expected"),
    }
}

/// `true`, `"true"`, `"Enabled"` and their opposites.
pub(crate) fn truth(term: &Term) -> Value {
    match term {
        Term::Bool(b) => Value::Bool(*b),
        Term::Text(t) => match t.to_ascii_lowercase().as_str() {
            "true" | "enabled" | "enable" | "on" | "yes" => Value::Bool(true),
            "false" | "disabled" | "disable" | "off" | "no" | "suspended" => Value::Bool(false),
            _ => Value::unknown("no truth value"),
        },
        other => match other.to_value() {
            v @ Value::Unknown(_) => v,
            _ => Value::unknown("no truth value"),
        },
    }
}
