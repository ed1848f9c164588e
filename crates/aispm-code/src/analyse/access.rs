//! Who may call a route: what stands before its handler, in this file and in those that mount its router.

mod handler;
mod setups;

use super::gates::{Says, matcher_takes, says};
use super::{Analysis, Hit};
use crate::catalogue::Role;
use crate::cross::Gate;
use crate::ir::{ExprId, ExprKind, Language, MODULE, ScopeId};
use crate::resolve::Found;

/// What can be said about who may call. Of several ways to one router the most open counts, so the order matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Access {
    /// Who shows who he is.
    Known,
    /// What decides it was not seen.
    Unseen,
    /// Everybody.
    Anyone,
}

/// Something that is set up to run before the handlers of an application or router.
#[derive(Debug)]
pub(super) struct Setup {
    /// What made the application, where that is known.
    on: Option<ExprId>,
    at: ExprId,
    prefix: Option<String>,
    access: Access,
    /// It holds only for routes that come after it.
    ordered: bool,
}

/// How a function turns callers away.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Refusal {
    /// It answers 401 or sends to a login.
    unknown: bool,
    /// It answers 403.
    forbidden: bool,
    /// It reads something a caller shows.
    credential: bool,
}

/// How many dependencies of dependencies are followed.
const DEPENDENCIES: usize = 8;
/// Expressions looked at for all guards of a module; what is left then counts as not seen.
const FUEL: usize = 50_000;
/// Setups and mounts kept of a module: real ones have a handful.
const SETUPS: usize = 64;
/// Functions whose first argument is what runs.
const RUNS: &[&str] = &["Depends", "Security", "Middleware", "Provide"];

