//! Errors as `application/problem+json` (RFC 9457). What went wrong inside goes to the log, never to whoever asked.

use aispm_store::StoreError;
use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

/// What an error looks like.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemBody {
    /// Always `about:blank`: the status says which kind it is.
    #[serde(rename = "type")]
    kind: &'static str,
    /// The status in words.
    title: &'static str,
    /// The status.
    status: u16,
    /// What to do about it.
    detail: String,
}

/// Why there is no answer.
#[derive(Debug, Clone)]
pub(crate) enum Problem {
    /// The question is off.
    Bad(String),
    /// Nobody logged in.
    Unauthorized,
    /// Not by you, or not from there.
    Forbidden(&'static str),
    /// There is no such thing.
    NotFound(String),
    /// It is there but the method is not for it.
    Method,
    /// It contradicts what is there.
    Conflict(String),
    /// Too many bytes.
    TooLarge,
    /// Not a content type we read.
    Media,
    /// Asked under a name that is not ours.
    Misdirected,
    /// Too often; seconds to wait.
    TooMany(u64),
    /// Not now.
    Unavailable(&'static str),
    /// A defect of ours, which stands in the log.
    Internal,
}

impl Problem {
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::Bad(_) => StatusCode::BAD_REQUEST,
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::Conflict(_) => StatusCode::CONFLICT,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Media => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Misdirected => StatusCode::MISDIRECTED_REQUEST,
            Self::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn detail(&self) -> String {
        match self {
            Self::Bad(why) | Self::NotFound(why) | Self::Conflict(why) => why.clone(),
            Self::Forbidden(why) | Self::Unavailable(why) => (*why).to_owned(),
            Self::Unauthorized => {
                String::from("log in at /api/v1/login, or send a token as `Authorization: Bearer`")
            }
            Self::Method => String::from("this path does not take that method"),
            Self::TooLarge => String::from("the body is over 64 KiB"),
            Self::Media => String::from("send JSON, as `Content-Type: application/json`"),
            Self::Misdirected => {
                String::from("this server is not known by that name; name it with `aispm serve --host`")
            }
            Self::TooMany(seconds) => format!("too many attempts; wait {seconds} seconds"),
            Self::Internal => String::from("a defect of aispm; its log says more"),
        }
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.detail())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = self.status();
        let body = ProblemBody {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            detail: self.detail(),
        };
        let mut response = (status, Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        match self {
            Self::Unauthorized => {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            Self::TooMany(seconds) => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
            }
            _ => {}
        }
        response
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NoScan { .. } => Self::NotFound(String::from("there is no such scan")),
            StoreError::Pruned { .. } => Self::NotFound(String::from("the report of that scan was pruned")),
            StoreError::Taken { .. } => Self::Conflict(String::from("there is one of this name already")),
            StoreError::Missing { .. } => Self::Conflict(String::from("what it refers to is gone")),
            StoreError::Busy { .. } => Self::Unavailable("the store is in use; try again"),
            other => {
                tracing::error!(error = &other as &dyn std::error::Error, "the store failed");
                Self::Internal
            }
        }
    }
}

impl From<JsonRejection> for Problem {
    fn from(rejection: JsonRejection) -> Self {
        match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Self::TooLarge,
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Self::Media,
            _ => Self::Bad(rejection.body_text()),
        }
    }
}

impl From<QueryRejection> for Problem {
    fn from(rejection: QueryRejection) -> Self {
        Self::Bad(rejection.body_text())
    }
}

impl From<PathRejection> for Problem {
    fn from(rejection: PathRejection) -> Self {
        Self::Bad(rejection.body_text())
    }
}
