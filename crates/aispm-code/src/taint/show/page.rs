//! Answers of a server that a browser shows as a page although nobody said so: what Express sends where it is given a text,
//! what a view of Flask gives back.

use std::collections::BTreeSet;

use crate::analyse::Analysis;
use crate::ir::{ExprId, ExprKind, Language, Module, Operator, ScopeId};
use crate::resolve::Found;
use crate::taint::Tracer;

/// Members of answers that hold their text.
const TEXTS: &[&str] = &[
    "content",
    "text",
    "output_text",
    "outputText",
    "generated_text",
    "completion",
    "response",
    "answer",
    "output",
];
/// Methods of a text that give a text.
const REWRITES: &[&str] = &[
    "text",
    "trim",
    "strip",
    "toString",
    "replace",
    "replaceAll",
    "join",
    "format",
    "lower",
    "upper",
    "toLowerCase",
    "toUpperCase",
    "slice",
    "substring",
    "decode",
];
/// Who sends an answer: Express shows a text as a page, Fastify only where it is told to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Framework {
    Express,
    Fastify,
}

/// Steps from a name to what it stands for.
const DEEP: usize = 8;

impl Analysis<'_> {
    /// Whether an expression is a text rather than an object that holds one: frameworks send objects as JSON.
    pub(crate) fn is_text(&self, e: ExprId, depth: usize) -> bool {
        let Some(depth) = depth.checked_sub(1) else {
            return false;
        };
        let module = self.module();
        let named = |name: &str| TEXTS.contains(&name);
        match module.kind(e) {
            ExprKind::Str(_)
            | ExprKind::Template(_)
            | ExprKind::Concat(..)
            | ExprKind::Operator(Operator::Percent, ..) => true,
            ExprKind::Either(parts) => parts.iter().any(|p| self.is_text(*p, depth)),
            ExprKind::Index(_, key) if module.text(*key).is_some_and(named) => true,
            ExprKind::Attr(_, name) if named(name) => true,
            ExprKind::Call(callee, _) => self.gives_text(*callee, depth),
            ExprKind::Name(name) => {
                let (scope, name) = (module.expr(e).scope, &**name);
                // `text = ""; text += part`
                let bound = |b: &&crate::ir::Binding| {
                    module.within(scope, b.scope)
                        && matches!(module.kind(b.target), ExprKind::Name(n) if **n == *name)
                };
                module
                    .bindings
                    .iter()
                    .filter(bound)
                    .any(|b| b.value != e && self.is_text(b.value, depth))
                    || self.awaited(e, name).is_some_and(|a| self.is_text(a, depth))
            }
            _ => self
                .r
                .followed(e, DEEP)
                .is_some_and(|f| f != e && self.is_text(f, depth)),
        }
    }

    /// What a name is given where it is the parameter of a function that waits for something: `x.then(name => …)`.
    fn awaited(&self, e: ExprId, name: &str) -> Option<ExprId> {
        let module = self.module();
        let Found::Param(function, 0) = self.r.lookup(module.expr(e).scope, name, e)? else {
            return None;
        };
        module.calls().find_map(|(_, callee, args)| {
            let ExprKind::Attr(object, method) = module.kind(callee) else {
                return None;
            };
            let waits = args.first().map(|a| module.kind(a.value));
            let own = matches!(waits, Some(ExprKind::Scope(s)) if *s == function);
            (&**method == "then" && own).then_some(*object)
        })
    }

    /// The same of what a function gives back.
    pub(crate) fn returns_text(&self, e: ExprId) -> bool {
        self.is_text(e, DEEP)
    }

    fn gives_text(&self, callee: ExprId, depth: usize) -> bool {
        let module = self.module();
        if let Some(function) = self.r.called(callee) {
            let returns = module.scope(function).map_or(&[][..], |s| &s.returns);
            return returns.iter().any(|e| self.is_text(*e, depth));
        }
        match module.kind(callee) {
            ExprKind::Name(name) if matches!(&**name, "str" | "String") => true,
            ExprKind::Attr(_, method) if REWRITES.contains(&&**method) => true,
            _ => {
                let path = self.r.path(callee).unwrap_or_default();
                let root = path.split('.').next().unwrap_or("");
                matches!(root, "marked" | "markdown" | "markdown2" | "mistune")
                    || self.r.cross.voice(&path).is_some_and(|v| v.text)
            }
        }
    }
}

impl Tracer<'_, '_> {
    /// `res.send(text)`: HTML unless a type was set.
    pub(in crate::taint) fn sent(&mut self, e: ExprId, callee: ExprId, first: Option<ExprId>) {
        let module = self.a.module();
        let (ExprKind::Attr(object, method), Some(given)) = (module.kind(callee), first) else {
            return;
        };
        if !self.report
            || module.language != Language::JavaScript
            || !matches!(&**method, "send" | "write" | "end")
        {
            return;
        }
        let flow = self.flow(given);
        if flow.model.is_none() || self.a.is_markup(given) || !self.a.is_text(given, DEEP) {
            return;
        }
        let Some((response, framework)) = self.response(*object) else {
            return;
        };
        let html = self.type_set(response, &**method != "send");
        if !html.unwrap_or(framework == Framework::Express) {
            return;
        }
        let name = format!(
            "{}.{method}",
            self.a.r.path(root(module, *object)).unwrap_or_default()
        );
        self.reach("html", name.trim_start_matches("?."), e, &flow);
    }

