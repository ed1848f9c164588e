//! What modules give each other: constants, instances, functions and the assets behind them.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use aispm_types::AssetId;

use crate::analyse::Access;
use crate::resolve::Val;

/// What a function does with text, as its callers see it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Voice {
    /// It gives back text of a model.
    pub(crate) model: bool,
    /// It gives back a text rather than an object.
    pub(crate) text: bool,
    /// Fields of what it gives back that hold such text, where they are known one by one.
    pub(crate) fields: Vec<String>,
    /// Parameters that it gives back, each with the kinds of sinks it is harmless for then.
    pub(crate) keeps: Vec<(usize, BTreeSet<String>)>,
}

/// Text of a model that a module passes to a function of another.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Given {
    /// Path of the function, or of the class or object it is a method of.
    pub(crate) path: String,
    /// The method.
    pub(crate) method: Option<String>,
    /// The parameter: its position, the object not counted, or its name.
    pub(crate) parameter: Result<usize, String>,
    /// What the text comes from.
    pub(crate) source: String,
    /// Kinds of sinks it is harmless for.
    pub(crate) safe: BTreeSet<String>,
}

/// One name a module gives out.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Export {
    /// Dotted path of what it is: `langchain_openai.ChatOpenAI()`.
    pub(crate) path: Option<String>,
    /// Its values, where it is a constant.
    pub(crate) values: Vec<Val>,
    /// Texts of its members, where it is an object or a class: `settings.model`.
    pub(crate) members: BTreeMap<String, Vec<Val>>,
    /// Assets it stands for.
    pub(crate) assets: Vec<AssetId>,
    /// Where it is a function: path of what it gives back.
    pub(crate) result: Option<String>,
    /// Where it is a function: models and agents it leads to.
    pub(crate) reaches: Vec<AssetId>,
    /// Where it is a function: what it does with text.
    pub(crate) voice: Voice,
    /// The same of the methods of a class, or of an object's class.
    pub(crate) methods: BTreeMap<String, Voice>,
    /// It lets nobody through who is not known.
    pub(crate) checks: bool,
    /// Where it is only passed on: the path it comes from.
    pub(crate) from: Option<String>,
}

impl Export {
    /// Whether knowing it changes what another module means.
    pub(crate) fn tells(&self) -> bool {
        *self != Self::default()
    }

    /// Whether it, or a method of it, gives back text of a model.
    fn speaks(&self) -> bool {
        self.voice.model || self.methods.values().any(|v| v.model)
    }

    /// The same for a module that asks for none of its values.
    fn tells_more_than_values(&self) -> bool {
        let Self {
            path,
            assets,
            result,
            reaches,
            voice,
            methods,
            checks,
            values: _,
            members: _,
            from: _,
        } = self;
        path.is_some()
            || result.is_some()
            || *checks
            || !(assets.is_empty() && reaches.is_empty() && methods.is_empty())
            || *voice != Voice::default()
    }
}

/// What one module gives out.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Exports {
    /// By name.
    pub(crate) names: BTreeMap<String, Export>,
    /// Modules whose names it gives out too.
    pub(crate) wildcards: Vec<String>,
    /// Routers of other modules that it puts into an application.
    pub(crate) mounts: Vec<Mount>,
    /// What it does to requests as the middleware of a project.
    pub(crate) gate: Option<Gate>,
    /// Text of a model that it passes to functions of other modules.
    pub(crate) given: Vec<Given>,
}

impl Exports {
    /// Whether another state of the module does the same with text.
    pub(crate) fn says_the_same_of_text(&self, other: &Self) -> bool {
        let voice = |x: &Export| (x.voice.clone(), x.methods.clone());
        self.given == other.given
            && self.names.len() == other.names.len()
            && self
                .names
                .iter()
                .zip(&other.names)
                .all(|((n, x), (m, y))| n == m && voice(x) == voice(y))
    }
}

/// A router of another module, put into an application or another router.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Mount {
    /// Path of the router.
    pub(crate) router: String,
    /// Name of the router it is put into; none for an application.
    pub(crate) on: Option<String>,
    /// Who may pass on the way to it.
    pub(crate) access: Access,
}

