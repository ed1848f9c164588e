//! Seeds: the example estate, the readers' own test corpora, the seeds of the coverage-guided targets.

use std::path::Path;

use aispm_collect::read_bounded;

/// `(path, bytes)` of every seed, in path order.
pub(crate) fn load(root: &Path) -> Vec<(String, Vec<u8>)> {
    let mut out = Vec::new();
    for dir in ["examples/acme-ai", "crates", "fuzz/corpus"] {
        visit(root, &root.join(dir), dir == "crates", &mut out);
    }
    out.sort();
    out
}

/// Below `crates/` only test corpora and fixtures are seeds.
fn visit(root: &Path, dir: &Path, only_tests: bool, out: &mut Vec<(String, Vec<u8>)>) {
    for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
        let path = entry.path();
        let Ok(kind) = entry.file_type() else { continue };
        let shown = path.strip_prefix(root).unwrap_or(&path).display().to_string();
        let is_seed = !only_tests
            || ["/corpus/", "/fixtures/", "/estate/", "/data/"]
                .iter()
                .any(|p| shown.contains(p));
        if kind.is_dir() {
            visit(root, &path, only_tests, out);
        } else if kind.is_file()
            && is_seed
            && let Ok(bytes) = read_bounded(&path, 256 << 10)
        {
            out.push((shown, bytes));
        }
    }
}
