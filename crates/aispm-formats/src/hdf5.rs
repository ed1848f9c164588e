//! HDF5 (File Format Specification 3.0), as far as finding the attributes of the root group takes: where Keras keeps the
//! configuration of a model.

use crate::bounded::{ReadAt, Stop, peek, read_range};
use crate::cursor::Cursor;
use crate::keras::{self, Loader};
use crate::scanner::Scanner;

/// Object header messages of the root group.
const MAX_MESSAGES: usize = 10_000;
/// Bytes that are searched for a configuration where the attributes could not be read.
const SEARCHED: u64 = 64 << 20;

/// What the root group's attributes gave.
#[derive(Default)]
struct Attributes {
    model_config: Option<String>,
    keras_version: Option<String>,
    /// Attributes are kept in a form that is not read here.
    elsewhere: bool,
}

pub(crate) fn read(cx: &mut Scanner<'_>, source: &dyn ReadAt, member: Option<&str>) -> Result<(), Stop> {
    let found = root_attributes(cx, source);
    let attributes = found.as_ref().ok();
    if let Some(version) = attributes.and_then(|a| a.keras_version.as_ref()) {
        cx.out.header.producer = Some(format!("keras {}", crate::excerpt::excerpt(version, 40)));
    }
    if let Some(text) = attributes.and_then(|a| a.model_config.as_ref()) {
        keras::config(cx, text, member, Loader::Legacy);
        return Ok(());
    }
    if attributes.is_some_and(|a| !a.elsewhere) {
        return Ok(());
    }
    match search(cx, source)? {
        Some(text) => keras::config(cx, &text, member, Loader::Legacy),
        // All of it was searched, and there is none.
        None if found.is_ok() && source.len() <= SEARCHED => {}
        None => return Err(found.err().unwrap_or(Stop::Unsupported("HDF5 attribute storage"))),
    }
    Ok(())
}

/// Widths of addresses and lengths, and where the root group's object header stands.
struct Super {
    offsets: u8,
    lengths: u8,
    root: u64,
}

fn superblock(source: &dyn ReadAt) -> Result<Super, Stop> {
    let mut c = Cursor::starting(source, 8);
    let version = c.u8()?;
    match version {
        0 | 1 => {
            c.skip(4)?;
            let (offsets, lengths) = (c.u8()?, c.u8()?);
            c.skip(if version == 0 { 9 } else { 13 })?;
            // Base, free space, end of file, driver; then the root's symbol table entry: name offset, header address.
            c.skip(u64::from(offsets).saturating_mul(5))?;
            let root = sized(&mut c, offsets)?;
            Ok(Super {
                offsets,
                lengths,
                root,
            })
        }
        2 | 3 => {
            let (offsets, lengths) = (c.u8()?, c.u8()?);
            c.skip(1 + u64::from(offsets).saturating_mul(3))?;
            let root = sized(&mut c, offsets)?;
            Ok(Super {
                offsets,
                lengths,
                root,
            })
        }
        _ => Err(Stop::Unsupported("HDF5 superblock version")),
    }
}

fn sized(c: &mut Cursor<'_>, width: u8) -> Result<u64, Stop> {
    if !matches!(width, 1 | 2 | 4 | 8) {
        return Err(Stop::Unsupported("HDF5 address width"));
    }
    let mut value = 0u64;
    for shift in 0..width {
        value |= u64::from(c.u8()?) << (8 * u32::from(shift));
    }
    Ok(value)
}

fn root_attributes(cx: &mut Scanner<'_>, source: &dyn ReadAt) -> Result<Attributes, Stop> {
    let s = superblock(source)?;
    let mut out = Attributes::default();
    let mut messages = Vec::new();
    if peek(source, s.root, 4)? == b"OHDR" {
        header_v2(source, &s, &mut messages)?;
    } else {
        header_v1(source, &s, &mut messages)?;
    }
    for (kind, at, len) in messages {
        match kind {
            0x0c => attribute(cx, source, &s, at, len, &mut out)?,
            // Attribute info: with a fractal heap address, attributes are stored densely.
            0x15 => {
                let mut c = Cursor::starting(source, at);
                c.skip(1)?;
                let flags = c.u8()?;
                c.skip(if flags & 1 != 0 { 2 } else { 0 })?;
                let heap = sized(&mut c, s.offsets)?;
                out.elsewhere |= heap != u64::MAX >> (64 - 8 * u32::from(s.offsets.clamp(1, 8)));
            }
            _ => {}
        }
    }
    Ok(out)
}

