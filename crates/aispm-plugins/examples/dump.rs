//! Prints what the readers of this crate see in a directory: for reading by eye.

use aispm_collect::{Budgets, ReadContext, VirtualFile};
use aispm_types::Batch;

fn main() {
    let root = std::env::args().nth(1).unwrap_or_else(|| ".".to_owned());
    let cx = ReadContext {
        target: root.clone(),
        repository: "repo".to_owned(),
        budgets: Budgets::default(),
    };
    let mut files = Vec::new();
    gather(std::path::Path::new(&root), &mut files);
    files.sort();
    let mut out = Batch::default();
    for reader in aispm_plugins::readers() {
        let mut kept = Vec::new();
        for path in &files {
            let Ok(bytes) = aispm_collect::read_bounded(path, 16 << 20) else {
                continue;
            };
            let name = path
                .strip_prefix(&root)
                .unwrap_or(path)
                .to_string_lossy()
                .into_owned();
            let file = VirtualFile::memory(name.clone(), bytes);
            if reader.wants(&file)
                && let Some(k) = reader.read(&file, &cx, &mut out)
            {
                kept.push((name, k));
            }
        }
        reader.finish(kept, &cx, &mut out);
    }
    show(&out);
}

#[expect(clippy::print_stdout, reason = "an example for people")]
fn show(out: &Batch) {
    for a in &out.assets {
        println!("ASSET {} {:?}", a.id, a.properties);
    }
    for r in &out.relations {
        println!("REL {} {} {}", r.from, r.kind, r.to);
    }
    for f in &out.facts {
        println!("FACT {} {} {:?}", f.kind.as_str(), f.asset, f.properties);
    }
    for g in &out.gaps {
        println!("GAP {g:?}");
    }
    println!("DEPARTURES {:?}", aispm_types::schema::batch_departures(out));
}

fn gather(directory: &std::path::Path, out: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
        let path = entry.path();
        match entry.file_type() {
            Ok(t) if t.is_dir() && !path.ends_with(".git") => gather(&path, out),
            Ok(t) if t.is_file() => out.push(path),
            _ => {}
        }
    }
}
