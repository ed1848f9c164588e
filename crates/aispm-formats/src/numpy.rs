//! NumPy arrays (NEP 1, `numpy.lib.format`): the header is a Python literal, read without evaluating it.

use crate::bounded::{Part, ReadAt, Stop, peek, read_range};
use crate::pickle::looks_like_pickle;
use crate::scanner::Scanner;

/// Longest header that is read.
const MAX_HEADER: u64 = 1 << 20;

/// Reads an array and what follows it: `numpy.load` on one open file reads one array after the other, or pickles.
pub(crate) fn read(cx: &mut Scanner<'_>, source: &dyn ReadAt, member: Option<&str>) -> Result<(), Stop> {
    let mut start = 0;
    for _ in 0..cx.meter.limits().entries {
        let part = Part::new(source, start, source.len());
        let Some(end) = read_one(cx, &part, member)? else {
            return Ok(());
        };
        start += end;
        let head = peek(source, start, 512)?;
        if looks_like_pickle(&head) {
            cx.pickles(&Part::new(source, start, source.len()), member);
        }
        if !head.starts_with(b"\x93NUMPY") {
            if !head.is_empty() {
                let rest = source.len().saturating_sub(start);
                // The bytes of a decompressor have no known end.
                let known = rest < u64::MAX / 4;
                let detail = match known {
                    true => format!("{rest} bytes after the array"),
                    false => "bytes after the array".to_owned(),
                };
                cx.out.defect("trailing-data", detail, start, false, member);
            }
            return Ok(());
        }
    }
    Err(Stop::Budget("arrays in one file"))
}

/// Reads one array; gives back where it ends, where that is known.
fn read_one(cx: &mut Scanner<'_>, source: &dyn ReadAt, member: Option<&str>) -> Result<Option<u64>, Stop> {
    let head = peek(source, 0, 12)?;
    let (major, wide) = match head.get(6) {
        Some(1) => (1, false),
        Some(v @ (2 | 3)) => (*v, true),
        _ => return Err(Stop::Unsupported("NumPy format version")),
    };
    let field = |from: usize, to: usize| head.get(from..to).ok_or(Stop::Truncated(head.len() as u64));
    let (len, start) = if wide {
        let n = field(8, 12)?
            .iter()
            .rev()
            .fold(0u64, |n, b| n << 8 | u64::from(*b));
        (n, 12)
    } else {
        let n = field(8, 10)?
            .iter()
            .rev()
            .fold(0u64, |n, b| n << 8 | u64::from(*b));
        (n, 10)
    };
    if len > MAX_HEADER {
        cx.out.defect(
            "header-size",
            format!("header of {len} bytes in version {major}"),
            8,
            false,
            member,
        );
        return Err(Stop::Budget("header size"));
    }
    let bytes = read_range(source, start, len, cx.meter)?;
    let text = String::from_utf8_lossy(&bytes);
    let header = parse(&text).ok_or(Stop::Malformed {
        what: "NumPy header",
        offset: start,
    })?;
    let data = start + len;
    let available = source.len().saturating_sub(data);
    let name = header.dtypes.first().cloned().unwrap_or_default();
    cx.out
        .header
        .tensor(&crate::excerpt::excerpt(&name, 20), header.elements.unwrap_or(0));
    if header.dtypes.iter().any(|d| is_object(d)) {
        let detail = "array of Python objects: its data is a pickle".to_owned();
        cx.out.hazard("object-array", detail, member, false);
        let trace = cx.pickles(&Part::new(source, data, available), member);
        return Ok(trace.broken.is_none().then_some(data + trace.end));
    }
    if let (Some(size), Some(n), [_]) = (item_size(&name), header.elements, header.dtypes.as_slice()) {
        let expected = size.saturating_mul(n);
        if expected > available {
            return Err(Stop::Truncated(source.len()));
        }
        return Ok(Some(data + expected));
    }
    Ok(None)
}

/// An object dtype as `numpy.dtype` reads it: `O`, `|O`, `object`, or a part of a comma list.
fn is_object(dtype: &str) -> bool {
    dtype.split(',').any(|part| {
        let part = part
            .trim()
            .trim_start_matches(['<', '>', '=', '|'])
            .trim_start_matches(|c: char| c.is_ascii_digit());
        part.starts_with('O') || part.starts_with("object")
    })
}

