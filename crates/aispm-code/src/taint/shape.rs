//! Objects whose fields are known one by one: `return {"text": reply, "model": name}`, arguments of a tool by its schema.

use std::collections::BTreeMap;

use super::{Flow, Tracer};
use crate::analyse::Analysis;
use crate::catalogue::{Role, Selector};
use crate::ir::{Arg, ExprId, ExprKind, ScopeId, ScopeKind};
use crate::resolve::Found;

/// What flows in each field; a field that is not named holds nothing.
pub(super) type Fields<'m> = BTreeMap<&'m str, Flow>;

/// Types of arguments that can carry no text of their own choice.
const NO_TEXT: &[&str] = &[
    "int",
    "float",
    "bool",
    "Decimal",
    "UUID",
    "uuid.UUID",
    "date",
    "datetime",
    "datetime.date",
    "datetime.datetime",
    "number",
    "boolean",
    "long",
    "short",
    "byte",
    "double",
    "decimal",
    "Guid",
    "DateTime",
    "DateOnly",
];

/// Calls of a schema that leave no text of its own choice.
const CLOSED: &[&str] = &[
    "enum",
    "number",
    "boolean",
    "literal",
    "nativeEnum",
    "int",
    "bigint",
    "date",
    "uuid",
    "bool",
];

/// Whether a type as it is written admits no free text.
pub(super) fn holds_no_text(written: &str) -> bool {
    let plain = written
        .trim()
        .trim_start_matches("Optional[")
        .trim_end_matches(['?', ']'])
        .trim_end_matches("| None")
        .trim();
    NO_TEXT.contains(&plain) || plain.starts_with("Literal[") || plain.starts_with("typing.Literal[")
}

