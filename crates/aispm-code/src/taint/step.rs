//! How text moves through one expression.

use super::{Flow, Slot, Trace, Tracer, guard};
use crate::analyse::Analysis;
use crate::catalogue::{On, Role, Selector};
use crate::ir::{Arg, Binding, ExprId, ExprKind, ScopeId, ScopeKind};
use crate::resolve::{Found, is_self};

/// Members that tell about a text rather than being it.
const METADATA: &[&str] = &[
    "usage",
    "id",
    "model",
    "created",
    "finish_reason",
    "stop_reason",
    "status_code",
    "status",
    "total_tokens",
    "length",
    "ok",
    "headers",
    "usage_metadata",
    "usageMetadata",
    "response_metadata",
    "index",
    "type",
    "role",
    "tokens",
];
/// Methods whose answer is not the text.
const PREDICATES: &[&str] = &[
    "startswith",
    "endswith",
    "isdigit",
    "isalpha",
    "count",
    "index",
    "indexOf",
    "includes",
    "startsWith",
    "endsWith",
    "test",
    "has",
    "keys",
    "close",
    "Contains",
    "StartsWith",
    "EndsWith",
    "raise_for_status",
    "search_count",
    "hasOwnProperty",
];
/// Methods of a text that take others in.
const TAKES_IN: &[&str] = &[
    "format",
    "join",
    "concat",
    "Format",
    "Join",
    "Concat",
    "replace",
    "format_map",
];
/// Methods that put a value into what they are called on.
const PUTS_IN: &[&str] = &[
    "append", "extend", "push", "add", "insert", "unshift", "write", "update", "Add",
];
/// Functions that give back what they are given.
const PASSES: &[&str] = &[
    "str",
    "dict",
    "list",
    "tuple",
    "set",
    "sorted",
    "reversed",
    "map",
    "filter",
    "enumerate",
    "zip",
    "next",
    "iter",
    "repr",
    "String",
    "JSON.parse",
    "JSON.stringify",
    "Array.from",
    "Object.values",
    "Object.assign",
    "json.loads",
    "json.dumps",
    "ast.literal_eval",
    "yaml.safe_load",
    "bytes",
    "Promise.all",
    "Promise.resolve",
    "asyncio.gather",
    "asyncio.run",
    "textwrap.dedent",
    "re.sub",
    "re.search",
    "re.match",
    "re.findall",
    "re.fullmatch",
    "re.split",
    "re.finditer",
    "re.compile().search",
    "re.compile().match",
    "re.compile().fullmatch",
    "re.compile().findall",
    "re.compile().finditer",
    "re.compile().split",
    "shlex.split",
    "urllib.parse.urlparse",
    "urllib.parse.urlsplit",
    "urllib.parse.urljoin",
    "Uri",
    "os.path.realpath",
    "os.path.abspath",
    "os.path.normpath",
    "os.path.expanduser",
    "path.resolve",
    "path.normalize",
    "path.default.resolve",
    "path.default.normalize",
    "System.IO.Path.GetFullPath",
    "System.IO.Path.Combine",
    "Path.GetFullPath",
    "Path.Combine",
    "JsonSerializer.Deserialize",
    "JsonConvert.DeserializeObject",
    "JsonDocument.Parse",
    "JsonNode.Parse",
    "re.compile",
    "structuredClone",
    "decodeURIComponent",
    "base64.b64decode",
    "atob",
    "io.StringIO",
    "io.BytesIO",
    "string.Format",
    "copy.deepcopy",
    "max",
    "min",
    "print_and_return",
    "cast",
    "typing.cast",
    "marked",
    "marked.marked.parse",
    "marked.parse",
    "marked.marked",
    "markdown.markdown",
    "markdown",
    "mistune.html",
    "asyncio.to_thread",
    "pathlib.Path",
    "Path",
    "os.path.join",
    "path.join",
    "path.default.join",
    "URL",
    "Buffer.from",
    "sqlalchemy.text",
    "sqlalchemy.sql.text",
    "ast.parse",
    "compile",
];

