//! Scans that were asked for. One runs at a time, in a process of its own: what a hostile target does to it happens to nobody
//! else, and stopping it stops it at once.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aispm_audit::Event;
use aispm_store::{Job, JobState};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::Notify;
use utoipa::ToSchema;

use crate::api::record;
use crate::auth::identifier;
use crate::problem::Problem;
use crate::state::{self, App, Shared};
use crate::verify::Answer;

/// How often schedules are looked at.
const TICK: Duration = Duration::from_secs(15);
/// Longest a scan may take.
const LONGEST: Duration = Duration::from_secs(6 * 3600);
/// Reports that are kept; of older scans the history stays.
const REPORTS: u32 = 100;
/// Jobs that wait at most.
const QUEUE: usize = 100;
/// Longest line of progress, and most of an error, in bytes.
const LINE: u64 = 4096;
/// Most that a verification says, in bytes.
const ANSWER: u64 = 1 << 20;

/// How far a scan is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Progress {
    /// `collect`, `graph`, `rules` or `paths`.
    pub stage: String,
    /// Files read so far.
    pub files: u64,
}

/// What runs and what waits.
#[derive(Default)]
pub(crate) struct Jobs {
    running: Mutex<BTreeMap<String, (Progress, Arc<Notify>)>>,
    wake: Notify,
}

impl Jobs {
    fn running(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, (Progress, Arc<Notify>)>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
    pub(crate) fn progress(&self, id: &str) -> Option<Progress> {
        self.running().get(id).map(|(p, _)| p.clone())
    }
    /// Stops a job that runs.
    pub(crate) fn stop(&self, id: &str) {
        if let Some((_, stop)) = self.running().get(id) {
            stop.notify_one();
        }
    }
}

/// Queues a scan of these targets (ids; none means all).
pub(crate) async fn queue(app: &App, ids: &[String], by: &str) -> Result<Job, Problem> {
    let known = app.store.targets().await?;
    let targets: Vec<String> = if ids.is_empty() {
        known.into_iter().map(|t| t.reference).collect()
    } else {
        let one = |id: &String| {
            let found = known.iter().find(|t| t.id == *id).map(|t| t.reference.clone());
            found.ok_or_else(|| Problem::Bad(format!("there is no target `{id}`")))
        };
        ids.iter().map(one).collect::<Result<_, _>>()?
    };
    if targets.is_empty() {
        return Err(Problem::Conflict(String::from(
            "there is no target yet; add one first",
        )));
    }
    let (recent, _) = app.store.jobs(200, 0).await?;
    let waiting: Vec<&Job> = recent.iter().filter(|j| j.state == JobState::Queued).collect();
    if waiting.len() >= QUEUE {
        return Err(Problem::Conflict(format!("{QUEUE} jobs wait already")));
    }
    let job = Job {
        id: identifier('J').map_err(|_| Problem::Internal)?,
        state: JobState::Queued,
        requested_by: by.to_owned(),
        targets,
        created_at: state::now(),
        started_at: None,
        finished_at: None,
        scan: None,
        message: None,
    };
    app.store.add_job(&job).await?;
    app.jobs.wake.notify_one();
    Ok(job)
}

/// When a schedule that runs now is due again.
pub(crate) fn due(every_minutes: i64) -> String {
    state::after(every_minutes.saturating_mul(60))
}

/// Works off jobs and schedules until it is dropped.
pub(crate) async fn work(app: Shared) {
    loop {
        if let Err(problem) = plan(&app).await {
            tracing::error!(?problem, "schedules could not be looked at");
        }
        match app.store.claim_job(&state::now()).await {
            Ok(Some(job)) => {
                run(&app, &job).await;
                continue;
            }
            Ok(None) => {}
            Err(e) => tracing::error!(error = &e as &dyn std::error::Error, "no job could be taken"),
        }
        tokio::select! {
            () = app.jobs.wake.notified() => {}
            () = tokio::time::sleep(TICK) => {}
        }
    }
}

/// Queues what is due. One that still waits or runs is not queued again.
pub(crate) async fn plan(app: &App) -> Result<(), Problem> {
    let now = state::now();
    for mut schedule in app.store.schedules().await? {
        // RFC 3339 in UTC with whole seconds: texts sort as times do.
        if !schedule.enabled || schedule.next_at > now {
            continue;
        }
        let by = format!("schedule:{}", schedule.name);
        schedule.next_at = due(schedule.every_minutes);
        record(&app.audit, Event::new(&now, &by, "create_job", &schedule.id)).await?;
        app.store.put_schedule(&schedule).await?;
        let (recent, _) = app.store.jobs(200, 0).await?;
        let busy = |j: &Job| j.requested_by == by && matches!(j.state, JobState::Queued | JobState::Running);
        if recent.iter().any(busy) {
            continue;
        }
        if let Err(problem) = queue(app, &schedule.targets, &by).await {
            tracing::warn!(?problem, schedule = %schedule.name, "a scheduled scan was not queued");
        }
    }
    Ok(())
}

/// Runs one job to its end, whatever it is.
async fn run(app: &Shared, job: &Job) {
    let stop = Arc::new(Notify::new());
    app.jobs
        .running()
        .insert(job.id.clone(), (Progress::default(), Arc::clone(&stop)));
    let outcome = tokio::select! {
        done = app.program.scan(app, job) => done,
        () = stop.notified() => Err(None),
        () = tokio::time::sleep(LONGEST) => Err(Some(String::from("the scan took too long"))),
    };
    app.jobs.running().remove(&job.id);
    let message = match outcome {
        Ok(()) => Some(String::from("the scan ended without a result")),
        Err(message) => message,
    };
    // A job that is done or cancelled already stays so.
    let ended = app
        .store
        .end_job(&job.id, JobState::Failed, &state::now(), message.as_deref())
        .await;
    match ended {
        Ok(true) => tracing::warn!(job = %job.id, ?message, "a scan failed"),
        Ok(false) => {
            announce(app, &job.id);
            if let Err(e) = app.store.prune(REPORTS).await {
                tracing::error!(
                    error = &e as &dyn std::error::Error,
                    "old reports could not be pruned"
                );
            }
        }
        Err(e) => {
            tracing::error!(error = &e as &dyn std::error::Error, job = %job.id, "a job could not be ended")
        }
    }
}

/// Sends what is new to whoever wants to know, while the next job runs.
fn announce(app: &Shared, job: &str) {
    let (app, job) = (Arc::clone(app), job.to_owned());
    tokio::spawn(async move {
        if let Ok(Some(Job { scan: Some(scan), .. })) = app.store.job(&job).await
            && let Err(problem) = crate::notify::announce(&app, &scan).await
        {
            tracing::error!(?problem, "news could not be gathered");
        }
    });
}

/// This program, as it is started for a scan. Nothing of a target is ever started.
#[derive(Clone, Debug)]
pub struct Program {
    /// The program.
    pub path: PathBuf,
    /// Options before the command: store, policy, rules.
    pub options: Vec<OsString>,
}

impl Program {
    fn start(&self, arguments: &[&str]) -> std::io::Result<Child> {
        Command::new(&self.path)
            .args(&self.options)
            .args(arguments)
            // The other end stays open while the server lives; the scan ends when it closes.
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
    }

