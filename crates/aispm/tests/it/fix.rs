//! `aispm fix`: what is promised is what comes of it, and every way back leads back.

#![expect(
    clippy::disallowed_methods,
    reason = "these tests run our own program and git, and read their own estates"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use crate::support::{acme, aispm, copy, hostile_pickle, run, scan_json, write};

/// Every file below a directory with its bytes and permissions.
fn tree(root: &Path) -> BTreeMap<String, (Vec<u8>, u32)> {
    let mut out = BTreeMap::new();
    let mut todo = vec![root.to_path_buf()];
    while let Some(at) = todo.pop() {
        for entry in std::fs::read_dir(&at).unwrap().map(Result::unwrap) {
            let path = entry.path();
            if entry.file_type().unwrap().is_dir() {
                todo.push(path);
            } else {
                let mode = entry.metadata().unwrap().permissions().mode();
                let name = path.strip_prefix(root).unwrap().display().to_string();
                out.insert(name, (std::fs::read(&path).unwrap(), mode));
            }
        }
    }
    out
}

fn fix(home: &Path, target: &Path, more: &[&str]) -> Output {
    run(aispm(home)
        .arg("fix")
        .args(more)
        .args(["-q", "--as-of", "2026-11-22"])
        .arg(target))
}

fn good(out: &Output) -> String {
    let told = String::from_utf8_lossy(&out.stderr);
    assert!(
        out.status.success(),
        "{told}\n{}",
        String::from_utf8_lossy(&out.stdout)
    );
    String::from_utf8(out.stdout.clone()).unwrap()
}

fn plans(home: &Path, target: &Path, more: &[&str]) -> Value {
    let out = fix(home, target, &[more, &["--format", "json"]].concat());
    serde_json::from_str(&good(&out)).unwrap()
}

/// Ids of findings or attack paths of a report.
fn ids(report: &Value, of: &str) -> BTreeSet<String> {
    let all = report[of].as_array().unwrap();
    all.iter().map(|f| f["id"].as_str().unwrap().to_owned()).collect()
}

fn set(value: &Value) -> BTreeSet<String> {
    let all = value.as_array().unwrap();
    all.iter().map(|f| f.as_str().unwrap().to_owned()).collect()
}

/// What is gone is what was promised, to the last id, and nothing is new.
fn exactly(promise: &Value, before: &Value, after: &Value) {
    for (of, gone) in [("findings", "resolved"), ("paths", "paths_cut")] {
        let (old, new) = (ids(before, of), ids(after, of));
        let missing: BTreeSet<String> = old.difference(&new).cloned().collect();
        assert_eq!(missing, set(&promise[gone]), "{of}");
        assert_eq!(new.difference(&old).count(), 0, "new {of}");
    }
    let gaps = |r: &Value| r["scan"]["coverage"].clone();
    assert_eq!(gaps(before), gaps(after));
}

fn git(at: &Path, args: &[&str]) {
    let out = Command::new("git")
        .current_dir(at)
        .args(["-c", "core.autocrlf=false", "-c", "safe.directory=*"])
        .args(args)
        .env("HOME", at)
        .output()
        .unwrap();
    assert!(
        out.status.success(),
        "git {args:?}: {}",
        String::from_utf8_lossy(&out.stderr)
    );
}

fn finding(report: &Value, rule: &str) -> String {
    let all = report["findings"].as_array().unwrap();
    let one = all.iter().find(|f| f["rule"] == rule);
    one.unwrap_or_else(|| panic!("no finding of {rule}"))["id"]
        .as_str()
        .unwrap()
        .to_owned()
}

fn audit(home: &Path) -> String {
    good(&run(aispm(home).args(["audit", "verify"])))
}

#[test]
fn the_safe_patch_of_the_demo_estate_is_taken_by_git_and_does_what_it_promises() {
    let home = tempfile::tempdir().unwrap();
    let estate = home.path().join("acme-ai");
    copy(&acme(), &estate);
    let before = scan_json(home.path(), &estate, &[]);
    let promise = plans(home.path(), &estate, &["--all-safe"]);
    assert!(set(&promise["resolved"]).contains(&finding(&before, "training-bucket-unversioned")));
    assert!(
        promise["plans"]
            .as_array()
            .unwrap()
            .iter()
            .all(|p| p["safe"] == true)
    );
    let patch = home.path().join("safe.patch");
    good(&fix(
        home.path(),
        &estate,
        &["--all-safe", "--patch", patch.to_str().unwrap()],
    ));
    git(&estate, &["apply", "--check", patch.to_str().unwrap()]);
    git(&estate, &["apply", patch.to_str().unwrap()]);
    exactly(&promise, &before, &scan_json(home.path(), &estate, &[]));
    // Nothing is left to do, and doing it again changes nothing.
    assert_eq!(
        plans(home.path(), &estate, &["--all-safe"])["plans"],
        Value::Array(Vec::new())
    );
}

