//! The parallel walk over a directory.

use std::path::Path;

use aispm_types::{Batch, Coverage};

use crate::{ReadContext, Reader};

/// Told how the walk proceeds; called from many threads.
pub trait Progress: Send + Sync {
    /// One more file was read.
    fn file_read(&self, path: &str);
}

/// What a walk saw.
#[derive(Debug, Default)]
pub struct WalkOutcome {
    /// Observations, in path order.
    pub batch: Batch,
    /// What was read.
    pub coverage: Coverage,
    /// Files read.
    pub files: u64,
    /// Bytes read.
    pub bytes: u64,
}

/// Walks a directory or reads a file, hands every file to the readers that want it, and joins what they saw in path order.
pub fn walk(
    _root: &Path,
    _readers: &[Box<dyn Reader>],
    _cx: &ReadContext,
    _progress: &dyn Progress,
) -> WalkOutcome {
    WalkOutcome::default()
}
