//! Virtual files as positioned bytes.

use std::io;

use aispm_collect::Source;
use aispm_formats::bounded::ReadAt;

/// A virtual file's bytes, for readers of formats.
#[derive(Debug)]
pub(crate) struct Bytes<'a>(pub(crate) &'a Source);

impl ReadAt for Bytes<'_> {
    fn len(&self) -> u64 {
        self.0.len()
    }
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        self.0.read_at(offset, buf)
    }
}
