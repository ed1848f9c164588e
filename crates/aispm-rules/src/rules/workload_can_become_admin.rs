//! An AI workload that is no administrator and may become one.

use std::collections::BTreeSet;

use aispm_graph::World;
use aispm_types::{
    Asset, AssetId, AssetKind as K, Confidence, Effort, Outcome, Reason, RelationKind as R, RuleForm,
    RuleMeta, Severity, Value, Violation,
};

use super::{controls, remediation};
use crate::Rule;

/// Roles followed before the walk ends; a chain of real roles is a handful long.
const MOST: usize = 1_000;

/// Follows `can_assume` from the roles a workload runs as.
pub(super) struct WorkloadCanBecomeAdmin {
    meta: RuleMeta,
}

impl WorkloadCanBecomeAdmin {
    pub(super) fn new() -> Self {
        Self {
            meta: RuleMeta {
                id: "workload-can-become-admin".into(),
                title: "AI workload can take on an administrator's role".into(),
                severity: Severity::High,
                confidence: Confidence::High,
                applies_to: vec![
                    K::Agent,
                    K::Endpoint,
                    K::McpServer,
                    K::Notebook,
                    K::TrainingJob,
                    K::Pipeline,
                    K::Workload,
                    K::Function,
                ],
                controls: controls(&[
                    "owasp-llm@2025:LLM06",
                    "owasp-agentic@2026:ASI03",
                    "mcsb@2:AI-4",
                    "atlas@5.6.0:AML.T0012",
                ]),
                finds: "An AI workload whose role is narrow and may take on, in one or more steps, a role with administrator \
                        rights."
                    .into(),
                impact: "Whoever takes over the workload is an administrator two calls later; the narrow role only looks safe."
                    .into(),
                remediation: remediation(
                    "Take the workload's role out of the trust policy of the wider role, or name the few roles it may take on.",
                    Effort::Medium,
                    false,
                ),
                false_positives: "Trust policies with conditions that the workload cannot meet and the reader does not know."
                    .into(),
                references: vec!["https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_terms-and-concepts.html".into()],
                form: RuleForm::Rust,
            },
        }
    }
}

impl Rule for WorkloadCanBecomeAdmin {
    fn meta(&self) -> &RuleMeta {
        &self.meta
    }

    fn assess(&self, asset: &Asset, world: &World<'_>) -> Outcome {
        let own: Vec<&Asset> = world.graph.related(&asset.id, R::RunsAs).collect();
        if own.is_empty() {
            return Outcome::NotApplicable;
        }
        // A workload that is an administrator already is `role-admin-for-ai`.
        if own.iter().any(|r| r.is("admin")) {
            return Outcome::Pass;
        }
        let mut seen: BTreeSet<&AssetId> = own.iter().map(|r| &r.id).collect();
        let mut todo: Vec<(&Asset, &Asset)> = own.iter().map(|r| (*r, *r)).collect();
        let mut unknown = None;
        let mut violations = Vec::new();
        while let Some((start, at)) = todo.pop() {
            for next in world.graph.related(&at.id, R::CanAssume) {
                if seen.len() >= MOST || !seen.insert(&next.id) {
                    continue;
                }
                match next.get("admin") {
                    Some(Value::Bool(true)) => violations.push(violation(asset, start, next)),
                    Some(Value::Unknown(why)) => {
                        unknown = Some(format!(
                            "whether {} is an administrator is not known: {why}",
                            next.name
                        ));
                        todo.push((start, next));
                    }
                    _ => todo.push((start, next)),
                }
            }
        }
        violations.sort_by(|a, b| a.discriminator.cmp(&b.discriminator));
        match (violations.is_empty(), unknown) {
            (false, _) => Outcome::Fail(violations),
            (true, Some(why)) => Outcome::NotAssessed(Reason(why)),
            (true, None) => Outcome::Pass,
        }
    }
}

fn violation(asset: &Asset, start: &Asset, admin: &Asset) -> Violation {
    Violation {
        discriminator: admin.id.as_str().to_owned(),
        why: format!(
            "{} runs as {}, which can become {}, an administrator.",
            asset.name, start.name, admin.name
        ),
        evidence: [
            ("runs_as".to_owned(), Value::from(start.id.as_str())),
            ("becomes".to_owned(), Value::from(admin.id.as_str())),
        ]
        .into(),
        ..Violation::default()
    }
}

#[cfg(test)]
mod tests {
    use aispm_types::{Batch, Relation};

    use super::*;
    use crate::rules::testing::judge;

    fn chain(admin: impl Into<Value>, linked: bool) -> (Batch, AssetId) {
        let mut batch = Batch::default();
        let notebook = batch.asset(Asset::new(K::Notebook, "n", "n"));
        let narrow = batch.asset(Asset::new(K::Role, "narrow", "narrow").with("admin", false));
        let middle = batch.asset(Asset::new(K::Role, "middle", "middle"));
        let wide = batch.asset(Asset::new(K::Role, "wide", "wide").with("admin", admin));
        batch.relation(Relation::new(&notebook, R::RunsAs, &narrow));
        batch.relation(Relation::new(&narrow, R::CanAssume, &middle));
        batch.relation(Relation::new(&middle, R::CanAssume, &narrow));
        if linked {
            batch.relation(Relation::new(&middle, R::CanAssume, &wide));
        }
        (batch, notebook)
    }

    #[test]
    fn follows_chains_and_ends_on_cycles() {
        let rule = WorkloadCanBecomeAdmin::new();
        let (batch, id) = chain(true, true);
        let Outcome::Fail(violations) = judge(&rule, batch, &id, None) else {
            panic!("should fail");
        };
        assert_eq!(
            violations[0].why,
            "n runs as narrow, which can become wide, an administrator."
        );
        let (batch, id) = chain(true, false);
        assert_eq!(judge(&rule, batch, &id, None), Outcome::Pass);
        let (batch, id) = chain(Value::unknown("a variable"), true);
        assert!(matches!(judge(&rule, batch, &id, None), Outcome::NotAssessed(_)));
    }
}
