//! What a handler says itself of who may call it: decorators, its class, parameters, and how it turns callers away.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use aho_corasick::AhoCorasick;

use super::{Access, Analysis, DEPENDENCIES, RUNS, Refusal, Says, says};
use crate::catalogue::Role;
use crate::ir::{ExprId, ExprKind, MODULE, ScopeId, ScopeKind};
use crate::resolve::Found;

/// Whether a name is of something that a caller shows.
fn credential(name: &str) -> bool {
    static WORDS: OnceLock<Option<AhoCorasick>> = OnceLock::new();
    let words = WORDS.get_or_init(|| {
        let words = [
            "authorization",
            "token",
            "api-key",
            "api_key",
            "apikey",
            "session",
            "cookie",
            "user",
            "credential",
        ];
        AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .build(words)
            .ok()
    });
    words.as_ref().is_some_and(|w| w.is_match(name))
}

impl Analysis<'_> {
    /// What a function's decorators, parameters and body say of who may call it.
    pub(in super::super) fn handler_access(&self, handler: ScopeId) -> Option<Access> {
        let module = self.module();
        let decorators = |id: ScopeId| {
            let scope = module.scope(id);
            let all = scope.map_or(&[][..], |s| s.decorators.as_slice());
            let found = all.iter().filter(|d| self.hits.role(**d, Role::Route).is_none());
            found.filter_map(|d| self.guard(*d, DEPENDENCIES)).max()
        };
        let class = match module.scope(handler)?.kind {
            ScopeKind::Class => Some(handler),
            _ => module.class_of(handler),
        };
        // The method's own word counts before that of its class.
        let said = decorators(handler)
            .or_else(|| class.and_then(decorators))
            .or_else(|| class.and_then(|c| self.class_access(c)));
        said.or_else(|| {
            self.checks_caller_within(handler, DEPENDENCIES)
                .then_some(Access::Known)
        })
        .or_else(|| {
            let params = &module.scope(handler)?.params;
            let unseen = params
                .iter()
                .filter_map(|p| p.default)
                .filter(|d| self.is_dependency(*d));
            unseen
                .filter_map(|d| self.guard(d, DEPENDENCIES))
                .find(|a| *a == Access::Unseen)
        })
    }

    /// `permission_classes = […]` and mixins.
    fn class_access(&self, class: ScopeId) -> Option<Access> {
        let bases = &self.module().scope(class)?.bases;
        // An empty list lets everybody through.
        let given = self.r.member(class, "permission_classes");
        let none = given.is_some_and(|g| matches!(self.module().kind(g), ExprKind::List(l) if l.is_empty()));
        let chosen = match self
            .r
            .member(class, "get_permissions")
            .map(|m| self.module().kind(m))
        {
            Some(ExprKind::Scope(s)) => self.module().scope(*s).map_or(&[][..], |s| s.returns.as_slice()),
            _ => &[],
        };
        if !chosen.is_empty() {
            let said = chosen
                .iter()
                .map(|r| self.guard(*r, DEPENDENCIES).unwrap_or(Access::Unseen));
            return said.max();
        }
        if none {
            return Some(Access::Anyone);
        }
        let listed = ["permission_classes", "decorators", "method_decorators"]
            .iter()
            .find_map(|n| self.guard(self.r.member(class, n)?, DEPENDENCIES));
        listed.or_else(|| {
            let mixin = |b: &ExprId| match self.module().kind(*b) {
                ExprKind::Name(n) | ExprKind::Attr(_, n) => {
                    n.ends_with("Mixin") && says(n, true) == Says::Checks || &**n == "UserPassesTestMixin"
                }
                _ => false,
            };
            bases.iter().any(mixin).then_some(Access::Known)
        })
    }

    fn is_dependency(&self, e: ExprId) -> bool {
        matches!(self.module().kind(e), ExprKind::Call(callee, _)
            if matches!(self.module().kind(*callee), ExprKind::Name(n) | ExprKind::Attr(_, n) if RUNS.contains(&&**n)))
    }

    /// Whether a function's parameters or body check who calls; as a dependency, unless all of `DEPENDENCIES` are left.
    pub(super) fn checks_caller_within(&self, handler: ScopeId, depth: usize) -> bool {
        let key = (handler, depth == DEPENDENCIES);
        if let Some(known) = self.checkers.borrow().get(&key) {
            return *known;
        }
        // A function that depends on itself ends here.
        self.checkers.borrow_mut().insert(key, false);
        let checks = self.checks_caller(handler, depth);
        self.checkers.borrow_mut().insert(key, checks);
        checks
    }

    fn checks_caller(&self, handler: ScopeId, depth: usize) -> bool {
        let module = self.module();
        let Some(scope) = module.scope(handler) else {
            return false;
        };
        let by_parameter = scope.params.iter().any(|p| {
            p.default
                .is_some_and(|d| self.is_dependency(d) && self.guard(d, depth) == Some(Access::Known))
                || p.ty.as_deref().is_some_and(|t| self.type_checks(t, depth))
        });
        let refusal = self.refusal(handler);
        let refuses = if depth < DEPENDENCIES {
            refusal.unknown || refusal.forbidden
        } else {
            refusal.unknown && refusal.credential
        };
        by_parameter
            || refuses
            || self.calls_within(handler).into_iter().any(|(id, callee)| {
                let named = match module.kind(callee) {
                    ExprKind::Name(n) | ExprKind::Attr(_, n) => says(n, false) == Says::Checks,
                    _ => false,
                };
                let header = self
                    .args(id)
                    .iter()
                    .filter_map(|a| module.text(a.value))
                    .any(|t| t.eq_ignore_ascii_case("authorization") || t.eq_ignore_ascii_case("x-api-key"));
                // `supabase.auth.getUser()`
                let asked = matches!(module.kind(callee), ExprKind::Attr(o, n) if &**n == "getUser"
                    && matches!(module.kind(*o), ExprKind::Attr(_, o) if &**o == "auth"));
                // Talking to a client library is no check of the caller.
                (named || header || asked)
                    && self
                        .hits
                        .at(id)
                        .all(|h| !matches!(h.role, Role::Client | Role::Model | Role::Chat))
            })
    }

    /// `Annotated[User, Depends(user)]`, `CurrentUser`: the type is text here, and names a function of the file or of another.
    fn type_checks(&self, written: &str, depth: usize) -> bool {
        let found = written
            .split_once("Depends(")
            .or_else(|| written.split_once("Security("));
        let name_of = |rest: &str| {
            let end = rest
                .find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.'))
                .unwrap_or(rest.len());
            rest.get(..end).unwrap_or("").to_owned()
        };
        let Some((_, rest)) = found else {
            let name = name_of(written);
            let names_user = says(&name, true) == Says::Checks && name.contains("User");
            return names_user || self.names_check(&name, depth);
        };
        let name = name_of(rest);
        match says(name.rsplit('.').next().unwrap_or(&name), true) {
            Says::Checks => true,
            Says::Open => false,
            Says::Nothing => self.names_check(&name, depth),
        }
    }

    /// Whether a name of the module's top is of something that checks who calls.
    fn names_check(&self, name: &str, depth: usize) -> bool {
        if depth == 0 || name.is_empty() {
            return false;
        }
        let (root, rest) = name.split_once('.').map_or((name, ""), |(a, b)| (a, b));
        match self.r.lookup(MODULE, root, ExprId(u32::MAX)) {
            Some(Found::Expr(value)) => match self.module().kind(value) {
                ExprKind::Scope(s) if rest.is_empty() => {
                    self.module()
                        .scope(*s)
                        .is_some_and(|s| s.kind == ScopeKind::Function)
                        && self.checks_caller_within(*s, depth - 1)
                }
                // `CurrentUser = Annotated[User, Depends(user)]`
                ExprKind::Index(_, inner) => self.guard(*inner, depth) == Some(Access::Known),
                _ => false,
            },
            Some(Found::Import(path)) => {
                let path = if rest.is_empty() {
                    path.to_owned()
                } else {
                    format!("{path}.{rest}")
                };
                self.imported_guard(&path) == Some(Access::Known)
            }
            _ => false,
        }
    }

    /// How a function and those inside it turn callers away.
    fn refusal(&self, scope: ScopeId) -> Refusal {
        let all = self.refusals.get_or_init(|| self.refusals());
        let mut out = Refusal::default();
        for (_, r) in all
            .range(scope..)
            .take_while(|(s, _)| self.module().within(**s, scope))
        {
            out.unknown |= r.unknown;
            out.forbidden |= r.forbidden;
            out.credential |= r.credential;
        }
        out
    }

    fn refusals(&self) -> BTreeMap<ScopeId, Refusal> {
        let module = self.module();
        let mut out: BTreeMap<ScopeId, Refusal> = BTreeMap::new();
        // A number that is only compared is the answer of somebody else.
        let mut compared = std::collections::BTreeSet::new();
        for e in &module.exprs {
            if let ExprKind::Test(_, parts) = &e.kind {
                compared.extend(parts.iter().copied());
            }
        }
        for (e, i) in module.exprs.iter().zip(0u32..) {
            let mut r = Refusal::default();
            match &e.kind {
                ExprKind::Int(401) => r.unknown = !compared.contains(&ExprId(i)),
                ExprKind::Int(403) => r.forbidden = !compared.contains(&ExprId(i)),
                ExprKind::Attr(_, n) | ExprKind::Name(n) => {
                    r.unknown = n.starts_with("HTTP_401")
                        || matches!(&**n, "Unauthorized" | "UNAUTHORIZED" | "Status401Unauthorized");
                    r.forbidden = n.starts_with("HTTP_403")
                        || matches!(
                            &**n,
                            "Forbidden" | "FORBIDDEN" | "Forbid" | "Status403Forbidden" | "PermissionDenied"
                        );
                    r.credential = credential(n);
                }
                ExprKind::Str(t) => {
                    r.unknown = ["/login", "/signin", "/sign-in"].iter().any(|p| t.starts_with(p));
                    r.credential = t.len() < 40 && credential(t);
                }
                _ => continue,
            }
            if r.unknown || r.forbidden || r.credential {
                let known = out.entry(e.scope).or_default();
                known.unknown |= r.unknown;
                known.forbidden |= r.forbidden;
                known.credential |= r.credential;
            }
        }
        out
    }
}
