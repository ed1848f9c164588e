//! Model files and datasets: which there are, what they are, what they would do when they are loaded.
//!
//! The parsing is in `aispm-formats`; here files become assets, relations and facts. A model file is read twice at most:
//! once as a stream for its digest, once by position for its headers.

mod dataset;
mod digest;
mod facts;
mod huggingface;
mod model;
mod names;
mod source;
mod unpack;

#[cfg(test)]
mod tests;

use aispm_collect::{Reader, Unpacker};

/// Readers of model files and of datasets.
pub fn readers() -> Vec<Box<dyn Reader>> {
    vec![
        Box::new(model::ModelReader),
        Box::new(dataset::DatasetReader::new()),
    ]
}

/// What opens plain archives; archives that are models belong to their reader.
pub fn unpackers() -> Vec<Box<dyn Unpacker>> {
    vec![Box::new(unpack::ArchiveUnpacker)]
}
