//! Dotted paths of expressions.
//!
//! `openai.OpenAI().chat.completions.create` is the method of an instance; `#4` is scope 4 of this module; a path that starts from
//! something unknown begins with `?`; `|` is a LangChain pipe.

use super::{DEPTH, Found, Resolver, is_self};
use crate::catalogue::On;
use crate::ir::{ExprId, ExprKind, Language, Operator, Param, ScopeId, ScopeKind};

/// Longest path kept, in bytes.
const LONGEST: usize = 400;

/// Callers of a function that are asked what they pass.
const CALLERS: usize = 8;

/// Calls that give back what they are given, as far as its type goes.
const WRAPPERS: &[&str] = &[
    "instructor.from_openai",
    "instructor.from_anthropic",
    "instructor.patch",
    "instructor.apatch",
    "langsmith.wrappers.wrap_openai",
    "weave.op",
    "asyncio.run",
    "asyncio.create_task",
    "asyncio.wait_for",
    "asyncio.to_thread",
    "util.promisify",
    "util.default.promisify",
];

impl Resolver<'_> {
    /// The dotted path of an expression, where it has one.
    pub(crate) fn path(&self, e: ExprId) -> Option<String> {
        self.path_in(e, DEPTH)
    }

    fn path_in(&self, e: ExprId, depth: usize) -> Option<String> {
        let slot = e.0 as usize;
        if let Some(Some(known)) = self.paths.borrow().get(slot) {
            return known.clone();
        }
        let depth = depth.checked_sub(1)?;
        // Marks it as being worked on, so that a name bound to itself ends.
        if let Some(known) = self.paths.borrow_mut().get_mut(slot) {
            *known = Some(None);
        }
        let path = self
            .nested(|| self.path_of(e, depth))
            .filter(|p| p.len() <= LONGEST);
        if let Some(known) = self.paths.borrow_mut().get_mut(slot) {
            *known = Some(path.clone());
        }
        path
    }

    fn path_of(&self, e: ExprId, depth: usize) -> Option<String> {
        let module = self.module;
        match module.kind(e) {
            ExprKind::Name(name) => self.path_of_name(e, name, depth),
            ExprKind::Scope(s) => Some(format!("#{}", s.0)),
            ExprKind::Attr(object, name) => {
                if is_self(module, *object)
                    && let Some(class) = module.class_of(module.expr(e).scope)
                {
                    let known = match self.member(class, name) {
                        Some(member) if member != e => self.path_in(member, depth),
                        _ => Some(format!("?.{name}")),
                    };
                    return match known {
                        Some(path) if path.starts_with('?') => self.declared(class, name).or(Some(path)),
                        known => known,
                    };
                }
                let object = self.path_in(*object, depth).unwrap_or_else(|| "?".to_owned());
                self.member_path(&object, name, depth)
            }
            ExprKind::Index(object, _) => Some(format!("{}[]", self.path_in(*object, depth)?)),
            ExprKind::Call(callee, args) => self.path_of_call(*callee, args, depth),
            ExprKind::Either(all) => all
                .iter()
                .filter_map(|p| self.path_in(*p, depth))
                .find(|p| !p.starts_with('?')),
            // `Path("a") / name`
            ExprKind::Mixed(parts) => {
                let first = self.path_in(*parts.first()?, depth)?;
                first
                    .starts_with("pathlib.Path(")
                    .then(|| "pathlib.Path()".to_owned())
            }
            ExprKind::Operator(Operator::Pipe, a, b) => {
                let known = |e| self.path_in(e, depth).filter(|p| !p.starts_with('?'));
                known(*b).or_else(|| known(*a)).map(|_| "|()".to_owned())
            }
            _ => None,
        }
    }

    /// A name read on something whose path is known.
    fn member_path(&self, object: &str, name: &str, depth: usize) -> Option<String> {
        if object.starts_with('#')
            && let Some(class) = self.scope_at(object)
            && let Some(member) = self.member(class, name)
        {
            return match self.module.kind(member) {
                ExprKind::Scope(_) => Some(format!("{object}.{name}")),
                _ => self.path_in(member, depth),
            };
        }
        let joined = format!("{object}.{name}");
        Some(self.cross.path(&joined).unwrap_or(joined))
    }

    fn path_of_name(&self, e: ExprId, name: &str, depth: usize) -> Option<String> {
        let scope = self.module.expr(e).scope;
        match self.lookup(scope, name, e) {
            Some(Found::Expr(value)) => self.path_in(value, depth).or_else(|| Some("?".to_owned())),
            Some(Found::Import(path)) => Some(self.cross.path(path).unwrap_or_else(|| path.to_owned())),
            Some(Found::Param(function, i)) => self.path_of_param(function, i, depth),
            None if matches!(name, "self" | "this" | "cls") => {
                let class = self.module.class_of(scope)?;
                Some(format!("#{}()", class.0))
            }
            // A builtin, a global, or a C# type of an imported namespace.
            None => Some(self.starred(name).unwrap_or_else(|| name.to_owned())),
        }
    }

    /// A name that `from module import *` brings, where the module is known to have it.
    fn starred(&self, name: &str) -> Option<String> {
        let module = self.module;
        if module.language != Language::Python || module.wildcards.is_empty() {
            return None;
        }
        let candidates = module.wildcards.iter().map(|w| format!("{w}.{name}"));
        candidates.into_iter().find_map(|path| {
            if let Some(export) = self.cross.export(&path) {
                return Some(export.path.clone().unwrap_or(path));
            }
            let known = crate::catalogue::catalogue().matches(module.language, On::Call, &path);
            (!known.is_empty()).then_some(path)
        })
    }

    fn path_of_param(&self, function: ScopeId, i: usize, depth: usize) -> Option<String> {
        let param = self.module.scope(function)?.params.get(i)?;
        if matches!(&*param.name, "self" | "cls" | "this")
            && let Some(class) = self.module.class_of(function)
        {
            return Some(format!("#{}()", class.0));
        }
        if let Some(path) = self.type_path(function, param) {
            return Some(path);
        }
        if let Some(path) = param.default.and_then(|d| self.path_in(d, depth)) {
            return Some(path);
        }
        self.given_object(function, i, depth)
            .or_else(|| Some("?".to_owned()))
    }

    /// The path of what callers of this module pass for a parameter, where that is an object of a class: what is injected.
    fn given_object(&self, function: ScopeId, i: usize, depth: usize) -> Option<String> {
        let scope = self.module.scope(function)?;
        let called = match &*scope.name {
            "__init__" | "constructor" => self.module.class_of(function)?,
            _ => function,
        };
        let position = i.checked_sub(usize::from(scope.takes_self()))?;
        let name = &scope.params.get(i)?.name;
        let class = |path: &str| {
            let made = path.strip_suffix("()").and_then(|p| p.rsplit('.').next());
            made.is_some_and(|last| last.starts_with(|c: char| c == '#' || c.is_ascii_uppercase()))
        };
        self.named_calls(called)
            .iter()
            .take(CALLERS)
            .filter_map(|call| match self.module.kind(*call) {
                ExprKind::Call(_, args) => self.path_in(super::passed(args, name, position)?, depth),
                _ => None,
            })
            .find(|p| class(p))
    }

    /// The path of a member that its class declares with a type.
    fn declared(&self, class: ScopeId, name: &str) -> Option<String> {
        let fields = &self.module.scope(class)?.fields;
        self.type_path(class, fields.iter().find(|f| &*f.name == name)?)
    }

    /// The path of an instance of a parameter's declared type.
    fn type_path(&self, function: ScopeId, param: &Param) -> Option<String> {
        let name = type_name(param.ty.as_deref()?)?;
        let (root, rest) = name.split_once('.').map_or((name, None), |(a, b)| (a, Some(b)));
        let outer = self.module.scope(function)?.parent;
        let path = match self.lookup(outer, root, ExprId(u32::MAX)) {
            Some(Found::Import(path)) => path.to_owned(),
            Some(Found::Expr(value)) => match self.module.kind(value) {
                ExprKind::Scope(s) => format!("#{}", s.0),
                _ => return None,
            },
            None if self.module.language == Language::CSharp => root.to_owned(),
            _ => return None,
        };
        Some(rest.map_or_else(|| format!("{path}()"), |r| format!("{path}.{r}()")))
    }

    fn path_of_call(&self, callee: ExprId, args: &[crate::ir::Arg], depth: usize) -> Option<String> {
        let path = self.path_in(callee, depth).unwrap_or_else(|| "?".to_owned());
        let first = args.iter().find(|a| !a.spread).map(|a| a.value);
        if matches!(path.as_str(), "require" | "import")
            && let Some(module) = first.and_then(|f| self.module.text(f))
        {
            return Some(self.required(module));
        }
        if WRAPPERS.contains(&path.as_str())
            && let Some(inner) = first.and_then(|f| self.path_in(f, depth))
        {
            return Some(inner);
        }
        // `boto3.client("bedrock-runtime")` is as good as a class of its own.
        if path.starts_with("boto3.") || path.starts_with("aioboto3.") || path.starts_with("aiobotocore.") {
            let last = path.rsplit('.').next().unwrap_or("");
            if matches!(last, "client" | "resource" | "create_client")
                && let Some(service) = self.argument_text(args, 0, "service_name")
            {
                return Some(format!("boto3.client({service})"));
            }
        }
        if path.starts_with('#')
            && let Some(scope) = self.scope_at(&path)
            && self
                .module
                .scope(scope)
                .is_some_and(|s| s.kind == ScopeKind::Function)
        {
            let returns = self
                .module
                .scope(scope)
                .map(|s| s.returns.clone())
                .unwrap_or_default();
            return returns
                .iter()
                .filter_map(|r| self.path_in(*r, depth))
                .find(|p| !p.starts_with('?'))
                .or(Some("?".to_owned()));
        }
        let made = format!("{path}()");
        Some(self.cross.path(&made).unwrap_or(made))
    }

    fn argument_text(&self, args: &[crate::ir::Arg], position: usize, name: &str) -> Option<String> {
        let arg = args
            .iter()
            .find(|a| a.name.as_deref() == Some(name))
            .or_else(|| args.iter().filter(|a| a.name.is_none()).nth(position))?;
        self.text(arg.value)
    }

    /// A CommonJS or dynamic import, as the path of its whole.
    fn required(&self, module: &str) -> String {
        let stem = module.trim_start_matches("node:");
        if !stem.starts_with('.') {
            return stem.replace('/', ".");
        }
        let directory = self.module.path.rsplit_once('/').map_or("", |(d, _)| d);
        let mut parts: Vec<&str> = directory.split('/').filter(|p| !p.is_empty()).collect();
        for part in stem.split('/') {
            match part {
                "." | "" => {}
                ".." => {
                    parts.pop();
                }
                p => parts.push(p.strip_suffix(".js").unwrap_or(p)),
            }
        }
        format!("~{}", parts.join("/").replace('.', "%2E"))
    }
}

/// The class a type annotation names: `Optional[X]`, `X | None`, `Annotated[X, …]`, `"X"`.
fn type_name(written: &str) -> Option<&str> {
    let mut t = written.trim().trim_matches(['"', '\'']);
    for wrapper in ["Optional[", "Annotated[", "typing.Optional[", "typing.Annotated["] {
        if let Some(inner) = t.strip_prefix(wrapper) {
            t = inner;
        }
    }
    let end = t
        .find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.'))
        .unwrap_or(t.len());
    t.get(..end).filter(|n| !n.is_empty())
}
