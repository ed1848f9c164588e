//! A writer of zip archives that may lie.

use std::io::Write;

use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};

/// One member, and what its two headers say of it where they are to differ from the truth.
#[derive(Clone, Debug, Default)]
pub struct Entry {
    name: String,
    data: Vec<u8>,
    deflate: bool,
    local_name: Option<String>,
    local_flags: u16,
    central_flags: u16,
    central_crc: Option<u32>,
    central_size: Option<u32>,
    unlisted: bool,
}

impl Entry {
    /// A stored member.
    pub fn new(name: &str, data: &[u8]) -> Self {
        Self {
            name: name.to_owned(),
            data: data.to_vec(),
            ..Self::default()
        }
    }
    /// Compressed.
    #[must_use]
    pub fn deflated(mut self) -> Self {
        self.deflate = true;
        self
    }
    /// The header before the data has this name.
    #[must_use]
    pub fn local_name(mut self, name: &str) -> Self {
        self.local_name = Some(name.to_owned());
        self
    }
    /// Flags of the header before the data and of the directory.
    #[must_use]
    pub fn flags(mut self, local: u16, central: u16) -> Self {
        (self.local_flags, self.central_flags) = (local, central);
        self
    }
    /// Checksum that the directory gives.
    #[must_use]
    pub fn central_crc(mut self, crc: u32) -> Self {
        self.central_crc = Some(crc);
        self
    }
    /// Expanded size that the directory gives.
    #[must_use]
    pub fn central_size(mut self, size: u32) -> Self {
        self.central_size = Some(size);
        self
    }
    /// The directory does not list it.
    #[must_use]
    pub fn unlisted(mut self) -> Self {
        self.unlisted = true;
        self
    }
}

/// Writes an archive of these members.
pub fn archive(entries: &[Entry]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut directory = Vec::new();
    let mut listed = 0u16;
    for e in entries {
        let stored = if e.deflate {
            deflate(&e.data)
        } else {
            e.data.clone()
        };
        let mut crc = Crc::new();
        crc.update(&e.data);
        let method: u16 = if e.deflate { 8 } else { 0 };
        let at = narrow(out.len());
        let fixed = |flags: u16, crc: u32, size: u32| {
            let mut f = Vec::new();
            f.extend_from_slice(&20u16.to_le_bytes());
            f.extend_from_slice(&flags.to_le_bytes());
            f.extend_from_slice(&method.to_le_bytes());
            f.extend_from_slice(&[0; 4]);
            f.extend_from_slice(&crc.to_le_bytes());
            f.extend_from_slice(&narrow(stored.len()).to_le_bytes());
            f.extend_from_slice(&size.to_le_bytes());
            f
        };
        let local_name = e.local_name.as_ref().unwrap_or(&e.name);
        out.extend_from_slice(b"PK\x03\x04");
        out.extend(fixed(e.local_flags, crc.sum(), narrow(e.data.len())));
        out.extend_from_slice(&short(local_name.len()));
        out.extend_from_slice(&[0; 2]);
        out.extend_from_slice(local_name.as_bytes());
        out.extend_from_slice(&stored);
        if e.unlisted {
            continue;
        }
        listed += 1;
        directory.extend_from_slice(b"PK\x01\x02\x14\x00");
        let size = e.central_size.unwrap_or(narrow(e.data.len()));
        directory.extend(fixed(e.central_flags, e.central_crc.unwrap_or(crc.sum()), size));
        directory.extend_from_slice(&short(e.name.len()));
        directory.extend_from_slice(&[0; 12]);
        directory.extend_from_slice(&at.to_le_bytes());
        directory.extend_from_slice(e.name.as_bytes());
    }
    let start = narrow(out.len());
    out.extend_from_slice(&directory);
    out.extend_from_slice(b"PK\x05\x06\x00\x00\x00\x00");
    out.extend_from_slice(&listed.to_le_bytes());
    out.extend_from_slice(&listed.to_le_bytes());
    out.extend_from_slice(&narrow(directory.len()).to_le_bytes());
    out.extend_from_slice(&start.to_le_bytes());
    out.extend_from_slice(&[0; 2]);
    out
}

/// What `torch.save` writes around `pickle`.
pub fn torch(pickle: &[u8]) -> Vec<u8> {
    archive(&[
        Entry::new("archive/data.pkl", pickle),
        Entry::new("archive/byteorder", b"little"),
        Entry::new("archive/data/0", &[0; 16]),
        Entry::new("archive/version", b"3\n"),
    ])
}

fn narrow(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

fn short(n: usize) -> [u8; 2] {
    u16::try_from(n).unwrap_or(u16::MAX).to_le_bytes()
}

/// Bare DEFLATE. Writing to memory cannot fail.
pub fn deflate(data: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    let _ = encoder.write_all(data);
    encoder.finish().unwrap_or_default()
}

/// A zlib stream.
pub fn zlib(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), Compression::default());
    let _ = encoder.write_all(data);
    encoder.finish().unwrap_or_default()
}

/// A gzip stream.
pub fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), Compression::default());
    let _ = encoder.write_all(data);
    encoder.finish().unwrap_or_default()
}
