//! Keyword arguments of calls in Python.

use aispm_types::{Finding, Place, Recipe, Value};

use super::Made;
use crate::{Change, Estate, FileId, Plan};

/// None where something else is called.
pub(crate) fn plan(_: &Estate<'_>, finding: &Finding, recipe: &Recipe) -> Option<Made> {
    let Place::Python(wanted) = &recipe.place else {
        return None;
    };
    // Whatever is called: the call on the line that has the argument already.
    if wanted == "*" {
        let python = finding
            .locations
            .iter()
            .all(|l| l.path.as_deref().is_some_and(|p| p.ends_with(".py")));
        return python.then(|| make(finding, recipe, "*"));
    }
    let callee = finding.evidence.get("callee").and_then(Value::as_str)?;
    (callee == wanted).then(|| make(finding, recipe, callee))
}

fn make(finding: &Finding, recipe: &Recipe, callee: &str) -> Made {
    let set: Vec<(String, String)> = recipe
        .set
        .iter()
        .filter_map(|(keyword, value)| Some((keyword.clone(), written(value)?)))
        .collect();
    let mut changes = Vec::new();
    for at in &finding.locations {
        let (Some(path), Some(line)) = (&at.path, at.line) else {
            return Err(String::from("it is not known on which line the call stands"));
        };
        if !path.ends_with(".py") {
            return Err(format!(
                "`{path}` is no Python file: notebooks and others are not edited here"
            ));
        }
        let file = FileId {
            target: at.target.clone(),
            path: path.clone(),
        };
        changes.push(Change::Arguments {
            file,
            line,
            callee: callee.to_owned(),
            set: set.clone(),
        });
    }
    if changes.is_empty() {
        return Err(String::from("it is not known where the call stands"));
    }
    let words: Vec<String> = set.iter().map(|(k, v)| format!("`{k}={v}`")).collect();
    Ok(Plan {
        title: if callee == "*" {
            format!("Set {} in the call that has it", words.join(" and "))
        } else {
            format!("Call `{callee}` with {}", words.join(" and "))
        },
        findings: vec![finding.id.clone()],
        changes,
        safe: recipe.safe,
        because: recipe.because.clone(),
        then: None,
    })
}

fn written(value: &Value) -> Option<String> {
    Some(match value {
        Value::Bool(true) => String::from("True"),
        Value::Bool(false) => String::from("False"),
        Value::Int(i) => i.to_string(),
        Value::Str(s) => serde_json::Value::from(s.as_str()).to_string(),
        _ => return None,
    })
}
