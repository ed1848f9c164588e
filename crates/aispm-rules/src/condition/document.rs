//! The typed document that conditions see: views over the graph, nothing is copied.
//!
//! Reading a property that is [`Value::Unknown`] is an error that carries the reason. CEL's own rules for errors (`error && false`
//! is false, `error || true` is true, the same inside `exists` and `all`) are Kleene's for unknown, so three-valued logic needs
//! no interpreter of ours.

use std::any::Any;

use aispm_graph::GraphView;
use aispm_types::schema::{self, Type as PropertyType};
use aispm_types::{Asset, AssetId, AssetKind, Fact, FactKind, Policy, Properties, RelationKind, Value};
use cel::ExecutionError;
use cel::common::traits::{Container, Indexer};
use cel::common::types::{CelBool, CelDouble, CelInt, CelList, CelNull, CelString, Type};
use cel::common::value::{CowVal, StaticVal, Val};

/// Marks an error of ours: its message is the reason why something is unknown.
pub(super) const UNKNOWN: &str = "unknown";
/// Hidden field of a fact: its position among the facts of its asset.
pub(crate) const FACT_INDEX: &str = "@index";
/// Field that every fact has beside its properties: the file it was seen in, empty where it has none. With it in its discriminator a finding in
/// one file is not taken for the one in another.
pub(super) const FACT_FILE: &str = "file";
/// Fields that every asset has beside its properties.
pub(super) const ASSET_FIELDS: &[&str] = &["id", "kind", "name", "provider", "subkind"];
/// Lists of a policy that conditions may read, as `policy.approved.<name>`.
pub(super) const APPROVED_FIELDS: &[&str] = &["mcp_servers", "models", "providers", "regions", "signers"];

/// An error that says that something is unknown, and why.
pub(super) fn unknown(reason: String) -> ExecutionError {
    ExecutionError::FunctionError {
        function: UNKNOWN.to_owned(),
        message: reason,
    }
}

/// An unknown inside a list; comparing it is an error with its reason.
#[derive(Clone, Debug)]
pub(super) struct UnknownItem(pub(super) String);

static UNKNOWN_TYPE: Type = Type::new_unspecified_type("unknown");
static DOCUMENT_TYPE: Type = Type::new_unspecified_type("document");

impl Val for UnknownItem {
    fn get_type(&self) -> &Type {
        &UNKNOWN_TYPE
    }
    fn cel_type() -> &'static Type {
        &UNKNOWN_TYPE
    }
    fn clone_as_boxed<'v>(&self) -> Box<dyn Val + 'v> {
        Box::new(self.clone())
    }
    fn as_any(&self) -> Option<&dyn Any> {
        Some(self)
    }
}
impl StaticVal for UnknownItem {}

/// Implements [`Val`] for a view whose only capability is fields, read by `fn field(&self, name) -> Result<Boxed, _>`.
macro_rules! view {
    ($name:ident) => {
        impl<'a> Val for $name<'a> {
            fn get_type(&self) -> &Type {
                &DOCUMENT_TYPE
            }
            fn cel_type() -> &'static Type {
                &DOCUMENT_TYPE
            }
            fn clone_as_boxed<'v>(&self) -> Box<dyn Val + 'v>
            where
                Self: 'v,
            {
                Box::new(*self)
            }
            fn as_indexer<'b, 'v>(&'b self) -> Option<&'b (dyn Indexer + 'v)>
            where
                Self: 'v,
            {
                Some(self)
            }
            fn as_container(&self) -> Option<&dyn Container> {
                Some(self)
            }
        }
        impl<'a> Indexer for $name<'a> {
            fn get<'b, 'v>(&'b self, field: &dyn Val) -> Result<CowVal<'b, 'v>, ExecutionError>
            where
                Self: 'v,
            {
                match field.downcast_ref::<CelString>() {
                    Some(name) => self.field(name.inner()).map(|v| CowVal::Owned(v)),
                    None => Err(ExecutionError::no_such_key("a field is named by text")),
                }
            }
            fn steal<'v>(self: Box<Self>, field: &dyn Val) -> Result<Box<dyn Val + 'v>, ExecutionError>
            where
                Self: 'v,
            {
                self.get(field).map(CowVal::into_owned)
            }
        }
    };
}

type Boxed<'a> = Box<dyn Val + 'a>;

fn text<'a>(s: &'a str) -> Boxed<'a> {
    Box::new(CelString::from(s))
}

