//! Imports and calls: who is called with what, and how that is to be taken.

use std::collections::BTreeMap;

use super::machine::Machine;
use super::value::{Node, Value};
use super::verdict::{self, Verdict};
use crate::inspection::Call;

/// Distinct imports that are told apart.
const MAX_IMPORTS: usize = 4096;
/// Imports that are classified at all.
const MAX_CLASSIFIED: usize = 1_000_000;
/// Different argument lists of one callable that are listed.
const CALLS_OF_ONE: usize = 16;
/// Calls of one ordinary callable whose arguments are looked at.
const LOOKS: usize = 64;
/// Arguments of one call that are listed.
const MAX_ARGS: usize = 8;

/// One import.
#[derive(Clone, Debug)]
struct Import {
    module: String,
    name: String,
    verdict: Verdict,
    offset: u64,
    called: bool,
    /// Calls seen; what only repeats is not looked at again.
    seen: usize,
    /// What it is called with matters every time.
    special: bool,
}

/// Bytes inside the pickle that a call is handed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Nested {
    pub(super) offset: u64,
    pub(super) len: u64,
    /// They stand as UTF-8 text whose characters are the bytes (protocol 2 writes bytes so).
    pub(super) latin1: bool,
}

/// Imports and calls so far, each listed once.
#[derive(Debug)]
pub(super) struct Log {
    imports: Vec<Import>,
    /// Numbers of imports by `module\nname`.
    index: BTreeMap<String, u32>,
    /// Imports that were classified; the rest of a stream of nothing but imports is not.
    classified: usize,
    key: String,
    extensions: BTreeMap<i64, (String, String)>,
    calls: Vec<Call>,
    limit: usize,
    /// Calls of what is no import itself.
    indirect: usize,
    /// More was seen than is listed.
    pub(super) overflowed: bool,
}

impl Log {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            imports: Vec::new(),
            index: BTreeMap::new(),
            classified: 0,
            key: String::new(),
            extensions: BTreeMap::new(),
            calls: Vec::new(),
            limit,
            indirect: 0,
            overflowed: false,
        }
    }
    /// Numbers of imports stay valid from one pickle of a stream to the next; nothing needs to be forgotten but what a
    /// pickle itself registered.
    pub(super) fn forget_numbers(&mut self) {
        self.extensions.clear();
    }
    /// Imports and calls seen so far; grows with each.
    pub(super) fn seen(&self) -> (usize, usize) {
        (self.imports.len(), self.calls.len())
    }
    /// Forgets what came after `seen`: it was no pickle.
    pub(super) fn rewind(&mut self, seen: (usize, usize)) {
        self.imports.truncate(seen.0);
        self.calls.truncate(seen.1);
        let kept = self.imports.len();
        self.index.retain(|_, i| (*i as usize) < kept);
    }

    /// The number of an import. Beyond the most that are told apart only dangerous ones are still taken.
    fn import(&mut self, module: &str, name: &str, verdict: Option<Verdict>, offset: u64) -> Value {
        self.key.clear();
        self.key.push_str(module);
        self.key.push('\n');
        self.key.push_str(name);
        if let Some(i) = self.index.get(&self.key) {
            return Value::Global(*i);
        }
        if self.classified >= MAX_CLASSIFIED {
            self.overflowed = true;
            return Value::Opaque;
        }
        self.classified += 1;
        let verdict = verdict.unwrap_or_else(|| verdict::classify(module, name));
        let most = if verdict == Verdict::Dangerous {
            2 * MAX_IMPORTS
        } else {
            MAX_IMPORTS
        };
        if self.imports.len() >= most {
            self.overflowed = true;
            return Value::Opaque;
        }
        let i = u32::try_from(self.imports.len()).unwrap_or(u32::MAX);
        self.imports.push(Import {
            module: module.to_owned(),
            name: name.to_owned(),
            verdict,
            offset,
            called: false,
            seen: 0,
            special: verdict::is_special(module, name),
        });
        self.index.insert(self.key.clone(), i);
        Value::Global(i)
    }

    fn get(&self, value: Value) -> Option<&Import> {
        match value {
            Value::Global(i) => self.imports.get(i as usize),
            _ => None,
        }
    }

    pub(super) fn is(&self, value: Value, module: &str, name: &str) -> bool {
        self.get(value)
            .is_some_and(|i| i.module == module && i.name == name)
    }

    /// Counts a call; false where calls like it were looked at often enough.
    fn worth_a_look(&mut self, callable: Value) -> bool {
        let Value::Global(i) = callable else {
            self.indirect += 1;
            self.overflowed |= self.indirect > MAX_IMPORTS;
            return self.indirect <= MAX_IMPORTS;
        };
        let Some(import) = self.imports.get_mut(i as usize) else {
            return true;
        };
        import.called = true;
        import.seen += 1;
        import.special || import.seen <= LOOKS
    }

    /// Lists a call, once for each different list of arguments.
    fn list(&mut self, call: Call) {
        let known = |c: &&Call| (&c.module, &c.name, c.called) == (&call.module, &call.name, call.called);
        let mut same = self.calls.iter().filter(known);
        let (mut count, mut there) = (0, false);
        for c in &mut same {
            count += 1;
            there |= c.args == call.args && c.verdict == call.verdict;
        }
        if there {
            return;
        }
        let of_verdict = self.calls.iter().filter(|c| c.verdict == call.verdict).count();
        if of_verdict >= self.limit {
            self.overflowed = true;
        } else if count < CALLS_OF_ONE {
            self.calls.push(call);
        }
    }

    /// All calls, and the imports that nothing called.
    pub(super) fn finish(mut self) -> Vec<Call> {
        for import in std::mem::take(&mut self.imports) {
            if !import.called {
                self.list(Call {
                    module: import.module,
                    name: import.name,
                    args: Vec::new(),
                    offset: import.offset,
                    called: false,
                    verdict: import.verdict,
                    member: None,
                });
            }
        }
        self.calls
    }
}

