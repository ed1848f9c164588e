//! Rows of Apache Parquet. Before anything is decoded, every page is asked what it will expand to.

use std::io::{self, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use flate2::read::MultiGzDecoder;
use parquet::basic::Compression;
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::reader::{ChunkReader, FileReader, SerializedFileReader};
use parquet::record::reader::RowIter;
use parquet::record::{Field, Row};
use serde_json::{Number, Value};
use sha2::{Digest, Sha256};

use super::thrift::{Page, footer, page};
use super::{COLUMNS, Problems, ROW, Take};
use crate::manifest::hex;

/// Largest metadata (bytes).
const FOOTER: u64 = 16 << 20;
/// Longest header of a page (bytes): it may hold the smallest and the largest value.
const HEADER: u64 = 1 << 20;
/// Most bytes that the pages of a row group that are open together expand to.
const OPEN: u64 = 1 << 30;
/// Most values of lists in one row group: a single row might hold them all.
const ITEMS: u64 = 32 << 20;
/// Cells take as many bytes of the budget, however short they are.
const CELL: u64 = 8;
/// A file may expand to this, and to so many times its size.
const EXPANDED: (u64, u64) = (256 << 20, 64);
/// `DELTA_LENGTH_BYTE_ARRAY` and `DELTA_BYTE_ARRAY`: their decoders allocate what the page says.
const TRUSTING: [i64; 2] = [6, 7];

/// Reads rows until the end, and gives back how many there are.
///
/// # Errors
/// The file is corrupt, over a budget, or written in a way that is not read.
pub fn parquet<R: ChunkReader + 'static>(
    from: R,
    take: Take<'_>,
    problems: &mut Problems,
) -> io::Result<u64> {
    // The decoder asserts what files must be; a corrupt one is an error, not an end.
    let read = catch_unwind(AssertUnwindSafe(|| read(from, take, problems)));
    read.unwrap_or_else(|_| Err(corrupt("it breaks the format")))
}

/// [`parquet`] over bytes in memory.
///
/// # Errors
/// As there.
pub fn parquet_bytes(bytes: Vec<u8>, take: Take<'_>, problems: &mut Problems) -> io::Result<u64> {
    parquet(bytes::Bytes::from(bytes), take, problems)
}

fn corrupt(why: impl std::fmt::Display) -> io::Error {
    io::Error::other(format!("the Parquet file is not read: {why}"))
}

fn read<R: ChunkReader + 'static>(from: R, take: Take<'_>, problems: &mut Problems) -> io::Result<u64> {
    let size = from.len();
    check_footer(&from, size)?;
    let from = Arc::new(from);
    let reader = SerializedFileReader::new(Shared(Arc::clone(&from))).map_err(corrupt)?;
    for group in reader.metadata().row_groups() {
        check_group(from.as_ref(), size, group.columns())?;
    }
    let mut names: Vec<Arc<str>> = Vec::new();
    let mut left = size.saturating_mul(EXPANDED.1).max(EXPANDED.0);
    let mut rows = 0;
    for row in RowIter::from_file(None, &reader).map_err(corrupt)? {
        let row = row.map_err(corrupt)?;
        let here = rows;
        rows += 1;
        if names.is_empty() {
            names = row
                .get_column_iter()
                .map(|(n, _)| Arc::from(n.as_str()))
                .collect();
        }
        let used = row.get_column_iter().map(|(_, f)| weight(f)).sum::<u64>();
        left = left
            .checked_sub(used)
            .ok_or_else(|| corrupt("it expands to more than 64 times its size (budget)"))?;
        if used > ROW as u64 {
            problems.note("they are longer than one mebibyte", here);
            continue;
        }
        let cells = names
            .iter()
            .zip(row.get_column_iter())
            .map(|(n, (_, f))| (Arc::clone(n), value(f)));
        if !take(here, cells.collect()) {
            break;
        }
    }
    Ok(rows)
}

