//! Every reader has a fuzz target and seeds from which it reads something.

use std::fs;
use std::path::Path;

use aispm_collect::read_bounded;

#[test]
fn every_reader_has_a_target_and_a_corpus() {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz");
    let manifest = text(&fuzz.join("Cargo.toml")).expect("fuzz/Cargo.toml");
    let readers = aispm_engine::readers(b"fuzz").readers;
    assert!(readers.len() > 10);
    for reader in &readers {
        let target = format!("reader-{}", reader.name().replace(' ', "-"));
        let source = text(&fuzz.join("fuzz_targets").join(format!("{target}.rs")))
            .unwrap_or_else(|| panic!("{target} has no fuzz target"));
        assert!(
            source.contains(&format!("aispm_fuzz::target({:?}", reader.name())),
            "{target}"
        );
        assert!(
            manifest.contains(&format!("name = \"{target}\"")),
            "{target} is not built"
        );
        let seeds: Vec<_> = fs::read_dir(fuzz.join("corpus").join(&target))
            .unwrap_or_else(|_| panic!("{target} has no corpus"))
            .flatten()
            .collect();
        assert!(!seeds.is_empty(), "{target} has no seed");
        for seed in seeds {
            let bytes = read_bounded(&seed.path(), 1 << 20).expect("seed");
            let file = aispm_fuzz::parse_seed(&bytes).expect("a path in the first line");
            assert!(reader.wants(&file), "{target} does not read {}", file.path);
            aispm_fuzz::judge(reader.as_ref(), &file, &aispm_fuzz::context()).expect("a clean seed");
        }
    }
}

#[test]
fn every_form_of_training_data_has_a_target_and_a_corpus() {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz");
    let manifest = text(&fuzz.join("Cargo.toml")).expect("fuzz/Cargo.toml");
    for (name, kind) in aispm_fuzz::Rows::ALL {
        let source = text(&fuzz.join("fuzz_targets").join(format!("{name}.rs"))).unwrap_or_default();
        assert!(source.contains(&format!("Rows::{kind:?},")), "{name}");
        assert!(
            manifest.contains(&format!("name = \"{name}\"")),
            "{name} is not built"
        );
        let seeds = fs::read_dir(fuzz.join("corpus").join(name))
            .expect("a corpus")
            .flatten();
        let mut read = 0;
        for seed in seeds {
            let bytes = read_bounded(&seed.path(), 1 << 20).expect("seed");
            assert_eq!(aispm_fuzz::rows(kind, &bytes), Ok(()), "{name}");
            read += 1;
        }
        assert!(read > 0, "{name} has no seed");
    }
}

fn text(path: &Path) -> Option<String> {
    String::from_utf8(read_bounded(path, 1 << 20).ok()?).ok()
}