impl Analysis<'_> {
    /// Who may call a route.
    pub(super) fn access(&mut self, hit: &Hit, handler: ScopeId, route: Option<&str>) -> Access {
        let object = self.receiver(hit.expr);
        let arguments = self.args(hit.expr).iter().map(|a| a.value);
        let others = arguments.filter(|v| self.r.local_scope(*v) != Some(handler));
        let mut seen: Vec<Access> = others.filter_map(|v| self.guard(v, DEPENDENCIES)).collect();
        seen.extend(self.handler_access(handler));
        seen.extend(self.chained(hit.expr));
        if seen.contains(&Access::Anyone) {
            return Access::Anyone;
        }
        seen.extend(object.and_then(|o| self.constructed(o)));
        seen.extend(self.set_up(object, hit.expr, route));
        if seen.contains(&Access::Known) {
            return Access::Known;
        }
        let mounted = self.mounted(object, handler);
        if mounted == Some(Access::Known) {
            return Access::Known;
        }
        if seen.contains(&Access::Unseen) {
            return Access::Unseen;
        }
        if let Some(access) = mounted {
            return access;
        }
        let own = self.hits.any(Role::App);
        let whole = self
            .entry(hit)
            .is_some_and(|e| e.texts.get("result").is_some_and(|r| r == "whole"));
        if own || whole {
            Access::Anyone
        } else {
            Access::Unseen
        }
    }

    /// Who may call a route that is a file.
    pub(super) fn file_access(&mut self, handler: ScopeId, route: &str) -> Access {
        if let Some(access) = self.handler_access(handler) {
            return access;
        }
        // `export const POST = withAuth(handler)`
        let wrapped = self.module().exports.values().copied().chain(
            self.module()
                .bindings
                .iter()
                .filter(|b| b.scope == MODULE)
                .map(|b| b.value),
        );
        let wraps = |e: &ExprId| {
            self.args(*e)
                .iter()
                .any(|a| self.r.local_scope(a.value) == Some(handler))
        };
        if wrapped
            .take(SETUPS)
            .filter(wraps)
            .any(|e| self.guard(e, DEPENDENCIES) == Some(Access::Known))
        {
            return Access::Known;
        }
        let path = self.module().path.as_str();
        let root = ["/app/", "/pages/"]
            .iter()
            .find_map(|d| path.split_once(d).map(|(root, _)| root));
        match self.r.cross.gate(root.unwrap_or("")) {
            None => Access::Unseen,
            Some(Some(Gate {
                patterns,
                checks: true,
            })) if patterns.is_empty() || patterns.iter().any(|p| matcher_takes(p, route)) => Access::Known,
            _ => Access::Anyone,
        }
    }

    /// The object whose method a call or decorator is.
    fn receiver(&self, e: ExprId) -> Option<ExprId> {
        let callee = match self.module().kind(e) {
            ExprKind::Call(callee, _) => *callee,
            _ => e,
        };
        match self.module().kind(callee) {
            ExprKind::Attr(object, _) => Some(*object),
            _ => None,
        }
    }

    /// `MapPost(…).RequireAuthorization()`, also of what a group was made with.
    fn chained(&self, e: ExprId) -> Option<Access> {
        if self.module().language != Language::CSharp {
            return None;
        }
        // What follows in the same statement stands close behind.
        let near = self.module().exprs.iter().skip(e.0 as usize + 1).take(400);
        let chains = near.filter_map(|c| match &c.kind {
            ExprKind::Call(callee, _) => match self.module().kind(*callee) {
                ExprKind::Attr(object, name) => Some((*object, name)),
                _ => None,
            },
            _ => None,
        });
        for (mut object, name) in chains {
            for _ in 0..8 {
                if object == e {
                    match &**name {
                        "RequireAuthorization" => return Some(Access::Known),
                        "AllowAnonymous" => return Some(Access::Anyone),
                        _ => {}
                    }
                }
                match self.receiver(object) {
                    Some(inner) => object = inner,
                    None => break,
                }
            }
        }
        None
    }

    /// What an application or router was made with.
    fn constructed(&self, object: ExprId) -> Option<Access> {
        let mut made = self.r.followed(object, 8)?;
        let found = self.args(made).iter().filter_map(|a| {
            let access = self.guard(a.value, DEPENDENCIES);
            let runs = matches!(
                a.name.as_deref(),
                Some("dependencies" | "middleware" | "before_request")
            );
            access.filter(|a| runs || *a == Access::Known)
        });
        if let Some(access) = found.min() {
            return Some(access);
        }
        for _ in 0..8 {
            let ExprKind::Call(callee, _) = self.module().kind(made) else {
                break;
            };
            if matches!(self.module().kind(*callee), ExprKind::Attr(_, n) if &**n == "RequireAuthorization") {
                return Some(Access::Known);
            }
            let Some(inner) = self.receiver(made) else { break };
            made = inner;
        }
        None
    }

    /// What is set up on an application before a place.
    fn set_up(&self, object: Option<ExprId>, at: ExprId, route: Option<&str>) -> Option<Access> {
        let on = object.and_then(|o| self.r.followed(o, 8));
        let setups = self.setups.get_or_init(|| self.setups());
        setups
            .iter()
            .filter(|s| s.on.is_none() || on.is_none() || s.on == on)
            .filter(|s| !s.ordered || s.at < at)
            .filter(|s| match (&s.prefix, route) {
                (Some(prefix), Some(route)) => {
                    let prefix = prefix.trim_end_matches(['*', '/']);
                    route
                        .strip_prefix(prefix)
                        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
                }
                (Some(_), None) => false,
                _ => true,
            })
            .map(|s| s.access)
            .min()
    }

    /// What the modules say that mount the router of a route.
    fn mounted(&self, object: Option<ExprId>, handler: ScopeId) -> Option<Access> {
        let mut names: Vec<&str> = Vec::new();
        if let Some(ExprKind::Name(n)) = object.map(|o| self.module().kind(o)) {
            names.push(n);
        }
        names.extend(self.module().around(handler).map(|(_, s)| &*s.name));
        names.retain(|n| !n.is_empty());
        self.r.cross.mounted(&names)
    }

    /// Where something of another module of the target comes from.
    fn import_path(&self, e: ExprId, depth: usize) -> Option<String> {
        let depth = depth.checked_sub(1)?;
        let module = self.module();
        match module.kind(e) {
            ExprKind::Name(n) => match self.r.lookup(module.expr(e).scope, n, e)? {
                Found::Import(path) => Some(path.to_owned()),
                Found::Expr(value) if value != e => self.import_path(value, depth),
                _ => None,
            },
            ExprKind::Attr(object, name) => Some(format!("{}.{name}", self.import_path(*object, depth)?)),
            ExprKind::Call(callee, args) => match module.kind(*callee) {
                ExprKind::Name(n) if &**n == "require" => self.r.path(e).filter(|p| p.starts_with('~')),
                ExprKind::Name(n) if RUNS.contains(&&**n) => self.import_path(args.first()?.value, depth),
                _ => self.import_path(*callee, depth),
            },
            _ => None,
        }
    }

    /// Whether something a module gives out lets nobody through who is not known.
    pub(super) fn is_check(&self, e: ExprId) -> bool {
        match self.r.local_scope(e) {
            Some(scope) => self.checks_caller_within(scope, DEPENDENCIES - 1),
            None => {
                matches!(self.module().kind(e), ExprKind::Call(..) | ExprKind::List(_))
                    && self.guard(e, DEPENDENCIES) == Some(Access::Known)
            }
        }
    }

    /// What something does that stands before a handler; nothing where it lets callers through without a look.
    fn guard(&self, e: ExprId, depth: usize) -> Option<Access> {
        let depth = depth.checked_sub(1)?;
        let looked = self.looked.get();
        if looked >= FUEL {
            return Some(Access::Unseen);
        }
        self.looked.set(looked + 1);
        let module = self.module();
        match module.kind(e) {
            ExprKind::List(items) | ExprKind::Either(items) | ExprKind::Mixed(items) => {
                items.iter().take(32).filter_map(|i| self.guard(*i, depth)).min()
            }
            ExprKind::Dict(pairs) => pairs
                .iter()
                .take(32)
                .filter_map(|(k, v)| {
                    let key = k.and_then(|k| module.text(k))?;
                    matches!(
                        key,
                        "preHandler" | "onRequest" | "preValidation" | "beforeHandle" | "middleware"
                    )
                    .then(|| self.guard(*v, depth))?
                })
                .min(),
            ExprKind::Scope(s) => self.checks_caller_within(*s, depth).then_some(Access::Known),
            ExprKind::Name(n) | ExprKind::Attr(_, n) => {
                match says(n, true) {
                    Says::Open => return Some(Access::Anyone),
                    Says::Checks => return Some(Access::Known),
                    Says::Nothing => {}
                }
                if let ExprKind::Attr(object, _) = module.kind(e)
                    && matches!(module.kind(*object), ExprKind::Name(o) if says(o, true) == Says::Checks)
                {
                    return Some(Access::Known);
                }
                if let Some(scope) = self.r.local_scope(e) {
                    return self.checks_caller_within(scope, depth).then_some(Access::Known);
                }
                match self.r.followed(e, 8).filter(|m| *m != e) {
                    Some(made) => self.guard(made, depth),
                    None => self.imported_guard(&self.import_path(e, 8)?),
                }
            }
            ExprKind::Call(callee, args) => {
                let lenient = args.iter().any(|a| {
                    matches!(a.name.as_deref(), Some("auto_error" | "optional" | "credentialsRequired"))
                        && matches!(module.kind(a.value), ExprKind::Bool(b) if *b == (a.name.as_deref() == Some("optional")))
                });
                if lenient {
                    return None;
                }
                let name = match module.kind(*callee) {
                    ExprKind::Name(n) | ExprKind::Attr(_, n) => &**n,
                    _ => "",
                };
                if RUNS.contains(&name) {
                    return self.guard(args.first()?.value, depth);
                }
                match name {
                    "require" => self.imported_guard(&self.import_path(e, 8)?),
                    "permission_classes" => args.iter().filter_map(|a| self.guard(a.value, depth)).min(),
                    "authentication_classes" => None,
                    _ => self.guard(*callee, depth).or_else(|| {
                        args.iter()
                            .take(8)
                            .filter_map(|a| self.guard(a.value, depth))
                            .find(|a| *a == Access::Known)
                    }),
                }
            }
            _ => None,
        }
    }

    /// What something imported does. Packages of others say it in their names; a module of the target is looked into.
    fn imported_guard(&self, path: &str) -> Option<Access> {
        let cross = &self.r.cross;
        let from = &self.module().path;
        let bare = path.split("()").next().unwrap_or(path);
        // An import under another name, and a default.
        let named = bare.rsplit('.').next().unwrap_or(bare);
        if says(named, true) == Says::Checks {
            return Some(Access::Known);
        }
        if cross.checks(bare) {
            return Some(Access::Known);
        }
        if cross.was_read(bare) {
            return None;
        }
        let root = bare.split('.').next().unwrap_or(bare);
        let own = bare.starts_with('~') || root.starts_with('@') && root.len() == 1 || root.starts_with("@/");
        (own || from.split('/').any(|d| d == root) || cross.is_own(root)).then_some(Access::Unseen)
    }
}
