//! safetensors: an 8-byte length, a JSON header, tensors without holes (the format's README, section "Format").

use std::collections::BTreeSet;

use crate::bounded::{ReadAt, Stop, peek, read_range};
use crate::excerpt::excerpt;
use crate::json::{Event, Events};
use crate::scanner::Scanner;

/// Longest header that the reference reader takes.
const MAX_HEADER: u64 = 100_000_000;

/// Whether the head is that of a safetensors file: a plausible length, then a JSON object.
pub(crate) fn matches(head: &[u8]) -> bool {
    let Some((len, rest)) = head.split_first_chunk::<8>() else {
        return false;
    };
    let len = u64::from_le_bytes(*len);
    (2..=MAX_HEADER).contains(&len)
        && rest.starts_with(b"{")
        && matches!(
            rest.iter().skip(1).find(|b| !b.is_ascii_whitespace()),
            Some(b'"' | b'}')
        )
}

struct Tensor {
    start: u64,
    end: u64,
}

pub(crate) fn read(cx: &mut Scanner<'_>, source: &dyn ReadAt, member: Option<&str>) -> Result<(), Stop> {
    let head = peek(source, 0, 8)?;
    let len = head
        .first_chunk::<8>()
        .map(|b| u64::from_le_bytes(*b))
        .ok_or(Stop::Truncated(source.len()))?;
    if len > MAX_HEADER {
        cx.out
            .defect("header-size", format!("header of {len} bytes"), 0, false, member);
        return Err(Stop::Malformed {
            what: "safetensors header length",
            offset: 0,
        });
    }
    let bytes = read_range(source, 8, len, cx.meter)?;
    let data = source.len().saturating_sub(8 + len);
    let mut events = Events::new(&bytes);
    let mut tensors = Vec::new();
    let mut names = BTreeSet::new();
    if events.next()? != Some(Event::ObjectStart) {
        return Err(Stop::Malformed {
            what: "safetensors header",
            offset: 8,
        });
    }
    loop {
        match events.next()? {
            Some(Event::Key(name)) => {
                if names.len() >= cx.meter.limits().entries {
                    return Err(Stop::Budget("header entries"));
                }
                let first = if name == "__metadata__" {
                    metadata(cx, &mut events, member)?;
                    names.insert(name.clone())
                } else {
                    tensors.push(tensor(cx, &mut events, &name, data, member)?);
                    names.insert(name.clone())
                };
                if !first {
                    let shown = excerpt(&name, 80);
                    cx.out.defect(
                        "duplicate-entry",
                        format!("tensor {shown} is listed twice"),
                        8,
                        true,
                        member,
                    );
                }
            }
            Some(Event::ObjectEnd) => break,
            _ => {
                return Err(Stop::Malformed {
                    what: "safetensors header",
                    offset: 8,
                });
            }
        }
    }
    if !events.rest_is_space() {
        cx.out.defect(
            "header-padding",
            "bytes behind the header's JSON".to_owned(),
            8,
            true,
            member,
        );
    }
    cx.out.header.tensors = Some(tensors.len() as u64);
    cx.out.header.parameters.get_or_insert(0);
    check_layout(cx, tensors, data, 8 + len, member);
    Ok(())
}

/// Reads one tensor's entry.
fn tensor(
    cx: &mut Scanner<'_>,
    events: &mut Events<'_>,
    name: &str,
    data: u64,
    member: Option<&str>,
) -> Result<Tensor, Stop> {
    let bad = Stop::Malformed {
        what: "safetensors tensor entry",
        offset: 8,
    };
    if events.next()? != Some(Event::ObjectStart) {
        return Err(bad);
    }
    let (mut dtype, mut shape, mut offsets) = (None, None, None);
    loop {
        match events.next()? {
            Some(Event::Key(key)) => match key.as_str() {
                "dtype" => match events.next()? {
                    Some(Event::Text(t)) => dtype = Some(t),
                    _ => return Err(bad),
                },
                "shape" => shape = Some(numbers(events).ok_or(bad)?),
                "data_offsets" => offsets = Some(numbers(events).ok_or(bad)?),
                _ => events.skip_value()?,
            },
            Some(Event::ObjectEnd) => break,
            _ => return Err(bad),
        }
    }
    let (Some(dtype), Some(shape), Some([start, end])) = (dtype, shape, offsets.as_deref()) else {
        return Err(bad);
    };
    let elements = shape.iter().try_fold(1u64, |n, d| n.checked_mul(*d));
    cx.out.header.tensor(&excerpt(&dtype, 20), elements.unwrap_or(0));
    let expected = elements
        .zip(bits(&dtype))
        .and_then(|(n, b)| n.checked_mul(b))
        .map(|b| b.div_ceil(8));
    let name = excerpt(name, 80);
    if *end < *start || *end > data {
        let detail = format!("tensor {name} ends at {end} of {data} bytes");
        cx.out.defect("out-of-bounds", detail, *start, false, member);
    } else if bits(&dtype).is_some() && expected != Some(end - start) {
        let detail = format!(
            "tensor {name} holds {} bytes, its shape needs {}",
            end - start,
            show(expected)
        );
        cx.out.defect("size-mismatch", detail, *start, false, member);
    }
    Ok(Tensor {
        start: *start,
        end: *end,
    })
}

