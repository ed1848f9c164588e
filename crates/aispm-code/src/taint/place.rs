//! Where values are kept, and what is kept there: names, members of classes, and their fields one level down.
//!
//! A field that was written by its name taints what reads that field or the whole object, not its neighbours.

use super::{Flow, Slot, Tracer};
use crate::ir::{Binding, ExprId, ExprKind, MODULE, ScopeId};
use crate::resolve::is_self;

/// Functions told apart that put something into one place.
const WRITERS: usize = 16;
/// Stands for all others.
const ANYBODY: ScopeId = ScopeId(u32::MAX);

impl<'m> Tracer<'_, 'm> {
    /// Whether anything flows in what a slot holds.
    pub(super) fn holds(&self, slot: Slot<'m>) -> bool {
        self.slots.contains_key(&slot) || self.fields_of(slot).next().is_some() || self.is_late(slot)
    }

    fn is_late(&self, slot: Slot<'m>) -> bool {
        let first = match self.late.is_empty() {
            true => None,
            false => self.late.range((slot, None, MODULE)..).next(),
        };
        first.is_some_and(|((of, ..), _)| *of == slot)
    }

    /// What functions other than the one that reads put into a slot, or into one of its fields.
    fn late(&self, slot: Slot<'m>, field: Option<&str>, reader: ScopeId) -> Flow {
        let mut out = Flow::default();
        if self.late.is_empty() {
            return out;
        }
        let of_slot = self.late.range((slot, None, MODULE)..);
        for ((_, at, writer), flow) in of_slot.take_while(|((of, ..), _)| *of == slot) {
            if *writer != reader && (field.is_none() || at.is_none() || *at == field) {
                out.join(flow);
            }
        }
        out
    }

    /// Notes what a function puts into a place that outlives it.
    fn put_late(&mut self, slot: Slot<'m>, field: Option<&'m str>, writer: ScopeId, flow: &Flow) {
        let outlives = match slot {
            Slot::Member(..) => true,
            Slot::Name(home, _) => home != writer,
        };
        let key = (slot, field, writer);
        if !outlives || flow.is_empty() {
            self.late.remove(&key);
            return;
        }
        let writers = self.late.range((slot, None, MODULE)..);
        let writers = writers
            .take_while(|((of, ..), _)| *of == slot)
            .take(WRITERS)
            .count();
        let key = if writers < WRITERS || self.late.contains_key(&key) {
            key
        } else {
            (slot, None, ANYBODY)
        };
        self.late.entry(key).or_default().join(flow);
    }

    /// The scope of the name that an assignment gives something to.
    pub(super) fn home(&self, b: &Binding, name: &str) -> ScopeId {
        if !b.outer {
            return b.scope;
        }
        let mut around = self.a.module().around(b.scope);
        let declares = |(id, s): &(ScopeId, &crate::ir::Scope)| {
            self.bound.contains(&(*id, name)) || s.params.iter().any(|p| &*p.name == name)
        };
        around.find(declares).map_or(b.scope, |(id, _)| id)
    }

    /// Gives a name or member something else.
    pub(super) fn replace(&mut self, slot: Slot<'m>, flow: Flow, writer: ScopeId) {
        self.put_late(slot, None, writer, &flow);
        self.put(slot, flow);
    }

    fn fields_of(&self, slot: Slot<'m>) -> impl Iterator<Item = &Flow> {
        self.fields
            .range((slot, "")..)
            .take_while(move |((of, _), _)| *of == slot)
            .map(|(_, flow)| flow)
    }

    /// What flows in an object, all its fields included.
    pub(super) fn whole(&self, slot: Slot<'m>, reader: ScopeId) -> Flow {
        let mut out = self.slots.get(&slot).cloned().unwrap_or_default();
        out.join(&self.late(slot, None, reader));
        for field in self.fields_of(slot) {
            out.join(field);
        }
        out
    }

    /// The slot an expression names, where it is one: `x`, `self.x`.
    fn slot(&self, e: ExprId) -> Option<Slot<'m>> {
        let module = self.a.module();
        let from = module.expr(e).scope;
        match module.kind(e) {
            ExprKind::Name(name) => {
                let home = module
                    .around(from)
                    .map(|(s, _)| s)
                    .find(|s| self.bound.contains(&(*s, &**name)) || self.holds(Slot::Name(*s, name)));
                // An imported name is the same one everywhere.
                let unbound = if module.imports.contains_key(name) {
                    MODULE
                } else {
                    from
                };
                Some(Slot::Name(home.unwrap_or(unbound), name))
            }
            ExprKind::Attr(object, name) if is_self(module, *object) => {
                Some(Slot::Member(module.class_of(from)?, name))
            }
            _ => None,
        }
    }

    /// What flows in one field of an object whose fields are known; none where they are not, and the object decides.
    pub(super) fn field(&self, object: ExprId, name: &str) -> Option<Flow> {
        let slot = self.slot(object)?;
        let reader = self.a.module().expr(object).scope;
        let late = self.late(slot, Some(name), reader);
        if late.is_empty() {
            self.fields_of(slot).next()?;
        }
        let mut out = self.slots.get(&slot).cloned().unwrap_or_default();
        out.join(&late);
        let written = self
            .fields
            .range((slot, "")..)
            .take_while(|((of, _), _)| *of == slot);
        for (_, flow) in written.filter(|((_, field), _)| *field == name) {
            out.join(flow);
        }
        Some(out)
    }

    /// `object.name = …`
    pub(super) fn put_field(&mut self, object: ExprId, name: &'m str, flow: Flow) {
        let writer = self.a.module().expr(object).scope;
        if let Some(slot) = self.slot(object) {
            self.put_late(slot, Some(name), writer, &flow);
        }
        // `agent.last = …` is `self.last` to its methods.
        if !flow.is_empty()
            && let Some(class) = self.a.r.class_of(object)
        {
            self.put_late(Slot::Member(class, name), None, writer, &flow);
        }
        match self.slot(object) {
            Some(slot) if flow.is_empty() => drop(self.fields.remove(&(slot, name))),
            Some(slot) => drop(self.fields.insert((slot, name), flow.through(name))),
            None => self.mix_into(object, &flow),
        }
    }

    /// `name = {key: …}`
    pub(super) fn put_pairs(&mut self, slot: Slot<'m>, name: &str, pairs: &'m [(Option<ExprId>, ExprId)]) {
        let module = self.a.module();
        let mut rest = Flow::default();
        for (key, value) in pairs {
            let flow = self.flow(*value);
            match key.map(|k| module.kind(k)) {
                Some(ExprKind::Str(key)) if !flow.is_empty() => {
                    self.fields.insert((slot, key), flow.through(name));
                }
                Some(ExprKind::Str(_)) => {}
                _ => rest.join(&flow),
            }
        }
        self.put(slot, rest.through(name));
    }

    /// What flows in each field that was written by its name.
    pub(super) fn known_fields(&self, slot: Slot<'m>) -> super::shape::Fields<'m> {
        self.fields
            .range((slot, "")..)
            .take_while(|((of, _), _)| *of == slot)
            .map(|((_, name), flow)| (*name, flow.clone()))
            .collect()
    }

    /// `name = make()`, where the fields of what is made are known.
    pub(super) fn put_fields(&mut self, slot: Slot<'m>, name: &str, fields: super::shape::Fields<'m>) {
        self.put(slot, Flow::default());
        for (field, flow) in fields {
            self.fields.insert((slot, field), flow.through(name));
        }
    }

    /// The object is another one from here on.
    pub(super) fn clear_fields(&mut self, slot: Slot<'m>) {
        let names: Vec<&'m str> = self
            .fields
            .range((slot, "")..)
            .take_while(|((of, _), _)| *of == slot)
            .map(|((_, name), _)| *name)
            .collect();
        for name in names {
            self.fields.remove(&(slot, name));
        }
    }

    pub(super) fn put(&mut self, slot: Slot<'m>, flow: Flow) {
        if flow.is_empty() {
            self.slots.remove(&slot);
        } else {
            self.slots.insert(slot, flow);
        }
    }

    /// Something is put into what a name, a member or a field of them holds.
    pub(super) fn mix_into(&mut self, object: ExprId, flow: &Flow) {
        if flow.is_empty() {
            return;
        }
        let module = self.a.module();
        let mut at = object;
        for _ in 0..8 {
            let writer = module.expr(at).scope;
            if let Some(slot) = self.slot(at) {
                self.slots.entry(slot).or_default().join(flow);
                self.put_late(slot, None, writer, flow);
                return;
            }
            let (object, key) = match module.kind(at) {
                ExprKind::Attr(o, name) => (*o, Some(&**name)),
                ExprKind::Index(o, key) => match module.kind(*key) {
                    ExprKind::Str(key) => (*o, Some(&**key)),
                    _ => (*o, None),
                },
                _ => return,
            };
            if let (Some(slot), Some(key)) = (self.slot(object), key) {
                self.fields.entry((slot, key)).or_default().join(flow);
                self.put_late(slot, Some(key), writer, flow);
                return;
            }
            at = object;
        }
    }
}
