//! Every write and every sync of a save fails once, by an error and by the process's death. What is found afterwards is the old
//! state or the new one, and no scan is lost that was acknowledged. strace puts the faults in, so that it is the real
//! database on a real file.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    reason = "a test may fail by panicking, reads its own files and starts itself"
)]

use std::path::Path;
use std::process::Command;

use aispm_store::{ScannedScope, Store};
use aispm_types::{Asset, AssetKind, Report};

/// Names the store for the copy of this test that saves.
const PLACE: &str = "AISPM_TEST_STORE";

fn report(scan: &str) -> Report {
    // Enough assets for a save of several pages.
    let assets: Vec<serde_json::Value> = (0..40)
        .map(|n| {
            let mut asset =
                serde_json::to_value(Asset::new(AssetKind::Model, format!("{scan}/{n}"), "m")).unwrap();
            asset["class"] = "ai".into();
            asset
        })
        .collect();
    serde_json::from_value(serde_json::json!({
        "schema": aispm_types::REPORT_SCHEMA,
        "run": {"id": scan, "started_at": "", "finished_at": "", "host": "", "durations": {}, "network": []},
        "tool": {"name": "aispm", "version": "", "content_version": ""},
        "scan": {"targets": ["."], "coverage": []},
        "systems": [], "assets": assets, "relations": [], "checks": [], "findings": [], "fixes": [], "paths": [],
        "summary": {"systems": 0, "systems_unowned": 0, "systems_never_assessed": 0, "assets_by_kind": {},
            "findings_by_severity": {}, "findings_accepted": 0, "paths_by_severity": {},
            "checks": {"passed": 0, "failed": 0, "not_assessed": 0}, "files_read": 0},
    }))
    .unwrap()
}

fn url(directory: &Path) -> String {
    format!("sqlite:{}", directory.join("store.db").display())
}

async fn save(store: &Store, scan: &str) -> bool {
    let scope = ScannedScope {
        key: String::from("path:/x"),
        complete: true,
    };
    store.save(&report(scan), &[scope]).await.is_ok()
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}

/// Not a test: what runs under strace. Says which scans were acknowledged.
#[test]
#[ignore = "started by the test below"]
fn child() {
    let Some(place) = std::env::var_os(PLACE) else {
        return;
    };
    block_on(async {
        let Ok(store) = Store::open(&url(Path::new(&place))).await else {
            return;
        };
        for scan in ["S-2", "S-3"] {
            if save(&store, scan).await {
                println!("\nacknowledged {scan}");
            }
        }
        store.close().await;
    });
}

/// Runs the child with one fault. Gives back what it acknowledged, and whether the fault was met.
fn run(directory: &Path, calls: &str, fault: &str, nth: usize) -> (Vec<String>, bool) {
    let log = directory.join("strace");
    let out = Command::new("strace")
        .args(["-f", "-qq", "-o"])
        .arg(&log)
        .args([
            "-e",
            &format!("trace={calls}"),
            "-e",
            &format!("inject={calls}:{fault}:when={nth}"),
        ])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "child", "--ignored", "--nocapture", "--test-threads=1"])
        .env(PLACE, directory)
        .output()
        .unwrap(); // strace is installed by `make test`
    let said = String::from_utf8_lossy(&out.stdout).into_owned();
    let acknowledged = said
        .lines()
        .filter_map(|l| l.strip_prefix("acknowledged "))
        .map(str::to_owned)
        .collect();
    let log = std::fs::read_to_string(&log).unwrap();
    // A call that kills never returns, so strace writes no result for it.
    let met = log.contains("INJECTED") || log.contains("killed by SIGKILL");
    (acknowledged, met)
}

#[test]
fn a_fault_at_any_write_or_sync_leaves_the_old_state_or_the_new() {
    let base = tempfile::tempdir().unwrap();
    block_on(async {
        let store = Store::open(&url(base.path())).await.unwrap();
        assert!(save(&store, "S-1").await);
        store.close().await;
    });
    let mut faults = 0;
    for calls in ["pwrite64", "fdatasync,fsync", "ftruncate"] {
        for fault in ["error=EIO", "error=ENOSPC", "signal=KILL"] {
            for nth in 1.. {
                let directory = tempfile::tempdir().unwrap();
                std::fs::copy(base.path().join("store.db"), directory.path().join("store.db")).unwrap();
                let (acknowledged, met) = run(directory.path(), calls, fault, nth);
                let what = format!("{fault} at {calls} {nth}, acknowledged {acknowledged:?}");
                let scans: Vec<String> = block_on(async {
                    let store = Store::open(&url(directory.path()))
                        .await
                        .unwrap_or_else(|e| panic!("{what}: {e}"));
                    let scans = store.scans().await.unwrap_or_else(|e| panic!("{what}: {e}"));
                    let mut ids: Vec<String> = scans.into_iter().map(|s| s.id).collect();
                    ids.reverse();
                    // Whole: the report is there, and history is of exactly the scans that are.
                    for id in &ids {
                        assert_eq!(store.load(id).await.unwrap().assets.len(), 40, "{what}");
                    }
                    assert_eq!(store.assets().await.unwrap().len(), 40 * ids.len(), "{what}");
                    ids
                });
                assert_eq!(scans[0], "S-1", "{what}");
                for scan in &acknowledged {
                    assert!(scans.contains(scan), "{what}: there are {scans:?}");
                }
                if !met {
                    assert_eq!(acknowledged, ["S-2", "S-3"], "{what}");
                    break;
                }
                faults += 1;
            }
        }
    }
    assert!(faults > 60, "only {faults} faults were met");
}
