//! The engine: registry, runner, identities, and meta-tests over every rule.

use std::collections::BTreeSet;

use aispm_graph::{GraphView, World, resolve};
use aispm_types::{
    Asset, AssetKind, Batch, CheckOutcome, Fact, FactKind, Finding, Location, Policy, Severity, Value,
};

use crate::data::DataRule;
use crate::data::file::RuleFile;
use crate::{Registry, Rule, frameworks, run, skeleton, test_examples};

fn registry() -> Registry {
    Registry::load(None).unwrap_or_else(|e| panic!("{}", lines(&e)))
}

fn lines<T: ToString>(errors: &[T]) -> String {
    errors
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("\n")
}

fn assessed(registry: &Registry, graph: &GraphView, policy: &Policy) -> crate::Assessment {
    let world = World {
        graph,
        policy,
        baseline: None,
        as_of: jiff::civil::date(2026, 1, 1),
    };
    run(registry, &world)
}

const SECRETS: &str = r#"
id: test-secrets
title: t
severity: high
confidence: high
applies_to: [service, notebook]
controls: []
finds: f
impact: i
remediation: {summary: Fix it., effort: low, safe: true}
false_positives: none
references: []
for_each: facts.secret_sighting
fail_if: it.placeholder != true
discriminator: it.detector + '/' + it.fingerprint
why: "{{ it.vendor }} key {{ it.preview }} in {{ asset.name }}{{ asset.owner }}."
severity_if:
  - {when: it.test_code == true, severity: low, reason: "in the tests of {{ asset.name }}"}
examples:
  fail: [{facts: {secret_sighting: [{detector: a, fingerprint: b}]}}]
  pass: [{}]
"#;

fn with(extra: &str, id: &str) -> Registry {
    Registry::load(Some(vec![(format!("{id}.yaml"), extra.to_owned())]))
        .unwrap_or_else(|e| panic!("{}", lines(&e)))
}

fn sighting(on: &aispm_types::AssetId, fingerprint: &str, line: u32) -> Fact {
    Fact::new(FactKind::SecretSighting, on)
        .with("detector", "openai")
        .with("vendor", "OpenAI")
        .with("preview", "sk-…(51)")
        .with("fingerprint", fingerprint)
        .at(Location::file("t", "a.py").line(line))
}

fn only(findings: Vec<Finding>, rule: &str) -> Vec<Finding> {
    findings.into_iter().filter(|f| f.rule == rule).collect()
}

#[test]
fn for_each_gives_one_finding_for_each_meaning_with_every_place() {
    let registry = with(SECRETS, "test-secrets");
    let mut batch = Batch::default();
    let id = batch.asset(Asset::new(AssetKind::Service, "r/app", "app"));
    batch.fact(sighting(&id, "aa", 3));
    batch.fact(sighting(&id, "aa", 9));
    batch.fact(sighting(&id, "bb", 5).with("test_code", true));
    batch.fact(sighting(&id, "cc", 6).with("placeholder", true));
    let findings = only(
        assessed(&registry, &resolve(batch), &Policy::default()).findings,
        "test-secrets",
    );
    assert_eq!(findings.len(), 2);
    assert_eq!(findings[0].severity, Severity::High);
    assert_eq!(findings[0].why, "OpenAI key sk-…(51) in appnot set.");
    assert_eq!(
        findings[0].locations.iter().map(|l| l.line).collect::<Vec<_>>(),
        [Some(3), Some(9)]
    );
    assert_eq!(findings[0].discriminator, "openai/aa");
    assert_eq!(findings[0].evidence.get("fingerprint"), Some(&Value::from("aa")));
    assert_eq!(findings[1].severity, Severity::Low);
    assert_eq!(
        findings[1].severity_reason.as_deref(),
        Some("in the tests of app")
    );
}

