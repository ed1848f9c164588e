//! Laws of the derivation, on random estates, against a naive evaluator.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use crate::estate::{Estate, finding, fix};
use crate::naive::{self, Taken};
use aispm_paths::Engine;
use aispm_types::{AssetId, AssetKind as K, FactKind as F, Finding, Fix, RelationKind as R, Value};
use proptest::prelude::*;

static ENGINE: LazyLock<Engine> = LazyLock::new(|| Engine::load().expect("the steps load"));

/// Assets of every random estate.
const ASSETS: &[(K, &str)] = &[
    (K::Network, "edge"),
    (K::Endpoint, "chat"),
    (K::Service, "app"),
    (K::Workload, "pod"),
    (K::Agent, "one"),
    (K::Agent, "two"),
    (K::Tool, "tool"),
    (K::McpServer, "server"),
    (K::Role, "role"),
    (K::Bucket, "store"),
    (K::Dataset, "data"),
    (K::Model, "model"),
    (K::VectorIndex, "index"),
    (K::Secret, "key"),
    (K::Account, "openai"),
];

/// Relations that may stand between them.
const RELATIONS: &[(&str, R, &str)] = &[
    ("network:edge", R::Exposes, "endpoint:chat"),
    ("network:edge", R::Exposes, "workload:pod"),
    ("endpoint:chat", R::Serves, "agent:one"),
    ("endpoint:chat", R::Uses, "agent:two"),
    ("service:app", R::Contains, "agent:one"),
    ("service:app", R::Contains, "endpoint:chat"),
    ("service:app", R::Loads, "model:model"),
    ("service:app", R::HoldsSecret, "secret:key"),
    ("workload:pod", R::Runs, "service:app"),
    ("workload:pod", R::RunsAs, "role:role"),
    ("workload:pod", R::Serves, "model:model"),
    ("agent:one", R::CallsTool, "tool:tool"),
    ("agent:one", R::Uses, "agent:two"),
    ("agent:two", R::CallsTool, "tool:tool"),
    ("agent:two", R::Uses, "model:model"),
    ("agent:two", R::Uses, "mcp_server:server"),
    ("agent:one", R::GroundedOn, "vector_index:index"),
    ("mcp_server:server", R::HoldsSecret, "secret:key"),
    ("tool:tool", R::CanWrite, "dataset:data"),
    ("role:role", R::CanRead, "bucket:store"),
    ("role:role", R::CanWrite, "bucket:store"),
    ("dataset:data", R::StoredIn, "bucket:store"),
    ("vector_index:index", R::StoredIn, "bucket:store"),
    ("model:model", R::TrainedOn, "dataset:data"),
    ("bucket:store", R::HoldsSecret, "secret:key"),
    ("secret:key", R::Unlocks, "account:openai"),
    ("secret:key", R::Unlocks, "role:role"),
];

/// Properties they may have.
fn settings() -> Vec<(&'static str, &'static str, Value)> {
    vec![
        ("network:edge", "public", true.into()),
        ("network:edge", "open_to_internet", vec!["443"].into()),
        ("endpoint:chat", "public", true.into()),
        ("endpoint:chat", "authenticated", false.into()),
        ("endpoint:chat", "authenticated", true.into()),
        ("endpoint:chat", "route", "/chat".into()),
        ("workload:pod", "authenticated", false.into()),
        ("workload:pod", "engine", "ray".into()),
        ("workload:pod", "engine", "ollama".into()),
        ("agent:one", "human_approval", true.into()),
        ("agent:one", "code_execution", true.into()),
        ("agent:two", "human_approval", Value::unknown("read at run time")),
        ("tool:tool", "writes", true.into()),
        ("tool:tool", "egress", true.into()),
        ("tool:tool", "untrusted_input", true.into()),
        ("tool:tool", "capabilities", vec!["shell"].into()),
        ("mcp_server:server", "pinned", false.into()),
        ("bucket:store", "public_read", true.into()),
        ("bucket:store", "public_write", Value::unknown("variable")),
        ("vector_index:index", "public", true.into()),
        ("vector_index:index", "authenticated", false.into()),
    ]
}

/// A fact: its kind, the asset it stands on, its properties.
type Sighting = (F, &'static str, Vec<(&'static str, Value)>);

/// Facts that may stand on them.
fn sightings() -> Vec<Sighting> {
    vec![
        (
            F::PromptInput,
            "agent:one",
            vec![("origin", "http-request".into())],
        ),
        (F::PromptInput, "agent:two", vec![("origin", "email".into())]),
        (F::TaintTrace, "agent:one", vec![("sink", "shell".into())]),
        (F::TaintTrace, "service:app", vec![("sink", "code".into())]),
        (
            F::ModelLoad,
            "service:app",
            vec![("unsafe_by_default", true.into())],
        ),
        (F::SecretSighting, "secret:key", vec![("ai", true.into())]),
    ]
}

