//! Checks that bound what a name may hold: `if x not in ALLOWED: raise`, `if target.is_relative_to(BASE): …`.

use std::collections::{BTreeMap, BTreeSet};

use super::pattern::held_to;
use super::words::asks_whether_allowed;
use crate::analyse::Analysis;
use crate::ir::{ExprId, ExprKind, ScopeId, Test};
use crate::resolve::{Found, Val};

/// All kinds of sinks: a name that is one of a fixed list is harmless for each.
pub(super) const EVERY: &[&str] = &[
    "shell",
    "code",
    "sql",
    "html",
    "template",
    "deserialize",
    "file-path",
    "url",
];

/// Parts of an address that say where a request goes.
const HOSTS: &[&str] = &[
    "hostname",
    "host",
    "netloc",
    "origin",
    "Host",
    "Authority",
    "DnsSafeHost",
];
/// What takes an address apart.
const PARSERS: &[&str] = &["urlparse", "urlsplit", "URL", "Uri"];
/// Methods that change the case or the space around a text.
const TRIMS: &[&str] = &[
    "strip",
    "lower",
    "upper",
    "trim",
    "toLowerCase",
    "toUpperCase",
    "Trim",
    "ToLower",
    "ToLowerInvariant",
];
/// Methods that are true only for letters, digits and underscores.
const PLAIN: &[&str] = &[
    "isalnum",
    "isdigit",
    "isdecimal",
    "isnumeric",
    "isidentifier",
    "isalpha",
];
/// Calls that make a path absolute, so that where it lies can be asked.
const RESOLVES: &[&str] = &[
    "realpath",
    "abspath",
    "normpath",
    "resolve",
    "normalize",
    "GetFullPath",
    "realpathSync",
    "absolute",
];

/// Kinds of sinks a name is harmless for.
type Kinds = Vec<&'static str>;

/// What a check says of a name from one place to another.
#[derive(Debug)]
pub(super) struct Guard {
    from: u32,
    until: u32,
    safe: Kinds,
}

/// Guards by the scope a name lives in.
pub(super) type Guards<'m> = BTreeMap<(ScopeId, &'m str), Vec<Guard>>;

/// Kinds of sinks that a name is harmless for where it is read.
pub(super) fn guarded<'g>(
    guards: &'g Guards<'g>,
    home: ScopeId,
    name: &'g str,
    at: ExprId,
) -> impl Iterator<Item = &'static str> + 'g {
    guards
        .get(&(home, name))
        .into_iter()
        .flatten()
        .filter(move |g| g.from <= at.0 && at.0 < g.until)
        .flat_map(|g| g.safe.iter().copied())
}

