//! Pickles, protocols 0 to 5: what a load would import and call, found without loading.
//!
//! The real unpickler acts as it reads, so a stream that breaks has still run everything before the break: calls are
//! reported in stream order, and a break is a gap beside them, never instead of them.

mod calls;
mod literal;
mod machine;
mod opcode;
mod raw_array;
mod stack;
mod value;
mod verdict;

pub use verdict::{Verdict, classify};

use crate::bounded::{Meter, Part, ReadAt, Stop, peek};
use crate::cursor::Cursor;
use crate::inspection::{Call, Defect, Header};

use calls::Nested;
use machine::{FRAME_MISMATCH, Framing, Machine};
use value::Value;

/// Pickles in one stream; more is a gap.
const MAX_PICKLES: usize = 65_536;
/// PyTorch's old format is five pickles, then raw storages.
const TORCH_PICKLES: usize = 5;
/// Bytes of a text that stands for bytes which are decoded to look for a pickle in it.
const MAX_LATIN1: u64 = 4 << 20;

/// What a stream of pickles does when it is loaded.
#[derive(Debug, Default)]
pub struct Trace {
    /// Imports and calls, each once, those of nested pickles included.
    pub calls: Vec<Call>,
    /// Defects of the stream.
    pub defects: Vec<Defect>,
    /// What was not read, in words.
    pub unread: Vec<String>,
    /// Tensors that it rebuilds.
    pub header: Header,
    /// Pickles that ended with STOP.
    pub pickles: usize,
    /// Opcodes cannot go on from here: the first byte that is in no pickle.
    pub end: u64,
    /// It began with the magic number of PyTorch's old format.
    pub legacy_torch: bool,
    /// Why the first pickle was not read to its STOP.
    pub broken: Option<Stop>,
    /// Nested bytes that are archives rather than pickles: offset and length.
    pub(crate) archives: Vec<(u64, u64)>,
}

/// Reads every pickle of a stream.
pub fn trace(source: &dyn ReadAt, meter: &Meter) -> Trace {
    trace_at(source, meter, 0)
}

fn trace_at(source: &dyn ReadAt, meter: &Meter, depth: usize) -> Trace {
    let (mut out, mut nested) = stream(source, meter, Framing::ReadsOn);
    if out.defects.iter().any(|d| d.defect == FRAME_MISMATCH) {
        // Both readings count; which one happens depends on how the file is opened.
        let (other, more) = stream(source, meter, Framing::StartsOver);
        let fresh: Vec<Call> = other
            .calls
            .into_iter()
            .filter(|c| !out.calls.contains(c))
            .collect();
        out.calls.extend(fresh);
        nested.extend(more);
        out.unread
            .push("an opcode reaches across its frame: readers disagree on what follows".to_owned());
    }
    trace_nested(source, meter, depth, nested, &mut out);
    out
}

/// Reads a stream of pickles one way; gives back bytes that its calls were handed, too.
fn stream(source: &dyn ReadAt, meter: &Meter, framing: Framing) -> (Trace, Vec<Nested>) {
    let mut machine = Machine::new(Cursor::new(source), meter, framing);
    let mut out = Trace::default();
    loop {
        let start = machine.cursor.position();
        let seen = machine.log.seen();
        match machine.load() {
            Ok(result) => {
                out.pickles += 1;
                out.legacy_torch |= out.pickles == 1 && result == Value::TorchMagic;
            }
            Err(stop) => {
                let first = out.pickles == 0;
                let ran = machine.log.seen() != seen && is_pickle_start(source, start);
                if first || ran || unreadable(stop, source, start) {
                    out.unread.push(stop.to_string());
                    out.broken = Some(stop);
                } else {
                    machine.log.rewind(seen);
                    machine.cursor.seek(start);
                    note_trailing(source, start, &mut machine);
                }
                break;
            }
        }
        let over = out.legacy_torch && out.pickles >= TORCH_PICKLES;
        if over {
            break;
        }
        match machine.cursor.peek() {
            Ok(Some(_)) => {}
            Ok(None) => break,
            // Whether another pickle follows is not known.
            Err(stop) => {
                out.unread.push(stop.to_string());
                break;
            }
        }
        if out.pickles >= MAX_PICKLES {
            out.unread.push(Stop::Budget("pickles in one file").to_string());
            break;
        }
    }
    out.end = machine.cursor.position();
    if machine.log.overflowed {
        out.unread.push(Stop::Budget("listed callables").to_string());
    }
    if let Some(stop) = out.broken {
        machine.note_defect("broken-pickle", stop.to_string(), false);
    }
    let nested = std::mem::take(&mut machine.nested);
    out.header = std::mem::take(&mut machine.header);
    out.defects = std::mem::take(&mut machine.defects);
    out.calls = machine.log.finish();
    (out, nested)
}

