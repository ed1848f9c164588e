//! Seeds of the reader targets: of what the corpora hold, the smallest files from which a reader sees something.

use std::fs;
use std::io::Result;
use std::path::Path;

use aispm_collect::VirtualFile;
use aispm_types::Batch;

/// Seeds a reader gets.
const SEEDS: usize = 6;
/// Largest seed, in bytes: a fuzzer wants small ones.
const LARGEST: usize = 8 << 10;

/// Writes `fuzz/corpus/reader-NAME/N` for every reader.
pub(crate) fn write(manifest: &Path, corpus: &[(String, Vec<u8>)]) -> Result<()> {
    let cx = aispm_fuzz::context();
    let mut files: Vec<_> = corpus.iter().filter(|(_, b)| b.len() <= LARGEST).collect();
    files.sort_by_key(|(path, bytes)| (bytes.len(), path));
    for reader in &aispm_engine::readers(b"fuzz").readers {
        let directory = manifest
            .join("../../fuzz/corpus")
            .join(format!("reader-{}", reader.name().replace(' ', "-")));
        fs::create_dir_all(&directory)?;
        let mut written = 0;
        for (path, bytes) in &files {
            let file = VirtualFile::memory(path.as_str(), bytes.clone());
            let mut batch = Batch::default();
            if written == SEEDS || !reader.wants(&file) {
                continue;
            }
            let kept = reader.read(&file, &cx, &mut batch);
            if kept.is_some() || !(batch.assets.is_empty() && batch.facts.is_empty()) {
                written += 1;
                fs::write(
                    directory.join(written.to_string()),
                    aispm_fuzz::write_seed(path, bytes),
                )?;
            }
        }
    }
    Ok(())
}
