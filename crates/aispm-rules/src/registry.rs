//! All rules, ours and the user's.

use std::collections::BTreeMap;
use std::sync::Arc;

use aispm_graph::World;
use aispm_types::{Asset, AssetKind, Outcome, Recipe, RuleMeta};

use crate::data::DataRule;
use crate::data::file::{FAMILIES, RuleFile};
use crate::suggest::did_you_mean;
use crate::{ExampleOutcome, RuleError, data, framework, rules};

/// One defect to look for. Same world in, same outcome out.
pub trait Rule: Send + Sync {
    /// What is known of it apart from its condition.
    fn meta(&self) -> &RuleMeta;
    /// Judges one asset. [`Outcome::NotApplicable`] for assets it does not concern.
    fn assess(&self, asset: &Asset, world: &World<'_>) -> Outcome;
}

/// Rules by id. Loading reads every file; conditions of the built-in rules are compiled when first needed, those of the user's at
/// once, so that a mistake is told before the scan.
pub struct Registry {
    rules: BTreeMap<String, Arc<dyn Rule>>,
    data: Vec<Arc<DataRule>>,
    by_kind: BTreeMap<AssetKind, Vec<Arc<dyn Rule>>>,
}

impl std::fmt::Debug for Registry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.rules.keys()).finish()
    }
}

impl Registry {
    /// The built-in rules and those of `extra`: `(path, text)` of the YAML files of the directory a user named.
    ///
    /// # Errors
    /// Every problem of every file, with its place.
    pub fn load(extra: Option<Vec<(String, String)>>) -> Result<Self, Vec<RuleError>> {
        let mut registry = Self {
            rules: BTreeMap::new(),
            data: Vec::new(),
            by_kind: BTreeMap::new(),
        };
        let mut errors = Vec::new();
        for rule in rules::all() {
            registry.add(Arc::from(rule));
        }
        for (path, text) in aispm_content::rules() {
            registry.add_file(&format!("rules/{path}"), text, &mut errors);
        }
        let ours = registry.data.len();
        for (path, text) in extra.iter().flatten() {
            registry.add_file(path, text, &mut errors);
        }
        let theirs = registry.data.get(ours..).unwrap_or_default();
        errors.extend(theirs.iter().flat_map(|r| r.problems().iter().cloned()));
        if !theirs.is_empty() {
            errors.extend(unresolved_controls(theirs));
        }
        if !errors.is_empty() {
            errors.sort();
            return Err(errors);
        }
        for rule in registry.rules.values() {
            for kind in &rule.meta().applies_to {
                registry.by_kind.entry(*kind).or_default().push(Arc::clone(rule));
            }
        }
        Ok(registry)
    }

    fn add_file(&mut self, path: &str, text: &str, errors: &mut Vec<RuleError>) {
        match RuleFile::read(path, text) {
            Ok(file) if self.rules.contains_key(&file.meta.id) => errors.push(RuleError {
                path: path.to_owned(),
                line: 1,
                problem: format!("rule `{}` exists already", file.meta.id),
            }),
            Ok(file) => {
                let rule = Arc::new(DataRule::new(file));
                self.data.push(Arc::clone(&rule));
                self.add(rule);
            }
            Err(mut problems) => errors.append(&mut problems),
        }
    }

    fn add(&mut self, rule: Arc<dyn Rule>) {
        self.rules.insert(rule.meta().id.clone(), rule);
    }

    /// Every rule, by id.
    pub fn rules(&self) -> impl Iterator<Item = &dyn Rule> {
        self.rules.values().map(AsRef::as_ref)
    }

    /// What is known of every rule, by id.
    pub fn metas(&self) -> impl Iterator<Item = &RuleMeta> {
        self.rules().map(|r| r.meta())
    }

    /// A rule by id.
    pub fn rule(&self, id: &str) -> Option<&dyn Rule> {
        self.rules.get(id).map(AsRef::as_ref)
    }

    /// Rules that look at a kind of asset, by id.
    pub fn for_kind(&self, kind: AssetKind) -> impl Iterator<Item = &dyn Rule> {
        self.by_kind.get(&kind).into_iter().flatten().map(AsRef::as_ref)
    }

    /// The family of a data rule: the directory its file stands in.
    pub fn family(&self, id: &str) -> Option<&str> {
        let rule = self.data.iter().find(|r| r.file.meta.id == id)?;
        rule.file.path.rsplit('/').nth(1).filter(|f| FAMILIES.contains(f))
    }

    /// The edits that resolve what a rule finds; none for a rule without a `fix`.
    pub fn recipes(&self, id: &str) -> &[Recipe] {
        let rule = self.data.iter().find(|r| r.file.meta.id == id);
        rule.map_or(&[], |r| &r.file.fixes)
    }

    /// Why no edit resolves what a rule finds, where its author says so.
    pub fn by_hand(&self, id: &str) -> Option<&str> {
        self.data
            .iter()
            .find(|r| r.file.meta.id == id)?
            .file
            .by_hand
            .as_deref()
    }

    /// Compiles every condition and resolves every control: all that [`Registry::load`] leaves for later. Empty where all is
    /// well.
    pub fn problems(&self) -> Vec<RuleError> {
        let mut out: Vec<RuleError> = self
            .data
            .iter()
            .flat_map(|r| r.problems().iter().cloned())
            .collect();
        out.extend(unresolved_controls(&self.data));
        out
    }
}

/// Runs the examples of every rule written as data.
pub fn test_examples(registry: &Registry) -> ExampleOutcome {
    let mut failures: Vec<_> = registry.data.iter().flat_map(|r| data::example::run(r)).collect();
    failures.sort();
    ExampleOutcome {
        run: registry.data.iter().map(|r| r.file.examples.len()).sum(),
        failures,
    }
}

fn unresolved_controls(rules: &[Arc<DataRule>]) -> Vec<RuleError> {
    let frameworks = match framework::frameworks() {
        Ok(frameworks) => frameworks,
        Err(errors) => return errors,
    };
    let all: Vec<String> = frameworks
        .iter()
        .flat_map(|f| {
            f.controls
                .iter()
                .map(move |c| format!("{}@{}:{}", f.key, f.version, c.id))
        })
        .collect();
    let mut out = Vec::new();
    for rule in rules {
        for control in &rule.file.meta.controls {
            if !frameworks.iter().any(|f| f.resolves(control)) {
                let hint = did_you_mean(&control.to_string(), all.iter().map(String::as_str));
                out.push(RuleError {
                    path: rule.file.path.clone(),
                    line: 1,
                    problem: format!("`{control}` is no control of a framework we know{hint}"),
                });
            }
        }
    }
    out
}