/// A message: type, place and length of its body.
type Message = (u16, u64, u64);

fn header_v1(source: &dyn ReadAt, s: &Super, out: &mut Vec<Message>) -> Result<(), Stop> {
    let mut c = Cursor::starting(source, s.root);
    if c.u8()? != 1 {
        return Err(Stop::Malformed {
            what: "HDF5 object header",
            offset: s.root,
        });
    }
    c.skip(7)?;
    let size = u64::from(c.u32()?);
    let mut blocks = vec![(s.root.saturating_add(16), size)];
    while let Some((at, len)) = blocks.pop() {
        let mut c = Cursor::starting(source, at);
        let end = at.saturating_add(len);
        while c.position().saturating_add(8) <= end {
            let kind = c.u16()?;
            let len = u64::from(c.u16()?);
            c.skip(4)?;
            push(out, &mut blocks, source, s, (kind, c.position(), len))?;
            c.skip(len)?;
        }
    }
    Ok(())
}

fn header_v2(source: &dyn ReadAt, s: &Super, out: &mut Vec<Message>) -> Result<(), Stop> {
    let mut c = Cursor::starting(source, s.root.saturating_add(5));
    let flags = c.u8()?;
    c.skip(if flags & 0x20 != 0 { 16 } else { 0 })?;
    c.skip(if flags & 0x10 != 0 { 4 } else { 0 })?;
    let size = sized(&mut c, 1 << (flags & 3))?;
    let mut blocks = vec![(c.position(), size)];
    while let Some((at, len)) = blocks.pop() {
        let mut c = Cursor::starting(source, at);
        let end = at.saturating_add(len);
        while c.position().saturating_add(4) <= end {
            let kind = u16::from(c.u8()?);
            let len = u64::from(c.u16()?);
            c.skip(if flags & 4 != 0 { 3 } else { 1 })?;
            let before = blocks.len();
            push(out, &mut blocks, source, s, (kind, c.position(), len))?;
            // A continuation block has a signature before and a checksum behind its messages.
            if let Some(block) = blocks.get_mut(before) {
                *block = (block.0.saturating_add(4), block.1.saturating_sub(8));
            }
            c.skip(len)?;
        }
    }
    Ok(())
}

fn push(
    out: &mut Vec<Message>,
    blocks: &mut Vec<(u64, u64)>,
    source: &dyn ReadAt,
    s: &Super,
    m: Message,
) -> Result<(), Stop> {
    if out.len() >= MAX_MESSAGES || blocks.len() >= 256 {
        return Err(Stop::Budget("HDF5 messages"));
    }
    if m.0 == 0x10 {
        let mut c = Cursor::starting(source, m.1);
        blocks.push((sized(&mut c, s.offsets)?, sized(&mut c, s.lengths)?));
    }
    out.push(m);
    Ok(())
}

