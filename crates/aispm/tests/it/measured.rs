//! Precision and recall on corpora that somebody wrote who had not seen the detectors (`corpus/heldout`), measured on the
//! whole program. The floors are what was reached; a fall below them is a regression. Run with `--nocapture` for the rows.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::support::{repository, scan_json, write};

/// One labelled case: its columns by name.
type Row = BTreeMap<String, String>;

fn corpus(name: &str) -> PathBuf {
    repository().join("corpus/heldout").join(name)
}

fn table(path: &Path) -> Vec<Row> {
    let text = String::from_utf8(aispm_collect::read_bounded(path, 16 << 20).unwrap()).unwrap();
    let mut lines = text.lines().filter(|l| !l.is_empty());
    let header: Vec<&str> = lines.next().unwrap().split('\t').collect();
    lines
        .map(|line| {
            let cells: Vec<&str> = line.split('\t').collect();
            assert_eq!(cells.len(), header.len(), "{line}");
            header
                .iter()
                .zip(cells)
                .map(|(k, v)| ((*k).to_owned(), v.to_owned()))
                .collect()
        })
        .collect()
}

fn bytes(row: &Row, column: &str) -> Vec<u8> {
    STANDARD.decode(&row[column]).unwrap()
}

/// What came out: how many of the bad cases were found, and how many of the good ones were called bad.
#[derive(Default)]
struct Tally {
    bad: usize,
    found: usize,
    wrong: usize,
}

impl Tally {
    fn count(&mut self, bad: bool, reported: bool, shown: &str) {
        self.bad += usize::from(bad);
        self.found += usize::from(bad && reported);
        self.wrong += usize::from(!bad && reported);
        if bad != reported {
            println!("{}\t{shown}", if bad { "missed" } else { "wrong" });
        }
    }
    fn at_least(&self, name: &str, precision: f64, recall: f64) {
        let p = self.found as f64 / (self.found + self.wrong).max(1) as f64;
        let r = self.found as f64 / self.bad as f64;
        println!(
            "{name}: {} bad, {} found, {} wrong: precision {p:.3}, recall {r:.3}",
            self.bad, self.found, self.wrong
        );
        assert!(self.bad >= 20, "{name}: too few cases");
        assert!(p >= precision, "{name}: precision {p:.3} < {precision}");
        assert!(r >= recall, "{name}: recall {r:.3} < {recall}");
    }
}

/// `(path, line)` of everything a list of the report says of things that `chosen` takes.
fn places(
    report: &serde_json::Value,
    list: &str,
    chosen: impl Fn(&serde_json::Value) -> bool,
) -> Vec<(String, u64)> {
    let things = report[list]
        .as_array()
        .unwrap()
        .iter()
        .filter(|thing| chosen(thing));
    things
        .flat_map(|thing| thing["locations"].as_array().into_iter().flatten())
        .filter_map(|l| Some((l["path"].as_str()?.to_owned(), l["line"].as_u64().unwrap_or(0))))
        .collect()
}

/// The first part of each path: the case it belongs to.
fn cases(places: Vec<(String, u64)>) -> BTreeSet<String> {
    places
        .iter()
        .filter_map(|(p, _)| Some(p.split_once('/')?.0.to_owned()))
        .collect()
}

#[test]
fn keys() {
    for (file, name, precision, recall) in [
        ("keys/keys.tsv", "keys, in view", 0.99, 0.98),
        ("keys/second.tsv", "keys, second held out", 0.96, 0.93),
    ] {
        let home = tempfile::tempdir().unwrap();
        let rows = table(&corpus(file));
        for row in &rows {
            let path = format!("estate/{}/{}", row["id"], row["path"].trim_start_matches('/'));
            write(home.path(), &path, bytes(row, "text_base64"));
        }
        let report = scan_json(
            home.path(),
            &home.path().join("estate"),
            &["--no-store", "--no-ignore"],
        );
        let found = cases(places(&report, "assets", |a| a["kind"] == "secret"));
        let mut tally = Tally::default();
        for row in &rows {
            tally.count(
                row["label"] == "key",
                found.contains(&row["id"]),
                &format!("{} {} {}", row["id"], row["kind"], row["path"]),
            );
        }
        tally.at_least(name, precision, recall);
    }
}

