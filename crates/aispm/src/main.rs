//! The `aispm` program: wiring only.

use std::process::ExitCode;

fn main() -> ExitCode {
    aispm::run(std::env::args_os())
}
