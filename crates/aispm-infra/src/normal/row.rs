//! Rows: one resource type each.

use aispm_types::{Asset, AssetKind, Batch, Properties, Sensitive, Value};

use super::{Draft, Estate, Field, Link, Resource, Term};

/// What a row does beyond its fields and links.
pub(crate) type Also = fn(&Resource, &Estate, &mut Draft<'_>);

/// How one resource type becomes an asset.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    /// Terraform's type.
    pub(crate) resource_type: &'static str,
    /// Kind of the asset; none where the resource only completes others.
    pub(crate) kind: Option<AssetKind>,
    /// Attributes that may hold its name, first wins.
    pub(crate) names: &'static [&'static str],
    pub(crate) fields: &'static [Field],
    pub(crate) links: &'static [Link],
    /// Joins: what needs other resources.
    pub(crate) also: Option<Also>,
}

impl Row {
    /// A row that declares an asset.
    pub(crate) const fn asset(
        resource_type: &'static str,
        kind: AssetKind,
        names: &'static [&'static str],
        fields: &'static [Field],
        links: &'static [Link],
    ) -> Self {
        Self {
            resource_type,
            kind: Some(kind),
            names,
            fields,
            links,
            also: None,
        }
    }
    /// A row that completes the assets of other resources.
    pub(crate) const fn join(resource_type: &'static str, also: Also) -> Self {
        Self {
            resource_type,
            kind: None,
            names: &[],
            fields: &[],
            links: &[],
            also: Some(also),
        }
    }
    /// The asset of a resource, from the row's fields and the resource's tags.
    pub(crate) fn declare(&self, kind: AssetKind, resource: &Resource, estate: &Estate) -> Asset {
        declare(self, kind, resource, estate)
    }
    /// The same row with a join.
    pub(crate) const fn also(mut self, also: Also) -> Self {
        self.also = Some(also);
        self
    }
}

/// Turns an estate into observations: assets first, then links, then joins in the tables' order, then what spans resources.
pub(crate) fn map_estate(
    estate: &Estate,
    tables: &[&[Row]],
    spanning: &[fn(&Estate, &mut Draft<'_>)],
    out: &mut Batch,
) {
    let mut draft = Draft::new(out);
    let rows = || tables.iter().flat_map(|t| t.iter());
    for row in rows() {
        let Some(kind) = row.kind else { continue };
        for resource in estate.of_type(row.resource_type) {
            let asset = declare(row, kind, resource, estate);
            draft.declare(resource, asset);
        }
    }
    for row in rows() {
        for resource in estate.of_type(row.resource_type) {
            row.links
                .iter()
                .for_each(|l| l.apply(resource, estate, &mut draft));
        }
    }
    for row in rows() {
        let Some(also) = row.also else { continue };
        for resource in estate.of_type(row.resource_type) {
            also(resource, estate, &mut draft);
        }
    }
    for span in spanning {
        span(estate, &mut draft);
    }
    for resource in estate.resources() {
        for (name, value) in &resource.attributes {
            secrets(name, value, draft.out, 6);
        }
    }
    draft.finish();
}

fn declare(row: &Row, kind: AssetKind, resource: &Resource, estate: &Estate) -> Asset {
    let name = row.names.iter().find_map(|n| estate.text(resource, n));
    let address = resource.address();
    let rest = format!("{}#{address}", resource.place);
    let mut asset = Asset::new(kind, rest, name.unwrap_or_else(|| resource.name.clone()))
        .provider(provider(&resource.resource_type))
        .at(resource.location.clone())
        .with("source", "terraform")
        .with("resource_type", resource.resource_type.as_str())
        .with("address", address);
    for field in row.fields {
        field.apply(resource, estate, &mut asset.properties);
    }
    labels(resource, estate, &mut asset.properties);
    asset
}

fn provider(resource_type: &str) -> &'static str {
    match resource_type.split('_').next() {
        Some("aws") => "aws",
        Some("azurerm" | "azapi" | "azuread") => "azure",
        Some("google") => "gcp",
        _ => "other",
    }
}

/// Tags, owner, environment and region, as every provider has them.
fn labels(resource: &Resource, estate: &Estate, properties: &mut Properties) {
    for path in ["location", "region"] {
        if let Some(region) = estate.text(resource, path) {
            properties.insert(String::from("region"), Value::Str(region));
        }
    }
    let Some(Term::Map(tags)) = ["tags", "labels"].iter().find_map(|p| resource.at(p)) else {
        return;
    };
    let tags: Properties = tags
        .iter()
        .map(|(k, v)| {
            let value = match estate.resolve(v).to_value() {
                v @ (Value::Str(_) | Value::Unknown(_)) => v,
                other => Value::Str(format!("{other:?}")),
            };
            (k.clone(), value)
        })
        .collect();
    crate::labels::apply(&tags, properties);
    properties.insert(String::from("tags"), Value::Map(tags));
}

/// Hands literal values of attributes with a credential's name to the redaction chokepoint.
fn secrets(name: &str, term: &Term, out: &mut Batch, depth: usize) {
    match term {
        Term::Text(t) if crate::credential::is_credential_name(name) && crate::credential::is_literal(t) => {
            out.secret(Sensitive::new(t.as_str()));
        }
        Term::List(l) if depth > 0 => l.iter().for_each(|t| secrets(name, t, out, depth - 1)),
        Term::Map(m) if depth > 0 => m.iter().for_each(|(k, v)| secrets(k, v, out, depth - 1)),
        _ => {}
    }
}