/// The middleware of a project: `middleware.ts`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Gate {
    /// Addresses it runs for; none for all.
    pub(crate) patterns: Vec<String>,
    /// It lets nobody through who is not known.
    pub(crate) checks: bool,
}

/// A mount as the module of the router sees it: the router's name there, the module that mounts, and the rest.
type Mounted = (String, String, Option<String>, Access);

/// Exports of all modules of a target; empty while a file is read by itself.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cross {
    modules: BTreeMap<String, Arc<Exports>>,
    by_tail: BTreeMap<String, Vec<String>>,
    mounted: BTreeMap<String, Vec<Mounted>>,
    given: BTreeMap<String, Vec<(String, Given)>>,
}

/// Mounts looked at for one module.
const MOUNTS: usize = 64;
/// Values told of one module that others pass to it.
const GIVEN: usize = 512;
/// Hops through modules that only pass a name on.
const HOPS: usize = 4;

impl Cross {
    /// Joins what modules give out, by path.
    pub(crate) fn new(all: impl IntoIterator<Item = (String, Arc<Exports>)>) -> Self {
        let mut out = Self::default();
        for (path, exports) in all {
            let key = module_key(&path);
            let tail = key.rsplit('/').next().unwrap_or(&key).to_owned();
            out.by_tail.entry(tail).or_default().push(key.clone());
            out.modules.insert(key, exports);
        }
        let mut mounted: BTreeMap<String, Vec<Mounted>> = BTreeMap::new();
        for (by, exports) in &out.modules {
            for mount in exports.mounts.iter().take(MOUNTS) {
                if let Some((key, name)) = out.origin(by, &mount.router) {
                    let seen = (name, by.clone(), mount.on.clone(), mount.access);
                    mounted.entry(key).or_default().push(seen);
                }
            }
        }
        out.mounted = mounted;
        let mut given: BTreeMap<String, Vec<(String, Given)>> = BTreeMap::new();
        for (by, exports) in &out.modules {
            for one in &exports.given {
                if let Some((key, name, method)) = out.taker(by, one) {
                    let one = Given {
                        method,
                        ..one.clone()
                    };
                    let all = given.entry(key).or_default();
                    let new = (name, one);
                    if all.len() < GIVEN && !all.contains(&new) {
                        all.push(new);
                    }
                }
            }
        }
        out.given = given;
        out
    }

    /// The module, name and method that take what a module passes. `a.b.c` may be a function, or a method of an object.
    fn taker(&self, by: &str, given: &Given) -> Option<(String, String, Option<String>)> {
        let whole = self.origin(by, &given.path);
        let (key, name, method) = match whole {
            Some((key, name)) => (key, name, given.method.clone()),
            None => {
                let (object, method) = given.path.rsplit_once('.')?;
                let (key, name) = self.origin(by, object)?;
                (key, name, Some(method.to_owned()))
            }
        };
        (key != module_key(by) && !name.is_empty()).then_some((key, name, method))
    }

    /// Text of a model that other modules pass to functions of one, with their names.
    pub(crate) fn given(&self, path: &str) -> &[(String, Given)] {
        self.given.get(&module_key(path)).map_or(&[], Vec::as_slice)
    }

    /// Modules that are given text of a model.
    pub(crate) fn takers(&self) -> impl Iterator<Item = &str> {
        self.given.keys().map(String::as_str)
    }

    /// Names of a module that stand for functions, or for objects with methods, which give back text of a model; those that it
    /// only passes on included.
    pub(crate) fn speaking(&self, key: &str) -> BTreeSet<&str> {
        let mut out = BTreeSet::new();
        let mut seen = BTreeSet::new();
        let mut work = vec![key.to_owned()];
        while let Some(key) = work.pop() {
            let Some(exports) = self.modules.get(&key).filter(|_| seen.len() < MOUNTS) else {
                continue;
            };
            for (name, export) in &exports.names {
                let told = export
                    .from
                    .as_deref()
                    .map_or(Some(export), |from| self.export(&key, from));
                if told.is_some_and(Export::speaks) {
                    out.insert(name.as_str());
                }
            }
            if seen.insert(key.clone()) {
                work.extend(exports.wildcards.iter().filter_map(|w| self.whole(&key, w)));
            }
        }
        out
    }

