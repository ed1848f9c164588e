//! Plain archives, opened for whoever wants their members as files.

use crate::bounded::{Meter, ReadAt, Stop};
use crate::decoded::{Codec, Decoded};
use crate::detect::FormatId;
use crate::inflate::{Inflated, Wrapper};
use crate::inspection::Unread;
use crate::{tar, zip};

/// A member: its name inside the archive, its bytes, and how many bytes it takes there.
pub struct Unpacked<'a> {
    /// Name, `/`-separated, without `.` and `..` parts; not unique. Empty for the one file of a compressed stream.
    pub name: String,
    /// Its bytes. Where they are compressed, their number is known only when they are read.
    pub content: &'a dyn ReadAt,
    /// Bytes it takes in the archive.
    pub stored: u64,
}

impl std::fmt::Debug for Unpacked<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Unpacked({})", self.name)
    }
}

/// Hands each file of an archive (zip, tar; gzip, bzip2, xz, LZ4 or Zstandard of a tar or of one file) to `take`, until that gives back false. What could
/// not be opened is given back. Members that only a zip's local headers show are among them.
pub fn unpack(
    source: &dyn ReadAt,
    format: FormatId,
    meter: &Meter,
    take: &mut dyn FnMut(&Unpacked<'_>) -> bool,
) -> Vec<Unread> {
    let mut gaps = Vec::new();
    let result = match format {
        FormatId::Zip => unpack_zip(source, meter, &mut gaps, take),
        FormatId::Tar => unpack_tar(source, meter, take),
        FormatId::Gzip => unpack_stream(
            source,
            &Inflated::new(source, Wrapper::Gzip, None, meter),
            meter,
            take,
        ),
        FormatId::Bzip2 => unpack_stream(source, &Decoded::new(source, Codec::Bzip2, meter), meter, take),
        FormatId::Xz => unpack_stream(
            source,
            &Decoded::new(source, Codec::of_xz(source), meter),
            meter,
            take,
        ),
        FormatId::Lz4 | FormatId::Zstd => {
            unpack_stream(source, &Decoded::new(source, Codec::Frames, meter), meter, take)
        }
        FormatId::SevenZip => Err(Stop::Unsupported("7z archive")),
        FormatId::Rar => Err(Stop::Unsupported("RAR archive")),
        _ => Ok(()),
    };
    if let Err(stop) = result {
        gaps.push(unread(None, stop));
    }
    gaps
}

fn unread(member: Option<String>, reason: impl std::fmt::Display) -> Unread {
    Unread {
        member,
        reason: reason.to_string(),
    }
}

/// A name that stays inside the archive.
fn inside(name: &str) -> String {
    let plain = name.replace('\\', "/");
    let parts: Vec<_> = plain
        .split('/')
        .filter(|p| !matches!(*p, "" | "." | ".."))
        .collect();
    parts.join("/")
}

fn unpack_zip(
    source: &dyn ReadAt,
    meter: &Meter,
    gaps: &mut Vec<Unread>,
    take: &mut dyn FnMut(&Unpacked<'_>) -> bool,
) -> Result<(), Stop> {
    let archive = zip::directory(source, meter)?;
    for m in archive.members.iter().filter(|m| !m.is_directory()) {
        let name = inside(&m.name);
        if m.encrypted() && !m.is_plain(source, meter) {
            gaps.push(unread(Some(name), "encrypted member"));
            continue;
        }
        let mut one = |content: &dyn ReadAt| {
            take(&Unpacked {
                name: inside(&m.name),
                content,
                stored: m.stored,
            })
        };
        match m.open(source, meter, &mut one) {
            Ok(true) => {}
            Ok(false) => return Ok(()),
            Err(stop) => gaps.push(unread(Some(name), stop)),
        }
    }
    archive.stop.map_or(Ok(()), Err)
}

fn unpack_tar(
    source: &dyn ReadAt,
    meter: &Meter,
    take: &mut dyn FnMut(&Unpacked<'_>) -> bool,
) -> Result<(), Stop> {
    tar::each(source, meter.limits().entries, &mut |e| {
        e.content.as_ref().is_none_or(|content| {
            take(&Unpacked {
                name: inside(e.name),
                content,
                stored: content.len(),
            })
        })
    })
}

fn unpack_stream(
    source: &dyn ReadAt,
    inside: &dyn ReadAt,
    meter: &Meter,
    take: &mut dyn FnMut(&Unpacked<'_>) -> bool,
) -> Result<(), Stop> {
    let head = crate::bounded::peek(inside, 0, 512)?;
    if tar::matches(&head) {
        return unpack_tar(inside, meter, take);
    }
    take(&Unpacked {
        name: String::new(),
        content: inside,
        stored: source.len(),
    });
    Ok(())
}