/// All checks of a module.
pub(super) fn guards<'m>(a: &Analysis<'m>, bound: &BTreeSet<(ScopeId, &'m str)>) -> Guards<'m> {
    let module = a.module();
    let mut out: Guards<'m> = BTreeMap::new();
    for branch in &module.branches {
        for arm in &branch.arms {
            let holds = !arm.otherwise;
            for (name, safe) in said(a, branch.condition, holds) {
                add(a, bound, &mut out, name, safe, arm.from, arm.until);
            }
            let passed_over = branch.arms.len() == 1 && arm.exits;
            let ruled_out = match passed_over {
                true => said(a, branch.condition, !holds),
                false => Vec::new(),
            };
            if !ruled_out.is_empty() {
                // What follows runs only where the condition did not hold; inside another branch, up to the end of that.
                let until = module
                    .branches
                    .iter()
                    .filter(|b| b.scope == branch.scope)
                    .flat_map(|b| &b.arms)
                    .filter(|o| o.from < arm.from && branch.until <= o.until)
                    .map(|o| o.until)
                    .min()
                    .unwrap_or(u32::MAX);
                for (name, safe) in ruled_out {
                    add(a, bound, &mut out, name, safe, branch.until, until);
                }
            }
        }
    }
    out
}

fn add<'m>(
    a: &Analysis<'m>,
    bound: &BTreeSet<(ScopeId, &'m str)>,
    out: &mut Guards<'m>,
    name: ExprId,
    safe: Kinds,
    from: u32,
    until: u32,
) {
    let module = a.module();
    let ExprKind::Name(n) = module.kind(name) else {
        return;
    };
    let home = module
        .around(module.expr(name).scope)
        .find(|(id, s)| bound.contains(&(*id, &**n)) || s.params.iter().any(|p| p.name == *n));
    let Some((home, _)) = home else { return };
    // Another value is another question.
    let rebound = module
        .bindings
        .iter()
        .filter(|b| b.at > from && matches!(module.kind(b.target), ExprKind::Name(t) if t == n))
        .map(|b| b.at)
        .min()
        .unwrap_or(u32::MAX);
    out.entry((home, &**n)).or_default().push(Guard {
        from,
        until: until.min(rebound),
        safe,
    });
}

/// What a condition says of names where it holds, or where it does not.
fn said(a: &Analysis<'_>, condition: ExprId, holds: bool) -> Vec<(ExprId, Kinds)> {
    said_within(a, condition, holds, 3)
}

fn said_within(a: &Analysis<'_>, condition: ExprId, holds: bool, depth: usize) -> Vec<(ExprId, Kinds)> {
    let Some(depth) = depth.checked_sub(1) else {
        return Vec::new();
    };
    let module = a.module();
    let mut out = Vec::new();
    let mut work = vec![(condition, holds)];
    let mut steps = 0;
    while let Some((e, holds)) = work.pop() {
        steps += 1;
        if steps > 64 {
            break;
        }
        match module.kind(e) {
            // `allowed = name in NAMES`
            ExprKind::Name(n) => {
                if let Some(Found::Expr(asked)) = a.r.lookup(module.expr(e).scope, n, e)
                    && asked < e
                    && module.expr(asked).scope == module.expr(e).scope
                    && matches!(
                        module.kind(asked),
                        ExprKind::Call(..) | ExprKind::Test(..) | ExprKind::Either(_)
                    )
                {
                    work.push((asked, holds));
                }
            }
            ExprKind::Test(Test::Not, parts) => work.extend(parts.iter().map(|p| (*p, !holds))),
            // `a and b` says both where it holds, `a or b` neither where it does not.
            ExprKind::Either(parts) if module.both.contains(&e) == holds => {
                work.extend(parts.iter().map(|p| (*p, holds)));
            }
            ExprKind::Test(test, parts) => {
                let [left, right] = parts.as_slice() else { continue };
                match (test, holds) {
                    (Test::In, true) | (Test::NotIn, false) => {
                        if let ExprKind::Attr(path, parents) = module.kind(*right)
                            && &**parents == "parents"
                        {
                            below(a, *path, &mut out);
                        } else if is_list(a, *right) {
                            bounded(a, *left, &mut out);
                        }
                    }
                    (Test::Equal, true) | (Test::Unequal, false) => {
                        for (one, other) in [(*left, *right), (*right, *left)] {
                            if let Some(paths) = common_path(a, one) {
                                paths.into_iter().for_each(|p| below(a, p, &mut out));
                            } else if matches!(module.kind(other), ExprKind::Null) {
                                work.push((one, false));
                            } else if a
                                .r
                                .values(other)
                                .iter()
                                .all(|v| matches!(v, Val::Text(..) | Val::Int(_)))
                            {
                                bounded(a, one, &mut out);
                            }
                        }
                    }
                    (Test::Unequal, true) | (Test::Equal, false)
                        if matches!(module.kind(*right), ExprKind::Null) =>
                    {
                        work.push((*left, true));
                    }
                    _ => {}
                }
            }
            ExprKind::Call(callee, args) if holds => {
                // `isAllowed(url)`: a question that is not read is taken for an answer.
                if let ExprKind::Name(n) | ExprKind::Attr(_, n) = module.kind(*callee)
                    && asks_whether_allowed(n)
                    && let Some(asked) = args.first()
                {
                    bounded(a, asked.value, &mut out);
                }
                let ExprKind::Attr(object, method) = module.kind(*callee) else {
                    if matches!(module.kind(*callee), ExprKind::Name(n) if &**n == "all") {
                        each(a, args.first().map(|a| a.value), depth, &mut out);
                    }
                    continue;
                };
                let first = args.first().map(|a| a.value);
                match (&**method, first) {
                    ("hasOwn", _) => {
                        if let Some(key) = args.get(1) {
                            bounded(a, key.value, &mut out);
                        }
                    }
                    (
                        "has" | "includes" | "Contains" | "ContainsKey" | "hasOwnProperty" | "contains",
                        Some(key),
                    ) if is_list(a, *object) => {
                        bounded(a, key, &mut out);
                    }
                    ("fullmatch" | "match" | "search" | "test" | "IsMatch", Some(first)) => {
                        // `re.match(p, text)`, `/p/.test(text)`, `text.match(/p/)`, `Regex.IsMatch(text, p)`
                        let (pattern, text) = match (args.get(1), a.expression(*object)) {
                            (_, Some((pattern, _))) => (Some(pattern), first),
                            (Some(second), _) if &**method == "IsMatch" => (a.r.text(second.value), first),
                            (Some(second), _) => (a.r.text(first), second.value),
                            (None, None) => (a.expression(first).map(|(p, _)| p), *object),
                        };
                        let kinds = held_to(&pattern.unwrap_or_default(), &**method == "fullmatch");
                        bounded_for(a, text, &kinds, &mut out);
                    }
                    ("every" | "All", Some(check)) => {
                        // `words.every((w) => ALLOWED.includes(w))`
                        if let ExprKind::Scope(s) = module.kind(check) {
                            let asked = module.scope(*s).map_or(&[][..], |s| s.returns.as_slice());
                            let said = asked.iter().flat_map(|r| said_within(a, *r, true, depth));
                            let kinds: Vec<Kinds> = said.map(|(_, k)| k).collect();
                            kinds.iter().for_each(|k| bounded_for(a, *object, k, &mut out));
                        }
                    }
                    ("is_relative_to", _) => below(a, *object, &mut out),
                    ("startswith" | "startsWith" | "StartsWith", Some(prefix)) => {
                        if leads_to_host(&a.r.text(prefix).unwrap_or_default()) {
                            out.push((*object, vec!["url"]));
                        } else {
                            below(a, *object, &mut out);
                        }
                    }
                    (m, None) if PLAIN.contains(&m) => bounded(a, *object, &mut out),
                    _ => {}
                }
            }
            _ => {}
        }
    }
    out
}

/// A text that names a host and ends it: what follows cannot change where a request goes.
pub(super) fn leads_to_host(prefix: &str) -> bool {
    prefix
        .split_once("://")
        .is_some_and(|(_, rest)| rest.find(['/', '?', '#']).is_some_and(|at| at > 0))
}

/// `all(w in ALLOWED for w in words)`: what is said of each is said of all.
fn each(a: &Analysis<'_>, asked: Option<ExprId>, depth: usize, out: &mut Vec<(ExprId, Kinds)>) {
    let module = a.module();
    let Some(ExprKind::List(tests)) = asked.map(|e| module.kind(e)) else {
        return;
    };
    for (name, kinds) in tests.iter().flat_map(|t| said_within(a, *t, true, depth)) {
        let ExprKind::Name(n) = module.kind(name) else {
            continue;
        };
        if let Some(Found::Expr(item)) = a.r.lookup(module.expr(name).scope, n, ExprId(u32::MAX))
            && let ExprKind::Index(all, _) = module.kind(item)
        {
            bounded_for(a, *all, &kinds, out);
        }
    }
}

impl Analysis<'_> {
    /// The regular expression that an expression is, and whether only the first place that fits is replaced.
    pub(super) fn expression(&self, e: ExprId) -> Option<(String, bool)> {
        let ExprKind::Call(callee, args) = self.module().kind(self.r.followed(e, 8)?) else {
            return None;
        };
        let path = self.r.path(*callee)?;
        let text = |at: usize| args.get(at).and_then(|a| self.r.text(a.value));
        match path.as_str() {
            "RegExp" => Some((text(0)?, !text(1).is_some_and(|flags| flags.contains('g')))),
            "re.compile" | "Regex" => Some((text(0)?, false)),
            _ => None,
        }
    }
}

