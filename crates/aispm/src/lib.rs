//! The command line of aispm: one definition gives help, completions, man pages and the CLI reference.

mod args;
mod commands;
mod output;
mod progress;
mod settings;
mod terminal;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{CommandFactory, Parser};

pub use args::{Cli, Command};

/// Ends a run in one of the documented ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Nothing at or above `--fail-on`.
    Clean = 0,
    /// Findings at or above it.
    Findings = 1,
    /// The call's words are off.
    Usage = 2,
    /// Incomplete under `--strict`, or a whole target unread, and no such finding.
    Incomplete = 3,
    /// A defect of ours.
    Internal = 4,
}

/// An error of the user's making, which ends with exit code 2.
#[derive(Debug)]
pub struct Usage(pub String);

impl std::fmt::Display for Usage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Usage {}

/// The clap definition, for whoever documents it.
pub fn definition() -> clap::Command {
    Cli::command()
}

/// Runs the program on these arguments.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(e) => {
            let _ = e.print(); // a closed pipe is no reason to fail harder
            return ExitCode::from(if e.use_stderr() {
                Exit::Usage as u8
            } else {
                Exit::Clean as u8
            });
        }
    };
    terminal::start_log(cli.common.verbose, cli.common.quiet);
    let exit = match commands::run(&cli) {
        Ok(exit) => exit,
        Err(e) => {
            terminal::error(&e);
            if e.downcast_ref::<Usage>().is_some() {
                Exit::Usage
            } else {
                Exit::Internal
            }
        }
    };
    ExitCode::from(exit as u8)
}
