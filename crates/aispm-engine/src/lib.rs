//! The pipeline: targets → observations → redaction → graph → rules → attack paths → report.
//!
//! One direction, for whoever calls it: command line, server and worker alike. The only module that reads the clock is
//! [`clock`]; everything after collection is a pure function of (graph, policy, baseline, as-of date).

mod assemble;
pub mod clock;
mod collect;
mod fixes;
mod scan;
mod target;

pub use collect::{collectors, readers};
pub use scan::{Content, ContentError, Progress, Scan, ScanRequest, Scope, scan, scan_over};
pub use target::{Target, TargetError};
