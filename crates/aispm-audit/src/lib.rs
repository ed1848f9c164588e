//! The audit log: an append-only file in which each entry carries the hash of the one before it.
//!
//! Whoever changes anything first says so here, through [`Audit::record`]; where that fails, the change is refused. An entry
//! is on the disk before `record` returns. Beside the log lies its anchor, which names the last entry, so that a
//! log that lost its end is told from one that ends there. Whoever may write both files can rewrite history from some entry
//! on; an anchor noted elsewhere ([`Anchor`], printed by `aispm audit verify`) shows that too.
//!
//! The log never reads the clock; times come with the event.

mod disk;
mod entry;
mod error;
mod log;
mod verify;

pub use entry::{Anchor, Entry, Event, MAX_ENTRY};
pub use error::AuditError;
pub use log::AuditLog;
pub use verify::{Broken, Verified, verify, verify_bytes};

/// What every change goes through before it is made.
pub trait Audit: Send + Sync {
    /// Writes down what is about to happen, and returns once that cannot be lost.
    ///
    /// # Errors
    /// The event could not be written down for good: the change must not be made.
    fn record(&self, event: &Event) -> Result<Anchor, AuditError>;
}
