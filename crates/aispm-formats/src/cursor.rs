//! A buffered cursor over positioned bytes: primitive values, lines, skips that read nothing.

use crate::bounded::{ReadAt, Stop};

/// How much is read ahead.
const BUFFER: u64 = 64 << 10;

/// Reads values in order. Skipping moves the position and reads no bytes, so weights between headers cost nothing.
pub(crate) struct Cursor<'a> {
    source: &'a dyn ReadAt,
    at: u64,
    end: u64,
    buffer: Vec<u8>,
    buffer_at: u64,
    barrier: Option<u64>,
}

impl std::fmt::Debug for Cursor<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Cursor({} of {})", self.at, self.end)
    }
}

impl<'a> Cursor<'a> {
    /// A cursor at the start.
    pub(crate) fn new(source: &'a dyn ReadAt) -> Self {
        Self::starting(source, 0)
    }
    /// A cursor at `offset`.
    pub(crate) fn starting(source: &'a dyn ReadAt, offset: u64) -> Self {
        Self {
            source,
            at: offset,
            end: source.len(),
            buffer: Vec::new(),
            buffer_at: 0,
            barrier: None,
        }
    }
    /// Bytes from the start of the source.
    pub(crate) fn position(&self) -> u64 {
        self.at
    }
    /// What is read.
    pub(crate) fn source(&self) -> &'a dyn ReadAt {
        self.source
    }
    /// Bytes left, as far as the source knows its length.
    pub(crate) fn remaining(&self) -> u64 {
        self.end.saturating_sub(self.at)
    }
    /// A read that would reach across `at` begins there instead, as with a reader that throws its rest away.
    pub(crate) fn set_barrier(&mut self, at: Option<u64>) {
        self.barrier = at;
    }
    fn cross(&mut self, n: u64) {
        if let Some(b) = self.barrier
            && self.at < b
            && self.at.saturating_add(n) > b
        {
            self.at = b;
            self.barrier = None;
        }
    }
    /// Moves to `offset`.
    pub(crate) fn seek(&mut self, offset: u64) {
        self.at = offset;
    }

    /// What is buffered from the position on; refilled where that is empty. Empty only at the end.
    fn fill(&mut self) -> Result<&[u8], Stop> {
        let inside = self
            .at
            .checked_sub(self.buffer_at)
            .is_some_and(|o| o < self.buffer.len() as u64);
        if !inside {
            let want = usize::try_from(BUFFER.min(self.remaining())).unwrap_or(0);
            self.buffer.resize(want, 0);
            self.buffer_at = self.at;
            let read = self.source.read_at(self.at, &mut self.buffer);
            self.buffer.truncate(read.as_ref().map_or(0, |n| *n));
            read?;
        }
        let from = usize::try_from(self.at - self.buffer_at).unwrap_or(usize::MAX);
        Ok(self.buffer.get(from..).unwrap_or(&[]))
    }

    /// The next byte, without moving; none at the end.
    pub(crate) fn peek(&mut self) -> Result<Option<u8>, Stop> {
        Ok(self.fill()?.first().copied())
    }

    /// The next byte.
    pub(crate) fn u8(&mut self) -> Result<u8, Stop> {
        let at = self.at;
        let from = at.wrapping_sub(self.buffer_at);
        let byte = match usize::try_from(from).ok().and_then(|i| self.buffer.get(i)) {
            Some(b) => *b,
            None => *self.fill()?.first().ok_or(Stop::Truncated(at))?,
        };
        self.at += 1;
        Ok(byte)
    }

    /// Fills `out` from the next bytes.
    pub(crate) fn fill_exact(&mut self, out: &mut [u8]) -> Result<(), Stop> {
        let mut done = 0;
        while done < out.len() {
            let at = self.at;
            let have = self.fill()?;
            if have.is_empty() {
                return Err(Stop::Truncated(at));
            }
            let n = have.len().min(out.len() - done);
            if let (Some(to), Some(from)) = (out.get_mut(done..done + n), have.get(..n)) {
                to.copy_from_slice(from);
            }
            done += n;
            self.at += n as u64;
        }
        Ok(())
    }

    /// The next `N` bytes.
    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], Stop> {
        self.cross(N as u64);
        let mut out = [0; N];
        self.fill_exact(&mut out)?;
        Ok(out)
    }
    /// A little-endian 16-bit number.
    pub(crate) fn u16(&mut self) -> Result<u16, Stop> {
        self.array().map(u16::from_le_bytes)
    }
    /// A little-endian 32-bit number.
    pub(crate) fn u32(&mut self) -> Result<u32, Stop> {
        self.array().map(u32::from_le_bytes)
    }
    /// A little-endian 64-bit number.
    pub(crate) fn u64(&mut self) -> Result<u64, Stop> {
        self.array().map(u64::from_le_bytes)
    }

    /// Moves over `n` bytes, which must be there, without reading them.
    pub(crate) fn skip(&mut self, n: u64) -> Result<(), Stop> {
        self.cross(n);
        if n > self.remaining() {
            return Err(Stop::Truncated(self.end));
        }
        self.at += n;
        Ok(())
    }

    /// Moves over `n` bytes and gives back the first `keep` of them.
    pub(crate) fn take(&mut self, n: u64, keep: usize) -> Result<Vec<u8>, Stop> {
        self.cross(n);
        if n > self.remaining() {
            return Err(Stop::Truncated(self.end));
        }
        let kept = usize::try_from(n).unwrap_or(usize::MAX).min(keep);
        let mut out = vec![0; kept];
        self.fill_exact(&mut out)?;
        self.skip(n - kept as u64)?;
        Ok(out)
    }

    /// Moves over a line and its `\n`; gives back its first `keep` bytes and whether that is all of it.
    pub(crate) fn line(&mut self, keep: usize) -> Result<(Vec<u8>, bool), Stop> {
        let start = self.at;
        let line = self.whole_line(keep)?;
        match self.barrier {
            Some(b) if start < b && self.at > b => {
                self.at = b;
                self.barrier = None;
                self.whole_line(keep)
            }
            _ => Ok(line),
        }
    }

    fn whole_line(&mut self, keep: usize) -> Result<(Vec<u8>, bool), Stop> {
        let mut out = Vec::new();
        let mut whole = true;
        loop {
            let at = self.at;
            let have = self.fill()?;
            if have.is_empty() {
                return Err(Stop::Truncated(at));
            }
            let found = memchr::memchr(b'\n', have);
            let piece = have.get(..found.unwrap_or(have.len())).unwrap_or(&[]);
            let room = keep.saturating_sub(out.len()).min(piece.len());
            whole &= room == piece.len();
            out.extend_from_slice(piece.get(..room).unwrap_or(&[]));
            self.at += piece.len() as u64 + u64::from(found.is_some());
            if found.is_some() {
                return Ok((out, whole));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_lines_and_skips() {
        let mut bytes = b"\x01\x02\x03\x00\x00\x00line one\n".to_vec();
        bytes.extend(vec![b'x'; 200_000]);
        bytes.push(b'\n');
        let mut c = Cursor::new(&bytes);
        assert_eq!(c.u16(), Ok(0x0201));
        assert_eq!(c.u32(), Ok(3));
        assert_eq!(c.line(100), Ok((b"line one".to_vec(), true)));
        assert_eq!(c.line(3), Ok((b"xxx".to_vec(), false)));
        assert_eq!(c.peek(), Ok(None));
        assert_eq!(c.u8(), Err(Stop::Truncated(200_016)));
        c.seek(6);
        assert_eq!(c.take(8, 4), Ok(b"line".to_vec()));
        assert_eq!(c.position(), 14);
        assert!(c.skip(u64::MAX).is_err());
    }
}
