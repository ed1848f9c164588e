//! Whatever is done to the log by hand shows.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test may fail by panicking and reads its own files"
)]

use std::path::{Path, PathBuf};

use aispm_audit::{Audit, AuditError, AuditLog, Broken, Event, verify, verify_bytes};

/// A small generator, so that every run makes the same edits.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % (n.max(1) as u64)).unwrap()
    }
}

fn event(n: usize) -> Event {
    Event::new(
        "2026-03-01T10:00:00Z",
        "user:admin",
        "register.update",
        format!("ai_system:s{n}"),
    )
    .with("owner", format!("team {n} \u{1f980} \"quoted\""))
}

fn made(entries: usize) -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("deep/audit.log");
    let log = AuditLog::at(&path);
    for n in 0..entries {
        log.record(&event(n)).unwrap();
    }
    (directory, path)
}

fn anchor_of(path: &Path) -> PathBuf {
    path.with_extension("log.head")
}

fn edit(dice: &mut Dice, log: &mut Vec<u8>) -> &'static str {
    let lines: Vec<Vec<u8>> = log.split_inclusive(|b| *b == b'\n').map(<[u8]>::to_vec).collect();
    let (i, j) = (dice.below(lines.len()), dice.below(lines.len()));
    match dice.below(8) {
        0 => {
            let at = dice.below(log.len());
            log[at] ^= 1 << dice.below(8);
            "a bit flipped"
        }
        1 => {
            let at = dice.below(log.len());
            log.truncate(at);
            "truncated"
        }
        2 => {
            let keep = dice.below(lines.len());
            *log = lines[..keep].concat();
            "truncated between entries"
        }
        3 => {
            let at = dice.below(log.len());
            let end = (at + 1 + dice.below(300)).min(log.len());
            log.drain(at..end);
            "bytes deleted"
        }
        4 => {
            let mut lines = lines;
            lines.remove(i);
            *log = lines.concat();
            "an entry deleted"
        }
        5 => {
            let mut lines = lines;
            lines.swap(i, (i + 1 + j % 3) % 40);
            *log = lines.concat();
            "entries swapped"
        }
        6 => {
            let mut lines = lines;
            lines.insert(i, lines[j].clone());
            *log = lines.concat();
            "an entry repeated"
        }
        _ => {
            let at = dice.below(log.len() + 1);
            log.insert(at, u8::try_from(dice.below(256)).unwrap());
            "a byte added"
        }
    }
}

#[test]
fn five_hundred_edits_deletions_and_truncations_are_all_detected() {
    let (_directory, path) = made(40);
    let log = std::fs::read(&path).unwrap();
    let anchor = std::fs::read(anchor_of(&path)).unwrap();
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let mut kinds = std::collections::BTreeMap::new();
    let mut done = 0;
    while done < 500 {
        let mut edited = log.clone();
        let what = edit(&mut dice, &mut edited);
        if edited == log {
            continue;
        }
        assert!(
            verify_bytes(&edited, Some(&anchor), None).is_err(),
            "edit {done} ({what}) was not detected"
        );
        std::fs::write(&path, &edited).unwrap();
        assert!(
            verify(&path, None).is_err(),
            "edit {done} ({what}) was not detected in the file"
        );
        done += 1;
        *kinds.entry(what).or_insert(0) += 1;
    }
    assert_eq!(kinds.len(), 8, "{kinds:?}");
    std::fs::write(&path, &log).unwrap();
    assert_eq!(verify(&path, None).unwrap().head.seq, 40);
}

#[test]
fn edits_of_the_anchor_are_detected() {
    let (_directory, path) = made(5);
    let log = std::fs::read(&path).unwrap();
    let anchor = std::fs::read(anchor_of(&path)).unwrap();
    for at in 0..anchor.len() {
        let mut edited = anchor.clone();
        edited[at] ^= 0x10;
        assert!(verify_bytes(&log, Some(&edited), None).is_err(), "byte {at}");
        assert!(
            verify_bytes(&log, Some(&anchor[..at]), None).is_err(),
            "cut at {at}"
        );
    }
    assert_eq!(verify_bytes(&log, None, None), Err(Broken::NoAnchor));
    assert!(verify_bytes(&[], Some(&anchor), None).is_err());
}

#[test]
fn a_rewritten_history_is_detected_by_an_anchor_noted_elsewhere() {
    let (_directory, path) = made(6);
    let noted = verify(&path, None).unwrap().head.to_string();
    // Both files are replaced by ones that fit together.
    let (_other, shorter) = made(4);
    std::fs::copy(&shorter, &path).unwrap();
    std::fs::copy(anchor_of(&shorter), anchor_of(&path)).unwrap();
    assert!(verify(&path, None).is_ok());
    assert!(matches!(
        verify(&path, Some(&noted)),
        Err(AuditError::Broken {
            source: Broken::Noted { .. },
            ..
        })
    ));
    let log = AuditLog::at(&path);
    log.record(&event(4)).unwrap();
    log.record(&event(5)).unwrap();
    assert!(
        verify(&path, Some(&noted)).is_ok(),
        "the same history again has the same hashes"
    );
}

#[test]
fn a_log_that_was_changed_takes_no_more_entries() {
    let (_directory, path) = made(3);
    let whole = std::fs::read(&path).unwrap();
    let log = AuditLog::at(&path);
    for (what, bytes) in [
        ("cut", whole[..whole.len() - 5].to_vec()),
        ("emptied", Vec::new()),
        ("last entry altered", {
            let mut b = whole.clone();
            let at = b.len() - 10;
            b[at] = if b[at] == b'0' { b'1' } else { b'0' };
            b
        }),
        ("line added", [&whole[..], b"{}\n"].concat()),
    ] {
        std::fs::write(&path, bytes).unwrap();
        assert!(
            matches!(log.record(&event(9)), Err(AuditError::Broken { .. })),
            "{what}"
        );
    }
    std::fs::write(&path, &whole).unwrap();
    assert_eq!(log.record(&event(9)).unwrap().seq, 4);
}

#[test]
fn threads_and_handles_take_turns() {
    let (_directory, path) = made(0);
    std::thread::scope(|scope| {
        for t in 0..4 {
            let path = &path;
            scope.spawn(move || {
                let log = AuditLog::at(path);
                for n in 0..10 {
                    log.record(&event(t * 100 + n)).unwrap();
                }
            });
        }
    });
    assert_eq!(verify(&path, None).unwrap().head.seq, 40);
}

#[test]
fn a_log_that_cannot_be_written_says_so() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("file");
    std::fs::write(&file, "").unwrap();
    let log = AuditLog::at(&file.join("audit.log"));
    assert!(matches!(log.record(&event(0)), Err(AuditError::Disk { .. })));
}