    /// Scans for a job; the scan marks it as done. The error is what to tell, none where somebody stopped it.
    async fn scan(&self, app: &App, job: &Job) -> Result<(), Option<String>> {
        let tell = |e: std::io::Error| Some(format!("the scan could not be started: {e}"));
        let mut child = self.start(&["worker", "--job", &job.id]).map_err(tell)?;
        let _open = child.stdin.take();
        let progress = child.stdout.take().map(BufReader::new);
        let error = child.stderr.take();
        let follow = async {
            let Some(mut lines) = progress else { return };
            let mut line = String::new();
            loop {
                line.clear();
                match (&mut lines).take(LINE).read_line(&mut line).await {
                    Ok(0) | Err(_) => return,
                    Ok(_) => {
                        if let Ok(told) = serde_json::from_str::<Progress>(&line)
                            && let Some((progress, _)) = app.jobs.running().get_mut(&job.id)
                        {
                            *progress = told;
                        }
                    }
                }
            }
        };
        let (status, (), said) = tokio::join!(child.wait(), follow, last(error));
        match status {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(Some(match said.trim() {
                "" => format!("the scan ended with {status}"),
                said => said.to_owned(),
            })),
            Err(e) => Err(Some(e.to_string())),
        }
    }

    /// Verifies a finding of a scan.
    pub(crate) async fn verify(&self, finding: &str, scan: &str) -> Result<Answer, String> {
        let arguments = ["verify", finding, "--scan", scan, "--format", "json"];
        let mut child = self.start(&arguments).map_err(|e| e.to_string())?;
        let _open = child.stdin.take();
        let out = child.stdout.take();
        let error = child.stderr.take();
        let answer = async {
            let mut text = Vec::new();
            if let Some(out) = out {
                let _ = out.take(ANSWER).read_to_end(&mut text).await; // cut short, it is no answer
            }
            text
        };
        let (status, answer, said) = tokio::join!(child.wait(), answer, last(error));
        status.map_err(|e| e.to_string())?;
        let mut answers: Vec<Answer> = serde_json::from_slice(&answer).map_err(|_| said)?;
        answers.pop().ok_or_else(|| String::from("no answer"))
    }
}

/// The end of what a process says on stderr; all of it is read, so that it never waits for us.
async fn last(error: Option<tokio::process::ChildStderr>) -> String {
    let mut kept = Vec::new();
    let mut piece = [0u8; 1024];
    if let Some(mut error) = error {
        while let Ok(n @ 1..) = error.read(&mut piece).await {
            kept.extend_from_slice(piece.get(..n).unwrap_or_default());
            let over = kept.len().saturating_sub(usize::try_from(LINE).unwrap_or(0));
            kept.drain(..over);
        }
    }
    String::from_utf8_lossy(&kept).into_owned()
}