impl Machine<'_> {
    pub(super) fn import(&mut self, module: &str, name: &str, at: u64) -> Value {
        self.log.import(module, name, None, at)
    }

    /// STACK_GLOBAL. No pickler computes a name while loading; what does so hides it.
    pub(super) fn import_values(&mut self, module: Value, name: Value, at: u64) -> Value {
        if module == Value::Opaque || name == Value::Opaque {
            return self
                .log
                .import("", "name beyond the value budget", Some(Verdict::Unknown), at);
        }
        let source = self.cursor.source();
        let text = |v| self.values.any_text(v, source);
        match (text(module), text(name)) {
            (Some(module), Some(name)) => self.import(&module, &name, at),
            (module, _) => {
                let module = module.unwrap_or_default();
                self.log
                    .import(&module, "name computed on load", Some(Verdict::Dangerous), at)
            }
        }
    }

    /// EXT: a number in the registry of `copyreg` of whoever loads, or one that the pickle itself has registered.
    pub(super) fn extension(&mut self, code: u32, at: u64) -> Value {
        match self.log.extensions.get(&i64::from(code)).cloned() {
            Some((module, name)) => self.import(&module, &name, at),
            None => self.log.import(
                "copyreg",
                &format!("extension {code}"),
                Some(Verdict::Unknown),
                at,
            ),
        }
    }

    /// Calls `callable` with `args` (a tuple, where the pickle is sound) and gives back the symbolic result.
    pub(super) fn call(&mut self, callable: Value, args: Value, at: u64) -> Value {
        if !self.log.worth_a_look(callable) {
            return self.values.made(callable, args);
        }
        let (module, name, verdict) = self.callee(callable);
        let verdict = self.in_context(&module, &name, verdict, args);
        self.list_call(module.clone(), name.clone(), verdict, args, at);
        self.note_tensor(&module, &name, args);
        if verdict != Verdict::Harmless
            || verdict::unpickles(&module, &name)
            || verdict::makes_bytes(&module, &name)
        {
            self.find_nested(args, 0);
        }
        if module == "copyreg" && name == "add_extension" {
            self.register(args);
        }
        match self.values.parts(args).first().copied() {
            // The bytes themselves go on, so that a pickle inside them is found wherever it is handed.
            Some(first @ (Value::Blob { .. } | Value::Text(_))) if verdict::makes_bytes(&module, &name) => {
                first
            }
            _ => self.values.made(callable, args),
        }
    }

    /// A method that an opcode calls on an import itself.
    pub(super) fn call_method(&mut self, target: Value, method: &str, args: Value, at: u64) {
        if !self.log.worth_a_look(target) {
            return;
        }
        let (module, name, verdict) = self.callee(target);
        let verdict = verdict.max(Verdict::Unknown);
        self.list_call(module, format!("{name}.{method}"), verdict, args, at);
    }

    fn list_call(&mut self, module: String, name: String, verdict: Verdict, args: Value, at: u64) {
        // Ordinary models call the same few rebuild functions for every tensor: without arguments they are one.
        let args = if verdict == Verdict::Harmless {
            Vec::new()
        } else {
            self.show_args(args)
        };
        self.log.list(Call {
            module,
            name,
            args,
            offset: at,
            called: true,
            verdict,
            member: None,
        });
    }

    fn show_args(&self, args: Value) -> Vec<String> {
        let names = |g: u32| {
            self.log
                .get(Value::Global(g))
                .map_or_else(|| "?".to_owned(), |i| format!("{}.{}", i.module, i.name))
        };
        match self.values.get(args) {
            Some(Node::Items { items, .. }) => items
                .iter()
                .take(MAX_ARGS)
                .map(|v| self.values.show(*v, &names))
                .collect(),
            _ => vec![self.values.show(args, &names)],
        }
    }

    /// Module, name and verdict of what is called; the result of a call is `name()`.
    fn callee(&self, callable: Value) -> (String, String, Verdict) {
        let mut value = callable;
        for depth in 0..16 {
            if let Some(i) = self.log.get(value) {
                let verdict = if depth == 0 {
                    i.verdict
                } else {
                    i.verdict.max(Verdict::Unknown)
                };
                return (
                    i.module.clone(),
                    format!("{}{}", i.name, "()".repeat(depth)),
                    verdict,
                );
            }
            match self.values.get(value) {
                Some(Node::Made { callable, .. }) => value = *callable,
                Some(Node::Persistent { .. }) => {
                    return (String::new(), "persistent object".to_owned(), Verdict::Unknown);
                }
                _ => break,
            }
        }
        (
            String::new(),
            "value that is no import".to_owned(),
            Verdict::Unknown,
        )
    }

    /// The verdict where it depends on the arguments.
    fn in_context(&self, module: &str, name: &str, verdict: Verdict, args: Value) -> Verdict {
        let args = self.values.parts(args);
        let of = |v: Option<&Value>| v.and_then(|v| self.log.get(*v)).map(|i| i.verdict);
        match (verdict::canonical(module), name) {
            // `partial` calls nothing itself; what it wraps is what counts.
            ("functools" | "_functools", "partial") => of(args.first()).unwrap_or(Verdict::Unknown),
            // It loads the bytes it is given as a PyTorch file; they are looked at where they stand in the pickle.
            ("torch.storage", "_load_from_bytes") => match args.first() {
                Some(Value::Blob { .. } | Value::Text(_)) => verdict,
                _ => Verdict::Dangerous,
            },
            // Python 3.11 pickles members of enumerations as `getattr(Class, "MEMBER")`.
            ("builtins", "getattr") => {
                match (of(args.first()), args.get(1).and_then(|n| self.values.text(*n))) {
                    (Some(Verdict::Harmless | Verdict::Unknown), Some(attribute))
                        if verdict::is_plain_member(attribute) && self.is_class(args.first()) =>
                    {
                        of(args.first()).unwrap_or(Verdict::Unknown)
                    }
                    _ => verdict,
                }
            }
            _ => verdict,
        }
    }

    fn is_class(&self, value: Option<&Value>) -> bool {
        value
            .and_then(|v| self.log.get(*v))
            .is_some_and(|i| i.name.starts_with(|c: char| c.is_ascii_uppercase()))
    }

    fn register(&mut self, args: Value) {
        let [module, name, code] = self.values.parts(args) else {
            return;
        };
        let text = |v: &Value| self.values.text(*v).map(str::to_owned);
        if let (Some(module), Some(name), Value::Int(code)) = (text(module), text(name), *code)
            && self.log.extensions.len() < MAX_IMPORTS
        {
            self.log.extensions.insert(code, (module, name));
        }
    }

    /// Notes bytes among the arguments of a call that may be a pickle.
    pub(super) fn find_nested(&mut self, value: Value, depth: usize) {
        if self.nested.len() >= 1024 || depth > 3 {
            return;
        }
        let found = match value {
            Value::Blob { len, offset } => Some(Nested {
                offset,
                len: u64::from(len),
                latin1: false,
            }),
            Value::Text(_) => self.values.text_entry(value).map(|t| Nested {
                offset: t.offset,
                len: t.len,
                latin1: true,
            }),
            _ => None,
        };
        if let Some(found) = found.filter(|f| f.len >= 2) {
            self.nested.push(found);
        }
        for part in self.values.parts(value).to_vec() {
            self.find_nested(part, depth + 1);
        }
    }

    /// Counts a tensor that PyTorch rebuilds: `_rebuild_tensor_v2(storage, offset, size, …)`.
    fn note_tensor(&mut self, module: &str, name: &str, args: Value) {
        if module != "torch._utils" || !name.starts_with("_rebuild_tensor") {
            return;
        }
        let [storage, _, size, ..] = self.values.parts(args) else {
            return;
        };
        let elements = self.values.parts(*size).iter().try_fold(1u64, |n, d| match d {
            Value::Int(d) => Some(n.saturating_mul(u64::try_from(*d).ok()?)),
            _ => None,
        });
        let Some(Node::Persistent { id }) = self.values.get(*storage) else {
            return;
        };
        let class = self.values.parts(*id).get(1).and_then(|c| self.log.get(*c));
        let dtype = class
            .and_then(|i| i.name.strip_suffix("Storage"))
            .unwrap_or("unknown")
            .to_ascii_lowercase();
        if let Some(elements) = elements {
            self.header.tensor(&dtype, elements);
        }
    }
}
