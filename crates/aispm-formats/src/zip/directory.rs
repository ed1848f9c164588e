//! The directory at the end, and the walk over local headers that checks it.

use std::collections::BTreeMap;

use super::Archive;
use super::member::{Member, name_of};
use crate::bounded::{Meter, ReadAt, Stop, peek};
use crate::cursor::Cursor;
use crate::excerpt::excerpt;

/// Largest comment plus the end record.
const TAIL: u64 = 65_535 + 22;
const END: &[u8] = b"PK\x05\x06";
const CENTRAL: u32 = 0x0201_4b50;
const LOCAL: u32 = 0x0403_4b50;

struct End {
    at: u64,
    entries: u64,
    size: u64,
    offset: u64,
}

/// Whether the file ends in a zip directory.
pub(crate) fn has_directory(source: &dyn ReadAt) -> bool {
    find_end(source, &mut Archive::default()).is_ok_and(|e| e.size > 0 && e.at >= e.size)
}

/// Reads the directory and checks it against the headers.
pub(crate) fn directory(source: &dyn ReadAt, meter: &Meter) -> Result<Archive, Stop> {
    let mut archive = Archive::default();
    let end = find_end(source, &mut archive)?;
    let start = end.at.checked_sub(end.size).ok_or(Stop::Malformed {
        what: "zip directory size",
        offset: end.at,
    })?;
    // Python moves every offset by what stands before the archive; miniz does not.
    let shift = start.checked_sub(end.offset).ok_or(Stop::Malformed {
        what: "zip directory offset",
        offset: end.at,
    })?;
    if shift > 0 {
        archive.prepended = shift;
        archive.defect(
            "prepended-data",
            format!("{shift} bytes before the archive"),
            0,
            true,
        );
    }
    if let Err(stop) = central(source, &mut archive, start, &end, shift, meter) {
        archive.stop = Some(stop);
    }
    if archive.stop.is_none() && archive.members.len() as u64 != end.entries {
        let detail = format!(
            "{} entries announced, {} present",
            end.entries,
            archive.members.len()
        );
        archive.defect("entry-count", detail, end.at, true);
    }
    for i in 0..archive.members.len() {
        check_local(source, &mut archive, i)?;
    }
    check_names(&mut archive);
    check_layout(source, &mut archive, start, meter)?;
    Ok(archive)
}

/// Finds the end record as Python and miniz do: the last signature in the tail.
fn find_end(source: &dyn ReadAt, archive: &mut Archive) -> Result<End, Stop> {
    let none = Stop::Malformed {
        what: "zip (no directory)",
        offset: source.len(),
    };
    let tail_at = source.len().saturating_sub(TAIL);
    let tail = peek(source, tail_at, usize::try_from(TAIL).unwrap_or(0))?;
    let found: Vec<usize> = memchr::memmem::find_iter(&tail, END)
        .filter(|i| i + 22 <= tail.len())
        .collect();
    let last = *found.last().ok_or(none)?;
    let record = tail.get(last..).ok_or(none)?;
    let at = tail_at + last as u64;
    let mut c = Cursor::starting(source, at + 10);
    let mut end = End {
        at,
        entries: u64::from(c.u16()?),
        size: u64::from(c.u32()?),
        offset: u64::from(c.u32()?),
    };
    let comment = usize::from(c.u16()?);
    let behind = record.len().saturating_sub(22);
    if behind != comment {
        let detail = format!("comment of {comment} bytes announced, {behind} present");
        archive.defect("trailing-data", detail, at, true);
    }
    zip64(source, &mut end)?;
    // A second record behind the directory's start is one that another reader may take.
    let start = end.at.saturating_sub(end.size);
    if found.iter().rev().skip(1).any(|i| tail_at + *i as u64 >= start) {
        archive.defect("second-directory", "two end records".to_owned(), at, true);
    }
    Ok(end)
}

/// Takes the wide record where there is one and the narrow one points to it.
fn zip64(source: &dyn ReadAt, end: &mut End) -> Result<(), Stop> {
    let Some(locator_at) = end.at.checked_sub(20) else {
        return Ok(());
    };
    let mut c = Cursor::starting(source, locator_at);
    if c.array()? != *b"PK\x06\x07" {
        return Ok(());
    }
    c.skip(4)?;
    let declared = c.u64()?;
    // Where something was prepended, the record stands right before its locator rather than where that says.
    let found = [Some(declared), locator_at.checked_sub(56)]
        .into_iter()
        .flatten()
        .find(|at| peek(source, *at, 4).is_ok_and(|sig| sig == b"PK\x06\x06"));
    let Some(at) = found else { return Ok(()) };
    let mut c = Cursor::starting(source, at + 32);
    end.entries = c.u64()?;
    end.size = c.u64()?;
    end.offset = c.u64()?;
    end.at = at;
    Ok(())
}