#[test]
fn every_plan_of_the_demo_estate_is_applied_proved_and_undone_to_the_byte() {
    let home = tempfile::tempdir().unwrap();
    let estate = home.path().join("acme-ai");
    copy(&acme(), &estate);
    let (scan, files) = (scan_json(home.path(), &estate, &[]), tree(&estate));
    let promise = plans(home.path(), &estate, &[]);
    let claimed: BTreeSet<String> = promise["plans"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|p| set(&p["findings"]))
        .collect();
    assert!(claimed.contains(&finding(&scan, "model-pickle-dangerous-call")));
    assert!(!set(&promise["paths_cut"]).is_empty(), "no attack path is cut");
    // Every finding has a plan or a reason.
    let without: BTreeSet<String> = promise["unplanned"]
        .as_array()
        .unwrap()
        .iter()
        .map(|u| u["finding"].as_str().unwrap().to_owned())
        .collect();
    let open: BTreeSet<String> = scan["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|f| f["accepted"].is_null())
        .map(|f| f["id"].as_str().unwrap().to_owned())
        .collect();
    let with = claimed
        .union(&set(&promise["resolved"]))
        .cloned()
        .collect::<BTreeSet<_>>();
    assert!(with.is_disjoint(&without));
    assert_eq!(with.union(&without).cloned().collect::<BTreeSet<_>>(), open);

    let chosen: Vec<&str> = claimed.iter().map(String::as_str).collect();
    let told = good(&fix(
        home.path(),
        &estate,
        &[&chosen[..], &["--apply", "--yes"]].concat(),
    ));
    assert!(told.contains("proved by reading again"), "{told}");
    exactly(&promise, &scan, &scan_json(home.path(), &estate, &[]));
    assert!(
        audit(home.path()).contains(": 2 entries"),
        "one for the change, one for the proof"
    );

    let id = told
        .split_once("applied as ")
        .unwrap()
        .1
        .split(' ')
        .next()
        .unwrap();
    good(&run(aispm(home.path()).args(["fix", "--undo", id, "--yes"])));
    assert_eq!(tree(&estate), files);
    assert!(audit(home.path()).contains(": 3 entries"));
    let again = run(aispm(home.path()).args(["fix", "--undo", id, "--yes"]));
    assert_eq!(again.status.code(), Some(2));
}

#[test]
fn every_rule_with_a_fix_is_clean_after_it_on_its_own_example() {
    let registry = aispm_rules::Registry::load(None).unwrap();
    let home = tempfile::tempdir().unwrap();
    let estate = home.path().join("examples");
    let mut wanted = Vec::new();
    for meta in registry.metas() {
        for (i, recipe) in registry.recipes(&meta.id).iter().enumerate() {
            let place = format!("{}/{i}/{}", meta.id, recipe.place.example_name());
            match recipe.place {
                aispm_types::Place::File => write(&estate, &place, hostile_pickle("id")),
                _ => write(&estate, &place, &recipe.example),
            }
            wanted.push((meta.id.clone(), place, recipe.safe));
        }
    }
    assert!(wanted.len() > 20);
    let before = scan_json(home.path(), &estate, &[]);
    let at = |f: &Value, place: &str| {
        f["locations"]
            .as_array()
            .unwrap()
            .iter()
            .any(|l| l["path"] == place)
    };
    let mut chosen = Vec::new();
    for (rule, place, _) in &wanted {
        let all = before["findings"].as_array().unwrap();
        let found = all.iter().find(|f| f["rule"] == *rule && at(f, place));
        chosen.push(
            found.unwrap_or_else(|| panic!("{rule} finds nothing in its example {place}"))["id"]
                .as_str()
                .unwrap(),
        );
    }
    let promise = plans(home.path(), &estate, &chosen);
    assert_eq!(promise["unplanned"], Value::Array(Vec::new()));
    for (rule, place, safe) in &wanted {
        let plan = promise["plans"]
            .as_array()
            .unwrap()
            .iter()
            .find(|p| set(&p["files"]).contains(place));
        assert_eq!(plan.unwrap_or_else(|| panic!("{rule}"))["safe"], *safe, "{rule}");
    }
    good(&fix(
        home.path(),
        &estate,
        &[&chosen[..], &["--apply", "--yes"]].concat(),
    ));
    exactly(&promise, &before, &scan_json(home.path(), &estate, &[]));
}

#[test]
fn where_the_audit_log_cannot_be_written_nothing_changes() {
    let home = tempfile::tempdir().unwrap();
    let estate = home.path().join("acme-ai");
    copy(&acme(), &estate);
    write(home.path(), "file", "");
    let files = tree(&estate);
    let log = home.path().join("file/audit.log");
    let out = fix(
        home.path(),
        &estate,
        &[
            "--all-safe",
            "--apply",
            "--yes",
            "--audit-log",
            log.to_str().unwrap(),
        ],
    );
    assert!(!out.status.success());
    assert!(String::from_utf8_lossy(&out.stderr).contains("nothing is changed while it cannot be written"));
    assert_eq!(tree(&estate), files);
    // A log that somebody changed is one that cannot be written.
    let log = home.path().join("broken/audit.log");
    write(home.path(), "broken/audit.log", "{}\n");
    let out = fix(
        home.path(),
        &estate,
        &[
            "--all-safe",
            "--apply",
            "--yes",
            "--audit-log",
            log.to_str().unwrap(),
        ],
    );
    assert!(!out.status.success());
    assert_eq!(tree(&estate), files);
}

#[test]
fn nothing_is_applied_without_a_yes_and_a_choice() {
    let home = tempfile::tempdir().unwrap();
    let estate = home.path().join("acme-ai");
    copy(&acme(), &estate);
    let files = tree(&estate);
    for (words, why) in [
        (&["--apply", "--yes"][..], "say what to apply"),
        (&["--apply", "--all-safe"][..], "say --yes"),
        (
            &["--apply", "--yes", "F-000000000000"][..],
            "have no `F-000000000000`",
        ),
    ] {
        let out = fix(home.path(), &estate, words);
        assert_eq!(out.status.code(), Some(2), "{words:?}");
        assert!(String::from_utf8_lossy(&out.stderr).contains(why), "{words:?}");
    }
    assert_eq!(tree(&estate), files);
}

fn key() -> String {
    format!(
        "sk-proj-{}T3BlbkFJ{}",
        "a8Kd03mQzX7vLpR2tYw5", "Hn4Cj9Bf6Ge1Us0oIqPx"
    )
}

#[test]
fn a_key_is_shown_masked_and_leaves_neither_patch_nor_record_whole() {
    let home = tempfile::tempdir().unwrap();
    let estate = home.path().join("chat");
    let key = key();
    let source = format!(
        "\"\"\"Chat.\"\"\"\r\nfrom openai import OpenAI\r\n\r\nclient = OpenAI(api_key=\"{key}\")  # pilot\r\n"
    );
    write(&estate, "app.py", &source);
    let before = scan_json(home.path(), &estate, &[]);
    let id = finding(&before, "ai-key-in-file");

    let shown = good(&fix(home.path(), &estate, &[&id]));
    assert!(
        shown.contains("os.environ[\"OPENAI_API_KEY\"]") && !shown.contains(&key),
        "{shown}"
    );
    assert!(shown.contains("revoke the key"));
    let json = plans(home.path(), &estate, &[&id]);
    assert!(!json.to_string().contains(&key));

    let patch = home.path().join("key.patch");
    let out = fix(home.path(), &estate, &[&id, "--patch", "-"]);
    assert!(good(&out).is_empty(), "left out of a patch");
    good(&fix(
        home.path(),
        &estate,
        &[&id, "--patch", patch.to_str().unwrap(), "--with-secrets"],
    ));
    assert_eq!(
        std::fs::metadata(&patch).unwrap().permissions().mode() & 0o777,
        0o600
    );
    git(&estate, &["apply", "--check", patch.to_str().unwrap()]);

    let told = good(&fix(home.path(), &estate, &[&id, "--apply", "--yes"]));
    assert!(told.contains("proved"), "{told}");
    let after = std::fs::read_to_string(estate.join("app.py")).unwrap();
    assert_eq!(
        after,
        "\"\"\"Chat.\"\"\"\r\nimport os\r\nfrom openai import OpenAI\r\n\r\nclient = OpenAI(api_key=os.environ[\"OPENAI_API_KEY\"])  # pilot\r\n"
    );
    let state = home.path().join(".local/share/aispm");
    for (name, (bytes, _)) in tree(&state) {
        assert!(!String::from_utf8_lossy(&bytes).contains(&key), "{name}");
    }
    let id = told
        .split_once("applied as ")
        .unwrap()
        .1
        .split(' ')
        .next()
        .unwrap();
    let undo = |value: Option<&str>| {
        let mut command = aispm(home.path());
        if let Some(value) = value {
            command.env("OPENAI_API_KEY", value);
        }
        run(command.args(["fix", "--undo", id, "--yes"]))
    };
    for (value, why) in [(None, "is not kept"), (Some("another"), "is not the key")] {
        let out = undo(value);
        assert!(!out.status.success() && String::from_utf8_lossy(&out.stderr).contains(why));
        assert_eq!(std::fs::read_to_string(estate.join("app.py")).unwrap(), after);
    }
    good(&undo(Some(&key)));
    assert_eq!(std::fs::read_to_string(estate.join("app.py")).unwrap(), source);
}

const NOTEBOOK: &str = "resource \"aws_sagemaker_notebook_instance\" \"n\" {\n  name          = \"n\"\n  role_arn      = \"arn:aws:iam::123456789012:role/n\"\n  instance_type = \"ml.t3.medium\"\n}\n";

#[test]
fn what_changed_since_is_not_undone() {
    let home = tempfile::tempdir().unwrap();
    let estate = home.path().join("infra");
    write(&estate, "main.tf", NOTEBOOK);
    let id = finding(&scan_json(home.path(), &estate, &[]), "notebook-root-access");
    let told = good(&fix(home.path(), &estate, &[&id, "--apply", "--yes"]));
    let applied = told
        .split_once("applied as ")
        .unwrap()
        .1
        .split(' ')
        .next()
        .unwrap();
    let later = std::fs::read_to_string(estate.join("main.tf")).unwrap() + "# later\n";
    write(&estate, "main.tf", &later);
    let out = run(aispm(home.path()).args(["fix", "--undo", applied, "--yes"]));
    assert_eq!(out.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&out.stderr).contains("changed since"));
    assert_eq!(std::fs::read_to_string(estate.join("main.tf")).unwrap(), later);
}

