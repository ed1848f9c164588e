//! Targets, schedules and jobs.

use aispm_store::{Job, JobState, Schedule, WatchedTarget};
use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::paging::{Page, Paging, Params, Place, Sent, text};
use crate::auth::{Who, identifier};
use crate::jobs::{Progress, due};
use crate::problem::Problem;
use crate::state::{self, Shared};

/// Targets, schedules and webhooks at most of each.
pub(crate) const MANY: usize = 1000;
/// Longest reference.
const REFERENCE: usize = 4096;

/// Something that is watched.
#[derive(Serialize, ToSchema)]
pub(crate) struct TargetRow {
    id: String,
    /// An absolute path, or `KIND:REF`.
    reference: String,
    created_at: String,
}

impl TargetRow {
    fn of(t: &WatchedTarget) -> Self {
        Self {
            id: t.id.clone(),
            reference: t.reference.clone(),
            created_at: t.created_at.clone(),
        }
    }
}

/// What to watch.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewTarget {
    /// The absolute path of a directory on the server, or `KIND:REF`.
    #[schema(min_length = 1, max_length = 4096)]
    reference: String,
}

/// Targets
#[utoipa::path(get, path = "/api/v1/targets", tag = "watch", params(Paging), responses((status = 200, body = Page<TargetRow>)))]
pub(crate) async fn list_targets(
    State(app): State<Shared>,
    Params(paging): Params<Paging>,
) -> Result<Json<Page<TargetRow>>, Problem> {
    let part = paging.part()?;
    Ok(Json(part.of(&app.store.targets().await?, TargetRow::of)))
}

/// Watch one more target
#[utoipa::path(post, path = "/api/v1/targets", tag = "watch", request_body = NewTarget, responses((status = 201, body = TargetRow)))]
pub(crate) async fn create_target(
    State(app): State<Shared>,
    Sent(new): Sent<NewTarget>,
) -> Result<(StatusCode, Json<TargetRow>), Problem> {
    let reference = reference(&new.reference)?;
    if app.store.targets().await?.len() >= MANY {
        return Err(Problem::Conflict(format!("there are {MANY} targets already")));
    }
    let target = WatchedTarget {
        id: identifier('T').map_err(|_| Problem::Internal)?,
        reference,
        created_at: state::now(),
    };
    app.store.add_target(&target).await?;
    Ok((StatusCode::CREATED, Json(TargetRow::of(&target))))
}

/// A reference that can be scanned from here: a relative path would depend on where the server was started.
pub(crate) fn reference(written: &str) -> Result<String, Problem> {
    let written = text("reference", written, REFERENCE)?;
    let collectors = aispm_engine::collectors();
    match aispm_engine::Target::parse(&written, &collectors) {
        Ok(aispm_engine::Target::Path(path)) => {
            if !path.is_absolute() {
                return Err(Problem::Bad(String::from(
                    "`reference` is an absolute path, or `KIND:REF`",
                )));
            }
            let whole = std::fs::canonicalize(&path)
                .map_err(|_| Problem::Bad(format!("`{written}` cannot be read by the server")))?;
            Ok(whole.to_string_lossy().into_owned())
        }
        Ok(aispm_engine::Target::Remote { .. }) => Ok(written),
        Err(e) => Err(Problem::Bad(e.to_string())),
    }
}

/// Stop watching a target
///
/// Its scans stay.
#[utoipa::path(delete, path = "/api/v1/targets/{id}", tag = "watch", params(("id" = String, Path, description = "T-…")), responses((status = 204)))]
pub(crate) async fn delete_target(
    State(app): State<Shared>,
    Place(id): Place<String>,
) -> Result<StatusCode, Problem> {
    deleted(app.store.delete_target(&id).await?)
}

/// 204, or 404.
pub(crate) fn deleted(done: bool) -> Result<StatusCode, Problem> {
    if done {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Problem::NotFound(String::from("there is no such thing")))
    }
}

/// When targets are scanned by themselves.
#[derive(Serialize, ToSchema)]
pub(crate) struct ScheduleRow {
    id: String,
    name: String,
    /// Minutes between two scans.
    every_minutes: i64,
    /// Ids of targets; none means all, in one scan.
    targets: Vec<String>,
    enabled: bool,
    /// When it is due.
    next_at: String,
}

