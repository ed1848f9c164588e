//! Rules written as data: one YAML file, a condition in CEL.

pub(crate) mod example;
pub(crate) mod fields;
pub(crate) mod file;
mod recipe;
mod template;

use std::sync::OnceLock;

use aispm_graph::World;
use aispm_types::{Asset, AssetId, Outcome, Properties, Reason, RuleMeta, Severity, Value, Violation};
use cel::common::value::Val;

use crate::condition::{Condition, Element, Gives, Names, Scope, Truth, fact_index};
use crate::{Rule, RuleError};
use fields::{Fields, Text};
use file::RuleFile;
use template::Template;

/// A rule from a file. Conditions are compiled when they are first needed, since parsing them is most of the cost of loading.
#[derive(Debug)]
pub(crate) struct DataRule {
    pub(crate) file: RuleFile,
    compiled: OnceLock<Result<Compiled, Vec<RuleError>>>,
}

#[derive(Debug)]
struct Compiled {
    when: Option<Condition>,
    for_each: Option<Condition>,
    fail_if: Condition,
    discriminator: Option<Condition>,
    why: Template,
    severity_if: Vec<(Condition, Severity, Template)>,
    /// Properties of the asset that `fail_if`, then `when`, name.
    named: Vec<String>,
    /// The rule's own severity.
    severity: Severity,
}

impl DataRule {
    pub(crate) fn new(file: RuleFile) -> Self {
        Self {
            file,
            compiled: OnceLock::new(),
        }
    }

    /// Problems of its conditions; empty where all is well.
    pub(crate) fn problems(&self) -> &[RuleError] {
        self.compiled().err().map_or(&[], Vec::as_slice)
    }

    fn compiled(&self) -> Result<&Compiled, &Vec<RuleError>> {
        self.compiled.get_or_init(|| Compiled::new(&self.file)).as_ref()
    }
}

impl Compiled {
    fn new(file: &RuleFile) -> Result<Self, Vec<RuleError>> {
        let mut fields = Fields::new(&file.path);
        let plain = Names {
            kinds: &file.meta.applies_to,
            element: None,
        };
        let when = file
            .when
            .as_ref()
            .and_then(|t| condition(t, &plain, Gives::Truth, &mut fields));
        let for_each = file
            .for_each
            .as_ref()
            .and_then(|t| condition(t, &plain, Gives::List, &mut fields));
        let element: Option<Element> = for_each.as_ref().map(|c| c.element.clone());
        let names = Names {
            kinds: &file.meta.applies_to,
            element: element.as_ref(),
        };
        let fail_if = condition(&file.fail_if, &names, Gives::Truth, &mut fields);
        let discriminator = file
            .discriminator
            .as_ref()
            .and_then(|t| condition(t, &names, Gives::Anything, &mut fields));
        let why = Template::compile(&file.why, &names, &mut fields);
        let mut severity_if = Vec::new();
        for entry in &file.severity_if {
            let reason = Template::compile(&entry.reason, &names, &mut fields);
            if let Some(c) = condition(&entry.when, &names, Gives::Truth, &mut fields) {
                severity_if.push((c, entry.severity, reason));
            }
        }
        match fail_if {
            Some(fail_if) if fields.errors.is_empty() => Ok(Self {
                named: fail_if
                    .named
                    .iter()
                    .chain(when.iter().flat_map(|w| &w.named))
                    .cloned()
                    .collect(),
                when,
                for_each,
                fail_if,
                discriminator,
                why,
                severity_if,
                severity: file.meta.severity,
            }),
            _ => Err(fields.errors),
        }
    }

    fn assess(&self, asset: &Asset, world: &World<'_>) -> Outcome {
        let scope = Scope::new(asset, world);
        match self.when.as_ref().map(|w| w.truth(&scope)) {
            Some(Truth::False) => return Outcome::NotApplicable,
            Some(Truth::Unknown(why)) => return Outcome::NotAssessed(Reason(why)),
            Some(Truth::True) | None => {}
        }
        let Some(for_each) = &self.for_each else {
            return match self.fail_if.truth(&scope) {
                Truth::True => Outcome::Fail(vec![self.violation(asset, world, &scope, None)]),
                Truth::False => Outcome::Pass,
                Truth::Unknown(why) => Outcome::NotAssessed(Reason(why)),
            };
        };
        let items = match for_each.items(&scope) {
            Ok(items) => items,
            Err(why) => return Outcome::NotAssessed(Reason(why)),
        };
        let mut violations: Vec<Violation> = Vec::new();
        let mut unknown = None;
        for item in &items {
            let inner = scope.with_element(item.as_ref());
            match self.fail_if.truth(&inner) {
                Truth::True => {
                    let violation = self.violation(asset, world, &inner, Some(item.as_ref()));
                    join(&mut violations, violation, self.severity);
                }
                Truth::False => {}
                Truth::Unknown(why) => unknown = unknown.or(Some(why)),
            }
        }
        match (violations.is_empty(), unknown) {
            (false, _) => Outcome::Fail(violations),
            (true, Some(why)) => Outcome::NotAssessed(Reason(why)),
            (true, None) => unread(asset).map_or(Outcome::Pass, Outcome::NotAssessed),
        }
    }

