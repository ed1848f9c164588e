//! Server-sent events (WHATWG HTML, section 9.2), read as they come and within a bound.

/// One event. Comments, `id` and `retry` are not kept: a guard passes on only what it has judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SseEvent {
    /// Its `data` lines, joined by line feeds.
    pub data: Vec<u8>,
}

/// An event is longer than the bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLong;

impl std::fmt::Display for TooLong {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an event of the upstream is longer than the guard's bound")
    }
}

impl std::error::Error for TooLong {}

/// Cuts a stream of bytes into events, however the bytes come.
#[derive(Clone, Debug)]
pub struct SseParser {
    bound: usize,
    line: Vec<u8>,
    data: Vec<u8>,
    any: bool,
    after_cr: bool,
    begun: bool,
}

impl SseParser {
    /// A parser that refuses events of more bytes than `bound`.
    pub fn new(bound: usize) -> Self {
        Self {
            bound,
            line: Vec::new(),
            data: Vec::new(),
            any: false,
            after_cr: false,
            begun: false,
        }
    }

    /// Takes bytes; each event goes to `on`.
    ///
    /// # Errors
    /// [`TooLong`] where an event exceeds the bound; what follows it is not read.
    pub fn push(&mut self, bytes: &[u8], mut on: impl FnMut(SseEvent)) -> Result<(), TooLong> {
        for b in bytes {
            match b {
                b'\n' if self.after_cr => self.after_cr = false,
                b'\n' | b'\r' => {
                    self.after_cr = *b == b'\r';
                    self.end_line(&mut on);
                }
                b => {
                    self.after_cr = false;
                    self.line.push(*b);
                    if self.line.len() + self.data.len() > self.bound {
                        return Err(TooLong);
                    }
                }
            }
        }
        Ok(())
    }

    /// The stream has ended. Many upstreams leave out the last blank line; the event before it counts all the same.
    pub fn finish(&mut self, mut on: impl FnMut(SseEvent)) {
        self.end_line(&mut on);
        self.end_line(&mut on);
    }

    fn end_line(&mut self, on: &mut impl FnMut(SseEvent)) {
        let line = std::mem::take(&mut self.line);
        let line = match line.strip_prefix(b"\xEF\xBB\xBF") {
            Some(rest) if !self.begun => rest,
            _ => &line,
        };
        self.begun = true;
        if line.is_empty() {
            let data = std::mem::take(&mut self.data);
            if std::mem::take(&mut self.any) {
                on(SseEvent { data });
            }
            return;
        }
        let value = match line.strip_prefix(b"data") {
            Some([]) => &[],
            Some([b':', b' ', value @ ..] | [b':', value @ ..]) => value,
            _ => return,
        };
        if self.any {
            self.data.push(b'\n');
        }
        self.any = true;
        self.data.extend_from_slice(value);
    }
}