#[test]
fn files_that_may_not_be_changed_are_told_and_left() {
    let home = tempfile::tempdir().unwrap();
    let estate = home.path().join("infra");
    for (directory, text) in [
        ("readonly", NOTEBOOK.to_owned()),
        ("hard", NOTEBOOK.to_owned()),
        (
            "computed",
            NOTEBOOK.replace("\"ml.t3.medium\"", "\"ml.t3.medium\"\n  root_access   = var.root")
                + "variable \"root\" {\n  default = \"Enabled\"\n}\n",
        ),
        (
            "oneline",
            NOTEBOOK
                .replace('\n', " ")
                .replace("  name", "\n  name")
                .replace(" }", "\n}\n"),
        ),
    ] {
        write(&estate, &format!("{directory}/main.tf"), text);
    }
    std::fs::set_permissions(
        estate.join("readonly/main.tf"),
        std::fs::Permissions::from_mode(0o444),
    )
    .unwrap();
    std::fs::hard_link(estate.join("hard/main.tf"), home.path().join("other-name")).unwrap();
    let files = tree(&estate);
    let json = plans(home.path(), &estate, &[]);
    let told = json["unplanned"].to_string();
    for why in ["is read-only", "hard links", "is computed"] {
        assert!(told.contains(why), "{why}: {told}");
    }
    assert_eq!(tree(&estate), files);
}

