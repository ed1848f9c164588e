//! The policy file: what it declares, and how its errors read.

use aispm_policy::{Known, init, parse, reference};
use aispm_types::Severity;

fn known() -> (Vec<String>, Vec<String>) {
    let own = |l: &[&str]| l.iter().map(|s| (*s).to_owned()).collect();
    (
        own(&[
            "secret-in-source",
            "image-not-pinned",
            "ai-key-in-file",
            "ai-image-mutable-tag",
            "model-pickle-dangerous-call",
        ]),
        own(&[
            "internet",
            "untrusted-content",
            "leaked-key",
            "malicious-package",
            "employee",
        ]),
    )
}

fn read(text: &str) -> Result<aispm_types::Policy, String> {
    let (rules, entry_points) = known();
    let known = Known {
        rules: &rules,
        entry_points: &entry_points,
    };
    parse(text, "aispm.toml", &known).map_err(|all| all.iter().map(|e| format!("{e}\n")).collect())
}

#[test]
fn every_section_is_read() {
    let policy = read(
        r#"
entry_points = ["internet", "employee"]

[[crown_jewel]]
pattern = "bucket:s3/acme-*"
value = 10

[[crown_jewel]]
pattern = "model:*"

[[data]]
pattern = "dataset:*"
class = "restricted"

[[access]]
assets = "bucket:*"
action = "write"
allow = ["role:pipeline"]

[approved]
models = ["openai/*"]
regions = []

[[owner]]
pattern = "services/chat/**"
owner = "team-chat"

[[system]]
name = "Chat"
include = ["services/chat/**"]
lifecycle = "pilot"

[[exception]]
rule = "image-not-pinned"
asset = "image:*"
reason = "internal registry"
by = "ana"
until = 2027-01-31

[[exception]]
finding = "F-0123456789ab"
reason = "known"
by = "ben"
until = "2027-02-28"

[rules]
secret-in-source = "critical"
image-not-pinned = "off"

[guard]
listen = "127.0.0.1:1"
"#,
    )
    .expect("a policy");
    assert_eq!(policy.entry_points, ["internet", "employee"]);
    assert_eq!(
        policy.crown_jewels.iter().map(|j| j.value).collect::<Vec<_>>(),
        [10, 8]
    );
    assert_eq!(policy.crown_jewels[1].at.to_string(), "aispm.toml:8");
    assert_eq!(policy.data[0].class, "restricted");
    assert_eq!(policy.access[0].allow, ["role:pipeline"]);
    assert_eq!(
        policy.approved.models.as_deref(),
        Some(&["openai/*".to_owned()][..])
    );
    assert_eq!(policy.approved.regions.as_deref(), Some(&[][..]));
    assert_eq!(policy.approved.providers, None);
    assert_eq!(policy.owners[0].owner, "team-chat");
    assert_eq!(policy.systems[0].lifecycle.as_deref(), Some("pilot"));
    assert_eq!(policy.exceptions[0].until.to_string(), "2027-01-31");
    assert_eq!(policy.exceptions[1].finding.as_deref(), Some("F-0123456789ab"));
    assert_eq!(policy.rules["secret-in-source"], Some(Severity::Critical));
    assert_eq!(policy.rules["image-not-pinned"], None);
}

#[test]
fn all_errors_are_reported_together_with_their_lines() {
    let errors = read(
        r#"entry_points = ["internett"]
[[crown_jewl]]
pattern = "x"
[[crown_jewel]]
patern = "x"
value = 11
[[data]]
pattern = "a{b"
class = "secret"
[approved]
models = "openai/*"
[[exception]]
rule = "image-not-pinnd"
reason = "r"
by = "b"
until = "2026-02-30"
[rules]
secret-in-source = "hihg"
"#,
    )
    .expect_err("errors");
    insta::assert_snapshot!(errors);
}

#[test]
fn contradictions_are_errors() {
    let errors = read(
        "[[owner]]\npattern = \"a\"\nowner = \"x\"\n[[owner]]\npattern = \"a\"\nowner = \"y\"\n\
         [[exception]]\nfinding = \"F-0123456789ab\"\nrule = \"image-not-pinned\"\nreason = \"r\"\nby = \"b\"\nuntil = 2026-01-01\n",
    )
    .expect_err("errors");
    insta::assert_snapshot!(errors);
}

#[test]
fn broken_toml_points_at_the_place() {
    insta::assert_snapshot!(read("entry_points = [\"internet\"\n[rules\n").expect_err("errors"));
}

#[test]
fn hostile_files_end_in_an_error_or_a_policy() {
    for text in [
        "[".repeat(100_000),
        format!("a = {}", "[".repeat(100_000)),
        format!("[[exception]]\nreason = \"{}\"", "x".repeat(100_000)),
        "\u{feff}entry_points = [\"é\"]".to_owned(),
        format!("{} = 1", "a.".repeat(50_000)),
    ] {
        let _ = read(&text);
    }
}

#[test]
fn the_initial_file_declares_nothing_and_its_examples_hold() {
    let text = init();
    assert_eq!(read(&text), Ok(aispm_types::Policy::default()));
    let uncommented: String = text
        .lines()
        .map(|l| match l.strip_prefix('#') {
            Some(rest) if !rest.starts_with(' ') => format!("{rest}\n"),
            _ => format!("{l}\n"),
        })
        .collect();
    let policy = read(&uncommented).expect("every example is valid");
    assert_eq!(policy.exceptions.len(), 1);
    assert_eq!(policy.rules.len(), 2);
    assert!(policy.approved.mcp_servers.is_some());
    assert!(text.lines().all(|l| l.len() <= 120), "lines are readable");
}

#[test]
fn the_reference_names_every_key() {
    insta::assert_snapshot!(reference());
}