#[test]
fn a_line_that_moves_keeps_the_id() {
    let registry = with(SECRETS, "test-secrets");
    let ids = |line| {
        let mut batch = Batch::default();
        let id = batch.asset(Asset::new(AssetKind::Service, "r/app", "app"));
        batch.fact(sighting(&id, "aa", line));
        let all = assessed(&registry, &resolve(batch), &Policy::default()).findings;
        only(all, "test-secrets")
            .into_iter()
            .map(|f| f.id)
            .collect::<Vec<_>>()
    };
    assert_eq!(ids(3), ids(300));
}

#[test]
fn policy_sets_severity_and_switches_off() {
    let registry = with(SECRETS, "test-secrets");
    let graph = || {
        let mut batch = Batch::default();
        let id = batch.asset(Asset::new(AssetKind::Service, "r/app", "app"));
        batch.fact(sighting(&id, "aa", 3).with("test_code", true));
        resolve(batch)
    };
    let mut policy = Policy::default();
    policy.rules.insert("test-secrets".into(), Some(Severity::Info));
    let findings = only(assessed(&registry, &graph(), &policy).findings, "test-secrets");
    assert_eq!((findings.len(), findings[0].severity), (1, Severity::Info));
    policy.rules.insert("test-secrets".into(), None);
    let assessment = assessed(&registry, &graph(), &policy);
    assert!(only(assessment.findings, "test-secrets").is_empty());
    assert!(assessment.checks.iter().all(|c| c.rule != "test-secrets"));
}

#[test]
fn merging_an_alias_never_changes_the_id_of_a_finding() {
    let registry = registry();
    let findings = |merged: bool, code_too: bool| {
        let mut batch = Batch::default();
        let declared = batch.asset(
            Asset::new(
                AssetKind::Account,
                "r/infra#azurerm_cognitive_account.chat",
                "chat",
            )
            .with("kind", "azure_openai")
            .with("local_auth_enabled", true)
            .with("public_network_access", true),
        );
        if code_too {
            let host = batch.asset(Asset::new(
                AssetKind::Account,
                "azure-openai/acme.openai.azure.com",
                "acme",
            ));
            if merged {
                batch.alias(&host, &declared);
            }
        }
        let ids = assessed(&registry, &resolve(batch), &Policy::default())
            .findings
            .into_iter()
            .map(|f| f.id);
        ids.collect::<BTreeSet<_>>()
    };
    assert!(!findings(false, false).is_empty());
    assert_eq!(findings(false, false), findings(true, true));
    assert!(findings(false, true).is_superset(&findings(true, true)));
}

#[test]
fn an_unknown_is_listed_with_its_reason_and_is_no_pass() {
    let registry = with(SECRETS, "test-secrets");
    let mut batch = Batch::default();
    let id = batch.asset(Asset::new(AssetKind::Service, "r/app", "app"));
    batch.fact(sighting(&id, "aa", 3).with("placeholder", Value::unknown("encrypted")));
    let assessment = assessed(&registry, &resolve(batch), &Policy::default());
    let check = assessment
        .checks
        .iter()
        .find(|c| c.rule == "test-secrets")
        .unwrap();
    assert_eq!(check.outcome, CheckOutcome::NotAssessed);
    assert_eq!(
        check.reason.as_deref(),
        Some("`secret_sighting.placeholder` is not known: encrypted")
    );
}

