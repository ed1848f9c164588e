//! HCL, as Terraform writes it.

use std::ops::Range;

use aispm_types::Value;
use hcl_edit::Span;
use hcl_edit::expr::{Expression, Object, ObjectKey};
use hcl_edit::structure::{Block, Body, Structure};

use crate::splice::{indentation, line_end, line_start, line_stop};
use crate::{LARGEST, Refusal, Splice, splice, split_mark};

/// Open brackets at one place, those in texts counted too: the parser keeps a stack.
const BRACKETS: usize = 512;

/// One step into a resource.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// A nested block.
    Block(String),
    /// An attribute.
    Attribute(String),
    /// A key of the object that an attribute holds.
    Key(String),
}

/// What a resource says at a path.
#[derive(Clone, Debug, PartialEq)]
pub enum Says {
    /// Nothing.
    Nothing,
    /// A literal.
    Literal(Value),
    /// Something that is computed.
    Expression,
}

/// Which block: `resource "aws_s3_bucket" "training"`.
#[derive(Clone, Copy, Debug)]
pub struct Resource<'a> {
    /// The type.
    pub kind: &'a str,
    /// The name.
    pub name: &'a str,
}

/// Sets an attribute of a resource to a literal; blocks on the way are made where they are missing.
///
/// # Errors
/// The resource is not there, what stands at the path is computed, or the edit would touch more.
pub fn set(text: &str, resource: Resource<'_>, path: &[Part], value: &Value) -> Result<String, Refusal> {
    let (mark, text) = split_mark(text);
    let body = parse(text)?;
    let block = find(&body, resource)?;
    let splices = set_in(text, block, path, value)?;
    if splices.is_empty() {
        return Ok(format!("{mark}{text}"));
    }
    let after = splice(text, splices)?;
    check(text, &body, &after, resource, path, value)?;
    Ok(format!("{mark}{after}"))
}

/// What a resource says at a path.
///
/// # Errors
/// The resource is not there.
pub fn get(text: &str, resource: Resource<'_>, path: &[Part]) -> Result<Says, Refusal> {
    let (_, text) = split_mark(text);
    let body = parse(text)?;
    Ok(says(find(&body, resource)?, path))
}

/// The names of the resources of a type in which an attribute refers to another resource: `bucket = aws_s3_bucket.training.id`.
///
/// # Errors
/// The text is no HCL.
pub fn referring(text: &str, kind: &str, attribute: &str, to: Resource<'_>) -> Result<Vec<String>, Refusal> {
    let (_, text) = split_mark(text);
    let body = parse(text)?;
    let wanted = format!("{}.{}", to.kind, to.name);
    let refers = |b: &&Block| {
        let value = b.body.get_attribute(attribute).and_then(|a| a.value.span());
        let source = value.and_then(|at| text.get(at)).unwrap_or_default().trim();
        let rest = source.strip_prefix(wanted.as_str());
        rest.is_some_and(|r| r.is_empty() || r.starts_with(['.', '[']))
    };
    Ok(resources(&body, kind).filter(refers).filter_map(name).collect())
}

/// Type and name of every resource.
///
/// # Errors
/// The text is no HCL.
pub fn names(text: &str) -> Result<Vec<(String, String)>, Refusal> {
    let (_, text) = split_mark(text);
    let body = parse(text)?;
    let of = |b: &Block| Some((b.labels.first()?.as_str().to_owned(), name(b)?));
    Ok(body
        .blocks()
        .filter(|b| b.ident.as_str() == "resource")
        .filter_map(of)
        .collect())
}

/// Whether a resource of this type and name is there.
///
/// # Errors
/// The text is no HCL.
pub fn has(text: &str, resource: Resource<'_>) -> Result<bool, Refusal> {
    let (_, text) = split_mark(text);
    Ok(find(&parse(text)?, resource).is_ok())
}

