//! A file that is moved away.

use aispm_types::{Finding, Recipe};

use super::Made;
use crate::{Change, Estate, Plan};

pub(crate) fn plan(estate: &Estate<'_>, finding: &Finding, recipe: &Recipe) -> Made {
    let mut changes = Vec::new();
    for file in estate.files(finding) {
        estate.place(&file).map_err(|e| e.0)?;
        changes.push(Change::Quarantine { file });
    }
    let Some(first) = changes.first() else {
        return Err(String::from("it is not known which file it is"));
    };
    let more = changes.len() - 1;
    let name = &first.file().path;
    Ok(Plan {
        title: if more == 0 {
            format!("Move `{name}` into quarantine")
        } else {
            format!("Move `{name}` and {more} copies of it into quarantine")
        },
        findings: vec![finding.id.clone()],
        changes,
        safe: recipe.safe,
        because: recipe.because.clone(),
        then: Some(String::from(
            "find out who put it there, and put a clean file in its place",
        )),
    })
}
