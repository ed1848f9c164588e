//! One file a command.

mod audit;
mod comply;
mod data;
mod diff;
mod explain;
mod fix;
mod guard;
mod init;
mod rules;
mod scan;
mod serve;
mod verify;
mod view;
mod worker;

use aispm_report::Options;
use aispm_store::{Store, StoreError};
use clap::CommandFactory;

use crate::args::{Cli, Command, Common};
use crate::{Exit, terminal};

pub(crate) fn run(cli: &Cli) -> anyhow::Result<Exit> {
    let common = &cli.common;
    match &cli.command {
        Command::Scan(args) => scan::run(common, args),
        Command::Systems(args) => view::run(common, args, view::Part::Systems),
        Command::Inventory(args) => view::run(common, args, view::Part::Inventory),
        Command::Findings(args) => view::run(common, args, view::Part::Findings),
        Command::Fixes(args) => view::run(common, args, view::Part::Fixes),
        Command::Paths(args) => view::run(common, args, view::Part::Paths),
        Command::Comply(args) => comply::run(common, args),
        Command::Diff(args) => diff::run(common, args),
        Command::Explain(args) => explain::run(common, args),
        Command::Fix(args) => fix::run(common, args),
        Command::Verify(args) => verify::run(common, args),
        Command::Serve(args) => serve::run(common, args),
        Command::Worker(args) => worker::run(common, args),
        Command::Guard(command) => guard::run(common, command),
        Command::Data(command) => data::run(common, command),
        Command::Audit(command) => audit::run(common, command),
        Command::Rules(command) => rules::run(common, command),
        Command::Init(args) => init::run(args),
        Command::Completions { shell } => {
            let mut out = Vec::new();
            clap_complete::generate(*shell, &mut Cli::command(), "aispm", &mut out);
            terminal::print(&out)?;
            Ok(Exit::Clean)
        }
    }
}

/// How text looks on this stdout.
fn look(common: &Common, all: bool) -> Options {
    Options {
        color: terminal::color(common),
        ascii: false,
        width: terminal::width(),
        all,
    }
}

/// How text looks where it goes: no colour in a file.
fn look_at(common: &Common, path: Option<&std::path::Path>) -> Options {
    let look = look(common, false);
    Options {
        color: look.color && path.is_none(),
        ..look
    }
}

/// Done when somebody asks to stop.
async fn stopped() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        let _ = tokio::signal::ctrl_c().await;
        return;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

/// Opens the store to read, asks it and closes it.
fn ask_store<T>(
    url: &str,
    ask: impl AsyncFnOnce(&Store) -> Result<T, StoreError>,
) -> anyhow::Result<Result<T, StoreError>> {
    block_on(closing(Store::open_existing(url), ask))
}

/// Opens the store, does something with it and closes it, whatever came of that: its one file holds everything then.
async fn closing<T>(
    open: impl Future<Output = Result<Store, StoreError>>,
    ask: impl AsyncFnOnce(&Store) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let store = open.await?;
    let done = ask(&store).await;
    store.close().await;
    done
}

/// Runs the store's futures; nothing else here is asynchronous.
fn block_on<T>(future: impl Future<Output = T>) -> anyhow::Result<T> {
    Ok(tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(future))
}
