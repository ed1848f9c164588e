//! Configuration of MCP servers: pinned, narrowed, and without keys.

use aispm_patch::{Edit, Format, Path, Step, read};
use aispm_types::{Asset, AssetKind, Finding, Value};

use super::{Made, kubernetes::at, package};
use crate::{Change, Estate, FileId, Plan};

/// Depth to which a configuration is searched for a server.
const DEPTH: usize = 6;

/// A server's entry in a client's configuration.
struct Entry {
    file: FileId,
    format: Format,
    path: Path,
    value: Value,
}

impl Entry {
    fn edit(&self, below: &[Step], value: Value) -> Edit {
        let mut whole = self.path.clone();
        whole.extend_from_slice(below);
        Edit::Set(whole, value)
    }
    fn arguments(&self) -> Vec<(usize, &str)> {
        let args = at(&self.value, &[Step::from("args")])
            .and_then(Value::as_list)
            .unwrap_or(&[]);
        args.iter()
            .enumerate()
            .filter_map(|(i, v)| Some((i, v.as_str()?)))
            .collect()
    }
    fn change(&self, edits: Vec<Edit>) -> Change {
        Change::Tree {
            file: self.file.clone(),
            format: self.format,
            document: 0,
            edits,
        }
    }
}

/// Writes the locked version behind the package.
pub(crate) fn pin(estate: &Estate<'_>, finding: &Finding) -> Made {
    let asset = estate.asset(&finding.asset).ok_or("it is not in the report")?;
    let (server, package) = if asset.kind == AssetKind::Package {
        (starts(estate, asset)?, asset)
    } else {
        let name = asset.text("package").ok_or("its package is not known")?;
        (
            asset,
            of_name(estate, name).ok_or("its package is not in the report")?,
        )
    };
    let (version, directories) = package::locked(estate, package).ok_or(
        "no lockfile in the targets says which version of it is in use, and a version is not guessed: choose one and write it behind the name",
    )?;
    let entry = entry(estate, finding, server)?;
    let name = package.name.as_str();
    let joint = if package.text("ecosystem") == Some("pypi") {
        "=="
    } else {
        "@"
    };
    let is_it = |a: &&(usize, &str)| {
        let rest = a.1.strip_prefix(name);
        rest.is_some_and(|r| r.is_empty() || r.starts_with('@') || r.starts_with("=="))
    };
    let arguments = entry.arguments();
    let mut named = arguments.iter().filter(is_it);
    let (Some((i, _)), None) = (named.next(), named.next()) else {
        return Err(String::from("its arguments do not name the package once"));
    };
    let here = directories.iter().any(|d| {
        let rest = entry.file.path.strip_prefix(d.as_str());
        d.is_empty() || rest.is_some_and(|r| r.starts_with('/'))
    });
    let new = format!("{name}{joint}{version}");
    let edit = entry.edit(&[Step::from("args"), Step::Item(*i)], new.into());
    Ok(Plan {
        title: format!("Start MCP server `{}` from {name}{joint}{version}", server.name),
        findings: vec![finding.id.clone()],
        changes: vec![entry.change(vec![edit])],
        safe: here,
        because: if here {
            format!("{version} is what the lockfile beside it installs")
        } else {
            format!(
                "{version} is what a lockfile elsewhere in the target installs; here a newer one may have run"
            )
        },
        then: None,
    })
}

/// Gives a server the project in place of a home or the whole disk.
pub(crate) fn narrow(estate: &Estate<'_>, finding: &Finding) -> Made {
    let server = estate.asset(&finding.asset).ok_or("it is not in the report")?;
    let project = match server.text("client") {
        // These start a server in the project's directory, or put it in the place of the variable.
        Some("claude")
            if finding
                .locations
                .iter()
                .any(|l| l.path.as_deref().is_some_and(|p| p.ends_with(".mcp.json"))) =>
        {
            "."
        }
        Some("vscode" | "cursor") => "${workspaceFolder}",
        _ => {
            return Err(String::from(
                "it is not known how its client names the project's directory: name the directory that the work needs",
            ));
        }
    };
    let entry = entry(estate, finding, server)?;
    let given = server.get("file_access").and_then(Value::as_list).unwrap_or(&[]);
    let edits: Vec<Edit> = entry
        .arguments()
        .into_iter()
        .filter(|(_, a)| given.iter().any(|g| g.as_str() == Some(a)))
        .map(|(i, _)| entry.edit(&[Step::from("args"), Step::Item(i)], project.into()))
        .collect();
    match edits.len() {
        0 => return Err(String::from("the directory stands in no argument of its own")),
        1 => {}
        _ => {
            return Err(String::from(
                "it is given several directories: choose the one that the work needs",
            ));
        }
    }
    Ok(Plan {
        title: format!("Give MCP server `{}` the project's directory alone", server.name),
        findings: vec![finding.id.clone()],
        changes: vec![entry.change(edits)],
        safe: false,
        because: String::from(
            "it reaches nothing outside the project any more: see that its users need nothing else",
        ),
        then: None,
    })
}

