//! SARIF 2.1.0 (OASIS): findings as results, gaps as notifications, controls as taxonomies.

use std::collections::BTreeMap;
use std::io::{self, Write};

use aispm_types::{Confidence, ControlId, Finding, Location, Report, Severity};
use serde_json::{Map, Value, json};

use crate::{Options, controls, grouping, index::Index, inert::inert, json as writer};

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
/// Base of the first target's paths; code-scanning services know it as the checkout.
const ROOT: &str = "%SRCROOT%";

/// Writes one run.
pub(crate) fn render(report: &Report, _options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let index = Index::new(report);
    let rules = rules(report);
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": report.tool.name,
                "version": report.tool.version,
                "rules": rules.values().map(|(_, r)| r).collect::<Vec<_>>(),
                "supportedTaxonomies": frameworks(report).keys().map(|k| json!({"name": controls::framework(k.0), "guid": guid(k)})).collect::<Vec<_>>(),
                "properties": {"contentVersion": report.tool.content_version},
            }},
            "columnKind": "unicodeCodePoints",
            "originalUriBaseIds": bases(report),
            "invocations": [invocation(report)],
            "taxonomies": taxonomies(report),
            "results": report.findings.iter().map(|f| result(f, &index, &rules, report)).collect::<Vec<_>>(),
        }],
    });
    writer::write(&log, out)
}

/// Rules that have findings, by id, with their place in the list and their descriptor.
fn rules(report: &Report) -> BTreeMap<&str, (usize, Value)> {
    let mut rules: BTreeMap<&str, (usize, Value)> = BTreeMap::new();
    for f in &report.findings {
        rules.entry(&f.rule).or_insert_with(|| (0, descriptor(f)));
    }
    for (place, (at, _)) in rules.values_mut().enumerate() {
        *at = place;
    }
    rules
}

fn descriptor(f: &Finding) -> Value {
    let mut tags: Vec<String> = vec!["security".to_owned(), "ai".to_owned()];
    tags.extend(f.controls.iter().map(ToString::to_string));
    json!({
        "id": f.rule,
        "shortDescription": {"text": message(&f.title)},
        "fullDescription": {"text": message(&f.impact)},
        "help": {"text": message(&f.remediation.summary)},
        "defaultConfiguration": {"level": level(f.severity)},
        "relationships": f.controls.iter().map(|c| json!({
            "target": {"id": c.id, "toolComponent": {"name": controls::framework(&c.framework), "guid": guid(&(c.framework.as_str(), c.version.as_str()))}},
            "kinds": ["relevant"],
        })).collect::<Vec<_>>(),
        "properties": {
            "tags": tags,
            "precision": precision(f.confidence),
            "security-severity": score(f.severity),
        },
    })
}

fn result(f: &Finding, index: &Index<'_>, rules: &BTreeMap<&str, (usize, Value)>, report: &Report) -> Value {
    let paths = index.paths_on(&f.id);
    let mut result = Map::new();
    result.insert("ruleId".into(), f.rule.clone().into());
    if let Some((place, _)) = rules.get(f.rule.as_str()) {
        result.insert("ruleIndex".into(), (*place).into());
    }
    result.insert("level".into(), level(f.severity).into());
    result.insert("message".into(), json!({"text": message(&f.why)}));
    let logical = json!([{
        "name": inert(index.name(&f.asset)),
        "fullyQualifiedName": inert(f.asset.as_str()),
        "kind": index.assets.get(f.asset.as_str()).map_or("resource", |a| a.asset.kind.as_str()),
    }]);
    // A result without a place would be dropped by code-scanning services; the asset's own places stand in.
    let of_asset = index
        .assets
        .get(f.asset.as_str())
        .map_or(&[][..], |a| &a.asset.locations);
    let places = if f.locations.is_empty() {
        of_asset
    } else {
        &f.locations
    };
    let mut locations: Vec<Value> = places
        .iter()
        .filter_map(|l| physical(l, report))
        .map(|p| json!({"physicalLocation": p, "logicalLocations": logical}))
        .collect();
    if locations.is_empty() {
        locations.push(json!({"logicalLocations": logical}));
    }
    result.insert("locations".into(), locations.into());
    result.insert("partialFingerprints".into(), json!({"aispm/v1": f.id}));
    if let Some(reason) = &f.accepted {
        result.insert(
            "suppressions".into(),
            json!([{"kind": "external", "status": "accepted", "justification": inert(reason)}]),
        );
    }
    result.insert(
        "properties".into(),
        json!({
            "id": f.id,
            "severity": f.severity,
            "severityReason": f.severity_reason.as_deref().map(inert),
            "confidence": f.confidence,
            "system": index.system_of(&f.asset).map(|s| inert(&s.name)),
            "attackPaths": paths,
            "security-severity": score(f.severity),
        }),
    );
    Value::Object(result)
}

