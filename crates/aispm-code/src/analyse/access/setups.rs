//! What a module sets up: middleware, mounted routers, the gate of a project.

use super::{Access, Analysis, DEPENDENCIES, SETUPS, Says, Setup, says};
use crate::catalogue::Role;
use crate::cross::{Gate, Mount};
use crate::ir::{ExprId, ExprKind, Language};

/// Methods that set something up before handlers.
const SETS_UP: &[&str] = &[
    "use",
    "add_middleware",
    "before_request",
    "before_app_request",
    "addHook",
    "register",
    "middleware",
    "on_request",
    "onRequest",
];
/// Methods that put a router into an application.
const MOUNTS: &[&str] = &[
    "include_router",
    "mount",
    "register_blueprint",
    "blueprint",
    "use",
    "register",
    "route",
];

impl Analysis<'_> {
    /// Everything that this module sets up before handlers.
    pub(super) fn setups(&self) -> Vec<Setup> {
        let module = self.module();
        let mut out = Vec::new();
        let javascript = module.language == Language::JavaScript;
        for (at, callee, args) in module.calls() {
            let (object, name) = match module.kind(callee) {
                ExprKind::Attr(object, name) => (*object, &**name),
                _ => continue,
            };
            let signs_in = name == "launch"
                && args.iter().any(|a| {
                    a.name.as_deref() == Some("auth") && !matches!(module.kind(a.value), ExprKind::Null)
                });
            let access = if signs_in || name == "SetFallbackPolicy" {
                Some(Access::Known)
            } else if SETS_UP.contains(&name) {
                args.iter()
                    .filter_map(|a| self.guard(a.value, DEPENDENCIES))
                    .filter(|a| *a != Access::Anyone)
                    .min()
            } else {
                None
            };
            if let Some(access) = access {
                let prefix = args
                    .first()
                    .and_then(|a| module.text(a.value))
                    .filter(|t| t.starts_with('/') && t.len() > 1);
                out.push(Setup {
                    on: self.r.followed(object, 8).filter(|_| !signs_in),
                    at,
                    prefix: prefix.map(str::to_owned),
                    access,
                    ordered: javascript && name == "use",
                });
            }
        }
        for id in module.scope_ids() {
            let Some(scope) = module.scope(id) else { continue };
            for decorator in &scope.decorators {
                let callee = match module.kind(*decorator) {
                    ExprKind::Call(callee, _) => *callee,
                    _ => *decorator,
                };
                let ExprKind::Attr(object, name) = module.kind(callee) else {
                    continue;
                };
                let signs_in = name.ends_with("auth_callback");
                let before = SETS_UP.contains(&&**name)
                    && (says(&scope.name, true) == Says::Checks
                        || self.checks_caller_within(id, DEPENDENCIES - 1));
                if signs_in || before {
                    out.push(Setup {
                        on: self.r.followed(*object, 8).filter(|_| before),
                        at: *decorator,
                        prefix: None,
                        access: Access::Known,
                        ordered: false,
                    });
                }
            }
        }
        for b in &module.bindings {
            if matches!(module.kind(b.target), ExprKind::Attr(_, n) if &**n == "FallbackPolicy") {
                out.push(Setup {
                    on: None,
                    at: b.target,
                    prefix: None,
                    access: Access::Known,
                    ordered: false,
                });
            }
        }
        out.truncate(SETUPS);
        out
    }

    /// Routers of other modules that this one puts into applications.
    pub(in crate::analyse) fn mounts(&self) -> Vec<Mount> {
        let module = self.module();
        let mut out = Vec::new();
        for (at, callee, args) in module.calls() {
            let puts = match module.kind(callee) {
                ExprKind::Attr(object, name) if MOUNTS.contains(&&**name) => Some(*object),
                _ => None,
            };
            // `routes(app)` of another module.
            let given = || {
                if !self.hits.any(Role::App) {
                    return None;
                }
                let app = args.iter().find(|a| {
                    self.r
                        .followed(a.value, 8)
                        .is_some_and(|m| self.hits.role(m, Role::App).is_some())
                })?;
                Some((app.value, self.import_path(callee, 8)?))
            };
            let routers: Vec<(ExprId, String)> = match puts {
                Some(object) => args
                    .iter()
                    .filter_map(|a| Some((object, self.import_path(a.value, 8)?)))
                    .collect(),
                None => given().into_iter().collect(),
            };
            for (object, router) in routers {
                let prefix = args.first().and_then(|a| module.text(a.value));
                let on_way = args.iter().filter_map(|a| self.guard(a.value, DEPENDENCIES));
                let app = self
                    .r
                    .followed(object, 8)
                    .is_some_and(|m| self.hits.role(m, Role::App).is_some());
                let name = match module.kind(object) {
                    ExprKind::Name(n) => n.to_string(),
                    _ => String::new(),
                };
                let access = on_way
                    .filter(|a| *a != Access::Anyone)
                    .chain(self.constructed(object))
                    .chain(self.set_up(Some(object), at, prefix))
                    .min();
                out.push(Mount {
                    router,
                    on: (!app).then_some(name),
                    access: access.unwrap_or(Access::Anyone),
                });
                if out.len() >= SETUPS {
                    return out;
                }
            }
        }
        out
    }

    /// What this module does to requests as the middleware of a project.
    pub(in crate::analyse) fn gate(&self) -> Option<Gate> {
        let module = self.module();
        let name = module.path.rsplit('/').next()?;
        if !name.starts_with("middleware.") && !name.starts_with("proxy.") {
            return None;
        }
        let bound = |name: &str| {
            module
                .bindings
                .iter()
                .find(|b| matches!(module.kind(b.target), ExprKind::Name(n) if &**n == name))
                .map(|b| b.value)
        };
        let mut patterns = Vec::new();
        if let Some(ExprKind::Dict(pairs)) = bound("config").map(|c| module.kind(c)) {
            let matcher = pairs
                .iter()
                .find(|(k, _)| k.and_then(|k| module.text(k)) == Some("matcher"));
            if let Some((_, value)) = matcher {
                match module.kind(*value) {
                    ExprKind::List(items) => patterns.extend(items.iter().filter_map(|i| self.r.text(*i))),
                    _ => patterns.extend(self.r.text(*value)),
                }
            }
        }
        let runs = [
            bound("middleware"),
            bound("proxy"),
            module.exports.get("default").copied(),
        ];
        let checks = runs.into_iter().flatten().any(|e| match self.r.local_scope(e) {
            Some(scope) => self.checks_caller_within(scope, DEPENDENCIES - 1),
            // `clerkMiddleware()` by itself reads who calls and lets everybody through; so does one that has been given nothing.
            None => match module.kind(e) {
                ExprKind::Call(_, args) => {
                    args.iter().any(|a| {
                        self.r
                            .local_scope(a.value)
                            .is_some_and(|s| self.checks_caller_within(s, DEPENDENCIES - 1))
                    }) || self.guard(e, DEPENDENCIES) == Some(Access::Known) && !args.is_empty()
                }
                _ => self.guard(e, DEPENDENCIES) == Some(Access::Known),
            },
        });
        // `export { default } from "next-auth/middleware"`
        let passed_on = ["default", "middleware", "proxy"].iter().any(|n| {
            let paths = module.imports.get(*n).into_iter().flatten();
            paths.into_iter().any(|i| says(&i.path, true) == Says::Checks)
        });
        Some(Gate {
            patterns,
            checks: checks || passed_on,
        })
    }
}
