//! What the guard says of what it did. No event carries the text it is about: that may be the secret.

/// Why a text was stopped, changed or passed unjudged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// An element that runs, embeds, submits or restyles: `script`, `iframe`, `form`, `svg`, …
    DangerousElement,
    /// An attribute outside the list of harmless ones: `onclick`, `srcdoc`, …
    DangerousAttribute,
    /// A tag, comment or declaration that renderers read differently, or that never ends.
    MalformedMarkup,
    /// A link or image whose scheme is not of the web: `javascript:`, `data:`, …
    DangerousScheme,
    /// A link or image to a host outside the allow-list.
    ForeignHost,
    /// Characters that are not seen, or that move a terminal's cursor.
    HiddenText,
    /// A credential.
    Key,
    /// The number of a payment card; its check digit holds.
    PaymentCard,
    /// An IBAN; its check digits hold.
    BankAccount,
    /// Token probabilities repeat the text, so they are left out.
    TokenDetails,
    /// The upstream's message has a shape or a field the guard does not know.
    UnknownShape,
    /// More would have had to wait for a verdict than may.
    HoldExceeded,
    /// The upstream ended before the answer did.
    EndedEarly,
    /// The upstream reported an error.
    UpstreamError,
}

impl Reason {
    /// The name that logs and reports use.
    pub fn name(self) -> &'static str {
        match self {
            Self::DangerousElement => "dangerous-element",
            Self::DangerousAttribute => "dangerous-attribute",
            Self::MalformedMarkup => "malformed-markup",
            Self::DangerousScheme => "dangerous-scheme",
            Self::ForeignHost => "foreign-host",
            Self::HiddenText => "hidden-text",
            Self::Key => "key",
            Self::PaymentCard => "payment-card",
            Self::BankAccount => "bank-account",
            Self::TokenDetails => "token-details",
            Self::UnknownShape => "unknown-shape",
            Self::HoldExceeded => "hold-exceeded",
            Self::EndedEarly => "ended-early",
            Self::UpstreamError => "upstream-error",
        }
    }
}

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// The answer ended before the unit that holds it.
    Stopped,
    /// It was replaced by a word in brackets.
    Masked,
    /// It was left out.
    Removed,
    /// It passed without a verdict, because the route fails open.
    PassedUnjudged,
    /// It is only told.
    Noted,
}

impl Action {
    /// The name that logs and reports use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Stopped => "stopped",
            Self::Masked => "masked",
            Self::Removed => "removed",
            Self::PassedUnjudged => "passed-unjudged",
            Self::Noted => "noted",
        }
    }
}

/// One thing the guard did, for the log.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Event {
    /// The choice (`choices[].index`); none where it is about the whole answer.
    pub choice: Option<u64>,
    /// The field: `content`, `refusal`, `reasoning_content`, `tool_calls[0].arguments`, …
    pub field: String,
    /// Why.
    pub reason: Reason,
    /// What was done.
    pub action: Action,
    /// How often, in this field.
    pub count: usize,
    /// A host, an element's name or an upstream's field: what a person needs to act. Never text of the answer beyond that.
    pub detail: String,
}
