//! Policy documents of AWS: JSON text, `jsonencode` and `aws_iam_policy_document`, in one form.

use aispm_types::{AssetId, Fact, FactKind, Value};

use crate::normal::{Estate, Resource, Term, json};

/// Actions that read objects.
pub(crate) const READ_OBJECT: &[&str] = &["s3:GetObject", "s3:ListBucket"];
/// Actions that change objects, or the rules about them.
pub(crate) const WRITE_OBJECT: &[&str] = &["s3:PutObject", "s3:DeleteObject", "s3:PutBucketPolicy"];

/// Condition keys whose value the caller chooses: they keep nobody out.
const CALLERS_CHOICE: &[&str] = &[
    "s3:x-amz-",
    "aws:securetransport",
    "aws:referer",
    "aws:useragent",
    "s3:prefix",
    "s3:delimiter",
    "s3:max-keys",
    "s3:tlsversion",
];

/// One statement.
#[derive(Clone, Debug, Default)]
pub(crate) struct Statement {
    pub(crate) allow: bool,
    pub(crate) actions: Vec<String>,
    /// `NotAction`: everything but these.
    pub(crate) not_actions: Vec<String>,
    /// Texts, templates with references, or references.
    pub(crate) resources: Vec<Term>,
    pub(crate) not_resources: Vec<Term>,
    /// (type, principal): `AWS`, `Service`, `Federated`.
    pub(crate) principals: Vec<(String, Term)>,
    /// The principal is everyone.
    pub(crate) anyone: bool,
    /// Condition keys.
    pub(crate) conditions: Vec<String>,
    /// Why some of it is not known.
    pub(crate) unknown: Option<String>,
}

/// Reads a document, references to other documents followed. What is no document gives one statement that says why.
pub(crate) fn statements(document: &Term, estate: &Estate) -> Vec<Statement> {
    read(document, estate, 6)
}

fn read(document: &Term, estate: &Estate, depth: usize) -> Vec<Statement> {
    if depth == 0 {
        return Vec::new();
    }
    match document {
        Term::Ref(r) if r.resource_type == "data.aws_iam_policy_document" => estate
            .find(r)
            .flat_map(|d| from_data_source(d, estate, depth))
            .collect(),
        Term::Ref(_) => match estate.resolve(document) {
            Term::Ref(r) => vec![Statement::unknown(format!("`{r}` is known after the apply"))],
            other => read(&other, estate, depth - 1),
        },
        Term::Map(_) => {
            let list = document.at("Statement").unwrap_or(Term::Null);
            list.items().iter().map(|s| from_json(s, estate)).collect()
        }
        Term::Text(_) | Term::Template(_) => match json::read(document) {
            Some(t @ Term::Map(_)) => read(&t, estate, depth - 1),
            _ => document
                .reason()
                .map(|r| vec![Statement::unknown(r.to_owned())])
                .unwrap_or_default(),
        },
        Term::Unknown(reason) | Term::Missing(reason) => vec![Statement::unknown(reason.clone())],
        _ => Vec::new(),
    }
}

fn texts(term: Option<Term>, estate: &Estate) -> Vec<String> {
    term.iter()
        .flat_map(|t| t.items())
        .filter_map(|t| match estate.resolve(t) {
            Term::Text(t) => Some(t),
            _ => None,
        })
        .collect()
}

fn terms(term: Option<Term>) -> Vec<Term> {
    term.map_or(Vec::new(), |t| t.items().to_vec())
}

fn from_json(s: &Term, estate: &Estate) -> Statement {
    let mut out = Statement {
        allow: matches!(s.at("Effect"), Some(Term::Text(e)) if e.eq_ignore_ascii_case("allow")),
        actions: texts(s.at("Action"), estate),
        not_actions: texts(s.at("NotAction"), estate),
        resources: terms(s.at("Resource")),
        not_resources: terms(s.at("NotResource")),
        ..Statement::default()
    };
    match s.at("Principal") {
        Some(Term::Text(t)) if t == "*" => out.anyone = true,
        Some(Term::Map(m)) => {
            for (kind, who) in m {
                out.principals
                    .extend(who.items().iter().map(|w| (kind.clone(), w.clone())));
            }
        }
        _ => {}
    }
    out.anyone |= out
        .principals
        .iter()
        .any(|(kind, who)| kind == "AWS" && who.as_text() == Some("*"));
    if let Some(Term::Map(operators)) = s.at("Condition") {
        for keys in operators.values() {
            if let Term::Map(m) = keys {
                out.conditions.extend(m.keys().cloned());
            }
        }
    }
    out.unknown = s.reason().map(str::to_owned);
    out
}

