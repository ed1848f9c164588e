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
