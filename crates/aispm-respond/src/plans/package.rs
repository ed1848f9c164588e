//! Versions of packages: bumps to what mends an advisory, and pins to what is locked.

use aispm_patch::{Edit, Format, Path, Step, pin_requirement, read};
use aispm_types::{Asset, AssetKind, Finding, Value};

use super::Made;
use crate::{Change, Estate, FileId, Plan};

/// A bump to the version that none of the advisories affects.
pub(crate) fn bump(estate: &Estate<'_>, finding: &Finding) -> Made {
    let asset = estate
        .asset(&finding.asset)
        .ok_or("its package is not in the report")?;
    let version = finding
        .evidence
        .get("fixed")
        .and_then(Value::as_str)
        .ok_or("no version is known that none of its advisories affects")?;
    let before = asset
        .text("version")
        .or_else(|| asset.text("constraint"))
        .unwrap_or_default();
    let safe = same_series(before.trim_start_matches(['=', '^', '~', 'v']), version);
    Ok(Plan {
        title: format!("Raise `{}` to {version}", asset.name),
        findings: vec![finding.id.clone()],
        changes: write(estate, finding, asset, version)?,
        safe,
        because: if safe {
            format!("{before} and {version} are of one minor series, which mends and does not change")
        } else {
            String::from("a new series may change what is used of it: read its notes and run the tests")
        },
        then: Some(String::from(
            "install and test it, and lock again where there is a lockfile",
        )),
    })
}

/// A pin to the version that is locked.
pub(crate) fn pin(estate: &Estate<'_>, finding: &Finding) -> Made {
    let asset = estate
        .asset(&finding.asset)
        .ok_or("its package is not in the report")?;
    if asset.text("source") == Some("config") {
        return super::mcp::pin(estate, finding);
    }
    let (version, _) = locked(estate, asset).ok_or(
        "no lockfile in the targets says which version is in use, and a version is not guessed: lock it (`uv lock`, `npm install --package-lock-only`)",
    )?;
    Ok(Plan {
        title: format!("Pin `{}` to {version}", asset.name),
        findings: vec![finding.id.clone()],
        changes: write(estate, finding, asset, &version)?,
        safe: true,
        because: format!("{version} is what a lockfile of the target installs"),
        then: None,
    })
}

/// The one version of a package that lockfiles of the targets install, and the directories that they hold for.
pub(crate) fn locked(estate: &Estate<'_>, package: &Asset) -> Option<(String, Vec<String>)> {
    let ecosystem = package.text("ecosystem")?;
    let all: Vec<&Asset> = estate
        .report
        .assets
        .iter()
        .map(|a| &a.asset)
        .filter(|a| a.kind == AssetKind::Package && a.name == package.name && a.is("locked"))
        .filter(|a| a.text("ecosystem") == Some(ecosystem) && a.text("version").is_some())
        .collect();
    let mut versions: Vec<&str> = all.iter().filter_map(|a| a.text("version")).collect();
    versions.sort_unstable();
    versions.dedup();
    let [version] = versions.as_slice() else {
        return None;
    };
    let places = all
        .iter()
        .flat_map(|a| &a.locations)
        .filter_map(|l| l.path.as_deref());
    let directories = places.map(|p| p.rsplit_once('/').map_or("", |(d, _)| d).to_owned());
    Some(((*version).to_owned(), directories.collect()))
}

/// Changes of the manifests that name the package.
fn write(
    estate: &Estate<'_>,
    finding: &Finding,
    asset: &Asset,
    version: &str,
) -> Result<Vec<Change>, String> {
    let mut changes = Vec::new();
    let mut why = String::from("no manifest in the targets names it");
    for file in estate.files(finding) {
        let name = file.path.rsplit('/').next().unwrap_or_default().to_owned();
        let made = match name.as_str() {
            "package.json" => npm(estate, &file, &asset.name, version),
            "pyproject.toml" => pyproject(estate, &file, &asset.name, version),
            n if n.ends_with(".txt") || n.ends_with(".in") => Ok(Change::Requirement {
                file: file.clone(),
                package: asset.name.clone(),
                version: version.to_owned(),
            }),
            _ => Err(format!(
                "`{}` fixes its version: let the package manager write it",
                file.path
            )),
        };
        match made {
            Ok(change) => changes.push(change),
            Err(e) => why = e,
        }
    }
    if changes.is_empty() { Err(why) } else { Ok(changes) }
}

