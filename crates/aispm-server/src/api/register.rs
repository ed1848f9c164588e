//! The register.

use aispm_store::Registration;
use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::paging::{Page, Paging, Params, Place, Sent, text};
use super::watching::deleted;
use crate::auth::Who;
use crate::problem::Problem;
use crate::state::{self, Shared};

/// Classes of data that an entry may name at most.
const CLASSES: usize = 20;

/// Where an AI system is in its life.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    Pilot,
    Production,
    Retired,
    Unknown,
}

/// What security says of an AI system.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SecurityStatus {
    NotReviewed,
    InReview,
    Approved,
    Rejected,
}

impl Status {
    fn as_str(self) -> &'static str {
        match self {
            Self::Pilot => "pilot",
            Self::Production => "production",
            Self::Retired => "retired",
            Self::Unknown => "unknown",
        }
    }
}

impl SecurityStatus {
    fn as_str(self) -> &'static str {
        match self {
            Self::NotReviewed => "not_reviewed",
            Self::InReview => "in_review",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
        }
    }
}

/// What the organisation says of an AI system.
#[derive(Serialize, ToSchema)]
pub(crate) struct Registered {
    /// The system's id.
    system: String,
    name: String,
    owner: Option<String>,
    purpose: Option<String>,
    data_classes: Vec<String>,
    #[schema(value_type = Status)]
    status: String,
    #[schema(value_type = SecurityStatus)]
    security_status: String,
    /// The day by which it is reviewed again.
    #[schema(format = Date)]
    review_by: Option<String>,
    /// The last day on which it may run.
    #[schema(format = Date)]
    expires_on: Option<String>,
    updated_at: String,
    updated_by: String,
}

impl Registered {
    pub(crate) fn of(r: &Registration) -> Self {
        Self {
            system: r.system.clone(),
            name: r.name.clone(),
            owner: r.owner.clone(),
            purpose: r.purpose.clone(),
            data_classes: r.data_classes.clone(),
            status: r.status.clone(),
            security_status: r.security_status.clone(),
            review_by: r.review_by.clone(),
            expires_on: r.expires_on.clone(),
            updated_at: r.updated_at.clone(),
            updated_by: r.updated_by.clone(),
        }
    }
}

/// What to say of an AI system.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Register {
    /// Where absent, what the newest scan calls it.
    #[schema(min_length = 1, max_length = 200)]
    name: Option<String>,
    #[schema(min_length = 1, max_length = 200)]
    owner: Option<String>,
    #[schema(min_length = 1, max_length = 2000)]
    purpose: Option<String>,
    #[serde(default)]
    #[schema(max_items = 20)]
    data_classes: Vec<String>,
    status: Status,
    security_status: SecurityStatus,
    /// `YYYY-MM-DD`.
    #[schema(value_type = Option<String>, format = Date)]
    review_by: Option<Date>,
    /// `YYYY-MM-DD`.
    #[schema(value_type = Option<String>, format = Date)]
    expires_on: Option<Date>,
}

/// The register
#[utoipa::path(get, path = "/api/v1/register", tag = "register", params(Paging), responses((status = 200, body = Page<Registered>)))]
pub(crate) async fn list_register(
    State(app): State<Shared>,
    Params(paging): Params<Paging>,
) -> Result<Json<Page<Registered>>, Problem> {
    let part = paging.part()?;
    Ok(Json(part.of(&app.store.register().await?, Registered::of)))
}

/// Register an AI system, or change its entry
///
/// A system that the newest scan found, or one that has an entry already.
#[utoipa::path(put, path = "/api/v1/register/{system}", tag = "register", params(("system" = String, Path, description = "The system's id, percent-encoded")),
    request_body = Register, responses((status = 200, body = Registered)))]
pub(crate) async fn put_registration(
    State(app): State<Shared>,
    Extension(who): Extension<Who>,
    Place(system): Place<String>,
    Sent(new): Sent<Register>,
) -> Result<Json<Registered>, Problem> {
    let view = app.estates.view(&app.store, None).await?;
    let found = view.report().systems.iter().find(|s| s.id.as_str() == system);
    let known = found
        .map(|s| s.name.clone())
        .or_else(|| view.register.get(&system).map(|r| r.name.clone()))
        .ok_or_else(|| Problem::NotFound(String::from("the newest scan found no such AI system")))?;
    if new.data_classes.len() > CLASSES {
        return Err(Problem::Bad(format!(
            "`data_classes` has at most {CLASSES} items"
        )));
    }
    let optional = |name: &str, value: Option<String>, most| value.map(|v| text(name, &v, most)).transpose();
    let classes = new.data_classes.iter().map(|c| text("data_classes", c, 100));
    let entry = Registration {
        system,
        name: optional("name", new.name, 200)?.unwrap_or(known),
        owner: optional("owner", new.owner, 200)?,
        purpose: optional("purpose", new.purpose, 2000)?,
        data_classes: classes.collect::<Result<_, _>>()?,
        status: new.status.as_str().to_owned(),
        security_status: new.security_status.as_str().to_owned(),
        review_by: new.review_by.map(|d| d.to_string()),
        expires_on: new.expires_on.map(|d| d.to_string()),
        updated_at: state::now(),
        updated_by: who.actor(),
    };
    app.store.put_registration(&entry).await?;
    Ok(Json(Registered::of(&entry)))
}

/// Take an AI system out of the register
#[utoipa::path(delete, path = "/api/v1/register/{system}", tag = "register", params(("system" = String, Path, description = "The system's id, percent-encoded")),
    responses((status = 204)))]
pub(crate) async fn delete_registration(
    State(app): State<Shared>,
    Place(system): Place<String>,
) -> Result<StatusCode, Problem> {
    deleted(app.store.delete_registration(&system).await?)
}
