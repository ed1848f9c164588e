//! Runs the real program on directories made for a test.

#![expect(
    clippy::disallowed_methods,
    reason = "these tests run our own program and write their own estates"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The program under test, alone: no configuration of the machine, its store in `home`.
pub(crate) fn aispm(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_aispm"));
    command
        .env_clear()
        .env("HOME", home)
        .env("PATH", "/usr/bin:/bin")
        .current_dir(home);
    command
}

/// Runs and gives back the output; panics only where the program could not be started.
pub(crate) fn run(command: &mut Command) -> Output {
    command.output().unwrap()
}

/// Writes a file and its directories.
pub(crate) fn write(root: &Path, path: &str, text: impl AsRef<[u8]>) {
    let at = root.join(path);
    std::fs::create_dir_all(at.parent().unwrap()).unwrap();
    std::fs::write(at, text).unwrap();
}

/// The repository's root.
pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .unwrap()
}

/// The example estate.
pub(crate) fn acme() -> PathBuf {
    repository().join("examples/acme-ai")
}

/// Copies a directory.
pub(crate) fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    let mut entries: Vec<_> = std::fs::read_dir(from).unwrap().map(Result::unwrap).collect();
    entries.sort_by_key(|e| std::cmp::Reverse(e.file_name()));
    for e in entries {
        let target = to.join(e.file_name());
        if e.file_type().unwrap().is_dir() {
            copy(&e.path(), &target);
        } else {
            std::fs::copy(e.path(), target).unwrap();
        }
    }
}

/// Scans to JSON and parses it.
pub(crate) fn scan_json(home: &Path, target: &Path, more: &[&str]) -> serde_json::Value {
    let out = run(aispm(home)
        .arg("scan")
        .arg(target)
        .args([
            "--format",
            "json",
            "--fail-on",
            "never",
            "--as-of",
            "2026-11-22",
            "-q",
        ])
        .args(more));
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    serde_json::from_slice(&out.stdout).unwrap()
}

/// A pickle that calls `os.system` when loaded; written by hand, opcode by opcode (protocol 0).
pub(crate) fn hostile_pickle(command: &str) -> Vec<u8> {
    format!("cposix\nsystem\n(V{command}\ntR.").into_bytes()
}

/// A zip with one member of `len` zero bytes, about a thousandth of that in size.
pub(crate) fn zip_of_zeros(len: u64) -> Vec<u8> {
    aispm_testkit::archive::zip_of_zeros("weights/data.bin", len)
}
