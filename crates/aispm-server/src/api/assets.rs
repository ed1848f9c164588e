//! The inventory.

use aispm_types::{AssetId, Relation, ReportedAsset, Severity};
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::estate::WhichScan;
use super::findings::{FindingRow, SystemRef};
use super::paging::{OneOf, Page, Params, Part, Place, Text, facet};
use super::paths::PathRef;
use crate::estate::View;
use crate::problem::Problem;
use crate::state::Shared;
use crate::words;

/// An asset by id.
#[derive(Serialize, ToSchema)]
pub(crate) struct AssetRef {
    id: String,
    kind: String,
    name: String,
}

impl AssetRef {
    pub(crate) fn of(id: &AssetId, view: &View) -> Self {
        Self {
            id: id.to_string(),
            kind: id.as_str().split(':').next().unwrap_or_default().to_owned(),
            name: view.loaded.name_of(id),
        }
    }
}

/// An asset in a list.
#[derive(Serialize, ToSchema)]
pub(crate) struct AssetRow {
    id: String,
    kind: String,
    name: String,
    #[schema(value_type = words::AssetClass)]
    class: aispm_types::AssetClass,
    provider: Option<String>,
    system: Option<SystemRef>,
    #[schema(value_type = Vec<words::Location>)]
    locations: Vec<aispm_types::Location>,
    /// Findings that nobody accepted.
    findings: usize,
    #[schema(value_type = Option<words::Severity>)]
    worst: Option<Severity>,
}

impl AssetRow {
    fn of(a: &ReportedAsset, view: &View) -> Self {
        let open = view.on_asset(&a.asset.id);
        Self {
            id: a.asset.id.to_string(),
            kind: a.asset.kind.to_string(),
            name: a.asset.name.clone(),
            class: a.class,
            provider: a.asset.provider.clone(),
            system: SystemRef::of(&a.asset.id, view),
            locations: a.asset.locations.clone(),
            findings: open.map_or(0, |(count, _)| count),
            worst: open.map(|(_, worst)| worst),
        }
    }
}

/// Which assets.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct AssetFilter {
    scan: Option<String>,
    /// Kinds, with commas between.
    kind: Option<String>,
    /// `ai`, `supporting`.
    class: Option<String>,
    provider: Option<String>,
    /// Ids of AI systems, with commas between.
    system: Option<String>,
    /// Text in name, id or place.
    q: Option<String>,
    #[param(minimum = 0, maximum = 10_000_000)]
    offset: Option<u32>,
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// The inventory
#[utoipa::path(get, path = "/api/v1/assets", tag = "inventory", params(AssetFilter), responses((status = 200, body = Page<AssetRow>)))]
pub(crate) async fn list_assets(
    State(app): State<Shared>,
    Params(filter): Params<AssetFilter>,
) -> Result<Json<Page<AssetRow>>, Problem> {
    let part = Part::new(filter.offset, filter.limit)?;
    let view = app.estates.view(&app.store, filter.scan.as_deref()).await?;
    let (kind, class) = (
        OneOf::new(filter.kind.as_ref()),
        OneOf::new(filter.class.as_ref()),
    );
    let (provider, system) = (
        OneOf::new(filter.provider.as_ref()),
        OneOf::new(filter.system.as_ref()),
    );
    let text = Text::new(filter.q.as_ref());
    let system_of = |a: &ReportedAsset| view.loaded.system_of(&a.asset.id).map(|s| s.id.to_string());
    let assets: Vec<&ReportedAsset> = view
        .report()
        .assets
        .iter()
        .filter(|a| kind.takes(a.asset.kind.as_str()) && class.takes(class_of(a)))
        .filter(|a| provider.takes(a.asset.provider.as_deref().unwrap_or_default()))
        .filter(|a| system.takes(&system_of(a).unwrap_or_default()))
        .filter(|a| {
            let places = a.asset.locations.iter().filter_map(|l| l.path.as_deref());
            text.takes(
                [a.asset.name.as_str(), a.asset.id.as_str()]
                    .into_iter()
                    .chain(places),
            )
        })
        .collect();
    let mut page = part.of(&assets, |a| AssetRow::of(a, &view));
    for (name, values) in [
        ("kind", facet(assets.iter().map(|a| a.asset.kind.to_string()))),
        ("class", facet(assets.iter().map(|a| class_of(a).to_owned()))),
        (
            "provider",
            facet(assets.iter().filter_map(|a| a.asset.provider.clone())),
        ),
        ("system", facet(assets.iter().filter_map(|a| system_of(a)))),
    ] {
        page.facets.insert(name, values);
    }
    Ok(Json(page))
}

fn class_of(a: &ReportedAsset) -> &'static str {
    match a.class {
        aispm_types::AssetClass::Ai => "ai",
        aispm_types::AssetClass::Supporting => "supporting",
    }
}

/// How an asset stands to another.
#[derive(Serialize, ToSchema)]
pub(crate) struct RelationRow {
    /// `uses`, `contains`, `can_read`, …
    kind: String,
    /// True where it leads from the asset that was asked for.
    outgoing: bool,
    other: AssetRef,
    #[schema(value_type = words::Certainty)]
    certainty: aispm_types::Certainty,
    /// What must hold for it.
    condition: Option<String>,
    #[schema(value_type = Option<words::Location>)]
    evidence: Option<aispm_types::Location>,
}

impl RelationRow {
    fn of(r: &Relation, of: &AssetId, view: &View) -> Option<Self> {
        let (outgoing, other) = match (r.from == *of, r.to == *of) {
            (true, _) => (true, &r.to),
            (_, true) => (false, &r.from),
            _ => return None,
        };
        Some(Self {
            kind: r.kind.to_string(),
            outgoing,
            other: AssetRef::of(other, view),
            certainty: r.certainty,
            condition: r.condition.clone(),
            evidence: r.evidence.clone(),
        })
    }
}

/// An asset with all that is known of it.
#[derive(Serialize, ToSchema)]
pub(crate) struct AssetDetail {
    #[serde(flatten)]
    row: AssetRow,
    #[schema(value_type = Object)]
    properties: aispm_types::Properties,
    relations: Vec<RelationRow>,
    open_findings: Vec<FindingRow>,
    /// Attack paths that end or pass here.
    attack_paths: Vec<PathRef>,
}

/// An asset
#[utoipa::path(get, path = "/api/v1/assets/{id}", tag = "inventory", params(("id" = String, Path, description = "The asset's id, percent-encoded"), WhichScan),
    responses((status = 200, body = AssetDetail)))]
pub(crate) async fn asset(
    State(app): State<Shared>,
    Place(id): Place<String>,
    Params(which): Params<WhichScan>,
) -> Result<Json<AssetDetail>, Problem> {
    let view = app.estates.view(&app.store, which.scan.as_deref()).await?;
    let id = AssetId::parse(id);
    let found = view.loaded.asset(&id);
    let a = found.ok_or_else(|| Problem::NotFound(String::from("there is no such asset")))?;
    let relations = view.report().relations.iter();
    let paths = view.report().paths.iter();
    Ok(Json(AssetDetail {
        row: AssetRow::of(a, &view),
        properties: a.asset.properties.clone(),
        relations: relations.filter_map(|r| RelationRow::of(r, &id, &view)).collect(),
        open_findings: view
            .findings()
            .into_iter()
            .filter(|f| f.asset == id)
            .map(|f| FindingRow::of(f, &view))
            .collect(),
        attack_paths: paths
            .filter(|p| p.target == id || p.steps.iter().any(|s| s.to == id))
            .map(PathRef::of)
            .collect(),
    }))
}
