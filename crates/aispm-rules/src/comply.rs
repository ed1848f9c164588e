//! Holds a scan against a framework: which requirements its rules speak for, and what they said.

use std::collections::{BTreeMap, BTreeSet};

use aispm_types::{
    COMPLIANCE_SCHEMA, CheckCounts, CheckOutcome, Compliance, ControlFinding, ControlId, ControlResult,
    ControlStatus, Finding, Report, RuleCounts, RuleMeta, ScopeStatus, StatusCounts, Tested,
};

use crate::suggest::did_you_mean;
use crate::{Control, Framework};

/// Reasons listed for one rule; the count says how many checks there are.
const REASONS: usize = 5;

/// The framework that `word` names: `owasp-llm`, which is its newest version, or `owasp-llm@2025`.
///
/// # Errors
/// A sentence for the user that names what there is.
pub fn named<'a>(frameworks: &'a [Framework], word: &str) -> Result<&'a Framework, String> {
    let (key, version) = word.split_once('@').map_or((word, None), |(k, v)| (k, Some(v)));
    let mut of_key = frameworks.iter().filter(|f| f.key == key).peekable();
    if of_key.peek().is_none() {
        let hint = did_you_mean(key, frameworks.iter().map(|f| f.key.as_str()));
        return Err(format!(
            "`{key}` is no framework we know{hint}; `aispm comply` lists them"
        ));
    }
    let versions: Vec<&str> = of_key.clone().map(|f| f.version.as_str()).collect();
    match version {
        // Versions of a framework are sorted, the newest last.
        None => of_key.next_back(),
        Some(version) => of_key.find(|f| f.version == version),
    }
    .ok_or_else(|| format!("`{key}` is known in version {}", versions.join(", ")))
}

/// Holds `report` against `framework`. Every control of it has a result: what no rule tests is not assessed, never passed.
pub fn comply<'a>(
    framework: &Framework,
    rules: impl Iterator<Item = &'a RuleMeta>,
    report: &Report,
) -> Compliance {
    let rules: Vec<&RuleMeta> = rules.collect();
    let scan = Scan::new(report);
    let controls: Vec<ControlResult> = framework
        .controls
        .iter()
        .map(|control| result(framework, control, &rules, &scan))
        .collect();
    let mut counts = StatusCounts::default();
    for control in &controls {
        match control.status {
            ControlStatus::Passed => counts.passed += 1,
            ControlStatus::Failed => counts.failed += 1,
            ControlStatus::NotAssessed => counts.not_assessed += 1,
            ControlStatus::Manual => counts.manual += 1,
        }
    }
    let unread = |s: ScopeStatus| matches!(s, ScopeStatus::Partial | ScopeStatus::Gap);
    Compliance {
        schema: COMPLIANCE_SCHEMA.to_owned(),
        framework: framework.key.clone(),
        version: framework.version.clone(),
        title: framework.title.clone(),
        url: framework.url.clone(),
        licence: framework.licence.clone(),
        scan: report.run.id.clone(),
        scanned_at: report.run.finished_at.clone(),
        targets: report.scan.targets.clone(),
        gaps: report
            .scan
            .coverage
            .iter()
            .filter(|c| unread(c.status) && c.reason.is_some())
            .count(),
        counts,
        controls,
    }
}

/// A scan by rule.
struct Scan<'a> {
    counts: BTreeMap<&'a str, CheckCounts>,
    findings: BTreeMap<&'a str, Vec<&'a Finding>>,
    reasons: BTreeMap<&'a str, BTreeSet<&'a str>>,
    /// Kept no counts by rule: made by a version that did not.
    old: bool,
}

impl<'a> Scan<'a> {
    fn new(report: &'a Report) -> Self {
        let mut findings: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
        for f in &report.findings {
            findings.entry(&f.rule).or_default().push(f);
        }
        let mut reasons: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for c in report
            .checks
            .iter()
            .filter(|c| c.outcome == CheckOutcome::NotAssessed)
        {
            reasons.entry(&c.rule).or_default().extend(c.reason.as_deref());
        }
        let counts = &report.summary.checks_by_rule;
        let all = report.summary.checks;
        Self {
            counts: counts.iter().map(|(rule, n)| (rule.as_str(), *n)).collect(),
            findings,
            reasons,
            old: counts.is_empty() && all != CheckCounts::default(),
        }
    }

    fn rule(&self, id: &str) -> Option<RuleCounts> {
        let n = self.counts.get(id)?;
        let reasons = self.reasons.get(id).into_iter().flatten();
        Some(RuleCounts {
            rule: id.to_owned(),
            passed: n.passed,
            failed: n.failed,
            not_assessed: n.not_assessed,
            reasons: reasons.take(REASONS).map(|r| (*r).to_owned()).collect(),
        })
    }
}

