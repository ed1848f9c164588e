//! Fix groups: findings that one change resolves.

use std::collections::BTreeMap;

use aispm_graph::GraphView;
use aispm_types::{AiSystem, AssetId, AssetKind, Finding, Fix, short_hash};

/// Groups open findings by the thing one change touches: a key to rotate, a package to upgrade, a resource or server entry to
/// edit, a model file to replace. In code each violation is a change of its own.
pub(crate) fn group(findings: &[Finding], graph: &GraphView, systems: &[AiSystem]) -> Vec<Fix> {
    let mut groups: BTreeMap<Vec<&str>, Vec<&Finding>> = BTreeMap::new();
    for f in findings.iter().filter(|f| f.accepted.is_none()) {
        groups.entry(key(f, graph)).or_default().push(f);
    }
    let owners: BTreeMap<&AssetId, Vec<&AiSystem>> = systems.iter().fold(BTreeMap::new(), |mut map, s| {
        s.assets
            .iter()
            .chain([&s.id])
            .for_each(|a| map.entry(a).or_insert_with(Vec::new).push(s));
        map
    });
    let mut fixes: Vec<Fix> = groups
        .iter()
        .map(|(key, members)| fix(key, members, graph, &owners))
        .collect();
    fixes.sort_by(|a, b| a.id.cmp(&b.id));
    fixes
}

fn key<'a>(f: &'a Finding, graph: &GraphView) -> Vec<&'a str> {
    let kind = graph.asset(&f.asset).map(|a| a.kind);
    let in_code = matches!(
        kind,
        Some(
            AssetKind::Service
                | AssetKind::Repository
                | AssetKind::Agent
                | AssetKind::Endpoint
                | AssetKind::Notebook
                | AssetKind::Tool
        )
    );
    let from_code = f
        .locations
        .first()
        .and_then(|l| l.path.as_deref())
        .is_some_and(|p| !p.ends_with(".tf"));
    if in_code && from_code && !f.discriminator.is_empty() {
        return vec![f.rule.as_str(), f.asset.as_str(), f.discriminator.as_str()];
    }
    if kind == Some(AssetKind::AiSystem) {
        return vec![f.rule.as_str(), f.asset.as_str()];
    }
    vec![f.asset.as_str()]
}

fn fix(
    key: &[&str],
    members: &[&Finding],
    graph: &GraphView,
    owners: &BTreeMap<&AssetId, Vec<&AiSystem>>,
) -> Fix {
    let mut worst: Vec<&Finding> = members.to_vec();
    worst.sort_by(|a, b| b.severity.cmp(&a.severity).then_with(|| a.id.cmp(&b.id)));
    let touched = members.iter().filter_map(|f| owners.get(&f.asset)).flatten();
    let systems: BTreeMap<&str, &AiSystem> = touched.map(|s| (s.name.as_str(), *s)).collect();
    let title = worst
        .first()
        .map_or_else(String::new, |f| title(f, members.len(), graph));
    let mut locations: Vec<_> = members.iter().flat_map(|f| f.locations.iter().cloned()).collect();
    locations.sort();
    locations.dedup();
    let mut ids: Vec<String> = members.iter().map(|f| f.id.clone()).collect();
    ids.sort();
    Fix {
        id: format!("X-{}", short_hash(key)),
        title,
        findings: ids,
        paths_cut: Vec::new(),
        systems: systems.keys().map(|n| (*n).to_owned()).collect(),
        owner: systems.values().find_map(|s| s.owner.clone()),
        effort: members
            .iter()
            .map(|f| f.remediation.effort)
            .max()
            .unwrap_or(aispm_types::Effort::Low),
        safe: members.iter().all(|f| f.remediation.safe),
        severity: worst.first().map_or(aispm_types::Severity::Info, |f| f.severity),
        locations,
    }
}

/// The remediation of the worst finding in its first sentence, the thing it is done to, and how much else goes with it.
fn title(worst: &Finding, members: usize, graph: &GraphView) -> String {
    let summary = worst.remediation.summary.trim();
    let sentence = summary
        .split(". ")
        .next()
        .unwrap_or(summary)
        .trim_end_matches('.');
    let name = graph
        .asset(&worst.asset)
        .map_or(worst.asset.as_str(), |a| a.name.as_str());
    let more = if members > 1 {
        format!(", and {} more on it", members - 1)
    } else {
        String::new()
    };
    format!("{sentence} ({name}{more})")
}
