//! Terraform's operators and the functions real modules use. A function that needs a value nobody knows gives unknown for
//! the same reason; one that is not here gives unknown with its name.

use std::collections::{BTreeMap, BTreeSet};

use super::evaluate::unknown_like;
use crate::normal::{Term, json, term};

/// Texts longer than this become unknown (bytes): a few doublings would fill the memory.
const MAX_TEXT: usize = 1 << 20;

/// `left op right`.
pub(crate) fn binary(op: &str, left: &Term, right: &Term) -> Term {
    use Term::{Bool, Int};
    match (op, left, right) {
        ("&&", Bool(false), _) | ("&&", _, Bool(false)) => return Bool(false),
        ("||", Bool(true), _) | ("||", _, Bool(true)) => return Bool(true),
        ("&&", Bool(a), Bool(b)) => return Bool(*a && *b),
        ("||", Bool(a), Bool(b)) => return Bool(*a || *b),
        _ => {}
    }
    if let Some(unknown) = [left, right].into_iter().find(|t| !settled(t)) {
        return unknown_like(unknown);
    }
    match op {
        "==" => return Bool(same(left, right)),
        "!=" => return Bool(!same(left, right)),
        _ => {}
    }
    if let (Int(a), Int(b)) = (left, right) {
        let whole = match op {
            "+" => a.checked_add(*b),
            "-" => a.checked_sub(*b),
            "*" => a.checked_mul(*b),
            "%" => a.checked_rem(*b),
            "/" if *b != 0 && a.checked_rem(*b) == Some(0) => a.checked_div(*b),
            _ => None,
        };
        if let Some(n) = whole {
            return Int(n);
        }
    }
    let (Some(a), Some(b)) = (number(left), number(right)) else {
        return Term::Missing(String::from("an operator takes numbers"));
    };
    match op {
        "<" => Bool(a < b),
        "<=" => Bool(a <= b),
        ">" => Bool(a > b),
        ">=" => Bool(a >= b),
        "+" => Term::Float(a + b),
        "-" => Term::Float(a - b),
        "*" => Term::Float(a * b),
        "/" => Term::Float(a / b),
        _ => Term::Missing(format!("operator `{op}` is not evaluated")),
    }
}

fn same(left: &Term, right: &Term) -> bool {
    match (number(left), number(right)) {
        (Some(a), Some(b)) if !matches!((left, right), (Term::Text(_), Term::Text(_))) => a == b,
        _ => left == right,
    }
}

fn number(term: &Term) -> Option<f64> {
    match term {
        Term::Int(i) => Some(*i as f64),
        Term::Float(f) => Some(*f),
        Term::Text(t) => t.parse().ok(),
        _ => None,
    }
}

/// Whether a value is known whole.
fn settled(term: &Term) -> bool {
    !matches!(
        term,
        Term::Unknown(_) | Term::Missing(_) | Term::Ref(_) | Term::Template(_)
    )
}

/// `value[index]`.
pub(crate) fn index(value: &Term, at: &Term) -> Term {
    let missing = || Term::Missing(String::from("no such element"));
    match (value, at) {
        (Term::Unknown(_) | Term::Missing(_), _) => value.clone(),
        (Term::List(l), Term::Int(i)) => usize::try_from(*i)
            .ok()
            .and_then(|i| l.get(i))
            .cloned()
            .unwrap_or_else(missing),
        (Term::Map(m), Term::Text(k)) => m.get(k).cloned().unwrap_or_else(missing),
        (Term::Map(m), Term::Int(k)) => m.get(&k.to_string()).cloned().unwrap_or_else(missing),
        (_, at) if !settled(at) => unknown_like(at),
        _ => missing(),
    }
}

