//! An agent that reads untrusted text, reaches private data and can send: three things that are harmless one by one.

use std::collections::BTreeSet;

use aispm_graph::World;
use aispm_types::{
    Asset, AssetId, AssetKind as K, Confidence, Effort, FactKind, Outcome, Reason, RelationKind as R,
    RuleForm, RuleMeta, Severity, Value, Violation,
};

use super::{controls, remediation};
use crate::Rule;

/// Agents, servers and tools followed before the walk ends.
const MOST: usize = 1_000;
/// Origins of prompt text that outsiders write.
const OUTSIDE: &[&str] = &["http-request", "web-page", "email", "issue", "file", "retrieval"];
/// Capabilities of a tool that bring in what outsiders wrote.
const BRINGS: &[&str] = &["http-fetch", "browser", "email-read", "search"];
/// Capabilities of a tool that reach private data.
const REACHES: &[&str] = &["file-read", "sql", "email-read", "cloud", "shell", "code"];
/// Capabilities of a tool that send.
const SENDS: &[&str] = &[
    "network-out",
    "http-fetch",
    "browser",
    "email-send",
    "shell",
    "code",
];

/// Walks an agent's tools, servers and delegates.
pub(super) struct AgentExfiltrationTriad {
    meta: RuleMeta,
}

impl AgentExfiltrationTriad {
    pub(super) fn new() -> Self {
        Self {
            meta: RuleMeta {
                id: "agent-exfiltration-triad".into(),
                title: "Agent reads untrusted text, reaches private data and can send".into(),
                severity: Severity::High,
                confidence: Confidence::Medium,
                applies_to: vec![K::Agent],
                controls: controls(&[
                    "owasp-llm@2025:LLM01",
                    "owasp-llm@2025:LLM06",
                    "owasp-agentic@2026:ASI01",
                    "atlas@5.6.0:AML.T0086",
                    "atlas@5.6.0:AML.M0030",
                ]),
                finds: "An agent that, by its own tools, those of its MCP servers and those of agents it hands work to, takes in \
                        text outsiders write, reads private data, and has a way to send, without approval of the sending."
                    .into(),
                impact: "One instruction in a page, a mail or a document makes the agent read what it may and send it away.".into(),
                remediation: remediation(
                    "Take one of the three away, or ask a person before anything is sent once untrusted text was read.",
                    Effort::High,
                    false,
                ),
                false_positives: "Tools whose reach is narrower than their kind, such as a fetch from one fixed host.".into(),
                references: vec!["https://genai.owasp.org/llmrisk/llm01-prompt-injection/".into()],
                form: RuleForm::Rust,
            },
        }
    }
}

/// One of the three, as far as it is known.
#[derive(Default)]
struct Leg {
    by: BTreeSet<String>,
    unknown: Option<String>,
}

impl Leg {
    /// True where something does it.
    fn stands(&self) -> bool {
        !self.by.is_empty()
    }
    fn names(&self) -> String {
        self.by.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
    }
}

#[derive(Default)]
struct Triad {
    untrusted: Leg,
    private: Leg,
    egress: Leg,
}

impl Rule for AgentExfiltrationTriad {
    fn meta(&self) -> &RuleMeta {
        &self.meta
    }

    fn assess(&self, asset: &Asset, world: &World<'_>) -> Outcome {
        let (triad, tools) = gather(asset, world);
        if tools == 0 {
            return Outcome::NotApplicable;
        }
        if asset.is("human_approval") {
            return Outcome::Pass;
        }
        let legs = [&triad.untrusted, &triad.private, &triad.egress];
        if legs.iter().all(|l| l.stands()) {
            return Outcome::Fail(vec![violation(asset, &triad)]);
        }
        let missing = legs.iter().filter(|l| !l.stands());
        // Known to be missing somewhere decides, whatever is unknown elsewhere.
        match missing.map(|l| l.unknown.clone()).collect::<Option<Vec<_>>>() {
            Some(reasons) => Outcome::NotAssessed(Reason(reasons.into_iter().next().unwrap_or_default())),
            None => Outcome::Pass,
        }
    }
}

/// What the agent and everything it hands work to can do, and how many tools that are.
fn gather(agent: &Asset, world: &World<'_>) -> (Triad, usize) {
    let mut triad = Triad::default();
    let mut seen: BTreeSet<&AssetId> = BTreeSet::new();
    let mut todo: Vec<&Asset> = world.graph.asset(&agent.id).into_iter().collect();
    let mut tools = 0;
    while let Some(at) = todo.pop() {
        if seen.len() >= MOST || !seen.insert(&at.id) {
            continue;
        }
        for fact in world.graph.facts_of(&at.id, FactKind::PromptInput) {
            if fact.text("origin").is_some_and(|o| OUTSIDE.contains(&o)) {
                triad.untrusted.by.insert(at.name.clone());
            }
        }
        for store in world.graph.related(&at.id, R::GroundedOn) {
            if store.text("data_class") != Some("public") {
                triad.private.by.insert(store.name.clone());
            }
        }
        for tool in world.graph.related(&at.id, R::CallsTool) {
            if tool.kind == K::McpServer || tool.kind == K::Agent {
                todo.push(tool);
            } else {
                tools += 1;
                add(&mut triad, tool);
            }
        }
        let delegates = world.graph.related(&at.id, R::Uses);
        todo.extend(delegates.filter(|a| matches!(a.kind, K::Agent | K::McpServer)));
    }
    (triad, tools)
}

