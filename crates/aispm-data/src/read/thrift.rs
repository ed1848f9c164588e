//! The compact protocol of Apache Thrift, as far as Parquet's own reader takes it on trust: sizes of lists and strings, and how
//! deep a schema nests. That reader allocates what a file says; here a file is asked first whether it can hold as much.

/// Deepest nesting of a schema, and of structures.
const DEPTH: usize = 32;

/// Bytes that are left.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Compact<'a>(&'a [u8]);

/// Type and number of a field.
type Field = (u8, i16);

const STRUCT: u8 = 12;

impl<'a> Compact<'a> {
    /// Over bytes.
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// How many bytes are left.
    pub(crate) fn left(&self) -> usize {
        self.0.len()
    }

    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn pass(&mut self, n: u64) -> Option<()> {
        self.0 = self.0.get(usize::try_from(n).ok()?..)?;
        Some(())
    }

    fn varint(&mut self) -> Option<u64> {
        let mut out = 0u64;
        for shift in (0..64).step_by(7) {
            let b = self.byte()?;
            out |= u64::from(b & 0x7f) << shift;
            if b & 0x80 == 0 {
                return Some(out);
            }
        }
        None
    }

    fn number(&mut self) -> Option<i64> {
        let n = self.varint()?;
        Some((n >> 1).cast_signed() ^ -(n & 1).cast_signed())
    }

    /// The next field of a structure, after the one with the number `last`; none inside where it ends.
    fn field(&mut self, last: i16) -> Option<Option<Field>> {
        let b = self.byte()?;
        let (kind, step) = (b & 0xf, b >> 4);
        if kind == 0 {
            return Some(None);
        }
        let id = match step {
            0 => i16::try_from(self.number()?).ok()?,
            step => last.checked_add(i16::from(step))?,
        };
        Some(Some((kind, id)))
    }

    /// Type and count of a list's items; each takes a byte or more.
    fn list(&mut self) -> Option<(u8, u64)> {
        let b = self.byte()?;
        let count = match b >> 4 {
            15 => self.varint()?,
            short => u64::from(short),
        };
        (count <= self.0.len() as u64).then_some((b & 0xf, count))
    }

    fn skip(&mut self, kind: u8, depth: usize) -> Option<()> {
        let depth = depth.checked_sub(1)?;
        match kind {
            1 | 2 => Some(()),
            3 => self.pass(1),
            4..=6 => self.varint().map(|_| ()),
            7 => self.pass(8),
            8 => {
                let length = self.varint()?;
                self.pass(length)
            }
            9 | 10 => {
                let (kind, count) = self.list()?;
                (0..count).try_for_each(|_| match kind {
                    1 | 2 => self.pass(1),
                    kind => self.skip(kind, depth),
                })
            }
            STRUCT => {
                let mut last = 0;
                while let Some((kind, id)) = self.field(last)? {
                    self.skip(kind, depth)?;
                    last = id;
                }
                Some(())
            }
            _ => None,
        }
    }

    /// Hands the fields of a structure to `take`, which gives back whether it read one.
    fn fields(&mut self, mut take: impl FnMut(&mut Self, Field) -> Option<bool>) -> Option<()> {
        let mut last = 0;
        while let Some((kind, id)) = self.field(last)? {
            if !take(self, (kind, id))? {
                self.skip(kind, DEPTH)?;
            }
            last = id;
        }
        Some(())
    }
}

