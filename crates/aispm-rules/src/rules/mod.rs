//! Rules in Rust, one file each: those that need more than one asset's document.

use crate::Rule;

/// Every rule in Rust. A test compares this list with the directory.
pub(crate) fn all() -> Vec<Box<dyn Rule>> {
    vec![]
}