/// Calls a function on evaluated arguments.
pub(crate) fn call(name: &str, args: &[Term]) -> Term {
    let null = Term::Null;
    let arg = |n: usize| args.get(n).unwrap_or(&null);
    let first = arg(0);
    match name {
        // Keep references and the unknown inside what they build.
        "jsonencode" | "yamlencode" | "base64encode" => first.clone(),
        "tolist" | "toset" | "tomap" | "sensitive" | "nonsensitive" | "ephemeralasnull" => {
            match (name, first) {
                ("toset", Term::List(l)) => Term::List(unique(l)),
                _ => first.clone(),
            }
        }
        "concat" => Term::List(args.iter().flat_map(list_or_self).collect()),
        "flatten" => Term::List(flatten(first, 16)),
        "distinct" => items(first).map_or_else(|| unknown_like(first), |l| Term::List(unique(l))),
        "compact" => items(first).map_or_else(
            || unknown_like(first),
            |l| Term::List(l.iter().filter(|t| !t.is_blank()).cloned().collect()),
        ),
        "setunion" => {
            let all: Vec<Term> = args.iter().flat_map(list_or_self).collect();
            Term::List(unique(&all))
        }
        "merge" => merge(args),
        "coalesce" => args
            .iter()
            .find(|a| !a.is_blank())
            .cloned()
            .unwrap_or_else(|| Term::Missing(String::from("nothing to coalesce"))),
        "coalescelist" => args.iter().find(|a| !a.is_blank()).cloned().unwrap_or(Term::Null),
        "lookup" => match index(first, arg(1)) {
            Term::Missing(_) if args.len() > 2 => arg(2).clone(),
            found => found,
        },
        "can" => Term::Bool(!matches!(first, Term::Missing(_))),
        "one" => match first {
            Term::List(l) => l.first().cloned().unwrap_or(Term::Null),
            other => other.clone(),
        },
        "element" => element(first, arg(1)),
        "slice" => slice(first, arg(1), arg(2)),
        "join" => join(first, arg(1)),
        "format" => format(args),
        "formatlist" => Term::unknown("`formatlist` is not evaluated"),
        "length" => match first {
            Term::List(l) => int(l.len()),
            Term::Map(m) => int(m.len()),
            Term::Text(t) => int(t.chars().count()),
            other => unknown_like(other),
        },
        "keys" => match first {
            Term::Map(m) => Term::List(m.keys().cloned().map(Term::Text).collect()),
            other => unknown_like(other),
        },
        "values" => match first {
            Term::Map(m) => Term::List(m.values().cloned().collect()),
            other => unknown_like(other),
        },
        "zipmap" => zipmap(first, arg(1)),
        "jsondecode" => json::read(first).unwrap_or_else(|| unknown_like(first)),
        "contains" => match items(first) {
            Some(l) if l.contains(arg(1)) => Term::Bool(true),
            Some(l) if l.iter().all(settled) && settled(arg(1)) => Term::Bool(false),
            _ => unknown_like(first),
        },
        _ => strict(name, args),
    }
}

