//! Zip and tar archives, PyTorch files, Keras files.

use aispm_formats::FormatId;
use aispm_testkit::pickle::{Assembler as A, call4, state_dict};
use aispm_testkit::tensors::npy;
use aispm_testkit::zip::{Entry, archive, gzip, torch, zlib};
use aispm_testkit::{tar, zip};

use super::{calls, defects, hazards, read, read_as};

const SYSTEM: &[&str] = &["!os.system()"];

fn bad() -> Vec<u8> {
    call4("os", "system", "id")
}

#[test]
fn a_torch_file_is_read_and_its_weights_are_not() {
    let seen = read(&torch(&state_dict(&[2, 2])), "model.pt").unwrap();
    assert_eq!(seen.format, FormatId::PytorchZip);
    assert_eq!(seen.executes_on_load(), Some(false));
    assert_eq!(seen.header.parameters, Some(4));
    assert_eq!(seen.calls[0].member.as_deref(), Some("archive/data.pkl"));
    assert!(defects(&seen).is_empty());
}

#[test]
fn hostile_archives_show_what_each_reader_sees() {
    let e = |name: &str| Entry::new(name, &bad());
    let good = || Entry::new("a/data.pkl", &state_dict(&[1]));
    let mut appended = torch(&bad());
    appended.extend(b"trailing");
    let prefix = [b"#!/bin/sh\n".to_vec(), torch(&bad())].concat();
    let polyglot = [bad(), torch(&state_dict(&[1]))].concat();
    let two = [archive(&[e("a/data.pkl")]), archive(&[good()])].concat();
    type Row = (
        &'static str,
        Vec<u8>,
        &'static [&'static str],
        &'static [&'static str],
    );
    let table: Vec<Row> = vec![
        ("plain", torch(&bad()), SYSTEM, &[]),
        ("deflated", archive(&[e("a/data.pkl").deflated()]), SYSTEM, &[]),
        (
            "an odd member name",
            archive(&[good(), e("a/notes.txt")]),
            SYSTEM,
            &[],
        ),
        (
            "a second pickle",
            archive(&[good(), e("a/extra.pkl")]),
            SYSTEM,
            &[],
        ),
        (
            "marked as encrypted in the directory",
            archive(&[e("a/data.pkl").flags(0, 1)]),
            SYSTEM,
            &["encryption-flag", "encryption-flag-mismatch"],
        ),
        (
            "marked as encrypted in both",
            archive(&[e("a/data.pkl").flags(1, 1)]),
            SYSTEM,
            &["encryption-flag"],
        ),
        (
            "another name before the data",
            archive(&[e("a/data.pkl").local_name("a/safe.txt")]),
            SYSTEM,
            &["name-mismatch"],
        ),
        (
            "a wrong checksum",
            archive(&[e("a/data.pkl").central_crc(7)]),
            SYSTEM,
            &["crc-mismatch"],
        ),
        (
            "a wrong size",
            archive(&[e("a/data.pkl").central_size(1)]),
            SYSTEM,
            &["size-mismatch"],
        ),
        (
            "twice the same name",
            archive(&[good(), e("a/data.pkl")]),
            SYSTEM,
            &["duplicate-entry"],
        ),
        (
            "twice the same name, spelled otherwise",
            archive(&[good(), e("a/./data.pkl")]),
            SYSTEM,
            &["duplicate-entry"],
        ),
        (
            "a member that no directory lists",
            archive(&[good(), e("a/data.pkl").unlisted()]),
            SYSTEM,
            &["hidden-member"],
        ),
        (
            "a name that leaves the archive",
            archive(&[e("../../data.pkl")]),
            SYSTEM,
            &["path-traversal"],
        ),
        ("bytes behind", appended, SYSTEM, &["trailing-data"]),
        ("bytes before", prefix, SYSTEM, &["prepended-data"]),
        (
            "two archives in one file",
            two,
            SYSTEM,
            &["hidden-member", "prepended-data", "unlisted-bytes"],
        ),
        (
            "a pickle before the archive",
            polyglot,
            SYSTEM,
            &["polyglot", "prepended-data"],
        ),
        (
            "an archive in an archive",
            archive(&[Entry::new("inner.zip", &torch(&bad()))]),
            SYSTEM,
            &[],
        ),
    ];
    for (what, bytes, expected_calls, expected_defects) in table {
        let seen = read_as(&bytes, FormatId::Zip);
        let dangerous: Vec<_> = calls(&seen).into_iter().filter(|c| c.starts_with('!')).collect();
        assert_eq!(dangerous, expected_calls, "{what}");
        assert_eq!(defects(&seen), expected_defects, "{what}");
    }
}

#[test]
fn a_file_that_is_two_things_is_read_as_both() {
    let seen = read(
        &[A::proto(2).raw(b"N").stop(), torch(&bad())].concat(),
        "model.bin",
    )
    .unwrap();
    assert!(calls(&seen).contains(&"!os.system()".to_owned()), "{seen:?}");
    assert!(defects(&seen).contains(&"polyglot"));
}

