//! The language: variables, modules, instances, functions, what stays unknown.

use aispm_types::Value;

use crate::support::{asset, property, read, terraform};

/// Each expression is a bucket's name; what it evaluates to.
#[test]
fn expressions() {
    for (expression, expected) in [
        (r#""plain""#, Some("plain")),
        (r#"var.d"#, Some("dd")),
        (r#""${var.d}-x""#, Some("dd-x")),
        (r#"local.m["k"]"#, Some("v")),
        (r#"local.m.k"#, Some("v")),
        (r#"format("%s-%03d", var.d, 7)"#, Some("dd-007")),
        (r#"join("-", ["a", "b"])"#, Some("a-b")),
        (r#"lookup(local.m, "none", "else")"#, Some("else")),
        (r#"try(local.m.none, "else")"#, Some("else")),
        (r#"merge(local.m, { k = "w" }).k"#, Some("w")),
        (r#"element(["a", "b"], 3)"#, Some("b")),
        (r#"upper(replace("a.b", ".", "-"))"#, Some("A-B")),
        (r#"split("/", "a/b")[1]"#, Some("b")),
        (r#"coalesce("", "z")"#, Some("z")),
        (r#"length([1, 2]) == 2 && !false ? "yes" : "no""#, Some("yes")),
        (
            r#"[for k, v in local.m : "${k}=${v}" if k != "q"][0]"#,
            Some("k=v"),
        ),
        (r#"{ for k, v in local.m : v => k }["v"]"#, Some("k")),
        (r#"jsondecode("{\"a\": [\"b\"]}").a[0]"#, Some("b")),
        (r#"keys(local.m)[0]"#, Some("k")),
        (r#"tostring(1 + 2 * 3)"#, Some("7")),
        (r#"contains(["a"], "a") ? "in" : "out""#, Some("in")),
        (r#"aws_s3_bucket.other.bucket"#, Some("other-name")),
        (r#"var.none"#, None),
        (r#""x-${var.none}""#, None),
        (r#"data.aws_thing.t.name"#, None),
        (r#"local.loop"#, None),
        (r#"filebase64("x")"#, None),
        (r#"var.none == "a" ? "same" : "same""#, Some("same")),
    ] {
        let batch = terraform(&format!(
            r#"
            variable "d" {{ default = "dd" }}
            variable "none" {{}}
            locals {{
              m    = {{ k = "v" }}
              loop = local.loop
            }}
            data "aws_thing" "t" {{}}
            resource "aws_s3_bucket" "other" {{ bucket = "other-name" }}
            resource "aws_s3_bucket" "b" {{ bucket = {expression} }}"#
        ));
        let found = property(&batch, "#aws_s3_bucket.b", "bucket_name");
        match expected {
            Some(text) => assert_eq!(found, Some(Value::from(text)), "{expression}"),
            None => assert!(
                found.as_ref().is_some_and(Value::is_unknown),
                "{expression}: {found:?}"
            ),
        }
    }
}

#[test]
fn unknown_names_the_variable() {
    let batch = terraform("variable \"n\" {}\nresource \"aws_s3_bucket\" \"b\" { bucket = var.n }");
    assert_eq!(
        property(&batch, "aws_s3_bucket.b", "bucket_name"),
        Some(Value::unknown("variable `n` has no value in the code"))
    );
}

#[test]
fn variable_files_win_over_defaults_in_terraforms_order() {
    let batch = read(&[
        (
            "e/main.tf",
            "variable \"n\" { default = \"a\" }\nresource \"aws_s3_bucket\" \"b\" { bucket = var.n }",
        ),
        ("e/terraform.tfvars", "n = \"b\""),
        ("e/x.auto.tfvars.json", "{\"n\": \"c\"}"),
        ("e/prod.tfvars", "n = \"d\""),
    ]);
    assert_eq!(
        property(&batch, "r/e#aws_s3_bucket.b", "bucket_name"),
        Some("c".into())
    );
}

#[test]
fn modules_bind_inputs_and_outputs_and_are_no_roots() {
    let batch = read(&[
        (
            "main.tf",
            r#"
            module "m" {
              source   = "./mod"
              for_each = toset(["x", "y"])
              name     = "n-${each.key}"
            }
            module "gone" {
              source = "./mod"
              count  = 0
              name   = "gone"
            }
            resource "aws_s3_bucket" "top" { bucket = module.m["x"].out }"#,
        ),
        (
            "mod/main.tf",
            "variable \"name\" {}\nresource \"aws_s3_bucket\" \"b\" { bucket = var.name }\noutput \"out\" { value = \"${aws_s3_bucket.b.bucket}-out\" }",
        ),
    ]);
    let mut names: Vec<_> = batch
        .assets
        .iter()
        .map(|a| (a.id.as_str(), a.name.as_str()))
        .collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            ("bucket:r/.#aws_s3_bucket.top", "n-x-out"),
            ("bucket:r/.#module.m[\"x\"].aws_s3_bucket.b", "n-x"),
            ("bucket:r/.#module.m[\"y\"].aws_s3_bucket.b", "n-y"),
        ]
    );
}

#[test]
fn instances() {
    for (meta, addresses) in [
        ("count = 0", vec![]),
        ("count = 2", vec!["b[0]", "b[1]"]),
        ("count = var.on ? 1 : 0", vec!["b"]),
        ("for_each = { a = 1 }", vec!["b[\"a\"]"]),
        ("for_each = var.on", vec!["b"]),
    ] {
        let batch = terraform(&format!(
            "variable \"on\" {{}}\nresource \"aws_s3_bucket\" \"b\" {{\n{meta}\n}}"
        ));
        let found: Vec<_> = batch
            .assets
            .iter()
            .filter_map(|a| a.text("address")?.strip_prefix("aws_s3_bucket."))
            .collect();
        assert_eq!(found, addresses, "{meta}");
    }
}

#[test]
fn dynamic_blocks_and_json_syntax() {
    let batch = read(&[
        (
            "a/main.tf",
            r#"
            resource "aws_security_group" "g" {
              dynamic "ingress" {
                for_each = { web = 443, ssh = 22 }
                iterator = p
                content {
                  from_port   = p.value
                  to_port     = p.value
                  protocol    = "tcp"
                  cidr_blocks = p.key == "ssh" ? ["10.0.0.0/8"] : ["0.0.0.0/0"]
                }
              }
            }"#,
        ),
        (
            "b/main.tf.json",
            r#"{"locals": {"n": "x"}, "resource": {"aws_s3_bucket": {"b": {"bucket": "${local.n}-y"}}}}"#,
        ),
    ]);
    assert_eq!(
        property(&batch, "aws_security_group.g", "open_to_internet"),
        Some(vec!["443"].into())
    );
    assert_eq!(
        property(&batch, "r/b#aws_s3_bucket.b", "bucket_name"),
        Some("x-y".into())
    );
}

#[test]
fn modules_from_elsewhere_are_one_gap() {
    let batch = read(&[
        (
            "a/main.tf",
            "module \"x\" { source = \"terraform-aws-modules/vpc/aws\" }",
        ),
        (
            "b/main.tf",
            "module \"y\" { source = \"git::https://user:tokentoken@example.com/m.git?ref=1\" }",
        ),
    ]);
    assert_eq!(batch.gaps.len(), 1);
    let reason = &batch.gaps[0].reason;
    assert!(
        reason.contains("vpc/aws") && reason.contains("example.com/m.git"),
        "{reason}"
    );
    assert!(!reason.contains("tokentoken"), "{reason}");
}

#[test]
fn owner_and_environment_come_from_tags() {
    let batch =
        terraform("resource \"aws_s3_bucket\" \"b\" {\n tags = { Owner = \"data-team\", Env = \"prod\" }\n}");
    let bucket = asset(&batch, "aws_s3_bucket.b");
    assert_eq!(bucket.text("owner"), Some("data-team"));
    assert_eq!(bucket.text("environment"), Some("prod"));
    assert_eq!(bucket.locations[0].line, Some(1));
}
