//! What a path holds, and its rows.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use aispm_types::Gap;
use sha2::{Digest, Sha256};

use crate::manifest::hex;
use crate::read::images::{Folder, roles as image_roles};
use crate::read::{Problems, Take, csv, jsonl, parquet};
use crate::row::{Record, Roles, roles};

/// How rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One JSON object a line.
    JsonLines,
    /// Separated values.
    Csv,
    /// Apache Parquet.
    Parquet,
    /// Images, in a directory for each class.
    Images,
}

impl Format {
    /// The word used in properties.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::JsonLines => "jsonl",
            Self::Csv => "csv",
            Self::Parquet => "parquet",
            Self::Images => "images",
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
    folder: Folder,
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
            folder: Folder::default(),
        };
        let meta = std::fs::metadata(path).map_err(|e| e.to_string())?;
        if meta.is_dir() {
            return Ok(Self {
                folder: Folder::open(path)?,
                ..of(Format::Images)
            });
        }
        let mut head = Vec::new();
        let file = File::open(path).map_err(|e| e.to_string())?;
        file.take(4096)
            .read_to_end_bounded(&mut head)
            .map_err(|e| e.to_string())?;
        if head.starts_with(b"PAR1") {
            return Ok(of(Format::Parquet));
        }
        let name = path.extension().map(|e| e.to_string_lossy().to_ascii_lowercase());
        match name.as_deref() {
            Some("jsonl" | "ndjson" | "jsonlines") => Ok(of(Format::JsonLines)),
            Some("csv" | "tsv") => Ok(of(Format::Csv)),
            _ if head.trim_ascii_start().starts_with(b"{\"") => Ok(of(Format::JsonLines)),
            _ => Err(String::from(
                "unknown format: JSON lines (.jsonl), CSV (.csv, .tsv), Parquet and image folders are read",
            )),
        }
    }

    /// Hands over every row, and gives back how many there are.
    ///
    /// # Errors
    /// Reading failed, or the container is corrupt.
    pub fn rows(&self, take: Take<'_>, problems: &mut Problems) -> io::Result<u64> {
        let open = || File::open(&self.path);
        let buffered = || open().map(|f| BufReader::with_capacity(1 << 18, f));
        match self.format {
            Format::JsonLines => jsonl(buffered()?, take, problems),
            Format::Csv => csv(buffered()?, take, problems),
            Format::Parquet => parquet(open()?, take, problems),
            Format::Images => Ok(self.folder.rows(take, problems)),
        }
    }

    /// About how many bytes of text its rows are; of a packed format that takes reading them.
    ///
    /// # Errors
    /// Reading failed.
    pub fn size(&self) -> io::Result<u64> {
        match self.format {
            Format::JsonLines | Format::Csv => std::fs::metadata(&self.path).map(|m| m.len()),
            Format::Images => Ok(0),
            Format::Parquet => {
                let mut size = 0;
                let mut add = |_, record: Record| {
                    size += record
                        .iter()
                        .map(|(_, v)| v.as_str().map_or(8, str::len) as u64)
                        .sum::<u64>();
                    true
                };
                self.rows(&mut add, &mut Problems::default())?;
                Ok(size)
            }
        }
    }

    /// Gives out the parts of columns from a sample of records; `label` is the column that the user named.
    pub(crate) fn roles(&self, sample: &[Record], label: Option<&str>) -> Roles {
        match self.format {
            Format::Images => image_roles(),
            _ => roles(sample, label),
        }
    }

    /// The file of a row, where each has one.
    pub(crate) fn name(&self, row: u64) -> Option<&str> {
        self.folder.name(row)
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
