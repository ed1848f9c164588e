//! The one door to everything behind the login: who asks, whether he may, and, for a change, its entry in the audit log first.

use std::collections::BTreeMap;
use std::sync::Arc;

use aispm_audit::{Audit, Event};
use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http_body_util::{BodyExt, Limited};
use serde_json::Value;

use super::BODY;
use crate::auth::identify;
use crate::problem::Problem;
use crate::state::{Shared, now};

/// What the door knows.
#[derive(Clone)]
pub(crate) struct Access {
    pub(crate) app: Shared,
    /// Names of operations by method and path.
    pub(crate) operations: Arc<BTreeMap<(String, String), String>>,
}

/// What a viewer may do although it is no mere reading, and what is written down by nobody: it changes nothing but his own login.
const OWN: [&str; 2] = ["logout", "change_password"];
/// What must work whatever happens to the audit log, because it only takes away.
const UNRECORDED: [&str; 1] = ["logout"];
/// Longest body that is quoted in the audit log.
const QUOTED: usize = 16 << 10;

/// Characters of a path that are quoted: with the body, an entry stays within its limit.
const SUBJECT: usize = 2048;

/// Lets a request through, or says why not.
pub(crate) async fn authorize(State(access): State<Access>, request: Request, next: Next) -> Response {
    match enter(&access, request, next).await {
        Ok(response) => response,
        Err(problem) => problem.into_response(),
    }
}

async fn enter(access: &Access, mut request: Request, next: Next) -> Result<Response, Problem> {
    let app = &access.app;
    let who = identify(app, request.method(), request.headers()).await?;
    if request.method().is_safe() {
        request.extensions_mut().insert(who);
        return Ok(next.run(request).await);
    }
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map(|p| p.as_str().to_owned());
    let key = (request.method().to_string(), route.unwrap_or_default());
    let operation = access.operations.get(&key).cloned().ok_or(Problem::Method)?;
    if !who.admin && !OWN.contains(&operation.as_str()) {
        return Err(Problem::Forbidden("this needs the role `admin`"));
    }
    let actor = who.actor();
    request.extensions_mut().insert(who);
    if UNRECORDED.contains(&operation.as_str()) {
        return Ok(next.run(request).await);
    }
    let subject = request.uri().path().chars().take(SUBJECT).collect::<String>();
    let (head, body) = request.into_parts();
    let body = Limited::new(body, BODY).collect().await;
    let body = body.map_err(|_| Problem::TooLarge)?.to_bytes();
    let event = Event::new(now(), actor, operation, subject);
    record(&app.audit, event.clone().with("asked", quoted(&body))).await?;
    let response = next.run(Request::from_parts(head, Body::from(body))).await;
    if !response.status().is_success() {
        // What was asked for did not happen; should this not be written, the log says too much and never too little.
        let mut failed = event.with("status", response.status().as_u16().to_string());
        failed.action.push_str(".refused");
        let _ = record(&app.audit, failed).await;
    }
    Ok(response)
}

/// Writes to the audit log, or refuses.
pub(crate) async fn record(audit: &Arc<dyn Audit>, event: Event) -> Result<(), Problem> {
    let audit = Arc::clone(audit);
    let done = tokio::task::spawn_blocking(move || audit.record(&event)).await;
    match done {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => {
            tracing::error!(error = &error as &dyn std::error::Error, "a change was refused");
            Err(Problem::Unavailable(
                "the audit log cannot be written, so nothing is changed; the server's log says why",
            ))
        }
        Err(_) => Err(Problem::Internal),
    }
}

/// The body as the log keeps it: JSON without passwords and secrets.
fn quoted(body: &[u8]) -> String {
    if body.is_empty() {
        return String::new();
    }
    let Ok(mut value) = serde_json::from_slice::<Value>(body) else {
        return format!("{} bytes that are no JSON", body.len());
    };
    mask(&mut value);
    let text = value.to_string();
    if text.len() > QUOTED {
        return format!("{} bytes of JSON", text.len());
    }
    text
}

fn mask(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                // A webhook's address often is its secret.
                if ["password", "current", "secret", "token", "url"].contains(&name.as_str()) {
                    *value = Value::from("***");
                } else {
                    mask(value);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(mask),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_not_quoted() {
        assert_eq!(
            quoted(br#"{"name":"x","password":"hunter2"}"#),
            r#"{"name":"x","password":"***"}"#
        );
        assert_eq!(
            quoted(br#"[{"url":"https://hooks.example/T0/B0/s"}]"#),
            r#"[{"url":"***"}]"#
        );
        assert_eq!(quoted(b"password=hunter2"), "16 bytes that are no JSON");
        assert_eq!(quoted(b""), "");
    }
}
