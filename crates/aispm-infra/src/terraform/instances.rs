//! What needs several blocks: outputs of modules, attributes of other resources, nested and `dynamic` blocks.

use std::collections::BTreeMap;

use super::evaluate::{Child, Evaluator, Frame, MAX_DEPTH, Scope};
use super::modules::Module;
use super::syntax::{Body, Expr, Step};
use crate::normal::Term;

/// Module instances of one root.
const MAX_MODULES: usize = 500;
/// Depth of modules in modules.
const MAX_MODULE_DEPTH: usize = 16;

impl Evaluator<'_> {
    pub(super) fn module_output(&mut self, frame: &mut Frame, name: &str, steps: &[Step]) -> Term {
        let children = self.children_of(frame.scope, name);
        let (key, rest) = match steps.split_first() {
            Some((Step::Index(i), rest)) => (Some(self.known(frame, i)), rest),
            Some((Step::Splat, rest)) => (None, rest),
            _ => (None, steps),
        };
        let wanted = match key {
            Some(Term::Int(i)) => Some(format!("[{i}]")),
            Some(Term::Text(t)) => Some(format!("[\"{t}\"]")),
            _ => None,
        };
        let Some((Step::Attribute(output), rest)) = rest.split_first() else {
            return Term::unknown(format!("module `{name}` as a whole"));
        };
        let mut found: Vec<Term> = children
            .iter()
            .filter(|(k, _)| wanted.is_none() || k.is_none() || *k == wanted)
            .map(|(_, child)| self.output(*child, output))
            .collect();
        let value = match (found.len(), found.pop()) {
            (_, None) => return Term::unknown(format!("module `{name}` is not read")),
            (1, Some(one)) => one,
            (_, Some(last)) => {
                found.push(last);
                Term::List(found)
            }
        };
        self.take(frame, value, rest)
    }

    fn output(&mut self, scope: usize, name: &str) -> Term {
        let found = self
            .scopes
            .get(scope)
            .and_then(|s| s.module.outputs.get(name).copied());
        let Some(expr) = found else {
            return Term::Missing(format!("output `{name}` is not declared"));
        };
        self.once(scope, format!("output.{name}"), |me| {
            let mut frame = Frame {
                scope,
                ..Frame::default()
            };
            me.eval(&mut frame, expr)
        })
    }

    /// Instances of a module call, made when they are first needed.
    pub(crate) fn children_of(&mut self, scope: usize, name: &str) -> Vec<Child> {
        let key = (scope, name.to_owned());
        if let Some(known) = self.children.get(&key) {
            return known.clone();
        }
        // A module whose `count` needs its own output: it has no instances while it is being counted.
        self.children.insert(key.clone(), Vec::new());
        let made = self.make_children(scope, name);
        self.children.insert(key, made.clone());
        made
    }

    fn make_children(&mut self, scope: usize, name: &str) -> Vec<Child> {
        let Some(parent) = self.scopes.get(scope) else {
            return Vec::new();
        };
        let Some(call) = parent.module.calls.get(name).copied() else {
            return Vec::new();
        };
        let (path, condition, depth) = (parent.path.clone(), parent.condition.clone(), parent.depth + 1);
        let Some(directory) = Module::local_source(&parent.directory, call) else {
            if let Some(Expr::Literal(Term::Text(source))) = call.body.get("source") {
                self.remote.insert(source.clone());
            }
            return Vec::new();
        };
        let Some(module) = self.modules.get(&directory) else {
            self.remote.insert(directory);
            return Vec::new();
        };
        if depth > MAX_MODULE_DEPTH {
            self.note("modules nested deeper than 16 (module depth budget)");
            return Vec::new();
        }
        let mut made = Vec::new();
        let mut frame = Frame {
            scope,
            ..Frame::default()
        };
        for instance in self.instances(&mut frame, &call.body) {
            if self.scopes.len() >= MAX_MODULES {
                self.note("more than 500 module instances (module budget)");
                break;
            }
            let key = instance.key.clone();
            let path = format!("{path}module.{name}{}.", key.as_deref().unwrap_or(""));
            let id = self.scopes.len();
            self.paths.insert(path.clone(), id);
            self.scopes.push(Scope {
                directory: directory.clone(),
                path,
                module,
                condition: instance.condition.clone().or_else(|| condition.clone()),
                depth,
                call: Some((Frame::of(scope, &instance), &call.body)),
            });
            made.push((key, id));
        }
        made
    }

    /// Follows a reference to an attribute that is configured; anything else is given back as it is.
    pub(crate) fn literal(&mut self, value: Term) -> Term {
        let Term::Ref(r) = &value else {
            return value;
        };
        let (Some((first, rest)), Some(scope)) = (r.path.split_first(), self.paths.get(&r.module).copied())
        else {
            return value;
        };
        let key = (r.resource_type.clone(), r.name.as_str());
        let block = self
            .scopes
            .get(scope)
            .and_then(|s| s.module.resources.get(&key).copied());
        let Some((block, expr)) = block.and_then(|(b, _)| b.body.get(first).map(|e| (b, e))) else {
            return value;
        };
        let name = format!(
            "{}.{}{}.{first}",
            r.resource_type,
            r.name,
            r.key.as_deref().unwrap_or("")
        );
        let found = self.once(scope, name, |me| {
            let mut frame = Frame {
                scope,
                ..Frame::default()
            };
            let instances = me.instances(&mut frame, &block.body);
            match instances.iter().find(|i| r.key.is_none() || i.key == r.key) {
                Some(instance) => me.known(&mut Frame::of(scope, instance), expr),
                None => Term::Missing(format!("`{}.{}` has no such instance", r.resource_type, r.name)),
            }
        });
        match found.at(&rest.join(".")) {
            Some(t) if !matches!(t, Term::Unknown(_) | Term::Missing(_)) => t,
            _ => value,
        }
    }

    /// Evaluates a resource's body: attributes, nested blocks as lists of maps, `dynamic` blocks expanded.
    pub(crate) fn body(&mut self, frame: &mut Frame, body: &Body) -> BTreeMap<String, Term> {
        let mut out = BTreeMap::new();
        for a in &body.attributes {
            let value = self.eval(frame, &a.value);
            out.insert(a.name.clone(), value);
        }
        for block in &body.blocks {
            if self.depth >= MAX_DEPTH {
                break;
            }
            self.depth += 1;
            let (name, made) = if block.kind == "dynamic" {
                (block.label(0), self.dynamic(frame, block.label(0), &block.body))
            } else {
                (
                    block.kind.as_str(),
                    vec![Term::Map(self.body(frame, &block.body))],
                )
            };
            self.depth -= 1;
            match out
                .entry(name.to_owned())
                .or_insert_with(|| Term::List(Vec::new()))
            {
                Term::List(l) => l.extend(made),
                other => *other = Term::List(made),
            }
        }
        out
    }

    fn dynamic(&mut self, frame: &mut Frame, name: &str, body: &Body) -> Vec<Term> {
        let Some(content) = body.blocks.iter().find(|b| b.kind == "content") else {
            return Vec::new();
        };
        let iterator = match body.get("iterator") {
            Some(Expr::Variable(v)) => v.clone(),
            _ => name.to_owned(),
        };
        let mut made = Vec::new();
        for instance in self.instances(frame, body) {
            let Some((key, value)) = instance.each else {
                continue;
            };
            let binding = Term::Map(BTreeMap::from([
                (String::from("key"), key),
                (String::from("value"), value),
            ]));
            frame.bound.push((iterator.clone(), binding));
            made.push(Term::Map(self.body(frame, &content.body)));
            frame.bound.pop();
        }
        made
    }
}
