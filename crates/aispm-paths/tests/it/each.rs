//! Each step by itself: it is taken where all its needs hold, and not where any single one does not.
//!
//! The estate of a step is made from its needs alone, so a step whose needs contradict each other, or ask for what the kinds
//! of its assets cannot say, fails here.

use aispm_paths::{AssetTest, AttackStep, Capability, Engine, Entry, Need, ValueTest, Var};
use aispm_types::schema::{Type, asset_property, of_fact};
use aispm_types::{AssetKind, AttackPath, FactKind, Value};

use crate::estate::{Estate, finding};

/// Stands on what the attacker is given to begin with, and on what the step must bring him to.
const GIVEN: &str = "given";
const GOAL: &str = "goal";
const GOAL_ID: &str = "secret:goal";

#[test]
fn each_step_is_taken_by_its_needs_and_by_no_fewer() {
    let built_in = Engine::load().expect("the steps load");
    let mut wrong = Vec::new();
    for step in built_in.steps() {
        let engine = around(step);
        if !taken(&engine, step, None) {
            wrong.push(format!("{}: not taken though all its needs hold", step.id));
            continue;
        }
        for (i, need) in step.needs.iter().enumerate() {
            // What an attack begins from is not in the estate: every path says it.
            if !matches!(need, Need::Entry(_)) && taken(&engine, step, Some(i)) {
                wrong.push(format!("{}: taken without {need:?}", step.id));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The step, steps that give what it needs to be held, and one that turns what it grants into the goal.
fn around(step: &AttackStep) -> Engine {
    let own = aispm_content::attack_steps()
        .find(|(path, _)| path.rsplit('/').next() == Some(format!("{}.yaml", step.id).as_str()))
        .map(|(_, text)| text.to_owned())
        .expect("its own file");
    let entry = entry(step).as_str();
    let mut files = vec![(format!("{}.yaml", step.id), own)];
    for (i, need) in step.needs.iter().enumerate() {
        if let Need::Capability(any_of, v) = need {
            files.push(written(
                &format!("give-{i}"),
                &[
                    format!("{{entry: {entry}}}"),
                    format!("{{finding: {GIVEN}-{i}, on: ?x}}"),
                ],
                (any_of[0], "?x"),
            ));
            assert!(v.0 < step.variables.len());
        }
    }
    for (i, (capability, _)) in step.grants.iter().enumerate() {
        files.push(written(
            &format!("reach-{i}"),
            &[
                format!("{{capability: {}, on: ?x}}", capability.as_str()),
                format!("{{finding: {GOAL}-{i}, on: ?x}}"),
                String::from("{kind: secret, on: ?y}"),
                format!("{{finding: {GOAL}, on: ?y}}"),
            ],
            (Capability::Hold, "?y"),
        ));
    }
    let texts = files.iter().map(|(path, text)| (path.as_str(), text.as_str()));
    Engine::from_files(texts).unwrap_or_else(|e| panic!("{}: {}", step.id, e[0]))
}

fn written(id: &str, needs: &[String], (capability, on): (Capability, &str)) -> (String, String) {
    let needs: String = needs.iter().map(|n| format!("  - {n}\n")).collect();
    let text = format!(
        "id: {id}\ntitle: T\nneeds:\n{needs}grants: {{capability: {}, on: {on}}}\ncost: 1\nwhy: W\n",
        capability.as_str()
    );
    (format!("{id}.yaml"), text)
}

fn entry(step: &AttackStep) -> Entry {
    let begins = step.needs.iter().find_map(|n| match n {
        Need::Entry(any_of) => any_of.first().copied(),
        _ => None,
    });
    begins.unwrap_or(Entry::Internet)
}

/// Whether every grant of the step leads to the goal in the estate of its needs, one of which may be spoilt.
fn taken(engine: &Engine, step: &AttackStep, spoilt: Option<usize>) -> bool {
    let estate = estate_of(step, spoilt);
    let graph = estate.graph();
    let outcome = engine.derive(&estate.world(&graph), &estate.findings);
    let goals: Vec<_> = outcome
        .paths
        .iter()
        .filter(|p| p.target.as_str() == GOAL_ID)
        .collect();
    let begins = |p: &AttackPath| {
        step.needs
            .iter()
            .all(|n| !matches!(n, Need::Entry(any_of) if !any_of.iter().any(|e| e.as_str() == p.entry)))
    };
    assert!(goals.iter().all(|p| begins(p)), "{} begins elsewhere", step.id);
    goals.iter().any(|p| p.steps.iter().any(|s| s.kind == step.id))
}

fn estate_of(step: &AttackStep, spoilt: Option<usize>) -> Estate {
    let holds = |i: usize| spoilt != Some(i);
    let id = |v: &Var| format!("{}:{}", kind_of(step, *v, spoilt).as_str(), step.variables[v.0]);
    let mut estate = Estate::default()
        .jewel(GOAL_ID)
        .asset(AssetKind::Secret, GOAL, &[]);
    estate.findings.push(finding(GOAL, GOAL_ID, &[]));
    for (v, name) in step.variables.iter().enumerate() {
        let kind = kind_of(step, Var(v), spoilt);
        let mut properties: Vec<(&str, Value)> = Vec::new();
        for (i, need) in step.needs.iter().enumerate() {
            if let Need::Asset(AssetTest::Property { name, test, .. }, on) = need
                && *on == Var(v)
                && let Some(value) = value(test, asset_property(kind, name).map(|p| p.ty), holds(i))
            {
                // Two needs of one list: it holds what either asks for.
                let before = properties.iter_mut().find(|(n, _)| n == name);
                match (before, value) {
                    (Some((_, Value::List(have))), Value::List(more)) => have.extend(more),
                    (_, value) => properties.push((name.as_str(), value)),
                }
            }
        }
        estate = estate.asset(kind, name, &properties);
    }
    for (i, need) in step.needs.iter().enumerate() {
        match need {
            Need::Capability(_, v) if holds(i) => {
                let rule = format!("{GIVEN}-{i}");
                estate.findings.push(finding(&rule, &id(v), &[]));
            }
            Need::Relation(test, a, b) if holds(i) => {
                estate = estate.rel(&id(a), test.kinds[0], &id(b));
            }
            Need::Asset(AssetTest::Finding(rules), v) if holds(i) => {
                estate.findings.push(finding(&rules[0], &id(v), &[]));
            }
            Need::Asset(AssetTest::Fact(kinds, tests), v) if holds(i) => {
                estate = with_fact(estate, kinds[0], &id(v), tests);
            }
            _ => {}
        }
    }
    for (i, (_, v)) in step.grants.iter().enumerate() {
        estate.findings.push(finding(&format!("{GOAL}-{i}"), &id(v), &[]));
    }
    estate.findings.sort_by(|a, b| a.id.cmp(&b.id));
    estate
}

fn with_fact(estate: Estate, kind: FactKind, on: &str, tests: &[(String, ValueTest)]) -> Estate {
    let ty = |name: &str| of_fact(kind).iter().find(|p| p.name == name).map(|p| p.ty);
    let properties: Vec<_> = tests
        .iter()
        .filter_map(|(name, test)| Some((name.as_str(), value(test, ty(name), true)?)))
        .collect();
    estate.fact(kind, on, &properties)
}

/// A kind that passes every test of kinds, or none of the spoilt one, and knows every property asked for.
fn kind_of(step: &AttackStep, on: Var, spoilt: Option<usize>) -> AssetKind {
    let fits = |kind: &AssetKind, i: usize, need: &Need| match need {
        Need::Asset(AssetTest::Kind(kinds), v) if *v == on => kinds.contains(kind) == (spoilt != Some(i)),
        _ => true,
    };
    let knows = |kind: &AssetKind, need: &Need| match need {
        Need::Asset(AssetTest::Property { name, .. }, v) if *v == on => asset_property(*kind, name).is_some(),
        _ => true,
    };
    let all = || {
        AssetKind::ALL
            .iter()
            .copied()
            .filter(|k| step.needs.iter().enumerate().all(|(i, n)| fits(k, i, n)))
    };
    all()
        .find(|k| step.needs.iter().all(|n| knows(k, n)))
        .or_else(|| spoilt.and_then(|_| all().next()))
        .unwrap_or_else(|| panic!("{}: no kind can be ?{}", step.id, step.variables[on.0]))
}

/// A value that passes the test, or one that does not; `None` sets nothing.
fn value(test: &ValueTest, ty: Option<Type>, passes: bool) -> Option<Value> {
    let listed = test.any_of.iter().map(|v| Value::List(vec![v.clone()]));
    let candidates = test.any_of.iter().cloned().chain(listed).chain([
        Value::Bool(true),
        Value::Bool(false),
        Value::Int(1),
        Value::Str(String::from("nothing like it")),
        Value::List(vec![Value::Str(String::from("nothing like it"))]),
        Value::List(Vec::new()),
    ]);
    let fits = |v: &Value| ty.is_none_or(|t| t.admits(v)) && test.test(Some(v)).is_some() == passes;
    if !passes && test.absent.is_none() {
        return None;
    }
    candidates.into_iter().find(fits)
}