/// Which of the things above an estate has.
#[derive(Clone, Debug)]
struct Choice {
    relations: Vec<bool>,
    settings: Vec<bool>,
    sightings: Vec<bool>,
}

fn choices() -> impl Strategy<Value = Choice> {
    let some = |n: usize, share: f64| proptest::collection::vec(proptest::bool::weighted(share), n);
    (
        some(RELATIONS.len(), 0.7),
        some(settings().len(), 0.5),
        some(sightings().len(), 0.6),
    )
        .prop_map(|(relations, settings, sightings)| Choice {
            relations,
            settings,
            sightings,
        })
}

fn chosen<T>(all: impl IntoIterator<Item = T>, which: &[bool]) -> impl Iterator<Item = T> {
    all.into_iter()
        .zip(which)
        .filter(|(_, yes)| **yes)
        .map(|(t, _)| t)
}

fn build(choice: &Choice) -> Estate {
    let mut estate = Estate::default();
    for (kind, name) in ASSETS {
        let id = AssetId::new(*kind, name);
        let mut set: Vec<(&str, Value)> = chosen(settings(), &choice.settings)
            .filter(|(on, _, _)| *on == id.as_str())
            .map(|(_, property, value)| (property, value))
            .collect();
        // One value for each property.
        set.dedup_by(|a, b| a.0 == b.0);
        // A finding for each property, as a rule on it would make.
        for (property, value) in &set {
            estate.findings.push(finding(
                &format!("test-{property}"),
                id.as_str(),
                &[(property, value.clone())],
            ));
        }
        estate = estate.asset(*kind, name, &set);
    }
    for (from, kind, to) in chosen(RELATIONS, &choice.relations) {
        estate = estate.rel(from, *kind, to);
    }
    for (kind, on, with) in chosen(sightings(), &choice.sightings) {
        estate = estate.fact(kind, on, &with);
    }
    estate
}

fn derived(estate: &Estate) -> BTreeSet<String> {
    let graph = estate.graph();
    let outcome = ENGINE.derive(&estate.world(&graph), &estate.findings);
    assert!(outcome.gaps.is_empty());
    let ids: BTreeSet<_> = outcome.paths.iter().map(|p| p.id.clone()).collect();
    assert_eq!(
        ids.len(),
        outcome.paths.len(),
        "one path for each entry and target"
    );
    ids
}

fn expected(estate: &Estate, taken: &Taken) -> BTreeSet<String> {
    let graph = estate.graph();
    naive::path_ids(ENGINE.steps(), &estate.world(&graph), &estate.findings, taken)
}

