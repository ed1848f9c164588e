//! Decompression behind a cap: DEFLATE (RFC 1951), zlib (RFC 1950) and gzip (RFC 1952) as positioned bytes.

use std::cell::RefCell;
use std::io;

use flate2::{Decompress, FlushDecompress, Status};

use crate::bounded::{Meter, Part, ReadAt, Stop};

/// How the compressed bytes are wrapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrapper {
    /// Bare DEFLATE, as in zip.
    Raw,
    /// zlib.
    Zlib,
    /// gzip, also of several members.
    Gzip,
}

/// Output that is kept for reads that go back a little.
const WINDOW: usize = 256 << 10;
/// Input that is read at a time.
const INPUT: usize = 64 << 10;

/// The decompressed bytes of a source, read by position. Reading forward streams; reading back starts over, and everything
/// put out counts against the meter, so no order of reads costs more than the budget.
pub struct Inflated<'a> {
    source: &'a dyn ReadAt,
    wrapper: Wrapper,
    meter: &'a Meter,
    len: u64,
    state: RefCell<State>,
}

struct State {
    engine: Decompress,
    input: Vec<u8>,
    input_at: u64,
    used: usize,
    window: Vec<u8>,
    window_at: u64,
    /// In a gzip stream: a member header comes next.
    header_due: bool,
    ended: bool,
    failed: Option<Stop>,
}

impl std::fmt::Debug for Inflated<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Inflated({:?})", self.wrapper)
    }
}

impl State {
    fn new(wrapper: Wrapper) -> Self {
        Self {
            engine: Decompress::new(wrapper == Wrapper::Zlib),
            input: Vec::new(),
            input_at: 0,
            used: 0,
            window: Vec::new(),
            window_at: 0,
            header_due: wrapper == Wrapper::Gzip,
            ended: false,
            failed: None,
        }
    }
    /// Position in the compressed bytes.
    fn position(&self) -> u64 {
        self.input_at + self.used as u64
    }
    fn jump(&mut self, to: u64) {
        self.input.clear();
        self.used = 0;
        self.input_at = to;
    }
}

impl<'a> Inflated<'a> {
    /// Decompressed view of `source`. `len` is the size the container declares, where it does; no more is put out.
    pub fn new(source: &'a dyn ReadAt, wrapper: Wrapper, len: Option<u64>, meter: &'a Meter) -> Self {
        Self {
            source,
            wrapper,
            meter,
            len: len.unwrap_or(u64::MAX / 2),
            state: RefCell::new(State::new(wrapper)),
        }
    }

    /// Puts out some more bytes into the window, dropping what lies more than a window behind.
    fn advance(&self, s: &mut State) -> Result<(), Stop> {
        if s.header_due {
            let at = gzip_header(self.source, s.position())?;
            let Some(at) = at else {
                s.ended = true;
                return Ok(());
            };
            s.jump(at);
            s.engine = Decompress::new(false);
            s.header_due = false;
        }
        if s.used >= s.input.len() {
            let at = s.position();
            s.jump(at);
            s.input.resize(INPUT, 0);
            let n = self.source.read_at(at, &mut s.input)?;
            s.input.truncate(n);
        }
        if s.window.len() >= 2 * WINDOW {
            let drop = s.window.len() - WINDOW;
            s.window.drain(..drop);
            s.window_at += drop as u64;
        }
        self.step(s)
    }

    fn step(&self, s: &mut State) -> Result<(), Stop> {
        let (before_in, before_out) = (s.engine.total_in(), s.engine.total_out());
        s.window.reserve(WINDOW);
        let input = s.input.get(s.used..).unwrap_or(&[]);
        let dry = input.is_empty();
        let status = s
            .engine
            .decompress_vec(input, &mut s.window, FlushDecompress::None)
            .map_err(|_| Stop::Malformed {
                what: "compressed data",
                offset: s.input_at + s.used as u64,
            })?;
        s.used += usize::try_from(s.engine.total_in() - before_in).unwrap_or(usize::MAX);
        let out = s.engine.total_out() - before_out;
        self.meter.inflate(out)?;
        match status {
            Status::StreamEnd if self.wrapper == Wrapper::Gzip => {
                // CRC and length follow; they guard against accidents, not against authors.
                let next = s.position().saturating_add(8);
                s.jump(next);
                s.header_due = true;
            }
            Status::StreamEnd => s.ended = true,
            _ if out == 0 && dry => return Err(Stop::Truncated(s.position())),
            _ => {}
        }
        Ok(())
    }
}

impl ReadAt for Inflated<'_> {
    fn len(&self) -> u64 {
        self.len
    }
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        let mut state = self.state.borrow_mut();
        let s = &mut *state;
        if offset < s.window_at {
            *s = State::new(self.wrapper);
        }
        let want = offset.saturating_add(buf.len() as u64).min(self.len);
        let mut done = 0usize;
        loop {
            let from =
                usize::try_from((offset + done as u64).saturating_sub(s.window_at)).unwrap_or(usize::MAX);
            let have = s.window.get(from..).unwrap_or(&[]);
            let room = usize::try_from(want.saturating_sub(offset + done as u64)).unwrap_or(0);
            let n = have.len().min(room);
            if let (Some(to), Some(have)) = (buf.get_mut(done..done + n), have.get(..n)) {
                to.copy_from_slice(have);
            }
            done += n;
            if offset + done as u64 >= want || s.ended {
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
            s.failed = self.advance(s).err();
        }
    }
}

/// Moves over a gzip member header at `at`; none where no further member stands there.
fn gzip_header(source: &dyn ReadAt, at: u64) -> Result<Option<u64>, Stop> {
    let mut head = [0u8; 10];
    let n = source.read_at(at, &mut head)?;
    let [0x1f, 0x8b, 8, flags, ..] = head else {
        return Ok(None);
    };
    if n < head.len() {
        return Ok(None);
    }
    let mut c = crate::cursor::Cursor::starting(source, at + 10);
    if flags & 4 != 0 {
        let n = c.u16()?;
        c.skip(u64::from(n))?;
    }
    for bit in [8, 16] {
        if flags & bit != 0 {
            while c.u8()? != 0 {}
        }
    }
    if flags & 2 != 0 {
        c.skip(2)?;
    }
    Ok(Some(c.position()))
}

/// Decompresses a whole, small thing into memory: at most `cap` bytes and the meter's limit.
///
/// Gives back what came out and, where that is not all, why.
pub fn inflate(source: Part<'_>, wrapper: Wrapper, cap: u64, meter: &Meter) -> (Vec<u8>, Option<Stop>) {
    let view = Inflated::new(&source, wrapper, None, meter);
    let mut out = Vec::new();
    loop {
        let start = out.len();
        let room = cap
            .saturating_add(1)
            .saturating_sub(start as u64)
            .min(WINDOW as u64);
        out.resize(start + usize::try_from(room).unwrap_or(0), 0);
        let got = match out.get_mut(start..) {
            Some(free) => view.read_at(start as u64, free),
            None => Ok(0),
        };
        match got {
            Ok(n) => {
                out.truncate(start + n);
                if out.len() as u64 > cap {
                    out.truncate(usize::try_from(cap).unwrap_or(usize::MAX));
                    return (out, Some(Stop::Budget("decompressed size")));
                }
                if n == 0 {
                    return (out, None);
                }
            }
            Err(e) => {
                out.truncate(start);
                return (out, Some(e.into()));
            }
        }
    }
}
