//! Targets, schedules and jobs.

use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use crate::{Store, StoreError};

/// Something that is watched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WatchedTarget {
    /// Its id.
    pub id: String,
    /// `PATH` or `KIND:REF`.
    pub reference: String,
    /// When it was added, RFC 3339, UTC.
    pub created_at: String,
}

/// When targets are scanned by themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// Its id.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Minutes between two scans.
    pub every_minutes: i64,
    /// Ids of targets; none means all, in one scan.
    pub targets: Vec<String>,
    /// Whether it runs.
    pub enabled: bool,
    /// When it is due.
    pub next_at: String,
}

/// How far a job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum JobState {
    /// It waits for its turn.
    Queued,
    /// It scans.
    Running,
    /// Its scan is in the store.
    Done,
    /// It gave up, and says why.
    Failed,
    /// Somebody stopped it.
    Cancelled,
    /// The server died meanwhile.
    Interrupted,
}

impl JobState {
    /// Every state.
    pub const ALL: [Self; 6] = [
        Self::Queued,
        Self::Running,
        Self::Done,
        Self::Failed,
        Self::Cancelled,
        Self::Interrupted,
    ];
    /// The word in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Interrupted => "interrupted",
        }
    }
}

/// A scan that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Its id.
    pub id: String,
    /// How far it is.
    pub state: JobState,
    /// Who asked for it.
    pub requested_by: String,
    /// What is scanned, as written.
    pub targets: Vec<String>,
    /// When it was asked for, RFC 3339, UTC.
    pub created_at: String,
    /// When it began.
    pub started_at: Option<String>,
    /// When it ended, in whatever way.
    pub finished_at: Option<String>,
    /// The scan it made.
    pub scan: Option<String>,
    /// Why it failed.
    pub message: Option<String>,
}

impl Store {
    /// Adds a target.
    pub async fn add_target(&self, target: &WatchedTarget) -> Result<(), StoreError> {
        sqlx::query("INSERT INTO targets (id, reference, created_at) VALUES ($1, $2, $3)")
            .bind(&target.id)
            .bind(&target.reference)
            .bind(&target.created_at)
            .execute(&self.pool)
            .await
            .map_err(|e| self.refused(e, "adding a target"))?;
        Ok(())
    }

    /// Every target, by reference.
    pub async fn targets(&self) -> Result<Vec<WatchedTarget>, StoreError> {
        let failed = |e| self.failed(e, "listing targets");
        let rows = sqlx::query("SELECT * FROM targets ORDER BY reference")
            .fetch_all(&self.pool)
            .await
            .map_err(failed)?;
        rows.iter().map(target).collect::<Result<_, _>>().map_err(failed)
    }

    /// Deletes a target; its scans stay. False where there is none.
    pub async fn delete_target(&self, id: &str) -> Result<bool, StoreError> {
        self.delete("DELETE FROM targets WHERE id = $1", id, "deleting a target")
            .await
    }