fn show(n: Option<u64>) -> String {
    n.map_or_else(|| "more than fits".to_owned(), |n| n.to_string())
}

/// A list of whole numbers.
fn numbers(events: &mut Events<'_>) -> Option<Vec<u64>> {
    if events.next().ok()? != Some(Event::ArrayStart) {
        return None;
    }
    let mut out = Vec::new();
    loop {
        match events.next().ok()? {
            Some(Event::Number(n)) if out.len() < 64 => out.push(n.parse().ok()?),
            Some(Event::ArrayEnd) => return Some(out),
            _ => return None,
        }
    }
}

/// Bits of one element.
fn bits(dtype: &str) -> Option<u64> {
    Some(match dtype {
        "F4" => 4,
        "F6_E2M3" | "F6_E3M2" => 6,
        "BOOL" | "U8" | "I8" | "F8_E4M3" | "F8_E5M2" | "F8_E8M0" | "F8_E4M3FNUZ" | "F8_E5M2FNUZ" => 8,
        "U16" | "I16" | "F16" | "BF16" => 16,
        "U32" | "I32" | "F32" => 32,
        "U64" | "I64" | "F64" | "C64" => 64,
        _ => return None,
    })
}

fn metadata(cx: &mut Scanner<'_>, events: &mut Events<'_>, member: Option<&str>) -> Result<(), Stop> {
    let bad = Stop::Malformed {
        what: "safetensors metadata",
        offset: 8,
    };
    if events.next()? != Some(Event::ObjectStart) {
        return Err(bad);
    }
    loop {
        let key = match events.next()? {
            Some(Event::Key(key)) => key,
            Some(Event::ObjectEnd) => return Ok(()),
            _ => return Err(bad),
        };
        let Some(Event::Text(value)) = events.next()? else {
            return Err(bad);
        };
        let shown = || Some(excerpt(&value, 120));
        match key.as_str() {
            "format" => cx.out.header.producer = shown(),
            "modelspec.architecture" | "architecture" => cx.out.header.architecture = shown(),
            "modelspec.license" | "license" => cx.out.header.license = shown(),
            "ss_sd_model_name" | "base_model" => cx.out.header.base_model = shown(),
            _ => {}
        }
        if carries_code(&value) {
            let detail = format!("metadata key {}", excerpt(&key, 60));
            cx.out.hazard("safetensors-metadata-code", detail, member, false);
        }
    }
}

/// Metadata is data; a pickle or code in it waits for a loader that trusts it.
fn carries_code(value: &str) -> bool {
    let pickled = value.starts_with("gASV")
        || value.starts_with("gAOV")
        || value.starts_with("gAJ")
        || value.starts_with("\u{80}\u{4}");
    pickled
        || ["__import__(", "os.system(", "subprocess.", "eval(", "exec("]
            .iter()
            .any(|s| value.contains(s))
}

/// Tensors follow each other from the first byte to the last: no overlap, no hole.
fn check_layout(cx: &mut Scanner<'_>, mut tensors: Vec<Tensor>, data: u64, base: u64, member: Option<&str>) {
    tensors.sort_by_key(|t| (t.start, t.end));
    let mut at = 0;
    let (mut overlaps, mut holes) = (0u64, 0u64);
    for t in &tensors {
        overlaps += u64::from(t.start < at);
        holes += t.start.saturating_sub(at);
        at = at.max(t.end);
    }
    if overlaps > 0 {
        cx.out.defect(
            "overlap",
            format!("{overlaps} tensors overlap others"),
            base,
            true,
            member,
        );
    }
    if holes > 0 {
        cx.out.defect(
            "hole",
            format!("{holes} bytes between tensors"),
            base,
            true,
            member,
        );
    }
    if at < data {
        let detail = format!("{} bytes after the last tensor", data - at);
        cx.out
            .defect("trailing-data", detail, base.saturating_add(at), true, member);
    }
}
