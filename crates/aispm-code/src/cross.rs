//! What modules give each other: constants, instances, functions and the assets behind them.

use std::borrow::Cow;
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

    /// What a function of another module, or a method of its classes and objects, does with text.
    pub(crate) fn voice(&self, from: &str, path: &str) -> Option<&Voice> {
        let path = path.strip_suffix("()").unwrap_or(path);
        if path.starts_with(['#', '?', '|']) {
            return None;
        }
        let tells = |v: &&Voice| **v != Voice::default();
        if !path.contains("()")
            && let Some(found) = self.export(from, path)
        {
            return Some(&found.voice).filter(tells);
        }
        let (object, method) = path.rsplit_once('.')?;
        let object = object.strip_suffix("()").unwrap_or(object);
        if object.contains("()") {
            return None;
        }
        self.export(from, object)?.methods.get(method).filter(tells)
    }

    /// Who may call a router of a module, one of `names`, by where it is mounted; none where nobody mounts it.
    pub(crate) fn mounted(&self, path: &str, names: &[&str]) -> Option<Access> {
        self.mounted_in(&module_key(path), names, HOPS)
    }

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
    pub(crate) fn gate(&self, directory: &str) -> Option<&Gate> {
        let at = |name: &str| match directory {
            "" => name.to_owned(),
            _ => format!("{directory}/{name}"),
        };
        ["middleware", "proxy"]
            .iter()
            .find_map(|name| self.modules.get(&at(name))?.gate.as_ref())
    }

    /// Whether the module that a path leads to was read.
    pub(crate) fn was_read(&self, from: &str, path: &str) -> bool {
        self.origin(from, path).is_some()
    }

    /// Whether what a path leads to lets nobody through who is not known.
    pub(crate) fn checks(&self, from: &str, path: &str) -> bool {
        self.origin(from, path).is_some_and(|(key, name)| {
            let name = if name.is_empty() { "default" } else { name.as_str() };
            let names = self.modules.get(&key).map(|m| &m.names);
            names.and_then(|n| n.get(name)).is_some_and(|x| x.checks)
        })
    }

    /// Whether some module stands under a first directory or name.
    pub(crate) fn is_own(&self, root: &str) -> bool {
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

    /// Whether nothing is known of other modules.
    pub(crate) fn is_empty(&self) -> bool {
        self.modules.is_empty()
    }

    /// Path of what an import stands for.
    pub(crate) fn path(&self, from: &str, path: &str) -> Option<String> {
        if self.modules.is_empty() || path.starts_with(['#', '?', '|']) {
            return None;
        }
        match path.strip_suffix("()") {
            Some(function) => self.export(from, function)?.result.clone(),
            None => self.export(from, path)?.path.clone(),
        }
    }

    /// Values of what an import stands for.
    pub(crate) fn values(&self, from: &str, path: &str) -> Option<Vec<Val>> {
        if let Some(export) = self.export(from, path) {
            return (!export.values.is_empty()).then(|| export.values.clone());
        }
        let (object, member) = path.rsplit_once('.')?;
        let object = object.trim_end_matches("()");
        self.export(from, object)?.members.get(member).cloned()
    }

    /// What an import stands for.
    pub(crate) fn export(&self, from: &str, path: &str) -> Option<&Export> {
        if self.modules.is_empty() {
            return None;
        }
        let (mut from, mut path) = (Cow::Borrowed(from), Cow::Borrowed(path));
        for _ in 0..HOPS {
            let (key, name) = self.locate(&from, &path)?;
            let exports = self.modules.get(&key)?;
            match exports.names.get(name) {
                Some(Export { from: Some(next), .. }) => {
                    path = Cow::Borrowed(next);
                    from = Cow::Owned(key);
                }
                Some(found) => return Some(found),
                None => {
                    let next = exports.wildcards.iter().find(|w| {
                        self.locate(&key, &format!("{w}.{name}"))
                            .and_then(|(k, n)| self.modules.get(&k)?.names.get(n))
                            .is_some()
                    })?;
                    path = Cow::Owned(format!("{next}.{name}"));
                    from = Cow::Owned(key);
                }
            }
        }
        None
    }

    /// The modules that an import leads to, those included that only pass the name on; none where knowing them says nothing.
    pub(crate) fn sources(&self, from: &str, path: &str) -> Vec<&str> {
        let module = path.strip_suffix(".*");
        let mut out = Vec::new();
        // `from config import *` and `import config`: the module as a whole.
        let whole = module.unwrap_or(path);
        let key = match whole.strip_prefix('~') {
            Some(local) => Some(local.replace('.', "/").replace("%2E", ".")),
            None => self.nearest(from, &whole.replace('.', "/")),
        };
        if let Some((key, exports)) = key.and_then(|k| self.modules.get_key_value(&k))
            && exports.names.values().any(Export::tells)
        {
            out.push(key.as_str());
        }
        if module.is_none() && self.export(from, path).is_some_and(Export::tells) {
            let (mut from, mut path) = (from.to_owned(), path.to_owned());
            for _ in 0..HOPS {
                let Some((key, name)) = self.locate(&from, &path) else {
                    break;
                };
                let Some((key, exports)) = self.modules.get_key_value(&key) else {
                    break;
                };
                out.push(key.as_str());
                match exports.names.get(name).and_then(|x| x.from.clone()) {
                    Some(next) => (from, path) = (key.clone(), next),
                    None => break,
                }
            }
        }
        out
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
