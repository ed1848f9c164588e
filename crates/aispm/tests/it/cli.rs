//! The command line as a user meets it: exit codes, views of the store, drift, rules, policy errors.

use std::path::Path;

use crate::support::{acme, aispm, copy, run, write};

/// Runs and gives back `(exit code, stdout, stderr)`.
fn told(home: &Path, arguments: &[&str]) -> (i32, String, String) {
    let out = run(aispm(home).args(arguments));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (
        out.status.code().unwrap_or(-1),
        text(&out.stdout),
        text(&out.stderr),
    )
}

#[test]
fn exit_codes_say_what_happened() {
    let home = tempfile::tempdir().unwrap();
    write(home.path(), "clean/readme.md", "nothing here");
    write(home.path(), "broken/model.safetensors", [0xff; 64]);
    write(
        home.path(),
        "keys/app.py",
        "from openai import OpenAI\nc = OpenAI()\nexec(c.responses.create(model='gpt-4o', input='x').output_text)\n",
    );
    let cases: &[(&[&str], i32)] = &[
        (&["scan", "clean"], 0),
        (&["scan", "keys"], 1),
        (&["scan", "keys", "--fail-on", "never"], 0),
        (&["scan", "keys", "--fail-on", "critical"], 1),
        (&["scan", "nowhere"], 2),
        (&["scan", "clean", "--fail-on", "grave"], 2),
        (&["scan", "clean", "--format", "pdf"], 2),
        (&["scan", "clean", "--colour"], 2),
        (&["scan", "broken"], 0),
        (&["scan", "broken", "--strict"], 3),
        (&["findings", "--scan", "S-000000000000"], 2),
        (&["explain", "F-000000000000"], 2),
        (&["explain", "no-such-rule"], 2),
        (&["systems", "--store", "nonsense:x"], 2),
    ];
    for (arguments, expected) in cases {
        let (code, _, err) = told(home.path(), arguments);
        assert_eq!(code, *expected, "{arguments:?}: {err}");
        assert!(code != 2 || err.starts_with("error:"), "{arguments:?}: {err}");
    }
}

#[test]
fn an_unreadable_target_is_not_a_clean_one() {
    let home = tempfile::tempdir().unwrap();
    write(home.path(), "file.bin", "x");
    std::fs::create_dir(home.path().join("store")).unwrap();
    // A directory where the store's file should stand: the scan says so and is no success.
    let store = format!("sqlite:{}", home.path().join("store").display());
    let (code, _, err) = told(home.path(), &["scan", "file.bin", "--store", &store]);
    assert_ne!(code, 0, "{err}");
    assert!(err.contains("store"), "{err}");
    let (code, _, err) = told(home.path(), &["scan", "file.bin", "--no-store", "-o", "store"]);
    assert_ne!(code, 0, "{err}");
}

#[test]
fn views_read_what_the_scan_kept() {
    let home = tempfile::tempdir().unwrap();
    let policy = acme().join("aispm.toml");
    let (estate, policy) = (acme(), policy.to_string_lossy().into_owned());
    let (code, report, _) = told(
        home.path(),
        &[
            "scan",
            &estate.to_string_lossy(),
            "--config",
            &policy,
            "-q",
            "--format",
            "json",
        ],
    );
    assert_eq!(code, 1);
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    for (view, list) in [
        ("systems", "systems"),
        ("inventory", "assets"),
        ("findings", "findings"),
        ("fixes", "fixes"),
        ("paths", "paths"),
    ] {
        let (code, json, err) = told(home.path(), &[view, "--format", "json"]);
        assert_eq!(code, 0, "{view}: {err}");
        let shown: serde_json::Value = serde_json::from_str(&json).unwrap();
        let shown = shown.as_array().or_else(|| shown[list].as_array()).unwrap();
        let kept = report[list].as_array().unwrap();
        assert_eq!(shown.len(), kept.len(), "{view}");
        for (a, b) in shown.iter().zip(kept) {
            assert!(
                kept.iter().any(|k| k["id"] == a["id"]),
                "{view}: {} / {}",
                a["id"],
                b["id"]
            );
        }
        let (code, text, _) = told(home.path(), &[view]);
        assert!(
            code == 0 && !text.contains('\u{1b}'),
            "{view}: no colour in a pipe"
        );
    }
    for list in ["findings", "paths", "fixes"] {
        let id = report[list][0]["id"].as_str().unwrap();
        let (code, text, err) = told(home.path(), &["explain", id]);
        assert_eq!(code, 0, "{err}");
        assert!(text.contains(id), "{text}");
    }
    let (_, json, _) = told(
        home.path(),
        &["findings", "--severity", "critical", "--format", "json"],
    );
    let shown: serde_json::Value = serde_json::from_str(&json).unwrap();
    let findings = shown.as_array().unwrap();
    assert!(!findings.is_empty() && findings.iter().all(|f| f["severity"] == "critical"));
}