/// Makes literal credentials references to the environment.
pub(crate) fn refer(estate: &Estate<'_>, finding: &Finding) -> Made {
    let server = estate.asset(&finding.asset).ok_or("it is not in the report")?;
    let client = server.text("client").unwrap_or_default();
    let reference = |name: &str| match client {
        "claude" | "gemini" => Some(format!("${{{name}}}")),
        "vscode" | "cursor" => Some(format!("${{env:{name}}}")),
        _ => None,
    };
    let entry = entry(estate, finding, server)?;
    let names = server
        .get("inline_secrets")
        .and_then(Value::as_list)
        .unwrap_or(&[]);
    let mut edits = Vec::new();
    let mut variables = Vec::new();
    for name in names.iter().filter_map(Value::as_str) {
        let place = [Step::from("env"), Step::from(name)];
        let literal = at(&entry.value, &place).and_then(Value::as_str).is_some();
        let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if !literal || !plain {
            return Err(format!(
                "`{name}` is no variable of its `env`: move the value there first"
            ));
        }
        let new = reference(name).ok_or("it is not known how its client refers to the environment")?;
        edits.push(entry.edit(&place, new.into()));
        variables.push(name.to_owned());
    }
    if edits.is_empty() {
        return Err(String::from("no variable of its `env` holds the value"));
    }
    Ok(Plan {
        title: format!(
            "Let MCP server `{}` take {} from the environment",
            server.name,
            variables.join(", ")
        ),
        findings: vec![finding.id.clone()],
        changes: vec![entry.change(edits)],
        safe: false,
        because: String::from("the server starts only where the variable is set"),
        then: Some(format!(
            "revoke the value that stood there, and set {} where the client runs",
            variables.join(", ")
        )),
    })
}

fn of_name<'a>(estate: &Estate<'a>, name: &str) -> Option<&'a Asset> {
    estate
        .report
        .assets
        .iter()
        .map(|a| &a.asset)
        .find(|a| a.kind == AssetKind::Package && a.name == name)
}

/// The server that a package is started for.
fn starts<'a>(estate: &Estate<'a>, package: &Asset) -> Result<&'a Asset, String> {
    let mut all = estate.report.assets.iter().map(|a| &a.asset).filter(|a| {
        a.kind == AssetKind::McpServer
            && a.text("package") == Some(&package.name)
            && a.locations.iter().any(|l| package.locations.contains(l))
    });
    match (all.next(), all.next()) {
        (Some(one), None) => Ok(one),
        _ => Err(String::from("it is started for no server, or for several")),
    }
}

fn entry(estate: &Estate<'_>, finding: &Finding, server: &Asset) -> Result<Entry, String> {
    let mut why = String::from("no configuration in the targets declares it");
    for file in estate.files(finding) {
        let Some(format) = Format::of(&file.path) else {
            continue;
        };
        let text = estate.text(&file).map_err(|e| e.0)?;
        let value = match read(format, &text) {
            Ok(mut all) if all.len() == 1 => all.swap_remove(0),
            Ok(_) => continue,
            Err(e) => {
                why = format!("`{}`: {e}", file.path);
                continue;
            }
        };
        let mut found = Vec::new();
        search(&value, &server.name, &mut Vec::new(), &mut found);
        match found.as_slice() {
            [path] => {
                let value = at(&value, path).cloned().unwrap_or_default();
                return Ok(Entry {
                    file,
                    format,
                    path: path.clone(),
                    value,
                });
            }
            [] => {}
            _ => why = format!("`{}` declares it more than once", file.path),
        }
    }
    Err(why)
}

/// Maps under the server's name that say how it is started or where it is.
fn search(value: &Value, name: &str, path: &mut Path, found: &mut Vec<Path>) {
    let Some(map) = value.as_map().filter(|_| path.len() < DEPTH) else {
        return;
    };
    for (key, inner) in map {
        path.push(Step::from(key.as_str()));
        let declares = inner
            .as_map()
            .is_some_and(|m| ["command", "args", "url"].iter().any(|k| m.contains_key(*k)));
        if key == name && declares {
            found.push(path.clone());
        } else {
            search(inner, name, path, found);
        }
        path.pop();
    }
}