fn result(framework: &Framework, control: &Control, rules: &[&RuleMeta], scan: &Scan<'_>) -> ControlResult {
    let own = ControlId {
        framework: framework.key.clone(),
        version: framework.version.clone(),
        id: control.id.clone(),
    };
    // What speaks for `15.5` speaks for `15`.
    let part = |c: &ControlId| {
        c.framework == own.framework
            && c.version == own.version
            && c.id
                .strip_prefix(&own.id)
                .is_some_and(|rest| rest.starts_with('.'))
    };
    let tests = |c: &ControlId| *c == own || part(c) || control.carries.contains(c);
    let mapped: Vec<&RuleMeta> = rules
        .iter()
        .copied()
        .filter(|m| m.controls.iter().any(tests))
        .collect();
    let counts: Vec<RuleCounts> = mapped.iter().filter_map(|m| scan.rule(&m.id)).collect();
    let mut findings: Vec<ControlFinding> = mapped
        .iter()
        .filter_map(|m| scan.findings.get(m.id.as_str()))
        .flatten()
        .map(|f| against(f))
        .collect();
    findings.sort_by(|a, b| (b.severity, &a.rule, &a.id).cmp(&(a.severity, &b.rule, &b.id)));
    let tested = tested(mapped.len(), &counts);
    let failed = counts.iter().any(|c| c.failed > 0) || !findings.is_empty();
    let (status, reason) = status(control, &tested, failed, scan.old);
    ControlResult {
        id: control.id.clone(),
        title: control.title.clone(),
        status,
        reason,
        tested,
        findings,
        rules: counts,
    }
}

fn status(control: &Control, tested: &Tested, failed: bool, old: bool) -> (ControlStatus, Option<String>) {
    let because = |status, reason: &str| (status, Some(reason.to_owned()));
    match tested {
        _ if failed => (ControlStatus::Failed, None),
        _ if control.manual => because(
            ControlStatus::Manual,
            "asks for people, processes or documents; what can be read says nothing against it",
        ),
        Tested { rules: 0, .. } => because(ControlStatus::NotAssessed, "no rule tests it"),
        _ if old => because(
            ControlStatus::NotAssessed,
            "the scan kept no counts of its checks; scan again",
        ),
        Tested { rules_applied: 0, .. } => because(
            ControlStatus::NotAssessed,
            "nothing in the scan is concerned by the rules that test it",
        ),
        Tested {
            checks_not_assessed: 0,
            ..
        } => (ControlStatus::Passed, None),
        Tested {
            checks,
            checks_not_assessed,
            ..
        } => (
            ControlStatus::NotAssessed,
            Some(format!(
                "{checks_not_assessed} of {} checks could not be made",
                checks + checks_not_assessed
            )),
        ),
    }
}

fn tested(rules: usize, counts: &[RuleCounts]) -> Tested {
    let made: u64 = counts.iter().map(|c| c.passed + c.failed).sum();
    let unmade: u64 = counts.iter().map(|c| c.not_assessed).sum();
    let percent = (made * 100).checked_div(made + unmade).unwrap_or(0);
    Tested {
        rules,
        rules_applied: counts.len(),
        checks: made,
        checks_not_assessed: unmade,
        share: percent as f64 / 100.0,
    }
}

fn against(f: &Finding) -> ControlFinding {
    ControlFinding {
        id: f.id.clone(),
        rule: f.rule.clone(),
        severity: f.severity,
        why: f.why.clone(),
        asset: f.asset.clone(),
        locations: f.locations.clone(),
        accepted: f.accepted.clone(),
    }
}

#[cfg(test)]
mod tests {
    use aispm_types::{AssetId, Check};

    use super::*;
    use crate::{Registry, frameworks};

    fn framework() -> Framework {
        let control = |id: &str, manual| Control {
            id: id.to_owned(),
            title: String::new(),
            manual,
            carries: Vec::new(),
        };
        let mut carried = control("NEW", false);
        carried.carries.push("f@0:OLD".parse().unwrap());
        Framework {
            key: String::from("f"),
            version: String::from("1"),
            title: String::from("F"),
            url: String::from("https://example.org"),
            licence: String::from("none"),
            controls: vec![
                control("1", false),
                control("1.2", false),
                control("2", true),
                control("3", false),
                carried,
            ],
        }
    }

    /// A rule of ours, mapped anew.
    fn rule(id: &str, controls: &[&str]) -> RuleMeta {
        let registry = Registry::load(None).unwrap();
        let mut meta = registry.metas().next().unwrap().clone();
        id.clone_into(&mut meta.id);
        meta.controls = controls.iter().map(|c| c.parse().unwrap()).collect();
        meta
    }

