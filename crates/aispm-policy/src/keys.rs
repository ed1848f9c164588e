//! Every key of the policy file, defined once.

/// What a key holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Any text.
    Text,
    /// A glob over assets.
    Glob,
    /// A list of globs.
    Globs,
    /// A list of texts.
    Texts,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A whole number in this range.
    Number(i64, i64),
    /// A day, `2026-12-31`.
    Date,
    /// A finding's id.
    Finding,
    /// A rule's id.
    Rule,
    /// A list of entry points.
    EntryPoints,
}

impl Kind {
    /// The type in words, for messages and the reference.
    pub(crate) fn describe(self) -> String {
        match self {
            Self::Text => "text".into(),
            Self::Glob => "glob".into(),
            Self::Globs => "list of globs".into(),
            Self::Texts => "list of texts".into(),
            Self::Choice(words) => format!("one of `{}`", words.join("`, `")),
            Self::Number(from, to) => format!("whole number from {from} to {to}"),
            Self::Date => "day, as in `2026-12-31`".into(),
            Self::Finding => "finding id".into(),
            Self::Rule => "rule id".into(),
            Self::EntryPoints => "list of entry points".into(),
        }
    }
}

/// One key.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Key {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) required: bool,
    pub(crate) doc: &'static str,
    /// A value in TOML, for `aispm init`.
    pub(crate) example: &'static str,
}

/// How a section is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// Keys of the file itself.
    Top,
    /// `[name]`.
    Table,
    /// `[[name]]`, as often as needed.
    Tables,
    /// `[name]`, whose keys are rule ids.
    Rules,
}

/// One section.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Section {
    pub(crate) name: &'static str,
    pub(crate) form: Form,
    pub(crate) doc: &'static str,
    pub(crate) keys: &'static [Key],
}

const fn need(name: &'static str, kind: Kind, example: &'static str, doc: &'static str) -> Key {
    Key {
        name,
        kind,
        required: true,
        doc,
        example,
    }
}

const fn may(name: &'static str, kind: Kind, example: &'static str, doc: &'static str) -> Key {
    Key {
        name,
        kind,
        required: false,
        doc,
        example,
    }
}

/// Sections that other commands read from the same file.
pub(crate) const ELSEWHERE: &[&str] = &["guard"];

