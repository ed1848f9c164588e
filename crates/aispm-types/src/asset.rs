//! Assets: what can be owned, changed or attacked.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Location, Properties, Value};

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $class:ident;)*) => {
        /// What an asset is. AI assets are reported always, supporting ones only where an AI asset stands on them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum AssetKind { $($(#[$doc])* $variant,)* }

        impl AssetKind {
            /// Every kind, in the vocabulary's order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];
            /// The word used in ids, rules and reports.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
            /// AI or supporting.
            pub fn class(self) -> AssetClass {
                match self { $(Self::$variant => AssetClass::$class,)* }
            }
        }
    };
}

kinds! {
    /// The unit people own and decide about; derived, never collected.
    AiSystem = "ai_system", Ai;
    /// A logical model: a name at a provider, or a file's place.
    Model = "model", Ai;
    /// One version of a model; a local one is known by its digest.
    ModelVersion = "model_version", Ai;
    /// Data a model is trained, tuned or evaluated on.
    Dataset = "dataset", Ai;
    /// A network service that answers with a model.
    Endpoint = "endpoint", Ai;
    /// Code or a service that lets a model choose actions.
    Agent = "agent", Ai;
    /// A function an agent may call.
    Tool = "tool", Ai;
    /// A Model Context Protocol server, declared or implemented.
    McpServer = "mcp_server", Ai;
    /// Instructions given to a model.
    Prompt = "prompt", Ai;
    /// A store of embeddings, or a search index used for grounding.
    VectorIndex = "vector_index", Ai;
    /// A notebook file or a managed notebook server.
    Notebook = "notebook", Ai;
    /// A run that trains or tunes a model.
    TrainingJob = "training_job", Ai;
    /// A machine-learning pipeline.
    Pipeline = "pipeline", Ai;
    /// A filter on what goes into or comes out of a model.
    Guardrail = "guardrail", Ai;
    /// An agent skill: instructions and files an agent loads.
    Skill = "skill", Ai;
    /// A software package, by purl.
    Package = "package", Supporting;
    /// A container image.
    Image = "image", Supporting;
    /// A service of a repository: code that is built and deployed as one.
    Service = "service", Supporting;
    /// A running unit: a Kubernetes workload, a compose service, a container app.
    Workload = "workload", Supporting;
    /// A principal: a user, a service account, a managed identity.
    Identity = "identity", Supporting;
    /// A set of permissions that can be taken on.
    Role = "role", Supporting;
    /// A key or credential, known by fingerprint only.
    Secret = "secret", Supporting;
    /// Object storage.
    Bucket = "bucket", Supporting;
    /// A database.
    Database = "database", Supporting;
    /// A cloud function.
    Function = "function", Supporting;
    /// A machine.
    Compute = "compute", Supporting;
    /// A network, a firewall or a gateway.
    Network = "network", Supporting;
    /// A source repository.
    Repository = "repository", Supporting;
    /// An account at a provider: a cloud account, an Azure OpenAI resource, an API project.
    Account = "account", Supporting;
}

impl std::fmt::Display for AssetKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

impl std::str::FromStr for AssetKind {
    type Err = String;
    fn from_str(s: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .iter()
            .copied()
            .find(|k| k.as_str() == s)
            .ok_or_else(|| format!("`{s}` is no asset kind"))
    }
}

/// Whether an asset is AI itself or what AI stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum AssetClass {
    /// An AI asset.
    Ai,
    /// Reported only where an AI asset stands on it.
    Supporting,
}

/// Names the thing, not this sighting: `kind:rest`, where the rest is an ARN, a purl, `provider/model`, a host and path, a
/// place in a repository. Never holds a line number, a checkout directory or a secret.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct AssetId(String);

impl AssetId {
    /// `kind:rest`.
    pub fn new(kind: AssetKind, rest: impl std::fmt::Display) -> Self {
        Self(format!("{kind}:{rest}"))
    }
    /// An id already in its written form.
    pub fn parse(written: impl Into<String>) -> Self {
        Self(written.into())
    }
    /// The written form.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for AssetId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// One asset as one reader saw it, or, in the graph, as all readers together saw it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Asset {
    /// Identity.
    pub id: AssetId,
    /// What it is.
    pub kind: AssetKind,
    /// What people call it.
    pub name: String,
    /// `openai`, `aws`, `azure`, `gcp`, `huggingface`, `ollama`, …
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub provider: Option<String>,
    /// Where it was seen.
    pub locations: Vec<Location>,
    /// Properties; names and types are in [`crate::schema`].
    pub properties: Properties,
    /// Where single properties are written, for those that stand apart from the asset; findings about them point there.
    #[serde(skip)]
    pub places: BTreeMap<String, Location>,
}

impl Asset {
    /// An asset with id `kind:rest`.
    pub fn new(kind: AssetKind, rest: impl std::fmt::Display, name: impl Into<String>) -> Self {
        Self {
            id: AssetId::new(kind, rest),
            kind,
            name: name.into(),
            provider: None,
            locations: Vec::new(),
            properties: Properties::new(),
            places: BTreeMap::new(),
        }
    }
    /// Sets the provider.
    #[must_use]
    pub fn provider(mut self, provider: impl Into<String>) -> Self {
        self.provider = Some(provider.into());
        self
    }
    /// Adds a place.
    #[must_use]
    pub fn at(mut self, location: Location) -> Self {
        self.locations.push(location);
        self
    }
    /// Sets a property.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.properties.insert(name.to_owned(), value.into());
        self
    }
    /// Says where a property is written.
    #[must_use]
    pub fn placed(mut self, name: &str, location: Location) -> Self {
        self.places.insert(name.to_owned(), location);
        self
    }
    /// A property, if set.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.properties.get(name)
    }
    /// A property that is text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(Value::as_str)
    }
    /// True where a property is set and true.
    pub fn is(&self, name: &str) -> bool {
        self.get(name).and_then(Value::as_bool) == Some(true)
    }
}
