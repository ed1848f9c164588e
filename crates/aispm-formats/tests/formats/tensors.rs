//! safetensors, GGUF, NumPy, ONNX, TensorFlow.

use aispm_formats::FormatId;
use aispm_testkit::pickle::call4;
use aispm_testkit::tensors::{GgufValue, gguf, npy, safetensors, sound_safetensors};
use aispm_testkit::wire::{onnx, saved_model};

use super::{calls, defects, hazards, read};

#[test]
fn safetensors_headers() {
    let one = |rest: &str, data: usize| safetensors(&format!("{{{rest}}}"), &vec![0; data]);
    let w = r#""w":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}"#;
    let table: Vec<(&str, Vec<u8>, &[&str], bool)> = vec![
        ("sound", sound_safetensors(), &[], true),
        ("no tensors", one("", 0), &[], true),
        (
            "overlap",
            one(
                &format!(r#"{w},"v":{{"dtype":"U8","shape":[8],"data_offsets":[12,20]}}"#),
                20,
            ),
            &["overlap"],
            true,
        ),
        (
            "hole",
            one(
                &format!(r#"{w},"v":{{"dtype":"U8","shape":[4],"data_offsets":[20,24]}}"#),
                24,
            ),
            &["hole"],
            true,
        ),
        ("bytes behind", one(w, 20), &["trailing-data"], true),
        ("out of bounds", one(w, 10), &["out-of-bounds"], true),
        (
            "wrong size",
            one(r#""w":{"dtype":"F32","shape":[3],"data_offsets":[0,16]}"#, 16),
            &["size-mismatch"],
            true,
        ),
        (
            "a tensor twice",
            one(&format!("{w},{w}"), 16),
            &["duplicate-entry", "overlap"],
            true,
        ),
        (
            "a shape that overflows",
            one(
                r#""w":{"dtype":"F32","shape":[18446744073709551615,2],"data_offsets":[0,16]}"#,
                16,
            ),
            &["size-mismatch"],
            true,
        ),
        (
            "bytes behind the JSON",
            safetensors("{} x", &[]),
            &["header-padding"],
            true,
        ),
        ("broken JSON", one(r#""w":"#, 0), &["malformed"], false),
        (
            "offsets that are no pair",
            one(r#""w":{"dtype":"F32","shape":[1],"data_offsets":[0]}"#, 4),
            &["malformed"],
            false,
        ),
        (
            "a header longer than the file",
            [&5000u64.to_le_bytes(), b"{\"a\":".as_slice()].concat(),
            &["truncated"],
            false,
        ),
    ];
    for (what, bytes, expected, complete) in table {
        let seen = read(&bytes, "m.safetensors").unwrap();
        assert_eq!(seen.format, FormatId::Safetensors, "{what}");
        assert_eq!(defects(&seen), expected, "{what}");
        assert_eq!(seen.complete(), complete, "{what}: {:?}", seen.unread);
    }
    let seen = read(&sound_safetensors(), "m.safetensors").unwrap();
    assert_eq!(
        (seen.header.tensors, seen.header.parameters, seen.header.producer),
        (Some(1), Some(4), Some("pt".to_owned()))
    );
    let code = one(r#""__metadata__":{"hook":"__import__('os').system('id')"}"#, 0);
    assert_eq!(
        hazards(&read(&code, "m.safetensors").unwrap()),
        ["safetensors-metadata-code"]
    );
}

fn text(t: &str) -> GgufValue {
    GgufValue::Text(t.to_owned())
}

#[test]
fn gguf_headers() {
    let arch = ("general.architecture", text("llama"));
    let words = (
        "tokenizer.ggml.tokens",
        GgufValue::Texts(vec!["a".to_owned(), "b".to_owned()]),
    );
    let sound = gguf(
        &[arch.clone(), words, ("general.license", text("mit"))],
        &[("a", 8, 0), ("b", 8, 32)],
        64,
    );
    let seen = read(&sound, "m.gguf").unwrap();
    assert_eq!((seen.complete(), defects(&seen)), (true, vec![]));
    assert_eq!(seen.header.architecture.as_deref(), Some("llama"));
    assert_eq!((seen.header.tensors, seen.header.parameters), (Some(2), Some(16)));
    for (what, bytes, expected) in [
        ("overlap", gguf(&[], &[("a", 16, 0), ("b", 8, 32)], 64), "overlap"),
        (
            "out of bounds",
            gguf(&[], &[("a", 1 << 40, 0)], 64),
            "out-of-bounds",
        ),
        ("misaligned", gguf(&[], &[("a", 1, 7)], 64), "alignment"),
        (
            "a tensor twice",
            gguf(&[], &[("a", 1, 0), ("a", 1, 32)], 64),
            "duplicate-entry",
        ),
        (
            "a key twice",
            gguf(&[arch.clone(), arch], &[], 0),
            "duplicate-entry",
        ),
        (
            "an alignment of zero",
            gguf(&[("general.alignment", GgufValue::U32(0))], &[], 0),
            "alignment",
        ),
    ] {
        assert_eq!(defects(&read(&bytes, "m").unwrap()), [expected], "{what}");
    }
    let mut many = b"GGUF\x03\0\0\0".to_vec();
    many.extend(u64::MAX.to_le_bytes());
    many.extend(u64::MAX.to_le_bytes());
    assert!(!read(&many, "m.gguf").unwrap().complete());
}

#[test]
fn chat_templates() {
    let ordinary = "{%- for m in messages %}{{ '<|im_start|>' + m['role'] + '\\n' + m.content | trim }}{% endfor %}{% if add_generation_prompt %}{{ 'call eval(x) or import os' }}{% endif %}{%- set ns = namespace(found=false) %}{{ raise_exception('no') }}";
    let table: &[(&str, &[&str], Option<bool>)] = &[
        (ordinary, &[], Some(false)),
        (
            "{{ ''.__class__.__mro__[1].__subclasses__() }}",
            &["gguf-template-injection"],
            Some(true),
        ),
        (
            "{% for c in [].__class__.__base__.__subclasses__() %}{% endfor %}",
            &["gguf-template-injection"],
            Some(true),
        ),
        (
            r"{{ x['\x5f\x5fglobals\x5f\x5f'] }}",
            &["gguf-template-injection"],
            Some(true),
        ),
        (
            "{{ x['__glo' + 'bals__'] }}",
            &["gguf-template-injection"],
            Some(true),
        ),
        ("{{ x | attr('f') }}", &["gguf-template-injection"], Some(true)),
        (
            "{{ lipsum.g.os.popen('id').read() }}",
            &["gguf-template-injection"],
            Some(true),
        ),
        (
            "{% include '/etc/passwd' %}",
            &["gguf-template-injection"],
            Some(false),
        ),
    ];
    for (template, expected, executes) in table {
        let seen = read(
            &gguf(&[("tokenizer.chat_template", text(template))], &[], 0),
            "m.gguf",
        )
        .unwrap();
        assert_eq!(hazards(&seen), *expected, "{template}");
        assert_eq!(seen.executes_on_load(), *executes, "{template}");
        assert_eq!(seen.header.chat_template, Some(true));
    }
}

#[test]
fn numpy_arrays() {
    let header = |descr: &str| format!("{{'descr': {descr}, 'fortran_order': False, 'shape': (2,), }}\n");
    let plain = read(&npy(&header("'<f4'"), &[0; 8]), "a.npy").unwrap();
    assert_eq!((plain.executes_on_load(), defects(&plain)), (Some(false), vec![]));
    assert!(!read(&npy(&header("'<f4'"), &[0; 7]), "a.npy").unwrap().complete());
    assert_eq!(
        defects(&read(&npy(&header("'<f4'"), &[0; 9]), "a.npy").unwrap()),
        ["trailing-data"]
    );
    for descr in [
        "'|O'",
        "'O8'",
        r"'|\x4f'",
        "'object'",
        "[('a', '<f4'), ('b', '|O')]",
        "[('a', [('b', 'O')])]",
    ] {
        let seen = read(&npy(&header(descr), &call4("os", "system", "id")), "a.npy").unwrap();
        assert_eq!(calls(&seen), ["!os.system()"], "{descr}");
        assert_eq!(hazards(&seen), ["object-array"], "{descr}");
    }
    assert!(
        !read(&npy("__import__('os').system('id')", &[]), "a.npy")
            .unwrap()
            .complete()
    );
}

#[test]
fn onnx_models() {
    let plain = read(&onnx("", "Relu", None), "m.onnx").unwrap();
    assert_eq!(
        (plain.format, plain.executes_on_load(), defects(&plain)),
        (FormatId::Onnx, Some(false), vec![])
    );
    assert_eq!(plain.header.producer.as_deref(), Some("pytorch 2.1"));
    assert_eq!(
        (plain.header.tensors, plain.header.parameters),
        (Some(1), Some(6))
    );
    // The content alone tells it.
    assert_eq!(
        read(&onnx("", "Relu", None), "model.bin").unwrap().format,
        FormatId::Onnx
    );
    let custom = read(&onnx("com.acme", "Exec", None), "m.onnx").unwrap();
    assert_eq!(
        (hazards(&custom), custom.hazards[0].detail.as_str()),
        (vec!["onnx-custom-op"], "domain com.acme: Exec")
    );
    let beside = read(&onnx("", "Relu", Some("weights.bin")), "m.onnx").unwrap();
    assert_eq!(hazards(&beside), [""; 0]);
    for leaving in ["../../etc/passwd", "/etc/passwd", "C:\\x", "a\\..\\..\\b"] {
        let seen = read(&onnx("", "Relu", Some(leaving)), "m.onnx").unwrap();
        assert_eq!(hazards(&seen), ["onnx-external-data"], "{leaving}");
    }
    let whole = onnx("", "Relu", None);
    for cut in 1..whole.len() {
        if let Some(seen) = read(&whole[..cut], "m.onnx") {
            assert!(cut > whole.len() - 20 || !seen.complete(), "cut at {cut}");
        }
    }
}

#[test]
fn tensorflow_graphs() {
    let seen = read(
        &saved_model(&["Const", "MatMul", "WriteFile", "PyFunc", "ReadFile"]),
        "m/saved_model.pb",
    )
    .unwrap();
    assert_eq!(seen.format, FormatId::SavedModel);
    assert_eq!(seen.header.producer.as_deref(), Some("tensorflow 2.15.0"));
    let mut ops: Vec<_> = seen.hazards.iter().filter_map(|h| h.member.as_deref()).collect();
    ops.sort_unstable();
    assert_eq!(ops, ["PyFunc", "ReadFile", "WriteFile"]);
    let plain = read(
        &saved_model(&["Const", "SaveV2", "RestoreV2"]),
        "m/saved_model.pb",
    )
    .unwrap();
    assert_eq!((hazards(&plain), plain.complete()), (vec![], true));
}
