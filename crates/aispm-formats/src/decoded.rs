//! bzip2, xz, LZMA, LZ4 and Zstandard as positioned bytes, behind the same cap as DEFLATE.

use std::cell::RefCell;
use std::io::{self, BufReader, Read};

use bzip2::read::MultiBzDecoder;
use lzma_rust2::{LzmaReader, XzReader};

use crate::bounded::{Meter, ReadAt, Stop};
use crate::frames::Frames;

/// How the bytes are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Codec {
    /// bzip2, also of several streams.
    Bzip2,
    /// xz, also of several streams.
    Xz,
    /// LZMA as it was before xz.
    Lzma,
    /// LZ4 and Zstandard.
    Frames,
}

impl Codec {
    /// Which codec the magic number of [`crate::FormatId::Xz`] stands for.
    pub(crate) fn of_xz(source: &dyn ReadAt) -> Self {
        match crate::bounded::peek(source, 0, 6) {
            Ok(head) if head.starts_with(b"\xfd7zXZ\x00") => Self::Xz,
            _ => Self::Lzma,
        }
    }
    fn what(self) -> &'static str {
        match self {
            Self::Bzip2 => "bzip2 data",
            Self::Xz => "xz data",
            Self::Lzma => "LZMA data",
            Self::Frames => "LZ4 or Zstandard data",
        }
    }
}

/// Output that is kept for reads that go back a little.
const WINDOW: usize = 256 << 10;
/// Bytes put out at a time.
const STEP: usize = 64 << 10;
/// Memory that a dictionary may take (KiB). `xz -9` needs 65 MiB.
const MEMORY: u32 = 160 << 10;
/// These are several times slower than DEFLATE, so a byte of theirs counts for several.
const WEIGHT: u64 = 4;

/// Whether a head is that of an LZMA file: default properties, a dictionary of a size that encoders choose, and a length
/// that is unknown or possible.
pub(crate) fn is_lzma(head: &[u8]) -> bool {
    let Some((&[0x5d, d0, d1, d2, d3], rest)) = head.split_first_chunk() else {
        return false;
    };
    let Some((length, _)) = rest.split_first_chunk() else {
        return false;
    };
    let dictionary = u32::from_le_bytes([d0, d1, d2, d3]);
    let length = u64::from_le_bytes(*length);
    dictionary >= 4096 && dictionary.count_ones() <= 2 && (length == u64::MAX || length < 1 << 40)
}

/// The decompressed bytes of a source, read by position; reading back starts over, and all that is put out is metered.
pub(crate) struct Decoded<'a> {
    source: &'a dyn ReadAt,
    codec: Codec,
    meter: &'a Meter,
    state: RefCell<State<'a>>,
}

#[derive(Default)]
struct State<'a> {
    reader: Option<Box<dyn Read + 'a>>,
    window: Vec<u8>,
    window_at: u64,
    ended: bool,
    failed: Option<Stop>,
}

/// Reads a source in order.
struct Forward<'a> {
    source: &'a dyn ReadAt,
    at: u64,
}

impl Read for Forward<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.source.read_at(self.at, buf)?;
        self.at += n as u64;
        Ok(n)
    }
}

impl<'a> Decoded<'a> {
    pub(crate) fn new(source: &'a dyn ReadAt, codec: Codec, meter: &'a Meter) -> Self {
        Self {
            source,
            codec,
            meter,
            state: RefCell::default(),
        }
    }

    fn open(&self) -> io::Result<Box<dyn Read + 'a>> {
        let input = BufReader::with_capacity(
            STEP,
            Forward {
                source: self.source,
                at: 0,
            },
        );
        Ok(match self.codec {
            Codec::Bzip2 => Box::new(MultiBzDecoder::new(input)),
            Codec::Xz => Box::new(XzReader::new_mem_limit(input, true, MEMORY)),
            Codec::Lzma => Box::new(LzmaReader::new_mem_limit(input, MEMORY, None)?),
            Codec::Frames => Box::new(Frames::new(input)),
        })
    }

    /// Puts out some more bytes into the window, dropping what lies more than a window behind.
    fn advance(&self, s: &mut State<'a>) -> Result<(), Stop> {
        let reader = match &mut s.reader {
            Some(reader) => reader,
            None => s.reader.insert(self.open().map_err(|e| self.stop(&e, 0))?),
        };
        if s.window.len() >= 2 * WINDOW {
            let drop = s.window.len() - WINDOW;
            s.window.drain(..drop);
            s.window_at += drop as u64;
        }
        let start = s.window.len();
        s.window.resize(start + STEP, 0);
        let got = match s.window.get_mut(start..) {
            Some(free) => reader.read(free),
            None => Ok(0),
        };
        s.window.truncate(start + got.as_ref().map_or(0, |n| *n));
        let at = s.window_at + s.window.len() as u64;
        match got {
            Ok(0) => s.ended = true,
            Ok(n) => self.meter.inflate(WEIGHT * n as u64)?,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(self.stop(&e, at)),
        }
        Ok(())
    }

    fn stop(&self, e: &io::Error, offset: u64) -> Stop {
        if let Some(inner) = e.get_ref().and_then(|i| i.downcast_ref::<Stop>()) {
            return *inner;
        }
        match e.kind() {
            io::ErrorKind::UnexpectedEof => Stop::Truncated(offset),
            io::ErrorKind::OutOfMemory => Stop::Budget("decompressor memory"),
            io::ErrorKind::Unsupported => Stop::Unsupported("variant of the compression"),
            _ => Stop::Malformed {
                what: self.codec.what(),
                offset,
            },
        }
    }
}

impl ReadAt for Decoded<'_> {
    fn len(&self) -> u64 {
        u64::MAX / 2
    }
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        let mut s = self.state.borrow_mut();
        if offset < s.window_at {
            *s = State::default();
        }
        let mut done = 0usize;
        loop {
            let at = offset.saturating_add(done as u64);
            let from = usize::try_from(at.saturating_sub(s.window_at)).unwrap_or(usize::MAX);
            let have = s.window.get(from..).unwrap_or(&[]);
            let n = have.len().min(buf.len().saturating_sub(done));
            if let (Some(to), Some(have)) = (buf.get_mut(done..done + n), have.get(..n)) {
                to.copy_from_slice(have);
            }
            done += n;
            if done >= buf.len() || s.ended {
                return Ok(done);
            }
            if let Some(stop) = s.failed {
                // What came out before the break is given; the next read meets the break again.
                return if done > 0 {
                    Ok(done)
                } else {
                    Err(io::Error::other(stop))
                };
            }
            s.failed = self.advance(&mut s).err();
        }
    }
}
