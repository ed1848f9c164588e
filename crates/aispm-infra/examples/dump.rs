//! Prints what the infrastructure readers see below a directory: assets, relations, facts and gaps.

use std::path::Path;
use std::process::ExitCode;

use aispm_collect::{Budgets, ReadContext, VirtualFile, read_bounded};
use aispm_types::Batch;

fn files(dir: &Path, out: &mut Vec<std::path::PathBuf>) {
    let Ok(entries) = std::fs::read_dir(dir) else {
        return;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        if entry.file_name() == ".git" {
            continue;
        }
        match entry.file_type() {
            Ok(t) if t.is_dir() => files(&path, out),
            Ok(t) if t.is_file() => out.push(path),
            _ => {}
        }
    }
}

#[expect(clippy::print_stdout, reason = "an example that prints")]
fn main() -> ExitCode {
    let Some(root) = std::env::args().nth(1) else {
        return ExitCode::from(2);
    };
    let root = Path::new(&root);
    let cx = ReadContext {
        target: String::from("."),
        repository: String::from("repo"),
        budgets: Budgets::default(),
    };
    let mut paths = Vec::new();
    files(root, &mut paths);
    paths.sort();
    let mut batch = Batch::default();
    for reader in aispm_infra::readers() {
        let mut kept = Vec::new();
        for path in &paths {
            let Ok(bytes) = read_bounded(path, 16 << 20) else {
                continue;
            };
            let name = path
                .strip_prefix(root)
                .unwrap_or(path)
                .to_string_lossy()
                .into_owned();
            let file = VirtualFile::memory(name.clone(), bytes);
            if reader.wants(&file)
                && let Some(k) = reader.read(&file, &cx, &mut batch)
            {
                kept.push((name, k));
            }
        }
        reader.finish(kept, &cx, &mut batch);
    }
    for a in &batch.assets {
        println!(
            "{:?} {} ({}) {}",
            a.kind.class(),
            a.id,
            a.name,
            a.locations
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(" ")
        );
        for (k, v) in &a.properties {
            println!("    {k} = {v:?}");
        }
    }
    for r in &batch.relations {
        println!(
            "{} -{}-> {} {:?} {}",
            r.from,
            r.kind,
            r.to,
            r.certainty,
            r.condition.as_deref().unwrap_or("")
        );
    }
    println!("facts {}", batch.facts.len());
    for g in &batch.gaps {
        println!("gap {}: {}", g.scope.0, g.reason);
    }
    for d in aispm_types::schema::batch_departures(&batch) {
        println!("DEPARTURE {d}");
    }
    ExitCode::SUCCESS
}
