//! Positioned, bounded access to untrusted bytes, and the reasons to stop.

use std::cell::Cell;
use std::io;

pub use crate::inflate::{Inflated, Wrapper, inflate};

/// Bytes that are read by position. Nothing here is ever held whole in memory.
pub trait ReadAt {
    /// Length in bytes; an upper bound where the bytes are the output of a decompressor.
    fn len(&self) -> u64;
    /// Reads at `offset` into `buf`; gives back how many bytes were there, fewer than asked only at the end.
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize>;
    /// True for no bytes.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl ReadAt for [u8] {
    fn len(&self) -> u64 {
        self.len() as u64
    }
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        let rest = usize::try_from(offset)
            .ok()
            .and_then(|o| self.get(o..))
            .unwrap_or(&[]);
        let n = rest.len().min(buf.len());
        if let (Some(to), Some(from)) = (buf.get_mut(..n), rest.get(..n)) {
            to.copy_from_slice(from);
        }
        Ok(n)
    }
}

impl ReadAt for Vec<u8> {
    fn len(&self) -> u64 {
        self.as_slice().len() as u64
    }
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        self.as_slice().read_at(offset, buf)
    }
}

/// Why a reader stopped. The text names the budget, the format or the place; it quotes no content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Stop {
    /// The bytes end before the structure does.
    #[error("truncated: the content ends at byte {0}, before its structure does")]
    Truncated(u64),
    /// A limit was hit.
    #[error("{0} budget exceeded")]
    Budget(&'static str),
    /// The bytes are not what the format demands.
    #[error("malformed {what} at byte {offset}")]
    Malformed {
        /// Which part of the format.
        what: &'static str,
        /// Where.
        offset: u64,
    },
    /// A variant of the format that is not read.
    #[error("unsupported: {0}")]
    Unsupported(&'static str),
    /// The bytes could not be read.
    #[error("could not be read: {0}")]
    Io(io::ErrorKind),
}

impl From<io::Error> for Stop {
    fn from(e: io::Error) -> Self {
        e.get_ref()
            .and_then(|inner| inner.downcast_ref::<Self>())
            .copied()
            .unwrap_or(Self::Io(e.kind()))
    }
}

/// What one inspection may cost, and what it has cost so far. Shared by everything that is read inside one file, so that
/// nesting multiplies nothing.
#[derive(Debug)]
pub struct Meter {
    limits: Limits,
    inflated: Cell<u64>,
    opcodes: Cell<u64>,
    held: Cell<u64>,
}

/// Limits of one inspection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes that decompressors may put out, all together.
    pub inflated: u64,
    /// Pickle opcodes, all pickles together.
    pub opcodes: u64,
    /// Bytes of one header, attribute or member that is held in memory as a whole.
    pub held: u64,
    /// Members of one archive, tensors of one file, keys of one header.
    pub entries: usize,
    /// Depth of pickles in pickles and archives in archives.
    pub depth: usize,
    /// Distinct callables, hazards or defects that are listed of each sort.
    pub listed: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            inflated: 1 << 30,
            opcodes: 50_000_000,
            held: 32 << 20,
            entries: 200_000,
            depth: 4,
            listed: 256,
        }
    }
}

impl Meter {
    /// A fresh meter.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            inflated: Cell::new(0),
            opcodes: Cell::new(0),
            held: Cell::new(0),
        }
    }
    /// The limits.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }
    /// Counts bytes that a decompressor put out.
    pub fn inflate(&self, bytes: u64) -> Result<(), Stop> {
        spend(&self.inflated, bytes, self.limits.inflated, "decompressed bytes")
    }
    /// Counts pickle opcodes.
    pub fn opcodes(&self, n: u64) -> Result<(), Stop> {
        spend(&self.opcodes, n, self.limits.opcodes, "pickle opcode")
    }
    /// Counts bytes that are read whole into memory; eight times the limit of one may be read in all.
    pub fn hold(&self, bytes: u64) -> Result<(), Stop> {
        if bytes > self.limits.held {
            return Err(Stop::Budget("header size"));
        }
        spend(
            &self.held,
            bytes,
            self.limits.held.saturating_mul(8),
            "header bytes",
        )
    }
}

