//! Hostile input ends by itself, within its budget, and is named: under `prlimit`, so that no clock decides.

use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::support::{aispm, hostile_pickle, run, write};

/// Runs a scan with one gibibyte of address space and ten CPU-seconds; the kernel ends it where it wants more.
fn bounded(home: &Path, target: &Path, more: &[&str]) -> Output {
    #[expect(clippy::disallowed_methods, reason = "the test limits our own program")]
    let mut limited = Command::new("prlimit");
    let program = aispm(home).get_program().to_owned();
    limited
        .args(["--as=1073741824", "--cpu=10"])
        .arg(program)
        .arg("scan")
        .arg(target);
    limited
        .args(["--format", "json", "--fail-on", "never", "--no-store", "-q"])
        .args(more);
    run(limited
        .env_clear()
        .env("HOME", home)
        .env("PATH", "/usr/bin:/bin")
        .current_dir(home))
}

fn report(out: &Output, what: &str) -> serde_json::Value {
    assert!(
        out.status.success(),
        "{what}: {:?} {}",
        out.status,
        String::from_utf8_lossy(&out.stderr)
    );
    serde_json::from_slice(&out.stdout).unwrap()
}

fn gaps(report: &serde_json::Value) -> Vec<String> {
    let rows = report["scan"]["coverage"].as_array().unwrap();
    let row = |r: &serde_json::Value| {
        format!(
            "{}: {}",
            r["scope"].as_str().unwrap(),
            r["reason"].as_str().unwrap_or_default()
        )
    };
    rows.iter().filter(|r| r["status"] == "gap").map(row).collect()
}

/// Each bomb is a file name, its bytes and the word its gap must hold; an empty word where nothing is wrong but the size.
fn bombs() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let deep =
        |open: &str, close: &str, n: usize| format!("{}1{}", open.repeat(n), close.repeat(n)).into_bytes();
    let mut laughs = String::from("apiVersion: v1\nkind: Pod\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for i in 1..12 {
        laughs.push_str(&format!("a{i}: &a{i} [{}]\n", format!("*a{},", i - 1).repeat(10)));
    }
    let header = |n: u64| {
        [
            &n.to_le_bytes()[..],
            b"{\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}",
            &[0; 4],
        ]
        .concat()
    };
    let mut gguf = b"GGUF\x03\x00\x00\x00".to_vec();
    gguf.extend(u64::MAX.to_le_bytes());
    gguf.extend((1u64 << 60).to_le_bytes());
    let mut opcodes = b"\x80\x04".to_vec();
    opcodes.extend(b"(".repeat(12 << 20));
    opcodes.push(b'.');
    let mut doubling = b"\x80\x04]q\x00".to_vec();
    for _ in 0..4_000_000 {
        doubling.extend(b"h\x00a");
    }
    doubling.push(b'.');
    vec![
        ("opcodes.pkl", opcodes, "budget"),
        ("memo.pkl", doubling, ""),
        (
            "long.pkl",
            [&b"\x80\x02\x8b"[..], &i32::MAX.to_le_bytes(), b"1."].concat(),
            "",
        ),
        ("zeros.zip", crate::support::zip_of_zeros(600 << 20), "budget"),
        ("zeros.pt", crate::support::zip_of_zeros(600 << 20), ""),
        ("header.safetensors", header(u64::MAX), ""),
        ("huge-header.safetensors", header(90 << 20), ""),
        ("counts.gguf", gguf, ""),
        ("laughs.yaml", laughs.into_bytes(), "budget"),
        (
            "deep.json",
            [
                b"{\"mcpServers\": ".to_vec(),
                deep("[", "]", 200_000),
                b"}".to_vec(),
            ]
            .concat(),
            "budget",
        ),
        (
            "compose.yaml",
            [b"services: ".to_vec(), deep("{a: ", "}", 100_000)].concat(),
            "",
        ),
        (
            "deep.tf",
            [
                b"resource \"aws_sagemaker_model\" \"m\" {\n a = ".to_vec(),
                deep("(", ")", 200_000),
                b"\n}\n".to_vec(),
            ]
            .concat(),
            "budget",
        ),
        (
            "deep.py",
            [b"import openai\nx = ".to_vec(), deep("(", ")", 200_000)].concat(),
            "",
        ),
        (
            "deep.ts",
            [
                b"import OpenAI from 'openai';\nconst x = ".to_vec(),
                deep("[", "]", 200_000),
            ]
            .concat(),
            "",
        ),
        (
            "chain.py",
            [
                b"import openai\nx = ".to_vec(),
                b"a+".repeat(400_000),
                b"1".to_vec(),
            ]
            .concat(),
            "",
        ),
        ("keys.txt", b"sk-ant-api03-".repeat(500_000), ""),
        ("assign.env", b"password=".repeat(700_000), ""),
        ("url.txt", b"https://a:".repeat(600_000), ""),
        ("pem.txt", b"-----BEGIN PRIVATE KEY-----".repeat(200_000), ""),
        ("requirements.txt", b"openai[".repeat(500_000), ""),
        (
            "package.json",
            [
                b"{\"dependencies\": {".to_vec(),
                b"\"openai\": \"*\", ".repeat(300_000),
                b"\"a\": \"1\"}}".to_vec(),
            ]
            .concat(),
            "",
        ),
    ]
}

