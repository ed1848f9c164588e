//! Everything that can go wrong, and what the client is told: a status, and an error in the shape of the API.

use std::sync::Arc;

use aispm_guard::{Screen, Settings};
use aispm_guard_log::{Verdict, name};
use hyper::StatusCode;
use serde_json::{Value, json};

/// Why a request got no answer of a model.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum Problem {
    #[error("no route of this guard has the path of the request; see `[[guard.route]]` of its configuration")]
    NoRoute,
    #[error("the request names a host that is not this guard")]
    ForeignHost,
    #[error("the API key is not one that this guard knows")]
    Unauthorized,
    #[error(
        "this guard cannot judge answers of this call, so it does not make it; `other_calls = \"pass\"` on the route lets such calls pass unjudged"
    )]
    OtherCall,
    #[error("this call takes another method")]
    Method,
    #[error("the request's body must be `application/json`, uncompressed")]
    MediaType,
    #[error("the request is larger than this guard takes ({0} bytes)")]
    TooLarge(usize),
    #[error("the request did not come in time, or broke off")]
    Slow,
    #[error("the request is no JSON object that this guard can read: {0}")]
    Malformed(String),
    #[error("this guard cannot write its log, and this route fails closed")]
    NoLog,
    #[error("the upstream cannot be reached")]
    Unreachable,
    #[error("the upstream did not answer in time")]
    Silent,
    #[error("the upstream's answer broke off")]
    Broken,
    #[error("the upstream sends its callers elsewhere; the guard does not follow")]
    Redirect,
    #[error("the upstream's answer has no shape that this guard can judge ({0})")]
    Shape(&'static str),
    #[error("{message}")]
    Upstream {
        status: StatusCode,
        kind: Option<String>,
        code: Option<String>,
        param: Option<String>,
        message: String,
    },
}

impl Problem {
    /// Status, type and code; the code is also the log's word.
    fn parts(&self) -> (StatusCode, &'static str, &'static str) {
        use StatusCode as S;
        const ASK: &str = "invalid_request_error";
        const GUARD: &str = "guard_error";
        const UPSTREAM: &str = "upstream_error";
        match self {
            Self::NoRoute => (S::NOT_FOUND, ASK, "guard_no_route"),
            Self::ForeignHost => (S::MISDIRECTED_REQUEST, ASK, "guard_foreign_host"),
            Self::Unauthorized => (S::UNAUTHORIZED, ASK, "invalid_api_key"),
            Self::OtherCall => (S::FORBIDDEN, GUARD, "guard_unjudged_call"),
            Self::Method => (S::METHOD_NOT_ALLOWED, ASK, "guard_method"),
            Self::MediaType => (S::UNSUPPORTED_MEDIA_TYPE, ASK, "guard_media_type"),
            Self::TooLarge(_) => (S::PAYLOAD_TOO_LARGE, ASK, "guard_request_too_large"),
            Self::Slow => (S::REQUEST_TIMEOUT, ASK, "guard_request_timeout"),
            Self::Malformed(_) => (S::BAD_REQUEST, ASK, "guard_malformed_request"),
            Self::NoLog => (S::SERVICE_UNAVAILABLE, GUARD, "guard_no_log"),
            Self::Unreachable => (S::BAD_GATEWAY, UPSTREAM, "upstream_unreachable"),
            Self::Silent => (S::GATEWAY_TIMEOUT, UPSTREAM, "upstream_timeout"),
            Self::Broken => (S::BAD_GATEWAY, UPSTREAM, "upstream_broke_off"),
            Self::Redirect => (S::BAD_GATEWAY, UPSTREAM, "upstream_redirect"),
            Self::Shape(_) => (S::BAD_GATEWAY, GUARD, "guard_unknown_shape"),
            Self::Upstream { status, .. } => (*status, UPSTREAM, "upstream_error"),
        }
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.parts().0
    }

    /// The log's word.
    pub(crate) fn word(&self) -> String {
        match self {
            Self::Upstream { code: Some(code), .. } => code.clone(),
            _ => self.parts().2.to_owned(),
        }
    }

    pub(crate) fn verdict(&self) -> Verdict {
        match self {
            Self::Unreachable | Self::Silent | Self::Broken | Self::Upstream { .. } => Verdict::Failed,
            _ => Verdict::Refused,
        }
    }

    /// The body, in the shape of the API's errors.
    pub(crate) fn body(&self) -> Vec<u8> {
        let (_, kind, code) = self.parts();
        let error = match self {
            Self::Upstream {
                kind,
                code,
                param,
                message,
                ..
            } => {
                json!({"message": message, "type": kind.as_deref().unwrap_or("upstream_error"), "param": param, "code": code})
            }
            _ => json!({"message": self.to_string(), "type": kind, "param": Value::Null, "code": code}),
        };
        json!({"error": error}).to_string().into_bytes()
    }

    /// What an upstream's error may say: its words, and its message where the route would show that text.
    pub(crate) fn upstream(status: StatusCode, body: &[u8], settings: &Arc<Settings>) -> Self {
        let told: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
        let error = told.get("error").unwrap_or(&told);
        let word = |key: &str| {
            let text = error.get(key)?.as_str()?;
            let plain = !text.is_empty()
                && text.len() <= 64
                && text
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"-_.[]".contains(&b));
            plain.then(|| name(text))
        };
        let message = error
            .get("message")
            .and_then(Value::as_str)
            .or_else(|| error.as_str());
        let shown = message.and_then(|m| shown(m, settings));
        let plain = || {
            format!(
                "the upstream answered {} and said nothing that this guard may show",
                status.as_u16()
            )
        };
        Self::Upstream {
            status,
            kind: word("type"),
            code: word("code"),
            param: word("param"),
            message: shown.unwrap_or_else(plain),
        }
    }
}

/// A message judged as an answer of the route would be.
fn shown(message: &str, settings: &Arc<Settings>) -> Option<String> {
    let mut screen = Screen::new(Arc::clone(settings));
    let mut out = String::new();
    screen.push(message, &mut out);
    screen.finish(&mut out);
    (!screen.is_stopped() && !out.trim().is_empty()).then_some(out)
}
