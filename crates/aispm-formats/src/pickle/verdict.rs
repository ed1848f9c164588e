//! How a callable that a pickle names is to be taken.
//!
//! Attackers choose from everything that is installed, so the standard library is dangerous except where it is known not to
//! be, and what is on no list is unknown, never harmless. The tables beside this file are data: `harmless.txt`,
//! `dangerous.txt`, `stdlib.txt`, `quiet.txt`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// How a callable is to be taken; the greater, the worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// On the list of what ordinary models need.
    Harmless,
    /// On no list.
    Unknown,
    /// Runs code or commands, loads what does, or reaches files or the network; or hides what it is.
    Dangerous,
}

impl Verdict {
    /// The word used in facts.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Harmless => "harmless",
            Self::Unknown => "unknown",
            Self::Dangerous => "dangerous",
        }
    }
}

/// Modules and their callables; a module that ends in `.*` stands for everything below it too.
#[derive(Debug, Default)]
struct Table {
    modules: BTreeMap<&'static str, BTreeSet<&'static str>>,
}

impl Table {
    fn read(text: &'static str) -> Self {
        let mut table = Self::default();
        let mut module = "";
        for line in text.lines().filter(|l| !l.starts_with('#') && !l.is_empty()) {
            if line.starts_with(' ') {
                table
                    .modules
                    .entry(module)
                    .or_default()
                    .extend(line.split_ascii_whitespace());
            } else {
                module = line.trim_end();
            }
        }
        table
    }

    fn has(&self, module: &str, name: &str) -> bool {
        let listed = |key: &str| {
            self.modules.get(key).is_some_and(|names| {
                names.contains(name)
                    || names
                        .iter()
                        .any(|n| n.strip_suffix('*').is_some_and(|prefix| name.starts_with(prefix)))
            })
        };
        if listed(module) {
            return true;
        }
        let ends = std::iter::once(module.len()).chain(module.rmatch_indices('.').map(|(i, _)| i));
        ends.filter_map(|end| module.get(..end))
            .any(|above| listed(&format!("{above}.*")))
    }
}

static HARMLESS: LazyLock<Table> = LazyLock::new(|| Table::read(include_str!("harmless.txt")));
static DANGEROUS: LazyLock<Table> = LazyLock::new(|| Table::read(include_str!("dangerous.txt")));
static STDLIB: LazyLock<BTreeSet<&'static str>> = LazyLock::new(|| words(include_str!("stdlib.txt")));
static QUIET: LazyLock<BTreeSet<&'static str>> = LazyLock::new(|| words(include_str!("quiet.txt")));

