//! How text moves through one expression.

use super::words::{METADATA, NUMBERS};
use super::{Flow, Slot, Trace, Tracer, guard};
use crate::catalogue::{On, Selector};
use crate::ir::{Binding, ExprId, ExprKind, Operator, ScopeId, ScopeKind};
use crate::resolve::is_self;
use std::rc::Rc;

impl<'m> Tracer<'_, 'm> {
    /// The flow in an expression, its parts known.
    pub(super) fn evaluate(&mut self, e: ExprId) -> Flow {
        let module = self.a.module();
        match module.kind(e) {
            ExprKind::Name(name) => self.named(e, name),
            ExprKind::Attr(object, name) => self.attribute(e, *object, name),
            ExprKind::Index(object, key) => self.index(*object, *key),
            ExprKind::Operator(Operator::Pipe, a, b) => {
                self.hand_on(&[*a, *b]);
                self.joined(&[*a, *b])
            }
            ExprKind::Call(callee, args) => self.call(e, *callee, args),
            ExprKind::Template(_) | ExprKind::Concat(..) => {
                let parts = module.parts(e);
                let flow = self.joined(&parts);
                match self.begins_with_host(e) {
                    true => flow.safe_for(&["url"]),
                    false => flow,
                }
            }
            ExprKind::List(_) | ExprKind::Either(_) | ExprKind::Mixed(_) | ExprKind::Operator(..) => {
                self.joined(&module.parts(e))
            }
            ExprKind::Dict(pairs) => {
                let values: Vec<ExprId> = pairs.iter().map(|(_, v)| *v).collect();
                self.shape_dict(e, pairs);
                self.joined(&values)
            }
            _ => Flow::default(),
        }
    }

    pub(super) fn joined(&self, parts: &[ExprId]) -> Flow {
        let mut out = Flow::default();
        for flow in parts.iter().filter_map(|p| self.flows.get(p)) {
            out.join(flow);
        }
        out
    }

    fn named(&mut self, e: ExprId, name: &'m str) -> Flow {
        let module = self.a.module();
        let from = module.expr(e).scope;
        for (i, (scope, around)) in module.around(from).enumerate() {
            if i > 0
                && around.kind == ScopeKind::Class
                && !matches!(module.language, crate::ir::Language::CSharp)
            {
                continue;
            }
            let slot = Slot::Name(scope, name);
            if self.holds(slot) {
                let flow = self.whole(slot, from);
                if !self.slots.contains_key(&slot) {
                    let fields = self.known_fields(slot);
                    if !fields.is_empty() {
                        self.shapes.insert(e, fields);
                    }
                }
                return self.checked(flow, scope, name, e);
            }
            if let Some(p) = around.params.iter().position(|p| &*p.name == name)
                && !self.slots.contains_key(&slot)
            {
                if let Some(Some(fields)) = self.param_shapes.get(&(scope, p)) {
                    self.shapes.insert(e, fields.clone());
                }
                let flow = self.params.get(&(scope, p)).cloned().unwrap_or_default();
                return self.checked(flow, scope, name, e);
            }
            if self.bound.contains(&(scope, name)) {
                return Flow::default();
            }
        }
        self.read(e, name)
    }

    /// Harmless for what a check before this place rules out.
    fn checked(&self, flow: Flow, home: ScopeId, name: &str, e: ExprId) -> Flow {
        if flow.is_empty() {
            return flow;
        }
        let guards = self.guards.get_or_init(|| guard::guards(self.a, &self.bound));
        let kinds: Vec<&str> = guard::guarded(guards, home, name, e).collect();
        flow.safe_for(&kinds)
    }

    /// Whether a text that is put together begins with an address whose host is written down or configured.
    fn begins_with_host(&self, e: ExprId) -> bool {
        let module = self.a.module();
        let mut first = e;
        for _ in 0..16 {
            let next = match module.kind(first) {
                ExprKind::Template(parts) => parts.first().copied(),
                ExprKind::Concat(a, _) => Some(*a),
                _ => break,
            };
            let Some(next) = next else { return false };
            first = next;
        }
        if self.flows.contains_key(&first) {
            return false;
        }
        match self.a.r.text(first) {
            Some(text) => {
                guard::leads_to_host(&text)
                    || (first != e && text.contains("://") && !text.ends_with("//") && self.slash_follows(e))
            }
            None => true,
        }
    }

    /// Whether a slash stands right after the first part: `f"{BASE}/x/{y}"`.
    fn slash_follows(&self, e: ExprId) -> bool {
        let second = match self.a.module().kind(e) {
            ExprKind::Template(parts) => parts.get(1).copied(),
            ExprKind::Concat(_, b) => Some(*b),
            _ => None,
        };
        let mut at = second;
        while let Some(next) = at {
            match self.a.module().kind(next) {
                ExprKind::Str(s) => return s.starts_with('/'),
                ExprKind::Template(parts) => at = parts.first().copied().filter(|p| *p != next),
                _ => return false,
            }
        }
        false
    }

    /// A name or member that brings text from outside when it is read.
    fn read(&self, e: ExprId, name: &str) -> Flow {
        if !self.a.catalogue.is_read(self.a.module().language, name) {
            return Flow::default();
        }
        let Some(path) = self.a.r.path(e) else {
            return Flow::default();
        };
        let language = self.a.module().language;
        let origin = self
            .a
            .catalogue
            .matches(language, On::Read, &path)
            .into_iter()
            .find_map(|(_, entry)| entry.texts.get("origin"));
        match origin {
            Some(origin) => Flow {
                model: None,
                outside: Some(Rc::new(Trace::new(e, path, origin))),
            },
            None => Flow::default(),
        }
    }

    fn attribute(&mut self, e: ExprId, object: ExprId, name: &'m str) -> Flow {
        if let Some(flow) = self.field(object, name).or_else(|| self.shaped(object, name)) {
            return flow;
        }
        let flow = self.flow(object);
        // An answer that a schema holds to: `const { object } = await generateObject({ schema, … })`.
        if matches!(name, "object" | "output" | "experimental_output")
            && let Some(schema) = self.a.select(object, &[Selector::Name("schema".to_owned())])
            && let Some(open) = super::shape::open_fields(self.a, schema)
            && !flow.is_empty()
        {
            let fields = open.into_iter().map(|f| (f, flow.clone().through(f)));
            self.shapes.insert(e, fields.collect());
            return flow;
        }
        if !flow.is_empty() {
            return self.part_of(flow, object, name);
        }
        let module = self.a.module();
        if is_self(module, object)
            && let Some(class) = module.class_of(module.expr(e).scope)
        {
            let held = self.whole(Slot::Member(class, name), module.expr(e).scope);
            if !held.is_empty() {
                return held;
            }
        }
        if let Some(flow) = self.of_instance(e, object, name) {
            return flow;
        }
        self.read(e, name)
    }

    /// What of a text is in a member of what it flows in.
    fn part_of(&self, flow: Flow, object: ExprId, name: &str) -> Flow {
        // What a model passes to a tool is no answer with its metadata, nor is what was read out of an answer.
        let field = |t: &Trace| t.plain || t.callee == super::TOOL_ARGUMENTS;
        let answer = flow
            .model
            .as_ref()
            .or(flow.outside.as_ref())
            .is_some_and(|t| !field(t));
        if NUMBERS.contains(&name) || METADATA.contains(&name) && answer || self.is_closed_field(&flow, name)
        {
            return Flow::default();
        }
        // The last part of a path.
        let last = matches!(name, "name" | "stem" | "suffix")
            && matches!(
                self.a.r.path(object).as_deref(),
                Some("pathlib.Path()" | "pathlib.PurePath()")
            );
        if last { flow.safe_for(&["file-path"]) } else { flow }
    }

    /// What a member of an object of a class of this file holds, or gives as a property.
    fn of_instance(&self, e: ExprId, object: ExprId, name: &'m str) -> Option<Flow> {
        if self.slots.is_empty() && self.late.is_empty() && self.returns.is_empty() {
            return None;
        }
        let module = self.a.module();
        let class = self.a.r.class_of(object)?;
        let held = self.whole(Slot::Member(class, name), module.expr(e).scope);
        if !held.is_empty() {
            return Some(held);
        }
        let ExprKind::Scope(function) = module.kind(self.a.r.member(class, name)?) else {
            return None;
        };
        let property = |d: &ExprId| {
            matches!(module.kind(*d), ExprKind::Name(n) | ExprKind::Attr(_, n)
                if matches!(&**n, "property" | "cached_property" | "computed_field"))
        };
        let decorators = &module.scope(*function)?.decorators;
        let flow = self
            .returns
            .get(function)
            .filter(|_| decorators.iter().any(property));
        flow.cloned()
    }

    fn index(&self, object: ExprId, key: ExprId) -> Flow {
        match self.a.module().kind(key) {
            // `for i, line in enumerate(lines)`
            ExprKind::Int(0) if self.is_numbered(object) => Flow::default(),
            ExprKind::Str(key) => self
                .field(object, key)
                .or_else(|| self.shaped(object, key))
                .unwrap_or_else(|| self.flow(object)),
            _ => self.flow(object),
        }
    }

    /// Whether an expression is a pair of a number and an item.
    fn is_numbered(&self, pair: ExprId) -> bool {
        let module = self.a.module();
        let ExprKind::Index(all, _) = module.kind(pair) else {
            return false;
        };
        match module.kind(*all) {
            ExprKind::Call(callee, args) => match module.kind(*callee) {
                ExprKind::Name(n) => &**n == "enumerate",
                ExprKind::Attr(_, n) => &**n == "entries" && args.is_empty(),
                _ => false,
            },
            _ => false,
        }
    }

    /// Applies an assignment.
    pub(super) fn assign(&mut self, b: &Binding) {
        let module = self.a.module();
        let flow = self.flow(b.value);
        match module.kind(b.target) {
            ExprKind::Name(name) => {
                let slot = Slot::Name(self.home(b, name), name);
                let before = self.slots.get(&slot).cloned();
                self.remember(slot, before, b.scope);
                self.clear_fields(slot);
                match module.kind(b.value) {
                    ExprKind::Dict(pairs) => self.put_pairs(slot, name, pairs),
                    _ if self.shapes.contains_key(&b.value) => {
                        let fields = self.shapes.get(&b.value).cloned().unwrap_or_default();
                        self.put_fields(slot, name, fields);
                    }
                    _ => self.replace(slot, flow.through(name), b.scope),
                }
            }
            ExprKind::Attr(object, name) => {
                if is_self(module, *object)
                    && let Some(class) = module.class_of(b.scope)
                {
                    let slot = Slot::Member(class, name);
                    self.clear_fields(slot);
                    self.replace(slot, flow.through(name), b.scope);
                    return;
                }
                self.assigned(b.target, *object, name, &flow);
                self.put_field(*object, name, flow);
            }
            ExprKind::Index(object, key) => match module.kind(*key) {
                ExprKind::Str(key) => self.put_field(*object, key, flow),
                _ => self.mix_into(*object, &flow),
            },
            _ => {}
        }
    }
}
