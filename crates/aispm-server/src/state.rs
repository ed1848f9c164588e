//! What every request may use.

use std::sync::Arc;

use aispm_audit::Audit;
use aispm_engine::clock::{self, Stopwatch};
use aispm_store::Store;
use tokio::sync::Semaphore;

use crate::auth::Limiter;
use crate::estate::Estates;
use crate::front::Hosts;
use crate::jobs::{Jobs, Program};
use crate::{Settings, notify};

/// Passwords that are hashed at one time: each takes 19 MiB.
const HASHES: usize = 2;

/// Shared by all requests.
pub(crate) type Shared = Arc<App>;

pub(crate) struct App {
    pub(crate) store: Store,
    pub(crate) audit: Arc<dyn Audit>,
    pub(crate) hosts: Hosts,
    pub(crate) estates: Estates,
    pub(crate) jobs: Jobs,
    pub(crate) program: Program,
    pub(crate) limiter: Limiter,
    pub(crate) hashing: Semaphore,
    pub(crate) verifying: Semaphore,
    pub(crate) notifier: notify::Notifier,
    pub(crate) uptime: Stopwatch,
}

impl App {
    pub(crate) fn shared(settings: Settings, hosts: Hosts) -> Shared {
        Arc::new(Self {
            store: settings.store,
            audit: settings.audit,
            hosts,
            estates: Estates::default(),
            jobs: Jobs::default(),
            program: settings.program,
            limiter: Limiter::default(),
            hashing: Semaphore::new(HASHES),
            verifying: Semaphore::new(1),
            notifier: notify::Notifier {
                loopback: settings.loopback_webhooks,
                offline: settings.offline,
            },
            uptime: Stopwatch::start(),
        })
    }
}

/// Now, as the store keeps it.
pub(crate) fn now() -> String {
    clock::now().to_string()
}

/// In this many seconds, as the store keeps it.
pub(crate) fn after(seconds: i64) -> String {
    let then = clock::now().checked_add(jiff::SignedDuration::from_secs(seconds));
    then.unwrap_or(jiff::Timestamp::MAX).to_string()
}