#[test]
fn names_with_blanks_and_several_targets_make_one_patch() {
    let home = tempfile::tempdir().unwrap();
    let estate = home.path().join("two");
    write(&estate, "a/in fra/main file.tf", NOTEBOOK.replace('\n', "\r\n"));
    write(&estate, "b/main.tf", NOTEBOOK.trim_end());
    let patch = home.path().join("two.patch");
    let out = run(aispm(home.path()).current_dir(&estate).args([
        "fix",
        "-q",
        "a",
        "b",
        "--patch",
        patch.to_str().unwrap(),
    ]));
    good(&out);
    git(&estate, &["apply", patch.to_str().unwrap()]);
    let one = std::fs::read_to_string(estate.join("a/in fra/main file.tf")).unwrap();
    assert!(one.contains("root_access   = \"Disabled\"\r\n"), "{one}");
    let two = std::fs::read_to_string(estate.join("b/main.tf")).unwrap();
    assert!(
        two.contains("root_access   = \"Disabled\"\n") && two.ends_with('}'),
        "{two}"
    );
}

#[test]
fn findings_of_the_last_scan_are_read_again_before_anything_is_planned() {
    let home = tempfile::tempdir().unwrap();
    let estate = home.path().join("infra");
    write(&estate, "main.tf", NOTEBOOK);
    let id = finding(&scan_json(home.path(), &estate, &[]), "notebook-root-access");
    let out = run(aispm(home.path()).args(["fix", &id, "-q"]));
    assert!(good(&out).contains("root_access"));
    write(
        &estate,
        "main.tf",
        NOTEBOOK.replace("}\n", "  root_access   = \"Disabled\"\n}\n"),
    );
    let out = run(aispm(home.path()).args(["fix", &id, "-q"]));
    assert_eq!(out.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&out.stderr).contains("read again just now"));
}

