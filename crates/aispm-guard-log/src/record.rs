//! One line of the log.

use serde::{Deserialize, Serialize};

/// The version of the lines that this build writes and reads.
pub const VERSION: u32 = 1;

/// What the guard says of one request and its answer. Written when the answer has ended, however it ended.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// [`VERSION`].
    pub v: u32,
    /// When the request came, RFC 3339 in UTC.
    pub time: String,
    /// The request's name; clients get it as the header `x-aispm-request`.
    pub request: String,
    /// The route of the configuration; none where no route has the path.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub route: Option<String>,
    /// The client of the configuration whose token the request had, or the route's application; none where nobody knows.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub application: Option<String>,
    /// The route's provider.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub provider: Option<String>,
    /// Host of the upstream; none where it was not asked.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub upstream: Option<String>,
    /// Method and path below the route: `POST /chat/completions`.
    pub call: String,
    /// The model that was asked for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub model: Option<String>,
    /// Where the text is shown: `html`, `markdown`, `plain`; none for calls whose answer carries no text.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sink: Option<String>,
    /// The answer came in pieces.
    #[serde(default)]
    pub streamed: bool,
    /// The status the client got.
    pub status: u16,
    /// What became of the answer.
    pub verdict: Verdict,
    /// Why a request or an answer was refused, or the upstream failed: a word.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub error: Option<String>,
    /// The client left before the answer had ended, so what is told is only what had been done by then.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub client_left: bool,
    /// Bytes of answer that the upstream sent.
    pub read: u64,
    /// Bytes of answer that the client was given.
    pub sent: u64,
    /// Milliseconds from request to end.
    pub millis: u64,
    /// What was done.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub did: Vec<Did>,
}

/// What became of an answer, from best to worst.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// The text passed as it was.
    #[default]
    Passed,
    /// Something was masked or left out.
    Changed,
    /// Something passed without a verdict, because the route fails open.
    Unjudged,
    /// At least one choice ended before its end.
    Stopped,
    /// The guard answered in place of the upstream: it did not ask it, or could not pass its answer on.
    Refused,
    /// The upstream did not answer, or answered with an error.
    Failed,
}

impl Verdict {
    /// The word in logs and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Changed => "changed",
            Self::Unjudged => "unjudged",
            Self::Stopped => "stopped",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }
}

/// One thing that was done, as often as it was done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Did {
    /// The choice; none where it is about the whole answer.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub choice: Option<u64>,
    /// The field.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub field: String,
    /// Why: `foreign-host`, `key`, …
    pub reason: String,
    /// What: `stopped`, `masked`, …
    pub action: String,
    /// How often.
    pub count: u64,
    /// A host, an element's name, whose key; masked where it looks like a secret itself.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub detail: String,
}
