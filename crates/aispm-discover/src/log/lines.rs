//! Lines of positioned bytes, one at a time, none longer than a cap.

use std::io;

use aispm_formats::bounded::ReadAt;

const CHUNK: usize = 128 << 10;
/// Longest line that is read (bytes).
const LONGEST: usize = 64 << 10;

/// One line, without its end.
#[derive(Debug, PartialEq)]
pub(crate) enum Line<'b> {
    /// Its bytes.
    Text(&'b [u8]),
    /// Longer than the cap.
    TooLong,
}

/// Reads line by line.
pub(crate) struct Lines<'a> {
    source: &'a dyn ReadAt,
    at: u64,
    held: Vec<u8>,
    start: usize,
    ended: bool,
}

impl<'a> Lines<'a> {
    pub(crate) fn new(source: &'a dyn ReadAt) -> Self {
        Self {
            source,
            at: 0,
            held: Vec::new(),
            start: 0,
            ended: false,
        }
    }

    /// The next line; none at the end.
    pub(crate) fn next(&mut self) -> io::Result<Option<Line<'_>>> {
        let mut long = false;
        loop {
            let rest = self.held.get(self.start..).unwrap_or(&[]);
            let end = rest.iter().position(|b| *b == b'\n');
            match end {
                Some(n) => {
                    let from = self.start;
                    self.start += n + 1;
                    if long || n > LONGEST {
                        return Ok(Some(Line::TooLong));
                    }
                    let line = self.held.get(from..from + n).unwrap_or(&[]);
                    return Ok(Some(Line::Text(line.strip_suffix(b"\r").unwrap_or(line))));
                }
                None if self.ended => {
                    if rest.is_empty() && !long {
                        return Ok(None);
                    }
                    let from = self.start;
                    let too_long = long || rest.len() > LONGEST;
                    self.start = self.held.len();
                    let line = self.held.get(from..).unwrap_or(&[]);
                    return Ok(Some(if too_long { Line::TooLong } else { Line::Text(line) }));
                }
                None => {
                    if rest.len() > LONGEST {
                        long = true;
                        self.start = self.held.len();
                    }
                    self.fill()?;
                }
            }
        }
    }

    fn fill(&mut self) -> io::Result<()> {
        self.held.drain(..self.start.min(self.held.len()));
        self.start = 0;
        let old = self.held.len();
        self.held.resize(old + CHUNK, 0);
        let n = match self.held.get_mut(old..) {
            Some(room) => self.source.read_at(self.at, room),
            None => Ok(0),
        };
        self.held.truncate(old + *n.as_ref().unwrap_or(&0));
        let n = n?;
        self.at += n as u64;
        self.ended = n == 0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_with_either_newline_and_long_ones_are_named() {
        let mut bytes = b"one\r\n\ntwo\n".to_vec();
        bytes.extend(vec![b'x'; 3 * CHUNK]);
        bytes.extend(b"\nlast");
        let mut lines = Lines::new(&bytes);
        let mut seen = Vec::new();
        while let Some(line) = lines.next().unwrap() {
            seen.push(match line {
                Line::Text(t) => String::from_utf8_lossy(t).into_owned(),
                Line::TooLong => String::from("(long)"),
            });
        }
        assert_eq!(seen, ["one", "", "two", "(long)", "last"]);
    }
}
