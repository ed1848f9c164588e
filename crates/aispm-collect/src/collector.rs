//! Collectors: what reads a target that is not a directory.

use std::path::PathBuf;

use aispm_types::{Batch, Coverage, NetworkUse};
use jiff::civil::Date;

use crate::Budgets;

/// What a collector may know and spend.
#[derive(Clone, Debug)]
pub struct CollectContext {
    /// The target's name, for locations.
    pub target: String,
    /// Limits.
    pub budgets: Budgets,
    /// No socket may be opened: a collector that needs one gives back a gap.
    pub offline: bool,
    /// The day to judge ages on.
    pub as_of: Date,
    /// Key of secrets' fingerprints.
    pub fingerprint_key: Vec<u8>,
    /// Directories with the prefix of ids of what lives in them, as a scan of them names it: those of the same scan, and the
    /// checkout that the reference lies in where it is a path.
    pub directories: Vec<(PathBuf, String)>,
}

/// What a collector saw.
#[derive(Clone, Debug, Default)]
pub struct Collected {
    /// Observations.
    pub batch: Batch,
    /// What was read completely, and what was not and why. Nothing complete and only gaps: the target was not read at all.
    pub coverage: Coverage,
    /// Every host contacted and why, for the receipt.
    pub network: Vec<NetworkUse>,
    /// Files, log lines, addresses: whatever this collector counts.
    pub read: u64,
}

/// Reads one kind of target, `KIND:REF`. Never judges, never stores, never executes anything of the target.
///
/// Calls are blocking: a scan runs on threads of its own, and a collector that waits on many connections brings its runtime.
pub trait Collector: Send + Sync {
    /// The word before the colon: `log`, `net`, `host`.
    fn kind(&self) -> &'static str;
    /// Whether the reference is well formed, told before anything is read: what is wrong and what to write instead.
    fn check(&self, reference: &str) -> Result<(), String>;
    /// Reads it. `progress` is told of each thing read.
    fn collect(&self, reference: &str, cx: &CollectContext, progress: &dyn crate::Progress) -> Collected;
}
