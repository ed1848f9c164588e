//! The log: one line for each request, written when its answer has ended, by whichever way.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::{Arc, Mutex};

use aispm_guard::{Action, Event};
use aispm_guard_log::{Did, Record, VERSION, Verdict, name};
use tokio::time::Instant;

use crate::problem::Problem;

/// The file that is appended to.
#[derive(Debug)]
pub(crate) struct Journal(Mutex<State>);

#[derive(Debug)]
struct State {
    file: File,
    /// The last line was not written whole.
    broken: bool,
}

impl Journal {
    /// Opens the log for appending; others may not read it.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new()
            .append(true)
            .create(true)
            .mode(0o600)
            .open(path)?;
        Ok(Self(Mutex::new(State { file, broken: false })))
    }

    fn write(&self, record: &Record) {
        let Ok(mut line) = serde_json::to_vec(record) else {
            return;
        };
        line.push(b'\n');
        let Ok(mut state) = self.0.lock() else {
            return;
        };
        if state.broken {
            // Ends the torn line, so that this one can be read.
            line.insert(0, b'\n');
        }
        match state.file.write_all(&line) {
            Ok(()) => state.broken = false,
            Err(error) => {
                state.broken = true;
                tracing::error!(%error, "the log cannot be written");
            }
        }
    }

    /// Whether lines can be written, tried anew where the last could not.
    pub(crate) fn is_well(&self) -> bool {
        let Ok(mut state) = self.0.lock() else {
            return false;
        };
        if state.broken {
            state.broken = state.file.write_all(b"\n").is_err();
        }
        !state.broken
    }
}

/// The line of one request while it grows. It is written when this is dropped, so that no way out forgets it.
#[derive(Debug)]
pub(crate) struct Entry {
    journal: Arc<Journal>,
    began: Instant,
    pub(crate) record: Record,
    /// The answer has ended by itself.
    pub(crate) ended: bool,
}

impl Entry {
    pub(crate) fn new(journal: Arc<Journal>, time: String, request: String, call: String) -> Self {
        let record = Record {
            v: VERSION,
            time,
            request,
            call,
            ..Record::default()
        };
        Self {
            journal,
            began: Instant::now(),
            record,
            ended: false,
        }
    }

    /// The guard answers in place of a model.
    pub(crate) fn problem(&mut self, problem: &Problem) {
        self.record.status = problem.status().as_u16();
        self.record.verdict = problem.verdict();
        self.record.error = Some(problem.word());
    }

    /// What was done to the answer so far, and the verdict that follows from it.
    pub(crate) fn done(&mut self, events: Vec<Event>) {
        let mut verdict = self.record.verdict;
        self.record.did = events
            .into_iter()
            .map(|event| {
                verdict = verdict.max(match event.action {
                    Action::Stopped => Verdict::Stopped,
                    Action::PassedUnjudged => Verdict::Unjudged,
                    Action::Masked | Action::Removed => Verdict::Changed,
                    Action::Noted => Verdict::Passed,
                });
                Did {
                    choice: event.choice,
                    field: event.field,
                    reason: event.reason.name().into(),
                    action: event.action.name().into(),
                    count: event.count as u64,
                    detail: name(&event.detail),
                }
            })
            .collect();
        self.record.verdict = verdict;
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.record.client_left = !self.ended;
        if self.record.status == 0 {
            self.record.verdict = Verdict::Failed;
            self.record.error = Some("client_left".into());
        }
        self.record.millis = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.journal.write(&self.record);
    }
}
