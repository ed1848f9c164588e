//! Hostile documents end by themselves, as a gap that names the budget and quotes nothing.

use crate::support::{read, terraform};

#[test]
fn nesting() {
    for (open, close) in [
        ("[", "]"),
        ("{a=", "}"),
        ("(", ")"),
        ("\"${", "}\""),
        ("f(", ")"),
        ("!", ""),
        ("-", ""),
    ] {
        for depth in [40, 100, 50_000] {
            let text = format!(
                "locals {{\n a = {}1{}\n}}",
                open.repeat(depth),
                close.repeat(depth)
            );
            let batch = terraform(&text);
            assert!(
                depth < 60 || batch.gaps.len() == 1 || matches!(open, "!" | "-"),
                "{open} {depth}"
            );
        }
    }
    let blocks = format!("{}{}", "a {\n".repeat(20_000), "}\n".repeat(20_000));
    assert!(terraform(&blocks).gaps[0].reason.contains("budget"));
}

#[test]
fn chains_and_doublings() {
    let mut chain = String::from("locals {\n l0 = \"x\"\n");
    let mut list = String::from("locals {\n l0 = [1, 1]\n");
    let mut text = String::from("locals {\n l0 = \"xxxxxxxx\"\n");
    for i in 1..3000 {
        chain.push_str(&format!(" l{i} = local.l{}\n", i - 1));
        list.push_str(&format!(" l{i} = [local.l{0}, local.l{0}]\n", i - 1));
        text.push_str(&format!(" l{i} = \"${{local.l{0}}}${{local.l{0}}}\"\n", i - 1));
    }
    for (name, locals, last) in [("chain", chain, 2999), ("list", list, 40), ("text", text, 60)] {
        let batch = terraform(&format!(
            "{locals}}}\nresource \"aws_s3_bucket\" \"b\" {{ bucket = local.l{last} }}"
        ));
        assert_eq!(batch.assets.len(), 1, "{name}");
        assert!(!batch.gaps.is_empty(), "{name}");
        assert!(
            batch.gaps.iter().all(|g| g.reason.contains("budget")),
            "{name}: {:?}",
            batch.gaps
        );
    }
}

#[test]
fn modules_that_call_each_other() {
    let batch = read(&[
        ("a/main.tf", "module \"b\" {\n source = \"../b\"\n count = 3\n}"),
        (
            "b/main.tf",
            "module \"a\" {\n source = \"../a\"\n count = 3\n}\nresource \"aws_s3_bucket\" \"x\" {}",
        ),
        ("c/main.tf", "module \"c\" { source = \"./\" }"),
        ("d/main.tf", "module \"d\" { source = \"../../../etc\" }"),
    ]);
    assert!(
        batch.gaps.iter().any(|g| g.reason.contains("budget")),
        "{:?}",
        batch.gaps
    );
    let big = terraform("resource \"aws_s3_bucket\" \"b\" { count = 1000000000 }");
    assert_eq!(big.assets.len(), 200);
    assert!(big.gaps[0].reason.contains("instance budget"));
}

#[test]
fn broken_files_are_gaps_that_quote_nothing() {
    let canary = "hunter2canary";
    for (path, text) in [
        ("a.tf", format!("resource \"{canary}\" {{")),
        ("a.tf", format!("x = = {canary}")),
        ("a.tf.json", format!("{{\"a\": {canary}")),
        (
            "a.yaml",
            format!("apiVersion: v1\nkind: Pod\nx: [{canary}\ny: }}"),
        ),
        (
            "docker-compose.yml",
            format!("services:\n  a: {{image: [{canary}\n"),
        ),
    ] {
        let batch = read(&[(path, &text)]);
        assert_eq!(batch.gaps.len(), 1, "{path} {text}");
        assert!(!format!("{:?}", batch.gaps).contains(canary), "{path}");
    }
}