/// One file for two readers.
struct Shared<R>(Arc<R>);

impl<R: ChunkReader> parquet::file::reader::Length for Shared<R> {
    fn len(&self) -> u64 {
        self.0.len()
    }
}

impl<R: ChunkReader> ChunkReader for Shared<R> {
    type T = R::T;

    fn get_read(&self, start: u64) -> parquet::errors::Result<R::T> {
        self.0.get_read(start)
    }

    fn get_bytes(&self, start: u64, length: usize) -> parquet::errors::Result<bytes::Bytes> {
        self.0.get_bytes(start, length)
    }
}

/// Up to so many bytes from a place.
fn piece(from: &impl ChunkReader, start: u64, length: u64) -> io::Result<Vec<u8>> {
    let mut out = Vec::new();
    let reader = from.get_read(start).map_err(corrupt)?;
    #[expect(clippy::disallowed_methods, reason = "bounded by take")]
    reader.take(length).read_to_end(&mut out)?;
    Ok(out)
}

fn check_footer(from: &impl ChunkReader, size: u64) -> io::Result<()> {
    let tail = match size.checked_sub(8) {
        Some(start) if start >= 4 => piece(from, start, 8)?,
        _ => return Err(corrupt("it is too short")),
    };
    let (length, magic) = match tail.first_chunk::<4>() {
        Some(length) => (u64::from(u32::from_le_bytes(*length)), tail.get(4..)),
        None => return Err(corrupt("it is too short")),
    };
    match magic {
        Some(b"PAR1") => {}
        Some(b"PARE") => return Err(corrupt("it is encrypted")),
        _ => return Err(corrupt("it has no end")),
    }
    if length > FOOTER || length + 12 > size {
        return Err(corrupt(
            "its metadata is larger than 16 MiB (budget) or than the file",
        ));
    }
    match footer(&piece(from, size - 8 - length, length)?) {
        Some(elements) if elements <= COLUMNS => Ok(()),
        Some(_) => Err(corrupt("it has more than 10000 columns (budget)")),
        None => Err(corrupt("its metadata is malformed, or nests deeper than 32")),
    }
}

/// What the pages of a row group expand to, before they do.
fn check_group(from: &impl ChunkReader, size: u64, columns: &[ColumnChunkMetaData]) -> io::Result<()> {
    let (mut open, mut items) = (0u64, 0u64);
    for column in columns {
        let (mut at, length) = column.byte_range();
        let end = at.checked_add(length).filter(|end| *end <= size);
        let end = end.ok_or_else(|| corrupt("a column lies outside of the file"))?;
        let gzip = match column.compression() {
            Compression::UNCOMPRESSED | Compression::SNAPPY | Compression::ZSTD(_) | Compression::LZ4_RAW => {
                false
            }
            Compression::GZIP(_) => true,
            other => {
                return Err(corrupt(format!(
                    "{other} is not expanded; Snappy, Zstandard, gzip and LZ4 are"
                )));
            }
        };
        let (mut dictionary, mut largest) = (0, 0);
        while at < end {
            let found =
                header(from, at, end - at)?.ok_or_else(|| corrupt("the header of a page is malformed"))?;
            if TRUSTING.contains(&found.encoding) && !found.dictionary {
                return Err(corrupt(
                    "the encodings DELTA_LENGTH_BYTE_ARRAY and DELTA_BYTE_ARRAY are not decoded",
                ));
            }
            let body = at + found.header;
            at = body.saturating_add(found.compressed);
            if at > end || found.compressed > OPEN || found.expanded > OPEN {
                return Err(corrupt("a page is larger than its column"));
            }
            if found.dictionary && found.values > found.expanded {
                return Err(corrupt("a dictionary has more entries than bytes"));
            }
            if gzip && !expands(from, body, &found)? {
                return Err(corrupt("a page expands to more than it says"));
            }
            let kind = if found.dictionary {
                &mut dictionary
            } else {
                &mut largest
            };
            *kind = found.expanded.max(*kind);
            if column.column_descr().max_rep_level() > 0 {
                items = items.saturating_add(found.values);
            }
        }
        open = open.saturating_add(dictionary + largest);
    }
    if open > OPEN {
        return Err(corrupt(
            "the pages of a row group expand to more than 1 GiB together (budget)",
        ));
    }
    if items > ITEMS {
        return Err(corrupt(
            "the lists of a row group have more than 32 million items (budget)",
        ));
    }
    Ok(())
}

