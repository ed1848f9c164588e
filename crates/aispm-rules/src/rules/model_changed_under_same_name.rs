//! A model whose file is another one than in the scan before, under the same name.

use aispm_graph::World;
use aispm_types::{
    Asset, AssetKind as K, Confidence, Effort, Outcome, RelationKind as R, RuleForm, RuleMeta, Severity,
    Value, Violation,
};

use super::{controls, remediation};
use crate::Rule;

/// Compares digests with the baseline scan.
pub(super) struct ModelChangedUnderSameName {
    meta: RuleMeta,
}

impl ModelChangedUnderSameName {
    pub(super) fn new() -> Self {
        Self {
            meta: RuleMeta {
                id: "model-changed-under-same-name".into(),
                title: "Model's content changed under the same name".into(),
                severity: Severity::Medium,
                confidence: Confidence::High,
                applies_to: vec![K::Model],
                controls: controls(&[
                    "owasp-llm@2025:LLM03",
                    "owasp-ml@2023:ML10",
                    "atlas@5.6.0:AML.T0018",
                    "atlas@5.6.0:AML.M0014",
                ]),
                finds: "A model that the baseline scan saw with another digest.".into(),
                impact: "A replaced model answers in the name of the one that was tested and approved."
                    .into(),
                remediation: remediation(
                    "Find out who replaced the file; approve it under a new version, or put the old one back.",
                    Effort::Medium,
                    true,
                ),
                false_positives: "Models that are trained again under one name on purpose.".into(),
                references: vec!["https://github.com/sigstore/model-transparency".into()],
                form: RuleForm::Rust,
            },
        }
    }
}

impl Rule for ModelChangedUnderSameName {
    fn meta(&self) -> &RuleMeta {
        &self.meta
    }

    fn assess(&self, asset: &Asset, world: &World<'_>) -> Outcome {
        let Some(baseline) = world.baseline.filter(|b| b.assets.contains(&asset.id)) else {
            return Outcome::NotApplicable;
        };
        let versions: Vec<&Asset> = world
            .graph
            .related(&asset.id, R::Contains)
            .filter(|v| v.kind == K::ModelVersion)
            .collect();
        let new: Vec<&Asset> = versions
            .iter()
            .copied()
            .filter(|v| !baseline.assets.contains(&v.id))
            .collect();
        if versions.is_empty() {
            return Outcome::NotApplicable;
        }
        let Some(first) = new.first() else {
            return Outcome::Pass;
        };
        let digest = first.text("sha256").unwrap_or("unknown");
        let short = digest.get(..12).unwrap_or(digest);
        Outcome::Fail(vec![Violation {
            // The new content is what is at fault: another change is another finding.
            discriminator: first.id.as_str().to_owned(),
            locations: first.locations.clone(),
            why: format!(
                "{} now has the digest {short}…, which the baseline scan did not see.",
                asset.name
            ),
            evidence: [("sha256".to_owned(), Value::from(digest))].into(),
            severity: asset
                .is("signed")
                .then(|| (Severity::Low, "a signature stands beside it".to_owned())),
            ..Violation::default()
        }])
    }
}

#[cfg(test)]
mod tests {
    use aispm_graph::Snapshot;
    use aispm_types::{AssetId, Batch, Relation};

    use super::*;
    use crate::rules::testing::judge;

    fn model() -> (Batch, AssetId, AssetId) {
        let mut batch = Batch::default();
        let model = batch.asset(Asset::new(K::Model, "r/m.pt", "m.pt"));
        let version = batch.asset(
            Asset::new(K::ModelVersion, "sha256:abc@r/m.pt", "m.pt").with("sha256", "abcdefabcdefabcdef"),
        );
        batch.relation(Relation::new(&model, R::Contains, &version));
        (batch, model, version)
    }

    #[test]
    fn fails_only_where_the_baseline_saw_another_digest() {
        let rule = ModelChangedUnderSameName::new();
        let seen = |ids: &[&AssetId]| Snapshot {
            assets: ids.iter().map(|i| (*i).clone()).collect(),
            ..Snapshot::default()
        };
        let (batch, model, version) = model();
        let run = |baseline: Option<&Snapshot>| judge(&rule, batch.clone(), &model, baseline);
        assert_eq!(run(None), Outcome::NotApplicable);
        assert_eq!(run(Some(&seen(&[]))), Outcome::NotApplicable);
        assert_eq!(run(Some(&seen(&[&model, &version]))), Outcome::Pass);
        let Outcome::Fail(violations) = run(Some(&seen(&[&model]))) else {
            panic!("should fail");
        };
        assert!(
            violations[0].why.contains("abcdefabcdef…"),
            "{}",
            violations[0].why
        );
    }
}
