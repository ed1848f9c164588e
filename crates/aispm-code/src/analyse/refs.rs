//! Which assets an expression stands for.

use std::collections::BTreeSet;

use aispm_types::AssetId;

use super::Analysis;
use crate::ir::{Arg, ExprId, ExprKind};
use crate::resolve::{Found, is_self};

/// Expressions looked at for one question.
const STEPS: usize = 160;

impl Analysis<'_> {
    /// Assets an expression stands for: what made it, what it is bound to, what it is put together from.
    pub(crate) fn refs(&self, e: ExprId) -> Vec<AssetId> {
        let module = self.module();
        let mut out: Vec<AssetId> = Vec::new();
        let mut seen = BTreeSet::new();
        let mut work = vec![e];
        while let Some(e) = work.pop() {
            if !seen.insert(e) || seen.len() > STEPS {
                continue;
            }
            if let Some(assets) = self.made.get(&e) {
                out.extend(assets.iter().cloned());
                continue;
            }
            match module.kind(e) {
                ExprKind::Name(name) => match self.r.lookup(module.expr(e).scope, name, e) {
                    Some(Found::Expr(value)) => work.push(value),
                    Some(Found::Import(path)) => {
                        if let Some(export) = self.r.cross.export(path) {
                            out.extend(export.assets.iter().cloned());
                        }
                    }
                    Some(Found::Param(function, i)) => {
                        let scope = module.scope(function);
                        work.extend(scope.and_then(|s| s.params.get(i)).and_then(|p| p.default));
                        work.extend(self.r.passed(function, i, 4));
                    }
                    None => {}
                },
                ExprKind::Attr(object, name) => {
                    let class = if is_self(module, *object) {
                        module.class_of(module.expr(e).scope)
                    } else {
                        self.r.path(*object).and_then(|p| self.r.scope_at(&p))
                    };
                    match class.and_then(|c| self.r.member(c, name)) {
                        Some(member) => work.push(member),
                        None => work.push(*object),
                    }
                    if let Some(export) = self.r.path(e).and_then(|p| self.r.cross.export(&p)) {
                        out.extend(export.assets.iter().cloned());
                    }
                }
                ExprKind::Scope(s) => out.extend(self.scopes.get(s).into_iter().flatten().cloned()),
                ExprKind::Call(callee, args) => {
                    if let Some(function) = self.r.local_scope(*callee) {
                        out.extend(self.scopes.get(&function).into_iter().flatten().cloned());
                        work.extend(
                            module
                                .scope(function)
                                .map(|s| s.returns.clone())
                                .unwrap_or_default(),
                        );
                    } else if let Some(export) = self.r.path(*callee).and_then(|p| self.r.cross.export(&p)) {
                        out.extend(export.assets.iter().cloned());
                    } else {
                        let before = out.len();
                        if let ExprKind::Attr(object, _) = module.kind(*callee) {
                            work.push(*object);
                        }
                        if before == out.len() && args.len() <= 8 {
                            work.extend(args.iter().filter(|a| self.hands_on(a)).map(|a| a.value));
                        }
                    }
                }
                ExprKind::Str(_) | ExprKind::Template(_) => {}
                _ => work.extend(module.parts(e).into_iter().take(STEPS)),
            }
        }
        out.sort();
        out.dedup();
        out
    }

    /// Whether what is made of an argument stands for it. A part of a thing (`api_resource=gmail.api_resource`) is not the
    /// thing, unless it is passed as what will be called.
    fn hands_on(&self, arg: &Arg) -> bool {
        const CALLED: &[&str] = &[
            "func",
            "function",
            "fn",
            "coroutine",
            "handler",
            "execute",
            "run",
            "tool",
            "tools",
            "retriever",
            "agent",
            "llm",
            "model",
        ];
        match (self.module().kind(arg.value), arg.name.as_deref()) {
            (ExprKind::Attr(object, _), Some(name)) => {
                is_self(self.module(), *object) || CALLED.contains(&name)
            }
            _ => true,
        }
    }
}