fn null<'a>() -> Boxed<'a> {
    Box::new(CelNull)
}

fn list<'a>(items: impl Iterator<Item = Boxed<'a>>) -> Boxed<'a> {
    Box::new(CelList::from(items.collect::<Vec<_>>()))
}

/// A value inside a property, or the reason it is unknown.
fn item<'a>(value: &'a Value, place: &str) -> Boxed<'a> {
    match value {
        Value::Null => null(),
        Value::Bool(b) => Box::new(CelBool::from(*b)),
        Value::Int(i) => Box::new(CelInt::from(*i)),
        Value::Float(f) => Box::new(CelDouble::from(*f)),
        Value::Str(s) => text(s),
        Value::List(items) => list(items.iter().map(|v| item(v, place))),
        Value::Map(entries) => Box::new(MapView { entries }),
        Value::Unknown(reason) => Box::new(UnknownItem(format!("an item of {place} is not known: {reason}"))),
    }
}

/// A property: absent lists and maps are empty, other absent properties null, unknown ones an error with the reason.
fn property<'a>(
    properties: &'a Properties,
    schema: Option<&schema::Property>,
    name: &str,
    owner: &str,
) -> Result<Boxed<'a>, ExecutionError> {
    static NOTHING: Properties = Properties::new();
    match properties.get(name) {
        Some(Value::Unknown(reason)) => Err(unknown(format!("`{owner}.{name}` is not known: {reason}"))),
        None | Some(Value::Null) => Ok(match schema.map(|p| p.ty) {
            Some(PropertyType::StrList) => list(std::iter::empty()),
            Some(PropertyType::StrMap) => Box::new(MapView { entries: &NOTHING }),
            _ => null(),
        }),
        Some(value) => Ok(item(value, &format!("`{owner}.{name}`"))),
    }
}

/// Tags and labels: `asset.tags['team']`, null where there is none.
#[derive(Clone, Copy, Debug)]
struct MapView<'a> {
    entries: &'a Properties,
}

impl<'a> MapView<'a> {
    fn field(&self, name: &str) -> Result<Boxed<'a>, ExecutionError> {
        property(self.entries, None, name, "the map")
    }
}
view!(MapView);

impl Container for MapView<'_> {
    fn contains(&self, value: &dyn Val) -> Result<bool, ExecutionError> {
        let key = value.downcast_ref::<CelString>();
        Ok(key.is_some_and(|k| self.entries.contains_key(k.inner())))
    }
}

/// An asset: `id`, `kind`, `name`, `provider`, its properties, and `subkind` for the property that is itself called `kind`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AssetView<'a> {
    pub(crate) asset: &'a Asset,
    /// What reasons call it: `asset`, or the relation it was reached by.
    pub(crate) called: &'static str,
}

impl<'a> AssetView<'a> {
    fn field(&self, name: &str) -> Result<Boxed<'a>, ExecutionError> {
        let asset = self.asset;
        Ok(match name {
            "id" => text(asset.id.as_str()),
            "kind" => text(asset.kind.as_str()),
            "name" => text(&asset.name),
            "provider" => asset.provider.as_deref().map_or_else(null, text),
            _ => {
                let name = property_name(name);
                let schema = schema::asset_property(asset.kind, name);
                return property(&asset.properties, schema, name, self.called);
            }
        })
    }
}
view!(AssetView);

/// The schema's name for a field of an asset's document.
pub(super) fn property_name(field: &str) -> &str {
    if field == "subkind" { "kind" } else { field }
}

/// One fact.
#[derive(Clone, Copy, Debug)]
struct FactView<'a> {
    fact: &'a Fact,
    index: usize,
}

impl<'a> FactView<'a> {
    fn field(&self, name: &str) -> Result<Boxed<'a>, ExecutionError> {
        if name == FACT_INDEX {
            return Ok(Box::new(CelInt::from(
                i64::try_from(self.index).unwrap_or(i64::MAX),
            )));
        }
        if name == FACT_FILE {
            let path = self.fact.location.as_ref().and_then(|l| l.path.as_deref());
            return Ok(text(path.unwrap_or("")));
        }
        let schema = schema::of_fact(self.fact.kind).iter().find(|p| p.name == name);
        property(&self.fact.properties, schema, name, self.fact.kind.as_str())
    }
}
view!(FactView);

