//! Modules: what each directory declares, and the instances of resources and modules that `count` and `for_each` make.

use std::collections::{BTreeMap, BTreeSet};

use super::evaluate::{Evaluator, Frame};
use super::syntax::{Block, Body, Expr};
use crate::normal::Term;

/// Instances of one resource or module that are told apart; more become a gap.
pub(crate) const MAX_INSTANCES: usize = 200;

/// One directory's declarations, by name.
#[derive(Debug, Default)]
pub(crate) struct Module<'a> {
    pub(crate) variables: BTreeMap<&'a str, &'a Block>,
    pub(crate) locals: BTreeMap<&'a str, &'a Expr>,
    pub(crate) outputs: BTreeMap<&'a str, &'a Expr>,
    pub(crate) calls: BTreeMap<&'a str, &'a Block>,
    /// (type, name) → block and file; data sources under `data.TYPE`.
    pub(crate) resources: BTreeMap<(String, &'a str), (&'a Block, &'a str)>,
    /// Values of `terraform.tfvars` and `*.auto.tfvars`, later ones winning as Terraform orders them.
    pub(crate) values: BTreeMap<&'a str, &'a Expr>,
}

impl<'a> Module<'a> {
    /// Adds a `.tf` file.
    pub(crate) fn add(&mut self, path: &'a str, body: &'a Body) {
        for block in &body.blocks {
            match block.kind.as_str() {
                "variable" => drop(self.variables.insert(block.label(0), block)),
                "locals" => self
                    .locals
                    .extend(block.body.attributes.iter().map(|a| (a.name.as_str(), &a.value))),
                "output" => self
                    .outputs
                    .extend(block.body.get("value").map(|v| (block.label(0), v))),
                "module" => drop(self.calls.insert(block.label(0), block)),
                "resource" => {
                    let key = (block.label(0).to_owned(), block.label(1));
                    self.resources.insert(key, (block, path));
                }
                "data" => {
                    let key = (format!("data.{}", block.label(0)), block.label(1));
                    self.resources.insert(key, (block, path));
                }
                _ => {}
            }
        }
    }
    /// Directory of a call's source below this module's, where it is local.
    pub(crate) fn local_source(directory: &str, call: &Block) -> Option<String> {
        match call.body.get("source") {
            Some(Expr::Literal(Term::Text(s))) if s.starts_with("./") || s.starts_with("../") => {
                join(directory, s)
            }
            _ => None,
        }
    }
}

/// `directory` and a relative path, normalised; none where it leaves the target.
pub(crate) fn join(directory: &str, relative: &str) -> Option<String> {
    let mut parts: Vec<&str> = directory
        .split('/')
        .filter(|p| !p.is_empty() && *p != ".")
        .collect();
    for part in relative.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            p => parts.push(p),
        }
    }
    Some(if parts.is_empty() {
        String::from(".")
    } else {
        parts.join("/")
    })
}

/// Directories that nothing calls: the roots. Calls that only go round in circles have their least member as a root.
pub(crate) fn roots(modules: &BTreeMap<String, Module<'_>>) -> Vec<String> {
    let called = |from: &str| -> Vec<String> {
        modules.get(from).map_or(Vec::new(), |m| {
            m.calls
                .values()
                .filter_map(|c| Module::local_source(from, c))
                .collect()
        })
    };
    let all_called: BTreeSet<String> = modules
        .keys()
        .flat_map(|d| called(d).into_iter().filter(move |c| c != d))
        .collect();
    let mut roots: Vec<String> = modules
        .keys()
        .filter(|d| !all_called.contains(*d))
        .cloned()
        .collect();
    let mut reached = BTreeSet::new();
    let mut open = roots.clone();
    let mut rest = modules.keys();
    loop {
        while let Some(d) = open.pop() {
            if reached.insert(d.clone()) {
                open.extend(called(&d));
            }
        }
        let Some(next) = rest.find(|d| !reached.contains(*d)) else {
            return roots;
        };
        roots.push(next.clone());
        open.push(next.clone());
    }
}

/// One instance that `count` or `for_each` makes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Instance {
    /// Key as written in an address.
    pub(crate) key: Option<String>,
    pub(crate) each: Option<(Term, Term)>,
    pub(crate) count: Option<i64>,
    /// Why it is not known whether it exists.
    pub(crate) condition: Option<String>,
}

impl Evaluator<'_> {
    /// Instances of a resource or module block. What is not known makes one instance that may exist.
    pub(crate) fn instances(&mut self, frame: &mut Frame, body: &Body) -> Vec<Instance> {
        if let Some(count) = body.get("count") {
            let count = self.known(frame, count);
            return self.counted(&count);
        }
        if let Some(each) = body.get("for_each") {
            let each = self.known(frame, each);
            return self.each(&each);
        }
        vec![Instance::default()]
    }

    fn counted(&mut self, count: &Term) -> Vec<Instance> {
        let n = match count {
            Term::Int(n) => *n,
            Term::Float(f) => *f as i64,
            Term::Bool(b) => i64::from(*b),
            Term::Text(t) => t.parse().unwrap_or(1),
            other => return vec![may_exist("count", other)],
        };
        let most = i64::try_from(MAX_INSTANCES).unwrap_or(i64::MAX);
        if n > most {
            self.note("more than 200 instances of one block (instance budget)");
        }
        (0..n.min(most))
            .map(|i| Instance {
                key: Some(format!("[{i}]")),
                count: Some(i),
                ..Instance::default()
            })
            .collect()
    }

    fn each(&mut self, each: &Term) -> Vec<Instance> {
        let pairs: Vec<(Term, Term)> = match each {
            Term::Map(m) => m
                .iter()
                .map(|(k, v)| (Term::Text(k.clone()), v.clone()))
                .collect(),
            Term::List(l) => l.iter().map(|v| (v.clone(), v.clone())).collect(),
            Term::Null => return Vec::new(),
            other => return vec![may_exist("for_each", other)],
        };
        if pairs.len() > MAX_INSTANCES {
            self.note("more than 200 instances of one block (instance budget)");
        }
        pairs
            .into_iter()
            .take(MAX_INSTANCES)
            .map(|(k, v)| Instance {
                key: k.as_text().map(|t| format!("[\"{t}\"]")),
                each: Some((k, v)),
                ..Instance::default()
            })
            .collect()
    }
}

fn may_exist(what: &str, term: &Term) -> Instance {
    let reason = term.to_value();
    let reason = match &reason {
        aispm_types::Value::Unknown(r) => r.as_str(),
        _ => "it has an unexpected type",
    };
    Instance {
        each: Some((Term::unknown(reason), Term::unknown(reason))),
        condition: Some(format!("`{what}` is not known: {reason}")),
        ..Instance::default()
    }
}
