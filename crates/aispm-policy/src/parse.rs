//! From the checked file to the policy.

use std::collections::BTreeMap;
use std::ops::Range;

use aispm_types::{Access, Approved, Exception, Jewel, Owner, Policy, Sensitivity, Severity, SystemOverride};
use toml_edit::{Document, Item, TableLike, Value};

use crate::document::{Checker, Fields, suggestion};
use crate::error::PolicyError;
use crate::keys::{ELSEWHERE, Form, SECTIONS, Section};

/// Names that the policy may refer to.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// Ids of all rules, the user's own included.
    pub rules: &'a [String],
    /// Names of the entry points that attack paths begin at.
    pub entry_points: &'a [String],
}

/// Worth of a crown jewel that does not say.
const VALUE: i64 = 8;

/// Reads a policy. `file_name` is shown in errors and becomes the path of declarations' locations.
///
/// # Errors
/// Every error of the file, in line order; where TOML itself cannot be read, that one alone.
pub fn parse(text: &str, file_name: &str, known: &Known<'_>) -> Result<Policy, Vec<PolicyError>> {
    let document = Document::parse(text).map_err(|e| {
        let message = e.message().lines().next().unwrap_or("cannot be read").to_owned();
        vec![PolicyError::new(
            file_name,
            text,
            e.span(),
            format!("not valid TOML: {message}"),
            None,
        )]
    })?;
    let mut c = Checker {
        text,
        path: file_name,
        known,
        errors: Vec::new(),
    };
    let root = document.as_table();
    let mut policy = Policy::default();
    for (name, item) in root.iter() {
        let key = root.key(name).and_then(toml_edit::Key::span);
        section(&mut c, &mut policy, name, item, key);
    }
    if c.errors.is_empty() {
        return Ok(policy);
    }
    c.errors.sort_by_key(|e| (e.line, e.column));
    Err(c.errors)
}

fn section(c: &mut Checker<'_>, policy: &mut Policy, name: &str, item: &Item, key: Option<Range<usize>>) {
    if ELSEWHERE.contains(&name) {
        return;
    }
    let top = SECTIONS.iter().find(|s| s.form == Form::Top);
    if let Some(top) = top.filter(|t| t.keys.iter().any(|k| k.name == name)) {
        let mut one = toml_edit::Table::new();
        one.insert(name, item.clone());
        if let Some(fields) = c.table(&one, item.span().or(key), "aispm.toml", top.keys) {
            policy.entry_points = fields.texts("entry_points").unwrap_or_default();
        }
        return;
    }
    let Some(section) = SECTIONS.iter().find(|s| s.name == name) else {
        let names: Vec<&str> = SECTIONS
            .iter()
            .flat_map(|s| {
                s.keys
                    .iter()
                    .filter(|_| s.form == Form::Top)
                    .map(|k| k.name)
                    .chain([s.name])
            })
            .filter(|n| !n.is_empty())
            .collect();
        c.error(key, format!("unknown section `{name}`"), suggestion(name, &names));
        return;
    };
    match section.form {
        Form::Rules => rules(c, policy, item, key),
        Form::Table => match item.as_table_like() {
            Some(table) => {
                if let Some(f) = c.table(table, item.span().or(key), section.name, section.keys) {
                    policy.approved = approved(&f);
                }
            }
            None => c.error(
                key,
                format!("`{name}` should be a table"),
                Some(format!("write `[{name}]`")),
            ),
        },
        Form::Tables | Form::Top => match tables(item) {
            Some(tables) => {
                let all: Vec<Fields> = tables
                    .into_iter()
                    .filter_map(|(t, span)| {
                        c.table(t, span.or_else(|| key.clone()), section.name, section.keys)
                    })
                    .collect();
                unique(c, section, &all);
                entries(c, policy, section, &all);
            }
            None => c.error(
                key,
                format!("`{name}` should be a list of tables"),
                Some(format!("write `[[{name}]]` before each")),
            ),
        },
    }
}

type Tables<'i> = Vec<(&'i dyn TableLike, Option<Range<usize>>)>;

/// The tables of `[[name]]`, or of `name = [{…}]`.
fn tables(item: &Item) -> Option<Tables<'_>> {
    if let Some(tables) = item.as_array_of_tables() {
        return Some(tables.iter().map(|t| (t as &dyn TableLike, t.span())).collect());
    }
    item.as_array()?
        .iter()
        .map(|v| match v {
            Value::InlineTable(t) => Some((t as &dyn TableLike, v.span())),
            _ => None,
        })
        .collect()
}

