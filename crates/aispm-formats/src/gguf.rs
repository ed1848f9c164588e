//! GGUF, versions 2 and 3 (ggml `docs/gguf.md`): metadata, tensor table, chat templates.

use std::collections::BTreeSet;

use crate::bounded::{ReadAt, Stop};
use crate::cursor::Cursor;
use crate::excerpt::excerpt;
use crate::scanner::Scanner;
use crate::template;

/// Longest text value that is kept; templates are the long ones.
const TEXT: usize = 1 << 20;
/// Arrays inside arrays.
const ARRAY_DEPTH: usize = 4;

/// Name, elements per block and bytes per block of tensor types, by number.
const TYPES: &[(u32, &str, u64, u64)] = &[
    (0, "F32", 1, 4),
    (1, "F16", 1, 2),
    (2, "Q4_0", 32, 18),
    (3, "Q4_1", 32, 20),
    (6, "Q5_0", 32, 22),
    (7, "Q5_1", 32, 24),
    (8, "Q8_0", 32, 34),
    (9, "Q8_1", 32, 36),
    (10, "Q2_K", 256, 84),
    (11, "Q3_K", 256, 110),
    (12, "Q4_K", 256, 144),
    (13, "Q5_K", 256, 176),
    (14, "Q6_K", 256, 210),
    (15, "Q8_K", 256, 292),
    (16, "IQ2_XXS", 256, 66),
    (17, "IQ2_XS", 256, 74),
    (18, "IQ3_XXS", 256, 98),
    (19, "IQ1_S", 256, 50),
    (20, "IQ4_NL", 32, 18),
    (21, "IQ3_S", 256, 110),
    (22, "IQ2_S", 256, 82),
    (23, "IQ4_XS", 256, 136),
    (24, "I8", 1, 1),
    (25, "I16", 1, 2),
    (26, "I32", 1, 4),
    (27, "I64", 1, 8),
    (28, "F64", 1, 8),
    (29, "IQ1_M", 256, 56),
    (30, "BF16", 1, 2),
    (34, "TQ1_0", 256, 54),
    (35, "TQ2_0", 256, 66),
    (39, "MXFP4", 32, 17),
];

pub(crate) fn read(cx: &mut Scanner<'_>, source: &dyn ReadAt, member: Option<&str>) -> Result<(), Stop> {
    let mut c = Cursor::starting(source, 4);
    let version = c.u32()?;
    match version {
        2 | 3 => {}
        1 => return Err(Stop::Unsupported("GGUF version 1")),
        v if v.swap_bytes() <= 3 => return Err(Stop::Unsupported("big-endian GGUF")),
        _ => return Err(Stop::Unsupported("GGUF version")),
    }
    let (tensors, pairs) = (c.u64()?, c.u64()?);
    let limit = cx.meter.limits().entries as u64;
    if tensors > limit || pairs > limit {
        cx.out.defect(
            "header-size",
            format!("{tensors} tensors and {pairs} keys announced"),
            8,
            false,
            member,
        );
        return Err(Stop::Budget("header entries"));
    }
    let mut alignment = 32u64;
    let mut keys = BTreeSet::new();
    for _ in 0..pairs {
        let at = c.position();
        let key = text(&mut c, 65_535)?;
        let kind = c.u32()?;
        let value = value(&mut c, kind, 0)?;
        metadata(cx, &key, &value, member, &mut alignment);
        if !keys.insert(key.clone()) {
            cx.out.defect(
                "duplicate-entry",
                format!("key {}", excerpt(&key, 80)),
                at,
                true,
                member,
            );
        }
    }
    table(cx, &mut c, tensors, alignment, member)
}

/// A metadata value, as far as it is of interest.
enum Scalar {
    Text(String),
    Number(u64),
    Other,
}

fn text(c: &mut Cursor<'_>, keep: usize) -> Result<String, Stop> {
    let len = c.u64()?;
    Ok(String::from_utf8_lossy(&c.take(len, keep)?).into_owned())
}

/// Bytes of a value of fixed size.
fn width(kind: u32) -> Option<u64> {
    match kind {
        0 | 1 | 7 => Some(1),
        2 | 3 => Some(2),
        4..=6 => Some(4),
        10..=12 => Some(8),
        _ => None,
    }
}

fn value(c: &mut Cursor<'_>, kind: u32, depth: usize) -> Result<Scalar, Stop> {
    let at = c.position();
    match (kind, width(kind)) {
        (4, _) => Ok(Scalar::Number(u64::from(c.u32()?))),
        (10, _) => Ok(Scalar::Number(c.u64()?)),
        (_, Some(n)) => c.skip(n).map(|()| Scalar::Other),
        (8, _) => text(c, TEXT).map(Scalar::Text),
        (9, _) => array(c, depth).map(|()| Scalar::Other),
        _ => Err(Stop::Malformed {
            what: "GGUF value type",
            offset: at,
        }),
    }
}

