//! Attack steps: what a step needs, what it grants. Loading them is [`crate::load`]'s job.

use aispm_types::{AssetKind, Certainty, ControlId, FactKind, RelationKind, Value};

use crate::{Capability, Entry};

/// A variable of a step: its place in [`AttackStep::variables`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Var(pub usize);

/// One move of an attacker. Its needs are positive and all of them must hold; nothing can ever forbid a step.
#[derive(Clone, Debug, PartialEq)]
pub struct AttackStep {
    /// The file's name without `.yaml`.
    pub id: String,
    /// What the attacker does, in a few words.
    pub title: String,
    /// Names of the variables, without the question mark.
    pub variables: Vec<String>,
    /// What must hold, all of it.
    pub needs: Vec<Need>,
    /// What the attacker holds afterwards; at least one.
    pub grants: Vec<(Capability, Var)>,
    /// How hard it is: 1 (follows by itself) to 10 (takes a specialist months).
    pub cost: u32,
    /// `possible` where the step does not always work even if every need holds.
    pub certainty: Certainty,
    /// The technique (ATLAS).
    pub technique: Option<ControlId>,
    /// Why it works, a template with `{?variable}`.
    pub why: String,
    /// Specifications, advisories, papers.
    pub references: Vec<String>,
}

/// One thing a step needs.
#[derive(Clone, Debug, PartialEq)]
pub enum Need {
    /// The attack begins at one of these. At most one such need in a step.
    Entry(Vec<Entry>),
    /// The attacker holds one of these capabilities on the asset.
    Capability(Vec<Capability>, Var),
    /// Two assets stand in one of these relations.
    Relation(RelationTest, Var, Var),
    /// The asset passes a test.
    Asset(AssetTest, Var),
}

/// A test of a pair of assets.
#[derive(Clone, Debug, PartialEq)]
pub struct RelationTest {
    /// Any of these relations.
    pub kinds: Vec<RelationKind>,
    /// The relation itself must be certain.
    pub certain: bool,
    /// Rules whose findings on the first asset are about this relation: fixed with them, it is gone.
    pub shown_by: Vec<String>,
}

/// A test of one asset.
#[derive(Clone, Debug, PartialEq)]
pub enum AssetTest {
    /// It is of one of these kinds.
    Kind(Vec<AssetKind>),
    /// A property has a value.
    Property {
        /// The property.
        name: String,
        /// What it must be.
        test: ValueTest,
        /// Rules whose findings on the asset are about this property though their evidence may not name it, because the
        /// source does not set it: fixed with them, the test fails.
        shown_by: Vec<String>,
    },
    /// A fact of one of these kinds stands on it, and its properties pass these tests.
    Fact(Vec<FactKind>, Vec<(String, ValueTest)>),
    /// One of these rules failed on it.
    Finding(Vec<String>),
}

/// A test of a value. Unknown passes as possible: an unknown never makes a path certain, and never hides one.
#[derive(Clone, Debug, PartialEq)]
pub struct ValueTest {
    /// The value is one of these; a list has one of these among its items. Empty: any value will do that says something,
    /// which an empty text, an empty list and `false` do not.
    pub any_of: Vec<Value>,
    /// What it means where the source does not set it: `None` means that the test fails.
    pub absent: Option<Certainty>,
}

impl ValueTest {
    /// How surely a value passes; `None` where it does not.
    pub fn test(&self, value: Option<&Value>) -> Option<Certainty> {
        let says_something =
            |v: &Value| !matches!(v, Value::Null | Value::Bool(false)) && v.as_str() != Some("");
        let listed = |v: &Value| {
            if self.any_of.is_empty() {
                says_something(v)
            } else {
                self.any_of.contains(v)
            }
        };
        let certain = |yes: bool| yes.then_some(Certainty::Certain);
        match value {
            None | Some(Value::Null) => self.absent,
            Some(Value::Unknown(_)) => Some(Certainty::Possible),
            Some(Value::List(items)) => certain(items.iter().any(listed))
                .or_else(|| items.iter().any(Value::is_unknown).then_some(Certainty::Possible)),
            Some(v) => certain(listed(v)),
        }
    }
}
