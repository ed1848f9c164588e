//! One small file of every kind: seeds for mutation and coverage-guided fuzzing.

use crate::pickle::{Assembler, call0, call4, legacy_torch, state_dict};
use crate::tar;
use crate::tensors::{GgufValue, gguf, npy, sound_safetensors};
use crate::wire::{onnx, saved_model};
use crate::zip::{Entry, archive, gzip, torch, zlib};

/// `(format, file name, bytes)`; the format is the word that `aispm-formats` uses.
pub fn model_files() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let framed = Assembler::proto(4).frame(4).raw(b"K\x01\x94.").broken();
    let everything = Assembler::proto(5)
        .raw(b"(N\x88\x89K\x01M\x01\x02I5\nL7L\nF1.5\nG\0\0\0\0\0\0\0\0\x8a\x01\x07\x8b\x01\0\0\0\x07C\x01a\x8e\x01\0\0\0\0\0\0\0b")
        .raw(b"\x96\x01\0\0\0\0\0\0\0c}](e\x8f(\x90(\x91)\x85\x862\x94h\x000tU\x01dVe\nS'f'\n(lp1\n(dp2\n")
        .stack_global("functools", "partial")
        .global("os", "system")
        .tuple1()
        .raw(b"}\x92}bPid\nQ(ios\nsystem\n(cos\nsystem\no")
        .stop();
    let template =
        GgufValue::Text("{% for m in messages %}{{ m['role'] }}{{ ''.__class__ }}{% endfor %}".into());
    let words = GgufValue::Texts(vec!["a".into(), "b".into()]);
    let keras = br#"{"module": "keras", "class_name": "Sequential", "config": {"name": "s", "layers": [{"module": "keras.layers", "class_name": "Lambda", "config": {"function": {"class_name": "__lambda__", "config": {"value": "4w=="}}}}]}}"#;
    vec![
        ("pickle", "call0.pkl", call0("os", "system", "id")),
        ("pickle", "call4.pkl", call4("os", "system", "id")),
        ("pickle", "state.pkl", state_dict(&[2, 3])),
        ("pickle", "framed.pkl", framed),
        ("pickle", "everything.pkl", everything),
        ("pickle", "legacy.pt", legacy_torch(&state_dict(&[1]))),
        (
            "pickle",
            "nested.pkl",
            Assembler::proto(4)
                .stack_global("pickle", "loads")
                .bytes(&call4("os", "system", "id"))
                .tuple1()
                .reduce()
                .stop(),
        ),
        ("zip", "model.pt", torch(&state_dict(&[4]))),
        (
            "zip",
            "script.pt",
            archive(&[
                Entry::new("m/data.pkl", &state_dict(&[1])),
                Entry::new("m/constants.pkl", b"\x80\x02)."),
                Entry::new("m/code/a.py", b"def f(): pass"),
            ]),
        ),
        (
            "zip",
            "deflated.zip",
            archive(&[
                Entry::new("a/x.pkl", &call4("os", "system", "id")).deflated(),
                Entry::new("b", b"").flags(8, 8),
            ]),
        ),
        (
            "zip",
            "lies.zip",
            archive(&[
                Entry::new("a.pkl", b"\x80\x02N.").local_name("b"),
                Entry::new("c", b"d").unlisted(),
            ]),
        ),
        (
            "zip",
            "model.keras",
            archive(&[
                Entry::new("metadata.json", b"{}"),
                Entry::new("config.json", keras),
            ]),
        ),
        (
            "zip",
            "arrays.npz",
            archive(&[Entry::new(
                "x.npy",
                &npy(
                    "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }\n",
                    &[0; 8],
                ),
            )]),
        ),
        (
            "tar",
            "model.nemo",
            tar::archive(&[
                ("weights.ckpt", &torch(&state_dict(&[1]))),
                ("config.yaml", b"a: 1\n"),
            ]),
        ),
        ("gzip", "model.pkl.gz", gzip(&call4("os", "system", "id"))),
        (
            "gzip",
            "data.tar.gz",
            gzip(&tar::archive(&[("a.pkl", &call0("os", "system", "id"))])),
        ),
        ("zlib", "model.joblib", zlib(&state_dict(&[2]))),
        ("safetensors", "model.safetensors", sound_safetensors()),
        (
            "gguf",
            "model.gguf",
            gguf(
                &[
                    ("general.architecture", GgufValue::Text("llama".into())),
                    ("general.alignment", GgufValue::U32(32)),
                    ("tokenizer.chat_template", template),
                    ("tokenizer.ggml.tokens", words),
                ],
                &[("a", 8, 0), ("b", 8, 32)],
                64,
            ),
        ),
        (
            "numpy",
            "array.npy",
            npy(
                "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }\n",
                &[0; 8],
            ),
        ),
        (
            "numpy",
            "objects.npy",
            npy(
                "{'descr': [('a', '|O')], 'fortran_order': False, 'shape': (1,), }\n",
                &call4("os", "system", "id"),
            ),
        ),
        ("onnx", "inline.onnx", onnx("com.acme", "Exec", None)),
        ("onnx", "external.onnx", onnx("", "Relu", Some("../weights.bin"))),
        (
            "tensorflow-savedmodel",
            "saved_model.pb",
            saved_model(&["Const", "WriteFile", "PyFunc"]),
        ),
    ]
}
