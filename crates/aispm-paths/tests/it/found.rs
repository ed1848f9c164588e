//! Asking for one path, and saying what there is instead.

use aispm_paths::Engine;
use aispm_types::{AttackPath, Value};

use crate::estate::Estate;

/// The ids of a path's attack steps, in order.
pub(crate) fn kinds(path: &AttackPath) -> Vec<&str> {
    path.steps.iter().map(|s| s.kind.as_str()).collect()
}

pub(crate) fn list(items: &[&str]) -> Value {
    Value::from(items.to_vec())
}

/// The path from an entry point to a target, which must exist, with an explanation of what was found otherwise.
pub(crate) fn path(estate: &Estate, entry: &str, target: &str) -> AttackPath {
    let engine = Engine::load().expect("the steps load");
    let departures = aispm_types::schema::batch_departures(&estate.batch);
    assert!(departures.is_empty(), "{departures:?}");
    let graph = estate.graph();
    let outcome = engine.derive(&estate.world(&graph), &estate.findings);
    assert!(outcome.gaps.is_empty());
    let found: Vec<_> = outcome
        .paths
        .iter()
        .map(|p| format!("{} → {}: {:?}", p.entry, p.target, kinds(p)))
        .collect();
    outcome
        .paths
        .into_iter()
        .find(|p| p.entry == entry && p.target.as_str() == target)
        .unwrap_or_else(|| panic!("no path {entry} → {target} among {found:#?}"))
}

pub(crate) fn assert_path(estate: &Estate, entry: &str, target: &str, steps: &[&str]) -> AttackPath {
    let path = path(estate, entry, target);
    assert_eq!(kinds(&path), steps, "{entry} → {target}");
    for step in &path.steps {
        assert!(
            !step.why.contains("{?") && !step.why.contains("``"),
            "{}",
            step.why
        );
        assert!(!step.evidence.is_empty(), "{} shows no evidence", step.kind);
    }
    path
}