fn add(triad: &mut Triad, tool: &Asset) {
    let approved = tool.is("approval_required");
    let can = |known: &[&str]| match tool.get("capabilities") {
        Some(Value::List(list)) => list.iter().filter_map(Value::as_str).any(|c| known.contains(&c)),
        _ => false,
    };
    let unknown = match tool.get("capabilities") {
        Some(Value::Unknown(why)) => Some(format!("what {} can do is not known: {why}", tool.name)),
        _ => None,
    };
    for (leg, stands) in [
        (&mut triad.untrusted, tool.is("untrusted_input") || can(BRINGS)),
        (&mut triad.private, can(REACHES)),
        (&mut triad.egress, !approved && sends(tool)),
    ] {
        if stands {
            leg.by.insert(tool.name.clone());
        }
        leg.unknown = leg.unknown.take().or_else(|| unknown.clone());
    }
}

/// True for a tool that carries text to where an outsider reads it. A query to a search engine leaves too, but only the engine sees it.
fn sends(tool: &Asset) -> bool {
    let known: Vec<&str> = match tool.get("capabilities") {
        Some(Value::List(list)) => list.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    known.iter().any(|c| SENDS.contains(c)) || (tool.is("egress") && !known.contains(&"search"))
}

fn violation(asset: &Asset, triad: &Triad) -> Violation {
    let list = |leg: &Leg| Value::from(leg.by.iter().map(String::as_str).collect::<Vec<_>>());
    Violation {
        why: format!(
            "{} takes in untrusted text ({}), reaches private data ({}) and can send ({}).",
            asset.name,
            triad.untrusted.names(),
            triad.private.names(),
            triad.egress.names()
        ),
        evidence: [
            ("untrusted_input".to_owned(), list(&triad.untrusted)),
            ("private_data".to_owned(), list(&triad.private)),
            ("egress".to_owned(), list(&triad.egress)),
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

    fn agent(tools: &[(&str, Value)]) -> (Batch, AssetId) {
        let mut batch = Batch::default();
        let agent = batch.asset(Asset::new(K::Agent, "a", "assistant"));
        let server = batch.asset(Asset::new(K::McpServer, "s", "server"));
        batch.relation(Relation::new(&agent, R::Uses, &server));
        for (i, (name, capabilities)) in tools.iter().enumerate() {
            let tool =
                batch.asset(Asset::new(K::Tool, name, *name).with("capabilities", capabilities.clone()));
            let by = if i == 0 { &agent } else { &server };
            batch.relation(Relation::new(by, R::CallsTool, &tool));
        }
        (batch, agent)
    }

    #[test]
    fn three_legs_over_servers_fail_and_two_pass() {
        let rule = AgentExfiltrationTriad::new();
        let (batch, id) = agent(&[
            ("web", vec!["search"].into()),
            ("files", vec!["file-read"].into()),
            ("mail", vec!["email-send"].into()),
        ]);
        let Outcome::Fail(violations) = judge(&rule, batch, &id, None) else {
            panic!("should fail");
        };
        assert_eq!(
            violations[0].why,
            "assistant takes in untrusted text (web), reaches private data (files) and can send (mail)."
        );
        let (batch, id) = agent(&[
            ("web", vec!["search"].into()),
            ("files", vec!["file-read"].into()),
        ]);
        assert_eq!(judge(&rule, batch, &id, None), Outcome::Pass);
        let (batch, id) = agent(&[]);
        assert_eq!(judge(&rule, batch, &id, None), Outcome::NotApplicable);
    }

    #[test]
    fn a_search_engine_is_no_way_out() {
        let rule = AgentExfiltrationTriad::new();
        let (mut batch, id) = agent(&[
            ("web", vec!["search"].into()),
            ("files", vec!["file-read"].into()),
        ]);
        for tool in batch.assets.iter_mut().filter(|a| a.name == "web") {
            tool.properties.insert("egress".into(), true.into());
        }
        assert_eq!(judge(&rule, batch, &id, None), Outcome::Pass);
    }

    #[test]
    fn an_unknown_tool_leaves_it_open_and_approval_closes_it() {
        let rule = AgentExfiltrationTriad::new();
        let tools = [
            ("web", vec!["search"].into()),
            ("files", Value::unknown("chosen at run time")),
        ];
        let (batch, id) = agent(&tools);
        assert!(matches!(judge(&rule, batch, &id, None), Outcome::NotAssessed(_)));
        let (mut batch, id) = agent(&[("all", vec!["browser", "file-read"].into())]);
        assert!(matches!(judge(&rule, batch.clone(), &id, None), Outcome::Fail(_)));
        for asset in &mut batch.assets {
            asset.properties.insert("human_approval".into(), true.into());
        }
        assert_eq!(judge(&rule, batch, &id, None), Outcome::Pass);
    }
}
