//! The store: scans with their reports, the history of assets and findings, and what the server keeps, in SQLite.
//!
//! One transaction saves a scan, so a process that dies leaves the old state. Only scopes that a scan covered completely
//! are swept: what is missing from a scope that was read in part stays as it was. The store never reads the clock; times
//! come with the report. SQL is kept to what PostgreSQL understands too.

mod accounts;
mod error;
mod migrations;
mod open;
mod read;
mod register;
mod save;
mod watch;
mod webhooks;

pub use accounts::{Token, User};
pub use error::StoreError;
pub use open::Store;
pub use read::{AssetHistory, AssetStatus, FindingHistory, FindingStatus, Scan};
pub use register::Registration;
pub use save::ScannedScope;
pub use watch::{Job, JobState, Schedule, WatchedTarget};
pub use webhooks::{Delivery, Webhook};
