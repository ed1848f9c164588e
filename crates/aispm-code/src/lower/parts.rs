//! What nodes are lowered to, and how their parts are read.

use tree_sitter::Node;

use crate::ir::{Arg, ExprId, Param};

/// What a node was lowered to.
pub(super) enum Low {
    None,
    Expr(ExprId),
    Text(String),
    Arg(Arg),
    Args(Vec<Arg>),
    Pair(Option<ExprId>, ExprId),
    Param(Param),
    Params(Vec<Param>),
    Bases(Vec<ExprId>),
    /// What runs where something failed.
    Handler,
}

/// A lowered node beside its field and place.
pub(super) struct Child {
    pub(super) field: Option<&'static str>,
    pub(super) low: Low,
    pub(super) start: usize,
    pub(super) end: usize,
    /// Expressions before it and up to its end.
    pub(super) exprs: (u32, u32),
    /// Ends in leaving the function or loop.
    pub(super) exits: bool,
    /// An `else` rather than another `if`.
    pub(super) last: bool,
}

impl Child {
    pub(super) fn new(field: Option<&'static str>, low: Low, node: &Node<'_>) -> Self {
        // Asked only of the ways of a branch: names of kinds cost more than all else here.
        let way = matches!(field, Some("consequence" | "alternative")) || matches!(low, Low::Handler);
        Self {
            field,
            low,
            start: node.start_byte(),
            end: node.end_byte(),
            exprs: (0, 0),
            exits: way && leaves(node),
            last: way && node.kind() != "elif_clause",
        }
    }
    pub(super) fn expr(&self) -> Option<ExprId> {
        match self.low {
            Low::Expr(e) => Some(e),
            _ => None,
        }
    }
}

/// Whether a block ends in leaving the function or loop it stands in.
fn leaves(block: &Node<'_>) -> bool {
    let mut at = *block;
    for _ in 0..4 {
        if matches!(
            at.kind(),
            "return_statement"
                | "raise_statement"
                | "throw_statement"
                | "continue_statement"
                | "break_statement"
        ) {
            return true;
        }
        let inner = matches!(
            at.kind(),
            "block" | "statement_block" | "else_clause" | "except_clause" | "catch_clause"
        );
        match u32::try_from(at.named_child_count())
            .ok()
            .and_then(|n| n.checked_sub(1))
            .and_then(|n| at.named_child(n))
        {
            Some(last) if inner => at = last,
            _ => return false,
        }
    }
    false
}

/// The first child with one of these fields.
pub(super) fn field<'c>(children: &'c [Child], names: &[&str]) -> Option<&'c Child> {
    children
        .iter()
        .find(|c| c.field.is_some_and(|f| names.contains(&f)))
}

/// Expressions among children.
pub(super) fn exprs(children: &[Child]) -> Vec<ExprId> {
    children
        .iter()
        .filter_map(|c| match &c.low {
            Low::Expr(e) | Low::Pair(_, e) => Some(*e),
            Low::Arg(a) => Some(a.value),
            _ => None,
        })
        .collect()
}

pub(super) fn argument(child: Child) -> Option<Arg> {
    match child.low {
        Low::Arg(a) => Some(a),
        Low::Expr(value) => Some(Arg {
            name: None,
            value,
            spread: false,
        }),
        _ => None,
    }
}

pub(super) fn pass(children: Vec<Child>) -> Low {
    let wanted = ["value", "expression"];
    let by_field = children
        .iter()
        .position(|c| c.field.is_some_and(|f| wanted.contains(&f)) && !matches!(c.low, Low::None));
    let at = by_field.or_else(|| children.iter().position(|c| !matches!(c.low, Low::None)));
    at.and_then(|i| children.into_iter().nth(i))
        .map_or(Low::None, |c| c.low)
}

/// The declared type of the variable that a C# `new(...)` is given to.
pub(super) fn declared_type<'t>(node: &Node<'t>) -> Option<Node<'t>> {
    let declarator = node.parent()?;
    declarator
        .child_by_field_name("type")
        .or_else(|| declarator.parent()?.child_by_field_name("type"))
}

/// A name without type arguments or nullability.
pub(super) fn plain_name(text: &str) -> &str {
    text.split(['<', '?', '\n']).next().unwrap_or(text).trim()
}

/// Resolves the common escapes; others stay as written.
pub(super) fn unescape(text: &str) -> String {
    if !text.contains('\\') {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('r') => out.push('\r'),
            Some('\n') | None => {}
            Some(other @ ('\\' | '"' | '\'' | '`' | '$' | '{')) => out.push(other),
            Some(other) => {
                out.push('\\');
                out.push(other);
            }
        }
    }
    out
}
