//! Manifests: a Merkle tree over chunks of rows, and what changed between two of them.
//!
//! Chunks end where the content says so, so an inserted row moves no other chunk. A chunk is known by the SHA-256 of its rows'
//! SHA-256s, and the tree's root by its chunks; beside them stand eight bytes of each row's digest, by which a change inside
//! a chunk is brought down to its row.

mod align;

use std::io::{self, BufRead, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::row::Record;

pub use align::{Changes, diff};

/// A chunk ends after a row whose digest is a multiple of this.
const MEAN: u64 = 1_024;
/// Longest chunk (rows).
const LONGEST: usize = 8_192;
/// Longest line of a manifest (bytes).
const LINE: u64 = 128 << 10;
/// Most rows of a manifest.
const ROWS: u64 = 1 << 32;
const VERSION: u64 = 1;

/// A SHA-256.
pub type Sha = [u8; 32];

/// Rows in a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// Digest over the digests of its rows.
    pub sha: Sha,
    /// The first eight bytes of the digest of each.
    pub rows: Vec<u64>,
}

/// What a table held.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Manifest {
    /// Its chunks.
    pub chunks: Vec<Chunk>,
}

/// The digest of a row: names and values, whatever the format. A row that could not be read is none.
pub fn row_digest(record: Option<&Record>) -> Sha {
    let mut sha = Sha256::new();
    let Some(record) = record else {
        sha.update(b"unread");
        return sha.finalize().into();
    };
    for (name, value) in record {
        let value = value.to_string();
        for part in [name.as_bytes(), value.as_bytes()] {
            sha.update((part.len() as u64).to_le_bytes());
            sha.update(part);
        }
    }
    sha.finalize().into()
}

/// Makes a manifest row by row.
#[derive(Debug, Default)]
pub struct Builder {
    done: Vec<Chunk>,
    sha: Sha256,
    rows: Vec<u64>,
}

impl Builder {
    /// Takes the digest of the next row.
    pub fn push(&mut self, digest: Sha) {
        self.sha.update(digest);
        let short = digest.first_chunk::<8>().map_or(0, |b| u64::from_be_bytes(*b));
        self.rows.push(short);
        if short.is_multiple_of(MEAN) || self.rows.len() >= LONGEST {
            self.end();
        }
    }

    fn end(&mut self) {
        let sha = std::mem::take(&mut self.sha).finalize().into();
        self.done.push(Chunk {
            sha,
            rows: std::mem::take(&mut self.rows),
        });
    }

    /// The manifest.
    pub fn finish(mut self) -> Manifest {
        if !self.rows.is_empty() {
            self.end();
        }
        Manifest { chunks: self.done }
    }
}

/// A manifest that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// Reading failed.
    #[error("cannot read the manifest: {0}")]
    Io(#[from] io::Error),
    /// It is malformed.
    #[error("the manifest is malformed at line {line}: {what}")]
    Malformed {
        /// Where.
        line: u64,
        /// What is wrong.
        what: &'static str,
    },
}

impl Manifest {
    /// Rows.
    pub fn rows(&self) -> u64 {
        self.chunks.iter().map(|c| c.rows.len() as u64).sum()
    }

    /// The root of the tree: pairs of digests are hashed together, level by level; one that is left over goes up as it is.
    pub fn root(&self) -> Sha {
        let mut level: Vec<Sha> = self.chunks.iter().map(|c| c.sha).collect();
        while level.len() > 1 {
            level = level
                .chunks(2)
                .map(|pair| match pair {
                    [a, b] => Sha256::new().chain_update(a).chain_update(b).finalize().into(),
                    [a] => *a,
                    _ => [0; 32],
                })
                .collect();
        }
        level.first().copied().unwrap_or_default()
    }

    /// Writes it: a line that names version, rows and root, then one line a chunk.
    ///
    /// # Errors
    /// Writing failed.
    pub fn write(&self, to: &mut impl Write) -> io::Result<()> {
        let head = json!({"aispm-data-manifest": VERSION, "rows": self.rows(), "root": hex(&self.root())});
        writeln!(to, "{head}")?;
        for chunk in &self.chunks {
            let rows: Vec<u8> = chunk.rows.iter().flat_map(|r| r.to_be_bytes()).collect();
            writeln!(
                to,
                "{}",
                json!({"sha256": hex(&chunk.sha), "rows": STANDARD.encode(rows)})
            )?;
        }
        Ok(())
    }

    /// Whether a file begins as a manifest does.
    pub fn is_one(head: &[u8]) -> bool {
        head.starts_with(b"{\"aispm-data-manifest\"")
    }