fn item_size(dtype: &str) -> Option<u64> {
    let (kind, digits) = dtype
        .trim_start_matches(['<', '>', '=', '|'])
        .split_at_checked(1)?;
    let n: u64 = digits.parse().ok()?;
    match kind {
        "b" | "i" | "u" | "f" | "c" | "S" | "V" | "a" => Some(n),
        "U" => n.checked_mul(4),
        _ => None,
    }
}

#[derive(Default)]
struct Header {
    /// Texts of the `descr` value; field names among them.
    dtypes: Vec<String>,
    elements: Option<u64>,
}

/// Reads `{'descr': …, 'fortran_order': …, 'shape': (…)}` flatly: keys at depth one, texts and numbers below them.
fn parse(text: &str) -> Option<Header> {
    let mut out = Header::default();
    let mut rest = text.trim_start();
    let mut depth = 0usize;
    let mut key = String::new();
    let mut product = Some(1u64);
    let mut is_key = true;
    while let Some(c) = rest.chars().next() {
        let tail = rest.get(c.len_utf8()..)?;
        match c {
            '{' | '(' | '[' => depth += 1,
            '}' | ')' | ']' => depth = depth.checked_sub(1)?,
            '\'' | '"' => {
                let (value, after) = quoted(tail, c)?;
                if depth == 1 && is_key {
                    key = value;
                } else if key == "descr" {
                    out.dtypes.push(value);
                }
                rest = after;
                continue;
            }
            ':' if depth == 1 => is_key = false,
            ',' if depth == 1 => is_key = true,
            '0'..='9' if key == "shape" => {
                let n = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
                let number: Option<u64> = rest.get(..n).and_then(|d| d.parse().ok());
                product = product.zip(number).and_then(|(p, n)| p.checked_mul(n));
                out.elements = product;
                rest = rest.get(n..)?;
                continue;
            }
            _ => {}
        }
        if key == "shape" && depth == 2 && c == '(' {
            out.elements = Some(1);
        }
        rest = tail;
    }
    // Field names stand beside element types in structured arrays; both are looked at, which errs on the safe side.
    (depth == 0 && !out.dtypes.is_empty()).then_some(out)
}

fn quoted(text: &str, quote: char) -> Option<(String, &str)> {
    let mut out = String::new();
    let mut chars = text.char_indices();
    while let Some((i, c)) = chars.next() {
        match c {
            '\\' => out.push(unescape(&mut chars)?),
            c if c == quote => return Some((out, text.get(i + 1..)?)),
            c => out.push(c),
        }
    }
    None
}

/// Python's `\x4f` and `\117`: an object type may be spelled so.
fn unescape(chars: &mut std::str::CharIndices<'_>) -> Option<char> {
    let (_, kind) = chars.next()?;
    let digits = match kind {
        'x' => 2,
        'u' => 4,
        '0'..='7' => {
            let mut n = kind.to_digit(8)?;
            let mut ahead = chars.clone();
            for _ in 0..2 {
                let Some(d) = ahead.next().and_then(|(_, c)| c.to_digit(8)) else {
                    break;
                };
                n = n * 8 + d;
                chars.next();
            }
            return char::from_u32(n);
        }
        other => return Some(other),
    };
    let mut n = 0;
    for _ in 0..digits {
        n = n * 16 + chars.next()?.1.to_digit(16)?;
    }
    char::from_u32(n)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_read_without_eval() {
        let h = parse("{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }   \n").unwrap();
        assert_eq!((h.dtypes, h.elements), (vec!["<f4".to_owned()], Some(12)));
        assert_eq!(
            parse("{'descr': '<f4', 'fortran_order': False, 'shape': (), }")
                .unwrap()
                .elements,
            Some(1)
        );
        let h =
            parse("{'shape': (2,), 'descr': [('a', '<f8'), ('b', '|O')], 'fortran_order': False}").unwrap();
        assert!(h.dtypes.iter().any(|d| is_object(d)));
        let hidden = parse(r"{'descr': '|\x4f', 'fortran_order': False, 'shape': (1,)}").unwrap();
        assert!(is_object(&hidden.dtypes[0]));
        assert!(is_object("i4,O") && is_object("object") && !is_object("<U10"));
        assert!(parse("__import__('os')").is_none());
    }
}
