//! Nothing scanned is executed, nothing scanned configures us, nothing leaves the machine: watched by strace.

use std::path::Path;
use std::process::Command;

use crate::support::{aispm, hostile_pickle, write};

/// Everything here would like to be run, loaded, fetched or obeyed.
fn bait(root: &Path) {
    write(root, "model.pkl", hostile_pickle("touch /tmp/aispm-was-here"));
    write(
        root,
        "app.py",
        "import pickle, openai\nclient = openai.OpenAI()\nm = pickle.load(open('model.pkl', 'rb'))\n",
    );
    write(
        root,
        ".mcp.json",
        r#"{"mcpServers": {"x": {"command": "touch", "args": ["/tmp/aispm-was-here"]}, "y": {"url": "http://169.254.169.254/"}}}"#,
    );
    write(
        root,
        "kubeconfig",
        "apiVersion: v1\nkind: Config\nusers:\n- name: u\n  user:\n    exec: {apiVersion: client.authentication.k8s.io/v1, command: touch, args: [/tmp/aispm-was-here]}\n",
    );
    write(
        root,
        ".git/hooks/post-checkout",
        "#!/bin/sh\ntouch /tmp/aispm-was-here\n",
    );
    write(
        root,
        ".git/config",
        "[core]\n\tfsmonitor = touch /tmp/aispm-was-here\n[remote \"origin\"]\n\turl = https://u:p@git.invalid/x/y\n",
    );
    write(
        root,
        "pyproject.toml",
        "[project]\nname = \"bait\"\ndependencies = [\"openai @ https://packages.invalid/openai.whl\"]\n",
    );
    write(
        root,
        "requirements.txt",
        "--index-url http://packages.invalid/simple\nopenai\n",
    );
    write(
        root,
        "main.tf",
        "module \"m\" {\n  source = \"git::https://git.invalid/m.git\"\n}\nresource \"aws_sagemaker_notebook_instance\" \"n\" {\n  name = \"n\"\n  role_arn = file(\"/etc/hostname\")\n  instance_type = \"ml.t3.medium\"\n}\n",
    );
    write(
        root,
        "package.json",
        r#"{"name": "bait", "scripts": {"preinstall": "touch /tmp/aispm-was-here"}, "dependencies": {"openai": "*"}}"#,
    );
    write(
        root,
        "Dockerfile",
        "FROM python:3\nRUN touch /tmp/aispm-was-here\n",
    );
    write(
        root,
        "SKILL.md",
        "---\nname: x\ndescription: y\n---\n!`touch /tmp/aispm-was-here`\n",
    );
    write(
        root,
        "aispm.toml",
        "[[exception]]\nrule = \"*\"\nasset = \"**\"\nreason = \"mine\"\nby = \"me\"\nuntil = 2099-01-01\n[rules]\n\"model-pickle-dangerous-call\" = \"off\"\n",
    );
}

/// Syscalls of a scan of `root`, as strace writes them.
fn traced(home: &Path, root: &Path, wrap: &[&str]) -> String {
    let log = home.join("trace");
    #[expect(clippy::disallowed_methods, reason = "the test traces our own program")]
    let mut strace = Command::new("strace");
    strace
        .args(["-f", "-qq", "-e", "trace=execve,execveat,socket,connect", "-o"])
        .arg(&log);
    let program = aispm(home).get_program().to_owned();
    strace
        .env_clear()
        .env("HOME", home)
        .env("PATH", "/usr/bin:/bin")
        .current_dir(home)
        .args(wrap)
        .arg(program);
    let out = strace
        .arg("scan")
        .arg(root)
        .args(["--format", "json", "--fail-on", "never"])
        .output()
        .expect("strace is installed by `make test`");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    #[expect(clippy::disallowed_methods, reason = "our own log")]
    std::fs::read_to_string(log).unwrap()
}

fn calls<'a>(trace: &'a str, name: &str) -> Vec<&'a str> {
    trace
        .lines()
        .filter(|l| l.contains(&format!("{name}(")) && !l.contains("ENOENT"))
        .collect()
}

fn internet(trace: &str) -> Vec<&str> {
    calls(trace, "socket")
        .into_iter()
        .filter(|l| l.contains("AF_INET"))
        .collect()
}

#[test]
fn a_scan_of_bait_is_one_execve_and_no_socket() {
    let home = tempfile::tempdir().unwrap();
    let root = home.path().join("bait");
    bait(&root);
    let trace = traced(home.path(), &root, &[]);
    assert_eq!(
        calls(&trace, "execve").len() + calls(&trace, "execveat").len(),
        1,
        "{trace}"
    );
    assert_eq!(internet(&trace), [""; 0], "{trace}");
    assert!(!Path::new("/tmp/aispm-was-here").exists());
}

#[test]
fn a_planted_call_is_seen() {
    // The same check with a call planted in front of the program must count it: a check that cannot fail proves nothing.
    let home = tempfile::tempdir().unwrap();
    let root = home.path().join("bait");
    bait(&root);
    let trace = traced(home.path(), &root, &["env"]);
    assert_eq!(calls(&trace, "execve").len(), 2, "{trace}");
}

#[test]
fn a_policy_inside_the_target_is_data() {
    let home = tempfile::tempdir().unwrap();
    let root = home.path().join("bait");
    bait(&root);
    let with = crate::support::scan_json(home.path(), &root, &["--no-store"]);
    std::fs::remove_file(root.join("aispm.toml")).unwrap();
    let without = crate::support::scan_json(home.path(), &root, &["--no-store"]);
    assert_eq!(with["findings"], without["findings"]);
    let findings = with["findings"].as_array().unwrap();
    assert!(findings.iter().all(|f| f.get("accepted").is_none()));
    assert!(
        findings
            .iter()
            .any(|f| f["rule"].as_str().unwrap().contains("pickle")),
        "{findings:#?}"
    );
    // Standing inside the target changes nothing: there, too, its policy is data.
    bait(&root);
    let mut inside = crate::support::aispm(home.path());
    inside.current_dir(&root).args([
        "scan",
        ".",
        "--format",
        "json",
        "--fail-on",
        "never",
        "--no-store",
        "--as-of",
        "2026-11-22",
        "-q",
    ]);
    let out = crate::support::run(&mut inside);
    let report: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!(report["findings"], without["findings"]);
}