/// Whether reading stopped for another reason than that what follows the last pickle is none.
fn unreadable(stop: Stop, source: &dyn ReadAt, start: u64) -> bool {
    match stop {
        Stop::Budget(_) | Stop::Unsupported(_) | Stop::Io(_) => true,
        Stop::Truncated(_) => is_pickle_start(source, start),
        // What decompressors say of themselves.
        Stop::Malformed { what, .. } => what.ends_with(" data"),
    }
}

/// What follows the last pickle is in no pickle.
fn note_trailing(source: &dyn ReadAt, start: u64, machine: &mut Machine<'_>) {
    let head = peek(source, start, 4096).unwrap_or_default();
    // Zeros pad a file to a block; they hide nothing.
    if head.iter().any(|b| *b != 0) {
        let n = source.len().saturating_sub(start);
        machine.note_defect("trailing-data", format!("{n} bytes after the last pickle"), false);
    }
}

/// Follows bytes that calls were handed.
fn trace_nested(source: &dyn ReadAt, meter: &Meter, depth: usize, mut nested: Vec<Nested>, out: &mut Trace) {
    nested.sort();
    nested.dedup();
    for n in nested {
        let part = Part::new(source, n.offset, n.len);
        let head = peek(&part, 0, 512).unwrap_or_default();
        if n.latin1 {
            if let Some(bytes) = latin1(&part, &head, meter) {
                follow(&bytes, meter, depth, n.offset, out);
            }
        } else if head.starts_with(b"PK\x03\x04") {
            out.archives.push((n.offset, n.len));
        } else if looks_like_pickle(&head) {
            follow(&part, meter, depth, n.offset, out);
        }
    }
}

fn follow(source: &dyn ReadAt, meter: &Meter, depth: usize, offset: u64, out: &mut Trace) {
    if depth + 1 >= meter.limits().depth {
        out.unread.push(Stop::Budget("nested pickle depth").to_string());
        return;
    }
    let inner = trace_at(source, meter, depth + 1);
    for mut call in inner.calls {
        call.offset = call.offset.saturating_add(offset);
        if out.calls.len() < 4 * meter.limits().listed && !out.calls.contains(&call) {
            out.calls.push(call);
        }
    }
    out.defects
        .extend(inner.defects.into_iter().filter(|d| d.hides_content));
    out.unread
        .extend(inner.unread.into_iter().map(|u| format!("nested pickle: {u}")));
    out.archives
        .extend(inner.archives.iter().map(|(o, l)| (o.saturating_add(offset), *l)));
}

/// The bytes that a UTF-8 text of characters up to U+00FF stands for, where they begin like a pickle.
fn latin1(part: &Part<'_>, head: &[u8], meter: &Meter) -> Option<Vec<u8>> {
    // U+0080, the PROTO opcode, is C2 80 in UTF-8.
    if !(head.starts_with(b"\xc2\x80") || looks_like_pickle(head)) || part.len() > MAX_LATIN1 {
        return None;
    }
    let text = crate::bounded::read_range(part, 0, part.len(), meter).ok()?;
    let text = std::str::from_utf8(&text).ok()?;
    text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect()
}

/// Whether a pickle could start here at all: PROTO, or an import or a mark of the old protocols.
fn is_pickle_start(source: &dyn ReadAt, at: u64) -> bool {
    let head = peek(source, at, 512).unwrap_or_default();
    looks_like_pickle(&head)
}

/// Whether bytes without a file name are a pickle: a PROTO header with opcodes behind it, or, for protocols 0 and 1 that
/// have no header, opcodes that call something before they break, or that end in STOP.
pub fn looks_like_pickle(head: &[u8]) -> bool {
    if let [0x80, 0..=5, next, ..] = head {
        return opcode::protocol_of(*next).is_some();
    }
    matches!(old_protocol(head), Old::Acts | Old::Whole)
}

/// What the head of a file means, read as a pickle without header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Old {
    /// It calls something before it breaks or the head ends.
    Acts,
    /// It imports something dangerous, and calls nothing as far as can be seen.
    Imports,
    /// It is a whole pickle, to its STOP.
    Whole,
    /// Its opcodes are sound as far as the head goes.
    Sound,
    /// It breaks before it does anything.
    No,
}