/// `facts.<kind>`: facts of a kind on the asset.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FactsView<'a> {
    pub(crate) facts: &'a [Fact],
}

impl<'a> FactsView<'a> {
    fn field(&self, name: &str) -> Result<Boxed<'a>, ExecutionError> {
        let kind = FactKind::ALL
            .iter()
            .find(|k| k.as_str() == name)
            .ok_or_else(|| ExecutionError::no_such_key(name))?;
        let of_kind = self.facts.iter().enumerate().filter(|(_, f)| f.kind == *kind);
        Ok(list(of_kind.map(|(index, fact)| -> Boxed<'a> {
            Box::new(FactView { fact, index })
        })))
    }
}
view!(FactsView);

/// `outgoing.<relation>` and `incoming.<relation>` (`in` is a word of CEL): the assets an asset is related to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RelatedView<'a> {
    pub(crate) graph: &'a GraphView,
    pub(crate) id: &'a AssetId,
    /// From the asset to others, or from others to it.
    pub(crate) outgoing: bool,
}

impl<'a> RelatedView<'a> {
    fn field(&self, name: &str) -> Result<Boxed<'a>, ExecutionError> {
        let kind: RelationKind = name.parse().map_err(|_| ExecutionError::no_such_key(name))?;
        let boxed = |asset| -> Boxed<'a> {
            Box::new(AssetView {
                asset,
                called: kind.as_str(),
            })
        };
        Ok(if self.outgoing {
            list(self.graph.related(self.id, kind).map(boxed))
        } else {
            list(self.graph.related_from(self.id, kind).map(boxed))
        })
    }
}
view!(RelatedView);

/// `policy.approved.<list>`: null where the organisation has no such list. `policy.declares`: names of the other tables that have entries.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PolicyView<'a> {
    pub(crate) policy: &'a Policy,
}

impl<'a> PolicyView<'a> {
    fn field(&self, name: &str) -> Result<Boxed<'a>, ExecutionError> {
        match name {
            "approved" => Ok(Box::new(ApprovedView { policy: self.policy })),
            "declares" => {
                let tables = [
                    ("access", self.policy.access.is_empty()),
                    ("crown_jewels", self.policy.crown_jewels.is_empty()),
                    ("exceptions", self.policy.exceptions.is_empty()),
                ];
                let declared = tables.into_iter().filter(|(_, empty)| !empty);
                Ok(list(declared.map(|(name, _)| text(name))))
            }
            _ => Err(ExecutionError::no_such_key(name)),
        }
    }
}
view!(PolicyView);

#[derive(Clone, Copy, Debug)]
struct ApprovedView<'a> {
    policy: &'a Policy,
}

impl<'a> ApprovedView<'a> {
    fn field(&self, name: &str) -> Result<Boxed<'a>, ExecutionError> {
        let approved = &self.policy.approved;
        let entries = match name {
            "models" => &approved.models,
            "providers" => &approved.providers,
            "regions" => &approved.regions,
            "signers" => &approved.signers,
            "mcp_servers" => &approved.mcp_servers,
            _ => return Err(ExecutionError::no_such_key(name)),
        };
        Ok(entries
            .as_ref()
            .map_or_else(null, |l| list(l.iter().map(|s| text(s)))))
    }
}
view!(ApprovedView);

/// Views without keys of their own: `'x' in asset` asks nothing.
macro_rules! no_container {
    ($($name:ident),*) => {$(
        impl Container for $name<'_> {
            fn contains(&self, _: &dyn Val) -> Result<bool, ExecutionError> {
                Err(ExecutionError::no_such_key("`in` wants a list"))
            }
        }
    )*};
}
no_container!(
    AssetView,
    FactView,
    FactsView,
    RelatedView,
    PolicyView,
    ApprovedView
);

/// Properties that some kind of asset has.
pub(super) fn any_kind_has(name: &str) -> bool {
    AssetKind::ALL
        .iter()
        .any(|k| schema::asset_property(*k, name).is_some())
}