    /// The module that a path is as a whole.
    fn whole(&self, from: &str, path: &str) -> Option<String> {
        match path.strip_prefix('~') {
            Some(local) => {
                Some(local.replace('.', "/").replace("%2E", ".")).filter(|k| self.modules.contains_key(k))
            }
            None => self.nearest(from, &path.replace('.', "/")),
        }
    }

    /// Who may call a router of a module, one of `names`, by where it is mounted; none where nobody mounts it.
    fn mounted_in(&self, key: &str, names: &[&str], depth: usize) -> Option<Access> {
        let depth = depth.checked_sub(1)?;
        let mounts = self.mounted.get(key)?.iter().take(MOUNTS);
        mounts
            .filter(|(name, ..)| matches!(name.as_str(), "" | "default") || names.contains(&name.as_str()))
            .map(|(_, by, on, access)| match on {
                Some(on) if *access != Access::Known => self
                    .mounted_in(by, &[on.as_str()], depth)
                    .unwrap_or(Access::Unseen),
                _ => *access,
            })
            .max()
    }

    /// What a module does to requests as the middleware of a project.
    fn gate(&self, directory: &str) -> Option<&Gate> {
        let at = |name: &str| match directory {
            "" => name.to_owned(),
            _ => format!("{directory}/{name}"),
        };
        ["middleware", "proxy"]
            .iter()
            .find_map(|name| self.modules.get(&at(name))?.gate.as_ref())
    }

    /// Whether what a path leads to lets nobody through who is not known.
    fn checks(&self, from: &str, path: &str) -> bool {
        self.origin(from, path).is_some_and(|(key, name)| {
            let name = if name.is_empty() { "default" } else { name.as_str() };
            let names = self.modules.get(&key).map(|m| &m.names);
            names.and_then(|n| n.get(name)).is_some_and(|x| x.checks)
        })
    }

    /// Whether some module stands under a first directory or name.
    fn is_own(&self, root: &str) -> bool {
        self.by_tail.contains_key(root)
            || self
                .modules
                .range(format!("{root}/")..)
                .next()
                .is_some_and(|(key, _)| key.starts_with(root))
    }

    /// The module that a path comes from, and the name there; the name is empty where the path is the module.
    fn origin(&self, from: &str, path: &str) -> Option<(String, String)> {
        let (mut from, mut path) = (from.to_owned(), path.to_owned());
        for _ in 0..HOPS {
            let whole = path
                .strip_prefix('~')
                .map(|p| p.replace('.', "/").replace("%2E", "."));
            if let Some(key) = whole.filter(|k| self.modules.contains_key(k)) {
                return Some((key, String::new()));
            }
            let (key, name) = self.locate(&from, &path)?;
            let name = name.to_owned();
            match self
                .modules
                .get(&key)?
                .names
                .get(&name)
                .and_then(|x| x.from.clone())
            {
                Some(next) => (from, path) = (key, next),
                None => return Some((key, name)),
            }
        }
        None
    }

    /// Values of what an import stands for.
    fn values(&self, from: &str, path: &str) -> Option<Vec<Val>> {
        if let Some(export) = self.export(from, path) {
            return (!export.values.is_empty()).then(|| export.values.clone());
        }
        let (object, member) = path.rsplit_once('.')?;
        let object = object.trim_end_matches("()");
        self.export(from, object)?.members.get(member).cloned()
    }

    /// What an import stands for.
    fn export(&self, from: &str, path: &str) -> Option<&Export> {
        if self.modules.is_empty() {
            return None;
        }
        let (mut from, mut path) = (Cow::Borrowed(from), Cow::Borrowed(path));
        for _ in 0..HOPS {
            let (key, name) = self.locate(&from, &path)?;
            match self.modules.get(&key)?.names.get(name) {
                Some(found) if found.from.is_none() => return Some(found),
                _ => (path, from) = (self.passed_on(&key, name)?, Cow::Owned(key)),
            }
        }
        None
    }

