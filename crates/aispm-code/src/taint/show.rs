//! Text that is shown as a page: what handlers give back, and what is given to members that interpret it.

mod page;

use super::report::is_interpreter;
use super::{Flow, Tracer};
use crate::catalogue::{On, Role};
use crate::ir::{ExprId, ExprKind, ScopeId};
use crate::resolve::Val;

impl Tracer<'_, '_> {
    /// What a handler gives back, where its route shows that as HTML: always, or where it holds markup.
    pub(super) fn shown(&mut self, function: ScopeId) {
        if !self.report {
            return;
        }
        let module = self.a.module();
        let Some(scope) = module.scope(function) else {
            return;
        };
        let route = scope.decorators.iter().find_map(|d| {
            let entry = self.a.entry(self.a.hits.role(*d, Role::Route)?)?;
            entry.texts.get("returns")
        });
        let Some(route) = route else { return };
        for e in &scope.returns {
            let flow = self.flow(*e);
            if flow.model.is_none() {
                continue;
            }
            // An answer that is made has a type of its own.
            let made = matches!(module.kind(*e), ExprKind::Call(..) | ExprKind::Dict(_));
            let shows = !made && (route == "html" || self.a.is_markup(*e));
            if shows || self.is_page(*e) {
                self.reach("html", "the page", *e, &flow);
            }
        }
    }

    /// `element.innerHTML = …`, `command.CommandText = …`.
    pub(super) fn assigned(&mut self, target: ExprId, object: ExprId, name: &str, flow: &Flow) {
        if !self.report || flow.model.is_none() {
            return;
        }
        let object_path = self.a.r.path(object).unwrap_or_else(|| "?".to_owned());
        let path = format!("{object_path}.{name}");
        let language = self.a.module().language;
        for (_, entry) in self.a.catalogue.matches(language, On::Assign, &path) {
            if entry.is("argv") && !self.runs_interpreter(&object_path) {
                continue;
            }
            let kind = entry.texts.get("sink").cloned().unwrap_or_default();
            self.reach(&kind, &format!("{name} ="), target, flow);
        }
    }

    /// Whether the program of a process that is described member by member interprets its arguments.
    fn runs_interpreter(&self, process: &str) -> bool {
        let module = self.a.module();
        module.bindings.iter().any(|b| match module.kind(b.target) {
            ExprKind::Attr(object, name) if &**name == "FileName" => {
                self.a.r.path(*object).as_deref() == Some(process)
                    && self
                        .a
                        .r
                        .values(b.value)
                        .iter()
                        .filter_map(Val::text)
                        .any(is_interpreter)
            }
            _ => false,
        })
    }
}