impl<'m> Tracer<'_, 'm> {
    /// Fields of a dictionary, where all keys are written down.
    pub(super) fn shape_dict(&mut self, e: ExprId, pairs: &'m [(Option<ExprId>, ExprId)]) {
        let module = self.a.module();
        let mut fields = Fields::new();
        for (key, value) in pairs {
            let flow = self.flow(*value);
            let Some(key) = key.and_then(|k| module.text(k)) else {
                // `{**known, …}`
                match self.shapes.get(value) {
                    Some(more) => fields.extend(more.iter().map(|(k, v)| (*k, v.clone()))),
                    None if flow.is_empty() => {}
                    None => return,
                }
                continue;
            };
            if !flow.is_empty() {
                fields.insert(key, flow);
            }
        }
        if !fields.is_empty() {
            self.shapes.insert(e, fields);
        }
    }

    /// An object of a class that only holds what it is given: a dataclass, a model, a record.
    pub(super) fn shape_object(&mut self, e: ExprId, callee: ExprId, args: &'m [Arg]) -> Option<Flow> {
        let module = self.a.module();
        let class = self.a.r.local_scope(callee)?;
        let closed = self.closed_fields(class);
        // `Action(text)` fails for what is no member.
        if self.derives(class, "Enum") {
            return Some(Flow::default());
        }
        let class = module.scope(class).filter(|s| s.kind == ScopeKind::Class)?;
        let mut fields = Fields::new();
        let mut all = Flow::default();
        let mut known = true;
        for (i, arg) in args.iter().enumerate() {
            let flow = self.flow(arg.value);
            all.join(&flow);
            match arg
                .name
                .as_deref()
                .or_else(|| class.params.get(i).map(|p| &*p.name))
            {
                Some(name) if !arg.spread => {
                    if !flow.is_empty() && !closed.contains(&name) {
                        fields.insert(name, flow);
                    }
                }
                // `Plan(**arguments)`
                None if arg.spread && !class.fields.is_empty() && !flow.is_empty() => {
                    let open = class
                        .fields
                        .iter()
                        .map(|f| &*f.name)
                        .filter(|n| !closed.contains(n));
                    fields.extend(open.map(|n| (n, flow.clone().through(n))));
                }
                _ => known &= flow.is_empty(),
            }
        }
        if known && !fields.is_empty() {
            self.shapes.insert(e, fields);
        }
        Some(all)
    }

    /// Whether a class derives from one whose name ends so.
    fn derives(&self, class: ScopeId, from: &str) -> bool {
        let bases = self
            .a
            .module()
            .scope(class)
            .map_or(&[][..], |s| s.bases.as_slice());
        let named = |b: &ExprId| self.a.r.path(*b).is_some_and(|p| p.ends_with(from));
        bases.iter().any(named)
    }

    /// Fields of a model that its types hold to numbers or a fixed list: what does not fit is refused.
    fn closed_fields(&self, class: ScopeId) -> Vec<&'m str> {
        if !self.derives(class, "BaseModel") {
            return Vec::new();
        }
        let module = self.a.module();
        let fields = module.scope(class).map_or(&[][..], |s| s.fields.as_slice());
        let closed = |ty: &str| {
            let enumerated = || match self.a.r.lookup(class, ty, ExprId(u32::MAX)) {
                Some(Found::Expr(e)) => self.a.r.local_scope(e).is_some_and(|s| self.derives(s, "Enum")),
                _ => false,
            };
            holds_no_text(ty) || enumerated()
        };
        let held = fields.iter().filter(|f| f.ty.as_deref().is_some_and(closed));
        held.map(|f| &*f.name).collect()
    }

    /// Whether a member of an answer is held to numbers or a fixed list by the class that was asked for.
    pub(super) fn is_closed_field(&self, flow: &Flow, name: &str) -> bool {
        let Some(trace) = &flow.model else { return false };
        self.answer_class(trace.source)
            .is_some_and(|class| self.closed_fields(class).contains(&name))
    }

    /// The class that an answer is read into: `response_format=Plan`, `llm.with_structured_output(Plan).invoke(…)`.
    fn answer_class(&self, source: ExprId) -> Option<ScopeId> {
        const NAMES: &[&str] = &[
            "response_format",
            "text_format",
            "response_model",
            "output_type",
            "result_type",
            "output_format",
        ];
        let module = self.a.module();
        let ExprKind::Call(callee, args) = module.kind(source) else {
            return None;
        };
        let named = |args: &[Arg]| {
            let arg = args
                .iter()
                .find(|a| a.name.as_deref().is_some_and(|n| NAMES.contains(&n)));
            arg.map(|a| a.value)
        };
        if let Some(class) = named(args) {
            return self.a.r.local_scope(class);
        }
        let ExprKind::Attr(object, _) = module.kind(*callee) else {
            return None;
        };
        let ExprKind::Call(made, args) = module.kind(self.a.r.followed(*object, 8)?) else {
            return None;
        };
        // `Agent(…, output_type=Triage).run(…)`
        if let Some(class) = named(args) {
            return self.a.r.local_scope(class);
        }
        let structured =
            matches!(module.kind(*made), ExprKind::Attr(_, n) if &**n == "with_structured_output");
        self.a.r.local_scope(args.first().filter(|_| structured)?.value)
    }

    /// What flows in a field of an object whose fields are known.
    pub(super) fn shaped(&self, object: ExprId, name: &str) -> Option<Flow> {
        let fields = self.shapes.get(&object)?;
        Some(fields.get(name).cloned().unwrap_or_default())
    }

    /// Fields of what a function gives back, where all of it is known.
    pub(super) fn shape_returns(&mut self, scope: ScopeId) {
        let module = self.a.module();
        let mut fields = Fields::new();
        for e in module
            .scope(scope)
            .map(|s| s.returns.as_slice())
            .unwrap_or_default()
        {
            match self.shapes.get(e) {
                Some(more) => {
                    for (name, flow) in more {
                        fields.entry(*name).or_default().join(flow);
                    }
                }
                None if self.flows.get(e).is_none_or(Flow::is_empty) => {}
                None => {
                    self.return_shapes.remove(&scope);
                    return;
                }
            }
        }
        if !fields.is_empty() {
            self.return_shapes.insert(scope, fields);
        }
    }

    /// Fields of what a function is given.
    pub(super) fn shape_param(&mut self, function: ScopeId, at: usize, arg: ExprId) {
        let given = self.shapes.get(&arg).cloned();
        match (self.param_shapes.get_mut(&(function, at)), given) {
            (Some(Some(known)), Some(more)) => {
                for (name, flow) in more {
                    known.entry(name).or_default().join(&flow);
                }
            }
            (Some(known), None) => *known = None,
            (Some(None), _) => {}
            (None, given) => {
                self.param_shapes.insert((function, at), given);
            }
        }
    }

    /// Arguments of a tool that its schema holds to numbers or a fixed list are harmless.
    pub(super) fn shape_arguments(&mut self, function: ScopeId) {
        let Some(schema) = self.schema_of(function) else {
            return;
        };
        let Some(flow) = self.params.get(&(function, 0)).cloned() else {
            return;
        };
        let fields = open_fields(self.a, schema);
        let Some(fields) = fields else { return };
        let shape = fields
            .into_iter()
            .map(|name| {
                let flow = flow.clone().through(name);
                (name, flow)
            })
            .collect();
        self.param_shapes.insert((function, 0), Some(shape));
    }

    /// The schema that stands beside a function in the call that makes it a tool.
    fn schema_of(&self, function: ScopeId) -> Option<ExprId> {
        let names = ["inputSchema", "parameters", "schema", "paramsSchema"];
        self.a.hits.of(Role::Tool).into_iter().find_map(|hit| {
            let runs = self
                .a
                .argument(&hit, "function")
                .and_then(|e| self.a.r.local_scope(e));
            if hit.scope.is_some() || runs != Some(function) {
                return None;
            }
            names
                .iter()
                .find_map(|n| self.a.select(hit.expr, &[Selector::Name((*n).to_owned())]))
        })
    }
}

