//! Examples of a rule: small worlds on which it must fail, pass or stay unknown.

use aispm_formats::doc::{Node, NodeValue};
use aispm_graph::{GraphView, World, resolve};
use aispm_types::schema::{self, Property};
use aispm_types::{
    Approved, Asset, AssetId, AssetKind, Batch, Fact, FactKind, Location, Outcome, Policy, Properties,
    Relation, RelationKind, Value,
};

use super::DataRule;
use super::fields::Fields;
use super::file::{Example, Expected};
use crate::suggest::did_you_mean;
use crate::{Rule, RuleError};

/// An example that did not end as the rule's author says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("{path}:{line}: rule {rule}: this example should {}, but {got}", .expected.as_str())]
pub struct ExampleFailure {
    /// The rule.
    pub rule: String,
    /// Its file.
    pub path: String,
    /// Line of the example.
    pub line: u32,
    /// How it should end.
    pub expected: Expected,
    /// How it ended, in words.
    pub got: String,
}

/// What running the examples of all rules gave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExampleOutcome {
    /// How many examples were run.
    pub run: usize,
    /// Those that did not end as they should, sorted.
    pub failures: Vec<ExampleFailure>,
}

/// Where everything in an example stands.
const PLACE: &str = "example";

/// Runs every example of a rule.
pub(crate) fn run(rule: &DataRule) -> Vec<ExampleFailure> {
    let one = |example: &Example| {
        let got = match Scene::read(rule, example) {
            Ok(world) => ended(rule, &world, example.expected)?,
            Err(errors) => errors
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join("; "),
        };
        Some(ExampleFailure {
            rule: rule.meta().id.clone(),
            path: rule.file.path.clone(),
            line: example.world.line,
            expected: example.expected,
            got,
        })
    };
    rule.file.examples.iter().filter_map(one).collect()
}

/// How it ended, where that is not as expected.
fn ended(rule: &DataRule, example: &Scene, expected: Expected) -> Option<String> {
    let world = World {
        graph: &example.graph,
        policy: &example.policy,
        baseline: None,
        as_of: jiff::civil::Date::constant(2026, 1, 1),
    };
    let Some(asset) = example.graph.asset(&example.subject) else {
        return Some("its asset is not in its graph".to_owned());
    };
    match (rule.assess(asset, &world), expected) {
        (Outcome::Fail(_), Expected::Fail)
        | (Outcome::Pass | Outcome::NotApplicable, Expected::Pass)
        | (Outcome::NotAssessed(_), Expected::Unknown) => None,
        (Outcome::Fail(v), _) => Some(format!(
            "it fails: {}",
            v.into_iter().map(|v| v.why).collect::<Vec<_>>().join("; ")
        )),
        (Outcome::Pass, _) => Some("it passes".to_owned()),
        (Outcome::NotApplicable, _) => Some("the rule does not apply to it".to_owned()),
        (Outcome::NotAssessed(why), _) => Some(format!("it is not assessed: {}", why.0)),
    }
}

/// Keys of an example.
const KEYS: &[&str] = &["asset", "facts", "outgoing", "incoming", "policy"];
/// An asset of which nothing is known.
const NOTHING: Node = Node {
    value: NodeValue::Null,
    line: 1,
    column: 1,
};

/// The world of one example.
struct Scene {
    graph: GraphView,
    policy: Policy,
    subject: AssetId,
}

impl Scene {
    fn read(rule: &DataRule, example: &Example) -> Result<Self, Vec<RuleError>> {
        let mut reader = Reader {
            fields: Fields::new(&rule.file.path),
            batch: Batch::default(),
        };
        let node = &example.world;
        let default = rule.meta().applies_to.first().copied();
        // An example that is nothing but an asset is written without `asset:`.
        let whole = node.entries().is_empty()
            || node
                .entries()
                .iter()
                .any(|(k, _)| KEYS.contains(&k.text.as_str()));
        let subject = if whole {
            reader.fields.closed(node, KEYS);
            reader.asset(node.get("asset").unwrap_or(&NOTHING), default, "subject")
        } else {
            reader.asset(node, default, "subject")
        };
        if let (Some(id), Some(facts)) = (&subject, node.get("facts")) {
            reader.facts(facts, id);
        }
        for (key, outgoing) in [("outgoing", true), ("incoming", false)] {
            if let (Some(id), Some(map)) = (&subject, node.get(key)) {
                reader.related(map, id, outgoing);
            }
        }
        let policy = reader.policy(node.get("policy"));
        match subject {
            Some(subject) if reader.fields.errors.is_empty() => Ok(Self {
                graph: resolve(reader.batch),
                policy,
                subject,
            }),
            _ => Err(reader.fields.errors),
        }
    }
}

struct Reader<'a> {
    fields: Fields<'a>,
    batch: Batch,
}

