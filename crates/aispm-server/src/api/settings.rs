//! Users, tokens and webhooks.

use aispm_store::{Delivery, Token, User, Webhook};
use aispm_types::Severity;
use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::paging::{Page, Paging, Params, Place, Sent, text};
use super::session::hashed;
use super::watching::{MANY, deleted, on};
use crate::auth::{Who, digest, identifier, random};
use crate::problem::Problem;
use crate::state::{self, Shared};
use crate::words;

/// Deliveries that are shown of all webhooks.
const DELIVERIES: u32 = 1000;

/// What somebody may do.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Role {
    /// May change things.
    Admin,
    /// May look.
    Viewer,
}

impl Role {
    fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Viewer => "viewer",
        }
    }
}

/// Somebody who may log in.
#[derive(Serialize, ToSchema)]
pub(crate) struct UserRow {
    name: String,
    #[schema(value_type = Role)]
    role: String,
    created_at: String,
}

impl UserRow {
    fn of(u: &User) -> Self {
        Self {
            name: u.name.clone(),
            role: u.role.clone(),
            created_at: u.created_at.clone(),
        }
    }
}

/// Somebody new.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewUser {
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    /// At least twelve characters.
    #[schema(min_length = 12, max_length = 256, format = Password)]
    password: String,
    role: Role,
}

/// Users
#[utoipa::path(get, path = "/api/v1/users", tag = "settings", params(Paging), responses((status = 200, body = Page<UserRow>)))]
pub(crate) async fn list_users(
    State(app): State<Shared>,
    Params(paging): Params<Paging>,
) -> Result<Json<Page<UserRow>>, Problem> {
    let part = paging.part()?;
    Ok(Json(part.of(&app.store.users().await?, UserRow::of)))
}

/// Add a user
#[utoipa::path(post, path = "/api/v1/users", tag = "settings", request_body = NewUser, responses((status = 201, body = UserRow)))]
pub(crate) async fn create_user(
    State(app): State<Shared>,
    Sent(new): Sent<NewUser>,
) -> Result<(StatusCode, Json<UserRow>), Problem> {
    let name = text("name", &new.name, 100)?;
    if app.store.users().await?.len() >= MANY {
        return Err(Problem::Conflict(format!("there are {MANY} users already")));
    }
    let user = User {
        name,
        password: hashed(&app, new.password).await?,
        role: new.role.as_str().to_owned(),
        created_at: state::now(),
    };
    app.store.add_user(&user).await?;
    Ok((StatusCode::CREATED, Json(UserRow::of(&user))))
}

/// Delete a user, with sessions and tokens
///
/// The last admin stays.
#[utoipa::path(delete, path = "/api/v1/users/{name}", tag = "settings", params(("name" = String, Path, description = "Login name")), responses((status = 204)))]
pub(crate) async fn delete_user(
    State(app): State<Shared>,
    Place(name): Place<String>,
) -> Result<StatusCode, Problem> {
    if app.store.user(&name).await?.is_none() {
        return deleted(false);
    }
    if app.store.delete_user(&name).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Problem::Conflict(String::from("this is the last admin")))
    }
}

/// A key of a program.
#[derive(Serialize, ToSchema)]
pub(crate) struct TokenRow {
    id: String,
    name: String,
    #[schema(value_type = Role)]
    role: String,
    created_by: String,
    created_at: String,
    expires_at: String,
    /// The token itself, shown this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
}

impl TokenRow {
    fn of(t: &Token) -> Self {
        Self {
            id: t.id.clone(),
            name: t.name.clone(),
            role: t.role.clone(),
            created_by: t.created_by.clone(),
            created_at: t.created_at.clone(),
            expires_at: t.expires_at.clone(),
            token: None,
        }
    }
}

/// A new key.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewToken {
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    role: Role,
    /// How long it is good.
    #[schema(minimum = 1, maximum = 366)]
    days: i64,
}

/// Tokens
#[utoipa::path(get, path = "/api/v1/tokens", tag = "settings", params(Paging), responses((status = 200, body = Page<TokenRow>)))]
pub(crate) async fn list_tokens(
    State(app): State<Shared>,
    Params(paging): Params<Paging>,
) -> Result<Json<Page<TokenRow>>, Problem> {
    let part = paging.part()?;
    Ok(Json(part.of(&app.store.tokens().await?, TokenRow::of)))
}

/// Make a token
///
/// It is sent as `Authorization: Bearer`.
#[utoipa::path(post, path = "/api/v1/tokens", tag = "settings", request_body = NewToken, responses((status = 201, body = TokenRow)))]
pub(crate) async fn create_token(
    State(app): State<Shared>,
    Extension(who): Extension<Who>,
    Sent(new): Sent<NewToken>,
) -> Result<(StatusCode, Json<TokenRow>), Problem> {
    if !(1..=366).contains(&new.days) {
        return Err(Problem::Bad(String::from("`days` is 1 to 366")));
    }
    let name = text("name", &new.name, 200)?;
    if app.store.tokens().await?.len() >= MANY {
        return Err(Problem::Conflict(format!("there are {MANY} tokens already")));
    }
    let secret = random().map_err(|_| Problem::Internal)?;
    let token = Token {
        id: identifier('K').map_err(|_| Problem::Internal)?,
        name,
        role: new.role.as_str().to_owned(),
        created_by: who.user,
        created_at: state::now(),
        expires_at: state::after(new.days * 86_400),
    };
    app.store.add_token(&token, &digest(&secret)).await?;
    let mut row = TokenRow::of(&token);
    row.token = Some(secret);
    Ok((StatusCode::CREATED, Json(row)))
}

