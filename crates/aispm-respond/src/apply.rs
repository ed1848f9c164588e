//! Carrying out, and taking back.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use aispm_audit::{Audit, AuditError, Event};
use aispm_patch::diff::way_back;
use aispm_patch::{Splice, splice};
use aispm_types::{hex, short_hash};
use sha2::{Digest, Sha256};

use crate::estate::{Unreadable, place, read};
use crate::record::{Back, Changed, Record, RecordError, Records, State, make_directory};
use crate::{Draft, Effect, Estate};

/// Files whose names go into an entry of the audit log; its record has all.
const NAMED: usize = 40;
/// Characters of each name there.
const NAME: usize = 200;

/// Somebody's yes to a draft.
#[derive(Clone, Debug)]
pub struct Approval {
    /// Who: `cli:uid=1000`.
    pub who: String,
    /// How it was given: `--yes`, `asked on a terminal`.
    pub how: String,
    /// When, RFC 3339, UTC.
    pub at: String,
}

/// What was done.
#[derive(Debug)]
pub struct Applied {
    /// Its record.
    pub record: Record,
}

/// Nothing is changed, or everything was put back.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// A file is not what it was, or may not be changed.
    #[error("nothing is changed: {0}")]
    File(String),
    /// The audit log says no.
    #[error(transparent)]
    Audit(#[from] AuditError),
    /// The record cannot be kept.
    #[error("nothing is changed, since it could not be undone: {0}")]
    Record(#[from] RecordError),
    /// A file could not be changed; the others were put back.
    #[error("`{path}` could not be changed ({source}); every other file is as it was")]
    Write {
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file could not be changed, nor could the others be put back.
    #[error(
        "`{path}` could not be changed ({source}), and some files could not be put back; `aispm fix --undo {id}` tries again"
    )]
    Torn {
        /// The file.
        path: String,
        /// The application.
        id: String,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// What is taken back nowhere.
#[derive(Debug, thiserror::Error)]
pub enum UndoError {
    /// It was taken back already, or never took place.
    #[error("{id} is undone already")]
    Done {
        /// The application.
        id: String,
    },
    /// A file is not what the application left.
    #[error("nothing is undone: {0}")]
    File(String),
    /// The audit log says no.
    #[error(transparent)]
    Audit(#[from] AuditError),
    /// The record.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// A file could not be put back.
    #[error("`{path}` could not be put back ({source}); the files before it are, and undoing again goes on")]
    Write {
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// What is written to one file, and what stood there.
struct Job {
    changed: Changed,
    before: Vec<u8>,
    after: Vec<u8>,
}

/// Makes the change. The audit log has its entry, and the record its way back, before any file is touched; every file is
/// replaced whole or not at all, and where one cannot be, the others are put back.
///
/// # Errors
/// See [`ApplyError`].
pub fn apply(
    estate: &Estate<'_>,
    draft: &Draft,
    effect: &Effect,
    approval: &Approval,
    audit: &dyn Audit,
    records: &Records,
) -> Result<Applied, ApplyError> {
    let jobs = prepare(estate, draft, records)?;
    let digests: Vec<&str> = jobs
        .iter()
        .flat_map(|j| [j.changed.before.as_str(), j.changed.after.as_str()])
        .collect();
    let id = format!(
        "R-{}",
        short_hash(&[&approval.at, &std::process::id().to_string(), &digests.concat()])
    );
    let mut record = Record::new(
        id.clone(),
        approval.at.clone(),
        format!("{} ({})", approval.who, approval.how),
    );
    record.done = draft.plans.iter().map(|p| p.title.clone()).collect();
    record.findings = effect.resolved.iter().cloned().collect();
    record.paths = effect.paths_cut.iter().cloned().collect();
    record.files = jobs.iter().map(|j| j.changed.clone()).collect();
    for (i, file) in record.files.iter_mut().enumerate() {
        if file.moved_to.is_some() {
            file.moved_to = Some(records.quarantine(&id).join(format!("{i}.quarantined")));
        }
    }
    record.entry = audit.record(&event("fix.apply", approval, &record))?.to_string();
    records.save(&record)?;
    let mut done: Vec<(&Job, &Changed)> = Vec::new();
    for (job, changed) in jobs.iter().zip(&record.files) {
        if let Err(source) = carry_out(job, changed) {
            let torn = done.iter().rev().filter(|(j, c)| put_back(j, c).is_err()).count() > 0;
            let path = changed.file.path.clone();
            if torn {
                return Err(ApplyError::Torn { path, id, source });
            }
            record.state = State::Failed;
            records.save(&record)?;
            audit.record(&event("fix.fail", approval, &record))?;
            return Err(ApplyError::Write { path, source });
        }
        done.push((job, changed));
    }
    record.state = State::Applied;
    records.save(&record)?;
    Ok(Applied { record })
}

/// Reads every file again: it must be what the plans were made from.
fn prepare(estate: &Estate<'_>, draft: &Draft, records: &Records) -> Result<Vec<Job>, ApplyError> {
    let refused = |why: String| ApplyError::File(why);
    let mut jobs = Vec::new();
    for (file, patched) in &draft.files {
        let path = estate.place(file).map_err(|e| refused(e.0))?;
        let before = read(&path, aispm_patch::LARGEST as u64).map_err(|e| refused(e.0))?;
        if before != patched.before.as_bytes() {
            return Err(refused(format!(
                "`{}` changed since it was read; plan again",
                file.path
            )));
        }
        let after = patched.after.clone().into_bytes();
        let back: Option<Vec<Back>> = way_back(&patched.before, &patched.after)
            .iter()
            .map(|s| Back::new(s, &patched.after, estate.is_secret))
            .collect();
        let back = back.ok_or_else(|| {
            refused(format!("the way back of `{}` cannot be kept without keeping a secret; write a patch instead (--patch)", file.path))
        })?;
        jobs.push(Job {
            changed: Changed {
                file: file.clone(),
                mode: mode(&path).map_err(|e| refused(e.to_string()))?,
                place: path,
                before: digest(&before),
                after: digest(&after),
                moved_to: None,
                back,
            },
            before,
            after,
        });
    }
    for file in &draft.moved {
        let path = estate.place(file).map_err(|e| refused(e.0))?;
        let whole = |p: &Path| std::fs::canonicalize(p).unwrap_or_else(|_| p.to_path_buf());
        let away = records
            .directory()
            .ancestors()
            .find(|a| a.exists())
            .map(whole)
            .unwrap_or_default();
        if estate.roots.values().any(|r| away.starts_with(whole(r))) {
            return Err(refused(format!(
                "the quarantine would lie inside a target ({}); keep the store elsewhere (--store)",
                records.directory().display()
            )));
        }
        let digest =
            digest_file(&path).map_err(|e| refused(format!("`{}` cannot be read: {e}", file.path)))?;
        jobs.push(Job {
            changed: Changed {
                file: file.clone(),
                mode: mode(&path).map_err(|e| refused(e.to_string()))?,
                place: path,
                before: digest.clone(),
                after: digest,
                moved_to: Some(PathBuf::new()),
                back: Vec::new(),
            },
            before: Vec::new(),
            after: Vec::new(),
        });
    }
    Ok(jobs)
}

fn event(action: &str, approval: &Approval, record: &Record) -> Event {
    let names: Vec<String> = record
        .files
        .iter()
        .take(NAMED)
        .map(|f| f.file.path.clone())
        .collect();
    // An entry of the log has a bound; names of files have none.
    let list = |all: &[String]| {
        let cut = |s: &String| s.chars().take(NAME).collect::<String>();
        let shown: Vec<String> = all.iter().take(NAMED).map(cut).collect();
        let more = all.len().saturating_sub(NAMED);
        if more == 0 {
            shown.join(" ")
        } else {
            format!("{} and {more} more", shown.join(" "))
        }
    };
    let digests: String = record
        .files
        .iter()
        .map(|f| format!("{} {} {}\n", f.before, f.after, f.place.display()))
        .collect();
    Event::new(&approval.at, &approval.who, action, &record.id)
        .with("approved", &approval.how)
        .with("files", format!("{}: {}", record.files.len(), list(&names)))
        .with("digests", digest(digests.as_bytes()))
        .with("findings", list(&record.findings))
        .with("paths", list(&record.paths))
}

fn carry_out(job: &Job, changed: &Changed) -> io::Result<()> {
    match &changed.moved_to {
        Some(to) => relocate(&changed.place, to, 0o600),
        None => write_whole(&changed.place, &job.after),
    }
}

fn put_back(job: &Job, changed: &Changed) -> io::Result<()> {
    match &changed.moved_to {
        Some(to) => relocate(to, &changed.place, changed.mode),
        None => write_whole(&changed.place, &job.before),
    }
}

/// Notes what reading again showed.
///
/// # Errors
/// The record or the log cannot be written.
pub fn judged(
    record: &mut Record,
    proved: bool,
    approval: &Approval,
    audit: &dyn Audit,
    records: &Records,
) -> Result<(), ApplyError> {
    record.state = if proved { State::Proved } else { State::Disproved };
    let action = if proved { "fix.prove" } else { "fix.disprove" };
    audit.record(&event(action, approval, record))?;
    records.save(record)?;
    Ok(())
}

/// Restores every file of an application, byte for byte, where none was changed since. `variable` gives the keys that
/// records do not hold.
///
/// # Errors
/// See [`UndoError`].
pub fn undo(
    id: &str,
    approval: &Approval,
    variable: &dyn Fn(&str) -> Option<String>,
    audit: &dyn Audit,
    records: &Records,
) -> Result<Record, UndoError> {
    let mut record = records.load(id)?;
    if matches!(record.state, State::Undone | State::Failed) {
        return Err(UndoError::Done { id: id.to_owned() });
    }
    let mut jobs = Vec::new();
    for changed in &record.files {
        jobs.extend(
            restore(changed, variable)
                .map_err(UndoError::File)?
                .map(|text| (changed.clone(), text)),
        );
    }
    audit.record(&event("fix.undo", approval, &record))?;
    for (changed, text) in jobs {
        let done = match &changed.moved_to {
            Some(from) => relocate(from, &changed.place, changed.mode),
            None => write_whole(&changed.place, &text),
        };
        done.map_err(|source| UndoError::Write {
            path: changed.file.path.clone(),
            source,
        })?;
    }
    record.state = State::Undone;
    records.save(&record)?;
    Ok(record)
}

/// The old bytes of a file; none where it has them still, because the application was cut short.
fn restore(changed: &Changed, variable: &dyn Fn(&str) -> Option<String>) -> Result<Option<Vec<u8>>, String> {
    let shown = changed.place.display();
    if let Some(from) = &changed.moved_to {
        return match (from.exists(), changed.place.symlink_metadata().is_ok()) {
            (false, true) => Ok(None),
            (true, true) => Err(format!("something else lies at `{shown}` now")),
            (false, false) => Err(format!("`{}` is not there any more", from.display())),
            (true, false) => match digest_file(from) {
                Ok(d) if d == changed.before => Ok(Some(Vec::new())),
                Ok(_) => Err(format!("`{}` was changed", from.display())),
                Err(e) => Err(format!("`{}` cannot be read: {e}", from.display())),
            },
        };
    }
    // The place was checked when it was changed; it must still be one that may be.
    let name = changed
        .place
        .file_name()
        .map(|n| n.to_string_lossy().into_owned())
        .unwrap_or_default();
    let parent = changed.place.parent().map(Path::to_path_buf).unwrap_or_default();
    let roots = BTreeMap::from([(String::new(), parent)]);
    place(
        &roots,
        &crate::FileId {
            target: String::new(),
            path: name,
        },
    )
    .map_err(|e| e.0)?;
    let now = read(&changed.place, aispm_patch::LARGEST as u64).map_err(|Unreadable(why)| why)?;
    let digest_now = digest(&now);
    if digest_now == changed.before {
        return Ok(None);
    }
    if digest_now != changed.after {
        return Err(format!("`{shown}` was changed since; undo that change first"));
    }
    let text = String::from_utf8(now).map_err(|_| format!("`{shown}` is not UTF-8"))?;
    let mut way = Vec::new();
    for back in &changed.back {
        let with = match &back.hole {
            None => back.text.clone(),
            Some((name, behind)) => {
                let value = variable(name).ok_or_else(|| {
                    format!("the key that stood in `{shown}` is not kept: set {name} to it, or restore the file from version control")
                })?;
                format!("{}{value}{behind}", back.text)
            }
        };
        way.push(Splice {
            at: back.from..back.to,
            with,
        });
    }
    let old = splice(&text, way).map_err(|e| e.0)?.into_bytes();
    if digest(&old) == changed.before {
        return Ok(Some(old));
    }
    let hole = changed.back.iter().find_map(|b| b.hole.as_ref());
    Err(match hole {
        Some((name, _)) => format!("the value of {name} is not the key that stood in `{shown}`"),
        None => format!("the record of `{shown}` does not lead back to what it was"),
    })
}

/// Replaces a file whole or not at all; permissions and owner stay.
fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let before = std::fs::symlink_metadata(path)?;
    let directory = path
        .parent()
        .filter(|d| !d.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().ok_or(io::ErrorKind::InvalidInput)?);
    name.push(format!(".{}.aispm", std::process::id()));
    let part = directory.join(name);
    let write = || {
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&part)?;
        file.write_all(bytes)?;
        let made = file.metadata()?;
        if (made.uid(), made.gid()) != (before.uid(), before.gid()) {
            std::os::unix::fs::chown(&part, Some(before.uid()), Some(before.gid()))?;
        }
        file.set_permissions(Permissions::from_mode(before.mode() & 0o7777))?;
        file.sync_all()?;
        std::fs::rename(&part, path)?;
        File::open(directory)?.sync_all()
    };
    let done = write();
    if done.is_err() {
        let _ = std::fs::remove_file(&part); // the error that is told is the first one
    }
    done
}

/// Moves a file, over file systems too, and gives it these permissions.
fn relocate(from: &Path, to: &Path, mode: u32) -> io::Result<()> {
    if let Some(directory) = to.parent() {
        make_directory(directory)?;
    }
    if to.symlink_metadata().is_ok() {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    match std::fs::rename(from, to) {
        Err(e) if e.kind() == io::ErrorKind::CrossesDevices => {
            let copied = std::fs::copy(from, to).and_then(|_| File::open(to)?.sync_all());
            if let Err(e) = copied {
                let _ = std::fs::remove_file(to);
                return Err(e);
            }
            std::fs::remove_file(from)?;
        }
        other => other?,
    }
    std::fs::set_permissions(to, Permissions::from_mode(mode & 0o7777))
}

fn mode(path: &Path) -> io::Result<u32> {
    Ok(std::fs::symlink_metadata(path)?.mode() & 0o7777)
}

fn digest(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn digest_file(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut sha = Sha256::new();
    let mut piece = vec![0u8; 1 << 16];
    loop {
        match file.read(&mut piece)? {
            0 => return Ok(hex(&sha.finalize())),
            n => sha.update(piece.get(..n).unwrap_or_default()),
        }
    }
}
