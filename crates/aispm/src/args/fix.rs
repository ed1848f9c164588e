//! Arguments of `aispm fix`.

use std::path::PathBuf;

use clap::Args;

use super::ViewFormat;

/// Arguments of `aispm fix`.
#[derive(Debug, Args)]
pub struct FixArgs {
    /// F-… or X-…, and the targets to read [default: every finding; the targets of the last scan, read again]
    #[arg(value_name = "FINDING|TARGET")]
    pub what: Vec<String>,
    /// Only plans that cannot break what works: see what each says
    #[arg(long)]
    pub all_safe: bool,
    /// Write the plans as a diff for `git apply`; `-` is stdout
    #[arg(long, value_name = "FILE", conflicts_with = "apply")]
    pub patch: Option<PathBuf>,
    /// Write lines that hold secrets into the patch, too, for their owner's eyes alone (mode 0600)
    #[arg(long, requires = "patch")]
    pub with_secrets: bool,
    /// Change the files, and prove it by reading again; asks before, and writes to the audit log first
    #[arg(long)]
    pub apply: bool,
    /// Do not ask
    #[arg(short, long)]
    pub yes: bool,
    /// Restore what an application changed, byte for byte
    #[arg(long, value_name = "R-…", conflicts_with_all = ["apply", "patch", "all_safe", "what"])]
    pub undo: Option<String>,
    /// How to show plans: text or json
    #[arg(short, long, value_enum, default_value_t = ViewFormat::Text, value_name = "FORMAT", conflicts_with = "apply")]
    pub format: ViewFormat,
    /// The audit log [default: audit.log beside the store]
    #[arg(long, value_name = "FILE")]
    pub audit_log: Option<PathBuf>,
    /// Judge expiry dates as of this day (YYYY-MM-DD) [default: today, UTC]
    #[arg(long, value_name = "DATE")]
    pub as_of: Option<jiff::civil::Date>,
}
