//! Routes and their OpenAPI document, from one list.

mod access;
mod assets;
mod changes;
mod coverage;
mod estate;
mod findings;
mod metrics;
mod paging;
mod paths;
mod register;
mod session;
mod settings;
mod watching;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{Uri, header};
use axum::middleware::from_fn_with_state;
use axum::response::IntoResponse;
use axum::routing::get;
use utoipa::OpenApi;
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{ContentBuilder, Ref, RefOr, ResponseBuilder};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) use access::record;
pub(crate) use session::Peer;
pub(crate) use watching::reference;

use crate::auth::COOKIE;
use crate::problem::{Problem, ProblemBody};
use crate::state::Shared;
use crate::{dashboard, front};

/// Largest body of a request in bytes.
const BODY: usize = 64 << 10;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "aispm",
        description = "AI security posture: what scans found, the register, and what watches. Lists are paged with `offset` and `limit`; errors are RFC 9457 problems. A change by cookie needs the header `X-CSRF-Token` with the `csrf` of `/api/v1/session`.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    components(schemas(ProblemBody))
)]
struct Document;

/// What needs no login.
fn open() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(session::login))
        .routes(routes!(session::health))
        .routes(routes!(session::ready))
}

/// What needs a login.
fn guarded() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(session::session))
        .routes(routes!(session::logout))
        .routes(routes!(session::change_password))
        .routes(routes!(estate::overview))
        .routes(routes!(estate::list_systems))
        .routes(routes!(estate::system))
        .routes(routes!(estate::list_scans))
        .routes(routes!(metrics::metrics))
        .routes(routes!(findings::list_findings))
        .routes(routes!(findings::finding))
        .routes(routes!(findings::verify_finding))
        .routes(routes!(findings::list_fixes))
        .routes(routes!(assets::list_assets))
        .routes(routes!(assets::asset))
        .routes(routes!(paths::list_paths))
        .routes(routes!(paths::path))
        .routes(routes!(changes::drift))
        .routes(routes!(coverage::coverage))
        .routes(routes!(coverage::list_gaps))
        .routes(routes!(coverage::list_unassessed))
        .routes(routes!(watching::list_targets, watching::create_target))
        .routes(routes!(watching::delete_target))
        .routes(routes!(watching::list_schedules, watching::create_schedule))
        .routes(routes!(watching::update_schedule, watching::delete_schedule))
        .routes(routes!(watching::list_jobs, watching::create_job))
        .routes(routes!(watching::job))
        .routes(routes!(watching::cancel_job))
        .routes(routes!(register::list_register))
        .routes(routes!(register::put_registration, register::delete_registration))
        .routes(routes!(settings::list_users, settings::create_user))
        .routes(routes!(settings::delete_user))
        .routes(routes!(settings::list_tokens, settings::create_token))
        .routes(routes!(settings::delete_token))
        .routes(routes!(settings::list_webhooks, settings::create_webhook))
        .routes(routes!(settings::delete_webhook))
}

/// The document, and the names of its operations by method and path.
struct Described {
    json: String,
    operations: BTreeMap<(String, String), String>,
}

fn described() -> (OpenApiRouter<Shared>, OpenApiRouter<Shared>, Described) {
    let (open, guarded) = (open(), guarded());
    let mut document = Document::openapi();
    document.merge(open.get_openapi().clone());
    document.merge(guarded.get_openapi().clone());
    let components = document.components.get_or_insert_default();
    let cookie = ApiKeyValue::with_description(
        COOKIE,
        "set by `/api/v1/login`; `__Host-aispm_session` where there is TLS",
    );
    components.add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
    components.add_security_scheme("token", SecurityScheme::Http(bearer));
    let none: [&str; 0] = [];
    document.security = Some(vec![
        SecurityRequirement::new("session", none),
        SecurityRequirement::new("token", none),
    ]);
    let mut operations = BTreeMap::new();
    for (path, item) in &mut document.paths.paths {
        let all = [
            ("GET", &mut item.get),
            ("POST", &mut item.post),
            ("PUT", &mut item.put),
            ("DELETE", &mut item.delete),
        ];
        for (method, operation) in all {
            let Some(operation) = operation.as_mut() else {
                continue;
            };
            let problem = ContentBuilder::new()
                .schema(Some(Ref::from_schema_name("Problem")))
                .build();
            let response = ResponseBuilder::new()
                .description("What went wrong")
                .content("application/problem+json", problem)
                .build();
            operation
                .responses
                .responses
                .insert(String::from("default"), RefOr::T(response));
            if let Some(id) = &operation.operation_id {
                operations.insert((method.to_owned(), path.clone()), id.clone());
            }
        }
    }
    let mut json = document.to_pretty_json().unwrap_or_default(); // names and texts always are JSON
    json.push('\n');
    (open, guarded, Described { json, operations })
}

/// The OpenAPI document as JSON.
pub fn openapi() -> String {
    described().2.json
}

/// Everything that is served.
pub(crate) fn router(app: &Shared) -> Router {
    let (open, guarded, described) = described();
    let (open, guarded): (Router<Shared>, Router<Shared>) = (open.into(), guarded.into());
    let operations = Arc::new(described.operations);
    let document: Arc<str> = described.json.into();
    let guarded = guarded.layer(from_fn_with_state(
        access::Access {
            app: Arc::clone(app),
            operations,
        },
        access::authorize,
    ));
    let serve_document = move || {
        let document = Arc::clone(&document);
        async move { ([(header::CONTENT_TYPE, "application/json")], document.to_string()) }
    };
    Router::new()
        .merge(open)
        .merge(guarded)
        .route("/api/openapi.json", get(serve_document))
        .fallback(elsewhere)
        .method_not_allowed_fallback(async || Problem::Method)
        .layer(DefaultBodyLimit::max(BODY))
        .layer(from_fn_with_state(Arc::clone(app), front::pass))
        .with_state(Arc::clone(app))
}

/// Files of the dashboard; below `/api` there is nothing else.
async fn elsewhere(
    State(_): State<Shared>,
    method: axum::http::Method,
    uri: Uri,
) -> axum::response::Response {
    if uri.path().starts_with("/api/") {
        return Problem::NotFound(String::from("there is no such path; see /api/openapi.json"))
            .into_response();
    }
    if !method.is_safe() {
        return Problem::Method.into_response();
    }
    dashboard::file(uri.path())
}

#[cfg(test)]
mod tests;
