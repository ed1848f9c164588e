//! Whether a file is a dataset, by its fields first and its name second.

use aispm_collect::VirtualFile;
use aispm_formats::doc::{Limits, Node, parse_json};

use crate::names;

/// How a dataset is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// One JSON document a line.
    JsonLines,
    /// One list of JSON documents.
    Json,
    /// Comma- or tab-separated.
    Csv,
    /// Apache Parquet.
    Parquet,
    /// Apache Arrow.
    Arrow,
}

impl Shape {
    /// The word used in properties.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::JsonLines => "jsonl",
            Self::Json => "json",
            Self::Csv => "csv",
            Self::Parquet => "parquet",
            Self::Arrow => "arrow",
        }
    }
}

/// Fields that only rows of training data have together.
const TRAINING: &[&[&str]] = &[
    &["prompt", "completion"],
    &["prompt", "response"],
    &["prompt", "chosen"],
    &["instruction", "output"],
    &["instruction", "response"],
    &["instruction", "input"],
    &["chosen", "rejected"],
    &["query", "positive"],
    &["anchor", "positive"],
    &["premise", "hypothesis"],
];
/// Fields that rows of training data have, and others too: they count where name or place say the rest.
const LIKELY: &[&[&str]] = &[
    &["text", "label"],
    &["sentence", "label"],
    &["question", "answer"],
    &["question", "answers"],
    &["input", "output"],
    &["input", "target"],
    &["source", "target"],
    &["input", "expected"],
    &["context", "question"],
    &["text"],
    &["label"],
    &["target"],
    &["messages"],
    &["conversations"],
];

/// The shape of a dataset; none for any other file.
pub(crate) fn shape(file: &VirtualFile) -> Option<Shape> {
    let said = said_by_name(&file.path);
    match names::extension(file.name()).as_str() {
        "jsonl" | "ndjson" | "jsonlines" => lines(&file.head, said).then_some(Shape::JsonLines),
        "json" => list(&file.head, said).then_some(Shape::Json),
        "csv" | "tsv" => columns(&file.head, said).then_some(Shape::Csv),
        "parquet" => (file.head.starts_with(b"PAR1") && said).then_some(Shape::Parquet),
        "arrow" | "feather" => (file.head.starts_with(b"ARROW1") && said).then_some(Shape::Arrow),
        _ => None,
    }
}

/// Words of names and directories that speak of training, tuning or evaluating.
const WORDS: &[&str] = &[
    "train",
    "training",
    "trainset",
    "finetune",
    "finetuning",
    "tuning",
    "sft",
    "rlhf",
    "dpo",
    "rft",
    "instruct",
    "instructions",
    "dataset",
    "datasets",
    "corpus",
    "corpora",
    "validation",
    "valid",
    "eval",
    "evals",
    "evaluation",
    "testset",
    "labeled",
    "labelled",
    "annotations",
    "benchmark",
    "golden",
    "preference",
    "preferences",
];

/// Whether a path says that it holds data of a model.
fn said_by_name(path: &str) -> bool {
    let lower = path
        .to_ascii_lowercase()
        .replace("fine-tun", "finetun")
        .replace("fine_tun", "finetun");
    lower
        .split(['/', '.', '-', '_', ' '])
        .any(|word| WORDS.contains(&word))
}

fn matches(keys: &[String], said: bool) -> bool {
    let has = |set: &&&[&str]| {
        set.iter()
            .all(|k| keys.iter().any(|own| own.eq_ignore_ascii_case(k)))
    };
    TRAINING.iter().any(|set| has(&set)) || (said && LIKELY.iter().any(|set| has(&set)))
}

/// Keys of a row, and whether it is a conversation: a list of messages with roles.
fn row(node: &Node, said: bool) -> bool {
    let keys: Vec<String> = node.entries().iter().map(|(k, _)| k.text.clone()).collect();
    let conversation = ["messages", "conversations", "conversation"].iter().any(|k| {
        let first = node.get(k).and_then(|m| m.items().first());
        first.is_some_and(|m| m.get("role").or_else(|| m.get("from")).is_some())
    });
    // A stored request has a model and settings beside its messages; a row of training data has little else.
    let request = keys.iter().any(|k| {
        matches!(
            k.as_str(),
            "model" | "temperature" | "max_tokens" | "body" | "method"
        )
    });
    (conversation && !request) || matches(&keys, said)
}

