//! What an attacker may hold, and where he may begin.

use aispm_types::AssetKind;

macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $word:literal;)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$doc])* $variant,)* }
        impl $name {
            /// Every one, in the vocabulary's order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];
            /// The word used in attack steps and policies.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }
            /// The one a word names.
            pub fn parse(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|v| v.as_str() == word)
            }
        }
    };
}

words! {
    /// What an attacker holds on an asset.
    Capability {
        /// He can open a connection to it.
        Reach = "reach";
        /// He can put text into what a model or an agent reads.
        Prompt = "prompt";
        /// He runs code on or in it.
        Execute = "execute";
        /// He acts as it.
        Identity = "identity";
        /// He reads its content.
        Read = "read";
        /// He changes its content.
        Write = "write";
        /// It answers him: he can call it.
        Invoke = "invoke";
        /// He controls what a model answers or an agent decides.
        Influence = "influence";
        /// A tool, or an agent's tools, act for him.
        UseTool = "use_tool";
        /// He has the credential.
        Hold = "hold";
    }
}

words! {
    /// Where an attack begins. A path begins at exactly one.
    Entry {
        /// Anyone on the internet.
        Internet = "internet";
        /// Whoever can plant text in a page, mail, ticket or document that is read here.
        UntrustedContent = "untrusted-content";
        /// Whoever finds a credential that stands in a file.
        LeakedKey = "leaked-key";
        /// Whoever controls a package, image or model that is taken from outside.
        MaliciousPackage = "malicious-package";
        /// Anyone who works here, or sits on the laptop of someone who does.
        Employee = "employee";
    }
}

impl Capability {
    /// The capability in words, about a named thing.
    pub fn on(self, thing: &str) -> String {
        match self {
            Self::Reach => format!("network reach of {thing}"),
            Self::Prompt => format!("text into the context of {thing}"),
            Self::Execute => format!("code execution on {thing}"),
            Self::Identity => format!("the identity of {thing}"),
            Self::Read => format!("read access to {thing}"),
            Self::Write => format!("write access to {thing}"),
            Self::Invoke => format!("calls to {thing}"),
            Self::Influence => format!("control over what {thing} does"),
            Self::UseTool => format!("{thing} acting for the attacker"),
            Self::Hold => format!("possession of {thing}"),
        }
    }

    /// What an attacker does to a crown jewel, after "can".
    pub(crate) fn verb(self, kind: AssetKind, thing: &str) -> String {
        use AssetKind as K;
        match self {
            Self::UseTool if !matches!(kind, K::Agent | K::Tool | K::McpServer) => {
                format!("make {thing} run queries of the attacker's choice")
            }
            Self::Reach => format!("reach {thing}"),
            Self::Prompt => format!("speak to {thing}"),
            Self::Execute => format!("run code on {thing}"),
            Self::Identity => format!("take over {thing}"),
            Self::Read => format!("steal {thing}"),
            Self::Write => format!("tamper with {thing}"),
            Self::Invoke => format!("use {thing} at its owner's cost"),
            Self::Influence => format!("control {thing}"),
            Self::UseTool => format!("make {thing} act through its tools"),
            Self::Hold => format!("get hold of {thing}"),
        }
    }
}

impl Entry {
    /// Who stands there, as the subject of a sentence.
    pub fn who(self) -> &'static str {
        match self {
            Self::Internet => "Anyone on the internet",
            Self::UntrustedContent => "Whoever plants content that is read here",
            Self::LeakedKey => "Whoever finds a leaked key",
            Self::MaliciousPackage => "Whoever controls a package or model taken from outside",
            Self::Employee => "Any employee",
        }
    }

    /// How likely an attack begins here, 0–1. Part of the score's formula.
    pub fn likelihood(self) -> f64 {
        match self {
            Self::Internet => 1.0,
            Self::UntrustedContent => 0.9,
            Self::LeakedKey => 0.85,
            Self::MaliciousPackage => 0.6,
            Self::Employee => 0.5,
        }
    }

    pub(crate) fn bit(self) -> u8 {
        1 << (self as u8)
    }
}

/// Capabilities by which an asset of a kind falls, each with the share of its value that is lost, worst first. A capability
/// that is not here does no harm by itself: to reach a model endpoint is what it is for.
pub fn falls_by(kind: AssetKind) -> &'static [(Capability, f64)] {
    use AssetKind as K;
    use Capability as C;
    match kind {
        K::Model | K::ModelVersion => &[
            (C::Execute, 1.0),
            (C::Write, 1.0),
            (C::Influence, 0.95),
            (C::Read, 0.8),
        ],
        K::Agent => &[(C::Execute, 1.0), (C::UseTool, 0.9)],
        K::Dataset | K::Bucket | K::Database | K::VectorIndex => &[(C::Write, 1.0), (C::Read, 0.85)],
        K::Account => &[(C::Identity, 1.0), (C::Invoke, 0.8)],
        K::Identity | K::Role => &[(C::Identity, 1.0)],
        K::Secret => &[(C::Hold, 1.0)],
        K::Tool => &[(C::Execute, 1.0), (C::UseTool, 0.9)],
        K::Endpoint | K::McpServer => &[(C::Execute, 1.0), (C::Influence, 0.9), (C::UseTool, 0.9)],
        K::Notebook | K::Service | K::Workload | K::Function | K::Compute => {
            &[(C::Execute, 1.0), (C::Write, 0.9), (C::Read, 0.6)]
        }
        K::Repository | K::Image | K::Package | K::Pipeline | K::TrainingJob => {
            &[(C::Execute, 1.0), (C::Write, 1.0), (C::Read, 0.6)]
        }
        K::Prompt | K::Guardrail | K::Skill => &[(C::Write, 1.0)],
        K::AiSystem | K::Network => &[],
    }
}
