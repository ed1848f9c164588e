//! Tools: functions and classes that models may call, and what they can do.

mod described;

use std::collections::BTreeSet;

use aispm_types::{Asset, AssetId, AssetKind, Relation, RelationKind, Value};

use super::{Analysis, Hit};
use crate::catalogue::Role;
use crate::ir::{Expr, ExprId, ExprKind, ScopeId, ScopeKind};
use crate::resolve::Val;

/// Functions of this file that are followed from a tool's body.
const FOLLOWED: usize = 24;

/// What a body can do.
#[derive(Default)]
struct Powers {
    capabilities: BTreeSet<String>,
    untrusted: bool,
    writes: bool,
    egress: bool,
    seen: Vec<ExprId>,
}

impl Powers {
    /// Adds a capability; what comes of it reaches the model only where it is `kept`.
    fn add(&mut self, capability: &str, kept: bool) {
        self.untrusted |= kept && matches!(capability, "http-fetch" | "search" | "browser" | "email-read");
        self.writes |= matches!(
            capability,
            "shell" | "code" | "file-write" | "email-send" | "payment" | "sql" | "cloud"
        );
        self.egress |= matches!(
            capability,
            "shell" | "code" | "http-fetch" | "network-out" | "email-send" | "browser" | "search"
        );
        self.capabilities.insert(capability.to_owned());
    }
}

