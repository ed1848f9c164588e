//! Attack steps from YAML. Every name is checked, so that a typo is an error that says what was meant, never a step that
//! silently matches nothing.

use std::str::FromStr;

use aispm_formats::doc::{Key, Limits, Node, NodeValue, parse_yaml};
use aispm_types::schema::{COMMON, Property, Type, of_fact, of_kind};
use aispm_types::{AssetKind, Certainty, ControlId, FactKind, RelationKind, Value};

use crate::step::{AssetTest, AttackStep, Need, RelationTest, ValueTest, Var};
use crate::{Capability, Entry};

/// An attack step that could not be loaded.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("attack step {path}:{line}: {problem}")]
pub struct StepError {
    /// The file, relative to `attack-steps/`.
    pub path: String,
    /// Line, from 1.
    pub line: u32,
    /// What is wrong, and what was probably meant.
    pub problem: String,
}

/// What is wrong, and at which line.
type Problem = (u32, String);

/// Needs of one step; the join's depth.
const MAX_NEEDS: usize = 16;

/// Loads steps from `(path, text)`, all errors at once.
pub(crate) fn load<'a>(
    files: impl Iterator<Item = (&'a str, &'a str)>,
) -> Result<Vec<AttackStep>, Vec<StepError>> {
    let mut steps: Vec<AttackStep> = Vec::new();
    let mut errors = Vec::new();
    for (path, text) in files {
        match parse(path, text) {
            Ok(step) if steps.iter().any(|s| s.id == step.id) => errors.push(StepError {
                path: path.to_owned(),
                line: 1,
                problem: format!("the id `{}` is taken", step.id),
            }),
            Ok(step) => steps.push(step),
            Err((line, problem)) => errors.push(StepError {
                path: path.to_owned(),
                line,
                problem,
            }),
        }
    }
    // The order of steps breaks ties between derivations; it must not depend on the order of files.
    steps.sort_by(|a, b| a.id.cmp(&b.id));
    errors.sort();
    if errors.is_empty() { Ok(steps) } else { Err(errors) }
}

fn parse(path: &str, text: &str) -> Result<AttackStep, Problem> {
    let root = parse_yaml(text, &Limits::default()).map_err(|e| (e.line, e.problem))?;
    let known = [
        "id",
        "title",
        "needs",
        "grants",
        "cost",
        "certainty",
        "technique",
        "why",
        "references",
    ];
    only_keys(&root, &known)?;
    let id = text_of(&root, "id")?;
    let stem = path.rsplit('/').next().unwrap_or(path).trim_end_matches(".yaml");
    if id != stem {
        return Err((root.line, format!("the id is `{id}` and the file is `{stem}`")));
    }
    let mut variables = Vec::new();
    let needs_node = required(&root, "needs")?;
    let needs = needs_node
        .items()
        .iter()
        .map(|n| need(n, &mut variables))
        .collect::<Result<Vec<_>, _>>()?;
    if needs.is_empty() || needs.len() > MAX_NEEDS {
        return Err((needs_node.line, format!("needs 1 to {MAX_NEEDS} patterns")));
    }
    let entries = needs.iter().filter(|n| matches!(n, Need::Entry(_))).count();
    let caps = needs.iter().filter(|n| matches!(n, Need::Capability(..))).count();
    if entries > 1 || entries + caps == 0 {
        return Err((
            needs_node.line,
            String::from("a step begins at one entry, or stands on a capability"),
        ));
    }
    check_schema(needs_node, &needs, &variables)?;
    let why_node = required(&root, "why")?;
    let why = text_of(&root, "why")?;
    check_template(why_node, &why, &variables)?;
    Ok(AttackStep {
        grants: grants(required(&root, "grants")?, &variables)?,
        title: text_of(&root, "title")?,
        cost: cost(required(&root, "cost")?)?,
        certainty: root.get("certainty").map_or(Ok(Certainty::Certain), certainty)?,
        technique: root.get("technique").map(technique).transpose()?,
        references: root.get("references").map_or_else(Vec::new, texts),
        id,
        variables,
        needs,
        why,
    })
}

