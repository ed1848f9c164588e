//! What names and expressions stand for: dotted paths through imports and assignments, and values through constants,
//! defaults and environment variables. The same for every language.

mod path;
mod value;

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::BTreeMap;

use crate::cross::{Cross, View};
use crate::ir::{Arg, Binding, ExprId, ExprKind, Language, Module, ScopeId, ScopeKind};
pub(crate) use value::Val;

/// How many steps a resolution may take before it gives up; chains of real code are far shorter.
const DEPTH: usize = 48;

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found<'m> {
    /// A bound expression.
    Expr(ExprId),
    /// An import, by dotted path.
    Import(&'m str),
    /// A parameter of a function.
    Param(ScopeId, usize),
}

/// Answers questions about one module.
pub(crate) struct Resolver<'m> {
    pub(crate) module: &'m Module,
    pub(crate) cross: View<'m>,
    names: BTreeMap<(ScopeId, &'m str), Vec<&'m Binding>>,
    members: BTreeMap<(ScopeId, &'m str), Vec<&'m Binding>>,
    callers: RefCell<Option<BTreeMap<ScopeId, Vec<ExprId>>>>,
    named: OnceCell<BTreeMap<ScopeId, Vec<ExprId>>>,
    paths: RefCell<Vec<Option<Option<String>>>>,
    /// Questions inside questions, so that no chain of them overflows the stack.
    nesting: Cell<u32>,
    /// Steps left for the question at hand, so that no fan-out of alternatives runs away.
    fuel: Cell<u32>,
}

/// Questions inside questions that are answered.
const NESTING: u32 = 160;
/// Steps of one question about values.
const FUEL: u32 = 4_000;

impl<'m> Resolver<'m> {
    /// Indexes the bindings of a module.
    pub(crate) fn new(module: &'m Module, cross: &'m Cross) -> Self {
        let mut names: BTreeMap<_, Vec<_>> = BTreeMap::new();
        let mut members: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for binding in &module.bindings {
            match module.kind(binding.target) {
                ExprKind::Name(n) => {
                    names.entry((binding.scope, &**n)).or_default().push(binding);
                    if module
                        .scope(binding.scope)
                        .is_some_and(|s| s.kind == ScopeKind::Class)
                    {
                        members.entry((binding.scope, &**n)).or_default().push(binding);
                    }
                }
                ExprKind::Attr(object, n) if is_self(module, *object) => {
                    if let Some(class) = module.class_of(binding.scope) {
                        members.entry((class, &**n)).or_default().push(binding);
                    }
                }
                _ => {}
            }
        }
        Self {
            module,
            cross: View::new(cross, &module.path),
            names,
            members,
            callers: RefCell::new(None),
            named: OnceCell::new(),
            paths: RefCell::new(vec![None; module.exprs.len()]),
            nesting: Cell::new(0),
            fuel: Cell::new(0),
        }
    }

    /// Runs `question` unless too many are open; one that is asked from outside gets new fuel.
    fn nested<T>(&self, question: impl FnOnce() -> Option<T>) -> Option<T> {
        let open = self.nesting.get();
        if open == 0 {
            self.fuel.set(FUEL);
        }
        let fuel = self.fuel.get().checked_sub(1)?;
        if open >= NESTING {
            return None;
        }
        self.fuel.set(fuel);
        self.nesting.set(open + 1);
        let answer = question();
        self.nesting.set(open);
        answer
    }

    /// What `name` stands for in `scope` when `at` is evaluated: the last binding before it, else any.
    pub(crate) fn lookup(&self, scope: ScopeId, name: &str, at: ExprId) -> Option<Found<'m>> {
        let module = self.module;
        for (i, (id, around)) in module.around(scope).enumerate() {
            // Names of a class body are not seen from its methods, but in C#.
            if i > 0 && around.kind == ScopeKind::Class && module.language != Language::CSharp {
                continue;
            }
            if let Some(bindings) = self.names.get(&(id, name)) {
                let before = bindings.iter().rev().find(|b| i > 0 || b.at <= at.0);
                if let Some(found) = before {
                    return Some(Found::Expr(found.value));
                }
            }
            if let Some(p) = around.params.iter().position(|p| &*p.name == name) {
                return Some(Found::Param(id, p));
            }
            if let Some(import) = module
                .imports
                .get(name)
                .and_then(|all| all.iter().rev().find(|i| i.scope == id))
            {
                return Some(Found::Import(&import.path));
            }
            if let Some(first) = self.names.get(&(id, name)).and_then(|b| b.first()) {
                return Some(Found::Expr(first.value));
            }
        }
        None
    }

    /// The values a member of a class is given, `self.name = …` and class attributes, methods too.
    pub(crate) fn member(&self, class: ScopeId, name: &str) -> Option<ExprId> {
        let mut class = class;
        for _ in 0..8 {
            if let Some(found) = self.members.get(&(class, name)) {
                // An assignment from a parameter says less than any other.
                let telling = found
                    .iter()
                    .rev()
                    .find(|b| !matches!(self.module.kind(b.value), ExprKind::Null));
                return telling.or(found.last()).map(|b| b.value);
            }
            class = self
                .module
                .scope(class)?
                .bases
                .iter()
                .find_map(|b| self.local_scope(*b))?;
        }
        None
    }

    /// What a class gives a member itself.
    pub(crate) fn own_member(&self, class: ScopeId, name: &str) -> Option<ExprId> {
        self.members.get(&(class, name))?.last().map(|b| b.value)
    }

    /// Names of a class's own members.
    pub(crate) fn member_names(&self, class: ScopeId) -> Vec<String> {
        self.members
            .range((class, "")..)
            .take_while(|((c, _), _)| *c == class)
            .map(|((_, name), _)| (*name).to_owned())
            .collect()
    }

    /// The class or function of this module that an expression names.
    pub(crate) fn local_scope(&self, e: ExprId) -> Option<ScopeId> {
        if let ExprKind::Scope(s) = self.module.kind(e) {
            return Some(*s);
        }
        let path = self.path(e)?;
        self.scope_at(&path)
    }

    /// The class of this module that an expression is an object of.
    pub(crate) fn class_of(&self, e: ExprId) -> Option<ScopeId> {
        let known = self.paths.borrow();
        let class = |path: &str| {
            let made = path.starts_with('#') && path.ends_with("()");
            made.then(|| self.scope_at(path))?
        };
        match known.get(e.0 as usize) {
            Some(Some(path)) if path.as_ref().is_none_or(|p| !p.starts_with('#')) => None,
            _ => {
                drop(known);
                class(&self.path(e)?)
            }
        }
    }

    /// The scope that a path like `#3`, `#3().method` leads to.
    pub(crate) fn scope_at(&self, path: &str) -> Option<ScopeId> {
        let mut parts = path.strip_prefix('#')?.split('.');
        let first = parts.next()?;
        let mut scope = ScopeId(first.trim_end_matches("()").parse().ok()?);
        for part in parts {
            let member = self.member(scope, part.trim_end_matches("()"))?;
            match self.module.kind(member) {
                ExprKind::Scope(s) => scope = *s,
                _ => return None,
            }
        }
        Some(scope)
    }

    /// The function of this module that a call runs; of a class its constructor, of an object what calling it does.
    pub(crate) fn called(&self, callee: ExprId) -> Option<ScopeId> {
        let scope = self.local_scope(callee)?;
        match self.module.scope(scope)?.kind {
            ScopeKind::Function => Some(scope),
            ScopeKind::Class => {
                let object = self.class_of(callee).is_some();
                let names: &[&str] = match object {
                    true => &["__call__"],
                    false => &["__init__", "constructor"],
                };
                let new = names.iter().find_map(|n| self.member(scope, n))?;
                match self.module.kind(new) {
                    ExprKind::Scope(s) => Some(*s),
                    _ => None,
                }
            }
            ScopeKind::Module => None,
        }
    }

    /// What callers in this module pass for a parameter.
    pub(crate) fn passed(&self, function: ScopeId, at: usize, most: usize) -> Vec<ExprId> {
        let Some(scope) = self.module.scope(function) else {
            return Vec::new();
        };
        let Some(param) = scope.params.get(at) else {
            return Vec::new();
        };
        let position = at.saturating_sub(usize::from(scope.takes_self()));
        let callers = self.callers(function).into_iter().take(most);
        callers
            .filter_map(|call| match self.module.kind(call) {
                ExprKind::Call(_, args) => passed(args, &param.name, position),
                _ => None,
            })
            .collect()
    }

    /// Calls in this module that name a function or class as it is declared; no path is asked for, so that paths may ask.
    fn named_calls(&self, declared: ScopeId) -> &[ExprId] {
        let all = self.named.get_or_init(|| {
            let mut all: BTreeMap<ScopeId, Vec<ExprId>> = BTreeMap::new();
            for (id, callee, _) in self.module.calls() {
                if let ExprKind::Name(name) = self.module.kind(callee)
                    && let Some(Found::Expr(value)) =
                        self.lookup(self.module.expr(callee).scope, name, callee)
                    && let ExprKind::Scope(scope) = self.module.kind(value)
                {
                    all.entry(*scope).or_default().push(id);
                }
            }
            all
        });
        all.get(&declared).map_or(&[], Vec::as_slice)
    }

    /// Calls in this module that run a function.
    pub(crate) fn callers(&self, function: ScopeId) -> Vec<ExprId> {
        if self.callers.borrow().is_none() {
            let mut all: BTreeMap<ScopeId, Vec<ExprId>> = BTreeMap::new();
            for (id, callee, _) in self.module.calls() {
                if let Some(f) = self.called(callee) {
                    all.entry(f).or_default().push(id);
                }
            }
            *self.callers.borrow_mut() = Some(all);
        }
        self.callers
            .borrow()
            .as_ref()
            .and_then(|all| all.get(&function).cloned())
            .unwrap_or_default()
    }
}

/// Whether an expression is the object a method belongs to.
pub(crate) fn is_self(module: &Module, e: ExprId) -> bool {
    matches!(module.kind(e), ExprKind::Name(n) if matches!(&**n, "self" | "this" | "cls"))
}

/// What a call passes for a parameter.
fn passed(args: &[Arg], name: &str, position: usize) -> Option<ExprId> {
    args.iter()
        .find(|a| a.name.as_deref() == Some(name))
        .or_else(|| {
            args.iter()
                .filter(|a| a.name.is_none() && !a.spread)
                .nth(position)
        })
        .map(|a| a.value)
}
