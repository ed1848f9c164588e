//! A route to a model that the internet reaches and that asks nobody who he is.

use std::collections::BTreeMap;

use aispm_graph::World;
use aispm_types::{
    Asset, AssetId, AssetKind as K, Certainty, Confidence, Effort, Outcome, Reason, RelationKind as R,
    Remediation, RuleForm, RuleMeta, Severity, Value, Violation,
};

use super::{controls, remediation};
use crate::Rule;

/// Assets looked at on the way from a route to the doors before it; more is no deployment of one route.
const MOST: usize = 1_000;

/// Looks for a door from the route back through what runs it: service, image, workload, gateway.
pub(super) struct ModelRouteUnauthenticated {
    meta: RuleMeta,
}

impl ModelRouteUnauthenticated {
    pub(super) fn new() -> Self {
        Self {
            meta: RuleMeta {
                id: "model-route-unauthenticated".into(),
                title: "Public route to a model asks nobody who he is".into(),
                severity: Severity::High,
                confidence: Confidence::Medium,
                applies_to: vec![K::Endpoint],
                controls: controls(&[
                    "owasp-llm@2025:LLM10",
                    "atlas@5.6.0:AML.T0040",
                    "atlas@5.6.0:AML.T0093",
                ]),
                finds: "A route of an application that leads to a model or an agent, is reachable from the internet (it says so, or a \
                        public workload, ingress or load balancer leads to it), and demands no authentication."
                    .into(),
                impact: "Anyone talks to the model at the organisation's cost, and anyone may try to inject instructions into the \
                         agent behind it."
                    .into(),
                remediation: Remediation {
                    code: Some("@app.post(\"/chat\", dependencies=[Depends(signed_in)])".into()),
                    ..remediation(
                        "Require a signed-in caller on the route and limit how often he may call.",
                        Effort::Medium,
                        false,
                    )
                },
                false_positives: "Applications whose gateway authenticates, where that is outside the scanned files; public \
                                  assistants on purpose."
                    .into(),
                references: vec!["https://genai.owasp.org/llmrisk/llm102025-unbounded-consumption/".into()],
                form: RuleForm::Rust,
            },
        }
    }
}

impl Rule for ModelRouteUnauthenticated {
    fn meta(&self) -> &RuleMeta {
        &self.meta
    }

    fn assess(&self, asset: &Asset, world: &World<'_>) -> Outcome {
        let leads_to: Vec<&Asset> = [R::Uses, R::Serves, R::CallsTool]
            .into_iter()
            .flat_map(|kind| world.graph.related(&asset.id, kind))
            .collect();
        // An engine's endpoint has no route: that it asks nobody is a finding of its own.
        if leads_to.is_empty() || asset.text("route").is_none() || asset.is("test_code") {
            return Outcome::NotApplicable;
        }
        let door = match asset.get("public") {
            Some(Value::Bool(true)) => Some((asset, Certainty::Certain)),
            _ => door(asset, world),
        };
        let unknown = |what: &str, why: &str| {
            Outcome::NotAssessed(Reason(format!("whether {what} is not known: {why}")))
        };
        match (asset.get("authenticated"), asset.get("public"), door) {
            (Some(Value::Bool(false)), _, Some(door)) => {
                Outcome::Fail(vec![violation(asset, &leads_to, door)])
            }
            (Some(Value::Bool(false)), Some(Value::Unknown(why)), None) => {
                unknown("the internet reaches it", why)
            }
            (Some(Value::Unknown(why)), _, Some(_)) => unknown("callers must show who they are", why),
            (_, _, Some(_)) => Outcome::Pass,
            (_, _, None) => Outcome::NotApplicable,
        }
    }
}

/// The surest open door before a route; gateways that ask who is there are none.
fn door<'a>(route: &'a Asset, world: &World<'a>) -> Option<(&'a Asset, Certainty)> {
    let leads = |at: K, kind: R| match kind {
        R::Exposes => true,
        R::Contains => at == K::Endpoint,
        R::Runs | R::Serves => matches!(at, K::Service | K::Image),
        _ => false,
    };
    let mut best: BTreeMap<&AssetId, Certainty> = [(&route.id, Certainty::Certain)].into();
    let mut todo = vec![route];
    while let Some(at) = todo.pop() {
        let so_far = best.get(&at.id).copied().unwrap_or(Certainty::Possible);
        let before = world
            .graph
            .incoming(&at.id)
            .filter(|r| leads(at.kind, r.kind))
            .map(|r| (&r.from, r.certainty));
        // An image names the service it is built from, not the other way round.
        let images = world
            .graph
            .incoming(&at.id)
            .filter(|r| at.kind == K::Service && r.kind == R::BuiltFrom)
            .map(|r| (&r.from, r.certainty));
        for (id, certainty) in before.chain(images) {
            let certainty = so_far.and(certainty);
            let surer = best.get(id).is_none_or(|known| *known < certainty);
            if let Some(next) = world.graph.asset(id)
                && !next.is("authenticated")
                && surer
                && best.len() < MOST
            {
                best.insert(&next.id, certainty);
                todo.push(next);
            }
        }
    }
    let open = |asset: &Asset| {
        asset.is("public")
            || asset
                .get("open_to_internet")
                .is_some_and(|v| matches!(v, Value::List(l) if !l.is_empty()))
    };
    best.into_iter()
        .filter_map(|(id, certainty)| Some((world.graph.asset(id)?, certainty)))
        .filter(|(asset, _)| open(asset))
        .max_by(|(a, ac), (b, bc)| ac.cmp(bc).then_with(|| b.id.cmp(&a.id)))
}