    fn report(counts: &[(&str, [u64; 3])]) -> Report {
        let mut report: Report = serde_json::from_str(
            r#"{"schema":"","run":{"id":"S-1","started_at":"","finished_at":"","host":"","durations":{},"network":[]},
                "tool":{"name":"","version":"","content_version":""},"scan":{"targets":[],"coverage":[]},"systems":[],"assets":[],
                "relations":[],"checks":[],"findings":[],"fixes":[],"paths":[],"summary":{"systems":0,"systems_unowned":0,
                "systems_never_assessed":0,"assets_by_kind":{},"findings_by_severity":{},"findings_accepted":0,"paths_by_severity":{},
                "checks":{"passed":0,"failed":0,"not_assessed":0},"files_read":0}}"#,
        )
        .unwrap();
        for (rule, [passed, failed, not_assessed]) in counts {
            let n = CheckCounts {
                passed: *passed,
                failed: *failed,
                not_assessed: *not_assessed,
            };
            report.summary.checks_by_rule.insert((*rule).to_owned(), n);
            report.summary.checks.passed += passed;
            for _ in 0..*not_assessed {
                report.checks.push(Check {
                    rule: (*rule).to_owned(),
                    asset: AssetId::parse("a"),
                    outcome: CheckOutcome::NotAssessed,
                    reason: Some(String::from("not read")),
                });
            }
        }
        report
    }

    #[test]
    fn unknown_is_never_passed() {
        use ControlStatus::{Failed, Manual, NotAssessed, Passed};
        let rules = [
            rule("a", &["f@1:1.2"]),
            rule("b", &["f@1:1.2"]),
            rule("m", &["f@1:2"]),
            rule("o", &["f@0:OLD"]),
        ];
        // Counts by rule (passed, failed, not assessed) and the status of 1, 1.2, 2, 3 and NEW.
        for (counts, expected) in [
            (
                &[][..],
                [NotAssessed, NotAssessed, Manual, NotAssessed, NotAssessed],
            ),
            (
                &[("a", [2, 0, 0])][..],
                [Passed, Passed, Manual, NotAssessed, NotAssessed],
            ),
            (
                &[("a", [2, 0, 0]), ("b", [0, 0, 1])][..],
                [NotAssessed, NotAssessed, Manual, NotAssessed, NotAssessed],
            ),
            (
                &[("a", [2, 1, 0]), ("b", [0, 0, 1])][..],
                [Failed, Failed, Manual, NotAssessed, NotAssessed],
            ),
            (
                &[("m", [0, 1, 0])][..],
                [NotAssessed, NotAssessed, Failed, NotAssessed, NotAssessed],
            ),
            (
                &[("m", [3, 0, 0]), ("o", [1, 0, 0])][..],
                [NotAssessed, NotAssessed, Manual, NotAssessed, Passed],
            ),
            (
                &[("unmapped", [1, 1, 1])][..],
                [NotAssessed, NotAssessed, Manual, NotAssessed, NotAssessed],
            ),
        ] {
            let got = comply(&framework(), rules.iter(), &report(counts));
            let statuses: Vec<ControlStatus> = got.controls.iter().map(|c| c.status).collect();
            assert_eq!(statuses, expected, "{counts:?}");
            let n = got.counts;
            assert_eq!(n.passed + n.failed + n.not_assessed + n.manual, 5);
            for c in &got.controls {
                assert_eq!(
                    c.reason.is_some(),
                    matches!(c.status, NotAssessed | Manual),
                    "{counts:?} {}",
                    c.id
                );
            }
        }
    }

    #[test]
    fn the_share_tested_is_that_of_the_checks_made() {
        let rules = [rule("a", &["f@1:1"]), rule("b", &["f@1:1"])];
        let got = comply(&framework(), rules.iter(), &report(&[("a", [5, 1, 2])]));
        let t = got.controls[0].tested;
        assert_eq!(
            (t.rules, t.rules_applied, t.checks, t.checks_not_assessed),
            (2, 1, 6, 2)
        );
        assert!((t.share - 0.75).abs() < 1e-9);
        assert_eq!(got.controls[0].rules[0].reasons, ["not read"]);
    }

    #[test]
    fn a_scan_without_counts_passes_nothing() {
        let mut old = report(&[("a", [2, 0, 0])]);
        old.summary.checks_by_rule.clear();
        let got = comply(&framework(), [rule("a", &["f@1:1"])].iter(), &old);
        assert_eq!(got.counts.passed, 0);
        assert!(got.controls[0].reason.as_deref().unwrap().contains("scan again"));
    }

    #[test]
    fn frameworks_are_found_by_name() {
        let known = frameworks().unwrap();
        for (word, expected) in [
            ("owasp-llm", Ok("2026")),
            ("owasp-llm@2025", Ok("2025")),
            ("owasp-llm@1999", Err("version 2025, 2026")),
            ("owasp-lm", Err("did you mean `owasp-llm`?")),
            ("", Err("no framework")),
        ] {
            match (named(&known, word), expected) {
                (Ok(f), Ok(version)) => assert_eq!(f.version, version, "{word}"),
                (Err(e), Err(part)) => assert!(e.contains(part), "{word}: {e}"),
                (got, _) => panic!("{word}: {got:?}"),
            }
        }
    }

    /// A mapping to a retired id keeps resolving: each list that carries another names controls that exist.
    #[test]
    fn what_is_carried_exists() {
        let known = frameworks().unwrap();
        let carried: Vec<&ControlId> = known
            .iter()
            .flat_map(|f| &f.controls)
            .flat_map(|c| &c.carries)
            .collect();
        assert!(carried.len() >= 10);
        for c in carried {
            assert!(known.iter().any(|f| f.resolves(c)), "{c}");
        }
    }
}
