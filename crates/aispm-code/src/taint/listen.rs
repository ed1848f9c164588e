//! Functions that frameworks call with text of a model: listeners, methods of handlers, steps of a chain, nodes of a graph.

use aispm_types::AssetKind;

use super::{Flow, Trace, Tracer};
use crate::analyse::Analysis;
use crate::catalogue::Role;
use crate::ir::{Arg, ExprId, ExprKind, ScopeId, ScopeKind};

/// Parts of a call that are looked through for listeners.
const STEPS: usize = 64;

/// Whether an argument of this name is called when something happens.
fn is_listener(name: &str) -> bool {
    let then = |prefix: &str| {
        let rest = name.strip_prefix(prefix);
        rest.is_some_and(|r| r.starts_with(|c: char| c.is_uppercase() || c == '_'))
    };
    then("on") || then("handle") || name.to_ascii_lowercase().contains("callback")
}

impl<'m> Tracer<'_, 'm> {
    /// Gives a function text for its first parameter.
    fn tell(&mut self, function: ScopeId, flow: &Flow) {
        let Some(scope) = self.a.module().scope(function) else {
            return;
        };
        let at = usize::from(scope.takes_self());
        if scope.params.len() > at {
            self.params.entry((function, at)).or_default().join(flow);
        }
    }

    /// `streamText({…, onFinish: ({ text }) => …})`, `{callbacks: [{handleLLMNewToken(token) {…}}]}`.
    pub(super) fn listeners(&mut self, args: &[Arg], flow: &Flow) {
        let module = self.a.module();
        let mut work: Vec<(Option<&str>, ExprId)> =
            args.iter().map(|a| (a.name.as_deref(), a.value)).collect();
        let mut steps = 0;
        while let Some((name, e)) = work.pop() {
            steps += 1;
            if steps > STEPS {
                return;
            }
            match module.kind(e) {
                ExprKind::Dict(pairs) => {
                    work.extend(pairs.iter().map(|(k, v)| (k.and_then(|k| module.text(k)), *v)));
                }
                ExprKind::List(items) => work.extend(items.iter().map(|i| (None, *i))),
                ExprKind::Scope(_) | ExprKind::Name(_) | ExprKind::Attr(..)
                    if name.is_some_and(is_listener) =>
                {
                    if let Some(function) = self.a.r.local_scope(e) {
                        self.tell(function, flow);
                    }
                }
                _ => {}
            }
        }
    }

    /// Methods that a framework calls on classes derived from one of its own.
    pub(super) fn listening_methods(&mut self) {
        let hits: Vec<_> = self.a.hits.of(Role::Run);
        for hit in hits {
            let (Some(class), Some(entry)) = (hit.scope, self.a.entry(&hit)) else {
                continue;
            };
            for name in entry.list("methods") {
                let Some(ExprKind::Scope(s)) = self.a.r.member(class, &name).map(|m| self.a.module().kind(m))
                else {
                    continue;
                };
                let trace = Trace::new(ExprId(u32::MAX), hit.path.as_str(), "");
                self.tell(*s, &Flow::of_model(trace));
            }
        }
    }

    /// `prompt | model | parser | function`: what stands behind a model is given its text.
    pub(super) fn hand_on(&mut self, steps: &[ExprId]) {
        if !steps.iter().any(|s| self.function_in(*s).is_some()) {
            return;
        }
        let mut speaks = None;
        for step in steps {
            match (speaks, self.function_in(*step)) {
                (Some(model), Some(function)) => {
                    self.tell(function, &Flow::of_model(Trace::new(model, "chain", "")));
                }
                (None, _) => {
                    let refs = self.a.refs(*step);
                    let model = refs.iter().any(|id| Analysis::is_kind(id, AssetKind::Model));
                    speaks = model.then_some(*step);
                }
                _ => {}
            }
        }
    }

    /// The function that a step of a chain is: itself, or what `RunnableLambda(…)` was made of.
    fn function_in(&self, step: ExprId) -> Option<ScopeId> {
        let module = self.a.module();
        let is_function = |s: &ScopeId| module.scope(*s).is_some_and(|s| s.kind == ScopeKind::Function);
        if let Some(function) = self.a.r.local_scope(step).filter(is_function) {
            return matches!(
                module.kind(step),
                ExprKind::Scope(_) | ExprKind::Name(_) | ExprKind::Attr(..)
            )
            .then_some(function);
        }
        let ExprKind::Call(callee, args) = module.kind(step) else {
            return None;
        };
        let path = self.a.r.path(*callee)?;
        let given = args.first().filter(|_| path.ends_with("RunnableLambda"))?.value;
        let given = match module.kind(given) {
            ExprKind::Dict(_) => self.a.r.entry_of(given, "func", 8)?,
            _ => given,
        };
        self.a.r.local_scope(given).filter(is_function)
    }

    /// `graph.add_node("name", function)`: what one node gives back, all of them are given.
    pub(super) fn node(&mut self, args: &[Arg]) {
        let Some(function) = args.iter().rev().find_map(|a| self.a.r.local_scope(a.value)) else {
            return;
        };
        for (name, flow) in self.return_shapes.get(&function).cloned().unwrap_or_default() {
            self.state.entry(name).or_default().join(&flow);
        }
        if self.state.is_empty() {
            return;
        }
        let mut all = Flow::default();
        self.state.values().for_each(|f| all.join(f));
        self.tell(function, &all);
        let at = usize::from(self.a.module().scope(function).is_some_and(|s| s.takes_self()));
        self.param_shapes.insert((function, at), Some(self.state.clone()));
    }
}
