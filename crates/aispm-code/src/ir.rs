//! The small intermediate form that every language is lowered to.
//!
//! Expressions live in one arena in evaluation order: a part has a smaller id than the whole, and what comes earlier in a
//! scope has a smaller id than what comes later. Nothing here owns another node, so no depth of nesting can overflow a stack,
//! when it is built, read or dropped.

use std::collections::{BTreeMap, BTreeSet};

/// Language of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Language {
    /// Python, and the code cells of notebooks.
    Python,
    /// JavaScript and TypeScript.
    JavaScript,
    /// C#.
    CSharp,
}

/// Names an expression of a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ExprId(pub u32);

/// Names a scope of a module; the first is the module itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ScopeId(pub u32);

/// The module's own scope.
pub const MODULE: ScopeId = ScopeId(0);

/// One expression.
#[derive(Clone, Debug)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Line it starts on, from 1.
    pub line: u32,
    /// Scope it stands in.
    pub scope: ScopeId,
}

/// An argument of a call.
#[derive(Clone, Debug)]
pub struct Arg {
    /// Keyword, property of an object initialiser, or attribute of a JSX element.
    pub name: Option<Box<str>>,
    /// Its value.
    pub value: ExprId,
    /// `*args`, `**kwargs`, `...rest`.
    pub spread: bool,
}

/// What an expression is.
#[derive(Clone, Debug)]
pub enum ExprKind {
    /// A name; `self` and `this` are names too.
    Name(Box<str>),
    /// A text.
    Str(Box<str>),
    /// A whole number.
    Int(i64),
    /// A truth value.
    Bool(bool),
    /// `None`, `null`, `undefined`.
    Null,
    /// `object.name`.
    Attr(ExprId, Box<str>),
    /// `object[index]`.
    Index(ExprId, ExprId),
    /// A call, a construction or a JSX element.
    Call(ExprId, Vec<Arg>),
    /// A list, tuple, set or array.
    List(Vec<ExprId>),
    /// A dictionary or object; a spread has no key.
    Dict(Vec<(Option<ExprId>, ExprId)>),
    /// A text with values put in: f-string, template literal, interpolated string.
    Template(Vec<ExprId>),
    /// `a + b`.
    Concat(ExprId, ExprId),
    /// One of these: `a or b`, `a ?? b`, `c ? a : b`.
    Either(Vec<ExprId>),
    /// A function, lambda or class written in place, or a name for one.
    Scope(ScopeId),
    /// Anything else that is made from these.
    Mixed(Vec<ExprId>),
    /// `left % right` or `left | right`.
    Operator(Operator, ExprId, ExprId),
    /// A question about its parts; no text comes out.
    Test(Test, Vec<ExprId>),
    /// Nothing we read.
    Opaque,
}

/// What a question asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Test {
    /// `a == b`
    Equal,
    /// `a != b`
    Unequal,
    /// `a in b`
    In,
    /// `a not in b`
    NotIn,
    /// `not a`
    Not,
}

/// One way through an `if`.
#[derive(Clone, Copy, Debug)]
pub struct Arm {
    /// Expressions before it.
    pub from: u32,
    /// Expressions up to its end.
    pub until: u32,
    /// Leaves the function, the loop or the round of it.
    pub exits: bool,
    /// Runs where the condition does not hold.
    pub otherwise: bool,
}

/// An `if`.
#[derive(Clone, Debug)]
pub struct Branch {
    /// What is asked.
    pub condition: ExprId,
    /// Where it stands.
    pub scope: ScopeId,
    /// Its ways.
    pub arms: Vec<Arm>,
    /// Whether one of them is always taken.
    pub complete: bool,
    /// Expressions up to its end.
    pub until: u32,
}

/// Operators that mean something to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `%`: formats a text in Python.
    Percent,
    /// `|`: pipes in LangChain.
    Pipe,
}

/// What a scope is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScopeKind {
    /// The file.
    Module,
    /// A function, method or lambda.
    Function,
    /// A class.
    Class,
}

/// A parameter.
#[derive(Clone, Debug)]
pub struct Param {
    /// Its name.
    pub name: Box<str>,
    /// Its default.
    pub default: Option<ExprId>,
    /// Its type as written.
    pub ty: Option<Box<str>>,
}

/// A module, class or function.
#[derive(Clone, Debug)]
pub struct Scope {
    /// What it is.
    pub kind: ScopeKind,
    /// Its name; empty for a lambda.
    pub name: Box<str>,
    /// Where it stands.
    pub parent: ScopeId,
    /// First line.
    pub line: u32,
    /// Parameters of a function.
    pub params: Vec<Param>,
    /// Decorators or attributes.
    pub decorators: Vec<ExprId>,
    /// Base classes.
    pub bases: Vec<ExprId>,
    /// What it gives back.
    pub returns: Vec<ExprId>,
    /// Members of a class that are declared with a type.
    pub fields: Vec<Param>,
    /// Its first text, where that is documentation.
    pub doc: Option<Box<str>>,
}

impl Scope {
    /// Whether it is a method whose first parameter is the object.
    pub fn takes_self(&self) -> bool {
        let first = self.params.first();
        first.is_some_and(|p| matches!(&*p.name, "self" | "cls"))
    }
}

