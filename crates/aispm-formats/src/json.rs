//! A strict, pulling JSON reader (RFC 8259) for headers that may be huge: it holds no tree.

use crate::bounded::Stop;

/// Deepest nesting.
const DEPTH: usize = 64;

/// One token of a document, in order.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Event {
    ObjectStart,
    ObjectEnd,
    ArrayStart,
    ArrayEnd,
    Key(String),
    Text(String),
    /// As written.
    Number(String),
    Bool(bool),
    Null,
}

/// Reads events from bytes.
#[derive(Debug)]
pub(crate) struct Events<'a> {
    bytes: &'a [u8],
    at: usize,
    /// True for an object, false for an array.
    open: Vec<bool>,
    /// What may come next.
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Value,
    KeyOrEnd,
    ValueOrEnd,
    CommaOrEnd,
    Done,
}

impl<'a> Events<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            at: 0,
            open: Vec::new(),
            state: State::Value,
        }
    }

    fn bad<T>(&self) -> Result<T, Stop> {
        Err(Stop::Malformed {
            what: "JSON",
            offset: self.at as u64,
        })
    }

    fn space(&mut self) -> Option<u8> {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.bytes.get(self.at) {
            self.at += 1;
        }
        self.bytes.get(self.at).copied()
    }

    /// The next event; none at the end of the document. What follows it is for the caller: see [`Events::rest`].
    pub(crate) fn next(&mut self) -> Result<Option<Event>, Stop> {
        if self.state == State::Done {
            return Ok(None);
        }
        let mut byte = self.space();
        if self.state == State::CommaOrEnd {
            match byte {
                Some(b',') => {
                    self.at += 1;
                    byte = self.space();
                    if self.open.last() == Some(&true) {
                        return self.key().map(Some);
                    }
                    self.state = State::Value;
                }
                Some(b @ (b'}' | b']')) => return self.close(b).map(Some),
                _ => return self.bad(),
            }
        }
        match (self.state, byte) {
            (State::KeyOrEnd, Some(b'}')) => self.close(b'}').map(Some),
            (State::KeyOrEnd, _) => self.key().map(Some),
            (State::ValueOrEnd, Some(b']')) => self.close(b']').map(Some),
            _ => self.value(byte).map(Some),
        }
    }

    /// Whitespace alone stands behind the document.
    pub(crate) fn rest_is_space(&mut self) -> bool {
        self.space().is_none()
    }

    fn close(&mut self, by: u8) -> Result<Event, Stop> {
        let object = by == b'}';
        if self.open.pop() != Some(object) {
            return self.bad();
        }
        self.at += 1;
        self.after_value();
        Ok(if object { Event::ObjectEnd } else { Event::ArrayEnd })
    }

    fn after_value(&mut self) {
        self.state = if self.open.is_empty() {
            State::Done
        } else {
            State::CommaOrEnd
        };
    }

    fn key(&mut self) -> Result<Event, Stop> {
        if self.space() != Some(b'"') {
            return self.bad();
        }
        let key = self.text()?;
        if self.space() != Some(b':') {
            return self.bad();
        }
        self.at += 1;
        self.state = State::Value;
        Ok(Event::Key(key))
    }

    fn value(&mut self, byte: Option<u8>) -> Result<Event, Stop> {
        let event = match byte {
            Some(b @ (b'{' | b'[')) => {
                if self.open.len() >= DEPTH {
                    return Err(Stop::Budget("JSON depth"));
                }
                self.at += 1;
                self.open.push(b == b'{');
                self.state = if b == b'{' {
                    State::KeyOrEnd
                } else {
                    State::ValueOrEnd
                };
                return Ok(if b == b'{' {
                    Event::ObjectStart
                } else {
                    Event::ArrayStart
                });
            }
            Some(b'"') => Event::Text(self.text()?),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => self.word()?,
        };
        self.after_value();
        Ok(event)
    }

    fn word(&mut self) -> Result<Event, Stop> {
        let rest = self.bytes.get(self.at..).unwrap_or(&[]);
        for (word, event) in [
            ("true", Event::Bool(true)),
            ("false", Event::Bool(false)),
            ("null", Event::Null),
        ] {
            if rest.starts_with(word.as_bytes()) {
                self.at += word.len();
                return Ok(event);
            }
        }
        self.bad()
    }

    fn number(&mut self) -> Event {
        let rest = self.bytes.get(self.at..).unwrap_or(&[]);
        let n = rest
            .iter()
            .take_while(|b| b.is_ascii_digit() || matches!(b, b'-' | b'+' | b'.' | b'e' | b'E'))
            .count();
        self.at += n;
        let digits = rest.get(..n).unwrap_or(&[]);
        Event::Number(String::from_utf8_lossy(digits).into_owned())
    }

    fn text(&mut self) -> Result<String, Stop> {
        self.at += 1;
        let mut out = Vec::new();
        loop {
            let rest = self.bytes.get(self.at..).unwrap_or(&[]);
            let plain = rest
                .iter()
                .take_while(|b| !matches!(b, b'"' | b'\\' | 0..=0x1f))
                .count();
            out.extend_from_slice(rest.get(..plain).unwrap_or(&[]));
            self.at += plain;
            match rest.get(plain) {
                Some(b'"') => {
                    self.at += 1;
                    return String::from_utf8(out).or_else(|_| self.bad());
                }
                Some(b'\\') => self.escape(&mut out)?,
                _ => return self.bad(),
            }
        }
    }

    fn escape(&mut self, out: &mut Vec<u8>) -> Result<(), Stop> {
        let kind = self.bytes.get(self.at + 1).copied();
        self.at += 2;
        let c = match kind {
            Some(b @ (b'"' | b'\\' | b'/')) => char::from(b),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                let first = self.hex4()?;
                match first {
                    0xd800..=0xdbff if self.bytes.get(self.at..self.at + 2) == Some(b"\\u") => {
                        self.at += 2;
                        let second = self.hex4()?;
                        second
                            .checked_sub(0xdc00)
                            .filter(|low| *low < 0x400)
                            .and_then(|low| char::from_u32(0x10000 + ((first - 0xd800) << 10) + low))
                            .unwrap_or(char::REPLACEMENT_CHARACTER)
                    }
                    _ => char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER),
                }
            }
            _ => return self.bad(),
        };
        out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        Ok(())
    }

    fn hex4(&mut self) -> Result<u32, Stop> {
        let digits = self
            .bytes
            .get(self.at..self.at + 4)
            .and_then(|d| std::str::from_utf8(d).ok());
        self.at += 4;
        match digits.and_then(|d| u32::from_str_radix(d, 16).ok()) {
            Some(n) => Ok(n),
            None => self.bad(),
        }
    }

    /// Moves over one whole value.
    pub(crate) fn skip_value(&mut self) -> Result<(), Stop> {
        let mut depth = 0usize;
        loop {
            match self.next()? {
                Some(Event::ObjectStart | Event::ArrayStart) => depth += 1,
                Some(Event::ObjectEnd | Event::ArrayEnd) => depth = depth.saturating_sub(1),
                Some(Event::Key(_)) => continue,
                Some(_) => {}
                None => return self.bad(),
            }
            if depth == 0 {
                return Ok(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Result<Vec<Event>, Stop> {
        let mut events = Events::new(text.as_bytes());
        let mut out = Vec::new();
        while let Some(e) = events.next()? {
            out.push(e);
        }
        Ok(out)
    }

    #[test]
    fn events_in_order() {
        use Event::*;
        let got = all(r#" {"a": [1, -2.5e3, "x\u00e9\ud83d\ude00"], "b": {}, "c": [true, null]} "#).unwrap();
        assert_eq!(
            got,
            [
                ObjectStart,
                Key("a".into()),
                ArrayStart,
                Number("1".into()),
                Number("-2.5e3".into()),
                Text("xé😀".into()),
                ArrayEnd,
                Key("b".into()),
                ObjectStart,
                ObjectEnd,
                Key("c".into()),
                ArrayStart,
                Bool(true),
                Null,
                ArrayEnd,
                ObjectEnd
            ]
        );
    }

    #[test]
    fn what_is_no_json_is_refused() {
        for bad in [
            "{",
            "[1,]",
            "{\"a\":1,}",
            "{a:1}",
            "[1 2]",
            "]",
            "\"a",
            "[}",
            "tru",
            "{\"a\" 1}",
            "\"\\x\"",
            "\"\n\"",
        ] {
            assert!(all(bad).is_err(), "{bad}");
        }
        assert_eq!(all(&"[".repeat(100_000)), Err(Stop::Budget("JSON depth")));
    }
}
