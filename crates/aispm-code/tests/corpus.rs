//! The labelled corpus: what is expected stands in a comment on its line, `expect: KIND NAME; …`. What is seen and not expected
//! is a false positive, what is expected and not seen a miss; both are counted and none is allowed. Programs below `flows/` are
//! labelled for what text of a model reaches, and for nothing else.

#![expect(clippy::unwrap_used, reason = "a test may stop where its own files are wrong")]

mod reading;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use aispm_collect::{VirtualFile, read_bounded};
use aispm_types::{AssetKind, Batch, FactKind};
use reading::read;

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus")
}

/// Directory of the programs that are labelled for flows alone.
const FLOWS: &str = "flows/";

fn files() -> Vec<VirtualFile> {
    let root = corpus();
    let mut out = Vec::new();
    let mut work = vec![root.clone()];
    while let Some(at) = work.pop() {
        for entry in std::fs::read_dir(&at).unwrap().flatten() {
            if entry.file_type().unwrap().is_dir() {
                work.push(entry.path());
                continue;
            }
            let name = entry
                .path()
                .strip_prefix(&root)
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned();
            out.push(VirtualFile::memory(
                name,
                read_bounded(&entry.path(), 1 << 20).unwrap(),
            ));
        }
    }
    out.sort_by(|a, b| a.path.cmp(&b.path));
    out
}

/// `(path, line, what)`.
type Sighting = (String, u32, String);

fn expected(files: &[VirtualFile]) -> BTreeSet<Sighting> {
    let mut out = BTreeSet::new();
    for file in files {
        for (i, line) in file.text().unwrap().lines().enumerate() {
            let Some((_, marks)) = line.split_once("expect:") else {
                continue;
            };
            let marks = marks.split("*/").next().unwrap_or("").trim();
            let marks = marks.trim_end_matches(['"', ',']).trim_end_matches("\\n");
            for mark in marks.split(';') {
                out.insert((file.path.clone(), i as u32 + 1, mark.trim().to_owned()));
            }
        }
    }
    out
}

fn seen(batch: &Batch) -> Vec<Vec<Sighting>> {
    use AssetKind::*;
    let mut out = Vec::new();
    for asset in &batch.assets {
        let what = match asset.kind {
            Model => format!("model {}", asset.id.as_str().trim_start_matches("model:")),
            Agent | Tool | McpServer | VectorIndex | Endpoint | Dataset | Guardrail | TrainingJob => {
                format!("{} {}", asset.kind, asset.name)
            }
            _ => continue,
        };
        // Places of one asset in one file stand for one sighting, wherever of them it is expected.
        let mut by_file: std::collections::BTreeMap<String, Vec<Sighting>> = Default::default();
        for l in &asset.locations {
            let path = l.path.clone().unwrap_or_default();
            by_file
                .entry(path.clone())
                .or_default()
                .push((path, l.line.unwrap_or(0), what.clone()));
        }
        out.extend(by_file.into_values());
    }
    for fact in &batch.facts {
        let l = fact.location.clone().unwrap();
        let what = match fact.kind {
            FactKind::TaintTrace => format!("taint {}", fact.text("sink").unwrap()),
            FactKind::PromptInput => format!("input {}", fact.text("origin").unwrap()),
            FactKind::ModelLoad => format!("load {}", fact.text("callee").unwrap()),
            _ => continue,
        };
        out.push(vec![(l.path.unwrap(), l.line.unwrap_or(0), what)]);
    }
    out
}

/// Reads files and asserts that what is seen is what they say.
fn assert_read_as_labelled(files: &[VirtualFile], counts: impl Fn(&str) -> bool) {
    let batch = read(files);
    assert_eq!(
        aispm_types::schema::batch_departures(&batch),
        Vec::<String>::new()
    );
    assert_eq!(batch.gaps, Vec::new());
    let expected = expected(files);
    let mut met = BTreeSet::new();
    let mut wrong = Vec::new();
    let mut all = seen(&batch);
    all.retain(|sighting| sighting.iter().any(|(_, _, what)| counts(what)));
    for sighting in &all {
        let hits: Vec<_> = sighting
            .iter()
            .filter(|s| expected.contains(*s))
            .cloned()
            .collect();
        if hits.is_empty() {
            wrong.push(sighting.clone());
        }
        met.extend(hits);
    }
    let missed: Vec<_> = expected.difference(&met).collect();
    let recall = met.len() as f64 / expected.len() as f64;
    let precision = (all.len() - wrong.len()) as f64 / all.len() as f64;
    assert!(
        missed.is_empty() && wrong.is_empty(),
        "{} files, {} expected: recall {recall:.3}, precision {precision:.3}\nmissed: {missed:#?}\nnot expected: {wrong:#?}",
        files.len(),
        expected.len()
    );
}

#[test]
fn the_corpus_is_read_without_a_miss_or_a_false_positive() {
    let mut files = files();
    files.retain(|f| !f.path.starts_with(FLOWS));
    assert!(files.len() >= 30, "{} files", files.len());
    assert_read_as_labelled(&files, |_| true);
}

#[test]
fn what_text_of_a_model_reaches_is_seen_without_a_miss_or_a_false_positive() {
    let mut files = files();
    files.retain(|f| f.path.starts_with(FLOWS));
    assert!(files.len() >= 20, "{} files", files.len());
    assert_read_as_labelled(&files, |what| what.starts_with("taint "));
}

#[test]
fn order_of_files_does_not_show() {
    let mut files = files();
    let one = format!("{:?}", read(&files).assets.len());
    let forwards = read(&files);
    files.reverse();
    let mut backwards = read(&files);
    let mut forwards_assets = forwards.assets;
    forwards_assets.sort_by(|a, b| a.id.cmp(&b.id).then_with(|| a.locations.cmp(&b.locations)));
    backwards
        .assets
        .sort_by(|a, b| a.id.cmp(&b.id).then_with(|| a.locations.cmp(&b.locations)));
    assert_eq!(forwards_assets, backwards.assets, "{one}");
}
