//! Digests of whole files, as streams.

use std::io;

use aispm_collect::Source;
use aispm_types::hex;
use sha2::{Digest, Sha256};

/// Bytes read at a time.
const STEP: usize = 1 << 20;
/// Longest file whose digest is computed (bytes).
const LONGEST: u64 = 256 << 30;

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
