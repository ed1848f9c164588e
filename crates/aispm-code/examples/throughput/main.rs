//! Throughput against bare tree-sitter: `throughput DIRECTORY` prints bytes per processor second of both over the files
//! that the prefilter lets through, and the share of bytes that are parsed.

#[path = "../tree/mod.rs"]
mod tree;

use std::path::PathBuf;
use std::time::Instant;

use aispm_collect::{Budgets, ReadContext, VirtualFile};
use aispm_types::Batch;

/// Rounds measured.
const ROUNDS: usize = 5;

/// Processor seconds of this process so far, all threads, user and system.
fn cpu() -> f64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    now.tv_sec as f64 + now.tv_nsec as f64 / 1e9
}

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
    // Both sides file by file in turn, so that what else the machine does touches them alike; of the rounds, the median.
    let mut rounds = Vec::new();
    let mut check = 0;
    for _ in 0..ROUNDS {
        let (mut bare, mut read) = (0.0, 0.0);
        let mut out = Batch::default();
        let mut kept = Vec::new();
        check = 0;
        for file in &sources {
            let start = cpu();
            check += aispm_code::parse_only(&file.extension(), file.text().unwrap_or("")).unwrap_or(0);
            let between = cpu();
            if let Some(k) = aispm_collect::Reader::read(&reader, file, &cx, &mut out) {
                kept.push((file.path.clone(), k));
            }
            bare += between - start;
            read += cpu() - between;
        }
        let start = cpu();
        aispm_collect::Reader::finish(&reader, kept, &cx, &mut out);
        rounds.push((bare, read, read + cpu() - start));
    }
    rounds.sort_by(|a, b| (a.0 / a.2).total_cmp(&(b.0 / b.2)));
    let Some(&(bare, read, whole)) = rounds.get(ROUNDS / 2) else {
        return;
    };
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