impl ScheduleRow {
    fn of(s: &Schedule) -> Self {
        Self {
            id: s.id.clone(),
            name: s.name.clone(),
            every_minutes: s.every_minutes,
            targets: s.targets.clone(),
            enabled: s.enabled,
            next_at: s.next_at.clone(),
        }
    }
}

/// When to scan.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewSchedule {
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    /// Minutes between two scans: five to a year.
    #[schema(minimum = 5, maximum = 525_600)]
    every_minutes: i64,
    /// Ids of targets; none means all, in one scan, so that one graph holds the estate.
    #[serde(default)]
    targets: Vec<String>,
    #[serde(default = "on")]
    enabled: bool,
}

pub(crate) fn on() -> bool {
    true
}

impl NewSchedule {
    async fn checked(self, app: &Shared, id: String) -> Result<Schedule, Problem> {
        if !(5..=525_600).contains(&self.every_minutes) {
            return Err(Problem::Bad(String::from("`every_minutes` is 5 to 525600")));
        }
        let known = app.store.targets().await?;
        if let Some(odd) = self.targets.iter().find(|t| !known.iter().any(|k| k.id == **t)) {
            return Err(Problem::Bad(format!("there is no target `{odd}`")));
        }
        Ok(Schedule {
            id,
            name: text("name", &self.name, 200)?,
            every_minutes: self.every_minutes,
            targets: self.targets,
            enabled: self.enabled,
            next_at: due(self.every_minutes),
        })
    }
}

/// Schedules
#[utoipa::path(get, path = "/api/v1/schedules", tag = "watch", params(Paging), responses((status = 200, body = Page<ScheduleRow>)))]
pub(crate) async fn list_schedules(
    State(app): State<Shared>,
    Params(paging): Params<Paging>,
) -> Result<Json<Page<ScheduleRow>>, Problem> {
    let part = paging.part()?;
    Ok(Json(part.of(&app.store.schedules().await?, ScheduleRow::of)))
}

/// Scan by itself
#[utoipa::path(post, path = "/api/v1/schedules", tag = "watch", request_body = NewSchedule, responses((status = 201, body = ScheduleRow)))]
pub(crate) async fn create_schedule(
    State(app): State<Shared>,
    Sent(new): Sent<NewSchedule>,
) -> Result<(StatusCode, Json<ScheduleRow>), Problem> {
    if app.store.schedules().await?.len() >= MANY {
        return Err(Problem::Conflict(format!("there are {MANY} schedules already")));
    }
    let id = identifier('C').map_err(|_| Problem::Internal)?;
    let schedule = new.checked(&app, id).await?;
    app.store.put_schedule(&schedule).await?;
    Ok((StatusCode::CREATED, Json(ScheduleRow::of(&schedule))))
}

/// Change a schedule
#[utoipa::path(put, path = "/api/v1/schedules/{id}", tag = "watch", params(("id" = String, Path, description = "C-…")),
    request_body = NewSchedule, responses((status = 200, body = ScheduleRow)))]
pub(crate) async fn update_schedule(
    State(app): State<Shared>,
    Place(id): Place<String>,
    Sent(new): Sent<NewSchedule>,
) -> Result<Json<ScheduleRow>, Problem> {
    if !app.store.schedules().await?.iter().any(|s| s.id == id) {
        return Err(Problem::NotFound(String::from("there is no such schedule")));
    }
    let schedule = new.checked(&app, id).await?;
    app.store.put_schedule(&schedule).await?;
    Ok(Json(ScheduleRow::of(&schedule)))
}

/// Delete a schedule
#[utoipa::path(delete, path = "/api/v1/schedules/{id}", tag = "watch", params(("id" = String, Path, description = "C-…")), responses((status = 204)))]
pub(crate) async fn delete_schedule(
    State(app): State<Shared>,
    Place(id): Place<String>,
) -> Result<StatusCode, Problem> {
    deleted(app.store.delete_schedule(&id).await?)
}