fn words(text: &'static str) -> BTreeSet<&'static str> {
    text.lines()
        .filter(|l| !l.starts_with('#'))
        .flat_map(str::split_ascii_whitespace)
        .collect()
}

/// Attributes by which a walk leaves the object it began at.
const ESCAPES: &[&str] = &[
    "__globals__",
    "__builtins__",
    "__builtin__",
    "__class__",
    "__subclasses__",
    "__bases__",
    "__base__",
    "__mro__",
    "__dict__",
    "__code__",
    "__import__",
    "__loader__",
    "__spec__",
    "__getattribute__",
    "__getattr__",
    "__init_subclass__",
    "__reduce__",
    "__reduce_ex__",
    "__self__",
    "__func__",
    "__closure__",
    "__setattr__",
    "__delattr__",
    "__call__",
    "__get__",
    "__set__",
    "__wrapped__",
    "__traceback__",
    "__init__",
    "__new__",
    "__module__",
    "__path__",
    "f_globals",
    "f_builtins",
    "gi_frame",
    "tb_frame",
    "mro",
];

/// Names that mean the same in whatever module they stand.
const SINKS: &[&str] = &[
    "system",
    "popen",
    "popen2",
    "popen3",
    "popen4",
    "Popen",
    "eval",
    "exec",
    "execfile",
    "exec_",
    "execv",
    "execve",
    "execvp",
    "execl",
    "execlp",
    "spawn",
    "spawnl",
    "spawnv",
    "spawnve",
    "spawnvp",
    "posix_spawn",
    "startfile",
    "check_output",
    "check_call",
    "getoutput",
    "getstatusoutput",
    "create_subprocess_exec",
    "create_subprocess_shell",
    "import_module",
    "load_module",
    "exec_module",
    "runcode",
    "runsource",
    "runstring",
    "run_module",
    "run_path",
    "run_code",
    "run_command",
    "shell_exec",
    "urlopen",
    "urlretrieve",
    "CDLL",
    "LoadLibrary",
    "load_library",
    "cdll",
    "load",
    "loads",
    "load_pickle",
    "read_pickle",
    "unpickle",
    "Unpickler",
    "from_pretrained",
    "getattr",
    "setattr",
    "delattr",
    "globals",
    "locals",
    "attrgetter",
    "methodcaller",
    "breakpoint",
    "subprocess",
    "os",
    "sys",
    "builtins",
    "posix",
    "nt",
    "shutil",
    "socket",
    "ctypes",
    "importlib",
    "pickle",
    "marshal",
    "pty",
    "runpy",
    "multiprocessing",
    "asyncio",
    "rmtree",
    "FunctionType",
    "CodeType",
    "debug_script",
    "subimport",
    "main",
    "_main",
];

/// Built-in functions that only compute.
const QUIET_BUILTINS: &[&str] = &[
    "abs",
    "all",
    "any",
    "ascii",
    "bin",
    "callable",
    "chr",
    "classmethod",
    "divmod",
    "enumerate",
    "format",
    "hash",
    "hex",
    "id",
    "isinstance",
    "issubclass",
    "iter",
    "len",
    "max",
    "min",
    "next",
    "oct",
    "ord",
    "pow",
    "print",
    "property",
    "repr",
    "reversed",
    "round",
    "sorted",
    "staticmethod",
    "sum",
    "super",
    "type",
    "zip",
    "memoryview",
    "xrange",
    "unicode",
    "long",
    "basestring",
    "unichr",
    "cmp",
    "coerce",
    "buffer",
    "NoneType",
    "ellipsis",
    "None",
];

/// The name that Python 3 gives to a module that pickles of Python 2 name (`_compat_pickle`).
pub(super) fn canonical(module: &str) -> &str {
    match module {
        "__builtin__" | "__builtins__" | "exceptions" => "builtins",
        "copy_reg" => "copyreg",
        "cPickle" => "pickle",
        "StringIO" | "cStringIO" => "io",
        "UserDict" | "UserList" | "UserString" => "collections",
        "sets" => "builtins",
        other => other,
    }
}

/// Classifies one import. Knows nothing of arguments.
pub fn classify(module: &str, name: &str) -> Verdict {
    let module = canonical(module);
    let name = match (module, name) {
        ("builtins", "unicode") => "str",
        ("builtins", "long") => "int",
        ("builtins", "xrange") => "range",
        ("builtins", "Set") => "set",
        _ => name,
    };
    if DANGEROUS.has(module, name) && !HARMLESS.modules.get(module).is_some_and(|n| n.contains(name)) {
        return Verdict::Dangerous;
    }
    if HARMLESS.has(module, name) {
        return Verdict::Harmless;
    }
    if hides(module, name) {
        return Verdict::Dangerous;
    }
    let top = module.split('.').next().unwrap_or(module);
    let last = name.rsplit('.').next().unwrap_or(name);
    if module == "builtins" && !name.contains('.') {
        let quiet = QUIET_BUILTINS.contains(&name)
            || ["Error", "Warning", "Exception", "Exit", "Interrupt"]
                .iter()
                .any(|s| name.ends_with(s));
        return if quiet {
            Verdict::Unknown
        } else {
            Verdict::Dangerous
        };
    }
    if STDLIB.contains(top) {
        let quiet =
            (QUIET.contains(module) || QUIET.contains(top)) && !name.contains('.') && !SINKS.contains(&last);
        return if quiet {
            Verdict::Unknown
        } else {
            Verdict::Dangerous
        };
    }
    // A private module at the top is an extension module of some interpreter.
    if top.starts_with('_') && top != "__main__" && top != "__torch__" && !top.starts_with("__mp_main__") {
        return Verdict::Dangerous;
    }
    if SINKS.contains(&last) {
        return Verdict::Dangerous;
    }
    Verdict::Unknown
}

/// A walk over attributes that leaves its module: `torch` + `os.system`, `x` + `f.__globals__`; or a name no module has.
fn hides(module: &str, name: &str) -> bool {
    let mut parts = name.split('.').peekable();
    let mut escapes = false;
    while let Some(part) = parts.next() {
        let last = parts.peek().is_none();
        let stdlib = STDLIB.contains(part) && !QUIET.contains(part);
        escapes |= ESCAPES.contains(&part) || (!last && (stdlib || SINKS.contains(&part)));
    }
    let in_module = module.split('.').any(|p| ESCAPES.contains(&p));
    escapes || in_module || name.is_empty() || module.is_empty()
}

/// Whether an attribute name is an ordinary member, as of an enumeration.
pub(super) fn is_plain_member(name: &str) -> bool {
    !name.starts_with('_')
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && !SINKS.contains(&name)
        && !ESCAPES.contains(&name)
}

/// Whether the callable loads the pickle that its argument holds.
pub(super) fn unpickles(_module: &str, name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or(name);
    matches!(
        last,
        "loads" | "load" | "_loads" | "_load" | "Unpickler" | "_load_from_bytes" | "read_pickle" | "unpickle"
    )
}

/// Whether the callable gives back, as bytes, the literal it is given.
pub(super) fn makes_bytes(module: &str, name: &str) -> bool {
    matches!(
        (canonical(module), name),
        ("_codecs" | "codecs", "encode") | ("builtins", "bytes" | "bytearray") | ("io" | "_io", "BytesIO")
    )
}

/// Whether what the callable is given matters at every call.
pub(super) fn is_special(module: &str, name: &str) -> bool {
    unpickles(module, name)
        || makes_bytes(module, name)
        || matches!(name, "partial" | "getattr" | "add_extension")
        || (module == "torch._utils" && name.starts_with("_rebuild_tensor"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dangerous_is_the_class_not_the_list() {
        for (module, name) in [
            ("os", "system"),
            ("posix", "system"),
            ("nt", "popen"),
            ("subprocess", "Popen"),
            ("commands", "getoutput"),
            ("__builtin__", "eval"),
            ("builtins", "exec"),
            ("builtins", "getattr"),
            ("__builtin__", "apply"),
            ("builtins", "map"),
            ("builtins", "globals"),
            ("importlib", "import_module"),
            ("runpy", "_run_code"),
            ("pty", "spawn"),
            ("socket", "create_connection"),
            ("requests", "get"),
            ("requests.api", "get"),
            ("sys", "modules"),
            ("ctypes", "CDLL"),
            ("_ctypes", "dlopen"),
            ("types", "CodeType"),
            ("types", "FunctionType"),
            ("_operator", "attrgetter"),
            ("operator", "methodcaller"),
            ("pickle", "loads"),
            ("_pickle", "Unpickler"),
            ("cPickle", "loads"),
            ("dill", "loads"),
            ("dill._dill", "_create_function"),
            ("cloudpickle.cloudpickle", "_make_function"),
            ("joblib", "load"),
            ("torch", "load"),
            ("torch.hub", "load"),
            ("numpy", "load"),
            ("pip", "main"),
            ("pip._internal.cli.main", "main"),
            ("timeit", "timeit"),
            ("cProfile", "run"),
            ("profile", "Profile.run"),
            ("bdb", "Bdb.run"),
            ("pdb", "run"),
            ("code", "InteractiveInterpreter.runcode"),
            ("webbrowser", "open"),
            ("multiprocessing.util", "spawnv_passfds"),
            ("asyncio.unix_events", "_UnixSubprocessTransport._start"),
            ("logging.config", "fileConfig"),
            ("logging", "FileHandler"),
            ("ssl", "get_server_certificate"),
            ("ftplib", "FTP"),
            ("smtplib", "SMTP"),
            ("doctest", "debug_script"),
            ("lib2to3.pgen2.grammar", "Grammar.loads"),
            ("idlelib.calltip", "get_entity"),
            ("imaplib", "IMAP4_stream"),
            ("uuid", "_get_command_stdout"),
            ("_osx_support", "_read_output"),
            ("_aix_support", "_read_cmd_output"),
            ("_pyrepl.pager", "pipe_pager"),
            ("test.support.script_helper", "assert_python_ok"),
            ("venv", "create"),
            ("trace", "Trace.run"),
            ("pkgutil", "resolve_name"),
            ("pydoc", "locate"),
            ("ensurepip", "_run_pip"),
            ("distutils.file_util", "write_file"),
            ("_io", "FileIO"),
            ("io", "open"),
            ("numpy.f2py.crackfortran", "getlincoef"),
            ("numpy.testing._private.utils", "runstring"),
            ("torch.utils.collect_env", "run"),
            ("torch._dynamo.guards", "GuardBuilder.get"),
            (
                "torch.fx.experimental.symbolic_shapes",
                "ShapeEnv.evaluate_guards_expression",
            ),
            ("torch._inductor.codecache", "compile_file"),
            ("torch.utils._config_module", "ConfigModule.load_config"),
            ("torch.jit.unsupported_tensor_ops", "execWrapper"),
            ("torch.serialization", "load"),
            ("aiohttp", "ClientSession"),
            ("urllib", "urlopen"),
            ("urllib2", "urlopen"),
            ("urllib.request", "urlopen"),
            ("httplib", "HTTPSConnection"),
            ("pathlib", "os.system"),
            ("torch", "os.system"),
            ("numpy", "os"),
            ("collections", "_sys.modules"),
            ("a.b", "C.f.__globals__"),
            ("torch.nn.modules.linear", "Linear.__init__.__globals__"),
            ("_interpreters", "create"),
            ("_xxsubinterpreters", "create"),
            ("__future__", "_ssl.RAND_bytes"),
            ("typing", "ForwardRef"),
            ("string", "Formatter"),
            ("weakref", "finalize"),
            ("mymodule", "system"),
            ("sklearn.externals.joblib", "load"),
            ("marshal", "loads"),
            ("shelve", "open"),
            ("tempfile", "NamedTemporaryFile"),
            ("six", "exec_"),
            ("copyreg", "add_extension"),
            ("", "x"),
        ] {
            assert_eq!(classify(module, name), Verdict::Dangerous, "{module} {name}");
        }
    }

    #[test]
    fn ordinary_models_are_harmless() {
        for (module, name) in [
            ("collections", "OrderedDict"),
            ("torch._utils", "_rebuild_tensor_v2"),
            ("torch", "FloatStorage"),
            ("torch.nn.modules.linear", "Linear"),
            ("numpy.core.multiarray", "_reconstruct"),
            ("numpy._core.multiarray", "scalar"),
            ("numpy", "dtype"),
            ("sklearn.linear_model._logistic", "LogisticRegression"),
            ("sklearn.tree.tree", "DecisionTreeClassifier"),
            ("sklearn.tree._tree", "Tree"),
            ("scipy.sparse._csr", "csr_matrix"),
            ("pandas.core.frame", "DataFrame"),
            ("pandas._libs.internals", "_unpickle_block"),
            ("__builtin__", "set"),
            ("copy_reg", "_reconstructor"),
            ("builtins", "bytearray"),
            ("xgboost.sklearn", "XGBClassifier"),
            ("joblib.numpy_pickle", "NumpyArrayWrapper"),
            ("_codecs", "encode"),
            ("numpy.random._pickle", "__randomstate_ctor"),
            ("datetime", "datetime"),
            ("uuid", "UUID"),
            ("logging", "getLogger"),
            ("transformers.training_args", "TrainingArguments"),
            ("__builtin__", "unicode"),
            ("zoneinfo", "ZoneInfo._unpickle"),
        ] {
            assert_eq!(classify(module, name), Verdict::Harmless, "{module} {name}");
        }
    }

    #[test]
    fn what_is_on_no_list_is_unknown() {
        for (module, name) in [
            ("__main__", "Net"),
            ("mypackage.models", "Transformer"),
            ("builtins", "print"),
            ("builtins", "OSError"),
            ("functools", "partial"),
            ("math", "sqrt"),
            ("ultralytics.nn.tasks", "DetectionModel"),
            ("torch.nn.modules.linear", "MyLinear"),
            ("sklearn.pipeline", "make_pipeline"),
            ("regex._regex", "compile"),
        ] {
            assert_eq!(classify(module, name), Verdict::Unknown, "{module} {name}");
        }
    }
}
