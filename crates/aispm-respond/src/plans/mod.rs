//! Kinds of plans, one file each.

mod key;
mod kubernetes;
mod mcp;
mod package;
mod python;
mod quarantine;
mod terraform;

use aispm_types::{Finding, Place, Value};

use crate::{Estate, Plan};

/// A plan, or why there is none.
pub(crate) type Made = Result<Plan, String>;

/// The plan for one finding.
pub(crate) fn of(estate: &Estate<'_>, finding: &Finding) -> Made {
    // A recipe of another kind of document does not fit, and the next one may.
    let mut last = None;
    for recipe in (estate.recipes)(&finding.rule) {
        let made = match &recipe.place {
            Place::Terraform(_) | Place::Beside { .. } => terraform::plan(estate, finding, recipe),
            Place::Pod | Place::Containers => kubernetes::plan(estate, finding, recipe),
            Place::Python(_) => python::plan(estate, finding, recipe),
            Place::File => Some(quarantine::plan(estate, finding, recipe)),
        };
        match made {
            Some(Ok(plan)) => return Ok(plan),
            Some(Err(why)) => last = Some(why),
            None => {}
        }
    }
    if let Some(why) = last {
        return Err(why);
    }
    let structured = match finding.rule.as_str() {
        "ai-package-advisory" => Some(package::bump(estate, finding)),
        "ai-package-unpinned" => Some(package::pin(estate, finding)),
        "mcp-package-unpinned" => Some(mcp::pin(estate, finding)),
        "mcp-broad-file-access" => Some(mcp::narrow(estate, finding)),
        "mcp-inline-secret" => Some(mcp::refer(estate, finding)),
        "ai-key-in-file" | "cloud-credential-beside-ai" => Some(key::plan(estate, finding)),
        _ => None,
    };
    structured.unwrap_or_else(|| {
        Err((estate.by_hand)(&finding.rule).map_or_else(
            || String::from("it needs work or a decision that no single edit makes"),
            str::to_owned,
        ))
    })
}

/// A value as a person writes it.
pub(crate) fn shown(value: &Value) -> String {
    match value {
        Value::Str(s) => format!("`{s}`"),
        Value::Bool(b) => format!("`{b}`"),
        Value::Int(i) => format!("`{i}`"),
        _ => String::from("a value"),
    }
}
