//! Findings, their verification, and the queue of fixes.

use aispm_types::{AssetId, Finding, Fix};
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::assets::AssetRef;
use super::estate::WhichScan;
use super::paging::{OneOf, Page, Params, Part, Place, Text, facet};
use super::paths::PathRef;
use crate::estate::View;
use crate::problem::Problem;
use crate::state::Shared;
use crate::verify::Answer;
use crate::words;

/// An AI system by id.
#[derive(Serialize, ToSchema)]
pub(crate) struct SystemRef {
    pub(crate) id: String,
    pub(crate) name: String,
}

impl SystemRef {
    pub(crate) fn of(asset: &AssetId, view: &View) -> Option<Self> {
        view.loaded.system_of(asset).map(|s| Self {
            id: s.id.to_string(),
            name: s.name.clone(),
        })
    }
}

/// A finding in a list.
#[derive(Serialize, ToSchema)]
pub(crate) struct FindingRow {
    id: String,
    rule: String,
    title: String,
    #[schema(value_type = words::Severity)]
    severity: aispm_types::Severity,
    #[schema(value_type = words::Confidence)]
    confidence: aispm_types::Confidence,
    /// What was seen.
    why: String,
    asset: AssetRef,
    system: Option<SystemRef>,
    #[schema(value_type = Vec<words::Location>)]
    locations: Vec<aispm_types::Location>,
    /// `aispm`, `register`, or the tool it was imported from.
    source: String,
    /// `open`, or `regressed` where it stands again after it was fixed or gone.
    status: &'static str,
    /// The scan that saw it first; none for the register's.
    first_seen: Option<String>,
    /// Who accepted it, why and until when.
    accepted: Option<String>,
    /// Attack paths that stand on it.
    paths: usize,
}

impl FindingRow {
    pub(crate) fn of(f: &Finding, view: &View) -> Self {
        Self {
            id: f.id.clone(),
            rule: f.rule.clone(),
            title: f.title.clone(),
            severity: f.severity,
            confidence: f.confidence,
            why: f.why.clone(),
            asset: AssetRef::of(&f.asset, view),
            system: SystemRef::of(&f.asset, view),
            locations: f.locations.clone(),
            source: view.source(f).to_owned(),
            status: status(f, view),
            first_seen: view.loaded.first_seen(&f.id).map(str::to_owned),
            accepted: f.accepted.clone(),
            paths: view.loaded.paths_on(&f.id).count(),
        }
    }
}

fn status(f: &Finding, view: &View) -> &'static str {
    if view.loaded.regressed(&f.id) {
        "regressed"
    } else {
        "open"
    }
}

/// A finding with all that is known of it.
#[derive(Serialize, ToSchema)]
pub(crate) struct FindingDetail {
    #[serde(flatten)]
    row: FindingRow,
    /// Why its severity differs from the rule's.
    severity_reason: Option<String>,
    /// Other tools that found it, with their names for it.
    also_found_by: Vec<String>,
    /// So what.
    impact: String,
    /// What was seen, as data.
    #[schema(value_type = Object)]
    evidence: aispm_types::Properties,
    #[schema(value_type = words::Remediation)]
    remediation: aispm_types::Remediation,
    #[schema(value_type = Vec<words::Control>)]
    controls: Vec<aispm_types::ControlId>,
    /// Attack paths that stand on it.
    attack_paths: Vec<PathRef>,
    /// What resolves it.
    fixes: Vec<FixRef>,
}

/// A fix by id.
#[derive(Serialize, ToSchema)]
pub(crate) struct FixRef {
    id: String,
    title: String,
}

/// Which findings.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct FindingFilter {
    scan: Option<String>,
    /// `critical`, `high`, …; several with commas between.
    severity: Option<String>,
    /// Rule ids, with commas between.
    rule: Option<String>,
    /// Ids of AI systems, with commas between.
    system: Option<String>,
    /// Kinds of asset, with commas between.
    kind: Option<String>,
    /// `high`, `medium`, `low`.
    confidence: Option<String>,
    /// `aispm`, `register`, or a tool that findings were imported from.
    source: Option<String>,
    /// `open`, `regressed`.
    status: Option<String>,
    /// The asset's id.
    asset: Option<String>,
    /// The organisation accepted it.
    accepted: Option<bool>,
    /// An attack path stands on it.
    on_path: Option<bool>,
    /// Text in title, rule, asset, why or place.
    q: Option<String>,
    #[param(minimum = 0, maximum = 10_000_000)]
    offset: Option<u32>,
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// Findings, worst first
#[utoipa::path(get, path = "/api/v1/findings", tag = "findings", params(FindingFilter), responses((status = 200, body = Page<FindingRow>)))]
pub(crate) async fn list_findings(
    State(app): State<Shared>,
    Params(filter): Params<FindingFilter>,
) -> Result<Json<Page<FindingRow>>, Problem> {
    let part = Part::new(filter.offset, filter.limit)?;
    let view = app.estates.view(&app.store, filter.scan.as_deref()).await?;
    let findings = select(&filter, &view);
    let mut page = part.of(&findings, |f| FindingRow::of(f, &view));
    let system = |f: &&Finding| view.loaded.system_of(&f.asset).map(|s| s.id.to_string());
    for (name, values) in [
        ("severity", facet(findings.iter().map(|f| f.severity.to_string()))),
        ("rule", facet(findings.iter().map(|f| f.rule.clone()))),
        ("system", facet(findings.iter().filter_map(system))),
        ("kind", facet(findings.iter().map(|f| kind(f)))),
        (
            "source",
            facet(findings.iter().map(|f| view.source(f).to_owned())),
        ),
        (
            "status",
            facet(findings.iter().map(|f| status(f, &view).to_owned())),
        ),
    ] {
        page.facets.insert(name, values);
    }
    Ok(Json(page))
}

