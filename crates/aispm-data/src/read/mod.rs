//! Bounded readers of rows. What is malformed is counted and named, and never ends a file early where the next row can be found.

mod csv;
mod jsonl;

use std::collections::BTreeMap;

use aispm_types::Gap;

use crate::row::Record;

pub use csv::csv;
pub use jsonl::jsonl;

/// Longest row (bytes).
pub(crate) const ROW: usize = 1 << 20;
/// Most columns of a row.
pub(crate) const COLUMNS: usize = 10_000;

/// What takes rows, with their number from 0; it gives back false where it wants no more.
pub(crate) type Take<'a> = &'a mut dyn FnMut(u64, Record) -> bool;

/// What was wrong with rows: kinds, how many and which was the first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems(BTreeMap<&'static str, (u64, u64)>);

impl Problems {
    /// One more row with this problem.
    pub fn note(&mut self, what: &'static str, row: u64) {
        self.0.entry(what).or_insert((0, row)).0 += 1;
    }

    /// As gaps of a file.
    pub fn gaps(&self, file: &str) -> Vec<Gap> {
        let one = |(what, (count, first)): (&&str, &(u64, u64))| {
            Gap::new(
                file,
                format!("{count} row(s) were not checked: {what}; the first is row {first}"),
            )
        };
        self.0.iter().map(one).collect()
    }

    /// Whether all is well.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