#[test]
fn drift_is_what_changed_between_two_scans() {
    let home = tempfile::tempdir().unwrap();
    copy(&acme(), &home.path().join("estate"));
    let scan = |fail: i32| {
        let (code, _, err) = told(
            home.path(),
            &["scan", "estate", "--config", "estate/aispm.toml", "-q"],
        );
        assert_eq!(code, fail, "{err}");
    };
    scan(1);
    std::fs::remove_file(home.path().join("estate/pilots/resume-screener/.env")).unwrap();
    scan(1);
    let (code, json, err) = told(home.path(), &["diff", "--format", "json"]);
    assert_eq!(code, 0, "{err}");
    let diff: serde_json::Value = serde_json::from_str(&json).unwrap();
    let text = diff.to_string();
    assert!(text.contains("openai-api-key"), "{text}");
    let (_, again, _) = told(home.path(), &["diff", "--format", "text"]);
    assert!(
        again.contains("Fixed findings (1)") && again.contains("Gone assets (1)"),
        "{again}"
    );
}

#[test]
fn a_rule_of_ones_own_is_one_file_and_a_typo_names_the_right_field() {
    let home = tempfile::tempdir().unwrap();
    let (code, _, err) = told(home.path(), &["rules", "new", "notebook-too-large"]);
    assert_eq!(code, 0, "{err}");
    let (code, out, err) = told(home.path(), &["rules", "test", "--rules", "rules"]);
    assert_eq!(code, 0, "the skeleton passes its own examples: {out}{err}");
    let path = home.path().join("rules/notebook-too-large.yaml");
    let skeleton = String::from_utf8(aispm_collect::read_bounded(&path, 1 << 16).unwrap()).unwrap();
    std::fs::write(&path, skeleton.replacen("severity:", "severty:", 1)).unwrap();
    let (code, out, err) = told(home.path(), &["rules", "test", "--rules", "rules"]);
    assert_eq!(code, 2, "{out}{err}");
    assert!(err.contains("severity") && err.contains("did you mean"), "{err}");
    let (code, out, _) = told(home.path(), &["rules", "list", "--format", "json"]);
    assert_eq!(code, 0);
    let list: serde_json::Value = serde_json::from_str(&out).unwrap();
    let list = list.as_array().unwrap();
    assert!(list.len() >= 40);
    for key in [
        "id",
        "title",
        "severity",
        "confidence",
        "applies_to",
        "controls",
        "remediation",
        "form",
    ] {
        assert!(list.iter().all(|rule| !rule[key].is_null()), "{key}");
    }
}

