//! `aispm worker`: scans for a job of `aispm serve`, which started this process and holds its stdin open. Progress goes to
//! stdout, one JSON object a line.

use std::io::Read;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use aispm_engine::{Progress, clock::Stopwatch};
use aispm_store::{JobState, Store};
use clap::Parser;

use super::scan::{perform, scopes};
use super::{ask_store, block_on, closing};
use crate::args::{Cli, Command, Common, WorkerArgs};
use crate::{Exit, Usage, settings, terminal};

/// Milliseconds between two lines of progress.
const PACE: u64 = 200;

pub(crate) fn run(common: &Common, args: &WorkerArgs) -> anyhow::Result<Exit> {
    end_with_the_server();
    let url = settings::store_url(common)?;
    let job = ask_store(&url, async |store| store.job(&args.job).await)??;
    let job = job.filter(|j| j.state == JobState::Running);
    let job = job.ok_or_else(|| Usage(format!("there is no job `{}` that runs", args.job)))?;
    // The same words as on the command line, so that a scan is one scan.
    let words = ["aispm", "scan", "--no-store", "--"].map(str::to_owned);
    let cli = Cli::try_parse_from(words.into_iter().chain(job.targets))?;
    let Command::Scan(scan) = cli.command else {
        return Ok(Exit::Internal);
    };
    let done = perform(common, &scan, None, &Lines::new())?;
    let scopes = scopes(&done);
    block_on(closing(Store::open(&url), async |store| {
        store.save_for(&done.report, &scopes, Some(&args.job)).await
    }))??;
    Ok(Exit::Clean)
}

/// A scan whose server died would end a job that the next server has given up.
fn end_with_the_server() {
    std::thread::spawn(|| {
        let mut byte = [0u8; 1];
        let mut stdin = std::io::stdin().lock();
        while matches!(stdin.read(&mut byte), Ok(1)) {}
        std::process::exit(i32::from(Exit::Internal as u8));
    });
}

/// Progress as lines.
struct Lines {
    files: AtomicU64,
    stage: Mutex<&'static str>,
    watch: Stopwatch,
    told: AtomicU64,
}

impl Lines {
    fn new() -> Self {
        Self {
            files: AtomicU64::new(0),
            stage: Mutex::new(""),
            watch: Stopwatch::start(),
            told: AtomicU64::new(0),
        }
    }
    fn tell(&self) {
        let stage = self.stage.lock().map_or("", |s| *s);
        let line = serde_json::json!({"stage": stage, "files": self.files.load(Ordering::Relaxed)});
        let _ = terminal::print(format!("{line}\n").as_bytes()); // nobody listens any more: the server ends us
    }
}

impl Progress for Lines {
    fn stage(&self, name: &'static str) {
        if let Ok(mut stage) = self.stage.lock() {
            *stage = name;
        }
        self.tell();
    }
    fn file(&self, _: &str) {
        self.files.fetch_add(1, Ordering::Relaxed);
        let (now, told) = (self.watch.millis(), self.told.load(Ordering::Relaxed));
        let mine = |a, b| {
            self.told
                .compare_exchange(a, b, Ordering::Relaxed, Ordering::Relaxed)
                .is_ok()
        };
        if now >= told + PACE && mine(told, now) {
            self.tell();
        }
    }
}
