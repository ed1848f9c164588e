//! How text moves through a call: what the catalogue says of it, functions of the file, and what functions do everywhere.

use super::pattern::replacing;
use super::words::{METADATA, NUMBERS, PASSES, PREDICATES, PUTS_IN, TAKES_IN, keeps_text, may_clean};
use super::{Flow, Slot, Trace, Tracer};
use crate::analyse::Analysis;
use crate::catalogue::{Role, Selector};
use crate::cross::Given;
use crate::ir::{Arg, ExprId, ExprKind, ScopeId, ScopeKind};
use crate::resolve::Found;
use std::rc::Rc;

/// Values told of one module that others are given.
const GIVEN: usize = 256;

impl<'m> Tracer<'_, 'm> {
    pub(super) fn call(&mut self, e: ExprId, callee: ExprId, args: &'m [Arg]) -> Flow {
        self.reports(e);
        self.sent(e, callee, args.first().map(|a| a.value));
        if let Some(flow) = self.by_role(e, args) {
            return flow;
        }
        if let Some(function) = self.a.r.called(callee) {
            self.pass_arguments(function, args);
            let flow = self.given_back(function, args);
            if let Some(fields) = self.return_shapes.get(&function).filter(|_| !flow.is_empty()) {
                self.shapes.insert(e, fields.clone());
            }
            let name = self.a.module().scope(function).map_or("", |s| &*s.name);
            return flow.through(name);
        }
        let path = self.a.r.path(callee).unwrap_or_default();
        self.pass_elsewhere(e, &path, args);
        if let Some(flow) = self.heard(e, callee, args) {
            return flow;
        }
        if let Some(flow) = self.shape_object(e, callee, args) {
            return flow;
        }
        let several = self.functions_of(callee);
        if !several.is_empty() {
            let mut out = Flow::default();
            for function in several {
                self.pass_arguments(function, args);
                if let Some(flow) = self.returns.get(&function) {
                    out.join(flow);
                }
            }
            return out;
        }
        self.everywhere(callee, &path, args)
    }

    /// What a function of the file gives back to one call: what it was passed comes back only where this call passes it.
    fn given_back(&self, function: ScopeId, args: &[Arg]) -> Flow {
        let mut flow = self.returns.get(&function).cloned().unwrap_or_default();
        let Some(scope) = self.a.module().scope(function) else {
            return flow;
        };
        let passed = |trace: &Trace| match trace.given {
            Some((of, at)) if of == function => {
                let name = scope.params.get(at).map(|p| &*p.name);
                let position = at.checked_sub(usize::from(scope.takes_self()));
                let arg = args
                    .iter()
                    .find(|a| a.spread || a.name.is_some() && a.name.as_deref() == name)
                    .or_else(|| args.iter().filter(|a| a.name.is_none()).nth(position?));
                Some(arg.map(|a| self.flow(a.value)).unwrap_or_default())
            }
            _ => None,
        };
        for (mine, of) in [
            (&mut flow.model, (|f| f.model) as fn(Flow) -> Option<Rc<Trace>>),
            (&mut flow.outside, |f| f.outside),
        ] {
            let Some(trace) = mine else { continue };
            if let Some(given) = passed(trace) {
                *mine = of(given).map(|mut from| {
                    let into = Rc::make_mut(&mut from);
                    into.safe.extend(trace.safe.iter().cloned());
                    into.plain |= trace.plain;
                    from
                });
            }
        }
        flow
    }

    /// What functions and methods do that are not read.
    fn everywhere(&mut self, callee: ExprId, path: &str, args: &'m [Arg]) -> Flow {
        let given = self.joined(&args.iter().map(|a| a.value).collect::<Vec<_>>());
        let last = path.rsplit('.').next().unwrap_or("");
        if last == "from" && path.ends_with("RunnableSequence.from") {
            if let Some(ExprKind::List(steps)) = args.first().map(|a| self.a.module().kind(a.value)) {
                self.hand_on(steps);
            }
        } else if matches!(last, "add_node" | "addNode") && path.contains("StateGraph()") {
            self.node(args);
        }
        if let ExprKind::Attr(object, method) = self.a.module().kind(callee) {
            let method = &**method;
            if method == "pipe"
                && let Some(next) = args.first()
            {
                self.hand_on(&[*object, next.value]);
            }
            let silent = given.is_empty() && !self.flows.contains_key(object);
            if silent && self.returns.is_empty() {
                return Flow::default();
            }
            if let Some(flow) = self.replaced(callee, path, args) {
                return flow;
            }
            if !given.is_empty() {
                self.writes(callee, args);
            }
            if PUTS_IN.contains(&method) {
                // A parameter of an address does not choose where it leads.
                let query =
                    matches!(self.a.module().kind(*object), ExprKind::Attr(_, n) if &**n == "searchParams");
                let given = if query {
                    given.clone().safe_for(&["url"])
                } else {
                    given.clone()
                };
                self.mix_into(*object, &given);
            }
            let mut flow = self.flow(*object);
            if !flow.is_empty() {
                self.callbacks(&flow, method, args);
                self.handed_over(args, &flow);
            }
            // `find` gives back a place in Python, an item elsewhere.
            let place = method == "find" && self.a.module().language == crate::ir::Language::Python;
            if place
                || PREDICATES.contains(&method)
                || METADATA.contains(&method)
                || NUMBERS.contains(&method)
            {
                return Flow::default();
            }
            // `table.get(key, default)`
            if TAKES_IN.contains(&method) {
                flow.join(&given);
            } else if method == "get"
                && let Some(default) = args.get(1)
            {
                flow.join(&self.flow(default.value));
            }
            if !flow.is_empty() {
                return flow;
            }
        }
        if !given.is_empty() {
            self.handed_over(args, &given);
            self.set_state(callee, &given);
        }
        let telling = !given.is_empty() || !self.returns.is_empty();
        if telling && let Some(flow) = self.applied(args) {
            return flow;
        }
        if given.is_empty() {
            return given;
        }
        let passes = PASSES.contains(&path) || PASSES.contains(&path.trim_end_matches(".default"));
        if passes || keeps_text(last) {
            return given.plain();
        }
        Flow::default()
    }

    /// `asyncio.to_thread(f, x)`, `pool.submit(f, x)`, `map(f, xs)`, `Thread(target=f, args=(x,))`: a function that is handed
    /// over is given what stands behind it, and what it gives back may come of the call.
    fn applied(&mut self, args: &'m [Arg]) -> Option<Flow> {
        let module = self.a.module();
        let at = args.iter().position(|a| match module.kind(a.value) {
            ExprKind::Scope(_) | ExprKind::Name(_) | ExprKind::Attr(..) => {
                matches!(a.name.as_deref(), None | Some("target" | "func" | "function"))
                    && self.a.r.called(a.value).is_some()
            }
            _ => false,
        })?;
        let function = self.a.r.called(args.get(at)?.value)?;
        let python = module.language == crate::ir::Language::Python;
        let behind = args.get(at + 1..).unwrap_or(&[]);
        if python && behind.iter().any(|a| self.flows.contains_key(&a.value)) {
            let listed = behind.iter().find(|a| a.name.as_deref() == Some("args"));
            match listed.map(|a| module.kind(a.value)) {
                Some(ExprKind::List(items)) => {
                    let plain = |value: &ExprId| Arg {
                        name: None,
                        value: *value,
                        spread: false,
                    };
                    let items: Vec<Arg> = items.iter().map(plain).collect();
                    self.pass_arguments(function, &items);
                }
                _ => self.pass_arguments(function, behind),
            }
        }
        self.returns.get(&function).cloned()
    }

    /// A text in which something was replaced.
    fn replaced(&self, callee: ExprId, path: &str, args: &[Arg]) -> Option<Flow> {
        let (object, method) = match self.a.module().kind(callee) {
            ExprKind::Attr(object, method) => (*object, &**method),
            _ => return None,
        };
        let [first, second, rest @ ..] = args else {
            return None;
        };
        // What is searched for, what stands in its place, and the text.
        let (pattern, with, text) = match (method, rest) {
            ("sub", [text, ..]) if path == "re.sub" => (first.value, second.value, text.value),
            ("sub", []) if path.starts_with("re.compile") => {
                (self.a.r.followed(object, 8)?, first.value, second.value)
            }
            ("Replace", [with, ..]) if path.ends_with("Regex.Replace") => {
                (second.value, with.value, first.value)
            }
            ("replace" | "replaceAll" | "Replace", _) => (first.value, second.value, object),
            _ => return None,
        };
        let mut flow = self.flow(text);
        flow.join(&self.flow(with));
        let expression = self.a.expression(pattern);
        let plain = self.a.r.text(pattern);
        let kinds = match (expression, plain) {
            (Some((_, once)), _) if once && method == "replace" => Vec::new(),
            (Some((expression, _)), _) => replacing(&expression, true, self.a.r.text(with).as_deref()),
            (None, Some(text)) => {
                let read = matches!(path, "re.sub") || path.ends_with("Regex.Replace");
                replacing(&text, read, self.a.r.text(with).as_deref())
            }
            _ => Vec::new(),
        };
        Some(flow.safe_for(&kinds))
    }

    /// What a function of another module gives back.
    fn heard(&mut self, e: ExprId, callee: ExprId, args: &[Arg]) -> Option<Flow> {
        let (name, voice) = self.elsewhere.get(&callee)?.clone();
        let mut out = Flow::default();
        if voice.model {
            out = Flow::of_model(Trace::new(e, name.as_str(), ""));
            if !voice.fields.is_empty() {
                let fields = voice.fields.iter().map(|f| (f.as_str(), out.clone()));
                self.shapes.insert(e, fields.collect());
            }
        }
        let cleans = may_clean(name.rsplit('.').next().unwrap_or(&name));
        for (at, safe) in voice.keeps.iter().filter(|_| !cleans) {
            if let Some(arg) = args.get(*at) {
                let safe: Vec<&str> = safe.iter().map(String::as_str).collect();
                out.join(&self.flow(arg.value).safe_for(&safe).plain());
            }
        }
        Some(out)
    }

    /// Notes text of a model that a function of another module is given.
    fn pass_elsewhere(&mut self, e: ExprId, path: &str, args: &[Arg]) {
        let (path, method) = match path.split_once("()") {
            None => (path, None),
            Some((object, rest)) => match rest.strip_prefix('.') {
                Some(method) if !method.contains(['.', '(']) => (object, Some(method)),
                _ => return,
            },
        };
        let foreign = path.contains('.') && !path.starts_with(['#', '?', '|']);
        if !self.report || !foreign || self.a.hits.at(e).next().is_some() {
            return;
        }
        for (position, arg) in args.iter().enumerate().filter(|(_, a)| !a.spread) {
            let Some(trace) = self.flows.get(&arg.value).and_then(|f| f.model.as_ref()) else {
                continue;
            };
            if self.passed.len() < GIVEN {
                let given = Given {
                    path: path.to_owned(),
                    method: method.map(str::to_owned),
                    parameter: arg.name.as_ref().map_or(Ok(position), |n| Err(n.to_string())),
                    source: trace.callee.clone(),
                    safe: trace.safe.clone(),
                };
                self.passed.insert(arg.value, given);
            }
        }
    }

    /// What the catalogue says a call does to text.
    fn by_role(&mut self, e: ExprId, args: &[Arg]) -> Option<Flow> {
        let hits: Vec<_> = self.a.hits.at(e).cloned().collect();
        for hit in &hits {
            let Some(entry) = self.a.entry(hit) else { continue };
            let name = hit.path.replace("()", "").replace('|', "chain");
            match hit.role {
                Role::Chat | Role::Run if entry.texts.contains_key("result") => {
                    let flow = Flow::of_model(Trace::new(e, name.trim_start_matches("?."), ""));
                    self.listeners(args, &flow);
                    let names = entry.texts.get("result").map_or("", String::as_str);
                    let fields = names.split(',').map(|f| (f.trim(), flow.clone()));
                    self.shapes.insert(e, fields.collect());
                    return Some(flow);
                }
                Role::Chat | Role::Run if entry.texts.get("text").is_none_or(|t| t != "false") => {
                    let flow = Flow::of_model(Trace::new(e, name.trim_start_matches("?."), ""));
                    self.listeners(args, &flow);
                    return Some(flow);
                }
                Role::Sanitizer => {
                    let flow = self.joined(&args.iter().map(|a| a.value).collect::<Vec<_>>());
                    let kinds = entry.list("safe_for");
                    if kinds.iter().any(|k| k == "all") {
                        return Some(Flow::default());
                    }
                    let kinds: Vec<&str> = kinds.iter().map(String::as_str).collect();
                    return Some(flow.safe_for(&kinds));
                }
                Role::Origin | Role::Retrieve => {
                    let origin = entry.texts.get("origin").map_or("retrieval", String::as_str);
                    return Some(Flow {
                        model: None,
                        outside: Some(Rc::new(Trace::new(e, name, origin))),
                    });
                }
                Role::Passes => {
                    let input = match entry.selectors("input") {
                        [] => args.iter().map(|a| a.value).collect(),
                        selectors => self.selected(e, selectors),
                    };
                    return Some(self.joined(&input));
                }
                _ => {}
            }
        }
        None
    }

    /// Expressions that selectors name, all of them.
    pub(super) fn selected(&self, call: ExprId, selectors: &[Selector]) -> Vec<ExprId> {
        let mut out = Vec::new();
        for selector in selectors {
            match selector {
                Selector::All => out.extend(self.a.args(call).iter().map(|a| a.value)),
                one => out.extend(self.a.select(call, std::slice::from_ref(one))),
            }
        }
        out
    }

    /// What a call passes becomes what the function's parameters hold, from the next run on.
    fn pass_arguments(&mut self, function: ScopeId, args: &[Arg]) {
        let Some(scope) = self.a.module().scope(function) else {
            return;
        };
        let names: Vec<&'m str> = scope.params.iter().map(|p| &*p.name).collect();
        let mut position = usize::from(scope.takes_self());
        for arg in args {
            // `run(**arguments)`: each parameter is what stands under its name, or may be any of it.
            if arg.spread {
                let fields = self.shapes.get(&arg.value).cloned();
                let all = self.flow(arg.value);
                for (at, name) in names.iter().enumerate().skip(position) {
                    let flow = fields.as_ref().map_or(Some(&all), |f| f.get(name)).cloned();
                    self.give(function, at, name, flow.unwrap_or_default());
                }
                continue;
            }
            let at = match &arg.name {
                Some(name) => names.iter().position(|n| *n == &**name),
                None => {
                    position += 1;
                    Some(position - 1)
                }
            };
            let (Some(at), Some(flow)) = (at, self.flows.get(&arg.value).cloned()) else {
                continue;
            };
            self.shape_param(function, at, arg.value);
            if let Some(name) = names.get(at) {
                self.give(function, at, name, flow);
            }
        }
    }

    fn give(&mut self, function: ScopeId, at: usize, name: &str, flow: Flow) {
        if !flow.is_empty() {
            let mut flow = flow.through(name);
            flow.traces(|_| true).for_each(|t| t.given = Some((function, at)));
            self.params.entry((function, at)).or_default().join(&flow);
        }
    }

    /// `x.then(v => …)`, `x.map(v => …)`: the function is given what flows.
    fn callbacks(&mut self, flow: &Flow, method: &str, args: &[Arg]) {
        // `reduce((all, item) => …)` gives an item to the second.
        let params = if matches!(method, "reduce" | "Aggregate") {
            2
        } else {
            1
        };
        for arg in args {
            let functions = match self.a.module().kind(arg.value) {
                ExprKind::Scope(s) => vec![*s],
                ExprKind::Name(_) => match self.a.r.local_scope(arg.value) {
                    Some(s) => vec![s],
                    None => self.functions_of(arg.value),
                },
                _ => Vec::new(),
            };
            for s in functions {
                let takes = self.a.module().scope(s).map_or(0, |s| s.params.len());
                for at in 0..takes.min(params) {
                    self.params.entry((s, at)).or_default().join(flow);
                }
            }
        }
    }

    /// `lines.map(exec)`, `pool.submit(os.system, line)`: a function handed over that does harm with what it is given.
    fn handed_over(&mut self, args: &[Arg], flow: &Flow) {
        if !self.report || flow.model.is_none() {
            return;
        }
        for arg in args {
            let named = matches!(
                self.a.module().kind(arg.value),
                ExprKind::Name(_) | ExprKind::Attr(..)
            );
            if named
                && !self.flows.contains_key(&arg.value)
                && let Some((entry, path)) = self.a.sink_named(arg.value)
            {
                let kind = entry.texts.get("sink").cloned().unwrap_or_default();
                self.reach(&kind, &path.replace("()", ""), arg.value, flow);
            }
        }
    }

    /// `const [text, setText] = useState("")`: what the second is called with, the first holds from then on.
    fn set_state(&mut self, callee: ExprId, given: &Flow) {
        let module = self.a.module();
        let ExprKind::Name(setter) = module.kind(callee) else {
            return;
        };
        let Some(Found::Expr(value)) = self.a.r.lookup(module.expr(callee).scope, setter, callee) else {
            return;
        };
        let ExprKind::Index(pair, second) = module.kind(value) else {
            return;
        };
        let made = self.a.r.path(*pair).unwrap_or_default();
        if !matches!(module.kind(*second), ExprKind::Int(1)) || !made.ends_with("useState()") {
            return;
        }
        let state = module.bindings.iter().find_map(|b| match module.kind(b.value) {
            ExprKind::Index(of, first) if of == pair && matches!(module.kind(*first), ExprKind::Int(0)) => {
                Some((b.scope, module.kind(b.target)))
            }
            _ => None,
        });
        if let Some((scope, ExprKind::Name(name))) = state {
            let writer = module.expr(callee).scope;
            self.replace(Slot::Name(scope, name), given.clone().through(name), writer);
        }
    }

    /// Functions that an expression may be when it is called: those of a table, `HANDLERS[name]`, and those that callers pass
    /// for a parameter.
    fn functions_of(&self, callee: ExprId) -> Vec<ScopeId> {
        let module = self.a.module();
        let table = match module.kind(callee) {
            ExprKind::Index(object, _) => Some(*object),
            ExprKind::Call(get, _) => match module.kind(*get) {
                ExprKind::Attr(object, name) if &**name == "get" => Some(*object),
                _ => None,
            },
            ExprKind::Name(name) => match self.a.r.lookup(module.expr(callee).scope, name, callee) {
                Some(Found::Param(function, at)) => return self.passed_functions(function, at),
                Some(Found::Expr(value)) if value < callee => match module.kind(value) {
                    ExprKind::Index(object, _) => Some(*object),
                    ExprKind::Call(get, _) => match module.kind(*get) {
                        ExprKind::Attr(object, name) if &**name == "get" => Some(*object),
                        _ => None,
                    },
                    _ => None,
                },
                _ => None,
            },
            _ => None,
        };
        let items: Vec<ExprId> = match table
            .and_then(|t| self.a.r.followed(t, 8))
            .map(|t| module.kind(t))
        {
            Some(ExprKind::Dict(pairs)) => pairs.iter().map(|(_, v)| *v).collect(),
            Some(ExprKind::List(items)) => items.clone(),
            _ => return Vec::new(),
        };
        let scopes = items.into_iter().take(64).filter_map(|i| self.a.r.local_scope(i));
        scopes
            .filter(|s| module.scope(*s).is_some_and(|s| s.kind == ScopeKind::Function))
            .collect()
    }

    fn passed_functions(&self, function: ScopeId, at: usize) -> Vec<ScopeId> {
        let module = self.a.module();
        let passed = self.a.r.passed(function, at, 32);
        let scopes = passed.into_iter().filter_map(|e| self.a.r.local_scope(e));
        scopes
            .filter(|s| module.scope(*s).is_some_and(|s| s.kind == ScopeKind::Function))
            .collect()
    }
}

impl Analysis<'_> {
    /// The functions a tool runs: itself, or the running methods of its class.
    pub(crate) fn tool_functions(&self, scope: ScopeId) -> Vec<ScopeId> {
        match self.module().scope(scope).map(|s| s.kind) {
            Some(ScopeKind::Function) => vec![scope],
            Some(ScopeKind::Class) => [
                "_run", "_arun", "run", "forward", "__call__", "call", "execute", "_call", "invoke",
            ]
            .iter()
            .filter_map(|n| match self.module().kind(self.r.member(scope, n)?) {
                ExprKind::Scope(s) => Some(*s),
                _ => None,
            })
            .collect(),
            _ => Vec::new(),
        }
    }
}
