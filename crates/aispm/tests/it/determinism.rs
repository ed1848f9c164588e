//! Same input, same bytes out: whatever the threads, the file order, the time zone and the checkout directory.

use crate::support::{acme, aispm, copy, run};

fn bytes(home: &std::path::Path, target: &std::path::Path, threads: &str, zone: &str) -> String {
    let mut command = aispm(home);
    command.env("TZ", zone).arg("scan").arg(target);
    command.args([
        "--format",
        "json",
        "--fail-on",
        "never",
        "--as-of",
        "2026-11-22",
        "--no-store",
        "-q",
        "--threads",
        threads,
    ]);
    let out = run(command.arg("--config").arg(target.join("aispm.toml")));
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let mut report: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
    report.as_object_mut().unwrap().remove("run").unwrap();
    serde_json::to_string_pretty(&report).unwrap()
}

#[test]
fn two_runs_give_the_same_bytes() {
    let home = tempfile::tempdir().unwrap();
    let first = bytes(home.path(), &acme(), "1", "UTC");
    assert!(first.len() > 10_000);
    for (i, (threads, zone)) in [("2", "Asia/Tokyo"), ("7", "America/New_York"), ("1", "UTC")]
        .into_iter()
        .enumerate()
    {
        // `copy` makes the files in another order, in another directory.
        let elsewhere = home.path().join(format!("deep/er/{i}/estate"));
        copy(&acme(), &elsewhere);
        let again = bytes(home.path(), &elsewhere, threads, zone);
        assert!(
            first == again,
            "run {i} differs: {:?}",
            first.lines().zip(again.lines()).find(|(a, b)| a != b)
        );
    }
}