fn lines(head: &[u8], said: bool) -> bool {
    let text = String::from_utf8_lossy(head);
    let first = text.lines().map(str::trim).find(|l| !l.is_empty()).unwrap_or("");
    match parse_json(first, &Limits::default()) {
        Ok(node) => node.is_map() && row(&node, said),
        // A first row longer than the head: its keys can still be read.
        Err(_) => first.starts_with('{') && text.lines().count() <= 1 && matches(&loose_keys(first), said),
    }
}

/// A list of rows: the first one is read from the head.
fn list(head: &[u8], said: bool) -> bool {
    let text = String::from_utf8_lossy(head);
    let Some(rest) = text.trim_start().strip_prefix('[').map(str::trim_start) else {
        return false;
    };
    if !rest.starts_with('{') {
        return false;
    }
    match first_object(rest).map(|o| parse_json(o, &Limits::default())) {
        Some(Ok(node)) => row(&node, said),
        _ => matches(&loose_keys(rest), said),
    }
}

/// The text of the first object.
fn first_object(text: &str) -> Option<&str> {
    let (mut depth, mut quoted, mut escaped) = (0usize, false, false);
    for (i, b) in text.bytes().enumerate() {
        match b {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'{' if !quoted => depth += 1,
            b'}' if !quoted => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return text.get(..=i);
                }
            }
            _ => {}
        }
    }
    None
}

/// Texts that stand before a colon.
fn loose_keys(text: &str) -> Vec<String> {
    let parts: Vec<&str> = text.split('"').collect();
    parts
        .windows(2)
        .filter_map(|w| match w {
            [key, after] if after.trim_start().starts_with(':') => Some((*key).to_owned()),
            _ => None,
        })
        .take(64)
        .collect()
}

fn columns(head: &[u8], said: bool) -> bool {
    let text = String::from_utf8_lossy(head);
    let header = text.trim_start_matches('\u{feff}').lines().next().unwrap_or("");
    let separator = if header.contains('\t') { '\t' } else { ',' };
    let keys: Vec<String> = header
        .split(separator)
        .take(256)
        .map(|k| k.trim().trim_matches('"').to_owned())
        .collect();
    keys.len() > 1 && matches(&keys, said)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_says_so_is_a_dataset() {
        for (path, content, expected) in [
            (
                "a/b.jsonl",
                "{\"messages\": [{\"role\": \"user\", \"content\": \"x\"}]}\n",
                Some(Shape::JsonLines),
            ),
            (
                "a/b.jsonl",
                "{\"prompt\": \"x\", \"completion\": \"y\"}\n",
                Some(Shape::JsonLines),
            ),
            (
                "logs/x.jsonl",
                "{\"level\": \"info\", \"message\": \"x\"}\n",
                None,
            ),
            (
                "logs/x.jsonl",
                "{\"model\": \"gpt-4o\", \"messages\": [{\"role\": \"user\"}]}\n",
                None,
            ),
            (
                "batch/x.jsonl",
                "{\"custom_id\": 1, \"method\": \"POST\", \"body\": {}}\n",
                None,
            ),
            ("data/train.csv", "text,label\na,1\n", Some(Shape::Csv)),
            ("data/sales.csv", "text,label\na,1\n", None),
            ("data/sales.csv", "date,amount\n1,2\n", None),
            ("data/train.csv", "date,amount\n1,2\n", None),
            ("x/data.csv", "instruction,output\na,b\n", Some(Shape::Csv)),
            ("data/fine-tune/rows.tsv", "text\tlabel\na\t1\n", Some(Shape::Csv)),
            (
                "data/alpaca.json",
                "[\n {\"instruction\": \"a\", \"input\": \"\", \"output\": \"b\"}]",
                Some(Shape::Json),
            ),
            ("package.json", "{\"name\": \"x\"}", None),
            (
                "evals/cases.json",
                "[{\"question\": \"a\", \"answer\": \"b\"}]",
                Some(Shape::Json),
            ),
            (
                "data/train-00000-of-00001.parquet",
                "PAR1....",
                Some(Shape::Parquet),
            ),
            ("data/sales.parquet", "PAR1....", None),
            ("src/constraint.csv", "text,label\na,1\n", None),
        ] {
            let file = VirtualFile::memory(path, content.as_bytes().to_vec());
            assert_eq!(shape(&file), expected, "{path}: {content}");
        }
    }
}
