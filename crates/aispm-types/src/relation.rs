//! Relations: typed, directed edges with evidence.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{AssetId, Location};

macro_rules! relations {
    ($($(#[$doc:meta])* $variant:ident = $name:literal;)*) => {
        /// How two assets stand to each other, read from left to right: `from` uses `to`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum RelationKind { $($(#[$doc])* $variant,)* }
        impl RelationKind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];
            /// The word used in rules, attack steps and reports.
            pub fn as_str(self) -> &'static str { match self { $(Self::$variant => $name,)* } }
        }
    };
}

relations! {
    /// Code or a service calls or depends on the other (agent → model, service → package, service → account).
    Uses = "uses";
    /// The other is a part (model → model_version, repository → service, account → model deployment).
    Contains = "contains";
    /// A model was trained or tuned on a dataset, or a training job reads it.
    TrainedOn = "trained_on";
    /// A job or pipeline makes the other (training_job → model).
    Produces = "produces";
    /// An endpoint or workload answers with a model.
    Serves = "serves";
    /// Code loads a model file into its process.
    Loads = "loads";
    /// A workload or function runs an image or a service's code.
    Runs = "runs";
    /// A principal may take on a role.
    CanAssume = "can_assume";
    /// A principal may read the other.
    CanRead = "can_read";
    /// A principal may write the other.
    CanWrite = "can_write";
    /// A principal may call the other.
    CanInvoke = "can_invoke";
    /// A network element, endpoint or account makes the other reachable from where it is reachable itself.
    Exposes = "exposes";
    /// A file, service, notebook, image or workload contains a credential.
    HoldsSecret = "holds_secret";
    /// A credential opens the other (secret → account, identity, endpoint).
    Unlocks = "unlocks";
    /// An agent or MCP server offers or calls a tool.
    CallsTool = "calls_tool";
    /// An agent or endpoint answers from a vector index, bucket or database.
    GroundedOn = "grounded_on";
    /// A workload, endpoint, notebook or job acts as an identity or role.
    RunsAs = "runs_as";
    /// A guardrail filters what an agent or endpoint takes in or gives out.
    GuardedBy = "guarded_by";
    /// An agent or endpoint is given a prompt.
    PromptedBy = "prompted_by";
    /// Data is kept in a bucket or database (dataset → bucket, model → bucket).
    StoredIn = "stored_in";
    /// An image or service is built from the other.
    BuiltFrom = "built_from";
}

impl std::fmt::Display for RelationKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

impl std::str::FromStr for RelationKind {
    type Err = String;
    fn from_str(s: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .iter()
            .copied()
            .find(|k| k.as_str() == s)
            .ok_or_else(|| format!("`{s}` is no relation"))
    }
}

/// Whether something is so, or may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Certainty {
    /// It may be so: something it depends on is unknown.
    Possible,
    /// It is so.
    Certain,
}

/// An edge of the graph.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Relation {
    /// Where the edge starts.
    pub from: AssetId,
    /// How they stand to each other.
    pub kind: RelationKind,
    /// Where it ends.
    pub to: AssetId,
    /// Certain or possible.
    pub certainty: Certainty,
    /// What must hold for it, in words.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub condition: Option<String>,
    /// Where it was seen.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub evidence: Option<Location>,
}

impl Relation {
    /// A certain edge.
    pub fn new(from: &AssetId, kind: RelationKind, to: &AssetId) -> Self {
        Self {
            from: from.clone(),
            kind,
            to: to.clone(),
            certainty: Certainty::Certain,
            condition: None,
            evidence: None,
        }
    }
    /// The same edge, seen there.
    #[must_use]
    pub fn seen(mut self, at: Location) -> Self {
        self.evidence = Some(at);
        self
    }
    /// The same edge, only possible, with what it depends on.
    #[must_use]
    pub fn possible(mut self, condition: impl Into<String>) -> Self {
        self.certainty = Certainty::Possible;
        self.condition = Some(condition.into());
        self
    }
}
