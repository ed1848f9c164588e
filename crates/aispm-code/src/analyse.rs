//! From a module to observations: the catalogue is matched against what is called, and what is found is related.
//!
//! The steps, each in its own file: hits (what the catalogue knows) → inventory (assets of models, stores, servers) → tools →
//! agents → endpoints → flows (text of a model to what interprets it).

mod access;
mod agents;
mod draft;
mod endpoints;
mod gates;
mod hits;
mod inventory;
mod loads;
mod names;
mod refs;
mod servers;
mod tools;

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use aispm_collect::{ReadContext, is_test_path};
use aispm_types::{AssetId, AssetKind, Batch, Location, Value};

use crate::catalogue::{Catalogue, Role, catalogue};
use crate::cross::{Asked, Cross, Export, Exports, Given, Voice};
use crate::ir::{ExprId, ExprKind, MODULE, Module, ScopeId, ScopeKind};
use crate::resolve::{Found, Resolver};
pub(crate) use access::Access;
use draft::Draft;
pub(crate) use hits::{Hit, Hits};
pub(crate) use names::{host_of, is_model_name};

/// Assets told of one name, and names told of one module: what real modules give out is far less.
const EXPORTED: usize = 32;
const NAMES: usize = 4_096;

/// Everything known about one module while it is analysed.
pub(crate) struct Analysis<'m> {
    pub(crate) r: Resolver<'m>,
    pub(crate) catalogue: &'static Catalogue,
    pub(crate) cx: &'m ReadContext,
    pub(crate) hits: Hits,
    pub(crate) draft: Draft,
    /// Assets an expression stands for.
    pub(crate) made: BTreeMap<ExprId, Vec<AssetId>>,
    /// Assets a function or class is.
    pub(crate) scopes: BTreeMap<ScopeId, Vec<AssetId>>,
    /// Functions that handle requests, and their endpoints.
    pub(crate) handlers: BTreeMap<ScopeId, AssetId>,
    /// What functions do with text.
    pub(crate) voices: BTreeMap<ScopeId, Voice>,
    /// Text of a model that functions of other modules are given.
    pub(crate) given: Vec<Given>,
    calls_of: OnceCell<BTreeMap<ScopeId, Vec<(ExprId, ExprId)>>>,
    keys_of: OnceCell<BTreeMap<ExprId, ExprId>>,
    bound_of: OnceCell<BTreeMap<ExprId, ExprId>>,
    used: OnceCell<BTreeSet<ExprId>>,
    setups: OnceCell<Vec<access::Setup>>,
    refusals: OnceCell<BTreeMap<ScopeId, access::Refusal>>,
    checkers: RefCell<BTreeMap<(ScopeId, bool), bool>>,
    looked: Cell<usize>,
    /// Whether who may call something here is decided in another file.
    waits: bool,
    agent_names: BTreeMap<String, usize>,
}

/// What the analysis of one module gives.
pub(crate) struct Outcome {
    /// Observations.
    pub(crate) batch: Batch,
    /// What other modules may use.
    pub(crate) exports: Exports,
    /// What it asked about other modules.
    pub(crate) asked: Asked,
    /// What other modules set up may change what is said of it.
    pub(crate) waits: bool,
}

/// Analyses a module with what is known of other modules.
pub(crate) fn analyse(module: &Module, cx: &ReadContext, cross: &Cross) -> Outcome {
    let mut a = Analysis {
        r: Resolver::new(module, cross),
        catalogue: catalogue(),
        cx,
        hits: Hits::default(),
        draft: Draft::default(),
        made: BTreeMap::new(),
        scopes: BTreeMap::new(),
        handlers: BTreeMap::new(),
        voices: BTreeMap::new(),
        given: Vec::new(),
        calls_of: OnceCell::new(),
        keys_of: OnceCell::new(),
        bound_of: OnceCell::new(),
        used: OnceCell::new(),
        setups: OnceCell::new(),
        refusals: OnceCell::new(),
        checkers: RefCell::default(),
        looked: Cell::new(0),
        waits: false,
        agent_names: BTreeMap::new(),
    };
    a.find_hits();
    a.inventory();
    a.find_tools();
    a.find_agents();
    a.relate_servers();
    a.find_endpoints();
    crate::taint::trace(&mut a);
    a.attribute();
    let exports = a.exports();
    let waits = a.waits || !exports.mounts.is_empty();
    let mut batch = a.draft.finish();
    if let Some(line) = module.broken {
        batch.gap(
            &module.path,
            format!("code was read in part: line {line} does not follow the grammar of its language"),
        );
    }
    if let Some(budget) = module.truncated {
        batch.gap(&module.path, format!("code was read in part: {budget}"));
    }
    Outcome {
        batch,
        exports,
        asked: a.r.cross.asked(),
        waits,
    }
}

