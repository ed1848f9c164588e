//! Imported findings on the assets of a scan.

use std::collections::BTreeMap;

use aispm_graph::GraphView;
use aispm_types::{
    Asset, AssetId, Confidence, Effort, Finding, ImportRow, Location, Properties, Remediation,
};

use crate::{ImportFile, Imported, meaning, resource};

/// What the imported files give.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Joined {
    /// Findings on assets of the graph, sorted by id; the same finding on the same asset once.
    pub findings: Vec<Finding>,
    /// What they establish about assets.
    pub properties: BTreeMap<AssetId, Properties>,
    /// A row for each file and tool: how many findings it has and how many are joined.
    pub rows: Vec<ImportRow>,
}

/// Joins findings of other tools to the assets of a graph.
pub fn join(files: &[ImportFile], graph: &GraphView) -> Joined {
    let mut out = Joined::default();
    let mut findings: BTreeMap<String, Finding> = BTreeMap::new();
    for file in files {
        let mut rows: BTreeMap<(&str, &str), ImportRow> = BTreeMap::new();
        for imported in &file.findings {
            let row = rows
                .entry((&imported.tool, &imported.version))
                .or_insert_with(|| ImportRow {
                    file: file.name.clone(),
                    tool: imported.tool.clone(),
                    version: imported.version.clone(),
                    findings: 0,
                    joined: 0,
                    others: 0,
                });
            row.findings += 1;
            let Some(asset) = resource::asset(&imported.resource, graph) else {
                continue;
            };
            row.joined += 1;
            let means = meaning::of(&imported.tool, &imported.check, asset.kind);
            if let Some(means) = means {
                let known = out.properties.entry(asset.id.clone()).or_default();
                known.extend(means.iter().map(|(k, v)| (k.clone(), v.clone())));
            }
            let finding = finding(imported, asset, means);
            findings
                .entry(finding.id.clone())
                .and_modify(|f| f.locations.extend(finding.locations.iter().cloned()))
                .or_insert(finding);
        }
        if rows.is_empty() {
            rows.insert(
                ("", ""),
                ImportRow {
                    file: file.name.clone(),
                    tool: String::new(),
                    version: String::new(),
                    findings: 0,
                    joined: 0,
                    others: 0,
                },
            );
        }
        if let Some(first) = rows.values_mut().next() {
            first.others = file.others;
        }
        out.rows.extend(rows.into_values());
    }
    out.findings = findings
        .into_values()
        .map(|mut f| {
            f.locations.sort();
            f.locations.dedup();
            f
        })
        .collect();
    out
}

fn finding(imported: &Imported, asset: &Asset, means: Option<&Properties>) -> Finding {
    let rule = format!(
        "{}/{}",
        imported.tool.to_ascii_lowercase().replace(' ', "-"),
        imported.check
    );
    let place = asset.locations.first();
    let own = imported
        .resource
        .path
        .as_ref()
        .zip(place)
        .map(|(_, at)| Location {
            line: imported.resource.line.or(at.line),
            ..at.clone()
        });
    let mut evidence = means.cloned().unwrap_or_default();
    for (name, value) in [("resource", &imported.resource.uid), ("reference", &imported.url)] {
        if let Some(value) = value {
            evidence.insert(name.to_owned(), value.clone().into());
        }
    }
    let or = |text: &str, other: &str| {
        let text = text.trim();
        if text.is_empty() {
            other.to_owned()
        } else {
            text.to_owned()
        }
    };
    Finding {
        id: Finding::identity(&rule, &asset.id, &imported.title),
        rule,
        title: imported.title.clone(),
        severity: imported.severity,
        severity_reason: None,
        confidence: Confidence::Medium,
        asset: asset.id.clone(),
        locations: own.or_else(|| place.cloned()).into_iter().collect(),
        why: imported.why.clone(),
        impact: or(
            &imported.impact,
            "The tool that found it does not say; its reference does.",
        ),
        evidence,
        remediation: Remediation {
            summary: or(&imported.fix, "See the reference of the tool that found it."),
            terraform: None,
            cli: None,
            code: None,
            effort: Effort::Medium,
            safe: false,
        },
        controls: Vec::new(),
        accepted: None,
        discriminator: imported.title.clone(),
        sources: vec![source(imported)],
    }
}

/// `Prowler 5.46.0: s3_bucket_public_access`.
pub(crate) fn source(imported: &Imported) -> String {
    let version = if imported.version.is_empty() {
        String::new()
    } else {
        format!(" {}", imported.version)
    };
    format!("{}{version}: {}", imported.tool, imported.check)
}