fn from_data_source(document: &Resource, estate: &Estate, depth: usize) -> Vec<Statement> {
    let mut out = Vec::new();
    for path in [
        "source_policy_documents",
        "override_policy_documents",
        "source_json",
        "override_json",
    ] {
        for source in document.blocks(path) {
            out.extend(read(&source, estate, depth - 1));
        }
    }
    for s in document.blocks("statement") {
        let effect = s.at("effect");
        let mut statement = Statement {
            allow: !matches!(effect, Some(Term::Text(e)) if e.eq_ignore_ascii_case("deny")),
            actions: texts(s.at("actions"), estate),
            not_actions: texts(s.at("not_actions"), estate),
            resources: terms(s.at("resources")),
            not_resources: terms(s.at("not_resources")),
            ..Statement::default()
        };
        for block in terms(s.at("principals")) {
            let kind = block
                .at("type")
                .and_then(|t| t.as_text().map(str::to_owned))
                .unwrap_or_default();
            for who in terms(block.at("identifiers")) {
                statement.anyone |= who.as_text() == Some("*") && (kind == "*" || kind == "AWS");
                statement.principals.push((kind.clone(), who));
            }
        }
        for condition in terms(s.at("condition")) {
            statement.conditions.extend(
                condition
                    .at("variable")
                    .and_then(|t| t.as_text().map(str::to_owned)),
            );
        }
        statement.unknown = s.reason().map(str::to_owned);
        out.push(statement);
    }
    out
}

impl Statement {
    fn unknown(reason: String) -> Self {
        Self {
            unknown: Some(reason),
            ..Self::default()
        }
    }
    /// Whether it speaks about an action. Whole policies that are unknown speak about none.
    pub(crate) fn covers_action(&self, action: &str) -> bool {
        self.actions.iter().any(|a| matches(a, action))
            || (!self.not_actions.is_empty() && !self.not_actions.iter().any(|a| matches(a, action)))
    }
    /// Condition keys that keep somebody out.
    pub(crate) fn restrictions(&self) -> Vec<String> {
        let mut keys: Vec<String> = self
            .conditions
            .iter()
            .filter(|k| {
                let k = k.to_ascii_lowercase();
                !CALLERS_CHOICE.iter().any(|c| k.starts_with(c))
            })
            .cloned()
            .collect();
        keys.sort();
        keys.dedup();
        keys
    }
    /// Any action, or a whole service, on any resource.
    pub(crate) fn wildcard(&self) -> bool {
        let everything = self.resources.iter().any(|r| r.as_text() == Some("*"));
        everything && self.actions.iter().any(|a| a == "*" || a.ends_with(":*"))
    }
    /// As a fact on an asset.
    pub(crate) fn fact(&self, asset: &AssetId, at: &Resource) -> Fact {
        let names = |list: &[Term]| -> Value {
            Value::List(
                list.iter()
                    .map(|t| match t {
                        Term::Ref(r) => Value::Str(r.to_string()),
                        Term::Template(parts) => Value::Str(shown(parts)),
                        t => match t.to_value() {
                            v @ (Value::Str(_) | Value::Unknown(_)) => v,
                            _ => Value::unknown("no text"),
                        },
                    })
                    .collect(),
            )
        };
        let mut actions = self.actions.clone();
        actions.extend(self.not_actions.iter().map(|a| format!("NotAction {a}")));
        let mut principals: Vec<Term> = self.principals.iter().map(|(_, p)| p.clone()).collect();
        if self.anyone && principals.is_empty() {
            principals.push(Term::from("*"));
        }
        let mut fact = Fact::new(FactKind::PolicyStatement, asset)
            .with("effect", if self.allow { "allow" } else { "deny" })
            .with("actions", actions)
            .with("resources", names(&self.resources))
            .with("wildcard", self.wildcard())
            .at(at.location.clone());
        if !principals.is_empty() {
            fact = fact.with("principals", names(&principals));
        }
        if !self.conditions.is_empty() {
            fact = fact.with("conditions", self.conditions.clone());
        }
        if let Some(reason) = &self.unknown
            && self.actions.is_empty()
            && self.not_actions.is_empty()
        {
            fact = fact
                .with("effect", Value::unknown(reason.as_str()))
                .with("actions", Value::unknown(reason.as_str()));
        }
        fact
    }
}

/// A template as text, references by address.
fn shown(parts: &[Term]) -> String {
    parts
        .iter()
        .map(|p| match p {
            Term::Text(t) => t.clone(),
            Term::Ref(r) => format!("${{{r}}}"),
            _ => String::from("${…}"),
        })
        .collect()
}

/// Whether an IAM pattern (`*`, `?`, letter case aside) fits a text. Only the last star is ever retried.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    let p: Vec<u8> = pattern.bytes().map(|b| b.to_ascii_lowercase()).collect();
    let t: Vec<u8> = text.bytes().map(|b| b.to_ascii_lowercase()).collect();
    let (mut i, mut j, mut star, mut mark) = (0, 0, None, 0);
    while j < t.len() {
        match p.get(i) {
            Some(b'*') => {
                star = Some(i);
                mark = j;
                i += 1;
            }
            Some(c) if *c == b'?' || Some(c) == t.get(j) => {
                i += 1;
                j += 1;
            }
            _ => match star {
                Some(s) => {
                    i = s + 1;
                    mark += 1;
                    j = mark;
                }
                None => return false,
            },
        }
    }
    p.iter().skip(i).all(|c| *c == b'*')
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn patterns() {
        for (p, t, fits) in [
            ("*", "s3:GetObject", true),
            ("s3:*", "s3:GetObject", true),
            ("s3:Get*", "s3:PutObject", false),
            ("s3:get?bject", "s3:GetObject", true),
            ("arn:aws:s3:::a*/*", "arn:aws:s3:::abc/x", true),
            ("", "x", false),
        ] {
            assert_eq!(matches(p, t), fits, "{p} {t}");
        }
    }
}
