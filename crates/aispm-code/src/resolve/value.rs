//! Values of expressions, as far as the source tells.

use super::{DEPTH, Found, Resolver, is_self};
use crate::ir::{Arg, ExprId, ExprKind, ScopeId};

/// A value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Val {
    /// A text; with the environment variable that may replace it.
    Text(String, Option<String>),
    /// A whole number.
    Int(i64),
    /// A truth value.
    Bool(bool),
    /// Nothing.
    Null,
    /// Not to be known from the source, and why.
    Unknown(String),
}

/// Alternatives kept for one expression.
const ALTERNATIVES: usize = 6;

impl Val {
    /// The text, if this is one.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(t, _) => Some(t),
            _ => None,
        }
    }
    fn unknown(reason: impl Into<String>) -> Vec<Self> {
        vec![Self::Unknown(reason.into())]
    }
    fn environment(name: &str) -> Vec<Self> {
        Self::unknown(format!("set at run time from environment {name}"))
    }
}

/// Members told of one object.
const MEMBERS: usize = 64;
const COMPUTED: &str = "computed at run time";

impl Resolver<'_> {
    /// What an expression may be; never empty.
    pub(crate) fn values(&self, e: ExprId) -> Vec<Val> {
        let mut out = self.values_in(e, DEPTH / 2);
        out.dedup();
        out.truncate(ALTERNATIVES);
        out
    }

    /// The text an expression is, where it is one and only one.
    pub(crate) fn text(&self, e: ExprId) -> Option<String> {
        match self.values(e).as_slice() {
            [Val::Text(t, _)] => Some(t.clone()),
            _ => None,
        }
    }

    fn values_in(&self, e: ExprId, depth: usize) -> Vec<Val> {
        let Some(depth) = depth.checked_sub(1) else {
            return Val::unknown(COMPUTED);
        };
        self.nested(|| Some(self.values_of(e, depth)))
            .unwrap_or_else(|| Val::unknown(COMPUTED))
    }

    fn values_of(&self, e: ExprId, depth: usize) -> Vec<Val> {
        let module = self.module;
        match module.kind(e) {
            ExprKind::Str(s) => vec![Val::Text(s.to_string(), None)],
            ExprKind::Int(i) => vec![Val::Int(*i)],
            ExprKind::Bool(b) => vec![Val::Bool(*b)],
            ExprKind::Null => vec![Val::Null],
            ExprKind::Name(name) => self.value_of_name(e, name, depth),
            ExprKind::Attr(object, name) => self.value_of_attr(e, *object, name, depth),
            ExprKind::Index(object, index) => self.value_of_index(*object, *index, depth),
            ExprKind::Call(callee, args) => self.value_of_call(*callee, args, depth),
            ExprKind::Either(all) => self.value_of_either(all, depth),
            ExprKind::Template(parts) => self.joined(parts, depth),
            ExprKind::Concat(a, b) => self.joined(&[*a, *b], depth),
            _ => Val::unknown(COMPUTED),
        }
    }

    fn value_of_name(&self, e: ExprId, name: &str, depth: usize) -> Vec<Val> {
        match self.lookup(self.module.expr(e).scope, name, e) {
            Some(Found::Expr(value)) if value != e => self.values_in(value, depth),
            Some(Found::Param(function, i)) => self.value_of_param(function, i, depth),
            Some(Found::Import(path)) => self
                .cross
                .values(path)
                .unwrap_or_else(|| Val::unknown(format!("comes from {}", readable(path)))),
            _ => Val::unknown(COMPUTED),
        }
    }

    /// A parameter is what callers in this file pass, else its default.
    fn value_of_param(&self, function: ScopeId, i: usize, depth: usize) -> Vec<Val> {
        let Some(param) = self.module.scope(function).and_then(|s| s.params.get(i)) else {
            return Val::unknown(COMPUTED);
        };
        let mut out = Vec::new();
        // Callers are looked for from the outermost question only, so that the work stays linear.
        if depth + 4 >= DEPTH / 2 {
            for arg in self.passed(function, i, ALTERNATIVES) {
                out.extend(self.values_in(arg, depth.min(8)));
            }
        }
        if let Some(default) = param.default {
            out.extend(self.values_in(default, depth));
        }
        out.retain(|v| *v != Val::Null);
        if out.is_empty() {
            return Val::unknown(format!(
                "comes in as parameter {}",
                param.name.trim_matches(['{', '}'])
            ));
        }
        out
    }

    fn value_of_attr(&self, e: ExprId, object: ExprId, name: &str, depth: usize) -> Vec<Val> {
        let module = self.module;
        if is_self(module, object)
            && let Some(class) = module.class_of(module.expr(e).scope)
        {
            return match self.member(class, name) {
                Some(member) if member != e => self.values_in(member, depth),
                _ => Val::unknown(COMPUTED),
            };
        }
        let Some(path) = self.path(object) else {
            return Val::unknown(COMPUTED);
        };
        if matches!(path.as_str(), "process.env" | "import.meta.env" | "Bun.env") {
            return Val::environment(name);
        }
        if let Some(class) = self.scope_at(&path)
            && let Some(member) = self.member(class, name)
        {
            return self.values_in(member, depth);
        }
        if let Some(value) = self.entry_of(object, name, depth) {
            return self.values_in(value, depth);
        }
        let full = format!("{path}.{name}");
        self.cross
            .values(&full)
            .unwrap_or_else(|| Val::unknown(format!("comes from {}", readable(&full))))
    }

    fn value_of_index(&self, object: ExprId, index: ExprId, depth: usize) -> Vec<Val> {
        let key = self.values_in(index, depth.min(4));
        let path = self.path(object).unwrap_or_default();
        if let Some(name) = key.first().and_then(Val::text) {
            if matches!(path.as_str(), "os.environ" | "process.env") {
                return Val::environment(name);
            }
            if let Some(value) = self.entry_of(object, name, depth) {
                return self.values_in(value, depth);
            }
            if let Some(values) = self.cross.values(&format!("{path}.{name}")) {
                return values;
            }
        }
        if let (Some(Val::Int(i)), Some(items)) = (key.first(), self.items_of(object, depth))
            && let Some(item) = usize::try_from(*i).ok().and_then(|i| items.get(i))
        {
            return self.values_in(*item, depth);
        }
        if let Some(items) = self.items_of(object, depth).filter(|i| i.len() <= ALTERNATIVES) {
            // An item of a short list, in a loop.
            return items.iter().flat_map(|i| self.values_in(*i, depth)).collect();
        }
        Val::unknown("comes from a configuration read at run time")
    }

    fn value_of_call(&self, callee: ExprId, args: &[Arg], depth: usize) -> Vec<Val> {
        let path = self.path(callee).unwrap_or_default();
        let last = path.rsplit('.').next().unwrap_or("");
        let first = args.first().map(|a| a.value);
        match path.as_str() {
            "os.getenv"
            | "os.environ.get"
            | "os.environ.setdefault"
            | "decouple.config"
            | "Deno.env.get"
            | "Environment.GetEnvironmentVariable"
            | "System.Environment.GetEnvironmentVariable" => {
                let name = first.and_then(|f| {
                    self.values_in(f, depth)
                        .first()
                        .and_then(Val::text)
                        .map(str::to_owned)
                });
                let name = name.unwrap_or_else(|| "variable".to_owned());
                let default = args
                    .iter()
                    .find(|a| a.name.as_deref() == Some("default"))
                    .or_else(|| args.get(1))
                    .map(|d| self.values_in(d.value, depth));
                return match default {
                    Some(values) => with_environment(values, &name),
                    None => Val::environment(&name),
                };
            }
            "str" | "String" | "int" | "pathlib.Path" | "Path" | "pydantic.SecretStr" | "SecretStr"
            | "os.path.abspath" | "Uri" => {
                return first.map_or_else(|| Val::unknown(COMPUTED), |f| self.values_in(f, depth));
            }
            "os.path.join" | "path.join" | "path.default.join" => {
                let parts: Vec<_> = args.iter().map(|a| a.value).collect();
                return self.path_join(&parts, depth);
            }
            "pydantic.Field" | "Field" | "dataclasses.field" | "field" => {
                let default = args
                    .iter()
                    .find(|a| a.name.as_deref() == Some("default"))
                    .or_else(|| args.iter().find(|a| a.name.is_none()));
                return default.map_or_else(|| Val::unknown(COMPUTED), |d| self.values_in(d.value, depth));
            }
            _ => {}
        }
        if let ExprKind::Attr(object, method) = self.module.kind(callee) {
            if matches!(
                &**method,
                "strip" | "lower" | "trim" | "toLowerCase" | "rstrip" | "Trim" | "toString" | "ToString"
            ) {
                return self.values_in(*object, depth);
            }
            if &**method == "get"
                && let Some(key) = first.and_then(|f| {
                    self.values_in(f, depth)
                        .first()
                        .and_then(Val::text)
                        .map(str::to_owned)
                })
                && let Some(value) = self.entry_of(*object, &key, depth)
            {
                return self.values_in(value, depth);
            }
        }
        if let Some(function) = self.called(callee)
            && let Some(scope) = self.module.scope(function)
            && !scope.returns.is_empty()
        {
            return scope
                .returns
                .iter()
                .take(3)
                .flat_map(|r| self.values_in(*r, depth))
                .collect();
        }
        Val::unknown(if matches!(last, "get" | "load" | "safe_load") {
            "comes from a configuration read at run time"
        } else {
            COMPUTED
        })
    }

    /// `a or b`: where `a` is the environment, `b` is its default.
    fn value_of_either(&self, all: &[ExprId], depth: usize) -> Vec<Val> {
        let mut out: Vec<Val> = Vec::new();
        let mut variable = None;
        for part in all {
            for value in self.values_in(*part, depth) {
                match value {
                    Val::Unknown(reason) if reason.starts_with("set at run time from environment ") => {
                        variable = reason.rsplit(' ').next().map(str::to_owned);
                    }
                    Val::Null => {}
                    v => out.push(v),
                }
            }
        }
        match variable {
            Some(name) if out.iter().any(|v| v.text().is_some()) => {
                out.retain(|v| v.text().is_some());
                with_environment(out, &name)
            }
            Some(name) => Val::environment(&name),
            None if out.is_empty() => Val::unknown(COMPUTED),
            None => {
                if out.iter().any(|v| v.text().is_some()) {
                    out.retain(|v| v.text().is_some());
                }
                out
            }
        }
    }

    fn joined(&self, parts: &[ExprId], depth: usize) -> Vec<Val> {
        let mut text = String::new();
        let mut from = None;
        for part in parts {
            match self.values_in(*part, depth).into_iter().next() {
                Some(Val::Text(t, env)) => {
                    text.push_str(&t);
                    from = from.or(env);
                }
                Some(Val::Int(i)) => text.push_str(&i.to_string()),
                Some(Val::Unknown(reason)) => return Val::unknown(reason),
                _ => return Val::unknown(COMPUTED),
            }
        }
        vec![Val::Text(text, from)]
    }

    fn path_join(&self, parts: &[ExprId], depth: usize) -> Vec<Val> {
        let mut names = Vec::new();
        for part in parts {
            match self.values_in(*part, depth).into_iter().next() {
                Some(Val::Text(t, _)) => names.push(t.trim_end_matches('/').to_owned()),
                // A leading directory that is only known at run time leaves the rest telling.
                _ if names.is_empty() => {}
                _ => return Val::unknown(COMPUTED),
            }
        }
        if names.is_empty() {
            Val::unknown(COMPUTED)
        } else {
            vec![Val::Text(names.join("/"), None)]
        }
    }

    /// The value under a key of what is, after following names, a dictionary.
    pub(crate) fn entry_of(&self, e: ExprId, key: &str, depth: usize) -> Option<ExprId> {
        let e = self.followed(e, depth)?;
        match self.module.kind(e) {
            ExprKind::Dict(pairs) => pairs.iter().rev().find_map(|(k, v)| match k {
                Some(k) => (self.module.text(*k) == Some(key)).then_some(*v),
                None => self.entry_of(*v, key, depth.checked_sub(1)?),
            }),
            ExprKind::Call(callee, args)
                if args.len() <= 2
                    && matches!(
                        self.path(*callee).as_deref(),
                        Some("JSON.stringify" | "json.dumps")
                    ) =>
            {
                self.entry_of(args.first()?.value, key, depth.checked_sub(4)?)
            }
            // `dict(model="x")`, and objects made with named values.
            ExprKind::Call(_, args) => args
                .iter()
                .find(|a| a.name.as_deref() == Some(key))
                .map(|a| a.value),
            _ => None,
        }
    }

    fn items_of(&self, e: ExprId, depth: usize) -> Option<&[ExprId]> {
        match self.module.kind(self.followed(e, depth)?) {
            ExprKind::List(items) => Some(items),
            _ => None,
        }
    }

    /// The item of a dictionary or list that an index written down picks.
    fn item(&self, object: ExprId, index: ExprId, depth: usize) -> Option<ExprId> {
        match self.module.kind(index) {
            ExprKind::Str(key) => self.entry_of(object, key, depth.checked_sub(4)?),
            ExprKind::Int(i) => {
                let items = self.items_of(object, depth.checked_sub(4)?)?;
                items.get(usize::try_from(*i).ok()?).copied()
            }
            _ => None,
        }
    }

    /// Texts of the members of an object made here: of a class of this module, by keywords, or of a dictionary.
    pub(crate) fn members_of(&self, e: ExprId) -> Vec<(String, Vec<Val>)> {
        let Some(e) = self.followed(e, 12) else {
            return Vec::new();
        };
        let mut found: Vec<(String, ExprId)> = Vec::new();
        let class = match self.module.kind(e) {
            ExprKind::Dict(pairs) => {
                found.extend(pairs.iter().filter_map(|(k, v)| {
                    let key = self.module.text((*k)?)?;
                    Some((key.to_owned(), *v))
                }));
                None
            }
            ExprKind::Call(callee, args) => {
                found.extend(
                    args.iter()
                        .filter_map(|a| Some((a.name.as_deref()?.to_owned(), a.value))),
                );
                self.local_scope(*callee)
            }
            ExprKind::Scope(s) => Some(*s),
            _ => None,
        };
        if let Some(class) = class {
            for name in self.member_names(class) {
                if let (Some(value), false) =
                    (self.member(class, &name), found.iter().any(|(n, _)| *n == name))
                {
                    found.push((name, value));
                }
            }
        }
        found
            .into_iter()
            .take(MEMBERS)
            .map(|(name, value)| {
                let mut values = self.values(value);
                values.retain(|v| v.text().is_some());
                (name, values)
            })
            .filter(|(_, values)| !values.is_empty())
            .collect()
    }

    /// Follows names and members to the expression they are bound to.
    pub(crate) fn followed(&self, mut e: ExprId, depth: usize) -> Option<ExprId> {
        for _ in 0..depth.min(12) {
            let next = match self.module.kind(e) {
                ExprKind::Name(n) => match self.lookup(self.module.expr(e).scope, n, e) {
                    Some(Found::Expr(v)) => v,
                    Some(Found::Param(f, i)) => self.module.scope(f)?.params.get(i)?.default?,
                    _ => return None,
                },
                ExprKind::Attr(object, n) if is_self(self.module, *object) => {
                    self.member(self.module.class_of(self.module.expr(e).scope)?, n)?
                }
                ExprKind::Attr(object, n) => {
                    let class = self.path(*object).and_then(|p| self.scope_at(&p));
                    match class.and_then(|c| self.member(c, n)) {
                        Some(m) => m,
                        None => self.entry_of(*object, n, depth.checked_sub(4)?)?,
                    }
                }
                ExprKind::Index(object, index) => match self.item(*object, *index, depth) {
                    Some(item) => item,
                    None => return Some(e),
                },
                _ => return Some(e),
            };
            if next == e {
                return None;
            }
            e = next;
        }
        None
    }
}

fn with_environment(values: Vec<Val>, name: &str) -> Vec<Val> {
    values
        .into_iter()
        .map(|v| match v {
            Val::Text(t, _) => Val::Text(t, Some(name.to_owned())),
            Val::Null | Val::Unknown(_) => Val::Unknown(format!("set at run time from environment {name}")),
            v => v,
        })
        .collect()
}

/// A path for people: without our marks.
fn readable(path: &str) -> String {
    path.trim_start_matches('~').replace("%2E", ".").replace("()", "")
}
