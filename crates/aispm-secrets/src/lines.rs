//! Line numbers of places in a text.

/// Counts lines forward: places must be asked for in ascending order, so that a text is counted once.
#[derive(Debug)]
pub(crate) struct Lines<'t> {
    text: &'t [u8],
    at: usize,
    line: u32,
}

impl<'t> Lines<'t> {
    pub(crate) fn new(text: &'t [u8]) -> Self {
        Self { text, at: 0, line: 1 }
    }
    /// The line of a byte, from 1.
    pub(crate) fn of(&mut self, place: usize) -> u32 {
        if place < self.at {
            *self = Self::new(self.text);
        }
        let passed = self.text.get(self.at..place).unwrap_or(&[]);
        let newlines = memchr::memchr_iter(b'\n', passed).count();
        self.line = self
            .line
            .saturating_add(u32::try_from(newlines).unwrap_or(u32::MAX));
        self.at = place;
        self.line
    }
}