#[test]
fn hidden_instructions() {
    let home = tempfile::tempdir().unwrap();
    let mut rows = table(&corpus("injection/texts.tsv"));
    rows.extend(table(&corpus("injection/second.tsv")));
    for row in &rows {
        let text = String::from_utf8(bytes(row, "text_base64")).unwrap();
        let (path, content) = match row["place"].as_str() {
            "tool_description" => (
                "tools.json",
                serde_json::json!({"tools": [{"name": "act", "description": text, "inputSchema": {"type": "object"}}]}).to_string(),
            ),
            "skill" => ("skills/act/SKILL.md", format!("---\nname: act\ndescription: acts\n---\n{text}\n")),
            "readme" => ("AGENTS.md", text),
            _ => ("data/train.jsonl", format!("{}\n", serde_json::json!({"prompt": "Say what it says", "completion": text}))),
        };
        write(home.path(), &format!("estate/{}/{path}", row["id"]), content);
    }
    let report = scan_json(home.path(), &home.path().join("estate"), &["--no-store"]);
    let rules = ["hidden-instruction", "dataset-planted-instruction"];
    let found = cases(places(&report, "findings", |f| {
        rules.iter().any(|r| f["rule"] == *r)
    }));
    // The tables of words and acts were made with the even rows of the first table in view; nobody who works on them has read the
    // others.
    for (name, first, parity, precision, recall) in [
        ("hidden instructions, in view", 'i', &[0][..], 0.96, 0.96),
        ("hidden instructions, held out", 'i', &[1], 0.76, 0.62),
        ("hidden instructions, second held out", 'j', &[0, 1], 0.74, 0.39),
    ] {
        let mut tally = Tally::default();
        for row in &rows {
            let (letter, number) = row["id"].split_at(1);
            let number: usize = number.parse().unwrap();
            if letter.starts_with(first) && parity.contains(&(number % 2)) {
                tally.count(
                    row["label"] == "hidden_instruction",
                    found.contains(&row["id"]),
                    &format!("{} {}", row["id"], row["place"]),
                );
            }
        }
        tally.at_least(name, precision, recall);
    }
}

#[test]
fn model_output() {
    for (dir, name, precision, recall) in [
        ("taint", "model output, in view", 0.88, 0.95),
        ("taint2", "model output, second held out", 0.88, 0.56),
    ] {
        let home = tempfile::tempdir().unwrap();
        let report = scan_json(home.path(), &corpus(dir), &["--no-store"]);
        let found = places(&report, "findings", |f| {
            f["rule"].as_str().unwrap_or("").starts_with("model-output-to-")
        });
        let mut tally = Tally::default();
        for row in table(&corpus(dir).join("labels.tsv")) {
            let line: u64 = row["line"].parse().unwrap();
            let file = format!("{}/{}", row["case"], row["file"]);
            // Labels of the second table stand on neighbouring lines.
            let near = if dir == "taint" { 3 } else { 0 };
            let there = found.iter().any(|(p, l)| *p == file && l.abs_diff(line) <= near);
            tally.count(
                row["label"] == "flow",
                there,
                &format!("{file}:{line} {} {}", row["sink"], row["note"]),
            );
        }
        tally.at_least(name, precision, recall);
    }
}

#[test]
fn pickles() {
    for (file, name, precision, recall) in [
        ("pickles/pickles.tsv", "pickles, in view", 0.99, 0.99),
        ("pickles/second.tsv", "pickles, second held out", 0.88, 0.97),
    ] {
        let home = tempfile::tempdir().unwrap();
        let rows = table(&corpus(file));
        for row in &rows {
            write(
                home.path(),
                &format!("estate/{}/{}", row["id"], row["file"]),
                bytes(row, "bytes_base64"),
            );
        }
        let report = scan_json(home.path(), &home.path().join("estate"), &["--no-store"]);
        let found = cases(places(&report, "findings", |f| {
            let rule = f["rule"].as_str().unwrap_or("");
            [
                "model-pickle-dangerous-call",
                "model-pickle-unknown-callable",
                "model-carries-code",
                "model-keras-lambda",
                "model-hidden-content",
                "model-file-malformed",
            ]
            .contains(&rule)
        }));
        let mut tally = Tally::default();
        for row in &rows {
            tally.count(
                row["label"] == "malicious",
                found.contains(&row["id"]),
                &format!("{} {} {}", row["id"], row["file"], row["note"]),
            );
        }
        tally.at_least(name, precision, recall);
    }
}
