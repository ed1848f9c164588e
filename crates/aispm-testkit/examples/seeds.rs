//! Writes the seeds of the fuzz targets: `seeds DIR` makes `DIR/FORMAT/NAME`.

use std::fs;
use std::io::{Error, ErrorKind, Result};
use std::path::PathBuf;

fn main() -> Result<()> {
    let usage = || Error::new(ErrorKind::InvalidInput, "usage: seeds DIR");
    let root = PathBuf::from(std::env::args().nth(1).ok_or_else(usage)?);
    for (format, name, bytes) in aispm_testkit::seeds::model_files() {
        let directory = root.join(format);
        fs::create_dir_all(&directory)?;
        fs::write(directory.join(name), bytes)?;
    }
    Ok(())
}