/// Whether an expression is a list, set or table that is written down.
fn is_list(a: &Analysis<'_>, e: ExprId) -> bool {
    let module = a.module();
    match a.r.followed(e, 8).map(|f| module.kind(f)) {
        Some(ExprKind::List(_) | ExprKind::Dict(_)) => true,
        Some(ExprKind::Call(callee, _)) => {
            let path = a.r.path(*callee).unwrap_or_default();
            matches!(
                path.rsplit('.').next().unwrap_or(""),
                "set"
                    | "frozenset"
                    | "tuple"
                    | "list"
                    | "dict"
                    | "Set"
                    | "Map"
                    | "HashSet"
                    | "Dictionary"
                    | "List"
                    | "new"
            )
        }
        Some(_) => false,
        // A constant of another module.
        None => match module.kind(e) {
            ExprKind::Name(n) | ExprKind::Attr(_, n) => {
                n.chars().any(char::is_uppercase) && !n.chars().any(char::is_lowercase)
            }
            _ => false,
        },
    }
}

/// A name that is one of a fixed list; of an address whose host is, the address.
fn bounded(a: &Analysis<'_>, e: ExprId, out: &mut Vec<(ExprId, Kinds)>) {
    bounded_for(a, e, EVERY, out);
}

/// The same of a name that is harmless only for some kinds of sinks.
fn bounded_for(a: &Analysis<'_>, e: ExprId, kinds: &[&'static str], out: &mut Vec<(ExprId, Kinds)>) {
    if kinds.is_empty() {
        return;
    }
    let module = a.module();
    let mut at = e;
    let mut host = false;
    for _ in 0..6 {
        match module.kind(at) {
            ExprKind::Name(name) => {
                let safe = if host { vec!["url"] } else { kinds.to_vec() };
                out.push((at, safe.clone()));
                // `parts = urlparse(url)`: what is known of the parts is known of the address.
                if host
                    && let Some(Found::Expr(made)) = a.r.lookup(module.expr(at).scope, name, at)
                    && let ExprKind::Call(_, args) = module.kind(made)
                    && let Some(first) = args.first()
                    && matches!(module.kind(first.value), ExprKind::Name(_))
                {
                    out.push((first.value, safe));
                }
                return;
            }
            ExprKind::Attr(object, part) if HOSTS.contains(&&**part) => {
                host = true;
                at = *object;
            }
            ExprKind::Call(callee, args) => match module.kind(*callee) {
                ExprKind::Attr(object, method) if TRIMS.contains(&&**method) => at = *object,
                ExprKind::Name(f) | ExprKind::Attr(_, f)
                    if &**f == "str" || host && PARSERS.contains(&&**f) =>
                {
                    match args.first() {
                        Some(first) => at = first.value,
                        None => return,
                    }
                }
                _ => return,
            },
            _ => return,
        }
    }
}