fn array(c: &mut Cursor<'_>, depth: usize) -> Result<(), Stop> {
    if depth >= ARRAY_DEPTH {
        return Err(Stop::Budget("GGUF array depth"));
    }
    let at = c.position();
    let kind = c.u32()?;
    let len = c.u64()?;
    let bad = Stop::Malformed {
        what: "GGUF array length",
        offset: at,
    };
    if let Some(n) = width(kind) {
        return c.skip(len.checked_mul(n).ok_or(bad)?);
    }
    // Each item takes at least its length; more items than bytes cannot be.
    if len > c.remaining() {
        return Err(bad);
    }
    for _ in 0..len {
        if kind == 8 {
            let n = c.u64()?;
            c.skip(n)?;
        } else {
            value(c, kind, depth + 1)?;
        }
    }
    Ok(())
}

fn metadata(cx: &mut Scanner<'_>, key: &str, value: &Scalar, member: Option<&str>, alignment: &mut u64) {
    match value {
        Scalar::Number(n) if key == "general.alignment" => {
            if n.is_power_of_two() && *n <= 1 << 20 {
                *alignment = *n;
            } else {
                cx.out
                    .defect("alignment", format!("alignment {n}"), None, false, member);
            }
        }
        Scalar::Text(t) => {
            let shown = || Some(excerpt(t, 120)).filter(|s| !s.is_empty());
            match key {
                "general.architecture" => cx.out.header.architecture = shown(),
                "general.license" => cx.out.header.license = shown(),
                "general.quantized_by" | "general.author" => cx.out.header.producer = shown(),
                "general.basename" | "general.base_model.0.name" => cx.out.header.base_model = shown(),
                _ if key.starts_with("tokenizer.chat_template") => template::check(cx, t, key),
                _ => {}
            }
        }
        Scalar::Number(_) | Scalar::Other => {}
    }
}

fn table(
    cx: &mut Scanner<'_>,
    c: &mut Cursor<'_>,
    tensors: u64,
    alignment: u64,
    member: Option<&str>,
) -> Result<(), Stop> {
    let mut names = BTreeSet::new();
    let mut ranges = Vec::new();
    cx.out.header.tensors = Some(0);
    for _ in 0..tensors {
        let at = c.position();
        let name = text(c, 1024)?;
        let dimensions = c.u32()?;
        if dimensions > 8 {
            return Err(Stop::Malformed {
                what: "GGUF tensor dimensions",
                offset: at,
            });
        }
        let mut elements = Some(1u64);
        for _ in 0..dimensions {
            let d = c.u64()?;
            elements = elements.and_then(|n| n.checked_mul(d));
        }
        let kind = c.u32()?;
        let offset = c.u64()?;
        let shown = excerpt(&name, 80);
        let known = TYPES.iter().find(|t| t.0 == kind);
        cx.out
            .header
            .tensor(known.map_or("unknown", |t| t.1), elements.unwrap_or(0));
        if !names.insert(name) {
            cx.out
                .defect("duplicate-entry", format!("tensor {shown}"), at, true, member);
        }
        if offset % alignment != 0 {
            cx.out.defect(
                "alignment",
                format!("tensor {shown} at {offset}"),
                at,
                false,
                member,
            );
        }
        let size = known.and_then(|(_, _, block, bytes)| elements?.div_ceil(*block).checked_mul(*bytes));
        match (known, size) {
            (Some(_), Some(size)) => ranges.push((offset, size, shown)),
            (Some(_), None) => cx.out.defect(
                "out-of-bounds",
                format!("tensor {shown} is too large"),
                at,
                false,
                member,
            ),
            (None, _) => cx.out.unread(member, Stop::Unsupported("GGUF tensor type")),
        }
    }
    let start = c.position().div_ceil(alignment).saturating_mul(alignment);
    check_ranges(cx, ranges, start, c.source().len(), member);
    Ok(())
}

fn check_ranges(
    cx: &mut Scanner<'_>,
    mut ranges: Vec<(u64, u64, String)>,
    start: u64,
    len: u64,
    member: Option<&str>,
) {
    ranges.sort();
    let data = len.saturating_sub(start);
    let (mut at, mut overlaps) = (0u64, 0u64);
    for (offset, size, shown) in ranges {
        let end = offset.saturating_add(size);
        if end > data {
            cx.out.defect(
                "out-of-bounds",
                format!("tensor {shown} ends at {end} of {data} bytes"),
                start.saturating_add(offset),
                false,
                member,
            );
        }
        overlaps += u64::from(offset < at && size > 0);
        at = at.max(end);
    }
    if overlaps > 0 {
        cx.out.defect(
            "overlap",
            format!("{overlaps} tensors overlap others"),
            start,
            true,
            member,
        );
    }
}
