//! Writes a PyTorch archive of a given size, for measuring: `torch_archive PATH BYTES`.

use std::fs::File;
use std::io::{BufWriter, Error, ErrorKind, Result, Write};

fn main() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let usage = || Error::new(ErrorKind::InvalidInput, "usage: torch_archive PATH BYTES");
    let path = args.next().ok_or_else(usage)?;
    let len = args.next().and_then(|n| n.parse().ok()).ok_or_else(usage)?;
    let mut out = BufWriter::new(File::create(path)?);
    aispm_testkit::archive::torch_archive(&mut out, len)?;
    out.flush()
}
