//! Evaluates Terraform's expressions over a tree of modules, lazily: what a value needs is evaluated when it is needed.
//!
//! Bounded: every value made costs its size from [`STEPS`], recursion stops at [`MAX_DEPTH`], modules at [`MAX_MODULES`].
//! When a budget is hit the value is unknown and the budget is noted.

use std::collections::{BTreeMap, BTreeSet};

use super::modules::{Instance, Module, join};
use super::syntax::{Body, Expr, For, Step};
use crate::normal::{Reference, Term, term};

/// Values that one root may make, in nodes.
const STEPS: usize = 4_000_000;
/// Values that all roots of a target may make.
pub(crate) const TARGET_STEPS: usize = 40_000_000;
/// Depth of expressions, locals and modules that wait for each other. A level takes a few kilobytes of stack.
pub(super) const MAX_DEPTH: usize = 128;

/// What names mean at one place.
#[derive(Clone, Debug, Default)]
pub(crate) struct Frame {
    pub(crate) scope: usize,
    pub(crate) each: Option<(Term, Term)>,
    pub(crate) count: Option<i64>,
    /// Names that `for` and `dynamic` bind, innermost last.
    pub(crate) bound: Vec<(String, Term)>,
}

impl Frame {
    /// A place inside one instance of a block of a scope.
    pub(crate) fn of(scope: usize, instance: &Instance) -> Self {
        Self {
            scope,
            each: instance.each.clone(),
            count: instance.count,
            bound: Vec::new(),
        }
    }
}

/// One instance of a module.
pub(crate) struct Scope<'a> {
    pub(crate) directory: String,
    /// `module.a.`, empty for the root.
    pub(crate) path: String,
    pub(crate) module: &'a Module<'a>,
    pub(crate) condition: Option<String>,
    pub(super) depth: usize,
    pub(super) call: Option<(Frame, &'a Body)>,
}

/// An instance of a module call: its key and its scope.
pub(super) type Child = (Option<String>, usize);

/// Evaluates one root.
pub(crate) struct Evaluator<'a> {
    pub(super) modules: &'a BTreeMap<String, Module<'a>>,
    files: &'a BTreeMap<String, String>,
    pub(crate) scopes: Vec<Scope<'a>>,
    pub(super) paths: BTreeMap<String, usize>,
    pub(super) children: BTreeMap<(usize, String), Vec<Child>>,
    memo: BTreeMap<(usize, String), Term>,
    active: BTreeSet<(usize, String)>,
    steps: usize,
    given: usize,
    pub(super) depth: usize,
    /// Budgets that were hit.
    pub(crate) notes: BTreeSet<&'static str>,
    /// Sources of modules that are not in the target.
    pub(crate) remote: BTreeSet<String>,
}

impl<'a> Evaluator<'a> {
    /// Starts at the module of `root`. `files` are texts that `file` and `templatefile` may read.
    pub(crate) fn new(
        modules: &'a BTreeMap<String, Module<'a>>,
        files: &'a BTreeMap<String, String>,
        root: &str,
        left: usize,
    ) -> Option<Self> {
        let scope = Scope {
            directory: root.to_owned(),
            path: String::new(),
            module: modules.get(root)?,
            condition: None,
            depth: 0,
            call: None,
        };
        Some(Self {
            modules,
            files,
            scopes: vec![scope],
            paths: BTreeMap::from([(String::new(), 0)]),
            children: BTreeMap::new(),
            memo: BTreeMap::new(),
            active: BTreeSet::new(),
            steps: STEPS.min(left),
            given: STEPS.min(left),
            depth: 0,
            notes: BTreeSet::new(),
            remote: BTreeSet::new(),
        })
    }

    /// Steps taken so far.
    pub(crate) fn spent(&self) -> usize {
        self.given - self.steps
    }

    /// Notes a budget that was hit.
    pub(crate) fn note(&mut self, budget: &'static str) {
        self.notes.insert(budget);
    }

    /// Pays for a value; when the budget is spent it becomes unknown.
    fn pay(&mut self, value: Term) -> Term {
        let weight = value.weight(self.steps.saturating_add(1));
        if weight > self.steps {
            self.steps = 0;
            self.note(
                "evaluation stopped after 4000000 steps of a root or 40000000 of the target (step budget)",
            );
            return Term::unknown("the evaluation budget is spent");
        }
        self.steps -= weight;
        value
    }