/// How many elements the schema of a file's metadata has; none where the metadata is malformed or nests too deep.
pub(crate) fn footer(bytes: &[u8]) -> Option<usize> {
    let mut elements = None;
    Compact(bytes).fields(|at, (kind, id)| {
        if (kind, id) != (9, 2) {
            return Some(false);
        }
        let (kind, count) = at.list()?;
        let mut open: Vec<u64> = Vec::new();
        for _ in 0..count {
            let mut children = 0;
            if kind != STRUCT {
                return None;
            }
            at.fields(|at, field| {
                let own = field == (5, 5);
                if own {
                    children = u64::try_from(at.number()?).ok()?;
                }
                Some(own)
            })?;
            while open.last() == Some(&0) {
                open.pop();
            }
            if let Some(left) = open.last_mut() {
                *left -= 1;
            }
            open.push(children);
            if open.len() > DEPTH {
                return None;
            }
        }
        elements = usize::try_from(count).ok();
        Some(true)
    })?;
    elements
}

/// What a page says of itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Page {
    /// Bytes of its header.
    pub header: u64,
    /// Bytes in the file.
    pub compressed: u64,
    /// Bytes expanded.
    pub expanded: u64,
    /// Values.
    pub values: u64,
    /// It is a dictionary.
    pub dictionary: bool,
    /// Encoding of its values.
    pub encoding: i64,
    /// Bytes at its beginning that are never compressed.
    pub plain: u64,
}

/// The header of a page at the beginning of the bytes.
pub(crate) fn page(bytes: &[u8]) -> Option<Page> {
    let mut out = Page::default();
    let mut at = Compact::new(bytes);
    at.fields(|at, (kind, id)| {
        let size = |at: &mut Compact<'_>| u64::try_from(at.number()?).ok();
        match (kind, id) {
            (5, 2) => out.expanded = size(at)?,
            (5, 3) => out.compressed = size(at)?,
            (STRUCT, 5 | 7 | 8) => {
                out.dictionary = id == 7;
                let encoding = if id == 8 { 4 } else { 2 };
                at.fields(|at, (kind, field)| {
                    match (kind, field) {
                        (5, 1) => out.values = size(at)?,
                        (5, field) if field == encoding => out.encoding = at.number()?,
                        (5, 5 | 6) if id == 8 => out.plain += size(at)?,
                        _ => return Some(false),
                    }
                    Some(true)
                })?;
            }
            _ => return Some(false),
        }
        Some(true)
    })?;
    out.header = (bytes.len() - at.left()) as u64;
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A list of schema elements with these numbers of children, as field 2 of a structure.
    fn schema(children: &[u8]) -> Vec<u8> {
        let mut out = vec![0x29, 0xf0 | STRUCT, children.len() as u8];
        for n in children {
            out.extend([0x55, n * 2, 0]);
        }
        out.push(0);
        out
    }

    #[test]
    fn schemas_are_counted_and_deep_ones_refused() {
        assert_eq!(footer(&schema(&[2, 0, 0])), Some(3));
        assert_eq!(footer(&schema(&[1; 20])), Some(20));
        assert_eq!(footer(&schema(&[1; 40])), None);
    }

    #[test]
    fn sizes_beyond_the_bytes_are_refused() {
        for hostile in [
            &[0x29, 0xfc, 0xff, 0xff, 0xff, 0xff, 0x07, 0][..], // a list of two thousand million
            &[0x18, 0xff, 0xff, 0xff, 0xff, 0xff, 0x07, 0],     // a text of as much
            &[0x1c; 200],                                       // structures in structures
            &[
                0x15, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01,
            ],
            &[],
        ] {
            assert_eq!(footer(hostile), None, "{hostile:?}");
            assert_eq!(page(hostile), None, "{hostile:?}");
        }
    }

    #[test]
    fn a_page_says_what_it_holds() {
        // type 0, expanded 100, compressed 50, data page of 7 values in encoding 8
        let header = [
            0x15, 0, 0x15, 0xc8, 1, 0x15, 100, 0x2c, 0x15, 14, 0x15, 16, 0, 0, 0xff,
        ];
        let expected = Page {
            header: 14,
            compressed: 50,
            expanded: 100,
            values: 7,
            dictionary: false,
            encoding: 8,
            plain: 0,
        };
        assert_eq!(page(&header), Some(expected));
    }
}