    /// Adds a schedule, or replaces the one with its id.
    pub async fn put_schedule(&self, schedule: &Schedule) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO schedules (id, name, every_minutes, targets, enabled, next_at) VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (id) DO UPDATE SET name = excluded.name, every_minutes = excluded.every_minutes,
             targets = excluded.targets, enabled = excluded.enabled, next_at = excluded.next_at",
        )
        .bind(&schedule.id)
        .bind(&schedule.name)
        .bind(schedule.every_minutes)
        .bind(list(&schedule.targets))
        .bind(schedule.enabled)
        .bind(&schedule.next_at)
        .execute(&self.pool)
        .await
        .map_err(|e| self.refused(e, "writing a schedule"))?;
        Ok(())
    }

    /// Every schedule, by name.
    pub async fn schedules(&self) -> Result<Vec<Schedule>, StoreError> {
        let failed = |e| self.failed(e, "listing schedules");
        let rows = sqlx::query("SELECT * FROM schedules ORDER BY name")
            .fetch_all(&self.pool)
            .await
            .map_err(failed)?;
        rows.iter()
            .map(schedule)
            .collect::<Result<_, _>>()
            .map_err(failed)
    }

    /// Deletes a schedule. False where there is none.
    pub async fn delete_schedule(&self, id: &str) -> Result<bool, StoreError> {
        self.delete("DELETE FROM schedules WHERE id = $1", id, "deleting a schedule")
            .await
    }

    /// Queues a job.
    pub async fn add_job(&self, job: &Job) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO jobs (id, sequence, state, requested_by, targets, created_at)
             SELECT $1, COALESCE(MAX(sequence), 0) + 1, 'queued', $2, $3, $4 FROM jobs",
        )
        .bind(&job.id)
        .bind(&job.requested_by)
        .bind(list(&job.targets))
        .bind(&job.created_at)
        .execute(&self.pool)
        .await
        .map_err(|e| self.refused(e, "queueing a job"))?;
        Ok(())
    }

    /// Takes the oldest job that waits.
    pub async fn claim_job(&self, now: &str) -> Result<Option<Job>, StoreError> {
        let failed = |e| self.failed(e, "taking a job");
        let mut tx = self.pool.begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
        let row = sqlx::query(
            "UPDATE jobs SET state = 'running', started_at = $1
             WHERE sequence = (SELECT MIN(sequence) FROM jobs WHERE state = 'queued') RETURNING *",
        )
        .bind(now)
        .fetch_optional(&mut *tx)
        .await
        .map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        row.as_ref().map(job).transpose().map_err(failed)
    }

    /// Ends a job that is queued or running; one that ended already stays as it is. True where it was ended by this.
    pub async fn end_job(
        &self,
        id: &str,
        state: JobState,
        now: &str,
        message: Option<&str>,
    ) -> Result<bool, StoreError> {
        let done = sqlx::query(
            "UPDATE jobs SET state = $2, finished_at = $3, message = $4
             WHERE id = $1 AND state IN ('queued', 'running')",
        )
        .bind(id)
        .bind(state.as_str())
        .bind(now)
        .bind(message)
        .execute(&self.pool)
        .await
        .map_err(|e| self.failed(e, "ending a job"))?;
        Ok(done.rows_affected() > 0)
    }

    /// Marks jobs that run as interrupted: for a server that starts, since its workers died with the one before.
    pub async fn interrupt_jobs(&self, now: &str) -> Result<u64, StoreError> {
        let done =
            sqlx::query("UPDATE jobs SET state = 'interrupted', finished_at = $1 WHERE state = 'running'")
                .bind(now)
                .execute(&self.pool)
                .await
                .map_err(|e| self.failed(e, "marking interrupted jobs"))?;
        Ok(done.rows_affected())
    }

    /// A job.
    pub async fn job(&self, id: &str) -> Result<Option<Job>, StoreError> {
        let failed = |e| self.failed(e, "reading a job");
        let row = sqlx::query("SELECT * FROM jobs WHERE id = $1")
            .bind(id)
            .fetch_optional(&self.pool)
            .await
            .map_err(failed)?;
        row.as_ref().map(job).transpose().map_err(failed)
    }

    /// Jobs, the newest first, and how many there are.
    pub async fn jobs(&self, limit: u32, offset: u32) -> Result<(Vec<Job>, i64), StoreError> {
        let failed = |e| self.failed(e, "listing jobs");
        let total = sqlx::query_scalar("SELECT COUNT(*) FROM jobs")
            .fetch_one(&self.pool)
            .await
            .map_err(failed)?;
        let rows = sqlx::query("SELECT * FROM jobs ORDER BY sequence DESC LIMIT $1 OFFSET $2")
            .bind(i64::from(limit))
            .bind(i64::from(offset))
            .fetch_all(&self.pool)
            .await
            .map_err(failed)?;
        let jobs = rows.iter().map(job).collect::<Result<_, _>>().map_err(failed)?;
        Ok((jobs, total))
    }

    pub(crate) async fn delete(
        &self,
        statement: &'static str,
        id: &str,
        doing: &'static str,
    ) -> Result<bool, StoreError> {
        let done = sqlx::query(statement)
            .bind(id)
            .execute(&self.pool)
            .await
            .map_err(|e| self.failed(e, doing))?;
        Ok(done.rows_affected() > 0)
    }
}

/// A list as the store keeps it.
pub(crate) fn list(items: &[String]) -> String {
    serde_json::json!(items).to_string()
}

pub(crate) fn listed(row: &SqliteRow, column: &str) -> Result<Vec<String>, sqlx::Error> {
    let text: String = row.try_get(column)?;
    serde_json::from_str(&text).map_err(|e| sqlx::Error::Decode(e.into()))
}

fn target(row: &SqliteRow) -> Result<WatchedTarget, sqlx::Error> {
    Ok(WatchedTarget {
        id: row.try_get("id")?,
        reference: row.try_get("reference")?,
        created_at: row.try_get("created_at")?,
    })
}

fn schedule(row: &SqliteRow) -> Result<Schedule, sqlx::Error> {
    Ok(Schedule {
        id: row.try_get("id")?,
        name: row.try_get("name")?,
        every_minutes: row.try_get("every_minutes")?,
        targets: listed(row, "targets")?,
        enabled: row.try_get("enabled")?,
        next_at: row.try_get("next_at")?,
    })
}

fn job(row: &SqliteRow) -> Result<Job, sqlx::Error> {
    let state: String = row.try_get("state")?;
    Ok(Job {
        id: row.try_get("id")?,
        state: JobState::ALL
            .into_iter()
            .find(|s| s.as_str() == state)
            .unwrap_or(JobState::Interrupted),
        requested_by: row.try_get("requested_by")?,
        targets: listed(row, "targets")?,
        created_at: row.try_get("created_at")?,
        started_at: row.try_get("started_at")?,
        finished_at: row.try_get("finished_at")?,
        scan: row.try_get("scan")?,
        message: row.try_get("message")?,
    })
}