#[test]
fn mistakes_in_a_file_are_told_with_place_and_right_name() {
    for (from, to, expected) in [
        (
            "severity: high",
            "severity: hi",
            "test-secrets.yaml:4: `hi` is none of",
        ),
        (
            "applies_to: [service, notebook]",
            "applies_to: [servise]",
            "(did you mean `service`?)",
        ),
        (
            "fail_if: it.placeholder != true",
            "fail_iff: true",
            "(did you mean `fail_if`?)",
        ),
        (
            "it.placeholder != true",
            "it.placehodler != true",
            "(did you mean `placeholder`?)",
        ),
        (
            "it.placeholder != true",
            "asset.ownr == null",
            "test-secrets.yaml:14: `asset.ownr`",
        ),
        (
            "facts.secret_sighting\n",
            "facts.secret_siting\n",
            "(did you mean `secret_sighting`?)",
        ),
        (
            "discriminator: it.detector + '/' + it.fingerprint",
            "",
            "needs `discriminator`",
        ),
        ("{{ it.vendor }}", "{{ it.vendors }}", "(did you mean `vendor`?)"),
        ("{{ it.vendor }}", "{{ it.vendor", "syntax at"),
        (
            "controls: []",
            "controls: [owasp-llm@2025:LLM55]",
            "(did you mean `owasp-llm@2025:LLM05`?)",
        ),
        ("id: test-secrets", "id: other", "must be named `other.yaml`"),
        ("effort: low", "efort: low", "(did you mean `effort`?)"),
        ("  pass: [{}]\n", "", "`examples.pass` needs at least one"),
        ("safe: true", "safe: maybe", "`safe` must be true or false"),
        ("id: test-secrets", "id: a: b", "YAML"),
    ] {
        let text = SECRETS.replacen(from, to, 1);
        assert_ne!(text, SECRETS, "{from}");
        let errors = Registry::load(Some(vec![("test-secrets.yaml".into(), text)])).unwrap_err();
        let told = lines(&errors);
        let fine = if expected == "YAML" {
            !errors.is_empty()
        } else {
            told.contains(expected)
        };
        assert!(fine, "{to}: {told}");
    }
}

#[test]
fn a_mistake_in_an_example_is_told_too() {
    let text = SECRETS.replace("{detector: a, fingerprint: b}", "{detektor: a}");
    let outcome = test_examples(&with(&text, "test-secrets"));
    assert!(
        lines(&outcome.failures).contains("(did you mean `detector`?)"),
        "{outcome:?}"
    );
}

#[test]
fn the_skeleton_loads_and_its_examples_hold() {
    let registry = with(&skeleton("my-first-rule"), "my-first-rule");
    assert!(registry.rule("my-first-rule").is_some());
    assert_eq!(lines(&test_examples(&registry).failures), "");
    assert_eq!(lines(&registry.problems()), "");
}

#[test]
fn every_rule_compiles_and_its_controls_resolve() {
    let registry = registry();
    assert_eq!(lines(&registry.problems()), "");
    let frameworks = frameworks().unwrap();
    for meta in registry.metas() {
        for control in &meta.controls {
            assert!(
                frameworks.iter().any(|f| f.resolves(control)),
                "{}: {control}",
                meta.id
            );
        }
    }
}

#[test]
fn every_example_ends_as_its_author_says() {
    let outcome = test_examples(&registry());
    assert_eq!(lines(&outcome.failures), "");
    assert!(outcome.run > 0);
}

#[test]
fn every_rule_is_complete() {
    let registry = registry();
    for meta in registry.metas() {
        let id = &meta.id;
        assert!(!meta.controls.is_empty(), "{id} maps to no control");
        assert!(
            !meta.finds.trim().is_empty() && !meta.impact.trim().is_empty(),
            "{id}"
        );
        assert!(!meta.false_positives.trim().is_empty(), "{id}");
        assert!(
            meta.references.iter().all(|r| r.starts_with("https://")),
            "{id}: a reference is a web address"
        );
        assert!(
            !meta.title.ends_with('.') && meta.title.len() <= 90,
            "{id}: a title is a short phrase"
        );
        let first = meta.remediation.summary.split([' ', ',']).next().unwrap_or("");
        let imperative = first.chars().next().is_some_and(char::is_uppercase)
            && !first.ends_with("ing")
            && !["The", "A", "An", "It", "This", "You", "There", "Consider"].contains(&first);
        assert!(
            imperative && meta.remediation.summary.ends_with('.'),
            "{id}: {}",
            meta.remediation.summary
        );
        let data = meta.form == aispm_types::RuleForm::Data;
        assert!(!data || registry.family(id).is_some(), "{id} stands in no family");
    }
    assert!(registry.metas().count() >= 55, "{}", registry.metas().count());
}

