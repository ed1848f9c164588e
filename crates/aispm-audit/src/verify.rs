//! Reading the whole log, to see that it is what was written.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use crate::AuditError;
use crate::disk::{Disk, Files};
use crate::entry::{self, Anchor, MAX_ENTRY};
use crate::log::{Failure, MAX_ANCHOR};

/// How a log differs from what was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// An entry's bytes were altered.
    #[error("entry {seq} was altered or cut")]
    Entry {
        /// Its number.
        seq: u64,
    },
    /// An entry does not follow the one before it.
    #[error("entry {seq} is missing, or another stands in its place")]
    Chain {
        /// The number that should stand there.
        seq: u64,
    },
    /// The anchor is there and is not ours.
    #[error("the anchor beside the log was altered")]
    Anchor,
    /// There are entries and no anchor.
    #[error("the anchor beside the log is missing")]
    NoAnchor,
    /// The end is missing.
    #[error(
        "its end is missing: the last entry was number {seq}, and {missing} bytes before its end are gone"
    )]
    Short {
        /// Number of the last entry that was acknowledged.
        seq: u64,
        /// Bytes.
        missing: u64,
    },
    /// The anchor names another entry.
    #[error("entry {seq} is not the one that the anchor names")]
    Other {
        /// Its number.
        seq: u64,
    },
    /// Something stands behind the last entry that no interrupted append leaves.
    #[error("something was added behind entry {seq}")]
    Behind {
        /// Number of the last entry that was acknowledged.
        seq: u64,
    },
    /// A piece of an entry stands at the end.
    #[error(
        "{bytes} bytes of an unfinished entry stand behind entry {seq}: a write was cut short, which the next change puts right, or somebody added them"
    )]
    Torn {
        /// Number of the last entry that was acknowledged.
        seq: u64,
        /// Bytes.
        bytes: u64,
    },
    /// The entry noted elsewhere is not in the log.
    #[error("the log does not have the entry that you noted, {noted}: it was rewritten or cut")]
    Noted {
        /// As given.
        noted: String,
    },
}

/// A log that is what was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Its last entry; note it elsewhere.
    pub head: Anchor,
    /// The last entry was written and its anchor was not: its writer died in between. The next append takes it over.
    pub ahead: bool,
}

/// Checks the log at `path` against its anchor, and against an anchor noted elsewhere (`SEQ:HASH`).
///
/// # Errors
/// How it differs from what was written.
pub fn verify(path: &Path, noted: Option<&str>) -> Result<Verified, AuditError> {
    check_files(path, noted).map_err(|e| e.at(path))
}

fn check_files(path: &Path, noted: Option<&str>) -> Result<Verified, Failure> {
    let failed = |e| Failure::Disk("reading it", e);
    let files = Files::new(path);
    let there = match File::open(path) {
        Ok(file) => {
            file.lock_shared().map_err(failed)?;
            Some(file)
        }
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => None,
        Err(e) => return Err(failed(e)),
    };
    let anchor = files.anchor(MAX_ANCHOR).map_err(failed)?;
    match there {
        Some(file) => check(BufReader::new(file), anchor.as_deref(), noted),
        None => check(std::io::empty(), anchor.as_deref(), noted),
    }
}

/// [`verify`] of bytes in memory.
///
/// # Errors
/// How they differ from what was written.
pub fn verify_bytes(log: &[u8], anchor: Option<&[u8]>, noted: Option<&str>) -> Result<Verified, Broken> {
    check(log, anchor, noted).map_err(|e| match e {
        Failure::Broken(broken) => broken,
        // Memory does not fail to be read.
        Failure::Disk(..) | Failure::TooLarge(_) => Broken::Entry { seq: 0 },
    })
}

fn check(mut log: impl BufRead, anchor: Option<&[u8]>, noted: Option<&str>) -> Result<Verified, Failure> {
    let broken = Failure::Broken;
    let anchored = anchor.map(Anchor::read).transpose().map_err(broken)?;
    let target = anchored.clone().unwrap_or_else(Anchor::empty);
    let mut end = Anchor::empty();
    let mut met = noted.is_none_or(|n| n == end.to_string());
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = (&mut log)
            .take(MAX_ENTRY as u64 + 1)
            .read_until(b'\n', &mut line)
            .map_err(|e| Failure::Disk("reading it", e))?;
        if read == 0 {
            break;
        }
        if anchored.is_none() {
            return Err(broken(Broken::NoAnchor));
        }
        let behind = end.seq >= target.seq;
        if behind && (end.seq > target.seq || line.len() > MAX_ENTRY) {
            return Err(broken(Broken::Behind { seq: target.seq }));
        }
        if behind && line.last() != Some(&b'\n') {
            return Err(broken(Broken::Torn {
                seq: end.seq,
                bytes: line.len() as u64,
            }));
        }
        end = match entry::read(&line, &end) {
            Ok((_, next)) => next,
            Err(_) if behind => return Err(broken(Broken::Behind { seq: end.seq })),
            Err(e) => return Err(broken(e)),
        };
        if end.seq == target.seq && end != target {
            return Err(broken(Broken::Other { seq: end.seq }));
        }
        met |= noted.is_some_and(|n| n == end.to_string());
    }
    if end.seq < target.seq {
        return Err(broken(Broken::Short {
            seq: target.seq,
            missing: target.length.saturating_sub(end.length),
        }));
    }
    if let (false, Some(noted)) = (met, noted) {
        return Err(broken(Broken::Noted {
            noted: noted.to_owned(),
        }));
    }
    Ok(Verified {
        ahead: end.seq > target.seq,
        head: end,
    })
}
