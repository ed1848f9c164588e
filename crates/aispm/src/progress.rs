//! Progress on stderr: a line that moves on a terminal, nothing in a pipe.

use std::io::IsTerminal;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A spinner with the stage and the number of files read.
pub(crate) struct Spinner {
    bar: ProgressBar,
    files: AtomicU64,
}

impl Spinner {
    /// Shown only where stderr is a terminal and the user did not ask for quiet.
    pub(crate) fn new(quiet: bool) -> Self {
        let shown = !quiet && std::io::stderr().is_terminal();
        let bar = ProgressBar::with_draw_target(
            None,
            if shown {
                ProgressDrawTarget::stderr_with_hz(10)
            } else {
                ProgressDrawTarget::hidden()
            },
        );
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {elapsed}") {
            bar.set_style(style);
        }
        if shown {
            bar.enable_steady_tick(Duration::from_millis(120));
        }
        Self {
            bar,
            files: AtomicU64::new(0),
        }
    }
    /// Takes the line away.
    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

impl aispm_engine::Progress for Spinner {
    fn stage(&self, name: &'static str) {
        let what = match name {
            "collect" => "reading files",
            "graph" => "building the graph",
            "rules" => "assessing",
            _ => "deriving attack paths",
        };
        self.bar.set_message(what);
        tracing::info!(stage = name, files = self.files.load(Ordering::Relaxed), "stage");
    }
    fn file(&self, _path: &str) {
        let n = self.files.fetch_add(1, Ordering::Relaxed) + 1;
        // Paths stay off the line: they flicker and may be hostile.
        if n.is_multiple_of(256) {
            self.bar.set_message(format!("reading files: {n}"));
        }
    }
}
