//! Puts the report together.

use std::collections::{BTreeMap, BTreeSet};

use aispm_graph::GraphView;
use aispm_rules::Assessment;
use aispm_types::{
    AiSystem, AssetId, AssetKind, AttackPath, CheckCounts, CheckOutcome, CoverageRow, Finding, Fix,
    ImportRow, Posture, REPORT_SCHEMA, Report, ReportedAsset, RunInfo, ScanInfo, ScopeStatus, Summary,
    ToolInfo,
};

/// What a report is made of.
pub(crate) struct Parts<'a> {
    pub(crate) run: RunInfo,
    pub(crate) coverage: Vec<CoverageRow>,
    pub(crate) imports: Vec<ImportRow>,
    pub(crate) labels: Vec<String>,
    pub(crate) files: u64,
    pub(crate) paths_left_out: u64,
    pub(crate) graph: &'a GraphView,
    pub(crate) systems: Vec<AiSystem>,
    pub(crate) assessment: Assessment,
    pub(crate) fixes: Vec<Fix>,
    pub(crate) paths: Vec<AttackPath>,
}

pub(crate) fn report(mut parts: Parts<'_>) -> Report {
    judge_systems(&mut parts);
    rank_fixes(&mut parts.fixes, &parts.paths);
    let assets = reported(parts.graph, &parts.systems);
    let shown: BTreeSet<&AssetId> = assets.iter().map(|a| &a.asset.id).collect();
    let relations = parts
        .graph
        .relations()
        .iter()
        .filter(|r| shown.contains(&r.from) && shown.contains(&r.to))
        .cloned()
        .collect();
    let summary = summary(&parts, &assets);
    let checks = parts
        .assessment
        .checks
        .into_iter()
        .filter(|c| c.outcome != CheckOutcome::Pass)
        .collect();
    Report {
        schema: REPORT_SCHEMA.to_owned(),
        run: parts.run,
        tool: ToolInfo {
            name: String::from("aispm"),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            content_version: aispm_content::content_version().to_owned(),
            advisories: aispm_content::advisories_reach().to_owned(),
        },
        scan: ScanInfo {
            targets: parts.labels,
            coverage: parts.coverage,
            imports: parts.imports,
        },
        systems: parts.systems,
        assets,
        relations,
        checks,
        findings: parts.assessment.findings,
        fixes: parts.fixes,
        paths: parts.paths,
        summary,
    }
}

/// Assets as reported; AI systems have their own list. An asset that several systems share names none.
fn reported(graph: &GraphView, systems: &[AiSystem]) -> Vec<ReportedAsset> {
    let mut home: BTreeMap<&AssetId, Vec<&str>> = BTreeMap::new();
    for s in systems {
        for a in &s.assets {
            home.entry(a).or_default().push(&s.name);
        }
    }
    graph
        .assets()
        .filter(|a| a.kind != AssetKind::AiSystem)
        .map(|a| ReportedAsset {
            asset: a.clone(),
            class: a.kind.class(),
            system: match home.get(&a.id).map(Vec::as_slice) {
                Some([one]) => Some((*one).to_owned()),
                _ => None,
            },
        })
        .collect()
}

fn judge_systems(parts: &mut Parts<'_>) {
    let mut by_asset: BTreeMap<&AssetId, (u32, u32, BTreeSet<&str>)> = BTreeMap::new();
    for (asset, n) in &parts.assessment.passed {
        by_asset.entry(asset).or_default().0 = *n;
    }
    for c in &parts.assessment.checks {
        let entry = by_asset.entry(&c.asset).or_default();
        match c.outcome {
            CheckOutcome::Fail => entry.1 += 1,
            CheckOutcome::NotAssessed => {
                entry.2.insert(c.reason.as_deref().unwrap_or("no reason given"));
            }
            CheckOutcome::Pass => {}
        }
    }
    let unknown: BTreeMap<&AssetId, u32> = parts
        .assessment
        .checks
        .iter()
        .filter(|c| c.outcome == CheckOutcome::NotAssessed)
        .fold(BTreeMap::new(), |mut map, c| {
            *map.entry(&c.asset).or_default() += 1;
            map
        });
    for s in &mut parts.systems {
        let mut posture = Posture::default();
        let mut reasons: BTreeSet<String> = BTreeSet::new();
        for a in &s.assets {
            if let Some((passed, failed, why)) = by_asset.get(a) {
                posture.passed += passed;
                posture.failed += failed;
                posture.not_assessed += unknown.get(a).copied().unwrap_or(0);
                reasons.extend(why.iter().map(|w| (*w).to_owned()));
            }
        }
        reasons.extend(gaps_of(s, parts.graph, &parts.coverage));
        // The checks on the system itself (does anybody own it) count, and say nothing of whether its parts were looked at.
        let looked_at = posture.passed + posture.failed;
        if let Some((passed, failed, _)) = by_asset.get(&s.id) {
            posture.passed += passed;
            posture.failed += failed;
            posture.not_assessed += unknown.get(&s.id).copied().unwrap_or(0);
        }
        s.assessed = match (looked_at, reasons.is_empty()) {
            (0, _) => "never",
            (_, true) => "assessed",
            (_, false) => "partly",
        }
        .to_owned();
        if s.assessed == "never" && reasons.is_empty() {
            reasons.insert(String::from("no rule applies to what was seen of it; its code or infrastructure is not in the scanned targets"));
        }
        s.posture = posture;
        s.not_assessed_because = reasons.into_iter().collect();
        let members: BTreeSet<&AssetId> = s.assets.iter().collect();
        // A path concerns a system where it ends there, or leads through it.
        let concerns =
            |p: &&AttackPath| members.contains(&p.target) || p.steps.iter().any(|t| members.contains(&t.to));
        s.paths = parts
            .paths
            .iter()
            .filter(concerns)
            .map(|p| p.id.clone())
            .collect();
        s.paths.sort();
    }
}