impl<'m> Tracer<'_, 'm> {
    /// The flow in an expression, its parts known.
    pub(super) fn evaluate(&mut self, e: ExprId) -> Flow {
        let module = self.a.module();
        match module.kind(e) {
            ExprKind::Name(name) => self.named(e, name),
            ExprKind::Attr(object, name) => self.attribute(e, *object, name),
            ExprKind::Index(object, key) => self.index(*object, *key),
            ExprKind::Call(callee, args) => self.call(e, *callee, args),
            ExprKind::Template(_) | ExprKind::Concat(..) => {
                let parts = module.parts(e);
                let mut flow = self.joined(&parts);
                if self.begins_with_host(e) {
                    for t in [&mut flow.model, &mut flow.outside].into_iter().flatten() {
                        t.safe.insert("url".to_owned());
                    }
                }
                flow
            }
            ExprKind::List(_) | ExprKind::Either(_) | ExprKind::Mixed(_) | ExprKind::Operator(..) => {
                self.joined(&module.parts(e))
            }
            ExprKind::Dict(pairs) => {
                let values: Vec<ExprId> = pairs.iter().map(|(_, v)| *v).collect();
                self.shape_dict(e, pairs);
                self.joined(&values)
            }
            _ => Flow::default(),
        }
    }

    fn joined(&self, parts: &[ExprId]) -> Flow {
        let mut out = Flow::default();
        for flow in parts.iter().filter_map(|p| self.flows.get(p)) {
            out.join(flow);
        }
        out
    }

    fn named(&mut self, e: ExprId, name: &'m str) -> Flow {
        let module = self.a.module();
        let from = module.expr(e).scope;
        for (i, (scope, around)) in module.around(from).enumerate() {
            if i > 0
                && around.kind == ScopeKind::Class
                && !matches!(module.language, crate::ir::Language::CSharp)
            {
                continue;
            }
            let slot = Slot::Name(scope, name);
            if self.holds(slot) {
                let flow = self.whole(slot);
                if !self.slots.contains_key(&slot) {
                    let fields = self.known_fields(slot);
                    self.shapes.insert(e, fields);
                }
                return self.checked(flow, scope, name, e);
            }
            if let Some(p) = around.params.iter().position(|p| &*p.name == name)
                && !self.slots.contains_key(&slot)
            {
                if let Some(Some(fields)) = self.param_shapes.get(&(scope, p)) {
                    self.shapes.insert(e, fields.clone());
                }
                let flow = self.params.get(&(scope, p)).cloned().unwrap_or_default();
                return self.checked(flow, scope, name, e);
            }
            if self.bound.contains(&(scope, name)) {
                return Flow::default();
            }
        }
        self.read(e, name)
    }

    /// Harmless for what a check before this place rules out.
    fn checked(&self, mut flow: Flow, home: ScopeId, name: &str, e: ExprId) -> Flow {
        for kind in guard::guarded(&self.guards, home, name, e) {
            for t in [&mut flow.model, &mut flow.outside].into_iter().flatten() {
                t.safe.insert(kind.to_owned());
            }
        }
        flow
    }

    /// Whether a text that is put together begins with an address whose host is written down or configured.
    fn begins_with_host(&self, e: ExprId) -> bool {
        let module = self.a.module();
        let mut first = e;
        for _ in 0..16 {
            let next = match module.kind(first) {
                ExprKind::Template(parts) => parts.first().copied(),
                ExprKind::Concat(a, _) => Some(*a),
                _ => break,
            };
            let Some(next) = next else { return false };
            first = next;
        }
        if self.flows.contains_key(&first) {
            return false;
        }
        match self.a.r.text(first) {
            Some(text) => {
                guard::leads_to_host(&text)
                    || (first != e && text.contains("://") && !text.ends_with("//") && self.slash_follows(e))
            }
            None => true,
        }
    }

    /// Whether a slash stands right after the first part: `f"{BASE}/x/{y}"`.
    fn slash_follows(&self, e: ExprId) -> bool {
        let second = match self.a.module().kind(e) {
            ExprKind::Template(parts) => parts.get(1).copied(),
            ExprKind::Concat(_, b) => Some(*b),
            _ => None,
        };
        let mut at = second;
        while let Some(next) = at {
            match self.a.module().kind(next) {
                ExprKind::Str(s) => return s.starts_with('/'),
                ExprKind::Template(parts) => at = parts.first().copied().filter(|p| *p != next),
                _ => return false,
            }
        }
        false
    }

    /// A name or member that brings text from outside when it is read.
    fn read(&self, e: ExprId, name: &str) -> Flow {
        if !self.a.catalogue.is_read(self.a.module().language, name) {
            return Flow::default();
        }
        let Some(path) = self.a.r.path(e) else {
            return Flow::default();
        };
        let language = self.a.module().language;
        let origin = self
            .a
            .catalogue
            .matches(language, On::Read, &path)
            .into_iter()
            .find_map(|(_, entry)| entry.texts.get("origin"));
        match origin {
            Some(origin) => Flow {
                model: None,
                outside: Some(Trace::new(e, path, origin)),
            },
            None => Flow::default(),
        }
    }

    fn attribute(&mut self, e: ExprId, object: ExprId, name: &'m str) -> Flow {
        if let Some(flow) = self.field(object, name).or_else(|| self.shaped(object, name)) {
            return flow;
        }
        let flow = self.flow(object);
        // An answer that a schema holds to: `const { object } = await generateObject({ schema, … })`.
        if matches!(name, "object" | "output" | "experimental_output")
            && let Some(schema) = self.a.select(object, &[Selector::Name("schema".to_owned())])
            && let Some(open) = super::shape::open_fields(self.a, schema)
            && !flow.is_empty()
        {
            let fields = open.into_iter().map(|f| (f, flow.clone().through(f)));
            self.shapes.insert(e, fields.collect());
            return flow;
        }
        // What a model passes to a tool is no answer with its metadata.
        let given = flow
            .model
            .as_ref()
            .is_some_and(|t| t.callee == super::TOOL_ARGUMENTS);
        if METADATA.contains(&name) && !given {
            return Flow::default();
        }
        if !flow.is_empty() {
            return flow;
        }
        let module = self.a.module();
        if is_self(module, object)
            && let Some(class) = module.class_of(module.expr(e).scope)
        {
            return self.whole(Slot::Member(class, name));
        }
        self.read(e, name)
    }

    fn index(&self, object: ExprId, key: ExprId) -> Flow {
        match self.a.module().kind(key) {
            ExprKind::Str(key) => self
                .field(object, key)
                .or_else(|| self.shaped(object, key))
                .unwrap_or_else(|| self.flow(object)),
            _ => self.flow(object),
        }
    }

    /// Applies an assignment.
    pub(super) fn assign(&mut self, b: &Binding) {
        let module = self.a.module();
        let flow = self.flow(b.value);
        match module.kind(b.target) {
            ExprKind::Name(name) => {
                // A C# field assigned in a method, or a name of an outer scope declared global, lives where it is bound first.
                let slot = Slot::Name(b.scope, name);
                let before = self.slots.get(&slot).cloned();
                self.remember(slot, before, b.scope);
                self.clear_fields(slot);
                match module.kind(b.value) {
                    ExprKind::Dict(pairs) => self.put_pairs(slot, name, pairs),
                    _ if self.shapes.contains_key(&b.value) => {
                        let fields = self.shapes.get(&b.value).cloned().unwrap_or_default();
                        self.put_fields(slot, name, fields);
                    }
                    _ => self.put(slot, flow.through(name)),
                }
            }
            ExprKind::Attr(object, name) => {
                if is_self(module, *object)
                    && let Some(class) = module.class_of(b.scope)
                {
                    let slot = Slot::Member(class, name);
                    self.clear_fields(slot);
                    self.put(slot, flow.through(name));
                    return;
                }
                if matches!(&**name, "innerHTML" | "outerHTML" | "srcdoc") {
                    self.reach("html", &format!("{name} ="), b.target, &flow);
                }
                self.put_field(*object, name, flow);
            }
            ExprKind::Index(object, key) => match module.kind(*key) {
                ExprKind::Str(key) => self.put_field(*object, key, flow),
                _ => self.mix_into(*object, &flow),
            },
            _ => {}
        }
    }

    fn call(&mut self, e: ExprId, callee: ExprId, args: &'m [Arg]) -> Flow {
        self.reports(e);
        if let Some(flow) = self.by_role(e, args) {
            return flow;
        }
        if let Some(function) = self.a.r.called(callee) {
            self.pass_arguments(function, args);
            if let Some(fields) = self.return_shapes.get(&function) {
                self.shapes.insert(e, fields.clone());
            }
            let name = self
                .a
                .module()
                .scope(function)
                .map(|s| s.name.to_string())
                .unwrap_or_default();
            return self
                .returns
                .get(&function)
                .cloned()
                .unwrap_or_default()
                .through(&name);
        }
        if let Some(name) = self.elsewhere.get(&callee) {
            return Flow {
                model: Some(Trace::new(e, name.as_str(), "")),
                outside: None,
            };
        }
        if let Some(flow) = self.shape_object(e, callee, args) {
            return flow;
        }
        let several = self.functions_of(callee);
        if !several.is_empty() {
            let mut out = Flow::default();
            for function in several {
                self.pass_arguments(function, args);
                if let Some(flow) = self.returns.get(&function) {
                    out.join(flow);
                }
            }
            return out;
        }
        let path = self.a.r.path(callee).unwrap_or_default();
        let mut given = self.joined(&args.iter().map(|a| a.value).collect::<Vec<_>>());
        if path == "re.sub" {
            let pattern = args
                .first()
                .and_then(|a| self.a.r.text(a.value))
                .unwrap_or_default();
            for t in [&mut given.model, &mut given.outside].into_iter().flatten() {
                t.safe.extend(kept_out(&pattern).into_iter().map(str::to_owned));
            }
            return given;
        }
        if let ExprKind::Attr(object, method) = self.a.module().kind(callee) {
            let method = &**method;
            if PUTS_IN.contains(&method) {
                self.mix_into(*object, &given);
            }
            let mut flow = self.flow(*object);
            if !flow.is_empty() {
                self.callbacks(&flow, args);
            }
            // `find` gives back a place in Python, an item elsewhere.
            let place = method == "find" && self.a.module().language == crate::ir::Language::Python;
            if place || PREDICATES.contains(&method) || METADATA.contains(&method) {
                return Flow::default();
            }
            if TAKES_IN.contains(&method) {
                flow.join(&given);
            }
            if !flow.is_empty() {
                return flow;
            }
        }
        if PASSES.contains(&path.as_str()) || PASSES.contains(&path.trim_end_matches(".default")) {
            return given;
        }
        Flow::default()
    }

    /// What the catalogue says a call does to text.
    fn by_role(&mut self, e: ExprId, args: &[Arg]) -> Option<Flow> {
        let hits: Vec<_> = self.a.hits.at(e).cloned().collect();
        for hit in &hits {
            let Some(entry) = self.a.entry(hit) else { continue };
            let name = hit.path.replace("()", "").replace('|', "chain");
            match hit.role {
                Role::Chat | Role::Run if entry.texts.contains_key("result") => {
                    let flow = Flow {
                        model: Some(Trace::new(e, name.trim_start_matches("?."), "")),
                        outside: None,
                    };
                    let names = entry.texts.get("result").map_or("", String::as_str);
                    let fields = names.split(',').map(|f| (f.trim(), flow.clone()));
                    self.shapes.insert(e, fields.collect());
                    return Some(flow);
                }
                Role::Chat | Role::Run if entry.texts.get("text").is_none_or(|t| t != "false") => {
                    return Some(Flow {
                        model: Some(Trace::new(e, name.trim_start_matches("?."), "")),
                        outside: None,
                    });
                }
                Role::Sanitizer => {
                    let mut flow = self.joined(&args.iter().map(|a| a.value).collect::<Vec<_>>());
                    let kinds = entry.list("safe_for");
                    if kinds.iter().any(|k| k == "all") {
                        return Some(Flow::default());
                    }
                    for t in [&mut flow.model, &mut flow.outside].into_iter().flatten() {
                        t.safe.extend(kinds.iter().cloned());
                    }
                    return Some(flow);
                }
                Role::Origin | Role::Retrieve => {
                    let origin = entry.texts.get("origin").map_or("retrieval", String::as_str);
                    return Some(Flow {
                        model: None,
                        outside: Some(Trace::new(e, name, origin)),
                    });
                }
                Role::Passes => {
                    let input = match entry.selectors("input") {
                        [] => args.iter().map(|a| a.value).collect(),
                        selectors => self.selected(e, selectors),
                    };
                    return Some(self.joined(&input));
                }
                _ => {}
            }
        }
        None
    }

    /// Expressions that selectors name, all of them.
    pub(super) fn selected(&self, call: ExprId, selectors: &[Selector]) -> Vec<ExprId> {
        let mut out = Vec::new();
        for selector in selectors {
            match selector {
                Selector::All => out.extend(self.a.args(call).iter().map(|a| a.value)),
                one => out.extend(self.a.select(call, std::slice::from_ref(one))),
            }
        }
        out
    }

    /// What a call passes becomes what the function's parameters hold, from the next run on.
    fn pass_arguments(&mut self, function: ScopeId, args: &[Arg]) {
        let Some(scope) = self.a.module().scope(function) else {
            return;
        };
        let method = scope
            .params
            .first()
            .is_some_and(|p| matches!(&*p.name, "self" | "cls"));
        let names: Vec<Box<str>> = scope.params.iter().map(|p| p.name.clone()).collect();
        let mut position = usize::from(method);
        for arg in args {
            let at = match &arg.name {
                Some(name) => names.iter().position(|n| n == name),
                None => {
                    position += 1;
                    Some(position - 1)
                }
            };
            let (Some(at), Some(flow)) = (at, self.flows.get(&arg.value).cloned()) else {
                continue;
            };
            self.shape_param(function, at, arg.value);
            if let Some(name) = names.get(at) {
                self.params
                    .entry((function, at))
                    .or_default()
                    .join(&flow.through(name));
            }
        }
    }

    /// `x.then(v => …)`, `x.map(v => …)`: the function is given what flows.
    fn callbacks(&mut self, flow: &Flow, args: &[Arg]) {
        for arg in args {
            let functions = match self.a.module().kind(arg.value) {
                ExprKind::Scope(s) => vec![*s],
                ExprKind::Name(_) => match self.a.r.local_scope(arg.value) {
                    Some(s) => vec![s],
                    None => self.functions_of(arg.value),
                },
                _ => Vec::new(),
            };
            for s in functions {
                if self.a.module().scope(s).is_some_and(|s| !s.params.is_empty()) {
                    self.params.entry((s, 0)).or_default().join(flow);
                }
            }
        }
    }

    /// Functions that an expression may be when it is called: those of a table, `HANDLERS[name]`, and those that callers pass
    /// for a parameter.
    fn functions_of(&self, callee: ExprId) -> Vec<ScopeId> {
        let module = self.a.module();
        let table = match module.kind(callee) {
            ExprKind::Index(object, _) => Some(*object),
            ExprKind::Call(get, _) => match module.kind(*get) {
                ExprKind::Attr(object, name) if &**name == "get" => Some(*object),
                _ => None,
            },
            ExprKind::Name(name) => match self.a.r.lookup(module.expr(callee).scope, name, callee) {
                Some(Found::Param(function, at)) => return self.passed_functions(function, at),
                Some(Found::Expr(value)) if value < callee => match module.kind(value) {
                    ExprKind::Index(object, _) => Some(*object),
                    ExprKind::Call(get, _) => match module.kind(*get) {
                        ExprKind::Attr(object, name) if &**name == "get" => Some(*object),
                        _ => None,
                    },
                    _ => None,
                },
                _ => None,
            },
            _ => None,
        };
        let items: Vec<ExprId> = match table
            .and_then(|t| self.a.r.followed(t, 8))
            .map(|t| module.kind(t))
        {
            Some(ExprKind::Dict(pairs)) => pairs.iter().map(|(_, v)| *v).collect(),
            Some(ExprKind::List(items)) => items.clone(),
            _ => return Vec::new(),
        };
        let scopes = items.into_iter().take(64).filter_map(|i| self.a.r.local_scope(i));
        scopes
            .filter(|s| module.scope(*s).is_some_and(|s| s.kind == ScopeKind::Function))
            .collect()
    }

    fn passed_functions(&self, function: ScopeId, at: usize) -> Vec<ScopeId> {
        let module = self.a.module();
        let Some(param) = module.scope(function).and_then(|s| s.params.get(at)) else {
            return Vec::new();
        };
        let method = module.class_of(function).is_some()
            && module.scope(function).is_some_and(|s| {
                s.params
                    .first()
                    .is_some_and(|p| matches!(&*p.name, "self" | "cls"))
            });
        let position = at.saturating_sub(usize::from(method));
        self.a
            .r
            .callers(function)
            .into_iter()
            .take(32)
            .filter_map(|call| {
                let args = self.a.args(call);
                let arg = args
                    .iter()
                    .find(|a| a.name.as_deref() == Some(&*param.name))
                    .or_else(|| args.iter().filter(|a| a.name.is_none()).nth(position))?;
                self.a.r.local_scope(arg.value)
            })
            .filter(|s| module.scope(*s).is_some_and(|s| s.kind == ScopeKind::Function))
            .collect()
    }
}

