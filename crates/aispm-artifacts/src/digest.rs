//! Digests of whole files, as streams.

use std::io;
use std::os::unix::fs::MetadataExt;

use aispm_collect::Source;
use aispm_types::hex;
use sha2::{Digest, Sha256};

/// Bytes read at a time: few enough that they are still in the processor's cache when the next are read over them.
const STEP: usize = 64 << 10;
/// Longest file whose digest is computed (bytes).
const LONGEST: u64 = 256 << 30;
/// Shortest file that may count as hollow (bytes).
const HOLLOW: u64 = 256 << 20;
/// Places that are looked at before a file counts as hollow.
const SAMPLES: u64 = 64;

/// Whether a long file is nearly all holes: little of it is allocated, and what is looked at is nearly all zeros. Some file
/// systems keep no count of what is allocated, and none keeps weights in an eighth of their length.
pub(crate) fn is_hollow(source: &Source) -> bool {
    let Source::Disk(file, len) = source else {
        return false;
    };
    let allocated = file.metadata().map_or(*len, |m| m.blocks().saturating_mul(512));
    if *len < HOLLOW || allocated.saturating_mul(8) >= *len {
        return false;
    }
    let mut page = [0; 4096];
    let zeros = (0..SAMPLES).filter(|i| {
        let read = source.read_at(len / SAMPLES * i, &mut page);
        read.is_ok_and(|n| page.iter().take(n).all(|b| *b == 0))
    });
    zeros.count() as u64 * 8 >= SAMPLES * 7
}

/// SHA-256 of the whole source, hexadecimal. `each` is shown every piece on the way.
pub(crate) fn sha256(source: &Source, each: &mut dyn FnMut(&[u8])) -> io::Result<String> {
    if let Some(bytes) = source.bytes() {
        each(bytes);
        return Ok(hex(&Sha256::digest(bytes)));
    }
    if source.len() > LONGEST {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            "larger than 256 GiB (digest budget)",
        ));
    }
    if is_hollow(source) {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            "a sparse file, nearly all of it holes: it has no digest",
        ));
    }
    let mut hash = Sha256::new();
    let mut buffer = vec![0; STEP];
    let mut at = 0u64;
    loop {
        let n = source.read_at(at, &mut buffer)?;
        let piece = buffer.get(..n).unwrap_or(&[]);
        if piece.is_empty() {
            return Ok(hex(&hash.finalize()));
        }
        hash.update(piece);
        each(piece);
        at += n as u64;
    }
}