#[test]
fn policy_errors_point_at_the_place() {
    let home = tempfile::tempdir().unwrap();
    write(home.path(), "estate/a.txt", "x");
    write(
        home.path(),
        "policy.toml",
        "[[crown_jewel]]\nasset = \"model:*\"\nvalu = 9\n",
    );
    let (code, _, err) = told(home.path(), &["scan", "estate", "--config", "policy.toml"]);
    assert_eq!(code, 2);
    assert!(
        err.contains("policy.toml:3:1") && err.contains("did you mean `value`"),
        "{err}"
    );
    let (code, _, _) = told(home.path(), &["init"]);
    assert_eq!(code, 0);
    let (code, _, err) = told(home.path(), &["scan", "estate"]);
    assert_eq!(code, 0, "what init writes is valid: {err}");
    // Its examples name rules that there are.
    let written = aispm_collect::read_bounded(&home.path().join("aispm.toml"), 1 << 20).expect("written");
    let written = String::from_utf8(written).expect("text");
    let examples: String = written
        .lines()
        .map(|l| match l.strip_prefix('#') {
            Some(rest) if !rest.starts_with(' ') => format!("{rest}\n"),
            _ => format!("{l}\n"),
        })
        .collect();
    write(home.path(), "examples.toml", &examples);
    let (code, _, err) = told(
        home.path(),
        &[
            "scan",
            "estate",
            "--config",
            "examples.toml",
            "--fail-on",
            "never",
        ],
    );
    assert_eq!(code, 0, "{err}");
    let (code, _, err) = told(home.path(), &["rules", "new", "ai-key-in-file"]);
    assert!(code == 2 && err.contains("already"), "{err}");
    let (code, _, err) = told(home.path(), &["init"]);
    assert!(code == 2 && err.contains("--force"), "{err}");
}

#[test]
fn a_scan_that_cannot_be_kept_says_so_and_fails_only_where_a_store_was_named() {
    let home = tempfile::tempdir().unwrap();
    write(home.path(), "clean/readme.md", "nothing here");
    write(home.path(), "file", "not a directory");
    // No home, so no place of our own: the scan is still made.
    let out = run(aispm(home.path()).env_remove("HOME").args(["scan", "clean"]));
    assert_eq!(
        out.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
    let (code, _, stderr) = told(home.path(), &["scan", "clean", "--store", "sqlite:file/scans.db"]);
    assert_eq!(code, 4, "{stderr}");
    assert!(stderr.contains("not kept"), "{stderr}");
    for wrong in ["mysql://db/aispm", "scans.db", ""] {
        let (code, _, stderr) = told(home.path(), &["scan", "clean", "--store", wrong]);
        assert_eq!(code, 2, "{wrong}: {stderr}");
    }
}

#[test]
fn a_report_is_written_whole_or_not_at_all() {
    let home = tempfile::tempdir().unwrap();
    write(home.path(), "clean/readme.md", "nothing here");
    write(home.path(), "kept.json", "old");
    let (code, stdout, _) = told(
        home.path(),
        &["scan", "clean", "--no-store", "-f", "json", "-o", "kept.json"],
    );
    assert_eq!((code, stdout.as_str()), (0, ""));
    let left: Vec<String> = std::fs::read_dir(home.path())
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .filter(|n| n.contains("part"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
    let written = aispm_collect::read_bounded(&home.path().join("kept.json"), 1 << 20).unwrap();
    let report: serde_json::Value = serde_json::from_slice(&written).unwrap();
    assert_eq!(report["schema"], "aispm-report/1");
    for nowhere in ["missing/report.json", "clean", "/proc/aispm.json"] {
        let (code, _, stderr) = told(
            home.path(),
            &["scan", "clean", "--no-store", "-f", "json", "-o", nowhere],
        );
        assert_ne!(code, 0, "{nowhere}");
        assert!(stderr.contains(nowhere), "{nowhere}: {stderr}");
    }
}

#[test]
fn what_a_user_wrote_is_not_overwritten_and_bounds_are_told() {
    let home = tempfile::tempdir().unwrap();
    assert_eq!(told(home.path(), &["rules", "new", "my-rule"]).0, 0);
    let (code, _, stderr) = told(home.path(), &["rules", "new", "my-rule"]);
    assert_eq!(code, 2, "{stderr}");
    assert!(stderr.contains("my-rule"), "{stderr}");
    assert_eq!(told(home.path(), &["init"]).0, 0);
    assert_eq!(told(home.path(), &["init"]).0, 2);
    for threads in ["0", "65", "-1", "many"] {
        assert_eq!(
            told(home.path(), &["scan", ".", "--threads", threads]).0,
            2,
            "{threads}"
        );
    }
}