#[test]
fn packages_and_mcp_servers_get_versions_that_are_known_and_no_others() {
    let home = tempfile::tempdir().unwrap();
    let estate = home.path().join("bot");
    let token = format!("ghp_{}", "a8Kd03mQzX7vLpR2tYw5Hn4Cj9Bf6Ge1Us0o");
    let mcp = format!(
        "{{\n  // the team's\n  \"mcpServers\": {{\n    \"files\": {{\"command\": \"npx\", \"args\": [\"-y\", \"@modelcontextprotocol/server-filesystem\", \"/\"]}},\n    \"code\": {{\n      \"command\": \"uvx\",\n      \"args\": [\"mcp-server-git\"],\n      \"env\": {{\"GITHUB_TOKEN\": \"{token}\"}}\n    }}\n  }}\n}}\n"
    );
    write(&estate, ".mcp.json", &mcp);
    write(
        &estate,
        "requirements.txt",
        "# models\r\ntransformers==4.36.0  # why\r\nlangchain\r\n",
    );
    write(
        &estate,
        "package.json",
        "{\"name\": \"bot\", \"dependencies\": {\"@modelcontextprotocol/server-filesystem\": \"*\"}}\n",
    );
    write(
        &estate,
        "package-lock.json",
        "{\"name\": \"bot\", \"lockfileVersion\": 3, \"packages\": {\"\": {\"dependencies\": {\"@modelcontextprotocol/server-filesystem\": \"*\"}}, \"node_modules/@modelcontextprotocol/server-filesystem\": {\"version\": \"2025.8.21\", \"resolved\": \"https://registry.npmjs.org/x.tgz\", \"integrity\": \"sha512-eA==\"}}}\n",
    );
    let before = scan_json(home.path(), &estate, &[]);
    let promise = plans(home.path(), &estate, &[]);
    assert!(!promise.to_string().contains(&token));
    let told = promise["unplanned"].to_string();
    assert!(told.contains("a version is not guessed"), "{told}");
    let plan = |word: &str| {
        let all = promise["plans"].as_array().unwrap();
        let one = all.iter().find(|p| p["title"].as_str().unwrap().contains(word));
        one.unwrap_or_else(|| panic!("no plan says {word}: {all:#?}"))
            .clone()
    };
    assert_eq!(
        plan("server-filesystem@2025.8.21")["safe"],
        true,
        "the lockfile beside it says so"
    );
    assert_eq!(
        plan("Raise `transformers`")["safe"],
        false,
        "another minor series"
    );
    assert_eq!(plan("project's directory alone")["safe"], false);

    let chosen: BTreeSet<String> = promise["plans"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|p| set(&p["findings"]))
        .collect();
    let chosen: Vec<&str> = chosen.iter().map(String::as_str).collect();
    // The line of the token is in no patch, nor is what stands beside it.
    let patch = good(&fix(
        home.path(),
        &estate,
        &[&chosen[..], &["--patch", "-"]].concat(),
    ));
    assert!(
        !patch.contains(&token) && patch.contains("transformers==") && !patch.contains(".mcp.json"),
        "{patch}"
    );
    let told = good(&fix(
        home.path(),
        &estate,
        &[&chosen[..], &["--apply", "--yes"]].concat(),
    ));
    exactly(&promise, &before, &scan_json(home.path(), &estate, &[]));
    let after = std::fs::read_to_string(estate.join(".mcp.json")).unwrap();
    let wanted = mcp
        .replace(&token, "${GITHUB_TOKEN}")
        .replace("filesystem\", \"/\"", "filesystem@2025.8.21\", \".\"");
    assert_eq!(after, wanted);
    let requirements = std::fs::read_to_string(estate.join("requirements.txt")).unwrap();
    assert!(
        requirements.starts_with("# models\r\ntransformers==")
            && requirements.ends_with("  # why\r\nlangchain\r\n")
    );
    let id = told
        .split_once("applied as ")
        .unwrap()
        .1
        .split(' ')
        .next()
        .unwrap();
    good(&run(aispm(home.path())
        .env("GITHUB_TOKEN", &token)
        .args(["fix", "--undo", id, "--yes"])));
    assert_eq!(std::fs::read_to_string(estate.join(".mcp.json")).unwrap(), mcp);
}