/// An attribute message: name, data type, extent, data.
fn attribute(
    cx: &mut Scanner<'_>,
    source: &dyn ReadAt,
    s: &Super,
    at: u64,
    len: u64,
    out: &mut Attributes,
) -> Result<(), Stop> {
    let mut c = Cursor::starting(source, at);
    let version = c.u8()?;
    let shared = c.u8()?;
    let (name, kind, space) = (u64::from(c.u16()?), u64::from(c.u16()?), u64::from(c.u16()?));
    c.skip(u64::from(version == 3))?;
    // Version 1 pads each part to eight bytes.
    let pad = |n: u64| if version == 1 { n.div_ceil(8) * 8 } else { n };
    let text = c.take(pad(name), 256)?;
    let text = String::from_utf8_lossy(&text);
    let text = text.trim_end_matches('\0');
    let slot = match text {
        "model_config" => &mut out.model_config,
        "keras_version" => &mut out.keras_version,
        _ => return Ok(()),
    };
    if shared & 3 != 0 {
        out.elsewhere = true;
        return Ok(());
    }
    let type_at = c.position();
    let class = c.u8()? & 0x0f;
    c.seek(type_at.saturating_add(pad(kind)).saturating_add(pad(space)));
    let end = at.saturating_add(len);
    let size = end.saturating_sub(c.position());
    let value = match class {
        3 => read_range(source, c.position(), size, cx.meter)?,
        // Variable length: a length, and a place in a global heap.
        9 => {
            let n = u64::from(c.u32()?);
            let collection = sized(&mut c, s.offsets)?;
            let index = c.u32()?;
            heap_object(cx, source, s, collection, index, n)?
        }
        _ => {
            out.elsewhere = true;
            return Ok(());
        }
    };
    let value = String::from_utf8_lossy(&value);
    *slot = Some(value.trim_end_matches('\0').to_owned());
    Ok(())
}

fn heap_object(
    cx: &mut Scanner<'_>,
    source: &dyn ReadAt,
    s: &Super,
    at: u64,
    index: u32,
    len: u64,
) -> Result<Vec<u8>, Stop> {
    let bad = Stop::Malformed {
        what: "HDF5 global heap",
        offset: at,
    };
    let mut c = Cursor::starting(source, at);
    if c.array()? != *b"GCOL" {
        return Err(bad);
    }
    c.skip(4)?;
    let end = at.saturating_add(sized(&mut c, s.lengths)?);
    for _ in 0..MAX_MESSAGES {
        if c.position() >= end {
            break;
        }
        let own = u32::from(c.u16()?);
        c.skip(6)?;
        let size = sized(&mut c, s.lengths)?;
        if own == index {
            return read_range(source, c.position(), size.min(len), cx.meter);
        }
        if own == 0 {
            break;
        }
        c.skip(size.div_ceil(8).checked_mul(8).ok_or(bad)?)?;
    }
    Err(bad)
}

/// Looks for the text of a configuration in the file's first bytes.
fn search(cx: &mut Scanner<'_>, source: &dyn ReadAt) -> Result<Option<String>, Stop> {
    const NEEDLES: &[&[u8]] = &[
        b"{\"class_name\": \"",
        b"{\"module\": \"keras",
        b"{\"class_name\":\"",
    ];
    const STEP: usize = 1 << 20;
    let mut at = 0u64;
    while at < source.len().min(SEARCHED) {
        let chunk = peek(source, at, STEP)?;
        let found = NEEDLES
            .iter()
            .filter_map(|n| memchr::memmem::find(&chunk, n))
            .min();
        if let Some(i) = found {
            let start = at + i as u64;
            let len = (source.len() - start).min(cx.meter.limits().held / 4);
            let bytes = read_range(source, start, len, cx.meter)?;
            let text = object_end(&bytes).and_then(|end| bytes.get(..end));
            return match text {
                Some(text) => Ok(Some(String::from_utf8_lossy(text).into_owned())),
                None => Err(Stop::Malformed {
                    what: "Keras configuration (no end)",
                    offset: start,
                }),
            };
        }
        // Needles are found across the seam too.
        at += (STEP - 64) as u64;
    }
    Ok(None)
}

/// Where the JSON object that begins at the first byte ends.
fn object_end(bytes: &[u8]) -> Option<usize> {
    let (mut depth, mut text, mut escaped) = (0usize, false, false);
    for (i, b) in bytes.iter().enumerate() {
        match b {
            _ if escaped => escaped = false,
            b'\\' if text => escaped = true,
            b'"' => text = !text,
            b'{' if !text => depth += 1,
            b'}' if !text => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(i + 1);
                }
            }
            _ => {}
        }
    }
    None
}
