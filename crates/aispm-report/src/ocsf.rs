//! OCSF 1.5.0 (schema.ocsf.io): one Detection Finding for each finding, as other posture tools write theirs.

use std::io::{self, Write};

use aispm_types::{Confidence, Finding, Report, Severity};
use serde_json::{Value, json};

use crate::{Options, index::Index, inert::inert, json as writer};

/// Writes an array of findings, worst first.
pub(crate) fn render(report: &Report, _options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let index = Index::new(report);
    let all: Vec<Value> = report
        .findings
        .iter()
        .map(|f| finding(f, report, &index))
        .collect();
    writer::write(&all, out)
}

fn finding(f: &Finding, report: &Report, index: &Index<'_>) -> Value {
    let text = |t: &str| inert(t).into_owned();
    let asset = index.assets.get(f.asset.as_str());
    let system = index.system_of(&f.asset);
    let accepted = f.accepted.is_some();
    let places: Vec<String> = f.locations.iter().map(|l| text(&l.to_string())).collect();
    let controls: Vec<String> = f.controls.iter().map(ToString::to_string).collect();
    json!({
        "activity_id": 1,
        "activity_name": "Create",
        "category_uid": 2,
        "category_name": "Findings",
        "class_uid": 2004,
        "class_name": "Detection Finding",
        "type_uid": 200_401,
        "type_name": "Detection Finding: Create",
        "time": millis(&report.run.finished_at),
        "message": text(&f.why),
        "metadata": {
            "event_code": f.rule,
            "version": "1.5.0",
            "product": {"name": report.tool.name, "vendor_name": "aispm", "version": report.tool.version},
        },
        "severity_id": severity(f.severity),
        "severity": word(f.severity),
        "confidence_id": confidence(f.confidence),
        "status_id": if accepted { 3 } else { 1 },
        "status": if accepted { "Suppressed" } else { "New" },
        "status_code": "FAIL",
        "status_detail": text(f.accepted.as_deref().unwrap_or(&f.why)),
        "finding_info": {"uid": f.id, "title": f.title, "desc": f.impact, "types": [f.rule]},
        "resources": [{
            "uid": text(f.asset.as_str()),
            "name": text(asset.map_or("", |a| &a.asset.name)),
            "type": asset.map_or("", |a| a.asset.kind.as_str()),
            "owner": {"name": text(system.and_then(|s| s.owner.as_deref()).unwrap_or(""))},
            "group": {"name": text(system.map_or("", |s| &s.name))},
        }],
        "remediation": {"desc": f.remediation.summary, "references": []},
        "risk_details": f.impact,
        "unmapped": {
            "controls": controls,
            "locations": places,
            "attack_paths": index.paths_on(&f.id),
            "sources": f.sources,
        },
    })
}

fn severity(s: Severity) -> u8 {
    match s {
        Severity::Info => 1,
        Severity::Low => 2,
        Severity::Medium => 3,
        Severity::High => 4,
        Severity::Critical => 5,
    }
}

fn word(s: Severity) -> &'static str {
    match s {
        Severity::Info => "Informational",
        Severity::Low => "Low",
        Severity::Medium => "Medium",
        Severity::High => "High",
        Severity::Critical => "Critical",
    }
}

fn confidence(c: Confidence) -> u8 {
    match c {
        Confidence::Low => 1,
        Confidence::Medium => 2,
        Confidence::High => 3,
    }
}

/// Milliseconds since 1970, 0 where the report does not say.
fn millis(time: &str) -> i64 {
    time.parse::<jiff::Timestamp>().map_or(0, |t| t.as_millisecond())
}