    /// Whether what another module asked about others is answered otherwise than with silence, or, where it is known which
    /// modules changed since, leads to one of these.
    pub(crate) fn concerns(&self, from: &str, asked: &Asked, changed: Option<&BTreeSet<String>>) -> bool {
        let Some(changed) = changed else {
            return asked
                .names
                .iter()
                .any(|p| self.export(from, p).is_some_and(Export::tells_more_than_values))
                || asked.values.iter().any(|p| self.values(from, p).is_some());
        };
        let paths = asked.names.iter().chain(&asked.values);
        paths.into_iter().any(|p| self.leads_to(from, p, changed))
    }

    /// Whether a path leads to one of these modules, or through one that only passes the name on.
    fn leads_to(&self, from: &str, path: &str, modules: &BTreeSet<String>) -> bool {
        let (mut from, mut path) = (Cow::Borrowed(from), Cow::Borrowed(path));
        for _ in 0..HOPS {
            let Some((key, name)) = self.locate(&from, &path) else {
                break;
            };
            if modules.contains(&key) {
                return true;
            }
            match self.passed_on(&key, name) {
                Some(next) => (from, path) = (Cow::Owned(key), next),
                None => return false,
            }
        }
        // `settings.model`: a member of what the module gives out.
        path.rsplit_once('.')
            .and_then(|(object, _)| self.locate(&from, object.trim_end_matches("()")))
            .is_some_and(|(key, _)| modules.contains(&key))
    }

    /// Where a module has a name from that it only passes on.
    fn passed_on(&self, key: &str, name: &str) -> Option<Cow<'_, str>> {
        let exports = self.modules.get(key)?;
        match exports.names.get(name) {
            Some(found) => found.from.as_deref().map(Cow::Borrowed),
            None => {
                let given = |w: &&String| {
                    self.locate(key, &format!("{w}.{name}"))
                        .and_then(|(k, n)| self.modules.get(&k)?.names.get(n))
                        .is_some()
                };
                let next = exports.wildcards.iter().find(given)?;
                Some(Cow::Owned(format!("{next}.{name}")))
            }
        }
    }

    /// The module and the name that a dotted path means.
    fn locate<'p>(&self, from: &str, path: &'p str) -> Option<(String, &'p str)> {
        // A member of a name is not given out by itself: the last part is the name, what stands before it the module.
        let key = match path.strip_prefix('~') {
            Some(local) => {
                let (module, rest) = local.split_once('.')?;
                let mut key = module.replace("%2E", ".");
                if let Some((inner, _)) = rest.rsplit_once('.') {
                    if !key.is_empty() {
                        key.push('/');
                    }
                    key.push_str(&inner.replace('.', "/"));
                }
                self.modules.contains_key(&key).then_some(key)?
            }
            None => {
                let (inner, _) = path.rsplit_once('.')?;
                // Most imports are of other people's packages: told by one look-up.
                self.by_tail.get(inner.rsplit(['.', '/']).next()?)?;
                let inner = inner.replace('.', "/");
                let inner = inner.trim_start_matches("@/").trim_start_matches("src/");
                self.nearest(from, inner)?
            }
        };
        let name = path.rsplit_once('.').map_or(path, |(_, name)| name);
        Some((key, name))
    }

    /// The module whose path ends so and that is nearest to a file.
    fn nearest(&self, from: &str, inner: &str) -> Option<String> {
        if inner.is_empty() {
            return None;
        }
        let tail = inner.rsplit('/').next()?;
        self.by_tail
            .get(tail)?
            .iter()
            .filter(|key| {
                key.strip_suffix(inner)
                    .is_some_and(|before| before.is_empty() || before.ends_with('/'))
            })
            .max_by_key(|key| (shared(from, key), std::cmp::Reverse(key.len())))
            .cloned()
    }
}

/// What a module asked about others: paths, and paths whose values it wanted.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    names: Vec<Box<str>>,
    values: Vec<Box<str>>,
}

/// Other modules as one module sees them. It keeps the questions: a module whose questions have no new answers means what it
/// meant, and need not be looked at again.
pub(crate) struct View<'m> {
    cross: &'m Cross,
    from: &'m str,
    names: RefCell<BTreeMap<Box<str>, Option<&'m Export>>>,
    values: RefCell<BTreeSet<Box<str>>>,
}

