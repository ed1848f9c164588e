//! The protocol buffer wire format, read by position: long fields are skipped, not loaded.

use crate::bounded::{ReadAt, Stop};
use crate::cursor::Cursor;

/// One field of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    /// A number.
    Varint(u32, u64),
    /// Bytes, text or a message: where they stand.
    Bytes(u32, Span),
    /// Four or eight fixed bytes.
    Fixed(u32),
}

/// A range of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: u64,
    pub(crate) end: u64,
}

impl Span {
    pub(crate) fn whole(source: &dyn ReadAt) -> Self {
        Self {
            start: 0,
            end: source.len(),
        }
    }
    pub(crate) fn len(self) -> u64 {
        self.end.saturating_sub(self.start)
    }
}

/// Reads messages; counts fields, so that no nesting or repetition costs more than the budget.
pub(crate) struct Wire<'a> {
    cursor: Cursor<'a>,
    fields: usize,
}

/// Fields of one file.
const MAX_FIELDS: usize = 20_000_000;

impl<'a> Wire<'a> {
    pub(crate) fn new(source: &'a dyn ReadAt) -> Self {
        Self {
            cursor: Cursor::new(source),
            fields: 0,
        }
    }

    fn varint(&mut self) -> Result<u64, Stop> {
        let at = self.cursor.position();
        let mut value = 0u64;
        for shift in (0..70).step_by(7) {
            let byte = self.cursor.u8()?;
            value |= u64::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(Stop::Malformed {
            what: "protocol buffer number",
            offset: at,
        })
    }

    /// The next field of the message at `span`, whose start moves on; none at its end.
    pub(crate) fn next(&mut self, span: &mut Span) -> Result<Option<Field>, Stop> {
        if span.start >= span.end {
            return Ok(None);
        }
        self.fields += 1;
        if self.fields > MAX_FIELDS {
            return Err(Stop::Budget("protocol buffer fields"));
        }
        let at = span.start;
        self.cursor.seek(at);
        let bad = Stop::Malformed {
            what: "protocol buffer field",
            offset: at,
        };
        let key = self.varint()?;
        let number = u32::try_from(key >> 3).ok().filter(|n| *n > 0).ok_or(bad)?;
        let field = match key & 7 {
            0 => Field::Varint(number, self.varint()?),
            2 => {
                let len = self.varint()?;
                let start = self.cursor.position();
                let end = start.checked_add(len).filter(|e| *e <= span.end).ok_or(bad)?;
                self.cursor.seek(end);
                Field::Bytes(number, Span { start, end })
            }
            1 => {
                self.cursor.skip(8)?;
                Field::Fixed(number)
            }
            5 => {
                self.cursor.skip(4)?;
                Field::Fixed(number)
            }
            _ => return Err(bad),
        };
        span.start = self.cursor.position();
        if span.start > span.end {
            return Err(bad);
        }
        Ok(Some(field))
    }

    /// The first `max` bytes at `span`.
    pub(crate) fn bytes(&mut self, span: Span, max: usize) -> Result<Vec<u8>, Stop> {
        self.cursor.seek(span.start);
        self.cursor.take(span.len().min(max as u64), max)
    }

    /// The text at `span`, its first `max` bytes.
    pub(crate) fn text(&mut self, span: Span, max: usize) -> Result<String, Stop> {
        let bytes = self.bytes(span, max)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}
