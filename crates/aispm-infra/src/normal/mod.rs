//! The normal form of infrastructure: resources with typed attributes, as Terraform declares them, independent of where they
//! were read. One table row a resource type turns a resource into an asset; live collection can feed the same rows.

mod draft;
mod field;
pub(crate) mod json;
mod link;
mod purpose;
mod row;
pub(crate) mod term;

use std::collections::BTreeMap;

use aispm_types::Location;

pub(crate) use draft::Draft;
pub(crate) use field::{Absent, Field, Read, truth};
pub(crate) use link::{Link, Named};
pub(crate) use row::{Row, map_estate};
pub(crate) use term::{Reference, Term};

/// Follows references this far before it gives up.
const MAX_HOPS: usize = 16;

/// One instance of a resource.
#[derive(Clone, Debug)]
pub(crate) struct Resource {
    /// Terraform's type; `data.TYPE` for a data source.
    pub(crate) resource_type: String,
    /// Its label.
    pub(crate) name: String,
    /// Path of the module instance it stands in, with a trailing dot; empty for the root.
    pub(crate) module: String,
    /// Instance key as written in an address.
    pub(crate) key: Option<String>,
    /// Place of the root module: what makes addresses of two estates differ.
    pub(crate) place: String,
    /// Attributes; blocks of one name are a list of maps.
    pub(crate) attributes: BTreeMap<String, Term>,
    /// Where it is declared.
    pub(crate) location: Location,
    /// What must hold for it to exist, where that is not known.
    pub(crate) condition: Option<String>,
}

impl Resource {
    /// Address with module path and instance key.
    pub(crate) fn address(&self) -> String {
        let key = self.key.as_deref().unwrap_or("");
        format!("{}{}.{}{key}", self.module, self.resource_type, self.name)
    }
    /// The value at a dotted path below the resource; null reads as absent.
    pub(crate) fn at(&self, path: &str) -> Option<Term> {
        let (first, rest) = path.split_once('.').unwrap_or((path, ""));
        self.attributes
            .get(first)?
            .at(rest)
            .filter(|t| !matches!(t, Term::Null))
    }
    /// Known text at a path.
    pub(crate) fn text(&self, path: &str) -> Option<String> {
        match self.at(path) {
            Some(Term::Text(t)) => Some(t),
            _ => None,
        }
    }
    /// The blocks of one name, or the items of a list.
    pub(crate) fn blocks(&self, path: &str) -> Vec<Term> {
        self.at(path).map_or(Vec::new(), |t| t.items().to_vec())
    }
}

/// Everything one root declares.
#[derive(Debug, Default)]
pub(crate) struct Estate {
    resources: Vec<Resource>,
    index: BTreeMap<(String, String, String), Vec<usize>>,
    types: BTreeMap<String, Vec<usize>>,
}

impl Estate {
    pub(crate) fn new(resources: Vec<Resource>) -> Self {
        let mut estate = Self {
            resources,
            ..Self::default()
        };
        for (i, r) in estate.resources.iter().enumerate() {
            let key = (r.module.clone(), r.resource_type.clone(), r.name.clone());
            estate.index.entry(key).or_default().push(i);
            estate.types.entry(r.resource_type.clone()).or_default().push(i);
        }
        estate
    }
    /// All resources.
    pub(crate) fn resources(&self) -> &[Resource] {
        &self.resources
    }
    /// Resources of one type.
    pub(crate) fn of_type<'a>(&'a self, resource_type: &str) -> impl Iterator<Item = &'a Resource> + use<'a> {
        self.types
            .get(resource_type)
            .map_or(&[][..], Vec::as_slice)
            .iter()
            .filter_map(|i| self.resources.get(*i))
    }
    /// What a reference names: one instance, or all where it has no key.
    pub(crate) fn find<'a>(&'a self, reference: &Reference) -> impl Iterator<Item = &'a Resource> + use<'a> {
        let key = (
            reference.module.clone(),
            reference.resource_type.clone(),
            reference.name.clone(),
        );
        let wanted = reference.key.clone();
        self.index
            .get(&key)
            .map_or(&[][..], Vec::as_slice)
            .iter()
            .filter_map(|i| self.resources.get(*i))
            .filter(move |r| wanted.is_none() || r.key.is_none() || r.key == wanted)
    }
    /// Follows references to attributes that are configured; the rest stays a reference.
    pub(crate) fn resolve(&self, term: &Term) -> Term {
        self.follow(term, MAX_HOPS)
    }
    fn follow(&self, term: &Term, hops: usize) -> Term {
        match term {
            Term::Ref(r) if hops > 0 => {
                let Some(target) = self.find(r).next() else {
                    return term.clone();
                };
                match target.at(&r.path.join(".")).filter(|_| !r.path.is_empty()) {
                    Some(found) if &found != term => self.follow(&found, hops - 1),
                    _ => term.clone(),
                }
            }
            Term::Template(parts) => term::template(
                parts
                    .iter()
                    .map(|p| self.follow(p, hops.saturating_sub(1)))
                    .collect(),
            ),
            Term::List(l) => Term::List(l.iter().map(|p| self.follow(p, hops.saturating_sub(1))).collect()),
            _ => term.clone(),
        }
    }
    /// Known text of an attribute, references followed.
    pub(crate) fn text(&self, resource: &Resource, path: &str) -> Option<String> {
        match self.resolve(&resource.at(path)?) {
            Term::Text(t) => Some(t),
            _ => None,
        }
    }
    /// Resources that the value at a path refers to.
    pub(crate) fn targets<'a>(&'a self, resource: &Resource, path: &str) -> Vec<&'a Resource> {
        let term = resource.at(path);
        let references: Vec<_> = term.iter().flat_map(Term::references).cloned().collect();
        references.iter().flat_map(|r| self.find(r)).collect()
    }
}
