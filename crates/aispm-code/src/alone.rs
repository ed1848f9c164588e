//! Code that no manifest claims: a lone script is a service like any other, only nobody wrote down what it needs.

use std::collections::{BTreeMap, BTreeSet};

use aispm_collect::{ReadContext, is_test_path};
use aispm_types::{Asset, AssetKind, Batch};

/// Files that make their directory a service, whatever they say.
const MANIFESTS: &[&str] = &[
    "pyproject.toml",
    "setup.py",
    "setup.cfg",
    "Pipfile",
    "package.json",
];

/// Whether a file declares the service of its directory.
pub(crate) fn is_manifest(path: &str) -> bool {
    let (directory, name) = path.rsplit_once('/').unwrap_or(("", path));
    let listed = name.ends_with(".txt") || name.ends_with(".in");
    let requirements = name.contains("requirements") || directory.rsplit('/').next() == Some("requirements");
    MANIFESTS.contains(&name)
        || listed && requirements
        || name.starts_with("environment") && (name.ends_with(".yml") || name.ends_with(".yaml"))
}

/// The directory whose service unclaimed code belongs to: the topmost one around it that is no mere shelf of other services.
fn root<'a>(path: &'a str, claimed: &BTreeSet<&str>) -> &'a str {
    let mut root = ".";
    for directory in path.match_indices('/').filter_map(|(at, _)| path.get(..at)) {
        root = directory;
        let inside = |c: &&str| {
            c.strip_prefix(directory)
                .is_some_and(|rest| rest.starts_with('/'))
        };
        if !claimed.iter().any(inside) {
            break;
        }
    }
    root
}

/// Makes services of the directories whose code uses AI and that no manifest claims.
pub(crate) fn services<'a>(
    code: impl Iterator<Item = (&'a str, &'static str)>,
    manifests: &BTreeSet<String>,
    cx: &ReadContext,
    out: &mut Batch,
) {
    let claimed: BTreeSet<&str> = manifests
        .iter()
        .map(|m| match m.rsplit_once('/') {
            // `requirements/base.txt` is of the directory around.
            Some((d, _)) => d
                .strip_suffix("requirements")
                .map_or(d, |d| d.trim_end_matches('/')),
            None => "",
        })
        .collect();
    let mut found: BTreeMap<&str, (&str, &'static str)> = BTreeMap::new();
    for (path, language) in code.filter(|(p, _)| !is_test_path(p) && !p.contains("!/")) {
        let directories = path.match_indices('/').filter_map(|(at, _)| path.get(..at));
        if directories.chain([""]).any(|d| claimed.contains(d)) {
            continue;
        }
        found.entry(root(path, &claimed)).or_insert((path, language));
    }
    for (directory, (path, language)) in found {
        let last = match directory {
            "." => Some(cx.name()),
            d => d.rsplit('/').next(),
        };
        out.asset(
            Asset::new(AssetKind::Service, cx.place(directory), last.unwrap_or(directory))
                .with("source", language)
                .with("service_root", directory)
                .with("language", language)
                .with("ai", true)
                .at(cx.file(path)),
        );
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use aispm_collect::{Budgets, ReadContext};
    use aispm_types::Batch;

    use super::{is_manifest, services};

    #[test]
    fn code_is_claimed_by_manifests_around_it() {
        let cases: &[(&[&str], &[&str], &[&str])] = &[
            (&["main.py"], &[], &["."]),
            (&["main.py"], &["requirements.txt"], &[]),
            (&["src/app/main.py"], &["pyproject.toml"], &[]),
            (&["app/a/main.py", "app/b/main.py"], &[], &["app"]),
            (&["app/main.py", "web/index.ts"], &["web/package.json"], &["app"]),
            (&["app/main.py"], &["app/requirements/base.txt"], &[]),
            (
                &[
                    "crews/a/main.py",
                    "crews/b/x/main.py",
                    "crews/main.py",
                    "crewsaw/a/main.py",
                ],
                &["crews/c/pyproject.toml"],
                &["crews", "crews/a", "crews/b", "crewsaw"],
            ),
            (&["tests/test_it.py"], &[], &[]),
        ];
        for (code, manifests, wanted) in cases {
            let cx = ReadContext {
                target: "t".into(),
                repository: "r".into(),
                budgets: Budgets::default(),
            };
            let mut out = Batch::default();
            let manifests: BTreeSet<String> = manifests.iter().map(|m| (*m).to_owned()).collect();
            assert!(manifests.iter().all(|m| is_manifest(m)), "{manifests:?}");
            services(code.iter().map(|p| (*p, "python")), &manifests, &cx, &mut out);
            let roots: Vec<&str> = out.assets.iter().filter_map(|a| a.text("service_root")).collect();
            assert_eq!(roots, *wanted, "{code:?} {manifests:?}");
        }
        assert!(!is_manifest("notes.txt"));
    }
}
