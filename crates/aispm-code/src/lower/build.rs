//! Builds expressions from nodes whose parts are already built.

use std::collections::BTreeSet;

use tree_sitter::Node;

use super::parts::{Child, Low, argument, declared_type, exprs, field, pass, plain_name, unescape};
use super::shapes::Shape;
use crate::ir::{
    Arg, Arm, Binding, Branch, Expr, ExprId, ExprKind, Language, MODULE, Module, Operator, Scope, ScopeId,
    ScopeKind, Test,
};
/// A module while it is built.
pub(super) struct Builder<'a> {
    pub(super) module: Module,
    pub(super) source: &'a str,
    pub(super) scope: ScopeId,
    /// Decorators waiting for the definition that follows them.
    pub(super) pending: Vec<ExprId>,
    /// Whether nothing was read yet in each scope, so that a text standing first is documentation.
    pub(super) fresh: bool,
    /// Scopes open now.
    pub(super) depth: usize,
    /// Names that a scope declares to be those of a scope around it.
    pub(super) globals: BTreeSet<(ScopeId, Box<str>)>,
    /// An assignment is read that declares nothing.
    pub(super) assigning: bool,
}

impl<'a> Builder<'a> {
    pub(super) fn new(path: &str, language: Language, source: &'a str) -> Self {
        let top = Scope {
            kind: ScopeKind::Module,
            name: "".into(),
            parent: MODULE,
            line: 1,
            params: Vec::new(),
            decorators: Vec::new(),
            bases: Vec::new(),
            returns: Vec::new(),
            fields: Vec::new(),
            doc: None,
        };
        Self {
            module: Module {
                path: path.to_owned(),
                language,
                notebook: false,
                exprs: Vec::new(),
                scopes: vec![top],
                bindings: Vec::new(),
                branches: Vec::new(),
                both: BTreeSet::new(),
                imports: std::collections::BTreeMap::new(),
                wildcards: Vec::new(),
                exports: std::collections::BTreeMap::new(),
                truncated: None,
                broken: None,
            },
            source,
            scope: MODULE,
            pending: Vec::new(),
            fresh: true,
            depth: 0,
            globals: BTreeSet::new(),
            assigning: false,
        }
    }

