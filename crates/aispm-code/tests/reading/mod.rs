//! Reads sources as a scan does.

use aispm_collect::{Budgets, Kept, ReadContext, VirtualFile};
use aispm_types::Batch;

/// What all readers of code say of some files together.
pub(crate) fn read(files: &[VirtualFile]) -> Batch {
    let cx = ReadContext {
        target: "corpus".into(),
        repository: "github.com/acme/corpus".into(),
        budgets: Budgets::default(),
    };
    let mut out = Batch::default();
    for reader in aispm_code::readers() {
        let mut kept: Vec<(String, Kept)> = Vec::new();
        for file in files {
            if reader.wants(file)
                && let Some(k) = reader.read(file, &cx, &mut out)
            {
                kept.push((file.path.clone(), k));
            }
        }
        reader.finish(kept, &cx, &mut out);
    }
    out
}
