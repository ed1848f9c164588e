//! Entries: one line of JSON each, which ends with the hash of everything before it on that line.
//!
//! ```text
//! {"seq":2,"at":"…","actor":"…","action":"…","subject":"…","detail":{…},"prev":"<hash of entry 1>","hash":"<hash>"}
//! ```
//! The hash is SHA-256 over the bytes of the line before `,"hash":`; they hold `prev`, which makes the chain.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::verify::Broken;

/// Longest entry in bytes, its line end included.
pub const MAX_ENTRY: usize = 64 << 10;
/// What the first entry has in place of a hash before it.
pub(crate) const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";
/// Between what is hashed and the hash.
const MARK: &str = ",\"hash\":\"";
/// Hexadecimal digits of a hash.
const DIGITS: usize = 64;

/// What is about to happen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// When, RFC 3339, UTC.
    pub at: String,
    /// Who: `user:admin`, `token:ci`, `cli:uid=1000`, `server`.
    pub actor: String,
    /// What is done, `noun.verb`: `target.create`, `fix.apply`.
    pub action: String,
    /// To what.
    pub subject: String,
    /// What else matters; never a secret.
    #[serde(default)]
    pub detail: BTreeMap<String, String>,
}

impl Event {
    /// An event without detail.
    pub fn new(
        at: impl Into<String>,
        actor: impl Into<String>,
        action: impl Into<String>,
        subject: impl Into<String>,
    ) -> Self {
        Self {
            at: at.into(),
            actor: actor.into(),
            action: action.into(),
            subject: subject.into(),
            detail: BTreeMap::new(),
        }
    }
    /// Adds detail.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.detail.insert(name.to_owned(), value.into());
        self
    }
}

/// Names an entry and, by the chain, everything before it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Anchor {
    /// The entry's number, from 1; 0 for an empty log.
    pub seq: u64,
    /// Bytes of the log up to its end.
    pub length: u64,
    /// Its hash.
    pub hash: String,
}

impl Anchor {
    /// Of an empty log.
    pub fn empty() -> Self {
        Self {
            seq: 0,
            length: 0,
            hash: GENESIS.to_owned(),
        }
    }
    /// The bytes of the anchor file: these and no others.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut line = serde_json::to_vec(self).unwrap_or_default(); // two numbers and a text always are JSON
        line.push(b'\n');
        line
    }
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, Broken> {
        let anchor: Self = serde_json::from_slice(bytes).map_err(|_| Broken::Anchor)?;
        if anchor.bytes() == bytes {
            Ok(anchor)
        } else {
            Err(Broken::Anchor)
        }
    }
}

impl std::fmt::Display for Anchor {
    /// `SEQ:HASH`, what people note elsewhere.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.seq, self.hash)
    }
}

/// An entry of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Its number, from 1.
    pub seq: u64,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
    /// Hash of the entry before.
    pub prev: String,
    /// Its own.
    pub hash: String,
}

/// What is hashed: an entry without its hash, in this order.
#[derive(Serialize)]
struct Hashed<'a> {
    seq: u64,
    at: &'a str,
    actor: &'a str,
    action: &'a str,
    subject: &'a str,
    detail: &'a BTreeMap<String, String>,
    prev: &'a str,
}

/// Makes the line of the entry after `before`, and its anchor.
pub(crate) fn write(event: &Event, before: &Anchor) -> Result<(Vec<u8>, Anchor), serde_json::Error> {
    let seq = before.seq.saturating_add(1);
    let hashed = Hashed {
        seq,
        at: &event.at,
        actor: &event.actor,
        action: &event.action,
        subject: &event.subject,
        detail: &event.detail,
        prev: &before.hash,
    };
    let mut line = serde_json::to_vec(&hashed)?;
    line.pop(); // the closing brace comes after the hash
    let hash = digest(&line);
    line.extend_from_slice(format!("{MARK}{hash}\"}}\n").as_bytes());
    let length = before.length.saturating_add(line.len() as u64);
    Ok((line, Anchor { seq, length, hash }))
}

/// Reads the entry that must follow `before`, and its anchor. `line` ends with the line end.
pub(crate) fn read(line: &[u8], before: &Anchor) -> Result<(Entry, Anchor), Broken> {
    let seq = before.seq.saturating_add(1);
    let altered = || Broken::Entry { seq };
    // `,"hash":"` + digits + `"}` + line end
    let tail = MARK.len() + DIGITS + 3;
    let (hashed, end) = line
        .split_at_checked(line.len().wrapping_sub(tail))
        .ok_or_else(altered)?;
    let hash = digest(hashed);
    if end != format!("{MARK}{hash}\"}}\n").as_bytes() {
        return Err(altered());
    }
    let entry: Entry = serde_json::from_slice(line).map_err(|_| altered())?;
    if entry.seq != seq || entry.prev != before.hash {
        return Err(Broken::Chain { seq });
    }
    let length = before.length.saturating_add(line.len() as u64);
    Ok((entry, Anchor { seq, length, hash }))
}

fn digest(bytes: &[u8]) -> String {
    use std::fmt::Write;
    Sha256::digest(bytes)
        .iter()
        .fold(String::with_capacity(DIGITS), |mut out, b| {
            let _ = write!(out, "{b:02x}"); // writing to a string does not fail
            out
        })
}
