//! What findings a base fact stands on, and what fixes cut.

use std::collections::BTreeSet;

use aispm_paths::{Engine, Limits};
use aispm_types::{AssetKind as K, AttackPath, FactKind as F, Finding, Fix, RelationKind as R, Value};

use crate::estate::{Estate, finding, fix};

fn run(estate: &Estate, fixes: &mut [Fix]) -> Vec<AttackPath> {
    let engine = Engine::load().expect("the steps load");
    let graph = estate.graph();
    let world = estate.world(&graph);
    let mut paths = engine.derive(&world, &estate.findings).paths;
    assert_eq!(
        engine.apply_fixes(&world, &estate.findings, &mut paths, fixes),
        []
    );
    paths
}

/// A model file with two dangerous calls, and the service that loads it and holds a key.
fn malicious_model() -> Estate {
    let version = "model_version:sha256:aa@m.pkl";
    let call = |module: &'static str, name: &'static str| {
        [
            ("module", Value::from(module)),
            ("name", name.into()),
            ("verdict", "dangerous".into()),
            ("called", true.into()),
        ]
    };
    Estate::default()
        .asset(K::Model, "m.pkl", &[])
        .asset(K::ModelVersion, "sha256:aa@m.pkl", &[])
        .asset(K::Service, "app", &[])
        .asset(K::Secret, "openai-key/1", &[("ai", true.into())])
        .asset(K::Account, "openai", &[])
        .jewel("account:openai")
        .rel("model:m.pkl", R::Contains, version)
        .rel("service:app", R::Loads, "model:m.pkl")
        .rel("service:app", R::HoldsSecret, "secret:openai-key/1")
        .rel("secret:openai-key/1", R::Unlocks, "account:openai")
        .fact(
            F::ModelLoad,
            "service:app",
            &[
                ("callee", "pickle.load".into()),
                ("unsafe_by_default", true.into()),
            ],
        )
        .fact(F::PickleCall, version, &call("os", "system"))
        .fact(F::PickleCall, version, &call("builtins", "exec"))
}

fn on_version(name: &str) -> Finding {
    finding(
        "model-pickle-unsafe-global",
        "model_version:sha256:aa@m.pkl",
        &[("name", name.into())],
    )
}

#[test]
fn one_of_two_witnesses_is_no_cut_and_both_are() {
    let mut estate = malicious_model();
    estate.findings = vec![on_version("system"), on_version("exec")];
    let mut fixes = vec![
        fix("X-a", &[&estate.findings[0]]),
        fix("X-b", &[&estate.findings[1]]),
    ];
    let paths = run(&estate, &mut fixes);
    assert_eq!(paths.len(), 1);
    assert!(fixes.iter().all(|f| f.paths_cut.is_empty()));
    assert_eq!(paths[0].cuts, [["X-a", "X-b"]]);
    // One fix for the whole file cuts alone.
    let mut whole = vec![fix("X-file", &[&estate.findings[0], &estate.findings[1]])];
    let paths = run(&estate, &mut whole);
    assert_eq!(whole[0].paths_cut, [paths[0].id.clone()]);
    assert_eq!(paths[0].cuts, [["X-file"]]);
}

#[test]
fn the_steps_name_the_findings_they_stand_on() {
    let mut estate = malicious_model();
    estate.findings = vec![
        on_version("system"),
        // About the same file, and about something else.
        finding(
            "model-unsigned",
            "model_version:sha256:aa@m.pkl",
            &[("complete", true.into())],
        ),
        // The place of the key, as the rule on the service reports it.
        Finding {
            locations: vec![crate::estate::place(2)],
            ..finding(
                "secret-in-source",
                "secret:openai-key/1",
                &[("vendor", "openai".into())],
            )
        },
    ];
    let paths = run(&estate, &mut []);
    let shown: Vec<_> = paths[0]
        .steps
        .iter()
        .map(|s| s.findings.iter().map(String::as_str).collect::<Vec<_>>())
        .collect();
    // The callable without a finding is the witness that no fix removes, so it carries the path.
    assert_eq!(shown, [vec![], vec![estate.findings[2].id.as_str()], vec![]]);
    estate.findings.push(on_version("exec"));
    let paths = run(&estate, &mut []);
    assert_eq!(paths[0].steps[0].findings.len(), 1);
}