    /// Evaluates an expression.
    pub(crate) fn eval(&mut self, frame: &mut Frame, expr: &Expr) -> Term {
        if self.steps == 0 {
            return Term::unknown("the evaluation budget is spent");
        }
        if self.depth >= MAX_DEPTH {
            self.note("expressions wait for each other more than 128 deep (depth budget)");
            return Term::unknown("the evaluation depth is spent");
        }
        self.depth += 1;
        let value = self.step(frame, expr);
        self.depth -= 1;
        self.pay(value)
    }

    /// Evaluates and follows references to attributes that are configured.
    pub(crate) fn known(&mut self, frame: &mut Frame, expr: &Expr) -> Term {
        let value = self.eval(frame, expr);
        self.literal(value)
    }

    fn step(&mut self, frame: &mut Frame, expr: &Expr) -> Term {
        match expr {
            Expr::Literal(t) => t.clone(),
            Expr::Template(parts) => term::template(parts.iter().map(|p| self.eval(frame, p)).collect()),
            Expr::List(items) => Term::List(items.iter().map(|i| self.eval(frame, i)).collect()),
            Expr::Object(entries) => self.object(frame, entries),
            Expr::Traversal(root, steps) => self.traverse(frame, root, steps),
            Expr::Variable(name) => self.traverse(frame, expr, &[]).or_name(name),
            Expr::Conditional(parts) => self.conditional(frame, parts),
            Expr::Call(name, args, expand) => self.call(frame, name, args, *expand),
            Expr::Unary(sign, e) => match (sign, self.known(frame, e)) {
                ('!', Term::Bool(b)) => Term::Bool(!b),
                ('-', Term::Int(i)) => Term::Int(i.saturating_neg()),
                ('-', Term::Float(f)) => Term::Float(-f),
                (_, other) => unknown_like(&other),
            },
            Expr::Binary(op, sides) => {
                let [left, right] = sides.as_ref();
                let left = self.known(frame, left);
                let right = self.known(frame, right);
                super::functions::binary(op, &left, &right)
            }
            Expr::For(f) => self.for_expression(frame, f),
            Expr::Opaque(what) => Term::unknown(format!("{what} is not evaluated")),
        }
    }

    fn object(&mut self, frame: &mut Frame, entries: &[(Expr, Expr)]) -> Term {
        let mut map = BTreeMap::new();
        for (key, value) in entries {
            match self.known(frame, key) {
                Term::Text(k) => drop(map.insert(k, self.eval(frame, value))),
                Term::Int(i) => drop(map.insert(i.to_string(), self.eval(frame, value))),
                other => return unknown_like(&other),
            }
        }
        Term::Map(map)
    }

    fn conditional(&mut self, frame: &mut Frame, parts: &[Expr; 3]) -> Term {
        let [condition, yes, no] = parts;
        match self.known(frame, condition) {
            Term::Bool(true) => self.eval(frame, yes),
            Term::Bool(false) => self.eval(frame, no),
            other => {
                let (yes, no) = (self.eval(frame, yes), self.eval(frame, no));
                if yes == no { yes } else { unknown_like(&other) }
            }
        }
    }

    fn for_expression(&mut self, frame: &mut Frame, f: &For) -> Term {
        let pairs: Vec<(Term, Term)> = match self.known(frame, &f.collection) {
            Term::Map(m) => m.into_iter().map(|(k, v)| (Term::Text(k), v)).collect(),
            Term::List(l) => l
                .into_iter()
                .enumerate()
                .map(|(i, v)| (Term::Int(i64::try_from(i).unwrap_or(0)), v))
                .collect(),
            other => return unknown_like(&other),
        };
        let mut list = Vec::new();
        let mut map: BTreeMap<String, Term> = BTreeMap::new();
        for (key, value) in pairs {
            let depth = frame.bound.len();
            frame.bound.extend(f.key.iter().map(|k| (k.clone(), key.clone())));
            frame.bound.push((f.value.clone(), value));
            let keep = f.condition.as_ref().map(|c| self.known(frame, c));
            if keep != Some(Term::Bool(false)) {
                let result = self.eval(frame, &f.result);
                match f.key_result.as_ref().map(|k| self.known(frame, k)) {
                    None => list.push(result),
                    Some(Term::Text(k)) if f.grouping => {
                        if let Term::List(l) = map.entry(k).or_insert_with(|| Term::List(Vec::new())) {
                            l.push(result);
                        }
                    }
                    Some(Term::Text(k)) => drop(map.insert(k, result)),
                    Some(Term::Int(k)) => drop(map.insert(k.to_string(), result)),
                    Some(other) => {
                        frame.bound.truncate(depth);
                        return unknown_like(&other);
                    }
                }
            }
            frame.bound.truncate(depth);
        }
        if f.key_result.is_some() {
            Term::Map(map)
        } else {
            Term::List(list)
        }
    }

