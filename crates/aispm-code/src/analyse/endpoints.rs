//! Endpoints: routes whose handler leads to a model or an agent.

use aispm_types::{Asset, AssetId, AssetKind, Relation, RelationKind, Value};

use super::{Analysis, Hit};
use crate::catalogue::Role;
use crate::ir::{ExprId, ExprKind, Language, ScopeId, ScopeKind};

/// Words in the names of what lets nobody in who is not known.
const AUTH_WORDS: &[&str] = &[
    "auth",
    "current_user",
    "currentuser",
    "login_required",
    "loginrequired",
    "jwt",
    "verify_token",
    "verifytoken",
    "api_key",
    "apikey",
    "require_user",
    "requireuser",
    "get_user",
    "getsession",
    "getserversession",
    "permission",
    "protect",
    "bearer",
    "ensure_user",
    "security",
    "isadmin",
    "passport",
    "get_session_user",
    "oidc",
    "oauth",
    "withsession",
    "clerk",
    "gettoken",
];

/// How many dependencies of dependencies are followed.
const DEPENDENCIES: usize = 4;

/// Whether a name says that it checks who calls.
fn is_auth_name(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let last = lower.rsplit('.').next().unwrap_or(&lower);
    AUTH_WORDS.iter().any(|w| last.contains(w)) && !last.contains("author")
}

/// What can be said about who may call.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Access {
    Known,
    Anyone,
    Unseen,
}

