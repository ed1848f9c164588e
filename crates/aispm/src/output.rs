//! Where output goes: stdout, or a file that is written whole or not at all.

use std::io::Write;
use std::path::Path;

use anyhow::Context;

use crate::args::Common;
use crate::{Usage, terminal};

/// Writes to `path`, or to stdout where none is named.
pub(crate) fn deliver(common: &Common, path: Option<&Path>, bytes: &[u8]) -> anyhow::Result<()> {
    let Some(path) = path else {
        return terminal::print(bytes);
    };
    write_whole(path, bytes)?;
    if !common.quiet {
        terminal::note(&format!("wrote {} ({} bytes)", path.display(), bytes.len()));
    }
    Ok(())
}

/// Writes a file whole or not at all: a full disk leaves no half report under the final name. What is no plain file (a pipe,
/// `/dev/stdout`) is written to as it is.
fn write_whole(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let refused = |e: std::io::Error| Usage(format!("cannot write `{}`: {e}", path.display()));
    if path.metadata().is_ok_and(|m| !m.is_file()) {
        let mut file = std::fs::File::options().write(true).open(path).map_err(refused)?;
        return file
            .write_all(bytes)
            .with_context(|| format!("writing `{}`", path.display()));
    }
    let mut name = path
        .file_name()
        .ok_or_else(|| Usage(format!("cannot write `{}`: it names no file", path.display())))?
        .to_owned();
    name.push(format!(".{}.part", std::process::id()));
    let part = path.with_file_name(name);
    let mut file = std::fs::File::create_new(&part).map_err(refused)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    let done = written.and_then(|()| std::fs::rename(&part, path));
    if done.is_err() {
        let _ = std::fs::remove_file(&part); // the error below is the one that matters
    }
    done.with_context(|| format!("writing `{}`", path.display()))
}
