//! A version of AI software that published advisories apply to: one finding per version, however many advisories there are, since one
//! change resolves them all.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use aispm_graph::World;
use aispm_types::{
    Asset, AssetKind as K, Confidence, Effort, Fact, FactKind, Outcome, RuleForm, RuleMeta, Severity, Value,
    Violation,
};

use super::{controls, remediation};
use crate::Rule;

/// Advisories a sentence names before it counts the rest; evidence has all of them.
const NAMED: usize = 4;

/// Joins the advisories of one version.
pub(super) struct AiPackageAdvisory {
    meta: RuleMeta,
}

impl AiPackageAdvisory {
    pub(super) fn new() -> Self {
        Self {
            meta: RuleMeta {
                id: "ai-package-advisory".into(),
                title: "AI package has a known vulnerability".into(),
                severity: Severity::Medium,
                confidence: Confidence::High,
                applies_to: vec![K::Package, K::Image],
                controls: controls(&[
                    "owasp-llm@2025:LLM03",
                    "owasp-ml@2023:ML06",
                    "atlas@5.6.0:AML.T0010.001",
                    "atlas@5.6.0:AML.M0016",
                    "nist-ai-rmf@1.0:MANAGE 3.1",
                ]),
                finds: "A version of AI software, installed, locked or allowed, that published advisories apply to.".into(),
                impact: "The way in is published; what it opens is the process that holds the models, the keys and the data.".into(),
                remediation: remediation("Raise the version to the first fixed one and lock it.", Effort::Low, false),
                false_positives: "Functions of the package that are not used.".into(),
                references: vec!["https://osv.dev/".into()],
                form: RuleForm::Rust,
            },
        }
    }
}

impl Rule for AiPackageAdvisory {
    fn meta(&self) -> &RuleMeta {
        &self.meta
    }

    fn assess(&self, asset: &Asset, world: &World<'_>) -> Outcome {
        // One advisory may stand at several places of the same version.
        let mut by_id: BTreeMap<&str, &Fact> = BTreeMap::new();
        for fact in world.graph.facts_of(&asset.id, FactKind::Advisory) {
            if let Some(id) = fact.text("id") {
                let known = by_id.entry(id).or_insert(fact);
                if certain(fact) && !certain(known) {
                    *known = fact;
                }
            }
        }
        let mut all: Vec<&Fact> = by_id.into_values().collect();
        all.sort_by_key(|f| {
            (
                Reverse(judged(f, asset).0),
                f.text("id").unwrap_or_default().to_owned(),
            )
        });
        match all.first() {
            Some(worst) => Outcome::Fail(vec![violation(asset, world, worst, &all)]),
            None => Outcome::Pass,
        }
    }
}

fn certain(fact: &Fact) -> bool {
    fact.properties.get("certain").and_then(Value::as_bool) == Some(true)
}

/// Severity of one advisory here, and why it is that.
fn judged(fact: &Fact, asset: &Asset) -> (Severity, Option<&'static str>) {
    let published = fact.text("severity").unwrap_or("unknown");
    if asset.is("dev_only") {
        return (Severity::Low, Some("it is only needed to develop"));
    }
    if !certain(fact) {
        let why = Some("the version is allowed, not locked, or a fix may have come since the advisory");
        return match published {
            "critical" | "high" => (Severity::Medium, why),
            _ => (Severity::Low, why),
        };
    }
    match published {
        "critical" => (
            Severity::Critical,
            Some("the advisory is critical and the version is certain"),
        ),
        "high" => (
            Severity::High,
            Some("the advisory is high and the version is certain"),
        ),
        "low" => (Severity::Low, Some("the advisory is low")),
        _ => (Severity::Medium, None),
    }
}

fn violation(asset: &Asset, world: &World<'_>, worst: &Fact, all: &[&Fact]) -> Violation {
    let (severity, reason) = judged(worst, asset);
    let ids: Vec<&str> = all.iter().filter_map(|f| f.text("id")).collect();
    let details: Vec<Value> = all.iter().map(|f| Value::Map(f.properties.clone())).collect();
    let mut evidence = BTreeMap::from([
        ("advisories".to_owned(), Value::from(ids)),
        ("details".to_owned(), Value::List(details)),
    ]);
    let fix = newest_fix(all);
    if let Some((version, 0)) = &fix {
        evidence.insert("fixed".to_owned(), version.as_str().into());
    }
    let facts = world.graph.facts_of(&asset.id, FactKind::Advisory);
    let mut locations: Vec<_> = facts.filter_map(|f| f.location.clone()).collect();
    locations.sort();
    locations.dedup();
    Violation {
        // The version's own sighting, so that an advisory published tomorrow keeps the finding's id.
        sighting: world.graph.origin(&asset.id, "version").cloned(),
        locations,
        why: sentence(asset, worst, all, fix.as_ref()),
        evidence,
        severity: reason.map(|r| (severity, r.to_owned())),
        ..Violation::default()
    }
}

