//! Facts: what a reader saw, unjudged.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{AssetId, Location, Properties, Value};

macro_rules! facts {
    ($($(#[$doc:meta])* $variant:ident = $name:literal;)*) => {
        /// What kind of thing was seen. The properties of each kind are in [`crate::schema`].
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum FactKind { $($(#[$doc])* $variant,)* }
        impl FactKind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];
            /// The word used in rules and attack steps.
            pub fn as_str(self) -> &'static str { match self { $(Self::$variant => $name,)* } }
        }
    };
}

facts! {
    /// A callable that a pickle imports or calls when it is loaded.
    PickleCall = "pickle_call";
    /// Something in a model file that runs or fetches code when loaded (Keras Lambda, custom op, external data, template).
    ModelHazard = "model_hazard";
    /// A defect of a model file's structure (overlap, out of bounds, duplicate entry, trailing bytes).
    FormatDefect = "format_defect";
    /// Text from a model reaches a place that interprets it.
    TaintTrace = "taint_trace";
    /// Text from outside (a request, a page, a mail) reaches a prompt.
    PromptInput = "prompt_input";
    /// A call that loads a model file into the process.
    ModelLoad = "model_load";
    /// A credential stands in a file.
    SecretSighting = "secret_sighting";
    /// A known advisory applies to a package version.
    Advisory = "advisory";
    /// A dependency is declared in a way that lets its content change.
    UnpinnedDependency = "unpinned_dependency";
    /// Where an installer is told to take packages from, other than the public index over TLS.
    PackageIndex = "package_index";
    /// A statement of an access policy.
    PolicyStatement = "policy_statement";
    /// A rule of a firewall or security group.
    NetworkRule = "network_rule";
    /// Text of an instruction, tool description or skill that tries to steer the agent or hides itself.
    HiddenInstruction = "hidden_instruction";
    /// Something about a dataset's rows or origin that matters for training.
    DataDefect = "data_defect";
    /// A departure from the organisation's policy, or a defect of the policy itself.
    PolicyDeparture = "policy_departure";
    /// Somebody used an AI service, by a log.
    AiUse = "ai_use";
    /// What the runtime guard did to answers of a model.
    GuardEvent = "guard_event";
}

/// One thing seen on one asset.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Fact {
    /// What kind of thing.
    pub kind: FactKind,
    /// On which asset.
    pub asset: AssetId,
    /// What was seen; names and types are in [`crate::schema`].
    pub properties: Properties,
    /// Where.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub location: Option<Location>,
}

impl Fact {
    /// A fact of `kind` on `asset`.
    pub fn new(kind: FactKind, asset: &AssetId) -> Self {
        Self {
            kind,
            asset: asset.clone(),
            properties: Properties::new(),
            location: None,
        }
    }
    /// Sets a property.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.properties.insert(name.to_owned(), value.into());
        self
    }
    /// Sets the place.
    #[must_use]
    pub fn at(mut self, location: Location) -> Self {
        self.location = Some(location);
        self
    }
    /// A property that is text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.properties.get(name).and_then(Value::as_str)
    }
}
