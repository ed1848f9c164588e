//! Drift between two scans.

use std::collections::BTreeMap;

use aispm_report::{Drift, drift as compare};
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::estate::Loaded;
use crate::problem::Problem;
use crate::state::Shared;
use crate::words;

/// Which scans.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Between {
    /// The earlier scan; where absent, the one before the later of the same targets.
    from: Option<String>,
    /// The later scan; the newest where absent.
    to: Option<String>,
}

/// An asset that came, went or changed.
#[derive(Serialize, ToSchema)]
pub(crate) struct DriftAsset {
    id: String,
    kind: String,
    name: String,
    /// Names of what differs.
    changed: Vec<String>,
}

/// A finding that came or went.
#[derive(Serialize, ToSchema)]
pub(crate) struct DriftFinding {
    id: String,
    rule: String,
    title: String,
    #[schema(value_type = words::Severity)]
    severity: aispm_types::Severity,
    asset: String,
    asset_name: String,
}

/// An attack path that came or went.
#[derive(Serialize, ToSchema)]
pub(crate) struct DriftPath {
    id: String,
    title: String,
    #[schema(value_type = words::Severity)]
    severity: aispm_types::Severity,
}

/// What changed between two scans.
#[derive(Serialize, ToSchema)]
pub(crate) struct DriftView {
    /// None where there is nothing to compare with.
    from: Option<String>,
    to: Option<String>,
    new_assets: Vec<DriftAsset>,
    changed_assets: Vec<DriftAsset>,
    gone_assets: Vec<DriftAsset>,
    /// Not seen this time, in places that were not read or were left out.
    unknown_assets: Vec<DriftAsset>,
    /// Seen for the first time.
    new_findings: Vec<DriftFinding>,
    /// There before, then fixed or gone, and there again.
    regressed_findings: Vec<DriftFinding>,
    /// Its asset is still there and no longer has it.
    fixed_findings: Vec<DriftFinding>,
    /// Its asset is gone.
    gone_findings: Vec<DriftFinding>,
    /// Not found this time, and nobody can know: what they rest on was not read, or their check could not be made.
    unknown_findings: Vec<DriftFinding>,
    new_paths: Vec<DriftPath>,
    cut_paths: Vec<DriftPath>,
    /// Not derived this time; what they stand on was not read or was left out.
    unknown_paths: Vec<DriftPath>,
}

/// What changed between two scans
#[utoipa::path(get, path = "/api/v1/drift", tag = "estate", params(Between), responses((status = 200, body = DriftView)))]
pub(crate) async fn drift(
    State(app): State<Shared>,
    super::paging::Params(between): super::paging::Params<Between>,
) -> Result<Json<DriftView>, Problem> {
    let to = app.estates.load(&app.store, between.to.as_deref()).await?;
    let id = to.report.run.id.clone();
    let from = match &between.from {
        Some(from) => Some(app.estates.load(&app.store, Some(from)).await?.report.clone()),
        None if id.is_empty() => None,
        None => app.store.before(&id).await?,
    };
    let Some(from) = from else {
        let nothing = Drift::default();
        let mut view = view(nothing, &to, &BTreeMap::new());
        view.from = None;
        view.to = Some(id).filter(|id| !id.is_empty());
        return Ok(Json(view));
    };
    let order: BTreeMap<String, usize> = app
        .store
        .scans()
        .await?
        .into_iter()
        .rev()
        .enumerate()
        .map(|(i, s)| (s.id, i))
        .collect();
    Ok(Json(view(compare(&from, &to.report), &to, &order)))
}

fn view(drift: Drift, to: &Loaded, order: &BTreeMap<String, usize>) -> DriftView {
    let from = order.get(&drift.from);
    // Not in the earlier scan, and seen before it: it had been there and was gone by then.
    let again = |id: &str| {
        let first = to.first_seen(id).and_then(|s| order.get(s));
        first.zip(from).is_some_and(|(first, from)| first < from)
    };
    let finding = |f: aispm_report::FindingRef| DriftFinding {
        asset_name: to.name_of(&f.asset),
        asset: f.asset.to_string(),
        id: f.id,
        rule: f.rule,
        title: f.title,
        severity: f.severity,
    };
    let asset = |a: aispm_report::AssetRef, changed: Vec<String>| DriftAsset {
        id: a.id.to_string(),
        kind: a.kind.to_string(),
        name: a.name,
        changed,
    };
    let path = |p: aispm_report::PathRef| DriftPath {
        id: p.id,
        title: p.title,
        severity: p.severity,
    };
    let (regressed, new): (Vec<_>, Vec<_>) = drift.new_findings.into_iter().partition(|f| again(&f.id));
    let (fixed, gone): (Vec<_>, Vec<_>) = drift
        .fixed_findings
        .into_iter()
        .partition(|f| to.asset(&f.asset).is_some());
    DriftView {
        from: Some(drift.from),
        to: Some(drift.to),
        new_assets: drift
            .new_assets
            .into_iter()
            .map(|a| asset(a, Vec::new()))
            .collect(),
        changed_assets: drift
            .changed_assets
            .into_iter()
            .map(|c| asset(c.asset, c.changed))
            .collect(),
        gone_assets: drift
            .gone_assets
            .into_iter()
            .map(|a| asset(a, Vec::new()))
            .collect(),
        unknown_assets: drift
            .unknown_assets
            .into_iter()
            .map(|a| asset(a, Vec::new()))
            .collect(),
        new_findings: new.into_iter().map(finding).collect(),
        regressed_findings: regressed.into_iter().map(finding).collect(),
        fixed_findings: fixed.into_iter().map(finding).collect(),
        gone_findings: gone.into_iter().map(finding).collect(),
        unknown_findings: drift.unknown_findings.into_iter().map(finding).collect(),
        new_paths: drift.new_paths.into_iter().map(path).collect(),
        cut_paths: drift.cut_paths.into_iter().map(path).collect(),
        unknown_paths: drift.unknown_paths.into_iter().map(path).collect(),
    }
}
