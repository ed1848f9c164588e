//! Where text of a model goes, and what goes into a model.
//!
//! Expressions stand in evaluation order, so one run over them, with assignments applied as they come, follows text through a
//! file in linear time. Two runs carry it around loops and through functions of the file (what callers pass, what is given back).

mod branch;
mod call;
mod files;
mod guard;
mod listen;
mod pattern;
mod place;
mod report;
mod shape;
mod show;
mod step;
mod words;

pub(crate) use report::is_interpreter;

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use aispm_types::AssetKind;

use crate::analyse::Analysis;
use crate::catalogue::Role;
use crate::cross::{Given, Voice};
use crate::ir::{ExprId, ExprKind, ScopeId};

/// Text on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Trace {
    /// The call or name it comes from.
    pub(crate) source: ExprId,
    /// What the source is called.
    pub(crate) callee: String,
    /// Names it passed through.
    pub(crate) steps: Vec<String>,
    /// Kinds of sinks it was made harmless for.
    pub(crate) safe: BTreeSet<String>,
    /// For text from outside: where from.
    pub(crate) origin: &'static str,
    /// It was read out of an answer: a member named like an answer's metadata is a field of its own.
    pub(crate) plain: bool,
    /// Passed by a caller for this parameter.
    pub(crate) given: Option<(ScopeId, usize)>,
}

/// What flows in an expression. It is handed on from one to the next, so traces are shared until somebody writes into one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Flow {
    /// Text of a model.
    pub(crate) model: Option<Rc<Trace>>,
    /// Text from outside.
    pub(crate) outside: Option<Rc<Trace>>,
}

/// Names kept of a trace.
const STEPS: usize = 8;

impl Trace {
    fn new(source: ExprId, callee: impl Into<String>, origin: &'static str) -> Self {
        Self {
            source,
            callee: callee.into(),
            steps: Vec::new(),
            safe: BTreeSet::new(),
            origin,
            plain: false,
            given: None,
        }
    }
    fn through(&mut self, name: &str) {
        if self.goes_through(name) {
            self.steps.push(name.to_owned());
        }
    }
    /// Whether a name is one more step.
    fn goes_through(&self, name: &str) -> bool {
        self.steps.len() < STEPS
            && !name.is_empty()
            && !name.starts_with('{')
            && self.steps.last().is_none_or(|l| l != name)
    }
}

impl Flow {
    fn is_empty(&self) -> bool {
        self.model.is_none() && self.outside.is_none()
    }
    /// Joins two flows; what was there first stays, but made harmless only for what both are.
    fn join(&mut self, other: &Self) {
        for (mine, theirs) in [
            (&mut self.model, &other.model),
            (&mut self.outside, &other.outside),
        ] {
            match (mine.as_mut(), theirs) {
                (None, Some(t)) => *mine = Some(t.clone()),
                (Some(m), Some(t)) => {
                    if Rc::ptr_eq(m, t) {
                        continue;
                    }
                    let safe: BTreeSet<String> = m.safe.intersection(&t.safe).cloned().collect();
                    // Text that is there for every caller says more than what one of them passes.
                    if m.given.is_some() && t.given.is_none() {
                        *m = Rc::clone(t);
                    }
                    if m.safe != safe {
                        Rc::make_mut(m).safe = safe;
                    }
                }
                (_, None) => {}
            }
        }
    }
    /// Its traces that answer to a question, to be written into.
    fn traces(&mut self, which: impl Fn(&Trace) -> bool) -> impl Iterator<Item = &mut Trace> {
        [&mut self.model, &mut self.outside]
            .into_iter()
            .flatten()
            .filter(move |t| which(t))
            .map(Rc::make_mut)
    }
    fn through(mut self, name: &str) -> Self {
        self.traces(|t| t.goes_through(name))
            .for_each(|t| t.through(name));
        self
    }
    /// Harmless for some kinds of sinks.
    fn safe_for(mut self, kinds: &[&str]) -> Self {
        for trace in self.traces(|t| kinds.iter().any(|k| !t.safe.contains(*k))) {
            trace.safe.extend(kinds.iter().map(|k| (*k).to_owned()));
        }
        self
    }
    /// Read out of an answer.
    fn plain(mut self) -> Self {
        self.traces(|t| !t.plain).for_each(|t| t.plain = true);
        self
    }
    /// Text of a model, and nothing from outside.
    fn of_model(trace: Trace) -> Self {
        Self {
            model: Some(Rc::new(trace)),
            outside: None,
        }
    }
}

