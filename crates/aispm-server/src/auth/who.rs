//! Who asks, by cookie or token.

use axum::http::{HeaderMap, Method, header};

use super::secret::{csrf, digest, same};
use crate::problem::Problem;
use crate::state::{self, App};

/// The session's cookie where there is no TLS, which is on loopback.
pub(crate) const COOKIE: &str = "aispm_session";
/// The same with TLS: the prefix makes browsers refuse one that another host or an unencrypted page set.
pub(crate) const SECURE_COOKIE: &str = "__Host-aispm_session";
/// Carries what [`csrf`] makes.
const CSRF_HEADER: &str = "x-csrf-token";

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Who {
    /// The user, or who made the token.
    pub(crate) user: String,
    /// May change things.
    pub(crate) admin: bool,
    /// The session's token, where it is one.
    pub(crate) session: Option<String>,
    /// The token's id, where it is one.
    pub(crate) token: Option<String>,
}

impl Who {
    /// As the audit log names him.
    pub(crate) fn actor(&self) -> String {
        self.token.as_ref().map_or_else(
            || format!("user:{}", self.user),
            |token| format!("token:{token} of user:{}", self.user),
        )
    }
}

/// Finds out who asks. A change by cookie must carry the session's CSRF token too; one by token needs none, since no browser
/// sends it by itself.
pub(crate) async fn identify(app: &App, method: &Method, headers: &HeaderMap) -> Result<Who, Problem> {
    let now = state::now();
    if let Some(value) = headers.get(header::AUTHORIZATION) {
        let token = value
            .to_str()
            .ok()
            .and_then(|v| v.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| token.trim())
            .ok_or(Problem::Unauthorized)?;
        let token = app.store.token(&digest(token), &now).await?;
        let token = token.ok_or(Problem::Unauthorized)?;
        return Ok(Who {
            user: token.created_by,
            admin: token.role == "admin",
            session: None,
            token: Some(token.id),
        });
    }
    let session = session_cookie(headers, app.hosts.tls()).ok_or(Problem::Unauthorized)?;
    let user = app.store.session(&digest(&session), &now).await?;
    let user = user.ok_or(Problem::Unauthorized)?;
    if !method.is_safe() {
        let sent = headers.get(CSRF_HEADER).and_then(|v| v.to_str().ok());
        if !sent.is_some_and(|sent| same(sent, &csrf(&session))) {
            return Err(Problem::Forbidden(
                "a change needs the header X-CSRF-Token with the `csrf` of /api/v1/session",
            ));
        }
    }
    Ok(Who {
        user: user.name,
        admin: user.role == "admin",
        session: Some(session),
        token: None,
    })
}

/// The session's token in the cookies.
pub(crate) fn session_cookie(headers: &HeaderMap, tls: bool) -> Option<String> {
    let name = if tls { SECURE_COOKIE } else { COOKIE };
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|v| v.to_str().ok())
        .flat_map(|v| v.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(n, _)| *n == name)
        .map(|(_, token)| token.to_owned())
}
