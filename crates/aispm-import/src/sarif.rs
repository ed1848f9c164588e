//! SARIF 2.1.0 (OASIS): results of static tools, by file and line.

use std::collections::BTreeMap;

use aispm_types::Severity;
use serde_json::Value;

use crate::{ImportError, ImportFile, Imported, Resource, text};

pub(crate) fn read(name: &str, value: &Value) -> Result<ImportFile, ImportError> {
    let version = text(value, &["version"]).unwrap_or("");
    if version != "2.1.0" {
        return Err(ImportError::Version(version.to_owned()));
    }
    let mut file = ImportFile {
        name: name.to_owned(),
        findings: Vec::new(),
        others: 0,
    };
    for run in items(value, "runs") {
        let driver = run.get("tool").and_then(|t| t.get("driver"));
        let driver = driver.unwrap_or(&Value::Null);
        let rules: Vec<&Value> = items(driver, "rules").collect();
        let by_id: BTreeMap<&str, &Value> = rules
            .iter()
            .filter_map(|r| Some((text(r, &["id"])?, *r)))
            .collect();
        for result in items(run, "results") {
            let rule = result
                .get("ruleIndex")
                .and_then(Value::as_u64)
                .and_then(|i| rules.get(usize::try_from(i).ok()?).copied());
            let id = text(result, &["ruleId"])
                .or_else(|| text(result, &["rule", "id"]))
                .or_else(|| text(rule?, &["id"]))
                .unwrap_or("unnamed");
            let rule = by_id.get(id).copied().or(rule).unwrap_or(&Value::Null);
            if is_open(result) {
                file.findings.push(finding(driver, id, rule, result));
            } else {
                file.others += 1;
            }
        }
    }
    Ok(file)
}

fn items<'v>(value: &'v Value, key: &str) -> impl Iterator<Item = &'v Value> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}

/// A result is a finding unless it says that it passed, is only information, or was suppressed (§3.27.9, §3.27.23).
fn is_open(result: &Value) -> bool {
    let fails = matches!(text(result, &["kind"]), None | Some("fail" | "open" | "review"));
    let suppressed = items(result, "suppressions")
        .any(|s| !matches!(text(s, &["status"]), Some("rejected" | "underReview")));
    fails && !suppressed
}

fn finding(driver: &Value, id: &str, rule: &Value, result: &Value) -> Imported {
    let title = text(rule, &["shortDescription", "text"])
        .or_else(|| text(rule, &["name"]))
        .or_else(|| text(result, &["message", "text"]))
        .unwrap_or(id);
    let place = items(result, "locations")
        .next()
        .and_then(|l| l.get("physicalLocation"));
    let place = place.unwrap_or(&Value::Null);
    let line = |key: &str| {
        let line = place.get("region")?.get(key)?.as_u64()?;
        u32::try_from(line).ok()
    };
    Imported {
        tool: text(driver, &["name"]).unwrap_or("another tool").to_owned(),
        version: text(driver, &["semanticVersion"])
            .or_else(|| text(driver, &["version"]))
            .unwrap_or("")
            .to_owned(),
        check: id.to_owned(),
        title: title.to_owned(),
        why: text(result, &["message", "text"]).unwrap_or(title).to_owned(),
        impact: String::new(),
        fix: String::new(),
        url: text(rule, &["helpUri"]).map(str::to_owned),
        severity: severity(rule, result),
        resource: Resource {
            path: text(place, &["artifactLocation", "uri"]).map(path),
            line: line("startLine"),
            end: line("endLine"),
            name: items(result, "locations")
                .flat_map(|l| items(l, "logicalLocations"))
                .find_map(|l| text(l, &["fullyQualifiedName"]))
                .map(str::to_owned),
            ..Resource::default()
        },
    }
}

/// The rule's CVSS-like score where it has one, else the level.
fn severity(rule: &Value, result: &Value) -> Severity {
    let score = [result, rule].into_iter().find_map(|v| {
        let score = v.get("properties")?.get("security-severity")?;
        score.as_f64().or_else(|| score.as_str()?.parse().ok())
    });
    let level = || {
        text(result, &["level"])
            .or_else(|| text(rule, &["defaultConfiguration", "level"]))
            .unwrap_or("warning")
    };
    match score {
        Some(s) if s >= 9.0 => Severity::Critical,
        Some(s) if s >= 7.0 => Severity::High,
        Some(s) if s >= 4.0 => Severity::Medium,
        Some(s) if s > 0.0 => Severity::Low,
        // Tools that rate nothing call everything an error.
        _ => match level() {
            "error" | "warning" => Severity::Medium,
            "note" => Severity::Low,
            _ => Severity::Info,
        },
    }
}

/// A file's path out of a URI: the scheme gone, `%20` read, `\` turned.
fn path(uri: &str) -> String {
    let plain = uri.strip_prefix("file://").unwrap_or(uri);
    let mut bytes = Vec::with_capacity(plain.len());
    let mut rest = plain.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let hex = (*first == b'%')
            .then(|| std::str::from_utf8(tail.get(..2)?).ok())
            .flatten()
            .and_then(|h| u8::from_str_radix(h, 16).ok());
        match hex {
            Some(byte) => {
                bytes.push(byte);
                rest = tail.get(2..).unwrap_or(&[]);
            }
            None => {
                bytes.push(if *first == b'\\' { b'/' } else { *first });
                rest = tail;
            }
        }
    }
    let path = String::from_utf8_lossy(&bytes).into_owned();
    path.trim_start_matches("./").trim_start_matches('/').to_owned()
}
