//! The direction of dependencies between crates, as ARCHITECTURE.md draws it.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

/// Crate → crates of ours that it may use. A crate that is not here fails the test, so a new one is drawn first.
const MAY_USE: &[(&str, &[&str])] = &[
    ("types", &[]),
    ("content", &[]),
    ("audit", &[]),
    ("formats", &["types"]),
    ("detect", &["types", "content"]),
    ("graph", &["types"]),
    ("guard", &["types", "detect"]),
    ("guard-log", &["types", "detect", "collect"]),
    ("gateway", &["types", "guard", "guard-log", "policy"]),
    ("import", &["types", "content", "graph", "formats"]),
    ("patch", &["types"]),
    ("policy", &["types", "content", "graph", "formats"]),
    ("respond", &["types", "audit", "patch"]),
    ("rules", &["types", "content", "formats", "graph"]),
    ("paths", &["types", "content", "formats", "graph"]),
    ("collect", &["types"]),
    ("artifacts", &["types", "detect", "formats", "collect"]),
    ("code", &["types", "content", "detect", "formats", "collect"]),
    ("packages", &["types", "content", "formats", "collect"]),
    ("plugins", &["types", "detect", "formats", "collect", "code"]),
    ("secrets", &["types", "detect", "formats", "collect"]),
    ("infra", &["types", "collect", "formats"]),
    ("discover", &["types", "content", "formats", "collect"]),
    ("data", &["types", "detect", "formats", "collect"]),
    ("store", &["types"]),
    ("report", &["types", "content"]),
    (
        "engine",
        &[
            "types",
            "content",
            "formats",
            "detect",
            "graph",
            "import",
            "policy",
            "rules",
            "paths",
            "collect",
            "guard-log",
            "artifacts",
            "code",
            "packages",
            "plugins",
            "secrets",
            "infra",
            "discover",
            "data",
        ],
    ),
    (
        "aispm",
        &[
            "types", "content", "engine", "policy", "report", "rules", "store", "collect", "graph", "import",
            "paths", "audit", "server", "gateway", "respond", "data",
        ],
    ),
    ("server", &["types", "audit", "engine", "report", "store"]),
    ("testkit", &["types"]),
    (
        "xtask",
        &[
            "aispm", "content", "report", "rules", "policy", "types", "paths", "server",
        ],
    ),
    (
        "fuzz",
        &[
            "guard",
            "guard-log",
            "types",
            "formats",
            "collect",
            "data",
            "detect",
            "discover",
            "engine",
            "import",
            "audit",
            "artifacts",
            "code",
            "packages",
            "plugins",
            "secrets",
            "infra",
            "policy",
            "patch",
            "testkit",
        ],
    ),
];

fn short(name: &str) -> &str {
    name.strip_prefix("aispm-").unwrap_or(name)
}

#[test]
fn crates_import_only_what_the_design_allows() {
    #[expect(clippy::disallowed_methods, reason = "a test asks cargo for the workspace")]
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let table: BTreeMap<_, BTreeSet<_>> = MAY_USE
        .iter()
        .map(|(c, d)| (*c, d.iter().copied().collect()))
        .collect();
    let ours: BTreeSet<&str> = packages.iter().map(|p| p["name"].as_str().unwrap()).collect();
    let mut wrong = Vec::new();
    for p in packages {
        let name = p["name"].as_str().unwrap();
        let Some(allowed) = table.get(short(name)) else {
            wrong.push(format!("{name} is not in the table"));
            continue;
        };
        for d in p["dependencies"].as_array().unwrap() {
            let dep = d["name"].as_str().unwrap();
            let is_dev = d["kind"].as_str() == Some("dev");
            if ours.contains(dep) && !is_dev && !allowed.contains(short(dep)) {
                wrong.push(format!("{name} uses {dep}"));
            }
            if dep == "aispm-testkit" && !is_dev && name != "aispm-fuzz" {
                wrong.push(format!("{name} uses the test kit outside tests"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(table.len(), ours.len(), "the table names a crate that is gone");
}
