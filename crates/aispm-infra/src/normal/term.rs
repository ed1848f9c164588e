//! Terms: values as infrastructure code gives them, with references and the unknown in their place.

use std::collections::BTreeMap;

use aispm_types::Value;

/// Names an attribute of another resource of the same estate.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Reference {
    /// Path of the module that declares the resource, `module.a.module.b["x"].`; empty for the root.
    pub(crate) module: String,
    /// Resource type; `data.TYPE` for a data source.
    pub(crate) resource_type: String,
    /// Label of the resource.
    pub(crate) name: String,
    /// Instance key as written in an address, `[0]` or `["a"]`; none for all instances.
    pub(crate) key: Option<String>,
    /// Attribute path below the resource.
    pub(crate) path: Vec<String>,
}

impl std::fmt::Display for Reference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let key = self.key.as_deref().unwrap_or("");
        write!(f, "{}{}.{}{key}", self.module, self.resource_type, self.name)?;
        self.path.iter().try_for_each(|p| write!(f, ".{p}"))
    }
}

/// A value of an attribute.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Term {
    /// Set to nothing.
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number with a fraction.
    Float(f64),
    /// Text that is known whole.
    Text(String),
    /// A list, a set, or the blocks of one name.
    List(Vec<Term>),
    /// A map, an object or one block.
    Map(BTreeMap<String, Term>),
    /// An attribute of another resource.
    Ref(Reference),
    /// Text of which some pieces are references or unknown.
    Template(Vec<Term>),
    /// What only a run can tell, with the reason.
    Unknown(String),
    /// What evaluation found missing or impossible: `try` and `lookup` fall back on it, everything else takes it as unknown.
    Missing(String),
}

impl Term {
    /// Unknown for a reason.
    pub(crate) fn unknown(reason: impl Into<String>) -> Self {
        Self::Unknown(reason.into())
    }
    /// The text, where it is known whole.
    pub(crate) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(t) => Some(t),
            _ => None,
        }
    }
    /// The reason, where the value cannot be known without looking at other resources.
    pub(crate) fn reason(&self) -> Option<&str> {
        match self {
            Self::Unknown(r) | Self::Missing(r) => Some(r),
            Self::Template(parts) => parts.iter().find_map(Self::reason),
            _ => None,
        }
    }
    /// Whether nothing was set: null, empty text, no items.
    pub(crate) fn is_blank(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Text(t) => t.is_empty(),
            Self::List(l) => l.is_empty(),
            Self::Map(m) => m.is_empty(),
            _ => false,
        }
    }
    /// The value at a dotted path. A list on the way stands for its first item (a block that may stand once), `*` for all
    /// items, gathered in a list. What is unknown on the way is given back as it is.
    pub(crate) fn at(&self, path: &str) -> Option<Term> {
        let Some((step, rest)) = path.split_once('.').or((!path.is_empty()).then_some((path, ""))) else {
            return Some(self.clone());
        };
        match self {
            Self::Unknown(_) | Self::Missing(_) => Some(self.clone()),
            Self::Map(m) if step == "*" => {
                let all: Vec<_> = m.values().filter_map(|v| v.at(rest)).collect();
                Some(Self::List(all))
            }
            Self::Map(m) => m.get(step)?.at(rest),
            Self::List(l) if step == "*" => Some(Self::List(l.iter().filter_map(|v| v.at(rest)).collect())),
            Self::List(l) => match step.parse::<usize>() {
                Ok(n) => l.get(n)?.at(rest),
                Err(_) => l.first()?.at(path),
            },
            Self::Ref(r) => {
                let mut r = r.clone();
                r.path.extend(path.split('.').map(str::to_owned));
                Some(Self::Ref(r))
            }
            _ => None,
        }
    }
    /// Items of a list; the term itself for a single value; none for null.
    pub(crate) fn items(&self) -> &[Term] {
        match self {
            Self::List(l) => l,
            Self::Null => &[],
            one => std::slice::from_ref(one),
        }
    }
    /// Calls `f` on every leaf.
    pub(crate) fn for_each_leaf<'a>(&'a self, f: &mut dyn FnMut(&'a Term)) {
        match self {
            Self::List(l) | Self::Template(l) => l.iter().for_each(|t| t.for_each_leaf(f)),
            Self::Map(m) => m.values().for_each(|t| t.for_each_leaf(f)),
            leaf => f(leaf),
        }
    }
    /// Every reference inside.
    pub(crate) fn references(&self) -> Vec<&Reference> {
        let mut out = Vec::new();
        self.for_each_leaf(&mut |t| {
            if let Self::Ref(r) = t {
                out.push(r);
            }
        });
        out
    }
    /// Size for the evaluator's budget: nodes, and one more for each 64 bytes of text.
    pub(crate) fn weight(&self, most: usize) -> usize {
        let sum = |items: &mut dyn Iterator<Item = &Term>| {
            let mut total = 1usize;
            for t in items {
                if total >= most {
                    break;
                }
                total = total.saturating_add(t.weight(most - total));
            }
            total
        };
        match self {
            Self::Text(t) | Self::Unknown(t) | Self::Missing(t) => 1 + t.len() / 64,
            Self::List(l) | Self::Template(l) => sum(&mut l.iter()),
            Self::Map(m) => sum(&mut m.values()),
            _ => 1,
        }
    }
    /// As a property's value. References read as unknown: their value exists only after the apply.
    pub(crate) fn to_value(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(b) => Value::Bool(*b),
            Self::Int(i) => Value::Int(*i),
            Self::Float(f) => Value::Float(*f),
            Self::Text(t) => Value::Str(t.clone()),
            Self::List(l) => Value::List(l.iter().map(Self::to_value).collect()),
            Self::Map(m) => Value::Map(m.iter().map(|(k, v)| (k.clone(), v.to_value())).collect()),
            Self::Ref(r) => Value::Unknown(format!("`{r}` is known after the apply")),
            Self::Template(parts) => parts
                .iter()
                .find(|p| !matches!(p, Self::Text(_)))
                .map_or(Value::Null, Self::to_value),
            Self::Unknown(r) | Self::Missing(r) => Value::Unknown(r.clone()),
        }
    }
}

impl From<&str> for Term {
    fn from(v: &str) -> Self {
        Self::Text(v.to_owned())
    }
}

/// Joins pieces of a template: texts run together; known pieces only give a text.
pub(crate) fn template(parts: Vec<Term>) -> Term {
    let mut out: Vec<Term> = Vec::new();
    for part in parts {
        let part = match part {
            Term::Bool(b) => Term::Text(b.to_string()),
            Term::Int(i) => Term::Text(i.to_string()),
            Term::Float(f) => Term::Text(f.to_string()),
            Term::Template(inner) => {
                inner.into_iter().for_each(|p| push(&mut out, p));
                continue;
            }
            Term::Null => Term::Missing(String::from("a template takes no null")),
            t @ (Term::List(_) | Term::Map(_)) => Term::Text(super::json::write(&t)),
            t => t,
        };
        push(&mut out, part);
    }
    match (out.len(), out.pop()) {
        (0, _) | (_, None) => Term::Text(String::new()),
        (1, Some(Term::Text(t))) => Term::Text(t),
        (_, Some(last)) => {
            out.push(last);
            Term::Template(out)
        }
    }
}

fn push(out: &mut Vec<Term>, part: Term) {
    match (out.last_mut(), part) {
        (Some(Term::Text(have)), Term::Text(more)) => have.push_str(&more),
        (_, Term::Text(t)) if t.is_empty() => {}
        (_, part) => out.push(part),
    }
}
