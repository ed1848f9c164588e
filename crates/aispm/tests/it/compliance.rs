//! `aispm comply` on the demo estate: every framework, every control, never a pass without evidence.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Output;

use crate::support::{acme, aispm, run, scan_json, write};

fn comply(home: &Path, args: &[&str]) -> Output {
    run(aispm(home).arg("comply").args(args))
}

#[test]
fn every_control_of_every_framework_has_a_result_that_its_evidence_carries() {
    let home = tempfile::tempdir().unwrap();
    let report = scan_json(home.path(), &acme(), &[]);
    let known: BTreeSet<&str> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| f["id"].as_str().unwrap())
        .collect();
    let listed = comply(home.path(), &[]).stdout;
    let listed = String::from_utf8(listed).unwrap();
    let frameworks: Vec<&str> = listed
        .lines()
        .filter(|l| l.contains(" controls "))
        .filter_map(|l| l.split_whitespace().next())
        .collect();
    assert!(frameworks.len() >= 8, "{listed}");
    let mut failed = BTreeSet::new();
    for framework in frameworks {
        let out = comply(home.path(), &[framework, "--format", "json"]);
        assert!(out.status.success(), "{framework}");
        let got: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
        for c in got["controls"].as_array().unwrap() {
            let t = &c["tested"];
            let findings: Vec<&str> = c["findings"]
                .as_array()
                .unwrap()
                .iter()
                .map(|f| f["id"].as_str().unwrap())
                .collect();
            assert!(findings.iter().all(|f| known.contains(f)), "{framework} {c}");
            failed.extend(findings.iter().map(|f| (*f).to_owned()));
            match c["status"].as_str().unwrap() {
                "passed" => {
                    assert!(
                        t["checks"].as_u64().unwrap() > 0 && t["checks_not_assessed"] == 0,
                        "{framework} {c}"
                    );
                    assert!(findings.is_empty(), "{framework} {c}");
                }
                "failed" => assert!(!findings.is_empty(), "{framework} {c}"),
                "not_assessed" | "manual" => {
                    assert!(c["reason"].is_string() && findings.is_empty(), "{framework} {c}")
                }
                other => panic!("{framework}: {other}"),
            }
        }
    }
    let mapped: BTreeSet<String> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|f| !f["controls"].as_array().unwrap().is_empty())
        .map(|f| f["id"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(
        failed, mapped,
        "every finding speaks against the controls that its rule tests"
    );
}

#[test]
fn what_is_written_is_inert_and_errors_help() {
    let home = tempfile::tempdir().unwrap();
    let estate = home.path().join("estate");
    let hostile = "<img src=x onerror=alert(1)>";
    write(
        home.path(),
        &format!("estate/{hostile}/app.py"),
        "import openai, subprocess\nclient = openai.OpenAI()\nanswer = client.chat.completions.create(model='gpt-4o', messages=[]).choices[0].message.content\nsubprocess.run(answer, shell=True)\n",
    );
    scan_json(home.path(), &estate, &[]);
    let page = String::from_utf8(comply(home.path(), &["owasp-llm@2025", "-f", "html"]).stdout).unwrap();
    assert!(
        page.contains("&lt;img src=x onerror=alert(1)&gt;"),
        "the name is shown"
    );
    assert!(!page.contains("<img"), "and does nothing");
    let csv = String::from_utf8(comply(home.path(), &["owasp-llm@2025", "-f", "csv"]).stdout).unwrap();
    assert_eq!(csv.lines().count(), 11);
    let wrong = comply(home.path(), &["owasp-lm"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(
        String::from_utf8(wrong.stderr)
            .unwrap()
            .contains("did you mean `owasp-llm`")
    );
}
