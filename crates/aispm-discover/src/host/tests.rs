use std::fs;

use aispm_collect::Budgets;
use aispm_types::schema::batch_departures;

use super::*;

struct Quiet;
impl Progress for Quiet {
    fn file_read(&self, _: &str) {}
}

fn none(_: &[u8]) -> Readers {
    Readers {
        readers: Vec::new(),
        unpackers: Vec::new(),
    }
}

fn context() -> CollectContext {
    CollectContext {
        target: String::from("host:"),
        budgets: Budgets::default(),
        offline: true,
        as_of: jiff::civil::date(2026, 11, 27),
        fingerprint_key: b"k".to_vec(),
        directories: Vec::new(),
    }
}

/// A machine's file system with one of everything.
fn machine(root: &Path) {
    let write = |path: &str, text: &[u8]| {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("etc/hostname", b"laptop7\n");
    write("proc/1/cmdline", b"/sbin/init\0");
    write("proc/77/cmdline", b"/usr/bin/ollama\0serve\0");
    write(
        "proc/78/cmdline",
        b"/usr/bin/python3\0train.py\0--api-key\0sk-secret\0",
    );
    write(
        "proc/net/tcp",
        b"  sl  local_address rem_address   st\n   0: 00000000:2CAA 00000000:0000 0A 0:0 00:0 0 0 0 4242 1\n",
    );
    fs::create_dir_all(root.join("proc/77/fd")).unwrap();
    std::os::unix::fs::symlink("socket:[4242]", root.join("proc/77/fd/3")).unwrap();
    let home = "home/alice/";
    write(
        &format!("{home}.ollama/models/manifests/registry.ollama.ai/library/llama3.2/3b"),
        b"{}",
    );
    write(
        &format!("{home}.ollama/models/manifests/registry.ollama.ai/acme/tuned/latest"),
        b"{}",
    );
    write(
        &format!("{home}.cache/huggingface/hub/models--meta-llama--Llama-3/refs/main"),
        b"0123abc",
    );
    write(
        &format!("{home}.cache/huggingface/hub/datasets--acme--faq/refs/main"),
        b"0",
    );
    write(
        &format!("{home}.lmstudio/models/lmstudio-community/Phi-4-GGUF/phi.gguf"),
        b"GGUF",
    );
    write(
        &format!("{home}work/.venv/lib/python3.12/site-packages/openai-2.8.0.dist-info/METADATA"),
        b"",
    );
    write(
        &format!("{home}work/.venv/lib/python3.12/site-packages/requests-2.0.dist-info/METADATA"),
        b"",
    );
}

#[test]
fn a_machine_tells_what_runs_and_lies_on_it() {
    let dir = tempfile::tempdir().unwrap();
    machine(dir.path());
    let seen = HostCollector::new(none).collect(dir.path().to_str().unwrap(), &context(), &Quiet);
    assert_eq!(batch_departures(&seen.batch), [] as [String; 0]);
    let mut ids: Vec<_> = seen.batch.assets.iter().map(|a| a.id.as_str()).collect();
    ids.sort_unstable();
    assert_eq!(
        ids,
        [
            "compute:host/laptop7",
            "dataset:huggingface/acme/faq",
            "model:huggingface/lmstudio-community/Phi-4-GGUF",
            "model:huggingface/meta-llama/Llama-3",
            "model:ollama/acme/tuned:latest",
            "model:ollama/llama3.2:3b",
            "package:pkg:pypi/openai@2.8.0",
            "workload:host/laptop7/ollama",
        ]
    );
    let ollama = seen
        .batch
        .assets
        .iter()
        .find(|a| a.kind == AssetKind::Workload)
        .unwrap();
    assert_eq!(ollama.text("published"), Some("network"));
    assert!(ollama.is("binds_all_interfaces"));
    assert_eq!(ollama.get("authenticated").unwrap().as_bool(), Some(false));
    assert!(
        !format!("{:?}", seen.batch).contains("sk-secret"),
        "no argument is kept"
    );
    assert_eq!(seen.coverage.gaps, []);
}

#[test]
fn what_is_not_shown_is_a_gap() {
    let dir = tempfile::tempdir().unwrap();
    machine(dir.path());
    fs::remove_dir_all(dir.path().join("proc/77/fd")).unwrap();
    fs::remove_dir_all(dir.path().join("proc/1")).unwrap();
    let seen = HostCollector::new(none).collect(dir.path().to_str().unwrap(), &context(), &Quiet);
    let gaps: Vec<_> = seen.coverage.gaps.iter().map(|g| g.reason.as_str()).collect();
    assert_eq!(gaps.len(), 2, "{gaps:?}");
    assert!(
        gaps[0].contains("hidden") && gaps[1].contains("sockets of Ollama"),
        "{gaps:?}"
    );
    let ollama = seen
        .batch
        .assets
        .iter()
        .find(|a| a.kind == AssetKind::Workload)
        .unwrap();
    assert!(ollama.get("published").unwrap().is_unknown());

    let bare = tempfile::tempdir().unwrap();
    let seen = HostCollector::new(none).collect(bare.path().to_str().unwrap(), &context(), &Quiet);
    assert_eq!(seen.read, 0);
    assert!(seen.coverage.complete.is_empty());
}

#[test]
fn references_are_a_root_or_nothing() {
    let host = HostCollector::new(none);
    assert!(host.check("").is_ok() && host.check("/").is_ok());
    assert!(
        host.check("db1.acme.example")
            .unwrap_err()
            .contains("this machine")
    );
    assert!(host.check("/no/such/root").is_err());
}