fn npm(estate: &Estate<'_>, file: &FileId, package: &str, version: &str) -> Result<Change, String> {
    let value = document(estate, file, Format::Json)?;
    let lists = ["dependencies", "devDependencies", "optionalDependencies"];
    let there = |list: &&str| {
        let declared = value.as_map().and_then(|m| m.get(*list)).and_then(Value::as_map);
        declared.and_then(|d| d.get(package)).and_then(Value::as_str)
    };
    let mut edits = Vec::new();
    for list in lists.iter().filter(|l| there(l).is_some()) {
        if there(list).is_some_and(|v| v.contains(':') || v.contains('/')) {
            return Err(format!("`{}` takes it from a URL or a workspace", file.path));
        }
        edits.push(Edit::Set(
            vec![Step::from(*list), Step::from(package)],
            version.into(),
        ));
    }
    if edits.is_empty() {
        return Err(format!("`{}` does not name it", file.path));
    }
    Ok(Change::Tree {
        file: file.clone(),
        format: Format::Json,
        document: 0,
        edits,
    })
}

fn pyproject(estate: &Estate<'_>, file: &FileId, package: &str, version: &str) -> Result<Change, String> {
    let value = document(estate, file, Format::Toml)?;
    let mut found: Vec<(Path, String)> = Vec::new();
    let mut look = |path: &[&str]| {
        let steps: Path = path.iter().map(|s| Step::from(*s)).collect();
        let items = super::kubernetes::at(&value, &steps)
            .and_then(Value::as_list)
            .unwrap_or(&[]);
        for (i, item) in items.iter().enumerate() {
            if let Some(text) = item.as_str().filter(|t| names(t, package)) {
                let mut whole = steps.clone();
                whole.push(Step::Item(i));
                found.push((whole, text.to_owned()));
            }
        }
    };
    look(&["project", "dependencies"]);
    for group in ["optional-dependencies"] {
        let groups = super::kubernetes::at(&value, &[Step::from("project"), Step::from(group)]);
        for name in groups.and_then(Value::as_map).into_iter().flat_map(|m| m.keys()) {
            look(&["project", group, name]);
        }
    }
    let groups = value
        .as_map()
        .and_then(|m| m.get("dependency-groups"))
        .and_then(Value::as_map);
    for name in groups.into_iter().flat_map(|m| m.keys()) {
        look(&["dependency-groups", name]);
    }
    let mut edits = Vec::new();
    for (path, text) in found {
        let new = pin_requirement(&text, version).map_err(|e| e.0)?;
        edits.push(Edit::Set(path, new.into()));
    }
    if edits.is_empty() {
        return Err(format!(
            "`{}` does not name it where requirements stand by the standard (PEP 621)",
            file.path
        ));
    }
    Ok(Change::Tree {
        file: file.clone(),
        format: Format::Toml,
        document: 0,
        edits,
    })
}

fn document(estate: &Estate<'_>, file: &FileId, format: Format) -> Result<Value, String> {
    let text = estate.text(file).map_err(|e| e.0)?;
    let mut all = read(format, &text).map_err(|e| format!("`{}`: {e}", file.path))?;
    Ok(if all.is_empty() {
        Value::Null
    } else {
        all.swap_remove(0)
    })
}

/// Whether a requirement is of this package (PEP 503 names).
fn names(requirement: &str, package: &str) -> bool {
    let normal = |s: &str| s.to_ascii_lowercase().replace(['_', '.'], "-");
    let end = requirement
        .find(|c: char| !(c.is_ascii_alphanumeric() || "._-".contains(c)))
        .unwrap_or(requirement.len());
    requirement
        .get(..end)
        .is_some_and(|n| normal(n) == normal(package))
}

/// Whether two releases are of one minor series, and of a major one that promises something.
fn same_series(before: &str, after: &str) -> bool {
    let numbers = |v: &str| {
        v.split('.')
            .map(|p| p.parse::<u64>().ok())
            .collect::<Option<Vec<u64>>>()
    };
    match (numbers(before).as_deref(), numbers(after).as_deref()) {
        (Some([a, b, ..]), Some([c, d, ..])) => a == c && b == d && *a > 0,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bump_is_safe_within_a_minor_series_alone() {
        for (before, after, safe) in [
            ("1.2.3", "1.2.9", true),
            ("1.2", "1.2.9", true),
            ("1.2.3", "1.3.0", false),
            ("1.2.3", "2.2.3", false),
            ("0.2.3", "0.2.4", false),
            (">=1.2", "1.2.9", false),
            ("", "1.2.9", false),
        ] {
            assert_eq!(same_series(before, after), safe, "{before} {after}");
        }
    }

    #[test]
    fn requirements_are_told_by_their_names() {
        assert!(names("Lang_Chain[x]>=1", "lang-chain"));
        assert!(!names("langchain-openai", "langchain"));
    }
}