impl<'m> View<'m> {
    /// Other modules, seen from the file at a path.
    pub(crate) fn new(cross: &'m Cross, from: &'m str) -> Self {
        Self {
            cross,
            from,
            names: RefCell::default(),
            values: RefCell::default(),
        }
    }

    /// What was asked.
    pub(crate) fn asked(self) -> Asked {
        Asked {
            names: self.names.into_inner().into_keys().collect(),
            values: self.values.into_inner().into_iter().collect(),
        }
    }

    /// What an import stands for.
    pub(crate) fn export(&self, path: &str) -> Option<&'m Export> {
        if own(path) {
            return None;
        }
        if let Some(known) = self.names.borrow().get(path) {
            return *known;
        }
        let found = self.cross.export(self.from, path);
        self.names.borrow_mut().insert(path.into(), found);
        found
    }

    /// Path of what an import stands for.
    pub(crate) fn path(&self, path: &str) -> Option<String> {
        match path.strip_suffix("()") {
            Some(function) => self.export(function)?.result.clone(),
            None => self.export(path)?.path.clone(),
        }
    }

    /// Values of what an import stands for.
    pub(crate) fn values(&self, path: &str) -> Option<Vec<Val>> {
        if own(path) {
            return None;
        }
        if !self.values.borrow().contains(path) {
            self.values.borrow_mut().insert(path.into());
        }
        self.cross.values(self.from, path)
    }

    /// What a function of another module, or a method of its classes and objects, does with text.
    pub(crate) fn voice(&self, path: &str) -> Option<&'m Voice> {
        let path = path.strip_suffix("()").unwrap_or(path);
        let tells = |v: &&Voice| **v != Voice::default();
        if !path.contains("()")
            && let Some(found) = self.export(path)
        {
            return Some(&found.voice).filter(tells);
        }
        let (object, method) = path.rsplit_once('.')?;
        let object = object.strip_suffix("()").unwrap_or(object);
        if object.contains("()") {
            return None;
        }
        self.export(object)?.methods.get(method).filter(tells)
    }

    /// Whether what a path leads to lets nobody through who is not known.
    pub(crate) fn checks(&self, path: &str) -> bool {
        // The question is kept; a default is found under the module's own path too.
        self.export(path);
        self.cross.checks(self.from, path)
    }

    /// Whether the module that a path leads to was read.
    pub(crate) fn was_read(&self, path: &str) -> bool {
        self.cross.origin(self.from, path).is_some()
    }

    /// Whether some module stands under a first directory or name.
    pub(crate) fn is_own(&self, root: &str) -> bool {
        self.cross.is_own(root)
    }

    /// Who may call a router of the module, one of `names`, by where it is mounted; none where nobody mounts it.
    pub(crate) fn mounted(&self, names: &[&str]) -> Option<Access> {
        self.cross.mounted_in(&module_key(self.from), names, HOPS)
    }

    /// What a directory's module does to requests as the middleware of a project; none where other modules are not known.
    pub(crate) fn gate(&self, directory: &str) -> Option<Option<&'m Gate>> {
        (!self.cross.modules.is_empty()).then(|| self.cross.gate(directory))
    }

    /// Text of a model that other modules pass to functions of this one, with their names.
    pub(crate) fn given(&self) -> &'m [(String, Given)] {
        self.cross.given(self.from)
    }
}

/// Whether a path stands for something of the module itself, or for nothing.
fn own(path: &str) -> bool {
    path.starts_with(['#', '?', '|']) || !path.contains('.')
}

/// Leading directories two paths share.
fn shared(a: &str, b: &str) -> usize {
    a.split('/').zip(b.split('/')).take_while(|(x, y)| x == y).count()
}

/// A module's path as imports name it: without extension, a package by its directory.
pub(crate) fn module_key(path: &str) -> String {
    let stem = path.rsplit_once('.').map_or(path, |(s, _)| s);
    for index in ["/__init__", "/index"] {
        if let Some(package) = stem.strip_suffix(index) {
            return package.to_owned();
        }
    }
    stem.to_owned()
}