/// Functions that need all their arguments.
fn strict(name: &str, args: &[Term]) -> Term {
    if let Some(unknown) = args.iter().find(|a| !settled(a)) {
        return unknown_like(unknown);
    }
    let texts: Vec<String> = args.iter().map(as_text).collect();
    let text = |n: usize| texts.get(n).map_or("", String::as_str);
    match name {
        "lower" => Term::Text(text(0).to_lowercase()),
        "upper" => Term::Text(text(0).to_uppercase()),
        "title" => Term::Text(text(0).to_owned()),
        "trimspace" | "chomp" => Term::Text(text(0).trim().to_owned()),
        "trim" => Term::Text(text(0).trim_matches(|c| text(1).contains(c)).to_owned()),
        "trimprefix" => Term::Text(text(0).strip_prefix(text(1)).unwrap_or(text(0)).to_owned()),
        "trimsuffix" => Term::Text(text(0).strip_suffix(text(1)).unwrap_or(text(0)).to_owned()),
        "replace" if !text(1).starts_with('/') => bounded(replace(text(0), text(1), text(2))),
        "split" => Term::List(text(1).split(text(0)).take(10_000).map(Term::from).collect()),
        "substr" => substring(text(0), args),
        "startswith" => Term::Bool(text(0).starts_with(text(1))),
        "endswith" => Term::Bool(text(0).ends_with(text(1))),
        "strcontains" => Term::Bool(text(0).contains(text(1))),
        "tostring" => args
            .first()
            .filter(|a| **a == Term::Null)
            .cloned()
            .unwrap_or_else(|| text(0).into()),
        "tobool" => match text(0) {
            "true" => Term::Bool(true),
            "false" => Term::Bool(false),
            _ => Term::Missing(String::from("no truth value")),
        },
        "tonumber" => text(0)
            .parse()
            .map(Term::Int)
            .or_else(|_| text(0).parse().map(Term::Float))
            .unwrap_or_else(|_| Term::Missing(String::from("no number"))),
        "max" | "min" => extreme(name == "max", args),
        "range" => match (args.first(), args.get(1)) {
            (Some(Term::Int(n)), None) => Term::List((0..(*n).min(1000)).map(Term::Int).collect()),
            (Some(Term::Int(a)), Some(Term::Int(b))) => {
                Term::List((*a..(*b).min(a.saturating_add(1000))).map(Term::Int).collect())
            }
            _ => Term::unknown("`range` over other than whole numbers"),
        },
        "dirname" => Term::Text(text(0).rsplit_once('/').map_or(".", |(d, _)| d).to_owned()),
        "basename" => Term::Text(text(0).rsplit('/').next().unwrap_or_default().to_owned()),
        "abspath" | "pathexpand" => Term::Text(text(0).to_owned()),
        "sort" | "reverse" => match args.first() {
            Some(Term::List(l)) => {
                let mut l = l.clone();
                if name == "sort" {
                    l.sort_by_key(as_text);
                } else {
                    l.reverse();
                }
                Term::List(l)
            }
            _ => Term::Null,
        },
        other => Term::unknown(format!("function `{other}` is not evaluated")),
    }
}

fn int(n: usize) -> Term {
    Term::Int(i64::try_from(n).unwrap_or(i64::MAX))
}

fn items(term: &Term) -> Option<&[Term]> {
    match term {
        Term::List(l) => Some(l),
        _ => None,
    }
}

fn list_or_self(term: &Term) -> Vec<Term> {
    match term {
        Term::List(l) => l.clone(),
        Term::Null => Vec::new(),
        other => vec![other.clone()],
    }
}

fn unique(list: &[Term]) -> Vec<Term> {
    let mut seen = BTreeSet::new();
    list.iter()
        .filter(|t| seen.insert(format!("{t:?}")))
        .cloned()
        .collect()
}

fn flatten(term: &Term, depth: usize) -> Vec<Term> {
    match term {
        Term::List(l) if depth > 0 => l.iter().flat_map(|t| flatten(t, depth - 1)).collect(),
        other => vec![other.clone()],
    }
}

fn merge(args: &[Term]) -> Term {
    let mut out = BTreeMap::new();
    for a in args {
        match a {
            Term::Map(m) => out.extend(m.iter().map(|(k, v)| (k.clone(), v.clone()))),
            Term::Null => {}
            other => return unknown_like(other),
        }
    }
    Term::Map(out)
}

fn element(list: &Term, at: &Term) -> Term {
    match (list, at) {
        (Term::List(l), Term::Int(i)) if !l.is_empty() => usize::try_from(*i)
            .ok()
            .and_then(|i| l.get(i % l.len()))
            .cloned()
            .unwrap_or(Term::Null),
        (Term::Ref(_), _) => list.clone(),
        (_, at) if !settled(at) => unknown_like(at),
        _ => unknown_like(list),
    }
}

