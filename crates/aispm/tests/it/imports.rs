//! Findings of other tools: counted as their source counts, joined by identity, and part of attack paths.

use crate::support::{acme, aispm, repository, run, scan_json, write};

fn prowler() -> String {
    repository()
        .join("examples/imports/prowler.ocsf.json")
        .display()
        .to_string()
}

#[test]
fn a_path_exists_only_because_of_an_imported_finding() {
    let home = tempfile::tempdir().unwrap();
    let file = prowler();
    let policy = acme().join("aispm.toml").display().to_string();
    let titles = |report: &serde_json::Value| -> Vec<String> {
        let paths = report["paths"].as_array().unwrap();
        paths
            .iter()
            .map(|p| p["title"].as_str().unwrap().to_owned())
            .collect()
    };
    let expected = "Anyone on the internet can tamper with the bucket `acme-fraud-training`";
    let without = scan_json(home.path(), &acme(), &["--no-store", "--config", &policy]);
    let with = scan_json(
        home.path(),
        &acme(),
        &["--no-store", "--config", &policy, "--import", &file],
    );
    assert!(!titles(&without).contains(&expected.to_owned()));
    assert!(
        titles(&with).contains(&expected.to_owned()),
        "{:#?}",
        titles(&with)
    );
    let row = &with["scan"]["imports"][0];
    assert_eq!(
        (&row["tool"], &row["version"]),
        (&"Prowler".into(), &"5.46.0".into())
    );
    assert_eq!(
        (&row["findings"], &row["joined"], &row["others"]),
        (&2.into(), &1.into(), &1.into())
    );
    // Our own rule says the same once it knows; it names who told.
    let ours = with["findings"].as_array().unwrap();
    let ours = ours.iter().find(|f| f["rule"] == "bucket-public-write").unwrap();
    assert_eq!(
        ours["sources"][0],
        "Prowler 5.46.0: s3_bucket_policy_public_write_access"
    );
    let path = with["paths"]
        .as_array()
        .unwrap()
        .iter()
        .find(|p| p["title"] == expected)
        .unwrap();
    let stands_on: Vec<&str> = path["steps"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|s| s["findings"].as_array().unwrap())
        .map(|f| f.as_str().unwrap())
        .collect();
    assert!(stands_on.contains(&ours["id"].as_str().unwrap()), "{stands_on:?}");
}

#[test]
fn sarif_is_joined_by_file_and_line_whatever_directory_it_began_at() {
    let home = tempfile::tempdir().unwrap();
    let hcl = "resource \"aws_sagemaker_notebook_instance\" \"n\" {\n  name = \"n\"\n  role_arn = \"x\"\n  instance_type = \"ml.t3.medium\"\n}\n\nresource \"aws_instance\" \"web\" {\n  ami = \"a\"\n}\n";
    write(home.path(), "estate/infra/main.tf", hcl);
    let result = |rule: &str, uri: &str, line: u32, end: u32, more: serde_json::Value| {
        let mut value = serde_json::json!({"ruleId": rule, "level": "error", "message": {"text": format!("{rule} <b>failed</b>")},
            "locations": [{"physicalLocation": {"artifactLocation": {"uri": uri}, "region": {"startLine": line, "endLine": end}}}]});
        value
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        value
    };
    let none = serde_json::json!({});
    let sarif = serde_json::json!({"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "Checkov", "version": "3.3.30", "rules": []}}, "results": [
        result("CKV_AWS_22", "estate/infra/main.tf", 1, 5, none.clone()),
        result("CKV_AWS_307", "/infra/main.tf", 1, 5, none.clone()),
        result("CKV_AWS_8", "infra/main.tf", 7, 9, none.clone()),
        result("CKV_AWS_1", "elsewhere/main.tf", 1, 5, none),
        result("CKV_AWS_2", "infra/main.tf", 1, 5, serde_json::json!({"kind": "pass"})),
        result("CKV_AWS_3", "infra/main.tf", 1, 5, serde_json::json!({"suppressions": [{"kind": "inSource"}]})),
    ]}]});
    write(home.path(), "found.sarif", sarif.to_string());
    let report = scan_json(
        home.path(),
        &home.path().join("estate"),
        &["--no-store", "--import", "found.sarif"],
    );
    let row = &report["scan"]["imports"][0];
    assert_eq!(
        (&row["findings"], &row["joined"], &row["others"]),
        (&4.into(), &2.into(), &2.into()),
        "{row}"
    );
    let sources: Vec<(&str, &str)> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|f| {
            let sources = f["sources"].as_array().into_iter().flatten();
            sources.map(move |s| (f["rule"].as_str().unwrap(), s.as_str().unwrap()))
        })
        .collect();
    // What we find too is told once.
    assert_eq!(
        sources,
        [
            ("checkov/CKV_AWS_22", "Checkov 3.3.30: CKV_AWS_22"),
            ("notebook-root-access", "Checkov 3.3.30: CKV_AWS_307"),
        ]
    );
}

