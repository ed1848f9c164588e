//! HCL into [`super::syntax`].

use hcl_edit::Span;
use hcl_edit::expr::{Expression, ObjectKey, TraversalOperator, UnaryOperator};
use hcl_edit::structure::{Body as HclBody, Structure};
use hcl_edit::template::{Element, Template};

use super::syntax::{Attribute, Block, Body, Expr, For, Step};
use crate::normal::Term;

/// Open brackets that a file may have at one place before it is handed to the parser, brackets in texts counted too. The
/// parser itself refuses expressions nested deeper than 64.
const MAX_BRACKETS: usize = 512;

/// Reads a file. The error names the line and the trouble and quotes nothing.
pub(crate) fn read_body(text: &str) -> Result<Body, String> {
    if let Some(line) = too_deep(text) {
        return Err(format!(
            "HCL line {line}: more than {MAX_BRACKETS} open brackets (depth budget)"
        ));
    }
    let body = hcl_edit::parser::parse_body(text).map_err(|e| {
        let line = e.location().line();
        if e.message().contains("nest") {
            format!("HCL line {line}: nested deeper than 64 (depth budget)")
        } else {
            format!("HCL line {line}: no valid HCL")
        }
    })?;
    let starts: Vec<usize> = std::iter::once(0)
        .chain(
            text.bytes()
                .enumerate()
                .filter(|(_, b)| *b == b'\n')
                .map(|(i, _)| i + 1),
        )
        .collect();
    Ok(lower_body(&body, &starts))
}

/// Reads the text of a template: a string of the JSON form, or a file given to `templatefile`.
pub(crate) fn read_template(text: &str) -> Expr {
    if !text.contains("${") && !text.contains("%{") {
        return Expr::Literal(Term::Text(text.to_owned()));
    }
    if too_deep(text).is_some() {
        return Expr::Opaque("template nested too deep");
    }
    hcl_edit::parser::parse_template(text).map_or(Expr::Opaque("template"), |t| lower_template(&t))
}

fn too_deep(text: &str) -> Option<usize> {
    let (mut depth, mut line) = (0usize, 1usize);
    for b in text.bytes() {
        match b {
            b'\n' => line += 1,
            b'[' | b'{' | b'(' => depth += 1,
            b']' | b'}' | b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_BRACKETS {
            return Some(line);
        }
    }
    None
}

fn line_of(span: Option<std::ops::Range<usize>>, starts: &[usize]) -> u32 {
    let line = starts.partition_point(|s| *s <= span.as_ref().map_or(0, |s| s.start));
    u32::try_from(line.max(1)).unwrap_or(u32::MAX)
}

fn lower_body(body: &HclBody, starts: &[usize]) -> Body {
    let mut out = Body::default();
    for structure in body.iter() {
        match structure {
            Structure::Attribute(a) => out.attributes.push(Attribute {
                name: a.key.as_str().to_owned(),
                value: lower(&a.value),
            }),
            Structure::Block(b) => out.blocks.push(Block {
                kind: b.ident.as_str().to_owned(),
                labels: b.labels.iter().map(|l| l.as_str().to_owned()).collect(),
                body: lower_body(&b.body, starts),
                line: line_of(b.ident.span(), starts),
            }),
        }
    }
    out
}

fn lower(expression: &Expression) -> Expr {
    match expression {
        Expression::Null(_) => Expr::Literal(Term::Null),
        Expression::Bool(b) => Expr::Literal(Term::Bool(*b.value())),
        Expression::Number(n) => {
            let n = n.value();
            Expr::Literal(
                n.as_i64()
                    .map(Term::Int)
                    .or_else(|| n.as_f64().map(Term::Float))
                    .unwrap_or(Term::Null),
            )
        }
        Expression::String(s) => Expr::Literal(Term::Text(s.value().clone())),
        Expression::Array(a) => Expr::List(a.iter().map(lower).collect()),
        Expression::Object(o) => Expr::Object(
            o.iter()
                .map(|(k, v)| {
                    let key = match k {
                        ObjectKey::Ident(i) => Expr::Literal(Term::Text(i.as_str().to_owned())),
                        ObjectKey::Expression(Expression::Variable(v)) => {
                            Expr::Literal(Term::Text(v.as_str().to_owned()))
                        }
                        ObjectKey::Expression(e) => lower(e),
                    };
                    (key, lower(v.expr()))
                })
                .collect(),
        ),
        Expression::StringTemplate(t) => lower_elements(t.iter()),
        Expression::HeredocTemplate(t) => lower_template(&t.template),
        Expression::Parenthesis(p) => lower(p.inner()),
        Expression::Variable(v) => Expr::Variable(v.as_str().to_owned()),
        Expression::Conditional(c) => Expr::Conditional(Box::new([
            lower(&c.cond_expr),
            lower(&c.true_expr),
            lower(&c.false_expr),
        ])),
        Expression::FuncCall(c) => Expr::Call(
            c.name.name.as_str().to_owned(),
            c.args.iter().map(lower).collect(),
            c.args.expand_final(),
        ),
        Expression::Traversal(t) => Expr::Traversal(
            Box::new(lower(&t.expr)),
            t.operators.iter().map(|o| lower_step(o.value())).collect(),
        ),
        Expression::UnaryOp(u) => {
            let sign = match u.operator.value() {
                UnaryOperator::Not => '!',
                UnaryOperator::Neg => '-',
            };
            Expr::Unary(sign, Box::new(lower(&u.expr)))
        }
        Expression::BinaryOp(b) => Expr::Binary(
            b.operator.value().as_str(),
            Box::new([lower(&b.lhs_expr), lower(&b.rhs_expr)]),
        ),
        Expression::ForExpr(f) => lower_for(f),
    }
}

fn lower_for(f: &hcl_edit::expr::ForExpr) -> Expr {
    Expr::For(Box::new(For {
        key: f.intro.key_var.as_ref().map(|k| k.as_str().to_owned()),
        value: f.intro.value_var.as_str().to_owned(),
        collection: lower(&f.intro.collection_expr),
        key_result: f.key_expr.as_ref().map(lower),
        result: lower(&f.value_expr),
        condition: f.cond.as_ref().map(|c| lower(&c.expr)),
        grouping: f.grouping,
    }))
}

fn lower_step(operator: &TraversalOperator) -> Step {
    match operator {
        TraversalOperator::AttrSplat(_) | TraversalOperator::FullSplat(_) => Step::Splat,
        TraversalOperator::GetAttr(name) => Step::Attribute(name.as_str().to_owned()),
        TraversalOperator::Index(e) => Step::Index(lower(e)),
        TraversalOperator::LegacyIndex(i) => Step::Index(Expr::Literal(Term::Int(
            i64::try_from(*i.value()).unwrap_or(i64::MAX),
        ))),
    }
}

fn lower_template(template: &Template) -> Expr {
    lower_elements(template.iter())
}

fn lower_elements<'a>(elements: impl Iterator<Item = &'a Element>) -> Expr {
    let mut parts: Vec<Expr> = elements
        .map(|e| match e {
            Element::Literal(l) => Expr::Literal(Term::Text(l.value().clone())),
            Element::Interpolation(i) => lower(&i.expr),
            Element::Directive(_) => Expr::Opaque("template directive"),
        })
        .collect();
    // `"${x}"` is x itself, of x's type.
    match (parts.len(), parts.pop()) {
        (1, Some(one)) => one,
        (_, Some(last)) => {
            parts.push(last);
            Expr::Template(parts)
        }
        (_, None) => Expr::Literal(Term::Text(String::new())),
    }
}
