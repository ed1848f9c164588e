//! JSON lines: one object a line.

use std::collections::BTreeMap;
use std::io::{self, BufRead};
use std::sync::Arc;

use serde_json::Value;

use super::{COLUMNS, Problems, ROW, Take};

/// Reads rows until the end, and gives back how many there are. Blank lines are no rows.
///
/// # Errors
/// Reading failed.
pub fn jsonl(mut from: impl BufRead, take: Take<'_>, problems: &mut Problems) -> io::Result<u64> {
    let mut names: BTreeMap<String, Arc<str>> = BTreeMap::new();
    let mut line = Vec::new();
    let mut row = 0;
    while let Some(whole) = next_line(&mut from, &mut line)? {
        let text = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&line).trim_ascii();
        if text.is_empty() && whole {
            continue;
        }
        let here = row;
        row += 1;
        if !whole {
            problems.note("they are longer than one mebibyte", here);
            continue;
        }
        match serde_json::from_slice::<Value>(text) {
            Ok(Value::Object(fields)) if fields.len() <= COLUMNS => {
                let cells = fields
                    .into_iter()
                    .map(|(name, value)| (intern(&mut names, name), value));
                if !take(here, cells.collect()) {
                    break;
                }
            }
            Ok(Value::Object(_)) => problems.note("they have more than 10000 columns", here),
            Ok(_) => problems.note("they are no JSON objects", here),
            Err(_) => problems.note("they are not JSON, or nested deeper than 128", here),
        }
    }
    Ok(row)
}

fn intern(names: &mut BTreeMap<String, Arc<str>>, name: String) -> Arc<str> {
    if let Some(known) = names.get(&name) {
        return Arc::clone(known);
    }
    let shared: Arc<str> = Arc::from(name.as_str());
    if names.len() < COLUMNS {
        names.insert(name, Arc::clone(&shared));
    }
    shared
}

/// The next line without its end; none at the end of the file, false where it was longer than a row may be.
fn next_line(from: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<Option<bool>> {
    line.clear();
    let (mut any, mut whole) = (false, true);
    loop {
        let piece = from.fill_buf()?;
        if piece.is_empty() {
            return Ok(any.then_some(whole));
        }
        any = true;
        let end = piece.iter().position(|b| *b == b'\n');
        let part = piece.get(..end.unwrap_or(piece.len())).unwrap_or(&[]);
        if line.len() + part.len() > ROW {
            whole = false;
            line.clear();
        }
        if whole {
            line.extend_from_slice(part);
        }
        let used = part.len() + usize::from(end.is_some());
        from.consume(used);
        if end.is_some() {
            return Ok(Some(whole));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_a_row_and_bad_ones_are_named() {
        let deep = format!("{{\"a\": {}{}}}", "[".repeat(500), "]".repeat(500));
        let long = format!("{{\"a\": \"{}\"}}", "x".repeat(ROW));
        let text =
            format!("\u{feff}{{\"a\": 1}}\n\n[1]\nnot json\n{deep}\n{long}\r\n{{\"a\": 2, \"b\": null}}");
        let mut seen = Vec::new();
        let mut problems = Problems::default();
        let rows = jsonl(
            text.as_bytes(),
            &mut |i, r| {
                seen.push((i, r.len()));
                true
            },
            &mut problems,
        );
        assert_eq!(rows.unwrap(), 6);
        assert_eq!(seen, [(0, 1), (5, 2)]);
        let gaps: Vec<String> = problems.gaps("f").into_iter().map(|g| g.reason).collect();
        assert_eq!(
            gaps,
            [
                "1 row(s) were not checked: they are longer than one mebibyte; the first is row 4",
                "1 row(s) were not checked: they are no JSON objects; the first is row 1",
                "2 row(s) were not checked: they are not JSON, or nested deeper than 128; the first is row 2",
            ]
        );
    }
}