#[test]
fn what_cannot_be_read_ends_the_run() {
    let home = tempfile::tempdir().unwrap();
    write(home.path(), "estate/app.py", "import openai\n");
    for (name, text, why) in [
        ("missing.json", None, "cannot read findings"),
        ("empty.json", Some(""), "no JSON"),
        ("broken.json", Some("[{\"a\": 1"), "no JSON"),
        ("other.json", Some("{\"a\": 1}"), "neither SARIF"),
        (
            "old.sarif",
            Some("{\"version\": \"2.0.0\", \"runs\": []}"),
            "SARIF 2.0.0",
        ),
        ("deep.json", Some(&"[".repeat(100_000)), "no JSON"),
    ] {
        if let Some(text) = text {
            write(home.path(), name, text);
        }
        let out = run(aispm(home.path()).args(["scan", "estate", "--no-store", "--import", name]));
        let stderr = String::from_utf8_lossy(&out.stderr).into_owned();
        assert_eq!(out.status.code(), Some(2), "{name}: {stderr}");
        assert!(stderr.contains(why) && stderr.contains(name), "{name}: {stderr}");
    }
    for (name, text) in [
        ("none.json", "[]"),
        ("none.sarif", "{\"version\": \"2.1.0\", \"runs\": []}"),
    ] {
        write(home.path(), name, text);
        let report = scan_json(
            home.path(),
            &home.path().join("estate"),
            &["--no-store", "--import", name],
        );
        assert_eq!(report["scan"]["imports"][0]["findings"], 0, "{name}");
    }
}

/// What we write as OCSF, we and others read: the same findings on the same assets.
#[test]
fn findings_survive_the_way_through_ocsf() {
    let home = tempfile::tempdir().unwrap();
    let estate = acme();
    let direct = scan_json(home.path(), &estate, &["--no-store"]);
    let out = run(aispm(home.path()).arg("scan").arg(&estate).args([
        "--no-store",
        "--fail-on",
        "never",
        "-q",
        "-f",
        "ocsf",
        "-o",
        "ours.json",
    ]));
    assert!(out.status.success());
    let back = scan_json(home.path(), &estate, &["--no-store", "--import", "ours.json"]);
    let row = &back["scan"]["imports"][0];
    let count = direct["findings"].as_array().unwrap().len();
    assert_eq!((&row["findings"], &row["tool"]), (&count.into(), &"aispm".into()));
    let on_systems = direct["findings"].as_array().unwrap().iter();
    let on_systems = on_systems
        .filter(|f| f["asset"].as_str().unwrap().starts_with("ai_system:"))
        .count();
    // An AI system is derived after joining; everything else is found again by its id.
    assert_eq!(row["joined"], count - on_systems);
}

/// BloodHound's schema: ids are unique, edges end at nodes, kinds are one word, properties are plain.
#[test]
fn opengraph_is_what_bloodhound_takes() {
    let home = tempfile::tempdir().unwrap();
    let policy = acme().join("aispm.toml").display().to_string();
    let out = run(aispm(home.path()).arg("scan").arg(acme()).args([
        "--config",
        &policy,
        "--no-store",
        "--fail-on",
        "never",
        "-q",
        "-f",
        "opengraph",
    ]));
    let graph: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
    let nodes = graph["graph"]["nodes"].as_array().unwrap();
    let ids: std::collections::BTreeSet<&str> = nodes.iter().map(|n| n["id"].as_str().unwrap()).collect();
    assert!(nodes.len() > 40 && ids.len() == nodes.len());
    let word = |kind: &serde_json::Value| {
        let kind = kind.as_str().unwrap();
        kind.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') && !kind.is_empty()
    };
    for n in nodes {
        let kinds = n["kinds"].as_array().unwrap();
        assert!((1..=3).contains(&kinds.len()) && kinds.iter().all(word), "{n}");
        for (name, value) in n["properties"].as_object().unwrap() {
            let plain = |v: &serde_json::Value| v.is_string() || v.is_boolean() || v.is_number();
            assert!(
                plain(value) || value.as_array().is_some_and(|l| l.iter().all(|v| v.is_string())),
                "{name} of {n}"
            );
        }
    }
    let edges = graph["graph"]["edges"].as_array().unwrap();
    for e in edges {
        assert!(word(&e["kind"]), "{e}");
        for end in ["start", "end"] {
            assert_eq!(e[end]["match_by"], "id");
            assert!(ids.contains(e[end]["value"].as_str().unwrap()), "{e}");
        }
    }
    let attacks = edges
        .iter()
        .filter(|e| e["kind"].as_str().unwrap().starts_with("Attack"));
    assert!(attacks.count() >= 5, "paths are in the graph");
}
