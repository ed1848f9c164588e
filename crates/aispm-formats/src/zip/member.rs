//! One member: what the directory and its own header say of it, and its bytes.

use crate::bounded::{Meter, Part, ReadAt, Stop, peek};
use crate::inflate::{Inflated, Wrapper};

/// A member of an archive.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Member {
    /// Name; bytes that are no UTF-8 are shown as `\xNN`.
    pub(crate) name: String,
    /// Where its local header stands.
    pub(crate) header: u64,
    /// Where its bytes begin; none where there is no local header.
    pub(crate) data: Option<u64>,
    /// Bytes in the archive.
    pub(crate) stored: u64,
    /// Bytes when expanded, as declared.
    pub(crate) size: u64,
    pub(crate) method: u16,
    pub(crate) flags: u16,
    pub(crate) crc: u32,
    /// The directory lists it.
    pub(crate) listed: bool,
}

/// Method: stored as it is.
const STORED: u16 = 0;
/// Method: DEFLATE.
const DEFLATED: u16 = 8;

impl Member {
    pub(crate) fn is_directory(&self) -> bool {
        self.name.ends_with('/')
    }
    /// Where its bytes end.
    pub(crate) fn end(&self) -> u64 {
        self.data
            .unwrap_or(self.header.saturating_add(30))
            .saturating_add(self.stored)
    }

    /// Gives the expanded bytes to `f`. The encryption flag is not believed: PyTorch ignores it, and what is truly encrypted
    /// looks like no format.
    pub(crate) fn open<R>(
        &self,
        source: &dyn ReadAt,
        meter: &Meter,
        f: &mut dyn FnMut(&dyn ReadAt) -> R,
    ) -> Result<R, Stop> {
        let data = self.data.ok_or(Stop::Malformed {
            what: "zip member without a local header",
            offset: self.header,
        })?;
        let part = Part::new(source, data, self.stored);
        match self.method {
            STORED => Ok(f(&part)),
            DEFLATED => Ok(f(&Inflated::new(&part, Wrapper::Raw, None, meter))),
            9 => Err(Stop::Unsupported("zip method deflate64")),
            12 => Err(Stop::Unsupported("zip method bzip2")),
            14 => Err(Stop::Unsupported("zip method LZMA")),
            93 => Err(Stop::Unsupported("zip method Zstandard")),
            95 => Err(Stop::Unsupported("zip method XZ")),
            _ => Err(Stop::Unsupported("zip method")),
        }
    }

    /// Whether its bytes mean something as they are: encrypted ones look like no format and no text.
    pub(crate) fn is_plain(&self, source: &dyn ReadAt, meter: &Meter) -> bool {
        let head = self.open(source, meter, &mut |content: &dyn ReadAt| peek(content, 0, 512));
        let Ok(Ok(head)) = head else { return false };
        head.is_ascii() || crate::detect::detect(&head, &self.name).is_some()
    }

    /// Marked as encrypted.
    pub(crate) fn encrypted(&self) -> bool {
        self.flags & 1 != 0
    }
}

/// A name as text; bytes that are no UTF-8 as `\xNN`, so that two names never collide.
pub(super) fn name_of(bytes: &[u8]) -> String {
    let mut out = String::new();
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        for b in chunk.invalid() {
            out.push_str(&format!("\\x{b:02x}"));
        }
    }
    out
}