impl Analysis<'_> {
    /// Finds routes and relates those that lead to models.
    pub(super) fn find_endpoints(&mut self) {
        for hit in self.hits.of(Role::Route) {
            let method = self.route_method(&hit);
            let route = self.argument(&hit, "route").and_then(|e| self.r.text(e));
            let route = self.prefixed(&hit, route);
            for handler in self.route_handlers(&hit) {
                let access = self.access(&hit, handler);
                self.endpoint(&hit, handler, &method, route.as_deref(), access);
            }
        }
        self.file_routes();
    }

    /// Adds the prefix a router was made with.
    fn prefixed(&self, hit: &Hit, route: Option<String>) -> Option<String> {
        let callee = match self.module().kind(hit.expr) {
            ExprKind::Call(callee, _) => *callee,
            _ => hit.expr,
        };
        let ExprKind::Attr(object, _) = self.module().kind(callee) else {
            return route;
        };
        let made = self.r.followed(*object, 8)?;
        let prefix = ["prefix", "url_prefix"]
            .iter()
            .find_map(|p| self.args(made).iter().find(|a| a.name.as_deref() == Some(p)))
            .and_then(|a| self.r.text(a.value));
        match (prefix, route) {
            (Some(p), Some(r)) => Some(format!("{}{r}", p.trim_end_matches('/'))),
            (_, r) => r,
        }
    }

    fn route_method(&self, hit: &Hit) -> String {
        let listed = self.argument(hit, "method").map(|e| {
            match self.r.followed(e, 8).map(|f| self.module().kind(f)) {
                Some(ExprKind::List(items)) => items
                    .iter()
                    .filter_map(|i| self.r.text(*i))
                    .collect::<Vec<_>>()
                    .join(","),
                _ => self.r.text(e).unwrap_or_default(),
            }
        });
        if let Some(m) = listed.filter(|m| !m.is_empty()) {
            return m.to_ascii_uppercase();
        }
        if let Some(m) = self.entry(hit).and_then(|e| e.texts.get("method")) {
            return m.clone();
        }
        let last = hit
            .path
            .rsplit('.')
            .next()
            .unwrap_or("")
            .trim_start_matches("Map")
            .trim_start_matches("Http")
            .to_ascii_uppercase();
        match last.as_str() {
            "GET" | "POST" | "PUT" | "DELETE" | "PATCH" => last,
            "ALL" | "USE" | "ANY" => "ANY".to_owned(),
            "WEBSOCKET" => "WS".to_owned(),
            _ => "GET".to_owned(),
        }
    }

    fn route_handlers(&self, hit: &Hit) -> Vec<ScopeId> {
        if let Some(scope) = hit.scope {
            return vec![scope];
        }
        if let Some(e) = self.argument(hit, "handler") {
            return self.r.local_scope(e).into_iter().collect();
        }
        // The last function of `app.post("/x", check, handler)`.
        let last = self
            .args(hit.expr)
            .iter()
            .rev()
            .find_map(|a| self.r.local_scope(a.value));
        last.into_iter().collect()
    }

    fn endpoint(&mut self, hit: &Hit, handler: ScopeId, method: &str, route: Option<&str>, access: Access) {
        let engine = self
            .entry(hit)
            .and_then(|e| self.catalogue.constant(e, "engine"))
            .unwrap_or("http")
            .to_owned();
        self.add_endpoint(hit.expr, handler, &engine, method, route, access);
    }

    fn add_endpoint(
        &mut self,
        e: ExprId,
        handler: ScopeId,
        engine: &str,
        method: &str,
        route: Option<&str>,
        access: Access,
    ) {
        let reached = self.reaches(handler);
        // A route that only carries a protocol to a server is the server's transport.
        if reached.iter().all(|r| Self::is_kind(r, AssetKind::McpServer)) {
            return;
        }
        let route = route.unwrap_or("/");
        let name = format!("{method} {route}");
        let line = self.module().scope(handler).map_or(1, |s| s.line);
        let mut asset = Asset::new(AssetKind::Endpoint, self.place(&name), name.as_str())
            .with("engine", engine)
            .with("method", method)
            .with("route", route)
            .at(self.at(e));
        if self.module().expr(e).line != line {
            asset = asset.at(self.cx.at(&self.module().path, line));
        }
        asset = match access {
            Access::Known => asset.with("authenticated", true),
            Access::Anyone => asset.with("authenticated", false),
            Access::Unseen => asset.with(
                "authenticated",
                Value::unknown("the application's middleware stands in another file"),
            ),
        };
        let id = self.draft.asset(self.dressed(asset));
        self.handlers.insert(handler, id.clone());
        for other in reached {
            let kind = match other.as_str().split(':').next() {
                Some("model" | "agent") => RelationKind::Serves,
                Some("vector_index") => RelationKind::GroundedOn,
                Some("account") => RelationKind::Uses,
                _ => continue,
            };
            let at = self.at(e);
            self.draft.relation(Relation::new(&id, kind, &other).seen(at));
        }
        for store in self.stores_reached(handler) {
            let at = self.at(e);
            self.draft
                .relation(Relation::new(&id, RelationKind::GroundedOn, &store).seen(at));
        }
    }

    /// Vector stores that a handler asks.
    fn stores_reached(&self, handler: ScopeId) -> Vec<AssetId> {
        self.calls_within(handler)
            .into_iter()
            .filter(|(id, _)| self.hits.role(*id, Role::Retrieve).is_some())
            .flat_map(|(id, _)| self.refs(id))
            .filter(|r| Self::is_kind(r, AssetKind::VectorIndex))
            .collect()
    }

    /// Who may call a route, by its decorators, parameters, middleware and body.
    fn access(&self, hit: &Hit, handler: ScopeId) -> Access {
        if self.checks_caller(handler) {
            return Access::Known;
        }
        let arguments = self.args(hit.expr);
        let named = arguments
            .iter()
            .filter(|a| self.r.local_scope(a.value) != Some(handler))
            .any(|a| self.names_auth(a.value));
        if named {
            return Access::Known;
        }
        let callee = match self.module().kind(hit.expr) {
            ExprKind::Call(callee, _) => *callee,
            _ => hit.expr,
        };
        if let ExprKind::Attr(object, _) = self.module().kind(callee)
            && let Some(made) = self.r.followed(*object, 8)
            && self.args(made).iter().any(|a| self.names_auth(a.value))
        {
            return Access::Known;
        }
        if *self.app_checks.get_or_init(|| self.app_checks()) {
            return Access::Known;
        }
        let own_app = self.hits.any(Role::App);
        if own_app
            || self
                .entry(hit)
                .is_some_and(|e| e.texts.get("result").is_some_and(|r| r == "whole"))
        {
            Access::Anyone
        } else {
            Access::Unseen
        }
    }

    /// Whether something that is set up for the whole application checks who calls.
    fn app_checks(&self) -> bool {
        self.module().calls().any(|(id, callee, args)| {
            let path = self.r.path(callee).unwrap_or_default();
            let last = path.rsplit('.').next().unwrap_or("");
            matches!(
                last,
                "use"
                    | "add_middleware"
                    | "UseAuthentication"
                    | "UseAuthorization"
                    | "before_request"
                    | "register"
                    | "addHook"
                    | "middleware"
            ) && self
                .hits
                .role(id, Role::Route)
                .is_none_or(|h| h.path.ends_with(".use"))
                // `use("/auth", router)` mounts a router and checks nobody.
                && args.first().is_none_or(|a| self.module().text(a.value).is_none_or(|t| t.len() <= 1))
                && (last.contains("Auth") || args.iter().any(|a| self.names_auth(a.value)))
        })
    }

    /// Whether a function's decorators, parameters or body check who calls.
    fn checks_caller(&self, handler: ScopeId) -> bool {
        self.checks_caller_within(handler, DEPENDENCIES)
    }

    fn checks_caller_within(&self, handler: ScopeId, depth: usize) -> bool {
        let Some(scope) = self.module().scope(handler) else {
            return false;
        };
        let decorated = |s: &crate::ir::Scope| {
            s.decorators
                .iter()
                .any(|d| self.hits.role(*d, Role::Route).is_none() && self.names_auth(*d))
        };
        let class = self
            .module()
            .class_of(handler)
            .and_then(|c| self.module().scope(c));
        if decorated(scope) || class.is_some_and(decorated) {
            return true;
        }
        let by_parameter = scope.params.iter().any(|p| {
            p.default
                .is_some_and(|d| self.names_auth(d) || self.depends_on_check(d, depth))
                || p.ty
                    .as_deref()
                    .is_some_and(|t| self.type_depends_on_check(t, depth))
                || p.ty.as_deref().is_some_and(|t| {
                    (t.contains("Depends(") || t.contains("Security("))
                        && is_auth_name(&t.replace("Depends", ""))
                        || is_auth_name(t) && t.contains("User")
                })
        });
        by_parameter
            || (depth < DEPENDENCIES && self.refuses(handler))
            || self.calls_within(handler).into_iter().any(|(id, callee)| {
                let named = match self.module().kind(callee) {
                    ExprKind::Name(n) | ExprKind::Attr(_, n) => is_auth_name(n),
                    _ => false,
                };
                let header = self
                    .args(id)
                    .iter()
                    .filter_map(|a| self.module().text(a.value))
                    .any(|t| {
                        let t = t.to_ascii_lowercase();
                        t == "authorization" || t == "x-api-key"
                    });
                // Talking to a client library is no check of the caller.
                (named || header)
                    && self
                        .hits
                        .at(id)
                        .all(|h| !matches!(h.role, Role::Client | Role::Model | Role::Chat))
            })
    }

    /// `Depends(user)` where `user`, or what it depends on in turn, checks who calls; `Depends(bearer)` where `bearer` was made
    /// from something that does.
    fn depends_on_check(&self, default: ExprId, depth: usize) -> bool {
        let ExprKind::Call(callee, args) = self.module().kind(default) else {
            return false;
        };
        let named = match self.module().kind(*callee) {
            ExprKind::Name(n) | ExprKind::Attr(_, n) => matches!(&**n, "Depends" | "Security"),
            _ => false,
        };
        let Some(dependency) = args.first().map(|a| a.value).filter(|_| named && depth > 0) else {
            return false;
        };
        let made = self.r.followed(dependency, 8);
        made.is_some_and(|m| self.names_auth(m))
            || self
                .r
                .local_scope(dependency)
                .is_some_and(|s| self.checks_caller_within(s, depth - 1))
    }

    /// `Annotated[User, Depends(user)]`: the type is text here, and names a function of the file.
    fn type_depends_on_check(&self, written: &str, depth: usize) -> bool {
        let Some((_, rest)) = written
            .split_once("Depends(")
            .or_else(|| written.split_once("Security("))
        else {
            return false;
        };
        let end = rest
            .find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.'))
            .unwrap_or(rest.len());
        let name = rest.get(..end).unwrap_or("");
        let function = |id: &ScopeId| {
            self.module()
                .scope(*id)
                .is_some_and(|s| s.kind == ScopeKind::Function && &*s.name == name)
        };
        depth > 0
            && self
                .module()
                .scope_ids()
                .find(function)
                .is_some_and(|s| self.checks_caller_within(s, depth - 1))
    }

    /// A dependency that answers 401 or 403 refuses somebody.
    fn refuses(&self, scope: ScopeId) -> bool {
        let refusal = |e: ExprId| match self.module().kind(e) {
            ExprKind::Int(n) => matches!(n, 401 | 403),
            ExprKind::Attr(_, n) => n.starts_with("HTTP_401") || n.starts_with("HTTP_403"),
            _ => false,
        };
        self.calls_within(scope)
            .into_iter()
            .any(|(id, _)| self.args(id).iter().any(|a| refusal(a.value)))
    }

    /// Whether an expression names something that checks who calls.
    fn names_auth(&self, e: ExprId) -> bool {
        let mut work = vec![e];
        let mut steps = 0;
        while let Some(e) = work.pop() {
            steps += 1;
            if steps > 60 {
                return false;
            }
            match self.module().kind(e) {
                ExprKind::Name(n) if is_auth_name(n) => return true,
                ExprKind::Attr(o, n) => {
                    if is_auth_name(n) {
                        return true;
                    }
                    work.push(*o);
                }
                ExprKind::Scope(_) => {}
                _ => work.extend(self.module().parts(e)),
            }
        }
        false
    }

    /// Routes that are files: `app/…/route.ts` with a function a method, `pages/api/….ts` with a default function.
    fn file_routes(&mut self) {
        if self.module().language != Language::JavaScript {
            return;
        }
        let path = format!("/{}", self.module().path);
        let stem = path.rsplit_once('.').map_or(path.as_str(), |(s, _)| s);
        let in_app = stem.strip_suffix("/route").and_then(|s| s.split_once("/app/"));
        let found: Vec<(ScopeId, String, String)> = if let Some((_, route)) = in_app {
            // `(group)` directories are no part of the address.
            let route = route
                .split('/')
                .filter(|p| !p.starts_with('('))
                .collect::<Vec<_>>()
                .join("/");
            let names = ["GET", "POST", "PUT", "PATCH", "DELETE"];
            self.module()
                .scope_ids()
                .filter_map(|id| {
                    let s = self.module().scope(id)?;
                    (s.kind == ScopeKind::Function && names.contains(&&*s.name))
                        .then(|| (id, s.name.to_string(), format!("/{route}")))
                })
                .collect()
        } else if let Some((_, route)) = stem.split_once("/pages/api/") {
            let route = format!("/api/{}", route.trim_end_matches("/index"));
            let default = self
                .module()
                .exports
                .get("default")
                .and_then(|e| self.r.local_scope(*e));
            default
                .map(|s| (s, "ANY".to_owned(), route))
                .into_iter()
                .collect()
        } else {
            Vec::new()
        };
        for (handler, method, route) in found {
            let access = if self.checks_caller(handler) {
                Access::Known
            } else {
                Access::Unseen
            };
            let at = self
                .module()
                .exprs
                .iter()
                .zip(0u32..)
                .find(|(e, _)| matches!(e.kind, ExprKind::Scope(s) if s == handler))
                .map(|(_, i)| ExprId(i));
            if let Some(e) = at {
                self.add_endpoint(e, handler, "nextjs", &method, Some(&route), access);
            }
        }
    }
}
