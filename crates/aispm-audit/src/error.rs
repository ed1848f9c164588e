//! What can go wrong, and what to try.

use std::path::PathBuf;

use crate::verify::Broken;

/// An event was not written down.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// The disk says no.
    #[error("the audit log {} failed while {doing}; nothing is changed while it cannot be written", path.display())]
    Disk {
        /// The log.
        path: PathBuf,
        /// What was being done.
        doing: &'static str,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Somebody else changed it.
    #[error("the audit log {} is not as it was left: {source}; see `aispm audit verify`, and move it away to begin a new one", path.display())]
    Broken {
        /// The log.
        path: PathBuf,
        /// How.
        #[source]
        source: Broken,
    },
    /// An event larger than an entry may be.
    #[error("an audit entry of {size} bytes is over the limit of {}", crate::MAX_ENTRY)]
    TooLarge {
        /// Its size in bytes.
        size: usize,
    },
}
