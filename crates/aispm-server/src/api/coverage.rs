//! What was read, what was not and why, and which checks could not be made.

use aispm_types::{CheckCounts, CheckOutcome, CoverageRow, Report, ScopeStatus};
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::assets::AssetRef;
use super::estate::{ScanRef, WhichScan};
use super::paging::{OneOf, Page, Params, Part, Text, facet};
use crate::problem::Problem;
use crate::state::Shared;
use crate::words;

/// A target as it was read.
#[derive(Serialize, ToSchema)]
pub(crate) struct TargetCoverage {
    target: String,
    #[schema(value_type = words::ScopeStatus)]
    status: ScopeStatus,
}

/// What was read.
#[derive(Serialize, ToSchema)]
pub(crate) struct Coverage {
    scan: Option<ScanRef>,
    targets: Vec<TargetCoverage>,
    files_read: u64,
    /// What could not be read; listed at `/api/v1/coverage/gaps`.
    gaps: usize,
    #[schema(value_type = words::Posture)]
    checks: CheckCounts,
    /// Every host contacted and why.
    network: Vec<Contact>,
}

/// A host that was contacted.
#[derive(Serialize, ToSchema)]
pub(crate) struct Contact {
    host: String,
    why: String,
}

/// What was not read.
pub(crate) fn gaps(report: &Report) -> impl Iterator<Item = &CoverageRow> {
    report
        .scan
        .coverage
        .iter()
        .filter(|r| r.status == ScopeStatus::Gap)
}

/// What was read
#[utoipa::path(get, path = "/api/v1/coverage", tag = "coverage", params(WhichScan), responses((status = 200, body = Coverage)))]
pub(crate) async fn coverage(
    State(app): State<Shared>,
    Params(filter): Params<WhichScan>,
) -> Result<Json<Coverage>, Problem> {
    let view = app.estates.view(&app.store, filter.scan.as_deref()).await?;
    let report = view.report();
    let rows = report
        .scan
        .coverage
        .iter()
        .filter(|r| matches!(r.status, ScopeStatus::Complete | ScopeStatus::Partial));
    Ok(Json(Coverage {
        scan: ScanRef::of(&view),
        targets: rows
            .map(|r| TargetCoverage {
                target: r.scope.clone(),
                status: r.status,
            })
            .collect(),
        files_read: report.summary.files_read,
        gaps: gaps(report).count(),
        checks: report.summary.checks,
        network: report
            .run
            .network
            .iter()
            .map(|n| Contact {
                host: n.host.clone(),
                why: n.why.clone(),
            })
            .collect(),
    }))
}

/// Which gaps or checks.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct GapFilter {
    scan: Option<String>,
    /// Rule ids, with commas between; of checks only.
    rule: Option<String>,
    /// Text in scope, asset or reason.
    q: Option<String>,
    #[param(minimum = 0, maximum = 10_000_000)]
    offset: Option<u32>,
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// What was not read.
#[derive(Serialize, ToSchema)]
pub(crate) struct GapRow {
    /// Target, or target and path.
    scope: String,
    reason: String,
}

/// What could not be read, and why
#[utoipa::path(get, path = "/api/v1/coverage/gaps", tag = "coverage", params(GapFilter), responses((status = 200, body = Page<GapRow>)))]
pub(crate) async fn list_gaps(
    State(app): State<Shared>,
    Params(filter): Params<GapFilter>,
) -> Result<Json<Page<GapRow>>, Problem> {
    let part = Part::new(filter.offset, filter.limit)?;
    let view = app.estates.view(&app.store, filter.scan.as_deref()).await?;
    let text = Text::new(filter.q.as_ref());
    let rows: Vec<&CoverageRow> = gaps(view.report())
        .filter(|r| text.takes([r.scope.as_str()].into_iter().chain(r.reason.as_deref())))
        .collect();
    let mut page = part.of(&rows, |r| GapRow {
        scope: r.scope.clone(),
        reason: r.reason.clone().unwrap_or_default(),
    });
    page.facets.insert(
        "reason",
        facet(rows.iter().map(|r| r.reason.clone().unwrap_or_default())),
    );
    Ok(Json(page))
}

/// A check that could not be made.
#[derive(Serialize, ToSchema)]
pub(crate) struct UnassessedRow {
    rule: String,
    asset: AssetRef,
    reason: String,
}

/// Checks that could not be made, and why
#[utoipa::path(get, path = "/api/v1/coverage/unassessed", tag = "coverage", params(GapFilter), responses((status = 200, body = Page<UnassessedRow>)))]
pub(crate) async fn list_unassessed(
    State(app): State<Shared>,
    Params(filter): Params<GapFilter>,
) -> Result<Json<Page<UnassessedRow>>, Problem> {
    let part = Part::new(filter.offset, filter.limit)?;
    let view = app.estates.view(&app.store, filter.scan.as_deref()).await?;
    let text = Text::new(filter.q.as_ref());
    let rule = OneOf::new(filter.rule.as_ref());
    let rows: Vec<_> = view
        .report()
        .checks
        .iter()
        .filter(|c| c.outcome == CheckOutcome::NotAssessed && rule.takes(&c.rule))
        .filter(|c| {
            text.takes(
                [c.rule.as_str(), c.asset.as_str()]
                    .into_iter()
                    .chain(c.reason.as_deref()),
            )
        })
        .collect();
    let mut page = part.of(&rows, |c| UnassessedRow {
        rule: c.rule.clone(),
        asset: AssetRef::of(&c.asset, &view),
        reason: c.reason.clone().unwrap_or_default(),
    });
    page.facets
        .insert("rule", facet(rows.iter().map(|c| c.rule.clone())));
    page.facets.insert(
        "reason",
        facet(rows.iter().map(|c| c.reason.clone().unwrap_or_default())),
    );
    Ok(Json(page))
}
