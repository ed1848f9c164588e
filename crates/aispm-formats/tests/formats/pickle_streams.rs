//! Pickles in pickles, pickles in a row, streams that break, and streams that readers take differently.

use aispm_formats::FormatId;
use aispm_testkit::pickle::{Assembler as A, call0, call4, legacy_torch, state_dict};

use super::pickles::{SYSTEM, broken, case, check};
use super::{defects, read_as};

#[test]
fn nested_pickles_are_followed() {
    let inner = call4("os", "system", "id");
    let old = call0("os", "system", "id");
    let through = |bytes: &[u8], module: &str, name: &str| {
        A::proto(4)
            .stack_global(module, name)
            .bytes(bytes)
            .tuple1()
            .reduce()
            .stop()
    };
    check(vec![
        case(
            "pickle.loads",
            through(&inner, "pickle", "loads"),
            &["!os.system()", "!pickle.loads()"],
        ),
        case(
            "a nested pickle of protocol 0",
            through(&old, "_pickle", "loads"),
            &["!os.system()", "!_pickle.loads()"],
        ),
        case(
            "twice nested",
            through(&through(&inner, "pickle", "loads"), "pickle", "loads"),
            &["!os.system()", "!pickle.loads()"],
        ),
        case(
            "tensors as bytes, harmless themselves",
            through(
                &legacy_torch(&state_dict(&[2])),
                "torch.storage",
                "_load_from_bytes",
            ),
            &[
                "torch.storage._load_from_bytes()",
                "collections.OrderedDict()",
                "torch.FloatStorage",
                "torch._utils._rebuild_tensor_v2()",
            ],
        ),
        case(
            "tensors as bytes that run code",
            through(&legacy_torch(&inner), "torch.storage", "_load_from_bytes"),
            &["!os.system()", "torch.storage._load_from_bytes()"],
        ),
        case(
            "bytes through a buffer",
            A::proto(4)
                .stack_global("torch", "load")
                .stack_global("io", "BytesIO")
                .bytes(&inner)
                .tuple1()
                .reduce()
                .tuple1()
                .reduce()
                .stop(),
            &["!os.system()", "io.BytesIO()", "!torch.load()"],
        ),
        case(
            "bytes as Latin-1 text, as protocol 2 writes them",
            A::proto(2)
                .global("pickle", "loads")
                .global("_codecs", "encode")
                .binunicode(&inner.iter().map(|b| char::from(*b)).collect::<String>())
                .binunicode("latin1")
                .tuple2()
                .reduce()
                .tuple1()
                .reduce()
                .stop(),
            &["!os.system()", "_codecs.encode()", "!pickle.loads()"],
        ),
        case(
            "_load_from_bytes of what is no literal",
            A::proto(4)
                .stack_global("torch.storage", "_load_from_bytes")
                .stack_global("builtins", "bytes")
                .raw(b")R")
                .tuple1()
                .reduce()
                .stop(),
            &["builtins.bytes()", "!torch.storage._load_from_bytes()"],
        ),
    ]);
}

#[test]
fn what_ran_before_a_break_is_reported() {
    let call = || {
        A::proto(4)
            .stack_global("os", "system")
            .text("id")
            .tuple1()
            .reduce()
    };
    check(vec![
        broken("no STOP", call().broken(), SYSTEM),
        broken("an opcode that is none", call().raw(b"\xff").stop(), SYSTEM),
        broken("an empty stack", call().raw(b"000").stop(), SYSTEM),
        broken("a memo entry that is none", call().get(9).stop(), SYSTEM),
        broken("a mark that is none", call().raw(b"t").stop(), SYSTEM),
        broken(
            "a string that is longer than the file",
            call().raw(b"X\xff\xff\xff\x7fabc").broken(),
            SYSTEM,
        ),
        broken(
            "a negative length",
            call().raw(b"T\xff\xff\xff\xff").stop(),
            SYSTEM,
        ),
        broken("a protocol of the future", call().raw(b"\x80\x09").stop(), SYSTEM),
        broken("an unknown number", call().raw(b"Iabc\n").stop(), SYSTEM),
        broken(
            "a call after the break did not run",
            A::proto(4).raw(b"000").stack_global("os", "system").stop(),
            &[],
        ),
        broken(
            "a frame longer than the file",
            A::proto(4).frame(1 << 40).stack_global("os", "system").stop(),
            &[],
        ),
        broken("STOP on an empty stack", call().pop().stop(), SYSTEM),
    ]);
}