fn central(
    source: &dyn ReadAt,
    archive: &mut Archive,
    start: u64,
    end: &End,
    shift: u64,
    meter: &Meter,
) -> Result<(), Stop> {
    let mut c = Cursor::starting(source, start);
    while c.position() < end.at {
        let at = c.position();
        if archive.members.len() >= meter.limits().entries {
            return Err(Stop::Budget("archive members"));
        }
        if c.u32()? != CENTRAL {
            return Err(Stop::Malformed {
                what: "zip directory entry",
                offset: at,
            });
        }
        c.skip(4)?;
        let mut m = Member {
            flags: c.u16()?,
            method: c.u16()?,
            listed: true,
            ..Member::default()
        };
        c.skip(4)?;
        m.crc = c.u32()?;
        m.stored = u64::from(c.u32()?);
        m.size = u64::from(c.u32()?);
        let (name, extra, comment) = (c.u16()?, c.u16()?, c.u16()?);
        c.skip(8)?;
        m.header = u64::from(c.u32()?);
        m.name = name_of(&c.take(u64::from(name), usize::from(name))?);
        let extra = c.take(u64::from(extra), usize::from(extra))?;
        c.skip(u64::from(comment))?;
        wide_fields(&extra, &mut m);
        m.header = m.header.saturating_add(shift);
        archive.members.push(m);
    }
    Ok(())
}

/// The zip64 extra field replaces what reads as all ones, in this order: size, stored size, header offset.
fn wide_fields(extra: &[u8], m: &mut Member) {
    const NARROW: u64 = 0xffff_ffff;
    let mut rest = extra;
    while let Some(([a, b, c, d], tail)) = rest.split_first_chunk::<4>() {
        let (id, len) = (
            u16::from_le_bytes([*a, *b]),
            usize::from(u16::from_le_bytes([*c, *d])),
        );
        let Some((body, after)) = tail.split_at_checked(len) else {
            return;
        };
        if id == 1 {
            let mut words = body
                .chunks_exact(8)
                .filter_map(|w| w.first_chunk::<8>())
                .map(|w| u64::from_le_bytes(*w));
            for field in [&mut m.size, &mut m.stored, &mut m.header] {
                if *field == NARROW
                    && let Some(wide) = words.next()
                {
                    *field = wide;
                }
            }
        }
        rest = after;
    }
}

/// A local header, as a reader that streams sees it.
fn local(source: &dyn ReadAt, at: u64) -> Result<Option<Member>, Stop> {
    if at.saturating_add(30) > source.len() {
        return Ok(None);
    }
    let head = peek(source, at, 30 + 256)?;
    let mut c = Cursor::new(&head);
    if c.u32()? != LOCAL {
        return Ok(None);
    }
    c.skip(2)?;
    let mut m = Member {
        header: at,
        flags: c.u16()?,
        method: c.u16()?,
        ..Member::default()
    };
    c.skip(4)?;
    m.crc = c.u32()?;
    m.stored = u64::from(c.u32()?);
    m.size = u64::from(c.u32()?);
    let (name, extra) = (u64::from(c.u16()?), u64::from(c.u16()?));
    let mut c = Cursor::starting(source, at + 30);
    let available = c.remaining();
    m.name = name_of(&c.take(name.min(available), 65_535)?);
    let extra_bytes = c.take(extra.min(c.remaining()), 65_535)?;
    wide_fields(&extra_bytes, &mut m);
    m.header = at;
    m.data = Some(at + 30 + name + extra);
    Ok(Some(m))
}

