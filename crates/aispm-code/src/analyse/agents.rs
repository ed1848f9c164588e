//! Agents: what they use, call, are told and are kept from.

use aispm_types::{Asset, AssetId, AssetKind, Relation, RelationKind, Value};

use super::names::Style;
use super::{Analysis, Hit};
use crate::catalogue::Role;
use crate::ir::{ExprId, ScopeKind};
use crate::resolve::Val;

/// Names that a call's answer is bound to; they say nothing of who answers.
const ANSWERS: &[&str] = &[
    "result",
    "results",
    "response",
    "res",
    "output",
    "out",
    "answer",
    "reply",
    "completion",
    "stream",
    "message",
    "text",
    "r",
    "_",
];

impl Analysis<'_> {
    /// Makes agents and relates them.
    pub(super) fn find_agents(&mut self) {
        let hits = self.hits.of(Role::Agent);
        let mut made = Vec::new();
        for hit in &hits {
            if let Some(id) = self.agent(hit) {
                match hit.scope {
                    Some(scope) => self.scopes.entry(scope).or_default().push(id.clone()),
                    None => self.made.entry(hit.expr).or_default().push(id.clone()),
                }
                made.push((hit.clone(), id));
            }
        }
        // Relations when all agents are known: one may be given another that stands below.
        for (hit, id) in made {
            self.relate_agent(&hit, &id);
        }
    }

    fn agent(&mut self, hit: &Hit) -> Option<AssetId> {
        let entry = self.entry(hit)?;
        // What runs an agent made elsewhere in the file is that agent, with a bound and a memory.
        if entry.is("wraps")
            && let Some(inner) = self.argument(hit, "llm").and_then(|e| {
                self.refs(e)
                    .into_iter()
                    .find(|id| Self::is_kind(id, AssetKind::Agent))
            })
        {
            let at = self.at(hit.expr);
            self.draft.seen(&inner, at);
            if let Some(bound) = self.bound(hit) {
                self.draft.set(&inner, "max_iterations", bound);
            }
            if self.argument(hit, "memory").is_some() {
                self.draft.set(&inner, "memory", true);
            }
            return Some(inner);
        }
        let framework = self
            .catalogue
            .constant(entry, "framework")
            .or_else(|| self.catalogue.library(entry).map(|l| l.name.as_str()))?
            .to_owned();
        let name = self.agent_name(hit);
        // Two agents of one name in a file are told apart by their order, not by their lines.
        let n = self.agent_names.entry(name.clone()).or_insert(0);
        *n += 1;
        let place = match *n {
            1 => self.place(&name),
            n => self.place(&format!("{name}-{n}")),
        };
        let mut asset = Asset::new(AssetKind::Agent, place, name.as_str())
            .with("framework", framework)
            .at(self.at(hit.expr));
        for (part, property) in [
            ("delegation", "allow_delegation"),
            ("dangerous", "allow_dangerous"),
            ("memory", "memory"),
            ("code_execution", "code_execution"),
            ("approval", "human_approval"),
        ] {
            if let Some(e) = self.argument(hit, part) {
                let value = match self.r.values(e).first() {
                    Some(Val::Bool(b)) => Value::Bool(*b),
                    Some(Val::Null) => Value::Bool(false),
                    Some(Val::Text(t, _)) if part == "approval" => {
                        Value::Bool(!t.eq_ignore_ascii_case("never"))
                    }
                    // An object that does it: a checkpointer, an executor.
                    _ if matches!(part, "memory" | "code_execution" | "approval") => Value::Bool(true),
                    Some(Val::Unknown(reason)) => Value::unknown(reason),
                    _ => continue,
                };
                asset = asset.with(property, value);
            }
        }
        if entry.is("code_execution") {
            asset = asset.with("code_execution", true);
        }
        if entry.is("dangerous") {
            asset = asset.with("allow_dangerous", true);
        }
        if let Some(bound) = self.bound(hit) {
            asset = asset.with("max_iterations", bound);
        }
        Some(self.draft.asset(self.dressed(asset)))
    }

    /// The bound of an agent's loop, where it is written down: nothing written in its place switches it off.
    fn bound(&self, hit: &Hit) -> Option<Value> {
        let e = self.argument(hit, "max_iterations")?;
        match self.r.values(e).first()? {
            Val::Int(i) => Some(Value::Int(*i)),
            Val::Null => Some(Value::Int(0)),
            Val::Unknown(reason) => Some(Value::unknown(reason)),
            _ => None,
        }
    }

    fn agent_name(&self, hit: &Hit) -> String {
        let given = self
            .argument(hit, "name")
            .and_then(|e| self.r.text(e))
            .map(|n| n.split_whitespace().collect::<Vec<_>>().join(" "))
            .filter(|n| (1..=60).contains(&n.chars().count()));
        let function = || {
            let scope = match hit.scope {
                Some(s) => Some(s),
                None => self.module().function_of(hit.expr),
            };
            scope
                .and_then(|s| self.module().scope(s))
                .filter(|s| s.kind != ScopeKind::Module && !s.name.starts_with("__"))
                .map(|s| s.name.to_string())
                .filter(|n| {
                    !matches!(
                        n.as_str(),
                        "" | "main" | "handler" | "GET" | "POST" | "PUT" | "PATCH" | "DELETE"
                    )
                })
        };
        let bound = self.bound_name(hit.expr);
        let is_answer = |n: &str| ANSWERS.contains(&n.to_ascii_lowercase().as_str());
        given
            .or_else(|| bound.clone().filter(|n| !is_answer(n)))
            .or_else(function)
            .or(bound)
            .unwrap_or_else(|| hit.path.rsplit('.').next().unwrap_or("agent").replace("()", ""))
    }

    fn relate_agent(&mut self, hit: &Hit, id: &AssetId) {
        let at = self.at(hit.expr);
        let parts: &[(&str, RelationKind, &[AssetKind])] = &[
            ("llm", RelationKind::Uses, &[AssetKind::Model, AssetKind::Account]),
            (
                "agents",
                RelationKind::Uses,
                &[AssetKind::Agent, AssetKind::Model],
            ),
            ("guardrail", RelationKind::GuardedBy, &[AssetKind::Guardrail]),
            ("retriever", RelationKind::GroundedOn, &[AssetKind::VectorIndex]),
            ("servers", RelationKind::CallsTool, &[AssetKind::McpServer]),
            ("memory", RelationKind::GroundedOn, &[AssetKind::VectorIndex]),
        ];
        for (part, kind, admitted) in parts {
            let Some(e) = self.argument(hit, part) else {
                continue;
            };
            for other in self.refs(e) {
                if admitted.iter().any(|k| Self::is_kind(&other, *k)) {
                    self.draft
                        .relation(Relation::new(id, *kind, &other).seen(at.clone()));
                }
            }
        }
        self.named_model(hit, id);
        if let Some(e) = self.argument(hit, "tools") {
            for tool in self.tools_in(e) {
                if self.runs_unconfined(&tool) {
                    self.draft.set(id, "code_execution", true);
                }
                self.draft
                    .relation(Relation::new(id, RelationKind::CallsTool, &tool).seen(at.clone()));
            }
            for other in self.refs(e) {
                let kind = match other.as_str().split(':').next() {
                    Some("vector_index") => RelationKind::GroundedOn,
                    Some("agent") => RelationKind::Uses,
                    _ => continue,
                };
                self.draft
                    .relation(Relation::new(id, kind, &other).seen(at.clone()));
            }
        }
        if let Some(e) = self.argument(hit, "prompt") {
            for prompt in self.prompt(e, "system") {
                self.draft
                    .relation(Relation::new(id, RelationKind::PromptedBy, &prompt).seen(at.clone()));
            }
        }
    }

    /// Whether a tool runs what a model writes on the machine itself.
    fn runs_unconfined(&self, tool: &AssetId) -> bool {
        let tools = self.hits.of(Role::Tool);
        tools.iter().any(|h| {
            self.entry(h).is_some_and(|e| e.is("code_execution"))
                && self.made.get(&h.expr).is_some_and(|m| m.contains(tool))
        })
    }

    /// A model that is named by text: `Agent("openai:gpt-4o")`, `llm="openai/gpt-4o"`.
    fn named_model(&mut self, hit: &Hit, id: &AssetId) {
        let (Some(entry), Some(e)) = (self.entry(hit), self.argument(hit, "llm")) else {
            return;
        };
        let values: Vec<Val> = self
            .r
            .values(e)
            .into_iter()
            .filter(|v| v.text().is_some())
            .collect();
        let provider = self.catalogue.constant(entry, "provider").map(str::to_owned);
        let style = Style::of(Some("prefixed"));
        for model in self.models_of(hit.expr, Some(e), &values, provider.as_deref(), style) {
            let mut relation = Relation::new(id, RelationKind::Uses, &model).seen(self.at(hit.expr));
            if let Some(Val::Text(_, Some(variable))) = values.first() {
                relation = relation.possible(format!("unless environment {variable} names another"));
            }
            self.draft.relation(relation);
        }
    }

    /// Calls in a function or class and in what stands inside it.
    pub(crate) fn calls_within(&self, scope: crate::ir::ScopeId) -> Vec<(ExprId, ExprId)> {
        let index = self.calls_of.get_or_init(|| {
            let mut all: std::collections::BTreeMap<_, Vec<_>> = std::collections::BTreeMap::new();
            for (id, callee, _) in self.module().calls() {
                all.entry(self.module().expr(id).scope)
                    .or_default()
                    .push((id, callee));
            }
            all
        });
        let mut out = Vec::new();
        // Scopes inside a scope have larger ids and stand together.
        for inner in (scope.0..)
            .map(crate::ir::ScopeId)
            .take_while(|s| self.module().scope(*s).is_some() && self.module().within(*s, scope))
        {
            out.extend(index.get(&inner).into_iter().flatten().copied());
        }
        out
    }
}