    fn violation(
        &self,
        asset: &Asset,
        world: &World<'_>,
        scope: &Scope<'_, '_>,
        item: Option<&dyn Val>,
    ) -> Violation {
        let fact = item
            .and_then(fact_index)
            .and_then(|i| world.graph.facts(&asset.id).get(i));
        let mut evidence: Properties = self
            .named
            .iter()
            .filter_map(|name| asset.properties.get(name).map(|v| (name.clone(), v.clone())))
            .collect();
        if let Some(fact) = fact {
            evidence.extend(fact.properties.clone());
        }
        let severity = self
            .severity_if
            .iter()
            .find(|(when, ..)| when.truth(scope) == Truth::True)
            .map(|(_, severity, reason)| (*severity, reason.render(scope)));
        Violation {
            discriminator: self
                .discriminator
                .as_ref()
                .map(|d| d.text(scope))
                .unwrap_or_default(),
            sighting: self.sighting(asset, world),
            locations: match fact {
                Some(fact) => fact.location.clone().into_iter().collect(),
                None => self
                    .fail_if
                    .named
                    .iter()
                    .filter_map(|name| asset.places.get(name).cloned())
                    .collect(),
            },
            why: self.why.render(scope),
            evidence,
            severity,
        }
    }

    /// The sighting that knows the first property the condition names: the id of the finding stands on it, so that another
    /// sighting that is merged later never changes the id.
    fn sighting(&self, asset: &Asset, world: &World<'_>) -> Option<AssetId> {
        let origin = |name: &String| world.graph.origin(&asset.id, name).cloned();
        self.named.iter().find_map(origin)
    }
}

/// Why an asset's facts are not all its facts: a part of it was not read. What was seen may fail it; nothing seen is no pass.
fn unread(asset: &Asset) -> Option<Reason> {
    (asset.get("complete").and_then(Value::as_bool) == Some(false)).then(|| {
        let why = asset.text("not_read").unwrap_or("see the gaps");
        Reason(format!("a part of it was not read: {why}"))
    })
}

/// Violations that mean the same are one, with every place.
fn join(violations: &mut Vec<Violation>, violation: Violation, severity: Severity) {
    match violations
        .iter_mut()
        .find(|v| v.discriminator == violation.discriminator)
    {
        Some(first) => {
            // The worst place speaks for all.
            let of = |v: &Violation| v.severity.as_ref().map_or(severity, |(s, _)| *s);
            if of(&violation) > of(first) {
                first.severity = violation.severity;
                first.why = violation.why;
                first.evidence = violation.evidence;
            }
            first.locations.extend(violation.locations);
            first.locations.sort();
            first.locations.dedup();
        }
        None => violations.push(violation),
    }
}

fn condition(text: &Text, names: &Names<'_>, gives: Gives, fields: &mut Fields<'_>) -> Option<Condition> {
    match Condition::compile(text.source.trim(), names, gives) {
        Ok(condition) => Some(condition),
        Err(problems) => {
            problems.into_iter().for_each(|p| fields.error(text.line, p));
            None
        }
    }
}

impl Rule for DataRule {
    fn meta(&self) -> &RuleMeta {
        &self.file.meta
    }

    fn assess(&self, asset: &Asset, world: &World<'_>) -> Outcome {
        if !self.file.meta.applies_to.contains(&asset.kind) {
            return Outcome::NotApplicable;
        }
        match self.compiled() {
            Ok(compiled) => compiled.assess(asset, world),
            Err(problems) => Outcome::NotAssessed(Reason(
                problems
                    .first()
                    .map_or_else(|| "the rule does not compile".to_owned(), ToString::to_string),
            )),
        }
    }
}
