//! What was applied, and the way back.
//!
//! A record holds the changed lines of each file and the digests of the whole, no copies of files: what else stands in them,
//! secrets among it, is nobody's business here. Where a changed line held a key, the record has a hole and names the
//! variable that the key is taken from now; going back needs the key again, and the digest tells whether it is the same.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use aispm_patch::Splice;
use serde::{Deserialize, Serialize};

use crate::FileId;
use crate::estate::{Unreadable, read};

/// Largest record that is read.
const LARGEST: u64 = 64 << 20;
/// The shape of records.
const SCHEMA: &str = "aispm-response/1";

/// How far an application got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Begun; some files may be changed and others not.
    Applying,
    /// Every file is changed.
    Applied,
    /// Reading again showed what was promised.
    Proved,
    /// Reading again showed something else.
    Disproved,
    /// A file could not be changed, and the others were put back.
    Failed,
    /// Taken back.
    Undone,
}

/// One application.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The shape of this record.
    pub schema: String,
    /// `R-` and twelve digits.
    pub id: String,
    /// When, RFC 3339, UTC.
    pub at: String,
    /// Who approved, and how.
    pub by: String,
    /// How far it got.
    pub state: State,
    /// The entry of the audit log, `SEQ:HASH`.
    pub entry: String,
    /// What was done.
    pub done: Vec<String>,
    /// Findings it resolves.
    pub findings: Vec<String>,
    /// Attack paths it cuts.
    pub paths: Vec<String>,
    /// Every file it changes.
    pub files: Vec<Changed>,
}

/// One file of an application.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Changed {
    /// By the names of the scan.
    pub file: FileId,
    /// Where it lies.
    pub place: PathBuf,
    /// Its permissions.
    pub mode: u32,
    /// SHA-256 before.
    pub before: String,
    /// SHA-256 after; the same as before where it was moved.
    pub after: String,
    /// Where it was moved to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved_to: Option<PathBuf>,
    /// What makes the old text of the new one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub back: Vec<Back>,
}

/// Bytes of the new text, and what stood there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Back {
    /// First byte of the new text.
    pub from: usize,
    /// The byte after the last.
    pub to: usize,
    /// What stood there, up to the hole where there is one.
    pub text: String,
    /// The variable whose value fills the hole, and what stood behind it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hole: Option<(String, String)>,
}

impl Back {
    /// None where the old text holds a secret that cannot be told from what is around it.
    pub(crate) fn new(splice: &Splice, after: &str, is_secret: &dyn Fn(&str) -> bool) -> Option<Self> {
        let (from, to) = (splice.at.start, splice.at.end);
        if !is_secret(&splice.with) {
            return Some(Self {
                from,
                to,
                text: splice.with.clone(),
                hole: None,
            });
        }
        let new = after.get(splice.at.clone())?;
        let (start, end, variable) = hole(&splice.with, new)?;
        let (text, behind) = (splice.with.get(..start)?, splice.with.get(end..)?);
        if is_secret(text) || is_secret(behind) {
            return None;
        }
        Some(Self {
            from,
            to,
            text: text.to_owned(),
            hole: Some((variable, behind.to_owned())),
        })
    }
}

/// Where the key stood in the old lines, and the variable that the new ones name.
fn hole(old: &str, new: &str) -> Option<(usize, usize, String)> {
    let same = old
        .char_indices()
        .zip(new.chars())
        .find(|((_, a), b)| a != b)
        .map(|((i, _), _)| i)?;
    let behind: usize = old
        .chars()
        .rev()
        .zip(new.chars().rev())
        .take_while(|(a, b)| a == b)
        .map(|(a, _)| a.len_utf8())
        .sum();
    let mut start = same;
    let mut end = old.len().checked_sub(behind)?.max(start);
    // The whole word between quotes, blanks and signs.
    let edge = |c: char| {
        c.is_whitespace()
            || matches!(
                c,
                '"' | '\'' | '`' | '=' | ',' | '(' | ')' | '[' | ']' | '{' | '}'
            )
    };
    while let Some(c) = old.get(..start)?.chars().next_back().filter(|c| !edge(*c)) {
        start -= c.len_utf8();
    }
    while let Some(c) = old.get(start..end)?.chars().next().filter(|c| edge(*c)) {
        start += c.len_utf8();
    }
    while let Some(c) = old.get(end..)?.chars().next().filter(|c| !edge(*c)) {
        end += c.len_utf8();
    }
    while let Some(c) = old.get(start..end)?.chars().next_back().filter(|c| edge(*c)) {
        end -= c.len_utf8();
    }
    let rest = ["environ[\"", "process.env.", "${env:", "${"]
        .iter()
        .find_map(|m| Some(new.split_once(m)?.1))?;
    let variable: String = rest
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
        .collect();
    (start < end && !variable.is_empty()).then_some((start, end, variable))
}