    /// Reads one, and checks that its chunks make its root.
    ///
    /// # Errors
    /// It cannot be read, or is malformed.
    pub fn read(mut from: impl BufRead) -> Result<Self, ManifestError> {
        let mut out = Self::default();
        let mut head: Option<(u64, String)> = None;
        let (mut text, mut line, mut rows) = (Vec::new(), 0, 0u64);
        loop {
            text.clear();
            if io::Read::take(&mut from, LINE).read_until(b'\n', &mut text)? == 0 {
                break;
            }
            line += 1;
            let wrong = |what| ManifestError::Malformed { line, what };
            let value: Value = serde_json::from_slice(&text).map_err(|_| wrong("it is not JSON"))?;
            let word = |name: &str| value.get(name).and_then(Value::as_str);
            if head.is_none() {
                let version = value.get("aispm-data-manifest").and_then(Value::as_u64);
                if version != Some(VERSION) {
                    return Err(wrong("it is no manifest of this version"));
                }
                let count = value.get("rows").and_then(Value::as_u64).filter(|n| *n <= ROWS);
                let count = count.ok_or(wrong("no number of rows"))?;
                head = Some((count, word("root").ok_or(wrong("no root"))?.to_owned()));
                continue;
            }
            let sha = word("sha256").and_then(unhex).ok_or(wrong("no SHA-256"))?;
            let bytes = word("rows").and_then(|r| STANDARD.decode(r).ok());
            let bytes = bytes.ok_or(wrong("no rows in Base64"))?;
            let (short, rest) = bytes.as_chunks::<8>();
            rows += short.len() as u64;
            if !rest.is_empty() || short.is_empty() || short.len() > LONGEST || rows > ROWS {
                return Err(wrong("rows of a wrong length"));
            }
            let rows = short.iter().map(|b| u64::from_be_bytes(*b)).collect();
            out.chunks.push(Chunk { sha, rows });
        }
        match head {
            Some((count, root)) if count == rows && root == hex(&out.root()) => Ok(out),
            _ => Err(ManifestError::Malformed {
                line,
                what: "its chunks do not make its root",
            }),
        }
    }
}

/// Bytes as hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn unhex(text: &str) -> Option<Sha> {
    let mut out = [0; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (i, slot) in out.iter_mut().enumerate() {
        *slot = u8::from_str_radix(text.get(2 * i..2 * i + 2)?, 16).ok()?;
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;

    pub(super) fn manifest(rows: &[u64]) -> Manifest {
        let mut builder = Builder::default();
        for row in rows {
            let record: Record = vec![(Arc::from("a"), Value::from(*row))];
            builder.push(row_digest(Some(&record)));
        }
        builder.finish()
    }

    #[test]
    fn it_reads_what_it_wrote_and_nothing_that_was_changed() {
        let whole = manifest(&(0..20_000).collect::<Vec<_>>());
        assert!(whole.chunks.len() > 5);
        let mut text = Vec::new();
        whole.write(&mut text).unwrap();
        assert!(Manifest::is_one(&text));
        assert_eq!(Manifest::read(&text[..]).unwrap(), whole);
        let changed = String::from_utf8(text)
            .unwrap()
            .replacen("sha256\":\"", "sha256\":\"00", 1);
        assert!(Manifest::read(changed.as_bytes()).is_err());
        for hostile in [
            "",
            "{}",
            "{\"aispm-data-manifest\":1,\"rows\":9,\"root\":\"\"}\n{\"rows\":\"AA==\"}",
            "[[[[",
        ] {
            assert!(Manifest::read(hostile.as_bytes()).is_err(), "{hostile}");
        }
    }

    #[test]
    fn one_edited_row_changes_one_chunk() {
        let mut rows: Vec<u64> = (0..50_000).collect();
        let before = manifest(&rows);
        rows[31_337] = 1_000_000;
        let after = manifest(&rows);
        let differ = before.chunks.iter().filter(|c| !after.chunks.contains(c)).count();
        assert_eq!(differ, 1);
        assert_eq!(diff(&before, &after).edited, [(31_337, 31_337)]);
        rows.insert(100, 77_777_777);
        rows.remove(40_001);
        let later = diff(&after, &manifest(&rows));
        assert_eq!(
            (later.edited, later.inserted, later.deleted),
            (vec![], vec![100], vec![40_000])
        );
    }

    proptest! {
        #[test]
        fn changes_turn_the_old_into_the_new(
            old in proptest::collection::vec(0u64..30, 0..60),
            new in proptest::collection::vec(0u64..30, 0..60),
        ) {
            let (a, b) = (manifest(&old), manifest(&new));
            let changes = diff(&a, &b);
            let flat = |m: &Manifest| m.chunks.iter().flat_map(|c| c.rows.clone()).collect::<Vec<_>>();
            let (a, b) = (flat(&a), flat(&b));
            // What is neither deleted nor edited stands in the new one in the same order, beside what is neither inserted nor edited.
            let kept: Vec<u64> = (0..a.len() as u64)
                .filter(|i| !changes.deleted.contains(i) && !changes.edited.iter().any(|e| e.0 == *i))
                .map(|i| a[i as usize])
                .collect();
            let same: Vec<u64> = (0..b.len() as u64)
                .filter(|i| !changes.inserted.contains(i) && !changes.edited.iter().any(|e| e.1 == *i))
                .map(|i| b[i as usize])
                .collect();
            prop_assert_eq!(kept, same);
            prop_assert_eq!(changes.is_empty(), old == new);
        }
    }
}
