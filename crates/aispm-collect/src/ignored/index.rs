//! Which paths a checkout tracks, from `.git/index` (gitformat-index(5), versions 2 to 4, SHA-1 and SHA-256). Git is never run.

/// Tracked paths in order, each with whether it is another repository's checkout (a submodule).
#[derive(Debug, Default)]
pub struct Index {
    paths: Vec<(Box<[u8]>, bool)>,
}

/// Entries that are taken from one index.
const ENTRIES: u32 = 4_000_000;
/// Bytes of all paths together: prefixes make small files mean large ones.
const NAMES: usize = 256 << 20;
/// Longest path.
const NAME: usize = 4096;
/// An entry before its object's name: ten words.
const STAT: usize = 40;
const EXTENDED: u16 = 0x4000;
const SUBMODULE: u32 = 0o160_000;

impl Index {
    /// Reads an index.
    ///
    /// # Errors
    /// Why it cannot be read: what it is not, or what of it is not supported.
    pub fn parse(bytes: &[u8]) -> Result<Self, &'static str> {
        // What an object's name takes is said nowhere in it; only one of the two comes out at the end.
        Self::with_names_of(bytes, 20).or_else(|first| {
            Self::with_names_of(bytes, 32).map_err(|second| if first == MALFORMED { second } else { first })
        })
    }

    fn with_names_of(bytes: &[u8], object: usize) -> Result<Self, &'static str> {
        let mut c = Bytes(bytes);
        if c.take(4)? != b"DIRC" {
            return Err("is no git index");
        }
        let version = c.u32()?;
        if !(2..=4).contains(&version) {
            return Err("is an index of a version that is not supported");
        }
        let count = c.u32()?;
        if count > ENTRIES {
            return Err("lists too many files (index budget)");
        }
        let mut paths: Vec<(Box<[u8]>, bool)> = Vec::new();
        let mut last: Vec<u8> = Vec::new();
        let mut total = 0usize;
        for _ in 0..count {
            let before = c.0.len();
            let mode = Bytes(c.take(STAT)?.get(24..28).unwrap_or(&[])).u32()?;
            c.take(object)?;
            if c.u16()? & EXTENDED != 0 {
                if version < 3 {
                    return Err(MALFORMED);
                }
                c.take(2)?;
            }
            if version == 4 {
                let cut = c.offset()?;
                let keep = last.len().checked_sub(cut).ok_or(MALFORMED)?;
                last.truncate(keep);
            } else {
                last.clear();
            }
            last.extend_from_slice(c.until_nul()?);
            if last.is_empty() || last.len() > NAME {
                return Err(MALFORMED);
            }
            if version != 4 {
                // Entries take a multiple of eight bytes, with one to eight NUL bytes at their end; one was read.
                let used = before - c.0.len();
                c.take(used.next_multiple_of(8) - used)?;
            }
            total = total.saturating_add(last.len());
            if total > NAMES {
                return Err("lists too long paths (index budget)");
            }
            paths.push((last.as_slice().into(), mode & 0o170_000 == SUBMODULE));
        }
        while c.0.len() > object {
            let kind = c.take(4)?;
            let length = c.u32()?;
            if kind == b"link" {
                return Err("is a split index, which is not supported");
            }
            c.take(usize::try_from(length).map_err(|_| MALFORMED)?)?;
        }
        if c.0.len() != object {
            return Err(MALFORMED);
        }
        if !paths.is_sorted() {
            paths.sort();
        }
        Ok(Self { paths })
    }

    /// Whether a path is tracked: a file, or a directory with tracked files in it.
    pub(crate) fn tracks(&self, path: &[u8]) -> bool {
        let inside = [path, b"/"].concat();
        let at = |key: &[u8]| {
            let i = self.paths.partition_point(|(p, _)| p.as_ref() < key);
            self.paths.get(i).map(|(p, _)| p.as_ref())
        };
        at(path) == Some(path) || at(&inside).is_some_and(|p| p.starts_with(&inside))
    }

    /// Whether a directory is the checkout of a submodule.
    pub(crate) fn is_submodule(&self, path: &[u8]) -> bool {
        self.paths.binary_search(&(path.into(), true)).is_ok()
    }
}

const MALFORMED: &str = "is malformed";

struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, n: usize) -> Result<&'a [u8], &'static str> {
        let (head, rest) = self.0.split_at_checked(n).ok_or(MALFORMED)?;
        self.0 = rest;
        Ok(head)
    }
    fn u16(&mut self) -> Result<u16, &'static str> {
        let head = self.take(2)?.first_chunk().ok_or(MALFORMED)?;
        Ok(u16::from_be_bytes(*head))
    }
    fn u32(&mut self) -> Result<u32, &'static str> {
        let head = self.take(4)?.first_chunk().ok_or(MALFORMED)?;
        Ok(u32::from_be_bytes(*head))
    }
    fn until_nul(&mut self) -> Result<&'a [u8], &'static str> {
        let end = memchr::memchr(0, self.0).ok_or(MALFORMED)?;
        let name = self.take(end)?;
        self.take(1)?;
        Ok(name)
    }
    /// The variable-length number of pack files: seven bits a byte, one more for each byte that follows.
    fn offset(&mut self) -> Result<usize, &'static str> {
        let mut n = 0usize;
        for i in 0..5 {
            let b = *self.take(1)?.first().ok_or(MALFORMED)?;
            if i > 0 {
                n += 1;
            }
            n = (n << 7) | usize::from(b & 0x7f);
            if b & 0x80 == 0 {
                return Ok(n);
            }
        }
        Err(MALFORMED)
    }
}

#[cfg(test)]
mod tests;