/// What fixing these findings takes away: a text only describes, and stays.
fn taken(findings: &[&Finding]) -> Taken {
    let named = findings
        .iter()
        .flat_map(|f| f.evidence.iter().map(|e| (&f.asset, e)));
    named
        .filter(|(_, (_, value))| value.as_str().is_none())
        .map(|(asset, (property, _))| (asset.clone(), property.clone()))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// Deleting a relation or a fact removes exactly the paths that need it, and makes none.
    #[test]
    fn deletion_removes_exactly_what_needs_it(choice in choices(), pick in any::<proptest::sample::Index>()) {
        let full = build(&choice);
        let before = derived(&full);
        prop_assert_eq!(&before, &expected(&full, &Taken::new()));

        let mut without = choice.clone();
        let present: Vec<usize> = (0..choice.relations.len()).filter(|i| choice.relations[*i]).collect();
        if !present.is_empty() {
            without.relations[*pick.get(&present)] = false;
            let after = derived(&build(&without));
            prop_assert_eq!(&after, &expected(&build(&without), &Taken::new()));
            prop_assert!(after.is_subset(&before));
        }
        for i in 0..choice.sightings.len() {
            let mut without = choice.clone();
            without.sightings[i] = false;
            let after = derived(&build(&without));
            prop_assert_eq!(&after, &expected(&build(&without), &Taken::new()));
            prop_assert!(after.is_subset(&before));
        }
    }

    /// A property that changes changes exactly what the steps say.
    #[test]
    fn changed_properties_are_followed(choice in choices(), pick in any::<proptest::sample::Index>()) {
        let mut changed = choice.clone();
        let i = pick.index(choice.settings.len());
        changed.settings[i] = !changed.settings[i];
        let estate = build(&changed);
        prop_assert_eq!(derived(&estate), expected(&estate, &Taken::new()));
    }

    /// Something unrelated changes nothing, not even the steps shown.
    #[test]
    fn the_unrelated_changes_nothing(choice in choices()) {
        let estate = build(&choice);
        let graph = estate.graph();
        let before = ENGINE.derive(&estate.world(&graph), &estate.findings);
        let more = estate
            .clone()
            .asset(K::Prompt, "aside", &[("role", "system".into())])
            .asset(K::Service, "aside", &[])
            .asset(K::Bucket, "aside", &[("public_write", true.into()), ("public_read", true.into())])
            .rel("service:aside", R::PromptedBy, "prompt:aside")
            .fact(F::TaintTrace, "service:aside", &[("sink", "shell".into())]);
        let graph = more.graph();
        let after = ENGINE.derive(&more.world(&graph), &more.findings);
        prop_assert_eq!(before, after);
    }

    /// The order of observations and of findings does not show.
    #[test]
    fn order_does_not_show(choice in choices(), seed in any::<u64>()) {
        let estate = build(&choice);
        let graph = estate.graph();
        let before = ENGINE.derive(&estate.world(&graph), &estate.findings);
        let mut mixed = estate.clone();
        shuffle(&mut mixed.batch.assets, seed);
        shuffle(&mut mixed.batch.relations, seed);
        shuffle(&mut mixed.batch.facts, seed);
        shuffle(&mut mixed.findings, seed);
        let graph = mixed.graph();
        prop_assert_eq!(before, ENGINE.derive(&mixed.world(&graph), &mixed.findings));
    }

    /// A path is told in order: every step's needs come before it, and its weakest step decides how sure it is.
    #[test]
    fn paths_are_told_in_order(choice in choices()) {
        let estate = build(&choice);
        let graph = estate.graph();
        for path in ENGINE.derive(&estate.world(&graph), &estate.findings).paths {
            for (i, step) in path.steps.iter().enumerate() {
                prop_assert_eq!(&step.id, &format!("s{}", i + 1));
                for need in &step.needs {
                    prop_assert!(path.steps[..i].iter().any(|s| &s.id == need));
                }
            }
            prop_assert_eq!(path.steps.last().map(|s| &s.to), Some(&path.target));
            prop_assert_eq!(path.steps.iter().map(|s| s.certainty).min(), Some(path.certainty));
            prop_assert!((0.0..=100.0).contains(&path.score));
        }
    }

    /// `paths_cut`, what-if and the cuts agree with taking the facts away and deriving anew.
    #[test]
    fn fixes_cut_exactly_what_they_cut(choice in choices()) {
        let estate = build(&choice);
        let graph = estate.graph();
        let world = estate.world(&graph);
        let mut paths = ENGINE.derive(&world, &estate.findings).paths;
        let before = derived(&estate);
        let mut fixes: Vec<Fix> = estate.findings.iter().map(|f| fix(&f.id, &[f])).collect();
        prop_assert_eq!(ENGINE.apply_fixes(&world, &estate.findings, &mut paths, &mut fixes), vec![]);
        let remaining = |sets: &[&Finding]| expected(&estate, &taken(sets));
        for (finding, fix) in estate.findings.iter().zip(&fixes) {
            let left = remaining(&[finding]);
            let cut: BTreeSet<_> = fix.paths_cut.iter().cloned().collect();
            prop_assert_eq!(&cut, &before.difference(&left).cloned().collect::<BTreeSet<_>>());
            let resolved = BTreeSet::from([finding.id.clone()]);
            let what_if = ENGINE.what_if(&world, &estate.findings, &resolved);
            prop_assert_eq!(what_if.into_iter().map(|p| p.id).collect::<BTreeSet<_>>(), left);
        }
        for path in &paths {
            for cut in &path.cuts {
                let of = |ids: &[String]| -> Vec<&Finding> {
                    let chosen = estate.findings.iter().zip(&fixes);
                    chosen.filter(|(_, x)| ids.contains(&x.id)).map(|(f, _)| f).collect()
                };
                prop_assert!(!remaining(&of(cut)).contains(&path.id), "the cut cuts");
                for leave in cut {
                    let fewer: Vec<_> = cut.iter().filter(|id| *id != leave).cloned().collect();
                    prop_assert!(remaining(&of(&fewer)).contains(&path.id), "and no part of it does");
                }
            }
        }
    }
}

/// A permutation that the seed decides.
fn shuffle<T>(items: &mut [T], seed: u64) {
    let mut state = seed | 1;
    for i in (1..items.len()).rev() {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        items.swap(i, (state >> 33) as usize % (i + 1));
    }
}
