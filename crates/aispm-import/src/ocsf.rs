//! OCSF findings (schema.ocsf.io), as Prowler and others write them: Security, Vulnerability, Compliance and Detection Finding.

use aispm_types::Severity;
use serde_json::Value;

use crate::{ImportFile, Imported, Resource, text};

/// Class ids of findings.
const FINDINGS: &[u64] = &[2001, 2002, 2003, 2004, 2007];

/// None where nothing has the shape of OCSF.
pub(crate) fn read(name: &str, value: &Value) -> Option<ImportFile> {
    let objects: Vec<&Value> = match value {
        Value::Array(all) => all.iter().collect(),
        Value::Object(_) => vec![value],
        _ => return None,
    };
    let shaped = |v: &&Value| v.get("class_uid").is_some();
    if !objects.is_empty() && !objects.iter().any(shaped) {
        return None;
    }
    let mut file = ImportFile {
        name: name.to_owned(),
        findings: Vec::new(),
        others: 0,
    };
    for object in objects {
        if is_open(object) {
            findings(object, &mut file.findings);
        } else {
            file.others += 1;
        }
    }
    Some(file)
}

fn is_open(object: &Value) -> bool {
    let class = object.get("class_uid").and_then(Value::as_u64);
    let failed = match text(object, &["status_code"]) {
        Some(code) => code.eq_ignore_ascii_case("fail"),
        // Compliance findings of others say it in their own object.
        None => text(object, &["compliance", "status"]).is_none_or(|s| s.eq_ignore_ascii_case("fail")),
    };
    // Suppressed (3), Resolved (4), Archived (5).
    let closed = matches!(object.get("status_id").and_then(Value::as_u64), Some(3..=5));
    class.is_some_and(|c| FINDINGS.contains(&c)) && failed && !closed
}

/// One finding for each resource it names.
fn findings(object: &Value, out: &mut Vec<Imported>) {
    let info = object.get("finding_info").or_else(|| object.get("finding"));
    let info = info.unwrap_or(&Value::Null);
    let product = object.get("metadata").and_then(|m| m.get("product"));
    let product = product.unwrap_or(&Value::Null);
    let title = text(info, &["title"]).unwrap_or("a finding");
    let check = text(object, &["metadata", "event_code"])
        .or_else(|| text(object, &["compliance", "control"]))
        .or_else(|| text(info, &["types", "0"]))
        .unwrap_or(title);
    let base = Imported {
        tool: text(product, &["name"]).unwrap_or("another tool").to_owned(),
        version: text(product, &["version"]).unwrap_or("").to_owned(),
        check: check.to_owned(),
        title: title.to_owned(),
        why: text(object, &["status_detail"])
            .or_else(|| text(object, &["message"]))
            .or_else(|| text(info, &["desc"]))
            .unwrap_or(title)
            .to_owned(),
        impact: text(object, &["risk_details"]).unwrap_or("").to_owned(),
        fix: text(object, &["remediation", "desc"]).unwrap_or("").to_owned(),
        url: object
            .get("remediation")
            .and_then(|r| r.get("references"))
            .and_then(Value::as_array)
            .and_then(|r| r.iter().filter_map(Value::as_str).find(|r| r.starts_with("http")))
            .map(str::to_owned),
        severity: severity(object),
        resource: Resource::default(),
    };
    let resources = object.get("resources").and_then(Value::as_array);
    let one = object.get("resource").into_iter();
    let resources: Vec<&Value> = resources.into_iter().flatten().chain(one).collect();
    if resources.is_empty() {
        out.push(base);
        return;
    }
    out.extend(resources.into_iter().map(|r| Imported {
        resource: Resource {
            uid: text(r, &["uid"]).map(str::to_owned),
            name: text(r, &["name"]).map(str::to_owned),
            kind: text(r, &["type"]).map(str::to_owned),
            ..Resource::default()
        },
        ..base.clone()
    }));
}

/// `severity_id` (1 informational to 5 critical, 6 fatal), or its word.
fn severity(object: &Value) -> Severity {
    match object.get("severity_id").and_then(Value::as_u64) {
        Some(5 | 6) => Severity::Critical,
        Some(4) => Severity::High,
        Some(3) => Severity::Medium,
        Some(2) => Severity::Low,
        Some(1) => Severity::Info,
        _ => match text(object, &["severity"])
            .unwrap_or("")
            .to_ascii_lowercase()
            .as_str()
        {
            "critical" | "fatal" => Severity::Critical,
            "high" => Severity::High,
            "low" => Severity::Low,
            "informational" | "info" => Severity::Info,
            _ => Severity::Medium,
        },
    }
}