/// Reads the head of a file as a pickle of protocol 0 or 1.
pub(crate) fn old_protocol(head: &[u8]) -> Old {
    let starts = b"(cI]})lLSVXUNKMJFGTdP";
    // Later protocols work without their header, too; what text or counters begin with must act to count.
    let later = b"\x88\x89\x8a\x8b\x8c\x8d\x8e\x8f\x95\x96BC";
    let starts_old = head.first().is_some_and(|b| starts.contains(b));
    if !starts_old && !head.first().is_some_and(|b| later.contains(b)) {
        return Old::No;
    }
    let meter = Meter::new(crate::bounded::Limits::default());
    let bytes = head.to_vec();
    let mut machine = Machine::new(Cursor::new(&bytes), &meter, Framing::ReadsOn);
    let result = machine.load();
    let (end, memoised) = (machine.cursor.position(), machine.memo.len());
    let calls: Vec<Call> = machine.log.finish();
    let named = |c: &&Call| is_module(&c.module) && is_module(&c.name);
    let acts = calls.iter().filter(named).any(|c| c.called);
    let imports = calls
        .iter()
        .filter(named)
        .any(|c| c.verdict == Verdict::Dangerous);
    match result {
        _ if acts => Old::Acts,
        // One literal and a full stop is what many texts begin with.
        Ok(_) if end > 8 && starts_old => Old::Whole,
        Ok(_) if end > 8 => Old::Sound,
        _ if imports => Old::Imports,
        Err(Stop::Truncated(_)) if memoised > 0 => Old::Sound,
        _ => Old::No,
    }
}

fn is_module(name: &str) -> bool {
    name.split('.').all(|part| {
        !part.is_empty()
            && !part.starts_with(|c: char| c.is_ascii_digit())
            && part.chars().all(|c| c.is_alphanumeric() || c == '_')
    })
}

/// Places where a pickle inside other bytes is tried, and how much of what follows each is run.
const TRIED: usize = 64;
const RUN: usize = 64 << 10;
/// Bytes that are looked through at once, and what two of them share.
const WINDOW: usize = 1 << 20;
const SHARED: usize = 8 << 10;

/// Where in the first `most` bytes a pickle begins that calls something dangerous, as [`embedded`] finds it in a head.
pub(crate) fn buried(source: &dyn ReadAt, most: u64) -> Option<u64> {
    let end = source.len().min(most);
    let mut from = 0;
    while from < end {
        let window = crate::bounded::peek(source, from, WINDOW).ok()?;
        if let Some(at) = embedded(&window) {
            return Some(from + at);
        }
        from += (WINDOW - SHARED) as u64;
    }
    None
}

/// Where in a head of no known format a pickle begins that calls something dangerous: loaders that skip a header of their
/// own come to it. The head must be no text, which may well quote such a pickle.
pub(crate) fn embedded(head: &[u8]) -> Option<u64> {
    if !head.contains(&0) {
        return None;
    }
    let starts = memchr::memchr2_iter(0x80, b'c', head).skip_while(|at| *at == 0);
    starts
        .filter(|at| match head.get(*at..) {
            Some([0x80, 0..=5, next, ..]) => opcode::protocol_of(*next).is_some(),
            Some([b'c', rest @ ..]) => imports(rest),
            _ => false,
        })
        .take(TRIED)
        .find(|at| {
            let rest = head.get(*at..).unwrap_or(&[]);
            acts_dangerously(rest.get(..RUN).unwrap_or(rest))
        })
        .and_then(|at| u64::try_from(at).ok())
}

/// Whether two lines of names follow, as behind GLOBAL.
fn imports(rest: &[u8]) -> bool {
    let mut lines = rest
        .get(..rest.len().min(256))
        .unwrap_or(&[])
        .split(|b| *b == b'\n');
    let mut name = || {
        let line = lines.next().and_then(|l| std::str::from_utf8(l).ok());
        line.is_some_and(is_module)
    };
    name() && name() && lines.next().is_some()
}

fn acts_dangerously(head: &[u8]) -> bool {
    let meter = Meter::new(crate::bounded::Limits::default());
    let bytes = head.to_vec();
    let mut machine = Machine::new(Cursor::new(&bytes), &meter, Framing::ReadsOn);
    let _ = machine.load();
    let calls = machine.log.finish();
    calls.iter().any(|c| c.called && c.verdict == Verdict::Dangerous)
}
