//! Endpoints: routes whose handler leads to a model or an agent.

use aispm_types::{Asset, AssetId, AssetKind, Relation, RelationKind, Value};

use super::{Access, Analysis, Hit};
use crate::catalogue::{On, Role};
use crate::ir::{ExprId, ExprKind, Language, ScopeId, ScopeKind};

impl Analysis<'_> {
    /// Finds routes and relates those that lead to models.
    pub(super) fn find_endpoints(&mut self) {
        for hit in self.hits.of(Role::Route) {
            if let (Some(class), Some(entry)) = (hit.scope, self.entry(&hit))
                && entry.on == On::Base
            {
                self.class_view(&hit, class, &entry.list("methods"));
                continue;
            }
            let method = self.route_method(&hit);
            let route = self.argument(&hit, "route").and_then(|e| self.r.text(e));
            let route = self.prefixed(&hit, route);
            for handler in self.route_handlers(&hit) {
                let access = self.access(&hit, handler, route.as_deref());
                self.endpoint(&hit, handler, &method, route.as_deref(), access);
            }
        }
        self.file_routes();
    }

    /// A view that is a class: each method it defines of those that a framework calls is an endpoint.
    fn class_view(&mut self, hit: &Hit, class: ScopeId, methods: &[String]) {
        for name in methods {
            let Some(ExprKind::Scope(handler)) =
                self.r.own_member(class, name).map(|m| self.module().kind(m))
            else {
                continue;
            };
            let handler = *handler;
            // What the project's settings say stands in another file.
            let access = self.handler_access(handler).unwrap_or(Access::Unseen);
            let method = match name.as_str() {
                "list" | "retrieve" => "GET",
                "create" => "POST",
                "update" => "PUT",
                "partial_update" => "PATCH",
                "destroy" => "DELETE",
                other => other,
            };
            self.endpoint(hit, handler, &method.to_ascii_uppercase(), None, access);
        }
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
        let class = self
            .module()
            .class_of(handler)
            .and_then(|c| self.module().scope(c));
        let view = class.filter(|_| route.is_none()).map(|c| &*c.name);
        let address = match view {
            Some(_) => Value::unknown("the addresses of views stand in another file"),
            None => Value::from(route.unwrap_or("/")),
        };
        let name = format!("{method} {}", view.or(route).unwrap_or("/"));
        let line = self.module().scope(handler).map_or(1, |s| s.line);
        let mut asset = Asset::new(AssetKind::Endpoint, self.place(&name), name.as_str())
            .with("engine", engine)
            .with("method", method)
            .with("route", address)
            .at(self.at(e));
        if self.module().expr(e).line != line {
            asset = asset.at(self.cx.at(&self.module().path, line));
        }
        self.waits |= access == Access::Unseen;
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
            let access = self.file_access(handler, &route);
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
