//! Hits: calls, decorators and base classes that the catalogue knows.

use std::collections::BTreeMap;

use super::Analysis;
use crate::catalogue::{Entry, On, Role, Selector};
use crate::ir::{Arg, ExprId, ExprKind, Language, ScopeId};
use crate::resolve::Val;

/// One match of an expression with an entry of the catalogue.
#[derive(Clone, Debug)]
pub(crate) struct Hit {
    /// The call, or the decorator.
    pub(crate) expr: ExprId,
    /// What was matched.
    pub(crate) path: String,
    /// What it means.
    pub(crate) role: Role,
    /// Index of the entry.
    pub(crate) entry: usize,
    /// The function or class that is decorated or derived.
    pub(crate) scope: Option<ScopeId>,
}

/// All hits of a module, by expression.
#[derive(Debug, Default)]
pub(crate) struct Hits {
    by_expr: BTreeMap<ExprId, Vec<Hit>>,
    by_role: BTreeMap<Role, Vec<ExprId>>,
}

impl Hits {
    /// Hits of an expression.
    pub(crate) fn at(&self, e: ExprId) -> impl Iterator<Item = &Hit> {
        self.by_expr.get(&e).into_iter().flatten()
    }
    /// Hits of an expression with a role.
    pub(crate) fn role(&self, e: ExprId, role: Role) -> Option<&Hit> {
        self.at(e).find(|h| h.role == role)
    }
    /// All hits of a role, in source order.
    pub(crate) fn of(&self, role: Role) -> Vec<Hit> {
        self.by_role
            .get(&role)
            .into_iter()
            .flatten()
            .filter_map(|e| self.role(*e, role))
            .cloned()
            .collect()
    }
    /// The only hit of a role, where there is one and no more.
    pub(crate) fn only(&self, role: Role) -> Option<&Hit> {
        match self.by_role.get(&role)?.as_slice() {
            [one] => self.role(*one, role),
            _ => None,
        }
    }
    /// Whether there is a hit of a role.
    pub(crate) fn any(&self, role: Role) -> bool {
        self.by_role.contains_key(&role)
    }
    /// All hits, in source order.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Hit> {
        self.by_expr.values().flatten()
    }
}

