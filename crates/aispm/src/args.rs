//! Arguments.

mod data;
mod fix;
mod guard;

use std::path::PathBuf;

use aispm_types::Severity;
use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use data::{DataCheckArgs, DataCommand, DataDiffArgs, DataManifestArgs};
pub(crate) use fix::FixArgs;
pub(crate) use guard::{GuardCommand, GuardRunArgs};

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
    /// Plan what resolves findings and show it; write it as a patch, or apply it, prove it and undo it
    Fix(FixArgs),
    /// Read again what findings rest on: still there, gone, or cannot tell
    Verify(VerifyArgs),
    /// Keep watch: targets, schedules, the register, the API and the dashboard, on this machine
    Serve(ServeArgs),
    /// Scan for a job of `aispm serve`
    #[command(hide = true)]
    Worker(WorkerArgs),
    /// The runtime guard: answers of models, judged before they reach a page, a terminal or a tool
    #[command(subcommand)]
    Guard(GuardCommand),
    /// Training data: check its rows, compare its versions
    #[command(subcommand)]
    Data(DataCommand),
    /// The hash-chained log of everything that was changed
    #[command(subcommand)]
    Audit(AuditCommand),
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
    /// Findings of other tools, as OCSF (Prowler) or SARIF 2.1.0 (Checkov, Trivy, Semgrep); may be given again
    #[arg(long, value_name = "FILE")]
    pub import: Vec<PathBuf>,
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
    /// How to write it: text, json, sarif, cyclonedx, html, md, csv, ocsf or opengraph
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

/// Arguments of `aispm verify`.
#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// F-…
    #[arg(required = true, value_name = "FINDING")]
    pub findings: Vec<String>,
    /// Which scan [default: the last one]
    #[arg(long, value_name = "ID")]
    pub scan: Option<String>,
    /// Read targets whole at once, where otherwise the named files are read first
    #[arg(long)]
    pub whole: bool,
    /// How to write it: text or json
    #[arg(short, long, value_enum, default_value_t = ViewFormat::Text, value_name = "FORMAT")]
    pub format: ViewFormat,
}

/// Arguments of `aispm serve`.
#[derive(Debug, Args)]
pub struct ServeArgs {
    /// Where to listen
    #[arg(long, default_value = "127.0.0.1:8787", value_name = "ADDRESS:PORT")]
    pub listen: std::net::SocketAddr,
    /// Certificate chain, PEM
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,
    /// Private key of the certificate, PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
    /// A name under which the server is asked, as in `aispm.acme.example`; other names are refused
    #[arg(long = "host", value_name = "NAME")]
    pub hosts: Vec<String>,
    /// Listen beyond this machine without TLS: something in front of it must encrypt
    #[arg(long)]
    pub plain_http: bool,
    /// A target to watch from the start, and to scan now where it was never scanned
    #[arg(long = "target", value_name = "TARGET")]
    pub targets: Vec<String>,
    /// Give the first user a new password, print it, and go on
    #[arg(long)]
    pub new_secret: bool,
    /// Let webhooks go to this machine, without TLS
    #[arg(long)]
    pub loopback_webhooks: bool,
    /// The audit log [default: audit.log beside the store]
    #[arg(long, value_name = "FILE")]
    pub audit_log: Option<PathBuf>,
}

/// Arguments of `aispm worker`.
#[derive(Debug, Args)]
pub struct WorkerArgs {
    /// J-…
    #[arg(long, value_name = "ID")]
    pub job: String,
}

/// Subcommands of `aispm audit`.
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Check every entry against the chain of hashes and its anchor; exit with 1 where anything was changed
    Verify {
        /// The log [default: audit.log beside the store]
        file: Option<PathBuf>,
        /// An anchor noted elsewhere, as an earlier `aispm audit verify` printed it
        #[arg(long, value_name = "SEQ:HASH")]
        noted: Option<String>,
    },
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