fn slice(list: &Term, from: &Term, to: &Term) -> Term {
    match (list, from, to) {
        (Term::List(l), Term::Int(a), Term::Int(b)) => {
            let range = usize::try_from(*a).unwrap_or(0)..usize::try_from(*b).unwrap_or(0);
            l.get(range).map_or_else(
                || Term::Missing(String::from("no such range")),
                |s| Term::List(s.to_vec()),
            )
        }
        _ => unknown_like(list),
    }
}

/// References and the unknown stay pieces of the joined text.
fn join(separator: &Term, list: &Term) -> Term {
    let (Term::Text(separator), Term::List(list)) = (separator, list) else {
        return unknown_like(list);
    };
    let mut parts = Vec::new();
    for (i, item) in list.iter().enumerate() {
        if i > 0 {
            parts.push(Term::Text(separator.clone()));
        }
        parts.push(item.clone());
    }
    bounded_term(term::template(parts))
}

fn format(args: &[Term]) -> Term {
    let Some(Term::Text(pattern)) = args.first() else {
        return args.first().map_or(Term::Null, unknown_like);
    };
    let mut values = args.iter().skip(1);
    let mut parts = Vec::new();
    let mut rest = pattern.as_str();
    while let Some((before, after)) = rest.split_once('%') {
        parts.push(Term::from(before));
        if let Some(after) = after.strip_prefix('%') {
            parts.push(Term::from("%"));
            rest = after;
            continue;
        }
        let verb = after.find(|c: char| c.is_ascii_alphabetic());
        let (flags, tail) = after.split_at(verb.unwrap_or(after.len()));
        let value = values.next().cloned().unwrap_or(Term::Null);
        parts.push(match (flags, &value) {
            (f, Term::Int(i)) if f.starts_with('0') && f.len() == 2 => {
                let width = f.parse().unwrap_or(0);
                Term::Text(format!("{i:0width$}"))
            }
            _ => value,
        });
        rest = tail.get(1..).unwrap_or("");
    }
    parts.push(Term::from(rest));
    bounded_term(term::template(parts))
}

fn zipmap(keys: &Term, values: &Term) -> Term {
    let (Term::List(k), Term::List(v)) = (keys, values) else {
        return unknown_like(keys);
    };
    Term::Map(k.iter().map(as_text).zip(v.iter().cloned()).collect())
}

fn as_text(term: &Term) -> String {
    match term {
        Term::Text(t) => t.clone(),
        Term::Bool(b) => b.to_string(),
        Term::Int(i) => i.to_string(),
        Term::Float(f) => f.to_string(),
        _ => String::new(),
    }
}

fn replace(text: &str, from: &str, to: &str) -> Option<String> {
    let grown = text.len().saturating_mul(to.len().saturating_add(1));
    (!from.is_empty() && (grown <= MAX_TEXT * 16)).then(|| text.replace(from, to))
}

fn bounded(text: Option<String>) -> Term {
    match text {
        Some(t) if t.len() <= MAX_TEXT => Term::Text(t),
        _ => Term::unknown("a text longer than 1 MiB (text budget)"),
    }
}

fn bounded_term(value: Term) -> Term {
    match &value {
        Term::Text(t) if t.len() > MAX_TEXT => bounded(None),
        _ => value,
    }
}

fn substring(text: &str, args: &[Term]) -> Term {
    match (args.get(1), args.get(2)) {
        (Some(Term::Int(from)), Some(Term::Int(len))) => {
            let from = usize::try_from(*from).unwrap_or(0);
            let len = usize::try_from(*len).unwrap_or(usize::MAX);
            Term::Text(text.chars().skip(from).take(len).collect())
        }
        _ => Term::Missing(String::from("`substr` takes numbers")),
    }
}

fn extreme(most: bool, args: &[Term]) -> Term {
    let best = args.iter().filter_map(|a| number(a).map(|n| (n, a)));
    let best = if most {
        best.max_by(|a, b| a.0.total_cmp(&b.0))
    } else {
        best.min_by(|a, b| a.0.total_cmp(&b.0))
    };
    best.map_or(Term::Null, |(_, a)| a.clone())
}