fn grants(node: &Node, variables: &[String]) -> Result<Vec<(Capability, Var)>, Problem> {
    let list = if node.is_seq() {
        node.items()
    } else {
        std::slice::from_ref(node)
    };
    if list.is_empty() {
        return Err((node.line, String::from("grants nothing")));
    }
    list.iter()
        .map(|g| {
            only_keys(g, &["capability", "on"])?;
            let capability = word(required(g, "capability")?, "capability", CAPABILITIES)?;
            let on = required(g, "on")?;
            let name = variable_name(on)?;
            let var = variables.iter().position(|v| v == name).ok_or_else(|| {
                let hint = meant(name, variables.iter().map(String::as_str));
                (
                    on.line,
                    format!("`?{name}` is granted on and stands in no need{hint}"),
                )
            })?;
            Ok((capability, Var(var)))
        })
        .collect()
}

fn need(node: &Node, variables: &mut Vec<String>) -> Result<Need, Problem> {
    let Some((Key { text, line, .. }, first)) = node.entries().first() else {
        return Err((
            node.line,
            String::from("a need is a map, as in `{kind: agent, on: ?a}`"),
        ));
    };
    match text.as_str() {
        "entry" => {
            only_keys(node, &["entry"])?;
            words(first, "entry point", ENTRIES).map(Need::Entry)
        }
        "capability" => {
            only_keys(node, &["capability", "on"])?;
            let any_of = words(first, "capability", CAPABILITIES)?;
            Ok(Need::Capability(any_of, variable(node, "on", variables)?))
        }
        "relation" => {
            only_keys(node, &["relation", "from", "to", "certainty", "shown_by"])?;
            let test = RelationTest {
                kinds: words(first, "relation", RELATIONS)?,
                certain: node.get("certainty").map(certainty).transpose()? == Some(Certainty::Certain),
                shown_by: node.get("shown_by").map_or_else(Vec::new, texts),
            };
            let from = variable(node, "from", variables)?;
            Ok(Need::Relation(test, from, variable(node, "to", variables)?))
        }
        "kind" => {
            only_keys(node, &["kind", "on"])?;
            let kinds = words(first, "asset kind", KINDS)?;
            Ok(Need::Asset(
                AssetTest::Kind(kinds),
                variable(node, "on", variables)?,
            ))
        }
        "property" => {
            only_keys(
                node,
                &["property", "on", "equals", "any_of", "set", "absent", "shown_by"],
            )?;
            let name = text_of(node, "property")?;
            let test = AssetTest::Property {
                name,
                test: value_test(node)?,
                shown_by: node.get("shown_by").map_or_else(Vec::new, texts),
            };
            Ok(Need::Asset(test, variable(node, "on", variables)?))
        }
        "fact" => {
            only_keys(node, &["fact", "on", "where"])?;
            let kinds = words(first, "fact", FACTS)?;
            let tests = node.get("where").map_or(&[][..], Node::entries);
            let tests = tests
                .iter()
                .map(|(k, v)| Ok((k.text.clone(), value_test(v)?)))
                .collect::<Result<_, Problem>>()?;
            Ok(Need::Asset(
                AssetTest::Fact(kinds, tests),
                variable(node, "on", variables)?,
            ))
        }
        "finding" => {
            only_keys(node, &["finding", "on"])?;
            let rules = texts(first);
            if rules.is_empty() {
                return Err((*line, String::from("names no rule")));
            }
            Ok(Need::Asset(
                AssetTest::Finding(rules),
                variable(node, "on", variables)?,
            ))
        }
        other => {
            let forms = [
                "entry",
                "capability",
                "relation",
                "kind",
                "property",
                "fact",
                "finding",
            ];
            Err((
                *line,
                format!("`{other}` is no form of need{}", meant(other, forms)),
            ))
        }
    }
}

