//! Arguments.

use std::path::PathBuf;

use aispm_types::Severity;
use clap::{Args, Parser, Subcommand, ValueEnum};

/// AI security posture management: inventory the AI stack, assess it, map the attack paths, fix what matters.
#[derive(Debug, Parser)]
#[command(
    name = "aispm",
    version,
    about,
    propagate_version = true,
    arg_required_else_help = true,
    max_term_width = 100
)]
pub struct Cli {
    /// Options of every command.
    #[command(flatten)]
    pub common: Common,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Options of every command.
#[derive(Debug, Args)]
#[command(next_help_heading = "Common options")]
pub struct Common {
    /// Where scans are kept: `sqlite:PATH` [default: under the XDG data directory]
    #[arg(long, global = true, value_name = "URL", env = "AISPM_STORE")]
    pub store: Option<String>,
    /// The organisation's policy [default: aispm.toml in the working directory, where there is one]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Rules of your own beside the built-in ones
    #[arg(long, global = true, value_name = "DIR")]
    pub rules: Option<PathBuf>,
    /// Refuse every network connection (this version makes none)
    #[arg(long, global = true)]
    pub offline: bool,
    /// No colour, even on a terminal (NO_COLOR does the same)
    #[arg(long, global = true)]
    pub no_color: bool,
    /// Only errors on stderr: no progress
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Say more on stderr; twice for everything
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Collect, assess, derive attack paths and report
    Scan(ScanArgs),
    /// AI systems of a scan: owner, posture, what was not assessed and why
    Systems(ViewArgs),
    /// Assets of a scan
    Inventory(ViewArgs),
    /// Findings of a scan, worst first
    Findings(ViewArgs),
    /// What to do, ordered by the attack paths it cuts
    Fixes(ViewArgs),
    /// Attack paths, drawn step by step
    Paths(ViewArgs),
    /// Hold a scan against a framework: each control passed, failed, not assessed or manual, with evidence
    Comply(ComplyArgs),
    /// What changed between two scans of the same place
    Diff(DiffArgs),
    /// Explain a rule, a finding (F-…), a fix (X-…) or an attack path (P-…)
    Explain(ExplainArgs),
    /// List, show, test and write rules
    #[command(subcommand)]
    Rules(RulesCommand),
    /// Write a commented aispm.toml
    Init(InitArgs),
    /// Write completions for a shell
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
}

/// Arguments of `aispm scan`.
#[derive(Debug, Args)]
pub struct ScanArgs {
    /// Directories or files [default: the working directory]
    #[arg(value_name = "TARGET")]
    pub targets: Vec<String>,
    /// Output
    #[command(flatten)]
    pub output: Output,
    /// Exit with 1 on findings at or above this severity
    #[arg(long, value_enum, default_value_t = FailOn::High, value_name = "SEVERITY")]
    pub fail_on: FailOn,
    /// Exit with 3 where anything could not be read
    #[arg(long)]
    pub strict: bool,
    /// An earlier JSON report: only findings that it does not have count for --fail-on
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// Read files that ignore files (.gitignore, .ignore) hide, too
    #[arg(long)]
    pub no_ignore: bool,
    /// Do not keep this scan in the store
    #[arg(long)]
    pub no_store: bool,
    /// Judge expiry dates as of this day (YYYY-MM-DD) [default: today, UTC]
    #[arg(long, value_name = "DATE")]
    pub as_of: Option<jiff::civil::Date>,
    /// Threads, 1 to 64 [default: one a core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=64))]
    pub threads: Option<u8>,
}

/// Where output goes and how it looks.
#[derive(Clone, Debug, Args)]
pub struct Output {
    /// How to write it: text, json, sarif, cyclonedx, html, md or csv
    #[arg(short, long, default_value = "text", value_name = "FORMAT")]
    pub format: String,
    /// Write to a file instead of stdout
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// Arguments of commands that show a part of a scan.
#[derive(Debug, Args)]
pub struct ViewArgs {
    /// Which scan [default: the last one]
    #[arg(long, value_name = "ID")]
    pub scan: Option<String>,
    /// Only of this AI system
    #[arg(long, value_name = "NAME")]
    pub system: Option<String>,
    /// Only at or above this severity
    #[arg(long, value_name = "SEVERITY")]
    pub severity: Option<Severity>,
    /// How to write it: text or json
    #[arg(short, long, value_enum, default_value_t = ViewFormat::Text, value_name = "FORMAT")]
    pub format: ViewFormat,
}

/// Arguments of `aispm comply`.
#[derive(Debug, Args)]
pub struct ComplyArgs {
    /// Which framework, as in `owasp-llm` (its newest version) or `owasp-llm@2025` [default: list them]
    pub framework: Option<String>,
    /// Which scan [default: the last one]
    #[arg(long, value_name = "ID")]
    pub scan: Option<String>,
    /// How to write it: text, html, json or csv
    #[arg(short, long, value_enum, default_value_t = ComplyFormat::Text, value_name = "FORMAT")]
    pub format: ComplyFormat,
    /// Write to a file instead of stdout
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// List every finding of a control, where text otherwise shows the worst
    #[arg(long)]
    pub all: bool,
}

/// Formats of `aispm comply`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ComplyFormat {
    /// For people at a terminal
    Text,
    /// One self-contained page
    Html,
    /// For programs
    Json,
    /// One row for each control
    Csv,
}

/// Arguments of `aispm diff`.
#[derive(Debug, Args)]
pub struct DiffArgs {
    /// The earlier scan [default: the one before the last of the same targets]
    pub from: Option<String>,
    /// The later scan [default: the last one]
    pub to: Option<String>,
    /// How to write it: text or json
    #[arg(short, long, value_enum, default_value_t = ViewFormat::Text, value_name = "FORMAT")]
    pub format: ViewFormat,
}

/// Arguments of `aispm explain`.
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// A rule id, F-…, X-… or P-…
    pub what: String,
    /// Which scan [default: the last one]
    #[arg(long, value_name = "ID")]
    pub scan: Option<String>,
}

