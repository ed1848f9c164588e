//! Opcodes that push a literal.

use super::machine::Machine;
use super::opcode::*;
use super::value::{Sort, TEXT_KEPT, Value};
use crate::bounded::Stop;

/// The payload of the LONG1 that begins legacy PyTorch files: 0x1950a86a20f9469cfc6c.
const TORCH_MAGIC: [u8; 10] = [0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];
/// Digits after which a decimal number is noted as a bomb: conversion is quadratic, and CPython refuses more.
const MAX_DIGITS: usize = 4300;
/// Bytes after which a binary number is noted as a bomb.
const MAX_LONG: u64 = 1 << 20;

impl Machine<'_> {
    /// Reads a literal; none where `op` is not one.
    pub(super) fn literal(&mut self, op: u8, at: u64) -> Result<Option<Value>, Stop> {
        let value = match op {
            NONE => Value::None,
            NEWTRUE => Value::Bool(true),
            NEWFALSE => Value::Bool(false),
            BININT => Value::Int(i64::from(i32::from_le_bytes(self.cursor.array()?))),
            BININT1 => Value::Int(i64::from(self.cursor.u8()?)),
            BININT2 => Value::Int(i64::from(self.cursor.u16()?)),
            BINFLOAT => Value::Float(f64::from_be_bytes(self.cursor.array()?)),
            INT | LONG => self.decimal(at)?,
            FLOAT => self.float_line(at)?,
            LONG1 => {
                let n = u64::from(self.cursor.u8()?);
                self.long(n)?
            }
            LONG4 => {
                let n = self.signed_length(at)?;
                self.long(n)?
            }
            STRING => self.string_line(at)?,
            UNICODE => self.unicode_line()?,
            SHORT_BINSTRING | SHORT_BINUNICODE => {
                let n = u64::from(self.cursor.u8()?);
                self.text(n)?
            }
            BINSTRING => {
                let n = self.signed_length(at)?;
                self.text(n)?
            }
            BINUNICODE => {
                let n = u64::from(self.cursor.u32()?);
                self.text(n)?
            }
            BINUNICODE8 => {
                let n = self.cursor.u64()?;
                self.text(n)?
            }
            SHORT_BINBYTES => {
                let n = u64::from(self.cursor.u8()?);
                self.blob(n)?
            }
            BINBYTES => {
                let n = u64::from(self.cursor.u32()?);
                self.blob(n)?
            }
            BINBYTES8 | BYTEARRAY8 => {
                let n = self.cursor.u64()?;
                self.blob(n)?
            }
            EMPTY_TUPLE => self.values.items(Sort::Tuple, &[]),
            EMPTY_LIST => self.values.items(Sort::List, &[]),
            EMPTY_SET => self.values.items(Sort::Set, &[]),
            EMPTY_DICT => self.values.map(&[]),
            // The reader hands out-of-band buffers in; there are no bytes here.
            NEXT_BUFFER => Value::Opaque,
            _ => return Ok(None),
        };
        Ok(Some(value))
    }

    fn signed_length(&mut self, at: u64) -> Result<u64, Stop> {
        let n = i32::from_le_bytes(self.cursor.array()?);
        u64::try_from(n).map_err(|_| Stop::Malformed {
            what: "pickle (negative length)",
            offset: at,
        })
    }

    fn long(&mut self, n: u64) -> Result<Value, Stop> {
        if n > MAX_LONG {
            self.note_defect("huge-number", format!("{n} bytes"), false);
        }
        let bytes = self.cursor.take(n, 16)?;
        if bytes == TORCH_MAGIC {
            return Ok(Value::TorchMagic);
        }
        if n > 8 {
            return Ok(Value::Opaque);
        }
        let negative = bytes.last().is_some_and(|b| b & 0x80 != 0);
        let mut wide = [if negative { 0xff } else { 0 }; 8];
        wide.iter_mut().zip(&bytes).for_each(|(w, b)| *w = *b);
        Ok(Value::Int(i64::from_le_bytes(wide)))
    }

    /// INT and LONG: decimal with an optional `L`; `00` and `01` are truth values.
    fn decimal(&mut self, at: u64) -> Result<Value, Stop> {
        let (line, whole) = self.cursor.line(MAX_DIGITS)?;
        if !whole {
            self.note_defect("huge-number", format!("more than {MAX_DIGITS} digits"), false);
            return Ok(Value::Opaque);
        }
        let text = number_text(&line);
        match text {
            // C's strtol takes nothing for zero.
            "" => return Ok(Value::Int(0)),
            "00" => return Ok(Value::Bool(false)),
            "01" => return Ok(Value::Bool(true)),
            _ => {}
        }
        let digits = text.strip_suffix('L').unwrap_or(text);
        if let Ok(n) = digits.parse::<i64>() {
            return Ok(Value::Int(n));
        }
        let bare = digits.trim_start_matches(['-', '+']);
        let number = bare.bytes().next().is_some_and(|b| b.is_ascii_digit())
            && bare
                .bytes()
                .all(|b| b.is_ascii_hexdigit() || matches!(b, b'_' | b'x' | b'o' | b'X' | b'O'));
        // Behind a NUL byte C takes what it has, whatever that is.
        if number || line.contains(&0) {
            return Ok(Value::Opaque);
        }
        Err(Stop::Malformed {
            what: "pickle (number)",
            offset: at,
        })
    }

    fn float_line(&mut self, at: u64) -> Result<Value, Stop> {
        let (line, _) = self.cursor.line(400)?;
        let text = number_text(&line).replace('_', "");
        let lenient = line.contains(&0).then_some(Value::Opaque);
        text.parse()
            .ok()
            .map(Value::Float)
            .or(lenient)
            .ok_or(Stop::Malformed {
                what: "pickle (number)",
                offset: at,
            })
    }

    /// A binary text of `n` bytes: its head is kept, the rest is not read.
    fn text(&mut self, n: u64) -> Result<Value, Stop> {
        let head = self.cursor.take(n, TEXT_KEPT)?;
        let offset = self.cursor.position().saturating_sub(n);
        let head = String::from_utf8_lossy(&head);
        Ok(self
            .values
            .keep_text(&head, offset, n)
            .unwrap_or_else(|| u32::try_from(n).map_or(Value::Opaque, |len| Value::Late { len, offset })))
    }

    fn blob(&mut self, n: u64) -> Result<Value, Stop> {
        self.cursor.skip(n)?;
        let offset = self.cursor.position().saturating_sub(n);
        Ok(u32::try_from(n).map_or(Value::Opaque, |len| Value::Blob { len, offset }))
    }

    /// STRING: a Python 2 string literal in quotes, with escapes.
    fn string_line(&mut self, at: u64) -> Result<Value, Stop> {
        let offset = self.cursor.position();
        let (line, whole) = self.cursor.line(TEXT_KEPT)?;
        let line = line.trim_ascii_end();
        let quote = line.first().copied().filter(|q| matches!(q, b'\'' | b'"'));
        let inner = quote.and_then(|q| {
            let rest = line.get(1..)?;
            if whole {
                rest.strip_suffix(&[q])
            } else {
                Some(rest)
            }
        });
        let Some(inner) = inner else {
            return Err(Stop::Malformed {
                what: "pickle (string without quotes)",
                offset: at,
            });
        };
        let text = unescape(inner, false);
        Ok(self
            .values
            .keep_text(&text, offset + 1, inner.len() as u64)
            .unwrap_or(Value::Opaque))
    }

    /// UNICODE: text with `\uXXXX` and `\UXXXXXXXX`.
    fn unicode_line(&mut self) -> Result<Value, Stop> {
        let offset = self.cursor.position();
        let (line, _) = self.cursor.line(TEXT_KEPT)?;
        let len = self.cursor.position().saturating_sub(offset + 1);
        let text = unescape(&line, true);
        Ok(self.values.keep_text(&text, offset, len).unwrap_or(Value::Opaque))
    }
}

