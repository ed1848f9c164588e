//! Attack paths.

use aispm_types::AttackPath;
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::assets::AssetRef;
use super::estate::WhichScan;
use super::findings::{FindingRow, FixRow, SystemRef};
use super::paging::{OneOf, Page, Params, Part, Place, Text, facet};
use crate::estate::View;
use crate::problem::Problem;
use crate::state::Shared;
use crate::words;

/// An attack path by id.
#[derive(Serialize, ToSchema)]
pub(crate) struct PathRef {
    id: String,
    title: String,
    #[schema(value_type = words::Severity)]
    severity: aispm_types::Severity,
}

impl PathRef {
    pub(crate) fn of(p: &AttackPath) -> Self {
        Self {
            id: p.id.clone(),
            title: p.title.clone(),
            severity: p.severity,
        }
    }
}

/// An attack path in a list.
#[derive(Serialize, ToSchema)]
pub(crate) struct PathRow {
    id: String,
    /// A sentence an executive understands.
    title: String,
    #[schema(value_type = words::Severity)]
    severity: aispm_types::Severity,
    /// 0 to 100.
    score: f64,
    #[schema(value_type = words::Certainty)]
    certainty: aispm_types::Certainty,
    /// Where it begins.
    entry: String,
    /// The crown jewel.
    target: AssetRef,
    system: Option<SystemRef>,
    steps: usize,
    /// Ids of fixes that each alone cut it.
    cut_by: Vec<String>,
}

impl PathRow {
    pub(crate) fn of(p: &AttackPath, view: &View) -> Self {
        Self {
            id: p.id.clone(),
            title: p.title.clone(),
            severity: p.severity,
            score: p.score,
            certainty: p.certainty,
            entry: p.entry.clone(),
            target: AssetRef::of(&p.target, view),
            system: SystemRef::of(&p.target, view),
            steps: p.steps.len(),
            cut_by: p
                .cuts
                .iter()
                .filter(|c| c.len() == 1)
                .flatten()
                .cloned()
                .collect(),
        }
    }
}

/// One step of an attack path.
#[derive(Serialize, ToSchema)]
pub(crate) struct StepRow {
    /// Place in the path, from `s1`.
    id: String,
    /// Where the attacker stands: an asset's id, or an entry point.
    from: String,
    /// What he gains something on.
    to: AssetRef,
    /// The attack step's id.
    kind: String,
    /// What he gains, in words.
    grants: String,
    /// Earlier steps that this one needs, all of them.
    needs: Vec<String>,
    #[schema(value_type = Option<words::Control>)]
    technique: Option<aispm_types::ControlId>,
    /// Why it works here.
    why: String,
    #[schema(value_type = Vec<words::Location>)]
    evidence: Vec<aispm_types::Location>,
    /// Findings it stands on.
    findings: Vec<String>,
    #[schema(value_type = words::Certainty)]
    certainty: aispm_types::Certainty,
}

/// An attack path, step by step.
#[derive(Serialize, ToSchema)]
pub(crate) struct PathDetail {
    #[serde(flatten)]
    row: PathRow,
    step_list: Vec<StepRow>,
    /// Smallest sets of fixes that remove it, fewest and easiest first.
    cuts: Vec<Vec<String>>,
    /// The fixes that `cuts` names.
    fixes: Vec<FixRow>,
    /// The findings that steps name.
    findings: Vec<FindingRow>,
}

/// Which attack paths.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct PathFilter {
    scan: Option<String>,
    severity: Option<String>,
    /// `certain`, `possible`.
    certainty: Option<String>,
    /// Entry points, with commas between.
    entry: Option<String>,
    /// Ids of AI systems, with commas between.
    system: Option<String>,
    /// Text in title or target.
    q: Option<String>,
    #[param(minimum = 0, maximum = 10_000_000)]
    offset: Option<u32>,
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// Attack paths, worst first
#[utoipa::path(get, path = "/api/v1/paths", tag = "paths", params(PathFilter), responses((status = 200, body = Page<PathRow>)))]
pub(crate) async fn list_paths(
    State(app): State<Shared>,
    Params(filter): Params<PathFilter>,
) -> Result<Json<Page<PathRow>>, Problem> {
    let part = Part::new(filter.offset, filter.limit)?;
    let view = app.estates.view(&app.store, filter.scan.as_deref()).await?;
    let (severity, entry) = (
        OneOf::new(filter.severity.as_ref()),
        OneOf::new(filter.entry.as_ref()),
    );
    let (certainty, system) = (
        OneOf::new(filter.certainty.as_ref()),
        OneOf::new(filter.system.as_ref()),
    );
    let text = Text::new(filter.q.as_ref());
    let system_of = |p: &AttackPath| view.loaded.system_of(&p.target).map(|s| s.id.to_string());
    let paths: Vec<&AttackPath> = view
        .report()
        .paths
        .iter()
        .filter(|p| severity.takes(p.severity.as_str()) && entry.takes(&p.entry))
        .filter(|p| certainty.takes(word(p)) && system.takes(&system_of(p).unwrap_or_default()))
        .filter(|p| text.takes([p.title.as_str(), p.target.as_str()].into_iter()))
        .collect();
    let mut page = part.of(&paths, |p| PathRow::of(p, &view));
    for (name, values) in [
        ("severity", facet(paths.iter().map(|p| p.severity.to_string()))),
        ("entry", facet(paths.iter().map(|p| p.entry.clone()))),
        ("certainty", facet(paths.iter().map(|p| word(p).to_owned()))),
        ("system", facet(paths.iter().filter_map(|p| system_of(p)))),
    ] {
        page.facets.insert(name, values);
    }
    Ok(Json(page))
}

fn word(p: &AttackPath) -> &'static str {
    match p.certainty {
        aispm_types::Certainty::Certain => "certain",
        aispm_types::Certainty::Possible => "possible",
    }
}

/// An attack path
#[utoipa::path(get, path = "/api/v1/paths/{id}", tag = "paths", params(("id" = String, Path, description = "P-…"), WhichScan),
    responses((status = 200, body = PathDetail)))]
pub(crate) async fn path(
    State(app): State<Shared>,
    Place(id): Place<String>,
    Params(which): Params<WhichScan>,
) -> Result<Json<PathDetail>, Problem> {
    let view = app.estates.view(&app.store, which.scan.as_deref()).await?;
    let found = view.report().paths.iter().find(|p| p.id == id);
    let p = found.ok_or_else(|| Problem::NotFound(String::from("there is no such attack path")))?;
    let steps = p.steps.iter().map(|s| StepRow {
        id: s.id.clone(),
        from: s.from.clone(),
        to: AssetRef::of(&s.to, &view),
        kind: s.kind.clone(),
        grants: s.grants.clone(),
        needs: s.needs.clone(),
        technique: s.technique.clone(),
        why: s.why.clone(),
        evidence: s.evidence.clone(),
        findings: s.findings.clone(),
        certainty: s.certainty,
    });
    let on = |id: &String| p.steps.iter().any(|s| s.findings.contains(id));
    Ok(Json(PathDetail {
        row: PathRow::of(p, &view),
        step_list: steps.collect(),
        cuts: p.cuts.clone(),
        fixes: view
            .fixes()
            .into_iter()
            .filter(|x| p.cuts.iter().any(|c| c.contains(&x.id)))
            .map(|x| FixRow::of(x, &view))
            .collect(),
        findings: view
            .findings()
            .into_iter()
            .filter(|f| on(&f.id))
            .map(|f| FindingRow::of(f, &view))
            .collect(),
    }))
}
