//! Keys in source: the program takes them from the environment.

use aispm_patch::Language;
use aispm_types::{Finding, Value};

use super::Made;
use crate::{Change, Estate, FileId, Plan};

pub(crate) fn plan(_: &Estate<'_>, finding: &Finding) -> Made {
    let detector = finding
        .evidence
        .get("detector")
        .and_then(Value::as_str)
        .unwrap_or("key");
    let variable = detector
        .to_ascii_uppercase()
        .replace(|c: char| !c.is_ascii_alphanumeric(), "_");
    let mut changes = Vec::new();
    for at in &finding.locations {
        let (Some(path), Some(line)) = (&at.path, at.line) else {
            return Err(String::from("it is not known on which line it stands"));
        };
        let name = path.rsplit('/').next().unwrap_or_default();
        if name == ".env" || name.starts_with(".env.") || name.ends_with(".env") {
            return Err(format!(
                "`{path}` is the environment itself: revoke the key at the vendor, keep the new one in a secret manager and the file out of the repository"
            ));
        }
        if Language::of(path).is_none() {
            return Err(format!(
                "`{path}` is no source that is edited here: revoke the key and take it out by hand"
            ));
        }
        let file = FileId {
            target: at.target.clone(),
            path: path.clone(),
        };
        changes.push(Change::Key {
            file,
            line,
            variable: variable.clone(),
        });
    }
    let Some(first) = changes.first() else {
        return Err(String::from("it is not known where it stands"));
    };
    Ok(Plan {
        title: format!(
            "Take the {detector} of `{}` from the environment",
            first.file().path
        ),
        findings: vec![finding.id.clone()],
        changes,
        safe: false,
        because: String::from("the program starts only where the variable is set"),
        then: Some(String::from(
            "revoke the key at its vendor first: it stays in the history of the repository; then set the variable to the new one",
        )),
    })
}