/// The part of a line that C's number parsers read: up to a NUL byte, without space around it.
pub(super) fn number_text(line: &[u8]) -> &str {
    let end = memchr::memchr(0, line).unwrap_or(line.len());
    let text = line.get(..end).unwrap_or(line);
    std::str::from_utf8(text).unwrap_or("?").trim_ascii()
}

/// Python's `raw-unicode-escape` (`unicode`) or its string escapes. Bytes above 127 are taken as Latin-1, as both do.
fn unescape(bytes: &[u8], unicode: bool) -> String {
    let mut out = String::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((first, tail)) = rest.split_first() {
        rest = tail;
        if *first != b'\\' {
            out.push(char::from(*first));
            continue;
        }
        let Some((kind, tail)) = rest.split_first() else {
            out.push('\\');
            break;
        };
        let (digits, radix) = match (kind, unicode) {
            (b'u', true) => (4, 16),
            (b'U', true) => (8, 16),
            (b'x', false) => (2, 16),
            _ => (0, 0),
        };
        if digits > 0 {
            let number = tail.get(..digits).and_then(|d| std::str::from_utf8(d).ok());
            let c = number
                .and_then(|d| u32::from_str_radix(d, radix).ok())
                .and_then(char::from_u32);
            if let (Some(c), Some(tail)) = (c, tail.get(digits..)) {
                out.push(c);
                rest = tail;
                continue;
            }
        }
        if unicode {
            out.push('\\');
            continue;
        }
        rest = simple_escape(*kind, rest, tail, &mut out);
    }
    out
}

/// `\n`, `\\`, `\'`, `\101` and their like; gives back what follows. `from` begins at the escape's letter, `after` behind it.
fn simple_escape<'a>(kind: u8, from: &'a [u8], after: &'a [u8], out: &mut String) -> &'a [u8] {
    match kind {
        b'n' => out.push('\n'),
        b't' => out.push('\t'),
        b'r' => out.push('\r'),
        b'a' => out.push('\x07'),
        b'b' => out.push('\x08'),
        b'f' => out.push('\x0c'),
        b'v' => out.push('\x0b'),
        b'\\' | b'\'' | b'"' => out.push(char::from(kind)),
        b'\n' => {}
        b'0'..=b'7' => {
            let n = from
                .iter()
                .take(3)
                .take_while(|b| (b'0'..=b'7').contains(b))
                .count();
            let number = from.iter().take(n).fold(0u32, |v, b| v * 8 + u32::from(b - b'0'));
            out.push(char::from(u8::try_from(number & 0xff).unwrap_or(0)));
            return from.get(n..).unwrap_or(&[]);
        }
        _ => {
            out.push('\\');
            out.push(char::from(kind));
        }
    }
    after
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_as_python_reads_them() {
        assert_eq!(unescape(br"\x6fs\n\101\'\q", false), "os\nA'\\q");
        assert_eq!(unescape(br"\u006fs\U00000061\x", true), "osa\\x");
        assert_eq!(unescape(b"\\", false), "\\");
        assert_eq!(unescape(br"\u00", true), "\\u00");
    }
}