/// A path that lies below a directory, where it was made absolute before that was asked.
fn below(a: &Analysis<'_>, e: ExprId, out: &mut Vec<(ExprId, Kinds)>) {
    let module = a.module();
    let mut at = e;
    if let ExprKind::Call(callee, args) = module.kind(at)
        && matches!(module.kind(*callee), ExprKind::Name(f) if &**f == "str")
        && let Some(first) = args.first()
    {
        at = first.value;
    }
    let ExprKind::Name(name) = module.kind(at) else {
        return;
    };
    let Some(Found::Expr(made)) = a.r.lookup(module.expr(at).scope, name, at) else {
        return;
    };
    let mut work = vec![made];
    let mut steps = 0;
    while let Some(e) = work.pop() {
        steps += 1;
        if steps > 32 {
            return;
        }
        if let ExprKind::Call(callee, _) = module.kind(e)
            && let ExprKind::Attr(_, n) | ExprKind::Name(n) = module.kind(*callee)
            && RESOLVES.contains(&&**n)
        {
            out.push((at, vec!["file-path"]));
            return;
        }
        work.extend(module.parts(e));
    }
}

/// The paths that `os.path.commonpath([base, path])` compares.
fn common_path(a: &Analysis<'_>, e: ExprId) -> Option<Vec<ExprId>> {
    let module = a.module();
    let ExprKind::Call(callee, args) = module.kind(e) else {
        return None;
    };
    let named =
        matches!(module.kind(*callee), ExprKind::Attr(_, n) | ExprKind::Name(n) if &**n == "commonpath");
    let first = args.first().filter(|_| named)?;
    Some(match module.kind(first.value) {
        ExprKind::List(items) => items.clone(),
        _ => Vec::new(),
    })
}
