//! Rules in Rust, one file each: those that need more than one asset's document.

mod agent_exfiltration_triad;
mod ai_package_advisory;
mod model_changed_under_same_name;
mod model_route_unauthenticated;
mod workload_can_become_admin;

use aispm_types::{ControlId, Effort, Remediation};

use crate::Rule;

/// Every rule in Rust. A test compares this list with the directory.
pub(crate) fn all() -> Vec<Box<dyn Rule>> {
    vec![
        Box::new(agent_exfiltration_triad::AgentExfiltrationTriad::new()),
        Box::new(ai_package_advisory::AiPackageAdvisory::new()),
        Box::new(model_changed_under_same_name::ModelChangedUnderSameName::new()),
        Box::new(model_route_unauthenticated::ModelRouteUnauthenticated::new()),
        Box::new(workload_can_become_admin::WorkloadCanBecomeAdmin::new()),
    ]
}

/// Controls as written; a test resolves every one.
fn controls(written: &[&str]) -> Vec<ControlId> {
    written.iter().filter_map(|c| c.parse().ok()).collect()
}

/// A remediation without snippets.
fn remediation(summary: &str, effort: Effort, safe: bool) -> Remediation {
    Remediation {
        summary: summary.to_owned(),
        terraform: None,
        cli: None,
        code: None,
        effort,
        safe,
    }
}

#[cfg(test)]
mod testing {
    use aispm_graph::{Snapshot, World, resolve};
    use aispm_types::{AssetId, Batch, Outcome, Policy};

    use crate::Rule;

    /// Judges one asset of a batch.
    pub(super) fn judge(rule: &dyn Rule, batch: Batch, id: &AssetId, baseline: Option<&Snapshot>) -> Outcome {
        let graph = resolve(batch);
        let policy = Policy::default();
        let world = World {
            graph: &graph,
            policy: &policy,
            baseline,
            as_of: jiff::civil::date(2026, 1, 1),
        };
        rule.assess(graph.asset(id).unwrap(), &world)
    }
}
