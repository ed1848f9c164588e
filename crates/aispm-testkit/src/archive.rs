//! Large archives, written without holding what they expand to.

use std::io::{self, Write};

use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};

/// Bytes written at a time.
const STEP: usize = 1 << 20;

/// A zip of one deflated member `name` of `len` zeros.
pub fn zip_of_zeros(name: &str, len: u64) -> Vec<u8> {
    let zeros = vec![0u8; STEP];
    let mut crc = Crc::new();
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    let mut left = len;
    while left > 0 {
        let n = usize::try_from(left).unwrap_or(STEP).min(STEP);
        let piece = zeros.get(..n).unwrap_or(&[]);
        crc.update(piece);
        // Writing to memory cannot fail.
        let _ = encoder.write_all(piece);
        left -= n as u64;
    }
    let data = encoder.finish().unwrap_or_default();
    let mut out = Vec::new();
    let member = Member {
        name,
        method: 8,
        crc: crc.sum(),
        stored: narrow(data.len() as u64),
        size: narrow(len),
        padding: 0,
    };
    out.extend(member.local());
    out.extend(data);
    let start = out.len() as u64;
    let directory = member.central(0);
    out.extend(&directory);
    out.extend(end(1, directory.len() as u64, start));
    out
}

/// Writes a PyTorch archive of one tensor of `len` pseudo-random bytes, stored and aligned to 64 bytes as `torch.save` does.
/// `len` is less than 4 GiB.
pub fn torch_archive(out: &mut dyn Write, len: u64) -> io::Result<()> {
    let pickle = crate::pickle::state_dict(&[i32::try_from(len / 4).unwrap_or(i32::MAX)]);
    let crc_of = |bytes: &[u8]| {
        let mut crc = Crc::new();
        crc.update(bytes);
        crc.sum()
    };
    let small = |name: &'static str, data: &[u8]| Member {
        name,
        method: 0,
        crc: crc_of(data),
        stored: narrow(data.len() as u64),
        size: narrow(data.len() as u64),
        padding: 0,
    };
    let mut directory = Vec::new();
    let mut at = 0u64;
    for (mut member, data) in [
        (small("archive/data.pkl", &pickle), Some(pickle.as_slice())),
        (small("archive/byteorder", b"little"), Some(&b"little"[..])),
        (small("archive/data/0", b""), None),
        (small("archive/version", b"3\n"), Some(&b"3\n"[..])),
    ] {
        if data.is_none() {
            (member.crc, member.stored, member.size) =
                (weights(len, &mut io::sink())?, narrow(len), narrow(len));
        }
        let header = at + 30 + member.name.len() as u64 + 4;
        member.padding = u16::try_from((64 - header % 64) % 64).unwrap_or(0);
        let local = member.local();
        out.write_all(&local)?;
        match data {
            Some(data) => out.write_all(data)?,
            None => {
                weights(len, out)?;
            }
        }
        directory.extend(member.central(at));
        at += local.len() as u64 + u64::from(member.stored);
    }
    out.write_all(&directory)?;
    out.write_all(&end(4, directory.len() as u64, at))
}

/// Writes `len` bytes that do not compress, the same ones every time, and gives back their checksum.
fn weights(len: u64, out: &mut dyn Write) -> io::Result<u32> {
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    let mut crc = Crc::new();
    let mut left = len;
    let mut piece = Vec::with_capacity(STEP + 8);
    while left > 0 {
        piece.clear();
        while piece.len() < STEP {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            piece.extend_from_slice(&state.to_le_bytes());
        }
        piece.truncate(usize::try_from(left).unwrap_or(STEP).min(STEP));
        crc.update(&piece);
        out.write_all(&piece)?;
        left -= piece.len() as u64;
    }
    Ok(crc.sum())
}

struct Member<'a> {
    name: &'a str,
    method: u16,
    crc: u32,
    stored: u32,
    size: u32,
    /// Bytes of an extra field that aligns the data.
    padding: u16,
}

impl Member<'_> {
    fn fixed(&self) -> Vec<u8> {
        let mut f = vec![20, 0, 0, 0];
        f.extend(self.method.to_le_bytes());
        f.extend([0; 4]);
        for n in [self.crc, self.stored, self.size] {
            f.extend(n.to_le_bytes());
        }
        f.extend(u16::try_from(self.name.len()).unwrap_or(0).to_le_bytes());
        f
    }
    fn local(&self) -> Vec<u8> {
        let mut out = b"PK\x03\x04".to_vec();
        out.extend(self.fixed());
        let extra = if self.padding > 0 { self.padding + 4 } else { 0 };
        out.extend(extra.to_le_bytes());
        out.extend(self.name.as_bytes());
        if extra > 0 {
            out.extend(b"FB");
            out.extend(self.padding.to_le_bytes());
            out.resize(out.len() + usize::from(self.padding), b'Z');
        }
        out
    }
    fn central(&self, at: u64) -> Vec<u8> {
        let mut out = b"PK\x01\x02\x14\x00".to_vec();
        out.extend(self.fixed());
        out.extend([0; 12]);
        out.extend(narrow(at).to_le_bytes());
        out.extend(self.name.as_bytes());
        out
    }
}

fn end(entries: u16, size: u64, start: u64) -> Vec<u8> {
    let mut out = b"PK\x05\x06\x00\x00\x00\x00".to_vec();
    out.extend(entries.to_le_bytes());
    out.extend(entries.to_le_bytes());
    out.extend(narrow(size).to_le_bytes());
    out.extend(narrow(start).to_le_bytes());
    out.extend([0; 2]);
    out
}

fn narrow(n: u64) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