impl Reader<'_> {
    /// An asset: `kind`, `name`, `provider`, `facts` and the properties of its kind; `subkind` for the property called `kind`.
    fn asset(&mut self, node: &Node, default: Option<AssetKind>, place: &str) -> Option<AssetId> {
        let known: Vec<&str> = AssetKind::ALL.iter().map(|k| k.as_str()).collect();
        let kind = match self.fields.optional(node, "kind") {
            Some(word) => self.fields.parsed(&word, &known)?,
            None => default?,
        };
        let name = self
            .fields
            .optional(node, "name")
            .map_or_else(|| PLACE.to_owned(), |t| t.source);
        let mut asset =
            Asset::new(kind, format_args!("{PLACE}/{place}"), name).at(Location::file(PLACE, PLACE));
        asset.provider = self.fields.optional(node, "provider").map(|t| t.source);
        let schema: Vec<Property> = schema::of_kind(kind)
            .iter()
            .chain(schema::COMMON)
            .copied()
            .collect();
        for (key, value) in node.entries() {
            match key.text.as_str() {
                "kind" | "name" | "provider" | "facts" => {}
                field => {
                    let name = if field == "subkind" { "kind" } else { field };
                    self.property(&mut asset.properties, &schema, name, value, key.line);
                }
            }
        }
        let id = self.batch.asset(asset);
        if let Some(facts) = node.get("facts") {
            self.facts(facts, &id);
        }
        Some(id)
    }

    fn property(&mut self, into: &mut Properties, schema: &[Property], name: &str, value: &Node, line: u32) {
        let Some(property) = schema.iter().find(|p| p.name == name) else {
            let hint = did_you_mean(name, schema.iter().map(|p| p.name));
            self.fields
                .error(line, format!("`{name}` is no property here{hint}"));
            return;
        };
        let value = known_or_unknown(value.to_value());
        if !property.ty.admits(&value) {
            self.fields
                .error(line, format!("`{name}` must be a {}", property.ty.as_str()));
        }
        into.insert(name.to_owned(), value);
    }

    fn facts(&mut self, map: &Node, on: &AssetId) {
        for (key, list) in map.entries() {
            let Some(kind) = FactKind::ALL.iter().copied().find(|k| k.as_str() == key.text) else {
                let hint = did_you_mean(&key.text, FactKind::ALL.iter().map(|k| k.as_str()));
                self.fields
                    .error(key.line, format!("`{}` is no kind of fact{hint}", key.text));
                continue;
            };
            for item in list.items() {
                let mut fact = Fact::new(kind, on).at(Location::file(PLACE, PLACE));
                for (key, value) in item.entries() {
                    self.property(
                        &mut fact.properties,
                        schema::of_fact(kind),
                        &key.text,
                        value,
                        key.line,
                    );
                }
                self.batch.fact(fact);
            }
        }
    }

    fn related(&mut self, map: &Node, subject: &AssetId, outgoing: bool) {
        for (key, list) in map.entries() {
            let Ok(kind) = key.text.parse::<RelationKind>() else {
                let hint = did_you_mean(&key.text, RelationKind::ALL.iter().map(|k| k.as_str()));
                self.fields
                    .error(key.line, format!("`{}` is no relation{hint}", key.text));
                continue;
            };
            for (i, item) in list.items().iter().enumerate() {
                let place = format!("{}/{kind}/{i}", if outgoing { "outgoing" } else { "incoming" });
                let Some(other) = self.asset(item, None, &place) else {
                    self.fields.error(item.line, "a related asset needs its `kind`");
                    continue;
                };
                self.batch.relation(if outgoing {
                    Relation::new(subject, kind, &other)
                } else {
                    Relation::new(&other, kind, subject)
                });
            }
        }
    }

    fn policy(&mut self, node: Option<&Node>) -> Policy {
        let Some(node) = node else {
            return Policy::default();
        };
        self.fields.closed(node, &["approved"]);
        let mut approved = Approved::default();
        if let Some(lists) = node.get("approved") {
            self.fields.closed(
                lists,
                &["mcp_servers", "models", "providers", "regions", "signers"],
            );
            let mut list = |key| {
                lists.get(key)?;
                Some(
                    self.fields
                        .texts(lists, key)
                        .into_iter()
                        .map(|t| t.source)
                        .collect(),
                )
            };
            approved.models = list("models");
            approved.providers = list("providers");
            approved.regions = list("regions");
            approved.signers = list("signers");
            approved.mcp_servers = list("mcp_servers");
        }
        Policy {
            approved,
            ..Policy::default()
        }
    }
}

/// `{unknown: reason}` is an unknown value, as in reports.
fn known_or_unknown(value: Value) -> Value {
    match value {
        Value::Map(m) => match (m.len(), m.get("unknown")) {
            (1, Some(Value::Str(reason))) => Value::Unknown(reason.clone()),
            _ => Value::Map(m),
        },
        Value::List(items) => Value::List(items.into_iter().map(known_or_unknown).collect()),
        other => other,
    }
}
