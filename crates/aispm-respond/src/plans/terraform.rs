//! Attributes of Terraform resources.

use aispm_patch::hcl::{Part, Resource, Says, get, has, referring};
use aispm_types::{Asset, Finding, Place, Recipe};

use super::{Made, shown};
use crate::{Change, Estate, FileId, Plan};

/// None where the recipe is for another type of resource.
pub(crate) fn plan(estate: &Estate<'_>, finding: &Finding, recipe: &Recipe) -> Option<Made> {
    let asset = estate.asset(&finding.asset)?;
    let wanted = match &recipe.place {
        Place::Terraform(kind) | Place::Beside { of: kind, .. } => kind,
        _ => return None,
    };
    if asset.text("source") != Some("terraform") || asset.text("resource_type") != Some(wanted) {
        return None;
    }
    Some(make(estate, finding, recipe, asset, wanted))
}

fn make(estate: &Estate<'_>, finding: &Finding, recipe: &Recipe, asset: &Asset, kind: &str) -> Made {
    let name = name(asset, kind).ok_or("its address names no resource of this type")?;
    let resource = Resource { kind, name: &name };
    let file = file(estate, finding, resource)?;
    let set: Vec<_> = recipe
        .set
        .iter()
        .map(|(path, value)| (parts(path), value.clone()))
        .collect();
    let text = estate.text(&file).map_err(|e| e.0)?;
    let there = |path: &&String| get(&text, resource, &parts(path)).is_ok_and(|s| s != Says::Nothing);
    if let Some(missing) = recipe.needs.iter().find(|p| !there(p)) {
        return Err(format!("`{missing}` must be set first, and cannot be invented"));
    }
    let against = recipe.safe_unless.iter().find(there);
    let file = match &recipe.place {
        Place::Beside { kind: other, by, .. } => beside(estate, file, resource, other, by)?,
        _ => file,
    };
    let attributes: Vec<String> = recipe
        .set
        .iter()
        .map(|(p, v)| format!("`{p}` to {}", shown(v)))
        .collect();
    let attributes = attributes.join(" and ");
    let (title, change) = match &recipe.place {
        Place::Beside { kind: other, by, .. } => (
            format!("Set {attributes} in the {other} of {kind}.{name}"),
            Change::Beside {
                file,
                of: (kind.to_owned(), name.clone()),
                kind: (other.clone(), by.clone()),
                set,
            },
        ),
        _ => (
            format!("Set {attributes} in {kind}.{name}"),
            Change::Terraform {
                file,
                resource: (kind.to_owned(), name.clone()),
                set,
            },
        ),
    };
    Ok(Plan {
        title,
        findings: vec![finding.id.clone()],
        changes: vec![change],
        safe: recipe.safe && against.is_none(),
        because: match against {
            Some(path) => format!("`{path}` is set: {}", recipe.because),
            None => recipe.because.clone(),
        },
        then: Some(String::from(
            "`terraform plan` shows what it means for what runs; nothing runs differently before `terraform apply`",
        )),
    })
}

/// The name in an address: `module.a["x"].aws_s3_bucket.training[0]`.
fn name(asset: &Asset, kind: &str) -> Option<String> {
    let address = asset.text("address")?;
    let rest = address
        .strip_prefix(&format!("{kind}."))
        .or_else(|| address.rsplit_once(&format!(".{kind}.")).map(|(_, r)| r))?;
    let name = rest.split('[').next()?;
    let plain = !name.is_empty()
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b));
    plain.then(|| name.to_owned())
}

/// The file that the resource stands in.
fn file(estate: &Estate<'_>, finding: &Finding, resource: Resource<'_>) -> Result<FileId, String> {
    let mut why = String::from("no Terraform file in the targets declares it");
    for file in estate.files(finding) {
        if file.path.ends_with(".tf.json") {
            why = String::from("it is declared in Terraform's JSON form, which is not edited here");
        }
        if !file.path.ends_with(".tf") {
            continue;
        }
        match estate.text(&file) {
            Err(e) => why = e.0,
            Ok(text) => match has(&text, resource) {
                Ok(true) => return Ok(file),
                Ok(false) => {}
                Err(e) => why = format!("`{}`: {e}", file.path),
            },
        }
    }
    Err(why)
}

/// The file of the module in which a resource refers to another, or else the other's own file.
fn beside(
    estate: &Estate<'_>,
    own: FileId,
    of: Resource<'_>,
    kind: &str,
    by: &str,
) -> Result<FileId, String> {
    let mut found = Vec::new();
    for file in module(estate, &own) {
        let text = match estate.text(&file) {
            Ok(text) => text,
            Err(_) if file != own => continue,
            Err(e) => return Err(e.0),
        };
        let Ok(names) = referring(&text, kind, by, of) else {
            continue;
        };
        let taken = file != own && has(&text, Resource { kind, name: of.name }).unwrap_or(false);
        if !names.is_empty() {
            found.push(file);
        } else if taken {
            return Err(format!(
                "a {kind} called `{}` is there for something else",
                of.name
            ));
        }
    }
    match found.len() {
        0 => Ok(own),
        1 => Ok(found.swap_remove(0)),
        _ => Err(format!("more than one {kind} refers to it")),
    }
}

/// The Terraform files of the directory that a file lies in, which are one module.
fn module(estate: &Estate<'_>, own: &FileId) -> Vec<FileId> {
    let Ok(path) = estate.place(own) else {
        return vec![own.clone()];
    };
    let directory = own.path.rsplit_once('/').map_or("", |(d, _)| d);
    let mut out: Vec<FileId> = path
        .parent()
        .and_then(|d| std::fs::read_dir(d).ok())
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|e| e.file_name().into_string().ok())
        .filter(|n| n.ends_with(".tf"))
        .map(|n| FileId {
            target: own.target.clone(),
            path: if directory.is_empty() {
                n
            } else {
                format!("{directory}/{n}")
            },
        })
        .collect();
    out.sort();
    out
}

/// `gce_setup.metadata["notebook-disable-root"]`: dots lead into blocks, brackets to a key of an object.
fn parts(path: &str) -> Vec<Part> {
    let (way, key) = match path.split_once('[') {
        Some((way, key)) => (way, Some(key.trim_end_matches(']').trim_matches('"').to_owned())),
        None => (path, None),
    };
    let mut words: Vec<&str> = way.split('.').collect();
    let last = words.pop().unwrap_or_default();
    let mut out: Vec<Part> = words.into_iter().map(|w| Part::Block(w.to_owned())).collect();
    out.push(Part::Attribute(last.to_owned()));
    out.extend(key.map(Part::Key));
    out
}
