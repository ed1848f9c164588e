//! Virtual files: a file on disk, a member of an archive, an image layer's file or a git blob, all alike.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::{FileExt, FileTypeExt};
use std::path::Path;
use std::sync::Arc;

/// Where a file's bytes are.
#[derive(Clone, Debug)]
pub enum Source {
    /// In memory, whole.
    Memory(Arc<[u8]>),
    /// On disk, too large to hold: read by position, never whole.
    Disk(Arc<File>, u64),
}

impl Source {
    /// Length in bytes.
    pub fn len(&self) -> u64 {
        match self {
            Self::Memory(b) => b.len() as u64,
            Self::Disk(_, len) => *len,
        }
    }
    /// True for no bytes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// All bytes, where they are in memory.
    pub fn bytes(&self) -> Option<&[u8]> {
        match self {
            Self::Memory(b) => Some(b),
            Self::Disk(..) => None,
        }
    }
    /// Reads at `offset` into `buf`; gives back how many bytes were there, fewer than asked only at the end.
    pub fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Memory(b) => {
                let rest = usize::try_from(offset)
                    .ok()
                    .and_then(|o| b.get(o..))
                    .unwrap_or(&[]);
                let n = rest.len().min(buf.len());
                if let (Some(to), Some(from)) = (buf.get_mut(..n), rest.get(..n)) {
                    to.copy_from_slice(from);
                }
                Ok(n)
            }
            Self::Disk(f, _) => {
                let mut done = 0;
                while let Some(free) = buf.get_mut(done..).filter(|b| !b.is_empty()) {
                    match f.read_at(free, offset + done as u64) {
                        Ok(0) => break,
                        Ok(n) => done += n,
                        Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                        Err(e) => return Err(e),
                    }
                }
                Ok(done)
            }
        }
    }
    /// A reader over the whole, from the start.
    pub fn reader(&self) -> SourceReader<'_> {
        SourceReader { source: self, at: 0 }
    }
}

/// Reads a [`Source`] in order.
#[derive(Debug)]
pub struct SourceReader<'a> {
    source: &'a Source,
    at: u64,
}

impl Read for SourceReader<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.source.read_at(self.at, buf)?;
        self.at += n as u64;
        Ok(n)
    }
}

impl io::Seek for SourceReader<'_> {
    fn seek(&mut self, to: io::SeekFrom) -> io::Result<u64> {
        let next = match to {
            io::SeekFrom::Start(n) => Some(n),
            io::SeekFrom::End(d) => self.source.len().checked_add_signed(d),
            io::SeekFrom::Current(d) => self.at.checked_add_signed(d),
        };
        self.at = next.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.at)
    }
}

/// One file as readers see it.
#[derive(Clone, Debug)]
pub struct VirtualFile {
    /// Path inside the target, `/`-separated; members as `file.pt!/archive/data.pkl`. Bytes that are no UTF-8 are shown as
    /// `\xNN`, so that two names never collide.
    pub path: String,
    /// Its bytes.
    pub source: Source,
    /// Up to the first 8 KiB, for routing by content.
    pub head: Arc<[u8]>,
}

impl VirtualFile {
    /// A file in memory; text in UTF-16 with its mark becomes UTF-8, as its readers take it.
    pub fn memory(path: impl Into<String>, bytes: impl Into<Arc<[u8]>>) -> Self {
        let bytes: Arc<[u8]> = bytes.into();
        let bytes = utf16(&bytes).map_or(bytes, |text| text.into_bytes().into());
        let head = bytes.get(..bytes.len().min(8192)).unwrap_or(&[]).into();
        Self {
            path: path.into(),
            source: Source::Memory(bytes),
            head,
        }
    }
    /// Last part of the path.
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }
    /// What follows the last dot of the name, lower-case; empty where there is none.
    pub fn extension(&self) -> String {
        self.name()
            .rsplit_once('.')
            .map_or(String::new(), |(_, e)| e.to_ascii_lowercase())
    }
    /// Directory part of the path; `.` for the top.
    pub fn directory(&self) -> &str {
        self.path.rsplit_once('/').map_or(".", |(d, _)| d)
    }
    /// The whole file as text, where it is in memory and is UTF-8 (a byte-order mark is skipped).
    pub fn text(&self) -> Option<&str> {
        let bytes = self.source.bytes()?;
        std::str::from_utf8(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)).ok()
    }
}

