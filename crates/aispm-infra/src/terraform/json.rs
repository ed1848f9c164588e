//! Terraform's JSON form into [`super::syntax`]: `{"resource": {"TYPE": {"NAME": {…}}}}`.

use aispm_formats::doc::{Limits, Node, NodeValue, parse_json};

use super::hcl::read_template;
use super::syntax::{Attribute, Block, Body, Expr};
use crate::normal::Term;

/// Reads a `.tf.json` file.
pub(crate) fn read_body(text: &str) -> Result<Body, String> {
    let root = parse_json(text, &Limits::default()).map_err(|e| e.to_string())?;
    let mut body = Body::default();
    for (key, node) in root.entries() {
        let labels = match key.text.as_str() {
            "resource" | "data" => 2,
            "module" | "variable" | "output" | "provider" => 1,
            _ => 0,
        };
        for one in list(node) {
            blocks(&key.text, one, labels, &mut Vec::new(), &mut body);
        }
    }
    Ok(body)
}

/// Reads a `.tfvars.json` file.
pub(crate) fn read_values(text: &str) -> Result<Body, String> {
    let root = parse_json(text, &Limits::default()).map_err(|e| e.to_string())?;
    Ok(attributes(&root))
}

fn list(node: &Node) -> &[Node] {
    match &node.value {
        NodeValue::Seq(s) => s,
        _ => std::slice::from_ref(node),
    }
}

fn blocks(kind: &str, node: &Node, labels: usize, path: &mut Vec<String>, out: &mut Body) {
    if labels > 0 {
        for (key, inner) in node.entries() {
            path.push(key.text.clone());
            for one in list(inner) {
                blocks(kind, one, labels - 1, path, out);
            }
            path.pop();
        }
        return;
    }
    out.blocks.push(Block {
        kind: kind.to_owned(),
        labels: path.clone(),
        body: attributes(node),
        line: node.line,
    });
}

/// Nested blocks are written as objects or lists of objects; as terms they read the same as blocks do.
fn attributes(node: &Node) -> Body {
    let mut body = Body::default();
    for (key, value) in node.entries() {
        body.attributes.push(Attribute {
            name: key.text.clone(),
            value: expression(value),
        });
    }
    body
}

fn expression(node: &Node) -> Expr {
    match &node.value {
        NodeValue::Null => Expr::Literal(Term::Null),
        NodeValue::Bool(b) => Expr::Literal(Term::Bool(*b)),
        NodeValue::Int(i) => Expr::Literal(Term::Int(*i)),
        NodeValue::Float(f) => Expr::Literal(Term::Float(*f)),
        NodeValue::Str(s) => read_template(s),
        NodeValue::Seq(s) => Expr::List(s.iter().map(expression).collect()),
        NodeValue::Map(m) => Expr::Object(
            m.iter()
                .map(|(k, v)| (Expr::Literal(Term::Text(k.text.clone())), expression(v)))
                .collect(),
        ),
    }
}