/// `target = value`, also of loops, `with` and destructuring.
#[derive(Clone, Copy, Debug)]
pub struct Binding {
    /// A name, an attribute or an index.
    pub target: ExprId,
    /// The value.
    pub value: ExprId,
    /// Where.
    pub scope: ScopeId,
    /// Happens when this many expressions have been read.
    pub at: u32,
    /// Declares nothing: a name may be one of a scope around.
    pub outer: bool,
}

/// Where an imported name leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// Scope the import stands in.
    pub scope: ScopeId,
    /// Dotted path; a module of the same repository begins with `~` and its path without extension.
    pub path: Box<str>,
}

/// One file in the intermediate form.
#[derive(Clone, Debug)]
pub struct Module {
    /// Path inside the target.
    pub path: String,
    /// Its language.
    pub language: Language,
    /// From a notebook.
    pub notebook: bool,
    /// Expressions, parts before wholes.
    pub exprs: Vec<Expr>,
    /// Scopes; the first is the module.
    pub scopes: Vec<Scope>,
    /// Bindings in source order.
    pub bindings: Vec<Binding>,
    /// Branches, inner ones before those around them.
    pub branches: Vec<Branch>,
    /// Conjunctions among the alternatives: `a and b`.
    pub both: BTreeSet<ExprId>,
    /// Imports by local name.
    pub imports: BTreeMap<Box<str>, Vec<Import>>,
    /// Modules or namespaces imported as a whole (`from x import *`, `using X`).
    pub wildcards: Vec<Box<str>>,
    /// Names given out under another name (`export { a as b }`), and `default`.
    pub exports: BTreeMap<Box<str>, ExprId>,
    /// What was left out because a budget was hit.
    pub truncated: Option<&'static str>,
    /// The first line that does not follow the grammar: what stands around it may not have been read.
    pub broken: Option<u32>,
}

impl Module {
    /// An expression. Ids come from this module, so one is always there; a foreign id reads as nothing.
    pub fn expr(&self, id: ExprId) -> &Expr {
        static NOTHING: Expr = Expr {
            kind: ExprKind::Opaque,
            line: 1,
            scope: MODULE,
        };
        self.exprs.get(id.0 as usize).unwrap_or(&NOTHING)
    }
    /// What an expression is.
    pub fn kind(&self, id: ExprId) -> &ExprKind {
        &self.expr(id).kind
    }
    /// A scope, if it is one of this module.
    pub fn scope(&self, id: ScopeId) -> Option<&Scope> {
        self.scopes.get(id.0 as usize)
    }
    /// Ids of all scopes.
    pub fn scope_ids(&self) -> impl Iterator<Item = ScopeId> + use<> {
        (0..u32::try_from(self.scopes.len()).unwrap_or(u32::MAX)).map(ScopeId)
    }
    /// All calls in source order: their id, callee and arguments.
    pub fn calls(&self) -> impl Iterator<Item = (ExprId, ExprId, &[Arg])> {
        self.exprs.iter().zip(0u32..).filter_map(|(e, i)| match &e.kind {
            ExprKind::Call(callee, args) => Some((ExprId(i), *callee, args.as_slice())),
            _ => None,
        })
    }
    /// The text, if an expression is one.
    pub fn text(&self, id: ExprId) -> Option<&str> {
        match self.kind(id) {
            ExprKind::Str(s) => Some(s),
            _ => None,
        }
    }
    /// Scopes around `scope`, itself first, the module last.
    pub fn around(&self, scope: ScopeId) -> impl Iterator<Item = (ScopeId, &Scope)> {
        let mut next = Some(scope);
        std::iter::from_fn(move || {
            let id = next?;
            let found = self.scope(id)?;
            // A parent always has a smaller id; anything else would loop.
            next = (found.parent < id).then_some(found.parent);
            Some((id, found))
        })
    }
    /// The function an expression stands in, lambdas counted; none at the top of a module or class.
    pub fn function_of(&self, id: ExprId) -> Option<ScopeId> {
        self.around(self.expr(id).scope)
            .find(|(_, s)| s.kind == ScopeKind::Function)
            .map(|(id, _)| id)
    }
    /// The class around a scope.
    pub fn class_of(&self, scope: ScopeId) -> Option<ScopeId> {
        self.around(scope)
            .find(|(_, s)| s.kind == ScopeKind::Class)
            .map(|(id, _)| id)
    }
    /// Whether `inner` is `outer` or stands in it.
    pub fn within(&self, inner: ScopeId, outer: ScopeId) -> bool {
        self.around(inner).any(|(id, _)| id == outer)
    }
    /// Parts of an expression.
    pub fn parts(&self, id: ExprId) -> Vec<ExprId> {
        match self.kind(id) {
            ExprKind::Attr(o, _) => vec![*o],
            ExprKind::Index(a, b) | ExprKind::Concat(a, b) | ExprKind::Operator(_, a, b) => vec![*a, *b],
            ExprKind::Call(callee, args) => std::iter::once(*callee)
                .chain(args.iter().map(|a| a.value))
                .collect(),
            ExprKind::List(l) | ExprKind::Template(l) | ExprKind::Either(l) | ExprKind::Mixed(l) => l.clone(),
            ExprKind::Dict(d) => d
                .iter()
                .flat_map(|(k, v)| k.iter().copied().chain([*v]))
                .collect(),
            _ => Vec::new(),
        }
    }
}
