//! Every step to the disk fails once, by an error and by the machine's death.

use std::io;
use std::sync::Mutex;

use super::*;
use crate::verify::verify_bytes;

/// Bytes of a file: what a program sees, and what is still there after the power went.
#[derive(Clone, Debug, Default, PartialEq)]
struct Content {
    seen: Vec<u8>,
    durable: Vec<u8>,
}

/// How a step fails.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    /// It does nothing and says so.
    Refused,
    /// It does half and says so.
    Half,
    /// It does it, and says that it did not.
    Lied,
    /// The machine dies before it.
    Death,
}

#[derive(Debug, Default)]
struct State {
    log: Content,
    staged: Content,
    /// The anchor's name may point at new bytes while the directory still remembers the old ones.
    anchor: Option<Vec<u8>>,
    anchor_durable: Option<Vec<u8>>,
    steps: usize,
    fault: Option<(usize, Fault)>,
    dead: bool,
}

#[derive(Debug, Default)]
struct Simulated(Mutex<State>);

impl Simulated {
    fn change(&self, bytes: &[u8], change: impl FnOnce(&mut State, &[u8])) -> io::Result<()> {
        let mut state = self.0.lock().unwrap();
        let error = || io::Error::other("injected");
        if state.dead {
            return Err(error());
        }
        state.steps += 1;
        let fault = state.fault.filter(|(at, _)| *at == state.steps).map(|(_, f)| f);
        match fault {
            None => {
                change(&mut state, bytes);
                Ok(())
            }
            Some(Fault::Refused) => Err(error()),
            Some(Fault::Half) => {
                // Of a step that writes nothing (a sync, a rename) half is nothing.
                if !bytes.is_empty() {
                    change(&mut state, &bytes[..bytes.len() / 2]);
                }
                Err(error())
            }
            Some(Fault::Lied) => {
                change(&mut state, bytes);
                Err(error())
            }
            Some(Fault::Death) => {
                state.dead = true;
                Err(error())
            }
        }
    }
    /// The power goes; of what was never made durable, `kept` bytes reached the disk all the same.
    fn lose_power(&self, kept: usize) {
        let mut state = self.0.lock().unwrap();
        state.dead = false;
        state.fault = None;
        let durable = state.log.durable.len();
        let seen = state.log.seen.clone();
        if seen.len() >= durable {
            state.log.seen = seen[..(durable + kept).min(seen.len())].to_vec();
        } else {
            state.log.seen = state.log.durable.clone();
        }
        state.log.durable = state.log.seen.clone();
        state.anchor = state.anchor_durable.clone();
        state.staged = Content::default();
    }
}

impl Disk for Simulated {
    type Lock = ();
    fn lock(&self) -> io::Result<()> {
        Ok(())
    }
    fn anchor(&self, limit: u64) -> io::Result<Option<Vec<u8>>> {
        let state = self.0.lock().unwrap();
        Ok(state
            .anchor
            .clone()
            .map(|a| a.into_iter().take(limit as usize).collect()))
    }
    fn length(&self) -> io::Result<u64> {
        Ok(self.0.lock().unwrap().log.seen.len() as u64)
    }
    fn read(&self, from: u64, limit: u64) -> io::Result<Vec<u8>> {
        let state = self.0.lock().unwrap();
        Ok(state
            .log
            .seen
            .iter()
            .skip(from as usize)
            .take(limit as usize)
            .copied()
            .collect())
    }
    fn append(&self, bytes: &[u8]) -> io::Result<()> {
        self.change(bytes, |s, b| s.log.seen.extend_from_slice(b))
    }
    fn cut(&self, length: u64) -> io::Result<()> {
        self.change(&[], |s, _| s.log.seen.truncate(length as usize))
    }
    fn sync(&self) -> io::Result<()> {
        self.change(&[], |s, _| s.log.durable = s.log.seen.clone())
    }
    fn stage(&self, bytes: &[u8]) -> io::Result<()> {
        self.change(bytes, |s, b| s.staged.seen = b.to_vec())
    }
    fn sync_staged(&self) -> io::Result<()> {
        self.change(&[], |s, _| s.staged.durable = s.staged.seen.clone())
    }
    fn swap(&self) -> io::Result<()> {
        self.change(&[], |s, _| s.anchor = Some(s.staged.durable.clone()))
    }
    fn sync_directory(&self) -> io::Result<()> {
        self.change(&[], |s, _| s.anchor_durable = s.anchor.clone())
    }
}

fn event(n: usize) -> Event {
    Event::new(
        "2026-03-01T10:00:00Z",
        "user:admin",
        "target.create",
        format!("t{n}"),
    )
}

fn subjects(disk: &Simulated) -> Vec<String> {
    let state = disk.0.lock().unwrap();
    String::from_utf8(state.log.seen.clone())
        .unwrap()
        .lines()
        .filter_map(|l| serde_json::from_str::<crate::Entry>(l).ok())
        .map(|e| e.event.subject)
        .collect()
}

fn verified(disk: &Simulated) -> Result<crate::Verified, Broken> {
    let state = disk.0.lock().unwrap();
    verify_bytes(&state.log.seen, state.anchor.as_deref(), None)
}

/// Three entries with a failure at one step, then one more without.
fn run(fault: Option<(usize, Fault)>, kept: usize) -> usize {
    let disk = Simulated::default();
    disk.0.lock().unwrap().fault = fault;
    let mut acknowledged = Vec::new();
    for n in 0..3 {
        if append(&disk, &event(n)).is_ok() {
            acknowledged.push(format!("t{n}"));
        }
    }
    let steps = disk.0.lock().unwrap().steps;
    if matches!(fault, Some((_, Fault::Death))) {
        disk.lose_power(kept);
    }
    // A whole log, or one that says what an interrupted write left at its end.
    let before = verified(&disk);
    assert!(
        matches!(before, Ok(_) | Err(Broken::Torn { .. })),
        "{fault:?}, {kept} bytes kept: {before:?}"
    );
    append(&disk, &event(9)).unwrap_or_else(|e| panic!("{fault:?}, {kept} bytes kept: {e:?}"));
    verified(&disk).unwrap_or_else(|e| panic!("{fault:?}, {kept} bytes kept: {e}"));
    let there = subjects(&disk);
    for subject in acknowledged {
        assert_eq!(
            there.iter().filter(|s| **s == subject).count(),
            1,
            "{fault:?}, {kept} bytes kept: {there:?}"
        );
    }
    assert_eq!(there.last().map(String::as_str), Some("t9"));
    steps
}

#[test]
fn a_failure_at_any_step_loses_nothing_that_was_acknowledged() {
    let steps = run(None, 0);
    assert!(steps > 18, "{steps} steps");
    let mut cases = 0;
    for at in 1..=steps {
        for fault in [Fault::Refused, Fault::Half, Fault::Lied] {
            run(Some((at, fault)), 0);
            cases += 1;
        }
        for kept in [0, 1, 40, 200, usize::MAX / 2] {
            run(Some((at, Fault::Death)), kept);
            cases += 1;
        }
    }
    assert_eq!(cases, steps * 8);
}

#[test]
fn an_event_over_the_limit_is_refused_and_leaves_no_trace() {
    let disk = Simulated::default();
    append(&disk, &event(0)).unwrap();
    let large = event(1).with("text", "x".repeat(MAX_ENTRY));
    assert!(matches!(append(&disk, &large), Err(Failure::TooLarge(_))));
    assert_eq!(subjects(&disk), ["t0"]);
    verified(&disk).unwrap();
}
