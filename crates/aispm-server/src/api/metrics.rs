//! Numbers for a monitoring system.

use std::fmt::{Display, Write as _};

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;

use super::estate::{Overview, WhichScan, overview};
use super::paging::Params;
use crate::problem::Problem;
use crate::state::Shared;

/// Media type of the text format of Prometheus.
const FORMAT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Numbers of the newest scan for a monitoring system, in the text format of Prometheus; asked with a token
#[utoipa::path(get, path = "/metrics", tag = "estate", responses((status = 200, body = String, content_type = "text/plain")))]
pub(crate) async fn metrics(State(app): State<Shared>) -> Result<impl IntoResponse, Problem> {
    let newest = Params(WhichScan { scan: None });
    let Json(overview) = overview(State(app), newest).await?;
    Ok(([(header::CONTENT_TYPE, FORMAT)], text(&overview)))
}

fn text(of: &Overview) -> String {
    let mut out = String::new();
    let mut gauge = |name: &str, help: &str, values: &[(String, String)]| {
        // Writing into a text cannot fail.
        let _ = writeln!(out, "# HELP aispm_{name} {help}\n# TYPE aispm_{name} gauge");
        for (labels, value) in values {
            let _ = writeln!(out, "aispm_{name}{labels} {value}");
        }
    };
    let one = |count: usize| vec![(String::new(), count.to_string())];
    let by = |label: &str, value: &str, count: &dyn Display| {
        (format!("{{{label}=\"{value}\"}}"), count.to_string())
    };
    gauge("systems", "AI systems.", &one(of.systems.total));
    gauge(
        "systems_unowned",
        "AI systems without an owner.",
        &one(of.systems.unowned),
    );
    gauge(
        "systems_unregistered",
        "AI systems that are not in the register.",
        &one(of.systems.unregistered),
    );
    gauge(
        "systems_not_assessed",
        "AI systems that were assessed in part or never.",
        &[
            by("how", "never", &of.systems.never_assessed),
            by("how", "partly", &of.systems.partly_assessed),
        ],
    );
    let findings: Vec<_> = of
        .findings_by_severity
        .iter()
        .map(|(severity, count)| by("severity", severity, count))
        .collect();
    gauge("findings", "Findings that nobody accepted.", &findings);
    gauge(
        "findings_accepted",
        "Findings under an exception.",
        &one(of.findings_accepted),
    );
    gauge(
        "findings_regressed",
        "Findings that were fixed and came back.",
        &one(of.findings_regressed),
    );
    let paths: Vec<_> = of
        .paths_by_severity
        .iter()
        .map(|(severity, count)| by("severity", severity, count))
        .collect();
    gauge("attack_paths", "Attack paths to crown jewels.", &paths);
    gauge(
        "checks",
        "Checks by how they ended; what was not assessed is no pass.",
        &[
            by("outcome", "passed", &of.checks.passed),
            by("outcome", "failed", &of.checks.failed),
            by("outcome", "not_assessed", &of.checks.not_assessed),
        ],
    );
    gauge("gaps", "What could not be read.", &one(of.gaps));
    let finished = of
        .scan
        .as_ref()
        .and_then(|s| s.finished_at.parse::<jiff::Timestamp>().ok());
    if let Some(at) = finished {
        let value = [(String::new(), at.as_second().to_string())];
        gauge(
            "scan_finished_timestamp_seconds",
            "When the newest scan ended.",
            &value,
        );
    }
    out
}