/// Tables of the file, in the order `aispm init` writes them.
pub(crate) const SECTIONS: &[Section] = &[
    Section {
        name: "",
        form: Form::Top,
        doc: "Where attackers begin here. Without this key every entry point is assumed to exist.",
        keys: &[may(
            "entry_points",
            Kind::EntryPoints,
            "[\"internet\", \"untrusted-content\"]",
            "Entry points that exist in this organisation.",
        )],
    },
    Section {
        name: "crown_jewel",
        form: Form::Tables,
        doc: "What must not fall. Attack paths are searched to these; without any, to models, training data, agents with tools and AI accounts.",
        keys: &[
            need(
                "pattern",
                Kind::Glob,
                "\"bucket:s3/acme-training-*\"",
                "Glob over asset id, name and path.",
            ),
            may(
                "value",
                Kind::Number(1, 10),
                "9",
                "How much it is worth; 10 is the firm itself. Default 8.",
            ),
        ],
    },
    Section {
        name: "data",
        form: Form::Tables,
        doc: "How sensitive data is.",
        keys: &[
            need(
                "pattern",
                Kind::Glob,
                "\"dataset:*/customers*\"",
                "Glob over asset id, name and path.",
            ),
            need(
                "class",
                Kind::Choice(&["public", "internal", "confidential", "restricted"]),
                "\"restricted\"",
                "The data's class.",
            ),
        ],
    },
    Section {
        name: "access",
        form: Form::Tables,
        doc: "Who may do what. Where an entry covers an asset and an action, everyone else may not.",
        keys: &[
            need(
                "assets",
                Kind::Glob,
                "\"bucket:s3/acme-training-*\"",
                "Glob over asset id, name and path.",
            ),
            need(
                "action",
                Kind::Choice(&["read", "write", "invoke"]),
                "\"write\"",
                "What is allowed.",
            ),
            need(
                "allow",
                Kind::Globs,
                "[\"role:*data-pipeline*\"]",
                "Globs over ids and names of the identities and roles that may; an empty list means nobody.",
            ),
        ],
    },
    Section {
        name: "approved",
        form: Form::Table,
        doc: "What may be used. A list that is absent approves everything, an empty one nothing.",
        keys: &[
            may(
                "models",
                Kind::Globs,
                "[\"openai/gpt-4o*\", \"azure-openai/*\"]",
                "Globs over `provider/model`.",
            ),
            may(
                "providers",
                Kind::Globs,
                "[\"openai\", \"azure-openai\", \"huggingface\"]",
                "Providers of models and AI services.",
            ),
            may(
                "regions",
                Kind::Globs,
                "[\"eu-*\", \"westeurope\"]",
                "Cloud regions AI resources may stand in.",
            ),
            may(
                "signers",
                Kind::Texts,
                "[\"release@acme.example\"]",
                "Identities or key fingerprints whose signatures on models count.",
            ),
            may(
                "mcp_servers",
                Kind::Globs,
                "[\"@modelcontextprotocol/server-*\", \"mcp.acme.example\"]",
                "Globs over packages, commands, hosts and names of MCP servers.",
            ),
        ],
    },
    Section {
        name: "owner",
        form: Form::Tables,
        doc: "Who answers for what, where CODEOWNERS, tags and labels do not say.",
        keys: &[
            need(
                "pattern",
                Kind::Glob,
                "\"service:*/chat\"",
                "Glob over asset id, name and path.",
            ),
            need("owner", Kind::Text, "\"team-chat\"", "A team or a person."),
        ],
    },
    Section {
        name: "system",
        form: Form::Tables,
        doc: "AI systems the organisation draws itself, where the derived ones do not fit.",
        keys: &[
            need("name", Kind::Text, "\"Support assistant\"", "Its name."),
            need(
                "include",
                Kind::Globs,
                "[\"services/chat/**\", \"account:azure-openai/*\"]",
                "Globs over asset id, name and path of what belongs to it.",
            ),
            may("owner", Kind::Text, "\"team-chat\"", "Who answers for it."),
            may(
                "lifecycle",
                Kind::Choice(&["pilot", "production", "retired", "unknown"]),
                "\"production\"",
                "Where it is in its life.",
            ),
            may(
                "purpose",
                Kind::Text,
                "\"answers customers' questions\"",
                "What it is for.",
            ),
            may(
                "risk_class",
                Kind::Choice(&["prohibited", "high", "limited", "minimal", "general-purpose"]),
                "\"limited\"",
                "Risk class under the EU AI Act.",
            ),
        ],
    },
    Section {
        name: "exception",
        form: Form::Tables,
        doc: "Findings the organisation accepts. They stay visible and do not count for --fail-on; one that expired or fits nothing is itself a finding.",
        keys: &[
            may(
                "finding",
                Kind::Finding,
                "\"F-0123456789ab\"",
                "A finding's id. Either this, or `rule` and `asset`.",
            ),
            may(
                "rule",
                Kind::Rule,
                "\"model-pickle-dangerous-call\"",
                "A rule's id; needs `asset`.",
            ),
            may(
                "asset",
                Kind::Glob,
                "\"models/legacy/*\"",
                "Glob over asset id, name and path; needs `rule`.",
            ),
            need(
                "reason",
                Kind::Text,
                "\"read only by a sandboxed converter\"",
                "Why it is accepted.",
            ),
            need("by", Kind::Text, "\"ciso@acme.example\"", "Who accepted it."),
            need("until", Kind::Date, "2026-12-31", "Last day on which it holds."),
        ],
    },
    Section {
        name: "rules",
        form: Form::Rules,
        doc: "Severity of rules by id: `off` switches a rule off, a severity replaces the rule's own.",
        keys: &[],
    },
];
