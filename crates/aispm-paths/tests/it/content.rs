//! The steps that come with aispm load, and a broken one says what is wrong.

use aispm_paths::Engine;

#[test]
fn every_step_loads() {
    match Engine::load() {
        Ok(engine) => assert!(engine.steps().len() >= 25),
        Err(errors) => {
            let errors: Vec<_> = errors.iter().map(ToString::to_string).collect();
            panic!("{}", errors.join("\n"));
        }
    }
}

const GOOD: &str = "id: x
title: T
needs:
  - {entry: internet}
  - {kind: agent, on: ?a}
  - {property: sandboxed, on: ?a, equals: false}
grants: {capability: reach, on: ?a}
cost: 1
why: \"{?a}.\"
";

#[test]
fn a_typo_is_an_error_that_names_the_right_word() {
    assert!(Engine::from_files([("x.yaml", GOOD)].into_iter()).is_ok());
    let cases = [
        ("entry: internet", "entry: intranet", 4, "did you mean `internet`"),
        ("kind: agent", "kind: agnet", 5, "did you mean `agent`"),
        (
            "property: sandboxed",
            "property: sandbox",
            6,
            "did you mean `sandboxed`",
        ),
        (
            "property: sandboxed",
            "property: wal",
            6,
            "`wal` is no property of ?a",
        ),
        ("equals: false", "equals: nope", 6, "another type"),
        ("equals: false", "equal: false", 6, "did you mean `equals`"),
        (
            "capability: reach",
            "capability: reech",
            7,
            "did you mean `reach`",
        ),
        ("reach, on: ?a", "reach, on: ?b", 7, "stands in no need"),
        (
            "reach, on: ?a",
            "reach, on: a",
            7,
            "a variable is written `?name`",
        ),
        ("cost: 1", "cost: 11", 8, "from 1 to 10"),
        ("{?a}.", "{?agent}.", 9, "stands in no need"),
        ("title: T", "titel: T", 2, "did you mean `title`"),
        ("id: x", "id: y", 1, "the file is `x`"),
        ("cost: 1", "cost: 1\ntechnique: T0051", 9, "is no control"),
        ("  - {entry: internet}\n", "", 4, "begins at one entry"),
        (
            "{entry: internet}",
            "{entri: internet}",
            4,
            "did you mean `entry`",
        ),
    ];
    for (from, to, line, says) in cases {
        let broken = GOOD.replace(from, to);
        let errors = Engine::from_files([("x.yaml", broken.as_str())].into_iter()).expect_err(to);
        let shown = errors[0].to_string();
        assert!(shown.contains(says) && errors[0].line == line, "{to}: {shown}");
    }
}

#[test]
fn facts_are_checked_too() {
    let fact = GOOD.replace(
        "{property: sandboxed, on: ?a, equals: false}",
        "{fact: taint_trace, on: ?a, where: {sinks: shell}}",
    );
    let errors = Engine::from_files([("x.yaml", fact.as_str())].into_iter()).expect_err("a typo");
    assert!(errors[0].problem.contains("did you mean `sink`"), "{}", errors[0]);
}
