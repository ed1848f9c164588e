//! Runs the rules over the graph.

use std::collections::BTreeMap;

use aispm_graph::World;
use aispm_types::{
    Asset, AssetId, AssetKind, Check, CheckOutcome, Finding, Outcome, RuleMeta, Severity, Violation,
};

use crate::{Registry, Rule};

/// What the rules say of a graph. Everything is sorted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Assessment {
    /// Checks that failed or were not assessed, by rule and asset.
    pub checks: Vec<Check>,
    /// How many checks each asset passed.
    pub passed: BTreeMap<AssetId, u32>,
    /// How many checks of each rule held.
    pub held: BTreeMap<String, u64>,
    /// Findings: worst first, then by rule, asset and id.
    pub findings: Vec<Finding>,
}

/// Judges every asset by every rule that concerns it. The policy may switch rules off or set their severity.
pub fn run(registry: &Registry, world: &World<'_>) -> Assessment {
    let mut out = Assessment::default();
    for asset in world.graph.assets() {
        for rule in registry.for_kind(asset.kind) {
            let set = world.policy.rules.get(&rule.meta().id);
            if set != Some(&None) {
                judge(rule, asset, world, set.copied().flatten(), &mut out);
            }
        }
    }
    out.checks.sort();
    out.findings
        .sort_by(|a, b| (b.severity, &a.rule, &a.asset, &a.id).cmp(&(a.severity, &b.rule, &b.asset, &b.id)));
    out
}

fn judge(rule: &dyn Rule, asset: &Asset, world: &World<'_>, set: Option<Severity>, out: &mut Assessment) {
    let mut check = |outcome, reason| {
        out.checks.push(Check {
            rule: rule.meta().id.clone(),
            asset: asset.id.clone(),
            outcome,
            reason,
        });
    };
    match rule.assess(asset, world) {
        Outcome::NotApplicable => {}
        Outcome::Pass => {
            *out.passed.entry(asset.id.clone()).or_default() += 1;
            *out.held.entry(rule.meta().id.clone()).or_default() += 1;
        }
        Outcome::NotAssessed(reason) => check(CheckOutcome::NotAssessed, Some(reason.0)),
        Outcome::Fail(violations) => {
            check(CheckOutcome::Fail, None);
            let findings = violations
                .into_iter()
                .map(|v| finding(rule.meta(), asset, v, set));
            out.findings.extend(findings);
        }
    }
}

/// One step milder, and two where the asset is a use of AI that only a test runs; a file that carries an attack is one wherever it lies.
fn in_tests(severity: Severity, kind: AssetKind) -> Severity {
    match kind {
        AssetKind::Agent
        | AssetKind::Tool
        | AssetKind::McpServer
        | AssetKind::Endpoint
        | AssetKind::Prompt => severity.lowered().lowered(),
        _ => severity.lowered(),
    }
}

fn finding(meta: &RuleMeta, asset: &Asset, violation: Violation, set: Option<Severity>) -> Finding {
    let identity = violation.sighting.as_ref().unwrap_or(&asset.id);
    let (severity, severity_reason) = match (set, violation.severity) {
        (Some(severity), _) => (severity, Some("set by the organisation's policy".to_owned())),
        (None, Some((severity, reason))) => (severity, Some(reason)),
        // Nothing ships from tests, examples and documentation, so a defect there needs another to hurt.
        (None, None) if asset.is("test_code") => (
            in_tests(meta.severity, asset.kind),
            Some("stands only in tests, examples or documentation".to_owned()),
        ),
        (None, None) => (meta.severity, None),
    };
    let mut locations = violation.locations;
    if locations.is_empty() {
        locations.clone_from(&asset.locations);
    }
    locations.sort();
    locations.dedup();
    Finding {
        id: Finding::identity(&meta.id, identity, &violation.discriminator),
        rule: meta.id.clone(),
        title: meta.title.clone(),
        severity,
        severity_reason,
        confidence: meta.confidence,
        asset: asset.id.clone(),
        locations,
        why: violation.why,
        impact: meta.impact.clone(),
        evidence: violation.evidence,
        remediation: meta.remediation.clone(),
        controls: meta.controls.clone(),
        accepted: None,
        sources: Vec::new(),
        discriminator: violation.discriminator,
    }
}