fn spend(cell: &Cell<u64>, n: u64, limit: u64, what: &'static str) -> Result<(), Stop> {
    let sum = cell.get().saturating_add(n);
    cell.set(sum);
    if sum > limit {
        Err(Stop::Budget(what))
    } else {
        Ok(())
    }
}

/// A part of other bytes.
#[derive(Clone, Copy)]
pub struct Part<'a> {
    source: &'a dyn ReadAt,
    start: u64,
    len: u64,
}

impl<'a> Part<'a> {
    /// The bytes from `start` on, at most `len` of them; less where the source ends before.
    pub fn new(source: &'a dyn ReadAt, start: u64, len: u64) -> Self {
        Self {
            source,
            start,
            len: len.min(source.len().saturating_sub(start)),
        }
    }
}

impl std::fmt::Debug for Part<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Part({}+{})", self.start, self.len)
    }
}

impl ReadAt for Part<'_> {
    fn len(&self) -> u64 {
        self.len
    }
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        let rest = self.len.saturating_sub(offset);
        let n = usize::try_from(rest).unwrap_or(usize::MAX).min(buf.len());
        match buf.get_mut(..n) {
            Some(buf) if n > 0 => self.source.read_at(self.start.saturating_add(offset), buf),
            _ => Ok(0),
        }
    }
}

/// Reads a range whole into memory, counted against the meter.
pub fn read_range(source: &dyn ReadAt, offset: u64, len: u64, meter: &Meter) -> Result<Vec<u8>, Stop> {
    meter.hold(len)?;
    let available = source.len().saturating_sub(offset);
    if available < len {
        return Err(Stop::Truncated(source.len()));
    }
    let mut out = vec![0; usize::try_from(len).map_err(|_| Stop::Budget("header size"))?];
    if source.read_at(offset, &mut out)? < out.len() {
        return Err(Stop::Truncated(source.len()));
    }
    Ok(out)
}

/// Reads at most `len` bytes at `offset`, fewer at the end; for looking at a head or a tail.
pub fn peek(source: &dyn ReadAt, offset: u64, len: usize) -> Result<Vec<u8>, Stop> {
    let available = usize::try_from(source.len().saturating_sub(offset)).unwrap_or(usize::MAX);
    let mut out = vec![0; len.min(available).min(1 << 20)];
    let n = source.read_at(offset, &mut out)?;
    out.truncate(n);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_never_reads_outside_itself() {
        let bytes: &[u8] = b"0123456789";
        let bytes = bytes.to_vec();
        let part = Part::new(&bytes, 4, 3);
        let mut buf = [0u8; 8];
        assert_eq!(part.read_at(0, &mut buf).unwrap(), 3);
        assert_eq!(&buf[..3], b"456");
        assert_eq!(part.read_at(3, &mut buf).unwrap(), 0);
        assert_eq!(Part::new(&bytes, 8, 100).len(), 2);
        assert_eq!(Part::new(&bytes, u64::MAX, u64::MAX).len(), 0);
    }

    #[test]
    fn inflating_stops_at_the_cap_and_keeps_what_came_out() {
        use std::io::Write;
        let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(&[7; 100_000]).unwrap();
        let packed = encoder.finish().unwrap();
        let whole = || Part::new(&packed, 0, u64::MAX);
        let meter = Meter::new(Limits::default());
        assert_eq!(
            inflate(whole(), Wrapper::Raw, 1 << 20, &meter),
            (vec![7; 100_000], None)
        );
        let stop = Some(Stop::Budget("decompressed size"));
        assert_eq!(inflate(whole(), Wrapper::Raw, 10, &meter), (vec![7; 10], stop));
        let cut = Part::new(&packed, 0, packed.len() as u64 / 2);
        assert!(matches!(
            inflate(cut, Wrapper::Raw, 1 << 20, &meter).1,
            Some(Stop::Truncated(_))
        ));
    }

    #[test]
    fn meters_stop_at_their_limit() {
        let meter = Meter::new(Limits {
            opcodes: 10,
            held: 4,
            ..Limits::default()
        });
        assert!(meter.opcodes(10).is_ok());
        assert_eq!(meter.opcodes(1), Err(Stop::Budget("pickle opcode")));
        assert_eq!(meter.hold(5), Err(Stop::Budget("header size")));
    }
}