/// A scan that was asked for.
#[derive(Serialize, ToSchema)]
pub(crate) struct JobRow {
    id: String,
    /// `queued`, `running`, `done`, `failed`, `cancelled`, or `interrupted` where the server died meanwhile.
    state: &'static str,
    /// `user:…`, `token:…` or `schedule:…`.
    requested_by: String,
    /// What is scanned, as written.
    targets: Vec<String>,
    created_at: String,
    started_at: Option<String>,
    finished_at: Option<String>,
    /// The scan it made.
    scan: Option<String>,
    /// Why it failed.
    message: Option<String>,
    /// How far it is, while it runs.
    progress: Option<Progress>,
}

impl JobRow {
    fn of(job: &Job, app: &Shared) -> Self {
        Self {
            id: job.id.clone(),
            state: job.state.as_str(),
            requested_by: job.requested_by.clone(),
            targets: job.targets.clone(),
            created_at: job.created_at.clone(),
            started_at: job.started_at.clone(),
            finished_at: job.finished_at.clone(),
            scan: job.scan.clone(),
            message: job.message.clone(),
            progress: app
                .jobs
                .progress(&job.id)
                .filter(|_| job.state == JobState::Running),
        }
    }
}

/// Jobs, the newest first
#[utoipa::path(get, path = "/api/v1/jobs", tag = "watch", params(Paging), responses((status = 200, body = Page<JobRow>)))]
pub(crate) async fn list_jobs(
    State(app): State<Shared>,
    Params(paging): Params<Paging>,
) -> Result<Json<Page<JobRow>>, Problem> {
    let part = paging.part()?;
    let (jobs, total) = app.store.jobs(part.limit, part.offset).await?;
    let rows = jobs.iter().map(|j| JobRow::of(j, &app)).collect();
    Ok(Json(part.page(rows, u64::try_from(total).unwrap_or(0))))
}

/// A job
#[utoipa::path(get, path = "/api/v1/jobs/{id}", tag = "watch", params(("id" = String, Path, description = "J-…")), responses((status = 200, body = JobRow)))]
pub(crate) async fn job(
    State(app): State<Shared>,
    Place(id): Place<String>,
) -> Result<Json<JobRow>, Problem> {
    let job = app.store.job(&id).await?.ok_or_else(no_such_job)?;
    Ok(Json(JobRow::of(&job, &app)))
}

fn no_such_job() -> Problem {
    Problem::NotFound(String::from("there is no such job"))
}

/// What to scan.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewJob {
    /// Ids of targets; none means all, in one scan, so that one graph holds the estate.
    #[serde(default)]
    targets: Vec<String>,
}

/// Scan now
///
/// The scan waits for its turn: one runs at a time.
#[utoipa::path(post, path = "/api/v1/jobs", tag = "watch", request_body = NewJob, responses((status = 202, body = JobRow)))]
pub(crate) async fn create_job(
    State(app): State<Shared>,
    Extension(who): Extension<Who>,
    Sent(new): Sent<NewJob>,
) -> Result<(StatusCode, Json<JobRow>), Problem> {
    let job = crate::jobs::queue(&app, &new.targets, &who.actor()).await?;
    Ok((StatusCode::ACCEPTED, Json(JobRow::of(&job, &app))))
}

/// Stop a job
#[utoipa::path(post, path = "/api/v1/jobs/{id}/cancel", tag = "watch", params(("id" = String, Path, description = "J-…")), responses((status = 200, body = JobRow)))]
pub(crate) async fn cancel_job(
    State(app): State<Shared>,
    Place(id): Place<String>,
) -> Result<Json<JobRow>, Problem> {
    app.store.job(&id).await?.ok_or_else(no_such_job)?;
    // The row first: a scan that ends at this moment finds that its job does not run any more, and keeps nothing.
    let ended = app
        .store
        .end_job(&id, JobState::Cancelled, &state::now(), None)
        .await?;
    app.jobs.stop(&id);
    let job = app.store.job(&id).await?.ok_or_else(no_such_job)?;
    if !ended && job.state != JobState::Cancelled {
        return Err(Problem::Conflict(format!(
            "the job is {} already",
            job.state.as_str()
        )));
    }
    Ok(Json(JobRow::of(&job, &app)))
}
