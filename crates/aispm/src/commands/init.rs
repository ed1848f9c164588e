//! `aispm init`: a commented policy to start from.

use std::fs::OpenOptions;
use std::io::Write;

use crate::args::InitArgs;
use crate::{Exit, Usage, terminal};

pub(crate) fn run(args: &InitArgs) -> anyhow::Result<Exit> {
    let mut how = OpenOptions::new();
    how.write(true);
    if args.force {
        how.create(true).truncate(true);
    } else {
        how.create_new(true);
    }
    let shown = args.file.display();
    let mut file = how.open(&args.file).map_err(|e| match e.kind() {
        std::io::ErrorKind::AlreadyExists => Usage(format!("`{shown}` exists; --force overwrites it")),
        _ => Usage(format!("cannot write `{shown}`: {e}")),
    })?;
    file.write_all(aispm_policy::init().as_bytes())?;
    terminal::note(&format!(
        "wrote {shown}; uncomment what you need, then: aispm scan PATH --config {shown}"
    ));
    Ok(Exit::Clean)
}