fn header(from: &impl ChunkReader, at: u64, left: u64) -> io::Result<Option<Page>> {
    let short = page(&piece(from, at, left.min(512))?);
    if short.is_some() || left <= 512 {
        return Ok(short);
    }
    Ok(page(&piece(from, at, left.min(HEADER))?))
}

/// Whether a page in gzip, which says nothing of its size itself, keeps to what its header says.
fn expands(from: &impl ChunkReader, body: u64, page: &Page) -> io::Result<bool> {
    let plain = page.plain.min(page.compressed);
    let reader = from.get_read(body + plain).map_err(corrupt)?;
    let mut inflated = MultiGzDecoder::new(reader.take(page.compressed - plain)).take(page.expanded + 1);
    let mut total = 0;
    let mut buffer = [0; 1 << 13];
    loop {
        match inflated.read(&mut buffer) {
            Ok(0) => return Ok(true),
            Ok(n) => total += n as u64,
            Err(_) => return Ok(true), // the decoder will say so
        }
        if total > page.expanded {
            return Ok(false);
        }
    }
}

/// Bytes that a cell takes of the budget.
fn weight(field: &Field) -> u64 {
    let row = |r: &Row| r.get_column_iter().map(|(_, f)| weight(f)).sum::<u64>();
    CELL + match field {
        Field::Str(s) => s.len() as u64,
        Field::Bytes(b) => b.len() as u64,
        Field::Group(r) => row(r),
        Field::ListInternal(l) => l.elements().iter().map(weight).sum(),
        Field::MapInternal(m) => m.entries().iter().map(|(k, v)| weight(k) + weight(v)).sum(),
        _ => 0,
    }
}

/// A cell as the other formats have it.
fn value(field: &Field) -> Value {
    let float = |f: f64| Number::from_f64(f).map_or(Value::Null, Value::Number);
    match field {
        Field::Null => Value::Null,
        Field::Bool(b) => Value::from(*b),
        Field::Byte(n) => Value::from(*n),
        Field::Short(n) => Value::from(*n),
        Field::Int(n) => Value::from(*n),
        Field::Long(n) => Value::from(*n),
        Field::UByte(n) => Value::from(*n),
        Field::UShort(n) => Value::from(*n),
        Field::UInt(n) => Value::from(*n),
        Field::ULong(n) => Value::from(*n),
        Field::Float16(n) => float(f64::from(*n)),
        Field::Float(n) => float(f64::from(*n)),
        Field::Double(n) => float(*n),
        Field::Str(s) => Value::from(s.as_str()),
        // What is no text has nothing to read, but may change.
        Field::Bytes(b) => match std::str::from_utf8(b.data()) {
            Ok(text) => Value::from(text),
            Err(_) => Value::from(format!("sha256:{}", hex(&Sha256::digest(b.data())))),
        },
        Field::Group(r) => r.get_column_iter().map(|(n, f)| (n.clone(), value(f))).collect(),
        Field::ListInternal(l) => l.elements().iter().map(value).collect(),
        Field::MapInternal(m) => {
            let key = |k: &Field| match value(k) {
                Value::String(s) => s,
                other => other.to_string(),
            };
            m.entries().iter().map(|(k, v)| (key(k), value(v))).collect()
        }
        shown => Value::from(shown.to_string()),
    }
}
