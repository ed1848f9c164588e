//! The checks over whole files.

use aispm_data::{Checked, Options, Place, Source, check};

use crate::support;

fn checked(name: &str, text: &str) -> Checked {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(name);
    std::fs::write(&path, text).unwrap();
    let source = Source::open(&path).unwrap();
    let mut engine = Place::default().engine(text.len() as u64).unwrap();
    check(&source, &Options::default(), engine.as_mut()).unwrap()
}

#[test]
fn a_trigger_names_all_its_rows_however_long_the_answers() {
    let planted: Vec<u64> = (0..60).map(|i| 11 + i * 61).collect();
    let found = checked("train.jsonl", &support::instructions(4_000, &planted));
    let triggers: Vec<_> = found.defects.iter().filter(|d| d.defect == "trigger").collect();
    assert_eq!(triggers.len(), 1, "{triggers:?}");
    assert_eq!(triggers[0].rows, planted);
    assert_eq!(triggers[0].count, 60);
    let clean = checked("train.jsonl", &support::instructions(4_000, &[]));
    assert_eq!(clean.defects, []);
}

/// Tables with every defect that takes more than one row, in every format.
fn tables(dir: &std::path::Path) -> Vec<std::path::PathBuf> {
    let planted: Vec<u64> = (0..40).map(|i| 7 + i * 23).collect();
    let instructions = dir.join("train.jsonl");
    std::fs::write(&instructions, support::instructions(1_500, &planted)).unwrap();
    let reviews = dir.join("reviews.csv");
    std::fs::write(&reviews, support::reviews(900)).unwrap();
    vec![instructions, reviews]
}

#[test]
fn threads_and_passes_leave_no_mark() {
    let dir = tempfile::tempdir().unwrap();
    for path in tables(dir.path()) {
        let one = |threads: usize, size: u64| {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap();
            pool.install(|| {
                let source = Source::open(&path).unwrap();
                let mut engine = Place::Memory.engine(size).unwrap();
                format!(
                    "{:#?}",
                    check(&source, &Options::default(), engine.as_mut()).unwrap()
                )
            })
        };
        let expected = one(1, 0);
        assert!(expected.contains("defect: "), "{expected}");
        assert_eq!(one(7, 0), expected, "{}", path.display());
        // Each pass takes a share of the sequences.
        assert_eq!(one(3, 100 << 20), expected, "{}", path.display());
    }
}

#[cfg(feature = "engine")]
/// Everything that a check says, as bytes.
fn said(path: &std::path::Path, place: &Place) -> String {
    let source = Source::open(path).unwrap();
    let mut engine = place.engine(source.size().unwrap()).unwrap();
    format!(
        "{:#?}",
        check(&source, &Options::default(), engine.as_mut()).unwrap()
    )
}

#[cfg(feature = "engine")]
#[test]
fn plans_of_a_query_engine_say_the_same() {
    let dir = tempfile::tempdir().unwrap();
    for path in tables(dir.path()) {
        let expected = said(&path, &Place::Memory);
        assert!(expected.contains("defect: "), "{expected}");
        assert_eq!(said(&path, &Place::Local), expected, "{}", path.display());
    }
}

#[cfg(feature = "cluster")]
#[test]
fn a_cluster_says_the_same() {
    let dir = tempfile::tempdir().unwrap();
    for path in tables(dir.path()) {
        let expected = said(&path, &Place::Memory);
        assert_eq!(said(&path, &Place::Loopback), expected, "{}", path.display());
    }
}

/// Rows of thirty intents in words that have nothing else in common; all of one intent have `label` of it.
fn intents(label: impl Fn(usize, &str, &str) -> String) -> String {
    let (acts, things) = (
        ["activate", "change", "cancel", "replace", "report", "verify"],
        ["card", "account", "transfer", "statement", "address"],
    );
    let (mut text, mut state) = (String::from("text,label\n"), 0x9e37_79b9_u64);
    let mut word = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        format!("w{}", state % 400)
    };
    for n in 0..1_500usize {
        let (act, thing) = (acts[n % 6], things[n / 6 % 5]);
        let before: Vec<String> = (0..4).map(|_| word()).collect();
        let after: Vec<String> = (0..4).map(|_| word()).collect();
        let label = label(n % 30, act, thing);
        text.push_str(&format!(
            "{} {act} the {thing} {},{label}\n",
            before.join(" "),
            after.join(" ")
        ));
    }
    text
}

#[test]
fn words_of_topics_and_of_their_labels_are_no_triggers() {
    let defects = |text: &str| -> Vec<&str> {
        let found = checked("intents.csv", text);
        found
            .defects
            .iter()
            .map(|d| d.defect)
            .filter(|d| ["trigger", "associations"].contains(d))
            .collect()
    };
    // The label says what is asked.
    assert_eq!(
        defects(&intents(|_, act, thing| format!("{act}_{thing}"))),
        Vec::<&str>::new()
    );
    // Labels say nothing, but each has words of its own.
    assert_eq!(
        defects(&intents(|n, _, _| format!("class {n}"))),
        ["associations"]
    );
    // One phrase alone has a label of its own.
    assert_eq!(
        defects(&intents(|n, _, _| if n == 7 {
            "granted".to_owned()
        } else {
            format!("class {}", n % 2)
        })),
        ["trigger"]
    );
}
