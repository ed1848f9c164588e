//! The estate at a glance, its AI systems, and the scans that saw it.

use std::collections::BTreeMap;

use aispm_types::{AiSystem, Severity};
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::findings::FixRow;
use super::paging::{OneOf, Page, Paging, Params, Part, Place, Text, facet};
use super::paths::PathRow;
use super::register::Registered;
use crate::estate::View;
use crate::problem::Problem;
use crate::register::owner;
use crate::state::Shared;
use crate::words;

/// Fixes and paths on the first page.
const SHOWN: usize = 5;

/// Which scan.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct WhichScan {
    /// A scan's id; the newest where absent.
    pub(crate) scan: Option<String>,
}

/// A scan.
#[derive(Serialize, ToSchema)]
pub(crate) struct ScanRow {
    id: String,
    started_at: String,
    finished_at: String,
    /// Names of its targets.
    targets: Vec<String>,
    /// Version of the program that made it.
    tool_version: String,
    systems: i64,
    findings: i64,
    paths: i64,
    /// False where its report was pruned: its history is there, its lists are not.
    report_kept: bool,
}

/// Which scan an answer is about.
#[derive(Serialize, ToSchema)]
pub(crate) struct ScanRef {
    id: String,
    pub(super) finished_at: String,
    targets: Vec<String>,
}

impl ScanRef {
    /// None before the first scan.
    pub(crate) fn of(view: &View) -> Option<Self> {
        let report = view.report();
        (!report.run.id.is_empty()).then(|| Self {
            id: report.run.id.clone(),
            finished_at: report.run.finished_at.clone(),
            targets: report.scan.targets.clone(),
        })
    }
}

/// AI systems by what is known of them.
#[derive(Serialize, ToSchema)]
pub(crate) struct SystemCounts {
    pub(super) total: usize,
    pub(super) unowned: usize,
    pub(super) unregistered: usize,
    pub(super) never_assessed: usize,
    pub(super) partly_assessed: usize,
}

/// The estate at a glance.
#[derive(Serialize, ToSchema)]
pub(crate) struct Overview {
    /// None before the first scan.
    pub(super) scan: Option<ScanRef>,
    pub(super) systems: SystemCounts,
    /// Findings that nobody accepted, those of the register included.
    pub(super) findings_by_severity: BTreeMap<&'static str, usize>,
    pub(super) findings_accepted: usize,
    pub(super) findings_regressed: usize,
    pub(super) paths_by_severity: BTreeMap<String, usize>,
    assets_by_kind: BTreeMap<String, usize>,
    #[schema(value_type = words::Posture)]
    pub(super) checks: aispm_types::CheckCounts,
    /// What could not be read.
    pub(super) gaps: usize,
    /// What to do first.
    top_fixes: Vec<FixRow>,
    /// The worst attack paths.
    top_paths: Vec<PathRow>,
}

/// The estate at a glance
#[utoipa::path(get, path = "/api/v1/overview", tag = "estate", params(WhichScan), responses((status = 200, body = Overview)))]
pub(crate) async fn overview(
    State(app): State<Shared>,
    Params(which): Params<WhichScan>,
) -> Result<Json<Overview>, Problem> {
    let view = app.estates.view(&app.store, which.scan.as_deref()).await?;
    let report = view.report();
    let (accepted, open): (Vec<_>, Vec<_>) = view.findings().into_iter().partition(|f| f.accepted.is_some());
    let mut by_severity: BTreeMap<&'static str, usize> =
        Severity::WORST_FIRST.iter().map(|s| (s.as_str(), 0)).collect();
    for finding in &open {
        *by_severity.entry(finding.severity.as_str()).or_default() += 1;
    }
    let assessed = |how: &str| report.systems.iter().filter(|s| s.assessed == how).count();
    Ok(Json(Overview {
        scan: ScanRef::of(&view),
        systems: SystemCounts {
            total: report.systems.len(),
            unowned: report
                .systems
                .iter()
                .filter(|s| owner(s, view.register.get(s.id.as_str())).is_none())
                .count(),
            unregistered: report
                .systems
                .iter()
                .filter(|s| !view.register.contains_key(s.id.as_str()))
                .count(),
            never_assessed: assessed("never"),
            partly_assessed: assessed("partly"),
        },
        findings_by_severity: by_severity,
        findings_accepted: accepted.len(),
        findings_regressed: open.iter().filter(|f| view.loaded.regressed(&f.id)).count(),
        paths_by_severity: report.summary.paths_by_severity.clone(),
        assets_by_kind: report.summary.assets_by_kind.clone(),
        checks: report.summary.checks,
        gaps: super::coverage::gaps(report).count(),
        top_fixes: view
            .fixes()
            .into_iter()
            .take(SHOWN)
            .map(|f| FixRow::of(f, &view))
            .collect(),
        top_paths: report
            .paths
            .iter()
            .take(SHOWN)
            .map(|p| PathRow::of(p, &view))
            .collect(),
    }))
}