    fn call(&mut self, frame: &mut Frame, name: &str, args: &[Expr], expand: bool) -> Term {
        let mut values: Vec<Term> = Vec::new();
        for (i, arg) in args.iter().enumerate() {
            let value = self.eval(frame, arg);
            // These take the first argument that evaluates; the rest is not needed.
            if name == "try" && !matches!(value, Term::Missing(_)) {
                return value;
            }
            match value {
                Term::List(l) if expand && i + 1 == args.len() => values.extend(l),
                v => values.push(v),
            }
        }
        match name {
            "try" => Term::unknown("no argument of `try` evaluates"),
            "file" | "filebase64" | "templatefile" => self.file(frame, name, &values),
            _ => {
                let values: Vec<Term> = values.into_iter().map(|v| self.literal(v)).collect();
                super::functions::call(name, &values)
            }
        }
    }

    fn file(&mut self, frame: &mut Frame, name: &str, args: &[Term]) -> Term {
        let directory = self.scopes.get(frame.scope).map_or("", |s| s.directory.as_str());
        let root = self.scopes.first().map_or("", |s| s.directory.as_str());
        let Some(path) = args.first().and_then(Term::as_text) else {
            return Term::unknown("a file whose name is not known");
        };
        // `path.module` gives the directory from the target's top, marked so; other paths count from the root module.
        let candidates = match path.strip_prefix(super::HERE) {
            Some(p) => [join(".", p), None],
            None => [join(root, path), join(directory, path)],
        };
        let Some(text) = candidates.iter().flatten().find_map(|c| self.files.get(c)) else {
            return Term::unknown(format!(
                "`{}` is not in the target, or no script, template or document of up to 256 KiB",
                path.trim_start_matches(super::HERE)
            ));
        };
        // Encodings are not carried out: what reads a script takes either.
        if name != "templatefile" {
            return Term::Text(text.clone());
        }
        let expr = super::hcl::read_template(text);
        let mut inner = Frame {
            scope: frame.scope,
            ..Frame::default()
        };
        if let Some(Term::Map(vars)) = args.get(1) {
            inner
                .bound
                .extend(vars.iter().map(|(k, v)| (k.clone(), v.clone())));
        }
        self.eval(&mut inner, &expr)
    }

    fn traverse(&mut self, frame: &mut Frame, root: &Expr, steps: &[Step]) -> Term {
        let Expr::Variable(name) = root else {
            let value = self.eval(frame, root);
            return self.take(frame, value, steps);
        };
        if let Some((_, value)) = frame.bound.iter().rev().find(|(n, _)| n == name) {
            let value = value.clone();
            return self.take(frame, value, steps);
        }
        let first = match steps.first() {
            Some(Step::Attribute(a)) => a.as_str(),
            _ => "",
        };
        let rest = steps.get(1..).unwrap_or(&[]);
        let value = match name.as_str() {
            "var" => self.variable(frame.scope, first),
            "local" => self.local(frame.scope, first),
            "each" => match (&frame.each, first) {
                (Some((key, _)), "key") => key.clone(),
                (Some((_, value)), "value") => value.clone(),
                _ => Term::Missing(String::from("`each` outside `for_each`")),
            },
            "count" => frame
                .count
                .map_or(Term::unknown("`count.index` is not known"), Term::Int),
            "path" => match first {
                "module" => {
                    let directory = self.scopes.get(frame.scope).map_or(".", |s| s.directory.as_str());
                    Term::Text(format!("{}{directory}", super::HERE))
                }
                _ => Term::Text(String::from(".")),
            },
            "module" => return self.module_output(frame, first, rest),
            "terraform" => Term::unknown("the workspace is chosen at run time"),
            "self" => Term::unknown("`self` is known after the apply"),
            "data" => {
                let resource_type = format!("data.{first}");
                return self.resource(frame, &resource_type, rest);
            }
            resource_type => return self.resource(frame, resource_type, steps),
        };
        self.take(frame, value, rest)
    }

    fn resource(&mut self, frame: &mut Frame, resource_type: &str, steps: &[Step]) -> Term {
        let Some(Step::Attribute(name)) = steps.first() else {
            return Term::Missing(format!("`{resource_type}` names nothing"));
        };
        let Some(scope) = self.scopes.get(frame.scope) else {
            return Term::Null;
        };
        if !scope
            .module
            .resources
            .contains_key(&(resource_type.to_owned(), name.as_str()))
        {
            return Term::Missing(format!("`{resource_type}.{name}` is not declared"));
        }
        let reference = Reference {
            module: scope.path.clone(),
            resource_type: resource_type.to_owned(),
            name: name.clone(),
            key: None,
            path: Vec::new(),
        };
        self.take(frame, Term::Ref(reference), steps.get(1..).unwrap_or(&[]))
    }

