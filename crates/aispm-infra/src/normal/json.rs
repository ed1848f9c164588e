//! JSON inside infrastructure code: policies written as heredocs, with references in their strings.

use std::collections::BTreeMap;

use aispm_formats::doc::{Limits, Node, NodeValue, parse_json};

use super::Term;

/// Stands for piece N of a template while JSON is parsed; private-use characters that no policy holds.
const OPEN: char = '\u{F0000}';
const CLOSE: char = '\u{F0001}';

/// Reads JSON text, or a template of it; references inside its strings come back as templates. None where it is no JSON.
pub(crate) fn read(term: &Term) -> Option<Term> {
    let pieces = match term {
        Term::Text(t) => return parse(t, &[]),
        Term::Template(parts) => parts,
        _ => return None,
    };
    let mut text = String::new();
    for (i, piece) in pieces.iter().enumerate() {
        match piece {
            Term::Text(t) => text.push_str(t),
            _ => text.push_str(&format!("{OPEN}{i}{CLOSE}")),
        }
    }
    parse(&text, pieces)
}

fn parse(text: &str, pieces: &[Term]) -> Option<Term> {
    if !text.trim_start().starts_with(['{', '[']) {
        return None;
    }
    parse_json(text, &Limits::default())
        .ok()
        .map(|n| from_node(&n, pieces))
}

/// A parsed document as a term, with pieces of a template put back into its strings.
pub(crate) fn from_node(node: &Node, pieces: &[Term]) -> Term {
    match &node.value {
        NodeValue::Null => Term::Null,
        NodeValue::Bool(b) => Term::Bool(*b),
        NodeValue::Int(i) => Term::Int(*i),
        NodeValue::Float(f) => Term::Float(*f),
        NodeValue::Str(s) => put_back(s, pieces),
        NodeValue::Seq(s) => Term::List(s.iter().map(|n| from_node(n, pieces)).collect()),
        NodeValue::Map(m) => Term::Map(
            m.iter()
                .map(|(k, v)| (k.text.clone(), from_node(v, pieces)))
                .collect::<BTreeMap<_, _>>(),
        ),
    }
}

fn put_back(text: &str, pieces: &[Term]) -> Term {
    if pieces.is_empty() {
        return Term::Text(text.to_owned());
    }
    let mut parts = Vec::new();
    for (i, chunk) in text.split(OPEN).enumerate() {
        let Some((number, rest)) = chunk.split_once(CLOSE).filter(|_| i > 0) else {
            parts.push(Term::Text(chunk.to_owned()));
            continue;
        };
        let piece = number.parse::<usize>().ok().and_then(|n| pieces.get(n));
        parts.push(piece.cloned().unwrap_or(Term::Null));
        parts.push(Term::Text(rest.to_owned()));
    }
    let joined = super::term::template(parts);
    match joined {
        Term::Template(mut one) if one.len() == 1 => one.pop().unwrap_or(Term::Null),
        other => other,
    }
}

/// Writes a term as JSON text. What is not known is written as a placeholder word; callers that need to know keep the term.
pub(crate) fn write(term: &Term) -> String {
    let quote = |t: &str| {
        format!(
            "\"{}\"",
            t.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
        )
    };
    match term {
        Term::Null => String::from("null"),
        Term::Bool(b) => b.to_string(),
        Term::Int(i) => i.to_string(),
        Term::Float(f) => f.to_string(),
        Term::Text(t) => quote(t),
        Term::List(l) => format!("[{}]", l.iter().map(write).collect::<Vec<_>>().join(",")),
        Term::Map(m) => {
            let all: Vec<_> = m
                .iter()
                .map(|(k, v)| format!("{}:{}", quote(k), write(v)))
                .collect();
            format!("{{{}}}", all.join(","))
        }
        Term::Ref(_) | Term::Template(_) | Term::Unknown(_) | Term::Missing(_) => {
            String::from("\"(unknown)\"")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_survive_json() {
        let unknown = Term::unknown("why");
        let t = Term::Template(vec![
            "{\"Resource\": \"".into(),
            unknown.clone(),
            "/*\", \"n\": [1]}".into(),
        ]);
        let read = read(&t).unwrap();
        assert_eq!(
            read.at("Resource"),
            Some(Term::Template(vec![unknown, "/*".into()]))
        );
        assert_eq!(read.at("n.*"), Some(Term::List(vec![Term::Int(1)])));
    }
}