    /// The parameter that a server answers through: the second of a handler.
    fn response(&self, object: ExprId) -> Option<((ScopeId, usize), Framework)> {
        let module = self.a.module();
        let base = root(module, object);
        let ExprKind::Name(name) = module.kind(base) else {
            return None;
        };
        let Some(Found::Param(function, at)) = self.a.r.lookup(module.expr(base).scope, name, base) else {
            return None;
        };
        let params = &module.scope(function)?.params;
        let named = |at: usize, names: &[&str]| {
            let name = params.get(at).map(|p| p.name.trim_start_matches('_'));
            name.is_some_and(|n| names.contains(&n))
        };
        let asked = at
            .checked_sub(1)
            .is_some_and(|a| named(a, &["req", "request", "r", ""]));
        let framework = match () {
            () if named(at, &["res", "response", "resp"]) => Framework::Express,
            () if named(at, &["reply", "rep"]) => Framework::Fastify,
            () => return None,
        };
        asked.then_some(((function, at), framework))
    }

    /// Whether the type of an answer is set to HTML, or to another or may be: by a call on it, or by a function it is given to.
    fn type_set(&self, response: (ScopeId, usize), given_away: bool) -> Option<bool> {
        let module = self.a.module();
        let own = |e: ExprId| {
            let base = root(module, e);
            match module.kind(base) {
                ExprKind::Name(name) => matches!(
                    self.a.r.lookup(module.expr(base).scope, name, base),
                    Some(Found::Param(function, at)) if (function, at) == response
                ),
                _ => false,
            }
        };
        let html = |e: Option<ExprId>| {
            let values = e.map(|e| self.a.r.values(e)).unwrap_or_default();
            let mut texts = values.iter().filter_map(|v| v.text()).peekable();
            texts.peek().is_some() && texts.all(|t| t.to_ascii_lowercase().contains("html"))
        };
        let is_type = |key: &str| key.eq_ignore_ascii_case("content-type");
        let mut set = module.calls().filter_map(|(_, callee, args)| {
            if !module.within(module.expr(callee).scope, response.0) {
                return None;
            }
            let first = args.first().map(|a| a.value);
            let method = match module.kind(callee) {
                ExprKind::Attr(object, method) if own(*object) => &**method,
                _ => {
                    let given = |a: &crate::ir::Arg| {
                        matches!(module.kind(a.value), ExprKind::Name(_)) && own(a.value)
                    };
                    return (given_away && args.iter().any(given)).then_some(false);
                }
            };
            match method {
                "type" | "contentType" => Some(html(first)),
                "set" | "header" | "headers" | "setHeader" | "writeHead" | "append" | "attachment" => {
                    let key = first.and_then(|f| self.a.r.text(f));
                    if key.as_deref().is_some_and(is_type) {
                        return Some(html(args.get(1).map(|a| a.value)));
                    }
                    let tables: BTreeSet<ExprId> = args
                        .iter()
                        .filter_map(|a| self.a.r.followed(a.value, DEEP))
                        .collect();
                    let mut entries = tables
                        .iter()
                        .filter_map(|t| match module.kind(*t) {
                            ExprKind::Dict(pairs) => Some(pairs),
                            _ => None,
                        })
                        .flatten()
                        .filter_map(|(key, value)| {
                            let key = key.and_then(|k| self.a.r.text(k));
                            key.is_none_or(|k| is_type(&k)).then(|| html(Some(*value)))
                        })
                        .peekable();
                    match method {
                        "attachment" => Some(false),
                        _ => entries.peek().is_some().then(|| entries.all(|h| h)),
                    }
                }
                _ => None,
            }
        });
        let first = set.next()?;
        Some(first && set.all(|h| h))
    }

    /// Whether what a view gives back is shown as a page: a text, alone or before a status, whose type is not set.
    pub(super) fn is_page(&self, e: ExprId) -> bool {
        match self.a.module().kind(e) {
            ExprKind::List(parts) => {
                let plain = |p: &ExprId| matches!(self.a.module().kind(*p), ExprKind::Int(_));
                let (first, rest) = (parts.first(), parts.get(1..).unwrap_or(&[]));
                !rest.is_empty() && rest.iter().all(plain) && first.is_some_and(|f| self.a.is_text(*f, DEEP))
            }
            _ => self.a.is_text(e, DEEP),
        }
    }
}

/// What a chain of calls begins with: `res` of `res.status(200).type("html")`.
fn root(module: &Module, mut e: ExprId) -> ExprId {
    for _ in 0..DEEP {
        e = match module.kind(e) {
            ExprKind::Attr(object, _) => *object,
            ExprKind::Call(callee, _) => *callee,
            _ => return e,
        };
    }
    e
}
