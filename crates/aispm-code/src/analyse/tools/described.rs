//! What a model reads of a tool beside its description: the descriptions of parameters.

use std::collections::BTreeSet;

use aispm_types::AssetId;

use crate::analyse::Analysis;
use crate::ir::{ExprId, ExprKind, Param, ScopeId, ScopeKind};

/// Expressions of one tool that are looked through.
const LOOKED_AT: usize = 2_000;

/// A text for the model, and its line.
type Told = (String, u32);

impl Analysis<'_> {
    /// What the description of a tool, all of it, does to whoever reads it: the model.
    pub(super) fn steers(&mut self, tool: &AssetId, text: &str, line: u32) {
        for found in aispm_detect::hidden_instructions(text) {
            let at = self.cx.at(&self.module().path, line);
            self.draft.fact(found.fact(tool, at));
        }
    }

    /// The same of descriptions of its parameters: of the function or class that it is, and of what the call is given that makes it;
    /// `own` is its description, which is read already.
    pub(super) fn parameters_steer(
        &mut self,
        tool: &AssetId,
        own: Option<&str>,
        scope: Option<ScopeId>,
        made: Option<ExprId>,
    ) {
        let mut work: Vec<ExprId> = Vec::new();
        let mut texts: Vec<Told> = Vec::new();
        if let Some(made) = made {
            work.extend(self.module().parts(made));
        }
        if let Some(scope) = scope {
            self.of_scope(scope, &mut work, &mut texts);
        }
        self.within(work, &mut texts);
        for (text, line) in texts.into_iter().filter(|(t, _)| Some(t.as_str()) != own) {
            self.steers(tool, &text, line);
        }
    }

    /// `Field(description=…)`, `z.string().describe(…)`, `{"description": …}`, wherever they stand in what is given.
    fn within(&self, mut work: Vec<ExprId>, texts: &mut Vec<Told>) {
        let module = self.module();
        let mut seen = BTreeSet::new();
        while let Some(e) = work.pop() {
            let e = self.r.followed(e, 8).unwrap_or(e);
            if seen.len() >= LOOKED_AT || !seen.insert(e) {
                continue;
            }
            let mut tell = |e: ExprId| {
                if let Some(text) = self.r.text(e) {
                    texts.push((text, module.expr(e).line));
                }
            };
            match module.kind(e) {
                ExprKind::Dict(pairs) => {
                    let described =
                        |k: &Option<ExprId>| k.and_then(|k| module.text(k)) == Some("description");
                    pairs
                        .iter()
                        .filter(|(k, _)| described(k))
                        .for_each(|(_, v)| tell(*v));
                }
                ExprKind::Call(callee, args) => {
                    let method = match module.kind(*callee) {
                        ExprKind::Attr(_, method) => Some(&**method),
                        _ => None,
                    };
                    if method == Some("describe") {
                        args.iter().take(1).for_each(|a| tell(a.value));
                    }
                    let described = args.iter().find(|a| a.name.as_deref() == Some("description"));
                    described.into_iter().for_each(|a| tell(a.value));
                }
                ExprKind::Scope(scope) => self.of_class(*scope, &mut work, texts),
                _ => {}
            }
            work.extend(module.parts(e));
        }
    }

    /// Parameters of a function, or those that a class declares for its running method.
    fn of_scope(&self, scope: ScopeId, work: &mut Vec<ExprId>, texts: &mut Vec<Told>) {
        let schema = ["args_schema", "input_schema", "inputs", "parameters"];
        work.extend(schema.iter().filter_map(|name| self.r.member(scope, name)));
        for function in self.tool_functions(scope) {
            let Some(s) = self.module().scope(function) else {
                continue;
            };
            for param in &s.params {
                work.extend(param.default);
                self.typed(param, s.line, work, texts);
            }
        }
    }

    /// Fields of a class that describes parameters.
    fn of_class(&self, scope: ScopeId, work: &mut Vec<ExprId>, texts: &mut Vec<Told>) {
        let Some(class) = self.module().scope(scope).filter(|s| s.kind == ScopeKind::Class) else {
            return;
        };
        let members = self.r.member_names(scope);
        work.extend(members.iter().filter_map(|name| self.r.member(scope, name)));
        for field in &class.fields {
            self.typed(field, class.line, work, texts);
        }
    }

    /// `Annotated[str, "…"]`, `Annotated[str, Field(description="…")]`, or a class of this file that has descriptions of its own.
    fn typed(&self, param: &Param, line: u32, work: &mut Vec<ExprId>, texts: &mut Vec<Told>) {
        let Some(ty) = param.ty.as_deref() else { return };
        if ty.contains("Annotated[") {
            texts.extend(literals(ty).map(|text| (text.to_owned(), line)));
        }
        let named = |e: &(ScopeId, &crate::ir::Scope)| e.1.kind == ScopeKind::Class && &*e.1.name == ty;
        let module = self.module();
        let classes = module.scope_ids().filter_map(|id| Some((id, module.scope(id)?)));
        if let Some((class, _)) = classes.into_iter().find(named) {
            let members = self.r.member_names(class);
            work.extend(members.iter().filter_map(|name| self.r.member(class, name)));
        }
    }
}

/// Texts in quotes inside a type as it is written.
fn literals(ty: &str) -> impl Iterator<Item = &str> {
    let mut rest = ty;
    std::iter::from_fn(move || {
        let (_, after) = rest.split_once(['"', '\''])?;
        let quote = rest.get(rest.len() - after.len() - 1..)?.chars().next()?;
        let (text, tail) = after.split_once(quote)?;
        rest = tail;
        Some(text)
    })
}
