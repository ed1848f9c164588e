//! (to be written)
pub mod doc;