/// Adds a block after a resource, with an empty line between. `block` is written with `\n` and without indentation.
///
/// # Errors
/// The resource is not there, or the result is no HCL.
pub fn append(text: &str, after: Resource<'_>, block: &str) -> Result<String, Refusal> {
    let (mark, text) = split_mark(text);
    let body = parse(text)?;
    let at = find(&body, after)?.span().ok_or_else(unlocated)?;
    let eol = line_end(text);
    let block = block.trim_end().replace('\n', eol);
    let stop = line_stop(text, at.end);
    let new = splice(text, vec![Splice::insert(stop, format!("{eol}{eol}{block}"))])?;
    let mut kept = flatten(text, &body);
    kept.extend(flatten(&block, &parse(&block)?));
    let mut got = flatten(&new, &parse(&new)?);
    kept.sort();
    got.sort();
    if kept != got {
        return Err(crate::damage());
    }
    Ok(format!("{mark}{new}"))
}

fn parse(text: &str) -> Result<Body, Refusal> {
    if text.len() > LARGEST {
        return Err(Refusal::new(format!(
            "it is larger than {LARGEST} bytes, which are edited at most"
        )));
    }
    let mut depth = 0usize;
    for b in text.bytes() {
        match b {
            b'[' | b'{' | b'(' => depth += 1,
            b']' | b'}' | b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > BRACKETS {
            return Err(Refusal::new("it is nested too deep"));
        }
    }
    hcl_edit::parser::parse_body(text)
        .map_err(|e| Refusal::new(format!("it is no valid HCL (line {})", e.location().line())))
}

fn unlocated() -> Refusal {
    Refusal::new("the parser does not say where it stands")
}

fn resources<'a>(body: &'a Body, kind: &'a str) -> impl Iterator<Item = &'a Block> {
    body.blocks().filter(move |b| {
        b.ident.as_str() == "resource" && b.labels.first().is_some_and(|l| l.as_str() == kind)
    })
}

fn name(block: &Block) -> Option<String> {
    block.labels.get(1).map(|l| l.as_str().to_owned())
}

fn find<'a>(body: &'a Body, resource: Resource<'a>) -> Result<&'a Block, Refusal> {
    let mut same = resources(body, resource.kind).filter(|b| name(b).as_deref() == Some(resource.name));
    match (same.next(), same.next()) {
        (Some(block), None) => Ok(block),
        (Some(_), Some(_)) => Err(Refusal::new("the resource stands twice in the file")),
        (None, _) => Err(Refusal::new("the resource does not stand in this file")),
    }
}

/// The blocks of a name in a body; a dynamic one, which is computed, is a refusal.
fn blocks<'a>(body: &'a Body, ident: &'a str) -> Result<Vec<&'a Block>, Refusal> {
    let dynamic = body
        .blocks()
        .any(|b| b.ident.as_str() == "dynamic" && b.labels.first().is_some_and(|l| l.as_str() == ident));
    if dynamic {
        return Err(Refusal::new(format!(
            "`{ident}` is a dynamic block: what it is made from must be changed"
        )));
    }
    Ok(body.blocks().filter(|b| b.ident.as_str() == ident).collect())
}

fn literal(e: &Expression) -> Option<Value> {
    Some(match e {
        Expression::Null(_) => Value::Null,
        Expression::Bool(b) => Value::Bool(*b.value()),
        Expression::Number(n) => Value::Int(n.value().as_i64()?),
        Expression::String(s) => Value::Str(s.value().clone()),
        _ => return None,
    })
}

fn key_of(key: &ObjectKey) -> Option<String> {
    match key {
        ObjectKey::Ident(i) => Some(i.as_str().to_owned()),
        ObjectKey::Expression(Expression::Variable(v)) => Some(v.as_str().to_owned()),
        ObjectKey::Expression(Expression::String(s)) => Some(s.value().clone()),
        ObjectKey::Expression(_) => None,
    }
}

fn says(block: &Block, path: &[Part]) -> Says {
    let of = |e: &Expression| literal(e).map_or(Says::Expression, Says::Literal);
    match path {
        [Part::Block(ident), rest @ ..] => match blocks(&block.body, ident) {
            Err(_) => Says::Expression,
            Ok(found) => match found.as_slice() {
                [] => Says::Nothing,
                [one] => says(one, rest),
                _ => Says::Expression,
            },
        },
        [Part::Attribute(key), rest @ ..] => match (block.body.get_attribute(key), rest) {
            (None, _) => Says::Nothing,
            (Some(a), []) => of(&a.value),
            (Some(a), [Part::Key(key)]) => match &a.value {
                Expression::Object(o) => entry(o, key).map_or(Says::Nothing, of),
                _ => Says::Expression,
            },
            _ => Says::Expression,
        },
        _ => Says::Nothing,
    }
}

fn entry<'a>(object: &'a Object, key: &str) -> Option<&'a Expression> {
    object
        .iter()
        .find(|(k, _)| key_of(k).as_deref() == Some(key))
        .map(|(_, v)| v.expr())
}