/// Revoke a token
#[utoipa::path(delete, path = "/api/v1/tokens/{id}", tag = "settings", params(("id" = String, Path, description = "K-…")), responses((status = 204)))]
pub(crate) async fn delete_token(
    State(app): State<Shared>,
    Place(id): Place<String>,
) -> Result<StatusCode, Problem> {
    deleted(app.store.delete_token(&id).await?)
}

/// How news is written.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum WebhookFormat {
    /// All of it, signed with the header `X-Aispm-Signature`.
    Json,
    /// A text for a Slack incoming webhook.
    Slack,
}

impl WebhookFormat {
    fn as_str(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Slack => "slack",
        }
    }
}

/// What became of a message.
#[derive(Serialize, ToSchema)]
pub(crate) struct DeliveryRow {
    scan: String,
    at: String,
    /// `delivered`, or why not.
    outcome: String,
}

/// Where news is sent.
#[derive(Serialize, ToSchema)]
pub(crate) struct WebhookRow {
    id: String,
    name: String,
    /// Host alone: the rest of the address may be a secret.
    host: String,
    #[schema(value_type = WebhookFormat)]
    format: String,
    /// From which severity on findings are sent.
    #[schema(value_type = words::Severity)]
    least_severity: String,
    enabled: bool,
    created_at: String,
    /// Signs what is sent; shown this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
    /// The newest messages.
    deliveries: Vec<DeliveryRow>,
}

impl WebhookRow {
    fn of(h: &Webhook, deliveries: &[Delivery]) -> Self {
        Self {
            id: h.id.clone(),
            name: h.name.clone(),
            host: crate::notify::host(&h.url),
            format: h.format.clone(),
            least_severity: h.least_severity.clone(),
            enabled: h.enabled,
            created_at: h.created_at.clone(),
            secret: None,
            deliveries: deliveries
                .iter()
                .filter(|d| d.webhook == h.id)
                .take(10)
                .map(|d| DeliveryRow {
                    scan: d.scan.clone(),
                    at: d.at.clone(),
                    outcome: d.outcome.clone(),
                })
                .collect(),
        }
    }
}

/// Where to send news.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewWebhook {
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    /// `https://…` to a public host; a server started with `--loopback-webhooks` takes `http://` to its own machine too.
    #[schema(max_length = 2000)]
    url: String,
    format: WebhookFormat,
    /// `high` where absent.
    #[schema(value_type = Option<words::Severity>)]
    least_severity: Option<Severity>,
    #[serde(default = "on")]
    enabled: bool,
}

/// Webhooks
#[utoipa::path(get, path = "/api/v1/webhooks", tag = "settings", params(Paging), responses((status = 200, body = Page<WebhookRow>)))]
pub(crate) async fn list_webhooks(
    State(app): State<Shared>,
    Params(paging): Params<Paging>,
) -> Result<Json<Page<WebhookRow>>, Problem> {
    let part = paging.part()?;
    let deliveries = app.store.deliveries(DELIVERIES).await?;
    let hooks = app.store.webhooks().await?;
    Ok(Json(part.of(&hooks, |h| WebhookRow::of(h, &deliveries))))
}

/// Add a webhook
///
/// After each scan it is sent the findings that are new or back, from the named severity on.
#[utoipa::path(post, path = "/api/v1/webhooks", tag = "settings", request_body = NewWebhook, responses((status = 201, body = WebhookRow)))]
pub(crate) async fn create_webhook(
    State(app): State<Shared>,
    Sent(new): Sent<NewWebhook>,
) -> Result<(StatusCode, Json<WebhookRow>), Problem> {
    let url = text("url", &new.url, 2000)?;
    app.notifier.check(&url).map_err(Problem::Bad)?;
    if app.store.webhooks().await?.len() >= MANY {
        return Err(Problem::Conflict(format!("there are {MANY} webhooks already")));
    }
    let hook = Webhook {
        id: identifier('W').map_err(|_| Problem::Internal)?,
        name: text("name", &new.name, 200)?,
        url,
        format: new.format.as_str().to_owned(),
        secret: random().map_err(|_| Problem::Internal)?,
        least_severity: new.least_severity.unwrap_or(Severity::High).as_str().to_owned(),
        enabled: new.enabled,
        created_at: state::now(),
    };
    app.store.add_webhook(&hook).await?;
    let mut row = WebhookRow::of(&hook, &[]);
    row.secret = Some(hook.secret);
    Ok((StatusCode::CREATED, Json(row)))
}

/// Delete a webhook
#[utoipa::path(delete, path = "/api/v1/webhooks/{id}", tag = "settings", params(("id" = String, Path, description = "W-…")), responses((status = 204)))]
pub(crate) async fn delete_webhook(
    State(app): State<Shared>,
    Place(id): Place<String>,
) -> Result<StatusCode, Problem> {
    deleted(app.store.delete_webhook(&id).await?)
}
