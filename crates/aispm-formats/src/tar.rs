//! tar archives (POSIX ustar, GNU long names, pax paths), read in order so that a compressed one needs one pass.

use crate::bounded::{Part, ReadAt, Stop, peek};
use crate::cursor::Cursor;
use crate::scanner::{Scanner, join};

const BLOCK: u64 = 512;

/// Whether a head is a tar header: its checksum holds.
pub(crate) fn matches(head: &[u8]) -> bool {
    head.get(..512).is_some_and(checksum_holds)
}

fn checksum_holds(block: &[u8]) -> bool {
    let sum: u64 = block
        .iter()
        .enumerate()
        .map(|(i, b)| {
            if (148..156).contains(&i) {
                32
            } else {
                u64::from(*b)
            }
        })
        .sum();
    block.first().is_some_and(|b| *b != 0) && block.get(148..156).and_then(number) == Some(sum)
}

/// An octal field, or GNU's binary form for large ones.
fn number(field: &[u8]) -> Option<u64> {
    if let Some((0x80, rest)) = field.split_first() {
        return rest
            .iter()
            .try_fold(0u64, |n, b| n.checked_mul(256)?.checked_add(u64::from(*b)));
    }
    let text = std::str::from_utf8(field).ok()?;
    let digits = text.trim_matches(|c: char| c == '\0' || c == ' ');
    if digits.is_empty() {
        Some(0)
    } else {
        u64::from_str_radix(digits, 8).ok()
    }
}

fn text(field: &[u8]) -> String {
    let end = memchr::memchr(0, field).unwrap_or(field.len());
    String::from_utf8_lossy(field.get(..end).unwrap_or(&[])).into_owned()
}

pub(crate) fn read(cx: &mut Scanner<'_>, source: &dyn ReadAt, member: Option<&str>) -> Result<(), Stop> {
    let entries = cx.meter.limits().entries;
    each(source, entries, &mut |e| {
        if e.name.starts_with('/') || e.name.split('/').any(|p| p == "..") {
            let shown = crate::excerpt::excerpt(e.name, 80);
            cx.out.defect("path-traversal", shown, e.header, false, member);
        }
        if let Some(content) = &e.content {
            cx.read_member(content, &join(member, e.name));
        }
        true
    })
}

/// One entry.
pub(crate) struct Entry<'a> {
    pub(crate) name: &'a str,
    pub(crate) header: u64,
    /// Its bytes, where it is a file.
    pub(crate) content: Option<Part<'a>>,
}

/// Hands each entry to `f`, in order, until that gives back false.
pub(crate) fn each(
    source: &dyn ReadAt,
    most: usize,
    f: &mut dyn FnMut(&Entry<'_>) -> bool,
) -> Result<(), Stop> {
    let mut at = 0u64;
    let mut long_name = None;
    for entries in 0.. {
        if entries >= most {
            return Err(Stop::Budget("archive members"));
        }
        let block = peek(source, at, 512)?;
        if block.len() < 512 || block.iter().all(|b| *b == 0) {
            return Ok(());
        }
        if !checksum_holds(&block) {
            return Err(Stop::Malformed {
                what: "tar header",
                offset: at,
            });
        }
        let field = |from: usize, to: usize| block.get(from..to).unwrap_or(&[]);
        let size = number(field(124, 136)).ok_or(Stop::Malformed {
            what: "tar size",
            offset: at,
        })?;
        let data = at + BLOCK;
        let kind = block.get(156).copied().unwrap_or(0);
        match kind {
            b'L' => {
                long_name = Some(text(&peek(
                    source,
                    data,
                    usize::try_from(size.min(4096)).unwrap_or(0),
                )?))
            }
            b'x' | b'g' => long_name = pax_path(source, data, size)?.or(long_name),
            _ => {
                let prefix = text(field(345, 500));
                let own = text(field(0, 100));
                let short = prefix.is_empty() || field(257, 262) != b"ustar";
                let whole = if short { own } else { format!("{prefix}/{own}") };
                let name = long_name.take().unwrap_or(whole);
                let file = matches!(kind, b'0' | 0 | b'7');
                if file && data.saturating_add(size) > source.len() {
                    return Err(Stop::Truncated(source.len()));
                }
                let entry = Entry {
                    name: &name,
                    header: at,
                    content: file.then(|| Part::new(source, data, size)),
                };
                if !f(&entry) {
                    return Ok(());
                }
            }
        }
        at = size
            .div_ceil(BLOCK)
            .checked_mul(BLOCK)
            .and_then(|n| data.checked_add(n))
            .ok_or(Stop::Malformed {
                what: "tar size",
                offset: at,
            })?;
    }
    Ok(())
}

/// The `path` record of a pax header.
fn pax_path(source: &dyn ReadAt, at: u64, size: u64) -> Result<Option<String>, Stop> {
    let part = Part::new(source, at, size.min(64 << 10));
    let mut c = Cursor::new(&part);
    while c.remaining() > 0 {
        let Ok((line, _)) = c.line(4096) else { break };
        let record = String::from_utf8_lossy(&line).into_owned();
        if let Some((_, path)) = record.split_once(" path=") {
            return Ok(Some(path.to_owned()));
        }
    }
    Ok(None)
}