#[test]
fn loading_safely_cuts_the_way_of_a_malicious_file() {
    let mut estate = malicious_model();
    let evidence = [
        ("callee", Value::from("pickle.load")),
        ("unsafe_by_default", true.into()),
    ];
    estate.findings = vec![finding("load-runs-pickle", "service:app", &evidence)];
    let mut fixes = vec![fix("X-safe", &[&estate.findings[0]])];
    let paths = run(&estate, &mut fixes);
    assert_eq!(fixes[0].paths_cut, [paths[0].id.clone()]);
}

#[test]
fn access_stands_on_findings_about_what_grants_it() {
    let mut estate = Estate::default()
        .asset(K::Notebook, "lab", &[("public", true.into())])
        .asset(K::Role, "execution", &[("wildcard_actions", true.into())])
        .asset(K::Dataset, "claims", &[])
        .rel("notebook:lab", R::RunsAs, "role:execution")
        .rel("role:execution", R::CanWrite, "dataset:claims");
    estate.findings = vec![
        finding("notebook-public", "notebook:lab", &[("public", true.into())]),
        finding(
            "role-wildcard",
            "role:execution",
            &[("wildcard_actions", true.into())],
        ),
        finding("role-unused", "role:execution", &[("owner", Value::Null)]),
    ];
    let mut fixes: Vec<_> = estate
        .findings
        .iter()
        .map(|f| fix(&format!("X-{}", f.rule), &[f]))
        .collect();
    let paths = run(&estate, &mut fixes);
    let cut: Vec<_> = fixes.iter().map(|f| f.paths_cut.len()).collect();
    assert_eq!(cut, [1, 1, 0]);
    assert_eq!(paths[0].cuts, [["X-notebook-public"], ["X-role-wildcard"]]);
}

#[test]
fn a_fix_of_what_the_source_does_not_set_cuts_too() {
    let mut estate = Estate::default()
        .asset(K::Agent, "triage", &[])
        .asset(K::Tool, "inbox", &[("untrusted_input", true.into())])
        .asset(K::Tool, "update_crm", &[("writes", true.into())])
        .rel("agent:triage", R::CallsTool, "tool:inbox")
        .rel("agent:triage", R::CallsTool, "tool:update_crm");
    // The agent says nothing about approval, so the evidence cannot name it.
    estate.findings = vec![finding("agent-writes-without-approval", "agent:triage", &[])];
    let mut fixes = vec![fix("X-approve", &[&estate.findings[0]])];
    let paths = run(&estate, &mut fixes);
    assert_eq!(fixes[0].paths_cut, [paths[0].id.clone()]);
}

#[test]
fn what_if_answers_with_the_paths_that_remain() {
    let mut estate = malicious_model();
    estate.findings = vec![on_version("system"), on_version("exec")];
    let engine = Engine::load().unwrap();
    let graph = estate.graph();
    let world = estate.world(&graph);
    let resolved = |findings: &[&Finding]| {
        let ids: BTreeSet<_> = findings.iter().map(|f| f.id.clone()).collect();
        engine.what_if(&world, &estate.findings, &ids).len()
    };
    assert_eq!(resolved(&[]), 1);
    assert_eq!(resolved(&[&estate.findings[0]]), 1);
    assert_eq!(resolved(&[&estate.findings[0], &estate.findings[1]]), 0);
}

#[test]
fn budgets_end_the_search_with_a_gap_that_names_them() {
    let estate = malicious_model();
    let graph = estate.graph();
    let world = estate.world(&graph);
    let cases = [
        (
            Limits {
                derivations: 1,
                ..Limits::default()
            },
            "budget of derivations",
        ),
        (
            Limits {
                candidates: 5,
                ..Limits::default()
            },
            "budget of candidates",
        ),
    ];
    for (limits, names) in cases {
        let outcome = Engine::load().unwrap().with_limits(limits).derive(&world, &[]);
        assert!(outcome.gaps[0].reason.contains(names), "{:?}", outcome.gaps);
    }
}

#[test]
fn a_long_chain_of_roles_is_no_trouble() {
    let mut estate = Estate::default()
        .asset(K::Notebook, "lab", &[("public", true.into())])
        .asset(K::Dataset, "claims", &[])
        .rel("notebook:lab", R::RunsAs, "role:0")
        .rel("role:2999", R::CanRead, "dataset:claims")
        .asset(K::Role, "0", &[]);
    for i in 1..3000 {
        estate = estate.asset(K::Role, &i.to_string(), &[]).rel(
            &format!("role:{}", i - 1),
            R::CanAssume,
            &format!("role:{i}"),
        );
    }
    let paths = run(&estate, &mut []);
    assert_eq!(paths[0].steps.len(), 3003);
    assert!(paths[0].score.abs() < f64::EPSILON);
}