impl Analysis<'_> {
    /// Tools by decorator, by base class and by construction.
    pub(super) fn find_tools(&mut self) {
        for hit in self.hits.of(Role::Tool) {
            match hit.scope {
                Some(scope) => {
                    let id = self.tool_of_scope(scope, Some(&hit));
                    if self.entry(&hit).is_some_and(|e| e.is("list")) {
                        self.listed(&id, &hit);
                    }
                }
                None => {
                    let made = self.tool_made(&hit);
                    self.made.entry(hit.expr).or_default().extend(made);
                }
            }
        }
        self.tool_schemas();
    }

    /// A decorator of a server or agent, `@mcp.tool()`: that offers the tool.
    fn listed(&mut self, tool: &AssetId, hit: &Hit) {
        let callee = match self.module().kind(hit.expr) {
            ExprKind::Call(callee, _) => *callee,
            _ => hit.expr,
        };
        if let ExprKind::Attr(object, _) = self.module().kind(callee) {
            for owner in self.refs(*object) {
                if Self::is_kind(&owner, AssetKind::McpServer) || Self::is_kind(&owner, AssetKind::Agent) {
                    let at = self.at(hit.expr);
                    self.draft
                        .relation(Relation::new(&owner, RelationKind::CallsTool, tool).seen(at));
                }
            }
        }
    }

    /// The tool that a function or class is.
    pub(crate) fn tool_of_scope(&mut self, scope: ScopeId, hit: Option<&Hit>) -> AssetId {
        if let Some(known) = self
            .scopes
            .get(&scope)
            .and_then(|all| all.iter().find(|a| Self::is_kind(a, AssetKind::Tool)))
        {
            return known.clone();
        }
        let (name, line, doc) = self
            .module()
            .scope(scope)
            .map(|s| (s.name.to_string(), s.line, s.doc.clone()))
            .unwrap_or_default();
        let given = hit
            .and_then(|h| self.argument(h, "name"))
            .and_then(|e| self.r.text(e));
        let class_name = self
            .class_member(scope, "name")
            .and_then(|e| self.r.text(e))
            .filter(|t| is_name(t));
        let name = given.filter(|g| is_name(g)).or(class_name).unwrap_or(name);
        let name = if name.is_empty() { "tool".to_owned() } else { name };
        let mut asset = Asset::new(AssetKind::Tool, self.place(&name), name.as_str())
            .at(self.cx.at(&self.module().path, line));
        let described = hit
            .and_then(|h| self.argument(h, "description"))
            .or_else(|| self.class_member(scope, "description"))
            .and_then(|e| Some((self.r.text(e)?, self.module().expr(e).line)))
            .or_else(|| doc.map(|d| (d.to_string(), self.line_of_doc(&d, line))));
        if let Some((text, _)) = &described {
            asset = asset.with("description", shortened(text));
        }
        let id = self.equip(asset, Some(scope), hit);
        if let Some((text, line)) = &described {
            self.steers(&id, text, *line);
        }
        let own = described.as_ref().map(|(text, _)| text.as_str());
        self.parameters_steer(&id, own, Some(scope), None);
        self.scopes.entry(scope).or_default().push(id.clone());
        id
    }

    fn class_member(&self, scope: ScopeId, name: &str) -> Option<ExprId> {
        let kind = self.module().scope(scope)?.kind;
        (kind == ScopeKind::Class)
            .then(|| self.r.member(scope, name))
            .flatten()
    }

    /// The line documentation begins on, of what is defined on line `from`.
    fn line_of_doc(&self, doc: &str, from: u32) -> u32 {
        let is = |e: &&Expr| e.line >= from && matches!(&e.kind, ExprKind::Str(t) if **t == *doc);
        self.module().exprs.iter().find(is).map_or(from, |e| e.line)
    }

    /// A tool made by a call: `Tool(name=…, func=…)`, `tool({…})`, `server.registerTool("x", …, handler)`.
    fn tool_made(&mut self, hit: &Hit) -> Vec<AssetId> {
        let named = self
            .argument(hit, "name")
            .and_then(|e| self.r.text(e))
            .filter(|n| is_name(n));
        let functions = self.functions_given(hit);
        if functions.len() > 1 {
            // `[Tool(fn=f) for f in (one, two)]`: a tool each.
            return functions
                .into_iter()
                .map(|scope| self.tool_of_scope(scope, None))
                .collect();
        }
        let function = functions.first().copied();
        let name = named
            .or_else(|| self.bound_name(hit.expr))
            .or_else(|| self.key_of(hit.expr))
            .or_else(|| {
                let scope = self.module().scope(function?)?;
                Some(scope.name.to_string()).filter(|n| !n.is_empty())
            })
            // `const lookup = (session) => tool({…})`
            .or_else(|| {
                let scope = self.module().scope(self.module().function_of(hit.expr)?)?;
                scope.returns.contains(&hit.expr).then(|| scope.name.to_string())
            })
            .filter(|n| is_name(n))
            .unwrap_or_else(|| hit.path.rsplit('.').next().unwrap_or("tool").replace("()", ""));
        let mut asset = Asset::new(AssetKind::Tool, self.place(&name), name.as_str()).at(self.at(hit.expr));
        let described = self
            .argument(hit, "description")
            .and_then(|e| Some((self.r.text(e)?, self.module().expr(e).line)));
        if let Some((text, _)) = &described {
            asset = asset.with("description", shortened(text));
        }
        let dispatcher = function.or_else(|| self.dispatcher(hit));
        let id = self.equip(asset, dispatcher, Some(hit));
        if let Some((text, line)) = &described {
            self.steers(&id, text, *line);
        }
        let own = described.as_ref().map(|(text, _)| text.as_str());
        self.parameters_steer(&id, own, function, Some(hit.expr));
        if let Some(f) = function {
            self.scopes.entry(f).or_default().push(id.clone());
        }
        // `server.registerTool(…)`: the server offers it; a described tool belongs to the file's only server.
        let mut owners = self
            .select(hit.expr, &[crate::catalogue::Selector::Receiver])
            .map(|receiver| self.refs(receiver))
            .unwrap_or_default();
        if self.entry(hit).is_some_and(|e| e.is("handler_follows"))
            && let Some(server) = self.hits.only(Role::McpServer)
        {
            owners.extend(self.made.get(&server.expr).into_iter().flatten().cloned());
        }
        for owner in owners {
            if Self::is_kind(&owner, AssetKind::McpServer) {
                let at = self.at(hit.expr);
                self.draft
                    .relation(Relation::new(&owner, RelationKind::CallsTool, &id).seen(at));
            }
        }
        vec![id]
    }

    /// Functions that a call makes tools of: one, or those of the list its loop runs over.
    fn functions_given(&self, hit: &Hit) -> Vec<ScopeId> {
        let Some(e) = self.argument(hit, "function") else {
            return Vec::new();
        };
        if let Some(scope) = self.r.local_scope(e) {
            return vec![scope];
        }
        let Some(ExprKind::Index(list, _)) = self.r.followed(e, 8).map(|f| self.module().kind(f)) else {
            return Vec::new();
        };
        match self.r.followed(*list, 8).map(|f| self.module().kind(f)) {
            Some(ExprKind::List(items)) => items
                .iter()
                .take(64)
                .filter_map(|i| self.r.local_scope(*i))
                .filter(|s| {
                    self.module()
                        .scope(*s)
                        .is_some_and(|s| s.kind == ScopeKind::Function)
                })
                .collect(),
            _ => Vec::new(),
        }
    }

    /// The function that runs a tool which is only described, where it is the only one a server has: a function that runs
    /// several tools says nothing about one of them.
    fn dispatcher(&mut self, hit: &Hit) -> Option<ScopeId> {
        if !self.entry(hit).is_some_and(|e| e.is("handler_follows")) {
            return None;
        }
        let handler = self.tool_handlers().first().copied();
        handler.filter(|_| self.hits.only(Role::Tool).is_some())
    }

    /// Functions that run every tool of a server: they are given its name and what the model passes.
    pub(crate) fn tool_handlers(&self) -> Vec<ScopeId> {
        let hits = self.hits.of(Role::Capability).into_iter();
        hits.filter(|h| self.entry(h).is_some_and(|e| e.is("handler_follows")))
            .filter_map(|h| h.scope.or_else(|| self.functions_given(&h).first().copied()))
            .collect()
    }

    /// Adds what a tool can do: by the catalogue, and by its body.
    fn equip(&mut self, asset: Asset, scope: Option<ScopeId>, hit: Option<&Hit>) -> AssetId {
        let mut powers = Powers::default();
        let entry = hit.and_then(|h| self.entry(h));
        for capability in entry.map(|e| e.list("capabilities")).unwrap_or_default() {
            powers.add(&capability, true);
        }
        let known = scope.is_some() || !powers.capabilities.is_empty();
        let mut approval =
            hit.and_then(|h| self.argument(h, "approval"))
                .and_then(|e| match self.r.values(e).first() {
                    Some(Val::Bool(b)) => Some(*b),
                    Some(_) => Some(true),
                    None => None,
                });
        if let Some(scope) = scope {
            approval = approval.or(self.body(scope, &mut powers).then_some(true));
        }
        let mut asset = self.dressed(asset);
        for e in powers.seen.iter().take(16) {
            let at = self.at(*e);
            if !asset.locations.contains(&at) {
                asset = asset.at(at);
            }
        }
        if known {
            asset = asset
                .with(
                    "capabilities",
                    powers.capabilities.into_iter().collect::<Vec<_>>(),
                )
                .with(
                    "untrusted_input",
                    powers.untrusted || entry.is_some_and(|e| e.is("untrusted")),
                )
                .with("writes", powers.writes)
                .with("egress", powers.egress);
        } else {
            asset = asset.with("capabilities", Value::unknown("its body stands elsewhere"));
        }
        if let Some(approval) = approval {
            asset = asset.with("approval_required", approval);
        }
        self.draft.asset(asset)
    }

    /// Whether anything is done with what an expression gives.
    fn is_used(&self, e: ExprId) -> bool {
        let used = self.used.get_or_init(|| {
            let module = self.module();
            let all = (0..u32::try_from(module.exprs.len()).unwrap_or(u32::MAX)).map(ExprId);
            let mut used: BTreeSet<ExprId> = all.flat_map(|e| module.parts(e)).collect();
            used.extend(module.bindings.iter().map(|b| b.value));
            used.extend(module.branches.iter().map(|b| b.condition));
            used.extend(module.scopes.iter().flat_map(|s| s.returns.iter().copied()));
            used
        });
        used.contains(&e)
    }

    /// Whether a command is written down as a whole: nobody who calls the tool says anything in it.
    fn runs_what_is_written(&self, hit: &Hit) -> bool {
        let Some(entry) = self.entry(hit).filter(|_| hit.role == Role::Sink) else {
            return false;
        };
        let selectors = entry.selectors("input").iter();
        let given: Vec<ExprId> = selectors
            .filter_map(|s| self.select(hit.expr, std::slice::from_ref(s)))
            .collect();
        // A shell or an interpreter may read what it runs from its input.
        let first = given
            .first()
            .and_then(|e| match self.r.followed(*e, 8).map(|f| self.module().kind(f)) {
                Some(ExprKind::List(items)) => self.r.text(*items.first()?),
                _ => self.r.text(*e),
            });
        let program = first.as_deref().and_then(|t| t.split_whitespace().next());
        !given.is_empty()
            && !program.is_none_or(crate::taint::is_interpreter)
            && given.iter().all(|e| self.is_written(*e, 6))
    }

    fn is_written(&self, e: ExprId, depth: usize) -> bool {
        let Some(depth) = depth.checked_sub(1) else {
            return false;
        };
        match self.r.followed(e, 8).map(|f| self.module().kind(f)) {
            Some(ExprKind::Str(_) | ExprKind::Int(_) | ExprKind::Bool(_) | ExprKind::Null) => true,
            Some(ExprKind::List(items)) => items.iter().all(|i| self.is_written(*i, depth)),
            Some(ExprKind::Dict(pairs)) => pairs.iter().all(|(_, v)| self.is_written(*v, depth)),
            Some(ExprKind::Concat(a, b)) => self.is_written(*a, depth) && self.is_written(*b, depth),
            _ => false,
        }
    }

    /// Gathers what a function or class can do; true where it asks a person first.
    fn body(&self, scope: ScopeId, powers: &mut Powers) -> bool {
        let mut asks = false;
        let mut seen = BTreeSet::new();
        let mut work = vec![scope];
        while let Some(scope) = work.pop() {
            if !seen.insert(scope) || seen.len() > FOLLOWED {
                continue;
            }
            for (call, callee) in self.calls_within(scope) {
                let kept = self.is_used(call);
                let fixed = self.hits.at(call).any(|h| self.runs_what_is_written(h));
                for hit in self.hits.at(call) {
                    let Some(entry) = self.entry(hit) else { continue };
                    asks |= entry.is("approval");
                    let capability = entry.texts.get("capability");
                    if let Some(capability) =
                        capability.filter(|c| !(fixed && matches!(c.as_str(), "shell" | "code")))
                    {
                        powers.add(capability, kept);
                        powers.seen.push(call);
                    }
                    if kept
                        && hit.role == Role::Origin
                        && entry
                            .texts
                            .get("origin")
                            .is_some_and(|o| o != "user" && o != "file")
                    {
                        powers.untrusted = true;
                    }
                }
                if let Some(next) = self.r.called(callee) {
                    work.push(next);
                }
            }
        }
        asks
    }

    /// `{"type": "function", "function": {"name": …}}` or `{"name": …, "inputSchema": …}`: tools as a model is told of them.
    fn tool_schemas(&mut self) {
        let mut found = Vec::new();
        for (expr, i) in self.module().exprs.iter().zip(0u32..) {
            let ExprKind::Dict(pairs) = &expr.kind else {
                continue;
            };
            let get = |pairs: &[(Option<ExprId>, ExprId)], key: &str| {
                pairs
                    .iter()
                    .find(|(k, _)| k.and_then(|k| self.module().text(k)) == Some(key))
                    .map(|(_, v)| *v)
            };
            let schema = ["inputSchema", "input_schema"]
                .iter()
                .find_map(|key| get(pairs, key));
            let of_model = get(pairs, "type").and_then(|t| self.module().text(t)) == Some("function");
            if !of_model && (schema.is_none() || get(pairs, "description").is_none()) {
                continue;
            }
            let inner = match get(pairs, "function").map(|f| self.module().kind(f)) {
                Some(ExprKind::Dict(inner)) => inner.as_slice(),
                _ => pairs.as_slice(),
            };
            if let (Some(name), Some(_)) = (
                get(inner, "name").and_then(|n| self.module().text(n)),
                schema.or_else(|| get(inner, "parameters")),
            ) {
                let description = get(inner, "description").and_then(|d| self.r.text(d));
                found.push((ExprId(i), name.to_owned(), description));
            }
        }
        let functions: std::collections::BTreeMap<&str, ScopeId> = self
            .module()
            .scope_ids()
            .filter_map(|id| Some((id, self.module().scope(id)?)))
            .filter(|(_, s)| s.kind == ScopeKind::Function)
            .map(|(id, s)| (&*s.name, id))
            .collect();
        let handler = self.tool_handlers().first().copied();
        let only = handler.filter(|_| found.len() == 1 && self.hits.of(Role::Tool).is_empty());
        let server = handler
            .and_then(|_| self.hits.only(Role::McpServer))
            .and_then(|h| self.made.get(&h.expr)?.first().cloned());
        for (e, name, description) in found {
            // The function of the same name is what runs.
            let scope = functions.get(name.as_str()).copied();
            let id = match scope {
                Some(scope) => self.tool_of_scope(scope, None),
                None => {
                    let asset = Asset::new(AssetKind::Tool, self.place(&name), name.as_str());
                    self.equip(asset, only, None)
                }
            };
            let at = self.at(e);
            if let Some(server) = &server {
                let offers = Relation::new(server, RelationKind::CallsTool, &id);
                self.draft.relation(offers.seen(at.clone()));
            }
            self.draft.seen(&id, at);
            if let Some(text) = &description {
                self.steers(&id, text, self.module().expr(e).line);
                self.draft.set(&id, "description", shortened(text));
            }
            self.parameters_steer(&id, description.as_deref(), None, Some(e));
            self.made.entry(e).or_default().push(id);
        }
    }

    /// The key an expression stands under in a dictionary.
    fn key_of(&self, e: ExprId) -> Option<String> {
        let keys = self.keys_of.get_or_init(|| {
            let pairs = self.module().exprs.iter().filter_map(|e| match &e.kind {
                ExprKind::Dict(pairs) => Some(pairs),
                _ => None,
            });
            pairs.flatten().filter_map(|(k, v)| Some((*v, (*k)?))).collect()
        });
        self.module().text(*keys.get(&e)?).map(str::to_owned)
    }

    /// The name an expression is bound to first.
    pub(crate) fn bound_name(&self, e: ExprId) -> Option<String> {
        let targets = self.bound_of.get_or_init(|| {
            let bindings = self.module().bindings.iter().rev();
            bindings.map(|b| (b.value, b.target)).collect()
        });
        match self.module().kind(*targets.get(&e)?) {
            ExprKind::Name(n) | ExprKind::Attr(_, n) => Some(n.to_string()),
            _ => None,
        }
    }

    /// Tools that an argument lists: made tools, functions, methods.
    pub(crate) fn tools_in(&mut self, e: ExprId) -> Vec<AssetId> {
        let mut out: Vec<AssetId> = self
            .refs(e)
            .into_iter()
            .filter(|r| Self::is_kind(r, AssetKind::Tool) || Self::is_kind(r, AssetKind::McpServer))
            .collect();
        let mut work = vec![e];
        let mut steps = 0;
        while let Some(e) = work.pop() {
            steps += 1;
            if steps > 200 {
                break;
            }
            let Some(e) = self.r.followed(e, 8) else { continue };
            match self.module().kind(e) {
                ExprKind::List(items) | ExprKind::Mixed(items) | ExprKind::Either(items) => {
                    work.extend(items)
                }
                ExprKind::Concat(a, b) => work.extend([*a, *b]),
                ExprKind::Dict(pairs) => work.extend(pairs.iter().map(|(_, v)| *v)),
                ExprKind::Scope(s)
                    if self
                        .module()
                        .scope(*s)
                        .is_some_and(|s| s.kind == ScopeKind::Function) =>
                {
                    out.push(self.tool_of_scope(*s, None));
                }
                _ => {}
            }
        }
        out.sort();
        out.dedup();
        out
    }
}

fn is_name(text: &str) -> bool {
    (1..=100).contains(&text.len()) && !text.contains('\n')
}

/// What the model is told, cut to a length that a report can show.
fn shortened(text: &str) -> String {
    let flat: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    flat.chars().take(300).collect()
}
