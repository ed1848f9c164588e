//! Grouping by sorting in memory. Sequences are taken in several passes over the rows, so that what is held stays bounded.

use std::io;

use super::{Engine, Entry, Table, TakeGroup};

/// Bytes of a file for which one pass holds all pairs.
const PASS: u64 = 24 << 20;

/// Tables as lists.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    grams: Vec<(u64, u64)>,
    outputs: Vec<(u64, u64)>,
    bands: Vec<Entry>,
    passes: u64,
}

impl Memory {
    /// For a file of this size.
    pub(crate) fn new(size: u64) -> Self {
        Self {
            passes: size.div_ceil(PASS).max(1),
            ..Self::default()
        }
    }
}

impl Engine for Memory {
    fn passes(&self) -> u64 {
        self.passes
    }

    fn add(&mut self, table: Table, entries: &[Entry]) -> io::Result<()> {
        let pairs = entries.iter().map(|e| (e.0, e.1));
        match table {
            Table::Grams => self.grams.extend(pairs),
            Table::Outputs => self.outputs.extend(pairs),
            Table::Bands => self.bands.extend(entries),
        }
        Ok(())
    }

    fn groups(&mut self, table: Table, least: u64, most: u64, take: TakeGroup<'_>) -> io::Result<()> {
        let mut pairs = match table {
            Table::Grams => std::mem::take(&mut self.grams),
            Table::Outputs => std::mem::take(&mut self.outputs),
            Table::Bands => std::mem::take(&mut self.bands)
                .into_iter()
                .map(|e| (e.0, e.1))
                .collect(),
        };
        pairs.sort_unstable();
        let mut rows = Vec::new();
        for group in pairs.chunk_by(|a, b| a.0 == b.0) {
            if let Some((key, _)) = group.first()
                && (least..=most).contains(&(group.len() as u64))
            {
                rows.clear();
                rows.extend(group.iter().map(|g| g.1));
                take(*key, &rows);
            }
        }
        Ok(())
    }

    fn conflicting(&mut self, most: u64) -> io::Result<Vec<(u64, u64)>> {
        let mut bands = std::mem::take(&mut self.bands);
        bands.sort_unstable();
        let mut out = Vec::new();
        for group in bands.chunk_by(|a, b| a.0 == b.0) {
            let first = group.first().map(|g| g.2);
            if group.len() as u64 <= most && group.iter().any(|g| Some(g.2) != first) {
                out.extend(group.iter().map(|g| (g.0, g.1)));
            }
        }
        Ok(out)
    }
}
