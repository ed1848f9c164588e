//! Throughput against bare tree-sitter: `throughput DIRECTORY` prints bytes per second of both over the files that the
//! prefilter lets through, and the share of bytes that are parsed.

#[path = "../tree/mod.rs"]
mod tree;

use std::path::PathBuf;
use std::time::Instant;

use aispm_collect::{Budgets, ReadContext, VirtualFile};
use aispm_types::Batch;

#[expect(clippy::print_stdout, reason = "a tool for people")]
#[expect(clippy::disallowed_methods, reason = "a benchmark measures time")]
fn main() {
    let Some(root) = std::env::args().nth(1).map(PathBuf::from) else {
        return;
    };
    let cx = ReadContext {
        target: "t".into(),
        repository: "t".into(),
        budgets: Budgets::default(),
    };
    let reader = aispm_code::CodeReader::default();
    let all: Vec<VirtualFile> = tree::files(&root)
        .iter()
        .filter_map(|p| tree::open(&root, p))
        .filter(|f| aispm_collect::Reader::wants(&reader, f))
        .collect();
    let bytes = |files: &[&VirtualFile]| files.iter().map(|f| f.source.len()).sum::<u64>() as f64;
    let every: Vec<&VirtualFile> = all.iter().collect();
    let start = Instant::now();
    let parsed: Vec<&VirtualFile> = all
        .iter()
        .filter(|f| aispm_code::may_matter(&f.extension(), f.source.bytes().unwrap_or(&[])))
        .collect();
    let filtering = start.elapsed().as_secs_f64();
    // Notebooks are JSON around their code; bare parsing of them compares with nothing.
    let sources: Vec<&VirtualFile> = parsed
        .iter()
        .copied()
        .filter(|f| f.extension() != "ipynb")
        .collect();
    let start = Instant::now();
    let mut check = 0;
    for file in &sources {
        check += aispm_code::parse_only(&file.extension(), file.text().unwrap_or("")).unwrap_or(0);
    }
    let bare = start.elapsed().as_secs_f64();
    let start = Instant::now();
    let mut out = Batch::default();
    let mut kept = Vec::new();
    for file in &sources {
        if let Some(k) = aispm_collect::Reader::read(&reader, file, &cx, &mut out) {
            kept.push((file.path.clone(), k));
        }
    }
    let read = start.elapsed().as_secs_f64();
    aispm_collect::Reader::finish(&reader, kept, &cx, &mut out);
    let whole = start.elapsed().as_secs_f64();
    let mb = bytes(&sources) / 1e6;
    println!(
        "{} source files, {:.2} MB; prefilter {:.0} MB/s",
        every.len(),
        bytes(&every) / 1e6,
        bytes(&every) / 1e6 / filtering
    );
    println!(
        "parsed {} files, {mb:.2} MB ({:.0} % of the bytes)",
        sources.len(),
        100.0 * mb * 1e6 / bytes(&every)
    );
    println!("bare tree-sitter {:.2} MB/s ({check} bytes)", mb / bare);
    println!(
        "read {:.2} MB/s ({:.0} %), with finish {:.2} MB/s ({:.0} %)",
        mb / read,
        100.0 * bare / read,
        mb / whole,
        100.0 * bare / whole
    );
}
