//! Arguments of `aispm guard`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// What the runtime guard is to do.
#[derive(Debug, Subcommand)]
pub enum GuardCommand {
    /// Stand between applications and an OpenAI-compatible API, and judge every answer before a byte of it leaves
    Run(GuardRunArgs),
}

/// Arguments of `aispm guard run`.
#[derive(Debug, Args)]
pub struct GuardRunArgs {
    /// The guard's configuration
    #[arg(default_value = "aispm-guard.toml", value_name = "FILE")]
    pub file: PathBuf,
    /// Only say whether the configuration is sound
    #[arg(long)]
    pub check: bool,
    /// Print a commented configuration with every key
    #[arg(long, conflicts_with = "check")]
    pub example: bool,
}
