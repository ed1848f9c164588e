//! Arguments of `aispm data`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{FailOn, Output, ViewFormat};

/// What to do with training data.
#[derive(Debug, Subcommand)]
pub enum DataCommand {
    /// Look for label noise, triggers, conflicting near-duplicates, hidden text, planted instructions, keys and personal data
    Check(DataCheckArgs),
    /// Which rows were edited, inserted or deleted between two versions; exit with 1 where any was
    Diff(DataDiffArgs),
    /// Write the manifest of a dataset: a Merkle tree over its rows, to compare later versions with
    Manifest(DataManifestArgs),
}

/// Arguments of `aispm data check`.
#[derive(Debug, Args)]
pub struct DataCheckArgs {
    /// A file of JSON lines, CSV or Parquet, or a folder of images by class
    #[arg(value_name = "PATH")]
    pub path: String,
    /// The column with the class [default: told from names and values]
    #[arg(long, value_name = "COLUMN")]
    pub label: Option<String>,
    /// Group rows on the Apache Ballista cluster whose scheduler answers here, as in df://10.0.0.7:50050
    #[cfg(feature = "data-cluster")]
    #[arg(long, value_name = "URL", requires = "shared")]
    pub cluster: Option<String>,
    /// A directory that the cluster's executors see under the same path
    #[cfg(feature = "data-cluster")]
    #[arg(long, value_name = "DIR", requires = "cluster")]
    pub shared: Option<PathBuf>,
    /// Output
    #[command(flatten)]
    pub output: Output,
    /// Exit with 1 on findings at or above this severity
    #[arg(long, value_enum, default_value_t = FailOn::High, value_name = "SEVERITY")]
    pub fail_on: FailOn,
    /// Exit with 3 where anything could not be read
    #[arg(long)]
    pub strict: bool,
}

/// Arguments of `aispm data diff`.
#[derive(Debug, Args)]
pub struct DataDiffArgs {
    /// The earlier dataset, or its manifest
    #[arg(value_name = "OLD")]
    pub old: PathBuf,
    /// The later one, or its manifest
    #[arg(value_name = "NEW")]
    pub new: PathBuf,
    /// How to write it: text or json
    #[arg(short, long, value_enum, default_value_t = ViewFormat::Text, value_name = "FORMAT")]
    pub format: ViewFormat,
}

/// Arguments of `aispm data manifest`.
#[derive(Debug, Args)]
pub struct DataManifestArgs {
    /// The dataset
    #[arg(value_name = "PATH")]
    pub path: PathBuf,
    /// Write to a file instead of stdout
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}
