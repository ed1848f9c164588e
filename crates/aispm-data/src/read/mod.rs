//! Bounded readers of rows. What is malformed is counted and named, and never ends a file early where the next row can be found.

mod csv;
pub(crate) mod images;
mod jsonl;
mod parquet;
mod thrift;

use std::collections::BTreeMap;

use aispm_types::Gap;

use crate::row::Record;

pub use csv::csv;
pub use images::grey;
pub use jsonl::jsonl;
pub use parquet::{parquet, parquet_bytes};

/// Longest row (bytes).
pub(crate) const ROW: usize = 1 << 20;
/// Most columns of a row.
pub(crate) const COLUMNS: usize = 10_000;

/// What takes rows, with their number from 0; it gives back false where it wants no more.
pub(crate) type Take<'a> = &'a mut dyn FnMut(u64, Record) -> bool;

/// What was wrong with rows, and with files of a folder: kinds, how many and which was the first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems {
    rows: BTreeMap<&'static str, (u64, u64)>,
    files: BTreeMap<&'static str, (u64, String)>,
}

impl Problems {
    /// One more row with this problem.
    pub fn note(&mut self, what: &'static str, row: u64) {
        self.rows.entry(what).or_insert((0, row)).0 += 1;
    }

    /// So many files that are no rows.
    pub(crate) fn files(&mut self, what: &'static str, count: u64, first: &str) {
        self.files.insert(what, (count, first.to_owned()));
    }

    /// As gaps of a file.
    pub fn gaps(&self, file: &str) -> Vec<Gap> {
        let row = |(what, (count, first)): (&&str, &(u64, u64))| {
            format!("{count} row(s) were not checked: {what}; the first is row {first}")
        };
        let named = |(what, (count, first)): (&&str, &(u64, String))| {
            format!("{count} file(s) were not read: {what}; the first is {first}")
        };
        let all = self.rows.iter().map(row).chain(self.files.iter().map(named));
        all.map(|reason| Gap::new(file, reason)).collect()
    }

    /// Whether all is well.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.files.is_empty()
    }
}