impl Analysis<'_> {
    /// Matches the catalogue.
    pub(super) fn find_hits(&mut self) {
        let module = self.module();
        let calls: Vec<(ExprId, ExprId)> = module.calls().map(|(id, callee, _)| (id, callee)).collect();
        for (id, callee) in calls {
            if let Some(path) = self.r.path(callee) {
                self.hit(id, path, On::Call, None);
            }
        }
        for scope in module.scope_ids() {
            let Some(s) = module.scope(scope) else { continue };
            for decorator in &s.decorators {
                let callee = match module.kind(*decorator) {
                    ExprKind::Call(callee, _) => *callee,
                    _ => *decorator,
                };
                if let Some(path) = self.r.path(callee) {
                    self.hit(*decorator, path, On::Decorator, Some(scope));
                }
            }
            for base in &s.bases {
                if let Some(path) = self.base_path(*base) {
                    self.hit(*base, path, On::Base, Some(scope));
                }
            }
        }
        for found in self.hits.by_role.values_mut() {
            found.sort_unstable();
            found.dedup();
        }
    }

    /// Path of a base class; of a class of this file its own known base, so that subclasses of subclasses count.
    fn base_path(&self, base: ExprId) -> Option<String> {
        let mut base = base;
        for _ in 0..6 {
            // `BaseTool[Args, Result]`
            if let ExprKind::Index(object, _) = self.module().kind(base) {
                base = *object;
            }
            let path = self.r.path(base)?;
            match self.r.scope_at(&path).and_then(|s| self.module().scope(s)) {
                Some(class) => base = *class.bases.first()?,
                None => return Some(path),
            }
        }
        None
    }

    fn hit(&mut self, expr: ExprId, path: String, on: On, scope: Option<ScopeId>) {
        let language = self.module().language;
        let matched: Vec<(usize, Role)> = self
            .catalogue
            .matches(language, on, &path)
            .into_iter()
            .filter(|(_, entry)| self.in_use(entry, &path) && self.conditions_hold(entry, expr))
            .map(|(i, entry)| (i, entry.role))
            .collect();
        let mut roles = Vec::new();
        for (entry, role) in matched {
            let list = self.hits.by_expr.entry(expr).or_default();
            // The first entry of a role wins: special ones stand before general ones.
            if !list.iter().any(|h| h.role == role) {
                list.push(Hit {
                    expr,
                    path: path.clone(),
                    role,
                    entry,
                    scope,
                });
                roles.push(role);
            }
        }
        for role in roles {
            self.hits.by_role.entry(role).or_default().push(expr);
        }
    }

    /// C# names carry no namespace, so a library counts only where one of its namespaces is in use.
    fn in_use(&self, entry: &Entry, path: &str) -> bool {
        if self.module().language != Language::CSharp {
            return true;
        }
        self.catalogue.library(entry).is_some_and(|library| {
            library.general
                || library.roots.iter().any(|root| {
                    path.starts_with(&format!("{root}."))
                        || self
                            .module()
                            .wildcards
                            .iter()
                            .any(|w| &**w == root || w.starts_with(&format!("{root}.")))
                })
        })
    }

    /// The sink that a function is, by its name alone: one that does harm whatever else it is given.
    pub(crate) fn sink_named(&self, function: ExprId) -> Option<(&'static Entry, String)> {
        let path = self.r.path(function)?;
        let language = self.module().language;
        let all = self.catalogue.matches(language, On::Call, &path);
        let entry = all
            .into_iter()
            .map(|(_, entry)| entry)
            .find(|e| e.role == Role::Sink && e.when.is_empty() && !e.is("argv") && self.in_use(e, &path))?;
        Some((entry, path))
    }

    fn conditions_hold(&self, entry: &Entry, expr: ExprId) -> bool {
        entry.when.iter().all(|(selector, wanted)| {
            let found = self.select(expr, std::slice::from_ref(selector));
            match wanted.as_str() {
                "*" => found.is_some(),
                "absent" => found.is_none(),
                "function" => found.is_some_and(|f| self.r.local_scope(f).is_some()),
                // An address of a provider we know.
                "provider" => found.is_some_and(|f| {
                    self.asks_a_model(f)
                        || self.r.values(f).iter().filter_map(Val::text).any(|url| {
                            url.contains("://")
                                && super::host_of(url)
                                    .is_some_and(|h| self.catalogue.provider_at(&h) != "self-hosted")
                        })
                }),
                "text" => found.is_some_and(|f| {
                    matches!(self.module().kind(f), ExprKind::Str(_) | ExprKind::Template(_))
                }),
                "markup" => found.is_some_and(|f| self.is_markup(f)),
                "shown" => found.is_some_and(|f| self.is_markup(f) || self.is_text(f, 8)),
                // Put together from nothing that is written down.
                "whole" => found.is_some_and(|f| {
                    let kind = self.module().kind(self.r.followed(f, 8).unwrap_or(f));
                    !matches!(
                        kind,
                        ExprKind::Str(_)
                            | ExprKind::Template(_)
                            | ExprKind::Concat(..)
                            | ExprKind::Operator(..)
                    )
                }),
                "built" => found.is_some_and(|f| self.is_built(f)),
                // By the name of what is given: a class, a constant.
                _ if wanted.starts_with("named ") => found.is_some_and(|f| {
                    let path = self.r.path(f).unwrap_or_default();
                    let last = path.rsplit('.').next().unwrap_or("");
                    crate::catalogue::Pattern::new(wanted.trim_start_matches("named ")).fits_text(last)
                }),
                _ => found.is_some_and(|f| {
                    self.r.values(f).iter().any(|v| match v {
                        Val::Text(t, _) => crate::catalogue::Pattern::new(wanted).fits_text(t),
                        Val::Bool(b) => b.to_string() == *wanted,
                        Val::Int(i) => i.to_string() == *wanted,
                        _ => false,
                    })
                }),
            }
        })
    }

    /// Whether an address ends as those do where models answer, whatever the host.
    fn asks_a_model(&self, e: ExprId) -> bool {
        const ENDS: &[&str] = &[
            "/chat/completions",
            "/v1/completions",
            "/v1/messages",
            ":generateContent",
            ":streamGenerateContent",
        ];
        let last = match self.r.followed(e, 8).map(|f| self.module().kind(f)) {
            Some(ExprKind::Template(parts)) => parts.last().copied(),
            Some(ExprKind::Concat(_, b)) => Some(*b),
            _ => None,
        };
        let text = last.and_then(|l| self.module().text(l)).unwrap_or("");
        ENDS.iter().any(|end| text.ends_with(end))
    }

    /// Whether a text holds a tag that is written down.
    pub(crate) fn is_markup(&self, e: ExprId) -> bool {
        let mut work = vec![e];
        for _ in 0..64 {
            let Some(e) = work.pop() else { return false };
            let Some(e) = self.r.followed(e, 8) else { continue };
            match self.module().kind(e) {
                ExprKind::Str(text) => {
                    let after = text.split('<').skip(1);
                    if after.into_iter().any(|rest| {
                        rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '!')
                    }) {
                        return true;
                    }
                }
                ExprKind::Call(callee, args) => {
                    // `"<p>{}</p>".format(x)`
                    if let ExprKind::Attr(object, _) = self.module().kind(*callee) {
                        work.push(*object);
                    }
                    work.extend(args.iter().take(4).map(|a| a.value));
                }
                _ => work.extend(self.module().parts(e)),
            }
        }
        false
    }

    /// Whether a text is put together from parts rather than written down.
    fn is_built(&self, e: ExprId) -> bool {
        match self.r.followed(e, 8).map(|f| self.module().kind(f)) {
            Some(ExprKind::Str(_) | ExprKind::Int(_)) => false,
            Some(_) => true,
            None => true,
        }
    }

    /// The entry of a hit.
    pub(crate) fn entry(&self, hit: &Hit) -> Option<&'static Entry> {
        self.catalogue.entries.get(hit.entry)
    }

    /// Arguments of a call or of a called decorator.
    pub(crate) fn args(&self, e: ExprId) -> &[Arg] {
        match self.module().kind(e) {
            ExprKind::Call(_, args) => args,
            _ => &[],
        }
    }

    /// The argument of a hit that plays a part.
    pub(crate) fn argument(&self, hit: &Hit, part: &str) -> Option<ExprId> {
        self.select(hit.expr, self.entry(hit)?.selectors(part))
    }

    /// The first argument of a call that one of the selectors names.
    pub(crate) fn select(&self, call: ExprId, selectors: &[Selector]) -> Option<ExprId> {
        selectors.iter().find_map(|s| self.select_one(call, s))
    }

    fn select_one(&self, call: ExprId, selector: &Selector) -> Option<ExprId> {
        let ExprKind::Call(callee, args) = self.module().kind(call) else {
            return None;
        };
        match selector {
            Selector::Position(i) => args
                .iter()
                .filter(|a| a.name.is_none() && !a.spread)
                .nth(*i)
                .map(|a| a.value),
            Selector::All => args.first().map(|a| a.value),
            Selector::Receiver => match self.module().kind(*callee) {
                ExprKind::Attr(object, _) => Some(*object),
                _ => None,
            },
            Selector::Name(name) => {
                let (first, rest) = name
                    .split_once('.')
                    .map_or((name.as_str(), None), |(a, b)| (a, Some(b)));
                let found = args
                    .iter()
                    .find(|a| a.name.as_deref() == Some(first))
                    .map(|a| a.value)
                    .or_else(|| {
                        args.iter()
                            .filter(|a| a.spread || a.name.is_none())
                            .find_map(|a| self.r.entry_of(a.value, first, 12))
                    })?;
                match rest {
                    None => Some(found),
                    Some(rest) => rest
                        .split('.')
                        .try_fold(found, |e, key| self.r.entry_of(e, key, 12)),
                }
            }
        }
    }

    /// Whether a call takes arguments that are only known at run time, `**config`.
    pub(crate) fn spreads(&self, call: ExprId) -> bool {
        self.args(call).iter().any(|a| {
            a.spread
                && self
                    .r
                    .followed(a.value, 12)
                    .is_none_or(|f| !matches!(self.module().kind(f), ExprKind::Dict(_)))
        })
    }
}
