//! Where text meets the terminal: colour, width, log, errors.

use std::io::{IsTerminal, Write};

use anstream::ColorChoice;

use crate::args::Common;

/// Starts the log on stderr. It names files and sizes, never content.
pub(crate) fn start_log(verbose: u8, quiet: bool) {
    let level = match (quiet, verbose) {
        (true, _) => tracing::Level::ERROR,
        (false, 0) => tracing::Level::WARN,
        (false, 1) => tracing::Level::INFO,
        (false, _) => tracing::Level::DEBUG,
    };
    let ansi = std::io::stderr().is_terminal()
        && anstream::AutoStream::choice(&std::io::stderr()) != ColorChoice::Never;
    // A second start in one process (tests) keeps the first log.
    let _ = tracing_subscriber::fmt()
        .with_max_level(level)
        .with_writer(std::io::stderr)
        .with_ansi(ansi)
        .without_time()
        .with_target(false)
        .try_init();
}

/// Whether stdout gets colour: a terminal, no NO_COLOR, no `--no-color`.
pub(crate) fn color(common: &Common) -> bool {
    !common.no_color && anstream::AutoStream::choice(&std::io::stdout()) != ColorChoice::Never
}

/// Columns of the terminal, 100 where there is none, at most 120 so that lines stay readable.
pub(crate) fn width() -> usize {
    let columns = std::env::var("COLUMNS").ok().and_then(|c| c.parse().ok());
    let shown = || terminal_size::terminal_size_of(std::io::stdout()).map(|(w, _)| usize::from(w.0));
    columns.or_else(shown).unwrap_or(100).clamp(60, 120)
}

/// Writes to stdout; a closed pipe (`| head`) is a quiet end.
pub(crate) fn print(text: &[u8]) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text).and_then(|()| out.flush()) {
        Err(e) if e.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        other => Ok(other?),
    }
}

/// Tells the user what went wrong, with its causes.
pub(crate) fn error(error: &anyhow::Error) {
    let mut err = anstream::stderr().lock();
    let _ = writeln!(err, "error: {error:#}");
}

/// Tells the user something on stderr.
pub(crate) fn note(text: &str) {
    let mut err = anstream::stderr().lock();
    let _ = writeln!(err, "{text}");
}
