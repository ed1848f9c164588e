//! What is recorded: text of a model at a sink, text from outside at a model.

use aispm_types::{AssetId, AssetKind, Fact, FactKind, Value};

use super::{Flow, TOOL_ARGUMENTS, Trace, Tracer};
use crate::analyse::{Analysis, Hit};
use crate::catalogue::Role;
use crate::ir::{ExprId, ExprKind};

/// Sinks that count where a tool hands on what a model gave it: for the others that is what the tool is for, and its
/// capabilities say so.
const TOOL_SINKS: &[&str] = &["shell", "code", "sql", "deserialize", "template"];

impl Tracer<'_, '_> {
    /// Records what flows into a call, in the last run.
    pub(super) fn reports(&mut self, e: ExprId) {
        if !self.report {
            return;
        }
        let hits: Vec<Hit> = self.a.hits.at(e).cloned().collect();
        for hit in &hits {
            let Some(entry) = self.a.entry(hit) else { continue };
            match hit.role {
                Role::Sink => {
                    let kind = entry.texts.get("sink").cloned().unwrap_or_default();
                    for input in self.selected(e, entry.selectors("input")) {
                        let flow = self.flow(input);
                        self.reach(&kind, &hit.path.replace("()", ""), e, &flow);
                    }
                }
                Role::Chat | Role::Run => self.prompt_input(hit),
                _ => {}
            }
        }
        let raw_html: Vec<ExprId> = self
            .a
            .args(e)
            .iter()
            .filter(|a| a.name.as_deref() == Some("dangerouslySetInnerHTML"))
            .map(|a| a.value)
            .collect();
        for input in raw_html {
            let flow = self.flow(input);
            self.reach("html", "dangerouslySetInnerHTML", e, &flow);
        }
    }

    /// Text of a model reaches a sink.
    pub(super) fn reach(&mut self, sink: &str, callee: &str, e: ExprId, flow: &Flow) {
        if !self.report {
            return;
        }
        let Some(trace) = &flow.model else { return };
        if trace.safe.contains(sink) || (trace.callee == TOOL_ARGUMENTS && !TOOL_SINKS.contains(&sink)) {
            return;
        }
        let subject = self.subject(e, trace);
        let mut fact = Fact::new(FactKind::TaintTrace, &subject)
            .with("sink", sink)
            .with("callee", callee.trim_start_matches("?."))
            .with("source", trace.callee.as_str())
            .with("steps", trace.steps.clone())
            .with("sanitized", false)
            .at(self.a.at(e));
        if trace.source.0 != u32::MAX {
            fact = fact.with("source_line", self.a.module().expr(trace.source).line);
        }
        self.a.draft.fact(fact);
    }

    fn prompt_input(&mut self, hit: &Hit) {
        let args: Vec<ExprId> = self.a.args(hit.expr).iter().map(|a| a.value).collect();
        let mut seen: Vec<&'static str> = Vec::new();
        for arg in args {
            let flow = self.flow(arg);
            let Some(trace) = flow.outside else { continue };
            if seen.contains(&trace.origin) {
                continue;
            }
            seen.push(trace.origin);
            let subject = self.subject(hit.expr, &trace);
            let role = if self.lands_in_system(arg) {
                "system"
            } else {
                "user"
            };
            let fact = Fact::new(FactKind::PromptInput, &subject)
                .with("origin", trace.origin)
                .with(
                    "callee",
                    Value::from(
                        hit.path
                            .replace("()", "")
                            .trim_start_matches("?.")
                            .replace('|', "chain"),
                    ),
                )
                .with("role", role)
                .at(self.a.at(hit.expr));
            self.a.draft.fact(fact);
        }
    }

    /// Whether what flows stands in a message of role `system`.
    fn lands_in_system(&self, e: ExprId) -> bool {
        let mut work = vec![e];
        let mut steps = 0;
        while let Some(e) = work.pop() {
            steps += 1;
            if steps > 200 {
                return false;
            }
            let Some(e) = self.a.r.followed(e, 6) else {
                continue;
            };
            if let ExprKind::Dict(pairs) = self.a.module().kind(e) {
                let system = pairs.iter().any(|(k, v)| {
                    k.and_then(|k| self.a.module().text(k)) == Some("role")
                        && matches!(self.a.module().text(*v), Some("system" | "developer"))
                });
                if system {
                    let content = pairs
                        .iter()
                        .find(|(k, _)| k.and_then(|k| self.a.module().text(k)) == Some("content"));
                    if content.is_some_and(|(_, v)| self.flows.get(v).is_some_and(|f| f.outside.is_some())) {
                        return true;
                    }
                    continue;
                }
            }
            work.extend(self.a.module().parts(e));
        }
        false
    }

    /// What a fact is about: the endpoint or tool whose function it stands in, the agent whose text it is, else the file's home.
    fn subject(&self, e: ExprId, trace: &Trace) -> AssetId {
        let module = self.a.module();
        let around: Vec<_> = module.around(module.expr(e).scope).map(|(id, _)| id).collect();
        if let Some(endpoint) = around.iter().find_map(|s| self.a.handlers.get(s)) {
            return endpoint.clone();
        }
        let is_tool = |id: &&AssetId| Analysis::is_kind(id, AssetKind::Tool);
        if trace.callee == TOOL_ARGUMENTS
            && let Some(tool) = around
                .iter()
                .find_map(|s| self.a.scopes.get(s)?.iter().find(is_tool))
        {
            return tool.clone();
        }
        if trace.source.0 != u32::MAX
            && let Some(agent) = self
                .a
                .refs(trace.source)
                .into_iter()
                .find(|id| Analysis::is_kind(id, AssetKind::Agent))
        {
            return agent;
        }
        self.a.home()
    }
}