impl Analysis<'_> {
    /// The functions a tool runs: itself, or the running methods of its class.
    pub(crate) fn tool_functions(&self, scope: ScopeId) -> Vec<ScopeId> {
        match self.module().scope(scope).map(|s| s.kind) {
            Some(ScopeKind::Function) => vec![scope],
            Some(ScopeKind::Class) => [
                "_run", "_arun", "run", "forward", "__call__", "call", "execute", "_call", "invoke",
            ]
            .iter()
            .filter_map(|n| match self.module().kind(self.r.member(scope, n)?) {
                ExprKind::Scope(s) => Some(*s),
                _ => None,
            })
            .collect(),
            _ => Vec::new(),
        }
    }
}

/// What a text cannot do any more once everything outside a character class was replaced: `[^A-Za-z0-9_ -]` leaves no
/// separator of paths, no markup and no quote. A class that names such a character, or a group of them, leaves it in.
fn kept_out(pattern: &str) -> Vec<&'static str> {
    let class = pattern
        .strip_prefix("[^")
        .and_then(|p| p.trim_end_matches(['+', '*']).strip_suffix(']'));
    let Some(class) = class.filter(|c| !c.contains(['[', ']'])) else {
        return Vec::new();
    };
    let groups = class
        .replace("\\w", "")
        .replace("\\d", "")
        .replace("\\s", "")
        .replace("\\-", "")
        .replace("\\_", "");
    // Ranges other than letters and digits, and escapes that are not read here, may hold anything.
    let plain = groups.replace("a-z", "").replace("A-Z", "").replace("0-9", "");
    if plain.contains('\\') || plain.trim_matches('-').contains('-') {
        return Vec::new();
    }
    let without = |dangerous: &[char]| !plain.contains(dangerous);
    let mut out = Vec::new();
    if without(&['/', '.']) {
        out.push("file-path");
    }
    if without(&['<', '>', '"', '\'', '&']) {
        out.extend(["html", "template"]);
    }
    let words = !class.contains("\\s") && plain.chars().all(|c| "_-./:@,=+%".contains(c));
    if words {
        out.extend(["sql", "shell"]);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::kept_out;

    #[test]
    fn a_class_keeps_out_what_it_does_not_name() {
        assert_eq!(kept_out(r"[^a-zA-Z0-9_\- ]"), ["file-path", "html", "template"]);
        assert_eq!(
            kept_out(r"[^\w]+"),
            ["file-path", "html", "template", "sql", "shell"]
        );
        assert_eq!(kept_out(r"[^\w./]"), ["html", "template", "sql", "shell"]);
        for open in [r"[^\S]", "[^!-~]", "[a-z]", r"\s+", "[^a]|b", "<[^>]*>"] {
            assert_eq!(kept_out(open), [""; 0], "{open}");
        }
    }
}