fn set_in(text: &str, block: &Block, path: &[Part], value: &Value) -> Result<Vec<Splice>, Refusal> {
    match path {
        [Part::Block(ident), rest @ ..] if !rest.is_empty() => match blocks(&block.body, ident)?.as_slice() {
            [] => add(text, block, path, value),
            [one] => set_in(text, one, rest, value),
            _ => Err(Refusal::new(format!("`{ident}` stands there more than once"))),
        },
        [Part::Attribute(key), rest @ ..] => match block.body.get_attribute(key) {
            None => add(text, block, path, value),
            Some(a) if rest.is_empty() => replace(&a.value, key, value),
            Some(a) => match (&a.value, rest) {
                (Expression::Object(o), [Part::Key(name)]) => set_key(text, o, a.value.span(), name, value),
                _ => Err(computed(key)),
            },
        },
        _ => Err(Refusal::new("the path leads to no attribute")),
    }
}

fn computed(key: &str) -> Refusal {
    Refusal::new(format!(
        "`{key}` is computed: what it is computed from must be changed"
    ))
}

fn replace(old: &Expression, key: &str, value: &Value) -> Result<Vec<Splice>, Refusal> {
    match literal(old) {
        Some(same) if same == *value => Ok(Vec::new()),
        Some(_) => Ok(vec![Splice::new(
            old.span().ok_or_else(unlocated)?,
            write(value)?,
        )]),
        None => Err(computed(key)),
    }
}

fn set_key(
    text: &str,
    object: &Object,
    at: Option<Range<usize>>,
    key: &str,
    value: &Value,
) -> Result<Vec<Splice>, Refusal> {
    if object.iter().any(|(k, _)| key_of(k).is_none()) {
        return Err(Refusal::new("the object has keys that are computed"));
    }
    if let Some(old) = entry(object, key) {
        return replace(old, key, value);
    }
    let at = at.ok_or_else(unlocated)?;
    let name = if is_identifier(key) {
        key.to_owned()
    } else {
        write(&Value::Str(key.to_owned()))?
    };
    let new = format!("{name} = {}", write(value)?);
    let last = object.iter().last().and_then(|(_, v)| v.expr().span());
    let Some(last) = last else {
        return Ok(vec![Splice::new(at, format!("{{ {new} }}"))]);
    };
    let inner = text.get(at.clone()).unwrap_or_default();
    if !inner.contains('\n') {
        return Ok(vec![Splice::insert(last.end, format!(", {new}"))]);
    }
    let stop = line_stop(text, last.end);
    if stop >= at.end {
        return Err(Refusal::new("the object ends on the line of its last key"));
    }
    let indent = indentation(text, last.start);
    Ok(vec![Splice::insert(
        stop,
        format!("{}{indent}{new}", line_end(text)),
    )])
}