fn sentence(asset: &Asset, worst: &Fact, all: &[&Fact], fix: Option<&(String, usize)>) -> String {
    let installed = worst.text("installed").unwrap_or("of unknown version");
    let named: Vec<String> = all
        .iter()
        .take(NAMED)
        .map(|f| {
            let id = f.text("id").unwrap_or_default();
            match f.text("severity") {
                Some(s) if s != "unknown" => format!("{id} ({s})"),
                _ => id.to_owned(),
            }
        })
        .collect();
    let more = match all.len().saturating_sub(NAMED) {
        0 => String::new(),
        n => format!(" and {n} more"),
    };
    let fix = match fix {
        Some((version, 0)) => format!("; {version} is affected by none of them"),
        Some((version, left)) => {
            format!("; {version} is affected by none of them but {left} that name no fixed version")
        }
        None => "; no fixed version is named".to_owned(),
    };
    format!(
        "{} {installed} is affected by {}{more}{fix}.",
        asset.name,
        named.join(", ")
    )
}

/// The newest of the fixed versions, and how many advisories neither name one nor end below it.
fn newest_fix(all: &[&Fact]) -> Option<(String, usize)> {
    let mut newest: Option<(Vec<u64>, String)> = None;
    for text in all.iter().filter_map(|f| f.text("fixed")).map(released) {
        let parts = release(text)?;
        if newest.as_ref().is_none_or(|(n, _)| *n < parts) {
            newest = Some((parts, text.to_owned()));
        }
    }
    let (parts, text) = newest?;
    let open = all.iter().filter(|f| f.text("fixed").is_none()).filter(|f| {
        f.text("last_affected")
            .and_then(release)
            .is_none_or(|last| last >= parts)
    });
    Some((text, open.count()))
}

/// The release that a version comes to: what is mended in `5.0.0rc3` is mended in 5.0.0.
fn released(version: &str) -> &str {
    let end = version.find(|c: char| !(c.is_ascii_digit() || c == '.'));
    match end.and_then(|end| version.split_at_checked(end)) {
        Some((numbers, before)) if ["a", "b", "rc", "dev"].iter().any(|p| before.starts_with(p)) => {
            numbers.trim_end_matches('.')
        }
        _ => version,
    }
}

/// The numbers of a plain release; none for anything else, so that nothing is compared wrongly.
fn release(version: &str) -> Option<Vec<u64>> {
    let mut parts = version
        .split('.')
        .map(|p| p.parse().ok())
        .collect::<Option<Vec<u64>>>()?;
    while parts.last() == Some(&0) {
        parts.pop();
    }
    Some(parts)
}

#[cfg(test)]
mod tests {
    use aispm_types::{AssetId, Batch};

    use super::*;
    use crate::rules::testing::judge;

    #[test]
    fn a_release_comes_after_its_candidates_and_before_its_posts() {
        for (version, expected) in [
            ("5.0.0rc3", "5.0.0"),
            ("2.1.0.dev1", "2.1.0"),
            ("1.4", "1.4"),
            ("1.2.post1", "1.2.post1"),
            ("v1", "v1"),
        ] {
            assert_eq!(released(version), expected);
        }
    }

    /// Id, severity, fixed version, last affected version, whether the version is certain.
    type Known<'a> = (&'a str, &'a str, Option<&'a str>, Option<&'a str>, bool);

    fn package(facts: &[Known<'_>]) -> (Batch, AssetId) {
        let mut batch = Batch::default();
        let id = batch.asset(Asset::new(K::Package, "pkg:pypi/crewai@1.6.1", "crewai").with("ai", true));
        for (advisory, severity, fixed, last, certain) in facts {
            let mut fact = Fact::new(FactKind::Advisory, &id)
                .with("id", *advisory)
                .with("severity", *severity)
                .with("installed", "1.6.1")
                .with("certain", *certain);
            if let Some(fixed) = fixed {
                fact = fact.with("fixed", *fixed);
            }
            if let Some(last) = last {
                fact = fact.with("last_affected", *last);
            }
            batch.fact(fact);
        }
        (batch, id)
    }

    #[test]
    fn advisories_of_one_version_are_one_finding_with_the_worst_severity() {
        let (batch, id) = package(&[
            ("CVE-2026-62240", "high", Some("1.15.1"), None, true),
            ("CVE-2026-2275", "critical", None, Some("1.14.1"), true),
        ]);
        let Outcome::Fail(violations) = judge(&AiPackageAdvisory::new(), batch, &id, None) else {
            panic!("should fail");
        };
        assert_eq!(violations.len(), 1);
        assert_eq!(
            violations[0].why,
            "crewai 1.6.1 is affected by CVE-2026-2275 (critical), CVE-2026-62240 (high); 1.15.1 is affected by none of them."
        );
        assert_eq!(violations[0].severity.as_ref().unwrap().0, Severity::Critical);
        assert_eq!(violations[0].discriminator, "");
        assert_eq!(
            violations[0].evidence["advisories"],
            vec!["CVE-2026-2275", "CVE-2026-62240"].into()
        );
    }

    #[test]
    fn a_version_that_is_only_allowed_is_medium_and_an_open_range_has_no_fix() {
        let (batch, id) = package(&[
            ("CVE-1", "critical", Some("2.0"), None, false),
            ("CVE-2", "unknown", None, None, true),
        ]);
        let Outcome::Fail(violations) = judge(&AiPackageAdvisory::new(), batch, &id, None) else {
            panic!("should fail");
        };
        assert_eq!(violations[0].severity.as_ref().unwrap().0, Severity::Medium);
        assert_eq!(
            violations[0].why,
            "crewai 1.6.1 is affected by CVE-1 (critical), CVE-2; 2.0 is affected by none of them but 1 that name no fixed version."
        );
        let (batch, id) = package(&[]);
        assert_eq!(judge(&AiPackageAdvisory::new(), batch, &id, None), Outcome::Pass);
    }
}