/// The key that names an entry of a section: two entries with the same name contradict each other.
fn unique(c: &mut Checker<'_>, section: &Section, all: &[Fields]) {
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    for f in all {
        let (key, name) = match section.name {
            "system" => ("name", f.text("name")),
            "crown_jewel" | "data" | "owner" => ("pattern", f.text("pattern")),
            "access" => (
                "assets",
                f.text("assets")
                    .zip(f.text("action"))
                    .map(|(a, b)| format!("{a}` for `{b}")),
            ),
            "exception" if f.text("finding").is_some() => ("finding", f.text("finding")),
            "exception" => (
                "rule",
                f.text("rule")
                    .zip(f.text("asset"))
                    .map(|(a, b)| format!("{a}` on `{b}")),
            ),
            _ => ("", None),
        };
        let Some(name) = name else { continue };
        let line = c.line(f.span(key).as_ref());
        if let Some(first) = seen.get(&name) {
            c.error(
                f.span(key),
                format!("`{name}` stands twice in `{}`", section.name),
                Some(format!("the first is on line {first}; join them")),
            );
        } else {
            seen.insert(name, line);
        }
    }
}

fn entries(c: &mut Checker<'_>, policy: &mut Policy, section: &Section, all: &[Fields]) {
    for f in all {
        let text = |key: &str| f.text(key).unwrap_or_default();
        let at = f.at.clone();
        match section.name {
            "crown_jewel" => policy.crown_jewels.push(Jewel {
                pattern: text("pattern"),
                value: u8::try_from(f.number("value").unwrap_or(VALUE)).unwrap_or(u8::MAX),
                at,
            }),
            "data" => policy.data.push(Sensitivity {
                pattern: text("pattern"),
                class: text("class"),
                at,
            }),
            "access" => policy.access.push(Access {
                pattern: text("assets"),
                action: text("action"),
                allow: f.texts("allow").unwrap_or_default(),
                at,
            }),
            "owner" => policy.owners.push(Owner {
                pattern: text("pattern"),
                owner: text("owner"),
                at,
            }),
            "system" => policy.systems.push(SystemOverride {
                name: text("name"),
                include: f.texts("include").unwrap_or_default(),
                owner: f.text("owner"),
                lifecycle: f.text("lifecycle"),
                purpose: f.text("purpose"),
                risk_class: f.text("risk_class"),
                at,
            }),
            "exception" => policy.exceptions.extend(exception(c, f)),
            _ => {}
        }
    }
}

fn exception(c: &mut Checker<'_>, f: &Fields) -> Option<Exception> {
    let (finding, rule, asset) = (f.text("finding"), f.text("rule"), f.text("asset"));
    let help = Some("name one finding by `finding`, or `rule` and `asset` together".to_owned());
    match (&finding, &rule, &asset) {
        (Some(_), None, None) | (None, Some(_), Some(_)) => {}
        (Some(_), ..) => c.error(
            f.span("finding"),
            "`finding` stands beside `rule` or `asset`",
            help,
        ),
        (None, Some(_), None) => c.error(f.span("rule"), "`rule` needs `asset`", help),
        (None, None, Some(_)) => c.error(f.span("asset"), "`asset` needs `rule`", help),
        (None, None, None) => c.error(f.span.clone(), "the exception names no finding", help),
    }
    Some(Exception {
        finding,
        rule,
        asset,
        reason: f.text("reason")?,
        by: f.text("by")?,
        until: f.date("until")?,
        at: f.at.clone(),
    })
}

fn approved(f: &Fields) -> Approved {
    Approved {
        models: f.texts("models"),
        providers: f.texts("providers"),
        regions: f.texts("regions"),
        signers: f.texts("signers"),
        mcp_servers: f.texts("mcp_servers"),
        at: f.at.clone(),
    }
}

fn rules(c: &mut Checker<'_>, policy: &mut Policy, item: &Item, key: Option<Range<usize>>) {
    let Some(table) = item.as_table_like() else {
        c.error(key, "`rules` should be a table", Some("write `[rules]`".into()));
        return;
    };
    for (id, item) in table.iter() {
        let key = table.key(id).and_then(toml_edit::Key::span);
        c.rule(id, key.clone());
        let span = item.span().or(key);
        let Some(word) = item.as_str() else {
            c.error(
                span,
                format!("`{id}` should be `off` or a severity"),
                Some(format!("write `{id} = \"low\"`")),
            );
            continue;
        };
        let words = ["off", "critical", "high", "medium", "low", "info"];
        c.one_of(id, word, span, &words);
        match word.parse::<Severity>() {
            Ok(severity) => policy.rules.insert(id.to_owned(), Some(severity)),
            Err(_) => policy.rules.insert(id.to_owned(), None),
        };
    }
}