/// Names of the fields of a schema that admit free text.
pub(super) fn open_fields<'m>(a: &Analysis<'m>, schema: ExprId) -> Option<Vec<&'m str>> {
    let module = a.module();
    let mut at = a.r.followed(schema, 8)?;
    for _ in 0..6 {
        match module.kind(at) {
            // `z.object({…}).strict()`
            ExprKind::Call(callee, args) => {
                at = match (args.first(), module.kind(*callee)) {
                    (Some(first), _) if matches!(module.kind(first.value), ExprKind::Dict(_)) => first.value,
                    (_, ExprKind::Attr(object, _)) => *object,
                    _ => return None,
                }
            }
            ExprKind::Dict(pairs) => {
                let mut out = Vec::new();
                for (key, value) in pairs {
                    let name = module.text((*key)?)?;
                    if !is_closed(a, *value) {
                        out.push(name);
                    }
                }
                return Some(out);
            }
            _ => return None,
        }
    }
    None
}

/// Whether a chain like `z.number().int().default(3)` leaves no free text.
fn is_closed(a: &Analysis<'_>, value: ExprId) -> bool {
    let module = a.module();
    let mut at = value;
    for _ in 0..12 {
        match module.kind(at) {
            ExprKind::Call(callee, _) => at = *callee,
            ExprKind::Attr(object, name) => {
                if CLOSED.contains(&&**name) {
                    return true;
                }
                at = *object;
            }
            _ => return false,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::holds_no_text;

    #[test]
    fn types_that_hold_no_text() {
        for (written, wanted) in [
            ("int", true),
            ("Optional[int]", true),
            ("int | None", true),
            ("int?", true),
            ("Literal[\"a\", \"b\"]", true),
            ("str", false),
            ("list[int]", false),
            ("Interval", false),
        ] {
            assert_eq!(holds_no_text(written), wanted, "{written}");
        }
    }
}
