//! What a path holds, and its rows.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use aispm_types::Gap;
use sha2::{Digest, Sha256};

use crate::manifest::hex;
use crate::read::{Problems, Take, csv, jsonl};

/// How rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One JSON object a line.
    JsonLines,
    /// Separated values.
    Csv,
}

impl Format {
    /// The word used in properties.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::JsonLines => "jsonl",
            Self::Csv => "csv",
        }
    }
}

/// A dataset that can be read.
#[derive(Clone, Debug)]
pub struct Source {
    /// Where.
    pub path: PathBuf,
    /// How it is written.
    pub format: Format,
}

impl Source {
    /// Tells what a path holds, by its first bytes and its name.
    ///
    /// # Errors
    /// Why it is no dataset that this build reads.
    pub fn open(path: &Path) -> Result<Self, String> {
        let of = |format| Self {
            path: path.to_owned(),
            format,
        };
        let meta = std::fs::metadata(path).map_err(|e| e.to_string())?;
        if meta.is_dir() {
            return Err(String::from(
                "it is a directory; name a file of JSON lines or CSV",
            ));
        }
        let mut head = Vec::new();
        let file = File::open(path).map_err(|e| e.to_string())?;
        file.take(4096)
            .read_to_end_bounded(&mut head)
            .map_err(|e| e.to_string())?;
        if head.starts_with(b"PAR1") {
            return Err(String::from(
                "Parquet is not read; write the rows as JSON lines or CSV",
            ));
        }
        let name = path.extension().map(|e| e.to_string_lossy().to_ascii_lowercase());
        match name.as_deref() {
            Some("jsonl" | "ndjson" | "jsonlines") => Ok(of(Format::JsonLines)),
            Some("csv" | "tsv") => Ok(of(Format::Csv)),
            _ if head.trim_ascii_start().starts_with(b"{\"") => Ok(of(Format::JsonLines)),
            _ => Err(String::from(
                "unknown format: JSON lines (.jsonl) and CSV (.csv, .tsv) are read",
            )),
        }
    }

    /// Hands over every row, and gives back how many there are.
    ///
    /// # Errors
    /// Reading failed, or the container is corrupt.
    pub fn rows(&self, take: Take<'_>, problems: &mut Problems) -> io::Result<u64> {
        match self.format {
            Format::JsonLines => jsonl(
                BufReader::with_capacity(1 << 18, File::open(&self.path)?),
                take,
                problems,
            ),
            Format::Csv => csv(
                BufReader::with_capacity(1 << 18, File::open(&self.path)?),
                take,
                problems,
            ),
        }
    }

    /// Size and SHA-256 of a file; none of a directory.
    ///
    /// # Errors
    /// Reading failed.
    pub fn digest(&self) -> io::Result<Option<(u64, String)>> {
        if self.path.is_dir() {
            return Ok(None);
        }
        let mut file = File::open(&self.path)?;
        let (mut sha, mut size, mut piece) = (Sha256::new(), 0, vec![0; 1 << 18]);
        loop {
            let n = file.read(&mut piece)?;
            if n == 0 {
                return Ok(Some((size, hex(&sha.finalize()))));
            }
            size += n as u64;
            sha.update(piece.get(..n).unwrap_or(&[]));
        }
    }

    /// A manifest of its rows, and gaps where rows could not be read: those are compared as unread.
    ///
    /// # Errors
    /// Reading failed.
    pub fn manifest(&self) -> io::Result<(crate::Manifest, Vec<Gap>)> {
        let mut builder = crate::Builder::default();
        let mut problems = Problems::default();
        let mut next = 0;
        let mut fill = |builder: &mut crate::Builder, to: u64| {
            while next < to {
                builder.push(crate::row_digest(None));
                next += 1;
            }
            next += 1;
        };
        let rows = self.rows(
            &mut |row, record| {
                fill(&mut builder, row);
                builder.push(crate::row_digest(Some(&record)));
                true
            },
            &mut problems,
        )?;
        fill(&mut builder, rows);
        Ok((builder.finish(), problems.gaps(".")))
    }
}

/// Reads what `take` lets through.
trait Bounded: Read {
    fn read_to_end_bounded(self, into: &mut Vec<u8>) -> io::Result<()>;
}

impl<R: Read> Bounded for io::Take<R> {
    #[expect(clippy::disallowed_methods, reason = "bounded by take")]
    fn read_to_end_bounded(mut self, into: &mut Vec<u8>) -> io::Result<()> {
        self.read_to_end(into).map(|_| ())
    }
}