fn physical(location: &Location, report: &Report) -> Option<Value> {
    let path = location.path.as_deref()?;
    let mut physical =
        json!({"artifactLocation": {"uri": uri(path), "uriBaseId": base(&location.target, report)}});
    if let (Some(line), Some(object)) = (location.line.filter(|l| *l > 0), physical.as_object_mut()) {
        let mut region = json!({"startLine": line});
        if let (Some(column), Some(region)) = (location.column.filter(|c| *c > 0), region.as_object_mut()) {
            region.insert("startColumn".into(), column.into());
        }
        object.insert("region".into(), region);
    }
    Some(physical)
}

fn base(target: &str, report: &Report) -> String {
    match report.scan.targets.iter().position(|t| t == target) {
        None | Some(0) => ROOT.to_owned(),
        Some(n) => format!("TARGET{n}"),
    }
}

fn bases(report: &Report) -> Value {
    let targets = report.scan.targets.iter().map(|t| {
        (
            base(t, report),
            json!({"description": {"text": format!("Target {}", message(t))}}),
        )
    });
    Value::Object(targets.collect())
}

/// A path as a relative URI (RFC 3986): everything but unreserved characters and `/` is percent-encoded, so that no path
/// becomes a scheme, a query or a fragment.
fn uri(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for b in path.trim_start_matches('/').bytes() {
        if b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~' | b'/' | b'!') {
            out.push(char::from(b));
        } else {
            out.push_str(&format!("%{b:02X}"));
        }
    }
    out
}

fn invocation(report: &Report) -> Value {
    let notes: Vec<Value> = grouping::unread(report)
        .map(|r| {
            let reason = r.reason.as_deref().unwrap_or("no reason was given");
            json!({"level": "warning", "message": {"text": message(&format!("{} was not read completely: {reason}", r.scope))}})
        })
        .collect();
    let mut invocation = json!({"executionSuccessful": true, "toolExecutionNotifications": notes});
    if let Some(object) = invocation.as_object_mut() {
        for (key, time) in [
            ("startTimeUtc", &report.run.started_at),
            ("endTimeUtc", &report.run.finished_at),
        ] {
            if !time.is_empty() {
                object.insert(key.into(), time.clone().into());
            }
        }
    }
    invocation
}

/// Frameworks that findings name, as (key, version), with the requirements named.
fn frameworks(report: &Report) -> BTreeMap<(&str, &str), std::collections::BTreeSet<&str>> {
    let mut frameworks: BTreeMap<(&str, &str), std::collections::BTreeSet<&str>> = BTreeMap::new();
    for ControlId {
        framework,
        version,
        id,
    } in report.findings.iter().flat_map(|f| &f.controls)
    {
        frameworks.entry((framework, version)).or_default().insert(id);
    }
    frameworks
}

fn taxonomies(report: &Report) -> Vec<Value> {
    frameworks(report)
        .iter()
        .map(|(key, ids)| {
            json!({
                "name": controls::framework(key.0),
                "version": key.1,
                "guid": guid(key),
                "taxa": ids.iter().map(|id| json!({"id": id})).collect::<Vec<_>>(),
            })
        })
        .collect()
}

/// A stable GUID for a framework's version.
fn guid(framework: &(&str, &str)) -> String {
    crate::cyclonedx::uuid(format!("{}@{}", framework.0, framework.1).as_bytes())
}

/// Plain text of a message: no part of it is taken for a link (`[text](target)`, §3.11.6) or a placeholder (`{0}`, §3.11.5).
fn message(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in inert(text).chars() {
        match c {
            '[' | ']' => {
                out.push('\\');
                out.push(c);
            }
            '{' | '}' => {
                out.push(c);
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "note",
    }
}

/// The middle of the band that GitHub reads for each word.
fn score(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "2.0",
        Severity::Info => "0.0",
    }
}

fn precision(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::High => "very-high",
        Confidence::Medium => "high",
        Confidence::Low => "medium",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_relative_uris() {
        for (given, expected) in [
            ("src/app.py", "src/app.py"),
            ("a b/ü.pt!/archive/data.pkl", "a%20b/%C3%BC.pt!/archive/data.pkl"),
            ("javascript:alert(1)", "javascript%3Aalert%281%29"),
            ("/etc/passwd?x#y", "etc/passwd%3Fx%23y"),
        ] {
            assert_eq!(uri(given), expected);
        }
    }

    #[test]
    fn messages_hold_no_links_and_no_placeholders() {
        assert_eq!(message("[x](http://evil) {0}"), "\\[x\\](http://evil) {{0}}");
    }
}