fn kind(f: &Finding) -> String {
    f.asset.as_str().split(':').next().unwrap_or_default().to_owned()
}

fn select<'v>(filter: &FindingFilter, view: &'v View) -> Vec<&'v Finding> {
    let (severity, rule) = (
        OneOf::new(filter.severity.as_ref()),
        OneOf::new(filter.rule.as_ref()),
    );
    let (system, kinds) = (
        OneOf::new(filter.system.as_ref()),
        OneOf::new(filter.kind.as_ref()),
    );
    let confidence = OneOf::new(filter.confidence.as_ref());
    let (source, statuses) = (
        OneOf::new(filter.source.as_ref()),
        OneOf::new(filter.status.as_ref()),
    );
    let text = Text::new(filter.q.as_ref());
    view.findings()
        .into_iter()
        .filter(|f| severity.takes(f.severity.as_str()) && rule.takes(&f.rule) && kinds.takes(&kind(f)))
        .filter(|f| confidence.takes(&format!("{:?}", f.confidence).to_lowercase()))
        .filter(|f| system.takes(view.loaded.system_of(&f.asset).map_or("", |s| s.id.as_str())))
        .filter(|f| source.takes(view.source(f)) && statuses.takes(status(f, view)))
        .filter(|f| filter.asset.as_ref().is_none_or(|a| f.asset.as_str() == a))
        .filter(|f| filter.accepted.is_none_or(|w| f.accepted.is_some() == w))
        .filter(|f| {
            filter
                .on_path
                .is_none_or(|w| view.loaded.paths_on(&f.id).next().is_some() == w)
        })
        .filter(|f| {
            let places = f.locations.iter().filter_map(|l| l.path.as_deref());
            text.takes(
                [f.title.as_str(), &f.rule, f.asset.as_str(), &f.why, &f.id]
                    .into_iter()
                    .chain(places),
            )
        })
        .collect()
}

/// A finding
#[utoipa::path(get, path = "/api/v1/findings/{id}", tag = "findings", params(("id" = String, Path, description = "F-…"), WhichScan),
    responses((status = 200, body = FindingDetail)))]
pub(crate) async fn finding(
    State(app): State<Shared>,
    Place(id): Place<String>,
    Params(which): Params<WhichScan>,
) -> Result<Json<FindingDetail>, Problem> {
    let view = app.estates.view(&app.store, which.scan.as_deref()).await?;
    let found = view.findings().into_iter().find(|f| f.id == id);
    let f = found.ok_or_else(no_such_finding)?;
    Ok(Json(FindingDetail {
        row: FindingRow::of(f, &view),
        severity_reason: f.severity_reason.clone(),
        also_found_by: f.sources.clone(),
        impact: f.impact.clone(),
        evidence: f.evidence.clone(),
        remediation: f.remediation.clone(),
        controls: f.controls.clone(),
        attack_paths: view.loaded.paths_on(&f.id).map(PathRef::of).collect(),
        fixes: view
            .fixes()
            .into_iter()
            .filter(|x| x.findings.contains(&f.id))
            .map(|x| FixRef {
                id: x.id.clone(),
                title: x.title.clone(),
            })
            .collect(),
    }))
}

fn no_such_finding() -> Problem {
    Problem::NotFound(String::from("there is no such finding"))
}

/// Read again what a finding rests on
///
/// Says whether it is still there, gone, or cannot be told. Reads targets, changes nothing.
#[utoipa::path(post, path = "/api/v1/findings/{id}/verify", tag = "findings", params(("id" = String, Path, description = "F-…")),
    responses((status = 200, body = Answer)))]
