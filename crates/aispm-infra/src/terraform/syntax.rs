//! Terraform's syntax, lowered from HCL or its JSON form to what evaluation needs, with lines.

use crate::normal::Term;

/// A body: attributes and blocks.
#[derive(Clone, Debug, Default)]
pub(crate) struct Body {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) blocks: Vec<Block>,
}

/// `name = expression`.
#[derive(Clone, Debug)]
pub(crate) struct Attribute {
    pub(crate) name: String,
    pub(crate) value: Expr,
}

/// `kind "label" … { body }`.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    pub(crate) kind: String,
    pub(crate) labels: Vec<String>,
    pub(crate) body: Body,
    pub(crate) line: u32,
}

impl Body {
    /// The expression of an attribute.
    pub(crate) fn get(&self, name: &str) -> Option<&Expr> {
        self.attributes.iter().find(|a| a.name == name).map(|a| &a.value)
    }
}

impl Block {
    /// The nth label.
    pub(crate) fn label(&self, n: usize) -> &str {
        self.labels.get(n).map_or("", String::as_str)
    }
}

/// An expression.
#[derive(Clone, Debug)]
pub(crate) enum Expr {
    /// A literal.
    Literal(Term),
    /// Text with interpolations.
    Template(Vec<Expr>),
    /// `[a, b]`.
    List(Vec<Expr>),
    /// `{ k = v }`.
    Object(Vec<(Expr, Expr)>),
    /// A name and what is taken from it.
    Traversal(Box<Expr>, Vec<Step>),
    /// A bare name.
    Variable(String),
    /// `c ? a : b`.
    Conditional(Box<[Expr; 3]>),
    /// `f(a, b...)`.
    Call(String, Vec<Expr>, bool),
    /// `!a`, `-a`.
    Unary(char, Box<Expr>),
    /// `a == b`.
    Binary(&'static str, Box<[Expr; 2]>),
    /// `[for k, v in c : x if y]`.
    For(Box<For>),
    /// Syntax that is not evaluated, with its name.
    Opaque(&'static str),
}

/// One step of a traversal.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// `.name`.
    Attribute(String),
    /// `[expression]`.
    Index(Expr),
    /// `.*` or `[*]`.
    Splat,
}

/// A `for` expression.
#[derive(Clone, Debug)]
pub(crate) struct For {
    pub(crate) key: Option<String>,
    pub(crate) value: String,
    pub(crate) collection: Expr,
    pub(crate) key_result: Option<Expr>,
    pub(crate) result: Expr,
    pub(crate) condition: Option<Expr>,
    pub(crate) grouping: bool,
}