fn is_identifier(key: &str) -> bool {
    key.bytes()
        .next()
        .is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
        && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// Adds what is missing to a block: an attribute behind the others, a nested block at the end.
fn add(text: &str, block: &Block, path: &[Part], value: &Value) -> Result<Vec<Splice>, Refusal> {
    let whole = block.span().ok_or_else(unlocated)?;
    let eol = line_end(text);
    let outer = indentation(text, whole.start).to_owned();
    // As what is there already is indented.
    let first = block.body.iter().next().and_then(Span::span).map(|at| at.start);
    let first = first.filter(|at| line_start(text, *at) > whole.start);
    let inner = first.map_or_else(|| deeper(&outer), |at| indentation(text, at).to_owned());
    let brace = text
        .get(..whole.end)
        .and_then(|t| t.rfind('}'))
        .ok_or_else(unlocated)?;
    let opening = text
        .get(whole.start..brace)
        .and_then(|t| t.find('{'))
        .map(|i| whole.start + i)
        .ok_or_else(unlocated)?;
    let content = text.get(opening + 1..brace).unwrap_or_default();
    if content.trim().is_empty() && !content.contains('\n') {
        let lines = lines(path, value, &inner, eol, None)?;
        return Ok(vec![Splice::new(
            opening + 1..brace,
            format!("{eol}{lines}{eol}{outer}"),
        )]);
    }
    let alone = line_start(text, brace) > opening
        && text
            .get(line_start(text, brace)..brace)
            .is_some_and(|t| t.trim().is_empty());
    if !alone {
        return Err(Refusal::new("the block is written on one line"));
    }
    if let [Part::Attribute(_), ..] = path {
        let last = block
            .body
            .attributes()
            .filter_map(|a| Some((a.span()?, a.key.span()?)))
            .last();
        let (stop, equals) = match &last {
            Some((at, key)) => (line_stop(text, at.end), column_of_equals(text, key)),
            None => (line_stop(text, opening), None),
        };
        let lines = lines(path, value, &inner, eol, equals)?;
        return Ok(vec![Splice::insert(stop, format!("{eol}{lines}"))]);
    }
    let lines = lines(path, value, &inner, eol, None)?;
    let gap = if content.trim().is_empty() { "" } else { eol };
    Ok(vec![Splice::insert(
        line_start(text, brace),
        format!("{gap}{lines}{eol}"),
    )])
}

/// Characters from the start of an attribute's key to its equals sign, so that columns stay aligned.
fn column_of_equals(text: &str, key: &Range<usize>) -> Option<usize> {
    let rest = text.get(key.start..line_stop(text, key.end))?;
    rest.find('=')
}

/// One step further in.
fn deeper(indent: &str) -> String {
    format!("{indent}{}", if indent.contains('\t') { "\t" } else { "  " })
}

fn lines(
    path: &[Part],
    value: &Value,
    indent: &str,
    eol: &str,
    equals: Option<usize>,
) -> Result<String, Refusal> {
    match path {
        [Part::Attribute(key)] => {
            let width = equals.map_or(0, |e| e.saturating_sub(1));
            Ok(format!("{indent}{key:<width$} = {}", write(value)?))
        }
        [Part::Attribute(key), Part::Key(name)] => {
            let name = if is_identifier(name) {
                name.clone()
            } else {
                write(&Value::Str(name.clone()))?
            };
            Ok(format!(
                "{indent}{key} = {{{eol}{}{name} = {}{eol}{indent}}}",
                deeper(indent),
                write(value)?
            ))
        }
        [Part::Block(ident), rest @ ..] => {
            let inner = lines(rest, value, &deeper(indent), eol, None)?;
            Ok(format!("{indent}{ident} {{{eol}{inner}{eol}{indent}}}"))
        }
        _ => Err(Refusal::new("the path leads to no attribute")),
    }
}

fn write(value: &Value) -> Result<String, Refusal> {
    Ok(match value {
        Value::Bool(b) => b.to_string(),
        Value::Int(i) => i.to_string(),
        Value::Str(s) if !s.contains("${") && !s.contains("%{") => {
            serde_json::Value::from(s.as_str()).to_string()
        }
        _ => return Err(Refusal::new("a value of this kind is not written")),
    })
}

/// Everything a file says: where, and in which words.
fn flatten(text: &str, body: &Body) -> Vec<(String, String)> {
    let mut out = Vec::new();
    into(text, body, "", &mut out);
    out
}

fn into(text: &str, body: &Body, at: &str, out: &mut Vec<(String, String)>) {
    let mut seen = std::collections::BTreeMap::<String, usize>::new();
    for structure in body.iter() {
        match structure {
            Structure::Attribute(a) => {
                let words = a
                    .value
                    .span()
                    .and_then(|s| text.get(s))
                    .unwrap_or_default()
                    .trim();
                out.push((format!("{at}/{}", a.key.as_str()), words.to_owned()));
            }
            Structure::Block(b) => {
                let labels: Vec<&str> = b.labels.iter().map(|l| l.as_str()).collect();
                let head = format!("{at}/{} {}", b.ident.as_str(), labels.join(" "));
                let n = seen.entry(head.clone()).or_default();
                *n += 1;
                let here = format!("{head}#{n}");
                out.push((here.clone(), String::new()));
                into(text, &b.body, &here, out);
            }
        }
    }
}

/// The new file says what was wanted, and nothing else changed.
fn check(
    text: &str,
    body: &Body,
    after: &str,
    resource: Resource<'_>,
    path: &[Part],
    value: &Value,
) -> Result<(), Refusal> {
    let new = parse(after).map_err(|_| crate::damage())?;
    if says(find(&new, resource)?, path) != Says::Literal(value.clone()) {
        return Err(crate::damage());
    }
    let mut edited = format!("/resource {} {}#1", resource.kind, resource.name);
    let mut made = Vec::new();
    for part in path {
        match part {
            Part::Block(ident) => edited.push_str(&format!("/{ident} #1")),
            Part::Attribute(key) => edited.push_str(&format!("/{key}")),
            Part::Key(_) => break,
        }
        made.push(edited.clone());
    }
    let others = |all: Vec<(String, String)>| -> Vec<(String, String)> {
        let mut all: Vec<_> = all.into_iter().filter(|(at, _)| !made.contains(at)).collect();
        all.sort();
        all
    };
    if others(flatten(text, body)) != others(flatten(after, &new)) {
        return Err(crate::damage());
    }
    // Of an object, only the one key.
    if let Some(Part::Key(key)) = path.last() {
        let of = |body: &Body, text: &str| -> Option<Vec<(String, String)>> {
            let keys = object(find(body, resource).ok()?, path)?;
            let one = |(k, v): (&ObjectKey, &hcl_edit::expr::ObjectValue)| {
                Some((key_of(k)?, text.get(v.expr().span()?)?.trim().to_owned()))
            };
            let mut all: Vec<_> = keys.iter().filter_map(one).filter(|(k, _)| k != key).collect();
            all.sort();
            Some(all)
        };
        if of(body, text).unwrap_or_default() != of(&new, after).unwrap_or_default() {
            return Err(crate::damage());
        }
    }
    Ok(())
}

/// The object at the end of a path.
fn object<'a>(block: &'a Block, path: &[Part]) -> Option<&'a Object> {
    match path {
        [Part::Block(ident), rest @ ..] => {
            let inner = block.body.blocks().find(|b| b.ident.as_str() == ident)?;
            object(inner, rest)
        }
        [Part::Attribute(key), ..] => match &block.body.get_attribute(key)?.value {
            Expression::Object(o) => Some(o),
            _ => None,
        },
        _ => None,
    }
}
