//! Where tables of pairs are grouped. What asks knows nothing of how: in memory here, by plans of a query engine elsewhere.

mod memory;

use std::io;

pub use memory::Memory;

/// A table of pairs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    /// `(sequence, row)` of inputs.
    Grams,
    /// `(output, row)`.
    Outputs,
    /// `(band, row, class)` of inputs.
    Bands,
}

/// A pair and, of bands, a class.
pub type Entry = (u64, u64, u64);

/// Takes a key with its rows in order.
pub type TakeGroup<'a> = &'a mut dyn FnMut(u64, &[u64]);

/// Groups tables.
pub trait Engine {
    /// How many times the rows are read, each time with a share of the sequences.
    fn passes(&self) -> u64 {
        1
    }
    /// Adds entries; those of a row are distinct.
    ///
    /// # Errors
    /// Writing them away failed.
    fn add(&mut self, table: Table, entries: &[Entry]) -> io::Result<()>;
    /// Every key of a table with between `least` and `most` rows, in order; the table is done with then.
    ///
    /// # Errors
    /// The plan failed.
    fn groups(&mut self, table: Table, least: u64, most: u64, take: TakeGroup<'_>) -> io::Result<()>;
    /// `(band, row)` of every band with at most `most` rows that has rows of more than one class, in order.
    ///
    /// # Errors
    /// The plan failed.
    fn conflicting(&mut self, most: u64) -> io::Result<Vec<(u64, u64)>>;
}