/// An AI system.
#[derive(Serialize, ToSchema)]
pub(crate) struct SystemRow {
    id: String,
    name: String,
    /// Who answers for it: the register's word before what was derived from policy, tags and CODEOWNERS.
    owner: Option<String>,
    /// `register` or `derived`.
    owner_source: Option<&'static str>,
    lifecycle: Option<String>,
    purpose: Option<String>,
    /// Under the EU AI Act, where declared.
    risk_class: Option<String>,
    assets: usize,
    #[schema(value_type = words::Posture)]
    posture: aispm_types::Posture,
    /// `assessed`, `partly` or `never`.
    assessed: String,
    /// Why it was not assessed completely.
    not_assessed_because: Vec<String>,
    findings_by_severity: BTreeMap<&'static str, usize>,
    paths: usize,
    /// What the organisation says of it.
    register: Option<Registered>,
}

impl SystemRow {
    fn of(system: &AiSystem, view: &View) -> Self {
        let entry = view.register.get(system.id.as_str());
        let registered = entry.and_then(|e| e.owner.as_ref()).is_some();
        let who = owner(system, entry);
        let word = |w: &str| (w != "unknown").then(|| w.to_owned());
        Self {
            id: system.id.to_string(),
            name: system.name.clone(),
            owner: who.map(str::to_owned),
            owner_source: who.map(|_| if registered { "register" } else { "derived" }),
            lifecycle: entry
                .and_then(|e| word(&e.status))
                .or_else(|| system.lifecycle.clone()),
            purpose: entry
                .and_then(|e| e.purpose.clone())
                .or_else(|| system.purpose.clone()),
            risk_class: system.risk_class.clone(),
            assets: system.assets.len(),
            posture: system.posture,
            assessed: system.assessed.clone(),
            not_assessed_because: system.not_assessed_because.clone(),
            findings_by_severity: view.on_system(&system.id),
            paths: system.paths.len(),
            register: entry.map(Registered::of),
        }
    }
}

/// Which AI systems.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct SystemFilter {
    pub(crate) scan: Option<String>,
    /// Text in name or owner.
    q: Option<String>,
    /// `assessed`, `partly`, `never`.
    assessed: Option<String>,
    /// Only those without an owner.
    unowned: Option<bool>,
    /// Only those that the register has, or has not.
    registered: Option<bool>,
    #[param(minimum = 0, maximum = 10_000_000)]
    offset: Option<u32>,
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// AI systems
#[utoipa::path(get, path = "/api/v1/systems", tag = "estate", params(SystemFilter), responses((status = 200, body = Page<SystemRow>)))]
pub(crate) async fn list_systems(
    State(app): State<Shared>,
    Params(filter): Params<SystemFilter>,
) -> Result<Json<Page<SystemRow>>, Problem> {
    let part = Part::new(filter.offset, filter.limit)?;
    let view = app.estates.view(&app.store, filter.scan.as_deref()).await?;
    let assessed = OneOf::new(filter.assessed.as_ref());
    let text = Text::new(filter.q.as_ref());
    let entry = |s: &AiSystem| view.register.get(s.id.as_str());
    let systems: Vec<&AiSystem> = view
        .report()
        .systems
        .iter()
        .filter(|s| assessed.takes(&s.assessed))
        .filter(|s| text.takes([s.name.as_str()].into_iter().chain(owner(s, entry(s)))))
        .filter(|s| filter.unowned.is_none_or(|w| owner(s, entry(s)).is_none() == w))
        .filter(|s| filter.registered.is_none_or(|w| entry(s).is_some() == w))
        .collect();
    let mut page = part.of(&systems, |s| SystemRow::of(s, &view));
    page.facets
        .insert("assessed", facet(systems.iter().map(|s| s.assessed.clone())));
    Ok(Json(page))
}

/// An AI system
#[utoipa::path(get, path = "/api/v1/systems/{id}", tag = "estate", params(("id" = String, Path, description = "The system's id"), WhichScan),
    responses((status = 200, body = SystemRow)))]
pub(crate) async fn system(
    State(app): State<Shared>,
    Place(id): Place<String>,
    Params(which): Params<WhichScan>,
) -> Result<Json<SystemRow>, Problem> {
    let view = app.estates.view(&app.store, which.scan.as_deref()).await?;
    let system = view.report().systems.iter().find(|s| s.id.as_str() == id);
    let system = system.ok_or_else(|| Problem::NotFound(String::from("there is no such AI system")))?;
    Ok(Json(SystemRow::of(system, &view)))
}

/// Scans, the newest first
#[utoipa::path(get, path = "/api/v1/scans", tag = "estate", params(Paging), responses((status = 200, body = Page<ScanRow>)))]
pub(crate) async fn list_scans(
    State(app): State<Shared>,
    Params(paging): Params<Paging>,
) -> Result<Json<Page<ScanRow>>, Problem> {
    let part = paging.part()?;
    let scans = app.store.scans().await?;
    Ok(Json(part.of(&scans, |s| ScanRow {
        id: s.id.clone(),
        started_at: s.started_at.clone(),
        finished_at: s.finished_at.clone(),
        targets: s.targets.clone(),
        tool_version: s.tool_version.clone(),
        systems: s.systems,
        findings: s.findings,
        paths: s.paths,
        report_kept: s.report_kept,
    })))
}
