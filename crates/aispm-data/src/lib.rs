//! Training-data checks: label noise, triggers, near-duplicates that conflict, hidden text, planted instructions, keys and
//! personal data in rows; and manifests, by which a changed row among millions is named.
//!
//! Rows are streamed; what holds them against each other sorts pairs in memory, in several passes over the file, so that memory
//! stays bounded.

mod check;
mod collect;
mod defects;
mod engine;
mod hash;
mod manifest;
mod near;
mod noise;
mod read;
mod row;
mod source;
mod text;
mod trigger;

pub use check::{Checked, Defect, Options, check};
pub use collect::DataCollector;
pub use engine::{Engine, Entry, Place, Table, TakeGroup};
pub use manifest::{Builder, Changes, Chunk, Manifest, ManifestError, Sha, diff, hex, row_digest};
pub use read::{Problems, csv, grey, jsonl, parquet, parquet_bytes};
pub use row::Record;
pub use source::{Format, Source};