    pub(super) fn text(&self, start: usize, end: usize) -> &'a str {
        self.source.get(start..end).unwrap_or("")
    }

    pub(super) fn push(&mut self, kind: ExprKind, node: &Node<'_>) -> ExprId {
        self.push_at(
            kind,
            u32::try_from(node.start_position().row).unwrap_or(u32::MAX - 1) + 1,
        )
    }

    pub(super) fn push_at(&mut self, kind: ExprKind, line: u32) -> ExprId {
        let id = ExprId(u32::try_from(self.module.exprs.len()).unwrap_or(u32::MAX));
        self.module.exprs.push(Expr {
            kind,
            line,
            scope: self.scope,
        });
        id
    }

    /// Lowers a node whose children are lowered. `inside` is the shape of its parent.
    pub(super) fn exit(
        &mut self,
        shape: Shape,
        inside: Option<Shape>,
        node: &Node<'_>,
        children: Vec<Child>,
    ) -> Low {
        let text = || self.text(node.start_byte(), node.end_byte());
        let kind = match shape {
            Shape::Name | Shape::TypeText => ExprKind::Name(plain_name(text()).into()),
            Shape::StrPart => return Low::Text(unescape(text())),
            Shape::Number => text()
                .replace('_', "")
                .parse()
                .map_or(ExprKind::Opaque, ExprKind::Int),
            Shape::True => ExprKind::Bool(text() != "false"),
            Shape::False => ExprKind::Bool(false),
            Shape::Null => ExprKind::Null,
            Shape::Str | Shape::Template => return self.string(shape, node, children),
            Shape::Attr => return self.attribute(node, &children),
            Shape::Index => return self.index(node, children),
            Shape::Call | Shape::JsxOpen => return self.call(node, children),
            Shape::Args => return Low::Args(children.into_iter().filter_map(argument).collect()),
            Shape::Argument => return self.argument(node, &children),
            Shape::Keyword | Shape::JsxAttribute => return self.keyword(node, &children),
            Shape::Spread => return self.spread(node, &children),
            Shape::List => ExprKind::List(exprs(&children)),
            Shape::Initializer => return self.initializer(node, children),
            Shape::Dict => return self.dict(node, children),
            Shape::Pair => return self.pair(&children),
            Shape::Shorthand => {
                let name = text();
                let key = self.push(ExprKind::Str(name.into()), node);
                let value = self.push(ExprKind::Name(name.into()), node);
                return Low::Pair(Some(key), value);
            }
            Shape::Binary => return self.binary(node, &children),
            Shape::Choice => {
                let all = exprs(&children);
                // Python: value, condition, other; elsewhere condition, value, other.
                let skip = usize::from(self.module.language == Language::Python);
                ExprKind::Either(
                    all.into_iter()
                        .enumerate()
                        .filter(|(i, _)| *i != skip)
                        .map(|(_, e)| e)
                        .collect(),
                )
            }
            Shape::Comprehension => ExprKind::List(exprs(&children).into_iter().take(1).collect()),
            Shape::Opaque => ExprKind::Opaque,
            Shape::Regex => return self.regex(node),
            Shape::Test => self.test(node, &children),
            Shape::If => return self.branch(&children),
            Shape::Try => return self.attempt(node, &children),
            Shape::Mixed => match exprs(&children) {
                parts if parts.is_empty() => return Low::None,
                parts => ExprKind::Mixed(parts),
            },
            Shape::Pass | Shape::Hole | Shape::Decorated => return pass(children),
            Shape::Handler => return Low::Handler,
            Shape::Block | Shape::Skip => return self.block(node, &children),
            _ => return self.define(shape, inside, node, children),
        };
        Low::Expr(self.push(kind, node))
    }

    /// `/a+/g` is `RegExp("a+", "g")`.
    fn regex(&mut self, node: &Node<'_>) -> Low {
        let written = self.text(node.start_byte(), node.end_byte());
        let (pattern, flags) = written.rsplit_once('/').unwrap_or((written, ""));
        let callee = self.push(ExprKind::Name("RegExp".into()), node);
        let args = [pattern.trim_start_matches('/'), flags].map(|text| Arg {
            name: None,
            value: self.push(ExprKind::Str(text.into()), node),
            spread: false,
        });
        Low::Expr(self.push(ExprKind::Call(callee, args.into()), node))
    }

    fn block(&mut self, node: &Node<'_>, children: &[Child]) -> Low {
        if node.kind() == "expression_statement" {
            if self.fresh
                && let [
                    Child {
                        low: Low::Expr(e), ..
                    },
                ] = children
                && let ExprKind::Str(doc) = self.module.kind(*e).clone()
                && let Some(scope) = self.module.scopes.get_mut(self.scope.0 as usize)
            {
                scope.doc = Some(doc);
            }
            self.fresh = false;
        }
        Low::None
    }

    fn string(&mut self, shape: Shape, node: &Node<'_>, children: Vec<Child>) -> Low {
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut made = shape == Shape::Template;
        for child in children {
            match child.low {
                Low::Text(t) => literal.push_str(&t),
                Low::Expr(e) => match self.module.kind(e) {
                    ExprKind::Str(s) if node.kind() == "concatenated_string" => literal.push_str(s),
                    _ => {
                        made = true;
                        if !literal.is_empty() {
                            parts.push(self.push(ExprKind::Str(std::mem::take(&mut literal).into()), node));
                        }
                        parts.push(e);
                    }
                },
                _ => {}
            }
        }
        if node.kind() == "verbatim_string_literal" {
            let text = self.text(node.start_byte(), node.end_byte());
            literal = text
                .trim_start_matches(['@', '$', '"'])
                .trim_end_matches('"')
                .replace("\"\"", "\"");
        }
        if made && !parts.is_empty() {
            if !literal.is_empty() {
                parts.push(self.push(ExprKind::Str(literal.into()), node));
            }
            return Low::Expr(self.push(ExprKind::Template(parts), node));
        }
        Low::Expr(self.push(ExprKind::Str(literal.into()), node))
    }

    fn attribute(&mut self, node: &Node<'_>, children: &[Child]) -> Low {
        let object =
            field(children, &["object", "expression", "condition", "qualifier"]).and_then(Child::expr);
        let name = field(children, &["attribute", "property", "name"])
            .or_else(|| children.last())
            .map_or("", |c| {
                plain_name(
                    self.text(c.start, c.end)
                        .trim_start_matches("?.")
                        .trim_start_matches('.'),
                )
            });
        // `int.Parse`: a type of the language is no expression of its own.
        let written = field(children, &["expression"]).map(|c| self.text(c.start, c.end));
        let object = object.or_else(|| written.map(|w| self.push(ExprKind::Name(w.into()), node)));
        let Some(object) = object else {
            // A C# attribute on a definition: a name with arguments.
            let callee = self.push(ExprKind::Name(name.into()), node);
            let args = children
                .iter()
                .find_map(|c| match &c.low {
                    Low::Args(a) => Some(a.clone()),
                    _ => None,
                })
                .unwrap_or_default();
            return Low::Expr(self.push(ExprKind::Call(callee, args), node));
        };
        Low::Expr(self.push(ExprKind::Attr(object, name.into()), node))
    }

    fn index(&mut self, node: &Node<'_>, children: Vec<Child>) -> Low {
        let mut parts = Vec::new();
        for child in children {
            match child.low {
                Low::Expr(e) => parts.push(e),
                Low::Args(args) => parts.extend(args.iter().map(|a| a.value)),
                _ => {}
            }
        }
        let mut parts = parts.into_iter();
        let Some(object) = parts.next() else {
            return Low::None;
        };
        let index = match parts.next() {
            Some(i) => i,
            None => self.push(ExprKind::Opaque, node),
        };
        Low::Expr(self.push(ExprKind::Index(object, index), node))
    }

    fn call(&mut self, node: &Node<'_>, children: Vec<Child>) -> Low {
        let mut callee = None;
        let mut args = Vec::new();
        for child in children {
            let at = child.field;
            match child.low {
                Low::Args(list) => args.extend(list),
                Low::Arg(arg) => args.push(arg),
                Low::Expr(e)
                    if callee.is_none()
                        && matches!(at, Some("function" | "constructor" | "type" | "name")) =>
                {
                    callee = Some(e);
                }
                Low::Expr(value) => args.push(Arg {
                    name: None,
                    value,
                    spread: false,
                }),
                _ => {}
            }
        }
        let callee = match callee {
            Some(c) => c,
            None => {
                let name = declared_type(node)
                    .map_or("new", |n| plain_name(self.text(n.start_byte(), n.end_byte())));
                self.push(ExprKind::Name(name.into()), node)
            }
        };
        Low::Expr(self.push(ExprKind::Call(callee, args), node))
    }

    fn argument(&mut self, node: &Node<'_>, children: &[Child]) -> Low {
        let name = field(children, &["name"]).map(|c| self.text(c.start, c.end).into());
        let value = children
            .iter()
            .rev()
            .find(|c| c.field != Some("name"))
            .and_then(Child::expr);
        match value {
            Some(value) => Low::Arg(Arg {
                name,
                value,
                spread: false,
            }),
            None => Low::Arg(Arg {
                name,
                value: self.push(ExprKind::Opaque, node),
                spread: false,
            }),
        }
    }

    fn keyword(&mut self, node: &Node<'_>, children: &[Child]) -> Low {
        let Some(first) = children.first() else {
            return Low::None;
        };
        let name = self.text(first.start, first.end).into();
        let value = match children
            .get(1..)
            .and_then(|c| c.iter().rev().find_map(Child::expr))
        {
            Some(v) => v,
            // A JSX attribute without value is true.
            None => self.push(ExprKind::Bool(true), node),
        };
        Low::Arg(Arg {
            name: Some(name),
            value,
            spread: false,
        })
    }

    fn spread(&mut self, node: &Node<'_>, children: &[Child]) -> Low {
        let value = match children.iter().find_map(Child::expr) {
            Some(v) => v,
            None => self.push(ExprKind::Opaque, node),
        };
        Low::Arg(Arg {
            name: None,
            value,
            spread: true,
        })
    }

    fn initializer(&mut self, node: &Node<'_>, children: Vec<Child>) -> Low {
        if children.iter().any(|c| matches!(c.low, Low::Arg(_))) {
            return Low::Args(children.into_iter().filter_map(argument).collect());
        }
        Low::Expr(self.push(ExprKind::List(exprs(&children)), node))
    }

    fn dict(&mut self, node: &Node<'_>, children: Vec<Child>) -> Low {
        let mut pairs = Vec::new();
        for child in children {
            match child.low {
                Low::Pair(k, v) => pairs.push((k, v)),
                Low::Arg(Arg { value, .. }) => pairs.push((None, value)),
                Low::Expr(e) => {
                    let key = match self.module.kind(e) {
                        // A method of an object literal, or a name in a destructuring pattern.
                        ExprKind::Scope(s) => self.module.scope(*s).map(|s| s.name.clone()),
                        ExprKind::Name(n) => Some(n.clone()),
                        ExprKind::Mixed(parts) => match parts.first().map(|p| self.module.kind(*p)) {
                            Some(ExprKind::Name(n)) => Some(n.clone()),
                            _ => None,
                        },
                        _ => None,
                    };
                    let key = key.map(|k| self.push(ExprKind::Str(k), node));
                    pairs.push((key, e));
                }
                _ => {}
            }
        }
        Low::Expr(self.push(ExprKind::Dict(pairs), node))
    }

    fn pair(&mut self, children: &[Child]) -> Low {
        let key = field(children, &["key"]).and_then(Child::expr);
        let Some(value) = field(children, &["value"]).and_then(Child::expr) else {
            return Low::None;
        };
        // `{name: value}` in JavaScript names a property, not a variable.
        if self.module.language != Language::Python
            && let Some(id) = key
            && let Some(expr) = self.module.exprs.get_mut(id.0 as usize)
            && let ExprKind::Name(n) = &expr.kind
        {
            expr.kind = ExprKind::Str(n.clone());
        }
        Low::Pair(key, value)
    }

    fn binary(&mut self, node: &Node<'_>, children: &[Child]) -> Low {
        let operator = field(children, &["operator"]).map_or("", |c| self.text(c.start, c.end));
        let parts = exprs(children);
        let kind = match (operator, parts.as_slice()) {
            ("+", [a, b]) => ExprKind::Concat(*a, *b),
            ("and" | "&&", [a, b]) => {
                let id = self.push(ExprKind::Either(vec![*a, *b]), node);
                self.module.both.insert(id);
                return Low::Expr(id);
            }
            ("or" | "||" | "??", [a, b]) => ExprKind::Either(vec![*a, *b]),
            ("%", [a, b]) => ExprKind::Operator(Operator::Percent, *a, *b),
            ("|", [a, b]) => ExprKind::Operator(Operator::Pipe, *a, *b),
            ("==" | "===", [a, b]) => ExprKind::Test(Test::Equal, vec![*a, *b]),
            ("!=" | "!==", [a, b]) => ExprKind::Test(Test::Unequal, vec![*a, *b]),
            ("in", [a, b]) => ExprKind::Test(Test::In, vec![*a, *b]),
            ("==" | "!=" | "===" | "!==" | "<" | ">" | "<=" | ">=" | "in" | "instanceof", _) => {
                ExprKind::Opaque
            }
            (_, []) => return Low::None,
            _ => ExprKind::Mixed(parts),
        };
        Low::Expr(self.push(kind, node))
    }

    /// A comparison of Python, or an operator before what it is of.
    fn test(&mut self, node: &Node<'_>, children: &[Child]) -> ExprKind {
        let parts = exprs(children);
        let written = self.text(node.start_byte(), node.end_byte());
        match (node.kind(), parts.as_slice()) {
            ("comparison_operator", [_, _]) => {
                let places: Vec<&Child> = children.iter().filter(|c| c.expr().is_some()).collect();
                let between = match places.as_slice() {
                    [a, b] => self.text(a.end, b.start),
                    _ => "",
                };
                let words: Vec<&str> = between.split_whitespace().collect();
                match words.as_slice() {
                    ["==" | "is"] => ExprKind::Test(Test::Equal, parts),
                    ["!="] | ["is", "not"] => ExprKind::Test(Test::Unequal, parts),
                    ["in"] => ExprKind::Test(Test::In, parts),
                    ["not", "in"] => ExprKind::Test(Test::NotIn, parts),
                    _ => ExprKind::Opaque,
                }
            }
            ("not_operator", [_]) => ExprKind::Test(Test::Not, parts),
            (_, [_]) if written.starts_with('!') => ExprKind::Test(Test::Not, parts),
            ("comparison_operator" | "not_operator", _) | (_, []) => ExprKind::Opaque,
            _ => ExprKind::Mixed(parts),
        }
    }

    /// An `if` whose parts are read: what is asked, and where its ways begin and end.
    fn branch(&mut self, children: &[Child]) -> Low {
        let until = u32::try_from(self.module.exprs.len()).unwrap_or(u32::MAX);
        if let Some(condition) = field(children, &["condition"]).and_then(Child::expr) {
            let arms: Vec<Arm> = children
                .iter()
                .filter(|c| matches!(c.field, Some("consequence" | "alternative")))
                .map(|c| Arm {
                    from: c.exprs.0,
                    until: c.exprs.1,
                    exits: c.exits,
                    otherwise: c.field == Some("alternative"),
                })
                .collect();
            let complete = children.iter().any(|c| c.field == Some("alternative") && c.last);
            self.module.branches.push(Branch {
                condition,
                scope: self.scope,
                arms,
                complete,
                until,
            });
        }
        self.fresh = false;
        Low::None
    }

    /// A `try`: each handler is a way of its own behind what was tried.
    fn attempt(&mut self, node: &Node<'_>, children: &[Child]) -> Low {
        let handlers = children.iter().filter(|c| matches!(c.low, Low::Handler));
        let arms: Vec<Arm> = handlers
            .map(|c| Arm {
                from: c.exprs.0,
                until: c.exprs.1,
                exits: c.exits,
                otherwise: false,
            })
            .collect();
        let until = u32::try_from(self.module.exprs.len()).unwrap_or(u32::MAX);
        if !arms.is_empty() {
            let condition = self.push(ExprKind::Opaque, node);
            self.module.branches.push(Branch {
                condition,
                scope: self.scope,
                arms,
                complete: false,
                until,
            });
        }
        self.fresh = false;
        Low::None
    }

    /// Binds a target; destructuring becomes one binding a name.
    pub(super) fn bind(&mut self, target: ExprId, value: ExprId, line: u32) {
        let mut work = vec![(target, value)];
        while let Some((target, value)) = work.pop() {
            match self.module.kind(target).clone() {
                ExprKind::List(items) => {
                    // `a, b = x, y` pairs up; anything else is taken apart by index.
                    let paired = match self.module.kind(value) {
                        ExprKind::List(values) if values.len() == items.len() => Some(values.clone()),
                        _ => None,
                    };
                    for (i, item) in items.iter().enumerate() {
                        let part = match paired.as_ref().and_then(|p| p.get(i)) {
                            Some(v) => *v,
                            None => {
                                let index = self.push_at(ExprKind::Int(i64::try_from(i).unwrap_or(0)), line);
                                self.push_at(ExprKind::Index(value, index), line)
                            }
                        };
                        work.push((*item, part));
                    }
                }
                ExprKind::Dict(pairs) => {
                    for (key, item) in pairs {
                        let name = key.and_then(|k| self.module.text(k)).map(Box::from);
                        let part = match name {
                            Some(name) => self.push_at(ExprKind::Attr(value, name), line),
                            None => value,
                        };
                        work.push((item, part));
                    }
                }
                // A pattern with a default, `{a = 1}`.
                ExprKind::Mixed(parts) => {
                    if let Some(first) = parts.first() {
                        work.push((*first, value));
                    }
                }
                _ => {
                    if let (ExprKind::Name(name), ExprKind::Scope(s)) =
                        (self.module.kind(target).clone(), self.module.kind(value).clone())
                        && let Some(scope) = self.module.scopes.get_mut(s.0 as usize)
                        && scope.name.is_empty()
                    {
                        scope.name = name;
                    }
                    let at = u32::try_from(self.module.exprs.len()).unwrap_or(u32::MAX);
                    let outer = self.assigning
                        || matches!(self.module.kind(target), ExprKind::Name(n)
                            if !self.globals.is_empty() && self.globals.contains(&(self.scope, n.clone())));
                    self.module.bindings.push(Binding {
                        target,
                        value,
                        scope: self.scope,
                        at,
                        outer,
                    });
                }
            }
        }
    }
}
