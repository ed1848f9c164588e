//! Every key of the guard's configuration, defined once: the parser, its messages and the commented example are made from this.

/// What a key holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Any text.
    Text,
    /// A list of texts.
    Texts,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A whole number in this range.
    Number(u64, u64),
    /// `true` or `false`.
    Flag,
}

impl Kind {
    pub(super) fn describe(self) -> String {
        match self {
            Self::Text => "text".into(),
            Self::Texts => "a list of texts".into(),
            Self::Choice(words) => format!("one of `{}`", words.join("`, `")),
            Self::Number(from, to) => format!("a whole number from {from} to {to}"),
            Self::Flag => "`true` or `false`".into(),
        }
    }
}

/// One key.
#[derive(Clone, Copy, Debug)]
pub(super) struct Key {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) required: bool,
    /// A value in TOML: the default, where the key has one.
    pub(super) example: &'static str,
    pub(super) doc: &'static str,
}

const fn need(name: &'static str, kind: Kind, example: &'static str, doc: &'static str) -> Key {
    Key {
        name,
        kind,
        required: true,
        example,
        doc,
    }
}

const fn may(name: &'static str, kind: Kind, example: &'static str, doc: &'static str) -> Key {
    Key {
        name,
        kind,
        required: false,
        example,
        doc,
    }
}

/// Keys of `[guard]` itself.
pub(super) const GUARD: &[Key] = &[
    may(
        "listen",
        Kind::Text,
        "\"127.0.0.1:8788\"",
        "Address and port to listen on; beyond this machine only with clients and `plain_http`",
    ),
    may(
        "plain_http",
        Kind::Flag,
        "false",
        "Listen beyond this machine without TLS: something in front of the guard must bring it",
    ),
    may(
        "log",
        Kind::Text,
        "\"guard.jsonl\"",
        "The log of what was done, one JSON object a line; `aispm scan guard:guard.jsonl` reads it",
    ),
    may(
        "connections",
        Kind::Number(1, 100_000),
        "512",
        "Most connections of clients at one time; more wait",
    ),
    may(
        "max_request",
        Kind::Number(1024, 1 << 30),
        "16777216",
        "Most bytes of one request",
    ),
    may(
        "request_seconds",
        Kind::Number(1, 3600),
        "30",
        "Longest a client may take to send a request",
    ),
];

/// Keys of `[[guard.client]]`.
pub(super) const CLIENT: &[Key] = &[
    need(
        "name",
        Kind::Text,
        "\"support-bot\"",
        "The application, as inventory will show it",
    ),
    need(
        "token_env",
        Kind::Text,
        "\"SUPPORT_BOT_TOKEN\"",
        "Environment variable with the token that it sends as its API key",
    ),
];

/// Keys of `[[guard.route]]`.
pub(super) const ROUTE: &[Key] = &[
    need("name", Kind::Text, "\"openai\"", "Name of the route, for the log"),
    need(
        "path",
        Kind::Text,
        "\"/v1\"",
        "Where clients find it: their base URL ends with this",
    ),
    need(
        "upstream",
        Kind::Text,
        "\"https://api.openai.com/v1\"",
        "The API's own base URL",
    ),
    need(
        "sink",
        Kind::Choice(&["html", "markdown", "plain"]),
        "\"markdown\"",
        "Where answers are shown: put into a page as they are, rendered as Markdown, or shown as characters",
    ),
    may(
        "allow_hosts",
        Kind::Texts,
        "[]",
        "Hosts that images and links of answers may name; `*.acme.example` allows what lies below it",
    ),
    may(
        "on_error",
        Kind::Choice(&["closed", "open"]),
        "\"closed\"",
        "What cannot be judged ends the answer, or passes and is told in the log",
    ),
    may(
        "other_calls",
        Kind::Choice(&["refuse", "pass"]),
        "\"refuse\"",
        "Calls whose answers the guard cannot judge (responses, completions, files, …)",
    ),
    may(
        "provider",
        Kind::Text,
        "\"openai\"",
        "The provider's word in the inventory [default: the upstream's host]",
    ),
    may(
        "application",
        Kind::Text,
        "\"support-bot\"",
        "The application, where the route has but one and there are no clients",
    ),
    may(
        "key_env",
        Kind::Text,
        "\"OPENAI_API_KEY\"",
        "Environment variable with the upstream's key; without it the client's own key goes on",
    ),
    may(
        "key_header",
        Kind::Choice(&["authorization", "api-key"]),
        "\"authorization\"",
        "Header of the upstream's key: `api-key` for Azure",
    ),
    may(
        "plain_http",
        Kind::Flag,
        "false",
        "The upstream may be reached without TLS on another machine",
    ),
    may(
        "ca_file",
        Kind::Text,
        "\"ca.pem\"",
        "Certificates to trust for this upstream beside those of the machine",
    ),
    may(
        "hold",
        Kind::Number(1024, 1 << 20),
        "24576",
        "Most bytes of one text that wait for a verdict",
    ),
    may(
        "hold_call",
        Kind::Number(1024, 16 << 20),
        "262144",
        "Most bytes of one tool call's arguments",
    ),
    may(
        "max_answer",
        Kind::Number(1024, 64 << 20),
        "4194304",
        "Most bytes of an answer that comes whole, and of one event of a stream",
    ),
    may(
        "connect_seconds",
        Kind::Number(1, 300),
        "10",
        "Longest to wait for a connection to the upstream",
    ),
    may(
        "silence_seconds",
        Kind::Number(1, 3600),
        "300",
        "Longest the upstream may say nothing, before its answer and in it",
    ),
];