/// An asset of which nothing is known but its kind: no condition may fail to evaluate on it, and nothing may be concluded from
/// silence at high severity.
#[test]
fn a_bare_asset_is_no_error() {
    let registry = registry();
    for kind in AssetKind::ALL {
        let mut batch = Batch::default();
        batch.asset(Asset::new(*kind, "bare", "bare"));
        let assessment = assessed(&registry, &resolve(batch), &Policy::default());
        assert_eq!(
            assessment
                .checks
                .iter()
                .map(|c| (&c.rule, &c.reason))
                .collect::<Vec<_>>(),
            [],
            "{kind}"
        );
    }
}

#[test]
fn the_list_of_rust_rules_is_the_directory() {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/src/rules");
    let files = std::fs::read_dir(directory).unwrap();
    let mut stems: Vec<String> = files
        .filter_map(|f| {
            f.unwrap()
                .file_name()
                .to_str()
                .unwrap()
                .strip_suffix(".rs")
                .map(|s| s.replace('_', "-"))
        })
        .filter(|s| s != "mod")
        .collect();
    stems.sort();
    let mut listed: Vec<String> = crate::rules::all().iter().map(|r| r.meta().id.clone()).collect();
    listed.sort();
    assert_eq!(stems, listed);
}

#[test]
fn a_data_rule_says_nothing_of_other_kinds() {
    let rule = DataRule::new(RuleFile::read("test-secrets.yaml", SECRETS).unwrap());
    let graph = resolve(Batch::default());
    let policy = Policy::default();
    let world = World {
        graph: &graph,
        policy: &policy,
        baseline: None,
        as_of: jiff::civil::date(2026, 1, 1),
    };
    let outcome = rule.assess(&Asset::new(AssetKind::Bucket, "b", "b"), &world);
    assert_eq!(outcome, aispm_types::Outcome::NotApplicable);
}

#[test]
fn what_was_not_read_completely_does_not_pass() {
    let registry = Registry::load(None).unwrap_or_else(|e| panic!("{}", lines(&e)));
    let outcome = |complete: bool, dangerous: bool| {
        let mut batch = Batch::default();
        let id = batch.asset(
            Asset::new(AssetKind::ModelVersion, "sha256/ab", "m.pkl")
                .with("complete", complete)
                .with("not_read", "compressed with lz4"),
        );
        if dangerous {
            batch.fact(
                Fact::new(FactKind::PickleCall, &id)
                    .with("module", "posix")
                    .with("name", "system")
                    .with("verdict", "dangerous"),
            );
        }
        let checks = assessed(&registry, &resolve(batch), &Policy::default()).checks;
        let check = checks
            .into_iter()
            .find(|c| c.rule == "model-pickle-dangerous-call");
        check.map(|c| (c.outcome, c.reason.unwrap_or_default()))
    };
    assert_eq!(outcome(true, false), None, "a pass is counted only");
    let (unread, why) = outcome(false, false).unwrap();
    assert_eq!(unread, CheckOutcome::NotAssessed);
    assert!(why.contains("lz4"), "{why}");
    assert_eq!(outcome(false, true).unwrap().0, CheckOutcome::Fail);
}

#[test]
fn a_finding_points_at_what_it_is_about() {
    let at = |line| aispm_types::Location {
        line: Some(line),
        ..aispm_types::Location::file("t", "d.yaml")
    };
    let mut batch = Batch::default();
    batch.asset(
        Asset::new(AssetKind::Workload, "w", "w")
            .at(at(1))
            .with("privileged", true)
            .with("ai", true)
            .with("host_network", true)
            .placed("privileged", at(17)),
    );
    let findings = assessed(&registry(), &resolve(batch), &Policy::default()).findings;
    let lines = |rule: &str| {
        let finding = findings.iter().find(|f| f.rule == rule);
        finding.map(|f| f.locations.iter().filter_map(|l| l.line).collect::<Vec<_>>())
    };
    assert_eq!(lines("workload-privileged"), Some(vec![17]));
    assert_eq!(lines("workload-host-network"), Some(vec![1]));
}
