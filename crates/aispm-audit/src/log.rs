//! Appending.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use crate::disk::{Disk, Files};
use crate::entry::{self, Anchor, Event, MAX_ENTRY};
use crate::verify::{Broken, Verified, verify};
use crate::{Audit, AuditError};

/// Largest anchor file that is read.
pub(crate) const MAX_ANCHOR: u64 = 512;

/// The audit log in a file. Several processes may append to one: each waits for the others.
#[derive(Debug)]
pub struct AuditLog {
    files: Files,
    /// File locks are between processes; this one is between threads.
    turn: Mutex<()>,
}

impl AuditLog {
    /// The log at this path; it is made with the first entry. Its anchor lies beside it, as `PATH.head`.
    pub fn at(path: &Path) -> Self {
        Self {
            files: Files::new(path),
            turn: Mutex::new(()),
        }
    }
    /// Where it lies.
    pub fn path(&self) -> &Path {
        self.files.path()
    }
    /// Checks every entry; see [`verify`].
    ///
    /// # Errors
    /// How the log differs from what was written.
    pub fn verify(&self, noted: Option<&str>) -> Result<Verified, AuditError> {
        verify(self.path(), noted)
    }
}

impl Audit for AuditLog {
    fn record(&self, event: &Event) -> Result<Anchor, AuditError> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        append(&self.files, event).map_err(|e| e.at(self.path()))
    }
}

/// Why an append failed, before the log's path is known.
#[derive(Debug)]
pub(crate) enum Failure {
    Disk(&'static str, std::io::Error),
    Broken(Broken),
    TooLarge(usize),
}

impl Failure {
    pub(crate) fn at(self, path: &Path) -> AuditError {
        let path = path.to_path_buf();
        match self {
            Self::Disk(doing, source) => AuditError::Disk { path, doing, source },
            Self::Broken(source) => AuditError::Broken { path, source },
            Self::TooLarge(size) => AuditError::TooLarge { size },
        }
    }
}

fn disk<T>(doing: &'static str, done: std::io::Result<T>) -> Result<T, Failure> {
    done.map_err(|e| Failure::Disk(doing, e))
}

/// Appends one entry. The order matters: the entry is durable before the anchor that names it, so that a crash in between
/// leaves a log that is one whole entry ahead, or has a piece of one behind its anchored end; both are known by sight.
pub(crate) fn append<D: Disk>(files: &D, event: &Event) -> Result<Anchor, Failure> {
    let _lock = disk("waiting for its turn", files.lock())?;
    let (mut end, torn) = recover(files)?;
    if torn > 0 {
        let note = Event::new(&event.at, "audit", "audit.recover", "log").with(
            "cut",
            format!("{torn} bytes of an entry that was never acknowledged"),
        );
        end = write(files, &note, &end)?;
    }
    write(files, event, &end)
}

fn write<D: Disk>(files: &D, event: &Event, end: &Anchor) -> Result<Anchor, Failure> {
    let (line, next) =
        entry::write(event, end).map_err(|e| Failure::Disk("writing an entry as JSON", e.into()))?;
    if line.len() > MAX_ENTRY {
        return Err(Failure::TooLarge(line.len()));
    }
    if let Err(e) = files.append(&line).and_then(|()| files.sync()) {
        // Best effort: what stays is cut or taken over by the next append.
        let _ = files.cut(end.length);
        return Err(Failure::Disk("writing an entry", e));
    }
    anchor(files, &next)?;
    Ok(next)
}

fn anchor<D: Disk>(files: &D, next: &Anchor) -> Result<(), Failure> {
    disk("writing its anchor", files.stage(&next.bytes()))?;
    disk("writing its anchor", files.sync_staged())?;
    disk("replacing its anchor", files.swap())?;
    disk("making its anchor durable", files.sync_directory())
}

/// The last entry, after what an interrupted append left was put right, and how many bytes were cut for that.
fn recover<D: Disk>(files: &D) -> Result<(Anchor, u64), Failure> {
    let length = disk("reading its end", files.length())?;
    let anchored = match disk("reading its anchor", files.anchor(MAX_ANCHOR))? {
        Some(bytes) => Anchor::read(&bytes).map_err(Failure::Broken)?,
        // Before the first entry, so that entries without an anchor are always somebody's doing.
        None if length == 0 => {
            anchor(files, &Anchor::empty())?;
            Anchor::empty()
        }
        None => return Err(Failure::Broken(Broken::NoAnchor)),
    };
    let extra = length
        .checked_sub(anchored.length)
        .ok_or(Failure::Broken(Broken::Short {
            seq: anchored.seq,
            missing: anchored.length.saturating_sub(length),
        }))?;
    ends_as_anchored(files, &anchored)?;
    if extra == 0 {
        return Ok((anchored, 0));
    }
    let tail = disk(
        "reading its end",
        files.read(anchored.length, MAX_ENTRY as u64 + 1),
    )?;
    if tail.len() > MAX_ENTRY || extra != tail.len() as u64 {
        return Err(Failure::Broken(Broken::Behind { seq: anchored.seq }));
    }
    if let Ok((_, next)) = entry::read(&tail, &anchored) {
        // Whole, and on the disk for sure only after this.
        disk("making its last entry durable", files.sync())?;
        anchor(files, &next)?;
        return Ok((next, 0));
    }
    if tail.contains(&b'\n') {
        // An append writes one line; a line that is whole and wrong was written by somebody else.
        return Err(Failure::Broken(Broken::Behind { seq: anchored.seq }));
    }
    disk("cutting an unfinished entry", files.cut(anchored.length))?;
    disk("cutting an unfinished entry", files.sync())?;
    Ok((anchored, extra))
}

/// The bytes before the anchored end are the hash that the anchor names.
fn ends_as_anchored<D: Disk>(files: &D, anchored: &Anchor) -> Result<(), Failure> {
    if anchored.seq == 0 {
        return Ok(());
    }
    let expected = format!("{}\"}}\n", anchored.hash);
    let size = expected.len() as u64;
    let from = anchored.length.saturating_sub(size);
    let there = disk("reading its end", files.read(from, size))?;
    if there == expected.as_bytes() {
        Ok(())
    } else {
        Err(Failure::Broken(Broken::Entry { seq: anchored.seq }))
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
