//! Reads a tree with the readers of this crate.

use std::path::Path;

use aispm_collect::{Budgets, Kept, ReadContext};
use aispm_types::Batch;

use crate::tree::{files, open};

/// Everything the readers see in a tree.
pub(crate) fn scan(root: &Path) -> Batch {
    let cx = ReadContext {
        target: "estate".into(),
        repository: "estate".into(),
        budgets: Budgets::default(),
    };
    let paths = files(root);
    let mut out = Batch::default();
    for reader in aispm_code::readers() {
        let mut kept: Vec<(String, Kept)> = Vec::new();
        for file in paths.iter().filter_map(|p| open(root, p)) {
            if reader.wants(&file)
                && let Some(k) = reader.read(&file, &cx, &mut out)
            {
                kept.push((file.path.clone(), k));
            }
        }
        reader.finish(kept, &cx, &mut out);
    }
    out
}