/// Compares a member's own header with what the directory says.
fn check_local(source: &dyn ReadAt, archive: &mut Archive, index: usize) -> Result<(), Stop> {
    let Some(m) = archive.members.get(index).cloned() else {
        return Ok(());
    };
    let Some(own) = local(source, m.header)? else {
        archive.defect(
            "no-local-header",
            format!("member {}", excerpt(&m.name, 80)),
            m.header,
            true,
        );
        return Ok(());
    };
    if let Some(slot) = archive.members.get_mut(index) {
        slot.data = own.data;
    }
    let shown = excerpt(&m.name, 80);
    // With bit 3 the sizes stand behind the data, and zeros in the header.
    let deferred = own.flags & 8 != 0;
    let differs = |a: u64, b: u64| a != b && !(deferred && b == 0);
    if own.name != m.name {
        archive.defect(
            "name-mismatch",
            format!(
                "{shown} in the directory, {} before its data",
                excerpt(&own.name, 80)
            ),
            m.header,
            true,
        );
    }
    if own.method != m.method {
        archive.defect(
            "method-mismatch",
            format!("{shown}: {} and {}", m.method, own.method),
            m.header,
            true,
        );
    }
    if differs(m.size, own.size) || differs(m.stored, own.stored) {
        archive.defect(
            "size-mismatch",
            format!("{shown}: {} and {} bytes", m.size, own.size),
            m.header,
            true,
        );
    }
    if differs(u64::from(m.crc), u64::from(own.crc)) {
        archive.defect("crc-mismatch", shown.clone(), m.header, true);
    }
    if (own.flags ^ m.flags) & 1 != 0 {
        archive.defect("encryption-flag-mismatch", shown.clone(), m.header, true);
    }
    if m.method == 0 && m.stored != m.size && !m.encrypted() {
        archive.defect(
            "size-mismatch",
            format!("{shown}: stored, yet {} and {} bytes", m.stored, m.size),
            m.header,
            true,
        );
    }
    if own.data.unwrap_or(0).saturating_add(m.stored) > source.len() {
        archive.defect("out-of-bounds", shown, m.header, false);
    }
    Ok(())
}

/// One name twice, or names that leave the archive.
fn check_names(archive: &mut Archive) {
    let mut seen: BTreeMap<String, String> = BTreeMap::new();
    let mut found = Vec::new();
    for m in &archive.members {
        let plain = m.name.replace('\\', "/");
        let key = plain
            .split('/')
            .filter(|p| !p.is_empty() && *p != ".")
            .collect::<Vec<_>>()
            .join("/");
        let leaves =
            plain.starts_with('/') || plain.split('/').any(|p| p == "..") || plain.get(1..3) == Some(":/");
        if leaves {
            found.push(("path-traversal", excerpt(&m.name, 80), m.header, false));
        }
        if m.name.contains('\0') {
            found.push(("name-with-nul", excerpt(&m.name, 80), m.header, true));
        }
        if let Some(other) = seen.insert(key, m.name.clone()) {
            found.push(("duplicate-entry", excerpt(&other, 80), m.header, true));
        }
    }
    for (defect, detail, at, hides) in found {
        archive.defect(defect, detail, at, hides);
    }
}

/// Members lie apart, and what lies between them is no member that the directory does not list.
fn check_layout(source: &dyn ReadAt, archive: &mut Archive, start: u64, meter: &Meter) -> Result<(), Stop> {
    let mut ranges: Vec<(u64, u64)> = archive.members.iter().map(|m| (m.header, m.end())).collect();
    ranges.sort_unstable();
    ranges.push((start, start));
    let mut at = 0u64;
    let mut overlaps = 0u64;
    for (from, to) in ranges {
        overlaps += u64::from(from < at);
        let mut gap = at;
        while gap < from {
            // A descriptor of sizes may follow the data: 12 to 24 bytes, with a signature or without.
            let head = peek(source, gap, 28)?;
            let hidden = memchr::memmem::find(&head, b"PK\x03\x04").map(|i| gap + i as u64);
            match hidden
                .filter(|h| *h < from)
                .map(|h| local(source, h))
                .transpose()?
                .flatten()
            {
                Some(m) if archive.members.len() < meter.limits().entries => {
                    archive.defect(
                        "hidden-member",
                        format!("{} is in no directory", excerpt(&m.name, 80)),
                        m.header,
                        true,
                    );
                    gap = m.end().max(m.header + 30);
                    archive.members.push(m);
                }
                _ => {
                    let rest = from - gap;
                    let silent = rest <= 24 || head.iter().all(|b| *b == 0) || gap == 0;
                    if !silent {
                        archive.defect(
                            "unlisted-bytes",
                            format!("{rest} bytes between members"),
                            gap,
                            false,
                        );
                    }
                    break;
                }
            }
        }
        at = at.max(to);
    }
    if overlaps > 0 {
        archive.defect("overlap", format!("{overlaps} members overlap others"), 0, true);
    }
    Ok(())
}
