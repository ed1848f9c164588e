//! Builds scopes and bindings: functions, classes, parameters, assignments, loops.

use tree_sitter::Node;

use super::build::Builder;
use super::parts::{Child, Low, exprs, field, pass};
use super::shapes::Shape;
use crate::ir::{Arg, ExprId, ExprKind, Language, Param, Scope, ScopeId, ScopeKind};

/// Functions and classes inside each other; deeper ones are read as part of the last.
const SCOPES_DEEP: usize = 100;

impl Builder<'_> {
    /// Opens a scope where a node makes one; gives back the scope around it.
    pub(super) fn enter(&mut self, shape: Shape, node: &Node<'_>) -> Option<ScopeId> {
        let kind = match shape {
            Shape::Function => ScopeKind::Function,
            Shape::Class => ScopeKind::Class,
            Shape::Namespace => {
                // What stands in a namespace sees it and those around it.
                if let Some(name) = node.child_by_field_name("name") {
                    let name = self.text(name.start_byte(), name.end_byte()).into();
                    self.module.wildcards.push(name);
                }
                return None;
            }
            _ => return None,
        };
        if self.depth >= SCOPES_DEEP {
            self.module.truncated = Some("scope nesting budget");
            return None;
        }
        self.depth += 1;
        let outer = self.scope;
        self.scope = ScopeId(u32::try_from(self.module.scopes.len()).unwrap_or(u32::MAX));
        self.module.scopes.push(Scope {
            kind,
            name: node
                .child_by_field_name("name")
                .map_or("", |n| self.text(n.start_byte(), n.end_byte()))
                .into(),
            parent: outer,
            // Of the name: attributes and modifiers may stand on lines before it.
            line: node
                .child_by_field_name("name")
                .map_or_else(|| line(node), |n| line(&n)),
            params: Vec::new(),
            decorators: std::mem::take(&mut self.pending),
            bases: Vec::new(),
            returns: Vec::new(),
            fields: Vec::new(),
            doc: None,
        });
        self.fresh = true;
        Some(outer)
    }

    /// Closes the scope of a node, and binds its name where the node declares one.
    pub(super) fn leave(&mut self, outer: ScopeId, node: &Node<'_>, inside: Option<Shape>) -> Low {
        let made = self.scope;
        self.depth = self.depth.saturating_sub(1);
        self.scope = outer;
        self.fresh = false;
        let id = self.push(ExprKind::Scope(made), node);
        let name = self
            .module
            .scope(made)
            .map(|s| s.name.clone())
            .unwrap_or_default();
        let declares = !matches!(
            node.kind(),
            "function_expression" | "class" | "lambda" | "arrow_function"
        ) && inside != Some(Shape::Dict);
        if declares && !name.is_empty() {
            let target = self.push(ExprKind::Name(name), node);
            self.bind(target, id, line(node));
        }
        Low::Expr(id)
    }

    fn here(&mut self) -> Option<&mut Scope> {
        self.module.scopes.get_mut(self.scope.0 as usize)
    }

    /// Lowers the nodes that define or bind.
    pub(super) fn define(
        &mut self,
        shape: Shape,
        inside: Option<Shape>,
        node: &Node<'_>,
        children: Vec<Child>,
    ) -> Low {
        match shape {
            Shape::Function => self.function(node, children),
            Shape::Class => self.class(children),
            Shape::Decorator => self.decorator(&children),
            Shape::Params => Low::Params(
                children
                    .into_iter()
                    .filter_map(|c| self.parameter_of(c, node))
                    .collect(),
            ),
            Shape::Param => self.parameter(node, &children),
            Shape::Heritage => Low::Bases(
                children
                    .into_iter()
                    .flat_map(|c| match c.low {
                        Low::Expr(e) => vec![e],
                        Low::Bases(b) => b,
                        _ => Vec::new(),
                    })
                    .collect(),
            ),
            Shape::Assign => self.assign(inside, node, &children),
            Shape::Declarator => self.declarator(node, &children),
            Shape::With => self.with(node, &children),
            Shape::Return => {
                let value = exprs(&children).first().copied();
                if let (Some(value), Some(scope)) = (value, self.here()) {
                    scope.returns.push(value);
                }
                self.fresh = false;
                Low::None
            }
            Shape::Yield => {
                let low = pass(children);
                if let (Low::Expr(value), Some(scope)) = (&low, self.here()) {
                    scope.returns.push(*value);
                }
                low
            }
            Shape::Global => {
                for e in exprs(&children) {
                    if let ExprKind::Name(n) = self.module.kind(e) {
                        self.globals.insert((self.scope, n.clone()));
                    }
                }
                Low::None
            }
            Shape::For => {
                // Bound when the body began; a clause of a comprehension has no body.
                if node.kind() == "for_in_clause" {
                    self.bind_loop(&children, node);
                }
                Low::None
            }
            Shape::Export => self.export(node, &children),
            _ => Low::None,
        }
    }

    fn function(&mut self, node: &Node<'_>, children: Vec<Child>) -> Low {
        let mut params = Vec::new();
        let mut gives = None;
        for child in children {
            let at = child.field;
            match child.low {
                Low::Params(p) => params.extend(p),
                Low::Expr(e) if at == Some("body") => gives = Some(e),
                Low::Expr(_) if matches!(at, Some("parameter" | "parameters")) => {
                    params.extend(self.parameter_of(child, node));
                }
                Low::Param(p) => params.push(p),
                _ => {}
            }
        }
        if let Some(scope) = self.here() {
            scope.params.extend(params);
            scope.returns.extend(gives);
        }
        Low::None
    }

    fn class(&mut self, children: Vec<Child>) -> Low {
        let mut bases = Vec::new();
        for child in children {
            match child.low {
                Low::Bases(b) => bases.extend(b),
                Low::Args(args) if child.field == Some("superclasses") => {
                    bases.extend(args.iter().filter(|a| a.name.is_none()).map(|a| a.value));
                }
                // Parameters of a C# primary constructor.
                Low::Params(p) => {
                    if let Some(scope) = self.here() {
                        scope.params.extend(p);
                    }
                }
                _ => {}
            }
        }
        if let Some(scope) = self.here() {
            scope.bases = bases;
        }
        Low::None
    }

    fn decorator(&mut self, children: &[Child]) -> Low {
        let found = exprs(children);
        if self.module.language == Language::CSharp {
            // Attributes stand inside the definition they belong to.
            if let Some(scope) = self.here() {
                scope.decorators.extend(found);
            }
        } else {
            self.pending.extend(found);
        }
        Low::None
    }

    fn parameter(&mut self, node: &Node<'_>, children: &[Child]) -> Low {
        let named = field(children, &["name", "pattern"])
            .or_else(|| children.iter().find(|c| c.field.is_none() && c.expr().is_some()));
        let default = field(children, &["value"])
            .or_else(|| {
                (node.kind() == "parameter")
                    .then(|| children.iter().find(|c| c.field.is_none() && c.expr().is_some()))
                    .flatten()
            })
            .and_then(Child::expr);
        let ty = field(children, &["type"])
            .map(|c| self.text(c.start, c.end).trim_start_matches(':').trim().into());
        let pattern = named.and_then(Child::expr);
        let name = match named {
            Some(c) => self
                .text(c.start, c.end)
                .trim_start_matches(['*', '.'])
                .to_owned(),
            None => self.text(node.start_byte(), node.end_byte()).to_owned(),
        };
        if is_property(node) {
            self.keep(&name, line(node));
        }
        Low::Param(self.destructured(name, pattern, default, ty, line(node)))
    }

    /// `constructor(private name: Type)`: the parameter is a member as well.
    fn keep(&mut self, name: &str, line: u32) {
        let this = self.push_at(ExprKind::Name("this".into()), line);
        let member = self.push_at(ExprKind::Attr(this, name.into()), line);
        let given = self.push_at(ExprKind::Name(name.into()), line);
        self.bind(member, given, line);
    }

    fn parameter_of(&mut self, child: Child, node: &Node<'_>) -> Option<Param> {
        let e = match child.low {
            Low::Param(p) => return Some(p),
            Low::Expr(e) => e,
            _ => return None,
        };
        let name = self
            .text(child.start, child.end)
            .trim_start_matches(['*', '.'])
            .to_owned();
        let (pattern, name, default) = match self.module.kind(e) {
            // `a = 1`
            ExprKind::Mixed(parts) => match parts.as_slice() {
                [first, value] => match self.module.kind(*first) {
                    ExprKind::Name(n) => (*first, n.to_string(), Some(*value)),
                    _ => (*first, name, Some(*value)),
                },
                [first, ..] => (*first, name, None),
                [] => (e, name, None),
            },
            _ => (e, name, None),
        };
        Some(self.destructured(name, Some(pattern), default, None, line(node)))
    }

    /// A parameter; one that is taken apart gets a name of our own and a binding.
    fn destructured(
        &mut self,
        name: String,
        pattern: Option<ExprId>,
        default: Option<ExprId>,
        ty: Option<Box<str>>,
        line: u32,
    ) -> Param {
        let mut name: Box<str> = name.into();
        if let Some(p) = pattern
            && matches!(self.module.kind(p), ExprKind::Dict(_) | ExprKind::List(_))
        {
            name = format!("{{{}}}", self.module.exprs.len()).into();
            let whole = self.push_at(ExprKind::Name(name.clone()), line);
            self.bind(p, whole, line);
        }
        Param { name, default, ty }
    }

    /// Notes a member that is declared with a type: `name: str`.
    fn typed(&mut self, children: &[Child], named: &[&str]) {
        if let (Some(ty), Some(name)) = (field(children, &["type"]), field(children, named)) {
            let ty = self.text(ty.start, ty.end).trim_start_matches(':').trim();
            let name = self.text(name.start, name.end);
            if let Some(scope) = self.here().filter(|s| s.kind == ScopeKind::Class) {
                scope.fields.push(Param {
                    name: name.into(),
                    default: None,
                    ty: Some(ty.into()),
                });
            }
        }
    }

    fn assign(&mut self, inside: Option<Shape>, node: &Node<'_>, children: &[Child]) -> Low {
        self.typed(children, &["left"]);
        let left = field(children, &["left", "name"]);
        let target = left.and_then(Child::expr);
        let value = field(children, &["right", "value"]).and_then(Child::expr);
        let (Some(target), Some(mut value)) = (target, value) else {
            return Low::None;
        };
        if inside == Some(Shape::Initializer) {
            let name = left.map(|c| self.text(c.start, c.end).into());
            return Low::Arg(Arg {
                name,
                value,
                spread: false,
            });
        }
        let operator = field(children, &["operator"]).map_or("=", |c| self.text(c.start, c.end));
        if node.kind().starts_with("augmented") || operator == "+=" {
            value = self.push(ExprKind::Concat(target, value), node);
        }
        self.assigning = self.module.language != Language::Python;
        self.bind(target, value, line(node));
        self.assigning = false;
        Low::Expr(value)
    }

    fn declarator(&mut self, node: &Node<'_>, children: &[Child]) -> Low {
        let Some(named) = field(children, &["name", "property"]).or_else(|| children.first()) else {
            return Low::None;
        };
        let value = field(children, &["value"])
            .or_else(|| children.iter().rev().find(|c| c.field.is_none()))
            .and_then(Child::expr);
        let Some(value) = value else { return Low::None };
        let target = match named.expr() {
            Some(e) => e,
            None => {
                let name = self.text(named.start, named.end);
                self.push(ExprKind::Name(name.into()), node)
            }
        };
        self.bind(target, value, line(node));
        Low::None
    }

    fn with(&mut self, node: &Node<'_>, children: &[Child]) -> Low {
        let value = children.iter().find(|c| c.field.is_none()).and_then(Child::expr);
        let target = field(children, &["alias"]).and_then(Child::expr);
        if let (Some(value), Some(target)) = (value, target) {
            self.bind(target, value, line(node));
        }
        value.map_or(Low::None, Low::Expr)
    }

    /// Binds the variable of a loop to an item of what it runs over.
    pub(super) fn bind_loop(&mut self, children: &[Child], node: &Node<'_>) {
        let target = field(children, &["left"]).map(|c| (c.expr(), c.start, c.end));
        let value = field(children, &["right"]).and_then(Child::expr);
        let (Some((target, start, end)), Some(value)) = (target, value) else {
            return;
        };
        let target = match target {
            Some(t) => t,
            None => {
                let name = self.text(start, end);
                self.push(ExprKind::Name(name.into()), node)
            }
        };
        let any = self.push(ExprKind::Opaque, node);
        let item = self.push(ExprKind::Index(value, any), node);
        self.bind(target, item, line(node));
    }

    /// `case name:`, `case str(name):`, `case {"key": name}:` bind what is matched, or a part of it, to a name.
    pub(super) fn bind_case(&mut self, subject: ExprId, node: &Node<'_>) {
        let text = self.text(node.start_byte(), node.end_byte());
        let is_name = |t: &str| t != "_" && t.chars().all(|c| c.is_alphanumeric() || c == '_');
        let names: Vec<&str> = match is_name(text) {
            true => vec![text],
            // A part is no name of its own where it is called, read from, or a key.
            false => text
                .match_indices(|c: char| c.is_alphanumeric() || c == '_')
                .map(|(at, _)| at)
                .filter(|at| {
                    let before = text.get(..*at).and_then(|t| t.chars().next_back());
                    !before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '"' | '\''))
                })
                .filter_map(|at| {
                    let rest = text.get(at..)?;
                    let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_'));
                    let (name, after) = rest.split_at_checked(end.unwrap_or(rest.len()))?;
                    let after = after.trim_start();
                    let called = after.starts_with(['(', '.', '"', '\'', '=']);
                    let word = matches!(name, "as" | "None" | "True" | "False");
                    (is_name(name) && !called && !word && !name.starts_with(|c: char| c.is_numeric()))
                        .then_some(name)
                })
                .take(16)
                .collect(),
        };
        for name in names {
            let target = self.push(ExprKind::Name(name.into()), node);
            self.bind(target, subject, line(node));
        }
    }

    fn export(&mut self, node: &Node<'_>, children: &[Child]) -> Low {
        let text = self.text(node.start_byte(), node.end_byte().min(node.start_byte() + 24));
        if text.starts_with("export default")
            && let Some(e) = children.iter().rev().find_map(Child::expr)
        {
            self.module.exports.insert("default".into(), e);
        }
        self.import(node);
        Low::None
    }
}

fn line(node: &Node<'_>) -> u32 {
    u32::try_from(node.start_position().row).unwrap_or(u32::MAX - 1) + 1
}

fn is_property(node: &Node<'_>) -> bool {
    let mut cursor = node.walk();
    matches!(node.kind(), "required_parameter" | "optional_parameter")
        && node.children(&mut cursor).any(|c| {
            matches!(
                c.kind(),
                "accessibility_modifier" | "readonly" | "override_modifier"
            )
        })
}