#[test]
fn every_bomb_ends_by_itself_and_its_gap_names_the_budget() {
    let home = tempfile::tempdir().unwrap();
    let mut wrong = Vec::new();
    for (name, bytes, word) in bombs() {
        let path = home.path().join("one").join(name);
        write(home.path(), &format!("one/{name}"), bytes);
        let out = bounded(home.path(), path.parent().unwrap(), &["--threads", "2"]);
        std::fs::remove_file(path).unwrap();
        if !out.status.success() {
            wrong.push(format!(
                "{name}: {:?} {}",
                out.status,
                String::from_utf8_lossy(&out.stderr)
            ));
            continue;
        }
        let gaps = gaps(&report(&out, name));
        if !word.is_empty() && !gaps.iter().any(|g| g.contains(word)) {
            wrong.push(format!("{name}: no gap names the {word}: {gaps:?}"));
        }
        if gaps.iter().any(|g| g.contains("internal error")) {
            wrong.push(format!("{name}: {gaps:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Files that a dropped uid may not read need root to be made; without root the mode bits alone do.
fn as_nobody(home: &Path) -> Command {
    let program = PathBuf::from(aispm(home).get_program());
    let is_root = std::fs::metadata("/proc/self")
        .map(|m| std::os::unix::fs::MetadataExt::uid(&m) == 0)
        .unwrap();
    if !is_root {
        return aispm(home);
    }
    let copy = home.join("aispm");
    if !copy.exists() {
        // By another process: a file that is open for writing here when another test forks could not be run.
        #[expect(clippy::disallowed_methods, reason = "the test copies the program")]
        let copied = Command::new("cp").arg(program).arg(&copy).status().unwrap();
        assert!(copied.success());
        std::fs::set_permissions(&copy, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    #[expect(clippy::disallowed_methods, reason = "the test drops its own rights")]
    let mut command = Command::new("setpriv");
    command
        .args(["--reuid=65534", "--regid=65534", "--clear-groups"])
        .arg(copy);
    command
        .env_clear()
        .env("HOME", home)
        .env("PATH", "/usr/bin:/bin")
        .current_dir(home);
    command
}

#[test]
fn a_hostile_directory_is_walked_in_bounded_memory_with_its_gaps_named() {
    let home = tempfile::tempdir().unwrap();
    std::fs::set_permissions(home.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let root = home.path().join("estate");
    let mut deep = root.clone();
    for _ in 0..600 {
        deep.push("d");
    }
    std::fs::create_dir_all(&deep).unwrap();
    write(&deep, "model.pkl", hostile_pickle("true"));
    for i in 0..100_000 {
        if i % 1000 == 0 {
            std::fs::create_dir_all(root.join(format!("tiny/{}", i / 1000))).unwrap();
        }
        std::fs::File::create(root.join(format!("tiny/{}/{i}", i / 1000))).unwrap();
    }
    symlink("..", root.join("tiny/loop")).unwrap();
    symlink("self", root.join("self")).unwrap();
    std::fs::File::create(root.join("sparse.bin"))
        .unwrap()
        .set_len(4 << 30)
        .unwrap();
    std::fs::write(
        root.join(std::ffi::OsStr::from_bytes(b"bad\xff\xfename.pkl")),
        hostile_pickle("true"),
    )
    .unwrap();
    write(&root, "bomb.zip", crate::support::zip_of_zeros(600 << 20));
    write(&root, "secret/app.py", "import openai\n");
    write(
        &root,
        "unreadable.tf",
        "resource \"aws_sagemaker_model\" \"m\" {}\n",
    );
    std::fs::set_permissions(root.join("secret"), std::fs::Permissions::from_mode(0o000)).unwrap();
    std::fs::set_permissions(root.join("unreadable.tf"), std::fs::Permissions::from_mode(0o000)).unwrap();

    let args = ["--format", "json", "--fail-on", "never", "--no-store", "-vv"];
    let out = run(as_nobody(home.path()).arg("scan").arg(&root).args(args));
    let seen = report(&out, "the hostile directory");
    let gaps = gaps(&seen);
    for (place, word) in [
        ("secret", "permission"),
        ("unreadable.tf", "permission"),
        ("d/d/d", "directory depth budget"),
        ("bomb.zip", "budget"),
    ] {
        assert!(
            gaps.iter().any(|g| g.contains(place) && g.contains(word)),
            "no gap for {place}: {gaps:#?}"
        );
    }
    let findings = seen["findings"].as_array().unwrap();
    assert!(
        findings
            .iter()
            .any(|f| f["locations"].to_string().contains("bad\\\\xff\\\\xfename.pkl")),
        "{findings:#?}"
    );
    let log = String::from_utf8_lossy(&out.stderr);
    let peak: u64 = log
        .split("peak_rss_kib=")
        .nth(1)
        .and_then(|r| r.split_whitespace().next())
        .unwrap()
        .parse()
        .unwrap();
    assert!(peak < 512 * 1024, "peak {peak} KiB");

    let strict = run(as_nobody(home.path()).arg("scan").arg(&root).args([
        "--fail-on",
        "never",
        "--no-store",
        "-q",
        "--strict",
    ]));
    assert_eq!(strict.status.code(), Some(3));
    std::fs::set_permissions(root.join("secret"), std::fs::Permissions::from_mode(0o755)).unwrap();
}
