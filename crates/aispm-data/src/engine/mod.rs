//! Where tables of pairs are grouped: in memory, or by the plans of a query engine in this process or on a cluster. What asks
//! knows nothing of how; all give the same groups in the same order.

mod memory;
#[cfg(feature = "engine")]
mod plans;

use std::io;
#[cfg(feature = "cluster")]
use std::path::PathBuf;

use memory::Memory;

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

/// Who groups tables.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Place {
    /// This program, in memory.
    #[cfg_attr(not(feature = "engine"), default)]
    Memory,
    /// DataFusion in this process; what does not fit in memory goes to disk.
    #[cfg(feature = "engine")]
    #[default]
    Local,
    /// A Ballista cluster.
    #[cfg(feature = "cluster")]
    Cluster {
        /// Address of the scheduler, as in `df://10.0.0.7:50050`.
        scheduler: String,
        /// A directory that the executors see under the same path.
        shared: PathBuf,
    },
    /// A Ballista cluster of one scheduler and one executor in this process, on loopback.
    #[cfg(feature = "cluster")]
    Loopback,
}

impl Place {
    /// An engine there, for about so many bytes of rows.
    ///
    /// # Errors
    /// It cannot be started or reached.
    pub fn engine(&self, size: u64) -> io::Result<Box<dyn Engine>> {
        match self {
            Self::Memory => Ok(Box::new(Memory::new(size))),
            #[cfg(feature = "engine")]
            place => Ok(Box::new(plans::Plans::start(place)?)),
        }
    }
}

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