/// The directory of records.
#[derive(Clone, Debug)]
pub struct Records {
    directory: PathBuf,
}

/// A record that cannot be written or read.
#[derive(Debug, thiserror::Error)]
#[error("the record {} cannot be {doing}: {why}", path.display())]
pub struct RecordError {
    path: PathBuf,
    doing: &'static str,
    why: String,
}

impl Records {
    /// Records in this directory; it is made with the first one.
    pub fn at(directory: &Path) -> Self {
        Self {
            directory: directory.to_path_buf(),
        }
    }
    /// Where they lie.
    pub fn directory(&self) -> &Path {
        &self.directory
    }
    /// Where the files of an application go that are moved away.
    pub(crate) fn quarantine(&self, id: &str) -> PathBuf {
        self.directory.join("quarantine").join(id)
    }
    fn path(&self, id: &str) -> PathBuf {
        self.directory.join(format!("{id}.json"))
    }

    /// Writes a record, whole and for good.
    ///
    /// # Errors
    /// The disk says no.
    pub fn save(&self, record: &Record) -> Result<(), RecordError> {
        let path = self.path(&record.id);
        let failed = |e: std::io::Error| RecordError {
            path: path.clone(),
            doing: "written",
            why: e.to_string(),
        };
        let mut bytes = serde_json::to_vec_pretty(record).map_err(|e| failed(e.into()))?;
        bytes.push(b'\n');
        make_directory(&self.directory).map_err(failed)?;
        let part = path.with_extension("json.part");
        let write = || {
            let mut file = OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(true)
                .mode(0o600)
                .open(&part)?;
            file.write_all(&bytes)?;
            file.sync_all()?;
            std::fs::rename(&part, &path)?;
            File::open(&self.directory)?.sync_all()
        };
        write().map_err(failed)
    }

    /// Reads a record.
    ///
    /// # Errors
    /// There is none, or it is none.
    pub fn load(&self, id: &str) -> Result<Record, RecordError> {
        let path = self.path(id);
        let failed = |why: String| RecordError {
            path: path.clone(),
            doing: "read",
            why,
        };
        let plain = id
            .strip_prefix("R-")
            .is_some_and(|d| d.bytes().all(|b| b.is_ascii_hexdigit()));
        if !plain {
            return Err(failed(String::from("an id is R- and twelve digits")));
        }
        let bytes = read(&path, LARGEST).map_err(|Unreadable(why)| failed(why))?;
        let record: Record = serde_json::from_slice(&bytes).map_err(|e| failed(e.to_string()))?;
        if record.schema == SCHEMA && record.id == id {
            Ok(record)
        } else {
            Err(failed(String::from("it is of another shape")))
        }
    }

    /// The ids of all records.
    pub fn ids(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.directory).into_iter().flatten().flatten();
        let mut out: Vec<String> = entries
            .filter_map(|e| Some(e.file_name().to_str()?.strip_suffix(".json")?.to_owned()))
            .collect();
        out.sort();
        out
    }
}

impl Record {
    pub(crate) fn new(id: String, at: String, by: String) -> Self {
        Self {
            schema: SCHEMA.to_owned(),
            id,
            at,
            by,
            state: State::Applying,
            entry: String::new(),
            done: Vec::new(),
            findings: Vec::new(),
            paths: Vec::new(),
            files: Vec::new(),
        }
    }
}

/// A directory for its owner alone.
pub(crate) fn make_directory(path: &Path) -> std::io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_leaves_a_hole_and_nothing_of_itself() {
        let cases = [
            (
                "k = \"sk-abc9\"  # c\n",
                "k = os.environ[\"OPENAI_KEY\"]  # c\n",
                "k = \"",
                "OPENAI_KEY",
                "\"  # c\n",
            ),
            (
                "  \"env\": {\"T\": \"$sk-abc9\"}\n",
                "  \"env\": {\"T\": \"${T}\"}\n",
                "  \"env\": {\"T\": \"",
                "T",
                "\"}\n",
            ),
            (
                "f('psk-abc9')\n",
                "f(process.env.TOKEN)\n",
                "f('",
                "TOKEN",
                "')\n",
            ),
        ];
        for (old, new, text, variable, behind) in cases {
            let splice = Splice {
                at: 0..new.len(),
                with: old.to_owned(),
            };
            let back = Back::new(&splice, new, &|t| t.contains("sk-abc9")).unwrap();
            assert_eq!(back.text, text);
            assert_eq!(back.hole, Some((variable.to_owned(), behind.to_owned())));
        }
        let splice = Splice {
            at: 0..2,
            with: String::from("sk-abc9 and sk-abc9\n"),
        };
        assert_eq!(Back::new(&splice, "x\n", &|t| t.contains("sk-abc9")), None);
    }
}