#[test]
fn streams_of_several_pickles() {
    let harmless = A::proto(2).raw(b"K\x01").stop();
    let bad = call4("os", "system", "id");
    check(vec![
        case(
            "the second runs code",
            [harmless.clone(), bad.clone()].concat(),
            SYSTEM,
        ),
        case(
            "the old PyTorch format",
            legacy_torch(&state_dict(&[2, 3])),
            &[
                "collections.OrderedDict()",
                "torch.FloatStorage",
                "torch._utils._rebuild_tensor_v2()",
            ],
        ),
        case(
            "the old PyTorch format that runs code",
            legacy_torch(&bad),
            SYSTEM,
        ),
        case(
            "a magic number that is computed",
            [call4("builtins", "eval", "0x1950a86a20f9469cfc6c"), bad.clone()].concat(),
            &["!builtins.eval()", "!os.system()"],
        ),
        case(
            "bytes behind that are no pickle",
            [harmless.clone(), b"\x7fELF....".to_vec()].concat(),
            &[],
        ),
        broken(
            "the second breaks after its call",
            [
                harmless,
                A::proto(4)
                    .stack_global("os", "system")
                    .text("id")
                    .tuple1()
                    .reduce()
                    .broken(),
            ]
            .concat(),
            SYSTEM,
        ),
    ]);
}

#[test]
fn readers_that_disagree_are_a_defect() {
    let framed = |body: &[u8], declared: u64| A::proto(5).frame(declared).raw(body).stop();
    for (what, bytes, expected) in [
        (
            "a string across the end of its frame",
            framed(b"B\x14\0\0\0AAAAAAAAAAAAAAAAAAAA", 5),
            "frame-mismatch",
        ),
        (
            "an import across it",
            framed(b"cmacos\nsystem\n", 4),
            "frame-mismatch",
        ),
        (
            "a frame inside a frame",
            A::proto(5).frame(15).raw(b"N").frame(2).raw(b"N00N").stop(),
            "frame-mismatch",
        ),
        (
            "a STOP before the end of its frame",
            A::proto(4)
                .frame(20)
                .raw(b"N.\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0")
                .broken(),
            "frame-mismatch",
        ),
        (
            "opcodes of a newer protocol",
            A::new().raw(b"\x8c\x01a").stop(),
            "protocol-mismatch",
        ),
        (
            "bytes behind the last pickle",
            [A::proto(2).raw(b"N").stop(), b"zzz".to_vec()].concat(),
            "trailing-data",
        ),
        (
            "a huge memo index",
            A::proto(2).raw(b"Nr\xff\xff\xff\x7f").stop(),
            "memo-bomb",
        ),
    ] {
        assert_eq!(defects(&read_as(&bytes, FormatId::Pickle)), [expected], "{what}");
    }
    let sound = A::proto(4).frame(4).raw(b"K\x01\x94.").broken();
    assert_eq!(defects(&read_as(&sound, FormatId::Pickle)), [""; 0]);
}

#[test]
fn what_hides_behind_a_frame_is_found_in_both_readings() {
    // A string reaches across the end of its frame: `pickle.loads` skips the import inside it, `pickle.load` runs it.
    let hidden = A::new()
        .global("os", "system")
        .unicode("id")
        .tuple1()
        .reduce()
        .broken();
    let len = u32::try_from(hidden.len()).unwrap() + 2;
    let inside = [&[0, 0][..], &hidden].concat();
    let bytes = A::proto(5)
        .frame(7)
        .raw(b"B")
        .raw(&len.to_le_bytes())
        .raw(&inside)
        .raw(b"NNNNNNNN")
        .stop();
    let seen = read_as(&bytes, FormatId::Pickle);
    assert_eq!(defects(&seen), ["frame-mismatch"]);
    assert!(!seen.complete());
    // Read from a file, the string is taken from behind the frame, and the rest of it runs.
    let shifted = A::proto(5)
        .frame(7)
        .raw(b"B\x04\0\0\0")
        .raw(b"\0\0")
        .raw(b"NNNN")
        .raw(&hidden)
        .stop();
    assert_eq!(
        super::calls(&read_as(&shifted, FormatId::Pickle)),
        ["!os.system()"]
    );
}