/// Where a value is kept: a name of a scope, or a member of a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Slot<'m> {
    Name(ScopeId, &'m str),
    Member(ScopeId, &'m str),
}

/// What a function puts into a place that others read: when it runs is not known, so it counts for all of them.
type Late<'m> = BTreeMap<(Slot<'m>, Option<&'m str>, ScopeId), Flow>;

/// The state of one run.
struct Tracer<'a, 'm> {
    a: &'a mut Analysis<'m>,
    flows: BTreeMap<ExprId, Flow>,
    slots: BTreeMap<Slot<'m>, Flow>,
    /// Fields of what a slot holds, where one was written by its name: the others stay clean.
    fields: BTreeMap<(Slot<'m>, &'m str), Flow>,
    late: Late<'m>,
    /// Files that text was written into, by their paths.
    files: BTreeMap<String, Flow>,
    /// What nodes of a graph give back, which all of them are given.
    state: shape::Fields<'m>,
    params: BTreeMap<(ScopeId, usize), Flow>,
    returns: BTreeMap<ScopeId, Flow>,
    /// Names that a scope binds.
    bound: BTreeSet<(ScopeId, &'m str)>,
    /// Callees of other modules, with what they do with text.
    elsewhere: BTreeMap<ExprId, (String, &'m Voice)>,
    /// Checks that bound what names may hold, looked for once something flows.
    guards: OnceCell<guard::Guards<'m>>,
    /// Where ways through branches begin and end.
    turns: Vec<branch::Turn>,
    /// Ways through branches that are open now, the innermost last.
    open: Vec<branch::Open<'m>>,
    /// Fields of what an expression makes, where they are known one by one.
    shapes: BTreeMap<ExprId, shape::Fields<'m>>,
    /// The same of what functions are given; none where somebody gives something whose fields are not known.
    param_shapes: BTreeMap<(ScopeId, usize), Option<shape::Fields<'m>>>,
    /// The same of what functions give back.
    return_shapes: BTreeMap<ScopeId, shape::Fields<'m>>,
    /// Text of a model that functions of other modules are given, by the expression that is passed.
    passed: BTreeMap<ExprId, Given>,
    /// Last run: report.
    report: bool,
}

/// What one run hands to the next.
type Moved<'m> = (
    BTreeMap<(ScopeId, usize), Flow>,
    BTreeMap<ScopeId, Flow>,
    Late<'m>,
    usize,
);

/// Runs over a module: each carries text through one more function that stands above its caller.
const RUNS: usize = 12;

/// Follows text through the module and records what it reaches.
pub(crate) fn trace(a: &mut Analysis<'_>) {
    let elsewhere = called_elsewhere(a);
    let given = a.r.cross.given();
    let speaks = a.hits.all().any(|h| matches!(h.role, Role::Chat | Role::Run))
        || a.scopes
            .values()
            .flatten()
            .any(|id| Analysis::is_kind(id, AssetKind::Tool))
        || !a.handlers.is_empty()
        || !a.tool_handlers().is_empty()
        || !given.is_empty()
        || elsewhere.values().any(|(_, voice)| voice.model);
    if !speaks {
        return;
    }
    let module = a.module();
    let bound: BTreeSet<(ScopeId, &str)> = module
        .bindings
        .iter()
        .filter(|b| !b.outer)
        .filter_map(|b| match module.kind(b.target) {
            ExprKind::Name(n) => Some((b.scope, &**n)),
            _ => None,
        })
        .collect();
    let mut tracer = Tracer {
        a,
        guards: OnceCell::new(),
        turns: branch::turns(module),
        open: Vec::new(),
        shapes: BTreeMap::new(),
        param_shapes: BTreeMap::new(),
        return_shapes: BTreeMap::new(),
        flows: BTreeMap::new(),
        slots: BTreeMap::new(),
        fields: BTreeMap::new(),
        late: BTreeMap::new(),
        files: BTreeMap::new(),
        state: BTreeMap::new(),
        params: BTreeMap::new(),
        returns: BTreeMap::new(),
        bound,
        elsewhere,
        passed: BTreeMap::new(),
        report: false,
    };
    tracer.entry_points();
    tracer.given(given);
    tracer.run();
    if tracer.flows.is_empty() && tracer.params.is_empty() {
        return;
    }
    // Around loops and through functions of the file.
    for _ in 0..RUNS {
        let before = tracer.moved();
        tracer.run();
        if before == tracer.moved() {
            break;
        }
    }
    tracer.report = true;
    tracer.passed.clear();
    tracer.run();
    let mut voices: BTreeMap<ScopeId, Voice> = BTreeMap::new();
    for (scope, flow) in &tracer.returns {
        let Some(trace) = flow.model.as_ref() else {
            continue;
        };
        let voice = voices.entry(*scope).or_default();
        match trace.given {
            Some((function, at)) if function == *scope => voice.keeps.push((at, trace.safe.clone())),
            _ => voice.model |= trace.callee != TOOL_ARGUMENTS,
        }
        let returns = tracer.a.module().scope(*scope).map(|s| s.returns.as_slice());
        voice.text = returns.is_some_and(|r| r.iter().any(|e| tracer.a.returns_text(*e)));
        let fields = tracer.return_shapes.get(scope).into_iter().flatten();
        voice.fields = fields.map(|(name, _)| (*name).to_owned()).collect();
    }
    let passed = std::mem::take(&mut tracer.passed);
    a.voices = voices;
    a.given = passed.into_values().collect();
}

/// Callees that lead to functions of other modules of which is known what they do with text.
fn called_elsewhere<'m>(a: &Analysis<'m>) -> BTreeMap<ExprId, (String, &'m Voice)> {
    a.module()
        .calls()
        .filter_map(|(_, callee, _)| {
            let path = a.r.path(callee)?;
            let voice = a.r.cross.voice(&path)?;
            let name = path.trim_start_matches('~').replace("()", "");
            Some((callee, (name, voice)))
        })
        .collect()
}

/// The source of what a model passes to a tool.
pub(crate) const TOOL_ARGUMENTS: &str = "arguments a model gives the tool";

impl<'m> Tracer<'_, 'm> {
    fn moved(&self) -> Moved<'m> {
        let late = self.late.clone();
        (self.params.clone(), self.returns.clone(), late, self.slots.len())
    }

    /// What other modules pass to functions of this one.
    fn given(&mut self, given: &[(String, Given)]) {
        for (name, given) in given {
            let Some(function) = self.a.function_named(name, given.method.as_deref()) else {
                continue;
            };
            let Some(scope) = self.a.module().scope(function) else {
                continue;
            };
            let at = match &given.parameter {
                Ok(position) => Some(position + usize::from(scope.takes_self())),
                Err(name) => scope.params.iter().position(|p| *p.name == **name),
            };
            let Some((at, param)) = at.and_then(|at| Some((at, scope.params.get(at)?))) else {
                continue;
            };
            let mut trace = Trace::new(ExprId(u32::MAX), given.source.as_str(), "");
            trace.safe.clone_from(&given.safe);
            trace.plain = true;
            trace.given = Some((function, at));
            trace.through(&param.name);
            let flow = Flow::of_model(trace);
            self.params.entry((function, at)).or_default().join(&flow);
        }
    }

    /// Parameters of handlers come from requests, those of tools from a model.
    fn entry_points(&mut self) {
        let module = self.a.module();
        let handlers: Vec<ScopeId> = self.a.handlers.keys().copied().collect();
        for scope in handlers {
            let Some(s) = module.scope(scope) else { continue };
            for (i, param) in s.params.iter().enumerate() {
                let given = param.default.is_some_and(|d| {
                    self.a
                        .r
                        .path(d)
                        .is_some_and(|p| p.contains("Depends") || p.contains("Security"))
                });
                let injected = param.ty.as_deref().is_some_and(|t| {
                    t.contains("Depends(") || t.contains("Response") || t.contains("Service")
                });
                if given
                    || injected
                    || matches!(
                        &*param.name,
                        "self" | "cls" | "res" | "response" | "next" | "db" | "background_tasks"
                    )
                {
                    continue;
                }
                let mut trace = Trace::new(ExprId(u32::MAX), "request", "http-request");
                trace.through(&param.name);
                self.params.entry((scope, i)).or_default().outside = Some(Rc::new(trace));
            }
        }
        let tools: Vec<ScopeId> = self
            .a
            .scopes
            .iter()
            .filter(|(_, ids)| ids.iter().any(|id| Analysis::is_kind(id, AssetKind::Tool)))
            .flat_map(|(s, _)| self.a.tool_functions(*s))
            .chain(self.a.tool_handlers())
            .collect();
        for scope in tools {
            let Some(s) = module.scope(scope) else { continue };
            for (i, param) in s.params.iter().enumerate() {
                if matches!(
                    &*param.name,
                    "self" | "cls" | "ctx" | "context" | "run_manager" | "config"
                ) || param
                    .ty
                    .as_deref()
                    .is_some_and(|ty| shape::holds_no_text(ty) || self.is_enum(ty))
                {
                    continue;
                }
                let mut trace = Trace::new(ExprId(u32::MAX), TOOL_ARGUMENTS, "");
                trace.through(&param.name);
                self.params.entry((scope, i)).or_default().model = Some(Rc::new(trace));
            }
            self.shape_arguments(scope);
        }
        self.listening_methods();
    }

    /// Whether a type is an enumeration of this module: its values are written down.
    fn is_enum(&self, ty: &str) -> bool {
        let module = self.a.module();
        let known = |e: &ExprId| matches!(module.kind(*e), ExprKind::Name(n) | ExprKind::Attr(_, n) if matches!(&**n, "Enum" | "StrEnum" | "IntEnum"));
        let mut classes = module.scopes.iter().filter(|s| *s.name == *ty.trim());
        classes.any(|s| s.bases.iter().any(known))
    }

    /// One run over the module in evaluation order.
    fn run(&mut self) {
        self.flows.clear();
        self.shapes.clear();
        self.open.clear();
        let all_turns = std::mem::take(&mut self.turns);
        let mut turns = all_turns.iter().peekable();
        let module = self.a.module();
        let mut bindings = module.bindings.iter().peekable();
        for i in 0..u32::try_from(module.exprs.len()).unwrap_or(u32::MAX) {
            while let Some(b) = bindings.next_if(|b| b.at <= i) {
                while let Some(turn) = turns.next_if(|t| t.before(b.at)) {
                    self.turn(turn);
                }
                self.assign(b);
            }
            while let Some(turn) = turns.next_if(|t| t.at <= i) {
                self.turn(turn);
            }
            let id = ExprId(i);
            let flow = self.evaluate(id);
            if !flow.is_empty() {
                self.flows.insert(id, flow);
            }
        }
        for b in bindings {
            self.assign(b);
        }
        for turn in turns {
            self.turn(turn);
        }
        self.turns = all_turns;
        for scope in module.scope_ids() {
            let mut all = Flow::default();
            for e in module
                .scope(scope)
                .map(|s| s.returns.as_slice())
                .unwrap_or_default()
            {
                if let Some(flow) = self.flows.get(e) {
                    all.join(flow);
                }
            }
            self.shown(scope);
            self.shape_returns(scope);
            if all.is_empty() {
                self.returns.remove(&scope);
            } else {
                self.returns.insert(scope, all);
            }
        }
    }

    fn flow(&self, e: ExprId) -> Flow {
        self.flows.get(&e).cloned().unwrap_or_default()
    }
}