/// `x`, `[x, y]`, or a map with one of `equals`, `any_of` and `set: true`, and perhaps `absent`.
fn value_test(node: &Node) -> Result<ValueTest, Problem> {
    let of = |n: &Node| match &n.value {
        NodeValue::Seq(items) => items.iter().map(Node::to_value).collect(),
        _ => vec![n.to_value()],
    };
    if !node.is_map() {
        let any_of: Vec<_> = of(node);
        if any_of.is_empty() {
            return Err((node.line, String::from("lists no value")));
        }
        return Ok(ValueTest { any_of, absent: None });
    }
    let any_of = match (node.get("equals"), node.get("any_of"), node.get("set")) {
        (Some(v), None, None) | (None, Some(v), None) => of(v),
        (None, None, Some(v)) if v.as_bool() == Some(true) => Vec::new(),
        _ => {
            let problem = "needs one of `equals`, `any_of` and `set: true`";
            return Err((node.line, String::from(problem)));
        }
    };
    if any_of.is_empty() && node.get("set").is_none() {
        return Err((node.line, String::from("`any_of` lists no value")));
    }
    Ok(ValueTest {
        any_of,
        absent: node.get("absent").map(certainty).transpose()?,
    })
}

/// Properties must be in the schema of the kinds that the step allows, and their values of the schema's type.
fn check_schema(node: &Node, needs: &[Need], variables: &[String]) -> Result<(), Problem> {
    for (at, need) in node.items().iter().zip(needs) {
        match need {
            Need::Asset(AssetTest::Property { name, test, .. }, var) => {
                let kinds = kinds_of(*var, needs);
                let rows = || kinds.iter().flat_map(|k| of_kind(*k)).chain(COMMON);
                let at = at.get("property").unwrap_or(at);
                check_value(at, name, test, rows().filter(|p| p.name == name)).map_err(
                    |(line, problem)| {
                        let who = variables.get(var.0).map_or("", String::as_str);
                        let hint = meant(name, rows().map(|p| p.name));
                        (line, format!("{problem} of ?{who}{hint}"))
                    },
                )?;
            }
            Need::Asset(AssetTest::Fact(kinds, tests), _) => {
                let at = at.get("where").unwrap_or(at);
                for (name, test) in tests {
                    let rows = || kinds.iter().flat_map(|k| of_fact(*k));
                    check_value(at, name, test, rows().filter(|p| p.name == name)).map_err(
                        |(line, problem)| {
                            let hint = meant(name, rows().map(|p| p.name));
                            (line, format!("{problem} of that fact{hint}"))
                        },
                    )?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// Kinds that a step lets a variable be; all where it says nothing.
fn kinds_of(var: Var, needs: &[Need]) -> Vec<AssetKind> {
    needs
        .iter()
        .find_map(|n| match n {
            Need::Asset(AssetTest::Kind(kinds), v) if *v == var => Some(kinds.clone()),
            _ => None,
        })
        .unwrap_or_else(|| AssetKind::ALL.to_vec())
}

fn check_value<'a>(
    at: &Node,
    name: &str,
    test: &ValueTest,
    rows: impl Iterator<Item = &'a Property>,
) -> Result<(), Problem> {
    let mut rows = rows.peekable();
    if rows.peek().is_none() {
        return Err((at.line, format!("`{name}` is no property")));
    }
    let item = |ty: Type| if ty == Type::StrList { Type::Str } else { ty };
    let fits = rows.any(|p| {
        test.any_of
            .iter()
            .all(|v| *v != Value::Null && item(p.ty).admits(v))
    });
    if !fits {
        return Err((
            at.line,
            format!("the value of `{name}` is of another type than the property"),
        ));
    }
    Ok(())
}

fn check_template(node: &Node, why: &str, variables: &[String]) -> Result<(), Problem> {
    for part in why.split("{?").skip(1) {
        let name = part.split('}').next().unwrap_or(part);
        if !variables.iter().any(|v| v == name) {
            let hint = meant(name, variables.iter().map(String::as_str));
            return Err((
                node.line,
                format!("`why` names `?{name}`, which stands in no need{hint}"),
            ));
        }
    }
    Ok(())
}

fn cost(node: &Node) -> Result<u32, Problem> {
    node.as_int()
        .and_then(|i| u32::try_from(i).ok())
        .filter(|c| (1..=10).contains(c))
        .ok_or_else(|| (node.line, String::from("cost is a whole number from 1 to 10")))
}

fn certainty(node: &Node) -> Result<Certainty, Problem> {
    match node.as_str() {
        Some("certain") => Ok(Certainty::Certain),
        Some("possible") => Ok(Certainty::Possible),
        _ => Err((node.line, String::from("certainty is `certain` or `possible`"))),
    }
}

fn technique(node: &Node) -> Result<ControlId, Problem> {
    let text = node.as_str().unwrap_or_default();
    ControlId::from_str(text).map_err(|e| (node.line, e))
}

fn required<'a>(node: &'a Node, key: &str) -> Result<&'a Node, Problem> {
    node.get(key)
        .ok_or_else(|| (node.line, format!("`{key}` is missing")))
}

fn text_of(node: &Node, key: &str) -> Result<String, Problem> {
    let value = required(node, key)?;
    match value.as_str().map(str::trim) {
        Some(s) if !s.is_empty() => Ok(s.to_owned()),
        _ => Err((value.line, format!("`{key}` is a text"))),
    }
}

fn texts(node: &Node) -> Vec<String> {
    if node.is_seq() {
        node.items().iter().filter_map(Node::scalar).collect()
    } else {
        node.scalar().into_iter().collect()
    }
}

/// A variable of a need; new names are bound here.
fn variable(node: &Node, key: &str, variables: &mut Vec<String>) -> Result<Var, Problem> {
    let name = variable_name(required(node, key)?)?;
    let at = variables.iter().position(|v| v == name).unwrap_or_else(|| {
        variables.push(name.to_owned());
        variables.len() - 1
    });
    Ok(Var(at))
}

fn variable_name(node: &Node) -> Result<&str, Problem> {
    node.as_str()
        .and_then(|s| s.strip_prefix('?'))
        .filter(|s| !s.is_empty() && s.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'))
        .ok_or_else(|| (node.line, String::from("a variable is written `?name`")))
}

fn only_keys(node: &Node, known: &[&str]) -> Result<(), Problem> {
    for (key, _) in node.entries() {
        if !known.contains(&key.text.as_str()) {
            let hint = meant(&key.text, known.iter().copied());
            return Err((key.line, format!("`{}` is no key here{hint}", key.text)));
        }
    }
    Ok(())
}

/// Values of one vocabulary with their words.
type Vocabulary<T> = (&'static [T], fn(T) -> &'static str);

const CAPABILITIES: Vocabulary<Capability> = (Capability::ALL, Capability::as_str);
const ENTRIES: Vocabulary<Entry> = (Entry::ALL, Entry::as_str);
const RELATIONS: Vocabulary<RelationKind> = (RelationKind::ALL, RelationKind::as_str);
const KINDS: Vocabulary<AssetKind> = (AssetKind::ALL, AssetKind::as_str);
const FACTS: Vocabulary<FactKind> = (FactKind::ALL, FactKind::as_str);

fn word<T: Copy>(node: &Node, what: &str, (all, name): Vocabulary<T>) -> Result<T, Problem> {
    let text = node.as_str().unwrap_or_default();
    all.iter().copied().find(|v| name(*v) == text).ok_or_else(|| {
        let hint = meant(text, all.iter().map(|v| name(*v)));
        (node.line, format!("`{text}` is no {what}{hint}"))
    })
}

fn words<T: Copy>(node: &Node, what: &str, vocabulary: Vocabulary<T>) -> Result<Vec<T>, Problem> {
    if !node.is_seq() {
        return word(node, what, vocabulary).map(|w| vec![w]);
    }
    if node.items().is_empty() {
        return Err((node.line, format!("names no {what}")));
    }
    node.items().iter().map(|n| word(n, what, vocabulary)).collect()
}

/// `; did you mean …?` where a known word is close.
fn meant<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    known
        .into_iter()
        .map(|k| (strsim::damerau_levenshtein(word, k), k))
        .filter(|(distance, k)| *distance <= 2.max(k.len() / 3))
        .min()
        .map_or_else(String::new, |(_, k)| format!("; did you mean `{k}`?"))
}
