//! The property schema: which properties assets and facts may have, of which type, and what they mean.
//!
//! This is the contract between readers, which write properties, and rules, which name them. A reader that writes a property
//! that is not here fails its contract test; a rule that names one is an error at load. Add a row where you add a property.

mod assets;
mod facts;
mod supporting;

use crate::{AssetKind, FactKind, Properties, Value};

pub use assets::{AI, COMMON};
pub use facts::FACTS;
pub use supporting::SUPPORTING;

/// Type of a property.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// True or false.
    Bool,
    /// Whole number.
    Int,
    /// Number.
    Float,
    /// Text.
    Str,
    /// List of texts.
    StrList,
    /// List of whole numbers.
    IntList,
    /// Text → text.
    StrMap,
}

impl Type {
    /// The word used in docs and error messages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Float => "float",
            Self::Str => "string",
            Self::StrList => "list of strings",
            Self::IntList => "list of ints",
            Self::StrMap => "map of strings",
        }
    }

    /// Whether a value is of this type; unknown and null fit every type.
    pub fn admits(self, value: &Value) -> bool {
        let is_text = |v: &Value| matches!(v, Value::Str(_) | Value::Unknown(_));
        match (self, value) {
            (_, Value::Null | Value::Unknown(_))
            | (Self::Bool, Value::Bool(_))
            | (Self::Int | Self::Float, Value::Int(_))
            | (Self::Float, Value::Float(_))
            | (Self::Str, Value::Str(_)) => true,
            (Self::StrList, Value::List(l)) => l.iter().all(is_text),
            (Self::IntList, Value::List(l)) => l.iter().all(|v| matches!(v, Value::Int(_))),
            (Self::StrMap, Value::Map(m)) => m.values().all(is_text),
            _ => false,
        }
    }
}

/// One property.
#[derive(Clone, Copy, Debug)]
pub struct Property {
    /// Name, in snake case.
    pub name: &'static str,
    /// Type.
    pub ty: Type,
    /// What it means.
    pub doc: &'static str,
}

const fn p(name: &'static str, ty: Type, doc: &'static str) -> Property {
    Property { name, ty, doc }
}

/// Properties of one kind of asset, the common ones apart.
pub fn of_kind(kind: AssetKind) -> &'static [Property] {
    let mut kinds = AI.iter().chain(SUPPORTING);
    kinds.find(|(k, _)| *k == kind).map_or(&[], |(_, p)| p)
}

/// A property of a kind of asset, common ones included.
pub fn asset_property(kind: AssetKind, name: &str) -> Option<&'static Property> {
    of_kind(kind).iter().chain(COMMON).find(|p| p.name == name)
}

/// Properties of one kind of fact.
pub fn of_fact(kind: FactKind) -> &'static [Property] {
    FACTS.iter().find(|(k, _)| *k == kind).map_or(&[], |(_, p)| p)
}

/// What in `properties` the schema does not allow, in words; empty where all is well. For contract tests.
pub fn departures(schema: &[&[Property]], properties: &Properties) -> Vec<String> {
    properties
        .iter()
        .filter_map(
            |(name, value)| match schema.iter().flat_map(|s| s.iter()).find(|p| p.name == name) {
                None => Some(format!("`{name}` is not in the schema")),
                Some(p) if !p.ty.admits(value) => {
                    Some(format!("`{name}` should be {}, is {value:?}", p.ty.as_str()))
                }
                Some(_) => None,
            },
        )
        .collect()
}

/// Everything in a batch that the schema does not allow, in words. For the contract test of every reader.
pub fn batch_departures(batch: &crate::Batch) -> Vec<String> {
    let assets = batch.assets.iter().flat_map(|a| {
        departures(&[of_kind(a.kind), COMMON], &a.properties)
            .into_iter()
            .map(move |d| format!("{}: {d}", a.id))
    });
    let facts = batch.facts.iter().flat_map(|f| {
        departures(&[of_fact(f.kind)], &f.properties)
            .into_iter()
            .map(move |d| format!("{} on {}: {d}", f.kind.as_str(), f.asset))
    });
    assets.chain(facts).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_one_entry_and_names_are_unique() {
        for kind in AssetKind::ALL {
            assert_eq!(
                AI.iter().chain(SUPPORTING).filter(|(k, _)| k == kind).count(),
                1,
                "{kind}"
            );
            let mut names: Vec<_> = of_kind(*kind).iter().chain(COMMON).map(|p| p.name).collect();
            names.sort_unstable();
            let all = names.len();
            names.dedup();
            assert_eq!(names.len(), all, "{kind} names a property twice");
        }
        for kind in FactKind::ALL {
            assert_eq!(
                FACTS.iter().filter(|(k, _)| k == kind).count(),
                1,
                "{}",
                kind.as_str()
            );
        }
    }
}
