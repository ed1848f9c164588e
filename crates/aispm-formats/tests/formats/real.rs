//! Files that the real libraries wrote; `tests/fixtures/make.py` says how.

use std::path::Path;

use aispm_formats::FormatId;

use super::{calls, defects, hazards, read};

#[expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a fixture of this crate, a few kilobytes"
)]
fn fixture(name: &str) -> aispm_formats::Inspection {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(name);
    let bytes = std::fs::read(path).unwrap();
    read(&bytes, name).unwrap()
}

#[test]
fn ordinary_files_are_read_completely_and_run_nothing() {
    for (name, format) in [
        ("pipeline.pkl", FormatId::Pickle),
        ("pipeline.protocol0.pkl", FormatId::Pickle),
        ("forest.joblib", FormatId::Pickle),
        ("forest.zlib.joblib", FormatId::Joblib),
        ("forest.gzip.joblib", FormatId::Joblib),
        ("arrays.joblib", FormatId::Pickle),
        ("xgboost.pkl", FormatId::Pickle),
        ("standard.pkl", FormatId::Pickle),
        ("array.npy", FormatId::Numpy),
        ("arrays.npz", FormatId::Npz),
        ("model.safetensors", FormatId::Safetensors),
        ("weights.h5", FormatId::Hdf5),
    ] {
        let seen = fixture(name);
        assert_eq!(seen.format, format, "{name}");
        assert_eq!(seen.unread, [], "{name}");
        assert_eq!(defects(&seen), [""; 0], "{name}");
        let odd: Vec<_> = calls(&seen)
            .into_iter()
            .filter(|c| c.starts_with(['!', '?']))
            .collect();
        assert_eq!(odd, [""; 0], "{name}");
        assert_eq!(seen.executes_on_load(), Some(false), "{name}");
    }
}

#[test]
fn a_lambda_in_hdf5_is_found_in_old_and_new_layouts() {
    for name in ["lambda.earliest.h5", "lambda.latest.h5", "lambda.dense.h5"] {
        let seen = fixture(name);
        assert_eq!(hazards(&seen), ["keras-lambda"], "{name}");
        assert_eq!(seen.executes_on_load(), Some(true), "{name}");
    }
}

#[test]
fn an_array_of_objects_is_a_pickle() {
    let seen = fixture("objects.npy");
    assert_eq!(hazards(&seen), ["object-array"]);
    assert!(seen.complete());
}