/// Gaps in files where a member of the system was seen.
fn gaps_of(system: &AiSystem, graph: &GraphView, coverage: &[CoverageRow]) -> Vec<String> {
    let files: BTreeSet<&str> = system
        .assets
        .iter()
        .filter_map(|a| graph.asset(a))
        .flat_map(|a| &a.locations)
        .filter_map(|l| l.path.as_deref())
        .collect();
    let gaps = coverage
        .iter()
        .filter(|c| c.status == ScopeStatus::Gap && files.contains(c.scope.as_str()));
    gaps.filter_map(|c| c.reason.as_ref().map(|r| format!("{}: {r}", c.scope)))
        .collect()
}

/// Most paths cut first (a path that is worse counts more), then worst, then easiest.
fn rank_fixes(fixes: &mut [Fix], paths: &[AttackPath]) {
    let score: BTreeMap<&str, f64> = paths.iter().map(|p| (p.id.as_str(), p.score)).collect();
    let weight = |f: &Fix| {
        f.paths_cut
            .iter()
            .filter_map(|p| score.get(p.as_str()))
            .sum::<f64>()
    };
    fixes.sort_by(|a, b| {
        weight(b)
            .total_cmp(&weight(a))
            .then_with(|| b.severity.cmp(&a.severity))
            .then_with(|| a.effort.cmp(&b.effort))
            .then_with(|| b.findings.len().cmp(&a.findings.len()))
            .then_with(|| a.id.cmp(&b.id))
    });
}

fn count<T: ToString>(items: impl Iterator<Item = T>) -> BTreeMap<String, usize> {
    items.fold(BTreeMap::new(), |mut map, i| {
        *map.entry(i.to_string()).or_default() += 1;
        map
    })
}

/// Checks by rule.
fn by_rule(assessment: &Assessment) -> BTreeMap<String, CheckCounts> {
    let mut out: BTreeMap<String, CheckCounts> = BTreeMap::new();
    for (rule, n) in &assessment.held {
        out.entry(rule.clone()).or_default().passed = *n;
    }
    for check in &assessment.checks {
        let counts = out.entry(check.rule.clone()).or_default();
        match check.outcome {
            CheckOutcome::Pass => counts.passed += 1,
            CheckOutcome::Fail => counts.failed += 1,
            CheckOutcome::NotAssessed => counts.not_assessed += 1,
        }
    }
    out
}

fn summary(parts: &Parts<'_>, assets: &[ReportedAsset]) -> Summary {
    let open = |f: &&Finding| f.accepted.is_none();
    let outcome = |o: CheckOutcome| parts.assessment.checks.iter().filter(|c| c.outcome == o).count() as u64;
    Summary {
        systems: parts.systems.len(),
        systems_unowned: parts.systems.iter().filter(|s| s.owner.is_none()).count(),
        systems_never_assessed: parts.systems.iter().filter(|s| s.assessed == "never").count(),
        assets_by_kind: count(assets.iter().map(|a| a.asset.kind)),
        findings_by_severity: count(parts.assessment.findings.iter().filter(open).map(|f| f.severity)),
        findings_accepted: parts
            .assessment
            .findings
            .iter()
            .filter(|f| f.accepted.is_some())
            .count(),
        paths_by_severity: count(parts.paths.iter().map(|p| p.severity)),
        checks: CheckCounts {
            passed: parts.assessment.passed.values().map(|n| u64::from(*n)).sum(),
            failed: outcome(CheckOutcome::Fail),
            not_assessed: outcome(CheckOutcome::NotAssessed),
        },
        checks_by_rule: by_rule(&parts.assessment),
        files_read: parts.files,
        paths_left_out: parts.paths_left_out,
    }
}