#[test]
fn formats_inside_zip() {
    let f = |entries: &[Entry]| read_as(&archive(entries), FormatId::Zip);
    let script = f(&[
        Entry::new(
            "m/data.pkl",
            &A::proto(2).global("__torch__.net", "Net").raw(b")\x81").stop(),
        ),
        Entry::new("m/constants.pkl", &A::proto(2).raw(b")").stop()),
        Entry::new(
            "m/code/__torch__/net.py",
            b"class Net(Module):\n  def forward(self): return 1\n",
        ),
    ]);
    assert_eq!(
        (script.format, hazards(&script)),
        (FormatId::TorchScript, vec!["torchscript-code"])
    );
    assert_eq!(script.executes_on_load(), Some(false));
    let package = f(&[
        Entry::new("p/.data/extern_modules", b""),
        Entry::new("p/m/model.pkl", &state_dict(&[1])),
        Entry::new("p/code.py", b"x = 1"),
    ]);
    assert_eq!(
        (package.format, package.executes_on_load()),
        (FormatId::TorchPackage, Some(true))
    );
    let served = f(&[
        Entry::new("MAR-INF/MANIFEST.json", b"{}"),
        Entry::new("handler.py", b""),
        Entry::new("model.pt", &torch(&bad())),
    ]);
    assert_eq!(
        (served.format, calls(&served)),
        (FormatId::TorchServe, vec!["!os.system()".to_owned()])
    );
    assert_eq!(
        served.calls[0].member.as_deref(),
        Some("model.pt!/archive/data.pkl")
    );
    let arrays = f(&[
        Entry::new(
            "x.npy",
            &npy(
                "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }\n",
                &[0; 8],
            ),
        ),
        Entry::new(
            "o.npy",
            &npy(
                "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }\n",
                &bad(),
            ),
        )
        .deflated(),
    ]);
    assert_eq!(
        (arrays.format, calls(&arrays), hazards(&arrays)),
        (
            FormatId::Npz,
            vec!["!os.system()".to_owned()],
            vec!["object-array"]
        )
    );
}

fn keras(config: &str) -> aispm_formats::Inspection {
    read_as(
        &archive(&[
            Entry::new("metadata.json", b"{\"keras_version\": \"3.0\"}"),
            Entry::new("config.json", config.as_bytes()),
        ]),
        FormatId::Zip,
    )
}

#[test]
fn keras_configurations() {
    let layer = |inner: &str| {
        format!(
            r#"{{"module": "keras", "class_name": "Sequential", "config": {{"name": "s", "layers": [{inner}]}}, "registered_name": null}}"#
        )
    };
    let table: &[(&str, &str, &[&str], Option<bool>)] = &[
        (
            "ordinary",
            r#"{"module": "keras.layers", "class_name": "Dense", "config": {"units": 1}, "registered_name": null}"#,
            &[],
            Some(false),
        ),
        (
            "bytecode",
            r#"{"module": "keras.layers", "class_name": "Lambda", "config": {"function": {"class_name": "__lambda__", "config": {"value": "4wEAAA=="}}}, "registered_name": null}"#,
            &["keras-lambda"],
            Some(true),
        ),
        (
            "any callable",
            r#"{"module": "os", "class_name": "system", "config": "id", "registered_name": null}"#,
            &["keras-custom-object"],
            Some(true),
        ),
        (
            "a custom layer",
            r#"{"module": "acme.layers", "class_name": "Gate", "config": {}, "registered_name": "Gate"}"#,
            &["keras-custom-object"],
            Some(false),
        ),
        (
            "a registered layer",
            r#"{"module": "keras.layers", "class_name": "Gate", "config": {}, "registered_name": "acme>Gate"}"#,
            &["keras-custom-object"],
            Some(false),
        ),
        (
            "a layer that unpickles",
            r#"{"module": "keras.layers", "class_name": "TorchModuleWrapper", "config": {}, "registered_name": null}"#,
            &["keras-custom-object"],
            Some(true),
        ),
        (
            "a switch of Keras itself",
            r#"{"module": "keras.config", "class_name": "enable_unsafe_deserialization", "config": {}, "registered_name": null}"#,
            &["keras-custom-object"],
            Some(true),
        ),
    ];
    for (what, inner, expected, executes) in table {
        let seen = keras(&layer(inner));
        assert_eq!(seen.format, FormatId::KerasV3, "{what}");
        assert_eq!(hazards(&seen), *expected, "{what}");
        assert_eq!(seen.executes_on_load(), *executes, "{what}");
    }
    assert!(!keras("{ no json").complete());
}

#[test]
fn compressed_and_tarred_pickles() {
    for (name, bytes) in [
        ("m.joblib", zlib(&bad())),
        ("m.pkl.gz", gzip(&bad())),
        (
            "m.nemo",
            tar::archive(&[
                ("model_config.yaml", b"a: 1\n"),
                ("model_weights.ckpt", &torch(&bad())),
            ]),
        ),
        (
            "m.tar.gz",
            gzip(&tar::archive(&[("pickle", &bad()), ("other.txt", b"text")])),
        ),
        ("raw", zip::zlib(&bad())),
    ] {
        let seen = read(&bytes, name).unwrap();
        assert_eq!(calls(&seen), SYSTEM, "{name}");
        assert!(seen.complete(), "{name}: {:?}", seen.unread);
    }
    let cut = zlib(&[bad(), vec![7; 100_000]].concat());
    let seen = read(&cut[..cut.len() / 2], "m.joblib").unwrap();
    assert_eq!(calls(&seen), SYSTEM);
}

#[test]
fn what_torch_save_aligns_is_no_defect() {
    let mut bytes = Vec::new();
    aispm_testkit::archive::torch_archive(&mut bytes, 4096).unwrap();
    let seen = read(&bytes, "model.pt").unwrap();
    assert_eq!((seen.complete(), defects(&seen)), (true, vec![]));
    assert_eq!(seen.header.parameters, Some(1024));
}
