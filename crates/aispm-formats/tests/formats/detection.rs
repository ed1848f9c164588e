//! Which files are model files: by content, whatever their name says.

use aispm_formats::{FormatId, detect};
use aispm_testkit::pickle::{Assembler as A, call0, call4, state_dict};
use aispm_testkit::tensors::{gguf, npy, sound_safetensors};
use aispm_testkit::wire::onnx;
use aispm_testkit::zip::{gzip, torch};

fn head(bytes: &[u8]) -> &[u8] {
    bytes.get(..bytes.len().min(8192)).unwrap_or(bytes)
}

#[test]
fn content_decides_whatever_the_name() {
    for name in [
        "model.pkl",
        "model.bin",
        "model.txt",
        "model",
        "weights.safetensors",
        "image.png",
    ] {
        for (bytes, format) in [
            (call4("os", "system", "id"), FormatId::Pickle),
            (state_dict(&[1]), FormatId::Pickle),
            (call0("os", "system", "id"), FormatId::Pickle),
            (
                A::new().mark().string("id").inst("os", "system").stop(),
                FormatId::Pickle,
            ),
            (
                A::new()
                    .global("os", "system")
                    .mark()
                    .string("id")
                    .tuple()
                    .reduce()
                    .broken(),
                FormatId::Pickle,
            ),
            (torch(&state_dict(&[1])), FormatId::Zip),
            (sound_safetensors(), FormatId::Safetensors),
            (gguf(&[], &[], 0), FormatId::Gguf),
            (onnx("", "Relu", None), FormatId::Onnx),
            (
                npy("{'descr': '<f4', 'fortran_order': False, 'shape': (0,), }\n", &[]),
                FormatId::Numpy,
            ),
            (gzip(b"x"), FormatId::Gzip),
        ] {
            assert_eq!(detect(head(&bytes), name), Some(format), "{name}");
        }
    }
}

#[test]
fn old_pickles_under_names_that_loaders_read() {
    let list = A::new().raw(b"(lp0\nI1\naI2\na").stop();
    let words = A::new().raw(b"(dp0\nS'name'\np1\nS'a value'\np2\ns").stop();
    for extension in [
        "pkl", "pickle", "p", "bin", "dat", "data", "model", "joblib", "sav", "pt", "ckpt",
    ] {
        for bytes in [&list, &words] {
            assert_eq!(
                detect(bytes, &format!("a/b.{extension}")),
                Some(FormatId::Pickle),
                "{extension}"
            );
        }
    }
    assert_eq!(detect(&list, "notes.txt"), None);
}

#[test]
fn text_is_no_pickle() {
    for text in [
        "class Foo:\n    pass\n",
        "import os\nprint(1)\n",
        "I am a text.\nAnd more.\n",
        "N.\n",
        "(a, b) = 1\n",
        "Some text\n",
        "Version 1\n",
        "cat\ndog\nbird\n",
        "c\n",
        "()\n",
        "[]\n",
        "{}\n",
        "{\"a\": 1}\n",
        "]]>\n",
        "K1,K2\n1,2\n",
        "Max\nMoritz\n",
        "F1 score\n",
        "L\n",
        "Go.\n",
        "]\n.\n",
        "I1\n.",
        "N.",
        ").",
        "name,value\na,1\n",
        "(function() { return 1; })();\n",
        "checkpoint\nmodel\n\n",
        "Vname\n.",
        "Sphinx\n",
        "PK but text\n",
        "MIT License\n",
        "GGML notes\n",
        "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n",
        "",
    ] {
        for name in ["a.txt", "a.py", "README", "a.md", "Makefile", "a.csv"] {
            assert_eq!(detect(text.as_bytes(), name), None, "{text:?} as {name}");
        }
    }
    for text in [
        "class Foo:\n    pass\n",
        "I am a text.\nAnd more.\n",
        "cat\ndog\nbird\n",
        "Some text\n",
        "N.\n",
    ] {
        assert_eq!(detect(text.as_bytes(), "vocab.bin"), None, "{text:?}");
        assert_eq!(detect(text.as_bytes(), "a.data"), None, "{text:?}");
    }
}

#[test]
fn binary_files_of_other_kinds_are_left_alone() {
    let table: &[&[u8]] = &[
        b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0",
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        b"\xff\xd8\xff\xe0\0\x10JFIF",
        b"%PDF-1.7\n%\xe2\xe3",
        b"MZ\x90\0\x03\0\0\0",
        b"SQLite format 3\0",
        b"\0asm\x01\0\0\0",
        b"\xca\xfe\xba\xbe\0\0\0\x34",
        b"PAR1\x15\x04",
        b"RIFF\x24\0\0\0WAVE",
        b"\0\0\0\x18ftypmp42",
        &[0; 512],
        b"\x08\x01\x12\x05hello",
        b"\x0a\x05hello\x12\x03abc",
    ];
    for bytes in table {
        assert_eq!(detect(bytes, "file.bin"), None, "{bytes:?}");
    }
}