/// Subcommands of `aispm rules`.
#[derive(Debug, Subcommand)]
pub enum RulesCommand {
    /// All rules
    List {
        /// How to write it: text or json
        #[arg(short, long, value_enum, default_value_t = ViewFormat::Text, value_name = "FORMAT")]
        format: ViewFormat,
    },
    /// One rule
    Show {
        /// Its id
        id: String,
    },
    /// Run every rule's examples; exit with 1 where one fails
    Test,
    /// Write the skeleton of a rule as data
    New {
        /// Its id, which names the defect: `notebook-open-to-internet`
        id: String,
        /// Directory to write to
        #[arg(long, default_value = "rules", value_name = "DIR")]
        dir: PathBuf,
    },
}

/// Arguments of `aispm init`.
#[derive(Debug, Args)]
pub struct InitArgs {
    /// Where to write it
    #[arg(default_value = "aispm.toml")]
    pub file: PathBuf,
    /// Overwrite what is there
    #[arg(long)]
    pub force: bool,
}

/// From which severity on findings fail a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// Only critical ones
    Critical,
    /// High and worse
    High,
    /// Medium and worse
    Medium,
    /// Low and worse
    Low,
    /// Any
    Info,
    /// Never
    Never,
}

impl FailOn {
    /// The least severity that fails.
    pub fn severity(self) -> Option<Severity> {
        match self {
            Self::Critical => Some(Severity::Critical),
            Self::High => Some(Severity::High),
            Self::Medium => Some(Severity::Medium),
            Self::Low => Some(Severity::Low),
            Self::Info => Some(Severity::Info),
            Self::Never => None,
        }
    }
}

/// Formats of views.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ViewFormat {
    /// For people
    Text,
    /// For programs
    Json,
}