impl<'m> Analysis<'m> {
    /// The module.
    pub(crate) fn module(&self) -> &'m Module {
        self.r.module
    }
    /// Where an expression stands.
    pub(crate) fn at(&self, e: ExprId) -> Location {
        self.cx.at(&self.module().path, self.module().expr(e).line)
    }
    /// The language as the `source` property names it.
    pub(crate) fn source(&self) -> &'static str {
        use crate::ir::Language::*;
        let typescript = self
            .module()
            .path
            .rsplit('.')
            .next()
            .is_some_and(|e| e.contains("ts"));
        match self.module().language {
            _ if self.module().notebook => "notebook",
            Python => "python",
            JavaScript if typescript => "typescript",
            JavaScript => "javascript",
            CSharp => "csharp",
        }
    }
    /// `place#name` in this file.
    pub(crate) fn place(&self, name: &str) -> String {
        format!("{}#{name}", self.cx.place(&self.module().path))
    }
    /// What stands for the file where nothing better does: the notebook, else the repository.
    pub(crate) fn home(&self) -> AssetId {
        if self.module().notebook {
            AssetId::new(AssetKind::Notebook, self.cx.place(&self.module().path))
        } else {
            AssetId::new(AssetKind::Repository, &self.cx.repository)
        }
    }
    /// Marks what stands only in tests and documentation.
    pub(crate) fn test_code(&self) -> bool {
        is_test_path(&self.module().path)
    }

    /// Relates what nobody uses yet to the notebook or repository.
    fn attribute(&mut self) {
        let home = self.home();
        let used = self.draft.used();
        for (asset, at) in self.draft.usable() {
            if !used.contains(&asset) {
                self.draft.uses(&home, &asset, at);
            }
        }
    }

    fn exports(&self) -> Exports {
        let module = self.module();
        let mut out = Exports {
            wildcards: module.wildcards.iter().map(ToString::to_string).collect(),
            mounts: self.mounts(),
            gate: self.gate(),
            given: self.given.clone(),
            ..Exports::default()
        };
        let mut names: BTreeMap<String, ExprId> = BTreeMap::new();
        for binding in module.bindings.iter().filter(|b| b.scope == MODULE) {
            if let ExprKind::Name(n) = module.kind(binding.target) {
                names.insert(n.to_string(), binding.value);
            }
        }
        for (name, e) in &module.exports {
            names.insert(name.to_string(), *e);
        }
        // `module.exports = …`
        let whole = |b: &&crate::ir::Binding| match module.kind(b.target) {
            ExprKind::Attr(o, n) => {
                &**n == "exports" && matches!(module.kind(*o), ExprKind::Name(m) if &**m == "module")
            }
            _ => false,
        };
        if let Some(binding) = module.bindings.iter().find(whole) {
            names.entry("default".to_owned()).or_insert(binding.value);
        }
        for (name, e) in names.into_iter().take(NAMES) {
            let export = self.export(e);
            if export.tells() {
                out.names.insert(name, export);
            }
        }
        for (name, imports) in &module.imports {
            if let Some(import) = imports.iter().find(|i| i.scope == MODULE) {
                out.names.entry(name.to_string()).or_insert_with(|| Export {
                    from: Some(import.path.to_string()),
                    ..Export::default()
                });
            }
        }
        out
    }

    fn export(&self, e: ExprId) -> Export {
        let mut export = Export {
            assets: self.refs(e),
            values: self.r.values(e),
            ..Export::default()
        };
        export.values.retain(|v| v.text().is_some());
        export.members = self.r.members_of(e).into_iter().collect();
        export.checks = self.is_check(e);
        if let Some(scope) = self
            .r
            .local_scope(e)
            .and_then(|s| Some((s, self.module().scope(s)?)))
        {
            let (id, scope) = scope;
            if scope.kind == ScopeKind::Function {
                export.values.clear();
                export.result = scope
                    .returns
                    .iter()
                    .filter_map(|r| self.r.path(*r))
                    .find(|p| self.known(p));
                export.reaches = self.reaches(id).into_iter().collect();
                export.voice = self.voices.get(&id).cloned().unwrap_or_default();
                // What a function is, and what it makes and gives back: a model, a tool, an agent.
                export
                    .assets
                    .extend(self.scopes.get(&id).cloned().unwrap_or_default());
                export
                    .assets
                    .extend(scope.returns.iter().flat_map(|r| self.refs(*r)));
                export.assets.sort();
                export.assets.dedup();
                export.assets.truncate(EXPORTED);
            } else {
                // What the methods of a class lead to, a caller of the class may lead to.
                export.reaches = self.reaches(id).into_iter().collect();
                export.methods = self.voices_of(id);
            }
        } else {
            export.path = self.r.path(e).filter(|p| self.known(p));
        }
        export
    }

    /// What the methods of a class do with text, positions counted without the object.
    fn voices_of(&self, class: ScopeId) -> BTreeMap<String, Voice> {
        if self.voices.is_empty() {
            return BTreeMap::new();
        }
        let methods = self.r.member_names(class).into_iter().filter_map(|name| {
            let ExprKind::Scope(s) = self.module().kind(self.r.member(class, &name)?) else {
                return None;
            };
            let mut voice = self.voices.get(s)?.clone();
            if self.module().scope(*s).is_some_and(|s| s.takes_self()) {
                voice.keeps.iter_mut().for_each(|k| k.0 = k.0.saturating_sub(1));
            }
            Some((name, voice))
        });
        methods.collect()
    }

    /// The function that a name of the module stands for, or a method of its class.
    pub(crate) fn function_named(&self, name: &str, method: Option<&str>) -> Option<ScopeId> {
        let module = self.module();
        let e = match module.exports.get(name) {
            Some(e) => *e,
            None => match self.r.lookup(MODULE, name, ExprId(u32::MAX))? {
                Found::Expr(e) => e,
                _ => return None,
            },
        };
        let scope = self.r.local_scope(e)?;
        let wanted: &[&str] = match (&module.scope(scope)?.kind, &method) {
            (ScopeKind::Function, None) => return Some(scope),
            (ScopeKind::Class, Some(name)) => &[name],
            (ScopeKind::Class, None) => &["__init__", "constructor"],
            _ => return None,
        };
        let member = wanted.iter().find_map(|n| self.r.member(scope, n))?;
        match module.kind(member) {
            ExprKind::Scope(s) => Some(*s),
            _ => None,
        }
    }

    /// Whether a path begins at a library of the catalogue.
    fn known(&self, path: &str) -> bool {
        let root = path.split(['.', '(']).next().unwrap_or(path);
        path.starts_with('|') || self.catalogue.is_root(self.module().language, root)
    }

    /// Models, agents and the like that running a function or a method of a class leads to.
    pub(crate) fn reaches(&self, scope: ScopeId) -> BTreeSet<AssetId> {
        let mut out = BTreeSet::new();
        let mut seen = BTreeSet::new();
        let mut work = vec![scope];
        while let Some(scope) = work.pop() {
            if !seen.insert(scope) || seen.len() > 64 {
                continue;
            }
            for (id, callee) in self.calls_within(scope) {
                let telling = self.hits.at(id).any(|h| {
                    matches!(
                        h.role,
                        Role::Model | Role::Chat | Role::Run | Role::Agent | Role::Embed | Role::McpServer
                    )
                });
                if telling {
                    out.extend(self.refs(id));
                }
                if let Some(next) = self.r.called(callee) {
                    work.push(next);
                } else if let Some(path) = self.r.path(callee)
                    && let Some(export) = self.cross_export(&path)
                {
                    out.extend(export.reaches.iter().chain(&export.assets).cloned());
                }
            }
        }
        out
    }

    /// What another module gives under a path, calls and methods stripped as far as needed.
    pub(crate) fn cross_export(&self, path: &str) -> Option<&'m Export> {
        let mut path = path;
        for _ in 0..4 {
            let bare = path.split("()").next().unwrap_or(path);
            if let Some(found) = self.r.cross.export(bare) {
                return Some(found);
            }
            path = bare.rsplit_once('.')?.0;
        }
        None
    }

    /// Sets `test_code` and `source` on a new asset.
    pub(crate) fn dressed(&self, mut asset: aispm_types::Asset) -> aispm_types::Asset {
        asset
            .properties
            .insert("source".to_owned(), Value::from(self.source()));
        if self.test_code() {
            asset.properties.insert("test_code".to_owned(), Value::Bool(true));
        }
        asset
    }
}
