//! Rows by what they hold.

use std::collections::BTreeMap;

/// Rows of a defect that are listed; the rest is counted.
pub(crate) const LISTED: usize = 10_000;
/// One thing about one row: the defect and what it is; never the value itself.
pub(crate) type Seen = (&'static str, String);

/// Rows by defect and detail.
#[derive(Debug, Default)]
pub(crate) struct Tally(BTreeMap<&'static str, Rows>);

/// Rows of one defect.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    /// How many.
    pub count: u64,
    /// Which, in order, at most [`LISTED`].
    pub rows: Vec<u64>,
    /// What was seen, each once.
    pub details: Vec<String>,
}

impl Tally {
    /// Notes what one row holds; rows come in order.
    pub(crate) fn note(&mut self, row: u64, seen: Vec<Seen>) {
        for (defect, detail) in seen {
            let rows = self.0.entry(defect).or_default();
            if rows.rows.last() != Some(&row) {
                rows.count += 1;
                if rows.rows.len() < LISTED {
                    rows.rows.push(row);
                }
            }
            if rows.details.len() < 4 && !rows.details.contains(&detail) {
                rows.details.push(detail);
            }
        }
    }

    /// All of it, in order of names.
    pub(crate) fn into_parts(self) -> impl Iterator<Item = (&'static str, Rows)> {
        self.0.into_iter()
    }
}