    /// Applies the steps of a traversal.
    pub(super) fn take(&mut self, frame: &mut Frame, value: Term, steps: &[Step]) -> Term {
        let Some((step, rest)) = steps.split_first() else {
            return value;
        };
        let next = match (value, step) {
            (Term::Unknown(r), _) => return Term::Unknown(r),
            (Term::Missing(r), _) => return Term::Missing(r),
            (Term::Ref(mut r), Step::Attribute(a)) => {
                r.path.push(a.clone());
                Term::Ref(r)
            }
            (Term::Ref(r), Step::Splat) => Term::Ref(r),
            (Term::Ref(mut r), Step::Index(i)) => {
                match (self.known(frame, i), r.path.is_empty()) {
                    (Term::Int(i), true) => r.key = Some(format!("[{i}]")),
                    (Term::Text(t), true) => r.key = Some(format!("[\"{t}\"]")),
                    (Term::Int(i), false) => r.path.push(i.to_string()),
                    (Term::Text(t), false) => r.path.push(t),
                    _ => {}
                }
                Term::Ref(r)
            }
            (Term::List(items), Step::Splat) => {
                return Term::List(items.into_iter().map(|i| self.take(frame, i, rest)).collect());
            }
            (Term::Null, Step::Splat) => Term::List(Vec::new()),
            (one, Step::Splat) => return Term::List(vec![self.take(frame, one, rest)]),
            (Term::Map(mut m), Step::Attribute(a)) => m
                .remove(a)
                .unwrap_or_else(|| Term::Missing(format!("no attribute `{a}`"))),
            (Term::List(l), Step::Attribute(_)) => {
                return Term::List(l.into_iter().map(|i| self.take(frame, i, steps)).collect());
            }
            (value, Step::Index(i)) => {
                let index = self.known(frame, i);
                super::functions::index(&value, &index)
            }
            (_, Step::Attribute(a)) => Term::Missing(format!("no attribute `{a}`")),
        };
        self.take(frame, next, rest)
    }

    /// Evaluates a name once; a name that needs itself is unknown.
    pub(super) fn once(&mut self, scope: usize, name: String, make: impl FnOnce(&mut Self) -> Term) -> Term {
        let key = (scope, name);
        if let Some(known) = self.memo.get(&key) {
            return known.clone();
        }
        if !self.active.insert(key.clone()) {
            return Term::unknown(format!("`{}` refers to itself", key.1));
        }
        let value = make(self);
        self.active.remove(&key);
        self.memo.insert(key, value.clone());
        value
    }

    fn variable(&mut self, scope: usize, name: &str) -> Term {
        self.once(scope, format!("var.{name}"), |me| {
            let Some(at) = me.scopes.get(scope) else {
                return Term::Null;
            };
            let module = at.module;
            let default = module.variables.get(name).and_then(|b| b.body.get("default"));
            let mut here = Frame {
                scope,
                ..Frame::default()
            };
            if let Some((frame, body)) = &at.call {
                let (mut frame, body) = (frame.clone(), *body);
                if let Some(input) = body.get(name) {
                    return me.eval(&mut frame, input);
                }
            } else if let Some(value) = module.values.get(name).copied() {
                return me.eval(&mut here, value);
            }
            match default {
                Some(default) => me.eval(&mut here, default),
                None => Term::unknown(format!("variable `{name}` has no value in the code")),
            }
        })
    }

    fn local(&mut self, scope: usize, name: &str) -> Term {
        let found = self
            .scopes
            .get(scope)
            .and_then(|s| s.module.locals.get(name).copied());
        let Some(expr) = found else {
            return Term::Missing(format!("`local.{name}` is not declared"));
        };
        self.once(scope, format!("local.{name}"), |me| {
            let mut frame = Frame {
                scope,
                ..Frame::default()
            };
            me.eval(&mut frame, expr)
        })
    }
}

/// Unknown for the reason `value` is.
pub(crate) fn unknown_like(value: &Term) -> Term {
    match value.to_value() {
        aispm_types::Value::Unknown(reason) => Term::Unknown(reason),
        _ => Term::Missing(String::from("a value has an unexpected type")),
    }
}

impl Term {
    /// A bare name that means nothing is itself: `type = string`, `iterator = x`.
    fn or_name(self, name: &str) -> Self {
        match self {
            Self::Missing(_) => Self::Text(name.to_owned()),
            other => other,
        }
    }
}