/// Text in UTF-16, where a mark says so and it is nothing else: no unit out of place, no NUL.
fn utf16(bytes: &[u8]) -> Option<String> {
    let (unit, rest): (fn([u8; 2]) -> u16, _) = match bytes {
        [0xff, 0xfe, rest @ ..] => (u16::from_le_bytes, rest),
        [0xfe, 0xff, rest @ ..] => (u16::from_be_bytes, rest),
        _ => return None,
    };
    let (pairs, []) = rest.as_chunks::<2>() else {
        return None;
    };
    let text: String = char::decode_utf16(pairs.iter().map(|p| unit(*p)))
        .collect::<Result<_, _>>()
        .ok()?;
    (!text.contains('\0')).then_some(text)
}

/// Whether a file's first bytes look like no text: a NUL byte among them, as git and ripgrep judge it.
pub fn is_binary(head: &[u8]) -> bool {
    memchr::memchr(0, head).is_some()
}

/// Whether a path lies in tests, examples or documentation rather than in what is shipped.
pub fn is_test_path(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    let mut parts = lower.split('/').peekable();
    while let Some(part) = parts.next() {
        let last = parts.peek().is_none();
        let dir = matches!(
            part,
            "test"
                | "tests"
                | "__tests__"
                | "testing"
                | "testdata"
                | "fixtures"
                | "docs"
                | "doc"
                | "spec"
                | "e2e"
                | "__mocks__"
                | "mocks"
        );
        let file = part.starts_with("test_")
            || [
                "_test.py",
                "_test.go",
                ".test.ts",
                ".test.js",
                ".test.tsx",
                ".spec.ts",
                ".spec.js",
            ]
            .iter()
            .any(|s| part.ends_with(s))
            || part == "conftest.py";
        if (!last && dir) || (last && file) {
            return true;
        }
    }
    false
}

/// Reads at most `limit` bytes of a file the user or we named; a longer one is an error.
pub fn read_bounded(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let over = || io::Error::new(io::ErrorKind::FileTooLarge, format!("larger than {limit} bytes"));
    let file = File::open(path)?;
    let about = file.metadata()?;
    if about.len() > limit {
        return Err(over());
    }
    // Pipes end; these need not.
    if about.file_type().is_char_device() || about.file_type().is_block_device() {
        return Err(io::Error::other("is a device"));
    }
    let mut out = Vec::with_capacity(usize::try_from(about.len()).unwrap_or(0));
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the bounded replacement: `take` caps it"
    )]
    file.take(limit + 1).read_to_end(&mut out)?;
    if out.len() as u64 > limit {
        return Err(over());
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_in_utf_16_is_read_as_text() {
        let units =
            |text: &str, of: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(of).collect::<Vec<u8>>();
        let (little, big) = (
            units("{\"ä\": 1}\n", u16::to_le_bytes),
            units("{\"ä\": 1}\n", u16::to_be_bytes),
        );
        let nul = units("a\0b", u16::to_le_bytes);
        for (bytes, text) in [
            ([&[0xff, 0xfe], &little[..]].concat(), Some("{\"ä\": 1}\n")),
            ([&[0xfe, 0xff], &big[..]].concat(), Some("{\"ä\": 1}\n")),
            (b"\xef\xbb\xbfplain".to_vec(), Some("plain")),
            // Half a unit, half a pair, a NUL: bytes of something else, which stay as they are.
            ([&[0xff, 0xfe], &little[1..]].concat(), None),
            (b"\xff\xfe\x00\xd8".to_vec(), None),
            ([&[0xff, 0xfe], &nul[..]].concat(), None),
        ] {
            let file = VirtualFile::memory("x.json", bytes.clone());
            assert_eq!(file.text(), text);
            assert!(text.is_some() || file.source.bytes() == Some(&bytes[..]));
        }
    }
}
