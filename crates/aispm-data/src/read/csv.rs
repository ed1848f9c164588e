//! Comma-, semicolon- or tab-separated values as RFC 4180 has them, with quotes wherever they stand.

use std::io::{self, BufRead};
use std::sync::Arc;

use serde_json::Value;

use super::{COLUMNS, Problems, ROW, Take};

/// Reads rows until the end, and gives back how many there are; the first record is the header and no row.
///
/// # Errors
/// Reading failed.
pub fn csv(mut from: impl BufRead, take: Take<'_>, problems: &mut Problems) -> io::Result<u64> {
    let mut reader = Fields::default();
    let mut header: Option<Vec<Arc<str>>> = None;
    let mut row = 0;
    while let Some(ended) = reader.record(&mut from)? {
        let fields = std::mem::take(&mut reader.fields);
        if fields.len() == 1 && fields.first().is_some_and(Vec::is_empty) && ended == Ended::Well {
            continue; // a blank line
        }
        let text = |f: Vec<u8>| String::from_utf8(f);
        let Some(names) = &header else {
            if ended != Ended::Well {
                problems.note("the header is malformed or too long", 0);
                return Ok(0);
            }
            let name =
                |f: Vec<u8>| Arc::from(String::from_utf8_lossy(&f).trim_start_matches('\u{feff}').trim());
            header = Some(fields.into_iter().map(name).collect());
            continue;
        };
        let here = row;
        row += 1;
        match ended {
            Ended::Long => {
                problems.note(
                    "they are longer than one mebibyte (a quote that never closes?)",
                    here,
                );
                continue;
            }
            Ended::Unclosed => {
                problems.note("a quote never closes", here);
                continue;
            }
            Ended::Well => {}
        }
        if fields.len() != names.len() {
            problems.note("they have more or fewer fields than the header", here);
            continue;
        }
        let cells: Result<Vec<_>, _> = names
            .iter()
            .zip(fields)
            .map(|(n, f)| text(f).map(|t| (Arc::clone(n), Value::String(t))))
            .collect();
        match cells {
            Ok(record) => {
                if !take(here, record) {
                    break;
                }
            }
            Err(_) => problems.note("they are not UTF-8", here),
        }
    }
    Ok(row)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Ended {
    Well,
    Long,
    Unclosed,
}

#[derive(Default)]
struct Fields {
    fields: Vec<Vec<u8>>,
    separator: Option<u8>,
}

impl Fields {
    /// Reads one record; none at the end of the file.
    fn record(&mut self, from: &mut impl BufRead) -> io::Result<Option<Ended>> {
        self.fields = vec![Vec::new()];
        let (mut size, mut any, mut quoted, mut closing) = (0usize, false, false, false);
        loop {
            let piece = from.fill_buf()?;
            if piece.is_empty() {
                let ended = match (size > ROW, quoted && !closing) {
                    (true, _) => Ended::Long,
                    (false, true) => Ended::Unclosed,
                    (false, false) => Ended::Well,
                };
                return Ok(any.then_some(ended));
            }
            any = true;
            let separator = *self.separator.get_or_insert_with(|| separator(piece));
            let mut used = 0;
            let mut done = false;
            for b in piece {
                used += 1;
                // A quote inside quotes closes them, unless another one follows: then it is a quote.
                if closing {
                    closing = false;
                    if *b == b'"' {
                        self.push(b'"', &mut size);
                        continue;
                    }
                    quoted = false;
                }
                match *b {
                    b'"' if quoted => closing = true,
                    b'"' if self.fields.last().is_some_and(Vec::is_empty) => quoted = true,
                    b'\n' if !quoted => {
                        done = true;
                        break;
                    }
                    b if b == separator && !quoted => {
                        if self.fields.len() < COLUMNS {
                            self.fields.push(Vec::new());
                        } else {
                            size = size.max(ROW + 1);
                        }
                    }
                    b'\r' if !quoted => {}
                    b => self.push(b, &mut size),
                }
            }
            from.consume(used);
            if done {
                return Ok(Some(if size > ROW { Ended::Long } else { Ended::Well }));
            }
        }
    }

    fn push(&mut self, b: u8, size: &mut usize) {
        *size += 1;
        if *size <= ROW
            && let Some(field) = self.fields.last_mut()
        {
            field.push(b);
        }
    }
}

/// The most frequent separator of the first line.
fn separator(piece: &[u8]) -> u8 {
    let line = piece.split(|b| *b == b'\n').next().unwrap_or(&[]);
    let count = |c: u8| line.iter().filter(|b| **b == c).count();
    [b',', b'\t', b';']
        .into_iter()
        .max_by_key(|c| (count(*c), *c == b','))
        .unwrap_or(b',')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows, those that were read with their places, and problems.
    type Seen = (u64, Vec<(u64, Vec<String>)>, Vec<String>);

    fn read(text: &str) -> Seen {
        let mut seen = Vec::new();
        let mut problems = Problems::default();
        // A small buffer, so that records cross pieces.
        let from = std::io::BufReader::with_capacity(7, text.as_bytes());
        let rows = csv(
            from,
            &mut |i, r| {
                seen.push((i, r.iter().map(|(_, v)| v.as_str().unwrap().to_owned()).collect()));
                true
            },
            &mut problems,
        );
        let gaps = problems.gaps("f").into_iter().map(|g| g.reason).collect();
        (rows.unwrap(), seen, gaps)
    }

    #[test]
    fn quotes_line_breaks_and_separators() {
        let (rows, seen, gaps) = read("\u{feff}a,b\r\n1,\"x, \"\"y\"\"\nz\"\r\n\r\n2,plain \"word\"\n");
        assert_eq!(rows, 2);
        assert_eq!(seen[0], (0, vec!["1".to_owned(), "x, \"y\"\nz".to_owned()]));
        assert_eq!(seen[1].1[1], "plain \"word\"");
        assert!(gaps.is_empty(), "{gaps:?}");
        assert_eq!(read("a;b;c\n1;2,5;3\n").1[0].1, ["1", "2,5", "3"]);
    }

    #[test]
    fn bad_rows_are_named() {
        let (rows, seen, gaps) = read("a,b\n1,2\n3\n4,5,6\n7,\"never\nends\n");
        assert_eq!((rows, seen.len()), (4, 1));
        assert_eq!(gaps.len(), 2);
        assert!(
            gaps[0].contains("a quote never closes") && gaps[0].ends_with("row 3"),
            "{gaps:?}"
        );
        assert!(
            gaps[1].contains("2 row(s)") && gaps[1].ends_with("row 1"),
            "{gaps:?}"
        );
        let (rows, _, gaps) = read(&format!("a,b\n1,\"{}\n", "x".repeat(ROW + 9)));
        assert_eq!(rows, 1);
        assert!(gaps[0].contains("longer than one mebibyte"), "{gaps:?}");
    }
}
