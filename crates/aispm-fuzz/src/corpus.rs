//! Seeds: the example estate, the readers' own test corpora, the seeds of the coverage-guided targets.

use std::path::Path;

use aispm_collect::read_bounded;

/// `(path, bytes)` of every seed, in path order.
pub(crate) fn load(root: &Path) -> Vec<(String, Vec<u8>)> {
    let mut out = Vec::new();
    for dir in ["examples/acme-ai", "crates", "fuzz/corpus", "fuzz/estate"] {
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
        // Some readers go by where a file stands from the root of its repository.
        let shown = shown.strip_prefix("fuzz/estate/").unwrap_or(&shown).to_owned();
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
            match ["fuzz/corpus/reader-", "fuzz/corpus/edits/"]
                .iter()
                .any(|p| shown.starts_with(p))
                .then(|| aispm_fuzz::parse_seed(&bytes))
            {
                None => out.push((shown, bytes)),
                Some(Some(file)) => out.push((file.path.clone(), tail(&bytes))),
                Some(None) => {}
            }
        }
    }
}

/// What follows the path of a seed.
fn tail(seed: &[u8]) -> Vec<u8> {
    seed.iter()
        .position(|b| *b == b'\n')
        .and_then(|n| seed.get(n + 1..))
        .unwrap_or(&[])
        .to_vec()
}