fn violation(asset: &Asset, leads_to: &[&Asset], (door, certainty): (&Asset, Certainty)) -> Violation {
    let mut names: Vec<&str> = leads_to.iter().map(|a| a.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let through = match (door.id == asset.id, certainty) {
        (true, _) => String::new(),
        (false, Certainty::Certain) => format!(
            ", and {} `{}` opens it to the internet",
            door.kind.as_str(),
            door.name
        ),
        (false, Certainty::Possible) => {
            format!(
                ", and {} `{}` seems to open it to the internet",
                door.kind.as_str(),
                door.name
            )
        }
    };
    let severity = if asset.is("rate_limited") {
        Some("callers are limited")
    } else {
        (certainty == Certainty::Possible).then_some("that it runs behind this door is matched by name")
    };
    Violation {
        why: format!(
            "{} leads to {} and asks nobody who he is{through}.",
            asset.name,
            names.join(", ")
        ),
        evidence: [
            (String::from("authenticated"), Value::Bool(false)),
            (String::from("door"), Value::from(door.id.as_str())),
        ]
        .into(),
        severity: severity.map(|reason| (Severity::Medium, reason.to_owned())),
        ..Violation::default()
    }
}

#[cfg(test)]
mod tests {
    use aispm_types::{Batch, Relation};

    use super::*;
    use crate::rules::testing::judge;

    /// `POST /chat` of a service that a workload behind an ingress runs, and the model it leads to.
    fn estate(route: Asset, ingress: Asset, runs: Certainty) -> (Batch, AssetId) {
        let mut batch = Batch::default();
        let model = batch.asset(Asset::new(K::Model, "m", "m"));
        let route = batch.asset(route);
        let service = batch.asset(Asset::new(K::Service, "s", "s"));
        let workload = batch.asset(Asset::new(K::Workload, "w", "w"));
        let ingress = batch.asset(ingress);
        batch.relation(Relation::new(&route, R::Serves, &model));
        batch.relation(Relation::new(&service, R::Contains, &route));
        let mut runs_it = Relation::new(&workload, R::Runs, &service);
        runs_it.certainty = runs;
        batch.relation(runs_it);
        batch.relation(Relation::new(&ingress, R::Exposes, &workload));
        (batch, route)
    }

    #[test]
    fn a_door_is_looked_for_through_what_runs_the_route() {
        let rule = ModelRouteUnauthenticated::new();
        let route = || {
            Asset::new(K::Endpoint, "e", "POST /chat")
                .with("route", "/chat")
                .with("authenticated", false)
        };
        let ingress = || Asset::new(K::Network, "i", "front").with("public", true);
        let sure = Certainty::Certain;
        let severity = |(batch, id): (Batch, AssetId)| match judge(&rule, batch, &id, None) {
            Outcome::Fail(v) => v[0]
                .severity
                .clone()
                .map_or(Some(Severity::High), |(s, _)| Some(s)),
            _ => None,
        };
        assert_eq!(severity(estate(route(), ingress(), sure)), Some(Severity::High));
        assert_eq!(
            severity(estate(route(), ingress(), Certainty::Possible)),
            Some(Severity::Medium)
        );
        assert_eq!(
            severity(estate(route().with("rate_limited", true), ingress(), sure)),
            Some(Severity::Medium)
        );
        let inside = Asset::new(K::Network, "i", "front").with("public", false);
        assert_eq!(
            severity(estate(route().with("public", true), inside.clone(), sure)),
            Some(Severity::High)
        );
        for (route, ingress) in [
            (route(), inside),
            (route(), ingress().with("authenticated", true)),
            (route().with("test_code", true), ingress()),
            (
                Asset::new(K::Endpoint, "e", "POST /chat")
                    .with("route", "/chat")
                    .with("authenticated", true),
                ingress(),
            ),
        ] {
            assert_eq!(severity(estate(route, ingress, sure)), None);
        }
    }

    #[test]
    fn what_is_not_known_is_not_assessed() {
        let rule = ModelRouteUnauthenticated::new();
        let ingress = |public: bool| Asset::new(K::Network, "i", "front").with("public", public);
        let route = || Asset::new(K::Endpoint, "e", "POST /chat").with("route", "/chat");
        for (batch, id) in [
            estate(
                route().with("authenticated", Value::unknown("middleware")),
                ingress(true),
                Certainty::Certain,
            ),
            estate(
                route()
                    .with("authenticated", false)
                    .with("public", Value::unknown("a variable")),
                ingress(false),
                Certainty::Certain,
            ),
        ] {
            assert!(matches!(judge(&rule, batch, &id, None), Outcome::NotAssessed(_)));
        }
    }
}
