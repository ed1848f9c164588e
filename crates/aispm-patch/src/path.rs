//! Paths into trees, and what an edit means for the values of one.

use aispm_types::{Properties, Value};

use crate::{Edit, Refusal};

/// One step down.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Into a map.
    Key(String),
    /// Into a list, from 0.
    Item(usize),
}

/// A way down from the top of a document.
pub type Path = Vec<Step>;

impl From<&str> for Step {
    fn from(key: &str) -> Self {
        Self::Key(key.to_owned())
    }
}
impl From<usize> for Step {
    fn from(item: usize) -> Self {
        Self::Item(item)
    }
}

/// What an edit makes of plain values.
pub(crate) fn apply(value: &mut Value, edit: &Edit) -> Result<(), Refusal> {
    match edit {
        Edit::Set(path, new) => set(value, path, new),
        Edit::Remove(path) => remove(value, path),
    }
}

fn lost() -> Refusal {
    Refusal::new("there is nothing at this path of the document")
}

fn set(value: &mut Value, path: &[Step], new: &Value) -> Result<(), Refusal> {
    let Some((step, rest)) = path.split_first() else {
        *value = new.clone();
        return Ok(());
    };
    match (step, value) {
        (Step::Key(key), Value::Map(map)) => {
            let inner = map.entry(key.clone()).or_insert_with(|| missing(rest));
            set(inner, rest, new)
        }
        (Step::Item(i), Value::List(items)) => {
            items.get_mut(*i).ok_or_else(lost).and_then(|v| set(v, rest, new))
        }
        (Step::Key(key), slot @ Value::Null) => {
            *slot = Value::Map(Properties::from([(key.clone(), missing(rest))]));
            match slot {
                Value::Map(map) => map.get_mut(key).ok_or_else(lost).and_then(|v| set(v, rest, new)),
                _ => Err(lost()),
            }
        }
        _ => Err(lost()),
    }
}

fn missing(rest: &[Step]) -> Value {
    if rest.is_empty() {
        Value::Null
    } else {
        Value::Map(Properties::new())
    }
}

fn remove(value: &mut Value, path: &[Step]) -> Result<(), Refusal> {
    match (path, value) {
        ([Step::Item(i)], Value::List(items)) if *i < items.len() => {
            items.remove(*i);
            Ok(())
        }
        ([Step::Key(key), rest @ ..], Value::Map(map)) if !rest.is_empty() => {
            map.get_mut(key).ok_or_else(lost).and_then(|v| remove(v, rest))
        }
        ([Step::Item(i), rest @ ..], Value::List(items)) if !rest.is_empty() => {
            items.get_mut(*i).ok_or_else(lost).and_then(|v| remove(v, rest))
        }
        _ => Err(lost()),
    }
}