pub(crate) async fn verify_finding(
    State(app): State<Shared>,
    Place(id): Place<String>,
) -> Result<Json<Answer>, Problem> {
    let view = app.estates.view(&app.store, None).await?;
    let found = view.findings().into_iter().find(|f| f.id == id);
    let f = found.ok_or_else(no_such_finding)?;
    if view.source(f) == crate::register::SOURCE {
        // Made from the register as it is now.
        return Ok(Json(Answer::still_there(&id, "the register says so now")));
    }
    let scan = view.report().run.id.clone();
    let _turn = app.verifying.acquire().await.map_err(|_| Problem::Internal)?;
    app.program.verify(&id, &scan).await.map(Json).map_err(|why| {
        tracing::error!(%why, "a verification failed");
        Problem::Internal
    })
}

/// What to do: findings that one change resolves.
#[derive(Serialize, ToSchema)]
pub(crate) struct FixRow {
    id: String,
    /// An imperative.
    title: String,
    #[schema(value_type = words::Severity)]
    severity: aispm_types::Severity,
    /// Findings it resolves.
    findings: Vec<String>,
    /// Attack paths that are gone once it is done.
    paths_cut: Vec<String>,
    /// Names of AI systems it touches.
    systems: Vec<String>,
    owner: Option<String>,
    #[schema(value_type = words::Effort)]
    effort: aispm_types::Effort,
    /// It cannot break a working system.
    safe: bool,
    /// Where the change is made.
    #[schema(value_type = Vec<words::Location>)]
    locations: Vec<aispm_types::Location>,
}

impl FixRow {
    pub(crate) fn of(x: &Fix, view: &View) -> Self {
        let registered = || {
            let systems = view.report().systems.iter();
            let first = systems.into_iter().find(|s| x.systems.contains(&s.name))?;
            view.register.get(first.id.as_str())?.owner.clone()
        };
        Self {
            id: x.id.clone(),
            title: x.title.clone(),
            severity: x.severity,
            findings: x.findings.clone(),
            paths_cut: x.paths_cut.clone(),
            systems: x.systems.clone(),
            owner: registered().or_else(|| x.owner.clone()),
            effort: x.effort,
            safe: x.safe,
            locations: x.locations.clone(),
        }
    }
}

/// Which fixes.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct FixFilter {
    scan: Option<String>,
    severity: Option<String>,
    /// Names of AI systems, with commas between.
    system: Option<String>,
    owner: Option<String>,
    safe: Option<bool>,
    /// Only those that cut an attack path.
    cuts: Option<bool>,
    /// A finding it resolves.
    finding: Option<String>,
    /// Text in title or system.
    q: Option<String>,
    #[param(minimum = 0, maximum = 10_000_000)]
    offset: Option<u32>,
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// What to do, what cuts most attack paths first
#[utoipa::path(get, path = "/api/v1/fixes", tag = "findings", params(FixFilter), responses((status = 200, body = Page<FixRow>)))]
pub(crate) async fn list_fixes(
    State(app): State<Shared>,
    Params(filter): Params<FixFilter>,
) -> Result<Json<Page<FixRow>>, Problem> {
    let part = Part::new(filter.offset, filter.limit)?;
    let view = app.estates.view(&app.store, filter.scan.as_deref()).await?;
    let (severity, system) = (
        OneOf::new(filter.severity.as_ref()),
        OneOf::new(filter.system.as_ref()),
    );
    let owner = OneOf::new(filter.owner.as_ref());
    let text = Text::new(filter.q.as_ref());
    let fixes: Vec<FixRow> = view
        .fixes()
        .into_iter()
        .filter(|x| severity.takes(x.severity.as_str()))
        .filter(|x| filter.system.is_none() || x.systems.iter().any(|s| system.takes(s)))
        .filter(|x| filter.safe.is_none_or(|w| x.safe == w))
        .filter(|x| filter.cuts.is_none_or(|w| x.paths_cut.is_empty() != w))
        .filter(|x| filter.finding.as_ref().is_none_or(|f| x.findings.contains(f)))
        .filter(|x| {
            text.takes(
                [x.title.as_str()]
                    .into_iter()
                    .chain(x.systems.iter().map(String::as_str)),
            )
        })
        .map(|x| FixRow::of(x, &view))
        .filter(|x| owner.takes(x.owner.as_deref().unwrap_or_default()))
        .collect();
    let facets = [
        ("severity", facet(fixes.iter().map(|x| x.severity.to_string()))),
        ("system", facet(fixes.iter().flat_map(|x| x.systems.clone()))),
        (
            "owner",
            facet(fixes.iter().map(|x| x.owner.clone().unwrap_or_default())),
        ),
    ];
    let (offset, limit) = (part.offset as usize, part.limit as usize);
    let total = fixes.len() as u64;
    let mut page = part.page(fixes.into_iter().skip(offset).take(limit).collect(), total);
    page.facets.extend(facets);
    Ok(Json(page))
}
