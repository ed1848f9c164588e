//! Logging in and out, and whether the server is well.

use std::net::IpAddr;

use aispm_audit::Event;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse};
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::access::record;
use super::paging::Sent;
use crate::auth::{self, COOKIE, SECURE_COOKIE, Who};
use crate::problem::Problem;
use crate::state::{self, App, Shared};

/// How long a session lasts in seconds.
const SESSION: i64 = 12 * 3600;
/// Shortest password that is taken.
const SHORTEST: usize = 12;
/// Longest password that is hashed.
const LONGEST: usize = 256;

/// Where a connection comes from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) IpAddr);

/// Name and password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Login {
    #[schema(max_length = 200)]
    name: String,
    #[schema(max_length = 256, format = Password)]
    password: String,
}

/// Who is logged in.
#[derive(Serialize, ToSchema)]
pub(crate) struct Session {
    /// Login name.
    user: String,
    /// `admin` may change things, `viewer` may look.
    role: &'static str,
    /// Goes into the header `X-CSRF-Token` of each change; none for a token, which needs none.
    csrf: Option<String>,
    /// Version of the server.
    version: &'static str,
}

impl Session {
    fn of(who: &Who) -> Self {
        Self {
            user: who.user.clone(),
            role: role(who.admin),
            csrf: who.session.as_deref().map(auth::csrf),
            version: env!("CARGO_PKG_VERSION"),
        }
    }
}

fn role(admin: bool) -> &'static str {
    if admin { "admin" } else { "viewer" }
}

/// Log in
///
/// Sets the session's cookie, for twelve hours.
#[utoipa::path(post, path = "/api/v1/login", tag = "session", request_body = Login, security(()),
    responses((status = 200, body = Session)))]
pub(crate) async fn login(
    State(app): State<Shared>,
    peer: Option<Extension<Peer>>,
    Sent(login): Sent<Login>,
) -> Result<impl IntoResponse, Problem> {
    let address = peer.map_or(IpAddr::from([127, 0, 0, 1]), |p| p.0.0);
    if login.password.len() > LONGEST || login.name.len() > 200 {
        return Err(Problem::Unauthorized);
    }
    app.limiter
        .try_once(address, &login.name, app.uptime.millis())
        .map_err(Problem::TooMany)?;
    let user = app.store.user(&login.name).await?;
    let hash = user
        .as_ref()
        .map_or_else(|| auth::DUMMY.clone(), |u| u.password.clone());
    let right = compare(&app, login.password, hash).await?;
    let Some(user) = user.filter(|_| right) else {
        tracing::warn!(%address, "a login failed");
        return Err(Problem::Unauthorized);
    };
    app.limiter.succeeded(address, &login.name);
    let token = auth::random().map_err(|_| Problem::Internal)?;
    let now = state::now();
    app.store
        .add_session(&auth::digest(&token), &user.name, &now, &state::after(SESSION))
        .await?;
    // Reading must go on while the audit log cannot be written, so this one may fail.
    let event = Event::new(now, format!("user:{}", user.name), "login", address.to_string());
    let _ = record(&app.audit, event).await;
    let cookie = cookie(&app, &token, SESSION);
    let who = Who {
        admin: user.role == "admin",
        user: user.name,
        session: Some(token),
        token: None,
    };
    Ok((
        AppendHeaders([(header::SET_COOKIE, cookie)]),
        Json(Session::of(&who)),
    ))
}

fn cookie(app: &App, token: &str, seconds: i64) -> String {
    let (name, secure) = if app.hosts.tls() {
        (SECURE_COOKIE, "; Secure")
    } else {
        (COOKIE, "")
    };
    format!("{name}={token}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}")
}

/// Compares a password with a hash, few at a time and off the threads that serve.
async fn compare(app: &App, password: String, hash: String) -> Result<bool, Problem> {
    let _turn = app.hashing.acquire().await.map_err(|_| Problem::Internal)?;
    tokio::task::spawn_blocking(move || auth::verify(&password, &hash))
        .await
        .map_err(|_| Problem::Internal)
}

/// Hashes a new password, few at a time.
pub(crate) async fn hashed(app: &App, password: String) -> Result<String, Problem> {
    let length = password.chars().count();
    if length < SHORTEST || password.len() > LONGEST {
        return Err(Problem::Bad(format!(
            "a password has {SHORTEST} to {LONGEST} characters"
        )));
    }
    let _turn = app.hashing.acquire().await.map_err(|_| Problem::Internal)?;
    tokio::task::spawn_blocking(move || auth::hash(&password))
        .await
        .map_err(|_| Problem::Internal)?
        .map_err(|_| Problem::Internal)
}

/// Who is logged in
#[utoipa::path(get, path = "/api/v1/session", tag = "session", responses((status = 200, body = Session)))]
pub(crate) async fn session(Extension(who): Extension<Who>) -> Json<Session> {
    Json(Session::of(&who))
}

/// Log out
#[utoipa::path(post, path = "/api/v1/logout", tag = "session", responses((status = 204)))]
pub(crate) async fn logout(
    State(app): State<Shared>,
    Extension(who): Extension<Who>,
) -> Result<impl IntoResponse, Problem> {
    if let Some(session) = &who.session {
        app.store.end_session(&auth::digest(session)).await?;
    }
    let cookie = cookie(&app, "", 0);
    Ok((
        StatusCode::NO_CONTENT,
        AppendHeaders([(header::SET_COOKIE, cookie)]),
    ))
}

/// The old password and the new one.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPassword {
    #[schema(max_length = 256, format = Password)]
    current: String,
    /// At least twelve characters.
    #[schema(min_length = 12, max_length = 256, format = Password)]
    password: String,
}

/// Change one's own password
///
/// Ends every session of the user, this one too.
#[utoipa::path(put, path = "/api/v1/session/password", tag = "session", request_body = NewPassword,
    responses((status = 204)))]
pub(crate) async fn change_password(
    State(app): State<Shared>,
    Extension(who): Extension<Who>,
    peer: Option<Extension<Peer>>,
    headers: HeaderMap,
    Sent(new): Sent<NewPassword>,
) -> Result<StatusCode, Problem> {
    if auth::session_cookie(&headers, app.hosts.tls()).is_none() || who.session.is_none() {
        return Err(Problem::Forbidden(
            "a password is changed by whoever logged in with it",
        ));
    }
    let address = peer.map_or(IpAddr::from([127, 0, 0, 1]), |p| p.0.0);
    app.limiter
        .try_once(address, &who.user, app.uptime.millis())
        .map_err(Problem::TooMany)?;
    let user = app.store.user(&who.user).await?.ok_or(Problem::Unauthorized)?;
    if new.current.len() > LONGEST || !compare(&app, new.current, user.password).await? {
        return Err(Problem::Forbidden("the current password is another"));
    }
    app.limiter.succeeded(address, &who.user);
    let hash = hashed(&app, new.password).await?;
    app.store.set_password(&who.user, &hash).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// How the server is.
#[derive(Serialize, ToSchema)]
pub(crate) struct Health {
    /// `ok`.
    status: &'static str,
}

/// The process answers
#[utoipa::path(get, path = "/healthz", tag = "session", security(()), responses((status = 200, body = Health)))]
pub(crate) async fn health() -> Json<Health> {
    Json(Health { status: "ok" })
}

/// The store answers
#[utoipa::path(get, path = "/readyz", tag = "session", security(()), responses((status = 200, body = Health)))]
pub(crate) async fn ready(State(app): State<Shared>) -> Result<Json<Health>, Problem> {
    app.store.newest().await?;
    Ok(Json(Health { status: "ok" }))
}
