//! Reads a directory with the key detector alone: `secrets DIR` prints what it finds (masked), and with `--time` only how long it took.
#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::expect_used,
    reason = "a measuring tool, not product code"
)]

use std::path::Path;

use aispm_collect::{Budgets, ReadContext, VirtualFile};
use aispm_types::Batch;

fn visit(dir: &Path, f: &mut dyn FnMut(&Path)) {
    let mut entries: Vec<_> = std::fs::read_dir(dir)
        .expect("readable")
        .flatten()
        .map(|e| e.path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_symlink() || path.ends_with(".git") {
            continue;
        }
        if path.is_dir() {
            visit(&path, f);
        } else {
            f(&path);
        }
    }
}

fn main() {
    let mut args = std::env::args().skip(1);
    let root = args.next().expect("a directory");
    let time = args.next().is_some();
    let readers = aispm_secrets::readers(b"example");
    let cx = ReadContext {
        target: ".".into(),
        repository: "example".into(),
        budgets: Budgets::default(),
    };
    let mut files = Vec::new();
    visit(Path::new(&root), &mut |path| {
        let name = path.strip_prefix(&root).unwrap_or(path).display().to_string();
        files.push(VirtualFile::memory(name, std::fs::read(path).expect("readable")));
    });
    let mut batch = Batch::default();
    let bytes: u64 = files.iter().map(|f| f.source.len()).sum();
    let start = std::time::Instant::now();
    for file in &files {
        for reader in readers.iter().filter(|r| r.wants(file)) {
            reader.read(file, &cx, &mut batch);
        }
    }
    let took = start.elapsed();
    for (what, run) in [
        (
            "scan",
            (|b: &[u8]| aispm_detect::scan(b).len()) as fn(&[u8]) -> usize,
        ),
        ("encoded", |b| aispm_detect::encoded(b).count()),
    ] {
        let start = std::time::Instant::now();
        let n: usize = files
            .iter()
            .filter(|f| readers.iter().any(|r| r.wants(f)))
            .filter_map(|f| f.source.bytes())
            .map(run)
            .sum();
        let bytes: u64 = files
            .iter()
            .filter(|f| readers.iter().any(|r| r.wants(f)))
            .map(|f| f.source.len())
            .sum();
        println!("{what}: {n} in {:?} over {} KB", start.elapsed(), bytes >> 10);
    }
    println!(
        "{} files, {} MB in {took:?}: {} facts, {} values",
        files.len(),
        bytes >> 20,
        batch.facts.len(),
        batch.secrets.len()
    );
    if !time {
        for f in &batch.facts {
            let at = f.location.as_ref().map(ToString::to_string).unwrap_or_default();
            println!(
                "{at} {} {} {:?} placeholder={:?} {:?}",
                f.text("detector").unwrap_or(""),
                f.text("preview").unwrap_or(""),
                f.text("confidence").unwrap_or(""),
                f.properties
                    .get("placeholder")
                    .and_then(aispm_types::Value::as_bool),
                f.text("kind").unwrap_or("")
            );
        }
        if std::env::var("SHOW").is_ok() {
            for s in &batch.secrets {
                println!("VALUE {}", s.reveal());
            }
        }
    }
}
